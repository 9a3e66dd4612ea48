# SPDX-License-Identifier: CC0-1.0
"""The sky and what is in it: sun, moon, stars, northern lights, rainbow, clouds, birds, a far balloon."""
import math

import cairo

from drawing import COLORS, LIGHTS, jitter, mix
from subjects_vehicles import balloon_shape

SUN_COLORS = {"day": (1.0, 0.93, 0.48), "dawn": (1.0, 0.95, 0.74), "sunset": (1.0, 0.80, 0.34)}
CLOUD_COLORS = {"day": (1.0, 1.0, 1.0), "dawn": (1.0, 0.90, 0.90), "sunset": (0.97, 0.62, 0.55),
                "night": (0.24, 0.30, 0.50), "storm": (0.40, 0.43, 0.50), "rain": (0.66, 0.70, 0.76),
                "fog": (0.90, 0.92, 0.94)}
RAINBOW = [(0.95, 0.30, 0.30), (1.0, 0.66, 0.25), (1.0, 0.92, 0.36), (0.42, 0.82, 0.45), (0.35, 0.55, 0.95),
           (0.62, 0.40, 0.85)]


def draw_sky(p, scene, horizon, name):
    """Paints the whole picture with the sky of that name of LIGHTS; returns where the sun or moon stands, or None."""
    r, c, sky = p.r, p.c, scene["sky"]
    top, middle, bottom = LIGHTS[name].sky
    g = cairo.LinearGradient(0, 0, 0, horizon + 4)
    for offset, col in ((0, top), (0.55, middle), (1, bottom)):
        g.add_color_stop_rgb(offset, *jitter(r, col, 0.03))
    c.set_source(g)
    c.paint()
    if "lights" in sky:
        northern_lights(p, horizon)
    if "stars" in sky:
        stars(p, horizon, r.randint(9, 14))
    sun = None
    if "sun" in sky or "moon" in sky or "crescent" in sky:
        x = p.w * (0.5 + p.light_side * r.uniform(0.2, 0.34))
        low = name in ("dawn", "sunset")
        y = horizon - r.uniform(4, 20) if low else r.uniform(18, max(19, min(34, horizon * 0.4)))
        sun = (x, y)
        if "sun" in sky:
            draw_sun(p, x, y, r.uniform(13, 17) if low else r.uniform(11, 14), SUN_COLORS.get(name, SUN_COLORS["day"]))
        else:
            moon(p, x, y, r.uniform(11, 15), "crescent" in sky)
    if "rainbow" in sky:
        rainbow(p, horizon)
    if "clouds" in sky:
        col = CLOUD_COLORS.get(name, CLOUD_COLORS["day"])
        for i in range(r.randint(2, 3) + (p.w > 150)):
            w = r.uniform(20, 34)
            y = r.uniform(0.16, 0.62) * horizon
            cloud(p, p.w * (i + r.uniform(0.1, 0.9)) / 3, y, w * (0.7 + 0.5 * (1 - y / horizon)), col, name)
    if "birds" in sky:
        birds(p, horizon)
    if "balloon" in sky:
        s = r.uniform(30, 42) / 100
        c.save()
        c.translate(p.w * r.uniform(0.18, 0.82), horizon * r.uniform(0.5, 0.72))
        c.scale(s, s)
        balloon_shape(p, COLORS.get(scene["balloon"]))
        c.restore()
    return sun


def draw_sun(p, x, y, rad, col):
    p.glow(x, y, rad * 4.2, col, 0.75)
    p.oval(x, y, rad).solid(mix(col, (1, 1, 1), 0.35), tint=False)


def moon(p, x, y, rad, crescent):
    c = p.c
    p.glow(x, y, rad * 3.2, (0.62, 0.74, 1.0), 0.55)
    if crescent:
        c.save()
        p.oval(x, y, rad)
        c.clip()
        c.set_fill_rule(cairo.FILL_RULE_EVEN_ODD)
        c.rectangle(0, 0, p.w, p.h)
        p.oval(x - p.light_side * rad * 0.62, y - rad * 0.22, rad * 0.92)
        p.solid((1.0, 0.97, 0.80), tint=False)
        c.set_fill_rule(cairo.FILL_RULE_WINDING)
        c.restore()
        return
    p.oval(x, y, rad).solid((0.98, 0.97, 0.88), tint=False)
    for dx, dy, k in ((-0.32, -0.22, 0.26), (0.34, 0.18, 0.30), (-0.12, 0.48, 0.20)):
        p.oval(x + dx * rad, y + dy * rad, k * rad).solid((0.84, 0.84, 0.80), tint=False)


def star(p, x, y, rad, col=(1.0, 0.98, 0.86), a=1.0):
    """Four rays."""
    points = []
    for i in range(8):
        angle, length = i * math.pi / 4, rad if i % 2 == 0 else rad * 0.36
        points.append((x + length * math.sin(angle), y - length * math.cos(angle)))
    p.poly(points).solid(col, a, tint=False)


def stars(p, horizon, count):
    """On a loose grid, so that they neither touch nor leave a corner empty."""
    r = p.r
    columns = 5 if p.w < 150 else 7
    rows = max(2, round(horizon / (p.w / columns)))
    cells = [(i, j) for i in range(columns) for j in range(rows)]
    r.shuffle(cells)
    for i, j in cells[:count]:
        x, y = p.w * (i + r.uniform(0.25, 0.75)) / columns, horizon * (j + r.uniform(0.2, 0.7)) / rows
        if r.random() < 0.4:
            star(p, x, y, r.uniform(4.0, 5.5))
        else:
            p.oval(x, y, r.uniform(1.5, 2.2)).solid((1.0, 0.98, 0.90), tint=False)


def northern_lights(p, horizon):
    """Two hanging curtains of green and violet light."""
    r, c = p.r, p.c
    for col, base, lift in (((0.35, 0.95, 0.66), 0.62, 40), ((0.62, 0.45, 0.95), 0.40, 30)):
        phase, waves = r.uniform(0, 6), r.uniform(0.8, 1.3)
        for k in range(12):
            x = p.w * k / 11
            y = horizon * base + 9 * math.sin(waves * k / 11 * 6 + phase)
            g = cairo.LinearGradient(0, y - lift, 0, y + 5)
            g.add_color_stop_rgba(0, *col, 0)
            g.add_color_stop_rgba(0.8, *col, 0.42)
            g.add_color_stop_rgba(1, *col, 0)
            c.set_source(g)
            c.rectangle(x - p.w / 22, y - lift, p.w / 11 + 0.5, lift + 5)
            c.fill()


def rainbow(p, horizon):
    c, r = p.c, p.r
    rad = min(p.w * 0.48, horizon * 0.9)
    x = p.w * r.uniform(0.4, 0.6)
    c.set_line_width(4.2)
    for i, col in enumerate(RAINBOW):
        c.set_source_rgba(*col, 0.85)
        c.arc(x, horizon + 6, rad - i * 3.9, math.pi, 2 * math.pi)
        c.stroke()


def cloud(p, x, y, w, col, name):
    """A heap of round heads on a flat base, w half as broad as it is."""
    r, c = p.r, p.c
    c.save()
    c.rectangle(0, -50, p.w, y + 50 + w * 0.18)
    c.clip()
    heads = [(-0.62, 0.05, 0.30), (-0.26, -0.12, 0.40), (0.18, -0.20, 0.46), (0.60, 0.02, 0.34), (0.92, 0.12, 0.2),
             (-0.95, 0.12, 0.18), (0, 0.12, 0.6)]
    flip = r.choice([-1, 1])
    ground = {"day": (0.76, 0.85, 0.96), "dawn": (0.86, 0.70, 0.80), "sunset": (0.58, 0.34, 0.50)}.get(name)
    for col_now, dy, k in ((ground or tuple(v * 0.76 for v in col), 0, 1.0), (col, -w * 0.09, 0.93)):
        for hx, hy, hr in heads:
            p.oval(x + flip * hx * w, y + hy * w + dy, hr * w * k * r.uniform(0.95, 1.05))
        p.solid(col_now, 0.97, tint=False)
    c.restore()


def birds(p, horizon):
    """A few gulls, large enough to stay visible."""
    r = p.r
    dark = (0.16, 0.15, 0.22)
    x0, y0 = p.w * r.uniform(0.25, 0.75), horizon * r.uniform(0.28, 0.5)
    for dx, dy, k in ((0, 0, 1.0), (-20, 9, 0.85), (19, 12, 0.8), (5, -14, 0.7))[:r.randint(3, 4)]:
        x, y, w = x0 + dx + r.uniform(-2, 2), y0 + dy, 10 * k
        p.curve([(x - w, y - w * 0.15), (x - w * 0.5, y - w * 0.5), (x, y)]).stroke(dark, 2.4, tint=False)
        p.curve([(x, y), (x + w * 0.5, y - w * 0.5), (x + w, y - w * 0.15)]).stroke(dark, 2.4, tint=False)
