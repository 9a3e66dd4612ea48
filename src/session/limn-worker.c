/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The engine, and so everything GL, is touched by the worker's thread alone; the one exception is hash_model(), which has a
 * thread of its own that never outlives the engine. */
#include "config.h"

#include "session/limn-worker.h"

#include "base/limn-error.h"
#include "session/limn-frame.h"
#include "session/limn-generation.h"
#include "session/limn-json-text.h"
#include "session/limn-preview-decoder.h"
#include "session/limn-request-chain.h"
#include "session/limn-request-files.h"

/* One picture on its way. */
typedef struct
{
  const LimnPaint *paint;
  LimnRequest     *request; /* nothing open */
  LimnGeneration  *generation;
  LimnTrajectory  *own;     /* (nullable): of what the paint brings */
  LimnTrajectory  *other;
  char            *other_error;
  GPtrArray       *before;  /* of LimnStep */
  guint            n_recoveries;
  gint64           load_us; /* that reading weights took */
} Work;

static void
work_clear (Work *work)
{
  g_clear_pointer (&work->before, g_ptr_array_unref);
  g_clear_pointer (&work->own, limn_trajectory_free);
  g_clear_pointer (&work->other, limn_trajectory_free);
  g_clear_pointer (&work->generation, limn_generation_free);
  g_clear_pointer (&work->request, limn_request_free);
  g_free (work->other_error);
}

static gpointer
hash_main (gpointer data)
{
  LimnWorker *worker = data;

  if (!worker->model_files)
    worker->model_files = worker->engine->hash_model (worker->engine, worker->hash_cancellable, &worker->hash_error);
  /* An error is met again, and told, when the hash is wanted. */
  limn_lora_hashes_read (worker->lora_hashes, (const char *const *) worker->lora_paths, worker->hash_cancellable, NULL);
  return NULL;
}

static void
start_hash (LimnWorker *worker, const LimnRequest *request)
{
  g_auto(GStrv) loras = limn_lora_hashes_list_paths (request);
  g_auto(GStrv) controls = limn_request_list_control_models (request);
  g_autoptr(GStrvBuilder) all = g_strv_builder_new ();
  g_auto(GStrv) paths = NULL;

  g_strv_builder_addv (all, (const char **) loras);
  g_strv_builder_addv (all, (const char **) controls);
  paths = g_strv_builder_end (all);
  if (worker->hash_thread || (worker->model_files && !paths[0]))
    return;
  g_clear_error (&worker->hash_error);
  if (!worker->lora_hashes)
    worker->lora_hashes = limn_lora_hashes_new ();
  g_strfreev (worker->lora_paths);
  worker->lora_paths = g_steal_pointer (&paths);
  worker->hash_cancellable = g_cancellable_new ();
  worker->hash_thread = g_thread_new ("limn-hash", hash_main, worker);
}

static void
join_hash (LimnWorker *worker)
{
  g_clear_pointer (&worker->hash_thread, g_thread_join);
  g_clear_object (&worker->hash_cancellable);
}

/* The model's hashes stay: it will be the same model when the engine comes back. */
void
limn_worker_close_engine (LimnWorker *worker)
{
  if (worker->hash_cancellable)
    g_cancellable_cancel (worker->hash_cancellable);
  join_hash (worker);
  g_clear_pointer (&worker->engine, limn_engine_free);
}

char *
limn_worker_dup_key (const LimnRequest *request)
{
  return g_strdup_printf ("%s\n%s\n%s\n%s\n%s", limn_storage_get_name (request->storage), request->device ? request->device : "",
                          request->model ? request->model : "", request->vae ? request->vae : "", request->family ? request->family : "");
}

gboolean
limn_worker_open_engine (LimnWorker *worker, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  g_autofree char *key = limn_worker_dup_key (request);

  if (worker->engine && g_strcmp0 (key, worker->key) == 0)
    return TRUE;
  /* The old one goes first: both at once may not fit. */
  limn_worker_close_engine (worker);
  if (g_strcmp0 (key, worker->key) != 0)
    {
      g_clear_pointer (&worker->model_files, g_free);
      limn_kept_steps_clear (&worker->steps);
    }
  g_clear_pointer (&worker->key, g_free);
  worker->engine = worker->open (worker->open_data, request, cancellable, error);
  if (!worker->engine)
    return FALSE;
  worker->engine->reading = worker->reading;
  worker->engine->reading_data = worker->reading_data;
  worker->key = g_steal_pointer (&key);
  return TRUE;
}

void
limn_worker_clear (LimnWorker *worker)
{
  g_free (worker->key);
  g_free (worker->model_files);
  g_clear_error (&worker->hash_error);
  g_clear_pointer (&worker->lora_hashes, limn_lora_hashes_free);
  g_clear_pointer (&worker->lora_paths, g_strfreev);
  g_free (worker->source_key);
  g_clear_pointer (&worker->source, limn_source_unref);
  g_free (worker->controls_key);
  g_clear_pointer (&worker->controls, g_ptr_array_unref);
  g_clear_pointer (&worker->latents, limn_latent_cache_unref);
  limn_kept_steps_clear (&worker->steps);
  g_clear_pointer (&worker->stash, limn_stash_unref);
}

/* --- Sources --- */

static LimnImage *
load_source (LimnWorker *worker, const char *id, GError **error)
{
  if (worker->stash)
    return limn_stash_load (worker->stash, id, error);
  g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There is no place from which the picture to start from could be read.");
  return NULL;
}

/* A copy of @request in which nothing is open. Where the size is, a source decides it. */
static LimnRequest *
resolve (LimnWorker *worker, const LimnRequest *request, GError **error)
{
  g_autoptr(LimnRequest) copy = limn_request_copy (request);
  g_autoptr(LimnImage) picture = NULL;

  if (request->source && (request->open & LIMN_REQUEST_OPEN_SIZE))
    {
      picture = load_source (worker, request->source->picture, error);
      if (!picture || !limn_source_plan_get_size (request, limn_image_get_width (picture), limn_image_get_height (picture), &copy->width,
                                                  &copy->height, error))
        return NULL;
      copy->open &= ~LIMN_REQUEST_OPEN_SIZE;
    }
  return limn_engine_resolve (&worker->engine->facts, copy, error);
}

/* Everything that limn_source_new() looks at. */
static char *
dup_source_key (const LimnRequest *request, const LimnEngineFacts *facts)
{
  LimnJsonText *text = limn_json_text_new ();
  g_autofree char *json = NULL;

  limn_json_text_begin_object (text, NULL);
  limn_request_source_write (request->source, text, "source");
  limn_json_text_end_object (text);
  json = limn_json_text_free (text);
  return g_strdup_printf ("%s %u %u %u %d %d %u %u %u %u", json, request->width, request->height, request->tile, request->wrap_x,
                          request->wrap_y, facts->factor, facts->multiple, facts->width, facts->height);
}

/* The pictures of a batch, and the frames of a reel, all have the same: the last one stays. */
static gboolean
get_source (LimnWorker *worker, const LimnRequest *request, LimnSource **source, GError **error)
{
  const LimnRequestSource *wanted = request->source;
  const LimnEngineFacts *facts = &worker->engine->facts;
  g_autofree char *key = NULL;
  g_autoptr(LimnImage) picture = NULL;
  g_autoptr(LimnImage) mask = NULL;
  g_autoptr(GBytes) file = NULL;

  *source = NULL;
  if (!wanted)
    return TRUE;
  key = dup_source_key (request, facts);
  if (g_strcmp0 (key, worker->source_key) != 0)
    {
      g_clear_pointer (&worker->source, limn_source_unref);
      g_clear_pointer (&worker->source_key, g_free);
      picture = load_source (worker, wanted->picture, error);
      if (!picture)
        return FALSE;
      if (wanted->mask && !(mask = load_source (worker, wanted->mask, error)))
        return FALSE;
      if (wanted->file && !(file = limn_stash_load_file (worker->stash, wanted->file, error)))
        return FALSE;
      worker->source = limn_source_new (request, facts, picture, mask, file, error);
      if (!worker->source)
        return FALSE;
      worker->source_key = g_steal_pointer (&key);
    }
  *source = limn_source_ref (worker->source);
  return TRUE;
}

static LimnSource *
take_source (gpointer data, const LimnRequest *request, GError **error)
{
  LimnSource *source = NULL;

  return get_source (data, request, &source, error) ? source : NULL;
}

static LimnImage *
load_picture (gpointer data, const char *id, GError **error)
{
  return load_source (data, id, error);
}

static LimnPictureMix *
take_pictures (gpointer data, const LimnRequest *request, GError **error)
{
  LimnWorker *worker = data;

  if (!worker->latents)
    worker->latents = limn_latent_cache_new ();
  return limn_picture_mix_new (request, &worker->engine->facts, worker->key, worker->latents, load_picture, worker, error);
}

static LimnControlPicture *
make_control (LimnWorker *worker, const LimnRequestControl *control, const LimnRequest *request, const LimnSourcePlan *plan, GError **error)
{
  g_autoptr(LimnImage) image = load_source (worker, control->picture, error);

  return image ? limn_control_picture_new (control, request, plan, image, error) : NULL;
}

/* The pictures of a batch have the same: the last ones stay. */
static GPtrArray *
take_controls (gpointer data, const LimnRequest *request, const LimnSourcePlan *plan, GError **error)
{
  LimnWorker *worker = data;
  g_autoptr(GPtrArray) pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_control_picture_unref);
  g_autofree char *place = dup_source_key (request, &worker->engine->facts);
  g_autofree char *controls = limn_request_controls_to_text (request->controls);
  g_autofree char *key = g_strconcat (place, "\n", controls, NULL);

  if (g_strcmp0 (key, worker->controls_key) == 0)
    return g_ptr_array_ref (worker->controls);
  for (guint i = 0; i < request->controls->len; i++)
    {
      LimnControlPicture *picture = make_control (worker, g_ptr_array_index (request->controls, i), request, plan, error);

      if (!picture)
        return NULL;
      g_ptr_array_add (pictures, picture);
    }
  g_clear_pointer (&worker->controls, g_ptr_array_unref);
  g_free (worker->controls_key);
  worker->controls = g_ptr_array_ref (pictures);
  worker->controls_key = g_steal_pointer (&key);
  return g_steal_pointer (&pictures);
}

static const LimnSegmentFuncs segment_funcs = { take_source, take_pictures, take_controls };

/* --- A picture --- */

static void
push_start (Work *work, LimnEngine *engine, guint64 need, guint64 limit)
{
  LimnGeneration *generation = work->generation;
  LimnFeedStart *start;

  if (!work->paint->feed)
    return;
  start = g_new0 (LimnFeedStart, 1);
  start->request = limn_request_copy (work->request);
  start->model_name = g_strdup (engine->facts.model_name);
  start->device = g_strdup (engine->facts.device);
  start->driver = g_strdup (engine->facts.driver);
  start->n_steps = limn_generation_get_n_steps (generation);
  start->width_lt = limn_generation_get_width_lt (generation);
  start->height_lt = limn_generation_get_height_lt (generation);
  start->first = *limn_generation_get_fingerprint (generation, 0);
  start->need_bytes = need;
  start->limit_bytes = limit;
  start->before = g_ptr_array_ref (work->before);
  start->other_error = g_strdup (work->other_error);
  limn_feed_push_start (work->paint->feed, start);
}

/* What was done is on its way to the disk before anybody hears of it. */
static gboolean
push_state (Work *work, GError **error)
{
  LimnFeed *feed = work->paint->feed;
  g_autoptr(GBytes) state = NULL;

  if (!feed || !work->request->keep_latents || !limn_feed_takes_states (feed))
    return TRUE;
  state = limn_trajectory_to_bytes (limn_generation_get_trajectory (work->generation), error);
  if (!state)
    return FALSE;
  limn_feed_push_state (feed, state);
  return TRUE;
}

/* What was said meanwhile holds from the next step on, and is on its way to the disk before that is done. */
static gboolean
steer (Work *work, GError **error)
{
  LimnGeneration *generation = work->generation;
  LimnSteerTask *wanted;
  gboolean kept = TRUE;

  while (kept && work->paint->steering && (wanted = limn_steering_take (work->paint->steering)))
    {
      GError *refusal = NULL;
      guint step = 0;

      if (!limn_generation_steer (generation, wanted->request, &step, &refusal))
        {
          limn_steer_task_answer (wanted, 0, refusal);
          continue;
        }
      limn_request_free (work->request);
      work->request = limn_request_copy (limn_generation_get_request (generation));
      kept = push_state (work, error);
      if (work->paint->feed)
        limn_feed_push_turn (work->paint->feed, step, work->request, limn_generation_get_n_steps (generation));
      limn_steer_task_answer (wanted, step, NULL);
    }
  return kept;
}

/* What is known to fit. Not in the first step: whoever learns how long a step takes shall not learn that. */
static gboolean
load (LimnWorker *worker, Work *work, GError **error)
{
  gint64 begin = g_get_monotonic_time ();

  if (worker->engine->load && !worker->engine->load (worker->engine, work->request, work->paint->cancellable, error))
    return FALSE;
  work->load_us += g_get_monotonic_time () - begin;
  return TRUE;
}

/* Steps until done or failed, and no further: what to do about a lost device is the caller's. */
static gboolean
run_steps (LimnWorker *worker, Work *work, GError **error)
{
  const LimnPaint *paint = work->paint;
  LimnGeneration *generation = work->generation;
  guint64 need, limit;

  limn_generation_set_engine (generation, worker->engine);
  if (!limn_generation_prepare (generation, &need, &limit, paint->cancellable, error))
    return FALSE;
  push_start (work, worker->engine, need, limit);
  if (!load (worker, work, error))
    return FALSE;
  /* Both read the model from the disk. */
  start_hash (worker, work->request);

  while (!limn_generation_is_done (generation))
    {
      g_autoptr(LimnStep) step = NULL;

      if (!steer (work, error))
        return FALSE;
      step = limn_generation_step (generation, paint->cancellable, error);
      if (!step)
        return FALSE;
      step->serial = paint->serial;
      if (!push_state (work, error))
        return FALSE;
      if (paint->feed)
        limn_feed_push_step (paint->feed, step);
      if (paint->pause && !limn_generation_is_done (generation) && !paint->pause (paint->pause_data, error))
        return FALSE;
      if (worker->disturbed)
        limn_generation_set_engine (generation, worker->engine);
      worker->disturbed = FALSE;
    }
  return TRUE;
}

static gboolean
run_generation (LimnWorker *worker, Work *work, GError **error)
{
  for (;;)
    {
      g_autoptr(GError) local = NULL;

      if (run_steps (worker, work, &local))
        return TRUE;
      if (!g_error_matches (local, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }

      g_debug ("device lost after step %u: %s", limn_generation_get_step (work->generation), local->message);
      limn_generation_set_engine (work->generation, NULL);
      limn_worker_close_engine (worker);
      if (work->n_recoveries == LIMN_SESSION_MAX_RECOVERIES)
        {
          g_propagate_prefixed_error (error, g_steal_pointer (&local),
                                      "The graphics device was reset %u times while it made this picture; it cannot do it. ",
                                      work->n_recoveries + 1);
          return FALSE;
        }
      work->n_recoveries += 1;
      if (!limn_worker_open_engine (worker, work->request, work->paint->cancellable, error))
        return FALSE;
    }
}

static void
cancel_other (GCancellable *cancellable, gpointer other)
{
  g_cancellable_cancel (other);
}

/* Gigabytes take seconds, which a job that is cancelled shall not wait for; the next job begins the hash again. */
static void
finish_hash (LimnWorker *worker, GCancellable *cancellable)
{
  gulong handler = 0;

  if (worker->hash_thread)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (cancel_other), g_object_ref (worker->hash_cancellable),
                                     g_object_unref);
  g_clear_pointer (&worker->hash_thread, g_thread_join);
  g_cancellable_disconnect (cancellable, handler);
  join_hash (worker);
}

/* With those of the LoRAs and ControlNets, also of such that it was steered to. */
static char *
dup_files (LimnWorker *worker, const Work *work, GError **error)
{
  g_auto(GStrv) paths = limn_lora_hashes_list_paths (work->request);
  g_auto(GStrv) controls = limn_request_list_control_models (work->request);
  g_autofree char *files = NULL;

  if (!worker->lora_hashes)
    worker->lora_hashes = limn_lora_hashes_new ();
  if (!limn_lora_hashes_read (worker->lora_hashes, (const char *const *) paths, work->paint->cancellable, error) ||
      !limn_lora_hashes_read (worker->lora_hashes, (const char *const *) controls, work->paint->cancellable, error))
    return NULL;
  files = limn_lora_hashes_add (worker->lora_hashes, LIMN_LORA_HASHES_PREFIX, worker->model_files, (const char *const *) paths);
  return limn_lora_hashes_add (worker->lora_hashes, LIMN_CONTROL_HASHES_PREFIX, files, (const char *const *) controls);
}

static LimnResult *
collect (LimnWorker *worker, Work *work, GError **error)
{
  LimnGeneration *generation = work->generation;
  g_autoptr(LimnResult) result = g_new0 (LimnResult, 1);

  finish_hash (worker, work->paint->cancellable);
  if (!worker->model_files)
    {
      g_propagate_error (error, g_steal_pointer (&worker->hash_error));
      return NULL;
    }
  result->model_files = dup_files (worker, work, error);
  if (!result->model_files)
    return NULL;
  result->serial = work->paint->serial;
  result->n_recoveries = work->n_recoveries;
  result->n_computed = limn_generation_get_n_computed (generation);
  result->request = limn_request_copy (work->request);
  result->picture = limn_image_ref (limn_generation_get_picture (generation));
  result->fingerprints = g_array_new (FALSE, FALSE, sizeof (LimnFingerprint));
  for (guint i = 0; i <= limn_generation_get_n_steps (generation); i++)
    g_array_append_vals (result->fingerprints, limn_generation_get_fingerprint (generation, i), 1);
  result->model_name = g_strdup (worker->engine->facts.model_name);
  result->device = g_strdup (worker->engine->facts.device);
  result->driver = g_strdup (worker->engine->facts.driver);
  result->notes = worker->engine->dup_notes ? worker->engine->dup_notes (worker->engine) : g_new0 (char *, 1);
  if (limn_generation_get_trajectory (generation))
    {
      /* Through its bytes: a trajectory has no copy, and the generation's belongs to it. */
      g_autoptr(GBytes) bytes = limn_trajectory_to_bytes (limn_generation_get_trajectory (generation), error);

      if (!bytes)
        return NULL;
      result->trajectory = limn_trajectory_parse (bytes, error);
      if (!result->trajectory)
        return NULL;
    }
  return g_steal_pointer (&result);
}

/* --- What there is already --- */

/* Whether @kept became what it is by being steered, or was not. */
static gboolean
descends_from (const LimnRequest *kept, const LimnRequest *request)
{
  g_auto(GStrv) hashes = limn_request_list_hashes (kept);
  g_autofree char *hash = limn_request_hash (request);

  return g_strv_contains ((const char *const *) hashes, hash);
}

/* A picture that was steered is what its own steps say, not what was asked for at first. */
static gboolean
take_own (Work *work, GError **error)
{
  const LimnRequest *asked = work->request;
  g_autoptr(LimnRequest) kept = NULL;

  if (!work->paint->own)
    return TRUE;
  work->own = limn_trajectory_parse (work->paint->own, error);
  if (!work->own)
    return FALSE;
  kept = limn_request_new_from_json (limn_trajectory_get_request (work->own), "trajectory", error);
  if (!kept)
    return FALSE;
  if (kept->open || !descends_from (kept, asked))
    return TRUE;
  limn_request_set_device (kept, asked->device);
  kept->preview = asked->preview;
  kept->preview_every = asked->preview_every;
  kept->preview_half = asked->preview_half;
  kept->keep_latents = asked->keep_latents;
  limn_request_free (work->request);
  work->request = g_steal_pointer (&kept);
  return TRUE;
}

/* Returns: how many steps it is good for. What is wrong with it costs no more than these. */
static guint
take_other (Work *work)
{
  g_autoptr(LimnRequest) theirs = NULL;
  g_autoptr(GError) error = NULL;

  if (!work->paint->other)
    return 0;
  work->other = limn_trajectory_parse (work->paint->other, &error);
  if (work->other)
    theirs = limn_request_new_from_json (limn_trajectory_get_request (work->other), "trajectory", &error);
  if (theirs && theirs->open == 0 && limn_request_same_start (work->request, theirs))
    return limn_generation_count_shared (work->generation, work->other, theirs, G_MAXUINT);
  work->other_error = g_strdup (error ? error->message : "The kept steps are of another picture than the one that they were kept for.");
  return 0;
}

static gboolean
restore_from (Work *work, const LimnTrajectory *trajectory, guint limit, GError **error)
{
  if (!limn_generation_restore (work->generation, trajectory, limit, error))
    return FALSE;
  g_clear_pointer (&work->before, g_ptr_array_unref);
  work->before = limn_generation_list_before (work->generation, trajectory);
  for (guint i = 0; i < work->before->len; i++)
    ((LimnStep *) g_ptr_array_index (work->before, i))->serial = work->paint->serial;
  return TRUE;
}

/* The deepest step that there is: of its own trajectory, which must be good, of the other one, or of a picture that was painted lately. */
static gboolean
restore (LimnWorker *worker, Work *work, GError **error)
{
  g_autoptr(LimnRequest) own = NULL;
  guint n_other = take_other (work), n_own = 0;
  /* Who paints the same picture again wants to watch it. */
  gboolean reuses = work->paint->feed && limn_feed_reuses (work->paint->feed);
  guint limit = reuses ? G_MAXUINT : limn_request_get_begin (work->request);
  const LimnTrajectory *latest;

  work->before = g_ptr_array_new ();
  if (work->own)
    {
      own = limn_request_new_from_json (limn_trajectory_get_request (work->own), "trajectory", error);
      if (!own)
        return FALSE;
      n_own = limn_generation_count_shared (work->generation, work->own, own, G_MAXUINT);
    }
  latest = limn_kept_steps_find (&worker->steps, work->generation, MAX (n_own, n_other), limit);
  if (latest && restore_from (work, latest, limit, NULL))
    return TRUE;
  if (n_other > n_own)
    {
      g_autoptr(GError) local = NULL;

      if (restore_from (work, work->other, G_MAXUINT, &local))
        return TRUE;
      work->other_error = g_strdup (local->message);
    }
  /* A trajectory of a stranger is refused before anything is computed. */
  return !work->own || restore_from (work, work->own, G_MAXUINT, error);
}

/* What was done is there for the next picture, also of one that was cancelled. */
static void
keep_steps (LimnWorker *worker, Work *work)
{
  LimnTrajectory *trajectory = work->generation ? limn_generation_steal_trajectory (work->generation) : NULL;

  if (trajectory && limn_trajectory_get_n_steps (trajectory) > 0)
    limn_kept_steps_add (&worker->steps, trajectory);
  else
    limn_trajectory_free (trajectory);
}

static LimnResult *
run_work (LimnWorker *worker, Work *work, GError **error)
{
  const LimnPaint *paint = work->paint;
  LimnResult *result;
  gint64 begin;

  if (g_cancellable_set_error_if_cancelled (paint->cancellable, error) ||
      !limn_request_check (paint->request, error) ||
      !limn_worker_open_engine (worker, paint->request, paint->cancellable, error))
    return NULL;

  begin = g_get_monotonic_time ();
  work->request = resolve (worker, paint->request, error);
  if (!work->request || !take_own (work, error))
    return NULL;
  work->generation = limn_generation_new_from (work->request, &worker->engine->facts, &segment_funcs, worker, error);
  if (!work->generation || !restore (worker, work, error))
    return NULL;
  if (paint->feed)
    limn_generation_set_max_slowdown (work->generation, limn_feed_get_max_slowdown (paint->feed));
  if (paint->previews)
    {
      g_autofree char *small = limn_preview_decoder_find (paint->previews, work->request->model, worker->engine->facts.scaling_factor);

      limn_generation_set_small_decoder (work->generation, small);
    }
  if (!run_generation (worker, work, error))
    return NULL;

  result = collect (worker, work, error);
  if (result)
    result->seconds = (g_get_monotonic_time () - begin - work->load_us) / 1e6;
  return result;
}

LimnResult *
limn_worker_paint (LimnWorker *worker, const LimnPaint *paint, GError **error)
{
  Work work = { .paint = paint };
  LimnResult *result;

  if (paint->steering)
    limn_steering_begin (paint->steering, paint->serial);
  result = run_work (worker, &work, error);
  if (paint->steering)
    limn_steering_end (paint->steering);
  keep_steps (worker, &work);
  work_clear (&work);
  return result;
}

/* --- Errands --- */

/* What is wrong with the source itself is said when somebody wants to paint from it. */
LimnInspection *
limn_worker_inspect (LimnWorker *worker, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  g_autoptr(LimnImage) picture = NULL;

  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !limn_worker_open_engine (worker, request, cancellable, error))
    return NULL;
  if (request->source && worker->stash)
    picture = limn_stash_load (worker->stash, request->source->picture, NULL);
  return limn_inspection_new_for_engine (worker->engine, request, picture ? limn_image_get_width (picture) : 0,
                                         picture ? limn_image_get_height (picture) : 0, error);
}

static gboolean
serves (const LimnWorker *worker, const LimnRequest *request)
{
  g_autofree char *key = limn_worker_dup_key (request);

  return worker->engine && g_str_equal (key, worker->key);
}

gboolean
limn_worker_load (LimnWorker *worker, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (!serves (worker, request) || !worker->engine->load)
    return TRUE;
  return worker->engine->load (worker->engine, request, cancellable, error);
}

gboolean
limn_worker_warm_up (LimnWorker *worker, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  g_autoptr(LimnRequest) plain = limn_request_copy (request);
  g_autoptr(LimnRequest) resolved = NULL;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (!serves (worker, request) || !worker->engine->warm_up)
    return TRUE;
  /* Windows and sources have sizes of their own; the kernels are those of any size. */
  if (request->source || request->tile > 0)
    {
      limn_request_set_source (plain, NULL);
      plain->tile = 0;
      plain->overlap = 0;
      plain->open |= LIMN_REQUEST_OPEN_SIZE;
    }
  resolved = limn_engine_resolve (&worker->engine->facts, plain, error);
  return resolved && worker->engine->warm_up (worker->engine, resolved, limn_generation_is_guided (resolved), cancellable, error);
}

static double
get_pixels (LimnImage *image)
{
  return (double) limn_image_get_width (image) * limn_image_get_height (image);
}

/* Before the last step of a sketch that began at @begin, whose step before it took @step_seconds. */
static gboolean
is_late (const LimnWorker *worker, const LimnRequest *sketch, gint64 begin, double step_seconds)
{
  /* What a decode of the starter model takes, in guided steps, where none was measured. */
  const double decode_steps = 2.5;
  double decode = worker->pixel_seconds > 0 ? worker->pixel_seconds * sketch->width * sketch->height : decode_steps * step_seconds;

  return limn_sketch_needs_half (sketch, &worker->engine->facts, (g_get_monotonic_time () - begin) / 1e6 + step_seconds, decode);
}

LimnImage *
limn_worker_sketch (LimnWorker        *worker,
                    const LimnRequest *request,
                    LimnSketchLevel    level,
                    LimnFeed          *feed,
                    GCancellable      *cancellable,
                    GError           **error)
{
  g_autoptr(LimnRequest) resolved = NULL;
  g_autoptr(LimnRequest) sketch = NULL;
  g_autoptr(LimnGeneration) generation = NULL;
  gint64 begin = g_get_monotonic_time ();
  double step_seconds = 0;

  if (g_cancellable_set_error_if_cancelled (cancellable, error) || !limn_worker_open_engine (worker, request, cancellable, error))
    return NULL;
  resolved = resolve (worker, request, error);
  if (!resolved)
    return NULL;
  sketch = limn_sketch_request (resolved, &worker->engine->facts, level);
  if (!feed)
    sketch->preview = LIMN_PREVIEW_NONE;
  generation = limn_generation_new_from (sketch, &worker->engine->facts, &segment_funcs, worker, error);
  if (!generation)
    return NULL;
  worker->disturbed = TRUE;
  limn_generation_set_engine (generation, worker->engine);
  while (!limn_generation_is_done (generation))
    {
      g_autoptr(LimnStep) step = NULL;

      if (limn_sketch_is_short (sketch, level) && limn_generation_get_step (generation) + 1 == limn_generation_get_n_steps (generation) &&
          is_late (worker, sketch, begin, step_seconds))
        limn_generation_set_half_picture (generation);
      step = limn_generation_step (generation, cancellable, error);
      if (!step)
        return NULL;
      step_seconds = step->denoise_seconds;
      if (step->step == step->n_steps)
        worker->pixel_seconds = step->decode_seconds / get_pixels (limn_generation_get_picture (generation));
      if (feed)
        {
          step->serial = limn_feed_get_serial (feed);
          limn_feed_push_step (feed, step);
        }
    }
  return limn_image_ref (limn_generation_get_picture (generation));
}

LimnImage *
limn_worker_decode (LimnWorker        *worker,
                    const LimnRequest *request,
                    GBytes            *latent,
                    guint              width_lt,
                    guint              height_lt,
                    double             scale,
                    GCancellable      *cancellable,
                    GError           **error)
{
  const LimnEngineFacts *facts;
  guint64 n_cells = (guint64) width_lt * height_lt;
  g_autoptr(LimnWork) work = NULL;
  g_autoptr(LimnSource) source = NULL;
  g_autoptr(GError) local = NULL;

  if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
      !limn_request_check (request, error) ||
      !limn_worker_open_engine (worker, request, cancellable, error))
    return NULL;
  facts = &worker->engine->facts;
  if (width_lt > LIMN_REQUEST_MAX_SIDE / facts->factor || height_lt > LIMN_REQUEST_MAX_SIDE / facts->factor ||
      n_cells * facts->factor * facts->factor > LIMN_IMAGE_MAX_PIXELS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "A picture of %u times %u cells of %u pixels is too large to be shown.",
                   width_lt, height_lt, facts->factor);
      return NULL;
    }
  if (n_cells == 0 || g_bytes_get_size (latent) != n_cells * facts->n_channels * sizeof (double))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The kept latents are not of the kind that the model “%s” makes pictures from.",
                   facts->model_name);
      return NULL;
    }
  work = limn_work_new (facts, request, width_lt, height_lt);
  /* Of a picture whose source is gone, or is another one, there is still what was painted. */
  if (request->source && (request->open || !get_source (worker, request, &source, &local)))
    g_debug ("a frame without its source: %s", local ? local->message : "its request is open");
  if (source && (limn_source_get_width_lt (source) != width_lt || limn_source_get_height_lt (source) != height_lt))
    g_clear_pointer (&source, limn_source_unref);
  return limn_frame_decode (worker->engine, work, source, g_bytes_get_data (latent, NULL), scale, FALSE, FALSE, NULL, cancellable, error);
}
