/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-model.h"

#include "base/limn-error.h"
#include "model/limn-pass.h"
#include "model/limn-pipeline.h"
#include "tests/limn-test-folder.h"

#include <math.h>
#include <string.h>

#define WIDTH 128 /* of a context */

typedef struct
{
  LimnGl       *gl;
  LimnPipeline *pipeline;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  f->gl = test_gpu_new ();
  if (!f->gl)
    return;
  f->pipeline = limn_pipeline_open (f->gl, NULL, LIMN_DTYPE_F32, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  limn_pipeline_free (f->pipeline);
  limn_gl_free (f->gl);
}

static float *
encode (Fixture *f, const char *text, LimnPromptSyntax syntax, guint *n_tokens)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnPrompt) prompt = limn_prompt_new (limn_model_get_tokenizer (limn_pipeline_get_model (f->pipeline)), text,
                                                  syntax, &error);
  g_autoptr(LimnConditioning) told = NULL;

  g_assert_no_error (error);
  told = limn_pipeline_encode_prompt (f->pipeline, prompt, NULL, 0, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (told->vector);
  *n_tokens = told->tokens;
  return g_steal_pointer (&told->states);
}

/* AUTOMATIC1111's rule, computed here once more from the states without weights. */
static void
test_emphasis (Fixture *f, gconstpointer data)
{
  g_autofree float *plain = NULL;
  g_autofree float *got = NULL;
  g_autofree double *want = NULL;
  gsize n = LIMN_PROMPT_CHUNK_LENGTH * WIDTH;
  double before = 0, after = 0;
  guint n_tokens;

  if (!f->gl)
    return;
  plain = encode (f, "a red house", LIMN_PROMPT_A1111, &n_tokens);
  got = encode (f, "a (red:1.5) house", LIMN_PROMPT_A1111, &n_tokens);
  want = g_new (double, n);
  for (gsize i = 0; i < n; i++)
    {
      /* start, a, red */
      want[i] = plain[i] * (i / WIDTH == 2 ? 1.5 : 1);
      before += plain[i];
      after += want[i];
    }
  for (gsize i = 0; i < n; i++)
    {
      want[i] *= before / after;
      /* two roundings to float */
      g_assert_cmpfloat (fabs (got[i] - want[i]), <=, 2.4e-7 * fabs (want[i]) + 1e-12);
    }
}

/* A prompt of two chunks: 154 tokens, each chunk as if alone; and the UNet takes them. */
static void
test_long_prompt (Fixture *f, gconstpointer data)
{
  g_autoptr(GString) text = g_string_new ("a");
  g_autofree float *states = NULL;
  g_autofree float *first = NULL;
  float x[4 * 4 * 4], y[4 * 4 * 4], t = 300.5;
  g_autoptr(GError) error = NULL;
  guint n_tokens;

  if (!f->gl)
    return;
  for (guint i = 0; i < 74; i++)
    g_string_append (text, " house");
  first = encode (f, text->str, LIMN_PROMPT_A1111, &n_tokens);
  g_assert_cmpuint (n_tokens, ==, 77);
  g_string_append (text, " boat");
  states = encode (f, text->str, LIMN_PROMPT_A1111, &n_tokens);
  g_assert_cmpuint (n_tokens, ==, 154);
  g_assert_cmpmem (states, 77 * WIDTH * sizeof *states, first, 77 * WIDTH * sizeof *first);

  for (guint i = 0; i < G_N_ELEMENTS (x); i++)
    x[i] = sin (i);
  limn_pipeline_denoise (f->pipeline, 1, 4, 4, n_tokens, x, &t, states, NULL, NULL, y, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (y); i++)
    g_assert_true (isfinite (y[i]));
}

/* A context twice over is the same context: each key counts double, and a softmax does not see that. */
static void
test_doubled_context (Fixture *f, gconstpointer data)
{
  const guint h = 8, w = 8, n = 4 * h * w, values = 77 * WIDTH;
  g_autofree float *context = NULL;
  g_autofree float *x = NULL;
  g_autofree float *once = NULL;
  g_autofree float *twice = NULL;
  const float t[2] = { 321, 21 };
  g_autoptr(GError) error = NULL;

  if (!f->gl)
    return;
  /* Two samples: a, b; then a, a, b, b. */
  context = g_new (float, 6 * values);
  for (guint i = 0; i < values; i++)
    {
      context[i] = 3 * sin (i * 0.1);
      context[values + i] = 3 * cos (i * 0.3);
    }
  for (guint i = 0; i < 4; i++)
    memcpy (context + (2 + i) * values, context + i / 2 * values, values * sizeof *context);
  x = g_new (float, 2 * n);
  once = g_new (float, 2 * n);
  twice = g_new (float, 2 * n);
  for (guint i = 0; i < 2 * n; i++)
    x[i] = sin (i);
  limn_pipeline_denoise (f->pipeline, 2, h, w, 77, x, t, context, NULL, NULL, once, &error);
  g_assert_no_error (error);
  limn_pipeline_denoise (f->pipeline, 2, h, w, 154, x, t, context + 2 * values, NULL, NULL, twice, &error);
  g_assert_no_error (error);
  /* 77 keys do not divide into blocks as 154 do, so the sums differ in the last digits, as everywhere else. */
  g_test_message ("%.3g", test_l2 (twice, once, 2 * n));
  g_assert_cmpfloat (test_l2 (twice, once, 2 * n), <, 1e-5);
}

/* The network sees the fraction of a timestep, and a context's values when they alone change. */
static void
test_inputs_count (Fixture *f, gconstpointer data)
{
  float x[4 * 4 * 4] = { 1 }, y[5][4 * 4 * 4], t[] = { 500, 500.25, 500, 500, 500 };
  g_autofree float *context = NULL;
  g_autoptr(GError) error = NULL;

  if (!f->gl)
    return;
  context = g_new0 (float, 77 * WIDTH);
  for (guint i = 0; i < 5; i++)
    {
      context[3] = i == 3 ? 2 : 0;
      limn_pipeline_denoise (f->pipeline, 1, 4, 4, 77, x, &t[i], context, NULL, NULL, y[i], &error);
      g_assert_no_error (error);
    }
  g_assert_true (memcmp (y[0], y[1], sizeof y[0]) != 0);
  g_assert_true (memcmp (y[0], y[3], sizeof y[0]) != 0);
  g_assert_cmpmem (y[0], sizeof y[0], y[2], sizeof y[2]);
  g_assert_cmpmem (y[0], sizeof y[0], y[4], sizeof y[4]);
}

/* Cancelled at every call, then done: as if it had never been cancelled. */
static void
test_cancel (Fixture *f, gconstpointer data)
{
  g_autoptr(GCancellable) cancelled = g_cancellable_new ();
  float x[4 * 4 * 4] = { 1 }, y[2][4 * 4 * 4], t = 10;
  g_autofree float *context = NULL;
  g_autofree guint8 *rgba = NULL;
  g_autoptr(GError) error = NULL;

  if (!f->gl)
    return;
  context = g_new0 (float, 77 * WIDTH);
  rgba = g_new0 (guint8, 4 * 32 * 32);
  limn_pipeline_denoise (f->pipeline, 1, 4, 4, 77, x, &t, context, NULL, NULL, y[0], &error);
  g_assert_no_error (error);
  context[0] = 1;
  g_cancellable_cancel (cancelled);
  g_assert_false (limn_pipeline_denoise (f->pipeline, 1, 4, 4, 77, x, &t, context, NULL, cancelled, y[1], &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (limn_pipeline_decode (f->pipeline, 1, 4, 4, x, cancelled, rgba, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  /* The context that was being set when it was cancelled, and the one before it. */
  limn_pipeline_denoise (f->pipeline, 1, 4, 4, 77, x, &t, context, NULL, NULL, y[1], &error);
  g_assert_no_error (error);
  g_assert_true (memcmp (y[0], y[1], sizeof y[0]) != 0);
  context[0] = 0;
  limn_pipeline_denoise (f->pipeline, 1, 4, 4, 77, x, &t, context, NULL, NULL, y[1], &error);
  g_assert_no_error (error);
  g_assert_cmpmem (y[0], sizeof y[0], y[1], sizeof y[1]);
}

static void
run_once (Fixture *f, guint width, guint height)
{
  guint w = width / 8, h = height / 8;
  g_autofree float *x = g_new0 (float, 2 * 4 * w * h);
  g_autofree float *y = g_new0 (float, 2 * 4 * w * h);
  g_autofree float *context = g_new0 (float, 2 * 77 * WIDTH);
  g_autofree guint8 *rgba = g_new (guint8, 4 * width * height);
  const float t[2] = { 1, 1 };
  g_autoptr(GError) error = NULL;

  limn_pipeline_denoise (f->pipeline, 2, h, w, 77, x, t, context, NULL, NULL, y, &error);
  g_assert_no_error (error);
  limn_pipeline_decode (f->pipeline, 1, h, w, x, NULL, rgba, NULL, &error);
  g_assert_no_error (error);
}

/* What is said to be needed is what is then in use: within a tenth above, and a hundredth below, since the kernels'
 * parameters (30 KiB a pass) are not counted. */
static void
test_need (Fixture *f, gconstpointer data)
{
  static const guint sizes[][2] = { { 32, 32 }, { 128, 64 }, { 64, 160 } };
  g_autoptr(GError) error = NULL;

  if (!f->gl)
    return;
  g_free (encode (f, "a", LIMN_PROMPT_PLAIN, &(guint) { 0 }));
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      guint64 before = limn_gl_get_allocated_bytes (f->gl), need, limit, in_use;

      limn_pipeline_get_need (f->pipeline, sizes[i][0], sizes[i][1], 2, 77, &need, &limit, NULL, &error);
      g_assert_no_error (error);
      /* Planning took nothing but what a convolution keeps of its weights. */
      g_test_message ("%u x %u: planning took %" G_GUINT64_FORMAT " bytes", sizes[i][0], sizes[i][1],
                      limn_gl_get_allocated_bytes (f->gl) - before);
      run_once (f, sizes[i][0], sizes[i][1]);
      in_use = limn_gl_get_allocated_bytes (f->gl);
      g_test_message ("need %" G_GUINT64_FORMAT ", in use %" G_GUINT64_FORMAT, need, in_use);
      g_assert_cmpuint (in_use, <=, need + need / 100);
      g_assert_cmpuint (in_use, >=, need - need / 10);
      limn_pipeline_get_need (f->pipeline, sizes[i][0], sizes[i][1], 2, 77, &need, &limit, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (need, ==, in_use);
    }
}

/* A guided step and its frame at 64 x 64 pixels, from the first kernel to the last bit. */
static void
draw (Fixture *f, float prediction[2 * 4 * 8 * 8], guint8 rgba[64 * 64 * 4])
{
  g_autofree float *states = NULL;
  g_autofree float *contexts = g_new (float, 2 * 77 * WIDTH);
  const float t[2] = { 700, 700 };
  float x[2 * 4 * 8 * 8];
  g_autoptr(GError) error = NULL;
  guint n_tokens;

  states = encode (f, "a lighthouse", LIMN_PROMPT_PLAIN, &n_tokens);
  memcpy (contexts, states, 77 * WIDTH * sizeof *states);
  memcpy (contexts + 77 * WIDTH, states, 77 * WIDTH * sizeof *states);
  for (guint i = 0; i < G_N_ELEMENTS (x); i++)
    x[i] = sin (i);
  limn_pipeline_denoise (f->pipeline, 2, 8, 8, 77, x, t, contexts, NULL, NULL, prediction, &error);
  g_assert_no_error (error);
  limn_pipeline_decode (f->pipeline, 1, 8, 8, prediction, NULL, rgba, NULL, &error);
  g_assert_no_error (error);
}

static guint
count_first_runs (Fixture *f)
{
  LimnGlProgramStats stats;

  limn_gl_get_program_stats (f->gl, &stats);
  return stats.n_first_runs;
}

/* Who was warmed up compiles nothing for a picture of that size, and makes the same one, whenever it was. */
static void
test_warm_up (Fixture *f, gconstpointer data)
{
  enum { N = 2 * 4 * 8 * 8, PIXELS = 64 * 64 * 4 };
  g_autofree float *cold = g_new (float, N);
  g_autofree float *warm = g_new (float, N);
  g_autofree guint8 *cold_rgba = g_malloc (PIXELS);
  g_autofree guint8 *warm_rgba = g_malloc (PIXELS);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  Fixture other;
  guint before;

  if (!f->gl)
    return;
  set_up (&other, NULL);
  draw (&other, cold, cold_rgba);

  g_cancellable_cancel (cancellable);
  g_assert_false (limn_pipeline_warm_up (f->pipeline, 64, 64, 2, 77, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  limn_pipeline_warm_up (f->pipeline, 64, 64, 2, 77, NULL, &error);
  g_assert_no_error (error);
  before = count_first_runs (f);
  g_assert_cmpuint (before, >, 0);
  draw (f, warm, warm_rgba);
  g_assert_cmpuint (count_first_runs (f), ==, before);
  g_assert_cmpmem (warm, N * sizeof *warm, cold, N * sizeof *cold);
  g_assert_cmpmem (warm_rgba, PIXELS, cold_rgba, PIXELS);

  /* In between, where the prompt's keys and values of the step before are kept. */
  limn_pipeline_warm_up (f->pipeline, 64, 64, 2, 77, NULL, &error);
  limn_pipeline_warm_up (f->pipeline, 256, 128, 2, 77, NULL, &error);
  g_assert_no_error (error);
  draw (f, warm, warm_rgba);
  g_assert_cmpmem (warm, N * sizeof *warm, cold, N * sizeof *cold);
  g_assert_cmpmem (warm_rgba, PIXELS, cold_rgba, PIXELS);
  tear_down (&other, NULL);
}

/* Sizes come and go: memory does not grow. */
static void
test_flat (Fixture *f, gconstpointer data)
{
  guint64 in_use = 0;

  if (!f->gl)
    return;
  for (guint round = 0; round < 3; round++)
    {
      /* More sizes than passes are kept. */
      for (guint i = 1; i <= LIMN_PASS_CACHE_MAX + 2; i++)
        run_once (f, 32 * i, 32);
      if (round == 0)
        in_use = limn_gl_get_allocated_bytes (f->gl);
      else
        g_assert_cmpuint (limn_gl_get_allocated_bytes (f->gl), ==, in_use);
    }
}

static void
test_too_large (Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  guint64 in_use, need, limit;

  if (!f->gl)
    return;
  limn_pipeline_get_need (f->pipeline, 64, 64, 2, 77, &need, &limit, NULL, &error);
  g_assert_no_error (error);
  /* Room for the transformed weights, which stay. */
  limn_gl_set_budget_bytes (f->gl, need + (128 << 20));
  in_use = limn_gl_get_allocated_bytes (f->gl);
  g_assert_false (limn_pipeline_prepare (f->pipeline, 4096, 4096, 2, 77, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "4096×4096"));
  g_assert_nonnull (strstr (error->message, "MiB"));
  g_clear_error (&error);
  /* Nothing was taken but transformed weights, and the smaller one still fits. */
  g_assert_cmpuint (limn_gl_get_allocated_bytes (f->gl), <=, in_use + (64 << 20));
  limn_gl_set_budget_bytes (f->gl, G_MAXUINT64);
  limn_pipeline_prepare (f->pipeline, 64, 64, 2, 77, &error);
  g_assert_no_error (error);

  g_assert_false (limn_pipeline_prepare (f->pipeline, 100, 64, 2, 77, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
}

static void
test_model_too_large (void)
{
  g_autoptr(LimnGl) gl = test_gpu_new ();
  g_autoptr(GError) error = NULL;

  if (!gl)
    return;
  limn_gl_set_budget_bytes (gl, 20 << 20);
  g_assert_null (limn_pipeline_open (gl, NULL, LIMN_DTYPE_F32, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "MiB"));
  g_assert_cmpuint (limn_gl_get_allocated_bytes (gl), <, 1 << 20);
}

/* With bindings of 1 MiB everything that is larger goes in slabs: the same bits. */
static void
test_slabs (Fixture *f, gconstpointer data)
{
  LimnGlOptions options = { .max_storage_bytes = 1 << 20 };
  Fixture small = { NULL, NULL };
  g_autofree float *x = NULL;
  g_autofree float *y = NULL;
  g_autofree float *context = NULL;
  g_autofree float *pictures = NULL;
  const float t[2] = { 321, 321 };
  g_autoptr(GError) error = NULL;
  const guint h = 12, w = 16;
  gsize n = 2 * 4 * h * w, n_pixels = 3 * 64 * h * w;

  if (!f->gl)
    return;
  options.cache_dir = limn_gl_get_cache_dir (f->gl);
  small.gl = limn_gl_new (&options, &error);
  g_assert_no_error (error);
  small.pipeline = limn_pipeline_open (small.gl, NULL, LIMN_DTYPE_F32, NULL, &error);
  g_assert_no_error (error);
  x = g_new (float, n);
  y = g_new (float, 2 * n);
  context = g_new (float, 2 * 77 * WIDTH);
  pictures = g_new (float, 2 * n_pixels);
  for (gsize i = 0; i < n; i++)
    x[i] = sin (i);
  for (gsize i = 0; i < 2 * 77 * WIDTH; i++)
    context[i] = cos (i);
  for (guint i = 0; i < 2; i++)
    {
      LimnPipeline *pipeline = i ? small.pipeline : f->pipeline;

      limn_pipeline_denoise (pipeline, 2, h, w, 77, x, t, context, NULL, NULL, y + i * n, &error);
      g_assert_no_error (error);
      limn_pipeline_decode (pipeline, 1, h, w, x, NULL, NULL, pictures + i * n_pixels, &error);
      g_assert_no_error (error);
    }
  g_assert_cmpmem (y, n * sizeof *y, y + n, n * sizeof *y);
  g_assert_cmpmem (pictures, n_pixels * sizeof *pictures, pictures + n_pixels, n_pixels * sizeof *pictures);
  tear_down (&small, NULL);
}

/* What does not overflow is decoded as if nothing had been; and where there is less room others make some. */
static void
check_small (LimnPipeline *pipeline)
{
  LimnGl *gl = limn_pipeline_get_gl (pipeline);
  g_autoptr(GError) error = NULL;
  float mild[4 * 4 * 4], wild[4 * 4 * 4], pictures[4][3 * 32 * 32];

  for (guint i = 0; i < G_N_ELEMENTS (mild); i++)
    {
      mild[i] = sin (i);
      wild[i] = 1e6 * sin (i);
    }
  for (guint i = 0; i < 4; i++)
    {
      if (i == 2)
        limn_gl_set_budget_bytes (gl, limn_gl_get_allocated_bytes (gl) - 1);
      limn_pipeline_decode (pipeline, 1, 4, 4, i % 2 == 0 ? mild : wild, NULL, NULL, pictures[i], &error);
      g_assert_no_error (error);
      g_assert_cmpuint (limn_pipeline_count_full_decodes (pipeline), ==, i % 2);
    }
  limn_gl_set_budget_bytes (gl, G_MAXUINT64);
  g_assert_cmpmem (pictures[0], sizeof pictures[0], pictures[2], sizeof pictures[2]);
  g_assert_cmpmem (pictures[1], sizeof pictures[1], pictures[3], sizeof pictures[3]);
}

/* SDXL's VAE has activations that float16 cannot hold: "force_upcast" keeps it in float32, whatever the pipeline's precision. Here a latent that is
 * a million times too large makes such ones. */
static void
test_upcast (Fixture *f, gconstpointer data)
{
  g_autofree char *folder = NULL;
  g_autofree char *config = NULL;
  g_autofree char *text = NULL;
  g_autofree char *upcast = NULL;
  g_autoptr(GError) error = NULL;
  float x[4 * 4 * 4], pictures[3][3 * 32 * 32];

  if (!f->gl)
    return;
  folder = test_copy_model ();
  config = g_build_filename (folder, "vae", "config.json", NULL);
  g_assert_true (g_file_get_contents (config, &text, NULL, NULL));
  upcast = g_strdup_printf ("{ \"force_upcast\": true, %s", strchr (text, '{') + 1);
  for (guint i = 0; i < G_N_ELEMENTS (x); i++)
    x[i] = 1e6 * sin (i);
  for (guint i = 0; i < 3; i++)
    {
      LimnPipeline *pipeline = f->pipeline;

      if (i == 1)
        g_assert_true (g_file_set_contents (config, upcast, -1, NULL));
      if (i > 0)
        pipeline = limn_pipeline_open (f->gl, i == 1 ? folder : NULL, LIMN_DTYPE_F16, NULL, &error);
      g_assert_no_error (error);
      limn_pipeline_decode (pipeline, 1, 4, 4, x, NULL, NULL, pictures[i], &error);
      g_assert_no_error (error);
      g_assert_cmpuint (limn_pipeline_count_full_decodes (pipeline), ==, i == 2);
      g_assert_cmpuint (limn_pipeline_count_full_decodes (pipeline), ==, 0);
      if (i == 2)
        check_small (pipeline);
      if (i > 0)
        limn_pipeline_free (pipeline);
    }
  g_assert_cmpmem (pictures[1], sizeof pictures[1], pictures[0], sizeof pictures[0]);
  /* Without it the decoder in float16 has nothing left, which is seen, and the other one is asked. */
  g_assert_cmpmem (pictures[2], sizeof pictures[2], pictures[0], sizeof pictures[0]);
  limn_test_remove_folder (folder);
}

void
test_add_pipeline (void)
{
  g_test_add ("/model/pipeline/emphasis", Fixture, NULL, set_up, test_emphasis, tear_down);
  g_test_add ("/model/pipeline/long-prompt", Fixture, NULL, set_up, test_long_prompt, tear_down);
  g_test_add ("/model/pipeline/doubled-context", Fixture, NULL, set_up, test_doubled_context, tear_down);
  g_test_add ("/model/pipeline/inputs-count", Fixture, NULL, set_up, test_inputs_count, tear_down);
  g_test_add ("/model/pipeline/cancel", Fixture, NULL, set_up, test_cancel, tear_down);
  g_test_add ("/model/pipeline/need", Fixture, NULL, set_up, test_need, tear_down);
  g_test_add ("/model/pipeline/warm-up", Fixture, NULL, set_up, test_warm_up, tear_down);
  g_test_add ("/model/pipeline/flat", Fixture, NULL, set_up, test_flat, tear_down);
  g_test_add ("/model/pipeline/too-large", Fixture, NULL, set_up, test_too_large, tear_down);
  g_test_add_func ("/model/pipeline/model-too-large", test_model_too_large);
  g_test_add ("/model/pipeline/slabs", Fixture, NULL, set_up, test_slabs, tear_down);
  g_test_add ("/model/pipeline/upcast", Fixture, NULL, set_up, test_upcast, tear_down);
}
