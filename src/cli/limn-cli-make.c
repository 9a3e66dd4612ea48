/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Order matters here: the command line, then the places where something will be written, and only then anything that takes time.
 * Nothing is found out after minutes of work that could have been known before. */
#include "config.h"

#include "cli/limn-cli-make.h"

#include "base/limn-error.h"
#include "library/limn-atomic-file.h"
#include "session/limn-embedded.h"
#include "session/limn-recipe.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

/* "a/b.png" is "a/b-0002.png" for the second of several pictures. */
static char *
number_path (const char *path, const LimnRequest *request)
{
  const char *name = strrchr (path, '/') ? strrchr (path, '/') + 1 : path;
  const char *dot = strrchr (name, '.');

  if (request->batch_count == 1)
    return g_strdup (path);
  if (!dot || dot == name)
    dot = path + strlen (path);
  return g_strdup_printf ("%.*s-%04u%s", (int) (dot - path), path, request->batch_index + 1, dot);
}

/* "a" and "./a", or a link to its folder. Both folders are there. */
static gboolean
same_place (const char *a, const char *b)
{
  g_autofree char *folder_a = g_path_get_dirname (a);
  g_autofree char *folder_b = g_path_get_dirname (b);
  g_autofree char *name_a = g_path_get_basename (a);
  g_autofree char *name_b = g_path_get_basename (b);
  GStatBuf info_a, info_b;

  if (g_stat (a, &info_a) == 0 && g_stat (b, &info_b) == 0)
    return info_a.st_dev == info_b.st_dev && info_a.st_ino == info_b.st_ino;
  return g_str_equal (name_a, name_b) && g_stat (folder_a, &info_a) == 0 && g_stat (folder_b, &info_b) == 0 &&
         info_a.st_dev == info_b.st_dev && info_a.st_ino == info_b.st_ino;
}

/* All places at once, before anything is computed.
 * (out) @made_folder: the folder of the frames was not there before. */
static gboolean
check_places (const LimnCliMake *make, const LimnRequest *request, gboolean *made_folder, GError **error)
{
  g_autofree char *output = number_path (make->output ? make->output : "limn.png", request);
  g_autofree char *latents = make->latents ? number_path (make->latents, request) : NULL;

  if (!limn_cli_check_writable (output, error) || (latents && !limn_cli_check_writable (latents, error)) ||
      (make->checkpoint && !limn_cli_check_writable (make->checkpoint, error)))
    return FALSE;
  if (make->checkpoint &&
      ((latents && same_place (latents, make->checkpoint)) || (make->output && same_place (output, make->checkpoint))))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "--checkpoint needs a file of its own, not “%s”.", make->checkpoint);
      return FALSE;
    }
  if (latents && make->output && same_place (latents, output))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "--output and --latents name the same file, “%s”.", output);
      return FALSE;
    }
  if (make->frames)
    {
      g_autofree char *frame = g_build_filename (make->frames, "step-001.png", NULL);

      *made_folder = !g_file_test (make->frames, G_FILE_TEST_EXISTS);
      if (g_mkdir_with_parents (make->frames, 0777) != 0)
        {
          int code = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "The folder “%s” cannot be made: %s.", make->frames,
                       g_strerror (code));
          return FALSE;
        }
      if (!limn_cli_check_writable (frame, error))
        return FALSE;
    }
  return TRUE;
}

/* --- While a picture is made --- */

typedef struct
{
  const LimnCliMake *make;
  const LimnRequest *request;
  GCancellable      *cancellable;
  gboolean           started;
  GArray            *fingerprints; /* for the frames' texts */
  GError            *error;        /* a frame that cannot be written ends the job */
} Watch;

static char *
write_frame (Watch *watch, const LimnFeedStart *start, const LimnStep *step)
{
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  g_autoptr(LimnRecipe) recipe = limn_recipe_new_for_step (start, step, watch->fingerprints);
  g_autoptr(GBytes) bytes = limn_recipe_encode_png (recipe, step->frame, &watch->error);

  if (watch->request->batch_count > 1)
    name = g_strdup_printf ("picture-%04u-step-%03u.png", watch->request->batch_index + 1, step->step);
  else
    name = g_strdup_printf ("step-%03u.png", step->step);
  path = g_build_filename (watch->make->frames, name, NULL);
  if (!bytes || !limn_atomic_file_write (path, bytes, &watch->error))
    {
      g_cancellable_cancel (watch->cancellable);
      return NULL;
    }
  return g_steal_pointer (&path);
}

static void
write_checkpoint (Watch *watch, LimnFeed *feed)
{
  g_autoptr(GBytes) state = watch->make->checkpoint ? limn_feed_take_state (feed) : NULL;

  if (state && !watch->error && !limn_atomic_file_write (watch->make->checkpoint, state, &watch->error))
    g_cancellable_cancel (watch->cancellable);
}

static void
on_news (LimnFeed *feed, gpointer data)
{
  Watch *watch = data;
  const LimnFeedStart *start = limn_feed_get_start (feed);
  g_autoptr(GPtrArray) steps = limn_feed_take_steps (feed);

  write_checkpoint (watch, feed);
  if (!watch->started)
    {
      g_array_append_val (watch->fingerprints, start->first);
      for (guint i = 0; i < start->before->len; i++)
        g_array_append_val (watch->fingerprints, ((const LimnStep *) g_ptr_array_index (start->before, i))->fingerprint);
      if (start->other_error)
        limn_cli_say ("Note: the kept steps do not fit and are computed again: %s", start->other_error);
      limn_cli_progress_start (watch->make->progress, watch->request, start);
      watch->started = TRUE;
    }
  for (guint i = 0; i < steps->len && !watch->error; i++)
    {
      const LimnStep *step = g_ptr_array_index (steps, i);
      g_autofree char *frame = NULL;

      g_array_append_val (watch->fingerprints, step->fingerprint);
      if (watch->make->frames && step->frame)
        frame = write_frame (watch, start, step);
      limn_cli_progress_step (watch->make->progress, watch->request, step, frame);
    }
}

/* With what it was painted over, if that is asked for. */
static GBytes *
encode_result (const LimnCliMake *make, LimnRecipe *recipe, LimnImage *picture, GError **error)
{
  g_autoptr(GPtrArray) texts = NULL;
  g_autoptr(GArray) flat = g_array_new (FALSE, FALSE, sizeof (LimnPngText));

  if (!make->embed)
    return limn_recipe_encode_png (recipe, picture, error);
  texts = limn_embedded_new_texts (recipe->request, make->stash, error);
  if (!texts)
    return NULL;
  for (guint i = 0; i < texts->len; i++)
    g_array_append_vals (flat, g_ptr_array_index (texts, i), 1);
  return limn_recipe_encode_png_with_texts (recipe, picture, (const LimnPngText *) flat->data, flat->len, error);
}

/* (out) @path: where it went. FALSE with @error: it cannot be written, and nothing of it is there. */
static gboolean
write_result (const LimnCliMake *make, const LimnResult *result, char **path, char **latents, GError **error)
{
  g_autoptr(LimnRecipe) recipe = limn_recipe_new_for_result (result);
  g_autoptr(GBytes) bytes = encode_result (make, recipe, result->picture, error);
  g_autofree char *trajectory_path = NULL;
  g_autofree char *wanted = NULL;

  if (!bytes)
    return FALSE;
  if (make->latents)
    {
      trajectory_path = number_path (make->latents, result->request);
      if (!limn_trajectory_save (result->trajectory, trajectory_path, error))
        return FALSE;
    }
  if (make->output)
    {
      wanted = number_path (make->output, result->request);
      if (!limn_atomic_file_write (wanted, bytes, error))
        return FALSE;
      *path = g_steal_pointer (&wanted);
    }
  else
    {
      wanted = make->name ? g_strconcat (make->name, ".png", NULL)
                          : g_strdup_printf ("limn-%" G_GUINT64_FORMAT ".png", limn_request_get_seed (result->request));
      *path = limn_atomic_file_write_new (wanted, bytes, error);
      if (!*path)
        return FALSE;
    }
  *latents = g_steal_pointer (&trajectory_path);
  return TRUE;
}

static int
make_picture (LimnSession *session, const LimnCliMake *make, const LimnRequest *request, GBytes *trajectory,
              GCancellable *cancellable)
{
  Watch watch = { .make = make, .request = request, .cancellable = cancellable };
  g_autoptr(LimnFeed) feed = NULL;
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *latents = NULL;
  int code = LIMN_CLI_OK;

  watch.fingerprints = g_array_new (FALSE, FALSE, sizeof (LimnFingerprint));
  feed = limn_feed_new (on_news, &watch, NULL);
  limn_feed_set_takes_states (feed, make->checkpoint != NULL);
  result = limn_session_paint_sync (session, request, trajectory, make->steps, feed, cancellable, &error);
  if (limn_feed_get_start (feed))
    on_news (feed, &watch);
  limn_feed_close (feed);

  if (watch.error)
    {
      limn_cli_progress_fail (make->progress, watch.error);
      code = LIMN_CLI_NO_OUTPUT;
    }
  else if (!result)
    code = limn_cli_progress_fail (make->progress, error);
  else if (!write_result (make, result, &path, &latents, &error))
    {
      limn_cli_progress_fail (make->progress, error);
      code = LIMN_CLI_NO_OUTPUT;
    }
  else
    {
      /* The picture is on the disk: there is nothing to go on with. */
      if (make->checkpoint)
        g_unlink (make->checkpoint);
      limn_cli_progress_picture (make->progress, request, result, path, latents);
      puts (path);
      fflush (stdout);
    }
  g_clear_error (&watch.error);
  g_array_unref (watch.fingerprints);
  return code;
}

int
limn_cli_make (const LimnCliMake *make, const LimnRequest *request, GBytes *trajectory)
{
  g_autoptr(LimnRequest) one = limn_request_copy (request);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(GError) error = NULL;
  gboolean made_folder = FALSE;
  int code = LIMN_CLI_OK;

  if (!check_places (make, request, &made_folder, &error))
    {
      limn_cli_progress_fail (make->progress, error);
      return LIMN_CLI_NO_OUTPUT;
    }
  /* What is too large to be kept inside is known now. */
  if (make->embed)
    {
      g_autoptr(GPtrArray) texts = limn_embedded_new_texts (request, make->stash, &error);

      if (!texts)
        return limn_cli_progress_fail (make->progress, error);
    }
  limn_cli_cancel_on_signal (cancellable);
  session = limn_cli_session_new ();
  if (make->stash)
    limn_session_set_stash (session, make->stash);
  for (guint i = 0; i < request->batch_count && code == LIMN_CLI_OK; i++)
    {
      one->batch_index = i;
      code = make_picture (session, make, one, trajectory, cancellable);
    }
  /* Where nothing came into it; a folder with something in it is not removed. */
  if (code != LIMN_CLI_OK && made_folder)
    g_rmdir (make->frames);
  return code;
}
