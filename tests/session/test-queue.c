/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-session.h"
#include "stub-engine.h"

#include <string.h>

static LimnRequest *
small_request (guint64 seed)
{
  LimnRequest *request = limn_request_new ();

  request->seed = seed;
  return request;
}

typedef struct
{
  guint       n_ended;
  GString    *order;
  LimnResult *result;
  GError     *error;
} Ending;

typedef struct
{
  Ending     *ending;
  char        name;
} Waiting;

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  Waiting *waiting = data;
  g_autoptr(GError) error = NULL;
  LimnResult *ended = limn_session_generate_finish (NULL, result, &error);

  g_string_append_printf (waiting->ending->order, "%c%s", waiting->name,
                          ended ? " " : g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? "- " : "! ");
  waiting->ending->n_ended++;
  limn_result_free (ended);
}

static void
wait_for (Ending *ending, guint n)
{
  while (ending->n_ended < n)
    g_main_context_iteration (NULL, TRUE);
}

/* One after the other, in order; one that waits is cancelled at once, before those in front of it are done. */
static void
test_order (void)
{
  StubLab lab;
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnRequest) request = small_request (1);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  Ending ending = { .order = g_string_new (NULL) };
  Waiting a = { &ending, 'a' }, b = { &ending, 'b' }, c = { &ending, 'c' };
  guint64 serial;

  stub_lab_init (&lab);
  lab.gate = g_async_queue_new ();
  session = limn_session_new (stub_engine_open, &lab, NULL);
  serial = limn_session_generate_async (session, request, NULL, NULL, on_ended, &a);
  g_assert_cmpuint (limn_session_generate_async (session, request, NULL, cancellable, on_ended, &b), ==, serial + 1);
  g_assert_cmpuint (limn_session_generate_async (session, request, NULL, NULL, on_ended, &c), ==, serial + 2);
  /* What is done to the request later does not reach the jobs. */
  request->open = 0;
  limn_request_set_prompt (request, "\xff");
  g_cancellable_cancel (cancellable);
  wait_for (&ending, 1);
  g_assert_cmpstr (ending.order->str, ==, "b- ");
  for (guint i = 0; i < 12; i++)
    g_async_queue_push (lab.gate, &lab);
  wait_for (&ending, 3);
  g_assert_cmpstr (ending.order->str, ==, "b- a c ");
  g_assert_cmpint (lab.opened, ==, 1);
  g_clear_object (&session);
  g_assert_cmpint (lab.alive, ==, 0);
  g_async_queue_unref (lab.gate);
  g_string_free (ending.order, TRUE);
}

static void
cancel_after_last (LimnFeed *feed, gpointer data)
{
  g_autoptr(GPtrArray) steps = limn_feed_take_steps (feed);

  for (guint i = 0; i < steps->len; i++)
    {
      const LimnStep *step = g_ptr_array_index (steps, i);

      if (step->step == step->n_steps)
        g_cancellable_cancel (data);
    }
}

/* A job whose picture is there and whose model is still being hashed need not be waited for; the next one hashes anew. */
static void
test_cancel_hash (void)
{
  StubLab lab;
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnRequest) request = small_request (1);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LimnFeed) feed = limn_feed_new (cancel_after_last, cancellable, NULL);
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(GError) error = NULL;

  stub_lab_init (&lab);
  lab.hash_hangs = TRUE;
  session = limn_session_new (stub_engine_open, &lab, NULL);
  g_assert_null (limn_session_generate_sync (session, request, feed, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  lab.hash_hangs = FALSE;
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (result->model_files);
  g_assert_cmpint (lab.opened, ==, 1);
}

/* The session goes while one job runs and one waits: both end as cancelled, and nothing is left. */
static void
test_end (void)
{
  StubLab lab;
  LimnSession *session;
  g_autoptr(LimnRequest) request = small_request (1);
  g_autoptr(GCancellable) before = g_cancellable_new ();
  Ending ending = { .order = g_string_new (NULL) };
  Waiting a = { &ending, 'a' }, b = { &ending, 'b' }, c = { &ending, 'c' };

  stub_lab_init (&lab);
  /* Long enough that the first is still running when the session goes. */
  lab.sleep_us = 100000;
  session = limn_session_new (stub_engine_open, &lab, NULL);
  limn_session_generate_async (session, request, NULL, NULL, on_ended, &a);
  limn_session_generate_async (session, request, NULL, NULL, on_ended, &b);
  g_cancellable_cancel (before);
  limn_session_generate_async (session, request, NULL, before, on_ended, &c);
  while (g_atomic_int_get (&lab.opened) == 0)
    g_usleep (1000);
  g_object_unref (session);
  g_assert_cmpint (lab.alive, ==, 0);
  wait_for (&ending, 3);
  g_assert_nonnull (strstr (ending.order->str, "a- "));
  g_assert_nonnull (strstr (ending.order->str, "b- "));
  g_assert_nonnull (strstr (ending.order->str, "c- "));
  g_string_free (ending.order, TRUE);
}

typedef struct
{
  guint      n_news;
  guint      n_steps;
  guint      last_frame;
  gboolean   slow;
} Watch;

static void
on_news (LimnFeed *feed, gpointer data)
{
  Watch *watch = data;
  g_autoptr(GPtrArray) steps = limn_feed_take_steps (feed);
  g_autoptr(LimnStep) frame = limn_feed_take_frame (feed);

  g_assert_nonnull (limn_feed_get_start (feed));
  watch->n_news++;
  for (guint i = 0; i < steps->len; i++)
    {
      const LimnStep *step = g_ptr_array_index (steps, i);

      g_assert_cmpuint (step->step, ==, watch->n_steps + 1);
      g_assert_cmpuint (step->serial, ==, limn_feed_get_serial (feed));
      watch->n_steps++;
    }
  if (frame)
    {
      g_assert_cmpuint (frame->step, >, watch->last_frame);
      watch->last_frame = frame->step;
    }
  if (watch->slow)
    g_usleep (30000);
}

/* A slow reader skips frames, but no step and not the last frame; it is told once for all that has come. */
static void
test_feed (void)
{
  for (guint slow = 0; slow < 2; slow++)
    {
      StubLab lab;
      Watch watch = { .slow = slow };
      g_autoptr(LimnSession) session = NULL;
      g_autoptr(LimnRequest) request = small_request (1);
      g_autoptr(LimnFeed) feed = limn_feed_new (on_news, &watch, NULL);
      g_autoptr(LimnResult) result = NULL;
      g_autoptr(GError) error = NULL;

      request->steps = 40;
      request->open &= ~LIMN_REQUEST_OPEN_STEPS;
      stub_lab_init (&lab);
      session = limn_session_new (stub_engine_open, &lab, NULL);
      result = limn_session_generate_sync (session, request, feed, NULL, &error);
      g_assert_no_error (error);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      g_assert_cmpuint (watch.n_steps, ==, 40);
      g_assert_cmpuint (watch.last_frame, ==, 40);
      g_assert_cmpuint (limn_feed_get_serial (feed), ==, result->serial);
      g_assert_cmpuint (limn_feed_get_start (feed)->n_steps, ==, 40);
      if (slow)
        g_assert_cmpuint (watch.n_news, <, 40);
    }
}

/* A reader that has gone is not called, and nothing is kept for it. */
static void
test_feed_closed (void)
{
  StubLab lab;
  Watch watch = { 0 };
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnRequest) request = small_request (1);
  g_autoptr(LimnFeed) feed = limn_feed_new (on_news, &watch, NULL);
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(GPtrArray) steps = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  limn_feed_close (feed);
  result = limn_session_generate_sync (session, request, feed, NULL, NULL);
  g_assert_nonnull (result);
  g_assert_cmpuint (watch.n_news, ==, 0);
  steps = limn_feed_take_steps (feed);
  g_assert_cmpuint (steps->len, ==, 0);
  g_assert_null (limn_feed_take_frame (feed));
}

/* A frame is handed out before the next step begins: with the network held, step k's frame is there. */
static void
test_frame_before_next_step (void)
{
  StubLab lab;
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnRequest) request = small_request (1);
  g_autoptr(LimnFeed) feed = limn_feed_new (NULL, NULL, NULL);
  Ending ending = { .order = g_string_new (NULL) };
  Waiting a = { &ending, 'a' };

  stub_lab_init (&lab);
  lab.gate = g_async_queue_new ();
  session = limn_session_new (stub_engine_open, &lab, NULL);
  limn_session_generate_async (session, request, feed, NULL, on_ended, &a);
  for (guint k = 1; k <= 6; k++)
    {
      g_autoptr(LimnStep) frame = NULL;

      /* One pass of the network is allowed, so step k is all that can be done. */
      g_async_queue_push (lab.gate, &lab);
      for (guint i = 0; i < 60000 && !frame; i++)
        {
          g_usleep (1000);
          frame = limn_feed_take_frame (feed);
        }
      g_assert_nonnull (frame);
      g_assert_cmpuint (frame->step, ==, k);
    }
  wait_for (&ending, 1);
  g_async_queue_unref (lab.gate);
  g_string_free (ending.order, TRUE);
}

/* Cancelled before each call that the engine gets; the next job is not harmed. */
static void
test_cancel_everywhere (void)
{
  StubLab lab;
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnRequest) request = small_request (1);

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  for (guint at = 0; at < 12; at++)
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(LimnResult) result = NULL;
      g_autoptr(GError) error = NULL;

      lab.cancellable = cancellable;
      lab.cancel_at = lab.calls + at;
      result = limn_session_generate_sync (session, request, NULL, cancellable, &error);
      g_assert_null (result);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&error);
      lab.cancel_at = G_MAXUINT;
      result = limn_session_generate_sync (session, request, NULL, NULL, &error);
      g_assert_no_error (error);
    }
  g_assert_cmpint (lab.opened, ==, 1);
}

/* A device that is lost is replaced, a few times; one that is always lost is given up, and the next job starts afresh. */
static void
test_lost (void)
{
  StubLab lab;
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnRequest) request = small_request (1);
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(GError) error = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);
  lab.lose_at = 5;
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (result->n_recoveries, ==, 1);
  g_assert_cmpint (lab.opened, ==, 2);
  /* 6 steps of a pass and a decode; the call that was lost is the only one done again. */
  g_assert_cmpuint (lab.calls, ==, 13);
  g_clear_pointer (&result, limn_result_free);

  lab.lose_always = TRUE;
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_assert_null (result);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  g_assert_nonnull (strstr (error->message, "reset 4 times"));
  g_assert_cmpint (lab.opened, ==, 2 + LIMN_SESSION_MAX_RECOVERIES);
  g_clear_error (&error);

  lab.lose_always = FALSE;
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (result->n_recoveries, ==, 0);
}

static void
test_refused (void)
{
  StubLab lab;
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnRequest) request = small_request (1);
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(GError) error = NULL;

  stub_lab_init (&lab);
  session = limn_session_new (stub_engine_open, &lab, NULL);

  /* 64x48 pixels, 64 bytes each: 0.19 MiB. */
  lab.limit_bytes = 64 * 48 * 64 - 1;
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_assert_null (result);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY);
  g_assert_nonnull (strstr (error->message, "64x48"));
  g_assert_cmpuint (lab.calls, ==, 0);
  g_clear_error (&error);
  lab.limit_bytes = G_MAXUINT64;

  request->open &= ~LIMN_REQUEST_OPEN_STEPS;
  request->steps = 0;
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_assert_null (result);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_clear_error (&error);

  request->steps = 2;
  limn_request_set_model (request, "missing");
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_assert_null (result);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_clear_error (&error);

  limn_request_set_model (request, NULL);
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_assert_no_error (error);
  /* Opened for the first, closed for the one that was missing, opened again. */
  g_assert_cmpint (lab.opened, ==, 2);
}

void
test_queue_add (void)
{
  g_test_add_func ("/session/order", test_order);
  g_test_add_func ("/session/end", test_end);
  g_test_add_func ("/session/cancel-hash", test_cancel_hash);
  g_test_add_func ("/session/feed", test_feed);
  g_test_add_func ("/session/feed-closed", test_feed_closed);
  g_test_add_func ("/session/frame-before-next-step", test_frame_before_next_step);
  g_test_add_func ("/session/cancel-everywhere", test_cancel_everywhere);
  g_test_add_func ("/session/lost", test_lost);
  g_test_add_func ("/session/refused", test_refused);
}
