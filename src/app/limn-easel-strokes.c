/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-easel-private.h"

#include "paint/limn-mask-edit.h"

#include <math.h>

/* --- What takes a moment --- */

typedef struct
{
  LimnMaskState *state; /* (nullable) */
  LimnImage     *picture; /* (nullable) */
  double         amount;
  guint          x;
  guint          y;
} Edit;

static void
edit_free (Edit *edit)
{
  g_clear_pointer (&edit->state, limn_mask_state_unref);
  g_clear_pointer (&edit->picture, limn_image_unref);
  g_free (edit);
}

static void
return_state (GTask *task, LimnMaskState *state)
{
  if (state)
    g_task_return_pointer (task, state, (GDestroyNotify) limn_mask_state_unref);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
}

static void
do_spread (GTask *task, gpointer data)
{
  Edit *edit = data;

  return_state (task, limn_mask_state_grow (edit->state, edit->amount, NULL));
}

static void
do_soften (GTask *task, gpointer data)
{
  Edit *edit = data;

  return_state (task, limn_mask_state_feather (edit->state, edit->amount, NULL));
}

static void
do_select (GTask *task, gpointer data)
{
  Edit *edit = data;

  return_state (task, limn_mask_state_select (edit->picture, edit->x, edit->y, (guint) round (edit->amount * 255), TRUE, NULL));
}

/* What was asked of which mask, and what is to become of the answer. */
typedef struct
{
  LimnEasel     *self;
  LimnMask      *mask;
  gboolean       combine;
  LimnMaskUnion  how;
} Asked;

static void
on_edited (GObject *source, GAsyncResult *result, gpointer data)
{
  Asked *asked = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnMaskState) state = g_task_propagate_pointer (G_TASK (result), &error);

  if (!state)
    limn_easel_say_error (asked->self, error);
  else if (asked->mask == asked->self->mask)
    {
      if (asked->combine)
        limn_mask_add_state (asked->mask, state, asked->how);
      else
        limn_mask_set_state (asked->mask, state);
      limn_easel_show_marks (asked->self);
    }
  g_object_unref (asked->self);
  limn_mask_unref (asked->mask);
  g_free (asked);
}

static Asked *
new_asked (LimnEasel *self)
{
  Asked *asked = g_new0 (Asked, 1);

  asked->self = g_object_ref (self);
  asked->mask = limn_mask_ref (self->mask);
  return asked;
}

static void
run_edit (LimnEasel *self, LimnEaselWork work, double amount)
{
  Edit *edit;

  if (!self->mask)
    return;
  limn_easel_end_stroke (self);
  edit = g_new0 (Edit, 1);
  edit->state = limn_mask_dup_state (self->mask);
  edit->amount = amount;
  limn_easel_run (self, work, edit, (GDestroyNotify) edit_free, NULL, on_edited, new_asked (self));
}

void
limn_easel_spread (LimnEasel *self, int px)
{
  g_return_if_fail (LIMN_IS_EASEL (self));

  run_edit (self, do_spread, CLAMP (px, -LIMN_MASK_MAX_GROW, LIMN_MASK_MAX_GROW));
}

/* Of a Gaussian nearly all lies within two standard deviations: the edge fades over about @px on either side. */
void
limn_easel_soften (LimnEasel *self, int px)
{
  g_return_if_fail (LIMN_IS_EASEL (self));

  run_edit (self, do_soften, CLAMP (px / 2.0, 0, LIMN_MASK_MAX_FEATHER));
}

static void
fill_by_colour (LimnEasel *self, const LimnSample *at, gboolean erases)
{
  Edit *edit;
  Asked *asked;

  if (at->x < 0 || at->y < 0 || at->x >= limn_image_get_width (self->picture) || at->y >= limn_image_get_height (self->picture))
    return;
  edit = g_new0 (Edit, 1);
  edit->picture = limn_image_ref (self->picture);
  edit->x = at->x;
  edit->y = at->y;
  edit->amount = self->fill_tolerance;
  asked = new_asked (self);
  asked->combine = TRUE;
  asked->how = erases ? LIMN_MASK_SUBTRACT : LIMN_MASK_ADD;
  limn_easel_run (self, do_select, edit, (GDestroyNotify) edit_free, NULL, on_edited, asked);
}

/* --- Strokes and shapes --- */

/* A rectangle has two points: where it began, and where it is. */
static void
add_to_outline (LimnEasel *self, const LimnSample *sample)
{
  LimnPoint point = { sample->x, sample->y };

  if (!isfinite (point.x) || !isfinite (point.y))
    return;
  if (self->tool == LIMN_TOOL_RECTANGLE && self->outline->len == 2)
    g_array_set_size (self->outline, 1);
  g_array_append_val (self->outline, point);
}

gboolean
limn_easel_press (LimnEasel *self, const LimnSample *sample, gboolean erases, gboolean straight)
{
  LimnBrush brush;

  g_return_val_if_fail (LIMN_IS_EASEL (self), FALSE);

  if (self->pressed || !limn_easel_can_mark (self))
    return FALSE;
  switch (self->tool)
    {
    case LIMN_TOOL_BRUSH:
    case LIMN_TOOL_ERASER:
      brush = limn_easel_get_brush (self, erases);
      self->stroke = limn_stroke_new (self->mask, &brush, sample, straight);
      break;
    case LIMN_TOOL_LASSO:
    case LIMN_TOOL_RECTANGLE:
      add_to_outline (self, sample);
      break;
    case LIMN_TOOL_FILL:
      fill_by_colour (self, sample, erases);
      break;
    case LIMN_TOOL_HAND:
    case LIMN_TOOL_GROW:
      return FALSE;
    }
  self->pressed = TRUE;
  self->erases = erases;
  /* Nobody marks what is not to change. */
  g_object_set (self->draft, "paint-from-source", TRUE, NULL);
  limn_easel_show_marks (self);
  return TRUE;
}

void
limn_easel_move (LimnEasel *self, const LimnSample *samples, gsize n_samples)
{
  g_return_if_fail (LIMN_IS_EASEL (self));

  if (self->stroke)
    limn_stroke_add (self->stroke, samples, n_samples);
  else if (self->outline->len > 0)
    for (gsize i = 0; i < n_samples; i++)
      add_to_outline (self, &samples[i]);
}

static void
fill_outline (LimnEasel *self)
{
  const LimnPoint *points = (const LimnPoint *) self->outline->data;
  guint8 value = self->erases ? 0 : 255;

  if (self->tool == LIMN_TOOL_RECTANGLE && self->outline->len == 2)
    {
      /* Whole pixels: whoever draws a rectangle wants no half-marked edge. */
      LimnPoint corner = { round (points[0].x), round (points[0].y) }, opposite = { round (points[1].x), round (points[1].y) };

      limn_mask_fill_rectangle (self->mask, &corner, &opposite, value);
    }
  else if (self->tool == LIMN_TOOL_LASSO)
    limn_mask_fill_polygon (self->mask, points, self->outline->len, value);
}

void
limn_easel_release (LimnEasel *self)
{
  g_return_if_fail (LIMN_IS_EASEL (self));

  if (!self->pressed)
    return;
  self->pressed = FALSE;
  if (self->stroke)
    limn_stroke_end (g_steal_pointer (&self->stroke));
  else if (self->outline->len > 0)
    fill_outline (self);
  g_array_set_size (self->outline, 0);
  limn_easel_update_actions (self);
}

void
limn_easel_cancel (LimnEasel *self)
{
  g_return_if_fail (LIMN_IS_EASEL (self));

  self->pressed = FALSE;
  if (self->stroke)
    limn_stroke_cancel (g_steal_pointer (&self->stroke));
  g_array_set_size (self->outline, 0);
}

/* A shape that is not closed is no shape yet; a stroke is what it is. */
void
limn_easel_end_stroke (LimnEasel *self)
{
  if (self->stroke)
    limn_easel_release (self);
  else
    limn_easel_cancel (self);
}

gboolean
limn_easel_is_pressed (LimnEasel *self)
{
  return self->pressed;
}

const LimnPoint *
limn_easel_get_outline (LimnEasel *self, gsize *n_points)
{
  *n_points = self->outline->len;
  return self->outline->len > 0 ? (const LimnPoint *) self->outline->data : NULL;
}
