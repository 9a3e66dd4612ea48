/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-options.h"

#include "base/limn-error.h"
#include "cli/limn-cli-forecast.h"
#include "cli/limn-cli-recipe.h"
#include "session/limn-model-scan.h"
#include "session/limn-request-files.h"
#include "session/limn-request-lora.h"
#include "session/limn-request-word.h"

#include <string.h>

void
limn_cli_options_clear (LimnCliOptions *options)
{
  g_free (options->negative);
  g_free (options->seed);
  g_free (options->variation_seed);
  g_free (options->variation_strength);
  g_free (options->seed_size);
  g_free (options->steps);
  g_free (options->sampler);
  g_free (options->schedule);
  g_free (options->eta);
  g_free (options->cfg);
  g_free (options->cfg_rescale);
  g_free (options->syntax);
  g_free (options->clip_skip);
  g_free (options->prediction);
  g_free (options->vae);
  g_free (options->family);
  g_free (options->model);
  g_strfreev (options->models);
  g_strfreev (options->loras);
  g_free (options->rng);
  g_free (options->precision);
  g_free (options->device);
  g_free (options->tile);
  g_free (options->overlap);
  g_free (options->queue);
  g_free (options->output);
  g_free (options->progress);
}

void
limn_cli_watching_clear (LimnCliWatching *watching)
{
  g_free (watching->frames);
  g_free (watching->preview);
  g_free (watching->preview_every);
  g_free (watching->latents);
  g_free (watching->checkpoint);
}

gboolean
limn_cli_watching_fill (const LimnCliWatching *watching, LimnRequest *request, GError **error)
{
  if (!limn_cli_parse_count ("--preview-every", watching->preview_every, &request->preview_every, error) ||
      (watching->preview && !limn_preview_from_name (watching->preview, &request->preview, error)))
    return FALSE;
  /* A frame that nobody sees costs as much as one that is kept. */
  if (!watching->preview)
    request->preview = watching->frames ? LIMN_PREVIEW_NOISY : LIMN_PREVIEW_NONE;
  request->preview_half = watching->preview_half;
  request->keep_latents = watching->latents || watching->checkpoint;
  return TRUE;
}

static void
append_watching (LimnCliWatching *watching, GArray *all)
{
  const GOptionEntry entries[] = {
    { "frames", 0, 0, G_OPTION_ARG_FILENAME, &watching->frames, "Writes each step's picture: DIR/step-001.png, ...", "DIR" },
    { "preview", 0, 0, G_OPTION_ARG_FILENAME, &watching->preview,
      "What a frame shows: noisy, the latent as it is; predicted, the picture as the step sees it; none "
      "(default: noisy with --frames, else none)", "NAME" },
    { "preview-every", 0, 0, G_OPTION_ARG_FILENAME, &watching->preview_every,
      "A frame after every n-th step only, from the first (default: 1)", "N" },
    { "preview-half", 0, 0, G_OPTION_ARG_NONE, &watching->preview_half,
      "Frames of half the width and height, a quarter of the work; not the last", NULL },
    { "latents", 0, 0, G_OPTION_ARG_FILENAME, &watching->latents,
      "Keeps every latent on the way, as safetensors in float64; what branch and vary go on from without computing a step again", "FILE" },
    { "checkpoint", 0, 0, G_OPTION_ARG_FILENAME, &watching->checkpoint,
      "Keeps all that --resume needs, after every step, until the picture is there", "FILE" },
  };

  g_array_append_vals (all, entries, G_N_ELEMENTS (entries));
}

/* What the picture has that another one goes on from. */
static const char *const settled[] = { "seed", "variation-seed", "variation-strength", "seed-size", "prediction", "vae", "family", "rng", "precision", "tile",
                                       "overlap", NULL };

gboolean
limn_cli_options_check_onward (const LimnCliOptions *options, GError **error)
{
  const char *const given[] = { options->seed, options->variation_seed, options->variation_strength, options->seed_size, options->prediction,
                                options->vae, options->family, options->rng, options->precision, options->tile, options->overlap };

  G_STATIC_ASSERT (G_N_ELEMENTS (given) + 1 == G_N_ELEMENTS (settled));
  for (guint i = 0; i < G_N_ELEMENTS (given); i++)
    if (given[i])
      {
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                     "--%s cannot be changed in a branch: it comes from the first picture. Leave it out, or use generate.", settled[i]);
        return FALSE;
      }
  return TRUE;
}

GOptionEntry *
limn_cli_options_list (LimnCliOptions *options, LimnCliWatching *watching, gboolean onward, const GOptionEntry *own)
{
  const GOptionEntry shared[] = {
    { "negative", 'n', 0, G_OPTION_ARG_FILENAME, &options->negative, "What the picture should not show (default: nothing)", "TEXT" },
    { "seed", 's', 0, G_OPTION_ARG_FILENAME, &options->seed,
      "Where the noise begins, 0 to 18446744073709551615 (default, or -1: any; or that of the settings in a file)", "N" },
    { "variation-seed", 0, 0, G_OPTION_ARG_FILENAME, &options->variation_seed,
      "Turns the noise towards that of another seed: the same picture, a little otherwise (default, or -1: any)", "N" },
    { "variation-strength", 0, 0, G_OPTION_ARG_FILENAME, &options->variation_strength,
      "How far, 0 to 1: 0 not at all, 1 is the picture of the other seed (default: 0; with --variation-seed 0.1)", "NUMBER" },
    { "seed-size", 0, 0, G_OPTION_ARG_FILENAME, &options->seed_size,
      "Takes the noise of a picture of this size, in the middle of this one's: its composition stays at another size", "WxH" },
    { "steps", 0, 0, G_OPTION_ARG_FILENAME, &options->steps, "Steps from noise to picture, 1 to 999 (default: the model's)", "N" },
    { "sampler", 0, 0, G_OPTION_ARG_FILENAME, &options->sampler, "How a step is made; list below (default: the model's)", "NAME" },
    { "schedule", 0, 0, G_OPTION_ARG_FILENAME, &options->schedule, "Which noise levels; list below (default: model)", "NAME" },
    { "eta", 0, 0, G_OPTION_ARG_FILENAME, &options->eta,
      "Noise put back in each step, 0 to 10, for samplers that have it (default: below)", "NUMBER" },
    { "cfg", 0, 0, G_OPTION_ARG_FILENAME, &options->cfg,
      "Guidance scale, 0 to 1000; 1 is none and half the work (default: the model's)", "NUMBER" },
    { "cfg-rescale", 0, 0, G_OPTION_ARG_FILENAME, &options->cfg_rescale,
      "Takes back the contrast that guidance adds, 0 to 1 (default: 0)", "NUMBER" },
    { "prompt-syntax", 0, 0, G_OPTION_ARG_FILENAME, &options->syntax,
      "a1111: (a:1.2) [a] [a:b:0.5] [a|b] AND BREAK have a meaning; plain: no sign has one, 75 tokens (default: a1111)", "NAME" },
    { "clip-skip", 0, 0, G_OPTION_ARG_FILENAME, &options->clip_skip,
      "Which of the text encoder's layers is the last: 1 the last one, 2 the one before, up to 12 (default, or 0: what the model says)", "N" },
    { "prediction", 0, 0, G_OPTION_ARG_FILENAME, &options->prediction,
      "What the model predicts: epsilon, v or sample (default: what its config says)", "NAME" },
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &options->model,
      "A model: a file, a folder in the diffusers layout, the name of one that comes with Limn or lies in a folder of --models, or "
      "starter (default: starter)", "PATH" },
    { "vae", 0, 0, G_OPTION_ARG_FILENAME, &options->vae,
      "A VAE in the place of the model's own: a file, a folder, or the name of one in the folders of --models", "PATH" },
    { "family", 0, 0, G_OPTION_ARG_FILENAME, &options->family,
      "What the model is, where its tensors do not tell: sdxl-turbo, sdxl-lightning, sdxl-lcm; see limn-cli info (default: what its notes say)", "ID" },
    { "models", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->models,
      "A folder of models and what belongs to them, which names then stand for; may be given several times, the first goes first", "DIR" },
    { "lora", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->loras,
      "A LoRA, a file or the name of one that comes with Limn or lies in a folder of --models; how strongly it works on the UNet and on the text "
      "encoder (default: 1, and as on the UNet); may be given several times; none: without those of the settings in a file. The prompt may say <lora:NAME:0.8>", "PATH[:0.8[:0.6]]" },
    { "rng", 0, 0, G_OPTION_ARG_FILENAME, &options->rng,
      "Whose noise a seed means: cpu as in ComfyUI and diffusers, cuda as in A1111 (default: cpu)", "NAME" },
    { "precision", 0, 0, G_OPTION_ARG_FILENAME, &options->precision,
      "f32, or f16: half the memory, sums in f32 (default: f32)", "NAME" },
    { "tile", 0, 0, G_OPTION_ARG_FILENAME, &options->tile,
      "Shows the network windows of so many pixels a side, 64 or more, instead of the whole (default: what is larger than the model "
      "likes is shown so where there is a picture to start from, else the whole)", "N" },
    { "overlap", 0, 0, G_OPTION_ARG_FILENAME, &options->overlap, "Pixels that neighbouring windows share (default: half a tile)", "N" },
    { "device", 'd', 0, G_OPTION_ARG_FILENAME, &options->device,
      "Number or part of a name from limn-cli devices (default: the first hardware)", "N|NAME" },
    { "embed-source", 0, 0, G_OPTION_ARG_NONE, &options->embed,
      "Keeps the picture and the mask that it starts from inside the PNG, up to 24 MiB, so that verify needs nothing else", NULL },
    { "queue", 0, 0, G_OPTION_ARG_FILENAME, &options->queue,
      "Paints nothing now, but adds it to the queue kept in this folder; limn-cli queue paints that", "DIR" },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &options->dry_run,
      "Paints nothing and reads no weights, but tells what it would take: memory, and whether that is there (status 5: it is not)", NULL },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      "The PNG; one that is there is replaced (default: the next free name here, from the seed or the file)", "FILE" },
    { "progress", 0, 0, G_OPTION_ARG_FILENAME, &options->progress,
      "On stderr: bar, json (one object a line) or none (default: bar on a terminal, else none)", "NAME" },
  };
  g_autoptr(GArray) all = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  for (; own && own->long_name; own++)
    g_array_append_vals (all, own, 1);
  if (watching)
    append_watching (watching, all);
  for (guint i = 0; i < G_N_ELEMENTS (shared); i++)
    {
      g_array_append_val (all, shared[i]);
      if (onward && g_strv_contains (settled, shared[i].long_name))
        g_array_index (all, GOptionEntry, all->len - 1).flags |= G_OPTION_FLAG_HIDDEN;
    }
  return (GOptionEntry *) g_array_free (g_steal_pointer (&all), FALSE);
}

const char *
limn_cli_options_find (const LimnCliOptions *options)
{
  const struct
  {
    const char *name;
    const char *given;
  } all[] = {
    { "--negative", options->negative },
    { "--seed", options->seed },
    { "--variation-seed", options->variation_seed },
    { "--variation-strength", options->variation_strength },
    { "--seed-size", options->seed_size },
    { "--steps", options->steps },
    { "--sampler", options->sampler },
    { "--schedule", options->schedule },
    { "--eta", options->eta },
    { "--cfg", options->cfg },
    { "--cfg-rescale", options->cfg_rescale },
    { "--prompt-syntax", options->syntax },
    { "--clip-skip", options->clip_skip },
    { "--prediction", options->prediction },
    { "--model", options->model },
    { "--vae", options->vae },
    { "--family", options->family },
    { "--lora", options->loras ? options->loras[0] : NULL },
    { "--rng", options->rng },
    { "--precision", options->precision },
    { "--tile", options->tile },
    { "--overlap", options->overlap },
  };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i].given)
      return all[i].name;
  return NULL;
}

guint64
limn_cli_any_seed (void)
{
  return g_random_int ();
}

gboolean
limn_cli_parse_count (const char *option, const char *text, guint *value, GError **error)
{
  guint64 number;

  if (!text)
    return TRUE;
  if (!limn_cli_parse_uint (option, text, G_MAXINT32, &number, error))
    return FALSE;
  *value = number;
  return TRUE;
}

static gboolean
parse_seed (const char *option, const char *text, guint64 *seed, GError **error)
{
  if (!text)
    return TRUE;
  if (g_str_equal (text, "-1"))
    {
      *seed = limn_cli_any_seed ();
      return TRUE;
    }
  return limn_cli_parse_uint (option, text, G_MAXUINT64, seed, error);
}

/* What a strength is for that nobody named: a difference that one sees, of the same picture. */
#define VARIATION_STRENGTH 0.1

static gboolean
fill_seeds (const LimnCliOptions *options, LimnRequest *request, GError **error)
{
  gboolean varied = request->variation_strength > 0;

  if (!parse_seed ("--seed", options->seed, &request->seed, error) ||
      !parse_seed ("--variation-seed", options->variation_seed, &request->variation_seed, error) ||
      (options->seed_size &&
       !limn_cli_parse_size ("--seed-size", options->seed_size, &request->seed_width, &request->seed_height, error)))
    return FALSE;
  if (options->variation_strength)
    {
      if (!limn_cli_parse_double ("--variation-strength", options->variation_strength, &request->variation_strength, error))
        return FALSE;
      if (!options->variation_seed && !varied)
        request->variation_seed = limn_cli_any_seed ();
    }
  else if (options->variation_seed && !varied)
    request->variation_strength = VARIATION_STRENGTH;
  return TRUE;
}

LimnResources *
limn_cli_options_dup_resources (const LimnCliOptions *options, GError **error)
{
  g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(LimnModelScan) scan = NULL;
  g_autoptr(LimnFileNotes) notes = NULL;

  for (guint i = 0; options->models && options->models[i]; i++)
    g_ptr_array_add (folders, g_canonicalize_filename (options->models[i], NULL));
  g_ptr_array_add (folders, NULL);
  notes = limn_file_notes_new (NULL);
  scan = limn_model_scan ((const char *const *) folders->pdata, NULL, notes, NULL, error);
  if (!scan)
    return NULL;
  if (scan->missing->len > 0)
    {
      g_autofree char *name = g_filename_display_name (scan->missing->pdata[0]);

      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--models: there is no folder “%s”.", name);
      return NULL;
    }
  return limn_model_scan_make_resources (scan->files);
}

/* (transfer full): A recipe is read elsewhere: what "./model" meant is not known there. */
static char *
dup_place (const LimnCliOptions *options, LimnResourceKind kind, const char *name, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (name, NULL);
  g_autoptr(LimnResources) resources = NULL;
  const char *found;
  gboolean is_name;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  resources = limn_cli_options_dup_resources (options, error);
  if (!resources)
    return NULL;
  /* Who named no folder, and neither a name, meant a file; that it is not there is said when it is opened. */
  is_name = options->models || !strpbrk (name, "/.");
  found = limn_resources_find (resources, kind, name, is_name ? error : NULL);
  return found || is_name ? g_strdup (found) : g_steal_pointer (&path);
}

static gboolean
fill_model (const LimnCliOptions *options, LimnRequest *request, GError **error)
{
  limn_request_set_device (request, options->device);
  /* What was said of another model does not hold for this one. */
  if (options->model)
    request->open |= LIMN_REQUEST_OPEN_PREDICTION;
  if (options->model && g_str_equal (options->model, "starter"))
    limn_request_set_model (request, NULL);
  if (options->model && !g_str_equal (options->model, "starter"))
    {
      g_autofree char *path = dup_place (options, LIMN_RESOURCE_MODEL, options->model, error);

      if (!path)
        return FALSE;
      limn_request_set_model (request, path);
    }
  if (options->family)
    limn_request_set_family (request, options->family);
  if (options->vae)
    {
      g_autofree char *path = dup_place (options, LIMN_RESOURCE_VAE, options->vae, error);

      if (!path)
        return FALSE;
      limn_request_set_vae (request, path);
    }
  return TRUE;
}

/* Cuts off ":0.8" at the end of @text where that is a number; a path may have a colon too. */
static gboolean
cut_strength (char *text, double *strength)
{
  char *colon = strrchr (text, ':');
  char *end;
  double value;

  if (!colon || colon == text || !(g_ascii_isdigit (colon[1]) || strchr ("+-.", colon[1])))
    return FALSE;
  value = g_ascii_strtod (colon + 1, &end);
  if (*end != '\0' || end == colon + 1)
    return FALSE;
  *colon = '\0';
  *strength = value;
  return TRUE;
}

static gboolean
add_lora (const LimnResources *resources, const char *given, LimnRequest *request, GError **error)
{
  g_autofree char *text = g_strdup (given);
  g_autofree char *path = NULL;
  double strength = 1, text_strength = 1, last;
  const char *found;

  /* PATH:a:b is read from its end; what is a file as it stands has no strength. */
  if (!g_file_test (text, G_FILE_TEST_EXISTS) && cut_strength (text, &last))
    {
      strength = text_strength = last;
      if (cut_strength (text, &strength))
        text_strength = last;
    }
  path = g_canonicalize_filename (text, NULL);
  found = path;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    found = limn_resources_find (resources, LIMN_RESOURCE_LORA, text, error);
  if (!found)
    return FALSE;
  limn_request_add_lora (request, found, strength, text_strength);
  return TRUE;
}

/* --lora replaces what the settings of a file have beside the prompt. What the prompt says is looked up in any case, learned words too. */
static gboolean
fill_loras (const LimnCliOptions *options, const LimnResources *resources, LimnRequest *request, GError **error)
{
  if (options->loras)
    limn_request_clear_loras (request, FALSE);
  for (guint i = 0; options->loras && options->loras[i]; i++)
    if (!g_str_equal (options->loras[i], "none") && !add_lora (resources, options->loras[i], request, error))
      return FALSE;
  limn_request_resolve_words (request, resources);
  return limn_request_resolve_loras (request, resources, error);
}

/* Half a window: no place is near the edges of all that see it. */
static gboolean
fill_tiles (const LimnCliOptions *options, LimnRequest *request, GError **error)
{
  if (options->overlap && !options->tile)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--overlap works only together with --tile, as in --tile 512 --overlap 64.");
      return FALSE;
    }
  if (!limn_cli_parse_count ("--tile", options->tile, &request->tile, error))
    return FALSE;
  if (options->tile)
    request->overlap = request->tile / 2;
  return limn_cli_parse_count ("--overlap", options->overlap, &request->overlap, error);
}

/* What may change on the way. */
static gboolean
fill_way (const LimnCliOptions *options, LimnRequest *request, GError **error)
{
  if (options->negative)
    limn_request_set_negative (request, options->negative);
  if (options->sampler)
    request->open |= LIMN_REQUEST_OPEN_ETA;
  if (!limn_cli_parse_count ("--steps", options->steps, &request->steps, error) ||
      (options->sampler && !limn_sampler_kind_from_name (options->sampler, &request->sampler, error)) ||
      (options->schedule && !limn_schedule_kind_from_name (options->schedule, &request->schedule, error)) ||
      (options->eta && !limn_cli_parse_double ("--eta", options->eta, &request->eta, error)) ||
      (options->cfg && !limn_cli_parse_double ("--cfg", options->cfg, &request->cfg, error)) ||
      (options->cfg_rescale && !limn_cli_parse_double ("--cfg-rescale", options->cfg_rescale, &request->cfg_rescale, error)) ||
      (options->syntax && !limn_prompt_syntax_from_name (options->syntax, &request->syntax, error)) ||
      !limn_cli_parse_count ("--clip-skip", options->clip_skip, &request->clip_skip, error))
    return FALSE;
  request->open &= ~((options->steps ? LIMN_REQUEST_OPEN_STEPS : 0) | (options->sampler ? LIMN_REQUEST_OPEN_SAMPLER : 0) |
                     (options->eta ? LIMN_REQUEST_OPEN_ETA : 0) | (options->cfg ? LIMN_REQUEST_OPEN_CFG : 0));
  return TRUE;
}

gboolean
limn_cli_options_fill_onward (const LimnCliOptions *options, LimnRequest *request, GError **error)
{
  g_autoptr(LimnResources) resources = NULL;

  return limn_cli_options_check_onward (options, error) && (resources = limn_cli_options_dup_resources (options, error)) &&
         fill_way (options, request, error) && fill_loras (options, resources, request, error);
}

gboolean
limn_cli_options_fill (const LimnCliOptions *options, LimnRequest *request, GError **error)
{
  g_autoptr(LimnResources) resources = limn_cli_options_dup_resources (options, error);

  if (!resources)
    return FALSE;
  /* What is nowhere is said when it is opened, if no option takes its place. */
  limn_cli_recipe_find_moved (request, resources, NULL, NULL);
  if (!fill_model (options, request, error) || !fill_seeds (options, request, error) || !fill_way (options, request, error) ||
      (options->prediction && !limn_request_prediction_from_name (options->prediction, &request->prediction, error)) ||
      (options->rng && !limn_noise_kind_from_name (options->rng, &request->rng, error)) ||
      (options->precision && !limn_storage_from_name (options->precision, &request->storage, error)) ||
      !fill_tiles (options, request, error) || !fill_loras (options, resources, request, error))
    return FALSE;
  if (options->prediction)
    request->open &= ~LIMN_REQUEST_OPEN_PREDICTION;
  return TRUE;
}

int
limn_cli_options_paint (const LimnCliOptions *options,
                        const char           *command,
                        LimnCliMake          *make,
                        const LimnRequest    *request,
                        LimnStash            *stash,
                        GBytes               *trajectory)
{
  g_autoptr(GArray) files = limn_request_list_files (request);

  if (options->embed && files->len == 0)
    return limn_cli_usage (command, "--embed-source keeps what a picture starts from; there is nothing of the kind.");
  if (options->queue && (trajectory || make->steps || make->checkpoint || make->frames || make->latents || options->output || options->embed))
    return limn_cli_usage (command, "--queue keeps everything in its own folder; --resume, --checkpoint, --frames, --latents, --steps-file, "
                                    "--embed-source and --output have no meaning beside it.");
  if (options->queue && options->dry_run)
    return limn_cli_usage (command, "--dry-run paints nothing; what is put into a queue is painted.");
  if (options->queue)
    return limn_cli_queue_add (options->queue, request, stash);
  if (options->dry_run)
    return limn_cli_forecast (request, stash, make->progress);
  if (make->checkpoint && request->batch_count > 1)
    return limn_cli_usage (command, "--checkpoint is for one picture, not for a batch.");
  make->output = options->output;
  make->stash = stash;
  make->embed = options->embed;
  return limn_cli_make (make, request, trajectory);
}
