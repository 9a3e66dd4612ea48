/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-fixtures-samplers.h"
#include "limn-test-field.h"

#include <math.h>
#include <string.h>

/* samplers/trajectories.safetensors: every sampler, step by step, on a denoiser known in closed form. */

/* Timesteps found by inverting log sigma, which the references do in float32: 2e-4 seen. */
#define TIMESTEP_BOUND 1e-3

/* The test of one case: a sampler over the analytic field, run from states[0]. */
typedef struct
{
  LimnFixtures          *fixtures;
  const LimnSafetensors *file;
  const char            *group;
  const char            *line;
  LimnTestField          field;
  GArray                *states; /* [n + 1][field.n] */
  GArray                *noise; /* (nullable) */
  gboolean               noise_per_step; /* one draw a step, taken or not */
  gboolean               noise_per_call; /* one draw a call of the network, taken or not */
  LimnSampler           *sampler;
} Case;

static void
give_noise (gpointer data, guint64 index, double from, double to, gsize n, double *noise)
{
  Case *test = data;

  if (test->noise_per_step)
    index = limn_sampler_get_step (test->sampler);
  if (test->noise_per_call)
    index = test->field.n_calls - 1;
  for (gsize i = 0; i < n; i++)
    noise[i] = test->noise && (index + 1) * n <= test->noise->len ? doubles (test->noise)[index * n + i] : NAN;
}

static void
report_part (Case *test, const char *part, double error, double bound)
{
  g_autofree char *line = part ? g_strconcat (test->line, " ", part, NULL) : g_strdup (test->line);

  limn_fixtures_report (test->fixtures, line, error, bound);
}

static const double *
state_at (const Case *test, guint i)
{
  return doubles (test->states) + (gsize) i * test->field.n;
}

static guint
n_states (const Case *test)
{
  return test->states->len / test->field.n;
}

static gboolean
start_case (Case *test, LimnSamplerKind kind, const LimnSamplerParams *params, const LimnSchedule *schedule)
{
  g_autofree double *start = NULL;
  GError *error = NULL;

  test->field.prediction = params->prediction;
  test->sampler = limn_sampler_new (kind, params, schedule, NULL, limn_test_field_denoise, &test->field, &error);
  if (!test->sampler)
    {
      limn_fixtures_fail (test->fixtures, test->line, error, NULL);
      return FALSE;
    }
  limn_sampler_set_noise_func (test->sampler, give_noise, test);
  /* Where the reference's states are in VP space and this sampler's in sigma space. */
  start = g_memdup2 (state_at (test, 0), test->field.n * sizeof (double));
  if (test->field.inputs_in_vp && limn_sampler_get_facts (kind)->space == LIMN_SPACE_SIGMA)
    for (gsize i = 0; i < test->field.n; i++)
      start[i] *= sqrt (1 + schedule->sigma[0] * schedule->sigma[0]);
  limn_sampler_start_raw (test->sampler, 0, start);
  return TRUE;
}

static gboolean
step_case (Case *test)
{
  GError *error = NULL;

  if (limn_sampler_step (test->sampler, &error))
    return TRUE;
  limn_fixtures_fail (test->fixtures, test->line, error, NULL);
  return FALSE;
}

/* Of the sampler's x now against states[i]. */
static double
worst_of_x (const Case *test, guint i)
{
  return limn_fixtures_scaled_worst (limn_sampler_get_x (test->sampler), state_at (test, i), test->field.n);
}

/* Of the timesteps that the network was called with. */
static double
worst_of_calls (const Case *test, GArray *want)
{
  return limn_fixtures_compare (doubles (test->field.timesteps), test->field.timesteps->len, want);
}

/* states[i + 1] after step i, denoised[i] of step i. */
static void
run_states (Case *test, double bound)
{
  g_autoptr(GArray) denoised = limn_fixtures_read_tensor (test->file, test->group, "denoised");
  double worst = 0, worst_denoised = 0;
  gsize n = test->field.n;

  if (n_states (test) != limn_sampler_get_n_steps (test->sampler) + 1
      || (denoised && denoised->len != limn_sampler_get_n_steps (test->sampler) * n))
    {
      limn_fixtures_fail (test->fixtures, test->line, NULL, "another number of steps");
      return;
    }
  while (!limn_sampler_is_done (test->sampler))
    {
      guint i = limn_sampler_get_step (test->sampler);

      if (!step_case (test))
        return;
      worst = MAX (worst, worst_of_x (test, i + 1));
      if (denoised)
        worst_denoised = MAX (worst_denoised, limn_fixtures_scaled_worst (limn_sampler_get_denoised (test->sampler),
                                                                          doubles (denoised) + i * n, n));
    }
  report_part (test, NULL, worst, bound);
  if (denoised)
    report_part (test, "denoised", worst_denoised, bound);
}

/* With churn the stored states are what k-diffusion hands to its callback: x after the churn's noise, so states[i] is
 * what the network was called with in step i, and the start is states[0] less the first noise. */
static void
run_churned (Case *test, const LimnSamplerParams *params, const LimnSchedule *schedule)
{
  g_autoptr(GArray) denoised = limn_fixtures_read_tensor (test->file, test->group, "denoised");
  double gamma = MIN (params->s_churn / schedule->n_steps, G_SQRT2 - 1), from = schedule->sigma[0];
  double size = params->s_noise * from * sqrt ((1 + gamma) * (1 + gamma) - 1);
  g_autofree double *start = g_new (double, test->field.n);
  double worst = 0, worst_denoised = 0;
  gsize n = test->field.n;

  if (n_states (test) != schedule->n_steps + 1 || !denoised || denoised->len != schedule->n_steps * n || !test->noise
      || test->noise->len != schedule->n_steps * n)
    {
      limn_fixtures_fail (test->fixtures, test->line, NULL, "another number of steps");
      return;
    }
  if (from < params->s_tmin || from > params->s_tmax)
    size = 0;
  for (gsize i = 0; i < n; i++)
    start[i] = state_at (test, 0)[i] - size * doubles (test->noise)[i];
  limn_sampler_start_raw (test->sampler, 0, start);
  while (!limn_sampler_is_done (test->sampler))
    {
      guint i = limn_sampler_get_step (test->sampler);

      if (!step_case (test))
        return;
      worst = MAX (worst, limn_fixtures_scaled_worst (doubles (test->field.inputs) + i * n, state_at (test, i), n));
      worst_denoised = MAX (worst_denoised, limn_fixtures_scaled_worst (limn_sampler_get_denoised (test->sampler),
                                                                        doubles (denoised) + i * n, n));
    }
  worst = MAX (worst, worst_of_x (test, schedule->n_steps));
  report_part (test, NULL, worst, DOUBLE_BOUND);
  report_part (test, "denoised", worst_denoised, DOUBLE_BOUND);
}

/* k-diffusion: "sample_euler schedule=karras s_churn=2 …" */

static const struct
{
  const char *name;
  LimnSamplerKind kind;
} k_samplers[] = {
  { "sample_euler", LIMN_SAMPLER_EULER },
  { "sample_euler_ancestral", LIMN_SAMPLER_EULER_A },
  { "sample_heun", LIMN_SAMPLER_HEUN },
  { "sample_dpm_2", LIMN_SAMPLER_DPM2 },
  { "sample_dpm_2_ancestral", LIMN_SAMPLER_DPM2_A },
  { "sample_lms", LIMN_SAMPLER_LMS },
  { "sample_dpmpp_2s_ancestral", LIMN_SAMPLER_DPMPP_2S_A },
  { "sample_dpmpp_sde", LIMN_SAMPLER_DPMPP_SDE },
  { "sample_dpmpp_2m", LIMN_SAMPLER_DPMPP_2M },
  { "sample_dpmpp_2m_sde", LIMN_SAMPLER_DPMPP_2M_SDE },
  { "sample_dpmpp_3m_sde", LIMN_SAMPLER_DPMPP_3M_SDE },
  { "sample_lcm", LIMN_SAMPLER_LCM },
};

/* The text after "@key=" in @doc up to white space, or NULL. */
static char *
argument (const char *doc, const char *key)
{
  g_auto(GStrv) words = g_strsplit_set (doc, " ,;()", -1);

  for (guint i = 0; words[i]; i++)
    if (g_str_has_prefix (words[i], key) && words[i][strlen (key)] == '=')
      return g_strdup (words[i] + strlen (key) + 1);
  return NULL;
}

static double
number_argument (const char *doc, const char *key, double otherwise)
{
  g_autofree char *value = argument (doc, key);

  return value ? g_ascii_strtod (value, NULL) : otherwise;
}

static void
check_k_schedule (Case *test, LimnAlphas *alphas, const char *kind_name, GArray *sigmas)
{
  static const struct
  {
    const char *name;
    LimnScheduleKind kind;
  } names[] = {
    { "karras", LIMN_SCHEDULE_KARRAS },
    { "exponential", LIMN_SCHEDULE_EXPONENTIAL },
    { "linspace", LIMN_SCHEDULE_DISCRETE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (kind_name, names[i].name) == 0)
      {
        g_autoptr(LimnSchedule) own = limn_schedule_new (alphas, names[i].kind, sigmas->len - 1, NULL);

        /* The fixture's ends of the range have 8 digits. */
        report_part (test, "schedule", own ? limn_fixtures_compare (own->sigma, own->n_steps + 1, sigmas) : INFINITY,
                     FLOAT_BOUND);
      }
}

static void
check_k_diffusion (Case *test, const char *doc)
{
  g_autoptr(LimnAlphas) alphas = limn_fixtures_new_alphas (LIMN_BETAS_SCALED_LINEAR, LIMN_PRECISION_FLOAT64);
  g_autoptr(GArray) sigmas = limn_fixtures_read_tensor (test->file, test->group, "sigmas");
  g_autofree char *function = g_strndup (doc, strcspn (doc, " "));
  g_autofree char *kind_name = argument (doc, "schedule");
  g_autofree char *solver = argument (doc, "solver_type");
  g_autoptr(LimnSchedule) schedule = NULL;
  LimnSamplerParams params;
  GError *error = NULL;
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (k_samplers); i++)
    if (strcmp (k_samplers[i].name, function) == 0)
      break;
  if (i == G_N_ELEMENTS (k_samplers))
    {
      limn_fixtures_not_offered (test->fixtures, test->line, "Limn has no such sampler");
      return;
    }
  schedule = sigmas ? limn_schedule_new_from_sigmas (alphas, sigmas->len - 1, doubles (sigmas), &error) : NULL;
  if (!schedule)
    {
      limn_fixtures_fail (test->fixtures, test->line, error, "sigmas");
      return;
    }
  check_k_schedule (test, alphas, kind_name, sigmas);
  limn_sampler_params_init (&params, k_samplers[i].kind, test->field.n);
  params.prediction = LIMN_PREDICTION_SAMPLE;
  params.eta = number_argument (doc, "eta", params.eta);
  params.s_churn = number_argument (doc, "s_churn", params.s_churn);
  params.s_tmin = number_argument (doc, "s_tmin", params.s_tmin);
  params.s_tmax = number_argument (doc, "s_tmax", params.s_tmax);
  params.s_noise = number_argument (doc, "s_noise", params.s_noise);
  if (solver)
    params.solver = strstr (solver, "heun") ? LIMN_SOLVER_HEUN : LIMN_SOLVER_MIDPOINT;
  test->noise_per_step = params.s_churn > 0; /* k-diffusion draws for churn also where it then adds none */
  test->field.first_inputs_only = TRUE;
  if (!start_case (test, k_samplers[i].kind, &params, schedule))
    return;
  if (params.s_churn > 0)
    run_churned (test, &params, schedule);
  else
    run_states (test, DOUBLE_BOUND);
}

/* CompVis: "DDIMSampler S=8 eta=0.5"; its arrays ascend. */

static double
compare_reversed (const double *got, guint n, GArray *want)
{
  double worst = 0;

  if (!want || want->len != n)
    return INFINITY;
  for (guint i = 0; i < n; i++)
    worst = MAX (worst, limn_fixtures_worst (&got[i], &doubles (want)[n - 1 - i], 1));
  return worst;
}

static void
check_compvis (Case *test, const char *doc)
{
  g_autoptr(LimnAlphas) alphas = limn_fixtures_new_alphas (LIMN_BETAS_SCALED_LINEAR, LIMN_PRECISION_FLOAT64);
  g_autoptr(GArray) timesteps = limn_fixtures_read_tensor (test->file, test->group, "timesteps");
  g_autoptr(GArray) bars = limn_fixtures_read_tensor (test->file, test->group, "alphas");
  g_autoptr(GArray) bars_prev = limn_fixtures_read_tensor (test->file, test->group, "alphas_prev");
  g_autoptr(GArray) calls = limn_fixtures_read_tensor (test->file, test->group, "model_calls_t");
  guint n = (guint) number_argument (doc, "S", 0);
  gboolean plms = g_str_has_prefix (doc, "PLMSSampler");
  g_autoptr(LimnSchedule) schedule = NULL;
  LimnSamplerKind kind = plms ? LIMN_SAMPLER_PLMS : LIMN_SAMPLER_DDIM;
  LimnSamplerParams params;
  GError *error = NULL;

  if (!plms && !g_str_has_prefix (doc, "DDIMSampler"))
    {
      limn_fixtures_not_offered (test->fixtures, test->line, "Limn has no such sampler");
      return;
    }
  schedule = limn_schedule_new (alphas, LIMN_SCHEDULE_DDIM_UNIFORM, n, &error);
  if (!schedule)
    {
      limn_fixtures_fail (test->fixtures, test->line, error, NULL);
      return;
    }
  report_part (test, "timesteps", compare_reversed (schedule->timestep, schedule->n_steps, timesteps), 0);
  report_part (test, "alphas", compare_reversed (schedule->alpha_bar, schedule->n_steps, bars), DOUBLE_BOUND);
  report_part (test, "alphas_prev", compare_reversed (schedule->alpha_bar_prev, schedule->n_steps, bars_prev),
               DOUBLE_BOUND);
  limn_sampler_params_init (&params, kind, test->field.n);
  params.eta = number_argument (doc, "eta", params.eta);
  if (!start_case (test, kind, &params, schedule))
    return;
  run_states (test, DOUBLE_BOUND);
  if (calls)
    report_part (test, "model calls", worst_of_calls (test, calls), 0);
}

/* UniPC: "UniPC multistep order=3 variant=bh1 …". Its states are corrected ones; Limn corrects when the next step has
 * called the network, and keeps the result in its state as "corrected". */

static const double *
corrected_of (GPtrArray *state)
{
  for (guint i = 0; i < state->len; i++)
    {
      const LimnSamplerArray *array = g_ptr_array_index (state, i);

      if (strcmp (array->name, "corrected") == 0)
        return array->values;
    }
  return NULL;
}

static void
check_unipc (Case *test, const char *doc)
{
  g_autoptr(LimnAlphas) alphas = limn_fixtures_new_alphas (LIMN_BETAS_SCALED_LINEAR, LIMN_PRECISION_FLOAT64);
  g_autoptr(GArray) lambdas = limn_fixtures_read_tensor (test->file, test->group, "lambdas");
  g_autofree char *variant = argument (doc, "variant");
  g_autoptr(LimnSchedule) schedule = NULL;
  LimnSamplerParams params;
  GError *error = NULL;
  double worst = 0;

  if (!strstr (doc, "multistep") || !strstr (doc, "predict_x0") || !strstr (doc, "lower_order_final")
      || (g_strcmp0 (variant, "bh1") != 0 && g_strcmp0 (variant, "bh2") != 0))
    {
      limn_fixtures_not_offered (test->fixtures, test->line,
                                 "Limn's UniPC is the multistep one, predicts x0 and lowers the order at the end");
      return;
    }
  for (guint i = 0; lambdas && i < lambdas->len; i++)
    doubles (lambdas)[i] = exp (-doubles (lambdas)[i]);
  schedule = lambdas ? limn_schedule_new_from_sigmas (alphas, lambdas->len - 1, doubles (lambdas), &error) : NULL;
  if (!schedule)
    {
      limn_fixtures_fail (test->fixtures, test->line, error, "lambdas");
      return;
    }
  limn_sampler_params_init (&params, LIMN_SAMPLER_UNIPC, test->field.n);
  params.order = (guint) number_argument (doc, "order", params.order);
  params.unipc_bh1 = strcmp (variant, "bh1") == 0;
  if (!start_case (test, LIMN_SAMPLER_UNIPC, &params, schedule))
    return;
  while (!limn_sampler_is_done (test->sampler))
    {
      guint step = limn_sampler_get_step (test->sampler);
      g_autoptr(GPtrArray) state = NULL;

      if (!step_case (test))
        return;
      state = limn_sampler_save (test->sampler);
      worst = MAX (worst, limn_fixtures_scaled_worst (corrected_of (state), state_at (test, step), test->field.n));
    }
  worst = MAX (worst, worst_of_x (test, n_states (test) - 1));
  report_part (test, NULL, worst, DOUBLE_BOUND);
}

/* diffusers: "EulerDiscreteScheduler 8 steps {JSON}". What a class does that no setting of Limn's asks for is done here
 * to the schedule: timesteps of the multistep solvers out of n + 1, ends at timestep 0, strides. */

typedef enum
{
  RULE_STRIDE,   /* VP: step from t to t - length / n, whatever the next t is */
  RULE_SIGMA,    /* nodes at the timesteps, fractional for linspace; ends at 0 */
  RULE_PLUS_ONE, /* the first n of n + 1 timesteps; ends at timestep 0 */
} Rule;

typedef struct
{
  const char *class_name;
  LimnSamplerKind kind;
  Rule rule;
  LimnSpacing spacing;
  gboolean set_alpha_to_one;
} DiffusersClass;

/* Defaults of the constructors of diffusers 0.21.4. */
static const DiffusersClass classes[] = {
  { "DDIMScheduler", LIMN_SAMPLER_DDIM, RULE_STRIDE, LIMN_SPACING_LEADING, TRUE },
  { "DDPMScheduler", LIMN_SAMPLER_DDPM, RULE_STRIDE, LIMN_SPACING_LEADING, TRUE },
  { "PNDMScheduler", LIMN_SAMPLER_PLMS, RULE_STRIDE, LIMN_SPACING_LEADING, FALSE },
  { "EulerDiscreteScheduler", LIMN_SAMPLER_EULER, RULE_SIGMA, LIMN_SPACING_LINSPACE, FALSE },
  { "EulerAncestralDiscreteScheduler", LIMN_SAMPLER_EULER_A, RULE_SIGMA, LIMN_SPACING_LINSPACE, FALSE },
  { "HeunDiscreteScheduler", LIMN_SAMPLER_HEUN, RULE_SIGMA, LIMN_SPACING_LINSPACE, FALSE },
  { "LMSDiscreteScheduler", LIMN_SAMPLER_LMS, RULE_SIGMA, LIMN_SPACING_LINSPACE, FALSE },
  { "KDPM2DiscreteScheduler", LIMN_SAMPLER_DPM2, RULE_SIGMA, LIMN_SPACING_LINSPACE, FALSE },
  { "KDPM2AncestralDiscreteScheduler", LIMN_SAMPLER_DPM2_A, RULE_SIGMA, LIMN_SPACING_LINSPACE, FALSE },
  { "DPMSolverMultistepScheduler", LIMN_SAMPLER_DPMPP_2M, RULE_PLUS_ONE, LIMN_SPACING_LINSPACE, FALSE },
  { "UniPCMultistepScheduler", LIMN_SAMPLER_UNIPC, RULE_PLUS_ONE, LIMN_SPACING_LINSPACE, FALSE },
};

typedef struct
{
  const DiffusersClass *class;
  guint n_steps;
  LimnSchedulerConfig config;
  LimnSamplerKind kind;
  LimnSamplerParams params;
  double eta;
  gboolean skip_prk_steps;
  gboolean sde;
  gboolean lower_order_final;
} Diffusers;

/* One key of the constructor's arguments; FALSE if Limn has nothing that corresponds. */
static gboolean
take_argument (Diffusers *d, const char *key, json_t *value)
{
  const char *text = json_is_string (value) ? json_string_value (value) : "";
  gboolean truth = json_is_true (value);
  double number = json_number_value (value);

  if (strcmp (key, "timestep_spacing") == 0)
    return limn_spacing_from_name (text, &d->config.timestep_spacing, NULL);
  if (strcmp (key, "prediction_type") == 0)
    return limn_prediction_from_name (text, &d->config.prediction_type, NULL);
  if (strcmp (key, "variance_type") == 0)
    return limn_variance_from_name (text, &d->config.variance_type, NULL);
  if (strcmp (key, "beta_schedule") == 0)
    return limn_betas_from_name (text, &d->config.beta_schedule, NULL);
  if (strcmp (key, "beta_start") == 0)
    d->config.beta_start = number;
  else if (strcmp (key, "beta_end") == 0)
    d->config.beta_end = number;
  else if (strcmp (key, "num_train_timesteps") == 0)
    d->config.num_train_timesteps = (guint) number;
  else if (strcmp (key, "steps_offset") == 0)
    d->config.steps_offset = (guint) number;
  else if (strcmp (key, "set_alpha_to_one") == 0)
    d->config.set_alpha_to_one = truth;
  else if (strcmp (key, "use_karras_sigmas") == 0)
    d->config.use_karras_sigmas = truth;
  else if (strcmp (key, "rescale_betas_zero_snr") == 0)
    d->config.rescale_betas_zero_snr = truth;
  else if (strcmp (key, "clip_sample") == 0 || strcmp (key, "thresholding") == 0)
    return !truth;
  else if (strcmp (key, "solver_order") == 0)
    d->params.order = (guint) number;
  else if (strcmp (key, "solver_type") == 0 && (strcmp (text, "midpoint") == 0 || strcmp (text, "heun") == 0))
    d->params.solver = text[0] == 'h' ? LIMN_SOLVER_HEUN : LIMN_SOLVER_MIDPOINT;
  else if (strcmp (key, "solver_type") == 0 && (strcmp (text, "bh1") == 0 || strcmp (text, "bh2") == 0))
    d->params.unipc_bh1 = text[2] == '1';
  else if (strcmp (key, "algorithm_type") == 0 && g_str_has_suffix (text, "dpmsolver++"))
    d->sde = g_str_has_prefix (text, "sde-");
  else if (strcmp (key, "lower_order_final") == 0)
    d->lower_order_final = truth;
  else if (strcmp (key, "skip_prk_steps") == 0)
    d->skip_prk_steps = truth;
  else if (strcmp (key, "eta") == 0)
    d->eta = number;
  else
    return FALSE;
  return TRUE;
}

static gboolean
parse_diffusers (Case *test, const char *doc, Diffusers *d)
{
  g_autofree char *class_name = g_strndup (doc, strcspn (doc, " "));
  const char *brace = strchr (doc, '{');
  json_t *arguments, *value;
  const char *key;

  *d = (Diffusers){ .lower_order_final = TRUE };
  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    if (strcmp (classes[i].class_name, class_name) == 0)
      d->class = &classes[i];
  if (!d->class)
    {
      limn_fixtures_not_offered (test->fixtures, test->line, "Limn has no such sampler");
      return FALSE;
    }
  d->n_steps = (guint) g_ascii_strtoull (doc + strlen (class_name), NULL, 10);
  arguments = brace ? json_loads (brace, JSON_DISABLE_EOF_CHECK, NULL) : json_object ();
  if (!arguments || d->n_steps == 0 || d->n_steps > LIMN_STEPS_MAX)
    {
      json_decref (arguments);
      limn_fixtures_fail (test->fixtures, test->line, NULL, "its description cannot be read");
      return FALSE;
    }
  limn_scheduler_config_init (&d->config);
  d->config.timestep_spacing = d->class->spacing;
  d->config.steps_offset = 0;
  d->config.set_alpha_to_one = d->class->set_alpha_to_one;
  d->kind = d->class->kind;
  limn_sampler_params_init (&d->params, d->kind, test->field.n);
  d->eta = d->params.eta;
  if (d->class->rule == RULE_PLUS_ONE)
    d->params.order = 2;
  json_object_foreach (arguments, key, value) if (!take_argument (d, key, value))
  {
    g_autofree char *why = g_strdup_printf ("nothing of Limn's corresponds to %s there", key);

    limn_fixtures_not_offered (test->fixtures, test->line, why);
    json_decref (arguments);
    return FALSE;
  }
  json_decref (arguments);
  if (d->kind == LIMN_SAMPLER_PLMS && !d->skip_prk_steps)
    {
      limn_fixtures_not_offered (test->fixtures, test->line, "Limn's PLMS has no Runge-Kutta steps");
      return FALSE;
    }
  d->params.prediction = d->config.prediction_type;
  d->params.variance = d->config.variance_type;
  if (d->kind == LIMN_SAMPLER_DPMPP_2M)
    {
      /* Limn's names for one solver: 3M SDE is the one with a third order, which without eta is no SDE. */
      if (d->params.order == 3)
        d->kind = LIMN_SAMPLER_DPMPP_3M_SDE;
      else if (d->sde)
        d->kind = LIMN_SAMPLER_DPMPP_2M_SDE;
      d->eta = d->sde;
      d->params.lower_order_final = d->lower_order_final && d->n_steps < 15;
    }
  d->params.eta = d->eta;
  return TRUE;
}

static LimnSchedule *
stride_schedule (const Diffusers *d, LimnAlphas *alphas, GError **error)
{
  guint length = limn_alphas_get_length (alphas), n = d->n_steps;
  const double *bars = limn_alphas_get_bars (alphas);
  g_autofree double *timesteps = g_new (double, n);
  LimnSchedule *schedule;

  limn_spacing_timesteps (d->config.timestep_spacing, length, n, d->config.steps_offset, FALSE, timesteps);
  schedule = limn_schedule_new_from_timesteps (alphas, n, timesteps, error);
  for (guint i = 0; schedule && i < n; i++)
    {
      double previous = timesteps[i] - length / n;

      if (previous >= 0)
        schedule->alpha_bar_prev[i] = bars[(guint) previous];
      else
        schedule->alpha_bar_prev[i] = d->config.set_alpha_to_one ? 1 : bars[0];
    }
  return schedule;
}

static LimnSchedule *
sigma_schedule (const Diffusers *d, LimnAlphas *alphas, GError **error)
{
  guint n = d->n_steps;
  g_autofree double *timesteps = g_new (double, n);
  g_autofree double *sigmas = g_new0 (double, n + 1);
  LimnSchedule *schedule;

  limn_spacing_timesteps (d->config.timestep_spacing, limn_alphas_get_length (alphas), n, d->config.steps_offset, TRUE,
                          timesteps);
  for (guint i = 0; i < n; i++)
    sigmas[i] = limn_fixtures_sigma_at (alphas, timesteps[i]);
  if (d->config.use_karras_sigmas)
    limn_sigmas_karras (n, sigmas[n - 1], sigmas[0], 7, sigmas);
  schedule = limn_schedule_new_from_sigmas (alphas, n, sigmas, error);
  if (schedule && !d->config.use_karras_sigmas) /* exact where inverting log sigma is not */
    memcpy (schedule->timestep, timesteps, n * sizeof *timesteps);
  return schedule;
}

static LimnSchedule *
plus_one_schedule (const Diffusers *d, LimnAlphas *alphas, GError **error)
{
  guint length = limn_alphas_get_length (alphas), n = d->n_steps;
  g_autofree double *timesteps = g_new0 (double, n + 2);
  g_autofree double *sigmas = g_new0 (double, n + 2);
  LimnSchedule *schedule;
  gboolean stays;

  if (d->config.use_karras_sigmas)
    {
      limn_sigmas_karras (n, limn_alphas_t_to_sigma (alphas, 0), limn_alphas_t_to_sigma (alphas, length - 1), 7,
                          sigmas);
      for (guint i = 0; i < n; i++)
        timesteps[i] = rint (limn_alphas_sigma_to_t (alphas, sigmas[i]));
    }
  else if (d->config.timestep_spacing == LIMN_SPACING_TRAILING)
    limn_spacing_timesteps (LIMN_SPACING_TRAILING, length, n, 0, FALSE, timesteps);
  else
    limn_spacing_timesteps (d->config.timestep_spacing, length, n + 1, d->config.steps_offset, FALSE, timesteps);
  timesteps[n] = 0;
  for (guint i = 0; i <= n; i++)
    sigmas[i] = limn_alphas_t_to_sigma (alphas, timesteps[i]);
  /* With Karras sigmas the last step goes from timestep 0 to timestep 0: the sigma is set after the check. */
  stays = sigmas[n] == sigmas[n - 1];
  if (stays)
    sigmas[n] = 0;
  schedule = limn_schedule_new_from_sigmas (alphas, n, sigmas, error);
  if (schedule && stays)
    schedule->sigma[n] = schedule->sigma[n - 1];
  for (guint i = 0; schedule && i < n; i++)
    schedule->timestep[i] = timesteps[i];
  return schedule;
}

/* Every state but the last is what the network was called with, in order: so the states within a step of two calls are
 * compared as well. */
static void
run_calls (Case *test, GArray *timesteps)
{
  gsize n = test->field.n;
  g_autofree double *last = NULL;
  double worst = 0;

  while (!limn_sampler_is_done (test->sampler))
    if (!step_case (test))
      return;
  if (test->field.n_calls != n_states (test) - 1)
    {
      limn_fixtures_fail (test->fixtures, test->line, NULL, "another number of model calls");
      return;
    }
  for (guint i = 0; i < test->field.n_calls; i++)
    worst = MAX (worst, limn_fixtures_scaled_worst (doubles (test->field.inputs) + i * n, state_at (test, i), n));
  last = g_memdup2 (limn_sampler_get_x (test->sampler), n * sizeof *last);
  for (gsize i = 0; test->field.inputs_in_vp && i < n; i++)
    last[i] *= limn_sampler_get_preview_scale (test->sampler);
  worst = MAX (worst, limn_fixtures_scaled_worst (last, state_at (test, test->field.n_calls), n));
  report_part (test, NULL, worst, DIFFUSERS_BOUND);
  if (timesteps)
    report_part (test, "timesteps", worst_of_calls (test, timesteps), TIMESTEP_BOUND);
}

static void
check_diffusers (Case *test, const char *doc)
{
  g_autoptr(GArray) timesteps = limn_fixtures_read_tensor (test->file, test->group, "timesteps");
  g_autoptr(LimnAlphas) alphas = NULL;
  g_autoptr(LimnSchedule) schedule = NULL;
  GError *error = NULL;
  Diffusers d;

  if (!parse_diffusers (test, doc, &d))
    return;
  alphas = limn_alphas_new (&d.config, &error);
  if (alphas && d.class->rule == RULE_STRIDE)
    schedule = stride_schedule (&d, alphas, &error);
  else if (alphas && d.class->rule == RULE_SIGMA)
    schedule = sigma_schedule (&d, alphas, &error);
  else if (alphas)
    schedule = plus_one_schedule (&d, alphas, &error);
  if (!schedule)
    {
      limn_fixtures_fail (test->fixtures, test->line, error, NULL);
      return;
    }
  /* diffusers' multistep DPM++ steps x in VP space, Limn's in sigma space. */
  test->field.inputs_in_vp = d.class->rule != RULE_SIGMA;
  test->noise_per_call = d.kind == LIMN_SAMPLER_DPM2_A;
  if (start_case (test, d.kind, &d.params, schedule))
    run_calls (test, timesteps);
}

static gboolean
load_field (LimnFixtures *fixtures, const char *name, const LimnSafetensors *file, GArray **parts, LimnTestField *field)
{
  parts[0] = limn_fixtures_read_tensor (file, "model", "means");
  parts[1] = limn_fixtures_read_tensor (file, "model", "weights");
  parts[2] = limn_fixtures_read_tensor (file, "model", "stds");
  if (!parts[0] || !parts[1] || !parts[2] || parts[1]->len == 0 || parts[2]->len != parts[1]->len || parts[0]->len == 0
      || parts[0]->len % parts[1]->len != 0)
    {
      limn_fixtures_fail (fixtures, name, NULL, "model/means, model/weights and model/stds do not fit together");
      return FALSE;
    }
  *field = (LimnTestField){
    .n_components = parts[1]->len,
    .n = parts[0]->len / parts[1]->len,
    .means = doubles (parts[0]),
    .weights = doubles (parts[1]),
    .stds = doubles (parts[2]),
  };
  return TRUE;
}

static void
check_case (LimnFixtures *fixtures,
            const char *line,
            const LimnSafetensors *file,
            const LimnTestField *field,
            json_t *entry)
{
  static const struct
  {
    const char *family;
    void (*check) (Case *test, const char *doc);
  } families[] = {
    { "k-diffusion", check_k_diffusion },
    { "CompVis", check_compvis },
    { "UniPC", check_unipc },
    { "diffusers", check_diffusers },
  };
  const char *group = json_string_value (json_object_get (entry, "name"));
  const char *family = json_string_value (json_object_get (entry, "family"));
  const char *doc = json_string_value (json_object_get (entry, "doc"));
  g_autoptr(GArray) states = limn_fixtures_read_tensor (file, group, "states");
  g_autoptr(GArray) noise = limn_fixtures_read_tensor (file, group, "noise");
  g_autoptr(GArray) called = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr(GArray) inputs = g_array_new (FALSE, FALSE, sizeof (double));
  Case test = {
    .fixtures = fixtures,
    .file = file,
    .group = group,
    .line = line,
    .field = *field,
    .states = states,
    .noise = noise,
  };

  if (!states || states->len % field->n != 0 || states->len < 2 * field->n || !family || !doc)
    {
      limn_fixtures_fail (fixtures, line, NULL, "no states, or of another length than the model's");
      return;
    }
  test.field.timesteps = called;
  test.field.inputs = inputs;
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (strcmp (families[i].family, family) == 0)
      {
        families[i].check (&test, doc);
        limn_sampler_free (test.sampler);
        return;
      }
  limn_fixtures_not_offered (fixtures, line, "a family that this program does not know");
}

/* The list of cases stands in index.json beside the tensors. */
void
limn_fixtures_check_trajectories (LimnFixtures *fixtures, const char *name, const char *path)
{
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *index = g_build_filename (dir, "index.json", NULL);
  GError *error = NULL;
  g_autoptr(LimnSafetensors) file = limn_safetensors_open (path, &error);
  GArray *parts[3] = { NULL };
  LimnTestField field;
  json_t *root, *entry;
  size_t i;

  if (!file)
    {
      limn_fixtures_fail (fixtures, name, error, NULL);
      return;
    }
  root = limn_fixtures_load_json (fixtures, index, index);
  if (root && load_field (fixtures, name, file, parts, &field))
    json_array_foreach (json_object_get (root, "cases"), i, entry)
    {
      const char *group = json_string_value (json_object_get (entry, "name"));
      g_autofree char *line = g_strconcat (name, ":", group ? group : "?", NULL);

      if (group)
        check_case (fixtures, line, file, &field, entry);
      else
        limn_fixtures_fail (fixtures, line, NULL, "a case without a name");
    }
  for (guint k = 0; k < G_N_ELEMENTS (parts); k++)
    g_clear_pointer (&parts[k], g_array_unref);
  json_decref (root);
}
