/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-draft.h"

G_BEGIN_DECLS

/* The draft in three files: the fields (limn-draft.c), the picture that requests part from (limn-draft-branch.c), and how all of it is kept
 * (limn-draft-file.c). */

/* Of the noise in a picture so much is drawn anew as long as nobody has said otherwise: another picture of the same scene. */
#define FIRST_NOISE_AMOUNT 0.3

struct _LimnDraft
{
  GObject         parent_instance;

  LimnRequest    *request; /* without a source */
  LimnRequestSource *source; /* @picture may be NULL: none */
  gboolean        from_source;
  gboolean        seed_locked;
  guint           slowdown;
  guint           grow_blend;
  GPtrArray      *resting;   /* (element-type LimnRequestLora): LoRAs that are off */
  GPtrArray      *controls;  /* (element-type LimnRequestControl): also what is not complete */
  LimnResources  *resources; /* (nullable) */
  LimnInspection *inspection;
  LimnRequestBranch *branch; /* (nullable) */
  char           *steps_id;  /* (nullable): of what it parts from */
  LimnRequest    *before;    /* (nullable): what the fields held before there was a branch */
  gboolean        before_from_source;
  LimnFreshNoise  noise;     /* these three: of the branch that is there, or of the next */
  double          noise_amount;
  guint64         noise_seed;
};

/* limn-draft.c */

/** limn_draft_take_request: takes @request in place of the one that is there; every property may have changed. */
void         limn_draft_take_request       (LimnDraft         *self,
                                            LimnRequest       *request);
/** limn_draft_fill_open: what is open in @request takes the value that @shown has there, since a field always shows something. */
void         limn_draft_fill_open          (LimnRequest       *request,
                                            const LimnRequest *shown);

/* limn-draft-loras.c */

/** limn_draft_settle_loras: another request is there. */
void         limn_draft_settle_loras       (LimnDraft         *self);
/** limn_draft_write_resting: (transfer full); limn_draft_read_resting: what is not that is none. */
char        *limn_draft_write_resting      (LimnDraft         *self);
void         limn_draft_read_resting       (LimnDraft         *self,
                                            const char        *text);

/* limn-draft-controls.c */

/** limn_draft_settle_controls: another request is there. */
void         limn_draft_settle_controls    (LimnDraft         *self);

/* limn-draft-branch.c */

/** limn_draft_update_branch: whoever looks at the branch looks again. */
void         limn_draft_update_branch      (LimnDraft         *self);
/** limn_draft_drop_branch: forgets it without bringing anything back. */
void         limn_draft_drop_branch        (LimnDraft         *self);
/** limn_draft_dup_branch_request: (transfer full): limn_draft_dup_request() where there is one. */
LimnRequest *limn_draft_dup_branch_request (LimnDraft         *self);
/** limn_draft_apply_branch: settings of a picture that is a branch itself: it parts from the same as that one. */
void         limn_draft_apply_branch       (LimnDraft         *self,
                                            const LimnRequest *request);
void         limn_draft_set_noise          (LimnDraft         *self,
                                            LimnFreshNoise     noise,
                                            double             amount,
                                            guint64            seed);

G_END_DECLS
