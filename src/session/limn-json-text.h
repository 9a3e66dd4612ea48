/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnJsonText:
 *
 * Writes JSON on one line. jansson reads all of ours, but it writes 0.1 as 0.10000000000000001; here a double is the shortest
 * number that reads back as the same double, since people look at recipes, and equal values give equal bytes.
 *
 * @key is NULL inside an array and for the outermost value. Thread-safety: owner thread.
 */
typedef struct _LimnJsonText LimnJsonText;

LimnJsonText *limn_json_text_new          (void);

/** limn_json_text_free: Returns: (transfer full): the text; every object and array must be closed. */
char         *limn_json_text_free         (LimnJsonText *self);

/** limn_json_text_peek: what has been written so far; borrowed until the next call. */
const char   *limn_json_text_peek         (LimnJsonText *self);

void          limn_json_text_begin_object (LimnJsonText *self,
                                           const char   *key);
void          limn_json_text_end_object   (LimnJsonText *self);
void          limn_json_text_begin_array  (LimnJsonText *self,
                                           const char   *key);
void          limn_json_text_end_array    (LimnJsonText *self);

/** limn_json_text_add_string: @value: (nullable): UTF-8; NULL is written as null. */
void          limn_json_text_add_string   (LimnJsonText *self,
                                           const char   *key,
                                           const char   *value);
void          limn_json_text_add_int      (LimnJsonText *self,
                                           const char   *key,
                                           gint64        value);
void          limn_json_text_add_bool     (LimnJsonText *self,
                                           const char   *key,
                                           gboolean      value);
void          limn_json_text_add_null     (LimnJsonText *self,
                                           const char   *key);

/** limn_json_text_add_double: what JSON has no word for (NaN, infinity) becomes null. */
void          limn_json_text_add_double   (LimnJsonText *self,
                                           const char   *key,
                                           double        value);

/** limn_json_text_add_raw: @json: valid JSON, which is not looked at. */
void          limn_json_text_add_raw      (LimnJsonText *self,
                                           const char   *key,
                                           const char   *json);

G_END_DECLS
