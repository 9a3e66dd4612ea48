/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-model-private.h"

#include "model/limn-starter-hash.h"
#include "model/limn-text-encoder.h"
#include "model/limn-unet.h"
#include "model/limn-vae.h"

struct _LimnModelWeights
{
  LimnCheckpoint  *file;
  const LimnNames *names;
  char            *name;
};

gboolean
limn_model_has_part (const LimnModel *model,
                     LimnModelPart    part)
{
  guint n_texts = model->facts.n_texts;

  return part != LIMN_MODEL_TEXT_ENCODER_2 || n_texts > 1;
}

LimnModelWeights *
limn_model_open_part (const LimnModel  *model,
                      LimnModelPart     part,
                      GError          **error)
{
  const LimnModelPlace *place = &model->parts[part];
  LimnModelWeights *weights;
  LimnCheckpoint *file;

  g_return_val_if_fail (part < LIMN_MODEL_N_PARTS && place->file, NULL);
  file = limn_model_source_open_weights (model->source, place->file, error);
  if (!file)
    return NULL;
  weights = g_new0 (LimnModelWeights, 1);
  weights->file = file;
  weights->names = place->names;
  weights->name = g_strdup (place->file);
  return weights;
}

void
limn_model_weights_free (LimnModelWeights *weights)
{
  if (!weights)
    return;
  limn_checkpoint_free (weights->file);
  g_free (weights->name);
  g_free (weights);
}

const LimnCheckpoint *
limn_model_weights_get_file (const LimnModelWeights *weights)
{
  return weights->file;
}

const LimnNames *
limn_model_weights_get_names (const LimnModelWeights *weights)
{
  return weights->names;
}

void
limn_model_weights_init_loader (const LimnModelWeights *weights,
                                LimnLoader             *loader,
                                LimnGl                 *gl,
                                LimnDtype               dtype,
                                GCancellable           *cancellable)
{
  limn_loader_init (loader, gl, weights->file, weights->name, dtype, cancellable);
  loader->names = weights->names;
}

const char * const *
limn_model_get_weight_files (const LimnModel *model)
{
  return (const char * const *) model->files->pdata;
}

static gboolean
check_part (const LimnModel  *model,
            LimnModelPart     part,
            guint64          *bytes,
            GError          **error)
{
  const LimnModelFacts *facts = &model->facts;
  g_autoptr(LimnModelWeights) weights = limn_model_open_part (model, part, error);
  g_autoptr(LimnTextEncoder) text = NULL;
  g_autoptr(LimnUnet) unet = NULL;
  g_autoptr(LimnVae) decoder = NULL;
  g_autoptr(LimnVae) encoder = NULL;
  LimnLoader loader;
  gboolean good = FALSE;

  if (!weights)
    return FALSE;
  limn_model_weights_init_loader (weights, &loader, NULL, LIMN_DTYPE_F32, NULL);
  switch (part)
    {
    case LIMN_MODEL_UNET:
      good = (unet = limn_unet_new (&loader, &facts->unet, NULL, error)) != NULL;
      break;
    case LIMN_MODEL_TEXT_ENCODER:
    case LIMN_MODEL_TEXT_ENCODER_2:
      good = (text = limn_text_encoder_new (&loader, &facts->texts[part - LIMN_MODEL_TEXT_ENCODER], NULL, error)) != NULL;
      break;
    case LIMN_MODEL_VAE:
      good = (decoder = limn_vae_new (&loader, &facts->vae, LIMN_VAE_DECODER, NULL, error)) != NULL
             && (encoder = limn_vae_new (&loader, &facts->vae, LIMN_VAE_ENCODER, NULL, error)) != NULL;
      break;
    case LIMN_MODEL_N_PARTS:
    default:
      g_assert_not_reached ();
    }
  *bytes += loader.bytes;
  limn_loader_clear (&loader);
  return good;
}

gboolean
limn_model_check_weights (const LimnModel  *model,
                          guint64          *bytes,
                          GError          **error)
{
  guint64 sum = 0;

  for (guint i = 0; i < LIMN_MODEL_N_PARTS; i++)
    if (limn_model_has_part (model, i) && !check_part (model, i, &sum, error))
      return FALSE;
  if (bytes)
    *bytes = sum;
  return TRUE;
}

char *
limn_model_hash_file (const LimnModel  *model,
                      const char       *file,
                      GCancellable     *cancellable,
                      GError          **error)
{
  const char *one[2] = { file, NULL };

  if (!limn_model_source_get_path (model->source))
    for (gsize i = 0; i < G_N_ELEMENTS (limn_starter_hashes); i++)
      if (g_strcmp0 (limn_starter_hashes[i].file, file) == 0)
        return g_strdup (limn_starter_hashes[i].hash);
  return limn_model_source_hash (model->source, file ? one : limn_model_get_weight_files (model), cancellable, error);
}
