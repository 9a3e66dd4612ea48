# SPDX-License-Identifier: CC0-1.0
"""Writes a folder of reference data: safetensors files, tokens.json, and index.json which says what each holds."""
import json
import os

import numpy as np
import torch

import pipeline


class ReferenceWriter:
    def __init__(self, folder):
        self.folder = folder
        self.index = {"weights": "the fp16 safetensors of the starter model, upcast to float32; all arithmetic "
                      "in float32",
                      "files": {}}
        os.makedirs(folder, exist_ok=True)

    def save(self, name, what, tensors, **facts):
        """One safetensors file; integers are stored as I32. The facts stand beside the file's shapes in the index."""
        arrays = {key: np.asarray(value.detach() if torch.is_tensor(value) else value)
                  for key, value in tensors.items()}
        arrays = {key: array.astype(np.int32) if array.dtype == np.int64 else array for key, array in arrays.items()}
        pipeline.save_safetensors(os.path.join(self.folder, name + ".safetensors"), arrays)
        self.index["files"][name + ".safetensors"] = {
            "what": what, "tensors": {key: list(array.shape) for key, array in arrays.items()}, **facts}

    def tokens(self, tokenizer, prompts):
        """tokens.json: each prompt with its 77 ids."""
        with open(os.path.join(self.folder, "tokens.json"), "w", encoding="utf-8") as file:
            json.dump([{"prompt": prompt, "ids": tokenizer.encode(prompt)} for prompt in prompts], file,
                      separators=(",", ":"))
        self.index["files"]["tokens.json"] = {"what": f"{len(prompts)} prompts (JSON-escaped) with their 77 token ids"}

    def trajectory(self, pipe, method, prompt, noise, steps, guidance, **facts):
        """sample_<method>: a whole run, with the latent after every step."""
        timesteps = pipe.timesteps(steps)
        sigmas = np.array([pipe.sigma(t) for t in timesteps] + [0.0], np.float32)
        trace = []
        latent = pipe.sample([prompt], noise, steps, guidance, method, trace=trace)
        height, width = noise.shape[2:]
        self.save(f"sample_{method}",
                  f"{steps} steps of {method}, guidance {guidance}, negative prompt empty: noise (standard normal), "
                  f"timesteps, sigmas, latents after every step [{steps},4,{height},{width}], final image (-1..1, "
                  "not clamped)",
                  {"noise": noise, "timesteps": torch.tensor(timesteps), "sigmas": sigmas, "latents": torch.cat(trace),
                   "image": pipe.decode(latent)}, prompt=prompt, steps=steps, guidance=guidance,
                  **facts)

    def finish(self):
        pipeline.write_json(os.path.join(self.folder, "index.json"), self.index)
        sizes = [os.path.getsize(os.path.join(self.folder, name)) for name in os.listdir(self.folder)]
        print(f"{len(sizes)} files, {sum(sizes):,} bytes")
