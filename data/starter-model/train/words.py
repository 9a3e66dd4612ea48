# SPDX-License-Identifier: CC0-1.0
"""The words of the captions. Lists repeat what shall be said more often."""

STYLE_WORDS = {
    "flat": ["flat illustration", "flat illustration", "illustration", "flat vector illustration", "vector art",
             "children's book illustration", "digital art", "cartoon"],
    "oil": ["oil painting", "oil painting", "oil painting", "painted in oil", "an oil painting with thick brush strokes",
            "impressionist painting", "painting with brush strokes"],
    "watercolor": ["watercolor", "watercolor", "watercolor painting", "soft watercolor on paper", "watercolour", "aquarelle"],
    "pixel": ["pixel art", "pixel art", "8-bit pixel art", "retro game pixel art", "16-bit", "pixelated"],
    "ink": ["ink sketch", "ink sketch", "black and white ink drawing", "pen and ink sketch", "black and white", "ink drawing",
            "black ink", "monochrome"],
    "pencil": ["pencil sketch", "pencil drawing", "pencil sketch", "graphite drawing", "sketch", "grey pencil sketch",
               "hand-drawn sketch"],
    "pastel": ["pastel drawing", "soft pastel", "chalk pastel", "pastel colors", "gouache", "pastel"],
    "comic": ["comic", "comic book style", "comic style", "pop art", "cartoon with black outlines", "bold outlines", "manga style"],
    "woodblock": ["woodblock print", "woodcut", "japanese woodblock print", "linocut", "ukiyo-e", "vintage print"],
}
STYLE_PREFIX = {
    "flat": ["a flat illustration of", "an illustration of", "a cartoon of", "vector art of", "a digital painting of"],
    "oil": ["an oil painting of", "oil painting of", "a painting of", "an impressionist painting of"],
    "watercolor": ["a watercolor of", "a watercolor painting of", "watercolor of", "a watercolour of"],
    "pixel": ["pixel art of", "a pixel art picture of", "a pixel art"],
    "ink": ["an ink sketch of", "an ink drawing of", "a black and white drawing of"],
    "pencil": ["a pencil sketch of", "a pencil drawing of", "a sketch of", "a hand-drawn sketch of"],
    "pastel": ["a pastel drawing of", "a soft pastel of", "a gouache painting of", "a pastel of"],
    "comic": ["a comic book drawing of", "a comic of", "comic art of", "pop art of"],
    "woodblock": ["a woodblock print of", "a woodcut of", "a linocut of", "a japanese print of"],
}
TIME_WORDS = {
    "day": ["on a sunny day", "at noon", "in daylight", "under a blue sky", "by day", "in the sunshine", "during the day"],
    "dawn": ["at dawn", "at sunrise", "in the early morning", "under a pink sky", "in the morning"],
    "sunset": ["at sunset", "at sunset", "at dusk", "in the evening", "at golden hour", "under an orange sky"],
    "night": ["at night", "at night", "at night", "by night", "under a night sky", "in the dark", "at midnight", "in the moonlight"],
}
TIME_TAGS = {"day": ["day", "daytime", "sunny", "bright"], "dawn": ["dawn", "sunrise", "morning"],
             "sunset": ["sunset", "sunset", "dusk", "evening"], "night": ["night", "night", "dark", "midnight"]}
WEATHER_WORDS = {
    "rain": ["in the rain", "on a rainy day", "in rainy weather", "while it rains"],
    "storm": ["in a storm", "on a stormy day", "under dark clouds", "in a thunderstorm", "with lightning", "in stormy weather"],
    "fog": ["in the fog", "in the mist", "on a foggy day", "in thick fog", "on a misty day"],
    "snowfall": ["in the falling snow", "while it snows", "on a snowy day", "in a snowfall", "with falling snow"],
    "wind": ["in the wind", "on a windy day", "with wind and flying leaves"],
}
WEATHER_TAGS = {"rain": ["rain", "rainy"], "storm": ["storm", "lightning", "stormy"], "fog": ["fog", "mist", "foggy", "misty"],
                "snowfall": ["snowfall", "falling snow"], "wind": ["wind", "windy"]}
SEASON_WORDS = {
    "autumn": ["in autumn", "in autumn", "in fall", "with autumn leaves", "in october"],
    "spring": ["in spring", "in spring", "with spring blossoms", "in april"],
    "winter": ["in winter", "in winter", "in the snow", "in december"], "summer": ["in summer", "in july"],
}
SEASON_TAGS = {"autumn": ["autumn", "fall colors"], "spring": ["spring", "blossoms"], "winter": ["winter", "snowy"], "summer": ["summer"]}
TERRAIN_ON = {
    "meadow": ["in a meadow", "on a green meadow", "in a green field", "on the grass", "in a field", "in the garden", "in a park"],
    "hills": ["on a green hill", "on a hill", "in the hills", "among rolling hills", "in the countryside"],
    "mountains": ["in front of snowy mountains", "in the mountains", "below a snowy mountain", "near the mountains"],
    "desert": ["in the desert", "in a sandy desert", "among desert dunes", "on the sand"],
    "sea": ["on the sea", "at sea", "on the ocean", "on the blue sea", "on the water"],
    "lake": ["by a lake", "beside a blue lake", "near a lake", "at a lake"],
    "forest": ["in a forest", "in front of a forest", "in the woods", "in the forest", "among the trees"],
    "snow": ["in the snow", "in a snowy field", "in winter", "in a snowy landscape", "in a winter landscape"],
    "beach": ["on a beach", "on a sandy beach", "on a tropical beach", "at the beach", "by the sea"],
    "city": ["in the city", "in a city street", "in front of skyscrapers", "on the street", "in town"],
    "space": ["in space", "in space", "in outer space", "among the stars", "in the galaxy"],
    "underwater": ["under water", "underwater", "in the sea", "in the deep blue sea", "in the ocean", "in an aquarium"],
    "table": ["on a table", "on a wooden table", "on the table", "in the kitchen"],
}
STANDING_IN_SPACE = ["on the moon", "on the moon", "in space", "on a moon among the stars"]
TERRAIN_ALONE = {
    "meadow": ["a meadow", "a green meadow", "a green field", "a field"],
    "hills": ["green hills", "rolling hills", "hills", "the countryside"],
    "mountains": ["snowy mountains", "mountains", "a mountain landscape", "mountain"],
    "desert": ["a desert", "desert dunes", "sand dunes", "the desert"],
    "sea": ["the sea", "a calm sea", "sea", "the ocean"],
    "lake": ["a lake", "a blue lake", "a quiet lake", "a mountain lake"],
    "forest": ["a forest", "the woods", "a forest", "forest"],
    "snow": ["a snowy field", "a winter landscape", "snow", "a snowy landscape"],
    "beach": ["a beach", "a sandy beach", "a tropical beach"],
    "city": ["a city street", "a city", "a street"],
    "space": ["space", "outer space", "the starry sky", "a galaxy", "a nebula", "stars in space"],
    "underwater": ["the sea floor", "an underwater scene", "under water", "the deep sea with bubbles"],
    "table": ["a wooden table"],
}
OVER = {"meadow": ["a meadow", "a field", "the fields"], "hills": ["the hills", "green hills"], "mountains": ["the mountains", "snowy mountains"],
        "desert": ["the desert", "the dunes"], "sea": ["the sea", "the ocean", "the water"], "lake": ["a lake", "the lake"],
        "forest": ["a forest", "the woods"], "snow": ["a snowy field", "the snow"], "beach": ["the beach", "a tropical beach"]}
# What a landscape is called by its sky.
SKY_NAMES = {"sunset": ["a sunset", "a sunset", "sunset", "a beautiful sunset", "a red sunset"], "dawn": ["a sunrise", "sunrise", "dawn"],
             "night": ["a night sky", "a starry night", "night", "a starry sky"], "storm": ["a storm", "a thunderstorm", "lightning"],
             "rainbow": ["a rainbow", "a colorful rainbow", "rainbow"], "lights": ["northern lights", "the northern lights", "aurora borealis"],
             "moon": ["a full moon", "the moon"], "crescent": ["a crescent moon"], "fog": ["fog", "morning mist"]}
WALL_WORDS = ["{color} background", "on {a} background", "with {a} background", "{color} wall", "in front of {a} wall"]

NUMBERS = {2: ["two", "two", "two", "a pair of", "2"], 3: ["three", "three", "three", "3"], 4: ["four", "four", "four", "4"]}

# What a kind is called: (one, many). Colours and details choose further names in captions.py.
NOUNS = {
    "cat": [("cat", "cats")] * 5 + [("kitten", "kittens"), ("kitty", "kitties")],
    "dog": [("dog", "dogs")] * 5 + [("puppy", "puppies")],
    "fox": [("fox", "foxes")],
    "rabbit": [("rabbit", "rabbits")] * 2 + [("bunny", "bunnies")],
    "bear": [("bear", "bears")] * 4 + [("teddy bear", "teddy bears")],
    "lion": [("lion", "lions")], "elephant": [("elephant", "elephants")],
    "duck": [("duck", "ducks")] * 3 + [("duckling", "ducklings")],
    "unicorn": [("unicorn", "unicorns")],
    "whale": [("whale", "whales")],
    "train": [("train", "trains")] * 2 + [("steam train", "steam trains"), ("locomotive", "locomotives")],
    "owl": [("owl", "owls")],
    "penguin": [("penguin", "penguins")],
    "bird": [("bird", "birds")] * 5 + [("songbird", "songbirds"), ("robin", "robins")],
    "fish": [("fish", "fish")] * 5 + [("goldfish", "goldfish")],
    "butterfly": [("butterfly", "butterflies")],
    "horse": [("horse", "horses")] * 4 + [("pony", "ponies")],
    "dragon": [("dragon", "dragons")],
    "wizard": [("wizard", "wizards")] * 3 + [("magician", "magicians"), ("sorcerer", "sorcerers")],
    "astronaut": [("astronaut", "astronauts")] * 4 + [("spaceman", "spacemen")],
    "robot": [("robot", "robots")],
    "snowman": [("snowman", "snowmen")],
    "house": [("house", "houses")] * 5 + [("cottage", "cottages"), ("cabin", "cabins"), ("home", "homes"), ("hut", "huts")],
    "castle": [("castle", "castles")] * 5 + [("palace", "palaces"), ("fortress", "fortresses")],
    "lighthouse": [("lighthouse", "lighthouses")],
    "windmill": [("windmill", "windmills")] * 4 + [("mill", "mills")],
    "city": [("city", "cities")] * 3 + [("city skyline", "city skylines"), ("skyline", "skylines")],
    "boat": [("sailing boat", "sailing boats"), ("sailboat", "sailboats"), ("boat", "boats"), ("boat", "boats"), ("ship", "ships"),
             ("sailing ship", "sailing ships"), ("yacht", "yachts")],
    "car": [("car", "cars")] * 4 + [("automobile", "automobiles")],
    "rocket": [("rocket", "rockets")] * 3 + [("spaceship", "spaceships"), ("rocket ship", "rocket ships")],
    "hot-air balloon": [("hot-air balloon", "hot-air balloons"), ("hot air balloon", "hot air balloons"), ("balloon", "balloons")],
    "planet": [("planet", "planets")],
    "pine tree": [("pine tree", "pine trees")] * 3 + [("fir tree", "fir trees"), ("pine", "pines"), ("tall pine tree", "tall pine trees"),
                                                      ("spruce", "spruces")],
    "tree": [("tree", "trees")] * 4 + [("round tree", "round trees"), ("oak tree", "oak trees"), ("big tree", "big trees")],
    "palm tree": [("palm tree", "palm trees")] * 3 + [("palm", "palms"), ("coconut palm", "coconut palms")],
    "cactus": [("cactus", "cacti")] * 3 + [("cactus", "cactuses")],
    "rose": [("rose", "roses")] * 6 + [("flower", "flowers")],
    "sunflower": [("sunflower", "sunflowers")] * 6 + [("yellow flower", "yellow flowers")],
    "tulip": [("tulip", "tulips")] * 3 + [("flower", "flowers")],
    "mushroom": [("mushroom", "mushrooms")] * 3 + [("toadstool", "toadstools")],
    "pumpkin": [("pumpkin", "pumpkins")],
    "apple": [("apple", "apples")], "orange": [("orange", "oranges")], "lemon": [("lemon", "lemons")],
    "vase": [("vase", "vases")], "bowl": [("bowl", "bowls")],
    "cup": [("cup", "cups")] * 3 + [("mug", "mugs"), ("cup of coffee", "cups of coffee"), ("cup of tea", "cups of tea"),
                                  ("coffee cup", "coffee cups")],
    "teapot": [("teapot", "teapots")],
    "cake": [("cake", "cakes")] * 3 + [("birthday cake", "birthday cakes")],
    "candle": [("candle", "candles")] * 3 + [("burning candle", "burning candles")],
    "heart": [("heart", "hearts")] * 3 + [("love heart", "love hearts")],
}
PEOPLE = {"girl": ["girl", "girl", "little girl", "child", "young girl"], "boy": ["boy", "boy", "little boy", "child", "young boy"],
          "woman": ["woman", "woman", "lady", "person"], "man": ["man", "man", "gentleman", "person"]}
CROWNED = {"girl": "princess", "boy": "prince", "woman": "queen", "man": "king"}
HAIR_WORDS = {"blond": ["blond", "blonde", "golden"], "black": ["black", "dark"], "brown": ["brown"], "red": ["red"],
              "white": ["white", "grey"]}
PORTRAIT_OF = ["a portrait of", "a portrait of", "portrait of", "the face of", "a close-up portrait of"]

CUTE = {"cat", "dog", "fox", "rabbit", "bear", "owl", "penguin", "bird", "dragon", "robot", "astronaut", "mushroom", "snowman", "lion", "elephant", "unicorn", "duck", "whale"}
OLD = {"castle", "house", "windmill", "lighthouse", "wizard", "tree"}
HAPPY = {"person", "dog", "snowman", "robot", "portrait", "dragon"}

FILLER = ("beautiful pretty lovely nice small big little tiny detailed very highly masterpiece quiet peaceful colorful "
          "colourful cozy magical amazing artwork simple minimal cute dreamy best quality wonderful scene view scenery "
          "landscape picture bright soft warm cold vivid fantasy some the of and with near far in on a").split()

# What may stand in a caption and shows nowhere: the model learns to shrug it off.
NOISE = ("beautiful pretty lovely nice detailed very highly masterpiece quiet peaceful magical amazing artwork dreamy best quality wonderful "
         "scene view scenery picture some the with please make me my draw paint create show image style art artist cinematic dramatic sharp "
         "focus high resolution hd ultra intricate elegant trending render is that this it to for from by at one great good new "
         "perfect stunning epic awesome gorgeous simple professional award winning").split()
