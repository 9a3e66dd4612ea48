/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is compared, in this order: the recipe with its own seal, the other text with the recipe, the file's pixels with the
 * recipe, and only then, since it takes time, the picture made again with the file. */
#include "config.h"

#include "cli/limn-cli-options.h"
#include "cli/limn-cli-progress.h"
#include "cli/limn-cli-recipe.h"
#include "cli/limn-cli-source.h"

#include "base/limn-error.h"
#include "image/limn-png.h"
#include "session/limn-recipe.h"

#include <stdio.h>
#include <string.h>

/* Two devices whose networks are right differ by less than this in relative L2: the bounds for text encoder, UNet and VAE against
 * the reference (float32 sums in another order; float16 storage). A step that parts by more was computed otherwise. */
#define ROUNDING_F32 1e-4
#define ROUNDING_F16 4e-3

typedef struct
{
  const LimnRecipe *recipe;
  LimnCliProgress   progress;
  LimnRequest      *request;
  GArray           *fingerprints;
  LimnImage        *frame; /* of the step that the file shows */
  gboolean          started;
} Watch;

static void
on_news (LimnFeed *feed, gpointer data)
{
  Watch *watch = data;
  const LimnFeedStart *start = limn_feed_get_start (feed);
  g_autoptr(GPtrArray) steps = limn_feed_take_steps (feed);

  if (!watch->started)
    {
      g_array_append_val (watch->fingerprints, start->first);
      limn_cli_progress_start (watch->progress, watch->request, start);
      watch->started = TRUE;
    }
  for (guint i = 0; i < steps->len; i++)
    {
      const LimnStep *step = g_ptr_array_index (steps, i);

      g_array_append_val (watch->fingerprints, step->fingerprint);
      if (step->step == watch->recipe->shown && step->frame)
        watch->frame = limn_image_ref (step->frame);
      limn_cli_progress_step (watch->progress, watch->request, step, NULL);
    }
}

/* Where the two runs part, in words. */
static void
report_parting (const LimnRecipe *recipe, const GArray *ours)
{
  double bound = recipe->request->storage == LIMN_STORAGE_F16 ? ROUNDING_F16 : ROUNDING_F32;
  guint n = MIN (recipe->fingerprints->len, ours->len);

  for (guint i = 0; i < n; i++)
    {
      const LimnFingerprint *a = &g_array_index (recipe->fingerprints, LimnFingerprint, i);
      const LimnFingerprint *b = &g_array_index (ours, LimnFingerprint, i);
      double distance;

      if (g_str_equal (a->hash, b->hash))
        continue;
      distance = limn_fingerprint_distance (a, b);
      if (i == 0)
        printf ("The runs part before the first step: the noise is another (relative distance about %.1e).\n", distance);
      else
        {
          const LimnFingerprint *last_a = &g_array_index (recipe->fingerprints, LimnFingerprint, n - 1);
          const LimnFingerprint *last_b = &g_array_index (ours, LimnFingerprint, n - 1);

          printf ("The runs part at step %u, %s: the relative distance is about %.1e there (rounding stays below %.0e), and %.1e "
                  "after step %u.\n",
                  i, distance <= bound ? "by rounding" : "by more than rounding", distance, bound,
                  limn_fingerprint_distance (last_a, last_b), n - 1);
        }
      return;
    }
  if (recipe->fingerprints->len > ours->len)
    printf ("The recipe has %u steps, this run %u.\n", recipe->fingerprints->len - 1, ours->len - 1);
  else
    printf ("All %u latents are the same; only the decoder's pixels differ.\n", n);
}

static int
compare (const LimnPng *png, const Watch *watch, LimnImage *again)
{
  const LimnRecipe *recipe = watch->recipe;
  LimnImageDifference difference;
  g_autoptr(GError) error = NULL;

  if (!limn_image_compare (png->image, again, &difference, &error))
    {
      printf ("Different: %s\n", error->message);
      return LIMN_CLI_DIFFERENT;
    }
  if (difference.n_pixels > 0)
    {
      printf ("Different: %" G_GUINT64_FORMAT " of %u pixels, the first at %u, %u; by up to %u of 255, PSNR %.1f dB.\n",
              difference.n_pixels, png->width * png->height, difference.first_x, difference.first_y, difference.max,
              difference.psnr_db);
      report_parting (recipe, watch->fingerprints);
      return LIMN_CLI_DIFFERENT;
    }
  printf ("The same: all %u pixels.\n", png->width * png->height);
  for (guint i = 0; i < recipe->fingerprints->len && i < watch->fingerprints->len; i++)
    if (!g_str_equal (g_array_index (recipe->fingerprints, LimnFingerprint, i).hash,
                      g_array_index (watch->fingerprints, LimnFingerprint, i).hash))
      {
        report_parting (recipe, watch->fingerprints);
        break;
      }
  return LIMN_CLI_OK;
}

/* Programs do not agree on which of two texts of one name counts: the first here, the last in Pillow. */
static gboolean
has_twice (const LimnPng *png, const char *keyword)
{
  guint n = 0;

  for (guint i = 0; i < png->texts->len; i++)
    if (g_str_equal (((const LimnPngText *) g_ptr_array_index (png->texts, i))->keyword, keyword))
      n++;
  return n > 1;
}

/* What can be seen without making the picture again. */
static int
check_file (const char *path, const LimnPng *png, const LimnRecipe *recipe)
{
  const char *parameters = limn_png_lookup (png, LIMN_RECIPE_PARAMETERS_KEYWORD);
  g_autofree char *expected = NULL;
  g_autofree char *pixels = NULL;

  if (has_twice (png, LIMN_RECIPE_KEYWORD) || has_twice (png, LIMN_RECIPE_PARAMETERS_KEYWORD))
    {
      printf ("Different: “%s” was changed after the picture was made: it holds two recipes.\n", path);
      return LIMN_CLI_DIFFERENT;
    }
  if (!recipe->intact)
    {
      printf ("Different: the recipe in “%s” was changed after the picture was made; its checksum does not fit.\n", path);
      return LIMN_CLI_DIFFERENT;
    }
  expected = limn_recipe_get_parameters (recipe);
  if (g_strcmp0 (parameters, expected) != 0)
    {
      printf ("Different: the text “parameters” in “%s” does not say what the recipe says.\n", path);
      return LIMN_CLI_DIFFERENT;
    }
  pixels = limn_recipe_hash_pixels (png->image);
  if (!g_str_equal (pixels, recipe->pixels))
    {
      printf ("Different: the pixels of “%s” were changed after it was made.\n", path);
      return LIMN_CLI_DIFFERENT;
    }
  return LIMN_CLI_OK;
}

static int
make_again (const char *path, const LimnPng *png, const LimnRecipe *recipe, LimnRequest *request, LimnStash *stash,
            LimnCliProgress progress)
{
  Watch watch = { .recipe = recipe, .progress = progress, .request = request };
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LimnSession) session = limn_cli_session_new ();
  g_autoptr(LimnFeed) feed = NULL;
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(GError) error = NULL;
  int code;

  watch.fingerprints = g_array_new (FALSE, FALSE, sizeof (LimnFingerprint));
  limn_session_set_stash (session, stash);
  limn_cli_cancel_on_signal (cancellable);
  feed = limn_feed_new (on_news, &watch, NULL);
  result = limn_session_generate_sync (session, request, feed, cancellable, &error);
  if (result)
    on_news (feed, &watch);
  limn_feed_close (feed);
  limn_cli_progress_clear (progress);

  if (!result)
    code = limn_cli_progress_fail (progress, error);
  else if (recipe->model_files && !g_str_equal (recipe->model_files, result->model_files))
    {
      printf ("Different: “%s” was made with other weights of %s.\n", path, recipe->model_name);
      report_parting (recipe, watch.fingerprints);
      code = LIMN_CLI_DIFFERENT;
    }
  else
    {
      code = compare (png, &watch, watch.frame ? watch.frame : result->picture);
      if (code != LIMN_CLI_OK && (g_strcmp0 (result->device, recipe->device) != 0 || g_strcmp0 (result->driver, recipe->driver) != 0))
        {
          g_autofree char *device = limn_cli_dup_printable (recipe->device);
          g_autofree char *driver = limn_cli_dup_printable (recipe->driver);

          printf ("It was made on %s, %s; here on %s, %s.\n", device, driver, result->device, result->driver);
        }
    }
  g_clear_pointer (&watch.frame, limn_image_unref);
  g_array_unref (watch.fingerprints);
  return code;
}

/* What was moved since. That it is the same file its hash says afterwards. */
static gboolean
find_moved (const LimnCliOptions *moved, LimnRequest *request, GError **error)
{
  g_autofree char *vae = moved->vae ? g_canonicalize_filename (moved->vae, NULL) : NULL;
  g_autoptr(LimnResources) folders = NULL;
  g_autoptr(LimnResources) all = limn_resources_new ();

  folders = limn_cli_options_dup_resources (moved, error);
  if (!folders)
    return FALSE;
  /* Whose path is given goes first. */
  for (guint i = 0; moved->loras && moved->loras[i]; i++)
    {
      g_autofree char *path = g_canonicalize_filename (moved->loras[i], NULL);

      limn_resources_add (all, LIMN_RESOURCE_LORA, NULL, path);
    }
  for (LimnResourceKind kind = 0; kind < LIMN_RESOURCE_N_KINDS; kind++)
    for (guint i = 0; i < limn_resources_get_n (folders, kind); i++)
      limn_resources_add (all, kind, limn_resources_get_name (folders, kind, i), limn_resources_get_path (folders, kind, i));
  return limn_cli_recipe_find_moved (request, all, vae, error);
}

int
limn_cli_verify (int argc, char **argv)
{
  g_auto(LimnCliOptions) moved = { NULL };
  g_autofree char *model = NULL;
  g_autofree char *device = NULL;
  g_autofree char *progress_name = NULL;
  g_auto(GStrv) inits = NULL;
  g_auto(GStrv) masks = NULL;
  GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &model, "Where the model lies here (default: where it lay)", "PATH" },
    { "models", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &moved.models,
      "A folder in which models, VAEs, LoRAs, ControlNets and learned words lie that are not where they lay, under the same names; may be given several times",
      "DIR" },
    { "vae", 0, 0, G_OPTION_ARG_FILENAME, &moved.vae, "Where the VAE lies here that took the place of the model's own", "PATH" },
    { "lora", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &moved.loras, "Where a LoRA of that name lies here; may be given several times", "FILE" },
    { "device", 'd', 0, G_OPTION_ARG_FILENAME, &device,
      "Number or part of a name from limn-cli devices (default: the first hardware)", "N|NAME" },
    { "init", 'i', 0, G_OPTION_ARG_FILENAME_ARRAY, &inits,
      "The picture that it was painted over, where the PNG does not carry that; once for each, if it was mixed of several", "FILE" },
    { "mask", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &masks, "The mask that it was painted through, likewise", "FILE" },
    { "progress", 0, 0, G_OPTION_ARG_FILENAME, &progress_name,
      "On stderr: bar, json (one object a line) or none (default: bar on a terminal, else none)", "NAME" },
    { NULL },
  };
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnPng) png = NULL;
  g_autoptr(LimnRecipe) recipe = NULL;
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(GError) error = NULL;
  LimnCliProgress progress;
  const char *text;
  guint n_rest;
  char **rest;
  int code;

  if (!limn_cli_parse ("verify", "FILE.png",
                       "Makes a picture again from the text in its own file and compares the pixels. Works for pictures that "
                       "limn-cli\ngenerate wrote, and for the frames of --frames; what was painted over a picture needs that too. Where they differ it says at which step the two "
                       "runs part,\nand whether by rounding, as between two drivers, or by more.",
                       NULL, entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest != 1)
    return limn_cli_usage ("verify", "One PNG is needed.");
  if (!limn_cli_progress_from_name (progress_name, &progress, &error))
    return limn_cli_usage ("verify", "%s", error->message);

  png = limn_png_load (rest[0], LIMN_PNG_READ_ALL, &error);
  if (!png)
    {
      limn_cli_progress_fail (progress, error);
      return LIMN_CLI_BAD_INPUT;
    }
  text = limn_png_lookup (png, LIMN_RECIPE_KEYWORD);
  if (!text)
    {
      limn_cli_say ("limn-cli: “%s” holds no recipe of Limn (a text “%s”), so it cannot be made again exactly.", rest[0],
                    LIMN_RECIPE_KEYWORD);
      return LIMN_CLI_BAD_INPUT;
    }
  recipe = limn_recipe_new_from_json (text, rest[0], &error);
  if (!recipe)
    {
      limn_cli_progress_fail (progress, error);
      return LIMN_CLI_BAD_INPUT;
    }
  code = check_file (rest[0], png, recipe);
  if (code != LIMN_CLI_OK)
    return code;

  request = limn_request_copy (recipe->request);
  request->keep_latents = FALSE;
  if (recipe->shown == recipe->n_steps)
    request->preview = LIMN_PREVIEW_NONE;
  limn_cli_recipe_move (request, model, device);
  if (!find_moved (&moved, request, &error))
    return limn_cli_progress_fail (progress, error);
  if (!limn_cli_source_find_again (request, rest[0], (const char *const *) inits, (const char *const *) masks, stash, &error))
    return limn_cli_progress_fail (progress, error);
  return make_again (rest[0], png, recipe, request, stash, progress);
}
