/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tensor/limn-tensor.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnArena:
 *
 * What the graphs of one worker share: the memory in which planned tensors live (the graphs never run at the same
 * time, so it is as large as the largest of them), the pace of the device, and choices between variants of kernels.
 *
 * Thread-safety: owner thread of the LimnGl.
 */
typedef struct _LimnArena LimnArena;

LimnArena *limn_arena_new       (LimnGl          *gl);
void       limn_arena_free      (LimnArena       *arena);
guint64    limn_arena_get_bytes (const LimnArena *arena);
LimnGl    *limn_arena_get_gl    (const LimnArena *arena);
/**
 * limn_arena_get_choice:
 * @key: what is to be chosen: operator and shape
 *
 * Remembers that @key was asked for.
 *
 * Returns: (nullable): what limn_arena_set_choice() said of @key
 */
const char *limn_arena_get_choice (LimnArena       *arena,
                                   const char      *key);
/** limn_arena_set_choice: for graphs recorded from now on. */
void        limn_arena_set_choice (LimnArena       *arena,
                                   const char      *key,
                                   const char      *value);
/** limn_arena_list_keys: (transfer container) (element-type utf8): keys that were asked for, in that order. */
GPtrArray  *limn_arena_list_keys  (const LimnArena *arena);

/** limn_arena_trim: gives all memory back; the next run takes what it needs. */
void       limn_arena_trim      (LimnArena       *arena);

/**
 * LimnGraph:
 *
 * One forward pass for one shape, recorded once as a list of dispatches and
 * replayed. Ops record on it; limn_graph_plan() lays out the planned tensors
 * by their life times, so that the peak is known before anything runs.
 *
 * Thread-safety: owner thread of the LimnGl.
 */
typedef struct _LimnGraph LimnGraph;

/** limn_graph_new: @arena must outlive the graph. */
LimnGraph  *limn_graph_new        (LimnGl           *gl,
                                   LimnArena        *arena,
                                   const char       *label);
void        limn_graph_free       (LimnGraph        *graph);
/**
 * limn_graph_set_dry:
 *
 * Before anything is recorded: it is to be planned alone and never run. Takes declared tensors; compiles no program and takes nothing of the device.
 */
void        limn_graph_set_dry    (LimnGraph        *graph);
gboolean    limn_graph_is_dry     (const LimnGraph  *graph);

/**
 * limn_graph_get_kept:
 * @owner: whatever keeps something for the passes that use it: weights
 *
 * Returns: (transfer none) (nullable): what limn_graph_take_kept() was told of it
 */
const LimnTensor *limn_graph_get_kept (const LimnGraph *graph,
                                   gconstpointer     owner);

/** limn_graph_take_kept: of a dry graph: @tensor: (transfer full): declared: what recording it to be run would make, once, to stay with @owner */
void        limn_graph_take_kept  (LimnGraph        *graph,
                                   gconstpointer     owner,
                                   LimnTensor       *tensor);

/** LimnGraphKept: @bytes: of the device */
typedef struct
{
  gconstpointer owner;
  guint64       bytes;
} LimnGraphKept;

/** limn_graph_list_kept: (transfer full) (element-type LimnGraphKept): all that limn_graph_take_kept() was told */
GArray     *limn_graph_list_kept  (const LimnGraph  *graph);
LimnGl     *limn_graph_get_gl     (const LimnGraph  *graph);
LimnArena  *limn_graph_get_arena  (const LimnGraph  *graph);

/**
 * limn_graph_tensor:
 *
 * A planned tensor, its content undefined until an op writes it. Never fails:
 * an impossible size is reported by limn_graph_plan(), and one that no buffer of the device can have by the next dispatch
 * (LIMN_ERROR_OUT_OF_MEMORY).
 *
 * Returns: (transfer none): owned by the graph
 */
LimnTensor *limn_graph_tensor     (LimnGraph        *graph,
                                   LimnDtype         dtype,
                                   guint             n,
                                   guint             h,
                                   guint             w,
                                   guint             c);

/** limn_graph_columns: (transfer none): the view of columns first .. first + c - 1; @first is a multiple of LIMN_TEXEL. */
LimnTensor *limn_graph_columns    (LimnGraph        *graph,
                                   const LimnTensor *tensor,
                                   guint             first,
                                   guint             c);

/** limn_graph_reshape: (transfer none): the same rows under other n, h, w; their product must not change. */
LimnTensor *limn_graph_reshape    (LimnGraph        *graph,
                                   const LimnTensor *tensor,
                                   guint             n,
                                   guint             h,
                                   guint             w);

/**
 * limn_graph_window:
 * @first: row of the view that lies at @tensor's first row; may be negative
 *
 * The view [n, h, W, C] of which only those rows have storage that fall on @tensor: rows first .. first + rows of @tensor - 1. Whoever reads or
 * writes it keeps to these. So a few lines of a picture are computed as lines of the picture, in its own coordinates, where there is
 * no room for all of it; and with a negative @first it is lines of @tensor as a picture of their own.
 *
 * Returns: (transfer none)
 */
LimnTensor *limn_graph_window     (LimnGraph        *graph,
                                   const LimnTensor *tensor,
                                   guint             n,
                                   guint             h,
                                   gint64            first);

/**
 * LimnLines:
 *
 * Lines first .. first + count - 1 of sample @sample: what an op that is given them computes of its result.
 */
typedef struct
{
  guint sample;
  guint first;
  guint count;
} LimnLines;

/**
 * limn_graph_keep:
 *
 * Keeps @tensor, planned, alive from its first write to the end of the graph, so that it can be
 * downloaded by limn_graph_download() after the run. For taps and tests.
 */
void        limn_graph_keep       (LimnGraph        *graph,
                                   LimnTensor       *tensor);

/** limn_graph_download: what limn_tensor_download() is for persistent tensors; right after a run only. */
gboolean    limn_graph_download   (LimnGraph        *graph,
                                   const LimnTensor *tensor,
                                   float            *values,
                                   GError          **error);

/* ---- for ops ---- */

typedef enum
{
  LIMN_READ = 1,
  LIMN_WRITE = 2,
} LimnAccess;

/**
 * LimnArg: one binding of a dispatch; fill by limn_graph_arg_*().
 */
typedef struct
{
  guint             binding;
  LimnAccess        access;
  LimnGlBindingKind kind;
  const LimnTensor *tensor;
  gsize             offset; /* bytes within the tensor's storage */
  gsize             size;
} LimnArg;

/**
 * limn_graph_read:
 * @rows: 0 for all after @first_row
 * @base: (out): index of the texel, within the binding, where @first_row's first column is
 *
 * Binds rows of @tensor as texels of 4 values (samplerBuffer): kernels read F32 and F16 alike. U32 is read as
 * usamplerBuffer, one value a texel.
 * The binding begins at or before @first_row, where the device's alignment allows, hence @base.
 */
LimnArg     limn_graph_read       (const LimnGraph  *graph,
                                   guint             binding,
                                   const LimnTensor *tensor,
                                   guint64           first_row,
                                   guint64           rows,
                                   guint32          *base);

/**
 * limn_graph_write:
 * @base: (out): as for limn_graph_read(), in texels: a vec4 of a STORAGE buffer for F32, a uvec2 for F16, a uint for U32
 *
 * Binds rows of @tensor as a buffer to be written (and read back, where a kernel does).
 */
LimnArg     limn_graph_write      (const LimnGraph  *graph,
                                   guint             binding,
                                   const LimnTensor *tensor,
                                   guint64           first_row,
                                   guint64           rows,
                                   guint32          *base);

/**
 * limn_graph_nothing:
 *
 * For a samplerBuffer that a kernel declares and, this time, does not read: something has to be bound, and always the
 * same, since a driver may compile a kernel anew for another kind of texture.
 */
LimnArg     limn_graph_nothing    (guint             binding);

/**
 * limn_graph_max_rows:
 *
 * Rows of @tensor that one binding can hold whatever the first row, given the device's limits (a
 * slab). At least 1, or 0 when not even one row fits.
 */
guint64     limn_graph_max_rows   (const LimnGraph  *graph,
                                   const LimnTensor *tensor);

/**
 * LimnDispatch:
 * @kernel: name of shaders/<kernel>.comp
 * @defines: NULL-terminated, "NAME=VALUE"
 * @params, @params_bytes: the kernel's generated Params struct; copied
 * @groups: workgroups, x, y, z; a count past the device's limit is an error of the op
 * @flops: multiply and add count as two; for slicing submissions and for the benchmark
 */
typedef struct
{
  const char         *kernel;
  const char * const *defines;
  gconstpointer       params;
  gsize               params_bytes;
  const LimnArg      *args;
  guint               n_args;
  guint               groups[3];
  double              flops;
  const char         *label;
} LimnDispatch;

/**
 * limn_graph_dispatch:
 *
 * Appends; compiles the program if it is new. Nothing runs. Fails with the
 * compiler's message, or LIMN_ERROR_SHAPE when a binding exceeds a limit.
 */
gboolean    limn_graph_dispatch   (LimnGraph          *graph,
                                   const LimnDispatch *dispatch,
                                   GError            **error);

/* ---- running ---- */

/**
 * limn_graph_plan:
 *
 * Closes the recording and lays out the planned tensors. Allocates nothing.
 */
gboolean    limn_graph_plan           (LimnGraph       *graph,
                                       GError         **error);
/** limn_graph_get_peak_bytes: of planned tensors, after limn_graph_plan(). */
guint64     limn_graph_get_peak_bytes (const LimnGraph *graph);
/** limn_graph_get_params_bytes: of the kernels' parameters, which stand on the device from its first run on. */
guint64     limn_graph_get_params_bytes (const LimnGraph *graph);
guint       limn_graph_get_n_dispatches (const LimnGraph *graph);
double      limn_graph_get_flops      (const LimnGraph *graph);
/** limn_graph_get_label_flops: of the dispatches with this label. */
double      limn_graph_get_label_flops (const LimnGraph *graph,
                                        const char      *label);

/**
 * limn_graph_run:
 *
 * Replays the list: submissions of about 8 ms on hardware (design.md, GPU manners),
 * a fence after each, at most two in flight. Waits until the work is done. Looks at @cancellable between
 * submissions: G_IO_ERROR_CANCELLED leaves results undefined and everything
 * usable. LIMN_ERROR_OUT_OF_MEMORY when the arena cannot grow,
 * LIMN_ERROR_DEVICE_LOST after a reset.
 */
gboolean    limn_graph_run            (LimnGraph       *graph,
                                       GCancellable    *cancellable,
                                       GError         **error);

/**
 * limn_graph_warm_up:
 *
 * Runs those kernels of the list that never ran (limn_gl_is_first_run()), each by itself, so that limn_graph_run() compiles nothing. Results
 * are undefined, here as in all tensors that the list writes. Waits for each; looks at @cancellable between them; fails as
 * limn_graph_run() does.
 */
gboolean    limn_graph_warm_up        (LimnGraph       *graph,
                                       GCancellable    *cancellable,
                                       GError         **error);

/**
 * LimnGraphTime: time by label, for the benchmark
 */
typedef struct
{
  const char *label;
  guint       n;
  double      flops;
  double      seconds;
} LimnGraphTime;

/** limn_graph_profile: (transfer full) (element-type LimnGraphTime): runs once, waiting after each dispatch. */
GArray     *limn_graph_profile        (LimnGraph       *graph,
                                       GError         **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnArena, limn_arena_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnGraph, limn_graph_free)

G_END_DECLS
