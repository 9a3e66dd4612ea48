/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-op-case.h"

#include "ops/limn-op-elementwise.h"
#include "ops/ref/limn-ref.h"

#include <math.h>

typedef struct
{
  guint n;
  guint h;
  guint w;
  guint c;
} Shape;

/* The last one is more than one slab of 1 MiB. */
static const Shape shapes[] = {
  { 1, 1, 1, 1 }, { 1, 1, 1, 4 }, { 1, 3, 5, 7 }, { 2, 7, 1, 30 }, { 2, 77, 1, 768 }, { 1, 64, 63, 96 },
};

static gboolean
record_activate (LimnGraph     *graph,
                 LimnTensor    *y,
                 LimnTensor   **in,
                 LimnWeights   *weights,
                 gconstpointer  user_data,
                 GError       **error)
{
  return limn_op_activate (graph, y, in[0], GPOINTER_TO_INT (user_data), error);
}

static void
test_activate (const LimnOpTest *test)
{
  static const LimnRefActivation refs[] = {
    [LIMN_ACTIVATION_NONE] = LIMN_REF_NONE,
    [LIMN_ACTIVATION_SILU] = LIMN_REF_SILU,
    [LIMN_ACTIVATION_QUICK_GELU] = LIMN_REF_QUICK_GELU,
    [LIMN_ACTIVATION_GELU] = LIMN_REF_GELU,
    [LIMN_ACTIVATION_RELU] = LIMN_REF_RELU,
  };
  /* llvmpipe (Mesa 22.3): SiLU 5.2e-15, quick-GELU 4.3e-15, GELU 4.0e-14, of values up to 120. ReLU computes nothing. */
  static const double bounds[] = { 0.0, 2.1e-14, 1.8e-14, 1.6e-13, 0.0 };
  /* Far out as well: exp (100) is beyond float32. */
  static const double stds[] = { 1.0, 40.0 };

  for (int activation = LIMN_ACTIVATION_NONE; activation <= LIMN_ACTIVATION_RELU; activation++)
    for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
      {
        const Shape *s = &shapes[i];
        g_autoptr (LimnOpCase) c = limn_op_case_new (test->gpu, 10 + i, "activation %d of %u x %u x %u x %u", activation,
                                                     s->n, s->h, s->w, s->c);
        gsize n = (gsize) s->n * s->h * s->w * s->c;
        g_autofree float *expected = g_new (float, n);
        LimnOpInput *x = limn_op_case_input (c, test->dtype, s->n, s->h, s->w, s->c, (LimnOpData) { 0.0, stds[i % 2] });

        limn_op_case_output (c, test->dtype, s->n, s->h, s->w, s->c);
        x->is_output = i % 3 == 2;
        if (i % 3 == 1 && s->c % 4 == 0)
          {
            x->before = 4;
            c->out.after = 8;
          }
        if (!limn_op_case_run (c, record_activate, GINT_TO_POINTER (activation)))
          continue;
        limn_ref_activate (expected, x->values, n, refs[activation]);
        limn_op_case_compare (c, expected);
        limn_op_case_assert_nmse (c, activation == LIMN_ACTIVATION_NONE ? 0.0 : limn_op_test_bound (test, bounds[activation]));
      }
}

static gboolean
record_add (LimnGraph     *graph,
            LimnTensor    *y,
            LimnTensor   **in,
            LimnWeights   *weights,
            gconstpointer  user_data,
            GError       **error)
{
  return limn_op_add (graph, y, in[0], in[1], NULL, error);
}

static void
test_add (const LimnOpTest *test)
{
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      const Shape *s = &shapes[i];
      g_autoptr (LimnOpCase) c =
        limn_op_case_new (test->gpu, 20 + i, "add %u x %u x %u x %u", s->n, s->h, s->w, s->c);
      gsize n = (gsize) s->n * s->h * s->w * s->c;
      g_autofree float *expected = g_new (float, n);

      limn_op_case_input (c, test->dtype, s->n, s->h, s->w, s->c, (LimnOpData) { 0.0, 1.0 })->is_output = i % 3 == 0;
      /* The other dtype: residuals may be kept in float32. */
      limn_op_case_input (c, i % 2 == 0 ? test->dtype : LIMN_DTYPE_F32, s->n, s->h, s->w, s->c,
                          (LimnOpData) { 3.0, 1.0 });
      limn_op_case_output (c, test->dtype, s->n, s->h, s->w, s->c);
      if (!limn_op_case_run (c, record_add, NULL))
        continue;
      limn_ref_add (expected, c->in[0].values, c->in[1].values, n);
      limn_op_case_compare (c, expected);
      /* In float32 it is the same rounding of the same sum. */
      limn_op_case_assert_nmse (c, limn_op_test_bound (test, 0.0));
    }
}

/* in: scale, b, and a where there is one */
static gboolean
record_add_scaled (LimnGraph     *graph,
                   LimnTensor    *y,
                   LimnTensor   **in,
                   LimnWeights   *weights,
                   gconstpointer  user_data,
                   GError       **error)
{
  return limn_op_add (graph, y, user_data ? in[2] : NULL, in[1], in[0], error);
}

static void
test_add_scaled (const LimnOpTest *test)
{
  for (guint i = 0; i < 2 * G_N_ELEMENTS (shapes); i++)
    {
      const Shape *s = &shapes[i / 2];
      gboolean has_a = i % 2;
      g_autoptr (LimnOpCase) c =
        limn_op_case_new (test->gpu, 30 + i, "add_scaled %u x %u x %u x %u%s", s->n, s->h, s->w, s->c, has_a ? "" : " without a");
      gsize n = (gsize) s->n * s->h * s->w * s->c;
      g_autofree float *expected = g_new (float, n);

      limn_op_case_input (c, LIMN_DTYPE_F32, 1, 1, 1, 1, (LimnOpData) { 0.7, 0.5 });
      limn_op_case_input (c, test->dtype, s->n, s->h, s->w, s->c, (LimnOpData) { 3.0, 1.0 });
      if (has_a)
        limn_op_case_input (c, test->dtype, s->n, s->h, s->w, s->c, (LimnOpData) { 0.0, 1.0 })->is_output = i % 4 == 1;
      limn_op_case_output (c, test->dtype, s->n, s->h, s->w, s->c);
      if (!limn_op_case_run (c, record_add_scaled, GINT_TO_POINTER (has_a)))
        continue;
      limn_ref_add_scaled (expected, has_a ? c->in[2].values : NULL, c->in[1].values, c->in[0].values[0], n);
      limn_op_case_compare (c, expected);
      /* In float32 a product and a sum are rounded: 2.2e-15 measured on llvmpipe. */
      limn_op_case_assert_nmse (c, limn_op_test_bound (test, 9e-15));
    }
}

static gboolean
record_geglu (LimnGraph     *graph,
              LimnTensor    *y,
              LimnTensor   **in,
              LimnWeights   *weights,
              gconstpointer  user_data,
              GError       **error)
{
  return limn_op_geglu (graph, y, in[0], error);
}

static void
test_geglu (const LimnOpTest *test)
{
  /* 256 tokens of 5120: a 16x16 map in SD 1.x. */
  static const guint sizes[][2] = { { 1, 4 }, { 7, 12 }, { 61, 128 }, { 256, 2560 } };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      guint rows = sizes[i][0], columns = sizes[i][1];
      g_autoptr (LimnOpCase) c = limn_op_case_new (test->gpu, 30 + i, "GEGLU of %u x %u", rows, 2 * columns);
      g_autofree float *expected = g_new (float, (gsize) rows * columns);

      limn_op_case_input (c, test->dtype, 1, rows, 1, 2 * columns, (LimnOpData) { 0.0, 2.0 });
      limn_op_case_output (c, test->dtype, 1, rows, 1, columns);
      if (!limn_op_case_run (c, record_geglu, NULL))
        continue;
      limn_ref_geglu (expected, c->in[0].values, rows, columns);
      limn_op_case_compare (c, expected);
      /* llvmpipe (Mesa 22.3): 5.7e-15 */
      limn_op_case_assert_nmse (c, limn_op_test_bound (test, 2.3e-14));
    }
}

static gboolean
record_concat (LimnGraph     *graph,
               LimnTensor    *y,
               LimnTensor   **in,
               LimnWeights   *weights,
               gconstpointer  user_data,
               GError       **error)
{
  return limn_op_concat (graph, y, in[0], in[1], error);
}

static void
test_concat (const LimnOpTest *test)
{
  /* 0: nothing beside a. 4 + 5: the input of an inpainting model. */
  static const guint sizes[][3] = { { 1, 4, 1 }, { 35, 4, 5 }, { 35, 7, 0 }, { 64, 1280, 1280 }, { 1024, 640, 320 } };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      guint rows = sizes[i][0], c_a = sizes[i][1], c_b = sizes[i][2];
      g_autoptr (LimnOpCase) c = limn_op_case_new (test->gpu, 40 + i, "concat %u x %u + %u", rows, c_a, c_b);
      g_autofree float *expected = g_new (float, (gsize) rows * (c_a + c_b));

      limn_op_case_input (c, test->dtype, 1, rows, 1, c_a, (LimnOpData) { 0.0, 1.0 });
      if (c_b > 0)
        limn_op_case_input (c, LIMN_DTYPE_F32, 1, rows, 1, c_b, (LimnOpData) { 0.0, 1.0 });
      limn_op_case_output (c, i == 2 ? LIMN_DTYPE_F32 : test->dtype, 1, rows, 1, c_a + c_b);
      if (!limn_op_case_run (c, record_concat, NULL))
        continue;
      limn_ref_concat (expected, c->in[0].values, c_a, c->in[1].values, c_b, rows);
      limn_op_case_compare (c, expected);
      limn_op_case_assert_nmse (c, limn_op_test_bound (test, 0.0));
    }
}

static gboolean
record_embedding (LimnGraph     *graph,
                  LimnTensor    *y,
                  LimnTensor   **in,
                  LimnWeights   *weights,
                  gconstpointer  user_data,
                  GError       **error)
{
  return limn_op_embedding (graph, y, in[0], in[1], in[2], error);
}

static void
test_embedding (const LimnOpTest *test)
{
  /* n, t, vocabulary, columns, positions. 3000 x 768 floats: nine slabs of 1 MiB; the tokens of SD 1.x are 49408. */
  static const guint sizes[][5] = {
    { 1, 1, 1, 1, 0 }, { 2, 7, 13, 30, 7 }, { 1, 77, 512, 64, 77 }, { 2, 77, 3000, 768, 80 }, { 3, 5, 300, 768, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      guint n = sizes[i][0], t = sizes[i][1], vocabulary = sizes[i][2], columns = sizes[i][3], p = sizes[i][4];
      g_autoptr (LimnOpCase) c =
        limn_op_case_new (test->gpu, 50 + i, "embedding %u x %u of %u x %u, %u positions", n, t, vocabulary, columns, p);
      g_autofree float *expected = g_new (float, (gsize) n * t * columns);

      limn_op_case_ids (c, n, t, vocabulary);
      if (n * t > 3)
        {
          /* Ids past the table. */
          c->in[0].ids[2] = vocabulary;
          c->in[0].ids[3] = G_MAXUINT32;
        }
      limn_op_case_input (c, test->dtype, vocabulary, 1, 1, columns, (LimnOpData) { 0.0, 1.0 });
      if (p > 0)
        limn_op_case_input (c, test->dtype, p, 1, 1, columns, (LimnOpData) { 0.0, 1.0 });
      limn_op_case_output (c, test->dtype, n, t, 1, columns);
      if (!limn_op_case_run (c, record_embedding, NULL))
        continue;
      limn_ref_embedding (expected, c->in[0].ids, c->in[1].values, p > 0 ? c->in[2].values : NULL, n, t, vocabulary,
                          columns);
      limn_op_case_compare (c, expected);
      limn_op_case_assert_nmse (c, p > 0 ? limn_op_test_bound (test, 0.0) : 0.0);
    }
}

static gboolean
record_timestep (LimnGraph     *graph,
                 LimnTensor    *y,
                 LimnTensor   **in,
                 LimnWeights   *weights,
                 gconstpointer  user_data,
                 GError       **error)
{
  return limn_op_timestep (graph, y, in[0], in[1], GPOINTER_TO_INT (user_data), error);
}

static void
test_timestep (const LimnOpTest *test)
{
  static const guint columns[] = { 2, 6, 32, 320 };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (columns); i++)
    {
      guint n = 5, width = columns[i / 2];
      gboolean flip = i % 2;
      g_autoptr (LimnOpCase) c = limn_op_case_new (test->gpu, 60 + i, "timestep, %u columns, flip %d", width, flip);
      g_autofree float *expected = g_new (float, (gsize) n * width);

      limn_op_case_input (c, LIMN_DTYPE_F32, n, 1, 1, 1, (LimnOpData) { 500.0, 250.0 });
      c->in[0].values[0] = 999.0f;
      c->in[0].values[1] = 0.0f;
      limn_op_case_input (c, LIMN_DTYPE_F32, 1, 1, 1, width / 2, (LimnOpData) { 0.0, 0.0 });
      for (guint k = 0; k < width / 2; k++)
        c->in[1].values[k] = limn_ref_timestep_frequency (k, width / 2, 0.0);
      limn_op_case_output (c, test->dtype, n, 1, 1, width);
      if (!limn_op_case_run (c, record_timestep, GINT_TO_POINTER (flip)))
        continue;
      limn_ref_timestep (expected, c->in[0].values, c->in[1].values, n, width, flip);
      limn_op_case_compare (c, expected);
      /* llvmpipe (Mesa 22.3): 3.6e-15 */
      limn_op_case_assert_nmse (c, limn_op_test_bound (test, 1.5e-14));
    }
}

static gboolean
record_to_rgba (LimnGraph     *graph,
                LimnTensor    *y,
                LimnTensor   **in,
                LimnWeights   *weights,
                gconstpointer  user_data,
                GError       **error)
{
  return limn_op_to_rgba (graph, y, in[0], error);
}

static void
test_to_rgba (const LimnOpTest *test)
{
  static const Shape sizes[] = { { 1, 1, 1, 3 }, { 2, 5, 7, 3 }, { 1, 256, 300, 3 } };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      const Shape *s = &sizes[i];
      g_autoptr (LimnOpCase) c = limn_op_case_new (test->gpu, 70 + i, "RGBA of %u x %u x %u", s->n, s->h, s->w);
      gsize rows = (gsize) s->n * s->h * s->w;
      g_autofree guint32 *expected = g_new (guint32, rows);
      const float none[] = { INFINITY, -INFINITY, NAN, -NAN };
      guint different = 0, bad = 0;

      /* A third lies outside of -1 .. 1. */
      limn_op_case_input (c, test->dtype, s->n, s->h, s->w, 3, (LimnOpData) { 0.0, 1.0 });
      /* Each kind in each channel; one pixel stays whole. */
      for (gsize k = 0; k < rows / 5; k++)
        c->in[0].values[15 * k + k % 3] = none[k % 4];
      limn_op_case_output (c, LIMN_DTYPE_U32, s->n, s->h, s->w, 1);
      if (!limn_op_case_run (c, record_to_rgba, NULL))
        continue;
      limn_ref_to_rgba (expected, c->in[0].values, rows);
      for (gsize row = 0; row < rows; row++)
        {
          guint32 got = c->out.ids[row];

          g_assert_cmphex (got >> 24, ==, expected[row] >> 24);
          bad += got >> 24 == 0;
          for (guint k = 0; k < 24; k += 8)
            g_assert_cmpint (ABS ((int) (got >> k & 255) - (int) (expected[row] >> k & 255)), <=, 1);
          different += got != expected[row];
        }
      g_assert_cmpuint (bad, ==, rows / 5);
      g_test_message ("%s: %u pixels of %zu differ, by 1", c->name, different, rows);
      /* Values within rounding of a half. */
      g_assert_cmpuint (different, <=, rows / 1000);
    }
}

static void
test_refused (const LimnOpTest *test)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGraph) graph = limn_graph_new (test->gpu->gl, test->gpu->arena, "refused");
  LimnTensor *a = limn_graph_tensor (graph, test->dtype, 1, 2, 2, 8);
  LimnTensor *b = limn_graph_tensor (graph, test->dtype, 1, 2, 2, 6);
  LimnTensor *t8 = limn_graph_tensor (graph, test->dtype, 3, 1, 1, 8);
  LimnTensor *ids = limn_graph_tensor (graph, LIMN_DTYPE_U32, 1, 4, 1, 1);
  LimnTensor *t = limn_graph_tensor (graph, LIMN_DTYPE_F32, 3, 1, 1, 1);

  limn_op_test_assert_refused (limn_op_activate (graph, a, b, LIMN_ACTIVATION_SILU, &error), &error);
  limn_op_test_assert_refused (limn_op_add (graph, a, a, b, NULL, &error), &error);
  limn_op_test_assert_refused (limn_op_add (graph, ids, ids, ids, NULL, &error), &error);
  limn_op_test_assert_refused (limn_op_add (graph, a, NULL, b, t, &error), &error);
  limn_op_test_assert_refused (limn_op_add (graph, a, a, a, a, &error), &error);
  limn_op_test_assert_refused (limn_op_geglu (graph, a, b, &error), &error);
  limn_op_test_assert_refused (limn_op_geglu (graph, b, a, &error), &error);
  limn_op_test_assert_refused (limn_op_concat (graph, a, a, b, &error), &error);
  limn_op_test_assert_refused (limn_op_concat (graph, limn_graph_tensor (graph, test->dtype, 1, 2, 2, 14), b, a, &error), &error);
  limn_op_test_assert_refused (limn_op_embedding (graph, a, ids, b, NULL, &error), &error);
  limn_op_test_assert_refused (limn_op_embedding (graph, a, ids, a, t8, &error), &error);
  limn_op_test_assert_refused (limn_op_timestep (graph, a, t, t, FALSE, &error), &error);
  limn_op_test_assert_refused (limn_op_to_rgba (graph, ids, a, &error), &error);
  g_assert_cmpuint (limn_graph_get_n_dispatches (graph), ==, 0);
}

void
limn_op_test_add_elementwise (const LimnOpGpu *gpu)
{
  limn_op_test_add (gpu, "activate", test_activate);
  limn_op_test_add (gpu, "add", test_add);
  limn_op_test_add (gpu, "add-scaled", test_add_scaled);
  limn_op_test_add (gpu, "geglu", test_geglu);
  limn_op_test_add (gpu, "concat", test_concat);
  limn_op_test_add (gpu, "embedding", test_embedding);
  limn_op_test_add (gpu, "timestep", test_timestep);
  limn_op_test_add (gpu, "to-rgba", test_to_rgba);
  limn_op_test_add (gpu, "refused", test_refused);
}
