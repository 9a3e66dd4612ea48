/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-lora.h"

#include "base/limn-error.h"
#include "formats/limn-json.h"

#include <math.h>
#include <string.h>

/* A layer on its way. */
typedef struct
{
  LimnLoraLayer                out;
  const LimnSafetensorsTensor *alpha;
  char                        *module; /* its name in the file, as far as PEFT's patterns know it */
} Layer;

struct _LimnLora
{
  LimnCheckpoint *checkpoint;
  GArray         *layers;  /* of Layer */
  GStringChunk   *strings;
  guint           n_foreign;
};

/* Of adapter_config.json; a few hundred bytes. */
#define MAX_CONFIG_BYTES (1u << 20)

static void
layer_clear (gpointer data)
{
  g_free (((Layer *) data)->module);
}

static void
lora_clear (gpointer data)
{
  LimnLora *lora = data;

  limn_checkpoint_free (lora->checkpoint);
  g_clear_pointer (&lora->layers, g_array_unref);
  g_clear_pointer (&lora->strings, g_string_chunk_free);
}

LimnLora *
limn_lora_ref (LimnLora *lora)
{
  return g_atomic_rc_box_acquire (lora);
}

void
limn_lora_unref (LimnLora *lora)
{
  if (lora)
    g_atomic_rc_box_release_full (lora, lora_clear);
}

/* --- Collecting what belongs together --- */

static gboolean
is_float (const LimnSafetensorsTensor *tensor)
{
  return tensor->dtype == LIMN_SAFETENSORS_F32 || tensor->dtype == LIMN_SAFETENSORS_F16 || tensor->dtype == LIMN_SAFETENSORS_BF16 ||
         tensor->dtype == LIMN_SAFETENSORS_F64;
}

static Layer *
get_layer (LimnLora *lora, GHashTable *by_name, const LimnLoraKey *key, const char *name)
{
  g_autofree char *id = g_strdup_printf ("%d %s", key->target, key->layer);
  gpointer at;
  Layer layer = { 0 };

  if (g_hash_table_lookup_extended (by_name, id, NULL, &at))
    return &g_array_index (lora->layers, Layer, GPOINTER_TO_UINT (at));
  layer.out.target = key->target;
  layer.out.layer = g_string_chunk_insert (lora->strings, key->layer);
  layer.module = g_strdup (name);
  g_array_append_val (lora->layers, layer);
  g_hash_table_insert (by_name, g_steal_pointer (&id), GUINT_TO_POINTER (lora->layers->len - 1));
  return &g_array_index (lora->layers, Layer, lora->layers->len - 1);
}

static gboolean
add_tensor (LimnLora *lora, GHashTable *by_name, const LimnSafetensorsTensor *tensor, GError **error)
{
  const LimnSafetensorsTensor **place = NULL;
  LimnLoraKey key;
  Layer *layer;

  if (!limn_lora_key_parse (tensor->name, &key))
    {
      lora->n_foreign++;
      return TRUE;
    }
  layer = get_layer (lora, by_name, &key, tensor->name);
  switch (key.role)
    {
    case LIMN_LORA_DOWN:
      place = &layer->out.down;
      break;
    case LIMN_LORA_UP:
      place = &layer->out.up;
      break;
    case LIMN_LORA_MID:
      place = &layer->out.mid;
      break;
    case LIMN_LORA_ALPHA:
      place = &layer->alpha;
      break;
    case LIMN_LORA_OTHER:
    default:
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "“%s” was trained with %s, which Limn cannot apply. It takes LoRA and LoCon files. (Tensor “%s”)",
                   limn_lora_get_name (lora), key.kind, tensor->name);
      return FALSE;
    }
  if (*place)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” is damaged: it says twice what it adds to a layer, by “%s” and by “%s”.",
                   limn_lora_get_name (lora), (*place)->name, tensor->name);
      return FALSE;
    }
  if (key.role != LIMN_LORA_ALPHA && !is_float (tensor))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "“%s”: tensor “%s” is of type %s, wanted is F32, F16 or BF16.",
                   limn_lora_get_name (lora), tensor->name, tensor->dtype_name);
      return FALSE;
    }
  *place = tensor;
  return TRUE;
}

/* --- What the shapes say --- */

/* [a, b] or [a, b, s, s]: @side: (out): s, or 1; 0: another shape. */
static void
read_shape (const LimnSafetensorsTensor *tensor, guint64 *a, guint64 *b, guint64 *side)
{
  gboolean square = tensor->n_dims == 2 || (tensor->n_dims == 4 && tensor->dims[2] == tensor->dims[3]);

  *a = tensor->n_dims > 0 ? tensor->dims[0] : 0;
  *b = tensor->n_dims > 1 ? tensor->dims[1] : 0;
  *side = !square ? 0 : tensor->n_dims == 2 ? 1 : tensor->dims[2];
}

static gboolean
fail_layer (const LimnLora *lora, const Layer *layer, const char *what, GError **error)
{
  const LimnSafetensorsTensor *tensor = layer->out.down ? layer->out.down : layer->out.up ? layer->out.up : layer->out.mid ? layer->out.mid : layer->alpha;

  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” is damaged or incomplete: %s (tensor “%s”).", limn_lora_get_name (lora), what,
               tensor->name);
  return FALSE;
}

static gboolean
check_layer (LimnLora *lora, Layer *layer, GError **error)
{
  LimnLoraLayer *out = &layer->out;
  guint64 rank, k, side, n, up_rank, up_side, a = 0, b = 0, mid_side = 3;
  double alpha;

  if (!out->down || !out->up)
    return fail_layer (lora, layer, "of two factors of a layer there is only one", error);
  read_shape (out->down, &rank, &k, &side);
  read_shape (out->up, &n, &up_rank, &up_side);
  if (out->mid)
    read_shape (out->mid, &a, &b, &mid_side);
  if (rank == 0 || rank != up_rank || (out->mid && (a != rank || b != rank)))
    return fail_layer (lora, layer, "the factors of a layer do not fit each other", error);
  if (rank > LIMN_LORA_MAX_RANK)
    return fail_layer (lora, layer, "its rank is larger than any layer", error);
  out->rank = rank;
  out->scale = 1;
  if (up_side == 1 && (side == 1 || (side == 3 && !out->mid)) && mid_side == 3 && n <= G_MAXINT && k <= G_MAXINT / 9)
    {
      out->n = n;
      out->k = k;
      out->taps = side == 3 || out->mid ? 9 : 1;
    }
  if (!layer->alpha)
    return TRUE;
  if (layer->alpha->n_elements != 1)
    return fail_layer (lora, layer, "an alpha is no number", error);
  if (!limn_checkpoint_read_f64 (lora->checkpoint, layer->alpha, 0, 1, &alpha, error))
    return FALSE;
  if (!isfinite (alpha))
    return fail_layer (lora, layer, "an alpha is no number", error);
  out->scale = alpha / rank;
  return TRUE;
}

/* --- What PEFT says beside the tensors --- */

/* What is written for a scale is a number that somebody trained with. */
#define MAX_ALPHA 1e9

static char *
dup_peft_key (const char *network, const char *key)
{
  return network[0] ? g_strconcat (network, ".", key, NULL) : g_strdup (key);
}

/* Of one network: @network: what its keys begin with, or "". */
static gboolean
apply_peft (LimnLora *lora, const LimnJson *json, const char *network, const char *prefix, GError **error)
{
  g_autofree char *key_alpha = dup_peft_key (network, "lora_alpha");
  g_autofree char *key_rs = dup_peft_key (network, "use_rslora");
  g_autofree char *key_dora = dup_peft_key (network, "use_dora");
  g_autofree char *key_pattern = dup_peft_key (network, "alpha_pattern");
  g_autoptr(LimnJson) pattern = NULL;
  g_autofree const char **patterns = NULL;
  double alpha = 0;
  gboolean rs, dora;

  if (limn_json_get_kind (json, key_alpha) == LIMN_JSON_ABSENT)
    return TRUE;
  if (!limn_json_get_double (json, key_alpha, -MAX_ALPHA, MAX_ALPHA, &alpha, error) ||
      !limn_json_get_bool_or (json, key_rs, FALSE, &rs, error) || !limn_json_get_bool_or (json, key_dora, FALSE, &dora, error))
    return FALSE;
  if (dora)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "“%s” was trained with %s, which Limn cannot apply. It takes LoRA and LoCon files.", limn_lora_get_name (lora), "DoRA");
      return FALSE;
    }
  if (limn_json_get_kind (json, key_pattern) == LIMN_JSON_OBJECT)
    {
      pattern = limn_json_get_object (json, key_pattern, error);
      if (!pattern)
        return FALSE;
      patterns = limn_json_get_keys (pattern, NULL);
    }
  for (guint i = 0; i < lora->layers->len; i++)
    {
      Layer *layer = &g_array_index (lora->layers, Layer, i);
      double own = alpha;

      if (layer->alpha || !g_str_has_prefix (layer->module, prefix))
        continue;
      /* A pattern is the end of a layer's name: whole parts of it. */
      for (guint j = 0; patterns && patterns[j]; j++)
        {
          g_autofree char *flat = limn_lora_flatten (patterns[j]);
          gsize length = strlen (layer->out.layer), n = strlen (flat);

          if (g_str_has_suffix (layer->out.layer, flat) && (length == n || layer->out.layer[length - n - 1] == '_') &&
              !limn_json_get_double (pattern, patterns[j], -MAX_ALPHA, MAX_ALPHA, &own, error))
            return FALSE;
        }
      layer->out.scale = rs ? own / sqrt (layer->out.rank) : own / layer->out.rank;
    }
  return TRUE;
}

static gboolean
read_peft (LimnLora *lora, GBytes *config, GError **error)
{
  static const char *const networks[] = { "unet", "text_encoder", "text_encoder_2" };
  const char *text = limn_checkpoint_get_metadata (lora->checkpoint, "lora_adapter_metadata");
  g_autoptr(LimnJson) inside = NULL;
  g_autoptr(LimnJson) beside = NULL;

  if (text)
    {
      inside = limn_json_new_for_data (text, strlen (text), limn_lora_get_name (lora), MAX_CONFIG_BYTES, error);
      if (!inside)
        return FALSE;
      for (gsize i = 0; i < G_N_ELEMENTS (networks); i++)
        {
          g_autofree char *prefix = g_strconcat (networks[i], ".", NULL);

          if (!apply_peft (lora, inside, networks[i], prefix, error))
            return FALSE;
        }
    }
  if (!config)
    return TRUE;
  beside = limn_json_new_for_bytes (config, "adapter_config.json", MAX_CONFIG_BYTES, error);
  return beside && apply_peft (lora, beside, "", "base_model.model.", error);
}

/* --- Opening --- */

static gboolean
read_layers (LimnLora *lora, GBytes *config, GError **error)
{
  g_autoptr(GHashTable) by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < limn_checkpoint_get_n (lora->checkpoint); i++)
    if (!add_tensor (lora, by_name, limn_checkpoint_get_nth (lora->checkpoint, i), error))
      return FALSE;
  if (lora->layers->len == 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” is no LoRA: none of its %u tensors is a part of one.", limn_lora_get_name (lora),
                   limn_checkpoint_get_n (lora->checkpoint));
      return FALSE;
    }
  for (guint i = 0; i < lora->layers->len; i++)
    if (!check_layer (lora, &g_array_index (lora->layers, Layer, i), error))
      return FALSE;
  return read_peft (lora, config, error);
}

LimnLora *
limn_lora_new (LimnCheckpoint *checkpoint, GBytes *config, GError **error)
{
  g_autoptr(LimnLora) lora = g_atomic_rc_box_new0 (LimnLora);

  lora->checkpoint = checkpoint;
  lora->strings = g_string_chunk_new (4096);
  lora->layers = g_array_new (FALSE, FALSE, sizeof (Layer));
  g_array_set_clear_func (lora->layers, layer_clear);
  return read_layers (lora, config, error) ? g_steal_pointer (&lora) : NULL;
}

LimnLora *
limn_lora_open (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *config_path = g_build_filename (folder, "adapter_config.json", NULL);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *text = NULL;
  g_autoptr(GBytes) config = NULL;
  LimnCheckpoint *checkpoint = limn_checkpoint_open (path, error);
  gsize length;

  if (!checkpoint)
    return NULL;
  /* PEFT calls its file so, and only such a one is meant by the config beside it. */
  if (g_str_has_prefix (base, "adapter_model.") && g_file_get_contents (config_path, &text, &length, NULL))
    config = g_bytes_new_take (g_steal_pointer (&text), length);
  return limn_lora_new (checkpoint, config, error);
}

/* --- Asking --- */

const char *
limn_lora_get_name (const LimnLora *lora)
{
  return limn_checkpoint_get_name (lora->checkpoint);
}

guint
limn_lora_get_n_layers (const LimnLora *lora)
{
  return lora->layers->len;
}

const LimnLoraLayer *
limn_lora_get_layer (const LimnLora *lora, guint i)
{
  return &g_array_index (lora->layers, Layer, i).out;
}

guint
limn_lora_get_n_foreign (const LimnLora *lora)
{
  return lora->n_foreign;
}

guint
limn_lora_get_context_width (const LimnLora *lora)
{
  for (guint i = 0; i < lora->layers->len; i++)
    {
      const LimnLoraLayer *layer = limn_lora_get_layer (lora, i);

      if (layer->n > 0 && (g_str_has_suffix (layer->layer, "_attn2_to_k") || g_str_has_suffix (layer->layer, "_attn2_to_v")))
        return layer->k;
    }
  return 0;
}

gboolean
limn_lora_read_down (const LimnLora *lora, const LimnLoraLayer *layer, float *values, GError **error)
{
  gsize n_down = (gsize) layer->rank * layer->k;
  g_autofree float *down = NULL;
  g_autofree float *mid = NULL;

  if (!layer->mid)
    return limn_checkpoint_read_f32 (lora->checkpoint, layer->down, 0, n_down * layer->taps, values, error);
  down = g_new (float, n_down);
  mid = g_new (float, (gsize) layer->rank * layer->rank * 9);
  if (!limn_checkpoint_read_f32 (lora->checkpoint, layer->down, 0, n_down, down, error) ||
      !limn_checkpoint_read_f32 (lora->checkpoint, layer->mid, 0, (gsize) layer->rank * layer->rank * 9, mid, error))
    return FALSE;
  memset (values, 0, n_down * 9 * sizeof *values);
  for (guint a = 0; a < layer->rank; a++)
    for (guint b = 0; b < layer->rank; b++)
      for (guint k = 0; k < layer->k; k++)
        for (guint tap = 0; tap < 9; tap++)
          values[((gsize) a * layer->k + k) * 9 + tap] += mid[((gsize) a * layer->rank + b) * 9 + tap] * down[(gsize) b * layer->k + k];
  return TRUE;
}

gboolean
limn_lora_read_up (const LimnLora *lora, const LimnLoraLayer *layer, guint first, guint count, float *values, GError **error)
{
  return limn_checkpoint_read_f32 (lora->checkpoint, layer->up, (guint64) first * layer->rank, (gsize) count * layer->rank, values, error);
}
