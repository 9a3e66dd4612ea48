/* SPDX-License-Identifier: GPL-3.0-or-later */

/* While there is a branch the fields show what it has, which is what it parts from but for what it may have of its own; what they held
 * before lies aside and comes back with its end. */
#include "config.h"

#include "session/limn-draft-private.h"
#include "session/limn-request-part.h"

void
limn_draft_update_branch (LimnDraft *self)
{
  if (!self->branch)
    return;
  self->branch->noise = self->noise;
  self->branch->noise_amount = self->noise_amount;
  self->branch->noise_seed = self->noise_seed;
  g_object_notify (G_OBJECT (self), "branch");
}

/* What a branch may have of its own. */
static void
take_changeable (LimnRequest *request, const LimnRequest *from)
{
  limn_request_set_prompt (request, from->prompt);
  limn_request_set_negative (request, from->negative);
  request->syntax = from->syntax;
  request->cfg = from->cfg;
  request->cfg_rescale = from->cfg_rescale;
  request->sampler = from->sampler;
  request->schedule = from->schedule;
  request->steps = from->steps;
  request->eta = from->eta;
  limn_request_parts_take (request, from, LIMN_REQUEST_PART_STEP | LIMN_REQUEST_PART_WORDS);
}

/* How it is shown, and where it is painted, is no part of a picture. */
static void
take_manner (LimnRequest *request, const LimnRequest *from)
{
  limn_request_set_device (request, from->device);
  request->preview = from->preview;
  request->preview_every = from->preview_every;
  request->preview_half = from->preview_half;
  request->keep_latents = TRUE;
}

/* Outside of the mask the picture stays what it came to. Of a source of its own a branch may have another mask. */
static void
add_mask (LimnDraft *self, LimnRequest *request)
{
  g_autoptr(LimnRequestSource) source = NULL;

  if (!self->from_source || !self->source->picture)
    return;
  if (request->source)
    {
      if (g_strcmp0 (request->source->picture, self->source->picture) == 0)
        {
          limn_request_source_set_mask (request->source, self->source->mask);
          request->source->feather = self->source->feather;
        }
      return;
    }
  source = limn_request_source_new (self->source->picture);
  limn_request_source_set_mask (source, self->source->mask);
  source->feather = self->source->feather;
  source->strength = 1;
  limn_request_set_source (request, source);
}

LimnRequest *
limn_draft_dup_branch_request (LimnDraft *self)
{
  LimnRequest *request = limn_request_copy (self->branch->from);

  take_changeable (request, self->request);
  take_manner (request, self->request);
  /* Between pictures are their words too; other words are its own. */
  if (request->mix && (!g_str_equal (request->prompt, self->branch->from->prompt) || !g_str_equal (request->negative, self->branch->from->negative) ||
                       request->syntax != self->branch->from->syntax))
    limn_request_take_mix (request, NULL);
  limn_request_take_branch (request, limn_request_branch_copy (self->branch));
  add_mask (self, request);
  return request;
}

void
limn_draft_drop_branch (LimnDraft *self)
{
  g_clear_pointer (&self->branch, limn_request_branch_free);
  g_clear_pointer (&self->before, limn_request_free);
  g_clear_pointer (&self->steps_id, g_free);
}

static void
end_branch (LimnDraft *self)
{
  LimnRequest *before = g_steal_pointer (&self->before);

  limn_request_set_prompt (before, self->request->prompt);
  limn_request_set_negative (before, self->request->negative);
  before->syntax = self->request->syntax;
  take_manner (before, self->request);
  limn_draft_drop_branch (self);
  /* The picture that it was painted over goes with it. */
  if (!before->source)
    g_object_set (self, "source", NULL, "mask", NULL, NULL);
  limn_draft_take_request (self, before);
  g_object_set (self, "paint-from-source", self->before_from_source, NULL);
}

static void
begin_branch (LimnDraft *self, const LimnRequest *from, const char *steps_id, guint step)
{
  LimnRequestBranch *branch = limn_request_branch_new (from, step);
  char *id = g_strdup (steps_id);
  LimnRequest *shown;

  if (!self->branch)
    {
      self->before = limn_request_copy (self->request);
      if (self->source->picture)
        limn_request_set_source (self->before, self->source);
      self->before_from_source = self->from_source;
    }
  limn_request_branch_free (self->branch);
  self->branch = branch;
  g_free (self->steps_id);
  self->steps_id = id;
  /* The fields are no branch, nor between pictures: they show what one has. */
  shown = limn_request_copy (branch->from);
  limn_request_take_branch (shown, NULL);
  limn_request_take_mix (shown, NULL);
  shown->seed = limn_request_get_seed (branch->from);
  shown->variation_seed = limn_request_get_variation_seed (branch->from);
  shown->batch_index = 0;
  shown->batch_count = 1;
  take_manner (shown, self->request);
  limn_draft_take_request (self, shown);
  limn_draft_update_branch (self);
}

void
limn_draft_set_branch (LimnDraft *self, const LimnRequest *from, const char *steps_id, guint step)
{
  g_return_if_fail (LIMN_IS_DRAFT (self) && (!from || from->open == 0));

  if (!from && !self->branch)
    return;
  g_object_freeze_notify (G_OBJECT (self));
  if (from)
    begin_branch (self, from, steps_id, step);
  else
    end_branch (self);
  g_object_notify (G_OBJECT (self), "branch");
  g_object_notify (G_OBJECT (self), "branch-step");
  g_object_thaw_notify (G_OBJECT (self));
}

const LimnRequestBranch *
limn_draft_get_branch (LimnDraft *self)
{
  return self->branch;
}

const char *
limn_draft_get_branch_steps_id (LimnDraft *self)
{
  return self->steps_id;
}

void
limn_draft_set_noise (LimnDraft *self, LimnFreshNoise noise, double amount, guint64 seed)
{
  g_object_set (self, "fresh-noise", (guint) noise, "noise-amount", amount, "noise-seed", seed, NULL);
}

void
limn_draft_apply_branch (LimnDraft *self, const LimnRequest *request)
{
  LimnRequest *mine;

  g_object_freeze_notify (G_OBJECT (self));
  limn_draft_set_branch (self, request->branch->from, NULL, request->branch->step);
  limn_draft_set_noise (self, request->branch->noise, request->branch->noise_amount, request->branch->noise_seed);
  mine = limn_request_copy (self->request);
  take_changeable (mine, request);
  limn_request_set_source (mine, request->source);
  limn_draft_take_request (self, mine);
  g_object_thaw_notify (G_OBJECT (self));
}
