/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A field is named in five places: new, copy (strings only), equal, the writer and the reader. The test of the round trip
 * changes every field by its offset and fails for one that was forgotten. */
#include "config.h"

#include "session/limn-request.h"

#include "base/limn-error.h"
#include "formats/limn-json.h"
#include "session/limn-json-text.h"
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
limn_request_set_source (LimnRequest *request, const LimnRequestSource *source)
{
  LimnRequestSource *copy = source ? limn_request_source_copy (source) : NULL;

  limn_request_source_free (request->source);
  request->source = copy;
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
         check_seeds (request, error) && (!request->mix || limn_request_mix_check (request, error)) &&
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
         a->overlap == b->overlap && a->wrap_x == b->wrap_x && a->wrap_y == b->wrap_y && limn_request_get_variation_seed (a) == limn_request_get_variation_seed (b) &&
         same_double (a->variation_strength, b->variation_strength) && a->seed_width == b->seed_width && a->seed_height == b->seed_height;
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

/* "~" stands for the home folder. A path that really begins with "~/" cannot be: it would be relative. */
static char *
fold_home (const char *path)
{
  const char *home = g_get_home_dir ();
  gsize length = home ? strlen (home) : 0;

  if (path && length > 1 && strncmp (path, home, length) == 0 && path[length] == '/')
    return g_strconcat ("~", path + length, NULL);
  return g_strdup (path);
}

static char *
unfold_home (const char *path)
{
  if (path && g_str_has_prefix (path, "~/"))
    return g_strconcat (g_get_home_dir (), path + 1, NULL);
  return g_strdup (path);
}

static void
put_double (LimnJsonText *text, const char *key, gboolean open, double value)
{
  if (open)
    limn_json_text_add_null (text, key);
  else
    limn_json_text_add_double (text, key, value);
}

static void
put_int (LimnJsonText *text, const char *key, gboolean open, gint64 value)
{
  if (open)
    limn_json_text_add_null (text, key);
  else
    limn_json_text_add_int (text, key, value);
}

/* A request that version 1 can say is said in version 1. */
static gint64
version_of (const LimnRequest *request)
{
  if (request->branch || request->mix || request->variation_seed || request->variation_strength != 0 || request->seed_width ||
      request->seed_height)
    return 3;
  return request->source || request->tile || request->overlap || request->wrap_x || request->wrap_y ? 2 : 1;
}

void
limn_request_write_seed (LimnJsonText *text, const char *key, guint64 seed)
{
  char digits[24];

  g_snprintf (digits, sizeof digits, "%" G_GUINT64_FORMAT, seed);
  limn_json_text_add_string (text, key, digits);
}

void
limn_request_write (const LimnRequest *request, LimnJsonText *text, const char *key, gboolean picture_only)
{
  LimnRequestOpen open = request->open;
  gint64 version = version_of (request);
  g_autofree char *model = fold_home (request->model);

  limn_json_text_begin_object (text, key);
  limn_json_text_add_int (text, "version", version);
  limn_json_text_add_string (text, "model", model);
  limn_json_text_add_string (text, "prompt", request->prompt);
  limn_json_text_add_string (text, "negative", request->negative);
  limn_json_text_add_string (text, "prompt_syntax", limn_prompt_syntax_get_name (request->syntax));
  limn_request_write_seed (text, "seed", picture_only ? limn_request_get_seed (request) : request->seed);
  limn_json_text_add_string (text, "rng", limn_noise_kind_get_name (request->rng));
  put_int (text, "steps", open & LIMN_REQUEST_OPEN_STEPS, request->steps);
  limn_json_text_add_string (text, "sampler", open & LIMN_REQUEST_OPEN_SAMPLER
                                                ? NULL
                                                : limn_sampler_get_facts (request->sampler)->name);
  limn_json_text_add_string (text, "schedule", limn_schedule_kind_get_name (request->schedule));
  put_double (text, "eta", open & LIMN_REQUEST_OPEN_ETA, request->eta);
  put_double (text, "cfg", open & LIMN_REQUEST_OPEN_CFG, request->cfg);
  put_double (text, "cfg_rescale", FALSE, request->cfg_rescale);
  limn_json_text_add_string (text, "prediction",
                             open & LIMN_REQUEST_OPEN_PREDICTION ? NULL : prediction_names[request->prediction]);
  put_int (text, "width", open & LIMN_REQUEST_OPEN_SIZE, request->width);
  put_int (text, "height", open & LIMN_REQUEST_OPEN_SIZE, request->height);
  limn_json_text_add_string (text, "precision", limn_storage_get_name (request->storage));
  if (version > 1)
    {
      limn_request_source_write (request->source, text, "source");
      limn_json_text_add_int (text, "tile", request->tile);
      limn_json_text_add_int (text, "overlap", request->overlap);
      limn_json_text_add_bool (text, "wrap_x", request->wrap_x);
      limn_json_text_add_bool (text, "wrap_y", request->wrap_y);
    }
  if (version > 2)
    {
      limn_request_branch_write (request->branch, text, picture_only);
      limn_request_mix_write (request->mix, text, picture_only);
      limn_request_write_seed (text, "variation_seed", picture_only ? limn_request_get_variation_seed (request) : request->variation_seed);
      limn_json_text_add_double (text, "variation_strength", request->variation_strength);
      limn_json_text_add_int (text, "seed_width", request->seed_width);
      limn_json_text_add_int (text, "seed_height", request->seed_height);
    }
  if (!picture_only)
    {
      limn_json_text_add_int (text, "batch_count", request->batch_count);
      limn_json_text_add_int (text, "batch_index", request->batch_index);
      limn_json_text_add_string (text, "device", request->device);
      limn_json_text_add_string (text, "preview", limn_preview_get_name (request->preview));
      limn_json_text_add_int (text, "preview_every", request->preview_every);
      limn_json_text_add_bool (text, "preview_half", request->preview_half);
      limn_json_text_add_bool (text, "keep_latents", request->keep_latents);
    }
  limn_json_text_end_object (text);
}

static char *
write_json (const LimnRequest *request, gboolean picture_only)
{
  LimnJsonText *text = limn_json_text_new ();

  limn_request_write (request, text, NULL, picture_only);
  return limn_json_text_free (text);
}

char *
limn_request_to_json (const LimnRequest *request)
{
  return write_json (request, FALSE);
}

char *
limn_request_hash (const LimnRequest *request)
{
  g_autofree char *json = write_json (request, TRUE);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, json, -1);
}

/* --- Reading --- */

/* The fields that limn_request_write() knows in version 1, what version 2 adds, and what version 3 does. */
static const char *const keys_1[] = { "version", "model", "prompt", "negative", "prompt_syntax", "seed", "rng", "steps", "sampler",
                                      "schedule", "eta", "cfg", "cfg_rescale", "prediction", "width", "height", "precision", "batch_count",
                                      "batch_index", "device", "preview", "preview_every", "preview_half", "keep_latents" };
static const char *const keys_2[] = { "source", "tile", "overlap", "wrap_x", "wrap_y" };
static const char *const keys_3[] = { "branch", "mix", "variation_seed", "variation_strength", "seed_width", "seed_height" };

/* A number that is open where it is null. */
static gboolean
get_uint (LimnJson *json, const char *key, guint *value, LimnRequest *request, LimnRequestOpen bit, GError **error)
{
  gint64 number;

  if (bit && limn_json_get_kind (json, key) == LIMN_JSON_ABSENT)
    {
      request->open |= bit;
      return TRUE;
    }
  /* How much is too much is limn_request_check()'s to say. */
  if (!limn_json_get_int (json, key, 0, G_MAXUINT32, &number, error))
    return FALSE;
  *value = number;
  return TRUE;
}

static gboolean
get_double (LimnJson *json, const char *key, double *value, LimnRequest *request, LimnRequestOpen bit, GError **error)
{
  if (bit && limn_json_get_kind (json, key) == LIMN_JSON_ABSENT)
    {
      request->open |= bit;
      return TRUE;
    }
  return limn_json_get_double (json, key, -G_MAXDOUBLE, G_MAXDOUBLE, value, error);
}

/* (out) @value: borrowed; NULL where null is allowed and stands there. */
static gboolean
get_nullable (LimnJson *json, const char *key, const char **value, GError **error)
{
  return limn_json_get_string_or (json, key, NULL, value, error);
}

gboolean
limn_request_read_seed (LimnJson *json, const char *key, guint64 *seed, GError **error)
{
  const char *text;

  if (!limn_json_get_string (json, key, &text, error))
    return FALSE;
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, seed, NULL))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: the %s must be a whole number of 64 bits, not “%s”.",
                   limn_json_get_name (json), key, text);
      return FALSE;
    }
  return TRUE;
}

/* Absent and null are the same to the getters, but a field that is left out is a recipe that somebody has cut. */
gboolean
limn_request_check_keys (LimnJson *json, const char *const *keys, const char *what, GError **error)
{
  g_autofree const char **found = NULL;
  guint n;

  found = limn_json_get_keys (json, &n);
  for (guint i = 0; i < n; i++)
    if (!g_strv_contains (keys, found[i]))
      {
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: %s has no “%s”.", limn_json_get_name (json), what, found[i]);
        return FALSE;
      }
  for (guint i = 0; keys[i]; i++)
    if (!json_object_get (limn_json_get_root (json), keys[i]))
      {
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: “%s” is missing.", limn_json_get_name (json), keys[i]);
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_keys (LimnJson *json, gint64 version, GError **error)
{
  const char *all[G_N_ELEMENTS (keys_1) + G_N_ELEMENTS (keys_2) + G_N_ELEMENTS (keys_3) + 1] = { NULL };
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (keys_1); i++)
    all[n++] = keys_1[i];
  for (guint i = 0; version > 1 && i < G_N_ELEMENTS (keys_2); i++)
    all[n++] = keys_2[i];
  for (guint i = 0; version > 2 && i < G_N_ELEMENTS (keys_3); i++)
    all[n++] = keys_3[i];
  return limn_request_check_keys (json, all, "a request", error);
}

static gboolean
read_version_2 (LimnJson *json, LimnRequest *request, GError **error)
{
  if (limn_json_get_kind (json, "source") != LIMN_JSON_ABSENT)
    {
      g_autoptr(LimnJson) object = limn_json_get_object (json, "source", error);

      if (!object)
        return FALSE;
      request->source = limn_request_source_read (object, error);
      if (!request->source)
        return FALSE;
    }
  return get_uint (json, "tile", &request->tile, request, 0, error) &&
         get_uint (json, "overlap", &request->overlap, request, 0, error) &&
         limn_json_get_bool (json, "wrap_x", &request->wrap_x, error) &&
         limn_json_get_bool (json, "wrap_y", &request->wrap_y, error);
}

static gboolean
read_version_3 (LimnJson *json, LimnRequestReading *reading, LimnRequest *request, GError **error)
{
  return limn_request_branch_read (json, reading, &request->branch, error) &&
         limn_request_mix_read (json, reading, &request->mix, error) &&
         limn_request_read_seed (json, "variation_seed", &request->variation_seed, error) &&
         get_double (json, "variation_strength", &request->variation_strength, request, 0, error) &&
         get_uint (json, "seed_width", &request->seed_width, request, 0, error) &&
         get_uint (json, "seed_height", &request->seed_height, request, 0, error);
}

static gboolean
read_json (LimnJson *json, LimnRequestReading *reading, LimnRequest *request, GError **error)
{
  const char *model, *prompt, *negative, *syntax, *rng, *sampler, *schedule, *prediction, *storage, *device, *preview;
  gint64 version;

  if (!limn_json_get_int (json, "version", 0, G_MAXINT64, &version, error))
    return FALSE;
  if (version < 1 || version > LIMN_REQUEST_VERSION)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                   "“%s” was written by another version of Limn: its version is %" G_GINT64_FORMAT ", this program knows versions up to %d.",
                   limn_json_get_name (json), version, LIMN_REQUEST_VERSION);
      return FALSE;
    }
  request->open = 0;
  if (!check_keys (json, version, error) ||
      !get_nullable (json, "model", &model, error) ||
      !limn_json_get_string (json, "prompt", &prompt, error) ||
      !limn_json_get_string (json, "negative", &negative, error) ||
      !limn_json_get_string (json, "prompt_syntax", &syntax, error) ||
      !limn_prompt_syntax_from_name (syntax, &request->syntax, error) ||
      !limn_request_read_seed (json, "seed", &request->seed, error) ||
      !limn_json_get_string (json, "rng", &rng, error) ||
      !limn_noise_kind_from_name (rng, &request->rng, error) ||
      !get_uint (json, "steps", &request->steps, request, LIMN_REQUEST_OPEN_STEPS, error) ||
      !get_nullable (json, "sampler", &sampler, error) ||
      (sampler && !limn_sampler_kind_from_name (sampler, &request->sampler, error)) ||
      !limn_json_get_string (json, "schedule", &schedule, error) ||
      !limn_schedule_kind_from_name (schedule, &request->schedule, error) ||
      !get_double (json, "eta", &request->eta, request, LIMN_REQUEST_OPEN_ETA, error) ||
      !get_double (json, "cfg", &request->cfg, request, LIMN_REQUEST_OPEN_CFG, error) ||
      !get_double (json, "cfg_rescale", &request->cfg_rescale, request, 0, error) ||
      !get_nullable (json, "prediction", &prediction, error) ||
      (prediction && !limn_request_prediction_from_name (prediction, &request->prediction, error)) ||
      !get_uint (json, "width", &request->width, request, LIMN_REQUEST_OPEN_SIZE, error) ||
      !get_uint (json, "height", &request->height, request, LIMN_REQUEST_OPEN_SIZE, error) ||
      !limn_json_get_string (json, "precision", &storage, error) ||
      !limn_storage_from_name (storage, &request->storage, error) ||
      !get_uint (json, "batch_count", &request->batch_count, request, 0, error) ||
      !get_uint (json, "batch_index", &request->batch_index, request, 0, error) ||
      !get_nullable (json, "device", &device, error) ||
      !limn_json_get_string (json, "preview", &preview, error) ||
      !limn_preview_from_name (preview, &request->preview, error) ||
      !get_uint (json, "preview_every", &request->preview_every, request, 0, error) ||
      !limn_json_get_bool (json, "preview_half", &request->preview_half, error) ||
      !limn_json_get_bool (json, "keep_latents", &request->keep_latents, error) ||
      (version > 1 && !read_version_2 (json, request, error)) || (version > 2 && !read_version_3 (json, reading, request, error)))
    return FALSE;
  if (!sampler)
    request->open |= LIMN_REQUEST_OPEN_SAMPLER;
  if (!prediction)
    request->open |= LIMN_REQUEST_OPEN_PREDICTION;
  limn_request_set_prompt (request, prompt);
  limn_request_set_negative (request, negative);
  limn_request_set_device (request, device);
  g_free (request->model);
  request->model = unfold_home (model);
  return TRUE;
}

LimnRequest *
limn_request_read (LimnJson *json, LimnRequestReading *reading, GError **error)
{
  g_autoptr(LimnRequest) request = limn_request_new ();
  gboolean good;

  if (reading->depth >= LIMN_REQUEST_MAX_CHAIN || reading->n_requests >= LIMN_REQUEST_MAX_REQUESTS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: it holds more than %d requests in each other, or more than %d in all.",
                   limn_json_get_name (json), LIMN_REQUEST_MAX_CHAIN, LIMN_REQUEST_MAX_REQUESTS);
      return NULL;
    }
  reading->depth++;
  reading->n_requests++;
  good = read_json (json, reading, request, error);
  reading->depth--;
  return good ? g_steal_pointer (&request) : NULL;
}

/* Of a draft: two texts of any length, in which each character may take six bytes. What is too large would be lost. */
#define MAX_DRAFT_BYTES ((gsize) 512 << 20)

static LimnRequest *
read_document (const char *json, const char *name, gsize max_bytes, GError **error)
{
  g_autoptr(LimnJson) document = limn_json_new_for_data (json, strlen (json), name, max_bytes, error);
  LimnRequestReading reading = { 0, 0 };

  return document ? limn_request_read (document, &reading, error) : NULL;
}

LimnRequest *
limn_request_new_from_json (const char *json, const char *name, GError **error)
{
  g_autoptr(LimnRequest) request = read_document (json, name, 0, error);

  if (!request || !limn_request_check (request, error))
    return NULL;
  return g_steal_pointer (&request);
}

LimnRequest *
limn_request_new_from_draft_json (const char *json, const char *name, GError **error)
{
  g_autoptr(LimnRequest) request = read_document (json, name, MAX_DRAFT_BYTES, error);
  g_autoptr(LimnRequest) rest = NULL;

  if (!request)
    return NULL;
  rest = limn_request_copy (request);
  limn_request_set_prompt (rest, NULL);
  limn_request_set_negative (rest, NULL);
  if (!limn_request_check (rest, error))
    return NULL;
  return g_steal_pointer (&request);
}
