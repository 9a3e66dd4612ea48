/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"
#include "library/limn-keeper.h"
#include "library/limn-stash.h"
#include "session/limn-draft.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define LIMN_BLEND_MAX_ENDS 4

/* Pixels of the longer side of what limn_blend_get_thumbnail() has: a slot on a screen of scale 2. */
#define LIMN_BLEND_THUMBNAIL_PX 192

/* Seeds of ends that are words have 32 bits, as those of the draft. */
#define LIMN_BLEND_MAX_WORDS 20000

/**
 * LimnBlendWay:
 * @LIMN_BLEND_IMAGINED: noise and words of the ends are mixed, and a picture comes out of them: LIMN_MIX_NOISE
 * @LIMN_BLEND_DIFFUSED: the pictures go so far into the noise, are mixed there, and come out again: LIMN_MIX_PICTURES
 * @LIMN_BLEND_STRAIGHT: the pictures are mixed as they are: LIMN_MIX_PICTURES of strength 0
 */
typedef enum
{
  LIMN_BLEND_IMAGINED,
  LIMN_BLEND_DIFFUSED,
  LIMN_BLEND_STRAIGHT,
  LIMN_BLEND_N_WAYS,
} LimnBlendWay;

/**
 * LimnBlendKind: what an end is
 * @LIMN_BLEND_PICTURE: a picture in the stash, with the request that it was painted by where that is known
 * @LIMN_BLEND_WORDS: a request that has not been painted
 */
typedef enum
{
  LIMN_BLEND_EMPTY,
  LIMN_BLEND_PICTURE,
  LIMN_BLEND_WORDS,
} LimnBlendKind;

/**
 * LimnBlend:
 *
 * What is blended, and how: two ends or four, each a picture or words and a seed; the way from one to the other; and the point between them that the
 * hand is at. It makes the requests of the pictures in between, and says in a sentence what stands in the way. Kept in a file, so that all of it is
 * there again at the next start.
 *
 * Properties, notified: "n-ends" (uint, 2 or 4), "way" (uint, LimnBlendWay), "strength" (double, 0..1: of LIMN_BLEND_DIFFUSED), "u", "v" (double,
 * 0..1), "words" (string: what is in pictures of which that is not known); read-only: "empty" (boolean: all ends are), "ready" (boolean: there is a
 * picture at every point), "message" (string, nullable: why not, and what to do), "note" (string, nullable: what is left out, where there is one).
 *
 * Signals: "end-changed" (uint index): what it is, or its thumbnail; "changed" (gboolean gradually): what lies between the ends is something
 * else, where @gradually only a little, as a slider moves; not when only the point moves. "failed" (string message): a picture could not be read.
 *
 * Ends are called A, B, and below them C, D. Main thread.
 */
#define LIMN_TYPE_BLEND (limn_blend_get_type ())
G_DECLARE_FINAL_TYPE (LimnBlend, limn_blend, LIMN, BLEND, GObject)

/**
 * limn_blend_new:
 * @draft: has the settings that no end decides, and knows the model
 * @keeper, @path: (nullable): where it is kept; what is there is read on a thread, and nothing is written before that
 */
LimnBlend     *limn_blend_new              (LimnDraft         *draft,
                                            LimnStash         *stash,
                                            LimnKeeper        *keeper,
                                            const char        *path);

LimnBlendKind  limn_blend_get_kind         (LimnBlend         *blend,
                                            guint              index);
/** limn_blend_is_reading: whether end @index is about to become another. */
gboolean       limn_blend_is_reading       (LimnBlend         *blend,
                                            guint              index);
/** limn_blend_get_thumbnail: (nullable): of a picture, once it was read. */
LimnImage     *limn_blend_get_thumbnail    (LimnBlend         *blend,
                                            guint              index);
/** limn_blend_get_request: (nullable): of words; of a picture, if it is known. Parts may be open. */
const LimnRequest *limn_blend_get_request  (LimnBlend         *blend,
                                            guint              index);
/** limn_blend_get_name: (nullable): of the file. */
const char    *limn_blend_get_name         (LimnBlend         *blend,
                                            guint              index);
/** limn_blend_get_letter: "A", "B", "C" or "D". */
const char    *limn_blend_get_letter       (guint              index);

/** limn_blend_use_file: @index becomes the picture @path, with what it says of itself. Read on a thread. */
void           limn_blend_use_file         (LimnBlend         *blend,
                                            guint              index,
                                            const char        *path);
/** limn_blend_use_picture: the same with pixels. @request: (nullable): how it was painted. */
void           limn_blend_use_picture      (LimnBlend         *blend,
                                            guint              index,
                                            LimnImage         *picture,
                                            const LimnRequest *request);
/** limn_blend_use_words: with the draft's settings of this moment. */
void           limn_blend_use_words        (LimnBlend         *blend,
                                            guint              index,
                                            const char        *prompt,
                                            guint64            seed);
void           limn_blend_clear            (LimnBlend         *blend,
                                            guint              index);
void           limn_blend_swap             (LimnBlend         *blend,
                                            guint              a,
                                            guint              b);

/** limn_blend_dup_end_request: (transfer full): what paints the words of end @index. Fails with LIMN_ERROR_INVALID. */
LimnRequest   *limn_blend_dup_end_request  (LimnBlend         *blend,
                                            guint              index,
                                            GError           **error);

/**
 * limn_blend_dup_request:
 *
 * The picture at @u, @v: nothing is open. Fails with LIMN_ERROR_INVALID and a sentence that is "message".
 *
 * Returns: (transfer full)
 */
LimnRequest   *limn_blend_dup_request      (LimnBlend         *blend,
                                            double             u,
                                            double             v,
                                            GError           **error);

/** limn_blend_move_request: what limn_blend_dup_request() would have given at @u, @v, from what it gave elsewhere. */
void           limn_blend_move_request     (LimnRequest       *request,
                                            double             u,
                                            double             v);

/** limn_blend_save: what was changed, if anything was, is given to the keeper now instead of in a moment. */
void           limn_blend_save             (LimnBlend         *blend);

G_END_DECLS
