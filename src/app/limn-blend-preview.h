/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"
#include "session/limn-request.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnBlendLevel: how much of a picture a sketch is
 * @LIMN_BLEND_COARSE: small, in few steps: while the hand moves
 * @LIMN_BLEND_FINE: the picture itself, in its own size and steps: once the hand rests
 */
typedef enum
{
  LIMN_BLEND_COARSE,
  LIMN_BLEND_FINE,
  LIMN_BLEND_N_LEVELS,
} LimnBlendLevel;

/**
 * LimnBlendPainter: who paints the sketches
 * @paint: begins a sketch of @request, the picture at its full size; @callback is called once, in this thread's main loop, whatever happens
 * @finish: (transfer full): fails with G_IO_ERROR_CANCELLED where it was cancelled; a cancelled one may also still succeed
 */
typedef struct
{
  void       (*paint)  (gpointer             data,
                        const LimnRequest   *request,
                        LimnBlendLevel       level,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             callback_data);
  LimnImage *(*finish) (gpointer             data,
                        GAsyncResult        *result,
                        GError             **error);
} LimnBlendPainter;

/**
 * LimnBlendFrame:
 * @u, @v: where between the ends
 * @level: of @image
 * @aside: nobody waits for it: it was asked for by limn_blend_preview_fill()
 * @past: begun before limn_blend_preview_renew()
 */
typedef struct
{
  LimnImage     *image;
  double         u;
  double         v;
  LimnBlendLevel level;
  gboolean       aside;
  gboolean       past;
} LimnBlendFrame;

/**
 * LimnBlendPreview:
 *
 * The sketches of the point that the hand is at. The newest wins: while it moves one coarse sketch after the other is painted, each of where the
 * hand is when it begins; when it holds still the last of them, if it is of an older place, is given up for one of this place; when it rests, the
 * picture itself follows. Every sketch has a serial, and one that comes back late never takes the place of a newer one.
 *
 * At most one sketch is wanted at a time; those that were given up may still be on their way back.
 *
 * Properties, read-only: "frame" (LimnImage, pointer, nullable: the newest), "level" (uint, LimnBlendLevel, of it), "busy" (boolean: a better one
 * is to be expected), "trouble" (string, nullable: why there is none of this place, a sentence).
 *
 * Signals: "frame" (const LimnBlendFrame *): each that is shown, and each that limn_blend_preview_fill() asked for; "rested": there is nothing left to do
 * for this place, and limn_blend_preview_fill() would be heard.
 *
 * Main thread.
 */
#define LIMN_TYPE_BLEND_PREVIEW (limn_blend_preview_get_type ())
G_DECLARE_FINAL_TYPE (LimnBlendPreview, limn_blend_preview, LIMN, BLEND_PREVIEW, GObject)

LimnBlendPreview *limn_blend_preview_new       (const LimnBlendPainter *painter,
                                                gpointer                data,
                                                GDestroyNotify          destroy);

/** limn_blend_preview_want: @request: of the point @u, @v, at its full size; copied. The same one twice is asked for once. */
void              limn_blend_preview_want      (LimnBlendPreview       *preview,
                                                const LimnRequest      *request,
                                                double                  u,
                                                double                  v);

/** limn_blend_preview_forget: nothing is wanted, nothing is shown, and what is on its way is of no use: the ends are others. */
void              limn_blend_preview_forget    (LimnBlendPreview       *preview);

/**
 * limn_blend_preview_renew: what lies between the ends changes under the hand, as by a slider: what is on its way is shown all the same, since else there
 * would be nothing to see until the hand rests; but it is not what lies there now.
 */
void              limn_blend_preview_renew     (LimnBlendPreview       *preview);

/** limn_blend_preview_set_paused: nobody looks: what is under way is given up, and nothing begins until it ends. What is shown stays. */
void              limn_blend_preview_set_paused (LimnBlendPreview      *preview,
                                                 gboolean               paused);

/** limn_blend_preview_fill: a coarse sketch of another place, while there is nothing better to do. Returns FALSE where there is. */
gboolean          limn_blend_preview_fill      (LimnBlendPreview       *preview,
                                                const LimnRequest      *request,
                                                double                  u,
                                                double                  v);

LimnImage        *limn_blend_preview_get_frame (LimnBlendPreview       *preview);
LimnBlendLevel    limn_blend_preview_get_level (LimnBlendPreview       *preview);
gboolean          limn_blend_preview_is_busy   (LimnBlendPreview       *preview);
const char       *limn_blend_preview_get_trouble (LimnBlendPreview     *preview);

G_END_DECLS
