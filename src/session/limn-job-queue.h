/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-keeper.h"
#include "session/limn-session.h"
#include "session/limn-sheet.h"

G_BEGIN_DECLS

/**
 * LimnJobState:
 * @LIMN_JOB_WAITING: in the queue
 * @LIMN_JOB_PAINTING: the worker has it
 * @LIMN_JOB_PAUSED: was painting and will go on from its last step, when the queue goes on
 * @LIMN_JOB_SAVING: painted; its file is not on the disk yet. Such jobs stand behind those that wait
 * @LIMN_JOB_FAILED: its message says why; it stays at the end of the queue until it is removed or tried again
 * @LIMN_JOB_DONE, @LIMN_JOB_STOPPED: over; it has left the queue
 */
typedef enum
{
  LIMN_JOB_WAITING,
  LIMN_JOB_PAINTING,
  LIMN_JOB_PAUSED,
  LIMN_JOB_SAVING,
  LIMN_JOB_FAILED,
  LIMN_JOB_DONE,
  LIMN_JOB_STOPPED,
} LimnJobState;

/**
 * LimnJob:
 *
 * One press of the button: a picture, a batch of them, or a sheet. Its request is frozen; a sheet's is its base.
 *
 * Properties, all notified: "state" (uint), "picture" (uint: which of the batch is being made, from 0), "step", "n-steps" (uint, of
 * this picture), "seconds-left" (double: of the whole job, from measurements; negative: not known yet), "message" (string,
 * nullable: why it failed).
 */
#define LIMN_TYPE_JOB (limn_job_get_type ())
G_DECLARE_FINAL_TYPE (LimnJob, limn_job, LIMN, JOB, GObject)

/** limn_job_get_id: a UUID. Picture i of a batch keeps its trajectory under limn_job_dup_picture_id(). */
const char        *limn_job_get_id           (LimnJob *job);
/** limn_job_dup_picture_id: (transfer full): UUID of picture @picture: a function of job and number alone. */
char              *limn_job_dup_picture_id   (LimnJob *job,
                                              guint    picture);
/** limn_job_make_picture_id: limn_job_dup_picture_id() by the job's id, of one that is long gone. */
char              *limn_job_make_picture_id  (const char *id,
                                              guint       picture);
const LimnRequest *limn_job_get_request      (LimnJob *job);
/** limn_job_get_sheet: (nullable): then its pictures are counted in the order of painting, as limn_sheet_get_cell() counts them. */
LimnSheet         *limn_job_get_sheet        (LimnJob *job);
guint              limn_job_get_n_pictures   (LimnJob *job);
/** limn_job_dup_picture_request: (transfer full): what picture @picture, below limn_job_get_n_pictures(), is made from. */
LimnRequest       *limn_job_dup_picture_request (LimnJob *job,
                                              guint    picture);
LimnJobState       limn_job_get_state        (LimnJob *job);
guint              limn_job_get_picture      (LimnJob *job);
guint              limn_job_get_step         (LimnJob *job);
guint              limn_job_get_n_steps      (LimnJob *job);
double             limn_job_get_seconds_left (LimnJob *job);
const char        *limn_job_get_message      (LimnJob *job);

/**
 * LimnJobQueue:
 *
 * What is to be painted, in order, as a GListModel of LimnJob: the one that paints first, then those that wait, then those that are
 * saved, then those that failed. It is kept in @state_folder/queue.json after every change and each running picture's trajectory in
 * @state_folder/steps/<picture id>.safetensors after every step (the newest state wins where the disk is slower), so that a program that is killed at any moment
 * loses nothing: the next one finds the queue, paused, with the interrupted job first, and goes on from its last stored step.
 *
 * A finished picture is saved at once in "folder", as its PNG with recipe, `parameters` and the text `limn-trajectory` (its picture id),
 * never overwriting, and never twice, not even when the program was killed between writing and noting it.
 * All writing goes through the keeper.
 *
 * Stopping and pausing are the same thing to the worker: the step at hand is given up at once, and the trajectory holds all that
 * was done before. A stopped picture is saved as its last step's frame, noisy or predicted as its previews were, at full size;
 * one without a step is not saved.
 *
 * Properties: "running" (LimnJob, nullable), "paused" (boolean), "folder" (string: where pictures go), "seconds-left" (double: all of
 * them; negative: unknown), "keeps" (boolean: the state folder is this queue's), "refused" (boolean: it is another program's).
 *
 * Signals, main thread:
 * - "picture-started" (LimnJob, LimnReel *reel): a picture begins or goes on; @reel is live and grows by itself
 * - "picture-saved" (LimnJob, const char *path, LimnReel *reel)
 * - "job-ended" (LimnJob): its state says how: done, stopped, or failed
 * - "remark" (LimnJob, const char *message): something that the artist should know and that stops nothing, as that kept steps are damaged
 *
 * Thread-safety: the thread that made it.
 */
#define LIMN_TYPE_JOB_QUEUE (limn_job_queue_get_type ())
G_DECLARE_FINAL_TYPE (LimnJobQueue, limn_job_queue, LIMN, JOB_QUEUE, GObject)

/**
 * limn_job_queue_new:
 * @folder: where pictures go; made when the first is saved
 *
 * Starts with an empty queue; limn_job_queue_restore_async() reads what was kept. Jobs can be added before, but until that
 * has ended nothing is painted, and the keeper writes nothing below @state_folder, whoever asks it; where another program works there, never.
 */
LimnJobQueue *limn_job_queue_new           (LimnSession         *session,
                                            LimnKeeper          *keeper,
                                            const char          *state_folder,
                                            const char          *folder);

/**
 * limn_job_queue_restore_async:
 *
 * Takes up what an earlier program left; read on a thread. Where there is something to paint the queue is paused. Once for each queue.
 *
 * Fails with LIMN_ERROR_FORMAT where the queue file is damaged or of a newer program: it has been put aside ("queue.json.damaged",
 * never deleted), and the queue is empty and works. Fails with G_IO_ERROR_BUSY where another program works in @state_folder: then
 * this queue does nothing, and each job fails with that message. With other errors of G_IO_ERROR where the folder cannot be
 * used: the queue works, but nothing of it is kept.
 */
void          limn_job_queue_restore_async  (LimnJobQueue        *queue,
                                             GAsyncReadyCallback  callback,
                                             gpointer             data);
gboolean      limn_job_queue_restore_finish (LimnJobQueue        *queue,
                                             GAsyncResult        *result,
                                             GError             **error);

/**
 * limn_job_queue_add: @request: copied; kept latents are always on. @max_slowdown: for the feed. Paints at once if nothing else does.
 * Returns: (transfer none)
 */
LimnJob      *limn_job_queue_add            (LimnJobQueue        *queue,
                                             const LimnRequest   *request,
                                             double               max_slowdown);
/**
 * limn_job_queue_add_branch:
 * @request: it parts from another picture
 * @parent_steps: (nullable): the id of the kept steps of that picture, or of any other that shares steps with it, to part from. They are
 *   needed until the job is over (limn_job_queue_dup_used_ids()); where they are not there, or damaged, the steps are computed
 *
 * limn_job_queue_add() else.
 */
LimnJob      *limn_job_queue_add_branch     (LimnJobQueue        *queue,
                                             const LimnRequest   *request,
                                             const char          *parent_steps,
                                             double               max_slowdown);
/**
 * limn_job_queue_add_sheet:
 * @sheet: a reference is taken
 * @parent_steps: as limn_job_queue_add_branch() has it
 *
 * All pictures of @sheet, in its order: so the steps that two of them share are computed once. Each PNG has the text LIMN_SHEET_KEYWORD
 * too. Of one that is stopped the picture at hand is not saved, but its steps are kept.
 */
LimnJob      *limn_job_queue_add_sheet      (LimnJobQueue        *queue,
                                             LimnSheet           *sheet,
                                             const char          *parent_steps,
                                             double               max_slowdown);
/**
 * limn_job_queue_continue_sheet:
 * @job_id: of the job that was to paint @sheet, as limn_sheet_mark_parse() tells it
 * @wanted: for each picture of @sheet whether it is to be painted
 *
 * Paints the rest of a sheet that was stopped, from kept steps where there are any, as if the job had never ended: with its id. Where a
 * job with this id is here, that one is what is returned. NULL where nothing is wanted.
 */
LimnJob      *limn_job_queue_continue_sheet (LimnJobQueue        *queue,
                                             LimnSheet           *sheet,
                                             const char          *job_id,
                                             const gboolean      *wanted,
                                             const char          *parent_steps,
                                             double               max_slowdown);
/** limn_job_queue_move: a waiting job, to @position in the list, or as near as can be: the running or paused one stays first. */
void          limn_job_queue_move           (LimnJobQueue        *queue,
                                             LimnJob             *job,
                                             guint                position);
/**
 * limn_job_queue_remove: a waiting, paused or failed job, or one that was set aside; of a picture that was begun and not saved the trajectory goes too. One that
 * paints is stopped.
 */
void          limn_job_queue_remove         (LimnJobQueue        *queue,
                                             LimnJob             *job);
/**
 * limn_job_queue_set_aside: takes a waiting or failed job out of the list with all that it has, steps on the disk too, until it is put back or
 * removed. Still kept: after the program was killed it stands at the end of the queue. Returns FALSE where it is no such job.
 */
gboolean      limn_job_queue_set_aside      (LimnJobQueue        *queue,
                                             LimnJob             *job);
/** limn_job_queue_put_back: one that was set aside, as it was, to @position or as near as can be. */
void          limn_job_queue_put_back       (LimnJobQueue        *queue,
                                             LimnJob             *job,
                                             guint                position);
/** limn_job_queue_retry: a failed job waits again, from its last stored step. */
void          limn_job_queue_retry          (LimnJobQueue        *queue,
                                             LimnJob             *job);
/** limn_job_queue_stop: the running or paused job ends with what there is; the next one begins. */
void          limn_job_queue_stop           (LimnJobQueue        *queue);
/**
 * limn_job_queue_steer_async: limn_session_steer_async() of the picture that @job paints. Its reel follows (LimnReel "request" and "n-steps"), and
 * a program that is killed goes on with it: the steps on the disk say how it was steered. Other pictures of the job are not concerned.
 */
void          limn_job_queue_steer_async    (LimnJobQueue        *queue,
                                             LimnJob             *job,
                                             const LimnRequest   *wanted,
                                             GCancellable        *cancellable,
                                             GAsyncReadyCallback  callback,
                                             gpointer             data);
/** limn_job_queue_steer_finish: limn_session_steer_finish(). */
gboolean      limn_job_queue_steer_finish   (LimnJobQueue        *queue,
                                             GAsyncResult        *result,
                                             guint               *step,
                                             GError             **error);
void          limn_job_queue_set_paused     (LimnJobQueue        *queue,
                                             gboolean             paused);
gboolean      limn_job_queue_is_paused      (LimnJobQueue        *queue);
LimnJob      *limn_job_queue_get_running    (LimnJobQueue        *queue);
const char   *limn_job_queue_get_folder     (LimnJobQueue        *queue);
void          limn_job_queue_set_folder     (LimnJobQueue        *queue,
                                             const char          *folder);
/**
 * limn_job_queue_dup_used_ids: (element-type utf8) (transfer full): a set of the ids of pictures whose steps the jobs here may still need: those
 * that are being painted, come next, or are not known to be saved.
 */
GHashTable   *limn_job_queue_dup_used_ids     (LimnJobQueue      *queue);

/** limn_job_queue_get_steps_folder: where trajectories lie: <picture id>.safetensors. */
const char   *limn_job_queue_get_steps_folder (LimnJobQueue      *queue);
/** limn_job_queue_is_restored: whether limn_job_queue_restore_async() has ended, however it did; "keeps" is notified then. */
gboolean      limn_job_queue_is_restored      (LimnJobQueue      *queue);
/** limn_job_queue_keeps: whether the state folder is known to be this queue's, and can be used. */
gboolean      limn_job_queue_keeps            (LimnJobQueue      *queue);
/** limn_job_queue_is_refused: whether another program works in the state folder. */
gboolean      limn_job_queue_is_refused       (LimnJobQueue      *queue);
double        limn_job_queue_get_seconds_left (LimnJobQueue      *queue);

/**
 * limn_job_queue_can_close: whether all would be there the next time. A picture that cannot be saved is made again from its steps; only where
 * these, or the queue itself, cannot be kept either, something is in memory alone.
 */
gboolean      limn_job_queue_can_close      (LimnJobQueue        *queue);

/** limn_job_queue_estimate: seconds that @request would take, from what was measured with this model, size and device; negative: unknown. */
double        limn_job_queue_estimate       (LimnJobQueue        *queue,
                                             const LimnRequest   *request,
                                             double               max_slowdown);

G_END_DECLS
