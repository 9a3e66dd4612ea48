/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* The three networks against tests/model/reference, made by data/starter-model/train/ with PyTorch in float32. */

#include "test-model.h"

#include "base/limn-error.h"
#include "model/limn-pipeline.h"
#include "model/limn-text-encoder.h"

/* Relative L2. Measured on llvmpipe (Mesa 22.3): at most 7.6e-7 in F32, 4.6e-4 in F16. Rounding every activation to
 * binary16 costs PyTorch 5e-4 to 1.1e-3 on networks of real sizes; 4e-3 is four times that. 1e-4 leaves room for any
 * device's exp(); in software 1e-5 is enough, and tells the VAE's eps of 1e-6 from 1e-5 (1.4e-5). The UNet's and the layer
 * norms' eps do not show in this model (2e-6); limn-fixtures --checkpoint has models in which they do. */
#define BOUND_F32_SOFTWARE 1e-5
#define BOUND_F32          1e-4
#define BOUND_F16          4e-3

typedef struct
{
  LimnGl       *gl;
  LimnPipeline *pipeline;
  double        bound;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  LimnDtype precision = GPOINTER_TO_INT (data);
  g_autoptr(GError) error = NULL;

  f->gl = test_gpu_new ();
  if (!f->gl)
    return;
  f->pipeline = limn_pipeline_open (f->gl, NULL, precision, NULL, &error);
  g_assert_no_error (error);
  if (precision == LIMN_DTYPE_F16)
    f->bound = BOUND_F16;
  else if (limn_gl_get_device (f->gl)->device_class == LIMN_GL_SOFTWARE)
    f->bound = BOUND_F32_SOFTWARE;
  else
    f->bound = BOUND_F32;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  limn_pipeline_free (f->pipeline);
  limn_gl_free (f->gl);
}

static LimnSafetensors *
open_reference (const char *name)
{
  g_autofree char *relative = g_strconcat ("tests/model/reference/", name, ".safetensors", NULL);
  g_autofree char *path = test_path (relative);
  g_autoptr(GError) error = NULL;
  LimnSafetensors *file = limn_safetensors_open (path, &error);

  g_assert_no_error (error);
  return file;
}

static void
assert_close (const Fixture *f, const char *what, const float *got, const float *want, gsize n)
{
  double error = test_l2 (got, want, n);

  g_test_message ("%s: relative L2 %.3g of %.3g", what, error, f->bound);
  g_assert_cmpfloat (error, <=, f->bound);
}

/* The prompt's way through the pipeline: tokenizer, chunks, encoder. */
static void
test_text (Fixture *f, gconstpointer data)
{
  static const char * const prompts[] = { "a blue boat on a lake at dawn, watercolor", "" };
  g_autoptr(LimnSafetensors) file = NULL;
  g_autofree float *ids = NULL;
  g_autofree float *want = NULL;
  gsize n;

  if (!f->gl)
    return;
  file = open_reference ("text");
  ids = test_load (file, "ids", NULL);
  want = test_load (file, "last_hidden_state", &n);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnPrompt) prompt = limn_prompt_new (limn_model_get_tokenizer (limn_pipeline_get_model (f->pipeline)),
                                                      prompts[i], LIMN_PROMPT_PLAIN, &error);
      g_autoptr(LimnConditioning) got = NULL;

      g_assert_no_error (error);
      for (guint t = 0; t < LIMN_PROMPT_CHUNK_LENGTH; t++)
        g_assert_cmpuint (prompt->chunks[0].ids[t], ==, ids[i * LIMN_PROMPT_CHUNK_LENGTH + t]);
      got = limn_pipeline_encode_prompt (f->pipeline, prompt, NULL, 0, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (got->tokens, ==, LIMN_PROMPT_CHUNK_LENGTH);
      assert_close (f, prompts[i], got->states, want + i * n / 2, n / 2);
    }
}

static void
check_unet (Fixture *f, const char *name)
{
  g_autoptr(LimnSafetensors) file = open_reference (name);
  const guint64 *dims = limn_safetensors_lookup (file, "x")->dims;
  g_autofree float *x = NULL;
  g_autofree float *t = NULL;
  g_autofree float *context = NULL;
  g_autofree float *want = NULL;
  g_autofree float *got = NULL;
  g_autofree float *again = NULL;
  g_autoptr(GError) error = NULL;
  gsize n;

  x = test_load (file, "x", &n);
  t = test_load (file, "timestep", NULL);
  context = test_load (file, "context", NULL);
  want = test_load (file, "eps", NULL);
  got = g_new (float, n);
  again = g_new (float, n);
  limn_pipeline_denoise (f->pipeline, dims[0], dims[2], dims[3], 77, x, t, context, NULL, NULL, got, &error);
  g_assert_no_error (error);
  assert_close (f, name, got, want, n);

  /* The same again, and each sample alone: the same bits. */
  limn_pipeline_denoise (f->pipeline, dims[0], dims[2], dims[3], 77, x, t, context, NULL, NULL, again, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (again, n * sizeof *again, got, n * sizeof *got);
  for (guint i = 0; i < dims[0]; i++)
    {
      gsize one = n / dims[0];
      gsize tokens = limn_safetensors_lookup (file, "context")->n_elements / dims[0];

      limn_pipeline_denoise (f->pipeline, 1, dims[2], dims[3], 77, x + i * one, t + i, context + i * tokens, NULL, NULL,
                             again, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (again, one * sizeof *again, got + i * one, one * sizeof *got);
    }
}

static void
test_unet (Fixture *f, gconstpointer data)
{
  if (!f->gl)
    return;
  check_unet (f, "unet_8x8");
  check_unet (f, "unet_12x16");
}

static void
test_vae (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnSafetensors) file = NULL;
  g_autofree float *image = NULL;
  g_autofree float *mean = NULL;
  g_autofree float *logvar = NULL;
  g_autofree float *decoded = NULL;
  g_autofree float *got_mean = NULL;
  g_autofree float *got_logvar = NULL;
  g_autofree float *got = NULL;
  g_autofree guint8 *rgba = NULL;
  g_autoptr(GError) error = NULL;
  const guint64 *dims;
  gsize n, n_pixels;
  guint h, w;

  if (!f->gl)
    return;
  file = open_reference ("vae");
  dims = limn_safetensors_lookup (file, "mean")->dims;
  h = dims[2];
  w = dims[3];
  image = test_load (file, "image", &n_pixels);
  mean = test_load (file, "mean", &n);
  logvar = test_load (file, "logvar", NULL);
  decoded = test_load (file, "decoded_mean", NULL);
  got_mean = g_new (float, n);
  got_logvar = g_new (float, n);
  got = g_new (float, n_pixels);
  rgba = g_new (guint8, n_pixels / 3 * 4);

  limn_pipeline_encode (f->pipeline, 1, h, w, image, NULL, got_mean, got_logvar, &error);
  g_assert_no_error (error);
  assert_close (f, "mean", got_mean, mean, n);
  assert_close (f, "logvar", got_logvar, logvar, n);

  for (gsize i = 0; i < n; i++)
    mean[i] *= limn_pipeline_get_facts (f->pipeline)->vae.scaling_factor;
  limn_pipeline_decode (f->pipeline, 1, h, w, mean, NULL, rgba, got, &error);
  g_assert_no_error (error);
  assert_close (f, "decoded_mean", got, decoded, n_pixels);

  /* The bytes are the floats, rounded: half up, so one float's error may move a tie by one. */
  for (gsize i = 0; i < n_pixels / 3; i++)
    {
      for (guint c = 0; c < 3; c++)
        {
          double level = CLAMP ((got[c * (n_pixels / 3) + i] + 1.0) / 2, 0, 1) * 255;

          g_assert_cmpfloat (ABS (rgba[4 * i + c] - level), <=, 0.5001);
        }
      g_assert_cmpuint (rgba[4 * i + 3], ==, 255);
    }
}

void
test_add_parity (void)
{
  const gconstpointer f32 = GINT_TO_POINTER (LIMN_DTYPE_F32);
  const gconstpointer f16 = GINT_TO_POINTER (LIMN_DTYPE_F16);

  g_test_add ("/model/parity/text/f32", Fixture, f32, set_up, test_text, tear_down);
  g_test_add ("/model/parity/text/f16", Fixture, f16, set_up, test_text, tear_down);
  g_test_add ("/model/parity/unet/f32", Fixture, f32, set_up, test_unet, tear_down);
  g_test_add ("/model/parity/unet/f16", Fixture, f16, set_up, test_unet, tear_down);
  g_test_add ("/model/parity/vae/f32", Fixture, f32, set_up, test_vae, tear_down);
  g_test_add ("/model/parity/vae/f16", Fixture, f16, set_up, test_vae, tear_down);
}
