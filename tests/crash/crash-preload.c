/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Preloaded into a program, it counts every call that changes something below one folder, and kills the program at the n-th: before the
 * call is made, or, where something is written, after half of it. SIGKILL: nothing in the program gets to tidy up.
 *
 *   LIMN_CRASH_FOLDER  absolute, without links
 *   LIMN_CRASH_AT      n, from 1; 0 or nothing: only count
 *   LIMN_CRASH_COUNT   (optional) file for the number of calls, written when the program ends by itself */
#undef _FILE_OFFSET_BITS

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_ulong n_calls;

static int
is_below (const char *path)
{
  const char *folder = getenv ("LIMN_CRASH_FOLDER");
  size_t length = folder ? strlen (folder) : 0;

  return length > 0 && strncmp (path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static int
fd_is_below (int fd)
{
  char link[64], path[PATH_MAX];
  ssize_t length;

  if (fd == AT_FDCWD)
    snprintf (link, sizeof link, "/proc/self/cwd");
  else
    snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink (link, path, sizeof path - 1);
  if (length <= 0)
    return 0;
  path[length] = '\0';
  return is_below (path);
}

static int
at_is_below (int fd, const char *path)
{
  return path[0] == '/' ? is_below (path) : fd_is_below (fd);
}

/* Whether it is this call's turn. */
static int
count (void)
{
  const char *at = getenv ("LIMN_CRASH_AT");
  unsigned long n = atomic_fetch_add (&n_calls, 1) + 1;

  return at && strtoul (at, NULL, 10) == n;
}

static void
die (void)
{
  kill (getpid (), SIGKILL);
  for (;;)
    pause ();
}

static void
touch (int counts)
{
  if (counts && count ())
    die ();
}

#define NEXT(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

#define WRAP_OPEN(name)                                                                                                               \
  int name (const char *path, int flags, ...)                                                                                         \
  {                                                                                                                                   \
    mode_t mode = 0;                                                                                                                  \
    if (flags & (O_CREAT | __O_TMPFILE))                                                                                              \
      {                                                                                                                               \
        va_list arguments;                                                                                                            \
        va_start (arguments, flags);                                                                                                  \
        mode = va_arg (arguments, mode_t);                                                                                            \
        va_end (arguments);                                                                                                           \
        touch (at_is_below (AT_FDCWD, path));                                                                                         \
      }                                                                                                                               \
    return NEXT (name) (path, flags, mode);                                                                                           \
  }

#define WRAP_OPENAT(name)                                                                                                             \
  int name (int fd, const char *path, int flags, ...)                                                                                 \
  {                                                                                                                                   \
    mode_t mode = 0;                                                                                                                  \
    if (flags & (O_CREAT | __O_TMPFILE))                                                                                              \
      {                                                                                                                               \
        va_list arguments;                                                                                                            \
        va_start (arguments, flags);                                                                                                  \
        mode = va_arg (arguments, mode_t);                                                                                            \
        va_end (arguments);                                                                                                           \
        touch (at_is_below (fd, path));                                                                                               \
      }                                                                                                                               \
    return NEXT (name) (fd, path, flags, mode);                                                                                       \
  }

WRAP_OPEN (open)
WRAP_OPEN (open64)
WRAP_OPENAT (openat)
WRAP_OPENAT (openat64)

ssize_t
write (int fd, const void *data, size_t length)
{
  if (fd_is_below (fd) && count ())
    {
      NEXT (write) (fd, data, length / 2);
      die ();
    }
  return NEXT (write) (fd, data, length);
}

ssize_t
pwrite (int fd, const void *data, size_t length, off_t offset)
{
  if (fd_is_below (fd) && count ())
    {
      NEXT (pwrite) (fd, data, length / 2, offset);
      die ();
    }
  return NEXT (pwrite) (fd, data, length, offset);
}

ssize_t
pwrite64 (int fd, const void *data, size_t length, off64_t offset)
{
  if (fd_is_below (fd) && count ())
    {
      NEXT (pwrite64) (fd, data, length / 2, offset);
      die ();
    }
  return NEXT (pwrite64) (fd, data, length, offset);
}

ssize_t
writev (int fd, const struct iovec *parts, int n)
{
  touch (fd_is_below (fd));
  return NEXT (writev) (fd, parts, n);
}

int
fsync (int fd)
{
  touch (fd_is_below (fd));
  return NEXT (fsync) (fd);
}

int
fdatasync (int fd)
{
  touch (fd_is_below (fd));
  return NEXT (fdatasync) (fd);
}

int
ftruncate (int fd, off_t length)
{
  touch (fd_is_below (fd));
  return NEXT (ftruncate) (fd, length);
}

int
ftruncate64 (int fd, off64_t length)
{
  touch (fd_is_below (fd));
  return NEXT (ftruncate64) (fd, length);
}

int
rename (const char *from, const char *to)
{
  touch (at_is_below (AT_FDCWD, from));
  return NEXT (rename) (from, to);
}

int
renameat (int from_fd, const char *from, int to_fd, const char *to)
{
  touch (at_is_below (from_fd, from));
  return NEXT (renameat) (from_fd, from, to_fd, to);
}

int
renameat2 (int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
  touch (at_is_below (from_fd, from));
  return NEXT (renameat2) (from_fd, from, to_fd, to, flags);
}

int
link (const char *from, const char *to)
{
  touch (at_is_below (AT_FDCWD, to));
  return NEXT (link) (from, to);
}

int
linkat (int from_fd, const char *from, int to_fd, const char *to, int flags)
{
  touch (at_is_below (to_fd, to));
  return NEXT (linkat) (from_fd, from, to_fd, to, flags);
}

int
unlink (const char *path)
{
  touch (at_is_below (AT_FDCWD, path));
  return NEXT (unlink) (path);
}

int
unlinkat (int fd, const char *path, int flags)
{
  touch (at_is_below (fd, path));
  return NEXT (unlinkat) (fd, path, flags);
}

int
mkdir (const char *path, mode_t mode)
{
  touch (at_is_below (AT_FDCWD, path));
  return NEXT (mkdir) (path, mode);
}

__attribute__ ((destructor)) static void
report (void)
{
  const char *path = getenv ("LIMN_CRASH_COUNT");
  FILE *file = path ? fopen (path, "w") : NULL;

  if (!file)
    return;
  fprintf (file, "%lu\n", atomic_load (&n_calls));
  fclose (file);
}
