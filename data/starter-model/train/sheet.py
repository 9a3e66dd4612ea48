# SPDX-License-Identifier: CC0-1.0
"""Several pictures on one sheet."""
import numpy as np
from PIL import Image


def sheet(images, columns):
    """A tensor of pictures, N x 3 x H x W in -1..1, as one PIL image with so many a row."""
    pixels = ((images.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    rows = [np.concatenate(list(pixels[i:i + columns]), 1) for i in range(0, len(pixels), columns)]
    return Image.fromarray(np.concatenate(rows, 0))
