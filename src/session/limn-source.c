/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Everything is first brought to the result's size: the picture with what it grows by, and a grey image of how much each pixel may change,
 * in which the mask, what is grown and what is transparent are one. From these two the work is cut, and the result put together. */
#include "config.h"

#include "session/limn-source-private.h"

#include "base/limn-error.h"
#include "image/limn-distance.h"
#include "image/limn-fill.h"
#include "image/limn-mask-cell.h"
#include "image/limn-mirror.h"
#include "image/limn-resample.h"

#include <math.h>
#include <string.h>

static LimnImage *
new_image (LimnPixelFormat format, guint width, guint height, guint8 **data)
{
  *data = g_malloc0 ((gsize) width * height * format);
  return limn_image_new_take (format, width, height, *data, NULL);
}

/* @image with @left, @top, … pixels of nothing (0) around it. */
static LimnImage *
grow (LimnImage *image, const LimnRequestSource *source)
{
  LimnPixelFormat format = limn_image_get_format (image);
  guint width = limn_image_get_width (image), height = limn_image_get_height (image);
  guint wide = width + source->grow_left + source->grow_right;
  LimnImage *grown;
  guint8 *data;

  if (wide == width && !source->grow_top && !source->grow_bottom)
    return limn_image_ref (image);
  grown = new_image (format, wide, height + source->grow_top + source->grow_bottom, &data);
  for (guint y = 0; y < height; y++)
    memcpy (data + ((gsize) (y + source->grow_top) * wide + source->grow_left) * format, limn_image_get_row (image, y),
            (gsize) width * format);
  return grown;
}

static gboolean
has_grown (const LimnRequestSource *source)
{
  return source->grow_left || source->grow_top || source->grow_right || source->grow_bottom;
}

/* How much each pixel of the canvas may change, from the @mask (nullable). With a strength of 0 the old ones stay, and do not even go through
 * the VAE; what restores a picture is more than what was painted. */
static LimnImage *
make_change (const LimnRequestSource *source, LimnImage *mask, LimnImage *canvas)
{
  guint width = limn_image_get_width (canvas), height = limn_image_get_height (canvas);
  guint old_width = width - source->grow_left - source->grow_right, old_height = height - source->grow_top - source->grow_bottom;
  gboolean held = source->strength == 0 && source->restore == LIMN_RESTORE_NONE;
  guint8 *data;
  LimnImage *change = new_image (LIMN_PIXEL_GREY8, width, height, &data);

  for (guint y = 0; y < height; y++)
    {
      const guint8 *colours = limn_image_get_row (canvas, y);
      guint8 *row = data + (gsize) y * width;

      for (guint x = 0; x < width; x++)
        {
          /* Grown pixels are transparent like any other. */
          guint value = 255 - colours[x * 4 + 3];
          guint u = x - source->grow_left, v = y - source->grow_top;
          gboolean old = u < old_width && v < old_height;

          if (old && held)
            value = 0;
          else if (old && mask)
            {
              guint8 painted = limn_image_get_row (mask, v)[u];

              /* What the mask leaves out stays as it is, also where nothing is. */
              value = painted ? MAX (value, painted) : 0;
            }
          else if (!mask && !has_grown (source))
            value = 255;
          row[x] = value;
        }
    }
  return change;
}

static void
find_box (LimnImage *change, LimnSourceBox *box)
{
  guint width = limn_image_get_width (change), height = limn_image_get_height (change);

  *box = (LimnSourceBox){ width, height, 0, 0 };
  for (guint y = 0; y < height; y++)
    {
      const guint8 *row = limn_image_get_row (change, y);

      for (guint x = 0; x < width; x++)
        if (row[x])
          {
            box->x0 = MIN (box->x0, x);
            box->x1 = MAX (box->x1, x + 1);
            box->y0 = MIN (box->y0, y);
            box->y1 = y + 1;
          }
    }
  if (box->x1 <= box->x0)
    *box = (LimnSourceBox){ 0 };
}

/* @base with its holes filled; @change (nullable): what is masked there is a hole too. Of the rows @y0 to @y1 - 1 and columns alike. */
static float *
fill (LimnImage *base, LimnImage *change, const LimnSourceBox *part)
{
  guint width = part->x1 - part->x0, height = part->y1 - part->y0;
  float *values = g_new (float, (gsize) width * height * 3);
  g_autofree float *known = g_new (float, (gsize) width * height);

  for (guint y = 0; y < height; y++)
    {
      const guint8 *colours = limn_image_get_row (base, part->y0 + y) + (gsize) part->x0 * 4;
      const guint8 *masked = change ? limn_image_get_row (change, part->y0 + y) + part->x0 : NULL;

      for (guint x = 0; x < width; x++)
        {
          gsize i = (gsize) y * width + x;

          for (guint c = 0; c < 3; c++)
            values[i * 3 + c] = colours[x * 4 + c];
          known[i] = (masked ? MIN (colours[x * 4 + 3], 255 - masked[x]) : colours[x * 4 + 3]) / 255.0f;
        }
    }
  limn_fill_holes (values, known, width, height, 3);
  return values;
}

static LimnImage *
make_filled (LimnImage *base)
{
  const LimnSourceBox all = { 0, 0, limn_image_get_width (base), limn_image_get_height (base) };
  g_autofree float *values = NULL;
  LimnImage *filled;
  guint8 *data;

  if (limn_image_is_opaque (base))
    return limn_image_dup_as (base, LIMN_PIXEL_RGB8);
  values = fill (base, NULL, &all);
  filled = new_image (LIMN_PIXEL_RGB8, all.x1, all.y1, &data);
  for (gsize i = 0; i < (gsize) all.x1 * all.y1 * 3; i++)
    data[i] = CLAMP (values[i] + 0.5f, 0, 255);
  return filled;
}

/* How much of the new picture each pixel of the box takes: none at the mask's edge, all at @feather pixels inside. */
static guint8 *
make_weights (LimnImage *change, const LimnSourceBox *box, guint feather)
{
  guint width = box->x1 - box->x0, height = box->y1 - box->y0;
  guint full_width = limn_image_get_width (change), full_height = limn_image_get_height (change);
  /* One pixel more on each side, if there is one: what lies there is outside, and nearer than anything farther away. */
  guint left = MIN (1, box->x0), top = MIN (1, box->y0);
  guint wide = width + left + MIN (1, full_width - box->x1), high = height + top + MIN (1, full_height - box->y1);
  guint8 *weights = g_new (guint8, (gsize) width * height);
  g_autofree guint8 *inside = NULL;
  g_autofree float *distance = NULL;

  if (feather == 0)
    {
      for (guint y = 0; y < height; y++)
        for (guint x = 0; x < width; x++)
          weights[(gsize) y * width + x] = limn_image_get_row (change, box->y0 + y)[box->x0 + x] ? 255 : 0;
      return weights;
    }
  inside = g_new (guint8, (gsize) wide * high);
  distance = g_new (float, (gsize) wide * high);
  for (guint y = 0; y < high; y++)
    memcpy (inside + (gsize) y * wide, limn_image_get_row (change, box->y0 - top + y) + box->x0 - left, wide);
  limn_distance_transform (inside, wide, high, distance);
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      {
        float t = MIN (1, distance[(gsize) (y + top) * wide + x + left] / (feather + 1.0f));

        weights[(gsize) y * width + x] = 255 * t * t * (3 - 2 * t) + 0.5f;
      }
  return weights;
}

/* @grown: (out): whether some of its pixels were not there before. */
static void
look_at_cell (const LimnSource *self, const LimnSourceBox *old, guint cx, guint cy, LimnMaskCell *cell, gboolean *grown)
{
  const LimnSourcePlan *plan = &self->plan;
  double side = plan->factor / plan->zoom;
  gint64 x0 = floor (plan->x + cx * side), x1 = ceil (plan->x + (cx + 1) * side);
  gint64 y0 = floor (plan->y + cy * side), y1 = ceil (plan->y + (cy + 1) * side);
  guint64 sum = 0;

  *cell = (LimnMaskCell){ 0 };
  *grown = FALSE;
  for (gint64 y = y0; y < y1; y++)
    {
      guint v = limn_mirror (y, plan->height);
      const guint8 *row = limn_image_get_row (self->change, v);

      for (gint64 x = x0; x < x1; x++)
        {
          guint u = limn_mirror (x, plan->width);

          cell->largest = MAX (cell->largest, row[u]);
          sum += row[u];
          *grown |= u < old->x0 || u >= old->x1 || v < old->y0 || v >= old->y1;
        }
    }
  cell->mean = (double) sum / ((x1 - x0) * (y1 - y0));
}

static void
make_strength (LimnSource *self, const LimnRequestSource *source, const LimnSourceBox *old)
{
  const LimnSourcePlan *plan = &self->plan;
  gsize n = (gsize) plan->width_lt * plan->height_lt;
  g_autofree LimnMaskCell *cells = g_new (LimnMaskCell, n);
  g_autofree gboolean *grown = g_new (gboolean, n);

  self->strength = g_new (double, n);
  self->mask = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    look_at_cell (self, old, i % plan->width_lt, i / plan->width_lt, &cells[i], &grown[i]);
  for (gsize i = 0; i < n; i++)
    {
      double value = limn_mask_cell_get_value (cells, plan->width_lt, plan->height_lt, i % plan->width_lt, i / plan->width_lt);

      self->strength[i] = grown[i] ? 1 : source->strength * value / 255;
      self->mask[i] = grown[i] || cells[i].largest >= 128 ? 1 : 0;
      self->max_strength = MAX (self->max_strength, self->strength[i]);
    }
}

/* Which part of the result was there before. */
static void
find_old (const LimnSourcePlan *plan, const LimnRequestSource *source, LimnSourceBox *old)
{
  double across = (double) plan->width / plan->canvas_width;
  double down = (double) plan->height / plan->canvas_height;

  old->x0 = source->grow_left * across + 0.5;
  old->y0 = source->grow_top * down + 0.5;
  old->x1 = (plan->canvas_width - source->grow_right) * across + 0.5;
  old->y1 = (plan->canvas_height - source->grow_bottom) * down + 0.5;
}

static gboolean
take_jpeg (LimnSource *self, const LimnRequestSource *source, LimnImage *picture, GBytes *file, GError **error)
{
  if (source->restore != LIMN_RESTORE_JPEG)
    return TRUE;
  if (!file)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The JPEG whose damage is to be removed is not there.");
      return FALSE;
    }
  if (self->plan.scaled)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "Remove the JPEG's damage first, and change its size afterwards.");
      return FALSE;
    }
  self->jpeg = limn_jpeg_new (file, error);
  if (!self->jpeg)
    return FALSE;
  if (limn_jpeg_get_width (self->jpeg) != limn_image_get_width (picture) ||
      limn_jpeg_get_height (self->jpeg) != limn_image_get_height (picture))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The JPEG has %ux%u pixels, but the picture has %ux%u.",
                   limn_jpeg_get_width (self->jpeg), limn_jpeg_get_height (self->jpeg), limn_image_get_width (picture),
                   limn_image_get_height (picture));
      return FALSE;
    }
  self->jpeg_x = source->grow_left;
  self->jpeg_y = source->grow_top;
  return TRUE;
}

/* What the network sees instead of the JPEG's blocks, and begins with. */
static gboolean
smooth_jpeg (LimnSource *self, LimnImage *picture, GError **error)
{
  g_autoptr(LimnImage) smooth = self->jpeg ? limn_jpeg_smooth (self->jpeg, picture, error) : NULL;
  guint width = limn_image_get_width (self->filled), height = limn_image_get_height (self->filled);
  LimnImage *better;
  guint8 *data;

  if (!smooth)
    return self->jpeg == NULL;
  better = new_image (LIMN_PIXEL_RGB8, width, height, &data);
  for (guint y = 0; y < height; y++)
    {
      memcpy (data + (gsize) y * width * 3, limn_image_get_row (self->filled, y), (gsize) width * 3);
      if (y >= self->jpeg_y && y < self->jpeg_y + limn_image_get_height (smooth))
        memcpy (data + ((gsize) y * width + self->jpeg_x) * 3, limn_image_get_row (smooth, y - self->jpeg_y),
                (gsize) limn_image_get_width (smooth) * 3);
    }
  limn_image_unref (self->filled);
  self->filled = better;
  return TRUE;
}

/* The opaque picture that the result is a whole number of times as large as; NULL: it is none. */
static LimnImage *
find_small (const LimnSourcePlan *plan, const LimnRequestSource *source, LimnImage *canvas)
{
  guint factor = plan->width / plan->canvas_width;

  if (source->restore != LIMN_RESTORE_ENLARGE || factor < 2 || plan->width != plan->canvas_width * factor ||
      plan->height != plan->canvas_height * factor || !limn_image_is_opaque (canvas))
    return NULL;
  return limn_image_ref (canvas);
}

LimnSource *
limn_source_new (const LimnRequest      *request,
                 const LimnEngineFacts  *facts,
                 LimnImage              *picture,
                 LimnImage              *mask,
                 GBytes                 *file,
                 GError                **error)
{
  const LimnRequestSource *source = request->source;
  guint width = limn_image_get_width (picture), height = limn_image_get_height (picture);
  g_autoptr(LimnSource) self = NULL;
  g_autoptr(LimnImage) rgba = NULL;
  g_autoptr(LimnImage) canvas = NULL;
  g_autoptr(LimnImage) grey = NULL;
  g_autoptr(LimnImage) change = NULL;
  LimnSourceBox old;

  g_return_val_if_fail (source != NULL, NULL);

  if (mask && (limn_image_get_width (mask) != width || limn_image_get_height (mask) != height))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The mask has %ux%u pixels, but the picture has %ux%u.",
                   limn_image_get_width (mask), limn_image_get_height (mask), width, height);
      return NULL;
    }
  self = g_new0 (LimnSource, 1);
  g_atomic_ref_count_init (&self->refs);
  self->content = source->content;
  self->restore = source->restore;
  if (!limn_source_plan_init (&self->plan, request, facts, width, height, NULL, error) ||
      !take_jpeg (self, source, picture, file, error))
    return NULL;

  rgba = limn_image_dup_as (picture, LIMN_PIXEL_RGBA8);
  canvas = grow (rgba, source);
  grey = mask ? limn_image_dup_as (mask, LIMN_PIXEL_GREY8) : NULL;
  change = make_change (source, grey, canvas);
  self->base = limn_image_resample (canvas, self->plan.width, self->plan.height, LIMN_RESAMPLE_LANCZOS, error);
  if (!self->base)
    return NULL;
  self->change = limn_image_resample (change, self->plan.width, self->plan.height, LIMN_RESAMPLE_TENT, error);
  if (!self->change)
    return NULL;
  find_box (self->change, &self->box);
  if (source->only_masked && !limn_source_plan_init (&self->plan, request, facts, width, height, &self->box, error))
    return NULL;
  self->filled = make_filled (self->base);
  self->small = find_small (&self->plan, source, canvas);
  if (!smooth_jpeg (self, picture, error))
    return NULL;
  self->weights = make_weights (self->change, &self->box, source->feather);
  find_old (&self->plan, source, &old);
  make_strength (self, source, &old);
  return g_steal_pointer (&self);
}

LimnSource *
limn_source_ref (LimnSource *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
limn_source_unref (LimnSource *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->jpeg, limn_jpeg_unref);
  g_clear_pointer (&self->small, limn_image_unref);
  g_clear_pointer (&self->base, limn_image_unref);
  g_clear_pointer (&self->filled, limn_image_unref);
  g_clear_pointer (&self->change, limn_image_unref);
  g_free (self->weights);
  g_free (self->strength);
  g_free (self->mask);
  g_free (self);
}

const LimnSourcePlan *
limn_source_get_plan (const LimnSource *self)
{
  return &self->plan;
}

guint
limn_source_get_width_lt (const LimnSource *self)
{
  return self->plan.width_lt;
}

guint
limn_source_get_height_lt (const LimnSource *self)
{
  return self->plan.height_lt;
}

const double *
limn_source_get_strength (const LimnSource *self)
{
  return self->strength;
}

double
limn_source_get_max_strength (const LimnSource *self)
{
  return self->max_strength;
}

const float *
limn_source_get_mask (const LimnSource *self)
{
  return self->mask;
}

/* --- What the encoder sees --- */

/* Which part of the result the work shows, and a kernel's reach around it. */
static void
find_part (const LimnSourcePlan *plan, LimnSourceBox *part)
{
  enum { REACH = 4 };
  double right = plan->x + plan->width_lt * plan->factor / plan->zoom;
  double lower = plan->y + plan->height_lt * plan->factor / plan->zoom;

  part->x0 = plan->x - MIN (plan->x, REACH);
  part->y0 = plan->y - MIN (plan->y, REACH);
  part->x1 = MIN (plan->width, right + REACH);
  part->y1 = MIN (plan->height, lower + REACH);
}

/* The values of limn_source_fill_rgb() at the result's own size, of @part. (transfer full) */
static float *
dup_part (const LimnSource *self, LimnSourceFill what, const LimnSourceBox *part)
{
  guint width = part->x1 - part->x0, height = part->y1 - part->y0;
  g_autofree float *smooth = NULL;
  float *values = g_new (float, (gsize) width * height * 3);

  if (what == LIMN_SOURCE_INITIAL && self->content == LIMN_CONTENT_BLURRED)
    smooth = fill (self->base, self->change, part);
  for (guint y = 0; y < height; y++)
    {
      const guint8 *row = limn_image_get_row (self->filled, part->y0 + y) + (gsize) part->x0 * 3;
      const guint8 *change = limn_image_get_row (self->change, part->y0 + y) + part->x0;
      float *to = values + (gsize) y * width * 3;

      for (guint i = 0; i < width * 3; i++)
        {
          float value = smooth ? smooth[(gsize) y * width * 3 + i] : row[i];

          to[i] = what == LIMN_SOURCE_MASKED && change[i / 3] >= 128 ? 127.5f : value;
        }
    }
  return values;
}

void
limn_source_fill_rgb (const LimnSource *self, LimnSourceFill what, float *rgb)
{
  const LimnSourcePlan *plan = &self->plan;
  guint width = plan->width_lt * plan->factor, height = plan->height_lt * plan->factor;
  gsize n = (gsize) width * height;
  g_autofree float *values = NULL;
  g_autofree float *work = g_new (float, n * 3);
  LimnResampleAxis x, y;
  LimnSourceBox part;

  find_part (plan, &part);
  values = dup_part (self, what, &part);
  x = (LimnResampleAxis){ part.x1 - part.x0, (double) plan->x - part.x0, 1 / plan->zoom, width };
  y = (LimnResampleAxis){ part.y1 - part.y0, (double) plan->y - part.y0, 1 / plan->zoom, height };
  limn_resample (values, work, &x, &y, 3, LIMN_RESAMPLE_LANCZOS);
  for (guint c = 0; c < 3; c++)
    for (gsize i = 0; i < n; i++)
      rgb[c * n + i] = CLAMP (work[i * 3 + c] / 127.5f - 1, -1, 1);
}
