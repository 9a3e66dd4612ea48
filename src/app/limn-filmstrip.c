/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-filmstrip.h"

struct _LimnFilmstrip
{
  GtkWidget   parent_instance;

  LimnStudio *studio;
};

G_DEFINE_FINAL_TYPE (LimnFilmstrip, limn_filmstrip, GTK_TYPE_WIDGET)

static void
limn_filmstrip_dispose (GObject *object)
{
  LimnFilmstrip *self = LIMN_FILMSTRIP (object);

  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_filmstrip_parent_class)->dispose (object);
}

static void
limn_filmstrip_class_init (LimnFilmstripClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_filmstrip_dispose;
}

static void
limn_filmstrip_init (LimnFilmstrip *self)
{
}

void
limn_filmstrip_set_studio (LimnFilmstrip *self, LimnStudio *studio)
{
  g_set_object (&self->studio, studio);
}

LimnImage *
limn_filmstrip_get_frame (LimnFilmstrip *self)
{
  return NULL;
}

gboolean
limn_filmstrip_is_settled (LimnFilmstrip *self)
{
  return FALSE;
}

guint
limn_filmstrip_get_step (LimnFilmstrip *self)
{
  return 0;
}

void
limn_filmstrip_set_step (LimnFilmstrip *self, guint step)
{
}

GActionGroup *
limn_filmstrip_get_actions (LimnFilmstrip *self)
{
  return NULL;
}
