/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "ops/limn-weights.h"
#include "ops/limn-weights-private.h"

#include "base/limn-half.h"

guint
limn_weights_pad_k (guint k)
{
  return (k + LIMN_WEIGHTS_K_STEP - 1) / LIMN_WEIGHTS_K_STEP * LIMN_WEIGHTS_K_STEP;
}

LimnWeights *
limn_weights_new (LimnGl      *gl,
                  LimnDtype    dtype,
                  guint        n,
                  guint        k,
                  guint        taps,
                  const char  *label,
                  GError     **error)
{
  g_autoptr(LimnWeights) weights = g_new0 (LimnWeights, 1);

  g_return_val_if_fail (taps == 1 || taps == 9, NULL);

  weights->k = k;
  weights->n = n;
  weights->taps = taps;
  weights->panels = limn_tensor_new (gl, dtype, (n + LIMN_PANEL - 1) / LIMN_PANEL, taps,
                                     limn_weights_pad_k (weights->k), LIMN_PANEL, label, error);
  if (!weights->panels)
    return NULL;
  return g_steal_pointer (&weights);
}

void
limn_weights_free (LimnWeights *weights)
{
  if (!weights)
    return;
  limn_tensor_free (weights->winograd);
  limn_tensor_free (weights->panels);
  g_free (weights);
}

void
limn_weights_upload (LimnWeights *weights,
                     guint        first,
                     guint        count,
                     const float *values)
{
  guint padded = limn_weights_pad_k (weights->k);
  gsize panel_values = (gsize) weights->taps * padded * LIMN_PANEL;
  LimnDtype dtype = weights->panels->dtype;
  gsize panel_bytes = panel_values * limn_dtype_get_bytes (dtype);
  g_autofree guint8 *panel = g_malloc (panel_bytes);

  g_return_if_fail (first % LIMN_PANEL == 0 && first + count <= weights->n);
  g_return_if_fail (count % LIMN_PANEL == 0 || first + count == weights->n);

  weights->stale = weights->winograd != NULL;
  for (guint begin = 0; begin < count; begin += LIMN_PANEL)
    {
      guint columns = MIN (LIMN_PANEL, count - begin);

      memset (panel, 0, panel_bytes);
      for (guint column = 0; column < columns; column++)
        for (guint k = 0; k < weights->k; k++)
          for (guint tap = 0; tap < weights->taps; tap++)
            {
              float value = values[((gsize) (begin + column) * weights->k + k) * weights->taps + tap];
              gsize at = ((gsize) tap * padded + k) * LIMN_PANEL + column;

              if (dtype == LIMN_DTYPE_F16)
                ((guint16 *) panel)[at] = limn_half_from_float (value);
              else
                ((float *) panel)[at] = value;
            }
      limn_gl_buffer_write (weights->panels->buffer, (first + begin) / LIMN_PANEL * panel_bytes, panel, panel_bytes);
    }
}

guint64
limn_weights_get_bytes (const LimnWeights *weights)
{
  return limn_tensor_count_bytes (weights->panels);
}

guint64
limn_weights_get_kept_bytes (const LimnWeights *weights)
{
  return weights->winograd ? limn_tensor_count_bytes (weights->winograd) : 0;
}
