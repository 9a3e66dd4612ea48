# SPDX-License-Identifier: CC0-1.0
"""Train the autoencoder.

    python3 train_vae.py train     DATA_DIR HELD_DIR OUT.pt MINUTES
    python3 train_vae.py normalise DATA_DIR IN.pt OUT.pt

`normalise` folds a shift and a scale of each channel into quant_conv and post_quant_conv, so that every latent channel
has mean 0 and standard deviation 1/0.18215; the pipeline then uses SD 1.x's own scaling_factor. The decoded pictures do
not change.

Loss: L1 + L1 of finite differences + L1 at two coarser scales + a small KL. Most steps use 64x64 crops (at multiples of
8, so that the latent grid keeps its alignment to the picture), the last fifth whole pictures.
"""
import json
import math
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

import fused
import model
from schedule import SCALING_FACTOR

KL_WEIGHT = 3e-4
HIGHEST_RATE = 1.2e-3


def load_images(folder):
    return np.load(os.path.join(folder, "images.npy"), mmap_mode="r")


def to_tensor(pixels):
    """uint8 N x H x W x 3 -> float N x 3 x H x W in -1..1."""
    return torch.from_numpy(pixels.transpose(0, 3, 1, 2).astype(np.float32)) / 127.5 - 1


def random_crops(data, rng, n, crop):
    chosen = rng.integers(0, len(data), n)
    out = np.empty((n, crop, crop, 3), np.uint8)
    for k, i in enumerate(chosen):
        y, x = (8 * rng.integers(0, (128 - crop) // 8 + 1, 2)) if crop < 128 else (0, 0)
        out[k] = data[i, y:y + crop, x:x + crop]
    return to_tensor(out)


def gradient_loss(difference):
    return ((difference[..., 1:] - difference[..., :-1]).abs().mean()
            + (difference[..., 1:, :] - difference[..., :-1, :]).abs().mean())


def reconstruction_loss(reconstruction, x):
    """The loss without its KL term, and its L1 part alone."""
    difference = reconstruction - x
    l1 = difference.abs().mean()
    half = F.avg_pool2d(difference, 2)
    quarter = F.avg_pool2d(half, 2)
    total = (l1 + 0.35 * gradient_loss(difference) + 0.5 * half.abs().mean() + 0.5 * quarter.abs().mean()
             + 0.5 * (difference * difference).mean())
    return total, l1


@torch.no_grad()
def evaluate(vae, held, n=64):
    """Over n held-out pictures: PSNR in dB, standard deviation of the latents, mean posterior sigma."""
    psnr, means, sigmas = [], [], []
    for i in range(0, n, 16):
        x = to_tensor(held[i:i + 16])
        mean, logvar = vae.encode(x)
        error = ((vae.decode(mean).clamp(-1, 1) - x) ** 2).flatten(1).mean(1) / 4
        psnr.append(-10 * torch.log10(error))
        means.append(mean)
        sigmas.append((0.5 * logvar).exp())
    return torch.cat(psnr).mean().item(), torch.cat(means).std().item(), torch.cat(sigmas).mean().item()


class Average:
    """Moving average of a network's weights."""

    def __init__(self, network):
        self.weights = {name: value.clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network, step):
        share = min(0.995, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            self.weights[name].lerp_(value, 1 - share)

    def evaluate(self, network, held, n=64):
        """evaluate() with the averaged weights; the network keeps its own."""
        live = {name: value.clone() for name, value in network.state_dict().items()}
        network.load_state_dict(self.weights)
        result = evaluate(network, held, n)
        network.load_state_dict(live)
        return result


@torch.no_grad()
def normalise(data_dir, source, target, count=2048):
    data = load_images(data_dir)
    vae = model.VAE(model.VAE_CONFIG)
    vae.load_state_dict(torch.load(source))
    x = to_tensor(data[:count])
    before = vae.decode(vae.encode(x[:4])[0])
    means, logvars = zip(*[vae.encode(x[i:i + 32]) for i in range(0, len(x), 32)])
    mean, logvar = torch.cat(means), torch.cat(logvars)
    shift = mean.mean((0, 2, 3))
    std = (mean.var((0, 2, 3)) + logvar.exp().mean((0, 2, 3))).sqrt()
    scale = 1 / (SCALING_FACTOR * std)
    print("channel means", shift.tolist(), "stds", std.tolist())
    quant, post_quant = vae.quant_conv, vae.post_quant_conv
    post_quant.bias += post_quant.weight[:, :, 0, 0] @ shift
    post_quant.weight /= scale[None, :, None, None]
    quant.weight[:4] *= scale[:, None, None, None]
    quant.bias[:4] = (quant.bias[:4] - shift) * scale
    quant.bias[4:] += 2 * scale.log()
    after = vae.decode(vae.encode(x[:4])[0])
    print("largest change of a decoded value", (after - before).abs().max().item())
    torch.save(vae.state_dict(), target)


def train(data_dir, held_dir, out, minutes):
    data, held = load_images(data_dir), load_images(held_dir)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    vae = model.VAE(model.VAE_CONFIG)
    average = Average(vae)
    print("parameters", model.count(vae), "encoder", model.count(vae.encoder), "decoder", model.count(vae.decoder),
          flush=True)
    optimizer = torch.optim.AdamW(vae.parameters(), lr=HIGHEST_RATE, betas=(0.9, 0.98), weight_decay=1e-3)
    begin, step, log, seen, recent = time.time(), 0, [], 0, []
    while (done := (time.time() - begin) / (minutes * 60)) < 1:
        lr = HIGHEST_RATE * min(1, (step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
        for group in optimizer.param_groups:
            group["lr"] = lr
        crop, n = (64, 24) if done < 0.8 else (128, 8)
        x = random_crops(data, rng, n, crop)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            mean, logvar = vae.encode(x)
            mean, logvar = mean.float(), logvar.float()
            z = mean + torch.randn_like(mean) * (0.5 * logvar).exp()
            reconstruction = vae.decode(z).float()
        loss, l1 = reconstruction_loss(reconstruction, x)
        kl = 0.5 * (mean ** 2 + logvar.exp() - 1 - logvar).mean()
        optimizer.zero_grad(set_to_none=True)
        (loss + KL_WEIGHT * kl).backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        step += 1
        seen += n * crop * crop / (128 * 128)
        average.update(vae, step)
        recent.append((l1.item(), kl.item()))
        if step % 50 == 0:
            mean_l1, mean_kl = np.mean(recent, 0).tolist()
            recent = []
            row = {"step": step, "sec": round(time.time() - begin), "pictures": round(seen), "l1": round(mean_l1, 5),
                   "kl": round(mean_kl, 3), "lr": round(lr, 6)}
            if step % 250 == 0:
                psnr, std, sigma = average.evaluate(vae, held)
                row.update(psnr=round(psnr, 2), std=round(std, 3), sigma=round(sigma, 4))
                torch.save(average.weights, out)
            log.append(row)
            print(json.dumps(row), flush=True)
            with open(out + ".log.json", "w", encoding="utf-8") as file:
                json.dump(log, file)
    torch.save(average.weights, out)
    print("final psnr %.2f, latent std %.3f, sigma %.4f" % average.evaluate(vae, held, 128), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(2)
    model.FUSED = fused.fused_norm
    if sys.argv[1] == "normalise":
        normalise(*sys.argv[2:5])
    else:
        train(*sys.argv[2:5], float(sys.argv[5]))
