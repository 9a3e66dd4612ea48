# SPDX-License-Identifier: CC0-1.0
"""Training-time speed-up: builds fused.c and offers its kernels as autograd functions.

Nothing here changes what is computed; model.py is ordinary PyTorch until speed_up() or model.FUSED is used.
"""
import ctypes
import os
import subprocess
import tempfile

import torch

import model

LONG, FLOAT, INT = ctypes.c_long, ctypes.c_float, ctypes.c_int


def build():
    """The shared library, compiled for this machine and kept among the temporary files until a source changes."""
    here = os.path.dirname(os.path.abspath(__file__))
    sources = [os.path.join(here, name) for name in ("fused.c", "fused_kernels.h")]
    library = os.path.join(tempfile.gettempdir(), f"limn-train-{os.getuid()}", "fused.so")
    if not os.path.exists(library) or os.path.getmtime(library) < max(map(os.path.getmtime, sources)):
        os.makedirs(os.path.dirname(library), mode=0o700, exist_ok=True)
        subprocess.check_call(["gcc", "-O3", "-march=native", "-mprefer-vector-width=512", "-ffast-math", "-fopenmp",
                               "-shared", "-fPIC", sources[0], "-o", library, "-lm"])
    return ctypes.CDLL(library)


LIBRARY = build()


def call(name, *arguments):
    """Calls a kernel: tensors as pointers, numbers as they were wrapped."""
    getattr(LIBRARY, name)(*(ctypes.c_void_p(a.data_ptr()) if torch.is_tensor(a) else a for a in arguments))


def suffix(x):
    return "_bf16" if x.dtype == torch.bfloat16 else "_f32"


class GroupNormAct(torch.autograd.Function):
    """GroupNorm, then SiLU if act."""

    @staticmethod
    def forward(ctx, x, gamma, beta, groups, eps, act):
        x = x.contiguous()
        images, channels = x.shape[:2]
        pixels = x.numel() // (images * channels)
        y, mean, rstd = torch.empty_like(x), torch.empty(images * groups), torch.empty(images * groups)
        call("gn_fwd" + suffix(x), x, y, gamma, beta, mean, rstd, LONG(images), LONG(channels), LONG(pixels),
             LONG(groups), FLOAT(eps), INT(act))
        ctx.save_for_backward(x, gamma, beta, mean, rstd)
        ctx.sizes = images, channels, pixels, groups, act
        return y

    @staticmethod
    def backward(ctx, dy):
        x, gamma, beta, mean, rstd = ctx.saved_tensors
        images, channels, pixels, groups, act = ctx.sizes
        dy, dx = dy.contiguous().to(x.dtype), torch.empty_like(x)
        d_gamma, d_beta = torch.empty(images, channels), torch.empty(images, channels)
        call("gn_bwd" + suffix(x), x, dy, dx, gamma, beta, mean, rstd, d_gamma, d_beta, LONG(images), LONG(channels),
             LONG(pixels), LONG(groups), INT(act))
        return dx, d_gamma.sum(0), d_beta.sum(0), None, None, None


def fused_norm(x, norm, act):
    """What model.FUSED wants."""
    return GroupNormAct.apply(x, norm.weight, norm.bias, norm.num_groups, norm.eps, int(act))


class LayerNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, gamma, beta, eps):
        x = x.contiguous()
        columns = x.shape[-1]
        rows = x.numel() // columns
        y, mean, rstd = torch.empty_like(x), torch.empty(rows), torch.empty(rows)
        call("ln_fwd" + suffix(x), x, y, gamma, beta, mean, rstd, LONG(rows), LONG(columns), FLOAT(eps))
        ctx.save_for_backward(x, gamma, mean, rstd)
        return y

    @staticmethod
    def backward(ctx, dy):
        x, gamma, mean, rstd = ctx.saved_tensors
        columns = x.shape[-1]
        dy, dx = dy.contiguous().to(x.dtype), torch.empty_like(x)
        d_gamma, d_beta = torch.zeros(columns), torch.zeros(columns)
        call("ln_bwd" + suffix(x), x, dy, dx, gamma, mean, rstd, d_gamma, d_beta, LONG(mean.numel()), LONG(columns))
        return dx, d_gamma, d_beta, None


class Geglu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x = x.contiguous()
        columns = x.shape[-1] // 2
        y = torch.empty(x.shape[:-1] + (columns,), dtype=x.dtype)
        call("gg_fwd" + suffix(x), x, y, LONG(y.numel() // columns), LONG(columns))
        ctx.save_for_backward(x)
        return y

    @staticmethod
    def backward(ctx, dy):
        x, = ctx.saved_tensors
        columns = x.shape[-1] // 2
        dy, dx = dy.contiguous().to(x.dtype), torch.empty_like(x)
        call("gg_bwd" + suffix(x), x, dy, dx, LONG(dy.numel() // columns), LONG(columns))
        return dx


class FusedLayerNorm(torch.nn.LayerNorm):
    def forward(self, x):
        return LayerNorm.apply(x, self.weight, self.bias, self.eps)


class FusedGeglu(model.GEGLU):
    def forward(self, x):
        return Geglu.apply(self.proj(x))


def speed_up(network):
    """Swaps in the fused kernels; parameters and their names stay."""
    model.FUSED = fused_norm
    for module in network.modules():
        if type(module) is torch.nn.LayerNorm:
            module.__class__ = FusedLayerNorm
        elif type(module) is model.GEGLU:
            module.__class__ = FusedGeglu


def adamw_ema(parameters, grad_0, grad_1, m, v, ema, decay, lr, beta1, beta2, step, grad_scale, ema_decay):
    """One AdamW step on the sum of two gradients, and the moving average of the parameters, in one pass over memory."""
    call("adamw_ema", parameters, grad_0, grad_1, m, v, ema, decay, LONG(parameters.numel()), FLOAT(lr), FLOAT(beta1),
         FLOAT(beta2), FLOAT(1e-8), FLOAT(1 - beta1 ** step), FLOAT(1 - beta2 ** step), FLOAT(grad_scale),
         FLOAT(ema_decay))
