/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From ends to a request. What cannot be mixed (model, size, sampler, steps) is that of the first end whose making is known, since a blend that
 * stands at an end shall be that end's picture; words that nobody has painted yet follow; and where nothing is known, the draft decides. */
#include "config.h"

#include "app/limn-blend-private.h"

#include "base/limn-error.h"

#include <glib/gi18n.h>
#include <math.h>

static gboolean
fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_INVALID, message);
  return FALSE;
}

/* --- What the model decides --- */

/* @request: (inout): becomes one in which nothing is open. */
static gboolean
fill_open (LimnBlend *self, LimnRequest **request, GError **error)
{
  LimnInspection *model = limn_draft_get_inspection (self->draft);
  LimnRequest *resolved;

  if (!(*request)->open)
    return TRUE;
  if (!model)
    return fail (error, _("The model is still being opened."));
  resolved = limn_inspection_resolve (model, *request, error);
  if (!resolved)
    return FALSE;
  limn_request_free (*request);
  *request = resolved;
  return TRUE;
}

/* The largest of a picture's proportions that the model was made for, in its own multiples. */
static void
fit_size (LimnBlend *self, const LimnBlendEnd *end, LimnRequest *request)
{
  const LimnInspection *model = limn_draft_get_inspection (self->draft);
  double zoom, width, height;

  if (!model || end->width == 0 || end->height == 0)
    return;
  zoom = MIN (1, sqrt ((double) model->width * model->height / ((double) end->width * end->height)));
  width = MAX (round (end->width * zoom / model->multiple), 1) * model->multiple;
  height = MAX (round (end->height * zoom / model->multiple), 1) * model->multiple;
  request->width = MIN (width, LIMN_REQUEST_MAX_SIDE / model->multiple * model->multiple);
  request->height = MIN (height, LIMN_REQUEST_MAX_SIDE / model->multiple * model->multiple);
}

/* --- Ends --- */

/* Made of words and noise: noise and words say all about it. */
static gboolean
is_imagined (const LimnRequest *request)
{
  return request && !request->branch && !request->source && (!request->mix || request->mix->way == LIMN_MIX_NOISE);
}

static gboolean
check_there (LimnBlend *self, GError **error)
{
  for (guint i = 0; i < self->n_ends; i++)
    if (self->ends[i].reading)
      return fail (error, _("A picture is being read."));
  for (guint i = 0; i < self->n_ends; i++)
    if (self->ends[i].kind == LIMN_BLEND_EMPTY)
      /* Translators: %s is the letter of a corner. */
      return fail (error, _("Put a picture, or words, on %s."), limn_blend_get_letter (i));
  return TRUE;
}

static gboolean
check_imagined (LimnBlend *self, const LimnRequest *base, GError **error)
{
  for (guint i = 0; i < self->n_ends; i++)
    {
      const LimnBlendEnd *end = &self->ends[i];

      if (!end->request)
        /* Translators: %s is the letter of a corner. “Through the Noise” is the name of a way to blend. */
        return fail (error, _("How %s was made is not known, so it cannot be imagined anew. “Through the Noise” blends any pictures."),
                     limn_blend_get_letter (i));
      if (!is_imagined (end->request))
        /* Translators: %s is the letter of a corner. “Through the Noise” is the name of a way to blend. */
        return fail (error, _("%s was made from another picture, so it cannot be imagined anew. “Through the Noise” blends any pictures."),
                     limn_blend_get_letter (i));
      if (end->kind == LIMN_BLEND_WORDS)
        continue;
      if (g_strcmp0 (end->request->model, base->model) != 0)
        /* Translators: %s is the letter of a corner. “Through the Noise” is the name of a way to blend. */
        return fail (error, _("%s was painted by another model, which has other noise and other words. “Through the Noise” blends any "
                              "pictures."),
                     limn_blend_get_letter (i));
      if (!(end->request->open & LIMN_REQUEST_OPEN_SIZE) &&
          (end->request->width != base->width || end->request->height != base->height))
        /* Translators: %s is the letter of a corner. “Through the Noise” is the name of a way to blend. */
        return fail (error, _("%s has another size, and so other noise. “Through the Noise” blends any pictures."),
                     limn_blend_get_letter (i));
    }
  return TRUE;
}

static gboolean
check_pictures (LimnBlend *self, GError **error)
{
  for (guint i = 0; i < self->n_ends; i++)
    if (self->ends[i].kind == LIMN_BLEND_WORDS)
      /* Translators: %s is the letter of a corner. “Imagined Anew” is the name of a way to blend. */
      return fail (error, _("%s is only words so far, and pictures are blended here. Paint it first, or blend by “Imagined Anew”."),
                   limn_blend_get_letter (i));
  return TRUE;
}

static void
take_out_of_batch (LimnRequest *request)
{
  guint64 seed = limn_request_get_seed (request), variation_seed = limn_request_get_variation_seed (request);

  request->seed = seed;
  request->variation_seed = variation_seed;
  request->batch_count = 1;
  request->batch_index = 0;
}

void
limn_blend_strip_request (LimnRequest *request)
{
  limn_request_set_source (request, NULL);
  limn_request_take_branch (request, NULL);
  limn_request_take_mix (request, NULL);
  take_out_of_batch (request);
  request->variation_seed = 0;
  request->variation_strength = 0;
  request->seed_width = request->seed_height = 0;
}

/* How it is shown, and where it is painted, is the artist's business of today. */
static void
take_settings_of_today (LimnBlend *self, LimnRequest *request)
{
  g_autoptr(LimnRequest) draft = limn_draft_dup_request (self->draft);

  limn_request_set_device (request, draft->device);
  request->preview = draft->preview;
  request->preview_every = draft->preview_every;
  request->preview_half = draft->preview_half;
  request->keep_latents = draft->keep_latents;
}

static const LimnBlendEnd *
find_base (LimnBlend *self, LimnBlendKind kind)
{
  for (guint i = 0; i < self->n_ends; i++)
    if (self->ends[i].kind == kind && is_imagined (self->ends[i].request))
      return &self->ends[i];
  return NULL;
}

static LimnRequest *
new_base (LimnBlend *self, GError **error)
{
  const LimnBlendEnd *end = find_base (self, LIMN_BLEND_PICTURE);
  g_autoptr(LimnRequest) base = NULL;

  if (!end)
    end = find_base (self, LIMN_BLEND_WORDS);
  base = end ? limn_request_copy (end->request) : limn_draft_dup_request (self->draft);
  limn_blend_strip_request (base);
  if (!fill_open (self, &base, error))
    return NULL;
  if (!end)
    fit_size (self, &self->ends[0], base);
  take_settings_of_today (self, base);
  return g_steal_pointer (&base);
}

/* (transfer full): how end @index goes into the mix. */
static LimnRequest *
new_end_request (LimnBlend *self, guint index, const LimnRequest *base, GError **error)
{
  const LimnBlendEnd *end = &self->ends[index];
  g_autoptr(LimnRequest) request = limn_request_copy (end->request);

  if (end->kind == LIMN_BLEND_WORDS)
    {
      g_autoptr(LimnRequest) words = limn_request_copy (base);

      limn_request_set_prompt (words, request->prompt);
      limn_request_set_negative (words, request->negative);
      words->syntax = request->syntax;
      words->seed = request->seed;
      words->rng = request->rng;
      if (!(request->open & LIMN_REQUEST_OPEN_CFG))
        words->cfg = request->cfg;
      return g_steal_pointer (&words);
    }
  if (!fill_open (self, &request, error))
    return NULL;
  take_out_of_batch (request);
  /* Its words are all that is asked of it: what it was painted over need not be there. */
  if (self->way != LIMN_BLEND_IMAGINED)
    {
      limn_request_set_source (request, NULL);
      limn_request_take_branch (request, NULL);
    }
  return g_steal_pointer (&request);
}

LimnRequest *
limn_blend_dup_end_request (LimnBlend *self, guint index, GError **error)
{
  g_autoptr(LimnRequest) base = NULL;
  g_autoptr(LimnRequest) request = NULL;

  g_return_val_if_fail (LIMN_IS_BLEND (self) && index < LIMN_BLEND_MAX_ENDS && self->ends[index].request, NULL);

  base = new_base (self, error);
  request = base ? new_end_request (self, index, base, error) : NULL;
  return request && limn_request_check (request, error) ? g_steal_pointer (&request) : NULL;
}

/* --- The mix --- */

/* Looked at by nobody who paints, but by whoever searches for the picture. */
static void
name_mix (LimnRequest *request, const LimnRequestMix *mix)
{
  g_autoptr(GString) prompt = g_string_new (NULL);

  for (guint i = 0; i < mix->n_ends; i++)
    {
      if (i > 0)
        g_string_append (prompt, " → ");
      g_string_append (prompt, mix->ends[i].request->prompt);
    }
  limn_request_set_prompt (request, prompt->str);
}

static double
mix_cfg (const LimnRequestMix *mix)
{
  double weights[LIMN_MIX_MAX_ENDS], cfg = 0;

  limn_request_mix_get_weights (mix, weights);
  /* At an end that end's to the bit: what is left out counts exactly nothing. */
  for (guint i = 0; i < mix->n_ends; i++)
    cfg += weights[i] * mix->ends[i].request->cfg;
  return cfg;
}

static gboolean
set_ends (LimnBlend *self, LimnRequestMix *mix, const LimnRequest *base, GError **error)
{
  gboolean all_known = TRUE;

  for (guint i = 0; i < mix->n_ends; i++)
    all_known = all_known && self->ends[i].request;
  for (guint i = 0; i < mix->n_ends; i++)
    {
      g_autoptr(LimnRequest) request = all_known ? new_end_request (self, i, base, error) : NULL;

      if (all_known && !request)
        return FALSE;
      limn_request_mix_set_end (mix, i, request, self->way == LIMN_BLEND_IMAGINED ? NULL : self->ends[i].picture);
    }
  return TRUE;
}

LimnRequest *
limn_blend_dup_request (LimnBlend *self, double u, double v, GError **error)
{
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(LimnRequestMix) mix = NULL;

  g_return_val_if_fail (LIMN_IS_BLEND (self), NULL);

  if (!check_there (self, error))
    return NULL;
  request = new_base (self, error);
  if (!request || !(self->way == LIMN_BLEND_IMAGINED ? check_imagined (self, request, error) : check_pictures (self, error)))
    return NULL;
  mix = limn_request_mix_new (self->way == LIMN_BLEND_IMAGINED ? LIMN_MIX_NOISE : LIMN_MIX_PICTURES, self->n_ends);
  mix->strength = self->way == LIMN_BLEND_DIFFUSED ? self->strength : 0;
  if (!set_ends (self, mix, request, error))
    return NULL;
  if (limn_request_mix_has_prompts (mix))
    name_mix (request, mix);
  else
    limn_request_set_prompt (request, self->words);
  limn_request_take_mix (request, g_steal_pointer (&mix));
  limn_blend_move_request (request, u, v);
  return limn_request_check (request, error) ? g_steal_pointer (&request) : NULL;
}

void
limn_blend_move_request (LimnRequest *request, double u, double v)
{
  g_return_if_fail (request->mix);

  request->mix->u = CLAMP (u, 0, 1);
  request->mix->v = request->mix->n_ends == 4 ? CLAMP (v, 0, 1) : 0;
  if (limn_request_mix_has_prompts (request->mix))
    request->cfg = mix_cfg (request->mix);
}

/* --- What is left out --- */

static gboolean
has_other_steps (const LimnRequest *a, const LimnRequest *b)
{
  return a->sampler != b->sampler || a->schedule != b->schedule || a->steps != b->steps || a->eta != b->eta ||
         a->cfg_rescale != b->cfg_rescale || a->prediction != b->prediction;
}

char *
limn_blend_dup_note (LimnBlend *self)
{
  const LimnBlendEnd *base = find_base (self, LIMN_BLEND_PICTURE);

  if (self->way != LIMN_BLEND_IMAGINED || !base)
    return NULL;
  for (guint i = 0; i < self->n_ends; i++)
    {
      const LimnBlendEnd *end = &self->ends[i];
      g_autoptr(LimnRequest) other = NULL, first = NULL;

      if (end->kind != LIMN_BLEND_PICTURE || end == base)
        continue;
      first = limn_request_copy (base->request);
      other = limn_request_copy (end->request);
      if (fill_open (self, &first, NULL) && fill_open (self, &other, NULL) && has_other_steps (first, other))
        /* Translators: both are letters of corners. */
        return g_strdup_printf (_("%1$s was painted in other steps than %2$s. All is painted as %2$s was, so that at %1$s the blend is like the "
                                  "picture there, not the same."),
                                limn_blend_get_letter (i), limn_blend_get_letter (base - self->ends));
    }
  return NULL;
}
