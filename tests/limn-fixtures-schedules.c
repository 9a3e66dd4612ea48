/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-fixtures-samplers.h"

#include <math.h>
#include <string.h>

/* samplers/schedules.safetensors and the starter model's alphas_cumprod. */

GArray *
limn_fixtures_read_tensor (const LimnSafetensors *file, const char *group, const char *name)
{
  g_autofree char *full = group ? g_strconcat (group, "/", name, NULL) : g_strdup (name);
  const LimnSafetensorsTensor *tensor = limn_safetensors_lookup (file, full);
  GArray *values;

  if (!tensor)
    return NULL;
  values = g_array_sized_new (FALSE, FALSE, sizeof (double), tensor->n_elements);
  g_array_set_size (values, tensor->n_elements);
  if (!limn_safetensors_read_f64 (file, tensor, 0, values->len, (double *) values->data, NULL))
    g_clear_pointer (&values, g_array_unref);
  return values;
}

double
limn_fixtures_scaled_worst (const double *got, const double *want, gsize n)
{
  double largest = 1;

  for (gsize i = 0; i < n; i++)
    largest = MAX (largest, fabs (want[i]));
  return limn_fixtures_worst (got, want, n) / largest;
}

double
limn_fixtures_compare (const double *got, gsize n, GArray *want)
{
  return n == want->len ? limn_fixtures_scaled_worst (got, doubles (want), n) : INFINITY;
}

LimnAlphas *
limn_fixtures_new_alphas (LimnBetas betas, LimnBetasPrecision precision)
{
  LimnSchedulerConfig config;
  LimnAlphas *alphas;

  limn_scheduler_config_init (&config);
  config.beta_schedule = betas;
  config.precision = precision;
  alphas = limn_alphas_new (&config, NULL);
  g_assert (alphas);
  return alphas;
}

double
limn_fixtures_sigma_at (const LimnAlphas *alphas, double t)
{
  double low = limn_alphas_t_to_sigma (alphas, floor (t)), high = limn_alphas_t_to_sigma (alphas, ceil (t));

  return low + (high - low) * (t - floor (t));
}

/* "karras.rho0.7.20" with the prefix "karras.rho" -> 20, and 0.7 through @number; 0 if the name is another. */
static guint
split_name (const char *name, const char *prefix, double *number)
{
  const char *last = strrchr (name, '.');
  g_autofree char *part = NULL;

  if (!g_str_has_prefix (name, prefix) || !last || last < name + strlen (prefix))
    return 0;
  part = g_strndup (name + strlen (prefix), last - name - strlen (prefix));
  *number = g_ascii_strtod (part, NULL);
  return (guint) g_ascii_strtoull (last + 1, NULL, 10);
}

static gboolean
check_training_table (LimnFixtures *fixtures, const char *line, const char *name, GArray *want)
{
  static const struct
  {
    const char *suffix;
    LimnBetas betas;
    LimnBetasPrecision precision;
    gboolean zero_snr;
    double bound;
  } tables[] = {
    { ".scaled_linear", LIMN_BETAS_SCALED_LINEAR, LIMN_PRECISION_FLOAT64, FALSE, DOUBLE_BOUND },
    { ".linear", LIMN_BETAS_LINEAR, LIMN_PRECISION_FLOAT64, FALSE, DOUBLE_BOUND },
    { ".cosine", LIMN_BETAS_COSINE, LIMN_PRECISION_FLOAT64, FALSE, DOUBLE_BOUND },
    { ".squaredcos_cap_v2.diffusers", LIMN_BETAS_COSINE, LIMN_PRECISION_FLOAT32, FALSE, FLOAT_BOUND },
    { ".scaled_linear_zero_terminal_snr.f32", LIMN_BETAS_SCALED_LINEAR, LIMN_PRECISION_FLOAT32, TRUE, FLOAT_BOUND },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      const char *dot = strchr (name, '.');
      g_autoptr(LimnAlphas) alphas = NULL;
      LimnSchedulerConfig config;

      if (!dot || strcmp (dot, tables[i].suffix) != 0)
        continue;
      limn_scheduler_config_init (&config);
      config.beta_schedule = tables[i].betas;
      config.precision = tables[i].precision;
      config.rescale_betas_zero_snr = tables[i].zero_snr;
      if (tables[i].zero_snr)
        config.prediction_type = LIMN_PREDICTION_V;
      config.num_train_timesteps = want->len;
      alphas = limn_alphas_new (&config, NULL);
      if (!alphas)
        return FALSE;
      if (g_str_has_prefix (name, "betas."))
        /* beta = 1 - a[t] / a[t-1]: where a has almost vanished, an ulp of float32 in it is 1e-5 of the ratio (8e-6
         * seen) */
        limn_fixtures_report (fixtures, line, limn_fixtures_compare (limn_alphas_get_betas (alphas), want->len, want),
                              tables[i].zero_snr ? 4e-5 : tables[i].bound);
      else if (g_str_has_prefix (name, "alphas_cumprod."))
        limn_fixtures_report (fixtures, line, limn_fixtures_compare (limn_alphas_get_bars (alphas), want->len, want),
                              tables[i].bound);
      else if (g_str_has_prefix (name, "sigmas."))
        {
          g_autofree double *sigmas = g_new (double, want->len);

          for (guint t = 0; t < want->len; t++)
            sigmas[t] = limn_alphas_t_to_sigma (alphas, t);
          limn_fixtures_report (fixtures, line, limn_fixtures_compare (sigmas, want->len, want), tables[i].bound);
        }
      else
        return FALSE;
      return TRUE;
    }
  return FALSE;
}

/* k-diffusion's spacings: the ends are read from the tensor itself, what is between them is checked. */
static gboolean
check_spacing (LimnFixtures *fixtures, const char *line, const char *name, GArray *want)
{
  g_autofree double *got = g_new0 (double, want->len);
  guint n = want->len - 1;
  double high = doubles (want)[0], low = doubles (want)[n > 0 ? n - 1 : 0], rho = 0;

  if (n > 0 && split_name (name, "karras.rho", &rho) == n)
    limn_sigmas_karras (n, low, high, rho, got);
  else if (n > 0 && split_name (name, "polyexponential.rho", &rho) == n)
    limn_sigmas_polyexponential (n, low, high, rho, got);
  else if (n > 0 && split_name (name, "exponential", &rho) == n)
    limn_sigmas_exponential (n, low, high, got);
  else if (n > 0 && split_name (name, "vp", &rho) == n)
    limn_sigmas_vp (n, 19.9, 0.1, 1e-3, got); /* k-diffusion's defaults */
  else
    return FALSE;
  limn_fixtures_report (fixtures, line, limn_fixtures_compare (got, want->len, want), DOUBLE_BOUND);
  return TRUE;
}

static gboolean
check_kind (LimnFixtures *fixtures, const char *line, const char *name, GArray *want)
{
  g_autoptr(LimnAlphas) alphas = limn_fixtures_new_alphas (LIMN_BETAS_SCALED_LINEAR, LIMN_PRECISION_FLOAT64);
  g_autoptr(LimnSchedule) schedule = NULL;
  double unused;
  guint n = split_name (name, "discrete", &unused);

  if (n > 0)
    {
      /* k-diffusion rounds the fractional timesteps to float32. */
      schedule = limn_schedule_new (alphas, LIMN_SCHEDULE_DISCRETE, n, NULL);
      limn_fixtures_report (fixtures, line, schedule ? limn_fixtures_compare (schedule->sigma, n + 1, want) : INFINITY,
                            FLOAT_BOUND);
      return TRUE;
    }
  n = split_name (name, "ddim_uniform", &unused);
  if (n > 0)
    {
      g_autofree double *ascending = g_new0 (double, want->len);

      schedule = limn_schedule_new (alphas, LIMN_SCHEDULE_DDIM_UNIFORM, n, NULL);
      for (guint i = 0; schedule && schedule->n_steps == want->len && i < want->len; i++)
        ascending[i] = schedule->timestep[want->len - 1 - i];
      limn_fixtures_report (fixtures, line, limn_fixtures_compare (ascending, want->len, want), 0);
      return TRUE;
    }
  return FALSE;
}

/* "timesteps.euler.leading.offset1.20", "sigmas.euler…", "init_noise_sigma.euler…", "timesteps.ddim…" */
static gboolean
check_diffusers_table (LimnFixtures *fixtures, const char *line, const char *name, GArray *want)
{
  g_auto(GStrv) words = g_strsplit (name, ".", -1);
  g_autoptr(LimnAlphas) alphas = limn_fixtures_new_alphas (LIMN_BETAS_SCALED_LINEAR, LIMN_PRECISION_FLOAT32);
  g_autofree double *timesteps = NULL;
  g_autofree double *sigmas = NULL;
  gboolean euler;
  LimnSpacing spacing;
  guint n, offset;

  if (g_strv_length (words) != 5 || !g_str_has_prefix (words[3], "offset")
      || !limn_spacing_from_name (words[2], &spacing, NULL))
    return FALSE;
  euler = strcmp (words[1], "euler") == 0;
  n = (guint) g_ascii_strtoull (words[4], NULL, 10);
  if (n == 0 || n > LIMN_STEPS_MAX || (!euler && strcmp (words[1], "ddim") != 0))
    return FALSE;
  timesteps = g_new (double, n);
  sigmas = g_new0 (double, n + 1);
  offset = (guint) g_ascii_strtoull (words[3] + strlen ("offset"), NULL, 10);
  limn_spacing_timesteps (spacing, limn_alphas_get_length (alphas), n, offset, euler, timesteps);
  for (guint i = 0; i < n; i++)
    sigmas[i] = limn_fixtures_sigma_at (alphas, timesteps[i]);
  if (strcmp (words[0], "timesteps") == 0)
    limn_fixtures_report (fixtures, line, limn_fixtures_compare (timesteps, n, want), euler ? FLOAT_BOUND : 0);
  else if (strcmp (words[0], "sigmas") == 0)
    limn_fixtures_report (fixtures, line, limn_fixtures_compare (sigmas, n + 1, want), FLOAT_BOUND);
  else if (strcmp (words[0], "init_noise_sigma") == 0)
    {
      double start = spacing == LIMN_SPACING_LEADING ? sqrt (sigmas[0] * sigmas[0] + 1) : sigmas[0];

      limn_fixtures_report (fixtures, line, limn_fixtures_compare (&start, 1, want), FLOAT_BOUND);
    }
  else
    return FALSE;
  return TRUE;
}

/* Pairs of tensors: k-diffusion's t <-> sigma. @get_partner reads the other one of the pair. */
static gboolean
check_inverse (LimnFixtures *fixtures, const LimnSafetensors *file, const char *line, const char *name, GArray *want)
{
  g_autoptr(LimnAlphas) alphas = limn_fixtures_new_alphas (LIMN_BETAS_SCALED_LINEAR, LIMN_PRECISION_FLOAT64);
  g_autoptr(GArray) from = NULL;
  gboolean quantized = strcmp (name, "sigma_to_t.t_quantized") == 0;

  if (strcmp (name, "sigma_to_t.sigma") == 0 || strcmp (name, "t_to_sigma.t") == 0)
    return TRUE; /* what the partner is computed from */
  if (quantized || strcmp (name, "sigma_to_t.t") == 0)
    from = limn_fixtures_read_tensor (file, NULL, "sigma_to_t.sigma");
  else if (strcmp (name, "t_to_sigma.sigma") == 0)
    from = limn_fixtures_read_tensor (file, NULL, "t_to_sigma.t");
  if (!from || from->len != want->len)
    return FALSE;
  for (guint i = 0; i < from->len; i++)
    {
      double *value = &doubles (from)[i];

      if (name[0] == 't')
        *value = limn_alphas_t_to_sigma (alphas, *value);
      else
        *value = limn_alphas_sigma_to_t (alphas, *value);
      if (quantized)
        *value = rint (*value);
    }
  limn_fixtures_report (fixtures, line, limn_fixtures_compare (doubles (from), from->len, want), DOUBLE_BOUND);
  return TRUE;
}

void
limn_fixtures_check_schedules (LimnFixtures *fixtures, const char *name, const char *path)
{
  GError *error = NULL;
  g_autoptr(LimnSafetensors) file = limn_safetensors_open (path, &error);

  if (!file)
    {
      limn_fixtures_fail (fixtures, name, error, NULL);
      return;
    }
  for (guint i = 0; i < limn_safetensors_get_n (file); i++)
    {
      const char *tensor = limn_safetensors_get_nth (file, i)->name;
      g_autofree char *line = g_strconcat (name, ":", tensor, NULL);
      g_autoptr(GArray) want = limn_fixtures_read_tensor (file, NULL, tensor);

      if (!want || want->len == 0)
        limn_fixtures_fail (fixtures, line, NULL, "cannot be read");
      else if (!check_training_table (fixtures, line, tensor, want) && !check_spacing (fixtures, line, tensor, want)
               && !check_kind (fixtures, line, tensor, want) && !check_diffusers_table (fixtures, line, tensor, want)
               && !check_inverse (fixtures, file, line, tensor, want))
        limn_fixtures_not_offered (fixtures, line, "Limn has no such table");
    }
}

void
limn_fixtures_check_alphas (LimnFixtures *fixtures, const char *name, const char *path)
{
  g_autoptr(LimnAlphas) alphas = limn_fixtures_new_alphas (LIMN_BETAS_SCALED_LINEAR, LIMN_PRECISION_FLOAT32);
  GError *error = NULL;
  g_autoptr(LimnSafetensors) file = limn_safetensors_open (path, &error);
  g_autoptr(GArray) want = file ? limn_fixtures_read_tensor (file, NULL, "alphas_cumprod") : NULL;

  if (!want)
    limn_fixtures_fail (fixtures, name, error, "alphas_cumprod");
  else /* one ulp of float32 at 1 */
    limn_fixtures_report (fixtures, name,
                          limn_fixtures_compare (limn_alphas_get_bars (alphas), limn_alphas_get_length (alphas), want),
                          0x1p-23);
}
