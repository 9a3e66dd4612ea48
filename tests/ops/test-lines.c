/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Norm and convolution line by line through windows, against the same as a whole: not a bit may differ. */

#include "limn-op-case.h"

#include "ops/limn-op-conv.h"
#include "ops/limn-op-norm.h"

#include <string.h>

#define GROUPS 4
#define EPS    1e-6f

typedef struct
{
  guint        n;
  guint        h;
  guint        w;
  guint        k;
  guint        c;
  LimnConvMode mode;
  gboolean     residual;
  guint        lines; /* a slab; 0: whole */
} Lines;

enum { X, GAMMA, BETA, BIAS, RESIDUAL };

/* Lines of the convolution, from a window of the norm that holds what they see of x and nothing else. */
static gboolean
record_slab (LimnGraph         *graph,
             LimnTensor        *y,
             LimnTensor       **in,
             LimnWeights       *weights,
             const Lines       *t,
             const LimnTensor  *statistics,
             const LimnLines   *lines,
             GError           **error)
{
  const LimnTensor *x = in[X];
  guint shift = t->mode == LIMN_CONV_UP ? 1 : 0;
  guint low = (MAX (lines->first, 1) - 1) >> shift, high = MIN (((lines->first + lines->count) >> shift) + 1, x->h);
  gint64 first = ((gint64) lines->sample * x->h + low) * x->w;
  LimnTensor *store = limn_graph_tensor (graph, x->dtype, 1, high - low, x->w, x->c);
  LimnEpilogue epilogue = { .bias = in[BIAS], .residual = t->residual ? in[RESIDUAL] : NULL };

  return limn_op_group_norm_apply (graph, store, limn_graph_window (graph, x, 1, high - low, -first),
                                   limn_graph_window (graph, statistics, 1, GROUPS, -(gint64) lines->sample * GROUPS), in[GAMMA], in[BETA],
                                   LIMN_ACTIVATION_SILU, error) &&
         limn_op_conv3x3_lines (graph, y, limn_graph_window (graph, store, x->n, x->h, first), weights, t->mode, &epilogue, lines, error);
}

static gboolean
record (LimnGraph      *graph,
        LimnTensor     *y,
        LimnTensor    **in,
        LimnWeights    *weights,
        gconstpointer   user_data,
        GError        **error)
{
  const Lines *t = user_data;
  const LimnTensor *x = in[X];
  const LimnTensor *statistics;

  if (t->lines == 0)
    {
      LimnEpilogue epilogue = { .bias = in[BIAS], .residual = t->residual ? in[RESIDUAL] : NULL };
      LimnTensor *normal = limn_graph_tensor (graph, x->dtype, x->n, x->h, x->w, x->c);

      return limn_op_group_norm (graph, normal, x, in[GAMMA], in[BETA], GROUPS, EPS, LIMN_ACTIVATION_SILU, error) &&
             limn_op_conv3x3 (graph, y, normal, weights, t->mode, &epilogue, error);
    }
  statistics = limn_op_group_norm_statistics (graph, x, GROUPS, EPS, error);
  for (guint sample = 0; statistics && sample < y->n; sample++)
    for (guint first = 0; first < y->h; first += t->lines)
      if (!record_slab (graph, y, in, weights, t, statistics, &(LimnLines) { sample, first, MIN (t->lines, y->h - first) }, error))
        return FALSE;
  return statistics != NULL;
}

static LimnOpCase *
run (const LimnOpTest *test,
     const Lines      *t)
{
  LimnOpCase *c = limn_op_case_new (test->gpu, 300, "norm and conv of %u x %u x %u x %u -> %u, %u lines at a time", t->n, t->h, t->w, t->k, t->c, t->lines);
  guint h = limn_conv_get_output_size (t->mode, t->h), w = limn_conv_get_output_size (t->mode, t->w);

  limn_op_case_input (c, test->dtype, t->n, t->h, t->w, t->k, (LimnOpData) { 1.0, 2.0 });
  limn_op_case_input (c, LIMN_DTYPE_F32, 1, 1, 1, t->k, (LimnOpData) { 1.0, 0.2 });
  limn_op_case_input (c, LIMN_DTYPE_F32, 1, 1, 1, t->k, (LimnOpData) { 0.0, 0.2 });
  limn_op_case_input (c, LIMN_DTYPE_F32, 1, 1, 1, t->c, (LimnOpData) { 0.0, 0.2 });
  limn_op_case_input (c, test->dtype, t->n, h, w, t->c, (LimnOpData) { 0.0, 1.0 });
  limn_op_case_weights (c, test->dtype, t->c, t->k, 9);
  limn_op_case_output (c, test->dtype, t->n, h, w, t->c);
  limn_op_case_run (c, record, t);
  return c;
}

static void
test_lines (const LimnOpTest *test)
{
  /* Below and above what Winograd takes, the last with weights that are transformed on the way; heights that are no multiple of a slab, nor
   * of a tile; slabs of one tile. */
  static const Lines table[] = {
    { 1, 18, 9, 8, 20, LIMN_CONV_SAME, FALSE, 8 },
    { 2, 21, 7, 16, 12, LIMN_CONV_SAME, TRUE, 4 },
    { 1, 23, 22, 32, 40, LIMN_CONV_SAME, FALSE, 8 },
    { 2, 22, 19, 40, 36, LIMN_CONV_SAME, TRUE, 4 },
    { 1, 9, 7, 12, 12, LIMN_CONV_UP, FALSE, 4 },
    { 2, 11, 9, 32, 32, LIMN_CONV_UP, TRUE, 8 },
    { 1, 22, 19, 256, 264, LIMN_CONV_SAME, TRUE, 4 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      Lines whole = table[i];
      g_autoptr(LimnOpCase) a = NULL;
      g_autoptr(LimnOpCase) b = NULL;

      whole.lines = 0;
      a = run (test, &whole);
      b = run (test, &table[i]);
      /* With --limited the case compares with itself. */
      if (!a->out.values)
        continue;
      g_assert_cmpmem (a->out.values, (gsize) a->out.n * a->out.h * a->out.w * a->out.c * sizeof (float), b->out.values,
                       (gsize) b->out.n * b->out.h * b->out.w * b->out.c * sizeof (float));
    }
}

static void
test_lines_refused (const LimnOpTest *test)
{
  /* Not where a tile begins; not where it ends; past the end; of a sample that there is not. */
  static const LimnLines wrong[] = { { 0, 2, 4 }, { 0, 0, 6 }, { 0, 4, 8 }, { 0, 12, 4 }, { 1, 0, 4 }, { 0, 0, 0 } };
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnGraph) graph = limn_graph_new (test->gpu->gl, test->gpu->arena, "refused");
  g_autoptr(LimnWeights) weights = limn_weights_new (test->gpu->gl, test->dtype, 8, 8, 9, "refused", &error);
  LimnTensor *x = limn_graph_tensor (graph, test->dtype, 1, 10, 5, 8);
  LimnTensor *y = limn_graph_tensor (graph, test->dtype, 1, 10, 5, 8);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    limn_op_test_assert_refused (limn_op_conv3x3_lines (graph, y, x, weights, LIMN_CONV_SAME, NULL, &wrong[i], &error), &error);
  g_assert_cmpuint (limn_graph_get_n_dispatches (graph), ==, 0);
}

void
limn_op_test_add_lines (const LimnOpGpu *gpu)
{
  limn_op_test_add (gpu, "lines", test_lines);
  limn_op_test_add (gpu, "lines-refused", test_lines_refused);
}
