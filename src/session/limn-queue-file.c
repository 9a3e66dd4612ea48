/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The file is written by the queue itself (limn-job-queue.c), from what it has; read here, on another thread. */
#include "config.h"

#include "session/limn-queue-file.h"

#include "base/limn-error.h"
#include "formats/limn-json.h"
#include "image/limn-png.h"
#include "library/limn-trajectory.h"
#include "session/limn-generation.h"
#include "session/limn-job-private.h"
#include "session/limn-recipe.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* 100,000 jobs with long prompts. It is our own file: what is too large here would be lost. */
#define MAX_BYTES ((gsize) 512 << 20)

void
limn_kept_job_free (LimnKeptJob *job)
{
  if (!job)
    return;
  g_free (job->id);
  g_free (job->name);
  limn_request_free (job->request);
  g_clear_pointer (&job->sheet, limn_sheet_unref);
  g_clear_pointer (&job->unsaved, g_array_unref);
  g_free (job->failed);
  g_free (job->parent_steps);
  g_free (job);
}

void
limn_queue_file_free (LimnQueueFile *file)
{
  if (!file)
    return;
  g_ptr_array_unref (file->folders);
  g_ptr_array_unref (file->jobs);
  g_free (file);
}

static LimnQueueFile *
queue_file_new (void)
{
  LimnQueueFile *file = g_new0 (LimnQueueFile, 1);

  file->folders = g_ptr_array_new_with_free_func (g_free);
  file->jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_kept_job_free);
  return file;
}

/* --- Reading --- */

static gboolean
check_keys (LimnJson *json, const char *const *known, GError **error)
{
  g_autofree const char **keys = NULL;
  guint n;

  keys = limn_json_get_keys (json, &n);
  for (guint i = 0; i < n; i++)
    if (!g_strv_contains (known, keys[i]))
      {
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: it has an unknown “%s”.", limn_json_get_name (json), keys[i]);
        return FALSE;
      }
  return TRUE;
}

static gboolean
refuse (LimnJson *json, const char *what, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: %s.", limn_json_get_name (json), what);
  return FALSE;
}

/* (transfer full) (nullable): the text of the object @name. */
static char *
dup_object (LimnJson *json, const char *name, GError **error)
{
  g_autoptr(LimnJson) object = limn_json_get_object (json, name, error);
  char *text, *copy;

  if (!object)
    return NULL;
  text = json_dumps (limn_json_get_root (object), JSON_COMPACT);
  copy = g_strdup (text);
  free (text);
  return copy;
}

static gboolean
read_request (LimnJson *json, LimnKeptJob *job, GError **error)
{
  gboolean is_sheet = limn_json_get_kind (json, "sheet") != LIMN_JSON_ABSENT;
  g_autofree char *text = dup_object (json, is_sheet ? "sheet" : "request", error);

  if (!text)
    return FALSE;
  if (is_sheet && limn_json_get_kind (json, "request") != LIMN_JSON_ABSENT)
    return refuse (json, "a job has both a request and a sheet", error);
  if (is_sheet)
    {
      job->sheet = limn_sheet_new_from_json (text, limn_json_get_name (json), error);
      job->request = job->sheet ? limn_request_copy (limn_sheet_get_base (job->sheet)) : NULL;
      job->n_pictures = job->sheet ? limn_sheet_get_n_pictures (job->sheet) : 0;
    }
  else
    {
      job->request = limn_request_new_from_json (text, limn_json_get_name (json), error);
      job->n_pictures = job->request ? job->request->batch_count : 0;
    }
  return job->request != NULL;
}

static gboolean
read_job (LimnJson *json, gint64 version, LimnKeptJob *job, GError **error)
{
  static const char *const known_1[] = { "id", "name", "request", "max_slowdown", "picture", "unsaved", "stopped", "failed", NULL };
  static const char *const known[] = { "id",      "name",   "request",      "max_slowdown", "picture", "unsaved",
                                       "stopped", "failed", "parent_steps", "sheet",        NULL };
  g_autoptr(GArray) unsaved = NULL;
  const char *id, *name, *failed, *parent_steps = NULL;
  gint64 next, stopped = -1;

  if (!check_keys (json, version == 1 ? known_1 : known, error) ||
      !limn_json_get_string (json, "id", &id, error) ||
      !limn_json_get_string (json, "name", &name, error) ||
      !read_request (json, job, error) ||
      !limn_json_get_double (json, "max_slowdown", 0, G_MAXDOUBLE, &job->max_slowdown, error) ||
      !limn_json_get_int (json, "picture", 0, job->n_pictures, &next, error) ||
      !limn_json_get_int_or (json, "stopped", 0, job->n_pictures - 1, -1, &stopped, error) ||
      !limn_json_get_string_or (json, "failed", NULL, &failed, error) ||
      !limn_json_get_string_or (json, "parent_steps", NULL, &parent_steps, error))
    return FALSE;
  if (parent_steps && !g_uuid_string_is_valid (parent_steps))
    return refuse (json, "the id of a job's steps is no UUID", error);
  if (!g_uuid_string_is_valid (id))
    return refuse (json, "a job's id is no UUID", error);
  if (*name == '\0' || *name == '.' || strchr (name, '/') || strlen (name) > NAME_MAX)
    return refuse (json, "a job's name is no name of a file", error);
  unsaved = limn_json_get_ints (json, "unsaved", 0, MAX (next, 1) - 1, next, error);
  if (!unsaved)
    return FALSE;
  job->unsaved = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < unsaved->len; i++)
    {
      guint picture = g_array_index (unsaved, gint64, i);

      if (picture >= next || (i > 0 && picture <= g_array_index (job->unsaved, guint, i - 1)))
        return refuse (json, "the pictures that are not saved are not in order", error);
      g_array_append_val (job->unsaved, picture);
    }
  job->id = g_strdup (id);
  job->name = g_strdup (name);
  job->failed = g_strdup (failed);
  job->parent_steps = g_strdup (parent_steps);
  job->next = next;
  job->stopped = stopped < 0 ? LIMN_JOB_NONE : (guint) stopped;
  return TRUE;
}

LimnQueueFile *
limn_queue_file_parse (GBytes *bytes, GError **error)
{
  static const char *const known[] = { "version", "folders", "jobs", NULL };
  g_autoptr(LimnJson) json = limn_json_new_for_bytes (bytes, "queue.json", MAX_BYTES, error);
  g_autoptr(LimnQueueFile) file = queue_file_new ();
  g_autoptr(GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto(GStrv) folders = NULL;
  gint64 version;
  guint n;

  if (!json || !limn_json_get_int (json, "version", 0, G_MAXINT64, &version, error))
    return NULL;
  if (version < 1 || version > LIMN_QUEUE_FILE_VERSION)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                   "“%s” was written by another version of Limn: its version is %" G_GINT64_FORMAT ", this program knows %d.",
                   limn_json_get_name (json), version, LIMN_QUEUE_FILE_VERSION);
      return NULL;
    }
  if (!check_keys (json, known, error))
    return NULL;
  folders = limn_json_get_strings (json, "folders", G_MAXUINT, error);
  if (!folders || !limn_json_get_length (json, "jobs", &n, error))
    return NULL;
  for (guint i = 0; folders[i]; i++)
    g_ptr_array_add (file->folders, g_strdup (folders[i]));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LimnJson) element = limn_json_get_element (json, "jobs", i, error);
      LimnKeptJob *job = g_new0 (LimnKeptJob, 1);

      g_ptr_array_add (file->jobs, job);
      if (!element || !read_job (element, version, job, error))
        return NULL;
      if (!g_hash_table_add (ids, job->id))
        {
          refuse (element, "two jobs have one id", error);
          return NULL;
        }
    }
  return g_steal_pointer (&file);
}

int
limn_queue_file_lock (const char *state_folder, GError **error)
{
  g_autofree char *path = g_build_filename (state_folder, "lock", NULL);
  g_autofree char *shown = g_filename_display_name (state_folder);
  int fd = -1, code = 0;

  /* Prompts are nobody else's business. */
  if (g_mkdir_with_parents (state_folder, 0700) != 0 || (fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) < 0)
    {
      code = errno;
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                   "The queue cannot be kept for the next start: “%s” cannot be used. (%s)", shown, g_strerror (code));
      return -1;
    }
  /* Anything else than "somebody has it" is a file system without locks. */
  if (flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                   "Another Limn is already at work on this queue. Go on there, or close it first. (“%s” is locked)", shown);
      close (fd);
      return -1;
    }
  return fd;
}

/* Never replaces what was put aside before. (transfer full) (nullable) */
static char *
put_aside (const char *path)
{
  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *aside = i == 0 ? g_strconcat (path, ".damaged", NULL) : g_strdup_printf ("%s.damaged-%u", path, i);

      /* One that is there is only replaced between these two calls, and we have the lock. */
      if (g_file_test (aside, G_FILE_TEST_EXISTS))
        continue;
      return rename (path, aside) == 0 ? g_steal_pointer (&aside) : NULL;
    }
  return NULL;
}

LimnQueueFile *
limn_queue_file_load (const char *state_folder, GError **error)
{
  g_autofree char *path = g_build_filename (state_folder, "queue.json", NULL);
  g_autoptr(GError) local = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autofree char *aside = NULL;
  LimnQueueFile *file;
  char *data;
  gsize length;

  if (!g_file_get_contents (path, &data, &length, &local))
    {
      if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return queue_file_new ();
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "The queue of the last time cannot be read. (%s)", local->message);
      return NULL;
    }
  bytes = g_bytes_new_take (data, length);
  file = limn_queue_file_parse (bytes, &local);
  if (file)
    return file;
  aside = put_aside (path);
  if (!aside)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "The queue of the last time cannot be read. (%s)", local->message);
  else
    {
      g_autofree char *shown = g_filename_display_name (aside);

      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                   "The queue of the last time cannot be read; it was put aside as “%s”. Pictures that were finished are not concerned. (%s)",
                   shown, local->message);
    }
  return NULL;
}

/* --- What is on the disk --- */

/* Adds every PNG in @folder to @names, full paths. */
static void
list_pictures (const char *folder, GPtrArray *names)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    if (g_str_has_suffix (name, ".png"))
      g_ptr_array_add (names, g_build_filename (folder, name, NULL));
}

/* The ids of all pictures whose name begins as those of @job: numbers may stand behind it. (transfer full) */
static GHashTable *
list_saved (const LimnKeptJob *job, GPtrArray *pictures)
{
  GHashTable *ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < pictures->len; i++)
    {
      const char *path = g_ptr_array_index (pictures, i);
      g_autoptr(LimnPng) png = NULL;
      const char *id;

      if (!g_str_has_prefix (strrchr (path, '/') + 1, job->name))
        continue;
      png = limn_png_load (path, LIMN_PNG_READ_TEXTS, NULL);
      id = png ? limn_png_lookup (png, LIMN_RECIPE_TRAJECTORY_KEYWORD) : NULL;
      if (id)
        g_hash_table_add (ids, g_strdup (id));
    }
  return ids;
}

static gboolean
is_saved (const LimnKeptJob *job, guint picture, GHashTable *saved)
{
  g_autofree char *id = limn_job_make_picture_id (job->id, picture);

  return g_hash_table_contains (saved, id);
}

/* The file may be older than any number of pictures, where only the disk of the state was full. */
static void
strike_saved (LimnKeptJob *job, GHashTable *saved)
{
  g_autoptr(GArray) unsaved = g_array_new (FALSE, FALSE, sizeof (guint));
  guint next = job->next;

  for (guint picture = job->next; picture < job->n_pictures; picture++)
    if (is_saved (job, picture, saved))
      next = picture + 1;
  for (guint i = 0; i < job->unsaved->len; i++)
    {
      guint picture = g_array_index (job->unsaved, guint, i);

      if (!is_saved (job, picture, saved))
        g_array_append_val (unsaved, picture);
    }
  for (guint picture = job->next; picture < next; picture++)
    if (!is_saved (job, picture, saved))
      g_array_append_val (unsaved, picture);
  g_array_unref (job->unsaved);
  job->unsaved = g_steal_pointer (&unsaved);
  job->next = next;
}

static char *
dup_steps_path (const LimnKeptJob *job, guint picture, const char *state_folder)
{
  g_autofree char *id = limn_job_make_picture_id (job->id, picture);
  g_autofree char *name = g_strconcat (id, ".safetensors", NULL);

  return g_build_filename (state_folder, "steps", name, NULL);
}

static void
look_for_steps (LimnKeptJob *job, const char *state_folder)
{
  guint picture = job->unsaved->len > 0 ? g_array_index (job->unsaved, guint, 0) : job->next;
  g_autofree char *path = dup_steps_path (job, picture, state_folder);
  g_autofree char *stopped_path = job->stopped != LIMN_JOB_NONE ? dup_steps_path (job, job->stopped, state_folder) : NULL;
  g_autoptr(LimnTrajectory) trajectory = NULL;

  /* On a slow disk the note may have come there before the steps: a whole picture rather than none. */
  if (stopped_path && !g_file_test (stopped_path, G_FILE_TEST_EXISTS))
    job->stopped = LIMN_JOB_NONE;
  job->begun = g_file_test (path, G_FILE_TEST_EXISTS);
  if (!job->begun)
    return;
  trajectory = limn_trajectory_load (path, NULL);
  if (trajectory && limn_generation_read_n_steps (trajectory) > 0)
    {
      job->step = limn_trajectory_get_n_steps (trajectory);
      job->n_steps = limn_generation_read_n_steps (trajectory);
    }
}

void
limn_queue_file_look_around (LimnQueueFile *file, const char *state_folder, const char *folder)
{
  g_autoptr(GPtrArray) pictures = g_ptr_array_new_with_free_func (g_free);
  gboolean listed = FALSE;

  for (guint i = 0; i < file->folders->len; i++)
    {
      listed = listed || g_str_equal (g_ptr_array_index (file->folders, i), folder);
      list_pictures (g_ptr_array_index (file->folders, i), pictures);
    }
  if (!listed)
    list_pictures (folder, pictures);

  for (guint i = 0; i < file->jobs->len;)
    {
      LimnKeptJob *job = g_ptr_array_index (file->jobs, i);
      g_autoptr(GHashTable) saved = list_saved (job, pictures);

      if (g_hash_table_size (saved) > 0)
        strike_saved (job, saved);
      if (job->next == job->n_pictures && job->unsaved->len == 0)
        {
          g_ptr_array_remove_index (file->jobs, i);
          continue;
        }
      look_for_steps (job, state_folder);
      i++;
    }
}
