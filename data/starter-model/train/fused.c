/* SPDX-License-Identifier: CC0-1.0 */

/* Training on a CPU with AMX: convolution, GroupNorm (+ SiLU), LayerNorm and GEGLU, forward and backward, and AdamW
 * with its moving average. Built and called by fused.py; PyTorch's own kernels of these take three to ten times longer.
 *
 * Activations are bfloat16 [N, H, W, C], sums and parameters float32.
 *
 * Padded form. A 3x3 convolution reads its picture from a buffer in which every row ends with one zero pixel and every
 * picture with one zero row: pitch W + 1, H + 1 rows, a lead of pitch + 1 zero pixels before the first. One zero pixel
 * is at once the right border of its row and the left border of the next. The whole batch is then one line of pixels in
 * which each tap is a constant offset, so that convolution is a matrix product over the line: 16 consecutive pixels are
 * the 16 rows of a tile, and the three taps of a row of the kernel are one run of 3 C consecutive numbers. Results at
 * the padding are computed and thrown away (for 16x16, one in eight). */
#include <immintrin.h>
#include <malloc.h>
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef uint16_t bf16;

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define ROUND_UP(value, step) (((value) + (step) -1) / (step) * (step))

enum
{
  TILE = 16,       /* rows of a tile, and columns of float32 */
  DEPTH = 32,      /* bfloat16 numbers in a row of a tile */
  BLOCK = 32,      /* pixels and channels of a block of 2 x 2 tiles */
  STRETCH = 128,   /* pixels that use the same weights in turn, so that both stay in the level 1 cache */
  SLACK = 64,      /* zero pixels after the last, for blocks that run over the end */
};

static inline float
load_bf16 (bf16 value)
{
  uint32_t bits = (uint32_t) value << 16;
  float number;

  memcpy (&number, &bits, sizeof number);
  return number;
}

static inline bf16
store_bf16 (float number)
{
  uint32_t bits;

  memcpy (&bits, &number, sizeof bits);
  return (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
}

static inline __m512
load_16 (const bf16 *p, __mmask16 mask)
{
  return _mm512_castsi512_ps (_mm512_slli_epi32 (_mm512_cvtepu16_epi32 (_mm256_maskz_loadu_epi16 (mask, p)), 16));
}

static inline void
store_16 (bf16 *p, __mmask16 mask, __m512 v)
{
  _mm256_mask_storeu_epi16 (p, mask, (__m256i) _mm512_cvtneps_pbh (v));
}

static inline __mmask16
mask_of (long left)
{
  return left >= 16 ? 0xffff : left <= 0 ? 0 : (1u << left) - 1;
}

static void *
scratch (size_t bytes)
{
  return aligned_alloc (64, ROUND_UP (bytes, 64));
}

/* --- Tiles ------------------------------------------------------------------------------------------------------- */

/* Asks the kernel for the tile registers; 0 when this machine has them. Also has malloc keep what is freed: each
 * activation in fresh pages, which the kernel clears first, took half of the time of a step. */
int
fused_init (void)
{
  enum
  {
    ARCH_REQ_XCOMP_PERM = 0x1023,
    XFEATURE_XTILEDATA = 18
  };

  mallopt (M_MMAP_THRESHOLD, 1 << 30);
  mallopt (M_TRIM_THRESHOLD, 1 << 30);
  return syscall (SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0 ? 0 : -1;
}

/* Eight full tiles: 0..3 sums, 4 and 5 the left operand, 6 and 7 the right one. */
static void
configure_tiles (void)
{
  struct
  {
    uint8_t palette, start_row, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
  } __attribute__ ((aligned (64))) config = { .palette = 1 };

  for (int i = 0; i < 8; i++)
    {
      config.bytes[i] = 64;
      config.rows[i] = TILE;
    }
  _tile_loadconfig (&config);
}

/* Transposes 16 x 16 numbers of 32 bits. */
static inline void
transpose_16x16 (__m512i r[16])
{
  __m512i t[16];

  for (int i = 0; i < 16; i += 2)
    {
      t[i] = _mm512_unpacklo_epi32 (r[i], r[i + 1]);
      t[i + 1] = _mm512_unpackhi_epi32 (r[i], r[i + 1]);
    }
  for (int i = 0; i < 16; i += 4)
    {
      r[i] = _mm512_unpacklo_epi64 (t[i], t[i + 2]);
      r[i + 1] = _mm512_unpackhi_epi64 (t[i], t[i + 2]);
      r[i + 2] = _mm512_unpacklo_epi64 (t[i + 1], t[i + 3]);
      r[i + 3] = _mm512_unpackhi_epi64 (t[i + 1], t[i + 3]);
    }
  for (int i = 0; i < 4; i++)
    {
      t[i] = _mm512_shuffle_i32x4 (r[i], r[i + 4], 0x88);
      t[i + 4] = _mm512_shuffle_i32x4 (r[i], r[i + 4], 0xdd);
      t[i + 8] = _mm512_shuffle_i32x4 (r[i + 8], r[i + 12], 0x88);
      t[i + 12] = _mm512_shuffle_i32x4 (r[i + 8], r[i + 12], 0xdd);
    }
  for (int i = 0; i < 8; i++)
    {
      r[i] = _mm512_shuffle_i32x4 (t[i], t[i + 8], 0x88);
      r[i + 8] = _mm512_shuffle_i32x4 (t[i], t[i + 8], 0xdd);
    }
}

/* --- Padded form ------------------------------------------------------------------------------------------------- */

typedef struct
{
  long n, h, w;
  long pitch, image; /* pixels of a padded row and of a padded picture */
  long lead;         /* zero pixels before the first */
  long line;         /* pixels of the whole batch, without lead and slack */
} Shape;

static Shape
shape_of (long n, long h, long w)
{
  Shape s = { n, h, w, w + 1, (h + 1) * (w + 1), w + 2, n * (h + 1) * (w + 1) };

  return s;
}

/* Pixels of a padded buffer. */
long
padded_pixels (long n, long h, long w)
{
  Shape s = shape_of (n, h, w);

  return s.lead + s.line + s.pitch + 1 + SLACK;
}

/* Zeroes whatever is not picture. */
static void
clear_padding (bf16 *p, Shape s, long c)
{
  memset (p, 0, s.lead * c * sizeof (bf16));
  for (long n = 0; n < s.n; n++)
    {
      bf16 *picture = p + (s.lead + n * s.image) * c;

      for (long y = 0; y < s.h; y++)
        memset (picture + (y * s.pitch + s.w) * c, 0, c * sizeof (bf16));
      memset (picture + s.h * s.pitch * c, 0, s.pitch * c * sizeof (bf16));
    }
  memset (p + (s.lead + s.line) * c, 0, (s.pitch + 1 + SLACK) * c * sizeof (bf16));
}

/* x -> padded p of n pictures of h x w. mode 0: x has that size. 1: half of it; its pixels go to every second place from
 * (top, left) on, zeros between. 2: twice of it; every second pixel from (top, left) on is taken. */
void
pad (const bf16 *x, bf16 *p, long n, long h, long w, long c, int mode, long top, long left)
{
  Shape s = shape_of (n, h, w);

  clear_padding (p, s, c);
  for (long i = 0; i < n; i++)
    for (long y = 0; y < h; y++)
      {
        bf16 *row = p + (s.lead + i * s.image + y * s.pitch) * c;

        if (mode == 0)
          memcpy (row, x + (i * h + y) * w * c, w * c * sizeof (bf16));
        else if (mode == 1)
          {
            memset (row, 0, w * c * sizeof (bf16));
            if ((y & 1) == top)
              for (long k = 0; k < w / 2; k++)
                memcpy (row + (2 * k + left) * c, x + ((i * (h / 2) + y / 2) * (w / 2) + k) * c, c * sizeof (bf16));
          }
        else
          for (long k = 0; k < w; k++)
            memcpy (row + k * c, x + ((i * 2 * h + 2 * y + top) * 2 * w + 2 * k + left) * c, c * sizeof (bf16));
      }
}

/* --- Convolution and matrix product ------------------------------------------------------------------------------ */

/* Weights float32 [O, T, T, I] -> the right operand, bfloat16 [T, steps, blocks of 16 outputs, 16, 16, 2], where a step
 * is DEPTH numbers of the run of T I numbers. */
long
packed_size (long inputs, long outputs, long taps)
{
  return taps * (ROUND_UP (taps * inputs, DEPTH) / DEPTH) * (ROUND_UP (outputs, TILE) / TILE) * TILE * DEPTH;
}

void
pack_forward (const float *w, bf16 *packed, long inputs, long outputs, long taps)
{
  long run = taps * inputs, steps = ROUND_UP (run, DEPTH) / DEPTH, blocks = ROUND_UP (outputs, TILE) / TILE;

#pragma omp parallel for collapse(2) schedule(static)
  for (long ty = 0; ty < taps; ty++)
    for (long k = 0; k < steps; k++)
      for (long b = 0; b < blocks; b++)
        {
          bf16 *to = packed + ((ty * steps + k) * blocks + b) * TILE * DEPTH;
          __m512i r[16];

          for (long o = 0; o < TILE; o++)
            {
              __mmask16 m0 = 0, m1 = 0;
              const float *from = w;

              if (b * TILE + o < outputs)
                {
                  from = w + ((b * TILE + o) * taps + ty) * run + k * DEPTH;
                  m0 = mask_of (run - k * DEPTH);
                  m1 = mask_of (run - k * DEPTH - 16);
                }
              r[o] = (__m512i) _mm512_cvtne2ps_pbh (_mm512_maskz_loadu_ps (m1, from + 16), _mm512_maskz_loadu_ps (m0, from));
            }
          transpose_16x16 (r);
          for (long i = 0; i < TILE; i++)
            _mm512_store_si512 (to + i * DEPTH, r[i]);
        }
}

/* The same for the way back: inputs and outputs change places and the kernel is turned by 180 degrees. */
void
pack_backward (const float *w, bf16 *packed, long inputs, long outputs, long taps)
{
  long run = taps * outputs, steps = ROUND_UP (run, DEPTH) / DEPTH, blocks = ROUND_UP (inputs, TILE) / TILE;

#pragma omp parallel for collapse(2) schedule(static)
  for (long ty = 0; ty < taps; ty++)
    for (long k = 0; k < steps; k++)
      for (long b = 0; b < blocks; b++)
        {
          bf16 *to = packed + ((ty * steps + k) * blocks + b) * TILE * DEPTH;

          for (long i = 0; i < TILE; i++)
            {
              __m512 pair[2];

              for (long j = 0; j < 2; j++)
                {
                  long q = k * DEPTH + 2 * i + j, tx = q / outputs, o = q % outputs;
                  __mmask16 mask = q < run ? mask_of (inputs - b * TILE) : 0;

                  pair[j] = _mm512_setzero_ps ();
                  if (mask)
                    pair[j] = _mm512_maskz_loadu_ps (mask, w + ((o * taps + taps - 1 - ty) * taps + taps - 1 - tx) * inputs + b * TILE);
                }
              __m512i low = _mm512_cvtepu16_epi32 ((__m256i) _mm512_cvtneps_pbh (pair[0]));
              __m512i high = _mm512_cvtepu16_epi32 ((__m256i) _mm512_cvtneps_pbh (pair[1]));
              _mm512_store_si512 (to + i * DEPTH, _mm512_or_si512 (low, _mm512_slli_epi32 (high, 16)));
            }
        }
}

/* sums = 32 pixels from a on, times the packed weights of one or two blocks of outputs. */
static inline void
multiply_block (const bf16 *a,
                long channels,
                long row_step,
                const bf16 *b,
                long b_step,
                long taps,
                long steps,
                int two,
                float sums[BLOCK * BLOCK])
{
  long stride = channels * sizeof (bf16);

  _tile_zero (0);
  _tile_zero (2);
  if (two)
    {
      _tile_zero (1);
      _tile_zero (3);
      for (long ty = 0; ty < taps; ty++)
        for (long k = 0; k < steps; k++)
          {
            const bf16 *at = a + ty * row_step + k * DEPTH, *bt = b + (ty * steps + k) * b_step;

            _tile_loadd (4, at, stride);
            _tile_loadd (6, bt, 64);
            _tile_dpbf16ps (0, 4, 6);
            _tile_loadd (5, at + TILE * channels, stride);
            _tile_dpbf16ps (2, 5, 6);
            _tile_loadd (7, bt + TILE * DEPTH, 64);
            _tile_dpbf16ps (1, 4, 7);
            _tile_dpbf16ps (3, 5, 7);
          }
      _tile_stored (1, sums + TILE, BLOCK * sizeof (float));
      _tile_stored (3, sums + TILE * BLOCK + TILE, BLOCK * sizeof (float));
    }
  else
    for (long ty = 0; ty < taps; ty++)
      for (long k = 0; k < steps; k++)
        {
          const bf16 *at = a + ty * row_step + k * DEPTH;

          _tile_loadd (4, at, stride);
          _tile_loadd (6, b + (ty * steps + k) * b_step, 64);
          _tile_dpbf16ps (0, 4, 6);
          _tile_loadd (5, at + TILE * channels, stride);
          _tile_dpbf16ps (2, 5, 6);
        }
  _tile_stored (0, sums, BLOCK * sizeof (float));
  _tile_stored (2, sums + TILE * BLOCK, BLOCK * sizeof (float));
}

/* Where the results go: with stride 2 those of every second pixel from (top, left) on, to a picture of half the size;
 * with stride -2 all of them, to every second pixel of one of twice the size. */
typedef struct
{
  long stride, top, left;
} Places;

/* The pixels of the output for count consecutive pixels of the line, or -1; 0 when there is none. */
static int
places_of (Shape s, Places to, long begin, long count, long *places)
{
  long n = begin / s.image, y = begin % s.image / s.pitch, x = begin % s.image % s.pitch;
  int any = 0;

  for (long i = 0; i < count; i++)
    {
      int inside = begin + i < s.line && y < s.h && x < s.w && (to.stride != 2 || (y % 2 == to.top && x % 2 == to.left));

      if (!inside)
        places[i] = -1;
      else if (to.stride == 1)
        places[i] = (n * s.h + y) * s.w + x;
      else if (to.stride == 2)
        places[i] = (n * (s.h / 2) + y / 2) * (s.w / 2) + x / 2;
      else
        places[i] = (n * 2 * s.h + 2 * y + to.top) * 2 * s.w + 2 * x + to.left;
      any |= inside;
      if (++x == s.pitch)
        {
          x = 0;
          if (++y == s.h + 1)
            {
              y = 0;
              n++;
            }
        }
    }
  return any;
}

/* y = p (*) packed + bias + residual, the first tap at (up, across) of each pixel, the results at Places of stride, top, left.
 * taps 3 or 2: p is padded. taps 1: p is a plain matrix [line, inputs], n = line, h = w = 1 (and no padding).
 * bias float32, either one row or, when bias_step is not 0, one for each picture; residual like y; both may be NULL. */
void
conv_forward (const bf16 *p,
              const bf16 *packed,
              const float *bias,
              long bias_step,
              const bf16 *residual,
              bf16 *y,
              long n,
              long h,
              long w,
              long inputs,
              long outputs,
              long taps,
              long up,
              long across,
              long stride,
              long top,
              long left)
{
  Shape s = shape_of (n, h, w);
  Places to = { stride, top, left };
  long steps = ROUND_UP (taps * inputs, DEPTH) / DEPTH, blocks = ROUND_UP (outputs, TILE) / TILE;
  long b_step = blocks * TILE * DEPTH, line = taps == 1 ? n : s.line;
  long picture = stride == 1 ? s.h * s.w : stride == 2 ? s.h / 2 * (s.w / 2) : 4 * s.h * s.w;
  const bf16 *first = taps == 1 ? p : p + (s.lead + up * s.pitch + across) * inputs;

#pragma omp parallel
  {
    float sums[BLOCK * BLOCK] __attribute__ ((aligned (64)));
    long places[STRETCH];
    bf16 *tail = scratch ((BLOCK * inputs + DEPTH) * sizeof (bf16));

    configure_tiles ();
#pragma omp for schedule(static)
    for (long begin = 0; begin < line; begin += STRETCH)
      {
        long count = MIN (STRETCH, line - begin);

        if (taps == 1)
          for (long i = 0; i < count; i++)
            places[i] = begin + i;
        else if (!places_of (s, to, begin, count, places))
          continue;
        for (long b = 0; b < blocks; b += 2)
          for (long at = 0; at < count; at += BLOCK)
            {
              const bf16 *a = first + (begin + at) * inputs;
              int two = b + 1 < blocks, any = 0;

              for (long i = at; i < MIN (at + BLOCK, count); i++)
                any |= places[i] >= 0;
              if (!any)
                continue;
              if (taps == 1 && begin + at + BLOCK >= line)
                {
                  /* A plain matrix has nothing behind its end that may be read. */
                  memset (tail, 0, (BLOCK * inputs + DEPTH) * sizeof (bf16));
                  memcpy (tail, a, (line - begin - at) * inputs * sizeof (bf16));
                  a = tail;
                }
              multiply_block (a, inputs, s.pitch * inputs, packed + b * TILE * DEPTH, b_step, taps, steps, two, sums);
              for (long j = 0; j < (two ? 2 : 1); j++)
                {
                  long o = (b + j) * TILE;
                  __mmask16 mask = mask_of (outputs - o);
                  __m512 shift = bias ? _mm512_maskz_loadu_ps (mask, bias + o) : _mm512_setzero_ps ();

                  for (long i = 0; i < MIN (BLOCK, count - at); i++)
                    {
                      long place = places[at + i];

                      if (place < 0)
                        continue;
                      if (bias_step)
                        shift = _mm512_maskz_loadu_ps (mask, bias + place / picture * bias_step + o);
                      __m512 v = _mm512_add_ps (_mm512_load_ps (sums + i * BLOCK + j * TILE), shift);
                      if (residual)
                        v = _mm512_add_ps (v, load_16 (residual + place * outputs + o, mask));
                      store_16 (y + place * outputs + o, mask, v);
                    }
                }
            }
      }
    _tile_release ();
    free (tail);
  }
}

/* Pixels begin .. begin + count of a line of c channels (zeros outside 0 .. limit), channels first:
 * to [c rounded up to 16][pitch]. */
static void
transpose_line (const bf16 *from, long begin, long count, long limit, long c, bf16 *to, long pitch)
{
#pragma omp for schedule(static)
  for (long at = 0; at < count; at += DEPTH)
    for (long k = 0; k < c; k += TILE)
      {
        __mmask16 mask = mask_of (c - k);
        __m512i r[16];

        for (long i = 0; i < TILE; i++)
          {
            __m512i pair[2];

            for (long j = 0; j < 2; j++)
              {
                long pixel = begin + at + 2 * i + j;

                pair[j] = _mm512_setzero_si512 ();
                if (pixel >= 0 && pixel < limit)
                  pair[j] = _mm512_cvtepu16_epi32 (_mm256_maskz_loadu_epi16 (mask, from + pixel * c + k));
              }
            r[i] = _mm512_or_si512 (pair[0], _mm512_slli_epi32 (pair[1], 16));
          }
        transpose_16x16 (r);
        for (long i = 0; i < TILE; i++)
          _mm512_store_si512 (to + (k + i) * pitch + at, r[i]);
      }
}

/* The same pixels in pairs: to [count / 2][c rounded up to 16][2]. */
static void
pair_line (const bf16 *from, long begin, long count, long limit, long c, bf16 *to)
{
  long width = ROUND_UP (c, TILE);

#pragma omp for schedule(static)
  for (long at = 0; at < count; at += 2)
    for (long k = 0; k < c; k += TILE)
      {
        __mmask16 mask = mask_of (c - k);
        __m512i pair[2];

        for (long j = 0; j < 2; j++)
          {
            long pixel = begin + at + j;

            pair[j] = _mm512_setzero_si512 ();
            if (pixel >= 0 && pixel < limit)
              pair[j] = _mm512_cvtepu16_epi32 (_mm256_maskz_loadu_epi16 (mask, from + pixel * c + k));
          }
        _mm512_store_si512 (to + at * width + 2 * k, _mm512_or_si512 (pair[0], _mm512_slli_epi32 (pair[1], 16)));
      }
}

/* sums [32, 32 of row], from zero on when first, += left (rows of pixels) x right (pairs of pixels), over count pixels. */
static inline void
multiply_stretch (const bf16 *left,
                  long left_pitch,
                  const bf16 *right,
                  long width,
                  long count,
                  int two_left,
                  int two_right,
                  int first,
                  float *sums,
                  long row)
{
  long l_stride = left_pitch * sizeof (bf16), r_stride = 2 * width * sizeof (bf16), s_stride = row * sizeof (float);

  if (first)
    {
      _tile_zero (0);
      _tile_zero (1);
      _tile_zero (2);
      _tile_zero (3);
    }
  else
    {
      _tile_loadd (0, sums, s_stride);
      if (two_right)
        _tile_loadd (1, sums + TILE, s_stride);
      if (two_left)
        _tile_loadd (2, sums + TILE * row, s_stride);
      if (two_left && two_right)
        _tile_loadd (3, sums + TILE * row + TILE, s_stride);
    }
  for (long at = 0; at < count; at += DEPTH)
    {
      _tile_loadd (4, left + at, l_stride);
      _tile_loadd (6, right + at * width, r_stride);
      _tile_dpbf16ps (0, 4, 6);
      if (two_left)
        {
          _tile_loadd (5, left + TILE * left_pitch + at, l_stride);
          _tile_dpbf16ps (2, 5, 6);
        }
      if (two_right)
        {
          _tile_loadd (7, right + at * width + 2 * TILE, r_stride);
          _tile_dpbf16ps (1, 4, 7);
          if (two_left)
            _tile_dpbf16ps (3, 5, 7);
        }
    }
  _tile_stored (0, sums, s_stride);
  if (two_right)
    _tile_stored (1, sums + TILE, s_stride);
  if (two_left)
    _tile_stored (2, sums + TILE * row, s_stride);
  if (two_left && two_right)
    _tile_stored (3, sums + TILE * row + TILE, s_stride);
}

/* dw [outputs, taps, taps, inputs] = the sum over the line of dy times p at each tap, the first at (up, across); p and dy
 * padded alike (taps 3 or 2), or plain matrices of n rows (taps 1). p is laid out in pairs of pixels twice, from even and from odd pixels on, so that
 * every tap finds its pairs. */
void
conv_backward_weights (const bf16 *p,
                       const bf16 *dy,
                       float *dw,
                       long n,
                       long h,
                       long w,
                       long inputs,
                       long outputs,
                       long taps,
                       long up,
                       long across)
{
  Shape s = shape_of (n, h, w);
  long line = taps == 1 ? n : s.line, lead = taps == 1 ? 0 : s.lead, halo = taps == 1 ? 0 : ROUND_UP (s.pitch + 1, DEPTH);
  long limit = taps == 1 ? n : padded_pixels (n, h, w);
  long chunk = MIN (inputs + outputs <= 128 ? 2048 : 1024, ROUND_UP (line, DEPTH));
  long rows = ROUND_UP (outputs, TILE), width = ROUND_UP (inputs, TILE), tiles = taps * taps, row = tiles * width;
  long pitch = chunk / DEPTH % 2 ? chunk : chunk + DEPTH;        /* odd, to spread over the cache's sets */
  long row_blocks = ROUND_UP (rows, BLOCK) / BLOCK, column_blocks = ROUND_UP (width, BLOCK) / BLOCK;
  long pairs = (chunk + 2 * halo) * width;
  bf16 *left = scratch (rows * pitch * sizeof (bf16)), *right = scratch ((taps == 1 ? 1 : 2) * pairs * sizeof (bf16));
  float *sums = rows == outputs && width == inputs ? dw : scratch (rows * row * sizeof (float));

#pragma omp parallel
  {
    configure_tiles ();
    for (long begin = 0; begin < line; begin += chunk)
      {
        long count = MIN (chunk, ROUND_UP (line - begin, DEPTH));

        transpose_line (dy, lead + begin, count, limit, outputs, left, pitch);
        pair_line (p, lead + begin - halo, count + 2 * halo, limit, inputs, right);
        if (taps > 1)
          pair_line (p, lead + begin - halo + 1, count + 2 * halo, limit, inputs, right + pairs);
#pragma omp for schedule(static)
        for (long block = 0; block < tiles * row_blocks * column_blocks; block++)
          {
            long c = block % column_blocks * BLOCK, r = block / column_blocks % row_blocks * BLOCK;
            long tap = block / column_blocks / row_blocks, ty = tap / taps, tx = tap % taps;
            long shift = taps == 1 ? 0 : halo + (up + ty) * s.pitch + across + tx;

            multiply_stretch (left + r * pitch, pitch, right + (shift & 1) * pairs + (shift & ~1L) * width + 2 * c, width, count,
                              r + TILE < rows, c + TILE < width, begin == 0, sums + r * row + tap * width + c, row);
          }
      }
    _tile_release ();
  }
  if (sums != dw)
    {
      for (long o = 0; o < outputs; o++)
        for (long tap = 0; tap < tiles; tap++)
          memcpy (dw + (o * tiles + tap) * inputs, sums + o * row + tap * width, inputs * sizeof (float));
      free (sums);
    }
  free (left);
  free (right);
}

/* db [n, c]: the sum over the pixels of each picture. */
void
sum_pixels (const bf16 *dy, float *db, long n, long pixels, long c)
{
#pragma omp parallel for schedule(static)
  for (long i = 0; i < n; i++)
    {
      float *sum = db + i * c;

      for (long j = 0; j < c; j += 16)
        {
          __mmask16 mask = mask_of (c - j);
          __m512 a = _mm512_setzero_ps (), b = a;

          for (long k = 0; k < pixels; k += 2)
            {
              a = _mm512_add_ps (a, load_16 (dy + (i * pixels + k) * c + j, mask));
              b = _mm512_add_ps (b, load_16 (dy + (i * pixels + k + 1) * c + j, k + 1 < pixels ? mask : 0));
            }
          _mm512_mask_storeu_ps (sum + j, mask, _mm512_add_ps (a, b));
        }
    }
}

#include "fused_norms.h"
