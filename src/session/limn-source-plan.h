/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"
#include "session/limn-engine.h"

G_BEGIN_DECLS

/**
 * LimnSourceBox: pixels: columns @x0 to @x1 - 1, rows @y0 to @y1 - 1; empty where @x1 <= @x0
 */
typedef struct
{
  guint x0;
  guint y0;
  guint x1;
  guint y1;
} LimnSourceBox;

/**
 * LimnSourcePlan:
 * @width, @height: of the result
 * @canvas_width, @canvas_height: of the picture with what it grows by, before it is scaled to the result
 * @scaled: canvas and result differ in size: then no pixel stays exactly what it was
 * @x, @y: where the work's first pixel lies in the result; whole numbers
 * @zoom: pixels of the work along a side for one of the result; 1 or more
 * @width_lt, @height_lt: of the work, in latent cells
 * @factor: pixels of the work in a cell's side
 *
 * Which part of the result is worked on, and how large. Work pixel (i, j) has its centre at @x + (i + 0.5) / @zoom,
 * @y + (j + 0.5) / @zoom in the result (pixel centres at halves); what lies outside of the result is its mirror image.
 */
typedef struct
{
  guint    width;
  guint    height;
  guint    canvas_width;
  guint    canvas_height;
  gboolean scaled;
  guint    x;
  guint    y;
  double   zoom;
  guint    width_lt;
  guint    height_lt;
  guint    factor;
} LimnSourcePlan;

/**
 * limn_source_plan_get_size:
 *
 * The size of @request's result: its own, or where that is open the picture with what it grows by. Fails with LIMN_ERROR_INVALID for more than
 * LIMN_REQUEST_MAX_SIDE or LIMN_IMAGE_MAX_PIXELS. Any thread.
 */
gboolean limn_source_plan_get_size (const LimnRequest      *request,
                                    guint                   picture_width,
                                    guint                   picture_height,
                                    guint                  *width,
                                    guint                  *height,
                                    GError                **error);

/**
 * limn_source_plan_init:
 * @changing: (nullable): the part of the result that changes, what is grown included; NULL: all. Only @request's only_masked asks.
 *
 * Whole picture: the result, and as much of its mirror image at right and lower edge as the model's multiple wants.
 * only_masked: @changing and the padding, as far as the result goes, widened to at most 2:1, enlarged to about the pixels
 * that the model was made for (never made smaller) and to its multiple; moved into the result where that is large enough.
 *
 * Fails with LIMN_ERROR_INVALID: as limn_source_plan_get_size(), and for a seamless edge along a side that is no multiple. Any thread.
 */
gboolean limn_source_plan_init     (LimnSourcePlan         *plan,
                                    const LimnRequest      *request,
                                    const LimnEngineFacts  *facts,
                                    guint                   picture_width,
                                    guint                   picture_height,
                                    const LimnSourceBox    *changing,
                                    GError                **error);

G_END_DECLS
