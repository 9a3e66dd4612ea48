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
#include "base/limn-half.h"
#include "formats/limn-json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES 65536

struct _LimnSafetensors
{
  char *name;
  int fd;        /* -1 when it lives in bytes */
  GBytes *bytes; /* NULL when it lives in a file */
  guint64 size;
  guint64 data_start;
  LimnJson *header; /* owns the names */
  GArray *tensors;
  GHashTable *by_name; /* name -> index + 1 */
};

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

/* What people call .safetensors, or get in its place from a download. */
static const struct
{
  const char *magic;
  gsize length;
  const char *what;
} strangers[] = {
  { "PK\003\004", 4, "This is a zip checkpoint (.ckpt or .pt); Limn never opens those because they can run code" },
  { "\200\002", 2, "This is a pickle checkpoint (.ckpt or .pt); Limn never opens those because they can run code" },
  { "\200\003", 2, "This is a pickle checkpoint (.ckpt or .pt); Limn never opens those because they can run code" },
  { "\200\004", 2, "This is a pickle checkpoint (.ckpt or .pt); Limn never opens those because they can run code" },
  { "\200\005", 2, "This is a pickle checkpoint (.ckpt or .pt); Limn never opens those because they can run code" },
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

static gboolean G_GNUC_PRINTF (4, 5)
fail (const LimnSafetensors  *self,
      LimnErrorCode           code,
      GError                **error,
      const char             *format,
      ...)
{
  va_list args;
  g_autofree char *what = NULL;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LIMN_ERROR, code, "“%s” cannot be read: %s", self->name, what);
  return FALSE;
}

/* Caller has checked that offset + n does not overflow and lies within self->size. */
static gboolean
read_at (const LimnSafetensors  *self,
         guint64                 offset,
         gsize                   n,
         void                   *buffer,
         GError                **error)
{
  guint8 *to = buffer;

  if (self->bytes != NULL)
    {
      if (n > 0)
        memcpy (to, (const guint8 *) g_bytes_get_data (self->bytes, NULL) + offset, n);
      return TRUE;
    }
  while (n > 0)
    {
      gssize got = pread (self->fd, to, MIN (n, (gsize) 1 << 30), (off_t) offset);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          int code = errno;

          g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "“%s” cannot be read: %s", self->name,
                       g_strerror (code));
          return FALSE;
        }
      if (got == 0)
        return fail (self, LIMN_ERROR_FORMAT, error, "it has become shorter since it was opened (it ends before byte %"
                     G_GUINT64_FORMAT "); was it replaced or cut while in use?", offset);
      to += got;
      offset += got;
      n -= got;
    }
  return TRUE;
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
  if (!read_at (self, 0, n, start, error))
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
      g_hash_table_insert (self->by_name, (gpointer) tensor->name, GUINT_TO_POINTER (i + 1));
    }
  if (place != self->size - self->data_start)
    return fail (self, LIMN_ERROR_FORMAT, error, "%" G_GUINT64_FORMAT " bytes at its end belong to no tensor",
                 self->size - self->data_start - place);
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
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);

  if (!check_start (self, &header_bytes, error))
    return NULL;
  text = g_try_malloc (header_bytes);
  if (text == NULL)
    {
      fail (self, LIMN_ERROR_OUT_OF_MEMORY, error, "there is no memory for its header of %" G_GUINT64_FORMAT " bytes",
            header_bytes);
      return NULL;
    }
  if (!read_at (self, 8, header_bytes, text, error))
    return NULL;
  self->header = limn_json_new_for_data (text, header_bytes, self->name, LIMN_SAFETENSORS_MAX_HEADER_BYTES, error);
  if (self->header == NULL)
    return NULL;
  self->data_start = 8 + header_bytes;
  if (!parse_header (self, error))
    return NULL;
  return g_steal_pointer (&owned);
}

LimnSafetensors *
limn_safetensors_open (const char  *path,
                       GError     **error)
{
  g_autoptr(LimnSafetensors) self = NULL;
  struct stat info;

  g_return_val_if_fail (path != NULL, NULL);

  self = g_new0 (LimnSafetensors, 1);
  self->name = g_filename_display_basename (path);
  /* O_NONBLOCK: a named pipe must not hang us; regular files ignore it. */
  self->fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (self->fd < 0 || fstat (self->fd, &info) != 0)
    {
      int code = errno;

      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "“%s” cannot be opened: %s", self->name,
                   g_strerror (code));
      return NULL;
    }
  if (!S_ISREG (info.st_mode))
    {
      fail (self, LIMN_ERROR_FORMAT, error, S_ISDIR (info.st_mode) ? "it is a folder" : "it is not a file");
      return NULL;
    }
  self->size = info.st_size;
  return load (g_steal_pointer (&self), error);
}

LimnSafetensors *
limn_safetensors_new_for_bytes (GBytes      *bytes,
                                const char  *name,
                                GError     **error)
{
  LimnSafetensors *self;

  g_return_val_if_fail (bytes != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  self = g_new0 (LimnSafetensors, 1);
  self->name = g_strdup (name);
  self->fd = -1;
  self->bytes = g_bytes_ref (bytes);
  self->size = g_bytes_get_size (bytes);
  return load (self, error);
}

void
limn_safetensors_free (LimnSafetensors *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_pointer (&self->by_name, g_hash_table_unref);
  g_clear_pointer (&self->tensors, g_array_unref);
  g_clear_pointer (&self->header, limn_json_unref);
  g_free (self->name);
  g_free (self);
}

const char *
limn_safetensors_get_name (const LimnSafetensors *self)
{
  return self->name;
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
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_name, name));

  return place > 0 ? limn_safetensors_get_nth (self, place - 1) : NULL;
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
  return read_at (self, self->data_start + tensor->begin + offset, n_bytes, buffer, error);
}

/* One value of the dtype from unaligned little-endian bytes. */
static double
double_at (LimnSafetensorsDtype     dtype,
           const guint8 *from)
{
  guint64 u64;
  guint32 u32;
  guint16 u16;
  double d;
  float f;

  switch (dtype)
    {
    case LIMN_SAFETENSORS_F64:
      memcpy (&u64, from, 8);
      u64 = GUINT64_FROM_LE (u64);
      memcpy (&d, &u64, 8);
      return d;
    case LIMN_SAFETENSORS_F32:
      memcpy (&u32, from, 4);
      u32 = GUINT32_FROM_LE (u32);
      memcpy (&f, &u32, 4);
      return f;
    case LIMN_SAFETENSORS_F16:
    case LIMN_SAFETENSORS_BF16:
      memcpy (&u16, from, 2);
      u16 = GUINT16_FROM_LE (u16);
      return dtype == LIMN_SAFETENSORS_F16 ? limn_half_to_float (u16) : limn_bf16_to_float (u16);
    default:
      g_assert_not_reached ();
    }
}

static gint64
int_at (LimnSafetensorsDtype     dtype,
        const guint8 *from)
{
  guint64 u64;
  guint32 u32;
  guint16 u16;

  switch (dtype)
    {
    case LIMN_SAFETENSORS_I64:
      memcpy (&u64, from, 8);
      return (gint64) GUINT64_FROM_LE (u64);
    case LIMN_SAFETENSORS_I32:
      memcpy (&u32, from, 4);
      return (gint32) GUINT32_FROM_LE (u32);
    case LIMN_SAFETENSORS_I16:
      memcpy (&u16, from, 2);
      return (gint16) GUINT16_FROM_LE (u16);
    case LIMN_SAFETENSORS_I8:
      return (gint8) *from;
    case LIMN_SAFETENSORS_U8:
      return *from;
    case LIMN_SAFETENSORS_BOOL:
      return *from != 0;
    default:
      g_assert_not_reached ();
    }
}

static gboolean
is_float (LimnSafetensorsDtype dtype)
{
  return dtype == LIMN_SAFETENSORS_F64 || dtype == LIMN_SAFETENSORS_F32 || dtype == LIMN_SAFETENSORS_F16
         || dtype == LIMN_SAFETENSORS_BF16;
}

typedef enum
{
  TO_F32,
  TO_F64,
  TO_I64,
} Target;

static gboolean
read_as (const LimnSafetensors        *self,
         const LimnSafetensorsTensor  *tensor,
         guint64                       first,
         gsize                         n,
         Target                        target,
         void                         *values,
         GError                      **error)
{
  gsize size = limn_safetensors_dtype_get_size (tensor->dtype);
  gboolean floats = is_float (tensor->dtype);
  g_autofree guint8 *chunk = NULL;

  g_return_val_if_fail (values != NULL || n == 0, FALSE);

  if (tensor->dtype != LIMN_SAFETENSORS_OTHER && ((target == TO_F32 && !floats) || (target == TO_I64 && floats)))
    return fail (self, LIMN_ERROR_UNSUPPORTED, error, "tensor “%s” holds %s, but %s are needed here", tensor->name,
                 tensor->dtype_name, target == TO_F32 ? "floating-point numbers" : "whole numbers");
  if (tensor->dtype != LIMN_SAFETENSORS_OTHER && (first > tensor->n_elements || n > tensor->n_elements - first))
    return fail (self, LIMN_ERROR_INVALID, error, "tensor “%s” has %" G_GUINT64_FORMAT " elements; %" G_GSIZE_FORMAT
                 " were asked for from element %" G_GUINT64_FORMAT, tensor->name, tensor->n_elements, n, first);
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  if ((target == TO_F32 && tensor->dtype == LIMN_SAFETENSORS_F32)
      || (target == TO_F64 && tensor->dtype == LIMN_SAFETENSORS_F64))
    return limn_safetensors_read (self, tensor, first * size, n * size, values, error);
#endif

  chunk = g_malloc (CHUNK_BYTES);
  do
    {
      gsize now = size > 0 ? MIN (n, CHUNK_BYTES / size) : 0;

      if (!limn_safetensors_read (self, tensor, first * size, now * size, chunk, error))
        return FALSE;
      for (gsize i = 0; i < now; i++)
        {
          const guint8 *from = chunk + i * size;

          if (target == TO_F32)
            ((float *) values)[i] = double_at (tensor->dtype, from);
          else if (target == TO_F64)
            ((double *) values)[i] = floats ? double_at (tensor->dtype, from) : (double) int_at (tensor->dtype, from);
          else
            ((gint64 *) values)[i] = int_at (tensor->dtype, from);
        }
      values = (guint8 *) values + now * (target == TO_F32 ? sizeof (float) : 8);
      first += now;
      n -= now;
    }
  while (n > 0);
  return TRUE;
}

gboolean
limn_safetensors_read_f32 (const LimnSafetensors        *self,
                           const LimnSafetensorsTensor  *tensor,
                           guint64                       first,
                           gsize                         n,
                           float                        *values,
                           GError                      **error)
{
  return read_as (self, tensor, first, n, TO_F32, values, error);
}

gboolean
limn_safetensors_read_f64 (const LimnSafetensors        *self,
                           const LimnSafetensorsTensor  *tensor,
                           guint64                       first,
                           gsize                         n,
                           double                       *values,
                           GError                      **error)
{
  return read_as (self, tensor, first, n, TO_F64, values, error);
}

gboolean
limn_safetensors_read_i64 (const LimnSafetensors        *self,
                           const LimnSafetensorsTensor  *tensor,
                           guint64                       first,
                           gsize                         n,
                           gint64                       *values,
                           GError                      **error)
{
  return read_as (self, tensor, first, n, TO_I64, values, error);
}
