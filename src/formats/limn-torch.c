/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "formats/limn-torch.h"

#include "formats/limn-torch-pickle.h"
#include "formats/limn-torch-zip.h"

#include <string.h>

/* Small entries that are read whole; "little" has 6. */
#define MAX_WORD_BYTES 16

/* The public part first: a tensor's address is that of what is known of it. */
typedef struct
{
  LimnSafetensorsTensor tensor;
  guint64 strides[LIMN_SAFETENSORS_MAX_DIMS]; /* elements */
  gboolean is_contiguous;
} Placed;

struct _LimnTorch
{
  LimnByteSource *source;
  LimnTorchZip *zip;
  LimnTorchPickle *pickle; /* owns the names */
  GArray *tensors;         /* of Placed */
  guint64 data_bytes;
};

#define fail(self, code, error, ...) limn_byte_source_fail ((self)->source, code, error, __VA_ARGS__)

/* The archive's one folder: what stands before "/data.pkl". */
static char *
find_folder (LimnTorch  *self,
             GError    **error)
{
  g_autofree char *folder = NULL;
  gboolean is_program = FALSE;

  for (guint i = 0; i < limn_torch_zip_get_n (self->zip); i++)
    {
      const char *name = limn_torch_zip_get_nth (self->zip, i)->name;
      const char *slash = strchr (name, '/');

      if (slash == NULL)
        continue;
      if (g_str_equal (slash, "/constants.pkl"))
        is_program = TRUE;
      if (!g_str_equal (slash, "/data.pkl"))
        continue;
      if (folder != NULL)
        {
          fail (self, LIMN_ERROR_FORMAT, error, "there are two lists of tensors in it");
          return NULL;
        }
      folder = g_strndup (name, slash - name);
    }
  if (is_program)
    fail (self, LIMN_ERROR_UNSUPPORTED, error, "it is a TorchScript program, not a file of weights");
  else if (folder == NULL)
    fail (self, LIMN_ERROR_UNSUPPORTED, error, "it is a zip archive, but not one that PyTorch wrote");
  return is_program ? NULL : g_steal_pointer (&folder);
}

/* PyTorch says since 2.1 in which order the bytes of its numbers are; before, nobody asked. */
static gboolean
check_byte_order (LimnTorch   *self,
                  const char  *folder,
                  GError     **error)
{
  g_autofree char *name = g_strconcat (folder, "/byteorder", NULL);
  const LimnTorchZipEntry *entry = limn_torch_zip_lookup (self->zip, name);
  char word[MAX_WORD_BYTES + 1] = "";

  if (entry == NULL)
    return TRUE;
  if (entry->n_bytes <= MAX_WORD_BYTES && !limn_byte_source_read (self->source, entry->begin, entry->n_bytes, word, error))
    return FALSE;
  return g_str_equal (word, "little")
         || fail (self, LIMN_ERROR_UNSUPPORTED, error, "its numbers have their bytes in another order than those of any PC");
}

static gboolean
read_pickle (LimnTorch   *self,
             const char  *folder,
             GError     **error)
{
  g_autofree char *name = g_strconcat (folder, "/data.pkl", NULL);
  const LimnTorchZipEntry *entry = limn_torch_zip_lookup (self->zip, name);
  g_autofree guint8 *data = NULL;

  if (entry->n_bytes > LIMN_TORCH_PICKLE_MAX_BYTES)
    return fail (self, LIMN_ERROR_FORMAT, error, "its list of tensors would have %" G_GUINT64_FORMAT " bytes, at most %d are allowed",
                 entry->n_bytes, LIMN_TORCH_PICKLE_MAX_BYTES);
  data = g_malloc (entry->n_bytes + 1);
  if (!limn_byte_source_read (self->source, entry->begin, entry->n_bytes, data, error))
    return FALSE;
  self->pickle = limn_torch_pickle_new (data, entry->n_bytes, limn_byte_source_get_name (self->source), error);
  return self->pickle != NULL;
}

static gboolean
is_contiguous (const LimnTorchTensor *from)
{
  guint64 stride = 1;

  if (from->n_elements == 0)
    return TRUE;
  for (guint i = from->n_dims; i-- > 0;)
    {
      if (from->dims[i] > 1 && from->strides[i] != stride)
        return FALSE;
      stride *= from->dims[i];
    }
  return TRUE;
}

static gboolean
place_tensor (LimnTorch              *self,
              const char             *folder,
              const LimnTorchTensor  *from,
              GHashTable             *counted,
              GError                **error)
{
  g_autofree char *name = g_strconcat (folder, "/data/", from->storage, NULL);
  const LimnTorchZipEntry *entry = limn_torch_zip_lookup (self->zip, name);
  gsize size = limn_safetensors_dtype_get_size (from->dtype);
  Placed placed = { .is_contiguous = is_contiguous (from) };
  LimnSafetensorsTensor *tensor = &placed.tensor;

  if (entry == NULL)
    return fail (self, LIMN_ERROR_FORMAT, error, "the numbers of tensor “%s” are missing", from->name);
  /* Of the size that the pickle claims, in elements, at most 2^63 - 1: compare by division. */
  if (entry->n_bytes % size != 0 || entry->n_bytes / size != from->storage_elements)
    return fail (self, LIMN_ERROR_FORMAT, error, "tensor “%s” should lie in %" G_GUINT64_FORMAT " numbers of %s, but there are %"
                 G_GUINT64_FORMAT " bytes", from->name, from->storage_elements, limn_safetensors_dtype_get_name (from->dtype), entry->n_bytes);
  tensor->name = from->name;
  tensor->dtype = from->dtype;
  tensor->dtype_name = limn_safetensors_dtype_get_name (from->dtype);
  tensor->n_dims = from->n_dims;
  tensor->n_elements = from->n_elements;
  /* No overflow: first and n_elements are at most storage_elements, which times size is in the file. */
  tensor->begin = entry->begin + from->first * size;
  tensor->n_bytes = from->n_elements * size;
  for (guint i = 0; i < from->n_dims; i++)
    {
      tensor->dims[i] = from->dims[i];
      placed.strides[i] = from->strides[i];
    }
  if (g_hash_table_add (counted, (gpointer) entry))
    self->data_bytes += entry->n_bytes;
  g_array_append_val (self->tensors, placed);
  return TRUE;
}

static int
compare_places (gconstpointer a,
                gconstpointer b)
{
  const LimnSafetensorsTensor *x = &((const Placed *) a)->tensor;
  const LimnSafetensorsTensor *y = &((const Placed *) b)->tensor;

  if (x->begin != y->begin)
    return x->begin < y->begin ? -1 : 1;
  return strcmp (x->name, y->name);
}

LimnTorch *
limn_torch_new_for_source (LimnByteSource  *source,
                           GError         **error)
{
  g_autoptr(LimnTorch) self = g_new0 (LimnTorch, 1);
  g_autoptr(GHashTable) counted = g_hash_table_new (NULL, NULL);
  g_autofree char *folder = NULL;

  g_return_val_if_fail (source != NULL, NULL);

  self->source = source;
  self->tensors = g_array_new (FALSE, FALSE, sizeof (Placed));
  self->zip = limn_torch_zip_new (source, error);
  if (self->zip == NULL)
    return NULL;
  folder = find_folder (self, error);
  if (folder == NULL || !check_byte_order (self, folder, error) || !read_pickle (self, folder, error))
    return NULL;
  for (guint i = 0; i < limn_torch_pickle_get_n (self->pickle); i++)
    {
      if (!place_tensor (self, folder, limn_torch_pickle_get_nth (self->pickle, i), counted, error))
        return NULL;
    }
  g_array_sort (self->tensors, compare_places);
  return g_steal_pointer (&self);
}

void
limn_torch_free (LimnTorch *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->tensors, g_array_unref);
  limn_torch_pickle_free (self->pickle);
  limn_torch_zip_free (self->zip);
  limn_byte_source_free (self->source);
  g_free (self);
}

const LimnByteSource *
limn_torch_get_source (const LimnTorch *self)
{
  return self->source;
}

guint64
limn_torch_get_data_bytes (const LimnTorch *self)
{
  return self->data_bytes;
}

guint
limn_torch_get_n (const LimnTorch *self)
{
  return self->tensors->len;
}

const LimnSafetensorsTensor *
limn_torch_get_nth (const LimnTorch *self,
                    guint            i)
{
  g_return_val_if_fail (i < self->tensors->len, NULL);
  return &g_array_index (self->tensors, Placed, i).tensor;
}

GHashTable *
limn_torch_get_facts (const LimnTorch *self)
{
  return limn_torch_pickle_get_facts (self->pickle);
}

gboolean
limn_torch_is_contiguous (const LimnTorch             *self,
                          const LimnSafetensorsTensor *tensor)
{
  return ((const Placed *) tensor)->is_contiguous;
}

/* Where element @index, counted in the order of the shape, lies in the storage, counted from the tensor's first. */
static guint64
place_of (const Placed *placed,
          guint64       index)
{
  guint64 place = 0;

  for (guint i = placed->tensor.n_dims; i-- > 0;)
    {
      place += index % placed->tensor.dims[i] * placed->strides[i];
      index /= placed->tensor.dims[i];
    }
  return place;
}

/* Elements [first, first + n) in the order of the shape: the range they lie in is read at once, and they are picked from it.
 * That range is that of the whole rows (of the first dimension) that they belong to: tight where those lie one after the
 * other, as in PyTorch's channels-last, and all of the tensor where it is a transposed matrix. */
static gboolean
gather (const LimnTorch  *self,
        const Placed     *placed,
        guint64           first,
        guint64           n,
        guint8           *to,
        GError          **error)
{
  const LimnSafetensorsTensor *tensor = &placed->tensor;
  gsize size = limn_safetensors_dtype_get_size (tensor->dtype);
  guint64 row = tensor->n_elements / tensor->dims[0];
  guint64 row_reach = 1;
  g_autofree guint8 *range = NULL;

  for (guint i = 1; i < tensor->n_dims; i++)
    row_reach += (tensor->dims[i] - 1) * placed->strides[i];
  while (n > 0)
    {
      guint64 r0 = first / row;
      guint64 r1 = (first + n - 1) / row; /* last row, included */
      guint64 begin = r0 * placed->strides[0];
      guint64 span;
      guint64 now;

      /* As many rows at a time as the limit allows; one at least. */
      if (placed->strides[0] > 0)
        r1 = MIN (r1, r0 + LIMN_TORCH_MAX_SPAN_BYTES / size / placed->strides[0]);
      span = (r1 - r0) * placed->strides[0] + row_reach;
      if (span > LIMN_TORCH_MAX_SPAN_BYTES / size && r1 > r0)
        {
          r1 = r0;
          span = row_reach;
        }
      if (span > LIMN_TORCH_MAX_SPAN_BYTES / size)
        return fail (self, LIMN_ERROR_UNSUPPORTED, error, "the numbers of tensor “%s” are scattered too widely in it", tensor->name);
      g_free (range);
      range = g_try_malloc (span * size);
      if (range == NULL)
        return fail (self, LIMN_ERROR_OUT_OF_MEMORY, error, "there is no memory to put tensor “%s” in order", tensor->name);
      if (!limn_byte_source_read (self->source, tensor->begin + begin * size, span * size, range, error))
        return FALSE;
      now = MIN (n, (r1 + 1) * row - first);
      for (guint64 i = 0; i < now; i++)
        memcpy (to + i * size, range + (place_of (placed, first + i) - begin) * size, size);
      to += now * size;
      first += now;
      n -= now;
    }
  return TRUE;
}

gboolean
limn_torch_read (const LimnTorch              *self,
                 const LimnSafetensorsTensor  *tensor,
                 guint64                       offset,
                 gsize                         n_bytes,
                 void                         *buffer,
                 GError                      **error)
{
  const Placed *placed = (const Placed *) tensor;
  gsize size;
  guint64 first;
  guint64 last;
  g_autofree guint8 *whole = NULL;

  g_return_val_if_fail (self != NULL && tensor != NULL, FALSE);
  g_return_val_if_fail (buffer != NULL || n_bytes == 0, FALSE);

  if (offset > tensor->n_bytes || n_bytes > tensor->n_bytes - offset)
    return fail (self, LIMN_ERROR_INVALID, error, "tensor “%s” has %" G_GUINT64_FORMAT " bytes; %" G_GSIZE_FORMAT
                 " were asked for from byte %" G_GUINT64_FORMAT, tensor->name, tensor->n_bytes, n_bytes, offset);
  if (n_bytes == 0)
    return TRUE;
  if (placed->is_contiguous)
    return limn_byte_source_read (self->source, tensor->begin + offset, n_bytes, buffer, error);

  size = limn_safetensors_dtype_get_size (tensor->dtype);
  first = offset / size;
  last = (offset + n_bytes - 1) / size;
  if (offset % size == 0 && n_bytes % size == 0)
    return gather (self, placed, first, last - first + 1, buffer, error);
  whole = g_malloc ((last - first + 1) * size);
  if (!gather (self, placed, first, last - first + 1, whole, error))
    return FALSE;
  memcpy (buffer, whole + offset % size, n_bytes);
  return TRUE;
}
