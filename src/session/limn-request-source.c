/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-request-source.h"

#include "base/limn-error.h"
#include "session/limn-request-private.h"

#include <math.h>
#include <string.h>

/* Nothing may be grown past what a request's sides may be. */
#define MAX_GROW 16384

static const char *const content_names[] = { "original", "blurred", "noise", "empty", NULL };
static const char *const restore_names[] = { "none", "colorize", "jpeg", "enlarge", NULL };

static const char *const keys[] = { "picture", "mask", "file", "strength", "content", "feather", "only_masked", "padding", "grow_left",
                                    "grow_top", "grow_right", "grow_bottom", "restore", NULL };

gboolean
limn_request_find_name (const char *const *names, const char *what, const char *name, guint *index, GError **error)
{
  g_autofree char *list = NULL;

  for (guint i = 0; names[i]; i++)
    if (g_str_equal (names[i], name))
      {
        *index = i;
        return TRUE;
      }
  list = g_strjoinv (", ", (char **) names);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There is no %s “%s”; there are: %s.", what, name, list);
  return FALSE;
}

gboolean
limn_masked_content_from_name (const char *name, LimnMaskedContent *content, GError **error)
{
  guint index;

  if (!limn_request_find_name (content_names, "masked content", name, &index, error))
    return FALSE;
  *content = (LimnMaskedContent) index;
  return TRUE;
}

const char *
limn_masked_content_get_name (LimnMaskedContent content)
{
  return content_names[content];
}

gboolean
limn_restore_from_name (const char *name, LimnRestore *restore, GError **error)
{
  guint index;

  if (!limn_request_find_name (restore_names, "way to restore", name, &index, error))
    return FALSE;
  *restore = (LimnRestore) index;
  return TRUE;
}

const char *
limn_restore_get_name (LimnRestore restore)
{
  return restore_names[restore];
}

LimnRequestSource *
limn_request_source_new (const char *picture)
{
  LimnRequestSource *source = g_new0 (LimnRequestSource, 1);

  source->picture = g_strdup (picture);
  source->strength = LIMN_SOURCE_STRENGTH;
  source->feather = LIMN_SOURCE_FEATHER;
  source->padding = LIMN_SOURCE_PADDING;
  return source;
}

LimnRequestSource *
limn_request_source_copy (const LimnRequestSource *source)
{
  LimnRequestSource *copy = g_memdup2 (source, sizeof *source);

  copy->picture = g_strdup (source->picture);
  copy->mask = g_strdup (source->mask);
  copy->file = g_strdup (source->file);
  return copy;
}

void
limn_request_source_free (LimnRequestSource *source)
{
  if (!source)
    return;
  g_free (source->picture);
  g_free (source->mask);
  g_free (source->file);
  g_free (source);
}

static void
replace (char **place, const char *value)
{
  char *copy = g_strdup (value);

  g_free (*place);
  *place = copy;
}

void
limn_request_source_set_picture (LimnRequestSource *source, const char *picture)
{
  replace (&source->picture, picture);
}

void
limn_request_source_set_mask (LimnRequestSource *source, const char *mask)
{
  replace (&source->mask, mask);
}

void
limn_request_source_set_file (LimnRequestSource *source, const char *file)
{
  replace (&source->file, file);
}

gboolean
limn_request_source_equal (const LimnRequestSource *a, const LimnRequestSource *b)
{
  if (!a || !b)
    return a == b;
  return g_strcmp0 (a->picture, b->picture) == 0 && g_strcmp0 (a->mask, b->mask) == 0 &&
         g_strcmp0 (a->file, b->file) == 0 &&
         /* NaN, which only an unchecked request holds, is equal to itself here. */
         memcmp (&a->strength, &b->strength, sizeof a->strength) == 0 && a->content == b->content && a->feather == b->feather &&
         a->only_masked == b->only_masked && a->padding == b->padding && a->grow_left == b->grow_left &&
         a->grow_top == b->grow_top && a->grow_right == b->grow_right && a->grow_bottom == b->grow_bottom &&
         a->restore == b->restore;
}

gboolean
limn_request_source_id_is_valid (const char *id)
{
  gsize length = 0;

  for (; id && id[length] && length <= 64; length++)
    if (!g_ascii_isdigit (id[length]) && (id[length] < 'a' || id[length] > 'f'))
      return FALSE;
  return length == 64;
}

static gboolean
check_id (const char *what, const char *of, const char *id, GError **error)
{
  if (limn_request_source_id_is_valid (id))
    return TRUE;
  /* What it is instead may be anything, also no text. */
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
               "%s must be named by the SHA-256 of its %s, 64 digits of hexadecimal.", what, of);
  return FALSE;
}

static gboolean
check_pixels (const char *what, guint value, guint max, GError **error)
{
  if (value <= max)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "%s must be 0 to %u pixels, not %u.", what, max, value);
  return FALSE;
}

gboolean
limn_request_source_check (const LimnRequestSource *source, GError **error)
{
  if (!check_id ("The picture to start from", "pixels", source->picture, error) ||
      (source->mask && !check_id ("The mask", "pixels", source->mask, error)) ||
      (source->file && !check_id ("The JPEG", "bytes", source->file, error)))
    return FALSE;
  if ((source->restore == LIMN_RESTORE_JPEG) != (source->file != NULL))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The JPEG itself is needed to remove its damage, and for nothing else.");
      return FALSE;
    }
  /* NaN fails both comparisons. */
  if (!(source->strength >= 0 && source->strength <= 1))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The strength must be a number from 0 to 1, not %g.", source->strength);
      return FALSE;
    }
  if ((guint) source->content > LIMN_CONTENT_EMPTY || (guint) source->restore > LIMN_RESTORE_ENLARGE)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There is no masked content number %d, or no way to restore number %d.",
                   source->content, source->restore);
      return FALSE;
    }
  return check_pixels ("The feather (mask blur)", source->feather, LIMN_SOURCE_MAX_FEATHER, error) &&
         check_pixels ("The padding around the mask", source->padding, LIMN_SOURCE_MAX_PADDING, error) &&
         check_pixels ("What is added on the left", source->grow_left, MAX_GROW, error) &&
         check_pixels ("What is added above", source->grow_top, MAX_GROW, error) &&
         check_pixels ("What is added on the right", source->grow_right, MAX_GROW, error) &&
         check_pixels ("What is added below", source->grow_bottom, MAX_GROW, error);
}

void
limn_request_source_write (const LimnRequestSource *source, LimnJsonText *text, const char *key)
{
  if (!source)
    {
      limn_json_text_add_null (text, key);
      return;
    }
  limn_json_text_begin_object (text, key);
  limn_json_text_add_string (text, "picture", source->picture);
  limn_json_text_add_string (text, "mask", source->mask);
  limn_json_text_add_string (text, "file", source->file);
  limn_json_text_add_double (text, "strength", source->strength);
  limn_json_text_add_string (text, "content", limn_masked_content_get_name (source->content));
  limn_json_text_add_int (text, "feather", source->feather);
  limn_json_text_add_bool (text, "only_masked", source->only_masked);
  limn_json_text_add_int (text, "padding", source->padding);
  limn_json_text_add_int (text, "grow_left", source->grow_left);
  limn_json_text_add_int (text, "grow_top", source->grow_top);
  limn_json_text_add_int (text, "grow_right", source->grow_right);
  limn_json_text_add_int (text, "grow_bottom", source->grow_bottom);
  limn_json_text_add_string (text, "restore", limn_restore_get_name (source->restore));
  limn_json_text_end_object (text);
}

static gboolean
get_uint (LimnJson *json, const char *key, guint *value, GError **error)
{
  gint64 number;

  if (!limn_json_get_int (json, key, 0, G_MAXUINT32, &number, error))
    return FALSE;
  *value = number;
  return TRUE;
}

LimnRequestSource *
limn_request_source_read (LimnJson *json, GError **error)
{
  g_autoptr(LimnRequestSource) source = limn_request_source_new (NULL);
  const char *picture, *mask, *file, *content, *restore;

  /* As everywhere in a request: what is left out was cut by somebody, what is unknown would be lost. */
  if (!limn_request_check_keys (json, keys, "a source", error))
    return NULL;
  if (!limn_json_get_string (json, "picture", &picture, error) ||
      !limn_json_get_string_or (json, "mask", NULL, &mask, error) ||
      !limn_json_get_string_or (json, "file", NULL, &file, error) ||
      !limn_json_get_double (json, "strength", -G_MAXDOUBLE, G_MAXDOUBLE, &source->strength, error) ||
      !limn_json_get_string (json, "content", &content, error) ||
      !limn_masked_content_from_name (content, &source->content, error) ||
      !get_uint (json, "feather", &source->feather, error) ||
      !limn_json_get_bool (json, "only_masked", &source->only_masked, error) ||
      !get_uint (json, "padding", &source->padding, error) ||
      !get_uint (json, "grow_left", &source->grow_left, error) ||
      !get_uint (json, "grow_top", &source->grow_top, error) ||
      !get_uint (json, "grow_right", &source->grow_right, error) ||
      !get_uint (json, "grow_bottom", &source->grow_bottom, error) ||
      !limn_json_get_string (json, "restore", &restore, error) ||
      !limn_restore_from_name (restore, &source->restore, error))
    return NULL;
  limn_request_source_set_picture (source, picture);
  limn_request_source_set_mask (source, mask);
  limn_request_source_set_file (source, file);
  return g_steal_pointer (&source);
}
