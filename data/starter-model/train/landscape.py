# SPDX-License-Identifier: CC0-1.0
"""Landscapes: sky, ground, and the one thing that stands on it."""
import math

import cairo

from drawing import SIDE as S
from drawing import SKY, Pen, flower, glow, jitter
from scenes import COLORS


def draw_sky(p, sc, horizon):
    r, c, t = p.r, p.c, sc["time"]
    top, mid, bot, _ = SKY[t]
    g = cairo.LinearGradient(0, 0, 0, horizon + 4)
    g.add_color_stop_rgb(0, *jitter(r, top, 0.03))
    g.add_color_stop_rgb(0.55, *jitter(r, mid, 0.03))
    g.add_color_stop_rgb(1, *jitter(r, bot, 0.03))
    c.set_source(g)
    c.paint()
    if sc["stars"]:
        for _ in range(r.randint(22, 38)):
            c.set_source_rgba(1, 1, 0.92, r.uniform(0.6, 1))
            p.circle(r.uniform(0, S), r.uniform(0, horizon - 6), r.choice([0.8, 1.0, 1.4]))
    sx = None
    if sc["celestial"]:
        sx = r.uniform(18, S - 18)
        if t == "night":
            sy, rad = r.uniform(16, 34), r.uniform(8, 11)
            glow(p, sx, sy, rad * 2.6, (0.75, 0.82, 1.0), 0.35)
            c.set_source_rgb(0.97, 0.96, 0.86)
            if sc["crescent"]:
                c.save()
                c.arc(sx, sy, rad, 0, 2 * math.pi)
                c.clip()
                c.set_fill_rule(cairo.FILL_RULE_EVEN_ODD)
                c.rectangle(0, 0, S, S)
                c.new_sub_path()
                c.arc(sx + rad * 0.55, sy - rad * 0.25, rad * 0.9, 0, 2 * math.pi)
                c.fill()
                c.restore()
                c.set_fill_rule(cairo.FILL_RULE_WINDING)
            else:
                p.circle(sx, sy, rad)
                c.set_source_rgba(0.80, 0.80, 0.74, 0.8)
                p.circle(sx - rad * 0.3, sy - rad * 0.2, rad * 0.22)
                p.circle(sx + rad * 0.3, sy + rad * 0.3, rad * 0.28)
        elif t == "day":
            sy, rad = r.uniform(16, 32), r.uniform(9, 12)
            glow(p, sx, sy, rad * 2.4, (1.0, 0.95, 0.6), 0.7)
            c.set_source_rgb(1.0, 0.90, 0.35)
            p.circle(sx, sy, rad)
        else:
            sy, rad = horizon - r.uniform(6, 20), r.uniform(11, 15)
            col = (1.0, 0.93, 0.70) if t == "dawn" else (1.0, 0.70, 0.25)
            glow(p, sx, sy, rad * 2.6, col, 0.75)
            c.set_source_rgb(*col)
            p.circle(sx, sy, rad)
    if sc["rainbow"]:
        cx, rad = r.uniform(45, 83), r.uniform(52, 62)
        bands = [(0.93, 0.25, 0.25), (0.98, 0.60, 0.20), (0.99, 0.90, 0.30),
                 (0.35, 0.78, 0.40), (0.30, 0.50, 0.92), (0.55, 0.32, 0.78)]
        c.set_line_width(2.9)
        for i, b in enumerate(bands):
            c.set_source_rgba(*b, 0.85)
            c.arc(cx, horizon + 8, rad - i * 2.7, math.pi, 2 * math.pi)
            c.stroke()
    for _ in range(sc["clouds"]):
        cx, cy, w = r.uniform(8, S - 8), r.uniform(10, horizon * 0.55), r.uniform(12, 20)
        col = {"day": (1, 1, 1), "dawn": (1.0, 0.90, 0.90), "sunset": (0.98, 0.66, 0.55),
               "night": (0.26, 0.31, 0.48), "storm": (0.36, 0.38, 0.43)}[t]
        for layer in range(2):
            k = 0.90 if layer == 0 else 1.0
            c.set_source_rgba(col[0] * k, col[1] * k, col[2] * k, 0.95)
            dy = 1.5 if layer == 0 else 0
            p.ellipse(cx, cy + dy, w, w * 0.30)
            p.circle(cx - w * 0.35, cy - w * 0.12 + dy, w * 0.32)
            p.circle(cx + w * 0.15, cy - w * 0.25 + dy, w * 0.42)
            p.circle(cx + w * 0.55, cy - w * 0.05 + dy, w * 0.25)
    if t == "storm" and r.random() < 0.5:
        x, y = r.uniform(25, S - 25), 18.0
        pts = [(x, y)]
        while y < horizon - 4:
            x += r.uniform(-8, 8)
            y += r.uniform(7, 12)
            pts.append((x, y))
        c.set_source_rgb(1, 1, 0.75)
        p.line(pts, 2.2)
    if sc["birds"]:
        c.set_source_rgb(0.16, 0.14, 0.18)
        bx, by = r.uniform(25, S - 40), r.uniform(16, 42)
        for _ in range(r.randint(3, 5)):
            x, y, w = bx + r.uniform(-18, 26), by + r.uniform(-10, 10), r.uniform(4, 6)
            c.set_line_width(1.6)
            c.move_to(x - w, y - w * 0.5)
            c.curve_to(x - w * 0.5, y - w * 0.9, x, y - w * 0.3, x, y)
            c.curve_to(x, y - w * 0.3, x + w * 0.5, y - w * 0.9, x + w, y - w * 0.5)
            c.stroke()
    return sx


def draw_balloon(p, sc):
    r = p.r
    x, y, w = r.uniform(24, S - 24), r.uniform(24, 42), r.uniform(12, 16)
    col = COLORS[sc["balloon"]]
    lit = (0.62, 0.62, 0.75) if sc["time"] == "night" else (1, 1, 1)
    q = Pen(p.c, r, lit)
    q.set((0.35, 0.22, 0.12))
    q.line([(x - w * 0.45, y + w * 0.7), (x - 2.5, y + w * 1.6)], 1)
    q.line([(x + w * 0.45, y + w * 0.7), (x + 2.5, y + w * 1.6)], 1)
    q.rect(x - 3.5, y + w * 1.55, 7, 5)
    q.set(col)
    q.c.move_to(x - 3, y + w * 1.25)
    q.c.curve_to(x - w * 0.6, y + w * 0.9, x - w, y + w * 0.55, x - w, y)
    q.c.arc(x, y, w, math.pi, 2 * math.pi)
    q.c.curve_to(x + w, y + w * 0.55, x + w * 0.6, y + w * 0.9, x + 3, y + w * 1.25)
    q.c.close_path()
    q.c.fill()
    q.set((0.99, 0.96, 0.88))
    q.ellipse(x, y + 1, w * 0.30, w * 1.0)
    q.set(col, 0.75, 0.5)
    q.ellipse(x + w * 0.68, y + 1, w * 0.22, w * 0.72)


def draw_mountains(p, time, base):
    """Three or four snowy peaks."""
    r = p.r
    for x in sorted(r.uniform(0, S) for _ in range(r.randint(3, 4))):
        hgt, w = r.uniform(34, 50), r.uniform(34, 46)
        top = base - hgt
        p.set((0.42, 0.46, 0.58), r.uniform(0.9, 1.08))
        p.poly([(x - w, base + 4), (x, top), (x + w, base + 4)])
        p.set((0.30, 0.33, 0.45))
        p.poly([(x + w, base + 4), (x, top), (x + w * 0.18, top + hgt * 0.45), (x + w * 0.05, base + 4)])
        k = 0.36
        p.set((0.97, 0.98, 1.0), 1.0 if time != "night" else 1.5)
        p.poly([(x, top), (x - w * k, top + hgt * k), (x - w * k * 0.5, top + hgt * k * 0.82),
                (x - w * 0.02, top + hgt * k * 1.18), (x + w * k * 0.45, top + hgt * k * 0.8),
                (x + w * k, top + hgt * k)])


def draw_blades(p, y0, n, col):
    """n blades of grass below y0."""
    r = p.r
    for _ in range(n):
        x, y = r.uniform(0, S), r.uniform(y0 + 6, S)
        p.set(col, r.uniform(0.78, 1.18))
        h = 2 + 3.5 * (y - y0) / (S - y0)
        p.line([(x, y), (x + r.uniform(-1, 1), y - h)], 1.2)


def draw_water(p, time, sun_x, y0, y1):
    """Water between two heights, with ripples and the path of light below sun or moon."""
    r, c = p.r, p.c
    p.vgrad(y0, y1, [(0, (0.35, 0.64, 0.82), 1), (1, (0.16, 0.45, 0.68), 0.9)])
    p.rect(0, y0, S, y1 - y0)
    if time in ("dawn", "sunset"):
        c.set_source_rgba(*SKY[time][2], 0.35)
        p.rect(0, y0, S, (y1 - y0) * 0.5)
    for _ in range(int((y1 - y0) * 0.55)):
        y = y0 + (y1 - y0) * r.random() ** 1.3
        w = 4 + 12 * (y - y0) / (S - y0)
        x = r.uniform(-4, S)
        p.set((0.75, 0.90, 0.98), 1.0, 0.55)
        p.line([(x, y), (x + w, y)], 1.3)
    if sun_x is not None:
        col = (1, 0.95, 0.75) if time != "night" else (0.85, 0.88, 0.95)
        y = y0 + 2
        while y < y1:
            w = r.uniform(2, 5) + 5 * (y - y0) / (y1 - y0)
            c.set_source_rgba(*col, 0.75)
            p.line([(sun_x - w, y), (sun_x + w, y)], 1.6)
            y += r.uniform(2.5, 4.5)


def draw_terrain(p, sc, horizon, sun_x):
    """Paints the ground; returns f(x) = ground height where a subject stands."""
    r, c, t, kind = p.r, p.c, sc["time"], sc["terrain"]
    grass = jitter(r, (0.40, 0.68, 0.27), 0.04)

    if kind == "meadow":
        p.set(grass, 0.72)
        p.ridge(horizon + 1, 3, r.uniform(0.8, 1.6), r.uniform(0, 6))
        p.vgrad(horizon + 4, S, [(0, grass, 1.08), (1, grass, 0.82)])
        p.rect(0, horizon + 5, S, S)
        draw_blades(p, horizon + 5, 70, grass)
        for _ in range(10):
            p.set(r.choice([(1, 1, 1), (1, 0.9, 0.3)]))
            p.circle(r.uniform(0, S), r.uniform(horizon + 14, S), 1.1)
        return lambda x: horizon + 22
    if kind == "hills":
        p.set(grass, 0.68)
        p.ridge(horizon - 4, 9, r.uniform(0.9, 1.5), r.uniform(0, 6))
        p.set(grass, 0.86)
        p.ridge(horizon + 8, 8, r.uniform(0.7, 1.2), r.uniform(0, 6))
        ph = r.uniform(0, 6)
        p.vgrad(horizon + 10, S, [(0, grass, 1.12), (1, grass, 0.9)])
        h = p.ridge(horizon + 24, 7, 0.8, ph)
        draw_blades(p, horizon + 26, 30, grass)
        return lambda x: h(x) + 5
    if kind == "mountains":
        draw_mountains(p, t, horizon + 2)
        p.set(grass, 0.7)
        p.ridge(horizon + 3, 4, 1.2, r.uniform(0, 6))
        p.vgrad(horizon + 8, S, [(0, grass, 1.0), (1, grass, 0.78)])
        p.ridge(horizon + 12, 3, 0.9, r.uniform(0, 6))
        draw_blades(p, horizon + 14, 40, grass)
        return lambda x: horizon + 24
    if kind == "desert":
        sand = jitter(r, (0.93, 0.76, 0.46), 0.03)
        p.set(sand, 0.86)
        p.ridge(horizon - 1, 7, r.uniform(0.8, 1.3), r.uniform(0, 6))
        p.vgrad(horizon, S, [(0, sand, 1.06), (1, sand, 0.92)])
        ph = r.uniform(0, 6)
        p.ridge(horizon + 10, 6, 0.9, ph)
        p.set(sand, 0.78)
        x0 = r.uniform(10, 100)
        c.move_to(x0, horizon + 12)
        c.curve_to(x0 + 10, horizon + 22, x0 - 20, horizon + 32, x0 + 30, S)
        c.line_to(x0 + 70, S)
        c.curve_to(x0 + 40, horizon + 36, x0 + 30, horizon + 24, x0, horizon + 12)
        c.fill()
        return lambda x: horizon + 24
    if kind == "sea":
        draw_water(p, t, sun_x, horizon, S)
        return lambda x: horizon + 26
    if kind == "lake":
        p.set(grass, 0.62)
        p.ridge(horizon - 5, 8, r.uniform(0.8, 1.4), r.uniform(0, 6))
        p.set(grass, 0.95)
        p.rect(0, horizon + 2, S, S)
        lx, ly = r.uniform(50, 78), horizon + 32
        c.save()
        c.translate(lx, ly)
        c.scale(r.uniform(56, 66), 18)
        c.arc(0, 0, 1, 0, 2 * math.pi)
        c.restore()
        c.save()
        c.clip()
        draw_water(p, t, sun_x, ly - 19, ly + 19)
        c.restore()
        draw_blades(p, ly + 12, 25, grass)
        if sc["subject"] == "boat":
            return lambda x: ly + 4
        return lambda x: horizon + 15
    if kind == "forest":
        p.set(grass, 0.55)
        p.rect(0, horizon - 4, S, S)
        for row, k in ((0, 0.50), (1, 0.72)):
            x = r.uniform(-8, 0)
            while x < S + 6:
                pine(p, x, horizon + 8 + row * 7, r.uniform(34, 46) - row * 4, k * r.uniform(0.9, 1.1))
                x += r.uniform(11, 16)
        p.vgrad(horizon + 12, S, [(0, grass, 0.85), (1, grass, 0.65)])
        p.ridge(horizon + 15, 2, 1.0, r.uniform(0, 6))
        draw_blades(p, horizon + 16, 40, grass)
        return lambda x: horizon + 26
    if kind == "snow":
        sn = (0.93, 0.96, 1.0)
        p.set(sn, 0.86)
        p.ridge(horizon - 1, 6, r.uniform(0.8, 1.4), r.uniform(0, 6))
        p.vgrad(horizon + 6, S, [(0, sn, 1.04), (1, sn, 0.92)])
        p.ridge(horizon + 9, 4, 0.9, r.uniform(0, 6))
        if r.random() < 0.6 and t != "day":
            for _ in range(26):
                p.set((1, 1, 1), 1.4, 0.9)
                p.circle(r.uniform(0, S), r.uniform(0, S), r.uniform(0.8, 1.5))
        return lambda x: horizon + 23
    # beach
    draw_water(p, t, sun_x, horizon, horizon + 26)
    sand = jitter(r, (0.95, 0.84, 0.58), 0.03)
    p.set((0.97, 0.98, 1.0), 1, 0.9)
    ph = r.uniform(0, 6)
    p.ridge(horizon + 20, 3, 0.8, ph)
    p.vgrad(horizon + 22, S, [(0, sand, 0.9), (0.3, sand, 1.04), (1, sand, 0.95)])
    p.ridge(horizon + 23, 3, 0.8, ph)
    if sc["subject"] == "boat":
        return lambda x: horizon + 15
    return lambda x: horizon + 33


def pine(p, x, y, h, k=1.0, snow=False):
    w = h * 0.27
    p.set((0.36, 0.22, 0.12), k)
    p.rect(x - h * 0.045, y - h * 0.18, h * 0.09, h * 0.18)
    for i in range(3):
        y0 = y - h * (0.14 + 0.24 * i)
        ww = w * (1 - 0.22 * i)
        p.set((0.13, 0.42, 0.24), k * (1 + 0.07 * i))
        p.poly([(x - ww, y0), (x, y0 - h * 0.40), (x + ww, y0)])
        if snow:
            p.set((0.95, 0.97, 1.0))
            p.poly([(x - ww * 0.5, y0 - h * 0.20), (x, y0 - h * 0.40), (x + ww * 0.5, y0 - h * 0.20),
                    (x, y0 - h * 0.24)])
        else:
            p.set((0.08, 0.30, 0.18), k)
            p.poly([(x + ww, y0), (x, y0 - h * 0.40), (x + ww * 0.25, y0)])


def round_tree(p, x, y, h):
    r = p.r
    p.set((0.42, 0.27, 0.15))
    p.poly([(x - h * 0.07, y), (x - h * 0.04, y - h * 0.5), (x + h * 0.04, y - h * 0.5), (x + h * 0.07, y)])
    g = jitter(r, (0.28, 0.58, 0.22), 0.04)
    for dx, dy, rad, k in ((-0.16, -0.58, 0.22, 0.8), (0.18, -0.58, 0.22, 0.74), (0.02, -0.52, 0.22, 0.85),
                           (0, -0.76, 0.25, 0.98), (-0.08, -0.72, 0.17, 1.14)):
        p.set(g, k)
        p.circle(x + dx * h, y + dy * h, rad * h)


def palm(p, x, y, h):
    r, c = p.r, p.c
    lean = r.choice([-1, 1]) * h * r.uniform(0.08, 0.2)
    p.set((0.55, 0.38, 0.20))
    c.set_line_width(h * 0.085)
    c.move_to(x, y)
    c.curve_to(x, y - h * 0.4, x + lean * 0.4, y - h * 0.6, x + lean, y - h * 0.78)
    c.stroke()
    tx, ty = x + lean, y - h * 0.78
    for a in (-2.9, -2.35, -1.57, -0.8, -0.25, 0.25, 2.9):
        L = h * 0.42
        ex, ey = tx + L * math.cos(a), ty + L * 0.55 * math.sin(a) + h * 0.10
        p.set((0.17, 0.55, 0.25), 1.0 if a > -1.6 else 0.82)
        c.move_to(tx, ty)
        c.curve_to(tx + (ex - tx) * 0.4, min(ty, ey) - h * 0.14, tx + (ex - tx) * 0.8, min(ty, ey) - h * 0.08, ex, ey)
        c.curve_to(tx + (ex - tx) * 0.7, min(ty, ey) + h * 0.00, tx + (ex - tx) * 0.4, ty - h * 0.01, tx, ty + h * 0.03)
        c.fill()
    p.set((0.36, 0.22, 0.10))
    p.circle(tx - 1.5, ty + 1.5, h * 0.045)
    p.circle(tx + 2, ty + 1.5, h * 0.045)


def cactus(p, x, y, h):
    c = p.c
    p.set((0.22, 0.55, 0.30))
    c.set_line_cap(cairo.LINE_CAP_ROUND)
    p.line([(x, y), (x, y - h)], h * 0.20)
    p.line([(x, y - h * 0.40), (x - h * 0.28, y - h * 0.40), (x - h * 0.28, y - h * 0.72)], h * 0.14)
    p.line([(x, y - h * 0.28), (x + h * 0.28, y - h * 0.28), (x + h * 0.28, y - h * 0.60)], h * 0.14)
    p.set((0.36, 0.70, 0.40))
    p.line([(x - h * 0.04, y - h * 0.05), (x - h * 0.04, y - h)], h * 0.05)
    c.set_line_cap(cairo.LINE_CAP_BUTT)


LIT_WINDOW = (1.0, 0.86, 0.40)


def is_dim(sc):
    """Whether lamps are lit."""
    return sc["time"] in ("night", "storm", "sunset")


def draw_house(p, sc, x, y, color):
    r = p.r
    w, h = r.uniform(36, 44), r.uniform(22, 27)
    x0 = x - w / 2
    p.set(color)
    p.rect(x0, y - h, w, h)
    p.set(color, 0.80)
    p.rect(x0 + w * 0.68, y - h, w * 0.32, h)
    roof = (0.45, 0.24, 0.18) if sc["color"] != "red" else (0.34, 0.26, 0.26)
    p.set((0.50, 0.36, 0.32))
    p.rect(x0 + w * 0.70, y - h - 20, 6, 14)
    p.set(roof)
    p.poly([(x0 - 4, y - h + 1), (x, y - h - r.uniform(17, 21)), (x0 + w + 4, y - h + 1)])
    p.set((0.36, 0.22, 0.14))
    p.rect(x - 4, y - 14, 8, 14)
    p.set(LIT_WINDOW if is_dim(sc) else (0.72, 0.88, 0.96), tint=not is_dim(sc))
    p.rect(x0 + 4, y - h + 7, 8, 8)
    p.rect(x0 + w - 12, y - h + 7, 8, 8)


def draw_castle(p, sc, x, y, color):
    r, c = p.r, p.c
    s = r.uniform(0.95, 1.12)
    st = jitter(r, (0.66, 0.64, 0.66), 0.03)
    p.set(st, 0.92)
    p.rect(x - 18 * s, y - 26 * s, 36 * s, 26 * s)
    for i in range(5):
        p.rect(x - 17 * s + i * 7.4 * s, y - 30 * s, 4.4 * s, 5 * s)
    p.set(st, 0.8)
    p.rect(x - 6 * s, y - 46 * s, 12 * s, 24 * s)
    roof = r.choice([(0.30, 0.38, 0.68), (0.70, 0.24, 0.24)])
    p.set(roof)
    p.poly([(x - 8 * s, y - 46 * s), (x, y - 62 * s), (x + 8 * s, y - 46 * s)])
    for d in (-1, 1):
        tx = x + d * 22 * s
        p.set(st, 1.04 if d < 0 else 0.80)
        p.rect(tx - 6 * s, y - 38 * s, 12 * s, 38 * s)
        p.set(roof, 1.0 if d < 0 else 0.85)
        p.poly([(tx - 8 * s, y - 37 * s), (tx, y - 54 * s), (tx + 8 * s, y - 37 * s)])
        p.set(LIT_WINDOW if is_dim(sc) else (0.2, 0.2, 0.28), tint=not is_dim(sc))
        p.rect(tx - 1.6 * s, y - 30 * s, 3.2 * s, 6 * s)
    p.set((0.28, 0.18, 0.12))
    c.arc(x, y - 9 * s, 5 * s, math.pi, 2 * math.pi)
    c.rectangle(x - 5 * s, y - 9 * s, 10 * s, 9 * s)
    c.fill()


def draw_lighthouse(p, sc, x, y, color):
    r, c = p.r, p.c
    h = r.uniform(54, 62)
    if sc["terrain"] == "sea":
        p.set((0.40, 0.38, 0.38))
        p.ellipse(x, y + 3, 26, 9)
        p.set((0.50, 0.48, 0.47))
        p.ellipse(x - 3, y, 19, 6)
    if is_dim(sc):
        d = r.choice([-1, 1])
        g = cairo.LinearGradient(x, 0, x + d * 70, 0)
        g.add_color_stop_rgba(0, 1, 0.95, 0.6, 0.85)
        g.add_color_stop_rgba(1, 1, 0.95, 0.6, 0)
        c.set_source(g)
        p.poly([(x, y - h + 4), (x + d * 70, y - h - 10), (x + d * 70, y - h + 16)])
    n = 5
    for i in range(n):
        a, b = i / n, (i + 1) / n
        wa, wb = 10 - 4 * a, 10 - 4 * b
        p.set(color if i % 2 == 0 else (0.97, 0.97, 0.95))
        hh = h - 12
        p.poly([(x - wa, y - hh * a), (x - wb, y - hh * b), (x + wb, y - hh * b), (x + wa, y - hh * a)])
    p.set((0.25, 0.25, 0.28))
    p.rect(x - 8, y - h + 10, 16, 2.5)
    p.set(LIT_WINDOW if is_dim(sc) else (0.85, 0.93, 0.97), tint=not is_dim(sc))
    p.rect(x - 4.5, y - h + 2, 9, 8)
    p.set(color, 0.85)
    p.poly([(x - 6.5, y - h + 2), (x, y - h - 7), (x + 6.5, y - h + 2)])


def draw_boat(p, sc, x, y, color):
    r = p.r
    s = r.uniform(0.95, 1.2)
    p.set((0.45, 0.26, 0.14))
    p.poly([(x - 19 * s, y - 6 * s), (x + 19 * s, y - 6 * s), (x + 12 * s, y + 3 * s), (x - 14 * s, y + 3 * s)])
    p.set((0.62, 0.40, 0.22))
    p.rect(x - 19 * s, y - 7 * s, 38 * s, 2.4 * s)
    p.set((0.25, 0.16, 0.10))
    p.rect(x - 1, y - 44 * s, 2, 38 * s)
    p.set(color, 1.0 if sc["time"] != "night" else 1.4)
    p.poly([(x + 2, y - 43 * s), (x + 19 * s, y - 11 * s), (x + 2, y - 10 * s)])
    p.set(color, 0.84 if sc["time"] != "night" else 1.2)
    p.poly([(x - 2, y - 40 * s), (x - 14 * s, y - 11 * s), (x - 2, y - 10 * s)])
    p.set((0.9, 0.96, 1.0), 1, 0.6)
    p.line([(x - 22 * s, y + 4 * s), (x + 20 * s, y + 4 * s)], 1.6)


def draw_windmill(p, sc, x, y, color):
    r = p.r
    h = 34
    p.set((0.93, 0.88, 0.78))
    p.poly([(x - 11, y), (x - 7, y - h), (x + 7, y - h), (x + 11, y)])
    p.set((0.93, 0.88, 0.78), 0.8)
    p.poly([(x + 3, y), (x + 2, y - h), (x + 7, y - h), (x + 11, y)])
    p.set((0.58, 0.25, 0.18))
    p.poly([(x - 9, y - h), (x, y - h - 12), (x + 9, y - h)])
    p.set((0.36, 0.22, 0.14))
    p.rect(x - 3, y - 10, 6, 10)
    a0 = r.uniform(0, 1.57)
    for i in range(4):
        a = a0 + i * math.pi / 2
        ca, sa = math.cos(a), math.sin(a)
        q = [(4, -1), (24, -1), (24, 5), (7, 5)]
        p.set((0.98, 0.96, 0.92))
        p.poly([(x + u * ca - v * sa, y - h + u * sa + v * ca) for u, v in q])
        p.set((0.36, 0.22, 0.14))
        p.line([(x, y - h), (x + 24 * ca, y - h + 24 * sa)], 1.6)


def draw_pine_tree(p, sc, x, y, color):
    r = p.r
    pine(p, x, y + 2, r.uniform(56, 66), snow=sc["terrain"] == "snow")


def draw_pine_trees(p, sc, x, y, color):
    r = p.r
    for dx in (-30, 28, 0):
        pine(p, x + dx + r.uniform(-4, 4), y + r.uniform(-3, 4), r.uniform(38, 52), snow=sc["terrain"] == "snow")


def draw_round_tree(p, sc, x, y, color):
    r = p.r
    round_tree(p, x, y + 3, r.uniform(54, 64))


def draw_round_trees(p, sc, x, y, color):
    r = p.r
    for dx in (-30, 30, 0):
        round_tree(p, x + dx + r.uniform(-4, 4), y + r.uniform(-3, 4), r.uniform(36, 46))


def draw_palm_tree(p, sc, x, y, color):
    r = p.r
    palm(p, x, y + 2, r.uniform(62, 72))


def draw_palm_trees(p, sc, x, y, color):
    r = p.r
    for dx in (-24, 22):
        palm(p, x + dx + r.uniform(-4, 4), y + r.uniform(-2, 4), r.uniform(50, 66))


def draw_cactus(p, sc, x, y, color):
    r = p.r
    cactus(p, x, y + 2, r.uniform(40, 50))
    if r.random() < 0.5:
        x2 = x + r.choice([-1, 1]) * r.uniform(30, 36)
        cactus(p, x2, y - 2, r.uniform(18, 26))


def draw_flowers(p, sc, x, y, color):
    r = p.r
    spots = [(r.uniform(4, S - 4), r.uniform(y - 12, S - 2)) for _ in range(r.randint(16, 22))]
    for fx, fy in sorted(spots, key=lambda spot: spot[1]):
        s = 1.6 + 2.6 * (fy - y + 12) / (S - y + 12)
        flower(p, fx, fy - s * 2.2, s, color, stem=s * 2.4)


def draw_cat(p, sc, x, y, color):
    r, c = p.r, p.c
    s = r.uniform(1.0, 1.2)
    d = r.choice([-1, 1])
    p.set(color)
    c.set_line_cap(cairo.LINE_CAP_ROUND)
    c.set_line_width(4.2 * s)
    c.move_to(x + d * 10 * s, y - 3)
    c.curve_to(x + d * 24 * s, y - 2, x + d * 24 * s, y - 14 * s, x + d * 18 * s, y - 20 * s)
    c.stroke()
    c.set_line_cap(cairo.LINE_CAP_BUTT)
    p.ellipse(x, y - 11 * s, 12 * s, 13 * s)
    p.circle(x - d * 2, y - 28 * s, 9.5 * s)
    for e in (-1, 1):
        p.poly([(x - d * 2 + e * 8.6 * s, y - 42 * s), (x - d * 2 + e * 1.5 * s, y - 35 * s),
                (x - d * 2 + e * 9.4 * s, y - 29 * s)])
    dark = sc["color"] == "black"
    p.set((1.0, 0.85, 0.25) if dark else (0.12, 0.12, 0.12), tint=False)
    p.circle(x - d * 2 - 3.6 * s, y - 29 * s, 1.7 * s)
    p.circle(x - d * 2 + 3.6 * s, y - 29 * s, 1.7 * s)


# Each draws its subject standing at (x, y) in the subject's own colour, if it has one.
SUBJECTS = {
    "house": draw_house,
    "castle": draw_castle,
    "lighthouse": draw_lighthouse,
    "boat": draw_boat,
    "windmill": draw_windmill,
    "pine tree": draw_pine_tree,
    "pine trees": draw_pine_trees,
    "round tree": draw_round_tree,
    "round trees": draw_round_trees,
    "palm tree": draw_palm_tree,
    "palm trees": draw_palm_trees,
    "cactus": draw_cactus,
    "flowers": draw_flowers,
    "cat": draw_cat,
}


def draw_subject(p, sc, ground):
    if sc["subject"] == "none":
        return
    x = {"left": 33, "center": 64, "right": 95}[sc["place"]] + p.r.uniform(-6, 6)
    SUBJECTS[sc["subject"]](p, sc, x, ground(x), COLORS.get(sc.get("color"), (1, 1, 1)))
