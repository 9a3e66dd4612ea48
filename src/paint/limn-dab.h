/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "paint/limn-brush.h"

G_BEGIN_DECLS

/**
 * LIMN_DAB_ONE: coverage of 1. 15 bits, so that sums, differences and maxima are those of signed words, which every
 * SIMD has.
 */
#define LIMN_DAB_ONE 32767

/** LIMN_DAB_MAX_WIDTH: pixels that a row of the largest dab can have. */
#define LIMN_DAB_MAX_WIDTH ((int) LIMN_BRUSH_MAX_DIAMETER + 4)

/**
 * LimnDab: one print of a round brush
 *
 * With d the distance of a pixel's centre from (@x, @y), r the radius, h the hardness and w = 1 + (1 - h) (r - 1/2) the
 * width of the edge:
 *
 *     t = (r + 1/2 - d) / w, not below 0 nor above 1
 *     m = ceiling * (h t + (1 - h) t^2 (3 - 2 t))
 *
 * For h = 1 that is a disc whose edge is a pixel wide, for h = 0 a bell from the centre to the edge.
 */
typedef struct
{
  double x;
  double y;
  float  outer;      /* r + 1/2 */
  float  inner;      /* d up to which t = 1; negative: nowhere */
  float  per_width;  /* 1 / w */
  float  hardness;
  float  ceiling;    /* 0 to LIMN_DAB_ONE */
} LimnDab;

void   limn_dab_init        (LimnDab         *dab,
                             const LimnBrush *brush,
                             double           diameter,
                             double           x,
                             double           y);

/** limn_dab_get_rows: those that it can touch, @first to @end - 1. */
void   limn_dab_get_rows    (const LimnDab   *dab,
                             int             *first,
                             int             *end);

/**
 * limn_dab_get_row:
 * @left, @right: only pixels from @left to @right - 1 are asked for
 * @x: (out): of the first value
 * @values: (out): room for LIMN_DAB_MAX_WIDTH, 0 to LIMN_DAB_ONE
 *
 * Returns: how many values there are; beyond them all is 0.
 */
int    limn_dab_get_row     (const LimnDab   *dab,
                             int              y,
                             int              left,
                             int              right,
                             int             *x,
                             gint16          *values);

/** limn_brush_get_edge: w above, px. */
double limn_brush_get_edge  (const LimnBrush *brush,
                             double           diameter);

/** limn_brush_get_spacing: px between dabs of this diameter. */
double limn_brush_get_spacing (const LimnBrush *brush,
                               double           diameter);

/**
 * limn_brush_get_dab_flow: of a dab that follows at @spacing, so that dabs a quarter of @diameter apart would have
 * @flow.
 */
double limn_brush_get_dab_flow (double           flow,
                                double           spacing,
                                double           diameter);

G_END_DECLS
