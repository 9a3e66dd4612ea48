/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

#include "diffusion/limn-slerp.h"
#include "session/limn-start-noise.h"

#include <math.h>

#define FACTOR 8

static void
draw (const LimnRequest *request, guint height, guint width, double *out)
{
  g_autoptr(LimnNoise) noise = limn_start_noise_new (request);

  limn_start_noise_draw (noise, request, 4, height, width, FACTOR, out);
}

/* What torch 1.13 makes of the same lines of arithmetic: seed 5, variation seed 9, noise of a larger and of a smaller size, also where an odd
 * number is left over. Six values, the sum, and the sum of index times value. The tolerance is that of a draw, see test-noise.c. */
static void
test_torch (void)
{
  static const guint places[] = { 0, 7, 20, 33, 47, 63 };
  static const struct
  {
    double strength;
    guint  height, width, seed_height, seed_width;
    double values[6], sum, moment;
  } cases[] = {
    { 0, 6, 8, 4, 5, { 1.84232986, -1.43741381, 0.39076823, -0.782335103, -1.69773293, 1.32271993 }, -0.0289757929, 150.723364 },
    { 0.4, 6, 8, 4, 5, { 1.84232986, -1.43741381, 0.781429589, -0.711346626, -1.69773293, 1.32271993 }, -1.29133602, 224.534774 },
    { 0.4, 6, 5, 9, 8, { 0.280301571, 0.90195936, 1.0862664, -0.335667551, 0.571782768, -1.36890697 }, -10.5164431, -644.585372 },
    { 0.2, 4, 5, 7, 8, { 0.00191554427, 1.24134135, -0.0617714077, -0.20488371, 0.489886105, 0.369230747 }, -0.608852578, -281.498697 },
    { 0.25, 6, 8, 0, 0, { 1.550982, -2.18938756, 0.377466291, -0.31781885, -1.87509203, 1.49073982 }, 2.06998667, -139.255195 },
    { 0.25, 6, 8, 6, 8, { 1.550982, -2.18938756, 0.377466291, -0.31781885, -1.87509203, 1.49073982 }, 2.06998667, -139.255195 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LimnRequest) request = limn_request_new ();
      guint n = 4 * cases[i].height * cases[i].width;
      double out[4 * 6 * 8], sum = 0, moment = 0;

      request->seed = 5;
      request->variation_seed = 9;
      request->variation_strength = cases[i].strength;
      /* What is less than a cell does not count. */
      request->seed_width = cases[i].seed_width ? cases[i].seed_width * FACTOR + 7 : 0;
      request->seed_height = cases[i].seed_height ? cases[i].seed_height * FACTOR + 1 : 0;
      draw (request, cases[i].height, cases[i].width, out);
      for (guint j = 0; j < G_N_ELEMENTS (places); j++)
        g_assert_cmpfloat_with_epsilon (out[places[j]], cases[i].values[j], 3e-6);
      for (guint j = 0; j < n; j++)
        {
          sum += out[j];
          moment += j * out[j];
        }
      g_assert_cmpfloat_with_epsilon (sum, cases[i].sum, 3e-6 * sqrt (n));
      g_assert_cmpfloat_with_epsilon (moment, cases[i].moment, 3e-6 * n * sqrt (n));
    }
}

static LimnRequest *
new_end (guint end)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  request->seed = 70 + end;
  if (end == 1)
    {
      request->variation_seed = 3;
      request->variation_strength = 0.5;
    }
  else if (end == 2)
    {
      request->seed_width = 40;
      request->seed_height = 80;
    }
  else if (end == 3)
    request->rng = LIMN_NOISE_CUDA;
  return request;
}

static LimnRequest *
new_mix (guint n_ends, double u, double v)
{
  LimnRequest *request = limn_request_new ();
  LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_NOISE, n_ends);

  for (guint i = 0; i < n_ends; i++)
    {
      g_autoptr(LimnRequest) end = new_end (i);

      limn_request_mix_set_end (mix, i, end, NULL);
    }
  mix->u = u;
  mix->v = v;
  request->open = 0;
  limn_request_take_mix (request, mix);
  return request;
}

/* In a corner the first draw and those of the steps after it are that end's to the bit, with its variation seed and its seed's size. */
static void
test_corners (void)
{
  for (guint n_ends = 2; n_ends <= 4; n_ends += 2)
    for (guint corner = 0; corner < n_ends; corner++)
      {
        g_autoptr(LimnRequest) request = new_mix (n_ends, corner % 2, corner / 2);
        g_autoptr(LimnRequest) end = new_end (corner);
        g_autoptr(LimnNoise) mixed = limn_start_noise_new (request);
        g_autoptr(LimnNoise) alone = limn_start_noise_new (end);
        double a[4 * 48], b[4 * 48];

        limn_start_noise_draw (mixed, request, 4, 6, 8, FACTOR, a);
        limn_start_noise_draw (alone, end, 4, 6, 8, FACTOR, b);
        g_assert_cmpmem (a, sizeof a, b, sizeof b);
        for (guint k = 0; k < 3; k++)
          {
            limn_noise_draw (mixed, 4 * 48, a);
            limn_noise_draw (alone, 4 * 48, b);
            g_assert_cmpmem (a, sizeof a, b, sizeof b);
          }
      }
}

static double
length (const double *x, gsize n)
{
  double square = 0;

  for (gsize i = 0; i < n; i++)
    square += x[i] * x[i];
  return sqrt (square);
}

/* Between ends its length is the straight interpolation of theirs; and a mix of mixes is what it says. */
static void
test_between (void)
{
  g_autoptr(LimnRequest) request = new_mix (4, 0.3, 0.6);
  g_autoptr(LimnRequest) outer = limn_request_new ();
  g_autoptr(LimnRequest) other = new_end (1);
  LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_NOISE, 2);
  double ends[4][4 * 48], out[4 * 48], want[4 * 48], weights[LIMN_MIX_MAX_ENDS], expected = 0;

  limn_request_mix_get_weights (request->mix, weights);
  for (guint i = 0; i < 4; i++)
    {
      draw (request->mix->ends[i].request, 6, 8, ends[i]);
      expected += weights[i] * length (ends[i], 4 * 48);
    }
  draw (request, 6, 8, out);
  /* Sums of 192 doubles. */
  g_assert_cmpfloat_with_epsilon (length (out, 4 * 48) / expected, 1, 1e-13);

  limn_request_mix_set_end (mix, 0, request, NULL);
  limn_request_mix_set_end (mix, 1, other, NULL);
  mix->u = 0.25;
  limn_request_take_mix (outer, mix);
  limn_slerp (4 * 48, out, ends[1], 0.25, want);
  draw (outer, 6, 8, out);
  g_assert_cmpmem (out, sizeof out, want, sizeof want);
}

void
test_start_noise_add (void)
{
  g_test_add_func ("/session/start-noise/torch", test_torch);
  g_test_add_func ("/session/start-noise/corners", test_corners);
  g_test_add_func ("/session/start-noise/between", test_between);
}
