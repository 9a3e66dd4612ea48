# SPDX-License-Identifier: CC0-1.0
"""The judge of train_vae.py's adversarial phase; it is not part of the model."""
import torch.nn as nn
import torch.nn.functional as F

import model


class PatchDiscriminator(nn.Module):
    """Drawn or decoded, judged for each cell of 4 x 4 pixels; also hands out its inner features."""

    def __init__(self, width=32):
        super().__init__()
        self.conv_in = nn.Conv2d(3, width, 3, padding=1)
        self.down_1, self.conv_1 = model.Downsample(width, 1), nn.Conv2d(width, 2 * width, 3, padding=1)
        self.down_2, self.conv_2 = model.Downsample(2 * width, 1), nn.Conv2d(2 * width, 3 * width, 3, padding=1)
        self.conv_out = nn.Conv2d(3 * width, 1, 3, padding=1)
        self.norm_1, self.norm_2 = model.GroupNorm(8, 2 * width, eps=1e-5), model.GroupNorm(8, 3 * width, eps=1e-5)

    def forward(self, x):
        f1 = F.leaky_relu(self.conv_in(x), 0.2)
        f2 = self.norm_1.activated(self.conv_1(self.down_1(f1)))
        f3 = self.norm_2.activated(self.conv_2(self.down_2(f2)))
        return self.conv_out(f3).float(), (f1, f2, f3)
