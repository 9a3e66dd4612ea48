/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-taps.h"

typedef struct
{
  LimnTap           tap;
  const LimnTensor *tensor; /* until collected */
} Entry;

struct _LimnTaps
{
  GPtrArray *entries;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->tap.name);
  g_free (entry->tap.values);
  g_free (entry);
}

LimnTaps *
limn_taps_new (void)
{
  LimnTaps *taps = g_new0 (LimnTaps, 1);

  taps->entries = g_ptr_array_new_with_free_func (entry_free);
  return taps;
}

void
limn_taps_free (LimnTaps *taps)
{
  if (!taps)
    return;
  g_ptr_array_unref (taps->entries);
  g_free (taps);
}

guint
limn_taps_get_n (const LimnTaps *taps)
{
  return taps->entries->len;
}

const LimnTap *
limn_taps_get_nth (const LimnTaps *taps,
                   guint           i)
{
  const Entry *entry = g_ptr_array_index (taps->entries, i);

  return &entry->tap;
}

const LimnTap *
limn_taps_lookup (const LimnTaps *taps,
                  const char     *name)
{
  for (guint i = 0; i < taps->entries->len; i++)
    if (g_str_equal (limn_taps_get_nth (taps, i)->name, name))
      return limn_taps_get_nth (taps, i);
  return NULL;
}

void
limn_taps_add (LimnTaps   *taps,
               LimnGraph  *graph,
               LimnTensor *tensor,
               const char *name)
{
  Entry *entry = g_new0 (Entry, 1);

  if (tensor->slot)
    limn_graph_keep (graph, tensor);
  entry->tap.name = g_strdup (name);
  entry->tap.n = tensor->n;
  entry->tap.h = tensor->h;
  entry->tap.w = tensor->w;
  entry->tap.c = tensor->c;
  entry->tensor = tensor;
  g_ptr_array_add (taps->entries, entry);
}

gboolean
limn_taps_collect (LimnTaps   *taps,
                   LimnGraph  *graph,
                   GError    **error)
{
  for (guint i = 0; i < taps->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (taps->entries, i);
      const LimnTensor *tensor = g_steal_pointer (&entry->tensor);
      g_autofree float *values = NULL;

      if (!tensor)
        continue;
      values = g_new (float, limn_tensor_get_rows (tensor) * tensor->c);
      if (!(tensor->slot ? limn_graph_download (graph, tensor, values, error)
                         : limn_tensor_download (tensor, values, error)))
        return FALSE;
      entry->tap.values = g_steal_pointer (&values);
    }
  return TRUE;
}
