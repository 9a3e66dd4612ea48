/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-progress.h"

#include "base/limn-error.h"
#include "session/limn-json-text.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BAR_WIDTH 32

gboolean
limn_cli_progress_from_name (const char *name, LimnCliProgress *progress, GError **error)
{
  if (!name)
    *progress = isatty (STDERR_FILENO) ? LIMN_CLI_PROGRESS_BAR : LIMN_CLI_PROGRESS_NONE;
  else if (g_str_equal (name, "bar"))
    *progress = LIMN_CLI_PROGRESS_BAR;
  else if (g_str_equal (name, "json"))
    *progress = LIMN_CLI_PROGRESS_JSON;
  else if (g_str_equal (name, "none"))
    *progress = LIMN_CLI_PROGRESS_NONE;
  else
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--progress must be bar, json or none, not “%s”.", name);
      return FALSE;
    }
  return TRUE;
}

static LimnJsonText *
begin_event (const char *name)
{
  LimnJsonText *text = limn_json_text_new ();

  limn_json_text_begin_object (text, NULL);
  limn_json_text_add_string (text, "event", name);
  return text;
}

static void
end_event (LimnJsonText *text)
{
  g_autofree char *line = NULL;

  limn_json_text_end_object (text);
  line = limn_json_text_free (text);
  fprintf (stderr, "%s\n", line);
}

static void
draw_bar (const LimnRequest *request, guint step, guint n_steps, double seconds)
{
  guint filled = step * BAR_WIDTH / n_steps;
  char bar[BAR_WIDTH + 1];

  for (guint i = 0; i < BAR_WIDTH; i++)
    bar[i] = i < filled ? '#' : '.';
  bar[BAR_WIDTH] = '\0';
  fputs ("\r", stderr);
  if (request->batch_count > 1)
    fprintf (stderr, "picture %u of %u ", request->batch_index + 1, request->batch_count);
  fprintf (stderr, "[%s] step %u of %u", bar, step, n_steps);
  if (step > 0)
    fprintf (stderr, ", %.2f s a step", seconds);
  fputs ("\033[K", stderr);
  fflush (stderr);
}

void
limn_cli_progress_start (LimnCliProgress progress, const LimnRequest *request, const LimnFeedStart *start)
{
  LimnJsonText *text;
  g_autofree char *json = NULL;

  if (progress == LIMN_CLI_PROGRESS_BAR)
    draw_bar (request, 0, start->n_steps, 0);
  if (progress != LIMN_CLI_PROGRESS_JSON)
    return;
  text = begin_event ("start");
  json = limn_request_to_json (start->request);
  limn_json_text_add_int (text, "picture", request->batch_index);
  limn_json_text_add_int (text, "steps", start->n_steps);
  limn_json_text_add_string (text, "model", start->model_name);
  limn_json_text_add_string (text, "device", start->device);
  limn_json_text_add_string (text, "driver", start->driver);
  limn_json_text_add_int (text, "need_bytes", start->need_bytes);
  if (start->limit_bytes <= G_MAXINT64)
    limn_json_text_add_int (text, "limit_bytes", start->limit_bytes);
  else
    limn_json_text_add_null (text, "limit_bytes");
  limn_json_text_add_raw (text, "request", json);
  end_event (text);
}

void
limn_cli_progress_step (LimnCliProgress progress, const LimnRequest *request, const LimnStep *step, const char *frame)
{
  LimnJsonText *text;

  if (progress == LIMN_CLI_PROGRESS_BAR)
    draw_bar (request, step->step, step->n_steps, step->denoise_seconds + step->decode_seconds);
  if (progress != LIMN_CLI_PROGRESS_JSON)
    return;
  text = begin_event ("step");
  limn_json_text_add_int (text, "picture", request->batch_index);
  limn_json_text_add_int (text, "step", step->step);
  limn_json_text_add_int (text, "steps", step->n_steps);
  limn_json_text_add_double (text, "sigma", step->sigma);
  limn_json_text_add_double (text, "timestep", step->timestep);
  limn_json_text_add_string (text, "latent", step->fingerprint.hash);
  limn_json_text_add_string (text, "frame", frame);
  limn_json_text_add_double (text, "denoise_seconds", step->denoise_seconds);
  if (step->frame)
    limn_json_text_add_double (text, "decode_seconds", step->decode_seconds);
  else
    limn_json_text_add_null (text, "decode_seconds");
  end_event (text);
}

void
limn_cli_progress_picture (LimnCliProgress progress, const LimnRequest *request, const LimnResult *result, const char *path, const char *latents)
{
  LimnJsonText *text;

  limn_cli_progress_clear (progress);
  if (progress != LIMN_CLI_PROGRESS_JSON)
    {
      /* They are the same for all of a batch. */
      for (guint i = 0; request->batch_index == 0 && result->notes[i]; i++)
        limn_cli_say ("Note: %s", result->notes[i]);
      return;
    }
  text = begin_event ("picture");
  limn_json_text_add_int (text, "picture", request->batch_index);
  limn_json_text_add_string (text, "path", path);
  limn_json_text_add_string (text, "latents", latents);
  limn_json_text_add_double (text, "seconds", result->seconds);
  limn_json_text_add_int (text, "recoveries", result->n_recoveries);
  limn_json_text_begin_array (text, "notes");
  for (guint i = 0; result->notes[i]; i++)
    limn_json_text_add_string (text, NULL, result->notes[i]);
  limn_json_text_end_array (text);
  end_event (text);
}

void
limn_cli_progress_clear (LimnCliProgress progress)
{
  if (progress == LIMN_CLI_PROGRESS_BAR)
    {
      fputs ("\r\033[K", stderr);
      fflush (stderr);
    }
}

int
limn_cli_progress_fail (LimnCliProgress progress, const GError *error)
{
  limn_cli_progress_clear (progress);
  if (progress == LIMN_CLI_PROGRESS_JSON)
    {
      gboolean cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      LimnJsonText *text = begin_event (cancelled ? "cancelled" : "error");

      if (!cancelled)
        limn_json_text_add_string (text, "message", error->message);
      end_event (text);
    }
  return limn_cli_fail (error);
}
