/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "diffusion/limn-inpaint.h"

#include <math.h>
#include <string.h>

/* 0.7 * 10 is 7.000000000000001 and 0.29 * 100 is 28.999999999999996; nobody means the difference. */
#define SLACK 1e-9

struct _LimnInpaint
{
  guint   n_channels;
  gsize   n_cells;
  guint   n_steps; /* N */
  guint   n_last;  /* that the sampler does */
  guint  *counts;  /* n_cells: with so many steps left the cell is active */
  double *held;    /* (nullable): n_channels * n_cells */
};

static guint
count (guint n_steps, double strength)
{
  return (guint) floor (n_steps * CLAMP (strength, 0, 1) + SLACK);
}

guint
limn_inpaint_count_steps (guint n_steps, double strength)
{
  return MAX (count (n_steps, strength), 1);
}

gboolean
limn_inpaint_is_ever_active (guint n_steps, double strength)
{
  return count (n_steps, strength) > 0;
}

gboolean
limn_inpaint_needs_held (guint n_steps, gsize n_cells, const double *strength)
{
  for (gsize i = 0; i < n_cells; i++)
    if (count (n_steps, strength[i]) < n_steps)
      return TRUE;
  return FALSE;
}

LimnInpaint *
limn_inpaint_new (guint n_channels, gsize n_cells, guint n_steps, guint n_last, const double *strength, const double *held)
{
  LimnInpaint *inpaint = g_new0 (LimnInpaint, 1);

  inpaint->n_channels = n_channels;
  inpaint->n_cells = n_cells;
  inpaint->n_steps = n_steps;
  inpaint->n_last = n_last;
  inpaint->counts = g_new (guint, n_cells);
  for (gsize i = 0; i < n_cells; i++)
    inpaint->counts[i] = count (n_steps, strength[i]);
  inpaint->held = g_memdup2 (held, n_channels * n_cells * sizeof *held);
  return inpaint;
}

void
limn_inpaint_free (LimnInpaint *inpaint)
{
  if (!inpaint)
    return;
  g_free (inpaint->counts);
  g_free (inpaint->held);
  g_free (inpaint);
}

const double *
limn_inpaint_get_held (const LimnInpaint *inpaint)
{
  return inpaint->held;
}

void
limn_inpaint_start (const LimnInpaint *inpaint, LimnSampler *sampler, const double *noise)
{
  gsize n = inpaint->n_channels * inpaint->n_cells;
  g_autofree double *fresh = NULL;
  g_autofree double *x = NULL;

  g_return_if_fail (limn_sampler_get_n_steps (sampler) == inpaint->n_last && inpaint->n_last <= inpaint->n_steps);

  limn_sampler_start (sampler, 0, NULL, noise);
  if (!inpaint->held)
    return;
  fresh = g_memdup2 (limn_sampler_get_x (sampler), n * sizeof *fresh);
  limn_sampler_start (sampler, 0, inpaint->held, noise);
  x = g_memdup2 (limn_sampler_get_x (sampler), n * sizeof *x);
  for (gsize i = 0; i < n; i++)
    if (inpaint->counts[i % inpaint->n_cells] == inpaint->n_steps)
      x[i] = fresh[i];
  limn_sampler_start_raw (sampler, 0, x);
}

/* A cut schedule can have one step more than N, in which a cell of strength 1 is active like in all others. */
static gboolean
is_active (const LimnInpaint *inpaint, guint step, gsize cell)
{
  return MIN (inpaint->n_last - step, inpaint->n_steps) <= inpaint->counts[cell];
}

void
limn_inpaint_get_active (const LimnInpaint *inpaint, guint step, gboolean *active)
{
  for (gsize i = 0; i < inpaint->n_cells; i++)
    active[i] = is_active (inpaint, step, i);
}

/* The same alpha and beta as in limn_sampler_call(), x_t = alpha x0 + beta eps, so that its conversion gives back what goes in here. */
void
limn_inpaint_constrain (const LimnInpaint      *inpaint,
                        LimnSpace               space,
                        LimnPrediction          kind,
                        const LimnDenoiseInput *input,
                        double                 *prediction)
{
  double alpha = sqrt (input->alpha_bar), beta = sqrt (1 - input->alpha_bar);

  g_return_if_fail (input->n == inpaint->n_channels * inpaint->n_cells);

  if (!inpaint->held)
    return;
  if (space == LIMN_SPACE_SIGMA)
    {
      alpha = 1 / sqrt (1 + input->sigma * input->sigma);
      beta = input->sigma * alpha;
    }
  for (guint c = 0; c < inpaint->n_channels; c++)
    for (gsize k = 0; k < inpaint->n_cells; k++)
      {
        gsize i = c * inpaint->n_cells + k;

        if (is_active (inpaint, input->step, k))
          continue;
        switch (kind)
          {
          case LIMN_PREDICTION_EPSILON:
            prediction[i] = (input->x[i] - alpha * inpaint->held[i]) / beta;
            break;
          case LIMN_PREDICTION_V:
            prediction[i] = (alpha * input->x[i] - inpaint->held[i]) / beta;
            break;
          case LIMN_PREDICTION_SAMPLE:
            prediction[i] = inpaint->held[i];
            break;
          }
      }
}
