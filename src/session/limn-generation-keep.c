/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Every state is that of a sampler after a step, before anything that a branch does there: so the state of a step serves all pictures that share
 * it, whatever they do next. */
#include "config.h"

#include "session/limn-generation-private.h"

#include "base/limn-error.h"
#include "session/limn-request-chain.h"

#include <math.h>
#include <string.h>

/* What of a source the sampler must know to go on, among its own arrays in a trajectory; their names have points, not lines. */
#define HELD "source-held"
/* How many steps the picture has in all: one number. */
#define N_STEPS "n-steps"

/* The sampler calls its arrays "history.0", a trajectory's names have no points. */
static char *
swap_points (const char *name, char from, char to)
{
  return g_strdelimit (g_strdup (name), (char[]){ from, '\0' }, to);
}

void
limn_generation_keep_state (LimnGeneration *self)
{
  g_autoptr(GPtrArray) state = limn_sampler_save (self->stage.sampler);
  double n_steps = limn_generation_get_n_steps (self);

  limn_trajectory_clear_history (self->trajectory);
  for (guint i = 0; i < state->len; i++)
    {
      const LimnSamplerArray *array = g_ptr_array_index (state, i);
      g_autofree char *name = swap_points (array->name, '.', '-');

      limn_trajectory_set_history (self->trajectory, name, array->n, array->values);
    }
  if (self->inpaint && limn_inpaint_get_held (self->inpaint))
    limn_trajectory_set_history (self->trajectory, HELD, self->n, limn_inpaint_get_held (self->inpaint));
  limn_trajectory_set_history (self->trajectory, N_STEPS, 1, &n_steps);
  limn_trajectory_keep_state (self->trajectory, limn_trajectory_get_n_steps (self->trajectory));
}

void
limn_generation_keep_request (LimnGeneration *self)
{
  double n_steps = limn_generation_get_n_steps (self);
  g_autofree char *json = NULL;

  if (!self->trajectory)
    return;
  json = limn_request_to_json (self->request);
  limn_trajectory_set_request (self->trajectory, json);
  /* The state at hand is that of the last step. */
  limn_trajectory_set_history (self->trajectory, N_STEPS, 1, &n_steps);
  limn_trajectory_keep_state (self->trajectory, limn_trajectory_get_n_steps (self->trajectory));
}

LimnTrajectory *
limn_generation_get_trajectory (LimnGeneration *self)
{
  return self->trajectory;
}

LimnTrajectory *
limn_generation_steal_trajectory (LimnGeneration *self)
{
  return g_steal_pointer (&self->trajectory);
}

/* --- What another one is good for --- */

static gboolean
fits (const LimnGeneration *self, const LimnTrajectory *trajectory)
{
  return limn_trajectory_get_channels (trajectory) == self->n_channels &&
         limn_trajectory_get_height (trajectory) == limn_work_get_height_lt (self->work) &&
         limn_trajectory_get_width (trajectory) == limn_work_get_width_lt (self->work);
}

/* The deepest step up to @limit that both share and of which there is a state; 0 where there is none. */
static guint
find_deepest (const LimnGeneration *self, const LimnTrajectory *trajectory, const LimnRequest *theirs, guint limit)
{
  guint step = MIN (limn_request_count_shared (self->request, theirs), limn_trajectory_get_n_steps (trajectory));

  step = MIN (step, MIN (limit, limn_generation_get_n_steps (self)));
  while (step > 0 && !limn_trajectory_has_state (trajectory, step))
    step--;
  return step;
}

guint
limn_generation_count_shared (const LimnGeneration *self, const LimnTrajectory *trajectory, const LimnRequest *theirs, guint limit)
{
  return limn_request_same_start (self->request, theirs) && fits (self, trajectory) ? find_deepest (self, trajectory, theirs, limit) : 0;
}

/* --- Going on --- */

static const LimnTrajectoryArray *
find_array (GPtrArray *state, const char *name)
{
  for (guint i = 0; state && i < state->len; i++)
    {
      const LimnTrajectoryArray *array = g_ptr_array_index (state, i);

      if (g_str_equal (array->name, name))
        return array;
    }
  return NULL;
}

/* The sampler's part of it. */
static GPtrArray *
dup_sampler_state (GPtrArray *state)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_sampler_array_free);

  for (guint i = 0; i < state->len; i++)
    {
      const LimnTrajectoryArray *array = g_ptr_array_index (state, i);
      g_autofree char *name = swap_points (array->name, '-', '.');

      g_ptr_array_add (copy, limn_sampler_array_new (name, array->n, array->values));
    }
  return copy;
}

/* What is held from here on is what was held when it was kept, so that no engine is needed for it. */
static gboolean
hold_kept (LimnGeneration *self, const LimnSegment *segment, GPtrArray *state, GError **error)
{
  const LimnTrajectoryArray *held = NULL;
  gboolean good = TRUE;

  if (limn_generation_needs_held (self, segment))
    {
      held = find_array (state, HELD);
      good = held && held->n == self->n;
      for (gsize i = 0; good && i < self->n; i++)
        good = isfinite (held->values[i]);
    }
  if (!good)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The kept latents lack the picture that they began with.");
      return FALSE;
    }
  limn_generation_hold (self, segment, held ? held->values : NULL);
  return TRUE;
}

/* The first state that has what the first segment holds: an older file has only the one after its last step. */
static gboolean
begin_kept (LimnGeneration *self, const LimnTrajectory *trajectory, guint step, GError **error)
{
  g_autoptr(GPtrArray) state = limn_trajectory_get_state (trajectory, limn_trajectory_has_state (trajectory, 0) ? 0 : step);

  if (!hold_kept (self, limn_generation_get_segment (self, 0), state, error))
    return FALSE;
  limn_generation_begin (self);
  return TRUE;
}

static gboolean
check_start (LimnGeneration *self, const LimnTrajectory *trajectory, GError **error)
{
  if (memcmp (limn_trajectory_get_latent (trajectory, 0), limn_sampler_get_x (self->stage.sampler), self->n * sizeof (double)) == 0)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The kept latents do not begin with the noise of their seed.");
  return FALSE;
}

/* @stage: (out): after @step. The noise that it draws from, where that is the generation's own, is as it was. */
static gboolean
load_stage (LimnGeneration *self, const LimnTrajectory *trajectory, guint step, GPtrArray *state, LimnStage *stage, GError **error)
{
  guint i = limn_segments_find (self->segments, step);
  const LimnSegment *segment = limn_generation_get_segment (self, i);
  g_autoptr(GPtrArray) arrays = dup_sampler_state (state);
  g_autofree double *noise = g_new (double, limn_noise_get_state_length (self->noise));
  gboolean good;

  limn_noise_save (self->noise, noise);
  limn_generation_enter (self, i, stage);
  if (!limn_sampler_load (stage->sampler, arrays, error))
    return FALSE;
  good = segment->first + limn_sampler_get_step (stage->sampler) - segment->node == step &&
         memcmp (limn_trajectory_get_latent (trajectory, step), limn_sampler_get_x (stage->sampler), self->n * sizeof (double)) == 0;
  if (good)
    return TRUE;
  limn_noise_load (self->noise, noise, NULL); /* cannot fail: just saved from it */
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The kept latents and the kept state of the sampler do not fit together.");
  return FALSE;
}

/* To the state after @step, of which there is one. Changes nothing but what limn_generation_unbegin() undoes, unless it succeeds. */
static gboolean
load_step (LimnGeneration *self, const LimnTrajectory *trajectory, guint step, GError **error)
{
  g_autoptr(GPtrArray) state = limn_trajectory_get_state (trajectory, step);
  guint i = limn_segments_find (self->segments, step);
  LimnStage stage = { 0 };

  if ((!self->begun && !begin_kept (self, trajectory, step, error)) || !check_start (self, trajectory, error))
    return FALSE;
  if (step == 0)
    return TRUE;
  /* What is held is looked at anew before each step: it does no harm where the rest fails. */
  if (i > 0 && !hold_kept (self, limn_generation_get_segment (self, i), state, error))
    return FALSE;
  if (!load_stage (self, trajectory, step, state, &stage, error))
    {
      limn_generation_leave (&stage);
      return FALSE;
    }
  limn_generation_take_stage (self, &stage);
  return TRUE;
}

static gboolean
check_trajectory (LimnGeneration *self, const LimnTrajectory *trajectory, const LimnRequest *theirs, GError **error)
{
  if (!limn_request_same_start (self->request, theirs))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The kept latents belong to another picture than the one asked for.");
  else if (!fits (self, trajectory))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The kept latents do not have the size that their request says.");
  else
    return TRUE;
  return FALSE;
}

gboolean
limn_generation_restore (LimnGeneration *self, const LimnTrajectory *trajectory, guint limit, GError **error)
{
  guint n = limn_trajectory_get_n_steps (trajectory);
  gboolean was_begun = self->begun;
  g_autoptr(LimnRequest) theirs = NULL;
  gboolean same;
  guint step;

  g_return_val_if_fail (self->frames_done == 0 && self->fingerprints->len <= 1, FALSE);

  theirs = limn_request_new_from_json (limn_trajectory_get_request (trajectory), "trajectory", error);
  if (!theirs || !check_trajectory (self, trajectory, theirs, error))
    return FALSE;
  same = limn_request_count_shared (self->request, theirs) == G_MAXUINT;
  step = find_deepest (self, trajectory, theirs, limit);
  if (step == 0 && n > 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The kept latents share no step with the picture asked for.");
      return FALSE;
    }
  if (!load_step (self, trajectory, step, error))
    {
      if (!was_begun)
        limn_generation_unbegin (self);
      return FALSE;
    }
  for (guint i = 1; i <= step; i++)
    limn_generation_take_fingerprint (self, limn_trajectory_get_latent (trajectory, i));
  if (self->trajectory && step > 0)
    {
      limn_trajectory_append_from (self->trajectory, trajectory, step);
      limn_generation_keep_state (self);
    }
  /* The frame of the last step that was done may not have been seen: it is owed once more. It costs a decode, and when all
   * steps were done it is the picture. Of another picture's steps only that is wanted. */
  self->frames_done = step > 0 && ((same && step == n) || step == limn_generation_get_n_steps (self)) ? step - 1 : step;
  if (step > 0)
    self->timestep = limn_trajectory_get_timestep (trajectory, step - 1);
  return TRUE;
}

GPtrArray *
limn_generation_list_before (const LimnGeneration *self, const LimnTrajectory *trajectory)
{
  GPtrArray *steps = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_step_unref);

  for (guint i = 1; i <= self->frames_done; i++)
    {
      LimnStep *step = limn_generation_new_step (self, i, limn_trajectory_get_sigma (trajectory, i),
                                                 limn_trajectory_get_latent (trajectory, i),
                                                 limn_trajectory_get_denoised (trajectory, i - 1));

      step->timestep = limn_trajectory_get_timestep (trajectory, i - 1);
      g_ptr_array_add (steps, step);
    }
  return steps;
}

guint
limn_generation_read_n_steps (const LimnTrajectory *trajectory)
{
  gsize n;
  const double *values = limn_trajectory_get_history (trajectory, N_STEPS, &n);
  guint n_steps = 0;

  if (values && n == 1)
    n_steps = values[0] >= 0 && values[0] <= G_MAXINT && values[0] == floor (values[0]) ? (guint) values[0] : 0;
  else
    {
      values = limn_trajectory_get_history (trajectory, "position", &n);
      if (values)
        n_steps = limn_sampler_position_get_n_steps (n, values);
    }
  return n_steps >= limn_trajectory_get_n_steps (trajectory) ? n_steps : 0;
}
