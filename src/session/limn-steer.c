/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-steer.h"

#include "base/limn-error.h"

/* What a branch cannot have of its own, or is no part of the picture. */
static void
take_start (LimnRequest *request, const LimnRequest *running)
{
  request->seed = running->seed;
  request->rng = running->rng;
  request->variation_seed = running->variation_seed;
  request->variation_strength = running->variation_strength;
  request->seed_width = running->seed_width;
  request->seed_height = running->seed_height;
  request->batch_count = running->batch_count;
  request->batch_index = running->batch_index;
  request->preview = running->preview;
  request->preview_every = running->preview_every;
  request->preview_half = running->preview_half;
  request->keep_latents = running->keep_latents;
  limn_request_set_device (request, running->device);
}

LimnRequest *
limn_steer_request (const LimnRequest *running, const LimnRequest *wanted, guint step, GError **error)
{
  const LimnRequestBranch *branch = running->branch;
  const LimnRequest *from = running;
  g_autoptr(LimnRequest) request = limn_request_copy (wanted);

  if (branch && branch->step == step && branch->noise == LIMN_FRESH_NOISE_NONE)
    from = branch->from;
  if (request->source && !from->source)
    {
      g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                           "A picture that is still being painted has nothing yet that a mask could keep. Let it finish, then branch.");
      return NULL;
    }
  take_start (request, from);
  g_clear_pointer (&request->branch, limn_request_branch_free);
  request->branch = limn_request_branch_new (from, step);
  limn_request_inherit (request);
  if (limn_request_branch_is_plain (request))
    {
      g_clear_pointer (&request, limn_request_free);
      return limn_request_copy (from);
    }
  return limn_request_check (request, error) ? g_steal_pointer (&request) : NULL;
}
