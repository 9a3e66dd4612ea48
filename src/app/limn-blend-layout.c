/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-blend-layout.h"

/* In the widget's units. */
#define SLOT 88
#define SLOT_NARROW 64
#define GAP 9
#define SPACING 18
#define NARROW 480  /* below this ends are small */
#define BESIDE 620  /* from this on a square is beside the picture */
#define MIN_STRIP 96
#define MIN_SIDE 160
#define MAX_SIDE 420
#define MIN_PICTURE 140
#define NATURAL_PICTURE 340

struct _LimnBlendLayout
{
  GtkLayoutManager parent_instance;

  gboolean         square;
};

enum
{
  PROP_0,
  PROP_SQUARE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (LimnBlendLayout, limn_blend_layout, GTK_TYPE_LAYOUT_MANAGER)

static int
get_slot (int width)
{
  return width < NARROW ? SLOT_NARROW : SLOT;
}

static gboolean
is_beside (LimnBlendLayout *self, int width)
{
  return self->square && width >= BESIDE;
}

/* Of a square that is below the picture. */
static int
get_side_below (int width)
{
  return CLAMP (width - 2 * (get_slot (width) + GAP), MIN_SIDE, MAX_SIDE);
}

static GtkSizeRequestMode
limn_blend_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* What the children ask for is known here: all but their places is their own affair. Still they must be asked, or GTK complains. */
static void
measure_children (GtkWidget *widget, GtkOrientation orientation)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    {
      int minimum;

      if (gtk_widget_should_layout (child))
        gtk_widget_measure (child, orientation, -1, &minimum, NULL, NULL, NULL);
    }
}

static void
limn_blend_layout_measure (GtkLayoutManager *manager,
                           GtkWidget        *widget,
                           GtkOrientation    orientation,
                           int               for_size,
                           int              *minimum,
                           int              *natural,
                           int              *minimum_baseline,
                           int              *natural_baseline)
{
  LimnBlendLayout *self = LIMN_BLEND_LAYOUT (manager);
  int ends = 2 * (SLOT_NARROW + GAP);

  measure_children (widget, orientation);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = ends + (self->square ? MIN_SIDE : MIN_STRIP);
      *natural = MAX (*minimum, BESIDE);
    }
  else
    {
      int width = for_size < 0 ? BESIDE : for_size;

      if (!self->square)
        {
          *minimum = MIN_PICTURE + SPACING + get_slot (width);
          *natural = NATURAL_PICTURE + SPACING + get_slot (width);
        }
      else if (is_beside (self, width))
        {
          *minimum = 2 * SLOT + GAP;
          *natural = NATURAL_PICTURE + SPACING + SLOT;
        }
      else
        {
          *minimum = MIN_PICTURE + SPACING + get_side_below (width);
          *natural = NATURAL_PICTURE + SPACING + get_side_below (width);
        }
    }
}

static void
place (GtkWidget *widget, GtkWidget *child, int x, int y, int width, int height)
{
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    x = gtk_widget_get_width (widget) - x - width;
  gtk_widget_size_allocate (child, &(GtkAllocation){ x, y, width, height }, -1);
}

/* An end at each side, of a square at each corner. */
static void
place_pad (LimnBlendLayout *self, GtkWidget *widget, GtkWidget *pad, int x, int y, int width, int height, int slot)
{
  GtkWidget *child = gtk_widget_get_next_sibling (pad);

  place (widget, pad, x, y, width, height);
  for (guint i = 0; child; i++, child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_should_layout (child))
      place (widget, child, i % 2 == 0 ? x - GAP - slot : x + width + GAP, i / 2 == 0 ? y : y + height - slot, slot, slot);
}

static void
limn_blend_layout_allocate (GtkLayoutManager *manager, GtkWidget *widget, int width, int height, int baseline)
{
  LimnBlendLayout *self = LIMN_BLEND_LAYOUT (manager);
  GtkWidget *picture = gtk_widget_get_first_child (widget);
  GtkWidget *pad = gtk_widget_get_next_sibling (picture);
  int slot = get_slot (width), ends = 2 * (slot + GAP);

  if (is_beside (self, width))
    {
      int side = CLAMP (MIN (height, (width - SPACING) / 2 - ends), MIN_SIDE, MAX_SIDE);
      int rest = width - SPACING - side - ends;

      place (widget, picture, 0, 0, rest, height);
      place_pad (self, widget, pad, rest + SPACING + slot + GAP, (height - side) / 2, side, side, slot);
    }
  else if (self->square)
    {
      int side = MIN (get_side_below (width), MAX (MIN_SIDE, height - SPACING - MIN_PICTURE));

      place (widget, picture, 0, 0, width, height - SPACING - side);
      place_pad (self, widget, pad, (width - side) / 2, height - side, side, side, slot);
    }
  else
    {
      place (widget, picture, 0, 0, width, height - SPACING - slot);
      place_pad (self, widget, pad, slot + GAP, height - slot, width - ends, slot, slot);
    }
}

static void
limn_blend_layout_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  g_value_set_boolean (value, LIMN_BLEND_LAYOUT (object)->square);
}

static void
limn_blend_layout_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  LIMN_BLEND_LAYOUT (object)->square = g_value_get_boolean (value);
  gtk_layout_manager_layout_changed (GTK_LAYOUT_MANAGER (object));
}

static void
limn_blend_layout_class_init (LimnBlendLayoutClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  object_class->get_property = limn_blend_layout_get_property;
  object_class->set_property = limn_blend_layout_set_property;
  manager_class->get_request_mode = limn_blend_layout_get_request_mode;
  manager_class->measure = limn_blend_layout_measure;
  manager_class->allocate = limn_blend_layout_allocate;
  properties[PROP_SQUARE] = g_param_spec_boolean ("square", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
limn_blend_layout_init (LimnBlendLayout *self)
{
}
