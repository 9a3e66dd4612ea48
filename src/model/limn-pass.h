/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tensor/limn-graph.h"

G_BEGIN_DECLS

/** LIMN_PASS_CACHE_MAX: shapes that a network keeps recorded: pictures and previews of two sizes. */
#define LIMN_PASS_CACHE_MAX 4

/**
 * LimnPass: a network's forward pass, recorded for one shape
 * @key: what it was recorded for; unused places 0
 * @dry: recorded only to learn what it needs: its edges are planned tensors, its weights may be declared, and it cannot be run
 * @io: (nullable): tensors at its edges: persistent ones, freed with it
 * @io_bytes: what the edges take, or would take
 * @slabs: of the layer that was cut into most; 0: none was
 * @context: (nullable): what else it needs, released by @context_unref
 */
typedef struct
{
  guint           key[4];
  LimnGraph      *graph;
  gboolean        dry;
  LimnTensor     *io[6];
  guint64         io_bytes;
  guint           slabs;
  gpointer        context;
  GDestroyNotify  context_unref;
  guint64         last_used;
} LimnPass;

void limn_pass_free (LimnPass *pass);

/** limn_pass_begin: its graph, dry where the pass is. */
LimnGraph *limn_pass_begin (LimnPass    *pass,
                            LimnGl      *gl,
                            LimnArena   *arena,
                            const char  *label);

/** limn_pass_edge: makes @io[@place] of a pass that has its graph. */
gboolean limn_pass_edge (LimnPass    *pass,
                         guint        place,
                         LimnDtype    dtype,
                         guint        n,
                         guint        h,
                         guint        w,
                         guint        c,
                         const char  *label,
                         GError     **error);

/**
 * LimnPassNeed: device memory beyond the weights, and work
 * @peak_bytes: of planned tensors: what the arena must hold
 * @edge_bytes: of persistent ones, and of the kernels' parameters
 * @kept: (element-type LimnGraphKept): what its convolutions keep, with LimnWeights for owners, whether they have it already or not
 * @slabs: of the layer that is cut into most; 0: none is
 * @flops: multiply and add count as two; convolutions by their direct sum, also where Winograd does with fewer
 */
typedef struct
{
  guint64 peak_bytes;
  guint64 edge_bytes;
  GArray *kept;
  guint   slabs;
  double  flops;
} LimnPassNeed;

/** limn_pass_need_clear: for what limn_pass_get_need() has set. */
void limn_pass_need_clear (LimnPassNeed *need);

/** limn_pass_get_need: of a dry one. @need: (out) */
void limn_pass_get_need (const LimnPass *pass,
                         LimnPassNeed   *need);

/**
 * LimnPassCache: the passes used last. Embedded in a network; zero is empty.
 */
typedef struct
{
  LimnPass *passes[LIMN_PASS_CACHE_MAX];
  guint64   clock;
} LimnPassCache;

/** limn_pass_cache_find: (transfer none) (nullable) */
LimnPass *limn_pass_cache_find  (LimnPassCache *cache,
                                 guint          key0,
                                 guint          key1,
                                 guint          key2,
                                 guint          key3);
/** limn_pass_cache_add: takes @pass; the one longest unused makes room. */
void      limn_pass_cache_add   (LimnPassCache *cache,
                                 LimnPass      *pass);
/** limn_pass_cache_remove: frees @pass, which is in it. */
void      limn_pass_cache_remove (LimnPassCache *cache,
                                  LimnPass      *pass);
void      limn_pass_cache_clear (LimnPassCache *cache);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPass, limn_pass_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnPassNeed, limn_pass_need_clear)

G_END_DECLS
