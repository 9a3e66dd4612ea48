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
