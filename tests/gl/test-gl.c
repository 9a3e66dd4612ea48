/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-gl.h"

#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <string.h>

void
fixture_set_up (Fixture       *f,
                gconstpointer  data)
{
  f->cache_dir = g_dir_make_tmp ("limn-gl-XXXXXX", NULL);
  g_assert_nonnull (f->cache_dir);
}

void
fixture_tear_down (Fixture       *f,
                   gconstpointer  data)
{
  g_chmod (f->cache_dir, 0700);
  limn_test_remove_folder (f->cache_dir);
  g_free (f->cache_dir);
}

LimnGl *
fixture_open_gl (Fixture *f)
{
  const LimnGlOptions options = { .cache_dir = f->cache_dir };
  g_autoptr (GError) error = NULL;
  LimnGl *gl = limn_gl_new (&options, &error);

  g_assert_no_error (error);
  g_assert_nonnull (gl);
  return gl;
}

const LimnKernelParam step_params[2] = { { "n", LIMN_KERNEL_UINT, 0 }, { "by", LIMN_KERNEL_FLOAT, 4 } };
const LimnKernelBinding step_bindings[3] = {
  { "Y", LIMN_KERNEL_STORAGE, 1 },
  { "x", LIMN_KERNEL_TEXEL, 2 },
  { "z", LIMN_KERNEL_IMAGE, 3 },
};
const LimnKernelInfo step_kernel = {
  "test_step", step_params, 2, 16, step_bindings, 3, STEP_SOURCE,
};

gboolean
step_init (Step    *step,
           LimnGl  *gl,
           guint    n,
           GError **error)
{
  const struct { guint32 n; float by; guint32 padding[2]; } params = { .n = n, .by = 1 };

  limn_gl_add_kernel (gl, &step_kernel);
  *step = (Step) { .gl = gl, .n = n };
  step->params = limn_gl_buffer_new (gl, sizeof params, "params", error);
  step->y = step->params != NULL ? limn_gl_buffer_new (gl, n * sizeof (float), "y", error) : NULL;
  if (step->y == NULL)
    return FALSE;
  limn_gl_buffer_write (step->params, 0, &params, sizeof params);
  limn_gl_buffer_clear (step->y, 0, G_MAXSIZE, 0);
  return TRUE;
}

void
step_clear (Step *step)
{
  limn_gl_buffer_free (step->params);
  limn_gl_buffer_free (step->y);
}

gboolean
step_run (Step    *step,
          GError **error)
{
  const LimnGlBinding bindings[] = { { LIMN_GL_UNIFORM, 0, step->params }, { LIMN_GL_STORAGE, 1, step->y } };
  LimnGlDispatch dispatch = { .bindings = bindings, .n_bindings = 2, .label = "step" };

  dispatch.program = limn_gl_get_program (step->gl, "test_step", NULL, error);
  if (dispatch.program == NULL || !limn_gl_groups_for_items (step->gl, step->n, 64, dispatch.groups))
    return FALSE;
  limn_gl_dispatch (step->gl, &dispatch);
  limn_gl_barrier (step->gl);
  return TRUE;
}

void
step_run_once (Fixture            *f,
               LimnGlProgramStats *stats)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
  float found = 0;
  Step step;

  g_assert_true (step_init (&step, gl, 1, &error));
  g_assert_true (step_run (&step, &error));
  g_assert_true (step_run (&step, &error));
  g_assert_true (limn_gl_buffer_read (step.y, 0, &found, sizeof found, &error));
  g_assert_cmpfloat (found, ==, 2);
  step_clear (&step);
  limn_gl_get_program_stats (gl, stats);
  g_assert_cmpuint (stats->n_memory, ==, 1);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = NULL;

  if (argc == 2 && strcmp (argv[1], "--no-driver") == 0)
    return run_without_driver ();
  g_test_init (&argc, &argv, NULL);
  devices = limn_gl_list_devices (&error);
  if (devices == NULL)
    {
      g_print ("1..0 # SKIP %s\n", error->message);
      return 0;
    }
  add_device_tests ();
  add_buffer_tests ();
  add_dispatch_tests ();
  add_program_tests ();
  return g_test_run ();
}
