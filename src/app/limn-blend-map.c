/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-blend-map.h"

#include "app/limn-files.h"

#include <math.h>

typedef struct
{
  GdkTexture *texture;  /* (nullable) */
  double      distance; /* squared, of where it was painted from the middle */
  gboolean    tried;
} Place;

struct _LimnBlendMap
{
  guint  columns;
  guint  rows;
  Place *places;
};

LimnBlendMap *
limn_blend_map_new (guint columns, guint rows)
{
  LimnBlendMap *self;

  g_return_val_if_fail (columns > 0 && rows > 0, NULL);

  self = g_new0 (LimnBlendMap, 1);
  self->columns = columns;
  self->rows = rows;
  self->places = g_new0 (Place, columns * rows);
  return self;
}

void
limn_blend_map_free (LimnBlendMap *self)
{
  if (!self)
    return;
  limn_blend_map_clear (self);
  g_free (self->places);
  g_free (self);
}

guint
limn_blend_map_get_columns (const LimnBlendMap *self)
{
  return self->columns;
}

guint
limn_blend_map_get_rows (const LimnBlendMap *self)
{
  return self->rows;
}

void
limn_blend_map_clear (LimnBlendMap *self)
{
  for (guint i = 0; i < self->columns * self->rows; i++)
    {
      g_clear_object (&self->places[i].texture);
      self->places[i] = (Place){ NULL, 0, FALSE };
    }
}

/* --- Places --- */

static double
get_middle (guint index, guint n)
{
  return (index + 0.5) / n;
}

static double
get_distance (const LimnBlendMap *self, guint index, double u, double v)
{
  double du = u - get_middle (index % self->columns, self->columns);
  /* A strip has one row for every v. */
  double dv = self->rows > 1 ? v - get_middle (index / self->columns, self->rows) : 0;

  return du * du + dv * dv;
}

static guint
find_index (const LimnBlendMap *self, double u, double v)
{
  guint column = MIN ((guint) (CLAMP (u, 0, 1) * self->columns), self->columns - 1);
  guint row = MIN ((guint) (CLAMP (v, 0, 1) * self->rows), self->rows - 1);

  return row * self->columns + column;
}

gboolean
limn_blend_map_put (LimnBlendMap *self, LimnImage *image, double u, double v)
{
  guint index = find_index (self, u, v);
  Place *place = &self->places[index];
  double distance = get_distance (self, index, u, v);

  place->tried = TRUE;
  if (place->texture && place->distance < distance)
    return FALSE;
  g_clear_object (&place->texture);
  place->texture = limn_files_new_texture (image);
  place->distance = distance;
  return TRUE;
}

void
limn_blend_map_skip (LimnBlendMap *self, double u, double v)
{
  self->places[find_index (self, u, v)].tried = TRUE;
}

gboolean
limn_blend_map_find_empty (const LimnBlendMap *self, double *u, double *v)
{
  guint best = G_MAXUINT;
  double nearest = INFINITY;

  for (guint i = 0; i < self->columns * self->rows; i++)
    {
      double distance = get_distance (self, i, *u, *v);

      if (self->places[i].tried || distance >= nearest)
        continue;
      nearest = distance;
      best = i;
    }
  if (best == G_MAXUINT)
    return FALSE;
  *u = get_middle (best % self->columns, self->columns);
  *v = self->rows > 1 ? get_middle (best / self->columns, self->rows) : 0;
  return TRUE;
}

GdkTexture *
limn_blend_map_get (const LimnBlendMap *self, guint column, guint row)
{
  g_return_val_if_fail (column < self->columns && row < self->rows, NULL);

  return self->places[row * self->columns + column].texture;
}
