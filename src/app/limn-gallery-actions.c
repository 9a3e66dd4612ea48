/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What can be done with the pictures of the gallery. Where the files are is asked of a thread first. */
#include "config.h"

#include "app/limn-gallery-private.h"

#include "app/limn-file-content.h"
#include "app/limn-files.h"

#include <glib/gi18n.h>

/* Deletions that can be undone; each may hold a file open (limn-trash.h). */
#define MAX_DELETIONS 20

typedef struct
{
  guint      serial;
  GPtrArray *trashed; /* of LimnTrashed */
} Deletion;

static void
deletion_free (gpointer data)
{
  Deletion *deletion = data;

  g_ptr_array_unref (deletion->trashed);
  g_free (deletion);
}

GArray *
limn_gallery_dup_targets (LimnGallery *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr(GtkBitset) selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  guint menu_position = self->menu_id != 0 ? limn_gallery_model_find_id (self->model, self->menu_id) : GTK_INVALID_LIST_POSITION;
  GtkBitsetIter iter;
  guint position;

  if (menu_position != GTK_INVALID_LIST_POSITION && !gtk_bitset_contains (selected, menu_position))
    {
      g_array_append_val (ids, self->menu_id);
      return ids;
    }
  if (gtk_bitset_iter_init_first (&iter, selected, &position))
    do
      {
        gint64 id = limn_gallery_model_get_id (self->model, position);

        g_array_append_val (ids, id);
      }
    while (gtk_bitset_iter_next (&iter, &position));
  return ids;
}

/* --- With files --- */

typedef void (*WithPaths) (LimnGallery *self, GPtrArray *paths);

typedef struct
{
  LimnGallery *self;
  WithPaths    func;
} Ask;

static void
on_paths (GObject *source, GAsyncResult *result, gpointer data)
{
  Ask *ask = data;
  g_autoptr(GPtrArray) paths = limn_gallery_model_get_paths_finish (result, NULL);

  if (paths && paths->len > 0 && ask->self->studio)
    ask->func (ask->self, paths);
  g_object_unref (ask->self);
  g_free (ask);
}

static void
with_paths (LimnGallery *self, GArray *ids, WithPaths func)
{
  Ask *ask = g_new (Ask, 1);

  *ask = (Ask) { g_object_ref (self), func };
  limn_gallery_model_get_paths_async (self->model, ids, on_paths, ask);
}

static void
with_targets (LimnGallery *self, WithPaths func)
{
  g_autoptr(GArray) ids = limn_gallery_dup_targets (self);

  if (ids->len > 0)
    with_paths (self, ids, func);
}

static void
show_paths (LimnGallery *self, GPtrArray *paths)
{
  limn_studio_show_picture (self->studio, g_ptr_array_index (paths, 0));
}

void
limn_gallery_show (LimnGallery *self, gint64 id)
{
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  self->shown_id = id;
  g_array_append_val (ids, id);
  with_paths (self, ids, show_paths);
}

static void
on_show (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnGallery *self = data;
  g_autoptr(GArray) ids = limn_gallery_dup_targets (self);

  if (ids->len > 0)
    limn_gallery_show (self, g_array_index (ids, gint64, 0));
}

static void
on_show_branches (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  on_show (action, parameter, data);
  gtk_widget_activate_action (GTK_WIDGET (data), "win.page", "s", "branches");
}

static void
show_sheet_paths (LimnGallery *self, GPtrArray *paths)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.show-sheet", "^ay", g_ptr_array_index (paths, 0));
}

static void
on_show_sheet (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  with_targets (data, show_sheet_paths);
}

static void
import_paths (LimnGallery *self, GPtrArray *paths)
{
  limn_studio_import (self->studio, g_ptr_array_index (paths, 0));
}

static void
on_import (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  with_targets (data, import_paths);
}

static void
compare_paths (LimnGallery *self, GPtrArray *paths)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.compare-with", "^ay", g_ptr_array_index (paths, 0));
}

static void
on_compare (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  with_targets (data, compare_paths);
}

static void
copy_paths (LimnGallery *self, GPtrArray *paths)
{
  g_autoptr(GdkContentProvider) content = limn_file_content_new (paths);
  g_autofree char *message = g_strdup_printf (ngettext ("%u picture copied", "%u pictures copied", paths->len), paths->len);

  gdk_clipboard_set_content (gtk_widget_get_clipboard (GTK_WIDGET (self)), content);
  limn_studio_say (self->studio, message);
}

static void
on_copy (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  with_targets (data, copy_paths);
}

static void
export_paths (LimnGallery *self, GPtrArray *paths)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.export-file", "^ay", g_ptr_array_index (paths, 0));
}

static void
on_export (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  with_targets (data, export_paths);
}

static void
show_paths_in_files (LimnGallery *self, GPtrArray *paths)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  limn_files_show (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, g_ptr_array_index (paths, 0));
}

static void
on_show_in_files (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  with_targets (data, show_paths_in_files);
}

/* --- Stars --- */

/* FALSE also where none is known: what was not read yet counts as not starred. */
static gboolean
all_are_starred (LimnGallery *self, GArray *ids)
{
  for (guint i = 0; i < ids->len; i++)
    {
      guint position = limn_gallery_model_find_id (self->model, g_array_index (ids, gint64, i));
      g_autoptr(LimnGalleryItem) item = g_list_model_get_item (G_LIST_MODEL (self->model), position);

      if (!item || !limn_gallery_item_get_starred (item))
        return FALSE;
    }
  return ids->len > 0;
}

static void
on_star (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnGallery *self = data;
  g_autoptr(GArray) ids = limn_gallery_dup_targets (self);
  const char *name = g_action_get_name (G_ACTION (action));
  gboolean starred = g_str_equal (name, "star") || (g_str_equal (name, "toggle-star") && !all_are_starred (self, ids));

  if (ids->len > 0)
    limn_gallery_model_set_starred (self->model, ids, starred);
}

/* --- The wastebasket --- */

static void
on_trashed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnGallery) self = data;
  g_autoptr(GPtrArray) trashed = NULL;
  g_autofree char *message = NULL;
  Deletion *deletion;

  if (!self->studio)
    return;
  trashed = limn_gallery_model_trash_finish (self->model, result, NULL);
  if (!trashed || trashed->len == 0)
    return;
  deletion = g_new (Deletion, 1);
  *deletion = (Deletion) { ++self->n_deletions, g_ptr_array_ref (trashed) };
  g_queue_push_tail (&self->deleted, deletion);
  if (g_queue_get_length (&self->deleted) > MAX_DELETIONS)
    deletion_free (g_queue_pop_head (&self->deleted));
  message = g_strdup_printf (ngettext ("Picture moved to the wastebasket", "%u pictures moved to the wastebasket", trashed->len),
                             trashed->len);
  limn_studio_say_with_action (self->studio, message, "gallery.undo-delete", _("_Undo"),
                               g_variant_new_uint32 (deletion->serial));
  limn_gallery_update_actions (self);
}

static void
trash (LimnGallery *self, GArray *ids)
{
  g_autoptr(GHashTable) used = limn_job_queue_dup_used_ids (limn_studio_get_queue (self->studio));

  limn_gallery_model_trash_async (self->model, ids, used, on_trashed, g_object_ref (self));
}

static void
on_delete (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnGallery *self = data;
  g_autoptr(GArray) ids = limn_gallery_dup_targets (self);

  if (ids->len == 0)
    return;
  /* The keyboard stays at that place, on the picture that moves up to it. */
  self->select_next = limn_gallery_model_find_id (self->model, g_array_index (ids, gint64, 0));
  trash (self, ids);
}

typedef struct
{
  LimnPictureIndex *index;
  char             *path;
  gint64            id;
} Find;

static void
find_free (gpointer data)
{
  Find *find = data;

  g_clear_pointer (&find->index, limn_picture_index_unref);
  g_free (find->path);
  g_free (find);
}

static void
find_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Find *find = data;

  find->id = limn_picture_index_refresh (find->index, find->path);
  /* Whoever is the last closes a database, which waits for the disk. */
  g_clear_pointer (&find->index, limn_picture_index_unref);
  g_task_return_boolean (task, TRUE);
}

static void
on_found_to_delete (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnGallery) self = data;
  Find *find = g_task_get_task_data (G_TASK (result));
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  if (!self->studio || find->id == 0)
    return;
  g_array_append_val (ids, find->id);
  trash (self, ids);
}

static void
delete_files (LimnGallery *self)
{
  LimnPictureIndex *index = limn_gallery_model_get_index (self->model);

  if (!index)
    return;
  while (!g_queue_is_empty (&self->to_delete))
    {
      g_autoptr(GTask) task = g_task_new (NULL, NULL, on_found_to_delete, g_object_ref (self));
      Find *find = g_new (Find, 1);

      *find = (Find) { limn_picture_index_ref (index), g_queue_pop_head (&self->to_delete), 0 };
      g_task_set_task_data (task, find, find_free);
      g_task_run_in_thread (task, find_thread);
    }
}

/* From another place than the gallery, which then knows how to bring it back. It may not have looked at its folder yet. */
static void
on_delete_file (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnGallery *self = data;

  g_queue_push_tail (&self->to_delete, g_strdup (g_variant_get_bytestring (parameter)));
  if (limn_gallery_model_get_index (self->model))
    delete_files (self);
  else
    limn_gallery_model_set_folder (self->model, limn_studio_get_folder (self->studio));
}

static void
on_undo_delete (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnGallery *self = data;
  guint serial = g_variant_get_uint32 (parameter);

  for (GList *l = self->deleted.tail; l; l = l->prev)
    {
      Deletion *deletion = l->data;

      if (serial != 0 && deletion->serial != serial)
        continue;
      g_queue_delete_link (&self->deleted, l);
      limn_gallery_model_restore (self->model, deletion->trashed);
      deletion_free (deletion);
      break;
    }
  limn_gallery_update_actions (self);
}

static void
on_search (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_gallery_focus_search (data);
}

/* --- The tables --- */

static const GActionEntry entries[] = {
  { .name = "show", .activate = on_show },
  { .name = "show-branches", .activate = on_show_branches },
  { .name = "show-sheet", .activate = on_show_sheet },
  { .name = "import", .activate = on_import },
  { .name = "compare", .activate = on_compare },
  { .name = "star", .activate = on_star },
  { .name = "unstar", .activate = on_star },
  { .name = "toggle-star", .activate = on_star },
  { .name = "copy", .activate = on_copy },
  { .name = "export", .activate = on_export },
  { .name = "show-in-files", .activate = on_show_in_files },
  { .name = "delete", .activate = on_delete },
  { .name = "delete-file", .activate = on_delete_file, .parameter_type = "ay" },
  { .name = "undo-delete", .activate = on_undo_delete, .parameter_type = "u" },
  { .name = "search", .activate = on_search },
};

/* On a picture of the grid; keys without a modifier type into nothing there. */
static const struct
{
  const char *keys;
  const char *action;
  const char *target; /* (nullable) as GVariant's text format has it */
} shortcuts[] = {
  { "Delete|KP_Delete", "gallery.delete" },
  { "<Control>b", "gallery.toggle-star" },
  { "<Control>c|<Control>Insert", "gallery.copy" },
  { "<Control>z", "gallery.undo-delete", "uint32 0" },
  { "<Control>i", "gallery.import" },
};

static void
enable (LimnGallery *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name)), enabled);
}

void
limn_gallery_update_actions (LimnGallery *self)
{
  g_autoptr(GArray) ids = limn_gallery_dup_targets (self);
  gboolean all_starred = all_are_starred (self, ids);

  enable (self, "show", ids->len == 1);
  enable (self, "show-branches", ids->len == 1);
  enable (self, "show-sheet", ids->len == 1);
  enable (self, "import", ids->len == 1);
  enable (self, "compare", ids->len == 1);
  enable (self, "export", ids->len == 1);
  enable (self, "show-in-files", ids->len == 1);
  enable (self, "star", ids->len > 0 && !all_starred);
  enable (self, "unstar", all_starred);
  enable (self, "toggle-star", ids->len > 0);
  enable (self, "copy", ids->len > 0);
  enable (self, "delete", ids->len > 0);
  enable (self, "undo-delete", !g_queue_is_empty (&self->deleted));
}

void
limn_gallery_actions_init (LimnGallery *self)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  g_queue_init (&self->to_delete);
  g_signal_connect_object (self->model, "looked", G_CALLBACK (delete_files), self, G_CONNECT_SWAPPED);
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  for (guint i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    {
      GtkShortcut *shortcut = gtk_shortcut_new (gtk_shortcut_trigger_parse_string (shortcuts[i].keys),
                                                gtk_named_action_new (shortcuts[i].action));

      if (shortcuts[i].target)
        gtk_shortcut_set_arguments (shortcut, g_variant_new_parsed (shortcuts[i].target));
      gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller), shortcut);
    }
  /* Before the search, which takes what is typed here, gets to see Delete. */
  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  gtk_widget_add_controller (GTK_WIDGET (self->grid), controller);
}

void
limn_gallery_actions_dispose (LimnGallery *self)
{
  g_queue_clear_full (&self->deleted, deletion_free);
  g_queue_clear_full (&self->to_delete, g_free);
  g_clear_object (&self->actions);
}
