# SPDX-License-Identifier: CC0-1.0
"""Reading and writing the diffusers folder, and the three reference samplers.

safetensors: u64 little-endian header length, JSON header
{name: {"dtype", "shape", "data_offsets": [begin, end]}}, raw little-endian data.
"""
import json
import os
import struct

import numpy as np
import torch

import model
import schedule
import tokenizer

DTYPES = {"F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32, "U8": np.uint8}
DTYPE_NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}


def save_safetensors(path, tensors, metadata=None):
    """tensors: {name: numpy array}. The header is padded with spaces to a multiple of 8."""
    header, blobs, offset = {}, [], 0
    if metadata:
        header["__metadata__"] = metadata
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        header[name] = {"dtype": DTYPE_NAMES[array.dtype], "shape": list(array.shape),
                        "data_offsets": [offset, offset + array.nbytes]}
        blobs.append(array.tobytes())
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for blob in blobs:
            file.write(blob)


def load_safetensors(path):
    """{name: numpy array}, read-only."""
    with open(path, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            tensors[name] = np.frombuffer(data[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def write_json(path, value):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)
        file.write("\n")


def read_json(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return json.load(file)


class Pipeline:
    """Everything in a diffusers folder, weights upcast to float32."""

    def __init__(self, folder):
        def load(network_class, part, weights):
            network = network_class(read_json(folder, part, "config.json"))
            tensors = load_safetensors(os.path.join(folder, part, weights))
            network.load_state_dict({name: torch.from_numpy(array.astype(np.float32))
                                     for name, array in tensors.items()})
            return network.eval().requires_grad_(False)

        self.tok = tokenizer.Tokenizer.load(os.path.join(folder, "tokenizer"))
        self.text = load(model.TextEncoder, "text_encoder", "model.safetensors")
        self.unet = load(model.UNet, "unet", "diffusion_pytorch_model.safetensors")
        self.vae = load(model.VAE, "vae", "diffusion_pytorch_model.safetensors")
        self.scale = self.vae.cfg["scaling_factor"]
        config = read_json(folder, "scheduler", "scheduler_config.json")
        assert config["beta_schedule"] == "scaled_linear" and config["prediction_type"] == "epsilon"
        self.alphas_cumprod = schedule.alphas_cumprod(config["beta_start"], config["beta_end"],
                                                      config["num_train_timesteps"])

    def context(self, prompts):
        return self.text(torch.tensor([self.tok.encode(prompt) for prompt in prompts]))

    def decode(self, latents):
        return self.vae.decode(latents / self.scale)

    def timesteps(self, steps):
        """Leading spacing, steps_offset 1, from noisy to clean."""
        return schedule.timesteps(steps)

    def sigma(self, t):
        """Noise over signal at time step t."""
        alpha = self.alphas_cumprod[t]
        return ((1 - alpha) / alpha).sqrt()

    def guided(self, x, t, context, uncond, guidance):
        """eps_uncond + guidance (eps_cond - eps_uncond); one doubled batch, unconditional first."""
        t = torch.full((2 * len(x),), t)
        both = self.unet(torch.cat([x, x]), t, torch.cat([uncond.expand_as(context), context]))
        eps_uncond, eps_cond = both.chunk(2)
        return eps_uncond + guidance * (eps_cond - eps_uncond)

    def sample(self, prompts, noise, steps=20, guidance=4.0, method="ddim", negative="", trace=None):
        """From standard normal noise to the final (scaled) latents; trace, a list, gets the latent after every step."""
        context, uncond = self.context(prompts), self.context([negative])
        if method == "ddim":
            return self.sample_ddim(context, uncond, noise, steps, guidance, trace)
        return self.sample_in_sigma_space(context, uncond, noise, steps, guidance, method, trace)

    def sample_ddim(self, context, uncond, noise, steps, guidance, trace):
        x, stride = noise, 1000 // steps
        for t in self.timesteps(steps):
            eps = self.guided(x, t, context, uncond, guidance)
            alpha = self.alphas_cumprod[t]
            alpha_next = self.alphas_cumprod[max(t - stride, 0)]
            x0 = (x - (1 - alpha).sqrt() * eps) / alpha.sqrt()
            x = alpha_next.sqrt() * x0 + (1 - alpha_next).sqrt() * eps
            if trace is not None:
                trace.append(x)
        return x

    def sample_in_sigma_space(self, context, uncond, noise, steps, guidance, method, trace):
        """Euler and DPM++ 2M in k-diffusion's form: x = x0 + sigma eps; the UNet sees x / sqrt(1 + sigma^2)."""
        timesteps = self.timesteps(steps)
        sigmas = torch.stack([self.sigma(t) for t in timesteps] + [torch.tensor(0.0)])
        x, denoised_last = noise * (sigmas[0] ** 2 + 1).sqrt(), None
        for i, t in enumerate(timesteps):
            sigma, sigma_next = sigmas[i], sigmas[i + 1]
            eps = self.guided(x / (sigma ** 2 + 1).sqrt(), t, context, uncond, guidance)
            if method == "euler":
                x = x + (sigma_next - sigma) * eps
            elif method == "dpmpp_2m":
                denoised = x - sigma * eps
                if sigma_next == 0:
                    x = denoised
                else:
                    target, ratio = denoised, sigma_next / sigma
                    if denoised_last is not None:
                        r = (sigmas[i - 1] / sigma).log() / (sigma / sigma_next).log()
                        target = (1 + 1 / (2 * r)) * denoised - 1 / (2 * r) * denoised_last
                    x = ratio * x - (ratio - 1) * target
                denoised_last = denoised
            else:
                raise ValueError(method)
            if trace is not None:
                trace.append(x)
        return x
