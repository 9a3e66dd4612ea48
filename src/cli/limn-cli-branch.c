/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A picture that parts from another: everything of that one holds until a step, and from there on what the options say. */
#include "config.h"

#include "cli/limn-cli-branch.h"

#include "cli/limn-cli-recipe.h"
#include "cli/limn-cli-source.h"

#include "base/limn-error.h"

#include <string.h>

void
limn_cli_branch_clear (LimnCliBranch *branch)
{
  g_free (branch->at_step);
  g_free (branch->renoise);
  g_free (branch->noise_seed);
  g_free (branch->steps_file);
  g_free (branch->mask);
  g_free (branch->mask_fit);
  g_free (branch->feather);
  g_strfreev (branch->inits);
  g_strfreev (branch->init_masks);
}

GOptionEntry *
limn_cli_branch_list (LimnCliBranch *branch, const GOptionEntry *own)
{
  const GOptionEntry entries[] = {
    { "at-step", 'k', 0, G_OPTION_ARG_FILENAME, &branch->at_step,
      "So many steps are shared: 0 is the noise alone; the later, the less can change (default: the step of a frame)", "K" },
    { "renoise", 0, 0, G_OPTION_ARG_FILENAME, &branch->renoise,
      "Draws so much of the noise anew there, 0 to 1: a little is another detail, 1 keeps the rough picture alone", "NUMBER" },
    { "fresh-noise", 0, 0, G_OPTION_ARG_NONE, &branch->fresh_noise,
      "What the sampler draws from there on is other noise; for samplers that draw some", NULL },
    { "noise-seed", 0, 0, G_OPTION_ARG_FILENAME, &branch->noise_seed, "Where that noise begins (default, or -1: any)", "N" },
    { "steps-file", 0, 0, G_OPTION_ARG_FILENAME, &branch->steps_file,
      "The picture's steps, kept by --latents; without it they are computed again, to the same bits", "FILE" },
    { "mask", 0, 0, G_OPTION_ARG_FILENAME, &branch->mask,
      "Where it may change: white fully, grey less, black not at all; the rest becomes the finished picture", "FILE" },
    { "mask-fit", 0, 0, G_OPTION_ARG_FILENAME, &branch->mask_fit, "What becomes of a mask of another size: scale or pad", "NAME" },
    { "feather", 0, 0, G_OPTION_ARG_FILENAME, &branch->feather,
      "Pixels inside the mask's edge over which old passes into new (default: 8)", "N" },
    { "init", 'i', 0, G_OPTION_ARG_FILENAME_ARRAY, &branch->inits,
      "What that picture was painted over, where its PNG does not carry it; once for each", "FILE" },
    { "init-mask", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &branch->init_masks, "The mask that it was painted through, likewise", "FILE" },
  };
  g_autoptr(GArray) all = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  for (; own && own->long_name; own++)
    g_array_append_vals (all, own, 1);
  g_array_append_vals (all, entries, G_N_ELEMENTS (entries));
  return (GOptionEntry *) g_array_free (g_steal_pointer (&all), FALSE);
}

char *
limn_cli_name_after (const char *path, const char *suffix)
{
  g_autofree char *name = g_path_get_basename (path);
  char *dot = strrchr (name, '.');

  if (dot && dot != name)
    *dot = '\0';
  return g_strconcat (name, "-", suffix, NULL);
}

static gboolean
fill_step (const LimnCliBranch *branch, const LimnRecipe *recipe, guint *step, GError **error)
{
  guint64 value;

  if (!branch->at_step)
    {
      *step = recipe->shown;
      if (recipe->shown < recipe->n_steps)
        return TRUE;
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "After which of its %u steps? --at-step must say.", recipe->n_steps);
      return FALSE;
    }
  if (!limn_cli_parse_uint ("--at-step", branch->at_step, G_MAXINT32, &value, error))
    return FALSE;
  if (value >= recipe->n_steps)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "The picture has %u steps: it can part after 0 to %u of them, not after %s.", recipe->n_steps, recipe->n_steps - 1,
                   branch->at_step);
      return FALSE;
    }
  *step = value;
  return TRUE;
}

static gboolean
fill_noise (const LimnCliBranch *given, LimnRequestBranch *branch, GError **error)
{
  if (given->renoise && given->fresh_noise)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "--renoise draws noise once, where the pictures part, --fresh-noise from there on; they cannot go together.");
      return FALSE;
    }
  if (given->noise_seed && !given->renoise && !given->fresh_noise)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--noise-seed needs --renoise or --fresh-noise: of which noise?");
      return FALSE;
    }
  if (!given->renoise && !given->fresh_noise)
    return TRUE;
  branch->noise = given->renoise ? LIMN_FRESH_NOISE_RENOISE : LIMN_FRESH_NOISE_STREAM;
  branch->noise_seed = limn_cli_any_seed ();
  if (given->renoise && !limn_cli_parse_double ("--renoise", given->renoise, &branch->noise_amount, error))
    return FALSE;
  return !given->noise_seed || g_str_equal (given->noise_seed, "-1") ||
         limn_cli_parse_uint ("--noise-seed", given->noise_seed, G_MAXUINT64, &branch->noise_seed, error);
}

/* What is outside of the mask becomes what the picture was: that of its source, or itself. */
static gboolean
fill_mask (const LimnCliBranch *given, LimnRequest *request, const LimnRecipe *recipe, const char *path, LimnStash *stash, GError **error)
{
  g_autoptr(LimnImage) picture = NULL;
  g_autofree char *id = NULL;

  if (!given->mask)
    {
      if (!given->mask_fit && (!given->feather || request->source))
        return !given->feather || limn_cli_parse_count ("--feather", given->feather, &request->source->feather, error);
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "%s needs --mask.", given->mask_fit ? "--mask-fit" : "--feather");
      return FALSE;
    }
  if (request->source)
    picture = limn_stash_load (stash, request->source->picture, error);
  else if (recipe->shown < recipe->n_steps)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "With --mask the finished picture is needed, not one of its steps.");
  else
    picture = limn_cli_source_load (path, stash, &id, NULL, error);
  if (!picture)
    return FALSE;
  if (!request->source)
    {
      request->source = limn_request_source_new (id);
      request->source->strength = 1;
    }
  return limn_cli_parse_count ("--feather", given->feather, &request->source->feather, error) &&
         limn_cli_source_fill_mask (request->source, given->mask, given->mask_fit, picture, stash, error);
}

LimnRequest *
limn_cli_branch_fill (const LimnCliBranch  *given,
                      const LimnCliOptions *options,
                      const char           *path,
                      const char           *prompt,
                      LimnStash            *stash,
                      GError              **error)
{
  g_autoptr(LimnRecipe) recipe = NULL;
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(LimnRequestBranch) branch = NULL;
  guint step;

  if (!limn_cli_options_check_onward (options, error))
    return NULL;
  recipe = limn_cli_recipe_load (path, NULL, error);
  if (!recipe || !fill_step (given, recipe, &step, error))
    return NULL;
  limn_cli_recipe_move (recipe->request, options->model, options->device);
  if (!limn_cli_source_find_again (recipe->request, path, (const char *const *) given->inits, (const char *const *) given->init_masks, stash,
                                   error))
    return NULL;

  branch = limn_request_branch_new (recipe->request, step);
  if (!fill_noise (given, branch, error))
    return NULL;
  request = limn_request_copy (recipe->request);
  /* Whoever gives other words means these, and no mixture. */
  if (prompt || options->negative)
    limn_request_take_mix (request, NULL);
  if (prompt)
    limn_request_set_prompt (request, prompt);
  limn_request_take_branch (request, g_steal_pointer (&branch));
  if (!limn_cli_options_fill_onward (options, request, error) || !fill_mask (given, request, recipe, path, stash, error))
    return NULL;
  limn_request_inherit (request);
  return limn_request_check (request, error) ? g_steal_pointer (&request) : NULL;
}

gboolean
limn_cli_branch_load_steps (const LimnCliBranch *branch, GBytes **steps, GError **error)
{
  g_autoptr(LimnTrajectory) kept = NULL;
  char *data;
  gsize length;

  *steps = NULL;
  if (!branch->steps_file)
    return TRUE;
  /* Read twice: what is damaged is said with the file's name. */
  kept = limn_trajectory_load (branch->steps_file, error);
  if (!kept || !g_file_get_contents (branch->steps_file, &data, &length, error))
    return FALSE;
  *steps = g_bytes_new_take (data, length);
  return TRUE;
}

/* --- The command --- */

int
limn_cli_branch (int argc, char **argv)
{
  g_auto(LimnCliOptions) shared = { NULL };
  g_auto(LimnCliWatching) watching = { NULL };
  g_auto(LimnCliBranch) branch = { NULL };
  g_autofree GOptionEntry *own = limn_cli_branch_list (&branch, NULL);
  g_autofree GOptionEntry *entries = limn_cli_options_list (&shared, &watching, TRUE, own);
  g_autofree char *more = limn_cli_samplers_text ();
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(GBytes) steps = NULL;
  g_autofree char *name = NULL;
  g_autoptr(GError) error = NULL;
  LimnCliMake make = { NULL };
  guint n_rest;
  char **rest;

  if (!limn_cli_parse ("branch", "PICTURE.png [PROMPT]",
                       "Makes a picture that is another one of Limn's up to a step, and from there on what the options say: another prompt, guidance, "
                       "sampler,\nschedule, number of steps, a mask, or fresh noise. All else stays. The PNG says all that is needed to make it again.",
                       more, entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest == 0 || n_rest > 2)
    return limn_cli_usage ("branch", n_rest == 0 ? "From which picture? There is no file."
                                                 : "There is more than one prompt; one with spaces needs quotes.");
  if (!limn_cli_progress_from_name (shared.progress, &make.progress, &error))
    return limn_cli_usage ("branch", "%s", error->message);
  request = limn_cli_branch_fill (&branch, &shared, rest[0], n_rest > 1 ? rest[1] : NULL, stash, &error);
  if (!request || !limn_cli_watching_fill (&watching, request, &error) || !limn_cli_branch_load_steps (&branch, &steps, &error))
    return limn_cli_progress_fail (make.progress, error);
  if (limn_request_branch_is_plain (request))
    limn_cli_say ("Note: nothing is changed; this becomes the same picture.");
  name = limn_cli_name_after (rest[0], "branch");
  make.name = name;
  make.frames = watching.frames;
  make.latents = watching.latents;
  make.checkpoint = watching.checkpoint;
  make.steps = steps;
  return limn_cli_options_paint (&shared, "branch", &make, request, stash, NULL);
}
