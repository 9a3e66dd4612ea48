/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "formats/limn-safetensors-writer.h"

#include <jansson.h>
#include <string.h>

#if G_BYTE_ORDER != G_LITTLE_ENDIAN
#error "safetensors are little-endian; the writer takes the host's bytes as they are"
#endif

typedef struct
{
  char *name;
  LimnSafetensorsDtype dtype;
  guint n_dims;
  guint64 dims[LIMN_SAFETENSORS_MAX_DIMS];
  GBytes *data;
} Entry;

struct _LimnSafetensorsWriter
{
  GPtrArray *entries;
  GTree *metadata; /* sorted */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->name);
  g_bytes_unref (entry->data);
  g_free (entry);
}

static int
compare_keys (gconstpointer a,
              gconstpointer b,
              gpointer      unused)
{
  return strcmp (a, b);
}

LimnSafetensorsWriter *
limn_safetensors_writer_new (void)
{
  LimnSafetensorsWriter *self = g_new0 (LimnSafetensorsWriter, 1);

  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->metadata = g_tree_new_full (compare_keys, NULL, g_free, g_free);
  return self;
}

void
limn_safetensors_writer_free (LimnSafetensorsWriter *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->entries);
  g_tree_unref (self->metadata);
  g_free (self);
}

void
limn_safetensors_writer_set_metadata (LimnSafetensorsWriter *self,
                                      const char            *key,
                                      const char            *value)
{
  g_return_if_fail (g_utf8_validate (key, -1, NULL) && g_utf8_validate (value, -1, NULL));
  g_tree_replace (self->metadata, g_strdup (key), g_strdup (value));
}

static gboolean
count_bytes (LimnSafetensorsDtype      dtype,
             guint          n_dims,
             const guint64 *dims,
             gsize         *n_bytes)
{
  *n_bytes = limn_safetensors_dtype_get_size (dtype);
  for (guint i = 0; i < n_dims; i++)
    {
      if (!g_size_checked_mul (n_bytes, *n_bytes, dims[i]))
        return FALSE;
    }
  return TRUE;
}

void
limn_safetensors_writer_add (LimnSafetensorsWriter *self,
                             const char            *name,
                             LimnSafetensorsDtype              dtype,
                             guint                  n_dims,
                             const guint64         *dims,
                             GBytes                *data)
{
  Entry *entry;
  gsize n_bytes;

  g_return_if_fail (g_utf8_validate (name, -1, NULL) && strcmp (name, "__metadata__") != 0);
  g_return_if_fail (dtype != LIMN_SAFETENSORS_OTHER);
  g_return_if_fail (n_dims <= LIMN_SAFETENSORS_MAX_DIMS);
  g_return_if_fail (count_bytes (dtype, n_dims, dims, &n_bytes) && n_bytes == g_bytes_get_size (data));
  for (guint i = 0; i < self->entries->len; i++)
    g_return_if_fail (strcmp (name, ((Entry *) self->entries->pdata[i])->name) != 0);

  entry = g_new0 (Entry, 1);
  entry->name = g_strdup (name);
  entry->dtype = dtype;
  entry->n_dims = n_dims;
  if (n_dims > 0)
    memcpy (entry->dims, dims, n_dims * sizeof *dims);
  entry->data = g_bytes_ref (data);
  g_ptr_array_add (self->entries, entry);
}

void
limn_safetensors_writer_add_copy (LimnSafetensorsWriter *self,
                                  const char            *name,
                                  LimnSafetensorsDtype              dtype,
                                  guint                  n_dims,
                                  const guint64         *dims,
                                  const void            *data)
{
  g_autoptr(GBytes) bytes = NULL;
  gsize n_bytes;

  g_return_if_fail (n_dims <= LIMN_SAFETENSORS_MAX_DIMS);
  g_return_if_fail (count_bytes (dtype, n_dims, dims, &n_bytes));
  bytes = g_bytes_new (data, n_bytes);
  limn_safetensors_writer_add (self, name, dtype, n_dims, dims, bytes);
}

static gboolean
add_metadata (gpointer key,
              gpointer value,
              gpointer object)
{
  json_object_set_new (object, key, json_string (value));
  return FALSE;
}

/* Wide elements first, each group in the order of addition: then every tensor lies on a multiple of its element. */
static GPtrArray *
in_order (const LimnSafetensorsWriter *self)
{
  GPtrArray *ordered = g_ptr_array_new ();

  for (gsize size = 8; size > 0; size /= 2)
    {
      for (guint i = 0; i < self->entries->len; i++)
        {
          Entry *entry = self->entries->pdata[i];

          if (limn_safetensors_dtype_get_size (entry->dtype) == size)
            g_ptr_array_add (ordered, entry);
        }
    }
  return ordered;
}

static GBytes *
make_header (const LimnSafetensorsWriter *self,
             const GPtrArray             *entries)
{
  json_t *root = json_object ();
  g_autofree char *text = NULL;
  guint64 place = 0;
  gsize length, padded;
  guint64 word;
  char *bytes;

  if (g_tree_nnodes (self->metadata) > 0)
    {
      json_t *metadata = json_object ();

      g_tree_foreach (self->metadata, add_metadata, metadata);
      json_object_set_new (root, "__metadata__", metadata);
    }
  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = entries->pdata[i];
      json_t *shape = json_array ();
      guint64 end = place + g_bytes_get_size (entry->data);

      for (guint k = 0; k < entry->n_dims; k++)
        json_array_append_new (shape, json_integer (entry->dims[k]));
      json_object_set_new (root, entry->name,
                           json_pack ("{s:s, s:o, s:[I, I]}", "dtype",
                                      limn_safetensors_dtype_get_name (entry->dtype), "shape", shape,
                                      "data_offsets", (json_int_t) place, (json_int_t) end));
      place = end;
    }
  text = json_dumps (root, JSON_COMPACT);
  json_decref (root);
  g_assert (text != NULL);

  length = strlen (text);
  padded = (length + 7) / 8 * 8;
  bytes = g_malloc (8 + padded);
  word = padded;
  memcpy (bytes, &word, 8);
  memcpy (bytes + 8, text, length);
  memset (bytes + 8 + length, ' ', padded - length);
  return g_bytes_new_take (bytes, 8 + padded);
}

static gboolean
write_bytes (GOutputStream  *stream,
             GBytes         *bytes,
             GCancellable   *cancellable,
             GError        **error)
{
  gsize n;
  const void *data = g_bytes_get_data (bytes, &n);

  return n == 0 || g_output_stream_write_all (stream, data, n, NULL, cancellable, error);
}

gboolean
limn_safetensors_writer_write (LimnSafetensorsWriter  *self,
                               GOutputStream          *stream,
                               GCancellable           *cancellable,
                               GError                **error)
{
  g_autoptr(GPtrArray) entries = in_order (self);
  g_autoptr(GBytes) header = make_header (self, entries);

  if (!write_bytes (stream, header, cancellable, error))
    return FALSE;
  for (guint i = 0; i < entries->len; i++)
    {
      if (!write_bytes (stream, ((Entry *) entries->pdata[i])->data, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

GBytes *
limn_safetensors_writer_to_bytes (LimnSafetensorsWriter *self)
{
  g_autoptr(GPtrArray) entries = in_order (self);
  g_autoptr(GBytes) header = make_header (self, entries);
  gsize size = g_bytes_get_size (header);
  guint8 *all, *end;

  for (guint i = 0; i < entries->len; i++)
    size += g_bytes_get_size (((Entry *) entries->pdata[i])->data);
  all = g_malloc (size);
  memcpy (all, g_bytes_get_data (header, NULL), g_bytes_get_size (header));
  end = all + g_bytes_get_size (header);
  for (guint i = 0; i < entries->len; i++)
    {
      gsize n;
      const void *data = g_bytes_get_data (((Entry *) entries->pdata[i])->data, &n);

      if (n > 0)
        memcpy (end, data, n);
      end += n;
    }
  return g_bytes_new_take (all, size);
}
