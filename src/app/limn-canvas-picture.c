/* SPDX-License-Identifier: GPL-3.0-or-later */

/* GTK 4.8 draws textures with linear sampling and nothing else: four pixels are mixed, wherever they lie. Shown below half its size
 * a picture would then lose every other pixel or more and sparkle, so the pixels are averaged first, by the power of two that leaves a half or more to
 * the GPU. And above 100 % everything would be blurred, so the visible part is enlarged here, pixel by pixel. */
#include "config.h"

#include "app/limn-canvas-picture.h"

#include "image/limn-resize.h"

#include <math.h>
#include <string.h>

/* limn_image_scale_down() takes 4 to 5 ns a pixel, so this much stays below the 5 ms that the main loop may lose; more goes to a thread. */
#define REDUCE_AT_ONCE_PIXELS (900 * 900)

struct _LimnCanvasPicture
{
  LimnImage    *image;
  LimnCanvasPictureChanged changed;
  gpointer      data;

  GdkTexture   *whole;

  guint         reduction; /* of @reduced, or of what @reducing will bring; 0: neither */
  GdkTexture   *reduced;
  GCancellable *reducing;

  GdkTexture   *part;
  int           part_x;
  int           part_y;
  graphene_rect_t part_rect;
};

LimnCanvasPicture *
limn_canvas_picture_new (LimnImage *image, LimnCanvasPictureChanged changed, gpointer data)
{
  LimnCanvasPicture *self = g_new0 (LimnCanvasPicture, 1);

  self->image = limn_image_ref (image);
  self->changed = changed;
  self->data = data;
  return self;
}

static void
stop_reducing (LimnCanvasPicture *self)
{
  if (self->reducing)
    g_cancellable_cancel (self->reducing);
  g_clear_object (&self->reducing);
}

void
limn_canvas_picture_free (LimnCanvasPicture *self)
{
  if (!self)
    return;
  stop_reducing (self);
  g_clear_object (&self->whole);
  g_clear_object (&self->reduced);
  g_clear_object (&self->part);
  limn_image_unref (self->image);
  g_free (self);
}

LimnImage *
limn_canvas_picture_get_image (LimnCanvasPicture *self)
{
  return self->image;
}

static GdkTexture *
new_texture (LimnImage *image)
{
  return gdk_memory_texture_new (limn_image_get_width (image), limn_image_get_height (image),
                                 limn_image_get_format (image) == LIMN_PIXEL_RGB8 ? GDK_MEMORY_R8G8B8 : GDK_MEMORY_R8G8B8A8,
                                 limn_image_get_pixels (image), limn_image_get_stride (image));
}

/* GTK's software renderer converts all pixels of a texture at every frame in which a corner of it is drawn anew. Three bytes a pixel take it
 * 1 ns each, four 3, and those that it draws itself 7, by way of floats (GTK 4.8). */
static GdkTexture *
new_drawn_texture (LimnImage *image)
{
  g_autoptr(LimnImage) drawn = limn_image_dup_as (image, limn_image_is_opaque (image) ? LIMN_PIXEL_RGB8 : LIMN_PIXEL_RGBA8);

  return new_texture (drawn);
}

static GdkTexture *
new_reduced_texture (LimnImage *image, guint reduction)
{
  g_autoptr(LimnImage) reduced = limn_image_scale_down (image, reduction);

  return new_drawn_texture (reduced);
}

static GdkTexture *
get_whole (LimnCanvasPicture *self)
{
  guint width = limn_image_get_width (self->image), height = limn_image_get_height (self->image);

  if (!self->whole)
    self->whole = (guint64) width * height <= REDUCE_AT_ONCE_PIXELS ? new_drawn_texture (self->image) : new_texture (self->image);
  return self->whole;
}

/* --- Smaller --- */

guint
limn_canvas_picture_get_reduction (double zoom)
{
  guint reduction = 1;

  while (zoom * reduction * 2 <= 1 && reduction < 256)
    reduction *= 2;
  return reduction;
}

typedef struct
{
  LimnImage *image;
  guint      reduction;
} Reduce;

static void
reduce_free (Reduce *reduce)
{
  limn_image_unref (reduce->image);
  g_free (reduce);
}

static void
reduce_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Reduce *reduce = data;

  g_task_return_pointer (task, new_reduced_texture (reduce->image, reduce->reduction), g_object_unref);
}

static void
on_reduced (GObject *source, GAsyncResult *result, gpointer data)
{
  LimnCanvasPicture *self = data;
  GdkTexture *texture = g_task_propagate_pointer (G_TASK (result), NULL);

  /* Cancelled: the picture may be gone. */
  if (!texture)
    return;
  g_clear_object (&self->reducing);
  self->reduced = texture;
  self->changed (self->data);
}

/* The reduced texture, or NULL as long as it is being made. */
static GdkTexture *
get_reduced (LimnCanvasPicture *self, guint reduction)
{
  guint64 n_pixels = (guint64) limn_image_get_width (self->image) * limn_image_get_height (self->image);

  if (self->reduction != reduction)
    {
      stop_reducing (self);
      g_clear_object (&self->reduced);
      self->reduction = reduction;
    }
  if (self->reduced || self->reducing)
    return self->reduced;
  if (n_pixels <= REDUCE_AT_ONCE_PIXELS)
    self->reduced = new_reduced_texture (self->image, reduction);
  else
    {
      g_autoptr(GTask) task = NULL;
      Reduce *reduce = g_new0 (Reduce, 1);

      reduce->image = limn_image_ref (self->image);
      reduce->reduction = reduction;
      self->reducing = g_cancellable_new ();
      task = g_task_new (NULL, self->reducing, on_reduced, self);
      g_task_set_task_data (task, reduce, (GDestroyNotify) reduce_free);
      g_task_run_in_thread (task, reduce_thread);
    }
  return self->reduced;
}

/* --- Larger --- */

/* The pixel under the middle of screen pixel @at. */
static guint
source_of (int at, double origin, double length, guint size)
{
  return CLAMP (floor ((at + 0.5 - origin) * size / length), 0, size - 1);
}

GBytes *
limn_canvas_picture_enlarge (LimnImage *image, const graphene_rect_t *rect, int x, int y, guint width, guint height)
{
  guint n_channels = limn_image_get_format (image);
  gsize stride = (gsize) width * n_channels;
  guint8 *data = g_malloc (stride * height);
  g_autofree guint *columns = g_new (guint, width);
  guint before = G_MAXUINT;

  for (guint i = 0; i < width; i++)
    columns[i] = source_of (x + (int) i, rect->origin.x, rect->size.width, limn_image_get_width (image)) * n_channels;
  for (guint j = 0; j < height; j++)
    {
      guint row = source_of (y + (int) j, rect->origin.y, rect->size.height, limn_image_get_height (image));
      const guint8 *from = limn_image_get_row (image, row);
      guint8 *to = data + j * stride;

      /* Many rows of the screen show the same row of the picture. */
      if (row == before)
        memcpy (to, to - stride, stride);
      else if (n_channels == 4)
        for (guint i = 0; i < width; i++)
          memcpy (to + 4 * i, from + columns[i], 4);
      else
        for (guint i = 0; i < width; i++)
          memcpy (to + 3 * i, from + columns[i], 3);
      before = row;
    }
  return g_bytes_new_take (data, stride * height);
}

#if !GTK_CHECK_VERSION(4, 10, 0)
static gboolean
is_cached (LimnCanvasPicture *self, const graphene_rect_t *rect, int x, int y, int width, int height)
{
  return self->part && graphene_rect_equal (&self->part_rect, rect) && self->part_x == x && self->part_y == y &&
         gdk_texture_get_width (self->part) == width && gdk_texture_get_height (self->part) == height;
}

static void
snapshot_part (LimnCanvasPicture     *self,
               GtkSnapshot           *snapshot,
               const graphene_rect_t *rect,
               const graphene_rect_t *visible,
               double                 scale)
{
  graphene_rect_t part, round;
  int x, y, width, height;

  if (!graphene_rect_intersection (rect, visible, &part))
    return;
  graphene_rect_round_extents (&part, &round);
  x = round.origin.x;
  y = round.origin.y;
  width = round.size.width;
  height = round.size.height;
  if (!is_cached (self, rect, x, y, width, height))
    {
      g_autoptr(GBytes) pixels = limn_canvas_picture_enlarge (self->image, rect, x, y, width, height);
      g_autoptr(LimnImage) image = limn_image_new (limn_image_get_format (self->image), width, height, 0, pixels, NULL);

      g_clear_object (&self->part);
      self->part = new_drawn_texture (image);
      self->part_x = x;
      self->part_y = y;
      self->part_rect = *rect;
    }
  gtk_snapshot_append_texture (snapshot, self->part,
                               &GRAPHENE_RECT_INIT (x / scale, y / scale, width / scale, height / scale));
}
#endif

/* --- Drawing --- */

/* @texture's pixels are @reduction pixels of the picture a side, the last ones perhaps only in part. */
static void
snapshot_texture (LimnCanvasPicture     *self,
                  GtkSnapshot           *snapshot,
                  GdkTexture            *texture,
                  guint                  reduction,
                  const graphene_rect_t *rect,
                  double                 scale)
{
  graphene_rect_t to = GRAPHENE_RECT_INIT (rect->origin.x / scale, rect->origin.y / scale, rect->size.width / scale,
                                           rect->size.height / scale);
  graphene_rect_t all = to;

  all.size.width *= (double) gdk_texture_get_width (texture) * reduction / limn_image_get_width (self->image);
  all.size.height *= (double) gdk_texture_get_height (texture) * reduction / limn_image_get_height (self->image);
  if (graphene_rect_equal (&all, &to))
    {
      gtk_snapshot_append_texture (snapshot, texture, &to);
      return;
    }
  gtk_snapshot_push_clip (snapshot, &to);
  gtk_snapshot_append_texture (snapshot, texture, &all);
  gtk_snapshot_pop (snapshot);
}

void
limn_canvas_picture_snapshot (LimnCanvasPicture     *self,
                              GtkSnapshot           *snapshot,
                              const graphene_rect_t *rect,
                              const graphene_rect_t *visible,
                              double                 scale,
                              gboolean               crisp)
{
  double zoom = rect->size.width / limn_image_get_width (self->image);
  guint reduction = limn_canvas_picture_get_reduction (zoom);
  GdkTexture *reduced = reduction > 1 ? get_reduced (self, reduction) : NULL;

  if (reduced)
    snapshot_texture (self, snapshot, reduced, reduction, rect, scale);
  else if (crisp && zoom >= 1)
#if GTK_CHECK_VERSION(4, 10, 0)
    gtk_snapshot_append_scaled_texture (snapshot, get_whole (self), GSK_SCALING_FILTER_NEAREST,
                                        &GRAPHENE_RECT_INIT (rect->origin.x / scale, rect->origin.y / scale,
                                                             rect->size.width / scale, rect->size.height / scale));
#else
    snapshot_part (self, snapshot, rect, visible, scale);
#endif
  else
    snapshot_texture (self, snapshot, get_whole (self), 1, rect, scale);
}
