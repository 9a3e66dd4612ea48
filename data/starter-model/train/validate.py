# SPDX-License-Identifier: CC0-1.0
"""Load the exported files from scratch, check the reference again, draw a sheet of samples.

    python3 validate.py WEIGHTS_DIR REFERENCE_DIR [SHEET.png]

Prints the largest absolute difference for every entry of the reference; exit status 1 when one exceeds its tolerance.
"""
import os
import sys

import numpy as np
import torch

import pipeline
from prompts import PROMPTS
from pictures import sheet

# One forward differs by about 1e-5 between machines, whose libraries sum in another order; 20 guided steps by 1e-3.
FORWARD, TAP, RUN = 1e-4, 1e-3, 5e-3


class Checker:
    def __init__(self):
        self.bad = 0

    def check(self, name, got, want, tolerance):
        difference = float((got - want).abs().max()) if got.shape == want.shape else float("inf")
        ok = difference <= tolerance
        self.bad += not ok
        print(f"{'ok ' if ok else 'BAD'} {name:36s} largest difference {difference:.3g} "
              f"(values to {float(want.abs().max()):.3g})")


@torch.no_grad()
def main(weights, reference, picture=None):
    torch.set_num_threads(2)
    pipe, checker = pipeline.Pipeline(weights), Checker()
    check = checker.check

    def load(name):
        arrays = pipeline.load_safetensors(os.path.join(reference, name + ".safetensors"))
        return {key: torch.from_numpy(np.array(array)) for key, array in arrays.items()}

    index = pipeline.read_json(reference, "index.json")
    for entry in pipeline.read_json(reference, "tokens.json"):
        if pipe.tok.encode(entry["prompt"]) != entry["ids"]:
            print("BAD tokens of", repr(entry["prompt"]))
            checker.bad += 1

    data = load("text")
    check("text", pipe.text(data["ids"].long()), data["last_hidden_state"], FORWARD)
    for name in ("unet_16x16", "unet_24x16"):
        data = load(name)
        check(name, pipe.unet(data["x"], data["timestep"], data["context"]), data["eps"], FORWARD)
    data, taps = load("unet_16x16"), load("unet_taps")
    pipe.unet(data["x"][:1], data["timestep"][:1], data["context"][:1],
              lambda name, value: check("unet " + name, value, taps[name], TAP))
    data = load("vae")
    mean, logvar = pipe.vae.encode(data["image"])
    check("vae mean", mean, data["mean"], TAP)
    check("vae logvar", logvar, data["logvar"], TAP)
    check("vae decode", pipe.vae.decode(data["mean"]), data["decoded_mean"], FORWARD)
    check("vae decode 24x16", pipe.vae.decode(data["z_24x16"]), data["decoded_24x16"], FORWARD)
    for method in ("ddim", "euler", "dpmpp_2m"):
        data, trace = load("sample_" + method), []
        prompt = index["files"][f"sample_{method}.safetensors"]["prompt"]
        latent = pipe.sample([prompt], data["noise"], 20, 4.0, method, trace=trace)
        check(f"sample {method} latents", torch.cat(trace), data["latents"], RUN)
        check(f"sample {method} image", pipe.decode(latent), data["image"], RUN)
    print("reference:", f"{checker.bad} bad" if checker.bad else "all good")

    if picture:
        noise = torch.randn(len(PROMPTS), 4, 16, 16, generator=torch.Generator().manual_seed(7))
        rows = [pipe.decode(pipe.sample(PROMPTS, noise, 25, guidance)) for guidance in (1.0, 4.0, 7.5)]
        sheet(torch.cat(rows), len(PROMPTS) // 2).save(picture)
    return 1 if checker.bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
