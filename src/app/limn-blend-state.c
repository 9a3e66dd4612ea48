/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The file: one object. Requests lie in it as texts, so that reading one is what reading a request always is. A picture's id is 64 digits, by
 * which the stash's sweep knows that it is needed. */
#include "config.h"

#include "app/limn-blend-private.h"

#include "base/limn-error.h"
#include "formats/limn-json.h"
#include "session/limn-json-text.h"

#include <string.h>

#define VERSION 1
/* Four recipes of chains; one of a common picture has 1 KiB. */
#define MAX_BYTES (4 * 1024 * 1024)

static const char *const way_names[] = { "imagined", "diffused", "straight" };
static const char *const kind_names[] = { "empty", "picture", "words" };

G_STATIC_ASSERT (G_N_ELEMENTS (way_names) == LIMN_BLEND_N_WAYS);

char *
limn_blend_to_json (LimnBlend *self)
{
  LimnJsonText *text = limn_json_text_new ();

  limn_json_text_begin_object (text, NULL);
  limn_json_text_add_int (text, "version", VERSION);
  limn_json_text_add_int (text, "n_ends", self->n_ends);
  limn_json_text_add_string (text, "way", way_names[self->way]);
  limn_json_text_add_double (text, "strength", self->strength);
  limn_json_text_add_double (text, "u", self->u);
  limn_json_text_add_double (text, "v", self->v);
  limn_json_text_add_string (text, "words", self->words);
  limn_json_text_begin_array (text, "ends");
  for (guint i = 0; i < LIMN_BLEND_MAX_ENDS; i++)
    {
      const LimnBlendEnd *end = &self->ends[i];
      g_autofree char *request = end->request ? limn_request_to_json (end->request) : NULL;
      g_autofree char *name = end->name ? g_utf8_make_valid (end->name, -1) : NULL;

      limn_json_text_begin_object (text, NULL);
      limn_json_text_add_string (text, "kind", kind_names[end->kind]);
      limn_json_text_add_string (text, "picture", end->picture);
      limn_json_text_add_int (text, "width", end->width);
      limn_json_text_add_int (text, "height", end->height);
      limn_json_text_add_string (text, "request", request);
      limn_json_text_add_string (text, "name", name);
      limn_json_text_end_object (text);
    }
  limn_json_text_end_array (text);
  limn_json_text_end_object (text);
  return limn_json_text_free (text);
}

/* --- Reading --- */

static gboolean
find_name (const char *name, const char *const *names, guint n, guint *index, const LimnJson *json, GError **error)
{
  for (guint i = 0; i < n; i++)
    if (g_str_equal (names[i], name))
      {
        *index = i;
        return TRUE;
      }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: “%s” is not known.", limn_json_get_name (json), name);
  return FALSE;
}

static gboolean
read_end (LimnJson *json, LimnBlendEnd *end, GError **error)
{
  const char *kind, *picture, *request, *name;
  gint64 width, height;
  guint index;

  if (!limn_json_get_string (json, "kind", &kind, error) ||
      !find_name (kind, kind_names, G_N_ELEMENTS (kind_names), &index, json, error) ||
      !limn_json_get_string_or (json, "picture", NULL, &picture, error) ||
      !limn_json_get_int_or (json, "width", 0, LIMN_IMAGE_MAX_SIDE, 0, &width, error) ||
      !limn_json_get_int_or (json, "height", 0, LIMN_IMAGE_MAX_SIDE, 0, &height, error) ||
      !limn_json_get_string_or (json, "request", NULL, &request, error) ||
      !limn_json_get_string_or (json, "name", NULL, &name, error))
    return FALSE;
  end->kind = index;
  if (end->kind == LIMN_BLEND_EMPTY)
    return TRUE;
  if (request)
    {
      end->request = limn_request_new_from_json (request, limn_json_get_name (json), error);
      if (!end->request)
        return FALSE;
    }
  if (end->kind == LIMN_BLEND_PICTURE ? !picture || !limn_request_source_id_is_valid (picture) : !end->request)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” does not say what is blended.", limn_json_get_name (json));
      return FALSE;
    }
  end->picture = end->kind == LIMN_BLEND_PICTURE ? g_strdup (picture) : NULL;
  end->width = width;
  end->height = height;
  end->name = g_strdup (name);
  return TRUE;
}

static gboolean
read_ends (LimnJson *json, LimnBlendEnd *ends, GError **error)
{
  guint n;

  if (!limn_json_get_length (json, "ends", &n, error))
    return FALSE;
  if (n != LIMN_BLEND_MAX_ENDS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” has %u ends.", limn_json_get_name (json), n);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LimnJson) end = limn_json_get_element (json, "ends", i, error);

      if (!end || !read_end (end, &ends[i], error))
        return FALSE;
    }
  return TRUE;
}

gboolean
limn_blend_load_json (LimnBlend *self, const char *text, GError **error)
{
  g_autoptr(LimnJson) json = limn_json_new_for_data (text, strlen (text), "blend.json", MAX_BYTES, error);
  LimnBlendEnd ends[LIMN_BLEND_MAX_ENDS] = { 0 };
  const char *way_name, *words;
  gint64 version, n_ends;
  double strength, u, v;
  guint way;

  if (!json || !limn_json_get_int (json, "version", VERSION, VERSION, &version, error) ||
      !limn_json_get_int (json, "n_ends", 2, LIMN_BLEND_MAX_ENDS, &n_ends, error) ||
      !limn_json_get_string (json, "way", &way_name, error) ||
      !find_name (way_name, way_names, G_N_ELEMENTS (way_names), &way, json, error) ||
      !limn_json_get_double (json, "strength", 0, 1, &strength, error) || !limn_json_get_double (json, "u", 0, 1, &u, error) ||
      !limn_json_get_double (json, "v", 0, 1, &v, error) || !limn_json_get_string (json, "words", &words, error))
    return FALSE;
  if (!read_ends (json, ends, error))
    {
      for (guint i = 0; i < LIMN_BLEND_MAX_ENDS; i++)
        limn_blend_end_clear (&ends[i]);
      return FALSE;
    }
  for (guint i = 0; i < LIMN_BLEND_MAX_ENDS; i++)
    {
      limn_blend_end_clear (&self->ends[i]);
      self->ends[i] = ends[i];
    }
  self->n_ends = n_ends == 3 ? 4 : n_ends;
  self->way = way;
  self->strength = strength;
  self->u = u;
  self->v = v;
  g_free (self->words);
  self->words = g_strdup (words);
  return TRUE;
}
