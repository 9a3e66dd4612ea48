# SPDX-License-Identifier: CC0-1.0
"""Compute the small reference data that the project's own tests carry.

    python3 small_reference.py WEIGHTS_DIR OUT_DIR        (the project keeps OUT_DIR as tests/model/reference)

The same files and formulas as reference.py, on other inputs and small enough to be committed: latents of 8x8 and of
12 high by 16 wide, a 64x64 picture, three sampling steps; and runs that begin with that picture.
"""
import random
import sys

import numpy as np
import torch

import painting_reference
import pipeline
import reference_writer
import render

SEED = 2024
NOISE_SEED = 7
PICTURE_SEED = 60_000_001      # outside the training seeds (from 1) and the held-out ones (from 50,000,000)
STEPS, GUIDANCE = 3, 4.0
PROMPT = "a blue boat on a lake at dawn, watercolor"
TOKENIZED = [
    "",
    PROMPT,
    "A Snowy Castle's tower, they'll  say",
    "caf\u00e9 \u00e0 la plage, 3 palms & 12 birds!!",
    "a lighthouse \U0001F388 in the storm",
    "<|startoftext|>the sea<|endoftext|> and after",
    "cactus desert " * 45,
]


@torch.no_grad()
def main(weights, out):
    torch.set_num_threads(2)
    pipe = pipeline.Pipeline(weights)
    generator = torch.Generator().manual_seed(SEED)
    writer = reference_writer.ReferenceWriter(out)

    writer.tokens(pipe.tok, TOKENIZED)

    prompts = [PROMPT, ""]
    ids = torch.tensor([pipe.tok.encode(prompt) for prompt in prompts])
    hidden = pipe.text(ids)
    writer.save("text", "token ids of 2 prompts and last_hidden_state after final_layer_norm",
                {"ids": ids, "last_hidden_state": hidden}, prompts=prompts)

    for height, width, timesteps in ((8, 8, [441]), (12, 16, [961, 61])):
        batch = len(timesteps)
        x = torch.randn(batch, 4, height, width, generator=generator)
        t, context = torch.tensor(timesteps), hidden[:batch]
        writer.save(f"unet_{height}x{width}",
                    f"one forward, batch {batch}, latent {height} high and {width} wide: x, timestep, context -> eps",
                    {"x": x, "timestep": t, "context": context, "eps": pipe.unet(x, t, context)})

    scene = render.sample_scene(random.Random(PICTURE_SEED))
    picture = render.render(scene, PICTURE_SEED)[32:96, 32:96]
    image = torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32)) / 127.5 - 1
    mean, logvar = pipe.vae.encode(image)
    writer.save("vae", "encode: image (-1..1) -> mean, logvar (unscaled, after quant_conv, logvar clamped to -30..20); "
                "decode of that mean. The decoder's output is not clamped",
                {"image": image, "mean": mean, "logvar": logvar, "decoded_mean": pipe.vae.decode(mean)})

    # As the command line draws it with --seed 7 --rng cpu.
    noise = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(NOISE_SEED))
    for method in ("ddim", "euler", "dpmpp_2m"):
        writer.trajectory(pipe, method, PROMPT, noise, STEPS, GUIDANCE, seed=NOISE_SEED)
    painting_reference.save(pipe, writer, PROMPT, image, mean, noise, seed=NOISE_SEED)
    writer.finish()


if __name__ == "__main__":
    main(*sys.argv[1:3])
