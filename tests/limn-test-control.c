/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-test-control.h"

#include "formats/limn-safetensors-writer.h"
#include "formats/limn-safetensors.h"

#include <math.h>
#include <string.h>

static const guint widths[] = { 16, 32, 96, 256 };

/* @skips: channels of the UNet's skips, then the middle's */
typedef struct
{
  GArray                *skips;
  LimnSafetensorsWriter *writer;
  const LimnNames       *names;
  GRand                 *rand;
} Writing;

static char *
dup_name (const Writing *writing, const char *canonical)
{
  g_auto(LimnPlace) place = { 0 };

  g_assert_true (limn_names_find (writing->names, canonical, &place));
  return g_steal_pointer (&place.name);
}

/* A layer of @n outputs: of noise so that signals of order 1 come out as large as @gain, or for @gain 0 of zeros. */
static void
add_layer (Writing *writing, const char *layer, guint n, guint k, guint side, double gain, gboolean identity)
{
  g_autofree char *weight = g_strconcat (layer, ".weight", NULL);
  g_autofree char *bias = g_strconcat (layer, ".bias", NULL);
  g_autofree char *weight_name = dup_name (writing, weight);
  g_autofree char *bias_name = dup_name (writing, bias);
  gsize fan_in = (gsize) k * side * side;
  g_autofree float *values = g_new0 (float, n * fan_in);
  g_autofree float *biases = g_new0 (float, n);
  const guint64 dims[] = { n, k, side, side };

  for (gsize i = 0; i < n * fan_in && gain > 0; i++)
    values[i] = (float) (g_rand_double_range (writing->rand, -1, 1) * sqrt (3.0 / fan_in) * gain);
  for (guint i = 0; i < n && identity; i++)
    values[i * k + i] = 1;
  limn_safetensors_writer_add_copy (writing->writer, weight_name, LIMN_SAFETENSORS_F32, 4, dims, values);
  limn_safetensors_writer_add_copy (writing->writer, bias_name, LIMN_SAFETENSORS_F32, 1, dims, biases);
}

static guint
get_channels (LimnSafetensors *file, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Outputs of a layer; 0: there is none. */
static guint
get_channels (LimnSafetensors *file, const char *format, ...)
{
  const LimnSafetensorsTensor *tensor;
  g_autofree char *name = NULL;
  va_list args;

  va_start (args, format);
  name = g_strdup_vprintf (format, args);
  va_end (args);
  tensor = limn_safetensors_lookup (file, name);
  return tensor ? tensor->dims[0] : 0;
}

static GArray *
list_skips (LimnSafetensors *file)
{
  GArray *skips = g_array_new (FALSE, FALSE, sizeof (guint));
  guint c = get_channels (file, "conv_in.weight");

  g_array_append_val (skips, c);
  for (guint i = 0; get_channels (file, "down_blocks.%u.resnets.0.conv1.weight", i) > 0; i++)
    {
      for (guint j = 0; (c = get_channels (file, "down_blocks.%u.resnets.%u.conv1.weight", i, j)) > 0; j++)
        g_array_append_val (skips, c);
      c = get_channels (file, "down_blocks.%u.downsamplers.0.conv.weight", i);
      if (c > 0)
        g_array_append_val (skips, c);
    }
  c = get_channels (file, "mid_block.resnets.0.conv1.weight");
  g_array_append_val (skips, c);
  return skips;
}

static void
add_own (Writing *writing, LimnTestControl kind)
{
  const guint *skips = (const guint *) writing->skips->data;
  guint n_skips = writing->skips->len - 1;
  double gain = kind == LIMN_TEST_CONTROL_RANDOM ? 0.3 : 0;
  gboolean identity = kind == LIMN_TEST_CONTROL_COPY;

  add_layer (writing, "controlnet_cond_embedding.conv_in", widths[0], 3, 3, 1, FALSE);
  for (guint i = 0; i + 1 < G_N_ELEMENTS (widths); i++)
    {
      g_autofree char *first = g_strdup_printf ("controlnet_cond_embedding.blocks.%u", 2 * i);
      g_autofree char *second = g_strdup_printf ("controlnet_cond_embedding.blocks.%u", 2 * i + 1);

      add_layer (writing, first, widths[i], widths[i], 3, 2, FALSE);
      add_layer (writing, second, widths[i + 1], widths[i], 3, 2, FALSE);
    }
  add_layer (writing, "controlnet_cond_embedding.conv_out", skips[0], widths[3], 3, identity ? 0 : 2, FALSE);
  for (guint i = 0; i < n_skips; i++)
    {
      g_autofree char *name = g_strdup_printf ("controlnet_down_blocks.%u", i);

      add_layer (writing, name, skips[i], skips[i], 1, gain, identity);
    }
  add_layer (writing, "controlnet_mid_block", skips[n_skips], skips[n_skips], 1, gain, identity);
}

static void
add_copied (Writing *writing, LimnSafetensors *file, const LimnSafetensorsTensor *tensor, guint context_width)
{
  g_autofree char *name = dup_name (writing, tensor->name);
  g_autofree guint64 *dims = g_memdup2 (tensor->dims, tensor->n_dims * sizeof *tensor->dims);
  g_autofree guint8 *data = NULL;
  g_autoptr(GError) error = NULL;
  gsize bytes = 2;

  g_assert_cmpint (tensor->dtype, ==, LIMN_SAFETENSORS_F16);
  if (context_width > 0 && (strstr (tensor->name, "attn2.to_k") || strstr (tensor->name, "attn2.to_v")))
    dims[1] = context_width;
  for (guint i = 0; i < tensor->n_dims; i++)
    bytes *= dims[i];
  data = g_malloc0 (bytes);
  limn_safetensors_read (file, tensor, 0, MIN (bytes, 2 * tensor->n_elements), data, &error);
  g_assert_no_error (error);
  limn_safetensors_writer_add_copy (writing->writer, name, tensor->dtype, tensor->n_dims, dims, data);
}

void
limn_test_control_write (const char *path, const char *unet, LimnTestControl kind, const LimnNames *names, guint context_width)
{
  static const char *const copied[] = { "conv_in.", "time_embedding.", "add_embedding.", "down_blocks.", "mid_block." };
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSafetensors) file = limn_safetensors_open (unet, &error);
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(GRand) rand = g_rand_new_with_seed (7);
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GArray) skips = file ? list_skips (file) : NULL;
  Writing writing = { skips, writer, names, rand };

  g_assert_no_error (error);
  for (guint i = 0; i < limn_safetensors_get_n (file); i++)
    for (guint k = 0; k < G_N_ELEMENTS (copied); k++)
      if (g_str_has_prefix (limn_safetensors_get_nth (file, i)->name, copied[k]))
        add_copied (&writing, file, limn_safetensors_get_nth (file, i), context_width);
  add_own (&writing, kind);
  bytes = limn_safetensors_writer_to_bytes (writer);
  g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
}
