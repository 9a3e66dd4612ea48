/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* What is done beside the jobs, jobs that are continued, and which frames a job may spend time on. */

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-frame.h"
#include "session/limn-generation.h"
#include "session/limn-recipe.h"
#include "session/limn-session.h"
#include "stub-engine.h"

#include <math.h>
#include <string.h>

static LimnRequest *
new_request (LimnSamplerKind sampler)
{
  LimnRequest *request = limn_request_new ();

  request->seed = 5;
  request->sampler = sampler;
  request->open &= ~LIMN_REQUEST_OPEN_SAMPLER;
  request->keep_latents = TRUE;
  return request;
}

static void
store_result (GObject *source, GAsyncResult *result, gpointer data)
{
  GAsyncResult **place = data;

  g_assert_null (*place);
  *place = g_object_ref (result);
}

static GAsyncResult *
wait_for_result (GAsyncResult **place)
{
  while (!*place)
    g_main_context_iteration (NULL, TRUE);
  return *place;
}

static void
decode_async (LimnSession *session, const LimnRequest *request, const double *latent, const LimnTrajectory *trajectory, double scale,
              gboolean when_idle, GCancellable *cancellable, GAsyncResult **place)
{
  guint width = limn_trajectory_get_width (trajectory), height = limn_trajectory_get_height (trajectory);
  g_autoptr(GBytes) bytes = g_bytes_new (latent, (gsize) limn_trajectory_get_channels (trajectory) * width * height * sizeof (double));

  if (when_idle)
    limn_session_decode_when_idle_async (session, request, bytes, width, height, scale, cancellable, store_result, place);
  else
    limn_session_decode_async (session, request, bytes, width, height, scale, cancellable, store_result, place);
}

static LimnImage *
decode (LimnSession *session, const LimnRequest *request, const double *latent, const LimnTrajectory *trajectory, double scale)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LimnImage *image;

  decode_async (session, request, latent, trajectory, scale, FALSE, NULL, &result);
  image = limn_session_decode_finish (session, wait_for_result (&result), &error);
  g_assert_no_error (error);
  return image;
}

static LimnInspection *
inspect (LimnSession *session, const LimnRequest *request, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  limn_session_inspect_async (session, request, NULL, store_result, &result);
  return limn_session_inspect_finish (session, wait_for_result (&result), error);
}

static void
assert_same_image (LimnImage *a, LimnImage *b)
{
  LimnImageDifference difference;
  g_autoptr(GError) error = NULL;

  limn_image_compare (a, b, &difference, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (difference.n_pixels, ==, 0);
}

static LimnResult *
paint (LimnSession *session, const LimnRequest *request, LimnFeed *feed)
{
  g_autoptr(GError) error = NULL;
  LimnResult *result = limn_session_generate_sync (session, request, feed, NULL, &error);

  g_assert_no_error (error);
  return result;
}

/* The program is killed after each step in turn; another one goes on from the newest state. */
static void
test_continue (void)
{
  static const LimnSamplerKind kinds[] = { LIMN_SAMPLER_DDIM, LIMN_SAMPLER_EULER_A, LIMN_SAMPLER_DPMPP_2M, LIMN_SAMPLER_UNIPC };

  for (guint kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
    {
      StubLab lab;
      g_autoptr(LimnRequest) request = new_request (kinds[kind]);
      g_autoptr(GPtrArray) states = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      g_autoptr(LimnFeed) feed = limn_feed_new (NULL, NULL, NULL);
      g_autoptr(GAsyncResult) ended = NULL;
      g_autoptr(LimnResult) straight = NULL;

      stub_lab_init (&lab);
      lab.gate = g_async_queue_new ();
      {
        g_autoptr(LimnSession) session = limn_session_new (stub_engine_open, &lab, NULL);

        limn_session_generate_async (session, request, feed, NULL, store_result, &ended);
        for (guint k = 1; k <= 6; k++)
          {
            GBytes *state = NULL;

            g_async_queue_push (lab.gate, &lab);
            for (guint i = 0; i < 60000 && !state; i++)
              {
                g_usleep (1000);
                state = limn_feed_take_state (feed);
              }
            g_assert_nonnull (state);
            g_ptr_array_add (states, state);
          }
        straight = limn_session_generate_finish (session, wait_for_result (&ended), NULL);
        g_assert_nonnull (straight);
      }
      g_async_queue_unref (g_steal_pointer (&lab.gate));

      for (guint k = 1; k <= 6; k++)
        {
          g_autoptr(LimnFeed) other_feed = limn_feed_new (NULL, NULL, NULL);
          g_autoptr(LimnRequest) other = limn_request_copy (request);
          g_autoptr(GAsyncResult) continued = NULL;
          g_autoptr(LimnResult) result = NULL;
          g_autoptr(GPtrArray) steps = NULL;
          g_autoptr(GError) error = NULL;
          const LimnFeedStart *start;
          StubLab other_lab;
          g_autoptr(LimnSession) session = NULL;

          stub_lab_init (&other_lab);
          session = limn_session_new (stub_engine_open, &other_lab, NULL);
          other->keep_latents = k != 3;
          limn_session_continue_async (session, other, g_ptr_array_index (states, k - 1), other_feed, NULL, store_result, &continued);
          result = limn_session_generate_finish (session, wait_for_result (&continued), &error);
          g_assert_no_error (error);
          assert_same_image (result->picture, straight->picture);
          g_assert_cmpuint (result->fingerprints->len, ==, straight->fingerprints->len);
          for (guint i = 0; i < result->fingerprints->len; i++)
            g_assert_cmpstr (g_array_index (result->fingerprints, LimnFingerprint, i).hash, ==,
                             g_array_index (straight->fingerprints, LimnFingerprint, i).hash);

          /* All steps are seen once: those before the last that was done at the start, the others one by one. */
          start = limn_feed_get_start (other_feed);
          steps = limn_feed_take_steps (other_feed);
          g_assert_cmpuint (start->before->len, ==, k - 1);
          g_assert_cmpuint (start->before->len + steps->len, ==, 6);
          for (guint i = 0; i < 6; i++)
            {
              const LimnStep *step = i < k - 1 ? g_ptr_array_index (start->before, i) : g_ptr_array_index (steps, i - (k - 1));
              const double *latent = g_bytes_get_data (step->latent, NULL);
              const double *denoised = g_bytes_get_data (step->denoised, NULL);

              g_assert_cmpuint (step->step, ==, i + 1);
              g_assert_cmpuint (step->serial, ==, limn_feed_get_serial (other_feed));
              g_assert_cmpmem (latent, g_bytes_get_size (step->latent), limn_trajectory_get_latent (straight->trajectory, i + 1),
                               g_bytes_get_size (step->latent));
              g_assert_cmpmem (denoised, g_bytes_get_size (step->denoised), limn_trajectory_get_denoised (straight->trajectory, i),
                               g_bytes_get_size (step->denoised));
              g_assert_cmpstr (step->fingerprint.hash, ==, g_array_index (straight->fingerprints, LimnFingerprint, i + 1).hash);
              g_assert_cmpint (step->frame != NULL, ==, i >= k - 1);
            }
          /* And the passes that were done are not done again: one for each step that was missing, one decode for each that is told of. */
          g_assert_cmpuint (other_lab.calls, ==, (6 - k) + (7 - k));
        }
    }
}

/* What is no trajectory, or another picture's, ends the job before any work; the next is not harmed. */
static void
test_continue_refused (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_EULER);
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnResult) other = NULL;
  guint calls;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  request->seed++;
  other = paint (session, request, NULL);
  request->seed--;
  calls = lab.calls;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GAsyncResult) ended = NULL;
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) bytes = i == 0 ? g_bytes_new_static ("not at all", 10) : limn_trajectory_to_bytes (other->trajectory, NULL);

      limn_session_continue_async (session, request, bytes, NULL, NULL, store_result, &ended);
      g_assert_null (limn_session_generate_finish (session, wait_for_result (&ended), &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
      g_assert_cmpuint (lab.calls, ==, calls);
    }
  limn_result_free (paint (session, request, NULL));
}

static void
collect_steps (LimnFeed *feed, gpointer data)
{
  g_autoptr(GPtrArray) steps = limn_feed_take_steps (feed);

  for (guint i = 0; i < steps->len; i++)
    g_ptr_array_add (data, limn_step_ref (g_ptr_array_index (steps, i)));
}

/* Every frame that is shown while it paints, decoded again from the file that is kept: the same bits, for every sampler and both
 * ways of looking. */
static void
test_decode_same (void)
{
  StubLab lab;
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
    for (guint mode = LIMN_PREVIEW_NOISY; mode <= LIMN_PREVIEW_PREDICTED; mode++)
      {
        g_autoptr(LimnRequest) request = new_request (kind);
        g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_step_unref);
        g_autoptr(LimnFeed) feed = limn_feed_new (collect_steps, steps, NULL);
        g_autoptr(LimnResult) result = NULL;
        g_autoptr(GBytes) file = NULL;
        g_autoptr(LimnTrajectory) kept = NULL;
        g_autoptr(LimnRequest) kept_request = NULL;
        guint n_steps;

        request->preview = mode;
        result = paint (session, request, feed);
        collect_steps (feed, steps);
        file = limn_trajectory_to_bytes (result->trajectory, NULL);
        kept = limn_trajectory_parse (file, NULL);
        kept_request = limn_request_new_from_json (limn_trajectory_get_request (kept), "kept", NULL);
        n_steps = limn_generation_read_n_steps (kept);
        g_assert_cmpuint (n_steps, ==, 6);
        g_assert_cmpuint (steps->len, ==, n_steps);
        for (guint i = 1; i <= n_steps; i++)
          {
            const LimnStep *step = g_ptr_array_index (steps, i - 1);
            gboolean denoised = limn_frame_shows_denoised (mode, i, n_steps);
            double scale = limn_frame_get_scale (kept_request->sampler, limn_trajectory_get_sigma (kept, i), denoised);
            g_autoptr(LimnImage) frame = decode (session, kept_request,
                                                 denoised ? limn_trajectory_get_denoised (kept, i - 1) : limn_trajectory_get_latent (kept, i),
                                                 kept, scale);

            g_assert_cmpint (denoised, ==, mode == LIMN_PREVIEW_PREDICTED && i < n_steps);
            g_assert_cmpfloat (step->latent_scale, ==,
                               limn_sampler_get_facts (kind)->space == LIMN_SPACE_VP ? 1 : 1 / sqrt (1 + step->sigma * step->sigma));
            g_assert_cmpfloat (scale, ==, denoised ? 1 : step->latent_scale);
            assert_same_image (frame, step->frame);
          }
      }
  g_assert_cmpint (lab.opened, ==, 1);
}

/* A file of a stranger may say anything. */
static void
test_decode_refused (void)
{
  g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_EULER);
  g_autoptr(GBytes) latent = g_bytes_new_take (g_new0 (double, 4 * 6 * 8), 4 * 6 * 8 * sizeof (double));
  static const struct
  {
    guint width;
    guint height;
    int   code;
  } cases[] = {
    { 8, 7, LIMN_ERROR_FORMAT }, { 0, 0, LIMN_ERROR_FORMAT }, { 0, 6, LIMN_ERROR_FORMAT }, { 192, 1, LIMN_ERROR_FORMAT },
    { 4000, 1, LIMN_ERROR_UNSUPPORTED }, { 2000, 2000, LIMN_ERROR_UNSUPPORTED }, { G_MAXUINT, G_MAXUINT, LIMN_ERROR_UNSUPPORTED },
  };
  StubLab lab;
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;

      limn_session_decode_async (session, request, latent, cases[i].width, cases[i].height, 1, NULL, store_result, &result);
      g_assert_null (limn_session_decode_finish (session, wait_for_result (&result), &error));
      g_assert_error (error, LIMN_ERROR, cases[i].code);
    }
  g_assert_cmpuint (lab.n_decodes, ==, 0);
}

#define N_ERRANDS 4

/* Between two steps there is time for one errand, the newest; what is for idle times waits, and what needs another engine too. */
static void
test_alternate (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_EULER);
  g_autoptr(LimnRequest) elsewhere = new_request (LIMN_SAMPLER_EULER);
  g_autoptr(LimnFeed) feed = limn_feed_new (NULL, NULL, NULL);
  g_autoptr(LimnResult) first = NULL;
  g_autoptr(LimnResult) second = NULL;
  g_autoptr(GAsyncResult) painted = NULL;
  g_autoptr(GAsyncResult) idle = NULL;
  g_autoptr(GAsyncResult) other = NULL;
  GAsyncResult *errands[N_ERRANDS] = { NULL };
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  first = paint (session, request, NULL);
  limn_request_set_model (elsewhere, "other");

  lab.gate = g_async_queue_new ();
  limn_session_generate_async (session, request, feed, NULL, store_result, &painted);
  while (!limn_feed_get_start (feed))
    g_usleep (1000);
  /* It waits at the gate of its first step. */
  decode_async (session, request, limn_trajectory_get_latent (first->trajectory, 1), first->trajectory, 1, TRUE, NULL, &idle);
  limn_session_inspect_async (session, elsewhere, NULL, store_result, &other);
  for (guint i = 0; i < N_ERRANDS; i++)
    decode_async (session, request, limn_trajectory_get_latent (first->trajectory, i), first->trajectory, 1, FALSE, NULL, &errands[i]);
  for (guint k = 1; k <= 6; k++)
    {
      guint n_done = 0;

      g_async_queue_push (lab.gate, &lab);
      /* The one step, the one errand, and then it waits at the gate again. */
      for (guint i = 0; i < 60000 && k < 6 && g_async_queue_length (lab.gate) >= 0; i++)
        g_usleep (1000);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      for (guint i = 0; i < N_ERRANDS; i++)
        n_done += errands[i] != NULL;
      if (k < 6)
        {
          g_assert_cmpuint (n_done, ==, MIN (k, N_ERRANDS));
          for (guint i = 0; i < n_done; i++)
            g_assert_nonnull (errands[N_ERRANDS - 1 - i]);
          g_assert_null (idle);
          g_assert_null (other);
          g_assert_cmpint (lab.opened, ==, 1);
        }
    }
  second = limn_session_generate_finish (session, wait_for_result (&painted), NULL);
  assert_same_image (first->picture, second->picture);
  g_async_queue_unref (g_steal_pointer (&lab.gate));

  for (guint i = 0; i < N_ERRANDS; i++)
    {
      g_autoptr(LimnImage) image = limn_session_decode_finish (session, errands[i], NULL);

      g_assert_nonnull (image);
      g_object_unref (errands[i]);
    }
  limn_inspection_unref (limn_session_inspect_finish (session, wait_for_result (&other), NULL));
  limn_image_unref (limn_session_decode_finish (session, wait_for_result (&idle), NULL));
  g_assert_cmpint (lab.opened, ==, 3);
}

/* Cancelled while it waits, while it is done, and before it is asked for; nobody else is harmed. */
static void
test_cancel (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_EULER);
  g_autoptr(LimnResult) first = NULL;
  GAsyncResult *results[3] = { NULL };
  g_autoptr(LimnImage) after = NULL;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  first = paint (session, request, NULL);
  g_atomic_int_set (&lab.decode_hangs, TRUE);
  for (guint i = 0; i < 3; i++)
    {
      if (i == 2)
        g_cancellable_cancel (cancellable);
      decode_async (session, request, limn_trajectory_get_latent (first->trajectory, 1), first->trajectory, 1, FALSE, cancellable,
                    &results[i]);
      while (i == 0 && g_atomic_int_get (&lab.n_hung) == 0)
        g_usleep (1000);
    }
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (limn_session_decode_finish (session, wait_for_result (&results[i]), &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  g_assert_cmpint (lab.n_hung, ==, 1);
  g_atomic_int_set (&lab.decode_hangs, FALSE);
  after = decode (session, request, limn_trajectory_get_latent (first->trajectory, 6), first->trajectory,
                  limn_frame_get_scale (request->sampler, limn_trajectory_get_sigma (first->trajectory, 6), FALSE));
  assert_same_image (after, first->picture);
  for (guint i = 0; i < 3; i++)
    g_clear_object (&results[i]);
}

/* What nobody waits for makes room for a job at once, and is done after it. */
static void
test_when_idle (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_EULER);
  g_autoptr(LimnResult) first = NULL;
  g_autoptr(LimnResult) second = NULL;
  g_autoptr(GAsyncResult) idle = NULL;
  g_autoptr(GAsyncResult) painted = NULL;
  g_autoptr(LimnImage) image = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  first = paint (session, request, NULL);
  g_atomic_int_set (&lab.decode_hangs, TRUE);
  decode_async (session, request, limn_trajectory_get_latent (first->trajectory, 6), first->trajectory,
                limn_frame_get_scale (request->sampler, limn_trajectory_get_sigma (first->trajectory, 6), FALSE), TRUE, NULL, &idle);
  while (g_atomic_int_get (&lab.n_hung) == 0)
    g_usleep (1000);
  /* The job's own decodes hang too, until they are let go. */
  limn_session_generate_async (session, request, NULL, NULL, store_result, &painted);
  while (g_atomic_int_get (&lab.n_hung) < 2)
    g_usleep (1000);
  g_assert_null (idle);
  g_atomic_int_set (&lab.decode_hangs, FALSE);
  second = limn_session_generate_finish (session, wait_for_result (&painted), &error);
  g_assert_no_error (error);
  image = limn_session_decode_finish (session, wait_for_result (&idle), &error);
  g_assert_no_error (error);
  assert_same_image (image, first->picture);
  assert_same_image (image, second->picture);
}

/* The device is lost in an errand: between two steps of a job, whose pixels stay the same, and without one. */
static void
test_lost (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_EULER);
  g_autoptr(LimnFeed) feed = limn_feed_new (NULL, NULL, NULL);
  g_autoptr(LimnResult) first = NULL;
  g_autoptr(LimnResult) second = NULL;
  g_autoptr(GAsyncResult) painted = NULL;
  g_autoptr(GAsyncResult) decoded = NULL;
  g_autoptr(LimnImage) image = NULL;
  g_autoptr(LimnImage) again = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  first = paint (session, request, NULL);

  lab.gate = g_async_queue_new ();
  limn_session_generate_async (session, request, feed, NULL, store_result, &painted);
  while (!limn_feed_get_start (feed))
    g_usleep (1000);
  decode_async (session, request, limn_trajectory_get_latent (first->trajectory, 6), first->trajectory, 1, FALSE, NULL, &decoded);
  /* The step's pass, its frame, then the errand. */
  lab.lose_at = lab.calls + 2;
  for (guint i = 0; i < 6; i++)
    g_async_queue_push (lab.gate, &lab);
  second = limn_session_generate_finish (session, wait_for_result (&painted), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (second->n_recoveries, ==, 1);
  assert_same_image (first->picture, second->picture);
  image = limn_session_decode_finish (session, wait_for_result (&decoded), &error);
  g_assert_no_error (error);
  g_assert_cmpint (lab.opened, ==, 2);
  g_async_queue_unref (g_steal_pointer (&lab.gate));

  lab.lose_at = lab.calls;
  again = decode (session, request, limn_trajectory_get_latent (first->trajectory, 6), first->trajectory, 1);
  assert_same_image (image, again);
  g_assert_cmpint (lab.opened, ==, 3);
}

/* The session goes while errands wait and one is done. */
static void
test_end (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_EULER);
  g_autoptr(LimnResult) first = NULL;
  GAsyncResult *results[3] = { NULL };
  LimnSession *session;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  first = paint (session, request, NULL);
  g_atomic_int_set (&lab.decode_hangs, TRUE);
  for (guint i = 0; i < 3; i++)
    decode_async (session, request, limn_trajectory_get_latent (first->trajectory, 1), first->trajectory, 1, i == 1, NULL, &results[i]);
  while (g_atomic_int_get (&lab.n_hung) == 0)
    g_usleep (1000);
  g_object_unref (session);
  g_assert_cmpint (lab.alive, ==, 0);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (limn_session_decode_finish (NULL, wait_for_result (&results[i]), &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_object_unref (results[i]);
    }
}

/* What a model offers is what a job would take, pair by pair; and what is wrong with a request is told beside. */
static void
test_inspect (void)
{
  StubLab lab;
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autoptr(LimnInspection) inspection = NULL;
  g_autoptr(GError) error = NULL;
  guint n_offers = 0, n_refused = 0;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  inspection = inspect (session, request, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (inspection->model, ==, NULL);
  g_assert_cmpstr (inspection->model_name, ==, "stub");
  g_assert_cmpstr (inspection->family, ==, "stub family");
  g_assert_cmpuint (inspection->model_bytes, ==, 1234);
  g_assert_cmpuint (inspection->multiple, ==, 16);
  g_assert_cmpuint (inspection->width, ==, 64);
  g_assert_cmpuint (inspection->height, ==, 48);
  g_assert_cmpuint (inspection->steps, ==, 6);
  g_assert_cmpint (inspection->sampler, ==, LIMN_SAMPLER_DDIM);
  g_assert_cmpuint (inspection->need_bytes, ==, 64 * 48 * 64);
  g_assert_cmpuint (inspection->limit_bytes, ==, G_MAXUINT64);
  g_assert_null (inspection->refused);
  g_assert_true (inspection->software);

  request->open &= ~(LIMN_REQUEST_OPEN_STEPS | LIMN_REQUEST_OPEN_SAMPLER | LIMN_REQUEST_OPEN_PREDICTION);
  for (guint learned = 0; learned < 2; learned++)
    for (guint sampler = 0; sampler < LIMN_SAMPLER_N_KINDS; sampler++)
      for (guint schedule = LIMN_SCHEDULE_MODEL; schedule <= LIMN_SCHEDULE_DDIM_UNIFORM; schedule++)
        {
          g_autoptr(LimnInspection) found = NULL;
          g_autoptr(GCancellable) cancellable = g_cancellable_new ();
          gboolean offered;

          limn_request_set_model (request, learned ? "learned" : NULL);
          request->steps = 4;
          request->sampler = sampler;
          request->schedule = schedule;
          found = inspect (session, request, &error);
          g_assert_no_error (error);
          offered = (found->offers[sampler] & (1u << schedule)) != 0;
          g_assert_cmpint (offered, ==, found->refused == NULL);
          g_assert_cmpint (offered, ==, found->need_bytes != G_MAXUINT64);
          n_offers += offered;
          n_refused += !offered;
          /* A job says the same. Cancelled in its first pass if it gets so far. */
          lab.cancellable = cancellable;
          lab.cancel_at = lab.calls;
          g_assert_null (limn_session_generate_sync (session, request, NULL, cancellable, &error));
          g_assert_cmpint (offered, ==, g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
          if (!offered)
            g_assert_cmpstr (found->refused, ==, error->message);
          g_clear_error (&error);
        }
  lab.cancel_at = G_MAXUINT;
  g_test_message ("%u pairs are offered, %u are not", n_offers, n_refused);
  /* All of them, and then DDPM alone. */
  g_assert_cmpuint (n_offers, ==, 16 * 9 + 9);
  g_assert_cmpuint (n_refused, ==, 15 * 9);

  g_clear_pointer (&inspection, limn_inspection_unref);
  limn_request_set_model (request, NULL);
  request->sampler = LIMN_SAMPLER_EULER;
  request->schedule = LIMN_SCHEDULE_MODEL;
  request->width = 100;
  request->height = 64;
  request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  inspection = inspect (session, request, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (inspection->refused, "100x64"));
  g_assert_cmpuint (inspection->need_bytes, ==, G_MAXUINT64);

  limn_request_set_model (request, "missing");
  g_assert_null (inspect (session, request, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
}

/* Frames take no more than they may, the first and the last are there, and the picture is the same. */
static void
test_slowdown (void)
{
  static const double fractions[] = { 0, 0.05, 0.5, 100 };
  guint n_frames[G_N_ELEMENTS (fractions)] = { 0 };
  g_autofree char *pixels = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (fractions); i++)
    {
      StubLab lab;
      g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_EULER);
      g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_step_unref);
      g_autoptr(LimnFeed) feed = limn_feed_new (collect_steps, steps, NULL);
      g_autoptr(LimnResult) result = NULL;
      g_autofree char *hash = NULL;
      double denoising = 0, decoding = 0, least = G_MAXDOUBLE;
      g_autoptr(LimnSession) session = NULL;

      stub_lab_init (&lab);
      lab.sleep_us = 3000;
      lab.decode_us = 9000;
      session = limn_session_new (stub_engine_open, &lab, NULL);
      request->steps = 40;
      request->open &= ~LIMN_REQUEST_OPEN_STEPS;
      limn_feed_set_max_slowdown (feed, fractions[i]);
      result = paint (session, request, feed);
      collect_steps (feed, steps);
      g_assert_cmpuint (steps->len, ==, 40);
      for (guint k = 0; k < steps->len; k++)
        {
          const LimnStep *step = g_ptr_array_index (steps, k);

          denoising += step->denoise_seconds;
          if (!step->frame)
            continue;
          n_frames[i]++;
          /* Held against what the frames before this one took, the first of them like the shortest, and the least that any took. */
          if (fractions[i] > 0 && k > 0 && k < 39)
            g_assert_cmpfloat (decoding + 2 * least, <=, fractions[i] * denoising + 1e-9);
          decoding += k > 0 ? step->decode_seconds : 0;
          least = MIN (least, step->decode_seconds);
        }
      g_assert_nonnull (((LimnStep *) g_ptr_array_index (steps, 0))->frame);
      g_assert_nonnull (((LimnStep *) g_ptr_array_index (steps, 39))->frame);
      hash = limn_recipe_hash_pixels (result->picture);
      if (!pixels)
        pixels = g_steal_pointer (&hash);
      else
        g_assert_cmpstr (pixels, ==, hash);
    }
  g_test_message ("frames: %u %u %u %u", n_frames[0], n_frames[1], n_frames[2], n_frames[3]);
  g_assert_cmpuint (n_frames[0], ==, 40);
  g_assert_cmpuint (n_frames[3], ==, 40);
  g_assert_cmpuint (n_frames[1], <, n_frames[2]);
  g_assert_cmpuint (n_frames[2], <, 40);
}

/* A session that somebody else still holds is closed: its engine is gone, everything ends, and what comes later is refused. */
static void
test_close (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_EULER);
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnResult) first = NULL;
  GAsyncResult *results[4] = { NULL };

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  first = paint (session, request, NULL);
  g_atomic_int_set (&lab.decode_hangs, TRUE);
  for (guint i = 0; i < 2; i++)
    decode_async (session, request, limn_trajectory_get_latent (first->trajectory, 1), first->trajectory, 1, i == 1, NULL, &results[i]);
  while (g_atomic_int_get (&lab.n_hung) == 0)
    g_usleep (1000);
  limn_session_close (session);
  g_assert_cmpint (lab.alive, ==, 0);
  limn_session_inspect_async (session, request, NULL, store_result, &results[2]);
  limn_session_generate_async (session, request, NULL, NULL, store_result, &results[3]);
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr(GError) error = NULL;

      wait_for_result (&results[i]);
      if (i < 2)
        g_assert_null (limn_session_decode_finish (session, results[i], &error));
      else if (i == 2)
        g_assert_null (limn_session_inspect_finish (session, results[i], &error));
      else
        g_assert_null (limn_session_generate_finish (session, results[i], &error));
      g_assert_error (error, G_IO_ERROR, (i < 2 ? G_IO_ERROR_CANCELLED : G_IO_ERROR_CLOSED));
      g_object_unref (results[i]);
    }
  limn_session_close (session);
  g_assert_cmpint (lab.opened, ==, 1);
}

static void
wait_until (const gint *counter, gint at_least)
{
  /* As long as a machine that does other things may need. */
  for (guint i = 0; i < 60000 && g_atomic_int_get (counter) < at_least; i++)
    g_usleep (1000);
  g_assert_cmpint (g_atomic_int_get (counter), >=, at_least);
}

/* An engine is warmed up if it is open, while nobody wants anything: jobs and errands cut it short, and it is tried again. */
static void
test_warm_up (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_DDIM);
  g_autoptr(LimnRequest) other = limn_request_copy (request);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(GAsyncResult) closed = NULL;
  g_autoptr(GAsyncResult) open = NULL;
  g_autoptr(GAsyncResult) elsewhere = NULL;
  g_autoptr(GAsyncResult) cancelled = NULL;
  g_autoptr(GError) error = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  limn_session_warm_up_async (session, request, NULL, store_result, &closed);
  g_assert_true (limn_session_warm_up_finish (session, wait_for_result (&closed), &error));
  g_assert_cmpint (lab.opened, ==, 0);

  limn_inspection_unref (inspect (session, request, &error));
  g_assert_no_error (error);
  lab.warm_up_hangs = TRUE;
  limn_session_warm_up_async (session, request, NULL, store_result, &open);
  wait_until (&lab.n_warm_ups, 1);
  limn_result_free (paint (session, request, NULL));
  wait_until (&lab.n_warm_ups, 2);
  limn_inspection_unref (inspect (session, request, &error));
  wait_until (&lab.n_warm_ups, 3);
  g_assert_cmpint (g_atomic_int_get (&lab.n_warm_ups_cancelled), ==, 2);
  g_assert_null (open);
  g_atomic_int_set (&lab.warm_up_hangs, FALSE);
  g_assert_true (limn_session_warm_up_finish (session, wait_for_result (&open), &error));
  g_assert_no_error (error);

  /* It opens no other model for that. */
  g_free (other->model);
  other->model = g_strdup ("other");
  limn_session_warm_up_async (session, other, NULL, store_result, &elsewhere);
  g_assert_true (limn_session_warm_up_finish (session, wait_for_result (&elsewhere), &error));
  g_assert_cmpint (lab.n_warm_ups, ==, 3);
  g_assert_cmpint (lab.opened, ==, 1);

  g_atomic_int_set (&lab.warm_up_hangs, TRUE);
  limn_session_warm_up_async (session, request, cancellable, store_result, &cancelled);
  wait_until (&lab.n_warm_ups, 4);
  g_cancellable_cancel (cancellable);
  g_assert_false (limn_session_warm_up_finish (session, wait_for_result (&cancelled), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Weights are read when nobody wants anything else of another model. What can be said without them is said at once, and who wants them waits. */
static void
test_load (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request (LIMN_SAMPLER_DDIM);
  g_autoptr(LimnRequest) other = limn_request_copy (request);
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnInspection) inspection = NULL;
  g_autoptr(LimnInspection) again = NULL;
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(GAsyncResult) warm = NULL;
  g_autoptr(GAsyncResult) painted = NULL;
  g_autoptr(GAsyncResult) gone = NULL;
  g_autoptr(GError) error = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  inspection = inspect (session, request, &error);
  g_assert_no_error (error);
  g_assert_cmpint (lab.n_loads, ==, 0);
  g_assert_cmpfloat (limn_session_get_reading (session), <, 0);

  lab.load_hangs = TRUE;
  limn_session_warm_up_async (session, request, NULL, store_result, &warm);
  wait_until (&lab.n_loads, 1);
  again = inspect (session, request, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (again->need_bytes, ==, inspection->need_bytes);
  g_assert_cmpfloat (limn_session_get_reading (session), ==, 0.5);
  limn_session_generate_async (session, request, NULL, NULL, store_result, &painted);
  g_usleep (20000);
  g_assert_cmpint (g_atomic_int_get (&lab.n_loads_cancelled), ==, 0);
  g_assert_null (painted);
  g_atomic_int_set (&lab.load_hangs, FALSE);
  result = limn_session_generate_finish (session, wait_for_result (&painted), &error);
  g_assert_no_error (error);
  g_assert_true (limn_session_warm_up_finish (session, wait_for_result (&warm), &error));
  g_assert_cmpint (lab.n_loads, ==, 1);
  g_assert_cmpfloat (limn_session_get_reading (session), <, 0);

  /* Of another model it is told at once, and what was being read is not needed any more. */
  g_free (other->model);
  other->model = g_strdup ("other");
  limn_inspection_unref (inspect (session, other, &error));
  g_atomic_int_set (&lab.load_hangs, TRUE);
  limn_session_warm_up_async (session, other, NULL, store_result, &gone);
  wait_until (&lab.n_loads, 2);
  limn_inspection_unref (inspect (session, request, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_atomic_int_get (&lab.n_loads_cancelled), ==, 1);
  g_assert_true (limn_session_warm_up_finish (session, wait_for_result (&gone), &error));
  g_assert_cmpint (lab.n_loads, ==, 2);

  /* What does not fit is refused before anything is read. */
  lab.limit_bytes = inspection->need_bytes - 1;
  g_assert_null (limn_session_generate_sync (session, request, NULL, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY);
  g_assert_cmpint (lab.n_loads, ==, 2);
  g_clear_error (&error);

  /* And the end of the session waits for nothing. */
  limn_session_warm_up_async (session, request, NULL, NULL, NULL);
  wait_until (&lab.n_loads, 3);
  limn_session_close (session);
  g_assert_cmpint (lab.n_loads_cancelled, ==, 2);
}

void
test_errands_add (void)
{
  g_test_add_func ("/session/continue/every-step", test_continue);
  g_test_add_func ("/session/continue/refused", test_continue_refused);
  g_test_add_func ("/session/errands/decode-same", test_decode_same);
  g_test_add_func ("/session/errands/decode-refused", test_decode_refused);
  g_test_add_func ("/session/errands/alternate", test_alternate);
  g_test_add_func ("/session/errands/cancel", test_cancel);
  g_test_add_func ("/session/errands/when-idle", test_when_idle);
  g_test_add_func ("/session/errands/lost", test_lost);
  g_test_add_func ("/session/errands/end", test_end);
  g_test_add_func ("/session/errands/close", test_close);
  g_test_add_func ("/session/errands/inspect", test_inspect);
  g_test_add_func ("/session/errands/warm-up", test_warm_up);
  g_test_add_func ("/session/errands/load", test_load);
  g_test_add_func ("/session/slowdown", test_slowdown);
}
