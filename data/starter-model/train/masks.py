# SPDX-License-Identifier: CC0-1.0
"""What an artist may mask, for the training of the inpainting UNet: brush strokes, boxes, the outline of a thing, what
lies around a box (for a picture that grows), all.

    python3 masks.py OUT.png      64 of them to look at
"""
import random
import sys

import cairo
import numpy as np
from PIL import Image, ImageDraw

from drawing import LIGHTS, Pen
from pictures import CELL
from render import scene_of
from styles import neighbours
from subjects import BREADTH, draw_subject

SHARES = {"strokes": 40, "box": 18, "thing": 24, "around": 10, "all": 8}


def strokes(r, w, h):
    """One to three strokes of a round brush, each turning a little at every dab."""
    image = Image.new("1", (w, h))
    draw = ImageDraw.Draw(image)
    for _ in range(r.choice([1, 1, 2, 3])):
        x, y = w * r.uniform(0.1, 0.9), h * r.uniform(0.1, 0.9)
        angle, brush = r.uniform(0, 6.3), r.uniform(0.05, 0.18) * min(w, h)
        for _ in range(r.randint(6, 26)):
            draw.ellipse((x - brush, y - brush, x + brush, y + brush), fill=1)
            angle += r.gauss(0, 0.55)
            x, y = min(w, max(0, x + np.cos(angle) * brush)), min(h, max(0, y + np.sin(angle) * brush))
    return np.array(image)


def box(r, w, h):
    mask = np.zeros((h, w), bool)
    bw, bh = int(w * r.uniform(0.2, 0.7)), int(h * r.uniform(0.2, 0.7))
    x, y = r.randint(0, w - bw), r.randint(0, h - bh)
    mask[y:y + bh, x:x + bw] = True
    return mask


def thing(r, w, h):
    """The outline of any subject, and 3 pixels around it."""
    scene = scene_of(r.randrange(1 << 30))
    while not scene["subjects"]:
        scene = scene_of(r.randrange(1 << 30))
    subject = scene["subjects"][0]
    height = min(h * r.uniform(0.35, 0.85), w * 0.9 / BREADTH[subject["kind"]] * 100)
    surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, w, h)
    pen = Pen(cairo.Context(surface), r, LIGHTS["day"], w, h)
    draw_subject(pen, subject, scene, w * r.uniform(0.2, 0.8), min(h, height + r.uniform(0, h - height)), height)
    surface.flush()
    alpha = np.ndarray((h, w, 4), np.uint8, surface.get_data())[..., 3]
    return neighbours(alpha > 100, np.maximum, 3)


def make_mask(seed, w, h):
    """bool h x w."""
    r = random.Random(seed)
    kind = r.choices(list(SHARES), list(SHARES.values()))[0]
    if kind == "all":
        return np.ones((h, w), bool)
    if kind == "around":
        return ~box(r, w, h)
    return {"strokes": strokes, "box": box, "thing": thing}[kind](r, w, h)


def cells(masks):
    """bool N x H x W -> bool N x H/8 x W/8: where any pixel is masked, as Limn counts them."""
    n, h, w = masks.shape
    return masks.reshape(n, h // CELL, CELL, w // CELL, CELL).any((2, 4))


if __name__ == "__main__":
    sheet = [make_mask(seed, 128, 128) for seed in range(64)]
    rows = [np.concatenate(sheet[i:i + 8], 1) for i in range(0, 64, 8)]
    Image.fromarray(np.concatenate(rows).astype(np.uint8) * 255).save(sys.argv[1])
