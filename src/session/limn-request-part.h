/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request.h"

G_BEGIN_DECLS

/* Settings of a request that most requests do not have. Each is one row of the table in limn-request-part.c: that it is copied, freed, compared,
 * checked, written into the JSON and read from it, and that it stands in the way of a picture, all follow from there. In the JSON it is there
 * only where it is used, and makes that version 4. */

/**
 * LimnRequestPartKind:
 * @LIMN_REQUEST_PART_STEP: holds for steps: a branch may have another; of a mix it is the mix's own
 * @LIMN_REQUEST_PART_WORDS: belongs to the prompts, with which it goes: a branch may have another, and each end of a mix has its own
 * @LIMN_REQUEST_PART_START: is what the whole picture begins with: a branch cannot have another
 */
typedef enum
{
  LIMN_REQUEST_PART_STEP = 1 << 0,
  LIMN_REQUEST_PART_WORDS = 1 << 1,
  LIMN_REQUEST_PART_START = 1 << 2,
} LimnRequestPartKind;

/** limn_request_parts_own: @request: as a copy of its bytes left it: what it borrows becomes its own. */
void        limn_request_parts_own        (LimnRequest         *request);
/** limn_request_parts_clear: those of the @kinds alone. */
void        limn_request_parts_clear      (LimnRequest         *request,
                                           LimnRequestPartKind  kinds);
#define LIMN_REQUEST_PART_ALL (LIMN_REQUEST_PART_STEP | LIMN_REQUEST_PART_WORDS | LIMN_REQUEST_PART_START)
/** limn_request_parts_take: @request gets copies of those of @from. */
void        limn_request_parts_take       (LimnRequest         *request,
                                           const LimnRequest   *from,
                                           LimnRequestPartKind  kinds);
gboolean    limn_request_parts_equal      (const LimnRequest   *a,
                                           const LimnRequest   *b);
/** limn_request_parts_equal_of: those of the @kinds alone. */
gboolean    limn_request_parts_equal_of   (const LimnRequest   *a,
                                           const LimnRequest   *b,
                                           LimnRequestPartKind  kinds);
/** limn_request_parts_write_key: those of the @kinds as one line of text: the same where they are equal. (transfer full) */
char       *limn_request_parts_write_key  (const LimnRequest   *request,
                                           LimnRequestPartKind  kinds);
/** limn_request_parts_used: whether there is any. */
gboolean    limn_request_parts_used       (const LimnRequest   *request);
gboolean    limn_request_parts_check      (const LimnRequest   *request,
                                           GError             **error);
/** limn_request_parts_find_other: (nullable): what of a start is another in both, as a word for an error. */
const char *limn_request_parts_find_other (const LimnRequest   *a,
                                           const LimnRequest   *b);

void        limn_request_parts_write      (const LimnRequest   *request,
                                           LimnJsonText        *text);
gboolean    limn_request_parts_read       (LimnJson            *json,
                                           LimnRequest         *request,
                                           GError             **error);
/** limn_request_parts_has_key: whether @key is one of theirs. */
gboolean    limn_request_parts_has_key    (const char          *key);

G_END_DECLS
