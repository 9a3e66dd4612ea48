/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-conditioning.h"

#include <math.h>
#include <string.h>

static gsize
n_states (const LimnConditioning *self)
{
  return (gsize) self->tokens * self->width;
}

LimnConditioning *
limn_conditioning_new (guint tokens,
                       guint width,
                       guint vector_width,
                       guint n_pooled)
{
  LimnConditioning *self = g_new0 (LimnConditioning, 1);

  g_assert (n_pooled <= vector_width);

  self->tokens = tokens;
  self->width = width;
  self->states = g_new0 (float, n_states (self));
  self->vector_width = vector_width;
  self->n_pooled = n_pooled;
  self->vector = vector_width > 0 ? g_new0 (float, vector_width) : NULL;
  return self;
}

LimnConditioning *
limn_conditioning_copy (const LimnConditioning *self)
{
  LimnConditioning *copy = limn_conditioning_new (self->tokens, self->width, self->vector_width, self->n_pooled);

  memcpy (copy->states, self->states, n_states (self) * sizeof *copy->states);
  if (self->vector)
    memcpy (copy->vector, self->vector, self->vector_width * sizeof *copy->vector);
  return copy;
}

void
limn_conditioning_free (LimnConditioning *self)
{
  if (!self)
    return;
  g_free (self->states);
  g_free (self->vector);
  g_free (self);
}

void
limn_conditioning_forget_text (LimnConditioning *self)
{
  memset (self->states, 0, n_states (self) * sizeof *self->states);
  if (self->vector)
    memset (self->vector, 0, self->n_pooled * sizeof *self->vector);
}

gsize
limn_conditioning_get_bytes (const LimnConditioning *self)
{
  return sizeof *self + (n_states (self) + self->vector_width) * sizeof (float);
}

void
limn_prompt_sizes_init (LimnPromptSizes *sizes,
                        guint            width,
                        guint            height,
                        double           aesthetic)
{
  *sizes = (LimnPromptSizes) {
    .original_width = width,
    .original_height = height,
    .target_width = width,
    .target_height = height,
    .aesthetic = aesthetic,
  };
}

void
limn_prompt_sizes_embed (const LimnPromptSizes *sizes,
                         guint                  n,
                         guint                  step,
                         float                 *values)
{
  const double numbers[LIMN_PROMPT_N_SIZES] = {
    sizes->original_height,
    sizes->original_width,
    sizes->crop_y,
    sizes->crop_x,
    n == LIMN_PROMPT_N_REFINER_SIZES ? sizes->aesthetic : sizes->target_height,
    sizes->target_width,
  };
  guint half = step / 2;

  g_assert (n <= LIMN_PROMPT_N_SIZES && step % 2 == 0);

  for (guint k = 0; k < n; k++)
    for (guint i = 0; i < half; i++)
      {
        double angle = numbers[k] * exp (-log (10000) * i / half);

        values[k * step + i] = cos (angle);
        values[k * step + half + i] = sin (angle);
      }
}
