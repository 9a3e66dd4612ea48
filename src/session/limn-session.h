/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-stash.h"
#include "library/limn-trajectory.h"
#include "session/limn-feed.h"
#include "session/limn-inspection.h"
#include "session/limn-resources.h"
#include "session/limn-sketch.h"

G_BEGIN_DECLS

/**
 * LimnResult:
 * @serial: of the job
 * @request: as it was carried out: nothing is open
 * @fingerprints: (element-type LimnFingerprint): of x_T and after each step
 * @trajectory: (nullable): where the request keeps latents
 * @model_files: JSON, an object: name of each file of the model -> SHA-256; and of each LoRA: see limn-lora-hashes.h
 * @notes: sentences for the artist, each complete: what of the request has had no effect; maybe empty
 * @n_recoveries: lost devices on the way
 * @n_computed: steps for which the network was asked; the others were there already
 * @seconds: from the start of the job, its time in the queue and opening the model excluded
 *
 * A finished picture and all that its recipe needs. Immutable; owned by whoever asked for it.
 */
typedef struct
{
  guint64         serial;
  LimnRequest    *request;
  LimnImage      *picture;
  GArray         *fingerprints;
  LimnTrajectory *trajectory;
  char           *model_name;
  char           *model_files;
  char           *device;
  char           *driver;
  char          **notes;
  guint           n_recoveries;
  guint           n_computed;
  double          seconds;
} LimnResult;

void limn_result_free (LimnResult *result);

/* Devices that a job may lose before it gives up: a kernel that hangs would hang again. */
#define LIMN_SESSION_MAX_RECOVERIES 3

/**
 * LimnSession:
 *
 * One worker thread, which owns the device and everything on it from birth to death, and the queue of jobs
 * that it does one after the other. The model of the last job stays open for the next.
 *
 * Dropping the last reference closes it; see limn_session_close(). Functions here: the thread that made the session.
 */
#define LIMN_TYPE_SESSION (limn_session_get_type ())
G_DECLARE_FINAL_TYPE (LimnSession, limn_session, LIMN, SESSION, GObject)

/** limn_session_new: @open: makes engines, on the worker thread; see limn_engine_model_open(). Starts the thread, opens nothing. */
LimnSession *limn_session_new             (LimnEngineOpen        open,
                                           gpointer              data,
                                           GDestroyNotify        destroy);

/**
 * limn_session_set_stash:
 * @stash: a reference is taken
 *
 * Where the pictures are that requests start from; before the first job. They are looked up when a job begins, so that one that waits
 * holds no memory for them. Without a stash a request with a source fails.
 */
void         limn_session_set_stash       (LimnSession          *session,
                                           LimnStash            *stash);

/**
 * limn_session_set_previews:
 * @resources: (nullable): a reference is taken; NULL, as at first: every frame is decoded by the model's own VAE
 *
 * Where small decoders for previews are looked for, beside the model's own folder: limn_preview_decoder_find(). Where one suits, the frames of
 * paintings but for the last are decoded by it (LimnStep.rough); what else is asked for, like limn_session_decode_async(), is not. It
 * changes no picture. For paintings that begin after this.
 */
void         limn_session_set_previews    (LimnSession          *session,
                                           LimnResources        *resources);

/** limn_session_get_stash: (nullable) (transfer none) */
LimnStash   *limn_session_get_stash       (LimnSession          *session);

/**
 * limn_session_close:
 *
 * Cancels what runs and what waits, and waits for the threads: up to one submission, or one kernel that a driver compiles (1 s on software). The
 * device is closed then. Callbacks of these jobs come later all the same; whatever is asked for from here on fails with
 * G_IO_ERROR_CLOSED. Must come before a program ends, whoever else may hold the session: a driver that still works while exit() takes it
 * apart crashes.
 */
void         limn_session_close           (LimnSession          *session);

/**
 * limn_session_generate_async:
 * @request: copied
 * @feed: (nullable): for one job only
 * @callback: its source object is NULL, since a job keeps no session alive
 *
 * Queues a job. A cancelled job may still finish: both endings are legal; one that waits in the queue ends at once.
 *
 * Returns: the job's serial, from 1; the session never gives it again
 */
guint64      limn_session_generate_async  (LimnSession          *session,
                                           const LimnRequest    *request,
                                           LimnFeed             *feed,
                                           GCancellable         *cancellable,
                                           GAsyncReadyCallback   callback,
                                           gpointer              data);

/**
 * limn_session_generate_finish:
 *
 * Fails with LIMN_ERROR_INVALID, LIMN_ERROR_OUT_OF_MEMORY (before the first step), LIMN_ERROR_DEVICE_LOST when that happened
 * more than LIMN_SESSION_MAX_RECOVERIES times, G_IO_ERROR_CANCELLED, and as opening the model fails.
 */
LimnResult  *limn_session_generate_finish (LimnSession          *session,
                                           GAsyncResult         *result,
                                           GError              **error);

/**
 * limn_session_generate_sync:
 *
 * The same job, waited for. @feed's function is called meanwhile if the feed was made in the thread's default context; that
 * context runs.
 */
LimnResult  *limn_session_generate_sync   (LimnSession          *session,
                                           const LimnRequest    *request,
                                           LimnFeed             *feed,
                                           GCancellable         *cancellable,
                                           GError              **error);

/**
 * limn_session_continue_async:
 * @trajectory: (nullable): bytes of a trajectory of the same picture, as the feed's state or its file; see limn_generation_restore()
 *
 * limn_session_generate_async() from where @trajectory stopped, to the same pixels as if it never had. The feed gets no step twice but the
 * last one that was done, whose frame may not have been seen. Fails also as limn_generation_restore() does.
 */
guint64      limn_session_continue_async  (LimnSession          *session,
                                           const LimnRequest    *request,
                                           GBytes               *trajectory,
                                           LimnFeed             *feed,
                                           GCancellable         *cancellable,
                                           GAsyncReadyCallback   callback,
                                           gpointer              data);

/**
 * limn_session_paint_async:
 * @own: (nullable): as limn_session_continue_async() has it. Where it says that the picture was steered, that is what is painted:
 *   LimnFeedStart.request and LimnResult.request tell
 * @other: (nullable): bytes of a trajectory that may share steps with @request, as that of the picture from which it parts. One that cannot be
 *   used is no failure: see LimnFeedStart.other_error
 *
 * From the deepest step that there is: @own's, @other's, or that of a picture that was painted lately and kept its latents, where @request is a
 * branch, or its feed says so: limn_feed_set_reuses(). To the same pixels whichever it is. limn_session_generate_finish().
 */
guint64      limn_session_paint_async     (LimnSession          *session,
                                           const LimnRequest    *request,
                                           GBytes               *own,
                                           GBytes               *other,
                                           LimnFeed             *feed,
                                           GCancellable         *cancellable,
                                           GAsyncReadyCallback   callback,
                                           gpointer              data);

/** limn_session_paint_sync: the same, waited for; see limn_session_generate_sync(). */
LimnResult  *limn_session_paint_sync      (LimnSession          *session,
                                           const LimnRequest    *request,
                                           GBytes               *own,
                                           GBytes               *other,
                                           LimnFeed             *feed,
                                           GCancellable         *cancellable,
                                           GError              **error);

/** limn_session_continue_sync: limn_session_generate_sync() from there. */
LimnResult  *limn_session_continue_sync   (LimnSession          *session,
                                           const LimnRequest    *request,
                                           GBytes               *trajectory,
                                           LimnFeed             *feed,
                                           GCancellable         *cancellable,
                                           GError              **error);

/**
 * limn_session_steer_async:
 * @serial: of the picture that is painted
 * @wanted: see limn_steer_request(); copied
 *
 * From the next step on: the picture becomes a branch of itself. Its feed tells (LimnFeedTurn), its trajectory and its result say so, and what
 * they say makes the same pixels again. The callback's source object is NULL.
 */
void         limn_session_steer_async     (LimnSession          *session,
                                           guint64               serial,
                                           const LimnRequest    *wanted,
                                           GCancellable         *cancellable,
                                           GAsyncReadyCallback   callback,
                                           gpointer              data);

/**
 * limn_session_steer_finish:
 * @step: (out) (optional): after which it holds
 *
 * Fails with LIMN_ERROR_INVALID and LIMN_ERROR_UNSUPPORTED where it cannot be, or where the picture is not being painted any more; the picture goes
 * on as it was.
 */
gboolean     limn_session_steer_finish    (LimnSession          *session,
                                           GAsyncResult         *result,
                                           guint                *step,
                                           GError              **error);

/** limn_session_get_reading: how much of a model's weights is read, 0 to 1, while some are; negative: none are. For who waits, to look at now and then. */
double       limn_session_get_reading     (LimnSession          *session);

/** limn_session_serves_both: whether the same open model serves both requests. */
gboolean     limn_session_serves_both     (const LimnRequest    *a,
                                           const LimnRequest    *b);

/* Errands: small work that is done between two steps of a running job if its engine serves, at most one each time, else when no
 * job runs. The newest goes first. Their callbacks too have NULL for a source object. */

/**
 * limn_session_inspect_async:
 *
 * Opens @request's model and device where they are not open, which reads no weights: some 0.2 s. Fails as that does; see LimnInspection.refused. Is also
 * done while weights of that model are read.
 */
void            limn_session_inspect_async  (LimnSession          *session,
                                             const LimnRequest    *request,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              data);
LimnInspection *limn_session_inspect_finish (LimnSession          *session,
                                             GAsyncResult         *result,
                                             GError              **error);

/**
 * limn_session_decode_async:
 * @request: names model, storage and device
 * @latent: doubles, [C, height_lt, width_lt]
 * @scale: by which they become what the VAE shows
 *
 * The frame of a kept latent: the same bits as the job's own frame of that step had, at full size.
 */
void            limn_session_decode_async   (LimnSession          *session,
                                             const LimnRequest    *request,
                                             GBytes               *latent,
                                             guint                 width_lt,
                                             guint                 height_lt,
                                             double                scale,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              data);
/**
 * limn_session_decode_when_idle_async:
 *
 * The same, for what nobody waits for: only while no job runs or waits, and a job that comes goes first. The oldest goes first.
 */
void            limn_session_decode_when_idle_async (LimnSession   *session,
                                             const LimnRequest    *request,
                                             GBytes               *latent,
                                             guint                 width_lt,
                                             guint                 height_lt,
                                             double                scale,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              data);
/**
 * limn_session_warm_up_async:
 *
 * Makes the open engine ready for @request's picture, so that its first step comes as soon as the others: reads the model's weights (seconds to a minute),
 * and compiles kernels (4 s in all on software, where the driver has not seen them before). Only while no job runs or waits. Weights that are being read
 * are read to their end, unless something is asked of another model: then that stops between two tensors. Of the rest a job that comes
 * waits for one kernel at most. Where the engine of @request's model is not open there is nothing to do. No picture changes by it.
 */
void            limn_session_warm_up_async  (LimnSession          *session,
                                             const LimnRequest    *request,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              data);
gboolean        limn_session_warm_up_finish (LimnSession          *session,
                                             GAsyncResult         *result,
                                             GError              **error);

/**
 * limn_session_sketch_async:
 * @request: what would be painted; what is open is taken as a job would take it
 * @feed: (nullable): gets the steps of a fine one, as far as the request wants frames; for one sketch only
 *
 * A picture for the eye alone, which nothing keeps: limn_sketch_request(). The newest goes first. A coarse one is painted whole between two steps of a
 * running job; a fine one only while no job runs or waits, and whatever comes meanwhile that is not for idle times goes before it: then it begins
 * again. No job's picture changes by it. Cancelled in the middle of a step it ends within one submission, or one kernel that a driver compiles.
 *
 * Which of two is the newer the caller knows: it cancels the older one, and takes no result that was cancelled.
 */
void            limn_session_sketch_async   (LimnSession          *session,
                                             const LimnRequest    *request,
                                             LimnSketchLevel       level,
                                             LimnFeed             *feed,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              data);
/** limn_session_sketch_finish: fails as limn_session_generate_finish(). (transfer full) */
LimnImage      *limn_session_sketch_finish  (LimnSession          *session,
                                             GAsyncResult         *result,
                                             GError              **error);

/** limn_session_decode_finish: of both. */
LimnImage      *limn_session_decode_finish  (LimnSession          *session,
                                             GAsyncResult         *result,
                                             GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnResult, limn_result_free)

G_END_DECLS
