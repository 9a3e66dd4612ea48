# SPDX-License-Identifier: CC0-1.0
"""A small classifier of the drawings, to judge what the model paints.

    python3 classifier.py --data DIR... --held DIR --out RUN [--samples N] [--device cpu|cuda]

It learns from the labels of scenes.jsonl: which kinds of subjects there are (each yes or no); and, where the question has
an answer, one of: the subject's colour (not in ink and pencil), style, time of day and weather (outdoors), count (one kind),
side (one subject far away), kinds on the left and on the right (pairs). RUN gets classifier.pt, and log.jsonl with its
accuracy on held-out drawings; the same command goes on where it stopped. Pictures are softened and get noise at random,
since what it shall judge went through an autoencoder.
"""
import argparse
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import model
from device import Device
from pictures import to_tensor
from scenes import KINDS, OUTDOORS, STYLES, TIMES
from train_unet import read_scenes
from trainer import Plan, Trainer

KIND_NAMES = sorted(KINDS)
COLORS = sorted({color for _, _, colors in KINDS.values() for color in colors.split()})
ANSWERS = {"color": COLORS, "style": list(STYLES), "time": list(TIMES),
           "weather": ["clear", "rain", "storm", "fog", "snowfall", "wind"], "count": [1, 2, 3, 4],
           "side": ["left", "middle", "right"], "left": KIND_NAMES, "right": KIND_NAMES}
COLORLESS = {"ink", "pencil"}
WIDTHS, GROUPS = [32, 64, 96, 128], 8
COLUMNS = 3                    # left, middle and right of the picture are averaged apart


def questions(labels):
    """(kinds that are there, {question: answer} of those that have one) of a picture's labels."""
    subjects, answers = labels["subjects"], {"style": labels["style"]}
    if labels["terrain"] in OUTDOORS:
        answers.update(time=labels["time"], weather=labels["weather"])
    if len(subjects) == 1:
        subject = subjects[0]
        answers["count"] = subject["count"]
        if subject["color"] in COLORS and labels["style"] not in COLORLESS:
            answers["color"] = subject["color"]
        if labels["framing"] == "far":
            answers["side"] = subject["side"]
    elif len(subjects) == 2 and subjects[0]["kind"] != subjects[1]["kind"]:
        answers.update({subject["side"]: subject["kind"] for subject in subjects})
    return sorted({subject["kind"] for subject in subjects}), answers


def targets(entries):
    """kinds: N x KINDS of 0 and 1; each question: N numbers of answers, -1 where it has none."""
    asked = [questions(entry["labels"]) for entry in entries]
    wanted = {"kinds": torch.tensor([[float(kind in kinds) for kind in KIND_NAMES] for kinds, _ in asked])}
    for name, choices in ANSWERS.items():
        wanted[name] = torch.tensor([choices.index(answers[name]) if name in answers else -1 for _, answers in asked])
    return wanted


class Classifier(nn.Module):
    """Residual blocks at 1/2, 1/4, 1/8 and 1/16 of the size; averages of three columns; one linear layer a question."""

    def __init__(self):
        super().__init__()
        self.conv_in = nn.Conv2d(12, WIDTHS[0], 3, padding=1)
        self.blocks = nn.ModuleList(model.Resnet(a, b, 0, GROUPS, 1e-5) for a, b in zip(WIDTHS[:1] + WIDTHS, WIDTHS))
        self.downs = nn.ModuleList(model.Downsample(c, 1) for c in WIDTHS[:-1])
        self.norm = model.GroupNorm(GROUPS, WIDTHS[-1])
        sizes = {"kinds": len(KIND_NAMES), **{name: len(choices) for name, choices in ANSWERS.items()}}
        self.heads = nn.ModuleDict({name: nn.Linear(WIDTHS[-1] * COLUMNS, size) for name, size in sizes.items()})

    def features(self, x):
        """What the blocks see in N x 3 x H x W of -1..1, from fine to coarse."""
        x, seen = self.conv_in(F.pixel_unshuffle(x, 2)), []
        for i, block in enumerate(self.blocks):
            x = block(self.downs[i - 1](x) if i else x)
            seen.append(x)
        return seen

    def forward(self, x):
        x = self.norm.activated(self.features(x)[-1]).float()
        x = F.adaptive_avg_pool2d(x, (1, COLUMNS)).flatten(1)
        return {name: head(x).float() for name, head in self.heads.items()}


def distance(classifier, a, b):
    """Of the pictures a from b, one by one, as LPIPS (Zhang et al. 2018) without learned weights: at each place of each of
    the four features the squared distance of the directions, averaged over places, added up."""
    total = 0
    for f, g in zip(classifier.features(a), classifier.features(b)):
        total = total + (F.normalize(f.float(), dim=1) - F.normalize(g.float(), dim=1)).square().sum(1).mean((1, 2))
    return total


def hits(outputs, wanted):
    """{question: one number a picture: 1 right, 0 wrong, NaN not asked}. subject: the kinds that are there, n of them, are the n most likely ones."""
    there = wanted["kinds"] > 0
    counts = there.sum(1, keepdim=True)
    ranks = outputs["kinds"].argsort(1, descending=True).argsort(1)
    found = {"subject": ((ranks < counts) == there).all(1).float()}
    found["subject"][counts[:, 0] == 0] = float("nan")
    for name in ANSWERS:
        found[name] = (outputs[name].argmax(1) == wanted[name]).float()
        found[name][wanted[name] < 0] = float("nan")
    return found


class Drawings:
    """What render.py make wrote, with its entries."""

    def __init__(self, *folders):
        self.sizes = []
        for folder in folders:
            for size, entries in read_scenes(folder).items():
                pixels = np.load(os.path.join(folder, f"images-{size}.npy"), mmap_mode="r")
                self.sizes.append((pixels, entries, targets(entries)))
        self.shares = np.array([len(entries) for _, entries, _ in self.sizes], np.float64)
        self.shares /= self.shares.sum()

    def first(self, count, batch=16):
        """(pictures, entries, targets) of the first pictures of every size, count in all."""
        for (pixels, entries, wanted), share in zip(self.sizes, self.shares):
            n = min(len(entries), round(count * share))
            for i in range(0, n, batch):
                part = slice(i, min(n, i + batch))
                yield to_tensor(pixels[part]), entries[part], {name: value[part] for name, value in wanted.items()}


def softened(x, generator):
    """Blurred by up to about a pixel, with a little noise; each picture by its own amount."""
    blur, noise = torch.rand(2, len(x), 1, 1, 1, generator=generator)
    soft = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), "replicate"), 3, 1)
    return x + blur * (soft - x) + 0.06 * noise * torch.randn(x.shape, generator=generator)


class Work:
    def __init__(self, device, drawings, options):
        self.device, self.drawings, self.options = device, drawings, options

    def __call__(self, networks, step, part):
        o = self.options
        rng = np.random.default_rng((o.seed, step, part))
        generator = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
        pixels, entries, wanted = self.drawings.sizes[rng.choice(len(self.drawings.sizes), p=self.drawings.shares)]
        chosen = np.sort(rng.integers(0, len(entries), o.batch // o.parts))
        x = softened(to_tensor(pixels[chosen]), generator)
        with self.device.autocast():
            outputs = networks["classifier"](self.device.put(x))
        loss = self.loss(outputs, {name: self.device.put(value[chosen]) for name, value in wanted.items()})
        loss.backward()
        return loss.detach()[None].cpu()

    @staticmethod
    def loss(outputs, wanted):
        loss = F.binary_cross_entropy_with_logits(outputs["kinds"], wanted["kinds"], reduction="none").sum(1).mean()
        for name in ANSWERS:
            asked = wanted[name] >= 0
            if asked.any():
                loss = loss + F.cross_entropy(outputs[name][asked], wanted[name][asked])
        return loss


@torch.no_grad()
def accuracy(device, classifier, batches):
    """Mean of hits over batches of (pictures, targets)."""
    found = {}
    for x, wanted in batches:
        with device.autocast():
            outputs = classifier(device.put(x))
        for name, values in hits({key: value.cpu() for key, value in outputs.items()}, wanted).items():
            found.setdefault(name, []).append(values)
    return {name: float(torch.cat(values).nanmean()) for name, values in found.items()}


def load(path, device):
    classifier = Classifier()
    classifier.load_state_dict(torch.load(path, map_location="cpu"))
    return device.prepare(classifier.eval().requires_grad_(False))


def train(options):
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    device, drawings, held = Device(options.device), Drawings(*options.data), Drawings(options.held)
    networks = nn.ModuleDict({"classifier": Classifier()})
    plan = Plan(options.samples // options.batch, options.rate, 100, options.parts, {"classifier": (1.0, (0.9, 0.98))},
                ema=0.995)
    trainer = Trainer(device, networks, Work(device, drawings, options), ("loss",), plan, options.out)

    def evaluate(networks, step):
        return accuracy(device, networks["classifier"], ((x, wanted) for x, _, wanted in held.first(options.held_count)))

    resumed = trainer.resume()
    print(f"{model.count(networks['classifier']):,} parameters, {device.describe()}, step {trainer.step} of {plan.steps}",
          flush=True)
    if not resumed:
        trainer.log({"step": 0})
    trainer.run(evaluate, options.every, stop_at=options.stop_at)
    trainer.close()


def parse():
    parser = argparse.ArgumentParser(description="Train the classifier that judges the model.")
    parser.add_argument("--data", nargs="+", required=True, help="folders of render.py make")
    parser.add_argument("--held", required=True, help="the same with held-out pictures")
    parser.add_argument("--out", required=True)
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--samples", type=int, default=200_000)
    parser.add_argument("--stop-at", type=int, help="stop after this step, before the plan's end")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--parts", type=int, default=4)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--every", type=int, default=500, help="steps between evaluations")
    parser.add_argument("--held-count", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    train(parse())
