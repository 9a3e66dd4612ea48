/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <jansson.h>

G_BEGIN_DECLS

/**
 * LimnJson:
 *
 * A JSON document from outside, or an object inside one. It remembers the name
 * of its file and the way from the document's root, so that every error can
 * say where it is: “unet/config.json”: “in_channels” is missing.
 *
 * Thread-safety: any, after construction; counted references are not atomic in
 * jansson's values, so hand a document over rather than share it.
 */
typedef struct _LimnJson LimnJson;

/* What a config, an index or a recipe may weigh. The largest real one, the CLIP vocabulary, is 1 MiB. */
#define LIMN_JSON_MAX_BYTES (16 * 1024 * 1024)

/* Real headers and configs nest 5 deep; what a picture was made from, 64 others one in another, nests 4 deep for each. */
#define LIMN_JSON_MAX_DEPTH 288

/* Commas and opening brackets: bounds what the parsed tree takes, about 100 bytes each. The header of a checkpoint
 * with 10,000 tensors has 100,000. */
#define LIMN_JSON_MAX_VALUES (4 * 1024 * 1024)

/**
 * LimnJsonKind:
 *
 * @LIMN_JSON_ABSENT stands for a missing key and for null, which configs use alike.
 */
typedef enum
{
  LIMN_JSON_ABSENT,
  LIMN_JSON_BOOL,
  LIMN_JSON_INT,
  LIMN_JSON_REAL,
  LIMN_JSON_STRING,
  LIMN_JSON_ARRAY,
  LIMN_JSON_OBJECT,
} LimnJsonKind;

/**
 * limn_json_new_for_data:
 * @name: what to call the document in errors: a file name
 * @max_bytes: largest size accepted; 0: LIMN_JSON_MAX_BYTES
 *
 * Parses one JSON object. Fails with LIMN_ERROR_FORMAT when it is not UTF-8,
 * not an object, has text after its end, a key twice, a number that fits
 * neither gint64 nor double, a NUL in a string, or exceeds one of the limits above.
 * @data is not kept.
 */
LimnJson     *limn_json_new_for_data  (const char      *data,
                                       gsize            length,
                                       const char      *name,
                                       gsize            max_bytes,
                                       GError         **error);
LimnJson     *limn_json_new_for_bytes (GBytes          *bytes,
                                       const char      *name,
                                       gsize            max_bytes,
                                       GError         **error);

/** limn_json_new_from_file: the same for a regular file; also fails with G_FILE_ERROR. Blocks on the disk. */
LimnJson     *limn_json_new_from_file (const char      *path,
                                       gsize            max_bytes,
                                       GError         **error);
LimnJson     *limn_json_ref           (LimnJson        *self);
void          limn_json_unref         (LimnJson        *self);

/** limn_json_get_name: the document's name as given, without the way inside. Borrowed. */
const char   *limn_json_get_name      (const LimnJson  *self);

/** limn_json_get_root: the jansson object under this view. Borrowed. */
json_t       *limn_json_get_root      (const LimnJson  *self);

/** limn_json_get_kind: what stands at @key; never fails. */
LimnJsonKind  limn_json_get_kind      (const LimnJson  *self,
                                       const char      *key);

/** limn_json_get_keys: (transfer container): the keys in the order of the file, NULL at the end; g_free() the array. */
const char  **limn_json_get_keys      (const LimnJson  *self,
                                       guint           *n_keys);

/*
 * Getters. Each sets *value only on success, and fails with LIMN_ERROR_FORMAT when
 * the key is missing (or null), of the wrong type, or out of range. Strings are
 * borrowed and live as long as the document. An integer is a number written
 * without point and exponent; a double may be written either way and is finite.
 */
gboolean      limn_json_get_string    (const LimnJson  *self,
                                       const char      *key,
                                       const char     **value,
                                       GError         **error);
gboolean      limn_json_get_int       (const LimnJson  *self,
                                       const char      *key,
                                       gint64           min,
                                       gint64           max,
                                       gint64          *value,
                                       GError         **error);
gboolean      limn_json_get_double    (const LimnJson  *self,
                                       const char      *key,
                                       double           min,
                                       double           max,
                                       double          *value,
                                       GError         **error);
gboolean      limn_json_get_bool      (const LimnJson  *self,
                                       const char      *key,
                                       gboolean        *value,
                                       GError         **error);

/* The same, but *value becomes @fallback where the key is missing or null. A wrong type is still an error. */
gboolean      limn_json_get_string_or (const LimnJson  *self,
                                       const char      *key,
                                       const char      *fallback,
                                       const char     **value,
                                       GError         **error);
gboolean      limn_json_get_int_or    (const LimnJson  *self,
                                       const char      *key,
                                       gint64           min,
                                       gint64           max,
                                       gint64           fallback,
                                       gint64          *value,
                                       GError         **error);
gboolean      limn_json_get_double_or (const LimnJson  *self,
                                       const char      *key,
                                       double           min,
                                       double           max,
                                       double           fallback,
                                       double          *value,
                                       GError         **error);
gboolean      limn_json_get_bool_or   (const LimnJson  *self,
                                       const char      *key,
                                       gboolean         fallback,
                                       gboolean        *value,
                                       GError         **error);

/**
 * limn_json_get_ints: (transfer full): array of gint64, each within @min..@max.
 * @max_n: most elements accepted
 */
GArray       *limn_json_get_ints      (const LimnJson  *self,
                                       const char      *key,
                                       gint64           min,
                                       gint64           max,
                                       guint            max_n,
                                       GError         **error);

/** limn_json_get_doubles: (transfer full): array of finite doubles. */
GArray       *limn_json_get_doubles   (const LimnJson  *self,
                                       const char      *key,
                                       guint            max_n,
                                       GError         **error);

/** limn_json_get_strings: (transfer full): NULL-terminated; g_strfreev(). An element that is null becomes "". */
char        **limn_json_get_strings   (const LimnJson  *self,
                                       const char      *key,
                                       guint            max_n,
                                       GError         **error);

/** limn_json_get_object: (transfer full): view of an object inside this one; it keeps the document alive. */
LimnJson     *limn_json_get_object    (const LimnJson  *self,
                                       const char      *key,
                                       GError         **error);

/** limn_json_get_length: length of the array at @key. */
gboolean      limn_json_get_length    (const LimnJson  *self,
                                       const char      *key,
                                       guint           *n,
                                       GError         **error);

/** limn_json_get_element: (transfer full): view of the object at place @index of the array at @key. */
LimnJson     *limn_json_get_element   (const LimnJson  *self,
                                       const char      *key,
                                       guint            index,
                                       GError         **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnJson, limn_json_unref)

G_END_DECLS
