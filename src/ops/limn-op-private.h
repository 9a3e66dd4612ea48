/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What the operators share: their refusals, and how work is cut for a class of device. */

#include "tensor/limn-graph.h"

G_BEGIN_DECLS

/**
 * LimnOpTuning: how kernels that stream through memory are cut into items and groups
 * @wg: the define "WG=…": items a group
 * @group_items: the same as a number
 * @texels: "TEXELS=…": texels an item of an element-wise kernel; @item_texels as a number
 */
typedef struct
{
  const char *wg;
  guint       group_items;
  const char *texels;
  guint       item_texels;
} LimnOpTuning;

/** limn_op_get_tuning: by class of device; never changes what a kernel computes. */
const LimnOpTuning *limn_op_get_tuning     (const LimnGraph   *graph);

/** limn_op_store_define: "STORE_F16=0" or "STORE_F16=1", for what is written to @y. */
const char         *limn_op_store_define   (const LimnTensor  *y);

/** limn_op_fail_shape: sets LIMN_ERROR_SHAPE, "@op: …"; returns FALSE. */
gboolean            limn_op_fail_shape     (GError           **error,
                                            const char        *op,
                                            const char        *format,
                                            ...) G_GNUC_PRINTF (3, 4);

/** limn_op_is_float: neither NULL nor U32. */
gboolean            limn_op_is_float       (const LimnTensor  *tensor);

/** limn_op_same_shape: n, h, w and c. */
gboolean            limn_op_same_shape     (const LimnTensor  *a,
                                            const LimnTensor  *b);

/** limn_op_is_vector: F32 [c], not a view. */
gboolean            limn_op_is_vector      (const LimnTensor  *tensor,
                                            guint              c);

/** limn_op_get_width: texels of a row that hold its columns. */
guint               limn_op_get_width      (const LimnTensor  *tensor);

/** limn_op_get_pitch: texels from row to row. */
guint               limn_op_get_pitch      (const LimnTensor  *tensor);

/**
 * limn_op_get_slab_rows:
 * @...: const LimnTensor *, ended by NULL
 *
 * Rows that one binding of each of these tensors can hold; 0 with LIMN_ERROR_SHAPE when not one row fits.
 */
guint64             limn_op_get_slab_rows  (const LimnGraph   *graph,
                                            const char        *op,
                                            GError           **error,
                                            ...) G_GNUC_NULL_TERMINATED;

/** limn_op_rows: (transfer none): rows @first.. of @tensor, a matrix, as a matrix [1, rows, 1, C] of their own. */
LimnTensor         *limn_op_rows           (LimnGraph         *graph,
                                            const LimnTensor  *tensor,
                                            guint64            first,
                                            guint64            rows);

/** limn_op_dispatch_items: fills in the groups for @items, @per_group in one, and appends @dispatch. */
gboolean            limn_op_dispatch_items (LimnGraph         *graph,
                                            LimnDispatch      *dispatch,
                                            guint64            items,
                                            guint              per_group,
                                            GError           **error);

G_END_DECLS
