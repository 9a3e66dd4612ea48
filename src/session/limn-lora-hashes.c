/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-lora-hashes.h"

#include "formats/limn-json.h"
#include "session/limn-json-text.h"
#include "session/limn-request-lora.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  struct stat status;
  char       *hash;
} Known;

struct _LimnLoraHashes
{
  GHashTable *by_path;
};

static void
known_free (gpointer data)
{
  g_free (((Known *) data)->hash);
  g_free (data);
}

LimnLoraHashes *
limn_lora_hashes_new (void)
{
  LimnLoraHashes *hashes = g_new (LimnLoraHashes, 1);

  hashes->by_path = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, known_free);
  return hashes;
}

void
limn_lora_hashes_free (LimnLoraHashes *hashes)
{
  if (!hashes)
    return;
  g_hash_table_unref (hashes->by_path);
  g_free (hashes);
}

static void
collect (const LimnRequest *request, GPtrArray *paths)
{
  for (guint i = 0; request->loras && i < request->loras->len; i++)
    {
      const LimnRequestLora *lora = request->loras->pdata[i];

      if (!g_ptr_array_find_with_equal_func (paths, lora->path, g_str_equal, NULL))
        g_ptr_array_add (paths, g_strdup (lora->path));
    }
  if (request->branch && request->branch->from)
    collect (request->branch->from, paths);
  if (request->mix && limn_request_mix_has_prompts (request->mix))
    for (guint i = 0; i < request->mix->n_ends; i++)
      collect (request->mix->ends[i].request, paths);
}

char **
limn_lora_hashes_list_paths (const LimnRequest *request)
{
  GPtrArray *paths = g_ptr_array_new ();

  collect (request, paths);
  g_ptr_array_add (paths, NULL);
  return (char **) g_ptr_array_free (paths, FALSE);
}

#define CHUNK (1 << 20)

static gboolean
fail (const char *path, int code, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "“%s” cannot be read: %s", name, g_strerror (code));
  return FALSE;
}

/* Where the data of a safetensors file begin: behind its header; of others 0. */
static gsize
find_data (const guint8 *begin, gsize n, gint64 size)
{
  guint64 header = 0;

  for (guint i = 0; n > 8 && i < 8; i++)
    header |= (guint64) begin[i] << 8 * i;
  return n > 8 && begin[8] == '{' && header <= (guint64) size - 8 ? 8 + header : 0;
}

static char *
hash_file (const char *path, const struct stat *status, int fd, GCancellable *cancellable, GError **error)
{
  g_autoptr(GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *chunk = g_malloc (CHUNK);
  guint64 at = 0, from = 0;

  for (;;)
    {
      gssize n;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      n = pread (fd, chunk, CHUNK, at);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          fail (path, errno, error);
          return NULL;
        }
      if (n == 0)
        return g_strdup (g_checksum_get_string (sum));
      if (at == 0)
        from = find_data (chunk, n, status->st_size);
      if (at + n > from)
        {
          gsize skip = from > at ? from - at : 0;

          g_checksum_update (sum, chunk + skip, n - skip);
        }
      at += n;
    }
}

static gboolean
same (const struct stat *a, const struct stat *b)
{
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
         a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static gboolean
read_one (LimnLoraHashes *hashes, const char *path, GCancellable *cancellable, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  const Known *known = g_hash_table_lookup (hashes->by_path, path);
  struct stat status;
  char *hash = NULL;
  gboolean good;

  if (fd < 0)
    return fail (path, errno, error);
  good = fstat (fd, &status) == 0 || fail (path, errno, error);
  if (good && !(known && same (&known->status, &status)))
    {
      hash = hash_file (path, &status, fd, cancellable, error);
      good = hash != NULL;
    }
  close (fd);
  if (hash)
    {
      Known *now = g_new (Known, 1);

      *now = (Known) { status, hash };
      g_hash_table_insert (hashes->by_path, g_strdup (path), now);
    }
  return good;
}

gboolean
limn_lora_hashes_read (LimnLoraHashes *hashes, const char *const *paths, GCancellable *cancellable, GError **error)
{
  for (guint i = 0; paths[i]; i++)
    {
      g_autoptr(GError) local = NULL;

      if (read_one (hashes, paths[i], cancellable, &local))
        continue;
      if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      g_debug ("%s", local->message);
      g_hash_table_remove (hashes->by_path, paths[i]);
    }
  return TRUE;
}

char *
limn_lora_hashes_add (const LimnLoraHashes *hashes, const char *prefix, const char *model_files, const char *const *paths)
{
  g_autoptr(LimnJson) json = limn_json_new_for_data (model_files, strlen (model_files), "files", 0, NULL);
  g_autoptr(GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree const char **keys = NULL;
  LimnJsonText *text;

  if (!json || !paths[0])
    return g_strdup (model_files);
  text = limn_json_text_new ();
  keys = limn_json_get_keys (json, NULL);
  limn_json_text_begin_object (text, NULL);
  for (guint i = 0; keys[i]; i++)
    {
      const char *value;

      limn_json_text_add_string (text, keys[i], limn_json_get_string (json, keys[i], &value, NULL) ? value : NULL);
    }
  for (guint i = 0; paths[i]; i++)
    {
      const Known *known = g_hash_table_lookup (hashes->by_path, paths[i]);
      g_autofree char *name = limn_resources_name_path (paths[i]);
      g_autofree char *key = g_strconcat (prefix, name, NULL);

      /* Two folders may have files of one name. */
      for (guint n = 2; g_hash_table_contains (names, key); n++)
        {
          g_free (key);
          key = g_strdup_printf ("%s%s (%u)", prefix, name, n);
        }
      limn_json_text_add_string (text, key, known ? known->hash : NULL);
      g_hash_table_add (names, g_steal_pointer (&key));
    }
  limn_json_text_end_object (text);
  return limn_json_text_free (text);
}
