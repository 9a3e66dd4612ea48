#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny cousins of the published families: their tensors, and what PyTorch computes from them. Made tests/model/cousins.

    make-cousins.py FOLDER                            writes FOLDER/tensors.txt and FOLDER/expected.safetensors: see limn-cousins.h
    make-cousins.py --check-names TABLES              holds the names and shapes, at full size, against fixtures' tables/*.json
    make-cousins.py --check FAMILY PART CHECKPOINT EXPECTED   runs this file's networks at full size; PART: text, unet, vae, control

Nothing here comes from Limn, nor from the libraries that these networks are usually run with: plain torch operations on tensors that
are asked for by their names in the original single-file layouts (CompVis LDM, Stability SGM, ControlNet). Weights are noise by a
rule (below); tests make the same in C, so none are stored. PyTorch 1.13, CPU, float32.
"""
import argparse
import hashlib
import json
import math
import pathlib
import struct

import numpy as np
import torch
import torch.nn.functional as F

# ---- families: full size, and cousins that keep every quirk but depth and width ----

FULL = {
    "sd15": dict(channels=[320, 640, 1280, 1280], layers=2, depth=[1, 1, 1, 0], middle=1, context=768, linear=False, heads=8, inputs=4,
                 text="clip", width=768, text_layers=12, inner=3072, words=49408, vae=[128, 256, 512, 512], vae_layers=2),
    "sd21": dict(channels=[320, 640, 1280, 1280], layers=2, depth=[1, 1, 1, 0], middle=1, context=1024, linear=True, heads=0, inputs=4,
                 text="open", width=1024, text_layers=24, inner=4096, words=49408, vae=[128, 256, 512, 512], vae_layers=2),
    "sdxl": dict(channels=[320, 640, 1280], layers=2, depth=[0, 2, 10], middle=10, context=2048, linear=True, heads=0, inputs=4, vector=2816,
                 text="both", width=768, text_layers=12, inner=3072, width2=1280, text_layers2=32, inner2=5120, words=49408,
                 vae=[128, 256, 512, 512], vae_layers=2),
}
FULL["sd15-inpaint"] = dict(FULL["sd15"], inputs=9)
SMALL = dict(channels=[64, 128, 128], layers=1, inner=256, words=1006, vae=[32, 64, 64, 64], vae_layers=1)
TINY = {
    "sd1": dict(FULL["sd15"], **SMALL, depth=[1, 1, 0], text_layers=2),
    # That diffusers' copy lacks the last layer is known by there being 23; three are all there.
    "sd2": dict(FULL["sd21"], **SMALL, depth=[1, 1, 0], text_layers=3, last=True),
    "sdxl": dict(FULL["sdxl"], **SMALL, depth=[0, 1, 2], middle=2, text_layers=2, text_layers2=2, inner2=256),
}
TINY["sd1-inpaint"] = dict(TINY["sd1"], inputs=9)

# ---- names: (original name, shape, [(part, diffusers' name, what is done to it)]) ----


def pair(rows, name, shape, part=None, other=None, op="", norm=False):
    """A weight, and its bias or, of a norm, its shift."""
    rows.append((name + ".weight", shape, [(part, other + ".weight", op)] if other else []))
    rows.append((name + ".bias", shape[:1], [(part, other + ".bias", "")] if other else []))


def res_block(rows, part, name, other, n_in, n_out, time):
    pair(rows, name + ".in_layers.0", [n_in], part, other + ".norm1")
    pair(rows, name + ".in_layers.2", [n_out, n_in, 3, 3], part, other + ".conv1")
    pair(rows, name + ".emb_layers.1", [n_out, time], part, other + ".time_emb_proj")
    pair(rows, name + ".out_layers.0", [n_out], part, other + ".norm2")
    pair(rows, name + ".out_layers.3", [n_out, n_out, 3, 3], part, other + ".conv2")
    if n_in != n_out:
        pair(rows, name + ".skip_connection", [n_out, n_in, 1, 1], part, other + ".conv_shortcut")


def transformer(rows, part, name, other, c, depth, model):
    square = [c, c] if model["linear"] else [c, c, 1, 1]
    pair(rows, name + ".norm", [c], part, other + ".norm")
    pair(rows, name + ".proj_in", square, part, other + ".proj_in")
    for i in range(depth):
        block = f".transformer_blocks.{i}"
        for norm in ("norm1", "norm2", "norm3"):
            pair(rows, f"{name}{block}.{norm}", [c], part, f"{other}{block}.{norm}")
        for attention, width in (("attn1", c), ("attn2", model["context"])):
            for leaf, n in (("to_q", c), ("to_k", width), ("to_v", width)):
                tensor = f"{block}.{attention}.{leaf}.weight"
                rows.append((name + tensor, [c, n], [(part, other + tensor, "")]))
            pair(rows, f"{name}{block}.{attention}.to_out.0", [c, c], part, f"{other}{block}.{attention}.to_out.0")
        pair(rows, f"{name}{block}.ff.net.0.proj", [8 * c, c], part, f"{other}{block}.ff.net.0.proj")
        pair(rows, f"{name}{block}.ff.net.2", [c, 4 * c], part, f"{other}{block}.ff.net.2")
    pair(rows, name + ".proj_out", square, part, other + ".proj_out")


def way_down(rows, part, prefix, model):
    """Time, first convolution, the levels down and the middle. Returns the channels of what is kept for the way up."""
    channels, time = model["channels"], 4 * model["channels"][0]
    pair(rows, prefix + "time_embed.0", [time, channels[0]], part, "time_embedding.linear_1")
    pair(rows, prefix + "time_embed.2", [time, time], part, "time_embedding.linear_2")
    if model.get("vector"):
        pair(rows, prefix + "label_emb.0.0", [time, model["vector"]], part, "add_embedding.linear_1")
        pair(rows, prefix + "label_emb.0.2", [time, time], part, "add_embedding.linear_2")
    pair(rows, prefix + "input_blocks.0.0", [channels[0], model["inputs"], 3, 3], part, "conv_in")
    kept, c, n = [channels[0]], channels[0], 1
    for level, out in enumerate(channels):
        for layer in range(model["layers"]):
            res_block(rows, part, f"{prefix}input_blocks.{n}.0", f"down_blocks.{level}.resnets.{layer}", c, out, time)
            if model["depth"][level]:
                transformer(rows, part, f"{prefix}input_blocks.{n}.1", f"down_blocks.{level}.attentions.{layer}", out, model["depth"][level], model)
            c = out
            kept.append(c)
            n += 1
        if level + 1 < len(channels):
            pair(rows, f"{prefix}input_blocks.{n}.0.op", [c, c, 3, 3], part, f"down_blocks.{level}.downsamplers.0.conv")
            kept.append(c)
            n += 1
    res_block(rows, part, prefix + "middle_block.0", "mid_block.resnets.0", c, c, time)
    transformer(rows, part, prefix + "middle_block.1", "mid_block.attentions.0", c, model["middle"], model)
    res_block(rows, part, prefix + "middle_block.2", "mid_block.resnets.1", c, c, time)
    return kept


def unet_names(model):
    rows, prefix, channels = [], "model.diffusion_model.", model["channels"]
    kept = way_down(rows, "unet", prefix, model)
    c, n = channels[-1], 0
    for level in reversed(range(len(channels))):
        block = f"up_blocks.{len(channels) - 1 - level}"
        for layer in range(model["layers"] + 1):
            res_block(rows, "unet", f"{prefix}output_blocks.{n}.0", f"{block}.resnets.{layer}", c + kept.pop(), channels[level], 4 * channels[0])
            c, place = channels[level], 1
            if model["depth"][level]:
                transformer(rows, "unet", f"{prefix}output_blocks.{n}.1", f"{block}.attentions.{layer}", c, model["depth"][level], model)
                place = 2
            if level and layer == model["layers"]:
                pair(rows, f"{prefix}output_blocks.{n}.{place}.conv", [c, c, 3, 3], "unet", f"{block}.upsamplers.0.conv")
            n += 1
    pair(rows, prefix + "out.0", [c], "unet", "conv_norm_out")
    pair(rows, prefix + "out.2", [4, c, 3, 3], "unet", "conv_out")
    return rows


HINT = [(3, 16, 1), (16, 16, 1), (16, 32, 2), (32, 32, 1), (32, 96, 2), (96, 96, 1), (96, 256, 2)]


def control_names(model):
    rows, prefix = [], "control_model."
    kept = way_down(rows, "controlnet", prefix, model)
    others = ["conv_in", *(f"blocks.{i}" for i in range(6)), "conv_out"]
    for i, (n_in, n_out) in enumerate([(a, b) for a, b, _ in HINT] + [(256, model["channels"][0])]):
        pair(rows, f"{prefix}input_hint_block.{2 * i}", [n_out, n_in, 3, 3], "controlnet", f"controlnet_cond_embedding.{others[i]}")
    for i, c in enumerate(kept):
        pair(rows, f"{prefix}zero_convs.{i}.0", [c, c, 1, 1], "controlnet", f"controlnet_down_blocks.{i}")
    c = model["channels"][-1]
    pair(rows, prefix + "middle_block_out.0", [c, c, 1, 1], "controlnet", "controlnet_mid_block")
    return rows


def vae_res_block(rows, name, other, n_in, n_out):
    pair(rows, name + ".norm1", [n_in], "vae", other + ".norm1")
    pair(rows, name + ".conv1", [n_out, n_in, 3, 3], "vae", other + ".conv1")
    pair(rows, name + ".norm2", [n_out], "vae", other + ".norm2")
    pair(rows, name + ".conv2", [n_out, n_out, 3, 3], "vae", other + ".conv2")
    if n_in != n_out:
        pair(rows, name + ".nin_shortcut", [n_out, n_in, 1, 1], "vae", other + ".conv_shortcut")


def vae_middle(rows, side, c):
    name, other = f"first_stage_model.{side}.mid", f"{side}.mid_block"
    vae_res_block(rows, name + ".block_1", other + ".resnets.0", c, c)
    pair(rows, name + ".attn_1.norm", [c], "vae", other + ".attentions.0.group_norm")
    for leaf, to in (("q", "to_q"), ("k", "to_k"), ("v", "to_v"), ("proj_out", "to_out.0")):
        pair(rows, f"{name}.attn_1.{leaf}", [c, c, 1, 1], "vae", f"{other}.attentions.0.{to}", "squeeze")
    vae_res_block(rows, name + ".block_2", other + ".resnets.1", c, c)


def vae_names(model):
    rows, prefix, channels, layers = [], "first_stage_model.", model["vae"], model["vae_layers"]
    pair(rows, prefix + "encoder.conv_in", [channels[0], 3, 3, 3], "vae", "encoder.conv_in")
    c = channels[0]
    for level, out in enumerate(channels):
        for layer in range(layers):
            vae_res_block(rows, f"{prefix}encoder.down.{level}.block.{layer}", f"encoder.down_blocks.{level}.resnets.{layer}", c, out)
            c = out
        if level + 1 < len(channels):
            pair(rows, f"{prefix}encoder.down.{level}.downsample.conv", [c, c, 3, 3], "vae", f"encoder.down_blocks.{level}.downsamplers.0.conv")
    vae_middle(rows, "encoder", c)
    pair(rows, prefix + "encoder.norm_out", [c], "vae", "encoder.conv_norm_out")
    pair(rows, prefix + "encoder.conv_out", [8, c, 3, 3], "vae", "encoder.conv_out")
    pair(rows, prefix + "quant_conv", [8, 8, 1, 1], "vae", "quant_conv")
    pair(rows, prefix + "post_quant_conv", [4, 4, 1, 1], "vae", "post_quant_conv")
    pair(rows, prefix + "decoder.conv_in", [c, 4, 3, 3], "vae", "decoder.conv_in")
    vae_middle(rows, "decoder", c)
    for level in reversed(range(len(channels))):
        block = f"decoder.up_blocks.{len(channels) - 1 - level}"
        for layer in range(layers + 1):
            vae_res_block(rows, f"{prefix}decoder.up.{level}.block.{layer}", f"{block}.resnets.{layer}", c, channels[level])
            c = channels[level]
        if level:
            pair(rows, f"{prefix}decoder.up.{level}.upsample.conv", [c, c, 3, 3], "vae", f"{block}.upsamplers.0.conv")
    pair(rows, prefix + "decoder.norm_out", [c], "vae", "decoder.conv_norm_out")
    pair(rows, prefix + "decoder.conv_out", [3, c, 3, 3], "vae", "decoder.conv_out")
    return rows


def clip_names(prefix, part, model):
    """CLIP as transformers writes it: the same names in both layouts."""
    rows, w = [], model["width"]
    for leaf, n in (("position", 77), ("token", model["words"])):
        name = f"text_model.embeddings.{leaf}_embedding.weight"
        rows.append((prefix + name, [n, w], [(part, name, "")]))
    for i in range(model["text_layers"]):
        layer = f"text_model.encoder.layers.{i}."
        for leaf, shape in (("layer_norm1", [w]), ("layer_norm2", [w]), ("mlp.fc1", [model["inner"], w]), ("mlp.fc2", [w, model["inner"]]),
                            *((f"self_attn.{x}_proj", [w, w]) for x in ("q", "k", "v", "out"))):
            pair(rows, prefix + layer + leaf, shape, part, layer + leaf)
    pair(rows, prefix + "text_model.final_layer_norm", [w], part, "text_model.final_layer_norm")
    return rows


def open_clip_names(prefix, part, w, n_layers, inner, words, whole, last):
    """OpenCLIP: q, k and v in one. @whole, @last: whether diffusers' copy has the projection, and the last layer."""
    rows = [(prefix + "positional_embedding", [77, w], [(part, "text_model.embeddings.position_embedding.weight", "")]),
            (prefix + "token_embedding.weight", [words, w], [(part, "text_model.embeddings.token_embedding.weight", "")]),
            (prefix + "text_projection", [w, w], [(part, "text_projection.weight", "T")] if whole else []), (prefix + "logit_scale", [], [])]
    for i in range(n_layers):
        name, other = f"{prefix}transformer.resblocks.{i}.", f"text_model.encoder.layers.{i}."
        there = last or i + 1 < n_layers
        for leaf in ("weight", "bias"):
            cut = [(part, f"{other}self_attn.{x}_proj.{leaf}", f"rows {j * w} {(j + 1) * w}") for j, x in enumerate("qkv")]
            rows.append((f"{name}attn.in_proj_{leaf}", [3 * w, w][:2 if leaf == "weight" else 1], cut if there else []))
        for leaf, to, shape in (("ln_1", "layer_norm1", [w]), ("ln_2", "layer_norm2", [w]), ("attn.out_proj", "self_attn.out_proj", [w, w]),
                                ("mlp.c_fc", "mlp.fc1", [inner, w]), ("mlp.c_proj", "mlp.fc2", [w, inner])):
            pair(rows, name + leaf, shape, part, other + to if there else None)
    pair(rows, prefix + "ln_final", [w], part, "text_model.final_layer_norm")
    return rows


def text_names(model):
    if model["text"] == "clip":
        return clip_names("cond_stage_model.transformer.", "text_encoder", model)
    if model["text"] == "open":
        return open_clip_names("cond_stage_model.model.", "text_encoder", model["width"], model["text_layers"], model["inner"], model["words"], False,
                               model.get("last", False))
    return (clip_names("conditioner.embedders.0.transformer.", "text_encoder", model)
            + open_clip_names("conditioner.embedders.1.model.", "text_encoder_2", model["width2"], model["text_layers2"], model["inner2"],
                              model["words"], True, True))


# ---- the rule for weights: fixtures' README, "How a weight is made" ----

UNITS = math.sqrt(4 * (65536.0**2 - 1) / 12)


def noise(name, n):
    """Sums of the four uint16 in outputs of Philox4x64-10, centred."""
    key = int.from_bytes(hashlib.sha256(f"limn-1|0|{name}".encode()).digest()[:16], "little")
    raw = np.random.Philox(key=key).random_raw(n)
    return sum((raw >> np.uint64(shift) & np.uint64(0xffff)).astype(np.int64) for shift in (0, 16, 32, 48)) - 131070


def rule(name, shape):
    """(mean, standard deviation, whether its first group is quiet)"""
    layer, _, leaf = name.rpartition(".")
    unet, vae = name.startswith(("model.", "control_model.")), name.startswith("first_stage_model.")
    quiet = False
    if unet and ".transformer_blocks." not in layer:
        quiet = layer.endswith((".op", ".in_layers.2", ".emb_layers.1", ".out_layers.3", ".skip_connection", ".proj_out", ".conv",
                                "model.input_blocks.0.0", ".input_hint_block.14"))
    if vae:
        quiet = layer.endswith((".conv_in", ".conv1", ".conv2", ".nin_shortcut", ".attn_1.proj_out", ".downsample.conv", ".upsample.conv"))
    if leaf == "logit_scale":
        return math.log(100.0), 0.0, False
    if len(shape) == 1:
        return float(leaf == "weight"), 0.1, quiet
    if not unet and not vae and "token_embedding" in name:
        return 0.0, 0.3, False
    if not unet and not vae and "position" in name:
        return 0.0, 0.15, False
    if unet:
        gains = [(0.5, (".out_layers.3", ".proj_out", ".to_out.0")), (1.5, (".in_layers.2",)), (2.0, (".to_q",))]
    elif vae:
        gains = [(0.5, (".conv2", ".proj_out")), (1.5, (".conv1",)), (2.0, (".q",))]
    else:
        gains = [(0.3, ("out_proj", "fc2", "c_proj")), (1.5, ("q_proj", "k_proj", "v_proj"))]
    gain = next((gain for gain, ends in gains if layer.endswith(ends)), 1.0)
    if unet and gain == 1.0 and ".input_hint_block." in layer:
        gain = 1.7
    if leaf == "in_proj_weight":
        gain = 1.5
    return 0.0, gain / math.sqrt(math.prod(shape[1:])), quiet


def make(name, shape):
    mean, std, quiet = rule(name, shape)
    values = noise(name, math.prod(shape)).astype(np.float32) * np.float32(std / UNITS) + np.float32(mean)
    values = values.astype(np.float16)
    if quiet:
        n = shape[0] // 32
        if len(shape) == 1:
            values[:n] = (values[:n].astype(np.float32) * np.float32(0.01)).astype(np.float16)
        else:
            rows = values.reshape(shape[0], -1)
            columns = [i * rows.shape[1] // 8 + rows.shape[1] // 16 for i in range(8)]
            kept = rows[:n, columns].astype(np.float32) * np.float32(0.002 / std)
            rows[:n] = 0
            rows[:n, columns] = kept.astype(np.float16)
    return values.reshape(shape)


def made_input(name, shape):
    """What goes in is made likewise: float32, standard deviation 1."""
    return torch.from_numpy((noise("input|" + name, math.prod(shape)).astype(np.float32) * np.float32(1 / UNITS)).reshape(shape))


# ---- networks: @w gives a tensor by its original name ----


class Made:
    def __init__(self, rows):
        self.shapes = {name: shape for name, shape, _ in rows}

    def __call__(self, name):
        return torch.from_numpy(make(name, self.shapes[name])).float()

    def __contains__(self, name):
        return name in self.shapes


class Stored:
    """Tensors of a safetensors file, each read when it is asked for."""

    def __init__(self, path):
        self.file = open(path, "rb")
        n = struct.unpack("<Q", self.file.read(8))[0]
        self.header, self.start = json.loads(self.file.read(n)), 8 + n
        self.facts = self.header.pop("__metadata__", {})

    def __contains__(self, name):
        return name in self.header

    def __call__(self, name):
        entry = self.header[name]
        begin, end = entry["data_offsets"]
        self.file.seek(self.start + begin)
        kind = {"F16": np.float16, "F32": np.float32, "I64": np.int64, "I32": np.int32}[entry["dtype"]]
        values = torch.from_numpy(np.frombuffer(self.file.read(end - begin), kind).reshape(entry["shape"]).copy())
        return values.float() if values.is_floating_point() else values.long()


def linear(w, name, x):
    weight = w(name + ".weight")
    return F.linear(x, weight.reshape(weight.shape[:2]), w(name + ".bias") if name + ".bias" in w else None)


def convolve(w, name, x, stride=1, padding=None):
    weight = w(name + ".weight")
    return F.conv2d(x, weight, w(name + ".bias"), stride, weight.shape[-1] // 2 if padding is None else padding)


def group_norm(w, name, x, eps):
    return F.group_norm(x, 32, w(name + ".weight"), w(name + ".bias"), eps)


def layer_norm(w, name, x):
    return F.layer_norm(x, x.shape[-1:], w(name + ".weight"), w(name + ".bias"), 1e-5)


def attend(q, k, v, heads, mask=None):
    b, n, c = q.shape
    q, k, v = (x.reshape(b, x.shape[1], heads, c // heads).transpose(1, 2) for x in (q, k, v))
    scores = q @ k.transpose(2, 3) * (c // heads) ** -0.5
    if mask is not None:
        scores = scores + mask
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, n, c)


def waves(values, width):
    """Cosines, then sines, of falling frequencies."""
    f = torch.exp(-math.log(10000) * torch.arange(width // 2, dtype=torch.float32) / (width // 2))
    angles = values[..., None].float() * f
    return torch.cat([angles.cos(), angles.sin()], -1)


def run_res_block(w, name, x, time):
    h = convolve(w, name + ".in_layers.2", F.silu(group_norm(w, name + ".in_layers.0", x, 1e-5)))
    h = h + linear(w, name + ".emb_layers.1", F.silu(time))[:, :, None, None]
    h = convolve(w, name + ".out_layers.3", F.silu(group_norm(w, name + ".out_layers.0", h, 1e-5)))
    return h + (convolve(w, name + ".skip_connection", x) if name + ".skip_connection.weight" in w else x)


def run_transformer(w, name, x, context, model):
    b, c, height, width = x.shape
    heads = model["heads"] or c // 64
    h = linear(w, name + ".proj_in", group_norm(w, name + ".norm", x, 1e-6).flatten(2).transpose(1, 2))
    i = 0
    while f"{name}.transformer_blocks.{i}.norm1.weight" in w:
        block = f"{name}.transformer_blocks.{i}"
        for norm, attention, other in (("norm1", "attn1", None), ("norm2", "attn2", context)):
            y = layer_norm(w, f"{block}.{norm}", h)
            other = y if other is None else other
            q, k, v = (linear(w, f"{block}.{attention}.{leaf}", of) for leaf, of in (("to_q", y), ("to_k", other), ("to_v", other)))
            h = h + linear(w, f"{block}.{attention}.to_out.0", attend(q, k, v, heads))
        value, gate = linear(w, block + ".ff.net.0.proj", layer_norm(w, block + ".norm3", h)).chunk(2, -1)
        h = h + linear(w, block + ".ff.net.2", value * F.gelu(gate))
        i += 1
    return x + linear(w, name + ".proj_out", h).transpose(1, 2).reshape(b, c, height, width)


def run_down(w, prefix, model, x, times, context, vector, hint=None):
    """What is kept for the way up, and the middle's output."""
    time = linear(w, prefix + "time_embed.2", F.silu(linear(w, prefix + "time_embed.0", waves(times, model["channels"][0]))))
    if vector is not None:
        time = time + linear(w, prefix + "label_emb.0.2", F.silu(linear(w, prefix + "label_emb.0.0", vector)))
    h = convolve(w, prefix + "input_blocks.0.0", x)
    if hint is not None:
        h = h + hint
    kept, n = [h], 1
    for level in range(len(model["channels"])):
        for _ in range(model["layers"]):
            h = run_res_block(w, f"{prefix}input_blocks.{n}.0", h, time)
            if model["depth"][level]:
                h = run_transformer(w, f"{prefix}input_blocks.{n}.1", h, context, model)
            kept.append(h)
            n += 1
        if level + 1 < len(model["channels"]):
            h = convolve(w, f"{prefix}input_blocks.{n}.0.op", h, 2)
            kept.append(h)
            n += 1
    h = run_res_block(w, prefix + "middle_block.0", h, time)
    h = run_transformer(w, prefix + "middle_block.1", h, context, model)
    return kept, run_res_block(w, prefix + "middle_block.2", h, time), time


def run_unet(w, model, x, times, context, vector=None, controls=None):
    prefix = "model.diffusion_model."
    kept, h, time = run_down(w, prefix, model, x, times, context, vector)
    if controls:
        h = h + controls[-1]
        kept = [k + c for k, c in zip(kept, controls)]
    n = 0
    for level in reversed(range(len(model["channels"]))):
        for layer in range(model["layers"] + 1):
            h = run_res_block(w, f"{prefix}output_blocks.{n}.0", torch.cat([h, kept.pop()], 1), time)
            place = 1
            if model["depth"][level]:
                h = run_transformer(w, f"{prefix}output_blocks.{n}.1", h, context, model)
                place = 2
            if level and layer == model["layers"]:
                h = convolve(w, f"{prefix}output_blocks.{n}.{place}.conv", F.interpolate(h, scale_factor=2, mode="nearest"))
            n += 1
    return convolve(w, prefix + "out.2", F.silu(group_norm(w, prefix + "out.0", h, 1e-5)))


def run_control(w, model, x, hint, times, context):
    prefix = "control_model."
    for i, stride in enumerate([stride for _, _, stride in HINT]):
        hint = F.silu(convolve(w, f"{prefix}input_hint_block.{2 * i}", hint, stride))
    hint = convolve(w, prefix + "input_hint_block.14", hint)
    kept, middle, _ = run_down(w, prefix, model, x, times, context, None, hint)
    return [convolve(w, f"{prefix}zero_convs.{i}.0", k) for i, k in enumerate(kept)] + [convolve(w, prefix + "middle_block_out.0", middle)]


def run_vae_res_block(w, name, x):
    h = convolve(w, name + ".conv1", F.silu(group_norm(w, name + ".norm1", x, 1e-6)))
    h = convolve(w, name + ".conv2", F.silu(group_norm(w, name + ".norm2", h, 1e-6)))
    return h + (convolve(w, name + ".nin_shortcut", x) if name + ".nin_shortcut.weight" in w else x)


def run_vae_middle(w, name, x):
    x = run_vae_res_block(w, name + ".block_1", x)
    rows = group_norm(w, name + ".attn_1.norm", x, 1e-6).flatten(2).transpose(1, 2)
    q, k, v = (linear(w, f"{name}.attn_1.{leaf}", rows) for leaf in "qkv")
    x = x + linear(w, name + ".attn_1.proj_out", attend(q, k, v, 1)).transpose(1, 2).reshape(x.shape)
    return run_vae_res_block(w, name + ".block_2", x)


def run_encoder(w, model, image):
    prefix = "first_stage_model.encoder."
    h = convolve(w, prefix + "conv_in", image)
    for level in range(len(model["vae"])):
        for layer in range(model["vae_layers"]):
            h = run_vae_res_block(w, f"{prefix}down.{level}.block.{layer}", h)
        if level + 1 < len(model["vae"]):
            h = convolve(w, f"{prefix}down.{level}.downsample.conv", F.pad(h, (0, 1, 0, 1)), 2, 0)
    h = run_vae_middle(w, prefix + "mid", h)
    h = convolve(w, prefix + "conv_out", F.silu(group_norm(w, prefix + "norm_out", h, 1e-6)))
    return convolve(w, "first_stage_model.quant_conv", h)


def run_decoder(w, model, latent):
    prefix = "first_stage_model.decoder."
    h = convolve(w, prefix + "conv_in", convolve(w, "first_stage_model.post_quant_conv", latent))
    h = run_vae_middle(w, prefix + "mid", h)
    for level in reversed(range(len(model["vae"]))):
        for layer in range(model["vae_layers"] + 1):
            h = run_vae_res_block(w, f"{prefix}up.{level}.block.{layer}", h)
        if level:
            h = convolve(w, f"{prefix}up.{level}.upsample.conv", F.interpolate(h, scale_factor=2, mode="nearest"))
    return convolve(w, prefix + "conv_out", F.silu(group_norm(w, prefix + "norm_out", h, 1e-6)))


MASK = torch.full((77, 77), -math.inf).triu(1)


def run_clip(w, prefix, ids, n_layers):
    """States before each layer and after the last; no norm."""
    prefix += "text_model."
    h = w(prefix + "embeddings.token_embedding.weight")[ids] + w(prefix + "embeddings.position_embedding.weight")
    states = [h]
    for i in range(n_layers):
        layer = f"{prefix}encoder.layers.{i}."
        y = layer_norm(w, layer + "layer_norm1", h)
        q, k, v = (linear(w, f"{layer}self_attn.{x}_proj", y) for x in "qkv")
        h = h + linear(w, layer + "self_attn.out_proj", attend(q, k, v, h.shape[-1] // 64, MASK))
        y = linear(w, layer + "mlp.fc1", layer_norm(w, layer + "layer_norm2", h))
        h = h + linear(w, layer + "mlp.fc2", y * torch.sigmoid(1.702 * y))
        states.append(h)
    return states


def run_open_clip(w, prefix, ids, n_layers):
    h = w(prefix + "token_embedding.weight")[ids] + w(prefix + "positional_embedding")
    states = [h]
    for i in range(n_layers):
        layer = f"{prefix}transformer.resblocks.{i}."
        y = F.linear(layer_norm(w, layer + "ln_1", h), w(layer + "attn.in_proj_weight"), w(layer + "attn.in_proj_bias"))
        h = h + linear(w, layer + "attn.out_proj", attend(*y.chunk(3, -1), h.shape[-1] // 64, MASK))
        h = h + linear(w, layer + "mlp.c_proj", F.gelu(linear(w, layer + "mlp.c_fc", layer_norm(w, layer + "ln_2", h))))
        states.append(h)
    return states


def run_text(w, model, ids, pooled_at, sizes=None):
    """What the UNet is given: states, and the vector or None. @ids of the second encoder have another padding: a pair then."""
    if model["text"] == "clip":
        states = run_clip(w, "cond_stage_model.transformer.", ids, model["text_layers"])
        return layer_norm(w, "cond_stage_model.transformer.text_model.final_layer_norm", states[-1]), None
    if model["text"] == "open":
        states = run_open_clip(w, "cond_stage_model.model.", ids, model["text_layers"])
        return layer_norm(w, "cond_stage_model.model.ln_final", states[-2]), None
    first = run_clip(w, "conditioner.embedders.0.transformer.", ids[0], model["text_layers"] - 1)[-1]
    prefix = "conditioner.embedders.1.model."
    states = run_open_clip(w, prefix, ids[1], model["text_layers2"])
    last = layer_norm(w, prefix + "ln_final", states[-1])
    pooled = last[torch.arange(len(pooled_at)), pooled_at] @ w(prefix + "text_projection")
    vector = torch.cat([pooled, waves(sizes, 256).flatten(1)], 1)
    return torch.cat([first, states[-2]], -1), vector


# ---- checks against the full-size fixtures ----


def check_names(folder):
    for file, rows in [*((f, unet_names(FULL[f]) + vae_names(FULL[f]) + text_names(FULL[f])) for f in ("sd15", "sd21", "sdxl")),
                       ("sd15-controlnet", control_names(FULL["sd15"]))]:
        table = json.loads((folder / (file + ".json")).read_text(encoding="utf-8"))["tensors"]
        want = {name: (shape, sorted(to)) for name, shape, *to in table}
        got = {name: (shape, sorted("|".join(x) for x in to)) for name, shape, to in rows}
        print(file, len(want), len(got), "same" if want == got else [(k, want.get(k), got.get(k)) for k in want.keys() | got.keys()
                                                                      if want.get(k) != got.get(k)][:10])


def report(what, got, want):
    print(f"{what}: relative error {float((got - want).norm() / want.norm()):.2g}", flush=True)


def check(family, part, checkpoint, expected):
    model, w = FULL[family], Stored(checkpoint)
    base = pathlib.Path(expected)
    text = Stored(base / ("sd15" if family.startswith("sd15") else family) / "text.safetensors")
    if family.startswith("sd15"):
        contexts, vector = text("last_normed"), None
    elif family == "sd21":
        contexts, vector = text("penultimate_normed"), None
    else:
        contexts, vector = torch.cat([text("l_penultimate_raw"), text("g_penultimate_raw")], -1), text("y")
    if part == "text":
        ids = text("tokens") if "tokens" in text else (text("tokens_l"), text("tokens_g"))
        end = ((ids if torch.is_tensor(ids) else ids[1]) == 49407).int().argmax(-1)
        states, _ = run_text(w, model, ids, end, torch.zeros(3, 6))
        report(f"{family} text", states, contexts)
        if vector is not None:
            _, got = run_text(w, model, tuple(x[[0, 2]] for x in ids), end[[0, 2]], text("time_ids"))
            report(f"{family} vector", got, vector)
    elif part == "vae":
        vae = Stored(base / family / "vae.safetensors")
        for case in "ab":
            report(f"{family} moments {case}", run_encoder(w, model, vae("image_" + case)), vae("moments_" + case))
            report(f"{family} decoded {case}", run_decoder(w, model, vae("z_" + case)), vae("decoded_" + case))
    elif part == "unet":
        case = Stored(base / family / "unet-a.safetensors")
        report(f"{family} unet a", run_unet(w, model, case("x"), case("timesteps"), contexts[[0, 2]], vector), case("out"))
    else:
        case = Stored(base / "sd15-controlnet" / "control-a.safetensors")
        controls = run_control(w, model, case("x"), case("hint"), case("timesteps"), contexts[[0, 2]])
        for i, c in enumerate(controls):
            report(f"control {i}", c[:1], case(f"control_{i:02}"))


# ---- what is committed ----

# Prompts in the vocabulary of tests/vocabulary, as Limn's tokenizer cuts them: start 1004, end 1005.
WORDS = {"a red house on a green hill at sunset": None, "": None}
ROWS = [4, 10, 76]  # of the 77: a word, the first prompt's end, the last


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = np.ascontiguousarray(tensor.detach().numpy().astype("<i4" if tensor.dtype == torch.int64 else "<f4")).tobytes()
        header[name] = {"dtype": "I32" if tensor.dtype == torch.int64 else "F32", "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def tokens(root, pad):
    """The prompts' ids; that vocabulary merges whole words, so no more is needed than to look them up."""
    vocabulary = json.loads((root / "tests" / "vocabulary" / "vocab.json").read_text(encoding="utf-8"))
    rows = []
    for prompt in WORDS:
        ids = [1004, *(vocabulary[word + "</w>"] for word in prompt.split()), 1005]
        rows.append(ids + [pad] * (77 - len(ids)))
    return torch.tensor(rows)


def main(folder):
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    lines, out = [], {}
    ids, ids0 = tokens(root, 1005), tokens(root, 0)
    end = (ids == 1005).int().argmax(-1)
    sizes = torch.tensor([[128, 64, 0, 8, 128, 64], [1024, 1024, 0, 0, 512, 768]])
    out["ids"], out["sizes"], out["rows"] = ids, sizes, torch.tensor(ROWS)
    # SD 2's UNet has the names of SD 1's; a ControlNet shares the way down.
    control = [(name, shape, to) for name, shape, to in control_names(TINY["sd1"])
               if not name.startswith(("control_model.input_blocks", "control_model.middle_block.", "control_model.time_embed"))]
    clip, both = text_names(TINY["sd1"]), text_names(TINY["sdxl"])
    for head, prefix, rows in [
            ("vae", "first_stage_model.", vae_names(TINY["sd1"])), ("unet", "model.diffusion_model.", unet_names(TINY["sd1"])),
            ("unet-xl", "model.diffusion_model.", unet_names(TINY["sdxl"])), ("control", "control_model.", control),
            ("clip", "cond_stage_model.transformer.", clip), ("open", "cond_stage_model.model.", text_names(TINY["sd2"])),
            ("open-xl", "conditioner.embedders.1.model.", both[len(clip):])]:
        lines.append(f"[{head}]")
        for name, shape, to in rows:
            size = "x".join("K" if n in (768, 2048) and ".attn2." in name else str(n) for n in shape) or "-"
            if name.endswith("input_blocks.0.0.weight"):
                size = size.replace("x4x", "xIx")
            if ".proj_" in name and len(shape) > 1 and "attn_1" not in name:
                size = "x".join(map(str, shape[:2])) + "+"
            lines.append(f"{name.removeprefix(prefix)} {size}" + "".join(f" {n}{'|' + op.replace(' ', ',') if op else ''}" for _, n, op in to))
    for family, model in TINY.items():
        rows = unet_names(model) + text_names(model) + vae_names(model)
        w = Made(rows)
        if family != "sd1-inpaint":
            text_ids = ids if model["text"] == "clip" else ids0 if model["text"] == "open" else (ids, ids0)
            states, vector = run_text(w, model, text_ids, end, sizes)
            out[family + "/states"] = states[:, ROWS]
            if vector is not None:
                out[family + "/vector"] = vector
        x, times = made_input("x", [2, model["inputs"], 16, 8]), torch.tensor([999.0, 500.25])
        context = made_input("context", [2, 77, model["context"]])
        vector = made_input("vector", [2, 2816]) if model.get("vector") else None
        out[family + "/out"] = run_unet(w, model, x, times, context, vector)
        if family == "sd1":
            out["vae/moments"] = run_encoder(w, model, made_input("image", [1, 3, 64, 32]))
            out["vae/decoded"] = run_decoder(w, model, made_input("latent", [1, 4, 8, 4]))
            control = Made(control_names(model))
            hint = made_input("hint", [1, 3, 128, 64]).abs().clamp(max=1)
            controls = run_control(control, model, x, hint.repeat(2, 1, 1, 1), times, context)
            out["control/out"] = run_unet(w, model, x, times, context, None, [c * 0.75 for c in controls])
            out["control/middle"] = controls[-1]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tensors.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_safetensors(folder / "expected.safetensors", out)
    for name, tensor in out.items():
        print(name, list(tensor.shape), float(tensor.float().std()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--check-names", type=pathlib.Path, metavar="TABLES")
    parser.add_argument("--check", nargs=4, metavar=("FAMILY", "PART", "CHECKPOINT", "EXPECTED"))
    options = parser.parse_args()
    with torch.no_grad():
        if options.check_names:
            check_names(options.check_names)
        elif options.check:
            check(*options.check)
        else:
            main(options.folder)
