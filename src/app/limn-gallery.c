/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-gallery-private.h"

#include "app/limn-file-content.h"
#include "app/limn-gallery-tile.h"

#include <glib/gi18n.h>

/* Characters. A line of text is laid out as one: a book that was pasted by mistake would stop the window for half a second. */
#define MAX_SEARCH_LENGTH 1000

G_DEFINE_FINAL_TYPE (LimnGallery, limn_gallery, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_SELECTED,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

/* --- What is to be seen --- */

static void
update_page (LimnGallery *self)
{
  g_autofree char *trouble = NULL;
  gboolean ready;
  guint total;

  g_object_get (self->model, "ready", &ready, "total", &total, "trouble", &trouble, NULL);
  if (trouble && total == 0)
    {
      adw_status_page_set_description (self->trouble_page, trouble);
      gtk_stack_set_visible_child_name (self->stack, "trouble");
    }
  else if (g_list_model_get_n_items (G_LIST_MODEL (self->model)) > 0)
    gtk_stack_set_visible_child_name (self->stack, "pictures");
  /* As long as the answer is not there, what was there stays: nothing flickers while one types. */
  else if (ready && total == 0)
    gtk_stack_set_visible_child_name (self->stack, "empty");
  else if (ready && *gtk_editable_get_text (GTK_EDITABLE (self->search)))
    gtk_stack_set_visible_child_name (self->stack, "nothing");
  else if (ready)
    gtk_stack_set_visible_child_name (self->stack, gtk_toggle_button_get_active (self->starred_only) ? "no-stars" : "nothing");
}

static void
on_find_changed (LimnGallery *self)
{
  const char *words = gtk_editable_get_text (GTK_EDITABLE (self->search));

  limn_gallery_model_set_find (self->model, *words ? words : NULL, gtk_toggle_button_get_active (self->starred_only));
}

static void
on_show_all (LimnGallery *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  gtk_toggle_button_set_active (self->starred_only, FALSE);
  on_find_changed (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

static void
on_stop_search (LimnGallery *self)
{
  if (*gtk_editable_get_text (GTK_EDITABLE (self->search)))
    gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  else
    gtk_widget_child_focus (GTK_WIDGET (self->grid), GTK_DIR_TAB_FORWARD);
}

static void
on_search_activate (LimnGallery *self)
{
  gtk_widget_child_focus (GTK_WIDGET (self->grid), GTK_DIR_TAB_FORWARD);
}

void
limn_gallery_focus_search (LimnGallery *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
  gtk_editable_select_region (GTK_EDITABLE (self->search), 0, -1);
}

/* --- What is selected --- */

static void
on_selected_paths (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnGallery) self = data;
  g_autoptr(GPtrArray) paths = limn_gallery_model_get_paths_finish (result, NULL);

  g_clear_pointer (&self->dragged, g_ptr_array_unref);
  if (paths && paths->len == self->selected)
    self->dragged = g_steal_pointer (&paths);
}

static void
update_selection (LimnGallery *self)
{
  g_autoptr(GtkBitset) selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  guint n = gtk_bitset_get_size (selected);
  g_autofree char *text = g_strdup_printf (ngettext ("%u selected", "%u selected", n), n);

  g_clear_pointer (&self->dragged, g_ptr_array_unref);
  gtk_label_set_label (self->selection_label, text);
  gtk_revealer_set_reveal_child (self->selection_bar, n > 1);
  if (self->selected != n)
    {
      self->selected = n;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SELECTED]);
    }
  if (n > 1)
    {
      g_autoptr(GArray) ids = NULL;

      /* Known before they are dragged: a drag cannot wait. */
      self->menu_id = 0;
      ids = limn_gallery_dup_targets (self);
      limn_gallery_model_get_paths_async (self->model, ids, on_selected_paths, g_object_ref (self));
    }
  limn_gallery_update_actions (self);
}

static void
on_selection_changed (LimnGallery *self)
{
  update_selection (self);
  if (self->selected == 1)
    {
      g_autoptr(GtkBitset) selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
      gint64 id = limn_gallery_model_get_id (self->model, gtk_bitset_get_minimum (selected));

      if (id != self->shown_id)
        limn_gallery_show (self, id);
    }
}

static void
on_items_changed (LimnGallery *self, guint position, guint n_removed, guint n_added)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->model));

  update_page (self);
  /* The grid keeps what is in sight where it is, but who looks at the newest wants to see the one that is newer still. */
  if (position == 0 && n > 0 && gtk_adjustment_get_value (adjustment) < 1)
    gtk_widget_activate_action (GTK_WIDGET (self->grid), "list.scroll-to-item", "u", 0);
  if (n_removed > 0 && self->select_next != GTK_INVALID_LIST_POSITION && n > 0)
    {
      guint next = MIN (self->select_next, n - 1);

      self->select_next = GTK_INVALID_LIST_POSITION;
      gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->selection), next, TRUE);
    }
  else if (n_removed > 0)
    update_selection (self);
}

static void
on_activate (LimnGallery *self, guint position)
{
  limn_gallery_show (self, limn_gallery_model_get_id (self->model, position));
  gtk_widget_activate_action (GTK_WIDGET (self), "win.focus-canvas", NULL);
}

/* --- The menu --- */

static gboolean
on_menu_closed_idle (gpointer data)
{
  LimnGallery *self = data;

  GtkWidget *focus = self->focus_before;

  self->menu_source = 0;
  self->menu_id = 0;
  g_clear_weak_pointer (&self->focus_before);
  /* GTK leaves it wherever it falls, which may be the prompt. */
  if (focus && gtk_widget_get_mapped (focus))
    gtk_widget_grab_focus (focus);
  limn_gallery_update_actions (self);
  return G_SOURCE_REMOVE;
}

/* The action of the menu comes after its closing. */
static void
on_menu_closed (LimnGallery *self)
{
  if (!self->menu_source)
    self->menu_source = g_idle_add (on_menu_closed_idle, self);
}

void
limn_gallery_popup_menu (LimnGallery *self, gint64 id, GtkWidget *widget, double x, double y)
{
  double menu_x, menu_y;

  if (!gtk_widget_translate_coordinates (widget, GTK_WIDGET (self), x, y, &menu_x, &menu_y))
    return;
  g_clear_handle_id (&self->menu_source, g_source_remove);
  self->menu_id = id;
  g_set_weak_pointer (&self->focus_before, gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self))));
  limn_gallery_update_actions (self);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle) { (int) menu_x, (int) menu_y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

static LimnGalleryTile *
get_focused_tile (LimnGallery *self)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));
  GtkWidget *child = focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->grid)) ? gtk_widget_get_first_child (focus) : NULL;

  return LIMN_IS_GALLERY_TILE (child) ? LIMN_GALLERY_TILE (child) : NULL;
}

static gboolean
on_menu_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnGallery *self = data;
  LimnGalleryTile *tile = get_focused_tile (self);
  LimnGalleryItem *item = tile ? limn_gallery_tile_get_item (tile) : NULL;

  if (!item)
    return FALSE;
  limn_gallery_popup_menu (self, limn_gallery_item_get_id (item), GTK_WIDGET (tile), gtk_widget_get_width (GTK_WIDGET (tile)) / 2,
                           gtk_widget_get_height (GTK_WIDGET (tile)) / 2);
  return TRUE;
}

static void
popup_at (GtkGesture *gesture, LimnGallery *self, double x, double y)
{
  GtkWidget *tile = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  LimnGalleryItem *item = limn_gallery_tile_get_item (LIMN_GALLERY_TILE (tile));

  if (!item)
    return;
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  limn_gallery_popup_menu (self, limn_gallery_item_get_id (item), tile, x, y);
}

static void
on_pressed (GtkGesture *gesture, int n_press, double x, double y, LimnGallery *self)
{
  popup_at (gesture, self, x, y);
}

static void
on_long_pressed (GtkGesture *gesture, double x, double y, LimnGallery *self)
{
  popup_at (gesture, self, x, y);
}

/* --- Dragging out --- */

static GdkContentProvider *
on_drag_prepare (GtkDragSource *source, double x, double y, LimnGallery *self)
{
  LimnGalleryTile *tile = LIMN_GALLERY_TILE (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (source)));
  LimnGalleryItem *item = limn_gallery_tile_get_item (tile);
  const char *path = item ? limn_gallery_item_get_path (item) : NULL;
  g_autoptr(GPtrArray) paths = NULL;

  if (!path)
    return NULL;
  if (self->dragged && g_ptr_array_find_with_equal_func (self->dragged, path, g_str_equal, NULL))
    return limn_file_content_new (self->dragged);
  paths = g_ptr_array_new ();
  g_ptr_array_add (paths, (gpointer) path);
  return limn_file_content_new (paths);
}

static void
on_drag_begin (GtkDragSource *source, GdkDrag *drag, gpointer data)
{
  LimnGalleryTile *tile = LIMN_GALLERY_TILE (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (source)));
  LimnGalleryItem *item = limn_gallery_tile_get_item (tile);
  g_autoptr(GdkPaintable) icon = gtk_widget_paintable_new (GTK_WIDGET (tile));

  if (item)
    gtk_drag_source_set_icon (source, icon, 0, 0);
}

/* --- The tiles --- */

static void
on_toggle_star (LimnGalleryTile *tile, LimnGallery *self)
{
  LimnGalleryItem *item = limn_gallery_tile_get_item (tile);
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 id;

  if (!item)
    return;
  id = limn_gallery_item_get_id (item);
  g_array_append_val (ids, id);
  limn_gallery_model_set_starred (self->model, ids, !limn_gallery_item_get_starred (item));
}

static void
on_setup (GtkListItemFactory *factory, GtkListItem *list_item, LimnGallery *self)
{
  GtkWidget *tile = limn_gallery_tile_new ();
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *press = gtk_gesture_long_press_new ();
  GtkDragSource *drag = gtk_drag_source_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect_object (click, "pressed", G_CALLBACK (on_pressed), self, 0);
  gtk_widget_add_controller (tile, GTK_EVENT_CONTROLLER (click));

  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  g_signal_connect_object (press, "pressed", G_CALLBACK (on_long_pressed), self, 0);
  gtk_widget_add_controller (tile, GTK_EVENT_CONTROLLER (press));

  gtk_drag_source_set_actions (drag, GDK_ACTION_COPY);
  g_signal_connect_object (drag, "prepare", G_CALLBACK (on_drag_prepare), self, 0);
  g_signal_connect_object (drag, "drag-begin", G_CALLBACK (on_drag_begin), self, 0);
  gtk_widget_add_controller (tile, GTK_EVENT_CONTROLLER (drag));

  g_signal_connect_object (tile, "toggle-star", G_CALLBACK (on_toggle_star), self, 0);
  gtk_list_item_set_child (list_item, tile);
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *list_item, LimnGallery *self)
{
  LimnGalleryItem *item = gtk_list_item_get_item (list_item);

  limn_gallery_model_show (self->model, item);
  limn_gallery_tile_set_item (LIMN_GALLERY_TILE (gtk_list_item_get_child (list_item)), item);
}

static void
on_unbind (GtkListItemFactory *factory, GtkListItem *list_item, LimnGallery *self)
{
  limn_gallery_tile_set_item (LIMN_GALLERY_TILE (gtk_list_item_get_child (list_item)), NULL);
  if (self->model)
    limn_gallery_model_hide (self->model, gtk_list_item_get_item (list_item));
}

/* --- The studio --- */

static void
on_failed (LimnGalleryModel *model, const char *message, LimnGallery *self)
{
  if (self->studio)
    limn_studio_say (self->studio, message);
}

static void
on_folder_changed (LimnGallery *self)
{
  if (self->studio && gtk_widget_get_mapped (GTK_WIDGET (self)) && limn_job_queue_is_restored (limn_studio_get_queue (self->studio)))
    limn_gallery_model_set_folder (self->model, limn_studio_get_folder (self->studio));
}

static void
on_picture_saved (LimnGallery *self, const char *path)
{
  limn_gallery_model_refresh (self->model, path);
}

/* Steps are put away and swept by the program whose they are: the folder is opened when that is known. */
static void
on_restored (LimnGallery *self)
{
  LimnJobQueue *queue = limn_studio_get_queue (self->studio);

  if (!limn_job_queue_is_restored (queue))
    return;
  limn_gallery_model_set_steps_folder (self->model, limn_job_queue_keeps (queue) ? limn_job_queue_get_steps_folder (queue) : NULL);
  on_folder_changed (self);
}

void
limn_gallery_set_studio (LimnGallery *self, LimnStudio *studio)
{
  g_set_object (&self->studio, studio);
  g_signal_connect_object (limn_studio_get_queue (studio), "notify::keeps", G_CALLBACK (on_restored), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::folder", G_CALLBACK (on_folder_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "picture-saved", G_CALLBACK (on_picture_saved), self, G_CONNECT_SWAPPED);
  on_restored (self);
}

GActionGroup *
limn_gallery_get_actions (LimnGallery *self)
{
  return G_ACTION_GROUP (self->actions);
}

LimnGalleryModel *
limn_gallery_get_model (LimnGallery *self)
{
  return self->model;
}

/* --- The widget --- */

static void
limn_gallery_map (GtkWidget *widget)
{
  LimnGallery *self = LIMN_GALLERY (widget);

  GTK_WIDGET_CLASS (limn_gallery_parent_class)->map (widget);
  if (!self->studio)
    return;
  /* The folders below are not watched; and who opens the gallery wants to see what is there now. */
  on_folder_changed (self);
  limn_gallery_model_rescan (self->model);
}

static void
limn_gallery_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  if (id == PROP_SELECTED)
    g_value_set_uint (value, LIMN_GALLERY (object)->selected);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
limn_gallery_dispose (GObject *object)
{
  LimnGallery *self = LIMN_GALLERY (object);

  g_clear_handle_id (&self->menu_source, g_source_remove);
  g_clear_weak_pointer (&self->focus_before);
  g_clear_object (&self->studio);
  limn_gallery_actions_dispose (self);
  if (self->grid)
    gtk_grid_view_set_model (self->grid, NULL);
  g_clear_object (&self->selection);
  g_clear_object (&self->model);
  g_clear_pointer (&self->dragged, g_ptr_array_unref);
  gtk_widget_dispose_template (GTK_WIDGET (object), LIMN_TYPE_GALLERY);
  G_OBJECT_CLASS (limn_gallery_parent_class)->dispose (object);
}

static void
limn_gallery_class_init (LimnGalleryClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->get_property = limn_gallery_get_property;
  G_OBJECT_CLASS (klass)->dispose = limn_gallery_dispose;
  widget_class->map = limn_gallery_map;

  properties[PROP_SELECTED] = g_param_spec_uint ("selected", NULL, NULL, 0, G_MAXUINT, 0,
                                                 G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "gallery");
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-gallery.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, search_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, search);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, starred_only);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, stack);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, scroller);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, grid);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, trouble_page);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, selection_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, selection_label);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, menu);
  gtk_widget_class_bind_template_callback (widget_class, on_find_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_stop_search);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_show_all);
  gtk_widget_class_bind_template_callback (widget_class, on_menu_closed);
}

static void
limn_gallery_init (LimnGallery *self)
{
  g_autoptr(GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  GtkEventController *keys;

  self->select_next = GTK_INVALID_LIST_POSITION;
  g_queue_init (&self->deleted);
  gtk_widget_init_template (GTK_WIDGET (self));

  self->model = limn_gallery_model_new ();
  self->selection = gtk_multi_selection_new (g_object_ref (G_LIST_MODEL (self->model)));
  g_signal_connect_object (self->model, "notify", G_CALLBACK (update_page), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->model, "failed", G_CALLBACK (on_failed), self, 0);
  g_signal_connect_object (self->selection, "selection-changed", G_CALLBACK (on_selection_changed), self, G_CONNECT_SWAPPED);

  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_unbind), self, 0);
  gtk_grid_view_set_factory (self->grid, factory);
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (self->selection));
  /* After the selection and the grid, which have taken the change in by then. */
  g_signal_connect_object (self->selection, "items-changed", G_CALLBACK (on_items_changed), self, G_CONNECT_SWAPPED);

  limn_gallery_actions_init (self);
  keys = gtk_shortcut_controller_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE); /* before the search, which has a menu too */
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("Menu|<Shift>F10"),
                                                          gtk_callback_action_new (on_menu_key, self, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self->grid), keys);
  gtk_text_set_max_length (GTK_TEXT (gtk_editable_get_delegate (GTK_EDITABLE (self->search))), MAX_SEARCH_LENGTH);
  /* Who types while looking at pictures looks for one. */
  gtk_search_entry_set_key_capture_widget (self->search, GTK_WIDGET (self->grid));
  limn_gallery_update_actions (self);
}
