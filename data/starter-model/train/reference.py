# SPDX-License-Identifier: CC0-1.0
"""Compute the parity reference from the shipped fp16 weights, in float32.

    python3 reference.py WEIGHTS_DIR OUT_DIR PICTURE.npy(uint8 HxWx3, 128x128)

Writes *.safetensors, tokens.json and index.json. Latents of Euler and DPM++ 2M are in sigma space, as pipeline.py
updates them; the picture is decoded from latents / scaling_factor and not clamped.
"""
import sys

import numpy as np
import torch

import pipeline
import reference_writer

PROMPTS = [
    "",
    " ",
    "a red house on a green hill at sunset, oil painting",
    "night sea with a white sailing boat, pixel art",
    "a castle in front of snowy mountains, watercolor",
    "A RED HOUSE",
    "  leading   and \t trailing \n white space  ",
    "it's the cat's house, they'll say they've seen; I'm sure you'd know we're here, don't you",
    "IT'S THEY'LL WE'VE I'M YOU'D DON'T THEY'RE",
    "house's'st'",
    "rock 'n' roll",
    "3 trees, 12 flowers, 2024",
    "x2y3z 7up 1st 2nd",
    "caf\u00e9 cr\u00e8me br\u00fbl\u00e9e \u00e0 la carte",
    "\u00c9T\u00c9 \u00c0 LA MER",
    "stra\u00dfe \u00fcber den h\u00fcgeln",
    "\u0437\u0430\u043c\u043e\u043a \u043d\u0430 \u0445\u043e\u043b\u043c\u0435 \u0417\u0410\u041a\u0410\u0422",
    "\u03ba\u03ac\u03c3\u03c4\u03c1\u03bf \u03a3\u03a4\u039f \u039b\u039f\u03a6\u039f",
    "\u6d77\u8fb9\u7684\u706f\u5854",
    "\u5915\u713c\u3051\u306e\u6d77\u3068\u706f\u53f0",
    "\uc0b0 \uc704\uc758 \uc131",
    "\u0642\u0644\u0639\u0629 \u0639\u0644\u0649 \u0627\u0644\u062a\u0644",
    "\u0939\u093f\u0928\u094d\u0926\u0940 \u0918\u0930",
    "a house \U0001F3E0 with a balloon \U0001F388\U0001F388",
    "\U0001F468\u200D\U0001F469\u200D\U0001F467 family",
    "flag \U0001F1EB\U0001F1F7 and heart \u2764\ufe0f",
    "hello!!! what??? (a (castle:1.2)) [sea] {lake} <lake>",
    "semi;colon: and-dash \u2014 em \u2026 dots... \u00ab quotes \u00bb \u201chi\u201d",
    "under_score snake_case_word __init__",
    "100% $5 #tag @user a+b=c / \\ | ~ ^ `",
    "http://example.org/path?q=1&r=2",
    "<|startoftext|>a lake<|endoftext|> after",
    "<|endoftext|>",
    "tab\tnewline\nreturn\r\nno-break\u00a0space thin\u2009space",
    "\u00bd cup \u2167 roman \u00b2 squared \u0663 arabic digit",
    "z\u0336a\u0301lgo combining",
    "supercalifragilisticexpialidocious",
    "a",
    "'",
    "a red house on a green hill " * 20,
    "trees, " * 60 + "the end",
    "one two three four five six seven eight nine ten " * 7 + "\U0001F388",
]

STEPS, GUIDANCE = 20, 4.0


def save_networks(pipe, writer, generator, picture):
    """One forward of each network, with what lies between its layers."""
    prompts = [PROMPTS[2], PROMPTS[3], ""]
    ids = torch.tensor([pipe.tok.encode(prompt) for prompt in prompts])
    taps = {}
    hidden = pipe.text(ids, taps.__setitem__)
    writer.save("text", "token ids of 3 prompts, last_hidden_state after final_layer_norm, and the hidden states of "
                "prompt 0 after the embeddings and each layer",
                {"ids": ids, "last_hidden_state": hidden, **{name: value[:1] for name, value in taps.items()}},
                prompts=prompts)

    t, context = torch.tensor([801, 21]), hidden[:2]
    for height, width in ((16, 16), (24, 16)):
        x = torch.randn(2, 4, height, width, generator=generator)
        writer.save(f"unet_{height}x{width}",
                    f"one forward, batch 2, latent {height} high and {width} wide: x, timestep, context -> eps",
                    {"x": x, "timestep": t, "context": context, "eps": pipe.unet(x, t, context)})
        if (height, width) == (16, 16):
            taps = {}
            pipe.unet(x[:1], t[:1], context[:1], taps.__setitem__)
            writer.save("unet_taps", "every activation of element 0 of unet_16x16 alone (batch 1); names are module "
                        "paths, the value is the module's output; time_proj = sinusoid, conv_norm_out+silu = after the "
                        "activation",
                        taps)

    image = torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32)) / 127.5 - 1
    mean, logvar = pipe.vae.encode(image)
    z = torch.randn(1, 4, 24, 16, generator=generator) / pipe.scale
    writer.save("vae", "encode: image (-1..1) -> mean, logvar (unscaled, after quant_conv, logvar clamped to -30..20); "
                "decode of that mean; decode of random unscaled latents 24 high, 16 wide. Decoder outputs are not "
                "clamped",
                {"image": image, "mean": mean, "logvar": logvar, "decoded_mean": pipe.vae.decode(mean), "z_24x16": z,
                 "decoded_24x16": pipe.vae.decode(z)})
    writer.save("vae_taps", "activations while decoding `mean` and encoding `image` of vae.safetensors",
                {**decoder_taps(pipe.vae, mean), **encoder_taps(pipe.vae, image)})


def decoder_taps(vae, mean):
    """Activations down to the first upsampled level; what follows is larger and of the same kind."""
    decoder, taps = vae.decoder, {}
    level = decoder.up_blocks[0]
    modules = [("post_quant_conv", vae.post_quant_conv), ("decoder.conv_in", decoder.conv_in),
               ("decoder.mid_block.resnets.0", decoder.mid_block.resnets[0]),
               ("decoder.mid_block.attentions.0", decoder.mid_block.attentions[0]),
               ("decoder.mid_block.resnets.1", decoder.mid_block.resnets[1]),
               *((f"decoder.up_blocks.0.resnets.{j}", resnet) for j, resnet in enumerate(level.resnets)),
               ("decoder.up_blocks.0.upsamplers.0", level.upsamplers[0])]
    h = mean
    for name, module in modules:
        h = taps[name] = module(h)
    return taps


def encoder_taps(vae, image):
    """Activations after each level but the first, which is the largest."""
    encoder, taps = vae.encoder, {}
    h = encoder.conv_in(image)
    for i, block in enumerate(encoder.down_blocks):
        h = block.resnets[0](h)
        if hasattr(block, "downsamplers"):
            h = block.downsamplers[0](h)
        if i > 0:
            taps[f"encoder.down_blocks.{i}"] = h
    h = taps["encoder.mid_block"] = encoder.mid_block(h)
    taps["encoder.conv_out"] = encoder.conv_out(encoder.conv_norm_out.activated(h))
    return taps


@torch.no_grad()
def main(weights, out, picture):
    torch.set_num_threads(2)
    pipe = pipeline.Pipeline(weights)
    generator = torch.Generator().manual_seed(42)
    writer = reference_writer.ReferenceWriter(out)

    writer.tokens(pipe.tok, PROMPTS)
    save_networks(pipe, writer, generator, np.load(picture))
    noise = torch.randn(1, 4, 16, 16, generator=generator)
    for method in ("ddim", "euler", "dpmpp_2m"):
        writer.trajectory(pipe, method, PROMPTS[2], noise, STEPS, GUIDANCE)
    writer.save("alphas_cumprod", "alphas_cumprod[1000], float32", {"alphas_cumprod": pipe.alphas_cumprod})
    writer.finish()


if __name__ == "__main__":
    main(*sys.argv[1:4])
