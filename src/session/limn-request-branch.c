/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-request-branch.h"

#include "base/limn-error.h"
#include "session/limn-request-part.h"
#include "session/limn-request-private.h"

#include <string.h>

static const char *const noise_names[] = { "none", "stream", "renoise", NULL };
static const char *const keys[] = { "from", "step", "noise", "noise_seed", "noise_amount", NULL };

gboolean
limn_fresh_noise_from_name (const char *name, LimnFreshNoise *noise, GError **error)
{
  guint index;

  if (!limn_request_find_name (noise_names, "fresh noise", name, &index, error))
    return FALSE;
  *noise = (LimnFreshNoise) index;
  return TRUE;
}

const char *
limn_fresh_noise_get_name (LimnFreshNoise noise)
{
  return noise_names[noise];
}

LimnRequestBranch *
limn_request_branch_new (const LimnRequest *from, guint step)
{
  LimnRequestBranch *branch = g_new0 (LimnRequestBranch, 1);

  branch->from = from ? limn_request_copy (from) : NULL;
  branch->step = step;
  return branch;
}

LimnRequestBranch *
limn_request_branch_copy (const LimnRequestBranch *branch)
{
  LimnRequestBranch *copy = g_memdup2 (branch, sizeof *branch);

  copy->from = branch->from ? limn_request_copy (branch->from) : NULL;
  return copy;
}

void
limn_request_branch_free (LimnRequestBranch *branch)
{
  if (!branch)
    return;
  limn_request_free (branch->from);
  g_free (branch);
}

static gboolean
same_double (double a, double b)
{
  return memcmp (&a, &b, sizeof a) == 0;
}

gboolean
limn_request_branch_equal (const LimnRequestBranch *a, const LimnRequestBranch *b, gboolean picture_only)
{
  if (a == b || !a || !b)
    return a == b;
  return a->step == b->step && a->noise == b->noise && a->noise_seed == b->noise_seed && same_double (a->noise_amount, b->noise_amount) &&
         (picture_only ? limn_request_equal_picture (a->from, b->from) : limn_request_equal (a->from, b->from));
}

static gboolean
puts_noise (const LimnRequestBranch *branch)
{
  return branch->noise == LIMN_FRESH_NOISE_STREAM || (branch->noise == LIMN_FRESH_NOISE_RENOISE && branch->noise_amount != 0);
}

gboolean
limn_request_branch_is_plain (const LimnRequest *request)
{
  const LimnRequest *from = request->branch->from;
  LimnRequest alike = *request;

  if (puts_noise (request->branch))
    return FALSE;
  /* A view of the same with its from's branch: nothing is owned by it. */
  alike.branch = from->branch;
  return limn_request_equal_picture (&alike, from);
}

void
limn_request_inherit (LimnRequest *request)
{
  const LimnRequest *from = request->branch->from;

  if (request->open & LIMN_REQUEST_OPEN_STEPS)
    request->steps = from->steps;
  if (request->open & LIMN_REQUEST_OPEN_SAMPLER)
    request->sampler = from->sampler;
  if (request->open & LIMN_REQUEST_OPEN_ETA)
    request->eta = request->sampler == from->sampler ? from->eta : limn_sampler_get_facts (request->sampler)->default_eta;
  if (request->open & LIMN_REQUEST_OPEN_CFG)
    request->cfg = from->cfg;
  if (request->open & LIMN_REQUEST_OPEN_PREDICTION)
    request->prediction = from->prediction;
  if (request->open & LIMN_REQUEST_OPEN_SIZE)
    {
      request->width = from->width;
      request->height = from->height;
    }
  request->open = 0;
  request->tile = from->tile;
  request->overlap = from->overlap;
}

gboolean
limn_request_draws_noise (const LimnRequest *request)
{
  const LimnSamplerFacts *facts;

  if (request->open & LIMN_REQUEST_OPEN_SAMPLER)
    return TRUE;
  facts = limn_sampler_get_facts (request->sampler);
  if (!facts->has_eta)
    return facts->stochastic;
  return (request->open & LIMN_REQUEST_OPEN_ETA ? facts->default_eta : request->eta) > 0;
}

/* --- Checking --- */

static gboolean
differs (const char *what, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "A branch has %s of the picture from which it parts; it cannot have another.", what);
  return FALSE;
}

/* What begins with the first step cannot become another at a later one. */
static gboolean
check_start (const LimnRequest *request, const LimnRequest *from, GError **error)
{
  if (g_strcmp0 (request->model, from->model) != 0)
    return differs ("the model", error);
  if (request->storage != from->storage)
    return differs ("the precision", error);
  if (!(request->open & LIMN_REQUEST_OPEN_PREDICTION) && request->prediction != from->prediction)
    return differs ("the prediction", error);
  if (!(request->open & LIMN_REQUEST_OPEN_SIZE) && (request->width != from->width || request->height != from->height))
    return differs ("the size", error);
  if (limn_request_get_seed (request) != limn_request_get_seed (from) || request->rng != from->rng)
    return differs ("the seed", error);
  if (limn_request_get_variation_seed (request) != limn_request_get_variation_seed (from) || !same_double (request->variation_strength, from->variation_strength))
    return differs ("the variation seed", error);
  if (request->seed_width != from->seed_width || request->seed_height != from->seed_height)
    return differs ("the size that the seed is resized from", error);
  if (limn_request_parts_find_other (request, from))
    return differs (limn_request_parts_find_other (request, from), error);
  if (request->tile != from->tile || request->overlap != from->overlap)
    return differs ("the tiles", error);
  if (request->wrap_x != from->wrap_x || request->wrap_y != from->wrap_y)
    return differs ("the seamless edges", error);
  if (request->mix && !limn_request_mix_equal (request->mix, from->mix, TRUE))
    return differs ("the mix", error);
  return TRUE;
}

/* The same but for mask and feather; and these too where the place that is worked on follows from them. */
static gboolean
check_source (const LimnRequestSource *source, const LimnRequestSource *from, GError **error)
{
  g_autoptr(LimnRequestSource) alike = NULL;

  if (!source)
    return differs ("the picture to start from", error);
  alike = limn_request_source_copy (source);
  alike->feather = from->feather;
  limn_request_source_set_mask (alike, from->mask);
  if (!limn_request_source_equal (alike, from))
    return differs ("the picture to start from, with its strength and what is done to it,", error);
  if (source->only_masked && !limn_request_source_equal (source, from))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "Where only what is masked is painted, a branch cannot have another mask: the place that is painted follows from it.");
      return FALSE;
    }
  return TRUE;
}

/* The picture itself, held outside of a mask. That it is the parent's own is known to whoever made it. */
static gboolean
check_new_source (const LimnRequestSource *source, GError **error)
{
  if (!source->mask)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "A branch that starts from its parent's picture needs a mask: where it may change.");
  else if (source->strength != 1)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                 "The strength of a mask in a branch is 1: how much changes is decided by the step at which it parts.");
  else if (source->only_masked || source->grow_left || source->grow_top || source->grow_right || source->grow_bottom || source->file ||
           source->content != LIMN_CONTENT_ORIGINAL || source->restore != LIMN_RESTORE_NONE)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                 "A mask in a branch works on the whole picture as it is: nothing is added around it, filled or restored.");
  else
    return TRUE;
  return FALSE;
}

gboolean
limn_request_branch_check (const LimnRequest *request, GError **error)
{
  const LimnRequestBranch *branch = request->branch;
  const LimnRequest *from = branch->from;

  if (!from || from->open)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The picture from which a branch parts must be known completely.");
      return FALSE;
    }
  if ((guint) branch->noise > LIMN_FRESH_NOISE_RENOISE)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There is no fresh noise number %d.", branch->noise);
      return FALSE;
    }
  /* How many there are is known by the model. */
  if (branch->step >= LIMN_REQUEST_MAX_STEPS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There is no step %u at which a branch could part.", branch->step);
      return FALSE;
    }
  if (!(branch->noise_amount >= 0 && branch->noise_amount <= 1))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The amount of fresh noise must be a number from 0 to 1, not %g.",
                   branch->noise_amount);
      return FALSE;
    }
  if (branch->noise == LIMN_FRESH_NOISE_STREAM && !limn_request_draws_noise (request))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "%s draws no noise on its way, so another seed for it would change nothing. Choose to replace some of the noise at that "
                   "step, or a sampler that draws.",
                   limn_sampler_get_facts (request->sampler)->display_name);
      return FALSE;
    }
  if (!limn_request_check (from, error) || !check_start (request, from, error))
    return FALSE;
  if (from->source)
    return check_source (request->source, from->source, error);
  return !request->source || check_new_source (request->source, error);
}

/* --- JSON --- */

void
limn_request_branch_write (const LimnRequestBranch *branch, LimnJsonText *text, gboolean picture_only)
{
  if (!branch)
    {
      limn_json_text_add_null (text, "branch");
      return;
    }
  limn_json_text_begin_object (text, "branch");
  limn_request_write (branch->from, text, "from", picture_only);
  limn_json_text_add_int (text, "step", branch->step);
  limn_json_text_add_string (text, "noise", limn_fresh_noise_get_name (branch->noise));
  limn_request_write_seed (text, "noise_seed", branch->noise_seed);
  limn_json_text_add_double (text, "noise_amount", branch->noise_amount);
  limn_json_text_end_object (text);
}

gboolean
limn_request_branch_read (LimnJson *json, LimnRequestReading *reading, LimnRequestBranch **result, GError **error)
{
  g_autoptr(LimnRequestBranch) branch = g_new0 (LimnRequestBranch, 1);
  g_autoptr(LimnJson) object = NULL;
  g_autoptr(LimnJson) from = NULL;
  const char *noise;
  gint64 step;

  if (limn_json_get_kind (json, "branch") == LIMN_JSON_ABSENT)
    return TRUE;
  object = limn_json_get_object (json, "branch", error);
  if (!object || !limn_request_check_keys (object, keys, "a branch", error) ||
      !limn_json_get_int (object, "step", 0, G_MAXUINT32, &step, error) ||
      !limn_json_get_string (object, "noise", &noise, error) ||
      !limn_fresh_noise_from_name (noise, &branch->noise, error) ||
      !limn_request_read_seed (object, "noise_seed", &branch->noise_seed, error) ||
      !limn_json_get_double (object, "noise_amount", -G_MAXDOUBLE, G_MAXDOUBLE, &branch->noise_amount, error))
    return FALSE;
  branch->step = step;
  from = limn_json_get_object (object, "from", error);
  if (!from)
    return FALSE;
  branch->from = limn_request_read (from, reading, error);
  if (!branch->from)
    return FALSE;
  *result = g_steal_pointer (&branch);
  return TRUE;
}
