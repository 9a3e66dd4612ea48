/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "formats/limn-merges.h"

#include "base/limn-error.h"
#include "formats/limn-json.h"

#include <string.h>

#define HEAD "#version: 0.2\n"

static GBytes *
fail (const char  *name,
      guint        found,
      guint        n,
      GError     **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” is not CLIP's vocabulary: it has %u merges, CLIP's has %u", name, found, n);
  return NULL;
}

/* Of one merge: "a b", or since tokenizers 0.20 ["a", "b"]. */
static gboolean
add_merge (GString      *text,
           const json_t *merge)
{
  const char *a = json_string_value (json_array_get (merge, 0)), *b = json_string_value (json_array_get (merge, 1));

  if (json_is_string (merge))
    g_string_append_printf (text, "%s\n", json_string_value (merge));
  else if (json_array_size (merge) == 2 && a && b)
    g_string_append_printf (text, "%s %s\n", a, b);
  else
    return FALSE;
  return TRUE;
}

static GBytes *
read_json (const char  *data,
           gsize        length,
           const char  *name,
           guint        n,
           GError     **error)
{
  g_autoptr(LimnJson) json = limn_json_new_for_data (data, length, name, 0, error);
  const json_t *merges;
  g_autoptr(GString) text = NULL;
  guint found;

  if (!json)
    return NULL;
  merges = json_object_get (json_object_get (limn_json_get_root (json), "model"), "merges");
  if (!json_is_array (merges))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” is not the vocabulary of a tokenizer: it has no merges in it", name);
      return NULL;
    }
  text = g_string_new (HEAD);
  for (found = 0; found < json_array_size (merges) && found < n; found++)
    if (!add_merge (text, json_array_get (merges, found)))
      break;
  if (found < n)
    return fail (name, found, n, error);
  return g_string_free_to_bytes (g_steal_pointer (&text));
}

GBytes *
limn_merges_read (const char  *data,
                  gsize        length,
                  const char  *name,
                  guint        n,
                  GError     **error)
{
  const char *end = data + length, *line;
  g_autoptr(GString) text = NULL;
  guint found = 0;

  if (length > 0 && *data == '{')
    return read_json (data, length, name, n, error);
  /* The first line names the version in all such files. */
  line = memchr (data, '\n', length);
  text = g_string_sized_new (length);
  g_string_append (text, HEAD);
  while (line && line + 1 < end && found < n)
    {
      const char *begin = line + 1;
      gsize size;

      line = memchr (begin, '\n', end - begin);
      size = (line ? line : end) - begin;
      if (size > 0 && begin[size - 1] == '\r')
        size--;
      if (size == 0 || memchr (begin, '\0', size) || !memchr (begin, ' ', size))
        break;
      g_string_append_len (text, begin, size);
      g_string_append_c (text, '\n');
      found++;
    }
  if (found < n)
    return fail (name, found, n, error);
  return g_string_free_to_bytes (g_steal_pointer (&text));
}
