# SPDX-License-Identifier: CC0-1.0
"""What a scene is called: many wordings of one scene, from two words to a long sentence.

No word is said that the picture does not show, but for a few praises that any picture may get as noise.
"""
import random

from scenes import OUTDOORS
from words import (CROWNED, CUTE, FILLER, HAIR_WORDS, HAPPY, NOISE, NOUNS, NUMBERS, OLD, OVER, PEOPLE, PORTRAIT_OF, SEASON_TAGS,
                   SEASON_WORDS, SKY_NAMES, STANDING_IN_SPACE, STYLE_PREFIX, STYLE_WORDS, TERRAIN_ALONE, TERRAIN_ON, TIME_TAGS, TIME_WORDS, WALL_WORDS,
                   WEATHER_TAGS, WEATHER_WORDS)

PREPOSITIONS = {"at", "in", "on", "under", "by", "during", "with", "while", "among"}
COLOR_SAID = {"castle": 0.6, "tree": 0.0, "flowers": 0.9}      # how often a colour is named; 0.8 where nothing is said


def article(s):
    return ("an " if s[0] in "aeiou" and not s.startswith("uni") else "a ") + s


# --- Subjects --------------------------------------------------------------------------------------------------------

def names(subject, r):
    """(colour adjective or '', noun, plural, what follows the noun) of a subject."""
    kind, color = subject["kind"], subject["color"]
    if kind == "flowers":
        word = r.choice(["flowers", "flowers", "flowers", "wildflowers", "blossoms"])
        return r.choice(["colorful", "colourful", "many"]) if color == "colorful" else color, word, word, ""
    if kind == "rider":
        horse = r.choice(["a horse", "a horse", article(f"{color} horse")])
        return "", "astronaut", "astronauts", r.choice([f" riding {horse}", f" riding {horse}", f" on {horse}", f" riding on {horse}"])
    one, many = r.choice(NOUNS[kind])
    said = color if color and r.random() < COLOR_SAID.get(kind, 0.8) else ""
    after = ""
    if kind == "bear" and color == "white":
        return "", *r.choice([("panda", "pandas"), ("panda bear", "panda bears")]), ""
    if kind == "hot-air balloon" and color == "colorful":
        said = r.choice(["colorful", "colourful", "rainbow", ""])
    elif kind == "house" and color == "brown":
        one, many = r.choice([("house", "houses"), ("log cabin", "log cabins"), ("cabin", "cabins"), ("wooden house", "wooden houses"),
                              ("wooden cabin", "wooden cabins")])
        said = "" if one != "house" else said
    elif kind == "castle":
        said = r.choice(["stone", "gray", "grey"]) if said == "gray" else said
        if r.random() < 0.12:
            after = f" with {subject['roof']} roofs"
    elif kind == "tree":
        choices = {"pink": [("cherry tree", "cherry trees"), ("cherry blossom tree", "cherry blossom trees"), ("pink tree", "pink trees"),
                            ("blooming tree", "blooming trees")],
                   "white": [("snowy tree", "snowy trees"), ("white tree", "white trees"), ("tree with snow", "trees with snow")]}
        if color in ("orange", "red", "yellow"):
            one, many = r.choice([("autumn tree", "autumn trees"), (f"{color} tree", f"{color} trees"), ("maple tree", "maple trees"),
                                  ("tree", "trees")])
        elif color in choices:
            one, many = r.choice(choices[color])
        elif subject["apples"]:
            one, many = r.choice([("apple tree", "apple trees"), ("tree with red apples", "trees with red apples")])
        elif r.random() < 0.12:
            one, many = "green tree", "green trees"
    elif kind == "dragon" and subject["fire"] and r.random() < 0.7:
        after = r.choice([" breathing fire", " with fire", " spitting fire"])
    elif kind == "unicorn" and said:
        said, after = "", r.choice([f" with {article(color)} mane", "", ""])
    elif kind == "planet" and subject["earth"]:
        if r.random() < 0.75:
            return "", "earth", "planets", ""
    elif kind == "planet" and color == "gray":
        if r.random() < 0.75:
            return "", "moon", "moons", ""
    elif kind == "planet" and subject["ring"]:
        if color in ("yellow", "orange") and r.random() < 0.3:
            return "", "saturn", "planets with rings", ""
        after = r.choice([" with rings", " with a ring", ""])
    elif kind == "fish" and subject["stripes"]:
        if r.random() < 0.5:
            one, many = "striped fish", "striped fish"
        elif color == "orange" and r.random() < 0.5:
            return "", "clownfish", "clownfish", ""
        else:
            after = r.choice([" with white stripes", ""])
    elif kind == "pumpkin":
        if subject["carved"]:
            one, many = r.choice([("halloween pumpkin", "halloween pumpkins"), ("carved pumpkin", "carved pumpkins"),
                                  ("jack-o'-lantern", "jack-o'-lanterns"), ("pumpkin with a face", "pumpkins with faces")])
        elif r.random() < 0.2:
            said = "orange"
    elif kind == "cactus":
        after = r.choice([" with flowers", " with pink flowers", " in bloom"]) if subject["bloom"] else ""
        said = r.choice(["green", "", "", ""])
    elif kind == "snowman" and said:
        said, after = "", r.choice([f" with {article(color)} scarf", f" wearing {article(color)} scarf", ""])
    elif kind == "astronaut" and said:
        said, after = "", r.choice([f" with {color} gloves", "", "", " in a white spacesuit"])
    elif kind == "wizard" and said:
        if r.random() < 0.5:
            said, after = "", r.choice([f" in {article(color)} robe", f" with {article(color)} hat", " with a magic staff", " with a long beard"])
    elif kind == "boat" and said and r.random() < 0.25:
        said, after = "", f" with {color} sails"
    elif kind == "rocket" and said and r.random() < 0.2:
        said, after = "", r.choice([f" with {color} fins", " with fire"])
    elif kind == "house" and subject["smoke"] and r.random() < 0.5:
        after = r.choice([" with smoke from the chimney", " with a smoking chimney"])
    elif kind == "sunflower" and r.random() < 0.15:
        said = "yellow"
    elif kind == "bowl":
        fruit = {"apple": "apples", "orange": "oranges", "lemon": "lemons"}[subject["fruit"]]
        after = r.choice([f" of {fruit}", f" of {fruit}", f" with {fruit}", " of fruit"])
    elif kind == "vase":
        after = r.choice([f" with {subject['flower']} flowers", f" of {subject['flower']} flowers", " with flowers", " of flowers"])
    elif kind in ("apple", "orange", "lemon") and not said and r.random() < 0.15:
        said = {"orange": "orange", "lemon": "yellow"}.get(kind, "")
        said = "" if said == one else said
    if said and kind == "cat" and color == "gray" or said and kind in ("robot", "owl", "rabbit") and color == "gray":
        said = r.choice(["gray", "grey"])
    return said, one, many, after


def person_words(subject, r):
    """A person with hair and clothes, and 'a portrait of' before it where it is one."""
    who = subject["who"]
    noun = r.choice(PEOPLE[who]) if not subject["crown"] or r.random() < 0.15 else CROWNED[who]
    if subject["hair"] == "white" and r.random() < 0.7:
        noun = "old " + noun if subject["crown"] else "old " + {"girl": "woman", "boy": "man"}.get(who, who)
    elif subject.get("beard") and r.random() < 0.3:
        noun = "bearded " + noun
    details = []
    if r.random() < 0.45:
        hair = r.choice(HAIR_WORDS[subject["hair"]])
        if r.random() < 0.75 or " " in noun:
            details.append(f"with {hair} hair")
        else:
            noun = f"{hair}-haired {noun}"
    if r.random() < 0.6:
        female = who in ("girl", "woman")
        wear = "dress" if female and subject["kind"] == "person" else r.choice(["shirt", "sweater", "t-shirt"])
        details.append(r.choice(["in", "wearing"]) + " " + article(f"{subject['color']} {wear}"))
    r.shuffle(details)
    if subject["crown"] and noun not in CROWNED.values():
        details.append("with a crown")
    if subject.get("beard") and r.random() < 0.6 and "bearded" not in noun:
        details.append("with a beard")
    text = article(noun) + "".join(" " + detail for detail in details)
    if subject["kind"] == "portrait":
        if r.random() < 0.12:
            return text + "'s face" if not details else f"{r.choice(PORTRAIT_OF)} {text}"
        return f"{r.choice(PORTRAIT_OF)} {text}"
    return text


def subject_words(subject, scene, r, bare=False):
    """A subject with article or number, adjectives and details; or as bare as newcomers ask for it."""
    kind, count, framing = subject["kind"], subject["count"], scene["framing"]
    if kind in ("person", "portrait"):
        if bare:
            noun = CROWNED[subject["who"]] if subject["crown"] else r.choice(PEOPLE[subject["who"]])
            words = [f"a portrait of {article(noun)}", f"a portrait of {article(noun)}", "a portrait", "a face"]
            return article(noun) if kind == "person" else r.choice(words)
        text = person_words(subject, r)
        if r.random() < 0.08 and text.startswith("a "):
            text = r.choice(["a happy ", "a smiling "]) + text[2:]
        return text
    color, one, many, after = names(subject, r)
    adjectives = []
    if bare:
        color, after = "", after if kind in ("bowl", "vase", "rider") else ""
    elif framing == "near" and r.random() < 0.10:
        adjectives.append(r.choice(["big", "large", "huge", "giant"]))
    elif framing == "far" and r.random() < 0.25:
        adjectives.append(r.choice(["small", "little", "tiny", "distant"]))
    if bare:
        pass
    elif kind in CUTE and r.random() < 0.08:
        adjectives.append(r.choice(["cute", "cute", "adorable", "lovely"]))
    elif kind in OLD and r.random() < 0.06:
        adjectives.append("old")
    elif kind in HAPPY and r.random() < 0.06:
        adjectives.append(r.choice(["happy", "friendly", "smiling"]))
    if color:
        adjectives.append(color)
    before = " ".join(adjectives) + (" " if adjectives else "")
    if kind == "flowers":
        text = before + one
        return r.choice(["", "", "a bunch of ", "some "]) + text if not bare and "many" not in text else text
    if count > 1:
        return f"{r.choice(NUMBERS[count])} {before}{many}{after}"
    if one in ("saturn", "earth", "moon"):
        return r.choice({"saturn": ["saturn", "the planet saturn"], "earth": ["the earth", "planet earth"],
                         "moon": ["the moon", "the moon", "a moon with craters"]}[one])
    text = article(before + one) + after
    if bare:
        return text
    if kind == "vase" and r.random() < 0.25:
        text = f"{subject['flower']} flowers in {article(before + one)}"
    if framing == "near" and r.random() < 0.07:
        text = r.choice(["a close-up of ", "close-up of "]) + text
    return text


def pair_words(scene, r):
    """Two subjects and which of them is where."""
    (left, right) = (subject_words(subject, scene, r) for subject in scene["subjects"])
    return r.choice([
        f"{left} to the left of {right}", f"{right} to the right of {left}", f"{left} on the left and {right} on the right",
        f"{right} on the right and {left} on the left", f"{left} left of {right}", f"{right} right of {left}",
        f"{left} and {right}", f"{left} and {right}", f"{right} and {left}", f"{left} next to {right}", f"{right} beside {left}",
        f"{left} with {right}"])


# --- Surroundings ----------------------------------------------------------------------------------------------------

def where(scene, r):
    """The place of the subjects, or ''."""
    terrain, kinds = scene["terrain"], {subject["kind"] for subject in scene["subjects"]}
    if terrain == "plain":
        color = r.choice(["gray", "grey"]) if scene["plain"] == "gray" else scene["plain"]
        return r.choice(WALL_WORDS[:3]).format(color=color, a=article(color))
    if terrain == "table":
        text = r.choice(TERRAIN_ON["table"])
        if r.random() < 0.3:
            text += ", " + r.choice(WALL_WORDS[1:2] + WALL_WORDS[3:]).format(color=scene["plain"], a=article(scene["plain"]))
        return text
    if terrain == "space" and kinds & {"astronaut", "robot", "rider"}:
        return r.choice(STANDING_IN_SPACE)
    if terrain == "city" and "city" in kinds:
        return ""
    if terrain == "sea" and kinds & {"palm tree", "castle"} and r.random() < 0.75:
        return r.choice(["on an island", "on a small island", "on an island in the sea",
                         "on a tropical island" if "palm tree" in kinds else "on an island"])
    if terrain == "sea" and kinds & {"lighthouse", "city", "castle", "penguin"}:
        return r.choice(["in the sea", "by the sea", "at sea"] if "lighthouse" in kinds else ["by the sea", "at the sea", "in the sea"])
    if terrain == "sea" and "boat" in kinds and r.random() < 0.1:
        return "off the coast"
    if terrain == "lake" and kinds & {"boat", "duck"}:
        return r.choice(["on a lake", "on a blue lake", "on the lake"])
    if "hot-air balloon" in kinds and r.random() < 0.6:
        over = {"meadow": "a meadow", "hills": "green hills", "mountains": "the mountains", "desert": "the desert", "lake": "a lake",
                "sea": "the sea", "snow": "a snowy landscape"}
        return r.choice(["over ", "above ", "flying over "]) + over.get(terrain, "the land")
    return r.choice(TERRAIN_ON[terrain])


def when(scene, r):
    """Time, weather and season, as a list of phrases; what a picture would have anyway is seldom said."""
    if scene["terrain"] not in OUTDOORS:
        return []
    phrases = []
    weather = scene["weather"]
    if scene["time"] != "day" or (weather in ("clear", "wind") and r.random() < 0.3):
        if r.random() < 0.95:
            phrases.append(r.choice(TIME_WORDS[scene["time"]]))
    if weather != "clear" and r.random() < 0.93:
        phrases.append(r.choice(WEATHER_WORDS[weather]))
    if scene["season"] and (r.random() < 0.9 if scene["season"] != "summer" else r.random() < 0.6):
        phrases.append(r.choice(SEASON_WORDS[scene["season"]]))
    r.shuffle(phrases)
    return phrases


def sky_words(scene, r):
    """What is in the sky."""
    sky, extras = scene["sky"], []
    if "sun" in sky and r.random() < 0.5:
        extras.append(r.choice(["the sun", "a bright sun", "the shining sun"]))
    if "moon" in sky and r.random() < 0.75:
        extras.append(r.choice(["the moon", "a full moon", "a full moon"]))
    if "crescent" in sky and r.random() < 0.8:
        extras.append(r.choice(["a crescent moon", "a crescent moon", "the moon"]))
    if "stars" in sky and r.random() < 0.6:
        extras.append(r.choice(["stars", "stars", "a starry sky", "bright stars"]))
    if "lights" in sky and r.random() < 0.95:
        extras.append(r.choice(["northern lights", "the northern lights", "aurora"]))
    if "clouds" in sky and r.random() < 0.65:
        extras.append(r.choice(["clouds", "clouds", "white clouds" if scene["time"] == "day" else "clouds"]))
    if "rainbow" in sky:
        extras.append("a rainbow")
    if "birds" in sky and r.random() < 0.9:
        extras.append(r.choice(["birds", "birds in the sky", "flying birds"]))
    if "balloon" in sky:
        extras.append(article(scene["balloon"]) + r.choice([" hot-air balloon", " balloon", " hot air balloon"]))
    r.shuffle(extras)
    return extras


def alone(scene, r):
    """A landscape without a subject."""
    terrain = scene["terrain"]
    text = r.choice(TERRAIN_ALONE[terrain])
    adjective = ""
    if terrain in OUTDOORS and r.random() < 0.15:
        adjective = {"night": r.choice(["dark", "moonlit"]) if {"moon", "crescent"} & set(scene["sky"]) else "dark",
                     "day": "sunny" if "sun" in scene["sky"] else "", "sunset": "", "dawn": ""}[scene["time"]]
        adjective = {"fog": r.choice(["foggy", "misty"]), "storm": "stormy", "rain": "rainy"}.get(scene["weather"], adjective)
    if adjective:
        bare = text.removeprefix("a ").removeprefix("the ")
        text = article(f"{adjective} {bare}") if text.startswith("a ") else f"{adjective} {bare}"
    return text


def skyscape(scene, r):
    """A landscape called by its sky: 'a sunset over the sea'; '' where the sky has no name."""
    sky = [thing for thing in ("rainbow", "lights", "moon", "crescent") if thing in scene["sky"]]
    keys = [thing for thing in (scene["weather"], scene["time"]) if thing in SKY_NAMES] + sky
    if scene["terrain"] not in OVER or not keys:
        return ""
    key = r.choice(keys)
    if key == "night" and "stars" not in scene["sky"]:
        return ""
    text = r.choice(SKY_NAMES[key])
    return text if r.random() < 0.25 else f"{text} over {r.choice(OVER[scene['terrain']])}"


# --- Whole captions --------------------------------------------------------------------------------------------------

def sentence(scene, r):
    """'a cat in a meadow at night with a full moon'."""
    subjects = scene["subjects"]
    times, extras, place = when(scene, r), sky_words(scene, r), where(scene, r)
    if not subjects:
        body = skyscape(scene, r) if r.random() < 0.4 else ""
        if body:
            return body
        body = alone(scene, r)
        if times:
            body += " " + " ".join(times)
    else:
        words = pair_words(scene, r) if len(subjects) == 2 else subject_words(subjects[0], scene, r)
        side = subjects[0]["side"] if len(subjects) == 1 else "none"
        if side in ("left", "right") and r.random() < 0.65:
            words += r.choice([f" on the {side}", f" on the {side}", f" on the {side} side"])
        if r.random() < 0.07:
            place = ""
        form = r.random()
        if form < 0.14 and scene["terrain"] in OUTDOORS and scene["framing"] in ("far", "near") and len(subjects) == 1:
            body = alone(scene, r) + f" with {words}" + "".join(" " + t for t in times)
        elif form < 0.22 and times:
            body = f"{', '.join(times)}, {words} {place}".rstrip()
        else:
            body = f"{words} {place}".rstrip() if not place.endswith(("background", "wall")) or place[:3] in ("on ", "in ", "wit") \
                else f"{words}, {place}"
            body += "".join(" " + t for t in times)
    if extras:
        if " with " in body or r.random() < 0.25:
            body += ", " + ", ".join(extras)
        else:
            last = extras.pop()
            body += " with " + (", ".join(extras) + " and " + last if extras else last)
    return body


def tags(scene, r):
    """'cat, meadow, night, full moon': as many artists write."""
    parts = []
    for subject in scene["subjects"]:
        parts.append(subject_words(subject, scene, r))
    place = where(scene, r)
    if scene["subjects"] and place and r.random() < 0.8:
        parts.append(place if scene["terrain"] in ("plain", "space") else r.choice(TERRAIN_ALONE[scene["terrain"]]))
    elif not scene["subjects"]:
        parts.append(alone(scene, r))
    if scene["terrain"] in OUTDOORS:
        if scene["time"] != "day" or r.random() < 0.3 and scene["weather"] == "clear":
            parts.append(r.choice(TIME_TAGS[scene["time"]]))
        if scene["weather"] != "clear":
            parts.append(r.choice(WEATHER_TAGS[scene["weather"]]))
        if scene["season"] and r.random() < 0.9:
            parts.append(r.choice(SEASON_TAGS[scene["season"]]))
    parts += sky_words(scene, r)
    if len(scene["subjects"]) == 2 and r.random() < 0.5:
        parts[0] += " on the left"
        parts[1] += " on the right"
    bare = r.random() < 0.5
    return ", ".join(part.removeprefix("a ").removeprefix("an ").removeprefix("the ") if bare else part for part in parts)


def brief(scene, r):
    """The subject alone, or the landscape alone."""
    if not scene["subjects"]:
        return alone(scene, r)
    bare = r.random() < 0.5
    words = pair_words(scene, r) if len(scene["subjects"]) == 2 else subject_words(scene["subjects"][0], scene, r, bare)
    return words.removeprefix("a ").removeprefix("an ") if r.random() < 0.3 else words


def ordinary(scene):
    """Whether the picture is what one expects when nothing but its subject was asked for."""
    usual_sky = not set(scene["sky"]) - {"sun", "clouds"}
    return scene["framing"] in ("near", "group", "pair", "view") and scene["time"] in ("day",) and scene["weather"] == "clear" \
        and scene["season"] in ("", "summer") and usual_sky or scene["terrain"] in ("space", "underwater", "table")


def clean_caption(scene, r):
    kind = r.random()
    short = 0.50 if ordinary(scene) else 0.03
    if kind < short:
        body = brief(scene, r)
    elif kind < short + 0.10:
        body = tags(scene, r)
    else:
        body = sentence(scene, r)
    if scene["terrain"] == "table" and r.random() < 0.12:
        body = f"still life, {body}" if r.random() < 0.3 else f"{body}, still life"
    style = scene["style"]
    chance = r.random()
    if chance < (0.62 if style == "flat" else 0.03):
        return body                                   # no style word: mostly the flat illustration
    of = body.split()[0] not in PREPOSITIONS
    if of and (chance < 0.30 or (style == "flat" and chance < 0.75)):
        return f"{r.choice(STYLE_PREFIX[style])} {body}"
    if chance < 0.38:
        return f"{r.choice(STYLE_WORDS[style])}, {body}"
    return f"{body}, {r.choice(STYLE_WORDS[style])}"


def caption(scene, seed, noise=0.0):
    """A caption for the scene, with varied wording, order and completeness.

    With probability `noise` it gets filler or nonsense words, or loses its articles, so that the model learns to shrug
    off words it does not know."""
    r = random.Random(seed * 40503 + 7)
    text = clean_caption(scene, r)
    if r.random() < noise:
        words = text.split(" ")
        for _ in range(r.choice([1, 1, 2, 3])):
            word = r.choice(NOISE) if r.random() < 0.6 else "".join(
                r.choice("aaeeiioubcdfghklmnprstvwyz") for _ in range(r.randint(2, 9)))
            words.insert(r.randint(0, len(words)), word)
        text = " ".join(words)
    if r.random() < noise:
        text = text.replace(" a ", " ")
        text = text[2:] if text.startswith("a ") else text
    if r.random() < noise * 0.5:
        text = r.choice(["a picture of ", "a drawing of ", "a photo of ", "picture: ", "draw ", "an image of "]) + text
    if r.random() < noise * 0.5:
        text += r.choice([".", "!", ", beautiful", ", highly detailed", ", masterpiece", ", best quality"])
    return text


def vocabulary_lines():
    """Lines for the tokenizer's training: words that captions hold only as noise."""
    return FILLER * 40 + ["a picture of", "a drawing of", "a photo of", "still life", "an image of", "draw a picture"] * 400 + NOISE * 40
