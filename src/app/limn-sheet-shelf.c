/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a sheet is stands in each of its pictures, and which file is which cell follows from the ids in them, which the index of pictures knows.
 * So all that is kept beside them is which sheet was the last. */
#include "config.h"

#include "app/limn-sheet-shelf.h"

#include "base/limn-error.h"
#include "image/limn-png.h"
#include "library/limn-picture-index.h"
#include "session/limn-job-queue.h"
#include "session/limn-picture-line.h"

#include <glib/gi18n.h>

#define FILE_NAME "sheet.ini"
#define GROUP "sheet"

void
limn_sheet_record_free (LimnSheetRecord *record)
{
  if (!record)
    return;
  for (guint i = 0; record->paths && i < limn_sheet_get_n_pictures (record->sheet); i++)
    g_free (record->paths[i]);
  g_free (record->paths);
  g_clear_pointer (&record->sheet, limn_sheet_unref);
  g_free (record->job_id);
  g_free (record->steps);
  g_free (record);
}

void
limn_sheet_shelf_keep (LimnKeeper *keeper, const char *state_folder, LimnSheet *sheet, const char *job_id, const char *steps)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autofree char *path = g_build_filename (state_folder, FILE_NAME, NULL);
  g_autofree char *json = limn_sheet_to_json (sheet);
  g_autoptr(GBytes) bytes = NULL;
  char *text;
  gsize length;

  g_key_file_set_string (file, GROUP, "job", job_id);
  if (steps)
    g_key_file_set_string (file, GROUP, "steps", steps);
  g_key_file_set_string (file, GROUP, "sheet", json);
  text = g_key_file_to_data (file, &length, NULL);
  bytes = g_bytes_new_take (text, length);
  limn_keeper_replace (keeper, path, bytes);
}

/* --- On a thread --- */

typedef struct
{
  char *state_folder; /* (nullable) */
  char *path;         /* (nullable) */
  char *folder;
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;

  g_free (search->state_folder);
  g_free (search->path);
  g_free (search->folder);
  g_free (search);
}

static LimnSheetRecord *
read_kept (Search *search, GError **error)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autofree char *path = g_build_filename (search->state_folder, FILE_NAME, NULL);
  g_autoptr(LimnSheetRecord) record = g_new0 (LimnSheetRecord, 1);
  g_autofree char *json = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
    return NULL;
  record->job_id = g_key_file_get_string (file, GROUP, "job", error);
  if (!record->job_id)
    return NULL;
  if (!g_uuid_string_is_valid (record->job_id))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "%s names no job.", path);
      return NULL;
    }
  record->steps = g_key_file_get_string (file, GROUP, "steps", NULL);
  if (record->steps && !g_uuid_string_is_valid (record->steps))
    g_clear_pointer (&record->steps, g_free);
  json = g_key_file_get_string (file, GROUP, "sheet", error);
  record->sheet = json ? limn_sheet_new_from_json (json, path, error) : NULL;
  return record->sheet ? g_steal_pointer (&record) : NULL;
}

static LimnSheetRecord *
read_mark (Search *search, GError **error)
{
  g_autoptr(LimnPng) png = limn_png_load (search->path, LIMN_PNG_READ_TEXTS, error);
  g_autoptr(LimnSheetRecord) record = g_new0 (LimnSheetRecord, 1);
  const char *text = png ? limn_png_lookup (png, LIMN_SHEET_KEYWORD) : NULL;
  guint picture;

  if (!png)
    return NULL;
  if (!text)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("This picture was not painted on a sheet."));
      return NULL;
    }
  if (!limn_sheet_mark_parse (text, &record->job_id, &picture, &record->sheet, error))
    return NULL;
  record->paths = g_new0 (char *, limn_sheet_get_n_pictures (record->sheet));
  if (picture < limn_sheet_get_n_pictures (record->sheet))
    record->paths[picture] = g_strdup (search->path);
  return g_steal_pointer (&record);
}

static guint
look_up (LimnSheetRecord *record, LimnPictureIndex *index)
{
  guint n_missing = 0;

  for (guint i = 0; i < limn_sheet_get_n_pictures (record->sheet); i++)
    {
      g_autofree char *id = limn_job_make_picture_id (record->job_id, i);
      gint64 found = record->paths[i] ? 0 : limn_picture_index_find_trajectory (index, id);
      g_autoptr(LimnPicture) picture = found ? limn_picture_index_get (index, found) : NULL;

      if (picture)
        record->paths[i] = g_strdup (picture->path);
      n_missing += record->paths[i] == NULL;
    }
  return n_missing;
}

static void
search_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Search *search = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSheetRecord) record = search->path ? read_mark (search, &error) : read_kept (search, &error);
  g_autoptr(LimnPictureIndex) index = NULL;

  if (!record)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (!record->paths)
    record->paths = g_new0 (char *, limn_sheet_get_n_pictures (record->sheet));
  index = limn_picture_index_new (search->folder, NULL, limn_picture_line_new);
  /* What the index does not know may have come since it was written. */
  if (look_up (record, index) > 0 && limn_picture_index_scan (index, NULL, NULL, NULL, cancellable, NULL))
    look_up (record, index);
  g_task_return_pointer (task, g_steal_pointer (&record), (GDestroyNotify) limn_sheet_record_free);
}

static void
search_async (Search *search, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_task_data (task, search, search_free);
  g_task_run_in_thread (task, search_thread);
}

void
limn_sheet_shelf_load_async (const char *state_folder, const char *folder, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer data)
{
  Search *search = g_new0 (Search, 1);

  search->state_folder = g_strdup (state_folder);
  search->folder = g_strdup (folder);
  search_async (search, cancellable, callback, data);
}

void
limn_sheet_shelf_find_async (const char *path, const char *folder, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  Search *search = g_new0 (Search, 1);

  search->path = g_strdup (path);
  search->folder = g_strdup (folder);
  search_async (search, cancellable, callback, data);
}

LimnSheetRecord *
limn_sheet_shelf_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
