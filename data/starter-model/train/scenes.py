# SPDX-License-Identifier: CC0-1.0
"""The little world of the starter model: random scenes, and what a caption calls them.

A scene is a dictionary of words and flags; render.py draws it, caption() tells it.
"""
import random

STYLES = ["flat", "oil", "watercolor", "pixel", "ink"]
STYLE_WORDS = {
    "flat": ["flat illustration", "flat illustration", "flat vector illustration", "illustration"],
    "oil": ["oil painting", "oil painting", "painted in oil", "an oil painting with thick brush strokes"],
    "watercolor": ["watercolor", "watercolor", "watercolor painting", "soft watercolor on paper", "watercolour"],
    "pixel": ["pixel art", "pixel art", "8-bit pixel art", "retro game pixel art"],
    "ink": ["ink sketch", "ink sketch", "black and white ink drawing", "pen and ink sketch", "black and white"],
}
STYLE_PREFIX = {
    "flat": ["a flat illustration of", "an illustration of"],
    "oil": ["an oil painting of", "oil painting of"],
    "watercolor": ["a watercolor of", "a watercolor painting of"],
    "pixel": ["pixel art of", "a pixel art picture of"],
    "ink": ["an ink sketch of", "an ink drawing of"],
}
TIMES = ["day", "dawn", "sunset", "night", "storm"]
TIME_WORDS = {
    "day": ["on a sunny day", "at noon", "in daylight", "under a blue sky", "by day"],
    "dawn": ["at dawn", "at sunrise", "in the early morning", "under a pink sky"],
    "sunset": ["at sunset", "at dusk", "in the evening", "at golden hour", "under an orange sky"],
    "night": ["at night", "at night", "by night", "under a night sky", "in the dark"],
    "storm": ["in a storm", "on a stormy day", "in the rain", "under dark clouds"],
}
TERRAINS = ["meadow", "hills", "mountains", "desert", "sea", "lake", "forest", "snow", "beach"]
TERRAIN_ON = {
    "meadow": ["in a meadow", "on a green meadow", "in a green field", "on the grass"],
    "hills": ["on a green hill", "on a hill", "in the hills", "among rolling hills"],
    "mountains": ["in front of snowy mountains", "in the mountains", "below a snowy mountain", "near the mountains"],
    "desert": ["in the desert", "in a sandy desert", "among desert dunes"],
    "sea": ["on the sea", "at sea", "on the ocean", "on the blue sea"],
    "lake": ["by a lake", "beside a blue lake", "near a lake"],
    "forest": ["in a forest", "in front of a forest", "in the woods", "in a pine forest"],
    "snow": ["in the snow", "in a snowy field", "in winter"],
    "beach": ["on a beach", "on a sandy beach", "on a tropical beach"],
}
TERRAIN_ALONE = {
    "meadow": ["a meadow", "a green meadow", "a green field"],
    "hills": ["green hills", "rolling hills", "hills"],
    "mountains": ["snowy mountains", "mountains", "a mountain landscape"],
    "desert": ["a desert", "desert dunes", "sand dunes"],
    "sea": ["the sea", "a calm sea", "sea", "the ocean"],
    "lake": ["a lake", "a blue lake", "a quiet lake"],
    "forest": ["a forest", "a pine forest", "the woods"],
    "snow": ["a snowy field", "a winter landscape", "snow"],
    "beach": ["a beach", "a sandy beach", "a tropical beach"],
}
COLORS = {
    "red": (0.85, 0.17, 0.15), "blue": (0.18, 0.40, 0.85), "yellow": (0.98, 0.82, 0.18),
    "white": (0.97, 0.97, 0.95), "green": (0.22, 0.62, 0.28), "orange": (0.96, 0.52, 0.12),
    "purple": (0.55, 0.25, 0.70), "pink": (0.97, 0.55, 0.70), "black": (0.10, 0.10, 0.12),
}
SUBJECTS_FOR = {
    "meadow": ["house", "castle", "windmill", "round tree", "round trees", "flowers", "flowers", "cat", "pine tree"],
    "hills": ["house", "house", "castle", "windmill", "round tree", "pine trees", "lighthouse", "flowers", "cat"],
    "mountains": ["house", "castle", "pine tree", "pine trees", "none", "flowers", "none"],
    "desert": ["cactus", "cactus", "palm tree", "castle", "none", "house"],
    "sea": ["boat", "boat", "boat", "lighthouse", "none", "lighthouse"],
    "lake": ["boat", "house", "castle", "pine trees", "round tree", "none"],
    "forest": ["house", "castle", "cat", "none", "flowers"],
    "snow": ["house", "house", "pine tree", "pine trees", "castle", "cat", "none", "lighthouse"],
    "beach": ["palm tree", "palm tree", "palm trees", "house", "boat", "lighthouse"],
}
SUBJECT_COLORS = {
    "house": ["red", "blue", "yellow", "white", "green", "pink"],
    "boat": ["white", "red", "yellow", "blue", "green"],
    "flowers": ["red", "yellow", "white", "purple", "pink"],
    "cat": ["black", "orange", "white"],
    "lighthouse": ["red", "red", "blue"],
}
BALLOON_COLORS = ["red", "yellow", "blue", "purple", "green", "orange"]


def sample_scene(r):
    """Draw a random scene description with random.Random instance r."""
    sc = {"style": r.choices(STYLES, [26, 22, 20, 17, 15])[0]}
    if r.random() < 0.12:
        sc["kind"] = "still"
        sc["object"] = r.choices(["vase", "bowl", "apple", "cup"], [50, 25, 15, 10])[0]
        sc["color"] = r.choice(["blue", "red", "white", "green", "yellow"])
        sc["flower"] = r.choice(SUBJECT_COLORS["flowers"])
        sc["fruit"] = r.choice(["apples", "oranges", "lemons"])
        sc["wall"] = r.choice(["blue", "green", "yellow", "pink", "gray"])
        sc["time"] = "day"
        return sc
    sc["kind"] = "land"
    sc["time"] = r.choices(TIMES, [32, 14, 22, 22, 10])[0]
    sc["terrain"] = r.choice(TERRAINS)
    sc["subject"] = r.choice(SUBJECTS_FOR[sc["terrain"]])
    if sc["subject"] in SUBJECT_COLORS:
        sc["color"] = r.choice(SUBJECT_COLORS[sc["subject"]])
    sc["place"] = r.choices(["left", "center", "right"], [22, 56, 22])[0]
    t = sc["time"]
    sc["celestial"] = t in ("day", "dawn", "sunset", "night") and r.random() < 0.72
    sc["crescent"] = r.random() < 0.4
    sc["stars"] = t == "night" and r.random() < 0.8
    sc["clouds"] = r.randint(2, 4) if (t == "storm" or r.random() < 0.38) else 0
    sc["rainbow"] = t in ("day", "dawn", "storm") and r.random() < 0.12
    sc["birds"] = t in ("day", "dawn", "sunset") and r.random() < 0.16
    sc["balloon"] = r.choice(BALLOON_COLORS) if (t != "storm" and r.random() < 0.17) else None
    return sc


def article(s):
    return ("an " if s[0] in "aeiou" else "a ") + s


def subject_words(sc, r):
    k, col = sc["subject"], sc.get("color")
    adj = (col + " ") if col and r.random() < 0.93 else ""
    if k == "house":
        return article(adj + r.choice(["house", "house", "house", "house", "cottage", "cabin", "home",
                                       "little house" if not adj else "house"]))
    if k == "castle":
        return r.choice(["a castle", "a castle", "a castle", "an old castle", "a stone castle", "a palace",
                         "a big castle"])
    if k == "lighthouse":
        return article(adj + "lighthouse")
    if k == "boat":
        n = r.choice(["sailing boat", "sailboat", "boat", "sailing boat", "ship", "sailing ship"])
        if adj and r.random() < 0.25:
            return f"a {n} with {col} sails"
        return article(adj + n)
    if k == "flowers":
        return r.choice(["", "", "many ", "a field of "]) + adj + "flowers"
    if k == "cat":
        return article(adj + r.choice(["cat", "cat", "cat", "kitten"]))
    if k in ("pine tree", "round tree", "palm tree"):
        n = {"pine tree": ["pine tree", "pine tree", "tall pine tree", "fir tree"],
             "round tree": ["round tree", "tree", "big tree"], "palm tree": ["palm tree", "palm"]}[k]
        return article(r.choice(n))
    if k == "pine trees":
        return r.choice(["pine trees", "three pine trees", "fir trees", "pines"])
    if k == "round trees":
        return r.choice(["round trees", "trees", "three trees"])
    if k == "palm trees":
        return r.choice(["palm trees", "two palm trees"])
    return article(k)


FILLER = ("beautiful pretty lovely nice small big little tiny detailed very highly masterpiece quiet peaceful colorful "
          "colourful cozy magical amazing artwork simple minimal cute dreamy best quality wonderful scene view scenery "
          "landscape picture bright soft warm cold vivid fantasy some the of and with near far in on a").split()


def caption(sc, seed, noise=0.0):
    """A caption for the scene, with varied wording, order and completeness.
    With probability `noise` it gets filler or nonsense words, an odd case, or loses
    its articles, so that the model learns to shrug off words it does not know."""
    r = random.Random(seed * 40503 + 7)
    text = clean_caption(sc, r)
    if r.random() < noise:
        words = text.split(" ")
        for _ in range(r.choice([1, 1, 2, 3])):
            w = r.choice(FILLER) if r.random() < 0.6 else "".join(
                r.choice("aaeeiioubcdfghklmnprstvwyz") for _ in range(r.randint(2, 9)))
            words.insert(r.randint(0, len(words)), w)
        text = " ".join(words)
    if r.random() < noise:
        text = text.replace(" a ", " ")
        text = text[2:] if text.startswith("a ") else text
    if r.random() < noise * 0.5:
        text = r.choice(["a picture of ", "a drawing of ", "a photo of ", "picture: "]) + text
    if r.random() < noise * 0.5:
        text += r.choice([".", "!", ", beautiful", ", highly detailed"])
    return text


def clean_caption(sc, r):
    if sc["kind"] == "still":
        o = sc["object"]
        if o == "vase":
            body = r.choice([f"{article(sc['color'])} vase with {sc['flower']} flowers",
                             f"{sc['flower']} flowers in {article(sc['color'])} vase"])
        elif o == "bowl":
            body = f"{article(sc['color'])} bowl of {sc['fruit']}"
        elif o == "apple":
            body = article((sc["color"] if sc["color"] in ("green", "yellow") else "red") + " apple")
        else:
            body = f"{article(sc['color'])} cup" + r.choice(["", " of coffee", " of tea"])
        if r.random() < 0.55:
            body += r.choice([" on a table", " on a wooden table"])
        if r.random() < 0.45:
            body += f", {sc['wall']} wall" if r.random() < 0.5 else f" in front of {article(sc['wall'])} wall"
        if r.random() < 0.3:
            body = "still life, " + body if r.random() < 0.5 else body + ", still life"
    else:
        t, ter = sc["time"], sc["terrain"]
        say_time = r.random() < (0.55 if t == "day" else 0.95)
        tw = r.choice(TIME_WORDS[t])
        extras = []
        if sc["celestial"] and r.random() < 0.75:
            moon = "a crescent moon" if sc["crescent"] else r.choice(["the moon", "a full moon"])
            sun = r.choice(["the sun", "a bright sun"])
            extras.append(moon if t == "night" else sun)
        if sc["stars"] and r.random() < 0.7:
            extras.append("stars")
        if sc["clouds"] and t != "storm" and r.random() < 0.85:
            extras.append("clouds")
        if sc["rainbow"]:
            extras.append("a rainbow")
        if sc["birds"] and r.random() < 0.9:
            extras.append("birds")
        if sc["balloon"]:
            extras.append(article(sc["balloon"]) + r.choice([" hot-air balloon", " balloon", " hot air balloon"]))
        if sc["place"] != "center" and sc["subject"] not in ("none", "flowers") and r.random() < 0.6:
            place = f" on the {sc['place']}"
        else:
            place = ""
        if sc["subject"] == "none":
            body = r.choice(TERRAIN_ALONE[ter])
            if say_time:
                body = f"{body} {tw}" if r.random() < 0.7 else f"{t} {body.removeprefix('a ')}"
        else:
            sw = subject_words(sc, r)
            m = r.random()
            if m < 0.62 or (ter == "sea" and sc["subject"] == "lighthouse" and m < 0.62):
                on = r.choice(TERRAIN_ON[ter])
                if sc["subject"] == "lighthouse" and ter == "sea":
                    on = r.choice(["in the sea", "by the sea", "at sea"])
                elif ter == "lake" and sc["subject"] == "boat":
                    on = r.choice(["on a lake", "on a blue lake"])
                elif ter == "beach" and sc["subject"] == "boat":
                    on = r.choice(["near a beach", "off a sandy beach"])
                body = f"{sw}{place} {on}" if not place or r.random() < 0.5 else f"{sw} {on}{place}"
                if say_time:
                    body += " " + tw
            elif m < 0.84:
                body = r.choice(TERRAIN_ALONE[ter])
                if say_time and r.random() < 0.5:
                    body += " " + tw
                    say_time = False
                body += f" with {sw}{place}"
                if say_time:
                    body += " " + tw
            elif m < 0.94:
                body = f"{sw}, {r.choice(TERRAIN_ALONE[ter])}"
                if say_time:
                    body += f", {t if r.random() < 0.5 else tw}"
            else:  # short caption: the subject alone
                body = sw + (" " + tw if say_time else "")
        if extras:
            r.shuffle(extras)
            if "with" in body.split():
                body += ", " + ", ".join(extras)
            else:
                last = extras.pop()
                body += " with " + (", ".join(extras) + " and " + last if extras else last)
    st = sc["style"]
    u = r.random()
    if u < (0.55 if st == "flat" else 0.03):
        return body                                   # no style word: mostly flat
    if u < 0.28 or (st == "flat" and u < 0.65):
        return f"{r.choice(STYLE_PREFIX[st])} {body}"
    if u < 0.36:
        return f"{r.choice(STYLE_WORDS[st])}, {body}"
    return f"{body}, {r.choice(STYLE_WORDS[st])}"
