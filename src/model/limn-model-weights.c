/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-model-private.h"

#include "model/limn-starter-hash.h"
#include "model/limn-text-encoder.h"
#include "model/limn-unet.h"
#include "model/limn-vae.h"

#include <string.h>

struct _LimnModelWeights
{
  LimnCheckpoint  *file;
  LimnCheckpoint  *owned; /* (nullable): @file, where it is not the model's */
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
  LimnCheckpoint *owned = NULL;

  g_return_val_if_fail (part < LIMN_MODEL_N_PARTS && place->file, NULL);
  if (!model->single || place->source != model->source)
    {
      owned = limn_model_source_open_weights (place->source, place->file, error);
      if (!owned)
        return NULL;
    }
  weights = g_new0 (LimnModelWeights, 1);
  weights->file = owned ? owned : model->single;
  weights->owned = owned;
  weights->names = place->names;
  weights->name = g_strdup (place->file);
  return weights;
}

void
limn_model_weights_free (LimnModelWeights *weights)
{
  if (!weights)
    return;
  limn_checkpoint_free (weights->owned);
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
  return (const char * const *) model->names->pdata;
}

/* Counts in @unused, by their names, the tensors of its file that the part did not ask for. */
static void
count_unused (const LimnLoader *loader,
              GHashTable       *unused)
{
  for (guint i = 0; i < limn_checkpoint_get_n (loader->file); i++)
    {
      const LimnSafetensorsTensor *tensor = limn_checkpoint_get_nth (loader->file, i);
      guint n = GPOINTER_TO_UINT (g_hash_table_lookup (unused, tensor->name));

      if (!limn_loader_has_used (loader, tensor))
        g_hash_table_insert (unused, g_strdup (tensor->name), GUINT_TO_POINTER (n + 1));
    }
}

/* @unused: (nullable) */
static gboolean
check_part (const LimnModel  *model,
            LimnModelPart     part,
            guint64          *bytes,
            GHashTable       *unused,
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
  if (good && unused)
    count_unused (&loader, unused);
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
    if (limn_model_has_part (model, i) && !check_part (model, i, &sum, NULL, error))
      return FALSE;
  if (bytes)
    *bytes = sum;
  return TRUE;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* Of a file in which @n parts lie, what none of them asks for. */
static gboolean
add_unused (const LimnModel      *model,
            const LimnModelPart  *parts,
            guint                 n,
            GPtrArray            *list,
            GError              **error)
{
  g_autoptr(GHashTable) unused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gpointer name, count;
  GHashTableIter iter;
  guint64 bytes = 0;

  for (guint i = 0; i < n; i++)
    if (!check_part (model, parts[i], &bytes, unused, error))
      return FALSE;
  g_hash_table_iter_init (&iter, unused);
  while (g_hash_table_iter_next (&iter, &name, &count))
    if (GPOINTER_TO_UINT (count) == n)
      g_ptr_array_add (list, g_strdup (name));
  return TRUE;
}

GPtrArray *
limn_model_list_unused (const LimnModel  *model,
                        GError          **error)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  LimnModelPart shared[LIMN_MODEL_N_PARTS];
  guint n_shared = 0;

  for (LimnModelPart part = 0; part < LIMN_MODEL_N_PARTS; part++)
    if (!limn_model_has_part (model, part))
      continue;
    else if (model->single && model->parts[part].source == model->source)
      shared[n_shared++] = part;
    else if (!add_unused (model, &part, 1, list, error))
      return NULL;
  if (n_shared > 0 && !add_unused (model, shared, n_shared, list, error))
    return NULL;
  g_ptr_array_sort (list, compare_names);
  return g_steal_pointer (&list);
}

char *
limn_model_hash_file (const LimnModel  *model,
                      const char       *file,
                      GCancellable     *cancellable,
                      GError          **error)
{
  if (!limn_model_source_get_path (model->source))
    for (gsize i = 0; i < G_N_ELEMENTS (limn_starter_hashes); i++)
      if (g_strcmp0 (limn_starter_hashes[i].file, file) == 0)
        return g_strdup (limn_starter_hashes[i].hash);
  for (guint i = 0; file && i < model->files->len; i++)
    {
      const LimnModelFileName *name = &g_array_index (model->files, LimnModelFileName, i);
      const char *one[2] = { name->file, NULL };

      if (g_str_equal (name->name, file))
        return limn_model_source_hash (name->source, one, cancellable, error);
    }
  g_return_val_if_fail (!file, NULL);
  return limn_model_source_hash (model->source, (const char * const *) model->own_files->pdata, cancellable, error);
}

guint64
limn_model_get_file_bytes (const LimnModel *model)
{
  guint64 sum = 0;

  for (guint i = 0; i < model->files->len; i++)
    {
      const LimnModelFileName *name = &g_array_index (model->files, LimnModelFileName, i);

      sum += limn_model_source_get_bytes (name->source, name->file);
    }
  return sum;
}

static gboolean
contains (const GPtrArray *names,
          const char      *name)
{
  for (guint i = 0; i < names->len; i++)
    if (g_str_equal (g_ptr_array_index (names, i), name))
      return TRUE;
  return FALSE;
}

gboolean
limn_model_list_own_files (LimnModel  *model,
                           GError    **error)
{
  model->own_files = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < LIMN_MODEL_N_PARTS; i++)
    {
      g_auto(GStrv) list = NULL;

      if (!model->parts[i].file)
        continue;
      list = limn_model_source_list_files (model->source, model->parts[i].file, error);
      if (!list)
        return FALSE;
      for (char **file = list; *file; file++)
        if (!contains (model->own_files, *file))
          g_ptr_array_add (model->own_files, g_strdup (*file));
    }
  g_ptr_array_add (model->own_files, NULL);
  return TRUE;
}

static void
file_name_clear (gpointer data)
{
  LimnModelFileName *name = data;

  g_free (name->name);
  g_free (name->file);
}

/* Unlike any that is there. */
static char *
dup_name (const LimnModel       *model,
          const LimnModelSource *source,
          const char            *file)
{
  g_autofree char *name = NULL;

  if (source == model->source)
    return g_strdup (file);
  name = limn_model_source_is_file (source) ? g_strdup (file) : g_strconcat (limn_model_source_get_name (source), "/", file, NULL);
  return contains (model->names, name) ? g_strconcat ("VAE/", name, NULL) : g_steal_pointer (&name);
}

gboolean
limn_model_list_files (LimnModel  *model,
                       GError    **error)
{
  model->files = g_array_new (FALSE, FALSE, sizeof (LimnModelFileName));
  g_array_set_clear_func (model->files, file_name_clear);
  model->names = g_ptr_array_new ();
  for (guint i = 0; i < LIMN_MODEL_N_PARTS; i++)
    {
      const LimnModelPlace *place = &model->parts[i];
      g_auto(GStrv) list = NULL;

      if (!place->file)
        continue;
      list = limn_model_source_list_files (place->source, place->file, error);
      if (!list)
        return FALSE;
      for (char **file = list; *file; file++)
        {
          LimnModelFileName name = { NULL, place->source, NULL };

          if (place->source == model->source && contains (model->names, *file))
            continue;
          name.name = dup_name (model, place->source, *file);
          name.file = g_strdup (*file);
          g_array_append_val (model->files, name);
          g_ptr_array_add (model->names, name.name);
        }
    }
  g_ptr_array_add (model->names, NULL);
  return TRUE;
}
