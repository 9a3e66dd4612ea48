/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-diffusion.h"

#include "diffusion/limn-inpaint.h"

#include <math.h>
#include <string.h>

enum
{
  C = 3,
  CELLS = 700,
  N = C * CELLS,
  STEPS = 10
};

/* Nothing that ever learned anything: a bounded answer that mixes neighbours and time, in whatever it is asked for. */
typedef struct
{
  LimnPrediction     prediction;
  LimnSpace          space;
  const LimnInpaint *inpaint; /* (nullable) */
} Network;

static gboolean
network (gpointer data, const LimnDenoiseInput *input, double *prediction, GError **error)
{
  Network *self = data;

  for (gsize i = 0; i < N; i++)
    prediction[i] = 0.7 * input->x[i] + 0.3 * sin (3 * input->x[(i + 1) % N]) - input->timestep / 3000;
  if (self->inpaint)
    limn_inpaint_constrain (self->inpaint, self->space, self->prediction, input, prediction);
  return TRUE;
}

typedef struct
{
  Network       network;
  LimnNoise    *noise;
  LimnSchedule *schedule; /* of all steps */
  LimnSampler  *sampler;
  LimnInpaint  *inpaint;
} Run;

static LimnSchedule *
new_schedule (LimnScheduleKind kind, LimnPrediction prediction)
{
  LimnSchedulerConfig config;
  g_autoptr(LimnAlphas) alphas = NULL;
  LimnSchedule *schedule;

  limn_scheduler_config_init (&config);
  /* With v and x0 also from nothing but noise, where alpha-bar is 0. */
  config.prediction_type = prediction;
  config.rescale_betas_zero_snr = prediction != LIMN_PREDICTION_EPSILON;
  alphas = limn_alphas_new (&config, NULL);
  schedule = limn_schedule_new (alphas, kind, STEPS, NULL);
  g_assert_nonnull (schedule);
  return schedule;
}

/* @strength: (nullable): NULL: painted from nothing, without any constraint */
static void
run_init (Run *run, LimnSamplerKind kind, LimnScheduleKind schedule, LimnPrediction prediction, const double *strength,
          const double *held)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSchedule) tail = NULL;
  LimnSamplerParams params;
  double first[N];
  double largest = strength ? 0 : 1;

  for (guint i = 0; strength && i < CELLS; i++)
    largest = MAX (largest, strength[i]);
  run->schedule = new_schedule (schedule, prediction);
  run->inpaint = strength ? limn_inpaint_new (C, CELLS, STEPS, limn_inpaint_count_steps (STEPS, largest), strength, held) : NULL;
  run->network = (Network){ prediction, limn_sampler_get_facts (kind)->space, run->inpaint };
  run->noise = limn_noise_new (LIMN_NOISE_CPU, 5);
  tail = limn_schedule_new_tail (run->schedule, limn_inpaint_count_steps (STEPS, largest));
  limn_sampler_params_init (&params, kind, N);
  params.prediction = prediction;
  run->sampler = limn_sampler_new (kind, &params, tail, run->noise, network, &run->network, &error);
  g_assert_no_error (error);
  limn_noise_draw (run->noise, N, first);
  if (run->inpaint)
    limn_inpaint_start (run->inpaint, run->sampler, first);
  else
    limn_sampler_start (run->sampler, 0, NULL, first);
}

static void
run_step (Run *run)
{
  g_autoptr(GError) error = NULL;

  limn_sampler_step (run->sampler, &error);
  g_assert_no_error (error);
}

static void
run_clear (Run *run)
{
  limn_sampler_free (run->sampler);
  limn_noise_free (run->noise);
  limn_schedule_free (run->schedule);
  limn_inpaint_free (run->inpaint);
}

/* How much of the picture and how much of the noise there is in x now. */
static void
get_level (const Run *run, LimnSamplerKind kind, double *signal, double *noise)
{
  const LimnSchedule *schedule = limn_sampler_get_schedule (run->sampler);
  guint step = limn_sampler_get_step (run->sampler);
  double alpha_bar = schedule->alpha_bar[step];

  if (limn_sampler_get_facts (kind)->space == LIMN_SPACE_SIGMA)
    {
      *signal = 1;
      *noise = schedule->sigma[step];
      return;
    }
  /* DDIM and PLMS end where the model's schedule says, which may be short of the picture; UniPC goes by sigma. */
  if (kind == LIMN_SAMPLER_UNIPC)
    alpha_bar = 1 / (1 + schedule->sigma[step] * schedule->sigma[step]);
  else if (step > 0)
    alpha_bar = kind == LIMN_SAMPLER_DDPM && step == schedule->n_steps ? 1 : schedule->alpha_bar_prev[step - 1];
  *signal = sqrt (alpha_bar);
  *noise = sqrt (1 - alpha_bar);
}

static void
fill_held (double *held)
{
  for (guint i = 0; i < N; i++)
    held[i] = 1.3 * sin (0.37 * i);
}

/* A third never changes, a third from the beginning, a third on its way. */
static void
fill_strength (double *strength, double largest)
{
  for (guint i = 0; i < CELLS; i++)
    strength[i] = i % 3 == 0 ? 0 : i % 3 == 1 ? largest : largest * (i % 7) / 7;
}

static const LimnScheduleKind schedules[] = { LIMN_SCHEDULE_LEADING, LIMN_SCHEDULE_TRAILING, LIMN_SCHEDULE_KARRAS };

/* What never changes is, after every step of every sampler, the known latent with noise of that level: the same noise all the way where the
 * sampler draws none, else noise that does not depend on the latent and has the right size. */
static void
test_known (void)
{
  double strength[CELLS], held[N], nothing[N] = { 0 };
  guint n_held = (CELLS + 2) / 3;

  fill_held (held);
  for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
    for (guint prediction = LIMN_PREDICTION_EPSILON; prediction <= LIMN_PREDICTION_SAMPLE; prediction++)
      for (guint s = 0; s < G_N_ELEMENTS (schedules); s++)
        for (guint cut = 0; cut < 2; cut++)
          {
            double first[N], signal, level, slack;
            Run run, empty;

            fill_strength (strength, cut ? 0.65 : 1);
            run_init (&run, kind, schedules[s], prediction, strength, held);
            run_init (&empty, kind, schedules[s], prediction, strength, nothing);
            get_level (&run, kind, &signal, &level);
            /* PLMS and UniPC take an alpha-bar of 0 for 2^-24, and so for noise what is noise less 2^-12 of the picture. */
            slack = limn_sampler_get_schedule (run.sampler)->alpha_bar[0] == 0 &&
                    (kind == LIMN_SAMPLER_PLMS || kind == LIMN_SAMPLER_UNIPC) ? 1.01 * 0x1p-12 : 0;
            for (guint i = 0; i < N; i++)
              first[i] = (limn_sampler_get_x (run.sampler)[i] - signal * held[i]) / level;
            while (!limn_sampler_is_done (run.sampler))
              {
                double squares = 0, size;

                run_step (&run);
                run_step (&empty);
                get_level (&run, kind, &signal, &level);
                /* sigma reaches 4096 in a zero terminal SNR's sigma space; x0 comes out of x less sigma epsilon, of that size. */
                size = 1 + limn_sampler_get_schedule (run.sampler)->sigma[0];
                for (guint i = 0; i < N; i++)
                  {
                    double x = limn_sampler_get_x (run.sampler)[i], y = limn_sampler_get_x (empty.sampler)[i];

                    if (i % CELLS % 3 != 0)
                      continue;
                    /* Worst seen: 2.1e-15 of the size; of x after ten steps 5.2e-14. */
                    limn_assert_near (limn_sampler_get_denoised (run.sampler)[i], held[i], 1e-14 * size);
                    limn_assert_near (x - y, signal * held[i], 2e-13 * size + slack * (fabs (held[i]) + 1e-3));
                    if (!limn_sampler_get_facts (kind)->stochastic)
                      limn_assert_near (x, signal * held[i] + level * first[i], 2e-13 * size + slack * (fabs (held[i]) + 1e-3));
                    else if (level > 0)
                      squares += pow ((x - signal * held[i]) / level, 2);
                  }
                /* The standard deviation of a mean of 702 squares is 0.053. */
                if (limn_sampler_get_facts (kind)->stochastic && level > 0)
                  limn_assert_near (squares / (n_held * C), 1, 0.25);
              }
            run_clear (&run);
            run_clear (&empty);
          }
}

/* Everything may change from the beginning: to the bit what it is without any source. And so is the prediction in each cell that is
 * active already, while others are not. */
static void
test_free (void)
{
  double all[CELLS], strength[CELLS], held[N];

  fill_held (held);
  for (guint i = 0; i < CELLS; i++)
    all[i] = 1;
  g_assert_false (limn_inpaint_needs_held (STEPS, CELLS, all));
  for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
    for (guint with_held = 0; with_held < 2; with_held++)
      {
        Run plain, run;

        run_init (&plain, kind, LIMN_SCHEDULE_LEADING, LIMN_PREDICTION_EPSILON, NULL, NULL);
        run_init (&run, kind, LIMN_SCHEDULE_LEADING, LIMN_PREDICTION_EPSILON, all, with_held ? held : NULL);
        for (guint step = 0; step <= STEPS; step++)
          {
            g_assert_cmpmem (limn_sampler_get_x (plain.sampler), sizeof held, limn_sampler_get_x (run.sampler), sizeof held);
            if (step < STEPS)
              {
                run_step (&plain);
                run_step (&run);
              }
          }
        run_clear (&plain);
        run_clear (&run);
      }

  fill_strength (strength, 0.8);
  g_assert_true (limn_inpaint_needs_held (STEPS, CELLS, strength));
  for (guint step = 0; step < 8; step++)
    {
      g_autoptr(LimnInpaint) inpaint = limn_inpaint_new (C, CELLS, STEPS, 8, strength, held);
      double x[N], prediction[2 * N];
      const LimnDenoiseInput input = { .n = N, .x = x, .timestep = 500, .alpha_bar = 0.5, .sigma = 1, .step = step };

      for (guint i = 0; i < 2 * N; i++)
        prediction[i] = cos (i);
      for (guint i = 0; i < N; i++)
        x[i] = sin (i);
      limn_inpaint_constrain (inpaint, LIMN_SPACE_VP, LIMN_PREDICTION_EPSILON, &input, prediction);
      for (guint i = 0; i < 2 * N; i++)
        {
          /* Step 0 of the 8 that are left is step 2 of 10. */
          gboolean active = i >= N || 10 - (step + 2) <= floor (10 * strength[i % CELLS] + 1e-9);

          g_assert_cmpint (prediction[i] == cos (i), ==, active);
        }
    }
}

/* A cell holds still until its step, and moves from then on. */
static void
test_moment (void)
{
  static const double strengths[] = { 0, 0.05, 0.1, 0.3, 0.35, 0.7, 0.9 };
  static const guint moving[] = { 0, 0, 1, 3, 3, 7, 9 };
  double strength[CELLS], held[N];
  Run run;

  fill_held (held);
  for (guint i = 0; i < CELLS; i++)
    strength[i] = strengths[i % 7];
  run_init (&run, LIMN_SAMPLER_DPMPP_2M, LIMN_SCHEDULE_KARRAS, LIMN_PREDICTION_V, strength, held);
  g_assert_cmpuint (limn_sampler_get_n_steps (run.sampler), ==, 9);
  for (guint step = 0; step < 9; step++)
    {
      run_step (&run);
      for (guint i = 0; i < N; i++)
        {
          gboolean still = fabs (limn_sampler_get_denoised (run.sampler)[i] - held[i]) < 1e-9;

          g_assert_cmpint (still, ==, 9 - step > moving[i % CELLS % 7]);
        }
    }
  run_clear (&run);
}

/* The last n steps are what the sampler would do if it began all of them there; and how many they are. */
static void
test_cut (void)
{
  static const struct
  {
    guint  n_steps;
    double strength;
    guint  expected;
  } counts[] = {
    { 10, 0.7, 7 }, { 100, 0.29, 29 }, { 20, 0, 1 }, { 20, 0.01, 1 }, { 50, 0.75, 37 }, { 7, 1, 7 }, { 1, 0.5, 1 }, { 999, 1, 999 },
    { 30, 0.9999, 29 },
  };
  double strength[CELLS], held[N];

  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    g_assert_cmpuint (limn_inpaint_count_steps (counts[i].n_steps, counts[i].strength), ==, counts[i].expected);

  fill_held (held);
  for (guint i = 0; i < CELLS; i++)
    strength[i] = 0.6;
  for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
    {
      g_autoptr(LimnSampler) whole = NULL;
      g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CPU, 5);
      Network plain = { LIMN_PREDICTION_EPSILON, limn_sampler_get_facts (kind)->space, NULL };
      LimnSamplerParams params;
      double first[N];
      Run run;

      run_init (&run, kind, LIMN_SCHEDULE_LEADING, LIMN_PREDICTION_EPSILON, strength, held);
      limn_sampler_params_init (&params, kind, N);
      whole = limn_sampler_new (kind, &params, run.schedule, noise, network, &plain, NULL);
      limn_noise_draw (noise, N, first);
      limn_sampler_start (whole, STEPS - 6, held, first);
      for (guint step = 0; step <= 6; step++)
        {
          g_assert_cmpfloat (limn_sampler_get_sigma (whole), ==, limn_sampler_get_sigma (run.sampler));
          g_assert_cmpfloat (limn_sampler_get_timestep (whole), ==, limn_sampler_get_timestep (run.sampler));
          g_assert_cmpmem (limn_sampler_get_x (whole), sizeof held, limn_sampler_get_x (run.sampler), sizeof held);
          if (step < 6)
            {
              run_step (&run);
              g_assert_true (limn_sampler_step (whole, NULL));
            }
        }
      g_assert_true (limn_sampler_is_done (run.sampler) && limn_sampler_is_done (whole));
      run_clear (&run);
    }
}

void
limn_test_inpaint_add (void)
{
  g_test_add_func ("/diffusion/inpaint/known", test_known);
  g_test_add_func ("/diffusion/inpaint/free", test_free);
  g_test_add_func ("/diffusion/inpaint/moment", test_moment);
  g_test_add_func ("/diffusion/inpaint/cut", test_cut);
}
