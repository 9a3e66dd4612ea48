/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-model-private.h"

#include "base/limn-error.h"
#include "formats/limn-prompt.h"
#include "model/limn-detect.h"
#include "model/limn-shapes.h"
#include "model/limn-unet.h"

/* Sides of a picture beyond this are a slip of the finger, and could overflow. */
#define MAX_SIDE_PX 32768

/* Where nothing says how large the pictures of a model are. */
#define USUAL_SIDE_PX 512

gboolean
limn_model_fail_contradiction (GError    **error,
                               const char *what,
                               guint       a,
                               const char *versus,
                               guint       b)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The model's configuration contradicts itself: %s is %u, %s is %u",
               what, a, versus, b);
  return FALSE;
}

/* Numbers that the UNet is told beside the pooled output. */
static guint
get_n_sizes (const LimnModelFacts *facts)
{
  guint told = facts->texts[facts->n_texts - 1].projection;

  if (facts->unet.vector_width == 0 || told == 0 || told >= facts->unet.vector_width || facts->unet.vector_step == 0
      || (facts->unet.vector_width - told) % facts->unet.vector_step != 0)
    return 0;
  return (facts->unet.vector_width - told) / facts->unet.vector_step;
}

static gboolean
check_texts (const LimnModelFacts  *facts,
             GError               **error)
{
  guint width = 0;

  for (guint i = 0; i < facts->n_texts; i++)
    {
      width += facts->texts[i].width;
      if (facts->texts[i].positions != LIMN_PROMPT_CHUNK_LENGTH)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                       "Limn cannot compute a text encoder of %u positions (“max_position_embeddings”); it can compute %u",
                       facts->texts[i].positions, LIMN_PROMPT_CHUNK_LENGTH);
          return FALSE;
        }
    }
  if (facts->unet.context_width != width)
    return limn_model_fail_contradiction (error, "what the UNet takes of a prompt (“cross_attention_dim”)", facts->unet.context_width,
                                          "what the text encoders give (“hidden_size”)", width);
  if (facts->unet.vector_width > 0 && get_n_sizes (facts) != facts->family->n_sizes)
    return limn_model_fail_contradiction (error, "what the UNet is told beside the prompt (“projection_class_embeddings_input_dim”)",
                                          facts->unet.vector_width, "what the text encoders give of it (“projection_dim”)",
                                          facts->texts[facts->n_texts - 1].projection);
  return TRUE;
}

static gboolean
check_together (const LimnModelFacts  *facts,
                GError               **error)
{
  if (!check_texts (facts, error))
    return FALSE;
  /* Or the latent, a mask and a masked latent: a model for inpainting. */
  if (facts->unet.in_channels != facts->vae.latent_channels && facts->unet.in_channels != 2 * facts->vae.latent_channels + 1)
    return limn_model_fail_contradiction (error, "what the UNet takes (“in_channels”)", facts->unet.in_channels,
                                          "what the VAE makes (“latent_channels”)", facts->vae.latent_channels);
  if (facts->unet.out_channels != facts->vae.latent_channels)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "Limn cannot compute a UNet with “out_channels”: %u (it can compute %u)", facts->unet.out_channels,
                   facts->vae.latent_channels);
      return FALSE;
    }
  return TRUE;
}

void
limn_model_apply_texts (LimnModelFacts *facts,
                        gboolean        own_pad)
{
  for (guint i = 0; i < MIN (facts->n_texts, facts->family->n_texts); i++)
    {
      const LimnFamilyText *text = &facts->family->texts[i];
      LimnTextConfig *config = &facts->texts[i];

      config->skip = text->skip - MIN (text->skip, config->missing);
      config->final_norm = text->final_norm;
      if (!text->pooled)
        config->projection = 0;
      if (i > 0 || !own_pad)
        config->pad_id = text->pad_id;
    }
}

void
limn_model_set_part (LimnModel             *model,
                     LimnModelPart          part,
                     const LimnModelSource *source,
                     char                  *file,
                     LimnNames             *names)
{
  LimnModelPlace *place = &model->parts[part];

  g_free (place->file);
  limn_names_free (place->names);
  *place = (LimnModelPlace) { source, file, names };
}

static guint
get_side (const LimnModelFacts *facts)
{
  const LimnFamily *family = facts->family;

  if (facts->unet.sample_size > 0)
    return facts->unet.sample_size * facts->factor;
  if (facts->vae.sample_size > 0)
    return facts->vae.sample_size;
  if (family->epsilon_side_px > 0 && g_str_equal (facts->scheduler.prediction_type, "epsilon"))
    return family->epsilon_side_px;
  return family->side_px > 0 ? family->side_px : USUAL_SIDE_PX;
}

static void
derive (LimnModelFacts *facts)
{
  guint side;

  facts->unproven = facts->family->unproven;
  facts->context_width = facts->unet.context_width;
  facts->vector_width = facts->unet.vector_width;
  facts->factor = limn_vae_config_get_factor (&facts->vae);
  facts->multiple = facts->factor * limn_unet_config_get_multiple (&facts->unet);
  side = get_side (facts);
  side = CLAMP (side / facts->multiple * facts->multiple, facts->multiple, MAX_SIDE_PX);
  facts->default_width = facts->default_height = side;
}

/* What a person knows better than the file. */
static gboolean
apply_choices (LimnModelFacts          *facts,
               const LimnModelOptions  *options,
               GError                 **error)
{
  static const char * const predictions[] = { "epsilon", "v_prediction", NULL };
  const LimnFamily *family;

  if (options->family)
    {
      const char *prediction = facts->scheduler.prediction_type;
      gboolean zero_snr = facts->scheduler.rescale_betas_zero_snr;

      family = limn_family_find_id (options->family);
      if (!family || !limn_family_is_like (family, facts->family))
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "“%s” is built like %s and cannot be used as “%s”", facts->name,
                       facts->family->name, options->family);
          return FALSE;
        }
      facts->family = family;
      facts->family_from = LIMN_FACT_CHOICE;
      g_free ((double *) facts->scheduler.trained_betas);
      facts->scheduler = family->scheduler;
      facts->scheduler.prediction_type = prediction;
      facts->scheduler.rescale_betas_zero_snr = zero_snr;
    }
  if (!options->prediction)
    return TRUE;
  for (guint i = 0; predictions[i]; i++)
    if (g_str_equal (predictions[i], options->prediction))
      {
        facts->scheduler.prediction_type = predictions[i];
        facts->prediction_from = LIMN_FACT_CHOICE;
        return TRUE;
      }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "Models predict “epsilon” or “v_prediction”, not “%s”", options->prediction);
  return FALSE;
}

/* The config that a folder has: (out) @there. The VAEs of SD and of SDXL have the same shapes, and only one of them makes sense of a latent; a folder
 * says which it is. */
static gboolean
read_vae_config (const LimnModelSource  *source,
                 const LimnModelFacts   *facts,
                 LimnVaeConfig          *config,
                 gboolean               *there,
                 GError                **error)
{
  static const char * const files[] = { "config.json", "vae/config.json" };

  *there = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr(LimnJson) json = NULL;

      if (!limn_model_source_has (source, files[i]))
        continue;
      json = limn_model_source_load_json (source, files[i], error);
      if (!json || !limn_vae_config_read (config, json, error))
        return FALSE;
      *there = TRUE;
      if (config->scaling_factor == facts->vae.scaling_factor)
        return TRUE;
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "The VAE “%s” does not belong to a model like “%s”: its latents are scaled by %g and not by %g",
                   limn_model_source_get_name (source), facts->name, config->scaling_factor, facts->vae.scaling_factor);
      return FALSE;
    }
  return TRUE;
}

/* A VAE in the place of the model's own. */
static gboolean
read_vae (LimnModel               *model,
          const LimnModelOptions  *options,
          GError                 **error)
{
  LimnModelFacts *facts = &model->facts;
  g_autoptr(LimnCheckpoint) file = NULL;
  g_autofree char *name = NULL;
  LimnVaeConfig config;
  LimnNames *names = NULL;
  LimnDetected found;
  gboolean there;

  model->vae_source = limn_model_source_new (options->vae, error);
  if (!model->vae_source)
    return FALSE;
  if (limn_model_source_is_file (model->vae_source))
    name = g_strdup (limn_model_source_get_file (model->vae_source));
  else
    name = limn_model_source_find_weights (model->vae_source,
                                           limn_model_source_has (model->vae_source, "vae/config.json") ? "vae" : NULL, NULL, FALSE, error);
  file = name ? limn_model_source_open_weights (model->vae_source, name, error) : NULL;
  if (!file)
    return FALSE;
  limn_detect_file (file, &found);
  if (found.kind != LIMN_DETECT_VAE && !(found.kind == LIMN_DETECT_MODEL && limn_shapes_has_vae (file, NULL)))
    {
      limn_detect_set_error (file, &found, "a VAE", error);
      return FALSE;
    }
  if (!read_vae_config (model->vae_source, facts, &config, &there, error)
      || (!there && !limn_shapes_read_vae (file, &config, &names, error)))
    return FALSE;
  if (facts->unet.out_channels != config.latent_channels)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "The VAE “%s” does not belong to a model like “%s”: its latents have %u channels and not %u", limn_checkpoint_get_name (file),
                   facts->name, config.latent_channels, facts->unet.out_channels);
      limn_names_free (names);
      return FALSE;
    }
  /* Which family it was made for its tensors do not tell: the model's. */
  if (!there)
    {
      config.scaling_factor = facts->vae.scaling_factor;
      config.force_upcast = facts->vae.force_upcast;
    }
  config.sample_size = facts->vae.sample_size;
  facts->vae = config;
  limn_model_set_part (model, LIMN_MODEL_VAE, model->vae_source, g_steal_pointer (&name), names);
  return TRUE;
}

LimnModel *
limn_model_open_with (const char              *path,
                      const LimnModelOptions  *options,
                      GError                 **error)
{
  static const LimnModelOptions no_options = { NULL };
  g_autoptr(LimnModel) model = g_new0 (LimnModel, 1);
  gboolean good;

  if (!options)
    options = &no_options;
  model->source = limn_model_source_new (path, error);
  if (!model->source)
    return NULL;
  model->variant = options->variant;
  model->facts.name = limn_model_source_get_name (model->source);
  model->facts.layout = limn_model_source_is_file (model->source) ? LIMN_LAYOUT_SINGLE : LIMN_LAYOUT_FOLDER;
  good = model->facts.layout == LIMN_LAYOUT_SINGLE ? limn_model_read_single (model, options, error)
                                                   : limn_model_read_folder (model, options, error);
  if (!good || !limn_model_list_own_files (model, error) || !apply_choices (&model->facts, options, error)
      || (options->vae && !read_vae (model, options, error))
      || !check_together (&model->facts, error))
    return NULL;
  derive (&model->facts);
  model->variant = NULL;
  return limn_model_list_files (model, error) ? g_steal_pointer (&model) : NULL;
}

LimnModel *
limn_model_open (const char  *path,
                 GError     **error)
{
  return limn_model_open_with (path, NULL, error);
}

void
limn_model_free (LimnModel *model)
{
  if (!model)
    return;
  g_free ((double *) model->facts.scheduler.trained_betas);
  g_clear_pointer (&model->scheduler, limn_json_unref);
  limn_tokenizer_free (model->tokenizer);
  for (gsize i = 0; i < LIMN_MODEL_N_PARTS; i++)
    limn_model_set_part (model, i, NULL, NULL, NULL);
  g_clear_pointer (&model->files, g_array_unref);
  g_clear_pointer (&model->names, g_ptr_array_unref);
  g_clear_pointer (&model->own_files, g_ptr_array_unref);
  limn_checkpoint_free (model->single);
  limn_model_source_free (model->vae_source);
  limn_model_source_free (model->source);
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
