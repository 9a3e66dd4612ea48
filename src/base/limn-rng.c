/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-rng.h"

#define MT_N 624
#define MT_M 397

void
limn_mt19937_seed (LimnMt19937 *mt, guint32 seed)
{
  mt->key[0] = seed;
  for (guint i = 1; i < MT_N; i++)
    mt->key[i] = 1812433253u * (mt->key[i - 1] ^ (mt->key[i - 1] >> 30)) + i;
  mt->next = MT_N;
}

static guint32
twist (guint32 upper, guint32 lower)
{
  guint32 mixed = (upper & 0x80000000u) | (lower & 0x7fffffffu);

  return (mixed >> 1) ^ ((lower & 1) ? 0x9908b0dfu : 0);
}

static void
refill (LimnMt19937 *mt)
{
  /* In place: the words that are read have not been replaced yet, or were replaced in this very round, as the
   * recurrence wants. */
  for (guint i = 0; i < MT_N; i++)
    mt->key[i] = mt->key[(i + MT_M) % MT_N] ^ twist (mt->key[i], mt->key[(i + 1) % MT_N]);
  mt->next = 0;
}

guint32
limn_mt19937_next (LimnMt19937 *mt)
{
  guint32 y;

  if (mt->next >= MT_N)
    refill (mt);
  y = mt->key[mt->next++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

void
limn_philox4x32_10 (const guint32 counter[4], const guint32 key[2], guint32 out[4])
{
  guint32 c[4] = { counter[0], counter[1], counter[2], counter[3] };
  guint32 k[2] = { key[0], key[1] };

  for (guint round = 0; round < 10; round++)
    {
      guint64 p0 = (guint64) c[0] * 0xd2511f53u;
      guint64 p1 = (guint64) c[2] * 0xcd9e8d57u;

      c[0] = (guint32) (p1 >> 32) ^ c[1] ^ k[0];
      c[1] = (guint32) p1;
      c[2] = (guint32) (p0 >> 32) ^ c[3] ^ k[1];
      c[3] = (guint32) p0;
      k[0] += 0x9e3779b9u; /* the golden ratio, and sqrt (3) - 1 */
      k[1] += 0xbb67ae85u;
    }
  for (guint i = 0; i < 4; i++)
    out[i] = c[i];
}
