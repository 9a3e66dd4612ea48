/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-canvas.h"

struct _LimnCanvas
{
  GtkWidget  parent_instance;

  LimnImage *picture;
};

G_DEFINE_FINAL_TYPE (LimnCanvas, limn_canvas, GTK_TYPE_WIDGET)

static void
limn_canvas_finalize (GObject *object)
{
  g_clear_pointer (&LIMN_CANVAS (object)->picture, limn_image_unref);
  G_OBJECT_CLASS (limn_canvas_parent_class)->finalize (object);
}

static void
limn_canvas_class_init (LimnCanvasClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = limn_canvas_finalize;
}

static void
limn_canvas_init (LimnCanvas *self)
{
}

void
limn_canvas_set_picture (LimnCanvas *self, LimnImage *picture)
{
  g_clear_pointer (&self->picture, limn_image_unref);
  if (picture)
    self->picture = limn_image_ref (picture);
}

GtkWidget *
limn_canvas_new (void)
{
  return g_object_new (LIMN_TYPE_CANVAS, NULL);
}

void
limn_canvas_set_frame (LimnCanvas *self, LimnImage *frame, guint width, guint height)
{
  limn_canvas_set_picture (self, frame);
}

LimnImage *
limn_canvas_get_picture (LimnCanvas *self)
{
  return self->picture;
}

void
limn_canvas_set_name (LimnCanvas *self, const char *name)
{
}

void
limn_canvas_compare (LimnCanvas *self, LimnImage *other)
{
}

void
limn_canvas_set_compare_names (LimnCanvas *self, const char *other, const char *picture)
{
}

gboolean
limn_canvas_to_image (LimnCanvas *self, double x, double y, double *image_x, double *image_y)
{
  return FALSE;
}

gboolean
limn_canvas_from_image (LimnCanvas *self, double image_x, double image_y, double *x, double *y)
{
  return FALSE;
}

GActionGroup *
limn_canvas_get_actions (LimnCanvas *self)
{
  return NULL;
}
