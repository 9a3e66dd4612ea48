/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-op-case.h"

#include "ops/limn-op-norm.h"
#include "ops/ref/limn-ref.h"

typedef struct
{
  guint          n;
  guint          h;
  guint          w;
  guint          c;
  guint          groups;
  LimnOpData     data;
  float          eps;
  LimnActivation activation;
  gboolean       in_place;
} GroupNorm;

static gboolean
record_group_norm (LimnGraph     *graph,
                   LimnTensor    *y,
                   LimnTensor   **in,
                   LimnWeights   *weights,
                   gconstpointer  user_data,
                   GError       **error)
{
  const GroupNorm *t = user_data;

  return limn_op_group_norm (graph, y, in[0], in[1], in[2], t->groups, t->eps, t->activation, error);
}

static void
check_group_norm (const LimnOpTest *test,
                  const GroupNorm  *t,
                  guint             seed,
                  double            f32)
{
  g_autoptr (LimnOpCase) c =
    limn_op_case_new (test->gpu, seed, "group norm %u x %u x %u x %u, %u groups, mean %g, std %g", t->n, t->h, t->w, t->c,
                      t->groups, t->data.mean, t->data.std);
  g_autofree float *expected = g_new (float, (gsize) t->n * t->h * t->w * t->c);

  limn_op_case_input (c, test->dtype, t->n, t->h, t->w, t->c, t->data)->is_output = t->in_place;
  limn_op_case_input (c, LIMN_DTYPE_F32, 1, 1, 1, t->c, (LimnOpData) { 1.0, 0.2 });
  limn_op_case_input (c, LIMN_DTYPE_F32, 1, 1, 1, t->c, (LimnOpData) { 0.0, 0.2 });
  limn_op_case_output (c, test->dtype, t->n, t->h, t->w, t->c);
  if (!limn_op_case_run (c, record_group_norm, t))
    return;
  limn_ref_group_norm (expected, c->in[0].values, c->in[1].values, c->in[2].values, t->n, (gsize) t->h * t->w, t->c,
                       t->groups, t->eps, t->activation == LIMN_ACTIVATION_SILU ? LIMN_REF_SILU : LIMN_REF_NONE);
  limn_op_case_compare (c, expected);
  limn_op_case_assert_nmse (c, limn_op_test_bound (test, f32));
}

static void
test_group_norm (const LimnOpTest *test)
{
  static const GroupNorm table[] = {
    /* one value a group; odd and prime; channels of a group that share texels with the next; a ragged last texel */
    { 1, 1, 1, 32, 32, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_NONE, FALSE },
    { 1, 1, 1, 1, 1, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_NONE, FALSE },
    { 2, 7, 5, 96, 32, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_SILU, FALSE },
    { 3, 13, 11, 30, 3, { 0.0, 1.0 }, 1e-6f, LIMN_ACTIVATION_SILU, TRUE },
    { 1, 9, 7, 7, 7, { 1.0, 2.0 }, 1e-5f, LIMN_ACTIVATION_NONE, FALSE },
    { 2, 5, 3, 10, 2, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_SILU, FALSE },
    /* a chunk of 64 rows, one less, one more; sixteen chunks and one more: the first merge */
    { 1, 8, 8, 32, 8, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_NONE, FALSE },
    { 1, 7, 9, 32, 8, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_NONE, FALSE },
    { 1, 5, 13, 32, 8, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_NONE, TRUE },
    { 2, 32, 32, 32, 32, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_SILU, FALSE },
    { 2, 25, 41, 32, 32, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_SILU, TRUE },
    /* UNet of SD 1.x at 576 px, middle block; at 512 px; after a skip connection */
    { 1, 9, 9, 1280, 32, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_SILU, FALSE },
    { 2, 64, 64, 320, 32, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_SILU, FALSE },
    { 1, 16, 16, 2560, 32, { 0.0, 1.0 }, 1e-6f, LIMN_ACTIVATION_NONE, FALSE },
    { 1, 32, 32, 960, 32, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_SILU, TRUE },
    /* VAE at 160 px: two merges (25600 rows are 256 chunks) */
    { 1, 160, 160, 128, 32, { 0.0, 1.0 }, 1e-6f, LIMN_ACTIVATION_SILU, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    /* llvmpipe (Mesa 22.3): 4.8e-14 */
    check_group_norm (test, &table[i], 100 + i, 2.0e-13);
}

/* Where the square of the mean is 6400 times the variance, E[x^2] - E[x]^2 has lost 13 of its 24 bits. */
static void
test_group_norm_large_mean (const LimnOpTest *test)
{
  static const GroupNorm table[] = {
    { 2, 7, 5, 96, 32, { 40.0, 0.5 }, 1e-5f, LIMN_ACTIVATION_NONE, FALSE },
    { 1, 9, 9, 1280, 32, { 40.0, 0.5 }, 1e-5f, LIMN_ACTIVATION_SILU, FALSE },
    { 1, 64, 64, 64, 32, { -40.0, 0.5 }, 1e-5f, LIMN_ACTIVATION_NONE, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    /* llvmpipe (Mesa 22.3): 6.3e-12; the mean's own rounding in float32 is 1e-6 of a standard deviation */
    check_group_norm (test, &table[i], 150 + i, 2.5e-11);
}

/* The worst for values shifted by the first of a chunk: that first one far from all others. */
static void
test_group_norm_outlier (const LimnOpTest *test)
{
  static const GroupNorm t = { 1, 16, 16, 32, 8, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_NONE, FALSE };
  g_autoptr (LimnOpCase) c = limn_op_case_new (test->gpu, 160, "group norm, outliers where chunks begin");
  g_autofree float *expected = g_new (float, 256 * 32);

  limn_op_case_input (c, test->dtype, 1, 16, 16, 32, t.data);
  for (guint row = 0; row < 256; row += 64)
    for (guint i = 0; i < 32; i++)
      c->in[0].values[row * 32 + i] = 4096.0f;
  limn_op_case_input (c, LIMN_DTYPE_F32, 1, 1, 1, 32, (LimnOpData) { 1.0, 0.2 });
  limn_op_case_input (c, LIMN_DTYPE_F32, 1, 1, 1, 32, (LimnOpData) { 0.0, 0.2 });
  limn_op_case_output (c, test->dtype, 1, 16, 16, 32);
  if (!limn_op_case_run (c, record_group_norm, &t))
    return;
  limn_ref_group_norm (expected, c->in[0].values, c->in[1].values, c->in[2].values, 1, 256, 32, 8, t.eps, LIMN_REF_NONE);
  limn_op_case_compare (c, expected);
  /* llvmpipe (Mesa 22.3): 5.9e-12 */
  limn_op_case_assert_nmse (c, limn_op_test_bound (test, 2.4e-11));
}

/* A sample is normalised alike whatever stands beside it: picture i of a batch is the picture alone. */
static void
test_group_norm_batch (const LimnOpTest *test)
{
  static const GroupNorm alone = { 1, 40, 40, 96, 32, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_SILU, FALSE };
  static const GroupNorm both = { 2, 40, 40, 96, 32, { 0.0, 1.0 }, 1e-5f, LIMN_ACTIVATION_SILU, FALSE };
  g_autoptr (LimnOpCase) one = limn_op_case_new (test->gpu, 170, "group norm, alone");
  g_autoptr (LimnOpCase) two = limn_op_case_new (test->gpu, 170, "group norm, two");
  gsize n = 40 * 40 * 96;

  for (guint i = 0; i < 2; i++)
    {
      LimnOpCase *c = i == 0 ? one : two;

      limn_op_case_input (c, test->dtype, i + 1, 40, 40, 96, alone.data);
      limn_op_case_input (c, LIMN_DTYPE_F32, 1, 1, 1, 96, (LimnOpData) { 1.0, 0.2 });
      limn_op_case_input (c, LIMN_DTYPE_F32, 1, 1, 1, 96, (LimnOpData) { 0.0, 0.2 });
      limn_op_case_output (c, test->dtype, i + 1, 40, 40, 96);
    }
  memmove (two->in[0].values + n, one->in[0].values, n * sizeof (float));
  if (!limn_op_case_run (one, record_group_norm, &alone) || !limn_op_case_run (two, record_group_norm, &both))
    return;
  g_assert_cmpmem (one->out.values, n * sizeof (float), two->out.values + n, n * sizeof (float));
}

static gboolean
record_layer_norm (LimnGraph     *graph,
                   LimnTensor    *y,
                   LimnTensor   **in,
                   LimnWeights   *weights,
                   gconstpointer  user_data,
                   GError       **error)
{
  return limn_op_layer_norm (graph, y, in[0], in[1], in[2], 1e-5f, error);
}

static void
test_layer_norm (const LimnOpTest *test)
{
  static const struct
  {
    guint      rows;
    guint      c;
    LimnOpData data;
    gboolean   in_place;
  } table[] = {
    { 1, 1, { 0.0, 1.0 }, FALSE },    { 1, 4, { 0.0, 1.0 }, FALSE },      { 7, 30, { 0.0, 1.0 }, TRUE },
    { 63, 61, { 0.0, 1.0 }, FALSE },  { 154, 768, { 0.0, 1.0 }, FALSE },  { 64, 1280, { 0.0, 1.0 }, TRUE },
    { 65, 128, { 40.0, 0.5 }, FALSE }, { 4096, 320, { 0.0, 1.0 }, FALSE }, { 257, 1280, { -40.0, 0.5 }, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      guint rows = table[i].rows, columns = table[i].c;
      g_autoptr (LimnOpCase) c =
        limn_op_case_new (test->gpu, 200 + i, "layer norm %u x %u, mean %g", rows, columns, table[i].data.mean);
      g_autofree float *expected = g_new (float, (gsize) rows * columns);

      limn_op_case_input (c, test->dtype, 1, rows, 1, columns, table[i].data)->is_output = table[i].in_place;
      limn_op_case_input (c, LIMN_DTYPE_F32, 1, 1, 1, columns, (LimnOpData) { 1.0, 0.2 });
      limn_op_case_input (c, LIMN_DTYPE_F32, 1, 1, 1, columns, (LimnOpData) { 0.0, 0.2 });
      limn_op_case_output (c, test->dtype, 1, rows, 1, columns);
      if (!limn_op_case_run (c, record_layer_norm, NULL))
        continue;
      limn_ref_layer_norm (expected, c->in[0].values, c->in[1].values, c->in[2].values, rows, columns, 1e-5);
      limn_op_case_compare (c, expected);
      /* llvmpipe (Mesa 22.3): 1.3e-13, with the large means 4.8e-12 */
      limn_op_case_assert_nmse (c, limn_op_test_bound (test, table[i].data.mean == 0.0 ? 5.2e-13 : 2.0e-11));
    }
}

static void
test_norm_refused (const LimnOpTest *test)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGraph) graph = limn_graph_new (test->gpu->gl, test->gpu->arena, "refused");
  LimnTensor *x = limn_graph_tensor (graph, test->dtype, 1, 2, 2, 8);
  LimnTensor *other = limn_graph_tensor (graph, test->dtype, 1, 2, 1, 8);
  LimnTensor *v8 = limn_graph_tensor (graph, LIMN_DTYPE_F32, 1, 1, 1, 8);
  LimnTensor *v4 = limn_graph_tensor (graph, LIMN_DTYPE_F32, 1, 1, 1, 4);

  limn_op_test_assert_refused (limn_op_group_norm (graph, x, x, v8, v8, 3, 1e-5f, LIMN_ACTIVATION_NONE, &error), &error);
  limn_op_test_assert_refused (limn_op_group_norm (graph, x, x, v8, v8, 0, 1e-5f, LIMN_ACTIVATION_NONE, &error), &error);
  limn_op_test_assert_refused (limn_op_group_norm (graph, x, x, v8, v4, 2, 1e-5f, LIMN_ACTIVATION_NONE, &error), &error);
  limn_op_test_assert_refused (limn_op_group_norm (graph, other, x, v8, v8, 2, 1e-5f, LIMN_ACTIVATION_NONE, &error), &error);
  limn_op_test_assert_refused (limn_op_layer_norm (graph, other, x, v8, v8, 1e-5f, &error), &error);
  limn_op_test_assert_refused (limn_op_layer_norm (graph, x, x, v4, v8, 1e-5f, &error), &error);
  g_assert_cmpuint (limn_graph_get_n_dispatches (graph), ==, 0);
}

void
limn_op_test_add_norm (const LimnOpGpu *gpu)
{
  limn_op_test_add (gpu, "group-norm", test_group_norm);
  limn_op_test_add (gpu, "group-norm-large-mean", test_group_norm_large_mean);
  limn_op_test_add (gpu, "group-norm-outlier", test_group_norm_outlier);
  limn_op_test_add (gpu, "group-norm-batch", test_group_norm_batch);
  limn_op_test_add (gpu, "layer-norm", test_layer_norm);
  limn_op_test_add (gpu, "norm-refused", test_norm_refused);
}
