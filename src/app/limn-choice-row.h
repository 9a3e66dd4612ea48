/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnChoiceRow:
 *
 * A row to choose one of some values of an unsigned property. What there is to choose may change with the model; what the
 * property holds is always among it. Signal "chosen": the artist has chosen another, and the property holds it.
 */
#define LIMN_TYPE_CHOICE_ROW (limn_choice_row_get_type ())
G_DECLARE_FINAL_TYPE (LimnChoiceRow, limn_choice_row, LIMN, CHOICE_ROW, AdwComboRow)

/** LimnChoiceFill: adds the choices to @row, @current among them. */
typedef void (*LimnChoiceFill) (LimnChoiceRow *row,
                                guint          current,
                                gpointer       data);

/** limn_choice_row_bind: once. @fill is called now, and whenever the property holds what is not among the choices. */
void limn_choice_row_bind   (LimnChoiceRow  *row,
                             gpointer        object,
                             const char     *property,
                             LimnChoiceFill  fill,
                             gpointer        data);
/** limn_choice_row_refill: there is something else to choose now. */
void limn_choice_row_refill (LimnChoiceRow  *row);
/** limn_choice_row_add: in a LimnChoiceFill. */
void limn_choice_row_add    (LimnChoiceRow  *row,
                             guint           value,
                             const char     *name);
guint limn_choice_row_get_n_choices (LimnChoiceRow *row);

G_END_DECLS
