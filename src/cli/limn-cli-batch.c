/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-batch.h"

#include "cli/limn-cli.h"

#include "base/limn-error.h"
#include "library/limn-atomic-file.h"
#include "session/limn-embedded.h"
#include "session/limn-json-text.h"
#include "session/limn-recipe.h"

#include <stdio.h>
#include <string.h>

char *
limn_cli_folder_new (const char *name)
{
  char *path = g_strdup (name);

  for (guint i = 1; g_file_test (path, G_FILE_TEST_EXISTS) && i < 10000; i++)
    {
      g_free (path);
      path = g_strdup_printf ("%s-%04u", name, i);
    }
  return path;
}

/* --- One of them --- */

typedef struct
{
  const LimnCliBatch *batch;
  const LimnRequest  *shown; /* as if it were one of a batch: what the progress tells */
  gboolean            started;
} Watch;

static void
on_news (LimnFeed *feed, gpointer data)
{
  Watch *watch = data;
  g_autoptr(GPtrArray) steps = limn_feed_take_steps (feed);

  if (!watch->started)
    {
      const LimnFeedStart *start = limn_feed_get_start (feed);

      /* Of one file, however many pictures it was for. */
      if (start->other_error && watch->shown->batch_index == 0)
        limn_cli_say ("Note: the kept steps do not fit and are computed again: %s", start->other_error);
      limn_cli_progress_start (watch->batch->progress, watch->shown, start);
    }
  watch->started = TRUE;
  for (guint i = 0; i < steps->len; i++)
    limn_cli_progress_step (watch->batch->progress, watch->shown, g_ptr_array_index (steps, i), NULL);
}

static void
append_texts (GArray *all, const GPtrArray *texts)
{
  for (guint i = 0; texts && i < texts->len; i++)
    g_array_append_vals (all, g_ptr_array_index (texts, i), 1);
}

static gboolean
write_picture (const LimnCliBatch *batch, guint i, const LimnResult *result, char **path, GError **error)
{
  g_autoptr(LimnRecipe) recipe = limn_recipe_new_for_result (result);
  g_autoptr(GPtrArray) embedded = NULL;
  g_autoptr(GPtrArray) more = batch->new_texts ? batch->new_texts (batch->data, i) : NULL;
  g_autoptr(GArray) texts = g_array_new (FALSE, FALSE, sizeof (LimnPngText));
  g_autoptr(GBytes) bytes = NULL;
  g_autofree char *wanted = batch->dup_path (batch->data, i);

  if (batch->embed)
    {
      embedded = limn_embedded_new_texts (result->request, batch->stash, error);
      if (!embedded)
        return FALSE;
    }
  append_texts (texts, embedded);
  append_texts (texts, more);
  bytes = limn_recipe_encode_png_with_texts (recipe, result->picture, (const LimnPngText *) texts->data, texts->len, error);
  *path = bytes ? limn_atomic_file_write_new (wanted, bytes, error) : NULL;
  return *path != NULL;
}

static int
paint_one (const LimnCliBatch *batch, guint i, LimnSession *session, GCancellable *cancellable, LimnCliBatchCount *count)
{
  g_autoptr(LimnRequest) request = batch->dup_request (batch->data, i);
  g_autoptr(LimnRequest) shown = limn_request_copy (request);
  Watch watch = { batch, shown, FALSE };
  g_autoptr(LimnFeed) feed = limn_feed_new (on_news, &watch, NULL);
  g_autoptr(LimnResult) result = NULL;
  g_autofree char *path = NULL;
  g_autoptr(GError) error = NULL;

  shown->batch_count = batch->n;
  shown->batch_index = i;
  request->preview = LIMN_PREVIEW_NONE;
  /* What the next one goes on from. */
  request->keep_latents = TRUE;
  limn_feed_set_reuses (feed, TRUE);
  result = limn_session_paint_sync (session, request, NULL, batch->steps, feed, cancellable, &error);
  if (limn_feed_get_start (feed))
    on_news (feed, &watch);
  limn_feed_close (feed);
  if (!result)
    return limn_cli_progress_fail (batch->progress, error);

  count->n_pictures++;
  /* Latents that are shown as they are go through a step that asks no network. */
  if (!request->mix || request->mix->way != LIMN_MIX_PICTURES || request->mix->strength > 0)
    count->n_steps += result->fingerprints->len - 1;
  count->n_computed += result->n_computed;
  g_clear_pointer (&result->trajectory, limn_trajectory_free);
  if (!write_picture (batch, i, result, &path, &error))
    {
      limn_cli_progress_fail (batch->progress, error);
      return LIMN_CLI_NO_OUTPUT;
    }
  limn_cli_progress_clear (batch->progress);
  if (!batch->quiet)
    {
      limn_cli_progress_picture (batch->progress, shown, result, path, NULL);
      puts (path);
      fflush (stdout);
    }
  if (batch->painted)
    batch->painted (batch->data, i, result->picture);
  return LIMN_CLI_OK;
}

int
limn_cli_batch_paint (const LimnCliBatch *batch, LimnSession *session, GCancellable *cancellable, LimnCliBatchCount *count)
{
  int code = LIMN_CLI_OK;

  *count = (LimnCliBatchCount){ 0 };
  for (guint i = 0; i < batch->n && code == LIMN_CLI_OK; i++)
    code = paint_one (batch, i, session, cancellable, count);
  return code;
}

void
limn_cli_batch_tell (LimnCliProgress progress, const LimnCliBatchCount *count)
{
  /* A device that was lost has steps done twice. */
  guint64 n_shared = count->n_steps - MIN (count->n_computed, count->n_steps);

  if (progress == LIMN_CLI_PROGRESS_JSON)
    {
      LimnJsonText *text = limn_json_text_new ();
      g_autofree char *line = NULL;

      limn_json_text_begin_object (text, NULL);
      limn_json_text_add_string (text, "event", "done");
      limn_json_text_add_int (text, "pictures", count->n_pictures);
      limn_json_text_add_int (text, "steps", count->n_steps);
      limn_json_text_add_int (text, "shared", n_shared);
      limn_json_text_end_object (text);
      line = limn_json_text_free (text);
      fprintf (stderr, "%s\n", line);
    }
  else if (n_shared > 0)
    limn_cli_say ("%u pictures, %" G_GUINT64_FORMAT " steps, %" G_GUINT64_FORMAT " of them shared.", count->n_pictures, count->n_steps,
                  n_shared);
  else if (count->n_steps > 0)
    limn_cli_say ("%u pictures, %" G_GUINT64_FORMAT " steps.", count->n_pictures, count->n_steps);
  else
    limn_cli_say ("%u pictures, without a step.", count->n_pictures);
}
