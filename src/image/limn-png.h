/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

G_BEGIN_DECLS

/**
 * LIMN_PNG_MAX_TEXT: bytes that one text chunk may have, packed and unpacked; larger ones are skipped. The
 * largest workflows seen in the wild are a few MiB.
 * LIMN_PNG_MAX_TEXTS: text chunks that are read; what comes after these is skipped.
 * LIMN_PNG_MAX_MEMORY: bytes that libpng may hold at a time, pixels not counted. This bounds a file of many packed
 * texts that are each within the limit.
 */
#define LIMN_PNG_MAX_TEXT (8u << 20)
#define LIMN_PNG_MAX_TEXTS 64
#define LIMN_PNG_MAX_MEMORY ((gsize) 64 << 20)

/**
 * LimnPngText:
 * @keyword: 1 to 79 characters, all of them Latin-1, as "parameters" or "limn"; UTF-8 here
 * @text: UTF-8
 */
typedef struct
{
  char *keyword;
  char *text;
} LimnPngText;

/**
 * LimnPng:
 * @image: RGBA whatever the file has: 16 bits are rounded to 8, palettes and grey expanded; NULL if not asked for
 * @width, @height: what the file says, also where the pixels were not asked for
 * @grey: the file has one channel and no transparency; limn_image_dup_as (@image, LIMN_PIXEL_GREY8) is what it holds
 * @icc: (nullable): the colour profile; not with LIMN_PNG_READ_TEXTS
 * @exif: (nullable): a block of Exif, unchecked; not with LIMN_PNG_READ_TEXTS
 * @texts: (element-type LimnPngText) in the order of the file
 * @n_texts_skipped: text chunks that were too large, too many or damaged. A program that shows
 *   the texts says so.
 *
 * What was in a PNG. Pixels are taken as they are stored: no gamma, no colour profile, not turned; limn_photo_decode() does that.
 */
typedef struct
{
  LimnImage *image;
  guint      width;
  guint      height;
  gboolean   grey;
  GBytes    *icc;
  GBytes    *exif;
  GPtrArray *texts;
  guint      n_texts_skipped;
} LimnPng;

/**
 * LimnPngRead:
 * @LIMN_PNG_READ_ALL: pixels and texts
 * @LIMN_PNG_READ_TEXTS: texts and size; the pixels are neither unpacked nor checked
 */
typedef enum
{
  LIMN_PNG_READ_ALL,
  LIMN_PNG_READ_TEXTS,
} LimnPngRead;

/**
 * limn_png_encode:
 * @texts: written before the pixels, in this order
 *
 * A grey image is written as grey, any other without transparency as RGB, the rest as RGBA. A text is written as tEXt where it is Latin-1 (as AUTOMATIC1111
 * does) and can be read back without doubt, else as iTXt. Limn's reader returns the same strings either way.
 *
 * Fails with LIMN_ERROR_INVALID for a keyword that PNG does not allow or text that is not UTF-8.
 * Any thread. Returns: (transfer full): the whole file.
 */
GBytes     *limn_png_encode      (LimnImage          *image,
                                  const LimnPngText  *texts,
                                  gsize               n_texts,
                                  GError            **error);

/**
 * limn_png_decode:
 * @bytes: a whole file
 *
 * Hostile input is expected: the chain of chunks is walked before libpng sees it, the size is held against LIMN_IMAGE_MAX_PIXELS
 * and against what the packed pixels can unpack to, before memory is taken.
 * tEXt, zTXt and iTXt are read, before the pixels or after. tEXt that holds valid UTF-8 is taken as that
 * (stable-diffusion.cpp writes it so, against the specification), else as Latin-1.
 *
 * Fails with LIMN_ERROR_FORMAT for a file that is no PNG, cut off or damaged, LIMN_ERROR_UNSUPPORTED for one
 * that is too large. Any thread.
 */
LimnPng    *limn_png_decode      (GBytes             *bytes,
                                  LimnPngRead         what,
                                  GError            **error);

/** limn_png_load: limn_png_decode() of the file @path; also fails with G_FILE_ERROR. */
LimnPng    *limn_png_load        (const char         *path,
                                  LimnPngRead         what,
                                  GError            **error);

/** limn_png_lookup: the first text under @keyword, borrowed, or NULL. */
const char *limn_png_lookup      (const LimnPng      *png,
                                  const char         *keyword);

void        limn_png_free        (LimnPng            *png);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPng, limn_png_free)

G_END_DECLS
