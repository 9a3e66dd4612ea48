/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/*
 * test-ops             every operator against its twin in ops/ref
 * test-ops --limited   every operator against itself with bindings of 1 MiB, bit for bit
 *
 * LIMN_TEST_CACHE names the folder of compiled kernels.
 */

#include "limn-op-case.h"

#include "base/limn-error.h"

#include <stdio.h>
#include <string.h>

typedef struct
{
  LimnOpTest   test;
  void       (*function) (const LimnOpTest *test);
} Entry;

static void
run_entry (gconstpointer data)
{
  const Entry *entry = data;

  entry->function (&entry->test);
}

void
limn_op_test_add (const LimnOpGpu *gpu,
                  const char      *path,
                  void           (*test) (const LimnOpTest *test))
{
  for (int dtype = LIMN_DTYPE_F32; dtype <= LIMN_DTYPE_F16; dtype++)
    {
      g_autofree char *full = g_strdup_printf ("/ops/%s/%s%s", path, limn_dtype_get_name (dtype),
                                               gpu->limited != NULL ? "-limited" : "");
      Entry *entry = g_new (Entry, 1);

      *entry = (Entry) { { gpu, dtype }, test };
      g_test_add_data_func_full (full, entry, run_entry, g_free);
    }
}

static LimnGl *
open_gl (gsize max_storage_bytes)
{
  const LimnGlOptions options = {
    .max_storage_bytes = max_storage_bytes,
    .cache_dir = g_getenv ("LIMN_TEST_CACHE"),
  };
  g_autoptr (GError) error = NULL;
  LimnGl *gl = limn_gl_new (&options, &error);

  if (gl == NULL)
    {
      printf ("1..0 # SKIP %s\n", error->message);
      exit (0);
    }
  return gl;
}

int
main (int    argc,
      char **argv)
{
  LimnOpGpu gpu = { 0 };
  int status;

  g_test_init (&argc, &argv, NULL);
  gpu.gl = open_gl (0);
  gpu.arena = limn_arena_new (gpu.gl);
  if (argc > 1 && strcmp (argv[1], "--limited") == 0)
    {
      gpu.limited = open_gl (1 << 20);
      gpu.limited_arena = limn_arena_new (gpu.limited);
    }
  limn_op_test_add_elementwise (&gpu);
  limn_op_test_add_lines (&gpu);
  limn_op_test_add_norm (&gpu);
  limn_op_test_add_product (&gpu);
  status = g_test_run ();

  limn_arena_free (gpu.limited_arena);
  limn_gl_free (gpu.limited);
  limn_arena_free (gpu.arena);
  limn_gl_free (gpu.gl);
  return status;
}
