/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "ops/limn-op-attention.h"

#include "ops/limn-attention-wide.h"

#include "base/limn-error.h"
#include "gl/limn-kernels.h"

/* attention_lanes.comp: GROUP, and rows a lane: a fetched key serves that many rows. Where queries are kept and heads are narrow (SD 1.x: 10 texels) twice as
 * many: what is kept of 8 rows is 20 KiB for all lanes, most of a first-level cache. */
#define LANES            8
#define LANE_ROWS        4
#define LANE_ROWS_NARROW 8
#define MAX_NARROW       10
#define MAX_KEPT         20
/* attention_tile.comp: GROUP */
#define TILE_ROWS 64

/* Texels of a head's output that an invocation keeps in registers; a wider head is cut into slices, whose scores are
 * computed again. 16 texels are 64 registers on hardware. Where there is little to do narrower slices serve as well,
 * and spare a first start the compilation of a wide kernel (1.4 s against 0.4 s on llvmpipe); 256 x 256 tokens take
 * a few milliseconds there. */
#define MAX_SLICE       16
#define MAX_SMALL_SLICE 8
#define SMALL_SCORES    (256 * 256)

/* From this width on (the VAE's heads have 512) products beat slices. A function of the shape alone: the two sum differently. */
#define LEAST_WIDE 256

/* As limn-product.c: 8 ms at 1 TFLOP/s, 0.1 s in software. */
#define DISPATCH_FLOPS          8e9
#define DISPATCH_FLOPS_SOFTWARE 1e9

/* Slabs of keys are a multiple of this, the larger of the kernels' blocks, so that they change no sum. */
#define KEY_STEP 16

/* llvmpipe ends the loops of an invocation, without a word, once all of them together have taken 65535 turns
 * (LP_MAX_TGSI_LOOP_ITERATIONS of Mesa's lp_bld_limits.h, counted in lp_bld_ir_common.c). attention_lanes.comp takes one turn
 * and, unless it keeps the queries, one for each texel of the head's width for a block of LANE_KEYS keys. Further keys come in a dispatch of
 * their own. */
#define MOST_TURNS 65000
#define LANE_KEYS  4

typedef struct
{
  LimnGraph         *graph;
  LimnTensor        *y;
  const LimnTensor  *q;
  const LimnTensor  *k;
  const LimnTensor  *v;
  guint              heads;
  gboolean           causal;
  float              scale;
  gboolean           lanes;
  gboolean           kept;  /* KEEP_Q */
  guint              width;
  guint              slices;
  guint              slice;
  guint              group_rows;
  LimnTensor       *states[2]; /* between slabs of keys, in turns; shared by all slabs of rows, so that there are not
                                * thousands of tensors to plan for a large picture */
} Job;

/* Query rows @first.. of @samples samples from @sample on, against keys @first_key... */
typedef struct
{
  guint             sample;
  guint             samples;
  guint64           first;
  guint64           count;
  guint             first_key;
  guint             keys;
  const LimnTensor *state_in;
  LimnTensor       *state_out;
} Slab;

static gboolean
dispatch_slab (const Job   *job,
               const Slab  *slab,
               gboolean     carry,
               GError     **error)
{
  const LimnTensor *q = job->q, *k = job->k, *v = job->v;
  guint rows = q->h * q->w, keys = k->h * k->w;
  guint64 bound_rows = slab->samples > 1 ? (guint64) rows * slab->samples : slab->count;
  guint64 bound_keys = slab->samples > 1 ? (guint64) keys * slab->samples : slab->keys;
  guint64 first_row = (guint64) slab->sample * rows + slab->first;
  guint64 first_key = (guint64) slab->sample * keys + slab->first_key;
  LimnAttentionLanesParams params = {
    .rows = slab->count,
    .first_row = slab->first,
    .keys = slab->keys,
    .first_key = slab->first_key,
    .width = job->width,
    .slices = job->slices,
    .causal = job->causal,
    .scale = job->scale,
    .q_pitch = q->pitch / LIMN_TEXEL,
    .q_sample = rows * (q->pitch / LIMN_TEXEL),
    .k_pitch = k->pitch / LIMN_TEXEL,
    .k_sample = keys * (k->pitch / LIMN_TEXEL),
    .v_pitch = v->pitch / LIMN_TEXEL,
    .v_sample = keys * (v->pitch / LIMN_TEXEL),
    .y_pitch = job->y->pitch / LIMN_TEXEL,
    .y_sample = rows * (job->y->pitch / LIMN_TEXEL),
    .state_in = -1,
    .state_out = -1,
  };
  g_autofree char *slice_define = g_strdup_printf ("SLICE=%u", job->slice);
  const char *defines[6] = {
    slice_define,
    job->y->dtype == LIMN_DTYPE_F16 ? "STORE_F16=1" : "STORE_F16=0",
    carry ? "CARRY=1" : "CARRY=0",
    !job->lanes ? NULL : job->kept && job->slice <= MAX_NARROW ? "R=" G_STRINGIFY (LANE_ROWS_NARROW) : "R=" G_STRINGIFY (LANE_ROWS),
    job->kept ? "KEEP_Q=1" : "KEEP_Q=0",
    NULL,
  };
  LimnArg args[6];
  guint32 base;
  guint n_args = 0;

  args[n_args++] = limn_graph_read (job->graph, LIMN_ATTENTION_LANES_Q, q, first_row, bound_rows, &base);
  params.q_base = base;
  args[n_args++] = limn_graph_read (job->graph, LIMN_ATTENTION_LANES_K, k, first_key, bound_keys, &base);
  params.k_base = base;
  args[n_args++] = limn_graph_read (job->graph, LIMN_ATTENTION_LANES_V, v, first_key, bound_keys, &base);
  params.v_base = base;
  args[n_args++] = limn_graph_write (job->graph, LIMN_ATTENTION_LANES_Y, job->y, first_row, bound_rows, &base);
  params.y_base = base;
  if (carry)
    {
      /* Something must be bound in the places of the first state in and the last state out. */
      const LimnTensor *in = slab->state_in ? slab->state_in : slab->state_out;
      const LimnTensor *out = slab->state_out ? slab->state_out : slab->state_in;

      args[n_args++] = limn_graph_read (job->graph, LIMN_ATTENTION_LANES_OLD_STATE, in, 0, 0, &base);
      params.state_in = slab->state_in ? (int) base : -1;
      args[n_args++] = limn_graph_write (job->graph, LIMN_ATTENTION_LANES_NEW_STATE, out, 0, 0, &base);
      params.state_out = slab->state_out ? (int) base : -1;
      params.state_pitch = in->pitch / LIMN_TEXEL;
    }
  return limn_graph_dispatch (job->graph, &(LimnDispatch) {
    .kernel = job->lanes ? "attention_lanes" : "attention_tile",
    .defines = defines,
    .params = &params,
    .params_bytes = sizeof params,
    .args = args,
    .n_args = n_args,
    .groups = { (slab->count + job->group_rows - 1) / job->group_rows, job->heads * job->slices, slab->samples },
    .flops = 4.0 * slab->count * slab->keys * q->c * slab->samples,
    .label = "attention",
  }, error);
}

/* One slab of query rows of one sample against all keys, in as many dispatches as their bindings and turns want. */
static gboolean
record_keys (const Job   *job,
             Slab        *slab,
             guint64      most_keys,
             GError     **error)
{
  guint keys = job->k->h * job->k->w;
  guint step = most_keys >= keys ? keys : most_keys / KEY_STEP * KEY_STEP;
  gboolean carry = step < keys;
  guint turn = 0;

  for (slab->first_key = 0; slab->first_key < keys; slab->first_key += step)
    {
      slab->keys = MIN (step, keys - slab->first_key);
      slab->state_out = NULL;
      if (slab->first_key + slab->keys < keys)
        slab->state_out = job->states[turn++ % 2];
      if (!dispatch_slab (job, slab, carry, error))
        return FALSE;
      slab->state_in = slab->state_out;
    }
  return TRUE;
}

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
  const LimnGlLimits *limits = limn_gl_get_limits (gl);
  guint rows = q->h * q->w, keys = k->h * k->w;
  guint64 most, bound_keys, most_keys, step;
  guint most_slice;
  Job job = {
    .graph = graph,
    .y = y,
    .q = q,
    .k = k,
    .v = v,
    .heads = heads,
    .causal = causal,
    .scale = scale,
  };
  const char *choice = limn_arena_get_choice (limn_graph_get_arena (graph), LIMN_ATTENTION_ANY);

  if (heads == 0 || q->c % heads != 0 || q->c / heads % LIMN_TEXEL != 0 || k->c != q->c || v->c != q->c || y->c != q->c ||
      k->n != q->n || v->n != q->n || y->n != q->n || v->h * v->w != keys || y->h * y->w != rows ||
      (causal && rows != keys))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE,
                   "attention: %u heads over q %u x %u x %u, k %u x %u x %u, v %u x %u x %u do not fit",
                   heads, q->n, rows, q->c, k->n, keys, k->c, v->n, v->h * v->w, v->c);
      return FALSE;
    }
  if (q->c / heads >= LEAST_WIDE && !causal)
    return limn_attention_wide_record (graph, y, q, k, v, heads, scale, error);
  /* The two sum differently, so nothing but the class of device chooses. */
  job.lanes = choice ? g_str_equal (choice, "lanes") : limn_gl_get_device (gl)->device_class == LIMN_GL_SOFTWARE;
  job.width = q->c / heads / LIMN_TEXEL;
  job.kept = job.lanes && job.width <= MAX_KEPT && (guint64) rows * keys > SMALL_SCORES;
  most_slice = job.kept ? MAX_KEPT : job.lanes && (guint64) rows * keys <= SMALL_SCORES ? MAX_SMALL_SLICE : MAX_SLICE;
  job.slices = (job.width + most_slice - 1) / most_slice;
  job.slice = (job.width + job.slices - 1) / job.slices;
  job.group_rows = !job.lanes ? TILE_ROWS : LANES * (job.kept && job.slice <= MAX_NARROW ? LANE_ROWS_NARROW : LANE_ROWS);

  bound_keys = MIN (limn_graph_max_rows (graph, k), limn_graph_max_rows (graph, v));
  most_keys = MIN (bound_keys, keys); /* of one dispatch */
  if (limn_gl_get_device (gl)->device_class == LIMN_GL_SOFTWARE)
    most_keys = MIN (most_keys, MAX (KEY_STEP, MOST_TURNS / (job.kept ? 1 : job.width + 1) * LANE_KEYS));
  most = MIN (limn_graph_max_rows (graph, q), limn_graph_max_rows (graph, y));
  /* All samples in one dispatch where that is short enough and everything can be bound; else sample by sample, in
   * slabs of query rows. */
  step = MAX (1, (job.lanes ? DISPATCH_FLOPS_SOFTWARE : DISPATCH_FLOPS) / (2.0 * MAX (1, most_keys) * q->c * (job.slices + 1)));
  step = MIN (step, (guint64) limits->max_groups[0] * job.group_rows);
  step = MAX (job.group_rows, step / job.group_rows * job.group_rows);
  if ((guint64) rows * q->n <= MIN (most, step) && (guint64) keys * k->n <= bound_keys && keys == most_keys)
    return dispatch_slab (&job, &(Slab) { .samples = q->n, .count = rows, .keys = keys }, FALSE, error);

  if (most_keys < keys)
    {
      /* The state between slabs of keys is bound whole. */
      LimnTensor state = { .dtype = LIMN_DTYPE_F32, .pitch = heads * job.slices * (job.slice + 1) * LIMN_TEXEL };

      most = MIN (most, limn_graph_max_rows (graph, &state));
    }
  step = MIN (step, most);
  if (step == 0 || most_keys < MIN (keys, KEY_STEP))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "attention: a token of %u values is too long for this device",
                   MAX (q->pitch, k->pitch));
      return FALSE;
    }
  for (guint i = 0; i < 2 && most_keys < keys; i++)
    job.states[i] = limn_graph_tensor (graph, LIMN_DTYPE_F32, 1, MIN (step, rows), 1,
                                       heads * job.slices * (job.slice + 1) * LIMN_TEXEL);
  for (guint sample = 0; sample < q->n; sample++)
    for (guint64 first = 0; first < rows; first += step)
      if (!record_keys (&job, &(Slab) {
            .sample = sample, .samples = 1, .first = first, .count = MIN (step, rows - first) }, most_keys, error))
        return FALSE;
  return TRUE;
}
