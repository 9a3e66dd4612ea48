# SPDX-License-Identifier: CC0-1.0
"""Runs that begin with a picture, for the parity reference: picture to picture, painting inside a mask, and the same by a UNet
with 9 input channels, as models for inpainting have them: the starter model's with five channels of invented weights.

Written for themselves, without pipeline.Pipeline.sample(): each step is spelled out as the papers have it.
"""
import copy

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


def inpainting_unet(pipe):
    """The starter model's UNet with a wider first layer: 0.05 sin (0.7 i + 1) for the i-th weight of the new channels, float32."""
    unet = copy.deepcopy(pipe.unet)
    old = unet.conv_in
    n_out = old.out_channels
    extra = 0.05 * np.sin(0.7 * np.arange(n_out * 5 * 9, dtype=np.float64) + 1)
    extra = torch.from_numpy(extra.astype(np.float32).reshape(n_out, 5, 3, 3))
    unet.conv_in = torch.nn.Conv2d(9, n_out, 3, padding=1)
    unet.conv_in.weight = torch.nn.Parameter(torch.cat([old.weight, extra], dim=1), requires_grad=False)
    unet.conv_in.bias = old.bias
    return unet


def inpainting_inputs(pipe, image, mask):
    """The mask, and the latent of the picture that is grey where the mask is 128 or more."""
    inside = torch.from_numpy(mask >= 128)
    pixels = inside.repeat_interleave(8, dim=0).repeat_interleave(8, dim=1)
    masked, _ = pipe.vae.encode(torch.where(pixels, torch.tensor(0.0), image))
    return torch.cat([inside.float()[None, None], masked * pipe.scale], dim=1)


def guided(pipe, unet, extra, x, t, context, uncond):
    """As Pipeline.guided(), for any UNet and what it is given beside x."""
    x = torch.cat([x.float(), extra], dim=1)
    both = unet(torch.cat([x, x]), torch.full((2,), t), torch.cat([uncond, context]))
    return both[:1] + GUIDANCE * (both[1:] - both[:1])


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


def inside_mask(pipe, unet, extra, prompt, latent, mask, noise, trace):
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
        eps = guided(pipe, unet, extra, x / (sigma ** 2 + 1).sqrt(), t, context, uncond)
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
             lambda trace: inside_mask(pipe, pipe.unet, latent[:, :0], prompt, latent, mask, noise, trace)),
            ("paint_inpainting_unet", f"{STEPS} steps of DPM++ 2M inside a mask on the picture of vae.safetensors, by inpainting_unet()",
             lambda trace: inside_mask(pipe, inpainting_unet(pipe), inpainting_inputs(pipe, image, mask), prompt, latent, mask, noise,
                                       trace))):
        trace = []
        last = run(trace)
        writer.save(name, f"{what}, guidance {GUIDANCE}, negative prompt empty: the mask of each cell (0..255; not looked at without one), latents after every step, final image "
                    "(-1..1, not clamped, nothing put back into the picture)",
                    {"mask": mask, "latents": torch.cat(trace), "image": pipe.decode(last)}, prompt=prompt, steps=STEPS,
                    guidance=GUIDANCE, strength=STRENGTH if name == "paint_from_picture" else 1.0, **facts)
