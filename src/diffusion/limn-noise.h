/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnNoiseKind:
 * @LIMN_NOISE_CPU: torch.randn with torch.Generator ("cpu"), as ComfyUI and diffusers draw it
 * @LIMN_NOISE_CUDA: torch.randn (device="cuda"), as A1111 draws it ("GPU", and "NV" on the CPU)
 */
typedef enum
{
  LIMN_NOISE_CPU,
  LIMN_NOISE_CUDA,
} LimnNoiseKind;

/**
 * LimnNoise:
 *
 * A stream of unit normal numbers, the same as PyTorch's for the same seed and
 * the same sequence of draws. Every value is computed in double and rounded
 * once to float, so that it does not depend on which libm the CPU selects;
 * PyTorch's own values, computed in float, differ by up to 2e-6 between its code paths.
 *
 * CPU: MT19937 seeded with the low 32 bits of the seed. A draw of n >= 16 takes
 * blocks of 16 (and, when n % 16 != 0, draws the last 16 places anew); a draw
 * of n < 16 takes numbers one by one in double and keeps the second of each
 * pair for the next such draw, across draws of blocks.
 *
 * CUDA: Philox 4x32-10. Element i of a draw belongs to the GPU thread i, which
 * holds for every GPU as long as n elements fit in one grid; see
 * limn_noise_set_cuda_threads().
 *
 * Thread-safety: owner thread.
 */
typedef struct _LimnNoise LimnNoise;

LimnNoise *limn_noise_new  (LimnNoiseKind kind, guint64 seed);

/* A pad has four corners; these may be mixed in their turn. */
#define LIMN_NOISE_MAX_ENDS 4

/**
 * limn_noise_new_mixed:
 * @ends: (transfer full): @n_ends streams, mixed ones among them if need be
 * @n_ends: 2 or 4
 * @u, @v: 0..1
 *
 * A stream between others: each draw is limn_slerp_pad() of what the ends draw then, so that it is of their length, and in a corner, to the bit, that end's own
 * stream for as long as one draws. Its numbers are doubles, not floats.
 */
LimnNoise *limn_noise_new_mixed (LimnNoise *const *ends, guint n_ends, double u, double v);

/** limn_noise_get_end: of a mixed stream, borrowed. What is drawn from it is not drawn from the mixed one, which does not count it. */
LimnNoise *limn_noise_get_end (LimnNoise *noise, guint end);
LimnNoise *limn_noise_copy (const LimnNoise *noise);
void       limn_noise_free (LimnNoise *noise);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnNoise, limn_noise_free)

/** limn_noise_kind_from_name: "cpu" or "cuda"; fails with LIMN_ERROR_INVALID. */
gboolean    limn_noise_kind_from_name (const char *name, LimnNoiseKind *kind, GError **error);
const char *limn_noise_kind_get_name  (LimnNoiseKind kind);

/**
 * limn_noise_set_cuda_threads:
 * @threads: threads of the largest grid, a multiple of 256; 0 (default): no limit
 *
 * PyTorch launches at most (multiprocessors * 2048 or 1536 / 256) blocks of 256
 * threads. A draw of more elements than that goes round: element i is number
 * i / T of thread i % T, where T is the number of threads in the grid. So
 * pictures larger than that differ between GPUs: an RTX 3090 has T = 125952,
 * that is 4 channels of 1400x1400 pixels. Without a limit every element has its
 * own thread, which is what A1111's "NV" source does on the CPU.
 */
void limn_noise_set_cuda_threads (LimnNoise *noise, guint threads);

/**
 * limn_noise_draw:
 * @n: number of elements; for a latent in PyTorch's order N, C, H, W
 * @out: (out): @n doubles, each of which is a float unless the stream is mixed
 *
 * The next torch.randn (n) of the stream.
 */
void limn_noise_draw (LimnNoise *noise, gsize n, double *out);

/** limn_noise_get_draws: number of draws made since the stream began. */
guint64 limn_noise_get_draws (const LimnNoise *noise);

/**
 * limn_noise_get_state_length: of what limn_noise_save() writes; the same for the whole life of a stream
 */
gsize limn_noise_get_state_length (const LimnNoise *noise);

/**
 * limn_noise_save, limn_noise_load:
 * @state: limn_noise_get_state_length() doubles
 *
 * The position of the stream, each double exact (words of 32 bits fit in one). load fails with LIMN_ERROR_FORMAT when @state was not
 * saved from a stream of the same kind and seed (of the same ends and place between them), and then changes nothing.
 */
void     limn_noise_save (const LimnNoise *noise, double *state);
gboolean limn_noise_load (LimnNoise *noise, const double *state, GError **error);

G_END_DECLS
