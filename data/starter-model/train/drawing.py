# SPDX-License-Identifier: CC0-1.0
"""A pen over cairo that tints its colours by the time of day, and what several pictures share."""
import math

import cairo

from scenes import COLORS

SIDE = S = 128     # of a picture, in pixels

SKY = {  # (top, middle, bottom) and light tint for everything on the ground
    "day": ((0.30, 0.60, 0.93), (0.55, 0.78, 0.97), (0.85, 0.94, 1.00), (1.0, 1.0, 1.0)),
    "dawn": ((0.56, 0.64, 0.88), (0.94, 0.74, 0.80), (1.00, 0.90, 0.74), (1.0, 0.90, 0.92)),
    "sunset": ((0.36, 0.22, 0.48), (0.92, 0.42, 0.30), (1.00, 0.80, 0.38), (0.92, 0.68, 0.56)),
    "night": ((0.03, 0.05, 0.17), (0.07, 0.11, 0.28), (0.15, 0.22, 0.44), (0.30, 0.38, 0.62)),
    "storm": ((0.20, 0.23, 0.29), (0.34, 0.38, 0.44), (0.55, 0.59, 0.62), (0.58, 0.63, 0.68)),
}


class Pen:
    """A thin layer over a cairo context which tints colours by the time of day."""

    def __init__(self, cr, r, tint):
        self.c, self.r, self.t = cr, r, tint

    def rgb(self, col, k=1.0, tint=True):
        t = self.t if tint else (1, 1, 1)
        return tuple(min(1.0, max(0.0, col[i] * k * t[i])) for i in range(3))

    def set(self, col, k=1.0, a=1.0, tint=True):
        self.c.set_source_rgba(*self.rgb(col, k, tint), a)

    def poly(self, pts):
        self.c.move_to(*pts[0])
        for p in pts[1:]:
            self.c.line_to(*p)
        self.c.close_path()
        self.c.fill()

    def circle(self, x, y, rad):
        self.c.arc(x, y, rad, 0, 2 * math.pi)
        self.c.fill()

    def ellipse(self, x, y, rx, ry):
        self.c.save()
        self.c.translate(x, y)
        self.c.scale(rx, ry)
        self.c.arc(0, 0, 1, 0, 2 * math.pi)
        self.c.restore()
        self.c.fill()

    def rect(self, x, y, w, h):
        self.c.rectangle(x, y, w, h)
        self.c.fill()

    def line(self, pts, w):
        self.c.set_line_width(w)
        self.c.move_to(*pts[0])
        for p in pts[1:]:
            self.c.line_to(*p)
        self.c.stroke()

    def vgrad(self, y0, y1, stops, tint=True):
        g = cairo.LinearGradient(0, y0, 0, y1)
        for o, col, k in stops:
            g.add_color_stop_rgb(o, *self.rgb(col, k, tint))
        self.c.set_source(g)

    def ridge(self, base, amp, waves, phase, sharp=False):
        """Fill below a wavy ridge line; returns the height function."""
        def h(x):
            u = x / S * 2 * math.pi
            return base - amp * (0.6 * math.sin(waves * u + phase) + 0.4 * math.sin(waves * 1.9 * u + 2.1 * phase))
        self.c.move_to(-2, S + 2)
        for x in range(-2, S + 7, 4):
            self.c.line_to(x, h(x))
        self.c.line_to(S + 2, S + 2)
        self.c.close_path()
        self.c.fill()
        return h


def jitter(r, col, a=0.05):
    return tuple(c + r.uniform(-a, a) for c in col)


def glow(p, x, y, rad, col, a):
    g = cairo.RadialGradient(x, y, rad * 0.25, x, y, rad)
    g.add_color_stop_rgba(0, *col, a)
    g.add_color_stop_rgba(1, *col, 0)
    p.c.set_source(g)
    p.circle(x, y, rad)


def flower(p, x, y, s, col, stem=0):
    if stem:
        p.set((0.20, 0.48, 0.18))
        p.line([(x, y), (x + p.r.uniform(-1, 1), y + stem)], 1.5)
    p.set(col, p.r.uniform(0.88, 1.05))
    for i in range(5):
        a = i * 2 * math.pi / 5 + 0.3
        p.circle(x + s * 0.95 * math.cos(a), y + s * 0.95 * math.sin(a), s * 0.72)
    p.set((0.98, 0.80, 0.22) if col != COLORS["yellow"] else (0.75, 0.45, 0.12))
    p.circle(x, y, s * 0.55)
