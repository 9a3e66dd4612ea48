/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "stub-studio.h"

struct _LimnStudio
{
  GObject     parent_instance;

  GSettings  *settings;
  LimnKeeper *keeper;
  LimnReel   *reel;
  LimnImage  *picture;
  char       *folder;
  char       *path;
};

enum
{
  PROP_0,
  PROP_REEL,
  PROP_PICTURE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];
static guint signal_toast;

G_DEFINE_FINAL_TYPE (LimnStudio, limn_studio, G_TYPE_OBJECT)

static void
limn_studio_finalize (GObject *object)
{
  LimnStudio *self = LIMN_STUDIO (object);

  g_clear_object (&self->settings);
  g_clear_object (&self->keeper);
  g_clear_object (&self->reel);
  g_clear_pointer (&self->picture, limn_image_unref);
  g_free (self->folder);
  g_free (self->path);
  G_OBJECT_CLASS (limn_studio_parent_class)->finalize (object);
}

static void
limn_studio_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnStudio *self = LIMN_STUDIO (object);

  if (id == PROP_REEL)
    g_value_set_object (value, self->reel);
  else
    g_value_set_pointer (value, self->picture);
}

static void
limn_studio_class_init (LimnStudioClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = limn_studio_finalize;
  object_class->get_property = limn_studio_get_property;
  properties[PROP_REEL] = g_param_spec_object ("reel", NULL, NULL, LIMN_TYPE_REEL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_PICTURE] = g_param_spec_pointer ("picture", NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signal_toast = g_signal_new ("toast", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4,
                               G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_VARIANT);
}

static void
limn_studio_init (LimnStudio *self)
{
}

LimnStudio *
stub_studio_new (const char *folder)
{
  LimnStudio *self = g_object_new (LIMN_TYPE_STUDIO, NULL);

  self->settings = g_settings_new ("io.github.limn_app.Limn");
  self->keeper = limn_keeper_new ();
  self->folder = g_strdup (folder);
  self->path = g_build_filename (folder, "lighthouse.png", NULL);
  return self;
}

void
stub_studio_show (LimnStudio *self, LimnReel *reel, LimnImage *picture)
{
  g_object_freeze_notify (G_OBJECT (self));
  g_clear_pointer (&self->picture, limn_image_unref);
  self->picture = picture ? limn_image_ref (picture) : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PICTURE]);
  g_set_object (&self->reel, reel);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REEL]);
  g_object_thaw_notify (G_OBJECT (self));
}

LimnReel *
limn_studio_get_reel (LimnStudio *self)
{
  return self->reel;
}

LimnImage *
limn_studio_get_picture (LimnStudio *self)
{
  return self->picture;
}

GSettings *
limn_studio_get_settings (LimnStudio *self)
{
  return self->settings;
}

LimnKeeper *
limn_studio_get_keeper (LimnStudio *self)
{
  return self->keeper;
}

void
limn_studio_hold (LimnStudio *self)
{
}

void
limn_studio_release (LimnStudio *self)
{
}

const char *
limn_studio_get_path (LimnStudio *self)
{
  return self->path;
}

const char *
limn_studio_get_folder (LimnStudio *self)
{
  return self->folder;
}

void
limn_studio_say (LimnStudio *self, const char *message)
{
  g_signal_emit (self, signal_toast, 0, message, NULL, NULL, NULL);
}

void
limn_studio_say_error (LimnStudio *self, const GError *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    limn_studio_say (self, error->message);
}

void
limn_studio_branch (LimnStudio *self, guint step)
{
  g_autofree char *message = g_strdup_printf ("branch at %u", step);

  limn_studio_say (self, message);
}
