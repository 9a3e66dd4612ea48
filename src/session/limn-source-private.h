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
  LimnImage        *small;       /* (nullable): what the result must be when it is reduced */

  LimnImage        *base;        /* RGBA of the result's size; alpha 0 where nothing is known */
  LimnImage        *filled;      /* RGB: the same with nothing missing */
  LimnImage        *change;      /* grey of the result's size: how much each pixel may change */
  LimnSourceBox     box;         /* of what is not 0 there */
  guint8           *weights;     /* of the box: how much of the new picture each pixel takes */

  double           *strength;    /* [height_lt, width_lt] */
  float            *mask;        /* [height_lt, width_lt] */
  double            max_strength;
};

/** limn_source_match: @painted: (inout): [height, width, 3] of @part of the result, 0..255: its colours are brought to those around the mask. */
void       limn_source_match         (const LimnSource     *source,
                                      const LimnSourceBox  *part,
                                      float                *painted);

/** limn_source_join: @painted: (inout): as above: what has grown is brought to the colours of the old pixels beside it. */
void       limn_source_join          (const LimnSource     *source,
                                      const LimnSourceBox  *part,
                                      float                *painted);

/** limn_source_compose_plain: limn_source_compose(), but with colours as they come; for measuring. */
LimnImage *limn_source_compose_plain (const LimnSource     *source,
                                      LimnImage            *work,
                                      GError              **error);

/** limn_source_agree: @result: (inout): RGBA of the result's size: brought to where it contradicts neither JPEG nor the smaller picture. */
gboolean   limn_source_agree         (const LimnSource     *source,
                                      guint8               *result,
                                      GError              **error);

G_END_DECLS
