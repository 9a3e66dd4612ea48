/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-estimates.h"

#include "diffusion/limn-inpaint.h"
#include "formats/limn-json.h"
#include "formats/limn-prompt-program.h"
#include "session/limn-json-text.h"

#include <math.h>
#include <string.h>

#define VERSION 1

/* Of models, sizes and devices that anyone uses; who has more starts over. */
#define MAX_ENTRIES 1000

/* Any measured second is less: a day. */
#define MAX_SECONDS 86400.0

/* What a model takes; 0: not known. */
typedef struct
{
  guint steps;
  guint width;
  guint height;
  guint calls;  /* of the network, by the sampler, in a step */
  guint guided; /* 1: no, 2: yes */
} Defaults;

struct _LimnEstimates
{
  GHashTable *passes;   /* key -> double * */
  GHashTable *frames;   /* key -> double * */
  GHashTable *defaults; /* model -> Defaults * */
};

LimnEstimates *
limn_estimates_new (void)
{
  LimnEstimates *self = g_new0 (LimnEstimates, 1);

  self->passes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->frames = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->defaults = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
limn_estimates_free (LimnEstimates *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->passes);
  g_hash_table_unref (self->frames);
  g_hash_table_unref (self->defaults);
  g_free (self);
}

/* From a picture on it is that picture's size that counts, which need not be known here, and which part of it is worked on. */
static char *
key_of (const LimnRequest *request, guint width, guint height, const char *more)
{
  const LimnRequestSource *source = request->source;
  g_autofree char *with_controls = request->controls ? g_strdup_printf ("%s|%u controls", more, request->controls->len) : NULL;

  /* A ControlNet is half a network more in each step. */
  more = with_controls ? with_controls : more;
  if (source)
    return g_strdup_printf ("%s|%s|%s|%.16s %d|%s", request->model ? request->model : "", request->device ? request->device : "",
                            limn_storage_get_name (request->storage), source->picture, source->only_masked, more);
  if (request->tile > 0 || request->wrap_x || request->wrap_y)
    return g_strdup_printf ("%s|%s|%s|%ux%u %u %u %d %d|%s", request->model ? request->model : "", request->device ? request->device : "",
                            limn_storage_get_name (request->storage), width, height, request->tile, request->overlap, request->wrap_x,
                            request->wrap_y, more);
  return g_strdup_printf ("%s|%s|%s|%ux%u|%s", request->model ? request->model : "", request->device ? request->device : "",
                          limn_storage_get_name (request->storage), width, height, more);
}

/* Prompts that are joined by AND: how much more a step takes than with one. */
static double
count_joined (const LimnRequest *request, gboolean guided)
{
  g_autoptr(LimnPromptProgram) program = limn_prompt_program_new (request->prompt, request->syntax, LIMN_PROMPT_POSITIVE, NULL);
  guint n = program ? limn_prompt_program_get_n_parts (program) : 1;

  if (n == 1)
    return 1;
  return guided ? (n + 1) / 2.0 : n + 1;
}

static void
put (GHashTable *table, char *key, gconstpointer value, gsize size)
{
  if (g_hash_table_size (table) >= MAX_ENTRIES && !g_hash_table_contains (table, key))
    g_hash_table_remove_all (table);
  g_hash_table_replace (table, key, g_memdup2 (value, size));
}

static void
put_seconds (GHashTable *table, char *key, double seconds)
{
  /* A clock that stood still, or a laptop that slept. */
  if (seconds > 0 && seconds < MAX_SECONDS)
    put (table, key, &seconds, sizeof seconds);
  else
    g_free (key);
}

static const char *
model_of (const LimnRequest *request)
{
  return request->model ? request->model : "";
}

void
limn_estimates_learn_start (LimnEstimates *self, const LimnRequest *asked, const LimnRequest *resolved)
{
  const Defaults *old = g_hash_table_lookup (self->defaults, model_of (asked));
  Defaults defaults = old ? *old : (Defaults){ 0 };

  if (asked->open & LIMN_REQUEST_OPEN_STEPS)
    defaults.steps = resolved->steps;
  if ((asked->open & LIMN_REQUEST_OPEN_SIZE) && !asked->source)
    {
      defaults.width = resolved->width;
      defaults.height = resolved->height;
    }
  if (asked->open & LIMN_REQUEST_OPEN_SAMPLER)
    defaults.calls = limn_sampler_get_facts (resolved->sampler)->calls;
  if (asked->open & LIMN_REQUEST_OPEN_CFG)
    defaults.guided = resolved->cfg != 1 ? 2 : 1;
  put (self->defaults, g_strdup (model_of (asked)), &defaults, sizeof defaults);
}

void
limn_estimates_learn_step (LimnEstimates *self, const LimnRequest *request, double seconds)
{
  put_seconds (self->passes, key_of (request, request->width, request->height, request->cfg != 1 ? "guided" : "alone"),
               seconds / limn_sampler_get_facts (request->sampler)->calls / count_joined (request, request->cfg != 1));
}

void
limn_estimates_learn_frame (LimnEstimates *self, const LimnRequest *request, gboolean half, double seconds)
{
  put_seconds (self->frames, key_of (request, request->width, request->height, half ? "half" : "full"), seconds);
}

static double
look_up (GHashTable *table, char *key)
{
  const double *seconds = g_hash_table_lookup (table, key);

  g_free (key);
  return seconds ? *seconds : -1;
}

double
limn_estimates_get (const LimnEstimates *self, const LimnRequest *request, guint n_steps, double max_slowdown)
{
  const Defaults *known = g_hash_table_lookup (self->defaults, model_of (request));
  Defaults defaults = known ? *known : (Defaults){ 0 };
  double pass, step, frame, last, frames;

  if (!(request->open & LIMN_REQUEST_OPEN_STEPS))
    defaults.steps = request->steps;
  if (!(request->open & LIMN_REQUEST_OPEN_SIZE))
    {
      defaults.width = request->width;
      defaults.height = request->height;
    }
  if (!(request->open & LIMN_REQUEST_OPEN_SAMPLER))
    defaults.calls = limn_sampler_get_facts (request->sampler)->calls;
  if (!(request->open & LIMN_REQUEST_OPEN_CFG))
    defaults.guided = request->cfg != 1 ? 2 : 1;
  if (request->source && defaults.steps > 0)
    defaults.steps = limn_inpaint_count_steps (defaults.steps, request->source->strength);
  if (defaults.steps == 0 || (defaults.width == 0 && !request->source) || defaults.calls == 0 || defaults.guided == 0)
    return -1;

  pass = look_up (self->passes, key_of (request, defaults.width, defaults.height, defaults.guided == 2 ? "guided" : "alone"));
  last = look_up (self->frames, key_of (request, defaults.width, defaults.height, "full"));
  frame = request->preview_half ? look_up (self->frames, key_of (request, defaults.width, defaults.height, "half")) : last;
  if (pass < 0 || last < 0)
    return -1;
  if (frame < 0)
    frame = last / 4;

  n_steps = MIN (n_steps, defaults.steps);
  step = pass * defaults.calls * count_joined (request, defaults.guided == 2);
  frames = request->preview == LIMN_PREVIEW_NONE ? 0 : frame * ((double) n_steps / request->preview_every);
  if (max_slowdown > 0)
    frames = MIN (frames, max_slowdown * step * n_steps);
  return step * n_steps + frames + (n_steps > 0 ? last : 0);
}

/* --- Its file --- */

static void
write_seconds (LimnJsonText *text, const char *name, GHashTable *table)
{
  GHashTableIter iter;
  gpointer key, value;

  limn_json_text_begin_object (text, name);
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (g_utf8_validate (key, -1, NULL))
      limn_json_text_add_double (text, key, *(double *) value);
  limn_json_text_end_object (text);
}

char *
limn_estimates_to_json (const LimnEstimates *self)
{
  LimnJsonText *text = limn_json_text_new ();
  GHashTableIter iter;
  gpointer key, value;

  limn_json_text_begin_object (text, NULL);
  limn_json_text_add_int (text, "version", VERSION);
  write_seconds (text, "passes", self->passes);
  write_seconds (text, "frames", self->frames);
  limn_json_text_begin_object (text, "models");
  g_hash_table_iter_init (&iter, self->defaults);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const Defaults *defaults = value;

      if (!g_utf8_validate (key, -1, NULL))
        continue;
      limn_json_text_begin_object (text, key);
      limn_json_text_add_int (text, "steps", defaults->steps);
      limn_json_text_add_int (text, "width", defaults->width);
      limn_json_text_add_int (text, "height", defaults->height);
      limn_json_text_add_int (text, "calls", defaults->calls);
      limn_json_text_add_int (text, "guided", defaults->guided);
      limn_json_text_end_object (text);
    }
  limn_json_text_end_object (text);
  limn_json_text_end_object (text);
  return limn_json_text_free (text);
}

static gboolean
read_seconds (LimnJson *json, const char *name, GHashTable *table)
{
  g_autoptr(LimnJson) object = limn_json_get_object (json, name, NULL);
  g_autofree const char **keys = NULL;
  guint n;

  if (!object)
    return FALSE;
  keys = limn_json_get_keys (object, &n);
  for (guint i = 0; i < n; i++)
    {
      double seconds;

      if (!limn_json_get_double (object, keys[i], 0, MAX_SECONDS, &seconds, NULL))
        return FALSE;
      put_seconds (table, g_strdup (keys[i]), seconds);
    }
  return TRUE;
}

static gboolean
read_models (LimnJson *json, GHashTable *table)
{
  g_autoptr(LimnJson) object = limn_json_get_object (json, "models", NULL);
  g_autofree const char **keys = NULL;
  guint n;

  if (!object)
    return FALSE;
  keys = limn_json_get_keys (object, &n);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LimnJson) model = limn_json_get_object (object, keys[i], NULL);
      gint64 steps, width, height, calls, guided;
      Defaults defaults;

      if (!model || !limn_json_get_int (model, "steps", 0, LIMN_STEPS_MAX, &steps, NULL) ||
          !limn_json_get_int (model, "width", 0, LIMN_REQUEST_MAX_SIDE, &width, NULL) ||
          !limn_json_get_int (model, "height", 0, LIMN_REQUEST_MAX_SIDE, &height, NULL) ||
          !limn_json_get_int (model, "calls", 0, 16, &calls, NULL) ||
          !limn_json_get_int (model, "guided", 0, 2, &guided, NULL))
        return FALSE;
      defaults = (Defaults){ steps, width, height, calls, guided };
      put (table, g_strdup (keys[i]), &defaults, sizeof defaults);
    }
  return TRUE;
}

void
limn_estimates_load (LimnEstimates *self, GBytes *bytes)
{
  g_autoptr(LimnJson) json = limn_json_new_for_bytes (bytes, "estimates.json", 0, NULL);
  g_autoptr(LimnEstimates) read = limn_estimates_new ();
  gint64 version;

  if (!json || !limn_json_get_int (json, "version", VERSION, VERSION, &version, NULL) ||
      !read_seconds (json, "passes", read->passes) || !read_seconds (json, "frames", read->frames) ||
      !read_models (json, read->defaults))
    return;
  {
    LimnEstimates old = *self;

    *self = *read;
    *read = old;
  }
}
