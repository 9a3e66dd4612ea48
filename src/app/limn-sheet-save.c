/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-sheet-save.h"

#include "app/limn-sheet-words.h"
#include "image/limn-contact-sheet.h"
#include "image/limn-photo.h"
#include "image/limn-png.h"
#include "library/limn-atomic-file.h"

/* What the thread needs, in the reader's words, made in the main thread. */
typedef struct
{
  char    *path;
  char    *title;
  char    *subtitle;
  char    *x_name; /* (nullable) */
  char    *y_name; /* (nullable) */
  GStrv    column_labels; /* (nullable) */
  GStrv    row_labels;    /* (nullable) */
  guint    n_columns;
  guint    n_rows;
  guint    n_pictures;
  char   **paths; /* [n_pictures], by place; (nullable) each */
  guint    width;
  guint    height;
  gboolean right_to_left;
} Save;

static void
save_free (gpointer data)
{
  Save *save = data;

  for (guint i = 0; i < save->n_pictures; i++)
    g_free (save->paths[i]);
  g_free (save->paths);
  g_strfreev (save->column_labels);
  g_strfreev (save->row_labels);
  g_free (save->path);
  g_free (save->title);
  g_free (save->subtitle);
  g_free (save->x_name);
  g_free (save->y_name);
  g_free (save);
}

static void
save_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Save *save = data;
  LimnContactSheetParams params = {
    .n_columns = save->n_columns,
    .n_rows = save->n_rows,
    .cell_width = save->width,
    .cell_height = save->height,
    .title = save->title,
    .subtitle = save->subtitle,
    .x_name = save->x_name,
    .y_name = save->y_name,
    .column_labels = (const char *const *) save->column_labels,
    .row_labels = (const char *const *) save->row_labels,
    .right_to_left = save->right_to_left,
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnContactSheet) sheet = limn_contact_sheet_new (&params, &error);
  g_autoptr(LimnImage) image = NULL;
  g_autoptr(GBytes) png = NULL;

  for (guint i = 0; sheet && i < save->n_pictures && !g_cancellable_is_cancelled (cancellable); i++)
    {
      g_autoptr(LimnImage) picture = save->paths[i] ? limn_photo_load (save->paths[i], NULL) : NULL;

      if (picture)
        limn_contact_sheet_add (sheet, i % save->n_columns, i / save->n_columns, picture, NULL);
    }
  if (sheet)
    image = limn_contact_sheet_free_to_image (g_steal_pointer (&sheet));
  png = image ? limn_png_encode (image, NULL, 0, &error) : NULL;
  if (png && limn_atomic_file_write (save->path, png, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static char *
dup_name (LimnSheetAxis *axis)
{
  return axis ? g_strdup (limn_sheet_words_name (limn_sheet_axis_get_field (axis))) : NULL;
}

static Save *
new_save (LimnSheet *sheet, LimnSheetBoard *board, const char *path)
{
  const LimnRequest *base = limn_sheet_get_base (sheet);
  gboolean grid = limn_sheet_get_kind (sheet) == LIMN_SHEET_GRID;
  Save *save = g_new0 (Save, 1);

  save->path = g_strdup (path);
  save->title = g_strdup (base->prompt);
  save->subtitle = limn_sheet_words_title (sheet);
  save->x_name = grid ? dup_name (limn_sheet_get_x_axis (sheet)) : NULL;
  save->y_name = grid ? dup_name (limn_sheet_get_y_axis (sheet)) : NULL;
  save->n_columns = limn_sheet_board_get_n_columns (board);
  save->n_rows = limn_sheet_board_get_n_rows (board);
  save->n_pictures = limn_sheet_board_get_n_pictures (board);
  save->width = base->width;
  save->height = base->height;
  save->column_labels = g_new0 (char *, save->n_columns + 1);
  for (guint i = 0; i < save->n_columns; i++)
    save->column_labels[i] = g_strdup (limn_sheet_board_get_column_label (board, i));
  save->row_labels = g_new0 (char *, save->n_rows + 1);
  for (guint i = 0; i < save->n_rows; i++)
    save->row_labels[i] = g_strdup (limn_sheet_board_get_row_label (board, i));
  if (save->n_columns > 0 && !save->column_labels[0])
    g_clear_pointer (&save->column_labels, g_strfreev);
  if (save->n_rows > 0 && !save->row_labels[0])
    g_clear_pointer (&save->row_labels, g_strfreev);
  save->paths = g_new0 (char *, save->n_pictures);
  for (guint i = 0; i < save->n_pictures; i++)
    {
      LimnSheetItem *item = limn_sheet_board_get (board, i);

      if (limn_sheet_item_get_state (item) == LIMN_SHEET_DONE)
        save->paths[i] = g_strdup (limn_sheet_item_get_path (item));
    }
  return save;
}

void
limn_sheet_save_async (LimnSheet *sheet, LimnSheetBoard *board, const char *path, gboolean right_to_left, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  Save *save = new_save (sheet, board, path);

  save->right_to_left = right_to_left;
  g_task_set_task_data (task, save, save_free);
  g_task_run_in_thread (task, save_thread);
}

gboolean
limn_sheet_save_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
