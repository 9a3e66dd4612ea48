/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * Finds out by measuring which variant of the matrix product is fastest for a shape on this device, and remembers it under
 * the driver's name. Until then a default per class of device serves. All variants give the same bits (one that does not is
 * refused), so tuning changes no picture.
 */

#include "tensor/limn-graph.h"

G_BEGIN_DECLS

/**
 * limn_tuner_load:
 *
 * Takes what was remembered for this driver and these shaders, from <cache folder>/tuning/<driver key>.ini, as choices of
 * @arena. Nothing that is wrong with the file is an error: what is in doubt is ignored and will be measured again.
 * Owner thread.
 */
void     limn_tuner_load (LimnArena     *arena,
                          LimnGl        *gl);

/**
 * limn_tuner_step:
 * @more: (out) (nullable): whether there is something left to measure
 *
 * Measures the next shape that was asked for and has no choice yet, if there is one; sets the choice, for graphs recorded
 * from now on, and saves it. A shape whose operands would take more than LIMN_TUNER_MAX_BYTES keeps the default.
 *
 * Takes about a second on software the first time, when kernels must be compiled, and some tenths of a second after that.
 * Looks at @cancellable between submissions and between compilations: G_IO_ERROR_CANCELLED, and the same shape is measured
 * anew next time. Fails with LIMN_ERROR_DEVICE_LOST too; whatever else goes wrong (no memory, a full disk, a kernel that the
 * driver refuses) only leaves the default. Owner thread; waits.
 */
gboolean limn_tuner_step (LimnGl        *gl,
                          LimnArena     *arena,
                          GCancellable  *cancellable,
                          gboolean      *more,
                          GError       **error);

/** LIMN_TUNER_MAX_BYTES: device memory for the operands that are measured with: less than any picture needs. */
#define LIMN_TUNER_MAX_BYTES ((guint64) 128 << 20)

G_END_DECLS
