/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LIMN_BRUSH_MIN_DIAMETER 1.0
#define LIMN_BRUSH_MAX_DIAMETER 2000.0

/**
 * LimnBrush:
 * @diameter: px, LIMN_BRUSH_MIN_DIAMETER to LIMN_BRUSH_MAX_DIAMETER
 * @hardness: 0 (falls off from the centre on) to 1 (an edge of one pixel)
 * @flow: 0 to 1: how much of the way to @value one dab goes, dabs being a quarter of the diameter apart (they are
 *   drawn closer, each of them weaker, so that the stroke is even). 1: all of it at once. Going over the same place
 *   again within a stroke adds up, until @value and @opacity are reached
 * @opacity: 0 to 1: how much of the way to @value a whole stroke goes at most, however often it crosses itself
 * @value: 0 to 255, the strength that is painted
 * @eraser: paints 0 whatever @value is
 * @pressure_size: the diameter is multiplied by the pressure (and is at least LIMN_BRUSH_MIN_DIAMETER)
 * @pressure_flow: flow is multiplied by the pressure
 *
 * A round brush. Plain data; what lies outside its range is moved to the nearest end when a stroke begins.
 * Thread-safety: any.
 */
typedef struct
{
  double   diameter;
  double   hardness;
  double   flow;
  double   opacity;
  guint8   value;
  gboolean eraser;
  gboolean pressure_size;
  gboolean pressure_flow;
} LimnBrush;

/** limn_brush_init: 64 px, hardness 0.8, flow and opacity 1, value 255, pressure on the size. */
void   limn_brush_init          (LimnBrush       *brush);

/**
 * limn_brush_step_diameter: the next larger or smaller one, for [ and ] and the wheel: about a tenth, at least a
 * pixel.
 */
double limn_brush_step_diameter (double           diameter,
                                 gboolean         larger);

/** limn_brush_get_diameter: what it draws with at this @pressure, 0 to 1; for the ring under the pointer. */
double limn_brush_get_diameter  (const LimnBrush *brush,
                                 double           pressure);

G_END_DECLS
