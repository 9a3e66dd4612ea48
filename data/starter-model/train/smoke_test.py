# SPDX-License-Identifier: CC0-1.0
"""Does training run here, and does it go on where it stopped?  python3 smoke_test.py [cpu|cuda]  (some minutes)

Draws 32 pictures, trains the autoencoder (also with the discriminator), the UNet, the classifier and the twins for some
steps, at once and in two runs, and compares the weights: equal to the bit on a CPU, within 1 % of their norm on a GPU, whose sums have no fixed
order.
"""
import os
import subprocess
import sys
import tempfile

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.dirname(HERE)
PICTURES, STEPS, FIRST = 32, 6, 4      # the second run does the steps after FIRST


def run(script, *arguments):
    subprocess.run([sys.executable, "-W", "ignore", os.path.join(HERE, script), *map(str, arguments)], check=True,
                   stdout=subprocess.DEVNULL)


def flat(folder):
    return torch.load(os.path.join(folder, "checkpoint.pt"), map_location="cpu")["flat"]


def compare(name, device, folder, script, *arguments):
    """Trains at once and in two runs; exits when the weights differ."""
    whole, halves = os.path.join(folder, name), os.path.join(folder, name + "-halves")
    run(script, *arguments, "--out", whole)
    run(script, *arguments, "--out", halves, "--stop-at", FIRST)
    run(script, *arguments, "--out", halves)
    difference = float((flat(whole) - flat(halves)).norm() / flat(whole).norm())
    print(f"{name}: the weights of one run and of two differ by {difference:.3g} of their norm", flush=True)
    if difference > (0 if device == "cpu" else 0.01):
        sys.exit(1)


def main(device="cpu"):
    with tempfile.TemporaryDirectory() as folder:
        data, prepared, vae = (os.path.join(folder, name) for name in ("data", "prepared", "vae"))
        init, tok = os.path.join(MODEL, "vae"), os.path.join(MODEL, "tokenizer")
        run("render.py", "make", data, PICTURES, 1, 2)
        common = ("train", "--data", data, "--held", data, "--device", device, "--steps", STEPS, "--batch", 8,
                  "--parts", 2, "--every", 3, "--count", 16, "--whole", 0.5)
        compare("vae", device, folder, "train_vae.py", *common, "--init", init)
        compare("judged", device, folder, "train_vae.py", *common, "--init", os.path.join(vae, "vae.pt"),
                "--adversarial", 0.4, "--decoder-only")
        run("train_unet.py", "prepare", "--data", data, "--vae", init, "--tokenizer", tok, "--out", prepared,
            "--device", device)
        compare("unet", device, folder, "train_unet.py", "train", "--data", prepared, "--held", prepared, "--vae", init,
                "--tokenizer", tok, "--init", MODEL, "--device", device, "--samples", 8 * STEPS, "--batch", 8,
                "--parts", 2, "--every", 3, "--held-count", 16, "--no-sheets")
        compare("classifier", device, folder, "classifier.py", "--data", data, "--held", data, "--device", device,
                "--samples", 8 * STEPS, "--batch", 8, "--parts", 2, "--every", 3, "--held-count", 16)
        for twin in ("inpaint", "control", "lora"):
            run("train_twin.py", "prepare", twin, "--model", MODEL, "--data", data, "--out", prepared, "--device", device)
            compare(twin, device, folder, "train_twin.py", "train", twin, "--model", MODEL, "--data", prepared, "--held",
                    prepared, "--device", device, "--samples", 8 * STEPS, "--batch", 8, "--parts", 2, "--every", 3,
                    "--held-count", 16, "--no-sheets")


if __name__ == "__main__":
    main(*sys.argv[1:2])
