/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first byte chooses:
 *   0 a text for a fixed tokenizer;
 *   1 merges, NUL, a text;
 *   2 vocab.json, NUL, merges.txt, NUL, a text;
 *   3 merges for a sound vocabulary, NUL, a text.
 */
#include "config.h"

#include "formats/limn-json.h"
#include "formats/limn-tokenizer.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

static const char fixed_merges[] = "i n\nt h\na n\nth e</w>\nin g</w>\na t</w>\nan d</w>\na a\naa aa\n";

static GBytes *
next_part (const uint8_t **data,
           size_t         *size)
{
  const uint8_t *end = memchr (*data, '\0', *size);
  size_t n = end != NULL ? (size_t) (end - *data) : *size;
  GBytes *part = g_bytes_new (*data, n);

  n = MIN (n + 1, *size);
  *data += n;
  *size -= n;
  return part;
}

static LimnTokenizer *
rule_tokenizer (void)
{
  g_autoptr(GBytes) merges = g_bytes_new_static (fixed_merges, sizeof fixed_merges - 1);

  return limn_tokenizer_new_from_merges (merges, 0, 0, NULL, NULL);
}

static GBytes *
sound_vocabulary (void)
{
  g_autoptr(LimnTokenizer) tokenizer = rule_tokenizer ();
  json_t *object = json_object ();
  char *text;
  GBytes *bytes;

  for (guint i = 0; i < limn_tokenizer_get_n_tokens (tokenizer); i++)
    json_object_set_new (object, limn_tokenizer_get_token (tokenizer, i), json_integer (i));
  text = json_dumps (object, 0);
  bytes = g_bytes_new (text, strlen (text));
  free (text);
  json_decref (object);
  return bytes;
}

static void
try_text (const LimnTokenizer *tokenizer,
          const char          *text,
          size_t               size)
{
  g_autoptr(GArray) tokens = g_array_new (FALSE, FALSE, sizeof (LimnToken));
  g_autoptr(GError) error = NULL;

  if (!limn_tokenizer_encode (tokenizer, text, size, tokens, &error))
    {
      if (error == NULL || tokens->len > 0)
        g_abort ();
      return;
    }
  for (guint i = 0; i < tokens->len; i++)
    {
      const LimnToken *token = &g_array_index (tokens, LimnToken, i);

      if (limn_tokenizer_get_token (tokenizer, token->id) == NULL || token->start >= token->end || token->end > size
          || ((guint8) text[token->start] & 0xc0) == 0x80
          || (token->end < size && ((guint8) text[token->end] & 0xc0) == 0x80)
          || (i > 0 && token->start < (token - 1)->start))
        g_abort ();
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  static LimnTokenizer *fixed;
  static GBytes *vocabulary;
  g_autoptr(LimnTokenizer) tokenizer = NULL;
  g_autoptr(GBytes) vocab = NULL;
  g_autoptr(GBytes) merges = NULL;
  g_autoptr(GError) error = NULL;
  guint kind;

  if (fixed == NULL)
    {
      fixed = rule_tokenizer ();
      vocabulary = sound_vocabulary ();
    }
  if (size == 0)
    return 0;
  kind = data[0] % 4;
  data++;
  size--;
  if (kind == 0)
    {
      try_text (fixed, (const char *) data, size);
      return 0;
    }
  vocab = kind == 2 ? next_part (&data, &size) : g_bytes_ref (vocabulary);
  merges = next_part (&data, &size);
  if (kind == 1)
    tokenizer = limn_tokenizer_new_from_merges (merges, 0, 0, NULL, &error);
  else
    tokenizer = limn_tokenizer_new_from_files (vocab, merges, NULL, &error);
  if ((tokenizer == NULL) != (error != NULL) || (error != NULL && !g_utf8_validate (error->message, -1, NULL)))
    g_abort ();
  if (tokenizer != NULL)
    try_text (tokenizer, (const char *) data, size);
  return 0;
}
