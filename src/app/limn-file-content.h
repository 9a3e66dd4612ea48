/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnFileContent:
 *
 * A PNG file for the clipboard or a drag: as a picture (image/png, the file's very bytes, read when they are asked for) and as
 * files to copy. Several files are files only.
 */
#define LIMN_TYPE_FILE_CONTENT (limn_file_content_get_type ())
G_DECLARE_FINAL_TYPE (LimnFileContent, limn_file_content, LIMN, FILE_CONTENT, GdkContentProvider)

/** limn_file_content_new: @paths: (element-type filename), at least one. */
GdkContentProvider *limn_file_content_new (GPtrArray *paths);

G_END_DECLS
