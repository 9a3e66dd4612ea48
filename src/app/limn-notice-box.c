/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-notice-box.h"

#define SPACING_PX 12

/* The least that a text has beside its buttons: about 25 letters, so that a sentence has three or four lines. */
#define TEXT_PX 200

struct _LimnNoticeBox
{
  GtkWidget  parent_instance;

  GtkWidget *text;
  GtkWidget *buttons;
};

G_DEFINE_FINAL_TYPE (LimnNoticeBox, limn_notice_box, GTK_TYPE_WIDGET)

/* Of the buttons, where they stand beside the text; 0: there is no room for that. */
static int
get_side_width (LimnNoticeBox *self, int width)
{
  int natural;

  gtk_widget_measure (self->buttons, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  return width < 0 || width - natural - SPACING_PX >= TEXT_PX ? natural : 0;
}

static GtkSizeRequestMode
limn_notice_box_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
limn_notice_box_measure (GtkWidget      *widget,
                         GtkOrientation  orientation,
                         int             for_size,
                         int            *minimum,
                         int            *natural,
                         int            *minimum_baseline,
                         int            *natural_baseline)
{
  LimnNoticeBox *self = LIMN_NOTICE_BOX (widget);
  int side = orientation == GTK_ORIENTATION_VERTICAL ? get_side_width (self, for_size) : 0;
  int text_size = side > 0 && for_size >= 0 ? for_size - side - SPACING_PX : for_size;
  int text_min, text_natural, buttons_min, buttons_natural;

  gtk_widget_measure (self->text, orientation, text_size, &text_min, &text_natural, NULL, NULL);
  gtk_widget_measure (self->buttons, orientation, side > 0 ? side : for_size, &buttons_min, &buttons_natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = MAX (text_min, buttons_min);
      *natural = MAX (*minimum, text_natural + SPACING_PX + buttons_natural);
    }
  else if (side > 0)
    {
      *minimum = MAX (text_min, buttons_min);
      *natural = MAX (text_natural, buttons_natural);
    }
  else
    {
      *minimum = text_min + SPACING_PX + buttons_min;
      *natural = text_natural + SPACING_PX + buttons_natural;
    }
}

static void
limn_notice_box_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LimnNoticeBox *self = LIMN_NOTICE_BOX (widget);
  int side = get_side_width (self, width);
  GtkAllocation text = { 0, 0, width, height }, buttons = { 0, 0, width, height };

  if (side > 0)
    {
      gboolean reversed = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;

      text.width = width - side - SPACING_PX;
      text.x = reversed ? side + SPACING_PX : 0;
      buttons.width = side;
      buttons.x = reversed ? 0 : width - side;
    }
  else
    {
      gtk_widget_measure (self->buttons, GTK_ORIENTATION_VERTICAL, width, NULL, &buttons.height, NULL, NULL);
      buttons.y = height - buttons.height;
      text.height = buttons.y - SPACING_PX;
    }
  gtk_widget_size_allocate (self->text, &text, -1);
  gtk_widget_size_allocate (self->buttons, &buttons, -1);
}

static void
limn_notice_box_dispose (GObject *object)
{
  LimnNoticeBox *self = LIMN_NOTICE_BOX (object);

  g_clear_pointer (&self->text, gtk_widget_unparent);
  g_clear_pointer (&self->buttons, gtk_widget_unparent);
  G_OBJECT_CLASS (limn_notice_box_parent_class)->dispose (object);
}

static void
limn_notice_box_class_init (LimnNoticeBoxClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_notice_box_dispose;
  widget_class->get_request_mode = limn_notice_box_get_request_mode;
  widget_class->measure = limn_notice_box_measure;
  widget_class->size_allocate = limn_notice_box_size_allocate;
}

static void
limn_notice_box_init (LimnNoticeBox *self)
{
}

GtkWidget *
limn_notice_box_new (GtkWidget *text, GtkWidget *buttons)
{
  LimnNoticeBox *self = g_object_new (LIMN_TYPE_NOTICE_BOX, NULL);

  self->text = text;
  self->buttons = buttons;
  gtk_widget_set_parent (text, GTK_WIDGET (self));
  gtk_widget_set_parent (buttons, GTK_WIDGET (self));
  return GTK_WIDGET (self);
}
