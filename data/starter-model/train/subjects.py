# SPDX-License-Identifier: CC0-1.0
"""All subjects: how broad each is, how high it stands in a landscape, and how to draw one."""
from types import SimpleNamespace

from drawing import COLORS
from subjects_animals import ANIMALS
from subjects_buildings import BUILDINGS
from subjects_objects import FRUIT, OBJECTS
from subjects_people import PEOPLE
from subjects_plants import PLANTS
from subjects_vehicles import VEHICLES

DRAW = {**ANIMALS, **PEOPLE, **BUILDINGS, **VEHICLES, **PLANTS, **OBJECTS}

BREADTH = {   # in hundredths of the height; 70 where nothing stands
    "cat": 72, "lion": 84, "elephant": 160, "unicorn": 124, "rider": 124, "dog": 78, "fox": 84, "rabbit": 56, "bear": 74, "owl": 72, "penguin": 78, "bird": 124, "duck": 122,
    "fish": 142, "butterfly": 130, "horse": 124, "dragon": 172, "whale": 158,
    "person": 56, "portrait": 106, "wizard": 66, "astronaut": 78, "robot": 78, "snowman": 88,
    "house": 122, "castle": 108, "lighthouse": 62, "windmill": 92, "city": 150,
    "boat": 104, "car": 192, "train": 236, "rocket": 70, "hot-air balloon": 74, "planet": 110,
    "pine tree": 64, "tree": 84, "palm tree": 96, "cactus": 78, "flowers": 112, "rose": 64, "sunflower": 72, "tulip": 52,
    "mushroom": 94, "pumpkin": 116, "apple": 90, "orange": 94, "lemon": 106, "vase": 106, "bowl": 152,
    "cup": 106, "teapot": 130, "cake": 132, "candle": 68, "heart": 112,
}

FLOATING = {"fish", "butterfly", "hot-air balloon", "planet", "rocket", "whale"}    # need no ground below them

EYES = [(0.30, 0.55, 0.85), (0.36, 0.58, 0.34), (0.42, 0.26, 0.14)]
ROOFS = {"blue": (0.26, 0.40, 0.76), "red": (0.80, 0.26, 0.24), "purple": (0.52, 0.30, 0.68)}


def look(subject, scene):
    """What the drawing functions want to know of a subject of a scene."""
    dim = scene["time"] == "night" or scene["weather"] == "storm" or (scene["time"] == "sunset" and subject.get("lamps", True))
    kind, name = subject["kind"], subject.get("color")
    color = COLORS.get(name, COLORS["white"])
    if kind in FRUIT and name in (None, "red", "orange", "yellow", "green"):
        color = {"green": (0.52, 0.76, 0.26)}.get(name, FRUIT[kind] if name is None else COLORS[name])
    return SimpleNamespace(
        name=name, color=color, lamps=dim and scene["terrain"] not in ("plain", "table"),
        snow=scene["terrain"] == "snow" or scene["season"] == "winter", smoke=subject.get("smoke", False),
        fire=subject.get("fire", False), visor=subject.get("visor", False), who=subject.get("who", "girl"),
        skin=subject.get("skin", 0), hair=subject.get("hair", "brown"), beard=subject.get("beard", False),
        eyes=EYES[subject.get("eyes", 0)],
        roof=ROOFS[subject.get("roof", "blue")], crown=subject.get("crown", False), turn=subject.get("turn", 0.5),
        ring=subject.get("ring", False), earth=subject.get("earth", False),
        stripes=subject.get("stripes", False), carved=subject.get("carved", False), bloom=subject.get("bloom", False),
        apples=subject.get("apples", False), flower=COLORS[subject.get("flower", "red")], fruit=subject.get("fruit", "apple"))


def draw_subject(p, subject, scene, x, y, height, flip=False):
    """One of the subject, standing at (x, y), `height` pixels high."""
    c = p.c
    c.save()
    c.translate(x, y)
    c.scale(-height / 100 if flip else height / 100, height / 100)
    DRAW[subject["kind"]](p, look(subject, scene))
    c.restore()
