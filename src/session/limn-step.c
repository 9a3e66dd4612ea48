/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-step.h"

LimnStep *
limn_step_ref (LimnStep *step)
{
  g_atomic_ref_count_inc (&step->refs);
  return step;
}

void
limn_step_unref (LimnStep *step)
{
  if (!step || !g_atomic_ref_count_dec (&step->refs))
    return;
  g_clear_pointer (&step->latent, g_bytes_unref);
  g_clear_pointer (&step->denoised, g_bytes_unref);
  g_clear_pointer (&step->frame, limn_image_unref);
  g_free (step);
}
