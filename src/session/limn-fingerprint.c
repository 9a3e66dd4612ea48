/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-fingerprint.h"

#include "base/limn-rng.h"

#include <math.h>
#include <string.h>

/* Elements whose bytes are turned round at a time on a big-endian machine; a multiple of nothing. */
#define BLOCK 512

static void
take_hash (LimnFingerprint *fingerprint, gsize n, const double *x)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint64 words[BLOCK];

  for (gsize i = 0; i < n; i += BLOCK)
    {
      gsize length = MIN (BLOCK, n - i);

      memcpy (words, x + i, length * sizeof *words);
      for (gsize j = 0; j < length; j++)
        words[j] = GUINT64_TO_LE (words[j]);
      g_checksum_update (checksum, (const guchar *) words, length * sizeof *words);
    }
  g_strlcpy (fingerprint->hash, g_checksum_get_string (checksum), sizeof fingerprint->hash);
}

void
limn_fingerprint_take (LimnFingerprint *fingerprint, gsize n, const double *x)
{
  /* "limn" and "proj", little endian. */
  static const guint32 key[2] = { 0x6e6d696c, 0x6a6f7270 };
  double sums[LIMN_FINGERPRINT_N] = { 0 };

  take_hash (fingerprint, n, x);
  for (gsize i = 0; i < n; i++)
    {
      const guint32 counter[4] = { (guint32) i, (guint32) ((guint64) i >> 32), 0, 0 };
      guint32 words[4];

      limn_philox4x32_10 (counter, key, words);
      for (guint j = 0; j < LIMN_FINGERPRINT_N; j++)
        sums[j] += words[0] >> j & 1 ? x[i] : -x[i];
    }
  for (guint j = 0; j < LIMN_FINGERPRINT_N; j++)
    fingerprint->projections[j] = sums[j] / sqrt ((double) n);
}

double
limn_fingerprint_distance (const LimnFingerprint *a, const LimnFingerprint *b)
{
  double difference = 0;
  double size = 0;

  for (guint j = 0; j < LIMN_FINGERPRINT_N; j++)
    {
      double d = a->projections[j] - b->projections[j];

      difference += d * d;
      size += a->projections[j] * a->projections[j];
    }
  if (difference == 0)
    return 0;
  return sqrt (difference / size);
}
