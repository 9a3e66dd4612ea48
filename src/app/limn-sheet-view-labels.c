/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What stands above columns and beside rows, and stays there while the cells are scrolled: drawn, and said by the cells. */
#include "config.h"

#include "app/limn-sheet-view-private.h"

#include <math.h>

/* In the widget's units. */
#define LABEL_PADDING 6
#define LABEL_WIDTH_MAX 180
/* Of the view's width, for the labels of rows. */
#define LABEL_SHARE 0.3

static gboolean
is_rtl (LimnSheetView *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

static PangoLayout *
new_label (LimnSheetView *self, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);

  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  return layout;
}

/* Of the labels of a sheet only the longest matters, which need not be the widest: near enough, and ten thousand rows cost nothing. */
int
limn_sheet_view_measure_row_labels (LimnSheetView *self, int width)
{
  const char *longest = NULL;
  glong length = -1;
  g_autoptr(PangoLayout) layout = NULL;
  int wide;

  for (guint i = 0; i < limn_sheet_board_get_n_rows (self->board); i++)
    {
      const char *label = limn_sheet_board_get_row_label (self->board, i);
      glong l = label ? g_utf8_strlen (label, -1) : -1;

      if (l > length)
        {
          length = l;
          longest = label;
        }
    }
  if (!longest)
    return 0;
  layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), longest);
  pango_layout_get_pixel_size (layout, &wide, NULL);
  return MIN (wide + 2 * LABEL_PADDING + wide / 8, MIN (LABEL_WIDTH_MAX, (int) (width * LABEL_SHARE)));
}

int
limn_sheet_view_measure_column_labels (LimnSheetView *self)
{
  const char *label = limn_sheet_board_get_column_label (self->board, 0);
  g_autoptr(PangoLayout) layout = label ? new_label (self, label) : NULL;
  int height;

  if (!layout)
    return 0;
  pango_layout_get_pixel_size (layout, NULL, &height);
  return height + 2 * LABEL_PADDING;
}

static void
snapshot_label (LimnSheetView *self, GtkSnapshot *snapshot, const char *text, const graphene_rect_t *box, gboolean beside, gboolean current)
{
  g_autoptr(PangoLayout) layout = NULL;
  GdkRGBA colour;
  int width, height;
  float x;

  if (!text || box->size.width < 2 * LABEL_PADDING)
    return;
  layout = new_label (self, text);
  pango_layout_set_width (layout, (int) box->size.width * PANGO_SCALE);
  pango_layout_set_alignment (layout, PANGO_ALIGN_LEFT);
  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &colour);
  if (!current)
    colour.alpha *= 0.6f;
  /* Those of rows stand next to their cells. */
  x = !beside ? box->origin.x + (box->size.width - width) / 2 : is_rtl (self) ? box->origin.x : box->origin.x + box->size.width - width;
  /* A line of the other direction is laid out to the right of its width. */
  pango_layout_set_width (layout, width * PANGO_SCALE + PANGO_SCALE);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (roundf (x), roundf (box->origin.y + (box->size.height - height) / 2)));
  gtk_snapshot_append_layout (snapshot, layout, &colour);
  gtk_snapshot_restore (snapshot);
}

/* Next to the cells, where these do not fill the view. */
static void
snapshot_columns (LimnSheetView *self, GtkSnapshot *snapshot, const guint columns[2])
{
  graphene_rect_t band = GRAPHENE_RECT_INIT (self->area.origin.x, round (self->top) - LIMN_SHEET_VIEW_MARGIN, self->area.size.width,
                                             self->area.origin.y);

  if (band.size.height <= 0)
    return;
  gtk_snapshot_push_clip (snapshot, &band);
  for (guint i = columns[0]; i <= columns[1]; i++)
    {
      graphene_rect_t place;

      limn_sheet_view_place (self, i, &place);
      snapshot_label (self, snapshot, limn_sheet_board_get_column_label (self->board, i),
                      &GRAPHENE_RECT_INIT (band.origin.x + place.origin.x, band.origin.y, place.size.width, band.size.height), FALSE,
                      i == self->cursor % limn_sheet_board_get_n_columns (self->board));
    }
  gtk_snapshot_pop (snapshot);
}

static void
snapshot_rows (LimnSheetView *self, GtkSnapshot *snapshot, const guint rows[2])
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)) - self->area.size.width;
  double x = round (self->left) - LIMN_SHEET_VIEW_MARGIN;
  graphene_rect_t band =
    GRAPHENE_RECT_INIT (is_rtl (self) ? self->area.size.width - x : x, self->area.origin.y, width, self->area.size.height);
  guint n_columns = limn_sheet_board_get_n_columns (self->board);

  if (band.size.width <= 0)
    return;
  gtk_snapshot_push_clip (snapshot, &band);
  for (guint i = rows[0]; i <= rows[1]; i++)
    {
      graphene_rect_t place;

      limn_sheet_view_place (self, i * n_columns, &place);
      snapshot_label (self, snapshot, limn_sheet_board_get_row_label (self->board, i),
                      &GRAPHENE_RECT_INIT (band.origin.x + LABEL_PADDING, band.origin.y + place.origin.y,
                                           band.size.width - 2 * LABEL_PADDING, place.size.height),
                      TRUE, i == self->cursor / n_columns);
    }
  gtk_snapshot_pop (snapshot);
}

void
limn_sheet_view_snapshot_labels (LimnSheetView *self, GtkSnapshot *snapshot, const guint columns[2], const guint rows[2])
{
  snapshot_columns (self, snapshot, columns);
  snapshot_rows (self, snapshot, rows);
}
