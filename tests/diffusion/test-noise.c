/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-diffusion.h"

#include "base/limn-error.h"
#include "base/limn-rng.h"
#include "diffusion/limn-guidance.h"
#include "diffusion/limn-noise.h"

#include <math.h>

/* PyTorch's scalar and AVX2 code paths differ by up to 2.0e-6 from each other (of 79 records of torch 1.13.1), Limn's
 * values from either by 8e-7: 4 x that. */
#define TORCH_TOLERANCE 3e-6

/* What kept trajectories have. */
#define STATE_LENGTH 634

static void
assert_draw (LimnNoise *noise, gsize n, const double *want)
{
  double got[64];

  g_assert_cmpuint (n, <=, G_N_ELEMENTS (got));
  limn_noise_draw (noise, n, got);
  for (gsize i = 0; i < n; i++)
    {
      limn_assert_near (got[i], want[i], TORCH_TOLERANCE);
      g_assert_cmpfloat (got[i], ==, (float) got[i]);
    }
}

/* torch.manual_seed (0); torch.randn (7) and torch.randn (17): two algorithms, and the ragged end. */
static void
test_cpu (void)
{
  static const double seven[] = { 1.54099607,  -0.293428898, -2.17878938, 0.568431258,
                                  -1.08452237, -1.39859545,  0.403346837 };
  static const double seventeen[] = { -1.12583983, -1.6959312,   0.566650629,  0.793508351, 0.598839462, -1.55509508,
                                      -0.34136039, 1.85300612,   0.468096405,  -0.585497558, -0.173396751, 0.183477938,
                                      1.38936615,  1.58633423,   0.946298361,  -0.843676746, 0.931826591 };
  g_autoptr(LimnNoise) first = limn_noise_new (LIMN_NOISE_CPU, 0);
  g_autoptr(LimnNoise) second = limn_noise_new (LIMN_NOISE_CPU, 0);

  assert_draw (first, G_N_ELEMENTS (seven), seven);
  assert_draw (second, G_N_ELEMENTS (seventeen), seventeen);
  g_assert_cmpuint (limn_noise_get_draws (second), ==, 1);
}

/* torch.manual_seed (42), then randn of 3, 3, 16, 3, 5: the kept second value lives across the draw of a block. */
static void
test_cpu_sequence (void)
{
  static const double a[] = { 0.336690366, 0.128809407, 0.234462366 };
  static const double b[] = { 0.23033303, -1.12285638, -0.186328292 };
  static const double c[] = { -0.248257503, -1.20821476, -0.477667451, 0.520131171,  1.64231694, -0.159597471,
                              -0.497397542, 0.439589262, 2.00241542,   0.466431886,  1.57302725, -0.922828853,
                              1.27912438,   1.29642284,  0.61046648,   1.33473778 };
  static const double d[] = { -0.988959908, 0.957971811, 1.32213509 };
  static const double e[] = { 0.817189753, -0.765838623, -0.750622332, 1.35254776, 0.686321914 };
  /* Only the low 32 bits of the seed count. */
  g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CPU, 42 + (G_GUINT64_CONSTANT (5) << 32));

  assert_draw (noise, G_N_ELEMENTS (a), a);
  assert_draw (noise, G_N_ELEMENTS (b), b);
  assert_draw (noise, G_N_ELEMENTS (c), c);
  assert_draw (noise, G_N_ELEMENTS (d), d);
  assert_draw (noise, G_N_ELEMENTS (e), e);
}

/* The 12 numbers that A1111 publishes for its imitation of CUDA, seed 0; and a seed of more than 32 bits, two calls. */
static void
test_cuda (void)
{
  static const double published[] = { -0.92466259, -0.42534415, -2.6438457,  0.14518388,  -0.12086647, -0.57972564,
                                      -0.62285122, -0.32838709, -1.07454231, -0.36314407, -1.67105067, 2.26550497 };
  static const double first[] = { -2.842747211456299, 1.3404923677444458, 0.27223092317581177, 1.4550628662109375 };
  static const double second[] = { 1.5295939445495605, -0.2153237760066986, 0.051255133002996445, 1.5882172584533691 };
  g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CUDA, 0);
  g_autoptr(LimnNoise) wide = limn_noise_new (LIMN_NOISE_CUDA, G_GUINT64_CONSTANT (4294967301));

  assert_draw (noise, G_N_ELEMENTS (published), published);
  assert_draw (wide, G_N_ELEMENTS (first), first);
  assert_draw (wide, G_N_ELEMENTS (second), second);
}

/* A grid of 256 threads for 2000 elements: thread i % 256 draws its 8 numbers from two blocks of its own stream, in the
 * order sin, cos of the first two words, sin, cos of the others; the next call begins two blocks further. */
static void
test_cuda_grid (void)
{
  enum
  {
    THREADS = 256,
    N = 2000
  };
  static const guint32 key[2] = { 9, 0 };
  g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CUDA, 9);
  g_autofree double *got = g_new (double, N);

  limn_noise_set_cuda_threads (noise, THREADS);
  for (guint call = 0; call < 2; call++)
    {
      limn_noise_draw (noise, N, got);
      for (guint thread = 0; thread < THREADS; thread++)
        for (guint block = 0; block < 2; block++)
          {
            const guint32 counter[4] = { 2 * call + block, 0, thread, 0 };
            guint32 words[4];

            limn_philox4x32_10 (counter, key, words);
            for (guint pair = 0; pair < 2; pair++)
              {
                double radius = sqrt (-2 * log ((words[2 * pair] + 0.5) / 0x1p32));
                double angle = 2 * G_PI * (words[2 * pair + 1] + 0.5) / 0x1p32;
                guint at = thread + THREADS * (4 * block + 2 * pair);

                if (at < N)
                  limn_assert_near (got[at], radius * sin (angle), 1e-6);
                if (at + THREADS < N)
                  limn_assert_near (got[at + THREADS], radius * cos (angle), 1e-6);
              }
          }
    }
}

/* Saved between two draws and loaded into a new stream, it goes on with the same bits; another seed is refused. */
static void
test_save (void)
{
  static const gsize sizes[] = { 3, 40, 1, 17, 2, 100, 5 };

  for (guint kind = 0; kind <= LIMN_NOISE_CUDA; kind++)
    for (gsize stop = 0; stop < G_N_ELEMENTS (sizes); stop++)
      {
        g_autoptr(LimnNoise) noise = limn_noise_new (kind, 77);
        g_autoptr(LimnNoise) resumed = limn_noise_new (kind, 77);
        g_autoptr(LimnNoise) other = limn_noise_new (kind, 78);
        g_autoptr(GError) error = NULL;
        double state[STATE_LENGTH], a[128], b[128];

        for (gsize i = 0; i < stop; i++)
          limn_noise_draw (noise, sizes[i], a);
        limn_noise_save (noise, state);
        g_assert_true (limn_noise_load (resumed, state, &error));
        g_assert_cmpuint (limn_noise_get_draws (resumed), ==, stop);
        g_assert_false (limn_noise_load (other, state, &error));
        g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
        for (gsize i = stop; i < G_N_ELEMENTS (sizes); i++)
          {
            limn_noise_draw (noise, sizes[i], a);
            limn_noise_draw (resumed, sizes[i], b);
            g_assert_cmpmem (a, sizes[i] * sizeof *a, b, sizes[i] * sizeof *b);
          }
      }
}

static void
test_save_damaged (void)
{
  g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CPU, 1);
  double state[STATE_LENGTH], before[4], after[4];
  g_autoptr(LimnNoise) untouched = limn_noise_new (LIMN_NOISE_CPU, 1);

  for (guint i = 0; i < 20; i++)
    {
      limn_noise_save (noise, state);
      state[i] = i % 2 ? NAN : -1;
      g_assert_false (limn_noise_load (noise, state, NULL));
    }
  limn_noise_draw (noise, 4, before);
  limn_noise_draw (untouched, 4, after);
  g_assert_cmpmem (before, sizeof before, after, sizeof after);
}

/* Moments of 2^18 numbers: 5 standard errors each. */
static void
test_moments (void)
{
  enum
  {
    N = 1 << 18
  };
  g_autofree double *x = g_new (double, N);

  for (guint kind = 0; kind <= LIMN_NOISE_CUDA; kind++)
    {
      g_autoptr(LimnNoise) noise = limn_noise_new (kind, 2024);
      double mean = 0, square = 0, fourth = 0;

      limn_noise_draw (noise, N, x);
      for (guint i = 0; i < N; i++)
        {
          mean += x[i] / N;
          square += x[i] * x[i] / N;
          fourth += x[i] * x[i] * x[i] * x[i] / N;
        }
      limn_assert_near (mean, 0, 5 / sqrt (N));
      limn_assert_near (square, 1, 5 * sqrt (2) / sqrt (N));
      limn_assert_near (fourth, 3, 5 * sqrt (96) / sqrt (N));
    }
}

static void
test_names (void)
{
  g_autoptr(GError) error = NULL;
  LimnNoiseKind kind;

  g_assert_true (limn_noise_kind_from_name ("cuda", &kind, &error));
  g_assert_cmpuint (kind, ==, LIMN_NOISE_CUDA);
  g_assert_cmpstr (limn_noise_kind_get_name (LIMN_NOISE_CPU), ==, "cpu");
  g_assert_false (limn_noise_kind_from_name ("CPU", &kind, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
}

static double
deviation (const double *x, gsize n)
{
  double mean = 0, squares = 0;

  for (gsize i = 0; i < n; i++)
    mean += x[i] / n;
  for (gsize i = 0; i < n; i++)
    squares += (x[i] - mean) * (x[i] - mean);
  return sqrt (squares / (n - 1));
}

static void
test_guidance (void)
{
  enum
  {
    N = 100
  };
  g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CPU, 5);
  double uncond[N], cond[N], plain[N], half[N], full[N];

  limn_noise_draw (noise, N, uncond);
  limn_noise_draw (noise, N, cond);
  limn_guidance_combine (N, uncond, cond, 1, 0, plain);
  for (guint i = 0; i < N; i++)
    limn_assert_near (plain[i], cond[i], 1e-15);
  limn_guidance_combine (N, uncond, cond, 7.5, 0, plain);
  limn_guidance_combine (N, uncond, cond, 7.5, 0.5, half);
  limn_guidance_combine (N, uncond, cond, 7.5, 1, full);
  /* phi 1 gives the guided prediction the spread of the conditional one; phi between lies between */
  limn_assert_near (deviation (full, N), deviation (cond, N), 1e-14);
  for (guint i = 0; i < N; i++)
    {
      limn_assert_near (plain[i], uncond[i] + 7.5 * (cond[i] - uncond[i]), 1e-14);
      limn_assert_near (full[i], plain[i] * deviation (cond, N) / deviation (plain, N), 1e-14);
      limn_assert_near (half[i], (plain[i] + full[i]) / 2, 1e-14);
    }
  limn_guidance_combine (N, uncond, cond, 7.5, 1, cond);
  g_assert_cmpmem (cond, sizeof cond, full, sizeof full);
}

void
limn_test_noise_add (void)
{
  g_test_add_func ("/diffusion/noise/cpu", test_cpu);
  g_test_add_func ("/diffusion/noise/cpu-sequence", test_cpu_sequence);
  g_test_add_func ("/diffusion/noise/cuda", test_cuda);
  g_test_add_func ("/diffusion/noise/cuda-grid", test_cuda_grid);
  g_test_add_func ("/diffusion/noise/save", test_save);
  g_test_add_func ("/diffusion/noise/save-damaged", test_save_damaged);
  g_test_add_func ("/diffusion/noise/moments", test_moments);
  g_test_add_func ("/diffusion/noise/names", test_names);
  g_test_add_func ("/diffusion/guidance", test_guidance);
}
