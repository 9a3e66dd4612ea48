/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* What an engine does while there is no job. */

#include "test-session.h"

#include "session/limn-session-private.h"
#include "stub-engine.h"

static void
make_picture (LimnSession *session)
{
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnResult) result = NULL;

  request->seed = 1;
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (result->n_recoveries, ==, 0);
}

static void
wait_until (const gint *counter, gint at_least)
{
  /* As long as a machine that does other things may need. */
  for (guint i = 0; i < 60000 && g_atomic_int_get (counter) < at_least; i++)
    g_usleep (1000);
  g_assert_cmpint (g_atomic_int_get (counter), >=, at_least);
}

/* All of it, once there was a picture, and no more when there is none left. */
static void
test_all (void)
{
  StubLab lab;
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  lab.idle_pieces = 5;
  session = limn_session_new (stub_engine_open, &lab, NULL);
  limn_session_set_idle_after (session, 1000);
  g_usleep (20000);
  g_assert_cmpint (g_atomic_int_get (&lab.n_idle), ==, 0);
  make_picture (session);
  wait_until (&lab.n_idle, 5);
  g_usleep (20000);
  g_assert_cmpint (g_atomic_int_get (&lab.n_idle), ==, 5);
  g_assert_cmpint (g_atomic_int_get (&lab.idle_pieces), ==, 0);
}

/* A job, and the end of the session, cut it short. */
static void
test_cut_short (void)
{
  StubLab lab;
  LimnSession *session;

  stub_lab_init (&lab);
  lab.idle_pieces = G_MAXINT;
  lab.idle_hangs = TRUE;
  session = limn_session_new (stub_engine_open, &lab, NULL);
  limn_session_set_idle_after (session, 0);
  for (gint i = 1; i <= 3; i++)
    {
      make_picture (session);
      wait_until (&lab.n_idle, i);
      g_assert_cmpint (g_atomic_int_get (&lab.n_idle_cancelled), ==, i - 1);
    }
  g_object_unref (session);
  g_assert_cmpint (lab.n_idle, ==, 3);
  g_assert_cmpint (lab.n_idle_cancelled, ==, 3);
  g_assert_cmpint (lab.alive, ==, 0);
}

static void
store_result (GObject *source, GAsyncResult *result, gpointer data)
{
  GAsyncResult **place = data;

  *place = g_object_ref (result);
}

/* So does an errand: a person waits for it. Then it goes on. */
static void
test_cut_by_errand (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LimnSession *session;

  stub_lab_init (&lab);
  lab.idle_pieces = G_MAXINT;
  lab.idle_hangs = TRUE;
  session = limn_session_new (stub_engine_open, &lab, NULL);
  limn_session_set_idle_after (session, 0);
  make_picture (session);
  wait_until (&lab.n_idle, 1);
  limn_session_inspect_async (session, request, NULL, store_result, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  limn_inspection_unref (limn_session_inspect_finish (session, result, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_atomic_int_get (&lab.n_idle_cancelled), ==, 1);
  wait_until (&lab.n_idle, 2);
  g_object_unref (session);
}

/* Not between two pictures that follow each other, nor before a command ends. */
static void
test_not_at_once (void)
{
  StubLab lab;
  LimnSession *session;

  stub_lab_init (&lab);
  lab.idle_pieces = G_MAXINT;
  lab.idle_hangs = TRUE;
  session = limn_session_new (stub_engine_open, &lab, NULL);
  make_picture (session);
  g_usleep (50000);
  make_picture (session);
  g_object_unref (session);
  g_assert_cmpint (lab.n_idle, ==, 0);
}

/* The device goes meanwhile: the next picture has another, without a word. */
static void
test_lost (void)
{
  StubLab lab;
  g_autoptr(LimnSession) session = NULL;

  stub_lab_init (&lab);
  lab.idle_pieces = 5;
  lab.idle_loses = TRUE;
  session = limn_session_new (stub_engine_open, &lab, NULL);
  limn_session_set_idle_after (session, 0);
  make_picture (session);
  while (g_atomic_int_get (&lab.alive) > 0)
    g_usleep (1000);
  make_picture (session);
  wait_until (&lab.n_idle, 6);
  g_assert_cmpint (lab.opened, ==, 2);
}

void
test_idle_add (void)
{
  g_test_add_func ("/session/idle/all", test_all);
  g_test_add_func ("/session/idle/cut-short", test_cut_short);
  g_test_add_func ("/session/idle/cut-by-errand", test_cut_by_errand);
  g_test_add_func ("/session/idle/not-at-once", test_not_at_once);
  g_test_add_func ("/session/idle/lost", test_lost);
}
