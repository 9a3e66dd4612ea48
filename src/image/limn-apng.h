/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-png.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Frames of one animation: twice the steps that a picture can have, for those that are shown longer. */
#define LIMN_APNG_MAX_FRAMES 2000

/**
 * LimnApng:
 *
 * Writes an animated PNG frame by frame: what is written is gone from memory, so that a hundred frames take no more than one.
 * Programs that know no APNG show a still picture, which need not be a frame of the animation.
 *
 *     apng = limn_apng_new (stream, LIMN_PIXEL_RGB8, w, h, n, 0, last, texts, n_texts, &error);
 *     for each frame:
 *       limn_apng_add (apng, frame, 120, &error);
 *     limn_apng_finish (apng, &error);
 *
 * After a failure nothing more can be written, and what is in the stream is no picture.
 * Thread-safety: owner thread; every call writes, so not the main thread.
 *
 * Source: PNG specification, third edition (2025), 11.3.6 and 4.9.
 */
typedef struct _LimnApng LimnApng;

/**
 * limn_apng_new:
 * @stream: what is written goes here; a reference is taken, it is not closed
 * @format: of all frames; with LIMN_PIXEL_RGB8 alpha is dropped
 * @n_frames: that will be added, 1 to LIMN_APNG_MAX_FRAMES: they stand before the first of them
 * @n_plays: 0: for ever
 * @still: (nullable): what other programs show, of the same size; no part of the animation. NULL: the first frame
 * @texts: as limn_png_encode() has them
 *
 * Fails with LIMN_ERROR_INVALID, LIMN_ERROR_SHAPE, as limn_png_encode() does, and with the stream's errors.
 */
LimnApng *limn_apng_new    (GOutputStream      *stream,
                            LimnPixelFormat     format,
                            guint               width,
                            guint               height,
                            guint               n_frames,
                            guint               n_plays,
                            LimnImage          *still,
                            const LimnPngText  *texts,
                            gsize               n_texts,
                            GError            **error);

/**
 * limn_apng_add:
 * @delay_ms: how long it is shown; more than 65 s are rounded to hundredths of a second, more than 655 s are cut
 *
 * Fails with LIMN_ERROR_SHAPE where @frame has another size, LIMN_ERROR_INVALID where there are too many.
 */
gboolean  limn_apng_add    (LimnApng           *apng,
                            LimnImage          *frame,
                            guint               delay_ms,
                            GError            **error);

/** limn_apng_finish: writes the end. Fails with LIMN_ERROR_INVALID where frames are missing. */
gboolean  limn_apng_finish (LimnApng           *apng,
                            GError            **error);

void      limn_apng_free   (LimnApng           *apng);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnApng, limn_apng_free)

G_END_DECLS
