# SPDX-License-Identifier: CC0-1.0
"""Animals. Each function draws standing on (0, 0), 100 units high, x to the right and y down; v.color is its own colour.

Furry animals sit facing us; birds, fish, horse and dragon are seen from the side, looking to the right.
"""

import math

import cairo

from drawing import mix, scaled

DARK = (0.13, 0.11, 0.14)
PINK = (0.96, 0.62, 0.64)
CREAM = (0.98, 0.95, 0.88)


def eyes(p, x, y, gap, size, iris=None):
    """Two eyes with a highlight each; without an iris they are dark buttons."""
    for e in (-1, 1):
        ex = x + e * gap
        if iris:
            p.oval(ex, y, size, size * 1.12).solid(iris, tint=False)
            p.oval(ex, y, size * 0.50, size * 0.95).solid(DARK, tint=False)
        else:
            p.oval(ex, y, size * 0.82, size).solid(DARK, tint=False)
        p.oval(ex - size * 0.28, y - size * 0.38, size * 0.34).solid((1, 1, 1), tint=False)


def muzzle(p, y, nose, col=DARK, smile=7):
    """A nose with a mouth below it."""
    p.blob([(-nose, y - nose * 0.6), (0, y - nose * 0.8), (nose, y - nose * 0.6), (0, y + nose * 0.8)]).solid(col)
    p.curve([(-smile, y + nose + 3), (-smile * 0.5, y + nose + 4.5), (0, y + nose), (smile * 0.5, y + nose + 4.5),
             (smile, y + nose + 3)]).stroke(DARK, 2)


def paws(p, col, x, rx, ry):
    for e in (-1, 1):
        p.oval(e * x, -ry, rx, ry).form(col, 0.12)


def belly_of(v):
    """The lighter fur of chest and muzzle."""
    if v.name in ("white", "gray"):
        return mix(v.color, (1, 1, 1), 0.6)
    return mix(v.color, CREAM, 0.30) if v.name == "black" else mix(v.color, CREAM, 0.78)


def sitting_body(p, col, chest, wide=28, top=-58):
    p.blob([(-13, top), (-wide * 0.76, top * 0.62), (-wide, -12), (-wide * 0.9, 0), (wide * 0.9, 0), (wide, -12),
            (wide * 0.76, top * 0.62), (13, top)]).form(col)
    p.blob([(-9, top + 4), (-12, top * 0.45), (-7, -9), (7, -9), (12, top * 0.45), (9, top + 4)]).solid(chest)
    for e in (-1, 1):
        p.blob([(e * 5, -36), (e * 14, -34), (e * 15, -4), (e * 5, -3)]).form(mix(col, chest, 0.12), 0.1, rim=False)


def tail(p, points, col, width):
    p.c.set_line_cap(cairo.LINE_CAP_ROUND)
    p.curve(points).stroke(p.shaded(col, 1.1), width + 1.5, tint=False)
    dx, dy = p.toward_light(1.4)
    p.curve([(x + dx, y + dy) for x, y in points]).stroke(col, width - 1)
    p.c.set_line_cap(cairo.LINE_CAP_BUTT)


def cat(p, v):
    col, chest = v.color, belly_of(v)
    tail(p, [(18, -7), (40, -7), (47, -26), (38, -42)], col, 10)
    sitting_body(p, col, chest)
    if v.name in ("orange", "gray", "brown"):
        for e in (-1, 1):
            for y in (-30, -20):
                p.curve([(e * 27, y), (e * 17, y + 3)]).stroke(scaled(col, 0.68), 4)
    paws(p, mix(col, chest, 0.5), 10, 9, 5)
    for e in (-1, 1):
        p.poly([(e * 27, -70), (e * 26, -103), (e * 4, -86)]).form(col, 0.1)
        p.poly([(e * 23, -78), (e * 23, -95), (e * 11, -86)]).solid(PINK)
    p.blob([(0, -91), (-18, -88), (-30, -71), (-21, -54), (0, -50), (21, -54), (30, -71), (18, -88)]).form(col)
    if v.name in ("orange", "gray", "brown"):
        for x, y in ((-8, -86), (0, -88), (8, -86)):
            p.curve([(x, y), (x * 0.9, y + 8)]).stroke(scaled(col, 0.66), 3.6)
    p.oval(-6, -59, 8.5, 7).oval(6, -59, 8.5, 7).solid(chest)
    eyes(p, 0, -70, 13, 6.8, (1.0, 0.84, 0.25) if v.name == "black" else (0.45, 0.80, 0.35))
    muzzle(p, -62, 3.6, (0.90, 0.45, 0.48), 6)


def dog(p, v):
    col, chest = v.color, belly_of(v)
    ear = scaled(col, 0.62) if v.name not in ("black", "white") else mix(col, (0.50, 0.32, 0.20), 0.75)
    tail(p, [(20, -8), (38, -14), (44, -30)], col, 9)
    sitting_body(p, col, chest, 27)
    paws(p, mix(col, chest, 0.5), 11, 10, 5.5)
    p.blob([(0, -97), (-18, -94), (-27, -76), (-22, -57), (0, -50), (22, -57), (27, -76), (18, -94)]).form(col)
    if v.name in ("white", "brown"):
        p.oval(12, -76, 10, 12).solid(scaled(col, 0.72) if v.name == "brown" else ear)
    p.blob([(-5, -95), (5, -95), (7, -76), (-7, -76)]).solid(chest)
    p.oval(0, -64, 15, 12).solid(chest)
    p.blob([(-5, -58), (5, -58), (5, -46), (0, -42), (-5, -46)]).solid((0.93, 0.45, 0.48))
    for e in (-1, 1):
        p.blob([(e * 15, -96), (e * 30, -92), (e * 38, -66), (e * 32, -52), (e * 24, -62)]).form(ear, 0.14)
    eyes(p, 0, -76, 11.5, 5.6)
    muzzle(p, -66, 6, DARK, 9)
    p.curve([(-18, -49), (0, -43.5), (18, -49)]).stroke((0.85, 0.18, 0.18), 6)
    p.oval(0, -39, 4.2).solid((1.0, 0.82, 0.25))


def fox(p, v):
    col, white = v.color, (1.0, 0.98, 0.94)
    p.blob([(14, -4), (34, 0), (52, -14), (54, -36), (44, -50), (34, -32), (22, -20)]).form(col)
    p.blob([(44, -52), (35, -36), (46, -30), (55, -34)]).solid(white)
    sitting_body(p, col, white, 24)
    p.blob([(-14, -56), (-15, -40), (0, -24), (15, -40), (14, -56)]).solid(white)
    paws(p, DARK, 9, 7.5, 5)
    for e in (-1, 1):
        p.poly([(e * 29, -72), (e * 30, -106), (e * 5, -88)]).form(col, 0.1)
        p.poly([(e * 24, -82), (e * 26, -98), (e * 13, -88)]).solid(DARK)
    p.blob([(0, -91), (-19, -88), (-34, -64), (-16, -56), (0, -45), (16, -56), (34, -64), (19, -88)], 0.8).form(col)
    for e in (-1, 1):
        p.blob([(e * 33, -64), (e * 17, -67), (e * 5, -58), (0, -47), (e * 15, -56)], 0.8).solid(white)
    eyes(p, 0, -71, 12.5, 5.2)
    p.oval(0, -50, 4.6, 3.8).solid(DARK)


def lion(p, v):
    col, chest, mane = (0.93, 0.68, 0.30), (0.99, 0.88, 0.64), (0.62, 0.32, 0.12)
    tail(p, [(18, -7), (38, -6), (46, -24), (40, -38)], col, 8)
    p.oval(40, -42, 6.5, 8).form(mane)
    sitting_body(p, col, chest)
    paws(p, mix(col, chest, 0.4), 11, 10, 5.5)
    for i in range(14):
        a = i * math.pi / 7
        p.oval(29 * math.cos(a), -70 + 27 * math.sin(a), 9.5)
    p.oval(0, -70, 32, 30)
    p.form(mane, 0.06, rim=False)
    for e in (-1, 1):
        p.oval(e * 20, -89, 7).form(col, 0.2)
        p.oval(e * 20, -88, 3.6).solid(PINK)
    p.blob([(0, -91), (-16, -88), (-24, -71), (-17, -54), (0, -50), (17, -54), (24, -71), (16, -88)]).form(col, 0.12)
    p.oval(-6, -60, 8.5, 7.5).oval(6, -60, 8.5, 7.5).solid(chest)
    eyes(p, 0, -73, 10.5, 5.0)
    muzzle(p, -64, 5, (0.36, 0.20, 0.16), 7)


def elephant(p, v):
    """From the side, its trunk lifted."""
    p.c.translate(-12, 0)
    col = (0.62, 0.66, 0.74)
    dark = scaled(col, 0.80)
    p.c.set_line_cap(cairo.LINE_CAP_ROUND)
    p.curve([(-54, -58), (-64, -46), (-62, -34)]).stroke(dark, 5)
    for x, k in ((-26, 0.8), (20, 0.8), (-42, 1.0), (4, 1.0)):
        p.round_rect(x, -36, 21, 36, 6).form(scaled(col, k), 0.14)
        p.round_rect(x + 2, -5, 17, 5, 2).solid((0.92, 0.90, 0.86))
    p.blob([(-56, -52), (-44, -84), (-4, -90), (30, -80), (34, -40), (20, -22), (-40, -22)]).form(col)
    p.curve([(56, -54), (64, -30), (76, -22), (88, -34), (86, -48)]).stroke(p.shaded(col, 1.1), 17, tint=False)
    p.curve([(55, -55), (63, -32), (75, -24), (86, -36), (85, -48)]).stroke(col, 12.5)
    p.c.set_line_cap(cairo.LINE_CAP_BUTT)
    p.blob([(22, -90), (44, -98), (64, -84), (68, -62), (58, -44), (36, -40), (22, -56)]).form(col)
    p.blob([(54, -46), (66, -40), (78, -48), (62, -48)]).form((1.0, 0.98, 0.92), 0.2)
    p.blob([(26, -88), (2, -94), (-14, -72), (-6, -44), (14, -38), (30, -56)]).form(mix(dark, (0.9, 0.6, 0.62), 0.12), 0.14)
    p.blob([(20, -80), (4, -84), (-5, -70), (1, -52), (14, -50), (22, -62)]).solid(mix(col, PINK, 0.45))
    p.oval(48, -74, 4.6, 5.4).solid(DARK, tint=False)
    p.oval(46.5, -76, 1.8).solid((1, 1, 1), tint=False)


def rabbit(p, v):
    col, chest = v.color, belly_of(v)
    p.oval(24, -12, 10).form(mix(col, (1, 1, 1), 0.6))
    p.blob([(-12, -40), (-23, -22), (-24, 0), (24, 0), (23, -22), (12, -40)]).form(col)
    p.oval(0, -18, 12, 15).solid(chest)
    paws(p, mix(col, chest, 0.4), 14, 11, 5)
    turn = p.r.uniform(0.08, 0.2)
    for e in (-1, 1):
        p.oval(e * 11, -82, 7.5, 21, e * turn).form(col, 0.2)
        p.oval(e * 11, -81, 3.8, 15, e * turn).solid(PINK)
    p.blob([(0, -68), (-16, -65), (-25, -49), (-17, -36), (0, -32), (17, -36), (25, -49), (16, -65)]).form(col)
    p.oval(-5, -40, 7.5, 6).oval(5, -40, 7.5, 6).solid(chest)
    eyes(p, 0, -51, 11.5, 5.2)
    muzzle(p, -44, 3, (0.90, 0.45, 0.50), 5)
    p.rect(-2.6, -38, 5.2, 5).solid((1, 1, 1))


def bear(p, v):
    col, chest = v.color, belly_of(v)
    panda = v.name == "white"
    limb = DARK if panda else scaled(col, 0.86)
    if panda:
        limb = (0.17, 0.16, 0.20)
    p.blob([(-16, -58), (-30, -36), (-33, -10), (-26, 0), (26, 0), (33, -10), (30, -36), (16, -58)]).form(col)
    p.oval(0, -26, 17, 20).solid(chest)
    for e in (-1, 1):
        p.oval(e * 28, -38, 9, 16, e * 0.5).form(limb, 0.16)
        p.oval(e * 19, -7, 12, 9).form(limb, 0.14)
        p.oval(e * 19, -7, 6, 5).solid(mix(limb, CREAM, 0.5))
        p.oval(e * 22, -92, 9).form(limb, 0.16)
        p.oval(e * 22, -91, 4.6).solid(mix(limb, PINK, 0.45))
    p.blob([(0, -97), (-20, -92), (-30, -73), (-20, -54), (0, -49), (20, -54), (30, -73), (20, -92)]).form(col)
    if panda:
        for e in (-1, 1):
            p.oval(e * 12, -73, 7.5, 9, e * 0.5).solid(limb)
    p.oval(0, -62, 13, 10).solid(chest)
    eyes(p, 0, -75, 11.5, 4.6)
    muzzle(p, -65, 5, DARK, 7)


def owl(p, v):
    col, pale = v.color, belly_of(v)
    p.blob([(-22, -86), (-32, -52), (-27, -12), (0, 0), (27, -12), (32, -52), (22, -86)]).form(col)
    p.blob([(-15, -50), (-19, -28), (0, -6), (19, -28), (15, -50)]).solid(pale)
    for y, n in ((-40, 3), (-29, 3), (-18, 2)):
        for i in range(n):
            x = (i - (n - 1) / 2) * 11
            p.blob([(x - 4, y - 3), (x + 4, y - 3), (x, y + 4)]).solid(mix(col, pale, 0.3))
    for e in (-1, 1):
        p.blob([(e * 26, -62), (e * 36, -40), (e * 26, -10), (e * 19, -30)]).form(scaled(col, 0.74))
        p.poly([(e * 27, -78), (e * 27, -101), (e * 8, -88)]).form(col, 0.1)
    for e in (-1, 1):
        p.oval(e * 12.5, -72, 14.5).solid(pale)
        p.oval(e * 12.5, -72, 9.8).solid((1.0, 0.74, 0.14), tint=False)
        p.oval(e * 12.5, -72, 5.6).solid(DARK, tint=False)
        p.oval(e * 12.5 - 2, -75, 2.3).solid((1, 1, 1), tint=False)
    p.blob([(-5, -66), (5, -66), (0, -53)]).solid((0.98, 0.62, 0.15))
    for e in (-1, 1):
        p.oval(e * 9, -1, 7, 4).solid((0.95, 0.60, 0.16))


def penguin(p, v):
    back, white, beak = (0.16, 0.20, 0.32), (0.98, 0.98, 0.97), (1.0, 0.64, 0.16)
    for e in (-1, 1):
        p.oval(e * 12, -3, 11, 4.5).solid(beak)
        p.blob([(e * 24, -62), (e * 38, -38), (e * 35, -22), (e * 24, -34)]).form(scaled(back, 0.85))
    p.blob([(0, -100), (-21, -90), (-25, -66), (-29, -30), (-20, -4), (20, -4), (29, -30), (25, -66), (21, -90)]).form(back)
    p.blob([(0, -58), (-16, -56), (-21, -28), (-14, -5), (14, -5), (21, -28), (16, -56)]).form(white, 0.12, rim=False)
    p.oval(-8.5, -74, 10.5, 12).oval(8.5, -74, 10.5, 12).solid(white)
    eyes(p, 0, -76, 9, 4.6)
    p.blob([(-6, -69), (6, -69), (0, -61)]).solid(beak)


def bird(p, v):
    """A round songbird."""
    col = v.color
    breast = mix(col, (1.0, 0.95, 0.86), 0.72) if v.name != "white" else (0.93, 0.93, 0.96)
    p.poly([(-28, -48), (-66, -56), (-62, -36), (-26, -30)]).form(scaled(col, 0.66), 0.1)
    for x in (-4, 9):
        p.curve([(x, -22), (x + 1, -2), (x + 8, -1)]).stroke((0.88, 0.52, 0.18), 4)
    p.blob([(18, -98), (-2, -90), (-28, -62), (-32, -36), (-10, -15), (16, -17), (34, -40), (38, -76), (32, -92)]).form(col)
    p.blob([(34, -62), (18, -58), (6, -34), (10, -19), (26, -26), (35, -42)]).solid(breast)
    p.blob([(2, -58), (-18, -58), (-42, -36), (-24, -29), (-2, -36), (6, -48)]).form(scaled(col, 0.74), 0.2)
    p.poly([(36, -82), (58, -73), (35, -66)]).solid((1.0, 0.68, 0.14))
    p.oval(22, -79, 6).solid((1, 1, 1), tint=False)
    p.oval(23, -79, 4).solid(DARK, tint=False)
    p.oval(22, -81, 1.5).solid((1, 1, 1), tint=False)


def duck(p, v):
    col = v.color
    p.blob([(-56, -50), (-44, -30), (-36, -8), (0, 0), (34, -8), (42, -36), (24, -48), (-10, -46), (-36, -40)]).form(col)
    p.blob([(8, -46), (6, -74), (20, -98), (42, -90), (46, -70), (38, -42)]).form(col if v.name != "white" else col)
    p.blob([(6, -36), (-20, -40), (-40, -26), (-14, -12), (10, -18)]).form(scaled(col, 0.84), 0.2)
    p.blob([(44, -82), (66, -74), (64, -66), (43, -66)]).form((1.0, 0.62, 0.12), 0.2)
    p.oval(33, -82, 5).solid(DARK, tint=False)
    p.oval(31.5, -84, 1.8).solid((1, 1, 1), tint=False)


def fish(p, v):
    """It swims about its middle, 50 units above its base."""
    col = v.color
    fin = scaled(mix(col, (1.0, 0.62, 0.2), 0.25), 0.92)
    p.blob([(-42, -50), (-80, -82), (-70, -50), (-80, -18)], 0.6).form(fin)
    p.blob([(-22, -72), (-8, -100), (24, -92), (30, -74)]).form(fin)
    p.blob([(-14, -26), (-6, -4), (12, -12), (10, -28)]).form(fin)
    p.blob([(62, -50), (40, -76), (0, -82), (-46, -52), (-46, -48), (0, -18), (40, -24)]).form(col)
    p.c.save()
    p.blob([(62, -50), (40, -76), (0, -82), (-46, -52), (-46, -48), (0, -18), (40, -24)])
    p.c.clip()
    if v.stripes:
        for x in (-22, 14):
            p.blob([(x - 6, -90), (x + 7, -90), (x + 12, -50), (x + 7, -10), (x - 6, -10), (x - 2, -50)]).solid((1, 1, 1))
    else:
        p.oval(0, -18, 60, 18).solid(mix(col, (1, 1, 0.9), 0.55))
    p.c.restore()
    p.blob([(2, -48), (-24, -58), (-26, -38)]).form(fin)
    p.oval(42, -56, 10).solid((1, 1, 1), tint=False)
    p.oval(44, -56, 5.8).solid(DARK, tint=False)
    p.oval(42.5, -59, 2.2).solid((1, 1, 1), tint=False)
    p.curve([(61, -44), (54, -40), (48, -42)]).stroke(scaled(col, 0.5), 2.5)


def butterfly(p, v):
    col, edge = v.color, scaled(v.color, 0.42)
    for e in (-1, 1):
        upper = [(e * 4, -54), (e * 20, -92), (e * 56, -100), (e * 64, -74), (e * 44, -50)]
        lower = [(e * 4, -48), (e * 40, -46), (e * 54, -26), (e * 36, -4), (e * 16, -16)]
        for points in (lower, upper):
            p.blob(points).form(edge, 0.06)
            mx, my = sum(x for x, _ in points) / 5, sum(y for _, y in points) / 5
            p.blob([(mx + (x - mx) * 0.78, my + (y - my) * 0.78) for x, y in points]).form(col, 0.08, rim=False)
        p.oval(e * 42, -78, 8.5).solid(mix(col, (1, 1, 0.8), 0.75))
        p.oval(e * 34, -26, 6).solid(mix(col, (1, 1, 0.8), 0.75))
    p.oval(0, -50, 5, 32).form((0.20, 0.15, 0.16), 0.2)
    p.oval(0, -84, 7).form((0.20, 0.15, 0.16), 0.2)
    for e in (-1, 1):
        p.curve([(e * 2, -88), (e * 8, -102), (e * 16, -108)]).stroke((0.20, 0.15, 0.16), 3)


def horse(p, v, mane=None, horn=False):
    col = v.color
    mane = mane or {"white": (0.80, 0.76, 0.72), "black": (0.30, 0.30, 0.36)}.get(v.name, scaled(col, 0.48))
    hoof = (0.20, 0.16, 0.15)
    p.blob([(-40, -60), (-54, -58), (-60, -36), (-54, -14), (-46, -34), (-42, -46)]).form(mane)
    for x, lean, k in ((-30, -3, 0.74), (20, 4, 0.74), (-38, -1, 1.0), (27, 1, 1.0)):
        leg = scaled(col, k)
        p.poly([(x - 7, -42), (x + 8, -42), (x + 4.5 + lean, -3), (x - 4 + lean, -3)]).form(leg, 0.12)
        p.round_rect(x - 5 + lean, -6, 10, 6, 1).solid(hoof)
    p.blob([(-46, -52), (-40, -66), (-14, -65), (12, -66), (34, -60), (36, -40), (14, -32), (-20, -31), (-42, -36)]).form(col)
    p.blob([(10, -60), (24, -82), (32, -96), (44, -92), (46, -78), (38, -58), (34, -42)]).form(col, 0.1, rim=False)
    p.blob([(32, -97), (46, -95), (64, -74), (64, -66), (56, -63), (42, -74), (33, -82)]).form(col, 0.14)
    p.poly([(33, -94), (36, -106), (42, -95)]).form(col, 0.1)
    p.blob([(38, -103), (30, -98), (18, -80), (6, -62), (18, -62), (28, -80), (36, -92)]).form(mane)
    p.blob([(38, -103), (46, -96), (42, -88), (36, -94)]).solid(mane)
    p.oval(45, -84, 2.9, 3.3).solid(DARK, tint=False)
    p.oval(60, -68, 1.9).solid(DARK)
    if horn:
        p.poly([(40, -99), (54, -126), (48, -94)]).form((1.0, 0.82, 0.30), 0.2)


def unicorn(p, v):
    """A white horse with a golden horn; v.color is its mane's."""
    mane = v.color
    v.name, v.color = "white", (0.98, 0.97, 0.98)
    horse(p, v, mane, True)


def rider(p, v):
    """An astronaut who rides a horse."""
    horse(p, v)
    p.c.save()
    p.c.translate(-2, -37)
    p.c.scale(0.72, 0.72)
    suit, joint = (0.95, 0.96, 0.98), (0.70, 0.74, 0.82)
    p.round_rect(-28, -66, 18, 36, 6).form(scaled(joint, 0.9))
    p.blob([(-8, -30), (12, -32), (22, -16), (20, 10), (8, 10), (4, -10)]).form(suit, 0.14)
    p.round_rect(4, 6, 24, 12, 5).form(joint, 0.2)
    p.round_rect(-17, -64, 36, 40, 10).form(suit)
    p.blob([(0, -56), (10, -56), (32, -42), (38, -34), (32, -28), (6, -40)]).form(suit, 0.14)
    p.oval(36, -32, 6).form((0.95, 0.52, 0.14), 0.16)
    p.oval(2, -80, 24, 23).form(suit)
    p.blob([(8, -96), (-4, -91), (-6, -76), (0, -67), (14, -65), (24, -74), (23, -88)]).form((0.20, 0.34, 0.62), 0.2)
    p.blob([(4, -90), (10, -92), (6, -80), (1, -78)]).solid((1, 1, 1), 0.7, tint=False)
    p.c.restore()


def dragon(p, v):
    """A small friendly dragon with a breath of fire."""
    col = v.color
    pale, wing = mix(col, (1.0, 0.95, 0.62), 0.70), mix(scaled(col, 0.72), (0.9, 0.4, 0.2), 0.3)
    p.blob([(-10, -22), (-40, -18), (-62, -30), (-72, -52), (-64, -60), (-52, -38), (-34, -32), (-8, -44)]).form(col)
    p.poly([(-76, -48), (-72, -74), (-56, -56)]).form(wing, 0.1)
    p.poly([(-12, -58), (-58, -96), (-52, -74), (-62, -66), (-44, -58), (-46, -46), (-14, -44)]).form(wing, 0.12)
    for x in (-8, 16):
        p.blob([(x - 10, -22), (x + 8, -22), (x + 12, 0), (x - 9, 0)]).form(scaled(col, 0.9), 0.12)
    p.blob([(8, -72), (-14, -56), (-24, -28), (-12, -8), (18, -8), (30, -30), (28, -62)]).form(col)
    p.blob([(16, -62), (8, -44), (6, -18), (18, -9), (28, -30), (26, -58)]).solid(pale)
    for y in (-46, -32, -19):
        p.curve([(8, y), (18, y + 2), (27, y)]).stroke(scaled(pale, 0.84), 2.6)
    for x, y in ((4, -96), (-8, -82), (-16, -66)):
        p.poly([(x - 9, y - 6), (x + 3, y - 9), (x + 2, y + 7)]).solid(wing)
    p.poly([(10, -94), (4, -108), (18, -97)]).poly([(22, -95), (22, -110), (32, -94)]).solid((0.98, 0.92, 0.74))
    p.blob([(4, -84), (14, -98), (34, -95), (56, -82), (56, -70), (36, -64), (12, -66)]).form(col)
    p.oval(28, -83, 6.4).solid((1.0, 0.95, 0.6), tint=False)
    p.oval(30, -83, 3.2, 5.4).solid(DARK, tint=False)
    p.oval(51, -79, 2.2).solid(scaled(col, 0.4))
    p.curve([(56, -71), (44, -69), (34, -71)]).stroke(scaled(col, 0.4), 2.4)
    if v.fire:
        p.glow(78, -68, 34, (1.0, 0.6, 0.1), 0.5)
        p.blob([(56, -72), (72, -84), (100, -80), (92, -70), (104, -60), (76, -56)]).solid((1.0, 0.45, 0.10), tint=False)
        p.blob([(58, -71), (72, -76), (88, -74), (82, -68), (88, -63), (72, -63)]).solid((1.0, 0.88, 0.30), tint=False)


def whale(p, v):
    col = v.color
    p.c.translate(14, 0)
    p.blob([(-58, -46), (-66, -78), (-92, -92), (-88, -66), (-96, -48), (-74, -40)], 0.8).form(col)
    p.blob([(-70, -56), (-44, -50), (-8, -84), (40, -80), (66, -46), (58, -14), (0, 0), (-46, -18)]).form(col)
    p.c.save()
    p.blob([(-70, -56), (-44, -50), (-8, -84), (40, -80), (66, -46), (58, -14), (0, 0), (-46, -18)])
    p.c.clip()
    p.oval(14, 0, 62, 30).solid(mix(col, (1, 1, 1), 0.72))
    p.c.restore()
    p.blob([(2, -26), (-20, -8), (-8, 4), (14, -14)]).form(scaled(col, 0.8))
    p.oval(42, -42, 4.6, 5.2).solid(DARK, tint=False)
    p.oval(40.5, -44, 1.8).solid((1, 1, 1), tint=False)
    for e in (-1, 1):
        p.curve([(20, -82), (20 + e * 3, -96), (20 + e * 15, -101)]).stroke((0.80, 0.94, 1.0), 5)


ANIMALS = {"cat": cat, "dog": dog, "fox": fox, "rabbit": rabbit, "bear": bear, "owl": owl, "penguin": penguin,
           "lion": lion, "elephant": elephant, "bird": bird, "duck": duck, "fish": fish, "butterfly": butterfly,
           "horse": horse, "unicorn": unicorn, "rider": rider, "dragon": dragon, "whale": whale}
