/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-engine.h"

G_BEGIN_DECLS

/**
 * LimnWork:
 *
 * The latent that a request is painted in, and how the networks see it: whole, through the request's windows (LimnTiles), or on a torus.
 *
 * Windows of the UNet are a multiple of what the model asks for; those of the VAE share a quarter of their side at least. Where an edge is to
 * meet the opposite one and there are no windows, the UNet sees the whole and the whole shifted by half, and the VAE a latent that
 * goes on round the edges for LIMN_WORK_ROUND cells.
 *
 * Immutable. Thread-safety: any; what takes an engine: the engine's.
 */
typedef struct _LimnWork LimnWork;

/* As far as one sees the edge of a picture in what the starter model's decoder makes of its neighbours: 40 pixels; and some. */
#define LIMN_WORK_ROUND 8

/** limn_work_new: @request: nothing open. Copies what it needs of both. */
LimnWork  *limn_work_new           (const LimnEngineFacts  *facts,
                                    const LimnRequest      *request,
                                    guint                   width_lt,
                                    guint                   height_lt);
void       limn_work_free          (LimnWork               *work);

guint      limn_work_get_width_lt  (const LimnWork         *work);
guint      limn_work_get_height_lt (const LimnWork         *work);

/** limn_work_get_shape: @encodes: whether limn_work_encode() will be called. */
void       limn_work_get_shape     (const LimnWork         *work,
                                    gboolean                encodes,
                                    LimnEngineShape        *shape);

/**
 * limn_work_denoise:
 * @wanted: (nullable): [height_lt, width_lt]: whether the cell's prediction counts. A window in which none does is left out, which changes
 *   no cell that does; cells that do not are anything, but finite
 * @controls: (array length=n_controls): what speaks, with hints of the whole latent
 *
 * LimnEngine's denoise() of the whole latent.
 */
gboolean   limn_work_denoise       (const LimnWork          *work,
                                    LimnEngine              *engine,
                                    guint                    step,
                                    const gboolean          *wanted,
                                    const LimnEngineControl *controls,
                                    guint                    n_controls,
                                    const float             *x,
                                    double                   timestep,
                                    float                   *cond,
                                    float                   *uncond,
                                    GCancellable            *cancellable,
                                    GError                 **error);

/** limn_work_encode: LimnEngine's encode() of a picture of the whole latent's size. */
gboolean   limn_work_encode        (const LimnWork         *work,
                                    LimnEngine             *engine,
                                    const float            *rgb,
                                    float                  *x,
                                    GCancellable           *cancellable,
                                    GError                **error);

/**
 * limn_work_decode:
 * @small: (nullable): the small decoder for previews in place of the model's own: LimnEngine's decode_small()
 *
 * LimnEngine's decode() of a latent of the whole's size or, @half, of half of it both ways, rounded up.
 */
LimnImage *limn_work_decode        (const LimnWork         *work,
                                    LimnEngine             *engine,
                                    gboolean                half,
                                    const char             *small,
                                    const float            *x,
                                    GCancellable           *cancellable,
                                    GError                **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnWork, limn_work_free)

G_END_DECLS
