/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a file is known: a safetensors file has '{' after its length word, and a length that is allowed; what else begins
 * with "PK" is a zip archive; what else begins with '{' is JSON, since text has no NULs and so is an impossible length.
 * All else is left to the safetensors reader, which knows many strangers by name.
 */
#include "config.h"

#include "formats/limn-checkpoint.h"

#include "formats/limn-json.h"
#include "formats/limn-name-index.h"
#include "formats/limn-tensor-values.h"
#include "formats/limn-torch.h"

#include <string.h>

/* Read at a time where numbers are converted: stays in a core's cache. */
#define CHUNK_BYTES 65536

/* The same where elements must be put in order first, for which whole rows are read. */
#define SCATTERED_CHUNK_BYTES (64 << 20)

/* One file: either this or that. */
typedef struct
{
  LimnSafetensors *safetensors;
  LimnTorch *torch;
} Part;

struct _LimnCheckpoint
{
  char *name;
  GPtrArray *parts;
  GPtrArray *files;    /* base names, NULL-terminated */
  GPtrArray *tensors;  /* of const LimnSafetensorsTensor, which the parts own */
  LimnNameIndex *by_name; /* of tensors */
  GHashTable *part_of; /* tensor -> part */
};

typedef enum
{
  KIND_SAFETENSORS, /* or nothing we know */
  KIND_TORCH,
  KIND_INDEX,
} Kind;

static void
part_free (gpointer data)
{
  Part *part = data;

  limn_safetensors_free (part->safetensors);
  limn_torch_free (part->torch);
  g_free (part);
}

static gboolean
look_at (const LimnByteSource  *source,
         Kind                  *kind,
         GError               **error)
{
  guint8 start[9] = { 0 };
  gsize n = MIN (limn_byte_source_get_size (source), sizeof start);
  guint64 length;

  if (!limn_byte_source_read (source, 0, n, start, error))
    return FALSE;
  memcpy (&length, start, sizeof length);
  length = GUINT64_FROM_LE (length);
  if (start[8] == '{' && length <= LIMN_SAFETENSORS_MAX_HEADER_BYTES)
    *kind = KIND_SAFETENSORS;
  else if (memcmp (start, "PK\003\004", 4) == 0)
    *kind = KIND_TORCH;
  else if (start[0] == '{' && length > LIMN_SAFETENSORS_MAX_HEADER_BYTES)
    *kind = KIND_INDEX;
  else
    *kind = KIND_SAFETENSORS;
  return TRUE;
}

/* Takes @source. */
static Part *
open_part (LimnByteSource  *source,
           Kind             kind,
           GError         **error)
{
  LimnSafetensors *safetensors = NULL;
  LimnTorch *torch = NULL;
  Part *part;

  if (kind == KIND_TORCH)
    torch = limn_torch_new_for_source (source, error);
  else
    safetensors = limn_safetensors_new_for_source (source, error);
  if (torch == NULL && safetensors == NULL)
    return NULL;
  part = g_new0 (Part, 1);
  part->safetensors = safetensors;
  part->torch = torch;
  return part;
}

/* The part's tensors join those of the others. */
static void
add_part (LimnCheckpoint *self,
          Part           *part,
          const char     *file)
{
  guint n = part->torch != NULL ? limn_torch_get_n (part->torch) : limn_safetensors_get_n (part->safetensors);

  g_ptr_array_add (self->parts, part);
  g_ptr_array_insert (self->files, self->files->len - 1, g_strdup (file));
  for (guint i = 0; i < n; i++)
    {
      const LimnSafetensorsTensor *tensor =
        part->torch != NULL ? limn_torch_get_nth (part->torch, i) : limn_safetensors_get_nth (part->safetensors, i);

      g_hash_table_insert (self->part_of, (gpointer) tensor, part);
      g_ptr_array_add (self->tensors, (gpointer) tensor);
    }
}

/* When all parts are there. */
static gboolean
index_names (LimnCheckpoint  *self,
             GError         **error)
{
  g_autofree const char **names = g_new (const char *, self->tensors->len + 1);
  const char *twice;

  for (guint i = 0; i < self->tensors->len; i++)
    names[i] = ((const LimnSafetensorsTensor *) g_ptr_array_index (self->tensors, i))->name;
  self->by_name = limn_name_index_new (names, self->tensors->len);
  twice = limn_name_index_find_double (self->by_name);
  if (twice != NULL)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” cannot be read: tensor “%s” is in more than one of its files", self->name, twice);
  return twice == NULL;
}

static LimnCheckpoint *
checkpoint_new (const char *name)
{
  LimnCheckpoint *self = g_new0 (LimnCheckpoint, 1);

  self->name = g_strdup (name);
  self->parts = g_ptr_array_new_with_free_func (part_free);
  self->files = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->files, NULL);
  self->tensors = g_ptr_array_new ();
  self->part_of = g_hash_table_new (NULL, NULL);
  return self;
}

/* Whether a part of a model may be called so: a plain name in the same folder, so that a file that came from
 * somewhere cannot point anywhere. */
static gboolean
is_plain_name (const char *name)
{
  return name[0] != '\0' && name[0] != '.' && strlen (name) <= 255 && strpbrk (name, "/\\") == NULL;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The files that an index names, each once, in the order of their names. */
static GPtrArray *
list_parts (const char  *name,
            json_t      *map,
            GError     **error)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new ();
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  const char *tensor;
  json_t *file;

  json_object_foreach (map, tensor, file)
    {
      const char *part = json_string_value (file);

      if (part == NULL || !is_plain_name (part))
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                       "“%s” cannot be read: it says that tensor “%s” lies in a file that is not in the same folder", name, tensor);
          return NULL;
        }
      if (!g_hash_table_add (seen, (gpointer) part))
        continue;
      g_ptr_array_add (list, (gpointer) part);
      if (list->len > LIMN_CHECKPOINT_MAX_FILES)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” cannot be read: it names more than %d files", name,
                       LIMN_CHECKPOINT_MAX_FILES);
          return NULL;
        }
    }
  g_ptr_array_sort (list, compare_names);
  return g_steal_pointer (&list);
}

static gboolean
open_named_part (LimnCheckpoint  *self,
                 const char      *folder,
                 const char      *file,
                 GError         **error)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autoptr(GError) reason = NULL;
  g_autoptr(LimnByteSource) source = limn_byte_source_open (path, &reason);
  Kind kind;
  Part *part;

  if (source == NULL && g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                   "“%s” is incomplete: its part “%s” is missing from the folder", self->name, file);
      return FALSE;
    }
  if (source == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  if (!look_at (source, &kind, error))
    return FALSE;
  part = open_part (g_steal_pointer (&source), kind == KIND_INDEX ? KIND_SAFETENSORS : kind, error);
  if (part == NULL)
    return FALSE;
  add_part (self, part, file);
  return TRUE;
}

static LimnCheckpoint *
open_index (const LimnByteSource  *source,
            const char            *folder,
            GError               **error)
{
  const char *name = limn_byte_source_get_name (source);
  guint64 size = limn_byte_source_get_size (source);
  g_autoptr(LimnCheckpoint) self = NULL;
  g_autoptr(LimnJson) json = NULL;
  g_autoptr(LimnJson) map = NULL;
  g_autoptr(GPtrArray) list = NULL;
  g_autofree char *text = NULL;
  const char *tensor;
  json_t *file;

  if (folder == NULL || size > LIMN_JSON_MAX_BYTES)
    {
      limn_byte_source_fail (source, LIMN_ERROR_UNSUPPORTED, error, "it is text, not a model");
      return NULL;
    }
  text = g_malloc (size + 1);
  if (!limn_byte_source_read (source, 0, size, text, error))
    return NULL;
  json = limn_json_new_for_data (text, size, name, 0, error);
  if (json == NULL)
    return NULL;
  if (limn_json_get_kind (json, "weight_map") != LIMN_JSON_OBJECT)
    {
      limn_byte_source_fail (source, LIMN_ERROR_UNSUPPORTED, error,
                             "it is a JSON file, but no list of a model's files (it has no “weight_map”)");
      return NULL;
    }
  map = limn_json_get_object (json, "weight_map", error);
  list = map != NULL ? list_parts (name, limn_json_get_root (map), error) : NULL;
  if (list == NULL)
    return NULL;
  self = checkpoint_new (name);
  g_ptr_array_insert (self->files, 0, g_strdup (name));
  for (guint i = 0; i < list->len; i++)
    {
      if (!open_named_part (self, folder, g_ptr_array_index (list, i), error))
        return NULL;
    }
  if (!index_names (self, error))
    return NULL;
  json_object_foreach (limn_json_get_root (map), tensor, file)
    {
      const LimnSafetensorsTensor *found = limn_checkpoint_lookup (self, tensor);
      guint place = 0;

      if (found != NULL)
        g_ptr_array_find (self->parts, g_hash_table_lookup (self->part_of, found), &place);
      /* The index itself is the first of the files, and the terminating NULL the last. */
      if (found == NULL || !g_str_equal (g_ptr_array_index (self->files, place + 1), json_string_value (file)))
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                       "“%s” does not belong to the files beside it: tensor “%s” is not in “%s”. Were they downloaded at different "
                       "times?",
                       name, tensor, json_string_value (file));
          return NULL;
        }
    }
  return g_steal_pointer (&self);
}

/* @folder: where the parts of an index would lie, or NULL. Takes @source. */
static LimnCheckpoint *
new_for_source (LimnByteSource  *taken,
                const char      *folder,
                GError         **error)
{
  g_autoptr(LimnByteSource) source = taken;
  g_autoptr(LimnCheckpoint) self = NULL;
  Kind kind;
  Part *part;

  if (!look_at (source, &kind, error))
    return NULL;
  if (kind == KIND_INDEX)
    return open_index (source, folder, error);
  self = checkpoint_new (limn_byte_source_get_name (source));
  part = open_part (g_steal_pointer (&source), kind, error);
  if (part == NULL)
    return NULL;
  add_part (self, part, self->name);
  return index_names (self, error) ? g_steal_pointer (&self) : NULL;
}

LimnCheckpoint *
limn_checkpoint_open (const char  *path,
                      GError     **error)
{
  LimnByteSource *source;
  g_autofree char *folder = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  folder = g_path_get_dirname (path);
  source = limn_byte_source_open (path, error);
  return source != NULL ? new_for_source (source, folder, error) : NULL;
}

LimnCheckpoint *
limn_checkpoint_new_for_bytes (GBytes      *bytes,
                               const char  *name,
                               GError     **error)
{
  g_return_val_if_fail (bytes != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return new_for_source (limn_byte_source_new_for_bytes (bytes, name), NULL, error);
}

void
limn_checkpoint_free (LimnCheckpoint *self)
{
  if (self == NULL)
    return;
  limn_name_index_free (self->by_name);
  g_clear_pointer (&self->part_of, g_hash_table_unref);
  g_clear_pointer (&self->tensors, g_ptr_array_unref);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  g_clear_pointer (&self->parts, g_ptr_array_unref);
  g_free (self->name);
  g_free (self);
}

const char *
limn_checkpoint_get_name (const LimnCheckpoint *self)
{
  return self->name;
}

const char * const *
limn_checkpoint_get_files (const LimnCheckpoint *self)
{
  return (const char * const *) self->files->pdata;
}

gboolean
limn_checkpoint_is_pickle (const LimnCheckpoint *self)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      if (((const Part *) g_ptr_array_index (self->parts, i))->torch != NULL)
        return TRUE;
    }
  return FALSE;
}

guint64
limn_checkpoint_get_data_bytes (const LimnCheckpoint *self)
{
  guint64 sum = 0;

  for (guint i = 0; i < self->parts->len; i++)
    {
      const Part *part = g_ptr_array_index (self->parts, i);

      sum += part->torch != NULL ? limn_torch_get_data_bytes (part->torch) : limn_safetensors_get_data_bytes (part->safetensors);
    }
  return sum;
}

guint
limn_checkpoint_get_n (const LimnCheckpoint *self)
{
  return self->tensors->len;
}

const LimnSafetensorsTensor *
limn_checkpoint_get_nth (const LimnCheckpoint *self,
                         guint                 i)
{
  g_return_val_if_fail (i < self->tensors->len, NULL);
  return g_ptr_array_index (self->tensors, i);
}

const LimnSafetensorsTensor *
limn_checkpoint_lookup (const LimnCheckpoint *self,
                        const char           *name)
{
  guint place;

  return limn_name_index_find (self->by_name, name, &place) ? g_ptr_array_index (self->tensors, place) : NULL;
}

const char *
limn_checkpoint_get_metadata (const LimnCheckpoint *self,
                              const char           *key)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      const Part *part = g_ptr_array_index (self->parts, i);
      const char *value = part->torch != NULL ? g_hash_table_lookup (limn_torch_get_facts (part->torch), key)
                                              : limn_safetensors_get_metadata (part->safetensors, key);

      if (value != NULL)
        return value;
    }
  return NULL;
}

const char **
limn_checkpoint_get_metadata_keys (const LimnCheckpoint *self)
{
  GPtrArray *keys = g_ptr_array_new ();
  guint n = 0;

  for (guint i = 0; i < self->parts->len; i++)
    {
      const Part *part = g_ptr_array_index (self->parts, i);
      g_autofree const char **own = part->torch != NULL
                                    ? (const char **) g_hash_table_get_keys_as_array (limn_torch_get_facts (part->torch), NULL)
                                    : limn_safetensors_get_metadata_keys (part->safetensors);

      for (guint j = 0; own[j] != NULL; j++)
        g_ptr_array_add (keys, (gpointer) own[j]);
    }
  g_ptr_array_sort (keys, compare_names);
  /* Once each, if several files have it. */
  for (guint i = 0; i < keys->len; i++)
    {
      if (i == 0 || strcmp (g_ptr_array_index (keys, i), g_ptr_array_index (keys, i - 1)) != 0)
        g_ptr_array_index (keys, n++) = g_ptr_array_index (keys, i);
    }
  g_ptr_array_set_size (keys, n);
  g_ptr_array_add (keys, NULL);
  return (const char **) g_ptr_array_free (keys, FALSE);
}

gboolean
limn_checkpoint_read (const LimnCheckpoint         *self,
                      const LimnSafetensorsTensor  *tensor,
                      guint64                       offset,
                      gsize                         n_bytes,
                      void                         *buffer,
                      GError                      **error)
{
  const Part *part;

  g_return_val_if_fail (self != NULL && tensor != NULL, FALSE);
  part = g_hash_table_lookup (self->part_of, tensor);
  g_return_val_if_fail (part != NULL, FALSE); /* a tensor of another file */

  if (part->torch != NULL)
    return limn_torch_read (part->torch, tensor, offset, n_bytes, buffer, error);
  return limn_safetensors_read (part->safetensors, tensor, offset, n_bytes, buffer, error);
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
  return limn_checkpoint_read (file, tensor, offset, n_bytes, buffer, error);
}

static gboolean
read_as (const LimnCheckpoint         *self,
         const LimnSafetensorsTensor  *tensor,
         guint64                       first,
         gsize                         n,
         LimnTensorTarget              target,
         void                         *values,
         GError                      **error)
{
  const Part *part;
  gboolean scattered;

  g_return_val_if_fail (self != NULL && tensor != NULL, FALSE);
  part = g_hash_table_lookup (self->part_of, tensor);
  g_return_val_if_fail (part != NULL, FALSE);

  scattered = part->torch != NULL && !limn_torch_is_contiguous (part->torch, tensor);
  return limn_tensor_values_read (read_raw, self, self->name, tensor, first, n, scattered ? SCATTERED_CHUNK_BYTES : CHUNK_BYTES, target, values,
                                  error);
}

gboolean
limn_checkpoint_read_f32 (const LimnCheckpoint         *self,
                          const LimnSafetensorsTensor  *tensor,
                          guint64                       first,
                          gsize                         n,
                          float                        *values,
                          GError                      **error)
{
  return read_as (self, tensor, first, n, LIMN_TENSOR_F32, values, error);
}

gboolean
limn_checkpoint_read_f64 (const LimnCheckpoint         *self,
                          const LimnSafetensorsTensor  *tensor,
                          guint64                       first,
                          gsize                         n,
                          double                       *values,
                          GError                      **error)
{
  return read_as (self, tensor, first, n, LIMN_TENSOR_F64, values, error);
}
