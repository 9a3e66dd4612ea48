/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Pictures for the eye alone, beside jobs and without. */

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-session-private.h"
#include "session/limn-sketch.h"
#include "stub-engine.h"

static LimnRequest *
new_request (void)
{
  LimnRequest *request = limn_request_new ();

  limn_request_set_prompt (request, "a hill");
  request->seed = 5;
  request->sampler = LIMN_SAMPLER_EULER_A;
  request->open &= ~LIMN_REQUEST_OPEN_SAMPLER;
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

static LimnImage *
sketch (LimnSession *session, const LimnRequest *request, LimnSketchLevel level)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LimnImage *image;

  limn_session_sketch_async (session, request, level, NULL, NULL, store_result, &result);
  image = limn_session_sketch_finish (session, wait_for_result (&result), &error);
  g_assert_no_error (error);
  return image;
}

static void
assert_same (LimnImage *a, LimnImage *b)
{
  LimnImageDifference difference;
  g_autoptr(GError) error = NULL;

  limn_image_compare (a, b, &difference, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (difference.n_pixels, ==, 0);
}

/* What is made of requests, and what of it stays. */
static void
test_request (void)
{
  StubLab lab;
  LimnEngine *engine;
  g_autoptr(LimnRequest) request = new_request ();
  static const struct
  {
    guint  width, height, coarse_width, coarse_height;
  } sizes[] = { { 64, 48, 64, 48 }, { 32, 32, 32, 32 }, { 128, 96, 128, 96 }, { 128, 112, 64, 48 }, { 1024, 16, 448, 16 } };
  static const struct
  {
    double strength;
    guint  steps, coarse_steps;
  } strengths[] = { { 1, 20, 3 }, { 0.5, 20, 4 }, { 0.3, 20, 7 }, { 0.3, 6, 6 }, { 0.01, 20, 20 }, { 0, 20, 3 }, { 1, 2, 2 } };

  stub_lab_init (&lab);
  engine = stub_engine_open (&lab, request, NULL, NULL);
  request->open = 0;
  request->steps = 20;
  request->cfg = 3;
  request->keep_latents = TRUE;
  request->preview = LIMN_PREVIEW_NOISY;
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr(LimnRequest) coarse = NULL;
      g_autoptr(LimnRequest) fine = NULL;

      request->width = sizes[i].width;
      request->height = sizes[i].height;
      coarse = limn_sketch_request (request, &engine->facts, LIMN_SKETCH_COARSE);
      g_assert_cmpuint (coarse->width, ==, sizes[i].coarse_width);
      g_assert_cmpuint (coarse->height, ==, sizes[i].coarse_height);
      g_assert_cmpuint (coarse->steps, ==, LIMN_SKETCH_STEPS);
      g_assert_cmpint (coarse->sampler, ==, LIMN_SAMPLER_DPMPP_2M);
      g_assert_cmpint (coarse->schedule, ==, LIMN_SCHEDULE_TRAILING);
      g_assert_cmpfloat (coarse->cfg, ==, 3);
      g_assert_false (coarse->keep_latents);
      fine = limn_sketch_request (request, &engine->facts, LIMN_SKETCH_FINE);
      g_assert_false (fine->keep_latents);
      g_assert_true (limn_request_equal_picture (fine, request));
    }

  for (guint i = 0; i < G_N_ELEMENTS (strengths); i++)
    {
      g_autoptr(LimnRequest) mixed = test_mix_of (request, LIMN_MIX_PICTURES, 2, 0.5, 0);
      g_autoptr(LimnRequest) coarse = NULL;

      mixed->mix->strength = strengths[i].strength;
      mixed->steps = strengths[i].steps;
      coarse = limn_sketch_request (mixed, &engine->facts, LIMN_SKETCH_COARSE);
      g_assert_cmpuint (coarse->steps, ==, strengths[i].coarse_steps);
    }

  /* What has few steps has them by its own sampler; what stands on another picture is not touched. */
  {
    g_autoptr(LimnRequest) few = limn_request_copy (request);
    g_autoptr(LimnRequest) coarse = NULL;
    g_autoptr(LimnRequest) branch = test_branch_of (request, 4);
    g_autoptr(LimnRequest) same = limn_sketch_request (branch, &engine->facts, LIMN_SKETCH_COARSE);

    few->steps = 3;
    few->sampler = LIMN_SAMPLER_LCM;
    coarse = limn_sketch_request (few, &engine->facts, LIMN_SKETCH_COARSE);
    g_assert_cmpint (coarse->sampler, ==, LIMN_SAMPLER_LCM);
    g_assert_true (limn_sketch_is_short (few, LIMN_SKETCH_COARSE));
    g_assert_false (limn_sketch_is_short (few, LIMN_SKETCH_FINE));
    g_assert_false (limn_sketch_is_short (branch, LIMN_SKETCH_COARSE));
    g_assert_true (limn_request_equal_picture (same, branch));
  }
  limn_engine_free (engine);

  /* A model that predicts variances is sampled by DDPM alone. */
  {
    g_autoptr(LimnRequest) learned = limn_request_copy (request);
    g_autoptr(LimnRequest) coarse = NULL;

    limn_request_set_model (learned, "learned");
    learned->sampler = LIMN_SAMPLER_DDPM;
    engine = stub_engine_open (&lab, learned, NULL, NULL);
    coarse = limn_sketch_request (learned, &engine->facts, LIMN_SKETCH_COARSE);
    g_assert_cmpint (coarse->sampler, ==, LIMN_SAMPLER_DDPM);
    g_assert_cmpuint (coarse->steps, ==, LIMN_SKETCH_STEPS);
    limn_engine_free (engine);
  }
}

/* In time it is whole; late it is half, but only in software, and only where half of it shows anything. */
static void
test_late (void)
{
  g_autoptr(LimnRequest) request = new_request ();
  LimnEngineFacts facts = { .software = TRUE };

  request->width = request->height = 128;
  g_assert_false (limn_sketch_needs_half (request, &facts, 0.1, 0.13));
  g_assert_true (limn_sketch_needs_half (request, &facts, 0.1, 0.15));
  facts.software = FALSE;
  g_assert_false (limn_sketch_needs_half (request, &facts, 1, 1));
  facts.software = TRUE;
  request->height = 48;
  g_assert_false (limn_sketch_needs_half (request, &facts, 1, 1));
}

/* A fine one is the picture; a coarse one costs so many steps and one frame. */
static void
test_levels (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(LimnImage) fine = NULL;
  g_autoptr(LimnImage) coarse = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSession) session = NULL;
  guint calls;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  fine = sketch (session, request, LIMN_SKETCH_FINE);
  /* Six steps, and no frame that nobody sees. */
  g_assert_cmpuint (lab.calls, ==, 6 + 1);
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_same (fine, result->picture);
  calls = lab.calls;
  coarse = sketch (session, request, LIMN_SKETCH_COARSE);
  g_assert_cmpuint (lab.calls - calls, ==, LIMN_SKETCH_STEPS + 1);
}

/* A drag while a job paints: a coarse sketch of another prompt after each of its steps. The job's latents and pixels are what they are without,
 * and so are the sketches'. Fine ones wait until it is done. */
static void
test_beside (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnRequest) other = new_request ();
  g_autoptr(LimnFeed) feed = limn_feed_new (NULL, NULL, NULL);
  g_autoptr(LimnResult) alone = NULL;
  g_autoptr(LimnResult) painted = NULL;
  g_autoptr(GAsyncResult) ended = NULL;
  g_autoptr(GAsyncResult) refined = NULL;
  g_autoptr(LimnImage) coarse = NULL;
  g_autoptr(LimnImage) fine = NULL;
  g_autoptr(LimnImage) fine_alone = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  limn_request_set_prompt (other, "a boat on the sea");
  limn_request_set_negative (other, "people");
  alone = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_assert_no_error (error);
  coarse = sketch (session, other, LIMN_SKETCH_COARSE);
  fine_alone = sketch (session, other, LIMN_SKETCH_FINE);

  lab.gate = g_async_queue_new ();
  limn_session_generate_async (session, request, feed, NULL, store_result, &ended);
  while (!limn_feed_get_start (feed))
    g_usleep (1000);
  limn_session_sketch_async (session, other, LIMN_SKETCH_FINE, NULL, NULL, store_result, &refined);
  for (guint k = 1; k <= 5; k++)
    {
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(LimnImage) image = NULL;

      limn_session_sketch_async (session, other, LIMN_SKETCH_COARSE, NULL, NULL, store_result, &result);
      /* A step of the job, those of the sketch. */
      for (guint i = 0; i < 1 + LIMN_SKETCH_STEPS; i++)
        g_async_queue_push (lab.gate, &lab);
      image = limn_session_sketch_finish (session, wait_for_result (&result), &error);
      g_assert_no_error (error);
      assert_same (image, coarse);
      g_assert_null (ended);
      g_assert_null (refined);
    }
  for (guint i = 0; i < 1 + 6; i++)
    g_async_queue_push (lab.gate, &lab);
  painted = limn_session_generate_finish (session, wait_for_result (&ended), &error);
  g_assert_no_error (error);
  assert_same (painted->picture, alone->picture);
  for (guint i = 0; i < painted->fingerprints->len; i++)
    g_assert_cmpstr (g_array_index (painted->fingerprints, LimnFingerprint, i).hash, ==,
                     g_array_index (alone->fingerprints, LimnFingerprint, i).hash);
  fine = limn_session_sketch_finish (session, wait_for_result (&refined), &error);
  g_assert_no_error (error);
  assert_same (fine, fine_alone);
  g_clear_pointer (&session, g_object_unref);
  g_async_queue_unref (lab.gate);
}

#define N_SKETCHES 4

static void
append_index (GArray *order, guint index)
{
  g_array_append_val (order, index);
}

typedef struct
{
  GArray *order;
  guint   index;
} Wait;

static void
note_end (GObject *source, GAsyncResult *result, gpointer data)
{
  Wait *wait = data;
  g_autoptr(LimnImage) image = limn_session_sketch_finish (NULL, result, NULL);

  g_assert_nonnull (image);
  append_index (wait->order, wait->index);
}

/* Fine ones that wait are done from the newest on, also where one was cut short by what came; a coarse one comes before them. */
static void
test_order (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(GArray) order = g_array_new (FALSE, FALSE, sizeof (guint));
  Wait waits[N_SKETCHES + 1];
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  limn_image_unref (sketch (session, request, LIMN_SKETCH_COARSE));
  g_atomic_int_set (&lab.decode_hangs, TRUE);
  for (guint i = 0; i <= N_SKETCHES; i++)
    {
      waits[i] = (Wait){ order, i };
      limn_session_sketch_async (session, request, i < N_SKETCHES ? LIMN_SKETCH_FINE : LIMN_SKETCH_COARSE, NULL, NULL, note_end, &waits[i]);
      /* Each is cut short in its last decode by the next. */
      while ((guint) g_atomic_int_get (&lab.n_hung) < i + 1)
        g_usleep (1000);
    }
  g_atomic_int_set (&lab.decode_hangs, FALSE);
  while (order->len < N_SKETCHES + 1)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i <= N_SKETCHES; i++)
    g_assert_cmpuint (g_array_index (order, guint, i), ==, N_SKETCHES - i);
}

/* A job that comes goes before a fine sketch, which is done after it; and that job's picture is what it is. */
static void
test_cut_short (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnRequest) other = new_request ();
  g_autoptr(LimnResult) first = NULL;
  g_autoptr(LimnResult) second = NULL;
  g_autoptr(GAsyncResult) ended = NULL;
  g_autoptr(GAsyncResult) refined = NULL;
  g_autoptr(LimnImage) image = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  limn_request_set_prompt (other, "a boat");
  first = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_atomic_int_set (&lab.decode_hangs, TRUE);
  limn_session_sketch_async (session, other, LIMN_SKETCH_FINE, NULL, NULL, store_result, &refined);
  while (g_atomic_int_get (&lab.n_hung) < 1)
    g_usleep (1000);
  limn_session_generate_async (session, request, NULL, NULL, store_result, &ended);
  while (g_atomic_int_get (&lab.n_hung) < 2)
    g_usleep (1000);
  g_assert_null (refined);
  g_atomic_int_set (&lab.decode_hangs, FALSE);
  second = limn_session_generate_finish (session, wait_for_result (&ended), &error);
  g_assert_no_error (error);
  assert_same (first->picture, second->picture);
  image = limn_session_sketch_finish (session, wait_for_result (&refined), &error);
  g_assert_no_error (error);
}

/* Cancelled under way: a hand that goes on. The next one is not harmed. */
static void
test_cancel (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnImage) before = NULL;
  g_autoptr(LimnImage) after = NULL;
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  before = sketch (session, request, LIMN_SKETCH_COARSE);
  for (guint k = 0; k <= LIMN_SKETCH_STEPS; k++)
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;

      lab.cancellable = cancellable;
      lab.cancel_at = lab.calls + k;
      limn_session_sketch_async (session, request, LIMN_SKETCH_COARSE, NULL, cancellable, store_result, &result);
      g_assert_null (limn_session_sketch_finish (session, wait_for_result (&result), &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  lab.cancel_at = G_MAXUINT;
  after = sketch (session, request, LIMN_SKETCH_COARSE);
  assert_same (before, after);
}

/* The device is lost in a sketch beside a job: both come out as they would have. */
static void
test_lost (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnRequest) other = new_request ();
  g_autoptr(LimnFeed) feed = limn_feed_new (NULL, NULL, NULL);
  g_autoptr(LimnResult) alone = NULL;
  g_autoptr(LimnResult) painted = NULL;
  g_autoptr(LimnImage) coarse = NULL;
  g_autoptr(LimnImage) image = NULL;
  g_autoptr(GAsyncResult) ended = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  limn_request_set_prompt (other, "a boat");
  alone = limn_session_generate_sync (session, request, NULL, NULL, &error);
  coarse = sketch (session, other, LIMN_SKETCH_COARSE);
  lab.gate = g_async_queue_new ();
  limn_session_generate_async (session, request, feed, NULL, store_result, &ended);
  while (!limn_feed_get_start (feed))
    g_usleep (1000);
  limn_session_sketch_async (session, other, LIMN_SKETCH_COARSE, NULL, NULL, store_result, &result);
  /* Not the job's step and its frame, but the sketch's second step. */
  lab.lose_at = lab.calls + 3;
  for (guint i = 0; i < 6 + 2 * LIMN_SKETCH_STEPS; i++)
    g_async_queue_push (lab.gate, &lab);
  image = limn_session_sketch_finish (session, wait_for_result (&result), &error);
  g_assert_no_error (error);
  assert_same (image, coarse);
  painted = limn_session_generate_finish (session, wait_for_result (&ended), &error);
  g_assert_no_error (error);
  assert_same (painted->picture, alone->picture);
  g_assert_cmpuint (painted->n_recoveries, ==, 1);
  g_clear_pointer (&session, g_object_unref);
  g_async_queue_unref (lab.gate);
}

/* What the engine does when idle may take a second that nothing cuts short: whoever sketches has a minute before it begins, where others have
 * five seconds; here 2.4 s and 0.2. */
static void
test_idle (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  lab.idle_pieces = 1;
  session = limn_session_new (stub_engine_open, &lab, NULL);
  limn_session_set_idle_after (session, 200 * 1000);
  limn_image_unref (sketch (session, request, LIMN_SKETCH_COARSE));
  g_usleep (600 * 1000);
  g_assert_cmpint (g_atomic_int_get (&lab.n_idle), ==, 0);
  limn_result_free (limn_session_generate_sync (session, request, NULL, NULL, NULL));
  /* Ten times what it is to wait for. */
  for (guint i = 0; i < 2000 && g_atomic_int_get (&lab.n_idle) == 0; i++)
    g_usleep (1000);
  g_assert_cmpint (g_atomic_int_get (&lab.n_idle), ==, 1);
}

/* A request that cannot be is refused, with nothing computed. */
static void
test_refused (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  request->width = request->height = 40;
  for (guint level = LIMN_SKETCH_COARSE; level <= LIMN_SKETCH_FINE; level++)
    {
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;

      limn_session_sketch_async (session, request, level, NULL, NULL, store_result, &result);
      g_assert_null (limn_session_sketch_finish (session, wait_for_result (&result), &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
    }
  g_assert_cmpuint (lab.calls, ==, 0);
}

void
test_sketch_add (void)
{
  g_test_add_func ("/session/sketch/request", test_request);
  g_test_add_func ("/session/sketch/late", test_late);
  g_test_add_func ("/session/sketch/levels", test_levels);
  g_test_add_func ("/session/sketch/beside", test_beside);
  g_test_add_func ("/session/sketch/order", test_order);
  g_test_add_func ("/session/sketch/cut-short", test_cut_short);
  g_test_add_func ("/session/sketch/cancel", test_cancel);
  g_test_add_func ("/session/sketch/lost", test_lost);
  g_test_add_func ("/session/sketch/idle", test_idle);
  g_test_add_func ("/session/sketch/refused", test_refused);
}
