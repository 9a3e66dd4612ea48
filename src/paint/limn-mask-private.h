/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "paint/limn-mask.h"

G_BEGIN_DECLS

/* 128 x 128: a brush of 200 px touches 4 to 9 of them, the grid of a 4096 x 4096 mask has 1024 pointers. */
#define LIMN_TILE_SHIFT 7
#define LIMN_TILE_SIDE (1 << LIMN_TILE_SHIFT)
#define LIMN_TILE_AREA (LIMN_TILE_SIDE * LIMN_TILE_SIDE)

/**
 * LimnTile: 128 x 128 values, row by row
 *
 * Written to only by who holds the one reference. Tiles at the right and lower edge of a mask reach beyond it; nothing
 * depends on what stands there, except that a tile is canonical: one that is 0 (255) wherever the mask is, is
 * limn_tile_zero() (limn_tile_full()) itself, in every state that is complete.
 */
typedef struct
{
  gatomicrefcount refs;
  guint8          data[LIMN_TILE_AREA];
} LimnTile;

/** limn_tile_zero, limn_tile_full: constants, not counted; ref and unref know them. */
LimnTile      *limn_tile_zero           (void);
LimnTile      *limn_tile_full           (void);
/** limn_tile_new: (transfer full): not filled. */
LimnTile      *limn_tile_new            (void);
LimnTile      *limn_tile_ref            (LimnTile            *tile);
void           limn_tile_unref          (LimnTile            *tile);

static inline gboolean
limn_tile_is_constant (const LimnTile *tile)
{
  return tile == limn_tile_zero () || tile == limn_tile_full ();
}

struct _LimnMaskState
{
  gatomicrefcount refs;
  guint           width;
  guint           height;
  guint           columns;
  guint           rows;
  LimnTile       *tiles[];
};

/** limn_mask_state_new_empty: (transfer full): all tiles NULL, for who fills each of them. */
LimnMaskState *limn_mask_state_new_empty (guint                width,
                                          guint                height);
/** limn_mask_state_copy: (transfer full): another grid of the same tiles. */
LimnMaskState *limn_mask_state_copy      (const LimnMaskState *state);
/** limn_mask_state_tile_rect: what tile @index covers of the mask. */
LimnRect       limn_mask_state_tile_rect (const LimnMaskState *state,
                                          guint                index);
/**
 * limn_mask_state_canonical: (transfer full): @tile (transfer full), or the constant that it equals within the mask.
 */
LimnTile      *limn_mask_state_canonical (const LimnMaskState *state,
                                          guint                index,
                                          LimnTile            *tile);
/** limn_mask_state_same_tile: whether two tiles are equal within the mask. */
gboolean       limn_mask_state_same_tile (const LimnMaskState *state,
                                          guint                index,
                                          const LimnTile      *a,
                                          const LimnTile      *b);
/** limn_mask_state_new_from_values: (transfer full): takes in width x height values. */
LimnMaskState *limn_mask_state_new_from_values (guint         width,
                                                guint         height,
                                                const guint8 *values,
                                                gsize         stride);

/* --- History --- */

typedef struct _LimnMaskHistory LimnMaskHistory;

LimnMaskHistory *limn_mask_history_new      (void);
void             limn_mask_history_free     (LimnMaskHistory     *history);
void             limn_mask_history_clear    (LimnMaskHistory     *history);

/** limn_mask_history_add: a change of the step that is being recorded; takes both tiles. */
void             limn_mask_history_add      (LimnMaskHistory     *history,
                                             guint                index,
                                             LimnTile            *before,
                                             LimnTile            *after);
/**
 * limn_mask_history_commit: it becomes the last step, and those that were undone are gone; FALSE where nothing was
 * added.
 */
gboolean         limn_mask_history_commit   (LimnMaskHistory     *history);

gboolean         limn_mask_history_can_undo (const LimnMaskHistory *history);
gboolean         limn_mask_history_can_redo (const LimnMaskHistory *history);
/**
 * limn_mask_history_move: changes @state's tiles one step back or forth; @dirty: (out): what changed. @state is not
 * shared.
 */
gboolean         limn_mask_history_move     (LimnMaskHistory     *history,
                                             LimnMaskState       *state,
                                             gboolean             back,
                                             LimnRect            *dirty);
/**
 * limn_mask_history_pack: packs up to @n_tiles of the oldest that are not packed yet, if there are too many of
 * these; TRUE where there still are.
 */
gboolean         limn_mask_history_pack     (LimnMaskHistory     *history,
                                             guint                n_tiles);
gsize            limn_mask_history_get_bytes (const LimnMaskHistory *history,
                                              const LimnMaskState   *state);

/* --- Changing a mask: begin, write, tell, end --- */

/** limn_mask_begin: a step; ends the stroke under way. */
void      limn_mask_begin   (LimnMask       *mask);
/** limn_mask_peek: the mask as it is now, borrowed until the next change. */
LimnMaskState *limn_mask_peek (LimnMask     *mask);
/** limn_mask_write: the values of a tile, to write to, copied where somebody else has them too. */
guint8   *limn_mask_write   (LimnMask       *mask,
                             guint           index);
/** limn_mask_put: replaces a tile; takes @tile. */
void      limn_mask_put     (LimnMask       *mask,
                             guint           index,
                             LimnTile       *tile);
/** limn_mask_tell: the watches, of what changed. */
void      limn_mask_tell    (LimnMask       *mask,
                             const LimnRect *dirty);
/** limn_mask_commit: the step is complete. */
void      limn_mask_commit  (LimnMask       *mask);
/** limn_mask_abandon: as if it had not been. */
void      limn_mask_abandon (LimnMask       *mask);

struct _LimnStroke;
/** limn_mask_set_stroke: (nullable): the one under way; who is ended through limn_stroke_detach(). */
void      limn_mask_set_stroke (LimnMask *mask, struct _LimnStroke *stroke);
/** limn_mask_pack: a little of the history, while there is time. */
void      limn_mask_pack       (LimnMask *mask);
void      limn_mask_set_last_point (LimnMask *mask, const LimnPoint *point);
/** limn_stroke_detach: the mask ends it: it commits and does nothing from then on. */
void      limn_stroke_detach   (struct _LimnStroke *stroke);

G_END_DECLS
