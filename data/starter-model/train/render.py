# SPDX-License-Identifier: CC0-1.0
"""Procedural picture renderer: captioned little landscapes, animals, people and still lifes.

Everything is drawn with cairo and numpy from a random "scene" dictionary; the same dictionary is turned into a caption
with varied wording. Nothing here is taken from any existing picture, so the data set is free of third-party rights.
The same seed gives the same scene, size and picture on every machine with the same cairo.

    python3 render.py make OUT_DIR COUNT FIRST_SEED WORKERS   -> images-WxH.npy of each size, scenes.jsonl
    python3 render.py captions COUNT FIRST_SEED OUT.txt       -> text to train the tokenizer on
    python3 render.py sheet OUT.png [FIRST_SEED]              -> contact sheet to look at

Each line of scenes.jsonl is an object: size [width, height], index in the file of that size, seed, labels, scene.
"""
import json
import multiprocessing as mp
import os
import random
import sys

import numpy as np
from PIL import Image

from captions import caption, vocabulary_lines
from composition import render
from scenes import SIZES, labels, sample_scene

STEP = 250      # pictures of one job


def scene_of(seed):
    return sample_scene(random.Random(seed))


def images_path(folder, size):
    return os.path.join(folder, "images-%dx%d.npy" % tuple(size))


def make_range(job):
    """Draws the pictures of some entries of scenes.jsonl into the files."""
    folder, entries = job
    files = {}
    for entry in entries:
        path = images_path(folder, entry["size"])
        if path not in files:
            files[path] = np.load(path, mmap_mode="r+")
        files[path][entry["index"]] = render(entry["scene"], entry["seed"])
    for images in files.values():
        images.flush()
    return len(entries)


def make(folder, count, first_seed, workers):
    os.makedirs(folder, exist_ok=True)
    entries, counts = [], {size: 0 for size in SIZES}
    for seed in range(first_seed, first_seed + count):
        scene = scene_of(seed)
        size = tuple(scene["size"])
        entries.append({"size": scene["size"], "index": counts[size], "seed": seed, "labels": labels(scene), "scene": scene})
        counts[size] += 1
    with open(os.path.join(folder, "scenes.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(entry) + "\n" for entry in entries)
    for (w, h), n in counts.items():
        np.lib.format.open_memmap(images_path(folder, (w, h)), "w+", np.uint8, (n, h, w, 3)).flush()
    done = 0
    with mp.Pool(workers) as pool:
        jobs = [(folder, entries[begin:begin + STEP]) for begin in range(0, count, STEP)]
        for n in pool.imap_unordered(make_range, jobs):
            done += n
            print(f"{done}/{count}", flush=True)


def write_captions(count, first_seed, path):
    """Three wordings of each scene, and often enough all other words that shall be one token each."""
    lines = vocabulary_lines()
    for seed in range(first_seed, first_seed + count):
        scene = scene_of(seed)
        lines += [caption(scene, seed + k * 10 ** 9) for k in range(3)]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


def contact_sheet(path, first_seed=10_000_000, width=1920, height=1280):
    """Pictures of all sizes in rows, and their captions on the standard output."""
    sheet = Image.new("RGB", (width, height), "white")
    x, y, seed = 0, 0, first_seed
    while y + SIZES[0][1] <= height:
        scene = scene_of(seed)
        if scene["size"][1] == SIZES[0][1]:
            image = Image.fromarray(render(scene, seed))
            if x + image.width > width:
                x, y = 0, y + image.height
            sheet.paste(image, (x, y))
            x += image.width
            print(caption(scene, seed))
        seed += 1
    sheet.save(path)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], *map(int, sys.argv[3:6]))
    elif sys.argv[1] == "captions":
        write_captions(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        contact_sheet(sys.argv[2], *map(int, sys.argv[3:4]))
