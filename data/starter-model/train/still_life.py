# SPDX-License-Identifier: CC0-1.0
"""Still lifes: a vase, a bowl of fruit, an apple or a cup on a table."""
import math

import cairo

from drawing import SIDE as S
from drawing import flower, jitter
from scenes import COLORS

WALLS = {"blue": (0.62, 0.76, 0.88), "green": (0.68, 0.80, 0.66), "yellow": (0.96, 0.87, 0.62),
         "pink": (0.95, 0.78, 0.78), "gray": (0.72, 0.72, 0.74)}


def draw_still(p, sc):
    r, c = p.r, p.c
    wall = jitter(r, WALLS[sc["wall"]], 0.03)
    p.vgrad(0, S, [(0, wall, 0.92), (1, wall, 1.06)])
    c.paint()
    ty = r.uniform(84, 92)
    wood = jitter(r, (0.62, 0.40, 0.22), 0.04)
    p.vgrad(ty, S, [(0, wood, 1.1), (1, wood, 0.8)])
    p.rect(0, ty, S, S)
    p.set(wood, 0.7)
    p.rect(0, ty, S, 2)
    x, y = 64 + r.uniform(-9, 9), ty + 16
    col = COLORS[sc["color"]]
    c.set_source_rgba(0.15, 0.08, 0.04, 0.35)
    p.ellipse(x + 6, y, 26, 5)
    if sc["object"] == "vase":
        for i in range(9):
            a = -math.pi * (0.12 + 0.76 * i / 8) + r.uniform(-0.1, 0.1)
            L = r.uniform(28, 42)
            fx, fy = x + L * 0.95 * math.cos(a), y - 34 + L * math.sin(a) + 4
            p.set((0.20, 0.48, 0.20))
            p.line([(x, y - 34), (fx, fy)], 1.8)
            if i % 2 == 0:
                p.ellipse((x + fx) / 2 + 3, (y - 34 + fy) / 2, 5, 2.6)
            flower(p, fx, fy, r.uniform(5.0, 6.4), COLORS[sc["flower"]])
        p.set(col)
        c.move_to(x - 7, y - 36)
        c.curve_to(x - 7, y - 26, x - 20, y - 24, x - 16, y - 6)
        c.curve_to(x - 14, y + 2, x + 14, y + 2, x + 16, y - 6)
        c.curve_to(x + 20, y - 24, x + 7, y - 26, x + 7, y - 36)
        c.close_path()
        c.fill()
        p.set(col, 0.72, 0.8)
        p.ellipse(x + 9, y - 13, 5, 11)
        c.set_source_rgba(1, 1, 1, 0.6)
        p.ellipse(x - 9, y - 15, 2.4, 7)
    elif sc["object"] == "bowl":
        f = {"apples": (0.82, 0.16, 0.14), "oranges": (0.97, 0.56, 0.10), "lemons": (0.98, 0.88, 0.25)}[sc["fruit"]]
        for dx, dy in ((-17, -24), (17, -24), (0, -25), (-9, -34), (9, -34)):
            fruit(p, x + dx, y + dy, 10, f, sc["fruit"])
        p.set(col)
        c.move_to(x - 33, y - 24)
        c.curve_to(x - 30, y + 2, x - 12, y + 2, x, y + 2)
        c.curve_to(x + 12, y + 2, x + 30, y + 2, x + 33, y - 24)
        c.close_path()
        c.fill()
        p.set(col, 0.75)
        p.rect(x - 33, y - 25, 66, 3)
        c.set_source_rgba(1, 1, 1, 0.45)
        p.ellipse(x - 18, y - 12, 3, 7)
    elif sc["object"] == "apple":
        f = COLORS[sc["color"] if sc["color"] in ("green", "yellow") else "red"]
        fruit(p, x, y - 18, 20, f, "apples")
    else:
        p.set(col, 0.85)
        c.set_line_width(4)
        c.arc(x + 19, y - 15, 8, 0, 2 * math.pi)
        c.stroke()
        p.set(col)
        c.move_to(x - 19, y - 30)
        c.curve_to(x - 18, y, x - 12, y + 1, x, y + 1)
        c.curve_to(x + 12, y + 1, x + 18, y, x + 19, y - 30)
        c.close_path()
        c.fill()
        p.set((0.32, 0.18, 0.10))
        p.ellipse(x, y - 30, 18, 4)
        c.set_line_width(2.2)
        for dx in (-7, 6):
            c.set_source_rgba(1, 1, 1, 0.6)
            c.move_to(x + dx, y - 37)
            c.curve_to(x + dx - 6, y - 46, x + dx + 6, y - 52, x + dx, y - 62)
            c.stroke()


def fruit(p, x, y, rad, col, kind):
    g = cairo.RadialGradient(x - rad * 0.3, y - rad * 0.35, rad * 0.1, x, y, rad * 1.05)
    g.add_color_stop_rgb(0, *p.rgb(col, 1.18))
    g.add_color_stop_rgb(1, *p.rgb(col, 0.68))
    p.c.set_source(g)
    p.ellipse(x, y, rad * (1.12 if kind == "lemons" else 1), rad * (0.88 if kind == "lemons" else 0.97))
    if kind == "apples":
        p.set((0.30, 0.18, 0.08))
        p.line([(x, y - rad * 0.75), (x + rad * 0.12, y - rad * 1.2)], max(1.5, rad * 0.12))
        p.set((0.30, 0.62, 0.22))
        p.ellipse(x + rad * 0.42, y - rad * 1.08, rad * 0.30, rad * 0.14)
