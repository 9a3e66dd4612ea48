/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-jpeg.h"

G_BEGIN_DECLS

/* Sampling factors go to 4: 32 pixels. */
#define LIMN_JPEG_MAX_UNIT 32

typedef struct
{
  guint   every_x; /* pixels under a sample, both ways */
  guint   every_y;
  guint   blocks_x;
  guint   blocks_y;
  float   steps[64];
  gint16 *values; /* blocks in rows, 64 each, row by row of frequencies */
} LimnJpegComponent;

struct _LimnJpeg
{
  gatomicrefcount n_refs;
  guint           width; /* as stored */
  guint           height;
  guint           orientation;
  guint           unit_width;
  guint           unit_height;
  guint           n_components;
  LimnJpegComponent components[3];
};

/* What is worked on at a time: the pixels of one MCU. R G B, 0..255; while it is projected Y Cb Cr around 0. */
typedef struct
{
  float planes[3][LIMN_JPEG_MAX_UNIT][LIMN_JPEG_MAX_UNIT];
  float cosines[8][8]; /* [frequency][place], orthonormal */
  float transposed[8][8];
} LimnJpegUnit;

void  limn_jpeg_unit_init    (LimnJpegUnit   *unit);

/* One turn: planes of the unit at the stored place @x0, @y0 into the intervals, then into the gamut. */
void  limn_jpeg_unit_project (LimnJpegUnit   *unit,
                              const LimnJpeg *jpeg,
                              guint           x0,
                              guint           y0,
                              float           share);

/* Where in the upright picture's RGB bytes the stored pixel @x, @y lies. */
gsize limn_jpeg_get_place    (const LimnJpeg *jpeg,
                              guint           x,
                              guint           y);

G_END_DECLS
