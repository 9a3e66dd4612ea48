/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The cells are children of a field that is as large as what can be seen of them and cuts them off there, so that none is drawn, or pressed,
 * under a label. The labels are drawn, and said by the cells. */
#include "config.h"

#include "app/limn-sheet-view-private.h"

#include "app/limn-sheet-tile.h"

#include <glib/gi18n.h>
#include <math.h>

/* In the widget's units. */
#define GAP 6
/* A picture can be told from another at this width. */
#define CELL_MIN 56.0
/* Seen as a whole, a sheet of a few cells is not enlarged without end. */
#define CELL_FIT_MAX 420.0
#define CELL_MAX 4096.0
#define ZOOM_STEP 1.25

typedef struct
{
  GtkWidget parent_instance;
} LimnSheetRoom;

typedef struct
{
  GtkWidgetClass parent_class;
} LimnSheetRoomClass;

enum
{
  PROP_0,
  PROP_FIT,
  PROP_LARGE,
  PROP_SELECTED,
  N_PROPS,
  PROP_HADJUSTMENT,
  PROP_VADJUSTMENT,
  PROP_HSCROLL_POLICY,
  PROP_VSCROLL_POLICY,
};

enum
{
  SIGNAL_OPEN,
  SIGNAL_TOGGLE_STAR,
  SIGNAL_POPUP_MENU,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static GType limn_sheet_room_get_type (void);
G_DEFINE_TYPE (LimnSheetRoom, limn_sheet_room, GTK_TYPE_WIDGET)
G_DEFINE_FINAL_TYPE_WITH_CODE (LimnSheetView, limn_sheet_view, GTK_TYPE_WIDGET, G_IMPLEMENT_INTERFACE (GTK_TYPE_SCROLLABLE, NULL))

/* --- Places --- */

static gboolean
is_rtl (LimnSheetView *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

double
limn_sheet_view_get_pitch (LimnSheetView *self)
{
  return self->cell_height + GAP;
}

static double
get_value (LimnSheetView *self, GtkOrientation orientation)
{
  return self->adjustments[orientation] ? gtk_adjustment_get_value (self->adjustments[orientation]) : 0;
}

/* In the field, as it is scrolled. */
void
limn_sheet_view_place (LimnSheetView *self, guint position, graphene_rect_t *place)
{
  guint n_columns = limn_sheet_board_get_n_columns (self->board);
  guint column = position % n_columns, row = position / n_columns;
  double x = self->left + column * (self->cell_width + GAP);

  if (is_rtl (self))
    x = self->whole_width - x - self->cell_width;
  *place = GRAPHENE_RECT_INIT (round (x - get_value (self, GTK_ORIENTATION_HORIZONTAL)),
                               round (self->top + row * (self->cell_height + GAP) - get_value (self, GTK_ORIENTATION_VERTICAL)),
                               round (self->cell_width), round (self->cell_height));
}

gboolean
limn_sheet_view_get_place (LimnSheetView *self, guint position, graphene_rect_t *place)
{
  graphene_rect_t whole;

  if (!self->board || position >= limn_sheet_board_get_n_pictures (self->board) || self->cell_width <= 0)
    return FALSE;
  limn_sheet_view_place (self, position, &whole);
  graphene_rect_offset (&whole, self->area.origin.x, self->area.origin.y);
  return graphene_rect_intersection (&whole, &self->area, place);
}

/* The first and the last of @n cells of which something can be seen; some more than less. */
static void
get_range (double value, double page, double start, double pitch, guint n, guint *first, guint *last)
{
  *first = CLAMP (floor ((value - start) / pitch), 0, n - 1.0);
  *last = CLAMP (floor ((value + page - start) / pitch), 0, n - 1.0);
}

static void
get_sight (LimnSheetView *self, guint columns[2], guint rows[2])
{
  guint n_columns = limn_sheet_board_get_n_columns (self->board);
  double x = get_value (self, GTK_ORIENTATION_HORIZONTAL);

  if (is_rtl (self))
    x = self->whole_width - x - self->area.size.width;
  get_range (x, self->area.size.width, self->left, self->cell_width + GAP, n_columns, &columns[0], &columns[1]);
  get_range (get_value (self, GTK_ORIENTATION_VERTICAL), self->area.size.height, self->top, self->cell_height + GAP,
             limn_sheet_board_get_n_rows (self->board), &rows[0], &rows[1]);
}

/* --- Drawing --- */

static void
limn_sheet_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnSheetView *self = LIMN_SHEET_VIEW (widget);
  guint columns[2], rows[2];

  gtk_widget_snapshot_child (widget, self->field, snapshot);
  if (!self->board || limn_sheet_board_get_n_pictures (self->board) == 0 || self->cell_width <= 0)
    return;
  get_sight (self, columns, rows);
  limn_sheet_view_snapshot_labels (self, snapshot, columns, rows);
}

/* --- Tiles --- */

static guint
get_position (LimnSheetView *self, LimnSheetTile *tile)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (tile), "limn-position"));
}

static void
set_cursor (LimnSheetView *self, guint position)
{
  if (self->cursor == position)
    return;
  self->cursor = position;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SELECTED]);
}

static void
on_tile_focus (GtkEventController *focus, LimnSheetView *self)
{
  set_cursor (self, get_position (self, LIMN_SHEET_TILE (gtk_event_controller_get_widget (focus))));
}

static void
on_toggle_star (LimnSheetTile *tile, LimnSheetView *self)
{
  g_signal_emit (self, signals[SIGNAL_TOGGLE_STAR], 0, limn_sheet_tile_get_item (tile));
}

void
limn_sheet_view_popup_menu (LimnSheetView *self, GtkWidget *tile, double x, double y)
{
  double view_x, view_y;

  gtk_widget_grab_focus (tile);
  if (gtk_widget_translate_coordinates (tile, GTK_WIDGET (self), x, y, &view_x, &view_y))
    g_signal_emit (self, signals[SIGNAL_POPUP_MENU], 0, limn_sheet_tile_get_item (LIMN_SHEET_TILE (tile)), view_x, view_y);
}

static void
on_pressed (GtkGestureClick *click, int n_press, double x, double y, LimnSheetView *self)
{
  GtkWidget *tile = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (click));
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (click));

  if (button == GDK_BUTTON_SECONDARY)
    {
      gtk_gesture_set_state (GTK_GESTURE (click), GTK_EVENT_SEQUENCE_CLAIMED);
      limn_sheet_view_popup_menu (self, tile, x, y);
    }
  else if (button == GDK_BUTTON_PRIMARY)
    {
      gtk_widget_grab_focus (tile);
      if (n_press == 2)
        g_signal_emit (self, signals[SIGNAL_OPEN], 0, limn_sheet_tile_get_item (LIMN_SHEET_TILE (tile)));
    }
}

static void
on_long_pressed (GtkGesture *gesture, double x, double y, LimnSheetView *self)
{
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  limn_sheet_view_popup_menu (self, gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture)), x, y);
}

static GtkWidget *
add_tile (LimnSheetView *self, guint position)
{
  GtkWidget *tile = limn_sheet_tile_new (limn_sheet_board_get (self->board, position));
  GtkEventController *focus = gtk_event_controller_focus_new ();
  GtkGesture *click = gtk_gesture_click_new (), *press = gtk_gesture_long_press_new ();

  g_object_set_data (G_OBJECT (tile), "limn-position", GUINT_TO_POINTER (position));
  g_signal_connect (tile, "toggle-star", G_CALLBACK (on_toggle_star), self);
  g_signal_connect (focus, "enter", G_CALLBACK (on_tile_focus), self);
  gtk_widget_add_controller (tile, focus);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), 0);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (tile, GTK_EVENT_CONTROLLER (click));
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  g_signal_connect (press, "pressed", G_CALLBACK (on_long_pressed), self);
  gtk_widget_add_controller (tile, GTK_EVENT_CONTROLLER (press));
  gtk_widget_set_parent (tile, self->field);
  g_hash_table_insert (self->tiles, GUINT_TO_POINTER (position), tile);
  return tile;
}

static void
remove_tile (LimnSheetView *self, GtkWidget *tile)
{
  limn_sheet_loader_hide (self->loader, limn_sheet_tile_get_item (LIMN_SHEET_TILE (tile)));
  gtk_widget_unparent (tile);
}

/* That of the keyboard stays, wherever it is, or the keyboard would be nowhere. */
static gboolean
is_wanted (LimnSheetView *self, guint position, const guint columns[2], const guint rows[2])
{
  guint n_columns = limn_sheet_board_get_n_columns (self->board);
  guint column = position % n_columns, row = position / n_columns;

  return position == self->cursor || (column >= columns[0] && column <= columns[1] && row >= rows[0] && row <= rows[1]);
}

static void
update_tiles (LimnSheetView *self)
{
  guint n_columns = limn_sheet_board_get_n_columns (self->board);
  guint n = limn_sheet_board_get_n_pictures (self->board);
  guint columns[2], rows[2];
  GHashTableIter iter;
  gpointer key, tile;

  get_sight (self, columns, rows);
  g_hash_table_iter_init (&iter, self->tiles);
  while (g_hash_table_iter_next (&iter, &key, &tile))
    if (!is_wanted (self, GPOINTER_TO_UINT (key), columns, rows))
      {
        remove_tile (self, tile);
        g_hash_table_iter_remove (&iter);
      }
  for (guint row = rows[0]; row <= rows[1]; row++)
    for (guint column = columns[0]; column <= columns[1]; column++)
      {
        guint position = row * n_columns + column;

        if (position < n && !g_hash_table_contains (self->tiles, GUINT_TO_POINTER (position)))
          add_tile (self, position);
      }
  if (!g_hash_table_contains (self->tiles, GUINT_TO_POINTER (self->cursor)))
    add_tile (self, self->cursor);
}

static void
remove_all_tiles (LimnSheetView *self)
{
  GHashTableIter iter;
  gpointer tile;

  g_hash_table_iter_init (&iter, self->tiles);
  while (g_hash_table_iter_next (&iter, NULL, &tile))
    {
      remove_tile (self, tile);
      g_hash_table_iter_remove (&iter);
    }
}

static LimnSheetView *
get_view (GtkWidget *field)
{
  return LIMN_SHEET_VIEW (gtk_widget_get_parent (field));
}

static void
limn_sheet_room_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LimnSheetView *self = get_view (widget);
  double side = MAX (self->cell_width, self->cell_height) * gtk_widget_get_scale_factor (widget);
  GHashTableIter iter;
  gpointer key, tile;

  if (!self->board || limn_sheet_board_get_n_pictures (self->board) == 0)
    return;
  update_tiles (self);
  g_hash_table_iter_init (&iter, self->tiles);
  while (g_hash_table_iter_next (&iter, &key, &tile))
    {
      graphene_rect_t place;

      limn_sheet_view_place (self, GPOINTER_TO_UINT (key), &place);
      limn_sheet_loader_show (self->loader, limn_sheet_tile_get_item (tile), (guint) ceil (side));
      gtk_widget_measure (tile, GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
      gtk_widget_size_allocate (tile, &(GtkAllocation) { place.origin.x, place.origin.y, place.size.width, place.size.height }, -1);
    }
}

static void
limn_sheet_room_class_init (LimnSheetRoomClass *klass)
{
  GTK_WIDGET_CLASS (klass)->size_allocate = limn_sheet_room_size_allocate;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "sheetroom");
}

static void
limn_sheet_room_init (LimnSheetRoom *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

/* --- Laying out --- */

static double
get_length (guint n, double cell)
{
  return n * (cell + GAP) - GAP + 2 * LIMN_SHEET_VIEW_MARGIN;
}

/* Widest cell with which @n_columns and @n_rows can be seen. */
static double
get_fitting (LimnSheetView *self, guint n_columns, guint n_rows)
{
  double aspect = limn_sheet_board_get_aspect (self->board);
  double by_width = (self->area.size.width - 2 * LIMN_SHEET_VIEW_MARGIN + GAP) / n_columns - GAP;
  double by_height = (self->area.size.height - 2 * LIMN_SHEET_VIEW_MARGIN + GAP) / n_rows - GAP;

  return floor (MIN (by_width, by_height * aspect));
}

static double
choose_cell (LimnSheetView *self)
{
  if (self->large)
    return MAX (get_fitting (self, 1, 1), CELL_MIN);
  if (self->fit)
    return CLAMP (get_fitting (self, limn_sheet_board_get_n_columns (self->board), limn_sheet_board_get_n_rows (self->board)), CELL_MIN,
                  CELL_FIT_MAX);
  return self->cell;
}

static void
configure (LimnSheetView *self, GtkOrientation orientation, double whole, double page, double centre)
{
  GtkAdjustment *adjustment = self->adjustments[orientation];
  double value = get_value (self, orientation);

  if (!adjustment)
    return;
  if (self->at_start)
    value = orientation == GTK_ORIENTATION_HORIZONTAL && is_rtl (self) ? whole - page : 0;
  else if (self->keep_centre)
    value = centre * whole - page / 2;
  gtk_adjustment_configure (adjustment, CLAMP (value, 0, MAX (whole - page, 0)), 0, MAX (whole, page), page * 0.1, page * 0.9, page);
}

/* @start, @length: of a cell in the field; @room: the field's */
static void
scroll_to (GtkAdjustment *adjustment, double start, double length, double room, gboolean middle)
{
  double value;

  if (!adjustment)
    return;
  value = gtk_adjustment_get_value (adjustment);
  if (middle || length + 2 * LIMN_SHEET_VIEW_MARGIN > room)
    value += start + length / 2 - room / 2;
  else if (start < LIMN_SHEET_VIEW_MARGIN)
    value += start - LIMN_SHEET_VIEW_MARGIN;
  else if (start + length > room - LIMN_SHEET_VIEW_MARGIN)
    value += start + length - room + LIMN_SHEET_VIEW_MARGIN;
  gtk_adjustment_set_value (adjustment, value);
}

static void
reveal_cursor (LimnSheetView *self)
{
  graphene_rect_t place;

  self->reveal = FALSE;
  if (!self->board || self->cursor >= limn_sheet_board_get_n_pictures (self->board))
    return;
  limn_sheet_view_place (self, self->cursor, &place);
  scroll_to (self->adjustments[GTK_ORIENTATION_HORIZONTAL], place.origin.x, place.size.width, self->area.size.width, self->large);
  scroll_to (self->adjustments[GTK_ORIENTATION_VERTICAL], place.origin.y, place.size.height, self->area.size.height, self->large);
}

static void
limn_sheet_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LimnSheetView *self = LIMN_SHEET_VIEW (widget);
  guint n = self->board ? limn_sheet_board_get_n_pictures (self->board) : 0;
  int label_width = n > 0 ? limn_sheet_view_measure_row_labels (self, width) : 0;
  int label_height = n > 0 ? limn_sheet_view_measure_column_labels (self) : 0;

  self->area = GRAPHENE_RECT_INIT (is_rtl (self) ? 0 : label_width, label_height, width - label_width, height - label_height);
  self->cell_width = 0;
  if (n > 0)
    {
      double w, h;

      self->cell_width = choose_cell (self);
      self->cell_height = MAX (self->cell_width / limn_sheet_board_get_aspect (self->board), 1);
      w = get_length (limn_sheet_board_get_n_columns (self->board), self->cell_width);
      h = get_length (limn_sheet_board_get_n_rows (self->board), self->cell_height);
      self->whole_width = MAX (w, self->area.size.width);
      self->whole_height = MAX (h, self->area.size.height);
      self->left = LIMN_SHEET_VIEW_MARGIN + (self->whole_width - w) / 2;
      self->top = LIMN_SHEET_VIEW_MARGIN + (self->whole_height - h) / 2;
      configure (self, GTK_ORIENTATION_HORIZONTAL, self->whole_width, self->area.size.width, self->centre_x);
      configure (self, GTK_ORIENTATION_VERTICAL, self->whole_height, self->area.size.height, self->centre_y);
      self->at_start = self->keep_centre = FALSE;
      if (self->reveal)
        reveal_cursor (self);
    }
  gtk_widget_size_allocate (self->field,
                            &(GtkAllocation) { self->area.origin.x, self->area.origin.y, MAX (self->area.size.width, 0),
                                               MAX (self->area.size.height, 0) },
                            -1);
}

static void
limn_sheet_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                         int *natural_baseline)
{
  LimnSheetView *self = LIMN_SHEET_VIEW (widget);

  gtk_widget_measure (self->field, orientation, -1, NULL, NULL, NULL, NULL);
  *minimum = CELL_MIN * 2;
  *natural = CELL_MIN * 6;
}

/* Where the field stays as large as it is GTK would not lay its cells out again. */
static void
lay_out (LimnSheetView *self)
{
  if (self->field)
    gtk_widget_queue_allocate (self->field);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- Zoom --- */

static void
remember_centre (LimnSheetView *self)
{
  if (self->cell_width <= 0)
    return;
  self->centre_x = (get_value (self, GTK_ORIENTATION_HORIZONTAL) + self->area.size.width / 2) / self->whole_width;
  self->centre_y = (get_value (self, GTK_ORIENTATION_VERTICAL) + self->area.size.height / 2) / self->whole_height;
  self->keep_centre = TRUE;
}

static void
set_sizing (LimnSheetView *self, gboolean fit, gboolean large)
{
  gboolean fit_changed = self->fit != fit, large_changed = self->large != large;

  self->fit = fit;
  self->large = large;
  lay_out (self);
  g_object_freeze_notify (G_OBJECT (self));
  if (fit_changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FIT]);
  if (large_changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LARGE]);
  g_object_thaw_notify (G_OBJECT (self));
}

static void
zoom_by (LimnSheetView *self, double factor)
{
  if (!self->board || self->cell_width <= 0)
    return;
  remember_centre (self);
  self->cell = CLAMP (self->cell_width * factor, CELL_MIN, CELL_MAX);
  set_sizing (self, FALSE, FALSE);
}

static void
on_zoom_in (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  zoom_by (data, ZOOM_STEP);
}

static void
on_zoom_out (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  zoom_by (data, 1 / ZOOM_STEP);
}

static void
on_fit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  set_sizing (data, TRUE, FALSE);
}

static void
on_actual_size (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnSheetView *self = data;

  limn_sheet_view_set_large (self, !self->large);
}

static gboolean
on_scroll (GtkEventControllerScroll *scroll, double dx, double dy, LimnSheetView *self)
{
  GdkModifierType modifiers = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (scroll));

  if (!(modifiers & GDK_CONTROL_MASK) || dy == 0)
    return GDK_EVENT_PROPAGATE;
  zoom_by (self, dy < 0 ? ZOOM_STEP : 1 / ZOOM_STEP);
  return GDK_EVENT_STOP;
}

/* --- The cell at the keyboard --- */

void
limn_sheet_view_select (LimnSheetView *self, guint position)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;
  gboolean here = focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (self));

  if (!self->board || position >= limn_sheet_board_get_n_pictures (self->board))
    return;
  set_cursor (self, position);
  self->reveal = TRUE;
  if (self->cell_width > 0)
    reveal_cursor (self);
  if (!g_hash_table_contains (self->tiles, GUINT_TO_POINTER (position)))
    add_tile (self, position);
  if (here)
    gtk_widget_grab_focus (g_hash_table_lookup (self->tiles, GUINT_TO_POINTER (position)));
  lay_out (self);
}

/* Tab comes to the cell that had the keyboard last, and goes on from there. */
static gboolean
limn_sheet_view_focus (GtkWidget *widget, GtkDirectionType direction)
{
  LimnSheetView *self = LIMN_SHEET_VIEW (widget);
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (widget));
  GtkWidget *tile;

  if (!self->board || limn_sheet_board_get_n_pictures (self->board) == 0 || (focus && gtk_widget_is_ancestor (focus, widget)))
    return FALSE;
  tile = g_hash_table_lookup (self->tiles, GUINT_TO_POINTER (self->cursor));
  return tile && gtk_widget_grab_focus (tile);
}

static gboolean
limn_sheet_view_grab_focus (GtkWidget *widget)
{
  LimnSheetView *self = LIMN_SHEET_VIEW (widget);
  GtkWidget *tile = self->board ? g_hash_table_lookup (self->tiles, GUINT_TO_POINTER (self->cursor)) : NULL;

  return tile && gtk_widget_grab_focus (tile);
}

/* --- The widget --- */

static void
set_adjustment (LimnSheetView *self, GtkOrientation orientation, GtkAdjustment *adjustment)
{
  if (self->adjustments[orientation])
    g_signal_handlers_disconnect_by_data (self->adjustments[orientation], self);
  g_set_object (&self->adjustments[orientation], adjustment);
  if (adjustment)
    g_signal_connect_swapped (adjustment, "value-changed", G_CALLBACK (lay_out), self);
  lay_out (self);
}

static void
limn_sheet_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LimnSheetView *self = LIMN_SHEET_VIEW (object);

  switch (id)
    {
    case PROP_FIT:
      g_value_set_boolean (value, self->fit);
      break;
    case PROP_LARGE:
      g_value_set_boolean (value, self->large);
      break;
    case PROP_SELECTED:
      g_value_set_object (value, limn_sheet_view_get_selected (self));
      break;
    case PROP_HADJUSTMENT:
      g_value_set_object (value, self->adjustments[GTK_ORIENTATION_HORIZONTAL]);
      break;
    case PROP_VADJUSTMENT:
      g_value_set_object (value, self->adjustments[GTK_ORIENTATION_VERTICAL]);
      break;
    case PROP_HSCROLL_POLICY:
      g_value_set_enum (value, self->policies[GTK_ORIENTATION_HORIZONTAL]);
      break;
    case PROP_VSCROLL_POLICY:
      g_value_set_enum (value, self->policies[GTK_ORIENTATION_VERTICAL]);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
limn_sheet_view_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  LimnSheetView *self = LIMN_SHEET_VIEW (object);

  switch (id)
    {
    case PROP_LARGE:
      limn_sheet_view_set_large (self, g_value_get_boolean (value));
      break;
    case PROP_HADJUSTMENT:
      set_adjustment (self, GTK_ORIENTATION_HORIZONTAL, g_value_get_object (value));
      break;
    case PROP_VADJUSTMENT:
      set_adjustment (self, GTK_ORIENTATION_VERTICAL, g_value_get_object (value));
      break;
    case PROP_HSCROLL_POLICY:
      self->policies[GTK_ORIENTATION_HORIZONTAL] = g_value_get_enum (value);
      break;
    case PROP_VSCROLL_POLICY:
      self->policies[GTK_ORIENTATION_VERTICAL] = g_value_get_enum (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
limn_sheet_view_dispose (GObject *object)
{
  LimnSheetView *self = LIMN_SHEET_VIEW (object);

  if (self->loader)
    remove_all_tiles (self);
  g_clear_pointer (&self->loader, limn_sheet_loader_free);
  g_clear_object (&self->board);
  g_clear_pointer (&self->field, gtk_widget_unparent);
  set_adjustment (self, GTK_ORIENTATION_HORIZONTAL, NULL);
  set_adjustment (self, GTK_ORIENTATION_VERTICAL, NULL);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (limn_sheet_view_parent_class)->dispose (object);
}

static void
limn_sheet_view_finalize (GObject *object)
{
  g_hash_table_unref (LIMN_SHEET_VIEW (object)->tiles);
  G_OBJECT_CLASS (limn_sheet_view_parent_class)->finalize (object);
}

static void
limn_sheet_view_class_init (LimnSheetViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_sheet_view_get_property;
  object_class->set_property = limn_sheet_view_set_property;
  object_class->dispose = limn_sheet_view_dispose;
  object_class->finalize = limn_sheet_view_finalize;
  widget_class->measure = limn_sheet_view_measure;
  widget_class->size_allocate = limn_sheet_view_size_allocate;
  widget_class->snapshot = limn_sheet_view_snapshot;
  widget_class->focus = limn_sheet_view_focus;
  widget_class->grab_focus = limn_sheet_view_grab_focus;

  properties[PROP_FIT] = g_param_spec_boolean ("fit", NULL, NULL, TRUE, flags);
  properties[PROP_LARGE] = g_param_spec_boolean ("large", NULL, NULL, FALSE, flags | G_PARAM_WRITABLE);
  properties[PROP_SELECTED] = g_param_spec_object ("selected", NULL, NULL, LIMN_TYPE_SHEET_ITEM, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  g_object_class_override_property (object_class, PROP_HADJUSTMENT, "hadjustment");
  g_object_class_override_property (object_class, PROP_VADJUSTMENT, "vadjustment");
  g_object_class_override_property (object_class, PROP_HSCROLL_POLICY, "hscroll-policy");
  g_object_class_override_property (object_class, PROP_VSCROLL_POLICY, "vscroll-policy");

  signals[SIGNAL_OPEN] = g_signal_new ("open", LIMN_TYPE_SHEET_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                       LIMN_TYPE_SHEET_ITEM);
  signals[SIGNAL_TOGGLE_STAR] = g_signal_new ("toggle-star", LIMN_TYPE_SHEET_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                              LIMN_TYPE_SHEET_ITEM);
  signals[SIGNAL_POPUP_MENU] = g_signal_new ("popup-menu", LIMN_TYPE_SHEET_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                                             LIMN_TYPE_SHEET_ITEM, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
  gtk_widget_class_set_css_name (widget_class, "sheetview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GRID);
  limn_sheet_view_add_keys (widget_class);
}

static void
limn_sheet_view_init (LimnSheetView *self)
{
  static const GActionEntry entries[] = {
    { .name = "zoom-in", .activate = on_zoom_in },
    { .name = "zoom-out", .activate = on_zoom_out },
    { .name = "fit", .activate = on_fit },
    { .name = "actual-size", .activate = on_actual_size },
  };
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL | GTK_EVENT_CONTROLLER_SCROLL_DISCRETE);

  self->fit = TRUE;
  self->tiles = g_hash_table_new (NULL, NULL);
  self->loader = limn_sheet_loader_new ();
  self->field = g_object_new (limn_sheet_room_get_type (), NULL);
  gtk_widget_set_parent (self->field, GTK_WIDGET (self));
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Contact sheet"), -1);
  gtk_event_controller_set_propagation_phase (scroll, GTK_PHASE_CAPTURE);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
}

/* --- Public --- */

void
limn_sheet_view_set_board (LimnSheetView *self, LimnSheetBoard *board)
{
  g_return_if_fail (LIMN_IS_SHEET_VIEW (self));

  if (self->board == board)
    return;
  remove_all_tiles (self);
  g_set_object (&self->board, board);
  self->cursor = 0;
  self->at_start = TRUE;
  self->keep_centre = self->reveal = FALSE;
  set_sizing (self, TRUE, FALSE);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SELECTED]);
}

LimnSheetItem *
limn_sheet_view_get_selected (LimnSheetView *self)
{
  if (!self->board || self->cursor >= limn_sheet_board_get_n_pictures (self->board))
    return NULL;
  return limn_sheet_board_get (self->board, self->cursor);
}

void
limn_sheet_view_set_large (LimnSheetView *self, gboolean large)
{
  g_return_if_fail (LIMN_IS_SHEET_VIEW (self));

  if (self->large == !!large)
    return;
  self->reveal = TRUE;
  set_sizing (self, self->fit, large);
}

gboolean
limn_sheet_view_is_large (LimnSheetView *self)
{
  return self->large;
}

GActionGroup *
limn_sheet_view_get_actions (LimnSheetView *self)
{
  return G_ACTION_GROUP (self->actions);
}
