/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Many pictures that part from one at the same step, each with other noise: what is decided until then they have in common. */
#include "config.h"

#include "cli/limn-cli-branch.h"
#include "cli/limn-cli-sheet.h"

#include "base/limn-error.h"

#include <string.h>

/* Where nobody said otherwise. An amount that shows in every variation, and leaves the picture the same. */
#define COUNT 9
#define AMOUNT "0.5"

/* @n of them, each of another noise, counted from the branch's own. */
static LimnSheet *
make_sheet (const LimnRequest *base, guint n, GError **error)
{
  g_autoptr(LimnSheetAxis) axis = limn_sheet_axis_new_seeds (LIMN_SHEET_NOISE_SEED, base->branch->noise_seed, n);

  return limn_sheet_new (LIMN_SHEET_VARIATIONS, base, axis, NULL, error);
}

/* What the sheet shows, under its title. */
static char *
describe (const LimnRequest *base)
{
  const LimnRequestBranch *branch = base->branch;

  if (branch->noise == LIMN_FRESH_NOISE_STREAM)
    return g_strdup_printf ("from step %u of %u, other noise from there on", branch->step, branch->from->steps);
  return g_strdup_printf ("from step %u of %u, %g of the noise drawn anew", branch->step, branch->from->steps, branch->noise_amount);
}

int
limn_cli_vary (int argc, char **argv)
{
  g_auto(LimnCliOptions) shared = { NULL };
  g_auto(LimnCliBranch) branch = { NULL };
  g_auto(LimnCliSheetPlace) place = { NULL };
  g_autofree char *count_text = NULL;
  g_autofree char *sheet_path = NULL;
  const GOptionEntry first[] = {
    { "count", 'c', 0, G_OPTION_ARG_FILENAME, &count_text, "How many (default: 9)", "N" },
    { "amount", 'a', 0, G_OPTION_ARG_FILENAME, &branch.renoise,
      "How much of the noise is drawn anew at that step, 0 to 1 (default: 0.5, unless --fresh-noise)", "NUMBER" },
    { "sheet", 0, 0, G_OPTION_ARG_FILENAME, &sheet_path, "Where the sheet of all of them goes (default: sheet.png beside them)", "FILE.png" },
    { "dark", 0, 0, G_OPTION_ARG_NONE, &place.dark, "The sheet's paper is dark", NULL },
    { NULL },
  };
  g_autofree GOptionEntry *own = limn_cli_branch_list (&branch, first);
  g_autofree GOptionEntry *entries = limn_cli_options_list (&shared, NULL, TRUE, own);
  g_autofree char *more = limn_cli_samplers_text ();
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnRequest) base = NULL;
  g_autoptr(LimnSheet) sheet = NULL;
  g_autoptr(GBytes) steps = NULL;
  g_autofree char *name = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *subtitle = NULL;
  g_autoptr(GError) error = NULL;
  LimnCliSheetJob job = { .begin = "variation-", .numbered = TRUE, .place = &place, .stash = stash };
  guint count = COUNT, n_rest;
  char **rest;

  if (!limn_cli_parse ("vary", "PICTURE.png [PROMPT]",
                       "Paints variations of a picture of Limn from one of its steps on: up to there they are one, and computed once. The earlier the step, "
                       "the\nmore they differ. Either a part of the noise is drawn anew there (--amount), which serves every sampler, or a sampler that draws\n"
                       "noise as it goes draws other noise from there on (--fresh-noise). --output is a folder; beside them lies a sheet of all.",
                       more, entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest == 0 || n_rest > 2)
    return limn_cli_usage ("vary", n_rest == 0 ? "Of which picture? There is no file." : "There is more than one prompt; one with spaces needs quotes.");
  if (shared.queue || shared.dry_run)
    return limn_cli_usage ("vary", "--queue and --dry-run take one picture at a time; they have no meaning here.");
  if (!limn_cli_progress_from_name (shared.progress, &job.progress, &error) ||
      !limn_cli_parse_count ("--count", count_text, &count, &error))
    return limn_cli_usage ("vary", "%s", error->message);
  if (count == 0 || count > LIMN_REQUEST_MAX_BATCH)
    return limn_cli_usage ("vary", "--count must be from 1 to %d, not %u.", LIMN_REQUEST_MAX_BATCH, count);
  if (!branch.renoise && !branch.fresh_noise)
    branch.renoise = g_strdup (AMOUNT);

  base = limn_cli_branch_fill (&branch, &shared, rest[0], n_rest > 1 ? rest[1] : NULL, stash, &error);
  sheet = base && limn_cli_branch_load_steps (&branch, &steps, &error) ? make_sheet (base, count, &error) : NULL;
  if (!sheet)
    return limn_cli_progress_fail (job.progress, error);
  name = limn_cli_name_after (rest[0], "variations");
  folder = shared.output ? g_strdup (shared.output) : limn_cli_folder_new (name);
  if (!limn_cli_sheet_place_open (&place, folder, job.begin, sheet_path, &error))
    {
      limn_cli_progress_fail (job.progress, error);
      return error->domain == LIMN_ERROR ? LIMN_CLI_USAGE : LIMN_CLI_NO_OUTPUT;
    }
  limn_cli_cancel_on_signal (cancellable);
  session = limn_cli_session_new ();
  limn_session_set_stash (session, stash);
  subtitle = describe (base);
  job.sheet = sheet;
  job.folder = folder;
  job.subtitle = subtitle;
  job.embed = shared.embed;
  job.steps = steps;
  return limn_cli_sheet_job_paint (&job, session, cancellable);
}
