/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The text `parameters`, and what its keys mean to those who write it. */
#include "config.h"

#include "session/limn-import-private.h"

#include "image/limn-parameters.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

typedef enum
{
  KEY_IGNORED, /* says nothing about the pixels, or what another key says */
  KEY_MASK,
  KEY_SOFT_MASK,
  KEY_HIRES,
  KEY_CONTROL,
  KEY_REFINER,
  KEY_FACES,
  KEY_NOISE_DELTA,
  KEY_DESCENT,
} KeyMeaning;

/* @prefix: keys that begin so are meant too ("ControlNet 0", "Hires upscaler"). */
static const struct
{
  const char *key;
  gboolean    prefix;
  KeyMeaning  meaning;
} keys[] = {
  { "Mask blur", FALSE, KEY_MASK },
  { "Mask mode", FALSE, KEY_MASK },
  { "Masked content", FALSE, KEY_MASK },
  { "Masked area padding", FALSE, KEY_MASK },
  { "Inpaint area", FALSE, KEY_MASK },
  { "Soft inpainting", TRUE, KEY_SOFT_MASK },
  { "Conditional mask weight", FALSE, KEY_MASK },
  { "Outpaint", FALSE, KEY_MASK },
  { "Tile size", FALSE, KEY_IGNORED },
  { "Tile overlap", FALSE, KEY_IGNORED },
  { "Seamless", FALSE, KEY_IGNORED },
  { "Restore", FALSE, KEY_IGNORED },
  { "Branch", FALSE, KEY_DESCENT },
  { "Mix", FALSE, KEY_DESCENT },
  { "Hires", TRUE, KEY_HIRES },
  { "First pass size", FALSE, KEY_HIRES },
  { "ControlNet", TRUE, KEY_CONTROL },
  { "Refiner Swap Method", FALSE, KEY_IGNORED },
  { "Refiner", TRUE, KEY_REFINER },
  { "Tiling", FALSE, KEY_IGNORED },
  { "TI hashes", FALSE, KEY_IGNORED },      /* what is called so among the artist's own is taken */
  { "TI", FALSE, KEY_IGNORED },
  { "Face restoration", FALSE, KEY_FACES },
  { "ADetailer", TRUE, KEY_FACES },
  { "ENSD", FALSE, KEY_NOISE_DELTA },
  { "Lora hashes", FALSE, KEY_IGNORED },
  { "Lora weights", FALSE, KEY_IGNORED },
  { "Hashes", FALSE, KEY_IGNORED },
  { "VAE hash", FALSE, KEY_IGNORED },
  { "User", FALSE, KEY_IGNORED },
  { "Created Date", FALSE, KEY_IGNORED },
  { "Civitai resources", FALSE, KEY_IGNORED },
  { "Civitai metadata", FALSE, KEY_IGNORED },
  { "Batch size", FALSE, KEY_IGNORED },
  { "Batch pos", FALSE, KEY_IGNORED },
  { "Raw prompt", FALSE, KEY_IGNORED },
  { "Raw negative prompt", FALSE, KEY_IGNORED },
  { "Performance", FALSE, KEY_IGNORED },
  { "Styles", FALSE, KEY_IGNORED },
  { "Overwrite Switch", FALSE, KEY_IGNORED },
  { "Template", FALSE, KEY_IGNORED },
  { "Negative Template", FALSE, KEY_IGNORED },
  { "Downcast alphas_cumprod", FALSE, KEY_IGNORED },
  { "Emphasis", FALSE, KEY_IGNORED },
  { "Guidance", FALSE, KEY_IGNORED },       /* stable-diffusion.cpp writes it for Flux, and for all others too */
  { "Unet", FALSE, KEY_IGNORED },
  { "TE", FALSE, KEY_IGNORED },
  { "Eta", FALSE, KEY_IGNORED },            /* stable-diffusion.cpp's "inf": the sampler's own */
  { "Seed", FALSE, KEY_IGNORED },           /* -1: its absence is noted */
  { "Variation seed", FALSE, KEY_IGNORED }, /* the same */
  { "Clip skip", FALSE, KEY_IGNORED },      /* -1: none */
  { "Sampler RNG", FALSE, KEY_IGNORED },
  { "Timestep spacing", FALSE, KEY_IGNORED },
  { "CFG Rescale phi", FALSE, KEY_IGNORED },
  { "Schedule rho", FALSE, KEY_IGNORED },
  { "Frame of step", FALSE, KEY_IGNORED },
  { "Scheduler", FALSE, KEY_IGNORED },
  { "SDCPP", FALSE, KEY_IGNORED },
};

/* Keys of a line that a note names; a hostile line has a million. */
#define MAX_NAMED 8

static const char *
find_extra (const LimnParameters *parameters, const char *key)
{
  for (guint i = 0; i < parameters->extra->len; i++)
    {
      const LimnParameter *parameter = g_ptr_array_index (parameters->extra, i);

      if (g_str_equal (parameter->key, key))
        return parameter->value;
    }
  return NULL;
}

static gboolean
find_number (const LimnParameters *parameters, const char *key, double *value)
{
  const char *text = find_extra (parameters, key);
  char *end;
  double number;

  if (!text)
    return FALSE;
  number = g_ascii_strtod (text, &end);
  if (end == text || *end || !isfinite (number))
    return FALSE;
  *value = number;
  return TRUE;
}

static LimnImportOrigin
find_origin (const LimnParameters *parameters)
{
  const char *version = parameters->version ? parameters->version : "";

  if (g_str_has_prefix (version, "Limn ") || g_str_has_prefix (version, "limn "))
    return LIMN_IMPORT_LIMN;
  if (g_str_has_prefix (version, "stable-diffusion.cpp") || find_extra (parameters, "SDCPP"))
    return LIMN_IMPORT_SDCPP;
  if (g_str_has_prefix (version, "Fooocus"))
    return LIMN_IMPORT_FOOOCUS;
  if (g_strcmp0 (parameters->model_hash, "unknown") == 0)
    return LIMN_IMPORT_KRITA;
  /* "v1.10.1", and "1.6.0-400-gf0a" or "f2.0.1v1.10.1" of its forks. */
  if ((*version == 'v' || *version == 'f' || g_ascii_isdigit (*version)) && strchr (version, '.'))
    return LIMN_IMPORT_A1111;
  return LIMN_IMPORT_PARAMETERS;
}

/* AUTOMATIC1111 before 1.9: samplers bore their schedule in their name, and one that bore none had k-diffusion's own. */
static gboolean
is_before_1_9 (const char *version)
{
  guint64 major, minor;
  char *end;

  if (!version)
    return FALSE;
  major = g_ascii_strtoull (*version == 'v' ? version + 1 : version, &end, 10);
  if (*end != '.')
    return FALSE;
  minor = g_ascii_strtoull (end + 1, &end, 10);
  return major < 1 || (major == 1 && minor < 9);
}

static void
take_rng (LimnImportFound *found, const LimnParameters *parameters)
{
  g_autofree char *rng = g_ascii_strdown (parameters->rng ? parameters->rng : "gpu", -1);

  found->has_rng = TRUE;
  found->rng = LIMN_NOISE_CUDA;
  if (g_str_equal (rng, "cpu"))
    found->rng = LIMN_NOISE_CPU;
  else if (!g_str_equal (rng, "gpu") && !g_str_equal (rng, "nv") && !g_str_equal (rng, "cuda"))
    {
      g_autofree char *shown = limn_import_dup_shown (parameters->rng);

      limn_import_note (found, _("Its noise came from a generator that Limn does not have (“%s”), so that another "
                                 "picture will come "
                                 "out."), shown);
    }
  /* Both are ComfyUI inside, which draws on the processor; neither writes the key. */
  if (!parameters->rng && (found->origin == LIMN_IMPORT_KRITA || found->origin == LIMN_IMPORT_FOOOCUS))
    found->rng = LIMN_NOISE_CPU;
}

static gboolean
find_key (const char *key, KeyMeaning *meaning)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].prefix ? g_str_has_prefix (key, keys[i].key) : g_str_equal (key, keys[i].key))
      {
        *meaning = keys[i].meaning;
        return TRUE;
      }
  return FALSE;
}

static void
note_extra (LimnImportFound *found, const LimnParameters *parameters)
{
  g_autoptr(GString) unknown = g_string_new (NULL);
  guint n_unknown = 0;

  for (guint i = 0; i < parameters->extra->len; i++)
    {
      const LimnParameter *parameter = g_ptr_array_index (parameters->extra, i);
      KeyMeaning meaning;

      if (!find_key (parameter->key, &meaning))
        {
          g_autofree char *shown = limn_import_dup_shown (parameter->key);

          if (n_unknown++ < MAX_NAMED)
            g_string_append_printf (unknown, "%s%s", unknown->len > 0 ? _(", ") : "", shown);
          continue;
        }
      switch (meaning)
        {
        case KEY_MASK:
          limn_import_note_mask (found);
          break;
        case KEY_SOFT_MASK:
          limn_import_note_mask (found);
          limn_import_note (found, _("Its mask was softened by Soft Inpainting; here grey in the mask does that."));
          break;
        case KEY_HIRES:
          limn_import_note_hires (found);
          break;
        case KEY_CONTROL:
          limn_import_note_control (found);
          break;
        case KEY_REFINER:
          limn_import_note_refiner (found);
          break;
        case KEY_FACES:
          /* Translators: “Only the marked part” is the name of a switch. */
          limn_import_note (found, _("Faces were painted again or repaired afterwards, which is not repeated here. Mark a face and paint it again "
                                     "with “Only the marked part”."));
          break;
        case KEY_NOISE_DELTA:
          if (!g_str_equal (parameter->value, "0"))
            limn_import_note (found, _("The noise within the steps had a seed of its own (ENSD), which Limn does not "
                                       "have; with samplers that "
                                       "draw noise another picture will come out."));
          break;
        case KEY_DESCENT:
          if (found->origin == LIMN_IMPORT_LIMN)
            limn_import_note (found, _("It parted from another picture, or lies between several. What these were is told by Limn's own "
                                       "recipe alone, which is no longer in the file; these are its settings without them."));
          break;
        case KEY_IGNORED:
        default:
          break;
        }
    }
  if (n_unknown > 0)
    limn_import_note (found, _("Settings that Limn does not know were left out: %s."), unknown->str);
}

static void
take_loras (LimnImportFound *found, const LimnParameters *parameters)
{
  const char *hashes = find_extra (parameters, "Lora hashes");
  g_auto(GStrv) parts = NULL;

  /* "name: 0123456789ab, other: …"; more than LIMN_IMPORT_MAX_NOTES are not kept anyway. */
  if (!hashes)
    return;
  parts = g_strsplit (hashes, ",", LIMN_IMPORT_MAX_NOTES);
  for (guint i = 0; parts[i]; i++)
    {
      char *colon = strchr (parts[i], ':');

      if (colon)
        *colon = '\0';
      limn_import_add_lora (found, g_strstrip (parts[i]), NAN, NAN);
    }
}

/* A whole number of pixels, cut to what there may be. */
static guint
pixels (double value, guint max)
{
  return value >= 0 ? MIN (value, max) : 0;
}

/* How a picture was painted over: what is not said is as AUTOMATIC1111 has it when nobody touches it. */
static void
take_start (LimnImportFound *found, const LimnParameters *parameters)
{
  g_autofree char *content = limn_parameters_get (parameters, "Masked content");
  g_autofree char *area = limn_parameters_get (parameters, "Inpaint area");
  g_autofree char *padding = limn_parameters_get (parameters, "Masked area padding");
  LimnRequestSource *start = limn_import_take_start (found, parameters->denoising_strength);
  double blur = 4;

  find_number (parameters, "Mask blur", &blur);
  start->feather = pixels (blur, LIMN_SOURCE_MAX_FEATHER);
  start->only_masked = g_strcmp0 (area, "Only masked") == 0;
  start->padding = pixels (g_ascii_strtod (padding, NULL), LIMN_SOURCE_MAX_PADDING);
  if (g_strcmp0 (content, "fill") == 0)
    start->content = LIMN_CONTENT_BLURRED;
  else if (g_strcmp0 (content, "latent noise") == 0)
    start->content = LIMN_CONTENT_NOISE;
  else if (g_strcmp0 (content, "latent nothing") == 0)
    start->content = LIMN_CONTENT_EMPTY;
}

static void
take_edges (LimnImportFound *found, const LimnParameters *parameters)
{
  const char *tiling = find_extra (parameters, "Tiling");
  const char *seamless = find_extra (parameters, "Seamless");

  find_number (parameters, "Tile size", &found->tile);
  find_number (parameters, "Tile overlap", &found->overlap);

  found->wrap_x = found->wrap_y = tiling && !g_str_equal (tiling, "False");
  found->wrap_x |= g_strcmp0 (seamless, "x") == 0;
  found->wrap_y |= g_strcmp0 (seamless, "y") == 0;
}

static void
take_seed_size (LimnImportFound *found, const LimnParameters *parameters)
{
  guint width = parameters->seed_width, height = parameters->seed_height;

  if (width <= LIMN_REQUEST_MAX_SIDE && height <= LIMN_REQUEST_MAX_SIDE)
    {
      found->seed_width = width;
      found->seed_height = height;
    }
  else
    limn_import_note (found, _("Settings that Limn does not know were left out: %s."), "Seed resize from");
}

static void
note_strengths (LimnImportFound *found, const LimnParameters *parameters)
{
  gboolean hires = find_extra (parameters, "Hires upscale") || find_extra (parameters, "Hires upscaler") ||
                   find_extra (parameters, "Hires resize");
  gboolean mask = find_extra (parameters, "Mask blur") || find_extra (parameters, "Mask mode");

  if (parameters->has_variation_seed && parameters->variation_strength > 0 && parameters->variation_strength <= 1)
    {
      found->variation_seed = parameters->variation_seed;
      found->variation_strength = parameters->variation_strength;
    }
  else if (parameters->has_variation_seed && !(parameters->variation_strength == 0))
    {
      g_autofree char *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, parameters->variation_seed);

      /* Translators: a number. */
      limn_import_note (found, _("Its noise was mixed with that of a second seed (variation seed %s); Limn begins with "
                                 "the first alone."),
                        seed);
    }
  if (!isnan (parameters->denoising_strength) && parameters->denoising_strength < 1 && !hires && !mask)
    limn_import_note_start (found);
  if ((!isnan (parameters->denoising_strength) && !hires) || mask)
    take_start (found, parameters);
}

gboolean
limn_import_read_parameters (LimnImportFound *found, const char *text)
{
  g_autoptr(LimnParameters) parameters = limn_parameters_parse (text);
  const char *json = find_extra (parameters, "SDCPP");
  const char *spacing = find_extra (parameters, "Timestep spacing");

  /* A text without a line of numbers is a prompt at best. */
  if (parameters->steps == 0 && !parameters->has_seed && !parameters->sampler)
    return FALSE;

  found->known = TRUE;
  found->origin = find_origin (parameters);
  limn_import_set (&found->prompt, parameters->prompt);
  limn_import_set (&found->negative, parameters->negative_prompt);
  found->has_seed = parameters->has_seed;
  found->seed = parameters->seed;
  found->steps = parameters->steps;
  found->cfg = parameters->cfg_scale;
  found->eta = parameters->eta;
  found->width = parameters->width;
  found->height = parameters->height;
  found->clip_skip = parameters->clip_skip;
  limn_import_set (&found->sampler, parameters->sampler);
  limn_import_set (&found->schedule, parameters->schedule_type);
  limn_import_set (&found->model, parameters->model);
  if (g_strcmp0 (parameters->model_hash, "unknown") != 0)
    limn_import_set (&found->model_hash, parameters->model_hash);
  if (parameters->vae && !g_str_has_prefix (parameters->vae, "Default") && !g_str_equal (parameters->vae, "None") &&
      !g_str_equal (parameters->vae, "Automatic"))
    limn_import_set (&found->vae, parameters->vae);
  take_rng (found, parameters);

  if (found->origin == LIMN_IMPORT_FOOOCUS)
    limn_import_set (&found->schedule, find_extra (parameters, "Scheduler"));
  if (spacing && found->origin == LIMN_IMPORT_LIMN)
    limn_import_set (&found->schedule, spacing);
  if (found->origin == LIMN_IMPORT_A1111 && !found->schedule && is_before_1_9 (parameters->version) &&
      !g_str_has_prefix (parameters->sampler ? parameters->sampler : "", "DDIM") &&
      g_strcmp0 (parameters->sampler, "PLMS") != 0 && g_strcmp0 (parameters->sampler, "UniPC") != 0)
    {
      /* What its name bears is looked at too, and wins there. */
      if (!parameters->sampler || (!g_str_has_suffix (parameters->sampler, "Karras") &&
                                   !g_str_has_suffix (parameters->sampler, "Exponential")))
        limn_import_set (&found->schedule, "discrete");
    }
  find_number (parameters, "CFG Rescale phi", &found->rescale);
  take_loras (found, parameters);
  take_edges (found, parameters);
  take_seed_size (found, parameters);
  note_strengths (found, parameters);
  note_extra (found, parameters);
  if (json)
    limn_import_read_sdcpp (found, json);
  return TRUE;
}
