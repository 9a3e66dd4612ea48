/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of torch.save(), or (first byte odd) its pickle alone, which a fuzzer would seldom reach through the archive. What is accepted
 * must hold together: names that are text, tensors that lie where they say, and can be read to the last byte. */
#include "config.h"

#include "formats/limn-checkpoint.h"
#include "formats/limn-torch-pickle.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

static void
check_facts (GHashTable *facts)
{
  GHashTableIter iter;
  gpointer key;
  gpointer value;

  g_hash_table_iter_init (&iter, facts);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      if (!g_utf8_validate (key, -1, NULL) || !g_utf8_validate (value, -1, NULL))
        g_abort ();
    }
}

static void
try_pickle (const guint8 *data,
            gsize         size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnTorchPickle) pickle = limn_torch_pickle_new (data, size, "fuzz", &error);

  if ((pickle == NULL) != (error != NULL) || (error != NULL && !g_utf8_validate (error->message, -1, NULL)))
    g_abort ();
  if (pickle == NULL)
    return;
  check_facts (limn_torch_pickle_get_facts (pickle));
  if (limn_torch_pickle_get_n (pickle) == 0)
    g_abort ();
  for (guint i = 0; i < limn_torch_pickle_get_n (pickle); i++)
    {
      const LimnTorchTensor *tensor = limn_torch_pickle_get_nth (pickle, i);
      guint64 last = tensor->first;

      if (!g_utf8_validate (tensor->name, -1, NULL) || !g_utf8_validate (tensor->storage, -1, NULL)
          || limn_safetensors_dtype_get_size (tensor->dtype) == 0 || tensor->n_dims > LIMN_SAFETENSORS_MAX_DIMS
          || tensor->n_elements > tensor->storage_elements)
        g_abort ();
      for (guint j = 0; tensor->n_elements > 0 && j < tensor->n_dims; j++)
        last += tensor->dims[j] > 1 ? (tensor->dims[j] - 1) * tensor->strides[j] : 0;
      if (tensor->n_elements > 0 && last >= tensor->storage_elements)
        g_abort ();
    }
}

static void
try_file (const guint8 *data,
          gsize         size)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnCheckpoint) file = limn_checkpoint_new_for_bytes (bytes, "fuzz", &error);

  if ((file == NULL) != (error != NULL) || (error != NULL && !g_utf8_validate (error->message, -1, NULL)))
    g_abort ();
  if (file == NULL)
    return;
  if (limn_checkpoint_get_data_bytes (file) > size)
    g_abort ();
  for (guint i = 0; i < MIN (limn_checkpoint_get_n (file), 64); i++)
    {
      const LimnSafetensorsTensor *tensor = limn_checkpoint_get_nth (file, i);
      g_autofree guint8 *raw = g_malloc (tensor->n_bytes + 1);
      g_autofree double *values = NULL;

      if (limn_checkpoint_lookup (file, tensor->name) != tensor || tensor->n_bytes > size)
        g_abort ();
      if (limn_checkpoint_read (file, tensor, 0, tensor->n_bytes, raw, NULL) != (tensor->dtype != LIMN_SAFETENSORS_OTHER)
          || limn_checkpoint_read (file, tensor, tensor->n_bytes, 1, raw, NULL))
        g_abort ();
      if (tensor->dtype == LIMN_SAFETENSORS_OTHER)
        continue;
      values = g_new (double, tensor->n_elements + 1);
      if (!limn_checkpoint_read_f64 (file, tensor, 0, tensor->n_elements, values, NULL)
          || limn_checkpoint_read_f64 (file, tensor, 0, tensor->n_elements + 1, values, NULL))
        g_abort ();
      if (tensor->n_bytes > 2 && !limn_checkpoint_read (file, tensor, 1, tensor->n_bytes - 2, raw, NULL))
        g_abort ();
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  if (size == 0)
    return 0;
  if (data[0] & 1)
    try_pickle (data + 1, size - 1);
  else
    try_file (data + 1, size - 1);
  return 0;
}
