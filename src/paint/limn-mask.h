/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "paint/limn-mask-state.h"

G_BEGIN_DECLS

/**
 * LimnMask:
 *
 * The mask that an artist paints on: a state, which changes, and the steps that led to it, any number of them. It lies
 * in tiles of 128 x 128 pixels that are copied when they are first written to; tiles that are all 0 or all 255 take no
 * memory. A step holds the tiles that it changed; older steps are packed.
 *
 * Every change tells the watches which pixels to draw again, and is one step of undo, as soon as it is complete: one
 * stroke of the brush is one step. A change that changes nothing is no step. While a stroke is under way, any other
 * change ends it first: what it has painted stays, as a step of its own.
 *
 * Nothing here fails for lack of a file or of the GPU. Thread-safety: owner thread; what shall go to another thread
 * goes as a LimnMaskState.
 */
typedef struct _LimnMask LimnMask;

/** LimnPoint: pixels from the mask's top left corner; the centre of the first pixel is (0.5, 0.5). */
typedef struct
{
  double x;
  double y;
} LimnPoint;

/**
 * LimnMaskWatch:
 * @dirty: what may have changed, inside the mask; empty where only the history did (a stroke ended, the steps were
 *   forgotten)
 *
 * Called from within the change, when it is done. May read the mask, not change it.
 */
typedef void (*LimnMaskWatch) (LimnMask       *mask,
                               const LimnRect *dirty,
                               gpointer        data);

/**
 * limn_mask_new:
 * @width, @height: 1 to LIMN_MASK_MAX_SIDE
 *
 * All 0, without a history.
 */
LimnMask      *limn_mask_new             (guint           width,
                                          guint           height);
LimnMask      *limn_mask_ref             (LimnMask       *mask);
void           limn_mask_unref           (LimnMask       *mask);

guint          limn_mask_get_width       (const LimnMask *mask);
guint          limn_mask_get_height      (const LimnMask *mask);
guint8         limn_mask_get_value       (const LimnMask *mask,
                                          guint           x,
                                          guint           y);

/**
 * limn_mask_add_watch: Returns: what limn_mask_remove_watch() takes, never 0. Watches are called in the order they
 * were added.
 */
guint          limn_mask_add_watch       (LimnMask       *mask,
                                          LimnMaskWatch   watch,
                                          gpointer        data);
void           limn_mask_remove_watch    (LimnMask       *mask,
                                          guint           id);

/** limn_mask_get_serial: another number after each change of a pixel. */
guint64        limn_mask_get_serial      (const LimnMask *mask);

/** limn_mask_dup_state: as it is now, a stroke under way included. Costs a reference. */
LimnMaskState *limn_mask_dup_state       (LimnMask       *mask);

/**
 * limn_mask_set_state:
 * @state: of the mask's size
 *
 * Makes this the mask, as one step. So limn_mask_state_grow() and what else takes long come in:
 *
 *     state = limn_mask_dup_state (mask);
 *     ... grown = limn_mask_state_grow (state, 8, cancellable) on another thread ...
 *     limn_mask_set_state (mask, grown);
 */
void           limn_mask_set_state       (LimnMask       *mask,
                                          LimnMaskState  *state);

/**
 * limn_mask_add_state: limn_mask_state_combine() with @state, as one step: how a selection or another mask goes into
 * this one.
 */
void           limn_mask_add_state       (LimnMask       *mask,
                                          LimnMaskState  *state,
                                          LimnMaskUnion   how);

/**
 * limn_mask_freeze:
 *
 * Returns: (transfer full): LIMN_PIXEL_GREY8. As long as nothing changes, the same image again, for the price of a
 * reference; else width x height bytes are copied, which limn_mask_dup_state() and limn_mask_state_to_image() can do on
 * another thread.
 * Fails with LIMN_ERROR_UNSUPPORTED past LIMN_IMAGE_MAX_PIXELS.
 */
LimnImage     *limn_mask_freeze          (LimnMask       *mask,
                                          GError        **error);

/** limn_mask_fill: @value everywhere; 0 clears. */
void           limn_mask_fill            (LimnMask       *mask,
                                          guint8          value);

/** limn_mask_invert: 255 - value everywhere. */
void           limn_mask_invert          (LimnMask       *mask);

/**
 * limn_mask_fill_polygon:
 * @points: in order, the last joined to the first; may lie outside the mask
 * @value: 0 erases
 *
 * Lasso: sets what the outline winds around (nonzero rule) to @value; pixels at the edge are mixed by the exact area
 * that is covered. Fewer than three points cover nothing.
 */
void           limn_mask_fill_polygon    (LimnMask        *mask,
                                          const LimnPoint *points,
                                          gsize            n_points,
                                          guint8           value);

/** limn_mask_fill_rectangle: the same between two opposite corners. */
void           limn_mask_fill_rectangle  (LimnMask        *mask,
                                          const LimnPoint *corner,
                                          const LimnPoint *opposite,
                                          guint8           value);

gboolean       limn_mask_can_undo        (const LimnMask *mask);
gboolean       limn_mask_can_redo        (const LimnMask *mask);

/**
 * limn_mask_undo: Returns: whether there was a step. A stroke under way is ended first, so that it is what is
 * undone.
 */
gboolean       limn_mask_undo            (LimnMask       *mask);
gboolean       limn_mask_redo            (LimnMask       *mask);

/** limn_mask_forget: no more undo or redo; the pixels stay. After a mask was loaded with its picture. */
void           limn_mask_forget          (LimnMask       *mask);

/**
 * limn_mask_tidy:
 *
 * Packs a little of the history, which takes about 2 ms at most. A little is packed with each stroke anyway; this is
 * for an idle source, so that memory shrinks after large changes that come one after the other, rather than at the next
 * of them.
 *
 * Returns: whether there is more to pack
 */
gboolean       limn_mask_tidy            (LimnMask       *mask);

/**
 * limn_mask_get_history_bytes: memory that the steps take, beyond what the pixels take as they are now. Walks all of
 * them.
 */
gsize          limn_mask_get_history_bytes (const LimnMask *mask);

/**
 * limn_mask_get_last_point:
 * @point: (out): where the last stroke ended
 *
 * Returns: FALSE where there has been none since the mask was made.
 */
gboolean       limn_mask_get_last_point  (const LimnMask *mask,
                                          LimnPoint      *point);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnMask, limn_mask_unref)

G_END_DECLS
