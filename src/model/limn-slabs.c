/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-slabs.h"

#include "ops/limn-op-elementwise.h"
#include "ops/limn-op-norm.h"

/* Winograd's tiles are 4 lines high: limn_op_conv3x3_lines(). */
#define LINE_STEP 4

static guint
slab_lines (const LimnRecorder *r,
            const LimnTensor   *x)
{
  guint64 line_bytes = (guint64) x->w * ((x->c + LIMN_TEXEL - 1) / LIMN_TEXEL * LIMN_TEXEL) * limn_dtype_get_bytes (x->dtype);

  return MAX (LINE_STEP, MIN (r->slab_bytes / line_bytes, x->h) / LINE_STEP * LINE_STEP);
}

guint
limn_slabs_count (const LimnRecorder *r,
                  const LimnTensor   *x)
{
  guint lines = slab_lines (r, x);

  /* With taps every tensor is kept as it is, so none can take the place of another. */
  return r->slab_bytes > 0 && !r->taps ? (x->h + lines - 1) / lines : 1;
}

/* A norm on its way through a picture, one slab ahead of the convolution: by then x may be overwritten where the convolution is. */
typedef struct
{
  LimnRecorder     *r;
  const LimnNorm   *norm;
  const LimnTensor *x;
  const LimnTensor *statistics;
  LimnTensor       *stores[2];
  guint             lines;
  guint             per_sample; /* slabs */
  guint             n;          /* slabs of all samples */
} Walk;

static gboolean
walk_init (Walk           *walk,
           LimnRecorder   *r,
           const LimnNorm *norm,
           LimnTensor     *x)
{
  *walk = (Walk) { .r = r, .norm = norm, .x = x, .lines = slab_lines (r, x) };
  walk->per_sample = (x->h + walk->lines - 1) / walk->lines;
  walk->n = walk->per_sample * x->n;
  r->most_slabs = MAX (r->most_slabs, walk->n);
  for (guint i = 0; i < 2; i++)
    walk->stores[i] = limn_graph_tensor (r->graph, x->dtype, 1, MIN (walk->lines + 2, x->h), x->w, x->c);
  walk->statistics = limn_op_group_norm_statistics (r->graph, x, norm->groups, norm->eps, &r->error);
  return walk->statistics != NULL;
}

static LimnLines
walk_lines (const Walk *walk,
            guint       slab)
{
  guint first = slab % walk->per_sample * walk->lines;

  return (LimnLines) { slab / walk->per_sample, first, MIN (walk->lines, walk->x->h - first) };
}

/* silu (norm (x)) where the convolution of @slab sees it: a window, in x' coordinates. NULL after an error. */
static LimnTensor *
walk_fill (const Walk *walk,
           guint       slab)
{
  LimnGraph *graph = walk->r->graph;
  const LimnTensor *x = walk->x;
  LimnTensor *store = walk->stores[slab % 2];
  LimnLines lines = walk_lines (walk, slab);
  guint low = MAX (lines.first, 1) - 1, high = MIN (lines.first + lines.count + 1, x->h);
  gint64 first = ((gint64) lines.sample * x->h + low) * x->w;
  guint groups = walk->norm->groups;

  if (!limn_op_group_norm_apply (graph, limn_graph_window (graph, store, 1, high - low, 0), limn_graph_window (graph, x, 1, high - low, -first),
                                 limn_graph_window (graph, walk->statistics, 1, groups, -(gint64) lines.sample * groups), walk->norm->gamma,
                                 walk->norm->beta, LIMN_ACTIVATION_SILU, &walk->r->error))
    return NULL;
  return limn_graph_window (graph, store, x->n, x->h, first);
}

/* Those lines of @tensor as a picture of their own. */
static LimnTensor *
only_lines (LimnGraph        *graph,
            const LimnTensor *tensor,
            const LimnLines  *lines)
{
  return limn_graph_window (graph, tensor, 1, lines->count, -((gint64) lines->sample * tensor->h + lines->first) * tensor->w);
}

/* @shortcut: (nullable): its product goes to @beside, which lies where x was. */
static void
record_walk (LimnRecorder     *r,
             const LimnNorm   *norm,
             const LimnMatrix *conv,
             LimnTensor       *y,
             LimnTensor       *x,
             const LimnTensor *residual,
             const LimnMatrix *shortcut,
             LimnTensor       *beside)
{
  LimnEpilogue epilogue = { .bias = conv->bias, .residual = residual };
  LimnTensor *ahead, *store = NULL;
  Walk walk;

  if (!walk_init (&walk, r, norm, x))
    return;
  if (shortcut)
    store = limn_graph_tensor (r->graph, r->dtype, 1, MIN (walk.lines, x->h), x->w, beside->c);
  ahead = walk_fill (&walk, 0);
  for (guint slab = 0; slab < walk.n && !r->error; slab++)
    {
      LimnLines lines = walk_lines (&walk, slab);
      LimnTensor *seen = ahead, *product = NULL;

      if (slab + 1 < walk.n)
        ahead = walk_fill (&walk, slab + 1);
      if (shortcut && !r->error)
        {
          product = limn_graph_window (r->graph, store, 1, lines.count, 0);
          limn_record_matrix (r, shortcut, product, only_lines (r->graph, x, &lines), LIMN_ACTIVATION_NONE, NULL);
        }
      if (!r->error)
        limn_op_conv3x3_lines (r->graph, y, seen, conv->weights, LIMN_CONV_SAME, &epilogue, &lines, &r->error);
      if (shortcut && !r->error)
        limn_op_concat (r->graph, only_lines (r->graph, beside, &lines), product, NULL, &r->error);
    }
}

LimnTensor *
limn_slabs_record_norm_conv (LimnRecorder     *r,
                             const LimnNorm   *norm,
                             const LimnMatrix *conv,
                             LimnTensor       *y,
                             LimnTensor       *x,
                             const LimnTensor *residual)
{
  if (r->error)
    return x;
  if (limn_slabs_count (r, x) == 1)
    {
      x = limn_record_norm (r, norm, x, LIMN_ACTIVATION_SILU, FALSE);
      return limn_record_conv (r, conv, y, x, LIMN_CONV_SAME, NULL, residual);
    }
  if (!y)
    y = limn_graph_tensor (r->graph, r->dtype, x->n, x->h, x->w, conv->weights->n);
  record_walk (r, norm, conv, y, x, residual, NULL, NULL);
  return y;
}

LimnTensor *
limn_slabs_record_resnet (LimnRecorder     *r,
                          const LimnResnet *resnet,
                          LimnTensor       *x)
{
  guint c = resnet->c_out;
  LimnTensor *h, *sum;

  if (r->error)
    return x;
  if (limn_slabs_count (r, x) == 1)
    return limn_resnet_record (resnet, r, x, NULL);
  if (resnet->shortcut.weights && c % LIMN_TEXEL == 0 && resnet->c_in >= 2 * c)
    {
      h = limn_graph_columns (r->graph, x, 0, c);
      sum = limn_graph_columns (r->graph, x, c, c);
      record_walk (r, &resnet->norm1, &resnet->conv1, h, x, NULL, &resnet->shortcut, sum);
      r->free_beside = h;
      r->beside = sum;
    }
  else
    {
      /* The next block of the level finds its second tensor where the first left it. */
      h = r->beside == x && r->free_beside->c == c ? r->free_beside : NULL;
      h = limn_slabs_record_norm_conv (r, &resnet->norm1, &resnet->conv1, h, x, NULL);
      sum = x;
      if (resnet->shortcut.weights)
        sum = limn_record_matrix (r, &resnet->shortcut, NULL, x, LIMN_ACTIVATION_NONE, NULL);
    }
  return limn_slabs_record_norm_conv (r, &resnet->norm2, &resnet->conv2, sum, h, sum);
}

LimnTensor *
limn_slabs_record_compact (LimnRecorder *r,
                           LimnTensor   *x)
{
  LimnTensor *y;

  if (r->error || r->beside != x)
    return x;
  y = limn_graph_tensor (r->graph, x->dtype, x->n, x->h, x->w, x->c);
  limn_op_concat (r->graph, y, x, NULL, &r->error);
  return y;
}
