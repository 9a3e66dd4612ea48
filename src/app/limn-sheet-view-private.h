/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-sheet-view.h"

#include "app/limn-sheet-loader.h"

G_BEGIN_DECLS

/* Around the cells, in the widget's units. */
#define LIMN_SHEET_VIEW_MARGIN 9

struct _LimnSheetView
{
  GtkWidget           parent_instance;

  LimnSheetBoard     *board; /* (nullable) */
  LimnSheetLoader    *loader;
  GtkWidget          *field;
  GHashTable         *tiles; /* position -> LimnSheetTile */
  guint               cursor;
  GSimpleActionGroup *actions;

  GtkAdjustment      *adjustments[2]; /* by GtkOrientation; (nullable) */
  GtkScrollablePolicy policies[2];

  gboolean            fit;
  gboolean            large;
  double              cell;    /* wanted width of a cell where neither is */
  gboolean            at_start;     /* to be scrolled to, once sizes are known */
  gboolean            reveal;       /* the cursor's cell is to be in sight, once sizes are known */
  gboolean            keep_centre;  /* what is in the middle stays there: */
  double              centre_x, centre_y; /* as parts of the whole */

  /* As it was laid out: */
  double              cell_width, cell_height;
  graphene_rect_t     area; /* where cells are seen */
  double              left, top; /* of the first cell, where nothing is scrolled */
  double              whole_width, whole_height;
};

/** limn_sheet_view_get_pitch: from one row to the next. */
double limn_sheet_view_get_pitch  (LimnSheetView  *self);

/** limn_sheet_view_popup_menu: at @x, @y of @tile. */
void   limn_sheet_view_popup_menu (LimnSheetView  *self,
                                   GtkWidget      *tile,
                                   double          x,
                                   double          y);

/** limn_sheet_view_place: (out): of the cell at @position in the field, as it is scrolled. */
void   limn_sheet_view_place      (LimnSheetView   *self,
                                   guint            position,
                                   graphene_rect_t *place);

/* limn-sheet-view-labels.c */
int    limn_sheet_view_measure_row_labels    (LimnSheetView *self,
                                              int            width);
int    limn_sheet_view_measure_column_labels (LimnSheetView *self);
/** limn_sheet_view_snapshot_labels: @columns, @rows: the first and the last of which something can be seen. */
void   limn_sheet_view_snapshot_labels       (LimnSheetView *self,
                                              GtkSnapshot   *snapshot,
                                              const guint    columns[2],
                                              const guint    rows[2]);

/* limn-sheet-view-keys.c */
void   limn_sheet_view_add_keys   (GtkWidgetClass *widget_class);

G_END_DECLS
