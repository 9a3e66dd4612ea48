/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "diffusion/limn-sampler.h"

G_BEGIN_DECLS

/* Inside of LimnSampler, for the files of the families.
 *
 * A step function reads x and the history, calls the network and draws noise, and writes x_next and denoised_next.
 * Only after its last call that may fail does it change the history: so a step that failed leaves no trace, and
 * limn_sampler_step() has only the noise to wind back. */

#define LIMN_SAMPLER_MAX_HISTORY 4
#define LIMN_SAMPLER_N_SCRATCH 3

typedef struct
{
  double timestep;
  double alpha_bar;
  double sigma;
} LimnSamplerNode;

struct _LimnSampler
{
  const LimnSamplerFacts *facts;
  LimnSamplerParams       params;
  LimnSchedule           *schedule;
  LimnDenoiseFunc         denoise;
  gpointer                denoise_data;
  LimnNoise              *noise;
  LimnNoiseFunc           noise_func;
  gpointer                noise_data;

  /* what limn_sampler_save() stores, beside the noise */
  guint                   step;
  guint64                 calls;
  guint64                 draws;
  gboolean                has_denoised;
  double                 *x;
  double                 *denoised;
  guint                   n_history; /* [0] is of the step before, [1] of the one before that, … */
  double                 *history[LIMN_SAMPLER_MAX_HISTORY];
  guint                   unipc_order; /* of the last predictor */
  double                 *unipc_corrected; /* x from which it set out */

  /* of the step being made */
  guint                   step_calls;
  guint                   step_draws;
  double                 *x_next;
  double                 *denoised_next;
  double                 *input;
  double                 *prediction; /* 2 n */
  double                 *scratch[LIMN_SAMPLER_N_SCRATCH];
};

typedef gboolean (*LimnSamplerStepFunc) (LimnSampler *sampler, GError **error);

/* limn-sampler.c */

/** The @i-th node of the schedule. */
LimnSamplerNode limn_sampler_node (const LimnSampler *sampler, guint i);

/** The node at @sigma, between those of the schedule. */
LimnSamplerNode limn_sampler_node_at_sigma (const LimnSampler *sampler, double sigma);

/**
 * Calls the network on @x (own space) at @node.
 * @x0: (out): the denoised estimate
 * @eps: (out) (nullable): the noise in it
 * Either may be @x.
 */
gboolean limn_sampler_call (LimnSampler           *sampler,
                            const LimnSamplerNode *node,
                            const double          *x,
                            double                *x0,
                            double                *eps,
                            GError               **error);

/** Draws n unit normal values for the way from @from to @to (sigmas; -1 for churn). */
void limn_sampler_draw (LimnSampler *sampler, double from, double to, double *noise);

/** y += factor * noise, freshly drawn; no draw for a factor of 0. Uses the last scratch array. */
void limn_sampler_add_noise (LimnSampler *sampler, double from, double to, double factor, double *y);

/** Puts a copy of @values at the front of the history, of which @keep entries stay at most. */
void limn_sampler_push (LimnSampler *sampler, const double *values, guint keep);

/* limn-sampler-sigma.c */
gboolean limn_sampler_step_euler     (LimnSampler *sampler, GError **error); /* Euler, Euler a, LCM */
gboolean limn_sampler_step_heun      (LimnSampler *sampler, GError **error);
gboolean limn_sampler_step_dpm2      (LimnSampler *sampler, GError **error); /* DPM2, DPM2 a */
gboolean limn_sampler_step_dpmpp_2s  (LimnSampler *sampler, GError **error);
gboolean limn_sampler_step_dpmpp_sde (LimnSampler *sampler, GError **error);

/* limn-sampler-multistep.c */
gboolean limn_sampler_step_dpmpp_multistep (LimnSampler *sampler, GError **error); /* 2M, 2M SDE, 3M SDE */
gboolean limn_sampler_step_lms             (LimnSampler *sampler, GError **error);
gboolean limn_sampler_step_unipc           (LimnSampler *sampler, GError **error);

/* limn-sampler-vp.c */
gboolean limn_sampler_step_ddpm (LimnSampler *sampler, GError **error);
gboolean limn_sampler_step_ddim (LimnSampler *sampler, GError **error);
gboolean limn_sampler_step_plms (LimnSampler *sampler, GError **error);

G_END_DECLS
