/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-branch.h"
#include "cli/limn-cli-recipe.h"
#include "cli/limn-cli-sheet.h"
#include "cli/limn-cli-start.h"

#include "base/limn-error.h"

#include <string.h>

typedef struct
{
  LimnCliOptions    shared;
  LimnCliStart      start;
  LimnCliBranch     branch;
  LimnCliSheetPlace place;
  char             *sheet;
  char             *x;
  char             *y;
} Options;

static void
options_clear (Options *options)
{
  limn_cli_options_clear (&options->shared);
  limn_cli_start_clear (&options->start);
  limn_cli_branch_clear (&options->branch);
  limn_cli_sheet_place_clear (&options->place);
  g_free (options->sheet);
  g_free (options->x);
  g_free (options->y);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* "cfg=1-9". (out) @axis: NULL without @text. */
static gboolean
parse_axis (const char *option, const char *text, const LimnRequest *base, LimnSheetAxis **axis, GError **error)
{
  const char *equals = text ? strchr (text, '=') : NULL;
  g_autofree char *name = equals ? g_strndup (text, equals - text) : NULL;
  LimnSheetField field;

  *axis = NULL;
  if (!text)
    return TRUE;
  if (!equals)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "%s must be a setting and its values, as “cfg=1-9”; not “%s”.", option, text);
      return FALSE;
    }
  if (!limn_sheet_field_from_name (g_strstrip (name), &field, error))
    return FALSE;
  *axis = limn_sheet_axis_new_parse (field, equals + 1, base, error);
  return *axis != NULL;
}

/* What all cells have in common: made from nothing, or from a picture's step on. Nothing is open in it. */
static LimnRequest *
make_base (const Options *options, const char *prompt, LimnSession *session, LimnStash *stash, GCancellable *cancellable, GError **error)
{
  g_autoptr(LimnRequestSource) painted_over = NULL;
  g_autoptr(LimnRequest) request = NULL;

  if (options->branch.at_step)
    {
      if (!options->start.from || options->start.source.init || limn_cli_source_find (&options->start.source) || options->start.size ||
          options->start.seamless || options->start.control.controls)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--at-step needs --from, a picture of Limn, and takes neither another size nor --init.");
          return NULL;
        }
      return limn_cli_branch_fill (&options->branch, &options->shared, options->start.from, prompt, stash, error);
    }
  if (options->branch.renoise || options->branch.fresh_noise || options->branch.noise_seed || options->branch.steps_file)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--renoise, --fresh-noise and --steps-file need --at-step K: the step from which the pictures differ.");
      return NULL;
    }
  request = limn_cli_start_begin (&options->start, &painted_over, error);
  if (!request || !limn_cli_start_fill (&options->start, &options->shared, prompt, request, error) ||
      !limn_cli_start_fill_source (&options->start, &options->shared, painted_over, request, stash, error))
    return NULL;
  request->preview = LIMN_PREVIEW_NONE;
  return limn_cli_recipe_resolve (session, request, cancellable, error);
}

static gboolean
has_field (LimnSheetAxis *axis, LimnSheetField field)
{
  return axis && limn_sheet_axis_get_field (axis) == field;
}

/* What is the same in all cells. */
static char *
describe (const LimnRequest *base, LimnSheetAxis *x, LimnSheetAxis *y)
{
  GString *text = g_string_new (NULL);

  if (!has_field (x, LIMN_SHEET_SAMPLER) && !has_field (y, LIMN_SHEET_SAMPLER))
    g_string_append_printf (text, ", %s", limn_sampler_get_facts (base->sampler)->display_name);
  if (!has_field (x, LIMN_SHEET_STEPS) && !has_field (y, LIMN_SHEET_STEPS))
    g_string_append_printf (text, ", %u steps", base->steps);
  if (!has_field (x, LIMN_SHEET_CFG) && !has_field (y, LIMN_SHEET_CFG))
    g_string_append_printf (text, ", guidance %g", base->cfg);
  if (!has_field (x, LIMN_SHEET_SEED) && !has_field (y, LIMN_SHEET_SEED))
    g_string_append_printf (text, ", seed %" G_GUINT64_FORMAT, limn_request_get_seed (base));
  if (base->branch && !has_field (x, LIMN_SHEET_BRANCH_STEP) && !has_field (y, LIMN_SHEET_BRANCH_STEP))
    g_string_append_printf (text, ", from step %u", base->branch->step);
  if (text->len > 0)
    g_string_erase (text, 0, strlen (", "));
  return g_string_free (text, FALSE);
}

static int
paint (Options *options, const LimnRequest *base, LimnCliProgress progress, LimnSession *session, LimnStash *stash, GCancellable *cancellable)
{
  g_autofree char *folder = options->shared.output ? g_strdup (options->shared.output) : limn_cli_folder_new ("limn-grid");
  g_autoptr(LimnSheetAxis) x = NULL;
  g_autoptr(LimnSheetAxis) y = NULL;
  g_autoptr(LimnSheet) sheet = NULL;
  g_autoptr(GBytes) steps = NULL;
  g_autofree char *subtitle = NULL;
  g_autoptr(GError) error = NULL;
  LimnCliSheetJob job = { .begin = "row-", .place = &options->place, .progress = progress, .stash = stash, .embed = options->shared.embed };

  if (!parse_axis ("--x", options->x, base, &x, &error) || !parse_axis ("--y", options->y, base, &y, &error))
    return limn_cli_usage ("grid", "%s", error->message);
  sheet = limn_sheet_new (LIMN_SHEET_GRID, base, x, y, &error);
  if (!sheet || !limn_cli_branch_load_steps (&options->branch, &steps, &error))
    return limn_cli_progress_fail (progress, error);
  if (!limn_cli_sheet_place_open (&options->place, folder, job.begin, options->sheet, &error))
    {
      limn_cli_progress_fail (progress, error);
      return error->domain == LIMN_ERROR ? LIMN_CLI_USAGE : LIMN_CLI_NO_OUTPUT;
    }
  subtitle = describe (base, x, y);
  job.sheet = sheet;
  job.folder = folder;
  job.subtitle = subtitle;
  job.steps = steps;
  return limn_cli_sheet_job_paint (&job, session, cancellable);
}

static char *
make_more (void)
{
  g_autofree char *samplers = limn_cli_samplers_text ();
  GString *text = g_string_new ("Settings for --x and --y: ");

  for (guint i = 0; i < LIMN_SHEET_N_FIELDS; i++)
    g_string_append_printf (text, "%s%s", i ? ", " : "", limn_sheet_field_get_name (i));
  g_string_append (text,
                   ".\nValues: \"1, 5, 7.5\"; \"1-10\", each whole number; \"1-10 (+3)\", every third; \"0-1 [5]\", five, evenly; names, as "
                   "\"euler, ddim\".\nOf prompt-part the first value is looked for in the prompt, and each of them put in its place: \"noon, sunset, "
                   "night\".\n\n");
  g_string_append (text, samplers);
  return g_string_free (text, FALSE);
}

int
limn_cli_grid (int argc, char **argv)
{
  g_auto(Options) options = { { NULL } };
  const GOptionEntry first[] = {
    { "x", 'x', 0, G_OPTION_ARG_FILENAME, &options.x, "What changes along the rows: a setting and its values, as \"cfg=1-9\"", "SETTING=VALUES" },
    { "y", 'y', 0, G_OPTION_ARG_FILENAME, &options.y, "What changes down the columns, likewise", "SETTING=VALUES" },
    { "sheet", 0, 0, G_OPTION_ARG_FILENAME, &options.sheet, "Where the sheet of all of them goes (default: sheet.png beside them)", "FILE.png" },
    { "dark", 0, 0, G_OPTION_ARG_NONE, &options.place.dark, "The sheet's paper is dark", NULL },
    { "at-step", 'k', 0, G_OPTION_ARG_FILENAME, &options.branch.at_step,
      "All of them are the picture that --from names up to this step; what changes does so from there on", "K" },
    { "renoise", 0, 0, G_OPTION_ARG_FILENAME, &options.branch.renoise, "Draws so much of the noise anew there, 0 to 1", "NUMBER" },
    { "fresh-noise", 0, 0, G_OPTION_ARG_NONE, &options.branch.fresh_noise, "What the sampler draws from there on is other noise", NULL },
    { "noise-seed", 0, 0, G_OPTION_ARG_FILENAME, &options.branch.noise_seed, "Where that noise begins (default, or -1: any)", "N" },
    { "steps-file", 0, 0, G_OPTION_ARG_FILENAME, &options.branch.steps_file, "That picture's steps, kept by --latents", "FILE" },
    { NULL },
  };
  g_autofree GOptionEntry *own = limn_cli_start_list (&options.start, NULL);
  g_autoptr(GArray) all = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));
  g_autofree GOptionEntry *entries = NULL;
  g_autofree char *more = make_more ();
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnRequest) base = NULL;
  g_autoptr(GError) error = NULL;
  LimnCliProgress progress;
  guint n_rest;
  char **rest;

  g_array_append_vals (all, first, G_N_ELEMENTS (first) - 1);
  for (guint i = 0; own[i].long_name; i++)
    g_array_append_val (all, own[i]);
  entries = limn_cli_options_list (&options.shared, NULL, FALSE, (const GOptionEntry *) all->data);
  if (!limn_cli_parse ("grid", "[PROMPT]",
                       "Paints a sheet of pictures: one setting changes along its rows, another down its columns. Steps that pictures have in common are "
                       "computed\nonce. --output is a folder, in which each picture says how it is made again; beside them lies a sheet of all.",
                       more, entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest > 1 || (n_rest == 0 && !options.start.from))
    return limn_cli_usage ("grid", n_rest == 0 ? "What should the pictures show? There is no prompt."
                                               : "There is more than one prompt; one with spaces needs quotes.");
  if (!options.x && !options.y)
    return limn_cli_usage ("grid", "What changes from picture to picture? --x says it, or --y, or both.");
  if (options.shared.queue || options.shared.dry_run)
    return limn_cli_usage ("grid", "--queue and --dry-run take one picture at a time; they have no meaning here.");
  if (!limn_cli_progress_from_name (options.shared.progress, &progress, &error))
    return limn_cli_usage ("grid", "%s", error->message);
  limn_cli_cancel_on_signal (cancellable);
  session = limn_cli_session_new ();
  limn_session_set_stash (session, stash);
  base = make_base (&options, n_rest > 0 ? rest[0] : NULL, session, stash, cancellable, &error);
  if (!base)
    return limn_cli_progress_fail (progress, error);
  return paint (&options, base, progress, session, stash, cancellable);
}
