# SPDX-License-Identifier: CC0-1.0
"""People and those who look like them: a figure, a portrait, an astronaut, a robot, a snowman, a wizard.

Each function draws standing on (0, 0), 100 units high; v.color is the colour of the clothes or the machine.
"""

from drawing import mix, scaled

SKINS = [(0.99, 0.83, 0.70), (0.95, 0.74, 0.57), (0.80, 0.57, 0.40), (0.60, 0.40, 0.27), (0.44, 0.29, 0.20)]
HAIR = {"black": (0.16, 0.13, 0.15), "brown": (0.42, 0.26, 0.15), "blond": (0.96, 0.80, 0.42),
        "red": (0.80, 0.34, 0.14), "white": (0.92, 0.92, 0.93)}
DARK = (0.15, 0.11, 0.12)


def face(p, x, y, rad, skin):
    """Eyes, cheeks and a smile on a head of that radius."""
    for e in (-1, 1):
        p.oval(x + e * rad * 0.40, y - rad * 0.02, rad * 0.13, rad * 0.19).solid(DARK, tint=False)
        p.oval(x + e * rad * 0.62, y + rad * 0.34, rad * 0.20, rad * 0.14).solid(mix(skin, (0.95, 0.40, 0.38), 0.45))
    p.curve([(x - rad * 0.30, y + rad * 0.40), (x, y + rad * 0.56), (x + rad * 0.30, y + rad * 0.40)])
    p.stroke((0.62, 0.20, 0.20), rad * 0.13)


def crown(p, y, w):
    """A golden crown on a head, w wide at its lower edge y."""
    h = w * 0.55
    p.poly([(-w / 2, y), (-w * 0.56, y - h), (-w * 0.26, y - h * 0.5), (0, y - h * 1.15), (w * 0.26, y - h * 0.5), (w * 0.56, y - h),
            (w / 2, y)])
    p.form((1.0, 0.80, 0.22), 0.12)
    p.oval(0, y - h * 0.36, w * 0.09).solid((0.88, 0.18, 0.24))


def person(p, v):
    """A picture-book figure: v.who is girl, woman, boy or man. Children have larger heads."""
    col, skin, hair = v.color, SKINS[v.skin], HAIR[v.hair]
    female, child = v.who in ("girl", "woman"), v.who in ("girl", "boy")
    k = 1.0 if child else 0.84                      # of the head
    chin = -57 if child else -65
    hy = chin - 19 * k                              # the middle of the head
    shoes, trousers = (0.34, 0.22, 0.20), (0.22, 0.30, 0.52)
    if v.name == "blue":
        trousers = (0.42, 0.36, 0.32)
    if v.who == "girl":
        for e in (-1, 1):
            p.blob([(e * 16, hy - 6), (e * 30, hy - 12), (e * 36, hy + 10), (e * 30, hy + 24), (e * 24, hy + 6)]).form(hair, 0.14)
    elif female:
        p.blob([(0, hy - 24 * k), (-21 * k, hy - 16), (-25 * k, hy), (-23 * k, hy + 26), (23 * k, hy + 26), (25 * k, hy), (21 * k, hy - 16)])
        p.form(hair)
    if female:
        for e in (-1, 1):
            p.rect(e * 7 - 4, -18, 8, 16).form(skin, 0.1, rim=False)
            p.round_rect(e * 8 - 6, -6, 12, 6, 2).solid(shoes)
    else:
        for e in (-1, 1):
            p.rect(e * 7 - 6, -32, 12.5, 29).form(trousers, 0.14, rim=False)
            p.round_rect(e * 8 - 7, -6, 14, 6, 2).solid(shoes)
    for e in (-1, 1):
        p.blob([(e * 9, chin + 3), (e * 16, chin + 2), (e * 27, chin + 24), (e * 23, chin + 28)]).form(col, 0.12)
        p.oval(e * 25, chin + 27, 4.4).solid(skin)
    if female:
        p.blob([(-10, chin), (10, chin), (13, -42), (25, -15), (0, -12), (-25, -15), (-13, -42)], 0.7).form(col)
    else:
        p.round_rect(-14, chin, 28, -27 - chin, 6).form(col)
    p.rect(-5, chin - 3, 10, 7).solid(scaled(skin, 0.88))
    p.oval(0, hy, 19 * k, 18.5 * k).form(skin, 0.1)
    if v.beard:
        p.blob([(-19 * k, hy + 2), (-15 * k, hy + 19 * k), (0, hy + 24 * k), (15 * k, hy + 19 * k), (19 * k, hy + 2),
                (9 * k, hy + 5), (0, hy + 4), (-9 * k, hy + 5)]).form(hair, 0.08, rim=False)
    if female:
        p.blob([(0, hy - 22 * k), (-19 * k, hy - 16 * k), (-23 * k, hy + 2 * k), (-12 * k, hy - 9 * k), (4 * k, hy - 12 * k),
                (23 * k, hy + 2 * k), (19 * k, hy - 16 * k)]).form(hair, 0.1)
    else:
        p.blob([(0, hy - 24 * k), (-18 * k, hy - 18 * k), (-21 * k, hy), (-16 * k, hy - 6 * k), (-4 * k, hy - 10 * k),
                (12 * k, hy - 8 * k), (21 * k, hy), (18 * k, hy - 18 * k)]).form(hair, 0.1)
    face(p, 0, hy + 2 * k, 17 * k, skin)
    if v.crown:
        crown(p, hy - 16 * k, 26 * k)


def portrait(p, v):
    """Head and shoulders."""
    col, skin, hair = v.color, SKINS[v.skin], HAIR[v.hair]
    female = v.who in ("girl", "woman")
    if v.who == "girl":
        for e in (-1, 1):
            p.blob([(e * 26, -74), (e * 48, -80), (e * 56, -50), (e * 46, -26), (e * 36, -50)]).form(hair, 0.14)
    elif female:
        p.blob([(0, -101), (-30, -92), (-38, -62), (-36, -22), (36, -22), (38, -62), (30, -92)]).form(hair)
    p.blob([(-54, 2), (-46, -16), (-16, -26), (16, -26), (46, -16), (54, 2)], 0.8).form(col)
    p.round_rect(-9, -38, 18, 20, 7).form(scaled(skin, 0.88), 0.1, rim=False)
    p.blob([(-14, -26), (0, -12), (14, -26)]).solid(scaled(skin, 0.94))
    for e in (-1, 1):
        if not female:
            p.oval(e * 27, -58, 5, 7).form(skin, 0.1)
    p.blob([(0, -93), (-22, -86), (-27, -62), (-19, -39), (0, -29), (19, -39), (27, -62), (22, -86)]).form(skin, 0.10)
    if v.beard:
        p.blob([(-27, -62), (-23, -38), (0, -22), (23, -38), (27, -62), (19, -50), (8, -48), (0, -49), (-8, -48), (-19, -50)])
        p.form(hair, 0.08, rim=False)
    if v.who == "girl":
        p.blob([(0, -101), (-25, -93), (-30, -66), (-18, -82), (0, -84), (18, -82), (30, -66), (25, -93)]).form(hair, 0.1)
    elif female:
        p.blob([(-3, -99), (-30, -90), (-36, -58), (-30, -36), (-24, -62), (-12, -78), (6, -84), (24, -66), (29, -36),
                (36, -58), (29, -90)]).form(hair, 0.08)
    else:
        p.blob([(0, -102), (-24, -95), (-30, -66), (-24, -72), (-18, -82), (6, -84), (24, -76), (30, -66), (25, -94)])
        p.form(hair, 0.1)
    for e in (-1, 1):
        p.oval(e * 11, -60, 6.2, 5.2).solid((1, 1, 1))
        p.oval(e * 11, -60, 4.1, 4.8).solid(v.eyes, tint=False)
        p.oval(e * 11, -60, 2.2).solid(DARK, tint=False)
        p.oval(e * 11 - 1.6, -62, 1.3).solid((1, 1, 1), tint=False)
        p.curve([(e * 5.5, -68.5), (e * 11, -70.5), (e * 17, -68)]).stroke(scaled(hair, 0.75), 2.8)
        p.oval(e * 17, -49, 5, 3.6).solid(mix(skin, (0.95, 0.38, 0.38), 0.35))
    p.curve([(0, -57), (2.5, -50), (-1.5, -49)]).stroke(scaled(skin, 0.72), 2.2)
    if female:
        p.blob([(-9, -42.5), (0, -41.5), (9, -42.5), (0, -35.5)]).solid((0.84, 0.26, 0.30))
    else:
        p.curve([(-8, -42.5), (0, -38.5), (8, -42.5)]).stroke((0.62, 0.24, 0.22), 3)
    if v.crown:
        crown(p, -89, 40)


def wizard(p, v):
    col = v.color
    skin = SKINS[0]
    p.curve([(32, 0), (31, -66)]).stroke((0.48, 0.30, 0.16), 4.5)
    p.glow(31, -72, 22, (0.5, 0.9, 1.0), 0.8)
    p.oval(31, -70, 7).solid((0.70, 0.96, 1.0), tint=False)
    p.blob([(-12, -58), (12, -58), (20, -30), (27, 0), (-27, 0), (-20, -30)], 0.7).form(col)
    p.blob([(8, -54), (16, -52), (34, -38), (30, -30), (12, -38)]).form(scaled(col, 0.86), 0.14)
    p.oval(31, -35, 4.6).solid(skin)
    p.oval(0, -64, 15, 14).form(skin, 0.1)
    p.blob([(-15, -62), (-17, -46), (-8, -30), (0, -20), (8, -30), (17, -46), (15, -62), (0, -54)]).form((0.96, 0.96, 0.97), 0.1)
    for e in (-1, 1):
        p.oval(e * 6, -66, 2.4, 3.0).solid(DARK, tint=False)
    p.blob([(-25, -71), (0, -78), (25, -71), (0, -67)]).form(scaled(col, 0.75), 0.2)
    p.blob([(-17, -73), (-8, -88), (6, -104), (10, -88), (17, -73), (0, -71)], 0.8).form(col)
    p.oval(0, -82, 3.6).solid((1.0, 0.86, 0.30), tint=False)


def astronaut(p, v):
    suit, joint = (0.95, 0.96, 0.98), (0.70, 0.74, 0.82)
    accent = v.color
    p.round_rect(-27, -64, 54, 36, 8).form(scaled(joint, 0.9))
    for e in (-1, 1):
        p.round_rect(e * 10 - 8.5, -30, 17, 28, 6).form(suit, 0.14)
        p.round_rect(e * 11 - 10, -9, 20, 9, 4).form(joint, 0.2)
        p.blob([(e * 14, -58), (e * 24, -60), (e * 37, -40), (e * 35, -30), (e * 26, -32), (e * 16, -42)]).form(suit, 0.14)
        p.oval(e * 34, -30, 6.4).form(accent, 0.16)
    p.round_rect(-20, -62, 40, 38, 10).form(suit)
    p.round_rect(-10, -48, 20, 14, 3).solid(joint)
    p.rect(-7, -45, 6, 4).solid((0.90, 0.25, 0.22))
    p.rect(2, -45, 5, 4).solid((0.25, 0.55, 0.90))
    p.oval(0, -77, 24, 23).form(suit)
    visor = [(0, -93), (-15, -89), (-18, -76), (-13, -65), (0, -62), (13, -65), (18, -76), (15, -89)]
    p.blob(visor).form((0.20, 0.34, 0.62) if v.visor else (0.98, 0.70, 0.22), 0.22)
    p.blob([(-12, -86), (-4, -89), (-9, -76), (-14, -73)]).solid((1, 1, 1), 0.7, tint=False)


def robot(p, v):
    col, dark, lamp = v.color, (0.28, 0.31, 0.38), (0.45, 0.95, 1.0)
    for e in (-1, 1):
        p.rect(e * 10 - 4, -22, 8, 18).form(dark, 0.2)
        p.round_rect(e * 11 - 9, -8, 18, 8, 3).form(scaled(col, 0.8), 0.2)
        p.curve([(e * 22, -46), (e * 33, -40), (e * 34, -26)]).stroke(dark, 6)
        p.oval(e * 34, -24, 6.5).form(scaled(col, 0.85), 0.2)
    p.round_rect(-23, -55, 46, 36, 6).form(col)
    p.round_rect(-14, -47, 28, 18, 4).solid(mix(col, (1, 1, 1), 0.55))
    p.oval(-6, -38, 4).solid((0.95, 0.30, 0.25), tint=False)
    p.oval(6, -38, 4).solid((1.0, 0.82, 0.25), tint=False)
    p.rect(-6, -60, 12, 6).solid(dark)
    p.rect(-2, -101, 4, 10).solid(dark)
    p.oval(0, -101, 5).solid((1.0, 0.40, 0.32), tint=False)
    p.round_rect(-27, -94, 54, 36, 10).form(col)
    p.round_rect(-21, -87, 42, 21, 8).solid((0.12, 0.15, 0.24))
    for e in (-1, 1):
        p.rect(e * 29 - 3, -83, 6, 13).solid(dark)
        p.oval(e * 10, -77, 6).solid(lamp, tint=False)
        p.oval(e * 10 - 1.6, -79, 2.2).solid((1, 1, 1), tint=False)
    p.rect(-8, -64.5, 16, 3.2).solid(dark)


def snowman(p, v):
    white, col = (0.97, 0.98, 1.0), v.color
    for e in (-1, 1):
        p.curve([(e * 20, -44), (e * 38, -58), (e * 44, -54)]).stroke((0.40, 0.25, 0.15), 3.6)
        p.curve([(e * 36, -56), (e * 40, -66)]).stroke((0.40, 0.25, 0.15), 3)
    p.oval(0, -20, 30, 22).form(white)
    p.oval(0, -47, 23, 19).form(white)
    p.oval(0, -72, 18, 16).form(white)
    for y in (-50, -40):
        p.oval(0, y, 2.8).solid(DARK)
    p.blob([(-18, -63), (0, -57), (18, -63), (17, -55), (0, -50), (-17, -55)]).form(col, 0.12)
    p.blob([(8, -57), (17, -57), (18, -38), (9, -38)], 0.7).form(scaled(col, 0.9), 0.12)
    for e in (-1, 1):
        p.oval(e * 6.5, -76, 2.8).solid(DARK, tint=False)
    p.poly([(-1, -73), (20, -68), (-1, -67)]).solid((1.0, 0.55, 0.12))
    p.rect(-20, -88, 40, 5).solid((0.20, 0.20, 0.26))
    p.rect(-13, -104, 26, 17).form((0.22, 0.22, 0.28), 0.16)
    p.rect(-13, -92, 26, 5).solid(col)


PEOPLE = {"person": person, "portrait": portrait, "wizard": wizard, "astronaut": astronaut, "robot": robot,
          "snowman": snowman}
