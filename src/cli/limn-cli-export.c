/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli.h"

#include "base/limn-error.h"
#include "image/limn-export.h"
#include "library/limn-atomic-file.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A picture for export is read as a whole; this is more than any camera makes. */
#define MAX_FILE_BYTES (G_GUINT64_CONSTANT (1) << 30)

static GBytes *
read_picture (const char *path, GError **error)
{
  GStatBuf info;
  char *data;
  gsize length;

  /* A pipe would wait for whoever writes into it. */
  if (g_stat (path, &info) == 0 && (!S_ISREG (info.st_mode) || (guint64) info.st_size > MAX_FILE_BYTES))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” is not a picture file.", path);
      return NULL;
    }
  if (!g_file_get_contents (path, &data, &length, error))
    return NULL;
  return g_bytes_new_take (data, length);
}

int
limn_cli_export (int argc, char **argv)
{
  g_autofree char *quality_text = NULL;
  gboolean no_metadata = FALSE;
  GOptionEntry entries[] = {
    { "quality", 'q', 0, G_OPTION_ARG_FILENAME, &quality_text,
      "Of JPEG and WebP, 1 to 100; 100 loses nothing in a WebP (default: 92)", "N" },
    { "no-metadata", 0, 0, G_OPTION_ARG_NONE, &no_metadata, "Leaves out the settings, and all else that tells how it was made", NULL },
    { NULL },
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) file = NULL;
  g_autoptr(GBytes) made = NULL;
  LimnExportFormat format;
  guint64 quality = 0;
  guint n_rest;
  char **rest;

  if (!limn_cli_parse ("export", "PICTURE OUTPUT",
                       "Writes a picture as JPEG, WebP or PNG, as the ending of OUTPUT says; one that is there is replaced. The settings go "
                       "along\nas other programs read them; Limn's own recipe, from which the same pixels can be made, only into PNGs.",
                       NULL, entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest != 2)
    return limn_cli_usage ("export", "Two files are needed: the picture, and what it is written to.");
  if ((quality_text && !limn_cli_parse_uint ("--quality", quality_text, 100, &quality, &error)) ||
      !limn_export_format_from_path (rest[1], &format, &error))
    return limn_cli_usage ("export", "%s", error->message);
  if (quality_text && quality == 0)
    return limn_cli_usage ("export", "--quality must be a whole number from 1 to 100, not “%s”.", quality_text);
  if (!limn_cli_check_writable (rest[1], &error))
    {
      limn_cli_fail (error);
      return LIMN_CLI_NO_OUTPUT;
    }
  file = read_picture (rest[0], &error);
  if (file)
    made = limn_export_convert (file, format, quality, !no_metadata, &error);
  if (!made)
    {
      g_prefix_error (&error, "“%s”: ", rest[0]);
      return limn_cli_fail (error);
    }
  if (!limn_atomic_file_write (rest[1], made, &error))
    {
      limn_cli_fail (error);
      return LIMN_CLI_NO_OUTPUT;
    }
  puts (rest[1]);
  return LIMN_CLI_OK;
}
