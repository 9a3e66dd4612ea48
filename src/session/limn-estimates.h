/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request.h"

G_BEGIN_DECLS

/**
 * LimnEstimates:
 *
 * How long pictures take, from what the last ones took: seconds of one pass of the network (with guidance two in one) and of one decode, for each
 * model, precision, device and size; and what a model takes where a request leaves it open. A cache: losing it costs an estimate.
 *
 * Thread-safety: owner thread.
 */
typedef struct _LimnEstimates LimnEstimates;

LimnEstimates *limn_estimates_new         (void);
void           limn_estimates_free        (LimnEstimates      *estimates);

/** limn_estimates_load: takes over what limn_estimates_to_json() wrote; anything else changes nothing. */
void           limn_estimates_load        (LimnEstimates      *estimates,
                                           GBytes             *json);
char          *limn_estimates_to_json     (const LimnEstimates *estimates);

/** limn_estimates_learn_start: @asked became @resolved: what the model takes for the open fields. */
void           limn_estimates_learn_start (LimnEstimates      *estimates,
                                           const LimnRequest  *asked,
                                           const LimnRequest  *resolved);
/** limn_estimates_learn_step: @seconds of one step of @request, in which nothing is open. */
void           limn_estimates_learn_step  (LimnEstimates      *estimates,
                                           const LimnRequest  *request,
                                           double              seconds);
/** limn_estimates_learn_frame: @seconds of one decode, of half the size or all of it. */
void           limn_estimates_learn_frame (LimnEstimates      *estimates,
                                           const LimnRequest  *request,
                                           gboolean            half,
                                           double              seconds);

/**
 * limn_estimates_get:
 * @n_steps: of one picture that are still to be made; G_MAXUINT: all
 * @max_slowdown: as limn_feed_set_max_slowdown()
 *
 * Seconds for one picture of @request, loading the model not counted; negative: not known.
 */
double         limn_estimates_get         (const LimnEstimates *estimates,
                                           const LimnRequest   *request,
                                           guint                n_steps,
                                           double               max_slowdown);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnEstimates, limn_estimates_free)

G_END_DECLS
