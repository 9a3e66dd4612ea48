/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-make.h"

#include "base/limn-error.h"
#include "library/limn-atomic-file.h"
#include "session/limn-import.h"
#include "session/limn-recipe.h"

#include <string.h>

/* As they were given; NULL or FALSE where they were not. Every string is raw bytes: GOption would refuse UTF-8 in the C locale. */
typedef struct
{
  char    *from;
  char    *negative;
  char    *seed;
  char    *steps;
  char    *sampler;
  char    *schedule;
  char    *eta;
  char    *cfg;
  char    *cfg_rescale;
  char    *syntax;
  char    *prediction;
  char    *size;
  char    *model;
  char    *batch;
  char    *rng;
  char    *precision;
  char    *device;
  char    *frames;
  char    *preview;
  char    *preview_every;
  gboolean preview_half;
  char    *latents;
  char    *checkpoint;
  char    *resume;
  char    *queue;
  char    *output;
  char    *progress;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->from);
  g_free (options->negative);
  g_free (options->seed);
  g_free (options->steps);
  g_free (options->sampler);
  g_free (options->schedule);
  g_free (options->eta);
  g_free (options->cfg);
  g_free (options->cfg_rescale);
  g_free (options->syntax);
  g_free (options->prediction);
  g_free (options->size);
  g_free (options->model);
  g_free (options->batch);
  g_free (options->rng);
  g_free (options->precision);
  g_free (options->device);
  g_free (options->frames);
  g_free (options->preview);
  g_free (options->preview_every);
  g_free (options->latents);
  g_free (options->checkpoint);
  g_free (options->resume);
  g_free (options->queue);
  g_free (options->output);
  g_free (options->progress);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* What models of all known families want of a picture's sides. */
#define MULTIPLE 8

/* 32 bits: all that PyTorch's generator looks at, and a number that people can copy. */
static guint64
any_seed (void)
{
  return g_random_int ();
}

/* Without @text what stands in *seed stays. */
static gboolean
parse_seed (const char *text, guint64 *seed, GError **error)
{
  if (!text)
    return TRUE;
  if (g_str_equal (text, "-1"))
    {
      *seed = any_seed ();
      return TRUE;
    }
  return limn_cli_parse_uint ("--seed", text, G_MAXUINT64, seed, error);
}

static gboolean
parse_count (const char *option, const char *text, guint *value, GError **error)
{
  guint64 number;

  if (!text)
    return TRUE;
  if (!limn_cli_parse_uint (option, text, G_MAXINT32, &number, error))
    return FALSE;
  *value = number;
  return TRUE;
}

/* How a picture is watched and kept, which is not part of what it is. */
static gboolean
fill_watching (LimnRequest *request, const Options *options, GError **error)
{
  if (!parse_count ("--preview-every", options->preview_every, &request->preview_every, error) ||
      (options->preview && !limn_preview_from_name (options->preview, &request->preview, error)))
    return FALSE;
  /* A frame that nobody sees costs as much as one that is kept. */
  if (!options->preview && !options->frames)
    request->preview = LIMN_PREVIEW_NONE;
  request->preview_half = options->preview_half;
  request->keep_latents = options->latents || options->checkpoint;
  return TRUE;
}

/* A request to begin with: empty, or that of the picture --from names, which is told what of it could not be honoured.
 * Returns: (transfer full): NULL with @error where there is none in it. */
static LimnRequest *
begin_request (const Options *options, GError **error)
{
  g_autoptr(LimnImport) import = NULL;
  LimnRequest *request;

  if (!options->from)
    {
      request = limn_request_new ();
      request->seed = any_seed ();
      return request;
    }
  import = limn_import_new_for_file (options->from, MULTIPLE, error);
  if (!import)
    return NULL;
  if (!import->request)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” holds no settings that Limn can read.%s%s", options->from,
                   import->notes->len > 0 ? " " : "",
                   import->notes->len > 0 ? (const char *) g_ptr_array_index (import->notes, 0) : "");
      return NULL;
    }
  for (guint i = 0; i < import->notes->len; i++)
    limn_cli_say ("Note: %s", (const char *) g_ptr_array_index (import->notes, i));

  request = limn_request_copy (import->request);
  /* One picture of a batch is asked for as if it had been asked for alone; where and how it is shown is today's choice. */
  request->seed = import->has_seed ? limn_request_get_seed (request) : any_seed ();
  request->batch_count = 1;
  request->batch_index = 0;
  request->preview = LIMN_PREVIEW_NOISY;
  request->preview_every = 1;
  return request;
}

/* What no option names keeps what begin_request() gave it.
 * @prompt: (nullable) */
static gboolean
fill_request (LimnRequest *request, const Options *options, const char *prompt, GError **error)
{
  if (prompt)
    limn_request_set_prompt (request, prompt);
  if (options->negative)
    limn_request_set_negative (request, options->negative);
  limn_request_set_device (request, options->device);
  /* What was said of another model or sampler does not hold for this one. */
  if (options->model)
    request->open |= LIMN_REQUEST_OPEN_PREDICTION;
  if (options->sampler)
    request->open |= LIMN_REQUEST_OPEN_ETA;
  if (options->model && g_str_equal (options->model, "starter"))
    limn_request_set_model (request, NULL);
  if (options->model && !g_str_equal (options->model, "starter"))
    {
      /* A recipe is read elsewhere: what "./model" meant is not known there. */
      g_autofree char *path = g_canonicalize_filename (options->model, NULL);

      limn_request_set_model (request, path);
    }
  if (!parse_seed (options->seed, &request->seed, error) ||
      !parse_count ("--steps", options->steps, &request->steps, error) ||
      !parse_count ("--batch", options->batch, &request->batch_count, error) ||
      (options->sampler && !limn_sampler_kind_from_name (options->sampler, &request->sampler, error)) ||
      (options->schedule && !limn_schedule_kind_from_name (options->schedule, &request->schedule, error)) ||
      (options->eta && !limn_cli_parse_double ("--eta", options->eta, &request->eta, error)) ||
      (options->cfg && !limn_cli_parse_double ("--cfg", options->cfg, &request->cfg, error)) ||
      (options->cfg_rescale && !limn_cli_parse_double ("--cfg-rescale", options->cfg_rescale, &request->cfg_rescale, error)) ||
      (options->syntax && !limn_prompt_syntax_from_name (options->syntax, &request->syntax, error)) ||
      (options->prediction && !limn_request_prediction_from_name (options->prediction, &request->prediction, error)) ||
      (options->size && !limn_cli_parse_size (options->size, &request->width, &request->height, error)) ||
      (options->rng && !limn_noise_kind_from_name (options->rng, &request->rng, error)) ||
      (options->precision && !limn_storage_from_name (options->precision, &request->storage, error)) ||
      !fill_watching (request, options, error))
    return FALSE;
  request->open &= ~((options->steps ? LIMN_REQUEST_OPEN_STEPS : 0) | (options->sampler ? LIMN_REQUEST_OPEN_SAMPLER : 0) |
                     (options->eta ? LIMN_REQUEST_OPEN_ETA : 0) | (options->cfg ? LIMN_REQUEST_OPEN_CFG : 0) |
                     (options->prediction ? LIMN_REQUEST_OPEN_PREDICTION : 0) | (options->size ? LIMN_REQUEST_OPEN_SIZE : 0));
  return limn_request_check (request, error);
}

/* Everything that the picture is stands in the file; a setting beside it would be another picture. */
static gboolean
check_alone (const Options *options, guint n_rest, GError **error)
{
  const struct
  {
    const char *name;
    gboolean    given;
  } others[] = {
    { "a prompt", n_rest > 0 },
    { "--from", options->from != NULL },
    { "--negative", options->negative != NULL },
    { "--seed", options->seed != NULL },
    { "--steps", options->steps != NULL },
    { "--sampler", options->sampler != NULL },
    { "--schedule", options->schedule != NULL },
    { "--eta", options->eta != NULL },
    { "--cfg", options->cfg != NULL },
    { "--cfg-rescale", options->cfg_rescale != NULL },
    { "--prompt-syntax", options->syntax != NULL },
    { "--prediction", options->prediction != NULL },
    { "--size", options->size != NULL },
    { "--model", options->model != NULL },
    { "--batch", options->batch != NULL },
    { "--rng", options->rng != NULL },
    { "--precision", options->precision != NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (others[i].given)
      {
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--resume goes on with the picture in its file; %s cannot be given beside it.",
                     others[i].name);
        return FALSE;
      }
  return TRUE;
}

/* (out) @request, @trajectory: of the file to go on from. */
static gboolean
load_resume (const Options *options, LimnRequest **request, GBytes **trajectory, GError **error)
{
  g_autoptr(LimnTrajectory) kept = NULL;
  g_autoptr(LimnRequest) found = NULL;
  g_autofree char *data = NULL;
  gsize length;

  if (!g_file_get_contents (options->resume, &data, &length, error))
    return FALSE;
  *trajectory = g_bytes_new_take (g_steal_pointer (&data), length);
  /* Once more from its file, whose name the errors then have. */
  kept = limn_trajectory_load (options->resume, error);
  if (!kept)
    return FALSE;
  found = limn_request_new_from_json (limn_trajectory_get_request (kept), options->resume, error);
  if (!found)
    return FALSE;
  /* One of a batch is the picture of its own seed. */
  found->seed = limn_request_get_seed (found);
  found->batch_index = 0;
  found->batch_count = 1;
  found->preview = LIMN_PREVIEW_NOISY;
  found->preview_every = 1;
  if (options->device)
    limn_request_set_device (found, options->device);
  *request = g_steal_pointer (&found);
  return TRUE;
}

int
limn_cli_generate (int argc, char **argv)
{
  g_auto(Options) options = { NULL };
  GOptionEntry entries[] = {
    { "from", 0, 0, G_OPTION_ARG_FILENAME, &options.from,
      "Settings of a PNG, JPEG or WebP, by whichever program it was made; a prompt and further options replace its own", "FILE" },
    { "negative", 'n', 0, G_OPTION_ARG_FILENAME, &options.negative, "What the picture should not show (default: nothing)", "TEXT" },
    { "seed", 's', 0, G_OPTION_ARG_FILENAME, &options.seed,
      "Where the noise begins, 0 to 18446744073709551615 (default, or -1: any; with --from the picture's)", "N" },
    { "steps", 0, 0, G_OPTION_ARG_FILENAME, &options.steps, "Steps from noise to picture, 1 to 999 (default: the model's)", "N" },
    { "sampler", 0, 0, G_OPTION_ARG_FILENAME, &options.sampler, "How a step is made; list below (default: the model's)", "NAME" },
    { "schedule", 0, 0, G_OPTION_ARG_FILENAME, &options.schedule, "Which noise levels; list below (default: model)", "NAME" },
    { "eta", 0, 0, G_OPTION_ARG_FILENAME, &options.eta,
      "Noise put back in each step, 0 to 10, for samplers that have it (default: below)", "NUMBER" },
    { "cfg", 0, 0, G_OPTION_ARG_FILENAME, &options.cfg,
      "Guidance scale, 0 to 1000; 1 is none and half the work (default: the model's)", "NUMBER" },
    { "cfg-rescale", 0, 0, G_OPTION_ARG_FILENAME, &options.cfg_rescale,
      "Takes back the contrast that guidance adds, 0 to 1 (default: 0)", "NUMBER" },
    { "prompt-syntax", 0, 0, G_OPTION_ARG_FILENAME, &options.syntax,
      "a1111: (a:1.2) [a] BREAK have a meaning; plain: no sign has one, 75 tokens (default: a1111)", "NAME" },
    { "prediction", 0, 0, G_OPTION_ARG_FILENAME, &options.prediction,
      "What the model predicts: epsilon, v or sample (default: what its config says)", "NAME" },
    { "size", 0, 0, G_OPTION_ARG_FILENAME, &options.size, "Width and height in pixels (default: the model's)", "WxH" },
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &options.model,
      "A model: a folder in the diffusers layout, or starter (default: starter)", "PATH" },
    { "batch", 0, 0, G_OPTION_ARG_FILENAME, &options.batch, "So many pictures, of seed, seed + 1, ... (default: 1)", "N" },
    { "rng", 0, 0, G_OPTION_ARG_FILENAME, &options.rng,
      "Whose noise a seed means: cpu as in ComfyUI and diffusers, cuda as in A1111 (default: cpu)", "NAME" },
    { "precision", 0, 0, G_OPTION_ARG_FILENAME, &options.precision,
      "f32, or f16: half the memory, sums in f32 (default: f32)", "NAME" },
    { "device", 'd', 0, G_OPTION_ARG_FILENAME, &options.device,
      "Number or part of a name from limn-cli devices (default: the first hardware)", "N|NAME" },
    { "frames", 0, 0, G_OPTION_ARG_FILENAME, &options.frames, "Writes each step's picture: DIR/step-001.png, ...", "DIR" },
    { "preview", 0, 0, G_OPTION_ARG_FILENAME, &options.preview,
      "What a frame shows: noisy, the latent as it is; predicted, the picture as the step sees it; none "
      "(default: noisy with --frames, else none)", "NAME" },
    { "preview-every", 0, 0, G_OPTION_ARG_FILENAME, &options.preview_every,
      "A frame after every n-th step only, from the first (default: 1)", "N" },
    { "preview-half", 0, 0, G_OPTION_ARG_NONE, &options.preview_half,
      "Frames of half the width and height, a quarter of the work; not the last", NULL },
    { "latents", 0, 0, G_OPTION_ARG_FILENAME, &options.latents,
      "Keeps every latent on the way, as safetensors in float64", "FILE" },
    { "checkpoint", 0, 0, G_OPTION_ARG_FILENAME, &options.checkpoint,
      "Keeps all that --resume needs, after every step, until the picture is there", "FILE" },
    { "resume", 0, 0, G_OPTION_ARG_FILENAME, &options.resume,
      "Goes on from a checkpoint, or any file of latents that is not finished; takes no prompt", "FILE" },
    { "queue", 0, 0, G_OPTION_ARG_FILENAME, &options.queue,
      "Paints nothing now, but adds it to the queue kept in this folder; limn-cli queue paints that", "DIR" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output,
      "The PNG; one that is there is replaced (default: the next free limn-SEED.png here)", "FILE" },
    { "progress", 0, 0, G_OPTION_ARG_FILENAME, &options.progress,
      "On stderr: bar, json (one object a line) or none (default: bar on a terminal, else none)", "NAME" },
    { NULL },
  };
  g_autofree char *more = limn_cli_samplers_text ();
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(GBytes) trajectory = NULL;
  g_autoptr(GError) error = NULL;
  LimnCliMake make = { NULL };
  guint n_rest;
  char **rest;

  if (!limn_cli_parse ("generate", "[PROMPT]",
                       "Makes a picture. Its name is printed on stdout. The PNG holds, as text, its settings as other programs "
                       "know\nthem (parameters), and all that limn-cli verify needs to make the same pixels again (limn).\n"
                       "With --batch, files are numbered: NAME-0001.png, ...",
                       more, entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if ((n_rest > 1 || (n_rest == 0 && !options.from)) && !options.resume)
    return limn_cli_usage ("generate", n_rest == 0 ? "What should the picture show? There is no prompt."
                                                   : "There is more than one prompt; one with spaces needs quotes.");
  if (!limn_cli_progress_from_name (options.progress, &make.progress, &error) ||
      (options.resume && !check_alone (&options, n_rest, &error)))
    return limn_cli_usage ("generate", "%s", error->message);
  if (options.resume)
    {
      if (!load_resume (&options, &request, &trajectory, &error))
        return limn_cli_progress_fail (make.progress, error);
      if (!fill_watching (request, &options, &error) || !limn_request_check (request, &error))
        return limn_cli_usage ("generate", "%s", error->message);
    }
  else
    {
      request = begin_request (&options, &error);
      if (!request)
        return limn_cli_progress_fail (make.progress, error);
      if (!fill_request (request, &options, n_rest > 0 ? rest[0] : NULL, &error))
        return limn_cli_usage ("generate", "%s", error->message);
    }
  if (options.queue && (options.resume || options.checkpoint || options.frames || options.latents || options.output))
    return limn_cli_usage ("generate", "--queue keeps everything in its own folder; --resume, --checkpoint, --frames, --latents and "
                                       "--output have no meaning beside it.");
  if (options.queue)
    return limn_cli_queue_add (options.queue, request);
  if (options.checkpoint && request->batch_count > 1)
    return limn_cli_usage ("generate", "--checkpoint is for one picture, not for a batch.");

  make.output = options.output;
  make.frames = options.frames;
  make.latents = options.latents;
  make.checkpoint = options.checkpoint;
  return limn_cli_make (&make, request, trajectory);
}
