# SPDX-License-Identifier: CC0-1.0
"""Training-time speed-up for CPUs with AMX: builds fused.c and puts its kernels into the networks of model.py.

speed_up(network) swaps the classes of its modules; parameters and their names stay. From then on the network takes and
gives bfloat16 and does not want autocast. Weights stay float32, those of convolutions in channels-last order.
Nothing here changes what is computed; model.py is ordinary PyTorch without it.
"""
import ctypes
import hashlib
import os
import subprocess
import tempfile

import torch
import torch.nn as nn
import torch.nn.functional as F

import model

LONG, FLOAT, INT, NULL = ctypes.c_long, ctypes.c_float, ctypes.c_int, ctypes.c_void_p()
SOURCES = ("fused.c", "fused_norms.h")
# Not -ffast-math: linked with it, a library turns off denormal numbers for the whole process.
FLAGS = ("-O3", "-march=native", "-mprefer-vector-width=512", "-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros",
         "-fassociative-math", "-ffinite-math-only", "-fopenmp", "-shared", "-fPIC")


def available():
    """Whether this machine has AMX with bfloat16 and a compiler."""
    try:
        with open("/proc/cpuinfo", encoding="ascii") as file:
            if "amx_bf16" not in file.read():
                return False
        library()
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def build():
    """The shared library, compiled for this machine and kept among the temporary files under a name of its sources."""
    here, digest = os.path.dirname(os.path.abspath(__file__)), hashlib.sha256(" ".join(FLAGS).encode())
    sources = [os.path.join(here, name) for name in SOURCES]
    for source in sources:
        with open(source, "rb") as file:
            digest.update(file.read())
    path = os.path.join(tempfile.gettempdir(), f"limn-train-{os.getuid()}", f"fused-{digest.hexdigest()[:12]}.so")
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        new = f"{path}.{os.getpid()}"
        subprocess.check_call(["gcc", *FLAGS, sources[0], "-o", new, "-lm"])
        os.replace(new, path)
    opened = ctypes.CDLL(path)
    opened.packed_size.restype = opened.padded_pixels.restype = LONG
    if opened.fused_init() != 0:
        raise OSError("the kernel does not grant the tile registers")
    return opened


def library(cache=[]):
    """build(), once."""
    if not cache:
        cache.append(build())
    return cache[0]


def call(name, *arguments):
    """Calls a kernel: tensors as pointers, whole numbers as long, other numbers as they were wrapped."""
    wrapped = [ctypes.c_void_p(a.data_ptr()) if torch.is_tensor(a) else LONG(a) if isinstance(a, int) else a
               for a in arguments]
    return getattr(library(), name)(*wrapped)


def nhwc(x):
    """x as bfloat16, channels last."""
    return x.to(torch.bfloat16).contiguous(memory_format=torch.channels_last)


def empty_nhwc(n, c, h, w):
    return torch.empty((n, c, h, w), dtype=torch.bfloat16, memory_format=torch.channels_last)


def pack(name, weight, inputs, outputs, taps):
    """The weights as the right operand; inputs and outputs are those of the layer's own direction."""
    size = (outputs, inputs) if name == "pack_backward" else (inputs, outputs)
    packed = torch.empty(call("packed_size", *size, taps), dtype=torch.bfloat16)
    call(name, weight, packed, inputs, outputs, taps)
    return packed


def padded(n, h, w, c):
    return torch.empty(call("padded_pixels", n, h, w) * c, dtype=torch.bfloat16)


# A 3x3 convolution of the doubled picture is, at each of the four corners of a doubled pixel, a 2x2 convolution of the
# picture itself with sums of taps: less than half of the work.
CORNERS = (0, 0), (0, 1), (1, 0), (1, 1)


def folded(weight):
    """The sums of taps for each of CORNERS, [outputs, 2, 2, inputs] as they lie in memory."""
    def fold(taps, dim):
        a, b, c = taps.unbind(dim)
        return torch.stack([a, b + c], dim), torch.stack([a + b, c], dim)
    return [corner for rows in fold(weight.detach().permute(0, 2, 3, 1), 1) for corner in fold(rows, 2)]


def unfolded(parts):
    """The way back: the gradient of the weight from those of its sums."""
    def unfold(first, second, dim):
        (a, b), (c, d) = first.unbind(dim), second.unbind(dim)
        return torch.stack([a + c, b + c, b + d], dim)
    return unfold(unfold(parts[0], parts[1], 2), unfold(parts[2], parts[3], 2), 1)


class Convolution(torch.autograd.Function):
    """[GroupNorm, SiLU,] 3x3 convolution [of the doubled picture] + bias [+ residual], at every stride-th pixel.

    bias is one row, or one for each picture. norm is None or (groups, eps, act)."""

    @staticmethod
    def forward(ctx, x, weight, bias, residual, gamma, beta, norm, stride, offset, double):
        x = nhwc(x)
        n, inputs, h, w = x.shape
        outputs, x_norm, mean, rstd = weight.shape[0], None, None, None
        p = padded(n, h, w, inputs)
        if norm is None:
            call("pad", x, p, n, h, w, inputs, INT(0), 0, 0)
        else:
            x_norm, mean, rstd = x, torch.empty(n, norm[0]), torch.empty(n, norm[0])
            call("group_norm_forward", x, p, gamma, beta, mean, rstd, n, h, w, inputs, norm[0], FLOAT(norm[1]),
                 INT(norm[2]), INT(1))
        place = empty_nhwc(n, outputs, 2 * h, 2 * w) if double else empty_nhwc(n, outputs, h // stride, w // stride)
        bias_step = outputs if bias.ndim == 2 else 0
        if double:
            ctx.folded = folded(weight)
            for (top, left), taps in zip(CORNERS, ctx.folded):
                call("conv_forward", p, pack("pack_forward", taps, inputs, outputs, 2), bias, bias_step, NULL, place,
                     n, h, w, inputs, outputs, 2, top - 1, left - 1, -2, top, left)
        else:
            call("conv_forward", p, pack("pack_forward", weight, inputs, outputs, 3), bias, bias_step,
                 nhwc(residual) if residual is not None else NULL, place, n, h, w, inputs, outputs, 3, -1, -1, stride,
                 offset, offset)
        ctx.save_for_backward(p, weight, x_norm, gamma, beta, mean, rstd)
        ctx.plan = n, h, w, inputs, outputs, norm, stride, offset, double, bias.ndim
        return place

    @staticmethod
    def backward(ctx, dy):
        p, weight, x, gamma, beta, mean, rstd = ctx.saved_tensors
        n, h, w, inputs, outputs, norm, stride, offset, double, bias_ndim = ctx.plan
        dx = dw = db = d_gamma = d_beta = None
        dy = nhwc(dy)
        if ctx.needs_input_grad[2]:
            db = torch.empty(n, outputs)
            call("sum_pixels", dy, db, n, dy.shape[2] * dy.shape[3], outputs)
            if bias_ndim == 1:
                db = db.sum(0)
        dp = padded(n, h, w, outputs)
        if double:
            dx, dw = Convolution.backward_doubled(ctx, dy, p, dp)
            return dx, dw.permute(0, 3, 1, 2), db, None, None, None, None, None, None, None
        call("pad", dy, dp, n, h, w, outputs, INT(int(stride == 2)), offset, offset)
        if ctx.needs_input_grad[1]:
            dw = torch.empty(outputs, 3, 3, inputs)
            call("conv_backward_weights", p, dp, dw, n, h, w, inputs, outputs, 3, -1, -1)
            dw = dw.permute(0, 3, 1, 2)
        if ctx.needs_input_grad[0]:
            dx = empty_nhwc(n, inputs, h, w)
            call("conv_forward", dp, pack("pack_backward", weight, inputs, outputs, 3), NULL, 0, NULL, dx, n, h, w,
                 outputs, inputs, 3, -1, -1, 1, 0, 0)
            if norm is not None:
                dx, d_norm = empty_nhwc(n, inputs, h, w), dx
                d_gamma, d_beta = torch.empty(n, inputs), torch.empty(n, inputs)
                call("group_norm_backward", x, d_norm, dx, gamma, beta, mean, rstd, d_gamma, d_beta, n, h * w, inputs,
                     norm[0], INT(norm[2]))
                d_gamma, d_beta = d_gamma.sum(0), d_beta.sum(0)
        return dx, dw, db, dy if ctx.needs_input_grad[3] else None, d_gamma, d_beta, None, None, None, None

    @staticmethod
    def backward_doubled(ctx, dy, p, dp):
        """dx, and dw as it lies in memory."""
        n, h, w, inputs, outputs = ctx.plan[:5]
        dx, parts = empty_nhwc(n, inputs, h, w), []
        for (top, left), taps in zip(CORNERS, ctx.folded):
            parts.append(torch.empty(outputs, 2, 2, inputs))
            call("pad", dy, dp, n, h, w, outputs, INT(2), top, left)
            call("conv_backward_weights", p, dp, parts[-1], n, h, w, inputs, outputs, 2, top - 1, left - 1)
            call("conv_forward", dp, pack("pack_backward", taps, inputs, outputs, 2), NULL, 0,
                 dx if len(parts) > 1 else NULL, dx, n, h, w, outputs, inputs, 2, -top, -left, 1, 0, 0)
        return dx, unfolded(parts)


def convolution(x, conv, bias=None, residual=None, norm=None, stride=1, offset=0, double=False):
    gamma, beta, plan = (norm.weight, norm.bias, (norm.num_groups, norm.eps, 1)) if norm is not None else [None] * 3
    return Convolution.apply(x, conv.weight, conv.bias if bias is None else bias, residual, gamma, beta, plan, stride,
                             offset, double)


class Product(torch.autograd.Function):
    """x [rows, inputs] times weight [outputs, inputs] transposed, + bias."""

    @staticmethod
    def forward(ctx, x, weight, bias):
        x = x.to(torch.bfloat16).contiguous()
        (rows, inputs), outputs = x.shape, weight.shape[0]
        y = torch.empty(rows, outputs, dtype=torch.bfloat16)
        call("conv_forward", x, pack("pack_forward", weight, inputs, outputs, 1),
             NULL if bias is None else bias, 0, NULL, y, rows, 1, 1, inputs, outputs, 1, 0, 0, 1, 0, 0)
        ctx.save_for_backward(x, weight)
        return y

    @staticmethod
    def backward(ctx, dy):
        x, weight = ctx.saved_tensors
        dy = dy.to(torch.bfloat16).contiguous()
        (rows, inputs), outputs = x.shape, weight.shape[0]
        dx = dw = db = None
        if ctx.needs_input_grad[0]:
            dx = torch.empty(rows, inputs, dtype=torch.bfloat16)
            call("conv_forward", dy, pack("pack_backward", weight, inputs, outputs, 1), NULL, 0, NULL, dx, rows, 1, 1,
                 outputs, inputs, 1, 0, 0, 1, 0, 0)
        if ctx.needs_input_grad[1]:
            dw = torch.empty(outputs, inputs)
            call("conv_backward_weights", x, dy, dw, rows, 1, 1, inputs, outputs, 1, 0, 0)
        if ctx.needs_input_grad[2]:
            db = torch.empty(1, outputs)
            call("sum_pixels", dy, db, 1, rows, outputs)
            db = db[0]
        return dx, dw, db


class GroupNormAct(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, gamma, beta, groups, eps, act):
        x = nhwc(x)
        n, c, h, w = x.shape
        y, mean, rstd = empty_nhwc(n, c, h, w), torch.empty(n, groups), torch.empty(n, groups)
        call("group_norm_forward", x, y, gamma, beta, mean, rstd, n, h, w, c, groups, FLOAT(eps), INT(act), INT(0))
        ctx.save_for_backward(x, gamma, beta, mean, rstd)
        ctx.plan = groups, act
        return y

    @staticmethod
    def backward(ctx, dy):
        x, gamma, beta, mean, rstd = ctx.saved_tensors
        (n, c, h, w), (groups, act) = x.shape, ctx.plan
        dx, d_gamma, d_beta = empty_nhwc(n, c, h, w), torch.empty(n, c), torch.empty(n, c)
        call("group_norm_backward", x, nhwc(dy), dx, gamma, beta, mean, rstd, d_gamma, d_beta, n, h * w, c, groups,
             INT(act))
        return dx, d_gamma.sum(0), d_beta.sum(0), None, None, None


class LayerNormal(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, gamma, beta, eps):
        x = x.to(torch.bfloat16).contiguous()
        columns = x.shape[-1]
        rows = x.numel() // columns
        y, mean, rstd = torch.empty_like(x), torch.empty(rows), torch.empty(rows)
        call("layer_norm_forward", x, y, gamma, beta, mean, rstd, rows, columns, FLOAT(eps))
        ctx.save_for_backward(x, gamma, mean, rstd)
        return y

    @staticmethod
    def backward(ctx, dy):
        x, gamma, mean, rstd = ctx.saved_tensors
        columns = x.shape[-1]
        dy, dx = dy.to(torch.bfloat16).contiguous(), torch.empty_like(x)
        d_gamma, d_beta = torch.zeros(columns), torch.zeros(columns)
        call("layer_norm_backward", x, dy, dx, gamma, mean, rstd, d_gamma, d_beta, mean.numel(), columns)
        return dx, d_gamma, d_beta, None


class Geglu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        columns = x.shape[-1] // 2
        y = torch.empty(x.shape[:-1] + (columns,), dtype=torch.bfloat16)
        call("geglu_forward", x, y, y.numel() // columns, columns)
        ctx.save_for_backward(x)
        return y

    @staticmethod
    def backward(ctx, dy):
        x, = ctx.saved_tensors
        columns = x.shape[-1] // 2
        dy, dx = dy.contiguous(), torch.empty_like(x)
        call("geglu_backward", x, dy, dx, dy.numel() // columns, columns)
        return dx


# --- The modules of model.py with these kernels ------------------------------------------------------------------------

class FusedLinear(nn.Linear):
    def forward(self, x):
        y = Product.apply(x.reshape(-1, x.shape[-1]), self.weight, self.bias)
        return y.view(*x.shape[:-1], -1)


class FusedConv(nn.Conv2d):
    """3x3 with padding 1, or 1x1; both with stride 1."""

    def forward(self, x):
        if self.kernel_size == (3, 3):
            return convolution(x, self)
        x = nhwc(x)
        n, c, h, w = x.shape
        y = Product.apply(x.permute(0, 2, 3, 1).reshape(-1, c), self.weight.flatten(1), self.bias)
        return y.view(n, h, w, -1).permute(0, 3, 1, 2)


class FusedGroupNorm(model.GroupNorm):
    def forward(self, x):
        return GroupNormAct.apply(x, self.weight, self.bias, self.num_groups, self.eps, 0)

    def activated(self, x):
        return GroupNormAct.apply(x, self.weight, self.bias, self.num_groups, self.eps, 1)


class FusedLayerNorm(nn.LayerNorm):
    def forward(self, x):
        return LayerNormal.apply(x, self.weight, self.bias, self.eps)


class FusedGeglu(model.GEGLU):
    def forward(self, x):
        return Geglu.apply(self.proj(x))


class FusedResnet(model.Resnet):
    def forward(self, x, temb=None):
        bias = None
        if temb is not None:
            bias = self.time_emb_proj(F.silu(temb)).float() + self.conv1.bias
        h = convolution(x, self.conv1, bias, norm=self.norm1)
        if self.conv_shortcut is not None:
            x = self.conv_shortcut(x)
        return convolution(h, self.conv2, residual=x, norm=self.norm2)


class FusedDownsample(model.Downsample):
    def forward(self, x):
        # Padded right and bottom only, the taps' centre is one pixel further on.
        return convolution(x, self.conv, stride=2, offset=1 - self.padding)


class FusedUpsample(model.Upsample):
    def forward(self, x):
        return convolution(x, self.conv, double=True)


FUSED = {nn.Linear: FusedLinear, nn.Conv2d: FusedConv, model.GroupNorm: FusedGroupNorm, nn.LayerNorm: FusedLayerNorm,
         model.GEGLU: FusedGeglu, model.Resnet: FusedResnet, model.Downsample: FusedDownsample,
         model.Upsample: FusedUpsample}


def speed_up(network):
    """Swaps in the fused kernels."""
    for module in network.modules():
        if type(module) in FUSED:
            module.__class__ = FUSED[type(module)]
        if isinstance(module, nn.Conv2d):
            module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last)


def adamw(parameters, gradient, m, v, ema, decay, rate, beta_1, beta_2, step, ema_decay):
    """One AdamW step and the moving average of the parameters, in one pass over memory."""
    call("adamw_ema", parameters, gradient, m, v, ema, decay, parameters.numel(), FLOAT(rate), FLOAT(beta_1),
         FLOAT(beta_2), FLOAT(1e-8), FLOAT(1 - beta_1 ** step), FLOAT(1 - beta_2 ** step), FLOAT(ema_decay))
