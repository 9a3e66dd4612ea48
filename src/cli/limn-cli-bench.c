/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli.h"

#include "gl/limn-gl-probe.h"
#include "session/limn-json-text.h"

#include <stdio.h>

int
limn_bench_main (int argc, char **argv)
{
  g_autofree char *device = NULL;
  gboolean json = FALSE;
  GOptionEntry entries[] = {
    { "device", 'd', 0, G_OPTION_ARG_FILENAME, &device,
      "Number or part of a name from limn-cli devices (default: the first hardware)", "N|NAME" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "One JSON object", NULL },
    { NULL },
  };
  g_autoptr(LimnGl) gl = NULL;
  g_autoptr(GError) error = NULL;
  LimnGlOptions options = { NULL };
  LimnGlProbe probe;
  guint n_rest;
  char **rest;

  if (!limn_cli_parse ("bench", NULL, "Measures a device.", NULL, entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest > 0)
    return limn_cli_usage ("bench", "What is “%s”? This command takes no arguments.", rest[0]);
  options.device = device;
  gl = limn_gl_new (&options, &error);
  if (!gl || !limn_gl_probe (gl, &probe, &error))
    return limn_cli_fail (error);
  if (json)
    {
      LimnJsonText *text = limn_json_text_new ();
      g_autofree char *line = NULL;

      limn_json_text_begin_object (text, NULL);
      limn_json_text_add_string (text, "device", limn_gl_get_device (gl)->name);
      limn_json_text_add_string (text, "driver", limn_gl_get_device (gl)->driver);
      limn_json_text_add_double (text, "fma_gflops", probe.fma_gflops);
      limn_json_text_add_double (text, "copy_gbps", probe.copy_gbps);
      limn_json_text_end_object (text);
      line = limn_json_text_free (text);
      puts (line);
    }
  else
    printf ("%s\n%.0f GFLOP/s of multiply-adds, %.1f GB/s copied\n", limn_gl_get_device (gl)->name, probe.fma_gflops,
            probe.copy_gbps);
  return LIMN_CLI_OK;
}
