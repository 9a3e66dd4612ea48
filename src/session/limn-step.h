/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"
#include "session/limn-fingerprint.h"

G_BEGIN_DECLS

/**
 * LimnStep:
 * @serial: of the job it belongs to
 * @step: steps done, 1..@n_steps
 * @sigma: noise level of @latent
 * @timestep: what the network was asked at
 * @latent: x_t after the step, in the sampler's own space: doubles, [C, H, W]
 * @latent_scale: by which @latent becomes what the VAE shows
 * @denoised: x0 as the network saw it in this step, doubles, [C, H, W]
 * @frame: (nullable): the latent as a picture, RGBA; NULL where the request wants no frame. The last step's is the picture
 * @half: @frame is a preview of half the width and height, or, with a source, as fine as one
 * @rough: @frame is a preview by a small decoder, and not what the model's own shows
 * @denoise_seconds, @decode_seconds: what it took
 *
 * One step of a running job. Immutable, counted by reference. Thread-safety: any.
 */
typedef struct
{
  gatomicrefcount  refs;
  guint64          serial;
  guint            step;
  guint            n_steps;
  double           sigma;
  double           timestep;
  GBytes          *latent;
  double           latent_scale;
  GBytes          *denoised;
  LimnFingerprint  fingerprint;
  LimnImage       *frame;
  gboolean         half;
  gboolean         rough;
  double           denoise_seconds;
  double           decode_seconds;
} LimnStep;

LimnStep *limn_step_ref   (LimnStep *step);
void      limn_step_unref (LimnStep *step);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnStep, limn_step_unref)

G_END_DECLS
