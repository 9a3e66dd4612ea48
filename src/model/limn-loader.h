/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-checkpoint.h"
#include "model/limn-lora-set.h"
#include "model/limn-names.h"
#include "ops/limn-weights.h"
#include "tensor/limn-graph.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _LimnLoader LimnLoader;

/** LimnLoaderFunc: between two pieces of a tensor, or two tensors. */
typedef void (*LimnLoaderFunc) (const LimnLoader *loader,
                                gpointer          data);

/**
 * LimnLoader:
 * @gl: (nullable): NULL: nothing is read or uploaded; names, shapes and types are checked and bytes are counted all the same, and what would hold
 *   the weights is declared: see limn_tensor_new(). One code for both, so that what is forecast is what is loaded
 * @file: (nullable) (unowned): NULL: there is every tensor one asks for, of made-up values that let signals through
 *   a network neither grow nor fade: for measuring networks of which one has no checkpoint
 * @name: (unowned): what errors call @file
 * @names: (nullable) (unowned): where in @file a tensor lies that is asked for by its canonical name; NULL: under that name.
 *   To be set between limn_loader_init() and the first tensor
 * @dtype: storage of matrices and tables; biases and norms are F32 always
 * @bytes: on the device, of all that was loaded, or declared, so far
 * @network: whose weights these are, as @patches call it
 * @patches: (nullable) (unowned): what is added to matrices while they are loaded
 * @records: (nullable) (unowned) (element-type LimnLoaderRecord): one is added for each matrix; limn_loader_new_records()
 * @func: (nullable): called with @func_data after each piece that was uploaded: @bytes says how far it is
 *
 * Takes tensors out of a checkpoint by name, each with the shape it must have, and repacks them for the kernels. Big
 * ones pass in pieces of at most 16 MiB. Fails with LIMN_ERROR_FORMAT for a tensor that is missing or of another
 * shape, LIMN_ERROR_UNSUPPORTED for one of a type that is no float, naming tensor, found and wanted; and as
 * limn_checkpoint_read() and limn_weights_new() do.
 *
 * Looks at @cancellable before each piece. On failure, results already made stay where they are: the network that owns them frees them.
 *
 * Thread-safety: owner thread of @gl.
 */
struct _LimnLoader
{
  LimnGl          *gl;
  LimnCheckpoint  *file;
  const char      *name;
  const LimnNames *names;
  LimnDtype        dtype;
  GCancellable    *cancellable;
  guint64          bytes;
  LimnLoraTarget   network;
  const LimnLoraSet *patches;
  GPtrArray       *records;
  LimnLoaderFunc   func;
  gpointer         func_data;
  /*< private >*/
  GHashTable      *used;
  gboolean         reloaded; /* it was asked for single matrices */
};

void limn_loader_init  (LimnLoader       *loader,
                        LimnGl           *gl,
                        LimnCheckpoint   *file,
                        const char       *name,
                        LimnDtype         dtype,
                        GCancellable     *cancellable);
void limn_loader_clear (LimnLoader       *loader);

/** LimnMatrix: a linear layer or a convolution; @bias may be NULL */
typedef struct
{
  LimnWeights *weights;
  LimnTensor  *bias;
} LimnMatrix;

/** LimnNorm: a group norm, or a layer norm (@groups 0) */
typedef struct
{
  LimnTensor *gamma;
  LimnTensor *beta;
  guint       groups;
  float       eps;
} LimnNorm;

void limn_matrix_clear (LimnMatrix *matrix);
void limn_norm_clear   (LimnNorm   *norm);

/**
 * LimnMatrixPart: rows of a matrix that stand in the file as a matrix of their own
 * @name: the layer, without ".weight"
 * @n: rows (outputs)
 */
typedef struct
{
  const char *name;
  guint       n;
} LimnMatrixPart;

/**
 * LimnLoaderRecord: a matrix that was loaded
 * @weights: (unowned): in the network that it was loaded for, which the record must not outlive
 * @names: NULL-terminated: its parts, stacked in this order, without ".weight"
 * @rows: of each
 * @patched: (nullable): limn_lora_set_dup_key() of what was added; NULL: it is as in the file
 */
typedef struct
{
  LimnWeights *weights;
  char       **names;
  guint       *rows;
  guint        n_parts;
  guint        k;
  guint        taps;
  char        *patched;
} LimnLoaderRecord;

/** limn_loader_new_records: (transfer full) (element-type LimnLoaderRecord): for LimnLoader.records */
GPtrArray *limn_loader_new_records (void);

/**
 * limn_loader_reload:
 * @record: of the same network, from a loader of the same file
 *
 * Uploads the matrix once more, with what @loader->patches adds to it now: without any the bits that it had at first. Nothing else
 * of the network has to be made anew, nor what was recorded with it. After a failure it holds neither the old nor the new weights, and @patched is something
 * that no set says.
 */
gboolean limn_loader_reload (LimnLoader            *loader,
                             LimnLoaderRecord      *record,
                             GError               **error);

/**
 * limn_loader_matrix:
 * @taps: 1 or 9
 * @k: inputs
 * @parts: @n_parts of them, stacked in this order: (q, k, v) in one product
 * @bias: whether there is a bias; then each part has one
 *
 * With one tap, [n, k] and [n, k, 1, 1] are both taken: SD 1.x has 1x1 convolutions where later models have linear
 * layers, and the VAE's attention exists in both.
 */
gboolean limn_loader_matrix (LimnLoader            *loader,
                             LimnMatrix            *matrix,
                             guint                  taps,
                             guint                  k,
                             const LimnMatrixPart  *parts,
                             guint                  n_parts,
                             gboolean               bias,
                             GError               **error);

/** limn_loader_layer: the same for one part, with a bias, its name by a format. */
gboolean limn_loader_layer  (LimnLoader            *loader,
                             LimnMatrix            *matrix,
                             guint                  taps,
                             guint                  n,
                             guint                  k,
                             GError               **error,
                             const char            *format,
                             ...) G_GNUC_PRINTF (7, 8);

/** limn_loader_layer_f32: the same, its weights kept in F32 whatever the loader's dtype. */
gboolean limn_loader_layer_f32 (LimnLoader         *loader,
                                LimnMatrix         *matrix,
                                guint               taps,
                                guint               n,
                                guint               k,
                                GError            **error,
                                const char         *format,
                                ...) G_GNUC_PRINTF (7, 8);

/** limn_loader_norm: weight and bias of a norm over @c channels. */
gboolean limn_loader_norm   (LimnLoader            *loader,
                             LimnNorm              *norm,
                             guint                  c,
                             guint                  groups,
                             float                  eps,
                             GError               **error,
                             const char            *format,
                             ...) G_GNUC_PRINTF (7, 8);

/**
 * limn_loader_read:
 * @name: of a matrix, with its ".weight"
 * @values: (out): [rows, columns]
 *
 * Into memory, nothing on the device. It must not be one whose rows and columns have changed places.
 */
gboolean limn_loader_read   (LimnLoader            *loader,
                             const char            *name,
                             guint                  rows,
                             guint                  columns,
                             float                 *values,
                             GError               **error);

/** limn_loader_table: [rows + spare, 1, 1, c] of the loader's dtype; the file has @rows, the others hold nothing yet. */
gboolean limn_loader_table  (LimnLoader            *loader,
                             LimnTensor           **table,
                             const char            *name,
                             guint                  rows,
                             guint                  spare,
                             guint                  c,
                             GError               **error);

/** limn_loader_has_used: whether it was asked for a tensor of its file. */
gboolean limn_loader_has_used (const LimnLoader            *loader,
                               const LimnSafetensorsTensor *tensor);

/** limn_loader_has: whether the file has the tensor of that canonical name. */
gboolean limn_loader_has    (const LimnLoader      *loader,
                             const char            *name);

G_END_DECLS
