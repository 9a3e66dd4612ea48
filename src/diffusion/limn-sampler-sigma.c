/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "diffusion/limn-sampler-private.h"

#include <math.h>
#include <string.h>

/* One-step samplers in sigma space, where the probability flow is dx/dsigma = (x - D) / sigma.
 *
 * Sources: Karras et al. 2022 (algorithm 2: Euler, Heun, churn; DPM2 puts the second evaluation at the geometric mean);
 * Lu et al. 2022, DPM-Solver++ (2S, SDE); the ancestral split of a step into a deterministic part down to sigma_down
 * and fresh noise sigma_up, with sigma_down^2 + sigma_up^2 = sigma_next^2, is k-diffusion's. */

/* A step from @from to @to: first the network, then deterministically down to @down, then noise of size @up. */
typedef struct
{
  double        from;
  double        to;
  double        down;
  double        up;
  const double *x;
} Step;

static void
split_ancestral (double from, double to, double eta, double *down, double *up)
{
  *up = MIN (to, eta * sqrt (to * to * (from * from - to * to) / (from * from)));
  *down = sqrt (to * to - *up * *up);
}

/* Churn: noise is added before the step, as if it began at a higher sigma. */
static void
churn (LimnSampler *sampler, Step *step)
{
  const LimnSamplerParams *params = &sampler->params;
  double gamma, sigma_hat, added;

  if (params->s_churn == 0 || step->from < params->s_tmin || step->from > params->s_tmax)
    return;
  gamma = MIN (params->s_churn / sampler->schedule->n_steps, G_SQRT2 - 1);
  sigma_hat = step->from * (1 + gamma);
  memcpy (sampler->scratch[0], sampler->x, params->n * sizeof (double));
  added = sqrt (sigma_hat * sigma_hat - step->from * step->from);
  limn_sampler_add_noise (sampler, -1, -1, params->s_noise * added, sampler->scratch[0]);
  step->from = sigma_hat;
  step->x = sampler->scratch[0];
}

/* The first call of the network, whose estimate goes to denoised_next. */
static gboolean
begin (LimnSampler *sampler, Step *step, GError **error)
{
  LimnSamplerNode node = limn_sampler_node (sampler, sampler->step);

  step->from = node.sigma;
  step->to = sampler->schedule->sigma[sampler->step + 1];
  step->x = sampler->x;
  step->down = step->to;
  step->up = 0;
  if (sampler->facts->kind == LIMN_SAMPLER_LCM)
    {
      /* All the way to the picture, then fresh noise. Source: Song et al. 2023, consistency models, algorithm 1. The
       * part c_skip of x that a latent consistency model's output keeps is left out, as A1111 and ComfyUI do: it is
       * 0.25 / ((10 t)^2 + 0.25), 7e-6 at t = 19, the smallest timestep of its distillation (Luo et al. 2023). */
      step->down = 0;
      step->up = step->to;
    }
  else if (sampler->facts->has_eta)
    split_ancestral (step->from, step->to, sampler->params.eta, &step->down, &step->up);
  else if (sampler->facts->has_churn)
    {
      churn (sampler, step);
      if (step->from != node.sigma)
        node = limn_sampler_node_at_sigma (sampler, step->from);
    }
  return limn_sampler_call (sampler, &node, step->x, sampler->denoised_next, NULL, error);
}

/* y = x + (x - D) / from * (to - from) */
static void
euler (LimnSampler *sampler, const double *x, const double *denoised, double from, double to, double *y)
{
  for (gsize i = 0; i < sampler->params.n; i++)
    y[i] = x[i] + (x[i] - denoised[i]) / from * (to - from);
}

/* The exact solution for constant D: y = (to / from) x + (1 - to / from) D. */
static void
exponential (LimnSampler *sampler, const double *x, const double *denoised, double from, double to, double *y)
{
  double ratio = to / from;

  for (gsize i = 0; i < sampler->params.n; i++)
    y[i] = ratio * x[i] + (1 - ratio) * denoised[i];
}

static gboolean
finish (LimnSampler *sampler, const Step *step)
{
  limn_sampler_add_noise (sampler, step->from, step->to, sampler->params.s_noise * step->up, sampler->x_next);
  return TRUE;
}

gboolean
limn_sampler_step_euler (LimnSampler *sampler, GError **error)
{
  Step step;

  if (!begin (sampler, &step, error))
    return FALSE;
  euler (sampler, step.x, sampler->denoised_next, step.from, step.down, sampler->x_next);
  return finish (sampler, &step);
}

gboolean
limn_sampler_step_heun (LimnSampler *sampler, GError **error)
{
  const double *d1 = sampler->denoised_next;
  double *d2 = sampler->scratch[1];
  double *y = sampler->x_next;
  LimnSamplerNode node;
  Step step;

  if (!begin (sampler, &step, error))
    return FALSE;
  euler (sampler, step.x, d1, step.from, step.to, y);
  if (step.to == 0)
    return TRUE;
  node = limn_sampler_node (sampler, sampler->step + 1);
  if (!limn_sampler_call (sampler, &node, y, d2, NULL, error))
    return FALSE;
  for (gsize i = 0; i < sampler->params.n; i++)
    {
      double slope = ((step.x[i] - d1[i]) / step.from + (y[i] - d2[i]) / step.to) / 2;

      y[i] = step.x[i] + slope * (step.to - step.from);
    }
  return TRUE;
}

gboolean
limn_sampler_step_dpm2 (LimnSampler *sampler, GError **error)
{
  double *middle = sampler->x_next;
  double *d2 = sampler->scratch[1];
  LimnSamplerNode node;
  Step step;

  if (!begin (sampler, &step, error))
    return FALSE;
  if (step.down == 0)
    {
      euler (sampler, step.x, sampler->denoised_next, step.from, 0, sampler->x_next);
      return finish (sampler, &step);
    }
  node = limn_sampler_node_at_sigma (sampler, sqrt (step.from * step.down));
  euler (sampler, step.x, sampler->denoised_next, step.from, node.sigma, middle);
  if (!limn_sampler_call (sampler, &node, middle, d2, NULL, error))
    return FALSE;
  for (gsize i = 0; i < sampler->params.n; i++)
    sampler->x_next[i] = step.x[i] + (middle[i] - d2[i]) / node.sigma * (step.down - step.from);
  return finish (sampler, &step);
}

gboolean
limn_sampler_step_dpmpp_2s (LimnSampler *sampler, GError **error)
{
  double *middle = sampler->x_next;
  double *d2 = sampler->scratch[1];
  LimnSamplerNode node;
  Step step;

  if (!begin (sampler, &step, error))
    return FALSE;
  if (step.down == 0)
    {
      exponential (sampler, step.x, sampler->denoised_next, step.from, 0, sampler->x_next);
      return finish (sampler, &step);
    }
  node = limn_sampler_node_at_sigma (sampler, sqrt (step.from * step.down));
  exponential (sampler, step.x, sampler->denoised_next, step.from, node.sigma, middle);
  if (!limn_sampler_call (sampler, &node, middle, d2, NULL, error))
    return FALSE;
  exponential (sampler, step.x, d2, step.from, step.down, sampler->x_next);
  return finish (sampler, &step);
}

/* Noise for [from, middle] into @first and for [from, to] into @second, of one Brownian path W(sigma):
 * (W(a) - W(b)) / sqrt (a - b) for each. The path's increments over [from, middle] and [middle, to] are drawn. */
static void
draw_path (LimnSampler *sampler, double from, double middle, double to, double *first, double *second)
{
  limn_sampler_draw (sampler, from, middle, first);
  limn_sampler_draw (sampler, from, to, second);
  if (sampler->noise_func) /* gives each interval's noise itself */
    return;
  for (gsize i = 0; i < sampler->params.n; i++)
    second[i] = (sqrt (from - middle) * first[i] + sqrt (middle - to) * second[i]) / sqrt (from - to);
}

gboolean
limn_sampler_step_dpmpp_sde (LimnSampler *sampler, GError **error)
{
  double eta = sampler->params.eta, s_noise = sampler->params.s_noise;
  double *middle = sampler->x_next;
  double *d2 = sampler->scratch[0];
  double *first = sampler->scratch[1];
  double *second = sampler->scratch[2];
  double down, up;
  LimnSamplerNode node;
  Step step;

  if (!begin (sampler, &step, error))
    return FALSE;
  if (step.to == 0)
    {
      euler (sampler, step.x, sampler->denoised_next, step.from, 0, sampler->x_next);
      return TRUE;
    }
  node = limn_sampler_node_at_sigma (sampler, sqrt (step.from * step.to));
  if (eta * s_noise != 0)
    draw_path (sampler, step.from, node.sigma, step.to, first, second);
  split_ancestral (step.from, node.sigma, eta, &down, &up);
  exponential (sampler, step.x, sampler->denoised_next, step.from, down, middle);
  if (eta * s_noise != 0)
    for (gsize i = 0; i < sampler->params.n; i++)
      middle[i] += s_noise * up * first[i];
  if (!limn_sampler_call (sampler, &node, middle, d2, NULL, error))
    return FALSE;
  /* r = 1/2, so that (1 - 1/(2r)) D + 1/(2r) D2 is D2 */
  exponential (sampler, step.x, d2, step.from, step.down, sampler->x_next);
  if (eta * s_noise != 0)
    for (gsize i = 0; i < sampler->params.n; i++)
      sampler->x_next[i] += s_noise * step.up * second[i];
  return TRUE;
}
