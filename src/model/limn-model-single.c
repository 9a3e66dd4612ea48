/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Models that are one file: what they are follows from the names and shapes of their tensors, from notes in the file, and from what
 * is usual in their family. */

#include "model/limn-model-private.h"

#include "base/limn-error.h"
#include "model/limn-detect.h"
#include "model/limn-shapes.h"

#include <string.h>

#define UNET_PREFIX "model.diffusion_model."

/* Of other models Limn would have to guess how they are sampled. */
static gboolean
check_family (LimnModel           *model,
              const LimnDetected  *found,
              GError             **error)
{
  if (model->facts.family->n_texts > 0)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
               "“%s” is built like no model that Limn knows: its UNet takes %u channels, contexts of %u values and %u values beside them",
               limn_checkpoint_get_name (model->single), model->facts.unet.in_channels, model->facts.unet.context_width,
               model->facts.unet.vector_width);
  return FALSE;
}

/* What it predicts: marker tensors that trainers of v models leave ("v_pred", "ztsnr"), notes of Stability's ModelSpec. */
static void
read_prediction (LimnModel *model)
{
  static const struct
  {
    const char *key;
    const char *part;
    const char *prediction;
  } notes[] = {
    { "modelspec.prediction_type", "epsilon", "epsilon" },
    { "modelspec.prediction_type", "v", "v_prediction" },
    { "modelspec.architecture", "v2-768-v", "v_prediction" },
    { "modelspec.architecture", "v2-512", "epsilon" },
  };
  LimnModelFacts *facts = &model->facts;

  facts->prediction_from = LIMN_FACT_DEFAULT;
  if (limn_checkpoint_lookup (model->single, "ztsnr"))
    facts->scheduler.rescale_betas_zero_snr = TRUE;
  if (limn_checkpoint_lookup (model->single, "v_pred"))
    {
      facts->scheduler.prediction_type = "v_prediction";
      facts->prediction_from = LIMN_FACT_MARKER;
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (notes); i++)
    {
      const char *note = limn_checkpoint_get_metadata (model->single, notes[i].key);

      if (!note || !strstr (note, notes[i].part))
        continue;
      facts->scheduler.prediction_type = notes[i].prediction;
      facts->prediction_from = LIMN_FACT_NOTE;
      return;
    }
}

/* "1024x1024" or "768": its larger side, where the trainer wrote what it was trained with. */
static void
read_side (LimnModel *model)
{
  const char *note = limn_checkpoint_get_metadata (model->single, "modelspec.resolution");
  LimnModelFacts *facts = &model->facts;
  guint64 side;

  if (note && g_ascii_string_to_unsigned (note, 10, 64, 4096, &side, NULL))
    facts->vae.sample_size = side;
  else if (note)
    {
      g_auto(GStrv) sides = g_strsplit (note, "x", 2);

      if (sides[0] && sides[1] && g_ascii_string_to_unsigned (sides[0], 10, 64, 4096, &side, NULL))
        facts->vae.sample_size = side;
    }
}

static gboolean
read_networks (LimnModel               *model,
               const LimnModelOptions  *options,
               GError                 **error)
{
  LimnModelFacts *facts = &model->facts;
  const char *file = limn_model_source_get_file (model->source);
  LimnShapesText texts[LIMN_MODEL_MAX_TEXTS] = { 0 };
  LimnNames *names = NULL;

  if (!(limn_shapes_has_unet (model->single, UNET_PREFIX) ? limn_shapes_read_unet (model->single, UNET_PREFIX, &facts->unet, &names, error)
                                                          : limn_shapes_read_ema (model->single, &facts->unet, &names, error)))
    return FALSE;
  limn_model_set_part (model, LIMN_MODEL_UNET, model->source, g_strdup (file), names);
  facts->n_texts = limn_shapes_read_texts (model->single, LIMN_MODEL_MAX_TEXTS, texts, error);
  for (guint i = 0; i < facts->n_texts; i++)
    {
      facts->texts[i] = texts[i].config;
      limn_model_set_part (model, LIMN_MODEL_TEXT_ENCODER + i, model->source, g_strdup (file), texts[i].names);
    }
  if (facts->n_texts == 0)
    return FALSE;
  if (limn_shapes_has_vae (model->single, NULL))
    {
      if (!limn_shapes_read_vae (model->single, &facts->vae, &names, error))
        return FALSE;
      limn_model_set_part (model, LIMN_MODEL_VAE, model->source, g_strdup (file), names);
    }
  else if (!options->vae)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "“%s” has no VAE in it, which makes pictures of what it paints. Choose a VAE file to go with it",
                   limn_checkpoint_get_name (model->single));
      return FALSE;
    }
  return TRUE;
}

gboolean
limn_model_read_single (LimnModel               *model,
                        const LimnModelOptions  *options,
                        GError                 **error)
{
  LimnModelFacts *facts = &model->facts;
  const LimnFamily *family;
  LimnDetected found;

  model->single = limn_model_source_open_weights (model->source, limn_model_source_get_file (model->source), error);
  if (!model->single)
    return FALSE;
  limn_detect_file (model->single, &found);
  if (found.kind != LIMN_DETECT_MODEL || found.refused)
    {
      limn_detect_set_error (model->single, &found, "a model", error);
      return FALSE;
    }
  if (!read_networks (model, options, error))
    return FALSE;

  family = limn_family_find (&facts->unet, facts->texts, facts->n_texts);
  /* Only consistency models are told the guidance. */
  if (facts->unet.guidance_width > 0)
    family = limn_family_find_by_note (family, "lcm");
  facts->family = limn_family_find_by_note (family, limn_checkpoint_get_metadata (model->single, "modelspec.architecture"));
  facts->family_from = facts->family == family ? LIMN_FACT_SHAPES : LIMN_FACT_NOTE;
  if (!check_family (model, &found, error))
    return FALSE;
  facts->scheduler = facts->family->scheduler;
  facts->vae.scaling_factor = facts->family->scaling_factor;
  facts->vae.force_upcast = facts->family->force_upcast;
  limn_model_apply_texts (facts, FALSE);
  read_prediction (model);
  read_side (model);
  if (options->without_tokenizer)
    return TRUE;
  model->tokenizer = limn_model_load_tokenizer (model, "tokenizer", options, error);
  return model->tokenizer != NULL;
}
