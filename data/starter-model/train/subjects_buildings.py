# SPDX-License-Identifier: CC0-1.0
"""Buildings. Each function draws standing on (0, 0), 100 units high; v.color is the colour of its walls or stripes.

v.lamps says that the windows are lit, v.snow that there is snow on the roof.
"""
import math

import cairo

from drawing import jitter, mix, scaled

LAMP = (1.0, 0.86, 0.42)
GLASS = (0.62, 0.84, 0.97)
WOOD = (0.42, 0.26, 0.15)
SNOW = (0.97, 0.98, 1.0)


def window(p, v, x, y, w, h):
    if v.lamps:
        p.glow(x + w / 2, y + h / 2, max(w, h) * 1.5, LAMP, 0.45)
    p.rect(x - 1.6, y - 1.6, w + 3.2, h + 3.2).solid((0.97, 0.95, 0.90) if not v.lamps else (0.62, 0.42, 0.24))
    p.rect(x, y, w, h).solid(LAMP if v.lamps else GLASS, tint=not v.lamps)


def door(p, x, y, w, h):
    c = p.c
    c.arc(x, y - h + w / 2, w / 2, math.pi, 2 * math.pi)
    c.line_to(x + w / 2, y)
    c.line_to(x - w / 2, y)
    c.close_path()
    p.form(WOOD, 0.14, rim=False)


def house(p, v):
    col = v.color
    roof = {"red": (0.36, 0.32, 0.38), "brown": (0.36, 0.24, 0.20)}.get(v.name, (0.72, 0.27, 0.19))
    s = p.light_side
    p.rect(24, -96, 15, 30).form((0.60, 0.38, 0.32), 0.2)
    if v.smoke:
        for x, y, rad in ((33, -106, 7), (40, -120, 9), (50, -136, 11)):
            p.oval(x, y, rad).solid((0.94, 0.94, 0.96), 0.8)
    p.rect(-50, -52, 100, 52).form(col, 0.0, rim=False)
    if v.name == "brown":
        for y in (-42, -31, -20, -9):
            p.rect(-50, y, 100, 3.2).solid(scaled(col, 0.72))
    p.rect(50 - 26 if s < 0 else -50, -52, 26, 52).solid(p.shaded(col), 0.55, tint=False)
    p.poly([(-61, -48), (-28, -92), (28, -92), (61, -48)]).form(SNOW if v.snow else roof, 0.14)
    p.rect(-61, -51, 122, 5).solid(scaled(SNOW if v.snow else roof, 0.84))
    door(p, 0, 0, 19, 35)
    for x in (-40, 22):
        window(p, v, x, -38, 18, 19)


def castle(p, v):
    stone = jitter(p.r, v.color if v.name != "gray" else (0.70, 0.69, 0.73), 0.02)
    roof = v.roof

    def tower(x, w, y0, y1, k, spire):
        p.rect(x - w / 2, y1, w, y0 - y1).form(scaled(stone, k), 0.24, rim=False)
        p.poly([(x - w * 0.72, y1 + 2), (x, y1 - spire), (x + w * 0.72, y1 + 2)]).form(SNOW if v.snow else roof, 0.24)
        window(p, v, x - 3, y1 + 10, 6, 10)

    def wall(x, w, y1, k, teeth):
        p.rect(x - w / 2, y1, w, -y1)
        step = w / (2 * teeth - 1)
        for i in range(teeth):
            p.rect(x - w / 2 + 2 * i * step, y1 - 6, step, 7)
        p.form(scaled(stone, k), 0.06, rim=False)

    tower(0, 24, -34, -70, 0.90, 28)
    tower(-24, 15, -30, -58, 0.82, 22)
    tower(24, 15, -30, -58, 0.82, 22)
    wall(0, 64, -38, 1.0, 5)
    tower(-40, 22, 0, -50, 1.0, 28)
    tower(40, 22, 0, -50, 0.95, 28)
    p.rect(-1.4, -110, 2.8, 12).solid(WOOD)
    p.poly([(1, -110), (16, -106), (1, -101)]).solid((0.95, 0.35, 0.25))
    door(p, 0, 0, 20, 27)
    for e in (-1, 1):
        window(p, v, e * 19 - 3, -28, 6, 10)


def lighthouse(p, v):
    white = (0.98, 0.97, 0.94)
    rock = (0.46, 0.44, 0.46)
    p.blob([(-34, 2), (-26, -8), (0, -12), (26, -8), (34, 2)], 0.8).form(rock)
    bands = 5
    for i in range(bands):
        a, b = i / bands, (i + 1) / bands
        wa, wb = 15 - 6 * a, 15 - 6 * b
        p.poly([(-wa, -6 - 64 * a), (-wb, -6 - 64 * b), (wb, -6 - 64 * b), (wa, -6 - 64 * a)])
        p.solid(v.color if i % 2 == 0 else white)
    s = -p.light_side
    p.poly([(s * 15, -6), (s * 9, -70), (s * 3, -70), (s * 5, -6)]).solid(p.shaded((0.5, 0.5, 0.6)), 0.40, tint=False)
    door(p, 0, -6, 10, 15)
    if v.lamps:
        for e in (-1, 1):
            g = cairo.LinearGradient(0, 0, e * 150, 0)
            g.add_color_stop_rgba(0, 1, 0.95, 0.62, 0.8)
            g.add_color_stop_rgba(1, 1, 0.95, 0.62, 0)
            p.c.set_source(g)
            p.poly([(0, -82), (e * 150, -104), (e * 150, -60), (0, -76)])
            p.c.fill()
        p.glow(0, -79, 28, LAMP, 0.9)
    p.rect(-13, -73, 26, 5).solid((0.24, 0.25, 0.30))
    p.rect(-7, -86, 14, 13).solid(LAMP if v.lamps else GLASS, tint=not v.lamps)
    p.blob([(-11, -85), (0, -101), (11, -85)], 0.6).form(v.color, 0.2)


def windmill(p, v):
    body = v.color
    p.poly([(-22, 0), (-14, -58), (14, -58), (22, 0)]).form(body, 0.2)
    p.blob([(-17, -56), (-12, -70), (0, -76), (12, -70), (17, -56)], 0.7).form((0.58, 0.27, 0.20), 0.16)
    door(p, 0, 0, 13, 22)
    window(p, v, -4, -42, 8, 9)
    for i in range(4):
        p.c.save()
        p.c.translate(0, -62)
        p.c.rotate(v.turn + i * math.pi / 2)
        p.rect(8, -3, 36, 13).form((0.99, 0.97, 0.92), 0.14, rim=False)
        p.curve([(0, 0), (45, 0)]).stroke(WOOD, 4)
        for x in (17, 27, 37):
            p.rect(x, -3, 2.4, 13).solid(mix(WOOD, (1, 1, 1), 0.35))
        p.c.restore()
    p.oval(0, -62, 5).form((0.34, 0.22, 0.16), 0.2)


def skyline(p, base, tall, far):
    """A row of towers across the whole picture."""
    r = p.r
    x = -6.0
    while x < p.w + 4:
        w, h = r.uniform(15, 24), tall * r.uniform(0.45, 1.0)
        col = r.choice([(0.52, 0.60, 0.72), (0.62, 0.56, 0.66), (0.70, 0.64, 0.62), (0.44, 0.54, 0.66)])
        p.rect(x, base - h, w, h + 2).fade(base - h, base, [(0, p.far(col, far)), (1, p.far(scaled(col, 0.9), far + 0.15))],
                                           tint=False)
        x += w + r.uniform(0, 3)


def tower_block(p, v, x, w, h, col):
    s = -p.light_side
    p.rect(x, -h, w, h).fade(-h, 0, [(0, scaled(col, 1.06)), (1, scaled(col, 0.78))])
    p.rect(x + (w * 0.68 if s > 0 else 0), -h, w * 0.32, h).solid(p.shaded(col), 0.65, tint=False)
    rows, columns = max(2, int(h / 13)), max(2, int(w / 9))
    for i in range(rows):
        for j in range(columns):
            if v.lamps and p.r.random() < 0.35:
                continue
            p.rect(x + w * (j + 0.5) / columns - 2.3, -h + 5 + i * 12.5, 4.6, 7)
    p.solid(LAMP if v.lamps else mix(GLASS, (1, 1, 1), 0.2), tint=not v.lamps)


def city(p, v):
    """A group of high towers."""
    blocks = [(-74, 28, 54, (0.56, 0.50, 0.62)), (46, 28, 60, (0.50, 0.58, 0.70)), (-50, 26, 78, (0.44, 0.56, 0.70)),
              (24, 26, 84, (0.66, 0.56, 0.56)), (-26, 24, 62, (0.72, 0.64, 0.58)), (4, 24, 66, (0.50, 0.60, 0.68)),
              (-12, 26, 98, (0.40, 0.50, 0.68))]
    for x, w, h, col in blocks:
        tower_block(p, v, x, w, h * p.r.uniform(0.94, 1.04), jitter(p.r, col, 0.05))
    p.rect(-0.8, -112, 3.6, 14).solid((0.36, 0.40, 0.52))


BUILDINGS = {"house": house, "castle": castle, "lighthouse": lighthouse, "windmill": windmill, "city": city}
