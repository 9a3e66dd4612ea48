/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request-branch.h"

G_BEGIN_DECLS

#define LIMN_MIX_MAX_ENDS 4

/**
 * LimnMixWay:
 * @LIMN_MIX_NOISE: the noises that the ends begin with are mixed on the sphere, and what they say to the network straight; then painted
 * @LIMN_MIX_PICTURES: the ends' pictures, as latents, are mixed straight, diffused as far as the mix's strength says and painted from there
 *   (Ho et al. 2020, section 4.4: diffusing both with the same noise first comes to the same); with a strength of 0 they are shown as they are
 */
typedef enum
{
  LIMN_MIX_NOISE,
  LIMN_MIX_PICTURES,
} LimnMixWay;

/**
 * LimnMixEnd:
 * @request: (nullable): complete, nothing open. LIMN_MIX_NOISE needs it, made from noise alone: without a branch, a source or pictures that are
 *   mixed; LIMN_MIX_PICTURES takes its prompts where all ends have one
 * @picture: (nullable): id in the stash: limn_image_hash(). LIMN_MIX_PICTURES needs it; LIMN_MIX_NOISE looks at none
 */
typedef struct
{
  LimnRequest *request;
  char        *picture;
} LimnMixEnd;

/**
 * LimnRequestMix:
 * @n_ends: 2, or 4: two rows of two
 * @u: 0..1 from end 0 to end 1, and from end 2 to end 3
 * @v: 0..1 from the first row to the second; 0 with two ends
 * @strength: LIMN_MIX_PICTURES: 0..1
 *
 * A request with a mix paints between others; its own settings hold for all that cannot be mixed: model, size, sampler, schedule, steps, cfg.
 * With LIMN_MIX_NOISE its prompts and its seed are looked at nowhere; an end of weight 0 is as if it were not there.
 *
 * In a branch the mix is its from's, whose prompts then go on being mixed, or NULL: then its own prompts hold from there on.
 *
 * Thread-safety: owner thread.
 */
typedef struct
{
  LimnMixWay way;
  guint      n_ends;
  LimnMixEnd ends[LIMN_MIX_MAX_ENDS];
  double     u;
  double     v;
  double     strength;
} LimnRequestMix;

/** limn_request_mix_new: two or four ends, all empty; set them by limn_request_mix_set_end(). */
LimnRequestMix *limn_request_mix_new     (LimnMixWay            way,
                                          guint                 n_ends);
LimnRequestMix *limn_request_mix_copy    (const LimnRequestMix *mix);
void            limn_request_mix_free    (LimnRequestMix       *mix);

/** limn_request_mix_set_end: both (nullable), both copied. */
void            limn_request_mix_set_end (LimnRequestMix       *mix,
                                          guint                 end,
                                          const LimnRequest    *request,
                                          const char           *picture);

/** limn_request_mix_equal: as limn_request_branch_equal(). */
gboolean        limn_request_mix_equal   (const LimnRequestMix *a,
                                          const LimnRequestMix *b,
                                          gboolean              picture_only);

/** limn_request_mix_get_weights: (1 - u) (1 - v), u (1 - v), (1 - u) v, u v; exactly 0 and 1 at the ends. The sum is 1 but for rounding. */
void            limn_request_mix_get_weights (const LimnRequestMix *mix,
                                              double                weights[LIMN_MIX_MAX_ENDS]);

/**
 * limn_request_mix_has_prompts:
 *
 * Whether what is said to the network is mixed of what the ends' requests say; else the request's own prompts hold. Asks all ends, of weight 0
 * too, lest the words change at once where a hand leaves an end.
 */
gboolean        limn_request_mix_has_prompts (const LimnRequestMix *mix);

/**
 * limn_request_mix_get_cfg:
 *
 * The guidance between those of the ends' requests, by their weights; that of an end to the bit where they are the same or it alone has weight.
 * @fallback where an end has no request.
 */
double          limn_request_mix_get_cfg (const LimnRequestMix *mix,
                                          double                fallback);

/**
 * limn_request_flatten_mix:
 *
 * What one picture can say of a mix: words, and of noise the seeds too, become those of the end that has most weight, and the mix is gone. What
 * has no mix stays as it is.
 */
void            limn_request_flatten_mix (LimnRequest          *request);

/** limn_mix_way_from_name: "noise" or "pictures". LIMN_ERROR_INVALID. */
gboolean        limn_mix_way_from_name   (const char           *name,
                                          LimnMixWay           *way,
                                          GError              **error);
const char     *limn_mix_way_get_name    (LimnMixWay            way);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRequestMix, limn_request_mix_free)

G_END_DECLS
