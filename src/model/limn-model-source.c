/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-model-source.h"

#include "base/limn-error.h"
#include "starter/limn-starter-model.h"

#include <glib/gstdio.h>
#include <string.h>

struct _LimnModelSource
{
  char *name;
  char *path; /* NULL: the embedded model */
  char *file; /* (nullable): base name of @path, where that is one file */
};

/* What a part's weights are called, best first: transformers' name, diffusers' name; what torch alone can read. "%s" is the variant with its
 * dot. Of several files the index is opened. */
static const char * const weight_names[] = {
  "model%s.safetensors",
  "diffusion_pytorch_model%s.safetensors",
  "model.safetensors.index%s.json",
  "diffusion_pytorch_model.safetensors.index%s.json",
  "model%s.safetensors.index.json",
  "diffusion_pytorch_model%s.safetensors.index.json",
  "pytorch_model%s.bin",
  "diffusion_pytorch_model%s.bin",
};

/* Best first, where nobody asks for one. */
static const char * const variants[] = { "", ".fp16" };

#define INDEX_MARK ".safetensors.index"
#define INDEX_FILE "model_index.json"

/* "dreamy.safetensors" is called "dreamy". */
static char *
dup_stem (const char *file)
{
  static const char * const endings[] = { ".safetensors.index.json", ".safetensors", ".ckpt", ".pt", ".pth", ".bin" };

  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (file, endings[i]) && strlen (file) > strlen (endings[i]))
      return g_strndup (file, strlen (file) - strlen (endings[i]));
  return g_strdup (file);
}

LimnModelSource *
limn_model_source_new (const char  *path,
                       GError     **error)
{
  LimnModelSource *source;

  if (!path || g_str_equal (path, LIMN_MODEL_STARTER))
    {
      limn_starter_model_register ();
      source = g_new0 (LimnModelSource, 1);
      source->name = g_strdup (LIMN_MODEL_STARTER);
      return source;
    }
  source = g_new0 (LimnModelSource, 1);
  source->path = g_canonicalize_filename (path, NULL);
  source->file = g_path_get_basename (source->path);
  if (g_file_test (source->path, G_FILE_TEST_IS_REGULAR) && g_str_equal (source->file, INDEX_FILE))
    {
      char *folder = g_path_get_dirname (source->path);

      g_free (source->path);
      source->path = folder;
    }
  if (g_file_test (source->path, G_FILE_TEST_IS_DIR))
    {
      g_clear_pointer (&source->file, g_free);
      source->name = g_path_get_basename (source->path);
      return source;
    }
  if (g_file_test (source->path, G_FILE_TEST_IS_REGULAR))
    {
      source->name = dup_stem (source->file);
      return source;
    }
  limn_model_source_free (source);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "“%s” is neither a file nor a folder", path);
  else
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "There is no model “%s”", path);
  return NULL;
}

void
limn_model_source_free (LimnModelSource *source)
{
  if (!source)
    return;
  g_free (source->name);
  g_free (source->path);
  g_free (source->file);
  g_free (source);
}

const char *
limn_model_source_get_name (const LimnModelSource *source)
{
  return source->name;
}

const char *
limn_model_source_get_path (const LimnModelSource *source)
{
  return source->path;
}

gboolean
limn_model_source_is_file (const LimnModelSource *source)
{
  return source->file != NULL;
}

const char *
limn_model_source_get_file (const LimnModelSource *source)
{
  return source->file;
}

/* Of one file its neighbours too: an index has some. */
static char *
place_of (const LimnModelSource *source,
          const char            *file)
{
  if (source->file)
    {
      g_autofree char *folder = g_path_get_dirname (source->path);

      return g_build_filename (folder, file, NULL);
    }
  if (source->path)
    return g_build_filename (source->path, file, NULL);
  return g_strconcat (LIMN_STARTER_MODEL_PATH "/", file, NULL);
}

gboolean
limn_model_source_has (const LimnModelSource *source,
                       const char            *file)
{
  g_autofree char *place = place_of (source, file);

  if (source->path)
    return (!source->file || g_str_equal (source->file, file)) && g_file_test (place, G_FILE_TEST_IS_REGULAR);
  return g_resources_get_info (place, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL, NULL, NULL);
}

static gboolean
check_there (const LimnModelSource  *source,
             const char             *file,
             GError                **error)
{
  if (limn_model_source_has (source, file))
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "The model “%s” is incomplete: “%s” is missing",
               source->name, file);
  return FALSE;
}

GBytes *
limn_model_source_load (const LimnModelSource  *source,
                        const char             *file,
                        gsize                   max_bytes,
                        GError                **error)
{
  g_autofree char *place = place_of (source, file);
  g_autoptr(GFile) from = NULL;
  g_autoptr(GFileInputStream) stream = NULL;
  g_autoptr(GBytes) bytes = NULL;

  if (!check_there (source, file, error))
    return NULL;
  if (!source->path)
    return g_resources_lookup_data (place, G_RESOURCE_LOOKUP_FLAGS_NONE, error);

  /* One byte more than allowed is enough to know; a file may grow, or lie about its size. */
  from = g_file_new_for_path (place);
  stream = g_file_read (from, NULL, error);
  if (!stream)
    return NULL;
  {
    g_autofree char *data = g_malloc (max_bytes + 1);
    gsize length;

    if (!g_input_stream_read_all (G_INPUT_STREAM (stream), data, max_bytes + 1, &length, NULL, error))
      return NULL;
    if (length > max_bytes)
      {
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” is larger than %" G_GSIZE_FORMAT " bytes", file,
                     max_bytes);
        return NULL;
      }
    bytes = g_bytes_new (data, length);
  }
  return g_steal_pointer (&bytes);
}

LimnJson *
limn_model_source_load_json (const LimnModelSource  *source,
                             const char             *file,
                             GError                **error)
{
  g_autoptr(GBytes) bytes = limn_model_source_load (source, file, LIMN_JSON_MAX_BYTES, error);

  if (!bytes)
    return NULL;
  return limn_json_new_for_bytes (bytes, file, 0, error);
}

static char *
find_variant (const LimnModelSource *source,
              const char            *part,
              const char            *variant)
{
  for (gsize i = 0; i < G_N_ELEMENTS (weight_names); i++)
    {
      g_auto(GStrv) around = g_strsplit (weight_names[i], "%s", 2);
      g_autofree char *file = g_strconcat (part ? part : "", part ? "/" : "", around[0], variant, around[1], NULL);

      if (limn_model_source_has (source, file))
        return g_steal_pointer (&file);
    }
  return NULL;
}

/* A variant that nobody foresaw: the first by name. */
static char *
find_any (const LimnModelSource *source,
          const char            *part)
{
  g_autofree char *folder = source->path && !source->file ? g_build_filename (source->path, part, NULL) : NULL;
  g_autoptr(GDir) dir = folder ? g_dir_open (folder, 0, NULL) : NULL;
  g_autofree char *best = NULL;
  const char *name;

  while (dir && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".safetensors")
        && (g_str_has_prefix (name, "model.") || g_str_has_prefix (name, "diffusion_pytorch_model."))
        && (!best || strcmp (name, best) < 0))
      {
        g_free (best);
        best = g_strdup (name);
      }
  return best ? g_strconcat (part ? part : "", part ? "/" : "", best, NULL) : NULL;
}

char *
limn_model_source_find_weights (const LimnModelSource  *source,
                                const char             *part,
                                const char             *variant,
                                gboolean                strict,
                                GError                **error)
{
  char *file = NULL;

  if (variant && *variant)
    {
      g_autofree char *dotted = g_strconcat (".", variant, NULL);

      file = find_variant (source, part, dotted);
      if (!file && strict)
        {
          g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "The model “%s” has no weights of the variant “%s” in its folder “%s”",
                       source->name, variant, part ? part : ".");
          return NULL;
        }
    }
  for (gsize i = 0; !file && i < G_N_ELEMENTS (variants); i++)
    file = find_variant (source, part, variants[i]);
  if (!file)
    file = find_any (source, part);
  if (!file)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                 "The model “%s” is incomplete: there are no weights (a .safetensors file) in its folder “%s”", source->name, part ? part : ".");
  return file;
}

char **
limn_model_source_list_files (const LimnModelSource  *source,
                              const char             *file,
                              GError                **error)
{
  g_autofree char *folder = g_path_get_dirname (file);
  g_autoptr(LimnCheckpoint) checkpoint = NULL;
  const char * const *names;
  GStrvBuilder *list;
  char **files;

  if (!strstr (file, INDEX_MARK))
    {
      const char * const one[] = { file, NULL };

      return g_strdupv ((char **) one);
    }
  checkpoint = limn_model_source_open_weights (source, file, error);
  if (!checkpoint)
    return NULL;
  list = g_strv_builder_new ();
  for (names = limn_checkpoint_get_files (checkpoint); *names; names++)
    {
      g_autofree char *name = g_str_equal (folder, ".") ? g_strdup (*names) : g_build_filename (folder, *names, NULL);

      g_strv_builder_add (list, name);
    }
  files = g_strv_builder_end (list);
  g_strv_builder_unref (list);
  return files;
}

guint64
limn_model_source_get_bytes (const LimnModelSource *source,
                             const char            *file)
{
  g_autofree char *place = place_of (source, file);
  GStatBuf about;
  gsize size;

  if (source->path)
    return g_stat (place, &about) == 0 ? about.st_size : 0;
  return g_resources_get_info (place, G_RESOURCE_LOOKUP_FLAGS_NONE, &size, NULL, NULL) ? size : 0;
}

LimnCheckpoint *
limn_model_source_open_weights (const LimnModelSource  *source,
                                const char             *file,
                                GError                **error)
{
  g_autofree char *place = place_of (source, file);
  g_autoptr(GBytes) bytes = NULL;

  if (!check_there (source, file, error))
    return NULL;
  if (source->path)
    return limn_checkpoint_open (place, error);
  bytes = g_resources_lookup_data (place, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  if (!bytes)
    return NULL;
  return limn_checkpoint_new_for_bytes (bytes, file, error);
}

#define HASH_BLOCK_BYTES (1 << 20)

char *
limn_model_source_hash (const LimnModelSource  *source,
                        const char * const     *files,
                        GCancellable           *cancellable,
                        GError                **error)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *block = g_malloc (HASH_BLOCK_BYTES);

  for (gsize i = 0; files[i]; i++)
    {
      g_autofree char *place = place_of (source, files[i]);
      g_autoptr(GInputStream) stream = NULL;
      gssize n;

      if (source->path)
        {
          g_autoptr(GFile) file = g_file_new_for_path (place);

          stream = G_INPUT_STREAM (g_file_read (file, cancellable, error));
        }
      else
        stream = g_resources_open_stream (place, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
      if (!stream)
        return NULL;
      while ((n = g_input_stream_read (stream, block, HASH_BLOCK_BYTES, cancellable, error)) > 0)
        g_checksum_update (checksum, block, n);
      if (n < 0)
        return NULL;
    }
  return g_strdup (g_checksum_get_string (checksum));
}
