/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gl/limn-gl-probe.h"

#include "gl/limn-gl-dispatch.h"
#include "gl/limn-kernels.h"

#include <stdlib.h>

#define GROUP 256
#define FMA_GROUP 64
#define COPY_BYTES ((gsize) 64 << 20)

/* The best of some runs of @dispatch within @at_most_s; in seconds, or negative. */
static double
time_best (LimnGl               *gl,
           const LimnGlDispatch *dispatch,
           double                at_most_s)
{
  g_autoptr (LimnGlTimer) timer = limn_gl_timer_new (gl);
  gint64 end = g_get_monotonic_time () + (gint64) (at_most_s * G_USEC_PER_SEC);
  double best = -1;

  /* The first run pays for code generation and first touch. */
  for (guint run = 0; run < 2 || (run < 20 && g_get_monotonic_time () < end); run++)
    {
      double seconds;

      limn_gl_timer_begin (timer);
      limn_gl_dispatch (gl, dispatch);
      limn_gl_barrier (gl);
      limn_gl_timer_end (timer);
      seconds = (double) limn_gl_timer_get_ns (timer) * 1e-9;
      if (run > 0 && seconds > 0 && (best < 0 || seconds < best))
        best = seconds;
    }
  return best;
}

static gboolean
probe_fma (LimnGl  *gl,
           double  *gflops,
           GError **error)
{
  static const char * const chains[] = { "8", "10" };
  /* Turns grow until a run takes a few milliseconds, well above what a timer resolves and below what a desktop feels. */
  const double enough_s = 3e-3;
  guint n = limn_gl_get_device (gl)->device_class == LIMN_GL_SOFTWARE ? 64 * GROUP : 4096 * GROUP;
  g_autoptr (LimnGlBuffer) y = limn_gl_buffer_new (gl, (gsize) n * sizeof (float), "probe", error);
  g_autoptr (LimnGlBuffer) params = limn_gl_buffer_new (gl, sizeof (LimnProbeFmaParams), "probe params", error);

  if (y == NULL || params == NULL)
    return FALSE;
  *gflops = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (chains); i++)
    {
      g_autofree char *define = g_strconcat ("CHAINS=", chains[i], NULL);
      const char * const defines[] = { "WG=64", define, NULL };
      const LimnGlBinding bindings[] = {
        { LIMN_GL_UNIFORM, 0, params },
        { LIMN_GL_STORAGE, LIMN_PROBE_FMA_Y, y },
      };
      LimnGlDispatch dispatch = { .bindings = bindings, .n_bindings = G_N_ELEMENTS (bindings), .label = "probe fma" };
      double seconds = -1;

      dispatch.program = limn_gl_get_program (gl, "probe_fma", defines, error);
      if (dispatch.program == NULL || !limn_gl_groups_for_items (gl, n, FMA_GROUP, dispatch.groups))
        return FALSE;
      for (guint turns = 4; turns <= 1 << 20 && seconds < enough_s; turns *= 4)
        {
          /* Below 1, so that the sums stay finite. */
          const LimnProbeFmaParams values = { .n = n, .turns = turns, .scale = 0.999f, .shift = 0.5f };
          double flop = 2.0 * 32 * atoi (chains[i]) * (double) turns * n;

          limn_gl_buffer_write (params, 0, &values, sizeof values);
          seconds = time_best (gl, &dispatch, 0.05);
          if (!limn_gl_check (gl, error))
            return FALSE;
          if (seconds > 0)
            *gflops = MAX (*gflops, flop / seconds * 1e-9);
        }
    }
  return TRUE;
}

static gboolean
probe_copy (LimnGl  *gl,
            double  *gbps,
            GError **error)
{
  gsize bytes = MIN (COPY_BYTES, limn_gl_limits_max_binding_bytes (limn_gl_get_limits (gl), LIMN_GL_STORAGE));
  const LimnProbeCopyParams values = { .n = bytes / 16 };
  const char * const defines[] = { "WG=256", NULL };
  g_autoptr (LimnGlBuffer) x = limn_gl_buffer_new (gl, bytes, "probe from", error);
  g_autoptr (LimnGlBuffer) y = x != NULL ? limn_gl_buffer_new (gl, bytes, "probe to", error) : NULL;
  g_autoptr (LimnGlBuffer) params = y != NULL ? limn_gl_buffer_new (gl, sizeof values, "probe params", error) : NULL;
  const LimnGlBinding bindings[] = {
    { LIMN_GL_UNIFORM, 0, params },
    { LIMN_GL_STORAGE, LIMN_PROBE_COPY_X, x },
    { LIMN_GL_STORAGE, LIMN_PROBE_COPY_Y, y },
  };
  LimnGlDispatch dispatch = { .bindings = bindings, .n_bindings = G_N_ELEMENTS (bindings), .label = "probe copy" };
  double seconds;

  if (params == NULL)
    return FALSE;
  dispatch.program = limn_gl_get_program (gl, "probe_copy", defines, error);
  if (dispatch.program == NULL || !limn_gl_groups_for_items (gl, values.n, GROUP, dispatch.groups))
    return FALSE;
  limn_gl_buffer_clear (x, 0, G_MAXSIZE, 0x3f800000);
  limn_gl_buffer_clear (y, 0, G_MAXSIZE, 0);
  limn_gl_buffer_write (params, 0, &values, sizeof values);
  seconds = time_best (gl, &dispatch, 0.3);
  if (!limn_gl_check (gl, error))
    return FALSE;
  *gbps = seconds > 0 ? 2.0 * (double) bytes / seconds * 1e-9 : 0;
  return TRUE;
}

gboolean
limn_gl_probe (LimnGl       *gl,
               LimnGlProbe  *probe,
               GError      **error)
{
  LimnGlProbe found = { 0 };

  if (!probe_fma (gl, &found.fma_gflops, error) || !probe_copy (gl, &found.copy_gbps, error))
    return FALSE;
  *probe = found;
  return TRUE;
}
