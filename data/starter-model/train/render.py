# SPDX-License-Identifier: CC0-1.0
"""Procedural picture renderer: little captioned landscapes and still lifes, 128x128 RGB.

Everything is drawn with cairo and numpy from a random "scene" dictionary; the
same dictionary is turned into a caption with varied wording. Nothing here is
taken from any existing picture, so the data set is free of third-party rights.

    python3 render.py make OUT_DIR COUNT FIRST_SEED WORKERS   -> images.npy, captions.json
    python3 render.py captions COUNT FIRST_SEED OUT.txt       -> text to train the tokenizer on
    python3 render.py sheet OUT.png                           -> contact sheet to look at
"""
import json
import multiprocessing as mp
import os
import random
import sys

import cairo
import numpy as np
from PIL import Image

from drawing import SIDE as S
from drawing import SKY, Pen
from landscape import draw_balloon, draw_sky, draw_subject, draw_terrain
from scenes import FILLER, caption, sample_scene
from still_life import draw_still
from styles import STYLES


def render(sc, seed):
    """Scene dictionary -> uint8 [128, 128, 3]."""
    r = random.Random(seed * 2654435761 % (1 << 32))
    surf = cairo.ImageSurface(cairo.FORMAT_RGB24, S, S)
    c = cairo.Context(surf)
    p = Pen(c, r, SKY[sc["time"]][3])
    if sc["kind"] == "still":
        draw_still(p, sc)
    else:
        horizon = r.uniform(64, 74)
        sun_x = draw_sky(p, sc, horizon)
        if sc["balloon"]:
            draw_balloon(p, sc)
        ground = draw_terrain(p, sc, horizon, sun_x)
        draw_subject(p, sc, ground)
        if sc["time"] == "storm":
            c.set_source_rgba(0.85, 0.90, 0.96, 0.35)
            for _ in range(45):
                x, y = r.uniform(0, S), r.uniform(0, S)
                p.line([(x, y), (x - 3, y + 8)], 1.1)
    surf.flush()
    img = np.ndarray((S, S, 4), np.uint8, surf.get_data())[..., 2::-1].astype(np.float32) / 255
    if sc["style"] != "flat":
        rng = np.random.default_rng(seed)
        img = STYLES[sc["style"]](img, rng)
    return (img * 255 + 0.5).astype(np.uint8)


def make_one(seed):
    """Picture and caption of a seed."""
    scene = sample_scene(random.Random(seed))
    return render(scene, seed), caption(scene, seed)


def make_range(job):
    path, first_seed, begin, end = job
    images = np.load(path, mmap_mode="r+")
    captions = []
    for i in range(begin, end):
        images[i], text = make_one(first_seed + i)
        captions.append(text)
    images.flush()
    return begin, captions


def make(out_dir, count, first_seed, workers):
    """images.npy, uint8 [count, 128, 128, 3], and captions.json."""
    os.makedirs(out_dir, exist_ok=True)
    path = os.path.join(out_dir, "images.npy")
    np.lib.format.open_memmap(path, "w+", np.uint8, (count, S, S, 3)).flush()
    step = 500
    jobs = [(path, first_seed, begin, min(count, begin + step)) for begin in range(0, count, step)]
    captions = [None] * count
    with mp.Pool(workers) as pool:
        for n, (begin, some) in enumerate(pool.imap_unordered(make_range, jobs), 1):
            captions[begin:begin + len(some)] = some
            print(f"{min(n * step, count)}/{count}", flush=True)
    with open(os.path.join(out_dir, "captions.json"), "w", encoding="utf-8") as file:
        json.dump(captions, file)


def write_captions(count, first_seed, path):
    """Three wordings of each scene, and often enough the words that captions only hold as noise."""
    lines = []
    for seed in range(first_seed, first_seed + count):
        scene = sample_scene(random.Random(seed))
        lines += [caption(scene, seed + k * 10 ** 9) for k in range(3)]
    lines += FILLER * 40 + ["a picture of", "a drawing of", "a photo of", "still life"] * 400
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


def contact_sheet(path, columns=10, rows=8):
    sheet = Image.new("RGB", (columns * S, rows * S))
    for i in range(columns * rows):
        image, text = make_one(10_000_000 + i)
        sheet.paste(Image.fromarray(image), (i % columns * S, i // columns * S))
        print(text)
    sheet.save(path)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], *map(int, sys.argv[3:6]))
    elif sys.argv[1] == "captions":
        write_captions(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        contact_sheet(sys.argv[2])
