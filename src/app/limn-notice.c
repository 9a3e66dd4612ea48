/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-notice.h"

#include "app/limn-notice-box.h"

struct _LimnNotice
{
  GtkWidget  parent_instance;

  GtkWidget *revealer;
  GtkWidget *box;
  GtkWidget *label;
  GtkWidget *buttons[2];
  char      *style;
};

enum
{
  PROP_0,
  PROP_TEXT,
  PROP_REVEALED,
  PROP_STYLE,
  PROP_BUTTON_LABEL,
  PROP_ACTION_NAME,
  PROP_SECOND_BUTTON_LABEL,
  PROP_SECOND_ACTION_NAME,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (LimnNotice, limn_notice, GTK_TYPE_WIDGET)

static void
limn_notice_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LimnNotice *self = LIMN_NOTICE (object);

  switch (id)
    {
    case PROP_TEXT:
      g_value_set_string (value, gtk_label_get_label (GTK_LABEL (self->label)));
      break;
    case PROP_REVEALED:
      g_value_set_boolean (value, gtk_revealer_get_reveal_child (GTK_REVEALER (self->revealer)));
      break;
    case PROP_STYLE:
      g_value_set_string (value, self->style);
      break;
    case PROP_BUTTON_LABEL:
    case PROP_SECOND_BUTTON_LABEL:
      g_value_set_string (value, gtk_button_get_label (GTK_BUTTON (self->buttons[id == PROP_SECOND_BUTTON_LABEL])));
      break;
    case PROP_ACTION_NAME:
    case PROP_SECOND_ACTION_NAME:
      g_value_set_string (value, gtk_actionable_get_action_name (GTK_ACTIONABLE (self->buttons[id == PROP_SECOND_ACTION_NAME])));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
set_style (LimnNotice *self, const char *style)
{
  if (self->style)
    gtk_widget_remove_css_class (self->box, self->style);
  g_free (self->style);
  self->style = g_strdup (style);
  if (style)
    gtk_widget_add_css_class (self->box, style);
}

static void
limn_notice_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  LimnNotice *self = LIMN_NOTICE (object);
  GtkWidget *button = self->buttons[id == PROP_SECOND_BUTTON_LABEL || id == PROP_SECOND_ACTION_NAME];

  switch (id)
    {
    case PROP_TEXT:
      limn_notice_set_text (self, g_value_get_string (value));
      break;
    case PROP_REVEALED:
      limn_notice_set_revealed (self, g_value_get_boolean (value));
      break;
    case PROP_STYLE:
      set_style (self, g_value_get_string (value));
      break;
    case PROP_BUTTON_LABEL:
    case PROP_SECOND_BUTTON_LABEL:
      gtk_button_set_label (GTK_BUTTON (button), g_value_get_string (value) ? g_value_get_string (value) : "");
      gtk_widget_set_visible (button, g_value_get_string (value) != NULL);
      break;
    case PROP_ACTION_NAME:
    case PROP_SECOND_ACTION_NAME:
      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
limn_notice_dispose (GObject *object)
{
  g_clear_pointer (&LIMN_NOTICE (object)->revealer, gtk_widget_unparent);
  G_OBJECT_CLASS (limn_notice_parent_class)->dispose (object);
}

static void
limn_notice_finalize (GObject *object)
{
  g_free (LIMN_NOTICE (object)->style);
  G_OBJECT_CLASS (limn_notice_parent_class)->finalize (object);
}

static void
limn_notice_class_init (LimnNoticeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_notice_get_property;
  object_class->set_property = limn_notice_set_property;
  object_class->dispose = limn_notice_dispose;
  object_class->finalize = limn_notice_finalize;

  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, flags);
  properties[PROP_REVEALED] = g_param_spec_boolean ("revealed", NULL, NULL, FALSE, flags);
  properties[PROP_STYLE] = g_param_spec_string ("style", NULL, NULL, NULL, flags);
  properties[PROP_BUTTON_LABEL] = g_param_spec_string ("button-label", NULL, NULL, NULL, flags);
  properties[PROP_ACTION_NAME] = g_param_spec_string ("action-name", NULL, NULL, NULL, flags);
  properties[PROP_SECOND_BUTTON_LABEL] = g_param_spec_string ("second-button-label", NULL, NULL, NULL, flags);
  properties[PROP_SECOND_ACTION_NAME] = g_param_spec_string ("second-action-name", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "notice");
}

static void
limn_notice_init (LimnNotice *self)
{
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->revealer = gtk_revealer_new ();
  self->label = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (self->label), 0);
  gtk_widget_set_halign (buttons, GTK_ALIGN_END);
  gtk_widget_set_valign (buttons, GTK_ALIGN_CENTER);
  for (guint i = 0; i < G_N_ELEMENTS (self->buttons); i++)
    {
      self->buttons[i] = gtk_button_new_with_label ("");
      gtk_label_set_wrap (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (self->buttons[i]))), TRUE);
      gtk_label_set_justify (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (self->buttons[i]))), GTK_JUSTIFY_CENTER);
      gtk_widget_set_visible (self->buttons[i], FALSE);
      gtk_box_append (GTK_BOX (buttons), self->buttons[i]);
    }
  self->box = limn_notice_box_new (self->label, buttons);
  gtk_widget_add_css_class (self->box, "notice");
  gtk_revealer_set_child (GTK_REVEALER (self->revealer), self->box);
  gtk_widget_set_parent (self->revealer, GTK_WIDGET (self));
}

void
limn_notice_set_text (LimnNotice *self, const char *text)
{
  gtk_label_set_label (GTK_LABEL (self->label), text ? text : "");
}

/* What is folded away must not be reached with Tab. */
void
limn_notice_set_revealed (LimnNotice *self, gboolean revealed)
{
  gtk_widget_set_sensitive (self->box, revealed);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), revealed);
}
