/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>

void
limn_test_remove_folder (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        limn_test_remove_folder (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

char *
limn_test_own_home (void)
{
  static const char *const names[] = { "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME" };
  char *home = g_dir_make_tmp ("limn-test-home-XXXXXX", NULL);

  g_assert_nonnull (home);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (home, names[i], NULL);

      g_setenv (names[i], path, TRUE);
    }
  return home;
}
