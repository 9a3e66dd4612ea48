/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is done with one cell of the sheet, and with all of them together as a file. */
#include "config.h"

#include "app/limn-sheet-page-private.h"

#include "app/limn-sheet-save.h"
#include "app/limn-sheet-words.h"
#include "library/limn-picture.h"

#include <glib/gi18n.h>

/* (nullable): that of the menu, else that at the keyboard; its file, if it has one. */
static const char *
get_path (LimnSheetItem *item)
{
  return item && limn_sheet_item_get_state (item) == LIMN_SHEET_DONE ? limn_sheet_item_get_path (item) : NULL;
}

static LimnSheetItem *
get_target (LimnSheetPage *self)
{
  return self->menu_item ? self->menu_item : limn_sheet_view_get_selected (self->view);
}

/* --- Looking at it --- */

void
limn_sheet_page_open (LimnSheetPage *self, LimnSheetItem *item)
{
  const char *path = get_path (item);

  if (path)
    limn_studio_show_picture (self->studio, path);
  else if (limn_sheet_item_get_state (item) == LIMN_SHEET_PAINTING)
    limn_studio_show_painting (self->studio);
  else
    return;
  gtk_widget_activate_action (GTK_WIDGET (self), "win.page", "s", "picture");
}

static void
on_open_cell (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnSheetPage *self = data;
  LimnSheetItem *item = get_target (self);

  if (item)
    limn_sheet_page_open (self, item);
}

/* In the frame that closes the menu the page is laid out as well, and GTK (4.8) would leave the flap without its place: nothing would be seen
 * of it. So that frame goes by first. */
static gboolean
toggle_large (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  LimnSheetPage *self = LIMN_SHEET_PAGE (widget);
  int *frames = data;

  if ((*frames)++ == 0)
    return G_SOURCE_CONTINUE;
  limn_sheet_view_set_large (self->view, !limn_sheet_view_is_large (self->view));
  return G_SOURCE_REMOVE;
}

static void
on_large (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_widget_add_tick_callback (GTK_WIDGET (data), toggle_large, g_new0 (int, 1), g_free);
}

/* It becomes the picture that is shown, which is what variations are of. */
static void
on_vary_cell (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnSheetPage *self = data;
  const char *path = get_path (get_target (self));

  if (!path)
    return;
  limn_studio_show_picture (self->studio, path);
  g_action_group_change_action_state (G_ACTION_GROUP (self->actions), "mode", g_variant_new_string ("variations"));
  adw_flap_set_reveal_flap (ADW_FLAP (self->flap), TRUE);
}

static void
on_import_cell (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnSheetPage *self = data;
  const char *path = get_path (get_target (self));

  if (!path)
    return;
  limn_studio_import (self->studio, path);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.page", "s", "picture");
}

/* --- Stars --- */

typedef struct
{
  char    *path;
  gboolean starred;
} Star;

static void
star_free (gpointer data)
{
  Star *star = data;

  g_free (star->path);
  g_free (star);
}

static void
star_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Star *star = data;
  GError *error = NULL;

  if (limn_picture_set_starred (star->path, star->starred, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

typedef struct
{
  LimnSheetPage *self;
  LimnSheetItem *item;
} Starring;

static void
on_starred (GObject *source, GAsyncResult *result, gpointer data)
{
  Starring *starring = data;
  Star *star = g_task_get_task_data (G_TASK (result));
  g_autoptr(GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      limn_sheet_item_set_starred (starring->item, !star->starred);
      if (starring->self->studio)
        limn_studio_say_error (starring->self->studio, error);
    }
  g_object_unref (starring->self);
  g_object_unref (starring->item);
  g_free (starring);
}

void
limn_sheet_page_toggle_star (LimnSheetPage *self, LimnSheetItem *item)
{
  const char *path = get_path (item);
  g_autoptr(GTask) task = NULL;
  Starring *starring;
  Star *star;

  if (!path)
    return;
  starring = g_new (Starring, 1);
  *starring = (Starring) { g_object_ref (self), g_object_ref (item) };
  star = g_new (Star, 1);
  *star = (Star) { g_strdup (path), !limn_sheet_item_get_starred (item) };
  /* Seen at once; the gallery sees it in its folder. */
  limn_sheet_item_set_starred (item, star->starred);
  task = g_task_new (NULL, NULL, on_starred, starring);
  g_task_set_task_data (task, star, star_free);
  g_task_run_in_thread (task, star_thread);
}

static void
on_star_cell (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnSheetPage *self = data;
  LimnSheetItem *item = get_target (self);

  if (item)
    limn_sheet_page_toggle_star (self, item);
}

/* --- The wastebasket --- */

static void
on_delete_cell (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnSheetPage *self = data;
  const char *path = get_path (get_target (self));

  if (path)
    gtk_widget_activate_action (GTK_WIDGET (self), "gallery.delete-file", "^ay", path);
}

/* --- The menu --- */

static void
enable (LimnSheetPage *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name)), enabled);
}

static void
update_cell_actions (LimnSheetPage *self)
{
  LimnSheetItem *item = get_target (self);
  gboolean there = get_path (item) != NULL, starred = item && limn_sheet_item_get_starred (item);

  enable (self, "open-cell", there || (item && limn_sheet_item_get_state (item) == LIMN_SHEET_PAINTING));
  enable (self, "vary-cell", there);
  enable (self, "import-cell", there);
  enable (self, "star-cell", there && !starred);
  enable (self, "unstar-cell", there && starred);
  enable (self, "delete-cell", there);
}

void
limn_sheet_page_popup_menu (LimnSheetPage *self, LimnSheetItem *item, double x, double y)
{
  double page_x, page_y;

  if (!gtk_widget_translate_coordinates (GTK_WIDGET (self->view), GTK_WIDGET (self), x, y, &page_x, &page_y))
    return;
  g_set_object (&self->menu_item, item);
  g_set_weak_pointer (&self->focus_before, gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self))));
  update_cell_actions (self);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle) { (int) page_x, (int) page_y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

/* The action of the menu comes after its closing; GTK leaves the keyboard wherever it falls. */
static void
on_menu_closed (LimnSheetPage *self)
{
  if (self->focus_before && gtk_widget_get_mapped (self->focus_before))
    gtk_widget_grab_focus (self->focus_before);
  g_clear_weak_pointer (&self->focus_before);
}

/* Whoever has gone to another cell means that one. */
static void
on_selected (LimnSheetPage *self)
{
  g_clear_object (&self->menu_item);
  update_cell_actions (self);
}

void
limn_sheet_page_cells_init (LimnSheetPage *self)
{
  static const GActionEntry entries[] = {
    { .name = "open-cell", .activate = on_open_cell },     { .name = "large", .activate = on_large },
    { .name = "vary-cell", .activate = on_vary_cell },     { .name = "import-cell", .activate = on_import_cell },
    { .name = "star-cell", .activate = on_star_cell },     { .name = "unstar-cell", .activate = on_star_cell },
    { .name = "delete-cell", .activate = on_delete_cell },
  };
  static const struct
  {
    const char *keys;
    const char *action;
  } keys[] = {
    { "Delete|KP_Delete", "sheet.delete-cell" },
    { "<Control>i", "sheet.import-cell" },
  };
  GtkEventController *controller = gtk_shortcut_controller_new ();

  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller),
                                          gtk_shortcut_new (gtk_shortcut_trigger_parse_string (keys[i].keys),
                                                            gtk_named_action_new (keys[i].action)));
  gtk_widget_add_controller (GTK_WIDGET (self->view), controller);
  g_signal_connect_swapped (self->menu, "closed", G_CALLBACK (on_menu_closed), self);
  g_signal_connect_object (self->view, "notify::selected", G_CALLBACK (on_selected), self, G_CONNECT_SWAPPED);
}

/* --- All of it, as a file --- */

static void
on_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnSheetPage) self = data;
  g_autoptr(GError) error = NULL;
  gboolean saved = limn_sheet_save_finish (result, &error);

  if (!self->studio)
    return;
  if (saved)
    limn_studio_say (self->studio, _("The sheet is saved."));
  else
    limn_studio_say_error (self->studio, error);
}

static void
on_save_chosen (GtkNativeDialog *dialog, int response, LimnSheetPage *self)
{
  if (response == GTK_RESPONSE_ACCEPT && self->run)
    {
      g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      if (g_file_peek_path (file))
        limn_sheet_save_async (self->sheet, limn_sheet_run_get_board (self->run), g_file_peek_path (file),
                               gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL, NULL, on_saved, g_object_ref (self));
      else
        limn_studio_say (self->studio, _("Files can only be saved on this computer."));
    }
  g_object_unref (dialog);
}

void
limn_sheet_page_save (LimnSheetPage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkFileChooserNative *chooser;
  g_autoptr(GFile) folder = NULL;

  if (!self->run)
    return;
  chooser = gtk_file_chooser_native_new (_("Save the Sheet"), GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL,
                                         GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  folder = g_file_new_for_path (limn_studio_get_folder (self->studio));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (chooser), folder, NULL);
  /* Translators: the name of a file, until the artist types another. */
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), _("Sheet.png"));
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_save_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}
