# SPDX-License-Identifier: CC0-1.0
"""Train the autoencoder.

    python3 train_vae.py train --data DIR --held DIR --out DIR [--init VAE] [--steps N] [--device cpu|cuda]
    python3 train_vae.py normalise --data DIR --init VAE --out VAE.pt

The same command again goes on where the run in OUT stopped. VAE is a .pt of this script or a diffusers folder. OUT gets
checkpoint.pt, vae.pt (averaged weights), log.jsonl and a sheet of held-out pictures above their reconstructions.

Loss: root of the mean square of each picture (what PSNR measures, without leaving hard pictures aside as its logarithm
would), L1, L1 of finite differences, a small KL. Most steps use 64x64 crops, the last ones whole pictures.

--adversarial SHARE adds a patch discriminator: the gradients of its verdict and of its features are scaled to SHARE
times the norm of the reconstruction's gradient at the picture. --decoder-only leaves the encoder as it is, so that
latents, and a UNet trained on them, stay valid.

normalise folds a shift and a scale of each channel into quant_conv and post_quant_conv, so that every latent channel has
mean 0 and standard deviation 1/0.18215; the pipeline then uses SD 1.x's own scaling_factor. What is decoded stays.
"""
import argparse
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import model
import pipeline
from device import Device
from discriminator import PatchDiscriminator
from pictures import Pictures, sheet
from schedule import SCALING_FACTOR
from trainer import Plan, Trainer

FIGURES = ("l1", "rmse", "kl", "judge", "features")
CROP = 64                      # side of a crop
SHEET_PICTURES = 8             # in a row of the sheet; SHEET_ROWS such rows, each above its reconstruction
SHEET_ROWS = 3


def load_vae(path):
    """From a .pt of this script or a diffusers folder."""
    vae = model.VAE(model.VAE_CONFIG)
    if os.path.isdir(path):
        tensors = pipeline.load_safetensors(os.path.join(path, "diffusion_pytorch_model.safetensors"))
        weights = {name: torch.from_numpy(array.astype(np.float32)) for name, array in tensors.items()}
    else:
        weights = torch.load(path, map_location="cpu")
    vae.load_state_dict(weights)
    return vae


def differences(x):
    """Finite differences along the rows and along the columns."""
    return x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]


def reconstruction_loss(drawn, x):
    """The loss without its KL term, its L1 and its root mean square."""
    error = drawn - x
    l1, rmse = error.abs().mean(), error.square().flatten(1).mean(1).add(1e-6).sqrt().mean()
    edges = sum(d.abs().mean() for d in differences(error))
    return rmse + 0.5 * l1 + 0.25 * edges, l1, rmse


class Work:
    """Forward and backward of one part of a step."""

    def __init__(self, device, pictures, options):
        self.device, self.pictures, self.options = device, pictures, options

    def batch(self, rng, step):
        o = self.options
        if step >= o.steps * (1 - o.whole):
            return self.pictures.whole(rng, max(1, o.batch // o.parts // 4))
        return self.pictures.crops(rng, o.batch // o.parts, CROP)

    def __call__(self, networks, step, part):
        o, vae = self.options, networks["vae"]
        rng = np.random.default_rng((o.seed, step, part))
        generator = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
        x = self.device.put(self.batch(rng, step)).contiguous(memory_format=torch.channels_last)
        with torch.set_grad_enabled(not o.decoder_only), self.device.autocast():
            mean, logvar = vae.encode(x)
        mean, logvar = mean.float(), logvar.float()
        extra = o.noise / SCALING_FACTOR * torch.rand(len(x), 1, 1, 1, generator=generator)
        noise = torch.randn(mean.shape, generator=generator)
        z = mean + self.device.put(noise) * (logvar.exp() + self.device.put(extra).square()).sqrt()
        with self.device.autocast():
            drawn = vae.decode(z)
        drawn = drawn.float()
        leaf = drawn.detach().requires_grad_()
        loss, l1, rmse = reconstruction_loss(leaf, x)
        gradient, = torch.autograd.grad(loss, leaf)
        judge = features = torch.zeros(())
        if o.adversarial > 0:
            adversarial, features = self.adversarial(networks["judge"], leaf, x, gradient.norm())
            gradient = gradient + min(1.0, step / 200) * o.adversarial * adversarial
        kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
        if o.decoder_only:
            drawn.backward(gradient)
        else:
            torch.autograd.backward([drawn, o.kl * kl], [gradient, torch.ones_like(kl)])
        if o.adversarial > 0:
            judge = self.teach(networks["judge"], leaf.detach(), x)
        return torch.stack([value.detach().cpu() for value in (l1, rmse, kl, judge, features)])

    def adversarial(self, judge, leaf, x, norm):
        """The gradient at the picture of verdict and features, each scaled to norm; the distance of the features."""
        with self.device.autocast():
            verdict, inner = judge(leaf)
            with torch.no_grad():
                _, wanted = judge(x)
        distance = sum((a.float() - b.float()).abs().mean() for a, b in zip(inner, wanted))
        of_verdict, = torch.autograd.grad(-verdict.mean(), leaf, retain_graph=True)
        of_features, = torch.autograd.grad(distance, leaf)
        scaled = sum(norm / (g.norm() + 1e-8) * g for g in (of_verdict, of_features))
        return scaled, distance

    def teach(self, judge, drawn, x):
        """The discriminator's own backward; its hinge loss."""
        with self.device.autocast():
            real, fake = judge(x)[0], judge(drawn)[0]
        hinge = F.relu(1 - real).mean() + F.relu(1 + fake).mean()
        hinge.backward()
        return hinge


class Evaluation:
    """On held-out pictures, with the averaged weights: PSNR in dB; the same of the finite differences (edges); sharpness,
    the sum of their sizes over that of the drawing (1: as sharp); spread and neighbours' correlation of the scaled
    latents, and their mean posterior sigma."""

    def __init__(self, device, held, count, out_dir):
        self.device, self.held, self.count, self.out_dir = device, held, count, out_dir

    @torch.no_grad()
    def __call__(self, networks, step):
        vae, rows, sharp, plain = networks["vae"], [], 0.0, 0.0
        psnr, edges, spread, sigma, near = [], [], [], [], []
        for x in self.held.first(self.count):
            x = self.device.put(x)
            with self.device.autocast():
                mean, logvar = vae.encode(x)
                drawn = vae.decode(mean.float()).float().clamp(-1, 1)
            drawn = ((drawn + 1) * 127.5).round() / 127.5 - 1
            psnr.append(decibel((drawn - x).square()))
            a, b = differences(drawn), differences(x)
            edges.append(decibel(torch.cat([(p - q).square().flatten(1) for p, q in zip(a, b)], 1)))
            sharp += sum(d.abs().sum() for d in a)
            plain += sum(d.abs().sum() for d in b)
            mean, logvar = mean.float() * SCALING_FACTOR, logvar.float()
            spread.append(mean.std())
            sigma.append((0.5 * logvar).exp().mean() * SCALING_FACTOR)
            near.append((mean[..., 1:] * mean[..., :-1]).mean() / mean.square().mean())
            if len(rows) < 2 * SHEET_ROWS and x.shape[2] == x.shape[3]:
                rows += [x[:SHEET_PICTURES], drawn[:SHEET_PICTURES]]
        if rows:
            sheet(torch.cat(rows), SHEET_PICTURES).save(os.path.join(self.out_dir, f"held_{step:06d}.png"))
        return {"psnr": float(torch.cat(psnr).mean()), "edge_psnr": float(torch.cat(edges).mean()),
                "sharpness": float(sharp / plain), "latent_std": float(torch.stack(spread).mean()),
                "latent_sigma": float(torch.stack(sigma).mean()), "latent_near": float(torch.stack(near).mean())}


def decibel(squares):
    """PSNR of each picture, for values that span 2."""
    return 10 * torch.log10(4 / squares.flatten(1).mean(1))


@torch.no_grad()
def normalise(options):
    vae, latents, spreads = load_vae(options.init), [], []
    samples = list(Pictures(*options.data).first(options.count))
    before = vae.decode(vae.encode(samples[0][:4])[0])
    for x in samples:
        mean, logvar = vae.encode(x)
        latents.append(mean.transpose(0, 1).flatten(1))
        spreads.append(logvar.exp().transpose(0, 1).flatten(1))
    mean, variance = torch.cat(latents, 1), torch.cat(spreads, 1)
    shift, std = mean.mean(1), (mean.var(1) + variance.mean(1)).sqrt()
    scale = 1 / (SCALING_FACTOR * std)
    print("channel means", shift.tolist(), "stds", std.tolist())
    quant, post_quant = vae.quant_conv, vae.post_quant_conv
    post_quant.bias += post_quant.weight[:, :, 0, 0] @ shift
    post_quant.weight /= scale[None, :, None, None]
    quant.weight[:4] *= scale[:, None, None, None]
    quant.bias[:4] = (quant.bias[:4] - shift) * scale
    quant.bias[4:] += 2 * scale.log()
    changes = vae.decode(vae.encode(samples[0][:4])[0]) - before
    print("largest change of a decoded value", changes.abs().max().item())
    torch.save(vae.state_dict(), options.out)


def train(options):
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    device = Device(options.device)
    networks = nn.ModuleDict({"vae": load_vae(options.init) if options.init else model.VAE(model.VAE_CONFIG)})
    groups = {"vae": (1.0, (0.9, 0.98))}
    if options.adversarial > 0:
        networks["judge"], groups = PatchDiscriminator(), {"vae": (1.0, (0.5, 0.95)), "judge": (1.0, (0.5, 0.95))}
    pictures, held = Pictures(*options.data), Pictures(options.held)
    plan = Plan(options.steps, options.rate, options.warm_up, options.parts, groups, decay=1e-3, ema=options.ema)
    trainer = Trainer(device, networks, Work(device, pictures, options), FIGURES, plan, options.out)
    if options.decoder_only:
        networks["vae"].encoder.requires_grad_(False)
        networks["vae"].quant_conv.requires_grad_(False)
        trainer.freeze()
    evaluate = Evaluation(device, held, options.count, options.out)
    trainer.carry_out(f"{model.count(networks['vae']):,} parameters, {len(pictures):,} pictures", evaluate, options.every,
                      options.stop_at)


def parse():
    parser = argparse.ArgumentParser(description="Train the autoencoder.")
    parser.add_argument("task", choices=("train", "normalise"))
    parser.add_argument("--data", nargs="+", required=True, help="folders of render.py make")
    parser.add_argument("--held", help="folder of held-out pictures")
    parser.add_argument("--init", help="weights to begin with: .pt, or a diffusers folder")
    parser.add_argument("--out", required=True, help="folder of the run; for normalise the .pt to write")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--steps", type=int, default=12000)
    parser.add_argument("--stop-at", type=int, help="stop after this step, before the plan's end")
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--warm-up", type=int, default=200)
    parser.add_argument("--batch", type=int, default=32, help="crops of a step; four make a whole picture")
    parser.add_argument("--parts", type=int, default=4, help="parts of a batch; each fits into the memory")
    parser.add_argument("--whole", type=float, default=0.2, help="share of the steps, the last ones, with whole pictures")
    parser.add_argument("--kl", type=float, default=1e-4)
    parser.add_argument("--noise", type=float, default=0.03,
                        help="at most so much is added to the scaled latents, for the decoder to be lenient with a UNet's")
    parser.add_argument("--ema", type=float, default=0.998)
    parser.add_argument("--adversarial", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--decoder-only", action="store_true")
    parser.add_argument("--every", type=int, default=500, help="steps between evaluations")
    parser.add_argument("--count", type=int, default=256, help="held-out pictures, or pictures to normalise by")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    chosen = parse()
    (train if chosen.task == "train" else normalise)(chosen)
