# SPDX-License-Identifier: CC0-1.0
"""The prompts of the sample sheets, in their order."""

PROMPTS = [
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
    "a blue house in the snow, pixel art",
    "a castle on a hill at night with stars and a crescent moon",
    "a red sailing boat on the ocean with a rainbow, flat illustration",
    "a forest at sunset, ink sketch",
]
