/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"
#include "paint/limn-rect.h"

G_BEGIN_DECLS

/** LIMN_MASK_MAX_SIDE: pixels along one side of a mask. */
#define LIMN_MASK_MAX_SIDE 16384

/**
 * LimnMaskState:
 *
 * A mask as it is at one moment: grey values, 0 (nothing changes there) to 255 (all may change), never altered, counted
 * by reference. It shares its tiles with the LimnMask it was taken from and with the steps of its history, so that
 * taking one costs a reference and keeping one costs what is painted over afterwards. What takes long with a mask
 * (growing, feathering, selecting by colour, writing it down) takes a state, works on any thread and returns a state or
 * an image, for limn_mask_set_state().
 *
 * Thread-safety: any.
 */
typedef struct _LimnMaskState LimnMaskState;

/**
 * LimnMaskFit: what becomes of an image of another size than the mask's
 * @LIMN_MASK_FIT_SCALE: it is stretched or shrunk to the mask's size, smoothly
 * @LIMN_MASK_FIT_PAD: its pixels stay as they are, from the top left corner on; what is missing is 0, what is too
 *   much is cut off
 */
typedef enum
{
  LIMN_MASK_FIT_SCALE,
  LIMN_MASK_FIT_PAD,
} LimnMaskFit;

/**
 * LimnMaskUnion: how one mask goes into another
 * @LIMN_MASK_ADD: max (a, b)
 * @LIMN_MASK_SUBTRACT: min (a, 255 - b): what b is sure of is erased
 * @LIMN_MASK_INTERSECT: min (a, b)
 */
typedef enum
{
  LIMN_MASK_ADD,
  LIMN_MASK_SUBTRACT,
  LIMN_MASK_INTERSECT,
} LimnMaskUnion;

/**
 * limn_mask_state_new:
 * @width, @height: 1 to LIMN_MASK_MAX_SIDE
 *
 * The same @value everywhere; takes some bytes for each 128 x 128 pixels.
 */
LimnMaskState *limn_mask_state_new            (guint                 width,
                                               guint                 height,
                                               guint8                value);

/**
 * limn_mask_state_new_from_image:
 * @width, @height: of the mask, 1 to LIMN_MASK_MAX_SIDE; 0: the image's
 * @fit: where the image's size is another
 *
 * A grey image's values are taken as they are. Of colours the brightness counts, 0.299 R + 0.587 G + 0.114 B of the
 * stored values (Rec. 601), times alpha: white is 255, black or transparent 0.
 *
 * Fails with LIMN_ERROR_UNSUPPORTED where a side is longer than LIMN_MASK_MAX_SIDE.
 */
LimnMaskState *limn_mask_state_new_from_image (LimnImage            *image,
                                               guint                 width,
                                               guint                 height,
                                               LimnMaskFit           fit,
                                               GError              **error);

/**
 * limn_mask_state_to_image:
 *
 * Returns: (transfer full): LIMN_PIXEL_GREY8, of the mask's size. Copies width x height bytes.
 * Fails with LIMN_ERROR_UNSUPPORTED past LIMN_IMAGE_MAX_PIXELS.
 */
LimnImage     *limn_mask_state_to_image       (LimnMaskState        *state,
                                               GError              **error);

LimnMaskState *limn_mask_state_ref            (LimnMaskState        *state);
void           limn_mask_state_unref          (LimnMaskState        *state);

guint          limn_mask_state_get_width      (const LimnMaskState  *state);
guint          limn_mask_state_get_height     (const LimnMaskState  *state);

/** limn_mask_state_get_value: of one pixel inside. */
guint8         limn_mask_state_get_value      (const LimnMaskState  *state,
                                               guint                 x,
                                               guint                 y);

/** limn_mask_state_read: copies @rect, which lies inside, to @values, rows @stride bytes apart. */
void           limn_mask_state_read           (const LimnMaskState  *state,
                                               const LimnRect       *rect,
                                               guint8               *values,
                                               gsize                 stride);

/** limn_mask_state_is_uniform: whether every pixel is @value. Fast where it is 0 or 255. */
gboolean       limn_mask_state_is_uniform     (const LimnMaskState  *state,
                                               guint8                value);

/** limn_mask_state_equal: whether sizes and pixels are the same. Shared tiles are not looked at. */
gboolean       limn_mask_state_equal          (const LimnMaskState  *a,
                                               const LimnMaskState  *b);

/** limn_mask_state_get_bounds: the smallest rectangle outside which all is 0; empty where nothing is painted. */
LimnRect       limn_mask_state_get_bounds     (const LimnMaskState  *state);

/** limn_mask_state_combine: of two of the same size. Returns: (transfer full) */
LimnMaskState *limn_mask_state_combine        (LimnMaskState        *a,
                                               LimnMaskState        *b,
                                               LimnMaskUnion         how);

/** limn_mask_state_invert: 255 - value. Returns: (transfer full) */
LimnMaskState *limn_mask_state_invert         (LimnMaskState        *state);

/** limn_mask_state_get_bytes: of the tiles that are not all 0 or all 255, each counted once, whoever shares it. */
gsize          limn_mask_state_get_bytes      (const LimnMaskState  *state);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnMaskState, limn_mask_state_unref)

G_END_DECLS
