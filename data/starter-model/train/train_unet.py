# SPDX-License-Identifier: CC0-1.0
"""Train the UNet and the text encoder together on cached latents.

    python3 train_unet.py prepare --data DIR... --vae VAE --tokenizer DIR --out PREPARED [--device cpu|cuda]
    python3 train_unet.py train --data PREPARED --held PREPARED --vae VAE --tokenizer DIR --out DIR [--init MODEL]
                                [--samples N] [--batch N] [--rate R] [--device cpu|cuda]

prepare writes, for each size of picture, latents (mean and standard deviation) and token ids (some wordings of each
caption) as .npy files. train goes on where the run in OUT stopped when the same command is given again; OUT gets
checkpoint.pt, unet.pt and text.pt (averaged weights), log.jsonl and sheets of samples. VAE is a .pt of train_vae.py or a
diffusers folder. MODEL is a diffusers folder to begin with, whose vocabulary may be a smaller one: tokens keep their
embedding by their spelling, a new word begins with the mean of the pieces that it was before.

Epsilon prediction, scaled-linear betas, min-SNR-5 loss weights, AdamW, averaged weights; some captions are dropped for
classifier-free guidance. Every part of a batch is of one size.
"""
import argparse
import json
import multiprocessing as mp
import os
import re

import numpy as np
import torch
import torch.nn as nn

import captions
import model
import pipeline
import tokenizer
from device import Device
from pictures import sheet, to_tensor
from prompts import PROMPTS
from schedule import SCALING_FACTOR, TRAIN_STEPS, alphas_cumprod, timesteps
from train_vae import load_vae
from trainer import Plan, Trainer

FIGURES = ("weighted", "mse")
NOISE_LEVELS = 10              # of the held-out error: time steps 0..99, 100..199, and so on
HELD_BATCH = 40                # held-out pictures at a time, each at another time step
BLOCK = 256                    # pictures that one job of prepare encodes
WIDE_PROMPTS = 4               # prompts of the second sheet, of pictures half as wide again


def unet_config():
    return dict(model.UNET_CONFIG)


def text_config(tok):
    return dict(model.TEXT_CONFIG, vocab_size=len(tok.vocab), bos_token_id=tok.bos, eos_token_id=tok.eos,
                pad_token_id=tok.eos)


# --- Caching ---------------------------------------------------------------------------------------------------------

def read_scenes(folder):
    """The entries of scenes.jsonl for each size, in the order of its pictures."""
    sizes = {}
    with open(os.path.join(folder, "scenes.jsonl"), encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            sizes.setdefault("%dx%d" % tuple(entry["size"]), []).append(entry)
    return {size: sorted(entries, key=lambda entry: entry["index"]) for size, entries in sizes.items()}


class Encoder:
    """One process of prepare."""

    def __init__(self, options):
        torch.set_num_threads(1)
        self.options, self.device = options, Device(options.device)
        self.vae = self.device.prepare(load_vae(options.vae).eval())
        self.tok = tokenizer.Tokenizer.load(options.tokenizer)

    @torch.no_grad()
    def encode(self, folder, size, entries, begin):
        pixels = np.load(os.path.join(folder, f"images-{size}.npy"), mmap_mode="r")[begin:begin + len(entries)]
        ids = np.array([[self.tok.encode(self.caption(entry, k)) for k in range(self.options.wordings)]
                        for entry in entries], np.int16)
        return {"ids": ids, **self.latents(pixels)}

    def caption(self, entry, k):
        """The k-th wording."""
        return captions.caption(entry["scene"], entry["seed"] + k * 10 ** 9, noise=self.options.noise if k else 0.0)

    def latents(self, pixels):
        mean, std = [], []
        for i in range(0, len(pixels), 16):
            with self.device.autocast():
                m, logvar = self.vae.encode(self.device.put(to_tensor(pixels[i:i + 16])))
            mean.append(m.float().cpu().numpy().astype(np.float16))
            std.append((0.5 * logvar.float()).exp().cpu().numpy().astype(np.float16))
        return {"mean": np.concatenate(mean), "std": np.concatenate(std)}


def start_encoder(encoder, options):
    encode_job.encoder = encoder(options)


def encode_job(job):
    return job[1], encode_job.encoder.encode(*job)


def prepare(options, encoder=Encoder):
    """Writes NAME-WxH.npy for each array that the encoder makes. Sizes are those of the pictures; the latents have an
    eighth."""
    os.makedirs(options.out, exist_ok=True)
    folders = [(folder, read_scenes(folder)) for folder in options.data]
    jobs = [(folder, size, entries[begin:begin + BLOCK], begin) for folder, sizes in folders
            for size, entries in sizes.items() for begin in range(0, len(entries), BLOCK)]
    done, sizes = 0, {}
    with mp.get_context("spawn").Pool(Device(options.device).workers, start_encoder, (encoder, options)) as pool:
        for size, parts in pool.imap(encode_job, jobs):
            sizes.setdefault(size, []).append(parts)
            done += 1
            print(f"{done}/{len(jobs)}", flush=True)
    for size, parts in sizes.items():
        for name in parts[0]:
            np.save(os.path.join(options.out, f"{name}-{size}.npy"), np.concatenate([part[name] for part in parts]))
        if "mean" in parts[0]:
            scaled = np.concatenate([part["mean"] for part in parts]).astype(np.float32) * SCALING_FACTOR
            print(f"{size}: {len(scaled):,} pictures, scaled latents: mean {scaled.mean((0, 2, 3)).round(3)}, "
                  f"std {scaled.std((0, 2, 3)).round(3)}")


class Latents:
    """What prepare wrote: for each size token ids, means, standard deviations, and those arrays that are named besides."""

    def __init__(self, folder, *more):
        names = sorted(name for name in os.listdir(folder) if re.fullmatch(r"ids-\d+x\d+\.npy", name))
        self.sizes = [[np.load(os.path.join(folder, kind + name[3:]), mmap_mode="r")
                       for kind in ("ids", "mean", "std", *more)] for name in names]
        self.shares = np.array([len(size[0]) for size in self.sizes], np.float64)
        self.shares /= self.shares.sum()

    def __len__(self):
        return sum(len(size[0]) for size in self.sizes)


# --- The networks ----------------------------------------------------------------------------------------------------

def new_networks(tok):
    """Residual branches start at zero, embeddings small."""
    unet, text = model.UNet(unet_config()), model.TextEncoder(text_config(tok))
    for module in unet.modules():
        if isinstance(module, model.Resnet):
            nn.init.zeros_(module.conv2.weight)
        if isinstance(module, model.SpatialTransformer):
            nn.init.zeros_(module.proj_out.weight)
    nn.init.zeros_(unet.conv_out.weight)
    nn.init.zeros_(unet.conv_out.bias)
    embeddings = text.text_model.embeddings
    nn.init.normal_(embeddings.token_embedding.weight, std=0.05)
    nn.init.normal_(embeddings.position_embedding.weight, std=0.02)
    return nn.ModuleDict({"unet": unet, "text": text})


def grown_embedding(old, old_tok, tok):
    """The rows of old in the order of tok's vocabulary."""
    rows = []
    for token in sorted(tok.vocab, key=tok.vocab.get):
        if token in old_tok.vocab:
            rows.append(old[old_tok.vocab[token]])
        else:
            pieces = old_tok.bpe(token.removesuffix("</w>"))
            rows.append(torch.stack([old[old_tok.vocab[piece]] for piece in pieces]).mean(0))
    return torch.stack(rows)


def load_networks(folder, tok):
    """The networks of a diffusers folder, the text encoder grown to tok's vocabulary."""
    def read(part, name):
        tensors = pipeline.load_safetensors(os.path.join(folder, part, name))
        return {key: torch.from_numpy(array.astype(np.float32)) for key, array in tensors.items()}

    networks = new_networks(tok)
    networks["unet"].load_state_dict(read("unet", "diffusion_pytorch_model.safetensors"))
    text, key = read("text_encoder", "model.safetensors"), "text_model.embeddings.token_embedding.weight"
    text[key] = grown_embedding(text[key], tokenizer.Tokenizer.load(os.path.join(folder, "tokenizer")), tok)
    networks["text"].load_state_dict(text)
    return networks


# --- Training --------------------------------------------------------------------------------------------------------

def predict(networks, x, t, tokens):
    """eps. A training of something else gives another function to Work and Evaluation; it is then called with the further
    arrays of Latents, too."""
    return networks["unet"](x, t, networks["text"](tokens))


class Work:
    """Forward and backward of one part of a step."""

    def __init__(self, device, latents, tok, options, predict=predict):
        self.device, self.latents, self.options, self.predict = device, latents, options, predict
        self.empty = torch.tensor(tok.encode(""))
        self.alphas = alphas_cumprod()
        snr = self.alphas / (1 - self.alphas)
        self.weight = torch.minimum(snr, torch.tensor(5.0)) / snr

    def batch(self, step, part):
        """Clean latents, token ids, time steps (spread evenly), noise, and the rest of Latents."""
        o, size = self.options, self.options.batch // self.options.parts
        rng = np.random.default_rng((o.seed, step, part))
        generator = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
        ids, mean, std, *more = self.latents.sizes[rng.choice(len(self.latents.sizes), p=self.latents.shares)]
        chosen = np.sort(rng.choice(len(ids), size, replace=size > len(ids)))
        mu, sigma = (torch.from_numpy(array[chosen].astype(np.float32)) for array in (mean, std))
        x0 = (mu + sigma * torch.randn(mu.shape, generator=generator)) * SCALING_FACTOR
        tokens = torch.from_numpy(ids[chosen, rng.integers(0, ids.shape[1], size)].astype(np.int64))
        tokens[torch.rand(size, generator=generator) < o.dropout] = self.empty
        t = (torch.randperm(size, generator=generator) + torch.rand(size, generator=generator)) * (TRAIN_STEPS / size)
        noise = torch.randn(x0.shape, generator=generator)
        return x0, tokens, t.long().clamp(0, TRAIN_STEPS - 1), noise, [torch.from_numpy(array[chosen]) for array in more]

    def __call__(self, networks, step, part):
        x0, tokens, t, noise, more = self.batch(step, part)
        alpha, weight = self.alphas[t][:, None, None, None], self.device.put(self.weight[t])
        x_t = self.device.put(alpha.sqrt() * x0 + (1 - alpha).sqrt() * noise)
        with self.device.autocast():
            eps = self.predict(networks, x_t, *map(self.device.put, (t, tokens, *more)))
        per_picture = (eps.float() - self.device.put(noise)).square().mean((1, 2, 3))
        loss = (per_picture * weight).mean()
        loss.backward()
        return torch.stack([loss.detach(), per_picture.detach().mean()]).cpu()


class Evaluation:
    """On pictures that training never sees, with the averaged weights: the mean squared error of epsilon by noise level,
    and sheets of samples."""

    def __init__(self, device, latents, vae, tok, options, predict=predict):
        self.device, self.latents, self.tok, self.options, self.predict = device, latents, tok, options, predict
        self.vae, self.alphas = device.prepare(vae.eval()), alphas_cumprod()

    @torch.no_grad()
    def __call__(self, networks, step):
        o, generator = self.options, torch.Generator().manual_seed(5)
        sums, counts = [0.0] * NOISE_LEVELS, [0] * NOISE_LEVELS
        for (ids, mean, _, *more), share in zip(self.latents.sizes, self.latents.shares):
            for i in range(0, min(len(ids), round(o.held_count * share)), HELD_BATCH):
                x0 = torch.from_numpy(mean[i:i + HELD_BATCH].astype(np.float32)) * SCALING_FACTOR
                t = (torch.arange(len(x0)) * TRAIN_STEPS + TRAIN_STEPS // 2) // HELD_BATCH
                alpha, noise = self.alphas[t][:, None, None, None], torch.randn(x0.shape, generator=generator)
                eps = self.epsilon(networks, alpha.sqrt() * x0 + (1 - alpha).sqrt() * noise, t,
                                   torch.from_numpy(ids[i:i + HELD_BATCH, 0].astype(np.int64)),
                                   *(torch.from_numpy(array[i:i + HELD_BATCH]) for array in more))
                for level, error in zip((t * NOISE_LEVELS // TRAIN_STEPS).tolist(),
                                        (eps - noise).square().mean((1, 2, 3)).tolist()):
                    sums[level] += error
                    counts[level] += 1
        levels = [a / max(n, 1) for a, n in zip(sums, counts)]
        if o.sheets:
            self.draw_sheets(networks, step)
        return {"held_mse": sum(levels) / NOISE_LEVELS, "held_by_level": [round(value, 5) for value in levels]}

    def epsilon(self, networks, *inputs):
        with self.device.autocast():
            return self.predict(networks, *map(self.device.put, inputs)).float().cpu()

    def draw_sheets(self, networks, step):
        self.draw(networks, PROMPTS, 16, 16, f"samples_{step:06d}.png", 8)
        self.draw(networks, PROMPTS[:WIDE_PROMPTS], 16, 24, f"wide_{step:06d}.png", WIDE_PROMPTS)

    def draw(self, networks, prompts, height, width, name, columns):
        noise = torch.randn((len(prompts), 4, height, width), generator=torch.Generator().manual_seed(0))
        images = self.decode(self.sample(networks, self.tokens(prompts), noise))
        sheet(images, columns).save(os.path.join(self.options.out, name))

    def decode(self, latents):
        """Pictures of scaled latents."""
        with self.device.autocast():
            return torch.cat([self.vae.decode(self.device.put(part)).float().cpu()
                              for part in (latents / SCALING_FACTOR).split(8)])

    def tokens(self, prompts):
        return torch.tensor([self.tok.encode(prompt) for prompt in prompts])

    def sample(self, networks, tokens, x, *more, steps=20, guidance=4.0):
        """DDIM, eta 0, leading spacing with steps_offset 1, final alpha = alphas_cumprod[0]."""
        empty = self.tokens([""]).expand_as(tokens)
        for t in timesteps(steps):
            alpha, alpha_next = self.alphas[t], self.alphas[max(t - TRAIN_STEPS // steps, 0)]
            both = self.epsilon(networks, torch.cat([x, x]), torch.full((2 * len(x),), t), torch.cat([empty, tokens]),
                                *(torch.cat([array, array]) for array in more))
            eps_uncond, eps = both.chunk(2)
            eps = eps_uncond + guidance * (eps - eps_uncond)
            x = alpha_next.sqrt() * (x - (1 - alpha).sqrt() * eps) / alpha.sqrt() + (1 - alpha_next).sqrt() * eps
        return x


def train(options):
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    device, tok = Device(options.device), tokenizer.Tokenizer.load(options.tokenizer)
    networks = load_networks(options.init, tok) if options.init else new_networks(tok)
    latents, held = Latents(options.data), Latents(options.held)
    betas = {"unet": (1.0, (0.9, 0.98)), "text": (1.0, (0.9, 0.98))}
    plan = Plan(options.samples // options.batch, options.rate, options.warm_up, options.parts, betas, ema=options.ema)
    trainer = Trainer(device, networks, Work(device, latents, tok, options), FIGURES, plan, options.out)
    evaluate = Evaluation(device, held, load_vae(options.vae), tok, options)
    what = (f"UNet {model.count(networks['unet']):,} and text encoder {model.count(networks['text']):,} parameters, "
            f"{len(latents):,} pictures")
    trainer.carry_out(what, evaluate, options.every, options.stop_at)


def parse():
    parser = argparse.ArgumentParser(description="Train the UNet and the text encoder.")
    parser.add_argument("task", choices=("prepare", "train"))
    parser.add_argument("--data", nargs="+", required=True, help="folders of render.py make; for train one of prepare")
    parser.add_argument("--held", help="folder of prepare with held-out pictures")
    parser.add_argument("--vae", required=True)
    parser.add_argument("--tokenizer", required=True, help="folder of the tokenizer")
    parser.add_argument("--out", required=True)
    parser.add_argument("--init", help="diffusers folder to begin with")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--wordings", type=int, default=3, help="captions of one picture")
    parser.add_argument("--noise", type=float, default=0.12, help="share of the further wordings with other words about")
    parser.add_argument("--samples", type=int, default=600_000)
    parser.add_argument("--stop-at", type=int, help="stop after this step, before the plan's end")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--parts", type=int, default=4, help="parts of a batch; each fits into the memory")
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--warm-up", type=int, default=300)
    parser.add_argument("--dropout", type=float, default=0.12, help="share of captions replaced by the empty one")
    parser.add_argument("--ema", type=float, default=0.999)
    parser.add_argument("--every", type=int, default=1000, help="steps between evaluations")
    parser.add_argument("--held-count", type=int, default=400)
    parser.add_argument("--no-sheets", dest="sheets", action="store_false", help="draw no samples")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.task == "train":
        options.data = options.data[0]
    return options


if __name__ == "__main__":
    chosen = parse()
    (train if chosen.task == "train" else prepare)(chosen)
