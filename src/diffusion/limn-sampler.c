/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "diffusion/limn-sampler-private.h"

#include "base/limn-error.h"

#include <math.h>
#include <string.h>

/* The sampler object: tables, the call of the network, noise, saving. The families' formulas are in
 * limn-sampler-*.c. */

static const struct
{
  LimnSamplerFacts    facts;
  LimnSamplerStepFunc step;
} samplers[LIMN_SAMPLER_N_KINDS] = {
  /* kind, name, display name, space, calls, stochastic, has_eta, default_eta, has_churn */
  { { LIMN_SAMPLER_DDPM, "ddpm", "DDPM", LIMN_SPACE_VP, 1, TRUE, FALSE, 1, FALSE }, limn_sampler_step_ddpm },
  { { LIMN_SAMPLER_DDIM, "ddim", "DDIM", LIMN_SPACE_VP, 1, FALSE, TRUE, 0, FALSE }, limn_sampler_step_ddim },
  { { LIMN_SAMPLER_PLMS, "plms", "PLMS", LIMN_SPACE_VP, 1, FALSE, FALSE, 0, FALSE }, limn_sampler_step_plms },
  { { LIMN_SAMPLER_EULER, "euler", "Euler", LIMN_SPACE_SIGMA, 1, FALSE, FALSE, 0, TRUE }, limn_sampler_step_euler },
  { { LIMN_SAMPLER_EULER_A, "euler-a", "Euler a", LIMN_SPACE_SIGMA, 1, TRUE, TRUE, 1, FALSE },
    limn_sampler_step_euler },
  { { LIMN_SAMPLER_HEUN, "heun", "Heun", LIMN_SPACE_SIGMA, 2, FALSE, FALSE, 0, TRUE }, limn_sampler_step_heun },
  { { LIMN_SAMPLER_DPM2, "dpm2", "DPM2", LIMN_SPACE_SIGMA, 2, FALSE, FALSE, 0, TRUE }, limn_sampler_step_dpm2 },
  { { LIMN_SAMPLER_DPM2_A, "dpm2-a", "DPM2 a", LIMN_SPACE_SIGMA, 2, TRUE, TRUE, 1, FALSE }, limn_sampler_step_dpm2 },
  { { LIMN_SAMPLER_DPMPP_2S_A, "dpmpp-2s-a", "DPM++ 2S a", LIMN_SPACE_SIGMA, 2, TRUE, TRUE, 1, FALSE },
    limn_sampler_step_dpmpp_2s },
  { { LIMN_SAMPLER_DPMPP_2M, "dpmpp-2m", "DPM++ 2M", LIMN_SPACE_SIGMA, 1, FALSE, FALSE, 0, FALSE },
    limn_sampler_step_dpmpp_multistep },
  { { LIMN_SAMPLER_DPMPP_2M_SDE, "dpmpp-2m-sde", "DPM++ 2M SDE", LIMN_SPACE_SIGMA, 1, TRUE, TRUE, 1, FALSE },
    limn_sampler_step_dpmpp_multistep },
  { { LIMN_SAMPLER_DPMPP_3M_SDE, "dpmpp-3m-sde", "DPM++ 3M SDE", LIMN_SPACE_SIGMA, 1, TRUE, TRUE, 1, FALSE },
    limn_sampler_step_dpmpp_multistep },
  { { LIMN_SAMPLER_DPMPP_SDE, "dpmpp-sde", "DPM++ SDE", LIMN_SPACE_SIGMA, 2, TRUE, TRUE, 1, FALSE },
    limn_sampler_step_dpmpp_sde },
  { { LIMN_SAMPLER_UNIPC, "unipc", "UniPC", LIMN_SPACE_VP, 1, FALSE, FALSE, 0, FALSE }, limn_sampler_step_unipc },
  { { LIMN_SAMPLER_LMS, "lms", "LMS", LIMN_SPACE_SIGMA, 1, FALSE, FALSE, 0, FALSE }, limn_sampler_step_lms },
  { { LIMN_SAMPLER_LCM, "lcm", "LCM", LIMN_SPACE_SIGMA, 1, TRUE, FALSE, 1, FALSE }, limn_sampler_step_euler },
};

const LimnSamplerFacts *
limn_sampler_get_facts (LimnSamplerKind kind)
{
  g_return_val_if_fail (kind < LIMN_SAMPLER_N_KINDS, NULL);
  return &samplers[kind].facts;
}

gboolean
limn_sampler_kind_from_name (const char *name, LimnSamplerKind *kind, GError **error)
{
  g_autoptr(GString) all = g_string_new (NULL);

  for (guint i = 0; i < LIMN_SAMPLER_N_KINDS; i++)
    {
      if (g_strcmp0 (samplers[i].facts.name, name) == 0)
        {
          *kind = samplers[i].facts.kind;
          return TRUE;
        }
      g_string_append_printf (all, "%s%s", i ? ", " : "", samplers[i].facts.name);
    }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
               "There is no sampler called “%s”; choose one of %s.", name ? name : "", all->str);
  return FALSE;
}

static guint
max_order (LimnSamplerKind kind)
{
  switch (kind)
    {
    case LIMN_SAMPLER_DPMPP_2M:
    case LIMN_SAMPLER_DPMPP_2M_SDE:
      return 2;
    case LIMN_SAMPLER_DPMPP_3M_SDE:
    case LIMN_SAMPLER_UNIPC:
      return 3;
    case LIMN_SAMPLER_LMS:
      return 4;
    default:
      return 1;
    }
}

void
limn_sampler_params_init (LimnSamplerParams *params, LimnSamplerKind kind, gsize n)
{
  *params = (LimnSamplerParams){
    .n = n,
    .prediction = LIMN_PREDICTION_EPSILON,
    .variance = LIMN_VARIANCE_FIXED_SMALL,
    .start = LIMN_START_VARIANCE,
    .eta = limn_sampler_get_facts (kind)->default_eta,
    .s_tmax = INFINITY,
    .s_noise = 1,
    /* k-diffusion's 3M SDE has the exact second-order term in its second step */
    .solver = kind == LIMN_SAMPLER_DPMPP_3M_SDE ? LIMN_SOLVER_HEUN : LIMN_SOLVER_MIDPOINT,
    .order = max_order (kind),
  };
}

static gboolean
check_params (const LimnSamplerFacts  *facts,
              const LimnSamplerParams *params,
              const LimnSchedule      *schedule,
              GError                 **error)
{
  const char *wrong = NULL;

  if (params->n == 0 || params->n > G_MAXSIZE / sizeof (double) / 2)
    wrong = "the latent has no elements";
  else if (!(params->eta >= 0 && params->eta <= 10))
    wrong = "eta must be a number from 0 to 10";
  else if (!(params->s_churn >= 0 && params->s_churn < G_MAXFLOAT) || !(params->s_tmin >= 0) || !(params->s_tmax >= 0))
    wrong = "the churn must not be negative";
  else if (!(params->s_noise >= 0 && params->s_noise <= 10))
    wrong = "the noise factor must be a number from 0 to 10";
  else if (params->order < 1 || params->order > max_order (facts->kind))
    wrong = "it does not have this order";
  if (wrong)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The sampler %s cannot run: %s.", facts->display_name, wrong);
      return FALSE;
    }
  if (params->variance >= LIMN_VARIANCE_LEARNED && facts->kind != LIMN_SAMPLER_DDPM)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "This model predicts its own variance, which only the sampler DDPM can use, not %s.",
                   facts->display_name);
      return FALSE;
    }
  if (params->prediction == LIMN_PREDICTION_EPSILON && facts->space == LIMN_SPACE_VP && schedule->alpha_bar[0] == 0)
    {
      g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                           "This model's schedule begins with noise alone, about which a prediction of epsilon says "
                           "nothing.");
      return FALSE;
    }
  return TRUE;
}

LimnSampler *
limn_sampler_new (LimnSamplerKind          kind,
                  const LimnSamplerParams *params,
                  const LimnSchedule      *schedule,
                  LimnNoise               *noise,
                  LimnDenoiseFunc          denoise,
                  gpointer                 denoise_data,
                  GError                 **error)
{
  const LimnSamplerFacts *facts = limn_sampler_get_facts (kind);
  LimnSampler *sampler;

  if (!check_params (facts, params, schedule, error))
    return NULL;
  sampler = g_new0 (LimnSampler, 1);
  sampler->facts = facts;
  sampler->params = *params;
  sampler->schedule = limn_schedule_copy (schedule);
  sampler->noise = noise;
  sampler->denoise = denoise;
  sampler->denoise_data = denoise_data;
  sampler->x = g_new0 (double, params->n);
  sampler->denoised = g_new0 (double, params->n);
  sampler->x_next = g_new0 (double, params->n);
  sampler->denoised_next = g_new0 (double, params->n);
  sampler->input = g_new0 (double, params->n);
  sampler->prediction = g_new0 (double, 2 * params->n);
  sampler->unipc_corrected = g_new0 (double, params->n);
  for (guint i = 0; i < LIMN_SAMPLER_MAX_HISTORY; i++)
    sampler->history[i] = g_new0 (double, params->n);
  for (guint i = 0; i < LIMN_SAMPLER_N_SCRATCH; i++)
    sampler->scratch[i] = g_new0 (double, params->n);
  return sampler;
}

void
limn_sampler_free (LimnSampler *sampler)
{
  if (!sampler)
    return;
  limn_schedule_free (sampler->schedule);
  g_free (sampler->x);
  g_free (sampler->denoised);
  g_free (sampler->x_next);
  g_free (sampler->denoised_next);
  g_free (sampler->input);
  g_free (sampler->prediction);
  g_free (sampler->unipc_corrected);
  for (guint i = 0; i < LIMN_SAMPLER_MAX_HISTORY; i++)
    g_free (sampler->history[i]);
  for (guint i = 0; i < LIMN_SAMPLER_N_SCRATCH; i++)
    g_free (sampler->scratch[i]);
  g_free (sampler);
}

void
limn_sampler_set_noise_func (LimnSampler *sampler, LimnNoiseFunc func, gpointer data)
{
  sampler->noise_func = func;
  sampler->noise_data = data;
}

/* For the families */

LimnSamplerNode
limn_sampler_node (const LimnSampler *sampler, guint i)
{
  const LimnSchedule *schedule = sampler->schedule;

  return (LimnSamplerNode){ schedule->timestep[i], schedule->alpha_bar[i], schedule->sigma[i] };
}

LimnSamplerNode
limn_sampler_node_at_sigma (const LimnSampler *sampler, double sigma)
{
  return (LimnSamplerNode){ limn_alphas_sigma_to_t (sampler->schedule->alphas, sigma), 1 / (1 + sigma * sigma), sigma };
}

/* x_t = alpha x0 + beta eps and v = alpha eps - beta x0, where alpha^2 + beta^2 = 1. */
static void
convert (const LimnSampler *sampler, double alpha, double beta, const double *x, double *x0, double *eps)
{
  const double *p = sampler->prediction;

  for (gsize i = 0; i < sampler->params.n; i++)
    {
      double clean = p[i], noise = p[i];

      switch (sampler->params.prediction)
        {
        case LIMN_PREDICTION_EPSILON:
          clean = (x[i] - beta * p[i]) / alpha;
          break;
        case LIMN_PREDICTION_V:
          clean = alpha * x[i] - beta * p[i];
          noise = alpha * p[i] + beta * x[i];
          break;
        case LIMN_PREDICTION_SAMPLE:
          noise = (x[i] - alpha * p[i]) / beta;
          break;
        }
      x0[i] = clean;
      if (eps)
        eps[i] = noise;
    }
}

gboolean
limn_sampler_call (LimnSampler           *sampler,
                   const LimnSamplerNode *node,
                   const double          *x,
                   double                *x0,
                   double                *eps,
                   GError               **error)
{
  gsize n = sampler->params.n;
  gsize n_predicted = sampler->params.variance >= LIMN_VARIANCE_LEARNED ? 2 * n : n;
  double alpha = sqrt (node->alpha_bar), beta = sqrt (1 - node->alpha_bar);
  LimnDenoiseInput input = {
    .n = n,
    .x = sampler->input,
    .timestep = node->timestep,
    .alpha_bar = node->alpha_bar,
    .sigma = node->sigma,
    .step = sampler->step,
    .call = sampler->step_calls,
  };

  if (sampler->facts->space == LIMN_SPACE_SIGMA)
    {
      /* A zero terminal SNR has alpha-bar 0 in the schedule; the sigma beside it is finite. */
      alpha = 1 / sqrt (1 + node->sigma * node->sigma);
      beta = node->sigma * alpha;
      for (gsize i = 0; i < n; i++)
        sampler->input[i] = alpha * x[i];
    }
  else
    memcpy (sampler->input, x, n * sizeof *x);
  if (!sampler->denoise (sampler->denoise_data, &input, sampler->prediction, error))
    return FALSE;
  for (gsize i = 0; i < n_predicted; i++)
    if (!isfinite (sampler->prediction[i]))
      {
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                     "The model's prediction in step %u is not a number; its values may have overflowed, which "
                     "single precision can prevent.",
                     sampler->step + 1);
        return FALSE;
      }
  convert (sampler, alpha, beta, sampler->input, x0, eps);
  sampler->step_calls++;
  return TRUE;
}

void
limn_sampler_draw (LimnSampler *sampler, double from, double to, double *noise)
{
  if (sampler->noise_func)
    sampler->noise_func (sampler->noise_data, sampler->draws + sampler->step_draws, from, to, sampler->params.n, noise);
  else
    {
      g_return_if_fail (sampler->noise != NULL);
      limn_noise_draw (sampler->noise, sampler->params.n, noise);
    }
  sampler->step_draws++;
}

void
limn_sampler_add_noise (LimnSampler *sampler, double from, double to, double factor, double *y)
{
  double *noise = sampler->scratch[LIMN_SAMPLER_N_SCRATCH - 1];

  if (factor == 0)
    return;
  limn_sampler_draw (sampler, from, to, noise);
  for (gsize i = 0; i < sampler->params.n; i++)
    y[i] += factor * noise[i];
}

void
limn_sampler_push (LimnSampler *sampler, const double *values, guint keep)
{
  double *oldest = sampler->history[LIMN_SAMPLER_MAX_HISTORY - 1];

  memmove (sampler->history + 1, sampler->history, (LIMN_SAMPLER_MAX_HISTORY - 1) * sizeof *sampler->history);
  sampler->history[0] = oldest;
  memcpy (oldest, values, sampler->params.n * sizeof *values);
  sampler->n_history = MIN (sampler->n_history + 1, keep);
}

/* Starting and stepping */

void
limn_sampler_start_raw (LimnSampler *sampler, guint step, const double *x)
{
  g_return_if_fail (step <= sampler->schedule->n_steps);
  memmove (sampler->x, x, sampler->params.n * sizeof *x);
  sampler->step = step;
  sampler->calls = 0;
  sampler->draws = 0;
  sampler->n_history = 0;
  sampler->unipc_order = 0;
  sampler->has_denoised = FALSE;
}

void
limn_sampler_start (LimnSampler *sampler, guint step, const double *latent, const double *noise)
{
  const LimnSchedule *schedule = sampler->schedule;
  double signal, noise_scale;

  g_return_if_fail (step <= schedule->n_steps);
  if (sampler->facts->space == LIMN_SPACE_VP)
    {
      signal = sqrt (schedule->alpha_bar[step]);
      noise_scale = latent ? sqrt (1 - schedule->alpha_bar[step]) : 1;
    }
  else
    {
      double sigma = schedule->sigma[step];

      signal = 1;
      noise_scale = latent || sampler->params.start == LIMN_START_SIGMA ? sigma : sqrt (1 + sigma * sigma);
    }
  for (gsize i = 0; i < sampler->params.n; i++)
    sampler->x_next[i] = noise_scale * noise[i] + (latent ? signal * latent[i] : 0);
  limn_sampler_start_raw (sampler, step, sampler->x_next);
}

static void
swap (double **a, double **b)
{
  double *kept = *a;

  *a = *b;
  *b = kept;
}

gboolean
limn_sampler_step (LimnSampler *sampler, GError **error)
{
  g_autofree double *noise = NULL;

  g_return_val_if_fail (!limn_sampler_is_done (sampler), FALSE);
  if (sampler->noise)
    {
      noise = g_new (double, limn_noise_get_state_length (sampler->noise));
      limn_noise_save (sampler->noise, noise);
    }
  sampler->step_calls = 0;
  sampler->step_draws = 0;
  if (!samplers[sampler->facts->kind].step (sampler, error))
    {
      if (sampler->noise)
        limn_noise_load (sampler->noise, noise, NULL); /* cannot fail: just saved from it */
      return FALSE;
    }
  swap (&sampler->x, &sampler->x_next);
  swap (&sampler->denoised, &sampler->denoised_next);
  sampler->has_denoised = TRUE;
  sampler->calls += sampler->step_calls;
  sampler->draws += sampler->step_draws;
  sampler->step++;
  return TRUE;
}

gboolean
limn_sampler_is_done (const LimnSampler *sampler)
{
  return sampler->step >= sampler->schedule->n_steps;
}

guint
limn_sampler_get_step (const LimnSampler *sampler)
{
  return sampler->step;
}

guint
limn_sampler_get_n_steps (const LimnSampler *sampler)
{
  return sampler->schedule->n_steps;
}

guint64
limn_sampler_get_model_calls (const LimnSampler *sampler)
{
  return sampler->calls;
}

const double *
limn_sampler_get_x (const LimnSampler *sampler)
{
  return sampler->x;
}

const LimnSchedule *
limn_sampler_get_schedule (const LimnSampler *sampler)
{
  return sampler->schedule;
}

const double *
limn_sampler_get_denoised (const LimnSampler *sampler)
{
  return sampler->has_denoised ? sampler->denoised : NULL;
}

double
limn_sampler_get_sigma (const LimnSampler *sampler)
{
  return sampler->schedule->sigma[sampler->step];
}

double
limn_sampler_get_timestep (const LimnSampler *sampler)
{
  return sampler->schedule->timestep[sampler->step];
}

double
limn_sampler_get_preview_scale (const LimnSampler *sampler)
{
  return limn_sampler_kind_get_preview_scale (sampler->facts->kind, limn_sampler_get_sigma (sampler));
}

double
limn_sampler_kind_get_preview_scale (LimnSamplerKind kind, double sigma)
{
  return limn_sampler_get_facts (kind)->space == LIMN_SPACE_VP ? 1 : 1 / sqrt (1 + sigma * sigma);
}

/* Saving */

enum
{
  POSITION_KIND,
  POSITION_N,
  POSITION_N_STEPS,
  POSITION_STEP,
  POSITION_CALLS,
  POSITION_DRAWS,
  POSITION_HAS_DENOISED,
  POSITION_N_HISTORY,
  POSITION_UNIPC_ORDER,
  POSITION_LENGTH,
};

LimnSamplerArray *
limn_sampler_array_new (const char *name, gsize n, const double *values)
{
  LimnSamplerArray *array = g_new0 (LimnSamplerArray, 1);

  array->name = g_strdup (name);
  array->n = n;
  array->values = g_memdup2 (values, n * sizeof *values);
  return array;
}

void
limn_sampler_array_free (LimnSamplerArray *array)
{
  if (!array)
    return;
  g_free (array->name);
  g_free (array->values);
  g_free (array);
}

GPtrArray *
limn_sampler_save (const LimnSampler *sampler)
{
  GPtrArray *state = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_sampler_array_free);
  gsize n = sampler->params.n;
  const double position[POSITION_LENGTH] = {
    [POSITION_KIND] = sampler->facts->kind,
    [POSITION_N] = n,
    [POSITION_N_STEPS] = sampler->schedule->n_steps,
    [POSITION_STEP] = sampler->step,
    [POSITION_CALLS] = sampler->calls,
    [POSITION_DRAWS] = sampler->draws,
    [POSITION_HAS_DENOISED] = sampler->has_denoised,
    [POSITION_N_HISTORY] = sampler->n_history,
    [POSITION_UNIPC_ORDER] = sampler->unipc_order,
  };

  g_ptr_array_add (state, limn_sampler_array_new ("position", POSITION_LENGTH, position));
  g_ptr_array_add (state, limn_sampler_array_new ("x", n, sampler->x));
  if (sampler->has_denoised)
    g_ptr_array_add (state, limn_sampler_array_new ("denoised", n, sampler->denoised));
  for (guint i = 0; i < sampler->n_history; i++)
    {
      g_autofree char *name = g_strdup_printf ("history.%u", i);

      g_ptr_array_add (state, limn_sampler_array_new (name, n, sampler->history[i]));
    }
  if (sampler->unipc_order)
    g_ptr_array_add (state, limn_sampler_array_new ("corrected", n, sampler->unipc_corrected));
  if (sampler->noise)
    {
      gsize length = limn_noise_get_state_length (sampler->noise);
      g_autofree double *noise = g_new (double, length);

      limn_noise_save (sampler->noise, noise);
      g_ptr_array_add (state, limn_sampler_array_new ("noise", length, noise));
    }
  return state;
}

/* @values of the array called @name, or NULL if there is none of this length, all finite. */
static const double *
find_array (GPtrArray *state, const char *name, gsize n)
{
  for (guint i = 0; i < state->len; i++)
    {
      const LimnSamplerArray *array = g_ptr_array_index (state, i);

      if (strcmp (array->name, name) != 0)
        continue;
      if (array->n != n)
        return NULL;
      for (gsize j = 0; j < n; j++)
        if (!isfinite (array->values[j]))
          return NULL;
      return array->values;
    }
  return NULL;
}

static gboolean
is_count (double value, double max)
{
  return value >= 0 && value <= max && value == floor (value);
}

static gboolean
position_fits (const LimnSampler *sampler, const double *position)
{
  return position && position[POSITION_KIND] == sampler->facts->kind && position[POSITION_N] == sampler->params.n &&
         position[POSITION_N_STEPS] == sampler->schedule->n_steps &&
         is_count (position[POSITION_STEP], sampler->schedule->n_steps) &&
         is_count (position[POSITION_CALLS], 0x1p53) &&
         is_count (position[POSITION_DRAWS], 0x1p53) && is_count (position[POSITION_HAS_DENOISED], 1) &&
         is_count (position[POSITION_N_HISTORY], MIN (position[POSITION_STEP], LIMN_SAMPLER_MAX_HISTORY)) &&
         is_count (position[POSITION_UNIPC_ORDER], 3);
}

guint
limn_sampler_position_get_n_steps (gsize n, const double *position)
{
  if (n != POSITION_LENGTH || !is_count (position[POSITION_N_STEPS], LIMN_STEPS_MAX + 1))
    return 0;
  return (guint) position[POSITION_N_STEPS];
}

static gboolean
bad_state (GError **error)
{
  g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                       "The saved state does not belong to this sampler and these settings, or is damaged.");
  return FALSE;
}

gboolean
limn_sampler_load (LimnSampler *sampler, GPtrArray *state, GError **error)
{
  gsize n = sampler->params.n;
  const double *position = find_array (state, "position", POSITION_LENGTH);
  const double *x = find_array (state, "x", n);
  const double *denoised = find_array (state, "denoised", n);
  const double *corrected = find_array (state, "corrected", n);
  const double *noise = sampler->noise ? find_array (state, "noise", limn_noise_get_state_length (sampler->noise)) : NULL;
  const double *history[LIMN_SAMPLER_MAX_HISTORY] = { NULL };
  guint n_history;

  if (!position_fits (sampler, position) || !x)
    return bad_state (error);
  n_history = (guint) position[POSITION_N_HISTORY];
  for (guint i = 0; i < n_history; i++)
    {
      g_autofree char *name = g_strdup_printf ("history.%u", i);

      history[i] = find_array (state, name, n);
      if (!history[i])
        return bad_state (error);
    }
  if ((position[POSITION_HAS_DENOISED] && !denoised) || (position[POSITION_UNIPC_ORDER] && !corrected) ||
      position[POSITION_UNIPC_ORDER] > n_history || (sampler->noise && !noise))
    return bad_state (error);
  if (sampler->noise && !limn_noise_load (sampler->noise, noise, error))
    return FALSE;
  sampler->step = (guint) position[POSITION_STEP];
  sampler->calls = (guint64) position[POSITION_CALLS];
  sampler->draws = (guint64) position[POSITION_DRAWS];
  sampler->has_denoised = position[POSITION_HAS_DENOISED] != 0;
  sampler->n_history = n_history;
  sampler->unipc_order = (guint) position[POSITION_UNIPC_ORDER];
  memcpy (sampler->x, x, n * sizeof *x);
  if (sampler->has_denoised)
    memcpy (sampler->denoised, denoised, n * sizeof *denoised);
  if (sampler->unipc_order)
    memcpy (sampler->unipc_corrected, corrected, n * sizeof *corrected);
  for (guint i = 0; i < n_history; i++)
    memcpy (sampler->history[i], history[i], n * sizeof *x);
  return TRUE;
}
