/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Sheets in the queue: painted in their order, each picture with the text that says which it is; stopped, gone on with, killed. */
#include "config.h"

#include "test-session.h"

#include "image/limn-png.h"
#include "library/limn-trajectory.h"
#include "session/limn-recipe.h"
#include "queue-studio.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <string.h>

#define SHEET_STEPS 4

/* Three guidances along, two seeds down. */
static LimnSheet *
sheet_new (void)
{
  g_autoptr(LimnRequest) base = studio_request_new ("a ship / at \"sea\"", 7, 1);
  g_autoptr(LimnSheetAxis) x = NULL;
  g_autoptr(LimnSheetAxis) y = NULL;
  g_autoptr(GError) error = NULL;
  LimnSheet *sheet;

  base->open = 0;
  base->steps = SHEET_STEPS;
  base->sampler = LIMN_SAMPLER_EULER;
  base->cfg = 5;
  base->width = base->height = 64;
  x = limn_sheet_axis_new_parse (LIMN_SHEET_CFG, "2, 3, 4", base, &error);
  g_assert_no_error (error);
  y = limn_sheet_axis_new_parse (LIMN_SHEET_SEED, "7, 8", base, &error);
  g_assert_no_error (error);
  sheet = limn_sheet_new (LIMN_SHEET_GRID, base, x, y, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_sheet_get_n_pictures (sheet), ==, 6);
  return sheet;
}

/* Exactly one file for each of @wanted: NULL: all; its mark, its id and its request are those of its cell. */
static void
assert_cells (Studio *studio, LimnSheet *sheet, const char *job_id, const gboolean *wanted)
{
  g_autoptr(GPtrArray) paths = studio_list_pictures (studio);
  gboolean found[6] = { FALSE };

  for (guint i = 0; i < paths->len; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnPng) png = limn_png_load (g_ptr_array_index (paths, i), LIMN_PNG_READ_ALL, &error);
      g_autoptr(LimnRecipe) recipe = NULL;
      g_autoptr(LimnSheet) marked = NULL;
      g_autoptr(LimnRequest) request = NULL;
      g_autofree char *marked_job = NULL;
      g_autofree char *id = NULL;
      guint picture;

      g_assert_no_error (error);
      g_assert_true (limn_sheet_mark_parse (limn_png_lookup (png, LIMN_SHEET_KEYWORD), &marked_job, &picture, &marked, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (marked_job, ==, job_id);
      g_assert_true (limn_sheet_equal (marked, sheet));
      g_assert_false (found[picture]);
      found[picture] = TRUE;
      id = limn_job_make_picture_id (job_id, picture);
      g_assert_cmpstr (limn_png_lookup (png, LIMN_RECIPE_TRAJECTORY_KEYWORD), ==, id);
      recipe = limn_recipe_new_from_json (limn_png_lookup (png, LIMN_RECIPE_KEYWORD), "recipe", &error);
      g_assert_no_error (error);
      request = limn_sheet_dup_request (sheet, picture);
      g_assert_true (limn_request_equal_picture (recipe->request, request));
      g_assert_cmpuint (recipe->shown, ==, recipe->n_steps);
    }
  for (guint i = 0; i < G_N_ELEMENTS (found); i++)
    g_assert_cmpint (found[i], ==, !wanted || wanted[i]);
}

static void
test_paint (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnSheet) sheet = sheet_new ();
  g_autoptr(LimnJob) job = g_object_ref (limn_job_queue_add_sheet (studio->queue, sheet, NULL, 0));

  g_assert_true (limn_job_get_sheet (job) == sheet);
  g_assert_cmpuint (limn_job_get_n_pictures (job), ==, 6);
  g_assert_cmpuint (limn_job_get_request (job)->batch_count, ==, 1);
  studio_wait_ended (studio, 1);
  g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_DONE);
  g_assert_cmpuint (studio->n_saved, ==, 6);
  assert_cells (studio, sheet, limn_job_get_id (job), NULL);
}

/* Killed in its third picture: the next program has the sheet, goes on where it was, and makes nothing twice. */
static void
test_killed (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnSheet) sheet = sheet_new ();
  g_autofree char *id = NULL;
  LimnJob *job;

  studio->lab.gate = g_async_queue_new ();
  job = limn_job_queue_add_sheet (studio->queue, sheet, NULL, 0);
  id = g_strdup (limn_job_get_id (job));
  studio_allow (studio, 2 * SHEET_STEPS + 2);
  studio_wait_step (job, 2, 2);
  while (studio->n_saved < 2)
    g_main_context_iteration (NULL, TRUE);
  studio_kill (studio);
  g_assert_cmpuint (studio_count_pictures (studio), ==, 2);

  studio_open (studio);
  g_assert_no_error (studio->error);
  g_assert_true (limn_job_queue_is_paused (studio->queue));
  job = studio_get_job (studio, 0);
  g_assert_cmpstr (limn_job_get_id (job), ==, id);
  g_assert_true (limn_sheet_equal (limn_job_get_sheet (job), sheet));
  g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_PAUSED);
  g_assert_cmpuint (limn_job_get_picture (job), ==, 2);
  g_assert_cmpuint (limn_job_get_step (job), ==, 2);
  limn_job_queue_set_paused (studio->queue, FALSE);
  studio_wait_ended (studio, 1);
  assert_cells (studio, sheet, id, NULL);
}

/* Stopped in its third picture: no half of a cell is saved, its steps are kept, and the rest can be had later, in the next program too. */
static void
test_stop_and_continue (Studio *studio, gconstpointer data)
{
  static const gboolean before[6] = { TRUE, TRUE };
  static const gboolean wanted[6] = { FALSE, FALSE, TRUE, FALSE, TRUE };
  static const gboolean after[6] = { TRUE, TRUE, TRUE, FALSE, TRUE };
  static const gboolean none[6] = { FALSE };
  g_autoptr(LimnSheet) sheet = sheet_new ();
  g_autoptr(LimnJob) job = NULL;
  g_autoptr(LimnTrajectory) trajectory = NULL;
  g_autofree char *id = NULL;
  g_autofree char *steps = NULL;

  studio->lab.gate = g_async_queue_new ();
  job = g_object_ref (limn_job_queue_add_sheet (studio->queue, sheet, NULL, 0));
  id = g_strdup (limn_job_get_id (job));
  steps = studio_steps_path (studio, job, 2);
  studio_allow (studio, 2 * SHEET_STEPS + 2);
  studio_wait_step (job, 2, 2);
  limn_job_queue_stop (studio->queue);
  studio_allow (studio, 100);
  studio_wait_ended (studio, 1);
  g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_STOPPED);
  assert_cells (studio, sheet, id, before);
  g_assert_true (limn_keeper_flush (studio->keeper, 10 * G_USEC_PER_SEC));
  trajectory = limn_trajectory_load (steps, NULL);
  g_assert_cmpuint (limn_trajectory_get_n_steps (trajectory), >=, 2);
  g_clear_object (&job);
  studio_kill (studio);

  studio_open (studio);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 0);
  g_assert_null (limn_job_queue_continue_sheet (studio->queue, sheet, id, none, NULL, 0));
  job = g_object_ref (limn_job_queue_continue_sheet (studio->queue, sheet, id, wanted, NULL, 0));
  g_assert_true (limn_job_queue_continue_sheet (studio->queue, sheet, id, wanted, NULL, 0) == job);
  g_assert_cmpstr (limn_job_get_id (job), ==, id);
  g_assert_cmpuint (limn_job_get_picture (job), ==, 2);
  studio_wait_ended (studio, 1);
  g_assert_cmpint (limn_job_get_state (job), ==, LIMN_JOB_DONE);
  assert_cells (studio, sheet, id, after);
}

static void
on_picture (LimnJob *job, GParamSpec *property, gpointer data)
{
  guint *n_pictures = data;

  g_assert_cmpuint (limn_job_get_step (job), ==, 0);
  ++*n_pictures;
}

/* What is to be painted of a sheet is what the next program paints, and a stop means all of it. */
static void
test_continue_killed (Studio *studio, gconstpointer data)
{
  static const gboolean wanted[6] = { FALSE, TRUE, FALSE, TRUE, TRUE };
  static const gboolean painted[6] = { FALSE, TRUE };
  static const char id[] = "8c6f3a9e-2222-4222-8333-444455556666";
  g_autoptr(LimnSheet) sheet = sheet_new ();
  guint n_pictures = 0;
  LimnJob *job;

  studio->lab.gate = g_async_queue_new ();
  job = limn_job_queue_continue_sheet (studio->queue, sheet, id, wanted, NULL, 0);
  g_signal_connect (job, "notify::picture", G_CALLBACK (on_picture), &n_pictures);
  studio_allow (studio, SHEET_STEPS + 1);
  studio_wait_step (job, 3, 1);
  g_assert_cmpuint (n_pictures, ==, 1);
  while (studio->n_saved < 1)
    g_main_context_iteration (NULL, TRUE);
  studio_kill (studio);
  studio_open (studio);
  studio->lab.gate = g_async_queue_new ();
  job = studio_get_job (studio, 0);
  g_assert_cmpuint (limn_job_get_picture (job), ==, 3);
  limn_job_queue_set_paused (studio->queue, FALSE);
  studio_allow (studio, 1);
  studio_wait_step (job, 3, 2);
  limn_job_queue_stop (studio->queue);
  studio_allow (studio, 100);
  studio_wait_ended (studio, 1);
  g_assert_cmpuint (studio_count_jobs (studio), ==, 0);
  assert_cells (studio, sheet, id, painted);
}

/* --- What is shared --- */

static LimnRequest *
complete_request_new (const char *prompt)
{
  LimnRequest *request = studio_request_new (prompt, 7, 1);

  request->open = 0;
  request->steps = SHEET_STEPS;
  request->sampler = LIMN_SAMPLER_DPMPP_2M;
  request->cfg = 5;
  request->width = request->height = 64;
  request->preview = LIMN_PREVIEW_NONE;
  return request;
}

/* In a new program, which remembers nothing of the last one. */
static void
reopen (Studio *studio)
{
  studio_kill (studio);
  studio_open (studio);
  g_assert_no_error (studio->error);
}

/* The filmstrip's thumbnails are decoded beside, some sooner and some never. */
static guint
get_passes (Studio *studio)
{
  return studio->lab.calls - studio->lab.n_decodes;
}

/* How often the network is asked for one job. */
static guint
count_passes (Studio *studio, LimnJob *job)
{
  guint before = get_passes (studio);

  g_assert_nonnull (job);
  studio_wait_ended (studio, 1);
  studio->n_ended = 0;
  return get_passes (studio) - before;
}

/* A branch begins with the kept steps of its parent; where these are damaged, or gone, it computes them, says so, and is the same picture. */
static void
test_parent_steps (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnRequest) request = complete_request_new ("a ship");
  g_autoptr(LimnRequest) branch = limn_request_copy (request);
  g_autoptr(LimnJob) parent = g_object_ref (limn_job_queue_add (studio->queue, request, 0));
  g_autofree char *id = limn_job_dup_picture_id (parent, 0);
  g_autofree char *steps = studio_steps_path (studio, parent, 0);
  guint whole = count_passes (studio, parent), n_per_step = whole / SHEET_STEPS;

  g_assert_cmpuint (whole, ==, SHEET_STEPS * n_per_step);
  limn_request_take_branch (branch, limn_request_branch_new (request, 3));
  branch->cfg = 2;
  reopen (studio);
  for (guint i = 0; i < 3; i++)
    {
      static const char *const damage[] = { NULL, "half a file", NULL };
      g_autoptr(LimnJob) job = NULL;
      guint n_passes;

      if (damage[i])
        g_assert_true (g_file_set_contents (steps, damage[i], -1, NULL));
      else if (i == 2)
        g_assert_cmpint (g_unlink (steps), ==, 0);
      job = g_object_ref (limn_job_queue_add_branch (studio->queue, branch, id, 0));
      n_passes = count_passes (studio, job);
      g_assert_cmpuint (n_passes, ==, i == 0 ? n_per_step : whole);
      g_assert_cmpuint (studio->n_remarks, ==, i == 1);
      studio_assert_picture (studio, job, 0, 0);
      reopen (studio);
    }
}

/* The next program's first picture of a sheet goes on from the last one of this. */
static void
test_sheet_steps (Studio *studio, gconstpointer data)
{
  g_autoptr(LimnRequest) request = complete_request_new ("a ship");
  g_autoptr(LimnRequest) base = limn_request_copy (request);
  g_autoptr(LimnSheetAxis) x = NULL;
  g_autoptr(LimnSheet) sheet = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *id = NULL;
  LimnJob *job;
  guint n_per_step;

  limn_request_take_branch (base, limn_request_branch_new (request, 3));
  base->branch->noise = LIMN_FRESH_NOISE_RENOISE;
  base->branch->noise_amount = 0.5;
  x = limn_sheet_axis_new_parse (LIMN_SHEET_NOISE_SEED, "1-4", base, &error);
  g_assert_no_error (error);
  sheet = limn_sheet_new (LIMN_SHEET_VARIATIONS, base, x, NULL, &error);
  g_assert_no_error (error);

  studio->lab.gate = g_async_queue_new ();
  job = limn_job_queue_add_sheet (studio->queue, sheet, NULL, 0);
  id = g_strdup (limn_job_get_id (job));
  studio_allow (studio, SHEET_STEPS);
  while (studio->n_saved < 1)
    g_main_context_iteration (NULL, TRUE);
  n_per_step = get_passes (studio) / SHEET_STEPS;
  reopen (studio);
  limn_job_queue_set_paused (studio->queue, FALSE);
  studio_wait_ended (studio, 1);
  /* Three pictures, of which each has one step of its own. */
  g_assert_cmpuint (get_passes (studio), ==, 3 * n_per_step);
  g_assert_cmpuint (studio_count_pictures (studio), ==, 4);
}

/* How long it takes: by the steps that each picture has of its own. */
static void
test_rest (void)
{
  g_autoptr(LimnRequest) base = studio_request_new ("x", 1, 1);
  g_autoptr(LimnRequest) branch = NULL;
  g_autoptr(LimnSheetAxis) x = NULL;
  g_autoptr(LimnSheet) sheet = NULL;
  g_autoptr(LimnJob) job = NULL;
  g_autoptr(GError) error = NULL;

  base->open = 0;
  base->steps = 20;
  base->sampler = LIMN_SAMPLER_EULER;
  base->cfg = 5;
  base->width = base->height = 64;
  branch = limn_request_copy (base);
  limn_request_take_branch (branch, limn_request_branch_new (base, 15));
  branch->branch->noise = LIMN_FRESH_NOISE_RENOISE;
  branch->branch->noise_amount = 0.5;
  x = limn_sheet_axis_new_parse (LIMN_SHEET_NOISE_SEED, "1-4", branch, &error);
  g_assert_no_error (error);
  sheet = limn_sheet_new (LIMN_SHEET_VARIATIONS, branch, x, NULL, &error);
  g_assert_no_error (error);
  job = limn_job_new_sheet (NULL, sheet, 0, NULL);
  /* The first is painted whole, each other shares 15 of 20. */
  g_assert_cmpfloat (limn_job_count_rest (job, 0), ==, 1 + 3 * 0.25);
  g_assert_cmpfloat (limn_job_count_rest (job, 1), ==, 3 * 0.25);
  g_assert_cmpfloat (limn_job_count_rest (job, 4), ==, 0);
  g_assert_cmpfloat (limn_job_count_rest (job, 5), ==, 0);
}

#define ADD(name, function) g_test_add ("/job-queue/sheet/" name, Studio, NULL, studio_set_up, function, studio_tear_down)

void
test_job_queue_sheet_add (void)
{
  ADD ("paint", test_paint);
  ADD ("killed", test_killed);
  ADD ("stop-and-continue", test_stop_and_continue);
  ADD ("continue-killed", test_continue_killed);
  ADD ("parent-steps", test_parent_steps);
  ADD ("sheet-steps", test_sheet_steps);
  g_test_add_func ("/job-queue/sheet/rest", test_rest);
}
