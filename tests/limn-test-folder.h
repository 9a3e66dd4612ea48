/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/** limn_test_remove_folder: the folder @path and all that is in it; links are removed, not followed. */
void limn_test_remove_folder (const char *path);

/**
 * limn_test_own_home: first thing in main(): data, cache, state and settings of this process go to a new folder, which is returned;
 * remove it at the end. As G_TEST_OPTION_ISOLATE_DIRS, which leaks what it sets (GLib 2.74).
 */
char *limn_test_own_home (void);
