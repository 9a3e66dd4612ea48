/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library/limn-picture.h"

#include "base/limn-error.h"
#include "image/limn-parameters.h"
#include "image/limn-png-edit.h"
#include "image/limn-xmp.h"
#include "library/limn-atomic-file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* At most LIMN_PICTURE_MAX_PROMPT bytes of @text, whole characters. */
static char *
dup_bounded (const char *text)
{
  const char *end;

  if (text == NULL)
    return g_strdup ("");
  if (strlen (text) <= LIMN_PICTURE_MAX_PROMPT)
    return g_strdup (text);
  end = g_utf8_find_prev_char (text, text + LIMN_PICTURE_MAX_PROMPT + 1);
  return g_strndup (text, end - text);
}

static char *
dup_name (const char *name)
{
  return name != NULL && *name != '\0' && strlen (name) <= LIMN_PICTURE_MAX_PROMPT ? g_strdup (name) : NULL;
}

/* Long enough to say which file it was, and nothing else. */
static char *
dup_hash (const char *hash)
{
  gsize length = hash != NULL ? strspn (hash, "0123456789abcdefABCDEF") : 0;

  return length >= LIMN_PICTURE_MODEL_HASH && hash[length] == '\0' ? g_ascii_strdown (hash, LIMN_PICTURE_MODEL_HASH) : NULL;
}

LimnPicture *
limn_picture_load (const char           *path,
                   LimnPictureIdentify   identify,
                   GError              **error)
{
  g_autoptr(LimnPng) png = NULL;
  g_autoptr(LimnPicture) picture = NULL;
  struct stat info;
  const char *text, *trajectory;

  g_return_val_if_fail (path != NULL, NULL);

  /* Before the reading: what changes meanwhile is then seen as newer. */
  if (stat (path, &info) != 0)
    memset (&info, 0, sizeof info);
  png = limn_png_load_texts (path, error);
  if (png == NULL)
    return NULL;

  picture = g_new0 (LimnPicture, 1);
  picture->path = g_strdup (path);
  picture->mtime_ns = info.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info.st_mtim.tv_nsec;
  picture->ctime_ns = info.st_ctim.tv_sec * G_GINT64_CONSTANT (1000000000) + info.st_ctim.tv_nsec;
  picture->size = info.st_size;
  picture->width = png->width;
  picture->height = png->height;
  picture->starred = limn_png_get_rating (png) == LIMN_XMP_MAX_RATING;

  trajectory = limn_png_lookup (png, LIMN_PICTURE_TRAJECTORY_KEYWORD);
  if (trajectory != NULL && g_uuid_string_is_valid (trajectory))
    picture->trajectory = g_ascii_strdown (trajectory, -1);

  text = limn_png_lookup (png, "parameters");
  if (text != NULL)
    {
      g_autoptr(LimnParameters) parameters = limn_parameters_parse (text);

      picture->prompt = dup_bounded (parameters->prompt);
      picture->negative_prompt = dup_bounded (parameters->negative_prompt);
      picture->has_seed = parameters->has_seed;
      picture->seed = parameters->seed;
      picture->model = dup_name (parameters->model);
      picture->model_hash = dup_hash (parameters->model_hash);
      picture->sampler = dup_name (parameters->sampler);
    }
  else
    {
      picture->prompt = g_strdup ("");
      picture->negative_prompt = g_strdup ("");
    }
  text = limn_png_lookup (png, LIMN_PICTURE_RECIPE_KEYWORD);
  if (identify != NULL && text != NULL)
    picture->line = identify (text);
  if (picture->line != NULL && picture->line->len > 0)
    {
      g_array_set_size (picture->line, MIN (picture->line->len, LIMN_PICTURE_MAX_ANCESTORS));
      picture->hash = g_strdup (g_array_index (picture->line, LimnPictureAncestor, 0).hash);
      picture->is_branch = picture->line->len > 1;
    }
  return g_steal_pointer (&picture);
}

gboolean
limn_picture_set_starred (const char  *path,
                          gboolean     starred,
                          GError     **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autoptr(LimnPng) png = NULL;
  g_autoptr(GBytes) before = NULL;
  g_autoptr(GBytes) after = NULL;
  struct stat info;
  struct timespec times[2];
  char *data;
  gsize length;

  /* Also finds out what is no picture, or too large for one. */
  png = limn_png_load_texts (path, error);
  if (png == NULL)
    return FALSE;
  if ((limn_png_get_rating (png) == LIMN_XMP_MAX_RATING) == !!starred)
    return TRUE;

  if (stat (path, &info) != 0)
    memset (&info, 0, sizeof info);
  if (!g_file_get_contents (path, &data, &length, error))
    return FALSE;
  before = g_bytes_new_take (data, length);
  after = limn_png_set_rating (before, starred ? LIMN_XMP_MAX_RATING : 0, error);
  if (after == NULL)
    {
      g_prefix_error (error, "“%s”: ", shown);
      return FALSE;
    }
  if (!limn_atomic_file_write (path, after, error))
    return FALSE;

  /* A file system that does not let the time be set: the picture moves to the front, no more. */
  times[0] = (struct timespec) { .tv_nsec = UTIME_OMIT };
  times[1] = info.st_mtim;
  if (info.st_mtim.tv_sec != 0 && utimensat (AT_FDCWD, path, times, 0) != 0)
    g_debug ("time of %s not kept", shown);
  return TRUE;
}

void
limn_picture_free (LimnPicture *picture)
{
  if (picture == NULL)
    return;
  g_free (picture->path);
  g_free (picture->prompt);
  g_free (picture->negative_prompt);
  g_free (picture->model);
  g_free (picture->model_hash);
  g_free (picture->sampler);
  g_free (picture->trajectory);
  g_clear_pointer (&picture->line, g_array_unref);
  g_free (picture->hash);
  g_free (picture);
}
