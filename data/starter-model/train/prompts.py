# SPDX-License-Identifier: CC0-1.0
"""The prompts of the sample sheets, in their order: the first half could be said in the first model's little world, the
second half needs what was added since (animals, people, things, counts, sides, weather, seasons, more styles)."""

OLD_PROMPTS = [
    "a red house on a green hill at sunset, oil painting",
    "night sea with a white sailing boat, pixel art",
    "a castle in front of snowy mountains, watercolor",
    "a lighthouse by the sea in a storm, ink sketch",
    "a palm tree on a beach at sunset",
    "a cactus in the desert by day with a bright sun, flat illustration",
    "red flowers in a green field with a yellow hot-air balloon",
    "a black cat in the snow at night with a full moon",
    "pine trees by a lake at dawn, oil painting",
    "a windmill in a meadow with clouds, watercolor",
    "a blue vase with yellow flowers on a table, oil painting",
    "a bowl of oranges, still life, watercolor",
    "a castle",
    "an orange cat",
    "a red sailing boat on the ocean with a rainbow, flat illustration",
    "a forest at sunset, ink sketch",
]
NEW_PROMPTS = [
    "a dog",
    "a cute fox in an autumn forest",
    "a green dragon breathing fire in the mountains",
    "a robot in the city at night, comic book style",
    "an astronaut on the moon",
    "a red rocket in space, pixel art",
    "three red apples on a table",
    "two penguins in the falling snow",
    "a white cat to the left of a red house",
    "a blue bird on the right and a yellow bird on the left",
    "a portrait of a woman with red hair, oil painting",
    "a city by the sea at night, woodblock print",
    "a mushroom in a forest in the fog, pencil sketch",
    "a red car on a rainy day",
    "an orange fish, soft pastel",
    "a sunflower on a blue background, linocut",
]
PROMPTS = OLD_PROMPTS + NEW_PROMPTS
