/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-seed-group.h"

#include <glib/gi18n.h>

struct _LimnSeedGroup
{
  AdwPreferencesGroup  parent_instance;

  AdwEntryRow         *seed_row;
  GtkToggleButton     *lock_button;
  AdwActionRow        *shown_row;

  LimnStudio          *studio;
  gboolean             changing; /* by us, not by the artist */
};

G_DEFINE_FINAL_TYPE (LimnSeedGroup, limn_seed_group, ADW_TYPE_PREFERENCES_GROUP)

static LimnDraft *
get_draft (LimnSeedGroup *self)
{
  return limn_studio_get_draft (self->studio);
}

/* --- The number --- */

static void
set_wrong (LimnSeedGroup *self, gboolean wrong)
{
  if (wrong)
    gtk_widget_add_css_class (GTK_WIDGET (self->seed_row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->seed_row), "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->seed_row), GTK_ACCESSIBLE_STATE_INVALID,
                               wrong ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
}

static void
show_seed (LimnSeedGroup *self)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, limn_draft_get_seed (get_draft (self)));

  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (self->seed_row)), text))
    {
      self->changing = TRUE;
      gtk_editable_set_text (GTK_EDITABLE (self->seed_row), text);
      self->changing = FALSE;
    }
  set_wrong (self, FALSE);
}

static void
on_seed_changed (LimnSeedGroup *self)
{
  g_autofree char *text = NULL;
  guint64 seed;

  if (self->changing || !self->studio)
    return;
  text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->seed_row))));
  /* What stands for "any" in other programs. */
  if (g_str_equal (text, "-1"))
    {
      g_object_set (get_draft (self), "seed-locked", FALSE, NULL);
      limn_draft_roll_seed (get_draft (self));
      return;
    }
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &seed, NULL))
    {
      set_wrong (self, TRUE);
      return;
    }
  set_wrong (self, FALSE);
  /* Who types a number wants this one, not the next. */
  self->changing = TRUE;
  g_object_set (get_draft (self), "seed", seed, "seed-locked", TRUE, NULL);
  self->changing = FALSE;
}

static void
on_draft_seed (LimnSeedGroup *self)
{
  if (!self->changing)
    show_seed (self);
}

static void
on_roll (LimnSeedGroup *self)
{
  limn_draft_roll_seed (get_draft (self));
}

static void
on_lock_changed (LimnSeedGroup *self)
{
  gboolean locked = gtk_toggle_button_get_active (self->lock_button);

  gtk_button_set_icon_name (GTK_BUTTON (self->lock_button), locked ? "changes-prevent-symbolic" : "changes-allow-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->lock_button), locked ? _("Every picture starts from this seed")
                                                                      : _("Every picture starts from another seed; press to keep this one"));
}

/* --- The seed of what is shown --- */

static void
on_reel_changed (LimnSeedGroup *self)
{
  LimnReel *reel = limn_studio_get_reel (self->studio);
  g_autofree char *text = NULL;

  /* Its place is kept: a panel whose rows move when a picture comes is clicked in the wrong row. */
  gtk_widget_set_sensitive (GTK_WIDGET (self->shown_row), reel != NULL);
  if (reel)
    text = g_strdup_printf ("%" G_GUINT64_FORMAT, limn_request_get_seed (limn_reel_get_request (reel)));
  adw_action_row_set_subtitle (self->shown_row, text ? text : "–");
}

static void
on_use_shown (LimnSeedGroup *self)
{
  LimnReel *reel = limn_studio_get_reel (self->studio);

  if (reel)
    g_object_set (get_draft (self), "seed", limn_request_get_seed (limn_reel_get_request (reel)), "seed-locked", TRUE, NULL);
}

/* --- The object --- */

static void
limn_seed_group_dispose (GObject *object)
{
  LimnSeedGroup *self = LIMN_SEED_GROUP (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_SEED_GROUP);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_seed_group_parent_class)->dispose (object);
}

static void
limn_seed_group_class_init (LimnSeedGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_seed_group_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-seed-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnSeedGroup, seed_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSeedGroup, lock_button);
  gtk_widget_class_bind_template_child (widget_class, LimnSeedGroup, shown_row);
  gtk_widget_class_bind_template_callback (widget_class, on_seed_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_roll);
  gtk_widget_class_bind_template_callback (widget_class, on_lock_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_use_shown);
}

static void
limn_seed_group_init (LimnSeedGroup *self)
{
  GtkEventController *focus = gtk_event_controller_focus_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  /* What is no number does not stay. */
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (show_seed), self);
  gtk_widget_add_controller (GTK_WIDGET (self->seed_row), focus);
  on_lock_changed (self);
}

void
limn_seed_group_set_studio (LimnSeedGroup *self, LimnStudio *studio)
{
  LimnDraft *draft = limn_studio_get_draft (studio);

  g_return_if_fail (self->studio == NULL);
  self->studio = g_object_ref (studio);
  g_object_bind_property (draft, "seed-locked", self->lock_button, "active", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_signal_connect_object (draft, "notify::seed", G_CALLBACK (on_draft_seed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::reel", G_CALLBACK (on_reel_changed), self, G_CONNECT_SWAPPED);
  show_seed (self);
  on_reel_changed (self);
}
