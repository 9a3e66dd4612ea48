/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-family.h"

#include <string.h>

/* Text encoders. OpenCLIP pads with token 0, "!": SD 2.x by its tokenizer, SDXL's second encoder in spite of it. Sources: v1-inference.yaml,
 * v2-inference-v.yaml ("layer: penultimate", which ends with the last norm), sd_xl_base.yaml ("layer: hidden, layer_idx: 11" and "layer:
 * penultimate, legacy: False", which do not), sd_xl_refiner.yaml. */
#define CLIP_LAST        { LIMN_ACTIVATION_QUICK_GELU, 0, TRUE, FALSE, LIMN_TEXT_PAD_AS_IS }
#define CLIP_PENULTIMATE { LIMN_ACTIVATION_QUICK_GELU, 1, FALSE, FALSE, LIMN_TEXT_PAD_AS_IS }
#define OPEN_CLIP_H      { LIMN_ACTIVATION_GELU, 1, TRUE, FALSE, 0 }
#define OPEN_CLIP_G      { LIMN_ACTIVATION_GELU, 1, FALSE, TRUE, 0 }

#define SD1_TEXTS     .n_texts = 1, .texts = { CLIP_LAST }
#define SD2_TEXTS     .n_texts = 1, .texts = { OPEN_CLIP_H }
#define XL_TEXTS      .n_texts = 2, .texts = { CLIP_PENULTIMATE, OPEN_CLIP_G }
#define REFINER_TEXTS .n_texts = 1, .texts = { OPEN_CLIP_G }

/* The schedulers of the published folders: the same weights make the same pictures whatever layout they are in. All of them were trained with
 * the same betas. */
#define SCHEDULER(class, prediction, spacing) \
  .scheduler = { .class_name = class, .beta_schedule = "scaled_linear", .beta_start = 0.00085, .beta_end = 0.012, \
                 .num_train_timesteps = 1000, .prediction_type = prediction, .timestep_spacing = spacing, .steps_offset = 1, \
                 .variance_type = "fixed_small" }
#define EPSILON "epsilon"
#define V       "v_prediction"

#define SD_VAE .scaling_factor = 0.18215
/* Its activations overflow float16: fixtures and the published config say so. */
#define XL_VAE .scaling_factor = 0.13025, .force_upcast = TRUE

static const LimnFamily families[] = {
  { "sd1", "Stable Diffusion 1.x", .in_channels = 4, .context_width = 768, SD1_TEXTS, .side_px = 512, SD_VAE,
    SCHEDULER ("PNDMScheduler", EPSILON, "leading") },
  { "sd1-inpaint", "Stable Diffusion 1.x for inpainting", .in_channels = 9, .context_width = 768, SD1_TEXTS, .side_px = 512, SD_VAE,
    SCHEDULER ("PNDMScheduler", EPSILON, "leading") },
  { "sd1-lcm", "Stable Diffusion 1.x LCM", .unproven = TRUE, .like = "sd1", .in_channels = 4, .context_width = 768, SD1_TEXTS,
    .side_px = 512, .steps = 4, .cfg = 1, SD_VAE, SCHEDULER ("LCMScheduler", EPSILON, "leading") },
  /* 768 px and v in its larger, 512 px and epsilon in its base models, of the same shapes. Where nothing says which: the larger. */
  { "sd2", "Stable Diffusion 2.x", .in_channels = 4, .context_width = 1024, SD2_TEXTS, .side_px = 768, .epsilon_side_px = 512, SD_VAE,
    SCHEDULER ("DDIMScheduler", V, "leading") },
  { "sd2-inpaint", "Stable Diffusion 2.x for inpainting", .unproven = TRUE, .in_channels = 9, .context_width = 1024, SD2_TEXTS,
    .side_px = 512, SD_VAE, SCHEDULER ("PNDMScheduler", EPSILON, "leading") },
  { "sd2-turbo", "Stable Diffusion 2.x Turbo", .unproven = TRUE, .like = "sd2", .in_channels = 4, .context_width = 1024, SD2_TEXTS,
    .side_px = 512, .steps = 1, .cfg = 1, SD_VAE, SCHEDULER ("EulerAncestralDiscreteScheduler", EPSILON, "trailing") },
  { "sdxl", "Stable Diffusion XL", .in_channels = 4, .context_width = 2048, .vector_width = 2816, XL_TEXTS, .n_sizes = 6,
    .side_px = 1024, XL_VAE, SCHEDULER ("EulerDiscreteScheduler", EPSILON, "leading") },
  { "sdxl-inpaint", "Stable Diffusion XL for inpainting", .unproven = TRUE, .in_channels = 9, .context_width = 2048, .vector_width = 2816,
    XL_TEXTS, .n_sizes = 6, .side_px = 1024, XL_VAE, SCHEDULER ("EulerDiscreteScheduler", EPSILON, "leading") },
  { "sdxl-turbo", "Stable Diffusion XL Turbo", .unproven = TRUE, .like = "sdxl", .in_channels = 4, .context_width = 2048,
    .vector_width = 2816, XL_TEXTS, .n_sizes = 6, .side_px = 512, .steps = 1, .cfg = 1, XL_VAE,
    SCHEDULER ("EulerAncestralDiscreteScheduler", EPSILON, "trailing") },
  { "sdxl-lightning", "Stable Diffusion XL Lightning", .unproven = TRUE, .like = "sdxl", .in_channels = 4, .context_width = 2048,
    .vector_width = 2816, XL_TEXTS, .n_sizes = 6, .side_px = 1024, .steps = 4, .cfg = 1, XL_VAE,
    SCHEDULER ("EulerDiscreteScheduler", EPSILON, "trailing") },
  { "sdxl-lcm", "Stable Diffusion XL LCM", .unproven = TRUE, .like = "sdxl", .in_channels = 4, .context_width = 2048, .vector_width = 2816,
    XL_TEXTS, .n_sizes = 6, .side_px = 1024, .steps = 4, .cfg = 1, XL_VAE, SCHEDULER ("LCMScheduler", EPSILON, "leading") },
  { "sdxl-refiner", "Stable Diffusion XL refiner", .unproven = TRUE, .in_channels = 4, .context_width = 1280, .vector_width = 2560,
    REFINER_TEXTS, .n_sizes = 5, .side_px = 1024, XL_VAE, SCHEDULER ("EulerDiscreteScheduler", EPSILON, "leading") },
  /* The starter model and its twins; guidance 3 to 6, says its README. */
  { "sd1-tiny", "Stable Diffusion 1.x mini", .in_channels = 4, .context_width = 128, SD1_TEXTS, .side_px = 128, .cfg = 4, SD_VAE,
    SCHEDULER ("DDIMScheduler", EPSILON, "leading") },
  { "sd1-tiny-inpaint", "Stable Diffusion 1.x mini for inpainting", .in_channels = 9, .context_width = 128, SD1_TEXTS, .side_px = 128, .cfg = 4,
    SD_VAE, SCHEDULER ("DDIMScheduler", EPSILON, "leading") },

  { "sd2-depth", "Stable Diffusion 2.x with depth", "a depth model (5 input channels), which Limn cannot use", .in_channels = 5,
    .context_width = 1024 },
  { "sd1-instruct", "InstructPix2Pix", "an InstructPix2Pix model (8 input channels), which Limn cannot use", .in_channels = 8,
    .context_width = 768 },
  { "sdxl-instruct", "Stable Diffusion XL InstructPix2Pix", "an InstructPix2Pix model (8 input channels), which Limn cannot use",
    .in_channels = 8, .context_width = 2048, .vector_width = 2816 },
  { "sd2-unclip", "Stable unCLIP", "a Stable unCLIP model, which is prompted with pictures and which Limn cannot use", .in_channels = 4,
    .context_width = 1024, .vector_width = 2048 },
  { "sd2-unclip", "Stable unCLIP", "a Stable unCLIP model, which is prompted with pictures and which Limn cannot use", .in_channels = 4,
    .context_width = 1024, .vector_width = 1536 },
  { "sd2-upscaler", "Stable Diffusion x4 upscaler", "an upscaler (7 input channels), which Limn cannot use", .in_channels = 7,
    .context_width = 1024 },
  { "latent", "a latent diffusion model" },
};

static gboolean
has_sizes_of (const LimnFamily     *family,
              const LimnUnetConfig *unet)
{
  return family->in_channels == unet->in_channels && family->context_width == unet->context_width
         && family->vector_width == unet->vector_width;
}

static gboolean
is_built_like (const LimnFamily     *family,
               const LimnUnetConfig *unet,
               const LimnTextConfig *texts,
               guint                 n_texts)
{
  guint told = 0;

  if (family->in_channels != unet->in_channels || family->n_texts != n_texts || n_texts == 0)
    return FALSE;
  for (guint i = 0; i < n_texts; i++)
    {
      if (family->texts[i].activation != texts[i].activation)
        return FALSE;
      if (family->texts[i].pooled)
        told = texts[i].projection;
    }
  return unet->vector_width == (family->n_sizes > 0 ? told + family->n_sizes * unet->vector_step : 0);
}

const LimnFamily *
limn_family_find (const LimnUnetConfig *unet,
                  const LimnTextConfig *texts,
                  guint                 n_texts)
{
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (!families[i].like && has_sizes_of (&families[i], unet))
      return &families[i];
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (!families[i].like && is_built_like (&families[i], unet, texts, n_texts))
      return &families[i];
  return &families[G_N_ELEMENTS (families) - 1];
}

guint
limn_family_get_n (void)
{
  return G_N_ELEMENTS (families);
}

const LimnFamily *
limn_family_get_nth (guint i)
{
  return &families[i];
}

const LimnFamily *
limn_family_find_id (const char *id)
{
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_str_equal (families[i].id, id))
      return &families[i];
  return NULL;
}

const LimnFamily *
limn_family_find_context (guint context_width)
{
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (context_width > 0 && families[i].context_width == context_width)
      return &families[i];
  return NULL;
}

static const LimnFamily *
find_name (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_str_equal (families[i].name, name))
      return &families[i];
  return NULL;
}

gboolean
limn_family_names_fit (const char *made_for,
                       const char *name)
{
  const LimnFamily *a = find_name (made_for);
  const LimnFamily *b = find_name (name);

  return !a || !b || a->context_width == b->context_width;
}

gboolean
limn_family_is_like (const LimnFamily *a,
                     const LimnFamily *b)
{
  return g_str_equal (a->like ? a->like : a->id, b->like ? b->like : b->id);
}

const LimnFamily *
limn_family_find_by_scheduler (const LimnFamily         *family,
                               const LimnModelScheduler *scheduler)
{
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (families[i].like && limn_family_is_like (family, &families[i])
        && g_str_equal (families[i].scheduler.class_name, scheduler->class_name)
        && g_str_equal (families[i].scheduler.timestep_spacing, scheduler->timestep_spacing)
        && g_str_equal (families[i].scheduler.prediction_type, scheduler->prediction_type) && !scheduler->rescale_betas_zero_snr)
      return &families[i];
  return family;
}

const LimnFamily *
limn_family_find_by_note (const LimnFamily *family,
                          const char       *note)
{
  /* What "modelspec.architecture" says, as Stability writes it ("stable-diffusion-xl-turbo-v1") and others after them. */
  static const char * const words[] = { "turbo", "lightning", "lcm" };
  g_autofree char *lower = note ? g_ascii_strdown (note, -1) : NULL;

  for (gsize i = 0; lower && i < G_N_ELEMENTS (words); i++)
    for (gsize j = 0; strstr (lower, words[i]) && j < G_N_ELEMENTS (families); j++)
      if (families[j].like && limn_family_is_like (family, &families[j]) && g_str_has_suffix (families[j].id, words[i]))
        return &families[j];
  return family;
}

static const LimnPipelineFacts pipelines[] = {
  { "StableDiffusionPipeline", NULL },
  { "StableDiffusionImg2ImgPipeline", NULL },
  { "StableDiffusionInpaintPipeline", NULL },
  { "StableDiffusionInpaintPipelineLegacy", NULL },
  { "StableDiffusionXLPipeline", NULL, TRUE },
  { "StableDiffusionXLImg2ImgPipeline", NULL, TRUE },
  { "StableDiffusionXLInpaintPipeline", NULL, TRUE },
  { "LatentConsistencyModelPipeline", NULL },
  { "LatentConsistencyModelImg2ImgPipeline", NULL },
  { "StableDiffusionInstructPix2PixPipeline", "an InstructPix2Pix model, which Limn cannot use" },
  { "StableDiffusionXLInstructPix2PixPipeline", "an InstructPix2Pix model, which Limn cannot use" },
  { "StableDiffusionDepth2ImgPipeline", "a depth model, which Limn cannot use" },
  { "StableDiffusionUpscalePipeline", "an upscaler, which Limn cannot use" },
  { "StableDiffusionLatentUpscalePipeline", "an upscaler, which Limn cannot use" },
  { "StableUnCLIPPipeline", "a Stable unCLIP model, which Limn cannot use" },
  { "StableUnCLIPImg2ImgPipeline", "a Stable unCLIP model, which Limn cannot use" },
  { "StableDiffusionControlNetPipeline", "a model together with a ControlNet; Limn opens the model and the ControlNet each on its own" },
  { "StableDiffusion3Pipeline", "a Stable Diffusion 3 model, which Limn cannot use" },
  { "StableCascadeDecoderPipeline", "a Stable Cascade model, which Limn cannot use" },
  { "StableCascadePriorPipeline", "a Stable Cascade model, which Limn cannot use" },
  { "StableVideoDiffusionPipeline", "a Stable Video Diffusion model, which Limn cannot use" },
  { "AnimateDiffPipeline", "an AnimateDiff model for video, which Limn cannot use" },
  { "FluxPipeline", "a Flux model, which Limn cannot use" },
  { "FluxFillPipeline", "a Flux model, which Limn cannot use" },
  { "Flux2Pipeline", "a Flux model, which Limn cannot use" },
  { "PixArtAlphaPipeline", "a PixArt model, which Limn cannot use" },
  { "PixArtSigmaPipeline", "a PixArt model, which Limn cannot use" },
  { "SanaPipeline", "a Sana model, which Limn cannot use" },
  { "KandinskyV22Pipeline", "a Kandinsky model, which Limn cannot use" },
  { "KandinskyV22CombinedPipeline", "a Kandinsky model, which Limn cannot use" },
  { "AuraFlowPipeline", "an AuraFlow model, which Limn cannot use" },
  { "HunyuanDiTPipeline", "a Hunyuan model, which Limn cannot use" },
  { "HunyuanVideoPipeline", "a Hunyuan model for video, which Limn cannot use" },
  { "LTXPipeline", "an LTX model for video, which Limn cannot use" },
  { "WanPipeline", "a Wan model for video, which Limn cannot use" },
  { "WanImageToVideoPipeline", "a Wan model for video, which Limn cannot use" },
  { "QwenImagePipeline", "a Qwen-Image model, which Limn cannot use" },
  { "IFPipeline", "a DeepFloyd IF model, which Limn cannot use" },
  { "WuerstchenDecoderPipeline", "a Würstchen model, which Limn cannot use" },
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
