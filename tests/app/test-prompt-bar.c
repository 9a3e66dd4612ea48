/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-panels.h"

#include "app/limn-prompt-bar.h"
#include "app/limn-prompt-entry.h"
#include "app/limn-prompt-history.h"
#include "app/limn-prompt-styles.h"

#include <string.h>

typedef struct
{
  Panel            panel;
  LimnPromptEntry *prompt;
  LimnPromptEntry *negative;
  GtkTextBuffer   *buffer;
} Bar;

static void
set_studio (GtkWidget *widget, LimnStudio *studio)
{
  limn_prompt_bar_set_studio (LIMN_PROMPT_BAR (widget), studio);
}

static void
set_up (Bar *bar, gconstpointer data)
{
  panel_init (&bar->panel, LIMN_TYPE_PROMPT_BAR, set_studio, data ? GPOINTER_TO_INT (data) : 900);
  bar->prompt = LIMN_PROMPT_ENTRY (part (bar->panel.widget, LIMN_TYPE_PROMPT_BAR, "prompt"));
  bar->negative = LIMN_PROMPT_ENTRY (part (bar->panel.widget, LIMN_TYPE_PROMPT_BAR, "negative"));
  bar->buffer = limn_prompt_entry_get_buffer (bar->prompt);
}

static void
tear_down (Bar *bar, gconstpointer data)
{
  panel_clear (&bar->panel);
}

static void
type_text (Bar *bar, const char *text)
{
  GtkTextIter end;

  gtk_text_buffer_get_end_iter (bar->buffer, &end);
  gtk_text_buffer_begin_user_action (bar->buffer);
  gtk_text_buffer_insert (bar->buffer, &end, text, -1);
  gtk_text_buffer_end_user_action (bar->buffer);
}

/* Whether the character at @offset has a tag that sets @property. */
static gboolean
is_tagged (Bar *bar, int offset, const char *property)
{
  GtkTextIter iter;
  g_autoptr(GSList) tags = NULL;

  gtk_text_buffer_get_iter_at_offset (bar->buffer, &iter, offset);
  tags = gtk_text_iter_get_tags (&iter);
  for (GSList *l = tags; l; l = l->next)
    if (get_boolean (l->data, property))
      return TRUE;
  return FALSE;
}

static void
test_text (Bar *bar, gconstpointer data)
{
  LimnDraft *draft = bar->panel.draft;
  g_autofree char *first = g_strdup (limn_draft_get_prompt (draft));

  /* A first start has a prompt, which is no edit. */
  g_assert_cmpstr (limn_prompt_entry_get_text (bar->prompt), ==, first);
  g_assert_true (*first != '\0');
  g_assert_false (gtk_text_buffer_get_can_undo (bar->buffer));

  type_text (bar, ", ink");
  g_assert_true (g_str_has_suffix (limn_draft_get_prompt (draft), ", ink"));

  /* Settings that come with a picture replace the text, and one undo brings it back. */
  limn_draft_set_prompt (draft, "three pears");
  g_assert_cmpstr (limn_prompt_entry_get_text (bar->prompt), ==, "three pears");
  gtk_text_buffer_undo (bar->buffer);
  g_assert_true (g_str_has_suffix (limn_draft_get_prompt (draft), ", ink"));
  gtk_text_buffer_undo (bar->buffer);
  g_assert_cmpstr (limn_draft_get_prompt (draft), ==, first);
}

static void
test_count (Bar *bar, gconstpointer data)
{
  LimnDraft *draft = bar->panel.draft;
  g_autoptr(GString) many = g_string_new (NULL);

  limn_draft_set_prompt (draft, "a red house");
  wait_until (g_strcmp0 (limn_prompt_entry_get_count (bar->prompt), "3/75") == 0);
  for (guint i = 0; i < 80; i++)
    g_string_append (many, "red ");
  limn_draft_set_prompt (draft, many->str);
  wait_until (g_strcmp0 (limn_prompt_entry_get_count (bar->prompt), "80/150") == 0);
  g_assert_false (is_tagged (bar, 4 * 77, "strikethrough-set"));
  g_object_set (draft, "syntax", (guint) LIMN_PROMPT_PLAIN, NULL);
  wait_until (g_strcmp0 (limn_prompt_entry_get_count (bar->prompt), "80/75") == 0);
  g_assert_false (is_tagged (bar, 4 * 74, "strikethrough-set"));
  g_assert_true (is_tagged (bar, 4 * 75, "strikethrough-set"));
  g_assert_true (is_tagged (bar, 4 * 79, "strikethrough-set"));
}

/* However fast one types: what is counted last is what is there. */
static void
test_count_newest (Bar *bar, gconstpointer data)
{
  for (guint i = 0; i < 60; i++)
    {
      limn_draft_set_prompt (bar->panel.draft, i % 2 ? "a red house on a hill" : "red");
      for (guint j = 0; j < i * 3; j++)
        run_for_a_moment ();
    }
  limn_draft_set_prompt (bar->panel.draft, "a red house");
  settle ();
  wait_until (g_strcmp0 (limn_prompt_entry_get_count (bar->prompt), "3/75") == 0);
  settle ();
  g_assert_cmpstr (limn_prompt_entry_get_count (bar->prompt), ==, "3/75");
}

static void
test_weights (Bar *bar, gconstpointer data)
{
  const char *text = "é (red:1.3) house, [fog]";

  limn_draft_set_prompt (bar->panel.draft, text);
  wait_until (is_tagged (bar, 3, "background-set"));
  for (int i = 0; i < (int) g_utf8_strlen (text, -1); i++)
    g_assert_cmpint (is_tagged (bar, i, "background-set"), ==, (i >= 3 && i < 6) || (i >= 20 && i < 23));
  limn_draft_set_prompt (bar->panel.draft, "é red");
  wait_until (!is_tagged (bar, 3, "background-set"));
}

static void
test_weigh (Bar *bar, gconstpointer data)
{
  GtkTextIter start, end;

  limn_draft_set_prompt (bar->panel.draft, "é red house");
  gtk_text_buffer_get_iter_at_offset (bar->buffer, &start, 3);
  gtk_text_buffer_place_cursor (bar->buffer, &start);
  limn_prompt_entry_weigh (bar->prompt, 1);
  limn_prompt_entry_weigh (bar->prompt, 1);
  g_assert_cmpstr (limn_draft_get_prompt (bar->panel.draft), ==, "é (red:1.1) house");
  g_assert_false (gtk_text_buffer_get_has_selection (bar->buffer));
  gtk_text_buffer_undo (bar->buffer);
  g_assert_cmpstr (limn_draft_get_prompt (bar->panel.draft), ==, "é (red:1.05) house");
  gtk_text_buffer_undo (bar->buffer);
  g_assert_cmpstr (limn_draft_get_prompt (bar->panel.draft), ==, "é red house");

  gtk_text_buffer_get_iter_at_offset (bar->buffer, &start, 2);
  gtk_text_buffer_get_iter_at_offset (bar->buffer, &end, 11);
  gtk_text_buffer_select_range (bar->buffer, &start, &end);
  limn_prompt_entry_weigh (bar->prompt, -1);
  g_assert_cmpstr (limn_draft_get_prompt (bar->panel.draft), ==, "é (red house:0.95)");
  gtk_text_buffer_get_selection_bounds (bar->buffer, &start, &end);
  g_assert_cmpint (gtk_text_iter_get_offset (&start), ==, 3);
  g_assert_cmpint (gtk_text_iter_get_offset (&end), ==, 12);

  /* Where brackets are text none are written. */
  g_object_set (bar->panel.draft, "syntax", (guint) LIMN_PROMPT_PLAIN, NULL);
  limn_prompt_entry_weigh (bar->prompt, -1);
  g_assert_cmpstr (limn_draft_get_prompt (bar->panel.draft), ==, "é (red house:0.95)");
}

static void
test_negative (Bar *bar, gconstpointer data)
{
  GtkWidget *button = GTK_WIDGET (part (bar->panel.widget, LIMN_TYPE_PROMPT_BAR, "negative_button"));

  g_assert_false (gtk_widget_get_child_visible (GTK_WIDGET (bar->negative)) && gtk_widget_get_mapped (GTK_WIDGET (bar->negative)));
  limn_draft_set_negative (bar->panel.draft, "text");
  wait_until (gtk_widget_get_mapped (GTK_WIDGET (bar->negative)));
  /* What has words stays in sight. */
  g_assert_false (gtk_widget_get_sensitive (button));
  limn_draft_set_negative (bar->panel.draft, "");
  g_assert_true (gtk_widget_get_sensitive (button));
}

static void
test_history (Bar *bar, gconstpointer data)
{
  GtkMenuButton *button = GTK_MENU_BUTTON (part (bar->panel.widget, LIMN_TYPE_PROMPT_BAR, "history_button"));
  GtkWidget *history = GTK_WIDGET (part (bar->panel.widget, LIMN_TYPE_PROMPT_BAR, "history"));
  GtkWidget *list = GTK_WIDGET (part (history, LIMN_TYPE_PROMPT_HISTORY, "list"));
  GtkEditable *search = GTK_EDITABLE (part (history, LIMN_TYPE_PROMPT_HISTORY, "search"));
  GListModel *found = G_LIST_MODEL (gtk_list_view_get_model (GTK_LIST_VIEW (list)));

  limn_draft_set_prompt (bar->panel.draft, "three pears");
  limn_studio_remember_prompt (bar->panel.studio);
  limn_draft_set_prompt (bar->panel.draft, "a red house");
  limn_studio_remember_prompt (bar->panel.studio);
  limn_draft_set_prompt (bar->panel.draft, "something else");
  gtk_menu_button_popup (button);
  g_assert_cmpuint (g_list_model_get_n_items (found), ==, 2);
  gtk_editable_set_text (search, "PEAR");
  wait_until (g_list_model_get_n_items (found) == 1);
  g_signal_emit_by_name (list, "activate", 0);
  g_assert_cmpstr (limn_draft_get_prompt (bar->panel.draft), ==, "three pears");
  gtk_text_buffer_undo (bar->buffer);
  g_assert_cmpstr (limn_draft_get_prompt (bar->panel.draft), ==, "something else");
}

static GtkWidget *
find_button (GtkWidget *widget, const char *icon)
{
  GtkWidget *found = NULL;

  if (GTK_IS_BUTTON (widget) && g_strcmp0 (gtk_button_get_icon_name (GTK_BUTTON (widget)), icon) == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found; child = gtk_widget_get_next_sibling (child))
    found = find_button (child, icon);
  return found;
}

static guint
count_styles (Bar *bar)
{
  g_autoptr(GVariant) all = g_settings_get_value (limn_studio_get_settings (bar->panel.studio), "styles");

  return g_variant_n_children (all);
}

static void
test_styles (Bar *bar, gconstpointer data)
{
  GtkMenuButton *button = GTK_MENU_BUTTON (part (bar->panel.widget, LIMN_TYPE_PROMPT_BAR, "styles_button"));
  GtkWidget *styles = GTK_WIDGET (part (bar->panel.widget, LIMN_TYPE_PROMPT_BAR, "styles"));
  GtkListBox *list = GTK_LIST_BOX (part (styles, LIMN_TYPE_PROMPT_STYLES, "list"));
  GtkWidget *stack = GTK_WIDGET (part (styles, LIMN_TYPE_PROMPT_STYLES, "stack"));
  GtkEditable *name = GTK_EDITABLE (part (styles, LIMN_TYPE_PROMPT_STYLES, "name_row"));
  GtkEditable *words = GTK_EDITABLE (part (styles, LIMN_TYPE_PROMPT_STYLES, "words_row"));
  GtkEditable *negative = GTK_EDITABLE (part (styles, LIMN_TYPE_PROMPT_STYLES, "negative_row"));
  GtkWidget *save = GTK_WIDGET (part (styles, LIMN_TYPE_PROMPT_STYLES, "save_button"));
  GtkWidget *revealer = GTK_WIDGET (part (styles, LIMN_TYPE_PROMPT_STYLES, "undo_revealer"));
  GtkWidget *page;

  limn_draft_set_prompt (bar->panel.draft, "ink, paper");
  limn_draft_set_negative (bar->panel.draft, "colour");
  gtk_menu_button_popup (button);

  /* "Save Prompt as Style…" is the last of the list's page. */
  page = gtk_stack_get_visible_child (GTK_STACK (stack));
  click (gtk_widget_get_last_child (page));
  g_assert_cmpstr (gtk_editable_get_text (words), ==, "ink, paper");
  g_assert_cmpstr (gtk_editable_get_text (negative), ==, "colour");
  g_assert_false (gtk_widget_get_sensitive (save));
  gtk_editable_set_text (name, "  Ink ");
  gtk_editable_set_text (words, "an etching of {prompt}, ink");
  click (save);
  g_assert_cmpuint (count_styles (bar), ==, 1);

  click (find_button (GTK_WIDGET (list), "user-trash-symbolic"));
  g_assert_cmpuint (count_styles (bar), ==, 0);
  g_assert_true (gtk_revealer_get_reveal_child (GTK_REVEALER (revealer)));
  click (gtk_widget_get_last_child (gtk_revealer_get_child (GTK_REVEALER (revealer))));
  g_assert_cmpuint (count_styles (bar), ==, 1);

  click (find_button (GTK_WIDGET (list), "document-edit-symbolic"));
  g_assert_cmpstr (gtk_editable_get_text (name), ==, "Ink");
  click (save);
  g_assert_cmpuint (count_styles (bar), ==, 1);

  limn_draft_set_prompt (bar->panel.draft, "three pears");
  limn_draft_set_negative (bar->panel.draft, "");
  g_signal_emit_by_name (list, "row-activated", gtk_list_box_get_row_at_index (list, 0));
  g_assert_cmpstr (limn_draft_get_prompt (bar->panel.draft), ==, "an etching of three pears, ink");
  g_assert_cmpstr (limn_draft_get_negative (bar->panel.draft), ==, "colour");
  gtk_text_buffer_undo (bar->buffer);
  g_assert_cmpstr (limn_draft_get_prompt (bar->panel.draft), ==, "three pears");
}

static const char *
get_page (Bar *bar)
{
  return gtk_stack_get_visible_child_name (GTK_STACK (part (bar->panel.widget, LIMN_TYPE_PROMPT_BAR, "button_stack")));
}

/* Paint, then what goes on, then Paint again. */
static void
test_button (Bar *bar, gconstpointer data)
{
  g_assert_cmpstr (get_page (bar), ==, "paint");
  g_object_set (bar->panel.draft, "width", 32u, "height", 32u, "steps", 3u, NULL);
  limn_studio_paint (bar->panel.studio);
  g_assert_cmpstr (get_page (bar), ==, "waiting");
  limn_job_queue_set_paused (bar->panel.queue, FALSE);
  wait_until (g_str_equal (get_page (bar), "busy"));
  wait_until (g_str_equal (get_page (bar), "paint"));
}

/* Before the run, not after it has failed. */
static void
test_trouble (Bar *bar, gconstpointer data)
{
  GtkLabel *estimate = GTK_LABEL (part (bar->panel.widget, LIMN_TYPE_PROMPT_BAR, "estimate"));

  g_object_set (bar->panel.draft, "width", 131u, NULL);
  wait_until (gtk_widget_has_css_class (GTK_WIDGET (estimate), "warning"));
  g_assert_cmpstr (gtk_label_get_label (estimate), ==, "Not possible");
  limn_draft_reopen (bar->panel.draft, LIMN_REQUEST_OPEN_ALL);
  wait_until (!gtk_widget_has_css_class (GTK_WIDGET (estimate), "warning"));
  g_object_set (bar->panel.draft, "model", "/nowhere/at/all", NULL);
  wait_until (gtk_widget_has_css_class (GTK_WIDGET (estimate), "warning"));
  g_assert_cmpstr (gtk_label_get_label (estimate), ==, "No model");
}

/* At @data pixels: beside the texts or below them, at the end in both directions, and in no narrower a window than that. */
static void
test_shape (Bar *bar, gconstpointer data)
{
  for (guint rtl = 0; rtl < 2; rtl++)
    {
      graphene_rect_t card, button;
      int min;

      gtk_widget_set_default_direction (rtl ? GTK_TEXT_DIR_RTL : GTK_TEXT_DIR_LTR);
      settle ();
      gtk_widget_measure (bar->panel.widget, GTK_ORIENTATION_HORIZONTAL, -1, &min, NULL, NULL, NULL);
      g_assert_cmpint (min, <=, 360);
      card = get_place (&bar->panel, part (bar->panel.widget, LIMN_TYPE_PROMPT_BAR, "card"));
      button = get_place (&bar->panel, part (bar->panel.widget, LIMN_TYPE_PROMPT_BAR, "button_area"));
      if (GPOINTER_TO_INT (data) < 500)
        g_assert_cmpfloat (button.origin.y, >=, card.origin.y + card.size.height);
      else
        g_assert_cmpfloat (fabsf (button.origin.y - card.origin.y), <, 1);
      if (rtl)
        g_assert_cmpfloat (fabsf (button.origin.x - 12), <, 1);
      else
        g_assert_cmpfloat (fabsf (button.origin.x + button.size.width + 12 - gtk_widget_get_width (bar->panel.widget)), <, 1);
    }
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
}

static void
test_named (Bar *bar, gconstpointer data)
{
  assert_named (bar->panel.widget);
}

void
test_prompt_bar_add (void)
{
  g_test_add ("/prompt-bar/text", Bar, NULL, set_up, test_text, tear_down);
  g_test_add ("/prompt-bar/count", Bar, NULL, set_up, test_count, tear_down);
  g_test_add ("/prompt-bar/count-newest", Bar, NULL, set_up, test_count_newest, tear_down);
  g_test_add ("/prompt-bar/weights", Bar, NULL, set_up, test_weights, tear_down);
  g_test_add ("/prompt-bar/weigh", Bar, NULL, set_up, test_weigh, tear_down);
  g_test_add ("/prompt-bar/negative", Bar, NULL, set_up, test_negative, tear_down);
  g_test_add ("/prompt-bar/history", Bar, NULL, set_up, test_history, tear_down);
  g_test_add ("/prompt-bar/styles", Bar, NULL, set_up, test_styles, tear_down);
  g_test_add ("/prompt-bar/button", Bar, NULL, set_up, test_button, tear_down);
  g_test_add ("/prompt-bar/trouble", Bar, NULL, set_up, test_trouble, tear_down);
  g_test_add ("/prompt-bar/narrow", Bar, GINT_TO_POINTER (360), set_up, test_shape, tear_down);
  g_test_add ("/prompt-bar/wide", Bar, GINT_TO_POINTER (900), set_up, test_shape, tear_down);
  g_test_add ("/prompt-bar/named", Bar, NULL, set_up, test_named, tear_down);
}
