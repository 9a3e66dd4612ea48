/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-mask-group.h"

#include "app/limn-choice-row.h"
#include "app/limn-number.h"
#include "app/limn-words.h"
#include "paint/limn-mask-edit.h"

#include <glib/gi18n.h>
#include <math.h>

/* Pixels: an edge that is moved by less can hardly be seen. */
#define USUAL_DISTANCE 8

struct _LimnMaskGroup
{
  AdwPreferencesGroup  parent_instance;

  AdwActionRow        *marked_row;
  AdwExpanderRow      *more_row;
  GtkSpinButton       *distance_spin;
  GtkWidget           *grow_button;
  GtkWidget           *shrink_button;
  GtkWidget           *soften_button;
  LimnChoiceRow       *content_row;
  GtkSpinButton       *feather_spin;
  AdwActionRow        *only_row;
  GtkSwitch           *only_switch;
  AdwActionRow        *padding_row;
  GtkSpinButton       *padding_spin;

  LimnEasel           *easel;
  LimnDraft           *draft;
};

G_DEFINE_FINAL_TYPE (LimnMaskGroup, limn_mask_group, ADW_TYPE_PREFERENCES_GROUP)

/* --- Edges --- */

static void
on_grow (LimnMaskGroup *self)
{
  limn_easel_spread (self->easel, gtk_spin_button_get_value_as_int (self->distance_spin));
}

static void
on_shrink (LimnMaskGroup *self)
{
  limn_easel_spread (self->easel, -gtk_spin_button_get_value_as_int (self->distance_spin));
}

static void
on_soften (LimnMaskGroup *self)
{
  limn_easel_soften (self->easel, gtk_spin_button_get_value_as_int (self->distance_spin));
}

/* --- What is shown --- */

static void
fill_contents (LimnChoiceRow *row, guint current, gpointer data)
{
  limn_choice_row_add (row, LIMN_CONTENT_ORIGINAL, _("What is there"));
  limn_choice_row_add (row, LIMN_CONTENT_BLURRED, _("What is around"));
  limn_choice_row_add (row, LIMN_CONTENT_NOISE, _("Noise"));
  limn_choice_row_add (row, LIMN_CONTENT_EMPTY, _("Grey"));
}

static const char *
describe_content (guint content)
{
  switch (content)
    {
    case LIMN_CONTENT_BLURRED:
      return _("The colours around it flow in: to take a thing away");
    case LIMN_CONTENT_NOISE:
      return _("Whatever was there is forgotten: for something else");
    case LIMN_CONTENT_EMPTY:
      return _("A flat grey: for something calm, or as the prompt says");
    default:
      return _("A thing becomes another of its shape and colour");
    }
}

static void
show_content (LimnMaskGroup *self)
{
  guint content;
  double strength;

  g_object_get (self->draft, "masked-content", &content, "strength", &strength, NULL);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->content_row),
                               strength >= 1 ? _("At strength 1 it is noise, whatever is chosen") : describe_content (content));
}

static void
show_coverage (LimnMaskGroup *self)
{
  double coverage;
  guint left, top, right, bottom;
  g_autofree char *text = NULL;

  g_object_get (self->easel, "coverage", &coverage, NULL);
  g_object_get (self->draft, "grow-left", &left, "grow-top", &top, "grow-right", &right, "grow-bottom", &bottom, NULL);
  if (coverage > 0)
    {
      g_autofree char *percent = limn_words_percent (MAX (1, (guint) round (coverage * 100)));

      /* Translators: a share such as “38 %”. */
      text = g_strdup_printf (_("%s of the picture"), percent);
    }
  else if (left + top + right + bottom > 0)
    text = g_strdup (_("Nothing: only what is new is painted"));
  adw_action_row_set_subtitle (self->marked_row, text ? text : _("Nothing: all of it changes"));
}

static void
show_only (LimnMaskGroup *self)
{
  gboolean only;

  g_object_get (self->draft, "only-masked", &only, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->padding_row), only);
}

static void
show_picture (LimnMaskGroup *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), limn_easel_get_picture (self->easel) != NULL);
}

/* --- The object --- */

static void
limn_mask_group_dispose (GObject *object)
{
  LimnMaskGroup *self = LIMN_MASK_GROUP (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_MASK_GROUP);
  g_clear_object (&self->easel);
  g_clear_object (&self->draft);
  G_OBJECT_CLASS (limn_mask_group_parent_class)->dispose (object);
}

static void
limn_mask_group_class_init (LimnMaskGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_mask_group_dispose;
  g_type_ensure (LIMN_TYPE_CHOICE_ROW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-mask-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnMaskGroup, marked_row);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskGroup, more_row);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskGroup, distance_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskGroup, grow_button);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskGroup, shrink_button);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskGroup, soften_button);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskGroup, content_row);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskGroup, feather_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskGroup, only_row);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskGroup, only_switch);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskGroup, padding_row);
  gtk_widget_class_bind_template_child (widget_class, LimnMaskGroup, padding_spin);
  gtk_widget_class_bind_template_callback (widget_class, on_grow);
  gtk_widget_class_bind_template_callback (widget_class, on_shrink);
  gtk_widget_class_bind_template_callback (widget_class, on_soften);
}

static void
limn_mask_group_init (LimnMaskGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_mask_group_set_studio (LimnMaskGroup *self, LimnStudio *studio)
{
  g_return_if_fail (self->draft == NULL);

  self->draft = g_object_ref (limn_studio_get_draft (studio));
  self->easel = g_object_ref (limn_studio_get_easel (studio));
  gtk_spin_button_set_range (self->distance_spin, 1, LIMN_MASK_MAX_GROW);
  gtk_spin_button_set_value (self->distance_spin, USUAL_DISTANCE);
  limn_number_calm (self->distance_spin);
  limn_choice_row_bind (self->content_row, self->draft, "masked-content", fill_contents, NULL);
  limn_number_bind (self->feather_spin, self->draft, "feather");
  limn_number_bind (self->padding_spin, self->draft, "padding");
  g_object_bind_property (self->draft, "only-masked", self->only_switch, "active", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_signal_connect_object (self->draft, "notify::masked-content", G_CALLBACK (show_content), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->draft, "notify::strength", G_CALLBACK (show_content), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->draft, "notify::only-masked", G_CALLBACK (show_only), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->draft, "notify::grow-left", G_CALLBACK (show_coverage), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->draft, "notify::grow-top", G_CALLBACK (show_coverage), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->draft, "notify::grow-right", G_CALLBACK (show_coverage), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->draft, "notify::grow-bottom", G_CALLBACK (show_coverage), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->easel, "notify::coverage", G_CALLBACK (show_coverage), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->easel, "notify::picture", G_CALLBACK (show_picture), self, G_CONNECT_SWAPPED);
  show_content (self);
  show_coverage (self);
  show_only (self);
  show_picture (self);
}
