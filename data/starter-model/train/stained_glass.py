# SPDX-License-Identifier: CC0-1.0
"""Stained glass: the style of the LoRA, which the model itself has never seen.

    python3 stained_glass.py make OUT_DIR COUNT FIRST_SEED WORKERS    -> images-128x128.npy, scenes.jsonl, as render.py's
    python3 stained_glass.py sheet OUT.png [FIRST_SEED]               -> 24 of them to look at
"""
import json
import multiprocessing as mp
import os
import random
import sys

import numpy as np
from PIL import Image

import captions
from composition import compose
from render import images_path, scene_of
from scenes import labels
from styles import LUMINANCE, blur, neighbours, saturated, smooth_noise

SIZE = [128, 128]
WORDS = ["stained glass", "stained glass", "stained glass window", "in stained glass style"]
PREFIXES = ["a stained glass window of", "stained glass of"]
CELL = 16                      # pixels between the middles of two pieces of glass
COLOR = 5.0                    # how much more than by its distance a pixel belongs to a piece by its colour
ROUNDS = 4
LEAD = np.array([0.07, 0.07, 0.09], np.float32)


def pieces(img, rng):
    """The piece that each pixel belongs to, and the pieces' colours: k-means over place and colour, so that the pieces end
    where the shapes end."""
    h, w = img.shape[:2]
    yy, xx = np.mgrid[CELL / 2:h:CELL, CELL / 2:w:CELL]
    place = np.stack([yy.ravel(), xx.ravel()], 1) + rng.uniform(-0.35, 0.35, (yy.size, 2)) * CELL
    y, x = place.astype(int).T
    soft = blur(img, 1.2)
    color = soft[y.clip(0, h - 1), x.clip(0, w - 1)]
    points = np.concatenate([np.stack(np.mgrid[:h, :w], 2) / CELL, soft * COLOR], 2).reshape(-1, 5).astype(np.float32)
    middles = np.concatenate([place / CELL, color * COLOR], 1).astype(np.float32)
    for _ in range(ROUNDS):
        distance = (middles * middles).sum(1) - 2 * points @ middles.T      # without |point|^2, which is the same for all
        piece = distance.argmin(1)
        count = np.bincount(piece, minlength=len(middles))[:, None]
        sums = np.stack([np.bincount(piece, points[:, k], len(middles)) for k in range(5)], 1)
        middles = np.where(count > 0, sums / np.maximum(count, 1), middles).astype(np.float32)
    return piece.reshape(h, w), middles[:, 2:] / COLOR


def stained_glass(img, rng):
    """Pieces of one bright colour each, the light unsteady in them, in dark lead about 3 pixels wide."""
    h, w = img.shape[:2]
    piece, colors = pieces(img, rng)
    glass = saturated(np.clip(colors * 1.08 + 0.04, 0, 1), 1.55)
    glass = np.clip(glass * rng.uniform(0.88, 1.12, (len(glass), 1)), 0, 1).astype(np.float32)[piece]
    light = 0.86 + 0.28 * smooth_noise(rng, h, w, 16)[..., None]
    dark = 1 - np.clip(glass @ LUMINANCE, 0, 1)[..., None]
    glass = np.clip(glass * light + 0.05 * dark, 0, 1)
    edge = (neighbours(piece, np.maximum) != neighbours(piece, np.minimum)).astype(np.float32)
    lead = np.clip(blur(edge, 0.8) * 1.25 - 0.1, 0, 1)[..., None]
    return glass * (1 - lead) + LEAD * lead


def scene_in_glass(seed):
    return dict(scene_of(seed), size=SIZE, style="stained glass")


def render(seed):
    image = stained_glass(compose(scene_in_glass(seed), seed)[0], np.random.default_rng(seed))
    return (image * 255 + 0.5).astype(np.uint8)


def caption(scene, seed):
    """As the model's captions, with the style's own words."""
    r = random.Random(seed * 40503 + 7)
    kind = r.random()
    body = captions.brief(scene, r) if kind < 0.3 else captions.tags(scene, r) if kind < 0.4 else captions.sentence(scene, r)
    if r.random() < 0.3 and body.split()[0] not in captions.PREPOSITIONS:
        return f"{r.choice(PREFIXES)} {body}"
    return f"{body}, {r.choice(WORDS)}"


def make(folder, count, first_seed, workers):
    os.makedirs(folder, exist_ok=True)
    seeds = range(first_seed, first_seed + count)
    with mp.Pool(workers) as pool:
        np.save(images_path(folder, SIZE), np.stack(pool.map(render, seeds)))
    with open(os.path.join(folder, "scenes.jsonl"), "w", encoding="utf-8") as file:
        for index, seed in enumerate(seeds):
            scene = scene_in_glass(seed)
            entry = {"size": SIZE, "index": index, "seed": seed, "labels": labels(scene), "scene": scene}
            file.write(json.dumps(entry) + "\n")


def sheet(path, first_seed=60_000_000):
    images = [render(seed) for seed in range(first_seed, first_seed + 24)]
    Image.fromarray(np.concatenate([np.concatenate(images[i:i + 8], 1) for i in range(0, 24, 8)])).save(path)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], *map(int, sys.argv[3:6]))
    else:
        sheet(sys.argv[2], *map(int, sys.argv[3:4]))
