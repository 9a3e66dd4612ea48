/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Each kind of config has a table of every key that diffusers or transformers knows for it: keys that are read
 * below, keys that say nothing about the computation, and keys that must have the one value that Limn computes. The
 * names and defaults are those of diffusers 0.21 (UNet2DConditionModel, AutoencoderKL, the schedulers) and
 * transformers 4.30 (CLIPTextConfig). */

#include "model/limn-model-config.h"

#include "base/limn-error.h"
#include "model/limn-family.h"

#include <math.h>
#include <string.h>

typedef enum
{
  KEY_READ,   /* by the code below */
  KEY_ANY,    /* says nothing about the computation */
  KEY_NULL,   /* must be absent or null */
  KEY_FALSE,  /* must be absent or false */
  KEY_TRUE,   /* must be absent or true */
  KEY_NUMBER, /* must be absent or KeyRule.number */
  KEY_STRING, /* must be absent or KeyRule.string */
} KeyKind;

typedef struct
{
  const char *key;
  KeyKind     kind;
  double      number;
  const char *string;
} KeyRule;

static const KeyRule unet_keys[] = {
  { "in_channels", KEY_READ },
  { "out_channels", KEY_READ },
  { "sample_size", KEY_READ },
  { "block_out_channels", KEY_READ },
  { "layers_per_block", KEY_READ },
  { "attention_head_dim", KEY_READ },
  { "transformer_layers_per_block", KEY_READ },
  { "down_block_types", KEY_READ },
  { "up_block_types", KEY_READ },
  { "cross_attention_dim", KEY_READ },
  { "norm_num_groups", KEY_READ },
  { "norm_eps", KEY_READ },
  { "flip_sin_to_cos", KEY_READ },
  { "freq_shift", KEY_READ },
  { "dropout", KEY_ANY },          /* training */
  { "upcast_attention", KEY_ANY }, /* scores are float32 always */
  { "use_linear_projection", KEY_ANY }, /* how proj_in and proj_out are stored; the loader takes both */
  { "addition_embed_type_num_heads", KEY_ANY },
  { "addition_embed_type", KEY_READ },
  { "time_cond_proj_dim", KEY_READ },
  { "addition_time_embed_dim", KEY_READ },
  { "projection_class_embeddings_input_dim", KEY_READ },
  { "num_class_embeds", KEY_NULL },
  { "num_attention_heads", KEY_NULL },
  { "act_fn", KEY_STRING, 0, "silu" },
  { "mid_block_type", KEY_STRING, 0, "UNetMidBlock2DCrossAttn" },
  { "resnet_time_scale_shift", KEY_STRING, 0, "default" },
  { "time_embedding_type", KEY_STRING, 0, "positional" },
  { "attention_type", KEY_STRING, 0, "default" },
  { "downsample_padding", KEY_NUMBER, 1 },
  { "mid_block_scale_factor", KEY_NUMBER, 1 },
  { "conv_in_kernel", KEY_NUMBER, 3 },
  { "conv_out_kernel", KEY_NUMBER, 3 },
  { "resnet_out_scale_factor", KEY_NUMBER, 1 },
  { "center_input_sample", KEY_FALSE },
  { "only_cross_attention", KEY_FALSE },
  { "mid_block_only_cross_attention", KEY_FALSE },
  { "dual_cross_attention", KEY_FALSE },
  { "resnet_skip_time_act", KEY_FALSE },
  { "class_embeddings_concat", KEY_FALSE },
  { "class_embed_type", KEY_NULL },
  { "encoder_hid_dim", KEY_NULL },
  { "encoder_hid_dim_type", KEY_NULL },
  { "time_embedding_dim", KEY_NULL },
  { "time_embedding_act_fn", KEY_NULL },
  { "timestep_post_act", KEY_NULL },
  { "cross_attention_norm", KEY_NULL },
  { "reverse_transformer_layers_per_block", KEY_NULL },
};

static const KeyRule vae_keys[] = {
  { "in_channels", KEY_READ },
  { "out_channels", KEY_READ },
  { "latent_channels", KEY_READ },
  { "sample_size", KEY_READ },
  { "block_out_channels", KEY_READ },
  { "layers_per_block", KEY_READ },
  { "down_block_types", KEY_READ },
  { "up_block_types", KEY_READ },
  { "norm_num_groups", KEY_READ },
  { "scaling_factor", KEY_READ },
  { "force_upcast", KEY_READ },
  { "act_fn", KEY_STRING, 0, "silu" },
  { "mid_block_add_attention", KEY_TRUE },
  { "use_quant_conv", KEY_TRUE },
  { "use_post_quant_conv", KEY_TRUE },
  { "shift_factor", KEY_NULL },
  { "latents_mean", KEY_NULL },
  { "latents_std", KEY_NULL },
};

/* transformers writes dozens of keys that mean nothing here, so only these are looked at. */
static const KeyRule text_keys[] = {
  { "model_type", KEY_STRING, 0, "clip_text_model" },
};

/* Bounds of sizes from outside: far above any real model, low enough that no product of a few overflows. */
#define MAX_CHANNELS 16384
#define MAX_VOCAB    (1 << 24)

/* The value at @key as a person would write it, for messages. */
static char *
describe (const LimnJson *json,
          const char     *key)
{
  const char *string;
  gint64 integer;
  double real;
  gboolean flag;

  switch (limn_json_get_kind (json, key))
    {
    case LIMN_JSON_ABSENT:
      return g_strdup ("null");
    case LIMN_JSON_BOOL:
      return limn_json_get_bool (json, key, &flag, NULL) ? g_strdup (flag ? "true" : "false") : g_strdup ("?");
    case LIMN_JSON_INT:
      return limn_json_get_int (json, key, G_MININT64, G_MAXINT64, &integer, NULL)
               ? g_strdup_printf ("%" G_GINT64_FORMAT, integer) : g_strdup ("?");
    case LIMN_JSON_REAL:
      return limn_json_get_double (json, key, -G_MAXDOUBLE, G_MAXDOUBLE, &real, NULL)
               ? g_strdup_printf ("%g", real) : g_strdup ("?");
    case LIMN_JSON_STRING:
      return limn_json_get_string (json, key, &string, NULL) ? g_strdup_printf ("“%.80s”", string) : g_strdup ("?");
    case LIMN_JSON_ARRAY:
      return g_strdup ("a list");
    case LIMN_JSON_OBJECT:
    default:
      return g_strdup ("an object");
    }
}

static gboolean
fail_unsupported (const LimnJson  *json,
                  const char      *key,
                  const char      *wanted,
                  GError         **error)
{
  g_autofree char *value = describe (json, key);

  g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
               "“%s”: Limn cannot compute “%s”: %s (it can compute %s)", limn_json_get_name (json), key, value, wanted);
  return FALSE;
}

static gboolean fail_format (const LimnJson  *json,
                             GError         **error,
                             const char      *format,
                             ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail_format (const LimnJson  *json,
             GError         **error,
             const char      *format,
             ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: %s", limn_json_get_name (json), message);
  return FALSE;
}

static gboolean
check_rule (const LimnJson  *json,
            const KeyRule   *rule,
            GError         **error)
{
  LimnJsonKind kind = limn_json_get_kind (json, rule->key);
  g_autofree char *wanted = NULL;
  const char *string;
  gboolean flag;
  double number;

  if (kind == LIMN_JSON_ABSENT)
    return TRUE;
  switch (rule->kind)
    {
    case KEY_READ:
    case KEY_ANY:
      return TRUE;
    case KEY_NULL:
      return fail_unsupported (json, rule->key, "null", error);
    case KEY_FALSE:
    case KEY_TRUE:
      if (kind == LIMN_JSON_BOOL && limn_json_get_bool (json, rule->key, &flag, NULL)
          && flag == (rule->kind == KEY_TRUE))
        return TRUE;
      return fail_unsupported (json, rule->key, rule->kind == KEY_TRUE ? "true" : "false", error);
    case KEY_NUMBER:
      if ((kind == LIMN_JSON_INT || kind == LIMN_JSON_REAL)
          && limn_json_get_double (json, rule->key, -G_MAXDOUBLE, G_MAXDOUBLE, &number, NULL) && number == rule->number)
        return TRUE;
      wanted = g_strdup_printf ("%g", rule->number);
      return fail_unsupported (json, rule->key, wanted, error);
    case KEY_STRING:
      if (kind == LIMN_JSON_STRING && limn_json_get_string (json, rule->key, &string, NULL)
          && g_str_equal (string, rule->string))
        return TRUE;
      wanted = g_strdup_printf ("“%s”", rule->string);
      return fail_unsupported (json, rule->key, wanted, error);
    default:
      g_assert_not_reached ();
    }
}

/* Levenshtein's distance, for "did you mean"; keys are short, longer ones are not compared. */
static guint
edit_distance (const char *a,
               const char *b)
{
  guint row[65];
  gsize n = strlen (b);

  if (n > 64 || strlen (a) > 64)
    return G_MAXUINT;
  for (gsize k = 0; k <= n; k++)
    row[k] = k;
  for (gsize i = 0; a[i]; i++)
    {
      guint diagonal = row[0];

      row[0] = i + 1;
      for (gsize k = 0; k < n; k++)
        {
          guint above = row[k + 1];

          row[k + 1] = MIN (MIN (above, row[k]) + 1, diagonal + (a[i] != b[k]));
          diagonal = above;
        }
    }
  return row[n];
}

static const KeyRule *
find_rule (const KeyRule *rules,
           gsize          n_rules,
           const char    *key)
{
  for (gsize i = 0; i < n_rules; i++)
    if (g_str_equal (rules[i].key, key))
      return &rules[i];
  return NULL;
}

/* @strict: refuse keys that the table does not have, unless they are null or private ("_diffusers_version"). */
static gboolean
check_keys (const LimnJson  *json,
            const KeyRule   *rules,
            gsize            n_rules,
            gboolean         strict,
            GError         **error)
{
  g_autofree const char **keys = limn_json_get_keys (json, NULL);

  for (gsize i = 0; strict && keys[i]; i++)
    {
      g_autofree char *value = NULL;
      const char *best = NULL;
      guint best_distance = 4;

      if (keys[i][0] == '_' || limn_json_get_kind (json, keys[i]) == LIMN_JSON_ABSENT
          || find_rule (rules, n_rules, keys[i]))
        continue;
      for (gsize k = 0; k < n_rules; k++)
        {
          guint distance = edit_distance (keys[i], rules[k].key);

          if (distance < best_distance)
            {
              best_distance = distance;
              best = rules[k].key;
            }
        }
      value = describe (json, keys[i]);
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "“%s”: Limn does not know the setting “%.80s”: %s%s%s%s",
                   limn_json_get_name (json), keys[i], value, best ? " (meant is perhaps “" : "", best ? best : "",
                   best ? "”)" : "");
      return FALSE;
    }
  for (gsize i = 0; i < n_rules; i++)
    if (!check_rule (json, &rules[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
check_class (const LimnJson  *json,
             const char      *wanted,
             GError         **error)
{
  const char *name;

  if (!limn_json_get_string_or (json, "_class_name", wanted, &name, error))
    return FALSE;
  return g_str_equal (name, wanted) || fail_unsupported (json, "_class_name", wanted, error);
}

static gboolean
get_uint (const LimnJson  *json,
          const char      *key,
          guint            min,
          guint            max,
          guint           *value,
          GError         **error)
{
  gint64 integer;

  if (!limn_json_get_int (json, key, min, max, &integer, error))
    return FALSE;
  *value = integer;
  return TRUE;
}

static gboolean
get_uint_or (const LimnJson  *json,
             const char      *key,
             guint            min,
             guint            max,
             guint            fallback,
             guint           *value,
             GError         **error)
{
  if (limn_json_get_kind (json, key) != LIMN_JSON_ABSENT)
    return get_uint (json, key, min, max, value, error);
  *value = fallback;
  return TRUE;
}

/* One number for all levels, or a list of one for each. @fallback 0: the key must be there. */
static gboolean
get_per_level (const LimnJson  *json,
               const char      *key,
               guint            max,
               guint            fallback,
               guint            n_levels,
               guint           *values,
               GError         **error)
{
  LimnJsonKind kind = limn_json_get_kind (json, key);
  g_autoptr(GArray) list = NULL;

  if (kind == LIMN_JSON_ARRAY)
    {
      list = limn_json_get_ints (json, key, 1, max, LIMN_MODEL_MAX_LEVELS, error);
      if (!list)
        return FALSE;
      if (list->len != n_levels)
        return fail_format (json, error, "“%s” has %u entries, “block_out_channels” has %u", key, list->len, n_levels);
      for (guint i = 0; i < n_levels; i++)
        values[i] = g_array_index (list, gint64, i);
      return TRUE;
    }
  if (kind == LIMN_JSON_ABSENT && fallback > 0)
    values[0] = fallback;
  else if (!get_uint (json, key, 1, max, &values[0], error))
    return FALSE;
  for (guint i = 1; i < n_levels; i++)
    values[i] = values[0];
  return TRUE;
}

static gboolean
get_channels (const LimnJson  *json,
              guint           *channels,
              guint           *n_levels,
              guint            groups,
              GError         **error)
{
  g_autoptr(GArray) list = limn_json_get_ints (json, "block_out_channels", 1, MAX_CHANNELS, LIMN_MODEL_MAX_LEVELS,
                                               error);

  if (!list)
    return FALSE;
  if (list->len == 0)
    return fail_format (json, error, "“block_out_channels” is empty");
  for (guint i = 0; i < list->len; i++)
    {
      channels[i] = g_array_index (list, gint64, i);
      if (channels[i] % groups != 0)
        return fail_format (json, error, "“norm_num_groups” %u does not divide the %u channels of level %u", groups,
                            channels[i], i);
      if (channels[i] % LIMN_TEXEL != 0)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                       "“%s”: level %u has %u channels; Limn needs a multiple of %u", limn_json_get_name (json), i,
                       channels[i], LIMN_TEXEL);
          return FALSE;
        }
    }
  *n_levels = list->len;
  return TRUE;
}

typedef struct
{
  const char *name;
  gboolean    attention;
} BlockType;

/* Types of blocks, one for each level; NULL-terminated table. */
static gboolean
get_block_types (const LimnJson   *json,
                 const char       *key,
                 const BlockType  *types,
                 guint             n_levels,
                 gboolean         *attention,
                 GError          **error)
{
  g_auto(GStrv) names = limn_json_get_strings (json, key, LIMN_MODEL_MAX_LEVELS, error);
  guint n;

  if (!names)
    return FALSE;
  n = g_strv_length (names);
  if (n != n_levels)
    return fail_format (json, error, "“%s” has %u entries, “block_out_channels” has %u", key, n, n_levels);
  for (guint i = 0; i < n; i++)
    {
      const BlockType *type = types;

      while (type->name && !g_str_equal (type->name, names[i]))
        type++;
      if (!type->name)
        {
          g_autoptr(GString) known = g_string_new (NULL);

          for (type = types; type->name; type++)
            g_string_append_printf (known, "%s“%s”", known->len ? ", " : "", type->name);
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                       "“%s”: Limn cannot compute “%s”: “%.80s” (it can compute %s)", limn_json_get_name (json), key,
                       names[i], known->str);
          return FALSE;
        }
      attention[i] = type->attention;
    }
  return TRUE;
}

guint
limn_text_config_find_missing (const LimnTextConfig *config)
{
  /* CLIP's ViT-L-14, OpenCLIP's ViT-H-14 and ViT-bigG-14: the published configs. A file that lacks more than half is another encoder. */
  static const struct
  {
    guint width;
    guint heads;
    guint n_layers;
  } originals[] = {
    { 768, 12, 12 },
    { 1024, 16, 24 },
    { 1280, 20, 32 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (originals); i++)
    if (originals[i].width == config->width && originals[i].heads == config->heads && config->n_layers < originals[i].n_layers
        && 2 * config->n_layers > originals[i].n_layers)
      return originals[i].n_layers - config->n_layers;
  return 0;
}

/* What SDXL's UNets are told beside the context. */
static gboolean
read_vector (LimnUnetConfig  *config,
             const LimnJson  *json,
             GError         **error)
{
  const char *kind;

  if (!limn_json_get_string_or (json, "addition_embed_type", NULL, &kind, error))
    return FALSE;
  if (!kind)
    {
      static const char * const others[] = { "addition_time_embed_dim", "projection_class_embeddings_input_dim" };

      for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
        if (limn_json_get_kind (json, others[i]) != LIMN_JSON_ABSENT)
          return fail_unsupported (json, others[i], "null", error);
      return TRUE;
    }
  if (!g_str_equal (kind, "text_time"))
    return fail_unsupported (json, "addition_embed_type", "“text_time”", error);
  if (!get_uint (json, "addition_time_embed_dim", 2, MAX_CHANNELS, &config->vector_step, error)
      || !get_uint (json, "projection_class_embeddings_input_dim", 1, MAX_CHANNELS, &config->vector_width, error))
    return FALSE;
  if (config->vector_step % 2 != 0)
    return fail_format (json, error, "“addition_time_embed_dim” %u is not even", config->vector_step);
  return TRUE;
}

gboolean
limn_text_config_read (LimnTextConfig  *config,
                       const LimnJson  *json,
                       GError         **error)
{
  static const struct
  {
    const char     *name;
    LimnActivation  activation;
  } activations[] = {
    { "quick_gelu", LIMN_ACTIVATION_QUICK_GELU },
    { "gelu", LIMN_ACTIVATION_GELU },
  };
  static const char projected[] = "CLIPTextModelWithProjection";
  LimnTextConfig read = { .final_norm = TRUE, .pad_id = LIMN_TEXT_PAD_AS_IS };
  g_auto(GStrv) architectures = NULL;
  const char *activation;
  double eps;
  gsize i;

  if (!check_keys (json, text_keys, G_N_ELEMENTS (text_keys), FALSE, error)
      || !get_uint (json, "vocab_size", 1, MAX_VOCAB, &read.vocab_size, error)
      || !get_uint (json, "hidden_size", 1, MAX_CHANNELS, &read.width, error)
      || !get_uint (json, "intermediate_size", 1, 4 * MAX_CHANNELS, &read.inner, error)
      || !get_uint (json, "num_hidden_layers", 1, LIMN_MODEL_MAX_LAYERS, &read.n_layers, error)
      || !get_uint (json, "num_attention_heads", 1, MAX_CHANNELS, &read.heads, error)
      || !get_uint_or (json, "max_position_embeddings", 1, MAX_CHANNELS, 77, &read.positions, error)
      || !limn_json_get_double_or (json, "layer_norm_eps", 0, 1, 1e-5, &eps, error)
      || !limn_json_get_string_or (json, "hidden_act", "quick_gelu", &activation, error))
    return FALSE;
  read.eps = eps;
  for (i = 0; i < G_N_ELEMENTS (activations); i++)
    if (g_str_equal (activations[i].name, activation))
      break;
  if (i == G_N_ELEMENTS (activations))
    return fail_unsupported (json, "hidden_act", "“quick_gelu” and “gelu”", error);
  read.activation = activations[i].activation;
  /* Every file has “projection_dim”, but only this class its matrix. */
  if (limn_json_get_kind (json, "architectures") != LIMN_JSON_ABSENT)
    {
      architectures = limn_json_get_strings (json, "architectures", 16, error);
      if (!architectures || (g_strv_contains ((const char * const *) architectures, projected)
                             && !get_uint (json, "projection_dim", 1, MAX_CHANNELS, &read.projection, error)))
        return FALSE;
    }
  read.missing = limn_text_config_find_missing (&read);
  if (read.width % read.heads != 0)
    return fail_format (json, error, "“num_attention_heads” %u does not divide “hidden_size” %u", read.heads,
                        read.width);
  if (read.width / read.heads % LIMN_TEXEL != 0 || read.inner % LIMN_TEXEL != 0)
    return fail_unsupported (json, "hidden_size", "heads of a multiple of 4", error);
  *config = read;
  return TRUE;
}

gboolean
limn_unet_config_read (LimnUnetConfig  *config,
                       const LimnJson  *json,
                       GError         **error)
{
  static const BlockType down_types[] = {
    { "DownBlock2D", FALSE }, { "CrossAttnDownBlock2D", TRUE }, { NULL, FALSE }
  };
  static const BlockType up_types[] = { { "UpBlock2D", FALSE }, { "CrossAttnUpBlock2D", TRUE }, { NULL, FALSE } };
  LimnUnetConfig read = { 0 };
  guint channels[LIMN_MODEL_MAX_LEVELS], layers[LIMN_MODEL_MAX_LEVELS], heads[LIMN_MODEL_MAX_LEVELS];
  guint depth[LIMN_MODEL_MAX_LEVELS];
  gboolean down[LIMN_MODEL_MAX_LEVELS], up[LIMN_MODEL_MAX_LEVELS];
  double eps;

  if (!check_class (json, "UNet2DConditionModel", error)
      || !check_keys (json, unet_keys, G_N_ELEMENTS (unet_keys), TRUE, error)
      || !get_uint (json, "in_channels", 1, MAX_CHANNELS, &read.in_channels, error)
      || !get_uint (json, "out_channels", 1, MAX_CHANNELS, &read.out_channels, error)
      || !get_uint_or (json, "sample_size", 1, MAX_CHANNELS, 0, &read.sample_size, error)
      || !get_uint (json, "cross_attention_dim", 1, MAX_CHANNELS, &read.context_width, error)
      || !get_uint_or (json, "norm_num_groups", 1, MAX_CHANNELS, 32, &read.groups, error)
      || !limn_json_get_double_or (json, "norm_eps", 0, 1, 1e-5, &eps, error)
      || !limn_json_get_bool_or (json, "flip_sin_to_cos", TRUE, &read.flip, error)
      || !limn_json_get_double_or (json, "freq_shift", -1, 1, 0, &read.freq_shift, error)
      || !get_channels (json, channels, &read.n_levels, read.groups, error)
      || !get_per_level (json, "layers_per_block", LIMN_MODEL_MAX_LAYERS, 2, read.n_levels, layers, error)
      || !get_per_level (json, "attention_head_dim", MAX_CHANNELS, 8, read.n_levels, heads, error)
      || !get_per_level (json, "transformer_layers_per_block", LIMN_MODEL_MAX_LAYERS, 1, read.n_levels, depth, error)
      || !get_block_types (json, "down_block_types", down_types, read.n_levels, down, error)
      || !get_block_types (json, "up_block_types", up_types, read.n_levels, up, error)
      || !get_uint_or (json, "time_cond_proj_dim", 4, MAX_CHANNELS, 0, &read.guidance_width, error)
      || !read_vector (&read, json, error))
    return FALSE;
  read.eps = eps;
  read.mid_depth = depth[read.n_levels - 1];

  for (guint i = 0; i < read.n_levels; i++)
    {
      gboolean attention = down[i] || up[read.n_levels - 1 - i] || i == read.n_levels - 1;

      read.levels[i] = (LimnUnetLevel) {
        .channels = channels[i],
        .n_layers = layers[i],
        .heads = heads[i],
        .depth = depth[i],
        .down_attention = down[i],
        .up_attention = up[read.n_levels - 1 - i], /* the way up begins at the coarsest level */
      };
      if (attention && channels[i] % heads[i] != 0)
        return fail_format (json, error, "“attention_head_dim” %u, a number of heads, does not divide the %u channels "
                            "of level %u", heads[i], channels[i], i);
      if (attention && channels[i] / heads[i] % LIMN_TEXEL != 0)
        return fail_unsupported (json, "attention_head_dim", "heads of a multiple of 4 channels", error);
    }
  if (channels[0] / 2 <= read.freq_shift)
    return fail_format (json, error, "“freq_shift” %g is too large for %u channels", read.freq_shift, channels[0]);
  *config = read;
  return TRUE;
}

gboolean
limn_vae_config_read (LimnVaeConfig   *config,
                      const LimnJson  *json,
                      GError         **error)
{
  static const BlockType down_types[] = { { "DownEncoderBlock2D", FALSE }, { NULL, FALSE } };
  static const BlockType up_types[] = { { "UpDecoderBlock2D", FALSE }, { NULL, FALSE } };
  LimnVaeConfig read = { 0 };
  gboolean attention[LIMN_MODEL_MAX_LEVELS];

  if (!check_class (json, "AutoencoderKL", error)
      || !check_keys (json, vae_keys, G_N_ELEMENTS (vae_keys), TRUE, error)
      || !get_uint_or (json, "in_channels", 1, MAX_CHANNELS, 3, &read.in_channels, error)
      || !get_uint_or (json, "out_channels", 1, MAX_CHANNELS, 3, &read.out_channels, error)
      || !get_uint (json, "latent_channels", 1, MAX_CHANNELS, &read.latent_channels, error)
      || !get_uint_or (json, "sample_size", 1, 65536, 0, &read.sample_size, error)
      || !get_uint_or (json, "norm_num_groups", 1, MAX_CHANNELS, 32, &read.groups, error)
      || !get_uint (json, "layers_per_block", 1, LIMN_MODEL_MAX_LAYERS, &read.n_layers, error)
      || !limn_json_get_double_or (json, "scaling_factor", 1e-6, 1e6, 0.18215, &read.scaling_factor, error)
      || !limn_json_get_bool_or (json, "force_upcast", FALSE, &read.force_upcast, error)
      || !get_channels (json, read.channels, &read.n_levels, read.groups, error)
      || !get_block_types (json, "down_block_types", down_types, read.n_levels, attention, error)
      || !get_block_types (json, "up_block_types", up_types, read.n_levels, attention, error))
    return FALSE;
  if (read.in_channels != 3)
    return fail_unsupported (json, "in_channels", "3", error);
  if (read.out_channels != 3)
    return fail_unsupported (json, "out_channels", "3", error);
  *config = read;
  return TRUE;
}

guint
limn_vae_config_get_factor (const LimnVaeConfig *config)
{
  return 1u << (config->n_levels - 1);
}

gboolean
limn_model_scheduler_read (LimnModelScheduler  *config,
                           const LimnJson      *json,
                           GError             **error)
{
  LimnModelScheduler read = { 0 };
  const LimnSchedulerFacts *facts;
  g_autoptr(GArray) trained = NULL;

  if (!limn_json_get_string (json, "_class_name", &read.class_name, error))
    return FALSE;
  facts = limn_family_find_scheduler (read.class_name);
  if (!facts)
    return fail_unsupported (json, "_class_name", "the schedulers of Stable Diffusion", error);

  if (!limn_json_get_string_or (json, "beta_schedule", facts->beta_schedule, &read.beta_schedule, error)
      || !limn_json_get_double_or (json, "beta_start", 0, 1, facts->beta_start, &read.beta_start, error)
      || !limn_json_get_double_or (json, "beta_end", 0, 1, facts->beta_end, &read.beta_end, error)
      || !get_uint_or (json, "num_train_timesteps", 1, 1000000, 1000, &read.num_train_timesteps, error)
      || !limn_json_get_string_or (json, "prediction_type", "epsilon", &read.prediction_type, error)
      || !limn_json_get_string_or (json, "timestep_spacing", facts->timestep_spacing, &read.timestep_spacing, error)
      || !get_uint_or (json, "steps_offset", 0, 1000, 0, &read.steps_offset, error)
      || !limn_json_get_bool_or (json, "set_alpha_to_one", facts->set_alpha_to_one, &read.set_alpha_to_one, error)
      || !limn_json_get_bool_or (json, "use_karras_sigmas", FALSE, &read.use_karras_sigmas, error)
      || !limn_json_get_bool_or (json, "use_exponential_sigmas", FALSE, &read.use_exponential_sigmas, error)
      || !limn_json_get_bool_or (json, "rescale_betas_zero_snr", FALSE, &read.rescale_betas_zero_snr, error)
      || !limn_json_get_string_or (json, "variance_type", "fixed_small", &read.variance_type, error)
      || !limn_json_get_bool_or (json, "clip_sample", facts->clip_sample, &read.clip_sample, error)
      || !limn_json_get_bool_or (json, "thresholding", FALSE, &read.thresholding, error))
    return FALSE;
  if (limn_json_get_kind (json, "trained_betas") != LIMN_JSON_ABSENT)
    {
      trained = limn_json_get_doubles (json, "trained_betas", 1000000, error);
      if (!trained)
        return FALSE;
      if (trained->len != read.num_train_timesteps)
        return fail_format (json, error, "“trained_betas” has %u entries, “num_train_timesteps” is %u", trained->len,
                            read.num_train_timesteps);
      read.n_trained_betas = trained->len;
      read.trained_betas = (const double *) g_array_free (g_steal_pointer (&trained), FALSE);
    }
  *config = read;
  return TRUE;
}
