/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-source-plan.h"

#include "base/limn-error.h"

#include <math.h>

/* A strip that is narrower is painted with more of what is beside it: models have seen no other pictures. */
#define MAX_ASPECT 2.0

gboolean
limn_source_plan_get_size (const LimnRequest *request, guint picture_width, guint picture_height, guint *width, guint *height,
                           GError **error)
{
  const LimnRequestSource *source = request->source;
  guint64 wide, high;

  g_return_val_if_fail (source != NULL, FALSE);

  if (request->open & LIMN_REQUEST_OPEN_SIZE)
    {
      wide = (guint64) picture_width + source->grow_left + source->grow_right;
      high = (guint64) picture_height + source->grow_top + source->grow_bottom;
    }
  else
    {
      wide = request->width;
      high = request->height;
    }
  if (wide > LIMN_REQUEST_MAX_SIDE || high > LIMN_REQUEST_MAX_SIDE || wide * high > LIMN_IMAGE_MAX_PIXELS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "A picture of %" G_GUINT64_FORMAT "x%" G_GUINT64_FORMAT " pixels is too large to be painted; Limn paints up to %d pixels a "
                   "side and %" G_GUINT64_FORMAT " million in all.",
                   wide, high, LIMN_REQUEST_MAX_SIDE, LIMN_IMAGE_MAX_PIXELS / 1000000);
      return FALSE;
    }
  *width = wide;
  *height = high;
  return TRUE;
}

static guint
round_up (guint value, guint multiple)
{
  return (value + multiple - 1) / multiple * multiple;
}

/* One axis of a box: as far as it may be looked at. */
static void
widen (guint *from, guint *to, guint by, guint size)
{
  *from -= MIN (*from, by);
  *to += MIN (size - *to, by);
}

/* Makes the stretch @from..@to at least @wanted long, both ways alike, within @size. */
static void
widen_to (guint *from, guint *to, guint wanted, guint size)
{
  guint missing = MIN (wanted, size) - MIN (MIN (wanted, size), *to - *from);

  *from -= MIN (*from, missing / 2);
  *to = MIN (size, MAX (*to, *from + wanted));
  *from = MIN (*from, *to - MIN (*to, MIN (wanted, size)));
}

/* Where a stretch of @length begins whose middle is that of @from..@to, moved into 0..@size where it fits; a part of a pixel may
 * stand out, since the box itself has to be inside. */
static guint
place (guint from, guint to, double length, guint size)
{
  double start = floor ((from + (double) to - length) / 2 + 0.5);

  /* What is a hundredth of a pixel too short was rounded. */
  start = MAX (start, ceil (to - length - 0.01));
  start = MIN (start, ceil (size - length - 0.01));
  return CLAMP (start, 0, from);
}

static void
plan_masked (LimnSourcePlan *plan, const LimnRequest *request, const LimnEngineFacts *facts, const LimnSourceBox *changing)
{
  guint x0 = changing->x0, y0 = changing->y0, x1 = changing->x1, y1 = changing->y1;
  guint multiple = facts->multiple;
  double area = (double) facts->width * facts->height;
  double zoom;
  guint wide, high;

  widen (&x0, &x1, request->source->padding, plan->width);
  widen (&y0, &y1, request->source->padding, plan->height);
  widen_to (&x0, &x1, (y1 - y0) / MAX_ASPECT, plan->width);
  widen_to (&y0, &y1, (x1 - x0) / MAX_ASPECT, plan->height);

  zoom = sqrt (area / ((double) (x1 - x0) * (y1 - y0)));
  if (zoom <= 1)
    {
      wide = round_up (x1 - x0, multiple);
      high = round_up (y1 - y0, multiple);
      zoom = 1;
    }
  else
    {
      wide = MAX (1, floor ((x1 - x0) * zoom / multiple + 0.5)) * multiple;
      high = MAX (1, floor ((y1 - y0) * zoom / multiple + 0.5)) * multiple;
      zoom = MIN ((double) wide / (x1 - x0), (double) high / (y1 - y0));
      /* A model that was made for less than a multiple would be asked to make things smaller. */
      if (zoom < 1)
        {
          wide = round_up (x1 - x0, multiple);
          high = round_up (y1 - y0, multiple);
          zoom = 1;
        }
    }
  plan->zoom = zoom;
  plan->x = place (x0, x1, wide / zoom, plan->width);
  plan->y = place (y0, y1, high / zoom, plan->height);
  plan->width_lt = wide / facts->factor;
  plan->height_lt = high / facts->factor;
}

static gboolean
check_wrap (const char *what, gboolean wrap, guint size, guint multiple, GError **error)
{
  if (!wrap || size % multiple == 0)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
               "For edges that fit together the %s of the picture must be a multiple of %u pixels, not %u.", what, multiple, size);
  return FALSE;
}

gboolean
limn_source_plan_init (LimnSourcePlan         *plan,
                       const LimnRequest      *request,
                       const LimnEngineFacts  *facts,
                       guint                   picture_width,
                       guint                   picture_height,
                       const LimnSourceBox    *changing,
                       GError                **error)
{
  const LimnRequestSource *source = request->source;
  LimnSourcePlan made = { .zoom = 1, .factor = facts->factor };

  if (!limn_source_plan_get_size (request, picture_width, picture_height, &made.width, &made.height, error) ||
      !check_wrap ("width", request->wrap_x, made.width, facts->multiple, error) ||
      !check_wrap ("height", request->wrap_y, made.height, facts->multiple, error))
    return FALSE;
  made.canvas_width = picture_width + source->grow_left + source->grow_right;
  made.canvas_height = picture_height + source->grow_top + source->grow_bottom;
  made.scaled = made.canvas_width != made.width || made.canvas_height != made.height;

  if (source->only_masked && changing && changing->x1 > changing->x0 && changing->y1 > changing->y0)
    plan_masked (&made, request, facts, changing);
  else
    {
      made.width_lt = round_up (made.width, facts->multiple) / facts->factor;
      made.height_lt = round_up (made.height, facts->multiple) / facts->factor;
    }
  *plan = made;
  return TRUE;
}
