/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-grow-group.h"

#include "app/limn-accessible.h"
#include "app/limn-number.h"

#include <glib/gi18n.h>
#include <math.h>

/* Width to height of what a picture can grow to with one press. The first is what it is. */
static const struct
{
  guint a;
  guint b;
} shapes[] = { { 0, 0 }, { 1, 1 }, { 3, 2 }, { 16, 9 }, { 3, 1 } };

#define N_SHAPES G_N_ELEMENTS (shapes)

/* Pixels: new sides are such multiples where the shape leaves the choice. */
#define GRID 8

struct _LimnGrowGroup
{
  AdwPreferencesGroup  parent_instance;

  AdwExpanderRow      *grow_row;
  GtkWidget           *shapes;
  GtkSpinButton       *left_spin;
  GtkSpinButton       *top_spin;
  GtkSpinButton       *right_spin;
  GtkSpinButton       *bottom_spin;
  GtkSpinButton       *blend_spin;

  LimnEasel           *easel;
  LimnDraft           *draft;
};

G_DEFINE_FINAL_TYPE (LimnGrowGroup, limn_grow_group, ADW_TYPE_PREFERENCES_GROUP)

static void
show_size (LimnGrowGroup *self)
{
  LimnImage *picture = limn_easel_get_picture (self->easel);
  g_autofree char *text = NULL;
  guint left, top, right, bottom;

  gtk_widget_set_visible (GTK_WIDGET (self), picture != NULL);
  if (!picture)
    return;
  g_object_get (self->draft, "grow-left", &left, "grow-top", &top, "grow-right", &right, "grow-bottom", &bottom, NULL);
  if (left + top + right + bottom > 0)
    /* Translators: width and height in pixels of the picture that it becomes. */
    text = g_strdup_printf (_("To %u × %u"), left + limn_image_get_width (picture) + right,
                            top + limn_image_get_height (picture) + bottom);
  adw_expander_row_set_subtitle (self->grow_row, text ? text : "");
}

/* Half on either side. */
static void
share (double wanted, guint size, guint *before, guint *after)
{
  guint more = wanted > size ? (guint) (ceil ((wanted - size) / GRID) * GRID) : 0;

  *before = more / 2 - more / 2 % GRID;
  *after = more - *before;
}

static void
on_shape (GtkButton *button, LimnGrowGroup *self)
{
  guint shape = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "limn-shape"));
  LimnImage *picture = limn_easel_get_picture (self->easel);
  guint width, height, left = 0, top = 0, right = 0, bottom = 0;

  if (!picture)
    return;
  width = limn_image_get_width (picture);
  height = limn_image_get_height (picture);
  if (shapes[shape].b > 0)
    {
      share ((double) height * shapes[shape].a / shapes[shape].b, width, &left, &right);
      share ((double) width * shapes[shape].b / shapes[shape].a, height, &top, &bottom);
    }
  g_object_freeze_notify (G_OBJECT (self->draft));
  g_object_set (self->draft, "grow-left", left, "grow-top", top, "grow-right", right, "grow-bottom", bottom, NULL);
  g_object_thaw_notify (G_OBJECT (self->draft));
}

static void
add_shapes (LimnGrowGroup *self)
{
  for (guint i = 0; i < N_SHAPES; i++)
    {
      /* Translators: the shape of a picture: width to height. */
      g_autofree char *name = shapes[i].b > 0 ? g_strdup_printf (_("%u:%u"), shapes[i].a, shapes[i].b) : g_strdup (_("None"));
      g_autofree char *tip = NULL;
      GtkWidget *button = gtk_button_new_with_label (name);

      if (shapes[i].b > 0)
        /* Translators: %s is a shape such as 3:1. */
        tip = g_strdup_printf (_("Grows to %s, half on either side"), name);
      gtk_widget_set_tooltip_text (button, tip ? tip : _("Does not grow"));
      gtk_widget_add_css_class (button, "flat");
      g_object_set_data (G_OBJECT (button), "limn-shape", GUINT_TO_POINTER (i));
      g_signal_connect (button, "clicked", G_CALLBACK (on_shape), self);
      gtk_box_append (GTK_BOX (self->shapes), button);
    }
}

/* --- The object --- */

static void
limn_grow_group_dispose (GObject *object)
{
  LimnGrowGroup *self = LIMN_GROW_GROUP (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_GROW_GROUP);
  g_clear_object (&self->easel);
  g_clear_object (&self->draft);
  G_OBJECT_CLASS (limn_grow_group_parent_class)->dispose (object);
}

static void
limn_grow_group_class_init (LimnGrowGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_grow_group_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-grow-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnGrowGroup, grow_row);
  gtk_widget_class_bind_template_child (widget_class, LimnGrowGroup, shapes);
  gtk_widget_class_bind_template_child (widget_class, LimnGrowGroup, left_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnGrowGroup, top_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnGrowGroup, right_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnGrowGroup, bottom_spin);
  gtk_widget_class_bind_template_child (widget_class, LimnGrowGroup, blend_spin);
}

static void
limn_grow_group_init (LimnGrowGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  limn_accessible_name_list (GTK_WIDGET (self), _("Extend the canvas"));
  add_shapes (self);
}

void
limn_grow_group_set_studio (LimnGrowGroup *self, LimnStudio *studio)
{
  g_return_if_fail (self->draft == NULL);

  self->draft = g_object_ref (limn_studio_get_draft (studio));
  self->easel = g_object_ref (limn_studio_get_easel (studio));
  limn_number_bind (self->left_spin, self->draft, "grow-left");
  limn_number_bind (self->top_spin, self->draft, "grow-top");
  limn_number_bind (self->right_spin, self->draft, "grow-right");
  limn_number_bind (self->bottom_spin, self->draft, "grow-bottom");
  limn_number_bind (self->blend_spin, self->draft, "grow-blend");
  g_signal_connect_object (self->draft, "notify::grow-left", G_CALLBACK (show_size), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->draft, "notify::grow-top", G_CALLBACK (show_size), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->draft, "notify::grow-right", G_CALLBACK (show_size), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->draft, "notify::grow-bottom", G_CALLBACK (show_size), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->easel, "notify::picture", G_CALLBACK (show_size), self, G_CONNECT_SWAPPED);
  show_size (self);
}
