/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-gl.h"

#include "base/limn-error.h"
#include "base/limn-half.h"

#include <math.h>
#include <string.h>

static void
test_dispatch (Fixture       *f,
               gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  const LimnGlOptions options = { .cache_dir = f->cache_dir, .debug = GPOINTER_TO_INT (data) };
  g_autoptr (LimnGl) gl = limn_gl_new (&options, &error);
  float found[1000];
  Step step;

  g_assert_no_error (error);
  g_assert_true (step_init (&step, gl, G_N_ELEMENTS (found), &error));
  for (guint i = 0; i < 5; i++)
    g_assert_true (step_run (&step, &error));
  g_assert_true (limn_gl_buffer_read (step.y, 0, found, sizeof found, &error));
  for (guint i = 0; i < G_N_ELEMENTS (found); i++)
    g_assert_cmpfloat (found[i], ==, 5);
  step_clear (&step);

  g_assert_true (step_init (&step, gl, G_N_ELEMENTS (found), &error));
  g_assert_true (step_run (&step, &error));
  g_assert_true (limn_gl_buffer_read (step.y, 0, found, sizeof found, &error));
  for (guint i = 0; i < G_N_ELEMENTS (found); i++)
    g_assert_cmpfloat (found[i], ==, 1);
  step_clear (&step);
  g_assert_true (limn_gl_check (gl, &error));
}

/* Ranges as textures and images, float32 and float16; @scale tells the rounds apart. */
static void
check_texels (LimnGl *gl,
              float   scale)
{
  static const char * const defines[] = { "TEXEL", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGlBuffer) x = limn_gl_buffer_new (gl, 4096, "x", &error);
  g_autoptr (LimnGlBuffer) z = limn_gl_buffer_new (gl, 4096, "z", &error);
  float values[64], found[64], sums[16];
  guint16 halves[64];
  Step step;

  for (guint i = 0; i < 64; i++)
    {
      values[i] = scale * i;
      halves[i] = limn_half_from_float (-scale * i);
    }
  limn_gl_buffer_write (x, 0, halves, sizeof halves);
  limn_gl_buffer_write (x, 256, values, sizeof values);
  g_assert_true (step_init (&step, gl, 16, &error));
  for (guint half = 0; half < 2; half++)
    {
      const LimnGlBinding bindings[] = {
        { LIMN_GL_UNIFORM, 0, step.params },
        { LIMN_GL_STORAGE, 1, step.y },
        { half ? LIMN_GL_TEXEL_RGBA16F : LIMN_GL_TEXEL_RGBA32F, 2, x, half ? 0 : 256, half ? 128 : 256 },
        { LIMN_GL_IMAGE_RGBA32F, 3, z, 512, 256 },
      };
      const float sign = half ? -scale : scale;
      LimnGlDispatch dispatch = { .bindings = bindings, .n_bindings = 4, .groups = { 1, 1, 1 } };

      dispatch.program = limn_gl_get_program (gl, "test_step", defines, &error);
      g_assert_no_error (error);
      limn_gl_buffer_clear (z, 0, G_MAXSIZE, 0xffffffff);
      limn_gl_dispatch (gl, &dispatch);
      g_assert_true (limn_gl_buffer_read (z, 512, found, sizeof found, &error));
      g_assert_true (limn_gl_buffer_read (step.y, 0, sums, sizeof sums, &error));
      for (guint i = 0; i < 64; i++)
        g_assert_cmpfloat (found[i], ==, sign * i);
      for (guint i = 0; i < 16; i++)
        g_assert_cmpfloat (sums[i], ==, sign * (8 * i + 3));
      /* Nothing beside the range. */
      g_assert_true (limn_gl_buffer_read (z, 768, found, 16, &error));
      g_assert_true (isnan (found[0]) && isnan (found[3]));
    }
  step_clear (&step);
}

static void
test_texels (Fixture       *f,
             gconstpointer  data)
{
  g_autoptr (LimnGl) gl = fixture_open_gl (f);

  /* The offsets here; 256 is the most that GL 4.5 allows. */
  g_assert_cmpuint (limn_gl_get_limits (gl)->texel_alignment, <=, 256);
  for (guint round = 1; round <= 2; round++)
    {
      check_texels (gl, round);
      /* GL may give the names of what was freed to others, though Mesa does not: nothing of it is remembered as bound. */
      for (guint i = 0; i < LIMN_GL_N_BINDINGS; i++)
        {
          g_assert_cmpuint (gl->bound_storage[i].buffer, ==, 0);
          g_assert_cmpuint (gl->bound_uniform[i].buffer, ==, 0);
          g_assert_cmpuint (gl->bound_texture[i], ==, 0);
          g_assert_cmpuint (gl->bound_image[i].texture, ==, 0);
        }
    }
}

/* More ranges of one buffer than textures are kept for: none may go that the dispatch itself needs. */
static void
test_many_ranges (Fixture       *f,
                  gconstpointer  data)
{
  static const char * const defines[] = { "TEXEL", NULL };
  const guint n = LIMN_GL_MAX_TEXTURES / 2 + 100;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
  guint alignment = limn_gl_get_limits (gl)->texel_alignment;
  g_autoptr (LimnGlBuffer) buffer = limn_gl_buffer_new (gl, (gsize) alignment * 2 * n, NULL, &error);
  LimnGlProgram *program;
  Step step;

  g_assert_true (step_init (&step, gl, 1, &error));
  program = limn_gl_get_program (gl, "test_step", defines, &error);
  for (guint i = 0; i < n; i++)
    {
      const LimnGlBinding bindings[] = {
        { LIMN_GL_UNIFORM, 0, step.params },
        { LIMN_GL_STORAGE, 1, step.y },
        { LIMN_GL_TEXEL_RGBA32F, 2, buffer, (gsize) i * 2 * alignment, 16 },
        { LIMN_GL_IMAGE_RGBA32F, 3, buffer, (gsize) (i * 2 + 1) * alignment, 16 },
      };
      const LimnGlDispatch dispatch = { program, bindings, 4, { 1, 1, 1 } };
      const float values[4] = { i, 0, 0, 1 };
      float sum = 0, copy[4] = { 0 };

      limn_gl_buffer_write (buffer, bindings[2].offset, values, sizeof values);
      limn_gl_dispatch (gl, &dispatch);
      g_assert_true (limn_gl_buffer_read (step.y, 0, &sum, sizeof sum, &error));
      g_assert_true (limn_gl_buffer_read (buffer, bindings[3].offset, copy, sizeof copy, &error));
      g_assert_cmpfloat (sum, ==, i + 1);
      g_assert_cmpmem (copy, sizeof copy, values, sizeof values);
    }
  g_assert_cmpuint (g_hash_table_size (buffer->textures), <=, LIMN_GL_MAX_TEXTURES);
  step_clear (&step);
}

static void
test_missing_binding (Fixture       *f,
                      gconstpointer  data)
{
  static const char * const defines[] = { "TEXEL", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
  LimnGlProgram *program;
  Step step;

  g_assert_true (step_init (&step, gl, 1, &error));
  program = limn_gl_get_program (gl, "test_step", defines, &error);
  for (guint missing = 0; missing < 4; missing++)
    {
      const LimnGlBinding all[] = {
        { LIMN_GL_UNIFORM, 0, step.params },
        { LIMN_GL_STORAGE, 1, step.y },
        { LIMN_GL_TEXEL_R32F, 2, step.y },
        { LIMN_GL_IMAGE_R32F, 3, step.y },
      };
      LimnGlBinding bindings[3];
      const LimnGlDispatch dispatch = { program, bindings, 3, { 1, 1, 1 } };

      for (guint i = 0; i < 3; i++)
        bindings[i] = all[i + (i >= missing)];
      g_test_expect_message ("limn-gl", G_LOG_LEVEL_CRITICAL, "test_step TEXEL*without all of its bindings");
      limn_gl_dispatch (gl, &dispatch);
      g_test_assert_expected_messages ();
    }
  step_clear (&step);
}

static void
test_groups (Fixture       *f,
             gconstpointer  data)
{
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
  guint max = limn_gl_get_limits (gl)->max_groups[0];
  guint groups[3];

  g_assert_true (limn_gl_groups_for_items (gl, 0, 64, groups));
  g_assert_cmpuint (groups[0], ==, 0);
  g_assert_true (limn_gl_groups_for_items (gl, 65, 64, groups));
  g_assert_cmpuint (groups[0] * groups[1], ==, 2);
  g_assert_true (limn_gl_groups_for_items (gl, max, 1, groups));
  g_assert_cmpuint (groups[1], ==, 1);
  if (max < 100000)
    {
      g_assert_true (limn_gl_groups_for_items (gl, (guint64) max * 2 + 1, 1, groups));
      g_assert_cmpuint (groups[0], <=, max);
      g_assert_cmpuint (groups[1], ==, 3);
      g_assert_cmpuint (groups[0] * groups[1] - (2 * max + 1), <, 3);
    }
  g_assert_false (limn_gl_groups_for_items (gl, G_MAXUINT64, 1, groups));
}

static void
test_forced_limit (Fixture       *f,
                   gconstpointer  data)
{
  const LimnGlOptions options = { .max_storage_bytes = 1 << 20, .cache_dir = f->cache_dir };
  g_autoptr (LimnGl) gl = limn_gl_new (&options, NULL);
  const LimnGlLimits *limits = limn_gl_get_limits (gl);
  g_autoptr (LimnGlBuffer) buffer = limn_gl_buffer_new (gl, 3 << 20, NULL, NULL);

  g_assert_cmpuint (limits->max_storage_bytes, ==, 1 << 20);
  g_assert_cmpuint (limits->max_texels, ==, 65536);
  g_assert_cmpuint (limn_gl_limits_max_binding_bytes (limits, LIMN_GL_STORAGE), ==, 1 << 20);
  g_assert_cmpuint (limn_gl_limits_max_binding_bytes (limits, LIMN_GL_TEXEL_RGBA32F), ==, 1 << 20);
  g_assert_cmpuint (limn_gl_limits_max_binding_bytes (limits, LIMN_GL_IMAGE_RGBA16F), ==, 1 << 19);
  /* A buffer may be larger than a binding. */
  g_assert_nonnull (buffer);
  if (g_test_undefined ())
    {
      const LimnGlBinding bindings[] = {
        { LIMN_GL_UNIFORM, 0, buffer, 0, 16 },
        { LIMN_GL_STORAGE, 1, buffer, 256, (1 << 20) + 16 },
      };
      LimnGlDispatch dispatch = { .bindings = bindings, .n_bindings = 2, .groups = { 1, 1, 1 } };

      limn_gl_add_kernel (gl, &step_kernel);
      dispatch.program = limn_gl_get_program (gl, "test_step", NULL, NULL);
      g_test_expect_message ("limn-gl", G_LOG_LEVEL_CRITICAL, "*max_binding_bytes*");
      limn_gl_dispatch (gl, &dispatch);
      g_test_assert_expected_messages ();
    }
}

static void
test_fence (Fixture       *f,
            gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
  g_autoptr (LimnGlFence) early = limn_gl_fence_new (gl);
  g_autoptr (LimnGlFence) late = NULL;
  Step step;

  g_assert_true (step_init (&step, gl, 1 << 16, &error));
  g_assert_true (step_run (&step, &error));
  late = limn_gl_fence_new (gl);
  g_assert_true (limn_gl_fence_wait (late, -1));
  g_assert_true (limn_gl_fence_poll (late));
  /* In order. */
  g_assert_true (limn_gl_fence_poll (early));
  g_assert_true (limn_gl_fence_wait (early, 0));
  g_assert_true (limn_gl_fence_wait (early, 1000));
  g_assert_true (limn_gl_check (gl, &error));
  step_clear (&step);
}

static void
test_timer (Fixture       *f,
            gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
  g_autoptr (LimnGlTimer) outer = limn_gl_timer_new (gl);
  g_autoptr (LimnGlTimer) inner = limn_gl_timer_new (gl);
  guint64 outer_ns, inner_ns;
  gint64 start;
  Step step;

  g_assert_true (step_init (&step, gl, 1 << 20, &error));
  g_assert_true (step_run (&step, &error));
  limn_gl_finish (gl);
  start = g_get_monotonic_time ();
  limn_gl_timer_begin (outer);
  g_assert_true (step_run (&step, &error));
  limn_gl_timer_begin (inner);
  g_assert_true (step_run (&step, &error));
  limn_gl_timer_end (inner);
  limn_gl_timer_end (outer);
  inner_ns = limn_gl_timer_get_ns (inner);
  outer_ns = limn_gl_timer_get_ns (outer);
  g_assert_true (limn_gl_timer_is_ready (outer));
  g_test_message ("two runs %" G_GUINT64_FORMAT " us, one %" G_GUINT64_FORMAT " us", outer_ns / 1000, inner_ns / 1000);
  g_assert_cmpuint (inner_ns, >, 0);
  g_assert_cmpuint (outer_ns, >=, inner_ns);
  /* 1 ms: the device's clock and the processor's are two. */
  g_assert_cmpint (outer_ns / 1000, <=, g_get_monotonic_time () - start + 1000);
  step_clear (&step);
}

/* After a loss every call returns, nothing hangs, nothing is believed; a new context computes on. */
static void
test_reset (Fixture       *f,
            gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
  g_autoptr (LimnGlFence) before = limn_gl_fence_new (gl);
  g_autoptr (LimnGlFence) fence = NULL;
  g_autoptr (LimnGlTimer) timer = limn_gl_timer_new (gl);
  LimnGlProgramStats stats;
  float found = -7;
  Step step;

  g_assert_true (step_init (&step, gl, 1, &error));
  limn_gl_inject_reset (gl, 2);
  limn_gl_timer_begin (timer);
  for (guint i = 0; i < 2; i++)
    g_assert_true (step_run (&step, &error));
  g_assert_true (limn_gl_check (gl, &error));
  g_assert_false (limn_gl_is_lost (gl));
  /* The third. The program is in memory still, but is not to be had from a lost context. */
  g_assert_true (step_run (&step, &error));
  g_assert_true (limn_gl_is_lost (gl));
  g_assert_false (step_run (&step, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  g_clear_error (&error);

  fence = limn_gl_fence_new (gl);
  g_assert_true (limn_gl_fence_wait (fence, -1));
  g_assert_true (limn_gl_fence_poll (before));
  limn_gl_timer_end (timer);
  g_assert_cmpuint (limn_gl_timer_get_ns (timer), ==, 0);
  limn_gl_flush (gl);
  limn_gl_finish (gl);
  limn_gl_buffer_write (step.y, 0, &found, sizeof found);
  g_assert_false (limn_gl_buffer_read (step.y, 0, &found, sizeof found, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  g_assert_cmpfloat (found, ==, -7);
  g_clear_error (&error);
  g_assert_null (limn_gl_buffer_new (gl, 16, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  g_clear_error (&error);
  for (guint i = 0; i < 2; i++)
    {
      /* It stays lost. */
      g_assert_false (limn_gl_check (gl, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
      g_clear_error (&error);
    }
  step_clear (&step);

  step_run_once (f, &stats);
}

static void
test_gl_error (Fixture       *f,
               gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = fixture_open_gl (f);

  glBindBuffer (GL_TEXTURE_2D, 0);
  g_assert_false (limn_gl_check (gl, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "GL_INVALID_ENUM"));
  g_clear_error (&error);
  g_assert_true (limn_gl_check (gl, &error));
}

/* The owner is who made it. */
static gpointer
check_elsewhere (gpointer gl)
{
  limn_gl_check (gl, NULL);
  return NULL;
}

static void
test_wrong_thread (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (LimnGl) gl = limn_gl_new (NULL, NULL);

      g_thread_join (g_thread_new ("elsewhere", check_elsewhere, gl));
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*gl->owner == g_thread_self*");
}

static gpointer
run_in_thread (gpointer data)
{
  LimnGlProgramStats stats;

  for (guint i = 0; i < 3; i++)
    step_run_once (data, &stats);
  return NULL;
}

/* Contexts on several threads, with one cache folder between them; and two on one thread, in turns. */
static void
test_threads (Fixture       *f,
              gconstpointer  data)
{
  GThread *threads[3];
  g_autoptr (LimnGl) left = fixture_open_gl (f);
  g_autoptr (LimnGl) right = fixture_open_gl (f);
  LimnGl *both[2] = { left, right };
  Step steps[2];
  float found;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("gl", run_in_thread, f);
  for (guint i = 0; i < 2; i++)
    g_assert_true (step_init (&steps[i], both[i], 1, NULL));
  for (guint i = 0; i < 6; i++)
    g_assert_true (step_run (&steps[i % 3 == 0], NULL));
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (limn_gl_buffer_read (steps[i].y, 0, &found, sizeof found, NULL));
      g_assert_cmpfloat (found, ==, i == 1 ? 2 : 4);
      step_clear (&steps[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

void
add_dispatch_tests (void)
{
  ADD ("dispatch/plain", test_dispatch);
  g_test_add ("/gl/dispatch/debug", Fixture, GINT_TO_POINTER (TRUE), fixture_set_up, test_dispatch, fixture_tear_down);
  ADD ("dispatch/texels", test_texels);
  ADD ("dispatch/many-ranges", test_many_ranges);
  ADD ("dispatch/missing-binding", test_missing_binding);
  ADD ("dispatch/groups", test_groups);
  ADD ("dispatch/forced-limit", test_forced_limit);
  ADD ("fence", test_fence);
  ADD ("timer", test_timer);
  ADD ("lost", test_reset);
  ADD ("error", test_gl_error);
  g_test_add_func ("/gl/thread", test_wrong_thread);
  ADD ("threads", test_threads);
}
