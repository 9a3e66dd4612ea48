/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * limn_export_dialog_show:
 * @path: (type filename): of the picture
 *
 * Asks where to and as what (PNG, JPEG or WebP; with the settings in it or without), then writes it, on a thread. How it went is said by
 * the studio's toast. Nothing is replaced that the artist was not asked about. Main thread.
 */
void limn_export_dialog_show (GtkWindow  *parent,
                              LimnStudio *studio,
                              const char *path);

G_END_DECLS
