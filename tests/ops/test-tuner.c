/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* LIMN_TEST_CACHE names the folder of compiled kernels; what the tuner remembers lies in a folder of the test's own. */

#include "base/limn-error.h"
#include "gl/limn-gl-hooks.h"
#include "gl/limn-gl-program.h"
#include "ops/limn-op-matmul.h"
#include "ops/limn-product.h"
#include "ops/limn-tuner.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* 96 columns: lanes of 16 and groups of 128 both have a rest. */
#define ROWS 40
#define N    96
#define K    48
#define KEY  "matrix f32 1 x 40 x 96 x 48"

typedef struct
{
  char           *folder;
  LimnGl         *gl;
  LimnArena      *arena;
  LimnKernelInfo *kernel; /* (nullable): that stands in the place of a real one */
} Fixture;

static LimnGl *
open_gl (const char *folder)
{
  const LimnGlOptions options = { .device = "llvmpipe", .cache_dir = folder };
  g_autoptr(GError) error = NULL;
  LimnGl *gl = limn_gl_new (&options, &error);

  g_assert_no_error (error);
  return gl;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  const char *cache = g_getenv ("LIMN_TEST_CACHE");

  fixture->folder = g_dir_make_tmp ("limn-tuner-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  if (cache)
    {
      g_autofree char *programs = g_build_filename (cache, "programs", NULL);
      g_autofree char *link = g_build_filename (fixture->folder, "programs", NULL);

      g_assert_no_errno (g_mkdir_with_parents (programs, 0700));
      g_assert_no_errno (symlink (programs, link));
    }
  fixture->gl = open_gl (fixture->folder);
  fixture->arena = limn_arena_new (fixture->gl);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  limn_arena_free (fixture->arena);
  limn_gl_free (fixture->gl);
  if (fixture->kernel)
    g_free ((char *) fixture->kernel->source);
  g_free (fixture->kernel);
  limn_test_remove_folder (fixture->folder);
  g_free (fixture->folder);
}

static char *
get_path (Fixture    *fixture,
          const char *driver_key)
{
  g_autofree char *name = g_strconcat (driver_key, ".ini", NULL);

  return g_build_filename (fixture->folder, "tuning", name, NULL);
}

/* A product recorded on @arena and run. */
static float *
run_product (LimnGl    *gl,
             LimnArena *arena)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnTensor) x = limn_tensor_new (gl, LIMN_DTYPE_F32, 1, 1, ROWS, K, "x", &error);
  g_autoptr(LimnTensor) y = limn_tensor_new (gl, LIMN_DTYPE_F32, 1, 1, ROWS, N, "y", &error);
  g_autoptr(LimnWeights) weights = limn_weights_new (gl, LIMN_DTYPE_F32, N, K, 1, "w", &error);
  g_autoptr(LimnGraph) graph = limn_graph_new (gl, arena, "test");
  g_autofree float *values = g_new (float, MAX (ROWS, N) * K);
  float *result = g_new (float, ROWS * N);

  g_assert_no_error (error);
  for (guint i = 0; i < MAX (ROWS, N) * K; i++)
    values[i] = (float) (i * 2654435761u >> 8) * 0x1p-23f - 1.0f;
  limn_tensor_upload (x, values);
  limn_weights_upload (weights, 0, N, values);
  g_assert_true (limn_op_matmul (graph, y, x, weights, NULL, &error));
  g_assert_true (limn_graph_run (graph, NULL, &error));
  g_assert_true (limn_tensor_download (y, result, &error));
  g_assert_no_error (error);
  return result;
}

/* Asks for KEY. */
static void
ask (LimnArena *arena)
{
  limn_arena_get_choice (arena, KEY);
}

static void
step (Fixture  *fixture,
      gboolean  more_expected)
{
  g_autoptr(GError) error = NULL;
  gboolean more;

  g_assert_true (limn_tuner_step (fixture->gl, fixture->arena, NULL, &more, &error));
  g_assert_no_error (error);
  g_assert_cmpint (more, ==, more_expected);
}

/* What a new program on the same device would find. */
static char *
reload (Fixture    *fixture,
        const char *key)
{
  g_autoptr(LimnArena) arena = limn_arena_new (fixture->gl);

  limn_tuner_load (arena, fixture->gl);
  return g_strdup (limn_arena_get_choice (arena, key));
}

static void
test_nothing (Fixture       *fixture,
              gconstpointer  data)
{
  step (fixture, FALSE);
  limn_arena_get_choice (fixture->arena, "attention");
  limn_arena_get_choice (fixture->arena, LIMN_PRODUCT_ANY);
  step (fixture, FALSE);
  g_assert_null (limn_arena_get_choice (fixture->arena, "attention"));
  g_assert_null (limn_arena_get_choice (fixture->arena, LIMN_PRODUCT_ANY));
}

static void
assert_same_bits (const float *a,
                  const float *b)
{
  g_assert_cmpmem (a, ROWS * N * sizeof *a, b, ROWS * N * sizeof *b);
}

static void
test_tuned (Fixture       *fixture,
            gconstpointer  data)
{
  static const char * const others[] = {
    "conv f16 1 x 20 x 16 x 8",
    "matrix f16 1 x 1 x 5 x 3",
    "matrix f32 36 x 9 x 32 x 32",
  };
  const char * const *variants = limn_product_list_variants (LIMN_GL_SOFTWARE);
  g_autofree float *before = run_product (fixture->gl, fixture->arena);
  g_autofree float *after = NULL;
  g_autofree char *kept = NULL;
  const char *choice;

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    limn_arena_get_choice (fixture->arena, others[i]);
  g_assert_null (limn_arena_get_choice (fixture->arena, KEY));
  step (fixture, TRUE);
  choice = limn_arena_get_choice (fixture->arena, KEY);
  g_assert_nonnull (choice);
  g_assert_true (g_strv_contains (variants, choice));
  kept = reload (fixture, KEY);
  g_assert_cmpstr (kept, ==, choice);
  after = run_product (fixture->gl, fixture->arena);
  assert_same_bits (before, after);

  step (fixture, TRUE);
  step (fixture, TRUE);
  step (fixture, FALSE);
  step (fixture, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autofree char *other = reload (fixture, others[i]);

      g_assert_nonnull (other);
      g_assert_cmpstr (other, ==, limn_arena_get_choice (fixture->arena, others[i]));
    }
}

/* Each variant gives the bits of the default, also where a shape fills no tile. */
static void
test_variants (Fixture       *fixture,
               gconstpointer  data)
{
  const char * const *variants = limn_product_list_variants (LIMN_GL_SOFTWARE);
  g_autofree float *expected = run_product (fixture->gl, fixture->arena);

  for (gsize i = 0; variants[i]; i++)
    {
      g_autofree float *got = NULL;

      limn_arena_set_choice (fixture->arena, KEY, variants[i]);
      got = run_product (fixture->gl, fixture->arena);
      assert_same_bits (expected, got);
    }
}

/* matmul_lanes with @old replaced by @new, in the place of the real one. Once a test. */
static void
replace_kernel (Fixture    *fixture,
                const char *old,
                const char *new)
{
  g_autoptr(GBytes) text = g_resources_lookup_data ("/io/github/limn_app/Limn/kernels/matmul_lanes.comp", 0, NULL);
  g_autofree char *source = NULL;
  g_auto(GStrv) parts = NULL;
  const LimnKernelInfo *infos;
  guint n;

  g_assert_nonnull (text);
  source = g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
  parts = g_strsplit (source, old, -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  infos = limn_kernels_get_all (&n);
  while (!g_str_equal (infos->name, "matmul_lanes"))
    infos++;
  g_assert_null (fixture->kernel);
  fixture->kernel = g_memdup2 (infos, sizeof *infos);
  fixture->kernel->source = g_strjoinv (new, parts);
  limn_gl_add_kernel (fixture->gl, fixture->kernel);
}

/* A default that wastes time, one that skips its work and so is wrong, and fast, and one that is neither. (llvmpipe ends
 * the loops of an invocation after 65535 turns in all.) */
static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  replace_kernel (fixture, "  for (uint t = 0u; t < tap_count; t++)\n",
                  "  float waste = float (rows);\n"
                  "  for (int i = 0; i < (TM == 16 ? 50000 : 0); i++)\n"
                  "    waste = fma (waste, 0.999, 0.5);\n"
                  "  if (waste == -1.0)\n"
                  "    return;\n"
                  "  for (uint t = 0u; t < (TM == 8 ? 0u : tap_count); t++)\n");
  ask (fixture->arena);
  step (fixture, FALSE);
  g_assert_cmpstr (limn_arena_get_choice (fixture->arena, KEY), ==, "lanes-12x16");
}

/* A variant that the driver does not compile is left out; without the default nothing is measured. */
static void
test_uncompilable (Fixture       *fixture,
                   gconstpointer  data)
{
  replace_kernel (fixture, "#define TJ (TN / 4)\n", "#define TJ (TN / 4)\n#if TM != 16\n#error no\n#endif\n");
  ask (fixture->arena);
  step (fixture, FALSE);
  g_assert_cmpstr (limn_arena_get_choice (fixture->arena, KEY), ==, "lanes-16x16");
}

static void
write_file (Fixture    *fixture,
            const char *driver_key,
            const char *text)
{
  g_autofree char *path = get_path (fixture, driver_key);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_no_errno (g_mkdir_with_parents (folder, 0700));
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* What is found in a file that says lanes-8x16 for KEY, after @old was replaced by @new there. */
static char *
load_changed (Fixture    *fixture,
              const char *old,
              const char *new)
{
  const char *driver = limn_gl_get_driver_key (fixture->gl);
  g_autofree char *path = get_path (fixture, driver);
  g_autofree char *original = NULL;
  g_autofree char *changed = NULL;
  g_auto(GStrv) parts = NULL;
  char *found;

  g_assert_true (g_file_get_contents (path, &original, NULL, NULL));
  parts = g_strsplit (original, old, 2);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  changed = g_strjoinv (new, parts);
  write_file (fixture, driver, changed);
  found = reload (fixture, KEY);
  write_file (fixture, driver, original);
  return found;
}

static void
test_file (Fixture       *fixture,
           gconstpointer  data)
{
  static const struct
  {
    const char *old;
    const char *new;
  } damages[] = {
    { "lanes-12x16", "lanes-9x9" },
    { "lanes-12x16", "tile-64x64" }, /* of another class */
    { "lanes-12x16", "" },
    { "lanes-12x16", "\xff\xfe" },
    { "[choices]", "[choices" },
    { "[tuning]", "[tunin]" },
    { "format=", "format=9" },
    { "shaders=", "shaders=0" },
    { KEY, "matrix f32 1 x 40" },
    { KEY "=", "=" },
  };
  const char *driver = limn_gl_get_driver_key (fixture->gl);
  g_autofree char *path = get_path (fixture, driver);
  g_autofree char *original = NULL;
  g_autofree char *other_path = get_path (fixture, "0123");
  char *found;

  /* A shape that is too large to be measured is not kept either. */
  limn_arena_get_choice (fixture->arena, "matrix f32 1 x 9 x 20000 x 20000");
  step (fixture, FALSE);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  /* The real file, with the default whatever was measured. */
  ask (fixture->arena);
  step (fixture, FALSE);
  g_assert_true (g_file_get_contents (path, &original, NULL, NULL));
  {
    g_auto(GStrv) parts = g_strsplit (original, KEY "=", 2);
    g_autofree char *text = g_strconcat (parts[0], KEY "=lanes-12x16\n", NULL);

    write_file (fixture, driver, text);
  }
  found = reload (fixture, KEY);
  g_assert_cmpstr (found, ==, "lanes-12x16");
  g_free (found);

  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autofree char *shown = g_strescape (damages[i].new, NULL); /* bytes that are no UTF-8 would not be TAP */

      found = load_changed (fixture, damages[i].old, damages[i].new);
      g_test_message ("%s -> %s", damages[i].old, shown);
      g_assert_null (found);
    }
  found = load_changed (fixture, "lanes-12x16", "lanes-8x16");
  g_assert_cmpstr (found, ==, "lanes-8x16");
  g_free (found);

  /* Another driver's file is not looked at; nor is a folder of this name. */
  g_assert_no_errno (g_rename (path, other_path));
  g_assert_null (reload (fixture, KEY));
  g_assert_no_errno (g_mkdir (path, 0700));
  g_assert_null (reload (fixture, KEY));
  g_assert_no_errno (g_rmdir (path));
  g_assert_no_errno (g_rename (other_path, path));
  found = reload (fixture, KEY);
  g_assert_nonnull (found);
  g_free (found);

  /* Another shader. */
  replace_kernel (fixture, "#define TJ (TN / 4)\n", "#define TJ (TN / 4) \n");
  g_assert_null (reload (fixture, KEY));
}

/* Where nothing can be kept the choice still counts. */
static void
test_unwritable (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autofree char *folder = g_build_filename (fixture->folder, "tuning", NULL);

  g_assert_true (g_file_set_contents (folder, "in the way", -1, NULL));
  ask (fixture->arena);
  step (fixture, FALSE);
  g_assert_nonnull (limn_arena_get_choice (fixture->arena, KEY));
}

static gpointer
cancel_soon (gpointer data)
{
  g_usleep (2000);
  g_cancellable_cancel (data);
  return NULL;
}

static void
test_cancelled (Fixture       *fixture,
                gconstpointer  data)
{
  guint64 bytes = limn_gl_get_allocated_bytes (fixture->gl);

  limn_arena_get_choice (fixture->arena, "matrix f32 1 x 3000 x 320 x 320");
  for (int late = 0; late < 2; late++)
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(GError) error = NULL;
      GThread *thread = NULL;
      gboolean more = 42;

      if (late)
        thread = g_thread_new ("cancel", cancel_soon, cancellable);
      else
        g_cancellable_cancel (cancellable);
      g_assert_false (limn_tuner_step (fixture->gl, fixture->arena, cancellable, &more, &error));
      if (thread)
        g_thread_join (thread);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_cmpint (more, ==, 42);
      g_assert_null (limn_arena_get_choice (fixture->arena, "matrix f32 1 x 3000 x 320 x 320"));
      g_assert_cmpuint (limn_gl_get_allocated_bytes (fixture->gl), ==, bytes);
    }
  step (fixture, FALSE);
  g_assert_nonnull (limn_arena_get_choice (fixture->arena, "matrix f32 1 x 3000 x 320 x 320"));
  g_assert_cmpuint (limn_gl_get_allocated_bytes (fixture->gl), ==, bytes);
}

static void
test_lost (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(GError) error = NULL;

  ask (fixture->arena);
  limn_gl_inject_reset (fixture->gl, 3);
  g_assert_false (limn_tuner_step (fixture->gl, fixture->arena, NULL, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  g_assert_null (limn_arena_get_choice (fixture->arena, KEY));
}

int
main (int    argc,
      char **argv)
{
  static const struct
  {
    const char *path;
    void      (*test) (Fixture       *fixture,
                       gconstpointer  data);
  } tests[] = {
    { "/tuner/nothing", test_nothing },
    { "/tuner/variants", test_variants },
    { "/tuner/tuned", test_tuned },
    { "/tuner/refused", test_refused },
    { "/tuner/uncompilable", test_uncompilable },
    { "/tuner/file", test_file },
    { "/tuner/unwritable", test_unwritable },
    { "/tuner/cancelled", test_cancelled },
    { "/tuner/lost", test_lost },
  };
  const LimnGlOptions options = { .device = "llvmpipe" };
  g_autoptr(GError) error = NULL;
  LimnGl *gl;

  g_test_init (&argc, &argv, NULL);
  gl = limn_gl_new (&options, &error);
  if (!gl)
    {
      printf ("1..0 # SKIP %s\n", error->message);
      return 0;
    }
  limn_gl_free (gl);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
