/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Every matrix that was loaded has a record that says what was added to it. To set LoRAs is to make a new set, to compare what it says of each record
 * with what stands there, and to upload anew what differs: from the file's bits, never from what is on the device, so that nothing adds up. */

#include "model/limn-pipeline-private.h"

#include "base/limn-error.h"

#include <gio/gio.h>
#include <math.h>
#include <sys/stat.h>

/* A file that is open, and how to see that it is still the same: who slides a strength does not read 1000 names each time. */
typedef struct
{
  char       *path;
  struct stat status;
  LimnLora   *lora;
} LoraFile;

static void
lora_file_free (gpointer data)
{
  LoraFile *file = data;

  limn_lora_unref (file->lora);
  g_free (file->path);
  g_free (file);
}

/* --- What is loaded --- */

static LimnResident
resident_of (LimnLoraTarget network)
{
  return network == LIMN_LORA_UNET ? LIMN_RESIDENT_UNET : (LimnResident) (LIMN_RESIDENT_TEXT + (network - LIMN_LORA_TEXT));
}

void
limn_pipeline_lend_loras (LimnPipeline *pipeline, LimnLoader *loader, LimnResident resident)
{
  for (LimnLoraTarget network = LIMN_LORA_UNET; network < LIMN_LORA_N_TARGETS; network++)
    if (resident_of (network) == resident)
      {
        loader->network = network;
        loader->patches = pipeline->loras;
      }
}

void
limn_pipeline_clear_loras (LimnPipeline *pipeline)
{
  g_clear_pointer (&pipeline->loras, limn_lora_set_free);
  g_clear_pointer (&pipeline->targets, limn_lora_targets_free);
  g_clear_pointer (&pipeline->lora_files, g_ptr_array_unref);
  g_clear_pointer (&pipeline->lora_fits, g_array_unref);
}

/* --- The model's layers --- */

static LimnModelPart
part_of (LimnLoraTarget network)
{
  return network == LIMN_LORA_UNET ? LIMN_MODEL_UNET : (LimnModelPart) (LIMN_MODEL_TEXT_ENCODER + (network - LIMN_LORA_TEXT));
}

/* Names and shapes only: a network that is off the device has layers all the same. */
static void
list_layers (LimnPipeline *pipeline, LimnLoraTarget network, LimnLoraTargets *targets)
{
  const LimnModelFacts *facts = limn_model_get_facts (pipeline->model);
  g_autoptr(LimnNames) original = limn_names_new (network == LIMN_LORA_UNET ? LIMN_NAMES_UNET : LIMN_NAMES_OPEN_CLIP, "", &facts->unet, NULL);
  const GPtrArray *records = pipeline->declared_records[resident_of (network)];

  for (guint i = 0; records && i < records->len; i++)
    {
      const LimnLoaderRecord *record = g_ptr_array_index (records, i);

      for (guint j = 0; j < record->n_parts; j++)
        limn_lora_targets_add (targets, &(LimnLoraMatrix) { network, record->names[j], record->rows[j], record->k, record->taps }, original);
    }
}

static void
need_targets (LimnPipeline *pipeline)
{
  if (pipeline->targets)
    return;
  pipeline->targets = limn_lora_targets_new ();
  for (LimnLoraTarget network = LIMN_LORA_UNET; network < LIMN_LORA_N_TARGETS; network++)
    list_layers (pipeline, network, pipeline->targets);
}

/* --- The LoRAs' files --- */

static gboolean
same_file (const struct stat *a, const struct stat *b)
{
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
         a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Adds it to @files. Returns: (transfer none) (nullable) */
static LimnLora *
get_lora (LimnPipeline *pipeline, GPtrArray *files, const char *path, GError **error)
{
  LoraFile *file = g_new0 (LoraFile, 1);

  file->path = g_strdup (path);
  g_ptr_array_add (files, file);
  if (stat (path, &file->status) == 0)
    for (guint i = 0; pipeline->lora_files && i < pipeline->lora_files->len && !file->lora; i++)
      {
        const LoraFile *other = g_ptr_array_index (pipeline->lora_files, i);

        if (g_str_equal (other->path, path) && same_file (&other->status, &file->status))
          file->lora = limn_lora_ref (other->lora);
      }
  if (!file->lora)
    file->lora = limn_lora_open (path, error);
  return file->lora;
}

/* What is known of UNets with contexts of this width; NULL: nothing. */
static const char *
name_family (guint context_width)
{
  const LimnFamily *family = limn_family_find_context (context_width);

  return family ? family->name : NULL;
}

static gboolean
check_fit (LimnPipeline *pipeline, const LimnLoraFit *fit, GError **error)
{
  const char *model = limn_model_get_facts (pipeline->model)->name;
  const char *family = fit->context_width != fit->model_context_width ? name_family (fit->context_width) : NULL;

  if (fit->n_fit > 0)
    return TRUE;
  if (family)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "“%s” was made for %s and cannot be used with “%s”: none of its %u parts fits.", fit->name,
                 family, model, fit->n_layers);
  else
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                 "“%s” was made for another kind of model and cannot be used with “%s”: none of its %u parts fits.", fit->name, model,
                 fit->n_layers);
  return FALSE;
}

/* --- Setting --- */

static gboolean
add_use (LimnPipeline *pipeline, const LimnLoraUse *use, LimnLoraSet *set, GPtrArray *files, GArray *fits, GError **error)
{
  LimnLora *lora = get_lora (pipeline, files, use->path, error);
  LimnLoraFit fit;

  if (!lora)
    return FALSE;
  if (!isfinite (use->strength) || !isfinite (use->text_strength))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The strength of “%s” must be a number.", limn_lora_get_name (lora));
      return FALSE;
    }
  limn_lora_set_add (set, lora, use->strength, use->text_strength, &fit);
  g_array_append_val (fits, fit);
  return check_fit (pipeline, &fit, error);
}

static gboolean
is_other (const LimnPipeline *pipeline, LimnLoraTarget network, const LimnLoaderRecord *record)
{
  g_autofree char *key = limn_lora_set_dup_key (pipeline->loras, network, (const char *const *) record->names, record->n_parts);

  return g_strcmp0 (key, record->patched) != 0;
}

static gboolean
reload_network (LimnPipeline *pipeline, LimnLoraTarget network, GCancellable *cancellable, GError **error)
{
  GPtrArray *records = pipeline->records[resident_of (network)];
  g_autoptr(LimnModelWeights) weights = NULL;
  LimnLoader loader;
  gboolean good = TRUE;
  guint n = 0;

  for (guint i = 0; good && i < records->len; i++)
    {
      LimnLoaderRecord *record = g_ptr_array_index (records, i);

      if (!is_other (pipeline, network, record))
        continue;
      if (n++ == 0)
        {
          weights = limn_model_open_part (pipeline->model, part_of (network), error);
          if (!weights)
            return FALSE;
          limn_model_weights_init_loader (weights, &loader, pipeline->gl, pipeline->precision, cancellable);
          loader.network = network;
          loader.patches = pipeline->loras;
        }
      good = limn_loader_reload (&loader, record, error);
    }
  if (n == 0)
    return TRUE;
  limn_loader_clear (&loader);
  if (network == LIMN_LORA_UNET)
    limn_unet_forget_contexts (pipeline->unet);
  g_debug ("%u matrices uploaded anew", n);
  return good;
}

/* Of what was not reached nobody shall believe that it is what a set says whose LoRAs are gone, even where others have come to lie in their place. */
static void
doubt_others (LimnPipeline *pipeline)
{
  for (LimnLoraTarget network = LIMN_LORA_UNET; network < LIMN_LORA_N_TARGETS; network++)
    for (guint i = 0; i < pipeline->records[resident_of (network)]->len; i++)
      {
        LimnLoaderRecord *record = g_ptr_array_index (pipeline->records[resident_of (network)], i);

        if (is_other (pipeline, network, record))
          {
            g_free (record->patched);
            record->patched = g_strdup ("?");
          }
      }
}

gboolean
limn_pipeline_set_loras (LimnPipeline *pipeline, const LimnLoraUse *uses, guint n, GCancellable *cancellable, GError **error)
{
  g_autoptr(LimnLoraSet) set = NULL;
  g_autoptr(GPtrArray) files = NULL;
  g_autoptr(GArray) fits = NULL;
  gboolean good = TRUE;

  if (n == 0 && !pipeline->loras)
    return TRUE;
  need_targets (pipeline);
  set = limn_lora_set_new (pipeline->targets);
  files = g_ptr_array_new_with_free_func (lora_file_free);
  fits = g_array_new (FALSE, FALSE, sizeof (LimnLoraFit));
  for (guint i = 0; i < n; i++)
    if (!add_use (pipeline, &uses[i], set, files, fits, error))
      return FALSE;

  /* Whether or not they are on the device now. */
  if (!g_str_equal (limn_lora_set_get_text_key (set), pipeline->loras ? limn_lora_set_get_text_key (pipeline->loras) : ""))
    pipeline->text_version++;
  /* What was set until now lives on to the end of this function: keys are told apart by the places of LimnLora. */
  {
    LimnLoraSet *old_set = pipeline->loras;
    GPtrArray *old_files = pipeline->lora_files;
    GArray *old_fits = pipeline->lora_fits;

    pipeline->loras = g_steal_pointer (&set);
    pipeline->lora_files = g_steal_pointer (&files);
    pipeline->lora_fits = g_steal_pointer (&fits);
    set = old_set;
    files = old_files;
    fits = old_fits;
  }
  for (LimnLoraTarget network = LIMN_LORA_UNET; good && network < LIMN_LORA_N_TARGETS; network++)
    good = reload_network (pipeline, network, cancellable, error);
  if (!good)
    doubt_others (pipeline);
  return good;
}

const LimnLoraFit *
limn_pipeline_get_lora_fits (LimnPipeline *pipeline, guint *n)
{
  *n = pipeline->lora_fits ? pipeline->lora_fits->len : 0;
  return *n > 0 ? (const LimnLoraFit *) pipeline->lora_fits->data : NULL;
}

guint
limn_pipeline_get_text_version (const LimnPipeline *pipeline)
{
  return pipeline->text_version;
}
