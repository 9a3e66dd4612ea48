/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli.h"

#include "base/limn-error.h"
#include "library/limn-atomic-file.h"
#include "session/limn-engine-model.h"

#include <glib-unix.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char limn_cli_exit_text[] =
  "Exit status:\n"
  "  0    done\n"
  "  1    failed\n"
  "  2    an option or setting that is wrong or does not fit the others\n"
  "  3    a model or picture that is missing, damaged or not supported\n"
  "  4    no usable OpenGL 4.5 device\n"
  "  5    the device has less memory than the picture needs\n"
  "  6    what was made cannot be written\n"
  "  7    verify: not the same picture\n"
  "  130  cancelled by SIGINT or SIGTERM; nothing half-written stays\n";

char *
limn_cli_dup_printable (const char *text)
{
  GString *shown = g_string_new (NULL);

  for (const guchar *c = (const guchar *) text; *c; c++)
    if ((*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7f)
      g_string_append_printf (shown, "\\x%02x", *c);
    else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) /* U+0080 to U+009F in UTF-8 */
      g_string_append_printf (shown, "\\x%02x", *++c);
    else
      g_string_append_c (shown, *c);
  return g_string_free (shown, FALSE);
}

void
limn_cli_say (const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *shown = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  shown = limn_cli_dup_printable (text);
  fprintf (stderr, "%s\n", shown);
}

static LimnCliExit
exit_of (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return LIMN_CLI_CANCELLED;
  /* What is read is a model or a picture; what cannot be written does not come through here. */
  if (error->domain == G_IO_ERROR || error->domain == G_FILE_ERROR)
    return LIMN_CLI_BAD_INPUT;
  if (error->domain != LIMN_ERROR)
    return LIMN_CLI_FAILED;
  switch ((LimnErrorCode) error->code)
    {
    case LIMN_ERROR_INVALID:
      return LIMN_CLI_USAGE;
    case LIMN_ERROR_FORMAT:
    case LIMN_ERROR_UNSUPPORTED:
    case LIMN_ERROR_NO_VOCABULARY:
      return LIMN_CLI_BAD_INPUT;
    case LIMN_ERROR_NO_GPU:
      return LIMN_CLI_NO_DEVICE;
    case LIMN_ERROR_OUT_OF_MEMORY:
      return LIMN_CLI_OUT_OF_MEMORY;
    case LIMN_ERROR_DIFFERENT:
      return LIMN_CLI_DIFFERENT;
    case LIMN_ERROR_SHAPE:
    case LIMN_ERROR_DEVICE_LOST:
    default:
      return LIMN_CLI_FAILED;
    }
}

int
limn_cli_fail (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    limn_cli_say ("Cancelled.");
  else
    limn_cli_say ("limn-cli: %s", error->message);
  return exit_of (error);
}

int
limn_cli_usage (const char *command, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  limn_cli_say ("limn-cli: %s", message);
  limn_cli_say ("limn-cli %s%s--help tells what there is.", command ? command : "", command ? " " : "");
  return LIMN_CLI_USAGE;
}

gboolean
limn_cli_parse (const char   *command,
                const char   *what,
                const char   *summary,
                const char   *more,
                GOptionEntry *entries,
                int           argc,
                char        **argv,
                guint        *n_rest,
                char       ***rest)
{
  g_autoptr(GOptionContext) context = g_option_context_new (what);
  g_autofree char *description = g_strconcat (more ? more : "", more ? "\n" : "", limn_cli_exit_text, NULL);
  g_autofree char *name = g_strdup_printf ("limn-cli %s", command);
  g_autoptr(GError) error = NULL;

  g_set_prgname (name);
  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      limn_cli_usage (command, "%s", error->message);
      return FALSE;
    }
  /* GOption leaves "--" where an argument that looks like an option follows. */
  *rest = argv + 1;
  *n_rest = argc - 1;
  if (*n_rest > 0 && g_str_equal (**rest, "--"))
    {
      *rest += 1;
      *n_rest -= 1;
    }
  return TRUE;
}

gboolean
limn_cli_parse_uint (const char *option, const char *text, guint64 max, guint64 *value, GError **error)
{
  if (g_ascii_string_to_unsigned (text, 10, 0, max, value, NULL))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "%s must be a whole number from 0 to %" G_GUINT64_FORMAT ", not “%s”.",
               option, max, text);
  return FALSE;
}

gboolean
limn_cli_parse_double (const char *option, const char *text, double *value, GError **error)
{
  char *end;

  /* NaN and infinity are numbers here; limn_request_check() says that they cannot be. */
  *value = g_ascii_strtod (text, &end);
  if (*text && *end == '\0' && !g_ascii_isspace (*text))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "%s must be a number, not “%s”.", option, text);
  return FALSE;
}

gboolean
limn_cli_parse_size (const char *option, const char *text, guint *width, guint *height, GError **error)
{
  g_auto(GStrv) parts = g_strsplit (text, "x", 3);
  guint64 w, h;

  if (g_strv_length (parts) == 2 && g_ascii_string_to_unsigned (parts[0], 10, 1, LIMN_REQUEST_MAX_SIDE, &w, NULL) &&
      g_ascii_string_to_unsigned (parts[1], 10, 1, LIMN_REQUEST_MAX_SIDE, &h, NULL))
    {
      *width = w;
      *height = h;
      return TRUE;
    }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
               "%s must be width and height in pixels, each from 1 to %d, as 512x512; not “%s”.", option, LIMN_REQUEST_MAX_SIDE, text);
  return FALSE;
}

LimnSession *
limn_cli_session_new (void)
{
  return limn_session_new (limn_engine_model_open, NULL, NULL);
}

/* Removing the source gives the signal its default meaning back: who presses Ctrl+C twice is in a hurry. */
static gboolean
on_signal (gpointer data)
{
  g_cancellable_cancel (data);
  return G_SOURCE_REMOVE;
}

void
limn_cli_cancel_on_signal (GCancellable *cancellable)
{
  g_unix_signal_add_full (G_PRIORITY_HIGH, SIGINT, on_signal, g_object_ref (cancellable), g_object_unref);
  g_unix_signal_add_full (G_PRIORITY_HIGH, SIGTERM, on_signal, g_object_ref (cancellable), g_object_unref);
}

gboolean
limn_cli_check_writable (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  const char *name = strrchr (path, '/') ? strrchr (path, '/') + 1 : path;

  if (*name == '\0' || g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY, "“%s” is a folder; the name of a file is needed.", path);
      return FALSE;
    }
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "“%s” cannot be written: there is no folder “%s”.", path, folder);
      return FALSE;
    }
  /* What a run that was killed in the middle of writing has left there. */
  limn_atomic_file_sweep (folder);
  return limn_atomic_file_check (path, error);
}

char *
limn_cli_samplers_text (void)
{
  GString *text = g_string_new ("Samplers (* draws noise in each step, so that another number of steps is another picture):\n");
  const char *const *names = limn_schedule_kind_list_names ();

  for (guint i = 0; i < LIMN_SAMPLER_N_KINDS; i++)
    {
      const LimnSamplerFacts *facts = limn_sampler_get_facts (i);
      g_autofree char *eta = facts->has_eta ? g_strdup_printf ("  --eta %g", facts->default_eta) : g_strdup ("");

      g_string_append_printf (text, "  %-14s %-16s%s %u pass%s a step%s\n", facts->name, facts->display_name,
                              facts->stochastic ? "*" : " ", facts->calls, facts->calls == 1 ? "  " : "es", eta);
    }
  g_string_append (text, "\nSchedules:\n ");
  for (guint i = 0; names[i]; i++)
    g_string_append_printf (text, " %s", names[i]);
  g_string_append (text, "\n");
  return g_string_free (text, FALSE);
}
