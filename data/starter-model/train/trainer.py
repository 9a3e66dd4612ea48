# SPDX-License-Identifier: CC0-1.0
"""What every training shares: one flat vector of parameters, workers that add up its gradient, AdamW with a moving
average, checkpoints and a log.

A step's batch has a fixed number of parts. Each part's data depend on the seed, the step and the part alone, and its
gradient has a place of its own, so that it does not matter which worker takes which part: a run that stopped and went
on ends in the same weights, to the bit on a CPU.
"""
import dataclasses
import json
import math
import multiprocessing as mp
import os
import time

import torch

import fused


@dataclasses.dataclass
class Plan:
    """How to train. groups maps the name of a child of the network to its share of the rate and to AdamW's betas."""
    steps: int
    rate: float
    warm_up: int
    parts: int
    groups: dict
    lowest: float = 0.02           # last rate, of the highest
    decay: float = 0.01            # of weights; biases, norms and embeddings have none
    clip: float = 1.0              # norm of the gradient of a group
    ema: float = 0.999             # of the moving average

    def rate_at(self, step):
        """Warm-up, then a cosine."""
        cosine = 0.5 * (1 + math.cos(math.pi * min(1, step / self.steps)))
        return self.rate * min(1, (step + 1) / self.warm_up) * (self.lowest + (1 - self.lowest) * cosine)


def memory_order(parameter):
    """The parameter as it lies in the flat vector: convolutions with channels last."""
    return parameter.permute(0, 2, 3, 1) if parameter.ndim == 4 else parameter


def bind(network, flat):
    """Makes the parameters views of the flat vector."""
    at = 0
    for parameter in network.parameters():
        part = flat[at:at + parameter.numel()].view(memory_order(parameter).shape)
        parameter.data = part.permute(0, 3, 1, 2) if parameter.ndim == 4 else part
        at += parameter.numel()


def flatten(network):
    return torch.cat([memory_order(parameter.data).reshape(-1) for parameter in network.parameters()])


class Trainer:
    """network: a ModuleDict; work (network, step, part) does forward and backward for a part and returns a vector of
    figures, whose means the log shows as figures; it must not draw from the global random generator."""

    def __init__(self, device, network, work, figures, plan, out_dir):
        self.device, self.work, self.figures, self.plan, self.out_dir = device, work, figures, plan, out_dir
        os.makedirs(out_dir, exist_ok=True)
        self.network = device.prepare(network)
        flat = flatten(self.network)
        self.flat = flat.share_memory_() if device.workers > 1 else flat
        bind(self.network, self.flat)
        self.m, self.v, self.ema = torch.zeros_like(flat), torch.zeros_like(flat), flat.clone()
        self.step, self.seconds = 0, 0.0
        self.decay, self.slices, at = torch.zeros_like(flat), {}, 0
        for child, module in self.network.items():
            begin = at
            for name, parameter in module.named_parameters():
                if parameter.ndim > 1 and "embedding" not in name:
                    self.decay[at:at + parameter.numel()] = plan.decay
                at += parameter.numel()
            self.slices[child] = slice(begin, at)
        self.gradients = torch.zeros(plan.parts, len(flat), device=flat.device)
        self.results = torch.zeros(plan.parts, len(figures), device=flat.device)
        self.control = torch.zeros(2, dtype=torch.int64)       # next part, step or -1 to stop
        self.team = []

    def freeze(self):
        """Keeps the weight decay off the parameters that want no gradient; call it before the first step."""
        at = 0
        for parameter in self.network.parameters():
            if not parameter.requires_grad:
                self.decay[at:at + parameter.numel()] = 0
            at += parameter.numel()

    # --- Parts and workers

    def do_part(self, step, part):
        self.network.zero_grad(set_to_none=True)
        self.results[part] = self.work(self.network, step, part)
        at = 0
        for parameter in self.network.parameters():
            place = self.gradients[part, at:at + parameter.numel()]
            if parameter.grad is None:
                place.zero_()
            else:
                place.view(memory_order(parameter).shape).copy_(memory_order(parameter.grad))
            at += parameter.numel()

    def worker(self):
        torch.set_num_threads(1)
        while True:
            self.start.wait()
            step = int(self.control[1])
            if step < 0:
                return
            while True:
                with self.lock:
                    part = int(self.control[0])
                    self.control[0] += 1
                if part >= self.plan.parts:
                    break
                self.do_part(step, part)
            self.done.wait()

    def gather(self):
        """The gradients of all parts of this step."""
        if self.device.workers == 1:
            for part in range(self.plan.parts):
                self.do_part(self.step, part)
            return
        if not self.team:
            for tensor in (self.gradients, self.results, self.control):
                tensor.share_memory_()
            self.lock = mp.Lock()
            self.start, self.done = (mp.Barrier(self.device.workers + 1) for _ in range(2))
            self.team = [mp.Process(target=self.worker, daemon=True) for _ in range(self.device.workers)]
            for process in self.team:
                process.start()
            torch.set_num_threads(self.device.workers)         # only now: a thread pool does not survive a fork
        self.control[0], self.control[1] = 0, self.step
        self.start.wait()
        self.done.wait()

    def close(self):
        if self.team:
            self.control[1] = -1
            self.start.wait()
            for process in self.team:
                process.join()
            self.team = []

    # --- Steps

    def update(self):
        """One step of AdamW for each group; returns the figures' means and the norm of the first group's gradient."""
        rate, self.step = self.plan.rate_at(self.step), self.step + 1
        gradient, first = self.gradients.sum(0).div_(self.plan.parts), None
        ema = min(self.plan.ema, (1 + self.step) / (10 + self.step))
        for child, part in self.slices.items():
            if child not in self.plan.groups:
                continue
            share, (beta_1, beta_2) = self.plan.groups[child]
            g = gradient[part]
            norm = float(g.norm())
            first = norm if first is None else first
            if not math.isfinite(norm):
                raise SystemExit(f"The gradient is not finite at step {self.step}.")
            g.mul_(min(1.0, self.plan.clip / (norm + 1e-6)))
            tensors = [t[part] for t in (self.flat, gradient, self.m, self.v, self.ema, self.decay)]
            adamw = fused.adamw if self.device.fused else plain_adamw
            adamw(*tensors, rate * share, beta_1, beta_2, self.step, ema)
        return self.results.mean(0).tolist(), first, rate

    def run(self, evaluate, every, log_every=50, save_every=100, stop_at=None):
        """Trains to the plan's last step (or to stop_at); evaluate (network, step) sees the averaged weights and returns
        more entries for the log."""
        rows, begin = [], time.time() - self.seconds
        stop = min(self.plan.steps, stop_at or self.plan.steps)
        while self.step < stop:
            self.gather()
            rows.append(self.update())
            self.seconds = time.time() - begin
            if self.step % log_every == 0 or self.step == stop:
                means = [sum(row[0][i] for row in rows) / len(rows) for i in range(len(self.figures))]
                entry = {"step": self.step, "seconds": round(self.seconds), "rate": rows[-1][2],
                         "norm": sum(row[1] for row in rows) / len(rows), **dict(zip(self.figures, means))}
                rows = []
                if self.step % every == 0 or self.step == stop:
                    with self.averaged():
                        entry.update(evaluate(self.network, self.step))
                self.log(entry)
            if self.step % save_every == 0 or self.step == stop:
                self.save()

    def carry_out(self, what, evaluate, every, stop_at=None):
        """A whole run: goes on from its checkpoint or logs the figures before the first step, trains, lets the workers go."""
        resumed = self.resume()
        print(f"{what}, {self.device.describe()}, step {self.step} of {self.plan.steps}", flush=True)
        if not resumed:
            self.log({"step": 0, **evaluate(self.network, 0)})
        self.run(evaluate, every, stop_at=stop_at)
        self.close()

    def averaged(self):
        """The network has the averaged weights for a while."""
        trainer = self

        class Averaged:
            def __enter__(self):
                bind(trainer.network, trainer.ema)

            def __exit__(self, *error):
                bind(trainer.network, trainer.flat)
        return Averaged()

    # --- Files

    def log(self, entry):
        line = json.dumps({key: float(f"{value:.6g}") if isinstance(value, float) else value
                           for key, value in entry.items()})
        print(line, flush=True)
        with open(os.path.join(self.out_dir, "log.jsonl"), "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def save(self):
        """The checkpoint, and the averaged weights alone as NAME.pt for every child."""
        state = {"step": self.step, "seconds": self.seconds, "flat": self.flat, "m": self.m, "v": self.v, "ema": self.ema}
        replace(state, os.path.join(self.out_dir, "checkpoint.pt"))
        with self.averaged():
            for child, module in self.network.items():
                weights = {name: value.detach().cpu().contiguous() for name, value in module.state_dict().items()}
                replace(weights, os.path.join(self.out_dir, child + ".pt"))

    def resume(self):
        """Goes on from the folder's checkpoint; False when it has none."""
        path = os.path.join(self.out_dir, "checkpoint.pt")
        if not os.path.exists(path):
            return False
        state = torch.load(path, map_location=self.device.torch)
        for name in ("flat", "m", "v", "ema"):
            getattr(self, name).copy_(state[name])
        self.step, self.seconds = state["step"], state["seconds"]
        path = os.path.join(self.out_dir, "log.jsonl")
        with open(path, encoding="utf-8") as file:
            lines = [line for line in file if json.loads(line)["step"] <= self.step]
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.writelines(lines)
        os.replace(path + ".new", path)
        return True


def replace(value, path):
    """torch.save, never half written."""
    torch.save(value, path + ".new")
    os.replace(path + ".new", path)


def plain_adamw(parameters, gradient, m, v, ema, decay, rate, beta_1, beta_2, step, ema_decay):
    m.lerp_(gradient, 1 - beta_1)
    v.mul_(beta_2).addcmul_(gradient, gradient, value=1 - beta_2)
    parameters.mul_(1 - rate * decay)
    parameters.addcdiv_(m / (1 - beta_1 ** step), (v / (1 - beta_2 ** step)).sqrt_().add_(1e-8), value=-rate)
    ema.lerp_(parameters, 1 - ema_decay)
