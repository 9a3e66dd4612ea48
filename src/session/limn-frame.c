/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-frame.h"

#include "session/limn-request-chain.h"

gboolean
limn_frame_shows_denoised (LimnPreview mode, guint step, guint n_steps)
{
  return mode == LIMN_PREVIEW_PREDICTED && step < n_steps;
}

double
limn_frame_get_scale (LimnSamplerKind sampler, double sigma, gboolean denoised)
{
  return denoised ? 1 : limn_sampler_kind_get_preview_scale (sampler, sigma);
}

LimnRequest *
limn_frame_dup_request (const LimnRequest *request, guint step)
{
  LimnRequest *at = limn_request_copy (limn_request_get_at (request, step));

  limn_request_set_device (at, request->device);
  return at;
}

/* Half of the cells along each side; the last one of an odd side is repeated. */
static void
halve (guint n_channels, guint width, guint height, const double *x, double scale, gboolean mean, float *half)
{
  guint half_width = (width + 1) / 2, half_height = (height + 1) / 2;

  for (guint c = 0; c < n_channels; c++)
    for (guint i = 0; i < half_height; i++)
      for (guint j = 0; j < half_width; j++)
        {
          const double *plane = x + (gsize) c * width * height;
          guint y0 = 2 * i, y1 = MIN (2 * i + 1, height - 1);
          guint x0 = 2 * j, x1 = MIN (2 * j + 1, width - 1);
          double value = plane[(gsize) y0 * width + x0];

          if (mean)
            value = (value + plane[(gsize) y0 * width + x1] + plane[(gsize) y1 * width + x0] +
                     plane[(gsize) y1 * width + x1]) / 4;
          half[((gsize) c * half_height + i) * half_width + j] = (float) (value * scale);
        }
}

LimnImage *
limn_frame_decode (LimnEngine     *engine,
                   const LimnWork *work,
                   LimnSource     *source,
                   const double   *x,
                   double          scale,
                   gboolean        denoised,
                   gboolean        half,
                   const char     *small,
                   GCancellable   *cancellable,
                   GError        **error)
{
  guint n_channels = engine->facts.n_channels;
  guint width_lt = limn_work_get_width_lt (work), height_lt = limn_work_get_height_lt (work);
  gsize n = (gsize) n_channels * width_lt * height_lt;
  g_autofree float *values = g_new (float, n);
  g_autoptr(LimnImage) painted = NULL;

  if (half)
    halve (n_channels, width_lt, height_lt, x, scale, denoised, values);
  else
    for (gsize i = 0; i < n; i++)
      values[i] = (float) (x[i] * scale);
  painted = limn_work_decode (work, engine, half, small, values, cancellable, error);
  if (!painted || !source)
    return g_steal_pointer (&painted);
  return limn_source_compose (source, painted, error);
}
