/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"

G_BEGIN_DECLS

/* Pixels of a sheet: 128 MiB while it is drawn. Past that, and past the side that cairo can draw, cells become smaller. */
#define LIMN_CONTACT_SHEET_MAX_PIXELS (G_GUINT64_CONSTANT (1) << 25)
#define LIMN_CONTACT_SHEET_MAX_SIDE 32767

/**
 * LimnContactSheetParams:
 * @n_columns, @n_rows: at least 1
 * @cell_width, @cell_height: pixels; what a picture has at most. Larger ones are made smaller, smaller ones stand in the middle
 * @title, @subtitle: (nullable): above everything
 * @x_name, @y_name: (nullable): what changes along a row, and down a column
 * @column_labels, @row_labels: (nullable): one for each, any of which may be NULL
 * @captions: there is a line below each picture for what limn_contact_sheet_add() says of it
 * @dark: light ink on dark paper
 * @right_to_left: the first column stands on the right, as people read whose letters run that way
 *
 * Everything is borrowed, and read before limn_contact_sheet_new() returns. Texts are of any length and in any script: what is too long for its
 * place is wrapped, then cut with an ellipsis; what is not UTF-8 is shown as such.
 */
typedef struct
{
  guint              n_columns;
  guint              n_rows;
  guint              cell_width;
  guint              cell_height;
  const char        *title;
  const char        *subtitle;
  const char        *x_name;
  const char        *y_name;
  const char *const *column_labels;
  const char *const *row_labels;
  gboolean           captions;
  gboolean           dark;
  gboolean           right_to_left;
} LimnContactSheetParams;

/**
 * LimnContactSheet:
 *
 * Many pictures on one sheet of paper, in columns and rows that say what they are. Each picture is drawn when it is added and need not be kept; a
 * place where none came stays an empty frame.
 *
 * The sheet's size follows from @params alone, not from the fonts that are installed: places for texts are counted out by
 * characters. Without any font there are no texts, and everything else stands where it stands.
 *
 *     sheet = limn_contact_sheet_new (&params, &error);
 *     for each picture:
 *       limn_contact_sheet_add (sheet, column, row, picture, NULL);
 *     image = limn_contact_sheet_free_to_image (sheet);
 *
 * Thread-safety: owner thread, any one.
 */
typedef struct _LimnContactSheet LimnContactSheet;

/**
 * limn_contact_sheet_new:
 *
 * Draws paper and texts. Fails with LIMN_ERROR_INVALID where there are more cells than a sheet can have pixels for, and with
 * LIMN_ERROR_OUT_OF_MEMORY.
 */
LimnContactSheet *limn_contact_sheet_new           (const LimnContactSheetParams  *params,
                                                    GError                       **error);

/** limn_contact_sheet_get_scale: how large cells are beside what was asked for: 1, or less where that would have been too large a sheet. */
double            limn_contact_sheet_get_scale     (const LimnContactSheet        *sheet);

/** limn_contact_sheet_get_cell: (out) in pixels of the sheet: the place of the picture at @column, @row; for what is clicked on. */
void              limn_contact_sheet_get_cell      (const LimnContactSheet        *sheet,
                                                    guint                          column,
                                                    guint                          row,
                                                    guint                         *x,
                                                    guint                         *y,
                                                    guint                         *width,
                                                    guint                         *height);

/**
 * limn_contact_sheet_add:
 * @caption: (nullable): without params.captions nothing looks at it
 *
 * Draws @picture into the cell; over another one, if one is there.
 */
void              limn_contact_sheet_add           (LimnContactSheet              *sheet,
                                                    guint                          column,
                                                    guint                          row,
                                                    LimnImage                     *picture,
                                                    const char                    *caption);

/** limn_contact_sheet_free_to_image: the sheet, RGB; @sheet is gone. Returns: (transfer full) */
LimnImage        *limn_contact_sheet_free_to_image (LimnContactSheet              *sheet);

void              limn_contact_sheet_free          (LimnContactSheet              *sheet);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnContactSheet, limn_contact_sheet_free)

G_END_DECLS
