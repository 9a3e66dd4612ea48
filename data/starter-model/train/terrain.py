# SPDX-License-Identifier: CC0-1.0
"""The ground: from the far ridges at the horizon to the foreground a subject stands on.

Each function paints one terrain over the sky. Distance takes the haze of the hour's light.
"""
import math

import cairo

from drawing import COLORS, jitter, mix, scaled
from sky import stars
from subjects_buildings import skyline
from subjects_plants import pine_shape, tree_shape

GRASS = {"": (0.42, 0.70, 0.28), "summer": (0.42, 0.70, 0.28), "spring": (0.52, 0.80, 0.36),
         "autumn": (0.80, 0.62, 0.26), "winter": (0.93, 0.96, 1.0)}
LEAVES = {"": [(0.26, 0.56, 0.24)], "summer": [(0.26, 0.56, 0.24)], "spring": [(0.98, 0.70, 0.80), (0.48, 0.76, 0.34)],
          "autumn": [(0.93, 0.50, 0.12), (0.84, 0.26, 0.14), (0.96, 0.74, 0.20)], "winter": [(0.86, 0.91, 0.98)]}
SNOW = (0.94, 0.97, 1.0)


def ridge(p, base, swing, waves, colors, phase=None):
    """Fills below a wavy line from its colour at the top to another at the bottom; returns the height at x."""
    phase = p.r.uniform(0, 6.28) if phase is None else phase

    def height(x):
        u = x / 128 * 2 * math.pi
        return base - swing * (0.62 * math.sin(waves * u + phase) + 0.38 * math.sin(waves * 1.9 * u + 2.1 * phase))
    p.c.move_to(-2, p.h + 2)
    for x in range(-2, p.w + 7, 4):
        p.c.line_to(x, height(x))
    p.c.line_to(p.w + 2, p.h + 2)
    p.c.close_path()
    p.fade(base - swing, min(p.h, base + 46), [(0, colors[0]), (1, colors[1])], tint=False)
    return height


def grass_of(p, scene):
    return jitter(p.r, GRASS[scene["season"]], 0.04)


def tufts(p, scene, y0, col, count):
    """A few bold tufts of grass, or flowers and leaves of the season, larger toward the viewer."""
    r = p.r
    for _ in range(count):
        x, y = r.uniform(4, p.w - 4), y0 + (p.h - y0) * r.uniform(0.15, 1)
        size = 4 + 4.5 * (y - y0) / max(1, p.h - y0)
        kind = r.random()
        if scene["season"] == "autumn" and kind < 0.7:
            p.oval(x, y, size * 0.6, size * 0.4, r.uniform(-0.6, 0.6)).solid(r.choice(LEAVES["autumn"]))
        elif scene["season"] == "spring" and kind < 0.7:
            p.oval(x, y, size * 0.5, size * 0.45).solid(r.choice([(1, 1, 1), (1.0, 0.86, 0.35), (1.0, 0.66, 0.80)]))
        else:
            dark = scaled(col, 0.74)
            p.poly([(x - size * 0.8, y - size * 0.7), (x, y), (x - size * 0.1, y - size * 1.2), (x + size * 0.25, y),
                    (x + size * 0.9, y - size * 0.75), (x + size * 0.4, y + 1), (x - size * 0.3, y + 1)]).solid(dark)


def far_hills(p, scene, horizon, col):
    """Two hazy ridges behind everything."""
    far = mix(col, (0.30, 0.45, 0.62), 0.6)
    ridge(p, horizon - 9, 7, p.r.uniform(0.8, 1.4), (p.far(far, 0.66), p.far(far, 0.82)))
    ridge(p, horizon - 2, 5, p.r.uniform(0.9, 1.6), (p.far(mix(col, far, 0.4), 0.42), p.far(col, 0.62)))


def hedge(p, scene, y, count):
    """Round trees in the middle distance."""
    r = p.r
    for _ in range(count):
        col = p.far(scaled(r.choice(LEAVES[scene["season"]]), 0.80), 0.18)
        x, s = r.uniform(0, p.w), r.uniform(6, 10)
        p.oval(x - s * 0.7, y, s * 0.8, s * 0.8).oval(x + s * 0.6, y + 0.5, s * 0.75, s * 0.7).oval(x, y - s * 0.5, s * 0.9)
        p.solid(col, tint=False)


def meadow(p, scene, horizon, sun):
    grass = grass_of(p, scene)
    far_hills(p, scene, horizon, grass)
    hedge(p, scene, horizon, p.r.randint(2, 4))
    ridge(p, horizon + 4, 2, 0.8, (p.far(grass, 0.14), p.lit(grass, 0.98)))
    y = horizon + (p.h - horizon) * 0.45
    ridge(p, y, 3, 0.7, (p.lit(grass, 1.08), p.lit(grass, 0.80)))
    tufts(p, scene, y + 4, grass, 7)


def hills(p, scene, horizon, sun):
    grass = grass_of(p, scene)
    far_hills(p, scene, horizon - 4, grass)
    ridge(p, horizon + 2, 9, p.r.uniform(0.8, 1.2), (p.far(grass, 0.28), p.far(scaled(grass, 0.84), 0.24)))
    hedge(p, scene, horizon + 8, 2)
    y = horizon + (p.h - horizon) * 0.34
    phase = p.r.uniform(0, 6)
    ridge(p, y, 6, 0.7, (p.lit(grass, 1.08), p.lit(grass, 0.80)), phase)
    tufts(p, scene, y + 12, grass, 5)


def peaks(p, base, count, height, far):
    """Snowy mountains with a lit and a shaded flank."""
    r = p.r
    rock, shade = p.far((0.46, 0.50, 0.64), far), p.far((0.30, 0.33, 0.50), far)
    white, blue = p.far((1.0, 1.0, 1.0), far * 0.5), p.far((0.70, 0.78, 0.94), far * 0.7)
    order = sorted(range(count), key=lambda i: (i * 7 + 3) % count)
    for i in order:
        x = p.w * (i + r.uniform(0.3, 0.7)) / count
        h = height * r.uniform(0.72, 1.05)
        w, top, s = h * r.uniform(0.85, 1.05), base - h, p.light_side
        p.poly([(x - w, base + 6), (x, top), (x + w, base + 6)]).solid(rock, tint=False)
        p.poly([(x - s * w, base + 6), (x, top), (x + s * w * 0.16, top + h * 0.42), (x - s * w * 0.08, top + h * 0.7),
                (x + s * w * 0.12, base + 6)]).solid(shade, tint=False)
        k = 0.40
        cap = [(x, top), (x - w * k, top + h * k), (x - w * k * 0.5, top + h * k * 0.80), (x - w * 0.04, top + h * k * 1.22),
               (x + w * k * 0.45, top + h * k * 0.82), (x + w * k, top + h * k)]
        p.poly(cap).solid(white, tint=False)
        p.c.save()
        p.poly(cap)
        p.c.clip()
        p.poly([(x, top - 2), (x - s * w, base), (x - s * w * 0.02, top + h * 0.34), (x + s * w * 0.1, top + h * 0.2)])
        p.solid(blue, tint=False)
        p.c.restore()


def mountains(p, scene, horizon, sun):
    grass = grass_of(p, scene)
    tall = min(56, horizon * 0.72)
    peaks(p, horizon + 2, 2 + p.w // 60, tall * 0.8, 0.45)
    peaks(p, horizon + 5, 2 + p.w // 70, tall, 0.16)
    ridge(p, horizon + 4, 4, 1.2, (p.far(scaled(grass, 0.66), 0.30), p.far(scaled(grass, 0.8), 0.2)))
    for _ in range(p.r.randint(4, 7)):
        pine_at(p, p.r.uniform(0, p.w), horizon + 12, p.r.uniform(16, 22), 0.25, scene)
    y = horizon + (p.h - horizon) * 0.32
    ridge(p, y, 3, 0.8, (p.lit(grass, 1.04), p.lit(grass, 0.78)))
    tufts(p, scene, y + 6, grass, 5)


def pine_at(p, x, y, height, far, scene):
    p.c.save()
    p.c.translate(x, y)
    p.c.scale(height / 100, height / 100)
    pine_shape(p, p.far, far, snow=scene["terrain"] == "snow" or scene["season"] == "winter")
    p.c.restore()


def desert(p, scene, horizon, sun):
    r = p.r
    sand = jitter(r, (0.95, 0.77, 0.46), 0.03)
    rock = mix(sand, (0.72, 0.36, 0.22), 0.7)
    for _ in range(r.randint(0, 2)):       # table mountains
        x, w, h = r.uniform(0, p.w), r.uniform(16, 28), r.uniform(14, 24)
        p.poly([(x - w, horizon + 6), (x - w * 0.7, horizon - h), (x + w * 0.6, horizon - h), (x + w, horizon + 6)])
        p.solid(p.far(rock, 0.38), tint=False)
    ridge(p, horizon + 1, 6, r.uniform(0.7, 1.2), (p.far(sand, 0.42), p.far(sand, 0.25)))
    for y, k in ((horizon + (p.h - horizon) * 0.28, 0.96), (horizon + (p.h - horizon) * 0.62, 1.03)):
        phase, waves = r.uniform(0, 6), r.uniform(0.6, 0.9)
        height = ridge(p, y, 6, waves, (p.lit(scaled(sand, k * 1.04)), p.lit(scaled(sand, k * 0.86))), phase)
        # The shaded side of the dune below its crest.
        x0 = r.uniform(0.15, 0.6) * p.w
        s = -p.light_side
        p.c.move_to(x0, height(x0))
        p.c.curve_to(x0 + s * 14, y + 12, x0 - s * 12, y + 24, x0 + s * 26, p.h + 4)
        p.c.line_to(x0 + s * 90, p.h + 4)
        p.c.curve_to(x0 + s * 60, y + 28, x0 + s * 40, y + 16, x0, height(x0))
        p.solid(p.shaded(sand, 1.12), 0.55, tint=False)


def water(p, y0, y1, horizon_color, sun, deep=(0.10, 0.40, 0.64)):
    """Water that mirrors the sky near y0 and is deep toward y1, with waves and the path of light below sun or moon."""
    r, c = p.r, p.c
    p.rect(0, y0, p.w, y1 - y0 + 1)
    near = p.lit(deep)
    p.fade(y0, y1, [(0, mix(horizon_color, near, 0.30)), (0.45, mix(horizon_color, near, 0.72)), (1, near)], tint=False)
    span = y1 - y0
    c.set_line_cap(cairo.LINE_CAP_ROUND)
    light = mix(horizon_color, (1, 1, 1), 0.25)
    for i in range(int(span / 5)):
        y = y0 + 4 + span * (i + r.random()) / max(1, int(span / 5))
        w = 5 + 9 * (y - y0) / span
        x = r.uniform(0, p.w)
        p.curve([(x - w, y), (x, y - 1), (x + w, y)]).stroke(light, 2.2, 0.42, tint=False)
    if sun is not None:
        gold = mix(horizon_color, (1.0, 0.96, 0.80), 0.75)
        p.rect(sun[0] - 9, y0, 18, span).fade(y0, y1, [(0, gold, 0.42), (1, gold, 0.05)], tint=False)
        y = y0 + 3
        while y < y1:
            w = (4 + 9 * (y - y0) / span) * r.uniform(0.6, 1.2)
            x = sun[0] + r.uniform(-2, 2)
            p.curve([(x - w, y), (x + w, y)]).stroke(gold, 2.4, 0.8, tint=False)
            y += r.uniform(5, 7)
    c.set_line_cap(cairo.LINE_CAP_BUTT)


def horizon_color(p):
    return p.light.sky[2]


def sea(p, scene, horizon, sun):
    if p.r.random() < 0.3:
        far = mix((0.3, 0.5, 0.5), p.light.haze, 0.2)
        ridge(p, horizon + 1, 5, 1.1, (p.far(far, 0.6), p.far(far, 0.6)))
    water(p, horizon, p.h, horizon_color(p), sun)


def mirror(p, y0, y1, strength):
    """Reflects what stands above y0 in the water below it."""
    p.c.get_target().flush()
    pattern = cairo.SurfacePattern(snapshot(p))
    matrix = cairo.Matrix(1, 0, 0, -1, 0, 2 * y0)
    pattern.set_matrix(matrix)
    c = p.c
    c.save()
    c.rectangle(0, y0, p.w, y1 - y0)
    c.clip()
    c.set_source(pattern)
    g = cairo.LinearGradient(0, y0, 0, y1)
    g.add_color_stop_rgba(0, 0, 0, 0, strength)
    g.add_color_stop_rgba(1, 0, 0, 0, strength * 0.3)
    c.mask(g)
    c.restore()


def snapshot(p):
    """A copy of the picture as it is now."""
    copy = cairo.ImageSurface(cairo.FORMAT_RGB24, p.w, p.h)
    c = cairo.Context(copy)
    c.set_source_surface(p.c.get_target())
    c.paint()
    return copy


def lake(p, scene, horizon, sun):
    grass = grass_of(p, scene)
    if p.r.random() < 0.5:
        peaks(p, horizon - 2, 2 + p.w // 70, min(46, horizon * 0.6), 0.35)
        ridge(p, horizon - 2, 3, 1.2, (p.far(scaled(grass, 0.7), 0.35), p.far(scaled(grass, 0.7), 0.3)))
    else:
        far_hills(p, scene, horizon - 2, grass)
    if p.r.random() < 0.5:
        for _ in range(p.r.randint(4, 8)):
            pine_at(p, p.r.uniform(0, p.w), horizon + 4, p.r.uniform(16, 26), 0.25, scene)
    else:
        hedge(p, scene, horizon, p.r.randint(3, 6))
    p.rect(0, horizon + 1, p.w, p.h).solid(p.far(scaled(grass, 0.8), 0.15), tint=False)
    shore = horizon + 5
    water(p, shore, p.h, horizon_color(p), sun, (0.12, 0.42, 0.62))
    mirror(p, shore, min(p.h, 2 * shore), 0.5)
    if not scene.get("afloat"):
        y = p.h - (p.h - horizon) * 0.42
        ridge(p, y, 3, 0.7, (p.lit(grass, 1.06), p.lit(grass, 0.80)))
        tufts(p, scene, y + 5, grass, 4)


def forest(p, scene, horizon, sun):
    r = p.r
    grass = scaled(grass_of(p, scene), 0.88)
    p.rect(0, horizon - 6, p.w, p.h).solid(p.far(scaled(grass, 0.5), 0.5), tint=False)
    broad = scene["season"] in ("autumn", "spring") or r.random() < 0.35
    for y, far, tall in ((horizon + 2, 0.55, 0.62), (horizon + 7, 0.28, 0.80), (horizon + 14, 0.06, 0.95)):
        x = r.uniform(-14, 0)
        while x < p.w + 12:
            h = tall * min(82, horizon * 0.95) * r.uniform(0.85, 1.1)
            if broad:
                p.c.save()
                p.c.translate(x, y)
                p.c.scale(h / 100, h / 100)
                tree_shape(p, p.far(r.choice(LEAVES[scene["season"]]), far), p.far((0.40, 0.26, 0.16), far))
                p.c.restore()
            else:
                pine_at(p, x, y, h, far, scene)
            x += h * r.uniform(0.36, 0.5)
    y = horizon + (p.h - horizon) * 0.26
    ridge(p, y, 2, 0.9, (p.lit(scaled(grass, 0.98)), p.lit(scaled(grass, 0.66))))
    tufts(p, scene, y + 6, grass, 6)


def snow(p, scene, horizon, sun):
    r = p.r
    blue = (0.72, 0.82, 0.96)
    if r.random() < 0.6:
        ridge(p, horizon - 8, 7, 1.1, (p.far((0.62, 0.70, 0.84), 0.55), p.far((0.7, 0.78, 0.9), 0.6)))
    ridge(p, horizon + 1, 6, r.uniform(0.8, 1.3), (p.far(blue, 0.35), p.far(SNOW, 0.3)))
    for _ in range(r.randint(3, 6)):
        pine_at(p, r.uniform(0, p.w), horizon + 8, r.uniform(20, 30), 0.22, dict(scene, terrain="snow"))
    for share, k in ((0.16, 0.94), (0.5, 1.0)):
        y = horizon + (p.h - horizon) * share
        ridge(p, y, 4, r.uniform(0.6, 0.9), (p.lit(scaled(SNOW, k * 1.02)), p.lit(mix(SNOW, blue, 0.65))))


def beach(p, scene, horizon, sun):
    r = p.r
    depth = p.h - horizon
    water(p, horizon, horizon + depth * 0.55, horizon_color(p), sun, (0.14, 0.62, 0.74))
    sand = jitter(r, (0.97, 0.86, 0.60), 0.03)
    phase, y = r.uniform(0, 6), horizon + depth * 0.46
    ridge(p, y, 3, 0.7, ((p.lit((0.97, 0.99, 1.0))),) * 2, phase)
    ridge(p, y + 4, 3, 0.7, (p.lit(scaled(sand, 0.86)), p.lit(scaled(sand, 0.9))), phase)
    ridge(p, y + 9, 3, 0.7, (p.lit(scaled(sand, 1.04)), p.lit(scaled(sand, 0.9))), phase)


def city(p, scene, horizon, sun):
    """A street at the foot of far towers, for what drives and walks there."""
    skyline(p, horizon + 4, min(60, horizon * 0.75), 0.35)
    p.rect(0, horizon + 3, p.w, p.h).solid((0.62, 0.62, 0.64))
    y = horizon + (p.h - horizon) * 0.34
    p.rect(0, y, p.w, p.h).fade(y, p.h, [(0, (0.34, 0.35, 0.40)), (1, (0.44, 0.45, 0.50))])
    p.rect(0, y - 3, p.w, 4).solid((0.82, 0.82, 0.80))
    for x in range(int(p.r.uniform(-20, 0)), p.w, 34):
        p.rect(x, p.h - 8, 18, 4).solid((0.96, 0.92, 0.72))


def space(p, scene, horizon, sun):
    """Nebulas and large stars; no ground but that of a moon, when something has to stand."""
    r = p.r
    for _ in range(3):
        p.glow(r.uniform(0, p.w), r.uniform(0, p.h), r.uniform(40, 70),
               r.choice([(0.55, 0.25, 0.75), (0.20, 0.40, 0.85), (0.85, 0.30, 0.55)]), 0.5)
    stars(p, p.h, 16)
    if scene.get("standing"):
        grey = (0.70, 0.70, 0.76)
        y = p.h * 0.76
        ridge(p, y, 4, 0.6, (p.lit(grey), p.lit(scaled(grey, 0.6))))
        for _ in range(4):
            x, yy = r.uniform(8, p.w - 8), r.uniform(y + 10, p.h - 4)
            p.oval(x, yy, 9, 3.4).solid(p.lit(grey, 0.62), tint=False)
            p.oval(x, yy + 1.6, 7.5, 2.4).solid(p.lit(grey, 0.86), tint=False)


def underwater(p, scene, horizon, sun):
    """Light from above, sand, weeds and bubbles."""
    r, c = p.r, p.c
    top, middle, bottom = p.light.sky
    p.rect(0, 0, p.w, p.h).fade(0, p.h, [(0, top), (0.5, middle), (1, bottom)], tint=False)
    for _ in range(3):
        x = r.uniform(0.1, 0.9) * p.w
        p.poly([(x - 5, -2), (x + 7, -2), (x + 34, p.h), (x - 4, p.h)])
        p.fade(0, p.h, [(0, (0.8, 1, 1), 0.30), (0.8, (0.8, 1, 1), 0)], tint=False)
    y = p.h * 0.86
    ridge(p, y, 3, 0.8, (mix((0.93, 0.83, 0.58), middle, 0.25), mix((0.8, 0.66, 0.45), bottom, 0.3)))
    for _ in range(r.randint(3, 5)):
        x, tall, col = r.uniform(0, p.w), r.uniform(22, 44), r.choice([(0.16, 0.56, 0.36), (0.86, 0.36, 0.46), (0.2, 0.62, 0.5)])
        c.set_line_cap(cairo.LINE_CAP_ROUND)
        for dx in (-5, 0, 5):
            sway = r.uniform(-6, 6)
            p.curve([(x + dx * 0.4, y + 8), (x + dx + sway, y - tall * 0.4), (x + dx - sway, y - tall * r.uniform(0.7, 1))])
            p.stroke(mix(col, middle, 0.2), 4.2, tint=False)
        c.set_line_cap(cairo.LINE_CAP_BUTT)
    for _ in range(r.randint(4, 6)):
        x, yy, rad = r.uniform(0, p.w), r.uniform(6, p.h * 0.8), r.uniform(2.6, 4.5)
        p.oval(x, yy, rad).solid((0.80, 0.96, 1.0), 0.6, tint=False)


def plain(p, scene, horizon, sun):
    """A wall of one colour with soft light behind the subject."""
    col = COLORS[scene["plain"]]
    pale = {"white": (0.95, 0.95, 0.93), "black": (0.14, 0.14, 0.18)}.get(scene["plain"], mix(col, (1, 1, 1), 0.42))
    p.rect(0, 0, p.w, p.h).solid(scaled(pale, 0.88), tint=False)
    p.glow(p.w * 0.5 + p.light_side * 14, p.h * 0.42, p.w * 0.75, mix(pale, (1, 1, 1), 0.45), 0.9)


def table(p, scene, horizon, sun):
    """A wooden table before a wall, with a window's light on it."""
    r = p.r
    plain(p, scene, horizon, sun)
    if r.random() < 0.35:
        x, w = p.w * (0.5 + p.light_side * 0.34), 34
        p.rect(x - w / 2 - 3, 8, w + 6, 50).solid((0.98, 0.97, 0.94))
        p.rect(x - w / 2, 11, w, 44).fade(11, 55, [(0, (0.50, 0.76, 0.98)), (1, (0.88, 0.96, 1.0))])
        p.rect(x - 1.5, 11, 3, 44).rect(x - w / 2, 31, w, 3).solid((0.98, 0.97, 0.94))
    wood = jitter(r, (0.66, 0.43, 0.24), 0.05)
    y = p.h * 0.70
    p.rect(0, y, p.w, p.h).fade(y, p.h, [(0, scaled(wood, 1.15)), (1, scaled(wood, 0.78))])
    p.rect(0, y, p.w, 3).solid(scaled(wood, 0.66))


TERRAINS = {
    "meadow": meadow, "hills": hills, "mountains": mountains, "desert": desert, "sea": sea, "lake": lake,
    "forest": forest, "snow": snow, "beach": beach, "city": city, "space": space, "underwater": underwater,
    "plain": plain, "table": table,
}
