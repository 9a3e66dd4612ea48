# SPDX-License-Identifier: CC0-1.0
"""What makes an oil painting, a watercolour, pixel art or an ink sketch of a flat picture: float32 HxWx3 in 0..1."""
import math

import cairo
import numpy as np
from PIL import Image, ImageFilter

from drawing import SIDE as S


def smooth_noise(rng, n, cells):
    g = rng.random((cells + 1, cells + 1)).astype(np.float32)
    return np.asarray(Image.fromarray(g).resize((n, n), Image.BICUBIC))


def blur(img, rad):
    im = Image.fromarray((np.clip(img, 0, 1) * 255).astype(np.uint8))
    return np.asarray(im.filter(ImageFilter.GaussianBlur(rad)), np.float32) / 255


def style_oil(img, rng):
    """Overlapping brush strokes that follow a smooth flow field, coarse to fine."""
    base = blur(img, 1.2)
    surf = cairo.ImageSurface(cairo.FORMAT_RGB24, S, S)
    c = cairo.Context(surf)
    b8 = np.empty((S, S, 4), np.uint8)
    b8[..., :3] = (base[..., ::-1] * 255).astype(np.uint8)
    c.set_source_surface(cairo.ImageSurface.create_for_data(b8, cairo.FORMAT_RGB24, S, S))
    c.paint()
    flow = smooth_noise(rng, S, 3) * 2.4 - 1.2
    lum = img.mean(2)
    gy, gx = np.gradient(lum)
    mag = np.hypot(gx, gy)
    ang = np.where(mag > 0.03, np.arctan2(gx, -gy), flow)
    detail = blur(np.repeat(np.clip(mag * 8, 0, 1)[..., None], 3, 2), 2)[..., 0]
    c.set_line_cap(cairo.LINE_CAP_ROUND)
    for n, w, L, need in ((260, 6.0, 7.0, -1), (420, 3.2, 4.0, 0.12), (900, 2.0, 2.2, 0.24)):
        px = rng.integers(0, S, n)
        py = rng.integers(0, S, n)
        cols = np.clip(img[py, px] * (1 + rng.normal(0, 0.06, (n, 1))) + rng.normal(0, 0.012, (n, 3)), 0, 1)
        angs, det = ang[py, px], detail[py, px]
        c.set_line_width(w)
        for i in range(n):
            if det[i] < need or (need < 0 and det[i] > 0.22):
                continue
            dx, dy = math.cos(angs[i]) * L, math.sin(angs[i]) * L
            c.set_source_rgba(cols[i, 0], cols[i, 1], cols[i, 2], 0.85)
            c.move_to(px[i] - dx, py[i] - dy)
            c.line_to(px[i] + dx, py[i] + dy)
            c.stroke()
    surf.flush()
    out = np.ndarray((S, S, 4), np.uint8, surf.get_data())[..., 2::-1].astype(np.float32) / 255
    sat = out.mean(2, keepdims=True)
    return np.clip(sat + (out - sat) * 1.18, 0, 1)


def style_watercolor(img, rng):
    """Soft displaced washes, darker pigment at wash edges, light paper border."""
    n1, n2 = smooth_noise(rng, S, 14), smooth_noise(rng, S, 14)
    yy, xx = np.mgrid[0:S, 0:S]
    sx = np.clip(xx + (n1 - 0.5) * 5, 0, S - 1).astype(int)
    sy = np.clip(yy + (n2 - 0.5) * 5, 0, S - 1).astype(int)
    a = blur(img[sy, sx], 0.8)
    edge = np.clip(blur(a, 3.0) - a, -0.15, 0.15)
    a = a - 0.5 * np.abs(edge).mean(2, keepdims=True)
    wash = smooth_noise(rng, S, 6)[..., None]
    dens = 0.60 + 0.24 * wash
    paper = np.array([0.985, 0.975, 0.95], np.float32)
    a = paper * (1 - dens) + a * dens
    d = np.minimum.reduce([xx, yy, S - 1 - xx, S - 1 - yy]) + (n1 - 0.5) * 12
    m = np.clip((d - 2) / 4, 0, 1)[..., None].astype(np.float32)
    a = paper * (1 - m) + a * m
    return np.clip(a, 0, 1)


def style_pixel(img, rng):
    n = S // 4
    small = img.reshape(n, 4, n, 4, 3).mean((1, 3))
    small = np.clip((small - 0.5) * 1.12 + 0.5, 0, 1)
    small = np.round(small * 7) / 7
    return np.repeat(np.repeat(small, 4, 0), 4, 1)


def style_ink(img, rng):
    """Black outlines, grey washes and diagonal hatching on warm white paper."""
    lum = img @ np.array([0.3, 0.59, 0.11], np.float32)
    lum3 = np.repeat(lum[..., None], 3, 2)
    soft = blur(lum3, 0.7)[..., 0]
    gy, gx = np.gradient(soft)
    line = np.clip(np.hypot(gx, gy) * 9 - 0.25, 0, 1) * np.clip(soft * 3.0 - 0.2, 0.15, 1)
    if lum.mean() < 0.34:  # dark scenes become a bold ink wash with the lights left white
        v = 0.07 + 0.95 * np.clip(soft * 1.7, 0, 1) ** 0.9
        v = v * (1 - 0.8 * line * np.clip(1.3 - soft * 3, 0, 1))
        return np.clip(v[..., None] * np.array([0.985, 0.98, 0.955], np.float32), 0, 1)
    tone = blur(lum3, 1.2)[..., 0]
    wash = np.clip(0.16 + 1.05 * np.clip(tone, 0.01, 1) ** 0.62, 0, 1)
    yy, xx = np.mgrid[0:S, 0:S]
    hatch = np.sin((xx + yy + smooth_noise(rng, S, 5) * 5) * (2 * math.pi / 8.0)) * 0.5 + 0.5
    mid = np.clip((tone - 0.22) * 6, 0, 1) * np.clip((0.62 - tone) * 5, 0, 1)
    v = (wash - 0.26 * mid * hatch) * (1 - 0.92 * line)
    return np.clip(v[..., None] * np.array([0.985, 0.98, 0.955], np.float32), 0, 1)

STYLES = {"oil": style_oil, "watercolor": style_watercolor, "pixel": style_pixel, "ink": style_ink}
