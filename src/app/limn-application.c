/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-application.h"

#include "app/limn-help.h"
#include "app/limn-preferences.h"
#include "app/limn-window-private.h"

#include <glib/gi18n.h>

struct _LimnApplication
{
  AdwApplication parent_instance;

  GSettings     *settings;
  LimnStudio    *studio;
};

G_DEFINE_FINAL_TYPE (LimnApplication, limn_application, ADW_TYPE_APPLICATION)

static void
apply_style (LimnApplication *self)
{
  /* In the order of the schema's enumeration. */
  static const AdwColorScheme schemes[] = { ADW_COLOR_SCHEME_DEFAULT, ADW_COLOR_SCHEME_FORCE_LIGHT, ADW_COLOR_SCHEME_FORCE_DARK };

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), schemes[g_settings_get_enum (self->settings, "style")]);
}

static LimnWindow *
get_window (LimnApplication *self)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l; l = l->next)
    if (LIMN_IS_WINDOW (l->data))
      return l->data;
  return NULL;
}

static void
limn_application_activate (GApplication *application)
{
  LimnApplication *self = LIMN_APPLICATION (application);
  LimnWindow *window = get_window (self);

  if (!window)
    {
      window = limn_window_new (GTK_APPLICATION (self), self->studio);
      gtk_application_window_set_help_overlay (GTK_APPLICATION_WINDOW (window),
                                               GTK_SHORTCUTS_WINDOW (limn_window_new_shortcuts ()));
    }
  gtk_window_present (GTK_WINDOW (window));
}

static void
limn_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  LimnApplication *self = LIMN_APPLICATION (application);
  g_autofree char *path = n_files > 0 ? g_file_get_path (files[0]) : NULL;

  limn_application_activate (application);
  if (path)
    limn_studio_import (self->studio, path);
}

/* --- Actions --- */

static void
on_paint (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnApplication *self = data;

  limn_application_activate (data);
  limn_studio_paint (self->studio);
}

static void
on_activate_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_application_activate (data);
}

static void
on_preferences (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnApplication *self = data;

  gtk_window_present (GTK_WINDOW (limn_preferences_new (GTK_WINDOW (get_window (self)), self->studio)));
}

static void
on_help (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_window_present (GTK_WINDOW (limn_help_new (GTK_WINDOW (get_window (data)))));
}

static void
on_about (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  const char *authors[] = { _("The Limn developers"), NULL };
  LimnInspection *inspection = limn_draft_get_inspection (limn_studio_get_draft (LIMN_APPLICATION (data)->studio));
  g_autofree char *about_device = inspection ? g_strdup_printf ("%s\n%s\n%s", inspection->model_name, inspection->device,
                                                                inspection->driver)
                                             : NULL;

  adw_show_about_window (GTK_WINDOW (get_window (data)),
                         "application-name", "Limn",
                         "application-icon", APPLICATION_ID,
                         "version", LIMN_VERSION,
                         "comments", _("Type a prompt, watch the picture come out of the noise. Everything is computed on your own graphics card."),
                         "developers", authors,
                         "license-type", GTK_LICENSE_GPL_3_0,
                         "debug-info", about_device ? about_device : "",
                         /* Translators: your names, one a line; they are shown in the about window. */
                         "translator-credits", _("translator-credits"),
                         NULL);
}

static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *window = get_window (data);

  if (window)
    gtk_window_close (GTK_WINDOW (window));
  /* It may have a question first. */
  if (!get_window (data))
    g_application_quit (data);
}

static const GActionEntry entries[] = {
  { .name = "paint", .activate = on_paint },
  { .name = "activate", .activate = on_activate_action },
  { .name = "preferences", .activate = on_preferences },
  { .name = "help", .activate = on_help },
  { .name = "about", .activate = on_about },
  { .name = "quit", .activate = on_quit },
};

/* --- The program --- */

static void
limn_application_startup (GApplication *application)
{
  LimnApplication *self = LIMN_APPLICATION (application);

  G_APPLICATION_CLASS (limn_application_parent_class)->startup (application);
  gtk_window_set_default_icon_name (APPLICATION_ID);
  gtk_icon_theme_add_resource_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()), "/io/github/limn_app/Limn/icons");
  self->settings = g_settings_new (APPLICATION_ID);
  g_signal_connect_object (self->settings, "changed::style", G_CALLBACK (apply_style), self, G_CONNECT_SWAPPED);
  apply_style (self);
  self->studio = limn_studio_new (self->settings);
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  limn_window_set_accels (GTK_APPLICATION (self));
}

static void
limn_application_shutdown (GApplication *application)
{
  LimnApplication *self = LIMN_APPLICATION (application);

  if (self->studio)
    {
      /* The window is gone at once, whatever else takes its time. */
      gdk_display_flush (gdk_display_get_default ());
      limn_studio_close (self->studio);
    }
  g_clear_object (&self->studio);
  g_clear_object (&self->settings);
  G_APPLICATION_CLASS (limn_application_parent_class)->shutdown (application);
}

static void
limn_application_class_init (LimnApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  application_class->startup = limn_application_startup;
  application_class->activate = limn_application_activate;
  application_class->open = limn_application_open;
  application_class->shutdown = limn_application_shutdown;
}

static void
limn_application_init (LimnApplication *self)
{
}

LimnApplication *
limn_application_new (void)
{
  return g_object_new (LIMN_TYPE_APPLICATION,
                       "application-id", APPLICATION_ID,
                       "flags", G_APPLICATION_HANDLES_OPEN,
                       /* style.css and gtk/… lie there. */
                       "resource-base-path", "/io/github/limn_app/Limn",
                       NULL);
}

LimnStudio *
limn_application_get_studio (LimnApplication *self)
{
  return self->studio;
}
