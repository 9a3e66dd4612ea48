/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-png.h"

G_BEGIN_DECLS

/** LIMN_PNG_XMP_KEYWORD: under which text a PNG has its XMP packet. Source: XMP specification part 3, 1.1.5. */
#define LIMN_PNG_XMP_KEYWORD "XML:com.adobe.xmp"

/**
 * limn_png_get_rating: the stars that the artist gave the picture, in Limn or another program: -1 (rejected) to 5; 0: none.
 * They stand in xmp:Rating, where digiKam, gThumb, darktable and others keep them too.
 */
int       limn_png_get_rating  (const LimnPng  *png);

/**
 * limn_png_set_rating:
 * @bytes: a whole PNG file
 * @rating: -1 to 5; 0 takes the rating away
 *
 * A copy of @bytes with that rating. Every chunk but the one with the XMP packet is copied as it is, pixels and checksums
 * unread; what other programs have written in the packet stays. To rate a picture of Limn's and to
 * take that back gives the very same bytes.
 *
 * Fails with LIMN_ERROR_FORMAT for a file whose chain of chunks is broken, or whose packet is no XMP. Any thread.
 * Returns: (transfer full)
 */
GBytes   *limn_png_set_rating  (GBytes         *bytes,
                                int             rating,
                                GError        **error);

/**
 * limn_png_strip:
 * @bytes: a whole PNG file
 *
 * A copy of @bytes with nothing but what decides how the picture looks: pixels, palette, transparency, colour profile, size of a pixel
 * and, if it moves, its frames. Texts, EXIF, times, chunks nobody knows, and whatever follows the end of the picture are
 * left out. The pixels are copied as they are packed.
 *
 * Fails with LIMN_ERROR_FORMAT for a file whose chain of chunks is broken. Any thread. Returns: (transfer full)
 */
GBytes   *limn_png_strip       (GBytes         *bytes,
                                GError        **error);

/**
 * limn_png_load_texts:
 *
 * limn_png_load() with LIMN_PNG_READ_TEXTS, but the pixels are not even read from the disk: for looking into many files. The
 * same errors. Any thread.
 */
LimnPng  *limn_png_load_texts  (const char     *path,
                                GError        **error);

G_END_DECLS
