/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file is written under a name that nobody can guess, synced, renamed, and the folder synced: the order matters. Without
 * the first fsync() a file system may store the new name before the bytes, and a crash leaves an empty file; that is
 * how days of work were lost elsewhere.
 *
 * Everything happens relative to one file descriptor of the folder, so that a folder renamed meanwhile does not matter.
 * While it is written the file is locked: limn_atomic_file_sweep() removes only what nobody holds.
 */
#include "config.h"

#include "library/limn-atomic-file-private.h"
#include "library/limn-atomic-file.h"

#include "base/limn-error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEMP_PREFIX ".limn-"
#define TEMP_SUFFIX ".tmp"

/* A writer needs microseconds from creating its file to locking it; a clock that was set needs more. */
#define SWEEP_AGE_S 60

/* Writers of one name before giving up; four digits are printed, more where needed. */
#define MAX_NUMBER 999999

typedef struct
{
  const char *path; /* as the caller named it, for messages */
  char       *folder;
  char       *name;
  int         folder_fd;
  int         fd;
  char        temp[40]; /* "" while there is none */
} Write;

/* Two whole sentences for the artist, and the cause. @code is an errno. */
static void
set_error (GError     **error,
           const Write *w,
           int          code,
           const char  *doing)
{
  g_autofree char *shown = g_filename_display_name (w->path);
  const char *advice;

  switch (code)
    {
    case ENOSPC:
    case EDQUOT:
      advice = "The disk is full: free some space, or choose a folder on another disk.";
      break;
    case EACCES:
    case EPERM:
      advice = "Writing is not allowed there: choose another folder, or change its permissions.";
      break;
    case EROFS:
      advice = "That disk can only be read: choose another folder.";
      break;
    case ENOENT:
      advice = "The folder does not exist: create it, or choose another one.";
      break;
    case ENOTDIR:
      advice = "A part of its path is not a folder: choose another place.";
      break;
    case EISDIR:
      advice = "A folder has that name: choose another name.";
      break;
    case ENAMETOOLONG:
      advice = "The name is too long: choose a shorter one.";
      break;
    case ELOOP:
      advice = "Its links lead in a circle: choose another place.";
      break;
    case EFBIG:
      advice = "Files of that size are not allowed there: choose a folder on another disk.";
      break;
    case EIO:
      advice = "The disk reports a fault: check it, and choose a folder on another one.";
      break;
    default:
      advice = "Choose another folder.";
      break;
    }
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "“%s” could not be saved. %s (%s: %s)", shown, advice,
               doing, g_strerror (code));
}

static void
write_clear (Write *w)
{
  if (w->fd >= 0)
    close (w->fd);
  if (w->temp[0] != '\0')
    unlinkat (w->folder_fd, w->temp, 0);
  if (w->folder_fd >= 0)
    close (w->folder_fd);
  g_free (w->folder);
  g_free (w->name);
}

static gboolean
open_folder (Write       *w,
             const char  *path,
             GError     **error)
{
  gsize length = strlen (path);

  if (length == 0 || path[length - 1] == '/')
    {
      set_error (error, w, EISDIR, "name");
      return FALSE;
    }
  w->folder = g_path_get_dirname (path);
  w->name = g_path_get_basename (path);
  w->folder_fd = open (w->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (w->folder_fd < 0 && errno == EACCES) /* a folder may allow files to be made but not listed */
    w->folder_fd = open (w->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (w->folder_fd < 0)
    {
      set_error (error, w, errno, "open folder");
      return FALSE;
    }
  return TRUE;
}

static gboolean
make_temp (Write   *w,
           GError **error)
{
  for (guint i = 0; i < 100; i++)
    {
      guint64 random;
      struct stat info;

      if (getrandom (&random, sizeof random, 0) != sizeof random)
        random = (guint64) g_random_int () << 32 | g_random_int ();
      g_snprintf (w->temp, sizeof w->temp, TEMP_PREFIX "%016" G_GINT64_MODIFIER "x" TEMP_SUFFIX, random);
      w->fd = openat (w->folder_fd, w->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
      if (w->fd < 0)
        {
          w->temp[0] = '\0';
          if (errno == EEXIST)
            continue;
          set_error (error, w, errno, "create");
          return FALSE;
        }
      /* A sweeper may be looking at the file just now. Where there are no locks there is no sweeping either. */
      if ((flock (w->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
          || (fstat (w->fd, &info) == 0 && info.st_nlink == 0))
        {
          close (w->fd);
          w->fd = -1;
          unlinkat (w->folder_fd, w->temp, 0);
          w->temp[0] = '\0';
          continue;
        }
      return TRUE;
    }
  set_error (error, w, EEXIST, "create");
  return FALSE;
}

static gboolean
write_data (Write        *w,
            const guint8 *data,
            gsize         length,
            GError      **error)
{
  while (length > 0)
    {
      gssize n = write (w->fd, data, MIN (length, 1 << 30));

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          set_error (error, w, n < 0 ? errno : ENOSPC, "write");
          return FALSE;
        }
      data += n;
      length -= n;
    }
  return TRUE;
}

static gboolean
sync_data (Write   *w,
           GError **error)
{
  /* EINVAL, ENOTSUP: a file system without syncing; there is nothing better to do on it. */
  if (fsync (w->fd) != 0 && errno != EINVAL && errno != ENOTSUP)
    {
      set_error (error, w, errno, "sync");
      return FALSE;
    }
  return TRUE;
}

static gboolean
write_all (Write   *w,
           GBytes  *bytes,
           GError **error)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  return write_data (w, data, length, error) && sync_data (w, error);
}

/* The new name reaches the disk. Only a fault of the disk counts: the file is in its place already. */
static gboolean
sync_folder (Write   *w,
             GError **error)
{
  if (fsync (w->folder_fd) != 0 && errno == EIO)
    {
      set_error (error, w, errno, "sync folder");
      return FALSE;
    }
  return TRUE;
}

/* Everything up to the bytes. (out) @mode: of the file that is there, 0 where there is none. */
static gboolean
prepare (Write   *w,
         mode_t  *mode,
         GError **error)
{
  g_autofree char *target = NULL;
  struct stat info;

  /* Writing through a link is what every other program does; renaming would replace the link. */
  if (lstat (w->path, &info) == 0 && S_ISLNK (info.st_mode))
    {
      char *real = realpath (w->path, NULL);

      if (real == NULL)
        {
          set_error (error, w, errno, "follow link");
          return FALSE;
        }
      target = g_strdup (real);
      free (real);
    }
  else
    {
      target = g_strdup (w->path);
    }

  if (!open_folder (w, target, error))
    return FALSE;
  if (fstatat (w->folder_fd, w->name, &info, AT_SYMLINK_NOFOLLOW) == 0)
    {
      if (S_ISDIR (info.st_mode))
        {
          set_error (error, w, EISDIR, "look");
          return FALSE;
        }
      /* A rename would put a file where a device or a pipe was. */
      if (!S_ISREG (info.st_mode))
        {
          g_autofree char *shown = g_filename_display_name (w->path);

          g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                       "“%s” could not be saved. It is a device or a pipe: choose the name of a file.", shown);
          return FALSE;
        }
      /* A rename would not mind that the file itself is write-protected; its owner would. */
      if (faccessat (w->folder_fd, w->name, W_OK, AT_EACCESS) != 0)
        {
          g_autofree char *shown = g_filename_display_name (w->path);

          g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                       "“%s” could not be saved. The file of that name is write-protected: choose another name. (%s)",
                       shown, g_strerror (errno));
          return FALSE;
        }
      *mode = info.st_mode;
    }
  else if (errno == ENOENT)
    {
      *mode = 0;
    }
  else
    {
      set_error (error, w, errno, "look");
      return FALSE;
    }
  return make_temp (w, error);
}

/* What is written takes the place of @path, of which @mode was. */
static gboolean
finish (Write   *w,
        mode_t   mode,
        GError **error)
{
  /* Not every file system has permissions: no reason to fail. */
  if (mode != 0 && fchmod (w->fd, mode & 0777) != 0)
    g_debug ("permissions of %s: %s", w->name, g_strerror (errno));
  if (!sync_data (w, error))
    return FALSE;
  if (renameat (w->folder_fd, w->temp, w->folder_fd, w->name) != 0)
    {
      set_error (error, w, errno, "rename");
      return FALSE;
    }
  w->temp[0] = '\0';
  return sync_folder (w, error);
}

gboolean
limn_atomic_file_write (const char  *path,
                        GBytes      *bytes,
                        GError     **error)
{
  Write w = { .path = path, .folder_fd = -1, .fd = -1 };
  mode_t mode;
  gboolean done;

  g_return_val_if_fail (path != NULL && bytes != NULL, FALSE);

  done = prepare (&w, &mode, error) && write_data (&w, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error)
         && finish (&w, mode, error);
  write_clear (&w);
  return done;
}

gboolean
limn_atomic_file_check (const char  *path,
                        GError     **error)
{
  Write w = { .path = path, .folder_fd = -1, .fd = -1 };
  mode_t mode;
  gboolean good;

  g_return_val_if_fail (path != NULL, FALSE);

  good = prepare (&w, &mode, error);
  write_clear (&w);
  return good;
}

/* Gives the temporary file the name @name if that is free; else errno says why not, EEXIST where it is taken. */
static gboolean
claim (Write               *w,
       const char          *name,
       LimnAtomicFileClaim  ways)
{
  errno = ENOSYS;
  if (ways & LIMN_ATOMIC_FILE_CLAIM_RENAME)
    {
      if (renameat2 (w->folder_fd, w->temp, w->folder_fd, name, RENAME_NOREPLACE) == 0)
        {
          w->temp[0] = '\0';
          return TRUE;
        }
      /* What kernels and file systems without the flag answer; anything else is about this name. */
      if (errno != ENOSYS && errno != EINVAL && errno != ENOTSUP && errno != EPERM)
        return FALSE;
    }
  if (ways & LIMN_ATOMIC_FILE_CLAIM_LINK)
    {
      if (linkat (w->folder_fd, w->temp, w->folder_fd, name, 0) == 0)
        {
          unlinkat (w->folder_fd, w->temp, 0);
          w->temp[0] = '\0';
          return TRUE;
        }
      if (errno != ENOSYS && errno != EINVAL && errno != ENOTSUP && errno != EPERM && errno != EMLINK)
        return FALSE;
    }
  if (ways & LIMN_ATOMIC_FILE_CLAIM_RESERVE)
    {
      int fd = openat (w->folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
      int code;

      if (fd < 0)
        return FALSE;
      close (fd);
      if (renameat (w->folder_fd, w->temp, w->folder_fd, name) == 0)
        {
          w->temp[0] = '\0';
          return TRUE;
        }
      code = errno;
      unlinkat (w->folder_fd, name, 0);
      errno = code;
    }
  return FALSE;
}

/* "name.png", "name-0001.png", … */
static char *
numbered_name (const char *name,
               guint       number)
{
  const char *dot = strrchr (name, '.');

  if (number == 0)
    return g_strdup (name);
  if (dot == NULL || dot == name)
    return g_strdup_printf ("%s-%04u", name, number);
  return g_strdup_printf ("%.*s-%04u%s", (int) (dot - name), name, number, dot);
}

gboolean
limn_atomic_file_check_folder (const char *path, const char *begin, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *probe = g_build_filename (path, begin, NULL);
  g_autoptr(GDir) dir = NULL;
  const char *name;

  if (g_mkdir_with_parents (path, 0777) != 0)
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "The folder “%s” cannot be made: %s.", shown, g_strerror (code));
      return FALSE;
    }
  dir = g_dir_open (path, 0, error);
  if (!dir)
    return FALSE;
  while ((name = g_dir_read_name (dir)))
    if (g_str_has_prefix (name, begin))
      {
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There is “%s” in “%s” already; another folder is needed.", name, shown);
        return FALSE;
      }
  return limn_atomic_file_check (probe, error);
}

char *
limn_atomic_file_write_new_by (const char           *path,
                               GBytes               *bytes,
                               LimnAtomicFileClaim   ways,
                               GError              **error)
{
  Write w = { .path = path, .folder_fd = -1, .fd = -1 };
  struct stat info;
  char *got = NULL;

  g_return_val_if_fail (path != NULL && bytes != NULL, NULL);

  if (!open_folder (&w, path, error))
    goto out;
  /* A name that cannot be is found out before the bytes are written. */
  if (fstatat (w.folder_fd, w.name, &info, AT_SYMLINK_NOFOLLOW) != 0 && errno != ENOENT)
    {
      set_error (error, &w, errno, "look");
      goto out;
    }
  if (!make_temp (&w, error) || !write_all (&w, bytes, error))
    goto out;

  for (guint number = 0; number <= MAX_NUMBER; number++)
    {
      g_autofree char *name = numbered_name (w.name, number);

      if (claim (&w, name, ways))
        {
          /* "name.png" stays what the caller wrote, not "./name.png". */
          if (strchr (path, '/') == NULL)
            got = g_steal_pointer (&name);
          else
            got = g_build_filename (w.folder, name, NULL);
          break;
        }
      if (errno != EEXIST)
        {
          set_error (error, &w, errno, "rename");
          goto out;
        }
    }
  if (got == NULL)
    set_error (error, &w, EEXIST, "rename");
  else if (!sync_folder (&w, error))
    g_clear_pointer (&got, g_free);

out:
  write_clear (&w);
  return got;
}

char *
limn_atomic_file_write_new (const char  *path,
                            GBytes      *bytes,
                            GError     **error)
{
  return limn_atomic_file_write_new_by (path, bytes, LIMN_ATOMIC_FILE_CLAIM_ANY, error);
}

/* ".limn-0123456789abcdef.tmp" and nothing else. */
static gboolean
is_temp_name (const char *name)
{
  gsize prefix = strlen (TEMP_PREFIX);

  if (strlen (name) != prefix + 16 + strlen (TEMP_SUFFIX) || !g_str_has_prefix (name, TEMP_PREFIX)
      || !g_str_has_suffix (name, TEMP_SUFFIX))
    return FALSE;
  for (guint i = 0; i < 16; i++)
    if (!g_ascii_isxdigit (name[prefix + i]))
      return FALSE;
  return TRUE;
}

guint
limn_atomic_file_sweep (const char *folder)
{
  DIR *dir = opendir (folder);
  struct dirent *entry;
  guint n_removed = 0;

  if (dir == NULL)
    return 0;
  while ((entry = readdir (dir)) != NULL)
    {
      struct stat info;
      int fd;

      if (!is_temp_name (entry->d_name))
        continue;
      fd = openat (dirfd (dir), entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
      if (fd < 0)
        continue;
      if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && time (NULL) - info.st_mtime > SWEEP_AGE_S
          && flock (fd, LOCK_EX | LOCK_NB) == 0 && unlinkat (dirfd (dir), entry->d_name, 0) == 0)
        n_removed++;
      close (fd);
    }
  closedir (dir);
  return n_removed;
}

/* ------------------------------------------------------------------------------------------------ piece by piece */

struct _LimnAtomicStream
{
  GOutputStream parent_instance;

  char         *path;
  Write         write;
  mode_t        mode;
};

G_DEFINE_FINAL_TYPE (LimnAtomicStream, limn_atomic_stream, G_TYPE_OUTPUT_STREAM)

static gssize
limn_atomic_stream_write (GOutputStream  *stream,
                          const void     *data,
                          gsize           length,
                          GCancellable   *cancellable,
                          GError        **error)
{
  if (g_cancellable_set_error_if_cancelled (cancellable, error)
      || !write_data (&LIMN_ATOMIC_STREAM (stream)->write, data, length, error))
    return -1;
  return length;
}

static void
limn_atomic_stream_finalize (GObject *object)
{
  LimnAtomicStream *self = LIMN_ATOMIC_STREAM (object);

  write_clear (&self->write);
  g_free (self->path);
  G_OBJECT_CLASS (limn_atomic_stream_parent_class)->finalize (object);
}

static void
limn_atomic_stream_class_init (LimnAtomicStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = limn_atomic_stream_finalize;
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = limn_atomic_stream_write;
}

static void
limn_atomic_stream_init (LimnAtomicStream *self)
{
  self->write = (Write){ .folder_fd = -1, .fd = -1 };
}

LimnAtomicStream *
limn_atomic_stream_new (const char  *path,
                        GError     **error)
{
  g_autoptr(LimnAtomicStream) self = g_object_new (LIMN_TYPE_ATOMIC_STREAM, NULL);

  self->path = g_strdup (path);
  self->write.path = self->path;
  if (!prepare (&self->write, &self->mode, error))
    return NULL;
  return g_steal_pointer (&self);
}

gboolean
limn_atomic_stream_commit (LimnAtomicStream  *self,
                           GError           **error)
{
  g_return_val_if_fail (LIMN_IS_ATOMIC_STREAM (self) && self->write.temp[0] != '\0', FALSE);

  return finish (&self->write, self->mode, error);
}
