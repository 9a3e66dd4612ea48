# SPDX-License-Identifier: CC0-1.0
"""The three networks of a Stable Diffusion 1.x pipeline, in plain PyTorch.

Parameter names and semantics are those of Hugging Face `diffusers`
(UNet2DConditionModel, AutoencoderKL) and `transformers` (CLIPTextModel), so a
state dict can be saved straight into the usual folder layout.  Only the
features this model uses are here; everything is driven by the config dicts.

Everything here is ordinary PyTorch; fused.py can swap in faster kernels for
training on a CPU.
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

UNET_CONFIG = {
    "_class_name": "UNet2DConditionModel", "_diffusers_version": "0.6.0",
    "act_fn": "silu", "attention_head_dim": 4, "block_out_channels": [96, 128, 160],
    "center_input_sample": False, "cross_attention_dim": 128,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    "downsample_padding": 1, "flip_sin_to_cos": True, "freq_shift": 0, "in_channels": 4,
    "layers_per_block": 1, "mid_block_scale_factor": 1, "norm_eps": 1e-05, "norm_num_groups": 32,
    "out_channels": 4, "sample_size": 16, "use_linear_projection": False,
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
}
VAE_CONFIG = {
    "_class_name": "AutoencoderKL", "_diffusers_version": "0.6.0", "act_fn": "silu",
    "block_out_channels": [32, 48, 96, 128],
    "down_block_types": ["DownEncoderBlock2D"] * 4, "in_channels": 3, "latent_channels": 4,
    "layers_per_block": 1, "norm_num_groups": 16, "out_channels": 3, "sample_size": 128,
    "scaling_factor": 1.0, "up_block_types": ["UpDecoderBlock2D"] * 4,
}
TEXT_CONFIG = {
    "architectures": ["CLIPTextModel"], "attention_dropout": 0.0, "bos_token_id": 0, "dropout": 0.0,
    "eos_token_id": 2, "hidden_act": "quick_gelu", "hidden_size": 128, "initializer_factor": 1.0,
    "initializer_range": 0.02, "intermediate_size": 512, "layer_norm_eps": 1e-05,
    "max_position_embeddings": 77, "model_type": "clip_text_model", "num_attention_heads": 4,
    "num_hidden_layers": 3, "pad_token_id": 1, "projection_dim": 128, "torch_dtype": "float16",
    "vocab_size": 0,
}


# --- UNet2DConditionModel --------------------------------------------------------------------------------------------

class GroupNorm(nn.GroupNorm):
    """The mean and the spread over groups of channels."""

    def activated(self, x):
        """The norm, then SiLU."""
        return F.silu(self(x))


class Resnet(nn.Module):
    """Two normalised 3x3 convolutions; in the UNet the time embedding is added between them."""

    def __init__(self, cin, cout, temb, groups, eps):
        super().__init__()
        self.norm1 = GroupNorm(groups, cin, eps=eps)
        self.conv1 = nn.Conv2d(cin, cout, 3, padding=1)
        if temb:
            self.time_emb_proj = nn.Linear(temb, cout)
        self.norm2 = GroupNorm(groups, cout, eps=eps)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(cin, cout, 1) if cin != cout else None

    def forward(self, x, temb=None):
        h = self.conv1(self.norm1.activated(x))
        if temb is not None:
            h = h + self.time_emb_proj(F.silu(temb))[:, :, None, None].to(h.dtype)
        h = self.conv2(self.norm2.activated(h))
        if self.conv_shortcut is not None:
            x = self.conv_shortcut(x)
        return x + h


class Attention(nn.Module):
    """Multi-head attention; self-attention when context is None."""

    def __init__(self, dim, ctx, heads, qkv_bias=False):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(dim, dim, bias=qkv_bias)
        self.to_k = nn.Linear(ctx, dim, bias=qkv_bias)
        self.to_v = nn.Linear(ctx, dim, bias=qkv_bias)
        self.to_out = nn.ModuleList([nn.Linear(dim, dim), nn.Identity()])

    def forward(self, x, context=None):
        context = x if context is None else context
        b, n, c = x.shape
        h, d = self.heads, c // self.heads

        def split(t):
            return t.reshape(b, -1, h, d).transpose(1, 2).reshape(b * h, -1, d)
        q, k, v = split(self.to_q(x)), split(self.to_k(context)), split(self.to_v(context))
        w = torch.bmm(q * d ** -0.5, k.transpose(1, 2)).softmax(-1)
        o = torch.bmm(w, v).reshape(b, h, n, d).transpose(1, 2).reshape(b, n, c)
        return self.to_out[0](o)


class GEGLU(nn.Module):
    """a * gelu(g), where [a | g] is one linear layer; the exact GELU."""

    def __init__(self, dim, inner):
        super().__init__()
        self.proj = nn.Linear(dim, inner * 2)

    def forward(self, x):
        a, g = self.proj(x).chunk(2, -1)
        return a * F.gelu(g)


class FeedForward(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.net = nn.ModuleList([GEGLU(dim, dim * 4), nn.Identity(), nn.Linear(dim * 4, dim)])

    def forward(self, x):
        return self.net[2](self.net[0](x))


class TransformerBlock(nn.Module):
    """Self-attention, cross-attention with the text, feed-forward; each normalised first and added."""

    def __init__(self, dim, ctx, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn1 = Attention(dim, dim, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.attn2 = Attention(dim, ctx, heads)
        self.norm3 = nn.LayerNorm(dim)
        self.ff = FeedForward(dim)

    def forward(self, x, context):
        x = x + self.attn1(self.norm1(x))
        x = x + self.attn2(self.norm2(x), context)
        return x + self.ff(self.norm3(x))


class SpatialTransformer(nn.Module):
    """Transformer2DModel with 1x1 convolution projections (use_linear_projection false)."""

    def __init__(self, dim, ctx, heads, groups):
        super().__init__()
        self.norm = GroupNorm(groups, dim, eps=1e-6)
        self.proj_in = nn.Conv2d(dim, dim, 1)
        self.transformer_blocks = nn.ModuleList([TransformerBlock(dim, ctx, heads)])
        self.proj_out = nn.Conv2d(dim, dim, 1)

    def forward(self, x, context):
        b, c, hh, ww = x.shape
        h = self.proj_in(self.norm(x))
        h = h.flatten(2).transpose(1, 2)
        h = self.transformer_blocks[0](h, context)
        h = h.transpose(1, 2).reshape(b, c, hh, ww)
        return self.proj_out(h) + x


class Downsample(nn.Module):
    def __init__(self, c, padding):
        super().__init__()
        self.padding = padding
        self.conv = nn.Conv2d(c, c, 3, stride=2, padding=padding)

    def forward(self, x):
        if self.padding == 0:                    # VAE encoder: pad right and bottom only
            x = F.pad(x, (0, 1, 0, 1))
        return self.conv(x)


class Upsample(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class Block(nn.Module):
    """One resolution level; holds resnets, attentions and an optional resampler."""

    def __init__(self, pairs, temb, groups, eps, attn=None, down=None, up=None):
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(i, o, temb, groups, eps) for i, o in pairs])
        if attn:
            ctx, heads = attn
            self.attentions = nn.ModuleList([SpatialTransformer(o, ctx, heads, groups) for _, o in pairs])
        if down is not None:
            self.downsamplers = nn.ModuleList([Downsample(pairs[-1][1], down)])
        if up:
            self.upsamplers = nn.ModuleList([Upsample(pairs[-1][1])])


class MidBlock(nn.Module):
    def __init__(self, c, ctx, heads, temb, groups, eps):
        super().__init__()
        self.attentions = nn.ModuleList([SpatialTransformer(c, ctx, heads, groups)])
        self.resnets = nn.ModuleList([Resnet(c, c, temb, groups, eps) for _ in range(2)])

    def forward(self, x, temb, context):
        x = self.resnets[0](x, temb)
        x = self.attentions[0](x, context)
        return self.resnets[1](x, temb)


class TimeEmbedding(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.linear_1 = nn.Linear(cin, cout)
        self.linear_2 = nn.Linear(cout, cout)

    def forward(self, x):
        return self.linear_2(F.silu(self.linear_1(x)))


def timestep_features(t, dim, flip=True, shift=0):
    """Sinusoids of the time step at dim / 2 frequencies from 1 to 1e-4, cosines first when flip."""
    half = dim // 2
    f = torch.exp(-math.log(10000) * torch.arange(half, dtype=torch.float32, device=t.device) / (half - shift))
    a = t.float()[:, None] * f[None]
    return torch.cat([a.cos(), a.sin()] if flip else [a.sin(), a.cos()], -1)


class UNet(nn.Module):
    """UNet2DConditionModel with one transformer block per attention, as SD 1.x."""

    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        ch, groups, eps = cfg["block_out_channels"], cfg["norm_num_groups"], cfg["norm_eps"]
        lpb, ctx, heads = cfg["layers_per_block"], cfg["cross_attention_dim"], cfg["attention_head_dim"]
        temb = ch[0] * 4
        self.conv_in = nn.Conv2d(cfg["in_channels"], ch[0], 3, padding=1)
        self.time_embedding = TimeEmbedding(ch[0], temb)
        self.down_blocks = nn.ModuleList()
        prev = ch[0]
        for i, (typ, c) in enumerate(zip(cfg["down_block_types"], ch)):
            pairs = [(prev if j == 0 else c, c) for j in range(lpb)]
            self.down_blocks.append(Block(pairs, temb, groups, eps, (ctx, heads) if "CrossAttn" in typ else None,
                                          down=cfg["downsample_padding"] if i < len(ch) - 1 else None))
            prev = c
        self.mid_block = MidBlock(ch[-1], ctx, heads, temb, groups, eps)
        self.up_blocks = nn.ModuleList()
        rev = ch[::-1]
        for i, (typ, c) in enumerate(zip(cfg["up_block_types"], rev)):
            prev, skip_last = rev[max(i - 1, 0)], rev[min(i + 1, len(rev) - 1)]
            pairs = []
            for j in range(lpb + 1):
                skip = skip_last if j == lpb else c
                pairs.append(((prev if j == 0 else c) + skip, c))
            self.up_blocks.append(Block(pairs, temb, groups, eps, (ctx, heads) if "CrossAttn" in typ else None,
                                        up=i < len(rev) - 1))
        self.conv_norm_out = GroupNorm(groups, ch[0], eps=eps)
        self.conv_out = nn.Conv2d(ch[0], cfg["out_channels"], 3, padding=1)

    def way_down(self, x, t, context, see, hint=None):
        """The time embedding, what the middle gives, and the skips. hint is added to what conv_in gives."""
        feats = timestep_features(t, self.cfg["block_out_channels"][0], self.cfg["flip_sin_to_cos"],
                                  self.cfg["freq_shift"])
        see("time_proj", feats)
        temb = self.time_embedding(feats)
        see("time_embedding", temb)
        x = self.conv_in(x)
        see("conv_in", x)
        if hint is not None:
            x = x + hint
        skips = [x]
        for i, blk in enumerate(self.down_blocks):
            for j, res in enumerate(blk.resnets):
                x = res(x, temb)
                see(f"down_blocks.{i}.resnets.{j}", x)
                if hasattr(blk, "attentions"):
                    x = blk.attentions[j](x, context)
                    see(f"down_blocks.{i}.attentions.{j}", x)
                skips.append(x)
            if hasattr(blk, "downsamplers"):
                x = blk.downsamplers[0](x)
                see(f"down_blocks.{i}.downsamplers.0", x)
                skips.append(x)
        x = self.mid_block.resnets[0](x, temb)
        see("mid_block.resnets.0", x)
        x = self.mid_block.attentions[0](x, context)
        see("mid_block.attentions.0", x)
        x = self.mid_block.resnets[1](x, temb)
        see("mid_block.resnets.1", x)
        return temb, x, skips

    def forward(self, x, t, context, tap=None, residuals=None):
        """eps for latents x, timesteps t (vector) and text states context.
        tap(name, tensor) is called with every intermediate activation when given.
        residuals, of a ControlNet: what is added to the skips, and last to what the middle gives."""
        see = tap if tap is not None else (lambda name, v: None)
        temb, x, skips = self.way_down(x, t, context, see)
        if residuals is not None:
            skips = [skip + more for skip, more in zip(skips, residuals)]
            x = x + residuals[-1]
        for i, blk in enumerate(self.up_blocks):
            for j, res in enumerate(blk.resnets):
                x = res(torch.cat([x, skips.pop()], 1), temb)
                see(f"up_blocks.{i}.resnets.{j}", x)
                if hasattr(blk, "attentions"):
                    x = blk.attentions[j](x, context)
                    see(f"up_blocks.{i}.attentions.{j}", x)
            if hasattr(blk, "upsamplers"):
                x = blk.upsamplers[0](x)
                see(f"up_blocks.{i}.upsamplers.0", x)
        x = self.conv_norm_out.activated(x)
        see("conv_norm_out+silu", x)
        x = self.conv_out(x)
        see("conv_out", x)
        return x


# --- AutoencoderKL ---------------------------------------------------------------------------------------------------

class VaeAttention(Attention):
    """Self-attention of one head over all pixels, normalised first and added."""

    def __init__(self, c, groups):
        super().__init__(c, c, 1, qkv_bias=True)
        self.group_norm = GroupNorm(groups, c, eps=1e-6)

    def forward(self, x):
        b, c, h, w = x.shape
        y = self.group_norm(x).flatten(2).transpose(1, 2)
        return x + super().forward(y).transpose(1, 2).reshape(b, c, h, w)


class VaeMid(nn.Module):
    def __init__(self, c, groups):
        super().__init__()
        self.attentions = nn.ModuleList([VaeAttention(c, groups)])
        self.resnets = nn.ModuleList([Resnet(c, c, 0, groups, 1e-6) for _ in range(2)])

    def forward(self, x):
        return self.resnets[1](self.attentions[0](self.resnets[0](x)))


class Encoder(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        ch, g, lpb = cfg["block_out_channels"], cfg["norm_num_groups"], cfg["layers_per_block"]
        self.conv_in = nn.Conv2d(cfg["in_channels"], ch[0], 3, padding=1)
        self.down_blocks = nn.ModuleList()
        prev = ch[0]
        for i, c in enumerate(ch):
            pairs = [(prev if j == 0 else c, c) for j in range(lpb)]
            self.down_blocks.append(Block(pairs, 0, g, 1e-6, down=0 if i < len(ch) - 1 else None))
            prev = c
        self.mid_block = VaeMid(ch[-1], g)
        self.conv_norm_out = GroupNorm(g, ch[-1], eps=1e-6)
        self.conv_out = nn.Conv2d(ch[-1], 2 * cfg["latent_channels"], 3, padding=1)

    def forward(self, x):
        x = self.conv_in(x)
        for blk in self.down_blocks:
            for res in blk.resnets:
                x = res(x)
            if hasattr(blk, "downsamplers"):
                x = blk.downsamplers[0](x)
        return self.conv_out(self.conv_norm_out.activated(self.mid_block(x)))


class Decoder(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        ch, g, lpb = cfg["block_out_channels"][::-1], cfg["norm_num_groups"], cfg["layers_per_block"]
        self.conv_in = nn.Conv2d(cfg["latent_channels"], ch[0], 3, padding=1)
        self.mid_block = VaeMid(ch[0], g)
        self.up_blocks = nn.ModuleList()
        prev = ch[0]
        for i, c in enumerate(ch):
            pairs = [(prev if j == 0 else c, c) for j in range(lpb + 1)]
            self.up_blocks.append(Block(pairs, 0, g, 1e-6, up=i < len(ch) - 1))
            prev = c
        self.conv_norm_out = GroupNorm(g, ch[-1], eps=1e-6)
        self.conv_out = nn.Conv2d(ch[-1], cfg["out_channels"], 3, padding=1)

    def forward(self, z):
        x = self.mid_block(self.conv_in(z))
        for blk in self.up_blocks:
            for res in blk.resnets:
                x = res(x)
            if hasattr(blk, "upsamplers"):
                x = blk.upsamplers[0](x)
        return self.conv_out(self.conv_norm_out.activated(x))


class VAE(nn.Module):
    """Images are -1..1; latents here are unscaled (multiply by scaling_factor for the UNet)."""

    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        n = cfg["latent_channels"]
        self.encoder, self.decoder = Encoder(cfg), Decoder(cfg)
        self.quant_conv = nn.Conv2d(2 * n, 2 * n, 1)
        self.post_quant_conv = nn.Conv2d(n, n, 1)

    def encode(self, x):
        mean, logvar = self.quant_conv(self.encoder(x)).chunk(2, 1)
        return mean, logvar.clamp(-30, 20)

    def decode(self, z):
        return self.decoder(self.post_quant_conv(z))


# --- CLIPTextModel ---------------------------------------------------------------------------------------------------

class ClipAttention(nn.Module):
    """Causal self-attention."""

    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, x, mask):
        b, n, c = x.shape
        h, d = self.heads, c // self.heads

        def split(t):
            return t.reshape(b, n, h, d).transpose(1, 2).reshape(b * h, n, d)
        q, k, v = split(self.q_proj(x) * d ** -0.5), split(self.k_proj(x)), split(self.v_proj(x))
        w = (torch.bmm(q, k.transpose(1, 2)) + mask.to(q.dtype)).softmax(-1)
        return self.out_proj(torch.bmm(w, v).reshape(b, h, n, d).transpose(1, 2).reshape(b, n, c))


class ClipMlp(nn.Module):
    def __init__(self, d, inner):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(d, inner), nn.Linear(inner, d)

    def forward(self, x):
        x = self.fc1(x)
        return self.fc2(x * torch.sigmoid(1.702 * x))          # quick_gelu


class ClipLayer(nn.Module):
    def __init__(self, d, heads, inner, eps):
        super().__init__()
        self.self_attn = ClipAttention(d, heads)
        self.layer_norm1 = nn.LayerNorm(d, eps=eps)
        self.mlp = ClipMlp(d, inner)
        self.layer_norm2 = nn.LayerNorm(d, eps=eps)

    def forward(self, x, mask):
        x = x + self.self_attn(self.layer_norm1(x), mask)
        return x + self.mlp(self.layer_norm2(x))


class ClipEmbeddings(nn.Module):
    def __init__(self, vocab, d, npos):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab, d)
        self.position_embedding = nn.Embedding(npos, d)


class ClipEncoder(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.layers = nn.ModuleList([ClipLayer(cfg["hidden_size"], cfg["num_attention_heads"], cfg["intermediate_size"],
                                               cfg["layer_norm_eps"]) for _ in range(cfg["num_hidden_layers"])])


class ClipTextTransformer(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.embeddings = ClipEmbeddings(cfg["vocab_size"], cfg["hidden_size"], cfg["max_position_embeddings"])
        self.encoder = ClipEncoder(cfg)
        self.final_layer_norm = nn.LayerNorm(cfg["hidden_size"], eps=cfg["layer_norm_eps"])


class TextEncoder(nn.Module):
    """CLIPTextModel; forward gives last_hidden_state (after the final layer norm)."""

    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        self.text_model = ClipTextTransformer(cfg)

    def forward(self, ids, tap=None):
        m = self.text_model
        n = ids.shape[1]
        x = m.embeddings.token_embedding(ids) + m.embeddings.position_embedding.weight[:n]
        if tap is not None:
            tap("text_model.embeddings", x)
        mask = torch.full((n, n), -1e9, device=ids.device).triu(1)
        for i, layer in enumerate(m.encoder.layers):
            x = layer(x, mask)
            if tap is not None:
                tap(f"text_model.encoder.layers.{i}", x)
        return m.final_layer_norm(x)


def count(network):
    """Number of parameters."""
    return sum(parameter.numel() for parameter in network.parameters())
