/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-control-file.h"

#include "base/limn-error.h"
#include "formats/limn-json.h"
#include "model/limn-family.h"

#include <string.h>

/* Where the weights lie in a folder, the first that is there. */
static const char *const file_names[] = {
  "diffusion_pytorch_model.safetensors",
  "diffusion_pytorch_model.fp16.safetensors",
  "model.safetensors",
  "diffusion_pytorch_model.bin",
  "diffusion_pytorch_model.fp16.bin",
};

/* What stands before the names of the original layout; the same tensor tells all of them. */
static const char *const prefixes[] = { "control_model.", "" };
#define ORIGINAL_HINT "input_hint_block.0.weight"
#define CANONICAL_HINT "controlnet_cond_embedding.conv_in.weight"

/* Of a config.json; real ones have 1 KiB. */
#define MAX_JSON_BYTES (1 << 20)

/* What controls a picture too, but not as a ControlNet does. The first row that fits counts: some have a ControlNet's tensors beside their own. */
static const struct
{
  const char *part; /* that a tensor's name holds */
  const char *name;
} others[] = {
  { "lora_controlnet", "Control-LoRA" },
  { "input_blocks.1.0.in_layers.2.down", "Control-LoRA" },
  { "ctrl_to_base", "ControlNet-XS" },
  { "enc_zero_convs", "ControlNet-XS" },
  { "lllite_", "ControlNet-LLLite" },
  { "task_embedding", "ControlNet Union" },
  { "ip_adapter.", "IP-Adapter" },
  { "image_proj.", "IP-Adapter" },
  { "adapter.body.", "T2I-Adapter" },
  { "body.0.block1", "T2I-Adapter" },
  { "difference", "difference to a model" },
};

const char *
limn_control_file_find_other (const LimnCheckpoint *checkpoint)
{
  for (guint k = 0; k < G_N_ELEMENTS (others); k++)
    for (guint i = 0; i < limn_checkpoint_get_n (checkpoint); i++)
      if (strstr (limn_checkpoint_get_nth (checkpoint, i)->name, others[k].part))
        return others[k].name;
  return NULL;
}

/* (nullable): the prefix of the original layout. */
static const char *
find_prefix (const LimnCheckpoint *checkpoint)
{
  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    {
      g_autofree char *name = g_strconcat (prefixes[i], ORIGINAL_HINT, NULL);

      if (limn_checkpoint_lookup (checkpoint, name))
        return prefixes[i];
    }
  return NULL;
}

gboolean
limn_control_file_is (const LimnCheckpoint *checkpoint)
{
  return !limn_control_file_find_other (checkpoint) &&
         (find_prefix (checkpoint) || limn_checkpoint_lookup (checkpoint, CANONICAL_HINT));
}

static gboolean
check_kind (const LimnControlFile *file, GError **error)
{
  const char *other = limn_control_file_find_other (file->checkpoint);

  if (other)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                 "“%s” is of the kind “%s”, which controls pictures in another way than a ControlNet. Limn cannot do that.", file->name,
                 other);
  else if (!limn_control_file_is (file->checkpoint))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                 "“%s” is no ControlNet: it has nothing that looks at a picture to draw by.", file->name);
  return !other && limn_control_file_is (file->checkpoint);
}

/* --- What the tensors say --- */

static const LimnSafetensorsTensor *find (const LimnControlFile *file, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* (nullable): by its canonical name */
static const LimnSafetensorsTensor *
find (const LimnControlFile *file, const char *format, ...)
{
  g_autofree char *name = NULL;
  g_auto(LimnPlace) place = { 0 };
  va_list args;

  va_start (args, format);
  name = g_strdup_vprintf (format, args);
  va_end (args);
  return limn_names_find (file->names, name, &place) ? limn_checkpoint_lookup (file->checkpoint, place.name) : NULL;
}

/* How long the dimension is; 0 where there is no such tensor. */
static guint
get_dim (const LimnSafetensorsTensor *tensor, guint dim)
{
  return tensor && dim < tensor->n_dims ? (guint) MIN (tensor->dims[dim], G_MAXUINT) : 0;
}

static guint
count_depth (const LimnControlFile *file, const char *block)
{
  guint depth = 0;

  while (depth < LIMN_MODEL_MAX_LAYERS && find (file, "%s.attentions.0.transformer_blocks.%u.norm1.weight", block, depth))
    depth++;
  return depth;
}

static void
read_depths (LimnControlFile *file)
{
  LimnUnetConfig *unet = &file->config.unet;

  for (guint i = 0; i < unet->n_levels; i++)
    {
      g_autofree char *block = g_strdup_printf ("down_blocks.%u", i);

      unet->levels[i].depth = count_depth (file, block);
      unet->levels[i].down_attention = unet->levels[i].depth > 0;
    }
  unet->mid_depth = count_depth (file, "mid_block");
}

static guint
read_context_width (const LimnControlFile *file)
{
  for (guint i = 0; i < file->config.unet.n_levels; i++)
    {
      guint width = get_dim (find (file, "down_blocks.%u.attentions.0.transformer_blocks.0.attn2.to_k.weight", i), 1);

      if (width > 0)
        return width;
    }
  return get_dim (find (file, "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight"), 1);
}

static void
read_hint (LimnControlFile *file)
{
  LimnControlConfig *config = &file->config;
  const LimnSafetensorsTensor *conv = find (file, CANONICAL_HINT);

  config->hint_channels = get_dim (conv, 1);
  config->widths[0] = get_dim (conv, 0);
  config->n_widths = 1;
  while (config->n_widths < LIMN_CONTROL_MAX_WIDTHS &&
         (conv = find (file, "controlnet_cond_embedding.blocks.%u.weight", 2 * config->n_widths - 1)))
    config->widths[config->n_widths++] = get_dim (conv, 0);
}

static gboolean
fail_family (const LimnControlFile *file, const LimnUnetConfig *unet, GError **error)
{
  LimnUnetConfig own = file->config.unet;

  own.in_channels = unet->in_channels;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
               "The ControlNet “%s” was made for models of another kind (%s, with contexts of %u values); this one is of the kind %s and has %u.",
               file->name, limn_family_find (&own, NULL, 0)->name, own.context_width, limn_family_find (unet, NULL, 0)->name, unet->context_width);
  return FALSE;
}

static gboolean
read_config (LimnControlFile *file, const LimnUnetConfig *unet, GError **error)
{
  LimnUnetConfig *own = &file->config.unet;

  *own = *unet;
  read_depths (file);
  own->context_width = read_context_width (file);
  own->in_channels = get_dim (find (file, "conv_in.weight"), 1);
  own->levels[0].channels = get_dim (find (file, "conv_in.weight"), 0);
  own->vector_width = get_dim (find (file, "add_embedding.linear_1.weight"), 1);
  /* What a distilled model is told of the guidance its ControlNets, which are those of its family, are not. */
  own->guidance_width = 0;
  read_hint (file);
  if (own->context_width != unet->context_width || own->levels[0].channels != unet->levels[0].channels ||
      own->vector_width != unet->vector_width)
    return fail_family (file, unet, error);
  if (own->in_channels == 0 || own->in_channels > unet->in_channels)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "The ControlNet “%s” looks at %u channels of a latent; this model has %u.", file->name, own->in_channels, unet->in_channels);
      return FALSE;
    }
  if (file->config.hint_channels != 3)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "The ControlNet “%s” looks at pictures of %u channels; Limn has the three of colours.",
                   file->name, file->config.hint_channels);
      return FALSE;
    }
  return TRUE;
}

/* What its tensors cannot say, and makes it another thing. */
static gboolean
check_json (const LimnControlFile *file, GError **error)
{
  g_autofree char *path = g_build_filename (file->path, "config.json", NULL);
  g_autoptr(LimnJson) json = NULL;
  const char *order;
  gboolean pools;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return TRUE;
  json = limn_json_new_from_file (path, MAX_JSON_BYTES, error);
  if (!json || !limn_json_get_string_or (json, "controlnet_conditioning_channel_order", "rgb", &order, error) ||
      !limn_json_get_bool_or (json, "global_pool_conditions", FALSE, &pools, error))
    return FALSE;
  if (g_str_equal (order, "rgb") && !pools)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
               "The ControlNet “%s” looks at its picture in a way that Limn cannot do: its colours in the order “%s”%s.", file->name, order,
               pools ? ", and only at its mean" : "");
  return FALSE;
}

/* --- Opening --- */

static char *
find_file (const char *folder, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (file_names); i++)
    {
      g_autofree char *path = g_build_filename (folder, file_names[i], NULL);

      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer (&path);
    }
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "The folder “%s” holds no ControlNet: there is no “%s” in it.", folder, file_names[0]);
  return NULL;
}

LimnControlFile *
limn_control_file_open (const char *path, const LimnUnetConfig *unet, GError **error)
{
  g_autoptr(LimnControlFile) file = g_new0 (LimnControlFile, 1);
  gboolean is_folder = g_file_test (path, G_FILE_TEST_IS_DIR);
  g_autofree char *weights = is_folder ? find_file (path, error) : g_strdup (path);
  const char *prefix;

  if (!weights)
    return NULL;
  file->path = g_strdup (path);
  file->name = g_path_get_basename (path);
  file->checkpoint = limn_checkpoint_open (weights, error);
  if (!file->checkpoint || !check_kind (file, error) || (is_folder && !check_json (file, error)))
    return NULL;
  prefix = find_prefix (file->checkpoint);
  if (prefix)
    file->names = limn_names_new (LIMN_NAMES_CONTROL, prefix, unet, NULL);
  if (!read_config (file, unet, error))
    return NULL;
  return g_steal_pointer (&file);
}

void
limn_control_file_free (LimnControlFile *file)
{
  if (!file)
    return;
  g_clear_pointer (&file->checkpoint, limn_checkpoint_free);
  g_clear_pointer (&file->names, limn_names_free);
  g_free (file->path);
  g_free (file->name);
  g_free (file);
}

static LimnControlNet *
load (const LimnControlFile *file, LimnGl *gl, LimnDtype dtype, LimnArena *arena, GCancellable *cancellable, guint64 *bytes, GError **error)
{
  LimnControlNet *net;
  LimnLoader loader;

  limn_loader_init (&loader, gl, file->checkpoint, file->name, dtype, cancellable);
  loader.names = file->names;
  net = limn_control_net_new (&loader, &file->config, arena, error);
  *bytes = loader.bytes;
  limn_loader_clear (&loader);
  return net;
}

guint64
limn_control_file_get_bytes (const LimnControlFile *file, LimnDtype dtype)
{
  g_autoptr(LimnControlNet) net = NULL;
  guint64 bytes;

  /* Without a device nothing is uploaded, but counted. */
  net = load (file, NULL, dtype, NULL, NULL, &bytes, NULL);
  return bytes;
}

LimnControlNet *
limn_control_file_load (const LimnControlFile *file, LimnGl *gl, LimnDtype dtype, LimnArena *arena, GCancellable *cancellable, guint64 *bytes,
                        GError **error)
{
  return load (file, gl, dtype, arena, cancellable, bytes, error);
}
