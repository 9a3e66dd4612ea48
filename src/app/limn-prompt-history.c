/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-prompt-history.h"

#include <glib/gi18n.h>

struct _LimnPromptHistory
{
  GtkPopover      parent_instance;

  GtkSearchEntry *search;
  GtkStack       *stack;
  GtkListView    *list;
  GtkLabel       *nothing;

  GSettings      *settings;
  GtkStringList  *prompts;
  GtkFilter      *filter;
  GListModel     *found;
};

enum
{
  SIGNAL_CHOSEN,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LimnPromptHistory, limn_prompt_history, GTK_TYPE_POPOVER)

static void
update_stack (LimnPromptHistory *self)
{
  gboolean any = g_list_model_get_n_items (self->found) > 0;

  gtk_stack_set_visible_child_name (self->stack, any ? "list" : "nothing");
  if (!any)
    gtk_label_set_label (self->nothing, g_list_model_get_n_items (G_LIST_MODEL (self->prompts)) > 0
                                          ? _("No prompt has these words.")
                                          : _("Prompts that were painted appear here."));
}

static void
on_search (LimnPromptHistory *self)
{
  gtk_string_filter_set_search (GTK_STRING_FILTER (self->filter), gtk_editable_get_text (GTK_EDITABLE (self->search)));
}

static void
choose (LimnPromptHistory *self, guint position)
{
  g_autoptr(GtkStringObject) item = g_list_model_get_item (self->found, position);

  if (!item)
    return;
  gtk_popover_popdown (GTK_POPOVER (self));
  g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, gtk_string_object_get_string (item));
}

static void
on_search_activate (LimnPromptHistory *self)
{
  choose (self, 0);
}

static void
on_activate (GtkListView *list, guint position, LimnPromptHistory *self)
{
  choose (self, position);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_natural_wrap_mode (GTK_LABEL (label), GTK_NATURAL_WRAP_NONE);
  gtk_label_set_lines (GTK_LABEL (label), 2);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_list_item_set_child (item, label);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  const char *prompt = gtk_string_object_get_string (gtk_list_item_get_item (item));
  GtkWidget *label = gtk_list_item_get_child (item);
  /* Lines of a prompt in a list of prompts are confusing. */
  g_autofree char *line = g_strdelimit (g_strdup (prompt), "\r\n\t", ' ');

  gtk_label_set_label (GTK_LABEL (label), line);
  gtk_widget_set_tooltip_text (label, prompt);
  /* GtkListItem has a name for screen readers of its own since GTK 4.12. */
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (label)), GTK_ACCESSIBLE_PROPERTY_LABEL, prompt, -1);
}

/* Filled when it opens: nobody looks at it while it is closed. */
static void
limn_prompt_history_show (GtkWidget *widget)
{
  LimnPromptHistory *self = LIMN_PROMPT_HISTORY (widget);
  g_auto(GStrv) prompts = g_settings_get_strv (self->settings, "prompt-history");

  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  gtk_string_list_splice (self->prompts, 0, g_list_model_get_n_items (G_LIST_MODEL (self->prompts)),
                          (const char *const *) prompts);
  update_stack (self);
  GTK_WIDGET_CLASS (limn_prompt_history_parent_class)->show (widget);
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

static void
limn_prompt_history_dispose (GObject *object)
{
  LimnPromptHistory *self = LIMN_PROMPT_HISTORY (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_PROMPT_HISTORY);
  g_clear_object (&self->settings);
  g_clear_object (&self->found);
  G_OBJECT_CLASS (limn_prompt_history_parent_class)->dispose (object);
}

static void
limn_prompt_history_class_init (LimnPromptHistoryClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_prompt_history_dispose;
  widget_class->show = limn_prompt_history_show;

  signals[SIGNAL_CHOSEN] = g_signal_new ("chosen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                         1, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-prompt-history.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPromptHistory, search);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptHistory, stack);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptHistory, list);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptHistory, nothing);
  gtk_widget_class_bind_template_callback (widget_class, on_search);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
}

static void
limn_prompt_history_init (LimnPromptHistory *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkExpression *text = gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string");
  GtkStringFilter *filter = gtk_string_filter_new (text);

  gtk_string_filter_set_match_mode (filter, GTK_STRING_FILTER_MATCH_MODE_SUBSTRING);
  self->filter = GTK_FILTER (filter);
  self->prompts = gtk_string_list_new (NULL);
  self->found = G_LIST_MODEL (gtk_filter_list_model_new (G_LIST_MODEL (self->prompts), self->filter));

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  gtk_list_view_set_factory (self->list, factory);
  g_object_unref (factory);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (self->found))));
  g_object_unref (gtk_list_view_get_model (self->list));
  g_signal_connect_object (self->found, "items-changed", G_CALLBACK (update_stack), self, G_CONNECT_SWAPPED);
}

void
limn_prompt_history_set_settings (LimnPromptHistory *self, GSettings *settings)
{
  g_set_object (&self->settings, settings);
}
