/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A run that leaves its way in the middle. */
#include "config.h"

#include "limn-test-field.h"
#include "test-diffusion.h"

#include "base/limn-error.h"

#include <math.h>
#include <string.h>

enum
{
  N = 20,
  STEPS = 9
};

static const LimnScheduleKind schedules[] = { LIMN_SCHEDULE_MODEL, LIMN_SCHEDULE_KARRAS, LIMN_SCHEDULE_TRAILING };

static double means[2 * N];
static const double weights[2] = { 0.7, 0.3 };
static const double stds[2] = { 0.5, 0.25 };

static LimnSchedule *
new_schedule (LimnScheduleKind kind, guint n_steps)
{
  LimnSchedulerConfig config;
  g_autoptr(LimnAlphas) alphas = NULL;
  LimnSchedule *schedule;

  limn_scheduler_config_init (&config);
  alphas = limn_alphas_new (&config, NULL);
  schedule = limn_schedule_new (alphas, kind, n_steps, NULL);
  g_assert_nonnull (schedule);
  return schedule;
}

static LimnTestField *
get_field (void)
{
  static LimnTestField field = { .n_components = 2, .n = N, .means = means, .weights = weights, .stds = stds };

  for (guint i = 0; i < 2 * N; i++)
    means[i] = 1.5 * sin (i + 1.0);
  return &field;
}

static LimnSampler *
new_sampler (LimnSamplerKind kind, const LimnSchedule *schedule, LimnNoise *noise)
{
  g_autoptr(GError) error = NULL;
  LimnSamplerParams params;
  LimnSampler *sampler;

  limn_sampler_params_init (&params, kind, N);
  sampler = limn_sampler_new (kind, &params, schedule, noise, limn_test_field_denoise, get_field (), &error);
  g_assert_no_error (error);
  return sampler;
}

static void
run_to (LimnSampler *sampler, guint step)
{
  g_autoptr(GError) error = NULL;

  while (limn_sampler_get_step (sampler) < step)
    {
      limn_sampler_step (sampler, &error);
      g_assert_no_error (error);
    }
}

static LimnSampler *
begin (LimnSamplerKind kind, const LimnSchedule *schedule, LimnNoise *noise)
{
  LimnSampler *sampler = new_sampler (kind, schedule, noise);
  double start[N];

  limn_noise_draw (noise, N, start);
  limn_sampler_start (sampler, 0, NULL, start);
  return sampler;
}

/* Handed over after every step, with all that a sampler remembers: the same bits to the end. */
static void
test_take_over (void)
{
  for (guint s = 0; s < G_N_ELEMENTS (schedules); s++)
    for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
      {
        g_autoptr(LimnSchedule) schedule = new_schedule (schedules[s], STEPS);
        g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CPU, 99);
        g_autoptr(LimnSampler) straight = begin (kind, schedule, noise);
        g_autoptr(LimnNoise) relay_noise = limn_noise_new (LIMN_NOISE_CPU, 99);
        LimnSampler *relay = begin (kind, schedule, relay_noise);

        for (guint step = 1; step <= STEPS; step++)
          {
            LimnSampler *next = new_sampler (kind, schedule, relay_noise);

            limn_sampler_take_over (next, relay);
            limn_sampler_free (relay);
            relay = next;
            run_to (relay, step);
            run_to (straight, step);
            g_assert_cmpmem (limn_sampler_get_x (relay), N * sizeof (double), limn_sampler_get_x (straight), N * sizeof (double));
            g_assert_cmpmem (limn_sampler_get_denoised (relay), N * sizeof (double), limn_sampler_get_denoised (straight),
                             N * sizeof (double));
          }
        limn_sampler_free (relay);
      }
}

/* DDIM without noise is Euler in the other space: whichever does which part, the picture is the same. */
static void
test_spaces (void)
{
  static const LimnSamplerKind kinds[2] = { LIMN_SAMPLER_EULER, LIMN_SAMPLER_DDIM };
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_KARRAS, STEPS);

  for (guint turn = 1; turn < STEPS; turn++)
    for (guint first = 0; first < 2; first++)
      for (guint second = 0; second < 2; second++)
        {
          g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CPU, 99);
          g_autoptr(LimnNoise) other_noise = limn_noise_new (LIMN_NOISE_CPU, 99);
          g_autoptr(LimnSampler) straight = begin (kinds[first], schedule, noise);
          g_autoptr(LimnSampler) before = begin (kinds[first], schedule, other_noise);
          g_autoptr(LimnSampler) after = new_sampler (kinds[second], schedule, other_noise);

          run_to (before, turn);
          limn_sampler_start_from (after, turn, before);
          g_assert_null (limn_sampler_get_denoised (after));
          if (first == second)
            g_assert_cmpmem (limn_sampler_get_x (after), N * sizeof (double), limn_sampler_get_x (before), N * sizeof (double));
          run_to (after, STEPS);
          run_to (straight, STEPS);
          for (guint i = 0; i < N; i++)
            /* 3e-14 measured */
            limn_assert_near (limn_sampler_get_x (after)[i], limn_sampler_get_x (straight)[i], 1e-12);
        }
}

/* The estimate of the picture stays, the noise in x turns towards the new one; and nothing is remembered. */
static void
test_renoise (void)
{
  static const LimnSamplerKind kinds[] = { LIMN_SAMPLER_DPMPP_2M, LIMN_SAMPLER_UNIPC, LIMN_SAMPLER_PLMS, LIMN_SAMPLER_LMS };
  static const double amounts[] = { 0, 1e-3, 0.25, 0.5, 1 };
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_KARRAS, STEPS);

  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
    for (guint a = 0; a < G_N_ELEMENTS (amounts); a++)
      {
        g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CPU, 99);
        g_autoptr(LimnNoise) fresh = limn_noise_new (LIMN_NOISE_CPU, 7);
        g_autoptr(LimnSampler) sampler = begin (kinds[k], schedule, noise);
        g_autoptr(LimnSampler) anew = new_sampler (kinds[k], schedule, noise);
        double amount = amounts[a], sigma, signal;
        double z[N], before[N], x0[N];

        run_to (sampler, 4);
        limn_noise_draw (fresh, N, z);
        memcpy (before, limn_sampler_get_x (sampler), sizeof before);
        memcpy (x0, limn_sampler_get_denoised (sampler), sizeof x0);
        limn_sampler_renoise (sampler, x0, amount, z);
        if (amount == 0)
          {
            g_autoptr(LimnSampler) same = begin (kinds[k], schedule, noise);

            g_assert_cmpmem (limn_sampler_get_x (sampler), sizeof before, before, sizeof before);
            limn_sampler_take_over (same, sampler);
            run_to (sampler, 5);
            run_to (same, 5);
            g_assert_cmpmem (limn_sampler_get_x (sampler), sizeof before, limn_sampler_get_x (same), sizeof before);
            continue;
          }
        sigma = limn_sampler_get_sigma (sampler);
        signal = limn_sampler_get_facts (kinds[k])->space == LIMN_SPACE_VP ? 1 / sqrt (1 + sigma * sigma) : 1;
        for (guint i = 0; i < N; i++)
          {
            double e = (before[i] - x0[i] * signal) / (sigma * signal);
            double e_new = (limn_sampler_get_x (sampler)[i] - x0[i] * signal) / (sigma * signal);

            /* 2e-15 measured, of numbers up to 3 */
            limn_assert_near (e_new, sqrt (1 - amount * amount) * e + amount * z[i], 1e-13);
          }
        limn_sampler_start_raw (anew, 4, limn_sampler_get_x (sampler));
        run_to (sampler, STEPS);
        run_to (anew, STEPS);
        g_assert_cmpmem (limn_sampler_get_x (sampler), sizeof before, limn_sampler_get_x (anew), sizeof before);
      }
}

/* What is said of a sampler beforehand is what it does. */
static void
test_draws_noise (void)
{
  for (guint s = 0; s < G_N_ELEMENTS (schedules); s++)
    for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
      for (guint e = 0; e < 3; e++)
        for (guint step = 0; step < STEPS; step++)
          {
            g_autoptr(LimnSchedule) schedule = new_schedule (schedules[s], STEPS);
            g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CPU, 3);
            g_autoptr(LimnSampler) sampler = NULL;
            LimnSamplerParams params;
            double x[N] = { 0 };

            limn_sampler_params_init (&params, kind, N);
            params.eta = e / 2.0;
            sampler = limn_sampler_new (kind, &params, schedule, noise, limn_test_field_denoise, get_field (), NULL);
            limn_sampler_start_raw (sampler, step, x);
            run_to (sampler, STEPS);
            g_assert_cmpint (limn_sampler_draws_noise (kind, &params, schedule, step), ==, limn_noise_get_draws (noise) > 0);
            if (limn_sampler_get_facts (kind)->has_eta && params.eta == 0)
              g_assert_false (limn_sampler_draws_noise (kind, &params, schedule, step));
          }
}

/* From a level on: that level, then what lies lower; nodes as they are in their own schedules. */
static void
test_cut (void)
{
  for (guint s = 0; s < G_N_ELEMENTS (schedules); s++)
    for (guint t = 0; t < G_N_ELEMENTS (schedules); t++)
      for (guint n = 1; n <= 40; n += 3)
        for (guint step = 0; step < STEPS; step++)
          {
            g_autoptr(LimnSchedule) before = new_schedule (schedules[s], STEPS);
            g_autoptr(LimnSchedule) schedule = new_schedule (schedules[t], n);
            g_autoptr(GError) error = NULL;
            g_autoptr(LimnSchedule) cut = limn_schedule_new_cut (schedule, before, step, &error);
            guint first = n - cut->n_steps;

            g_assert_no_error (error);
            g_assert_cmpuint (cut->n_steps, >=, 1);
            g_assert_cmpuint (cut->n_steps, <=, n + 1);
            g_assert_cmpfloat (cut->sigma[0], ==, before->sigma[step]);
            g_assert_cmpfloat (cut->alpha_bar[0], ==, before->alpha_bar[step]);
            g_assert_cmpfloat (cut->timestep[0], ==, before->timestep[step]);
            for (guint i = 1; i <= cut->n_steps; i++)
              {
                g_assert_cmpfloat (cut->sigma[i], ==, schedule->sigma[first + i]);
                g_assert_cmpfloat (cut->alpha_bar[i], ==, schedule->alpha_bar[first + i]);
                g_assert_cmpfloat (cut->timestep[i], ==, schedule->timestep[first + i]);
                g_assert_cmpfloat (cut->sigma[i], <, cut->sigma[i - 1] * (1 - LIMN_SCHEDULE_MARGIN));
                g_assert_cmpfloat (cut->alpha_bar_prev[i - 1], ==,
                                   i < cut->n_steps ? cut->alpha_bar[i] : schedule->alpha_bar_prev[n - 1]);
              }
            /* None was left out but for being too near. */
            if (first + 1 <= n && cut->n_steps <= n)
              g_assert_cmpfloat (schedule->sigma[first], >=, before->sigma[step] * (1 - LIMN_SCHEDULE_MARGIN));
          }
}

/* Into itself it is its own tail; and at its end there is nothing to cut. */
static void
test_cut_same (void)
{
  for (guint s = 0; s < G_N_ELEMENTS (schedules); s++)
    {
      g_autoptr(LimnSchedule) schedule = new_schedule (schedules[s], STEPS);
      g_autoptr(GError) error = NULL;

      for (guint step = 0; step < STEPS; step++)
        {
          g_autoptr(LimnSchedule) cut = limn_schedule_new_cut (schedule, schedule, step, &error);
          g_autoptr(LimnSchedule) tail = limn_schedule_new_tail (schedule, STEPS - step);
          gsize nodes = (STEPS - step + 1) * sizeof (double);

          g_assert_cmpmem (cut->sigma, nodes, tail->sigma, nodes);
          g_assert_cmpmem (cut->timestep, nodes, tail->timestep, nodes);
          g_assert_cmpmem (cut->alpha_bar, nodes, tail->alpha_bar, nodes);
          g_assert_cmpmem (cut->alpha_bar_prev, nodes - sizeof (double), tail->alpha_bar_prev, nodes - sizeof (double));
        }
      g_assert_null (limn_schedule_new_cut (schedule, schedule, STEPS, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
    }
}

/* The margin is below what any schedule means: no level of the longest ones is within it of its neighbour. */
static void
test_margin (void)
{
  for (guint kind = 0; limn_schedule_kind_list_names ()[kind]; kind++)
    {
      g_autoptr(LimnSchedule) schedule = new_schedule (kind, LIMN_STEPS_MAX);

      for (guint i = 1; i <= schedule->n_steps; i++)
        g_assert_cmpfloat (1 - schedule->sigma[i] / schedule->sigma[i - 1], >, 2 * LIMN_SCHEDULE_MARGIN);
    }
}

void
limn_test_branch_add (void)
{
  g_test_add_func ("/diffusion/branch/take-over", test_take_over);
  g_test_add_func ("/diffusion/branch/spaces", test_spaces);
  g_test_add_func ("/diffusion/branch/renoise", test_renoise);
  g_test_add_func ("/diffusion/branch/draws-noise", test_draws_noise);
  g_test_add_func ("/diffusion/branch/cut", test_cut);
  g_test_add_func ("/diffusion/branch/cut-same", test_cut_same);
  g_test_add_func ("/diffusion/branch/margin", test_margin);
}
