/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "ops/limn-attention-wide.h"

#include "ops/limn-op-private.h"
#include "ops/limn-product.h"
#include "ops/limn-weights-private.h"

#include "gl/limn-kernels.h"

/* Scores that stand at one time: as many rows as this holds, but enough for whole tiles of the product. At 4096 tokens (512 x 512 pixels) half of the
 * rows, at 65536 tokens 128 of them. Its size changes no result. */
#define SCORE_BYTES (32u << 20)
#define LEAST_ROWS  64

/* Columns more than there are keys: keys come in powers of two, and rows a multiple of 4 KiB apart chase each other out of the cache. */
#define PADDING LIMN_PANEL

/* Panels first.. of @y, of their rows k_first..: what one dispatch makes of @x_rows rows of @x from @x_first on. */
typedef struct
{
  guint first;
  guint count;
  guint k_first;
  guint k_count;
  guint x_first;
  guint x_rows;
} PanelSlab;

static gboolean
dispatch_panels (LimnGraph         *graph,
                 LimnTensor        *y,
                 const LimnTensor  *x,
                 gboolean           transpose,
                 const PanelSlab   *slab,
                 GError           **error)
{
  const LimnOpTuning *tuning = limn_op_get_tuning (graph);
  const char *defines[] = { tuning->wg, limn_op_store_define (y), transpose ? "TRANSPOSE=1" : "TRANSPOSE=0", NULL };
  LimnPanelsParams params = {
    .items = slab->count * slab->k_count * (LIMN_PANEL / LIMN_TEXEL),
    .first = slab->first,
    .k = y->w,
    .k_first = slab->k_first,
    .k_count = slab->k_count,
    .rows = limn_tensor_get_rows (x),
    .x_first = slab->x_first,
    .c = x->c,
  };
  LimnArg args[2];
  guint32 base;

  args[0] = limn_graph_read (graph, LIMN_PANELS_X, x, slab->x_first, slab->x_rows, &base);
  params.x_base = base;
  params.x_pitch = limn_op_get_pitch (x);
  args[1] = limn_graph_write (graph, LIMN_PANELS_Y, y, (guint64) slab->first * y->w, (guint64) slab->count * y->w, &base);
  params.y_base = base;
  return limn_op_dispatch_items (graph, &(LimnDispatch) {
    .kernel = "panels",
    .defines = defines,
    .params = &params,
    .params_bytes = sizeof params,
    .args = args,
    .n_args = G_N_ELEMENTS (args),
    .label = "attention panels",
  }, params.items, tuning->group_items, error);
}

/* (transfer none) (nullable): the transpose of @x in panels: they go along its rows, as many at a time as can be bound. */
static LimnTensor *
record_transposed_panels (LimnGraph         *graph,
                          const LimnTensor  *x,
                          GError           **error)
{
  guint rows = limn_tensor_get_rows (x);
  LimnTensor *y = limn_graph_tensor (graph, x->dtype, (rows + LIMN_PANEL - 1) / LIMN_PANEL, 1, limn_weights_pad_k (x->c), LIMN_PANEL);
  guint step = MIN (limn_graph_max_rows (graph, y) / y->w, limn_graph_max_rows (graph, x) / LIMN_PANEL);

  if (step == 0)
    {
      limn_op_fail_shape (error, "attention", "a token of %u values is too long for this device", x->c);
      return NULL;
    }
  for (guint first = 0; first < y->n; first += step)
    {
      guint count = MIN (step, y->n - first), x_first = first * LIMN_PANEL;

      if (!dispatch_panels (graph, y, x, TRUE,
                            &(PanelSlab) { first, count, 0, y->w, x_first, MIN (count * LIMN_PANEL, rows - x_first) }, error))
        return NULL;
    }
  return y;
}

/* (transfer none) (nullable): @x in panels: each goes along all of its rows, of which as many at a time as can be bound. */
static LimnTensor *
record_panels (LimnGraph         *graph,
               const LimnTensor  *x,
               GError           **error)
{
  guint rows = limn_tensor_get_rows (x);
  LimnTensor *y = limn_graph_tensor (graph, x->dtype, (x->c + LIMN_PANEL - 1) / LIMN_PANEL, 1, limn_weights_pad_k (rows), LIMN_PANEL);
  guint step = limn_graph_max_rows (graph, y) / y->w, x_step = limn_graph_max_rows (graph, x);

  if (step == 0 || x_step == 0)
    {
      limn_op_fail_shape (error, "attention", "%u tokens are too many for this device", rows);
      return NULL;
    }
  for (guint first = 0; first < y->n; first += step)
    for (guint row = 0; row < rows; row += x_step)
      {
        guint count = MIN (x_step, rows - row);
        guint k_count = row + count == rows ? y->w - row : count; /* the last slab makes the zeros too */

        if (!dispatch_panels (graph, y, x, FALSE, &(PanelSlab) { first, MIN (step, y->n - first), row, k_count, row, count }, error))
          return NULL;
      }
  return y;
}

static gboolean
record_softmax (LimnGraph         *graph,
                const LimnTensor  *scores,
                float              scale,
                GError           **error)
{
  const LimnOpTuning *tuning = limn_op_get_tuning (graph);
  guint rows = limn_tensor_get_rows (scores);
  guint64 step = limn_graph_max_rows (graph, scores);
  const char *defines[] = { tuning->wg, NULL };

  if (step == 0)
    return limn_op_fail_shape (error, "attention", "%u tokens are more than this device binds at once", scores->c);
  for (guint64 first = 0; first < rows; first += step)
    {
      LimnSoftmaxParams params = { .n_items = MIN (step, rows - first), .width = limn_op_get_width (scores), .c = scores->c, .scale = scale };
      LimnArg args[2];
      guint32 base;

      args[0] = limn_graph_read (graph, LIMN_SOFTMAX_X, scores, first, params.n_items, &base);
      params.x_base = base;
      params.x_pitch = limn_op_get_pitch (scores);
      args[1] = limn_graph_write (graph, LIMN_SOFTMAX_Y, scores, first, params.n_items, &base);
      params.y_base = base;
      params.y_pitch = limn_op_get_pitch (scores);
      if (!limn_op_dispatch_items (graph, &(LimnDispatch) {
            .kernel = "softmax",
            .defines = defines,
            .params = &params,
            .params_bytes = sizeof params,
            .args = args,
            .n_args = G_N_ELEMENTS (args),
            .label = "attention softmax",
          }, params.n_items, tuning->group_items, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
record_product (LimnGraph         *graph,
                LimnTensor        *y,
                const LimnTensor  *x,
                const LimnTensor  *panels,
                GError           **error)
{
  return limn_product_record (graph, &(LimnProduct) {
    .y = y,
    .x = x,
    .panels = panels,
    .k = x->c,
    .n = y->c,
    .taps = 1,
    .batch = 1,
    .label = "attention",
  }, error);
}

/* One head of one sample, a matrix each. */
static gboolean
record_head (LimnGraph         *graph,
             LimnTensor        *y,
             const LimnTensor  *q,
             const LimnTensor  *k,
             const LimnTensor  *v,
             float              scale,
             GError           **error)
{
  guint64 rows = limn_tensor_get_rows (q), keys = limn_tensor_get_rows (k);
  guint64 step = MIN (rows, MAX (LEAST_ROWS, SCORE_BYTES / (keys * sizeof (float)) / LEAST_ROWS * LEAST_ROWS));
  const LimnTensor *k_panels = record_transposed_panels (graph, k, error);
  const LimnTensor *v_panels = k_panels ? record_panels (graph, v, error) : NULL;

  for (guint64 first = 0; v_panels && first < rows; first += step)
    {
      guint64 count = MIN (step, rows - first);
      LimnTensor *scores = limn_graph_columns (graph, limn_graph_tensor (graph, LIMN_DTYPE_F32, 1, count, 1, keys + PADDING), 0, keys);

      if (!record_product (graph, scores, limn_op_rows (graph, q, first, count), k_panels, error)
          || !record_softmax (graph, scores, scale, error)
          || !record_product (graph, limn_op_rows (graph, y, first, count), scores, v_panels, error))
        return FALSE;
    }
  return v_panels != NULL;
}

gboolean
limn_attention_wide_record (LimnGraph         *graph,
                            LimnTensor        *y,
                            const LimnTensor  *q,
                            const LimnTensor  *k,
                            const LimnTensor  *v,
                            guint              heads,
                            float              scale,
                            GError           **error)
{
  guint64 rows = (guint64) q->h * q->w, keys = (guint64) k->h * k->w;
  guint width = q->c / heads;

  for (guint sample = 0; sample < q->n; sample++)
    for (guint head = 0; head < heads; head++)
      if (!record_head (graph, limn_op_rows (graph, limn_graph_columns (graph, y, head * width, width), sample * rows, rows),
                        limn_op_rows (graph, limn_graph_columns (graph, q, head * width, width), sample * rows, rows),
                        limn_op_rows (graph, limn_graph_columns (graph, k, head * width, width), sample * keys, keys),
                        limn_op_rows (graph, limn_graph_columns (graph, v, head * width, width), sample * keys, keys), scale, error))
        return FALSE;
  return TRUE;
}
