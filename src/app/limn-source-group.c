/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-source-group.h"

#include "app/limn-files.h"
#include "app/limn-number.h"
#include "image/limn-resize.h"

#include <glib/gi18n.h>

/* Of the thumbnail's longer side, on a screen of twice the usual pixels. */
#define THUMBNAIL_PX 96

struct _LimnSourceGroup
{
  AdwPreferencesGroup  parent_instance;

  AdwActionRow        *none_row;
  AdwActionRow        *picture_row;
  GtkPicture          *thumbnail;
  AdwActionRow        *start_row;
  GtkSwitch           *start_switch;
  GtkWidget           *strength_row;
  GtkSpinButton       *strength_spin;
  GtkScale            *strength_scale;
  GtkLabel            *strength_label;

  LimnEasel           *easel;
  LimnDraft           *draft;
  GCancellable        *shrinking; /* (nullable) */
};

G_DEFINE_FINAL_TYPE (LimnSourceGroup, limn_source_group, ADW_TYPE_PREFERENCES_GROUP)

/* --- The thumbnail --- */

static void
shrink_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  LimnImage *image = data;
  guint side = MAX (limn_image_get_width (image), limn_image_get_height (image));

  g_task_return_pointer (task, side <= THUMBNAIL_PX ? limn_image_ref (image) : limn_image_scale_down (image, side / THUMBNAIL_PX),
                         (GDestroyNotify) limn_image_unref);
}

static void
on_shrunk (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnSourceGroup) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnImage) image = g_task_propagate_pointer (G_TASK (result), &error);
  g_autoptr(GdkTexture) texture = NULL;

  if (!image)
    return;
  g_clear_object (&self->shrinking);
  texture = limn_files_new_texture (image);
  gtk_picture_set_paintable (self->thumbnail, GDK_PAINTABLE (texture));
}

static void
show_thumbnail (LimnSourceGroup *self, LimnImage *picture)
{
  g_autoptr(GTask) task = NULL;

  if (self->shrinking)
    g_cancellable_cancel (self->shrinking);
  g_clear_object (&self->shrinking);
  gtk_picture_set_paintable (self->thumbnail, NULL);
  if (!picture)
    return;
  self->shrinking = g_cancellable_new ();
  task = g_task_new (NULL, self->shrinking, on_shrunk, g_object_ref (self));
  g_task_set_task_data (task, limn_image_ref (picture), (GDestroyNotify) limn_image_unref);
  g_task_run_in_thread (task, shrink_thread);
}

/* --- What is shown --- */

static const char *
describe_strength (double strength)
{
  if (strength <= 0)
    return _("Nothing changes");
  if (strength < 0.3)
    return _("Touched up: shapes and colours stay");
  if (strength < 0.6)
    return _("Surfaces and details become others; what is where stays");
  if (strength < 0.85)
    return _("Things become others; the layout and the light stay");
  if (strength < 1)
    return _("Little more than a hint of what was there stays");
  return _("Everything is new, out of pure noise");
}

static void
show_strength (LimnSourceGroup *self)
{
  double strength;

  g_object_get (self->draft, "strength", &strength, NULL);
  gtk_label_set_label (self->strength_label, describe_strength (strength));
}

static void
show_start (LimnSourceGroup *self)
{
  gboolean start;

  g_object_get (self->draft, "paint-from-source", &start, NULL);
  gtk_widget_set_sensitive (self->strength_row, start);
}

static void
show_picture (LimnSourceGroup *self)
{
  LimnImage *picture = limn_easel_get_picture (self->easel);

  gtk_widget_set_visible (GTK_WIDGET (self->none_row), picture == NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->picture_row), picture != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->start_row), picture != NULL);
  gtk_widget_set_visible (self->strength_row, picture != NULL);
  if (picture)
    {
      /* Translators: width and height of a picture, in pixels. */
      g_autofree char *size = g_strdup_printf (_("%u × %u"), limn_image_get_width (picture), limn_image_get_height (picture));

      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->picture_row), size);
    }
  show_thumbnail (self, picture);
}

/* --- The object --- */

static void
limn_source_group_dispose (GObject *object)
{
  LimnSourceGroup *self = LIMN_SOURCE_GROUP (object);

  if (self->shrinking)
    g_cancellable_cancel (self->shrinking);
  g_clear_object (&self->shrinking);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_SOURCE_GROUP);
  g_clear_object (&self->easel);
  g_clear_object (&self->draft);
  G_OBJECT_CLASS (limn_source_group_parent_class)->dispose (object);
}

static void
limn_source_group_class_init (LimnSourceGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_source_group_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-source-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnSourceGroup, none_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceGroup, picture_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceGroup, thumbnail);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceGroup, start_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceGroup, start_switch);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceGroup, strength_row);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceGroup, strength_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceGroup, strength_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnSourceGroup, strength_label);
}

static void
limn_source_group_init (LimnSourceGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_source_group_set_studio (LimnSourceGroup *self, LimnStudio *studio)
{
  g_return_if_fail (self->draft == NULL);

  self->draft = g_object_ref (limn_studio_get_draft (studio));
  self->easel = g_object_ref (limn_studio_get_easel (studio));
  limn_number_bind (self->strength_spin, self->draft, "strength");
  limn_number_pass_wheel (GTK_WIDGET (self->strength_scale));
  g_object_bind_property (self->draft, "paint-from-source", self->start_switch, "active",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_signal_connect_object (self->draft, "notify::strength", G_CALLBACK (show_strength), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->draft, "notify::paint-from-source", G_CALLBACK (show_start), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->easel, "notify::picture", G_CALLBACK (show_picture), self, G_CONNECT_SWAPPED);
  show_strength (self);
  show_start (self);
  show_picture (self);
}
