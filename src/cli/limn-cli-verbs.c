/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Commands that do one thing to a picture that is there. Each is a request as limn-cli generate --init makes it, with values that suit it; what
 * they make can be made again like any other picture. */
#include "config.h"

#include "cli/limn-cli-options.h"
#include "cli/limn-cli-source.h"

#include "base/limn-error.h"
#include "image/limn-jpeg.h"
#include "session/limn-import.h"

#include <string.h>

/* What models of all known families want of a picture's sides. */
#define MULTIPLE 8

typedef struct
{
  const char *command;
  const char *suffix; /* of the name that a picture gets, behind that of its file */
  const char *summary;
  double      strength;
  LimnRestore restore;
} Verb;

static const Verb enlarge = {
  "enlarge", "enlarged",
  "Makes a picture two or four times as wide and high: scaled up, then painted over a little, window by window, so that edges are edges "
  "again. What is\npainted agrees with the picture: reduced to its size it is that picture, so that nothing appears that is larger than one "
  "of its pixels, unless --free\nallows that. The prompt is that of the settings in the file, if there are any and no other is given.",
  0.1, LIMN_RESTORE_ENLARGE,
};

static const Verb detail = {
  "detail", "detail",
  "Paints a little over a picture, window by window, at its own size: details become crisper, or others. The prompt is that of the settings "
  "in the file, if\nthere are any and no other is given.",
  0.3, LIMN_RESTORE_NONE,
};

static const Verb colorize = {
  "colorize", "colorized",
  "Gives a grey picture colours. Its lightness stays exactly as it is; the colours are those that the model sees in it, led by the prompt. "
  "What they\nreally were it cannot know.",
  0.75, LIMN_RESTORE_COLORIZE,
};

static const Verb restore = {
  "restore", "restored",
  "Removes the blocks and ripples of a JPEG that was saved too small. What it paints agrees with the file: saved again as that JPEG was, "
  "it would become\nthat JPEG, so that nothing is invented that the file denies. What it removes is no proof of what was there.",
  0.1, LIMN_RESTORE_JPEG,
};

typedef struct
{
  LimnCliOptions shared;
  char          *factor;
  char          *strength;
  gboolean       free;
} Options;

static void
options_clear (Options *options)
{
  limn_cli_options_clear (&options->shared);
  g_free (options->factor);
  g_free (options->strength);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* Of the settings in @path what they say of model and prompt; a picture without any is no failure. */
static LimnRequest *
begin_request (const char *path)
{
  g_autoptr(LimnImport) import = limn_import_new_for_file (path, MULTIPLE, NULL);
  LimnRequest *request;

  if (!import || !import->request)
    {
      request = limn_request_new ();
      request->seed = limn_cli_any_seed ();
      return request;
    }
  request = limn_request_copy (import->request);
  request->seed = import->has_seed ? limn_request_get_seed (request) : limn_cli_any_seed ();
  request->batch_count = 1;
  request->batch_index = 0;
  /* How that one was put together is no way for this one. */
  limn_request_set_source (request, NULL);
  request->tile = request->overlap = 0;
  return request;
}

/* @file: the JPEG. Its name stands in the errors. */
static gboolean
fill_file (LimnRequest *request, const char *path, GBytes *file, LimnStash *stash, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autoptr(LimnJpeg) jpeg = limn_jpeg_new (file, error);
  g_autofree char *id = NULL;

  if (!jpeg)
    {
      g_prefix_error (error, "“%s”: ", shown);
      return FALSE;
    }
  id = limn_stash_add_file (stash, file);
  limn_request_source_set_file (request->source, id);
  return TRUE;
}

/* @prompt: (nullable) */
static LimnRequest *
make_request (const Verb *verb, const Options *options, const char *path, const char *prompt, LimnStash *stash, GError **error)
{
  g_autoptr(LimnRequest) request = begin_request (path);
  g_autoptr(LimnRequestSource) source = NULL;
  g_autoptr(LimnImage) picture = NULL;
  g_autoptr(GBytes) file = NULL;
  g_autofree char *id = NULL;
  guint factor = verb == &enlarge ? 2 : 1;

  if (prompt)
    limn_request_set_prompt (request, prompt);
  if (!limn_cli_options_fill (&options->shared, request, error) ||
      !limn_cli_parse_count ("--factor", options->factor, &factor, error))
    return NULL;
  if (verb == &enlarge && factor != 2 && factor != 4)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--factor must be 2 or 4, not “%s”.", options->factor);
      return NULL;
    }
  /* Each window would be led to show all of the prompt: an empty sky gets a horizon of its own. Without a word guidance has nowhere to lead. */
  if (!options->shared.cfg && (verb != &colorize || (*request->prompt == '\0' && *request->negative == '\0')))
    {
      request->cfg = 1;
      request->open &= ~LIMN_REQUEST_OPEN_CFG;
    }
  picture = limn_cli_source_load (path, stash, &id, &file, error);
  if (!picture)
    return NULL;
  source = limn_request_source_new (id);
  source->strength = verb->strength;
  source->restore = options->free ? LIMN_RESTORE_NONE : verb->restore;
  if (options->strength && !limn_cli_parse_double ("--strength", options->strength, &source->strength, error))
    return NULL;
  limn_request_set_source (request, source);
  if ((verb->restore == LIMN_RESTORE_JPEG && !fill_file (request, path, file, stash, error)) ||
      !limn_cli_source_size (request, picture, factor, error) || !limn_request_check (request, error))
    return NULL;
  request->preview = LIMN_PREVIEW_NONE;
  return g_steal_pointer (&request);
}

/* "a/house.jpg" becomes "house-enlarged". */
static char *
name_result (const Verb *verb, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  char *dot = strrchr (name, '.');

  if (dot && dot != name)
    *dot = '\0';
  return g_strconcat (name, "-", verb->suffix, NULL);
}

static int
run (const Verb *verb, int argc, char **argv)
{
  g_auto(Options) options = { { NULL } };
  g_autofree char *about = g_strdup_printf ("How far from the picture it may go, 0 to 1 (default: %g)", verb->strength);
  const GOptionEntry factor = { "factor", 'f', 0, G_OPTION_ARG_FILENAME, &options.factor, "2, or 4 at once (default: 2; twice 2 is cleaner than once 4)", "N" };
  const GOptionEntry strength = { "strength", 0, 0, G_OPTION_ARG_FILENAME, &options.strength, about, "NUMBER" };
  const GOptionEntry free_hand = { "free", 0, 0, G_OPTION_ARG_NONE, &options.free,
                                   "The result need not agree with what is there: new things may appear, and past --strength 0.2 they will", NULL };
  const GOptionEntry none = { NULL };
  /* The first empty one ends the list. */
  const GOptionEntry own[] = { strength, verb == &detail ? none : free_hand, verb == &enlarge ? factor : none, none };
  g_autofree GOptionEntry *entries = limn_cli_options_list (&options.shared, NULL, FALSE, own);
  g_autofree char *samplers = limn_cli_samplers_text ();
  g_autofree char *more = g_strconcat (verb == &colorize ? "" : "Guidance (--cfg) is 1 here: the picture leads, the prompt only helps.\n\n",
                                       samplers, NULL);
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnRequest) request = NULL;
  g_autofree char *name = NULL;
  g_autoptr(GError) error = NULL;
  LimnCliMake make = { NULL };
  guint n_rest;
  char **rest;

  if (!limn_cli_parse (verb->command, verb == &restore ? "FILE.jpg [PROMPT]" : "FILE [PROMPT]", verb->summary, more, entries, argc, argv,
                       &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest == 0 || n_rest > 2)
    return limn_cli_usage (verb->command, n_rest == 0 ? "Which picture? There is no file."
                                                      : "There is more than one prompt; one with spaces needs quotes.");
  if (!limn_cli_progress_from_name (options.shared.progress, &make.progress, &error))
    return limn_cli_usage (verb->command, "%s", error->message);
  request = make_request (verb, &options, rest[0], n_rest > 1 ? rest[1] : NULL, stash, &error);
  if (!request)
    return limn_cli_progress_fail (make.progress, error);
  name = name_result (verb, rest[0]);
  make.name = name;
  return limn_cli_options_paint (&options.shared, verb->command, &make, request, stash, NULL);
}

int
limn_cli_enlarge (int argc, char **argv)
{
  return run (&enlarge, argc, argv);
}

int
limn_cli_detail (int argc, char **argv)
{
  return run (&detail, argc, argv);
}

int
limn_cli_colorize (int argc, char **argv)
{
  return run (&colorize, argc, argv);
}

int
limn_cli_restore (int argc, char **argv)
{
  return run (&restore, argc, argv);
}
