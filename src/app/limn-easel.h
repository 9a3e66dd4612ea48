/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-stash.h"
#include "paint/limn-mask-view.h"
#include "paint/limn-stroke.h"
#include "session/limn-draft.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  LIMN_TOOL_HAND,
  LIMN_TOOL_BRUSH,
  LIMN_TOOL_ERASER,
  LIMN_TOOL_LASSO,
  LIMN_TOOL_RECTANGLE,
  LIMN_TOOL_FILL,
  LIMN_TOOL_GROW,
} LimnTool;

/**
 * LimnEaselShown: what is on the canvas
 * @LIMN_EASEL_SHOWS_NOTHING: no picture
 * @LIMN_EASEL_SHOWS_OTHER: a picture that has nothing to do with the easel's
 * @LIMN_EASEL_SHOWS_SOURCE: the easel's picture
 * @LIMN_EASEL_SHOWS_RESULT: what was, or is being, made of it, in its size: the mask fits
 * @LIMN_EASEL_SHOWS_GROWN: the same, in another size
 */
typedef enum
{
  LIMN_EASEL_SHOWS_NOTHING,
  LIMN_EASEL_SHOWS_OTHER,
  LIMN_EASEL_SHOWS_SOURCE,
  LIMN_EASEL_SHOWS_RESULT,
  LIMN_EASEL_SHOWS_GROWN,
} LimnEaselShown;

/**
 * LimnEaselFit: what becomes of a mask whose size is not the picture's
 * @LIMN_EASEL_FIT_ASK: nothing: the call fails with LIMN_ERROR_SHAPE
 * @LIMN_EASEL_FIT_SCALE: it is scaled
 * @LIMN_EASEL_FIT_PAD: it lies in the middle; what it does not cover is not marked, what does not fit is cut off
 */
typedef enum
{
  LIMN_EASEL_FIT_ASK,
  LIMN_EASEL_FIT_SCALE,
  LIMN_EASEL_FIT_PAD,
} LimnEaselFit;

/**
 * LimnEasel:
 *
 * The picture that is to be changed, the mask on it, and the tool in the artist's hand. The picture and its mask lie in the stash; which picture
 * it is stands in the draft. The mask is the picture's: it is kept a moment after every stroke, comes back with the picture, and neither
 * prompt nor model nor seed touch it. No widgets: the canvas feeds it points and draws what is marked.
 *
 * Properties, readable, writable and notified where nothing else is said:
 * - "picture" (pointer to LimnImage, nullable, read-only), "busy" (boolean, read-only): one is being read or put by
 * - "shown" (uint, LimnEaselShown): set by who shows pictures
 * - "tool" (uint, LimnTool)
 * - "brush-size" (double, pixels of the picture), "brush-hardness", "brush-flow" (double, 0..1), "pressure-size", "pressure-flow" (boolean):
 *   what a pen's pressure changes
 * - "fill-tolerance" (double, 0..1)
 * - "marks-shown" (boolean), "marks-colour" (uint, below limn_easel_get_n_colours()), "marks-opacity" (double, 0..1), "marks-cells" (boolean):
 *   how the canvas shows the mask
 * - "coverage" (double, read-only): part of the picture that is marked, a grey pixel in proportion; a moment late
 *
 * Signal: "said" (string message): for the artist.
 *
 * Thread-safety: main thread. Nothing here waits.
 */
#define LIMN_TYPE_EASEL (limn_easel_get_type ())
G_DECLARE_FINAL_TYPE (LimnEasel, limn_easel, LIMN, EASEL, GObject)

/** limn_easel_new: reads what the draft names, if anything. */
LimnEasel    *limn_easel_new           (LimnDraft    *draft,
                                        LimnStash    *stash,
                                        GSettings    *settings);
LimnDraft    *limn_easel_get_draft     (LimnEasel    *easel);
LimnImage    *limn_easel_get_picture   (LimnEasel    *easel);
/** limn_easel_get_mask: (nullable): of the picture's size. */
LimnMask     *limn_easel_get_mask      (LimnEasel    *easel);

/** limn_easel_use: @picture is the one to change from now on, with the mask that it had; "picture" is notified when it is. */
void          limn_easel_use           (LimnEasel    *easel,
                                        LimnImage    *picture);
/** limn_easel_remove: no picture any more. Its mask stays in the stash for when it comes back. */
void          limn_easel_remove        (LimnEasel    *easel);

/** limn_easel_can_mark: whether the mask fits what is shown. */
gboolean      limn_easel_can_mark      (LimnEasel    *easel);

/** limn_easel_get_brush: the one in the hand; @erases: or its other end. */
LimnBrush     limn_easel_get_brush     (LimnEasel    *easel,
                                        gboolean      erases);

/* --- One stroke, line or shape, in pixels of the picture --- */

/**
 * limn_easel_press:
 * @erases: takes away instead
 * @straight: begins with a line from where the last stroke ended
 *
 * Returns whether something has begun; then limn_easel_release() or limn_easel_cancel() follows.
 */
gboolean      limn_easel_press         (LimnEasel        *easel,
                                        const LimnSample *sample,
                                        gboolean          erases,
                                        gboolean          straight);
void          limn_easel_move          (LimnEasel        *easel,
                                        const LimnSample *samples,
                                        gsize             n_samples);
void          limn_easel_release       (LimnEasel        *easel);
/** limn_easel_cancel: as if it had never begun. */
void          limn_easel_cancel        (LimnEasel        *easel);
gboolean      limn_easel_is_pressed    (LimnEasel        *easel);

/** limn_easel_get_outline: (array length=n_points) (nullable): of the lasso or, as its corners, of the rectangle that is being drawn. */
const LimnPoint *limn_easel_get_outline (LimnEasel       *easel,
                                         gsize           *n_points);

/* --- The mask as a whole; each is one step of undo. Undo itself, invert and clear are actions --- */

/** limn_easel_spread: on a thread: the marks grow by @px, or shrink where it is negative. */
void          limn_easel_spread        (LimnEasel    *easel,
                                        int           px);
/** limn_easel_soften: on a thread: the marks' edges fade over @px. */
void          limn_easel_soften        (LimnEasel    *easel,
                                        int           px);

/** limn_easel_load_mask_async: a picture as the mask, light is marked. On a thread. */
void          limn_easel_load_mask_async  (LimnEasel           *easel,
                                           const char          *path,
                                           LimnEaselFit         fit,
                                           GAsyncReadyCallback  callback,
                                           gpointer             data);
gboolean      limn_easel_load_mask_finish (LimnEasel           *easel,
                                           GAsyncResult        *result,
                                           GError             **error);
/** limn_easel_save_mask_async: as a grey PNG, in place of a file of that name. */
void          limn_easel_save_mask_async  (LimnEasel           *easel,
                                           const char          *path,
                                           GAsyncReadyCallback  callback,
                                           gpointer             data);
gboolean      limn_easel_save_mask_finish (LimnEasel           *easel,
                                           GAsyncResult        *result,
                                           GError             **error);

/**
 * limn_easel_freeze_async:
 * @grown: which sides of the picture grow: there the draft's "grow-blend" goes into what is frozen, not into the mask
 *
 * The mask as it is now, put into the stash, whatever is painted on it meanwhile. Answers come in the order of the calls.
 *
 * limn_easel_freeze_finish: Returns: (transfer full): its id; NULL without @error: nothing is marked
 */
void          limn_easel_freeze_async  (LimnEasel               *easel,
                                        const LimnRequestSource *grown,
                                        GAsyncReadyCallback      callback,
                                        gpointer                 data);
char         *limn_easel_freeze_finish (LimnEasel           *easel,
                                        GAsyncResult        *result,
                                        GError             **error);

/** limn_easel_flush: hands a mask that waits to be kept over to the keeper; before the program ends. */
void          limn_easel_flush         (LimnEasel    *easel);

/**
 * limn_easel_get_actions:
 *
 * "tool" (string: "hand", "brush", "eraser", "lasso", "rectangle", "fill", "grow"), "swap" (brush or eraser), "smaller", "larger", "undo", "redo",
 * "show" (boolean), "invert", "clear", "spread" (int32: px), "soften" (int32: px). Disabled where the mask does not fit what is shown.
 *
 * Returns: (transfer none)
 */
GActionGroup *limn_easel_get_actions   (LimnEasel    *easel);

/** limn_easel_get_overlay: how the mask is to be drawn. */
LimnOverlay   limn_easel_get_overlay   (LimnEasel    *easel);

#define LIMN_EASEL_N_COLOURS 6
/** limn_easel_get_colour: 0xRRGGBB; @name: (out) (nullable): translated. */
guint32       limn_easel_get_colour    (guint         colour,
                                        const char  **name);

G_END_DECLS
