/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-formats.h"

#include "formats/limn-prompt-style.h"
#include "formats/limn-prompt-weight.h"

#include <string.h>

/* A prompt with its cursor as "|", or a selection between two of them. (transfer full) */
static char *
read_marks (const char *marked, gsize *from, gsize *to)
{
  const char *first = strchr (marked, '|');
  const char *last = strrchr (marked, '|');

  g_assert_nonnull (first);
  *from = first - marked;
  *to = first == last ? *from : (gsize) (last - marked) - 1;
  return first == last ? g_strdup_printf ("%.*s%s", (int) (first - marked), marked, first + 1)
                       : g_strdup_printf ("%.*s%.*s%s", (int) (first - marked), marked, (int) (last - first) - 1, first + 1, last + 1);
}

/* The other way round; NULL where nothing can be weighed. (transfer full) */
static char *
weigh (const char *marked, int n_steps)
{
  g_auto(LimnPromptEdit) edit = { 0 };
  g_autoptr(GString) out = NULL;
  gsize from, to;
  g_autofree char *text = read_marks (marked, &from, &to);

  if (!limn_prompt_weigh (text, from, to, n_steps, &edit))
    {
      g_assert_null (edit.text);
      return NULL;
    }
  out = g_string_new (NULL);
  g_string_append_len (out, text, edit.start);
  g_string_append (out, edit.text);
  g_string_append (out, text + edit.end);
  if (edit.select_end != edit.select_start)
    g_string_insert_c (out, edit.select_end, '|');
  g_string_insert_c (out, edit.select_start, '|');
  return g_string_free (g_steal_pointer (&out), FALSE);
}

typedef struct
{
  const char *before;
  int         n_steps;
  const char *after; /* NULL: nothing happens */
} Case;

static void
check (const Case *cases, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *after = weigh (cases[i].before, cases[i].n_steps);

      g_test_message ("%s", cases[i].before);
      g_assert_cmpstr (after, ==, cases[i].after);
    }
}

static void
test_word (void)
{
  static const Case cases[] = {
    { "a re|d house", 1, "a (re|d:1.05) house" },
    { "a re|d house", -1, "a (re|d:0.95) house" },
    { "a red| house", 1, "a (red|:1.05) house" },
    { "a |red house", 2, "a (|red:1.1) house" },
    { "|red", 1, "(|red:1.05)" },
    { "well-kno|wn, o'clock", 1, "(well-kno|wn:1.05), o'clock" },
    { "a מגד|לור b", 1, "a (מגד|לור:1.05) b" },
    /* Persian joins by a mark that is no letter. */
    { "می\xe2\x80\x8cخواه|م", 1, "(می\xe2\x80\x8cخواه|م:1.05)" },
    { "a、赤|い、b", 1, "a、(赤|い:1.05)、b" },
    { "a | b", 1, NULL },
    { "|", 1, NULL },
    { "a, |, b", 1, NULL },
    { "a BRE|AK b", 1, NULL },
    { "a BREAKS| b", 1, "a (BREAKS|:1.05) b" },
  };

  check (cases, G_N_ELEMENTS (cases));
}

static void
test_bracket (void)
{
  static const Case cases[] = {
    { "a (re|d:1.05) house", 1, "a (re|d:1.1) house" },
    { "a (re|d:1.05) house", -1, "a re|d house" },
    { "a (re|d:0.95) house", 1, "a re|d house" },
    { "a (red:1.|2) house", 1, "a (red|:1.25) house" },
    { "a |(red:1.2) house", 1, "a (|red:1.25) house" },
    { "a (red:1.2)| house", 1, "a (red|:1.25) house" },
    { "a (red : 1.2 |) house", 1, "a (red |:1.25) house" },
    /* Without a number they have a weight all the same. */
    { "a (re|d) house", 1, "a (re|d:1.15) house" },
    { "a (re|d) house", -2, "a re|d house" },
    { "a [re|d] house", 1, "a (re|d:0.95) house" },
    /* A schedule has none; what it says has. Of an alternation the bar is this test's mark. */
    { "a [re|d:blue:0.5] house", 1, "a [(re|d:1.05):blue:0.5] house" },
    { "a [red:blu|e:5] house", -1, "a [red:(blu|e:0.95):5] house" },
    { "a [(red:1.2) hous|e]", 1, "a ((red:1.2) hous|e:0.95)" },
    { "[a [re|d] b:3]", 1, "[a (re|d:0.95) b:3]" },
    { "a AN|D b", 1, NULL },
    /* The innermost one. */
    { "(a (re|d:1.2) house:1.1)", 1, "(a (re|d:1.25) house:1.1)" },
    { "(a (red:1.2) ho|use:1.1)", 1, "(a (red:1.2) ho|use:1.15)" },
    { "((re|d))", 1, "((re|d:1.15))" },
    { "((red:1.2):0.4)|", 1, "((red:1.2)|:0.45)" },
    { "((red:1.2)|:0.45)", 1, "((red:1.2)|:0.5)" },
    /* Text that looks like brackets. */
    { "\\(re|d\\)", 1, "\\((re|d:1.05)\\)" },
    { "(re|d", 1, "((re|d:1.05)" },
    { "re|d:1.2)", 1, "(re|d:1.05):1.2)" },
    { "(a:b|ig)", 1, "(a:b|ig:1.15)" },
    { "(a|:inf)", 1, "(a|:inf:1.15)" },
    { "(a|:1.2.3)", 1, "(a|:1.2.3:1.15)" },
    /* The ends of the range. */
    { "(a|:9.98)", 1, "(a|:10)" },
    { "(a|:10)", 1, NULL },
    { "(a|:12)", 1, NULL },
    { "(a|:12)", -1, "(a|:11.95)" },
    { "(a|:0.02)", -1, "(a|:0)" },
    { "(a|:0)", -1, NULL },
    { "(a|:-1)", -1, NULL },
    { "(a|:-1)", 1, "(a|:-0.95)" },
    { "(a|:1.234)", 1, "(a|:1.284)" },
  };

  check (cases, G_N_ELEMENTS (cases));
}

static void
test_selection (void)
{
  static const Case cases[] = {
    { "a |red house|, b", 1, "a (|red house|:1.05), b" },
    { "a| red house |, b", 1, "a (|red house|:1.05) , b" },
    { "a (|red house|:1.05), b", 1, "a (|red house|:1.1), b" },
    { "a (|red house|:1.05), b", -1, "a |red house|, b" },
    { "a |(red house:1.05)|, b", 1, "a (|red house|:1.1), b" },
    { "(a |red| house:1.2)", 1, "(a (|red|:1.05) house:1.2)" },
    { "|a (red:1.2)|", 1, "(|a (red:1.2)|:1.05)" },
    { "a |   | b", 1, NULL },
    { "a (| |) b", 1, "a (| |:1.15) b" },
    { "(a |red:1.2|) b", 1, NULL },
    { "[re|d (a] b)", 1, NULL },
    { "|(a| red:1.2) b", 1, NULL },
    { "|(a| b", 1, NULL },
    { "a |b)|", 1, NULL },
    /* Brackets of ours may not come between a backslash and what it escapes. */
    { "a \\|(b| c", 1, "a (|\\(b|:1.05) c" },
    { "a |b\\|( c", 1, "a (|b\\(|:1.05) c" },
    { "|a BREAK b|", 1, "(|a BREAK b|:1.05)" },
  };

  check (cases, G_N_ELEMENTS (cases));
}

/* Up and down again is what it was, wherever one stands; and nothing that was typed is ever lost. */
static void
test_back (void)
{
  static const char *texts[] = { "a red house, (blue:1.3) sky \\(x\\), ((z:1.05):0.4) é מ", "(((", "a:1.2) \\", ")(", "" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    for (gsize from = 0; texts[i][from] != '\0'; from++)
      for (gsize to = from; to <= strlen (texts[i]); to++)
        {
          g_auto(LimnPromptEdit) up = { 0 };
          g_auto(LimnPromptEdit) down = { 0 };
          g_autofree char *raised = NULL;
          g_autofree char *again = NULL;

          if ((texts[i][from] & 0xc0) == 0x80 || (texts[i][to] & 0xc0) == 0x80)
            continue;
          if (!limn_prompt_weigh (texts[i], from, to, 1, &up))
            continue;
          raised = g_strdup_printf ("%.*s%s%s", (int) up.start, texts[i], up.text, texts[i] + up.end);
          g_assert_true (g_utf8_validate (raised, -1, NULL));
          g_assert_cmpuint (up.select_end, <=, strlen (raised));
          g_assert_true (limn_prompt_weigh (raised, up.select_start, up.select_end, -1, &down));
          again = g_strdup_printf ("%.*s%s%s", (int) down.start, raised, down.text, raised + down.end);
          g_assert_cmpstr (again, ==, texts[i]);
        }
}

static void
test_style (void)
{
  static const struct
  {
    const char *style;
    const char *prompt;
    const char *together;
  } cases[] = {
    { "ink, paper", "a red house", "a red house, ink, paper" },
    { "an etching of {prompt}, fine lines", "a red house", "an etching of a red house, fine lines" },
    { "{prompt}, {prompt}", " x ", "x, x" },
    { " ink ", "", "ink" },
    { "", "a red house", "a red house" },
    { "etching of {prompt}", "", "etching of " },
    /* What the artist wrote is not looked through again. */
    { "a {prompt} b", "{prompt}", "a {prompt} b" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *together = limn_prompt_style_apply (cases[i].style, cases[i].prompt);

      g_assert_cmpstr (together, ==, cases[i].together);
    }
}

void
add_prompt_weight_tests (void)
{
  g_test_add_func ("/prompt-weight/word", test_word);
  g_test_add_func ("/prompt-weight/bracket", test_bracket);
  g_test_add_func ("/prompt-weight/selection", test_selection);
  g_test_add_func ("/prompt-weight/back", test_back);
  g_test_add_func ("/prompt-style", test_style);
}
