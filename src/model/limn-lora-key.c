/* SPDX-License-Identifier: GPL-3.0-or-later */

/* kohya's names have "_" where the layer's have ".", and many layers' names hold a "_" themselves, so a name cannot be cut into its parts again.
 * Nor need it be: names are compared with "_" everywhere, which no two layers of a network share. */
#include "config.h"

#include "model/limn-lora-key.h"

#include <string.h>

typedef struct
{
  const char  *text;
  LimnLoraRole role;
  const char  *kind;
} Suffix;

/* The first that fits holds. Names of kinds as LyCORIS and PEFT have them. */
static const Suffix suffixes[] = {
  { ".lora_down.weight", LIMN_LORA_DOWN, NULL },
  { ".lora_up.weight", LIMN_LORA_UP, NULL },
  { ".lora_mid.weight", LIMN_LORA_MID, NULL },
  { ".alpha", LIMN_LORA_ALPHA, NULL },
  { ".lora_A.weight", LIMN_LORA_DOWN, NULL },
  { ".lora_B.weight", LIMN_LORA_UP, NULL },
  { ".lora.down.weight", LIMN_LORA_DOWN, NULL },
  { ".lora.up.weight", LIMN_LORA_UP, NULL },
  { "_lora.down.weight", LIMN_LORA_DOWN, NULL },
  { "_lora.up.weight", LIMN_LORA_UP, NULL },
  { ".lora_linear_layer.down.weight", LIMN_LORA_DOWN, NULL },
  { ".lora_linear_layer.up.weight", LIMN_LORA_UP, NULL },
  { ".lora_layer.down.weight", LIMN_LORA_DOWN, NULL },
  { ".lora_layer.up.weight", LIMN_LORA_UP, NULL },
  { ".lora_conv2d_layer.down.weight", LIMN_LORA_DOWN, NULL },
  { ".lora_conv2d_layer.up.weight", LIMN_LORA_UP, NULL },
  { ".dora_scale", LIMN_LORA_OTHER, "DoRA" },
  { ".lora_magnitude_vector", LIMN_LORA_OTHER, "DoRA" },
  { ".lora_magnitude_vector.weight", LIMN_LORA_OTHER, "DoRA" },
  { ".hada_w1_a", LIMN_LORA_OTHER, "LoHa" },
  { ".hada_w1_b", LIMN_LORA_OTHER, "LoHa" },
  { ".hada_w2_a", LIMN_LORA_OTHER, "LoHa" },
  { ".hada_w2_b", LIMN_LORA_OTHER, "LoHa" },
  { ".hada_t1", LIMN_LORA_OTHER, "LoHa" },
  { ".hada_t2", LIMN_LORA_OTHER, "LoHa" },
  { ".lokr_w1", LIMN_LORA_OTHER, "LoKr" },
  { ".lokr_w1_a", LIMN_LORA_OTHER, "LoKr" },
  { ".lokr_w1_b", LIMN_LORA_OTHER, "LoKr" },
  { ".lokr_w2", LIMN_LORA_OTHER, "LoKr" },
  { ".lokr_w2_a", LIMN_LORA_OTHER, "LoKr" },
  { ".lokr_w2_b", LIMN_LORA_OTHER, "LoKr" },
  { ".lokr_t2", LIMN_LORA_OTHER, "LoKr" },
  { ".on_input", LIMN_LORA_OTHER, "(IA)³" },
  { ".oft_blocks", LIMN_LORA_OTHER, "OFT" },
  { ".oft_diag", LIMN_LORA_OTHER, "OFT" },
  { ".oft_R.weight", LIMN_LORA_OTHER, "OFT" },
  { ".a1.weight", LIMN_LORA_OTHER, "GLoRA" },
  { ".a2.weight", LIMN_LORA_OTHER, "GLoRA" },
  { ".b1.weight", LIMN_LORA_OTHER, "GLoRA" },
  { ".b2.weight", LIMN_LORA_OTHER, "GLoRA" },
  { ".diff", LIMN_LORA_OTHER, "full differences" },
  { ".diff_b", LIMN_LORA_OTHER, "full differences" },
  { ".set_weight", LIMN_LORA_OTHER, "full differences" },
  { ".reshape_weight", LIMN_LORA_OTHER, "full differences" },
  { ".w_norm", LIMN_LORA_OTHER, "trained norms" },
  { ".b_norm", LIMN_LORA_OTHER, "trained norms" },
  { ".lora_up.bias", LIMN_LORA_OTHER, "trained biases" },
  { ".lora_B.bias", LIMN_LORA_OTHER, "trained biases" },
  { ".bias_indices", LIMN_LORA_OTHER, "trained biases" },
  { ".bias_values", LIMN_LORA_OTHER, "trained biases" },
  { ".bias_size", LIMN_LORA_OTHER, "trained biases" },
  { ".lora_embedding_A", LIMN_LORA_OTHER, "trained embeddings" },
  { ".lora_embedding_B", LIMN_LORA_OTHER, "trained embeddings" },
  { ".scalar", LIMN_LORA_OTHER, "a trained scalar" },
};

/* What stands before an adapter's name: ".lora_A.default.weight". */
static const Suffix named[] = {
  { ".lora_A.", LIMN_LORA_DOWN, NULL },
  { ".lora_B.", LIMN_LORA_UP, NULL },
  { ".lora_magnitude_vector.", LIMN_LORA_OTHER, "DoRA" },
};

static const struct
{
  const char    *text;
  LimnLoraTarget target;
} prefixes[] = {
  { "lora_unet_", LIMN_LORA_UNET },
  { "lora_te_", LIMN_LORA_TEXT },
  { "lora_te1_", LIMN_LORA_TEXT },
  { "lora_te2_", LIMN_LORA_TEXT_2 },
  { "lycoris_", LIMN_LORA_ANY },
  { "unet.", LIMN_LORA_UNET },
  { "text_encoder.", LIMN_LORA_TEXT },
  { "text_encoder_2.", LIMN_LORA_TEXT_2 },
  { "model.diffusion_model.", LIMN_LORA_UNET },
  { "diffusion_model.", LIMN_LORA_UNET },
  { "cond_stage_model.transformer.", LIMN_LORA_TEXT },
  { "conditioner.embedders.0.transformer.", LIMN_LORA_TEXT },
  { "conditioner.embedders.1.model.", LIMN_LORA_TEXT_2 },
  { "cond_stage_model.model.", LIMN_LORA_TEXT },
  { "text_encoders.clip_l.transformer.", LIMN_LORA_TEXT },
  { "text_encoders.clip_g.transformer.", LIMN_LORA_TEXT_2 },
  { "text_encoders.clip_h.transformer.", LIMN_LORA_TEXT },
  { "clip_l.transformer.", LIMN_LORA_TEXT },
  { "clip_g.transformer.", LIMN_LORA_TEXT_2 },
  { "clip_h.transformer.", LIMN_LORA_TEXT },
};

/* Where old programs call a layer by what stands in its place while it is trained. Ends of layers. */
static const struct
{
  const char *from;
  const char *to;
} renamed[] = {
  { "_self_attn_to_q", "_self_attn_q_proj" },
  { "_self_attn_to_k", "_self_attn_k_proj" },
  { "_self_attn_to_v", "_self_attn_v_proj" },
  { "_self_attn_to_out", "_self_attn_out_proj" },
  { "_attn1_to_out", "_attn1_to_out_0" },
  { "_attn2_to_out", "_attn2_to_out_0" },
};

static gboolean
ends_with (const char *text, gsize length, const char *end)
{
  gsize n = strlen (end);

  return length > n && memcmp (text + length - n, end, n) == 0;
}

/* Cuts @length to what stands before the suffix. */
static gboolean
find_suffix (const char *name, gsize *length, LimnLoraKey *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (ends_with (name, *length, suffixes[i].text))
      {
        *length -= strlen (suffixes[i].text);
        key->role = suffixes[i].role;
        key->kind = suffixes[i].kind;
        return TRUE;
      }
  for (gsize i = 0; i < G_N_ELEMENTS (named) && ends_with (name, *length, ".weight"); i++)
    {
      const char *found = g_strstr_len (name, *length, named[i].text);
      const char *adapter = found ? found + strlen (named[i].text) : NULL;
      gsize rest = found ? *length - (gsize) (adapter - name) : 0;

      /* One word, and ".weight". */
      if (!found || found == name || rest <= strlen (".weight") || memchr (adapter, '.', rest - strlen (".weight")))
        continue;
      *length = (gsize) (found - name);
      key->role = named[i].role;
      key->kind = named[i].kind;
      return TRUE;
    }
  return FALSE;
}

/* Takes @word out of @text, which is flattened already. */
static void
cut_word (char *text, const char *word)
{
  char *found = strstr (text, word);

  if (found)
    memmove (found, found + strlen (word), strlen (found + strlen (word)) + 1);
}

static void
rename_end (char *layer)
{
  gsize length = strlen (layer);

  for (gsize i = 0; i < G_N_ELEMENTS (renamed); i++)
    if (ends_with (layer, length, renamed[i].from) &&
        length - strlen (renamed[i].from) + strlen (renamed[i].to) <= LIMN_LORA_MAX_NAME)
      {
        strcpy (layer + length - strlen (renamed[i].from), renamed[i].to);
        return;
      }
}

gboolean
limn_lora_key_parse (const char *name, LimnLoraKey *key)
{
  gsize length = strlen (name), begin = 0;
  const char *base = "base_model.model.";

  *key = (LimnLoraKey) { .target = LIMN_LORA_ANY };
  if (!find_suffix (name, &length, key))
    return FALSE;
  if (g_str_has_prefix (name, base))
    begin = strlen (base);
  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (name + begin, prefixes[i].text))
      {
        begin += strlen (prefixes[i].text);
        key->target = prefixes[i].target;
        break;
      }
  if (key->target != LIMN_LORA_ANY && g_str_has_prefix (name + begin, base))
    begin += strlen (base);
  if (begin >= length || length - begin > LIMN_LORA_MAX_NAME)
    return FALSE;
  for (gsize i = begin; i < length; i++)
    key->layer[i - begin] = name[i] == '.' ? '_' : name[i];
  cut_word (key->layer, "_processor");
  rename_end (key->layer);
  return key->layer[0] != '\0';
}

char *
limn_lora_flatten (const char *name)
{
  return g_strdelimit (g_strdup (name), ".", '_');
}
