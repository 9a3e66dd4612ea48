/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-preview-group.h"

#include "app/limn-choice-row.h"
#include "app/limn-number.h"
#include "app/limn-words.h"

#include <glib/gi18n.h>
#include <math.h>

struct _LimnPreviewGroup
{
  AdwPreferencesGroup  parent_instance;

  LimnChoiceRow       *mode_row;
  AdwExpanderRow      *more_row;
  GtkSpinButton       *every_spin;
  GtkSwitch           *half_switch;
  GtkSpinButton       *slowdown_spin;

  LimnStudio          *studio;
  LimnReel            *reel; /* (nullable): the one that is watched */
};

G_DEFINE_FINAL_TYPE (LimnPreviewGroup, limn_preview_group, ADW_TYPE_PREFERENCES_GROUP)

static void
fill_modes (LimnChoiceRow *row, guint current, gpointer data)
{
  limn_choice_row_add (row, LIMN_PREVIEW_NOISY, _("The picture in its noise"));
  limn_choice_row_add (row, LIMN_PREVIEW_PREDICTED, _("The picture it is heading for"));
  limn_choice_row_add (row, LIMN_PREVIEW_NONE, _("Nothing until it is done"));
}

static void
on_mode_changed (LimnPreviewGroup *self)
{
  guint mode;

  g_object_get (limn_studio_get_draft (self->studio), "preview", &mode, NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->more_row), mode != LIMN_PREVIEW_NONE);
}

/* --- What it costs --- */

static void
show_cost (LimnPreviewGroup *self)
{
  double share = self->reel ? limn_reel_get_preview_share (self->reel) : -1;
  g_autofree char *text = NULL;

  if (share >= 0)
    {
      g_autofree char *percent = limn_words_percent ((guint) round (share * 100));

      if (limn_reel_is_live (self->reel))
        /* Translators: a share such as “38 %”. */
        text = g_strdup_printf (_("Previews take %s of the time"), percent);
      else
        /* Translators: a share such as “38 %”. */
        text = g_strdup_printf (_("Previews took %s of the time"), percent);
    }
  adw_expander_row_set_subtitle (self->more_row, text ? text : "");
}

/* A reel that was read from the disk does not know what it cost; the last one that did stays. */
static void
on_reel_changed (LimnPreviewGroup *self)
{
  LimnReel *reel = limn_studio_get_reel (self->studio);

  if (!reel || reel == self->reel || !limn_reel_is_live (reel))
    return;
  if (self->reel)
    g_signal_handlers_disconnect_by_func (self->reel, show_cost, self);
  g_set_object (&self->reel, reel);
  g_signal_connect_object (reel, "notify::preview-share", G_CALLBACK (show_cost), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (reel, "notify::live", G_CALLBACK (show_cost), self, G_CONNECT_SWAPPED);
  show_cost (self);
}

/* --- Percent --- */

static gboolean
on_slowdown_output (GtkSpinButton *spin)
{
  guint percent = gtk_spin_button_get_value_as_int (spin);
  g_autofree char *text = percent > 0 ? limn_words_percent (percent) : g_strdup (_("no limit"));

  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (spin)), text))
    gtk_editable_set_text (GTK_EDITABLE (spin), text);
  return TRUE;
}

/* The number within what was typed, whatever stands around it; without one: no limit. */
static int
on_slowdown_input (GtkSpinButton *spin, double *value)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (spin));

  *value = 0;
  for (const char *at = text; *at; at = g_utf8_next_char (at))
    {
      int digit = g_unichar_digit_value (g_utf8_get_char (at));

      if (digit >= 0)
        *value = MIN (*value * 10 + digit, LIMN_DRAFT_MAX_SLOWDOWN);
    }
  return TRUE;
}

/* --- The object --- */

static void
limn_preview_group_dispose (GObject *object)
{
  LimnPreviewGroup *self = LIMN_PREVIEW_GROUP (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_PREVIEW_GROUP);
  g_clear_object (&self->reel);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_preview_group_parent_class)->dispose (object);
}

static void
limn_preview_group_class_init (LimnPreviewGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_preview_group_dispose;
  g_type_ensure (LIMN_TYPE_CHOICE_ROW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-preview-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPreviewGroup, mode_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPreviewGroup, more_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPreviewGroup, every_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnPreviewGroup, half_switch);
  gtk_widget_class_bind_template_child (widget_class, LimnPreviewGroup, slowdown_spin);
}

static void
limn_preview_group_init (LimnPreviewGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_spin_button_set_numeric (self->slowdown_spin, FALSE);
  g_signal_connect (self->slowdown_spin, "input", G_CALLBACK (on_slowdown_input), NULL);
  g_signal_connect (self->slowdown_spin, "output", G_CALLBACK (on_slowdown_output), NULL);
}

void
limn_preview_group_set_studio (LimnPreviewGroup *self, LimnStudio *studio)
{
  LimnDraft *draft = limn_studio_get_draft (studio);

  g_return_if_fail (self->studio == NULL);
  self->studio = g_object_ref (studio);
  limn_choice_row_bind (self->mode_row, draft, "preview", fill_modes, self);
  limn_number_bind (self->every_spin, draft, "preview-every");
  limn_number_bind (self->slowdown_spin, draft, "preview-slowdown");
  /* In words at once, also where the value has not changed. */
  gtk_spin_button_update (self->slowdown_spin);
  g_object_bind_property (draft, "preview-half", self->half_switch, "active", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_signal_connect_object (draft, "notify::preview", G_CALLBACK (on_mode_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::reel", G_CALLBACK (on_reel_changed), self, G_CONNECT_SWAPPED);
  on_mode_changed (self);
  on_reel_changed (self);
}
