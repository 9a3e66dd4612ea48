/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-film-frames.h"

#include "app/limn-change-words.h"
#include "session/limn-request-chain.h"

#include <glib/gi18n.h>
#include <math.h>

/* In the widget's units. A thumbnail has LIMN_REEL_THUMBNAIL_PX, which on a screen of scale 2 is a little more than this. */
#define FRAME_HEIGHT 72
#define FRAME_WIDTH_MIN 40
#define FRAME_WIDTH_MAX 144
#define GAP 6
#define MARGIN 6
#define TOP 11
/* The line above what is shared, and the dots at its turns. */
#define SHARED_Y 4.5f
#define SHARED_WIDTH 2.5f
#define TURN_RADIUS 4.0f
#define NUMBER_HEIGHT 18
#define RING 3
#define CORNER 5
/* While it is dragged at an end of what can be seen: so near, and so fast. */
#define EDGE 40.0
#define EDGE_UNITS_PER_SECOND 900.0

struct _LimnFilmFrames
{
  GtkWidget      parent_instance;

  LimnProjector *projector;
  LimnReel      *reel;     /* (nullable): whose changes are watched */
  GPtrArray     *entries;  /* of LimnReelStep, watched */
  GHashTable    *textures; /* LimnReelStep -> Thumbnail */
  guint          n_places;
  GArray        *turns;    /* of guint: the steps after which it went another way, in order */
  GPtrArray     *changes;  /* of char *: what changed there */

  gboolean       dragging;
  double         drag_x; /* in what can be seen */
  guint          drag_tick;
  gint64         drag_time;
  gboolean       reveal; /* once sizes are known */
};

typedef struct
{
  LimnImage  *image;
  GdkTexture *texture;
} Thumbnail;

G_DEFINE_FINAL_TYPE (LimnFilmFrames, limn_film_frames, GTK_TYPE_WIDGET)

static void
thumbnail_free (gpointer data)
{
  Thumbnail *thumbnail = data;

  limn_image_unref (thumbnail->image);
  g_object_unref (thumbnail->texture);
  g_free (thumbnail);
}

/* --- Places --- */

static int
get_frame_width (LimnFilmFrames *self)
{
  const LimnRequest *request = self->reel ? limn_reel_get_request (self->reel) : NULL;

  if (!request || request->height == 0)
    return FRAME_HEIGHT;
  return CLAMP ((int) round ((double) FRAME_HEIGHT * request->width / request->height), FRAME_WIDTH_MIN, FRAME_WIDTH_MAX);
}

static int
get_pitch (LimnFilmFrames *self)
{
  return get_frame_width (self) + GAP;
}

static int
get_length (LimnFilmFrames *self)
{
  return self->n_places == 0 ? 0 : 2 * MARGIN + (int) self->n_places * get_pitch (self) - GAP;
}

static gboolean
is_rtl (LimnFilmFrames *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

static void
get_place (LimnFilmFrames *self, guint step, graphene_rect_t *place)
{
  int width = get_frame_width (self);
  float x = MARGIN + (step - 1.0f) * get_pitch (self);

  if (is_rtl (self))
    x = gtk_widget_get_width (GTK_WIDGET (self)) - x - width;
  *place = GRAPHENE_RECT_INIT (x, TOP, width, FRAME_HEIGHT);
}

gboolean
limn_film_frames_get_place (LimnFilmFrames *self, guint step, graphene_rect_t *place)
{
  g_return_val_if_fail (LIMN_IS_FILM_FRAMES (self), FALSE);

  if (step < 1 || step > self->n_places)
    return FALSE;
  get_place (self, step, place);
  return TRUE;
}

/* The step whose place is at or next to @x. */
static guint
step_at (LimnFilmFrames *self, double x)
{
  if (is_rtl (self))
    x = gtk_widget_get_width (GTK_WIDGET (self)) - x;
  return CLAMP (floor ((x - MARGIN + GAP / 2.0) / get_pitch (self)) + 1, 1, MAX (self->n_places, 1));
}

/* --- Scrolling --- */

static GtkAdjustment *
get_adjustment (LimnFilmFrames *self)
{
  GtkWidget *window = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_SCROLLED_WINDOW);

  return window ? gtk_scrolled_window_get_hadjustment (GTK_SCROLLED_WINDOW (window)) : NULL;
}

/* So that the neighbours can be seen too. */
static void
reveal_now (LimnFilmFrames *self)
{
  guint step = limn_projector_get_shown_step (self->projector);
  GtkAdjustment *adjustment = get_adjustment (self);
  graphene_rect_t place;

  self->reveal = FALSE;
  if (!adjustment || self->dragging || step < 1 || step > self->n_places)
    return;
  get_place (self, step, &place);
  gtk_adjustment_clamp_page (adjustment, place.origin.x - 1.5 * get_pitch (self),
                             place.origin.x + place.size.width + 1.5 * get_pitch (self));
}

static void
on_shown (LimnFilmFrames *self)
{
  g_autofree char *text = limn_film_frames_describe (self->projector);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
                                  (double) limn_projector_get_shown_step (self->projector), GTK_ACCESSIBLE_PROPERTY_VALUE_MAX,
                                  (double) self->n_places, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
  if (gtk_widget_get_width (GTK_WIDGET (self)) == get_length (self))
    reveal_now (self);
  else
    self->reveal = TRUE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- The reel --- */

static void
on_items_changed (LimnFilmFrames *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->reel));
  guint n_places = limn_reel_is_live (self->reel) ? MAX (n, limn_reel_get_n_steps (self->reel)) : n;

  while (self->entries->len < n)
    {
      LimnReelStep *entry = g_list_model_get_item (G_LIST_MODEL (self->reel), self->entries->len);

      g_signal_connect_swapped (entry, "notify::thumbnail", G_CALLBACK (gtk_widget_queue_draw), self);
      g_ptr_array_add (self->entries, entry);
    }
  if (self->n_places != n_places)
    {
      self->n_places = n_places;
      self->reveal = TRUE;
      gtk_widget_queue_resize (GTK_WIDGET (self));
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Again when it is steered. */
static void
update_turns (LimnFilmFrames *self)
{
  g_autoptr(GArray) segments = limn_request_list_segments (limn_reel_get_request (self->reel));

  g_array_set_size (self->turns, 0);
  g_ptr_array_set_size (self->changes, 0);
  for (guint i = 0; i < segments->len; i++)
    {
      const LimnRequestSegment *segment = &g_array_index (segments, LimnRequestSegment, i);

      if (segment->begin == 0 || !segment->request->branch)
        continue;
      g_array_append_val (self->turns, segment->begin);
      g_ptr_array_add (self->changes, limn_change_words_request (segment->request));
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
unwatch (LimnFilmFrames *self)
{
  g_array_set_size (self->turns, 0);
  for (guint i = 0; i < self->entries->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->entries, i), self);
  g_ptr_array_set_size (self->entries, 0);
  g_hash_table_remove_all (self->textures);
  if (self->reel)
    g_signal_handlers_disconnect_by_data (self->reel, self);
  g_clear_object (&self->reel);
  self->n_places = 0;
}

static void
watch (LimnFilmFrames *self, LimnReel *reel)
{
  if (reel == self->reel)
    return;
  unwatch (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  if (!reel)
    return;
  self->reel = g_object_ref (reel);
  g_signal_connect_swapped (reel, "items-changed", G_CALLBACK (on_items_changed), self);
  g_signal_connect_swapped (reel, "notify::live", G_CALLBACK (on_items_changed), self);
  g_signal_connect_swapped (reel, "notify::n-steps", G_CALLBACK (on_items_changed), self);
  g_signal_connect_swapped (reel, "notify::request", G_CALLBACK (update_turns), self);
  update_turns (self);
  on_items_changed (self);
}

static GdkTexture *
get_texture (LimnFilmFrames *self, LimnReelStep *entry)
{
  LimnImage *image = limn_reel_step_get_thumbnail (entry);
  Thumbnail *thumbnail = g_hash_table_lookup (self->textures, entry);

  if (!image)
    return NULL;
  if (!thumbnail || thumbnail->image != image)
    {
      thumbnail = g_new0 (Thumbnail, 1);
      thumbnail->image = limn_image_ref (image);
      thumbnail->texture =
        gdk_memory_texture_new (limn_image_get_width (image), limn_image_get_height (image),
                                limn_image_get_format (image) == LIMN_PIXEL_RGB8 ? GDK_MEMORY_R8G8B8 : GDK_MEMORY_R8G8B8A8,
                                limn_image_get_pixels (image), limn_image_get_stride (image));
      g_hash_table_insert (self->textures, entry, thumbnail);
    }
  return thumbnail->texture;
}

/* --- Choosing --- */

/* On a place that is still empty, or on the last of a picture that is done: back to what it comes to. */
static void
choose (LimnFilmFrames *self, guint step)
{
  guint n = limn_projector_get_n_steps (self->projector);

  if (n > 0)
    limn_projector_set_step (self->projector, step > n || (step == n && !limn_reel_is_live (self->reel)) ? 0 : step);
}

void
limn_film_frames_choose_at (LimnFilmFrames *self, double x)
{
  g_return_if_fail (LIMN_IS_FILM_FRAMES (self));

  choose (self, step_at (self, x));
}

static void
choose_at_pointer (LimnFilmFrames *self)
{
  GtkAdjustment *adjustment = get_adjustment (self);

  choose (self, step_at (self, self->drag_x + (adjustment ? gtk_adjustment_get_value (adjustment) : 0)));
}

static gboolean
on_drag_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  LimnFilmFrames *self = LIMN_FILM_FRAMES (widget);
  GtkAdjustment *adjustment = get_adjustment (self);
  gint64 now = gdk_frame_clock_get_frame_time (clock);
  double seconds = self->drag_time ? (now - self->drag_time) / 1e6 : 0;
  double over, page, before;

  self->drag_time = now;
  if (!adjustment)
    return G_SOURCE_CONTINUE;
  page = gtk_adjustment_get_page_size (adjustment);
  over = self->drag_x < EDGE ? self->drag_x - EDGE : self->drag_x > page - EDGE ? self->drag_x - (page - EDGE) : 0;
  if (over == 0)
    return G_SOURCE_CONTINUE;
  before = gtk_adjustment_get_value (adjustment);
  gtk_adjustment_set_value (adjustment, before + CLAMP (over / EDGE, -1, 1) * EDGE_UNITS_PER_SECOND * MIN (seconds, 0.1));
  if (gtk_adjustment_get_value (adjustment) != before)
    choose_at_pointer (self);
  return G_SOURCE_CONTINUE;
}

static void
take_pointer (LimnFilmFrames *self, double x)
{
  GtkAdjustment *adjustment = get_adjustment (self);

  self->drag_x = x - (adjustment ? gtk_adjustment_get_value (adjustment) : 0);
  choose_at_pointer (self);
}

static void
on_drag_begin (GtkGestureDrag *drag, double x, double y, LimnFilmFrames *self)
{
  gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->dragging = TRUE;
  take_pointer (self, x);
}

static void
on_drag_update (GtkGestureDrag *drag, double dx, double dy, LimnFilmFrames *self)
{
  double x, y;

  if (!self->dragging || !gtk_gesture_get_point (GTK_GESTURE (drag), NULL, &x, &y))
    return;
  take_pointer (self, x);
  /* Only once it moves: a press near the edge chooses and stays. */
  if (self->drag_tick == 0 && ABS (dx) > 8)
    {
      self->drag_time = 0;
      self->drag_tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_drag_tick, NULL, NULL);
    }
}

static void
end_drag (LimnFilmFrames *self)
{
  self->dragging = FALSE;
  if (self->drag_tick)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->drag_tick);
  self->drag_tick = 0;
}

/* The wheel goes along the strip, whichever way it turns. */
static gboolean
on_scroll (GtkEventControllerScroll *scroll, double dx, double dy, LimnFilmFrames *self)
{
  GtkAdjustment *adjustment = get_adjustment (self);
  gboolean pixels = gtk_event_controller_scroll_get_unit (scroll) == GDK_SCROLL_UNIT_SURFACE;

  if (!adjustment || dy == 0)
    return GDK_EVENT_PROPAGATE;
  dx += is_rtl (self) ? -dy : dy;
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) + dx * (pixels ? 1 : get_pitch (self)));
  return GDK_EVENT_STOP;
}

/* Arguments: how many steps to the right. */
static gboolean
on_arrow (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnFilmFrames *self = LIMN_FILM_FRAMES (widget);
  int by = g_variant_get_int32 (arguments);

  limn_projector_move (self->projector, is_rtl (self) ? -by : by);
  return TRUE;
}

static gboolean
on_first (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  choose (LIMN_FILM_FRAMES (widget), 1);
  return TRUE;
}

static gboolean
on_last (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  limn_projector_set_step (LIMN_FILM_FRAMES (widget)->projector, 0);
  return TRUE;
}

/* --- Drawing --- */

static void
snapshot_number (LimnFilmFrames *self, GtkSnapshot *snapshot, PangoLayout *layout, guint step, const graphene_rect_t *place, GdkRGBA *colour)
{
  g_autofree char *text = NULL;
  int width, height;

  /* Translators: the number of a step under its thumbnail. "%Iu" gives a language's own digits. */
  text = g_strdup_printf (_("%u"), step);
  pango_layout_set_text (layout, text, -1);
  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (round (place->origin.x + (place->size.width - width) / 2),
                                                          place->origin.y + place->size.height + (NUMBER_HEIGHT - height) / 2.0f + 1));
  gtk_snapshot_append_layout (snapshot, layout, colour);
  gtk_snapshot_restore (snapshot);
}

static void
snapshot_ring (GtkSnapshot *snapshot, const graphene_rect_t *place, const GdkRGBA *colour)
{
  const float widths[4] = { RING, RING, RING, RING };
  const GdkRGBA colours[4] = { *colour, *colour, *colour, *colour };
  graphene_rect_t box = *place;
  GskRoundedRect outline;

  graphene_rect_inset (&box, -RING, -RING);
  gsk_rounded_rect_init_from_rect (&outline, &box, CORNER + RING);
  gtk_snapshot_append_border (snapshot, &outline, widths, colours);
}

/* The whole picture inside of its place: places are as wide as the picture, but for very wide or very high ones. */
static void
snapshot_frame (LimnFilmFrames *self, GtkSnapshot *snapshot, GdkTexture *texture, const graphene_rect_t *place, const GdkRGBA *empty)
{
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, place, CORNER);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, empty, place);
  if (texture)
    {
      double zoom = MIN (place->size.width / gdk_texture_get_width (texture), place->size.height / gdk_texture_get_height (texture));
      float width = gdk_texture_get_width (texture) * zoom, height = gdk_texture_get_height (texture) * zoom;

      gtk_snapshot_append_texture (snapshot, texture,
                                   &GRAPHENE_RECT_INIT (place->origin.x + (place->size.width - width) / 2,
                                                        place->origin.y + (place->size.height - height) / 2, width, height));
    }
  gtk_snapshot_pop (snapshot);
}

static double
get_turn_x (LimnFilmFrames *self, guint turn)
{
  graphene_rect_t place;

  get_place (self, turn, &place);
  return is_rtl (self) ? place.origin.x - GAP / 2.0 : place.origin.x + place.size.width + GAP / 2.0;
}

/* Above the steps that another picture has too, or that were painted before it was steered. */
static void
snapshot_turns (LimnFilmFrames *self, GtkSnapshot *snapshot, const GdkRGBA *accent)
{
  graphene_rect_t first;
  double end;
  GdkRGBA line = *accent;

  if (self->turns->len == 0)
    return;
  line.alpha *= 0.5;
  get_place (self, 1, &first);
  end = get_turn_x (self, MIN (g_array_index (self->turns, guint, self->turns->len - 1), self->n_places));
  if (is_rtl (self))
    gtk_snapshot_append_color (snapshot, &line, &GRAPHENE_RECT_INIT (end, SHARED_Y - SHARED_WIDTH / 2, first.origin.x + first.size.width - end,
                                                                     SHARED_WIDTH));
  else
    gtk_snapshot_append_color (snapshot, &line, &GRAPHENE_RECT_INIT (first.origin.x, SHARED_Y - SHARED_WIDTH / 2, end - first.origin.x,
                                                                     SHARED_WIDTH));
  for (guint i = 0; i < self->turns->len; i++)
    {
      guint turn = g_array_index (self->turns, guint, i);
      GskRoundedRect dot;

      if (turn > self->n_places)
        continue;
      gsk_rounded_rect_init_from_rect (&dot, &GRAPHENE_RECT_INIT (get_turn_x (self, turn) - TURN_RADIUS, SHARED_Y - TURN_RADIUS,
                                                                  2 * TURN_RADIUS, 2 * TURN_RADIUS), TURN_RADIUS);
      gtk_snapshot_push_rounded_clip (snapshot, &dot);
      gtk_snapshot_append_color (snapshot, accent, &dot.bounds);
      gtk_snapshot_pop (snapshot);
    }
}

static gboolean
limn_film_frames_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  LimnFilmFrames *self = LIMN_FILM_FRAMES (widget);
  guint last = self->turns->len > 0 ? g_array_index (self->turns, guint, self->turns->len - 1) : 0;
  g_autofree char *text = NULL;

  if (keyboard || last == 0)
    return FALSE;
  for (guint i = 0; i < self->turns->len && !text; i++)
    if (ABS (x - get_turn_x (self, g_array_index (self->turns, guint, i))) < 2 * TURN_RADIUS)
      /* Translators: tooltip of a dot in the strip of steps: there the picture went another way; then what changed. */
      text = g_strdup_printf (_("After step %u: %s"), g_array_index (self->turns, guint, i),
                              (const char *) g_ptr_array_index (self->changes, i));
  if (!text && step_at (self, x) <= last)
    /* Translators: tooltip of a step that a picture has in common with the one that it parts from. */
    text = g_strdup_printf (_("Step %u is shared with the picture that this one parts from, after step %u"), step_at (self, x), last);
  gtk_tooltip_set_text (tooltip, text);
  return text != NULL;
}

static void
limn_film_frames_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnFilmFrames *self = LIMN_FILM_FRAMES (widget);
  GtkAdjustment *adjustment = get_adjustment (self);
  g_autoptr(PangoLayout) layout = NULL;
  g_autoptr(PangoAttrList) attributes = pango_attr_list_new ();
  double from = adjustment ? gtk_adjustment_get_value (adjustment) : 0;
  double to = adjustment ? from + gtk_adjustment_get_page_size (adjustment) : gtk_widget_get_width (widget);
  guint shown, chosen, a, b;
  GdkRGBA colour, dim, empty, accent;

  if (self->n_places == 0)
    return;
  shown = limn_projector_get_shown_step (self->projector);
  chosen = limn_projector_get_step (self->projector);
  layout = gtk_widget_create_pango_layout (widget, NULL);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  if (!gtk_style_context_lookup_color (gtk_widget_get_style_context (widget), "accent_color", &accent))
    accent = colour;
  dim = empty = colour;
  dim.alpha *= 0.55;
  empty.alpha *= 0.07;
  pango_attr_list_insert (attributes, pango_attr_scale_new (PANGO_SCALE_SMALL));
  pango_layout_set_attributes (layout, attributes);

  snapshot_turns (self, snapshot, &accent);
  a = step_at (self, from);
  b = step_at (self, to);
  for (guint step = MIN (a, b); step <= MAX (a, b); step++)
    {
      graphene_rect_t place;

      get_place (self, step, &place);
      snapshot_frame (self, snapshot, step <= self->entries->len ? get_texture (self, g_ptr_array_index (self->entries, step - 1)) : NULL,
                      &place, &empty);
      if (step == shown)
        {
          GdkRGBA ring = chosen > 0 ? accent : dim;

          snapshot_ring (snapshot, &place, &ring);
        }
      snapshot_number (self, snapshot, layout, step, &place, step == shown ? &colour : &dim);
    }
}

/* --- The widget --- */

static void
limn_film_frames_measure (GtkWidget      *widget,
                          GtkOrientation  orientation,
                          int             for_size,
                          int            *minimum,
                          int            *natural,
                          int            *minimum_baseline,
                          int            *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? get_length (LIMN_FILM_FRAMES (widget))
                                                                  : TOP + FRAME_HEIGHT + NUMBER_HEIGHT + 2;
}

/* The adjustment learns of the size after this. */
static gboolean
on_allocated (gpointer data)
{
  LimnFilmFrames *self = data;

  if (self->reveal)
    reveal_now (self);
  return G_SOURCE_REMOVE;
}

static void
limn_film_frames_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  if (LIMN_FILM_FRAMES (widget)->reveal)
    g_idle_add_full (GTK_PRIORITY_RESIZE + 1, on_allocated, g_object_ref (widget), g_object_unref);
}

/* Where the strip has become shorter, as beside an opening gallery, what is shown stays in sight. Said in the middle of an allocation. */
static void
on_page_size (LimnFilmFrames *self)
{
  self->reveal = TRUE;
  g_idle_add_full (GTK_PRIORITY_RESIZE + 1, on_allocated, g_object_ref (self), g_object_unref);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
limn_film_frames_root (GtkWidget *widget)
{
  LimnFilmFrames *self = LIMN_FILM_FRAMES (widget);
  GtkAdjustment *adjustment;

  GTK_WIDGET_CLASS (limn_film_frames_parent_class)->root (widget);
  adjustment = get_adjustment (self);
  if (!adjustment)
    return;
  /* Only the part in sight is drawn: another part is another drawing, which a viewport that moves its child does not ask for. */
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "notify::page-size", G_CALLBACK (on_page_size), self, G_CONNECT_SWAPPED);
}

static void
limn_film_frames_unroot (GtkWidget *widget)
{
  GtkAdjustment *adjustment = get_adjustment (LIMN_FILM_FRAMES (widget));

  if (adjustment)
    g_signal_handlers_disconnect_by_data (adjustment, widget);
  GTK_WIDGET_CLASS (limn_film_frames_parent_class)->unroot (widget);
}

static void
limn_film_frames_dispose (GObject *object)
{
  LimnFilmFrames *self = LIMN_FILM_FRAMES (object);

  end_drag (self);
  unwatch (self);
  if (self->projector)
    g_signal_handlers_disconnect_by_data (self->projector, self);
  g_clear_object (&self->projector);
  G_OBJECT_CLASS (limn_film_frames_parent_class)->dispose (object);
}

static void
limn_film_frames_finalize (GObject *object)
{
  LimnFilmFrames *self = LIMN_FILM_FRAMES (object);

  g_ptr_array_unref (self->entries);
  g_array_unref (self->turns);
  g_ptr_array_unref (self->changes);
  g_hash_table_unref (self->textures);
  G_OBJECT_CLASS (limn_film_frames_parent_class)->finalize (object);
}

static void
add_arrow (GtkWidgetClass *widget_class, guint key, guint keypad_key, int by)
{
  gtk_widget_class_add_binding (widget_class, key, 0, on_arrow, "i", by);
  gtk_widget_class_add_binding (widget_class, keypad_key, 0, on_arrow, "i", by);
}

static void
limn_film_frames_class_init (LimnFilmFramesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = limn_film_frames_dispose;
  object_class->finalize = limn_film_frames_finalize;
  widget_class->measure = limn_film_frames_measure;
  widget_class->size_allocate = limn_film_frames_size_allocate;
  widget_class->snapshot = limn_film_frames_snapshot;
  widget_class->query_tooltip = limn_film_frames_query_tooltip;
  widget_class->root = limn_film_frames_root;
  widget_class->unroot = limn_film_frames_unroot;
  gtk_widget_class_set_css_name (widget_class, "frames");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
  add_arrow (widget_class, GDK_KEY_Left, GDK_KEY_KP_Left, -1);
  add_arrow (widget_class, GDK_KEY_Right, GDK_KEY_KP_Right, 1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Home, 0, on_first, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_End, 0, on_last, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, on_last, NULL);
}

static void
limn_film_frames_init (LimnFilmFrames *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *scroll =
    gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES | GTK_EVENT_CONTROLLER_SCROLL_KINETIC);

  self->entries = g_ptr_array_new_with_free_func (g_object_unref);
  self->textures = g_hash_table_new_full (NULL, NULL, NULL, thumbnail_free);
  self->turns = g_array_new (FALSE, FALSE, sizeof (guint));
  self->changes = g_ptr_array_new_with_free_func (g_free);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0, -1);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect_swapped (drag, "end", G_CALLBACK (end_drag), self);
  g_signal_connect_swapped (drag, "cancel", G_CALLBACK (end_drag), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
}

/* --- Public --- */

static void
on_projector (LimnFilmFrames *self)
{
  watch (self, limn_projector_get_reel (self->projector));
  on_shown (self);
}

void
limn_film_frames_set_projector (LimnFilmFrames *self, LimnProjector *projector)
{
  g_return_if_fail (LIMN_IS_FILM_FRAMES (self) && !self->projector);

  self->projector = g_object_ref (projector);
  g_signal_connect_swapped (projector, "notify::reel", G_CALLBACK (on_projector), self);
  g_signal_connect_swapped (projector, "notify::step", G_CALLBACK (on_projector), self);
  g_signal_connect_swapped (projector, "notify::shown-step", G_CALLBACK (on_projector), self);
  g_signal_connect_swapped (projector, "notify::frame", G_CALLBACK (on_projector), self);
  on_projector (self);
}

char *
limn_film_frames_describe (LimnProjector *projector)
{
  LimnReel *reel = limn_projector_get_reel (projector);
  guint step = limn_projector_get_shown_step (projector);
  g_autoptr(LimnReelStep) entry = reel && step > 0 ? g_list_model_get_item (G_LIST_MODEL (reel), step - 1) : NULL;

  if (!entry)
    return g_strdup (_("Steps"));
  if (limn_projector_get_step (projector) == 0 && !limn_reel_is_live (reel))
    return g_strdup_printf (ngettext ("Picture after %u step", "Picture after %u steps", step), step);
  /* Translators: which step of the denoising is shown, of how many, and how much noise is left in it (a number called sigma). */
  return g_strdup_printf (_("Step %u of %u, noise %.2f"), step, MAX (limn_reel_get_n_steps (reel), limn_projector_get_n_steps (projector)),
                          limn_reel_step_get_sigma (entry));
}
