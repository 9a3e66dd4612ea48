/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What pictures share is computed once: through the session, counted where the network is asked. */
#include "config.h"

#include "test-session.h"

#include "session/limn-generation.h"
#include "session/limn-recipe.h"
#include "session/limn-request-chain.h"
#include "session/limn-session.h"
#include "session/limn-sheet.h"
#include "stub-engine.h"

#include <string.h>

typedef struct
{
  StubLab         lab;
  LimnSession    *session;
  LimnEngineFacts facts;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  StubLab lab;
  g_autoptr(LimnRequest) request = limn_request_new ();
  LimnEngine *engine;

  stub_lab_init (&f->lab);
  f->session = limn_session_new (stub_engine_open, &f->lab, NULL);
  stub_lab_init (&lab);
  engine = stub_engine_open (&lab, request, NULL, NULL);
  f->facts = engine->facts;
  limn_engine_free (engine);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->session);
}

static LimnRequest *
new_request (void)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, "a harbour at noon");
  limn_request_set_negative (request, "fog");
  request->steps = 8;
  request->sampler = LIMN_SAMPLER_DPMPP_2M;
  request->schedule = LIMN_SCHEDULE_KARRAS;
  request->cfg = 7;
  request->seed = 5;
  request->width = request->height = 16;
  request->preview = LIMN_PREVIEW_NONE;
  request->keep_latents = TRUE;
  return request;
}

/* As a sheet's pictures are painted. */
static LimnResult *
paint (Fixture *f, const LimnRequest *request, gboolean reuses, GBytes *other)
{
  g_autoptr(LimnFeed) feed = limn_feed_new (NULL, NULL, NULL);
  g_autoptr(GError) error = NULL;
  LimnResult *result;

  limn_feed_set_reuses (feed, reuses);
  result = limn_session_paint_sync (f->session, request, NULL, other, feed, NULL, &error);
  g_assert_no_error (error);
  return result;
}

/* Calls of the network, with these samplers one a step. */
static guint
count_calls (const Fixture *f)
{
  return f->lab.calls - f->lab.n_decodes - f->lab.n_encodes;
}

static guint
count_steps (const LimnRequest *request, gpointer data)
{
  Fixture *f = data;
  guint n = limn_generation_count_steps (request, &f->facts, NULL);

  g_assert_cmpuint (n, >, 0);
  return n;
}

/* Takes @sheet. */
static void
check_sheet (Fixture *f, LimnSheet *sheet, const LimnRequest *known)
{
  guint before = count_calls (f), n_computed = 0;
  guint64 distinct, all;

  limn_sheet_count_steps (sheet, known, count_steps, f, &distinct, &all);
  g_assert_cmpuint (distinct, <, all);
  for (guint i = 0; i < limn_sheet_get_n_pictures (sheet); i++)
    {
      g_autoptr(LimnRequest) request = limn_sheet_dup_request (sheet, i);
      g_autoptr(LimnResult) result = NULL;

      request->keep_latents = TRUE;
      result = paint (f, request, TRUE, NULL);
      n_computed += result->n_computed;
      /* Each as if it had been painted alone. */
      {
        StubLab lab;
        g_autoptr(LimnSession) alone = NULL;
        g_autoptr(LimnResult) same = NULL;
        g_autofree char *pixels = limn_recipe_hash_pixels (result->picture);
        g_autofree char *expected = NULL;

        stub_lab_init (&lab);
        alone = limn_session_new (stub_engine_open, &lab, NULL);
        same = limn_session_generate_sync (alone, request, NULL, NULL, NULL);
        expected = limn_recipe_hash_pixels (same->picture);
        g_assert_cmpstr (pixels, ==, expected);
        g_assert_cmpuint (same->n_computed, ==, count_steps (request, f));
      }
    }
  g_assert_cmpuint (n_computed, ==, distinct);
  g_assert_cmpuint (count_calls (f) - before, ==, distinct);
  limn_sheet_unref (sheet);
}

static LimnSheet *
new_sheet (LimnSheetKind kind, const LimnRequest *base, LimnSheetField x, const char *x_text, LimnSheetField y, const char *y_text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSheetAxis) x_axis = limn_sheet_axis_new_parse (x, x_text, base, &error);
  g_autoptr(LimnSheetAxis) y_axis = NULL;
  LimnSheet *sheet;

  g_assert_no_error (error);
  if (y_text)
    y_axis = limn_sheet_axis_new_parse (y, y_text, base, &error);
  g_assert_no_error (error);
  sheet = limn_sheet_new (kind, base, x_axis, y_axis, &error);
  g_assert_no_error (error);
  return sheet;
}

/* As many guided steps as the tree of all pictures has nodes. */
static void
test_sheets (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) base = new_request ();
  g_autoptr(LimnRequest) branch = test_branch_of (base, 3);
  g_autoptr(LimnRequest) noisy = test_branch_of (base, 4);
  g_autoptr(LimnRequest) streaming = NULL;
  g_autoptr(LimnRequest) root = limn_request_copy (base);
  g_autoptr(LimnRequest) mix = test_mix_of (base, LIMN_MIX_NOISE, 2, 0.5, 0);
  g_autoptr(LimnRequest) pad = test_mix_of (base, LIMN_MIX_NOISE, 4, 0.5, 0.5);

  noisy->branch->noise = LIMN_FRESH_NOISE_RENOISE;
  noisy->branch->noise_seed = 1;
  noisy->branch->noise_amount = 0.5;
  root->sampler = LIMN_SAMPLER_EULER_A;
  root->eta = 1;
  streaming = test_branch_of (root, 5);
  streaming->branch->noise = LIMN_FRESH_NOISE_STREAM;

  /* Without any branch: cells that are the same picture. */
  check_sheet (f, new_sheet (LIMN_SHEET_GRID, base, LIMN_SHEET_CFG, "3, 4, 3", LIMN_SHEET_SEED, "1, 2"), NULL);
  check_sheet (f, new_sheet (LIMN_SHEET_GRID, base, LIMN_SHEET_SAMPLER, "euler, ddim", LIMN_SHEET_ETA, "0, 0.5, 1"), NULL);
  /* What is shared is computed once, and not at all where it was before. */
  check_sheet (f, new_sheet (LIMN_SHEET_GRID, branch, LIMN_SHEET_CFG, "2, 4", LIMN_SHEET_PROMPT, "noon, dusk, night"), NULL);
  limn_result_free (paint (f, base, TRUE, NULL));
  check_sheet (f, new_sheet (LIMN_SHEET_GRID, branch, LIMN_SHEET_CFG, "5, 6", LIMN_SHEET_SAMPLER, "euler, ddim, unipc"), base);
  check_sheet (f, new_sheet (LIMN_SHEET_GRID, branch, LIMN_SHEET_STEPS, "5, 12, 20", LIMN_SHEET_SCHEDULE, "karras, exponential"), base);
  check_sheet (f, new_sheet (LIMN_SHEET_GRID, branch, LIMN_SHEET_CFG, "8, 9", LIMN_SHEET_SEED, "11, 12"), NULL);
  check_sheet (f, new_sheet (LIMN_SHEET_VARIATIONS, noisy, LIMN_SHEET_NOISE_SEED, "1-5", 0, NULL), base);
  check_sheet (f, new_sheet (LIMN_SHEET_VARIATIONS, noisy, LIMN_SHEET_NOISE_SEED, "21-23", LIMN_SHEET_NOISE_AMOUNT, "0.1, 0.9"), base);
  check_sheet (f, new_sheet (LIMN_SHEET_VARIATIONS, noisy, LIMN_SHEET_NOISE_SEED, "31, 32", LIMN_SHEET_BRANCH_STEP, "1, 3, 6"), base);
  check_sheet (f, new_sheet (LIMN_SHEET_VARIATIONS, streaming, LIMN_SHEET_NOISE_SEED, "1-4", 0, NULL), NULL);
  check_sheet (f, new_sheet (LIMN_SHEET_STRIP, mix, LIMN_SHEET_LAMBDA, "0, 0.5, 0.5, 1", 0, NULL), NULL);
  check_sheet (f, new_sheet (LIMN_SHEET_STRIP, pad, LIMN_SHEET_LAMBDA, "0, 0.5, 1, 0", LIMN_SHEET_LAMBDA_V, "0.25, 0.75"), NULL);
}

/* Who paints a picture again wants to watch it; a branch of it shares what it can. */
static void
test_again (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnRequest) branch = test_branch_of (request, 5);
  g_autoptr(LimnRequest) careless = limn_request_copy (request);

  limn_request_set_prompt (branch, "boats");
  careless->keep_latents = FALSE;
  careless->seed = 77;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnResult) first = paint (f, request, FALSE, NULL);
      g_autoptr(LimnResult) second = paint (f, branch, FALSE, NULL);
      g_autoptr(LimnResult) third = paint (f, careless, TRUE, NULL);

      g_assert_cmpuint (first->n_computed, ==, 8);
      g_assert_cmpuint (second->n_computed, ==, 3);
      g_assert_cmpuint (third->n_computed, ==, 8);
    }
  {
    g_autoptr(LimnResult) reused = paint (f, request, TRUE, NULL);

    g_assert_cmpuint (reused->n_computed, ==, 0);
  }
}

/* Another precision is another engine: its bits are others. */
static void
test_other_engine (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnRequest) other = limn_request_copy (request);

  other->storage = LIMN_STORAGE_F16;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnResult) first = paint (f, request, TRUE, NULL);
      g_autoptr(LimnResult) second = paint (f, other, TRUE, NULL);

      g_assert_cmpuint (first->n_computed, ==, 8);
      g_assert_cmpuint (second->n_computed, ==, 8);
    }
}

/* One that is handed over: as good as it is; where it is of no use it costs no more than that, and somebody hears of it. */
static void
test_other_steps (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnRequest) stranger = new_request ();
  g_autoptr(LimnRequest) branch = test_branch_of (request, 5);
  g_autoptr(GBytes) damaged = NULL;
  g_autoptr(GBytes) torn = NULL;
  g_autoptr(GBytes) good = NULL;
  g_autoptr(GBytes) strange = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *expected = NULL;
  guint8 *bytes;
  gsize n;

  stranger->seed++;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnResult) result = paint (f, i ? stranger : request, FALSE, NULL);

      *(i ? &strange : &good) = limn_trajectory_to_bytes (result->trajectory, &error);
    }
  limn_request_set_prompt (branch, "boats");
  damaged = g_bytes_new ("not at all", 10);
  n = g_bytes_get_size (good);
  bytes = g_memdup2 (g_bytes_get_data (good, NULL), n);
  memset (bytes + n - 4000, 0xff, 4000);
  torn = g_bytes_new_take (bytes, n);
  for (guint i = 0; i < 4; i++)
    {
      StubLab lab;
      GBytes *others[] = { good, strange, damaged, torn };
      g_autoptr(LimnFeed) feed = limn_feed_new (NULL, NULL, NULL);
      g_autoptr(LimnResult) result = NULL;
      g_autofree char *pixels = NULL;
      g_autoptr(LimnSession) session = NULL;

      stub_lab_init (&lab);
      session = limn_session_new (stub_engine_open, &lab, NULL);
      result = limn_session_paint_sync (session, branch, NULL, others[i], feed, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (result->n_computed, ==, i == 0 ? 3 : 8);
      g_assert_cmpint (limn_feed_get_start (feed)->other_error != NULL, ==, i > 0);
      g_assert_cmpuint (limn_feed_get_start (feed)->before->len, ==, i == 0 ? 5 : 0);
      pixels = limn_recipe_hash_pixels (result->picture);
      if (i == 0)
        expected = g_steal_pointer (&pixels);
      else
        g_assert_cmpstr (pixels, ==, expected);
    }
}

void
test_economy_add (void)
{
#define ADD(name, func) g_test_add ("/economy/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("sheets", test_sheets);
  ADD ("again", test_again);
  ADD ("other-engine", test_other_engine);
  ADD ("other-steps", test_other_steps);
#undef ADD
}
