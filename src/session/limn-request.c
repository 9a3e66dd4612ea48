/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A field is named in five places: new, copy (strings only), equal, and the writer and the reader in limn-request-json.c. The test of
 * every field fails for one that was forgotten. A field that most requests do not have is a row in limn-request-part.c instead. */
#include "config.h"

#include "session/limn-request.h"

#include "base/limn-error.h"
#include "session/limn-request-part.h"
#include "session/limn-request-private.h"

#include <math.h>
#include <string.h>

static const char *const storage_names[] = { "f32", "f16", NULL };
static const char *const preview_names[] = { "noisy", "predicted", "none", NULL };
static const char *const prediction_names[] = { "epsilon", "v", "sample", NULL };

gboolean
limn_storage_from_name (const char *name, LimnStorage *storage, GError **error)
{
  guint index;

  if (!limn_request_find_name (storage_names, "precision", name, &index, error))
    return FALSE;
  *storage = (LimnStorage) index;
  return TRUE;
}

const char *
limn_storage_get_name (LimnStorage storage)
{
  return storage_names[storage];
}

gboolean
limn_preview_from_name (const char *name, LimnPreview *preview, GError **error)
{
  guint index;

  if (!limn_request_find_name (preview_names, "preview", name, &index, error))
    return FALSE;
  *preview = (LimnPreview) index;
  return TRUE;
}

const char *
limn_preview_get_name (LimnPreview preview)
{
  return preview_names[preview];
}

const char *
limn_request_prediction_get_name (LimnPrediction prediction)
{
  return prediction_names[prediction];
}

gboolean
limn_request_prediction_from_name (const char *name, LimnPrediction *prediction, GError **error)
{
  guint index;

  if (!limn_request_find_name (prediction_names, "prediction", name, &index, error))
    return FALSE;
  *prediction = (LimnPrediction) index;
  return TRUE;
}

LimnRequest *
limn_request_new (void)
{
  LimnRequest *request = g_new0 (LimnRequest, 1);

  request->open = LIMN_REQUEST_OPEN_ALL;
  request->prompt = g_strdup ("");
  request->negative = g_strdup ("");
  request->batch_count = 1;
  request->preview_every = 1;
  return request;
}

LimnRequest *
limn_request_copy (const LimnRequest *request)
{
  LimnRequest *copy = g_memdup2 (request, sizeof *request);

  copy->model = g_strdup (request->model);
  copy->prompt = g_strdup (request->prompt);
  copy->negative = g_strdup (request->negative);
  copy->device = g_strdup (request->device);
  copy->source = request->source ? limn_request_source_copy (request->source) : NULL;
  copy->branch = request->branch ? limn_request_branch_copy (request->branch) : NULL;
  copy->mix = request->mix ? limn_request_mix_copy (request->mix) : NULL;
  limn_request_parts_own (copy);
  return copy;
}

void
limn_request_free (LimnRequest *request)
{
  if (!request)
    return;
  g_free (request->model);
  g_free (request->prompt);
  g_free (request->negative);
  g_free (request->device);
  limn_request_source_free (request->source);
  limn_request_branch_free (request->branch);
  limn_request_mix_free (request->mix);
  limn_request_parts_clear (request, LIMN_REQUEST_PART_ALL);
  g_free (request);
}

static void
replace (char **place, const char *value)
{
  char *copy = g_strdup (value);

  g_free (*place);
  *place = copy;
}

void
limn_request_set_prompt (LimnRequest *request, const char *prompt)
{
  replace (&request->prompt, prompt ? prompt : "");
}

void
limn_request_set_negative (LimnRequest *request, const char *negative)
{
  replace (&request->negative, negative ? negative : "");
}

void
limn_request_set_model (LimnRequest *request, const char *model)
{
  replace (&request->model, model);
}

void
limn_request_set_device (LimnRequest *request, const char *device)
{
  replace (&request->device, device);
}

void
limn_request_set_family (LimnRequest *request, const char *family)
{
  replace (&request->family, family && *family ? family : NULL);
}

void
limn_request_set_vae (LimnRequest *request, const char *vae)
{
  replace (&request->vae, vae && *vae ? vae : NULL);
}

void
limn_request_set_source (LimnRequest *request, const LimnRequestSource *source)
{
  LimnRequestSource *copy = source ? limn_request_source_copy (source) : NULL;

  limn_request_source_free (request->source);
  request->source = copy;
}

void
limn_request_add_control (LimnRequest *request, LimnRequestControl *control)
{
  if (!request->controls)
    request->controls = limn_request_control_new_list ();
  g_ptr_array_add (request->controls, control);
}

void
limn_request_take_branch (LimnRequest *request, LimnRequestBranch *branch)
{
  limn_request_branch_free (request->branch);
  request->branch = branch;
}

void
limn_request_take_mix (LimnRequest *request, LimnRequestMix *mix)
{
  limn_request_mix_free (request->mix);
  request->mix = mix;
}

/* Those that stand in @request. Returns: how many; they are at most one and four. */
static guint
list_inner (const LimnRequest *request, const LimnRequest *inner[1 + LIMN_MIX_MAX_ENDS])
{
  guint n = 0;

  if (request->branch && request->branch->from)
    inner[n++] = request->branch->from;
  for (guint i = 0; request->mix && i < request->mix->n_ends && i < LIMN_MIX_MAX_ENDS; i++)
    if (request->mix->ends[i].request)
      inner[n++] = request->mix->ends[i].request;
  return n;
}

guint
limn_request_get_depth (const LimnRequest *request)
{
  const LimnRequest *inner[1 + LIMN_MIX_MAX_ENDS];
  guint n = list_inner (request, inner);
  guint deepest = 0;

  for (guint i = 0; i < n; i++)
    {
      /* Not in the macro, which would ask twice, and so at every level. */
      guint depth = limn_request_get_depth (inner[i]);

      deepest = MAX (deepest, depth);
    }
  return deepest + 1;
}

static guint
count_requests (const LimnRequest *request)
{
  const LimnRequest *inner[1 + LIMN_MIX_MAX_ENDS];
  guint n = list_inner (request, inner);
  guint sum = 1;

  for (guint i = 0; i < n; i++)
    sum += count_requests (inner[i]);
  return sum;
}

guint64
limn_request_get_seed (const LimnRequest *request)
{
  return request->seed + (request->variation_strength == 0 ? request->batch_index : 0);
}

guint64
limn_request_get_variation_seed (const LimnRequest *request)
{
  return request->variation_seed + (request->variation_strength == 0 ? 0 : request->batch_index);
}

/* NaN fails both comparisons. */
static gboolean
check_range (const char *what, double value, double low, double high, GError **error)
{
  if (value >= low && value <= high)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "%s must be a number from %g to %g, not %g.", what, low, high, value);
  return FALSE;
}

static gboolean
check_text (const char *what, const char *text, GError **error)
{
  if (!text || !g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "%s is not text: it is not valid UTF-8.", what);
      return FALSE;
    }
  if (strlen (text) > LIMN_PROMPT_MAX_BYTES)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "%s is too long: %" G_GSIZE_FORMAT " bytes, at most %d are read.",
                   what, strlen (text), LIMN_PROMPT_MAX_BYTES);
      return FALSE;
    }
  return TRUE;
}

/* A picture's settings are JSON, which is UTF-8; better before the work than after it. */
gboolean
limn_request_check_path (const char *what, const char *path, GError **error)
{
  g_autofree char *shown = NULL;

  if (!path || g_utf8_validate (path, -1, NULL))
    return TRUE;
  shown = g_filename_display_name (path);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
               "%s cannot be named in a picture's settings, because its path is not valid UTF-8. Rename the file or folder: %s", what, shown);
  return FALSE;
}

static gboolean
check_nesting (const LimnRequest *request, GError **error)
{
  if (limn_request_get_depth (request) > LIMN_REQUEST_MAX_CHAIN)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                 "A picture can descend from %d others at most, one from another. Start anew from this one as a picture.",
                 LIMN_REQUEST_MAX_CHAIN - 1);
  else if (count_requests (request) > LIMN_REQUEST_MAX_REQUESTS)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                 "A picture can descend from %d others at most, blended and branched. Start anew from this one as a picture.",
                 LIMN_REQUEST_MAX_REQUESTS - 1);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_seeds (const LimnRequest *request, GError **error)
{
  if (!check_range ("The strength of the variation seed", request->variation_strength, 0, 1, error))
    return FALSE;
  if (request->seed_width == 0 && request->seed_height == 0)
    return TRUE;
  return check_range ("The width that the seed is resized from", request->seed_width, 1, LIMN_REQUEST_MAX_SIDE, error) &&
         check_range ("The height that the seed is resized from", request->seed_height, 1, LIMN_REQUEST_MAX_SIDE, error);
}

gboolean
limn_request_check (const LimnRequest *request, GError **error)
{
  LimnRequestOpen open = request->open;

  if (!check_nesting (request, error))
    return FALSE;
  if (!check_text ("The prompt", request->prompt, error) ||
      !check_text ("The negative prompt", request->negative, error))
    return FALSE;
  if (!limn_request_check_path ("The model", request->model, error))
    return FALSE;
  if (!(open & LIMN_REQUEST_OPEN_STEPS) &&
      !check_range ("The number of steps", request->steps, LIMN_STEPS_MIN, LIMN_STEPS_MAX, error))
    return FALSE;
  if (!(open & LIMN_REQUEST_OPEN_SAMPLER) && (guint) request->sampler >= LIMN_SAMPLER_N_KINDS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There is no sampler number %d.", request->sampler);
      return FALSE;
    }
  if (!(open & LIMN_REQUEST_OPEN_ETA) && !check_range ("Eta", request->eta, 0, 10, error))
    return FALSE;
  if (!(open & LIMN_REQUEST_OPEN_CFG) &&
      !check_range ("The guidance scale (cfg)", request->cfg, 0, LIMN_REQUEST_MAX_CFG, error))
    return FALSE;
  if (!check_range ("The guidance rescale", request->cfg_rescale, 0, 1, error))
    return FALSE;
  if (!(open & LIMN_REQUEST_OPEN_SIZE) &&
      (!check_range ("The width", request->width, 1, LIMN_REQUEST_MAX_SIDE, error) ||
       !check_range ("The height", request->height, 1, LIMN_REQUEST_MAX_SIDE, error)))
    return FALSE;
  if (request->source && !limn_request_source_check (request->source, error))
    return FALSE;
  if (request->source && request->source->only_masked && (request->wrap_x || request->wrap_y))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "Edges fit together only where the whole picture is painted, not only what is masked.");
      return FALSE;
    }
  if (request->tile && !check_range ("The side of a tile", request->tile, LIMN_REQUEST_MIN_TILE, LIMN_REQUEST_MAX_SIDE, error))
    return FALSE;
  if (request->overlap && request->overlap >= request->tile)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "Tiles of %u pixels cannot overlap by %u.", request->tile, request->overlap);
      return FALSE;
    }
  if (!check_range ("The number of pictures in a batch", request->batch_count, 1, LIMN_REQUEST_MAX_BATCH, error))
    return FALSE;
  if (request->batch_index >= request->batch_count)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "Picture %u is not in a batch of %u; the first is 0.",
                   request->batch_index, request->batch_count);
      return FALSE;
    }
  return check_range ("The number of steps from one preview to the next", request->preview_every, 1, LIMN_STEPS_MAX, error) &&
         check_seeds (request, error) && limn_request_parts_check (request, error) && (!request->mix || limn_request_mix_check (request, error)) &&
         (!request->branch || limn_request_branch_check (request, error));
}

/* NaN, which only an unchecked request holds, is equal to itself here. */
static gboolean
same_double (double a, double b)
{
  return memcmp (&a, &b, sizeof a) == 0;
}

/* All but what stands in them. */
static gboolean
same_picture (const LimnRequest *a, const LimnRequest *b)
{
  LimnRequestOpen closed = ~a->open;

  return a->open == b->open && g_strcmp0 (a->model, b->model) == 0 && g_strcmp0 (a->prompt, b->prompt) == 0 &&
         g_strcmp0 (a->negative, b->negative) == 0 && a->syntax == b->syntax &&
         limn_request_get_seed (a) == limn_request_get_seed (b) && a->rng == b->rng &&
         (!(closed & LIMN_REQUEST_OPEN_STEPS) || a->steps == b->steps) &&
         (!(closed & LIMN_REQUEST_OPEN_SAMPLER) || a->sampler == b->sampler) && a->schedule == b->schedule &&
         (!(closed & LIMN_REQUEST_OPEN_ETA) || same_double (a->eta, b->eta)) &&
         (!(closed & LIMN_REQUEST_OPEN_CFG) || same_double (a->cfg, b->cfg)) &&
         same_double (a->cfg_rescale, b->cfg_rescale) &&
         (!(closed & LIMN_REQUEST_OPEN_PREDICTION) || a->prediction == b->prediction) &&
         (!(closed & LIMN_REQUEST_OPEN_SIZE) || (a->width == b->width && a->height == b->height)) &&
         a->storage == b->storage && limn_request_source_equal (a->source, b->source) && a->tile == b->tile &&
         a->overlap == b->overlap && a->wrap_x == b->wrap_x && a->wrap_y == b->wrap_y &&
         limn_request_get_variation_seed (a) == limn_request_get_variation_seed (b) &&
         same_double (a->variation_strength, b->variation_strength) && a->seed_width == b->seed_width &&
         a->seed_height == b->seed_height && limn_request_parts_equal (a, b);
}

gboolean
limn_request_equal_picture (const LimnRequest *a, const LimnRequest *b)
{
  return same_picture (a, b) && limn_request_branch_equal (a->branch, b->branch, TRUE) && limn_request_mix_equal (a->mix, b->mix, TRUE);
}

gboolean
limn_request_equal (const LimnRequest *a, const LimnRequest *b)
{
  return same_picture (a, b) && limn_request_branch_equal (a->branch, b->branch, FALSE) &&
         limn_request_mix_equal (a->mix, b->mix, FALSE) && a->seed == b->seed && a->variation_seed == b->variation_seed && a->batch_count == b->batch_count &&
         a->batch_index == b->batch_index && g_strcmp0 (a->device, b->device) == 0 && a->preview == b->preview &&
         a->preview_every == b->preview_every && a->preview_half == b->preview_half && a->keep_latents == b->keep_latents;
}
