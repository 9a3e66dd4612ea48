/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* A TAESD of true shape and made-up weights against what torch computed: tests/tools/make-taesd-reference.py. */

#include "test-model.h"

#include "base/limn-error.h"
#include "model/limn-taesd.h"
#include "tests/limn-test-folder.h"
#include "tests/limn-test-taesd.h"

#include <math.h>

#define H 3
#define W 5
#define N_PIXELS (8 * H * 8 * W)

/* What the script prints: rms of all, and some values. Corners: what convolutions see beyond them is nothing. */
#define RMS 3.20520811
static const struct
{
  guint c, row, column;
  double value;
} expected[] = {
  { 0, 0, 0, -0.15586043 },   { 1, 0, 39, -0.959545689 },  { 2, 23, 0, 0.50606098 },    { 0, 23, 39, -0.140774692 },
  { 1, 11, 17, 5.50603866 },  { 2, 8, 31, 0.865368093 },   { 0, 15, 24, -2.8610895 },   { 1, 20, 3, 3.85056697 },
};

/* Of the rms. llvmpipe (Mesa 22.3): 8.9e-7 and 2.2e-3. */
#define FLAT_F32 4e-6
#define FLAT_F16 9e-3

static void
check_decoder (LimnGl *gl, const char *path, LimnDtype dtype)
{
  g_autoptr(LimnArena) arena = limn_arena_new (gl);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnTaesd) taesd = limn_taesd_open (path, gl, dtype, arena, NULL, &error);
  g_autofree float *x = limn_test_taesd_made_up (5000, 4 * H * W, 6);
  g_autofree float *rgb = g_new (float, 3 * N_PIXELS);
  g_autofree guint8 *rgba = g_new (guint8, 4 * N_PIXELS);
  double worst = 0, square = 0;
  g_auto(LimnPassNeed) need = { 0 };

  g_assert_no_error (error);
  g_assert_true (limn_taesd_plan (taesd, H, W, &need, &error));
  g_assert_cmpuint (need.peak_bytes, >, 0);
  /* Twice: the second time by what is recorded. */
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (limn_taesd_decode (taesd, H, W, x, NULL, rgba, rgb, &error));
      g_assert_no_error (error);
    }
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    worst = MAX (worst, fabs (rgb[(expected[i].c * 8 * H + expected[i].row) * 8 * W + expected[i].column] - expected[i].value) / RMS);
  for (guint i = 0; i < 3 * N_PIXELS; i++)
    square += (double) rgb[i] * rgb[i];
  g_test_message ("%s: %.2e", dtype == LIMN_DTYPE_F32 ? "float32" : "float16", worst);
  g_assert_cmpfloat (worst, <, dtype == LIMN_DTYPE_F32 ? FLAT_F32 : FLAT_F16);
  g_assert_cmpfloat (fabs (sqrt (square / (3 * N_PIXELS)) / RMS - 1), <, dtype == LIMN_DTYPE_F32 ? FLAT_F32 : FLAT_F16);
  /* 0 is black, 1 is white. */
  for (guint i = 0; i < N_PIXELS; i++)
    for (guint c = 0; c < 4; c++)
      g_assert_cmpuint (rgba[4 * i + c], ==, c == 3 ? 255 : (guint) floorf (255 * CLAMP (rgb[c * N_PIXELS + i], 0, 1) + 0.5f));
}

static void
test_decode (void)
{
  g_autoptr(LimnGl) gl = test_gpu_new ();
  g_autofree char *folder = NULL;

  if (!gl)
    return;
  folder = g_dir_make_tmp ("limn-taesd-XXXXXX", NULL);
  for (guint i = 0; i < LIMN_TEST_TAESD_N_LAYOUTS; i++)
    {
      g_autofree char *path = g_build_filename (folder, "diffusion_pytorch_model.safetensors", NULL);

      limn_test_taesd_write (path, i, 64, NULL);
      check_decoder (gl, i == 1 ? folder : path, LIMN_DTYPE_F32);
      if (i == 0)
        check_decoder (gl, path, LIMN_DTYPE_F16);
    }
  limn_test_remove_folder (folder);
}

static void
check_refused (LimnGl *gl, const char *path, int code)
{
  g_autoptr(LimnArena) arena = limn_arena_new (gl);
  g_autoptr(GError) error = NULL;

  g_assert_null (limn_taesd_open (path, gl, LIMN_DTYPE_F32, arena, NULL, &error));
  g_assert_error (error, LIMN_ERROR, code);
}

static void
test_refused (void)
{
  g_autoptr(LimnGl) gl = test_gpu_new ();
  g_autofree char *folder = NULL;
  g_autofree char *path = NULL;

  if (!gl)
    return;
  folder = g_dir_make_tmp ("limn-taesd-XXXXXX", NULL);
  path = g_build_filename (folder, "taesd_decoder.safetensors", NULL);
  limn_test_taesd_write (path, 0, 32, NULL);
  check_refused (gl, path, LIMN_ERROR_FORMAT);
  limn_test_taesd_write (path, 0, 64, "18.conv.2.bias");
  check_refused (gl, path, LIMN_ERROR_FORMAT);
  limn_test_taesd_write (path, 0, 64, "19.weight");
  check_refused (gl, path, LIMN_ERROR_UNSUPPORTED);
  limn_test_remove_folder (folder);
}

static void
test_suits (void)
{
  static const struct
  {
    const char *path;
    gboolean    sd, xl;
  } names[] = {
    { "/models/taesd_decoder.safetensors", TRUE, FALSE },
    { "/models/TAESDXL_decoder.pth", FALSE, TRUE },
    { "/models/taesd-xl.safetensors", FALSE, TRUE },
    { "/models/taesd", TRUE, FALSE },
    { "/models/taesdxl/diffusion_pytorch_model.safetensors", FALSE, TRUE },
    { "/models/taesd/taesdxl_decoder.safetensors", FALSE, TRUE },
    { "/models/taesd3_decoder.safetensors", FALSE, FALSE },
    { "/models/small.safetensors", FALSE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_cmpint (limn_taesd_suits (names[i].path, 0.18215), ==, names[i].sd);
      g_assert_cmpint (limn_taesd_suits (names[i].path, 0.13025), ==, names[i].xl);
      g_assert_false (limn_taesd_suits (names[i].path, 1.0));
    }
}

void
test_add_taesd (void)
{
  g_test_add_func ("/model/taesd/decode", test_decode);
  g_test_add_func ("/model/taesd/refused", test_refused);
  g_test_add_func ("/model/taesd/suits", test_suits);
}
