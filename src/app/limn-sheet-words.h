/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-sheet.h"

G_BEGIN_DECLS

/* Contact sheets in the reader's language. All (transfer full); main thread. */

/** limn_sheet_words_name: of a setting, as the panels have it: "Guidance (CFG)". Borrowed. */
const char *limn_sheet_words_name  (LimnSheetField       field);

/** limn_sheet_words_label: beside a row or above a column: "CFG 7.5", "Euler a". */
char       *limn_sheet_words_label (const LimnSheetAxis *axis,
                                    guint                index);

/** limn_sheet_words_title: "Variations from step 8", "Guidance (CFG) × Seed". */
char       *limn_sheet_words_title (LimnSheet           *sheet);

G_END_DECLS
