/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* The picture is cut into 4 x 4 tiles; a slab of them is transformed to 36 matrices, multiplied by the 36
 * matrices of the transformed weights, and transformed back. In between everything is F32, whatever the
 * storage: the transforms cancel up to two decimal digits, which binary16 has not to give. */

#include "ops/limn-winograd.h"
#include "ops/limn-epilogue.h"
#include "ops/limn-op-private.h"
#include "ops/limn-weights-private.h"

#include "gl/limn-kernels.h"

#define TILE   4
#define PLACES 36 /* of the 6 x 6 transformed tile */

/* First-level caches find a line by its address within 4 KiB, and loads that match a store there wait for it. */
#define PAGE         4096
#define CLOSE_BYTES  64
#define MOST_PADDING 4

/* Transformed tiles of a slab take at most this much, unless one line of tiles is more: long enough dispatches for all
 * processors to get their share, and scratch that does not grow with the picture. From 1 to 32 MiB the processor
 * time is the same. PERFORMANCE.md, Winograd. */
#define SLAB_BYTES (8u << 20)

/* But this many tiles in any case: with fewer the weights, transformed once for each slab, cost more than the products. 35 MiB at SD's widest, 1920
 * channels, where pictures are small. */
#define SLAB_TILES 128

/* PERFORMANCE.md, Winograd: from here on it was faster wherever it was tried (1.5 to 2.5 times), two samples together.
 * Tiles of one sample, never of all: the choice changes the last digits, and a picture's must not depend on what is
 * computed beside it. */
#define LEAST_CHANNELS 32
#define LEAST_TILES    4

/* Transformed weights take four times the memory of F32, and eight times that of F16: 5 GiB for all of SD 1.5's. They are kept for small
 * layers with few tiles alone (at most 9 MiB each), where transforming takes a good part of the time. For the others it is done each time, in scratch
 * memory: 36 values a weight, each as dear as two tiles' products, so from LEAST_FLYING_TILES on all is well. PERFORMANCE.md, Winograd. */
#define MOST_KEPT_WEIGHTS  (1u << 16)
#define MOST_KEPT_TILES    4096
#define LEAST_FLYING_TILES 16

/* Of transformed weights in scratch memory: a 512 x 512 layer as a whole. */
#define FLYING_BYTES (40u << 20)

static guint64
count_tiles (const LimnTensor *y)
{
  return (guint64) ((y->h + TILE - 1) / TILE) * ((y->w + TILE - 1) / TILE);
}

/* Whether the transformed weights stay on the device. */
static gboolean
is_kept (const LimnProduct *product)
{
  return (guint64) product->k * product->n <= MOST_KEPT_WEIGHTS && count_tiles (product->y) < MOST_KEPT_TILES;
}

/* Panels that are transformed at once: as FLYING_BYTES has it, and as one binding can hold all taps, or a place, of them. */
static guint
count_flying_panels (const LimnGraph  *graph,
                     const LimnTensor *panels)
{
  const LimnTensor row = { .dtype = LIMN_DTYPE_F32, .pitch = LIMN_PANEL };
  guint k = panels->w;
  guint64 most = MIN (limn_graph_max_rows (graph, panels) / (9 * k), limn_graph_max_rows (graph, &row) / k);

  return MIN (most, MAX (1, FLYING_BYTES / (PLACES * k * LIMN_PANEL * sizeof (float))));
}

gboolean
limn_winograd_pays (const LimnGraph   *graph,
                    const LimnProduct *product)
{
  /* On hardware it is not measured yet. */
  if (limn_gl_get_device (limn_graph_get_gl (graph))->device_class != LIMN_GL_SOFTWARE || product->stride != 1 ||
      product->k < LEAST_CHANNELS || product->n < LEAST_CHANNELS)
    return FALSE;
  return count_tiles (product->y) >= (is_kept (product) ? LEAST_TILES : LEAST_FLYING_TILES);
}

/* G g G^T in double, for one 3 x 3 filter. */
static void
transform_filter (const double  g[3][3],
                  double        u[6][6])
{
  static const double G[6][3] = {
    { 1.0 / 4, 0, 0 },
    { -1.0 / 6, -1.0 / 6, -1.0 / 6 },
    { -1.0 / 6, 1.0 / 6, -1.0 / 6 },
    { 1.0 / 24, 1.0 / 12, 1.0 / 6 },
    { 1.0 / 24, -1.0 / 12, 1.0 / 6 },
    { 0, 0, 1 },
  };
  double half_way[6][3];

  for (guint i = 0; i < 6; i++)
    for (guint j = 0; j < 3; j++)
      half_way[i][j] = G[i][0] * g[0][j] + G[i][1] * g[1][j] + G[i][2] * g[2][j];
  for (guint i = 0; i < 6; i++)
    for (guint j = 0; j < 6; j++)
      u[i][j] = half_way[i][0] * G[j][0] + half_way[i][1] * G[j][1] + half_way[i][2] * G[j][2];
}

/* Transformed weights, for those that are kept: [36][panel][1][k][16]. @gl: (nullable): NULL: declared */
static LimnTensor *
new_transformed (LimnGl             *gl,
                 const LimnWeights  *weights,
                 GError            **error)
{
  return limn_tensor_new (gl, LIMN_DTYPE_F32, PLACES * weights->panels->n, 1, weights->panels->w, LIMN_PANEL, "winograd", error);
}

/* From the panels on the device, [panel][9][k][16]: a new tensor, or the one that recorded passes read. */
static gboolean
make_weights (LimnWeights  *weights,
              GError      **error)
{
  const LimnTensor *from = weights->panels;
  guint panels = from->n;
  gsize plane = (gsize) from->w * LIMN_PANEL; /* values of one tap, or place, of a panel */
  g_autofree float *taps = NULL;
  g_autofree float *places = NULL;
  g_autoptr(LimnTensor) made = NULL;
  LimnTensor *to = weights->winograd;

  if (!to)
    to = made = new_transformed (limn_gl_buffer_get_gl (from->buffer), weights, error);
  if (!to)
    return FALSE;
  taps = g_new (float, plane * 9 * panels);
  if (!limn_tensor_download (from, taps, error))
    return FALSE;
  places = g_new (float, plane * PLACES * panels);
  for (guint panel = 0; panel < panels; panel++)
    for (gsize at = 0; at < plane; at++)
      {
        double g[3][3], u[6][6];

        for (guint tap = 0; tap < 9; tap++)
          g[tap / 3][tap % 3] = taps[(panel * 9 + tap) * plane + at];
        transform_filter (g, u);
        for (guint place = 0; place < PLACES; place++)
          places[(place * panels + panel) * plane + at] = u[place / 6][place % 6];
      }
  limn_tensor_upload (to, places);
  if (made)
    weights->winograd = g_steal_pointer (&made);
  weights->stale = FALSE;
  return TRUE;
}

/* Sees to it that there is what get_transformed() gives. */
static gboolean
need_transformed (LimnGraph    *graph,
                  LimnWeights  *weights,
                  GError      **error)
{
  LimnTensor *declared;

  if (!limn_graph_is_dry (graph))
    return (weights->winograd && !weights->stale) || make_weights (weights, error);
  if (limn_graph_get_kept (graph, weights))
    return TRUE;
  declared = new_transformed (NULL, weights, error);
  if (!declared)
    return FALSE;
  limn_graph_take_kept (graph, weights, declared);
  return TRUE;
}

static const LimnTensor *
get_transformed (const LimnGraph   *graph,
                 const LimnWeights *weights)
{
  return limn_graph_is_dry (graph) ? limn_graph_get_kept (graph, weights) : weights->winograd;
}

gboolean
limn_weights_refresh (LimnWeights  *weights,
                      GError      **error)
{
  return !weights->stale || make_weights (weights, error);
}

/* Channels as they stand in the transformed tiles: whole texels. */
static guint
round_up (guint channels)
{
  return (channels + LIMN_TEXEL - 1) / LIMN_TEXEL * LIMN_TEXEL;
}

/* Tiles that are done together: whole rows of tiles, of one sample unless @sample is -1: then all of all. */
typedef struct
{
  int     sample;
  guint   first_line;
  guint   lines;
  guint64 first_tile;
  guint64 tiles;
} Slab;

/* Tiles whose transforms one binding can hold. */
static guint64
bound_tiles (LimnGraph         *graph,
             const LimnProduct *p)
{
  LimnTensor widest = { .dtype = LIMN_DTYPE_F32, .pitch = round_up (MAX (p->k, p->n)) };

  return limn_graph_max_rows (graph, &widest) / PLACES;
}

/* Rows of a plane for @tiles: so many that no plane begins within a line of a multiple of 4 KiB after another, where
 * @most, of one binding, allow it. */
static guint
pad_plane (guint64 tiles,
           guint   k,
           guint   n,
           guint64 most)
{
  gsize k_bytes = k * sizeof (float), n_bytes = n * sizeof (float);
  guint64 plane = tiles;

  while (plane < MIN (tiles + MOST_PADDING, most) &&
         (plane * k_bytes % PAGE < CLOSE_BYTES || plane * n_bytes % PAGE < CLOSE_BYTES))
    plane++;
  return plane;
}

/* The 36 products in the middle. */
static gboolean
record_product (LimnGraph         *graph,
                const LimnTensor  *panels,
                const LimnTensor  *transformed,
                LimnTensor        *product,
                GError           **error)
{
  return limn_product_record (graph, &(LimnProduct) {
    .y = product,
    .x = transformed,
    .panels = panels,
    .k = transformed->c,
    .n = product->c,
    .taps = 1,
    .batch = PLACES,
    .label = "winograd product",
  }, error);
}

/* Weights of @to's panels, from @first on. In as many dispatches as bindings want: some places each. */
static gboolean
record_weights (LimnGraph         *graph,
                const LimnTensor  *from,
                guint              first,
                LimnTensor        *to,
                GError           **error)
{
  const LimnOpTuning *tuning = limn_op_get_tuning (graph);
  const char *defines[2] = { tuning->wg, NULL };
  guint k = from->w, panels = to->n / PLACES;
  guint step = MIN (PLACES, limn_graph_max_rows (graph, to) / ((guint64) panels * k));

  for (guint place = 0; place < PLACES; place += step)
    {
      LimnWinogradWeightsParams params = {
        .items = panels * k * (LIMN_PANEL / LIMN_TEXEL),
        .plane = k * (LIMN_PANEL / LIMN_TEXEL),
        .panels = panels,
        .first_place = place,
        .places = MIN (step, PLACES - place),
      };
      LimnArg args[2];
      guint32 base;

      args[0] = limn_graph_read (graph, LIMN_WINOGRAD_WEIGHTS_X, from, (guint64) first * 9 * k, (guint64) panels * 9 * k, &base);
      params.x_base = base;
      args[1] = limn_graph_write (graph, LIMN_WINOGRAD_WEIGHTS_Y, to, (guint64) place * panels * k, (guint64) params.places * panels * k, &base);
      params.y_base = base;
      if (!limn_op_dispatch_items (graph, &(LimnDispatch) {
            .kernel = "winograd_weights",
            .defines = defines,
            .params = &params,
            .params_bytes = sizeof params,
            .args = args,
            .n_args = G_N_ELEMENTS (args),
            .label = "winograd weights",
          }, params.items, tuning->group_items, error))
        return FALSE;
    }
  return TRUE;
}

/* The 36 products with weights that are transformed on the way, some panels after the other. */
static gboolean
record_flying_products (LimnGraph          *graph,
                        const LimnProduct  *p,
                        const LimnTensor   *transformed,
                        LimnTensor         *product,
                        GError            **error)
{
  const LimnTensor *from = p->panels;
  guint step = count_flying_panels (graph, from);

  if (step == 0)
    return limn_op_fail_shape (error, "conv3x3", "%u inputs are too many for this device", p->k);
  for (guint first = 0, panels; first < from->n; first += panels)
    {
      LimnTensor *to;
      guint column = first * LIMN_PANEL;

      panels = MIN (step, from->n - first);
      to = limn_graph_tensor (graph, LIMN_DTYPE_F32, PLACES * panels, 1, from->w, LIMN_PANEL);
      if (!record_weights (graph, from, first, to, error)
          || !record_product (graph, to, transformed,
                              limn_graph_columns (graph, product, column, MIN (panels * LIMN_PANEL, product->c - column)), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
record_slab (LimnGraph          *graph,
             const LimnProduct  *p,
             LimnWeights        *weights,
             const Slab         *slab,
             GError            **error)
{
  static const LimnEpilogue no_epilogue;
  const LimnEpilogue *e = p->epilogue ? p->epilogue : &no_epilogue;
  const LimnOpTuning *tuning = limn_op_get_tuning (graph);
  guint k = round_up (p->k), n = round_up (p->n);
  guint plane = pad_plane (slab->tiles, k, n, bound_tiles (graph, p));
  LimnTensor *transformed = limn_graph_tensor (graph, LIMN_DTYPE_F32, PLACES, plane, 1, k);
  LimnTensor *product = limn_graph_tensor (graph, LIMN_DTYPE_F32, PLACES, plane, 1, n);
  guint64 x_first = 0, x_rows = limn_tensor_get_rows (p->x), y_first = 0, y_rows = limn_tensor_get_rows (p->y);
  LimnWinogradInputParams input = { 0 };
  LimnWinogradOutputParams output;
  LimnArg args[5];
  guint32 base;
  const char *defines[4] = { tuning->wg, NULL };
  g_autofree char *activation_define = g_strdup_printf ("ACTIVATION=%d", e->activation);
  guint groups[3] = { 1, 1, 1 };

  if (slab->sample >= 0)
    {
      guint low = MAX (slab->first_line * TILE, 1) - 1;
      guint high = MIN ((slab->first_line + slab->lines) * TILE, p->y->h - 1); /* one line past the tiles */
      guint last = MIN ((slab->first_line + slab->lines) * TILE, p->y->h);

      x_first = ((guint64) slab->sample * p->x->h + (low >> p->doubling)) * p->x->w;
      x_rows = (guint64) ((high >> p->doubling) - (low >> p->doubling) + 1) * p->x->w;
      y_first = ((guint64) slab->sample * p->y->h + slab->first_line * TILE) * p->y->w;
      y_rows = (guint64) (last - slab->first_line * TILE) * p->y->w;
    }

  input.tiles = slab->tiles;
  input.first_tile = slab->first_tile;
  input.plane = plane;
  input.columns = limn_op_get_width (p->x);
  input.tile_columns = (p->y->w + TILE - 1) / TILE;
  input.tile_rows = (p->y->h + TILE - 1) / TILE;
  input.height = p->y->h;
  input.width = p->y->w;
  input.doubling = p->doubling;
  output = (LimnWinogradOutputParams) {
    .tiles = input.tiles,
    .first_tile = input.first_tile,
    .plane = plane,
    .columns = limn_op_get_width (p->y),
    .tile_columns = input.tile_columns,
    .tile_rows = input.tile_rows,
    .height = input.height,
    .width = input.width,
  };

  args[0] = limn_graph_read (graph, LIMN_WINOGRAD_INPUT_X, p->x, x_first, x_rows, &base);
  input.x_base = base;
  input.x_pitch = limn_op_get_pitch (p->x);
  input.x_first = x_first;
  args[1] = limn_graph_write (graph, LIMN_WINOGRAD_INPUT_Y, transformed, 0, 0, &base);
  input.y_base = base;
  input.y_pitch = limn_op_get_pitch (transformed);
  if (!limn_gl_groups_for_items (limn_graph_get_gl (graph), (guint64) input.tiles * input.columns, tuning->group_items, groups))
    return limn_op_fail_shape (error, "conv3x3", "%u tiles are too many", input.tiles);
  if (!limn_graph_dispatch (graph, &(LimnDispatch) {
        .kernel = "winograd_input",
        .defines = defines,
        .params = &input,
        .params_bytes = sizeof input,
        .args = args,
        .n_args = 2,
        .groups = { groups[0], groups[1], groups[2] },
        .label = "winograd input",
      }, error))
    return FALSE;

  if (is_kept (p) ? !record_product (graph, get_transformed (graph, weights), transformed, product, error)
                  : !record_flying_products (graph, p, transformed, product, error))
    return FALSE;

  args[0] = limn_graph_read (graph, LIMN_WINOGRAD_OUTPUT_X, product, 0, 0, &base);
  output.x_base = base;
  output.x_pitch = limn_op_get_pitch (product);
  args[1] = limn_graph_write (graph, LIMN_WINOGRAD_OUTPUT_Y, p->y, y_first, y_rows, &base);
  output.y_base = base;
  output.y_pitch = limn_op_get_pitch (p->y);
  output.y_first = y_first;
  args[2] = limn_epilogue_read (graph, LIMN_WINOGRAD_OUTPUT_BIAS, e->bias, 0, 0, &output.bias_base);
  args[3] = limn_epilogue_read (graph, LIMN_WINOGRAD_OUTPUT_SAMPLE_BIAS, e->sample_bias, 0, 0, &output.sample_base);
  output.sample_pitch = e->sample_bias ? limn_op_get_pitch (e->sample_bias) : 0;
  args[4] = limn_epilogue_read (graph, LIMN_WINOGRAD_OUTPUT_RESIDUAL, e->residual, y_first, y_rows,
                                &output.residual_base);
  output.residual_pitch = e->residual ? limn_op_get_pitch (e->residual) : 0;
  defines[1] = limn_op_store_define (p->y);
  defines[2] = activation_define;
  if (!limn_gl_groups_for_items (limn_graph_get_gl (graph), (guint64) output.tiles * output.columns, tuning->group_items,
                                 groups))
    return limn_op_fail_shape (error, "conv3x3", "%u tiles are too many", output.tiles);
  return limn_graph_dispatch (graph, &(LimnDispatch) {
    .kernel = "winograd_output",
    .defines = defines,
    .params = &output,
    .params_bytes = sizeof output,
    .args = args,
    .n_args = G_N_ELEMENTS (args),
    .groups = { groups[0], groups[1], groups[2] },
    .label = "winograd output",
  }, error);
}

/* Of up to @most lines at a time the number that leaves the fewest lanes of the product idle. */
static guint
choose_lines (const LimnGraph   *graph,
              const LimnProduct *p,
              guint              lines,
              guint              line_tiles,
              guint              most)
{
  guint best = most;
  guint64 least = G_MAXUINT64;

  for (guint step = most; step >= 1; step--)
    {
      guint64 groups = lines / step * limn_product_count_groups (graph, (guint64) step * line_tiles, p->n);

      if (lines % step > 0)
        groups += limn_product_count_groups (graph, (guint64) (lines % step) * line_tiles, p->n);
      /* Fewer lines at a time mean more dispatches: they have to spare a tenth of the work to pay (PERFORMANCE.md). */
      if (least == G_MAXUINT64 || groups * 10 <= least * 9)
        {
          least = groups;
          best = step;
        }
    }
  return best;
}

/* Lines of tiles @from .. @to - 1 of a sample, @step at a time. */
static gboolean
record_sample (LimnGraph          *graph,
               const LimnProduct  *p,
               LimnWeights        *weights,
               guint               sample,
               guint               from,
               guint               to,
               guint               step,
               GError            **error)
{
  guint line_tiles = (p->y->w + TILE - 1) / TILE, lines = (p->y->h + TILE - 1) / TILE;

  for (guint first = from; first < to; first += step)
    {
      guint count = MIN (step, to - first);
      Slab slab = {
        .sample = sample,
        .first_line = first,
        .lines = count,
        .first_tile = ((guint64) sample * lines + first) * line_tiles,
        .tiles = (guint64) count * line_tiles,
      };

      if (!record_slab (graph, p, weights, &slab, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
limn_winograd_record (LimnGraph          *graph,
                      const LimnProduct  *p,
                      LimnWeights        *weights,
                      GError            **error)
{
  guint lines = (p->y->h + TILE - 1) / TILE;
  guint line_tiles = (p->y->w + TILE - 1) / TILE;
  guint64 tiles = (guint64) p->y->n * lines * line_tiles;
  guint64 bound = bound_tiles (graph, p);
  guint64 most = MIN (bound, MAX (SLAB_TILES, SLAB_BYTES / (PLACES * MAX (p->k, p->n) * sizeof (float))));
  guint64 most_x = limn_graph_max_rows (graph, p->x), most_y = limn_graph_max_rows (graph, p->y);
  guint step;

  if (is_kept (p) && !need_transformed (graph, weights, error))
    return FALSE;
  if (p->epilogue && p->epilogue->residual)
    most_y = MIN (most_y, limn_graph_max_rows (graph, p->epilogue->residual));
  if (!p->lines && tiles <= most && limn_tensor_get_rows (p->x) <= most_x && limn_tensor_get_rows (p->y) <= most_y)
    return record_slab (graph, p, weights, &(Slab) { .sample = -1, .tiles = tiles }, error);

  /* A slab of s lines of tiles writes 4 s lines of y, and reads at most 4 s + 2 of x. */
  step = MIN (MAX (1, most / line_tiles), lines);
  step = MIN (step, most_y / p->y->w / TILE);
  while (step > 0 && (guint64) (step * TILE + 2) * p->x->w > most_x)
    step--;
  if (step == 0 || (guint64) step * line_tiles > bound)
    return limn_op_fail_shape (error, "conv3x3", "a picture %u wide is too large for this device", p->y->w);
  if (p->lines)
    {
      guint from = p->lines->first / TILE, to = (p->lines->first + p->lines->count + TILE - 1) / TILE;

      step = choose_lines (graph, p, to - from, line_tiles, MIN (step, to - from));
      return record_sample (graph, p, weights, p->lines->sample, from, to, step, error);
    }
  step = choose_lines (graph, p, lines, line_tiles, step);
  for (guint sample = 0; sample < p->y->n; sample++)
    if (!record_sample (graph, p, weights, sample, 0, lines, step, error))
      return FALSE;
  return TRUE;
}
