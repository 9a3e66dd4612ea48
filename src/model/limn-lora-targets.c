/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Sources of the names: the original code numbers its blocks through (openaimodel.py: a level has its residual blocks, then what halves it); OpenCLIP's
 * text transformer (open_clip/transformer.py). */
#include "config.h"

#include "model/limn-lora-targets.h"

#include <stdio.h>
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

/* --- The UNet's names in the original code --- */

typedef struct
{
  const char *from;
  const char *to;
} Renamed;

static const Renamed whole_names[] = {
  { "conv_in", "input_blocks.0.0" },
  { "conv_out", "out.2" },
  { "time_embedding.linear_1", "time_embed.0" },
  { "time_embedding.linear_2", "time_embed.2" },
  { "add_embedding.linear_1", "label_emb.0.0" },
  { "add_embedding.linear_2", "label_emb.0.2" },
};

static const Renamed resnet_names[] = {
  { "conv1", "in_layers.2" },
  { "time_emb_proj", "emb_layers.1" },
  { "conv2", "out_layers.3" },
  { "conv_shortcut", "skip_connection" },
};

static const char *
rename_part (const Renamed *table, gsize n, const char *name)
{
  for (gsize i = 0; i < n; i++)
    if (g_str_equal (table[i].from, name))
      return table[i].to;
  return NULL;
}

/* Blocks of the original before that of level @level: of the way down the first of all is conv_in. */
static guint
count_down (const LimnUnetConfig *unet, guint level)
{
  guint n = 1;

  for (guint i = 0; i < level; i++)
    n += unet->levels[i].n_layers + 1;
  return n;
}

/* The same on the way up, whose first block is that of the coarsest level. */
static guint
count_up (const LimnUnetConfig *unet, guint block)
{
  guint n = 0;

  for (guint i = 0; i < block; i++)
    n += unet->levels[unet->n_levels - 1 - i].n_layers + 1;
  return n;
}

/* @where: of a residual block. Returns: (transfer full) (nullable) */
static char *
name_resnet (const char *where, guint number, const char *rest)
{
  const char *name = rename_part (resnet_names, G_N_ELEMENTS (resnet_names), rest);

  return name ? g_strdup_printf ("%s.%u.%s%s", where, number, g_str_equal (where, "middle_block") ? "" : "0.", name) : NULL;
}

/* Returns: (transfer full) (nullable): what the original code calls @name. */
static char *
dup_original_name (const LimnUnetConfig *unet, const char *name)
{
  const char *whole = rename_part (whole_names, G_N_ELEMENTS (whole_names), name);
  guint block, index;
  int rest = 0;

  if (whole)
    return g_strdup (whole);
  if (sscanf (name, "mid_block.resnets.%u.%n", &index, &rest) == 1 && rest > 0)
    return name_resnet ("middle_block", 2 * index, name + rest);
  if (sscanf (name, "mid_block.attentions.%u.%n", &index, &rest) == 1 && rest > 0)
    return g_strdup_printf ("middle_block.1.%s", name + rest);
  if (sscanf (name, "down_blocks.%u.resnets.%u.%n", &block, &index, &rest) == 2 && rest > 0)
    return name_resnet ("input_blocks", count_down (unet, block) + index, name + rest);
  if (sscanf (name, "down_blocks.%u.attentions.%u.%n", &block, &index, &rest) == 2 && rest > 0)
    return g_strdup_printf ("input_blocks.%u.1.%s", count_down (unet, block) + index, name + rest);
  if (sscanf (name, "down_blocks.%u.downsamplers.0.conv%n", &block, &rest) == 1 && rest > 0)
    return g_strdup_printf ("input_blocks.%u.0.op", count_down (unet, block + 1) - 1);
  if (sscanf (name, "up_blocks.%u.resnets.%u.%n", &block, &index, &rest) == 2 && rest > 0)
    return name_resnet ("output_blocks", count_up (unet, block) + index, name + rest);
  if (sscanf (name, "up_blocks.%u.attentions.%u.%n", &block, &index, &rest) == 2 && rest > 0)
    return g_strdup_printf ("output_blocks.%u.1.%s", count_up (unet, block) + index, name + rest);
  if (sscanf (name, "up_blocks.%u.upsamplers.0.conv%n", &block, &rest) == 1 && rest > 0)
    return g_strdup_printf ("output_blocks.%u.%u.conv", count_up (unet, block + 1) - 1,
                            unet->levels[unet->n_levels - 1 - block].up_attention ? 2u : 1u);
  return NULL;
}

/* --- The text encoders' names in OpenCLIP --- */

static const struct
{
  const char *from;
  const char *to;
  guint       first; /* of three that are stacked */
  guint       n;
} text_names[] = {
  { "self_attn.q_proj", "attn.in_proj", 0, 3 },
  { "self_attn.k_proj", "attn.in_proj", 1, 3 },
  { "self_attn.v_proj", "attn.in_proj", 2, 3 },
  { "self_attn.out_proj", "attn.out_proj", 0, 1 },
  { "mlp.fc1", "mlp.c_fc", 0, 1 },
  { "mlp.fc2", "mlp.c_proj", 0, 1 },
};

static void
add_text_names (LimnLoraTargets *targets, const LimnLoraMatrix *matrix)
{
  guint layer;
  int rest = 0;

  if (sscanf (matrix->name, "text_model.encoder.layers.%u.%n", &layer, &rest) != 1 || rest == 0)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (text_names); i++)
    if (g_str_equal (matrix->name + rest, text_names[i].from))
      {
        g_autofree char *name = g_strdup_printf ("model.transformer.resblocks.%u.%s", layer, text_names[i].to);

        add_name (targets, matrix, name, text_names[i].first * matrix->n, text_names[i].n * matrix->n);
        add_name (targets, matrix, name + strlen ("model."), text_names[i].first * matrix->n, text_names[i].n * matrix->n);
      }
}

void
limn_lora_targets_add (LimnLoraTargets *targets, const LimnLoraMatrix *matrix, const LimnUnetConfig *unet)
{
  LimnLoraMatrix *own = g_memdup2 (matrix, sizeof *matrix);

  g_return_if_fail (matrix->network != LIMN_LORA_ANY);

  own->name = g_string_chunk_insert (targets->strings, matrix->name);
  g_ptr_array_add (targets->matrices, own);
  add_name (targets, own, own->name, 0, own->n);
  if (unet)
    {
      g_autofree char *original = dup_original_name (unet, own->name);

      if (original)
        add_name (targets, own, original, 0, own->n);
    }
  else
    add_text_names (targets, own);
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
