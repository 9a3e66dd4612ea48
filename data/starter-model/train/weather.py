# SPDX-License-Identifier: CC0-1.0
"""Weather in front of a landscape: rain, lightning, fog, falling snow and wind."""
import cairo

from drawing import mix


def lightning(p, horizon):
    """A bolt from the clouds to the horizon, drawn before the ground."""
    r = p.r
    x, y = p.w * r.uniform(0.2, 0.8), 6.0
    points = [(x, y)]
    while y < horizon - 4:
        x += r.choice([-1, 1]) * r.uniform(5, 11)
        y += r.uniform(10, 16)
        points.append((x, y))
    middle = points[len(points) // 2]
    p.glow(*middle, 52, (0.75, 0.80, 1.0), 0.55)
    p.c.move_to(*points[0])
    for point in points[1:]:
        p.c.line_to(*point)
    p.stroke((1.0, 1.0, 0.85), 3.4, tint=False)


def dark_clouds(p, horizon):
    """A closed ceiling of clouds."""
    r = p.r
    for y, col in ((2, (0.26, 0.29, 0.37)), (-4, (0.36, 0.40, 0.48))):
        x = -10.0
        while x < p.w + 10:
            rad = r.uniform(16, 25)
            p.oval(x, y + r.uniform(-2, 6), rad, rad * 0.8)
            x += rad * 1.1
        p.solid(mix(col, p.light.sky[0], 0.25), tint=False)


def rain(p):
    r = p.r
    p.c.set_line_cap(cairo.LINE_CAP_ROUND)
    count = int(p.w * p.h / 700)
    columns = max(1, int(count ** 0.5))
    for i in range(count):
        x = p.w * (i % columns + r.random()) / columns
        y = p.h * (i // columns + r.random()) / columns
        p.curve([(x, y), (x - 4, y + 12)]).stroke((0.86, 0.92, 1.0), 2.0, 0.5, tint=False)
    p.c.set_line_cap(cairo.LINE_CAP_BUTT)


def snowfall(p):
    r = p.r
    columns, rows = p.w // 21, p.h // 21
    for i in range(columns):
        for j in range(rows):
            x, y = p.w * (i + r.random()) / columns, p.h * (j + r.random()) / rows
            p.oval(x, y, r.uniform(1.8, 3.2)).solid((1, 1, 1), 0.92, tint=False)


def fog_banks(p, horizon):
    """Haze over the far ground, before the subject is drawn."""
    col = mix(p.light.haze, (1, 1, 1), 0.2)
    p.rect(0, horizon - 34, p.w, p.h)
    p.fade(horizon - 34, p.h, [(0, col, 0.0), (0.30, col, 0.88), (0.55, col, 0.62), (1, col, 0.15)], tint=False)


def fog_veil(p):
    """A thin veil over all, and two drifting banks."""
    col = mix(p.light.haze, (1, 1, 1), 0.2)
    p.rect(0, 0, p.w, p.h).solid(col, 0.24, tint=False)
    for _ in range(2):
        p.c.save()
        p.c.translate(p.w * p.r.uniform(0.2, 0.8), p.h * p.r.uniform(0.6, 0.95))
        p.c.scale(1, 0.22)
        p.glow(0, 0, p.w * 0.6, col, 0.75)
        p.c.restore()


def wind(p, leaves):
    """Curling gusts, with leaves in them."""
    r = p.r
    p.c.set_line_cap(cairo.LINE_CAP_ROUND)
    for i in range(3):
        x, y = p.w * r.uniform(0.05, 0.5), p.h * (0.14 + 0.2 * i + r.uniform(0, 0.1))
        w = r.uniform(34, 52)
        p.curve([(x, y), (x + w * 0.5, y - 3), (x + w, y - 2), (x + w + 7, y - 8), (x + w + 1, y - 12), (x + w - 4, y - 7)])
        p.stroke((1, 1, 1), 2.6, 0.8, tint=False)
    for _ in range(7):
        x, y = p.w * r.random(), p.h * r.random()
        p.oval(x, y, 5, 2.8, r.uniform(0, 3)).solid(r.choice(leaves))
    p.c.set_line_cap(cairo.LINE_CAP_BUTT)
