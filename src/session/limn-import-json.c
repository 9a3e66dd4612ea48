/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The programs that leave an object of settings: InvokeAI, Fooocus, stable-diffusion.cpp. ComfyUI's graph is in a file of its own. */
#include "config.h"

#include "session/limn-import-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* --- JSON as Python writes it --- */

/* Digits of 2^63 - 1: an integer with as many or more may be one that jansson refuses. */
#define LONG_DIGITS 19

/* What stands outside of strings and is not JSON, or not jansson's: NaN and Infinity become null, and whole numbers of 64 bits
 * (ComfyUI's seeds) strings. */
static char *
make_readable (const char *text)
{
  static const char *const words[] = { "NaN", "Infinity", "-Infinity" };
  GString *out = g_string_sized_new (strlen (text));
  gboolean in_string = FALSE;

  while (*text)
    {
      gsize skip = 0;

      for (guint i = 0; !in_string && i < G_N_ELEMENTS (words); i++)
        if (g_str_has_prefix (text, words[i]))
          skip = strlen (words[i]);
      if (skip > 0)
        {
          g_string_append (out, "null");
          text += skip;
          continue;
        }
      if (!in_string && strchr ("-0123456789.eE+", *text))
        {
          /* A number as a whole, or a letter of true and false, which goes by as it is. */
          gsize length = strspn (text, "-0123456789.eE+");
          gboolean whole = strspn (text, "0123456789") == length && length >= LONG_DIGITS;

          g_string_append_printf (out, whole ? "\"%.*s\"" : "%.*s", (int) MIN (length, G_MAXINT), text);
          text += length;
          continue;
        }
      if (in_string && *text == '\\' && text[1])
        g_string_append_c (out, *text++);
      else if (*text == '"')
        in_string = !in_string;
      g_string_append_c (out, *text++);
    }
  return g_string_free (out, FALSE);
}

json_t *
limn_import_parse_json (const char *text)
{
  g_autofree char *clean = NULL;
  g_autoptr(LimnJson) document = NULL;
  const char *start = text;

  while (g_ascii_isspace (*start))
    start++;
  if (*start != '{')
    return NULL;
  clean = make_readable (start);
  document = limn_json_new_for_data (clean, strlen (clean), "metadata", 0, NULL);
  return document ? json_incref (limn_json_get_root (document)) : NULL;
}

gboolean
limn_import_number_of (const json_t *json, double *value)
{
  double number;
  char *end;

  if (json_is_number (json))
    number = json_number_value (json);
  else if (json_is_string (json))
    {
      number = g_ascii_strtod (json_string_value (json), &end);
      if (end == json_string_value (json) || *end)
        return FALSE;
    }
  else
    return FALSE;
  if (!isfinite (number))
    return FALSE;
  *value = number;
  return TRUE;
}

gboolean
limn_import_seed_of (const json_t *json, guint64 *value)
{
  if (json_is_integer (json) && json_integer_value (json) >= 0)
    {
      *value = json_integer_value (json);
      return TRUE;
    }
  /* Past 2^63 jansson has them as numbers with a point, if at all: within 2^64, but not exact. */
  return json_is_string (json) && g_ascii_string_to_unsigned (json_string_value (json), 10, 0, G_MAXUINT64, value, NULL);
}

gboolean
limn_import_get_number (const json_t *object, const char *key, double *value)
{
  return limn_import_number_of (json_object_get (object, key), value);
}

gboolean
limn_import_get_seed (const json_t *object, const char *key, guint64 *value)
{
  return limn_import_seed_of (json_object_get (object, key), value);
}

gboolean
limn_import_get_text (const json_t *object, const char *key, char **value)
{
  const json_t *json = json_object_get (object, key);

  if (!json_is_string (json))
    return FALSE;
  limn_import_set (value, json_string_value (json));
  return TRUE;
}

static gboolean
is_true (const json_t *object, const char *key)
{
  return json_is_true (json_object_get (object, key));
}

/* Whether there is a list with something in it, or an object, at @key. */
static gboolean
has_some (const json_t *object, const char *key)
{
  const json_t *json = json_object_get (object, key);

  return json_array_size (json) > 0 || json_object_size (json) > 0;
}

/* --- InvokeAI --- */

/* {"name": …} or, before version 4, {"model_name": …} or a string. */
static void
take_model (const json_t *json, char **name, char **hash)
{
  if (json_is_string (json))
    limn_import_set (name, json_string_value (json));
  else if (!limn_import_get_text (json, "name", name))
    limn_import_get_text (json, "model_name", name);
  if (hash)
    {
      g_autofree char *full = NULL;

      /* "blake3:…" is no hash that sites for models list, but names it all the same. */
      if (limn_import_get_text (json, "hash", &full) && full && strlen (full) <= 128)
        limn_import_set (hash, full);
    }
}

/* Compel's weights: "word++", "(two words)1.3". */
static gboolean
has_compel (const char *prompt)
{
  for (const char *c = prompt; c && *c; c++)
    if ((c[0] == '+' && c[1] == '+') || (c[0] == '-' && c[1] == '-') ||
        (c[0] == ')' && (g_ascii_isdigit (c[1]) || c[1] == '+' || c[1] == '-')))
      return TRUE;
  return FALSE;
}

static void
note_compel (LimnImportFound *found)
{
  if (has_compel (found->prompt) || has_compel (found->negative))
    limn_import_note (found, _("InvokeAI writes weights otherwise (word++, (words)1.3); write them as (words:1.3)."));
}

static void
take_loras (LimnImportFound *found, const json_t *list)
{
  for (gsize i = 0; i < json_array_size (list) && i < LIMN_IMPORT_MAX_NOTES; i++)
    {
      const json_t *item = json_array_get (list, i);
      const json_t *model = json_object_get (item, "model");
      g_autofree char *name = NULL;
      double strength = NAN;

      take_model (model ? model : json_object_get (item, "lora"), &name, NULL);
      if (!name)
        limn_import_get_text (item, "name", &name);
      /* Fooocus: [name, weight, hash]. */
      if (!name && json_is_string (json_array_get (item, 0)))
        name = g_strdup (json_string_value (json_array_get (item, 0)));
      if (json_is_number (json_array_get (item, 1)))
        strength = json_number_value (json_array_get (item, 1));
      /* InvokeAI; stable-diffusion.cpp. */
      if (!limn_import_get_number (item, "weight", &strength))
        limn_import_get_number (item, "multiplier", &strength);
      limn_import_add_lora (found, name, strength, NAN);
    }
}

gboolean
limn_import_read_invoke (LimnImportFound *found, const char *text)
{
  json_t *json = limn_import_parse_json (text);
  g_autofree char *mode = NULL;
  g_autofree char *device = NULL;
  g_autofree char *start = NULL;
  double layers = 0, strength = NAN;

  if (!json)
    return FALSE;
  /* An upscaled or edited picture may bear an object without settings. */
  if (!json_object_get (json, "positive_prompt") && !json_object_get (json, "seed") && !json_object_get (json, "steps"))
    {
      json_decref (json);
      return FALSE;
    }
  found->known = TRUE;
  found->origin = LIMN_IMPORT_INVOKEAI;
  limn_import_get_text (json, "positive_prompt", &found->prompt);
  limn_import_get_text (json, "negative_prompt", &found->negative);
  found->has_seed = limn_import_get_seed (json, "seed", &found->seed);
  limn_import_get_number (json, "steps", &found->steps);
  limn_import_get_number (json, "cfg_scale", &found->cfg);
  limn_import_get_number (json, "cfg_rescale_multiplier", &found->rescale);
  limn_import_get_number (json, "width", &found->width);
  limn_import_get_number (json, "height", &found->height);
  limn_import_get_text (json, "scheduler", &found->sampler);
  take_model (json_object_get (json, "model"), &found->model, &found->model_hash);
  if (json_is_object (json_object_get (json, "vae")))
    take_model (json_object_get (json, "vae"), &found->vae, NULL);
  limn_import_get_text (json, "rand_device", &device);
  found->has_rng = TRUE;
  found->rng = device && g_str_has_prefix (device, "cuda") ? LIMN_NOISE_CUDA : LIMN_NOISE_CPU;
  /* Here it counts the layers that are left out. */
  if (limn_import_get_number (json, "clip_skip", &layers) && layers > 0)
    found->clip_skip = layers + 1;

  limn_import_get_text (json, "generation_mode", &mode);
  limn_import_get_number (json, "strength", &strength);
  if (mode && (strstr (mode, "inpaint") || strstr (mode, "outpaint")))
    {
      limn_import_note_mask (found);
      limn_import_take_start (found, strength);
    }
  else if ((mode && strstr (mode, "img2img")) || limn_import_get_text (json, "init_image", &start))
    {
      limn_import_note_start (found);
      limn_import_take_start (found, strength);
    }
  if (has_some (json, "controlnets") || has_some (json, "controlLayers") || has_some (json, "control_layers"))
    limn_import_note_control (found);
  if (has_some (json, "ipAdapters") || has_some (json, "t2iAdapters") || has_some (json, "ref_images"))
    limn_import_note_adapter (found);
  if (json_is_object (json_object_get (json, "refiner_model")))
    limn_import_note_refiner (found);
  if (is_true (json, "hrf_enabled"))
    limn_import_note_hires (found);
  found->wrap_x = is_true (json, "seamless_x");
  found->wrap_y = is_true (json, "seamless_y");
  take_loras (found, json_object_get (json, "loras"));
  note_compel (found);
  json_decref (json);
  return TRUE;
}

/* InvokeAI 1 and 2 had the negative prompt in brackets within the prompt. */
static void
split_bracketed (LimnImportFound *found, const char *prompt)
{
  g_autoptr(GString) positive = g_string_new (NULL);
  g_autoptr(GString) negative = g_string_new (NULL);
  gboolean inside = FALSE;

  for (; prompt && *prompt; prompt++)
    if (*prompt == '[' && !inside && strchr (prompt, ']'))
      {
        inside = TRUE;
        if (negative->len > 0)
          g_string_append (negative, ", ");
      }
    else if (*prompt == ']' && inside)
      {
        inside = FALSE;
        /* No two blanks where there was one on either side. */
        if (positive->len > 0 && positive->str[positive->len - 1] == ' ' && prompt[1] == ' ')
          prompt++;
      }
    else
      g_string_append_c (inside ? negative : positive, *prompt);
  limn_import_set (&found->prompt, g_strstrip (positive->str));
  limn_import_set (&found->negative, negative->str);
}

gboolean
limn_import_read_invoke_2 (LimnImportFound *found, const char *text)
{
  json_t *json = limn_import_parse_json (text);
  const json_t *image = json_object_get (json, "image");
  const json_t *prompt = json_object_get (image, "prompt");
  g_autofree char *type = NULL;
  g_autofree char *words = NULL;
  double variation = 0, strength = NAN;

  if (!image || !json_is_object (image))
    {
      json_decref (json);
      return FALSE;
    }
  found->known = TRUE;
  found->origin = LIMN_IMPORT_INVOKEAI;
  found->has_rng = TRUE;
  found->rng = LIMN_NOISE_CPU;
  if (json_is_string (prompt))
    words = g_strdup (json_string_value (prompt));
  else
    limn_import_get_text (json_array_get (prompt, 0), "prompt", &words);
  split_bracketed (found, words);
  found->has_seed = limn_import_get_seed (image, "seed", &found->seed);
  limn_import_get_number (image, "steps", &found->steps);
  limn_import_get_number (image, "cfg_scale", &found->cfg);
  limn_import_get_number (image, "width", &found->width);
  limn_import_get_number (image, "height", &found->height);
  limn_import_get_text (image, "sampler", &found->sampler);
  limn_import_get_text (json, "model_weights", &found->model);
  limn_import_get_text (json, "model_hash", &found->model_hash);

  limn_import_get_text (image, "type", &type);
  if (g_strcmp0 (type, "img2img") == 0)
    {
      limn_import_note_start (found);
      limn_import_get_number (image, "strength", &strength);
      limn_import_take_start (found, strength);
    }
  if (has_some (image, "variations") || (limn_import_get_number (image, "variation_amount", &variation) && variation > 0))
    limn_import_note (found, _("Its noise was mixed with that of further seeds; Limn begins with the first alone."));
  found->wrap_x = found->wrap_y = is_true (image, "seamless");
  note_compel (found);
  json_decref (json);
  return TRUE;
}

/* "a house" -s 50 -S 123 -W 512 -H 512 -C 7.5 -A k_lms */
gboolean
limn_import_read_dream (LimnImportFound *found, const char *line)
{
  g_auto(GStrv) words = NULL;
  gint n;

  if (strlen (line) > LIMN_PROMPT_MAX_BYTES || !g_shell_parse_argv (line, &n, &words, NULL) || n < 3)
    return FALSE;
  for (gint i = 1; i < n; i++)
    {
      /* "-s50" and "-s 50". */
      const char *word = words[i];
      const char *value = word[0] == '-' && word[1] && word[2] ? word + 2 : i + 1 < n ? words[i + 1] : "";
      double *number = NULL;

      if (word[0] != '-' || !word[1])
        continue;
      switch (word[1])
        {
        case 's': number = &found->steps; break;
        case 'W': number = &found->width; break;
        case 'H': number = &found->height; break;
        case 'C': number = &found->cfg; break;
        case 'S': found->has_seed = g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, &found->seed, NULL); break;
        case 'A': limn_import_set (&found->sampler, value); break;
        case 'I': limn_import_note_start (found); break;
        default: break;
        }
      if (number)
        {
          char *end;
          double parsed = g_ascii_strtod (value, &end);

          if (end != value && *end == '\0' && isfinite (parsed))
            *number = parsed;
        }
    }
  if (!found->has_seed)
    return FALSE;
  found->known = TRUE;
  found->origin = LIMN_IMPORT_INVOKEAI;
  found->has_rng = TRUE;
  found->rng = LIMN_NOISE_CPU;
  split_bracketed (found, words[0]);
  note_compel (found);
  return TRUE;
}

/* --- Fooocus --- */

/* Versions before 2.2 wrote what stands before the fields on the screen: "Negative Prompt". */
static const json_t *
get_either (const json_t *json, const char *key, const char *label)
{
  const json_t *value = json_object_get (json, key);

  return value ? value : json_object_get (json, label);
}

static void
take_either (const json_t *json, const char *key, const char *label, char **text)
{
  const json_t *value = get_either (json, key, label);

  if (json_is_string (value))
    limn_import_set (text, json_string_value (value));
}

/* With its styles' words: what was painted. */
static void
take_full_prompt (const json_t *json, const char *key, char **prompt)
{
  const json_t *list = json_object_get (json, key);
  g_autoptr(GString) joined = g_string_new (NULL);

  for (gsize i = 0; i < json_array_size (list); i++)
    if (json_is_string (json_array_get (list, i)))
      g_string_append_printf (joined, "%s%s", joined->len > 0 ? ", " : "", json_string_value (json_array_get (list, i)));
  limn_import_set (prompt, joined->str);
}

gboolean
limn_import_read_fooocus (LimnImportFound *found, const char *text)
{
  json_t *json = limn_import_parse_json (text);
  const json_t *resolution = get_either (json, "resolution", "Resolution");
  g_autofree char *vae = NULL;
  g_autofree char *refiner = NULL;

  if (!json)
    return FALSE;
  if (!get_either (json, "prompt", "Prompt") || !get_either (json, "seed", "Seed"))
    {
      json_decref (json);
      return FALSE;
    }
  found->known = TRUE;
  found->origin = LIMN_IMPORT_FOOOCUS;
  found->has_rng = TRUE;
  found->rng = LIMN_NOISE_CPU;
  found->brackets_are_text = TRUE;
  take_either (json, "prompt", "Prompt", &found->prompt);
  take_either (json, "negative_prompt", "Negative Prompt", &found->negative);
  take_full_prompt (json, "full_prompt", &found->prompt);
  take_full_prompt (json, "full_negative_prompt", &found->negative);
  found->has_seed = limn_import_seed_of (get_either (json, "seed", "Seed"), &found->seed);
  limn_import_number_of (get_either (json, "steps", "Steps"), &found->steps);
  limn_import_number_of (get_either (json, "guidance_scale", "Guidance Scale"), &found->cfg);
  take_either (json, "sampler", "Sampler", &found->sampler);
  take_either (json, "scheduler", "Scheduler", &found->schedule);
  take_either (json, "base_model", "Base Model", &found->model);
  limn_import_get_text (json, "base_model_hash", &found->model_hash);
  if (json_is_string (resolution))
    {
      const char *at = json_string_value (resolution);
      double sides[2];
      guint n = 0;

      /* "(1152, 896)"; before 2.2 "(1152,896)" or "1152×896". */
      while (*at && n < 2)
        {
          char *end;

          if (!g_ascii_isdigit (*at))
            {
              at++;
              continue;
            }
          sides[n++] = g_ascii_strtoull (at, &end, 10);
          at = end;
        }
      if (n == 2)
        {
          found->width = sides[0];
          found->height = sides[1];
        }
    }
  take_either (json, "vae", "VAE", &vae);
  if (vae && !g_str_has_prefix (vae, "Default"))
    limn_import_set (&found->vae, vae);
  take_either (json, "refiner_model", "Refiner Model", &refiner);
  if (refiner && !g_str_equal (refiner, "None"))
    limn_import_note_refiner (found);
  take_loras (found, json_object_get (json, "loras"));
  limn_import_note (found, _("Fooocus sharpens while painting and guides in a way of its own; Limn does neither, so "
                             "that another picture will "
                             "come out."));
  json_decref (json);
  return TRUE;
}

/* --- stable-diffusion.cpp --- */

/* Follows the text of the same picture, and knows better. */
gboolean
limn_import_read_sdcpp (LimnImportFound *found, const char *text)
{
  json_t *json = limn_import_parse_json (text);
  const json_t *sampling = json_object_get (json, "sampling");
  const json_t *prompt = json_object_get (json, "prompt");
  g_autofree char *mode = NULL;

  if (!json)
    return FALSE;
  limn_import_get_text (prompt, "positive", &found->prompt);
  limn_import_get_text (prompt, "negative", &found->negative);
  if (limn_import_get_seed (json, "seed", &found->seed))
    found->has_seed = TRUE;
  limn_import_get_number (json, "width", &found->width);
  limn_import_get_number (json, "height", &found->height);
  limn_import_get_number (sampling, "steps", &found->steps);
  limn_import_get_number (sampling, "eta", &found->eta);
  limn_import_get_number (json_object_get (sampling, "guidance"), "txt_cfg", &found->cfg);
  if (limn_import_get_text (sampling, "method", &found->sampler))
    limn_import_get_text (sampling, "scheduler", &found->schedule);
  limn_import_get_text (json, "mode", &mode);
  if (g_strcmp0 (mode, "vid_gen") == 0)
    limn_import_note (found, _("It is a frame of a film; Limn paints single pictures."));
  if (has_some (sampling, "custom_sigmas"))
    limn_import_note (found, _("Its noise levels were given one by one; Limn takes a schedule."));
  if (is_true (json_object_get (json, "hires"), "enabled"))
    limn_import_note_hires (found);
  if (json_object_get (json_object_get (json, "models"), "control_net"))
    limn_import_note_control (found);
  take_loras (found, json_object_get (json, "loras"));
  json_decref (json);
  return TRUE;
}
