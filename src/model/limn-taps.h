/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tensor/limn-graph.h"

G_BEGIN_DECLS

/**
 * LimnTap: one intermediate activation
 * @name: path of the module whose output it is: "down_blocks.0.resnets.0"
 * @values: [n, h, w, c], channels last
 */
typedef struct
{
  char  *name;
  guint  n;
  guint  h;
  guint  w;
  guint  c;
  float *values;
} LimnTap;

/**
 * LimnTaps:
 *
 * A list that a network fills with its intermediate activations when it is given one: for finding where an engine
 * first goes wrong. A pass with taps is recorded apart, keeps every activation alive and is slow; its result is the
 * same.
 *
 * Thread-safety: owner thread of the network's GL.
 */
typedef struct _LimnTaps LimnTaps;

LimnTaps      *limn_taps_new     (void);
void           limn_taps_free    (LimnTaps       *taps);
guint          limn_taps_get_n   (const LimnTaps *taps);
const LimnTap *limn_taps_get_nth (const LimnTaps *taps,
                                  guint           i);
/** limn_taps_lookup: (nullable) */
const LimnTap *limn_taps_lookup  (const LimnTaps *taps,
                                  const char     *name);

/* For the networks. limn_taps_add() while recording keeps @tensor (of @graph, or persistent); limn_taps_collect()
 * after the run fetches them. */
void           limn_taps_add     (LimnTaps       *taps,
                                  LimnGraph      *graph,
                                  LimnTensor     *tensor,
                                  const char     *name);
gboolean       limn_taps_collect (LimnTaps       *taps,
                                  LimnGraph      *graph,
                                  GError        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTaps, limn_taps_free)

G_END_DECLS
