/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GIO moves a file into the wastebasket but does not say where to. The file is looked for afterwards: a move keeps
 * device and inode, and the folders that a wastebasket may have are few. Its name there leads to the note with the date
 * (info/NAME.trashinfo), which has to go when the file comes back. Source: freedesktop.org, Trash specification 1.0.
 *
 * In a sandbox it is the portal that moves the file, to a place that is not visible from inside. So the file is opened before
 * it goes: what is open can be read for ever.
 */
#include "config.h"

#include "library/limn-trash-private.h"

#include "library/limn-atomic-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names to try beside one that is taken; pictures of one name are numbered with four digits. */
#define MAX_NUMBER 9999

struct _LimnTrashed
{
  char           *path;
  char           *trashed; /* files/NAME in the wastebasket; NULL where it was not found */
  char           *info;    /* its info/NAME.trashinfo */
  int             fd;      /* the file itself, where @trashed is NULL; else -1 */
  struct timespec mtime;
};

/* Where in the wastebasket @folder the file is that was @before. */
static gboolean
find_in (LimnTrashed       *trashed,
         const char        *folder,
         const struct stat *before)
{
  g_autofree char *files = g_build_filename (folder, "files", NULL);
  DIR *dir = opendir (files);
  struct dirent *entry;
  gboolean found = FALSE;

  if (dir == NULL)
    return FALSE;
  while (!found && (entry = readdir (dir)) != NULL)
    {
      struct stat info;

      /* Not by entry->d_ino: layered file systems list other numbers than files have. */
      if (entry->d_name[0] == '.' && (entry->d_name[1] == '\0' || g_str_equal (entry->d_name, "..")))
        continue;
      found = fstatat (dirfd (dir), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && info.st_ino == before->st_ino
              && info.st_dev == before->st_dev;
      if (found)
        {
          g_autofree char *name = g_strconcat (entry->d_name, ".trashinfo", NULL);

          trashed->trashed = g_build_filename (files, entry->d_name, NULL);
          trashed->info = g_build_filename (folder, "info", name, NULL);
        }
    }
  closedir (dir);
  return found;
}

/* The home's wastebasket, then those at the top of the disk: every folder above the file may be that top. */
static gboolean
find (LimnTrashed       *trashed,
      const struct stat *before)
{
  g_autofree char *home = g_build_filename (g_get_user_data_dir (), "Trash", NULL);
  g_autofree char *shared = g_strdup_printf (".Trash/%u", (guint) getuid ());
  g_autofree char *own = g_strdup_printf (".Trash-%u", (guint) getuid ());
  g_autofree char *top = g_path_get_dirname (trashed->path);

  if (find_in (trashed, home, before))
    return TRUE;
  for (;;)
    {
      g_autofree char *first = g_build_filename (top, shared, NULL);
      g_autofree char *second = g_build_filename (top, own, NULL);
      char *above;

      if (find_in (trashed, first, before) || find_in (trashed, second, before))
        return TRUE;
      above = g_path_get_dirname (top);
      if (g_str_equal (above, top))
        {
          g_free (above);
          return FALSE;
        }
      g_free (top);
      top = above;
    }
}

LimnTrashed *
limn_trash_file (const char    *path,
                 GCancellable  *cancellable,
                 GError       **error)
{
  return limn_trash_file_by (path, TRUE, cancellable, error);
}

LimnTrashed *
limn_trash_file_by (const char    *path,
                    gboolean       look,
                    GCancellable  *cancellable,
                    GError       **error)
{
  g_autoptr(LimnTrashed) trashed = NULL;
  g_autoptr(GFile) file = NULL;
  g_autoptr(GError) cause = NULL;
  g_autofree char *shown = NULL;
  struct stat info;

  g_return_val_if_fail (path != NULL && g_path_is_absolute (path), NULL);

  shown = g_filename_display_basename (path);
  trashed = g_new0 (LimnTrashed, 1);
  trashed->path = g_strdup (path);
  trashed->fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  file = g_file_new_for_path (path);
  if (lstat (path, &info) != 0)
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "“%s” cannot be deleted: %s", shown, g_strerror (code));
      return NULL;
    }
  trashed->mtime = info.st_mtim;
  if (!g_file_trash (file, cancellable, &cause))
    {
      if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_propagate_error (error, g_steal_pointer (&cause));
      else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "“%s” was not deleted: there is no wastebasket on that disk. "
                     "The file manager can delete it for good. (%s)", shown, cause->message);
      else
        g_set_error (error, G_IO_ERROR, cause->code, "“%s” could not be put into the wastebasket. (%s)", shown, cause->message);
      return NULL;
    }
  if (look && find (trashed, &info) && trashed->fd >= 0)
    {
      close (trashed->fd);
      trashed->fd = -1;
    }
  return g_steal_pointer (&trashed);
}

const char *
limn_trashed_get_path (LimnTrashed *trashed)
{
  return trashed->path;
}

/* @path, then "name-0001.png", …, @number 0 for the first. */
static char *
numbered_path (const char *path,
               guint       number)
{
  const char *slash = strrchr (path, '/');
  const char *dot = strrchr (path, '.');

  if (number == 0)
    return g_strdup (path);
  if (dot == NULL || dot <= slash + 1)
    return g_strdup_printf ("%s-%04u", path, number);
  return g_strdup_printf ("%.*s-%04u%s", (int) (dot - path), path, number, dot);
}

/* Out of the wastebasket; NULL with errno, EXDEV and such where it is another disk. */
static char *
move_back (LimnTrashed *trashed)
{
  for (guint number = 0; number <= MAX_NUMBER; number++)
    {
      g_autofree char *path = numbered_path (trashed->path, number);

      if (renameat2 (AT_FDCWD, trashed->trashed, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return g_steal_pointer (&path);
      /* File systems without the flag: a second name, then one less. */
      if ((errno == EINVAL || errno == ENOSYS || errno == ENOTSUP) && link (trashed->trashed, path) == 0)
        {
          unlink (trashed->trashed);
          return g_steal_pointer (&path);
        }
      if (errno != EEXIST)
        return NULL;
    }
  return NULL;
}

/* From what is held open, or what the wastebasket has: written anew. */
static char *
write_back (LimnTrashed  *trashed,
            GError      **error)
{
  g_autoptr(GByteArray) data = g_byte_array_new ();
  g_autoptr(GBytes) bytes = NULL;
  g_autofree char *shown = g_filename_display_basename (trashed->path);
  int fd = trashed->fd >= 0 ? dup (trashed->fd) : -1;
  struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, trashed->mtime };
  struct stat info;
  gssize n = -1;
  char *path;

  if (fd < 0 && trashed->trashed != NULL)
    fd = open (trashed->trashed, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd >= 0 && fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && info.st_size < G_MAXINT)
    {
      g_byte_array_set_size (data, info.st_size);
      n = pread (fd, data->data, data->len, 0);
    }
  if (fd >= 0)
    close (fd);
  if (n < 0 || n != (gssize) data->len)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "“%s” could not be brought back: it is not to be found in the "
                   "wastebasket. The file manager may know more.", shown);
      return NULL;
    }
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&data));
  path = limn_atomic_file_write_new (trashed->path, bytes, error);
  if (path != NULL && utimensat (AT_FDCWD, path, times, 0) != 0)
    g_debug ("time of %s not kept", shown);
  return path;
}

char *
limn_trashed_restore (LimnTrashed  *trashed,
                      GError      **error)
{
  g_autofree char *folder = g_path_get_dirname (trashed->path);
  char *path = NULL;

  /* The folder may have gone meanwhile; whether it can be made shows when the file is written. */
  if (g_mkdir_with_parents (folder, 0777) != 0)
    g_debug ("%s: %s", folder, g_strerror (errno));
  if (trashed->trashed != NULL)
    path = move_back (trashed);
  if (path == NULL)
    {
      path = write_back (trashed, error);
      if (path != NULL && trashed->trashed != NULL)
        g_unlink (trashed->trashed);
    }
  if (path != NULL && trashed->info != NULL)
    g_unlink (trashed->info);
  if (path != NULL)
    {
      g_clear_pointer (&trashed->trashed, g_free);
      g_clear_pointer (&trashed->info, g_free);
    }
  return path;
}

void
limn_trashed_free (LimnTrashed *trashed)
{
  if (trashed == NULL)
    return;
  if (trashed->fd >= 0)
    close (trashed->fd);
  g_free (trashed->path);
  g_free (trashed->trashed);
  g_free (trashed->info);
  g_free (trashed);
}
