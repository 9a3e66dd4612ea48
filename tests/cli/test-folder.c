/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-folder.h"

#include "test-cli.h"

#include "tests/limn-test-folder.h"

static void
run_in_folder (gconstpointer data)
{
  void (*func) (void) = data;

  test_folder = g_dir_make_tmp ("limn-test-XXXXXX", NULL);
  g_assert_nonnull (test_folder);
  func ();
  limn_test_remove_folder (test_folder);
  g_clear_pointer (&test_folder, g_free);
}

void
test_add (const char *path, void (*func) (void))
{
  g_test_add_data_func (path, func, run_in_folder);
}
