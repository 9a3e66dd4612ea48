/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Frames on the way there; the way back has no more. */
#define LIMN_SEQUENCE_MAX_FRAMES 1000
#define LIMN_SEQUENCE_MAX_POINTS 64

/**
 * LimnEasing: with s from 0 to 1 in time, between two points
 * @LIMN_EASING_LINEAR: s: the same speed everywhere
 * @LIMN_EASING_SMOOTH: s² (3 - 2s): sets out and arrives at rest, so that each end can be looked at
 */
typedef enum
{
  LIMN_EASING_LINEAR,
  LIMN_EASING_SMOOTH,
} LimnEasing;

/** LimnSequencePoint: where on a strip (@u, @v is 0) or a pad, each 0..1: LimnRequestMix's. */
typedef struct
{
  double u;
  double v;
} LimnSequencePoint;

/**
 * LimnSequence:
 *
 * A way over a strip or a pad as frames: which places must be painted, each once however often it is shown, and which of them each frame shows.
 * Between two points of the way there are as many frames as between any other two. Immutable. Thread-safety: any.
 */
typedef struct _LimnSequence LimnSequence;

/**
 * limn_sequence_new:
 * @way: (nullable): the points that it goes through, one or more of them; NULL: a strip from one end to the other
 * @n_way: 2 to LIMN_SEQUENCE_MAX_POINTS; without @way nothing looks at it
 * @n_frames: 2 to LIMN_SEQUENCE_MAX_FRAMES
 * @loop: the way goes on from its last point to its first, and the frame behind the last would be the first: shown again and again it has
 *   neither a jump nor a rest
 * @ping_pong: what was shown is shown again backwards, without the frame that it turns at and without the first: 2 @n_frames - 2 frames; not
 *   together with @loop
 *
 * The points themselves are met to the bit where a frame falls on them: the first always, the others where @n_frames - 1 (@n_frames with @loop) is
 * a multiple of the way's stretches. What goes there and back between the same points has the same bits both ways, and is painted once.
 *
 * Fails with LIMN_ERROR_INVALID.
 */
LimnSequence      *limn_sequence_new            (const LimnSequencePoint  *way,
                                                 guint                     n_way,
                                                 guint                     n_frames,
                                                 LimnEasing                easing,
                                                 gboolean                  loop,
                                                 gboolean                  ping_pong,
                                                 GError                  **error);
void               limn_sequence_free           (LimnSequence             *sequence);

/** limn_sequence_get_n_frames: that are shown. */
guint              limn_sequence_get_n_frames   (const LimnSequence       *sequence);

/** limn_sequence_get_n_pictures: that must be painted for it. */
guint              limn_sequence_get_n_pictures (const LimnSequence       *sequence);

/** limn_sequence_get_point: where picture @picture is painted; in the order in which they are first shown. */
LimnSequencePoint  limn_sequence_get_point      (const LimnSequence       *sequence,
                                                 guint                     picture);

/** limn_sequence_get_picture: which one frame @frame shows. */
guint              limn_sequence_get_picture    (const LimnSequence       *sequence,
                                                 guint                     frame);

/** limn_sequence_get_repeats: whether it is shown again and again by itself: with @loop or @ping_pong. */
gboolean           limn_sequence_get_repeats    (const LimnSequence       *sequence);

/** limn_easing_apply: @s from 0 to 1; exact at both ends and in the middle. */
double             limn_easing_apply            (LimnEasing                easing,
                                                 double                    s);

/** limn_easing_from_name: "linear" or "smooth"; LIMN_ERROR_INVALID. */
gboolean           limn_easing_from_name        (const char               *name,
                                                 LimnEasing               *easing,
                                                 GError                  **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSequence, limn_sequence_free)

G_END_DECLS
