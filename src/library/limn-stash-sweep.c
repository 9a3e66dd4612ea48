/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What names a picture is found without understanding it: every run of 64 hexadecimal digits in what is kept may be an id. So files that
 * this version cannot read, damaged ones and those put aside count as well, and what cannot be read at all ends the sweep. */
#include "config.h"

#include "library/limn-stash.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A queue of ten thousand jobs has 10 MiB. The head of a trajectory, where its request is, has some ten KiB; it may have 100 MiB. */
#define MAX_JSON_BYTES (G_GUINT64_CONSTANT (256) << 20)
#define MAX_HEAD_BYTES (G_GUINT64_CONSTANT (100) << 20)

static void
add_ids (const char *text, gsize length, GHashTable *named)
{
  gsize run = 0;

  for (gsize i = 0; i <= length; i++)
    {
      if (i < length && (g_ascii_isdigit (text[i]) || (text[i] >= 'a' && text[i] <= 'f')))
        {
          run++;
          continue;
        }
      if (run == 64)
        g_hash_table_add (named, g_strndup (text + i - 64, 64));
      run = 0;
    }
}

static gboolean
fail_read (const char *path, int code, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "“%s” could not be read. (%s)", shown, g_strerror (code));
  return FALSE;
}

/* The first bytes of @path; all of them, or as many as a safetensors file says that its head has. */
static gboolean
add_ids_of_file (const char *path, gboolean head_only, GHashTable *named, GError **error)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
  g_autofree char *text = NULL;
  guint64 length;
  struct stat info;
  gsize got = 0;

  if (fd < 0 || fstat (fd, &info) != 0)
    {
      int code = errno;

      if (fd >= 0)
        close (fd);
      /* Gone meanwhile: then it names nothing. A link is nothing of ours. */
      return code == ENOENT || code == ELOOP ? TRUE : fail_read (path, code, error);
    }
  length = MIN ((guint64) info.st_size, MAX_JSON_BYTES);
  if (head_only)
    {
      guint64 head = 0;

      if (read (fd, &head, sizeof head) != sizeof head)
        head = 0;
      length = MIN (length, MIN (GUINT64_FROM_LE (head), MAX_HEAD_BYTES) + sizeof head);
      lseek (fd, 0, SEEK_SET);
    }
  text = g_malloc (length + 1);
  while (got < length)
    {
      gssize n = read (fd, text + got, length - got);
      int code = errno;

      if (n < 0 && code == EINTR)
        continue;
      if (n < 0)
        {
          close (fd);
          return fail_read (path, code, error);
        }
      if (n == 0)
        break;
      got += n;
    }
  close (fd);
  add_ids (text, got, named);
  return TRUE;
}

static gboolean
add_ids_of_folder (const char *folder, const char *ending, gboolean head_only, GHashTable *named, GError **error)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(GDir) dir = g_dir_open (folder, 0, &local);
  const char *name;

  if (!dir)
    {
      if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (strstr (name, ending) && g_file_test (path, G_FILE_TEST_IS_REGULAR) &&
          !add_ids_of_file (path, head_only, named, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
limn_stash_list_named (const char *path, GHashTable *named, GError **error)
{
  return add_ids_of_file (path, TRUE, named, error);
}

gboolean
limn_stash_sweep_state (LimnStash *stash, const char *state_folder, guint *n_swept, GError **error)
{
  g_autoptr(GHashTable) named = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *steps = g_build_filename (state_folder, "steps", NULL);
  g_autofree char *sources = g_build_filename (state_folder, "sources", NULL);

  if (!add_ids_of_folder (state_folder, ".json", FALSE, named, error) ||
      !add_ids_of_folder (state_folder, ".ini", FALSE, named, error) ||
      !add_ids_of_folder (steps, ".safetensors", TRUE, named, error) ||
      !add_ids_of_folder (sources, ".json", FALSE, named, error))
    return FALSE;
  *n_swept = limn_stash_sweep (stash, named);
  return TRUE;
}
