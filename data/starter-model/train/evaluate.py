# SPDX-License-Identifier: CC0-1.0
"""Two models side by side: pictures to look at, and a table of measures.

    python3 evaluate.py pictures OLD NEW OUT [--device cpu|cuda]
    python3 evaluate.py measure OLD NEW OUT --held DIR --classifier RUN/classifier.pt [--count N] [--device cpu|cuda]

OLD and NEW are diffusers folders, each with its own tokenizer. All pictures are painted with DDIM in 25 steps at guidance
4, both models from the same noise.

pictures writes sheet-1.png to sheet-4.png: the prompts of prompts.py, four seeds each, old on the left, new on the right.
measure writes measures.md and measures.json:
  1. the autoencoders on held-out drawings: PSNR, and the distance of the classifier's features (classifier.distance);
  2. the error of the noise that the UNets predict, at ten noise levels, for the same drawings, captions and noise, each
     model in its own latents; and what can be compared between latents, the PSNR of the picture that is decoded from
     x0 = (x_t - sqrt (1 - a) eps) / sqrt a, with the drawing;
  3. what the classifier sees in held-out drawings, as they are and after each autoencoder; and of what captions of
     held-out drawings say, how much it sees in the pictures that the models paint for them.
A caption is of the old world when its subjects are among OLD_KINDS and the old tokenizer knows each of its words.
"""
import argparse
import os
import re

import numpy as np
import torch
import torch.nn as nn
from PIL import Image, ImageDraw

import captions
import classifier as judge
import pipeline
import tokenizer
import words
from device import Device
from pictures import sheet
from prompts import PROMPTS
from schedule import SCALING_FACTOR, TRAIN_STEPS, alphas_cumprod
from train_unet import NOISE_LEVELS, Evaluation
from train_vae import decibel

SEEDS, SIDE = 4, 128
PROMPTS_A_SHEET = 8
LINE, GAP = 18, 12             # pixels: of a caption, and between old and new
STEPS, GUIDANCE, BATCH = 25, 4.0, 32
OLD_KINDS = {"house", "castle", "lighthouse", "boat", "windmill", "pine tree", "tree", "palm tree", "cactus", "flowers", "cat",
             "vase", "bowl", "apple", "cup"}


class Model:
    """A diffusers folder, ready to paint."""

    def __init__(self, folder, device):
        pipe = pipeline.Pipeline(folder)
        self.device, self.tok = device, pipe.tok
        self.networks = nn.ModuleDict({"unet": device.prepare(pipe.unet), "text": device.prepare(pipe.text)})
        self.sampler = Evaluation(device, None, pipe.vae, pipe.tok, None)
        self.vae = self.sampler.vae

    def paint(self, prompts, noise):
        """N x 3 x H x W in -1..1."""
        images = []
        for i in range(0, len(prompts), BATCH):
            tokens = self.sampler.tokens(prompts[i:i + BATCH])
            latents = self.sampler.sample(self.networks, tokens, noise[i:i + BATCH], steps=STEPS, guidance=GUIDANCE)
            images.append(self.sampler.decode(latents).clamp(-1, 1))
        return torch.cat(images)

    def encode(self, x):
        """Scaled means."""
        with self.device.autocast():
            return self.vae.encode(self.device.put(x))[0].float().cpu() * SCALING_FACTOR


def seeded_noise(count, seed):
    """Of pictures of SIDE pixels."""
    return torch.randn(count, 4, SIDE // 8, SIDE // 8, generator=torch.Generator().manual_seed(seed))


# --- Pictures --------------------------------------------------------------------------------------------------------

def draw_pictures(models, out):
    os.makedirs(out, exist_ok=True)
    noise = seeded_noise(SEEDS, 0)
    for first in range(0, len(PROMPTS), PROMPTS_A_SHEET):
        prompts = PROMPTS[first:first + PROMPTS_A_SHEET]
        repeated = [prompt for prompt in prompts for _ in range(SEEDS)]
        columns = [sheet(model.paint(repeated, noise.repeat(len(prompts), 1, 1, 1)), SEEDS) for model in models]
        width = columns[0].width
        page = Image.new("RGB", (2 * width + GAP, len(prompts) * (SIDE + LINE)), "white")
        draw = ImageDraw.Draw(page)
        for row, prompt in enumerate(prompts):
            y = row * (SIDE + LINE)
            for n, column in enumerate(columns):
                page.paste(column.crop((0, row * SIDE, width, (row + 1) * SIDE)), (n * (width + GAP), y))
            draw.text((4, y + SIDE + 3), prompt, fill="black")
        path = os.path.join(out, f"sheet-{first // PROMPTS_A_SHEET + 1}.png")
        page.save(path)
        print(path, flush=True)


# --- Autoencoders ----------------------------------------------------------------------------------------------------

def reconstructions(model, batches):
    """(pictures, entries, targets, what the autoencoder makes of the pictures)"""
    for x, entries, wanted in batches:
        yield x, entries, wanted, model.sampler.decode(model.encode(x)).clamp(-1, 1)


def measure_autoencoder(model, classifier, drawings, count):
    """{style or 'all': (PSNR, distance of features)}"""
    rows = {}
    for x, entries, _, drawn in reconstructions(model, drawings.first(count)):
        with model.device.autocast():
            far = judge.distance(classifier, model.device.put(drawn), model.device.put(x)).cpu()
        for entry, psnr, value in zip(entries, decibel((drawn - x).square()).tolist(), far.tolist()):
            for name in ("all", entry["labels"]["style"]):
                rows.setdefault(name, []).append((psnr, value))
    return {name: np.mean(values, 0).tolist() for name, values in rows.items()}


# --- Denoising -------------------------------------------------------------------------------------------------------

def measure_denoising(model, drawings, count):
    """[(mean squared error of eps, PSNR of x0 as a picture)] from little to much noise, in the middle of each level."""
    alphas, generator, rows = alphas_cumprod(), torch.Generator().manual_seed(11), [[] for _ in range(NOISE_LEVELS)]
    for x, entries, _ in drawings.first(count):
        x0 = model.encode(x)
        tokens = model.sampler.tokens([captions.caption(entry["scene"], entry["seed"]) for entry in entries])
        for level, errors in enumerate(rows):
            t = torch.full((len(x),), (2 * level + 1) * TRAIN_STEPS // (2 * NOISE_LEVELS))
            alpha, noise = alphas[t][:, None, None, None], torch.randn(x0.shape, generator=generator)
            x_t = alpha.sqrt() * x0 + (1 - alpha).sqrt() * noise
            eps = model.sampler.epsilon(model.networks, x_t, t, tokens)
            drawn = model.sampler.decode((x_t - (1 - alpha).sqrt() * eps) / alpha.sqrt()).clamp(-1, 1)
            mse, psnr = (eps - noise).square().mean((1, 2, 3)), decibel((drawn - x).square())
            errors += zip(mse.tolist(), psnr.tolist())
    return [np.mean(errors, 0).tolist() for errors in rows]


# --- Prompt agreement ------------------------------------------------------------------------------------------------

def says(caption, phrases):
    return any(re.search(rf"\b{re.escape(phrase)}\b", caption) for phrase in phrases)


def said(caption, labels):
    """Those of classifier.questions (labels) that the caption tells the answer of."""
    kinds, answers = judge.questions(labels)
    numbers = words.NUMBERS.get(answers.get("count"), ["a", "an", "the"])
    phrases = {"style": words.STYLE_WORDS[labels["style"]] + words.STYLE_PREFIX[labels["style"]],
               "time": words.TIME_WORDS[labels["time"]] + words.TIME_TAGS[labels["time"]],
               "weather": words.WEATHER_WORDS.get(labels["weather"], []) + words.WEATHER_TAGS.get(labels["weather"], []),
               "color": [answers.get("color"), "grey"] if answers.get("color") == "gray" else [str(answers.get("color"))],
               "count": numbers, "side": [f"on the {answers.get('side')}"], "left": ["left", "right"],
               "right": ["left", "right"]}
    return {name for name in answers if says(caption, phrases[name])} | ({"subject"} if kinds else set())


def is_old(caption, labels, tok):
    """Whether the old model has learned all of it."""
    pieces = tokenizer.pieces(tokenizer.clean(caption))
    return all(subject["kind"] in OLD_KINDS for subject in labels["subjects"]) and all(len(tok.bpe(p)) == 1 for p in pieces)


def measure_agreement(model, classifier, entries, old):
    """{question: (share right of all captions that answer it, how many these are, the same two of those that are old)}"""
    texts = [captions.caption(entry["scene"], entry["seed"]) for entry in entries]
    images = model.paint(texts, seeded_noise(len(texts), 1))
    with model.device.autocast():
        outputs = [classifier(model.device.put(part)) for part in images.split(BATCH)]
    outputs = {name: torch.cat([output[name].cpu() for output in outputs]) for name in outputs[0]}
    asked = [said(text, entry["labels"]) for text, entry in zip(texts, entries)]
    rows = {}
    for name, values in judge.hits(outputs, judge.targets(entries)).items():
        right = [(value, o) for value, names, o in zip(values.tolist(), asked, old) if name in names and value == value]
        pairs = [value for value, _ in right], [value for value, o in right if o]
        if right:
            rows[name] = [number for part in pairs for number in (float(np.mean(part)) if part else None, len(part))]
    return rows


# --- The table -------------------------------------------------------------------------------------------------------

def table(title, header, rows):
    def cell(value):
        return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
    lines = [f"| {' | '.join(map(cell, row))} |" for row in [header] + rows]
    return "\n".join([f"{title}\n", lines[0], "|" + "---|" * len(header), *lines[1:], ""])


def measure(models, options):
    """models: the old one, the new one."""
    os.makedirs(options.out, exist_ok=True)
    device, drawings = models[0].device, judge.Drawings(options.held)
    classifier = judge.load(options.classifier, device)
    found = {"autoencoder": [measure_autoencoder(model, classifier, drawings, options.count) for model in models]}
    found["denoising"] = [measure_denoising(model, drawings, options.denoising_count) for model in models]
    found["drawings"] = [judge.accuracy(device, classifier, ((x, wanted) for x, _, wanted in drawings.first(options.count)))]
    for model in models:
        again = reconstructions(model, drawings.first(options.count))
        found["drawings"].append(judge.accuracy(device, classifier, ((x, wanted) for _, _, wanted, x in again)))
    entries = [entry for _, part, _ in drawings.first(options.captions) for entry in part]
    old = [is_old(captions.caption(entry["scene"], entry["seed"]), entry["labels"], models[0].tok) for entry in entries]
    found["agreement"] = [measure_agreement(model, classifier, entries, old) for model in models]
    pipeline.write_json(os.path.join(options.out, "measures.json"), found)
    text = report(found, options)
    with open(os.path.join(options.out, "measures.md"), "w", encoding="utf-8") as file:
        file.write(text)
    print(text)


def report(found, options):
    a, b = found["autoencoder"]
    vae = table(f"Autoencoder, {options.count} held-out drawings (distance: of the classifier's features)",
                ["style", "PSNR old", "PSNR new", "distance old", "distance new"],
                [[name, a[name][0], b[name][0], a[name][1], b[name][1]] for name in sorted(a)])
    step = TRAIN_STEPS // NOISE_LEVELS
    unet = table(f"Predicted noise, {options.denoising_count} held-out drawings",
                 ["time step", "error old", "error new", "PSNR of x0 old", "PSNR of x0 new"],
                 [[str(level * step + step // 2), *(row[i] for i in (0, 1) for row in rows)]
                  for level, rows in enumerate(zip(*found["denoising"]))])
    seen = table(f"What the classifier sees in {options.count} held-out drawings",
                 ["question", "drawing", "after the old autoencoder", "after the new one"],
                 [[name, *(row[name] for row in found["drawings"])] for name in found["drawings"][0]])
    old, new = found["agreement"]
    agreement = table(f"What it sees of {options.captions} held-out captions in the pictures painted for them",
                      ["question", "captions", "old", "new", "of the old world", "old", "new"],
                      [[name, o[1], o[0], n[0], o[3], o[2], n[2]] for name, (o, n) in
                       ((name, (old[name], new[name])) for name in old)])
    return "\n".join([vae, unet, seen, agreement])


def parse():
    parser = argparse.ArgumentParser(description="Compare two models.")
    parser.add_argument("task", choices=("pictures", "measure"))
    parser.add_argument("old", help="diffusers folder")
    parser.add_argument("new", help="diffusers folder")
    parser.add_argument("out", help="folder")
    parser.add_argument("--held", help="folder of render.py make with held-out drawings")
    parser.add_argument("--classifier", help="classifier.pt of classifier.py")
    parser.add_argument("--count", type=int, default=512, help="drawings for the autoencoder and the classifier")
    parser.add_argument("--denoising-count", type=int, default=128, help="drawings for the predicted noise")
    parser.add_argument("--captions", type=int, default=512, help="captions to paint")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    return parser.parse_args()


@torch.no_grad()
def main(options):
    device = Device(options.device)
    models = [Model(folder, device) for folder in (options.old, options.new)]
    if options.task == "pictures":
        draw_pictures(models, options.out)
    else:
        measure(models, options)


if __name__ == "__main__":
    main(parse())
