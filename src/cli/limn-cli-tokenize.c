/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli.h"

#include "formats/limn-prompt-program.h"
#include "model/limn-model.h"
#include "session/limn-json-text.h"

#include <stdio.h>

static void
print_text (const LimnTokenizer *tokenizer, const char *text, const LimnPrompt *prompt)
{
  gint chunk = -2;

  for (guint i = 0; i < prompt->n_tokens; i++)
    {
      const LimnPromptToken *token = &prompt->tokens[i];

      if (token->chunk != chunk)
        {
          chunk = token->chunk;
          if (chunk >= 0)
            printf ("Chunk %d: %u of %d tokens\n", chunk + 1, prompt->chunks[chunk].n_tokens, LIMN_PROMPT_CHUNK_TOKENS);
          else
            printf ("Cut off, the model does not see it: %u tokens\n", prompt->n_cut);
        }
      printf ("  %6u  %-20s “%.*s”", token->id, limn_tokenizer_get_token (tokenizer, token->id), (int) (token->end - token->start),
              text + token->start);
      if (token->weight != 1)
        printf ("  weight %g", token->weight);
      putchar ('\n');
    }
  printf ("%u token%s in %u chunk%s", prompt->n_tokens, prompt->n_tokens == 1 ? "" : "s", prompt->n_chunks,
          prompt->n_chunks == 1 ? "" : "s");
  if (prompt->n_cut > 0)
    printf (", %u of them cut off", prompt->n_cut);
  putchar ('\n');
}

static void
print_json (const LimnTokenizer *tokenizer, const LimnPrompt *prompt)
{
  LimnJsonText *out = limn_json_text_new ();
  g_autofree char *line = NULL;

  limn_json_text_begin_object (out, NULL);
  limn_json_text_add_string (out, "syntax", limn_prompt_syntax_get_name (prompt->syntax));
  limn_json_text_add_int (out, "n_tokens", prompt->n_tokens);
  limn_json_text_add_int (out, "n_cut", prompt->n_cut);
  limn_json_text_begin_array (out, "chunks");
  for (guint i = 0; i < prompt->n_chunks; i++)
    {
      const LimnPromptChunk *chunk = &prompt->chunks[i];

      limn_json_text_begin_object (out, NULL);
      limn_json_text_add_int (out, "n_tokens", chunk->n_tokens);
      limn_json_text_begin_array (out, "ids");
      for (guint j = 0; j < LIMN_PROMPT_CHUNK_LENGTH; j++)
        limn_json_text_add_int (out, NULL, chunk->ids[j]);
      limn_json_text_end_array (out);
      limn_json_text_begin_array (out, "weights");
      for (guint j = 0; j < LIMN_PROMPT_CHUNK_LENGTH; j++)
        limn_json_text_add_double (out, NULL, chunk->weights[j]);
      limn_json_text_end_array (out);
      limn_json_text_end_object (out);
    }
  limn_json_text_end_array (out);
  limn_json_text_begin_array (out, "tokens");
  for (guint i = 0; i < prompt->n_tokens; i++)
    {
      const LimnPromptToken *token = &prompt->tokens[i];

      limn_json_text_begin_object (out, NULL);
      limn_json_text_add_int (out, "id", token->id);
      limn_json_text_add_string (out, "piece", limn_tokenizer_get_token (tokenizer, token->id));
      limn_json_text_add_int (out, "start", token->start);
      limn_json_text_add_int (out, "end", token->end);
      limn_json_text_add_double (out, "weight", token->weight);
      if (token->chunk >= 0)
        limn_json_text_add_int (out, "chunk", token->chunk);
      else
        limn_json_text_add_null (out, "chunk");
      limn_json_text_end_object (out);
    }
  limn_json_text_end_array (out);
  limn_json_text_end_object (out);
  line = limn_json_text_free (out);
  puts (line);
}

int
limn_cli_tokenize (int argc, char **argv)
{
  g_autofree char *path = NULL;
  g_autofree char *syntax_name = NULL;
  gboolean json = FALSE;
  GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &path, "Whose tokenizer: a file, a folder in the diffusers layout, or starter (default)", "PATH" },
    { "prompt-syntax", 0, 0, G_OPTION_ARG_FILENAME, &syntax_name,
      "a1111: (a:1.2) [a] BREAK have a meaning; plain: no sign has one, 75 tokens (default: a1111)", "NAME" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "One JSON object; start and end are bytes of the prompt", NULL },
    { NULL },
  };
  LimnPromptSyntax syntax = LIMN_PROMPT_A1111;
  g_autoptr(LimnModel) model = NULL;
  g_autoptr(LimnPrompt) prompt = NULL;
  g_autoptr(GError) error = NULL;
  const LimnTokenizer *tokenizer;
  guint n_rest;
  char **rest;

  if (!limn_cli_parse ("tokenize", "PROMPT",
                       "Shows what of a prompt reaches a model: the id of each token, how the vocabulary spells it, the piece of the "
                       "prompt\nit comes from and its weight; where a chunk of 75 ends, and what is cut off.",
                       NULL, entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest != 1)
    return limn_cli_usage ("tokenize", n_rest == 0 ? "There is no prompt."
                                                   : "There is more than one prompt; one with spaces needs quotes.");
  if (syntax_name && !limn_prompt_syntax_from_name (syntax_name, &syntax, &error))
    return limn_cli_usage ("tokenize", "%s", error->message);

  model = limn_model_open (path, &error);
  if (!model)
    {
      limn_cli_fail (error);
      return LIMN_CLI_BAD_INPUT;
    }
  tokenizer = limn_model_get_tokenizer (model);
  prompt = limn_prompt_new_longest (tokenizer, rest[0], syntax, LIMN_PROMPT_POSITIVE, &error);
  if (!prompt)
    return limn_cli_fail (error);
  if (json)
    print_json (tokenizer, prompt);
  else
    print_text (tokenizer, rest[0], prompt);
  return LIMN_CLI_OK;
}
