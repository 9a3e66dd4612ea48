# SPDX-License-Identifier: CC0-1.0
"""The networks of the starter model's twins, which begin where the model ends.

InpaintUNet: nine input channels: the latent, the mask, and the latent of the masked picture (as SD 1.x for inpainting).
ControlNet:  a copy of the UNet's way down that sees an edge map (Zhang et al. 2023; diffusers' ControlNetModel).
Lora:        W + strength * up down, of rank 8, for attention, feed-forward, text encoder and 3x3 convolutions (Hu et al.
             2021; for convolutions as kohya's LoCon).

Each begins as the model itself: new input channels, the outputs of the ControlNet and all `up` are zero.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

import model

try:
    from torch.func import functional_call
except ImportError:                             # PyTorch 1.13
    from torch.nn.utils.stateless import functional_call

INPAINT_CHANNELS = 9
HINT_WIDTHS = [8, 16, 32, 64]                   # of the map at 1, 1/2, 1/4 and 1/8 of its size
SILU_GAIN = 1.7                                 # SiLU of a normal number of spread 1 has a root mean square of 0.6
FIRST_GAIN = 4.0                                # an edge map is 1 at one pixel in twenty
RANK = 8


class InpaintUNet(model.UNet):
    def __init__(self, unet):
        """unet: the model's own."""
        super().__init__(dict(unet.cfg, in_channels=INPAINT_CHANNELS))
        weights = dict(unet.state_dict())
        first = torch.zeros_like(self.conv_in.weight)
        first[:, :unet.cfg["in_channels"]] = weights["conv_in.weight"]
        self.load_state_dict({**weights, "conv_in.weight": first})


# --- ControlNet ------------------------------------------------------------------------------------------------------

class HalvingConv(nn.Conv2d):
    """3x3 with stride 2; a class of its own, since fused.py takes an nn.Conv2d for one of stride 1."""

    def forward(self, x):
        return F.conv2d(x, self.weight.to(x.dtype), self.bias.to(x.dtype), stride=2, padding=1)


class HintEmbedding(nn.Module):
    """From a map to a picture of the latent's size.

    It begins as seeing something, unlike diffusers': with PyTorch's own weights an edge map is 0.01 large after seven layers, and
    with a last one of zeros beside those at the ends of the ControlNet nothing was learned in 500 steps (measured).
    """

    def __init__(self, channels):
        super().__init__()
        self.conv_in = scaled(nn.Conv2d(3, HINT_WIDTHS[0], 3, padding=1), FIRST_GAIN)
        self.blocks = nn.ModuleList()
        for a, b in zip(HINT_WIDTHS, HINT_WIDTHS[1:]):
            self.blocks.append(scaled(nn.Conv2d(a, a, 3, padding=1), SILU_GAIN))
            self.blocks.append(scaled(HalvingConv(a, b, 3), SILU_GAIN))
        self.conv_out = scaled(nn.Conv2d(HINT_WIDTHS[-1], channels, 3, padding=1), 1.0)

    def forward(self, x):
        x = F.silu(self.conv_in(x))
        for block in self.blocks:
            x = F.silu(block(x))
        return self.conv_out(x)


def scaled(layer, gain):
    nn.init.normal_(layer.weight, std=gain * layer.weight[0].numel() ** -0.5)
    nn.init.zeros_(layer.bias)
    return layer


def zero(layer):
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class ControlNet(model.UNet):
    def __init__(self, unet):
        """unet: the model's own, whose way down is copied."""
        super().__init__(unet.cfg)
        self.load_state_dict(unet.state_dict())
        del self.up_blocks, self.conv_norm_out, self.conv_out
        channels, layers = self.cfg["block_out_channels"], self.cfg["layers_per_block"]
        self.controlnet_cond_embedding = HintEmbedding(channels[0])
        skips = [channels[0]]
        for i, c in enumerate(channels):
            skips += [c] * (layers + (i < len(channels) - 1))
        self.controlnet_down_blocks = nn.ModuleList([zero(nn.Conv2d(c, c, 1)) for c in skips])
        self.controlnet_mid_block = zero(nn.Conv2d(channels[-1], channels[-1], 1))

    def forward(self, x, t, context, hint):
        """What is added to the skips, and last to the middle. hint: N x 3 x H x W, 0 or 1."""
        _, x, skips = self.way_down(x, t, context, lambda name, value: None, self.controlnet_cond_embedding(hint))
        return [conv(skip) for conv, skip in zip(self.controlnet_down_blocks, skips)] + [self.controlnet_mid_block(x)]

    def config(self):
        """As diffusers reads it."""
        kept = ("act_fn", "attention_head_dim", "block_out_channels", "cross_attention_dim", "down_block_types",
                "downsample_padding", "flip_sin_to_cos", "freq_shift", "in_channels", "layers_per_block",
                "mid_block_scale_factor", "norm_eps", "norm_num_groups", "use_linear_projection")
        return {"_class_name": "ControlNetModel", "_diffusers_version": "0.14.0",
                "conditioning_embedding_out_channels": HINT_WIDTHS, "controlnet_conditioning_channel_order": "rgb",
                **{key: self.cfg[key] for key in kept}}


# --- LoRA ------------------------------------------------------------------------------------------------------------

def lora_layers(unet, text):
    """(kohya's name, network, name) of each layer that a LoRA changes."""
    for prefix, child, network, parts in (
            ("lora_unet_", "unet", unet, ("attentions.", ".conv1", ".conv2", "samplers.0.conv")),
            ("lora_te_", "text", text, ("encoder.layers.",))):
        for name, module in network.named_modules():
            if isinstance(module, (nn.Linear, nn.Conv2d)) and any(part in name for part in parts):
                yield prefix + name.replace(".", "_"), child, name, module


class Lora(nn.Module):
    def __init__(self, unet, text):
        super().__init__()
        self.down, self.up, self.layers = nn.ParameterDict(), nn.ParameterDict(), []
        self.strength = 1.0
        for key, child, name, module in lora_layers(unet, text):
            shape = module.weight.shape
            down, up = torch.empty(RANK, *shape[1:]), torch.zeros(shape[0], RANK, *(1 for _ in shape[2:]))
            nn.init.kaiming_uniform_(down, a=5 ** 0.5)
            self.down[key], self.up[key] = nn.Parameter(down), nn.Parameter(up)
            self.layers.append((key, child, name + ".weight"))

    def weights(self, networks):
        """The changed weights of unet and text, by name."""
        changed = {"unet": {}, "text": {}}
        own = {child: dict(networks[child].named_parameters()) for child in changed}
        for key, child, name in self.layers:
            weight = own[child][name]
            product = (self.up[key].flatten(1) @ self.down[key].flatten(1)).view(weight.shape)
            if weight.ndim == 4:
                product = product.contiguous(memory_format=torch.channels_last)
            changed[child][name] = weight + self.strength * product
        return changed

    def predict(self, networks, x, t, tokens):
        changed = self.weights(networks)
        context = functional_call(networks["text"], changed["text"], (tokens,))
        return functional_call(networks["unet"], changed["unet"], (x, t, context))
