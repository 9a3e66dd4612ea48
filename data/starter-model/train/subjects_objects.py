# SPDX-License-Identifier: CC0-1.0
"""Things on a table. Each function draws standing on (0, 0), 100 units high; v.color is the thing's own colour."""

import cairo

from drawing import COLORS, mix, scaled
from subjects_plants import LEAF, STEM, blossom

FRUIT = {"apple": (0.86, 0.16, 0.14), "orange": (0.98, 0.58, 0.10), "lemon": (0.99, 0.88, 0.24)}


def round_fruit(p, x, y, rad, col, kind):
    """One fruit around (x, y)."""
    if kind == "apple":
        k = rad
        p.blob([(x, y - k * 0.72), (x - k * 0.55, y - k * 0.92), (x - k * 1.02, y - k * 0.25), (x - k * 0.72, y + k * 0.70),
                (x, y + k * 0.90), (x + k * 0.72, y + k * 0.70), (x + k * 1.02, y - k * 0.25), (x + k * 0.55, y - k * 0.92)])
        p.form(col, 0.15)
    elif kind == "lemon":
        p.oval(x - rad * 1.12, y, rad * 0.24, rad * 0.20).oval(x + rad * 1.12, y, rad * 0.24, rad * 0.20)
        p.oval(x, y, rad * 1.12, rad * 0.86).form(col, 0.16)
    else:
        p.oval(x, y, rad, rad * 0.97).form(col, 0.16)
    s = p.light_side
    p.oval(x + s * rad * 0.40, y - rad * 0.36, rad * 0.20, rad * 0.13, s * 0.7).solid((1, 1, 1), 0.75)
    if kind == "apple":
        top = y - rad * 0.7
        p.curve([(x, top), (x + rad * 0.10, top - rad * 0.38)]).stroke((0.36, 0.22, 0.10), rad * 0.13)
        p.oval(x + rad * 0.42, top - rad * 0.22, rad * 0.36, rad * 0.17, -0.4).solid(LEAF)
    elif kind == "orange":
        p.oval(x + rad * 0.08, y - rad * 0.88, rad * 0.30, rad * 0.13, -0.3).solid(LEAF)


def fruit(kind):
    """The drawing function of one fruit."""
    def draw(p, v):
        rad = {"apple": 43, "orange": 46, "lemon": 42}[kind]
        y = {"apple": -40, "orange": -45, "lemon": -36}[kind]
        round_fruit(p, 0, y, rad, v.color, kind)
    return draw


def vase(p, v):
    spots = [(-30, -72), (30, -72), (-15, -92), (16, -92), (0, -74), (-38, -54), (38, -54)]
    for x, y in spots:
        p.curve([(0, -36), (x * 0.5, (y - 36) / 2), (x, y)]).stroke(STEM, 3.5)
    for x, y, turn in ((-22, -52, 0.5), (22, -52, -0.5), (0, -56, 1.5)):
        p.oval(x, y, 11, 5, turn).solid(LEAF)
    for x, y in spots:
        blossom(p, x, y, 13.5, v.flower)
    p.blob([(-11, -44), (-9, -36), (-23, -20), (-15, -2), (0, 1), (15, -2), (23, -20), (9, -36), (11, -44)], 0.9).form(v.color, 0.14)
    p.oval(0, -44, 11, 3).solid(scaled(v.color, 0.6))
    s = p.light_side
    p.oval(s * 11, -20, 3, 8, -s * 0.2).solid((1, 1, 1), 0.6)


def bowl(p, v):
    """A bowl of v.fruit, broader than high."""
    col = FRUIT[v.fruit]
    for x, y in ((-36, -58), (36, -58), (0, -62), (-19, -80), (19, -80)):
        round_fruit(p, x, y, 22, scaled(col, p.r.uniform(0.94, 1.04)), v.fruit)
    p.blob([(-76, -56), (-60, -20), (-26, -2), (26, -2), (60, -20), (76, -56), (0, -50)], 0.75).form(v.color, 0.12)
    p.curve([(-76, -57), (-30, -51), (30, -51), (76, -57)]).stroke(mix(v.color, (1, 1, 1), 0.35), 6)
    p.rect(-26, -4, 52, 5).solid(scaled(v.color, 0.66))


def steam(p, x, y, tall):
    for dx in (-9, 9):
        p.curve([(x + dx, y), (x + dx - 6, y - tall * 0.3), (x + dx + 6, y - tall * 0.65), (x + dx, y - tall)])
        p.c.set_line_cap(cairo.LINE_CAP_ROUND)
        p.stroke((1, 1, 1), 5, 0.6)
        p.c.set_line_cap(cairo.LINE_CAP_BUTT)


def cup(p, v):
    steam(p, 0, -66, 34)
    p.oval(0, -2, 52, 6).form(mix(v.color, (1, 1, 1), 0.3), 0.3)
    p.oval(38, -34, 16, 15).stroke(scaled(v.color, 0.84), 8)
    p.blob([(-38, -60), (-34, -22), (-18, -3), (18, -3), (34, -22), (38, -60)], 0.6).form(v.color, 0.12)
    p.oval(0, -60, 38, 8).solid(mix(v.color, (1, 1, 1), 0.45))
    p.oval(0, -59, 33, 6).solid((0.36, 0.20, 0.12))


def teapot(p, v):
    col = v.color
    p.blob([(-34, -44), (-56, -52), (-66, -76), (-56, -80), (-44, -62), (-30, -60)], 0.8).form(col, 0.2)
    p.oval(44, -42, 21, 19).stroke(scaled(col, 0.82), 9)
    p.blob([(0, -78), (-30, -68), (-46, -36), (-26, -4), (26, -4), (46, -36), (30, -68)]).form(col, 0.14)
    p.blob([(-24, -74), (0, -88), (24, -74), (0, -68)]).form(mix(col, (1, 1, 1), 0.2), 0.2)
    p.oval(0, -92, 7).form(scaled(col, 0.85), 0.2)
    p.rect(-24, -5, 48, 5).solid(scaled(col, 0.66))
    blossom(p, -4, -38, 17, (1.0, 0.98, 0.94) if v.name != "white" else COLORS["pink"])


def cake(p, v):
    """Two tiers with icing and candles."""
    icing = v.color
    for x in (-16, 0, 16):
        p.glow(x, -100, 12, (1.0, 0.8, 0.3), 0.6)
        p.rect(x - 2.4, -92, 4.8, 18).solid((0.98, 0.96, 0.90))
        p.blob([(x - 3.6, -95), (x, -106), (x + 3.6, -95), (x, -91)]).solid((1.0, 0.72, 0.18), tint=False)
    sponge = (0.93, 0.76, 0.50)
    p.oval(0, -2, 66, 7).form((0.92, 0.93, 0.96), 0.3)
    for w, y0, y1 in ((54, -4, -42), (34, -40, -74)):
        p.round_rect(-w, y1, 2 * w, y0 - y1, 6).form(sponge, 0.1)
        drip = [(-w - 1, y1 + 2), (-w - 1, y1 + 18)]
        n = 5
        for i in range(n):
            x = -w + 2 * w * (i + 0.5) / n
            drip += [(x - w * 0.14, y1 + 20), (x + w * 0.02, y1 + 11)]
        drip += [(w + 1, y1 + 18), (w + 1, y1 + 2), (0, y1 - 4)]
        p.blob(drip, 0.8).form(icing, 0.08)
    for x in (-40, -14, 14, 40):
        p.oval(x, -46, 6.5).form((0.90, 0.14, 0.20) if v.name != "red" else (1.0, 0.95, 0.9), 0.2)


def candle(p, v):
    p.glow(0, -84, 52, (1.0, 0.74, 0.28), 0.85)
    p.oval(0, -2, 34, 6).form((0.80, 0.64, 0.30), 0.3)
    p.round_rect(-15, -68, 30, 66, 4).form(v.color, 0.16)
    p.blob([(-15, -68), (15, -68), (15, -54), (9, -48), (5, -58), (-4, -56), (-8, -44), (-14, -54)], 0.8)
    p.solid(mix(v.color, (1, 1, 1), 0.4))
    p.rect(-1.8, -76, 3.6, 9).solid((0.20, 0.15, 0.14))
    p.blob([(0, -103), (-8, -86), (-7, -77), (0, -73), (7, -77), (8, -86)]).solid((1.0, 0.66, 0.14), tint=False)
    p.blob([(0, -92), (-4, -83), (0, -76), (4, -83)]).solid((1.0, 0.96, 0.70), tint=False)


def heart(p, v):
    p.c.move_to(0, 0)
    p.c.curve_to(-70, -44, -58, -100, -26, -98)
    p.c.curve_to(-10, -97, -2, -84, 0, -74)
    p.c.curve_to(2, -84, 10, -97, 26, -98)
    p.c.curve_to(58, -100, 70, -44, 0, 0)
    p.c.close_path()
    p.form(v.color, 0.12)
    s = p.light_side
    p.oval(s * 27, -76, 8, 12, s * 0.6).solid((1, 1, 1), 0.65)


OBJECTS = {"apple": fruit("apple"), "orange": fruit("orange"), "lemon": fruit("lemon"), "vase": vase,
           "bowl": bowl, "cup": cup, "teapot": teapot, "cake": cake, "candle": candle, "heart": heart}
