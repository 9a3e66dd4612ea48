/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/limn-lora-targets.h"

#include <string.h>

struct _LimnLoraTargets
{
  GStringChunk *strings;
  GPtrArray    *matrices; /* of LimnLoraMatrix */
  GHashTable   *by_name;  /* "network name" with "_" for "." -> GArray of LimnLoraMatch */
};

LimnLoraTargets *
limn_lora_targets_new (void)
{
  LimnLoraTargets *targets = g_new0 (LimnLoraTargets, 1);

  targets->strings = g_string_chunk_new (4096);
  targets->matrices = g_ptr_array_new_with_free_func (g_free);
  targets->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  return targets;
}

void
limn_lora_targets_free (LimnLoraTargets *targets)
{
  if (!targets)
    return;
  g_hash_table_unref (targets->by_name);
  g_ptr_array_unref (targets->matrices);
  g_string_chunk_free (targets->strings);
  g_free (targets);
}

/* @first, @n: of the rows of a layer that is called @name. */
static void
add_name (LimnLoraTargets *targets, const LimnLoraMatrix *matrix, const char *name, guint first, guint n)
{
  const LimnLoraMatch match = { matrix, first, n };
  g_autofree char *key = g_strdup_printf ("%d %s", matrix->network, name);
  GArray *matches;

  g_strdelimit (key, ".", '_');
  matches = g_hash_table_lookup (targets->by_name, key);
  if (!matches)
    {
      matches = g_array_new (FALSE, FALSE, sizeof (LimnLoraMatch));
      g_hash_table_insert (targets->by_name, g_steal_pointer (&key), matches);
    }
  g_array_append_val (matches, match);
}

/* What the files of original checkpoints call @matrix, whose layers there may hold several of ours, one above the other. */
static void
add_original_name (LimnLoraTargets *targets, const LimnLoraMatrix *matrix, const LimnNames *original)
{
  g_autofree char *weight = g_strconcat (matrix->name, ".weight", NULL);
  g_auto(LimnPlace) place = { NULL };
  gsize length;

  if (!limn_names_find (original, weight, &place) || place.transposed
      || !(g_str_has_suffix (place.name, ".weight") || g_str_has_suffix (place.name, "_weight")))
    return;
  /* ".weight", or "_weight" of torch's attention. */
  length = strlen (place.name) - strlen (".weight");
  place.name[length] = '\0';
  add_name (targets, matrix, place.name, place.part * matrix->n, place.n_parts * matrix->n);
  /* OpenCLIP's transformer is a part of "model" in Stability's code. */
  if (matrix->network != LIMN_LORA_UNET)
    {
      g_autofree char *longer = g_strconcat ("model.", place.name, NULL);

      add_name (targets, matrix, longer, place.part * matrix->n, place.n_parts * matrix->n);
    }
}

void
limn_lora_targets_add (LimnLoraTargets *targets, const LimnLoraMatrix *matrix, const LimnNames *original)
{
  LimnLoraMatrix *own = g_memdup2 (matrix, sizeof *matrix);

  g_return_if_fail (matrix->network != LIMN_LORA_ANY);

  own->name = g_string_chunk_insert (targets->strings, matrix->name);
  g_ptr_array_add (targets->matrices, own);
  add_name (targets, own, own->name, 0, own->n);
  if (original)
    add_original_name (targets, own, original);
}

const GArray *
limn_lora_targets_find (const LimnLoraTargets *targets, const LimnLoraLayer *layer)
{
  LimnLoraTarget first = layer->target == LIMN_LORA_ANY ? LIMN_LORA_UNET : layer->target;
  LimnLoraTarget last = layer->target == LIMN_LORA_ANY ? LIMN_LORA_TEXT_2 : layer->target;

  for (LimnLoraTarget network = first; network <= last; network++)
    {
      g_autofree char *key = g_strdup_printf ("%d %s", network, layer->layer);
      const GArray *matches = g_hash_table_lookup (targets->by_name, key);

      if (matches)
        return matches;
    }
  return NULL;
}

gboolean
limn_lora_match_fits (const LimnLoraMatch *match, const LimnLoraLayer *layer)
{
  return layer->n > 0 && layer->n == match->n && layer->k == match->matrix->k && layer->taps == match->matrix->taps;
}

guint
limn_lora_targets_get_context_width (const LimnLoraTargets *targets)
{
  for (guint i = 0; i < targets->matrices->len; i++)
    {
      const LimnLoraMatrix *matrix = g_ptr_array_index (targets->matrices, i);

      if (matrix->network == LIMN_LORA_UNET && g_str_has_suffix (matrix->name, ".attn2.to_k"))
        return matrix->k;
    }
  return 0;
}
