/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-folder.h"

#include "test-cli.h"

#include <glib/gstdio.h>

static void
remove_folder (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_folder (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

static void
run_in_folder (gconstpointer data)
{
  void (*func) (void) = data;

  test_folder = g_dir_make_tmp ("limn-test-XXXXXX", NULL);
  g_assert_nonnull (test_folder);
  func ();
  remove_folder (test_folder);
  g_clear_pointer (&test_folder, g_free);
}

void
test_add (const char *path, void (*func) (void))
{
  g_test_add_data_func (path, func, run_in_folder);
}
