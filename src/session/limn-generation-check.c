/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What can be said of a generation before there is one. */
#include "config.h"

#include "session/limn-generation.h"

#include "session/limn-segment.h"

#include <string.h>

gboolean
limn_generation_is_guided (const LimnRequest *request)
{
  return request->cfg != 1;
}

gboolean
limn_generation_check (const LimnRequest *request, const LimnEngineFacts *facts, GError **error)
{
  return limn_generation_count_steps (request, facts, error) > 0;
}

guint
limn_generation_count_steps (const LimnRequest *request, const LimnEngineFacts *facts, GError **error)
{
  g_autoptr(GPtrArray) segments = NULL;

  g_return_val_if_fail (request->open == 0, 0);

  segments = limn_segments_new (request, facts, NULL, NULL, error);
  return segments ? limn_segments_count_steps (segments) : 0;
}

void
limn_generation_list_offers (const LimnEngineFacts *facts, LimnPrediction prediction, guint steps, guint *offers)
{
  LimnSchedulerConfig config = facts->scheduler;
  guint n_schedules = g_strv_length ((char **) limn_schedule_kind_list_names ());
  g_autoptr(LimnAlphas) alphas = NULL;

  config.prediction_type = prediction;
  alphas = limn_alphas_new (&config, NULL);
  memset (offers, 0, LIMN_SAMPLER_N_KINDS * sizeof *offers);
  for (guint i = 0; alphas && i < n_schedules; i++)
    {
      g_autoptr(LimnSchedule) schedule = limn_schedule_new (alphas, i, steps, NULL);

      for (guint k = 0; schedule && k < LIMN_SAMPLER_N_KINDS; k++)
        {
          LimnSamplerParams params;
          g_autoptr(LimnSampler) sampler = NULL;

          limn_sampler_params_init (&params, k, 1);
          params.prediction = prediction;
          params.variance = facts->scheduler.variance_type;
          sampler = limn_sampler_new (k, &params, schedule, NULL, NULL, NULL, NULL);
          if (sampler)
            offers[k] |= 1u << i;
        }
    }
}
