/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request.h"
#include "session/limn-resources.h"

G_BEGIN_DECLS

/* Learned words that a request may name, of all that lie in the artist's folders. */
#define LIMN_REQUEST_MAX_WORDS 64

/**
 * LimnRequestWord:
 * @name: UTF-8, not empty: as it stands in the prompts, in any letter case
 * @path: (type filename): of its file
 *
 * A word that was learned (textual inversion). Plain values. Elements of LimnRequest.embeddings.
 */
typedef struct
{
  char *name;
  char *path;
} LimnRequestWord;

void     limn_request_word_free     (LimnRequestWord      *word);

/** limn_request_add_word: one of that name, in any letter case, is replaced. */
void     limn_request_add_word      (LimnRequest          *request,
                                     const char           *name,
                                     const char           *path);
void     limn_request_clear_words   (LimnRequest          *request);

/**
 * limn_request_resolve_words:
 * @resources: (nullable): what the artist has
 *
 * Notes which embeddings the prompts name, as words of their own or as `embedding:name`, and forgets those that were noted before and are named no
 * more; what is named and not among @resources, but was noted, stays. What stands for a word is settled here, and nothing that is put into a folder
 * later changes it. With the plain syntax none is named. Requests within @request are not looked at: they were complete when they came there.
 *
 * Whether the model can take it is known when the words are encoded: one that it cannot is a plain word then.
 */
void     limn_request_resolve_words (LimnRequest          *request,
                                     const LimnResources  *resources);

/**
 * limn_request_list_unknown_words: (transfer full): what the prompts name as `embedding:name` and @request has no file for: it is painted as the words that
 *   stand there
 */
char   **limn_request_list_unknown_words (const LimnRequest   *request);

/* The row of limn-request-part.c: @field is LimnRequest.embeddings. */
void     limn_request_words_own     (gpointer              field);
void     limn_request_words_clear   (gpointer              field);
gboolean limn_request_words_equal   (gconstpointer         a,
                                     gconstpointer         b);
gboolean limn_request_words_check   (gconstpointer         field,
                                     GError              **error);
void     limn_request_words_write   (gconstpointer         field,
                                     LimnJsonText         *text,
                                     const char           *key);
gboolean limn_request_words_read    (LimnJson             *json,
                                     const char           *key,
                                     gpointer              field,
                                     GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRequestWord, limn_request_word_free)

G_END_DECLS
