/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A safetensors file. What is accepted must hold together, be readable to the last byte, and
 * survive being written and read again. */
#include "config.h"

#include "formats/limn-safetensors-writer.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

static void
try_tensor (const LimnSafetensors       *st,
            const LimnSafetensorsTensor *tensor,
            guint64                      place)
{
  gsize n = tensor->n_bytes;
  g_autofree guint8 *raw = g_malloc (n + 1);
  g_autofree double *values = NULL;

  if (limn_safetensors_lookup (st, tensor->name) != tensor || tensor->begin != place
      || tensor->n_dims > LIMN_SAFETENSORS_MAX_DIMS)
    g_abort ();
  if (limn_safetensors_read (st, tensor, 0, n, raw, NULL) != (tensor->dtype != LIMN_SAFETENSORS_OTHER)
      || limn_safetensors_read (st, tensor, n, 1, raw, NULL))
    g_abort ();
  if (tensor->dtype == LIMN_SAFETENSORS_OTHER)
    return;
  values = g_new (double, tensor->n_elements + 1);
  if (!limn_safetensors_read_f64 (st, tensor, 0, tensor->n_elements, values, NULL)
      || limn_safetensors_read_f64 (st, tensor, 0, tensor->n_elements + 1, values, NULL))
    g_abort ();
  if (!limn_safetensors_read_f32 (st, tensor, 0, tensor->n_elements, (float *) values, NULL)
      && !limn_safetensors_read_i64 (st, tensor, 0, tensor->n_elements, (gint64 *) values, NULL))
    g_abort ();
}

static void
write_again (const LimnSafetensors *st)
{
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autofree const char **keys = limn_safetensors_get_metadata_keys (st);
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(LimnSafetensors) again = NULL;
  guint n_known = 0;

  for (guint i = 0; keys[i] != NULL; i++)
    limn_safetensors_writer_set_metadata (writer, keys[i], limn_safetensors_get_metadata (st, keys[i]));
  for (guint i = 0; i < limn_safetensors_get_n (st); i++)
    {
      const LimnSafetensorsTensor *tensor = limn_safetensors_get_nth (st, i);
      g_autofree guint8 *raw = g_malloc (tensor->n_bytes + 1);

      if (!limn_safetensors_read (st, tensor, 0, tensor->n_bytes, raw, NULL))
        continue;
      n_known++;
      limn_safetensors_writer_add_copy (writer, tensor->name, tensor->dtype, tensor->n_dims, tensor->dims, raw);
    }
  bytes = limn_safetensors_writer_to_bytes (writer);
  again = limn_safetensors_new_for_bytes (bytes, "again", NULL);
  if (again == NULL || limn_safetensors_get_n (again) != n_known)
    g_abort ();
  for (guint i = 0; i < n_known; i++)
    {
      const LimnSafetensorsTensor *b = limn_safetensors_get_nth (again, i);
      const LimnSafetensorsTensor *a = limn_safetensors_lookup (st, b->name);

      if (a == NULL || a->dtype != b->dtype || a->n_elements != b->n_elements || a->n_dims != b->n_dims)
        g_abort ();
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSafetensors) st = limn_safetensors_new_for_bytes (bytes, "fuzz", &error);
  guint64 place = 0;

  if ((st == NULL) != (error != NULL))
    g_abort ();
  if (st == NULL)
    {
      if (!g_utf8_validate (error->message, -1, NULL))
        g_abort ();
      return 0;
    }
  for (guint i = 0; i < limn_safetensors_get_n (st); i++)
    {
      try_tensor (st, limn_safetensors_get_nth (st, i), place);
      place += limn_safetensors_get_nth (st, i)->n_bytes;
    }
  if (place != limn_safetensors_get_data_bytes (st))
    g_abort ();
  write_again (st);
  return 0;
}
