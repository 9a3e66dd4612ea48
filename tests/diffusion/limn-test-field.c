/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-test-field.h"

#include "base/limn-error.h"

#include <math.h>

void
limn_test_field_mean (const LimnTestField *field, const double *x, double sigma, double *denoised)
{
  g_autofree double *logs = g_new (double, field->n_components);
  double largest = -INFINITY, sum = 0;

  for (guint k = 0; k < field->n_components; k++)
    {
      double variance = field->stds[k] * field->stds[k] + sigma * sigma, squares = 0;

      for (gsize i = 0; i < field->n; i++)
        squares += pow (x[i] - field->means[k * field->n + i], 2);
      logs[k] = log (field->weights[k]) - squares / (2 * variance) - field->n * log (variance) / 2;
      largest = MAX (largest, logs[k]);
    }
  for (guint k = 0; k < field->n_components; k++)
    sum += exp (logs[k] - largest);
  for (gsize i = 0; i < field->n; i++)
    denoised[i] = 0;
  for (guint k = 0; k < field->n_components; k++)
    {
      double share = exp (logs[k] - largest) / sum;
      double s2 = field->stds[k] * field->stds[k];

      for (gsize i = 0; i < field->n; i++)
        denoised[i] += share * (s2 * x[i] + sigma * sigma * field->means[k * field->n + i]) / (s2 + sigma * sigma);
    }
}

gboolean
limn_test_field_denoise (gpointer data, const LimnDenoiseInput *input, double *prediction, GError **error)
{
  LimnTestField *field = data;
  g_autofree double *x = g_new (double, input->n);
  double alpha = 1 / sqrt (1 + input->sigma * input->sigma);
  double beta = input->sigma * alpha;

  g_assert_cmpuint (input->n, ==, field->n);
  if (++field->n_calls == field->fail_at)
    {
      g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST, "The test lets this call fail.");
      return FALSE;
    }
  if (field->timesteps)
    g_array_append_vals (field->timesteps, &input->timestep, 1);
  for (gsize i = 0; i < input->n; i++)
    x[i] = input->x[i] / alpha;
  if (field->inputs && (input->call == 0 || !field->first_inputs_only))
    g_array_append_vals (field->inputs, field->inputs_in_vp ? input->x : x, input->n);
  limn_test_field_mean (field, x, input->sigma, prediction);
  for (gsize i = 0; i < input->n; i++)
    {
      double eps = (input->x[i] - alpha * prediction[i]) / beta;

      if (field->prediction == LIMN_PREDICTION_EPSILON)
        prediction[i] = eps;
      else if (field->prediction == LIMN_PREDICTION_V)
        prediction[i] = alpha * eps - beta * prediction[i];
    }
  return TRUE;
}
