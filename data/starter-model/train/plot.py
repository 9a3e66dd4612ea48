# SPDX-License-Identifier: CC0-1.0
"""Draw the curves of the runs whose log.jsonl are in a folder, by their names:  python3 plot.py logs OUT.png"""
import json
import os
import sys

import cairo

PANELS = [("vae", "l1", "VAE: L1 (-1..1)"), ("vae", "psnr", "VAE: held-out PSNR, dB"), ("vae", "sharpness", "VAE: held-out sharpness"),
          ("decoder", "features", "Decoder: distance of features"), ("decoder", "psnr", "Decoder: held-out PSNR, dB"),
          ("decoder", "sharpness", "Decoder: held-out sharpness"),
          ("unet", "mse", "UNet: epsilon MSE"), ("unet", "held_mse", "UNet: held-out MSE (averaged)"), ("unet", "rate", "UNet: rate"),
          ("inpaint", "mse", "Inpainting: epsilon MSE"), ("control", "mse", "Edges: epsilon MSE"),
          ("lora", "mse", "Stained glass: epsilon MSE")]
COLUMNS = 3
WIDTH, HEIGHT = 330, 200       # of a panel, in pixels


def main(logs, out):
    w, h = WIDTH, HEIGHT
    surf = cairo.ImageSurface(cairo.FORMAT_RGB24, COLUMNS * w, len(PANELS) // COLUMNS * h)
    c = cairo.Context(surf)
    c.set_source_rgb(1, 1, 1)
    c.paint()
    c.select_font_face("sans")
    for n, (run, key, title) in enumerate(PANELS):
        with open(os.path.join(logs, run + ".jsonl"), encoding="utf-8") as file:
            rows = [row for row in map(json.loads, file) if key in row]
        xs, ys = [row["step"] for row in rows], [row[key] for row in rows]
        # The first, very large losses may leave the frame.
        lo, hi = min(ys), sorted(ys)[-1 - len(ys) // 20] if len(ys) > 20 else max(ys)
        x0, y0, pw, ph = n % COLUMNS * w + 52, n // COLUMNS * h + 28, w - 70, h - 58
        c.set_source_rgb(0, 0, 0)
        c.set_font_size(12)
        c.move_to(x0, y0 - 10)
        c.show_text(title)
        c.set_font_size(10)
        for v, y in ((hi, y0 + 8), (lo, y0 + ph)):
            c.move_to(x0 - 46, y)
            c.show_text(f"{v:.4g}")
        c.move_to(x0 + pw - 60, y0 + ph + 16)
        c.show_text(f"step {xs[-1]}")
        c.set_line_width(1)
        c.rectangle(x0, y0, pw, ph)
        c.stroke()
        c.save()
        c.rectangle(x0, y0, pw, ph)
        c.clip()
        c.set_source_rgb(0.1, 0.35, 0.7)
        c.set_line_width(1.6)
        for x, y in zip(xs, ys):
            c.line_to(x0 + pw * x / xs[-1], y0 + ph - ph * (y - lo) / max(hi - lo, 1e-9))
        c.stroke()
        c.restore()
    surf.write_to_png(out)


if __name__ == "__main__":
    main(*sys.argv[1:3])
