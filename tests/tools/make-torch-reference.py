#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made tests/formats/reference/torch-1.13.{pt,json} with PyTorch 1.13.1; not run by any test.

    make-torch-reference.py FOLDER

What tests/formats/make-torch-files.py writes is our idea of PyTorch's files; this is PyTorch's own.
"""
import collections
import json
import pathlib
import sys

import torch


def main(folder):
    numbers = torch.arange(60, dtype=torch.float32) / 4 - 3
    tensors = collections.OrderedDict(
        matrix=numbers[:12].reshape(3, 4), half=numbers[:5].half(), bfloat=numbers[8:12].bfloat16().reshape(2, 2), double=numbers[:3].double(),
        ids=torch.arange(7)[None], channels_last=numbers[:54].reshape(2, 3, 3, 3).contiguous(memory_format=torch.channels_last),
        transposed=numbers[:30].reshape(6, 5).t(), window=numbers.reshape(6, 10)[2:5, 1:4], scalar=torch.tensor(3),
        parameter=torch.nn.Parameter(torch.ones(2)), empty=torch.zeros(0, 4), flags=torch.tensor([True, False]), byte=torch.tensor([200], dtype=torch.uint8))
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(2)).sum().backward()
    optimizer.step()
    name = f"torch-{torch.__version__.rsplit('.', 1)[0]}"
    torch.save({"epoch": 3, "global_step": 470000, "title": "made by PyTorch", "rate": 1e-4, "state_dict": tensors,
                "optimizer_states": [optimizer.state_dict()], "callbacks": {}, "dtype": torch.float16, "device": torch.device("cpu"),
                "size": torch.Size([1, 2]), "defaults": collections.defaultdict(dict), "set": {1, 2}, "bytes": b"abc"}, folder / (name + ".pt"))
    (folder / (name + ".json")).write_text(json.dumps({"good": [{
        "file": name + ".pt", "facts": {"epoch": "3", "global_step": "470000", "title": "made by PyTorch"},
        "tensors": [{"name": key, "dims": list(tensor.shape), "values": tensor.detach().double().reshape(-1).tolist()}
                    for key, tensor in tensors.items()]}], "bad": []}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
