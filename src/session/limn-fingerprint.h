/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LIMN_FINGERPRINT_N 16
#define LIMN_FINGERPRINT_HASH_LENGTH 64

/**
 * LimnFingerprint:
 * @hash: SHA-256 of the latent's doubles, little endian, in hexadecimal
 * @projections: p_j = (sum over i of s_j(i) x_i) / sqrt (n), s_j(i) = +1 or -1
 *
 * Of a latent x of n elements in PyTorch's order. The hash says whether two latents are the same, the projections
 * how far they are apart: for a fixed difference d the mean of (p_j - p'_j)^2 over all choices of signs is |d|^2 / n.
 * s_j(i) is bit j of the first word of limn_philox4x32_10 (counter i, key "limn" "proj"): 1 is +1, 0 is -1.
 *
 * A plain value.
 */
typedef struct
{
  char   hash[LIMN_FINGERPRINT_HASH_LENGTH + 1];
  double projections[LIMN_FINGERPRINT_N];
} LimnFingerprint;

/** limn_fingerprint_take: Pure; any thread. 4 ms for a latent of 64x64. */
void     limn_fingerprint_take     (LimnFingerprint       *fingerprint,
                                    gsize                  n,
                                    const double          *x);

/**
 * limn_fingerprint_distance:
 *
 * Estimate of |x_a - x_b| / |x_a|, from 16 samples: as a rule right within a factor of 1.5.
 */
double   limn_fingerprint_distance (const LimnFingerprint *a,
                                    const LimnFingerprint *b);

G_END_DECLS
