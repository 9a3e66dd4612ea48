/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-engine.h"

G_BEGIN_DECLS

/**
 * LimnInspection:
 * @model: (nullable): path as in the request; NULL: the starter model
 * @model_name, @family: as a person knows them ("Stable Diffusion 1.x")
 * @model_bytes: of its weights on the device
 * @multiple: width and height must be multiples of this
 * @factor: pixels along a side of a latent's cell
 * @width, @height, @steps, @cfg, @sampler, @prediction: what the model takes where the request leaves it open
 * @offers: [LIMN_SAMPLER_N_KINDS] bit LimnScheduleKind set: this pair works with this model
 * @device, @driver: what paints; @software: it is the processor
 * @need_bytes, @limit_bytes: of device memory for the request's picture; G_MAXUINT64: unknown
 * @plan: how that is made to fit; LIMN_PLAN_NONE: not at all, and @need_bytes is the least that it takes
 * @facts: all that the engine said of itself, with texts and betas that are this inspection's
 * @picture_width, @picture_height: of the source's picture; 0: there was none, or it was not known
 * @refused: (nullable): why this very request cannot be painted on this model (its size, its sampler, its number of steps), a
 *   sentence; then @need_bytes is unknown
 *
 * What is known of a model on a device, and of a request for it, without painting. Immutable, counted by reference (g_atomic_rc_box).
 */
typedef struct
{
  char           *model;
  char           *model_name;
  char           *family;
  guint64         model_bytes;
  guint           multiple;
  guint           factor;
  guint           width;
  guint           height;
  guint           steps;
  double          cfg;
  LimnSamplerKind sampler;
  LimnPrediction  prediction;
  guint           offers[LIMN_SAMPLER_N_KINDS];
  char           *device;
  char           *driver;
  gboolean        software;
  guint64         need_bytes;
  guint64         limit_bytes;
  LimnPipelinePlan plan;
  LimnEngineFacts facts;
  guint           picture_width;
  guint           picture_height;
  char           *refused;
} LimnInspection;

/**
 * limn_inspection_new_for_engine:
 * @picture_width, @picture_height: of the source's picture; 0: there is none, or it is not known
 *
 * Computes nothing. Worker thread. Fails with LIMN_ERROR_DEVICE_LOST; what is wrong with @request is no failure. What "only masked" will
 * work on depends on the mask: its need is that of a picture of the size that the model was made for.
 */
LimnInspection *limn_inspection_new_for_engine (LimnEngine         *engine,
                                                const LimnRequest  *request,
                                                guint               picture_width,
                                                guint               picture_height,
                                                GError            **error);
LimnInspection *limn_inspection_ref   (LimnInspection *inspection);
void            limn_inspection_unref (LimnInspection *inspection);

/**
 * limn_inspection_resolve:
 * @request: for the model that was inspected; where its size is open and it has a source, that is the source which was inspected
 *
 * As limn_engine_resolve(), without an engine, on any thread: what a picture would be made from. Takes some 10 us. Fails as that does.
 */
LimnRequest    *limn_inspection_resolve (const LimnInspection  *inspection,
                                         const LimnRequest     *request,
                                         GError               **error);

/**
 * limn_inspection_count_steps:
 * @request: nothing open
 * @inspection: (type LimnInspection)
 *
 * A LimnSheetCountFunc, exact: limn_generation_count_steps(). 0 for what cannot be painted, and where nothing would be computed since it
 * keeps all of what it starts from. Any thread; some 100 us.
 */
guint           limn_inspection_count_steps (const LimnRequest *request,
                                             gpointer           inspection);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnInspection, limn_inspection_unref)

G_END_DECLS
