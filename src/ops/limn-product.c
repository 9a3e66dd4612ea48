/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* One product becomes a grid of dispatches. Rows are cut where a binding would pass the device's limit, or a
 * dispatch would take too long; columns where the weights pass the limit; taps where a single panel of them does: then
 * sums travel between dispatches as F32, so that every cut gives the same bits as no cut. */

#include "ops/limn-product.h"

#include "ops/limn-epilogue.h"
#include "ops/limn-op-private.h"
#include "ops/limn-weights-private.h"

#include "base/limn-error.h"
#include "gl/limn-kernels.h"

#include <stdio.h>

/* A dispatch of this many flops takes 8 ms (the submission of design.md) on a device that does 1 TFLOP/s, a slow
 * integrated GPU; on one that does 30 it still is 0.3 ms, far above the cost of launching it. */
#define DISPATCH_FLOPS 8e9
/* In software about 0.1 s: how soon a cancel is noticed. */
#define DISPATCH_FLOPS_SOFTWARE 4e9

/* Bare sums that stand at one time before an epilogue: as much as Winograd's slabs take (limn-winograd.c), so that they do not grow with the picture. */
#define BARE_BYTES (8u << 20)

#define LANES 8 /* GROUP of matmul_lanes.comp */

typedef struct
{
  const char *name;
  gboolean    lanes;
  guint       row_tile;     /* rows of a group (tile) or of a lane */
  guint       column_tile;  /* columns likewise */
} Variant;

/* PERFORMANCE.md, matrix product: on llvmpipe 16 x 16 is a little faster than 12 x 16 where all lanes are busy, and so are
 * they more often: tiles and tokens come in powers of two. The tiles are not measured on hardware yet: 64 x 64 is what
 * keeps most devices busy at the sizes of a UNet. */
static const Variant variants[] = {
  { "lanes-12x16", TRUE, 12, 16 },
  { "lanes-8x16", TRUE, 8, 16 },
  { "lanes-16x16", TRUE, 16, 16 },
  { "tile-64x64", FALSE, 64, 64 },
  { "tile-128x64", FALSE, 128, 64 },
  { "tile-64x128", FALSE, 64, 128 },
  { "tile-128x128", FALSE, 128, 128 },
};

typedef struct
{
  LimnGraph         *graph;
  const LimnProduct *product;
  Variant            variant;
  guint              padded_k;
  guint64            rows;           /* of one batch */
  guint              batches;        /* of one dispatch */
} Job;

static const LimnEpilogue no_epilogue;

const char * const *
limn_product_list_variants (LimnGlClass device_class)
{
  static const char * const lanes[] = { "lanes-16x16", "lanes-12x16", "lanes-8x16", NULL };
  static const char * const tiles[] = { "tile-64x64", "tile-128x64", "tile-64x128", "tile-128x128", NULL };

  return device_class == LIMN_GL_SOFTWARE ? lanes : tiles;
}

static const Variant *
find_variant (const char *name)
{
  for (gsize i = 0; name && i < G_N_ELEMENTS (variants); i++)
    if (g_str_equal (variants[i].name, name))
      return &variants[i];
  return NULL;
}

gboolean
limn_product_parse_key (const char     *text,
                        LimnProductKey *key)
{
  char kind[8], dtype[8];
  int end = 0;

  if (sscanf (text, "%7s %7s %u x %" G_GUINT64_FORMAT " x %u x %u%n", kind, dtype, &key->batch, &key->rows, &key->n, &key->k,
              &end) != 6 || text[end] != '\0' || (!g_str_equal (kind, "matrix") && !g_str_equal (kind, "conv")))
    return FALSE;
  key->conv = g_str_equal (kind, "conv");
  key->dtype = g_str_equal (dtype, "f16") ? LIMN_DTYPE_F16 : LIMN_DTYPE_F32;
  return TRUE;
}

static Variant
choose_variant (LimnGraph         *graph,
                const LimnProduct *product,
                guint64            rows)
{
  LimnArena *arena = limn_graph_get_arena (graph);
  LimnGlClass device_class = limn_gl_get_device (limn_graph_get_gl (graph))->device_class;
  g_autofree char *key = g_strdup_printf ("%s %s %u x %" G_GUINT64_FORMAT " x %u x %u", product->conv ? "conv" : "matrix",
                                          limn_dtype_get_name (product->x->dtype), product->batch, rows, product->n,
                                          product->k);
  const Variant *chosen = find_variant (limn_arena_get_choice (arena, key));
  Variant variant;

  if (!chosen)
    chosen = find_variant (limn_arena_get_choice (arena, LIMN_PRODUCT_ANY));
  if (!chosen)
    chosen = find_variant (limn_product_list_variants (device_class)[0]);
  variant = *chosen;
  /* Outputs of few texels (conv_out) waste less with a narrow lane. */
  if (variant.lanes && product->n <= 8)
    variant.column_tile = product->n <= 4 ? 4 : 8;
  return variant;
}

/* Work groups for a matrix of @rows by @columns; with lanes, @lane_columns of them along the columns. */
static guint64
count_groups (const Variant *variant,
              guint          lane_columns,
              guint64        rows,
              guint          columns)
{
  guint width = (variant->lanes ? lane_columns : 1) * variant->column_tile;
  guint64 height = (variant->lanes ? LANES / lane_columns : 1) * variant->row_tile;

  return (columns + width - 1) / width * ((rows + height - 1) / height);
}

/* Lanes of a group along the columns: the split with the fewest groups, of equals the one with most columns. */
static guint
choose_lane_columns (const Variant *variant,
                     guint64        rows,
                     guint          columns)
{
  guint best = LANES;

  for (guint lanes = LANES / 2; lanes >= 1; lanes /= 2)
    if (count_groups (variant, lanes, rows, columns) < count_groups (variant, best, rows, columns))
      best = lanes;
  return best;
}

guint64
limn_product_count_groups (const LimnGraph *graph,
                           guint64          rows,
                           guint            n)
{
  const Variant *variant =
    find_variant (limn_product_list_variants (limn_gl_get_device (limn_graph_get_gl (graph))->device_class)[0]);

  return count_groups (variant, choose_lane_columns (variant, rows, n), rows, n);
}

/* A part of the output and where its operands are. */
typedef struct
{
  guint       batch;
  guint64     first_row;     /* of y, within the batch */
  guint64     rows;
  guint64     x_first;       /* rows of x, of all samples, that are bound */
  guint64     x_rows;
  guint       first_panel;
  guint       panels;
  guint       first_tap;
  guint       taps;
  LimnTensor *partial_in;    /* sums so far, when taps are cut */
  LimnTensor *partial_out;
} Slab;

static gboolean
dispatch_slab (const Job   *job,
               const Slab  *slab,
               GError     **error)
{
  const LimnProduct *p = job->product;
  const LimnEpilogue *e = p->epilogue && !slab->partial_out ? p->epilogue : &no_epilogue;
  const LimnTensor *y = slab->partial_out ? slab->partial_out : p->y;
  guint first_column = slab->first_panel * LIMN_PANEL;
  guint columns = (MIN (slab->panels * LIMN_PANEL, p->n - first_column) + LIMN_TEXEL - 1) / LIMN_TEXEL;
  guint64 y_first = slab->partial_out ? 0 : slab->batch * job->rows + slab->first_row;
  guint64 panel_rows = (guint64) p->taps * job->padded_k;
  guint64 all_panels = limn_tensor_get_rows (p->panels) / panel_rows / p->batch;
  guint64 b_first = (slab->batch * all_panels + slab->first_panel) * panel_rows + (guint64) slab->first_tap * job->padded_k;
  guint64 b_rows = job->batches > 1 ? job->batches * all_panels * panel_rows
                   : (slab->panels - 1) * panel_rows + (guint64) slab->taps * job->padded_k;
  guint64 pixels = (guint64) p->y->h * p->y->w;
  LimnMatmulLanesParams params = { 0 };
  LimnArg args[7];
  guint32 base;
  guint n_args = 0;
  guint groups[3] = { 0, 0, job->batches };
  g_autofree char *row_define = NULL;
  g_autofree char *column_define = NULL;
  g_autofree char *activation_define = g_strdup_printf ("ACTIVATION=%d", e->activation);
  const char *defines[7];

  params.rows = slab->rows;
  params.columns = columns;
  params.k4 = (p->k + LIMN_TEXEL - 1) / LIMN_TEXEL;
  params.tap_first = slab->first_tap;
  params.tap_count = slab->taps;
  args[n_args++] = limn_graph_read (job->graph, LIMN_MATMUL_LANES_X, p->x, slab->x_first, slab->x_rows, &base);
  params.x_base = base;
  params.x_pitch = p->x->pitch / LIMN_TEXEL;
  args[n_args++] = limn_graph_read (job->graph, LIMN_MATMUL_LANES_B, p->panels, b_first, b_rows, &base);
  params.b_base = base;
  params.b_tap_pitch = job->padded_k * LIMN_PANEL / LIMN_TEXEL;
  params.b_panel_pitch = panel_rows * LIMN_PANEL / LIMN_TEXEL;
  args[n_args++] = limn_graph_write (job->graph, LIMN_MATMUL_LANES_Y, y, y_first,
                                     job->batches > 1 ? job->batches * job->rows : slab->rows, &base);
  params.y_base = base + (slab->partial_out ? 0 : first_column / LIMN_TEXEL);
  params.y_pitch = y->pitch / LIMN_TEXEL;
  if (job->batches > 1)
    {
      params.x_batch = job->rows * params.x_pitch;
      params.b_batch = all_panels * params.b_panel_pitch;
      params.y_batch = job->rows * params.y_pitch;
    }

  args[n_args++] = limn_epilogue_read (job->graph, LIMN_MATMUL_LANES_PARTIAL, slab->partial_in, 0, slab->rows,
                                       &params.partial_base);
  params.partial_pitch = slab->partial_in ? slab->partial_in->pitch / LIMN_TEXEL : 0;
  args[n_args++] = limn_epilogue_read (job->graph, LIMN_MATMUL_LANES_BIAS, e->bias, 0, 0, &params.bias_base);
  args[n_args++] = limn_epilogue_read (job->graph, LIMN_MATMUL_LANES_SAMPLE_BIAS, e->sample_bias, 0, 0,
                                       &params.sample_base);
  params.sample_pitch = e->sample_bias ? e->sample_bias->pitch / LIMN_TEXEL : 0;
  args[n_args++] = limn_epilogue_read (job->graph, LIMN_MATMUL_LANES_RESIDUAL, e->residual, slab->first_row, slab->rows,
                                       &params.residual_base);
  params.residual_pitch = e->residual ? e->residual->pitch / LIMN_TEXEL : 0;
  /* From the first column of this dispatch on. */
  params.bias_base += e->bias ? first_column / LIMN_TEXEL : 0;
  params.sample_base += e->sample_bias ? first_column / LIMN_TEXEL : 0;
  params.residual_base += e->residual ? first_column / LIMN_TEXEL : 0;
  g_assert (n_args == G_N_ELEMENTS (args));

  params.first_row = slab->first_row;
  params.rows_per_sample = pixels;
  params.out_width = p->y->w;
  params.height = p->x->h;
  params.width = p->x->w;
  params.stride = p->stride;
  params.padding = p->padding;
  params.doubling = p->doubling;
  params.x_first = slab->x_first;

  if (job->variant.lanes)
    {
      guint lane_columns = choose_lane_columns (&job->variant, slab->rows, columns * LIMN_TEXEL);
      guint width = lane_columns * job->variant.column_tile;
      guint height = LANES / lane_columns * job->variant.row_tile;

      params.lane_columns = lane_columns;
      groups[0] = (slab->rows + height - 1) / height;
      groups[1] = (columns * LIMN_TEXEL + width - 1) / width;
      row_define = g_strdup_printf ("TM=%u", job->variant.row_tile);
      column_define = g_strdup_printf ("TN=%u", job->variant.column_tile);
    }
  else
    {
      groups[0] = (slab->rows + job->variant.row_tile - 1) / job->variant.row_tile;
      groups[1] = (columns * LIMN_TEXEL + job->variant.column_tile - 1) / job->variant.column_tile;
      row_define = g_strdup_printf ("BM=%u", job->variant.row_tile);
      column_define = g_strdup_printf ("BN=%u", job->variant.column_tile);
    }
  defines[0] = row_define;
  defines[1] = column_define;
  defines[2] = p->conv ? "CONV=1" : "CONV=0";
  defines[3] = y->dtype == LIMN_DTYPE_F16 ? "STORE_F16=1" : "STORE_F16=0";
  defines[4] = activation_define;
  defines[5] = job->variant.lanes ? "EPILOGUE=0" : "EPILOGUE=1";
  defines[6] = NULL;

  return limn_graph_dispatch (job->graph, &(LimnDispatch) {
    .kernel = job->variant.lanes ? "matmul_lanes" : "matmul_tile",
    .defines = defines,
    .params = &params,
    .params_bytes = sizeof params,
    .args = args,
    .n_args = n_args,
    .groups = { groups[0], groups[1], groups[2] },
    .flops = 2.0 * slab->rows * columns * LIMN_TEXEL * p->k * slab->taps * job->batches,
    .label = p->label,
  }, error);
}

/* Cuts columns, and where one panel is too much taps. */
static gboolean
record_columns (const Job  *job,
                Slab       *slab,
                GError    **error)
{
  const LimnProduct *p = job->product;
  guint all_panels = (p->n + LIMN_PANEL - 1) / LIMN_PANEL;
  guint64 fit = limn_graph_max_rows (job->graph, p->panels) / job->padded_k; /* taps of panels in one binding */

  if (fit == 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "%s: %u inputs are too many for this device", p->label, p->k);
      return FALSE;
    }
  slab->first_tap = 0;
  slab->taps = p->taps;
  if (fit >= p->taps)
    {
      for (slab->first_panel = 0; slab->first_panel < all_panels; slab->first_panel += slab->panels)
        {
          slab->panels = MIN (fit / p->taps, all_panels - slab->first_panel);
          if (!dispatch_slab (job, slab, error))
            return FALSE;
        }
      return TRUE;
    }
  slab->panels = 1;
  for (slab->first_panel = 0; slab->first_panel < all_panels; slab->first_panel++)
    {
      slab->partial_in = NULL;
      for (slab->first_tap = 0; slab->first_tap < p->taps; slab->first_tap += slab->taps)
        {
          slab->taps = MIN (fit, p->taps - slab->first_tap);
          slab->partial_out = NULL;
          if (slab->first_tap + slab->taps < p->taps)
            slab->partial_out = limn_graph_tensor (job->graph, LIMN_DTYPE_F32, 1, slab->rows, 1, LIMN_PANEL);
          if (!dispatch_slab (job, slab, error))
            return FALSE;
          slab->partial_in = slab->partial_out;
        }
      slab->partial_in = NULL;
    }
  return TRUE;
}

/* Rows that one dispatch may have, by the limits that grow with rows of y. */
static guint64
most_rows (const Job *job)
{
  const LimnProduct *p = job->product;
  const LimnGlLimits *limits = limn_gl_get_limits (limn_graph_get_gl (job->graph));
  double flops = job->variant.lanes ? DISPATCH_FLOPS_SOFTWARE : DISPATCH_FLOPS;
  guint64 rows = limn_graph_max_rows (job->graph, p->y);

  if (p->epilogue && p->epilogue->residual)
    rows = MIN (rows, limn_graph_max_rows (job->graph, p->epilogue->residual));
  rows = MIN (rows, (guint64) limits->max_groups[0] * job->variant.row_tile);
  return MIN (rows, MAX (1, flops / (2.0 * p->n * p->k * p->taps)));
}

static gboolean
record_matrix (const Job  *job,
               GError    **error)
{
  const LimnProduct *p = job->product;
  guint64 step = MIN (most_rows (job), limn_graph_max_rows (job->graph, p->x));

  if (step == 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "%s: a row of %u values is too long for this device", p->label,
                   MAX (p->x->pitch, p->y->pitch));
      return FALSE;
    }
  for (guint batch = 0; batch < p->batch; batch++)
    for (guint64 first = 0; first < job->rows; first += step)
      {
        Slab slab = {
          .batch = batch,
          .first_row = first,
          .rows = MIN (step, job->rows - first),
          .x_first = batch * job->rows + first,
          .x_rows = MIN (step, job->rows - first),
        };

        if (!record_columns (job, &slab, error))
          return FALSE;
      }
  return TRUE;
}

/* Rows of pixels of x that the output rows @first .. @last of a sample see. */
static void
seen_rows (const LimnProduct *p,
           guint              first,
           guint              last,
           guint             *x_first,
           guint             *x_last)
{
  gint64 low = (gint64) first * p->stride - p->padding;
  gint64 high = (gint64) last * p->stride - p->padding + 2;
  gint64 size = (gint64) p->x->h << p->doubling;

  low = CLAMP (low, 0, size - 1);
  high = CLAMP (high, 0, size - 1);
  *x_first = low >> p->doubling;
  *x_last = high >> p->doubling;
}

/* Lines of one sample, as many at a time as can be bound. */
static gboolean
record_lines (const Job        *job,
              const LimnLines  *wanted,
              guint64           most_y,
              guint64           most_x,
              GError          **error)
{
  const LimnProduct *p = job->product;
  guint end = wanted->first + wanted->count;

  for (guint first = wanted->first, lines; first < end; first += lines)
    {
      guint low, high;
      Slab slab;

      lines = MIN (most_y / p->y->w, end - first);
      for (; lines > 0; lines--)
        {
          seen_rows (p, first, first + lines - 1, &low, &high);
          if ((guint64) (high - low + 1) * p->x->w <= most_x)
            break;
        }
      if (lines == 0)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "%s: a picture %u wide is too large for this device",
                       p->label, p->x->w);
          return FALSE;
        }
      slab = (Slab) {
        .first_row = ((guint64) wanted->sample * p->y->h + first) * p->y->w,
        .rows = (guint64) lines * p->y->w,
        .x_first = ((guint64) wanted->sample * p->x->h + low) * p->x->w,
        .x_rows = (guint64) (high - low + 1) * p->x->w,
      };
      if (!record_columns (job, &slab, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
record_conv (const Job  *job,
             GError    **error)
{
  const LimnProduct *p = job->product;
  guint64 most_y = most_rows (job);
  guint64 most_x = limn_graph_max_rows (job->graph, p->x);
  guint64 x_rows = limn_tensor_get_rows (p->x);

  if (p->lines)
    return record_lines (job, p->lines, most_y, most_x, error);
  /* The usual case: all samples at once. */
  if (job->rows <= most_y && x_rows <= most_x)
    {
      Slab slab = { .rows = job->rows, .x_rows = x_rows };

      return record_columns (job, &slab, error);
    }
  for (guint n = 0; n < p->y->n; n++)
    if (!record_lines (job, &(LimnLines) { n, 0, p->y->h }, most_y, most_x, error))
      return FALSE;
  return TRUE;
}

/* Sums by way of an F32 tensor, so that they are rounded once, as in the kernel that does it all: bare is what has them, with or
 * without room for all of y. */
static gboolean
record_bare (Job         *job,
             LimnTensor  *bare_y,
             GError     **error)
{
  const LimnProduct *product = job->product;
  LimnEpilogue bias = { .bias = product->epilogue->bias };
  LimnProduct bare = *product;
  gboolean done;

  bare.epilogue = &bias;
  bare.y = bare_y;
  job->product = &bare;
  done = product->conv ? record_conv (job, error) : record_matrix (job, error);
  job->product = product;
  return done;
}

/* A matrix of many rows, BARE_BYTES of sums at a time. */
static gboolean
record_bare_rows (Job     *job,
                  GError **error)
{
  LimnGraph *graph = job->graph;
  const LimnProduct *product = job->product;
  guint64 all = job->rows;
  guint64 step = MIN (all, MAX (1, BARE_BYTES / (limn_op_get_width (product->y) * LIMN_TEXEL * sizeof (float))));
  LimnTensor *sums = limn_graph_tensor (graph, LIMN_DTYPE_F32, 1, step, 1, product->n);

  for (guint64 first = 0; first < all; first += step)
    {
      guint64 rows = MIN (step, all - first);
      LimnEpilogue epilogue = *product->epilogue;
      LimnProduct part = *product;
      LimnTensor *bare;

      part.epilogue = &epilogue;
      part.y = limn_op_rows (graph, product->y, first, rows);
      part.x = limn_op_rows (graph, product->x, first, rows);
      if (epilogue.residual)
        epilogue.residual = limn_op_rows (graph, epilogue.residual, first, rows);
      bare = limn_graph_window (graph, sums, 1, rows, 0);
      job->product = &part;
      job->rows = rows;
      if (!record_bare (job, bare, error) || !limn_epilogue_record (graph, part.y, bare, &epilogue, error))
        return FALSE;
    }
  return TRUE;
}

/* Lines of a convolution: a window of sums. */
static gboolean
record_bare_lines (Job     *job,
                   GError **error)
{
  LimnGraph *graph = job->graph;
  const LimnProduct *product = job->product;
  const LimnTensor *y = product->y;
  const LimnLines *lines = product->lines;
  gint64 first = ((gint64) lines->sample * y->h + lines->first) * y->w;
  LimnTensor *sums = limn_graph_tensor (graph, LIMN_DTYPE_F32, 1, lines->count, y->w, product->n);
  LimnEpilogue epilogue = *product->epilogue;
  LimnTensor *part = limn_graph_window (graph, y, 1, lines->count, -first);

  if (epilogue.residual)
    epilogue.residual = limn_graph_window (graph, epilogue.residual, 1, lines->count, -first);
  if (epilogue.sample_bias)
    epilogue.sample_bias = limn_graph_window (graph, epilogue.sample_bias, 1, 1, -(gint64) lines->sample);
  return record_bare (job, limn_graph_window (graph, sums, y->n, y->h, first), error) &&
         limn_epilogue_record (graph, part, sums, &epilogue, error);
}

gboolean
limn_product_record (LimnGraph          *graph,
                     const LimnProduct  *product,
                     GError            **error)
{
  Job job = { .graph = graph, .product = product, .batches = 1 };
  LimnTensor *bare;

  job.rows = limn_tensor_get_rows (product->y) / product->batch;
  job.variant = choose_variant (graph, product, job.rows);
  job.padded_k = limn_weights_pad_k (product->k);

  /* All batches in one dispatch where everything fits. */
  if (product->batch > 1 && job.rows * product->batch <= most_rows (&job) &&
      limn_tensor_get_rows (product->x) <= limn_graph_max_rows (graph, product->x) &&
      limn_tensor_get_rows (product->panels) <= limn_graph_max_rows (graph, product->panels))
    {
      Slab slab = {
        .rows = job.rows,
        .x_rows = limn_tensor_get_rows (product->x),
        .panels = (product->n + LIMN_PANEL - 1) / LIMN_PANEL,
        .taps = product->taps,
      };

      job.batches = product->batch;
      return dispatch_slab (&job, &slab, error);
    }
  if (!job.variant.lanes || limn_epilogue_is_bias (product->epilogue))
    return product->conv ? record_conv (&job, error) : record_matrix (&job, error);

  if (product->lines)
    return record_bare_lines (&job, error);
  if (!product->conv && product->batch == 1 && !product->epilogue->sample_bias)
    return record_bare_rows (&job, error);
  bare = limn_graph_tensor (graph, LIMN_DTYPE_F32, product->y->n, product->y->h, product->y->w, product->n);
  return record_bare (&job, bare, error) && limn_epilogue_record (graph, product->y, bare, product->epilogue, error);
}
