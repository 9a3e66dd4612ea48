/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

G_BEGIN_DECLS

/**
 * limn_photo_decode:
 * @bytes: a whole PNG, JPEG, WebP or TIFF; told by its first bytes, from a stranger
 *
 * The picture as a person sees it: turned as its Exif says, its colours brought to sRGB where it has a colour profile for RGB
 * (by lcms2, perceptual). Limn's own PNGs have neither, so that their pixels come back bit for bit; of a TIFF the first
 * page. The size is held against LIMN_IMAGE_MAX_SIDE and LIMN_IMAGE_MAX_PIXELS before memory is taken for it.
 *
 * JPEG and TIFF are gdk-pixbuf's, asked for by name, so that no other of its loaders sees the file. WebP is libwebp's own:
 * gdk-pixbuf's loader for it is a package of its own that often is not there. Only those two and libpng parse pixels here.
 *
 * Fails with LIMN_ERROR_FORMAT for other or damaged files, LIMN_ERROR_UNSUPPORTED for a picture that is too large or moves.
 * Any thread. Takes up to seconds for a large photograph. Returns: (transfer full)
 */
LimnImage *limn_photo_decode (GBytes  *bytes,
                              GError **error);

/** limn_photo_load: limn_photo_decode() of the file @path; also fails with G_FILE_ERROR. */
LimnImage *limn_photo_load   (const char  *path,
                              GError     **error);

G_END_DECLS
