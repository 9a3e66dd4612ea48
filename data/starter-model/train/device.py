# SPDX-License-Identifier: CC0-1.0
"""The machine that trains: everything that differs between a CPU and a GPU.

A CPU with AMX runs the kernels of fused.py, one process for each core. A GPU runs the plain networks of model.py under
bfloat16 autocast, any other CPU in float32, one process each.
"""
import contextlib
import os

import torch

import fused


class Device:
    def __init__(self, name="auto"):
        """name: cpu, cuda or auto (cuda where there is one)."""
        if name == "auto":
            name = "cuda" if torch.cuda.is_available() else "cpu"
        self.torch = torch.device(name)
        self.fused = name == "cpu" and fused.available()
        self.workers = len(os.sched_getaffinity(0)) if self.fused else 1
        if name == "cuda":
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
            torch.backends.cudnn.benchmark = True

    def prepare(self, network):
        """The network on this device, ready to train."""
        network = network.to(self.torch, memory_format=torch.channels_last)
        if self.fused:
            fused.speed_up(network)
        return network

    def autocast(self):
        """bfloat16 where the network does not see to it itself."""
        if self.torch.type == "cuda":
            return torch.autocast("cuda", dtype=torch.bfloat16)
        return contextlib.nullcontext()

    def put(self, tensor):
        return tensor.to(self.torch, non_blocking=True)

    def describe(self):
        if self.torch.type == "cuda":
            return torch.cuda.get_device_name()
        return f"CPU, {self.workers} process{'es' * (self.workers > 1)}" + (" with AMX kernels" if self.fused else "")
