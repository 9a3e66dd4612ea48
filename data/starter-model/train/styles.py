# SPDX-License-Identifier: CC0-1.0
"""What makes an oil painting, a watercolour, pixel art and so on of a flat picture: float32 H x W x 3 in 0..1.

Every texture is coarse (3 pixels or more) and faint, every line 2 pixels wide or more, so that the autoencoder holds it.
"""
import math

import cairo
import numpy as np
from PIL import Image, ImageFilter

PAPER = np.array([0.985, 0.975, 0.945], np.float32)
LUMINANCE = np.array([0.30, 0.59, 0.11], np.float32)


def smooth_noise(rng, h, w, cell):
    """Noise in 0..1 without anything finer than `cell` pixels."""
    g = rng.random((h // cell + 2, w // cell + 2)).astype(np.float32)
    return np.asarray(Image.fromarray(g).resize((w, h), Image.BICUBIC))


def blur(img, rad):
    im = Image.fromarray((np.clip(img, 0, 1) * 255).astype(np.uint8))
    return np.asarray(im.filter(ImageFilter.GaussianBlur(rad)), np.float32) / 255


def saturated(img, k):
    grey = (img @ LUMINANCE)[..., None]
    return np.clip(grey + (img - grey) * k, 0, 1)


def neighbours(a, reduce, rad=1):
    """The largest or smallest of each pixel's neighbours."""
    for axis in (0, 1):
        out = a
        for shift in range(1, rad + 1):
            forward, backward = np.roll(a, shift, axis), np.roll(a, -shift, axis)
            if axis == 0:
                forward[:shift], backward[-shift:] = a[:shift], a[-shift:]
            else:
                forward[:, :shift], backward[:, -shift:] = a[:, :shift], a[:, -shift:]
            out = reduce(reduce(out, forward), backward)
        a = out
    return a


def outlines(img, sensitivity=1.0):
    """Where colours meet: 1 on a soft line about 3 pixels wide, 0 elsewhere."""
    soft = blur(img, 0.7)
    contrast = (neighbours(soft, np.maximum) - neighbours(soft, np.minimum)).max(2)
    tone = img @ LUMINANCE
    small = tone - neighbours(neighbours(tone, np.minimum, 3), np.maximum, 3)     # stars, glints, the light in an eye
    line = np.clip((contrast * sensitivity - 0.17) * 5, 0, 1) * np.clip(1.4 - small * 5, 0, 1)
    return blur(line, 0.6)


def tone_of(img, rad):
    """Luminance, softened and stretched so that night scenes are not simply black."""
    tone = blur(img, rad) @ LUMINANCE
    low, high = np.percentile(tone, (2, 98))
    return np.clip((tone - low) / max(0.25, high - low), 0, 1) * min(1, 0.55 + 0.6 * high) + 0.03


def oil(img, rng):
    """Broad brush strokes that follow the shapes, with the shapes themselves kept."""
    h, w = img.shape[:2]
    base = blur(img, 1.0)
    pixels = np.empty((h, w, 4), np.uint8)
    pixels[..., :3] = base[..., ::-1] * 255
    surface = cairo.ImageSurface.create_for_data(pixels, cairo.FORMAT_RGB24, w, h)
    c = cairo.Context(surface)
    flow = smooth_noise(rng, h, w, 40) * 2.6 - 1.3
    gy, gx = np.gradient(blur(img, 1.5) @ LUMINANCE)
    strength = np.hypot(gx, gy)
    angle = np.where(strength > 0.02, np.arctan2(gx, -gy), flow)
    detail = blur(np.clip(strength * 9, 0, 1), 2)
    c.set_line_cap(cairo.LINE_CAP_ROUND)
    area = w * h / 16384
    for count, width, length, most in ((150, 8.0, 8.0, 0.16), (260, 5.0, 5.5, 0.40)):
        count = int(count * area)
        px, py = rng.integers(0, w, count), rng.integers(0, h, count)
        colors = np.clip(base[py, px] * (1 + rng.normal(0, 0.045, (count, 1))), 0, 1).tolist()
        angles, details = angle[py, px], detail[py, px]
        dxs, dys = (np.cos(angles) * length).tolist(), (np.sin(angles) * length).tolist()
        c.set_line_width(width)
        for i in np.flatnonzero(details < most).tolist():
            c.set_source_rgba(*colors[i], 0.8)
            c.move_to(px[i] - dxs[i], py[i] - dys[i])
            c.line_to(px[i] + dxs[i], py[i] + dys[i])
            c.stroke()
    surface.flush()
    out = pixels[..., 2::-1].astype(np.float32) / 255
    keep = np.clip(outlines(img, 1.3), 0, 0.85)[..., None]
    return saturated(out * (1 - keep) + blur(img, 0.5) * keep, 1.16)


def watercolor(img, rng):
    """Washes with soft displaced edges, darker where a wash ends, on paper that shows at the border."""
    h, w = img.shape[:2]
    n1, n2 = smooth_noise(rng, h, w, 14), smooth_noise(rng, h, w, 14)
    yy, xx = np.mgrid[0:h, 0:w]
    sx = np.clip(xx + (n1 - 0.5) * 5, 0, w - 1).astype(int)
    sy = np.clip(yy + (n2 - 0.5) * 5, 0, h - 1).astype(int)
    wash = blur(img[sy, sx], 0.9)
    edge = np.abs(np.clip(blur(wash, 3.0) - wash, -0.15, 0.15)).mean(2, keepdims=True)
    density = 0.58 + 0.26 * smooth_noise(rng, h, w, 24)[..., None]
    out = PAPER * (1 - density) + (wash - 0.5 * edge) * density
    border = np.minimum.reduce([xx, yy, w - 1 - xx, h - 1 - yy]) + (n1 - 0.5) * 14
    inside = np.clip((border - 3) / 4, 0, 1)[..., None].astype(np.float32)
    return np.clip(PAPER * (1 - inside) + out * inside, 0, 1)


def pixel(img, rng):
    """Blocks of 8 pixels: the grid of the latents, so that each block stays one clean colour."""
    h, w = img.shape[:2]
    blocks = img.reshape(h // 8, 8, w // 8, 8, 3)[:, ::2, :, ::2]
    colors = blocks.transpose(0, 2, 1, 3, 4).reshape(h // 8, w // 8, 16, 3)
    out = np.median(colors, 2) * 0.75 + colors.mean(2) * 0.25
    out = saturated(np.clip((out - 0.5) * 1.15 + 0.52, 0, 1), 1.2)
    out = np.round(out * 8) / 8
    return np.repeat(np.repeat(out, 8, 0), 8, 1)


def hatching(h, w):
    """Diagonal strokes, 0..1, the same in every block of 8 pixels: the decoder can learn them by heart."""
    yy, xx = np.mgrid[0:h, 0:w]
    return np.cos((xx + yy) * (2 * math.pi / 8)).astype(np.float32) * 0.5 + 0.5


def ink(img, rng):
    """Black brush lines, black shadows and a grey wash on white paper."""
    tone = tone_of(img, 1.0)
    h, w = tone.shape
    steps = 1 / (1 + np.exp(-(tone - 0.22) * 22)) * 0.45 + 1 / (1 + np.exp(-(tone - 0.58) * 16)) * 0.45
    dark = np.clip((0.62 - tone) * 5, 0, 1) * np.clip((tone - 0.2) * 6, 0, 1)
    value = 0.10 + steps - 0.11 * dark * hatching(h, w)
    line = outlines(img, 1.0)
    value = value * (1 - 0.92 * line)
    return np.clip(value[..., None] * np.array([1.0, 0.99, 0.96], np.float32), 0, 1)


def pencil(img, rng):
    """Grey graphite lines and light shading on warm paper."""
    tone = tone_of(img, 1.6)
    h, w = tone.shape
    shade = np.clip(1 - tone, 0, 1) ** 1.2
    value = 0.96 - 0.34 * shade - 0.09 * np.clip(shade * 2.5 - 0.5, 0, 1) * hatching(h, w)
    value = value * (1 - 0.64 * outlines(img, 1.15))
    return np.clip(value[..., None] * np.array([1.0, 0.985, 0.95], np.float32), 0, 1)


def pastel(img, rng):
    """Chalk on tinted paper: light, powdery, with broad slanting strokes."""
    h, w = img.shape[:2]
    soft = blur(img, 1.3)
    soft = saturated(soft ** 0.82, 0.92) * 0.77 + np.array([0.22, 0.20, 0.19], np.float32)
    yy, xx = np.mgrid[0:h, 0:w]
    u = (xx * 0.8 + yy * 0.6) / 18
    strokes = np.sin((xx * 0.6 - yy * 0.8 + smooth_noise(rng, h, w, 16) * 10) * (2 * math.pi / 11))
    strokes = strokes * np.sin(u + 4 * smooth_noise(rng, h, w, 30))
    return np.clip(soft + 0.03 * strokes[..., None].astype(np.float32), 0, 1)


def comic(img, rng):
    """Black outlines, strong colours, and in what is darker halftone dots, one in every block of 8 pixels."""
    h, w = img.shape[:2]
    flat = saturated(np.clip((img - 0.5) * 1.06 + 0.53, 0, 1), 1.22)
    yy, xx = np.mgrid[0:h, 0:w]
    dots = np.clip((3.4 - np.hypot(xx % 8 - 3.5, yy % 8 - 3.5)) / 1.6, 0, 1)
    tone = blur(img, 2) @ LUMINANCE
    amount = np.clip((0.80 - tone) * 3, 0, 1) * np.clip((tone - 0.15) * 5, 0, 1)
    flat = flat * (1 - 0.11 * (dots * amount)[..., None])
    return np.clip(flat * (1 - outlines(img, 1.05)[..., None] * 0.90), 0, 1)


INKS = np.array([[0.10, 0.13, 0.28], [0.16, 0.30, 0.50], [0.36, 0.56, 0.68], [0.66, 0.78, 0.78], [0.95, 0.90, 0.78], [0.86, 0.30, 0.20],
                 [0.93, 0.56, 0.30], [0.93, 0.77, 0.42], [0.30, 0.46, 0.34], [0.58, 0.68, 0.40], [0.42, 0.27, 0.24],
                 [0.88, 0.62, 0.60], [0.46, 0.34, 0.52]], np.float32)


def woodblock(img, rng):
    """Flat areas of a dozen muted inks, with indigo outlines."""
    soft = blur(img, 1.4)
    distance = ((soft[:, :, None] - INKS) * np.array([0.9, 1.1, 0.8], np.float32)) ** 2
    out = INKS[distance.sum(3).argmin(2)]
    out = blur(out, 0.8) * 0.82 + soft * 0.18
    line = (outlines(img, 1.0) * 0.88)[..., None]
    return np.clip(out * (1 - line) + INKS[0] * line, 0, 1)


STYLES = {"oil": oil, "watercolor": watercolor, "pixel": pixel, "ink": ink, "pencil": pencil, "pastel": pastel, "comic": comic,
          "woodblock": woodblock}
