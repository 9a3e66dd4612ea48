/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "diffusion/limn-sampler-private.h"

#include <math.h>
#include <string.h>

/* Samplers in VP space: DDPM, DDIM, PLMS. With a = alpha-bar here and b = alpha-bar where the step ends:
 *
 *   x <- sqrt (b) x0 + sqrt (1 - b - s^2) eps + s noise
 *
 * Sources: Ho et al. 2020 (DDPM); Song et al. 2021 (DDIM, equations 12 and 16); Liu et al. 2022 (PNDM);
 * Nichol & Dhariwal 2021 (learned variance, equation 15). */

/* The step to @b; its noise, of size @s, included. */
static void
step_to (LimnSampler *sampler, double b, double s, const double *x0, const double *eps, double *y)
{
  double signal = sqrt (b);
  /* 1 - b - s^2 is 0 for eta 1 at the end, where rounding can make it less */
  double direction = sqrt (MAX (1 - b - s * s, 0));

  for (gsize i = 0; i < sampler->params.n; i++)
    y[i] = signal * x0[i] + direction * eps[i];
  limn_sampler_add_noise (sampler, sampler->schedule->sigma[sampler->step], sampler->schedule->sigma[sampler->step + 1],
                          s, y);
}

gboolean
limn_sampler_step_ddim (LimnSampler *sampler, GError **error)
{
  LimnSamplerNode node = limn_sampler_node (sampler, sampler->step);
  double a = node.alpha_bar, b = sampler->schedule->alpha_bar_prev[sampler->step];
  double s = sampler->params.eta * sqrt (MAX ((1 - b) / (1 - a) * (1 - a / b), 0));
  double *eps = sampler->scratch[0];

  /* eta above 1 could ask for more noise than b leaves room for */
  s = MIN (s, sqrt (1 - b));
  if (!limn_sampler_call (sampler, &node, sampler->x, sampler->denoised_next, eps, error))
    return FALSE;
  step_to (sampler, b, s, sampler->denoised_next, eps, sampler->x_next);
  return TRUE;
}

static LimnSamplerNode
plms_node (const LimnSampler *sampler, guint i)
{
  LimnSamplerNode node = limn_sampler_node (sampler, i);

  /* x0 is had from eps here, which needs alpha-bar above 0 also where the terminal SNR is zero. */
  node.alpha_bar = MAX (node.alpha_bar, 1 / (1 + node.sigma * node.sigma));
  return node;
}

static void
clean_of (const LimnSampler *sampler, const LimnSamplerNode *node, const double *eps, double *x0)
{
  double alpha = sqrt (node->alpha_bar), beta = sqrt (1 - node->alpha_bar);

  for (gsize i = 0; i < sampler->params.n; i++)
    x0[i] = (sampler->x[i] - beta * eps[i]) / alpha;
}

/* Adams-Bashforth on eps, as if the steps were even; the first step has no past and averages eps at its two ends. */
gboolean
limn_sampler_step_plms (LimnSampler *sampler, GError **error)
{
  static const double weights[4][4] = {
    { 1 },
    { 3 / 2.0, -1 / 2.0 },
    { 23 / 12.0, -16 / 12.0, 5 / 12.0 },
    { 55 / 24.0, -59 / 24.0, 37 / 24.0, -9 / 24.0 },
  };
  guint last = sampler->schedule->n_steps - 1;
  guint n_history = MIN (sampler->n_history, 3);
  double b = sampler->schedule->alpha_bar_prev[sampler->step];
  LimnSamplerNode node = plms_node (sampler, sampler->step);
  double *eps = sampler->scratch[0];
  double *mixed = sampler->scratch[1];

  if (!limn_sampler_call (sampler, &node, sampler->x, sampler->denoised_next, eps, error))
    return FALSE;
  if (n_history == 0)
    {
      LimnSamplerNode next = plms_node (sampler, MIN (sampler->step + 1, last));

      step_to (sampler, b, 0, sampler->denoised_next, eps, sampler->x_next);
      if (!limn_sampler_call (sampler, &next, sampler->x_next, sampler->scratch[2], mixed, error))
        return FALSE;
      for (gsize i = 0; i < sampler->params.n; i++)
        mixed[i] = (eps[i] + mixed[i]) / 2;
    }
  else
    for (gsize i = 0; i < sampler->params.n; i++)
      {
        mixed[i] = weights[n_history][0] * eps[i];
        for (guint j = 0; j < n_history; j++)
          mixed[i] += weights[n_history][j + 1] * sampler->history[j][i];
      }
  clean_of (sampler, &node, mixed, sampler->denoised_next);
  step_to (sampler, b, 0, sampler->denoised_next, mixed, sampler->x_next);
  limn_sampler_push (sampler, eps, 3);
  return TRUE;
}

/* Standard deviation of element @i of a DDPM step. @small is the variance of q(x_prev | x, x0), @large is beta. */
static double
ddpm_deviation (const LimnSampler *sampler, gsize i, double small, double large)
{
  const double *learned = sampler->prediction + sampler->params.n;

  switch (sampler->params.variance)
    {
    case LIMN_VARIANCE_FIXED_SMALL:
    case LIMN_VARIANCE_FIXED_SMALL_LOG:
      return sqrt (small);
    case LIMN_VARIANCE_FIXED_LARGE:
    case LIMN_VARIANCE_FIXED_LARGE_LOG:
      return sqrt (large);
    case LIMN_VARIANCE_LEARNED:
      return sqrt (MAX (learned[i], 0));
    case LIMN_VARIANCE_LEARNED_RANGE:
      {
        double part = (learned[i] + 1) / 2;

        /* 1e-20 is the floor that diffusers gives the logarithm */
        return exp (0.5 * (part * log (large) + (1 - part) * log (MAX (small, 1e-20))));
      }
    }
  g_return_val_if_reached (0);
}

gboolean
limn_sampler_step_ddpm (LimnSampler *sampler, GError **error)
{
  guint step = sampler->step;
  gboolean last = step + 1 == sampler->schedule->n_steps;
  LimnSamplerNode node = limn_sampler_node (sampler, step);
  /* DDPM ends at the picture itself, whatever set_alpha_to_one says. */
  double a = node.alpha_bar, b = last ? 1 : sampler->schedule->alpha_bar_prev[step];
  double ratio = a / b, beta = 1 - ratio;
  double from_clean = sqrt (b) * beta / (1 - a), from_x = sqrt (ratio) * (1 - b) / (1 - a);
  double small = (1 - b) / (1 - a) * beta;
  double *noise = sampler->scratch[0];

  if (!limn_sampler_call (sampler, &node, sampler->x, sampler->denoised_next, NULL, error))
    return FALSE;
  if (!last)
    limn_sampler_draw (sampler, node.sigma, sampler->schedule->sigma[step + 1], noise);
  for (gsize i = 0; i < sampler->params.n; i++)
    {
      sampler->x_next[i] = from_clean * sampler->denoised_next[i] + from_x * sampler->x[i];
      if (!last)
        sampler->x_next[i] += ddpm_deviation (sampler, i, small, beta) * noise[i];
    }
  return TRUE;
}
