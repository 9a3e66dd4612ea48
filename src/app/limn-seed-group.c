/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-seed-group.h"

#include "app/limn-accessible.h"
#include "app/limn-number.h"

#include <glib/gi18n.h>

/* What a variation begins with: as much as shows. */
#define FIRST_STRENGTH 0.15

struct _LimnSeedGroup
{
  AdwPreferencesGroup  parent_instance;

  AdwEntryRow         *seed_row;
  GtkToggleButton     *lock_button;
  AdwActionRow        *shown_row;
  AdwExpanderRow      *variation_row;
  AdwEntryRow         *variation_seed_row;
  GtkScale            *variation_scale;
  GtkAdjustment       *variation_adjustment;
  AdwExpanderRow      *size_row;
  GtkSpinButton       *seed_width_spin;
  GtkSpinButton       *seed_height_spin;
  AdwActionRow        *shown_size_row;

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
set_wrong (AdwEntryRow *row, gboolean wrong)
{
  if (wrong)
    gtk_widget_add_css_class (GTK_WIDGET (row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID,
                               wrong ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
}

static void
show_number (LimnSeedGroup *self, AdwEntryRow *row, const char *property)
{
  g_autofree char *text = NULL;
  guint64 number;

  g_object_get (get_draft (self), property, &number, NULL);
  text = g_strdup_printf ("%" G_GUINT64_FORMAT, number);
  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (row)), text))
    {
      self->changing = TRUE;
      gtk_editable_set_text (GTK_EDITABLE (row), text);
      self->changing = FALSE;
    }
  set_wrong (row, FALSE);
}

static void
show_seed (LimnSeedGroup *self)
{
  show_number (self, self->seed_row, "seed");
}

static void
show_variation_seed (LimnSeedGroup *self)
{
  show_number (self, self->variation_seed_row, "variation-seed");
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
      set_wrong (self->seed_row, TRUE);
      return;
    }
  set_wrong (self->seed_row, FALSE);
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
  g_autofree char *size = NULL;

  /* Its place is kept: a panel whose rows move when a picture comes is clicked in the wrong row. */
  gtk_widget_set_sensitive (GTK_WIDGET (self->shown_row), reel != NULL);
  if (reel)
    text = g_strdup_printf ("%" G_GUINT64_FORMAT, limn_request_get_seed (limn_reel_get_request (reel)));
  adw_action_row_set_subtitle (self->shown_row, text ? text : "–");
  gtk_widget_set_sensitive (GTK_WIDGET (self->shown_size_row), reel != NULL);
  if (reel)
    /* Translators: width and height of a picture, in pixels. */
    size = g_strdup_printf (_("%u × %u"), limn_reel_get_request (reel)->width, limn_reel_get_request (reel)->height);
  adw_action_row_set_subtitle (self->shown_size_row, size ? size : "–");
}

static void
on_use_shown (LimnSeedGroup *self)
{
  LimnReel *reel = limn_studio_get_reel (self->studio);

  if (reel)
    g_object_set (get_draft (self), "seed", limn_request_get_seed (limn_reel_get_request (reel)), "seed-locked", TRUE, NULL);
}

/* --- Variation --- */

static void
roll_variation (LimnSeedGroup *self)
{
  /* As limn_draft_roll_seed(). */
  g_object_set (get_draft (self), "variation-seed", (guint64) g_random_int (), NULL);
}

/* The switch, and the strength, which is nothing where it is off. It is a variation of the picture that is there: with another seed each time
 * nothing of it would be left. */
static void
on_variation_enabled (LimnSeedGroup *self)
{
  gboolean enabled = adw_expander_row_get_enable_expansion (self->variation_row);
  double strength;

  if (self->changing || !self->studio)
    return;
  g_object_get (get_draft (self), "variation-strength", &strength, NULL);
  if (enabled && strength <= 0)
    {
      roll_variation (self);
      g_object_set (get_draft (self), "variation-strength", FIRST_STRENGTH, "seed-locked", TRUE, NULL);
    }
  else if (!enabled && strength > 0)
    g_object_set (get_draft (self), "variation-strength", 0.0, NULL);
  adw_expander_row_set_expanded (self->variation_row, enabled);
}

static void
on_draft_strength (LimnSeedGroup *self)
{
  double strength;

  g_object_get (get_draft (self), "variation-strength", &strength, NULL);
  /* Who drags it to the end and back does not want the row to close. */
  if (strength <= 0 && gtk_widget_has_focus (GTK_WIDGET (self->variation_scale)))
    return;
  self->changing = TRUE;
  adw_expander_row_set_enable_expansion (self->variation_row, strength > 0);
  self->changing = FALSE;
}

static void
on_variation_seed_changed (LimnSeedGroup *self)
{
  g_autofree char *text = NULL;
  guint64 seed;

  if (self->changing || !self->studio)
    return;
  text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->variation_seed_row))));
  /* What stands for "any" in other programs. */
  if (g_str_equal (text, "-1"))
    {
      roll_variation (self);
      return;
    }
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &seed, NULL))
    {
      set_wrong (self->variation_seed_row, TRUE);
      return;
    }
  set_wrong (self->variation_seed_row, FALSE);
  self->changing = TRUE;
  g_object_set (get_draft (self), "variation-seed", seed, NULL);
  self->changing = FALSE;
}

static void
on_draft_variation_seed (LimnSeedGroup *self)
{
  if (!self->changing)
    show_variation_seed (self);
}

static void
on_roll_variation (LimnSeedGroup *self)
{
  roll_variation (self);
}

/* --- The composition of another size --- */

static gboolean
has_seed_size (LimnSeedGroup *self)
{
  guint width, height;

  g_object_get (get_draft (self), "seed-width", &width, "seed-height", &height, NULL);
  return width > 0 && height > 0;
}

static void
on_size_enabled (LimnSeedGroup *self)
{
  gboolean enabled = adw_expander_row_get_enable_expansion (self->size_row);
  LimnDraft *draft;

  if (self->changing || !self->studio)
    return;
  draft = get_draft (self);
  if (enabled && !has_seed_size (self))
    /* Things stand where they stood only with the seed they had. */
    g_object_set (draft, "seed-width", limn_draft_get_width (draft), "seed-height", limn_draft_get_height (draft), "seed-locked", TRUE,
                  NULL);
  else if (!enabled)
    g_object_set (draft, "seed-width", 0, "seed-height", 0, NULL);
  adw_expander_row_set_expanded (self->size_row, enabled);
}

static void
on_draft_seed_size (LimnSeedGroup *self)
{
  self->changing = TRUE;
  adw_expander_row_set_enable_expansion (self->size_row, has_seed_size (self));
  self->changing = FALSE;
}

static void
on_use_size (LimnSeedGroup *self)
{
  LimnReel *reel = limn_studio_get_reel (self->studio);
  const LimnRequest *request = reel ? limn_reel_get_request (reel) : NULL;

  if (request)
    g_object_set (get_draft (self), "seed-width", request->width, "seed-height", request->height, "seed", limn_request_get_seed (request),
                  "seed-locked", TRUE, NULL);
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
  gtk_widget_class_bind_template_child (widget_class, LimnSeedGroup, variation_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSeedGroup, variation_seed_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSeedGroup, variation_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnSeedGroup, variation_adjustment);
  gtk_widget_class_bind_template_child (widget_class, LimnSeedGroup, size_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSeedGroup, seed_width_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnSeedGroup, seed_height_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnSeedGroup, shown_size_row);
  gtk_widget_class_bind_template_callback (widget_class, on_variation_enabled);
  gtk_widget_class_bind_template_callback (widget_class, on_variation_seed_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_roll_variation);
  gtk_widget_class_bind_template_callback (widget_class, on_size_enabled);
  gtk_widget_class_bind_template_callback (widget_class, on_use_size);
  gtk_widget_class_bind_template_callback (widget_class, on_seed_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_roll);
  gtk_widget_class_bind_template_callback (widget_class, on_lock_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_use_shown);
}

static void
limn_seed_group_init (LimnSeedGroup *self)
{
  GtkEventController *focus = gtk_event_controller_focus_new (), *variation_focus = gtk_event_controller_focus_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (variation_focus, "leave", G_CALLBACK (show_variation_seed), self);
  gtk_widget_add_controller (GTK_WIDGET (self->variation_seed_row), variation_focus);
  limn_number_pass_wheel (GTK_WIDGET (self->variation_scale));
  limn_accessible_name_switch (GTK_WIDGET (self->variation_row));
  limn_accessible_name_switch (GTK_WIDGET (self->size_row));
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
  g_object_bind_property (draft, "variation-strength", self->variation_adjustment, "value",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  limn_number_bind (self->seed_width_spin, draft, "seed-width");
  limn_number_bind (self->seed_height_spin, draft, "seed-height");
  g_signal_connect_object (draft, "notify::variation-seed", G_CALLBACK (on_draft_variation_seed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::variation-strength", G_CALLBACK (on_draft_strength), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::seed-width", G_CALLBACK (on_draft_seed_size), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::seed-height", G_CALLBACK (on_draft_seed_size), self, G_CONNECT_SWAPPED);
  show_seed (self);
  show_variation_seed (self);
  on_draft_strength (self);
  on_draft_seed_size (self);
  on_reel_changed (self);
}
