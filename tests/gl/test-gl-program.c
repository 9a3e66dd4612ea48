/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-gl.h"

#include "base/limn-error.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_compile_error (Fixture       *f,
                    gconstpointer  data)
{
  static const char * const defines[] = { "ZULU=3", "ALPHA", NULL };
  static const LimnKernelInfo broken = {
    .name = "test_broken", .source = "layout (local_size_x = ALPHA) in;\nvoid main () { not_a_function (ZULU); }\n",
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = fixture_open_gl (f);

  limn_gl_add_kernel (gl, &broken);
  g_assert_null (limn_gl_get_program (gl, "test_broken", defines, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "test_broken ALPHA ZULU=3"));
  g_assert_nonnull (strstr (error->message, "   2  #define ALPHA 1\n"));
  g_assert_nonnull (strstr (error->message, "   5  void main () { not_a_function (ZULU); }\n"));
  /* The driver's log names what it does not know. */
  g_assert_cmpint (g_strstr_len (error->message, -1, "#version") - strstr (error->message, "not_a_function"), >, 0);
  g_assert_true (limn_gl_check (gl, NULL));
}

static void
test_bad_defines (Fixture       *f,
                  gconstpointer  data)
{
  static const char * const bad[][3] = {
    { "WG=64", "WG=128" }, { "WG", "WG=1" }, { "2WG=1" }, { "WG=1\n#error" }, { "" }, { "W G=1" },
  };
  g_autoptr (LimnGl) gl = fixture_open_gl (f);

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (limn_gl_get_program (gl, "probe_copy", bad[i], &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
    }
  {
    g_autoptr (GError) error = NULL;

    g_assert_null (limn_gl_get_program (gl, "no_such_kernel", NULL, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  }
}

/* What build-kernels.py read is held against what the driver sees: each kind of difference is found. */
static void
test_mismatch (Fixture       *f,
               gconstpointer  data)
{
  static const LimnKernelParam wrong_offset[] = { { "n", LIMN_KERNEL_UINT, 0 }, { "by", LIMN_KERNEL_FLOAT, 8 } };
  static const LimnKernelParam wrong_type[] = { { "n", LIMN_KERNEL_INT, 0 }, { "by", LIMN_KERNEL_FLOAT, 4 } };
  static const LimnKernelParam missing[] = { { "n", LIMN_KERNEL_UINT, 0 } };
  static const LimnKernelBinding wrong_binding[] = {
    { "Y", LIMN_KERNEL_STORAGE, 2 }, { "x", LIMN_KERNEL_TEXEL, 2 }, { "z", LIMN_KERNEL_IMAGE, 3 },
  };
  static const LimnKernelBinding wrong_texel[] = {
    { "Y", LIMN_KERNEL_STORAGE, 1 }, { "x", LIMN_KERNEL_TEXEL, 1 }, { "z", LIMN_KERNEL_IMAGE, 3 },
  };
  static const LimnKernelBinding wrong_kind[] = {
    { "Y", LIMN_KERNEL_STORAGE, 1 }, { "x", LIMN_KERNEL_TEXEL, 2 }, { "z", LIMN_KERNEL_TEXEL, 3 },
  };
  static const LimnKernelInfo infos[] = {
    { "wrong_offset", wrong_offset, 2, 16, step_bindings, 3, STEP_SOURCE },
    { "wrong_type", wrong_type, 2, 16, step_bindings, 3, STEP_SOURCE },
    { "missing", missing, 1, 16, step_bindings, 3, STEP_SOURCE },
    { "too_small", step_params, 2, 4, step_bindings, 3, STEP_SOURCE },
    { "wrong_binding", step_params, 2, 16, wrong_binding, 3, STEP_SOURCE },
    { "wrong_texel", step_params, 2, 16, wrong_texel, 3, STEP_SOURCE },
    { "wrong_kind", step_params, 2, 16, wrong_kind, 3, STEP_SOURCE },
  };
  static const char * const defines[] = { "TEXEL", NULL };
  g_autoptr (LimnGl) gl = fixture_open_gl (f);

  /* The right one first, so that each wrong one finds its binary on disk and must be found wrong all the same. */
  limn_gl_add_kernel (gl, &step_kernel);
  g_assert_nonnull (limn_gl_get_program (gl, "test_step", defines, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (infos); i++)
    {
      g_autoptr (GError) error = NULL;

      limn_gl_add_kernel (gl, &infos[i]);
      g_assert_null (limn_gl_get_program (gl, infos[i].name, defines, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, infos[i].name));
      g_test_message ("%s", error->message);
    }
}

/* This layer's own kernels are as build-kernels.py says; the others need defines that their ops know. */
static void
test_own_kernels (Fixture       *f,
                  gconstpointer  data)
{
  static const char * const own[] = { "half_rounding", "probe_copy", "probe_fma" };
  g_autoptr (LimnGl) gl = fixture_open_gl (f);

  for (gsize i = 0; i < G_N_ELEMENTS (own); i++)
    {
      g_autoptr (GError) error = NULL;

      limn_gl_get_program (gl, own[i], NULL, &error);
      g_assert_no_error (error);
    }
}

/* Only entry of the program folder; NULL when there is none. */
static char *
find_entry (Fixture *f)
{
  g_autofree char *folder = g_build_filename (f->cache_dir, "programs", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name = dir != NULL ? g_dir_read_name (dir) : NULL;
  char *path = name != NULL ? g_build_filename (folder, name, NULL) : NULL;

  g_assert_true (dir == NULL || g_dir_read_name (dir) == NULL);
  return path;
}

static void
test_cache (Fixture       *f,
            gconstpointer  data)
{
  LimnGlProgramStats stats;
  g_autofree char *path = NULL;
  g_autofree char *good = NULL;
  gsize n;

  step_run_once (f, &stats);
  g_assert_cmpuint (stats.n_compiled, ==, 1);
  path = find_entry (f);
  if (path == NULL)
    {
      g_test_skip ("this driver gives no program binaries");
      return;
    }
  g_assert_true (g_file_get_contents (path, &good, &n, NULL));

  step_run_once (f, &stats);
  g_assert_cmpuint (stats.n_disk, ==, 1);
  g_assert_cmpuint (stats.n_compiled, ==, 0);

  /* Cut anywhere; a bit turned anywhere; something else altogether: compiled again, and mended. */
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *bad = g_memdup2 (good, n);
      g_autofree char *mended = NULL;
      gsize length = n, mended_n;

      if (i < 5)
        length = (const gsize[]) { 0, 7, 47, 48, n - 1 }[i];
      else if (i < 10)
        bad[(const gsize[]) { 0, 9, 41, 45, n - 1 }[i - 5]] ^= 0x10;
      else
        memset (bad, i == 10 ? 0 : 0xff, n);
      g_assert_true (g_file_set_contents (path, bad, length, NULL));
      step_run_once (f, &stats);
      g_assert_cmpuint (stats.n_rejected, ==, 1);
      g_assert_cmpuint (stats.n_compiled, ==, 1);
      g_assert_true (g_file_get_contents (path, &mended, &mended_n, NULL));
      g_assert_cmpuint (mended_n, ==, n);
    }
  step_run_once (f, &stats);
  g_assert_cmpuint (stats.n_disk, ==, 1);

  /* A folder where the file should be. */
  g_unlink (path);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  step_run_once (f, &stats);
  g_assert_cmpuint (stats.n_compiled, ==, 1);
}

/* A whole entry, rightly summed, whose content the driver refuses. */
static void
test_cache_refused (Fixture       *f,
                    gconstpointer  data)
{
  LimnGlProgramStats stats;
  g_autofree char *path = NULL;
  g_autofree char *entry = NULL;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize n, n_digest = 32;

  step_run_once (f, &stats);
  path = find_entry (f);
  if (path == NULL)
    {
      g_test_skip ("this driver gives no program binaries");
      return;
    }
  g_assert_true (g_file_get_contents (path, &entry, &n, NULL));
  entry[40] ^= 0x55; /* the format */
  g_checksum_update (checksum, (guchar *) entry + 40, n - 40);
  g_checksum_get_digest (checksum, (guint8 *) entry + 8, &n_digest);
  g_assert_true (g_file_set_contents (path, entry, n, NULL));
  step_run_once (f, &stats);
  g_assert_cmpuint (stats.n_rejected, ==, 1);
  g_assert_cmpuint (stats.n_compiled, ==, 1);
}

/* A cache that cannot be: below a file; for who is not root, in a folder without write permission. */
static void
test_cache_unwritable (Fixture       *f,
                       gconstpointer  data)
{
  g_autofree char *file = g_build_filename (f->cache_dir, "file", NULL);
  g_autofree char *below = g_build_filename (file, "cache", NULL);
  Fixture in_file = { .cache_dir = below };
  LimnGlProgramStats stats;

  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  step_run_once (&in_file, &stats);
  g_assert_cmpuint (stats.n_compiled, ==, 1);
  g_unlink (file);

  g_assert_cmpint (g_chmod (f->cache_dir, 0500), ==, 0);
  step_run_once (f, &stats);
  g_assert_cmpuint (stats.n_compiled, ==, 1);
}

static void
test_cache_key (Fixture       *f,
                gconstpointer  data)
{
  static const char * const one[] = { "WG=64", "TEXEL", NULL };
  static const char * const two[] = { "TEXEL", "WG=64", NULL };
  static const char * const three[] = { "TEXEL", "WG=128", NULL };
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
  LimnGlProgram *program;
  guint size[3];

  limn_gl_add_kernel (gl, &step_kernel);
  program = limn_gl_get_program (gl, "test_step", one, NULL);
  g_assert_nonnull (program);
  g_assert_true (program == limn_gl_get_program (gl, "test_step", two, NULL));
  g_assert_true (program != limn_gl_get_program (gl, "test_step", three, NULL));
  g_assert_cmpstr (limn_gl_program_get_name (program), ==, "test_step TEXEL WG=64");
  g_assert_cmpuint (strlen (limn_gl_program_get_hash (program)), ==, 64);
  limn_gl_program_get_group_size (program, size);
  g_assert_cmpuint (size[0], ==, 64);
  g_assert_cmpuint (size[1] * size[2], ==, 1);
}

void
add_program_tests (void)
{
  ADD ("program/compile-error", test_compile_error);
  ADD ("program/bad-defines", test_bad_defines);
  ADD ("program/mismatch", test_mismatch);
  ADD ("program/own-kernels", test_own_kernels);
  ADD ("cache/hit-miss-damaged", test_cache);
  ADD ("cache/refused", test_cache_refused);
  ADD ("cache/unwritable", test_cache_unwritable);
  ADD ("cache/key", test_cache_key);
}
