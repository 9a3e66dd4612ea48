/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-request-mix.h"

#include "base/limn-error.h"
#include "session/limn-request-part.h"
#include "session/limn-request-private.h"

#include <math.h>
#include <string.h>

static const char *const way_names[] = { "noise", "pictures", NULL };
static const char *const keys[] = { "way", "ends", "u", "v", "strength", NULL };
static const char *const end_keys[] = { "request", "picture", NULL };

gboolean
limn_mix_way_from_name (const char *name, LimnMixWay *way, GError **error)
{
  guint index;

  if (!limn_request_find_name (way_names, "way to mix", name, &index, error))
    return FALSE;
  *way = (LimnMixWay) index;
  return TRUE;
}

const char *
limn_mix_way_get_name (LimnMixWay way)
{
  return way_names[way];
}

LimnRequestMix *
limn_request_mix_new (LimnMixWay way, guint n_ends)
{
  LimnRequestMix *mix = g_new0 (LimnRequestMix, 1);

  mix->way = way;
  mix->n_ends = MIN (n_ends, LIMN_MIX_MAX_ENDS);
  return mix;
}

LimnRequestMix *
limn_request_mix_copy (const LimnRequestMix *mix)
{
  LimnRequestMix *copy = g_memdup2 (mix, sizeof *mix);

  for (guint i = 0; i < LIMN_MIX_MAX_ENDS; i++)
    {
      copy->ends[i].request = mix->ends[i].request ? limn_request_copy (mix->ends[i].request) : NULL;
      copy->ends[i].picture = g_strdup (mix->ends[i].picture);
    }
  return copy;
}

void
limn_request_mix_free (LimnRequestMix *mix)
{
  if (!mix)
    return;
  for (guint i = 0; i < LIMN_MIX_MAX_ENDS; i++)
    {
      limn_request_free (mix->ends[i].request);
      g_free (mix->ends[i].picture);
    }
  g_free (mix);
}

void
limn_request_mix_set_end (LimnRequestMix *mix, guint end, const LimnRequest *request, const char *picture)
{
  LimnMixEnd made = { .request = request ? limn_request_copy (request) : NULL, .picture = g_strdup (picture) };

  g_return_if_fail (end < mix->n_ends);

  limn_request_free (mix->ends[end].request);
  g_free (mix->ends[end].picture);
  mix->ends[end] = made;
}

static gboolean
same_double (double a, double b)
{
  return memcmp (&a, &b, sizeof a) == 0;
}

static gboolean
end_equal (const LimnMixEnd *a, const LimnMixEnd *b, gboolean picture_only)
{
  if (g_strcmp0 (a->picture, b->picture) != 0)
    return FALSE;
  if (!a->request || !b->request)
    return a->request == b->request;
  return picture_only ? limn_request_equal_picture (a->request, b->request) : limn_request_equal (a->request, b->request);
}

gboolean
limn_request_mix_equal (const LimnRequestMix *a, const LimnRequestMix *b, gboolean picture_only)
{
  if (!a || !b)
    return a == b;
  if (a->way != b->way || a->n_ends != b->n_ends || !same_double (a->u, b->u) || !same_double (a->v, b->v) ||
      !same_double (a->strength, b->strength))
    return FALSE;
  for (guint i = 0; i < a->n_ends; i++)
    if (!end_equal (&a->ends[i], &b->ends[i], picture_only))
      return FALSE;
  return TRUE;
}

void
limn_request_mix_get_weights (const LimnRequestMix *mix, double weights[LIMN_MIX_MAX_ENDS])
{
  double v = mix->n_ends > 2 ? mix->v : 0;

  weights[0] = (1 - mix->u) * (1 - v);
  weights[1] = mix->u * (1 - v);
  weights[2] = (1 - mix->u) * v;
  weights[3] = mix->u * v;
}

gboolean
limn_request_mix_has_prompts (const LimnRequestMix *mix)
{
  for (guint i = 0; i < mix->n_ends; i++)
    if (!mix->ends[i].request)
      return FALSE;
  return TRUE;
}

double
limn_request_mix_get_cfg (const LimnRequestMix *mix, double fallback)
{
  double weights[LIMN_MIX_MAX_ENDS];
  double sum = 0, first = NAN;
  gboolean alike = TRUE;

  if (!limn_request_mix_has_prompts (mix))
    return fallback;
  limn_request_mix_get_weights (mix, weights);
  for (guint i = 0; i < mix->n_ends; i++)
    if (weights[i] > 0)
      {
        double cfg = mix->ends[i].request->cfg;

        first = isnan (first) ? cfg : first;
        alike = alike && cfg == first;
        sum += weights[i] * cfg;
      }
  return alike ? first : sum;
}

void
limn_request_flatten_mix (LimnRequest *request)
{
  g_autoptr(LimnRequestMix) mix = g_steal_pointer (&request->mix);
  double weights[LIMN_MIX_MAX_ENDS];
  const LimnRequest *end;
  guint heaviest = 0;

  if (!mix || !limn_request_mix_has_prompts (mix))
    return;
  limn_request_mix_get_weights (mix, weights);
  for (guint i = 1; i < mix->n_ends; i++)
    if (weights[i] > weights[heaviest])
      heaviest = i;
  end = mix->ends[heaviest].request;
  limn_request_set_prompt (request, end->prompt);
  limn_request_set_negative (request, end->negative);
  request->syntax = end->syntax;
  limn_request_parts_take (request, end, LIMN_REQUEST_PART_WORDS);
  if (mix->way == LIMN_MIX_NOISE)
    {
      request->seed = limn_request_get_seed (end);
      request->variation_seed = limn_request_get_variation_seed (end);
      request->variation_strength = end->variation_strength;
      request->batch_index = 0;
      request->rng = end->rng;
      request->seed_width = end->seed_width;
      request->seed_height = end->seed_height;
      /* An end may be between others itself. */
      if (end->mix)
        {
          limn_request_take_mix (request, limn_request_mix_copy (end->mix));
          limn_request_flatten_mix (request);
        }
    }
}

static gboolean
check_fraction (const char *what, double value, GError **error)
{
  /* NaN fails both comparisons. */
  if (value >= 0 && value <= 1)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "%s must be a number from 0 to 1, not %g.", what, value);
  return FALSE;
}

static gboolean
check_end (const LimnRequestMix *mix, const LimnMixEnd *end, GError **error)
{
  const LimnRequest *request = end->request;

  if (mix->way == LIMN_MIX_NOISE ? !request : !end->picture)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                 mix->way == LIMN_MIX_NOISE ? "To mix noise and prompts, each end needs a prompt and a seed."
                                            : "To mix pictures, each end needs a picture.");
  else if (end->picture && !limn_request_source_id_is_valid (end->picture))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                 "A picture that is mixed must be named by the SHA-256 of its pixels, 64 digits of hexadecimal.");
  else if (request && request->open)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "What is mixed must be known completely.");
  else if (mix->way == LIMN_MIX_NOISE &&
           (request->branch || request->source || (request->mix && request->mix->way != LIMN_MIX_NOISE)))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                 "Noise and prompts can be mixed of pictures that were made from noise alone, not of a branch or of what began with a "
                 "picture. Mix the pictures themselves.");
  else
    return !request || limn_request_check (request, error);
  return FALSE;
}

gboolean
limn_request_mix_check (const LimnRequest *request, GError **error)
{
  const LimnRequestMix *mix = request->mix;

  if ((guint) mix->way > LIMN_MIX_PICTURES || (mix->n_ends != 2 && mix->n_ends != 4))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "Two or four can be mixed, not %u; or there is no way number %d.", mix->n_ends,
                   mix->way);
      return FALSE;
    }
  if (!check_fraction ("The place between what is mixed", mix->u, error) ||
      !check_fraction ("The place between what is mixed", mix->v, error) ||
      !check_fraction ("How far what is mixed is diffused", mix->strength, error))
    return FALSE;
  if (mix->n_ends == 2 && mix->v != 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "Between two there is one direction only.");
      return FALSE;
    }
  if (request->source && !request->branch)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "What is mixed cannot start from a picture of its own as well.");
      return FALSE;
    }
  for (guint i = 0; i < mix->n_ends; i++)
    if (!check_end (mix, &mix->ends[i], error))
      return FALSE;
  return TRUE;
}

/* --- JSON --- */

void
limn_request_mix_write (const LimnRequestMix *mix, LimnJsonText *text, gboolean picture_only)
{
  if (!mix)
    {
      limn_json_text_add_null (text, "mix");
      return;
    }
  limn_json_text_begin_object (text, "mix");
  limn_json_text_add_string (text, "way", limn_mix_way_get_name (mix->way));
  limn_json_text_begin_array (text, "ends");
  for (guint i = 0; i < mix->n_ends; i++)
    {
      limn_json_text_begin_object (text, NULL);
      if (mix->ends[i].request)
        limn_request_write (mix->ends[i].request, text, "request", picture_only);
      else
        limn_json_text_add_null (text, "request");
      limn_json_text_add_string (text, "picture", mix->ends[i].picture);
      limn_json_text_end_object (text);
    }
  limn_json_text_end_array (text);
  limn_json_text_add_double (text, "u", mix->u);
  limn_json_text_add_double (text, "v", mix->v);
  limn_json_text_add_double (text, "strength", mix->strength);
  limn_json_text_end_object (text);
}

static gboolean
read_end (LimnJson *json, guint index, LimnRequestReading *reading, LimnMixEnd *end, GError **error)
{
  g_autoptr(LimnJson) object = limn_json_get_element (json, "ends", index, error);
  const char *picture;

  if (!object || !limn_request_check_keys (object, end_keys, "an end of a mix", error) ||
      !limn_json_get_string_or (object, "picture", NULL, &picture, error))
    return FALSE;
  end->picture = g_strdup (picture);
  if (limn_json_get_kind (object, "request") != LIMN_JSON_ABSENT)
    {
      g_autoptr(LimnJson) request = limn_json_get_object (object, "request", error);

      if (!request)
        return FALSE;
      end->request = limn_request_read (request, reading, error);
      if (!end->request)
        return FALSE;
    }
  return TRUE;
}

gboolean
limn_request_mix_read (LimnJson *json, LimnRequestReading *reading, LimnRequestMix **result, GError **error)
{
  g_autoptr(LimnRequestMix) mix = g_new0 (LimnRequestMix, 1);
  g_autoptr(LimnJson) object = NULL;
  const char *way;
  guint n;

  if (limn_json_get_kind (json, "mix") == LIMN_JSON_ABSENT)
    return TRUE;
  object = limn_json_get_object (json, "mix", error);
  if (!object || !limn_request_check_keys (object, keys, "a mix", error) || !limn_json_get_string (object, "way", &way, error) ||
      !limn_mix_way_from_name (way, &mix->way, error) ||
      !limn_json_get_double (object, "u", -G_MAXDOUBLE, G_MAXDOUBLE, &mix->u, error) ||
      !limn_json_get_double (object, "v", -G_MAXDOUBLE, G_MAXDOUBLE, &mix->v, error) ||
      !limn_json_get_double (object, "strength", -G_MAXDOUBLE, G_MAXDOUBLE, &mix->strength, error) ||
      !limn_json_get_length (object, "ends", &n, error))
    return FALSE;
  if (n > LIMN_MIX_MAX_ENDS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: a mix of %u; there are at most %d.", limn_json_get_name (json), n,
                   LIMN_MIX_MAX_ENDS);
      return FALSE;
    }
  mix->n_ends = n;
  for (guint i = 0; i < n; i++)
    if (!read_end (object, i, reading, &mix->ends[i], error))
      return FALSE;
  *result = g_steal_pointer (&mix);
  return TRUE;
}
