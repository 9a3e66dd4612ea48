# SPDX-License-Identifier: CC0-1.0
"""Train what goes with the model: a UNet for inpainting, a ControlNet of edges, a LoRA of a style.

    python3 train_twin.py prepare TWIN --model MODEL --data DIR... --out PREPARED
    python3 train_twin.py train TWIN --model MODEL --data PREPARED --held PREPARED --out DIR [--samples N] [--device cpu|cuda]
    python3 train_twin.py export TWIN --model MODEL --run DIR --out OUT

TWIN is inpaint, control or lora. MODEL is the diffusers folder of the finished model; its VAE and text encoder stay as they
are. prepare adds for inpaint and control an array to what train_unet.py prepare wrote of the same folders, in the same
order; for lora, whose pictures stained_glass.py draws, it writes all. train is train_unet.py's, with another function that
predicts; the same command goes on where it stopped. OUT is a diffusers folder (inpaint: a whole model; control: a
ControlNet) or a file (lora: kohya's names).
"""
import argparse
import os
import shutil

import numpy as np
import torch
import torch.nn as nn

import edges
import masks
import pipeline
import stained_glass
import tokenizer
import train_unet
import twins
from device import Device
from model import count
from pictures import sheet, to_tensor
from schedule import SCALING_FACTOR
from train_unet import Encoder, Evaluation, Latents, Work, load_networks
from train_vae import load_vae
from trainer import Plan, Trainer

ROW = 8                        # pictures of a row of a sheet
GLASS_PROMPTS = ["a cat in a meadow", "a castle at sunset", "a red sailing boat on the sea", "a sunflower, blue background",
                 "a lighthouse at night with stars", "a green dragon", "snowy mountains by a lake", "a rose on a table"]


def frozen(networks):
    return nn.ModuleDict({name: networks[name].requires_grad_(False) for name in ("unet", "text")})


def held_rows(evaluation):
    """Tokens, scaled latents and further arrays of the first square held-out pictures."""
    ids, mean, _, *more = next(size for size in evaluation.latents.sizes if size[1].shape[2] == size[1].shape[3])
    latents = torch.from_numpy(mean[:ROW].astype(np.float32)) * SCALING_FACTOR
    return torch.from_numpy(ids[:ROW, 0].astype(np.int64)), latents, [torch.from_numpy(array[:ROW]) for array in more]


def noise_for(latents, seed):
    return torch.randn(latents.shape, generator=torch.Generator().manual_seed(seed))


def save(path, tensors, metadata):
    """float16; prints the size."""
    arrays = {name: value.float().numpy().astype(np.float16) for name, value in tensors.items()}
    pipeline.save_safetensors(path, arrays, metadata)
    print(f"{path}: {sum(a.size for a in arrays.values()):,} parameters, {os.path.getsize(path):,} bytes")


# --- Inpainting ------------------------------------------------------------------------------------------------------

class InpaintEncoder(Encoder):
    def encode(self, folder, size, entries, begin):
        """inputs: the mask, and the scaled latent of the picture with what is masked grey (0): mean of its posterior."""
        pixels = np.load(os.path.join(folder, f"images-{size}.npy"), mmap_mode="r")[begin:begin + len(entries)]
        drawn = np.stack([masks.make_mask(entry["seed"], *entry["size"]) for entry in entries])
        latents = []
        for i in range(0, len(pixels), 16):
            known = ~torch.from_numpy(drawn[i:i + 16, None])
            with self.device.autocast():
                mean, _ = self.vae.encode(self.device.put(to_tensor(pixels[i:i + 16]) * known))
            latents.append(mean.detach().float().cpu() * SCALING_FACTOR)
        return {"inputs": np.concatenate([masks.cells(drawn)[:, None], torch.cat(latents).numpy()], 1).astype(np.float16)}


class Inpaint:
    array, encoder, trained, dropout, samples = "inputs", InpaintEncoder, "unet", 0.12, 80_000

    @staticmethod
    def networks(model):
        return nn.ModuleDict({"unet": twins.InpaintUNet(model["unet"]), "text": model["text"].requires_grad_(False)})

    @staticmethod
    def predict(networks, x, t, tokens, inputs):
        return networks["unet"](torch.cat([x, inputs.to(x.dtype)], 1), t, networks["text"](tokens))

    @staticmethod
    def draw_sheet(evaluation, networks):
        """Rows: drawings, what is left of them, and twice what was painted there."""
        tokens, latents, (inputs,) = held_rows(evaluation)
        painted = [evaluation.sample(networks, tokens, noise_for(latents, seed), inputs) for seed in range(2)]
        return evaluation.decode(torch.cat([latents, inputs[:, 1:].float(), *painted]))

    @staticmethod
    def export(networks, model_folder, out):
        for name in ("vae", "text_encoder", "tokenizer", "scheduler"):
            if not os.path.isdir(os.path.join(out, name)):     # links to the model's own are as good
                shutil.copytree(os.path.join(model_folder, name), os.path.join(out, name))
        save(os.path.join(out, "unet", "diffusion_pytorch_model.safetensors"), networks["unet"].state_dict(),
             {"format": "pt"})
        pipeline.write_json(os.path.join(out, "unet", "config.json"), networks["unet"].cfg)
        index = pipeline.read_json(model_folder, "model_index.json")
        pipeline.write_json(os.path.join(out, "model_index.json"),
                            dict(index, _class_name="StableDiffusionInpaintPipeline"))


# --- ControlNet ------------------------------------------------------------------------------------------------------

class EdgeEncoder(Encoder):
    def encode(self, folder, size, entries, begin):
        """edges: eight pixels of a row in a byte, the first one highest."""
        pixels = np.load(os.path.join(folder, f"images-{size}.npy"), mmap_mode="r")[begin:begin + len(entries)]
        return {"edges": np.packbits(edges.edge_maps(pixels), 2)}


class Control:
    array, encoder, trained, dropout, samples = "edges", EdgeEncoder, "control", 0.3, 60_000

    @staticmethod
    def networks(model):
        return nn.ModuleDict({"control": twins.ControlNet(model["unet"]), **frozen(model)})

    @staticmethod
    def hint(packed):
        """N x 3 x H x W, 0 or 1, of what EdgeEncoder wrote."""
        bits = torch.tensor([128, 64, 32, 16, 8, 4, 2, 1], dtype=torch.uint8, device=packed.device)
        return packed[..., None].bitwise_and(bits).ne(0).flatten(2).float()[:, None].repeat(1, 3, 1, 1)

    @classmethod
    def predict(cls, networks, x, t, tokens, packed):
        context = networks["text"](tokens)
        residuals = networks["control"](x, t, context, cls.hint(packed))
        return networks["unet"](x, t, context, residuals=residuals)

    @classmethod
    def draw_sheet(cls, evaluation, networks):
        """Rows: drawings, their edges, and twice what was painted by these and the caption."""
        tokens, latents, (packed,) = held_rows(evaluation)
        painted = [evaluation.sample(networks, tokens, noise_for(latents, seed), packed) for seed in range(2)]
        drawings, *painted = evaluation.decode(torch.cat([latents, *painted])).split(len(latents))
        return torch.cat([drawings, cls.hint(packed) * 2 - 1, *painted])

    @staticmethod
    def export(networks, model_folder, out):
        save(os.path.join(out, "diffusion_pytorch_model.safetensors"), networks["control"].state_dict(), {"format": "pt"})
        pipeline.write_json(os.path.join(out, "config.json"), networks["control"].config())


# --- LoRA ------------------------------------------------------------------------------------------------------------

class GlassEncoder(Encoder):
    def caption(self, entry, k):
        return stained_glass.caption(entry["scene"], entry["seed"] + k * 10 ** 9)


class Glass:
    array, encoder, trained, dropout, samples = None, GlassEncoder, "lora", 0.12, 24_000

    @staticmethod
    def networks(model):
        return nn.ModuleDict({"lora": twins.Lora(model["unet"], model["text"]), **frozen(model)})

    @staticmethod
    def predict(networks, x, t, tokens):
        return networks["lora"].predict(networks, x, t, tokens)

    @staticmethod
    def draw_sheet(evaluation, networks):
        """Rows: no LoRA, half its strength, all of it; the same noise."""
        tokens = evaluation.tokens([prompt + ", stained glass" for prompt in GLASS_PROMPTS])
        noise, rows = noise_for(torch.empty(len(tokens), 4, 16, 16), 0), []
        for strength in (0.0, 0.5, 1.0):
            networks["lora"].strength = strength
            rows.append(evaluation.sample(networks, tokens, noise))
        return evaluation.decode(torch.cat(rows))

    @staticmethod
    def export(networks, model_folder, out):
        lora, tensors = networks["lora"], {}
        for key, _, _ in lora.layers:
            tensors[key + ".lora_down.weight"] = lora.down[key].detach()
            tensors[key + ".lora_up.weight"] = lora.up[key].detach()
            tensors[key + ".alpha"] = torch.tensor(float(twins.RANK))
        save(out, tensors, {"ss_network_module": "networks.lora", "ss_network_dim": str(twins.RANK),
                            "ss_network_alpha": str(twins.RANK), "ss_output_name": "stained glass"})


TWINS = {"inpaint": Inpaint, "control": Control, "lora": Glass}


# --- The trainer -----------------------------------------------------------------------------------------------------

class TwinEvaluation(Evaluation):
    def __init__(self, twin, *arguments):
        super().__init__(*arguments, predict=twin.predict)
        self.twin = twin

    def draw_sheets(self, networks, step):
        sheet(self.twin.draw_sheet(self, networks), ROW).save(os.path.join(self.options.out, f"samples_{step:06d}.png"))


def train(twin, options):
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    device, tok = Device(options.device), tokenizer.Tokenizer.load(options.tokenizer)
    networks = twin.networks(load_networks(options.model, tok))
    more = [twin.array] if twin.array else []
    latents, held = Latents(options.data[0], *more), Latents(options.held, *more)
    plan = Plan(options.samples // options.batch, options.rate, options.warm_up, options.parts,
                {twin.trained: (1.0, (0.9, 0.98))}, ema=options.ema)
    work = Work(device, latents, tok, options, twin.predict)
    trainer = Trainer(device, networks, work, train_unet.FIGURES, plan, options.out)
    evaluate = TwinEvaluation(twin, device, held, load_vae(options.vae), tok, options)
    trainer.carry_out(f"{count(networks[twin.trained]):,} parameters, {len(latents):,} pictures", evaluate, options.every,
                      options.stop_at)


def export(twin, options):
    networks = twin.networks(load_networks(options.model, tokenizer.Tokenizer.load(options.tokenizer)))
    networks[twin.trained].load_state_dict(torch.load(os.path.join(options.run, twin.trained + ".pt"), map_location="cpu"))
    twin.export(networks, options.model, options.out)


def parse():
    parser = argparse.ArgumentParser(description="Train what goes with the model.")
    parser.add_argument("task", choices=("prepare", "train", "export"))
    parser.add_argument("twin", choices=TWINS)
    parser.add_argument("--model", required=True, help="diffusers folder of the finished model")
    parser.add_argument("--data", nargs="+", help="folders of pictures; for train one of prepare")
    parser.add_argument("--held", help="folder of prepare with held-out pictures")
    parser.add_argument("--run", help="for export: the folder of train")
    parser.add_argument("--out", required=True)
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--wordings", type=int, default=3, help="captions of one picture")
    defaults = ", ".join(f"{twin.samples:,} ({name})" for name, twin in TWINS.items())
    parser.add_argument("--samples", type=int, help="by default " + defaults)
    parser.add_argument("--stop-at", type=int, help="stop after this step, before the plan's end")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--parts", type=int, default=4, help="parts of a batch; each fits into the memory")
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--warm-up", type=int, default=100)
    parser.add_argument("--ema", type=float, default=0.998)
    parser.add_argument("--every", type=int, default=500, help="steps between evaluations")
    parser.add_argument("--held-count", type=int, default=200)
    parser.add_argument("--no-sheets", dest="sheets", action="store_false", help="draw no samples")
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    twin = TWINS[options.twin]
    options.vae, options.tokenizer = (os.path.join(options.model, name) for name in ("vae", "tokenizer"))
    options.samples, options.dropout = options.samples or twin.samples, twin.dropout
    return twin, options


def main(twin, options):
    if options.task == "prepare":
        train_unet.prepare(options, twin.encoder)
    elif options.task == "train":
        train(twin, options)
    else:
        export(twin, options)


if __name__ == "__main__":
    main(*parse())
