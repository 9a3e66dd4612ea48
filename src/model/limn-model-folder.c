/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Models as folders, as diffusers writes them: what they are stands in their configs. */

#include "model/limn-model-private.h"

#include "base/limn-error.h"

/* What model_index.json may name, and what Limn can compute of each. Of the text encoders there must be one; each has a tokenizer. */
static const struct
{
  const char *key;
  const char *tokenizer;
  const char *class_name;
} text_parts[] = {
  { "text_encoder", "tokenizer", "CLIPTextModel" },
  { "text_encoder_2", "tokenizer_2", "CLIPTextModelWithProjection" },
};

static const struct
{
  const char *key;
  const char *class_name;
} other_parts[] = {
  { "unet", "UNet2DConditionModel" },
  { "vae", "AutoencoderKL" },
};

static const LimnPipelineFacts *
read_pipeline (const LimnJson  *index,
               GError         **error)
{
  const char *name;
  const LimnPipelineFacts *pipeline;

  if (!limn_json_get_string (index, "_class_name", &name, error))
    return NULL;
  pipeline = limn_family_find_pipeline (name);
  if (!pipeline)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "“%s”: Limn does not know models of the kind “%.80s” (it knows “StableDiffusionPipeline”)",
                   limn_json_get_name (index), name);
      return NULL;
    }
  if (pipeline->refused)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "This folder holds %s (“_class_name” in “%s” is “%s”)", pipeline->refused,
                   limn_json_get_name (index), name);
      return NULL;
    }
  return pipeline;
}

/* @needed: whether the model is none without it. @there: (out): whether it has one. */
static gboolean
check_part (const LimnJson  *index,
            const char      *key,
            const char      *class_name,
            gboolean         needed,
            gboolean        *there,
            GError         **error)
{
  g_auto(GStrv) pair = NULL;

  *there = FALSE;
  if (!needed && limn_json_get_kind (index, key) == LIMN_JSON_ABSENT)
    return TRUE;
  pair = limn_json_get_strings (index, key, 2, error);
  if (!pair)
    return FALSE;
  if (g_strv_length (pair) != 2 || (needed && !*pair[1]))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: “%s” is not a library and a class", limn_json_get_name (index), key);
      return FALSE;
    }
  if (!*pair[1])
    return TRUE;
  /* “Fast” is the same tokenizer in another language. */
  if (!g_str_equal (pair[1], class_name) && !(g_str_has_prefix (pair[1], class_name) && g_str_has_suffix (pair[1], "TokenizerFast")))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "“%s”: Limn cannot compute “%s”: “%.80s” (it can compute “%s”)",
                   limn_json_get_name (index), key, pair[1], class_name);
      return FALSE;
    }
  *there = TRUE;
  return TRUE;
}

static gboolean
read_weights (LimnModel      *model,
              LimnModelPart   part,
              const char     *folder,
              GError        **error)
{
  char *file = limn_model_source_find_weights (model->source, folder, model->variant, part == LIMN_MODEL_UNET, error);

  if (file)
    limn_model_set_part (model, part, model->source, file, NULL);
  return file != NULL;
}

static gboolean
read_texts (LimnModel       *model,
            const LimnJson  *index,
            const char     **tokenizer,
            GError         **error)
{
  LimnModelFacts *facts = &model->facts;
  gboolean there, has_tokenizer;

  for (gsize i = 0; i < G_N_ELEMENTS (text_parts); i++)
    {
      g_autofree char *name = g_strconcat (text_parts[i].key, "/config.json", NULL);
      g_autoptr(LimnJson) config = NULL;
      /* Where the second is missing too, the first is what is missed. */
      gboolean needed = i == 0 && limn_json_get_kind (index, text_parts[1].key) == LIMN_JSON_ABSENT;

      if (!check_part (index, text_parts[i].key, text_parts[i].class_name, needed, &there, error)
          || !check_part (index, text_parts[i].tokenizer, "CLIPTokenizer", there, &has_tokenizer, error))
        return FALSE;
      if (!there)
        continue;
      config = limn_model_source_load_json (model->source, name, error);
      if (!config || !limn_text_config_read (&facts->texts[facts->n_texts], config, error))
        return FALSE;
      if (!read_weights (model, LIMN_MODEL_TEXT_ENCODER + facts->n_texts, text_parts[i].key, error))
        return FALSE;
      if (facts->n_texts++ == 0)
        *tokenizer = text_parts[i].tokenizer;
    }
  if (facts->n_texts > 0)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” names no text encoder", limn_json_get_name (index));
  return FALSE;
}

gboolean
limn_model_read_folder (LimnModel               *model,
                        const LimnModelOptions  *options,
                        GError                 **error)
{
  LimnModelFacts *facts = &model->facts;
  const LimnPipelineFacts *pipeline;
  const char *tokenizer = NULL;
  g_autoptr(LimnJson) index = NULL;
  g_autoptr(LimnJson) unet = NULL;
  g_autoptr(LimnJson) vae = NULL;
  gboolean there;

  index = limn_model_source_load_json (model->source, "model_index.json", error);
  pipeline = index ? read_pipeline (index, error) : NULL;
  if (!pipeline)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (other_parts); i++)
    if (!check_part (index, other_parts[i].key, other_parts[i].class_name, TRUE, &there, error))
      return FALSE;
  unet = limn_model_source_load_json (model->source, "unet/config.json", error);
  if (!unet || !limn_unet_config_read (&facts->unet, unet, error) || !read_weights (model, LIMN_MODEL_UNET, "unet", error)
      || !read_texts (model, index, &tokenizer, error))
    return FALSE;
  vae = limn_model_source_load_json (model->source, "vae/config.json", error);
  if (!vae || !limn_vae_config_read (&facts->vae, vae, error) || !read_weights (model, LIMN_MODEL_VAE, "vae", error))
    return FALSE;
  model->scheduler = limn_model_source_load_json (model->source, "scheduler/scheduler_config.json", error);
  if (!model->scheduler || !limn_model_scheduler_read (&facts->scheduler, model->scheduler, error))
    return FALSE;

  facts->family = limn_family_find (&facts->unet, facts->texts, facts->n_texts);
  if (facts->family->refused)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "This folder holds %s", facts->family->refused);
      return FALSE;
    }
  if (pipeline->has_sizes != (facts->unet.vector_width > 0))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                   "The model's configuration contradicts itself: “%s” says “%s”, but “unet/config.json” is not that of %s SDXL model",
                   limn_json_get_name (index), pipeline->class_name, pipeline->has_sizes ? "an" : "a model that is no");
      return FALSE;
    }
  facts->family = limn_family_find_by_scheduler (facts->family, &facts->scheduler);
  /* Only consistency models are told the guidance. */
  if (facts->unet.guidance_width > 0)
    facts->family = limn_family_find_by_note (facts->family, "lcm");
  facts->family_from = facts->prediction_from = LIMN_FACT_CONFIG;
  limn_model_apply_texts (facts, TRUE);
  if (options->without_tokenizer)
    return TRUE;
  model->tokenizer = limn_model_load_tokenizer (model, tokenizer, options, error);
  return model->tokenizer != NULL;
}
