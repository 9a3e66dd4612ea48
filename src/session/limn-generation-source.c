/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a source is to the network: the latent that is held, and what a model for inpainting sees beside x. Both are made of the source and the
 * request alone, so that a branch whose source is its parent's goes on with the same. */
#include "config.h"

#include "session/limn-generation-private.h"

#include "base/limn-error.h"

#include <string.h>

/* Noise as masked content must not be the noise that is then added to it: the same seed with these bits ("limn") turned over. */
#define CONTENT_SEED 0x6c696d6e

static gboolean
has_start (const LimnSegment *segment)
{
  return segment->source || segment->pictures;
}

/* How much each cell may change; pictures that are mixed change alike everywhere. (transfer full) */
static double *
dup_strength (const LimnGeneration *self, const LimnSegment *segment)
{
  double *strength = g_new (double, self->n_cells);

  if (segment->source)
    memcpy (strength, limn_source_get_strength (segment->source), self->n_cells * sizeof *strength);
  else
    for (gsize i = 0; i < self->n_cells; i++)
      strength[i] = limn_picture_mix_get_strength (segment->pictures);
  return strength;
}

gboolean
limn_generation_needs_held (const LimnGeneration *self, const LimnSegment *segment)
{
  g_autofree double *strength = has_start (segment) ? dup_strength (self, segment) : NULL;

  return strength && limn_inpaint_needs_held (segment->n_all, self->n_cells, strength);
}

/* Whether what is held now would be the same for @segment, only maybe from another step on. */
static gboolean
is_same_held (const LimnGeneration *self, const LimnSegment *segment)
{
  return self->inpaint && self->held_source == segment->source && self->held_pictures == segment->pictures &&
         self->held_all == segment->n_all;
}

static gboolean
is_held_for (const LimnGeneration *self, const LimnSegment *segment)
{
  return is_same_held (self, segment) && self->held_last == segment->schedule->n_steps;
}

static gboolean
lacks_inputs (const LimnGeneration *self, const LimnSegment *segment)
{
  return self->n_inputs != self->n_channels && (!self->has_inputs || self->inputs_source != segment->source);
}

gboolean
limn_generation_needs_encoder (const LimnGeneration *self, const LimnSegment *segment)
{
  return lacks_inputs (self, segment) || (limn_generation_needs_held (self, segment) && !is_same_held (self, segment));
}

void
limn_generation_release (LimnGeneration *self)
{
  g_clear_pointer (&self->inpaint, limn_inpaint_free);
  g_clear_pointer (&self->held_source, limn_source_unref);
  g_clear_pointer (&self->held_pictures, limn_picture_mix_unref);
}

void
limn_generation_hold (LimnGeneration *self, const LimnSegment *segment, const double *held)
{
  g_autofree double *strength = NULL;

  limn_generation_release (self);
  if (!has_start (segment))
    return;
  strength = dup_strength (self, segment);
  self->inpaint = limn_inpaint_new (self->n_channels, self->n_cells, segment->n_all, segment->schedule->n_steps, strength, held);
  self->held_source = segment->source ? limn_source_ref (segment->source) : NULL;
  self->held_pictures = segment->pictures ? limn_picture_mix_ref (segment->pictures) : NULL;
  self->held_all = segment->n_all;
  self->held_last = segment->schedule->n_steps;
}

static gboolean
encode (LimnGeneration *self, LimnSource *source, LimnSourceFill what, float *x, GCancellable *cancellable, GError **error)
{
  guint factor = self->engine->facts.factor;
  g_autofree float *rgb = g_new0 (float, 3 * self->n_cells * factor * factor);

  if (source)
    limn_source_fill_rgb (source, what, rgb);
  return limn_work_encode (self->work, self->engine, rgb, x, cancellable, error);
}

/* For a model for inpainting, after x: the mask, and the latent of the picture in which what is masked is grey. Without a source everything is. */
static gboolean
take_inputs (LimnGeneration *self, LimnSource *source, GCancellable *cancellable, GError **error)
{
  float *mask = self->x + self->n;

  self->has_inputs = FALSE;
  if (!encode (self, source, LIMN_SOURCE_MASKED, mask + self->n_cells, cancellable, error))
    return FALSE;
  for (gsize i = 0; i < self->n_cells; i++)
    mask[i] = source ? limn_source_get_mask (source)[i] : 1;
  g_clear_pointer (&self->inputs_source, limn_source_unref);
  self->inputs_source = source ? limn_source_ref (source) : NULL;
  self->has_inputs = TRUE;
  return TRUE;
}

/* Masked content that is no picture. Of a mask's soft edge the lower half stays as it is: a cell that changes late has no steps left to make
 * something of noise. */
static void
fill_latent (LimnGeneration *self, const LimnSegment *segment, double *held)
{
  const LimnRequest *request = segment->request;
  const double *strength = limn_source_get_strength (segment->source);
  double half = limn_source_get_max_strength (segment->source) / 2;
  g_autoptr(LimnNoise) noise = limn_noise_new (request->rng, limn_request_get_seed (request) ^ CONTENT_SEED);
  g_autofree double *content = g_new0 (double, self->n);

  if (request->source->content == LIMN_CONTENT_NOISE)
    limn_noise_draw (noise, self->n, content);
  for (gsize i = 0; i < self->n; i++)
    if (strength[i % self->n_cells] >= half && limn_inpaint_is_ever_active (segment->n_all, strength[i % self->n_cells]))
      held[i] = content[i];
}

static gboolean
encode_source (LimnGeneration *self, const LimnSegment *segment, double *held, GCancellable *cancellable, GError **error)
{
  const double *strength = limn_source_get_strength (segment->source);
  LimnMaskedContent content = segment->request->source->content;
  g_autofree float *known = g_new (float, self->n);
  g_autofree float *initial = NULL;

  if (!encode (self, segment->source, LIMN_SOURCE_KNOWN, known, cancellable, error))
    return FALSE;
  if (content == LIMN_CONTENT_BLURRED)
    {
      initial = g_new (float, self->n);
      if (!encode (self, segment->source, LIMN_SOURCE_INITIAL, initial, cancellable, error))
        return FALSE;
    }
  for (gsize i = 0; i < self->n; i++)
    held[i] = initial && limn_inpaint_is_ever_active (segment->n_all, strength[i % self->n_cells]) ? initial[i] : known[i];
  if (content == LIMN_CONTENT_NOISE || content == LIMN_CONTENT_EMPTY)
    fill_latent (self, segment, held);
  return TRUE;
}

static gboolean
encode_held (LimnGeneration *self, const LimnSegment *segment, double *held, GCancellable *cancellable, GError **error)
{
  if (segment->pictures)
    return limn_picture_mix_encode (segment->pictures, self->work, self->engine, cancellable, held, error);
  return encode_source (self, segment, held, cancellable, error);
}

gboolean
limn_generation_take_source (LimnGeneration *self, const LimnSegment *segment, GCancellable *cancellable, GError **error)
{
  g_autofree double *held = NULL;

  if (lacks_inputs (self, segment) && !take_inputs (self, segment->source, cancellable, error))
    return FALSE;
  if (is_held_for (self, segment))
    return TRUE;
  if (is_same_held (self, segment) && limn_inpaint_get_held (self->inpaint))
    held = g_memdup2 (limn_inpaint_get_held (self->inpaint), self->n * sizeof *held);
  else if (limn_generation_needs_held (self, segment))
    {
      held = g_new (double, self->n);
      if (!encode_held (self, segment, held, cancellable, error))
        return FALSE;
    }
  limn_generation_hold (self, segment, held);
  return TRUE;
}
