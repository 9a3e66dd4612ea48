# SPDX-License-Identifier: CC0-1.0
"""What carries people: boat, car, train, rocket, hot-air balloon; and planets to fly to. 100 units high, on (0, 0)."""
import cairo

from drawing import COLORS, mix, scaled

DARK = (0.16, 0.15, 0.19)
GLASS = (0.66, 0.87, 0.98)


def boat(p, v):
    """A sailing boat; (0, 0) is on the water line."""
    hull = (0.52, 0.31, 0.17) if v.name != "brown" else (0.30, 0.34, 0.48)
    p.rect(-2, -100, 4, 84).solid((0.36, 0.23, 0.14))
    p.blob([(4, -98), (26, -64), (42, -24), (22, -21), (4, -21)], 0.45).form(v.color, 0.12)
    p.blob([(-4, -90), (-18, -56), (-34, -24), (-18, -22), (-4, -22)], 0.45).form(scaled(v.color, 0.86), 0.12)
    p.poly([(2, -100), (-14, -96), (2, -92)]).solid((0.95, 0.36, 0.26))
    p.blob([(-48, -18), (0, -15), (50, -20), (36, 3), (-32, 3)], 0.5).form(hull, 0.2)
    p.poly([(-48, -19), (50, -21), (48, -15), (-46, -13)]).solid(mix(hull, (1, 0.95, 0.85), 0.45))
    p.curve([(-54, 4), (-20, 2), (20, 5), (56, 3)]).stroke((0.92, 0.97, 1.0), 4, 0.75)


def car(p, v):
    """A small car seen from the side, 100 units to the roof and 190 long."""
    col = v.color
    p.blob([(-52, -52), (-36, -94), (-6, -100), (30, -97), (56, -54)], 0.55).form(col, 0.12)
    p.blob([(-42, -54), (-30, -85), (-6, -90), (-4, -54)], 0.4).solid(GLASS)
    p.blob([(5, -54), (4, -90), (26, -88), (46, -54)], 0.4).solid(GLASS)
    p.blob([(-92, -22), (-92, -46), (-54, -58), (50, -58), (88, -48), (96, -34), (94, -18), (-88, -16)], 0.5).form(col, 0.2)
    p.curve([(-86, -32), (90, -32)]).stroke(scaled(col, 0.68), 3.5)
    p.oval(90, -40, 6, 7).solid((1.0, 0.95, 0.66), tint=False)
    p.rect(-94, -44, 6, 10).solid((0.95, 0.25, 0.22))
    if v.lamps:
        g = cairo.LinearGradient(92, 0, 190, 0)
        g.add_color_stop_rgba(0, 1, 0.95, 0.62, 0.75)
        g.add_color_stop_rgba(1, 1, 0.95, 0.62, 0)
        p.c.set_source(g)
        p.poly([(92, -44), (190, -52), (190, 0), (92, -36)])
        p.c.fill()
    for x in (-54, 54):
        p.oval(x, -20, 21).solid(DARK)
        p.oval(x, -20, 11).form((0.80, 0.82, 0.86), 0.2)


def train(p, v):
    """A steam engine with one carriage."""
    col = v.color
    p.c.translate(20, 0)
    for x, y, rad in ((50, -108, 10), (34, -122, 13), (12, -134, 15)):
        p.oval(x, y, rad).solid((0.95, 0.95, 0.97), 0.85)
    p.rect(-124, -74, 78, 56).form(scaled(col, 0.9), 0.08)
    p.rect(-128, -80, 86, 8).solid(DARK)
    for x in (-114, -88, -66):
        p.rect(x, -62, 15, 18).solid((1.0, 0.88, 0.45) if v.lamps else GLASS, tint=not v.lamps)
    p.rect(-40, -86, 38, 68).form(col, 0.1)
    p.rect(-46, -92, 50, 8).solid(DARK)
    p.rect(-30, -76, 20, 22).solid((1.0, 0.88, 0.45) if v.lamps else GLASS, tint=not v.lamps)
    p.round_rect(-4, -62, 72, 40, 12).form(col, 0.18)
    p.poly([(44, -62), (40, -92), (62, -92), (58, -62)]).form(DARK, 0.2)
    p.oval(18, -64, 9, 10).form((1.0, 0.80, 0.28), 0.2)
    p.rect(26, -62, 5, 40).solid((1.0, 0.80, 0.28))
    p.rect(-126, -24, 196, 8).solid((0.30, 0.28, 0.32))
    p.poly([(66, -24), (88, -2), (60, -2)]).solid((0.80, 0.22, 0.18))
    for x, rad in ((-108, 12), (-66, 12), (-24, 17), (18, 13), (48, 13)):
        p.oval(x, -rad, rad).solid(DARK)
        p.oval(x, -rad, rad * 0.52).solid((0.86, 0.30, 0.22))
    p.rect(-140, -1, 240, 4).solid((0.46, 0.40, 0.38))


def rocket(p, v):
    col, white = v.color, (0.97, 0.97, 0.98)
    if v.fire:
        p.glow(0, -8, 34, (1.0, 0.65, 0.2), 0.7)
        p.blob([(-12, -20), (-13, -4), (0, 16), (13, -4), (12, -20)]).solid((1.0, 0.48, 0.12), tint=False)
        p.blob([(-6, -20), (-7, -7), (0, 6), (7, -7), (6, -20)]).solid((1.0, 0.90, 0.40), tint=False)
    for e in (-1, 1):
        p.blob([(e * 15, -50), (e * 34, -28), (e * 35, -8), (e * 14, -20)], 0.5).form(col, 0.16)
    p.poly([(-11, -22), (11, -22), (9, -14), (-9, -14)]).solid((0.30, 0.32, 0.38))
    p.blob([(0, -101), (-15, -80), (-20, -52), (-14, -20), (14, -20), (20, -52), (15, -80)], 0.8).form(white)
    p.c.save()
    p.blob([(0, -101), (-15, -80), (-20, -52), (-14, -20), (14, -20), (20, -52), (15, -80)], 0.8)
    p.c.clip()
    p.rect(-30, -104, 60, 27).form(col, 0.0, rim=False)
    p.rect(-30, -30, 60, 6).solid(col)
    p.c.restore()
    p.oval(0, -57, 10.5).form((0.55, 0.58, 0.66), 0.2)
    p.oval(0, -57, 7).solid((0.40, 0.80, 0.98), tint=False)
    p.oval(-2, -59.5, 2.4).solid((1, 1, 1), tint=False)
    p.blob([(-3.5, -42), (3.5, -42), (3.5, -14), (-3.5, -14)], 0.4).form(scaled(col, 0.86), 0.2)


def balloon_shape(p, color):
    """A hot-air balloon about its middle; without a colour it has the colours of the rainbow."""
    c = p.c
    gores = [COLORS[n] for n in ("red", "orange", "yellow", "green", "blue", "purple")]
    lower = [(-7, 34), (-34, 8), (-38, -22), (-22, -48), (0, -54), (22, -48), (38, -22), (34, 8), (7, 34)]
    p.curve([(-14, 22), (-6, 42)]).stroke((0.36, 0.23, 0.14), 2)
    p.curve([(14, 22), (6, 42)]).stroke((0.36, 0.23, 0.14), 2)
    p.blob(lower, 0.95).form(color or gores[0], 0.10)
    c.save()
    p.blob(lower, 0.95)
    c.clip()
    if color:
        p.blob([(-8, 38), (-16, -20), (0, -58), (16, -20), (8, 38)]).solid((1.0, 0.97, 0.90))
        p.blob([(-30, 20), (-34, -24), (-20, -52), (-25, -20)]).solid((1.0, 0.97, 0.90))
        p.blob([(30, 20), (34, -24), (20, -52), (25, -20)]).solid((1.0, 0.97, 0.90))
    else:
        for i, col in enumerate(gores):
            x = -36 + i * 12
            p.rect(x, -60, 12.6, 100).solid(col)
    p.oval(-p.light_side * 36, 6, 24, 66).solid(p.shaded(color or (0.5, 0.5, 0.6)), 0.35, tint=False)
    c.restore()
    p.round_rect(-8, 40, 16, 12, 3).form((0.60, 0.38, 0.20), 0.2)


def balloon(p, v):
    p.c.save()
    p.c.translate(0, -50)
    p.c.scale(0.94, 0.94)
    balloon_shape(p, None if v.name == "colorful" else v.color)
    p.c.restore()


def surface_of_planet(p, v, size):
    """Stripes, or the craters of the moon where it is gray, or the land and clouds of the earth where v.earth says so."""
    col = v.color
    if v.earth:
        land = (0.36, 0.68, 0.30)
        p.blob([(-46, -24), (-20, -40), (2, -34), (-4, -18), (-16, -10), (-22, 2), (-36, -6)]).solid(land)
        p.blob([(-16, 6), (2, 4), (8, 18), (-4, 40), (-14, 24)]).solid(land)
        p.blob([(16, -26), (36, -24), (46, -4), (34, 16), (24, 6), (14, -6)]).solid(land)
        p.oval(6, -10, 17, 4).oval(-24, 20, 14, 4).oval(30, 28, 14, 4).solid((1, 1, 1), 0.85)
        p.oval(0, -size, 18, 8).oval(0, size, 18, 8).solid((0.97, 0.98, 1.0))
        return
    if v.name == "gray":
        for x, y, rad in ((-16, -18, 11), (18, -24, 7), (8, 10, 13), (-24, 16, 8), (30, 2, 7), (-2, 33, 8)):
            p.oval(x, y, rad).solid(scaled(col, 0.80))
            p.oval(x - p.light_side * 1.2, y + 1.6, rad * 0.8).solid(scaled(col, 0.92))
        return
    p.c.rotate(-0.25)
    for y, h, k in ((-0.62, 0.22, 0.8), (-0.12, 0.26, 1.18), (0.42, 0.22, 0.78)):
        p.rect(-60, y * size, 120, h * size).solid(scaled(col, k), 0.55)


def planet(p, v):
    """A planet, with a ring if v.ring says so."""
    col, c = v.color, p.c
    p.glow(0, -50, 62, mix(col, (1, 1, 1), 0.3), 0.35)

    def ring(front):
        c.save()
        c.translate(0, -50)
        c.rotate(-0.32)
        c.rectangle(-90, 0 if front else -60, 180, 60)
        c.clip()
        for rx, w, shade in ((66, 9, 1.0), (54, 6, 0.8)):
            c.save()
            c.scale(1, 0.30)
            c.new_sub_path()
            c.arc(0, 0, rx, 0, 6.2832)
            c.restore()
            p.stroke(scaled(mix((1.0, 0.92, 0.75), col, 0.2), shade), w)
        c.restore()
    size = 36 if v.ring else 48
    if v.ring:
        ring(False)
    p.oval(0, -50, size).form(col, 0.03)
    c.save()
    p.oval(0, -50, size)
    c.clip()
    c.translate(0, -50)
    surface_of_planet(p, v, size)
    c.restore()
    x, y = p.light_side * size * 0.45, -50 - size * 0.32
    g = cairo.RadialGradient(x, y, size * 0.55, x, y, size * 1.55)
    g.add_color_stop_rgba(0, 0.05, 0.03, 0.16, 0)
    g.add_color_stop_rgba(0.55, 0.05, 0.03, 0.16, 0.28)
    g.add_color_stop_rgba(1, 0.05, 0.03, 0.16, 0.78)
    c.set_source(g)
    p.oval(0, -50, size)
    c.fill()
    if v.ring:
        ring(True)


VEHICLES = {"boat": boat, "car": car, "train": train, "rocket": rocket, "hot-air balloon": balloon, "planet": planet}
