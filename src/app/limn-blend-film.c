/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-blend-film.h"

#include "app/limn-blend.h"
#include "session/limn-embedded.h"
#include "session/limn-recipe.h"

#include <glib/gstdio.h>
#include <string.h>

/* Shared by the steps of the work, which come one after the other; threads only look at what no longer changes. */
typedef struct
{
  LimnSession          *session;
  LimnStash            *stash;
  LimnRequest          *request;
  LimnSequence         *sequence;
  LimnSequenceFormat    format;
  char                 *path;
  guint                 frame_ms;
  LimnBlendFilmProgress progress;
  gpointer              progress_data;
  GMainContext         *context;

  char                 *folder; /* (nullable): of the pictures, until the film is made of them */
  guint                 n_painted;
  gint                  n_written; /* frames */
  gint                  telling;   /* a source is under way that tells of them */
  gboolean              over;
} Film;

static void
film_free (gpointer data)
{
  Film *film = data;

  g_object_unref (film->session);
  limn_stash_unref (film->stash);
  limn_request_free (film->request);
  limn_sequence_free (film->sequence);
  g_free (film->path);
  g_free (film->folder);
  g_main_context_unref (film->context);
  g_free (film);
}

static char *
new_picture_path (const Film *film, guint picture)
{
  g_autofree char *name = g_strdup_printf ("%u.png", picture);

  return g_build_filename (film->folder, name, NULL);
}

/* --- The end --- */

typedef struct
{
  GTask  *task;
  GError *error; /* (nullable) */
} Ending;

static void
remove_pictures (const Film *film)
{
  for (guint i = 0; i < limn_sequence_get_n_pictures (film->sequence); i++)
    {
      g_autofree char *path = new_picture_path (film, i);

      g_unlink (path);
    }
  g_rmdir (film->folder);
}

static void
end_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Film *film = data;

  if (film->folder)
    {
      remove_pictures (film);
      /* The folder that was made for it, unless there is something in it. */
      if (film->format == LIMN_SEQUENCE_NUMBERED)
        g_rmdir (film->path);
    }
  g_task_return_boolean (task, TRUE);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  Ending *ending = data;
  Film *film = g_task_get_task_data (ending->task);

  film->over = TRUE;
  if (ending->error)
    g_task_return_error (ending->task, ending->error);
  else
    g_task_return_pointer (ending->task, g_strdup (film->path), g_free);
  g_object_unref (ending->task);
  g_free (ending);
}

/* Takes @task and @error. */
static void
end (GTask *task, GError *error)
{
  g_autoptr(GTask) removing = NULL;
  Ending *ending = g_new (Ending, 1);

  *ending = (Ending){ task, error };
  removing = g_task_new (NULL, NULL, on_removed, ending);
  g_task_set_task_data (removing, g_task_get_task_data (task), NULL);
  g_task_run_in_thread (removing, end_thread);
}

/* --- The film --- */

static gboolean
on_tell (gpointer data)
{
  GTask *task = data;
  Film *film = g_task_get_task_data (task);

  g_atomic_int_set (&film->telling, FALSE);
  if (!film->over)
    film->progress (g_atomic_int_get (&film->n_written), limn_sequence_get_n_frames (film->sequence), TRUE, film->progress_data);
  return G_SOURCE_REMOVE;
}

static void
on_written (goffset done, goffset n, gpointer data)
{
  GTask *task = data;
  Film *film = g_task_get_task_data (task);

  g_atomic_int_set (&film->n_written, done);
  if (g_atomic_int_compare_and_exchange (&film->telling, FALSE, TRUE))
    g_main_context_invoke_full (film->context, G_PRIORITY_DEFAULT_IDLE, on_tell, g_object_ref (task), g_object_unref);
}

static GBytes *
read_picture (gpointer data, guint picture, GError **error)
{
  g_autofree char *path = new_picture_path (data, picture);
  char *contents;
  gsize length;

  return g_file_get_contents (path, &contents, &length, error) ? g_bytes_new_take (contents, length) : NULL;
}

static void
export_thread (GTask *exporting, gpointer source, gpointer data, GCancellable *cancellable)
{
  GTask *task = data;
  Film *film = g_task_get_task_data (task);
  GError *error = NULL;

  if (limn_sequence_export (film->sequence, film->format, film->path, film->frame_ms, read_picture, film, on_written, task,
                            g_task_get_cancellable (task), &error))
    g_task_return_boolean (exporting, TRUE);
  else
    g_task_return_error (exporting, error);
}

static void
on_exported (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  g_task_propagate_boolean (G_TASK (result), &error);
  end (data, error);
}

static void
begin_export (GTask *task)
{
  g_autoptr(GTask) exporting = g_task_new (NULL, NULL, on_exported, task);

  g_task_set_task_data (exporting, task, NULL);
  g_task_run_in_thread (exporting, export_thread);
}

/* --- The pictures --- */

static void paint_next (GTask *task);

typedef struct
{
  LimnResult *result;
  LimnStash  *stash;
  char       *path;
} Keeping;

static void
keeping_free (gpointer data)
{
  Keeping *keeping = data;

  limn_result_free (keeping->result);
  limn_stash_unref (keeping->stash);
  g_free (keeping->path);
  g_free (keeping);
}

/* What they were made from goes along, where it is not too large; the film shall not fail for it. */
static void
keep_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Keeping *keeping = data;
  g_autoptr(LimnRecipe) recipe = limn_recipe_new_for_result (keeping->result);
  g_autoptr(GPtrArray) texts = limn_embedded_new_texts (keeping->result->request, keeping->stash, NULL);
  g_autoptr(GArray) plain = g_array_new (FALSE, FALSE, sizeof (LimnPngText));
  g_autoptr(GBytes) png = NULL;
  GError *error = NULL;

  for (guint i = 0; texts && i < texts->len; i++)
    g_array_append_vals (plain, g_ptr_array_index (texts, i), 1);
  png = limn_recipe_encode_png_with_texts (recipe, keeping->result->picture, (const LimnPngText *) (gpointer) plain->data, plain->len,
                                           &error);
  if (png && g_file_set_contents (keeping->path, g_bytes_get_data (png, NULL), g_bytes_get_size (png), &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Film *film = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      end (task, error);
      return;
    }
  film->n_painted++;
  film->progress (film->n_painted, limn_sequence_get_n_pictures (film->sequence), FALSE, film->progress_data);
  paint_next (task);
}

static void
on_painted (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Film *film = g_task_get_task_data (task);
  GError *error = NULL;
  LimnResult *painted = limn_session_generate_finish (film->session, result, &error);
  g_autoptr(GTask) keeping_task = NULL;
  Keeping *keeping;

  if (!painted)
    {
      end (task, error);
      return;
    }
  keeping = g_new (Keeping, 1);
  *keeping = (Keeping){ painted, limn_stash_ref (film->stash), new_picture_path (film, film->n_painted) };
  keeping_task = g_task_new (NULL, NULL, on_kept, task);
  g_task_set_task_data (keeping_task, keeping, keeping_free);
  g_task_run_in_thread (keeping_task, keep_thread);
}

static void
paint_next (GTask *task)
{
  Film *film = g_task_get_task_data (task);
  GError *error = NULL;
  LimnSequencePoint point;

  if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error))
    {
      end (task, error);
      return;
    }
  if (film->n_painted == limn_sequence_get_n_pictures (film->sequence))
    {
      begin_export (task);
      return;
    }
  point = limn_sequence_get_point (film->sequence, film->n_painted);
  limn_blend_move_request (film->request, point.u, point.v);
  limn_session_generate_async (film->session, film->request, NULL, g_task_get_cancellable (task), on_painted, task);
}

/* --- The beginning --- */

/* A name that nothing has yet: "name.png", "name-0001.png", … */
static char *
find_free_path (const char *path)
{
  const char *slash = strrchr (path, G_DIR_SEPARATOR), *dot = strrchr (path, '.');
  gsize stem = dot && (!slash || dot > slash + 1) ? (gsize) (dot - path) : strlen (path);
  char *free_path = g_strdup (path);

  for (guint i = 1; g_file_test (free_path, G_FILE_TEST_EXISTS) && i < 10000; i++)
    {
      g_free (free_path);
      free_path = g_strdup_printf ("%.*s-%04u%s", (int) stem, path, i, path + stem);
    }
  return free_path;
}

static void
check_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Film *film = data;
  g_autofree char *path = find_free_path (film->path);
  GError *error = NULL;

  if (!limn_sequence_check_target (film->format, path, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_free (film->path);
  film->path = g_steal_pointer (&path);
  film->folder = g_dir_make_tmp ("limn-film-XXXXXX", &error);
  if (film->folder)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    paint_next (data);
  else
    end (data, error);
}

void
limn_blend_film_async (LimnSession           *session,
                       LimnStash             *stash,
                       const LimnRequest     *request,
                       LimnSequence          *sequence,
                       LimnSequenceFormat     format,
                       const char            *path,
                       guint                  frame_ms,
                       LimnBlendFilmProgress  progress,
                       gpointer               progress_data,
                       GCancellable          *cancellable,
                       GAsyncReadyCallback    callback,
                       gpointer               data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr(GTask) checking = g_task_new (NULL, NULL, on_checked, task);
  Film *film = g_new0 (Film, 1);

  film->session = g_object_ref (session);
  film->stash = limn_stash_ref (stash);
  film->request = limn_request_copy (request);
  film->request->preview = LIMN_PREVIEW_NONE;
  film->request->keep_latents = FALSE;
  film->sequence = sequence;
  film->format = format;
  film->path = g_strdup (path);
  film->frame_ms = frame_ms;
  film->progress = progress;
  film->progress_data = progress_data;
  film->context = g_main_context_ref_thread_default ();
  g_task_set_task_data (task, film, film_free);
  /* A film that is there is there, even if somebody cancels it in the last moment. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (checking, film, NULL);
  g_task_run_in_thread (checking, check_thread);
}

char *
limn_blend_film_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
