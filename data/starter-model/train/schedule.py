# SPDX-License-Identifier: CC0-1.0
"""The noise schedule that the model is trained with, and the time steps at which it is sampled."""
import torch

SCALING_FACTOR = 0.18215       # SD 1.x's own; train_vae.py normalise makes scaled latents of standard deviation 1
TRAIN_STEPS = 1000
BETA_START, BETA_END = 0.00085, 0.012


def alphas_cumprod(beta_start=BETA_START, beta_end=BETA_END, train_steps=TRAIN_STEPS):
    """Cumulative products of 1 - beta; "scaled linear": the square roots of the betas are evenly spaced."""
    betas = torch.linspace(beta_start ** 0.5, beta_end ** 0.5, train_steps, dtype=torch.float32) ** 2
    return torch.cumprod(1 - betas, 0)


def timesteps(steps):
    """Leading spacing with steps_offset 1, from noisy to clean: for 20 steps 951, 901, ..., 51, 1."""
    stride = TRAIN_STEPS // steps
    return [i * stride + 1 for i in reversed(range(steps))]
