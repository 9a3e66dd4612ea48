/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Operators alone, on the shapes of Stable Diffusion 1.x. */
#include "config.h"

#include "cli/limn-cli-bench.h"

#include "ops/limn-op-attention.h"
#include "ops/limn-op-conv.h"
#include "ops/limn-tuner.h"

#include <math.h>

/* On hardware a run repeats its operator until there is work for some milliseconds, so that a fence (0.05 ms) does not count. */
#define RUN_FLOPS 4e10
#define MAX_CALLS 64

static gboolean
run_graph (gpointer data, GCancellable *cancellable, GError **error)
{
  return limn_graph_run (data, cancellable, error);
}

static guint
count_calls (const LimnCliBench *bench, double flops)
{
  if (limn_gl_get_device (bench->gl)->device_class == LIMN_GL_SOFTWARE)
    return 1;
  return CLAMP (RUN_FLOPS / flops, 1, MAX_CALLS);
}

static LimnArena *
new_arena (LimnCliBench *bench)
{
  LimnArena *arena = limn_arena_new (bench->gl);

  limn_tuner_load (arena, bench->gl);
  return arena;
}

static LimnTensor *
new_tensor (LimnCliBench *bench, LimnDtype dtype, guint n, guint h, guint w, guint c, GError **error)
{
  LimnTensor *tensor = limn_tensor_new (bench->gl, dtype, n, h, w, c, "bench", error);
  g_autofree float *noise = NULL;

  if (!tensor)
    return NULL;
  noise = limn_cli_bench_noise (limn_tensor_get_rows (tensor) * c, 1);
  limn_tensor_upload (tensor, noise);
  return tensor;
}

static LimnWeights *
new_weights (LimnCliBench *bench, LimnDtype dtype, guint n, guint k, guint taps, GError **error)
{
  LimnWeights *weights = limn_weights_new (bench->gl, dtype, n, k, taps, "bench", error);
  g_autofree float *noise = NULL;

  if (!weights)
    return NULL;
  noise = limn_cli_bench_noise ((gsize) n * k * taps, sqrtf (3.0f / (k * taps)));
  limn_weights_upload (weights, 0, n, noise);
  return weights;
}

static gboolean
bench_matrix (LimnCliBench *bench, guint side, LimnDtype dtype, GError **error)
{
  g_autofree char *shape = g_strdup_printf ("%u x %u x %u %s", side, side, side, limn_dtype_get_name (dtype));
  LimnCliBenchRow row = { "matrix product", shape, 2.0 * side * side * side, 1, NULL };
  g_autoptr(LimnArena) arena = NULL;
  g_autoptr(LimnTensor) x = NULL;
  g_autoptr(LimnTensor) y = NULL;
  g_autoptr(LimnWeights) weights = NULL;
  g_autoptr(LimnGraph) graph = NULL;

  if (!limn_cli_bench_wants (bench, row.name, shape))
    return TRUE;
  arena = new_arena (bench);
  x = new_tensor (bench, dtype, 1, 1, side, side, error);
  y = x ? limn_tensor_new (bench->gl, dtype, 1, 1, side, side, "bench", error) : NULL;
  weights = y ? new_weights (bench, dtype, side, side, 1, error) : NULL;
  if (!weights)
    return FALSE;
  graph = limn_graph_new (bench->gl, arena, "bench");
  row.calls = count_calls (bench, row.flops);
  for (guint i = 0; i < row.calls; i++)
    if (!limn_op_matmul (graph, y, x, weights, NULL, error))
      return FALSE;
  if (!limn_cli_bench_measure (bench, &row, run_graph, graph, error))
    return FALSE;
  bench->product_gflops = MAX (bench->product_gflops, row.flops / bench->seconds * 1e-9);
  return TRUE;
}

static gboolean
bench_conv (LimnCliBench *bench, guint side, guint channels, LimnDtype dtype, GError **error)
{
  g_autofree char *shape = g_strdup_printf ("%u x %u, %u -> %u %s", side, side, channels, channels, limn_dtype_get_name (dtype));
  LimnCliBenchRow row = { "convolution 3x3", shape, 2.0 * 9 * side * side * channels * channels, 1, NULL };
  g_autoptr(LimnArena) arena = NULL;
  g_autoptr(LimnTensor) x = NULL;
  g_autoptr(LimnTensor) y = NULL;
  g_autoptr(LimnWeights) weights = NULL;
  g_autoptr(LimnGraph) graph = NULL;

  if (!limn_cli_bench_wants (bench, row.name, shape))
    return TRUE;
  arena = new_arena (bench);
  x = new_tensor (bench, dtype, 1, side, side, channels, error);
  y = x ? limn_tensor_new (bench->gl, dtype, 1, side, side, channels, "bench", error) : NULL;
  weights = y ? new_weights (bench, dtype, channels, channels, 9, error) : NULL;
  if (!weights)
    return FALSE;
  graph = limn_graph_new (bench->gl, arena, "bench");
  row.calls = count_calls (bench, row.flops);
  for (guint i = 0; i < row.calls; i++)
    if (!limn_op_conv3x3 (graph, y, x, weights, LIMN_CONV_SAME, NULL, error))
      return FALSE;
  /* Winograd's products are a quarter of the direct sum, give or take ragged tiles. */
  if (limn_graph_get_flops (graph) < 0.5 * row.flops * row.calls)
    row.note = "Winograd";
  return limn_cli_bench_measure (bench, &row, run_graph, graph, error);
}

static gboolean
bench_attention (LimnCliBench *bench, guint tokens, guint keys, guint heads, guint width, LimnDtype dtype, GError **error)
{
  g_autofree char *shape = g_strdup_printf ("%u x %u, %u head%s of %u %s", tokens, keys, heads, heads == 1 ? "" : "s", width,
                                            limn_dtype_get_name (dtype));
  LimnCliBenchRow row = { "attention", shape, 4.0 * tokens * keys * heads * width, 1, NULL };
  g_autoptr(LimnArena) arena = NULL;
  g_autoptr(LimnTensor) q = NULL;
  g_autoptr(LimnTensor) k = NULL;
  g_autoptr(LimnTensor) v = NULL;
  g_autoptr(LimnTensor) y = NULL;
  g_autoptr(LimnGraph) graph = NULL;

  if (!limn_cli_bench_wants (bench, row.name, shape))
    return TRUE;
  arena = new_arena (bench);
  q = new_tensor (bench, dtype, 1, tokens, 1, heads * width, error);
  k = q ? new_tensor (bench, dtype, 1, keys, 1, heads * width, error) : NULL;
  v = k ? new_tensor (bench, dtype, 1, keys, 1, heads * width, error) : NULL;
  y = v ? limn_tensor_new (bench->gl, dtype, 1, tokens, 1, heads * width, "bench", error) : NULL;
  if (!y)
    return FALSE;
  graph = limn_graph_new (bench->gl, arena, "bench");
  row.calls = count_calls (bench, row.flops);
  for (guint i = 0; i < row.calls; i++)
    if (!limn_op_attention (graph, y, q, k, v, heads, FALSE, 1 / sqrtf (width), error))
      return FALSE;
  return limn_cli_bench_measure (bench, &row, run_graph, graph, error);
}

gboolean
limn_cli_bench_ops (LimnCliBench *bench, GError **error)
{
  static const guint sides[] = { 512, 1024, 2048 };
  static const struct
  {
    guint    side;
    guint    channels;
    gboolean f16;
    gboolean quick;
  } convs[] = {
    { 64, 320, FALSE, TRUE },
    { 64, 320, TRUE, FALSE },
    { 32, 640, FALSE, TRUE },
    { 16, 1280, FALSE, TRUE },
    { 256, 128, FALSE, FALSE },
    { 512, 128, FALSE, FALSE },
  };
  static const struct
  {
    guint    tokens;
    guint    keys;
    guint    heads;
    guint    width;
    gboolean f16;
    gboolean quick;
  } attentions[] = {
    { 4096, 4096, 8, 40, FALSE, FALSE },
    { 4096, 4096, 8, 40, TRUE, FALSE },
    { 1024, 1024, 8, 80, FALSE, TRUE },
    { 4096, 77, 8, 40, FALSE, TRUE },
    { 4096, 4096, 1, 512, FALSE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (sides); i++)
    if ((!bench->quick || sides[i] <= 1024) && (!bench_matrix (bench, sides[i], LIMN_DTYPE_F32, error) ||
                                                !bench_matrix (bench, sides[i], LIMN_DTYPE_F16, error)))
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (convs); i++)
    if ((!bench->quick || convs[i].quick) &&
        !bench_conv (bench, convs[i].side, convs[i].channels, convs[i].f16 ? LIMN_DTYPE_F16 : LIMN_DTYPE_F32, error))
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (attentions); i++)
    if ((!bench->quick || attentions[i].quick) &&
        !bench_attention (bench, attentions[i].tokens, attentions[i].keys, attentions[i].heads, attentions[i].width,
                          attentions[i].f16 ? LIMN_DTYPE_F16 : LIMN_DTYPE_F32, error))
      return FALSE;
  return TRUE;
}
