/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-preferences.h"

#include "app/limn-number.h"

#include <glib/gi18n.h>

struct _LimnPreferences
{
  AdwPreferencesWindow parent_instance;

  LimnStudio          *studio;
  AdwActionRow        *folder_row;
  GtkWidget           *folder_button;
  GtkWidget           *folder_reset_button;
  AdwActionRow        *steps_row;
  GtkSpinButton       *limit_spin;
  AdwActionRow        *going_row;
  GtkWidget           *keep_button;
  GtkWidget           *let_go_button;
  guint                plan_source;
  GCancellable        *planning;  /* (nullable) */
  LimnStepsPlan       *plan;      /* (nullable): what the limit in the field would let go of, while it is not agreed to */
  GtkSpinButton       *frame_spin;
  AdwComboRow         *style_row;
  GtkSwitch           *notify_switch;
};

G_DEFINE_FINAL_TYPE (LimnPreferences, limn_preferences, ADW_TYPE_PREFERENCES_WINDOW)

static void
update_folder (LimnPreferences *self)
{
  g_autofree char *chosen = g_settings_get_string (limn_studio_get_settings (self->studio), "pictures-folder");
  g_autofree char *name = g_filename_display_name (limn_studio_get_folder (self->studio));
  /* A row's subtitle is markup. */
  g_autofree char *escaped = g_markup_escape_text (name, -1);

  adw_action_row_set_subtitle (self->folder_row, escaped);
  gtk_widget_set_sensitive (self->folder_reset_button, *chosen != '\0');
}

static void
on_folder_chosen (GtkNativeDialog *dialog, int response, LimnPreferences *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      limn_studio_choose_folder (self->studio, g_file_peek_path (file));
    }
  g_object_unref (dialog);
}

static void
on_choose_folder (LimnPreferences *self)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (_("Where Pictures Are Saved"), GTK_WINDOW (self),
                                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect (chooser, "response", G_CALLBACK (on_folder_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
on_reset_folder (LimnPreferences *self)
{
  g_settings_reset (limn_studio_get_settings (self->studio), "pictures-folder");
}

/* --- What the kept steps take, and may take --- */

/* A pause after the last change, before every picture's star is looked at. */
#define PLAN_MS 250
#define MB_PER_GB 1000

static guint
get_limit_mb (LimnPreferences *self)
{
  return g_settings_get_uint (limn_studio_get_settings (self->studio), "steps-limit-mb");
}

static guint
get_wanted_mb (LimnPreferences *self)
{
  return (guint) (gtk_spin_button_get_value (self->limit_spin) * MB_PER_GB + 0.5);
}

static void
show_kept (LimnPreferences *self, const LimnStepsPlan *plan)
{
  g_autofree char *size = g_format_size (plan->bytes);
  g_autofree char *starred_size = g_format_size (plan->starred_bytes);
  guint n = plan->n_files;
  g_autofree char *all =
    /* Translators: of how many pictures the steps are kept, and how much they take, as “12,3 MB”. */
    g_strdup_printf (ngettext ("Of %u picture, %s on the disk. They are what the strip under the canvas shows, and what branches part from.",
                               "Of %u pictures, %s on the disk. They are what the strip under the canvas shows, and what branches part "
                               "from.", n),
                     n, size);
  g_autofree char *starred =
    /* Translators: of how many of these pictures with a star, and how much they take, as “12,3 MB”. */
    g_strdup_printf (ngettext ("%u of them has a star: %s.", "%u of them have a star: %s.", plan->n_starred), plan->n_starred, starred_size);
  /* Two sentences, one after the other. */
  g_autofree char *text = plan->n_starred > 0 ? g_strjoin (" ", all, starred, NULL) : g_strdup (all);
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_action_row_set_subtitle (self->steps_row, escaped);
}

static void
show_going (LimnPreferences *self)
{
  if (self->plan)
    {
      guint n = self->plan->going->len;
      g_autofree char *size = g_format_size (self->plan->going_bytes);
      g_autofree char *title =
        /* Translators: of how many pictures the kept steps would be deleted, and how much they take, as “12,3 MB”. */
        g_strdup_printf (ngettext ("With this limit the steps of %u picture go: %s", "With this limit the steps of %u pictures go: %s", n),
                         n, size);

      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->going_row), title);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->going_row), self->plan != NULL);
}

static void
drop_plan (LimnPreferences *self)
{
  g_clear_handle_id (&self->plan_source, g_source_remove);
  if (self->planning)
    g_cancellable_cancel (self->planning);
  g_clear_object (&self->planning);
  g_clear_pointer (&self->plan, limn_steps_plan_free);
}

static void
on_planned (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnPreferences) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnStepsPlan) plan = limn_studio_plan_steps_finish (result, &error);
  gboolean is_new;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->planning);
  if (!plan)
    {
      g_autofree char *text = g_markup_escape_text (error->message, -1);

      adw_action_row_set_subtitle (self->steps_row, text);
      return;
    }
  is_new = get_wanted_mb (self) != get_limit_mb (self);
  if (is_new && plan->going->len > 0)
    self->plan = g_steal_pointer (&plan);
  else if (is_new)
    g_settings_set_uint (limn_studio_get_settings (self->studio), "steps-limit-mb", get_wanted_mb (self));
  show_kept (self, self->plan ? self->plan : plan);
  show_going (self);
}

static void
begin_plan (LimnPreferences *self)
{
  self->planning = g_cancellable_new ();
  limn_studio_plan_steps_async (self->studio, get_wanted_mb (self), self->planning, on_planned, g_object_ref (self));
}

static gboolean
on_plan (gpointer data)
{
  LimnPreferences *self = data;

  self->plan_source = 0;
  begin_plan (self);
  return G_SOURCE_REMOVE;
}

/* More is allowed at once; less when it is known what it means, and agreed to. */
static void
on_limit_changed (LimnPreferences *self)
{
  guint wanted = get_wanted_mb (self), limit = get_limit_mb (self);

  drop_plan (self);
  show_going (self);
  if (wanted == limit)
    return;
  if (limit > 0 && (wanted == 0 || wanted > limit))
    g_settings_set_uint (limn_studio_get_settings (self->studio), "steps-limit-mb", wanted);
  self->plan_source = g_timeout_add (PLAN_MS, on_plan, self);
}

static void
on_keep (LimnPreferences *self)
{
  gtk_spin_button_set_value (self->limit_spin, (double) get_limit_mb (self) / MB_PER_GB);
}

static void
on_let_go (LimnPreferences *self)
{
  LimnStepsPlan *plan = g_steal_pointer (&self->plan);

  g_settings_set_uint (limn_studio_get_settings (self->studio), "steps-limit-mb", get_wanted_mb (self));
  limn_studio_agree_to_steps_plan (self->studio, plan);
  plan->n_files -= plan->going->len;
  plan->bytes -= plan->going_bytes;
  show_kept (self, plan);
  show_going (self);
  limn_steps_plan_free (plan);
}

static gboolean
style_to_row (GValue *value, GVariant *variant, gpointer data)
{
  static const char *const nicks[] = { "system", "light", "dark" };

  for (guint i = 0; i < G_N_ELEMENTS (nicks); i++)
    if (g_str_equal (g_variant_get_string (variant, NULL), nicks[i]))
      g_value_set_uint (value, i);
  return TRUE;
}

static GVariant *
row_to_style (const GValue *value, const GVariantType *type, gpointer data)
{
  static const char *const nicks[] = { "system", "light", "dark" };

  return g_variant_new_string (nicks[MIN (g_value_get_uint (value), G_N_ELEMENTS (nicks) - 1)]);
}

static void
limn_preferences_dispose (GObject *object)
{
  LimnPreferences *self = LIMN_PREFERENCES (object);

  drop_plan (self);
  g_clear_object (&self->studio);
  gtk_widget_dispose_template (GTK_WIDGET (object), LIMN_TYPE_PREFERENCES);
  G_OBJECT_CLASS (limn_preferences_parent_class)->dispose (object);
}

static void
limn_preferences_class_init (LimnPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_preferences_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-preferences.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, folder_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, folder_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, folder_reset_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, steps_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, limit_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, going_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, keep_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, let_go_button);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, frame_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, style_row);
  gtk_widget_class_bind_template_child (widget_class, LimnPreferences, notify_switch);
}

static void
limn_preferences_init (LimnPreferences *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (self->folder_button, "clicked", G_CALLBACK (on_choose_folder), self);
  g_signal_connect_swapped (self->folder_reset_button, "clicked", G_CALLBACK (on_reset_folder), self);
  g_signal_connect_swapped (self->keep_button, "clicked", G_CALLBACK (on_keep), self);
  g_signal_connect_swapped (self->let_go_button, "clicked", G_CALLBACK (on_let_go), self);
  limn_number_calm (self->limit_spin);
}

LimnPreferences *
limn_preferences_new (GtkWindow *parent, LimnStudio *studio)
{
  LimnPreferences *self = g_object_new (LIMN_TYPE_PREFERENCES, "transient-for", parent, NULL);
  GSettings *settings = limn_studio_get_settings (studio);

  self->studio = g_object_ref (studio);
  g_settings_bind (settings, "notify-when-done", self->notify_switch, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "frame-ms", gtk_spin_button_get_adjustment (self->frame_spin), "value", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind_with_mapping (settings, "style", self->style_row, "selected", G_SETTINGS_BIND_DEFAULT, style_to_row, row_to_style,
                                NULL, NULL);
  g_signal_connect_object (studio, "notify::folder", G_CALLBACK (update_folder), self, G_CONNECT_SWAPPED);
  update_folder (self);
  on_keep (self);
  g_signal_connect_swapped (self->limit_spin, "value-changed", G_CALLBACK (on_limit_changed), self);
  begin_plan (self);
  return self;
}
