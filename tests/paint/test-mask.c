/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "paint/limn-mask-edit.h"
#include "paint/limn-mask-view.h"
#include "paint/limn-stroke.h"

/* A stroke is one step; undone, nothing is left of it. */
static void
test_stroke_undo (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (500, 300);
  g_autoptr(LimnMaskState) empty = limn_mask_dup_state (mask);
  g_autoptr(LimnMaskState) painted = NULL;
  const LimnSample samples[] = { { 100, 100, 1 }, { 150, 120, 1 }, { 300, 200, 1 } };
  LimnBrush brush;
  LimnStroke *stroke;

  limn_brush_init (&brush);
  stroke = limn_stroke_new (mask, &brush, &samples[0], FALSE);
  limn_stroke_add (stroke, samples + 1, 2);
  limn_stroke_end (stroke);
  painted = limn_mask_dup_state (mask);
  g_assert_cmpuint (limn_mask_get_value (mask, 150, 120), ==, 255);
  g_assert_cmpuint (limn_mask_get_value (mask, 299, 199), ==, 255);
  g_assert_true (limn_mask_undo (mask));
  g_assert_false (limn_mask_can_undo (mask));
  {
    g_autoptr(LimnMaskState) now = limn_mask_dup_state (mask);

    g_assert_true (limn_mask_state_equal (now, empty));
    g_assert_cmpuint (limn_mask_state_get_bytes (now), ==, 0);
  }
  g_assert_true (limn_mask_redo (mask));
  {
    g_autoptr(LimnMaskState) now = limn_mask_dup_state (mask);

    g_assert_true (limn_mask_state_equal (now, painted));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/paint/stroke/undo", test_stroke_undo);
  return g_test_run ();
}
