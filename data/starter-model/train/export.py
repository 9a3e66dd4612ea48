# SPDX-License-Identifier: CC0-1.0
"""Write the diffusers folder: fp16 safetensors, configs, tokenizer.

    python3 export.py VAE.pt UNET_RUN TOKENIZER_DIR OUT_DIR

UNET_RUN is the folder of train_unet.py, with unet.pt and text.pt.
"""
import os
import sys

import numpy as np
import torch

import model
import pipeline
import tokenizer
import train_unet
from schedule import BETA_END, BETA_START, SCALING_FACTOR, TRAIN_STEPS

SCHEDULER_CONFIG = {
    "_class_name": "DDIMScheduler", "_diffusers_version": "0.6.0", "beta_end": BETA_END,
    "beta_schedule": "scaled_linear", "beta_start": BETA_START, "clip_sample": False,
    "num_train_timesteps": TRAIN_STEPS, "prediction_type": "epsilon",
    "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1, "timestep_spacing": "leading",
    "trained_betas": None,
}
MODEL_INDEX = {
    "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.6.0", "feature_extractor": [None, None],
    "requires_safety_checker": False, "safety_checker": [None, None], "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
}


def main(vae_path, run, tokenizer_dir, out):
    tok = tokenizer.Tokenizer.load(tokenizer_dir)
    tok.save(os.path.join(out, "tokenizer"))
    networks = {
        "vae/diffusion_pytorch_model.safetensors": torch.load(vae_path, map_location="cpu"),
        "unet/diffusion_pytorch_model.safetensors": torch.load(os.path.join(run, "unet.pt"), map_location="cpu"),
        "text_encoder/model.safetensors": torch.load(os.path.join(run, "text.pt"), map_location="cpu"),
    }
    total = 0
    for name, weights in networks.items():
        arrays = {key: value.float().numpy().astype(np.float16) for key, value in weights.items()}
        for key, array in arrays.items():
            assert np.isfinite(array).all(), key
        path = os.path.join(out, name)
        pipeline.save_safetensors(path, arrays, {"format": "pt"})
        total += os.path.getsize(path)
        print(f"{name}: {sum(a.size for a in arrays.values()):,} parameters, {os.path.getsize(path):,} bytes")
    print(f"total {total:,} bytes")
    for name, config in (("vae/config", dict(model.VAE_CONFIG, scaling_factor=SCALING_FACTOR)),
                         ("unet/config", train_unet.unet_config()),
                         ("text_encoder/config", train_unet.text_config(tok)),
                         ("scheduler/scheduler_config", SCHEDULER_CONFIG),
                         ("model_index", MODEL_INDEX)):
        pipeline.write_json(os.path.join(out, name + ".json"), config)


if __name__ == "__main__":
    main(*sys.argv[1:5])
