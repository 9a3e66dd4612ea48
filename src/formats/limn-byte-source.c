/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "formats/limn-byte-source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct _LimnByteSource
{
  char *name;
  int fd;        /* -1 when it lives in bytes */
  GBytes *bytes; /* NULL when it lives in a file */
  guint64 size;
};

gboolean
limn_byte_source_fail (const LimnByteSource  *self,
                       LimnErrorCode          code,
                       GError               **error,
                       const char            *format,
                       ...)
{
  va_list args;
  g_autofree char *what = NULL;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LIMN_ERROR, code, "“%s” cannot be read: %s", self->name, what);
  return FALSE;
}

LimnByteSource *
limn_byte_source_open (const char  *path,
                       GError     **error)
{
  g_autoptr(LimnByteSource) self = NULL;
  struct stat info;

  g_return_val_if_fail (path != NULL, NULL);

  self = g_new0 (LimnByteSource, 1);
  self->name = g_filename_display_basename (path);
  /* O_NONBLOCK: a named pipe must not hang us; regular files ignore it. */
  self->fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (self->fd < 0 || fstat (self->fd, &info) != 0)
    {
      int code = errno;

      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "“%s” cannot be opened: %s", self->name,
                   g_strerror (code));
      return NULL;
    }
  if (!S_ISREG (info.st_mode))
    {
      limn_byte_source_fail (self, LIMN_ERROR_FORMAT, error,
                             S_ISDIR (info.st_mode) ? "it is a folder" : "it is not a file");
      return NULL;
    }
  self->size = info.st_size;
  return g_steal_pointer (&self);
}

LimnByteSource *
limn_byte_source_new_for_bytes (GBytes     *bytes,
                                const char *name)
{
  LimnByteSource *self;

  g_return_val_if_fail (bytes != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  self = g_new0 (LimnByteSource, 1);
  self->name = g_strdup (name);
  self->fd = -1;
  self->bytes = g_bytes_ref (bytes);
  self->size = g_bytes_get_size (bytes);
  return self;
}

void
limn_byte_source_free (LimnByteSource *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self->name);
  g_free (self);
}

const char *
limn_byte_source_get_name (const LimnByteSource *self)
{
  return self->name;
}

guint64
limn_byte_source_get_size (const LimnByteSource *self)
{
  return self->size;
}

gboolean
limn_byte_source_read (const LimnByteSource  *self,
                       guint64                offset,
                       gsize                  n,
                       void                  *buffer,
                       GError               **error)
{
  guint8 *to = buffer;

  if (offset > self->size || n > self->size - offset)
    return limn_byte_source_fail (self, LIMN_ERROR_FORMAT, error, "it was cut: %" G_GSIZE_FORMAT " bytes are wanted from byte %"
                                  G_GUINT64_FORMAT ", but it has only %" G_GUINT64_FORMAT, n, offset, self->size);
  if (self->bytes != NULL)
    {
      if (n > 0)
        memcpy (to, (const guint8 *) g_bytes_get_data (self->bytes, NULL) + offset, n);
      return TRUE;
    }
  while (n > 0)
    {
      gssize got = pread (self->fd, to, MIN (n, (gsize) 1 << 30), (off_t) offset);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          int code = errno;

          g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "“%s” cannot be read: %s", self->name,
                       g_strerror (code));
          return FALSE;
        }
      if (got == 0)
        return limn_byte_source_fail (self, LIMN_ERROR_FORMAT, error,
                                      "it has become shorter since it was opened (it ends before byte %" G_GUINT64_FORMAT
                                      "); was it replaced or cut while in use?", offset);
      to += got;
      offset += got;
      n -= got;
    }
  return TRUE;
}
