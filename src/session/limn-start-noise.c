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

/* The ends that have a part in it: in a corner one, on an edge two. So what is there has the very state of the stream of that end, or of the mix of those two, and
 * one goes on where the other was left. */
typedef struct
{
  guint              n;
  const LimnRequest *ends[LIMN_MIX_MAX_ENDS];
  double             u;
  double             v;
} Mix;

static void
take (Mix *to, const LimnRequestMix *mix, guint a, guint b, double u)
{
  to->n = u <= 0 || u >= 1 ? 1 : 2;
  to->ends[0] = mix->ends[u >= 1 ? b : a].request;
  to->ends[1] = mix->ends[b].request;
  to->u = u;
}

static void
find_ends (const LimnRequestMix *mix, Mix *found)
{
  gboolean pad = mix->n_ends == LIMN_MIX_MAX_ENDS;

  *found = (Mix){ .n = mix->n_ends, .u = mix->u, .v = mix->v };
  if (!pad || mix->v <= 0)
    take (found, mix, 0, 1, mix->u);
  else if (mix->v >= 1)
    take (found, mix, 2, 3, mix->u);
  else if (mix->u <= 0)
    take (found, mix, 0, 2, mix->v);
  else if (mix->u >= 1)
    take (found, mix, 1, 3, mix->v);
  else
    for (guint i = 0; i < LIMN_MIX_MAX_ENDS; i++)
      found->ends[i] = mix->ends[i].request;
}

LimnNoise *
limn_start_noise_new (const LimnRequest *request)
{
  LimnNoise *ends[LIMN_MIX_MAX_ENDS];
  Mix mix;

  if (!mixes_noise (request))
    return limn_noise_new (request->rng, limn_request_get_seed (request));
  find_ends (request->mix, &mix);
  for (guint i = 0; i < mix.n; i++)
    ends[i] = limn_start_noise_new (mix.ends[i]);
  return mix.n == 1 ? ends[0] : limn_noise_new_mixed (ends, mix.n, mix.u, mix.v);
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
  variation = limn_noise_new (request->rng, limn_request_get_variation_seed (request));
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
  const double *ends[LIMN_MIX_MAX_ENDS] = { NULL };
  g_autofree double *all = NULL;
  Mix mix;

  find_ends (request->mix, &mix);
  if (mix.n == 1)
    {
      draw (noise, mix.ends[0], shape, factor, out);
      return;
    }
  all = g_new (double, mix.n * count (shape));
  for (guint i = 0; i < mix.n; i++)
    {
      ends[i] = all + i * count (shape);
      draw (limn_noise_get_end (noise, i), mix.ends[i], shape, factor, all + i * count (shape));
    }
  limn_slerp_pad (count (shape), mix.n, ends, mix.u, mix.v, out);
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
