/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-engine.h"
#include "session/limn-step.h"

G_BEGIN_DECLS

/**
 * LimnFeed:
 *
 * The way up from one job to whoever watches it. Two channels:
 *
 * - the mailbox holds the newest step that has a frame. A slow reader skips frames, but never the last;
 * - the list holds every step since the reader took it; nothing is dropped.
 *
 * When there is news, the function given at construction runs once in the watcher's main context, however much
 * has come since: one source is pending at most. It takes what it wants.
 *
 * Counted by reference. Thread-safety: any.
 */
typedef struct _LimnFeed LimnFeed;

/** LimnFeedFunc: there is news in @feed. Runs in the context that was the thread's default when the feed was made. */
typedef void (*LimnFeedFunc) (LimnFeed *feed,
                              gpointer  data);

/**
 * limn_feed_new:
 * @func: (nullable): NULL for a reader that looks by itself, as on each tick of a frame clock
 * @destroy: of @data, in whichever thread drops the last reference
 */
LimnFeed *limn_feed_new         (LimnFeedFunc    func,
                                 gpointer        data,
                                 GDestroyNotify  destroy);
LimnFeed *limn_feed_ref         (LimnFeed       *feed);
void      limn_feed_unref       (LimnFeed       *feed);

/**
 * limn_feed_close:
 *
 * The reader goes: its function is not called any more, also where a call was pending, and the job's further steps are
 * not kept. In the feed's own context only.
 */
void      limn_feed_close       (LimnFeed       *feed);

/** limn_feed_get_serial: of the job that feeds it; 0 before it is queued. */
guint64   limn_feed_get_serial  (LimnFeed       *feed);

/** limn_feed_take_frame: (transfer full): the newest step with a frame, or NULL when that was taken already. */
LimnStep *limn_feed_take_frame  (LimnFeed       *feed);

/** limn_feed_take_steps: (transfer full) (element-type LimnStep): all since the last call, in order; maybe empty. */
GPtrArray *limn_feed_take_steps (LimnFeed       *feed);

/**
 * limn_feed_set_max_slowdown:
 * @fraction: 0.25: frames may take a quarter of the time that the steps take; 0, the default: as the request says, whatever it costs
 *
 * Frames that would make the job slower than that are left out, measured as it runs; never the first nor the last. Which
 * frames there are changes no picture. Before the job is queued.
 */
void      limn_feed_set_max_slowdown (LimnFeed  *feed,
                                      double     fraction);
double    limn_feed_get_max_slowdown (LimnFeed  *feed);

/**
 * limn_feed_set_takes_states:
 *
 * FALSE: nobody will call limn_feed_take_state(), so that no file need be made after each step: half a millisecond after 20 steps at 512x512,
 * 25 ms after 50 at 1024x1024. TRUE is the default. Before the job is queued.
 */
void      limn_feed_set_takes_states (LimnFeed  *feed,
                                      gboolean   takes_states);

/**
 * limn_feed_set_reuses:
 *
 * TRUE: steps that were done lately are not done again, also where they are those of the very same picture; as for a sheet, whose cells may be
 * equal. FALSE, the default: only those before the step at which the job's picture parts from others: who paints a picture
 * again wants to watch it. Changes no picture. Before the job is queued.
 */
void      limn_feed_set_reuses       (LimnFeed  *feed,
                                      gboolean   reuses);
gboolean  limn_feed_reuses           (LimnFeed  *feed);

/**
 * limn_feed_take_state: (transfer full): the newest trajectory file's bytes, after the last step pushed; NULL when it was taken already
 * or the request keeps no latents. What limn_session_continue_async() goes on from. A slow reader skips some, never the last.
 */
GBytes   *limn_feed_take_state       (LimnFeed  *feed);

/**
 * LimnFeedStart:
 * @request: as it is carried out: nothing is open; with the turns of an earlier run, but none of this one
 * @width_lt, @height_lt: of a latent, in cells
 * @first: the fingerprint of x_T, the noise that it begins with
 * @need_bytes, @limit_bytes: of device memory; G_MAXUINT64 where the limit is unknown
 * @before: (element-type LimnStep): of a job that is continued: the steps that were done before, without frames, up to the one that comes
 *   first through the feed; empty for others. The same of steps that were shared with another picture
 * @other_error: (nullable): why the other trajectory of limn_session_paint_async() was of no use, for the artist
 *
 * What is known when a job starts, before its first step.
 */
typedef struct
{
  LimnRequest    *request;
  char           *model_name;
  char           *device;
  char           *driver;
  guint           n_steps;
  guint           width_lt;
  guint           height_lt;
  LimnFingerprint first;
  guint64         need_bytes;
  guint64         limit_bytes;
  GPtrArray      *before;
  char           *other_error;
} LimnFeedStart;

/**
 * LimnFeedTurn:
 * @step: steps done when it was steered
 * @request: with all its branches: what is painted from there on
 * @n_steps: of the whole picture, as of now
 *
 * The picture was steered: limn_session_steer_async().
 */
typedef struct
{
  guint        step;
  LimnRequest *request;
  guint        n_steps;
} LimnFeedTurn;

/** limn_feed_take_turns: (transfer container) (element-type LimnFeedTurn): all since the last call, in order; they live as long as @feed. */
GPtrArray *limn_feed_take_turns (LimnFeed *feed);

/** limn_feed_get_request: what is painted, turns included; borrowed, lives as long as @feed; NULL before it has started. */
const LimnRequest *limn_feed_get_request (LimnFeed *feed);

/** limn_feed_get_start: borrowed, lives as long as @feed; NULL while the job waits in the queue. */
const LimnFeedStart *limn_feed_get_start (LimnFeed *feed);

void      limn_feed_start_free  (LimnFeedStart  *start);

/* The sender's side; the session's worker. */
void      limn_feed_set_serial  (LimnFeed       *feed,
                                 guint64         serial);
/** limn_feed_push_start: takes @start; only the first counts. */
void      limn_feed_push_start  (LimnFeed       *feed,
                                 LimnFeedStart  *start);
/** limn_feed_push_turn: @request: copied. After the state that knows of it was pushed. */
void      limn_feed_push_turn   (LimnFeed       *feed,
                                 guint           step,
                                 const LimnRequest *request,
                                 guint           n_steps);
void      limn_feed_push_step   (LimnFeed       *feed,
                                 LimnStep       *step);
/** limn_feed_takes_states: whether there is a reader for them. */
gboolean  limn_feed_takes_states (LimnFeed      *feed);
/** limn_feed_push_state: before the step it belongs to is pushed. */
void      limn_feed_push_state  (LimnFeed       *feed,
                                 GBytes         *state);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnFeed, limn_feed_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnFeedStart, limn_feed_start_free)

G_END_DECLS
