/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-model-source.h"

#include "base/limn-error.h"
#include "starter/limn-starter-model.h"

struct _LimnModelSource
{
  char *name;
  char *path; /* NULL: the embedded model */
};

/* What a part's weights are called, best first: transformers' name, diffusers' name; full precision, half. */
static const char * const weight_names[] = {
  "model.safetensors",
  "diffusion_pytorch_model.safetensors",
  "model.fp16.safetensors",
  "diffusion_pytorch_model.fp16.safetensors",
};

/* Weights we cannot read, for a better message than "not found". */
static const struct
{
  const char *name;
  const char *why;
} foreign_names[] = {
  { "model.safetensors.index.json", "split over several files" },
  { "diffusion_pytorch_model.safetensors.index.json", "split over several files" },
  { "pytorch_model.bin", "a pickle, which may hold any program" },
  { "diffusion_pytorch_model.bin", "a pickle, which may hold any program" },
  { "pytorch_model.fp16.bin", "a pickle, which may hold any program" },
  { "diffusion_pytorch_model.fp16.bin", "a pickle, which may hold any program" },
};

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
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "“%s” is a file; Limn opens models as folders with a model_index.json so far", path);
      return NULL;
    }
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "There is no model folder “%s”", path);
      return NULL;
    }
  source = g_new0 (LimnModelSource, 1);
  source->path = g_canonicalize_filename (path, NULL);
  source->name = g_path_get_basename (source->path);
  return source;
}

void
limn_model_source_free (LimnModelSource *source)
{
  if (!source)
    return;
  g_free (source->name);
  g_free (source->path);
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

static char *
place_of (const LimnModelSource *source,
          const char            *file)
{
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
    return g_file_test (place, G_FILE_TEST_IS_REGULAR);
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

char *
limn_model_source_find_weights (const LimnModelSource  *source,
                                const char             *part,
                                GError                **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (weight_names); i++)
    {
      g_autofree char *file = g_strconcat (part, "/", weight_names[i], NULL);

      if (limn_model_source_has (source, file))
        return g_steal_pointer (&file);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (foreign_names); i++)
    {
      g_autofree char *file = g_strconcat (part, "/", foreign_names[i].name, NULL);

      if (limn_model_source_has (source, file))
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                       "The model “%s” has the weights of its %s only in a form that Limn does not read: “%s” is %s",
                       source->name, part, file, foreign_names[i].why);
          return NULL;
        }
    }
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
               "The model “%s” is incomplete: there is no .safetensors file in its folder “%s”", source->name, part);
  return NULL;
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
