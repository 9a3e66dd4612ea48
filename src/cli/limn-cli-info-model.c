/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-info-model.h"

#include "base/limn-error.h"
#include "model/limn-detect.h"
#include "model/limn-lora.h"

#include <stdio.h>

static void
print_line (const char *key, const char *value)
{
  g_autofree char *printable = limn_cli_dup_printable (value);

  printf ("  %-18s %s\n", key, printable);
}

/* Where something is known from. */
static const char *
describe_origin (LimnFactOrigin origin)
{
  static const char *const texts[] = {
    [LIMN_FACT_CONFIG] = "says its configuration",
    [LIMN_FACT_SHAPES] = "by its tensors",
    [LIMN_FACT_MARKER] = "says a marker in the file",
    [LIMN_FACT_NOTE] = "say its notes",
    [LIMN_FACT_DEFAULT] = "nothing says so: usual for its family",
    [LIMN_FACT_CHOICE] = "as you chose",
  };

  return texts[origin];
}

/* What else these tensors could be, which a person may know. */
static void
print_relatives (const LimnFamily *family)
{
  g_autoptr(GString) ids = g_string_new (NULL);

  for (guint i = 0; i < limn_family_get_n (); i++)
    {
      const LimnFamily *other = limn_family_get_nth (i);

      if (other != family && !other->refused && limn_family_is_like (family, other))
        g_string_append_printf (ids, "%s%s", ids->len ? ", " : "", other->id);
    }
  if (ids->len > 0)
    printf ("  %-18s its tensors could also be those of %s (--family)\n", "", ids->str);
}

static void
print_texts (const LimnModelFacts *facts)
{
  for (guint i = 0; i < facts->n_texts; i++)
    {
      const LimnTextConfig *text = &facts->texts[i];

      printf ("  %-18s %s, %u layers of %u, %u tokens known", i == 0 ? facts->n_texts > 1 ? "Text encoders" : "Text encoder" : "",
              text->activation == LIMN_ACTIVATION_QUICK_GELU ? "CLIP" : "OpenCLIP", text->n_layers, text->width, text->vocab_size);
      if (text->skip > 0)
        printf (", %u left out at the end", text->skip);
      if (text->projection > 0)
        printf (", pooled to %u", text->projection);
      putchar ('\n');
    }
}

static void
print_networks (const LimnModelFacts *facts)
{
  print_texts (facts);
  printf ("  %-18s %u levels,", "UNet", facts->unet.n_levels);
  for (guint i = 0; i < facts->unet.n_levels; i++)
    printf (" %u", facts->unet.levels[i].channels);
  printf (" channels; takes %u, contexts of %u", facts->unet.in_channels, facts->context_width);
  if (facts->vector_width > 0)
    printf (" and %u values beside them", facts->vector_width);
  putchar ('\n');
  printf ("  %-18s %u levels, factor %u\n", "VAE", facts->vae.n_levels, facts->factor);
}

/* A handful of what is normal, or the first of many. */
#define SHOWN_UNUSED 4

static gboolean
print_unused (const LimnModel *model, GError **error)
{
  g_autoptr(GPtrArray) unused = limn_model_list_unused (model, error);

  if (!unused)
    return FALSE;
  if (unused->len > 0)
    printf ("  %-18s %u tensors\n", "Not needed", unused->len);
  for (guint i = 0; i < MIN (unused->len, SHOWN_UNUSED); i++)
    print_line ("", g_ptr_array_index (unused, i));
  if (unused->len > SHOWN_UNUSED)
    print_line ("", "…");
  return TRUE;
}

static const char *
find_dtype (const LimnModel *model, GError **error)
{
  g_autoptr(LimnModelWeights) weights = limn_model_open_part (model, LIMN_MODEL_UNET, error);
  LimnDetected found;

  if (!weights)
    return NULL;
  limn_detect_file (limn_model_weights_get_file (weights), &found);
  return found.dtype;
}

static gboolean
print_files (const LimnModel *model, gboolean hash, GError **error)
{
  const char *const *files = limn_model_get_weight_files (model);

  for (guint i = 0; files[i]; i++)
    {
      g_autofree char *name = limn_cli_dup_printable (files[i]);
      g_autofree char *sum = NULL;

      if (hash)
        {
          sum = limn_model_hash_file (model, files[i], NULL, error);
          if (!sum)
            return FALSE;
        }
      printf ("  %-18s %s%s%s\n", i == 0 ? "Files" : "", name, sum ? "  SHA-256 " : "", sum ? sum : "");
    }
  return TRUE;
}

static void
print_vocabulary (const char *path, const LimnModelOptions *options)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnModel) model = limn_model_open_with (path, options, &error);

  print_line ("Vocabulary", model ? "is there" : error->message);
}

int
limn_cli_show_model (const char *path, gboolean hash, const LimnModelOptions *options)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnModel) model = NULL;
  LimnModelOptions bare = *options;
  const LimnModelFacts *facts;
  const char *dtype = NULL;
  guint64 bytes;

  bare.without_tokenizer = TRUE;
  model = limn_model_open_with (path, &bare, &error);
  if (!model || !limn_model_check_weights (model, &bytes, &error) || !(dtype = find_dtype (model, &error)))
    {
      limn_cli_fail (error);
      return LIMN_CLI_BAD_INPUT;
    }
  facts = limn_model_get_facts (model);
  {
    g_autofree char *name = limn_cli_dup_printable (facts->name);

    printf ("Model “%s”, %s\n", name, facts->layout == LIMN_LAYOUT_SINGLE ? "one file, original layout" : "diffusers layout");
  }
  printf ("  %-18s %s, %s\n", "Family", facts->family->name, describe_origin (facts->family_from));
  print_relatives (facts->family);
  if (facts->unproven)
    print_line ("", "unproven: nobody has compared Limn's pictures of this family with another program's");
  printf ("  %-18s %ux%u pixels; others in multiples of %u\n", "Picture", facts->default_width, facts->default_height, facts->multiple);
  print_networks (facts);
  printf ("  %-18s %s, %s\n", "Prediction", facts->scheduler.prediction_type, describe_origin (facts->prediction_from));
  printf ("  %-18s %s, %s spacing%s\n", "Scheduler", facts->scheduler.class_name, facts->scheduler.timestep_spacing,
          facts->scheduler.rescale_betas_zero_snr ? ", zero terminal SNR" : "");
  printf ("  %-18s %s on the disk, %.1f MiB; %.1f MiB in f32, %.1f MiB in f16\n", "Weights", dtype,
          limn_model_get_file_bytes (model) / 1048576.0, bytes / 1048576.0, bytes / 2097152.0);
  print_vocabulary (path, options);
  if (print_unused (model, &error) && print_files (model, hash, &error))
    return LIMN_CLI_OK;
  limn_cli_fail (error);
  return LIMN_CLI_BAD_INPUT;
}

static void
print_tensors (const LimnCheckpoint *file)
{
  for (guint i = 0; i < limn_checkpoint_get_n (file); i++)
    {
      const LimnSafetensorsTensor *tensor = limn_checkpoint_get_nth (file, i);
      g_autofree char *name = limn_cli_dup_printable (tensor->name);

      printf ("  %-5s [", tensor->dtype_name);
      for (guint j = 0; j < tensor->n_dims; j++)
        printf ("%s%" G_GUINT64_FORMAT, j > 0 ? ", " : "", tensor->dims[j]);
      printf ("]  %s\n", name);
    }
}

/* (nullable): the family of the models that it was trained with, by the width of their contexts. */
static const LimnFamily *
find_lora_family (const char *path)
{
  g_autoptr(LimnLora) lora = limn_lora_open (path, NULL);

  return lora ? limn_family_find_context (limn_lora_get_context_width (lora)) : NULL;
}

int
limn_cli_show_weights (const char *path, gboolean all, gboolean hash, const LimnModelOptions *options)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnCheckpoint) file = limn_checkpoint_open (path, &error);
  g_autofree const char **keys = NULL;
  const LimnFamily *family;
  LimnDetected found;

  if (!file)
    {
      limn_cli_fail (error);
      return LIMN_CLI_BAD_INPUT;
    }
  limn_detect_file (file, &found);
  if (found.kind == LIMN_DETECT_MODEL && !found.refused && !all)
    return limn_cli_show_model (path, hash, options);
  printf ("%s, %u tensors, %.1f MiB, %s\n", limn_checkpoint_is_pickle (file) ? "torch checkpoint" : "safetensors", limn_checkpoint_get_n (file),
          limn_checkpoint_get_data_bytes (file) / 1048576.0, found.dtype);
  print_line ("What it is", found.words ? found.words : "nothing that Limn knows");
  family = found.kind == LIMN_DETECT_LORA ? find_lora_family (path) : found.family;
  if (family)
    print_line (found.kind == LIMN_DETECT_MODEL ? "Family" : "For", family->name);
  keys = limn_checkpoint_get_metadata_keys (file);
  for (guint i = 0; keys[i]; i++)
    {
      g_autofree char *key = limn_cli_dup_printable (keys[i]);

      print_line (key, limn_checkpoint_get_metadata (file, keys[i]));
    }
  if (all)
    print_tensors (file);
  return LIMN_CLI_OK;
}
