/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A config: parsed, then every getter on every key of every object, right type or not. */
#include "config.h"

#include "formats/limn-json.h"

#include <math.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

/* A getter fails with an error that is text, or succeeds without one. */
static void
check (gboolean  ok,
       GError  **error)
{
  if (ok != (*error == NULL))
    g_abort ();
  if (*error != NULL && !g_utf8_validate ((*error)->message, -1, NULL))
    g_abort ();
  g_clear_error (error);
}

static void
walk (const LimnJson *json)
{
  g_autofree const char **keys = limn_json_get_keys (json, NULL);
  g_autoptr(GError) error = NULL;

  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autoptr(GArray) ints = limn_json_get_ints (json, keys[i], -5, 5, 100, &error);
      g_autoptr(GArray) doubles = NULL;
      g_auto(GStrv) strings = NULL;
      g_autoptr(LimnJson) object = NULL;
      const char *s = NULL;
      gint64 n = 0;
      double d = 0;
      gboolean b = FALSE;
      gboolean ok;
      guint length = 0;

      check (ints != NULL, &error);
      doubles = limn_json_get_doubles (json, keys[i], 100, &error);
      check (doubles != NULL, &error);
      strings = limn_json_get_strings (json, keys[i], 100, &error);
      check (strings != NULL, &error);
      check (limn_json_get_string (json, keys[i], &s, &error), &error);
      if (s != NULL && !g_utf8_validate (s, -1, NULL))
        g_abort ();
      ok = limn_json_get_int (json, keys[i], -5, 5, &n, &error);
      check (ok, &error);
      if (ok && (n < -5 || n > 5))
        g_abort ();
      ok = limn_json_get_double (json, keys[i], -G_MAXDOUBLE, G_MAXDOUBLE, &d, &error);
      check (ok, &error);
      if (ok && !isfinite (d))
        g_abort ();
      check (limn_json_get_bool (json, keys[i], &b, &error), &error);
      check (limn_json_get_int_or (json, keys[i], 0, 9, 1, &n, &error), &error);
      object = limn_json_get_object (json, keys[i], &error);
      check (object != NULL, &error);
      if (object != NULL)
        walk (object);
      check (limn_json_get_length (json, keys[i], &length, &error), &error);
      for (guint k = 0; k <= MIN (length, 4); k++)
        {
          g_autoptr(LimnJson) element = limn_json_get_element (json, keys[i], k, &error);

          check (element != NULL, &error);
          if (element != NULL)
            walk (element);
        }
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnJson) json = limn_json_new_for_data ((const char *) data, size, "fuzz", 0, &error);

  check (json != NULL, &error);
  if (json != NULL)
    walk (json);
  return 0;
}
