# SPDX-License-Identifier: CC0-1.0
"""Train the UNet and the text encoder together on cached latents.

    python3 train_unet.py prepare DATA_DIR COUNT FIRST_SEED VAE.pt TOKENIZER_DIR OUT_DIR
    python3 train_unet.py train   PREPARED_DIR HELD_DIR VAE.pt TOKENIZER_DIR OUT_DIR MINUTES [RESUME.pt]

Epsilon prediction, scaled-linear betas, 12% caption dropout, min-SNR-5 loss weights, AdamW, averaged (EMA) weights,
bfloat16 autocast. The learning rate can be set with LR, the batch with BATCH, its parts with MICRO.

Two processes share one flat vector of parameters: each takes micro-batches of the current step from a common counter
until none is left and hands over its gradient; the main process steps.
"""
import json
import math
import multiprocessing as mp
import os
import random
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

import fused
import model
import scenes
import tokenizer
from prompts import PROMPTS
from schedule import SCALING_FACTOR, TRAIN_STEPS, alphas_cumprod, timesteps
from sheet import sheet

WORDINGS = 3               # captions of one picture
WORKERS = 2
DROPOUT = 0.12             # share of captions replaced by the empty one, for classifier-free guidance
BETA1, BETA2 = 0.9, 0.98
PICTURE_MINUTES = (4, 10, 18, 28, 38, 48, 58)


def unet_config():
    return dict(model.UNET_CONFIG)


def text_config(tok):
    return dict(model.TEXT_CONFIG, vocab_size=len(tok.vocab), bos_token_id=tok.bos, eos_token_id=tok.eos,
                pad_token_id=tok.eos)


def load_vae(path):
    vae = model.VAE(model.VAE_CONFIG)
    vae.load_state_dict(torch.load(path))
    return vae


# --- Caching ---------------------------------------------------------------------------------------------------------

def encode_range(job):
    """Token ids and latents (mean and standard deviation) of the pictures begin..end."""
    images, first_seed, vae_path, tokenizer_dir, begin, end = job
    torch.set_num_threads(1)
    model.FUSED = fused.fused_norm
    images = np.load(images, mmap_mode="r")
    vae, tok = load_vae(vae_path), tokenizer.Tokenizer.load(tokenizer_dir)
    ids = np.empty((end - begin, WORDINGS, 77), np.int16)
    mean, std = np.empty((2, end - begin, 4, 16, 16), np.float16)
    for i in range(begin, end):
        scene = scenes.sample_scene(random.Random(first_seed + i))
        for k in range(WORDINGS):
            text = scenes.caption(scene, first_seed + i + k * 10 ** 9, noise=0.12 if k else 0.0)
            ids[i - begin, k] = tok.encode(text)
    for i in range(begin, end, 16):
        j = min(end, i + 16)
        x = torch.from_numpy(images[i:j].transpose(0, 3, 1, 2).astype(np.float32)) / 127.5 - 1
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            m, logvar = vae.encode(x)
        mean[i - begin:j - begin] = m.float().numpy()
        std[i - begin:j - begin] = (0.5 * logvar.float()).exp().numpy()
    return begin, ids, mean, std


def prepare(data_dir, count, first_seed, vae_path, tokenizer_dir, out_dir):
    """Caches token ids (WORDINGS captions each) and VAE latents as .npy files."""
    step = 800
    images = os.path.join(data_dir, "images.npy")
    jobs = [(images, first_seed, vae_path, tokenizer_dir, begin, min(count, begin + step))
            for begin in range(0, count, step)]
    ids = np.empty((count, WORDINGS, 77), np.int16)
    mean, std = np.empty((2, count, 4, 16, 16), np.float16)
    with mp.Pool(WORKERS) as pool:
        for begin, some_ids, some_mean, some_std in pool.imap_unordered(encode_range, jobs):
            part = slice(begin, begin + len(some_ids))
            ids[part], mean[part], std[part] = some_ids, some_mean, some_std
            print("encoded from", begin, flush=True)
    scaled = mean.astype(np.float32) * SCALING_FACTOR
    print("scaled latents: mean", scaled.mean((0, 2, 3)), "std", scaled.std((0, 2, 3)),
          "posterior sigma", std.astype(np.float32).mean() * SCALING_FACTOR)
    os.makedirs(out_dir, exist_ok=True)
    for name, array in (("ids", ids), ("mean", mean), ("std", std)):
        np.save(os.path.join(out_dir, name + ".npy"), array)


# --- The networks as one vector --------------------------------------------------------------------------------------

def new_networks(tok):
    return torch.nn.ModuleDict({"unet": model.UNet(unet_config()), "text": model.TextEncoder(text_config(tok))})


def init_weights(networks):
    """Residual branches start at zero, embeddings small."""
    for module in networks["unet"].modules():
        if isinstance(module, model.Resnet):
            torch.nn.init.zeros_(module.conv2.weight)
        if isinstance(module, model.SpatialTransformer):
            torch.nn.init.zeros_(module.proj_out.weight)
    torch.nn.init.zeros_(networks["unet"].conv_out.weight)
    torch.nn.init.zeros_(networks["unet"].conv_out.bias)
    embeddings = networks["text"].text_model.embeddings
    torch.nn.init.normal_(embeddings.token_embedding.weight, std=0.05)
    torch.nn.init.normal_(embeddings.position_embedding.weight, std=0.02)


def flatten(networks):
    """Copies every parameter into one shared flat tensor; returns it and the weight decay of each element."""
    total = model.count(networks)
    flat, decay, at = torch.empty(total).share_memory_(), torch.zeros(total), 0
    for name, parameter in networks.named_parameters():
        part = slice(at, at + parameter.numel())
        flat[part] = parameter.data.reshape(-1)
        if parameter.ndim > 1 and "embedding" not in name:
            decay[part] = 0.01
        at += parameter.numel()
    return flat, decay


def bind(networks, flat):
    """Makes the parameters views of the flat tensor."""
    at = 0
    for parameter in networks.parameters():
        parameter.data = flat[at:at + parameter.numel()].view(parameter.shape)
        at += parameter.numel()


def gather_gradient(networks, flat):
    at = 0
    for parameter in networks.parameters():
        part = slice(at, at + parameter.numel())
        flat[part] = 0 if parameter.grad is None else parameter.grad.reshape(-1)
        at += parameter.numel()


# --- Training --------------------------------------------------------------------------------------------------------

class Shared:
    """What the processes have in common. control = [next micro-batch, step or -1 to stop]."""

    def __init__(self, flat):
        self.flat = flat
        self.grad = torch.zeros(WORKERS, len(flat)).share_memory_()
        self.losses = torch.zeros(WORKERS, 2).share_memory_()
        self.control = torch.zeros(2, dtype=torch.int64).share_memory_()
        self.lock, self.start, self.done = mp.Lock(), mp.Barrier(WORKERS + 1), mp.Barrier(WORKERS + 1)


def micro_batch(data, empty, step, index, batch, micro):
    """The index-th of the micro parts of a step's batch: x0, token ids, time steps, noise; the same for any worker."""
    ids, mean, std = data
    size = batch // micro
    generator = torch.Generator().manual_seed(step * 1009 + index)
    epoch, position = divmod(step * batch + index * size, len(ids) // size * size)
    chosen = np.random.default_rng(epoch).permutation(len(ids))[position:position + size]
    mu, sigma = (torch.from_numpy(array[chosen].astype(np.float32)) for array in (mean, std))
    x0 = (mu + sigma * torch.randn(mu.shape, generator=generator)) * SCALING_FACTOR
    wording = torch.randint(0, WORDINGS, (size,), generator=generator).numpy()
    tokens = torch.from_numpy(ids[chosen, wording].astype(np.int64))
    tokens[torch.rand(size, generator=generator) < DROPOUT] = empty
    spread = torch.arange(size) * micro + index + torch.rand(size, generator=generator)
    t = (spread * (TRAIN_STEPS / batch)).long().clamp(0, TRAIN_STEPS - 1)
    return x0, tokens, t, torch.randn(x0.shape, generator=generator)


def worker(number, tokenizer_dir, prepared_dir, shared, batch, micro):
    torch.set_num_threads(1)
    tok = tokenizer.Tokenizer.load(tokenizer_dir)
    networks = new_networks(tok)
    bind(networks, shared.flat)
    fused.speed_up(networks)
    data = [np.load(os.path.join(prepared_dir, name + ".npy")) for name in ("ids", "mean", "std")]
    alphas = alphas_cumprod()
    snr = alphas / (1 - alphas)
    weight = torch.minimum(snr, torch.tensor(5.0)) / snr
    empty = torch.tensor(tok.encode(""))
    while True:
        shared.start.wait()
        step = int(shared.control[1])
        if step < 0:
            return
        networks.zero_grad(set_to_none=True)
        weighted = plain = 0.0
        while True:
            with shared.lock:
                index = int(shared.control[0])
                shared.control[0] += 1
            if index >= micro:
                break
            x0, tokens, t, noise = micro_batch(data, empty, step, index, batch, micro)
            alpha = alphas[t][:, None, None, None]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                x_t = alpha.sqrt() * x0 + (1 - alpha).sqrt() * noise
                eps = networks["unet"](x_t, t, networks["text"](tokens)).float()
            per_picture = ((eps - noise) ** 2).mean((1, 2, 3))
            loss = (per_picture * weight[t]).mean()
            (loss / micro).backward()
            weighted += loss.item() / micro
            plain += per_picture.mean().item() / micro
        gather_gradient(networks, shared.grad[number])
        shared.losses[number, 0], shared.losses[number, 1] = weighted, plain
        shared.done.wait()


@torch.no_grad()
def sample(networks, tok, prompts, steps=20, guidance=4.0, seed=0):
    """DDIM, eta 0, leading spacing with steps_offset 1, final alpha = alphas_cumprod[0]."""
    unet, text, alphas = networks["unet"], networks["text"], alphas_cumprod()
    context = text(torch.tensor([tok.encode(prompt) for prompt in prompts]))
    uncond = text(torch.tensor([tok.encode("")])).expand_as(context)
    x = torch.randn((len(prompts), 4, 16, 16), generator=torch.Generator().manual_seed(seed))
    for t in timesteps(steps):
        alpha, alpha_next = alphas[t], alphas[max(t - TRAIN_STEPS // steps, 0)]
        times = torch.full((len(prompts),), t)
        eps_uncond = unet(x, times, uncond)
        eps = eps_uncond + guidance * (unet(x, times, context) - eps_uncond)
        x0 = (x - (1 - alpha).sqrt() * eps) / alpha.sqrt()
        x = alpha_next.sqrt() * x0 + (1 - alpha_next).sqrt() * eps
    return x


class HeldOut:
    """Measures the averaged weights on pictures that training never sees."""

    def __init__(self, held_dir, vae_path, tok, out_dir):
        self.ids = torch.from_numpy(np.load(os.path.join(held_dir, "ids.npy"))).long()[:, 0]
        self.mean = torch.from_numpy(np.load(os.path.join(held_dir, "mean.npy"))).float() * SCALING_FACTOR
        self.vae, self.tok, self.out_dir, self.alphas = load_vae(vae_path), tok, out_dir, alphas_cumprod()

    @torch.no_grad()
    def evaluate(self, networks, picture):
        """Mean squared error of epsilon over 256 pictures at evenly spread time steps; also draws the sample sheet."""
        generator, total, n = torch.Generator().manual_seed(5), 0.0, 64
        t = (torch.arange(n) * TRAIN_STEPS + TRAIN_STEPS // 2) // n
        alpha = self.alphas[t][:, None, None, None]
        for i in range(0, 4 * n, n):
            noise = torch.randn(n, 4, 16, 16, generator=generator)
            x_t = alpha.sqrt() * self.mean[i:i + n] + (1 - alpha).sqrt() * noise
            total += F.mse_loss(networks["unet"](x_t, t, networks["text"](self.ids[i:i + n])), noise).item() / 4
        images = self.vae.decode(sample(networks, self.tok, PROMPTS) / SCALING_FACTOR)
        sheet(images, 8).save(os.path.join(self.out_dir, picture))
        return total


def learning_rate(highest, step, done):
    """Warm-up over 150 steps, then a cosine from a tenth of the time on, down to 1 %."""
    cosine = 0.5 * (1 + math.cos(math.pi * max(0, (done - 0.1) / 0.9)))
    return highest * min(1, (step + 1) / 150) * (0.01 + 0.99 * cosine)


def train(prepared_dir, held_dir, vae_path, tokenizer_dir, out_dir, minutes, resume=None):
    os.makedirs(out_dir, exist_ok=True)
    torch.set_num_threads(2)
    torch.manual_seed(1)
    tok = tokenizer.Tokenizer.load(tokenizer_dir)
    held_out = HeldOut(held_dir, vae_path, tok, out_dir)
    networks = new_networks(tok)
    init_weights(networks)
    if resume:
        networks.load_state_dict(torch.load(resume))
    batch, micro = int(os.environ.get("BATCH", 64)), int(os.environ.get("MICRO", 4))
    highest_rate = float(os.environ.get("LR", 1e-3))

    flat, decay = flatten(networks)
    shared = Shared(flat)
    m, v, ema = torch.zeros_like(flat), torch.zeros_like(flat), flat.clone()
    for number in range(WORKERS):
        mp.Process(target=worker, args=(number, tokenizer_dir, prepared_dir, shared, batch, micro), daemon=True).start()
    print("unet", model.count(networks["unet"]), "text", model.count(networks["text"]), "batch", batch, flush=True)
    bind(networks, ema)        # the workers hold the live weights, this process the averaged ones

    def save():
        temporary = os.path.join(out_dir, "ema.pt.new")
        torch.save({name: value.clone() for name, value in networks.state_dict().items()}, temporary)
        os.replace(temporary, os.path.join(out_dir, "ema.pt"))

    begin, step, log, recent, pictures = time.time(), 0, [], [], list(PICTURE_MINUTES)
    while (elapsed := time.time() - begin) < minutes * 60:
        lr = learning_rate(highest_rate, step, elapsed / (minutes * 60))
        shared.control[0], shared.control[1] = 0, step
        shared.start.wait()
        shared.done.wait()
        norm = (shared.grad[0] + shared.grad[1]).norm().item()
        step += 1
        fused.adamw_ema(flat, shared.grad[0], shared.grad[1], m, v, ema, decay, lr, BETA1, BETA2, step,
                        min(1.0, 1.0 / (norm + 1e-6)), min(0.9985, (1 + step) / (12 + step)))
        recent.append((*shared.losses.sum(0).tolist(), norm))
        if step % 100 == 0 or step in (25, 50, 75):
            weighted, plain, norm = np.mean(recent, 0).tolist()
            recent = []
            row = {"step": step, "sec": round(time.time() - begin), "samples": step * batch,
                   "weighted": round(weighted, 5), "mse": round(plain, 5), "norm": round(norm, 3), "lr": round(lr, 6)}
            if pictures and elapsed > pictures[0] * 60:
                pictures.pop(0)
                row["held_mse"] = round(held_out.evaluate(networks, f"grid_{step:06d}.png"), 5)
                save()
            log.append(row)
            print(json.dumps(row), flush=True)
            with open(os.path.join(out_dir, "log.json"), "w", encoding="utf-8") as file:
                json.dump(log, file)
    shared.control[1] = -1
    shared.start.wait()
    save()
    print("final held mse", held_out.evaluate(networks, "grid_final.png"), "steps", step, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        data, count, seed, *rest = sys.argv[2:]
        prepare(data, int(count), int(seed), *rest)
    else:
        *folders, minutes = sys.argv[2:8]
        train(*folders, float(minutes), *sys.argv[8:])
