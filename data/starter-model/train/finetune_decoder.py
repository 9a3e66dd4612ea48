# SPDX-License-Identifier: CC0-1.0
"""Sharpen the decoder with a small patch discriminator; the encoder stays frozen.

    python3 finetune_decoder.py DATA_DIR HELD_DIR VAE.pt OUT.pt MINUTES [ADVERSARIAL_SHARE]

Only post_quant_conv and the decoder change, so latents, and a UNet trained on them, stay valid. The adversarial
gradient is scaled to ADVERSARIAL_SHARE times the norm of the reconstruction gradient at the picture. A little extra
noise on the latents teaches the decoder to be lenient with the UNet's imperfect ones.
"""
import json
import math
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import fused
import model
from schedule import SCALING_FACTOR
from train_vae import Average, load_images, random_crops, reconstruction_loss

HIGHEST_RATE = 4e-4
BATCH, CROP = 24, 64
EXTRA_NOISE = 0.06             # at most, in scaled latents


class PatchDiscriminator(nn.Module):
    """Real or drawn, judged patch by patch; also hands out its inner features."""

    def __init__(self, width=32):
        super().__init__()
        self.conv_in = nn.Conv2d(3, width, 3, padding=1)
        self.down_1 = nn.Conv2d(width, 2 * width, 4, 2, 1)
        self.down_2 = nn.Conv2d(2 * width, 3 * width, 4, 2, 1)
        self.conv = nn.Conv2d(3 * width, 3 * width, 3, padding=1)
        self.conv_out = nn.Conv2d(3 * width, 1, 3, padding=1)
        self.norm_1, self.norm_2 = nn.GroupNorm(8, 2 * width), nn.GroupNorm(8, 3 * width)
        self.norm_3 = nn.GroupNorm(8, 3 * width)

    def forward(self, x):
        f1 = F.leaky_relu(self.conv_in(x), 0.2)
        f2 = model.norm_act(self.down_1(f1), self.norm_1)
        f3 = model.norm_act(self.down_2(f2), self.norm_2)
        f4 = model.norm_act(self.conv(f3), self.norm_3)
        return self.conv_out(f4).float(), (f2, f3, f4)


def lenient_latents(vae, x):
    """A draw from the posterior with extra noise."""
    mean, logvar = vae.encode(x)
    mean = mean.float()
    extra = EXTRA_NOISE / SCALING_FACTOR * torch.rand(len(x), 1, 1, 1)
    return mean + torch.randn_like(mean) * (logvar.float().exp() + extra ** 2).sqrt()


def main(data_dir, held_dir, source, out, minutes, share=0.5):
    torch.set_num_threads(2)
    torch.manual_seed(3)
    model.FUSED = fused.fused_norm
    data, held, rng = load_images(data_dir), load_images(held_dir), np.random.default_rng(3)
    vae, discriminator = model.VAE(model.VAE_CONFIG), PatchDiscriminator()
    vae.load_state_dict(torch.load(source))
    parameters = list(vae.decoder.parameters()) + list(vae.post_quant_conv.parameters())
    decoder_step = torch.optim.AdamW(parameters, lr=HIGHEST_RATE, betas=(0.5, 0.95), weight_decay=1e-4)
    discriminator_step = torch.optim.AdamW(discriminator.parameters(), lr=4e-4, betas=(0.5, 0.95), weight_decay=1e-4)
    average = Average(vae)
    begin, step, recent, log = time.time(), 0, [], []
    while (done := (time.time() - begin) / (minutes * 60)) < 1:
        for group in decoder_step.param_groups:
            cosine = 0.5 * (1 + math.cos(math.pi * done))
            group["lr"] = HIGHEST_RATE * min(1, (step + 1) / 100) * (0.03 + 0.97 * cosine)
        x = random_crops(data, rng, BATCH, CROP)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            with torch.no_grad():
                z = lenient_latents(vae, x)
            drawn = vae.decode(z).float()
        leaf = drawn.detach().requires_grad_(True)
        loss, l1 = reconstruction_loss(leaf, x)
        grad_loss, = torch.autograd.grad(loss, leaf)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            score, features = discriminator(leaf)
            with torch.no_grad():
                _, wanted = discriminator(x)
        feature_loss = sum((a.float() - b.float()).abs().mean() for a, b in zip(features, wanted))
        grad_score, = torch.autograd.grad(-score.mean(), leaf, retain_graph=True)
        grad_features, = torch.autograd.grad(feature_loss, leaf)
        norm = grad_loss.norm()
        adversarial = (norm / (grad_score.norm() + 1e-8) * grad_score
                       + norm / (grad_features.norm() + 1e-8) * grad_features)
        decoder_step.zero_grad(set_to_none=True)
        drawn.backward(grad_loss + min(1.0, step / 200) * share * adversarial)
        nn.utils.clip_grad_norm_(parameters, 1.0)
        decoder_step.step()

        with torch.autocast("cpu", dtype=torch.bfloat16):
            real, _ = discriminator(x)
            fake, _ = discriminator(drawn.detach())
        hinge = F.relu(1 - real).mean() + F.relu(1 + fake).mean()
        discriminator_step.zero_grad(set_to_none=True)
        hinge.backward()
        discriminator_step.step()
        step += 1
        average.update(vae, step)
        recent.append((l1.item(), hinge.item(), feature_loss.item()))
        if step % 50 == 0:
            means = np.mean(recent, 0).tolist()
            recent = []
            row = {"step": step, "sec": round(time.time() - begin), "l1": round(means[0], 5),
                   "disc": round(means[1], 4), "feature": round(means[2], 4)}
            if step % 300 == 0:
                row["psnr"] = round(average.evaluate(vae, held)[0], 2)
                torch.save(average.weights, out)
            log.append(row)
            print(json.dumps(row), flush=True)
            with open(out + ".log.json", "w", encoding="utf-8") as file:
                json.dump(log, file)
    torch.save(average.weights, out)


if __name__ == "__main__":
    main(*sys.argv[1:5], *map(float, sys.argv[5:7]))
