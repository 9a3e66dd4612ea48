/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-fixtures-tensors.h"

#include "base/limn-error.h"

#include <math.h>

void
limn_fixtures_values_clear (LimnFixturesValues *values)
{
  g_clear_pointer (&values->values, g_free);
}

gboolean
limn_fixtures_load (LimnSafetensors *file, const char *name, guint n_dims, LimnFixturesValues *values, GError **error)
{
  const LimnSafetensorsTensor *tensor = limn_safetensors_lookup (file, name);

  if (!tensor || tensor->n_dims != n_dims)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "there is no tensor “%s” of %u dimensions", name, n_dims);
      return FALSE;
    }
  limn_fixtures_values_clear (values);
  values->tensor = tensor;
  values->values = g_new (float, tensor->n_elements);
  if (tensor->dtype == LIMN_SAFETENSORS_I32 || tensor->dtype == LIMN_SAFETENSORS_I64)
    {
      g_autofree gint64 *integers = g_new (gint64, tensor->n_elements);

      if (!limn_safetensors_read_i64 (file, tensor, 0, tensor->n_elements, integers, error))
        return FALSE;
      for (guint64 i = 0; i < tensor->n_elements; i++)
        values->values[i] = integers[i];
      return TRUE;
    }
  return limn_safetensors_read_f32 (file, tensor, 0, tensor->n_elements, values->values, error);
}

LimnSafetensors *
limn_fixtures_open_beside (const char *path, const char *other, GError **error)
{
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *file = g_build_filename (dir, other, NULL);

  return limn_safetensors_open (file, error);
}

double
limn_fixtures_relative_l2 (const float *got, const float *want, gsize n)
{
  double error = 0, norm = 0;

  for (gsize i = 0; i < n; i++)
    {
      error += ((double) got[i] - want[i]) * ((double) got[i] - want[i]);
      norm += (double) want[i] * want[i];
    }
  return isfinite (error) ? sqrt (error / norm) : INFINITY;
}
