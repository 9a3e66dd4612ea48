/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything in the header is hostile until checked. The order of checks matters: the length word against the
 * file before the header is read, the header's JSON against the limits of limn-json.h before
 * it is parsed, each tensor's product and range before anyone sees it, and last that the
 * tensors, sorted by place, follow each other without hole or overlap. After that a tensor's
 * begin + n_bytes cannot overflow or leave the file as it was, and only its
 * becoming shorter meanwhile remains: every pread checks for that.
 *
 * The trap in telling a pickle from a safetensors file: both a zip ("PK\3\4" = 67,324,752) and a pickle
 * (80 02 …) may begin like a possible length word. So a file is taken for safetensors
 * when '{' follows the length word, and only otherwise searched for what else it may be.
 */
#include "config.h"

#include "formats/limn-safetensors.h"

#include "base/limn-error.h"
#include "formats/limn-byte-source.h"
#include "formats/limn-json.h"
#include "formats/limn-name-index.h"
#include "formats/limn-tensor-values.h"

#include <string.h>

/* Read at a time where numbers are converted: stays in a core's cache. */
#define CHUNK_BYTES 65536

struct _LimnSafetensors
{
  LimnByteSource *source;
  guint64 size;
  guint64 data_start;
  LimnJson *header; /* owns the names */
  GArray *tensors;
  LimnNameIndex *by_name;
};

#define fail(self, code, error, ...) limn_byte_source_fail ((self)->source, code, error, __VA_ARGS__)

static const struct
{
  const char *name;
  LimnSafetensorsDtype dtype;
  gsize size;
} dtypes[] = {
  { "F64", LIMN_SAFETENSORS_F64, 8 },
  { "F32", LIMN_SAFETENSORS_F32, 4 },
  { "F16", LIMN_SAFETENSORS_F16, 2 },
  { "BF16", LIMN_SAFETENSORS_BF16, 2 },
  { "I64", LIMN_SAFETENSORS_I64, 8 },
  { "I32", LIMN_SAFETENSORS_I32, 4 },
  { "I16", LIMN_SAFETENSORS_I16, 2 },
  { "I8", LIMN_SAFETENSORS_I8, 1 },
  { "U8", LIMN_SAFETENSORS_U8, 1 },
  { "BOOL", LIMN_SAFETENSORS_BOOL, 1 },
  /* Not read, but their sizes are known, so that a file which holds them is checked all the same. */
  { "U64", LIMN_SAFETENSORS_OTHER, 8 },
  { "C64", LIMN_SAFETENSORS_OTHER, 8 },
  { "U32", LIMN_SAFETENSORS_OTHER, 4 },
  { "U16", LIMN_SAFETENSORS_OTHER, 2 },
  { "F8_E4M3", LIMN_SAFETENSORS_OTHER, 1 },
  { "F8_E5M2", LIMN_SAFETENSORS_OTHER, 1 },
};

#define OLD_PICKLE "This is a pickle checkpoint (.ckpt or .pt) as PyTorch wrote them before 1.6; Limn reads only the newer kind, a zip archive"

/* What people call .safetensors, or get in its place from a download. */
static const struct
{
  const char *magic;
  gsize length;
  const char *what;
} strangers[] = {
  { "PK\003\004", 4, "This is a zip checkpoint (.ckpt or .pt), not a safetensors file" },
  { "\200\002", 2, OLD_PICKLE },
  { "\200\003", 2, OLD_PICKLE },
  { "\200\004", 2, OLD_PICKLE },
  { "\200\005", 2, OLD_PICKLE },
  { "GGUF", 4, "This is a GGUF file, which Limn cannot read" },
  { "\211HDF\r\n", 6, "This is an HDF5 file, which Limn cannot read" },
  { "\211PNG\r\n", 6, "This is a PNG picture, not a model" },
  { "version https://git-lfs", 23, "This is a Git LFS pointer; the model itself has not been downloaded yet" },
  { "<!DOCTYPE", 9, "This is a web page, not a model; the download probably failed" },
  { "<!doctype", 9, "This is a web page, not a model; the download probably failed" },
  { "<html", 5, "This is a web page, not a model; the download probably failed" },
};

gsize
limn_safetensors_dtype_get_size (LimnSafetensorsDtype dtype)
{
  for (gsize i = 0; i < G_N_ELEMENTS (dtypes); i++)
    {
      if (dtypes[i].dtype == dtype && dtype != LIMN_SAFETENSORS_OTHER)
        return dtypes[i].size;
    }
  return 0;
}

const char *
limn_safetensors_dtype_get_name (LimnSafetensorsDtype dtype)
{
  for (gsize i = 0; i < G_N_ELEMENTS (dtypes); i++)
    {
      if (dtypes[i].dtype == dtype && dtype != LIMN_SAFETENSORS_OTHER)
        return dtypes[i].name;
    }
  return "?";
}

static gboolean
check_start (LimnSafetensors  *self,
             guint64          *header_bytes,
             GError          **error)
{
  guint8 start[32] = { 0 };
  gsize n = MIN (self->size, sizeof start);
  guint64 length;

  if (self->size == 0)
    return fail (self, LIMN_ERROR_FORMAT, error, "it is empty");
  if (!limn_byte_source_read (self->source, 0, n, start, error))
    return FALSE;
  memcpy (&length, start, sizeof length);
  length = GUINT64_FROM_LE (length);

  if (n < 9 || start[8] != '{' || length > LIMN_SAFETENSORS_MAX_HEADER_BYTES)
    {
      for (gsize i = 0; i < G_N_ELEMENTS (strangers); i++)
        {
          if (n >= strangers[i].length && memcmp (start, strangers[i].magic, strangers[i].length) == 0)
            return fail (self, LIMN_ERROR_FORMAT, error, "%s", strangers[i].what);
        }
    }
  if (n < 8)
    return fail (self, LIMN_ERROR_FORMAT, error, "it is not a safetensors file, or was cut after %" G_GSIZE_FORMAT
                 " bytes", n);
  if (length > LIMN_SAFETENSORS_MAX_HEADER_BYTES)
    return fail (self, LIMN_ERROR_FORMAT, error, "it is not a safetensors file (its header would be %" G_GUINT64_FORMAT
                 " bytes, at most %d are allowed)", length, LIMN_SAFETENSORS_MAX_HEADER_BYTES);
  if (length > self->size - 8)
    return fail (self, LIMN_ERROR_FORMAT, error, "it was cut: its header needs %" G_GUINT64_FORMAT
                 " bytes, but only %" G_GUINT64_FORMAT " are left", length, self->size - 8);
  if (length < 2 || start[8] != '{')
    return fail (self, LIMN_ERROR_FORMAT, error, "it is not a safetensors file (its header is not a JSON object)");
  *header_bytes = length;
  return TRUE;
}

static gboolean
to_u64 (const json_t *value,
        guint64      *out)
{
  if (!json_is_integer (value) || json_integer_value (value) < 0)
    return FALSE;
  *out = json_integer_value (value);
  return TRUE;
}

static gboolean
parse_tensor (const LimnSafetensors  *self,
              const char             *name,
              const json_t           *entry,
              LimnSafetensorsTensor  *tensor,
              GError                **error)
{
  const json_t *dtype = json_object_get (entry, "dtype");
  const json_t *shape = json_object_get (entry, "shape");
  const json_t *offsets = json_object_get (entry, "data_offsets");
  guint64 end;
  gsize element_bytes = 0;

  if (!json_is_object (entry))
    return fail (self, LIMN_ERROR_FORMAT, error, "the entry of tensor “%s” is not an object", name);
  if (!json_is_string (dtype))
    return fail (self, LIMN_ERROR_FORMAT, error, "tensor “%s” has no dtype, or one that is not a string", name);
  if (!json_is_array (shape))
    return fail (self, LIMN_ERROR_FORMAT, error, "tensor “%s” has no shape, or one that is not a list", name);
  if (!json_is_array (offsets) || json_array_size (offsets) != 2)
    return fail (self, LIMN_ERROR_FORMAT, error, "tensor “%s” has no data_offsets, or they are not two numbers", name);

  tensor->name = name;
  tensor->dtype_name = json_string_value (dtype);
  for (gsize i = 0; i < G_N_ELEMENTS (dtypes); i++)
    {
      if (strcmp (dtypes[i].name, tensor->dtype_name) == 0)
        {
          tensor->dtype = dtypes[i].dtype;
          element_bytes = dtypes[i].size;
        }
    }

  if (json_array_size (shape) > LIMN_SAFETENSORS_MAX_DIMS)
    return fail (self, LIMN_ERROR_FORMAT, error, "tensor “%s” has %" G_GSIZE_FORMAT
                 " dimensions, at most %d are possible", name, json_array_size (shape), LIMN_SAFETENSORS_MAX_DIMS);
  tensor->n_dims = json_array_size (shape);
  tensor->n_elements = 1;
  for (guint i = 0; i < tensor->n_dims; i++)
    {
      if (!to_u64 (json_array_get (shape, i), &tensor->dims[i]))
        return fail (self, LIMN_ERROR_FORMAT, error, "tensor “%s” has a size that is not a whole number from 0", name);
      if (!g_uint64_checked_mul (&tensor->n_elements, tensor->n_elements, tensor->dims[i]))
        return fail (self, LIMN_ERROR_FORMAT, error, "tensor “%s” would have more than 2^64 elements", name);
    }

  if (!to_u64 (json_array_get (offsets, 0), &tensor->begin) || !to_u64 (json_array_get (offsets, 1), &end))
    return fail (self, LIMN_ERROR_FORMAT, error, "tensor “%s” has data_offsets that are not whole numbers from 0",
                 name);
  if (tensor->begin > end)
    return fail (self, LIMN_ERROR_FORMAT, error, "tensor “%s” ends (%" G_GUINT64_FORMAT ") before it begins (%"
                 G_GUINT64_FORMAT ")", name, end, tensor->begin);
  if (end > self->size - self->data_start)
    return fail (self, LIMN_ERROR_FORMAT, error,
                 "it was cut, or is damaged: tensor “%s” ends at byte %" G_GUINT64_FORMAT 
                 " of the data, of which there are %" G_GUINT64_FORMAT, name, end, self->size - self->data_start);
  tensor->n_bytes = end - tensor->begin;
  if (element_bytes > 0)
    {
      guint64 wanted;

      if (!g_uint64_checked_mul (&wanted, tensor->n_elements, element_bytes) || wanted != tensor->n_bytes)
        return fail (self, LIMN_ERROR_FORMAT, error, "tensor “%s” takes %" G_GUINT64_FORMAT
                     " bytes, but its shape has %" G_GUINT64_FORMAT " elements of %s", name, tensor->n_bytes,
                     tensor->n_elements, tensor->dtype_name);
    }
  return TRUE;
}

static int
compare_places (gconstpointer a,
                gconstpointer b)
{
  const LimnSafetensorsTensor *x = a;
  const LimnSafetensorsTensor *y = b;

  if (x->begin != y->begin)
    return x->begin < y->begin ? -1 : 1;
  /* Empty tensors lie before the one that begins at the same place. */
  if (x->n_bytes != y->n_bytes)
    return x->n_bytes < y->n_bytes ? -1 : 1;
  return strcmp (x->name, y->name);
}

static gboolean
parse_header (LimnSafetensors  *self,
              GError          **error)
{
  json_t *root = limn_json_get_root (self->header);
  g_autofree const char **names = NULL;
  json_t *entry;
  const char *name;
  guint64 place = 0;

  json_object_foreach (root, name, entry)
    {
      LimnSafetensorsTensor tensor = { 0 };

      if (strcmp (name, "__metadata__") == 0)
        {
          const char *key;
          json_t *value;

          if (!json_is_object (entry))
            return fail (self, LIMN_ERROR_FORMAT, error, "its __metadata__ is not an object");
          json_object_foreach (entry, key, value)
            {
              if (!json_is_string (value))
                return fail (self, LIMN_ERROR_FORMAT, error, "its __metadata__ holds “%s”, which is not a string", key);
            }
          continue;
        }
      if (!parse_tensor (self, name, entry, &tensor, error))
        return FALSE;
      g_array_append_val (self->tensors, tensor);
    }

  g_array_sort (self->tensors, compare_places);
  names = g_new (const char *, self->tensors->len + 1);
  for (guint i = 0; i < self->tensors->len; i++)
    {
      const LimnSafetensorsTensor *tensor = &g_array_index (self->tensors, LimnSafetensorsTensor, i);

      if (tensor->begin < place)
        return fail (self, LIMN_ERROR_FORMAT, error, "tensors “%s” and “%s” overlap",
                     (tensor - 1)->name, tensor->name);
      if (tensor->begin > place)
        return fail (self, LIMN_ERROR_FORMAT, error, "there is a hole of %" G_GUINT64_FORMAT
                     " bytes before tensor “%s”", tensor->begin - place, tensor->name);
      place += tensor->n_bytes; /* no overflow: each tensor's end is within the file */
      names[i] = tensor->name;
    }
  if (place != self->size - self->data_start)
    return fail (self, LIMN_ERROR_FORMAT, error, "%" G_GUINT64_FORMAT " bytes at its end belong to no tensor",
                 self->size - self->data_start - place);
  self->by_name = limn_name_index_new (names, self->tensors->len); /* no two: JSON's keys are unique */
  return TRUE;
}

static LimnSafetensors *
load (LimnSafetensors  *self,
      GError          **error)
{
  g_autoptr(LimnSafetensors) owned = self;
  g_autofree char *text = NULL;
  guint64 header_bytes = 0;

  self->tensors = g_array_new (FALSE, FALSE, sizeof (LimnSafetensorsTensor));

  if (!check_start (self, &header_bytes, error))
    return NULL;
  text = g_try_malloc (header_bytes);
  if (text == NULL)
    {
      fail (self, LIMN_ERROR_OUT_OF_MEMORY, error, "there is no memory for its header of %" G_GUINT64_FORMAT " bytes",
            header_bytes);
      return NULL;
    }
  if (!limn_byte_source_read (self->source, 8, header_bytes, text, error))
    return NULL;
  self->header = limn_json_new_for_data (text, header_bytes, limn_byte_source_get_name (self->source), LIMN_SAFETENSORS_MAX_HEADER_BYTES, error);
  if (self->header == NULL)
    return NULL;
  self->data_start = 8 + header_bytes;
  if (!parse_header (self, error))
    return NULL;
  return g_steal_pointer (&owned);
}

LimnSafetensors *
limn_safetensors_new_for_source (LimnByteSource  *source,
                                 GError         **error)
{
  LimnSafetensors *self;

  g_return_val_if_fail (source != NULL, NULL);

  self = g_new0 (LimnSafetensors, 1);
  self->source = source;
  self->size = limn_byte_source_get_size (source);
  return load (self, error);
}

LimnSafetensors *
limn_safetensors_open (const char  *path,
                       GError     **error)
{
  LimnByteSource *source = limn_byte_source_open (path, error);

  return source != NULL ? limn_safetensors_new_for_source (source, error) : NULL;
}

LimnSafetensors *
limn_safetensors_new_for_bytes (GBytes      *bytes,
                                const char  *name,
                                GError     **error)
{
  g_return_val_if_fail (bytes != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return limn_safetensors_new_for_source (limn_byte_source_new_for_bytes (bytes, name), error);
}

void
limn_safetensors_free (LimnSafetensors *self)
{
  if (self == NULL)
    return;
  limn_name_index_free (self->by_name);
  g_clear_pointer (&self->tensors, g_array_unref);
  g_clear_pointer (&self->header, limn_json_unref);
  limn_byte_source_free (self->source);
  g_free (self);
}

const char *
limn_safetensors_get_name (const LimnSafetensors *self)
{
  return limn_byte_source_get_name (self->source);
}

guint64
limn_safetensors_get_data_bytes (const LimnSafetensors *self)
{
  return self->size - self->data_start;
}

guint
limn_safetensors_get_n (const LimnSafetensors *self)
{
  return self->tensors->len;
}

const LimnSafetensorsTensor *
limn_safetensors_get_nth (const LimnSafetensors *self,
                          guint                  i)
{
  g_return_val_if_fail (i < self->tensors->len, NULL);
  return &g_array_index (self->tensors, LimnSafetensorsTensor, i);
}

const LimnSafetensorsTensor *
limn_safetensors_lookup (const LimnSafetensors *self,
                         const char            *name)
{
  guint place;

  return limn_name_index_find (self->by_name, name, &place) ? limn_safetensors_get_nth (self, place) : NULL;
}

static json_t *
metadata_of (const LimnSafetensors *self)
{
  return json_object_get (limn_json_get_root (self->header), "__metadata__");
}

const char *
limn_safetensors_get_metadata (const LimnSafetensors *self,
                               const char            *key)
{
  return json_string_value (json_object_get (metadata_of (self), key));
}

static int
compare_strings (const void *a,
                 const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

const char **
limn_safetensors_get_metadata_keys (const LimnSafetensors *self)
{
  json_t *metadata = metadata_of (self);
  const char **keys = g_new (const char *, json_object_size (metadata) + 1);
  const char *key;
  json_t *value;
  gsize n = 0;

  json_object_foreach (metadata, key, value)
    keys[n++] = key;
  keys[n] = NULL;
  if (n > 0)
    qsort (keys, n, sizeof *keys, compare_strings);
  return keys;
}

gboolean
limn_safetensors_read (const LimnSafetensors        *self,
                       const LimnSafetensorsTensor  *tensor,
                       guint64                       offset,
                       gsize                         n_bytes,
                       void                         *buffer,
                       GError                      **error)
{
  g_return_val_if_fail (self != NULL && tensor != NULL, FALSE);
  g_return_val_if_fail (buffer != NULL || n_bytes == 0, FALSE);

  if (tensor->dtype == LIMN_SAFETENSORS_OTHER)
    return fail (self, LIMN_ERROR_UNSUPPORTED, error, "tensor “%s” holds numbers of type %s, which Limn does not know",
                 tensor->name, tensor->dtype_name);
  if (offset > tensor->n_bytes || n_bytes > tensor->n_bytes - offset)
    return fail (self, LIMN_ERROR_INVALID, error, "tensor “%s” has %" G_GUINT64_FORMAT " bytes; %" G_GSIZE_FORMAT
                 " were asked for from byte %" G_GUINT64_FORMAT, tensor->name, tensor->n_bytes, n_bytes, offset);
  return limn_byte_source_read (self->source, self->data_start + tensor->begin + offset, n_bytes, buffer, error);
}

/* For limn_tensor_values_read(), which knows no types of files. */
static gboolean
read_raw (gconstpointer                 file,
          const LimnSafetensorsTensor  *tensor,
          guint64                       offset,
          gsize                         n_bytes,
          void                         *buffer,
          GError                      **error)
{
  return limn_safetensors_read (file, tensor, offset, n_bytes, buffer, error);
}

gboolean
limn_safetensors_read_f32 (const LimnSafetensors        *self,
                           const LimnSafetensorsTensor  *tensor,
                           guint64                       first,
                           gsize                         n,
                           float                        *values,
                           GError                      **error)
{
  return limn_tensor_values_read (read_raw, self, limn_safetensors_get_name (self), tensor, first, n, CHUNK_BYTES, LIMN_TENSOR_F32,
                                  values, error);
}

gboolean
limn_safetensors_read_f64 (const LimnSafetensors        *self,
                           const LimnSafetensorsTensor  *tensor,
                           guint64                       first,
                           gsize                         n,
                           double                       *values,
                           GError                      **error)
{
  return limn_tensor_values_read (read_raw, self, limn_safetensors_get_name (self), tensor, first, n, CHUNK_BYTES, LIMN_TENSOR_F64,
                                  values, error);
}

gboolean
limn_safetensors_read_i64 (const LimnSafetensors        *self,
                           const LimnSafetensorsTensor  *tensor,
                           guint64                       first,
                           gsize                         n,
                           gint64                       *values,
                           GError                      **error)
{
  return limn_tensor_values_read (read_raw, self, limn_safetensors_get_name (self), tensor, first, n, CHUNK_BYTES, LIMN_TENSOR_I64,
                                  values, error);
}
