# SPDX-License-Identifier: CC0-1.0
"""Trees, flowers and what else grows. Each function draws standing on (0, 0), 100 units high.

pine_shape and tree_shape take colours that are mixed already: the terrains draw them far away too.
"""
import math

import cairo

from drawing import COLORS, jitter, mix, scaled

LEAF = (0.25, 0.58, 0.25)
STEM = (0.24, 0.52, 0.22)
TREE_COLORS = {"green": (0.30, 0.62, 0.24), "orange": (0.95, 0.54, 0.13), "red": (0.84, 0.26, 0.15),
               "yellow": (0.97, 0.78, 0.22), "pink": (0.98, 0.68, 0.79), "white": (0.88, 0.92, 0.98)}


def pine_shape(p, far, distance, snow=False, k=1.0):
    """A fir; far(colour, distance) mixes its colours."""
    green = scaled((0.14, 0.44, 0.28), k)
    p.rect(-5, -18, 10, 18).solid(far((0.38, 0.24, 0.14), distance), tint=False)
    s = p.light_side
    for i, (y, w) in enumerate(((-10, 32), (-36, 26), (-62, 18))):
        top = y - 40 + i * 2
        p.poly([(-w, y), (0, top), (w, y), (0, y + 5)]).solid(far(scaled(green, 1.0 + 0.10 * i), distance), tint=False)
        p.poly([(-s * w, y), (0, top), (s * w * 0.1, y + 4)]).solid(far(scaled(green, 0.68 + 0.06 * i), distance), tint=False)
        if snow:
            cap = [(-w * 0.62, y - 16), (0, top), (w * 0.62, y - 16), (w * 0.2, y - 20), (0, y - 13), (-w * 0.25, y - 20)]
            p.poly(cap).solid(far((0.97, 0.98, 1.0), distance), tint=False)


def tree_shape(p, leaves, wood):
    """A broad tree of mixed colours."""
    p.poly([(-6, 0), (-4, -45), (4, -45), (6, 0)]).solid(wood, tint=False)
    heads = [(-20, -52, 20), (20, -52, 20), (0, -48, 20), (-13, -76, 21), (14, -74, 20), (0, -62, 24)]
    for dx, k, size in ((0, 0.72, 1.0), (p.light_side * 3.5, 1.0, 0.88)):
        for x, y, rad in heads:
            p.oval(x + dx, y - abs(dx) * 0.9, rad * size)
        p.solid(scaled(leaves, k), tint=False)


def pine_tree(p, v):
    pine_shape(p, lambda col, _: p.lit(col), 0, snow=v.snow, k=p.r.uniform(0.9, 1.15))


def tree(p, v):
    col = jitter(p.r, TREE_COLORS.get(v.name, TREE_COLORS["green"]), 0.05)
    wood = (0.44, 0.28, 0.17)
    p.blob([(-8, 1), (-5, -20), (-5, -48), (5, -48), (6, -20), (9, 1)], 0.6).form(wood, 0.3)
    p.curve([(0, -38), (-16, -56)]).stroke(p.shaded(wood, 1.2), 4, tint=False)
    p.curve([(1, -34), (15, -54)]).stroke(p.shaded(wood, 1.2), 4, tint=False)
    for x, y, rad in ((-24, -54, 17), (24, -53, 17), (0, -50, 18)):
        p.oval(x, y, rad)
    p.form(scaled(col, 0.80), 0.10, rim=False)
    for x, y, rad in ((-16, -70, 20), (18, -70, 19), (0, -60, 19), (0, -82, 18)):
        p.oval(x, y, rad)
    p.form(col, 0.12, rim=False)
    s = p.light_side
    for x, y, rad in ((-12, -82, 8), (6, -88, 6.5), (-20, -66, 7)):
        p.oval(-s * x if s > 0 else x, y, rad).solid(mix(col, (1.0, 0.98, 0.7), 0.30))
    if v.apples:
        for x, y in ((-22, -58), (4, -66), (20, -62), (-8, -78), (14, -82), (-2, -52)):
            p.oval(x, y, 4.6).form((0.88, 0.16, 0.14), 0.15, rim=False)


def palm_tree(p, v):
    r, c = p.r, p.c
    lean = r.uniform(8, 20)
    wood = (0.60, 0.42, 0.24)
    p.blob([(-6, 0), (-2, -36), (lean - 3, -76), (lean + 4, -76), (6, -36), (6, 0)], 0.8).form(wood, 0.25)
    for y, k in ((-18, 0.05), (-34, 0.22), (-50, 0.5), (-64, 0.8)):
        p.curve([(lean * k - 4, y), (lean * k + 5, y - 1.5)]).stroke(scaled(wood, 0.68), 2.6)
    x0, y0 = lean, -77
    for angle, length, k in ((-0.05, 40, 0.70), (math.pi + 0.05, 40, 0.70), (-0.75, 40, 0.88), (math.pi + 0.75, 40, 0.88),
                             (-1.35, 30, 1.0), (math.pi + 1.3, 30, 1.05), (0.55, 36, 0.62), (math.pi - 0.55, 36, 0.62)):
        ex, ey = x0 + length * math.cos(angle), y0 + length * 0.72 * math.sin(angle) + 9
        mx, my = (x0 + ex) / 2, (y0 + ey) / 2 - 10
        c.move_to(x0, y0)
        c.curve_to(mx, my - 5, mx + (ex - x0) * 0.2, my - 2, ex, ey)
        c.curve_to(mx + (ex - x0) * 0.16, my + 9, mx, my + 7, x0, y0 + 4)
        c.close_path()
        p.solid((0.22 * k + 0.03, 0.62 * k, 0.26 * k))
    for dx in (-4, 4):
        p.oval(x0 + dx, y0 + 5, 4.8).form((0.46, 0.28, 0.14), 0.2)


def cactus(p, v):
    c, col = p.c, (0.27, 0.60, 0.34)
    arms = [([(0, 2), (0, -88)], 25), ([(-2, -34), (-30, -38), (-31, -64)], 16), ([(2, -24), (30, -28), (31, -52)], 16)]
    c.set_line_cap(cairo.LINE_CAP_ROUND)
    c.set_line_join(cairo.LINE_JOIN_ROUND)
    dx, dy = p.toward_light(2.6)
    for shade in (True, False):
        for points, w in arms:
            points = [(x + (0 if shade else dx), y + (0 if shade else dy)) for x, y in points]
            c.move_to(*points[0])
            for point in points[1:]:
                c.line_to(*point)
            p.stroke(p.shaded(col, 1.05) if shade else p.lit(col), w - (0 if shade else 5), tint=False)
    for x, y0, y1 in ((-5, -8, -88), (3, -8, -90)):
        p.curve([(x, y0), (x, y1)]).stroke(mix(col, (0.9, 1.0, 0.6), 0.35), 2.6)
    c.set_line_cap(cairo.LINE_CAP_BUTT)
    c.set_line_join(cairo.LINE_JOIN_MITER)
    if v.bloom:
        for x, y in ((0, -101), (-31, -73), (31, -61)):
            blossom(p, x, y, 6.5, (0.98, 0.40, 0.60))


def blossom(p, x, y, size, col, petals=5):
    """A small open flower seen from the front."""
    for i in range(petals):
        a = i * 2 * math.pi / petals + 0.3
        p.oval(x + size * 0.62 * math.cos(a), y + size * 0.62 * math.sin(a), size * 0.50)
    p.form(col, 0.08, rim=False)
    p.oval(x, y, size * 0.36).solid((1.0, 0.80, 0.22) if col != COLORS["yellow"] else (0.68, 0.36, 0.10))


def flowers(p, v):
    """A bunch growing from the ground, as broad as it is high."""
    r = p.r
    spots = [(-38, -50), (-20, -76), (2, -58), (22, -82), (40, -52), (-28, -26), (28, -26), (4, -92), (-2, -24)]
    for x, y in spots:
        x, y = x + r.uniform(-3, 3), y + r.uniform(-4, 4)
        p.curve([(x * 0.7, 2), (x * 0.9, y * 0.5), (x, y)]).stroke(STEM, 4)
    for x in (-34, -12, 12, 34):
        p.blob([(x - 5, 2), (x - 8, -18), (x + 3, -30), (x + 6, 2)]).form(LEAF, 0.2, rim=False)
    colors = [v.color] if v.name != "colorful" else [COLORS[n] for n in ("red", "yellow", "pink", "blue", "purple", "orange")]
    for i, (x, y) in enumerate(spots):
        blossom(p, x, y, 15, colors[i % len(colors)])


def leaf(p, x, y, dx, dy):
    """From (x, y) to (x + dx, y + dy)."""
    nx, ny = -dy * 0.28, dx * 0.28
    p.blob([(x, y), (x + dx * 0.45 + nx, y + dy * 0.45 + ny), (x + dx, y + dy), (x + dx * 0.55 - nx, y + dy * 0.55 - ny)])
    p.form(LEAF, 0.25)


def rose(p, v):
    col = v.color
    p.curve([(2, 0), (-2, -30), (0, -62)]).stroke(STEM, 5.5)
    leaf(p, -1, -26, -26, -14)
    leaf(p, 0, -16, 26, -16)
    p.blob([(-16, -58), (0, -50), (16, -58), (0, -64)]).form(STEM)
    p.blob([(0, -100), (-24, -92), (-32, -74), (-20, -56), (0, -52), (20, -56), (32, -74), (24, -92)]).form(col, 0.14)
    p.blob([(-32, -78), (-20, -84), (-4, -66), (0, -52), (-22, -56)]).form(mix(col, (1, 1, 1), 0.16), 0.12)
    p.blob([(32, -78), (20, -84), (4, -66), (0, -52), (22, -56)]).form(scaled(col, 0.86), 0.12)
    p.blob([(0, -98), (-16, -92), (-16, -76), (0, -68), (16, -76), (16, -92)]).form(scaled(col, 0.80), 0.14)
    p.blob([(0, -94), (-10, -90), (-9, -80), (0, -76), (9, -80), (10, -90)]).form(mix(col, (1, 1, 1), 0.14), 0.2)
    p.curve([(-5, -85), (1, -88), (5, -83), (0, -80)]).stroke(scaled(col, 0.60), 3)


def sunflower(p, v):
    p.curve([(2, 0), (-3, -28), (0, -60)]).stroke(STEM, 6)
    leaf(p, -2, -22, -30, -12)
    leaf(p, 0, -12, 30, -14)
    for k, col, turn in ((1.0, (0.97, 0.66, 0.10), 0.0), (0.90, (1.0, 0.84, 0.20), 0.224)):
        for i in range(14):
            a = i * 2 * math.pi / 14 + turn
            p.oval(23 * k * math.cos(a), -68 + 23 * k * math.sin(a), 12 * k, 5.0, a)
        p.solid(col)
    p.oval(0, -68, 17).form((0.45, 0.26, 0.12), 0.14)
    p.oval(0, -68, 9.5).solid((0.30, 0.17, 0.09))


def tulip(p, v):
    col = v.color
    p.curve([(1, 0), (-1, -30), (0, -60)]).stroke(STEM, 5.5)
    p.blob([(-3, 0), (-20, -28), (-24, -52), (-10, -34)]).form(LEAF, 0.2)
    p.blob([(3, 0), (20, -24), (26, -46), (10, -30)]).form(scaled(LEAF, 0.9), 0.2)
    p.blob([(-4, -58), (-22, -68), (-23, -98), (-6, -84)], 0.8).form(col, 0.12)
    p.blob([(4, -58), (22, -68), (23, -98), (6, -84)], 0.8).form(scaled(col, 0.84), 0.12)
    p.blob([(0, -55), (-15, -64), (-11, -84), (0, -100), (11, -84), (15, -64)], 0.9).form(mix(col, (1, 1, 1), 0.14), 0.14)


def mushroom(p, v):
    col = v.color
    p.blob([(-12, -56), (-14, -20), (-19, 0), (19, 0), (14, -20), (12, -56)], 0.8).form((0.98, 0.93, 0.82))
    p.blob([(-30, -52), (0, -44), (30, -52), (0, -40)]).solid(p.shaded((0.92, 0.84, 0.72)), tint=False)
    cap = [(0, -100), (-28, -92), (-46, -68), (-45, -52), (-22, -48), (0, -46), (22, -48), (45, -52), (46, -68), (28, -92)]
    p.blob(cap).form(col)
    for x, y, rx, ry in ((-22, -76, 9, 8), (4, -84, 10, 8), (27, -70, 8, 8), (-36, -58, 6, 4.5), (4, -60, 8, 5.5)):
        p.oval(x, y, rx, ry).solid((1.0, 0.98, 0.94))


def pumpkin(p, v):
    col = (0.97, 0.53, 0.11)
    p.blob([(-5, -76), (-9, -96), (4, -100), (6, -76)]).form((0.38, 0.46, 0.20), 0.2)
    for x, rx, k in ((-36, 22, 0.84), (36, 22, 0.78), (-19, 23, 0.94), (19, 23, 0.90), (0, 20, 1.03)):
        p.oval(x, -40, rx, 41).form(scaled(col, k), 0.12)
    if v.carved:
        glow = (1.0, 0.88, 0.35)
        for e in (-1, 1):
            p.poly([(e * 10, -46), (e * 30, -46), (e * 21, -62)]).solid(glow, tint=False)
        p.poly([(-4, -38), (4, -38), (0, -45)]).solid(glow, tint=False)
        p.poly([(-32, -32), (-18, -28), (-12, -22), (-5, -28), (5, -28), (12, -22), (18, -28), (32, -32), (20, -14),
                (0, -10), (-20, -14)]).solid(glow, tint=False)
    else:
        p.blob([(4, -80), (22, -94), (38, -84), (20, -76)]).form(LEAF, 0.2)


PLANTS = {"pine tree": pine_tree, "tree": tree, "palm tree": palm_tree, "cactus": cactus, "flowers": flowers,
          "rose": rose, "sunflower": sunflower, "tulip": tulip, "mushroom": mushroom, "pumpkin": pumpkin}
