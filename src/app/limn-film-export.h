/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnFilmExport:
 *
 * Exports a reel: asks where to, then shows how far it is, with a button to cancel. Hidden while there is nothing to do. One at a time.
 *
 * Property: "busy" (boolean, read-only).
 */
#define LIMN_TYPE_FILM_EXPORT (limn_film_export_get_type ())
G_DECLARE_FINAL_TYPE (LimnFilmExport, limn_film_export, LIMN, FILM_EXPORT, GtkWidget)

/** limn_film_export_set_studio: once. */
void     limn_film_export_set_studio (LimnFilmExport *self,
                                      LimnStudio     *studio);

/** limn_film_export_ask: where @reel is to go; then does it. The artist may look at something else meanwhile. */
void     limn_film_export_ask        (LimnFilmExport *self,
                                      LimnReel       *reel,
                                      LimnReelExport  kind);

/** limn_film_export_start: to @path, which was chosen. */
void     limn_film_export_start      (LimnFilmExport *self,
                                      LimnReel       *reel,
                                      LimnReelExport  kind,
                                      const char     *path);
void     limn_film_export_cancel     (LimnFilmExport *self);
gboolean limn_film_export_is_busy    (LimnFilmExport *self);

G_END_DECLS
