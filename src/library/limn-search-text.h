/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * limn_search_text_fold:
 * @text: UTF-8
 *
 * @text as it is searched: without case, accents and vowel points, letters that look alike in Persian and Arabic made one, with
 * spaces between the characters of scripts that write words without (Chinese, Japanese, Thai, …) and around symbols and emoji, so that
 * each can be found. Takes time proportional to the length. Returns: (transfer full)
 */
char *limn_search_text_fold     (const char *text);

/**
 * limn_search_text_to_match:
 * @words: what the artist has typed; any UTF-8
 *
 * The MATCH expression of SQLite's FTS5 that finds folded texts with all of the words, each as the beginning of a word there:
 * "red hou" finds "a red house". No character has a meaning of its own; punctuation divides words.
 *
 * Returns: (transfer full) (nullable): NULL where there is nothing to look for
 */
char *limn_search_text_to_match (const char *words);

G_END_DECLS
