/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-png.h"

G_BEGIN_DECLS

typedef enum
{
  LIMN_EXPORT_PNG,
  LIMN_EXPORT_JPEG,
  LIMN_EXPORT_WEBP,
} LimnExportFormat;

/* What a picture loses nothing at that an eye would find; files are about a tenth of the PNG. */
#define LIMN_EXPORT_DEFAULT_QUALITY 92

/** limn_export_format_from_path: by the ending: .png, .jpg, .jpeg, .webp; LIMN_ERROR_INVALID for another. */
gboolean    limn_export_format_from_path (const char        *path,
                                          LimnExportFormat  *format,
                                          GError           **error);

/** limn_export_format_get_ending: ".png", ".jpg" or ".webp". */
const char *limn_export_format_get_ending (LimnExportFormat  format);

/**
 * limn_export_encode:
 * @quality: 1 to 100, 0 for LIMN_EXPORT_DEFAULT_QUALITY; PNG knows none, and WebP of 100 loses nothing
 * @parameters: (nullable): the text that other programs read the settings from; NULL: no metadata at all
 *
 * JPEG is written by gdk-pixbuf, which has it built in everywhere. WebP is written by libwebp itself: gdk-pixbuf can only with a
 * package of its own, which neither Debian's desktop nor every GNOME runtime brings along. JPEG and WebP carry @parameters in
 * Exif's UserComment, as AUTOMATIC1111 writes them; PNG as text. A JPEG has no transparency: what is transparent becomes white.
 *
 * Fails with LIMN_ERROR_UNSUPPORTED for a picture or text that the format has no room for. Any thread.
 * Returns: (transfer full): the whole file
 */
GBytes     *limn_export_encode           (LimnImage         *image,
                                          LimnExportFormat   format,
                                          guint              quality,
                                          const char        *parameters,
                                          GError           **error);

/**
 * limn_export_convert:
 * @file: a whole picture, as limn_photo_decode() takes it
 * @metadata: whether the settings go along; if not, nothing does that says how, when or with what it was made
 *
 * The same from file to file. A PNG that becomes a PNG keeps its pixels as they are packed, and with @metadata is @file itself.
 * Limn's own recipe goes along in PNGs only: it is for making the same pixels again, and these are no longer the same.
 * Any thread.
 */
GBytes     *limn_export_convert          (GBytes            *file,
                                          LimnExportFormat   format,
                                          guint              quality,
                                          gboolean           metadata,
                                          GError           **error);

G_END_DECLS
