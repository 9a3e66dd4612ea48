/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-request-word.h"

#include "base/limn-error.h"
#include "formats/limn-json.h"
#include "formats/limn-unichar.h"
#include "session/limn-json-text.h"
#include "session/limn-request-private.h"

#include <string.h>

void
limn_request_word_free (LimnRequestWord *word)
{
  if (!word)
    return;
  g_free (word->name);
  g_free (word->path);
  g_free (word);
}

static LimnRequestWord *
word_new (const char *name, const char *path)
{
  LimnRequestWord *word = g_new (LimnRequestWord, 1);

  *word = (LimnRequestWord) { g_strdup (name), g_strdup (path) };
  return word;
}

static GPtrArray *
list_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) limn_request_word_free);
}

static gboolean
same_name (const char *a, const char *b)
{
  g_autofree char *first = g_utf8_casefold (a, -1);
  g_autofree char *second = g_utf8_casefold (b, -1);

  return g_str_equal (first, second);
}

/* --- Of a request --- */

void
limn_request_add_word (LimnRequest *request, const char *name, const char *path)
{
  if (!request->embeddings)
    request->embeddings = list_new ();
  for (guint i = 0; i < request->embeddings->len; i++)
    if (same_name (((LimnRequestWord *) request->embeddings->pdata[i])->name, name))
      {
        limn_request_word_free (request->embeddings->pdata[i]);
        request->embeddings->pdata[i] = word_new (name, path);
        return;
      }
  g_ptr_array_add (request->embeddings, word_new (name, path));
}

void
limn_request_clear_words (LimnRequest *request)
{
  g_clear_pointer (&request->embeddings, g_ptr_array_unref);
}

/* Letters are joined to words before they become tokens; digits and signs may begin and end one anywhere. Both in one case. */
static gboolean
names (const char *text, const char *name)
{
  gsize length = strlen (name);
  gboolean begins = limn_unichar_is_letter (g_utf8_get_char (name));
  gboolean ends = limn_unichar_is_letter (g_utf8_get_char (g_utf8_prev_char (name + length)));

  for (const char *at = strstr (text, name); at; at = strstr (at + 1, name))
    if (!(begins && at > text && limn_unichar_is_letter (g_utf8_get_char (g_utf8_prev_char (at)))) &&
        !(ends && at[length] && limn_unichar_is_letter (g_utf8_get_char (at + length))))
      return TRUE;
  return FALSE;
}

static gboolean
is_named (const char *prompt, const char *negative, const char *name)
{
  g_autofree char *folded = g_utf8_casefold (name, -1);

  return *folded && (names (prompt, folded) || names (negative, folded));
}

void
limn_request_resolve_words (LimnRequest *request, const LimnResources *resources)
{
  g_autofree char *prompt = g_utf8_casefold (request->prompt, -1);
  g_autofree char *negative = g_utf8_casefold (request->negative, -1);
  g_autoptr(GPtrArray) before = g_steal_pointer (&request->embeddings);

  if (request->syntax == LIMN_PROMPT_PLAIN)
    return;
  for (guint i = 0; before && i < before->len; i++)
    {
      const LimnRequestWord *word = before->pdata[i];

      if (is_named (prompt, negative, word->name))
        limn_request_add_word (request, word->name, word->path);
    }
  for (guint i = 0; i < limn_resources_get_n (resources, LIMN_RESOURCE_EMBEDDING); i++)
    {
      const char *name = limn_resources_get_name (resources, LIMN_RESOURCE_EMBEDDING, i);
      const char *path = limn_resources_find (resources, LIMN_RESOURCE_EMBEDDING, name, NULL);

      if (path && (!request->embeddings || request->embeddings->len < LIMN_REQUEST_MAX_WORDS) && is_named (prompt, negative, name))
        limn_request_add_word (request, name, path);
    }
}

#define MARK "embedding:"

/* Where a name after the mark ends, of which nobody knows how it goes on. */
#define ENDS " \t\r\n,()[]<>|:"

static gboolean
is_known (const LimnRequest *request, const char *text)
{
  for (guint i = 0; request->embeddings && i < request->embeddings->len; i++)
    {
      const LimnRequestWord *word = request->embeddings->pdata[i];
      g_autofree char *folded = g_utf8_casefold (word->name, -1);

      if (g_str_has_prefix (text, folded))
        return TRUE;
    }
  return FALSE;
}

static void
add_unknown (const LimnRequest *request, const char *prompt, GPtrArray *unknown)
{
  g_autofree char *text = g_utf8_casefold (prompt, -1);

  for (const char *at = strstr (text, MARK); at; at = strstr (at, MARK))
    {
      g_autofree char *name = NULL;

      at += strlen (MARK);
      name = g_strndup (at, strcspn (at, ENDS));
      if (*name && !is_known (request, at) && !g_ptr_array_find_with_equal_func (unknown, name, g_str_equal, NULL))
        g_ptr_array_add (unknown, g_steal_pointer (&name));
    }
}

char **
limn_request_list_unknown_words (const LimnRequest *request)
{
  GPtrArray *unknown = g_ptr_array_new ();

  if (request->syntax != LIMN_PROMPT_PLAIN)
    {
      add_unknown (request, request->prompt, unknown);
      add_unknown (request, request->negative, unknown);
    }
  g_ptr_array_add (unknown, NULL);
  return (char **) g_ptr_array_free (unknown, FALSE);
}

/* --- The part of a request --- */

void
limn_request_words_own (gpointer field)
{
  GPtrArray **words = field;
  GPtrArray *copy = list_new ();

  for (guint i = 0; i < (*words)->len; i++)
    {
      const LimnRequestWord *word = (*words)->pdata[i];

      g_ptr_array_add (copy, word_new (word->name, word->path));
    }
  *words = copy;
}

void
limn_request_words_clear (gpointer field)
{
  g_clear_pointer ((GPtrArray **) field, g_ptr_array_unref);
}

gboolean
limn_request_words_equal (gconstpointer a, gconstpointer b)
{
  const GPtrArray *first = *(GPtrArray *const *) a, *second = *(GPtrArray *const *) b;

  if ((first ? first->len : 0) != (second ? second->len : 0))
    return FALSE;
  for (guint i = 0; first && i < first->len; i++)
    {
      const LimnRequestWord *x = first->pdata[i], *y = second->pdata[i];

      if (!g_str_equal (x->name, y->name) || !g_str_equal (x->path, y->path))
        return FALSE;
    }
  return TRUE;
}

gboolean
limn_request_words_check (gconstpointer field, GError **error)
{
  const GPtrArray *words = *(GPtrArray *const *) field;

  if (words->len > LIMN_REQUEST_MAX_WORDS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "A prompt can have %d learned words at most, not %u.", LIMN_REQUEST_MAX_WORDS,
                   words->len);
      return FALSE;
    }
  for (guint i = 0; i < words->len; i++)
    {
      const LimnRequestWord *word = words->pdata[i];

      if (!*word->name || strlen (word->name) > LIMN_PROMPT_MAX_BYTES || !*word->path)
        {
          g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_INVALID, "A learned word has no name or no file.");
          return FALSE;
        }
      if (!limn_request_check_path ("The learned word", word->path, error))
        return FALSE;
    }
  return TRUE;
}

void
limn_request_words_write (gconstpointer field, LimnJsonText *text, const char *key)
{
  const GPtrArray *words = *(GPtrArray *const *) field;

  limn_json_text_begin_array (text, key);
  for (guint i = 0; i < words->len; i++)
    {
      const LimnRequestWord *word = words->pdata[i];
      g_autofree char *path = limn_request_fold_home (word->path);

      limn_json_text_begin_object (text, NULL);
      limn_json_text_add_string (text, "name", word->name);
      limn_json_text_add_string (text, "path", path);
      limn_json_text_end_object (text);
    }
  limn_json_text_end_array (text);
}

static LimnRequestWord *
read_word (LimnJson *json, const char *key, guint i, GError **error)
{
  static const char *const keys[] = { "name", "path", NULL };
  g_autoptr(LimnJson) object = limn_json_get_element (json, key, i, error);
  g_autofree char *real = NULL;
  const char *name, *path;

  if (!object || !limn_request_check_keys (object, keys, "a learned word", error) || !limn_json_get_string (object, "name", &name, error) ||
      !limn_json_get_string (object, "path", &path, error))
    return NULL;
  real = limn_request_unfold_home (path);
  return word_new (name, real);
}

gboolean
limn_request_words_read (LimnJson *json, const char *key, gpointer field, GError **error)
{
  g_autoptr(GPtrArray) words = list_new ();
  guint n;

  if (!limn_json_get_length (json, key, &n, error))
    return FALSE;
  if (n == 0 || n > LIMN_REQUEST_MAX_WORDS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: “%s” holds %u, it must hold 1 to %d.", limn_json_get_name (json), key, n,
                   LIMN_REQUEST_MAX_WORDS);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    {
      LimnRequestWord *word = read_word (json, key, i, error);

      if (!word)
        return FALSE;
      g_ptr_array_add (words, word);
    }
  *(GPtrArray **) field = g_steal_pointer (&words);
  return TRUE;
}
