#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A few values of a TAESD decoder with made-up weights, computed by torch in float64, for tests/model/test-taesd.c.

Weights and latent are a function of their place: both sides make them anew, and no file is needed.
"""
import torch
import torch.nn.functional as F

WIDTH, H, W = 64, 3, 5


def made_up(salt, shape, scale):
    """As made_up() in test-taesd.c: 24 bits of a mixed counter (the end of MurmurHash3, Appleby 2011), -1..1, times scale."""
    n = 1
    for size in shape:
        n *= size
    counter = torch.arange(n, dtype=torch.int64) + salt * 7919
    bits = counter
    for factor, shift in (1, 16), (0x85ebca6b, 13), (0xc2b2ae35, 16):
        bits = bits * factor % 2**32
        bits = bits ^ bits // 2**shift
    values = ((bits // 256).double() / 2**23 - 1) * scale
    # What the file holds is float32.
    return values.float().double().reshape(shape)


def conv(place, x, n, k, bias=True):
    weight = made_up(place, (n, k, 3, 3), 2.0 / (3 * k**0.5))
    return F.conv2d(x, weight, made_up(place + 1000, (n,), 0.1) if bias else None, padding=1)


def block(place, x):
    y = torch.relu(conv(place, x, WIDTH, WIDTH))
    y = torch.relu(conv(place + 200, y, WIDTH, WIDTH))
    y = conv(place + 400, y, WIDTH, WIDTH)
    return torch.relu(x + y)


x = made_up(5000, (1, 4, H, W), 6.0)
x = 3 * torch.tanh(x / 3)
x = torch.relu(conv(1, x, WIDTH, 4))
for first in 3, 8, 13:
    for place in range(first, first + 3):
        x = block(place, x)
    x = conv(first + 4, F.interpolate(x, scale_factor=2, mode='nearest'), WIDTH, WIDTH, bias=False)
x = conv(19, block(18, x), 3, WIDTH)[0]
print(f'/* rms {x.pow(2).mean().sqrt().item():.9g} */')
for c, row, column in (0, 0, 0), (1, 0, 39), (2, 23, 0), (0, 23, 39), (1, 11, 17), (2, 8, 31), (0, 15, 24), (1, 20, 3):
    print(f'  {{ {c}, {row}, {column}, {x[c, row, column].item():.9g} }},')
