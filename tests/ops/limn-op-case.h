/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ops/limn-weights.h"
#include "tensor/limn-graph.h"

G_BEGIN_DECLS

/*
 * The harness of the operators' tests. A case is one operator on one shape with made-up inputs:
 *
 *   - on the device, then against ops/ref; or, with a second context whose bindings are limited to 1 MiB, the device
 *     against itself in slabs, bit for bit (the program's argument --limited);
 *   - the output lies between guards, and in each row between the columns of a wider matrix where the case says so: a
 *     write to any of them, a value left unwritten and padding that is not zero are seen. What lies past the end of a
 *     binding is not: the driver drops such a write, here (llvmpipe) as on any robust context.
 *
 * Thread-safety: owner thread of the contexts.
 */

/** LimnOpGpu: what all cases run on; @limited is NULL but for --limited. */
typedef struct
{
  LimnGl    *gl;
  LimnArena *arena;
  LimnGl    *limited;
  LimnArena *limited_arena;
} LimnOpGpu;

/** LimnOpData: normal values; the seed is the case's and the input's number. */
typedef struct
{
  double mean;
  double std;
} LimnOpData;

/**
 * LIMN_OP_NMSE_F16: bound of whatever ends in one rounding to float16
 *
 * Half a unit in the last of 11 bits is at most 2^-11 of a value, which is 2.4e-7 when every value has that luck. Measured
 * on llvmpipe (Mesa 22.3): 4.3e-8 for many values, up to 1.2e-7 for a handful.
 */
#define LIMN_OP_NMSE_F16 2.5e-7

#define LIMN_OP_MAX_INPUTS 5

/**
 * LimnOpInput:
 * @values: rows * c, rounded to @dtype
 * @ids: the same for U32
 * @before, @after: columns of the wider matrix that it is a view of, multiples of 4; filled with NaN
 * @is_output: the operator gets the output itself here, which holds @values beforehand
 */
typedef struct
{
  LimnDtype  dtype;
  guint      n;
  guint      h;
  guint      w;
  guint      c;
  float     *values;
  guint32   *ids;
  guint      before;
  guint      after;
  gboolean   is_output;
} LimnOpInput;

typedef struct _LimnOpCase LimnOpCase;

/**
 * LimnOpRecord:
 * @in: as many as the case has inputs
 * @weights: (nullable)
 *
 * Calls the operator.
 */
typedef gboolean (*LimnOpRecord) (LimnGraph     *graph,
                                  LimnTensor    *y,
                                  LimnTensor   **in,
                                  LimnWeights   *weights,
                                  gconstpointer  user_data,
                                  GError       **error);

struct _LimnOpCase
{
  const LimnOpGpu *gpu;
  char            *name;
  guint32          seed;
  LimnOpInput      in[LIMN_OP_MAX_INPUTS];
  guint            n_in;
  LimnOpInput      out;    /* values: after a run */
  LimnDtype        weights_dtype;
  guint            weights_n;
  guint            weights_k;
  guint            weights_taps;
  float           *weights;
  gint64           begin_us; /* of the case, and how long the device took, its kernels' first compilation included */
  gint64           device_us;
  /* comparison */
  double           error_squares;
  double           squares;
  double           worst;
  double           worst_got;
  double           worst_expected;
  guint64          worst_row;
  guint            worst_column;
};

LimnOpCase  *limn_op_case_new         (const LimnOpGpu *gpu,
                                       guint32          seed,
                                       const char      *format,
                                       ...) G_GNUC_PRINTF (3, 4);
void         limn_op_case_free        (LimnOpCase      *c);

/** limn_op_case_input: adds an input. Returns: (transfer none): for further settings */
LimnOpInput *limn_op_case_input       (LimnOpCase      *c,
                                       LimnDtype        dtype,
                                       guint            n,
                                       guint            h,
                                       guint            w,
                                       guint            columns,
                                       LimnOpData       data);

/** limn_op_case_ids: adds an input of U32 [n, h, 1, 1]: some of 0 .. end - 1, its ends included. */
LimnOpInput *limn_op_case_ids         (LimnOpCase      *c,
                                       guint            n,
                                       guint            h,
                                       guint32          end);

/** limn_op_case_weights: PyTorch's order, of standard deviation 1 / sqrt (k * taps), so that outputs are of order 1. */
void         limn_op_case_weights     (LimnOpCase      *c,
                                       LimnDtype        dtype,
                                       guint            n,
                                       guint            k,
                                       guint            taps);

void         limn_op_case_output      (LimnOpCase      *c,
                                       LimnDtype        dtype,
                                       guint            n,
                                       guint            h,
                                       guint            w,
                                       guint            columns);

/**
 * limn_op_case_run:
 *
 * Runs twice on the same graph, which must make no difference, and checks guards and padding. With a limited context
 * the same there, and that the bits are the same.
 *
 * Returns: whether the values in c->out are to be compared with ops/ref: FALSE when limited
 */
gboolean     limn_op_case_run         (LimnOpCase      *c,
                                       LimnOpRecord     record,
                                       gconstpointer    user_data);

/** limn_op_case_compare_at: one value more for limn_op_case_assert_nmse(). */
void         limn_op_case_compare_at  (LimnOpCase      *c,
                                       guint64          row,
                                       guint            column,
                                       double           expected);
/** limn_op_case_compare: all values. */
void         limn_op_case_compare     (LimnOpCase      *c,
                                       const float     *expected);

/** limn_op_case_assert_nmse: sum of squared differences by the sum of expected squares, of what was compared. */
void         limn_op_case_assert_nmse (LimnOpCase      *c,
                                       double           bound);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnOpCase, limn_op_case_free)

/** LimnOpTest: what a test function gets: the gpu and the storage of activations (and of weights, where there are). */
typedef struct
{
  const LimnOpGpu *gpu;
  LimnDtype        dtype;
} LimnOpTest;

/** limn_op_test_bound: @f32, or LIMN_OP_NMSE_F16 where the storage is F16. */
double limn_op_test_bound         (const LimnOpTest *test,
                                   double            f32);

/** limn_op_test_assert_refused: that an operator returned FALSE with LIMN_ERROR_SHAPE; clears @error. */
void limn_op_test_assert_refused  (gboolean          recorded,
                                   GError          **error);

/* The files of tests: each adds its own for F32 and F16. */
void limn_op_test_add             (const LimnOpGpu *gpu,
                                   const char      *path,
                                   void           (*test) (const LimnOpTest *test));
void limn_op_test_add_elementwise (const LimnOpGpu *gpu);
void limn_op_test_add_lines       (const LimnOpGpu *gpu);
void limn_op_test_add_norm        (const LimnOpGpu *gpu);
void limn_op_test_add_product     (const LimnOpGpu *gpu);

G_END_DECLS
