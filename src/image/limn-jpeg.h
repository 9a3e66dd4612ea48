/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

G_BEGIN_DECLS

/**
 * LimnJpeg:
 *
 * What a JPEG file knows for certain of the picture that it was made from: each coefficient of the 8x8 cosine transform of each
 * block lay in an interval one quantisation step wide, around the value in the file. Immutable, counted by reference.
 * Thread-safety: any.
 */
typedef struct _LimnJpeg LimnJpeg;

/**
 * limn_jpeg_new:
 * @file: a whole JPEG, from a stranger; nothing of it is kept
 *
 * Baseline and progressive, grey or YCbCr, chroma at full size or at any whole fraction of it. Size, number of scans and
 * memory are bounded before they are taken: two bytes a coefficient.
 *
 * Fails with LIMN_ERROR_FORMAT for other or damaged files; LIMN_ERROR_UNSUPPORTED where it is too large, has other colour components
 * (CMYK, RGB), or a colour profile that is not sRGB: what is seen of such a picture is not what its blocks hold.
 * Takes up to seconds for a large photograph. Returns: (transfer full)
 */
LimnJpeg  *limn_jpeg_new          (GBytes          *file,
                                   GError         **error);
LimnJpeg  *limn_jpeg_ref          (LimnJpeg        *jpeg);
void       limn_jpeg_unref        (LimnJpeg        *jpeg);

/* As it is seen, turned as its Exif says. */
guint      limn_jpeg_get_width    (const LimnJpeg  *jpeg);
guint      limn_jpeg_get_height   (const LimnJpeg  *jpeg);

/**
 * limn_jpeg_project:
 * @picture: of the size of @jpeg, upright
 * @share: 0..1, of the width of each interval: 1: all that could have become this file; 0: what any decoder shows, but for the
 *   way in which it enlarges chroma
 *
 * Of all pictures whose coefficients lie in these intervals, the one nearest to @picture (squared distance in Y'CbCr). A chroma sample is
 * taken for the mean of the pixels it covers, as encoders make it, so that chroma detail finer than the file's stays @picture's.
 * Pixels outside 0..255 are brought back and the projection repeated; rounding to 8 bits moves a coefficient by less than 2.
 *
 * Blocks that stick out of the picture: what lies outside is free. Fails with LIMN_ERROR_SHAPE.
 * About 0.3 s a megapixel. Returns: (transfer full): RGB
 *
 * Source: ISO 10918-1 annex A.3; projection onto convex sets: Zakhor, IEEE Trans. CSVT 2, 1992.
 */
LimnImage *limn_jpeg_project      (const LimnJpeg  *jpeg,
                                   LimnImage       *picture,
                                   double           share,
                                   GError         **error);

/**
 * limn_jpeg_smooth:
 * @decoded: what the file shows: limn_photo_decode()
 *
 * Of the pictures whose coefficients lie in the middle half of the file's intervals, about the one of the least total variation (colours
 * together): no steps between blocks, no ripples beside edges, edges as they are. No model is asked.
 *
 * On all processors; about 4 s a megapixel on one. Fails with LIMN_ERROR_SHAPE. Returns: (transfer full): RGB
 *
 * Source: Alter, Durand & Froment 2005, "Adapted total variation for artifact free decompression of JPEG images".
 */
LimnImage *limn_jpeg_smooth       (const LimnJpeg  *jpeg,
                                   LimnImage       *decoded,
                                   GError         **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnJpeg, limn_jpeg_unref)

G_END_DECLS
