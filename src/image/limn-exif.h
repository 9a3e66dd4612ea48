/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-png.h"

G_BEGIN_DECLS

/**
 * LIMN_EXIF_MAX_IN_JPEG: bytes of an Exif block that fit into a JPEG: a segment's 65,533 less its name. The
 * text is UTF-16 in it: about 32,700 characters.
 */
#define LIMN_EXIF_MAX_IN_JPEG (65533 - 6)

/**
 * LimnExif:
 * @texts: (element-type LimnPngText): what programs that paint leave in a JPEG or WebP, under the keyword it has in a PNG:
 *   "parameters" (UserComment, as AUTOMATIC1111 and Fooocus write it; stable-diffusion.cpp's comment segment or XMP packet),
 *   "fooocus_scheme" (MakerNote), "prompt" and "workflow" (ComfyUI, in Make and Model)
 * @orientation: how the stored rows become the picture, 1 to 8; 1: as they are
 * @icc: (nullable): the colour profile
 *
 * What stands beside the pixels of a picture that is no PNG.
 */
typedef struct
{
  GPtrArray *texts;
  guint      orientation;
  GBytes    *icc;
} LimnExif;

/**
 * limn_exif_new_for_bytes:
 * @file: a whole JPEG, WebP or TIFF, from a stranger
 *
 * Every offset, count and length is held against the file; nothing points further than one level deep, so that no circle is
 * possible. What cannot be understood is passed over. Takes time in proportion to the file. Any thread.
 *
 * Fails with LIMN_ERROR_FORMAT where it is none of these, or breaks off before its pixels.
 *
 * Source: Exif 2.32; TIFF 6.0; ISO 10918-1 annex B; WebP container specification.
 */
LimnExif *limn_exif_new_for_bytes (GBytes      *file,
                                   GError     **error);
void      limn_exif_free          (LimnExif    *exif);

/**
 * limn_exif_make_block:
 * @parameters: UTF-8
 *
 * A block of Exif that holds @parameters as UserComment, in UTF-16 of high byte first, as AUTOMATIC1111 writes it into JPEGs
 * and WebPs. Returns: (transfer full)
 */
GBytes   *limn_exif_make_block    (const char  *parameters);

/**
 * limn_exif_insert_into_jpeg:
 * @jpeg: a whole file without Exif
 * @block: of limn_exif_make_block()
 *
 * Returns: (transfer full): @jpeg with @block in a segment of its own. Fails with LIMN_ERROR_UNSUPPORTED where @block is longer than
 * LIMN_EXIF_MAX_IN_JPEG, LIMN_ERROR_FORMAT where @jpeg is none.
 */
GBytes   *limn_exif_insert_into_jpeg (GBytes   *jpeg,
                                      GBytes   *block,
                                      GError  **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnExif, limn_exif_free)

G_END_DECLS
