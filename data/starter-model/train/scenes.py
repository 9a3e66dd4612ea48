# SPDX-License-Identifier: CC0-1.0
"""The little world of the starter model: random scenes.

A scene is a dictionary of words, numbers and lists, fit for JSON. composition.py draws it, captions.py tells it, and
labels() says what a classifier can be asked about it.
"""
from subjects import BREADTH

SIZES = [(128, 128), (192, 128), (128, 192)]        # width, height
SIZE_SHARES = [70, 15, 15]
STYLES = {"flat": 34, "oil": 12, "watercolor": 11, "comic": 8, "ink": 8, "pixel": 7, "pencil": 7, "woodblock": 7, "pastel": 6}
TIMES = {"day": 54, "dawn": 11, "sunset": 17, "night": 18}
SEASONS = {"": 60, "autumn": 14, "spring": 12, "winter": 10, "summer": 4}
SEASONAL = {"meadow", "hills", "mountains", "lake", "forest"}        # terrains that look different in each season
OUTDOORS = {"meadow", "hills", "mountains", "desert", "sea", "lake", "forest", "snow", "beach", "city"}
WALLS = ["blue", "green", "yellow", "pink", "gray", "purple", "orange", "white", "black"]
FLOWER_COLORS = ["red", "yellow", "white", "purple", "pink", "orange", "blue"]
TREE_OF_SEASON = {"": ["green"], "summer": ["green"], "spring": ["pink", "pink", "green"], "autumn": ["orange", "red", "yellow"],
                  "winter": ["white"]}

ON_TABLE, ON_PLAIN = "table", "plain"

# How often each kind is drawn, where it may stand, and in which colours.
KINDS = {
    "cat": (4.0, "meadow meadow hills forest snow beach plain plain table", "orange black white gray"),
    "dog": (4.0, "meadow meadow hills forest snow beach plain plain city", "brown white black orange"),
    "fox": (2.2, "forest forest meadow snow hills plain", "orange"),
    "rabbit": (2.0, "meadow meadow forest snow hills plain", "white brown gray"),
    "bear": (1.4, "forest forest meadow mountains snow plain", "brown white black"),
    "lion": (1.8, "meadow hills desert forest plain beach", ""),
    "elephant": (1.5, "meadow desert hills plain beach forest", ""),
    "owl": (1.6, "forest forest snow plain hills", "brown white gray"),
    "penguin": (1.4, "snow snow snow plain sea", ""),
    "bird": (2.6, "meadow hills forest beach plain plain snow", "red blue yellow green orange white black"),
    "duck": (1.3, "lake lake sea beach plain meadow", "yellow white brown"),
    "fish": (2.2, "underwater", "red orange yellow blue green purple pink"),
    "butterfly": (2.0, "meadow meadow hills plain forest", "orange blue yellow red purple pink green"),
    "horse": (2.4, "meadow meadow hills mountains desert beach plain forest", "brown white black"),
    "unicorn": (1.6, "meadow hills forest plain mountains", "pink purple blue yellow"),      # the colour of its mane
    "rider": (1.6, "space space meadow hills desert plain", "brown white black"),            # an astronaut on a horse of that colour
    "whale": (1.3, "sea sea underwater", "blue gray purple"),
    "dragon": (2.2, "mountains hills meadow desert plain snow forest", "green red blue purple orange"),
    "person": (3.0, "meadow meadow hills beach snow city city forest plain", "red blue yellow green pink purple orange white"),
    "portrait": (2.4, "plain plain plain meadow forest beach", "red blue green yellow purple black white pink"),
    "wizard": (1.4, "forest mountains hills plain snow meadow", "blue purple red green"),
    "astronaut": (2.0, "space space space plain desert", "orange red blue"),
    "robot": (2.2, "city meadow plain plain desert space table", "red blue yellow green gray orange"),
    "snowman": (1.4, "snow snow snow", "red blue green purple orange"),
    "house": (4.0, "meadow hills hills mountains forest lake snow snow beach desert", "red blue yellow white green pink brown"),
    "castle": (3.6, "hills hills mountains meadow lake forest snow desert sea", "gray gray white pink brown"),
    "lighthouse": (2.4, "sea sea sea beach hills snow", "red red red blue green black"),
    "windmill": (2.0, "meadow meadow hills hills lake", "white yellow red blue brown"),
    "city": (2.0, "city city lake sea", ""),
    "boat": (3.2, "sea sea sea lake lake", "white red yellow blue green orange pink brown"),
    "car": (2.2, "city city city desert beach meadow plain", "red blue yellow green white orange pink black"),
    "train": (1.3, "meadow hills mountains desert snow", "red blue green black"),
    "rocket": (2.2, "space space space meadow desert plain hills", "red blue orange green purple yellow"),
    "hot-air balloon": (2.0, "meadow hills mountains desert lake sea snow", "red blue yellow green purple orange pink colorful"),
    "planet": (1.6, "space", "red orange yellow blue blue green purple pink gray"),
    "pine tree": (2.2, "meadow hills mountains snow snow lake forest plain", ""),
    "tree": (3.2, "meadow meadow hills hills lake mountains plain", ""),
    "palm tree": (2.0, "beach beach beach desert desert sea", ""),
    "cactus": (1.8, "desert desert desert plain table", ""),
    "flowers": (3.2, "meadow meadow hills mountains forest lake", "red yellow white purple pink orange blue colorful"),
    "rose": (2.2, "meadow plain plain table", "red red white yellow pink orange purple"),
    "sunflower": (1.6, "meadow hills plain plain", ""),
    "tulip": (1.4, "meadow meadow hills plain", "red yellow pink white purple orange"),
    "mushroom": (2.0, "forest forest meadow plain hills", "red red brown orange blue purple"),
    "pumpkin": (1.4, "meadow hills plain table", ""),
    "apple": (2.4, "table table table plain", "red red green yellow"),
    "orange": (1.2, "table table plain", ""),
    "lemon": (0.9, "table table plain", ""),
    "vase": (2.4, "table table table plain", "blue red white green yellow purple black pink"),
    "bowl": (1.5, "table table table plain", "blue red white green yellow purple"),
    "cup": (1.8, "table table plain", "red blue white green yellow pink purple black"),
    "teapot": (1.1, "table table plain", "red blue white green yellow pink"),
    "cake": (1.7, "table table plain", "pink white brown red blue yellow"),
    "candle": (1.2, "table table plain", "white red blue yellow green purple"),
    "heart": (0.7, "plain", "red pink blue purple yellow green"),
}

# How high it stands in a landscape, as a share of the picture's height; 0.42 where nothing is said.
STATURE = {"castle": 0.52, "lighthouse": 0.58, "windmill": 0.50, "house": 0.42, "city": 0.56, "pine tree": 0.56, "tree": 0.54,
           "palm tree": 0.58, "cactus": 0.46, "car": 0.26, "flowers": 0.40, "rocket": 0.54, "boat": 0.48, "mushroom": 0.38,
           "pumpkin": 0.32, "penguin": 0.42, "rabbit": 0.42, "train": 0.24, "rider": 0.50, "portrait": 0.66, "unicorn": 0.40}

GROUPED = {"cat", "dog", "fox", "rabbit", "penguin", "bird", "fish", "butterfly", "house", "boat", "hot-air balloon", "pine tree",
           "tree", "palm tree", "cactus", "rose", "sunflower", "tulip", "mushroom", "pumpkin", "apple", "orange", "lemon", "cup",
           "candle", "owl", "snowman", "heart", "robot", "planet", "duck", "bear", "lion"}
NARROW = {"person", "robot", "cat", "dog", "fox", "rabbit", "tree", "pine tree", "house", "castle", "windmill", "lighthouse",
          "snowman", "owl", "mushroom", "wizard", "lion", "unicorn", "elephant", "cactus", "bear", "sunflower", "penguin", "horse", "car", "rose", "tulip",
          "pumpkin", "palm tree", "flowers"}
TABLE_PAIRS = ["apple", "orange", "lemon", "vase", "cup", "teapot", "cake", "candle", "cat", "rose", "bowl"]


def pick(r, shares):
    return r.choices(list(shares), list(shares.values()))[0]


def new_subject(r, kind, season):
    """A subject with its colour and all those details that a caption may name or that the drawing chooses by."""
    colors = KINDS[kind][2].split()
    subject = {"kind": kind, "color": r.choice(colors) if colors else None, "count": 1, "side": "none"}
    if kind in ("person", "portrait"):
        who = r.choice(["girl", "boy", "woman", "woman", "man", "man"])
        hair = r.choice(["black", "black", "brown", "brown", "blond", "red"] + (["white"] if who in ("woman", "man") else []))
        subject.update(who=who, skin=r.randrange(5), hair=hair, eyes=r.randrange(3), beard=who == "man" and r.random() < 0.4,
                       crown=r.random() < 0.14)
    elif kind == "wizard":
        subject.update(who="man")
    elif kind == "tree":
        subject.update(color=r.choice(TREE_OF_SEASON[season]))
        subject.update(apples=subject["color"] == "green" and r.random() < 0.12)
    elif kind == "vase":
        subject.update(flower=r.choice([c for c in FLOWER_COLORS if c != subject["color"]]))
    elif kind == "bowl":
        subject.update(fruit=r.choice(["apple", "orange", "lemon"]))
    elif kind == "dragon":
        subject.update(fire=r.random() < 0.4)
    elif kind == "rocket":
        subject.update(fire=True)
    elif kind == "planet":
        subject.update(ring=subject["color"] != "gray" and r.random() < 0.5)
        subject.update(earth=subject["color"] == "blue" and not subject["ring"] and r.random() < 0.7)
    elif kind == "fish":
        subject.update(stripes=r.random() < 0.4)
    elif kind == "pumpkin":
        subject.update(carved=r.random() < 0.4)
    elif kind == "cactus":
        subject.update(bloom=r.random() < 0.3)
    elif kind == "castle":
        subject.update(roof=r.choice(["blue", "red", "purple"]))
    elif kind == "windmill":
        subject.update(turn=round(r.uniform(0.25, 0.95), 2))
    elif kind == "astronaut":
        subject.update(visor=r.random() < 0.5)
    elif kind == "house":
        subject.update(smoke=r.random() < 0.3)
    return subject


def sample_surroundings(r, scene):
    """Time, weather, season and sky of a landscape."""
    scene["time"] = pick(r, TIMES)
    terrain = scene["terrain"]
    if terrain in SEASONAL:
        scene["season"] = pick(r, SEASONS)
    cold = terrain == "snow" or scene["season"] == "winter"
    weathers = {"clear": 70, "rain": 0 if cold or terrain == "desert" else 7, "storm": 0 if cold else 5, "fog": 5,
                "snowfall": 24 if cold else 0, "wind": 9 if scene["season"] == "autumn" else 2}
    weather = scene["weather"] = pick(r, weathers)
    if weather == "storm":
        scene["time"] = "day"
    elif weather == "fog" and scene["time"] == "sunset":
        scene["time"] = "dawn"
    time, sky = scene["time"], scene["sky"]
    hidden = weather in ("storm", "fog", "rain", "snowfall")
    if not hidden and r.random() < {"day": 0.5, "dawn": 0.6, "sunset": 0.7, "night": 0.78}[time]:
        sky.append("sun" if time != "night" else r.choice(["moon", "moon", "crescent"]))
    if time == "night" and not hidden and r.random() < 0.8:
        sky.append("stars")
    if time == "night" and not hidden and r.random() < 0.13:
        sky.append("lights")
    if not hidden and r.random() < {"day": 0.42, "dawn": 0.3, "sunset": 0.3, "night": 0.15}[time]:
        sky.append("clouds")
    roomy = scene["framing"] != "near"      # a subject near to us would hide what follows
    if roomy and time == "day" and weather in ("clear", "rain") and r.random() < (0.35 if weather == "rain" else 0.10):
        sky.append("rainbow")
    if time != "night" and not hidden and r.random() < 0.10:
        sky.append("birds")
    if roomy and weather == "clear" and r.random() < 0.11:
        sky.append("balloon")
        scene["balloon"] = r.choice(["red", "yellow", "blue", "purple", "green", "orange", "colorful"])


def sample_scene(r):
    """Draws a random scene with a random.Random."""
    size = r.choices(SIZES, SIZE_SHARES)[0]
    scene = {"size": list(size), "style": pick(r, STYLES), "framing": "near", "time": "day", "weather": "clear", "season": "",
             "terrain": "plain", "sky": [], "balloon": None, "plain": None, "subjects": []}
    kind = r.choices(list(KINDS), [entry[0] for entry in KINDS.values()])[0]
    framing = pick(r, {"near": 45, "far": 22, "view": 10, "group": 11, "pair": 12})
    if scene["style"] == "pixel":       # of blocks so large that only one large thing can be told by them
        framing = "near"
    if framing == "group" and kind not in GROUPED:
        kind = r.choice(sorted(GROUPED))
    scene["framing"] = framing
    if framing == "view":
        scene["terrain"] = r.choice(sorted(OUTDOORS - {"city"}) + ["space", "underwater"])
    elif framing == "pair":
        sample_pair(r, scene)
    else:
        scene["terrain"] = r.choice(KINDS[kind][1].split())
    if scene["terrain"] in OUTDOORS:
        sample_surroundings(r, scene)
        outdoor_fixes(scene, kind)
    elif scene["terrain"] == "space":
        scene["time"] = "night"
    if framing in ("near", "far"):
        scene["subjects"] = [new_subject(r, kind, scene["season"])]
        scene["subjects"][0]["side"] = r.choices(["left", "middle", "right"], [27, 46, 27])[0] if framing == "far" else "middle"
    elif framing == "group":
        scene["subjects"] = [dict(new_subject(r, kind, scene["season"]), count=r.choices([2, 3, 4], [40, 38, 22])[0])]
        if scene["subjects"][0]["count"] == 4 and breadth(kind) > 0.9 and size[0] < 150:      # four would be too small
            scene["subjects"][0]["count"] = r.choice([2, 3])
    elif framing == "pair":
        for subject in scene["subjects"]:
            if subject["kind"] == "tree":
                subject["color"] = r.choice(TREE_OF_SEASON[scene["season"]])
    if scene["terrain"] in ("plain", "table"):
        taken = {subject["color"] for subject in scene["subjects"]}
        scene["plain"] = r.choice([wall for wall in WALLS[:7 if scene["terrain"] == "table" else 9] if wall not in taken])
    return scene


def sample_pair(r, scene):
    """Two different kinds, or one kind in two colours, side by side."""
    scene["terrain"] = r.choice(["meadow", "meadow", "hills", "snow", "beach", "plain", "table", "table"])
    kinds = TABLE_PAIRS if scene["terrain"] == "table" else sorted(
        kind for kind in NARROW if scene["terrain"] in KINDS[kind][1].split())
    first = r.choice(kinds)
    second = first if r.random() < 0.22 else r.choice(kinds)
    subjects = [new_subject(r, first, ""), new_subject(r, second, "")]
    if first == second:
        colors = sorted(set(KINDS[first][2].split()))
        if len(colors) < 2:
            subjects[1] = new_subject(r, r.choice([kind for kind in kinds if kind != first]), "")
        else:
            subjects[0]["color"], subjects[1]["color"] = r.sample(colors, 2)
    for subject, side in zip(subjects, ("left", "right")):
        subject["side"] = side
    scene["subjects"] = subjects


def outdoor_fixes(scene, kind):
    """Small exceptions that would look odd."""
    kinds = {kind} | {subject["kind"] for subject in scene["subjects"]}
    if kinds & {"hot-air balloon"} and scene["framing"] != "pair":
        scene["sky"] = [thing for thing in scene["sky"] if thing != "balloon"]
        scene["balloon"] = None
    scene["afloat"] = scene["terrain"] == "lake" and kind in ("boat", "city", "duck") and scene["framing"] in ("near", "far", "group")


def labels(scene):
    """What can be seen in the picture of a scene."""
    subjects = [{key: subject[key] for key in ("kind", "color", "count", "side")} for subject in scene["subjects"]]
    return {"subjects": subjects, "style": scene["style"], "time": scene["time"], "terrain": scene["terrain"],
            "weather": scene["weather"], "season": scene["season"], "sky": scene["sky"], "balloon": scene["balloon"],
            "background": scene["plain"], "framing": scene["framing"]}


def breadth(kind):
    """Width for a height of 1."""
    return BREADTH[kind] / 100
