/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-jpeg.h"
#include "session/limn-source.h"

G_BEGIN_DECLS

/* For limn-source.c, which makes it ready, and limn-source-compose.c, which puts things back together. */

struct _LimnSource
{
  gatomicrefcount   refs;
  LimnSourcePlan    plan;
  LimnMaskedContent content;
  LimnRestore       restore;
  LimnJpeg         *jpeg;        /* (nullable) */
  guint             jpeg_x;      /* where the JPEG's picture lies in the result */
  guint             jpeg_y;

  LimnImage        *base;        /* RGBA of the result's size; alpha 0 where nothing is known */
  LimnImage        *filled;      /* RGB: the same with nothing missing */
  LimnImage        *change;      /* grey of the result's size: how much each pixel may change */
  LimnSourceBox     box;         /* of what is not 0 there */
  guint8           *weights;     /* of the box: how much of the new picture each pixel takes */

  double           *strength;    /* [height_lt, width_lt] */
  float            *mask;        /* [height_lt, width_lt] */
  double            max_strength;
};

G_END_DECLS
