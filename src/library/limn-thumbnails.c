/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A thumbnail is valid while Thumb::MTime in it is the picture's time of change, and Thumb::URI its address. Other programs
 * write into the same folder: what is there is read like any file from a stranger, and whatever is odd is made again.
 */
#include "config.h"

#include "library/limn-thumbnails.h"

#include "image/limn-png.h"
#include "image/limn-resize.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

static char *
uri_of (const char *path)
{
  g_autoptr(GFile) file = g_file_new_for_path (path);

  return g_file_get_uri (file);
}

static char *
cache_folder (void)
{
  return g_build_filename (g_get_user_cache_dir (), "thumbnails", "large", NULL);
}

char *
limn_thumbnail_get_path (const char *path)
{
  g_autofree char *uri = uri_of (path);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_MD5, uri, -1);
  g_autofree char *name = g_strconcat (hash, ".png", NULL);
  g_autofree char *folder = cache_folder ();

  return g_build_filename (folder, name, NULL);
}

static LimnImage *
read_cached (const char *cached,
             const char *uri,
             const char *mtime)
{
  g_autoptr(LimnPng) head = limn_png_load (cached, LIMN_PNG_READ_TEXTS, NULL);
  g_autoptr(LimnPng) png = NULL;

  if (head == NULL || head->width > LIMN_THUMBNAIL_SIDE || head->height > LIMN_THUMBNAIL_SIDE
      || g_strcmp0 (limn_png_lookup (head, "Thumb::URI"), uri) != 0
      || g_strcmp0 (limn_png_lookup (head, "Thumb::MTime"), mtime) != 0)
    return NULL;
  png = limn_png_load (cached, LIMN_PNG_READ_ALL, NULL);
  return png != NULL ? g_steal_pointer (&png->image) : NULL;
}

static void
write_cached (const char    *cached,
              LimnImage     *thumbnail,
              LimnImage     *picture,
              const char    *uri,
              const char    *mtime,
              goffset        size)
{
  g_autofree char *bytes_text = g_strdup_printf ("%" G_GOFFSET_FORMAT, size);
  g_autofree char *width = g_strdup_printf ("%u", limn_image_get_width (picture));
  g_autofree char *height = g_strdup_printf ("%u", limn_image_get_height (picture));
  const LimnPngText texts[] = {
    { (char *) "Thumb::URI", (char *) uri },
    { (char *) "Thumb::MTime", (char *) mtime },
    { (char *) "Thumb::Size", bytes_text },
    { (char *) "Thumb::Mimetype", (char *) "image/png" },
    { (char *) "Thumb::Image::Width", width },
    { (char *) "Thumb::Image::Height", height },
    { (char *) "Software", (char *) "Limn" },
  };
  g_autofree char *folder = g_path_get_dirname (cached);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = limn_png_encode (thumbnail, texts, G_N_ELEMENTS (texts), &error);

  /* A new name in one step, but not synced: what a crash leaves empty is made again. */
  if (bytes == NULL || g_mkdir_with_parents (folder, 0700) != 0
      || !g_file_set_contents_full (cached, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                                    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_ONLY_EXISTING, 0600, &error))
    g_debug ("thumbnail not kept: %s", error != NULL ? error->message : g_strerror (errno));
}

LimnImage *
limn_thumbnail_load (const char    *path,
                     GCancellable  *cancellable,
                     GError       **error)
{
  g_autofree char *uri = uri_of (path);
  g_autofree char *cached = limn_thumbnail_get_path (path);
  g_autofree char *mtime = NULL;
  g_autoptr(LimnPng) png = NULL;
  g_autoptr(LimnImage) thumbnail = NULL;
  GStatBuf info;

  g_return_val_if_fail (path != NULL && g_path_is_absolute (path), NULL);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  if (g_stat (path, &info) != 0)
    {
      int code = errno;
      g_autofree char *shown = g_filename_display_name (path);

      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "“%s” cannot be read: %s", shown, g_strerror (code));
      return NULL;
    }
  mtime = g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) info.st_mtime);
  thumbnail = read_cached (cached, uri, mtime);
  if (thumbnail != NULL)
    return g_steal_pointer (&thumbnail);

  png = limn_png_load (path, LIMN_PNG_READ_ALL, error);
  if (png == NULL || g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  thumbnail = limn_image_scale_to_fit (png->image, LIMN_THUMBNAIL_SIDE);
  write_cached (cached, thumbnail, png->image, uri, mtime, info.st_size);
  return g_steal_pointer (&thumbnail);
}

void
limn_thumbnail_forget (const char *path)
{
  g_autofree char *cached = limn_thumbnail_get_path (path);

  g_unlink (cached);
}
