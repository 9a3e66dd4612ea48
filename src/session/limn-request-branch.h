/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-json.h"
#include "session/limn-json-text.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _LimnRequest LimnRequest;

/**
 * LimnFreshNoise:
 * @LIMN_FRESH_NOISE_NONE: none
 * @LIMN_FRESH_NOISE_STREAM: what a sampler draws from there on comes from another seed: the same x_t, another way down (Ho et al. 2020,
 *   figure 7). Only for samplers that draw
 * @LIMN_FRESH_NOISE_RENOISE: a part of the noise in x_t is drawn anew; for every sampler
 */
typedef enum
{
  LIMN_FRESH_NOISE_NONE,
  LIMN_FRESH_NOISE_STREAM,
  LIMN_FRESH_NOISE_RENOISE,
} LimnFreshNoise;

/**
 * LimnRequestBranch:
 * @from: complete, nothing open; may itself have a branch
 * @step: that many of its steps are shared; 0: nothing but its noise
 * @noise: put in after step @step, as the first thing that is the branch's own; another branch at that very step shares nothing of it
 * @noise_seed: of what is drawn, where @noise is
 * @noise_amount: LIMN_FRESH_NOISE_RENOISE: 0..1, a. With x0 what step @step saw of the picture and e the noise in x:
 *   e' = sqrt (1 - a^2) e + a z; 0 changes no bit, 1 keeps x0 alone. At step 0 x0 is 0
 *
 * Where a picture parts from another. What the branch's own request says holds from there on; it may have other prompts, syntax, cfg,
 * cfg_rescale, sampler, schedule, steps, eta, mask and feather. All else is @from's. Where neither these nor the noise differ from @from's
 * the branch is @from, whatever @step is: limn_request_branch_is_plain().
 *
 * With @from's steps and schedule it goes on in it. With others, that schedule is cut: the level after step @step, then its levels below.
 *
 * A @from without a source may get one here: its own finished picture and a mask, outside of which the picture stays what @from is.
 *
 * Thread-safety: owner thread.
 */
typedef struct
{
  LimnRequest    *from;
  guint           step;
  LimnFreshNoise  noise;
  guint64         noise_seed;
  double          noise_amount;
} LimnRequestBranch;

/** limn_request_branch_new: no fresh noise; @from is copied. */
LimnRequestBranch *limn_request_branch_new   (const LimnRequest       *from,
                                              guint                    step);
LimnRequestBranch *limn_request_branch_copy  (const LimnRequestBranch *branch);
void               limn_request_branch_free  (LimnRequestBranch       *branch);

/** limn_request_branch_equal: each may be NULL; @picture_only: as limn_request_equal_picture(), else every field. */
gboolean           limn_request_branch_equal (const LimnRequestBranch *a,
                                              const LimnRequestBranch *b,
                                              gboolean                 picture_only);

/**
 * limn_request_branch_is_plain:
 * @request: with a branch
 *
 * Whether nothing is changed and no noise is put in: then it makes the very picture of its branch's from, and has no part of its own.
 */
gboolean           limn_request_branch_is_plain (const LimnRequest    *request);

/**
 * limn_request_inherit:
 * @request: with a branch
 *
 * What is open becomes what it is in the branch's from; the same with the tiles, which a model chooses once.
 */
void               limn_request_inherit      (LimnRequest             *request);

/**
 * limn_request_draws_noise:
 *
 * Whether the sampler of @request, with its eta, draws noise as it goes: what LIMN_FRESH_NOISE_STREAM needs. What is open is taken for what
 * draws.
 */
gboolean           limn_request_draws_noise  (const LimnRequest       *request);

/** limn_fresh_noise_from_name: "none", "stream" or "renoise". LIMN_ERROR_INVALID. */
gboolean           limn_fresh_noise_from_name (const char             *name,
                                               LimnFreshNoise         *noise,
                                               GError                **error);
const char        *limn_fresh_noise_get_name  (LimnFreshNoise          noise);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRequestBranch, limn_request_branch_free)

G_END_DECLS
