/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-sheet-item.h"
#include "session/limn-sheet.h"

G_BEGIN_DECLS

/**
 * LimnSheetLayout:
 * @n_pictures: cells; the last row may have fewer than the others
 * @positions: (nullable): [n_pictures]: where, counted along the rows, each picture of the order of painting stands; NULL: in that order
 * @column_labels, @row_labels: (nullable): [n_columns], [n_rows]
 * @names: (nullable): [n_pictures], by position: what tells a picture from the others; NULL: its labels
 * @width, @height: pixels of a picture; only their proportion matters
 */
typedef struct
{
  guint              n_columns;
  guint              n_pictures;
  const guint       *positions;
  const char *const *column_labels;
  const char *const *row_labels;
  const char *const *names;
  guint              width;
  guint              height;
} LimnSheetLayout;

/**
 * LimnSheetBoard:
 *
 * What there is to see on a contact sheet: a GListModel of LimnSheetItem, row by row, with their labels. The cells never change, only what
 * is on them.
 *
 * Properties, read-only: "n-done" (uint, notified): cells that are painted.
 * Main thread.
 */
#define LIMN_TYPE_SHEET_BOARD (limn_sheet_board_get_type ())
G_DECLARE_FINAL_TYPE (LimnSheetBoard, limn_sheet_board, LIMN, SHEET_BOARD, GObject)

LimnSheetBoard *limn_sheet_board_new              (const LimnSheetLayout *layout);

/** limn_sheet_board_new_for_sheet: with labels in the reader's language; those of variations say which they are, not by which noise. */
LimnSheetBoard *limn_sheet_board_new_for_sheet    (LimnSheet             *sheet);

guint           limn_sheet_board_get_n_columns    (LimnSheetBoard *board);
guint           limn_sheet_board_get_n_rows       (LimnSheetBoard *board);
guint           limn_sheet_board_get_n_pictures   (LimnSheetBoard *board);
guint           limn_sheet_board_get_n_done       (LimnSheetBoard *board);
/** limn_sheet_board_get_aspect: width of a picture divided by its height. */
double          limn_sheet_board_get_aspect       (LimnSheetBoard *board);
/* (nullable) */
const char     *limn_sheet_board_get_column_label (LimnSheetBoard *board,
                                                   guint           column);
const char     *limn_sheet_board_get_row_label    (LimnSheetBoard *board,
                                                   guint           row);

/** limn_sheet_board_get: (transfer none): by place. */
LimnSheetItem  *limn_sheet_board_get              (LimnSheetBoard *board,
                                                   guint           position);
/** limn_sheet_board_get_picture: (transfer none) (nullable): by number in the order of painting. */
LimnSheetItem  *limn_sheet_board_get_picture      (LimnSheetBoard *board,
                                                   guint           picture);

G_END_DECLS
