/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-formats.h"

#include "formats/limn-prompt-program.h"

static LimnPromptProgram *
read_program (const char *text, LimnPromptSide side)
{
  g_autoptr(GError) error = NULL;
  LimnPromptProgram *program = limn_prompt_program_new (text, LIMN_PROMPT_A1111, side, &error);

  g_assert_no_error (error);
  return program;
}

/* What is said from which step on, of 10: "1:a b|4:a c". Each byte of it stands in @text where it says. */
static char *
describe (const LimnPromptProgram *program, guint part, const char *text, guint n_steps)
{
  g_autoptr(GString) all = g_string_new (NULL);
  g_autoptr(GArray) changes = limn_prompt_program_list_changes (program, n_steps);
  g_autofree char *last = NULL;
  guint next = 0;

  for (guint step = 1; step <= n_steps; step++)
    {
      g_autoptr(GArray) source = g_array_new (FALSE, FALSE, sizeof (guint32));
      g_autofree char *now = limn_prompt_program_dup_text (program, part, step, n_steps, source);

      g_assert_cmpuint (source->len, ==, strlen (now));
      for (guint i = 0; i < source->len; i++)
        {
          g_assert_cmpint (text[g_array_index (source, guint32, i)], ==, now[i]);
          g_assert_true (i == 0 || g_array_index (source, guint32, i) > g_array_index (source, guint32, i - 1));
        }
      if (next < changes->len && g_array_index (changes, guint, next) == step)
        next++;
      else
        g_assert_cmpstr (now, ==, last);
      if (g_strcmp0 (now, last) == 0)
        continue;
      g_string_append_printf (all, "%s%u:%s", all->len ? "~" : "", step, now);
      g_free (last);
      last = g_steal_pointer (&now);
    }
  g_assert_cmpuint (next, ==, changes->len);
  return g_string_free (g_steal_pointer (&all), FALSE);
}

/* What AUTOMATIC1111's parser says of the same texts with 10 steps, where its step n is the n-th: its own examples of each rule are among
 * them in other words. */
static void
test_schedules (void)
{
  static const struct
  {
    const char *text;
    const char *says;
  } cases[] = {
    { "a lake", "1:a lake" },
    { "", "1:" },
    { "a [lake:3]", "1:a ~4:a lake" },
    { "a [lake: 3]", "1:a ~4:a lake" },
    { "a [lake:3 ]", "1:a ~4:a lake" },
    { "a [lake:\n3\n]", "1:a ~4:a lake" },
    { "a [[[lake]]:2]", "1:a ~3:a [[lake]]" },
    { "[(lake:2):3]", "1:~4:(lake:2)" },
    { "a [lake : sea : 1] at dusk", "1:a lake  at dusk~2:a  sea  at dusk" },
    { "x[a:[b:c:2]:1]y", "1:xay~2:xby~3:xcy" },
    { "[[a:b:7]:c:4]", "1:a~5:c" },
    { "[[a:b:4]:c:7]", "1:a~5:b~8:c" },
    { "[a::4]", "1:a~5:" },
    { "[:a:4]", "1:~5:a" },
    { "[::4]", "1:" },
    { "[a: :4]", "1:a~5: " },
    /* Fractions have a point. */
    { "[a:b:.5]", "1:a~6:b" },
    { "[a:b:0.5]", "1:a~6:b" },
    { "[a:b:0.29]", "1:a~3:b" },
    { "[a:b:0.05]", "1:b" },
    { "[a:b:1.0]", "1:a" },
    { "[a:b:1.]", "1:a" },
    { "[a:b:0.0]", "1:b" },
    { "[a:b:5e-1]", "1:b" },
    { "[a:b:1e0]", "1:a~2:b" },
    { "[a:b:0]", "1:b" },
    { "[a:b:1]", "1:a~2:b" },
    { "[a:b:+3]", "1:a~4:b" },
    { "[a:b:-3]", "1:b" },
    { "[a:b:9]", "1:a~10:b" },
    { "[a:b:10]", "1:a" },
    { "[a:b:99999999999999999999]", "1:a" },
    { "[1:2:3]", "1:1~4:2" },
    /* Alternation. */
    { "[a|b]", "1:a~2:b~3:a~4:b~5:a~6:b~7:a~8:b~9:a~10:b" },
    { "[a|b|c] d", "1:a d~2:b d~3:c d~4:a d~5:b d~6:c d~7:a d~8:b d~9:c d~10:a d" },
    { "[cat|]fish", "1:catfish~2:fish~3:catfish~4:fish~5:catfish~6:fish~7:catfish~8:fish~9:catfish~10:fish" },
    { "[a|||]b", "1:ab~2:b~5:ab~6:b~9:ab~10:b" },
    { "[a|(b:1.1)]", "1:a~2:(b:1.1)~3:a~4:(b:1.1)~5:a~6:(b:1.1)~7:a~8:(b:1.1)~9:a~10:(b:1.1)" },
    { "[[a|b]:c:3]", "1:a~2:b~3:a~4:c" },
    { "[a|[b:c:5]]", "1:a~2:b~3:a~4:b~5:a~6:c~7:a~8:c~9:a~10:c" },
    { "([a|b]:1.2)", "1:(a:1.2)~2:(b:1.2)~3:(a:1.2)~4:(b:1.2)~5:(a:1.2)~6:(b:1.2)~7:(a:1.2)~8:(b:1.2)~9:(a:1.2)~10:(b:1.2)" },
    /* Even a weight may be scheduled. */
    { "(a:[1.2:1.4:5])", "1:(a:1.2)~6:(a:1.4)" },
    /* Escapes. */
    { "[a\\:b:3]", "1:~4:a\\:b" },
    { "a \\[b:3\\]", "1:a \\[b:3\\]" },
    { "[a\\|b|c\\]]", "1:a\\|b~2:c\\]~3:a\\|b~4:c\\]~5:a\\|b~6:c\\]~7:a\\|b~8:c\\]~9:a\\|b~10:c\\]" },
    /* Text: no number, too many colons, bars where they do not belong, what is open. */
    { "a [b] c", "1:a [b] c" },
    { "a [open", "1:a [open" },
    { "[a:b:c]", "1:[a:b:c]" },
    { "[a:b:c:3]", "1:[a:b:c:3]" },
    { "[a:0x3]", "1:[a:0x3]" },
    { "[a:.]", "1:[a:.]" },
    { "[a:3e]", "1:[a:3e]" },
    { "[a:(3)]", "1:[a:(3)]" },
    { "[a:inf]", "1:[a:inf]" },
    { "[0.5]", "1:[0.5]" },
    { "[a|b:3]", "1:[a|b:3]" },
    { "[a|b|c", "1:[a|b|c" },
    { "a | b [c:d:3]", "1:a | b [c:d:3]" },
    { "(a|b) [c:d:3]", "1:(a|b) [c:d:3]" },
    { "[c:d:3] \\", "1:[c:d:3] \\" },
    { "[c:d:3] \\\n", "1:[c:d:3] \\\n" },
    { "[(a:b:3]", "1:[(a:b:3]" },
    { "(a [b) c:3]", "1:(a [b) c:3]" },
    /* But what is well-formed beside and within it is none. */
    { "[[a:b:3]", "1:[a~4:[b" },
    { "[a:b:3]]", "1:a]~4:b]" },
    { "((a][:b:c [d:3]", "1:((a][:b:c ~4:((a][:b:c d" },
    { "[a:b:3][c:d:4]", "1:ac~4:bc~5:bd" },
    { "Gr[ü:ué:2]ße", "1:Grüße~3:Gruéße" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      /* Both sides have schedules. */
      g_autoptr(LimnPromptProgram) program = read_program (cases[i].text, i % 2);
      g_autofree char *says = NULL;

      g_assert_cmpuint (limn_prompt_program_get_n_parts (program), ==, 1);
      g_assert_cmpfloat (limn_prompt_program_get_weight (program, 0), ==, 1);
      says = describe (program, 0, cases[i].text, 10);
      g_assert_cmpstr (says, ==, cases[i].says);
    }
}

/* Each step's fraction is of the steps there are. */
static void
test_steps (void)
{
  static const struct
  {
    const char *text;
    guint       n_steps;
    const char *says;
  } cases[] = {
    { "[a:b:0.5]", 1, "1:b" },          { "[a:b:0.5]", 2, "1:a~2:b" },      { "[a:b:0.5]", 7, "1:a~4:b" },
    { "[a:b:0.25]", 30, "1:a~8:b" },    { "[a:b:0.999]", 1000, "1:a~1000:b" }, { "[a:b:20]", 20, "1:a" },
    { "[a:b:1]", 1, "1:a" },            { "[a|b]", 1, "1:a" },
    /* 28.999999999999996, as there. */
    { "[a:b:0.29]", 100, "1:a~29:b" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LimnPromptProgram) program = read_program (cases[i].text, LIMN_PROMPT_POSITIVE);
      g_autofree char *says = describe (program, 0, cases[i].text, cases[i].n_steps);

      g_assert_cmpstr (says, ==, cases[i].says);
    }
}

static void
test_and (void)
{
  static const struct
  {
    const char *text;
    const char *parts; /* text*weight, … */
  } cases[] = {
    { "a cat AND a dog", "a cat*1~a dog*1" },
    { "a cat:1.5 AND a dog :0.25", "a cat*1.5~a dog*0.25" },
    { "a cat AND a dog:-1", "a cat*1~a dog*-1" },
    { "a AND b: +.5 AND c:2.", "a*1~b*0.5~c*2" },
    { "a\nAND\nb:\n2\n", "a*1~b*2" },
    { "(a:1.2) AND [b]", "(a:1.2)*1~[b]*1" },
    { "a AND ", "a*1~*1" },
    { "AND", "*1~*1" },
    { "AND AND", "*1~*1~*1" },
    { "a AND b AND a", "a*1~b*1~a*1" },
    { "a AND 16:9", "a*1~16*9" },
    { "a AND b:x", "a*1~b:x*1" },
    { "a AND b:1.2.3", "a*1~b:1.2.3*1" },
    { "a AND b:.", "a*1~b:.*1" },
    { "a AND b:٣", "a*1~b*3" },
    { "[a AND b:c:5]", "[a*1~b:c:5]*1" },
    /* No word of its own; no AND at all: no weight. */
    { "SAND and ANDY and_AND_", "SAND and ANDY and_AND_*1" },
    { "a cat:0.7 ", "a cat:0.7 *1" },
    { " a and b ", " a and b *1" },
    { "a (AND) b", "a (*1~) b*1" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LimnPromptProgram) program = read_program (cases[i].text, LIMN_PROMPT_POSITIVE);
      g_autoptr(LimnPromptProgram) negative = read_program (cases[i].text, LIMN_PROMPT_NEGATIVE);
      g_autoptr(GString) parts = g_string_new (NULL);
      g_autofree char *whole = NULL;

      g_assert_true (limn_prompt_program_is_constant (program));
      for (guint p = 0; p < limn_prompt_program_get_n_parts (program); p++)
        {
          g_autofree char *text = limn_prompt_program_dup_text (program, p, 3, 10, NULL);
          char weight[G_ASCII_DTOSTR_BUF_SIZE];

          g_ascii_formatd (weight, sizeof weight, "%g", limn_prompt_program_get_weight (program, p));
          g_string_append_printf (parts, "%s%s*%s", p ? "~" : "", text, weight);
        }
      g_assert_cmpstr (parts->str, ==, cases[i].parts);
      g_assert_cmpuint (limn_prompt_program_get_n_parts (negative), ==, 1);
      whole = limn_prompt_program_dup_text (negative, 0, 3, 10, NULL);
      if (limn_prompt_program_is_constant (negative))
        g_assert_cmpstr (whole, ==, cases[i].text);
      else
        g_assert_cmpstr (whole, ==, "a AND b");
    }
}

/* Each part is for itself. */
static void
test_and_schedules (void)
{
  const char *text = "a [b:c:0.5] AND [d|e] | :0.5 AND [f|g]";
  g_autoptr(LimnPromptProgram) program = read_program (text, LIMN_PROMPT_POSITIVE);
  static const char *const says[] = { "1:a b~3:a c", "1:[d|e] |", "1:f~2:g~3:f~4:g" };

  g_assert_cmpuint (limn_prompt_program_get_n_parts (program), ==, 3);
  g_assert_false (limn_prompt_program_is_constant (program));
  for (guint i = 0; i < 3; i++)
    for (guint step = 1; step <= 4; step++)
      {
        g_autofree char *now = limn_prompt_program_dup_text (program, i, step, 4, NULL);
        g_auto(GStrv) steps = g_strsplit (says[i], "~", -1);
        const char *wanted = NULL;

        for (guint j = 0; steps[j] && strtoul (steps[j], NULL, 10) <= step; j++)
          wanted = strchr (steps[j], ':') + 1;
        g_assert_cmpstr (now, ==, wanted);
      }
}

static void
test_loras (void)
{
  static const struct
  {
    const char *text;
    const char *rest;
    const char *name;
    double      text_strength, unet_strength;
  } cases[] = {
    { "a <lora:ink:0.8>, cat", "a , cat", "ink", 0.8, 0.8 },
    { "<lora:ink>", "", "ink", 1, 1 },
    { "<lora:my ink v1.2:0.5:0.25>x", "x", "my ink v1.2", 0.5, 0.25 },
    { "<lora:ink:te=0.5>", "", "ink", 0.5, 0.5 },
    { "<lora:ink:unet=0.5>", "", "ink", 1, 0.5 },
    { "<lora:ink:unet=0.5:te=0.25>", "", "ink", 0.25, 0.5 },
    { "<lora:ink:te=0.5:0.75>", "", "ink", 0.5, 0.5 },
    { "<lora:ink:-1.5:+.5:3:dyn=4>", "", "ink", -1.5, 0.5 },
    { "<lyco:ink: 0.5 >", "", "ink", 0.5, 0.5 },
    { "[a<lora:ink:2>:b:3]", "a", "ink", 2, 2 },
    { "<lora:水墨:1>", "", "水墨", 1, 1 },
  };
  static const char *const none[] = { "<lora:>", "<lora:ink", "<lora ink:1>", "lora:ink:1>", "<hypernet:ink:1>", "<lora::1>", "< lora:ink:1>" };
  static const char *const bad[] = { "<lora:ink:>", "<lora:ink:x>", "<lora:ink:te=>", "<lora:ink:0x1>", "<lora:ink:inf>", "<lora:ink:1:2x>",
                                     "<lora:ink:1e999>" };
  g_autoptr(GString) many = g_string_new (NULL);
  GError *error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LimnPromptProgram) program = read_program (cases[i].text, LIMN_PROMPT_POSITIVE);
      g_autoptr(LimnPromptProgram) negative = read_program (cases[i].text, LIMN_PROMPT_NEGATIVE);
      g_autoptr(LimnPromptProgram) plain = limn_prompt_program_new (cases[i].text, LIMN_PROMPT_PLAIN, LIMN_PROMPT_POSITIVE, NULL);
      g_autofree char *rest = limn_prompt_program_dup_text (program, 0, 1, 10, NULL);
      g_autofree char *all = limn_prompt_program_dup_text (plain, 0, 1, 10, NULL);
      const LimnPromptLora *lora;

      g_assert_cmpstr (rest, ==, cases[i].rest);
      g_assert_cmpstr (all, ==, cases[i].text);
      g_assert_cmpuint (limn_prompt_program_get_n_loras (negative) + limn_prompt_program_get_n_loras (plain), ==, 0);
      g_assert_cmpuint (limn_prompt_program_get_n_loras (program), ==, 1);
      lora = limn_prompt_program_get_lora (program, 0);
      g_assert_cmpstr (lora->name, ==, cases[i].name);
      g_assert_cmpfloat (lora->text_strength, ==, cases[i].text_strength);
      g_assert_cmpfloat (lora->unet_strength, ==, cases[i].unet_strength);
      g_assert_cmpint (cases[i].text[lora->start], ==, '<');
      g_assert_cmpint (cases[i].text[lora->end - 1], ==, '>');
    }
  for (guint i = 0; i < G_N_ELEMENTS (none); i++)
    {
      g_autoptr(LimnPromptProgram) program = read_program (none[i], LIMN_PROMPT_POSITIVE);
      g_autofree char *rest = limn_prompt_program_dup_text (program, 0, 1, 10, NULL);

      g_assert_cmpuint (limn_prompt_program_get_n_loras (program), ==, 0);
      g_assert_cmpstr (rest, ==, none[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_null (limn_prompt_program_new (bad[i], LIMN_PROMPT_A1111, LIMN_PROMPT_POSITIVE, &error));
      assert_failed (&error, LIMN_ERROR_INVALID, "must be a number");
    }
  for (guint i = 0; i <= LIMN_PROMPT_MAX_LORAS; i++)
    g_string_append_printf (many, "<lora:l%u:1>", i);
  g_assert_null (limn_prompt_program_new (many->str, LIMN_PROMPT_A1111, LIMN_PROMPT_POSITIVE, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "64 LoRAs");
}

/* What is refused, and what takes long where something recurses or goes by the square. */
static void
test_limits (void)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *says = NULL;
  g_autofree char *last = NULL;
  LimnPromptProgram *program;
  GError *error = NULL;

  for (guint i = 0; i < LIMN_PROMPT_MAX_PARTS; i++)
    g_string_append (text, "a AND ");
  g_assert_null (limn_prompt_program_new (text->str, LIMN_PROMPT_A1111, LIMN_PROMPT_POSITIVE, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "At most 16");
  g_assert_null (limn_prompt_program_new ("\xff", LIMN_PROMPT_A1111, LIMN_PROMPT_POSITIVE, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "UTF-8");

  g_string_truncate (text, 0);
  for (guint i = 0; i < LIMN_PROMPT_MAX_BYTES / 4; i++)
    g_string_append_c (text, '[');
  for (guint i = 0; i < LIMN_PROMPT_MAX_BYTES / 4; i++)
    g_string_append (text, ":1]");
  program = read_program (text->str, LIMN_PROMPT_POSITIVE);
  g_assert_false (limn_prompt_program_is_constant (program));
  last = limn_prompt_program_dup_text (program, 0, 10, 10, NULL);
  g_assert_cmpstr (last, ==, "");
  limn_prompt_program_free (program);
  g_string_append_c (text, 'a');
  g_assert_null (limn_prompt_program_new (text->str, LIMN_PROMPT_A1111, LIMN_PROMPT_POSITIVE, &error));
  assert_failed (&error, LIMN_ERROR_INVALID, "too long");

  g_string_truncate (text, 0);
  for (guint i = 0; i < LIMN_PROMPT_MAX_BYTES / 2; i++)
    g_string_append (text, "[(");
  program = read_program (text->str, LIMN_PROMPT_POSITIVE);
  says = limn_prompt_program_dup_text (program, 0, 10, 10, NULL);
  g_assert_cmpstr (says, ==, text->str);
  limn_prompt_program_free (program);
}

/* Whatever the text: what it says is text of the prompt, in order, and all of it where there are no pairs that mean something. */
static void
test_random (void)
{
  static const char *const pieces[] = { "[", "]", "[", "]", "(", ")", ":", ":", "|", "a", "é", "3", " ", ".5", "1.0", "\\", " AND ", "<lora:x:1>" };
  g_autoptr(GRand) rand = g_rand_new_with_seed (6);
  guint n_changing = 0;

  for (guint i = 0; i < 5000; i++)
    {
      g_autoptr(GString) text = g_string_new (NULL);
      g_autoptr(LimnPromptProgram) program = NULL;

      for (guint n = g_rand_int_range (rand, 1, 20); n > 0; n--)
        g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
      program = read_program (text->str, LIMN_PROMPT_POSITIVE);
      n_changing += !limn_prompt_program_is_constant (program);
      for (guint part = 0; part < limn_prompt_program_get_n_parts (program); part++)
        {
          g_autofree char *says = describe (program, part, text->str, 10);

          g_assert_true (g_utf8_validate (says, -1, NULL));
          if (!strchr (text->str, '[') && limn_prompt_program_get_n_parts (program) == 1 && limn_prompt_program_get_n_loras (program) == 0)
            g_assert_cmpstr (says + 2, ==, text->str);
        }
    }
  /* 65 of these 5000 have a schedule or an alternation. */
  g_assert_cmpuint (n_changing, >, 40);
}

void
add_prompt_program_tests (void)
{
  g_test_add_func ("/prompt-program/schedules", test_schedules);
  g_test_add_func ("/prompt-program/steps", test_steps);
  g_test_add_func ("/prompt-program/and", test_and);
  g_test_add_func ("/prompt-program/and-schedules", test_and_schedules);
  g_test_add_func ("/prompt-program/loras", test_loras);
  g_test_add_func ("/prompt-program/limits", test_limits);
  g_test_add_func ("/prompt-program/random", test_random);
}
