/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-recipe.h"

#include "base/limn-error.h"
#include "formats/limn-json.h"
#include "image/limn-parameters.h"
#include "session/limn-change.h"
#include "session/limn-json-text.h"
#include "session/limn-lora-hashes.h"
#include "session/limn-lora-text.h"
#include "session/limn-request-chain.h"
#include "session/limn-request-private.h"
#include "session/limn-resources.h"

#include <math.h>
#include <string.h>

#define RECIPE_VERSION 1

/* ,"sha256":"…"} at the very end. */
#define SEAL_HEAD ",\"sha256\":\""
#define SEAL_LENGTH (strlen (SEAL_HEAD) + 64 + 2)

void
limn_recipe_free (LimnRecipe *recipe)
{
  if (!recipe)
    return;
  g_free (recipe->program);
  limn_request_free (recipe->request);
  g_free (recipe->model_name);
  g_free (recipe->model_files);
  g_free (recipe->device);
  g_free (recipe->driver);
  g_clear_pointer (&recipe->fingerprints, g_array_unref);
  g_free (recipe->pixels);
  g_free (recipe);
}

static LimnRecipe *
recipe_new (const LimnRequest *request, const char *model_name, const char *device, const char *driver)
{
  LimnRecipe *recipe = g_new0 (LimnRecipe, 1);

  recipe->program = g_strdup ("Limn " LIMN_VERSION);
  recipe->request = limn_request_copy (request);
  recipe->model_name = g_strdup (model_name);
  recipe->device = g_strdup (device);
  recipe->driver = g_strdup (driver);
  recipe->intact = TRUE;
  return recipe;
}

LimnRecipe *
limn_recipe_new_for_result (const LimnResult *result)
{
  LimnRecipe *recipe = recipe_new (result->request, result->model_name, result->device, result->driver);

  recipe->n_steps = recipe->shown = result->fingerprints->len - 1;
  recipe->model_files = g_strdup (result->model_files);
  recipe->fingerprints = g_array_ref (result->fingerprints);
  return recipe;
}

LimnRecipe *
limn_recipe_new_for_step (const LimnFeedStart *start, const LimnStep *step, GArray *fingerprints)
{
  g_autoptr(GArray) copy = g_array_copy (fingerprints);

  return limn_recipe_new_for_frame (start->request, start->model_name, start->device, start->driver, step->n_steps, step->step,
                                    copy);
}

LimnRecipe *
limn_recipe_new_for_frame (const LimnRequest *request,
                           const char        *model_name,
                           const char        *device,
                           const char        *driver,
                           guint              n_steps,
                           guint              shown,
                           GArray            *fingerprints)
{
  LimnRecipe *recipe;

  g_return_val_if_fail (fingerprints->len == shown + 1, NULL);

  recipe = recipe_new (request, model_name, device, driver);
  recipe->n_steps = n_steps;
  recipe->shown = shown;
  recipe->fingerprints = g_array_ref (fingerprints);
  return recipe;
}

/* Nine digits: a distance of 1e-8 between two machines is still seen, and the hash sees the rest. */
static void
put_projection (LimnJsonText *text, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (isfinite (value))
    limn_json_text_add_raw (text, NULL, g_ascii_formatd (buffer, sizeof buffer, "%.9g", value));
  else
    limn_json_text_add_null (text, NULL);
}

char *
limn_recipe_to_json (const LimnRecipe *recipe)
{
  LimnJsonText *text = limn_json_text_new ();
  g_autofree char *request = limn_request_to_json (recipe->request);
  g_autofree char *body = NULL;
  g_autofree char *seal = NULL;

  limn_json_text_begin_object (text, NULL);
  limn_json_text_add_int (text, "version", RECIPE_VERSION);
  limn_json_text_add_string (text, "program", recipe->program);
  limn_json_text_add_raw (text, "request", request);
  limn_json_text_add_int (text, "steps", recipe->n_steps);
  limn_json_text_add_int (text, "shown", recipe->shown);
  limn_json_text_add_string (text, "pixels", recipe->pixels);
  limn_json_text_begin_object (text, "model");
  limn_json_text_add_string (text, "name", recipe->model_name);
  limn_json_text_add_raw (text, "files", recipe->model_files ? recipe->model_files : "null");
  limn_json_text_end_object (text);
  limn_json_text_begin_object (text, "device");
  limn_json_text_add_string (text, "name", recipe->device);
  limn_json_text_add_string (text, "driver", recipe->driver);
  limn_json_text_end_object (text);
  limn_json_text_begin_array (text, "latents");
  for (guint i = 0; i < recipe->fingerprints->len; i++)
    {
      const LimnFingerprint *fingerprint = &g_array_index (recipe->fingerprints, LimnFingerprint, i);

      limn_json_text_begin_object (text, NULL);
      limn_json_text_add_string (text, "sha256", fingerprint->hash);
      limn_json_text_begin_array (text, "projections");
      for (guint j = 0; j < LIMN_FINGERPRINT_N; j++)
        put_projection (text, fingerprint->projections[j]);
      limn_json_text_end_array (text);
      limn_json_text_end_object (text);
    }
  limn_json_text_end_array (text);

  body = limn_json_text_free (text);
  seal = g_compute_checksum_for_string (G_CHECKSUM_SHA256, body, -1);
  return g_strconcat (body, SEAL_HEAD, seal, "\"}", NULL);
}

static gboolean
is_sealed (const char *json)
{
  gsize length = strlen (json);
  const char *tail;
  g_autofree char *seal = NULL;

  if (length <= SEAL_LENGTH)
    return FALSE;
  tail = json + length - SEAL_LENGTH;
  seal = g_compute_checksum_for_string (G_CHECKSUM_SHA256, json, length - SEAL_LENGTH);
  return g_str_has_prefix (tail, SEAL_HEAD) && strncmp (tail + strlen (SEAL_HEAD), seal, 64) == 0 &&
         g_str_equal (tail + SEAL_LENGTH - 2, "\"}");
}

static gboolean
read_hash (LimnJson *json, const char *key, const char **hash, GError **error)
{
  if (!limn_json_get_string (json, key, hash, error))
    return FALSE;
  if (strlen (*hash) == 64 && strspn (*hash, "0123456789abcdef") == 64)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: “%s” is no SHA-256.", limn_json_get_name (json), key);
  return FALSE;
}

static gboolean
read_latents (LimnJson *json, LimnRecipe *recipe, GError **error)
{
  guint n;

  if (!limn_json_get_length (json, "latents", &n, error))
    return FALSE;
  if (n != recipe->shown + 1)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: it tells of %u latents, step %u needs %u.",
                   limn_json_get_name (json), n, recipe->shown, recipe->shown + 1);
      return FALSE;
    }
  recipe->fingerprints = g_array_sized_new (FALSE, TRUE, sizeof (LimnFingerprint), n);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LimnJson) element = limn_json_get_element (json, "latents", i, error);
      g_autoptr(GArray) projections = NULL;
      LimnFingerprint fingerprint;
      const char *hash;

      if (!element || !read_hash (element, "sha256", &hash, error))
        return FALSE;
      projections = limn_json_get_doubles (element, "projections", LIMN_FINGERPRINT_N, error);
      if (!projections)
        return FALSE;
      if (projections->len != LIMN_FINGERPRINT_N)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: latent %u has %u projections in place of %d.",
                       limn_json_get_name (json), i, projections->len, LIMN_FINGERPRINT_N);
          return FALSE;
        }
      g_strlcpy (fingerprint.hash, hash, sizeof fingerprint.hash);
      memcpy (fingerprint.projections, projections->data, sizeof fingerprint.projections);
      g_array_append_val (recipe->fingerprints, fingerprint);
    }
  return TRUE;
}

static char *
dump_object (LimnJson *json)
{
  char *text = json_dumps (limn_json_get_root (json), JSON_COMPACT);
  char *copy = g_strdup (text);

  free (text);
  return copy;
}

static gboolean
read_model (LimnJson *json, LimnRecipe *recipe, GError **error)
{
  g_autoptr(LimnJson) model = limn_json_get_object (json, "model", error);
  g_autoptr(LimnJson) device = NULL;
  const char *name, *device_name, *driver;

  if (!model || !limn_json_get_string (model, "name", &name, error))
    return FALSE;
  if (limn_json_get_kind (model, "files") != LIMN_JSON_ABSENT)
    {
      g_autoptr(LimnJson) files = limn_json_get_object (model, "files", error);

      if (!files)
        return FALSE;
      recipe->model_files = dump_object (files);
    }
  device = limn_json_get_object (json, "device", error);
  if (!device || !limn_json_get_string (device, "name", &device_name, error) ||
      !limn_json_get_string (device, "driver", &driver, error))
    return FALSE;
  recipe->model_name = g_strdup (name);
  recipe->device = g_strdup (device_name);
  recipe->driver = g_strdup (driver);
  return TRUE;
}

static gboolean
read_recipe (LimnJson *json, LimnRecipe *recipe, GError **error)
{
  g_autoptr(LimnJson) request = NULL;
  LimnRequestReading reading = { 0, 0 };
  const char *program, *pixels;
  gint64 version, n_steps, shown;

  if (!limn_json_get_int (json, "version", 0, G_MAXINT64, &version, error))
    return FALSE;
  if (version != RECIPE_VERSION)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                   "“%s” was written by another version of Limn: its version is %" G_GINT64_FORMAT ", this program knows %d.",
                   limn_json_get_name (json), version, RECIPE_VERSION);
      return FALSE;
    }
  if (!limn_json_get_string (json, "program", &program, error) ||
      !limn_json_get_int (json, "steps", 1, LIMN_REQUEST_MAX_STEPS, &n_steps, error) ||
      !limn_json_get_int (json, "shown", 1, n_steps, &shown, error) ||
      !read_hash (json, "pixels", &pixels, error))
    return FALSE;
  recipe->program = g_strdup (program);
  recipe->n_steps = n_steps;
  recipe->shown = shown;
  recipe->pixels = g_strdup (pixels);

  request = limn_json_get_object (json, "request", error);
  if (!request)
    return FALSE;
  recipe->request = limn_request_read (request, &reading, error);
  if (!recipe->request || !limn_request_check (recipe->request, error))
    return FALSE;
  if (recipe->request->open)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: the request leaves something open.", limn_json_get_name (json));
      return FALSE;
    }
  return read_model (json, recipe, error) && read_latents (json, recipe, error);
}

LimnRecipe *
limn_recipe_new_from_json (const char *json, const char *name, GError **error)
{
  g_autoptr(LimnRecipe) recipe = g_new0 (LimnRecipe, 1);
  g_autoptr(LimnJson) document = limn_json_new_for_data (json, strlen (json), name, 0, error);

  if (!document || !read_recipe (document, recipe, error))
    return NULL;
  recipe->intact = is_sealed (json);
  return g_steal_pointer (&recipe);
}

gboolean
limn_recipe_identify (const char *recipe_json, char ***hashes, GArray **steps)
{
  g_autoptr(LimnJson) document = limn_json_new_for_data (recipe_json, strlen (recipe_json), "recipe", 0, NULL);
  g_autoptr(LimnJson) json = NULL;
  g_autoptr(LimnRequest) request = NULL;
  LimnRequestReading reading = { 0, 0 };
  gint64 n_steps, shown;

  if (!document || !limn_json_get_int (document, "steps", 1, LIMN_REQUEST_MAX_STEPS, &n_steps, NULL) ||
      !limn_json_get_int (document, "shown", n_steps, n_steps, &shown, NULL))
    return FALSE;
  json = limn_json_get_object (document, "request", NULL);
  request = json ? limn_request_read (json, &reading, NULL) : NULL;
  if (!request || request->open || !limn_request_check (request, NULL))
    return FALSE;
  *hashes = limn_request_list_hashes (request);
  *steps = g_array_new (FALSE, FALSE, sizeof (guint));
  for (const LimnRequest *one = request; one->branch; one = one->branch->from)
    g_array_append_val (*steps, one->branch->step);
  return TRUE;
}

/* Not of a LoRA or a ControlNet that went along. */
static gboolean
is_models_own (const char *file)
{
  return !g_str_has_prefix (file, LIMN_LORA_HASHES_PREFIX) && !g_str_has_prefix (file, LIMN_CONTROL_HASHES_PREFIX);
}

/* --- The text that other programs read --- */

/* A1111 names a model by the first 10 digits of its one file's SHA-256; of several files the UNet's is the one that counts. */
static char *
short_hash (const LimnRecipe *recipe)
{
  g_autoptr(LimnJson) files = NULL;
  g_autofree const char **keys = NULL;
  const char *hash = NULL;
  guint n, n_own = 0;

  if (!recipe->model_files)
    return NULL;
  files = limn_json_new_for_data (recipe->model_files, strlen (recipe->model_files), "files", 0, NULL);
  if (!files)
    return NULL;
  keys = limn_json_get_keys (files, &n);
  for (guint i = 0; i < n; i++)
    n_own += is_models_own (keys[i]);
  for (guint i = 0; i < n; i++)
    if (((n_own == 1 && is_models_own (keys[i])) ||
         (g_str_has_prefix (keys[i], "unet") && g_str_has_suffix (keys[i], ".safetensors"))) &&
        limn_json_get_string (files, keys[i], &hash, NULL))
      return g_strndup (hash, 10);
  return NULL;
}

static void
add_uint (LimnParameters *parameters, const char *key, guint value)
{
  g_autofree char *text = g_strdup_printf ("%u", value);

  limn_parameters_add (parameters, key, text);
}

/* In AUTOMATIC1111's words, which leave out what is as usual there; and some of our own for what it has none for. */
static void
add_source (LimnParameters *parameters, const LimnRequest *request)
{
  const LimnRequestSource *source = request->source;

  if (!source)
    return;
  parameters->denoising_strength = source->strength;
  if (source->mask)
    {
      add_uint (parameters, "Mask blur", source->feather);
      if (source->only_masked)
        {
          limn_parameters_add (parameters, "Inpaint area", "Only masked");
          add_uint (parameters, "Masked area padding", source->padding);
        }
      if (source->content == LIMN_CONTENT_BLURRED)
        limn_parameters_add (parameters, "Masked content", "fill");
      else if (source->content == LIMN_CONTENT_NOISE)
        limn_parameters_add (parameters, "Masked content", "latent noise");
      else if (source->content == LIMN_CONTENT_EMPTY)
        limn_parameters_add (parameters, "Masked content", "latent nothing");
    }
  if (source->grow_left || source->grow_top || source->grow_right || source->grow_bottom)
    {
      g_autofree char *grown = g_strdup_printf ("left %u, top %u, right %u, bottom %u", source->grow_left, source->grow_top,
                                                source->grow_right, source->grow_bottom);

      limn_parameters_add (parameters, "Outpaint", grown);
    }
  if (source->restore != LIMN_RESTORE_NONE)
    limn_parameters_add (parameters, "Restore", limn_restore_get_name (source->restore));
}

/* As AUTOMATIC1111's extension sd-webui-controlnet writes it, in its words for preprocessors; what says nothing of the picture is left out. */
static void
add_controls (LimnParameters *parameters, const LimnRequest *request)
{
  static const char *const modules[] = { "None", "canny", "recolor_luminance", "scribble_xdog", "invert (from white bg & black line)" };

  G_STATIC_ASSERT (G_N_ELEMENTS (modules) == LIMN_CONTROL_MAP_N_KINDS);
  for (guint i = 0; request->controls && i < request->controls->len; i++)
    {
      const LimnRequestControl *control = g_ptr_array_index (request->controls, i);
      g_autofree char *key = g_strdup_printf ("ControlNet %u", i);
      g_autofree char *model = limn_resources_name_path (control->model);
      char weight[G_ASCII_DTOSTR_BUF_SIZE], start[G_ASCII_DTOSTR_BUF_SIZE], end[G_ASCII_DTOSTR_BUF_SIZE];
      g_autofree char *text = NULL;

      g_ascii_formatd (weight, sizeof weight, "%.15g", control->strength);
      g_ascii_formatd (start, sizeof start, "%.15g", control->start);
      g_ascii_formatd (end, sizeof end, "%.15g", control->end);
      text = g_strdup_printf ("Module: %s, Model: %s, Weight: %s, Resize Mode: Crop and Resize, %sGuidance Start: %s, Guidance End: %s, "
                              "Control Mode: Balanced",
                              modules[control->map], model, weight,
                              control->map == LIMN_CONTROL_MAP_EDGE ? "Threshold A: 100, Threshold B: 200, " : "", start, end);
      limn_parameters_add (parameters, key, text);
    }
}

static void
add_tiles (LimnParameters *parameters, const LimnRequest *request)
{
  if (request->tile)
    {
      add_uint (parameters, "Tile size", request->tile);
      add_uint (parameters, "Tile overlap", request->overlap);
    }
  if (request->wrap_x && request->wrap_y)
    limn_parameters_add (parameters, "Tiling", "True");
  else if (request->wrap_x || request->wrap_y)
    limn_parameters_add (parameters, "Seamless", request->wrap_x ? "x" : "y");
}

static void
add_seeds (LimnParameters *parameters, const LimnRequest *request)
{
  parameters->has_seed = TRUE;
  parameters->seed = limn_request_get_seed (request);
  if (request->variation_strength != 0)
    {
      parameters->has_variation_seed = TRUE;
      parameters->variation_seed = limn_request_get_variation_seed (request);
      parameters->variation_strength = request->variation_strength;
    }
  parameters->seed_width = request->seed_width;
  parameters->seed_height = request->seed_height;
}

/* "after step 8: noon → sunset; after step 12: cfg 7 → 3" */
static void
add_branches (LimnParameters *parameters, const LimnRequest *request)
{
  g_autoptr(GArray) segments = limn_request_list_segments (request);
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < segments->len; i++)
    {
      const LimnRequestSegment *segment = &g_array_index (segments, LimnRequestSegment, i);
      g_autoptr(GPtrArray) changes = segment->request->branch ? limn_change_list (segment->request) : NULL;
      g_autofree char *words = changes ? limn_changes_to_english (changes) : NULL;

      if (words)
        g_string_append_printf (text, "%safter step %u: %s", text->len > 0 ? "; " : "", segment->begin, words);
    }
  if (text->len > 0)
    limn_parameters_add (parameters, "Branch", text->str);
}

/* "noise and prompts: 0.25 of seed 5, a red house; 0.75 of seed 6, a blue house" */
static void
add_mix (LimnParameters *parameters, const LimnRequest *request)
{
  const LimnRequestMix *mix = request->mix;
  g_autoptr(GString) text = g_string_new (NULL);
  double weights[LIMN_MIX_MAX_ENDS];

  limn_request_mix_get_weights (mix, weights);
  g_string_append (text, mix->way == LIMN_MIX_NOISE ? "noise and prompts:" : "pictures:");
  for (guint i = 0; i < mix->n_ends; i++)
    {
      const LimnMixEnd *end = &mix->ends[i];
      char weight[G_ASCII_DTOSTR_BUF_SIZE];

      if (weights[i] == 0)
        continue;
      g_ascii_formatd (weight, sizeof weight, "%.3g", weights[i]);
      g_string_append_printf (text, "%s %s of ", g_str_has_suffix (text->str, ":") ? "" : ";", weight);
      if (end->request)
        g_string_append_printf (text, "seed %" G_GUINT64_FORMAT ", %s", limn_request_get_seed (end->request), end->request->prompt);
      else
        g_string_append_len (text, end->picture, 12);
    }
  limn_parameters_add (parameters, "Mix", text->str);
  if (mix->way == LIMN_MIX_PICTURES)
    parameters->denoising_strength = mix->strength;
}

char *
limn_recipe_get_parameters (const LimnRecipe *recipe)
{
  g_autoptr(LimnRequest) request = limn_request_copy (recipe->request);
  const LimnSamplerFacts *sampler = limn_sampler_get_facts (request->sampler);
  const char *schedule = limn_schedule_kind_get_display_name (request->schedule);
  g_autoptr(LimnParameters) parameters = limn_parameters_new ();
  g_autofree char *lora_hashes = limn_lora_text_dup_hashes (recipe->model_files);

  /* The text is of one picture: of those that are mixed the nearest. */
  limn_request_flatten_mix (request);
  g_free (parameters->prompt);
  g_free (parameters->negative_prompt);
  parameters->prompt = limn_lora_text_dup_prompt (request);
  parameters->negative_prompt = g_strdup (request->negative);
  parameters->steps = request->steps;
  parameters->sampler = g_strdup (sampler->display_name);
  parameters->schedule_type = g_strdup (schedule ? schedule : "Automatic");
  parameters->cfg_scale = request->cfg;
  add_seeds (parameters, request);
  parameters->width = request->width;
  parameters->height = request->height;
  parameters->model_hash = short_hash (recipe);
  parameters->model = g_strdup (recipe->model_name);
  if (sampler->has_eta && request->eta != sampler->default_eta)
    parameters->eta = request->eta;
  if (request->rng == LIMN_NOISE_CPU)
    parameters->rng = g_strdup ("CPU");
  parameters->version = g_strdup (recipe->program);
  if (!schedule && request->schedule != LIMN_SCHEDULE_MODEL)
    limn_parameters_add (parameters, "Timestep spacing", limn_schedule_kind_get_name (request->schedule));
  parameters->clip_skip = request->clip_skip;
  parameters->vae = request->vae ? g_path_get_basename (request->vae) : NULL;
  if (request->cfg_rescale != 0)
    {
      char buffer[G_ASCII_DTOSTR_BUF_SIZE];

      limn_parameters_add (parameters, "CFG Rescale phi", g_ascii_formatd (buffer, sizeof buffer, "%.15g", request->cfg_rescale));
    }
  if (lora_hashes)
    limn_parameters_add (parameters, "Lora hashes", lora_hashes);
  add_source (parameters, request);
  add_controls (parameters, request);
  add_tiles (parameters, request);
  if (recipe->request->mix)
    add_mix (parameters, recipe->request);
  if (recipe->request->branch)
    add_branches (parameters, recipe->request);
  if (recipe->shown != recipe->n_steps)
    {
      g_autofree char *shown = g_strdup_printf ("%u of %u, %s", recipe->shown, recipe->n_steps,
                                                limn_preview_get_name (request->preview));

      limn_parameters_add (parameters, "Frame of step", shown);
    }
  return limn_parameters_to_text (parameters);
}

char *
limn_recipe_hash_pixels (LimnImage *image)
{
  g_autoptr(LimnImage) rgb = limn_image_dup_as (image, LIMN_PIXEL_RGB8);
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint y = 0; y < limn_image_get_height (rgb); y++)
    g_checksum_update (checksum, limn_image_get_row (rgb, y), limn_image_get_width (rgb) * 3);
  return g_strdup (g_checksum_get_string (checksum));
}

GBytes *
limn_recipe_encode_png (LimnRecipe *recipe, LimnImage *image, GError **error)
{
  return limn_recipe_encode_png_with_texts (recipe, image, NULL, 0, error);
}

GBytes *
limn_recipe_encode_png_with_texts (LimnRecipe        *recipe,
                                   LimnImage         *image,
                                   const LimnPngText *texts,
                                   gsize              n_texts,
                                   GError           **error)
{
  g_autofree char *json = NULL;
  g_autofree char *parameters = limn_recipe_get_parameters (recipe);
  g_autofree LimnPngText *all = g_new (LimnPngText, 2 + n_texts);

  g_free (recipe->pixels);
  recipe->pixels = limn_recipe_hash_pixels (image);
  json = limn_recipe_to_json (recipe);
  all[0] = (LimnPngText){ (char *) LIMN_RECIPE_PARAMETERS_KEYWORD, parameters };
  all[1] = (LimnPngText){ (char *) LIMN_RECIPE_KEYWORD, json };
  for (gsize i = 0; i < n_texts; i++)
    all[2 + i] = texts[i];
  return limn_png_encode (image, all, 2 + n_texts, error);
}
