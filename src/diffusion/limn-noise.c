/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "diffusion/limn-noise.h"

#include "base/limn-error.h"
#include "base/limn-rng.h"
#include "diffusion/limn-slerp.h"

#include <math.h>
#include <string.h>

/* PyTorch's normal numbers.
 *
 * The trap on the CPU: a draw of at least 16 elements and a smaller one are two different algorithms on one
 * stream of words (float Box-Muller in blocks of 8 + 8, double Box-Muller with a kept second value), and the kept value
 * survives the draws of blocks. The trap on the GPU: the stream belongs to a thread, so what element
 * i gets depends on how many threads the launch has. */

#define CPU_BLOCK 16

struct _LimnNoise
{
  LimnNoiseKind kind;
  guint64       seed;
  guint64       draws;

  /* CPU */
  LimnMt19937   mt;
  gboolean      has_kept;
  double        kept;

  /* CUDA: blocks of the counter used so far by every thread */
  guint64       offset;
  guint         threads;

  /* Mixed: nothing of the above but the draws */
  guint         n_ends; /* 0: not mixed */
  LimnNoise    *ends[LIMN_NOISE_MAX_ENDS];
  double        u;
  double        v;
};

LimnNoise *
limn_noise_new (LimnNoiseKind kind, guint64 seed)
{
  LimnNoise *noise = g_new0 (LimnNoise, 1);

  noise->kind = kind;
  noise->seed = seed;
  limn_mt19937_seed (&noise->mt, (guint32) seed);
  return noise;
}

LimnNoise *
limn_noise_new_mixed (LimnNoise *const *ends, guint n_ends, double u, double v)
{
  LimnNoise *noise;

  g_return_val_if_fail (n_ends == 2 || n_ends == LIMN_NOISE_MAX_ENDS, NULL);

  noise = g_new0 (LimnNoise, 1);
  noise->n_ends = n_ends;
  memcpy (noise->ends, ends, n_ends * sizeof *ends);
  noise->u = u;
  noise->v = v;
  return noise;
}

LimnNoise *
limn_noise_get_end (LimnNoise *noise, guint end)
{
  g_return_val_if_fail (end < noise->n_ends, NULL);

  return noise->ends[end];
}

LimnNoise *
limn_noise_copy (const LimnNoise *noise)
{
  LimnNoise *copy = g_memdup2 (noise, sizeof *noise);

  for (guint i = 0; i < noise->n_ends; i++)
    copy->ends[i] = limn_noise_copy (noise->ends[i]);
  return copy;
}

void
limn_noise_free (LimnNoise *noise)
{
  if (!noise)
    return;
  for (guint i = 0; i < noise->n_ends; i++)
    limn_noise_free (noise->ends[i]);
  g_free (noise);
}

const char *
limn_noise_kind_get_name (LimnNoiseKind kind)
{
  return kind == LIMN_NOISE_CUDA ? "cuda" : "cpu";
}

gboolean
limn_noise_kind_from_name (const char *name, LimnNoiseKind *kind, GError **error)
{
  if (g_strcmp0 (name, "cpu") == 0)
    *kind = LIMN_NOISE_CPU;
  else if (g_strcmp0 (name, "cuda") == 0)
    *kind = LIMN_NOISE_CUDA;
  else
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "There is no random generator called “%s”; choose cpu or cuda.", name ? name : "");
      return FALSE;
    }
  return TRUE;
}

void
limn_noise_set_cuda_threads (LimnNoise *noise, guint threads)
{
  g_return_if_fail (threads % 256 == 0);
  noise->threads = threads;
  for (guint i = 0; i < noise->n_ends; i++)
    limn_noise_set_cuda_threads (noise->ends[i], threads);
}

/* 24 bits, as torch draws a float of [0, 1). */
static double
uniform_24 (LimnMt19937 *mt)
{
  return (limn_mt19937_next (mt) & 0xffffff) * 0x1p-24;
}

/* 53 bits, as torch draws a double of [0, 1). */
static double
uniform_53 (LimnMt19937 *mt)
{
  guint64 high = limn_mt19937_next (mt);
  guint64 low = limn_mt19937_next (mt);

  return (((high << 32) | low) & ((G_GUINT64_CONSTANT (1) << 53) - 1)) * 0x1p-53;
}

static void
normal_block (LimnMt19937 *mt, double *out)
{
  double u[CPU_BLOCK];

  for (guint i = 0; i < CPU_BLOCK; i++)
    u[i] = uniform_24 (mt);
  for (guint i = 0; i < CPU_BLOCK / 2; i++)
    {
      double radius = sqrt (-2 * log (1 - u[i]));
      double angle = 2 * G_PI * u[i + CPU_BLOCK / 2];

      out[i] = (float) (radius * cos (angle));
      out[i + CPU_BLOCK / 2] = (float) (radius * sin (angle));
    }
}

static void
draw_cpu_blocks (LimnNoise *noise, gsize n, double *out)
{
  gsize whole = n - n % CPU_BLOCK;

  /* torch fills all n places with uniform numbers first and then transforms block by block, so the words
   * of a ragged end are drawn, and thrown away. */
  for (gsize i = 0; i < whole; i += CPU_BLOCK)
    normal_block (&noise->mt, out + i);
  for (gsize i = whole; i < n; i++)
    limn_mt19937_next (&noise->mt);
  if (whole < n)
    normal_block (&noise->mt, out + n - CPU_BLOCK);
}

static double
draw_cpu_one (LimnNoise *noise)
{
  double u1, u2, radius;

  if (noise->has_kept)
    {
      noise->has_kept = FALSE;
      return (float) noise->kept;
    }
  u1 = uniform_53 (&noise->mt);
  u2 = uniform_53 (&noise->mt);
  radius = sqrt (-2 * log1p (-u2));
  noise->kept = radius * sin (2 * G_PI * u1);
  noise->has_kept = TRUE;
  return (float) (radius * cos (2 * G_PI * u1));
}

/* curand_normal4: two pairs of Box-Muller from the four words of a block, sines first. */
static double
cuda_normal (const guint32 words[4], guint component)
{
  const guint32 *pair = words + (component & 2);
  double u = pair[0] * 0x1p-32 + 0x1p-33;
  double angle = (pair[1] * 0x1p-32 + 0x1p-33) * 2 * G_PI;
  double radius = sqrt (-2 * log (u));

  return (float) (radius * (component & 1 ? cos (angle) : sin (angle)));
}

static void
draw_cuda (LimnNoise *noise, gsize n, double *out)
{
  const guint32 key[2] = { (guint32) noise->seed, (guint32) (noise->seed >> 32) };
  guint64 threads = (n + 255) / 256 * 256;

  if (noise->threads && threads > noise->threads)
    threads = noise->threads;
  for (gsize i = 0; i < n; i++)
    {
      guint64 thread = i % threads;
      guint64 turn = i / threads;
      guint64 block = noise->offset + turn / 4;
      const guint32 counter[4] = { (guint32) block, (guint32) (block >> 32), (guint32) thread,
                                   (guint32) (thread >> 32) };
      guint32 words[4];

      limn_philox4x32_10 (counter, key, words);
      out[i] = cuda_normal (words, turn % 4);
    }
  if (n > 0)
    noise->offset += (n - 1) / (threads * 4) + 1;
}

/* Every end draws, also one that has no weight: where it stands is part of the state. */
static void
draw_mixed (LimnNoise *noise, gsize n, double *out)
{
  g_autofree double *all = g_new (double, noise->n_ends * n);
  const double *drawn[LIMN_NOISE_MAX_ENDS] = { NULL };

  for (guint i = 0; i < noise->n_ends; i++)
    {
      limn_noise_draw (noise->ends[i], n, all + i * n);
      drawn[i] = all + i * n;
    }
  limn_slerp_pad (n, noise->n_ends, drawn, noise->u, noise->v, out);
}

void
limn_noise_draw (LimnNoise *noise, gsize n, double *out)
{
  if (noise->n_ends > 0)
    draw_mixed (noise, n, out);
  else if (noise->kind == LIMN_NOISE_CUDA)
    draw_cuda (noise, n, out);
  else if (n >= CPU_BLOCK)
    draw_cpu_blocks (noise, n, out);
  else
    for (gsize i = 0; i < n; i++)
      out[i] = draw_cpu_one (noise);
  noise->draws++;
}

guint64
limn_noise_get_draws (const LimnNoise *noise)
{
  return noise->draws;
}

/* Kind, seed and draws in the first four, then what either generator needs; 64-bit numbers in two halves. */
enum
{
  STATE_KIND,
  STATE_SEED_LOW,
  STATE_SEED_HIGH,
  STATE_DRAWS,
  STATE_OFFSET,
  STATE_THREADS,
  STATE_HAS_KEPT,
  STATE_KEPT,
  STATE_MT_NEXT,
  STATE_MT_KEY,
  STATE_USED = STATE_MT_KEY + 624,
};

/* As many as kept trajectories have. */
#define STATE_LENGTH 634
G_STATIC_ASSERT (STATE_USED <= STATE_LENGTH);

/* Of a mixed stream; then follow the states of the ends. */
enum
{
  MIXED_KIND,
  MIXED_N_ENDS,
  MIXED_U,
  MIXED_V,
  MIXED_DRAWS,
  MIXED_ENDS,
};

/* No LimnNoiseKind. */
#define KIND_MIXED 16

gsize
limn_noise_get_state_length (const LimnNoise *noise)
{
  gsize length = noise->n_ends > 0 ? MIXED_ENDS : STATE_LENGTH;

  for (guint i = 0; i < noise->n_ends; i++)
    length += limn_noise_get_state_length (noise->ends[i]);
  return length;
}

static void
save_mixed (const LimnNoise *noise, double *state)
{
  state[MIXED_KIND] = KIND_MIXED;
  state[MIXED_N_ENDS] = noise->n_ends;
  state[MIXED_U] = noise->u;
  state[MIXED_V] = noise->v;
  state[MIXED_DRAWS] = noise->draws;
  state += MIXED_ENDS;
  for (guint i = 0; i < noise->n_ends; i++)
    {
      limn_noise_save (noise->ends[i], state);
      state += limn_noise_get_state_length (noise->ends[i]);
    }
}

void
limn_noise_save (const LimnNoise *noise, double *state)
{
  if (noise->n_ends > 0)
    {
      save_mixed (noise, state);
      return;
    }
  memset (state, 0, STATE_LENGTH * sizeof *state);
  state[STATE_KIND] = noise->kind;
  state[STATE_SEED_LOW] = (guint32) noise->seed;
  state[STATE_SEED_HIGH] = (guint32) (noise->seed >> 32);
  state[STATE_DRAWS] = noise->draws;
  state[STATE_OFFSET] = noise->offset;
  state[STATE_THREADS] = noise->threads;
  state[STATE_HAS_KEPT] = noise->has_kept;
  state[STATE_KEPT] = noise->has_kept ? noise->kept : 0;
  state[STATE_MT_NEXT] = noise->mt.next;
  for (guint i = 0; i < 624; i++)
    state[STATE_MT_KEY + i] = noise->mt.key[i];
}

static gboolean
is_whole (double value, double max)
{
  return value >= 0 && value <= max && value == floor (value);
}

static gboolean fits_state (const LimnNoise *noise, const double *state);

static gboolean
fits_mixed (const LimnNoise *noise, const double *state)
{
  gboolean fits = state[MIXED_KIND] == KIND_MIXED && state[MIXED_N_ENDS] == noise->n_ends && state[MIXED_U] == noise->u &&
                  state[MIXED_V] == noise->v && is_whole (state[MIXED_DRAWS], 0x1p53);

  state += MIXED_ENDS;
  for (guint i = 0; i < noise->n_ends && fits; i++)
    {
      fits = fits_state (noise->ends[i], state);
      state += limn_noise_get_state_length (noise->ends[i]);
    }
  return fits;
}

static gboolean
fits_state (const LimnNoise *noise, const double *state)
{
  if (noise->n_ends > 0)
    return fits_mixed (noise, state);
  if (state[STATE_KIND] != noise->kind || state[STATE_SEED_LOW] != (guint32) noise->seed ||
      state[STATE_SEED_HIGH] != (guint32) (noise->seed >> 32) || !is_whole (state[STATE_DRAWS], 0x1p53) ||
      !is_whole (state[STATE_OFFSET], 0x1p53) || state[STATE_THREADS] != noise->threads || !is_whole (state[STATE_HAS_KEPT], 1) ||
      !isfinite (state[STATE_KEPT]) || !is_whole (state[STATE_MT_NEXT], 624))
    return FALSE;
  for (guint i = 0; i < 624; i++)
    if (!is_whole (state[STATE_MT_KEY + i], G_MAXUINT32))
      return FALSE;
  return TRUE;
}

/* Of what fits. */
static void
load_state (LimnNoise *noise, const double *state)
{
  if (noise->n_ends > 0)
    {
      noise->draws = (guint64) state[MIXED_DRAWS];
      state += MIXED_ENDS;
      for (guint i = 0; i < noise->n_ends; i++)
        {
          load_state (noise->ends[i], state);
          state += limn_noise_get_state_length (noise->ends[i]);
        }
      return;
    }
  noise->draws = (guint64) state[STATE_DRAWS];
  noise->offset = (guint64) state[STATE_OFFSET];
  noise->has_kept = state[STATE_HAS_KEPT] != 0;
  noise->kept = state[STATE_KEPT];
  noise->mt.next = (guint32) state[STATE_MT_NEXT];
  for (guint i = 0; i < 624; i++)
    noise->mt.key[i] = (guint32) state[STATE_MT_KEY + i];
}

gboolean
limn_noise_load (LimnNoise *noise, const double *state, GError **error)
{
  if (!fits_state (noise, state))
    {
      g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                           "The saved random numbers belong to another seed or generator, or are damaged.");
      return FALSE;
    }
  load_state (noise, state);
  return TRUE;
}
