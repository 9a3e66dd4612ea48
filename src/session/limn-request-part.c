/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-request-part.h"

#include "base/limn-error.h"
#include "model/limn-family.h"
#include "session/limn-request-lora.h"
#include "session/limn-request-private.h"
#include "session/limn-request-word.h"

#include <string.h>

/**
 * Part:
 * @key: in the JSON
 * @offset, @size: of the field in LimnRequest; it is used where not all of its bytes are 0
 * @other: LIMN_REQUEST_PART_START: "A branch has … of the picture from which it parts"
 * @own: (nullable): @field holds what belongs to another; it gets a copy
 * @clear: (nullable): frees what it holds
 * @equal: (nullable): the same bytes
 * @write: it is used
 * @read: the key is there. @field: is empty; @error is set where it returns FALSE
 */
typedef struct
{
  const char          *key;
  gsize                offset;
  gsize                size;
  LimnRequestPartKind  kind;
  const char          *other;
  void               (*own)   (gpointer       field);
  void               (*clear) (gpointer       field);
  gboolean           (*equal) (gconstpointer  a,
                               gconstpointer  b);
  gboolean           (*check) (gconstpointer  field,
                               GError       **error);
  void               (*write) (gconstpointer  field,
                               LimnJsonText  *text,
                               const char    *key);
  gboolean           (*read)  (LimnJson      *json,
                               const char    *key,
                               gpointer       field,
                               GError       **error);
} Part;

/* --- Clip skip --- */

static gboolean
check_clip_skip (gconstpointer field, GError **error)
{
  guint layers = *(const guint *) field;

  if (layers <= LIMN_REQUEST_MAX_CLIP_SKIP)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "Clip skip must be a number from 1 to %d, or 0 for what the model says, not %u.",
               LIMN_REQUEST_MAX_CLIP_SKIP, layers);
  return FALSE;
}

static void
write_clip_skip (gconstpointer field, LimnJsonText *text, const char *key)
{
  limn_json_text_add_int (text, key, *(const guint *) field);
}

static gboolean
read_clip_skip (LimnJson *json, const char *key, gpointer field, GError **error)
{
  gint64 layers;

  if (!limn_json_get_int (json, key, 1, LIMN_REQUEST_MAX_CLIP_SKIP, &layers, error))
    return FALSE;
  *(guint *) field = layers;
  return TRUE;
}

/* --- VAE --- */

static void
own_path (gpointer field)
{
  char **path = field;

  *path = g_strdup (*path);
}

static void
clear_path (gpointer field)
{
  g_clear_pointer ((char **) field, g_free);
}

static gboolean
equal_paths (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(char *const *) a, *(char *const *) b) == 0;
}

static gboolean
check_vae (gconstpointer field, GError **error)
{
  return limn_request_check_path ("The VAE", *(char *const *) field, error);
}

static void
write_path (gconstpointer field, LimnJsonText *text, const char *key)
{
  g_autofree char *path = limn_request_fold_home (*(char *const *) field);

  limn_json_text_add_string (text, key, path);
}

static gboolean
read_path (LimnJson *json, const char *key, gpointer field, GError **error)
{
  const char *path;

  if (!limn_json_get_string (json, key, &path, error))
    return FALSE;
  *(char **) field = limn_request_unfold_home (path);
  return TRUE;
}

/* --- Family --- */

static gboolean
check_family (gconstpointer field, GError **error)
{
  const char *id = *(char *const *) field;
  g_autoptr(GString) known = NULL;

  if (limn_family_find_id (id))
    return TRUE;
  known = g_string_new (NULL);
  for (guint i = 0; i < limn_family_get_n (); i++)
    if (!limn_family_get_nth (i)->refused && limn_family_get_nth (i)->n_texts > 0)
      g_string_append_printf (known, "%s%s", known->len ? ", " : "", limn_family_get_nth (i)->id);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "Limn knows no family “%s” of models; it knows %s.", id, known->str);
  return FALSE;
}

static void
write_family (gconstpointer field, LimnJsonText *text, const char *key)
{
  limn_json_text_add_string (text, key, *(char *const *) field);
}

static gboolean
read_family (LimnJson *json, const char *key, gpointer field, GError **error)
{
  const char *id;

  if (!limn_json_get_string (json, key, &id, error))
    return FALSE;
  *(char **) field = g_strdup (id);
  return TRUE;
}

/* --- All of them, as they stand in the JSON --- */

#define FIELD(member) G_STRUCT_OFFSET (LimnRequest, member), sizeof (((LimnRequest *) NULL)->member)

static const Part parts[] = {
  { "clip_skip", FIELD (clip_skip), LIMN_REQUEST_PART_WORDS, NULL, NULL, NULL, NULL, check_clip_skip, write_clip_skip, read_clip_skip },
  { "vae", FIELD (vae), LIMN_REQUEST_PART_START, "the VAE", own_path, clear_path, equal_paths, check_vae, write_path, read_path },
  { "family", FIELD (family), LIMN_REQUEST_PART_START, "the family of the model", own_path, clear_path, equal_paths, check_family, write_family,
    read_family },
  { "embeddings", FIELD (embeddings), LIMN_REQUEST_PART_WORDS, NULL, limn_request_words_own, limn_request_words_clear, limn_request_words_equal,
    limn_request_words_check, limn_request_words_write, limn_request_words_read },
  { "loras", FIELD (loras), LIMN_REQUEST_PART_WORDS, NULL, limn_request_loras_own, limn_request_loras_clear, limn_request_loras_equal,
    limn_request_loras_check, limn_request_loras_write, limn_request_loras_read },
  { "controls", FIELD (controls), LIMN_REQUEST_PART_STEP, NULL, limn_request_controls_own, limn_request_controls_clear,
    limn_request_controls_equal, limn_request_controls_check, limn_request_controls_write, limn_request_controls_read },
};

static gpointer
field_of (const LimnRequest *request, const Part *part)
{
  return (char *) request + part->offset;
}

static gboolean
is_used (const LimnRequest *request, const Part *part)
{
  const char *field = field_of (request, part);

  for (gsize i = 0; i < part->size; i++)
    if (field[i])
      return TRUE;
  return FALSE;
}

static gboolean
equal (const LimnRequest *a, const LimnRequest *b, const Part *part)
{
  if (part->equal)
    return part->equal (field_of (a, part), field_of (b, part));
  return memcmp (field_of (a, part), field_of (b, part), part->size) == 0;
}

void
limn_request_parts_own (LimnRequest *request)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (parts[i].own && is_used (request, &parts[i]))
      parts[i].own (field_of (request, &parts[i]));
}

void
limn_request_parts_clear (LimnRequest *request, LimnRequestPartKind kinds)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      if (!(parts[i].kind & kinds))
        continue;
      if (parts[i].clear && is_used (request, &parts[i]))
        parts[i].clear (field_of (request, &parts[i]));
      memset (field_of (request, &parts[i]), 0, parts[i].size);
    }
}

void
limn_request_parts_take (LimnRequest *request, const LimnRequest *from, LimnRequestPartKind kinds)
{
  g_return_if_fail (request != from);

  limn_request_parts_clear (request, kinds);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      if (!(parts[i].kind & kinds))
        continue;
      memcpy (field_of (request, &parts[i]), field_of (from, &parts[i]), parts[i].size);
      if (parts[i].own && is_used (from, &parts[i]))
        parts[i].own (field_of (request, &parts[i]));
    }
}

gboolean
limn_request_parts_equal_of (const LimnRequest *a, const LimnRequest *b, LimnRequestPartKind kinds)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if ((parts[i].kind & kinds) && !equal (a, b, &parts[i]))
      return FALSE;
  return TRUE;
}

gboolean
limn_request_parts_equal (const LimnRequest *a, const LimnRequest *b)
{
  return limn_request_parts_equal_of (a, b, LIMN_REQUEST_PART_ALL);
}

char *
limn_request_parts_write_key (const LimnRequest *request, LimnRequestPartKind kinds)
{
  LimnJsonText *text = limn_json_text_new ();

  limn_json_text_begin_object (text, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if ((parts[i].kind & kinds) && is_used (request, &parts[i]))
      parts[i].write (field_of (request, &parts[i]), text, parts[i].key);
  limn_json_text_end_object (text);
  return limn_json_text_free (text);
}

gboolean
limn_request_parts_used (const LimnRequest *request)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (is_used (request, &parts[i]))
      return TRUE;
  return FALSE;
}

gboolean
limn_request_parts_check (const LimnRequest *request, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (parts[i].check && is_used (request, &parts[i]) && !parts[i].check (field_of (request, &parts[i]), error))
      return FALSE;
  return TRUE;
}

const char *
limn_request_parts_find_other (const LimnRequest *a, const LimnRequest *b)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (parts[i].kind == LIMN_REQUEST_PART_START && !equal (a, b, &parts[i]))
      return parts[i].other;
  return NULL;
}

void
limn_request_parts_write (const LimnRequest *request, LimnJsonText *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (is_used (request, &parts[i]))
      parts[i].write (field_of (request, &parts[i]), text, parts[i].key);
}

gboolean
limn_request_parts_read (LimnJson *json, LimnRequest *request, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (json_object_get (limn_json_get_root (json), parts[i].key) && !parts[i].read (json, parts[i].key, field_of (request, &parts[i]), error))
      return FALSE;
  return TRUE;
}

gboolean
limn_request_parts_has_key (const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (g_str_equal (key, parts[i].key))
      return TRUE;
  return FALSE;
}
