/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-test-field.h"
#include "test-diffusion.h"

#include <math.h>

/* Samplers on a field whose solution is known: for one Gaussian of mean m and spread s
 *
 *   x(sigma) = m + (x_start - m) sqrt ((s^2 + sigma^2) / (s^2 + sigma_start^2))
 *
 * is the probability flow, and the distribution at sigma is N (m, s^2 + sigma^2), which every stochastic sampler must
 * keep. */

#define SPREAD 0.5
#define MEAN 0.3

static const double one = 1, spread = SPREAD;

static LimnTestField
new_field (gsize n, double *mean)
{
  for (gsize i = 0; i < n; i++)
    mean[i] = MEAN;
  return (LimnTestField){ .n_components = 1, .n = n, .means = mean, .weights = &one, .stds = &spread };
}

static LimnSchedule *
new_schedule (guint n_steps, double high, double low, gboolean even)
{
  LimnSchedulerConfig config;
  g_autoptr(LimnAlphas) alphas = NULL;
  g_autofree double *sigmas = g_new (double, n_steps + 1);
  LimnSchedule *schedule;

  limn_scheduler_config_init (&config);
  alphas = limn_alphas_new (&config, NULL);
  for (guint i = 0; i <= n_steps; i++)
    {
      double part = i / (double) n_steps;

      sigmas[i] = even ? high + part * (low - high) : high * pow (low / high, part);
    }
  schedule = limn_schedule_new_from_sigmas (alphas, n_steps, sigmas, NULL);
  g_assert_nonnull (schedule);
  return schedule;
}

/* Error at the end of @n_steps from sigma 10 to 0.2, in sigma space. */
static double
flow_error (LimnSamplerKind kind, guint n_steps, gboolean even)
{
  g_autoptr(LimnSchedule) schedule = new_schedule (n_steps, 10, even ? 2 : 0.2, even);
  double first = schedule->sigma[0], last = schedule->sigma[n_steps];
  double start[1] = { 7.5 }, mean[1];
  LimnTestField field = new_field (1, mean);
  g_autoptr(LimnSampler) sampler = NULL;
  LimnSamplerParams params;
  double got, want;

  limn_sampler_params_init (&params, kind, 1);
  params.eta = 0;
  want = MEAN + (start[0] - MEAN) * sqrt ((SPREAD * SPREAD + last * last) / (SPREAD * SPREAD + first * first));
  if (limn_sampler_get_facts (kind)->space == LIMN_SPACE_VP)
    start[0] /= sqrt (1 + first * first);
  sampler = limn_sampler_new (kind, &params, schedule, NULL, limn_test_field_denoise, &field, NULL);
  limn_sampler_start_raw (sampler, 0, start);
  while (!limn_sampler_is_done (sampler))
    g_assert_true (limn_sampler_step (sampler, NULL));
  got = limn_sampler_get_x (sampler)[0];
  if (limn_sampler_get_facts (kind)->space == LIMN_SPACE_VP)
    got *= sqrt (1 + last * last);
  return fabs (got - want);
}

/* Doubling the steps divides the error by 2^order. The DPM++ multistep samplers and LMS start with a step of first
 * order, whose own error is of second, and cannot be better, however long their memory; UniPC ends with such a step.
 * PLMS makes its first by two calls. */
static void
test_order (void)
{
  static const struct
  {
    LimnSamplerKind kind;
    double          order;
    gboolean        even; /* PLMS takes its steps for even ones in sigma */
  } cases[] = {
    { LIMN_SAMPLER_DDIM, 1, FALSE },         { LIMN_SAMPLER_EULER, 1, FALSE },
    { LIMN_SAMPLER_EULER_A, 1, FALSE },      { LIMN_SAMPLER_HEUN, 2, FALSE },
    { LIMN_SAMPLER_DPM2, 2, FALSE },         { LIMN_SAMPLER_DPM2_A, 2, FALSE },
    { LIMN_SAMPLER_DPMPP_2S_A, 2, FALSE },   { LIMN_SAMPLER_DPMPP_SDE, 2, FALSE },
    { LIMN_SAMPLER_DPMPP_2M, 2, FALSE },     { LIMN_SAMPLER_DPMPP_2M_SDE, 2, FALSE },
    { LIMN_SAMPLER_DPMPP_3M_SDE, 2, FALSE }, { LIMN_SAMPLER_UNIPC, 2, FALSE },
    { LIMN_SAMPLER_LMS, 2, FALSE },          { LIMN_SAMPLER_PLMS, 3, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double coarse = flow_error (cases[i].kind, 80, cases[i].even);
      double fine = flow_error (cases[i].kind, 160, cases[i].even);
      double order = log2 (coarse / fine);

      g_test_message ("%s: error %.2e in 160 steps, order %.2f", limn_sampler_get_facts (cases[i].kind)->name, fine,
                      order);
      /* 160 steps are not yet the limit: the measured orders lie from 0.14 below to 1.2 above */
      g_assert_cmpfloat (order, >, cases[i].order - 0.25);
    }
}

/* Many independent elements are as many samples: their mean and spread after sampling, with default noise. */
static void
test_distribution (void)
{
  enum
  {
    N = 16384,
    STEPS = 150
  };
  static const struct
  {
    LimnSamplerKind kind;
    double          eta;
  } cases[] = {
    { LIMN_SAMPLER_DDPM, 1 },         { LIMN_SAMPLER_DDIM, 0.5 },       { LIMN_SAMPLER_DDIM, 1 },
    { LIMN_SAMPLER_EULER_A, 1 },      { LIMN_SAMPLER_EULER_A, 0.5 },    { LIMN_SAMPLER_DPM2_A, 1 },
    { LIMN_SAMPLER_DPMPP_2S_A, 1 },   { LIMN_SAMPLER_DPMPP_2M_SDE, 1 }, { LIMN_SAMPLER_DPMPP_2M_SDE, 0.5 },
    { LIMN_SAMPLER_DPMPP_3M_SDE, 1 }, { LIMN_SAMPLER_DPMPP_SDE, 1 },
  };
  g_autoptr(LimnSchedule) schedule = new_schedule (STEPS, 20, 0.02, FALSE);
  g_autofree double *start = g_new (double, N);
  g_autofree double *mean = g_new (double, N);
  LimnTestField field = new_field (N, mean);
  double wanted = sqrt (SPREAD * SPREAD + 0.02 * 0.02);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CPU, 31);
      g_autoptr(LimnSampler) sampler = NULL;
      LimnSamplerParams params;
      double sum = 0, squares = 0, scale, deviation;

      limn_sampler_params_init (&params, cases[i].kind, N);
      params.eta = cases[i].eta;
      sampler = limn_sampler_new (cases[i].kind, &params, schedule, noise, limn_test_field_denoise, &field, NULL);
      limn_noise_draw (noise, N, start);
      limn_sampler_start (sampler, 0, mean, start);
      while (!limn_sampler_is_done (sampler))
        g_assert_true (limn_sampler_step (sampler, NULL));
      scale = limn_sampler_get_facts (cases[i].kind)->space == LIMN_SPACE_VP ? sqrt (1 + 0.02 * 0.02) : 1;
      for (guint j = 0; j < N; j++)
        sum += limn_sampler_get_x (sampler)[j] * scale / N;
      for (guint j = 0; j < N; j++)
        squares += pow (limn_sampler_get_x (sampler)[j] * scale - sum, 2) / N;
      deviation = sqrt (squares);
      g_test_message ("%s, eta %g: mean %.4f, spread %.4f of %.4f", limn_sampler_get_facts (cases[i].kind)->name,
                      cases[i].eta, sum, deviation, wanted);
      /* four standard errors (0.5 / sqrt N, and 0.5 / sqrt 2N), and of the spread 2 % for the size of the steps */
      limn_assert_near (sum, MEAN, 4 * SPREAD / sqrt (N));
      limn_assert_near (deviation, wanted, 4 * SPREAD / sqrt (2.0 * N) + 0.02 * wanted);
    }
}

void
limn_test_order_add (void)
{
  g_test_add_func ("/diffusion/sampler/order", test_order);
  g_test_add_func ("/diffusion/sampler/distribution", test_distribution);
}
