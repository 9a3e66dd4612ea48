/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-embedded.h"

#include "base/limn-error.h"

#include <string.h>

/* Half of what a reader takes in one text, LIMN_PNG_MAX_TEXT; a multiple of 4. */
#define PIECE (4u << 20)

static void
free_text (gpointer data)
{
  LimnPngText *text = data;

  g_free (text->keyword);
  g_free (text->text);
  g_free (text);
}

static void
add_file (GPtrArray *texts, const char *keyword, GBytes *file)
{
  gsize length;
  const guchar *data = g_bytes_get_data (file, &length);
  g_autofree char *base64 = g_base64_encode (data, length);
  gsize n = strlen (base64);

  for (gsize at = 0; at < n; at += PIECE)
    {
      LimnPngText *text = g_new (LimnPngText, 1);

      text->keyword = g_strdup (keyword);
      text->text = g_strndup (base64 + at, PIECE);
      g_ptr_array_add (texts, text);
    }
}

static GBytes *
pack_image (LimnStash *stash, const char *id, GError **error)
{
  g_autoptr(LimnImage) image = limn_stash_load (stash, id, error);

  return image ? limn_png_encode (image, NULL, 0, error) : NULL;
}

static gboolean
is_image (const LimnRequestFile *file)
{
  return file->kind != LIMN_REQUEST_FILE_JPEG;
}

char *
limn_embedded_dup_keyword (LimnRequestFileKind kind, guint number)
{
  static const char *const keywords[] = { LIMN_EMBEDDED_PICTURE_KEYWORD, LIMN_EMBEDDED_MASK_KEYWORD, LIMN_EMBEDDED_FILE_KEYWORD };

  return number == 1 ? g_strdup (keywords[kind]) : g_strdup_printf ("%s-%u", keywords[kind], number);
}

GPtrArray *
limn_embedded_new_texts (const LimnRequest *request, LimnStash *stash, GError **error)
{
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func (free_text);
  g_autoptr(GArray) files = limn_request_list_files (request);
  guint numbers[3] = { 0 };
  guint64 n_bytes = 0;

  for (guint i = 0; i < files->len; i++)
    {
      const LimnRequestFile *named = &g_array_index (files, LimnRequestFile, i);
      g_autoptr(GBytes) file = is_image (named) ? pack_image (stash, named->id, error) : limn_stash_load_file (stash, named->id, error);
      g_autofree char *keyword = limn_embedded_dup_keyword (named->kind, ++numbers[named->kind]);

      if (!file)
        return NULL;
      n_bytes += g_bytes_get_size (file);
      if (n_bytes > LIMN_EMBEDDED_MAX_BYTES)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                       "What this is made from is too large to be kept inside the picture: up to %" G_GUINT64_FORMAT " MiB are possible.",
                       LIMN_EMBEDDED_MAX_BYTES >> 20);
          return NULL;
        }
      add_file (texts, keyword, file);
    }
  return g_steal_pointer (&texts);
}

/* @file: (out) (nullable): what stands under @keyword. */
static gboolean
find_file (const GPtrArray *texts, const char *keyword, GBytes **file, GError **error)
{
  g_autoptr(GString) base64 = g_string_new (NULL);
  gsize length;
  guchar *data;

  *file = NULL;
  for (guint i = 0; i < texts->len; i++)
    {
      const LimnPngText *text = g_ptr_array_index (texts, i);

      if (!g_str_equal (text->keyword, keyword))
        continue;
      g_string_append (base64, text->text);
      if (base64->len > LIMN_EMBEDDED_MAX_BYTES / 3 * 4 + 4)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "What is kept in “%s” is larger than anything that Limn writes there.", keyword);
          return FALSE;
        }
    }
  if (base64->len == 0)
    return TRUE;
  data = g_base64_decode (base64->str, &length);
  *file = g_bytes_new_take (data, length);
  return TRUE;
}

static gboolean
fail_other (const char *keyword, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "What is kept in “%s” is not what the recipe names.", keyword);
  return FALSE;
}

/* The image as the stash would read it. */
static LimnImage *
read_image (GBytes *file, const char *keyword, GError **error)
{
  g_autoptr(LimnPng) png = limn_png_decode (file, LIMN_PNG_READ_ALL, error);

  if (!png)
    {
      g_prefix_error (error, "What is kept in “%s” is damaged: ", keyword);
      return NULL;
    }
  if (png->grey)
    return limn_image_dup_as (png->image, LIMN_PIXEL_GREY8);
  return limn_image_dup_as (png->image, limn_image_is_opaque (png->image) ? LIMN_PIXEL_RGB8 : LIMN_PIXEL_RGBA8);
}

static gboolean
unpack_image (GBytes *file, const char *keyword, const char *id, LimnStash *stash, GError **error)
{
  g_autoptr(LimnImage) image = read_image (file, keyword, error);
  g_autofree char *found = NULL;

  if (!image)
    return FALSE;
  found = limn_image_hash (image);
  if (!g_str_equal (found, id))
    return fail_other (keyword, error);
  g_free (limn_stash_add (stash, image));
  return TRUE;
}

static gboolean
unpack_file (GBytes *file, const char *keyword, const char *id, LimnStash *stash, GError **error)
{
  g_autofree char *found = limn_stash_hash_file (file);

  if (!g_str_equal (found, id))
    return fail_other (keyword, error);
  g_free (limn_stash_add_file (stash, file));
  return TRUE;
}

gboolean
limn_embedded_unpack (const GPtrArray *texts, const LimnRequest *request, LimnStash *stash, GError **error)
{
  g_autoptr(GArray) files = limn_request_list_files (request);
  guint numbers[3] = { 0 };

  for (guint i = 0; i < files->len; i++)
    {
      const LimnRequestFile *named = &g_array_index (files, LimnRequestFile, i);
      g_autofree char *keyword = limn_embedded_dup_keyword (named->kind, ++numbers[named->kind]);
      g_autoptr(GBytes) file = NULL;

      if (!find_file (texts, keyword, &file, error))
        return FALSE;
      if (file && !(is_image (named) ? unpack_image (file, keyword, named->id, stash, error)
                                     : unpack_file (file, keyword, named->id, stash, error)))
        return FALSE;
    }
  return TRUE;
}
