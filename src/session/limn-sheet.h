/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-sheet-axis.h"

G_BEGIN_DECLS

/* Keyword of the text in the PNG of each of a sheet's pictures: limn_sheet_mark_to_text(). */
#define LIMN_SHEET_KEYWORD "limn-sheet"

/**
 * LimnSheetKind:
 * @LIMN_SHEET_VARIATIONS: many of one; with one axis they stand in rows, as square as may be
 * @LIMN_SHEET_GRID: one setting along, another down
 * @LIMN_SHEET_STRIP: between two pictures, or four
 */
typedef enum
{
  LIMN_SHEET_VARIATIONS,
  LIMN_SHEET_GRID,
  LIMN_SHEET_STRIP,
} LimnSheetKind;

/**
 * LimnSheet:
 *
 * Many pictures of one request, in columns and rows: each is the base with a value of the axis along and one of that down. They are painted in
 * the order in which each has most steps in common with the one before: pictures are counted in it, from 0, cells by column and row.
 *
 * Immutable, counted by reference. Thread-safety: any.
 */
typedef struct _LimnSheet LimnSheet;

/**
 * limn_sheet_new:
 * @base: nothing open; copied
 * @x_axis, @y_axis: (nullable): not of the same field, unless both are of the prompt
 *
 * Fails with LIMN_ERROR_INVALID where there are more than LIMN_REQUEST_MAX_BATCH pictures, where an axis changes nothing in such a base, and
 * where limn_request_check() refuses a cell. Takes some 50 us a picture.
 */
LimnSheet         *limn_sheet_new              (LimnSheetKind       kind,
                                                const LimnRequest  *base,
                                                LimnSheetAxis      *x_axis,
                                                LimnSheetAxis      *y_axis,
                                                GError            **error);
LimnSheet         *limn_sheet_ref              (LimnSheet          *sheet);
void               limn_sheet_unref            (LimnSheet          *sheet);

LimnSheetKind      limn_sheet_get_kind         (const LimnSheet    *sheet);
const LimnRequest *limn_sheet_get_base         (const LimnSheet    *sheet);
LimnSheetAxis     *limn_sheet_get_x_axis       (const LimnSheet    *sheet); /* (nullable) */
LimnSheetAxis     *limn_sheet_get_y_axis       (const LimnSheet    *sheet); /* (nullable) */
guint              limn_sheet_get_n_columns    (const LimnSheet    *sheet);
guint              limn_sheet_get_n_rows       (const LimnSheet    *sheet);
guint              limn_sheet_get_n_pictures   (const LimnSheet    *sheet);

/** limn_sheet_dup_request: of picture @picture. (transfer full) */
LimnRequest       *limn_sheet_dup_request      (const LimnSheet    *sheet,
                                                guint               picture);
void               limn_sheet_get_cell         (const LimnSheet    *sheet,
                                                guint               picture,
                                                guint              *column,
                                                guint              *row);

/** limn_sheet_get_picture_at: G_MAXUINT: the last row of variations has nothing there. */
guint              limn_sheet_get_picture_at   (const LimnSheet    *sheet,
                                                guint               column,
                                                guint               row);

/** limn_sheet_dup_column_label, limn_sheet_dup_row_label: what people know the value by; NULL where all are alike. (transfer full) */
char              *limn_sheet_dup_column_label (const LimnSheet    *sheet,
                                                guint               column);
char              *limn_sheet_dup_row_label    (const LimnSheet    *sheet,
                                                guint               row);

/** limn_sheet_count_shared: how many first steps picture @picture has in common with the one before it; G_MAXUINT: all. 0 for the first. */
guint              limn_sheet_count_shared     (const LimnSheet    *sheet,
                                                guint               picture);

/** LimnSheetCountFunc: how many steps are computed for @request from nothing, those of what it parts from included. */
typedef guint (*LimnSheetCountFunc) (const LimnRequest *request,
                                     gpointer           data);

/**
 * limn_sheet_count_steps:
 * @known: (nullable): a picture all of whose steps are there
 * @distinct: (out): steps that will be computed: the nodes of the tree of all pictures' steps, without those of @known
 * @all: (out): what each picture by itself would take
 */
void               limn_sheet_count_steps      (const LimnSheet    *sheet,
                                                const LimnRequest  *known,
                                                LimnSheetCountFunc  count,
                                                gpointer            data,
                                                guint64            *distinct,
                                                guint64            *all);

gboolean           limn_sheet_equal            (const LimnSheet    *a,
                                                const LimnSheet    *b);

/** limn_sheet_to_json: one object on one line. (transfer full) */
char              *limn_sheet_to_json          (const LimnSheet    *sheet);

/** limn_sheet_new_from_json: what limn_sheet_to_json() wrote. LIMN_ERROR_FORMAT, LIMN_ERROR_INVALID. */
LimnSheet         *limn_sheet_new_from_json    (const char         *json,
                                                const char         *name,
                                                GError            **error);

/** limn_sheet_mark_to_text: that a PNG is picture @picture of @sheet, painted as job @job_id. (transfer full) */
char              *limn_sheet_mark_to_text     (const char         *job_id,
                                                guint               picture,
                                                const LimnSheet    *sheet);

/**
 * limn_sheet_mark_parse:
 * @job_id: (out) (transfer full): a UUID
 * @picture: (out)
 * @sheet: (out) (transfer full)
 */
gboolean           limn_sheet_mark_parse       (const char         *text,
                                                char              **job_id,
                                                guint              *picture,
                                                LimnSheet         **sheet,
                                                GError            **error);

/** limn_sheet_kind_from_name: "variations", "grid" or "strip". LIMN_ERROR_INVALID. */
gboolean           limn_sheet_kind_from_name   (const char         *name,
                                                LimnSheetKind      *kind,
                                                GError            **error);
const char        *limn_sheet_kind_get_name    (LimnSheetKind       kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSheet, limn_sheet_unref)

G_END_DECLS
