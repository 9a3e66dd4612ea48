# SPDX-License-Identifier: CC0-1.0
"""A pen over cairo: colours, shapes, and how the light of a time of day falls on them.

A shape is built with one of the path methods (oval, blob, poly, ...) and then painted with one of: solid() in one
colour, form() with a lit side, a shaded side and, when the light is low, a bright rim, or stroke() as a line.
"""
import math
from dataclasses import dataclass

import cairo

COLORS = {
    "red": (0.86, 0.16, 0.15), "orange": (0.97, 0.52, 0.10), "yellow": (0.99, 0.82, 0.18), "green": (0.24, 0.64, 0.28),
    "blue": (0.16, 0.40, 0.87), "purple": (0.55, 0.26, 0.74), "pink": (0.98, 0.55, 0.71), "white": (0.97, 0.97, 0.95),
    "black": (0.19, 0.19, 0.24), "brown": (0.54, 0.33, 0.18), "gray": (0.60, 0.62, 0.66),
}

NARROWEST = 1.9     # of a line, in pixels: the autoencoder, which halves a picture three times, loses anything thinner


@dataclass(frozen=True)
class Light:
    """The sky (top, middle, at the horizon) and what it does to a colour in the light, in the shade and far away."""
    sky: tuple
    key: tuple
    shade: tuple
    haze: tuple
    rim: tuple = None


LIGHTS = {
    "day": Light(((0.20, 0.52, 0.92), (0.45, 0.73, 0.97), (0.84, 0.94, 1.00)),
                 (1.0, 1.0, 0.97), (0.66, 0.68, 0.86), (0.72, 0.85, 0.97)),
    "dawn": Light(((0.50, 0.60, 0.90), (0.93, 0.74, 0.84), (1.00, 0.91, 0.76)),
                  (1.0, 0.91, 0.90), (0.66, 0.58, 0.78), (0.97, 0.82, 0.82), (1.0, 0.93, 0.82)),
    "sunset": Light(((0.30, 0.20, 0.50), (0.90, 0.38, 0.36), (1.00, 0.78, 0.36)),
                    (1.0, 0.78, 0.62), (0.55, 0.38, 0.55), (0.98, 0.62, 0.42), (1.0, 0.85, 0.50)),
    "night": Light(((0.03, 0.05, 0.20), (0.08, 0.13, 0.36), (0.20, 0.30, 0.58)),
                   (0.54, 0.60, 0.82), (0.25, 0.30, 0.50), (0.16, 0.23, 0.46), (0.72, 0.84, 1.0)),
    "storm": Light(((0.20, 0.23, 0.31), (0.34, 0.39, 0.47), (0.58, 0.63, 0.67)),
                   (0.68, 0.72, 0.78), (0.40, 0.44, 0.54), (0.50, 0.55, 0.61)),
    "rain": Light(((0.44, 0.51, 0.61), (0.58, 0.64, 0.72), (0.76, 0.80, 0.84)),
                  (0.82, 0.86, 0.90), (0.52, 0.57, 0.68), (0.68, 0.73, 0.79)),
    "fog": Light(((0.78, 0.82, 0.86), (0.84, 0.87, 0.90), (0.91, 0.92, 0.93)),
                 (0.92, 0.94, 0.96), (0.66, 0.70, 0.76), (0.88, 0.90, 0.92)),
    "indoor": Light(((1, 1, 1),) * 3, (1.0, 0.98, 0.94), (0.62, 0.54, 0.62), (0.9, 0.9, 0.9)),
    "space": Light(((0.03, 0.03, 0.12), (0.08, 0.06, 0.24), (0.16, 0.08, 0.34)),
                   (0.96, 0.97, 1.0), (0.40, 0.38, 0.62), (0.10, 0.08, 0.26), (0.85, 0.92, 1.0)),
    "underwater": Light(((0.30, 0.76, 0.88), (0.10, 0.52, 0.78), (0.04, 0.26, 0.54)),
                        (0.92, 1.0, 1.0), (0.42, 0.62, 0.82), (0.14, 0.50, 0.74)),
}


def mix(a, b, share):
    """From a (share 0) to b (share 1)."""
    return tuple(x + (y - x) * share for x, y in zip(a, b))


def scaled(col, k):
    return tuple(min(1.0, max(0.0, x * k)) for x in col)


def jitter(r, col, a=0.04):
    """The colour a little lighter, darker, warmer or colder."""
    k = 1 + r.uniform(-a, a)
    return tuple(min(1.0, max(0.0, x * k + r.uniform(-a, a) * 0.5)) for x in col)


class Pen:
    """A cairo context, the light, a random.Random for variation, and the picture's width and height."""

    def __init__(self, context, r, light, width, height, light_side=-1):
        self.c, self.r, self.light = context, r, light
        self.w, self.h = width, height
        self.light_side = light_side    # -1: the light comes from the left, 1: from the right

    # --- Colours -----------------------------------------------------------------------------------------------------

    def lit(self, col, k=1.0):
        return tuple(min(1.0, x * k * t) for x, t in zip(col, self.light.key))

    def shaded(self, col, k=1.0):
        return tuple(min(1.0, x * k * t) for x, t in zip(col, self.light.shade))

    def far(self, col, distance):
        """A colour in the light behind so much air: distance 0 is here, 1 the horizon."""
        return mix(self.lit(col), self.light.haze, distance)

    # --- Paths -------------------------------------------------------------------------------------------------------

    def oval(self, x, y, rx, ry=None, turn=0.0):
        c = self.c
        c.save()
        c.translate(x, y)
        c.rotate(turn)
        c.scale(rx, ry if ry else rx)
        c.new_sub_path()
        c.arc(0, 0, 1, 0, 2 * math.pi)
        c.restore()
        return self

    def poly(self, points):
        c = self.c
        c.move_to(*points[0])
        for point in points[1:]:
            c.line_to(*point)
        c.close_path()
        return self

    def rect(self, x, y, w, h):
        self.c.rectangle(x, y, w, h)
        return self

    def round_rect(self, x, y, w, h, rad):
        c = self.c
        c.new_sub_path()
        c.arc(x + w - rad, y + rad, rad, -math.pi / 2, 0)
        c.arc(x + w - rad, y + h - rad, rad, 0, math.pi / 2)
        c.arc(x + rad, y + h - rad, rad, math.pi / 2, math.pi)
        c.arc(x + rad, y + rad, rad, math.pi, 1.5 * math.pi)
        c.close_path()
        return self

    def blob(self, points, tension=1.0):
        """A smooth closed curve through the points."""
        c, n = self.c, len(points)
        k = tension / 6
        c.move_to(*points[0])
        for i in range(n):
            (ax, ay), (bx, by) = points[i - 1], points[i]
            (cx, cy), (dx, dy) = points[(i + 1) % n], points[(i + 2) % n]
            c.curve_to(bx + (cx - ax) * k, by + (cy - ay) * k, cx - (dx - bx) * k, cy - (dy - by) * k, cx, cy)
        c.close_path()
        return self

    def curve(self, points):
        """A smooth open curve through the points, for stroke()."""
        c = self.c
        ends = [points[0]] + list(points) + [points[-1]]
        c.move_to(*points[0])
        for a, b, d, e in zip(ends, ends[1:], ends[2:], ends[3:]):
            c.curve_to(b[0] + (d[0] - a[0]) / 6, b[1] + (d[1] - a[1]) / 6,
                       d[0] - (e[0] - b[0]) / 6, d[1] - (e[1] - b[1]) / 6, *d)
        return self

    # --- Paint -------------------------------------------------------------------------------------------------------

    def solid(self, col, a=1.0, tint=True):
        self.c.set_source_rgba(*(self.lit(col) if tint else col), a)
        self.c.fill()

    def stroke(self, col, width, a=1.0, tint=True):
        c = self.c
        scale = math.hypot(*c.user_to_device_distance(0, 1))
        c.set_source_rgba(*(self.lit(col) if tint else col), a)
        c.set_line_width(max(width, NARROWEST / scale))
        c.stroke()

    def fade(self, y0, y1, stops, tint=True):
        """Fills the path with a vertical gradient; stops are (offset, colour) or (offset, colour, alpha)."""
        g = cairo.LinearGradient(0, y0, 0, y1)
        for stop in stops:
            col = self.lit(stop[1]) if tint else stop[1]
            g.add_color_stop_rgba(stop[0], *col, stop[2] if len(stop) > 2 else 1)
        self.c.set_source(g)
        self.c.fill()

    def toward_light(self, distance):
        """A vector of that length in user space that points to the light."""
        x, y = self.c.device_to_user_distance(0.75 * self.light_side, -0.66)
        k = distance / math.hypot(x, y)
        return x * k, y * k

    def form(self, col, depth=0.16, rim=True):
        """Fills the path as a solid body: its shade on the side away from the light, `depth` of its breadth wide."""
        c = self.c
        x0, y0, x1, y1 = c.path_extents()
        breadth = min(x1 - x0, y1 - y0)
        path = c.copy_path()
        c.set_source_rgb(*self.shaded(col))
        c.fill_preserve()
        c.save()
        c.clip()
        dx, dy = self.toward_light(breadth * depth)
        c.translate(dx, dy)
        c.append_path(path)
        g = cairo.LinearGradient(0, y0, 0, y1)
        g.add_color_stop_rgb(0, *self.lit(mix(col, (1, 1, 1), 0.10), 1.04))
        g.add_color_stop_rgb(1, *self.lit(col, 0.93))
        c.set_source(g)
        c.fill()
        if rim and self.light.rim:
            c.translate(-dx, -dy)
            c.append_path(path)
            c.translate(-dx * 0.55, -dy * 0.55)
            c.append_path(path)
            c.set_fill_rule(cairo.FILL_RULE_EVEN_ODD)
            c.set_source_rgba(*mix(self.lit(col), self.light.rim, 0.7), 0.75)
            c.fill()
            c.set_fill_rule(cairo.FILL_RULE_WINDING)
        c.restore()

    def glow(self, x, y, rad, col, a):
        """Light around a point."""
        g = cairo.RadialGradient(x, y, 0, x, y, rad)
        for offset, share in ((0, 1.0), (0.25, 0.72), (0.55, 0.28), (1, 0.0)):
            g.add_color_stop_rgba(offset, *col, a * share)
        self.c.set_source(g)
        self.oval(x, y, rad)
        self.c.fill()
