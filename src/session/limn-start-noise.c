/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-start-noise.h"

#include "diffusion/limn-slerp.h"

#include <string.h>

typedef struct
{
  guint n_channels;
  guint height;
  guint width;
} Shape;

static gsize
count (const Shape *shape)
{
  return (gsize) shape->n_channels * shape->height * shape->width;
}

static gboolean
mixes_noise (const LimnRequest *request)
{
  return request->mix && request->mix->way == LIMN_MIX_NOISE;
}

LimnNoise *
limn_start_noise_new (const LimnRequest *request)
{
  const LimnRequestMix *mix = request->mix;
  LimnNoise *ends[LIMN_MIX_MAX_ENDS];

  if (!mixes_noise (request))
    return limn_noise_new (request->rng, limn_request_get_seed (request));
  for (guint i = 0; i < mix->n_ends; i++)
    ends[i] = limn_start_noise_new (mix->ends[i].request);
  return limn_noise_new_mixed (ends, mix->n_ends, mix->u, mix->v);
}

/* @noise: the stream of the seed. */
static void
draw_varied (LimnNoise *noise, const LimnRequest *request, const Shape *shape, double *out)
{
  g_autoptr(LimnNoise) variation = NULL;
  g_autofree double *other = NULL;

  limn_noise_draw (noise, count (shape), out);
  if (request->variation_strength <= 0)
    return;
  variation = limn_noise_new (request->rng, request->variation_seed);
  other = g_new (double, count (shape));
  limn_noise_draw (variation, count (shape), other);
  limn_slerp_columns (shape->n_channels, shape->height, shape->width, out, other, request->variation_strength, out);
}

/* Along one side: @to and @from: where the @n that both have begin. Half of what is left over, rounded down, also where it is negative:
 * Python's -3 // 2 is -2. */
static void
place (guint whole, guint part, guint *to, guint *from, guint *n)
{
  guint over = part > whole ? (part - whole + 1) / 2 : 0;

  *to = whole > part ? (whole - part) / 2 : 0;
  *from = over;
  *n = part > whole ? part - 2 * over : part;
}

static void
put_into_middle (const Shape *shape, const double *part, const Shape *part_shape, double *out)
{
  guint to_x, to_y, from_x, from_y, n_x, n_y;

  place (shape->width, part_shape->width, &to_x, &from_x, &n_x);
  place (shape->height, part_shape->height, &to_y, &from_y, &n_y);
  for (guint c = 0; c < shape->n_channels; c++)
    for (guint y = 0; y < n_y; y++)
      memcpy (out + ((gsize) c * shape->height + to_y + y) * shape->width + to_x,
              part + ((gsize) c * part_shape->height + from_y + y) * part_shape->width + from_x, n_x * sizeof *out);
}

static void
draw_resized (LimnNoise *noise, const LimnRequest *request, const Shape *shape, const Shape *part_shape, double *out)
{
  g_autoptr(LimnNoise) again = limn_noise_new (request->rng, limn_request_get_seed (request));
  g_autofree double *part = g_new (double, count (part_shape));

  limn_noise_draw (noise, count (shape), out);
  draw_varied (again, request, part_shape, part);
  put_into_middle (shape, part, part_shape, out);
}

static void
draw (LimnNoise *noise, const LimnRequest *request, const Shape *shape, guint factor, double *out);

static void
draw_mixed (LimnNoise *noise, const LimnRequest *request, const Shape *shape, guint factor, double *out)
{
  const LimnRequestMix *mix = request->mix;
  g_autofree double *all = g_new (double, mix->n_ends * count (shape));
  const double *ends[LIMN_MIX_MAX_ENDS] = { NULL };

  for (guint i = 0; i < mix->n_ends; i++)
    {
      ends[i] = all + i * count (shape);
      draw (limn_noise_get_end (noise, i), mix->ends[i].request, shape, factor, all + i * count (shape));
    }
  limn_slerp_pad (count (shape), mix->n_ends, ends, mix->u, mix->v, out);
}

static void
draw (LimnNoise *noise, const LimnRequest *request, const Shape *shape, guint factor, double *out)
{
  const Shape part = { shape->n_channels, request->seed_height / factor, request->seed_width / factor };

  if (mixes_noise (request))
    draw_mixed (noise, request, shape, factor, out);
  else if (part.width == 0 || part.height == 0 || (part.width == shape->width && part.height == shape->height))
    draw_varied (noise, request, shape, out);
  else
    draw_resized (noise, request, shape, &part, out);
}

void
limn_start_noise_draw (LimnNoise         *noise,
                       const LimnRequest *request,
                       guint              n_channels,
                       guint              height_lt,
                       guint              width_lt,
                       guint              factor,
                       double            *out)
{
  const Shape shape = { n_channels, height_lt, width_lt };

  draw (noise, request, &shape, factor, out);
}
