/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "diffusion/limn-sampler-private.h"

#include <math.h>
#include <string.h>

/* Samplers that remember: DPM++ multistep, LMS, UniPC. The history holds one entry per step done, the newest first,
 * so the entry j belongs to the schedule's node step - 1 - j; nothing else need be remembered. */

static double
sigma_before (const LimnSampler *sampler, guint j)
{
  return sampler->schedule->sigma[sampler->step - 1 - j];
}

/* DPM-Solver++ multistep for the flow and for the SDE (eta > 0), in sigma space with h = ln (from / to).
 *
 *   y = (to / from) exp (-eta h) x + (1 - exp (-he)) D + c1 D' - c2 D'' + to sqrt (1 - exp (-2 eta h)) noise
 *   he = (1 + eta) h
 *
 * D' and D'' are divided differences in units of h. Source: Lu et al. 2022, DPM-Solver++, algorithm 2 and appendix;
 * the third order and the SDE form are k-diffusion's. */
gboolean
limn_sampler_step_dpmpp_multistep (LimnSampler *sampler, GError **error)
{
  const LimnSamplerParams *params = &sampler->params;
  const double *d = sampler->denoised_next;
  LimnSamplerNode node = limn_sampler_node (sampler, sampler->step);
  double from = node.sigma, to = sampler->schedule->sigma[sampler->step + 1];
  double eta = sampler->facts->has_eta ? params->eta : 0;
  double h = log (from / to), he = h * (1 + eta);
  double keep, gain, c1 = 0, c2 = 0, r0 = 1, r1 = 1;
  guint order = MIN (sampler->n_history + 1, params->order);

  if (params->lower_order_final)
    order = MIN (order, sampler->schedule->n_steps - sampler->step);
  if (!limn_sampler_call (sampler, &node, sampler->x, sampler->denoised_next, NULL, error))
    return FALSE;
  if (to == 0)
    {
      memcpy (sampler->x_next, d, params->n * sizeof *d);
      limn_sampler_push (sampler, d, params->order - 1);
      return TRUE;
    }
  keep = to / from * exp (-eta * h);
  gain = -expm1 (-he);
  if (order >= 2)
    {
      double phi2 = 1 - gain / he;

      r0 = log (sigma_before (sampler, 0) / from) / h;
      c1 = order == 2 && params->solver == LIMN_SOLVER_MIDPOINT ? 0.5 * gain : phi2;
      if (order >= 3)
        {
          r1 = log (sigma_before (sampler, 1) / sigma_before (sampler, 0)) / h;
          c2 = phi2 / he - 0.5;
        }
    }
  for (gsize i = 0; i < params->n; i++)
    {
      double y = keep * sampler->x[i] + gain * d[i];

      if (order == 2)
        y += c1 * (d[i] - sampler->history[0][i]) / r0;
      else if (order >= 3)
        {
          double d10 = (d[i] - sampler->history[0][i]) / r0;
          double d11 = (sampler->history[0][i] - sampler->history[1][i]) / r1;
          double d2 = (d10 - d11) / (r0 + r1);

          y += c1 * (d10 + d2 * r0) - c2 * d2;
        }
      sampler->x_next[i] = y;
    }
  limn_sampler_add_noise (sampler, from, to, params->s_noise * to * sqrt (-expm1 (-2 * eta * h)), sampler->x_next);
  limn_sampler_push (sampler, d, params->order - 1);
  return TRUE;
}

/* Integral over [from, to] of the Lagrange polynomial that is 1 at nodes[j] and 0 at the others. Gauss' rule of two
 * points is exact up to the third degree, which four nodes have. */
static double
lagrange_integral (const double *nodes, guint n, guint j, double from, double to)
{
  double middle = (from + to) / 2, half = (to - from) / 2, sum = 0;

  for (int side = -1; side <= 1; side += 2)
    {
      double at = middle + side * half / sqrt (3);
      double product = 1;

      for (guint k = 0; k < n; k++)
        if (k != j)
          product *= (at - nodes[k]) / (nodes[j] - nodes[k]);
      sum += product;
    }
  return sum * half;
}

/* Adams-Bashforth on uneven nodes: the slopes (x - D) / sigma are interpolated, the polynomial is integrated. */
gboolean
limn_sampler_step_lms (LimnSampler *sampler, GError **error)
{
  LimnSamplerNode node = limn_sampler_node (sampler, sampler->step);
  double to = sampler->schedule->sigma[sampler->step + 1];
  guint order = MIN (sampler->n_history + 1, sampler->params.order);
  double nodes[LIMN_SAMPLER_MAX_HISTORY], weights[LIMN_SAMPLER_MAX_HISTORY];
  double *slope = sampler->scratch[0];

  if (!limn_sampler_call (sampler, &node, sampler->x, sampler->denoised_next, NULL, error))
    return FALSE;
  nodes[0] = node.sigma;
  for (guint j = 1; j < order; j++)
    nodes[j] = sigma_before (sampler, j - 1);
  for (guint j = 0; j < order; j++)
    weights[j] = lagrange_integral (nodes, order, j, node.sigma, to);
  for (gsize i = 0; i < sampler->params.n; i++)
    {
      slope[i] = (sampler->x[i] - sampler->denoised_next[i]) / node.sigma;
      sampler->x_next[i] = sampler->x[i] + weights[0] * slope[i];
      for (guint j = 1; j < order; j++)
        sampler->x_next[i] += weights[j] * sampler->history[j - 1][i];
    }
  limn_sampler_push (sampler, slope, sampler->params.order - 1);
  return TRUE;
}

/* UniPC, data prediction, multistep. Source: Zhao et al. 2023, UniPC, section 3 and appendix; B(h) = exp (h) - 1 (bh2)
 * or h (bh1).
 *
 * The corrector of a step needs the network at the step's end, which is the same call that the next step's
 * predictor begins with. So a step here is: call; correct what the last step predicted; predict. x between two
 * steps is a prediction not yet corrected. */

typedef struct
{
  double alpha;
  double beta;
  double lambda; /* ln (alpha / beta), infinite at the clean end */
} UnipcNode;

static UnipcNode
unipc_node (const LimnSampler *sampler, guint i)
{
  double sigma = sampler->schedule->sigma[i];
  double alpha = 1 / sqrt (1 + sigma * sigma);

  return (UnipcNode){ alpha, sigma * alpha, -log (sigma) };
}

/* Gauss with pivots, n <= 3; the matrix is Vandermonde's of distinct nodes, hence regular. */
static void
solve (guint n, double a[3][3], double *b)
{
  for (guint c = 0; c < n; c++)
    {
      guint pivot = c;

      for (guint r = c + 1; r < n; r++)
        if (fabs (a[r][c]) > fabs (a[pivot][c]))
          pivot = r;
      for (guint k = 0; k < n; k++)
        {
          double kept = a[c][k];

          a[c][k] = a[pivot][k];
          a[pivot][k] = kept;
        }
      {
        double kept = b[c];

        b[c] = b[pivot];
        b[pivot] = kept;
      }
      for (guint r = c + 1; r < n; r++)
        {
          double factor = a[r][c] / a[c][c];

          for (guint k = c; k < n; k++)
            a[r][k] -= factor * a[c][k];
          b[r] -= factor * b[c];
        }
    }
  for (guint r = n; r-- > 0;)
    {
      for (guint k = r + 1; k < n; k++)
        b[r] -= a[r][k] * b[k];
      b[r] /= a[r][r];
    }
}

/* One UniPC update from node @start to node @start + 1.
 * @x: at @start
 * @m: x0 estimates at @start, @start - 1, …: @order of them
 * @m_end: (nullable): x0 estimate at the end: with it this is the corrector, without it the predictor
 */
static void
unipc_update (LimnSampler         *sampler,
              guint                start,
              guint                order,
              const double        *x,
              const double *const *m,
              const double        *m_end,
              double              *y)
{
  UnipcNode s = unipc_node (sampler, start), t = unipc_node (sampler, start + 1);
  double h = t.lambda - s.lambda;
  double gain = expm1 (-h);
  double scale = sampler->params.unipc_bh1 ? -h : gain;
  double ratio[3], weights[3] = { 0 }, matrix[3][3];
  guint n_weights = m_end ? order : order - 1;

  for (guint k = 1; k < order; k++)
    ratio[k - 1] = (unipc_node (sampler, start - k).lambda - s.lambda) / h;
  ratio[order - 1] = 1;
  if (n_weights == 1 && order == (m_end ? 1 : 2))
    weights[0] = 0.5; /* the lowest order of each needs no exact weight */
  else if (n_weights > 0)
    {
      double phi = gain / -h - 1, factorial = 1;

      for (guint k = 0; k < n_weights; k++)
        {
          for (guint j = 0; j < n_weights; j++)
            matrix[k][j] = pow (ratio[j], k);
          weights[k] = phi * factorial / scale;
          factorial *= k + 2;
          phi = phi / -h - 1 / factorial;
        }
      solve (n_weights, matrix, weights);
    }
  for (gsize i = 0; i < sampler->params.n; i++)
    {
      double residue = 0;

      for (guint k = 1; k < order; k++)
        residue += weights[k - 1] * (m[k][i] - m[0][i]) / ratio[k - 1];
      if (m_end)
        residue += weights[order - 1] * (m_end[i] - m[0][i]);
      y[i] = t.beta / s.beta * x[i] - t.alpha * gain * m[0][i];
      if (n_weights > 0) /* scale may be infinite otherwise */
        y[i] -= t.alpha * scale * residue;
    }
}

gboolean
limn_sampler_step_unipc (LimnSampler *sampler, GError **error)
{
  guint step = sampler->step;
  guint left = sampler->schedule->n_steps - step;
  guint order = MIN (MIN (sampler->params.order, left), sampler->n_history + 1);
  LimnSamplerNode node = limn_sampler_node (sampler, step);
  const double *const *history = (const double *const *) sampler->history;
  const double *estimates[LIMN_SAMPLER_MAX_HISTORY + 1] = { sampler->denoised_next };
  double *corrected = sampler->scratch[0];

  /* The cap on alpha-bar of a zero terminal SNR, as unipc_node() has it through sigma. */
  node.alpha_bar = 1 / (1 + node.sigma * node.sigma);
  if (!limn_sampler_call (sampler, &node, sampler->x, sampler->denoised_next, NULL, error))
    return FALSE;
  if (sampler->unipc_order > 0)
    unipc_update (sampler, step - 1, sampler->unipc_order, sampler->unipc_corrected, history, sampler->denoised_next,
                  corrected);
  else
    memcpy (corrected, sampler->x, sampler->params.n * sizeof *corrected);
  for (guint k = 0; k < sampler->n_history; k++)
    estimates[k + 1] = sampler->history[k];
  unipc_update (sampler, step, order, corrected, estimates, NULL, sampler->x_next);
  memcpy (sampler->unipc_corrected, corrected, sampler->params.n * sizeof *corrected);
  sampler->unipc_order = order;
  limn_sampler_push (sampler, sampler->denoised_next, 3);
  return TRUE;
}
