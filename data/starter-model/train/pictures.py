# SPDX-License-Identifier: CC0-1.0
"""The rendered pictures on disk, read through the page cache, and several pictures on one sheet."""
import os
import re

import numpy as np
import torch
from PIL import Image

CELL = 8                       # pixels of a picture that one latent stands for


def to_tensor(pixels):
    """uint8 N x H x W x 3 -> float N x 3 x H x W in -1..1, channels last in memory."""
    return (torch.from_numpy(np.ascontiguousarray(pixels)).float() / 127.5 - 1).permute(0, 3, 1, 2)


class Pictures:
    """What render.py make wrote: images-WxH.npy for every size, or images.npy, uint8 N x H x W x 3."""

    def __init__(self, *folders):
        self.arrays = []
        for folder in folders:
            for name in sorted(os.listdir(folder)):
                if re.fullmatch(r"images(-\d+x\d+)?\.npy", name):
                    array = np.load(os.path.join(folder, name), mmap_mode="r")
                    if len(array):
                        self.arrays.append(array)
        self.counts = np.array([len(array) for array in self.arrays])
        if not self.arrays:
            raise SystemExit(f"No pictures in {', '.join(folders)}.")

    def __len__(self):
        return int(self.counts.sum())

    def crops(self, rng, n, side):
        """n random crops of side x side; at multiples of CELL, so that the latent grid keeps its alignment."""
        out = np.empty((n, side, side, 3), np.uint8)
        for k, i in enumerate(rng.integers(0, len(self), n)):
            which = int(np.searchsorted(np.cumsum(self.counts), i, side="right"))
            array = self.arrays[which]
            i -= int(self.counts[:which].sum())
            y = CELL * int(rng.integers(0, (array.shape[1] - side) // CELL + 1))
            x = CELL * int(rng.integers(0, (array.shape[2] - side) // CELL + 1))
            out[k] = array[i, y:y + side, x:x + side]
        return to_tensor(out)

    def whole(self, rng, n):
        """n random whole pictures of one random size; sizes are as frequent as their pictures."""
        which = rng.choice(len(self.arrays), p=self.counts / self.counts.sum())
        array = self.arrays[which]
        return to_tensor(array[np.sort(rng.choice(len(array), min(n, len(array)), replace=False))])

    def first(self, count):
        """The first pictures of every size, count in all, size by size."""
        for array, share in zip(self.arrays, self.counts / self.counts.sum()):
            n = min(len(array), round(count * share))
            for i in range(0, n, 16):
                yield to_tensor(array[i:min(n, i + 16)])


def sheet(images, columns):
    """A tensor of pictures, N x 3 x H x W in -1..1, as one PIL image with so many a row."""
    pixels = ((images.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    rows = [np.concatenate(list(pixels[i:i + columns]), 1) for i in range(0, len(pixels), columns)]
    return Image.fromarray(np.concatenate(rows, 0))
