/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-model-private.h"

#include "base/limn-error.h"
#include "formats/limn-prompt.h"
#include "model/limn-clip-vocabulary.h"
#include "model/limn-unet.h"

/* Sides of a picture beyond this are a slip of the finger, and could overflow. */
#define MAX_SIDE_PX 32768

/* What model_index.json must name, and what Limn can compute of each. */
static const struct
{
  const char *key;
  const char *classes[3];
} parts[] = {
  { "text_encoder", { "CLIPTextModel", NULL } },
  { "tokenizer", { "CLIPTokenizer", "CLIPTokenizerFast", NULL } },
  { "unet", { "UNet2DConditionModel", NULL } },
  { "vae", { "AutoencoderKL", NULL } },
};

static const char * const part_folders[LIMN_MODEL_N_PARTS] = { "unet", "text_encoder", "text_encoder_2", "vae" };

static gboolean
check_index (const LimnJson  *index,
             GError         **error)
{
  const char *name;
  const LimnPipelineFacts *pipeline;

  if (!limn_json_get_string (index, "_class_name", &name, error))
    return FALSE;
  pipeline = limn_family_find_pipeline (name);
  if (!pipeline)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "“%s”: Limn does not know models of the kind “%.80s” (it knows “StableDiffusionPipeline”)",
                   limn_json_get_name (index), name);
      return FALSE;
    }
  if (pipeline->refused)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "%s (“_class_name” in “%s” is “%s”)", pipeline->refused,
                   limn_json_get_name (index), name);
      return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_auto(GStrv) pair = limn_json_get_strings (index, parts[i].key, 2, error);

      if (!pair)
        return FALSE;
      if (g_strv_length (pair) != 2)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: “%s” is not a library and a class",
                       limn_json_get_name (index), parts[i].key);
          return FALSE;
        }
      if (!g_strv_contains (parts[i].classes, pair[1]))
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                       "“%s”: Limn cannot compute “%s”: “%.80s” (it can compute “%s”)", limn_json_get_name (index),
                       parts[i].key, pair[1], parts[i].classes[0]);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
fail_contradiction (GError    **error,
                    const char *what,
                    guint       a,
                    const char *versus,
                    guint       b)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The model's configuration contradicts itself: %s is %u, %s is %u",
               what, a, versus, b);
  return FALSE;
}

static gboolean
check_together (LimnModelFacts  *facts,
                GError         **error)
{
  facts->family = limn_family_find (&facts->unet);
  if (facts->family->refused)
    {
      g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, facts->family->refused);
      return FALSE;
    }
  if (facts->unet.context_width != facts->texts[0].width)
    return fail_contradiction (error, "“cross_attention_dim” in “unet/config.json”", facts->unet.context_width,
                               "“hidden_size” in “text_encoder/config.json”", facts->texts[0].width);
  /* Or the latent, a mask and a masked latent: a model for inpainting. */
  if (facts->unet.in_channels != facts->vae.latent_channels && facts->unet.in_channels != 2 * facts->vae.latent_channels + 1)
    return fail_contradiction (error, "“in_channels” in “unet/config.json”", facts->unet.in_channels,
                               "“latent_channels” in “vae/config.json”", facts->vae.latent_channels);
  if (facts->unet.out_channels != facts->vae.latent_channels)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "“unet/config.json”: Limn cannot compute “out_channels”: %u (it can compute %u)",
                   facts->unet.out_channels, facts->vae.latent_channels);
      return FALSE;
    }
  if (facts->texts[0].positions != LIMN_PROMPT_CHUNK_LENGTH)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "“text_encoder/config.json”: Limn cannot compute “max_position_embeddings”: %u (it can compute %u)",
                   facts->texts[0].positions, LIMN_PROMPT_CHUNK_LENGTH);
      return FALSE;
    }
  return TRUE;
}

static void
derive (LimnModelFacts *facts)
{
  guint side;

  facts->factor = limn_vae_config_get_factor (&facts->vae);
  facts->context_width = facts->unet.context_width;
  facts->multiple = facts->factor * limn_unet_config_get_multiple (&facts->unet);
  if (facts->unet.sample_size > 0)
    side = facts->unet.sample_size * facts->factor;
  else if (facts->vae.sample_size > 0)
    side = facts->vae.sample_size;
  else
    side = 512;
  side = CLAMP (side / facts->multiple * facts->multiple, facts->multiple, MAX_SIDE_PX);
  facts->default_width = facts->default_height = side;
}

/* A special token is written as a string, or as an object around it. */
static gboolean
read_special (const LimnJson  *json,
              const char      *key,
              char           **text,
              GError         **error)
{
  const char *string;

  if (limn_json_get_kind (json, key) == LIMN_JSON_OBJECT)
    {
      g_autoptr(LimnJson) token = limn_json_get_object (json, key, error);

      if (!token || !limn_json_get_string (token, "content", &string, error))
        return FALSE;
    }
  else if (!limn_json_get_string_or (json, key, NULL, &string, error))
    return FALSE;
  *text = g_strdup (string);
  return TRUE;
}

static LimnTokenizer *
load_tokenizer (const LimnModelSource  *source,
                guint                   vocab_size,
                GError                **error)
{
  g_autoptr(GBytes) vocab = NULL;
  g_autoptr(GBytes) merges = NULL;
  g_autofree char *bos = NULL;
  g_autofree char *eos = NULL;
  g_autofree char *pad = NULL;
  LimnTokenizerParams params = { .vocab_size = vocab_size, .name = "tokenizer" };

  if (limn_model_source_has (source, "tokenizer/special_tokens_map.json"))
    {
      g_autoptr(LimnJson) json = limn_model_source_load_json (source, "tokenizer/special_tokens_map.json", error);

      if (!json || !read_special (json, "bos_token", &bos, error) || !read_special (json, "eos_token", &eos, error)
          || !read_special (json, "pad_token", &pad, error))
        return NULL;
    }
  params.bos = bos;
  params.eos = eos;
  params.pad = pad;
  if (vocab_size == LIMN_CLIP_VOCABULARY_N_TOKENS && !limn_model_source_has (source, "tokenizer/vocab.json")
      && !limn_model_source_has (source, "tokenizer/merges.txt"))
    {
      /* It was trained with CLIP's own tokenizer and relies on every program having that. */
      merges = limn_clip_vocabulary_load (error);
      if (!merges)
        {
          g_prefix_error (error, "The model “%s” brings no tokenizer, and ", limn_model_source_get_name (source));
          return NULL;
        }
      params.name = "CLIP's vocabulary";
      return limn_tokenizer_new_from_merges (merges, LIMN_CLIP_VOCABULARY_N_SKIP, LIMN_CLIP_VOCABULARY_N_MERGES, &params,
                                             error);
    }
  vocab = limn_model_source_load (source, "tokenizer/vocab.json", LIMN_TOKENIZER_MAX_FILE_BYTES, error);
  if (!vocab)
    return NULL;
  merges = limn_model_source_load (source, "tokenizer/merges.txt", LIMN_TOKENIZER_MAX_FILE_BYTES, error);
  if (!merges)
    return NULL;
  return limn_tokenizer_new_from_files (vocab, merges, &params, error);
}

static gboolean
read_configs (LimnModel  *model,
              GError    **error)
{
  LimnModelFacts *facts = &model->facts;
  g_autoptr(LimnJson) index = NULL;
  g_autoptr(LimnJson) text = NULL;
  g_autoptr(LimnJson) unet = NULL;
  g_autoptr(LimnJson) vae = NULL;

  index = limn_model_source_load_json (model->source, "model_index.json", error);
  if (!index || !check_index (index, error))
    return FALSE;
  unet = limn_model_source_load_json (model->source, "unet/config.json", error);
  if (!unet || !limn_unet_config_read (&facts->unet, unet, error))
    return FALSE;
  text = limn_model_source_load_json (model->source, "text_encoder/config.json", error);
  if (!text || !limn_text_config_read (&facts->texts[0], text, error))
    return FALSE;
  vae = limn_model_source_load_json (model->source, "vae/config.json", error);
  if (!vae || !limn_vae_config_read (&facts->vae, vae, error))
    return FALSE;
  model->scheduler = limn_model_source_load_json (model->source, "scheduler/scheduler_config.json", error);
  if (!model->scheduler || !limn_model_scheduler_read (&facts->scheduler, model->scheduler, error))
    return FALSE;
  facts->n_texts = 1;
  return check_together (facts, error);
}

LimnModel *
limn_model_open (const char  *path,
                 GError     **error)
{
  g_autoptr(LimnModel) model = g_new0 (LimnModel, 1);

  model->source = limn_model_source_new (path, error);
  if (!model->source)
    return NULL;
  model->facts.name = limn_model_source_get_name (model->source);
  if (!read_configs (model, error))
    return NULL;
  derive (&model->facts);
  model->tokenizer = load_tokenizer (model->source, model->facts.texts[0].vocab_size, error);
  if (!model->tokenizer)
    return NULL;
  model->files = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = 0; i < LIMN_MODEL_N_PARTS; i++)
    {
      if (!limn_model_has_part (model, i))
        continue;
      model->parts[i].file = limn_model_source_find_weights (model->source, part_folders[i], error);
      if (!model->parts[i].file)
        return NULL;
      g_ptr_array_add (model->files, g_strdup (model->parts[i].file));
    }
  g_ptr_array_add (model->files, NULL);
  return g_steal_pointer (&model);
}

void
limn_model_free (LimnModel *model)
{
  if (!model)
    return;
  g_free ((double *) model->facts.scheduler.trained_betas);
  g_clear_pointer (&model->scheduler, limn_json_unref);
  limn_tokenizer_free (model->tokenizer);
  limn_model_source_free (model->source);
  for (gsize i = 0; i < LIMN_MODEL_N_PARTS; i++)
    {
      g_free (model->parts[i].file);
      limn_names_free (model->parts[i].names);
    }
  g_clear_pointer (&model->files, g_ptr_array_unref);
  g_free (model);
}

const LimnModelFacts *
limn_model_get_facts (const LimnModel *model)
{
  return &model->facts;
}

const LimnModelSource *
limn_model_get_source (const LimnModel *model)
{
  return model->source;
}

const LimnTokenizer *
limn_model_get_tokenizer (const LimnModel *model)
{
  return model->tokenizer;
}

gboolean
limn_model_check_size (const LimnModel  *model,
                       guint             width,
                       guint             height,
                       GError          **error)
{
  guint multiple = model->facts.multiple, max = MAX_SIDE_PX / multiple * multiple;
  guint w = CLAMP (width, multiple, max), h = CLAMP (height, multiple, max);
  guint low_w = w / multiple * multiple, low_h = h / multiple * multiple;
  guint high_w = (w + multiple - 1) / multiple * multiple, high_h = (h + multiple - 1) / multiple * multiple;

  if (width == low_w && height == low_h)
    return TRUE;
  if (low_w == high_w && low_h == high_h)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                 "This model cannot make a picture of %u×%u; the nearest size that it can is %u×%u", width, height,
                 low_w, low_h);
  else
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                 "This model cannot make a picture of %u×%u: both sides must be multiples of %u; the nearest are %u×%u "
                 "and %u×%u",
                 width, height, multiple, low_w, low_h, high_w, high_h);
  return FALSE;
}
