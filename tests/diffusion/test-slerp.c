/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-diffusion.h"

#include "base/limn-error.h"
#include "diffusion/limn-noise.h"
#include "diffusion/limn-slerp.h"

#include <math.h>

#define N 1024

static void
draw (guint64 seed, gsize n, double *out)
{
  g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CPU, seed);

  limn_noise_draw (noise, n, out);
}

static double
length (const double *x, gsize n)
{
  double square = 0;

  for (gsize i = 0; i < n; i++)
    square += x[i] * x[i];
  return sqrt (square);
}

/* Noise has the length of noise all the way, which a straight mean has not: it would have 0.71 of it. The bound is that of sums of 1024 doubles. */
static void
test_length (void)
{
  double a[N], b[N], between[N];

  for (guint64 seed = 0; seed < 20; seed++)
    for (guint i = 0; i <= 20; i++)
      {
        double u = i / 20.0, want;

        draw (seed, N, a);
        draw (seed + 100, N, b);
        for (guint j = 0; j < N; j++)
          b[j] *= 1 + seed;
        want = (1 - u) * length (a, N) + u * length (b, N);
        limn_slerp (N, a, b, u, between);
        limn_assert_near (length (between, N) / want, 1, 1e-13);
      }
}

/* A quarter of a circle in thirds, from length 1 to length 2. */
static void
test_circle (void)
{
  static const double a[] = { 1, 0 }, b[] = { 0, 2 };
  double between[2];

  limn_slerp (2, a, b, 1 / 3.0, between);
  limn_assert_near (between[0], 4 / 3.0 * cos (G_PI / 6), 1e-15);
  limn_assert_near (between[1], 4 / 3.0 * sin (G_PI / 6), 1e-15);
}

static void
test_ends (void)
{
  double a[N], b[N], c[N], d[N], out[N], want[N];
  const double *const ends[] = { a, b, c, d };

  draw (1, N, a);
  draw (2, N, b);
  draw (3, N, c);
  draw (4, N, d);
  limn_slerp (N, a, b, 0, out);
  g_assert_cmpmem (out, sizeof out, a, sizeof a);
  limn_slerp (N, a, b, 1, out);
  g_assert_cmpmem (out, sizeof out, b, sizeof b);
  limn_slerp (N, a, a, 0.3, out);
  g_assert_cmpmem (out, sizeof out, a, sizeof a);

  for (guint corner = 0; corner < 4; corner++)
    {
      limn_slerp_pad (N, 4, ends, corner % 2, corner / 2, out);
      g_assert_cmpmem (out, sizeof out, ends[corner], sizeof a);
    }
  limn_slerp_pad (N, 4, ends, 0.25, 1, out);
  limn_slerp (N, c, d, 0.25, want);
  g_assert_cmpmem (out, sizeof out, want, sizeof want);
  limn_slerp_pad (N, 4, ends, 1, 0.4, out);
  limn_slerp (N, b, d, 0.4, want);
  g_assert_cmpmem (out, sizeof out, want, sizeof want);
  limn_slerp_pad (N, 2, ends, 0.4, 1, out);
  limn_slerp (N, a, b, 0.4, want);
  g_assert_cmpmem (out, sizeof out, want, sizeof want);
  /* In place. */
  limn_slerp (N, a, b, 0.4, a);
  g_assert_cmpmem (a, sizeof a, want, sizeof want);
}

/* No way around, or none that is the shortest: straight, and never anything but a number. */
static void
test_degenerate (void)
{
  double a[N], b[N], out[N];

  for (guint kind = 0; kind < 3; kind++)
    {
      static const double factors[] = { 3, -1, 0 };

      draw (7, N, a);
      for (guint i = 0; i < N; i++)
        b[i] = factors[kind] * a[i];
      limn_slerp (N, a, b, 0.25, out);
      for (guint i = 0; i < N; i++)
        limn_assert_near (out[i], 0.75 * a[i] + 0.25 * b[i], 1e-14);
      limn_slerp_columns (4, 16, 16, a, b, 0.25, out);
      for (guint i = 0; i < N; i++)
        limn_assert_near (out[i], 0.75 * a[i] + 0.25 * b[i], 1e-14);
    }
}

/* torch 1.13: seeds 1 and 2, [2, 3, 4], 0.3. Floats on both sides of a sine: 3.1e-7 measured, times four. */
static void
test_columns (void)
{
  static const double want[] = { -1.56128645,  -0.249163687, -1.18751299,  -1.53006792, -0.517367542, 0.0244631171,
                                 -1.36660719,  -1.21066093,  0.0489323735, 1.51648426,  1.07078314,   -0.0990772545,
                                 0.0592248067, -1.40980232,  -0.518619061, -0.183021173, -0.827765167, -0.21812889,
                                 0.195230111,  1.42692041,   -0.26526016,  1.03693771,  -1.44499421,  2.08880615 };
  double a[24], b[24], out[24];

  draw (1, 24, a);
  draw (2, 24, b);
  limn_slerp_columns (2, 3, 4, a, b, 0.3, out);
  for (guint i = 0; i < 24; i++)
    limn_assert_near (out[i], want[i], 1.3e-6);
  limn_slerp_columns (2, 3, 4, a, b, 0, out);
  g_assert_cmpmem (out, sizeof out, a, sizeof a);
  limn_slerp_columns (2, 3, 4, a, b, 1, out);
  g_assert_cmpmem (out, sizeof out, b, sizeof b);
}

/* Two seeds whose noise is the same: AUTOMATIC1111's straight way, without a division by 0. */
static void
test_columns_same (void)
{
  double a[N], out[N];

  draw (1, N, a);
  limn_slerp_columns (4, 16, 16, a, a, 0.3, out);
  g_assert_cmpmem (out, sizeof out, a, sizeof a);
}

static const gsize sizes[] = { 48, 5, 1024, 17 };

static LimnNoise *
new_mixed (guint n_ends, guint64 seed, double u, double v)
{
  LimnNoise *ends[LIMN_NOISE_MAX_ENDS];

  for (guint i = 0; i < n_ends; i++)
    ends[i] = limn_noise_new (i % 2 ? LIMN_NOISE_CUDA : LIMN_NOISE_CPU, seed + i);
  return limn_noise_new_mixed (ends, n_ends, u, v);
}

/* In each corner the stream is the end's, draw after draw; between them it is the slerp of what these draw. */
static void
test_mixed (void)
{
  double got[N], want[N], drawn[4][N];
  const double *const all[] = { drawn[0], drawn[1], drawn[2], drawn[3] };

  for (guint n_ends = 2; n_ends <= 4; n_ends += 2)
    for (guint corner = 0; corner <= n_ends; corner++)
      {
        double u = corner < n_ends ? corner % 2 : 0.3, v = corner < n_ends ? corner / 2 : 0.8;
        g_autoptr(LimnNoise) mixed = new_mixed (n_ends, 40, u, v);
        LimnNoise *ends[4];

        for (guint i = 0; i < n_ends; i++)
          ends[i] = limn_noise_new (i % 2 ? LIMN_NOISE_CUDA : LIMN_NOISE_CPU, 40 + i);
        for (guint k = 0; k < G_N_ELEMENTS (sizes); k++)
          {
            for (guint i = 0; i < n_ends; i++)
              limn_noise_draw (ends[i], sizes[k], drawn[i]);
            limn_noise_draw (mixed, sizes[k], got);
            limn_slerp_pad (sizes[k], n_ends, all, u, v, want);
            g_assert_cmpmem (got, sizes[k] * sizeof *got, want, sizes[k] * sizeof *want);
            if (corner < n_ends)
              g_assert_cmpmem (got, sizes[k] * sizeof *got, drawn[corner], sizes[k] * sizeof *want);
          }
        g_assert_cmpuint (limn_noise_get_draws (mixed), ==, G_N_ELEMENTS (sizes));
        for (guint i = 0; i < n_ends; i++)
          limn_noise_free (ends[i]);
      }
}

/* A mix of mixes: saved between two draws, loaded, copied, it goes on with the same bits; another mix's state is refused. */
static void
test_mixed_save (void)
{
  LimnNoise *inner[] = { new_mixed (4, 1, 0.2, 0.9), limn_noise_new (LIMN_NOISE_CPU, 9) };
  g_autoptr(LimnNoise) noise = limn_noise_new_mixed (inner, 2, 0.4, 0);
  gsize n_state = limn_noise_get_state_length (noise);
  g_autofree double *state = g_new (double, n_state + 1);

  state[n_state] = 77;
  for (gsize stop = 0; stop < G_N_ELEMENTS (sizes); stop++)
    {
      g_autoptr(LimnNoise) resumed = limn_noise_copy (noise);
      g_autoptr(LimnNoise) before = limn_noise_copy (noise);
      g_autoptr(GError) error = NULL;
      double a[N], b[N];

      limn_noise_draw (noise, sizes[stop], a);
      limn_noise_save (noise, state);
      limn_noise_draw (noise, 20, a);
      g_assert_true (limn_noise_load (resumed, state, &error));
      g_assert_cmpuint (limn_noise_get_draws (resumed), ==, stop * 2 + 1);
      limn_noise_draw (resumed, 20, b);
      g_assert_cmpmem (a, 20 * sizeof *a, b, 20 * sizeof *b);

      /* Damage in the last end's stream leaves the first one's as it was. */
      state[n_state - 1] = -1;
      state[n_state - 10] = NAN;
      limn_noise_draw (before, sizes[stop], a);
      g_assert_false (limn_noise_load (before, state, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
      limn_noise_draw (before, 20, a);
      g_assert_cmpmem (a, 20 * sizeof *a, b, 20 * sizeof *b);
    }
  g_assert_cmpfloat (state[n_state], ==, 77);
}

static void
test_mixed_refused (void)
{
  g_autoptr(LimnNoise) noise = new_mixed (2, 1, 0.5, 0);
  g_autofree double *state = g_new0 (double, 2 * limn_noise_get_state_length (noise) + 634);

  limn_noise_save (noise, state);
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr(LimnNoise) other = i == 0   ? new_mixed (2, 1, 0.25, 0)
                                   : i == 1 ? new_mixed (2, 2, 0.5, 0)
                                   : i == 2 ? new_mixed (4, 1, 0.5, 0)
                                            : limn_noise_new (LIMN_NOISE_CPU, 1);
      g_autoptr(GError) error = NULL;

      g_assert_false (limn_noise_load (other, state, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
    }
  for (guint i = 0; i < 5; i++)
    {
      limn_noise_save (noise, state);
      state[i] = NAN;
      g_assert_false (limn_noise_load (noise, state, NULL));
    }
}

void
limn_test_slerp_add (void)
{
  g_test_add_func ("/diffusion/slerp/length", test_length);
  g_test_add_func ("/diffusion/slerp/circle", test_circle);
  g_test_add_func ("/diffusion/slerp/ends", test_ends);
  g_test_add_func ("/diffusion/slerp/degenerate", test_degenerate);
  g_test_add_func ("/diffusion/slerp/columns", test_columns);
  g_test_add_func ("/diffusion/slerp/columns-same", test_columns_same);
  g_test_add_func ("/diffusion/slerp/mixed", test_mixed);
  g_test_add_func ("/diffusion/slerp/mixed-save", test_mixed_save);
  g_test_add_func ("/diffusion/slerp/mixed-refused", test_mixed_refused);
}
