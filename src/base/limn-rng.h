/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnMt19937:
 *
 * The Mersenne twister MT19937 as a plain value: copying the struct copies the
 * stream. @next is the index of the next word, 624 when the block is used up.
 *
 * Thread-safety: owner thread.
 * Source: Matsumoto & Nishimura 1998; init_genrand of mt19937ar (2002).
 */
typedef struct
{
  guint32 key[624];
  guint32 next;
} LimnMt19937;

void    limn_mt19937_seed (LimnMt19937 *mt, guint32 seed);
guint32 limn_mt19937_next (LimnMt19937 *mt);

/**
 * limn_philox4x32_10:
 * @counter: 128-bit counter, least significant word first
 * @key: 64-bit key, least significant word first
 * @out: (out): four words
 *
 * One block of Philox 4x32 with 10 rounds. Pure; any thread.
 *
 * Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
 */
void limn_philox4x32_10 (const guint32 counter[4], const guint32 key[2], guint32 out[4]);

G_END_DECLS
