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

/* PERFORMANCE.md, Winograd: from here on it was faster wherever it was tried (1.5 to 2.5 times), two samples together.
 * Tiles of one sample, never of all: the choice changes the last digits, and a picture's must not depend on what is
 * computed beside it. */
#define LEAST_CHANNELS 32
#define LEAST_TILES    4

/* Transformed weights take four times the memory: 36 * 4 bytes * MOST_WEIGHTS = 72 MiB for the largest layer that
 * gets them (SD's 640 x 640). The 1280 x 1280 layers would want 225 MiB each, 5 GiB together. */
#define MOST_WEIGHTS (1u << 19)

gboolean
limn_winograd_pays (const LimnGraph   *graph,
                    const LimnProduct *product)
{
  const LimnTensor *y = product->y;
  guint64 tiles = (guint64) ((y->h + TILE - 1) / TILE) * ((y->w + TILE - 1) / TILE);

  /* On hardware it is not measured yet, and four times the memory for weights is not there to be had. */
  return limn_gl_get_device (limn_graph_get_gl (graph))->device_class == LIMN_GL_SOFTWARE && product->stride == 1 &&
         product->k >= LEAST_CHANNELS && product->n >= LEAST_CHANNELS &&
         (guint64) product->k * product->n <= MOST_WEIGHTS && tiles >= LEAST_TILES;
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

/* From the panels on the device, [panel][9][k][16], to [36][panel][1][k][16]: a new tensor, or the one that recorded passes read. */
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
    to = made = limn_tensor_new (limn_gl_buffer_get_gl (from->buffer), LIMN_DTYPE_F32, PLACES * panels, 1, from->w, LIMN_PANEL, "winograd",
                                 error);
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

gboolean
limn_weights_refresh (LimnWeights  *weights,
                      GError      **error)
{
  return !weights->winograd || !weights->stale || make_weights (weights, error);
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

/* The same by the device, for this run alone. In as many dispatches as the bindings want: some panels, and of all of them some places. */
static gboolean
record_weights (LimnGraph          *graph,
                const LimnWeights  *weights,
                LimnTensor         *to,
                GError            **error)
{
  const LimnOpTuning *tuning = limn_op_get_tuning (graph);
  const LimnTensor *from = weights->panels;
  guint panels = from->n, k = from->w;
  guint64 fit_from = limn_graph_max_rows (graph, from) / (9 * k), fit_to = limn_graph_max_rows (graph, to) / k; /* panels; of a place */
  guint step = MIN (panels, MIN (fit_from, fit_to));
  guint places = step == panels ? MIN (PLACES, fit_to / panels) : 1;

  if (step == 0)
    return limn_op_fail_shape (error, "conv3x3", "%u inputs are too many for this device", k);
  for (guint panel = 0; panel < panels; panel += step)
    for (guint place = 0; place < PLACES; place += places)
      {
        guint n_panels = MIN (step, panels - panel), n_places = MIN (places, PLACES - place);
        LimnWinogradWeightsParams params = {
          .n_items = n_places * n_panels * k * (LIMN_PANEL / LIMN_TEXEL),
          .K = k,
          .panels = n_panels,
          .first_place = place,
          .y_place = panels * k * (LIMN_PANEL / LIMN_TEXEL),
        };
        const LimnArg args[] = {
          limn_graph_read (graph, LIMN_WINOGRAD_WEIGHTS_X, from, (guint64) panel * 9 * k, (guint64) n_panels * 9 * k, &params.x_base),
          limn_graph_write (graph, LIMN_WINOGRAD_WEIGHTS_Y, to, ((guint64) place * panels + panel) * k,
                            ((guint64) (n_places - 1) * panels + n_panels) * k, &params.y_base),
        };
        const char * const defines[] = { tuning->wg, NULL };

        if (!limn_op_dispatch_items (graph, &(LimnDispatch) {
              .kernel = "winograd_weights",
              .defines = defines,
              .params = &params,
              .params_bytes = sizeof params,
              .args = args,
              .n_args = G_N_ELEMENTS (args),
              .label = "winograd weights",
            }, params.n_items, tuning->group_items, error))
          return FALSE;
      }
  return TRUE;
}

/* (transfer none) (nullable): the transformed weights that @graph is to read: kept, or made in each run where there is no room to keep them; of
 * a graph that will not run only their size. */
static const LimnTensor *
get_weights (LimnGraph    *graph,
             LimnWeights  *weights,
             GError      **error)
{
  LimnArena *arena = limn_graph_get_arena (graph);
  const LimnTensor *from = weights->panels;
  LimnTensor *to;

  if (!limn_arena_is_frugal (arena) && (weights->winograd || !limn_graph_is_dry (graph)))
    {
      if ((!weights->winograd || weights->stale) && !make_weights (weights, error))
        return NULL;
      weights->spare_of = arena;
      limn_arena_add_spare (arena, &weights->winograd);
      return weights->winograd;
    }
  to = limn_graph_find (graph, weights);
  if (to)
    return to;
  if (!limn_arena_is_frugal (arena))
    to = limn_graph_spare (graph, LIMN_DTYPE_F32, PLACES * from->n, 1, from->w, LIMN_PANEL);
  else
    {
      to = limn_graph_tensor (graph, LIMN_DTYPE_F32, PLACES * from->n, 1, from->w, LIMN_PANEL);
      if (!record_weights (graph, weights, to, error))
        return NULL;
    }
  limn_graph_remember (graph, weights, to);
  return to;
}

static gboolean
record_slab (LimnGraph          *graph,
             const LimnProduct  *p,
             const LimnTensor   *weights,
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

  if (!limn_product_record (graph, &(LimnProduct) {
        .y = product,
        .x = transformed,
        .panels = weights,
        .k = k,
        .n = n,
        .taps = 1,
        .batch = PLACES,
        .label = "winograd product",
      }, error))
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
               const LimnTensor   *weights,
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
  guint64 most = MIN (bound, SLAB_BYTES / (PLACES * MAX (p->k, p->n) * sizeof (float)));
  guint64 most_x = limn_graph_max_rows (graph, p->x), most_y = limn_graph_max_rows (graph, p->y);
  const LimnTensor *transformed;
  guint step;

  transformed = get_weights (graph, weights, error);
  if (!transformed)
    return FALSE;
  if (p->epilogue && p->epilogue->residual)
    most_y = MIN (most_y, limn_graph_max_rows (graph, p->epilogue->residual));
  if (!p->lines && tiles <= most && limn_tensor_get_rows (p->x) <= most_x && limn_tensor_get_rows (p->y) <= most_y)
    return record_slab (graph, p, transformed, &(Slab) { .sample = -1, .tiles = tiles }, error);

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
      return record_sample (graph, p, transformed, p->lines->sample, from, to, step, error);
    }
  step = choose_lines (graph, p, lines, line_tiles, step);
  for (guint sample = 0; sample < p->y->n; sample++)
    if (!record_sample (graph, p, transformed, sample, 0, lines, step, error))
      return FALSE;
  return TRUE;
}
