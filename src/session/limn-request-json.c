/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A request as a text and back. What an older version can say is said in it, byte by byte as it always was: pictures, queues and hashes go by it. */
#include "config.h"

#include "session/limn-request-part.h"
#include "session/limn-request-private.h"

#include "base/limn-error.h"
#include "formats/limn-json.h"
#include "session/limn-json-text.h"

#include <string.h>

/* "~" stands for the home folder. A path that really begins with "~/" cannot be: it would be relative. */
char *
limn_request_fold_home (const char *path)
{
  const char *home = g_get_home_dir ();
  gsize length = home ? strlen (home) : 0;

  if (path && length > 1 && strncmp (path, home, length) == 0 && path[length] == '/')
    return g_strconcat ("~", path + length, NULL);
  return g_strdup (path);
}

char *
limn_request_unfold_home (const char *path)
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
  if (limn_request_parts_used (request))
    return 4;
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
  g_autofree char *model = limn_request_fold_home (request->model);

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
                             open & LIMN_REQUEST_OPEN_PREDICTION ? NULL : limn_request_prediction_get_name (request->prediction));
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
  if (version > 3)
    limn_request_parts_write (request, text);
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
  g_autoptr(GPtrArray) all = g_ptr_array_new ();
  g_autofree const char **found = NULL;
  guint n;

  for (guint i = 0; i < G_N_ELEMENTS (keys_1); i++)
    g_ptr_array_add (all, (char *) keys_1[i]);
  for (guint i = 0; version > 1 && i < G_N_ELEMENTS (keys_2); i++)
    g_ptr_array_add (all, (char *) keys_2[i]);
  for (guint i = 0; version > 2 && i < G_N_ELEMENTS (keys_3); i++)
    g_ptr_array_add (all, (char *) keys_3[i]);
  /* What version 4 adds need not be there; what is there, is known. */
  found = limn_json_get_keys (json, &n);
  for (guint i = 0; version > 3 && i < n; i++)
    if (limn_request_parts_has_key (found[i]))
      g_ptr_array_add (all, (char *) found[i]);
  g_ptr_array_add (all, NULL);
  return limn_request_check_keys (json, (const char *const *) all->pdata, "a request", error);
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
      (version > 1 && !read_version_2 (json, request, error)) || (version > 2 && !read_version_3 (json, reading, request, error)) ||
      (version > 3 && !limn_request_parts_read (json, request, error)))
    return FALSE;
  if (!sampler)
    request->open |= LIMN_REQUEST_OPEN_SAMPLER;
  if (!prediction)
    request->open |= LIMN_REQUEST_OPEN_PREDICTION;
  limn_request_set_prompt (request, prompt);
  limn_request_set_negative (request, negative);
  limn_request_set_device (request, device);
  g_free (request->model);
  request->model = limn_request_unfold_home (model);
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
