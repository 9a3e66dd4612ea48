/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-formats.h"

#include "formats/limn-prompt.h"

static LimnTokenizer *
starter_tokenizer (const LimnTokenizerParams *params)
{
  g_autoptr(GBytes) vocab = read_source ("tests/vocabulary/vocab.json");
  g_autoptr(GBytes) merges = read_source ("tests/vocabulary/merges.txt");
  g_autoptr(GError) error = NULL;
  LimnTokenizer *tokenizer = limn_tokenizer_new_from_files (vocab, merges, params, &error);

  g_assert_no_error (error);
  return tokenizer;
}

static LimnPrompt *
parse (const LimnTokenizer *tokenizer,
       const char          *text,
       LimnPromptSyntax     syntax)
{
  g_autoptr(GError) error = NULL;
  LimnPrompt *prompt = limn_prompt_new (tokenizer, text, syntax, &error);

  g_assert_no_error (error);
  return prompt;
}

/* Start, tokens, end, padding: what must hold of every chunk, and of the list beside it. */
static void
check_shape (const LimnTokenizer *tokenizer,
             const LimnPrompt    *prompt,
             const char          *text)
{
  guint n_placed = 0;
  guint at = 0;

  for (guint c = 0; c < prompt->n_chunks; c++)
    {
      const LimnPromptChunk *chunk = &prompt->chunks[c];

      g_assert_cmpuint (chunk->n_tokens, <=, LIMN_PROMPT_CHUNK_TOKENS);
      g_assert_cmpuint (chunk->ids[0], ==, limn_tokenizer_get_bos (tokenizer));
      g_assert_cmpuint (chunk->ids[chunk->n_tokens + 1], ==, limn_tokenizer_get_eos (tokenizer));
      for (guint i = 0; i < LIMN_PROMPT_CHUNK_LENGTH; i++)
        {
          if (i > chunk->n_tokens + 1)
            g_assert_cmpuint (chunk->ids[i], ==, limn_tokenizer_get_pad (tokenizer));
          if (i == 0 || i > chunk->n_tokens)
            g_assert_cmpfloat (chunk->weights[i], ==, 1);
        }
      for (guint i = 1; i <= chunk->n_tokens; i++, at++)
        {
          const LimnPromptToken *token = &prompt->tokens[at];

          g_assert_cmpint (token->chunk, ==, c);
          g_assert_cmpuint (token->position, ==, i);
          g_assert_cmpuint (token->id, ==, chunk->ids[i]);
          g_assert_cmpfloat (token->weight, ==, chunk->weights[i]);
        }
      n_placed += chunk->n_tokens;
    }
  g_assert_cmpuint (n_placed + prompt->n_cut, ==, prompt->n_tokens);
  for (; at < prompt->n_tokens; at++)
    g_assert_cmpint (prompt->tokens[at].chunk, ==, -1);
  for (guint i = 0; i < prompt->n_tokens; i++)
    {
      const LimnPromptToken *token = &prompt->tokens[i];

      g_assert_cmpuint (token->start, <, token->end);
      g_assert_cmpuint (token->end, <=, strlen (text));
      g_assert_true (g_utf8_validate (text + token->start, token->end - token->start, NULL));
    }
}

/* "a_ house_*1.1|b_": tokens with _ for the end of a word, weights that are not 1, | between chunks. */
static char *
show (const LimnTokenizer *tokenizer,
      const LimnPrompt    *prompt)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint c = 0; c < prompt->n_chunks; c++)
    {
      if (c > 0)
        g_string_append_c (text, '|');
      for (guint i = 1; i <= prompt->chunks[c].n_tokens; i++)
        {
          if (i > 1)
            g_string_append_c (text, ' ');
          g_string_append (text, limn_tokenizer_get_token (tokenizer, prompt->chunks[c].ids[i]));
          if (prompt->chunks[c].weights[i] != 1)
            g_string_append_printf (text, "*%.6g", prompt->chunks[c].weights[i]);
        }
    }
  g_string_replace (text, "</w>", "_", 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Expected values: AUTOMATIC1111's regular expression and loop (prompt_parser.py, sd_hijack_clip.py), run by Python
 * over the starter model's tokenizer. 50,000 random prompts agreed as well. */
static void
test_a1111 (void)
{
  static const char *const cases[][2] = {
    { "", "" },
    { "a red house", "a_ red_ house_" },
    { "(house)", "house_*1.1" },
    { "((house))", "house_*1.21" },
    { "(house:1.5)", "house_*1.5" },
    { "[house]", "house_*0.909091" },
    { "[[house]]", "house_*0.826446" },
    { "a ( b", "a_ b_*1.1" },
    { "a ) b", "a_ )_ b_" },
    { "[a", "a_*0.909091" },
    { "a]", "a_ ]_" },
    { "(a:1.2", "a_*1.1 :_*1.1 1_*1.1 ._*1.1 2_*1.1" },
    { "(a: 1.2 )", "a_*1.2" },
    { "a:1.2)", "a_ :_ 1_ ._ 2_ )_" },
    { "[a:1.2]", "a_*0.909091 :_*0.909091 1_*0.909091 ._*0.909091 2_*0.909091" },
    { "\\(a\\)", "(_ a_ )_" },
    { "\\\\a", "\\_ a_" },
    { "\\x", "x_" },
    { "(a (sea:0.5) c)", "a_*1.1 sea_*0.55 c_*1.1" },
    { "(red)(sea)", "re*1.1 d*1.1 sea_*1.1" },
    { "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
      "a_ house_*1.573 on_ a_*1.1 hill_*0.55 ,_*1.1 sun_*1.1 ,_*1.1 sky_*1.4641 ._*1.1" },
    { "(a:0)", "a_*0" },
    { "(a:-1)", "a_*-1" },
    { "(a:+.5)", "a_*0.5" },
    { "(a:１.５)", "a_*1.5" },
    { "a BREAK b", "a_|b_" },
    { "a BREAKb", "a_ b rea k b_" },
    { "a_BREAK", "a_ __ b rea k_" },
    { "BREAK", "" },
    { "BREAK a", "|a_" },
    { "a BREAK", "a_" },
    { "a BREAK,b", "a_|,_ b_" },
    { "(a BREAK b)", "a_*1.1 b*-1.1 rea*-1.1 k_*-1.1 b_*1.1" },
    { "a BREAK BREAK b", "a_||b_" },
    { "a\nBREAK\tb", "a_|b_" },
    { "(a]", "a_*1.1 ]_*1.1" },
    { "([a)]", "a_" },
    { "(sea:1)house", "se a house_" },
    /* There AUTOMATIC1111 fails. */
    { "(a:1.2.3)", "a_*1.1 :_*1.1 1_*1.1 ._*1.1 2_*1.1 ._*1.1 3_*1.1" },
    { "(a:.)", "a_*1.1 :*1.1 ._*1.1" },
  };
  g_autoptr(LimnTokenizer) tokenizer = starter_tokenizer (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LimnPrompt) prompt = parse (tokenizer, cases[i][0], LIMN_PROMPT_A1111);
      g_autofree char *shown = show (tokenizer, prompt);

      g_test_message ("%s", cases[i][0]);
      g_assert_cmpstr (shown, ==, cases[i][1]);
      g_assert_cmpint (prompt->weighted, ==, strchr (shown, '*') != NULL);
      check_shape (tokenizer, prompt, cases[i][0]);
    }
}

static char *
repeat (guint       before,
        const char *middle,
        guint       after)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < before; i++)
    g_string_append (text, "sun ");
  g_string_append (text, middle);
  for (guint i = 0; i < after; i++)
    g_string_append (text, " sun");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_chunks (void)
{
  static const struct
  {
    guint before;
    const char *middle;
    guint after;
    guint n_tokens[4];
  } cases[] = {
    { 75, "", 0, { 75 } },
    { 76, "", 0, { 75, 1 } },
    { 160, "", 0, { 75, 75, 10 } },
    { 60, ",", 20, { 61, 20 } },
    /* 20 tokens back is near enough, 21 is not. */
    { 55, ",", 20, { 56, 20 } },
    { 54, ",", 21, { 75, 1 } },
    /* No 76th token, no cut. */
    { 60, ",", 14, { 75 } },
    /* The comma itself is the 75th, or the 76th. */
    { 74, ",", 1, { 75, 1 } },
    { 75, ",", 75, { 75, 75, 1 } },
    { 60, "BREAK", 2, { 60, 2 } },
    /* A comma before the break counts no more. */
    { 60, ", BREAK", 76, { 61, 75, 1 } },
  };
  g_autoptr(LimnTokenizer) tokenizer = starter_tokenizer (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = repeat (cases[i].before, cases[i].middle, cases[i].after);
      g_autoptr(LimnPrompt) prompt = parse (tokenizer, text, LIMN_PROMPT_A1111);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      check_shape (tokenizer, prompt, text);
      g_assert_cmpuint (prompt->n_cut, ==, 0);
      for (guint c = 0; c < 4; c++)
        g_assert_cmpuint (c < prompt->n_chunks ? prompt->chunks[c].n_tokens : 0, ==, cases[i].n_tokens[c]);
    }
}

static void
test_plain (void)
{
  g_autoptr(LimnTokenizer) tokenizer = starter_tokenizer (NULL);
  g_autoptr(LimnPrompt) literal = parse (tokenizer, "(a:1.2) BREAK \\[b]", LIMN_PROMPT_PLAIN);
  g_autofree char *shown = show (tokenizer, literal);
  g_autofree char *text = repeat (60, ",", 20);
  g_autoptr(LimnPrompt) cut = parse (tokenizer, text, LIMN_PROMPT_PLAIN);

  g_assert_cmpstr (shown, ==, "(_ a_ :_ 1_ ._ 2_ )_ b rea k_ \\ [_ b_ ]_");
  g_assert_false (literal->weighted);
  check_shape (tokenizer, literal, "(a:1.2) BREAK \\[b]");

  g_assert_cmpuint (cut->n_chunks, ==, 1);
  g_assert_cmpuint (cut->chunks[0].n_tokens, ==, 75);
  g_assert_cmpuint (cut->n_tokens, ==, 81);
  g_assert_cmpuint (cut->n_cut, ==, 6);
  g_assert_cmpint (cut->tokens[75].chunk, ==, -1);
  g_assert_cmpuint (cut->tokens[75].position, ==, 0);
  check_shape (tokenizer, cut, text);
}

static void
test_sources (void)
{
  /* "é" is two characters here, and its two bytes end up in different tokens. */
  static const char *const text = "A (Re\xcc\x81""d: 1.2) \\(sea\\) it's";
  static const char *const sources[] = { "A", "R", "e\xcc\x81", "e\xcc\x81", "d", "(", "sea", ")", "i", "t", "'", "s" };
  g_autoptr(LimnTokenizer) tokenizer = starter_tokenizer (NULL);
  g_autoptr(LimnPrompt) prompt = parse (tokenizer, text, LIMN_PROMPT_A1111);

  g_assert_cmpuint (prompt->n_tokens, ==, G_N_ELEMENTS (sources));
  for (guint i = 0; i < prompt->n_tokens; i++)
    {
      const LimnPromptToken *token = &prompt->tokens[i];
      g_autofree char *source = g_strndup (text + token->start, token->end - token->start);

      g_assert_cmpstr (source, ==, sources[i]);
    }
  check_shape (tokenizer, prompt, text);
}

static void
test_padding (void)
{
  static const LimnTokenizerParams sd2 = { .pad = "!" };
  g_autoptr(LimnTokenizer) tokenizer = starter_tokenizer (&sd2);
  g_autofree char *text = repeat (200, "", 0);
  g_autoptr(LimnPrompt) a = parse (tokenizer, text, LIMN_PROMPT_A1111);
  g_autoptr(LimnPrompt) b = parse (tokenizer, "", LIMN_PROMPT_A1111);

  g_assert_cmpuint (limn_tokenizer_get_pad (tokenizer), ==, 0);
  g_assert_cmpuint (a->chunks[2].ids[51], ==, limn_tokenizer_get_eos (tokenizer));
  g_assert_cmpuint (a->chunks[2].ids[52], ==, 0);
  limn_prompt_pad_pair (a, b, tokenizer);
  g_assert_cmpuint (a->n_chunks, ==, 3);
  g_assert_cmpuint (b->n_chunks, ==, 3);
  check_shape (tokenizer, b, "");
  limn_prompt_pad_pair (b, a, tokenizer);
  g_assert_cmpuint (b->n_chunks, ==, 3);
}

static void
test_hostile (void)
{
  g_autoptr(LimnTokenizer) tokenizer = starter_tokenizer (NULL);
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  LimnPromptSyntax syntax = LIMN_PROMPT_PLAIN;

  g_assert_null (limn_prompt_new (tokenizer, "a\xff", LIMN_PROMPT_A1111, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "not valid UTF-8");
  g_assert_null (limn_prompt_new (tokenizer, "((house:9999999999999999999):99999999999999999999)", LIMN_PROMPT_A1111,
                                  &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "The weight of “house” is too large");
  g_assert_false (limn_prompt_syntax_from_name ("compel", &syntax, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "“compel”");
  g_assert_true (limn_prompt_syntax_from_name ("a1111", &syntax, &error));
  g_assert_cmpint (syntax, ==, LIMN_PROMPT_A1111);

  /* The largest prompts: all brackets, all parts, all breaks, all commas, one word. */
  for (guint kind = 0; kind < 6; kind++)
    {
      static const char *const units[] = { "(", "(a", "BREAK ", ",", "a", "[a:1.2)" };

      g_string_truncate (text, 0);
      while (text->len + strlen (units[kind]) <= LIMN_PROMPT_MAX_BYTES)
        g_string_append (text, units[kind]);
      if (kind == 1)
        {
          /* 1.1 to the power of 32,768. */
          g_assert_null (limn_prompt_new (tokenizer, text->str, LIMN_PROMPT_A1111, &error));
          assert_failed (&error, LIMN_ERROR_INVALID, "too large");
        }
      else
        {
          g_autoptr(LimnPrompt) prompt = parse (tokenizer, text->str, LIMN_PROMPT_A1111);

          check_shape (tokenizer, prompt, text->str);
        }
    }
  g_string_append (text, "aaaaaaaa");
  g_assert_null (limn_prompt_new (tokenizer, text->str, LIMN_PROMPT_A1111, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "The prompt is too long");
}

void
add_prompt_tests (void)
{
  g_test_add_func ("/prompt/a1111", test_a1111);
  g_test_add_func ("/prompt/chunks", test_chunks);
  g_test_add_func ("/prompt/plain", test_plain);
  g_test_add_func ("/prompt/sources", test_sources);
  g_test_add_func ("/prompt/padding", test_padding);
  g_test_add_func ("/prompt/hostile", test_hostile);
}
