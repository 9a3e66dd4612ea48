/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-prompt-styles.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define STYLE_TYPE "(sss)"

typedef struct
{
  char *name;
  char *words;
  char *negative;
} Style;

struct _LimnPromptStyles
{
  GtkPopover  parent_instance;

  GtkStack   *stack;
  GtkListBox *list;
  GtkWidget  *nothing;
  GtkWidget  *undo_revealer;
  GtkLabel   *undo_label;
  GtkLabel   *form_title;
  GtkWidget  *name_row;
  GtkWidget  *words_row;
  GtkWidget  *negative_row;
  GtkWidget  *save_button;

  GSettings  *settings;
  GPtrArray  *styles; /* (element-type Style) */
  char       *prompt;
  char       *negative;
  guint       edited;  /* place of the one in the form; the number of styles: a new one */
  Style      *deleted; /* (nullable) */
  guint       deleted_from;
};

enum
{
  SIGNAL_APPLY,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LimnPromptStyles, limn_prompt_styles, GTK_TYPE_POPOVER)

static void show_styles (LimnPromptStyles *self);

/* --- In the settings --- */

static void
style_free (gpointer data)
{
  Style *style = data;

  if (!style)
    return;
  g_free (style->name);
  g_free (style->words);
  g_free (style->negative);
  g_free (style);
}

static Style *
style_new (const char *name, const char *words, const char *negative)
{
  Style *style = g_new0 (Style, 1);

  style->name = g_strdup (name);
  style->words = g_strdup (words);
  style->negative = g_strdup (negative);
  return style;
}

static void
load (LimnPromptStyles *self)
{
  g_autoptr(GVariant) all = g_settings_get_value (self->settings, "styles");
  GVariantIter iter;
  const char *name, *words, *negative;

  g_ptr_array_set_size (self->styles, 0);
  g_variant_iter_init (&iter, all);
  while (g_variant_iter_next (&iter, "(&s&s&s)", &name, &words, &negative))
    g_ptr_array_add (self->styles, style_new (name, words, negative));
}

static void
save (LimnPromptStyles *self)
{
  GVariantBuilder all;

  g_variant_builder_init (&all, G_VARIANT_TYPE ("a" STYLE_TYPE));
  for (guint i = 0; i < self->styles->len; i++)
    {
      const Style *style = g_ptr_array_index (self->styles, i);

      g_variant_builder_add (&all, STYLE_TYPE, style->name, style->words, style->negative);
    }
  g_settings_set_value (self->settings, "styles", g_variant_builder_end (&all));
}

/* --- Deleting --- */

static void
forget_deleted (LimnPromptStyles *self)
{
  g_clear_pointer (&self->deleted, style_free);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->undo_revealer), FALSE);
}

static void
on_delete (GtkButton *button, LimnPromptStyles *self)
{
  guint at = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "limn-style"));
  g_autofree char *text = NULL;

  forget_deleted (self);
  self->deleted = g_ptr_array_steal_index (self->styles, at);
  self->deleted_from = at;
  save (self);
  show_styles (self);
  /* Translators: the name of a saved style. */
  text = g_strdup_printf (_("“%s” deleted"), self->deleted->name);
  gtk_label_set_label (self->undo_label, text);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->undo_revealer), TRUE);
}

static void
on_undo (LimnPromptStyles *self)
{
  if (!self->deleted)
    return;
  g_ptr_array_insert (self->styles, MIN (self->deleted_from, self->styles->len), g_steal_pointer (&self->deleted));
  save (self);
  forget_deleted (self);
  show_styles (self);
}

/* --- The form --- */

static void
show_form (LimnPromptStyles *self, guint at, const char *name, const char *words, const char *negative)
{
  self->edited = at;
  gtk_label_set_label (self->form_title, at < self->styles->len ? _("Change Style") : _("New Style"));
  gtk_editable_set_text (GTK_EDITABLE (self->name_row), name);
  gtk_editable_set_text (GTK_EDITABLE (self->words_row), words);
  gtk_editable_set_text (GTK_EDITABLE (self->negative_row), negative);
  gtk_stack_set_visible_child_name (self->stack, "form");
  gtk_widget_grab_focus (self->name_row);
}

static void
on_edit (GtkButton *button, LimnPromptStyles *self)
{
  guint at = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "limn-style"));
  const Style *style = g_ptr_array_index (self->styles, at);

  show_form (self, at, style->name, style->words, style->negative);
}

static void
on_add (LimnPromptStyles *self)
{
  show_form (self, self->styles->len, "", self->prompt ? self->prompt : "", self->negative ? self->negative : "");
}

static void
on_form_changed (LimnPromptStyles *self)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name_row))));

  gtk_widget_set_sensitive (self->save_button, *name != '\0');
}

static void
on_save (LimnPromptStyles *self)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name_row))));
  Style *style;

  if (!*name)
    return;
  style = style_new (name, gtk_editable_get_text (GTK_EDITABLE (self->words_row)),
                     gtk_editable_get_text (GTK_EDITABLE (self->negative_row)));
  if (self->edited < self->styles->len)
    {
      style_free (self->styles->pdata[self->edited]);
      self->styles->pdata[self->edited] = style;
    }
  else
    g_ptr_array_insert (self->styles, 0, style);
  save (self);
  show_styles (self);
}

static void
on_cancel (LimnPromptStyles *self)
{
  show_styles (self);
}

/* --- The list --- */

static void
on_row_activated (GtkListBox *list, GtkListBoxRow *row, LimnPromptStyles *self)
{
  const Style *style = g_ptr_array_index (self->styles, gtk_list_box_row_get_index (row));

  gtk_popover_popdown (GTK_POPOVER (self));
  g_signal_emit (self, signals[SIGNAL_APPLY], 0, style->words, style->negative);
}

static GtkWidget *
new_row_button (LimnPromptStyles *self, guint at, const char *icon, const char *tip, const char *name, GCallback callback)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, tip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data (G_OBJECT (button), "limn-style", GUINT_TO_POINTER (at));
  g_signal_connect (button, "clicked", callback, self);
  return button;
}

static GtkWidget *
new_row (LimnPromptStyles *self, guint at)
{
  const Style *style = g_ptr_array_index (self->styles, at);
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *title = g_markup_escape_text (style->name, -1);
  g_autofree char *subtitle = g_markup_escape_text (*style->words ? style->words : style->negative, -1);
  /* Translators: the name of a saved style. */
  g_autofree char *edit = g_strdup_printf (_("Change “%s”"), style->name);
  /* Translators: the name of a saved style. */
  g_autofree char *delete = g_strdup_printf (_("Delete “%s”"), style->name);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 1);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 1);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_widget_set_tooltip_text (row, _("Adds the words of this style to the prompt; undo takes them away"));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), new_row_button (self, at, "document-edit-symbolic", _("Change the name or the words"),
                                                                   edit, G_CALLBACK (on_edit)));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), new_row_button (self, at, "user-trash-symbolic", _("Delete this style"),
                                                                   delete, G_CALLBACK (on_delete)));
  return row;
}

static void
show_styles (LimnPromptStyles *self)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->list))))
    gtk_list_box_remove (self->list, row);
  for (guint i = 0; i < self->styles->len; i++)
    gtk_list_box_append (self->list, new_row (self, i));
  gtk_widget_set_visible (GTK_WIDGET (self->list), self->styles->len > 0);
  gtk_widget_set_visible (self->nothing, self->styles->len == 0);
  gtk_stack_set_visible_child_name (self->stack, "list");
}

/* --- The object --- */

static void
limn_prompt_styles_show (GtkWidget *widget)
{
  LimnPromptStyles *self = LIMN_PROMPT_STYLES (widget);

  load (self);
  show_styles (self);
  GTK_WIDGET_CLASS (limn_prompt_styles_parent_class)->show (widget);
}

static void
limn_prompt_styles_closed (GtkPopover *popover)
{
  forget_deleted (LIMN_PROMPT_STYLES (popover));
}

static void
limn_prompt_styles_dispose (GObject *object)
{
  LimnPromptStyles *self = LIMN_PROMPT_STYLES (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_PROMPT_STYLES);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (limn_prompt_styles_parent_class)->dispose (object);
}

static void
limn_prompt_styles_finalize (GObject *object)
{
  LimnPromptStyles *self = LIMN_PROMPT_STYLES (object);

  g_ptr_array_unref (self->styles);
  style_free (self->deleted);
  g_free (self->prompt);
  g_free (self->negative);
  G_OBJECT_CLASS (limn_prompt_styles_parent_class)->finalize (object);
}

static void
limn_prompt_styles_class_init (LimnPromptStylesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = limn_prompt_styles_dispose;
  object_class->finalize = limn_prompt_styles_finalize;
  widget_class->show = limn_prompt_styles_show;
  GTK_POPOVER_CLASS (klass)->closed = limn_prompt_styles_closed;

  signals[SIGNAL_APPLY] = g_signal_new ("apply", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                        G_TYPE_STRING, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-prompt-styles.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPromptStyles, stack);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptStyles, list);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptStyles, nothing);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptStyles, undo_revealer);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptStyles, undo_label);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptStyles, form_title);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptStyles, name_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptStyles, words_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptStyles, negative_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPromptStyles, save_button);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_undo);
  gtk_widget_class_bind_template_callback (widget_class, on_add);
  gtk_widget_class_bind_template_callback (widget_class, on_form_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_save);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
}

static void
limn_prompt_styles_init (LimnPromptStyles *self)
{
  self->styles = g_ptr_array_new_with_free_func (style_free);
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_prompt_styles_set_settings (LimnPromptStyles *self, GSettings *settings)
{
  g_set_object (&self->settings, settings);
}

void
limn_prompt_styles_set_words (LimnPromptStyles *self, const char *prompt, const char *negative)
{
  g_free (self->prompt);
  self->prompt = g_strdup (prompt);
  g_free (self->negative);
  self->negative = g_strdup (negative);
}
