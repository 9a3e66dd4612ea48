/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-diffusion.h"

#include "base/limn-error.h"
#include "diffusion/limn-schedule.h"

#include <math.h>

static LimnAlphas *
new_default (void)
{
  LimnSchedulerConfig config;
  LimnAlphas *alphas;

  limn_scheduler_config_init (&config);
  alphas = limn_alphas_new (&config, NULL);
  g_assert_nonnull (alphas);
  return alphas;
}

/* torch.cumprod (1 - torch.linspace (0.00085 ** 0.5, 0.012 ** 0.5, 1000) ** 2, 0), to an ulp of float32 at 1. */
static void
test_float32 (void)
{
  static const struct
  {
    guint  t;
    double bar;
  } want[] = {
    { 0, 0.999149978 },   { 1, 0.998296022 },   { 250, 0.673792303 },   { 499, 0.27766946 },
    { 500, 0.276332498 }, { 750, 0.0561698116 }, { 999, 0.00466009602 },
  };
  g_autoptr(LimnAlphas) alphas = new_default ();

  for (gsize i = 0; i < G_N_ELEMENTS (want); i++)
    limn_assert_near (limn_alphas_get_bars (alphas)[want[i].t], want[i].bar, 0x1p-23);
}

static void
test_betas (void)
{
  static const double trained[] = { 0.1, 0.2, 0.5 };
  LimnSchedulerConfig config;

  limn_scheduler_config_init (&config);
  config.precision = LIMN_PRECISION_FLOAT64;
  for (guint kind = LIMN_BETAS_SCALED_LINEAR; kind <= LIMN_BETAS_COSINE; kind++)
    {
      g_autoptr(LimnAlphas) alphas = NULL;
      double product = 1;

      config.beta_schedule = kind;
      alphas = limn_alphas_new (&config, NULL);
      for (guint i = 0; i < 1000; i++)
        {
          double part = i / 999.0, beta;
          double low = sqrt (0.00085), high = sqrt (0.012);

          if (kind == LIMN_BETAS_LINEAR)
            beta = 0.00085 + part * (0.012 - 0.00085);
          else if (kind == LIMN_BETAS_SCALED_LINEAR)
            beta = pow (low + part * (high - low), 2);
          else
            beta = limn_alphas_get_betas (alphas)[i];
          product *= 1 - beta;
          limn_assert_near (limn_alphas_get_betas (alphas)[i], beta, 1e-15);
          if (kind == LIMN_BETAS_COSINE && i < 998)
            /* Nichol & Dhariwal 2021, equation 17: alpha-bar is known itself, until the betas are capped */
            product = pow (cos (((i + 1) / 1000.0 + 0.008) / 1.008 * G_PI / 2) / cos (0.008 / 1.008 * G_PI / 2), 2);
          limn_assert_near (limn_alphas_get_bars (alphas)[i], product, 1e-12);
        }
    }
  config.beta_schedule = LIMN_BETAS_TRAINED;
  config.trained_betas = trained;
  config.n_trained_betas = config.num_train_timesteps = G_N_ELEMENTS (trained);
  {
    g_autoptr(LimnAlphas) alphas = limn_alphas_new (&config, NULL);

    limn_assert_near (limn_alphas_get_bars (alphas)[2], 0.9 * 0.8 * 0.5, 1e-15);
    g_assert_true (limn_alphas_get_config (alphas)->trained_betas != trained);
  }
}

/* Lin et al. 2023, algorithm 1: the last alpha-bar is 0, the first stays, the square roots are an affine map. */
static void
test_zero_terminal_snr (void)
{
  g_autoptr(LimnAlphas) plain = NULL;
  g_autoptr(LimnAlphas) rescaled = NULL;
  g_autoptr(LimnSchedule) schedule = NULL;
  LimnSchedulerConfig config;
  double first, last;

  limn_scheduler_config_init (&config);
  config.precision = LIMN_PRECISION_FLOAT64;
  config.prediction_type = LIMN_PREDICTION_V;
  plain = limn_alphas_new (&config, NULL);
  config.rescale_betas_zero_snr = TRUE;
  rescaled = limn_alphas_new (&config, NULL);
  first = sqrt (limn_alphas_get_bars (plain)[0]);
  last = sqrt (limn_alphas_get_bars (plain)[999]);
  g_assert_cmpfloat (limn_alphas_get_bars (rescaled)[999], ==, 0);
  for (guint i = 0; i < 1000; i++)
    limn_assert_near (sqrt (limn_alphas_get_bars (rescaled)[i]),
                      (sqrt (limn_alphas_get_bars (plain)[i]) - last) * first / (first - last), 1e-12);
  limn_assert_near (limn_alphas_t_to_sigma (rescaled, 999), sqrt (0x1p24 - 1), 1e-8);
  schedule = limn_schedule_new (rescaled, LIMN_SCHEDULE_TRAILING, 10, NULL);
  g_assert_cmpfloat (schedule->alpha_bar[0], ==, 0);
  g_assert_cmpfloat (schedule->sigma[0], <, 4097);
}

static void
test_sigma_and_t (void)
{
  g_autoptr(LimnAlphas) alphas = new_default ();

  for (double t = 0; t <= 999; t += 0.37)
    limn_assert_near (limn_alphas_sigma_to_t (alphas, limn_alphas_t_to_sigma (alphas, t)), t, 1e-9);
  for (guint t = 0; t < 1000; t++)
    {
      double bar = limn_alphas_get_bars (alphas)[t];

      limn_assert_near (limn_alphas_t_to_sigma (alphas, t), sqrt ((1 - bar) / bar), 1e-13 * 15);
    }
  /* half-way between two timesteps lies their geometric mean */
  limn_assert_near (limn_alphas_t_to_sigma (alphas, 500.5),
                    sqrt (limn_alphas_t_to_sigma (alphas, 500) * limn_alphas_t_to_sigma (alphas, 501)), 1e-14);
  g_assert_cmpfloat (limn_alphas_sigma_to_t (alphas, 0), ==, 0);
  g_assert_cmpfloat (limn_alphas_sigma_to_t (alphas, 1e9), ==, 999);
  g_assert_cmpfloat (limn_alphas_t_to_sigma (alphas, -3), ==, limn_alphas_t_to_sigma (alphas, 0));
  g_assert_cmpfloat (limn_alphas_t_to_sigma (alphas, 2000), ==, limn_alphas_t_to_sigma (alphas, 999));
}

static void
assert_timesteps (LimnAlphas *alphas, LimnScheduleKind kind, guint n, const double *want)
{
  g_autoptr(LimnSchedule) schedule = limn_schedule_new (alphas, kind, n, NULL);

  g_assert_nonnull (schedule);
  for (guint i = 0; i < schedule->n_steps; i++)
    limn_assert_near (schedule->timestep[i], want[i], 1e-9);
  g_assert_cmpfloat (schedule->sigma[schedule->n_steps], ==, 0);
}

/* diffusers 0.21.4, 6 steps, steps_offset 1; Limn's own kinds by their definition. */
static void
test_spacing (void)
{
  static const double leading[] = { 831, 665, 499, 333, 167, 1 };
  static const double trailing[] = { 999, 832, 666, 499, 332, 166 };
  static const double linspace[] = { 999, 799, 599, 400, 200, 0 };
  static const double discrete[] = { 999, 799.2, 599.4, 399.6, 199.8, 0 };
  static const double sgm[] = { 999, 832.5, 666, 499.5, 333, 166.5 };
  /* CompVis: range (0, 1000, 1000 // 6) + 1 makes 7 of 6 */
  static const double uniform[] = { 997, 831, 665, 499, 333, 167, 1 };
  /* range (0, 1000, 1000 // 3) + 1 ends at 1000, which A1111 clips */
  static const double clipped[] = { 999, 667, 334, 1 };
  g_autoptr(LimnAlphas) alphas = new_default ();

  assert_timesteps (alphas, LIMN_SCHEDULE_MODEL, 6, leading);
  assert_timesteps (alphas, LIMN_SCHEDULE_LEADING, 6, leading);
  assert_timesteps (alphas, LIMN_SCHEDULE_TRAILING, 6, trailing);
  assert_timesteps (alphas, LIMN_SCHEDULE_LINSPACE, 6, linspace);
  assert_timesteps (alphas, LIMN_SCHEDULE_DISCRETE, 6, discrete);
  assert_timesteps (alphas, LIMN_SCHEDULE_SGM_UNIFORM, 6, sgm);
  assert_timesteps (alphas, LIMN_SCHEDULE_DDIM_UNIFORM, 6, uniform);
  assert_timesteps (alphas, LIMN_SCHEDULE_DDIM_UNIFORM, 3, clipped);
}

/* Karras: sigma^(1/7) evenly spaced. Exponential: equal ratios. Both between the model's ends. */
static void
test_between (void)
{
  enum
  {
    N = 11
  };
  g_autoptr(LimnAlphas) alphas = new_default ();
  g_autoptr(LimnSchedule) karras = limn_schedule_new (alphas, LIMN_SCHEDULE_KARRAS, N, NULL);
  g_autoptr(LimnSchedule) exponential = limn_schedule_new (alphas, LIMN_SCHEDULE_EXPONENTIAL, N, NULL);
  double low = limn_alphas_t_to_sigma (alphas, 0), high = limn_alphas_t_to_sigma (alphas, 999);

  for (guint i = 0; i < N; i++)
    {
      double part = i / (N - 1.0);
      double root = (1 - part) * pow (high, 1 / 7.0) + part * pow (low, 1 / 7.0);

      limn_assert_near (karras->sigma[i], pow (root, 7), 1e-13 * high);
      limn_assert_near (exponential->sigma[i], pow (high, 1 - part) * pow (low, part), 1e-13 * high);
      limn_assert_near (limn_alphas_t_to_sigma (alphas, karras->timestep[i]), karras->sigma[i], 1e-12 * high);
      limn_assert_near (karras->alpha_bar[i], 1 / (1 + karras->sigma[i] * karras->sigma[i]), 1e-15);
    }
  g_assert_cmpfloat (karras->alpha_bar_prev[N - 1], ==, 1);
}

/* use_karras_sigmas: over the range of the timesteps that the model's spacing would take. */
static void
test_model_karras (void)
{
  g_autoptr(LimnAlphas) alphas = NULL;
  g_autoptr(LimnSchedule) schedule = NULL;
  LimnSchedulerConfig config;

  limn_scheduler_config_init (&config);
  config.use_karras_sigmas = TRUE;
  alphas = limn_alphas_new (&config, NULL);
  schedule = limn_schedule_new (alphas, LIMN_SCHEDULE_MODEL, 10, NULL);
  limn_assert_near (schedule->timestep[0], 901, 1e-9);
  limn_assert_near (schedule->timestep[9], 1, 1e-9);
}

/* DDIM's last step ends at alpha-bar of timestep 0, or at 1 with set_alpha_to_one. */
static void
test_end (void)
{
  LimnSchedulerConfig config;

  limn_scheduler_config_init (&config);
  for (guint one = 0; one <= 1; one++)
    {
      g_autoptr(LimnAlphas) alphas = NULL;
      g_autoptr(LimnSchedule) schedule = NULL;
      g_autoptr(LimnSchedule) copy = NULL;

      config.set_alpha_to_one = one;
      alphas = limn_alphas_new (&config, NULL);
      schedule = limn_schedule_new (alphas, LIMN_SCHEDULE_MODEL, 20, NULL);
      copy = limn_schedule_copy (schedule);
      g_assert_cmpfloat (copy->alpha_bar_prev[19], ==, one ? 1 : limn_alphas_get_bars (alphas)[0]);
      for (guint i = 0; i < 19; i++)
        g_assert_cmpfloat (copy->alpha_bar_prev[i], ==, schedule->alpha_bar[i + 1]);
    }
}

/* Every kind makes every number of steps, falling strictly. */
static void
test_all_steps (void)
{
  g_autoptr(LimnAlphas) alphas = new_default ();

  for (guint kind = LIMN_SCHEDULE_MODEL; kind <= LIMN_SCHEDULE_DDIM_UNIFORM; kind++)
    for (guint n = LIMN_STEPS_MIN; n <= LIMN_STEPS_MAX; n++)
      {
        g_autoptr(GError) error = NULL;
        g_autoptr(LimnSchedule) schedule = limn_schedule_new (alphas, kind, n, &error);

        g_assert_no_error (error);
        if (kind != LIMN_SCHEDULE_DDIM_UNIFORM)
          g_assert_cmpuint (schedule->n_steps, ==, n);
        for (guint i = 0; i < schedule->n_steps; i++)
          {
            g_assert_cmpfloat (schedule->sigma[i], >, schedule->sigma[i + 1]);
            g_assert_cmpfloat (schedule->alpha_bar[i], <, schedule->alpha_bar[i + 1]);
          }
      }
}

static void
assert_refused (const LimnSchedulerConfig *config, LimnErrorCode code)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (limn_alphas_new (config, &error));
  g_assert_error (error, LIMN_ERROR, (int) code);
}

static void
test_bad_config (void)
{
  static const double betas[] = { 0.1, 0.2, NAN };
  LimnSchedulerConfig good, bad;

  limn_scheduler_config_init (&good);
#define REFUSED(code, ...)                                                                                             \
  do                                                                                                                   \
    {                                                                                                                  \
      bad = good;                                                                                                      \
      __VA_ARGS__;                                                                                                     \
      assert_refused (&bad, code);                                                                                     \
    }                                                                                                                  \
  while (0)
  REFUSED (LIMN_ERROR_INVALID, bad.beta_start = NAN);
  REFUSED (LIMN_ERROR_INVALID, bad.beta_start = 0);
  REFUSED (LIMN_ERROR_INVALID, bad.beta_end = 1);
  REFUSED (LIMN_ERROR_INVALID, bad.beta_start = 0.02);
  REFUSED (LIMN_ERROR_INVALID, bad.num_train_timesteps = 1);
  REFUSED (LIMN_ERROR_INVALID, bad.num_train_timesteps = 4000000000u);
  REFUSED (LIMN_ERROR_INVALID, bad.steps_offset = 1000);
  REFUSED (LIMN_ERROR_INVALID, bad.use_karras_sigmas = bad.use_exponential_sigmas = TRUE);
  REFUSED (LIMN_ERROR_INVALID, bad.rescale_betas_zero_snr = TRUE);
  REFUSED (LIMN_ERROR_INVALID, bad.trained_betas = betas; bad.n_trained_betas = 3);
  REFUSED (LIMN_ERROR_INVALID, bad.beta_schedule = LIMN_BETAS_TRAINED);
  REFUSED (LIMN_ERROR_INVALID, bad.beta_schedule = LIMN_BETAS_TRAINED; bad.trained_betas = betas;
           bad.n_trained_betas = 3; bad.num_train_timesteps = 3);
  REFUSED (LIMN_ERROR_UNSUPPORTED, bad.clip_sample = TRUE);
  REFUSED (LIMN_ERROR_UNSUPPORTED, bad.thresholding = TRUE);
#undef REFUSED
}

static void
test_bad_steps (void)
{
  static const double rising[] = { 1, 2, 0 }, negative[] = { 1, -1, -2 }, flat[] = { 1, 1, 0 }, nan[] = { NAN, 1, 0 };
  static const double *const sigmas[] = { rising, negative, flat, nan };
  static const guint counts[] = { 0, 1000, 4000000000u };
  g_autoptr(LimnAlphas) alphas = new_default ();
  LimnSchedulerConfig config;

  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (limn_schedule_new (alphas, LIMN_SCHEDULE_KARRAS, counts[i], &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (sigmas); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (limn_schedule_new_from_sigmas (alphas, 2, sigmas[i], &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
    }
  limn_scheduler_config_init (&config);
  config.num_train_timesteps = 50;
  {
    g_autoptr(LimnAlphas) few = limn_alphas_new (&config, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_null (limn_schedule_new (few, LIMN_SCHEDULE_TRAILING, 51, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
    g_clear_error (&error);
    /* 50 leading steps with offset 1 would begin at timestep 50, which there is not */
    g_assert_null (limn_schedule_new (few, LIMN_SCHEDULE_LEADING, 50, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  }
}

static void
test_names (void)
{
  const char *const *names = limn_schedule_kind_list_names ();
  g_autoptr(GError) error = NULL;
  LimnPrediction prediction;
  LimnScheduleKind kind;
  LimnVariance variance;
  LimnSpacing spacing;
  LimnBetas betas;

  for (guint i = 0; names[i]; i++)
    {
      g_assert_true (limn_schedule_kind_from_name (names[i], &kind, NULL));
      g_assert_cmpuint (kind, ==, i);
      g_assert_cmpstr (limn_schedule_kind_get_name (kind), ==, names[i]);
    }
  g_assert_cmpstr (limn_schedule_kind_get_display_name (LIMN_SCHEDULE_KARRAS), ==, "Karras");
  g_assert_false (limn_schedule_kind_from_name ("karas", &kind, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "sgm-uniform"));
  g_assert_true (limn_betas_from_name ("squaredcos_cap_v2", &betas, NULL));
  g_assert_true (limn_spacing_from_name ("trailing", &spacing, NULL));
  g_assert_true (limn_variance_from_name ("learned_range", &variance, NULL));
  g_assert_true (limn_prediction_from_name ("v_prediction", &prediction, NULL));
  g_assert_cmpuint (prediction, ==, LIMN_PREDICTION_V);
  g_clear_error (&error);
  g_assert_false (limn_prediction_from_name (NULL, &prediction, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
}

void
limn_test_schedule_add (void)
{
  g_test_add_func ("/diffusion/schedule/float32", test_float32);
  g_test_add_func ("/diffusion/schedule/betas", test_betas);
  g_test_add_func ("/diffusion/schedule/zero-terminal-snr", test_zero_terminal_snr);
  g_test_add_func ("/diffusion/schedule/sigma-and-t", test_sigma_and_t);
  g_test_add_func ("/diffusion/schedule/spacing", test_spacing);
  g_test_add_func ("/diffusion/schedule/between", test_between);
  g_test_add_func ("/diffusion/schedule/model-karras", test_model_karras);
  g_test_add_func ("/diffusion/schedule/end", test_end);
  g_test_add_func ("/diffusion/schedule/all-steps", test_all_steps);
  g_test_add_func ("/diffusion/schedule/bad-config", test_bad_config);
  g_test_add_func ("/diffusion/schedule/bad-steps", test_bad_steps);
  g_test_add_func ("/diffusion/schedule/names", test_names);
}
