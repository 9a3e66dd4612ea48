/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-progress.h"

#include "base/limn-error.h"
#include "session/limn-reel.h"

#include <stdio.h>

/* Of an animation. */
#define DEFAULT_FRAME_MS 200

typedef struct
{
  LimnCliProgress progress;
  GAsyncResult   *result;
} Watch;

static void
store_result (GObject *source, GAsyncResult *result, gpointer data)
{
  Watch *watch = data;

  watch->result = g_object_ref (result);
}

static GAsyncResult *
wait_for_result (Watch *watch)
{
  while (!watch->result)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (&watch->result);
}

static void
on_progress (goffset current, goffset total, gpointer data)
{
  const Watch *watch = data;

  if (watch->progress == LIMN_CLI_PROGRESS_BAR)
    {
      fprintf (stderr, "\rframe %d of %d\033[K", (int) current, (int) total);
      fflush (stderr);
    }
}

static LimnReel *
open_reel (LimnSession *session, const char *path, GCancellable *cancellable, GError **error)
{
  Watch watch = { 0 };
  g_autoptr(GAsyncResult) result = NULL;

  limn_reel_open_async (session, path, NULL, cancellable, store_result, &watch);
  result = wait_for_result (&watch);
  return limn_reel_open_finish (result, error);
}

static gboolean
export_reel (LimnReel *reel, LimnReelExport kind, const char *path, guint frame_ms, LimnCliProgress progress, GCancellable *cancellable,
             GError **error)
{
  Watch watch = { .progress = progress };
  g_autoptr(GAsyncResult) result = NULL;

  limn_reel_export_async (reel, kind, path, frame_ms, on_progress, &watch, cancellable, store_result, &watch);
  result = wait_for_result (&watch);
  limn_cli_progress_clear (progress);
  return limn_reel_export_finish (reel, result, error);
}

int
limn_cli_frames (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  g_autofree char *animation = NULL;
  g_autofree char *preview = NULL;
  g_autofree char *frame_ms_text = NULL;
  g_autofree char *progress_name = NULL;
  GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &folder, "Writes each step's picture: DIR/step-001.png, ...", "DIR" },
    { "animate", 'a', 0, G_OPTION_ARG_FILENAME, &animation, "Writes all of them as one animated PNG; one that is there is replaced", "FILE" },
    { "preview", 0, 0, G_OPTION_ARG_FILENAME, &preview,
      "What a frame shows: noisy, the latent as it was; predicted, the picture as the step saw it (default: as it was painted)", "NAME" },
    { "frame-ms", 0, 0, G_OPTION_ARG_FILENAME, &frame_ms_text,
      "How long each step of the animation is seen, 10 to 10000; the last eight times as long (default: 200)", "MS" },
    { "progress", 0, 0, G_OPTION_ARG_FILENAME, &progress_name, "On stderr: bar or none (default: bar on a terminal, else none)", "NAME" },
    { NULL },
  };
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnReel) reel = NULL;
  g_autoptr(GError) error = NULL;
  LimnCliProgress progress;
  LimnPreview mode = LIMN_PREVIEW_NONE;
  guint64 frame_ms = DEFAULT_FRAME_MS;
  const char *target;
  guint n_rest;
  char **rest;

  if (!limn_cli_parse ("frames", "LATENTS",
                       "Makes the pictures of all steps from a file of kept latents (limn-cli generate --latents), the same pixels as were\n"
                       "seen while it was painted on this device.",
                       NULL, entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest != 1)
    return limn_cli_usage ("frames", "One file of latents is needed.");
  if (!folder == !animation)
    return limn_cli_usage ("frames", "Either --output or --animate is needed.");
  if (!limn_cli_progress_from_name (progress_name, &progress, &error) ||
      (preview && !limn_preview_from_name (preview, &mode, &error)) ||
      (frame_ms_text && !limn_cli_parse_uint ("--frame-ms", frame_ms_text, 10000, &frame_ms, &error)))
    return limn_cli_usage ("frames", "%s", error->message);
  if (frame_ms < 10 || (preview && mode == LIMN_PREVIEW_NONE))
    return limn_cli_usage ("frames", "%s", frame_ms < 10 ? "--frame-ms must be at least 10." : "--preview must be noisy or predicted.");
  if (animation && !limn_cli_check_writable (animation, &error))
    {
      limn_cli_fail (error);
      return LIMN_CLI_NO_OUTPUT;
    }

  limn_cli_cancel_on_signal (cancellable);
  session = limn_cli_session_new ();
  reel = open_reel (session, rest[0], cancellable, &error);
  if (!reel)
    return limn_cli_fail (error);
  if (preview)
    limn_reel_set_mode (reel, mode);
  target = animation ? animation : folder;
  if (!export_reel (reel, animation ? LIMN_REEL_EXPORT_APNG : LIMN_REEL_EXPORT_NUMBERED, target, frame_ms, progress, cancellable, &error))
    {
      int code = limn_cli_fail (error);

      /* What is read was read above: a file's error is the target's. */
      return error->domain == G_IO_ERROR && code == LIMN_CLI_BAD_INPUT ? LIMN_CLI_NO_OUTPUT : code;
    }
  puts (target);
  return LIMN_CLI_OK;
}
