/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-fixtures.h"

#include "base/limn-rng.h"
#include "diffusion/limn-noise.h"

#include <math.h>

/* rng/: PyTorch's normal numbers. PyTorch's own two code paths differ by 2.0e-6, so 1e-5; published and computed CUDA
 * values have 8 digits and float rounding: 2e-6, as the fixture says. */
#define CPU_BOUND 1e-5
#define CUDA_BOUND 2e-6

static double
mean_of (const double *values, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += values[i];
  return sum / n;
}

static double
deviation_of (const double *values, gsize n)
{
  double mean = mean_of (values, n), sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (values[i] - mean) * (values[i] - mean);
  return sqrt (sum / n);
}

/* Worst error of @got over the parts stored ("values", "first64", "last64", "mean", "std"); negative if none. */
static double
compare_record (json_t *record, const double *got, gsize n)
{
  static const char *const parts[] = { "values", "first64", "last64" };
  json_t *mean = json_object_get (record, "mean"), *deviation = json_object_get (record, "std");
  double worst = -1;

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autoptr(GArray) want = limn_fixtures_doubles (json_object_get (record, parts[i]));

      if (!want)
        continue;
      if (want->len > n)
        return INFINITY;
      worst = MAX (worst, limn_fixtures_worst (i == 2 ? got + n - want->len : got, (double *) want->data, want->len));
    }
  if (worst >= 0 && json_is_number (mean))
    worst = MAX (worst, fabs (mean_of (got, n) - json_number_value (mean)));
  if (worst >= 0 && json_is_number (deviation))
    worst = MAX (worst, fabs (deviation_of (got, n) - json_number_value (deviation)));
  return worst;
}

static gsize
elements (json_t *shape)
{
  gsize n = 1, i;
  json_t *value;

  json_array_foreach (shape, i, value)
    n *= json_integer_value (value);
  return n;
}

static void
report_record (LimnFixtures *fixtures, const char *name, json_t *record, const double *got, gsize n, double bound)
{
  double worst = compare_record (record, got, n);

  if (worst < 0)
    limn_fixtures_fail (fixtures, name, NULL, "the record holds no values");
  else
    limn_fixtures_report (fixtures, name, worst, bound);
}

static void
check_cpu_record (LimnFixtures *fixtures, const char *name, json_t *record)
{
  const char *kind = json_string_value (json_object_get (record, "kind"));
  guint64 seed = json_integer_value (json_object_get (record, "seed"));
  json_t *sequence = json_object_get (record, "sequence");
  gsize call = json_integer_value (json_object_get (record, "call"));
  gsize n = json_integer_value (json_object_get (record, "n"));
  g_autofree double *got = NULL;

  if (n == 0)
    n = json_array_size (json_object_get (record, "values"));
  got = g_new0 (double, n);
  if (g_strcmp0 (kind, "randn") == 0)
    {
      g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CPU, seed);

      for (gsize i = 0; i < call; i++)
        {
          gsize skip = elements (json_array_get (sequence, i));
          g_autofree double *skipped = g_new (double, skip);

          limn_noise_draw (noise, skip, skipped);
        }
      limn_noise_draw (noise, n, got);
      report_record (fixtures, name, record, got, n, CPU_BOUND);
    }
  else if (g_strcmp0 (kind, "rand") == 0 || g_strcmp0 (kind, "mt19937_u32") == 0)
    {
      gboolean raw = kind[0] == 'm';
      LimnMt19937 mt;

      limn_mt19937_seed (&mt, (guint32) seed);
      for (gsize i = 0; i < n; i++)
        got[i] = raw ? limn_mt19937_next (&mt) : (limn_mt19937_next (&mt) & 0xffffff) * 0x1p-24;
      /* The words and the floats made of them are exact; mean and std of the record are floats. */
      report_record (fixtures, name, record, got, n, raw ? 0 : 1e-6);
    }
  else
    limn_fixtures_not_offered (fixtures, name, "no generator of this kind");
}

void
limn_fixtures_check_torch_cpu (LimnFixtures *fixtures, const char *name, const char *path)
{
  json_t *root = limn_fixtures_load_json (fixtures, name, path), *record;
  size_t i;

  if (!root)
    return;
  json_array_foreach (json_object_get (root, "records"), i, record)
    {
      g_autofree char *line = g_strdup_printf ("%s:%zu %s seed %" JSON_INTEGER_FORMAT " n %" JSON_INTEGER_FORMAT,
                                               name, i, json_string_value (json_object_get (record, "kind")),
                                               json_integer_value (json_object_get (record, "seed")),
                                               json_integer_value (json_object_get (record, "n")));

      check_cpu_record (fixtures, line, record);
    }
  json_decref (root);
}

static void
check_known_answer (LimnFixtures *fixtures, const char *name, json_t *vector)
{
  json_t *counter = json_object_get (vector, "counter"), *key = json_object_get (vector, "key");
  const char *want = json_string_value (json_object_get (vector, "out_hex"));
  guint32 c[4], k[2], out[4];
  g_autofree char *got = NULL;

  for (guint i = 0; i < 4; i++)
    c[i] = json_integer_value (json_array_get (counter, i));
  for (guint i = 0; i < 2; i++)
    k[i] = json_integer_value (json_array_get (key, i));
  limn_philox4x32_10 (c, k, out);
  got = g_strdup_printf ("%08x %08x %08x %08x", out[0], out[1], out[2], out[3]);
  limn_fixtures_report (fixtures, name, g_strcmp0 (got, want) != 0, 0);
}

static void
check_cuda_record (LimnFixtures *fixtures, const char *name, json_t *record)
{
  guint64 seed = json_integer_value (json_object_get (record, "seed"));
  gsize call = json_integer_value (json_object_get (record, "call"));
  gsize n = json_integer_value (json_object_get (record, "n"));
  g_autoptr(LimnNoise) noise = limn_noise_new (LIMN_NOISE_CUDA, seed);
  g_autofree double *got = NULL;

  if (n == 0)
    n = json_array_size (json_object_get (record, "values"));
  got = g_new0 (double, n);
  for (gsize i = 0; i <= call; i++)
    limn_noise_draw (noise, n, got);
  report_record (fixtures, name, record, got, n, CUDA_BOUND);
}

void
limn_fixtures_check_torch_cuda (LimnFixtures *fixtures, const char *name, const char *path)
{
  json_t *root = limn_fixtures_load_json (fixtures, name, path), *published, *item;
  size_t i;

  if (!root)
    return;
  published = json_object_get (root, "published");
  if (published)
    {
      g_autofree char *line = g_strconcat (name, ":published", NULL);

      check_cuda_record (fixtures, line, published);
    }
  json_array_foreach (json_object_get (json_object_get (root, "philox4x32_10_known_answers"), "vectors"), i, item)
    {
      g_autofree char *line = g_strdup_printf ("%s:known-answer-%zu", name, i);

      check_known_answer (fixtures, line, item);
    }
  json_array_foreach (json_object_get (json_object_get (root, "computed"), "records"), i, item)
    {
      g_autofree char *line = g_strdup_printf ("%s:%zu seed %" JSON_INTEGER_FORMAT " n %" JSON_INTEGER_FORMAT
                                               " call %" JSON_INTEGER_FORMAT,
                                               name, i, json_integer_value (json_object_get (item, "seed")),
                                               json_integer_value (json_object_get (item, "n")),
                                               json_integer_value (json_object_get (item, "call")));

      check_cuda_record (fixtures, line, item);
    }
  json_decref (root);
}
