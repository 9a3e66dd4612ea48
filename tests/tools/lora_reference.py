# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute what the starter model says with two LoRAs merged into its weights: tests/model/reference/lora.

    PYTHONPATH=data/starter-model/train python3 tests/tools/lora_reference.py data/starter-model tests/model/reference/lora

Writes two made-up LoRAs, one as kohya's sd-scripts write them (names by diffusers' layers and by those of the original code, float16, with alpha, with
convolutions), one as PEFT does (float32), and what PyTorch computes with both merged into the weights in float64. Each line of the tables says which
weight is meant, by hand: nothing here works out a name.
"""
import json
import sys

import numpy as np
import torch

import pipeline

SEED = 6
PROMPT = "a blue boat on a lake at dawn, watercolor"
# File, strength for the UNet, for the text encoder.
STRENGTHS = {"kohya": (0.8, 0.5), "peft": (-0.6, 1.1)}

# Name in the file, the weight's name in the model, rank, alpha (None: not in the file), shape of down past its rank and input.
KOHYA = [
    ("lora_unet_conv_in", "unet", "conv_in", 2, 1.0, "3x3"),
    ("lora_unet_down_blocks_0_resnets_0_conv1", "unet", "down_blocks.0.resnets.0.conv1", 4, 2.0, "3x3"),
    ("lora_unet_input_blocks_2_0_op", "unet", "down_blocks.0.downsamplers.0.conv", 3, 3.0, "tucker"),
    ("lora_unet_down_blocks_1_resnets_0_time_emb_proj", "unet", "down_blocks.1.resnets.0.time_emb_proj", 2, None, "linear"),
    ("lora_unet_input_blocks_3_1_proj_in", "unet", "down_blocks.1.attentions.0.proj_in", 4, 4.0, "1x1"),
    ("lora_unet_input_blocks_3_1_transformer_blocks_0_attn1_to_k", "unet",
     "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_k", 4, 2.0, "linear"),
    ("lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_v", "unet",
     "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_v", 5, 2.0, "linear"),
    ("lora_unet_mid_block_attentions_0_transformer_blocks_0_ff_net_0_proj", "unet",
     "mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj", 2, 2.0, "linear"),
    ("lora_unet_middle_block_2_out_layers_3", "unet", "mid_block.resnets.1.conv2", 2, 2.0, "3x3"),
    ("lora_unet_output_blocks_2_0_skip_connection", "unet", "up_blocks.1.resnets.0.conv_shortcut", 3, 1.5, "1x1"),
    ("lora_unet_output_blocks_3_2_conv", "unet", "up_blocks.1.upsamplers.0.conv", 2, 2.0, "3x3"),
    ("lora_te_text_model_encoder_layers_0_self_attn_q_proj", "text", "text_model.encoder.layers.0.self_attn.q_proj", 4, 4.0, "linear"),
    ("lora_te_text_model_encoder_layers_2_mlp_fc2", "text", "text_model.encoder.layers.2.mlp.fc2", 2, 1.0, "linear"),
]
PEFT = [
    ("unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_k", "unet",
     "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_k", 2, None, "linear"),
    ("unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_v", "unet",
     "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_v", 2, None, "linear"),
    ("unet.up_blocks.1.attentions.1.transformer_blocks.0.attn2.to_out.0", "unet",
     "up_blocks.1.attentions.1.transformer_blocks.0.attn2.to_out.0", 2, None, "linear"),
    ("text_encoder.text_model.encoder.layers.1.self_attn.out_proj", "text", "text_model.encoder.layers.1.self_attn.out_proj", 2, None, "linear"),
]


def make(tables, suffixes, dtype, generator, shapes):
    """{name: array} of a file, and [(part, weight, difference)] in float64."""
    down_end, up_end = suffixes
    tensors, differences = {}, []

    def draw(*shape, fan_in):
        return (torch.randn(*shape, generator=generator) / fan_in**0.5).numpy().astype(dtype)

    for name, part, weight, rank, alpha, kind in tables:
        shape = shapes[part][weight + ".weight"]
        n, k = shape[:2]
        side = {"3x3": (3, 3), "1x1": (1, 1), "tucker": (1, 1), "linear": ()}[kind]
        fan_in = k * (9 if kind == "3x3" else 1)
        down = draw(rank, k, *side, fan_in=fan_in)
        up = draw(n, rank, *((1, 1) if side else ()), fan_in=rank)
        tensors[name + down_end], tensors[name + up_end] = down, up
        a = up.reshape(n, rank).astype(np.float64)
        if kind == "tucker":
            mid = draw(rank, rank, 3, 3, fan_in=9 * rank)
            tensors[name + ".lora_mid.weight"] = mid
            b = np.einsum("abyx,bk->akyx", mid.astype(np.float64), down.reshape(rank, k).astype(np.float64)).reshape(rank, -1)
        else:
            b = down.reshape(rank, -1).astype(np.float64)
        if alpha is not None:
            tensors[name + ".alpha"] = np.array(alpha, dtype)
        scale = (rank if alpha is None else alpha) / rank
        differences.append((part, weight + ".weight", scale * (a @ b).reshape(shape)))
    return tensors, differences


@torch.no_grad()
def main(model, out):
    torch.set_num_threads(1)
    pipe = pipeline.Pipeline(model)
    parts = {"unet": pipe.unet, "text": pipe.text}
    shapes = {part: {name: tuple(value.shape) for name, value in network.state_dict().items()} for part, network in parts.items()}
    generator = torch.Generator().manual_seed(SEED)
    files = {
        "kohya": make(KOHYA, (".lora_down.weight", ".lora_up.weight"), np.float16, generator, shapes),
        "peft": make(PEFT, (".lora_A.weight", ".lora_B.weight"), np.float32, generator, shapes),
    }
    ids = torch.tensor([pipe.tok.encode(PROMPT)])
    x = torch.randn(1, 4, 8, 8, generator=generator)
    t = torch.tensor([441])
    plain = pipe.unet(x, t, pipe.text(ids))
    merged = {part: {name: value.numpy().astype(np.float64) for name, value in network.state_dict().items()} for part, network in parts.items()}
    for name, (tensors, differences) in files.items():
        pipeline.save_safetensors(f"{out}/{name}.safetensors", tensors)
        strength, text_strength = STRENGTHS[name]
        for part, weight, difference in differences:
            merged[part][weight] += (strength if part == "unet" else text_strength) * difference
    for part, network in parts.items():
        network.load_state_dict({name: torch.from_numpy(value.astype(np.float32)) for name, value in merged[part].items()})
    hidden = pipe.text(ids)
    eps = pipe.unet(x, t, hidden)
    pipeline.save_safetensors(f"{out}/merged.safetensors", {
        "x": x.numpy(), "timestep": t.numpy().astype(np.int32), "last_hidden_state": hidden.numpy(), "eps": eps.numpy(),
    }, {"prompt": PROMPT, "strengths": json.dumps(STRENGTHS)})
    print(f"the LoRAs change the prediction by {float((eps - plain).norm() / plain.norm()):.2f} of its size")


if __name__ == "__main__":
    main(*sys.argv[1:3])
