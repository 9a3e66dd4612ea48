/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* What stays on the device: the arithmetic of the plans, and the starter model on devices that have just enough for each of them. */

#include "test-model.h"

#include "base/limn-error.h"
#include "model/limn-pipeline.h"

#include <math.h>
#include <string.h>

static const LimnResidencyNeed made_up = {
  .weights = { 200, 0, 1600, 100, 70 },
  .peaks = { 5, 0, 120, 400, 300 },
  .tight_peaks = { 5, 0, 120, 180, 150 },
  .edges = { 0, 0, 10, 5, 5 },
  .arena = 20,
  .other = 3,
};

static void
test_bytes (void)
{
  LimnResidencyNeed grown = made_up;

  /* other + all weights + edges + the largest peak */
  g_assert_cmpuint (limn_residency_get_bytes (&made_up, LIMN_PLAN_WHOLE), ==, 3 + 1970 + 20 + 400);
  g_assert_cmpuint (limn_residency_get_bytes (&made_up, LIMN_PLAN_SLABS), ==, 3 + 1970 + 20 + 180);
  /* the UNet with the decoder, which needs more than it with a text encoder (200 + 5) or the encoder (70 + 150) */
  g_assert_cmpuint (limn_residency_get_bytes (&made_up, LIMN_PLAN_TEXT_AWAY), ==, 3 + 1600 + 100 + 180 + 20);
  /* the UNet, with its edges */
  g_assert_cmpuint (limn_residency_get_bytes (&made_up, LIMN_PLAN_ALONE), ==, 3 + 1600 + 10 + 120);
  g_assert_cmpuint (limn_residency_get_bytes (&made_up, LIMN_PLAN_NONE), ==, limn_residency_get_bytes (&made_up, LIMN_PLAN_ALONE));
  /* An arena that has grown stays as it is, until it has to be given back. */
  grown.arena = 1000;
  g_assert_cmpuint (limn_residency_get_bytes (&grown, LIMN_PLAN_WHOLE), ==, 3 + 1970 + 20 + 1000);
  g_assert_cmpuint (limn_residency_get_bytes (&grown, LIMN_PLAN_SLABS), ==, limn_residency_get_bytes (&made_up, LIMN_PLAN_SLABS));
}

static void
test_choose (void)
{
  for (LimnPipelinePlan plan = LIMN_PLAN_WHOLE; plan < LIMN_PLAN_NONE; plan++)
    {
      guint64 bytes = limn_residency_get_bytes (&made_up, plan);

      g_assert_cmpint (limn_residency_choose (&made_up, LIMN_PLAN_WHOLE, bytes), ==, plan);
      g_assert_cmpint (limn_residency_choose (&made_up, LIMN_PLAN_WHOLE, bytes - 1), ==, plan + 1);
    }
  g_assert_cmpint (limn_residency_choose (&made_up, LIMN_PLAN_SLABS, G_MAXUINT64), ==, LIMN_PLAN_SLABS);
}

static void
test_order (void)
{
  guint all = (1u << LIMN_RESIDENT_N) - 1;

  g_assert_cmpint (limn_residency_next_to_go (all, 1u << LIMN_RESIDENT_UNET), ==, LIMN_RESIDENT_TEXT_2);
  g_assert_cmpint (limn_residency_next_to_go (all & ~2u, 1u << LIMN_RESIDENT_TEXT), ==, LIMN_RESIDENT_ENCODER);
  g_assert_cmpint (limn_residency_next_to_go (1u << LIMN_RESIDENT_UNET, 1u << LIMN_RESIDENT_DECODER), ==, LIMN_RESIDENT_UNET);
  g_assert_cmpint (limn_residency_next_to_go (1u << LIMN_RESIDENT_UNET, 1u << LIMN_RESIDENT_UNET), ==, -1);
  g_assert_cmpint (limn_residency_next_to_go (0, 0), ==, -1);
}

/* --- The starter model --- */

enum { SIZE = 192, CELLS = SIZE / 8, LATENT = 4 * CELLS * CELLS };

typedef struct
{
  float  prediction[2 * LATENT];
  guint8 rgba[2][SIZE * SIZE * 4];
  float  mean[LATENT];
} Picture;

/* Two steps with a frame after each, a new prompt in between, a picture that is encoded: everything comes and goes. */
static gboolean
paint (LimnPipeline  *pipeline,
       Picture       *picture,
       GError       **error)
{
  static const float t[2] = { 700, 700 };
  g_autofree float *x = g_new (float, 2 * LATENT);
  g_autofree float *rgb = g_new0 (float, 3 * SIZE * SIZE);
  g_autofree float *logvar = g_new (float, LATENT);
  g_autoptr(LimnPrompt) prompt = NULL;

  for (guint i = 0; i < 2 * LATENT; i++)
    x[i] = sin (i);
  if (!limn_pipeline_encode (pipeline, 1, CELLS, CELLS, rgb, NULL, picture->mean, logvar, error))
    return FALSE;
  prompt = limn_prompt_new (limn_model_get_tokenizer (limn_pipeline_get_model (pipeline)), "a lighthouse", LIMN_PROMPT_PLAIN, error);
  if (!prompt)
    return FALSE;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnConditioning) said = limn_pipeline_encode_prompt (pipeline, prompt, NULL, 0, NULL, error);
      g_autofree float *contexts = NULL;
      gsize n;

      if (!said)
        return FALSE;
      n = (gsize) said->tokens * said->width;
      contexts = g_new (float, 2 * n);
      memcpy (contexts, said->states, n * sizeof *contexts);
      memcpy (contexts + n, said->states, n * sizeof *contexts);
      if (!limn_pipeline_denoise (pipeline, 2, CELLS, CELLS, said->tokens, x, t, contexts, NULL, NULL, picture->prediction, error)
          || !limn_pipeline_decode (pipeline, 1, CELLS, CELLS, picture->prediction, NULL, picture->rgba[i], NULL, error))
        return FALSE;
      memcpy (x, picture->prediction, 2 * LATENT * sizeof *x);
    }
  return TRUE;
}

/* Paints on a device that has what the plan for @budget needs, to a hundredth. Returns: that */
static guint64
check_plan (LimnGl           *gl,
            guint64           budget,
            LimnPipelinePlan *plan_seen,
            Picture          *picture)
{
  const LimnPipelineShape shape = { 2, 0, CELLS, CELLS, CELLS, CELLS, CELLS, CELLS };
  g_autoptr(LimnPipeline) pipeline = NULL;
  LimnPipelinePlan plan;
  guint64 need, limit;
  GError *error = NULL;

  limn_gl_set_budget_bytes (gl, budget);
  pipeline = limn_pipeline_open (gl, NULL, LIMN_DTYPE_F32, NULL, &error);
  g_assert_no_error (error);
  limn_pipeline_get_shape_need (pipeline, &shape, &need, &limit, &plan, &error);
  g_assert_no_error (error);
  g_test_message ("%s: %.1f MiB of %.1f", limn_pipeline_plan_get_name (plan), need / 1048576.0, budget / 1048576.0);
  *plan_seen = plan;
  g_assert_cmpuint (limit, ==, budget);
  if (plan == LIMN_PLAN_NONE)
    {
      g_assert_cmpuint (need, >, budget);
      return need;
    }
  if (budget != G_MAXUINT64)
    limn_gl_set_budget_bytes (gl, need + need / 100);
  paint (pipeline, picture, &error);
  g_assert_no_error (error);
  return need;
}

static void
test_plans (void)
{
  g_autofree Picture *whole = g_new0 (Picture, 1);
  LimnGl *gl = test_gpu_new ();
  LimnPipelinePlan plan;
  guint64 need;
  guint seen = 0;

  if (!gl)
    return;
  need = check_plan (gl, G_MAXUINT64, &plan, whole);
  g_assert_cmpint (plan, ==, LIMN_PLAN_WHOLE);
  /* A twentieth less than it takes, and the next plan has to do, until there is none. */
  while (plan != LIMN_PLAN_NONE)
    {
      g_autofree Picture *picture = g_new0 (Picture, 1);
      LimnPipelinePlan before = plan;
      guint64 less = check_plan (gl, need - need / 20, &plan, picture);

      g_assert_cmpint (plan, >, before);
      seen |= 1u << plan;
      if (plan == LIMN_PLAN_NONE)
        break;
      g_assert_cmpuint (less, <, need);
      g_assert_cmpmem (picture, sizeof *picture, whole, sizeof *whole);
      need = less;
    }
  /* Slabs alone spare nothing in a picture of that size. */
  g_assert_cmpuint (seen & (1u << LIMN_PLAN_TEXT_AWAY), !=, 0);
  g_assert_cmpuint (seen & (1u << LIMN_PLAN_ALONE), !=, 0);
  limn_gl_free (gl);
}

/* --- The same before and after --- */

/* What is said of a shape. */
typedef struct
{
  guint64          need;
  guint64          limit;
  LimnPipelinePlan plan;
} Forecast;

static Forecast
forecast (LimnPipeline *pipeline,
          guint         encoder)
{
  const LimnPipelineShape shape = { 2, 0, CELLS, CELLS, CELLS, CELLS, encoder, encoder, 0 };
  guint64 before = limn_gl_get_allocated_bytes (limn_pipeline_get_gl (pipeline));
  GError *error = NULL;
  Forecast said;

  limn_pipeline_get_shape_need (pipeline, &shape, &said.need, &said.limit, &said.plan, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_gl_get_allocated_bytes (limn_pipeline_get_gl (pipeline)), ==, before);
  return said;
}

static void
assert_same (const Forecast *a,
             const Forecast *b)
{
  g_assert_cmpuint (a->need, ==, b->need);
  g_assert_cmpuint (a->limit, ==, b->limit);
  g_assert_cmpint (a->plan, ==, b->plan);
}

/* Asked in the middle of a part that is being loaded. */
static void
on_progress (LimnPipeline *pipeline,
             guint64       done,
             guint64       total,
             gpointer      data)
{
  Forecast *said = data;
  Forecast now = forecast (pipeline, 0);

  g_assert_cmpuint (done, <=, total);
  if (done > 0)
    g_assert_cmpuint (total, ==, limn_pipeline_get_weight_bytes (pipeline));
  assert_same (&now, said);
}

/* To the byte, before anything is loaded, while it is, when all is, and when another pipeline has let go of everything again. */
static void
check_forecast (LimnGl    *gl,
                guint64    budget,
                LimnDtype  precision,
                Forecast  *said)
{
  g_autoptr(LimnPipeline) pipeline = NULL;
  Forecast with_encoder, later;
  guint64 before;
  GError *error = NULL;

  limn_gl_set_budget_bytes (gl, budget);
  before = limn_gl_get_allocated_bytes (gl);
  pipeline = limn_pipeline_new (gl, limn_model_open (NULL, NULL), precision, &error);
  g_assert_no_error (error);
  *said = forecast (pipeline, 0);
  with_encoder = forecast (pipeline, CELLS);
  g_assert_cmpuint (limn_gl_get_allocated_bytes (gl), ==, before);
  g_assert_cmpuint (said->need, >, limn_pipeline_get_weight_bytes (pipeline) * (said->plan == LIMN_PLAN_WHOLE ? 1.0 : 0.3));
  if (said->plan == LIMN_PLAN_NONE)
    return;
  limn_pipeline_set_progress (pipeline, on_progress, said);
  limn_pipeline_load (pipeline, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_gl_get_allocated_bytes (gl), >, before);
  if (said->plan == LIMN_PLAN_WHOLE)
    g_assert_cmpuint (limn_gl_get_allocated_bytes (gl), ==, before + limn_pipeline_get_weight_bytes (pipeline));
  later = forecast (pipeline, 0);
  assert_same (&later, said);
  later = forecast (pipeline, CELLS);
  assert_same (&later, &with_encoder);
}

static void
test_forecast (void)
{
  static const LimnDtype precisions[] = { LIMN_DTYPE_F32, LIMN_DTYPE_F16 };
  g_autoptr(LimnGl) gl = test_gpu_new ();
  Forecast said;

  if (!gl)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (precisions); i++)
    {
      guint seen = 0;

      check_forecast (gl, G_MAXUINT64, precisions[i], &said);
      while (said.plan != LIMN_PLAN_NONE)
        {
          seen |= 1u << said.plan;
          check_forecast (gl, said.need - 1, precisions[i], &said);
        }
      g_assert_cmpuint (seen & (1u << LIMN_PLAN_WHOLE), !=, 0);
      g_assert_cmpuint (seen & (1u << LIMN_PLAN_ALONE), !=, 0);
    }
}

/* Cut short after the first piece: what was loaded as a whole stays, of the other part nothing does, and it goes on from there. */
static void
cancel_after (LimnPipeline *pipeline,
              guint64       done,
              guint64       total,
              gpointer      data)
{
  gpointer *state = data;
  guint *n = state[1];

  if (total == 0)
    return;
  /* No piece is begun after the one in which it was said. */
  g_assert_false (g_cancellable_is_cancelled (state[0]));
  (*n)++;
  if (done > total / 4)
    g_cancellable_cancel (state[0]);
}

static void
test_cancel (void)
{
  g_autoptr(LimnGl) gl = test_gpu_new ();
  g_autoptr(LimnPipeline) pipeline = NULL;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  guint64 before, all;
  guint n = 0, n_before;
  gpointer state[2] = { cancellable, &n };

  if (!gl)
    return;
  before = limn_gl_get_allocated_bytes (gl);
  pipeline = limn_pipeline_new (gl, limn_model_open (NULL, NULL), LIMN_DTYPE_F32, &error);
  g_assert_no_error (error);
  limn_pipeline_set_progress (pipeline, cancel_after, state);
  g_assert_false (limn_pipeline_load (pipeline, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  /* In the UNet, which is most of it: the text encoder stays. */
  all = limn_pipeline_get_weight_bytes (pipeline);
  g_assert_cmpuint (limn_gl_get_allocated_bytes (gl), >, before);
  g_assert_cmpuint (limn_gl_get_allocated_bytes (gl), <, before + all / 4);
  n_before = n;
  g_cancellable_reset (cancellable);
  limn_pipeline_set_progress (pipeline, NULL, NULL);
  g_assert_true (limn_pipeline_load (pipeline, cancellable, &error));
  g_assert_cmpuint (limn_gl_get_allocated_bytes (gl), ==, before + all);
  g_assert_cmpuint (n, ==, n_before);
}

void
test_add_residency (void)
{
  g_test_add_func ("/model/residency/bytes", test_bytes);
  g_test_add_func ("/model/residency/choose", test_choose);
  g_test_add_func ("/model/residency/order", test_order);
  g_test_add_func ("/model/residency/plans", test_plans);
  g_test_add_func ("/model/residency/forecast", test_forecast);
  g_test_add_func ("/model/residency/cancel", test_cancel);
}
