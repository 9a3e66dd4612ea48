/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* What the planner says of memory, held against the process. On a software renderer the device's memory is the process's;
 * on hardware there is nothing to compare with, and the tests are skipped. */

#include "model/limn-pipeline.h"

#include "base/limn-error.h"
#include "starter/limn-starter-model.h"

#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#define MIB (1024.0 * 1024.0)

/* Seen: 0.0 MiB on Mesa 22.3.6; four times the grain in which the C library takes memory from the system, 128 KiB per arena
 * and thread, with room for one more compiled variant of a kernel. */
#define FLAT_BYTES (4 * MIB)

typedef struct
{
  LimnGl       *gl;
  LimnPipeline *pipeline;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *cache_dir = g_build_filename (g_get_tmp_dir (), "limn-test-memory", NULL);
  LimnGlOptions options = { .cache_dir = cache_dir };
  GError *error = NULL;

  fixture->gl = limn_gl_new (&options, &error);
  if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_NO_GPU))
    {
      g_clear_error (&error);
      return;
    }
  g_assert_no_error (error);
  fixture->pipeline = limn_pipeline_open (fixture->gl, NULL, LIMN_DTYPE_F32, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  limn_pipeline_free (fixture->pipeline);
  limn_gl_free (fixture->gl);
}

static gboolean
skip (const Fixture *fixture)
{
  if (!fixture->gl)
    g_test_skip ("no OpenGL 4.5 device");
  else if (limn_gl_get_device (fixture->gl)->device_class != LIMN_GL_SOFTWARE)
    g_test_skip ("the device's memory is not the process's");
  else
    return FALSE;
  return TRUE;
}

/* What the process holds, without what the C library keeps of memory that was given back to it. */
static double
process_bytes (void)
{
  g_autofree char *status = NULL;
  const char *line;

#ifdef __GLIBC__
  malloc_trim (0);
#endif
  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  line = strstr (status, "VmRSS:");
  g_assert_nonnull (line);
  return g_ascii_strtod (line + strlen ("VmRSS:"), NULL) * 1024;
}

/* One guided step and one decoded frame: what a picture needs at its peak. */
static void
paint (LimnPipeline *pipeline,
       guint         width,
       guint         height)
{
  guint h = height / 8, w = width / 8;
  g_autofree float *x = g_new0 (float, 2 * 4 * h * w);
  g_autofree float *contexts = g_new0 (float, 2 * 77 * 128);
  g_autofree float *prediction = g_new (float, 2 * 4 * h * w);
  g_autofree guint8 *rgba = g_new (guint8, 4 * width * height);
  const float timesteps[2] = { 500, 500 };
  GError *error = NULL;

  limn_pipeline_denoise (pipeline, 2, h, w, 77, x, timesteps, contexts, NULL, NULL, prediction, &error);
  g_assert_no_error (error);
  limn_pipeline_decode (pipeline, 1, h, w, x, NULL, rgba, NULL, &error);
  g_assert_no_error (error);
}

/* The kernels' code belongs to the process too, so all of them are compiled first; then the growth from a small picture to a
 * large one is what the planner said, within the tenth that is promised. */
static void
test_predicted_peak (Fixture       *fixture,
                     gconstpointer  data)
{
  enum { W = 384, H = 320 };
  guint64 need, limit, allocated;
  double before, grown, predicted;
  GError *error = NULL;

  if (skip (fixture))
    return;
  paint (fixture->pipeline, W, H);
  limn_pipeline_free (fixture->pipeline);
  fixture->pipeline = limn_pipeline_open (fixture->gl, NULL, LIMN_DTYPE_F32, NULL, &error);
  g_assert_no_error (error);
  paint (fixture->pipeline, 128, 128);
  allocated = limn_gl_get_allocated_bytes (fixture->gl);
  before = process_bytes ();
  limn_pipeline_get_need (fixture->pipeline, W, H, 2, 77, &need, &limit, NULL, &error);
  g_assert_no_error (error);
  predicted = (double) need - allocated;
  paint (fixture->pipeline, W, H);
  grown = process_bytes () - before;
  g_test_message ("need %.1f MiB in all; predicted growth %.1f MiB, seen %.1f MiB; allocated %.1f MiB", need / MIB,
                  predicted / MIB, grown / MIB, limn_gl_get_allocated_bytes (fixture->gl) / MIB);
  g_assert_cmpfloat (predicted, >, 20 * MIB); /* else the noise of the process would drown it */
  g_assert_cmpfloat (ABS (grown - predicted), <=, 0.1 * predicted);
  g_assert_cmpuint (limn_gl_get_allocated_bytes (fixture->gl), <=, need);
}

/* What begins with a picture needs the encoder, which is loaded when its need is asked for. */
static void
test_predicted_encoder (Fixture       *fixture,
                        gconstpointer  data)
{
  enum { W = 512, H = 448 };
  /* A picture of many windows: nothing but the encoder sees all of it. */
  const LimnPipelineShape shape = { .n = 2, .unet_h = 8, .unet_w = 8, .decoder_h = 8, .decoder_w = 8, .encoder_h = H / 8, .encoder_w = W / 8 };
  g_autofree float *rgb = NULL;
  g_autofree float *moments = NULL;
  guint64 need, limit, allocated;
  double before, grown, predicted;
  GError *error = NULL;

  if (skip (fixture))
    return;
  paint (fixture->pipeline, 64, 64);
  rgb = g_new0 (float, 3 * W * H);
  moments = g_new0 (float, 8 * W * H / 64);
  /* The kernels' code, as above. */
  limn_pipeline_encode (fixture->pipeline, 1, 8, 8, rgb, NULL, moments, moments + 256, &error);
  g_assert_no_error (error);
  allocated = limn_gl_get_allocated_bytes (fixture->gl);
  before = process_bytes ();
  limn_pipeline_get_shape_need (fixture->pipeline, &shape, &need, &limit, NULL, &error);
  g_assert_no_error (error);
  predicted = (double) need - allocated;
  limn_pipeline_encode (fixture->pipeline, 1, H / 8, W / 8, rgb, NULL, moments, moments + 4 * W * H / 64, &error);
  g_assert_no_error (error);
  grown = process_bytes () - before;
  g_test_message ("need %.1f MiB in all; predicted growth %.1f MiB, seen %.1f MiB; allocated %.1f MiB", need / MIB, predicted / MIB,
                  grown / MIB, limn_gl_get_allocated_bytes (fixture->gl) / MIB);
  g_assert_cmpfloat (predicted, >, 20 * MIB);
  g_assert_cmpfloat (ABS (grown - predicted), <=, 0.1 * predicted);
  /* But for the kernels' parameters, 30 KiB a pass. */
  g_assert_cmpuint (limn_gl_get_allocated_bytes (fixture->gl), <=, need + need / 100);
}

/* Fifty pictures of changing size leave nothing behind. */
static void
test_flat (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (50);
  double settled = 0, end;

  if (skip (fixture))
    return;
  paint (fixture->pipeline, 128, 128);
  for (guint i = 0; i < 50; i++)
    {
      paint (fixture->pipeline, 32 * g_rand_int_range (rand, 1, 5), 32 * g_rand_int_range (rand, 1, 5));
      /* By then the caches of recorded passes are full and every kernel's variants are compiled. */
      if (i == 24)
        settled = process_bytes ();
    }
  end = process_bytes ();
  g_test_message ("%.1f MiB after 25 pictures, %.1f MiB after 50", settled / MIB, end / MIB);
  g_assert_cmpfloat (end - settled, <, FLAT_BYTES);
}

int
main (int argc, char **argv)
{
#ifdef __GLIBC__
  /* Else a freed buffer teaches the C library to keep the next one of its size. */
  mallopt (M_MMAP_THRESHOLD, 1 << 20);
#endif
  g_test_init (&argc, &argv, NULL);
  limn_starter_model_register ();
  g_test_add ("/model/memory/predicted-peak", Fixture, NULL, set_up, test_predicted_peak, tear_down);
  g_test_add ("/model/memory/predicted-encoder", Fixture, NULL, set_up, test_predicted_encoder, tear_down);
  g_test_add ("/model/memory/flat", Fixture, NULL, set_up, test_flat, tear_down);
  return g_test_run ();
}
