/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** LimnRect: pixels @x to @x + @width - 1 and @y to @y + @height - 1; empty where a side is 0 or less. */
typedef struct
{
  int x;
  int y;
  int width;
  int height;
} LimnRect;

static inline gboolean
limn_rect_is_empty (const LimnRect *rect)
{
  return rect->width <= 0 || rect->height <= 0;
}

/** limn_rect_union: the smallest rectangle that holds both; an empty one adds nothing. */
static inline LimnRect
limn_rect_union (const LimnRect *a, const LimnRect *b)
{
  int x, y;

  if (limn_rect_is_empty (a))
    return *b;
  if (limn_rect_is_empty (b))
    return *a;
  x = MIN (a->x, b->x);
  y = MIN (a->y, b->y);
  return (LimnRect){ x, y, MAX (a->x + a->width, b->x + b->width) - x, MAX (a->y + a->height, b->y + b->height) - y };
}

/** limn_rect_intersect: what lies in both; width and height 0 where nothing does. */
static inline LimnRect
limn_rect_intersect (const LimnRect *a, const LimnRect *b)
{
  LimnRect both;

  both.x = MAX (a->x, b->x);
  both.y = MAX (a->y, b->y);
  both.width = MIN (a->x + a->width, b->x + b->width) - both.x;
  both.height = MIN (a->y + a->height, b->y + b->height) - both.y;
  return limn_rect_is_empty (&both) ? (LimnRect){ 0 } : both;
}

G_END_DECLS
