/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-rng.h"

/* The C++ standard names the 10000th word of mt19937 with its default seed (N3337, 26.5.5); the words of the seeds 0
 * and 42 are those behind torch.manual_seed(). */
static void
test_mt19937 (void)
{
  static const struct
  {
    guint32 seed;
    guint32 words[3];
  } streams[] = {
    { 0, { 2357136044u, 2546248239u, 3071714933u } },
    { 42, { 1608637542u, 3421126067u, 4083286876u } },
  };
  LimnMt19937 mt;

  limn_mt19937_seed (&mt, 5489);
  for (guint i = 1; i < 10000; i++)
    limn_mt19937_next (&mt);
  g_assert_cmpuint (limn_mt19937_next (&mt), ==, 4123659995u);
  for (gsize i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      limn_mt19937_seed (&mt, streams[i].seed);
      for (gsize j = 0; j < G_N_ELEMENTS (streams[i].words); j++)
        g_assert_cmpuint (limn_mt19937_next (&mt), ==, streams[i].words[j]);
    }
}

/* A copied struct is a copied stream. */
static void
test_mt19937_copy (void)
{
  LimnMt19937 mt, copy;

  limn_mt19937_seed (&mt, 7);
  for (guint i = 0; i < 1000; i++)
    limn_mt19937_next (&mt);
  copy = mt;
  for (guint i = 0; i < 2000; i++)
    g_assert_cmpuint (limn_mt19937_next (&mt), ==, limn_mt19937_next (&copy));
}

/* Random123, kat_vectors: philox4x32 10 */
static void
test_philox (void)
{
  static const struct
  {
    guint32 counter[4];
    guint32 key[2];
    guint32 out[4];
  } answers[] = {
    { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
    { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
      { 0xffffffff, 0xffffffff },
      { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
    { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
      { 0xa4093822, 0x299f31d0 },
      { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      guint32 out[4];

      limn_philox4x32_10 (answers[i].counter, answers[i].key, out);
      for (guint j = 0; j < 4; j++)
        g_assert_cmphex (out[j], ==, answers[i].out[j]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/rng/mt19937", test_mt19937);
  g_test_add_func ("/base/rng/mt19937-copy", test_mt19937_copy);
  g_test_add_func ("/base/rng/philox", test_philox);
  return g_test_run ();
}
