/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the panels ask before anything is painted: tokens. */
#include "config.h"

#include "test-session.h"

#include "session/limn-token-counter.h"

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (!*result)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static LimnPrompt *
count (LimnTokenCounter *counter, const char *model, const char *text, LimnPromptSyntax syntax, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  limn_token_counter_count_async (counter, model, text, syntax, NULL, on_result, &result);
  return limn_token_counter_count_finish (counter, wait_for (&result), error);
}

static void
test_counter (void)
{
  g_autoptr(LimnTokenCounter) counter = limn_token_counter_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(LimnPrompt) weighted = NULL;
  g_autoptr(LimnPrompt) plain = NULL;

  weighted = count (counter, NULL, "a (red:1.2) house", LIMN_PROMPT_A1111, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (weighted->n_tokens, ==, 3);
  g_assert_cmpfloat_with_epsilon (weighted->tokens[1].weight, 1.2, 1e-6);

  for (guint i = 0; i < 80; i++)
    g_string_append (text, "red ");
  plain = count (counter, NULL, text->str, LIMN_PROMPT_PLAIN, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (plain->n_cut, ==, 5);

  /* The tokenizer that is kept is not taken for another model's. */
  g_assert_null (count (counter, "/nowhere", "red", LIMN_PROMPT_PLAIN, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

/* However far a count has come: what is cancelled never answers with tokens. */
static void
test_counter_cancelled (void)
{
  g_autoptr(LimnTokenCounter) counter = limn_token_counter_new ();

  for (guint i = 0; i < 20; i++)
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;

      limn_token_counter_count_async (counter, NULL, "red", LIMN_PROMPT_A1111, cancellable, on_result, &result);
      g_usleep (i * 200);
      g_cancellable_cancel (cancellable);
      g_assert_null (limn_token_counter_count_finish (counter, wait_for (&result), &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
}

void
test_choices_add (void)
{
  g_test_add_func ("/session/choices/counter", test_counter);
  g_test_add_func ("/session/choices/cancelled-count", test_counter_cancelled);
}
