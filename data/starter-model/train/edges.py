# SPDX-License-Identifier: CC0-1.0
"""The edge maps that Limn shows a ControlNet (preprocessor "edge"), in numpy, the same to the last pixel.

    python3 edges.py PICTURE.png OUT.png

Canny's operator (1986) on float32 luma Y = 0.299 R + 0.587 G + 0.114 B:
  1. a Gaussian of sigma 1, cut at 3 pixels, beyond the border the mirror image (-1 is pixel 0);
  2. Sobel's gradient, border pixels repeated; its length in units of the answer to a step that was not smoothed;
  3. a pixel counts where that is at least LOW and the largest along the gradient, the two neighbours lying between pixels;
     of two equal ones the first in reading order;
  4. and where it is at least HIGH, or is connected (8 neighbours) to one that is through such pixels.
"""
import sys

import numpy as np
from PIL import Image

SIGMA, RADIUS = 1.0, 3
SPREAD = np.float32(0.39905 + 0.24204)     # what a Gaussian of 1 pixel leaves of a step between two pixels around it
LOW, HIGH = 100, 200


def gaussian(plane, axis):
    """Smooths along an axis; the order of the sums is Limn's, so that even their rounding is the same."""
    k = np.arange(RADIUS + 1)
    weights = np.exp(-0.5 * k * k / SIGMA ** 2)
    weights = (weights / (2 * weights.sum() - weights[0])).astype(np.float32)
    padding = [(0, 0)] * plane.ndim
    padding[axis] = (RADIUS, RADIUS)
    padded, n = np.pad(plane, padding, "symmetric"), plane.shape[axis]

    def shifted(by):
        return padded.take(range(RADIUS + by, RADIUS + by + n), axis)

    total = weights[0] * plane
    for i in range(1, RADIUS + 1):
        total = total + weights[i] * (shifted(-i) + shifted(i))
    return total


def neighbour(planes, dy, dx):
    """planes[y + dy][x + dx], border pixels repeated; dy and dx may be arrays."""
    n, h, w = planes.shape
    picture, y, x = np.ogrid[:n, :h, :w]
    return planes[picture, np.clip(y + dy, 0, h - 1), np.clip(x + dx, 0, w - 1)]


def gradients(planes):
    padded = np.pad(planes, ((0, 0), (1, 1), (1, 1)), "edge")
    (a, b, c), (d, _, f), (g, h, i) = ([padded[:, y:y + planes.shape[1], x:x + planes.shape[2]] for x in range(3)]
                                       for y in range(3))
    return c - a + 2 * (f - d) + i - g, g - a + 2 * (h - b) + i - c


def largest(strength, gx, gy):
    """Where strength is the largest along the gradient."""
    ax, ay = np.abs(gx), np.abs(gy)
    with np.errstate(invalid="ignore"):
        part = np.minimum(ax, ay) / np.maximum(ax, ay)
    dx, dy = np.where(gx < 0, -1, 1), np.where(gy < 0, -1, 1)
    level = ax >= ay
    sx, sy = np.where(level, dx, 0), np.where(level, 0, dy)
    after = (1 - part) * neighbour(strength, sy, sx) + part * neighbour(strength, dy, dx)
    before = (1 - part) * neighbour(strength, -sy, -sx) + part * neighbour(strength, -dy, -dx)
    swap = np.where(level, sx, sy) < 0
    before, after = np.where(swap, after, before), np.where(swap, before, after)
    return (strength > before) & (strength >= after)


def edge_maps(pixels):
    """uint8 N x H x W x 3 -> bool N x H x W."""
    r, g, b = (pixels[..., c].astype(np.float32) for c in range(3))
    luma = np.float32(0.299) * r + np.float32(0.587) * g + np.float32(0.114) * b
    gx, gy = gradients(gaussian(gaussian(luma, 2), 1))
    strength = np.sqrt(gx * gx + gy * gy) / SPREAD
    weak = (strength >= LOW) & largest(strength, gx, gy)
    strong, n = weak & (strength >= HIGH), -1
    while strong.sum() != n:
        n = strong.sum()
        padded = np.pad(strong, ((0, 0), (1, 1), (1, 1)))
        near = np.zeros_like(strong)
        for y in range(3):
            for x in range(3):
                near |= padded[:, y:y + strong.shape[1], x:x + strong.shape[2]]
        strong = weak & near
    return strong


def main(picture, out):
    pixels = np.asarray(Image.open(picture).convert("RGB"))
    Image.fromarray(edge_maps(pixels[None])[0].astype(np.uint8) * 255).save(out)


if __name__ == "__main__":
    main(*sys.argv[1:3])
