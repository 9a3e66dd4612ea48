/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "ops/limn-op-attention.h"

#include "base/limn-error.h"
#include "gl/limn-kernels.h"

/* attention_lanes.comp: GROUP, and rows a lane: a fetched key serves that many rows. */
#define LANES     8
#define LANE_ROWS 4
/* attention_tile.comp: GROUP */
#define TILE_ROWS 64

/* Texels of a head's output that an invocation keeps in registers; a wider head is cut into slices, whose scores are
 * computed again. 16 texels are 64 registers on hardware. */
#define MAX_SLICE 16

/* As limn-product.c: 8 ms at 1 TFLOP/s, 0.1 s in software. */
#define DISPATCH_FLOPS          8e9
#define DISPATCH_FLOPS_SOFTWARE 1e9

gboolean
limn_op_attention (LimnGraph         *graph,
                   LimnTensor        *y,
                   const LimnTensor  *q,
                   const LimnTensor  *k,
                   const LimnTensor  *v,
                   guint              heads,
                   gboolean           causal,
                   float              scale,
                   GError           **error)
{
  LimnGl *gl = limn_graph_get_gl (graph);
  gboolean software = limn_gl_get_device (gl)->device_class == LIMN_GL_SOFTWARE;
  const LimnGlLimits *limits = limn_gl_get_limits (gl);
  guint rows = q->h * q->w, keys = k->h * k->w;
  guint width, slices, slice, group_rows;
  guint64 most, per_sample, most_keys;
  double flops_per_row;
  gboolean all_samples;
  g_autofree char *slice_define = NULL;
  const char *defines[4];

  if (heads == 0 || q->c % heads != 0 || q->c / heads % LIMN_TEXEL != 0 || k->c != q->c || v->c != q->c || y->c != q->c ||
      k->n != q->n || v->n != q->n || y->n != q->n || v->h * v->w != keys || y->h * y->w != rows ||
      (causal && rows != keys))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE,
                   "attention: %u heads over q %u x %u x %u, k %u x %u x %u, v %u x %u x %u do not fit",
                   heads, q->n, rows, q->c, k->n, keys, k->c, v->n, v->h * v->w, v->c);
      return FALSE;
    }
  width = q->c / heads / LIMN_TEXEL;
  slices = (width + MAX_SLICE - 1) / MAX_SLICE;
  slice = (width + slices - 1) / slices;
  group_rows = software ? LANES * LANE_ROWS : TILE_ROWS;
  slice_define = g_strdup_printf ("SLICE=%u", slice);
  defines[0] = slice_define;
  defines[1] = y->dtype == LIMN_DTYPE_F16 ? "STORE_F16=1" : "STORE_F16=0";
  defines[2] = software ? "R=" G_STRINGIFY (LANE_ROWS) : NULL;
  defines[3] = NULL;

  most_keys = MIN (limn_graph_max_rows (graph, k), limn_graph_max_rows (graph, v));
  most = MIN (limn_graph_max_rows (graph, q), limn_graph_max_rows (graph, y));
  if (most == 0 || most_keys < keys)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "attention: %u tokens of %u values are too many for this device",
                   keys, k->pitch);
      return FALSE;
    }
  /* All samples in one dispatch where that is short enough and everything can be bound; else sample by sample, in
   * slabs of query rows. */
  flops_per_row = 2.0 * keys * q->c * (slices + 1);
  per_sample = MAX (1, (software ? DISPATCH_FLOPS_SOFTWARE : DISPATCH_FLOPS) / flops_per_row);
  per_sample = MIN (per_sample, (guint64) limits->max_groups[0] * group_rows);
  per_sample = MAX (group_rows, per_sample / group_rows * group_rows);
  all_samples = (guint64) rows * q->n <= MIN (most, per_sample) && (guint64) keys * k->n <= most_keys;
  per_sample = MIN (per_sample, most);

  for (guint n = 0; n < (all_samples ? 1 : q->n); n++)
    for (guint64 first = 0; first < rows; first += per_sample)
      {
        guint samples = all_samples ? q->n : 1;
        guint64 count = MIN (per_sample, rows - first);
        LimnAttentionLanesParams params = {
          .rows = count,
          .first_row = first,
          .keys = keys,
          .width = width,
          .slices = slices,
          .causal = causal,
          .scale = scale,
          .q_pitch = q->pitch / LIMN_TEXEL,
          .q_sample = rows * (q->pitch / LIMN_TEXEL),
          .k_pitch = k->pitch / LIMN_TEXEL,
          .k_sample = keys * (k->pitch / LIMN_TEXEL),
          .v_pitch = v->pitch / LIMN_TEXEL,
          .v_sample = keys * (v->pitch / LIMN_TEXEL),
          .y_pitch = y->pitch / LIMN_TEXEL,
          .y_sample = rows * (y->pitch / LIMN_TEXEL),
        };
        guint64 bound = all_samples ? (guint64) rows * samples : count;
        LimnArg args[4];
        guint32 base[4];

        args[0] = limn_graph_read (graph, LIMN_ATTENTION_LANES_Q, q, (guint64) n * rows + first, bound, &base[0]);
        args[1] = limn_graph_read (graph, LIMN_ATTENTION_LANES_K, k, (guint64) n * keys, (guint64) keys * samples, &base[1]);
        args[2] = limn_graph_read (graph, LIMN_ATTENTION_LANES_V, v, (guint64) n * keys, (guint64) keys * samples, &base[2]);
        args[3] = limn_graph_write (graph, LIMN_ATTENTION_LANES_Y, y, (guint64) n * rows + first, bound, &base[3]);
        params.q_base = base[0];
        params.k_base = base[1];
        params.v_base = base[2];
        params.y_base = base[3];
        if (!limn_graph_dispatch (graph, &(LimnDispatch) {
              .kernel = software ? "attention_lanes" : "attention_tile",
              .defines = defines,
              .params = &params,
              .params_bytes = sizeof params,
              .args = args,
              .n_args = G_N_ELEMENTS (args),
              .groups = { (count + group_rows - 1) / group_rows, heads * slices, samples },
              .flops = 4.0 * count * keys * q->c * samples,
              .label = "attention",
            }, error))
          return FALSE;
      }
  return TRUE;
}
