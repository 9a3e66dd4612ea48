/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/** limn_test_remove_folder: the folder @path and all that is in it; links are removed, not followed. */
void limn_test_remove_folder (const char *path);
