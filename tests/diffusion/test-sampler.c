/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-test-field.h"
#include "test-diffusion.h"

#include "base/limn-error.h"

#include <math.h>
#include <string.h>

enum
{
  N = 20, /* not a multiple of 16, so that the noise has a ragged end */
  STEPS = 7
};

static double means[2 * N];
static const double weights[2] = { 0.7, 0.3 };
static const double stds[2] = { 0.5, 0.25 };

static LimnTestField
new_field (void)
{
  for (guint i = 0; i < 2 * N; i++)
    means[i] = 1.5 * sin (i + 1.0);
  return (LimnTestField){ .n_components = 2, .n = N, .means = means, .weights = weights, .stds = stds };
}

static LimnAlphas *
new_alphas (gboolean zero_snr)
{
  LimnSchedulerConfig config;
  LimnAlphas *alphas;

  limn_scheduler_config_init (&config);
  if (zero_snr)
    config.prediction_type = LIMN_PREDICTION_V;
  config.rescale_betas_zero_snr = zero_snr;
  alphas = limn_alphas_new (&config, NULL);
  g_assert_nonnull (alphas);
  return alphas;
}

static LimnSchedule *
new_schedule (LimnScheduleKind kind, guint n_steps)
{
  g_autoptr(LimnAlphas) alphas = new_alphas (FALSE);
  LimnSchedule *schedule = limn_schedule_new (alphas, kind, n_steps, NULL);

  g_assert_nonnull (schedule);
  return schedule;
}

/* A sampler with its noise and its field, begun. */
typedef struct
{
  LimnTestField field;
  LimnNoise    *noise;
  LimnSampler  *sampler;
} Run;

static void
run_init_params (Run *run, LimnSamplerKind kind, const LimnSamplerParams *params, const LimnSchedule *schedule)
{
  g_autoptr(GError) error = NULL;
  double start[N];

  run->field = new_field ();
  run->field.prediction = params->prediction;
  run->noise = limn_noise_new (LIMN_NOISE_CPU, 99);
  run->sampler = limn_sampler_new (kind, params, schedule, run->noise, limn_test_field_denoise, &run->field, &error);
  g_assert_no_error (error);
  limn_noise_draw (run->noise, N, start);
  limn_sampler_start (run->sampler, 0, NULL, start);
}

static void
run_init (Run *run, LimnSamplerKind kind, const LimnSchedule *schedule)
{
  LimnSamplerParams params;

  limn_sampler_params_init (&params, kind, N);
  run_init_params (run, kind, &params, schedule);
}

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->sampler, limn_sampler_free);
  g_clear_pointer (&run->noise, limn_noise_free);
}

static void
run_to (Run *run, guint step)
{
  g_autoptr(GError) error = NULL;

  while (limn_sampler_get_step (run->sampler) < step)
    {
      limn_sampler_step (run->sampler, &error);
      g_assert_no_error (error);
    }
}

static void
assert_same_bits (const Run *a, const Run *b)
{
  g_assert_cmpmem (limn_sampler_get_x (a->sampler), N * sizeof (double), limn_sampler_get_x (b->sampler),
                   N * sizeof (double));
  g_assert_cmpmem (limn_sampler_get_denoised (a->sampler), N * sizeof (double),
                   limn_sampler_get_denoised (b->sampler), N * sizeof (double));
  g_assert_cmpuint (limn_sampler_get_model_calls (a->sampler), ==, limn_sampler_get_model_calls (b->sampler));
}

static void
assert_same_state (GPtrArray *a, GPtrArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    {
      const LimnSamplerArray *left = a->pdata[i], *right = b->pdata[i];

      g_assert_cmpstr (left->name, ==, right->name);
      g_assert_cmpmem (left->values, left->n * sizeof (double), right->values, right->n * sizeof (double));
    }
}

static void
test_facts (void)
{
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_MODEL, STEPS);
  g_autoptr(GError) error = NULL;
  LimnSamplerKind kind;

  for (guint i = 0; i < LIMN_SAMPLER_N_KINDS; i++)
    {
      const LimnSamplerFacts *facts = limn_sampler_get_facts (i);
      guint expected;
      Run run;

      g_assert_cmpuint (facts->kind, ==, i);
      g_assert_true (limn_sampler_kind_from_name (facts->name, &kind, NULL));
      g_assert_cmpuint (kind, ==, i);
      run_init (&run, i, schedule);
      run_to (&run, STEPS);
      /* Samplers of two calls make one in the last step, which ends at 0; PLMS makes two in its first. */
      expected = facts->calls == 2 ? 2 * STEPS - 1 : STEPS;
      if (i == LIMN_SAMPLER_PLMS)
        expected = STEPS + 1;
      g_assert_cmpuint (limn_sampler_get_model_calls (run.sampler), ==, expected);
      g_assert_cmpuint (limn_noise_get_draws (run.noise) > 1, ==, facts->stochastic);
      g_assert_true (limn_sampler_is_done (run.sampler));
      g_assert_cmpfloat (limn_sampler_get_sigma (run.sampler), ==, 0);
      run_clear (&run);
    }
  g_assert_false (limn_sampler_kind_from_name ("euler_a", &kind, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "dpmpp-2m-sde"));
}

/* Stopped after any step, saved, and loaded into a new sampler with a new noise: the same bits. */
static void
test_save (void)
{
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_KARRAS, STEPS);

  for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
    {
      Run straight;

      run_init (&straight, kind, schedule);
      run_to (&straight, STEPS);
      for (guint stop = 0; stop <= STEPS; stop++)
        {
          g_autoptr(GPtrArray) state = NULL;
          g_autoptr(GError) error = NULL;
          Run stopped, resumed;

          run_init (&stopped, kind, schedule);
          run_to (&stopped, stop);
          state = limn_sampler_save (stopped.sampler);
          run_clear (&stopped);
          run_init (&resumed, kind, schedule);
          run_to (&resumed, STEPS - stop); /* whatever it did before must not matter */
          limn_sampler_load (resumed.sampler, state, &error);
          g_assert_no_error (error);
          run_to (&resumed, STEPS);
          assert_same_bits (&straight, &resumed);
          run_clear (&resumed);
        }
      run_clear (&straight);
    }
}

/* The callback fails at any one of its calls: nothing has changed, and the step done again gives the same bits. */
static void
test_failing_call (void)
{
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_LEADING, STEPS);

  for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
    {
      guint n_calls;
      Run straight;

      run_init (&straight, kind, schedule);
      run_to (&straight, STEPS);
      n_calls = limn_sampler_get_model_calls (straight.sampler);
      for (guint fail_at = 1; fail_at <= n_calls; fail_at++)
        {
          guint n_failed = 0;
          Run run;

          run_init (&run, kind, schedule);
          run.field.fail_at = fail_at;
          while (!limn_sampler_is_done (run.sampler))
            {
              g_autoptr(GPtrArray) before = limn_sampler_save (run.sampler);
              g_autoptr(GPtrArray) after = NULL;
              g_autoptr(GError) error = NULL;

              if (limn_sampler_step (run.sampler, &error))
                continue;
              g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
              after = limn_sampler_save (run.sampler);
              assert_same_state (before, after);
              n_failed++;
            }
          g_assert_cmpuint (n_failed, ==, 1);
          assert_same_bits (&straight, &run);
          run_clear (&run);
        }
      run_clear (&straight);
    }
}

/* Epsilon, v and x0 say the same in other words. */
static void
test_predictions (void)
{
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_SGM_UNIFORM, STEPS);

  for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
    {
      Run runs[3];

      for (guint prediction = LIMN_PREDICTION_EPSILON; prediction <= LIMN_PREDICTION_SAMPLE; prediction++)
        {
          LimnSamplerParams params;

          limn_sampler_params_init (&params, kind, N);
          params.prediction = prediction;
          run_init_params (&runs[prediction], kind, &params, schedule);
          run_to (&runs[prediction], STEPS);
        }
      for (guint prediction = 1; prediction < 3; prediction++)
        for (guint i = 0; i < N; i++)
          limn_assert_near (limn_sampler_get_x (runs[prediction].sampler)[i], limn_sampler_get_x (runs[0].sampler)[i],
                            1e-11); /* 2e-13 measured; the field itself amplifies */
      for (guint prediction = 0; prediction < 3; prediction++)
        run_clear (&runs[prediction]);
    }
}

/* Samplers that must be one and the same when their noise or their memory is taken away. */
static void
test_relations (void)
{
  static const struct
  {
    LimnSamplerKind kind;
    double          eta;
    guint           order; /* 0: the default */
    LimnSamplerKind same;
    double          same_eta;
  } pairs[] = {
    { LIMN_SAMPLER_EULER_A, 0, 0, LIMN_SAMPLER_EULER, 0 },
    { LIMN_SAMPLER_DPM2_A, 0, 0, LIMN_SAMPLER_DPM2, 0 },
    { LIMN_SAMPLER_DPMPP_2M_SDE, 0, 0, LIMN_SAMPLER_DPMPP_2M, 0 },
    { LIMN_SAMPLER_DPMPP_SDE, 0, 0, LIMN_SAMPLER_DPMPP_2S_A, 0 },
    { LIMN_SAMPLER_DPMPP_2M, 0, 1, LIMN_SAMPLER_EULER, 0 },
    { LIMN_SAMPLER_DPMPP_3M_SDE, 0, 1, LIMN_SAMPLER_EULER, 0 },
    { LIMN_SAMPLER_LMS, 0, 1, LIMN_SAMPLER_EULER, 0 },
    { LIMN_SAMPLER_DDIM, 0, 0, LIMN_SAMPLER_EULER, 0 },
    { LIMN_SAMPLER_DDIM, 1, 0, LIMN_SAMPLER_DDPM, 1 },
    { LIMN_SAMPLER_DDIM, 1, 0, LIMN_SAMPLER_EULER_A, 1 },
  };
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_KARRAS, STEPS);

  for (gsize p = 0; p < G_N_ELEMENTS (pairs); p++)
    {
      Run runs[2];

      for (guint side = 0; side < 2; side++)
        {
          LimnSamplerKind kind = side ? pairs[p].same : pairs[p].kind;
          LimnSamplerParams params;

          limn_sampler_params_init (&params, kind, N);
          params.eta = side ? pairs[p].same_eta : pairs[p].eta;
          if (!side && pairs[p].order)
            params.order = pairs[p].order;
          run_init_params (&runs[side], kind, &params, schedule);
        }
      for (guint step = 1; step <= STEPS; step++)
        {
          run_to (&runs[0], step);
          run_to (&runs[1], step);
          for (guint i = 0; i < N; i++)
            limn_assert_near (
              limn_sampler_get_x (runs[0].sampler)[i] * limn_sampler_get_preview_scale (runs[0].sampler),
              limn_sampler_get_x (runs[1].sampler)[i] * limn_sampler_get_preview_scale (runs[1].sampler), 1e-11);
        }
      run_clear (&runs[0]);
      run_clear (&runs[1]);
    }
}

/* LCM is x0 plus fresh noise of the next sigma. */
static void
test_lcm (void)
{
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_SGM_UNIFORM, 4);
  g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CPU, 99);
  double start[N], x[N], denoised[N], fresh[N];
  Run run;

  run_init (&run, LIMN_SAMPLER_LCM, schedule);
  limn_noise_draw (noise, N, start);
  memcpy (x, limn_sampler_get_x (run.sampler), sizeof x);
  for (guint step = 0; step < 4; step++)
    {
      limn_test_field_mean (&run.field, x, schedule->sigma[step], denoised);
      memset (fresh, 0, sizeof fresh);
      if (step < 3)
        limn_noise_draw (noise, N, fresh);
      for (guint i = 0; i < N; i++)
        x[i] = denoised[i] + schedule->sigma[step + 1] * fresh[i];
      run_to (&run, step + 1);
      for (guint i = 0; i < N; i++)
        limn_assert_near (limn_sampler_get_x (run.sampler)[i], x[i], 1e-12);
    }
  run_clear (&run);
}

/* Noise of DPM++ SDE: with a network that always answers x0 = 0 the noise can be read off x, and the second of a
 * step must be made of the first and of another. */
typedef struct
{
  double mid_input[N];
  double mid_sigma;
} Probe;

static gboolean
answer_zero (gpointer data, const LimnDenoiseInput *input, double *prediction, GError **error)
{
  Probe *probe = data;

  if (input->call == 1)
    {
      for (gsize i = 0; i < N; i++)
        probe->mid_input[i] = input->x[i] * sqrt (1 + input->sigma * input->sigma);
      probe->mid_sigma = input->sigma;
    }
  memset (prediction, 0, N * sizeof *prediction);
  return TRUE;
}

static void
test_brownian (void)
{
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_KARRAS, STEPS);
  g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CPU, 4);
  g_autoptr(LimnNoise) copy = limn_noise_new (LIMN_NOISE_CPU, 4);
  g_autoptr(LimnSampler) sampler = NULL;
  LimnSamplerParams params;
  double start[N] = { 0 }, a[N], b[N];
  double from = schedule->sigma[0], to = schedule->sigma[1], mid, up_mid, up_to;
  Probe probe;

  limn_sampler_params_init (&params, LIMN_SAMPLER_DPMPP_SDE, N);
  params.prediction = LIMN_PREDICTION_SAMPLE;
  sampler = limn_sampler_new (LIMN_SAMPLER_DPMPP_SDE, &params, schedule, noise, answer_zero, &probe, NULL);
  limn_sampler_start_raw (sampler, 0, start);
  g_assert_true (limn_sampler_step (sampler, NULL));
  limn_noise_draw (copy, N, a);
  limn_noise_draw (copy, N, b);
  mid = probe.mid_sigma;
  limn_assert_near (mid, sqrt (from * to), 1e-13);
  up_mid = mid * sqrt (1 - mid * mid / (from * from));
  up_to = to * sqrt (1 - to * to / (from * from));
  for (guint i = 0; i < N; i++)
    {
      double second = (sqrt (from - mid) * a[i] + sqrt (mid - to) * b[i]) / sqrt (from - to);

      limn_assert_near (probe.mid_input[i], up_mid * a[i], 1e-12);
      limn_assert_near (limn_sampler_get_x (sampler)[i], up_to * second, 1e-12);
    }
}

/* DDPM's variance types, by a network that answers epsilon = 0 and, where asked, its second half = @learned. */
static gboolean
answer_variance (gpointer data, const LimnDenoiseInput *input, double *prediction, GError **error)
{
  const double *learned = data;

  for (gsize i = 0; i < N; i++)
    prediction[i] = 0;
  if (learned)
    for (gsize i = 0; i < N; i++)
      prediction[N + i] = *learned;
  return TRUE;
}

static double
ddpm_first_deviation (LimnVariance variance, const double *learned, const LimnSchedule *schedule)
{
  g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CPU, 4);
  g_autoptr(LimnNoise) copy = limn_noise_new (LIMN_NOISE_CPU, 4);
  g_autoptr(LimnSampler) sampler = NULL;
  LimnSamplerParams params;
  double start[N] = { 0 }, drawn[N], deviation;

  limn_sampler_params_init (&params, LIMN_SAMPLER_DDPM, N);
  params.variance = variance;
  sampler = limn_sampler_new (LIMN_SAMPLER_DDPM, &params, schedule, noise, answer_variance, (gpointer) learned, NULL);
  g_assert_nonnull (sampler);
  limn_sampler_start_raw (sampler, 0, start);
  g_assert_true (limn_sampler_step (sampler, NULL));
  limn_noise_draw (copy, N, drawn);
  /* x = 0 and epsilon = 0 leave nothing but the noise */
  deviation = limn_sampler_get_x (sampler)[0] / drawn[0];
  for (guint i = 1; i < N; i++)
    limn_assert_near (limn_sampler_get_x (sampler)[i], deviation * drawn[i], 1e-12);
  return deviation;
}

static void
test_ddpm_variance (void)
{
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_TRAILING, 10);
  double a = schedule->alpha_bar[0], b = schedule->alpha_bar[1];
  double large = 1 - a / b, small = (1 - b) / (1 - a) * large; /* Ho et al. 2020, section 3.2 */
  static const double minus_one = -1, zero = 0, one = 1, half = 0.5, quarter = 0.25;

  limn_assert_near (ddpm_first_deviation (LIMN_VARIANCE_FIXED_SMALL, NULL, schedule), sqrt (small), 1e-13);
  limn_assert_near (ddpm_first_deviation (LIMN_VARIANCE_FIXED_SMALL_LOG, NULL, schedule), sqrt (small), 1e-13);
  limn_assert_near (ddpm_first_deviation (LIMN_VARIANCE_FIXED_LARGE, NULL, schedule), sqrt (large), 1e-13);
  limn_assert_near (ddpm_first_deviation (LIMN_VARIANCE_FIXED_LARGE_LOG, NULL, schedule), sqrt (large), 1e-13);
  limn_assert_near (ddpm_first_deviation (LIMN_VARIANCE_LEARNED, &quarter, schedule), 0.5, 1e-13);
  /* Nichol & Dhariwal 2021, equation 15: v from -1 to 1 goes from small to large on a logarithmic scale */
  limn_assert_near (ddpm_first_deviation (LIMN_VARIANCE_LEARNED_RANGE, &minus_one, schedule), sqrt (small), 1e-13);
  limn_assert_near (ddpm_first_deviation (LIMN_VARIANCE_LEARNED_RANGE, &one, schedule), sqrt (large), 1e-13);
  limn_assert_near (ddpm_first_deviation (LIMN_VARIANCE_LEARNED_RANGE, &zero, schedule), pow (small * large, 0.25),
                    1e-13);
  limn_assert_near (ddpm_first_deviation (LIMN_VARIANCE_LEARNED_RANGE, &half, schedule),
                    pow (small, 0.125) * pow (large, 0.375), 1e-13);
}

/* DDPM ends at the picture itself, also where set_alpha_to_one is false and DDIM would stop short of it. */
static void
test_ddpm_end (void)
{
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_MODEL, STEPS);
  Run run;

  g_assert_cmpfloat (schedule->alpha_bar_prev[STEPS - 1], <, 1);
  run_init (&run, LIMN_SAMPLER_DDPM, schedule);
  run_to (&run, STEPS);
  g_assert_cmpmem (limn_sampler_get_x (run.sampler), N * sizeof (double), limn_sampler_get_denoised (run.sampler),
                   N * sizeof (double));
  run_clear (&run);
}

/* What the callback is told: the step, the call within it, and one time in three languages. */
static gboolean
check_input (gpointer data, const LimnDenoiseInput *input, double *prediction, GError **error)
{
  LimnSampler *const *sampler = data;
  const LimnSchedule *schedule = limn_sampler_get_schedule (*sampler);
  guint step = limn_sampler_get_step (*sampler);

  g_assert_cmpuint (input->n, ==, N);
  g_assert_cmpuint (input->step, ==, step);
  g_assert_cmpuint (input->call, <, 2);
  if (input->call == 0)
    g_assert_cmpfloat (input->timestep, ==, schedule->timestep[step]);
  limn_assert_near (input->alpha_bar, 1 / (1 + input->sigma * input->sigma), 1e-12);
  limn_assert_near (limn_alphas_sigma_to_t (schedule->alphas, input->sigma), input->timestep, 1e-9);
  memcpy (prediction, input->x, N * sizeof *prediction);
  return TRUE;
}

static void
test_input (void)
{
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_LEADING, STEPS);
  double start[N];

  for (guint i = 0; i < N; i++)
    start[i] = i;
  for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
    {
      g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CUDA, 1);
      g_autoptr(LimnSampler) sampler = NULL;
      LimnSamplerParams params;

      limn_sampler_params_init (&params, kind, N);
      sampler = limn_sampler_new (kind, &params, schedule, noise, check_input, &sampler, NULL);
      limn_sampler_start (sampler, 0, NULL, start);
      while (!limn_sampler_is_done (sampler))
        g_assert_true (limn_sampler_step (sampler, NULL));
    }
}

/* eta and churn leave those samplers alone that do not obey them. */
static void
test_ignored (void)
{
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_KARRAS, STEPS);

  for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
    {
      const LimnSamplerFacts *facts = limn_sampler_get_facts (kind);
      LimnSamplerParams params;
      Run plain, asked;

      limn_sampler_params_init (&params, kind, N);
      run_init_params (&plain, kind, &params, schedule);
      run_to (&plain, STEPS);
      params.eta = facts->has_eta ? params.eta : 0.6;
      params.s_churn = facts->has_churn ? 0 : 2;
      run_init_params (&asked, kind, &params, schedule);
      run_to (&asked, STEPS);
      assert_same_bits (&plain, &asked);
      run_clear (&plain);
      run_clear (&asked);
    }
}

/* From a picture: x0 plus noise at the level of the first step done, in either space; and what a preview shows. */
static void
test_start (void)
{
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_LEADING, STEPS);
  double latent[N], noise[N];

  for (guint i = 0; i < N; i++)
    {
      latent[i] = cos (i);
      noise[i] = sin (3 * i);
    }
  for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
    {
      LimnSpace space = limn_sampler_get_facts (kind)->space;
      double a = schedule->alpha_bar[3], sigma = schedule->sigma[0];
      Run run;

      run_init (&run, kind, schedule);
      limn_sampler_start (run.sampler, 3, latent, noise);
      g_assert_cmpfloat (limn_sampler_get_timestep (run.sampler), ==, schedule->timestep[3]);
      for (guint i = 0; i < N; i++)
        limn_assert_near (limn_sampler_get_x (run.sampler)[i] * limn_sampler_get_preview_scale (run.sampler),
                          sqrt (a) * latent[i] + sqrt (1 - a) * noise[i], 1e-13);
      run_to (&run, STEPS);
      limn_sampler_start (run.sampler, 0, NULL, noise);
      g_assert_null (limn_sampler_get_denoised (run.sampler));
      for (guint i = 0; i < N; i++)
        limn_assert_near (limn_sampler_get_x (run.sampler)[i],
                          noise[i] * (space == LIMN_SPACE_VP ? 1 : sqrt (1 + sigma * sigma)), 1e-13);
      run_clear (&run);
    }
  {
    LimnSamplerParams params;
    Run run;

    limn_sampler_params_init (&params, LIMN_SAMPLER_EULER, N);
    params.start = LIMN_START_SIGMA;
    run_init_params (&run, LIMN_SAMPLER_EULER, &params, schedule);
    limn_sampler_start (run.sampler, 0, NULL, noise);
    limn_assert_near (limn_sampler_get_x (run.sampler)[1], noise[1] * schedule->sigma[0], 1e-13);
    run_clear (&run);
  }
}

/* A schedule that begins with noise alone: v-prediction works with every sampler, epsilon is refused where alpha-bar 0
 * would be divided by. */
static void
test_zero_terminal_snr (void)
{
  g_autoptr(LimnAlphas) alphas = new_alphas (TRUE);
  g_autoptr(LimnSchedule) schedule = limn_schedule_new (alphas, LIMN_SCHEDULE_TRAILING, STEPS, NULL);
  g_autoptr(GError) error = NULL;
  LimnSamplerParams params;

  for (guint kind = 0; kind < LIMN_SAMPLER_N_KINDS; kind++)
    {
      Run run;

      limn_sampler_params_init (&params, kind, N);
      params.prediction = LIMN_PREDICTION_V;
      run_init_params (&run, kind, &params, schedule);
      run_to (&run, STEPS);
      for (guint i = 0; i < N; i++)
        /* The field's pictures: the means are within 1.5, and 5 of the larger spread */
        g_assert_cmpfloat (fabs (limn_sampler_get_x (run.sampler)[i]), <, 1.5 + 5 * 0.5);
      run_clear (&run);
    }
  limn_sampler_params_init (&params, LIMN_SAMPLER_DDIM, N);
  g_assert_null (limn_sampler_new (LIMN_SAMPLER_DDIM, &params, schedule, NULL, limn_test_field_denoise, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
}

static gboolean
answer_nan (gpointer data, const LimnDenoiseInput *input, double *prediction, GError **error)
{
  memset (prediction, 0, N * sizeof *prediction);
  prediction[N - 1] = NAN;
  return TRUE;
}

static void
test_bad (void)
{
  static const LimnSamplerKind euler = LIMN_SAMPLER_EULER;
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_MODEL, STEPS);
  g_autoptr(LimnSampler) sampler = NULL;
  g_autoptr(GError) error = NULL;
  LimnSamplerParams good, bad;
  double start[N] = { 0 };

  limn_sampler_params_init (&good, euler, N);
#define REFUSED(kind, code, ...)                                                                                       \
  do                                                                                                                   \
    {                                                                                                                  \
      g_autoptr(GError) cause = NULL;                                                                                 \
                                                                                                                       \
      bad = good;                                                                                                      \
      __VA_ARGS__;                                                                                                     \
      g_assert_null (limn_sampler_new (kind, &bad, schedule, NULL, answer_nan, NULL, &cause));                         \
      g_assert_error (cause, LIMN_ERROR, code);                                                                        \
    }                                                                                                                  \
  while (0)
  REFUSED (euler, LIMN_ERROR_INVALID, bad.eta = NAN);
  REFUSED (euler, LIMN_ERROR_INVALID, bad.eta = -1);
  REFUSED (euler, LIMN_ERROR_INVALID, bad.s_churn = NAN);
  REFUSED (euler, LIMN_ERROR_INVALID, bad.s_noise = INFINITY);
  REFUSED (euler, LIMN_ERROR_INVALID, bad.n = 0);
  REFUSED (euler, LIMN_ERROR_INVALID, bad.n = G_MAXSIZE / 8);
  REFUSED (euler, LIMN_ERROR_INVALID, bad.order = 2);
  REFUSED (LIMN_SAMPLER_LMS, LIMN_ERROR_INVALID, bad.order = 0);
  REFUSED (LIMN_SAMPLER_UNIPC, LIMN_ERROR_INVALID, bad.order = 4);
  REFUSED (euler, LIMN_ERROR_UNSUPPORTED, bad.variance = LIMN_VARIANCE_LEARNED_RANGE);
#undef REFUSED
  sampler = limn_sampler_new (euler, &good, schedule, NULL, answer_nan, NULL, &error);
  limn_sampler_start_raw (sampler, 0, start);
  g_assert_false (limn_sampler_step (sampler, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_assert_cmpuint (limn_sampler_get_step (sampler), ==, 0);
}

/* A state that does not fit is refused, and changes nothing. */
static void
test_load_damaged (void)
{
  g_autoptr(LimnSchedule) schedule = new_schedule (LIMN_SCHEDULE_KARRAS, STEPS);
  g_autoptr(GPtrArray) before = NULL;
  Run run, other;

  run_init (&run, LIMN_SAMPLER_UNIPC, schedule);
  run_to (&run, 4);
  before = limn_sampler_save (run.sampler);
  run_init (&other, LIMN_SAMPLER_PLMS, schedule);
  g_assert_false (limn_sampler_load (other.sampler, before, NULL));
  for (guint i = 0; i < before->len; i++)
    for (guint damage = 0; damage < 4; damage++)
      {
        g_autoptr(GPtrArray) state = limn_sampler_save (run.sampler);
        g_autoptr(GPtrArray) after = NULL;
        g_autoptr(GError) error = NULL;
        LimnSamplerArray *array = state->pdata[i];

        if (damage == 0)
          g_ptr_array_remove_index (state, i); /* and frees it */
        else if (damage == 1)
          array->n--;
        else if (damage == 2)
          array->values[0] = NAN;
        else
          array->values[array->n - 1] = INFINITY;
        g_assert_false (limn_sampler_load (run.sampler, state, &error));
        g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
        after = limn_sampler_save (run.sampler);
        assert_same_state (before, after);
      }
  run_clear (&run);
  run_clear (&other);
}

void
limn_test_sampler_add (void)
{
  g_test_add_func ("/diffusion/sampler/facts", test_facts);
  g_test_add_func ("/diffusion/sampler/save", test_save);
  g_test_add_func ("/diffusion/sampler/failing-call", test_failing_call);
  g_test_add_func ("/diffusion/sampler/predictions", test_predictions);
  g_test_add_func ("/diffusion/sampler/relations", test_relations);
  g_test_add_func ("/diffusion/sampler/lcm", test_lcm);
  g_test_add_func ("/diffusion/sampler/brownian", test_brownian);
  g_test_add_func ("/diffusion/sampler/ddpm-variance", test_ddpm_variance);
  g_test_add_func ("/diffusion/sampler/ddpm-end", test_ddpm_end);
  g_test_add_func ("/diffusion/sampler/input", test_input);
  g_test_add_func ("/diffusion/sampler/ignored", test_ignored);
  g_test_add_func ("/diffusion/sampler/start", test_start);
  g_test_add_func ("/diffusion/sampler/zero-terminal-snr", test_zero_terminal_snr);
  g_test_add_func ("/diffusion/sampler/bad", test_bad);
  g_test_add_func ("/diffusion/sampler/load-damaged", test_load_damaged);
}
