/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The matrix product behind limn_op_matmul() and limn_op_conv3x3(): which kernel, which variant, which slabs. */

#include "ops/limn-op-matmul.h"

G_BEGIN_DECLS

/**
 * LimnProduct:
 * @x, @y: for @batch > 1: [batch, rows, 1, C]
 * @panels: as LimnWeights lays them out; for @batch > 1 as many times over
 * @k, @n, @taps: of the weights
 * @conv: a 3x3 convolution; else the fields after it are not looked at
 * @stride, @padding: of the output pixels on the input
 * @doubling: the input is doubled by nearest neighbour
 * @lines: (nullable): of a convolution: what is to be computed of it; see limn_op_conv3x3_lines()
 */
typedef struct
{
  LimnTensor         *y;
  const LimnTensor   *x;
  const LimnTensor   *panels;
  guint               k;
  guint               n;
  guint               taps;
  guint               batch;
  const LimnEpilogue *epilogue;
  const char         *label;
  gboolean            conv;
  guint               stride;
  guint               padding;
  gboolean            doubling;
  const LimnLines    *lines;
} LimnProduct;

/** limn_product_record: fails with LIMN_ERROR_SHAPE when a single row or column exceeds what the device binds. */
gboolean limn_product_record         (LimnGraph          *graph,
                                      const LimnProduct  *product,
                                      GError            **error);

/**
 * limn_product_list_variants:
 *
 * Names of the variants that may serve @device_class, the default first; NULL-terminated. All give the same bits.
 */
const char * const *limn_product_list_variants (LimnGlClass device_class);

/**
 * limn_product_count_groups:
 *
 * Work groups that the default variant takes for @rows by @n outputs: whoever may choose how many rows to do at once
 * chooses so that few of them are half empty.
 */
guint64 limn_product_count_groups (const LimnGraph *graph,
                                   guint64          rows,
                                   guint            n);

/**
 * LIMN_PRODUCT_ANY:
 *
 * The key under which limn_arena_set_choice() chooses a variant, also of another class of device, for every product
 * that has no choice of its own. For tests.
 */
#define LIMN_PRODUCT_ANY "product"

/** limn_product_parse_key: the shape in a key of the arena that was asked for by limn_product_record(). */
typedef struct
{
  gboolean  conv;
  LimnDtype dtype;
  guint     batch;
  guint64   rows;
  guint     n;
  guint     k;
} LimnProductKey;

gboolean limn_product_parse_key      (const char         *text,
                                      LimnProductKey     *key);

G_END_DECLS
