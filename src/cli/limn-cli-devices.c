/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli.h"

#include "gl/limn-gl.h"
#include "session/limn-json-text.h"

#include <stdio.h>

static void
print_text (const LimnGlDevice *device)
{
  const LimnGlLimits *limits = &device->limits;

  printf ("%u  %s\n", device->index, device->name);
  printf ("   kind               %s\n", limn_gl_class_get_name (device->device_class));
  printf ("   vendor             %s\n", device->vendor);
  printf ("   driver             %s\n", device->driver);
  if (device->memory_bytes)
    printf ("   memory             %.0f MiB\n", device->memory_bytes / 1048576.0);
  else
    printf ("   memory             the driver does not tell\n");
  printf ("   largest binding    %.0f MiB\n", limits->max_storage_bytes / 1048576.0);
  printf ("   shared memory      %u KiB\n", limits->max_shared_bytes / 1024);
  printf ("   work group         %u invocations\n", limits->max_invocations);
  printf ("   16-bit arithmetic  %s\n", limits->half_arithmetic ? "yes" : "no");
}

static void
add_json (LimnJsonText *text, const LimnGlDevice *device)
{
  const LimnGlLimits *limits = &device->limits;

  limn_json_text_begin_object (text, NULL);
  limn_json_text_add_int (text, "index", device->index);
  limn_json_text_add_string (text, "name", device->name);
  limn_json_text_add_string (text, "kind", limn_gl_class_get_name (device->device_class));
  limn_json_text_add_string (text, "vendor", device->vendor);
  limn_json_text_add_string (text, "driver", device->driver);
  if (device->memory_bytes)
    limn_json_text_add_int (text, "memory_bytes", device->memory_bytes);
  else
    limn_json_text_add_null (text, "memory_bytes");
  limn_json_text_begin_object (text, "limits");
  limn_json_text_add_int (text, "max_storage_bytes", limits->max_storage_bytes);
  limn_json_text_add_int (text, "max_uniform_bytes", limits->max_uniform_bytes);
  limn_json_text_add_int (text, "max_texels", limits->max_texels);
  limn_json_text_add_int (text, "max_buffer_bytes", limits->max_buffer_bytes);
  limn_json_text_add_int (text, "max_shared_bytes", limits->max_shared_bytes);
  limn_json_text_add_int (text, "max_invocations", limits->max_invocations);
  limn_json_text_add_int (text, "subgroup_size", limits->subgroup_size);
  limn_json_text_add_bool (text, "half_arithmetic", limits->half_arithmetic);
  limn_json_text_add_bool (text, "int8_storage", limits->int8_storage);
  limn_json_text_end_object (text);
  limn_json_text_end_object (text);
}

int
limn_cli_devices (int argc, char **argv)
{
  gboolean json = FALSE;
  GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "One JSON object", NULL },
    { NULL },
  };
  g_autoptr(GPtrArray) devices = NULL;
  g_autoptr(GError) error = NULL;
  guint n_rest;
  char **rest;

  if (!limn_cli_parse ("devices", NULL, "Lists every device with a usable OpenGL 4.5, the preferred first: hardware, then software.",
                       "The number or a part of the name is what --device takes. EGL_PLATFORM and other variables of the driver "
                       "are\nhonoured.\n", entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest > 0)
    return limn_cli_usage ("devices", "What is “%s”? This command takes no arguments.", rest[0]);

  devices = limn_gl_list_devices (&error);
  if (!devices)
    return limn_cli_fail (error);
  if (json)
    {
      LimnJsonText *text = limn_json_text_new ();
      g_autofree char *line = NULL;

      limn_json_text_begin_object (text, NULL);
      limn_json_text_begin_array (text, "devices");
      for (guint i = 0; i < devices->len; i++)
        add_json (text, g_ptr_array_index (devices, i));
      limn_json_text_end_array (text);
      limn_json_text_end_object (text);
      line = limn_json_text_free (text);
      puts (line);
      return LIMN_CLI_OK;
    }
  for (guint i = 0; i < devices->len; i++)
    {
      if (i > 0)
        putchar ('\n');
      print_text (g_ptr_array_index (devices, i));
    }
  return LIMN_CLI_OK;
}
