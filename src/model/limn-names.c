/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Two tables a network. The first finds the block: numbers in a canonical name are put into the other one by what they mean there. The
 * second renames what follows within a block. A name that no row fits has no place; a block without a second table keeps what follows.
 *
 * Letters that a pattern may have after '%', in the canonical name: a, b: a number. In the other name:
 *   a, b   the same number
 *   d      the b-th block of level a on the way down: blocks are numbered through all levels, a level ends with its downsampler
 *   s      the downsampler of level a
 *   u      the b-th block of level a on the way up
 *   v, w   the upsampler of level a lies in the level's last block, behind its attention where it has one
 *   r      level a counted from the other end
 *   h      the a-th convolution but the first of a ControlNet's way in, which has an activation after each
 *
 * Source: the constructors of CompVis/stable-diffusion (openaimodel.py, model.py), lllyasviel/ControlNet (cldm.py), open_clip
 * (transformer.py), against those of diffusers 0.21 and transformers 4.30. */

#include "model/limn-names.h"

#include <string.h>

typedef struct
{
  const char *ours;
  const char *theirs;
  guint       part;
  guint       n_parts; /* 0: all of it */
  gboolean    transposed;
} Leaf;

typedef struct
{
  const char *ours;
  const char *theirs;
  const Leaf *leaves; /* (nullable) */
} Rule;

static const Leaf resnet_leaves[] = {
  { "norm1.", "in_layers.0." },
  { "conv1.", "in_layers.2." },
  { "time_emb_proj.", "emb_layers.1." },
  { "norm2.", "out_layers.0." },
  { "conv2.", "out_layers.3." },
  { "conv_shortcut.", "skip_connection." },
  { NULL },
};

static const Rule unet_rules[] = {
  { "conv_in.", "input_blocks.0.0." },
  { "time_embedding.linear_1.", "time_embed.0." },
  { "time_embedding.linear_2.", "time_embed.2." },
  { "time_embedding.cond_proj.", "time_embed.cond_proj." },
  { "add_embedding.linear_1.", "label_emb.0.0." },
  { "add_embedding.linear_2.", "label_emb.0.2." },
  { "down_blocks.%a.resnets.%b.", "input_blocks.%d.0.", resnet_leaves },
  { "down_blocks.%a.attentions.%b.", "input_blocks.%d.1." },
  { "down_blocks.%a.downsamplers.0.conv.", "input_blocks.%s.0.op." },
  { "mid_block.resnets.0.", "middle_block.0.", resnet_leaves },
  { "mid_block.attentions.0.", "middle_block.1." },
  { "mid_block.resnets.1.", "middle_block.2.", resnet_leaves },
  { "up_blocks.%a.resnets.%b.", "output_blocks.%u.0.", resnet_leaves },
  { "up_blocks.%a.attentions.%b.", "output_blocks.%u.1." },
  { "up_blocks.%a.upsamplers.0.conv.", "output_blocks.%v.%w.conv." },
  { "conv_norm_out.", "out.0." },
  { "conv_out.", "out.2." },
  /* A ControlNet's own. */
  { "controlnet_cond_embedding.conv_in.", "input_hint_block.0." },
  { "controlnet_cond_embedding.blocks.%a.", "input_hint_block.%h." },
  { "controlnet_cond_embedding.conv_out.", "input_hint_block.14." },
  { "controlnet_down_blocks.%a.", "zero_convs.%a.0." },
  { "controlnet_mid_block.", "middle_block_out.0." },
  { NULL },
};

static const Leaf vae_resnet_leaves[] = {
  { "norm1.", "norm1." },
  { "conv1.", "conv1." },
  { "norm2.", "norm2." },
  { "conv2.", "conv2." },
  { "conv_shortcut.", "nin_shortcut." },
  { NULL },
};

static const Leaf vae_attention_leaves[] = {
  { "group_norm.", "norm." },
  { "to_q.", "q." },
  { "to_k.", "k." },
  { "to_v.", "v." },
  { "to_out.0.", "proj_out." },
  { NULL },
};

static const Rule vae_rules[] = {
  { "quant_conv.", "quant_conv." },
  { "post_quant_conv.", "post_quant_conv." },
  { "encoder.conv_in.", "encoder.conv_in." },
  { "encoder.down_blocks.%a.resnets.%b.", "encoder.down.%a.block.%b.", vae_resnet_leaves },
  { "encoder.down_blocks.%a.downsamplers.0.conv.", "encoder.down.%a.downsample.conv." },
  { "encoder.mid_block.resnets.0.", "encoder.mid.block_1.", vae_resnet_leaves },
  { "encoder.mid_block.attentions.0.", "encoder.mid.attn_1.", vae_attention_leaves },
  { "encoder.mid_block.resnets.1.", "encoder.mid.block_2.", vae_resnet_leaves },
  { "encoder.conv_norm_out.", "encoder.norm_out." },
  { "encoder.conv_out.", "encoder.conv_out." },
  { "decoder.conv_in.", "decoder.conv_in." },
  { "decoder.mid_block.resnets.0.", "decoder.mid.block_1.", vae_resnet_leaves },
  { "decoder.mid_block.attentions.0.", "decoder.mid.attn_1.", vae_attention_leaves },
  { "decoder.mid_block.resnets.1.", "decoder.mid.block_2.", vae_resnet_leaves },
  { "decoder.up_blocks.%a.resnets.%b.", "decoder.up.%r.block.%b.", vae_resnet_leaves },
  { "decoder.up_blocks.%a.upsamplers.0.conv.", "decoder.up.%r.upsample.conv." },
  { "decoder.conv_norm_out.", "decoder.norm_out." },
  { "decoder.conv_out.", "decoder.conv_out." },
  { NULL },
};

/* torch's MultiheadAttention has the three projections in one. */
static const Leaf open_clip_leaves[] = {
  { "layer_norm1.", "ln_1." },
  { "self_attn.q_proj.weight", "attn.in_proj_weight", 0, 3 },
  { "self_attn.k_proj.weight", "attn.in_proj_weight", 1, 3 },
  { "self_attn.v_proj.weight", "attn.in_proj_weight", 2, 3 },
  { "self_attn.q_proj.bias", "attn.in_proj_bias", 0, 3 },
  { "self_attn.k_proj.bias", "attn.in_proj_bias", 1, 3 },
  { "self_attn.v_proj.bias", "attn.in_proj_bias", 2, 3 },
  { "self_attn.out_proj.", "attn.out_proj." },
  { "layer_norm2.", "ln_2." },
  { "mlp.fc1.", "mlp.c_fc." },
  { "mlp.fc2.", "mlp.c_proj." },
  { NULL },
};

static const Leaf token_leaves[] = { { "weight", "token_embedding.weight" }, { NULL } };
static const Leaf position_leaves[] = { { "weight", "positional_embedding" }, { NULL } };
static const Leaf projection_leaves[] = { { "weight", "text_projection", 0, 0, TRUE }, { NULL } };

static const Rule open_clip_rules[] = {
  { "text_model.embeddings.token_embedding.", "", token_leaves },
  { "text_model.embeddings.position_embedding.", "", position_leaves },
  { "text_model.encoder.layers.%a.", "transformer.resblocks.%a.", open_clip_leaves },
  { "text_model.final_layer_norm.", "ln_final." },
  { "text_projection.", "", projection_leaves },
  { NULL },
};

static const Rule bare_clip_rules[] = {
  { "text_model.", "" },
  { "text_projection.", "text_projection." },
  { NULL },
};

static const Rule canonical_rules[] = { { "", "" }, { NULL } };

static const Rule * const rules[] = {
  [LIMN_NAMES_CANONICAL] = canonical_rules,
  [LIMN_NAMES_UNET] = unet_rules,
  [LIMN_NAMES_CONTROL] = unet_rules,
  [LIMN_NAMES_VAE] = vae_rules,
  [LIMN_NAMES_OPEN_CLIP] = open_clip_rules,
  [LIMN_NAMES_BARE_CLIP] = bare_clip_rules,
};

typedef struct
{
  guint down_first;   /* number of its first block */
  guint down_layers;
  guint up_first;
  guint up_layers;
  guint up_slot;      /* of the upsampler in the level's last block */
} Level;

struct _LimnNames
{
  LimnNamesKind kind;
  char         *prefix;
  gboolean      without_dots;
  guint         n_levels;
  Level         levels[LIMN_MODEL_MAX_LEVELS]; /* of the UNet */
};

static void
number_blocks (LimnNames            *names,
               const LimnUnetConfig *unet)
{
  guint down = 1, up = 0; /* the first block down is conv_in */

  names->n_levels = unet->n_levels;
  for (guint i = 0; i < unet->n_levels; i++)
    {
      const LimnUnetLevel *level = &unet->levels[i], *up_level = &unet->levels[unet->n_levels - 1 - i];

      names->levels[i] = (Level) { down, level->n_layers, up, up_level->n_layers + 1, up_level->up_attention ? 2 : 1 };
      down += level->n_layers + 1;
      up += up_level->n_layers + 1;
    }
}

LimnNames *
limn_names_new (LimnNamesKind         kind,
                const char           *prefix,
                const LimnUnetConfig *unet,
                const LimnVaeConfig  *vae)
{
  LimnNames *names = g_new0 (LimnNames, 1);

  g_assert (unet || (kind != LIMN_NAMES_UNET && kind != LIMN_NAMES_CONTROL));
  g_assert (vae || kind != LIMN_NAMES_VAE);
  names->kind = kind;
  names->prefix = g_strdup (prefix);
  if (unet)
    number_blocks (names, unet);
  else if (vae)
    names->n_levels = vae->n_levels;
  return names;
}

LimnNames *
limn_names_new_ema (const LimnUnetConfig *unet)
{
  LimnNames *names = limn_names_new (LIMN_NAMES_UNET, "model_ema.diffusion_model", unet, NULL);

  names->without_dots = TRUE;
  return names;
}

void
limn_names_free (LimnNames *names)
{
  if (!names)
    return;
  g_free (names->prefix);
  g_free (names);
}

void
limn_place_clear (LimnPlace *place)
{
  g_clear_pointer (&place->name, g_free);
}

/* What follows @pattern in @name, the numbers in it; NULL where it does not begin so. */
static const char *
match (const char *pattern,
       const char *name,
       guint       numbers[2])
{
  while (*pattern)
    {
      guint value = 0, digits = 0;

      if (*pattern != '%')
        {
          if (*pattern++ != *name++)
            return NULL;
          continue;
        }
      for (; g_ascii_isdigit (*name) && digits < 4; digits++)
        value = 10 * value + (guint) (*name++ - '0');
      if (digits == 0)
        return NULL;
      numbers[pattern[1] - 'a'] = value;
      pattern += 2;
    }
  return name;
}

/* What a letter of a pattern stands for, or FALSE where there is no such block. */
static gboolean
get_number (const LimnNames *names,
            char             letter,
            const guint      numbers[2],
            guint           *value)
{
  guint a = numbers[0], b = numbers[1];
  const Level *level = &names->levels[a < names->n_levels ? a : 0];

  switch (letter)
    {
    case 'a':
      *value = a;
      return TRUE;
    case 'b':
      *value = b;
      return TRUE;
    case 'h':
      *value = 2 * (a + 1);
      return TRUE;
    case 'r':
      *value = names->n_levels - 1 - a;
      return a < names->n_levels;
    case 'd':
      *value = level->down_first + b;
      return a < names->n_levels && b < level->down_layers;
    case 's':
      *value = level->down_first + level->down_layers;
      return a < names->n_levels;
    case 'u':
      *value = level->up_first + b;
      return a < names->n_levels && b < level->up_layers;
    case 'v':
      *value = level->up_first + level->up_layers - 1;
      return a < names->n_levels;
    case 'w':
      *value = level->up_slot;
      return a < names->n_levels;
    default:
      g_assert_not_reached ();
    }
}

static gboolean
append_pattern (const LimnNames *names,
                GString         *text,
                const char      *pattern,
                const guint      numbers[2])
{
  guint value;

  for (; *pattern; pattern++)
    if (*pattern != '%')
      g_string_append_c (text, *pattern);
    else if (get_number (names, *++pattern, numbers, &value))
      g_string_append_printf (text, "%u", value);
    else
      return FALSE;
  return TRUE;
}

/* The name without prefix; what part of it in @place. */
static gboolean
translate (const LimnNames *names,
           const char      *canonical,
           GString         *text,
           LimnPlace       *place)
{
  for (const Rule *rule = rules[names->kind]; rule->ours; rule++)
    {
      guint numbers[2] = { 0, 0 };
      const char *rest = match (rule->ours, canonical, numbers);

      if (!rest)
        continue;
      if (!append_pattern (names, text, rule->theirs, numbers))
        return FALSE;
      if (!rule->leaves)
        {
          g_string_append (text, rest);
          return TRUE;
        }
      for (const Leaf *leaf = rule->leaves; leaf->ours; leaf++)
        if (g_str_has_prefix (rest, leaf->ours))
          {
            g_string_append (text, leaf->theirs);
            g_string_append (text, rest + strlen (leaf->ours));
            place->part = leaf->part;
            place->n_parts = MAX (leaf->n_parts, 1);
            place->transposed = leaf->transposed;
            return TRUE;
          }
      return FALSE;
    }
  return FALSE;
}

static void
remove_dots (GString *text)
{
  gsize n = 0;

  for (gsize i = 0; i < text->len; i++)
    if (text->str[i] != '.')
      text->str[n++] = text->str[i];
  g_string_truncate (text, n);
}

gboolean
limn_names_find (const LimnNames *names,
                 const char      *canonical,
                 LimnPlace       *place)
{
  LimnPlace found = { .n_parts = 1 };
  GString *text;

  if (!names)
    {
      found.name = g_strdup (canonical);
      *place = found;
      return TRUE;
    }
  text = g_string_new (NULL);
  if (!translate (names, canonical, text, &found))
    {
      g_string_free (text, TRUE);
      return FALSE;
    }
  if (names->without_dots)
    remove_dots (text);
  g_string_prepend (text, names->prefix);
  found.name = g_string_free (text, FALSE);
  *place = found;
  return TRUE;
}

char *
limn_names_dup_original (const LimnNames *names,
                         const char      *layer)
{
  g_autofree char *canonical = g_strconcat (layer, ".weight", NULL);
  g_autoptr(GString) text = g_string_new (NULL);
  LimnPlace place = { .n_parts = 1 };

  if (!translate (names, canonical, text, &place) || place.n_parts > 1 || !g_str_has_suffix (text->str, ".weight"))
    return NULL;
  return g_strndup (text->str, text->len - strlen (".weight"));
}
