/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "tests/limn-test-taesd.h"

#include "formats/limn-safetensors-writer.h"

#include <math.h>

float *
limn_test_taesd_made_up (guint32 salt, gsize n, double scale)
{
  float *values = g_new (float, n);

  /* The end of MurmurHash3 (Appleby 2011). */
  for (gsize i = 0; i < n; i++)
    {
      guint32 bits = (guint32) i + salt * 7919;

      bits ^= bits >> 16;
      bits *= 0x85ebca6b;
      bits ^= bits >> 13;
      bits *= 0xc2b2ae35;
      bits ^= bits >> 16;
      values[i] = (float) (((bits >> 8) / 8388608.0 - 1) * scale);
    }
  return values;
}

typedef struct
{
  LimnSafetensorsWriter *writer;
  guint                  layout;
  const char            *missing;
} Writing;

static void
add (const Writing *writing, guint place, const char *rest, guint n_dims, const guint64 *dims, const float *values)
{
  static const char *const prefixes[LIMN_TEST_TAESD_N_LAYOUTS] = { "", "decoder.layers.", "taesd_decoder.", "decoder." };
  g_autofree char *plain = g_strdup_printf ("%u.%s", place, rest);
  /* diffusers does not count the limit of the latent. */
  g_autofree char *name = g_strdup_printf ("%s%u.%s", prefixes[writing->layout], writing->layout == 1 ? place - 1 : place, rest);

  if (g_strcmp0 (plain, writing->missing) != 0)
    limn_safetensors_writer_add_copy (writing->writer, name, LIMN_SAFETENSORS_F32, n_dims, dims, values);
}

static void
add_conv (const Writing *writing, guint place, guint salt, const char *within, guint n, guint k, gboolean bias)
{
  const guint64 dims[] = { n, k, 3, 3 }, bias_dims[] = { n };
  g_autofree float *weight = limn_test_taesd_made_up (salt, (gsize) 9 * n * k, 2.0 / (3 * sqrt (k)));
  g_autofree float *offset = limn_test_taesd_made_up (salt + 1000, n, 0.1);
  g_autofree char *weight_name = g_strconcat (within, "weight", NULL);
  g_autofree char *bias_name = g_strconcat (within, "bias", NULL);

  add (writing, place, weight_name, 4, dims, weight);
  if (bias)
    add (writing, place, bias_name, 1, bias_dims, offset);
}

void
limn_test_taesd_write (const char *path, guint layout, guint width, const char *missing)
{
  static const guint blocks[] = { 3, 4, 5, 8, 9, 10, 13, 14, 15, 18 };
  static const guint doubled[] = { 7, 12, 17 };
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  const Writing writing = { writer, layout, missing };
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) error = NULL;

  add_conv (&writing, 1, 1, "", width, 4, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    for (guint j = 0; j < 3; j++)
      {
        g_autofree char *within = g_strdup_printf ("conv.%u.", 2 * j);

        add_conv (&writing, blocks[i], blocks[i] + 200 * j, within, width, width, TRUE);
      }
  for (guint i = 0; i < G_N_ELEMENTS (doubled); i++)
    add_conv (&writing, doubled[i], doubled[i], "", width, width, FALSE);
  add_conv (&writing, 19, 19, "", 3, width, TRUE);
  bytes = limn_safetensors_writer_to_bytes (writer);
  g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
}
