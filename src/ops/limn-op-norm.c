/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/*
 * Group norm in four kernels: statistics of each channel over chunks of rows; chunks merged, MERGE at a time, until at
 * most MERGE are left of a sample; these and the channels of a group into that group's mean and 1 / std; and the pass
 * that applies them.
 *
 * How a sample is cut into chunks depends on its shape and on nothing else, neither on the device and its limits nor
 * on how many samples there are: it decides the last digits. Slabs are whole chunks.
 */

#include "ops/limn-op-norm.h"
#include "ops/limn-op-private.h"

#include "gl/limn-kernels.h"

/* Chunks that one merge takes; the kernel's default. */
#define MERGE 16

/* Rows that one item of the last pass does: enough to spread the cost of its factors. Does not change the result. */
#define APPLY_ROWS 16

typedef struct
{
  guint64 samples;
  guint64 rows;       /* a sample */
  guint   chunk_rows;
  guint   chunks;     /* a sample */
} Cut;

static guint64
divide_up (guint64 n,
           guint64 by)
{
  return n / by + (n % by != 0);
}

/* At least 64 rows, so that statistics stay small beside x; at most 256 chunks where that keeps a chunk within 65536
 * values: a quarter of the smallest binding there is (1 MiB, in tests), and what a processor's cache holds. */
static Cut
cut_sample (const LimnTensor *x)
{
  Cut cut = { .samples = x->n, .rows = (guint64) x->h * x->w };
  guint64 most = MAX (1, 65536 / (limn_op_get_width (x) * LIMN_TEXEL));

  cut.chunk_rows = MIN (most, MAX (64, divide_up (cut.rows, 256)));
  cut.chunks = divide_up (cut.rows, cut.chunk_rows);
  return cut;
}

typedef struct
{
  LimnTensor *mean; /* F32 [samples * chunks, C] */
  LimnTensor *m2;
} Statistics;

static Statistics
statistics_new (LimnGraph        *graph,
                const LimnTensor *x,
                const Cut        *cut)
{
  return (Statistics) {
    .mean = limn_graph_tensor (graph, LIMN_DTYPE_F32, cut->samples, cut->chunks, 1, x->c),
    .m2 = limn_graph_tensor (graph, LIMN_DTYPE_F32, cut->samples, cut->chunks, 1, x->c),
  };
}

static gboolean
dispatch (LimnGraph      *graph,
          const char     *kernel,
          const char     *define,
          const char     *store,
          gconstpointer   params,
          gsize           params_bytes,
          const LimnArg  *args,
          guint           n_args,
          guint64         items,
          GError        **error)
{
  const LimnOpTuning *tuning = limn_op_get_tuning (graph);
  const char *defines[4] = { tuning->wg };
  guint n = 1;
  LimnDispatch one = {
    .kernel = kernel,
    .defines = defines,
    .params = params,
    .params_bytes = params_bytes,
    .args = args,
    .n_args = n_args,
  };

  if (define != NULL)
    defines[n++] = define;
  if (store != NULL)
    defines[n++] = store;
  return limn_op_dispatch_items (graph, &one, items, tuning->group_items, error);
}

/* Where chunk @chunk of all samples' begins, counted in rows of x. */
static guint64
chunk_begin (const Cut *cut,
             guint64    chunk)
{
  return chunk / cut->chunks * cut->rows + chunk % cut->chunks * cut->chunk_rows;
}

static gboolean
take_statistics (LimnGraph         *graph,
                 const LimnTensor  *x,
                 const Cut         *cut,
                 const Statistics  *out,
                 GError           **error)
{
  guint64 chunks = cut->samples * cut->chunks;
  guint64 slab = limn_op_get_slab_rows (graph, "group_norm", error, x, NULL);
  guint width = limn_op_get_width (x);

  if (slab == 0)
    return FALSE;
  if (slab < cut->chunk_rows && slab < cut->rows)
    return limn_op_fail_shape (error, "group_norm", "%u rows of %u values are more than this device binds at once",
                               cut->chunk_rows, x->pitch);
  slab = MIN (MAX (1, slab / cut->chunk_rows), limn_graph_max_rows (graph, out->mean));
  for (guint64 chunk = 0; chunk < chunks; chunk += slab)
    {
      guint64 count = MIN (slab, chunks - chunk);
      guint64 first = chunk_begin (cut, chunk);
      LimnGroupNormStatisticsParams params = {
        .n_items = count * width,
        .width = width,
        .first_chunk = chunk,
        .chunks = cut->chunks,
        .chunk_rows = cut->chunk_rows,
        .P = cut->rows,
        .first_row = first,
        .x_pitch = limn_op_get_pitch (x),
      };
      const LimnArg args[] = {
        limn_graph_read (graph, LIMN_GROUP_NORM_STATISTICS_X, x, first, chunk_begin (cut, chunk + count) - first,
                         &params.x_base),
        limn_graph_write (graph, LIMN_GROUP_NORM_STATISTICS_MEAN, out->mean, chunk, count, &params.mean_base),
        limn_graph_write (graph, LIMN_GROUP_NORM_STATISTICS_M2, out->m2, chunk, count, &params.m2_base),
      };

      if (!dispatch (graph, "group_norm_statistics", NULL, NULL, &params, sizeof params, args, G_N_ELEMENTS (args),
                     params.n_items, error))
        return FALSE;
    }
  return TRUE;
}

/* Merges chunks of @cut, and makes it the coarser cut of what is then in @statistics. */
static gboolean
merge_once (LimnGraph         *graph,
            const LimnTensor  *x,
            Cut               *cut,
            Statistics        *statistics,
            GError           **error)
{
  Cut merged = *cut;
  Statistics out;
  guint width = limn_op_get_width (x);
  guint64 slab, chunks;

  merged.chunk_rows = cut->chunk_rows * MERGE;
  merged.chunks = divide_up (cut->chunks, MERGE);
  chunks = merged.samples * merged.chunks;
  out = statistics_new (graph, x, &merged);
  slab = limn_op_get_slab_rows (graph, "group_norm", error, statistics->mean, NULL);
  if (slab == 0)
    return FALSE;
  if (slab < MERGE)
    return limn_op_fail_shape (error, "group_norm", "%d rows of %u channels are more than this device binds at once",
                               MERGE, x->c);
  slab /= MERGE;
  for (guint64 chunk = 0; chunk < chunks; chunk += slab)
    {
      guint64 count = MIN (slab, chunks - chunk), end = chunk + count;
      guint64 first = chunk / merged.chunks * cut->chunks + chunk % merged.chunks * MERGE;
      guint64 last = end / merged.chunks * cut->chunks + end % merged.chunks * MERGE;
      LimnGroupNormMergeParams params = {
        .n_items = count * width,
        .width = width,
        .first_chunk = chunk,
        .chunks = cut->chunks,
        .merged_chunks = merged.chunks,
        .chunk_rows = cut->chunk_rows,
        .P = cut->rows,
        .first_in = first,
      };
      const LimnArg args[] = {
        limn_graph_read (graph, LIMN_GROUP_NORM_MERGE_MEAN_IN, statistics->mean, first, last - first,
                         &params.mean_in_base),
        limn_graph_read (graph, LIMN_GROUP_NORM_MERGE_M2_IN, statistics->m2, first, last - first, &params.m2_in_base),
        limn_graph_write (graph, LIMN_GROUP_NORM_MERGE_MEAN, out.mean, chunk, count, &params.mean_base),
        limn_graph_write (graph, LIMN_GROUP_NORM_MERGE_M2, out.m2, chunk, count, &params.m2_base),
      };

      if (!dispatch (graph, "group_norm_merge", "MERGE=" G_STRINGIFY (MERGE), NULL, &params, sizeof params, args,
                     G_N_ELEMENTS (args), params.n_items, error))
        return FALSE;
    }
  *cut = merged;
  *statistics = out;
  return TRUE;
}

static gboolean
take_groups (LimnGraph         *graph,
             const LimnTensor  *x,
             const Cut         *cut,
             const Statistics  *statistics,
             LimnTensor        *out,
             guint              groups,
             float              eps,
             GError           **error)
{
  guint64 slab = limn_op_get_slab_rows (graph, "group_norm", error, statistics->mean, NULL);

  if (slab == 0)
    return FALSE;
  if (slab < cut->chunks)
    return limn_op_fail_shape (error, "group_norm", "%u rows of %u channels are more than this device binds at once",
                               cut->chunks, x->c);
  slab /= cut->chunks;
  for (guint64 n = 0; n < cut->samples; n += slab)
    {
      guint64 count = MIN (slab, cut->samples - n);
      LimnGroupNormGroupsParams params = {
        .n_items = count * groups,
        .G = groups,
        .per_group = x->c / groups,
        .width = limn_op_get_width (x),
        .chunks = cut->chunks,
        .chunk_rows = cut->chunk_rows,
        .P = cut->rows,
        .eps = eps,
      };
      const LimnArg args[] = {
        limn_graph_read (graph, LIMN_GROUP_NORM_GROUPS_MEAN_IN, statistics->mean, n * cut->chunks,
                         count * cut->chunks, &params.mean_in_base),
        limn_graph_read (graph, LIMN_GROUP_NORM_GROUPS_M2_IN, statistics->m2, n * cut->chunks, count * cut->chunks,
                         &params.m2_in_base),
        limn_graph_write (graph, LIMN_GROUP_NORM_GROUPS_Y, out, n * groups, count * groups, &params.y_base),
      };

      if (!dispatch (graph, "group_norm_groups", NULL, NULL, &params, sizeof params, args, G_N_ELEMENTS (args),
                     params.n_items, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
apply (LimnGraph         *graph,
       LimnTensor        *y,
       const LimnTensor  *x,
       const LimnTensor  *statistics,
       const LimnTensor  *gamma,
       const LimnTensor  *beta,
       guint              groups,
       LimnActivation     activation,
       GError           **error)
{
  Cut cut = { .samples = x->n, .rows = (guint64) x->h * x->w };
  guint64 slab = limn_op_get_slab_rows (graph, "group_norm", error, x, y, NULL);
  guint width = limn_op_get_width (x);
  guint64 chunks;

  if (slab == 0)
    return FALSE;
  cut.chunk_rows = MIN (APPLY_ROWS, slab);
  cut.chunks = divide_up (cut.rows, cut.chunk_rows);
  chunks = cut.samples * cut.chunks;
  slab /= cut.chunk_rows;
  for (guint64 chunk = 0; chunk < chunks; chunk += slab)
    {
      guint64 count = MIN (slab, chunks - chunk);
      guint64 first = chunk_begin (&cut, chunk), rows = chunk_begin (&cut, chunk + count) - first;
      LimnGroupNormApplyParams params = {
        .n_items = count * width,
        .width = width,
        .c = x->c,
        .per_group = x->c / groups,
        .G = groups,
        .first_chunk = chunk,
        .chunks = cut.chunks,
        .chunk_rows = cut.chunk_rows,
        .P = cut.rows,
        .first_row = first,
        .x_pitch = limn_op_get_pitch (x),
        .y_pitch = limn_op_get_pitch (y),
      };
      const LimnArg args[] = {
        limn_graph_read (graph, LIMN_GROUP_NORM_APPLY_X, x, first, rows, &params.x_base),
        limn_graph_read (graph, LIMN_GROUP_NORM_APPLY_GROUPS, statistics, 0, 0, &params.groups_base),
        limn_graph_read (graph, LIMN_GROUP_NORM_APPLY_GAMMA, gamma, 0, 0, &params.gamma_base),
        limn_graph_read (graph, LIMN_GROUP_NORM_APPLY_BETA, beta, 0, 0, &params.beta_base),
        limn_graph_write (graph, LIMN_GROUP_NORM_APPLY_Y, y, first, rows, &params.y_base),
      };

      if (!dispatch (graph, "group_norm_apply", activation == LIMN_ACTIVATION_SILU ? "SILU=1" : "SILU=0",
                     limn_op_store_define (y), &params, sizeof params, args, G_N_ELEMENTS (args), params.n_items,
                     error))
        return FALSE;
    }
  return TRUE;
}

LimnTensor *
limn_op_group_norm_statistics (LimnGraph         *graph,
                               const LimnTensor  *x,
                               guint              groups,
                               float              eps,
                               GError           **error)
{
  Cut cut;
  Statistics statistics;
  LimnTensor *out;

  if (!limn_op_is_float (x))
    {
      limn_op_fail_shape (error, "group_norm", "x is in floating point");
      return NULL;
    }
  if (groups == 0 || x->c % groups != 0)
    {
      limn_op_fail_shape (error, "group_norm", "%u channels cannot be divided into %u groups", x->c, groups);
      return NULL;
    }
  cut = cut_sample (x);
  statistics = statistics_new (graph, x, &cut);
  if (!take_statistics (graph, x, &cut, &statistics, error))
    return NULL;
  while (cut.chunks > MERGE)
    if (!merge_once (graph, x, &cut, &statistics, error))
      return NULL;
  out = limn_graph_tensor (graph, LIMN_DTYPE_F32, x->n, groups, 1, 4);
  return take_groups (graph, x, &cut, &statistics, out, groups, eps, error) ? out : NULL;
}

static gboolean
check_apply (const LimnTensor  *y,
             const LimnTensor  *x,
             const LimnTensor  *gamma,
             const LimnTensor  *beta,
             GError           **error)
{
  if (!limn_op_is_float (x) || !limn_op_is_float (y) || !limn_op_same_shape (x, y))
    return limn_op_fail_shape (error, "group_norm", "x and y are of one shape, in floating point");
  if (!limn_op_is_vector (gamma, x->c) || !limn_op_is_vector (beta, x->c))
    return limn_op_fail_shape (error, "group_norm", "gamma and beta have a value for each of the %u channels", x->c);
  return TRUE;
}

gboolean
limn_op_group_norm_apply (LimnGraph         *graph,
                          LimnTensor        *y,
                          const LimnTensor  *x,
                          const LimnTensor  *statistics,
                          const LimnTensor  *gamma,
                          const LimnTensor  *beta,
                          LimnActivation     activation,
                          GError           **error)
{
  g_return_val_if_fail (activation == LIMN_ACTIVATION_NONE || activation == LIMN_ACTIVATION_SILU, FALSE);

  if (!check_apply (y, x, gamma, beta, error))
    return FALSE;
  if (statistics->dtype != LIMN_DTYPE_F32 || statistics->n != x->n || statistics->w != 1 || statistics->c != 4 ||
      x->c % statistics->h != 0)
    return limn_op_fail_shape (error, "group_norm", "statistics of %u samples in %u groups do not fit %u samples of %u channels",
                               statistics->n, statistics->h, x->n, x->c);
  return apply (graph, y, x, statistics, gamma, beta, statistics->h, activation, error);
}

gboolean
limn_op_group_norm (LimnGraph         *graph,
                    LimnTensor        *y,
                    const LimnTensor  *x,
                    const LimnTensor  *gamma,
                    const LimnTensor  *beta,
                    guint              groups,
                    float              eps,
                    LimnActivation     activation,
                    GError           **error)
{
  const LimnTensor *statistics;

  if (!check_apply (y, x, gamma, beta, error))
    return FALSE;
  statistics = limn_op_group_norm_statistics (graph, x, groups, eps, error);
  return statistics && limn_op_group_norm_apply (graph, y, x, statistics, gamma, beta, activation, error);
}

gboolean
limn_op_layer_norm (LimnGraph         *graph,
                    LimnTensor        *y,
                    const LimnTensor  *x,
                    const LimnTensor  *gamma,
                    const LimnTensor  *beta,
                    float              eps,
                    GError           **error)
{
  guint64 rows, slab;

  if (!limn_op_is_float (x) || !limn_op_is_float (y) || !limn_op_same_shape (x, y))
    return limn_op_fail_shape (error, "layer_norm", "x and y are of one shape, in floating point");
  if (!limn_op_is_vector (gamma, x->c) || !limn_op_is_vector (beta, x->c))
    return limn_op_fail_shape (error, "layer_norm", "gamma and beta have a value for each of the %u columns", x->c);
  slab = limn_op_get_slab_rows (graph, "layer_norm", error, x, y, NULL);
  if (slab == 0)
    return FALSE;

  rows = limn_tensor_get_rows (x);
  for (guint64 row = 0; row < rows; row += slab)
    {
      guint64 count = MIN (slab, rows - row);
      LimnLayerNormParams params = {
        .n_items = count,
        .width = limn_op_get_width (x),
        .c = x->c,
        .x_pitch = limn_op_get_pitch (x),
        .y_pitch = limn_op_get_pitch (y),
        .eps = eps,
      };
      const LimnArg args[] = {
        limn_graph_read (graph, LIMN_LAYER_NORM_X, x, row, count, &params.x_base),
        limn_graph_read (graph, LIMN_LAYER_NORM_GAMMA, gamma, 0, 0, &params.gamma_base),
        limn_graph_read (graph, LIMN_LAYER_NORM_BETA, beta, 0, 0, &params.beta_base),
        limn_graph_write (graph, LIMN_LAYER_NORM_Y, y, row, count, &params.y_base),
      };

      if (!dispatch (graph, "layer_norm", NULL, limn_op_store_define (y), &params, sizeof params, args,
                     G_N_ELEMENTS (args), count, error))
        return FALSE;
    }
  return TRUE;
}
