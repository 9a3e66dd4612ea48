/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "diffusion/limn-schedule.h"

#include "base/limn-error.h"

#include <math.h>
#include <string.h>

/* Two traps. Which floats PyTorch rounds decides the seventh digit of alpha-bar (4.7e-7 between double and float32
 * for SD 1.x), hence LimnBetasPrecision. And a zero terminal SNR has no sigma, so bars[] keeps the 0 for VP space
 * while log_sigmas[] has a large finite number in its place. */

/* diffusers: alphas_cumprod[-1] = 2 ** -24, "close to 0 without being 0" */
#define SMALLEST_BAR 0x1p-24

struct _LimnAlphas
{
  LimnSchedulerConfig config;
  guint               length;
  double             *betas;
  double             *bars;
  double             *log_sigmas;
};

/* Names */

typedef struct
{
  const char *name;
  int         value;
} Name;

static const Name betas_names[] = {
  { "scaled_linear", LIMN_BETAS_SCALED_LINEAR },
  { "linear", LIMN_BETAS_LINEAR },
  { "squaredcos_cap_v2", LIMN_BETAS_COSINE },
};

static const Name prediction_names[] = {
  { "epsilon", LIMN_PREDICTION_EPSILON },
  { "v_prediction", LIMN_PREDICTION_V },
  { "sample", LIMN_PREDICTION_SAMPLE },
};

static const Name spacing_names[] = {
  { "leading", LIMN_SPACING_LEADING },
  { "trailing", LIMN_SPACING_TRAILING },
  { "linspace", LIMN_SPACING_LINSPACE },
};

static const Name variance_names[] = {
  { "fixed_small", LIMN_VARIANCE_FIXED_SMALL },
  { "fixed_small_log", LIMN_VARIANCE_FIXED_SMALL_LOG },
  { "fixed_large", LIMN_VARIANCE_FIXED_LARGE },
  { "fixed_large_log", LIMN_VARIANCE_FIXED_LARGE_LOG },
  { "learned", LIMN_VARIANCE_LEARNED },
  { "learned_range", LIMN_VARIANCE_LEARNED_RANGE },
};

static gboolean
look_up (const Name *names, gsize n, const char *key, const char *name, int *value, GError **error)
{
  for (gsize i = 0; i < n; i++)
    if (g_strcmp0 (names[i].name, name) == 0)
      {
        *value = names[i].value;
        return TRUE;
      }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
               "The model's scheduler asks for the %s “%s”, which Limn does not know.", key, name ? name : "");
  return FALSE;
}

#define DEFINE_FROM_NAME(function, type, names, key)                                                                  \
  gboolean function (const char *name, type *value, GError **error)                                                   \
  {                                                                                                                   \
    int found;                                                                                                        \
                                                                                                                      \
    if (!look_up (names, G_N_ELEMENTS (names), key, name, &found, error))                                             \
      return FALSE;                                                                                                   \
    *value = found;                                                                                                   \
    return TRUE;                                                                                                      \
  }

DEFINE_FROM_NAME (limn_betas_from_name, LimnBetas, betas_names, "beta_schedule")
DEFINE_FROM_NAME (limn_prediction_from_name, LimnPrediction, prediction_names, "prediction_type")
DEFINE_FROM_NAME (limn_spacing_from_name, LimnSpacing, spacing_names, "timestep_spacing")
DEFINE_FROM_NAME (limn_variance_from_name, LimnVariance, variance_names, "variance_type")

const char *
limn_prediction_get_name (LimnPrediction value)
{
  return prediction_names[value].name;
}

/* The model's scheduler config */

void
limn_scheduler_config_init (LimnSchedulerConfig *config)
{
  *config = (LimnSchedulerConfig){
    .beta_schedule = LIMN_BETAS_SCALED_LINEAR,
    .precision = LIMN_PRECISION_FLOAT32,
    .beta_start = 0.00085,
    .beta_end = 0.012,
    .num_train_timesteps = 1000,
    .prediction_type = LIMN_PREDICTION_EPSILON,
    .timestep_spacing = LIMN_SPACING_LEADING,
    .steps_offset = 1,
    .variance_type = LIMN_VARIANCE_FIXED_SMALL,
  };
}

static gboolean
refuse (GError **error, LimnErrorCode code, const char *cause)
{
  g_set_error (error, LIMN_ERROR, code, "The model's scheduler config cannot be used: %s.", cause);
  return FALSE;
}

gboolean
limn_scheduler_config_check (const LimnSchedulerConfig *config, GError **error)
{
  /* 1000 everywhere; the limit only keeps a hostile file from asking for gigabytes. */
  if (config->num_train_timesteps < 2 || config->num_train_timesteps > 100000)
    return refuse (error, LIMN_ERROR_INVALID, "num_train_timesteps must be from 2 to 100000");
  if (config->beta_schedule == LIMN_BETAS_TRAINED)
    {
      if (!config->trained_betas || config->n_trained_betas != config->num_train_timesteps)
        return refuse (error, LIMN_ERROR_INVALID, "trained_betas must have num_train_timesteps numbers");
      for (guint i = 0; i < config->n_trained_betas; i++)
        if (!(config->trained_betas[i] > 0 && config->trained_betas[i] < 1))
          return refuse (error, LIMN_ERROR_INVALID, "every one of trained_betas must lie between 0 and 1");
    }
  else if (config->trained_betas)
    return refuse (error, LIMN_ERROR_INVALID, "trained_betas stand beside another beta_schedule");
  else if (config->beta_schedule != LIMN_BETAS_COSINE &&
           !(config->beta_start > 0 && config->beta_start <= config->beta_end && config->beta_end < 1))
    return refuse (error, LIMN_ERROR_INVALID, "it must be that 0 < beta_start <= beta_end < 1");
  if (config->steps_offset >= config->num_train_timesteps)
    return refuse (error, LIMN_ERROR_INVALID, "steps_offset must be less than num_train_timesteps");
  if (config->use_karras_sigmas && config->use_exponential_sigmas)
    return refuse (error, LIMN_ERROR_INVALID, "use_karras_sigmas and use_exponential_sigmas contradict each other");
  if (config->rescale_betas_zero_snr && config->prediction_type == LIMN_PREDICTION_EPSILON)
    return refuse (error, LIMN_ERROR_INVALID,
                   "rescale_betas_zero_snr begins with noise alone, about which a prediction_type of epsilon says "
                   "nothing");
  if (config->clip_sample)
    return refuse (error, LIMN_ERROR_UNSUPPORTED, "clip_sample is for pictures, not for latents");
  if (config->thresholding)
    return refuse (error, LIMN_ERROR_UNSUPPORTED, "thresholding is for pictures, not for latents");
  return TRUE;
}

/* The training schedule */

static double
rounded (const LimnSchedulerConfig *config, double value)
{
  return config->precision == LIMN_PRECISION_FLOAT32 ? (float) value : value;
}

/* torch.linspace: counted from the nearer end. In double the two halves differ from one formula by an ulp only. */
static double
linspace_at (const LimnSchedulerConfig *config, double start, double end, guint n, guint i)
{
  double a = rounded (config, start);
  double b = rounded (config, end);
  double step = rounded (config, rounded (config, b - a) / (n - 1));

  if (i < n / 2)
    return rounded (config, a + rounded (config, step * i));
  return rounded (config, b - rounded (config, step * (n - 1 - i)));
}

static double
cosine_bar (double t)
{
  double c = cos ((t + 0.008) / 1.008 * G_PI / 2);

  return c * c;
}

static void
fill_betas (LimnAlphas *alphas)
{
  const LimnSchedulerConfig *config = &alphas->config;
  guint n = alphas->length;

  for (guint i = 0; i < n; i++)
    {
      double beta = 0;

      switch (config->beta_schedule)
        {
        case LIMN_BETAS_SCALED_LINEAR:
          beta = linspace_at (config, sqrt (config->beta_start), sqrt (config->beta_end), n, i);
          beta *= beta;
          break;
        case LIMN_BETAS_LINEAR:
          beta = linspace_at (config, config->beta_start, config->beta_end, n, i);
          break;
        case LIMN_BETAS_COSINE:
          beta = MIN (1 - cosine_bar ((i + 1) / (double) n) / cosine_bar (i / (double) n), 0.999);
          break;
        case LIMN_BETAS_TRAINED:
          beta = config->trained_betas[i];
          break;
        }
      alphas->betas[i] = rounded (config, beta);
    }
}

static void
fill_bars (LimnAlphas *alphas)
{
  double product = 1;

  for (guint i = 0; i < alphas->length; i++)
    {
      product *= rounded (&alphas->config, 1 - alphas->betas[i]);
      alphas->bars[i] = rounded (&alphas->config, product);
    }
}

/* Lin et al. 2023, algorithm 1: sqrt (alpha-bar) is shifted so that its last value is 0, and scaled so that its first
 * stays; rounded where diffusers rounds. */
static void
rescale_zero_terminal_snr (LimnAlphas *alphas)
{
  const LimnSchedulerConfig *config = &alphas->config;
  guint n = alphas->length;
  double first = rounded (config, sqrt (alphas->bars[0]));
  double last = rounded (config, sqrt (alphas->bars[n - 1]));
  double scale = rounded (config, first / rounded (config, first - last));
  double previous = 1;

  for (guint i = 0; i < n; i++)
    {
      double root = rounded (config, rounded (config, sqrt (alphas->bars[i])) - last);
      double bar;

      root = rounded (config, root * scale);
      bar = rounded (config, root * root);
      alphas->betas[i] = rounded (config, 1 - rounded (config, bar / previous));
      previous = bar;
    }
  fill_bars (alphas);
}

static void
clear_alphas (gpointer data)
{
  LimnAlphas *alphas = data;

  g_free (alphas->betas);
  g_free (alphas->bars);
  g_free (alphas->log_sigmas);
  g_free ((double *) alphas->config.trained_betas);
}

LimnAlphas *
limn_alphas_new (const LimnSchedulerConfig *config, GError **error)
{
  LimnAlphas *alphas;

  if (!limn_scheduler_config_check (config, error))
    return NULL;
  alphas = g_atomic_rc_box_new0 (LimnAlphas);
  alphas->config = *config;
  alphas->length = config->num_train_timesteps;
  if (config->trained_betas)
    alphas->config.trained_betas = g_memdup2 (config->trained_betas, alphas->length * sizeof (double));
  alphas->betas = g_new (double, alphas->length);
  alphas->bars = g_new (double, alphas->length);
  alphas->log_sigmas = g_new (double, alphas->length);
  fill_betas (alphas);
  fill_bars (alphas);
  if (config->rescale_betas_zero_snr)
    rescale_zero_terminal_snr (alphas);
  for (guint i = 0; i < alphas->length; i++)
    {
      double bar = MAX (alphas->bars[i], SMALLEST_BAR);

      alphas->log_sigmas[i] = 0.5 * log ((1 - bar) / bar);
    }
  return alphas;
}

LimnAlphas *
limn_alphas_ref (LimnAlphas *alphas)
{
  return g_atomic_rc_box_acquire (alphas);
}

void
limn_alphas_unref (LimnAlphas *alphas)
{
  if (alphas)
    g_atomic_rc_box_release_full (alphas, clear_alphas);
}

const LimnSchedulerConfig *
limn_alphas_get_config (const LimnAlphas *alphas)
{
  return &alphas->config;
}

guint
limn_alphas_get_length (const LimnAlphas *alphas)
{
  return alphas->length;
}

const double *
limn_alphas_get_betas (const LimnAlphas *alphas)
{
  return alphas->betas;
}

const double *
limn_alphas_get_bars (const LimnAlphas *alphas)
{
  return alphas->bars;
}

double
limn_alphas_t_to_sigma (const LimnAlphas *alphas, double t)
{
  guint low;
  double part;

  t = CLAMP (t, 0, alphas->length - 1);
  low = MIN ((guint) t, alphas->length - 2);
  part = t - low;
  return exp ((1 - part) * alphas->log_sigmas[low] + part * alphas->log_sigmas[low + 1]);
}

double
limn_alphas_sigma_to_t (const LimnAlphas *alphas, double sigma)
{
  const double *table = alphas->log_sigmas;
  double wanted = log (sigma);
  guint low = 0, high = alphas->length - 1;

  if (!(wanted > table[low]))
    return low;
  if (wanted >= table[high])
    return high;
  while (high - low > 1)
    {
      guint middle = (low + high) / 2;

      if (table[middle] <= wanted)
        low = middle;
      else
        high = middle;
    }
  return low + (wanted - table[low]) / (table[high] - table[low]);
}

/* alpha-bar at @t: from the table where it has one, which also keeps the 0 of a zero terminal SNR. */
static double
bar_at (const LimnAlphas *alphas, double t, double sigma)
{
  if (t == floor (t) && t >= 0 && t < alphas->length)
    return alphas->bars[(guint) t];
  return 1 / (1 + sigma * sigma);
}

/* Spacings */

void
limn_spacing_timesteps (LimnSpacing spacing,
                        guint       length,
                        guint       n,
                        guint       steps_offset,
                        gboolean    fractional,
                        double     *timesteps)
{
  for (guint i = 0; i < n; i++)
    switch (spacing)
      {
      case LIMN_SPACING_LEADING:
        timesteps[i] = (n - 1 - i) * (length / n) + steps_offset;
        break;
      case LIMN_SPACING_TRAILING:
        timesteps[i] = rint (length - i * (length / (double) n)) - 1; /* rint: ties to even, as numpy rounds */
        break;
      case LIMN_SPACING_LINSPACE:
        timesteps[i] = n == 1 ? 0 : (n - 1 - i) * ((length - 1) / (double) (n - 1));
        if (!fractional)
          timesteps[i] = rint (timesteps[i]);
        break;
      }
}

/* numpy's linspace from 0 to 1 */
static double
ramp (guint n, guint i)
{
  return n == 1 ? 0 : i / (double) (n - 1);
}

void
limn_sigmas_karras (guint n, double low, double high, double rho, double *sigmas)
{
  double from = pow (high, 1 / rho);
  double to = pow (low, 1 / rho);

  for (guint i = 0; i < n; i++)
    sigmas[i] = pow (from + ramp (n, i) * (to - from), rho);
  sigmas[n] = 0;
}

void
limn_sigmas_exponential (guint n, double low, double high, double *sigmas)
{
  limn_sigmas_polyexponential (n, low, high, 1, sigmas);
}

void
limn_sigmas_polyexponential (guint n, double low, double high, double rho, double *sigmas)
{
  for (guint i = 0; i < n; i++)
    sigmas[i] = exp (pow (1 - ramp (n, i), rho) * (log (high) - log (low)) + log (low));
  sigmas[n] = 0;
}

void
limn_sigmas_vp (guint n, double beta_d, double beta_min, double eps_s, double *sigmas)
{
  for (guint i = 0; i < n; i++)
    {
      double t = 1 + ramp (n, i) * (eps_s - 1);

      sigmas[i] = sqrt (expm1 (beta_d * t * t / 2 + beta_min * t));
    }
  sigmas[n] = 0;
}

/* Schedules */

static const struct
{
  const char *name;
  const char *display_name;
} kinds[] = {
  [LIMN_SCHEDULE_MODEL] = { "model", NULL },
  [LIMN_SCHEDULE_LEADING] = { "leading", NULL },
  [LIMN_SCHEDULE_TRAILING] = { "trailing", NULL },
  [LIMN_SCHEDULE_LINSPACE] = { "linspace", NULL },
  [LIMN_SCHEDULE_KARRAS] = { "karras", "Karras" },
  [LIMN_SCHEDULE_EXPONENTIAL] = { "exponential", "Exponential" },
  [LIMN_SCHEDULE_SGM_UNIFORM] = { "sgm-uniform", "SGM Uniform" },
  [LIMN_SCHEDULE_DISCRETE] = { "discrete", "Normal" },
  [LIMN_SCHEDULE_DDIM_UNIFORM] = { "ddim-uniform", "DDIM" },
};

const char *
limn_schedule_kind_get_name (LimnScheduleKind kind)
{
  return kinds[kind].name;
}

const char *
limn_schedule_kind_get_display_name (LimnScheduleKind kind)
{
  return kinds[kind].display_name;
}

const char *const *
limn_schedule_kind_list_names (void)
{
  static const char *const names[] = { "model",       "leading",     "trailing", "linspace",     "karras",
                                       "exponential", "sgm-uniform", "discrete", "ddim-uniform", NULL };

  G_STATIC_ASSERT (G_N_ELEMENTS (names) == G_N_ELEMENTS (kinds) + 1);
  return names;
}

gboolean
limn_schedule_kind_from_name (const char *name, LimnScheduleKind *kind, GError **error)
{
  g_autofree char *all = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (kinds[i].name, name) == 0)
      {
        *kind = i;
        return TRUE;
      }
  all = g_strjoinv (", ", (char **) limn_schedule_kind_list_names ());
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
               "There is no schedule called “%s”; choose one of %s.", name ? name : "", all);
  return FALSE;
}

static LimnSchedule *
allocate (LimnAlphas *alphas, guint n_steps)
{
  LimnSchedule *schedule = g_new0 (LimnSchedule, 1);

  schedule->alphas = limn_alphas_ref (alphas);
  schedule->n_steps = n_steps;
  schedule->timestep = g_new0 (double, n_steps + 1);
  schedule->alpha_bar = g_new0 (double, n_steps + 1);
  schedule->sigma = g_new0 (double, n_steps + 1);
  schedule->alpha_bar_prev = g_new0 (double, n_steps);
  return schedule;
}

static LimnSchedule *
finish (LimnSchedule *schedule, double alpha_bar_end)
{
  guint n = schedule->n_steps;

  for (guint i = 0; i + 1 < n; i++)
    schedule->alpha_bar_prev[i] = schedule->alpha_bar[i + 1];
  schedule->alpha_bar_prev[n - 1] = alpha_bar_end;
  return schedule;
}

LimnSchedule *
limn_schedule_copy (const LimnSchedule *schedule)
{
  return limn_schedule_new_tail (schedule, schedule->n_steps);
}

LimnSchedule *
limn_schedule_new_tail (const LimnSchedule *schedule, guint n_steps)
{
  guint first = schedule->n_steps - n_steps;
  gsize nodes = (n_steps + 1) * sizeof (double);
  LimnSchedule *tail;

  g_return_val_if_fail (n_steps >= 1 && n_steps <= schedule->n_steps, NULL);

  tail = allocate (schedule->alphas, n_steps);
  memcpy (tail->timestep, schedule->timestep + first, nodes);
  memcpy (tail->alpha_bar, schedule->alpha_bar + first, nodes);
  memcpy (tail->sigma, schedule->sigma + first, nodes);
  memcpy (tail->alpha_bar_prev, schedule->alpha_bar_prev + first, n_steps * sizeof (double));
  return tail;
}

LimnSchedule *
limn_schedule_new_cut (const LimnSchedule *schedule, const LimnSchedule *before, guint step, GError **error)
{
  guint n = schedule->n_steps, first = 0;
  LimnSchedule *cut;

  g_return_val_if_fail (step <= before->n_steps, NULL);

  while (first <= n && schedule->sigma[first] >= before->sigma[step] * (1 - LIMN_SCHEDULE_MARGIN))
    first++;
  if (first > n)
    {
      g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                           "No noise is left in the picture at this step, so that nothing can be changed from there on.");
      return NULL;
    }
  cut = allocate (schedule->alphas, n + 1 - first);
  cut->timestep[0] = before->timestep[step];
  cut->alpha_bar[0] = before->alpha_bar[step];
  cut->sigma[0] = before->sigma[step];
  memcpy (cut->timestep + 1, schedule->timestep + first, cut->n_steps * sizeof (double));
  memcpy (cut->alpha_bar + 1, schedule->alpha_bar + first, cut->n_steps * sizeof (double));
  memcpy (cut->sigma + 1, schedule->sigma + first, cut->n_steps * sizeof (double));
  return finish (cut, schedule->alpha_bar_prev[n - 1]);
}

void
limn_schedule_free (LimnSchedule *schedule)
{
  if (!schedule)
    return;
  limn_alphas_unref (schedule->alphas);
  g_free (schedule->timestep);
  g_free (schedule->alpha_bar);
  g_free (schedule->sigma);
  g_free (schedule->alpha_bar_prev);
  g_free (schedule);
}

static gboolean
check_steps (guint n_steps, GError **error)
{
  if (n_steps >= LIMN_STEPS_MIN && n_steps <= LIMN_STEPS_MAX)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
               "The number of steps must be from %d to %d; %u was asked for.", LIMN_STEPS_MIN, LIMN_STEPS_MAX, n_steps);
  return FALSE;
}

LimnSchedule *
limn_schedule_new_from_sigmas (LimnAlphas *alphas, guint n_steps, const double *sigmas, GError **error)
{
  LimnSchedule *schedule;

  if (!check_steps (n_steps, error))
    return NULL;
  for (guint i = 0; i <= n_steps; i++)
    if (!(sigmas[i] >= 0 && sigmas[i] < G_MAXFLOAT && (i == n_steps || sigmas[i] > sigmas[i + 1])))
      {
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                     "The noise levels must fall from step to step, down to 0 at the least; number %u does not.",
                     i + 1);
        return NULL;
      }
  schedule = allocate (alphas, n_steps);
  for (guint i = 0; i <= n_steps; i++)
    {
      schedule->sigma[i] = sigmas[i];
      schedule->timestep[i] = limn_alphas_sigma_to_t (alphas, sigmas[i]);
      schedule->alpha_bar[i] = 1 / (1 + sigmas[i] * sigmas[i]);
    }
  return finish (schedule, schedule->alpha_bar[n_steps]);
}

LimnSchedule *
limn_schedule_new_from_timesteps (LimnAlphas *alphas, guint n_steps, const double *timesteps, GError **error)
{
  LimnSchedule *schedule;

  if (!check_steps (n_steps, error))
    return NULL;
  for (guint i = 0; i < n_steps; i++)
    if (!(timesteps[i] >= 0 && timesteps[i] <= alphas->length - 1 && (i == 0 || timesteps[i] < timesteps[i - 1])))
      {
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                     "This model has %u timesteps, too few for %u steps with this schedule.", alphas->length, n_steps);
        return NULL;
      }
  schedule = allocate (alphas, n_steps);
  for (guint i = 0; i < n_steps; i++)
    {
      schedule->timestep[i] = timesteps[i];
      schedule->sigma[i] = limn_alphas_t_to_sigma (alphas, timesteps[i]);
      schedule->alpha_bar[i] = bar_at (alphas, timesteps[i], schedule->sigma[i]);
    }
  schedule->alpha_bar[n_steps] = 1;
  return finish (schedule, 1);
}

static LimnSchedule *
new_spaced (LimnAlphas *alphas, LimnSpacing spacing, guint n_steps, GError **error)
{
  const LimnSchedulerConfig *config = &alphas->config;
  g_autofree double *timesteps = g_new (double, n_steps);
  LimnSchedule *schedule;

  limn_spacing_timesteps (spacing, alphas->length, n_steps, config->steps_offset, FALSE, timesteps);
  schedule = limn_schedule_new_from_timesteps (alphas, n_steps, timesteps, error);
  if (schedule && !config->set_alpha_to_one)
    schedule->alpha_bar_prev[n_steps - 1] = alphas->bars[0];
  return schedule;
}

static LimnSchedule *
new_ddim_uniform (LimnAlphas *alphas, guint n_steps, GError **error)
{
  guint stride = MAX (alphas->length / n_steps, 1);
  /* T itself, 1 too much, is among them where T - 1 is a multiple of the stride (3, 9, 27, 37, ... steps of 1000): CompVis crashes
   * there, A1111 takes T - 1. With a stride of 1 that one is there already. */
  guint real = stride == 1 ? alphas->length - 1 : (alphas->length + stride - 1) / stride;
  g_autofree double *timesteps = g_new (double, real);
  LimnSchedule *schedule;

  for (guint i = 0; i < real; i++)
    timesteps[i] = MIN ((real - 1 - i) * stride + 1, alphas->length - 1);
  schedule = limn_schedule_new_from_timesteps (alphas, real, timesteps, error);
  if (schedule && !alphas->config.set_alpha_to_one)
    schedule->alpha_bar_prev[real - 1] = alphas->bars[0];
  return schedule;
}

/* n evenly spaced t from the last one down, so wide that @intervals of them reach 0. */
static LimnSchedule *
new_even (LimnAlphas *alphas, guint n_steps, guint intervals, GError **error)
{
  g_autofree double *timesteps = g_new (double, n_steps);

  for (guint i = 0; i < n_steps; i++)
    timesteps[i] = intervals ? (alphas->length - 1) * ((intervals - i) / (double) intervals) : alphas->length - 1;
  return limn_schedule_new_from_timesteps (alphas, n_steps, timesteps, error);
}

static LimnSchedule *
new_between (LimnAlphas *alphas, gboolean karras, double low_t, double high_t, guint n_steps, GError **error)
{
  g_autofree double *sigmas = g_new (double, n_steps + 1);
  double low = limn_alphas_t_to_sigma (alphas, low_t);
  double high = limn_alphas_t_to_sigma (alphas, high_t);

  if (karras)
    limn_sigmas_karras (n_steps, low, high, 7, sigmas);
  else
    limn_sigmas_exponential (n_steps, low, high, sigmas);
  return limn_schedule_new_from_sigmas (alphas, n_steps, sigmas, error);
}

LimnSchedule *
limn_schedule_new (LimnAlphas *alphas, LimnScheduleKind kind, guint n_steps, GError **error)
{
  const LimnSchedulerConfig *config = &alphas->config;
  double last = alphas->length - 1;

  if (!check_steps (n_steps, error))
    return NULL;
  if (n_steps > alphas->length)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "This model has %u timesteps, too few for %u steps.", alphas->length, n_steps);
      return NULL;
    }
  switch (kind)
    {
    case LIMN_SCHEDULE_MODEL:
      if (config->use_karras_sigmas || config->use_exponential_sigmas)
        {
          /* As diffusers' sigma-space schedulers: over the range of the timesteps that would else be taken. */
          g_autofree double *timesteps = g_new (double, n_steps);

          limn_spacing_timesteps (config->timestep_spacing, alphas->length, n_steps, config->steps_offset, FALSE,
                                  timesteps);
          return new_between (alphas, config->use_karras_sigmas, timesteps[n_steps - 1], timesteps[0], n_steps, error);
        }
      return new_spaced (alphas, config->timestep_spacing, n_steps, error);
    case LIMN_SCHEDULE_LEADING:
      return new_spaced (alphas, LIMN_SPACING_LEADING, n_steps, error);
    case LIMN_SCHEDULE_TRAILING:
      return new_spaced (alphas, LIMN_SPACING_TRAILING, n_steps, error);
    case LIMN_SCHEDULE_LINSPACE:
      return new_spaced (alphas, LIMN_SPACING_LINSPACE, n_steps, error);
    case LIMN_SCHEDULE_KARRAS:
      return new_between (alphas, TRUE, 0, last, n_steps, error);
    case LIMN_SCHEDULE_EXPONENTIAL:
      return new_between (alphas, FALSE, 0, last, n_steps, error);
    case LIMN_SCHEDULE_SGM_UNIFORM:
      return new_even (alphas, n_steps, n_steps, error);
    case LIMN_SCHEDULE_DISCRETE:
      return new_even (alphas, n_steps, n_steps - 1, error);
    case LIMN_SCHEDULE_DDIM_UNIFORM:
      return new_ddim_uniform (alphas, n_steps, error);
    }
  g_return_val_if_reached (NULL);
}
