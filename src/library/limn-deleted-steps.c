/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library/limn-deleted-steps.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#define ENDING ".safetensors"

static char *
dup_folder (const char *steps_folder, const char *picture_folder)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, picture_folder, -1);

  return g_build_filename (steps_folder, "deleted", hash, NULL);
}

static char *
dup_path (const char *folder, const char *id)
{
  g_autofree char *name = g_strconcat (id, ENDING, NULL);

  return g_build_filename (folder, name, NULL);
}

/* Nothing is ever replaced. Old file systems cannot say so in one call; what is there already has the same id, and so the same steps. */
static gboolean
move (const char *from, const char *to)
{
  if (renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
    return TRUE;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
    return FALSE;
  return !g_file_test (to, G_FILE_TEST_EXISTS) && g_rename (from, to) == 0;
}

gboolean
limn_deleted_steps_put_away (const char *steps_folder, const char *picture_folder, const char *id)
{
  g_autofree char *folder = dup_folder (steps_folder, picture_folder);
  g_autofree char *from = dup_path (steps_folder, id);
  g_autofree char *to = dup_path (folder, id);

  return g_uuid_string_is_valid (id) && g_file_test (from, G_FILE_TEST_IS_REGULAR) && g_mkdir_with_parents (folder, 0700) == 0 &&
         move (from, to);
}

gboolean
limn_deleted_steps_bring_back (const char *steps_folder, const char *picture_folder, const char *id)
{
  g_autofree char *folder = dup_folder (steps_folder, picture_folder);
  g_autofree char *from = dup_path (folder, id);
  g_autofree char *to = dup_path (steps_folder, id);

  return g_uuid_string_is_valid (id) && move (from, to);
}

GPtrArray *
limn_deleted_steps_list (const char *steps_folder, const char *picture_folder)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = dup_folder (steps_folder, picture_folder);
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *id = g_str_has_suffix (name, ENDING) ? g_strndup (name, strlen (name) - strlen (ENDING)) : NULL;

      if (id && g_uuid_string_is_valid (id))
        g_ptr_array_add (ids, g_steal_pointer (&id));
    }
  return ids;
}

void
limn_deleted_steps_remove (const char *steps_folder, const char *picture_folder, const char *id)
{
  g_autofree char *folder = dup_folder (steps_folder, picture_folder);
  g_autofree char *path = dup_path (folder, id);

  if (g_uuid_string_is_valid (id) && g_unlink (path) != 0)
    g_debug ("%s: %s", path, g_strerror (errno));
}
