/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The segments of a chain are those of its parent, cut: so two pictures that share steps by their requests do these steps with the same
 * schedules and samplers, to the bit. */
#include "config.h"

#include "session/limn-segment.h"

#include "base/limn-error.h"
#include "diffusion/limn-inpaint.h"
#include "session/limn-request-chain.h"

/* The same numbers are typed in for seeds and for fresh noise. Noise that is put in a second time makes x larger than its level, and the picture
 * speckled: a noise seed is another seed with these bits ("twig") turned over, and 2^32 divided by the golden ratio farther for each time that the
 * same was put in before. */
#define FRESH_SEED 0x74776967
#define FRESH_STRIDE 0x9e3779b9

typedef struct
{
  const LimnEngineFacts  *facts;
  LimnAlphas             *alphas;
  const LimnSegmentFuncs *funcs; /* (nullable) */
  gpointer                data;
} Making;

static void
segment_free (gpointer data)
{
  LimnSegment *segment = data;

  limn_request_free (segment->request);
  g_clear_pointer (&segment->schedule, limn_schedule_free);
  g_clear_pointer (&segment->source, limn_source_unref);
  g_clear_pointer (&segment->pictures, limn_picture_mix_unref);
  g_clear_pointer (&segment->controls, g_ptr_array_unref);
  g_free (segment);
}

static const LimnSegment *
get_last (GPtrArray *segments)
{
  return g_ptr_array_index (segments, segments->len - 1);
}

guint
limn_segments_count_steps (GPtrArray *segments)
{
  const LimnSegment *last = get_last (segments);

  return last->first + last->n_steps;
}

guint
limn_segments_find (GPtrArray *segments, guint step)
{
  for (guint i = 0; i < segments->len; i++)
    {
      const LimnSegment *segment = g_ptr_array_index (segments, i);

      if (step <= segment->first + segment->n_steps)
        return i;
    }
  g_return_val_if_reached (0);
}

static void
init_params (LimnSamplerParams *params, const LimnRequest *request, LimnVariance variance, gsize n)
{
  limn_sampler_params_init (params, request->sampler, n);
  params->prediction = request->prediction;
  params->variance = variance;
  params->eta = request->eta;
}

LimnSampler *
limn_segment_new_sampler (const LimnSegment *segment,
                          LimnVariance       variance,
                          gsize              n,
                          LimnNoise         *noise,
                          LimnDenoiseFunc    denoise,
                          gpointer           data)
{
  LimnSamplerParams params;
  LimnSampler *sampler;

  init_params (&params, segment->request, variance, n);
  sampler = limn_sampler_new (segment->request->sampler, &params, segment->schedule, noise, denoise, data, NULL);
  g_assert (sampler);
  return sampler;
}

/* A latent of one element is enough to hear what samplers say. */
static gboolean
check_sampler (const LimnSegment *segment, const LimnEngineFacts *facts, GError **error)
{
  LimnSamplerParams params;
  g_autoptr(LimnSampler) sampler = NULL;

  init_params (&params, segment->request, facts->scheduler.variance_type, 1);
  sampler = limn_sampler_new (segment->request->sampler, &params, segment->schedule, NULL, NULL, NULL, error);
  if (!sampler)
    return FALSE;
  if (!segment->branch || segment->branch->noise != LIMN_FRESH_NOISE_STREAM ||
      limn_sampler_draws_noise (segment->request->sampler, &params, segment->schedule, segment->node))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
               "From step %u on %s draws no noise, so another seed for it would change nothing. Choose to replace some of the noise at that "
               "step, an earlier step, or a sampler that draws.",
               segment->branch->step, limn_sampler_get_facts (segment->request->sampler)->display_name);
  return FALSE;
}

static const LimnRequestMix *
get_mixed_pictures (const LimnSegment *segment)
{
  const LimnRequestMix *mix = limn_request_get_root (segment->request)->mix;

  return mix && mix->way == LIMN_MIX_PICTURES && !segment->request->source ? mix : NULL;
}

/* The largest strength of all cells. */
static double
get_strength (const LimnSegment *segment)
{
  const LimnRequestSource *source = segment->request->source;

  if (segment->source)
    return limn_source_get_max_strength (segment->source);
  if (get_mixed_pictures (segment))
    return get_mixed_pictures (segment)->strength;
  if (!source || source->grow_left || source->grow_top || source->grow_right || source->grow_bottom)
    return 1;
  return source->strength;
}

/* Of a picture from noise, or from a source. */
static gboolean
take_own_schedule (LimnSegment *segment, const Making *making, GError **error)
{
  g_autoptr(LimnSchedule) all = limn_schedule_new (making->alphas, segment->request->schedule, segment->request->steps, error);

  if (!all)
    return FALSE;
  segment->n_all = all->n_steps;
  segment->schedule = limn_schedule_new_tail (all, limn_inpaint_count_steps (all->n_steps, get_strength (segment)));
  return TRUE;
}

/* In the middle of @before, which is left at its step @done. */
static gboolean
take_cut_schedule (LimnSegment *segment, const LimnSegment *before, guint done, const Making *making, GError **error)
{
  const LimnRequest *request = segment->request;
  g_autoptr(LimnSchedule) all = NULL;

  if (request->steps == before->request->steps && request->schedule == before->request->schedule)
    {
      segment->schedule = limn_schedule_copy (before->schedule);
      segment->node = before->node + done;
      segment->n_all = before->n_all;
      segment->goes_on = request->sampler == before->request->sampler;
      return TRUE;
    }
  all = limn_schedule_new (making->alphas, request->schedule, request->steps, error);
  segment->schedule = all ? limn_schedule_new_cut (all, before->schedule, before->node + done, error) : NULL;
  segment->n_all = all ? all->n_steps : 0;
  return segment->schedule != NULL;
}

/* @before: (nullable): of the same picture. Whether both are worked on in the same place. */
static gboolean
check_place (const LimnSegment *segment, const LimnSegment *before, const LimnEngineFacts *facts, GError **error)
{
  const LimnSourcePlan *plan = segment->source ? limn_source_get_plan (segment->source) : NULL;
  const LimnSourcePlan *old = before && before->source ? limn_source_get_plan (before->source) : NULL;
  gboolean same = TRUE;

  if (plan && old)
    same = plan->x == old->x && plan->y == old->y && plan->zoom == old->zoom && plan->width_lt == old->width_lt &&
           plan->height_lt == old->height_lt;
  else if (plan && before)
    same = plan->x == 0 && plan->y == 0 && plan->zoom == 1 && plan->width_lt == segment->request->width / facts->factor &&
           plan->height_lt == segment->request->height / facts->factor;
  if (!same)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                 "The mask of a branch cannot be worked on in another place, or at another size, than the picture from which it parts.");
  return same;
}

static gboolean
take_source (LimnSegment *segment, const LimnSegment *before, const Making *making, GError **error)
{
  if (before && before->source && limn_request_source_equal (before->request->source, segment->request->source))
    segment->source = limn_source_ref (before->source);
  else if (segment->request->source && making->funcs)
    {
      segment->source = making->funcs->get_source (making->data, segment->request, error);
      if (!segment->source)
        return FALSE;
    }
  else if (segment->first == 0 && get_mixed_pictures (segment) && making->funcs)
    {
      segment->pictures = before ? limn_picture_mix_ref (before->pictures)
                                 : making->funcs->get_pictures (making->data, segment->request, error);
      if (!segment->pictures)
        return FALSE;
    }
  return check_place (segment, before, making->facts, error);
}

/* What is drawn by covers what is painted over. */
static gboolean
take_controls (LimnSegment *segment, const Making *making, GError **error)
{
  if (!segment->request->controls || !making->funcs || !making->funcs->get_controls)
    return TRUE;
  segment->controls = making->funcs->get_controls (making->data, segment->request,
                                                   segment->source ? limn_source_get_plan (segment->source) : NULL, error);
  return segment->controls != NULL;
}

static LimnSegment *
add_segment (GPtrArray *segments, const LimnRequest *request)
{
  LimnSegment *segment = g_new0 (LimnSegment, 1);

  segment->request = limn_request_copy (request);
  g_ptr_array_add (segments, segment);
  return segment;
}

/* Pictures that are mixed and not diffused at all are shown as they are. The one step that there is must end at sigma 0 for that, and DDIM's ends
 * at timestep 0 with most models, where there is some noise left. */
static void
end_without_noise (LimnSegment *segment, const Making *making)
{
  LimnSamplerKind kind = segment->request->sampler;

  if (!get_mixed_pictures (segment) || limn_inpaint_is_ever_active (segment->n_all, get_strength (segment)))
    return;
  segment->request->sampler = LIMN_SAMPLER_EULER;
  if (!check_sampler (segment, making->facts, NULL))
    segment->request->sampler = kind;
}

static gboolean
add_root (GPtrArray *segments, const LimnRequest *request, const Making *making, GError **error)
{
  LimnSegment *segment = add_segment (segments, request);

  if (!take_source (segment, NULL, making, error) || !take_controls (segment, making, error) || !take_own_schedule (segment, making, error))
    return FALSE;
  segment->n_steps = segment->schedule->n_steps;
  end_without_noise (segment, making);
  return check_sampler (segment, making->facts, error);
}

/* Of what there is only what comes before @step. */
static LimnSegment *
cut_segments (GPtrArray *segments, guint step)
{
  LimnSegment *last;

  while (segments->len > 1 && get_last (segments)->first >= step)
    g_ptr_array_set_size (segments, segments->len - 1);
  last = g_ptr_array_index (segments, segments->len - 1);
  last->n_steps = step - last->first;
  return last;
}

static gboolean
puts_noise (const LimnRequestBranch *branch)
{
  return branch && (branch->noise == LIMN_FRESH_NOISE_STREAM || (branch->noise == LIMN_FRESH_NOISE_RENOISE && branch->noise_amount > 0));
}

static guint64
find_fresh_seed (GPtrArray *before, const LimnRequestBranch *branch)
{
  guint64 n_before = 0;

  for (guint i = 0; i < before->len; i++)
    {
      const LimnRequestBranch *earlier = ((const LimnSegment *) g_ptr_array_index (before, i))->branch;

      n_before += puts_noise (earlier) && earlier->noise_seed == branch->noise_seed;
    }
  return (branch->noise_seed ^ FRESH_SEED) + n_before * FRESH_STRIDE;
}

static gboolean
add_branch (GPtrArray *segments, const LimnRequest *request, const Making *making, GError **error)
{
  const LimnRequestBranch *branch = request->branch;
  guint all = limn_segments_count_steps (segments);
  gboolean plain = limn_request_branch_is_plain (request);
  LimnSegment *before, *segment;
  guint64 fresh_seed;

  /* What it would part from is not even its own, or is over. */
  if (plain && segments->len > 1 && branch->step <= get_last (segments)->first)
    return TRUE;
  if (plain && branch->step >= all)
    return TRUE;
  if (branch->step >= all)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "A branch cannot set out after step %u: the picture from which it parts is finished after step %u.", branch->step, all);
      return FALSE;
    }
  before = cut_segments (segments, branch->step);
  fresh_seed = find_fresh_seed (segments, branch);
  segment = add_segment (segments, request);
  segment->fresh_seed = fresh_seed;
  segment->branch = segment->request->branch;
  segment->first = branch->step;
  if (!take_source (segment, before, making, error) || !take_controls (segment, making, error))
    return FALSE;
  if (branch->step == 0)
    {
      if (!take_own_schedule (segment, making, error))
        return FALSE;
    }
  else if (!take_cut_schedule (segment, before, before->n_steps, making, error))
    return FALSE;
  segment->n_steps = segment->schedule->n_steps - segment->node;
  return check_sampler (segment, making->facts, error);
}

/* No deeper than limn_request_check() allows. */
static gboolean
add_chain (GPtrArray *segments, const LimnRequest *request, const Making *making, GError **error)
{
  if (!request->branch)
    return add_root (segments, request, making, error);
  return add_chain (segments, request->branch->from, making, error) && add_branch (segments, request, making, error);
}

GPtrArray *
limn_segments_new (const LimnRequest       *request,
                   const LimnEngineFacts   *facts,
                   const LimnSegmentFuncs  *funcs,
                   gpointer                 data,
                   GError                 **error)
{
  LimnSchedulerConfig config = facts->scheduler;
  Making making = { .facts = facts, .funcs = funcs, .data = data };
  g_autoptr(LimnAlphas) alphas = NULL;
  g_autoptr(GPtrArray) segments = g_ptr_array_new_with_free_func (segment_free);

  config.prediction_type = request->prediction;
  alphas = making.alphas = limn_alphas_new (&config, error);
  if (!alphas || !add_chain (segments, request, &making, error))
    return NULL;
  return g_steal_pointer (&segments);
}
