/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-family.h"

static const LimnFamily families[] = {
  { "sd1-inpaint", "Stable Diffusion 1.x for inpainting", 9, 768, NULL },
  { "sd2-inpaint", "Stable Diffusion 2.x for inpainting", 9, 1024, NULL },
  { "sd2-depth", "Stable Diffusion 2.x with depth", 5, 1024,
    "This folder holds a depth model (5 input channels), which Limn cannot use" },
  { "sd1-instruct", "InstructPix2Pix", 8, 768,
    "This folder holds an InstructPix2Pix model (8 input channels), which Limn cannot use" },
  { "sd1", "Stable Diffusion 1.x", 4, 768, NULL },
  { "sd2", "Stable Diffusion 2.x", 4, 1024, NULL },
  { "sd1-tiny", "Stable Diffusion 1.x mini", 4, 128, NULL },
  { "latent", "a latent diffusion model", 0, 0, NULL },
};

const LimnFamily *
limn_family_find (const LimnUnetConfig *unet)
{
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (families) - 1; i++)
    if (families[i].in_channels == unet->in_channels && families[i].context_width == unet->context_width)
      break;
  return &families[i];
}

static const LimnPipelineFacts pipelines[] = {
  { "StableDiffusionPipeline", NULL },
  { "StableDiffusionImg2ImgPipeline", NULL },
  { "LatentConsistencyModelPipeline",
    "This folder holds a latent consistency model, whose UNet also takes the guidance scale; Limn cannot use it yet" },
  { "StableDiffusionInpaintPipeline", NULL },
  { "StableDiffusionInpaintPipelineLegacy", NULL },
  { "StableDiffusionXLPipeline", "This folder holds an SDXL model, which Limn cannot use yet" },
  { "StableDiffusionXLImg2ImgPipeline", "This folder holds an SDXL model, which Limn cannot use yet" },
  { "StableDiffusionXLInpaintPipeline", "This folder holds an SDXL model, which Limn cannot use yet" },
  { "StableDiffusion3Pipeline", "This folder holds a Stable Diffusion 3 model, which Limn cannot use" },
  { "FluxPipeline", "This folder holds a Flux model, which Limn cannot use" },
};

const LimnPipelineFacts *
limn_family_find_pipeline (const char *class_name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (pipelines); i++)
    if (g_str_equal (pipelines[i].class_name, class_name))
      return &pipelines[i];
  return NULL;
}

/* Defaults of the constructors of diffusers 0.21, src/diffusers/schedulers/. */
static const LimnSchedulerFacts schedulers[] = {
  { "DDIMScheduler", "linear", 0.0001, 0.02, "leading", TRUE, TRUE },
  { "DDPMScheduler", "linear", 0.0001, 0.02, "leading", TRUE, TRUE },
  { "PNDMScheduler", "linear", 0.0001, 0.02, "leading", FALSE, FALSE },
  { "LMSDiscreteScheduler", "linear", 0.0001, 0.02, "linspace", TRUE, FALSE },
  { "EulerDiscreteScheduler", "linear", 0.0001, 0.02, "linspace", TRUE, FALSE },
  { "EulerAncestralDiscreteScheduler", "linear", 0.0001, 0.02, "linspace", TRUE, FALSE },
  { "HeunDiscreteScheduler", "linear", 0.00085, 0.012, "linspace", TRUE, FALSE },
  { "KDPM2DiscreteScheduler", "linear", 0.00085, 0.012, "linspace", TRUE, FALSE },
  { "KDPM2AncestralDiscreteScheduler", "linear", 0.00085, 0.012, "linspace", TRUE, FALSE },
  { "DPMSolverMultistepScheduler", "linear", 0.0001, 0.02, "linspace", TRUE, FALSE },
  { "DPMSolverSinglestepScheduler", "linear", 0.0001, 0.02, "linspace", TRUE, FALSE },
  { "DPMSolverSDEScheduler", "linear", 0.00085, 0.012, "linspace", TRUE, FALSE },
  { "DEISMultistepScheduler", "linear", 0.0001, 0.02, "linspace", TRUE, FALSE },
  { "UniPCMultistepScheduler", "linear", 0.0001, 0.02, "linspace", TRUE, FALSE },
  { "LCMScheduler", "scaled_linear", 0.00085, 0.012, "leading", TRUE, FALSE },
};

const LimnSchedulerFacts *
limn_family_find_scheduler (const char *class_name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (schedulers); i++)
    if (g_str_equal (schedulers[i].class_name, class_name))
      return &schedulers[i];
  return NULL;
}
