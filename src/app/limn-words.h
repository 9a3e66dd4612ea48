/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Quantities in the reader's language. All (transfer full); main thread. */

/** limn_words_seconds: "12 s", "3 min", "2 h 05 min"; never "0 s". */
char *limn_words_seconds (double seconds);

/** limn_words_memory: of memory, which is counted in powers of two: "85 MiB", "1.7 GiB". */
char *limn_words_memory  (guint64 bytes);

/** limn_words_need: what a picture takes of what there is: "Memory: 1.9 GiB of 8 GiB". */
char *limn_words_need    (guint64 need,
                          guint64 limit);

/** limn_words_factor: "×4" */
char *limn_words_factor  (guint n);

/** limn_words_percent: "38 %" */
char *limn_words_percent (guint percent);

G_END_DECLS
