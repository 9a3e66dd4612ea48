/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Puts together what others do: LimnProjector decides what is shown, LimnFilmFrames draws the strip and is dragged along,
 * LimnFilmExport exports. Here are the bar above the strip and the actions. */
#include "config.h"

#include "app/limn-filmstrip.h"

#include "app/limn-film-export.h"
#include "app/limn-film-frames.h"

#include <glib/gi18n.h>

struct _LimnFilmstrip
{
  GtkWidget           parent_instance;

  LimnStudio         *studio;
  LimnProjector      *projector;
  LimnReel           *reel; /* (nullable): whose changes are watched */
  GSimpleActionGroup *actions;

  GtkWidget          *bar;
  GtkButton          *play_button;
  GtkLabel           *label;
  GtkLabel           *short_label;
  LimnFilmExport     *export;
  GtkWidget          *scrolled;
  LimnFilmFrames     *frames;
  GtkWidget          *step_menu;
};

enum
{
  PROP_0,
  PROP_STEP,
  PROP_FRAME,
  PROP_SETTLED,
  PROP_PLAYING,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (LimnFilmstrip, limn_filmstrip, GTK_TYPE_WIDGET)

/* --- What it says --- */

static void
enable (LimnFilmstrip *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name)), enabled);
}

static void
update_actions (LimnFilmstrip *self)
{
  guint n = limn_projector_get_n_steps (self->projector);
  gboolean done = n > 0 && !limn_reel_is_live (self->reel);
  gboolean busy = limn_film_export_is_busy (self->export);
  gboolean predicted = self->reel && limn_reel_get_mode (self->reel) == LIMN_PREVIEW_PREDICTED;

  enable (self, "play", n > 0);
  enable (self, "previous", n > 0);
  enable (self, "next", n > 0);
  enable (self, "first", n > 0);
  enable (self, "last", n > 0);
  enable (self, "branch", n > 0);
  enable (self, "keep-step", limn_projector_get_shown_step (self->projector) > 0);
  enable (self, "export-animation", done && !busy);
  enable (self, "export-frames", done && !busy);
  enable (self, "cancel-export", busy);
  enable (self, "mode", self->reel != NULL);
  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), "mode")),
                             g_variant_new_string (predicted ? "predicted" : "noisy"));
}

static void
update (LimnFilmstrip *self)
{
  g_autofree char *text = limn_film_frames_describe (self->projector);
  g_autofree char *short_text = NULL;

  /* Translators: the number of the step and of all steps, where there is room for nothing else. */
  short_text = g_strdup_printf (_("%u/%u"), limn_projector_get_shown_step (self->projector), limn_projector_get_n_steps (self->projector));
  gtk_label_set_label (self->label, text);
  gtk_label_set_label (self->short_label, short_text);
  update_actions (self);
}

static void
on_playing (LimnFilmstrip *self)
{
  gboolean playing = limn_projector_is_playing (self->projector);

  gtk_button_set_icon_name (self->play_button, playing ? "media-playback-pause-symbolic" : "media-playback-start-symbolic");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->play_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  playing ? _("Pause") : _("Play the steps"), -1);
}

static void
watch_reel (LimnFilmstrip *self, LimnReel *reel)
{
  if (self->reel)
    g_signal_handlers_disconnect_by_data (self->reel, self);
  g_set_object (&self->reel, reel);
  if (!reel)
    return;
  g_signal_connect_swapped (reel, "items-changed", G_CALLBACK (update), self);
  g_signal_connect_swapped (reel, "notify::live", G_CALLBACK (update), self);
  g_signal_connect_swapped (reel, "notify::mode", G_CALLBACK (update), self);
}

static void
on_shown_changed (LimnFilmstrip *self)
{
  LimnReel *reel = limn_studio_get_reel (self->studio);

  if (reel != self->reel)
    watch_reel (self, reel);
  limn_projector_set_reel (self->projector, reel, limn_studio_get_picture (self->studio));
  update (self);
}

/* --- Actions --- */

static void
on_play (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnFilmstrip *self = data;

  if (limn_projector_is_playing (self->projector))
    limn_projector_pause (self->projector);
  else
    limn_projector_play (self->projector, g_settings_get_uint (limn_studio_get_settings (self->studio), "frame-ms"));
}

static void
on_previous (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_projector_move (LIMN_FILMSTRIP (data)->projector, -1);
}

static void
on_next (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_projector_move (LIMN_FILMSTRIP (data)->projector, 1);
}

static void
on_first (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_projector_set_step (LIMN_FILMSTRIP (data)->projector, 1);
}

static void
on_last (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_projector_set_step (LIMN_FILMSTRIP (data)->projector, 0);
}

static void
on_mode (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnFilmstrip *self = data;

  if (self->reel)
    limn_reel_set_mode (self->reel, g_str_equal (g_variant_get_string (parameter, NULL), "predicted") ? LIMN_PREVIEW_PREDICTED
                                                                                                      : LIMN_PREVIEW_NOISY);
}

typedef struct
{
  LimnStudio *studio;
  guint       step;
} Keep;

static void
on_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  Keep *keep = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = limn_reel_keep_finish (LIMN_REEL (source), result, &error);

  if (path)
    {
      g_autofree char *name = g_path_get_basename (path);
      g_autofree char *text = NULL;

      /* Translators: the number of the step, then the name of the file that it was saved in. */
      text = g_strdup_printf (_("Step %u is kept as “%s”."), keep->step, name);
      limn_studio_say (keep->studio, text);
    }
  else
    limn_studio_say_error (keep->studio, error);
  limn_studio_release (keep->studio);
  g_object_unref (keep->studio);
  g_free (keep);
}

static void
on_keep_step (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnFilmstrip *self = data;
  Keep *keep = g_new0 (Keep, 1);

  keep->studio = g_object_ref (self->studio);
  keep->step = limn_projector_get_shown_step (self->projector);
  limn_studio_hold (keep->studio);
  limn_reel_keep_async (self->reel, keep->step, limn_studio_get_keeper (self->studio), limn_studio_get_folder (self->studio), on_kept,
                        keep);
}

static void
on_branch (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnFilmstrip *self = data;

  guint step = limn_projector_get_shown_step (self->projector);
  guint n = MAX (limn_reel_get_n_steps (self->reel), limn_projector_get_n_steps (self->projector));

  /* Nothing comes after the last: from the picture as a whole one goes back to its middle, and chooses there. */
  limn_studio_branch (self->studio, step < n ? step : n / 2);
}

static void
on_export_animation (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnFilmstrip *self = data;

  limn_film_export_ask (self->export, self->reel, LIMN_REEL_EXPORT_APNG);
}

static void
on_export_frames (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnFilmstrip *self = data;

  limn_film_export_ask (self->export, self->reel, LIMN_REEL_EXPORT_NUMBERED);
}

static void
on_cancel_export (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_film_export_cancel (LIMN_FILMSTRIP (data)->export);
}

/* --- The menu of a step --- */

static void
popup_menu (LimnFilmstrip *self, double x, double y)
{
  double menu_x, menu_y;

  if (!gtk_widget_translate_coordinates (GTK_WIDGET (self->frames), GTK_WIDGET (self), x, y, &menu_x, &menu_y))
    return;
  gtk_popover_set_pointing_to (GTK_POPOVER (self->step_menu), &(GdkRectangle) { (int) menu_x, (int) menu_y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->step_menu));
}

static void
on_menu_pressed (GtkGesture *gesture, int n_press, double x, double y, LimnFilmstrip *self)
{
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus (GTK_WIDGET (self->frames));
  limn_film_frames_choose_at (self->frames, x);
  popup_menu (self, x, y);
}

static gboolean
on_menu_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnFilmstrip *self = data;
  graphene_rect_t place;

  if (!limn_film_frames_get_place (self->frames, limn_projector_get_shown_step (self->projector), &place))
    return FALSE;
  popup_menu (self, place.origin.x + place.size.width / 2, place.origin.y + place.size.height / 2);
  return TRUE;
}

static void
add_menu (LimnFilmstrip *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect (click, "pressed", G_CALLBACK (on_menu_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self->frames), GTK_EVENT_CONTROLLER (click));
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("Menu|<Shift>F10"),
                                                          gtk_callback_action_new (on_menu_key, self, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self->frames), keys);
}

/* --- The widget --- */

static void
limn_filmstrip_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnFilmstrip *self = LIMN_FILMSTRIP (object);

  switch (id)
    {
    case PROP_STEP:
      g_value_set_uint (value, limn_projector_get_step (self->projector));
      break;
    case PROP_FRAME:
      g_value_set_pointer (value, limn_projector_get_frame (self->projector));
      break;
    case PROP_SETTLED:
      g_value_set_boolean (value, limn_projector_is_settled (self->projector));
      break;
    case PROP_PLAYING:
      g_value_set_boolean (value, limn_projector_is_playing (self->projector));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
limn_filmstrip_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_STEP)
    limn_filmstrip_set_step (LIMN_FILMSTRIP (object), g_value_get_uint (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_filmstrip_dispose (GObject *object)
{
  LimnFilmstrip *self = LIMN_FILMSTRIP (object);

  watch_reel (self, NULL);
  if (self->projector)
    g_signal_handlers_disconnect_by_data (self->projector, self);
  g_clear_object (&self->projector);
  g_clear_object (&self->studio);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->bar, gtk_widget_unparent);
  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  g_clear_pointer (&self->step_menu, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (object), LIMN_TYPE_FILMSTRIP);
  G_OBJECT_CLASS (limn_filmstrip_parent_class)->dispose (object);
}

static void
limn_filmstrip_class_init (LimnFilmstripClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = limn_filmstrip_dispose;
  object_class->get_property = limn_filmstrip_get_property;
  object_class->set_property = limn_filmstrip_set_property;
  properties[PROP_STEP] =
    g_param_spec_uint ("step", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_FRAME] = g_param_spec_pointer ("frame", NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SETTLED] = g_param_spec_boolean ("settled", NULL, NULL, TRUE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_PLAYING] = g_param_spec_boolean ("playing", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (LIMN_TYPE_FILM_EXPORT);
  g_type_ensure (LIMN_TYPE_FILM_FRAMES);
  gtk_widget_class_set_css_name (widget_class, "filmstrip");
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-filmstrip.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnFilmstrip, bar);
  gtk_widget_class_bind_template_child (widget_class, LimnFilmstrip, play_button);
  gtk_widget_class_bind_template_child (widget_class, LimnFilmstrip, label);
  gtk_widget_class_bind_template_child (widget_class, LimnFilmstrip, short_label);
  gtk_widget_class_bind_template_child (widget_class, LimnFilmstrip, export);
  gtk_widget_class_bind_template_child (widget_class, LimnFilmstrip, scrolled);
  gtk_widget_class_bind_template_child (widget_class, LimnFilmstrip, frames);
  gtk_widget_class_bind_template_child (widget_class, LimnFilmstrip, step_menu);
}

static void
on_projector (GObject *projector, GParamSpec *pspec, LimnFilmstrip *self)
{
  update (self);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (self), pspec->name))
    g_object_notify (G_OBJECT (self), pspec->name);
}

static void
limn_filmstrip_init (LimnFilmstrip *self)
{
  static const GActionEntry entries[] = {
    { .name = "keep-step", .activate = on_keep_step },
    { .name = "branch", .activate = on_branch },
    { .name = "play", .activate = on_play },
    { .name = "previous", .activate = on_previous },
    { .name = "next", .activate = on_next },
    { .name = "first", .activate = on_first },
    { .name = "last", .activate = on_last },
    { .name = "export-animation", .activate = on_export_animation },
    { .name = "export-frames", .activate = on_export_frames },
    { .name = "cancel-export", .activate = on_cancel_export },
    { .name = "mode", .activate = on_mode, .parameter_type = "s", .state = "'noisy'" },
  };

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "film", G_ACTION_GROUP (self->actions));
  gtk_widget_init_template (GTK_WIDGET (self));

  add_menu (self);
  self->projector = limn_projector_new ();
  limn_film_frames_set_projector (self->frames, self->projector);
  g_signal_connect (self->projector, "notify", G_CALLBACK (on_projector), self);
  g_signal_connect_swapped (self->projector, "notify::playing", G_CALLBACK (on_playing), self);
  g_signal_connect_swapped (self->export, "notify::busy", G_CALLBACK (update_actions), self);
  update (self);
}

void
limn_filmstrip_set_studio (LimnFilmstrip *self, LimnStudio *studio)
{
  g_return_if_fail (LIMN_IS_FILMSTRIP (self) && !self->studio);

  self->studio = g_object_ref (studio);
  limn_film_export_set_studio (self->export, studio);
  g_signal_connect_object (studio, "notify::reel", G_CALLBACK (on_shown_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::picture", G_CALLBACK (on_shown_changed), self, G_CONNECT_SWAPPED);
  on_shown_changed (self);
}

LimnImage *
limn_filmstrip_get_frame (LimnFilmstrip *self)
{
  g_return_val_if_fail (LIMN_IS_FILMSTRIP (self), NULL);

  return limn_projector_get_frame (self->projector);
}

gboolean
limn_filmstrip_is_settled (LimnFilmstrip *self)
{
  g_return_val_if_fail (LIMN_IS_FILMSTRIP (self), FALSE);

  return limn_projector_is_settled (self->projector);
}

guint
limn_filmstrip_get_step (LimnFilmstrip *self)
{
  g_return_val_if_fail (LIMN_IS_FILMSTRIP (self), 0);

  return limn_projector_get_step (self->projector);
}

void
limn_filmstrip_set_step (LimnFilmstrip *self, guint step)
{
  g_return_if_fail (LIMN_IS_FILMSTRIP (self));

  limn_projector_set_step (self->projector, step);
}

GActionGroup *
limn_filmstrip_get_actions (LimnFilmstrip *self)
{
  g_return_val_if_fail (LIMN_IS_FILMSTRIP (self), NULL);

  return G_ACTION_GROUP (self->actions);
}
