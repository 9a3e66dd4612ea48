/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-options.h"
#include "cli/limn-cli-source.h"

#include "base/limn-error.h"
#include "library/limn-atomic-file.h"
#include "session/limn-import.h"
#include "session/limn-recipe.h"

#include <string.h>

/* As they were given; NULL or FALSE where they were not. Every string is raw bytes: GOption would refuse UTF-8 in the C locale. */
typedef struct
{
  LimnCliOptions  shared;
  LimnCliWatching watching;
  LimnCliSource   source;
  char           *from;
  char           *size;
  char           *seamless;
  char           *batch;
  char           *resume;
} Options;

static void
options_clear (Options *options)
{
  limn_cli_options_clear (&options->shared);
  limn_cli_source_clear (&options->source);
  g_free (options->from);
  g_free (options->size);
  g_free (options->seamless);
  g_free (options->batch);
  limn_cli_watching_clear (&options->watching);
  g_free (options->resume);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* What models of all known families want of a picture's sides. */
#define MULTIPLE 8

/* A request to begin with: empty, or that of the picture --from names, which is told what of it could not be honoured.
 * @start: (out) (nullable): how another program painted over a picture.
 * Returns: (transfer full): NULL with @error where there is none in it. */
static LimnRequest *
begin_request (const Options *options, LimnRequestSource **start, GError **error)
{
  g_autoptr(LimnImport) import = NULL;
  LimnRequest *request;

  if (!options->from)
    {
      request = limn_request_new ();
      request->seed = limn_cli_any_seed ();
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
  *start = import->start ? limn_request_source_copy (import->start) : NULL;
  /* One picture of a batch is asked for as if it had been asked for alone; where and how it is shown is today's choice. */
  request->seed = import->has_seed ? limn_request_get_seed (request) : limn_cli_any_seed ();
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
  if (!limn_cli_options_fill (&options->shared, request, error) ||
      !limn_cli_parse_count ("--batch", options->batch, &request->batch_count, error) ||
      (options->size && !limn_cli_parse_size ("--size", options->size, &request->width, &request->height, error)) ||
      !limn_cli_watching_fill (&options->watching, request, error))
    return FALSE;
  if (options->size)
    request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  if (options->seamless)
    {
      request->wrap_x = strchr (options->seamless, 'x') != NULL;
      request->wrap_y = strchr (options->seamless, 'y') != NULL;
      if (!g_strv_contains ((const char *const[]){ "x", "y", "xy", NULL }, options->seamless))
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--seamless must be x, y or xy, not “%s”.", options->seamless);
          return FALSE;
        }
    }
  return limn_request_check (request, error);
}

/* What the picture starts from: named by options, or by the recipe that --from gave, which may carry it. */
static gboolean
fill_source (LimnRequest *request, const Options *options, const LimnRequestSource *start, LimnStash *stash, GError **error)
{
  if (request->source && !options->source.init)
    {
      g_autoptr(LimnRequest) wanted = limn_request_copy (request);

      /* Another mask is given: that of the recipe is not missed. */
      if (options->source.mask)
        limn_request_source_set_mask (wanted->source, NULL);
      if (!limn_cli_source_find_again (wanted, options->from, NULL, NULL, stash, error))
        return FALSE;
    }
  return limn_cli_source_fill (&options->source, request, start, options->size != NULL, stash, error) &&
         limn_request_check (request, error);
}

/* Everything that the picture is stands in the file; a setting beside it would be another picture. */
static gboolean
check_alone (const Options *options, guint n_rest, GError **error)
{
  const char *name = n_rest > 0         ? "a prompt"
                     : options->from     ? "--from"
                     : options->size     ? "--size"
                     : options->seamless ? "--seamless"
                     : options->batch    ? "--batch"
                                         : limn_cli_options_find (&options->shared);
  const char *found = limn_cli_source_find (&options->source);

  /* Picture and mask themselves do not stand in it, only what they are. */
  if (!name && found && !g_str_equal (found, "--mask"))
    name = found;
  if (!name)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--resume goes on with the picture in its file; %s cannot be given beside it.", name);
  return FALSE;
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
  if (options->shared.device)
    limn_request_set_device (found, options->shared.device);
  *request = g_steal_pointer (&found);
  return TRUE;
}

int
limn_cli_generate (int argc, char **argv)
{
  g_auto(Options) options = { NULL };
  const GOptionEntry own[] = {
    { "from", 0, 0, G_OPTION_ARG_FILENAME, &options.from,
      "Settings of a PNG, JPEG or WebP, by whichever program it was made; a prompt and further options replace its own", "FILE" },
    { "size", 0, 0, G_OPTION_ARG_FILENAME, &options.size,
      "Width and height in pixels (default: the model's; with --init the picture's, which is scaled to any other)", "WxH" },
    { "init", 'i', 0, G_OPTION_ARG_FILENAME, &options.source.init,
      "Starts from this PNG, JPEG, WebP or TIFF instead of from nothing; turned and coloured as its Exif and profile say", "FILE" },
    { "strength", 0, 0, G_OPTION_ARG_FILENAME, &options.source.strength,
      "How far from it the picture may go, 0 to 1: 0 is that picture, 1 begins from pure noise (default: 0.75)", "NUMBER" },
    { "mask", 0, 0, G_OPTION_ARG_FILENAME, &options.source.mask,
      "Where it may change: white fully, grey less, black not at all, to the last bit (default: everywhere)", "FILE" },
    { "mask-fit", 0, 0, G_OPTION_ARG_FILENAME, &options.source.mask_fit,
      "What becomes of a mask of another size than the picture: scale, or pad (in the upper left corner; default: an error)", "NAME" },
    { "mask-mode", 0, 0, G_OPTION_ARG_FILENAME, &options.source.mask_mode,
      "What is under the mask at first: original; blurred, the colours around it; noise; empty, flat grey (default: original)", "NAME" },
    { "feather", 0, 0, G_OPTION_ARG_FILENAME, &options.source.feather,
      "Pixels inside the mask's edge over which old passes into new (default: 8)", "N" },
    { "only-masked", 0, 0, G_OPTION_ARG_NONE, &options.source.only_masked,
      "Works on the masked part alone, enlarged to the size that the model likes: small things get all its detail", NULL },
    { "padding", 0, 0, G_OPTION_ARG_FILENAME, &options.source.padding,
      "Pixels around it that the model sees then (default: 32)", "N" },
    { "outpaint", 0, 0, G_OPTION_ARG_FILENAME, &options.source.outpaint,
      "Adds so many pixels on the left, above, on the right and below, and paints them", "L,T,R,B" },
    { "blend", 0, 0, G_OPTION_ARG_FILENAME, &options.source.blend,
      "Lets so many old pixels beside what --outpaint adds change too, less and less, so that old and new pass into each other (default: 0)",
      "N" },
    { "seamless", 0, 0, G_OPTION_ARG_FILENAME, &options.seamless,
      "Edges that fit together: x left and right, y upper and lower, xy both", "NAME" },
    { "batch", 0, 0, G_OPTION_ARG_FILENAME, &options.batch, "So many pictures, of seed, seed + 1, ... (default: 1)", "N" },
    { "resume", 0, 0, G_OPTION_ARG_FILENAME, &options.resume,
      "Goes on from a checkpoint, or any file of latents that is not finished; takes no prompt, but --init and --mask again", "FILE" },
    { NULL },
  };
  g_autofree GOptionEntry *entries = limn_cli_options_list (&options.shared, &options.watching, FALSE, own);
  g_autofree char *more = limn_cli_samplers_text ();
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(LimnRequestSource) start = NULL;
  g_autoptr(GBytes) trajectory = NULL;
  g_autoptr(GError) error = NULL;
  LimnCliMake make = { NULL };
  guint n_rest;
  char **rest;

  if (!limn_cli_parse ("generate", "[PROMPT]",
                       "Makes a picture, from nothing or (--init) from another one. Its name is printed on stdout. The PNG holds, as text, its "
                       "settings as\nother programs know them (parameters), and all that limn-cli verify needs to make the same pixels again "
                       "(limn).\nWith --batch, files are numbered: NAME-0001.png, ...",
                       more, entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if ((n_rest > 1 || (n_rest == 0 && !options.from)) && !options.resume)
    return limn_cli_usage ("generate", n_rest == 0 ? "What should the picture show? There is no prompt."
                                                   : "There is more than one prompt; one with spaces needs quotes.");
  if (!limn_cli_progress_from_name (options.shared.progress, &make.progress, &error) ||
      (options.resume && !check_alone (&options, n_rest, &error)))
    return limn_cli_usage ("generate", "%s", error->message);
  if (options.resume)
    {
      if (!load_resume (&options, &request, &trajectory, &error))
        return limn_cli_progress_fail (make.progress, error);
      if (!limn_cli_watching_fill (&options.watching, request, &error) || !limn_request_check (request, &error))
        return limn_cli_usage ("generate", "%s", error->message);
      if (!limn_cli_source_find_again (request, NULL, (const char *const[]){ options.source.init, NULL },
                                       (const char *const[]){ options.source.mask, NULL }, stash, &error))
        return limn_cli_progress_fail (make.progress, error);
    }
  else
    {
      request = begin_request (&options, &start, &error);
      if (!request)
        return limn_cli_progress_fail (make.progress, error);
      if (!fill_request (request, &options, n_rest > 0 ? rest[0] : NULL, &error))
        return limn_cli_usage ("generate", "%s", error->message);
      if (!fill_source (request, &options, start, stash, &error))
        return limn_cli_progress_fail (make.progress, error);
    }
  make.frames = options.watching.frames;
  make.latents = options.watching.latents;
  make.checkpoint = options.watching.checkpoint;
  return limn_cli_options_paint (&options.shared, "generate", &make, request, stash, trajectory);
}
