#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paint the example pictures of README.md anew, by the commands that stand there.

    make-examples.py LIMN_CLI OUT_DIR

LIMN_CLI is the built command. The commands are those of README.md that need no other model, in their order, with --embed-source where
something is painted over; then what the README shows is put together. To be looked at before they are committed: a seed that
suited one model may not suit the next, and is changed in README.md. Needs Pillow.
"""
import glob
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Sections whose commands make what is shown.
SECTIONS = ("Paint over a picture", "LoRAs", "Drawing by another picture", "Latents as an instrument")
# What is made grey, to be colourised: as the README's command names it, with this seed.
GREY_SEED = 2
# The two rows of the picture at the top: prompt, seed; and the steps of 20 that they show.
NOISE_ROWS = [("a red sailing boat on the sea at sunset, oil painting", 3), ("a fox in a forest in autumn, watercolor", 2)]
NOISE_STEPS = (4, 8, 11, 14, 17, 20)
SIDE, GAP = 128, 6


def commands():
    """The lines of the sections, continued ones joined, as arguments for a shell."""
    section, lines = None, []
    for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        if section not in SECTIONS or not line.startswith("    "):
            continue
        if lines and lines[-1].endswith("\\"):
            lines[-1] = lines[-1][:-1] + line.strip()
        else:
            lines.append(line.strip())
    return [line for line in lines if line.startswith("limn-cli") and "PICTURE" not in line and "-m model" not in line]


def run(folder, line):
    if " -i " in line:
        line += " --embed-source"
    print(line, flush=True)
    environment = dict(os.environ, PATH=f"{folder}/bin:{os.environ['PATH']}", LIMN_COMPANIONS=str(ROOT / "data" / "companions"))
    subprocess.run(line, shell=True, check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def beside(pictures, gap=0, columns=None):
    """On one sheet, row by row."""
    columns = columns or len(pictures)
    w, h = (max(picture.size[i] for picture in pictures) + gap for i in (0, 1))
    sheet = Image.new("RGB", (columns * w, (len(pictures) + columns - 1) // columns * h), "white")
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (i % columns * w + gap // 2, i // columns * h + gap // 2))
    return sheet


def make_grey(folder, line):
    """The source of the command that colourises."""
    prompt = line.split('"')[1]
    run(folder, f'limn-cli generate "{prompt}" --seed {GREY_SEED} -o coloured.png')
    Image.open(folder / "coloured.png").convert("L").save(folder / "grey.png")


def make_noise(folder):
    pictures = []
    for i, (prompt, seed) in enumerate(NOISE_ROWS):
        run(folder, f'limn-cli generate "{prompt}" --seed {seed} --steps 20 --frames frames-{i} -o row-{i}.png')
        frames = sorted(glob.glob(f"{folder}/frames-{i}/*.png"))
        pictures += [Image.open(frames[step - len(frames)] if step < 20 else folder / f"row-{i}.png").convert("RGB")
                     for step in (step + len(frames) - 20 for step in NOISE_STEPS)]
    return beside(pictures, GAP, len(NOISE_STEPS))


def main(cli, out):
    out = pathlib.Path(out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="limn-examples-") as name:
        folder = pathlib.Path(name)
        (folder / "bin").mkdir()
        (folder / "bin" / "limn-cli").symlink_to(pathlib.Path(cli).resolve())
        (folder / "data").symlink_to(ROOT / "data")
        for line in commands():
            if "grey.png" in line:
                make_grey(folder, line)
            run(folder, line)
        for file, name in (("meadow.png", "meadow"), ("red-house.png", "red-house"), ("hills.png", "hills"), ("moon.png", "moon"),
                           ("panorama.png", "panorama"), ("times/sheet.png", "times-and-styles"), ("palms/sheet.png", "variations"),
                           ("interpolation.png", "interpolation"), ("blends/sheet.png", "interpolation-t-by-lambda")):
            shutil.copy(folder / file, out / f"{name}.png")
        large, small = Image.open(folder / "red-house-x4.png").convert("RGB"), Image.open(folder / "red-house.png").convert("RGB")
        part = (190, 130, 446, 386)
        beside([small.resize(large.size, Image.LANCZOS).crop(part), large.crop(part)]).save(out / "enlarged.png")
        beside([Image.open(folder / file).convert("RGB") for file in ("grey.png", "colour.png", "coloured.png")]).save(out / "colorized.png")
        # Without the frame of a sheet.
        beside([Image.open(path).convert("RGB") for path in sorted(folder.glob("glass/*.png")) if path.name != "sheet.png"], GAP).save(
            out / "stained-glass.png")
        beside([Image.open(folder / file).convert("RGB") for file in ("castle.png", "castle-night.png", "castle-ink.png", "castle-comic.png")],
               GAP).save(
            out / "by-edges.png")
        make_noise(folder).save(out / "denoising.png")


if __name__ == "__main__":
    main(*sys.argv[1:3])
