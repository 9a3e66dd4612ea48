/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-inspection.h"
#include "session/limn-resources.h"

G_BEGIN_DECLS

/* Most pictures that one press of the button makes; a queue takes more. */
#define LIMN_DRAFT_MAX_COUNT 100

/* Percent: previews that take ten times as long as the painting itself. */
#define LIMN_DRAFT_MAX_SLOWDOWN 1000

/* Pixels: eight cells of the latent, more than a seam is wide. */
#define LIMN_DRAFT_MAX_GROW_BLEND 64

/**
 * LimnDraft:
 *
 * What is in the fields: the request that the artist is writing. Widgets are bound to its properties; pressing the
 * button takes a copy (limn_draft_dup_request()), so that nothing edited later reaches a job.
 *
 * Properties, all readable, writable and notified, named as the fields of LimnRequest: "prompt", "negative", "model", "device" (string;
 * the last two nullable), "seed", "variation-seed" (uint64), "rng", "steps", "sampler", "schedule", "prediction", "syntax", "storage", "width", "height", "preview",
 * "preview-every", "tile", "overlap", "seed-width", "seed-height" (uint), "eta", "cfg", "cfg-rescale", "variation-strength" (double), "preview-half", "wrap-x", "wrap-y" (boolean); as those of
 * LimnRequestSource: "strength" (double), "masked-content", "feather", "padding", "grow-left", "grow-top", "grow-right", "grow-bottom",
 * "restore" (uint), "only-masked" (boolean); and
 *
 * - "source" (string, nullable): id in the stash of the picture to start from; NULL: none
 * - "mask" (string, nullable): id in the stash of the mask that came with a picture's settings; who shows the source takes it from here
 * - "paint-from-source" (boolean): whether requests start from it; then the size is left to it
 * - "seed-locked" (boolean): the button does not draw a new seed
 * - "count" (uint): pictures per press, 1..LIMN_DRAFT_MAX_COUNT
 * - "preview-slowdown" (uint): percent by which previews may slow down the painting; 0: as much as they need
 * - "grow-blend" (uint): pixels inside an edge that grows which may change too (limn_grow_blend()), 0..LIMN_DRAFT_MAX_GROW_BLEND; goes into the
 *   mask that a request takes along, not into limn_draft_dup_request()
 * - "branch" (pointer to LimnRequestBranch, nullable, read-only, notified when any of it changes): the picture that requests part from:
 *   limn_draft_set_branch()
 * - "branch-step" (uint): after which of its steps; "fresh-noise" (uint, LimnFreshNoise), "noise-amount" (double, 0..1), "noise-seed"
 *   (uint64): the noise that is put in there; without a branch they wait for one
 * - "loras" (pointer, read-only, notified when any of them changes): see limn-draft-loras.h
 * - "controls" (pointer, read-only, notified when any of them changes): see limn-draft-controls.h
 * - "open" (uint, LimnRequestOpen): what the model decides. The property then shows what the model would take
 *   (limn_draft_set_inspection()); writing it closes the bit.
 * - "inspection" (LimnInspection, boxed as pointer, nullable, read-only)
 *
 * Thread-safety: the thread that made it.
 */
#define LIMN_TYPE_DRAFT (limn_draft_get_type ())
G_DECLARE_FINAL_TYPE (LimnDraft, limn_draft, LIMN, DRAFT, GObject)

LimnDraft      *limn_draft_new            (void);

/* Getters for what is read often; everything else by g_object_get(). */
const char     *limn_draft_get_prompt     (LimnDraft *draft);
const char     *limn_draft_get_negative   (LimnDraft *draft);
const char     *limn_draft_get_model      (LimnDraft *draft);
guint64         limn_draft_get_seed       (LimnDraft *draft);
guint           limn_draft_get_width      (LimnDraft *draft);
guint           limn_draft_get_height     (LimnDraft *draft);
LimnRequestOpen limn_draft_get_open       (LimnDraft *draft);

void            limn_draft_set_prompt     (LimnDraft *draft, const char *prompt);
void            limn_draft_set_negative   (LimnDraft *draft, const char *negative);

/** limn_draft_reopen: leaves @bits to the model again. */
void            limn_draft_reopen         (LimnDraft *draft, LimnRequestOpen bits);

/** limn_draft_set_inspection: what is known of the model now; shows its choices where the draft is open. */
void            limn_draft_set_inspection (LimnDraft *draft, LimnInspection *inspection);
LimnInspection *limn_draft_get_inspection (LimnDraft *draft);

/**
 * limn_draft_roll_seed: a new one, of 32 bits: all that PyTorch's generator looks at, and a number that people can copy. With a branch, whose
 * seed is the other picture's, of the fresh noise.
 */
void            limn_draft_roll_seed      (LimnDraft *draft);

/** limn_draft_dup_request: (transfer full): frozen; latents are kept. It may be refused later: limn_request_check(). */
LimnRequest    *limn_draft_dup_request    (LimnDraft *draft);

/** limn_draft_set_resources: what names in the prompt stand for from now on; requests have the files: limn_request_resolve_loras(). */
void            limn_draft_set_resources  (LimnDraft *draft, LimnResources *resources);

/** limn_draft_apply_request: takes over everything that is part of a picture; how it is shown and where it is painted stays. Of what is mixed
 *  the fields show the nearest: limn_request_flatten_mix(). */
void            limn_draft_apply_request  (LimnDraft *draft, const LimnRequest *request);

/**
 * limn_draft_set_branch:
 * @from: (nullable): nothing open; requests part from it from now on, after its step @step. NULL: from none
 * @steps_id: (nullable): under which its steps are kept
 *
 * The fields take @from's settings; of these limn_draft_dup_request() lets a branch have others of its own: prompts, guidance, sampler,
 * schedule, steps, and a mask, where @from has begun as noise and what is to be changed is its own picture. When it ends, what the
 * fields held before comes back, but for the prompts, which stay.
 */
void            limn_draft_set_branch     (LimnDraft *draft, const LimnRequest *from, const char *steps_id, guint step);
const LimnRequestBranch *limn_draft_get_branch (LimnDraft *draft);
/** limn_draft_get_branch_steps_id: (nullable). */
const char     *limn_draft_get_branch_steps_id (LimnDraft *draft);

/** limn_draft_to_json: (transfer full): all of it, to be there again at the next start. */
char           *limn_draft_to_json        (LimnDraft *draft);

/** limn_draft_load_json: fails with LIMN_ERROR_FORMAT and changes nothing where it is not what limn_draft_to_json() wrote. */
gboolean        limn_draft_load_json      (LimnDraft *draft, const char *json, GError **error);

G_END_DECLS
