/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-kept-steps.h"
#include "session/limn-latent-cache.h"
#include "session/limn-lora-hashes.h"
#include "session/limn-resources.h"
#include "session/limn-session.h"
#include "session/limn-source.h"
#include "session/limn-steering.h"

G_BEGIN_DECLS

/* What a session's worker thread does with its engine. Everything here: that thread. */

/**
 * LimnWorker:
 * @open, @open_data: set by the session
 * @reading, @reading_data: (nullable): LimnEngine.reading of the engines that it opens; set by the session
 * @stash: (nullable): where requests' sources are; set by the session before the first job
 * @engine: (nullable): the one that is open
 * @key: (nullable): limn_worker_dup_key() of what it was opened for
 *
 * Embedded in the session; zero but for the first two at the start.
 */
typedef struct
{
  LimnEngineOpen open;
  gpointer       open_data;
  LimnEngineReading reading;
  gpointer       reading_data;
  LimnStash     *stash;
  LimnEngine    *engine;
  char          *key;

  char          *source_key;
  LimnSource    *source; /* (nullable): the last that was made ready, under its key */
  char          *controls_key;
  GPtrArray     *controls; /* (nullable) (element-type LimnControlPicture): the last that were made ready, under their key */
  LimnLatentCache *latents; /* (nullable): of pictures that were mixed */
  LimnKeptSteps  steps;  /* of the engine under @key */

  gboolean       disturbed; /* the engine's prompts are not the running job's any more */
  double         pixel_seconds; /* that the last sketch took to decode one; 0: there was none */

  LimnLoraHashes *lora_hashes; /* (nullable): the hash thread's while there is one */
  char         **lora_paths;  /* (nullable): that the thread is to read */
  GThread       *hash_thread;
  GCancellable  *hash_cancellable;
  GError        *hash_error;
  char          *model_files; /* (nullable): of the model under @key */
} LimnWorker;

/** limn_worker_dup_key: the same for requests that one engine serves. Any thread. */
char           *limn_worker_dup_key      (const LimnRequest  *request);

gboolean        limn_worker_open_engine  (LimnWorker         *worker,
                                          const LimnRequest  *request,
                                          GCancellable       *cancellable,
                                          GError            **error);
/** limn_worker_close_engine: waits for the hash of its model, which it cancels. */
void            limn_worker_close_engine (LimnWorker         *worker);
/** limn_worker_clear: after limn_worker_close_engine(); any thread. */
void            limn_worker_clear        (LimnWorker         *worker);

/** LimnWorkerPause: between two steps. It may use the engine; fails with LIMN_ERROR_DEVICE_LOST only. */
typedef gboolean (*LimnWorkerPause) (gpointer   data,
                                     GError   **error);

/**
 * LimnPaint:
 * @own: (nullable): trajectory to go on from
 * @other: (nullable): one that may share steps
 * @feed: (nullable)
 * @steering: (nullable)
 * @previews: (nullable): small decoders for previews, of which one that suits the model is used; NULL: none, whatever there is
 */
typedef struct
{
  guint64            serial;
  const LimnRequest *request;
  GBytes            *own;
  GBytes            *other;
  LimnFeed          *feed;
  LimnSteering      *steering;
  const LimnResources *previews;
  GCancellable      *cancellable;
  LimnWorkerPause    pause;
  gpointer           pause_data;
} LimnPaint;

/** limn_worker_paint: opens the engine, makes the picture, gets over lost devices. Fails as limn_session_generate_finish() does. */
LimnResult     *limn_worker_paint        (LimnWorker         *worker,
                                          const LimnPaint    *paint,
                                          GError            **error);

LimnInspection *limn_worker_inspect      (LimnWorker         *worker,
                                          const LimnRequest  *request,
                                          GCancellable       *cancellable,
                                          GError            **error);

/** limn_worker_load: reads the weights, where the engine of @request's model is open; see LimnEngine.load. */
gboolean        limn_worker_load         (LimnWorker         *worker,
                                          const LimnRequest  *request,
                                          GCancellable       *cancellable,
                                          GError            **error);

/** limn_worker_warm_up: the rest of what limn_session_warm_up_async() does. */
gboolean        limn_worker_warm_up      (LimnWorker         *worker,
                                          const LimnRequest  *request,
                                          GCancellable       *cancellable,
                                          GError            **error);

/** limn_worker_sketch: see limn_session_sketch_async(). @feed: (nullable). */
LimnImage      *limn_worker_sketch       (LimnWorker         *worker,
                                          const LimnRequest  *request,
                                          LimnSketchLevel     level,
                                          LimnFeed           *feed,
                                          GCancellable       *cancellable,
                                          GError            **error);

/** limn_worker_decode: see limn_session_decode_async(). */
LimnImage      *limn_worker_decode       (LimnWorker         *worker,
                                          const LimnRequest  *request,
                                          GBytes             *latent,
                                          guint               width_lt,
                                          guint               height_lt,
                                          double              scale,
                                          GCancellable       *cancellable,
                                          GError            **error);

G_END_DECLS
