/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-blend-view.h"

#include "app/limn-files.h"

#include <glib/gi18n.h>

/* In the widget's units. */
#define MIN_SIDE 120
#define NATURAL_SIDE 360
#define CORNER 9

struct _LimnBlendView
{
  GtkWidget   parent_instance;

  GdkTexture *texture; /* (nullable) */
};

G_DEFINE_FINAL_TYPE (LimnBlendView, limn_blend_view, GTK_TYPE_WIDGET)

static void
limn_blend_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnBlendView *self = LIMN_BLEND_VIEW (widget);
  double room_x = gtk_widget_get_width (widget), room_y = gtk_widget_get_height (widget);
  double width, height, zoom;
  graphene_rect_t place;
  GskRoundedRect outline;

  if (!self->texture)
    return;
  width = gdk_texture_get_width (self->texture);
  height = gdk_texture_get_height (self->texture);
  zoom = MIN (room_x / width, room_y / height);
  place = GRAPHENE_RECT_INIT ((room_x - width * zoom) / 2, (room_y - height * zoom) / 2, width * zoom, height * zoom);
  gsk_rounded_rect_init_from_rect (&outline, &place, CORNER);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_texture (snapshot, self->texture, &place);
  gtk_snapshot_pop (snapshot);
}

static void
limn_blend_view_measure (GtkWidget      *widget,
                         GtkOrientation  orientation,
                         int             for_size,
                         int            *minimum,
                         int            *natural,
                         int            *minimum_baseline,
                         int            *natural_baseline)
{
  *minimum = MIN_SIDE;
  *natural = NATURAL_SIDE;
}

static void
limn_blend_view_finalize (GObject *object)
{
  g_clear_object (&LIMN_BLEND_VIEW (object)->texture);
  G_OBJECT_CLASS (limn_blend_view_parent_class)->finalize (object);
}

static void
limn_blend_view_class_init (LimnBlendViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = limn_blend_view_finalize;
  widget_class->snapshot = limn_blend_view_snapshot;
  widget_class->measure = limn_blend_view_measure;
  gtk_widget_class_set_css_name (widget_class, "blendview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
limn_blend_view_init (LimnBlendView *self)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("The blended picture"), -1);
}

void
limn_blend_view_set_picture (LimnBlendView *self, LimnImage *image)
{
  g_return_if_fail (LIMN_IS_BLEND_VIEW (self));

  if (!image && !self->texture)
    return;
  g_clear_object (&self->texture);
  if (image)
    self->texture = limn_files_new_texture (image);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
