/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "diffusion/limn-sampler-private.h"

#include <math.h>
#include <string.h>

/* A run that leaves its way in the middle: another sampler, another schedule, other noise. */

void
limn_sampler_start_from (LimnSampler *sampler, guint step, const LimnSampler *before)
{
  double sigma = limn_sampler_get_sigma (before), scale = sqrt (1 + sigma * sigma);
  LimnSpace from = before->facts->space, to = sampler->facts->space;

  g_return_if_fail (sampler->params.n == before->params.n);

  for (gsize i = 0; i < sampler->params.n; i++)
    if (from == to)
      sampler->x_next[i] = before->x[i];
    else
      sampler->x_next[i] = to == LIMN_SPACE_SIGMA ? before->x[i] * scale : before->x[i] / scale;
  limn_sampler_start_raw (sampler, step, sampler->x_next);
}

void
limn_sampler_take_over (LimnSampler *sampler, const LimnSampler *before)
{
  gsize bytes = sampler->params.n * sizeof (double);

  g_return_if_fail (sampler->facts == before->facts && sampler->params.n == before->params.n &&
                    sampler->schedule->n_steps == before->schedule->n_steps);

  sampler->step = before->step;
  sampler->calls = before->calls;
  sampler->draws = before->draws;
  sampler->has_denoised = before->has_denoised;
  sampler->n_history = before->n_history;
  sampler->unipc_order = before->unipc_order;
  memcpy (sampler->x, before->x, bytes);
  memcpy (sampler->denoised, before->denoised, bytes);
  memcpy (sampler->unipc_corrected, before->unipc_corrected, bytes);
  for (guint i = 0; i < LIMN_SAMPLER_MAX_HISTORY; i++)
    memcpy (sampler->history[i], before->history[i], bytes);
}

void
limn_sampler_renoise (LimnSampler *sampler, const double *x0, double amount, const double *noise)
{
  double sigma = limn_sampler_get_sigma (sampler);
  double alpha = sampler->facts->space == LIMN_SPACE_VP ? 1 / sqrt (1 + sigma * sigma) : 1;
  double beta = sigma * alpha, keep = sqrt (MAX (1 - amount * amount, 0));

  if (amount == 0)
    return;
  for (gsize i = 0; i < sampler->params.n; i++)
    {
      double clean = alpha * x0[i];

      sampler->x[i] = clean + keep * (sampler->x[i] - clean) + amount * beta * noise[i];
    }
  sampler->n_history = 0;
  sampler->unipc_order = 0;
}

/* The network that says nothing: x0, or the noise, is 0 everywhere. */
static gboolean
say_nothing (gpointer data, const LimnDenoiseInput *input, double *prediction, GError **error)
{
  prediction[0] = prediction[1] = 0;
  return TRUE;
}

static void
count_draw (gpointer data, guint64 index, double from, double to, gsize n, double *noise)
{
  *(gboolean *) data = TRUE;
  noise[0] = 0;
}

gboolean
limn_sampler_draws_noise (LimnSamplerKind kind, const LimnSamplerParams *params, const LimnSchedule *schedule, guint step)
{
  const double start = 0;
  LimnSamplerParams one = *params;
  g_autoptr(LimnSampler) sampler = NULL;
  gboolean drawn = FALSE;

  one.n = 1;
  sampler = limn_sampler_new (kind, &one, schedule, NULL, say_nothing, NULL, NULL);
  if (!sampler)
    return FALSE;
  limn_sampler_set_noise_func (sampler, count_draw, &drawn);
  limn_sampler_start_raw (sampler, step, &start);
  while (!drawn && !limn_sampler_is_done (sampler) && limn_sampler_step (sampler, NULL))
    ;
  return drawn;
}
