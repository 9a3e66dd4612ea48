/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first byte chooses the syntax, the rest is a prompt. Whatever it holds: chunks of 77, every token in its place
 * or counted as cut, and sources that are whole characters of the prompt. And the keys for more and less weight: wherever the cursor
 * stands, going up and down again is allowed and changes no more than the number. */
#include "config.h"

#include "formats/limn-prompt-weight.h"
#include "formats/limn-prompt.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

static const char merges_text[] = "t h\nth e</w>\ni n\nin g</w>\na n\nan d</w>\n";

static void
check (const LimnTokenizer *tokenizer,
       const LimnPrompt    *prompt,
       const char          *text)
{
  gsize length = strlen (text);
  guint at = 0;

  if (prompt->n_chunks == 0 || (prompt->syntax == LIMN_PROMPT_PLAIN && prompt->n_chunks != 1)
      || (prompt->syntax == LIMN_PROMPT_A1111 && prompt->n_cut > 0))
    g_abort ();
  for (guint c = 0; c < prompt->n_chunks; c++)
    {
      const LimnPromptChunk *chunk = &prompt->chunks[c];

      if (chunk->n_tokens > LIMN_PROMPT_CHUNK_TOKENS || chunk->ids[0] != limn_tokenizer_get_bos (tokenizer)
          || chunk->ids[chunk->n_tokens + 1] != limn_tokenizer_get_eos (tokenizer))
        g_abort ();
      for (guint i = 1; i <= chunk->n_tokens; i++, at++)
        {
          const LimnPromptToken *token = &prompt->tokens[at];

          if (token->chunk != (int) c || token->position != i || token->id != chunk->ids[i]
              || token->weight != chunk->weights[i] || !isfinite (token->weight))
            g_abort ();
        }
    }
  if (at + prompt->n_cut != prompt->n_tokens)
    g_abort ();
  for (guint i = 0; i < prompt->n_tokens; i++)
    {
      const LimnPromptToken *token = &prompt->tokens[i];

      if (token->start >= token->end || token->end > length
          || !g_utf8_validate (text + token->start, token->end - token->start, NULL))
        g_abort ();
    }
}

/* A cursor, or a selection of at most 16 bytes; every place of a longer text would take too long. */
static void
weigh (const char *text)
{
  gsize length = strlen (text);

  for (gsize from = 0; from <= MIN (length, 64); from++)
    for (gsize to = from; to <= MIN (length, from + 16); to++)
      {
        g_auto(LimnPromptEdit) up = { 0 };
        g_auto(LimnPromptEdit) down = { 0 };
        g_autofree char *raised = NULL;

        if ((text[from] & 0xc0) == 0x80 || (text[to] & 0xc0) == 0x80 || !limn_prompt_weigh (text, from, to, 1, &up))
          continue;
        if (up.start > up.end || up.end > length)
          g_abort ();
        raised = g_strdup_printf ("%.*s%s%s", (int) up.start, text, up.text, text + up.end);
        if (!g_utf8_validate (raised, -1, NULL) || up.select_start > up.select_end || up.select_end > strlen (raised))
          g_abort ();
        /* Of round and square brackets that cross each other, which is the inner one changes with their lengths; and a weight
         * below 0 goes up only. */
        if (strpbrk (text, "[]-") == NULL && !limn_prompt_weigh (raised, up.select_start, up.select_end, -1, &down))
          g_abort ();
      }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  static LimnTokenizer *tokenizer;
  g_autofree char *text = NULL;
  g_autoptr(LimnPrompt) prompt = NULL;
  g_autoptr(GError) error = NULL;

  if (tokenizer == NULL)
    {
      g_autoptr(GBytes) merges = g_bytes_new_static (merges_text, sizeof merges_text - 1);

      tokenizer = limn_tokenizer_new_from_merges (merges, 0, 0, NULL, NULL);
    }
  if (size == 0)
    return 0;
  text = g_strndup ((const char *) data + 1, size - 1);
  prompt = limn_prompt_new (tokenizer, text, data[0] % 2 ? LIMN_PROMPT_PLAIN : LIMN_PROMPT_A1111, &error);
  if ((prompt == NULL) != (error != NULL) || (error != NULL && !g_utf8_validate (error->message, -1, NULL)))
    g_abort ();
  if (prompt != NULL)
    {
      check (tokenizer, prompt, text);
      weigh (text);
    }
  return 0;
}
