/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "diffusion/limn-sampler.h"
#include "formats/limn-prompt.h"
#include "session/limn-request-branch.h"
#include "session/limn-request-control.h"
#include "session/limn-request-mix.h"
#include "session/limn-request-source.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* A request's JSON: a request that has no source, no tiles and no seamless edge is written as version 1, as it always was, so that its
 * text and hash stay what they were; one with these as version 2; one with a branch, a mix, a variation seed or a resized seed as version 3;
 * one with anything of limn-request-part.h as version 4. A reader refuses what is newer. */
#define LIMN_REQUEST_VERSION 4

/* How deep requests may stand in each other, as what another parts from or as an end of a mix; and how many in all: four corners, each
 * blended of four pictures that were steered a dozen times, are 200. */
#define LIMN_REQUEST_MAX_CHAIN 64
#define LIMN_REQUEST_MAX_REQUESTS 1024
/* Steps that a picture may have: as many as a schedule takes, which may be one more than was asked for, and once more for each branch. */
#define LIMN_REQUEST_MAX_STEPS (LIMN_REQUEST_MAX_CHAIN * (LIMN_STEPS_MAX + 1))

/* Pixels along a side that a request may ask for; what the device can do is found out later. */
#define LIMN_REQUEST_MAX_SIDE 16384
#define LIMN_REQUEST_MAX_BATCH 10000
#define LIMN_REQUEST_MAX_CFG 1000.0
/* Layers of CLIP ViT-L's text encoder, which has the fewest. */
#define LIMN_REQUEST_MAX_CLIP_SKIP 12

/* Pixels of a tile's side: less is less than the network's own reach. */
#define LIMN_REQUEST_MIN_TILE 64

typedef enum
{
  LIMN_STORAGE_F32,
  LIMN_STORAGE_F16,
} LimnStorage;

/**
 * LimnPreview:
 * @LIMN_PREVIEW_NOISY: x_t as it is, scaled to what the VAE expects
 * @LIMN_PREVIEW_PREDICTED: x0 as the network saw it in that step
 * @LIMN_PREVIEW_NONE: no frame but the last, which is the picture
 */
typedef enum
{
  LIMN_PREVIEW_NOISY,
  LIMN_PREVIEW_PREDICTED,
  LIMN_PREVIEW_NONE,
} LimnPreview;

/**
 * LimnRequestOpen:
 *
 * What a request leaves to the model; limn_request_resolve() fills it in and clears the bit. The field of an
 * open bit holds nothing.
 */
typedef enum
{
  LIMN_REQUEST_OPEN_STEPS = 1 << 0,
  LIMN_REQUEST_OPEN_SAMPLER = 1 << 1,
  LIMN_REQUEST_OPEN_ETA = 1 << 2,
  LIMN_REQUEST_OPEN_CFG = 1 << 3,
  LIMN_REQUEST_OPEN_PREDICTION = 1 << 4,
  LIMN_REQUEST_OPEN_SIZE = 1 << 5,
  LIMN_REQUEST_OPEN_ALL = (1 << 6) - 1,
} LimnRequestOpen;

/**
 * LimnRequest:
 * @model: (nullable): path of a model; NULL: the starter model
 * @prompt, @negative: UTF-8, never NULL
 * @seed: of picture 0 of the batch; picture i is drawn from limn_request_get_seed(), as if that had been asked for alone
 * @steps: LIMN_STEPS_MIN..LIMN_STEPS_MAX
 * @eta: 0..10
 * @cfg: guidance scale, finite, 0..LIMN_REQUEST_MAX_CFG; 1: the conditional pass only, half the work
 * @cfg_rescale: 0..1
 * @width, @height: pixels
 * @batch_index: which picture of the batch this request makes, below @batch_count
 * @device: (nullable): as limn_gl_new() takes it; no part of what the picture is
 * @preview_every: a frame after every n-th step, counted from the first, and after the last; at least 1
 * @preview_half: frames of half the width and height, a quarter of the work; not the last
 * @keep_latents: whether the result carries the trajectory
 * @source: (nullable): what to start from; then @width and @height are the result's and need be no multiple of anything, and open they are
 *   the source's with what it grows by. Other sizes scale the source to them
 * @tile: pixels of the side of the windows in which the network sees the picture; 0: all at once
 * @overlap: pixels that neighbouring windows share; less than @tile
 * @wrap_x, @wrap_y: left and right (upper and lower) edge fit together: a panorama, a tile for a wall
 * @branch: (nullable): where it parts from another picture
 * @mix: (nullable): what it is between
 * @variation_seed, @variation_strength: the noise of @seed is turned towards that of this one; 0: not at all, 1: it is that of this one
 * @clip_skip: which of the text encoder's layers is the last, counted from its end as AUTOMATIC1111 does: 1 the last one, 2 the one before…
 *   up to LIMN_REQUEST_MAX_CLIP_SKIP; 0: the model's own
 * @vae: (nullable): path of a VAE that takes the place of the model's
 * @family: (nullable): id of the family that the model is, where its tensors could be several ones': "sdxl-lightning"; see limn-family.h
 * @embeddings: (nullable) (element-type LimnRequestWord): NULL: none, never empty; see limn-request-word.h
 * @loras: (nullable) (element-type LimnRequestLora): NULL: none, never empty; see limn-request-lora.h
 * @seed_width, @seed_height: "resize seed": pixels of a picture whose noise is put into the middle of this one's; 0, both: none
 * @controls: (nullable) (element-type LimnRequestControl): pictures to draw by, and the ControlNets that look at them; NULL: none, never empty
 *
 * One picture to be made. Filled by whoever makes it, then handed to the session, which copies it: nothing that
 * is edited later reaches a running job.
 *
 * Thread-safety: owner thread; a copy for each thread.
 */
struct _LimnRequest
{
  LimnRequestOpen    open;
  char              *model;
  char              *prompt;
  char              *negative;
  LimnPromptSyntax   syntax;
  guint64            seed;
  LimnNoiseKind      rng;
  guint              steps;
  LimnSamplerKind    sampler;
  LimnScheduleKind   schedule;
  double             eta;
  double             cfg;
  double             cfg_rescale;
  LimnPrediction     prediction;
  guint              width;
  guint              height;
  guint              batch_count;
  guint              batch_index;
  LimnStorage        storage;
  char              *device;
  LimnPreview        preview;
  guint              preview_every;
  gboolean           preview_half;
  gboolean           keep_latents;
  LimnRequestSource *source;
  guint              tile;
  guint              overlap;
  gboolean           wrap_x;
  gboolean           wrap_y;
  LimnRequestBranch *branch;
  LimnRequestMix    *mix;
  guint64            variation_seed;
  double             variation_strength;
  guint              seed_width;
  guint              seed_height;
  guint              clip_skip;
  char              *vae;
  char              *family;
  GPtrArray         *embeddings;
  GPtrArray         *loras;
  GPtrArray         *controls;
};

/** limn_request_new: no prompt, seed 0, a batch of one, the starter model, everything that may be open open. */
LimnRequest *limn_request_new      (void);
LimnRequest *limn_request_copy     (const LimnRequest  *request);
void         limn_request_free     (LimnRequest        *request);

/* Each replaces a string; NULL is "" for the first two. */
void         limn_request_set_prompt   (LimnRequest    *request,
                                        const char     *prompt);
void         limn_request_set_negative (LimnRequest    *request,
                                        const char     *negative);
void         limn_request_set_model    (LimnRequest    *request,
                                        const char     *model);
void         limn_request_set_device   (LimnRequest    *request,
                                        const char     *device);
/** limn_request_set_family: "" is NULL. */
void         limn_request_set_family   (LimnRequest    *request,
                                        const char     *family);
/** limn_request_set_vae: "" is NULL. */
void         limn_request_set_vae      (LimnRequest    *request,
                                        const char     *vae);

/** limn_request_set_source: @source: (nullable): copied. */
void         limn_request_set_source   (LimnRequest    *request,
                                        const LimnRequestSource *source);

/** limn_request_add_control: @control: (transfer full): after those that are there. */
void         limn_request_add_control  (LimnRequest        *request,
                                        LimnRequestControl *control);

/* Each takes over what replaces what was there; NULL: none. */
void         limn_request_take_branch  (LimnRequest        *request,
                                        LimnRequestBranch  *branch);
void         limn_request_take_mix     (LimnRequest        *request,
                                        LimnRequestMix     *mix);

/** limn_request_get_depth: 1, and one more for each request that stands in another, on the longest way. */
guint        limn_request_get_depth    (const LimnRequest  *request);

/**
 * limn_request_get_seed, limn_request_get_variation_seed:
 *
 * Of this picture: seed + batch_index. With a variation of some strength it is that seed which counts up, and all pictures of the batch are
 * variations of one, as in AUTOMATIC1111.
 */
guint64      limn_request_get_seed (const LimnRequest  *request);
guint64      limn_request_get_variation_seed (const LimnRequest *request);

/**
 * limn_request_check:
 *
 * What can be said without the model, of all requests in it too. Fails with LIMN_ERROR_INVALID, naming the setting, what it was and
 * what it may be. Open fields are not looked at.
 */
gboolean     limn_request_check    (const LimnRequest  *request,
                                    GError            **error);

/** limn_request_equal: every field. */
gboolean     limn_request_equal    (const LimnRequest  *a,
                                    const LimnRequest  *b);

/**
 * limn_request_equal_picture:
 *
 * Whether both ask for the same pixels: the same but for device, previews, keep_latents, and how a seed is
 * split into seed and place in a batch.
 */
gboolean     limn_request_equal_picture (const LimnRequest *a,
                                         const LimnRequest *b);

/** limn_request_hash: of the fields that limn_request_equal_picture() compares: SHA-256 in hexadecimal. (transfer full) */
char        *limn_request_hash     (const LimnRequest  *request);

/**
 * limn_request_to_json:
 *
 * One object on one line, every field by name; open ones are null. The seed is a string of decimal digits, since many readers of JSON
 * know no integer past 2^53. @model is written with the home folder as "~", lest a picture that is given away tell whose it was.
 *
 * Returns: (transfer full)
 */
char        *limn_request_to_json  (const LimnRequest  *request);

/**
 * limn_request_new_from_json:
 * @name: what to call the text in errors
 *
 * Exactly what limn_request_to_json() wrote: every field must be there, no other may. Fails with LIMN_ERROR_FORMAT
 * where it is not that, and as limn_request_check() does.
 */
LimnRequest *limn_request_new_from_json (const char    *json,
                                         const char    *name,
                                         GError       **error);

/**
 * limn_request_new_from_draft_json:
 *
 * The same for what somebody is still working at: @prompt and @negative may be longer than what can be painted.
 */
LimnRequest *limn_request_new_from_draft_json (const char  *json,
                                               const char  *name,
                                               GError     **error);

/** limn_storage_from_name: "f32" or "f16"; limn_preview_from_name: "noisy", "predicted" or "none": LIMN_ERROR_INVALID. */
gboolean     limn_storage_from_name (const char        *name,
                                     LimnStorage       *storage,
                                     GError           **error);
const char  *limn_storage_get_name  (LimnStorage        storage);
gboolean     limn_preview_from_name (const char        *name,
                                     LimnPreview       *preview,
                                     GError           **error);
const char  *limn_preview_get_name  (LimnPreview        preview);

/** limn_request_prediction_from_name: "epsilon", "v" or "sample". LIMN_ERROR_INVALID. */
gboolean     limn_request_prediction_from_name (const char     *name,
                                                LimnPrediction *prediction,
                                                GError        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRequest, limn_request_free)

G_END_DECLS
