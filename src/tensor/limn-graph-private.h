/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What the files of tensor/ share among themselves. */

#include "tensor/limn-graph.h"

G_BEGIN_DECLS

/* Planned offsets are multiples of this: the largest alignment that GL 4.5 lets a driver ask for (table 23.64). */
#define LIMN_ARENA_ALIGNMENT 256

/* LimnGraphSlot: storage of a planned tensor and of its views. */
struct _LimnGraphSlot
{
  guint64  bytes;
  int      first_use; /* dispatch numbers; -1: never used */
  int      last_use;
  gboolean keep;
  guint    chunk;
  guint64  offset;
};

typedef struct
{
  LimnGlProgram *program;
  char          *label;
  LimnArg       *args;
  guint          n_args;
  guint          groups[3];
  gsize          params_offset;
  gsize          params_bytes;
  double         flops;
  guint64        traffic;  /* bytes bound */
  gboolean       barrier;  /* needed before it */
} LimnGraphStep;

struct _LimnGraph
{
  LimnGl       *gl;
  LimnArena    *arena;
  char         *label;
  GPtrArray    *tensors;   /* owned LimnTensor */
  GPtrArray    *slots;     /* owned LimnGraphSlot */
  GArray       *steps;     /* LimnGraphStep */
  GByteArray   *params;
  LimnGlBuffer *params_buffer;
  GArray       *chunks;    /* guint64: bytes wanted of each arena chunk */
  gboolean      failed;    /* an impossible tensor was asked for */
  guint64       too_large; /* bytes of a tensor that is more than a buffer can be; 0: there is none */
  gboolean      planned;
  gboolean      dry;
  GHashTable   *kept;      /* owner -> LimnTensor, owned; of a dry one */
  double        flops;
};

/* TRUE with @error: one of its tensors is more than a buffer can be. */
gboolean      limn_graph_fail_too_large (const LimnGraph   *graph,
                                         GError           **error);
gboolean      limn_tensor_init_shape    (LimnTensor        *tensor,
                                         LimnDtype          dtype,
                                         guint              n,
                                         guint              h,
                                         guint              w,
                                         guint              c);
gboolean      limn_tensor_download_from (const LimnTensor  *tensor,
                                         LimnGlBuffer      *buffer,
                                         gsize              offset,
                                         gboolean           nchw,
                                         float             *values,
                                         GError           **error);

/* Makes every chunk at least that large; contents are lost when it grows. */
gboolean      limn_arena_reserve        (LimnArena         *arena,
                                         const guint64     *chunks,
                                         guint              n_chunks,
                                         GError           **error);
LimnGlBuffer *limn_arena_get_chunk      (LimnArena         *arena,
                                         guint              chunk);

/* What limn_graph_nothing() binds: an F32 tensor of one texel. */
const LimnTensor *limn_arena_get_nothing (LimnArena        *arena,
                                          GError          **error);

/* Shared by limn_graph_run() and limn_graph_profile(): seconds per unit of cost, learnt by measuring. */
double        limn_arena_get_pace       (const LimnArena   *arena);
void          limn_arena_set_pace       (LimnArena         *arena,
                                         double             seconds_per_cost);

G_END_DECLS
