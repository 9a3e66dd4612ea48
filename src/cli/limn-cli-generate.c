/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-start.h"

#include "base/limn-error.h"
#include "library/limn-atomic-file.h"
#include "session/limn-recipe.h"

#include <string.h>

/* As they were given; NULL or FALSE where they were not. Every string is raw bytes: GOption would refuse UTF-8 in the C locale. */
typedef struct
{
  LimnCliOptions  shared;
  LimnCliWatching watching;
  LimnCliStart    start;
  char           *batch;
  char           *resume;
} Options;

static void
options_clear (Options *options)
{
  limn_cli_options_clear (&options->shared);
  limn_cli_start_clear (&options->start);
  g_free (options->batch);
  limn_cli_watching_clear (&options->watching);
  g_free (options->resume);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* Everything that the picture is stands in the file; a setting beside it would be another picture. */
static gboolean
check_alone (const Options *options, guint n_rest, GError **error)
{
  const char *name = n_rest > 0                ? "a prompt"
                     : options->start.from     ? "--from"
                     : options->start.size     ? "--size"
                     : options->start.seamless ? "--seamless"
                     : options->batch          ? "--batch"
                                               : limn_cli_options_find (&options->shared);
  const char *found = limn_cli_source_find (&options->start.source);

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
  found->variation_seed = limn_request_get_variation_seed (found);
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

/* The pictures that @request is made from, each of which is known by what is in it. */
static gboolean
find_again (const Options *options, const LimnRequest *request, LimnStash *stash, GError **error)
{
  g_autoptr(GPtrArray) pictures = limn_cli_control_list_pictures (&options->start.control, error);

  if (!pictures)
    return FALSE;
  if (options->start.source.init)
    g_ptr_array_add (pictures, g_strdup (options->start.source.init));
  g_ptr_array_add (pictures, NULL);
  return limn_cli_source_find_again (request, NULL, (const char *const *) pictures->pdata,
                                     (const char *const[]){ options->start.source.mask, NULL }, stash, error);
}

int
limn_cli_generate (int argc, char **argv)
{
  g_auto(Options) options = { .batch = NULL };
  const GOptionEntry own[] = {
    { "batch", 0, 0, G_OPTION_ARG_FILENAME, &options.batch, "So many pictures, of seed, seed + 1, ... (default: 1)", "N" },
    { "resume", 0, 0, G_OPTION_ARG_FILENAME, &options.resume,
      "Goes on from a checkpoint, or any file of latents that is not finished; takes no prompt, but --init, --mask and --control again", "FILE" },
    { NULL },
  };
  g_autofree GOptionEntry *first = limn_cli_start_list (&options.start, own);
  g_autofree GOptionEntry *entries = limn_cli_options_list (&options.shared, &options.watching, FALSE, first);
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
  if ((n_rest > 1 || (n_rest == 0 && !options.start.from)) && !options.resume)
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
      if (!find_again (&options, request, stash, &error))
        return limn_cli_progress_fail (make.progress, error);
    }
  else
    {
      request = limn_cli_start_begin (&options.start, &start, &error);
      if (!request)
        return limn_cli_progress_fail (make.progress, error);
      if (!limn_cli_start_fill (&options.start, &options.shared, n_rest > 0 ? rest[0] : NULL, request, &error) ||
          !limn_cli_parse_count ("--batch", options.batch, &request->batch_count, &error) ||
          !limn_cli_watching_fill (&options.watching, request, &error) || !limn_request_check (request, &error))
        return limn_cli_usage ("generate", "%s", error->message);
      if (!limn_cli_start_fill_source (&options.start, &options.shared, start, request, stash, &error))
        return limn_cli_progress_fail (make.progress, error);
    }
  make.frames = options.watching.frames;
  make.latents = options.watching.latents;
  make.checkpoint = options.watching.checkpoint;
  return limn_cli_options_paint (&options.shared, "generate", &make, request, stash, trajectory);
}
