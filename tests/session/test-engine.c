/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The same property as in test-generation.c, with the real networks of the starter model on a real device. Pictures of 32x32 in
 * three steps: every kernel of the model runs, and most of the time goes to compiling them. */
#include "config.h"

#include "test-engine.h"

#include "base/limn-error.h"
#include "gl/limn-gl-private.h"
#include "session/limn-devices.h"
#include "session/limn-engine-model-private.h"
#include "session/limn-frame.h"
#include "session/limn-generation.h"
#include "session/limn-recipe.h"
#include "session/limn-session.h"
#include "source-kit.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* How the next engines behave, for the worker; nothing changes while a job runs. */
typedef struct
{
  LimnGlOptions options;
  guint         lose_after[8]; /* dispatches of the n-th engine until its context is lost; 0: never */
  guint         opened;
} Lab;

static LimnEngine *
open_engine (gpointer data, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  Lab *lab = data;
  LimnEngine *engine = limn_engine_model_open (&lab->options, request, cancellable, error);

  if (engine && lab->opened < G_N_ELEMENTS (lab->lose_after) && lab->lose_after[lab->opened] > 0)
    limn_gl_inject_reset (limn_engine_model_get_gl (engine), lab->lose_after[lab->opened]);
  lab->opened++;
  return engine;
}

static char *cache_dir; /* of the tests, wiped by one of them */

LimnGlOptions
test_engine_get_options (void)
{
  return (LimnGlOptions){ .device = g_getenv ("LIMN_TEST_DEVICE"), .cache_dir = cache_dir };
}

static Lab
new_lab (void)
{
  return (Lab){ .options = test_engine_get_options () };
}

static LimnRequest *
new_request (void)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, "a (red:1.2) house on a hill at sunset");
  limn_request_set_negative (request, "snow");
  request->seed = 11;
  request->steps = 3;
  request->sampler = LIMN_SAMPLER_EULER_A;
  request->eta = 1;
  request->cfg = 4;
  request->width = request->height = 32;
  request->preview = LIMN_PREVIEW_NONE;
  return request;
}

static char *
hash_result (const LimnResult *result)
{
  GString *all = g_string_new (NULL);
  g_autofree char *pixels = limn_recipe_hash_pixels (result->picture);
  char *hash;

  g_string_append (all, pixels);
  for (guint i = 0; i < result->fingerprints->len; i++)
    g_string_append (all, g_array_index (result->fingerprints, LimnFingerprint, i).hash);
  hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, all->str, all->len);
  g_string_free (all, TRUE);
  return hash;
}

static char *
run (LimnSession *session, const LimnRequest *request, guint *n_recoveries)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnResult) result = limn_session_generate_sync (session, request, NULL, NULL, &error);

  g_assert_no_error (error);
  if (n_recoveries)
    *n_recoveries = result->n_recoveries;
  return hash_result (result);
}

/* What all runs of new_request() must give; made once. */
static const char *
reference (void)
{
  static char *hash;

  if (!hash)
    {
      Lab lab = new_lab ();
      g_autoptr(LimnSession) session = limn_session_new (open_engine, &lab, NULL);
      g_autoptr(LimnRequest) request = new_request ();

      hash = run (session, request, NULL);
    }
  return hash;
}

static void
cancel_after_step (LimnFeed *feed, gpointer cancellable)
{
  g_autoptr(GPtrArray) steps = limn_feed_take_steps (feed);

  if (steps->len > 0)
    g_cancellable_cancel (cancellable);
}

/* Twice, previews of all kinds, place in a batch, another size and another prompt in between, a cancelled run before. */
static void
test_same_pixels (void)
{
  Lab lab = new_lab ();
  g_autoptr(LimnSession) session = limn_session_new (open_engine, &lab, NULL);
  const char *expected = reference ();

  for (guint i = 0; i < 6; i++)
    {
      g_autoptr(LimnRequest) request = new_request ();
      g_autofree char *hash = NULL;

      switch (i)
        {
        case 0:
          break;
        case 1:
          request->preview = LIMN_PREVIEW_NOISY;
          request->keep_latents = TRUE;
          break;
        case 2:
          request->preview = LIMN_PREVIEW_PREDICTED;
          request->preview_half = TRUE;
          break;
        case 3:
          request->batch_count = 3;
          request->batch_index = 2;
          request->seed -= 2;
          break;
        case 4:
          {
            g_autoptr(LimnRequest) other = new_request ();
            g_autofree char *other_hash = NULL;

            other->width = 64;
            other->cfg = 1;
            other->steps = 1;
            limn_request_set_prompt (other, "a castle");
            other_hash = run (session, other, NULL);
            g_assert_cmpstr (other_hash, !=, expected);
            break;
          }
        default:
          {
            g_autoptr(GCancellable) cancellable = g_cancellable_new ();
            g_autoptr(LimnFeed) feed = limn_feed_new (cancel_after_step, cancellable, NULL);
            g_autoptr(LimnResult) result = NULL;
            g_autoptr(GError) error = NULL;

            request->steps = 999;
            result = limn_session_generate_sync (session, request, feed, cancellable, &error);
            g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
            request->steps = 3;
          }
        }
      hash = run (session, request, NULL);
      g_assert_cmpstr (hash, ==, expected);
    }
  g_assert_cmpuint (lab.opened, ==, 1);
}

static gboolean
cancel_now (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

/* Cancelled before any step, after each, and in the middle of a pass; the session goes on with the same result. */
static void
test_cancel (void)
{
  Lab lab = new_lab ();
  g_autoptr(LimnSession) session = limn_session_new (open_engine, &lab, NULL);
  g_autoptr(LimnRequest) request = new_request ();
  g_autofree char *hash = NULL;

  hash = run (session, request, NULL);
  for (guint delay_ms = 0; delay_ms < 60; delay_ms += 15)
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnResult) result = NULL;

      g_timeout_add (delay_ms, cancel_now, cancellable);
      request->steps = 999;
      result = limn_session_generate_sync (session, request, NULL, cancellable, &error);
      g_assert_null (result);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  request->steps = 3;
  g_free (hash);
  hash = run (session, request, NULL);
  g_assert_cmpstr (hash, ==, reference ());
}

/* The context is lost in the text encoder, in a step, in a decode, twice in one run: the same pixels. */
static void
test_lost (void)
{
  guint total = 0;

  /* More dispatches than there are: the run is not disturbed. So the real number is between. */
  for (guint low = 1; low < 4000; low = low * 5 + 3)
    {
      Lab lab = new_lab ();
      g_autoptr(LimnSession) session = limn_session_new (open_engine, &lab, NULL);
      g_autoptr(LimnRequest) request = new_request ();
      g_autofree char *hash = NULL;
      guint n_recoveries;

      request->preview = LIMN_PREVIEW_NOISY;
      lab.lose_after[0] = low;
      lab.lose_after[1] = low + 50;
      hash = run (session, request, &n_recoveries);
      g_assert_cmpstr (hash, ==, reference ());
      g_assert_cmpuint (lab.opened, ==, n_recoveries + 1);
      total += n_recoveries;
    }
  g_assert_cmpuint (total, >=, 4);
}

/* No cache, one that is full, one that is full of nonsense. */
static void
test_caches (void)
{
  Lab lab = new_lab ();
  g_autoptr(LimnRequest) request = new_request ();
  const char *expected = reference ();

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnSession) session = NULL;
      g_autofree char *hash = NULL;

      if (i == 0)
        limn_test_remove_folder (cache_dir);
      session = limn_session_new (open_engine, &lab, NULL);
      hash = run (session, request, NULL);
      g_assert_cmpstr (hash, ==, expected);
    }
}

/* Its pixels and latents, when it is killed after @kill_after steps and its file carried over to another engine. */
static char *
run_in_parts (const LimnRequest *request, LimnStash *stash, guint kill_after)
{
  Lab lab = new_lab ();
  g_autoptr(GBytes) file = NULL;
  g_autoptr(GError) error = NULL;
  GString *all = g_string_new (NULL);
  char *hash;

  for (guint part = 0; part < 2; part++)
    {
      LimnEngine *engine = open_engine (&lab, request, NULL, &error);
      g_autoptr(LimnSource) source = NULL;
      g_autoptr(LimnGeneration) generation = NULL;

      g_assert_no_error (error);
      source = source_kit_prepare (stash, request, &engine->facts);
      generation = limn_generation_new (request, &engine->facts, source, &error);
      g_assert_no_error (error);
      if (file)
        {
          g_autoptr(LimnTrajectory) trajectory = limn_trajectory_parse (file, &error);

          g_assert_no_error (error);
          limn_generation_restore (generation, trajectory, G_MAXUINT, &error);
          g_assert_no_error (error);
        }
      limn_generation_set_engine (generation, engine);
      while (!limn_generation_is_done (generation) && !(part == 0 && limn_generation_get_step (generation) == kill_after))
        {
          limn_step_unref (limn_generation_step (generation, NULL, &error));
          g_assert_no_error (error);
        }
      if (part == 0)
        file = limn_trajectory_to_bytes (limn_generation_get_trajectory (generation), &error);
      else
        {
          g_autofree char *pixels = limn_recipe_hash_pixels (limn_generation_get_picture (generation));

          g_string_append (all, pixels);
          for (guint i = 0; i <= limn_generation_get_n_steps (generation); i++)
            g_string_append (all, limn_generation_get_fingerprint (generation, i)->hash);
        }
      limn_engine_free (engine);
    }
  hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, all->str, all->len);
  g_string_free (all, TRUE);
  return hash;
}

/* From nothing, and from a picture with a mask, blurred content and windows, whose latent is kept beside the steps. */
static void
test_resume (void)
{
  Lab lab = new_lab ();
  g_autoptr(LimnSession) session = limn_session_new (open_engine, &lab, NULL);
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnImage) picture = source_kit_make_picture (93, 50, 1);
  g_autoptr(LimnImage) mask = source_kit_make_mask (93, 50);
  g_autofree char *hash = NULL;
  g_autofree char *straight = NULL;

  limn_session_set_stash (session, stash);
  request->keep_latents = TRUE;
  hash = run_in_parts (request, stash, 2);
  g_assert_cmpstr (hash, ==, reference ());

  source_kit_give (stash, request, picture, mask)->content = LIMN_CONTENT_BLURRED;
  request->steps = 6;
  request->tile = 64;
  request->overlap = 32;
  straight = run (session, request, NULL);
  g_free (hash);
  hash = run_in_parts (request, stash, 3);
  g_assert_cmpstr (hash, ==, straight);
}

static void
store_result (GObject *source, GAsyncResult *result, gpointer data)
{
  GAsyncResult **place = data;

  *place = g_object_ref (result);
}

static GAsyncResult *
wait_for_result (GAsyncResult **place)
{
  while (!*place)
    g_main_context_iteration (NULL, TRUE);
  return *place;
}

/* Every frame as it came, and the newest state after each step. */
typedef struct
{
  GPtrArray *steps;
  GPtrArray *states;
} Watch;

static void
watch_feed (LimnFeed *feed, gpointer data)
{
  Watch *watch = data;
  g_autoptr(GPtrArray) steps = limn_feed_take_steps (feed);
  GBytes *state = limn_feed_take_state (feed);

  for (guint i = 0; i < steps->len; i++)
    g_ptr_array_add (watch->steps, limn_step_ref (g_ptr_array_index (steps, i)));
  if (state)
    g_ptr_array_add (watch->states, state);
}

/* Both spaces, both ways of looking: what was shown while it was painted, and what is decoded of the file later, while another
 * picture is painted, are the same bits. And from any state that was on its way to the disk another session goes on to the same. */
static void
test_kept (void)
{
  static const LimnSamplerKind kinds[] = { LIMN_SAMPLER_EULER_A, LIMN_SAMPLER_DDIM, LIMN_SAMPLER_DPMPP_2M };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (kinds); i++)
    {
      Lab lab = new_lab ();
      g_autoptr(LimnSession) session = limn_session_new (open_engine, &lab, NULL);
      g_autoptr(LimnRequest) request = new_request ();
      Watch watch = { g_ptr_array_new_with_free_func ((GDestroyNotify) limn_step_unref),
                      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref) };
      g_autoptr(LimnFeed) feed = limn_feed_new (watch_feed, &watch, NULL);
      g_autoptr(LimnResult) result = NULL;
      g_autoptr(GAsyncResult) second = NULL;
      g_autofree char *hash = NULL;
      g_autoptr(GError) error = NULL;

      request->sampler = kinds[i / 2];
      request->preview = i % 2 ? LIMN_PREVIEW_PREDICTED : LIMN_PREVIEW_NOISY;
      request->keep_latents = TRUE;
      result = limn_session_generate_sync (session, request, feed, NULL, &error);
      g_assert_no_error (error);
      watch_feed (feed, &watch);
      hash = hash_result (result);
      g_assert_cmpuint (watch.steps->len, ==, 3);

      limn_session_generate_async (session, request, NULL, NULL, store_result, &second);
      for (guint k = 1; k <= 3; k++)
        {
          const LimnStep *step = g_ptr_array_index (watch.steps, k - 1);
          gboolean denoised = limn_frame_shows_denoised (request->preview, k, 3);
          const double *x = denoised ? limn_trajectory_get_denoised (result->trajectory, k - 1)
                                     : limn_trajectory_get_latent (result->trajectory, k);
          g_autoptr(GBytes) latent = g_bytes_new (x, 4 * 4 * 4 * sizeof (double));
          g_autoptr(GAsyncResult) decoded = NULL;
          g_autoptr(LimnImage) frame = NULL;
          LimnImageDifference difference;

          limn_session_decode_async (session, request, latent, 4, 4,
                                     limn_frame_get_scale (request->sampler, limn_trajectory_get_sigma (result->trajectory, k), denoised),
                                     NULL, store_result, &decoded);
          frame = limn_session_decode_finish (session, wait_for_result (&decoded), &error);
          g_assert_no_error (error);
          limn_image_compare (frame, step->frame, &difference, &error);
          g_assert_no_error (error);
          g_assert_cmpuint (difference.n_pixels, ==, 0);
        }
      {
        g_autoptr(LimnResult) again = limn_session_generate_finish (session, wait_for_result (&second), &error);
        g_autofree char *again_hash = hash_result (again);

        g_assert_cmpstr (again_hash, ==, hash);
      }
      g_clear_object (&session);

      g_assert_cmpuint (watch.states->len, >, 0);
      for (guint k = 0; k < watch.states->len && i % 2 == 0; k++)
        {
          g_autoptr(LimnSession) other = limn_session_new (open_engine, &lab, NULL);
          g_autoptr(GAsyncResult) ended = NULL;
          g_autoptr(LimnResult) continued = NULL;
          g_autofree char *continued_hash = NULL;

          limn_session_continue_async (other, request, g_ptr_array_index (watch.states, k), NULL, NULL, store_result, &ended);
          continued = limn_session_generate_finish (other, wait_for_result (&ended), &error);
          g_assert_no_error (error);
          continued_hash = hash_result (continued);
          g_assert_cmpstr (continued_hash, ==, hash);
        }
      g_ptr_array_unref (watch.steps);
      g_ptr_array_unref (watch.states);
    }
}

/* What is asked again on every change in a window must not take long: 20 ms when nothing about it is new. */
static void
test_inspect (void)
{
  Lab lab = new_lab ();
  g_autoptr(LimnSession) session = limn_session_new (open_engine, &lab, NULL);
  g_autoptr(LimnRequest) request = new_request ();
  guint64 need = 0;
  double quickest = G_MAXDOUBLE;

  request->width = request->height = 512;
  for (guint i = 0; i < 8; i++)
    {
      g_autoptr(LimnInspection) inspection = NULL;
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;
      gint64 begin = g_get_monotonic_time ();
      double ms;

      request->width = i % 2 ? 768 : 512;
      limn_session_inspect_async (session, request, NULL, store_result, &result);
      inspection = limn_session_inspect_finish (session, wait_for_result (&result), &error);
      ms = (g_get_monotonic_time () - begin) / 1e3;
      g_assert_no_error (error);
      g_assert_null (inspection->refused);
      g_assert_cmpstr (inspection->model_name, ==, "starter");
      g_assert_nonnull (inspection->family);
      g_assert_cmpuint (inspection->model_bytes, >, 10 << 20);
      g_assert_cmpuint (inspection->need_bytes, >, 100 << 20);
      g_test_message ("%ux%u: %.1f ms, %.1f MiB", request->width, request->height, ms, inspection->need_bytes / 1048576.0);
      if (i % 2 == 1)
        g_assert_cmpuint (inspection->need_bytes, >, need);
      need = inspection->need_bytes;
      /* Measured: 0.2 ms; and nobody else's work may make it fail. */
      if (i >= 2)
        quickest = MIN (quickest, ms);
    }
  g_assert_cmpfloat (quickest, <, 20);
}

/* Too large: known before the first step, with need and limit, and the session goes on. */
static void
test_memory (void)
{
  Lab lab = new_lab ();
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnFeed) feed = limn_feed_new (NULL, NULL, NULL);
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(GPtrArray) steps = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *hash = NULL;

  /* The weights and what is made of them take about 100 MiB; a picture of 1024x1024 a GiB beside them. */
  lab.options.budget_bytes = 200 << 20;
  session = limn_session_new (open_engine, &lab, NULL);
  request->width = request->height = 1024;
  result = limn_session_generate_sync (session, request, feed, NULL, &error);
  g_assert_null (result);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "1024x1024"));
  g_assert_nonnull (strstr (error->message, "MiB"));
  steps = limn_feed_take_steps (feed);
  g_assert_cmpuint (steps->len, ==, 0);

  request->width = request->height = 32;
  hash = run (session, request, NULL);
  g_assert_cmpstr (hash, ==, reference ());
}

/* A size that the UNet cannot halve; a device that is not there. */
static void
test_refused (void)
{
  Lab lab = new_lab ();
  g_autoptr(LimnSession) session = limn_session_new (open_engine, &lab, NULL);
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(GError) error = NULL;

  request->width = 100;
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "96x32"));
  g_clear_error (&error);

  request->width = 32;
  limn_request_set_device (request, "no such device");
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_NO_GPU);
}

/* Tuned in between, for the shapes of this very picture as far as three pieces of idle time go. */
static void
test_tuned (void)
{
  Lab lab = new_lab ();
  const char *expected = reference ();
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_build_filename (cache_dir, "tuning", NULL);
  g_autofree char *hash = NULL;
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(GDir) dir = NULL;
  LimnEngine *engine = limn_engine_model_open (&lab.options, request, NULL, &error);
  const LimnEngineShape shape = { 4, 4, 4, 4, 0, 0 };
  guint64 need, limit;
  LimnPipelinePlan plan;

  g_assert_no_error (error);
  /* Records what the picture will need. */
  g_assert_true (engine->get_need (engine, request, &shape, TRUE, &need, &limit, &plan, &error));
  for (guint i = 0; i < 3; i++)
    {
      gboolean more = FALSE;

      g_assert_true (engine->idle (engine, NULL, &more, &error));
      g_assert_no_error (error);
      g_assert_true (more);
    }
  limn_engine_free (engine);
  dir = g_dir_open (folder, 0, &error);
  g_assert_no_error (error);
  g_assert_nonnull (g_dir_read_name (dir));

  session = limn_session_new (open_engine, &lab, NULL);
  hash = run (session, request, NULL);
  g_assert_cmpstr (hash, ==, expected);
}

/* What is encoded and decoded again is much the same picture, so that both scale alike; twice the same bits; and the memory for it is told
 * before it is taken. */
static void
test_encode (void)
{
  enum { W = 12, H = 8 };
  g_autoptr(LimnRequest) request = new_request ();
  Lab lab = new_lab ();
  g_autoptr(GError) error = NULL;
  LimnEngine *engine = limn_engine_model_open (&lab.options, request, NULL, &error);
  g_autoptr(LimnImage) picture = NULL;
  g_autoptr(LimnImage) back = NULL;
  g_autofree float *rgb = g_new (float, 3 * W * H * 64);
  float x[4 * W * H], again[4 * W * H];
  LimnImageDifference difference;
  LimnEngineShape shape = { W, H, W, H, 0, 0 };
  guint64 plain, need, limit;
  LimnPipelinePlan plan;

  g_assert_no_error (error);
  g_assert_cmpuint (engine->facts.n_channels, ==, 4);
  g_assert_cmpuint (engine->facts.n_inputs, ==, 4);
  for (guint i = 0; i < G_N_ELEMENTS (x); i++)
    x[i] = 0.8 * sin (i / (double) (W * H) + i % W / 5.0);
  picture = engine->decode (engine, W, H, x, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < W * H * 64; i++)
    for (guint c = 0; c < 3; c++)
      rgb[c * W * H * 64 + i] = limn_image_get_row (picture, i / (8 * W))[4 * (i % (8 * W)) + c] / 127.5f - 1;

  g_assert_true (engine->get_need (engine, request, &shape, TRUE, &plain, &limit, &plan, &error));
  shape.encode_width_lt = 16 * W;
  shape.encode_height_lt = 16 * H;
  g_assert_true (engine->get_need (engine, request, &shape, TRUE, &need, &limit, &plan, &error));
  /* At least its input and its first activation, of 3 (padded to 4) and of more channels. */
  g_assert_cmpuint (need, >, plain + 16 * 16 * W * H * 64 * 8 * sizeof (float));

  g_assert_true (engine->encode (engine, W, H, rgb, x, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (engine->encode (engine, W, H, rgb, again, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (x, sizeof x, again, sizeof again);
  back = engine->decode (engine, W, H, x, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (limn_image_compare (picture, back, &difference, &error));
  g_test_message ("decode (encode (picture)): %.2f dB", difference.psnr_db);
  g_assert_cmpfloat (difference.psnr_db, >, 20);
  limn_engine_free (engine);
}

/* Mean distance in R, G, B between column @x of @image and the one before it; round the edges. */
static double
get_step_at (LimnImage *image, guint x)
{
  guint width = limn_image_get_width (image), height = limn_image_get_height (image);
  double sum = 0;

  for (guint y = 0; y < height; y++)
    {
      const guint8 *a = limn_image_get_row (image, y) + 4 * (x % width), *b = limn_image_get_row (image, y) + 4 * ((x + width - 1) % width);
      double squares = 0;

      for (guint c = 0; c < 3; c++)
        squares += (a[c] - b[c]) * (a[c] - b[c]);
      sum += sqrt (squares);
    }
  return sum / height;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

/* The step across the seam over the median of the steps of the 8 columns on each side of it. */
static double
get_seam (LimnImage *image)
{
  guint width = limn_image_get_width (image);
  double steps[16];

  for (guint i = 0; i < 8; i++)
    {
      steps[i] = get_step_at (image, i + 1);
      steps[8 + i] = get_step_at (image, width - 1 - i);
    }
  qsort (steps, 16, sizeof *steps, compare_doubles);
  return get_step_at (image, 0) / ((steps[7] + steps[8]) / 2);
}

/* Left and right edges meet where they shall, seen whole and in windows: the step across the seam is at most 1.3 times that of its neighbours,
 * which is what the eye does not find. */
static void
test_seamless (void)
{
  Lab lab = new_lab ();
  g_autoptr(LimnSession) session = limn_session_new (open_engine, &lab, NULL);
  double seams[3] = { 0 };

  for (guint variant = 0; variant < 3; variant++)
    for (guint seed = 1; seed <= 3; seed++)
      {
        g_autoptr(LimnRequest) request = new_request ();
        g_autoptr(LimnResult) result = NULL;
        g_autoptr(GError) error = NULL;

        limn_request_set_prompt (request, "snowy mountains and a lake at sunset, oil painting");
        limn_request_set_negative (request, "");
        request->seed = seed;
        request->steps = 6;
        request->sampler = LIMN_SAMPLER_DPMPP_2M;
        request->width = 96;
        request->height = 64;
        request->wrap_x = variant > 0;
        request->tile = variant == 2 ? 64 : 0;
        request->overlap = variant == 2 ? 32 : 0;
        result = limn_session_generate_sync (session, request, NULL, NULL, &error);
        g_assert_no_error (error);
        seams[variant] += get_seam (result->picture) / 3;
      }
  g_test_message ("step across the seam, of its neighbours': %.2f without, %.2f whole, %.2f in windows", seams[0], seams[1], seams[2]);
  g_assert_cmpfloat (seams[1], <=, 1.3);
  g_assert_cmpfloat (seams[2], <=, 1.3);
  /* Lest the measure sees nothing. */
  g_assert_cmpfloat (seams[0], >, 2);
}

static void
on_devices (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

/* What the list of devices offers, a session can open. */
static void
test_devices (void)
{
  g_autoptr(LimnSession) session = limn_session_new (limn_engine_model_open, NULL, NULL);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GAsyncResult) late = NULL;
  g_autoptr(GPtrArray) devices = NULL;
  g_autoptr(GError) error = NULL;

  /* It is waited for, so that no driver is at work any more when the program ends. */
  limn_devices_list_async (session, NULL, on_devices, &result);
  limn_session_close (session);
  limn_devices_list_async (session, NULL, on_devices, &late);
  while (!result || !late)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (limn_devices_list_finish (late, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&error);
  devices = limn_devices_list_finish (result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (devices->len, >=, 1);
  for (guint i = 0; i < devices->len; i++)
    {
      const LimnDeviceName *device = g_ptr_array_index (devices, i);
      LimnGlOptions options = { .device = device->id };
      g_autoptr(LimnGl) gl = limn_gl_new (&options, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (limn_gl_get_device (gl)->name, ==, device->name);
    }
}

int
main (int argc, char *argv[])
{
  g_autoptr(GPtrArray) devices = NULL;
  g_autoptr(GError) error = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  devices = limn_gl_list_devices (&error);
  if (!devices)
    {
      g_print ("1..0 # SKIP %s\n", error->message);
      return 0;
    }
  cache_dir = g_dir_make_tmp ("limn-test-XXXXXX", &error);
  g_assert_no_error (error);

  /* What has files of its own runs beside the rest. */
  if (argc > 1 && g_str_equal (argv[1], "--more"))
    {
      test_engine_reference_add ();
      test_engine_contexts_add ();
      test_engine_mix_add ();
      test_engine_control_add ();
      test_engine_lora_add ();
      test_engine_branch_add ();
      test_engine_families_add ();
    }
  else
    {
      g_test_add_func ("/engine/same-pixels", test_same_pixels);
      g_test_add_func ("/engine/cancel", test_cancel);
      g_test_add_func ("/engine/devices", test_devices);
      g_test_add_func ("/engine/lost", test_lost);
      g_test_add_func ("/engine/resume", test_resume);
      g_test_add_func ("/engine/kept", test_kept);
      g_test_add_func ("/engine/inspect", test_inspect);
      g_test_add_func ("/engine/memory", test_memory);
      g_test_add_func ("/engine/refused", test_refused);
      g_test_add_func ("/engine/tuned", test_tuned);
      g_test_add_func ("/engine/encode", test_encode);
      g_test_add_func ("/engine/seamless", test_seamless);
      g_test_add_func ("/engine/caches", test_caches);
    }
  result = g_test_run ();
  limn_test_remove_folder (cache_dir);
  g_free (cache_dir);
  return result;
}
