# SPDX-License-Identifier: CC0-1.0
"""Runs that begin with a picture, for the parity reference: picture to picture, and painting inside a mask.

Written for themselves, without pipeline.Pipeline.sample(): each step is spelled out as the papers have it.
"""
import numpy as np
import torch

STEPS, GUIDANCE = 5, 4.0
STRENGTH = 0.6                 # of picture to picture: the last three of five steps
GREY = 128                     # 128 / 255 of 5 steps: the last two


def mask_cells(side):
    """0..255 for each cell: a rectangle that changes all the way, and one beside it that changes in the last two steps."""
    mask = np.zeros((side, side), np.int32)
    mask[2:6, 3:6] = 255
    mask[2:6, 6:8] = GREY
    return mask


def from_picture(pipe, prompt, latent, noise, trace):
    """SDEdit with DDIM: the picture's latent under the noise of the first step that is left, then down to the picture."""
    context, uncond = pipe.context([prompt]), pipe.context([""])
    timesteps, stride = pipe.timesteps(STEPS), 1000 // STEPS
    left = timesteps[STEPS - int(STEPS * STRENGTH):]
    alpha = pipe.alphas_cumprod[left[0]]
    x = alpha.sqrt() * latent + (1 - alpha).sqrt() * noise
    for t in left:
        eps = pipe.guided(x, t, context, uncond, GUIDANCE)
        alpha, alpha_next = pipe.alphas_cumprod[t], pipe.alphas_cumprod[max(t - stride, 0)]
        x0 = (x - (1 - alpha).sqrt() * eps) / alpha.sqrt()
        x = alpha_next.sqrt() * x0 + (1 - alpha_next).sqrt() * eps
        trace.append(x)
    return x


def inside_mask(pipe, prompt, latent, mask, noise, trace):
    """Differential diffusion with DPM++ 2M in sigma space: a cell of strength s changes in the last floor (s steps) steps; before that, and
    elsewhere, the denoised estimate is the known latent. What changes from the first step on begins as noise alone."""
    context, uncond = pipe.context([prompt]), pipe.context([""])
    timesteps = pipe.timesteps(STEPS)
    sigmas = torch.stack([pipe.sigma(t) for t in timesteps] + [torch.tensor(0.0)])
    moving = torch.from_numpy(np.floor(STEPS * mask / 255.0 + 1e-9))
    x = torch.where(moving == STEPS, noise * (sigmas[0] ** 2 + 1).sqrt(), latent + sigmas[0] * noise)
    denoised_last = None
    for i, t in enumerate(timesteps):
        sigma, sigma_next = sigmas[i], sigmas[i + 1]
        eps = pipe.guided(x / (sigma ** 2 + 1).sqrt(), t, context, uncond, GUIDANCE)
        denoised = torch.where(STEPS - i <= moving, x - sigma * eps, latent)
        if sigma_next == 0:
            x = denoised
        else:
            target, ratio = denoised, sigma_next / sigma
            if denoised_last is not None:
                r = (sigmas[i - 1] / sigma).log() / (sigma / sigma_next).log()
                target = (1 + 1 / (2 * r)) * denoised - 1 / (2 * r) * denoised_last
            x = ratio * x - (ratio - 1) * target
        denoised_last = denoised
        trace.append(x)
    return x


def save(pipe, writer, prompt, image, mean, noise, **facts):
    """image: -1..1; mean: of the VAE's posterior, not scaled."""
    latent = mean * pipe.scale
    mask = mask_cells(latent.shape[-1])
    for name, what, run in (
            ("paint_from_picture", f"the last {int(STEPS * STRENGTH)} of {STEPS} steps of DDIM from the picture of vae.safetensors",
             lambda trace: from_picture(pipe, prompt, latent, noise, trace)),
            ("paint_inside_mask", f"{STEPS} steps of DPM++ 2M inside a mask on the picture of vae.safetensors",
             lambda trace: inside_mask(pipe, prompt, latent, mask, noise, trace))):
        trace = []
        last = run(trace)
        writer.save(name, f"{what}, guidance {GUIDANCE}, negative prompt empty: the mask of each cell (0..255; not looked at without one), latents after every step, final image "
                    "(-1..1, not clamped, nothing put back into the picture)",
                    {"mask": mask, "latents": torch.cat(trace), "image": pipe.decode(last)}, prompt=prompt, steps=STEPS,
                    guidance=GUIDANCE, strength=STRENGTH if name == "paint_from_picture" else 1.0, **facts)
