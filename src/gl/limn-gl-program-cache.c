/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/*
 * <cache_dir>/programs/<key>: a header, then the driver's binary. Drivers are not robust against a damaged binary, so
 * it is handed over only when its checksum holds; the key covers driver and source, so that a stale one is never
 * found. Nothing that goes wrong here is an error: the compiler is always there.
 */

#include "gl/limn-gl-private.h"

#include <glib/gstdio.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <utime.h>

#define MAGIC "LimnPrg1"
#define CHECKSUM_BYTES 32

/* An entry not used for so long belongs to an old driver or an old kernel. */
#define KEEP_SECONDS (90 * 24 * 3600)
#define DAY_SECONDS (24 * 3600)

typedef struct
{
  char    magic[8];
  guint8  checksum[CHECKSUM_BYTES]; /* of all that follows */
  guint32 format;
  guint32 n_bytes;
} Header;

static void
compute_checksum (const Header  *header,
                  gconstpointer  binary,
                  guint8         digest[CHECKSUM_BYTES])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize n = CHECKSUM_BYTES;

  g_checksum_update (checksum, (const guchar *) &header->format, sizeof header->format);
  g_checksum_update (checksum, (const guchar *) &header->n_bytes, sizeof header->n_bytes);
  g_checksum_update (checksum, binary, header->n_bytes);
  g_checksum_get_digest (checksum, digest, &n);
}

char *
limn_gl_program_cache_path (LimnGl     *gl,
                            const char *key)
{
  return g_build_filename (gl->cache_dir, "programs", key, NULL);
}

gboolean
limn_gl_program_cache_load (LimnGl     *gl,
                            const char *key,
                            GLuint      program)
{
  g_autofree char *path = limn_gl_program_cache_path (gl, key);
  g_autofree char *data = NULL;
  guint8 digest[CHECKSUM_BYTES];
  gsize n;
  Header header;
  GStatBuf info;
  GLint ok = GL_FALSE;

  /* A folder or a pipe of this name is not waited for. */
  if (g_stat (path, &info) != 0 || !S_ISREG (info.st_mode) || !g_file_get_contents (path, &data, &n, NULL))
    return FALSE;
  if (n >= sizeof header)
    memcpy (&header, data, sizeof header);
  if (n < sizeof header || memcmp (header.magic, MAGIC, sizeof header.magic) != 0 || header.n_bytes == 0
      || n - sizeof header != header.n_bytes)
    {
      g_debug ("%s: not a whole program", path);
      gl->stats.n_rejected++;
      return FALSE;
    }
  compute_checksum (&header, data + sizeof header, digest);
  if (memcmp (digest, header.checksum, sizeof digest) != 0)
    {
      g_debug ("%s: damaged", path);
      gl->stats.n_rejected++;
      return FALSE;
    }
  glProgramBinary (program, header.format, data + sizeof header, header.n_bytes);
  glGetProgramiv (program, GL_LINK_STATUS, &ok);
  /* A refused format also leaves an error behind. */
  for (guint i = 0; i < 32 && glGetError () != GL_NO_ERROR; i++)
    ok = GL_FALSE;
  if (!ok)
    {
      g_debug ("%s: refused by the driver", path);
      gl->stats.n_rejected++;
      return FALSE;
    }
  if (info.st_mtime < time (NULL) - DAY_SECONDS)
    utime (path, NULL);
  return TRUE;
}

/* Drops what nobody has used for long, and temporary files that a killed process left. */
static void
prune (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  time_t now = time (NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      /* A key has 64 digits; g_file_set_contents() adds a dot and six more. */
      gsize length = strspn (name, "0123456789abcdef");
      time_t keep = name[length] == '\0' ? KEEP_SECONDS : DAY_SECONDS;
      GStatBuf info;

      if (length == 64 && g_stat (path, &info) == 0 && S_ISREG (info.st_mode) && info.st_mtime < now - keep)
        g_unlink (path);
    }
}

void
limn_gl_program_cache_store (LimnGl     *gl,
                             const char *key,
                             GLuint      program)
{
  g_autofree char *path = limn_gl_program_cache_path (gl, key);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;
  Header header = { .magic = MAGIC };
  GLint length = 0;
  GLsizei written = 0;
  GLenum format = 0;

  glGetProgramiv (program, GL_PROGRAM_BINARY_LENGTH, &length);
  if (length <= 0)
    return;
  data = g_malloc (sizeof header + length);
  glGetProgramBinary (program, length, &written, &format, data + sizeof header);
  if (glGetError () != GL_NO_ERROR || written <= 0)
    return;
  header.format = format;
  header.n_bytes = written;
  compute_checksum (&header, data + sizeof header, header.checksum);
  memcpy (data, &header, sizeof header);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_debug ("%s: %s", folder, g_strerror (errno));
      return;
    }
  if (gl->stats.n_compiled <= 1)
    prune (folder);
  /* Through a temporary name. A new file is not synced: after a power cut the checksum tells. */
  if (!g_file_set_contents_full (path, data, sizeof header + written,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_ONLY_EXISTING, 0600, &error))
    g_debug ("%s", error->message);
}
