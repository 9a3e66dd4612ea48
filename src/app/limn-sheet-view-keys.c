/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-sheet-view-private.h"

#include <math.h>

/* Arguments: how many columns to the right, how many rows down. */
static gboolean
on_move (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnSheetView *self = LIMN_SHEET_VIEW (widget);
  int dx, dy, n_columns, column, row, position;

  if (!self->board)
    return FALSE;
  g_variant_get (arguments, "(ii)", &dx, &dy);
  n_columns = limn_sheet_board_get_n_columns (self->board);
  column = (int) self->cursor % n_columns + (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL ? -dx : dx);
  row = (int) self->cursor / n_columns + dy;
  position = row * n_columns + column;
  if (column >= 0 && column < n_columns && row >= 0 && position < (int) limn_sheet_board_get_n_pictures (self->board))
    limn_sheet_view_select (self, position);
  else
    gtk_widget_error_bell (widget);
  return TRUE;
}

/* Argument: -1 or 1: as many rows as can be seen. */
static gboolean
on_page (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnSheetView *self = LIMN_SHEET_VIEW (widget);
  int n_columns, rows, row;

  if (!self->board || self->cell_width <= 0)
    return FALSE;
  n_columns = limn_sheet_board_get_n_columns (self->board);
  rows = MAX (floor (self->area.size.height / limn_sheet_view_get_pitch (self)), 1);
  row = CLAMP ((int) self->cursor / n_columns + g_variant_get_int32 (arguments) * rows, 0,
               (int) limn_sheet_board_get_n_rows (self->board) - 1);
  limn_sheet_view_select (self, MIN (row * n_columns + self->cursor % n_columns, limn_sheet_board_get_n_pictures (self->board) - 1));
  return TRUE;
}

/* Arguments: to the last, of the whole sheet. */
static gboolean
on_end (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnSheetView *self = LIMN_SHEET_VIEW (widget);
  gboolean last, whole;
  guint n_columns, first, end;

  if (!self->board)
    return FALSE;
  g_variant_get (arguments, "(bb)", &last, &whole);
  n_columns = limn_sheet_board_get_n_columns (self->board);
  end = limn_sheet_board_get_n_pictures (self->board) - 1;
  first = whole ? 0 : self->cursor - self->cursor % n_columns;
  if (!whole)
    end = MIN (end, first + n_columns - 1);
  limn_sheet_view_select (self, last ? end : first);
  return TRUE;
}

static gboolean
on_open_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnSheetItem *item = limn_sheet_view_get_selected (LIMN_SHEET_VIEW (widget));

  if (item)
    g_signal_emit_by_name (widget, "open", item);
  return item != NULL;
}

static gboolean
on_large_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnSheetView *self = LIMN_SHEET_VIEW (widget);

  limn_sheet_view_set_large (self, !self->large);
  return TRUE;
}

static gboolean
on_escape (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnSheetView *self = LIMN_SHEET_VIEW (widget);

  if (!self->large)
    return FALSE;
  limn_sheet_view_set_large (self, FALSE);
  return TRUE;
}

static gboolean
on_menu_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnSheetView *self = LIMN_SHEET_VIEW (widget);
  GtkWidget *tile = g_hash_table_lookup (self->tiles, GUINT_TO_POINTER (self->cursor));

  if (!self->board || !tile)
    return FALSE;
  limn_sheet_view_popup_menu (self, tile, gtk_widget_get_width (tile) / 2.0, gtk_widget_get_height (tile) / 2.0);
  return TRUE;
}

static gboolean
on_star_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnSheetItem *item = limn_sheet_view_get_selected (LIMN_SHEET_VIEW (widget));

  if (item)
    g_signal_emit_by_name (widget, "toggle-star", item);
  return item != NULL;
}

void
limn_sheet_view_add_keys (GtkWidgetClass *widget_class)
{
  static const struct
  {
    guint key;
    int   dx;
    int   dy;
  } arrows[] = {
    { GDK_KEY_Left, -1, 0 }, { GDK_KEY_KP_Left, -1, 0 }, { GDK_KEY_Right, 1, 0 }, { GDK_KEY_KP_Right, 1, 0 },
    { GDK_KEY_Up, 0, -1 },   { GDK_KEY_KP_Up, 0, -1 },   { GDK_KEY_Down, 0, 1 },  { GDK_KEY_KP_Down, 0, 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (arrows); i++)
    gtk_widget_class_add_binding (widget_class, arrows[i].key, 0, on_move, "(ii)", arrows[i].dx, arrows[i].dy);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Page_Up, 0, on_page, "i", -1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Page_Down, 0, on_page, "i", 1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Home, 0, on_end, "(bb)", FALSE, FALSE);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_End, 0, on_end, "(bb)", TRUE, FALSE);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Home, GDK_CONTROL_MASK, on_end, "(bb)", FALSE, TRUE);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_End, GDK_CONTROL_MASK, on_end, "(bb)", TRUE, TRUE);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Return, 0, on_open_key, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_KP_Enter, 0, on_open_key, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_space, 0, on_large_key, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, on_escape, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, on_menu_key, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, on_menu_key, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_b, GDK_CONTROL_MASK, on_star_key, NULL);
}
