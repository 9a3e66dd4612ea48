/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-blocks.h"

G_BEGIN_DECLS

/**
 * LimnCrossContext: keys and values of one batch of contexts, for every cross-attention of a network
 * @values: [n, tokens, width]: what the tensors were computed from, valid only if @valid
 * @outputs: (element-type LimnTensor): [n, tokens, 1, 2 C], in the order of kv_first
 * @graph: computes @outputs
 *
 * Counted references (g_rc_box_acquire()): a recorded pass reads its tensors.
 */
typedef struct
{
  guint       n;
  guint       tokens;
  float      *values;
  gboolean    valid;
  LimnTensor *input;
  GPtrArray  *outputs;
  LimnGraph  *graph;
} LimnCrossContext;

/**
 * LimnCrossContexts: the shapes of contexts that were used last. They do not change from step to step, so they are computed apart from a
 * network's passes, when the context is another than in the last call.
 *
 * Embedded in a network. Thread-safety: owner thread of the GL.
 */
typedef struct
{
  LimnGl    *gl;
  LimnArena *arena;
  LimnDtype  dtype;
  guint      width;
  GPtrArray *layers; /* LimnCross, unowned */
  GPtrArray *kept;   /* LimnCrossContext, the ones used last first */
} LimnCrossContexts;

/** limn_cross_contexts_init: @layers: (element-type LimnCross): the network's, in the order of kv_first; must live as long. */
void              limn_cross_contexts_init  (LimnCrossContexts  *contexts,
                                             LimnGl             *gl,
                                             LimnArena          *arena,
                                             LimnDtype           dtype,
                                             guint               width,
                                             GPtrArray          *layers);
void              limn_cross_contexts_clear (LimnCrossContexts  *contexts);

/** limn_cross_contexts_get: the tensors for contexts of this shape, whatever they hold. Borrowed. */
LimnCrossContext *limn_cross_contexts_get   (LimnCrossContexts  *contexts,
                                             guint               n,
                                             guint               tokens,
                                             GError            **error);

/** limn_cross_contexts_set: @values: [n, tokens, width]. Waits for the GPU where they are others than before; fails as limn_graph_run() does. */
gboolean          limn_cross_contexts_set   (LimnCrossContexts  *contexts,
                                             LimnCrossContext   *context,
                                             const float        *values,
                                             GCancellable       *cancellable,
                                             GError            **error);

/** limn_cross_contexts_invalidate: the layers' weights are others now. */
void              limn_cross_contexts_invalidate (LimnCrossContexts *contexts);

/**
 * limn_cross_contexts_plan:
 * @bytes: (inout): what the tensors would take is added
 *
 * Planned tensors in place of a context's: for a pass that is never run. (transfer container)
 */
GPtrArray        *limn_cross_contexts_plan  (LimnCrossContexts  *contexts,
                                             LimnGraph          *graph,
                                             guint               n,
                                             guint               tokens,
                                             guint64            *bytes);

void              limn_cross_context_unref  (gpointer            context);

G_END_DECLS
