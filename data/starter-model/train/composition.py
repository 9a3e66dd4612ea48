# SPDX-License-Identifier: CC0-1.0
"""Puts a scene together: sky, ground, and each subject at its place and size for the picture's format."""
import random

import cairo
import numpy as np

import weather
from drawing import LIGHTS, Pen
from scenes import OUTDOORS, STATURE, breadth
from sky import draw_sky
from styles import STYLES
from subjects import FLOATING, draw_subject
from terrain import LEAVES, TERRAINS

OUTLINED = {"ink", "pencil", "comic", "woodblock"}
MIRRORED = {"boat", "lighthouse", "city", "penguin", "duck", "whale"}     # shown again in the water they stand in
TALLEST = 150       # of one subject, in pixels
TALL = {"castle": 0.66, "house": 0.60, "windmill": 0.66, "lighthouse": 0.70, "tree": 0.66, "pine tree": 0.68, "palm tree": 0.70}


def light_name(scene):
    """Which of LIGHTS falls on the scene."""
    if scene["terrain"] in ("plain", "table"):
        return "indoor"
    if scene["terrain"] in ("space", "underwater"):
        return scene["terrain"]
    if scene["weather"] == "storm" or (scene["weather"] in ("rain", "fog") and scene["time"] == "day"):
        return scene["weather"]
    return scene["time"]


def shadow(p, scene, x, y, w, h):
    """On the ground below a subject."""
    s = -p.light_side
    dark = {"snow": (0.40, 0.50, 0.75), "table": (0.20, 0.11, 0.07)}.get(scene["terrain"], (0.08, 0.10, 0.16))
    for k, a in ((1.0, 0.20), (0.78, 0.22)):
        p.oval(x + s * w * 0.08 * k, y, w * 0.54 * k, max(3.0, h * 0.055) * k).solid(dark, a, tint=False)


def island(p, kind, x, y, w):
    """A small island for what does not swim."""
    ground = (0.95, 0.84, 0.58) if kind == "palm tree" else (0.56, 0.55, 0.54)
    p.oval(x, y + w * 0.04, w * 0.80, w * 0.15).solid((0.90, 0.96, 1.0), 0.55)
    p.blob([(x - w * 0.74, y + w * 0.05), (x - w * 0.40, y - w * 0.06), (x, y - w * 0.09), (x + w * 0.42, y - w * 0.05),
            (x + w * 0.74, y + w * 0.05), (x, y + w * 0.13)]).form(ground, 0.2)


def reflection(p, subject, scene, x, y, height, flip):
    p.c.save()
    p.c.rectangle(0, y - 1, p.w, p.h)
    p.c.clip()
    p.c.push_group()
    p.c.translate(0, 2 * y)
    p.c.scale(1, -1)
    draw_subject(p, dict(subject, fire=False, smoke=False, lamps=False), scene, x, y, height, flip)
    p.c.pop_group_to_source()
    p.c.paint_with_alpha(0.32)
    p.c.restore()


def place(p, subject, scene, x, y, height):
    """Draws one of the subject with its shadow or its reflection."""
    kind, terrain = subject["kind"], scene["terrain"]
    flip = p.r.random() < 0.5
    wet = terrain == "sea" or (terrain == "lake" and scene.get("afloat"))
    state = p.r.getstate()
    if wet and kind in MIRRORED:
        reflection(p, subject, scene, x, y, height, flip)
        p.r.setstate(state)
    elif terrain == "sea" and kind in ("palm tree", "castle"):
        island(p, kind, x, y, height * breadth(kind) * 0.7)
    elif kind not in FLOATING:
        shadow(p, scene, x, y, height * breadth(kind), height)
    draw_subject(p, subject, scene, x, y, height, flip)


def fitting(kind, height, width):
    """The height, or less, so that the subject is no wider than so many pixels."""
    return min(height, width / breadth(kind), TALLEST)


def foot(p, scene, kind, height, near):
    """Where the lower end of a subject belongs."""
    r = p.r
    if scene["terrain"] == "underwater" or (scene["terrain"] in ("space", "plain") and kind in FLOATING):
        return p.h * (0.5 if near else r.uniform(0.42, 0.58)) + height / 2
    if kind == "hot-air balloon":
        return p.h * (0.44 if near else 0.40) + height / 2
    if kind == "butterfly":
        return p.h * 0.48 + height / 2
    if kind == "rocket":
        return p.h * 0.49 + height / 2
    if scene["terrain"] == "table":
        return p.h * r.uniform(0.84, 0.88)
    if kind == "portrait":
        return p.h + 1
    if scene["terrain"] == "plain" and p.h > p.w and height < p.h * 0.5:
        return p.h * 0.5 + height * 0.56
    if scene["terrain"] == "city" and kind == "city":
        return p.h * 0.90
    if kind == "city":
        return p.h * 0.66
    if kind == "whale":
        return p.h * r.uniform(0.84, 0.90)
    if scene["terrain"] in ("sea", "lake") and scene.get("afloat", True):
        return p.h * (r.uniform(0.78, 0.84) if near else r.uniform(0.72, 0.78))
    return p.h * (r.uniform(0.90, 0.94) if near else r.uniform(0.83, 0.88))


def place_one(p, scene):
    r, subject = p.r, scene["subjects"][0]
    kind, near = subject["kind"], scene["framing"] == "near"
    if near:
        top = 1.0 if kind == "portrait" else 0.94
        share = r.uniform(0.66, 0.80) if kind != "portrait" else r.uniform(0.78, 0.88)
        if scene["terrain"] == "table":
            share = r.uniform(0.52, 0.66)
        height = fitting(kind, p.h * share, p.w * r.uniform(0.80, 0.92) * top)
        x = p.w * r.uniform(0.46, 0.54)
    else:
        stature = STATURE.get(kind, 0.44)
        height = fitting(kind, p.h * stature * r.uniform(0.9, 1.05), p.w * (0.56 if stature < 0.6 else 0.7))
        x = p.w * {"left": 0.27, "middle": 0.5, "right": 0.73}[subject["side"]]
        half = height * breadth(kind) / 2
        x = min(max(x + r.uniform(-4, 4), half + 3), p.w - half - 3) if subject["side"] != "middle" else x
    place(p, subject, scene, x, foot(p, scene, kind, height, near), height)


def place_group(p, scene):
    """Two to four of a kind, in a row that is a little uneven."""
    r, subject = p.r, scene["subjects"][0]
    n, kind = subject["count"], subject["kind"]
    share = 0.50 if scene["terrain"] != "table" else 0.46
    slot = p.w * 0.96 / n
    height = fitting(kind, p.h * share, slot * 0.94)
    y = foot(p, scene, kind, height, scene["terrain"] != "table")
    for i in range(n):
        size = height * r.uniform(0.93, 1.03)
        dy = (r.uniform(-0.12, 0.12) if kind in FLOATING else r.uniform(-0.03, 0.01)) * p.h
        place(p, dict(subject), scene, p.w * 0.02 + slot * (i + 0.5), y + dy, size)


def place_pair(p, scene):
    r = p.r
    tall = any(subject["kind"] in TALL for subject in scene["subjects"])
    for subject, at in zip(scene["subjects"], (0.27, 0.73)):
        kind = subject["kind"]
        share = TALL.get(kind, 0.42 if tall else 0.54)
        height = fitting(kind, p.h * share * r.uniform(0.95, 1.04), p.w * 0.45)
        place(p, subject, scene, p.w * at + r.uniform(-2, 2), foot(p, scene, kind, height, True), height)


def compose(scene, seed):
    """Scene -> float32 height x width x 3 in 0..1, still without its style, and falling() in front of it."""
    r = random.Random(seed * 2654435761 % (1 << 32))
    w, h = scene["size"]
    surface = cairo.ImageSurface(cairo.FORMAT_RGB24, w, h)
    name = light_name(scene)
    p = Pen(cairo.Context(surface), r, LIGHTS[name], w, h, r.choice([-1, 1]))
    near = scene["framing"] in ("near", "group", "pair")
    horizon = h * (r.uniform(0.52, 0.60) if near else r.uniform(0.50, 0.57))
    if h > 150:
        horizon = h * (r.uniform(0.58, 0.66) if near else r.uniform(0.54, 0.64))
    sun = None
    outdoors = scene["terrain"] in OUTDOORS
    if outdoors:
        sun = draw_sky(p, scene, horizon, name)
        if scene["weather"] == "storm":
            weather.dark_clouds(p, horizon)
            weather.lightning(p, horizon)
        elif scene["weather"] == "rain":
            weather.dark_clouds(p, horizon)
    else:
        p.rect(0, 0, w, h).solid(p.light.sky[1], tint=False)
    if scene["terrain"] == "space":
        standing = any(subject["kind"] not in FLOATING for subject in scene["subjects"])
        scene = dict(scene, standing=standing)
    TERRAINS[scene["terrain"]](p, scene, horizon, sun)
    if outdoors and scene["weather"] == "fog":
        weather.fog_banks(p, horizon)
    if scene["framing"] != "view":
        {"near": place_one, "far": place_one, "group": place_group, "pair": place_pair}[scene["framing"]](p, scene)
    if outdoors and scene["weather"] == "fog":
        weather.fog_veil(p)
    elif outdoors and scene["weather"] == "wind":
        weather.wind(p, LEAVES["autumn" if scene["season"] == "autumn" else ""])
    surface.flush()
    return pixels_of(surface)[..., 2::-1], falling(p, scene)


def pixels_of(surface):
    """float32 height x width x 4 (blue, green, red, alpha) in 0..1."""
    w, h = surface.get_width(), surface.get_height()
    return np.ndarray((h, w, 4), np.uint8, surface.get_data()).astype(np.float32) / 255


def falling(p, scene):
    """How much of each pixel rain or snow covers, or None."""
    draw = {"rain": weather.rain, "storm": weather.rain, "snowfall": weather.snowfall}.get(scene["weather"])
    if not draw:
        return None
    surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, p.w, p.h)
    draw(Pen(cairo.Context(surface), p.r, p.light, p.w, p.h))
    surface.flush()
    return pixels_of(surface)[..., 3:]


def drop_color(scene):
    """Of rain or snow, in the scene's style."""
    snow = scene["weather"] == "snowfall"
    if scene["style"] == "pencil":
        return (0.98, 0.97, 0.94) if snow else (0.52, 0.51, 0.49)
    if scene["style"] == "ink":
        return (0.97, 0.97, 0.95)
    return (1.0, 1.0, 1.0) if snow else (0.86, 0.92, 1.0)


def render(scene, seed):
    """Scene -> uint8 height x width x 3. Rain and snow fall in front of outlines, which would turn each drop into a box."""
    img, cover = compose(scene, seed)
    style = scene["style"]
    if cover is not None and style not in OUTLINED:
        img = img * (1 - cover) + np.array(drop_color(scene), np.float32) * cover
    if style != "flat":
        img = STYLES[style](img, np.random.default_rng(seed))
    if cover is not None and style in OUTLINED:
        img = img * (1 - cover) + np.array(drop_color(scene), np.float32) * cover
    return (img * 255 + 0.5).astype(np.uint8)
