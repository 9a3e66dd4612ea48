/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "diffusion/limn-noise.h"
#include "diffusion/limn-schedule.h"

G_BEGIN_DECLS

typedef enum
{
  LIMN_SAMPLER_DDPM,
  LIMN_SAMPLER_DDIM,
  LIMN_SAMPLER_PLMS,
  LIMN_SAMPLER_EULER,
  LIMN_SAMPLER_EULER_A,
  LIMN_SAMPLER_HEUN,
  LIMN_SAMPLER_DPM2,
  LIMN_SAMPLER_DPM2_A,
  LIMN_SAMPLER_DPMPP_2S_A,
  LIMN_SAMPLER_DPMPP_2M,
  LIMN_SAMPLER_DPMPP_2M_SDE,
  LIMN_SAMPLER_DPMPP_3M_SDE,
  LIMN_SAMPLER_DPMPP_SDE,
  LIMN_SAMPLER_UNIPC,
  LIMN_SAMPLER_LMS,
  LIMN_SAMPLER_LCM,
  LIMN_SAMPLER_N_KINDS,
} LimnSamplerKind;

/** LimnSpace: which x the sampler steps; see the head of limn-schedule.h. */
typedef enum
{
  LIMN_SPACE_SIGMA,
  LIMN_SPACE_VP,
} LimnSpace;

/**
 * LimnSamplerFacts:
 * @name: of the command line ("dpmpp-2m-sde")
 * @display_name: as A1111 writes it in a picture's parameters ("DPM++ 2M SDE")
 * @calls: of the network per step, as a rule; the last step of a two-call sampler takes one, PLMS' first two
 * @stochastic: draws noise with the default parameters
 * @has_eta: obeys eta
 * @default_eta: 0 or 1
 * @has_churn: obeys s_churn, s_tmin, s_tmax
 */
typedef struct
{
  LimnSamplerKind kind;
  const char     *name;
  const char     *display_name;
  LimnSpace       space;
  guint           calls;
  gboolean        stochastic;
  gboolean        has_eta;
  double          default_eta;
  gboolean        has_churn;
} LimnSamplerFacts;

const LimnSamplerFacts *limn_sampler_get_facts      (LimnSamplerKind kind);
/** limn_sampler_kind_from_name: fails with LIMN_ERROR_INVALID, listing the names. */
gboolean                limn_sampler_kind_from_name (const char *name, LimnSamplerKind *kind, GError **error);

/**
 * LimnDenoiseInput:
 * @n: number of elements
 * @x: x_t in VP space, the network's input as it is
 * @timestep: maybe fractional
 * @alpha_bar, @sigma: the same time, otherwise expressed
 * @step, @call: which step, and which call within it, both from 0
 */
typedef struct
{
  gsize         n;
  const double *x;
  double        timestep;
  double        alpha_bar;
  double        sigma;
  guint         step;
  guint         call;
} LimnDenoiseInput;

/**
 * LimnDenoiseFunc:
 * @prediction: (out): what the network says of @input->x, guidance done: epsilon, v or x0 as
 *   params.prediction says; @input->n values, twice as many if params.variance is learned (then the
 *   second half is the network's second half)
 *
 * Returns: FALSE with @error set when it failed or was cancelled
 */
typedef gboolean (*LimnDenoiseFunc) (gpointer                data,
                                     const LimnDenoiseInput *input,
                                     double                 *prediction,
                                     GError                **error);

/**
 * LimnNoiseFunc:
 * @index: number of this draw, from 0; a step that is tried again asks for the same numbers again
 * @sigma_from, @sigma_to: the interval which the noise is for; -1 for churn
 *
 * Gives @n unit normal values in place of a LimnNoise. For tests.
 */
typedef void (*LimnNoiseFunc) (gpointer data,
                               guint64  index,
                               double   sigma_from,
                               double   sigma_to,
                               gsize    n,
                               double  *noise);

typedef enum
{
  LIMN_SOLVER_MIDPOINT,
  LIMN_SOLVER_HEUN,
} LimnSolver;

/**
 * LimnStart:
 * @LIMN_START_VARIANCE: x = noise sqrt (1 + sigma^2): the variance that training data of unit variance has at sigma
 * @LIMN_START_SIGMA: x = noise sigma, k-diffusion's
 *
 * How pure noise enters sigma space. In VP space x is the noise itself.
 */
typedef enum
{
  LIMN_START_VARIANCE,
  LIMN_START_SIGMA,
} LimnStart;

/**
 * LimnSamplerParams: fill by limn_sampler_params_init(), then change.
 * @n: elements of the latent
 * @prediction, @variance: of the network
 * @eta: amount of noise put back; obeyed where facts.has_eta
 * @s_churn, @s_tmin, @s_tmax, @s_noise: Karras et al. 2022, algorithm 2; s_noise scales the noise of every sampler in
 *   sigma space
 * @solver: second-order term of the DPM++ multistep solvers: half of (1 - exp (-h)), or exact
 * @order: history used by LMS (1..4), UniPC (1..3), DPM++ 2M (1..2) and 3M (1..3)
 * @lower_order_final: DPM++ multistep: fall back to order 2 and 1 in the last steps also when the last sigma is not 0
 * @unipc_bh1: B(h) = h in place of exp (h) - 1
 */
typedef struct
{
  gsize          n;
  LimnPrediction prediction;
  LimnVariance   variance;
  LimnStart      start;
  double         eta;
  double         s_churn;
  double         s_tmin;
  double         s_tmax;
  double         s_noise;
  LimnSolver     solver;
  guint          order;
  gboolean       lower_order_final;
  gboolean       unipc_bh1;
} LimnSamplerParams;

void limn_sampler_params_init (LimnSamplerParams *params, LimnSamplerKind kind, gsize n);

/**
 * LimnSampler:
 *
 * Steps a latent from noise to picture. All state is double and on the host; the
 * sums depend on nothing but the arguments, so equal calls give equal bits.
 *
 *     sampler = limn_sampler_new (kind, &params, schedule, noise, denoise, data, &error);
 *     limn_noise_draw (noise, n, start);
 *     limn_sampler_start (sampler, 0, NULL, start);
 *     while (!limn_sampler_is_done (sampler))
 *       if (!limn_sampler_step (sampler, &error)) …
 *
 * Thread-safety: owner thread.
 */
typedef struct _LimnSampler LimnSampler;

/**
 * limn_sampler_new:
 * @schedule: copied
 * @noise: (nullable) (unowned): must outlive the sampler; may be NULL if nothing is drawn
 *
 * Fails with LIMN_ERROR_INVALID for parameters out of range (NaN too) and with LIMN_ERROR_UNSUPPORTED
 * for learned variance of a sampler other than DDPM.
 *
 * DPM++ SDE needs noise for the overlapping intervals [sigma, mid] and [sigma, next]. It draws the increments over
 * [sigma, mid] and [mid, next] and adds them up, so that both belong to one Brownian path. k-diffusion
 * reads them from a Brownian tree, which no generator of numbers in sequence can imitate.
 */
LimnSampler *limn_sampler_new  (LimnSamplerKind          kind,
                                const LimnSamplerParams *params,
                                const LimnSchedule      *schedule,
                                LimnNoise               *noise,
                                LimnDenoiseFunc          denoise,
                                gpointer                 denoise_data,
                                GError                 **error);
void         limn_sampler_free (LimnSampler *sampler);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSampler, limn_sampler_free)

/** limn_sampler_set_noise_func: takes noise from @func, each interval by itself, in place of the LimnNoise. */
void limn_sampler_set_noise_func (LimnSampler *sampler, LimnNoiseFunc func, gpointer data);

/**
 * limn_sampler_start:
 * @step: first step to do; 0 for a new picture
 * @latent: (nullable): n values, the clean latent to begin from (x0)
 * @noise: n unit normal values
 *
 * x = latent + noise at the level of @step, no history. Without @latent see LimnStart.
 */
void limn_sampler_start     (LimnSampler *sampler, guint step, const double *latent, const double *noise);

/** limn_sampler_start_raw: begins from @x, which is in the sampler's own space. */
void limn_sampler_start_raw (LimnSampler *sampler, guint step, const double *x);

/* What follows goes on from where another sampler has come; of the same n. Their noises are their own. */

/**
 * limn_sampler_start_from:
 * @step: of @sampler's schedule, where the level is that of @before
 *
 * Begins with @before's x, brought into @sampler's space: x_vp = x_sigma / sqrt (1 + sigma^2). No history.
 */
void limn_sampler_start_from (LimnSampler *sampler, guint step, const LimnSampler *before);

/**
 * limn_sampler_take_over:
 * @before: of the same kind, its schedule as @sampler's
 *
 * As if @sampler had made @before's steps, with all that it remembers of them: if nothing else differs either, the same bits follow.
 */
void limn_sampler_take_over  (LimnSampler *sampler, const LimnSampler *before);

/**
 * limn_sampler_renoise:
 * @x0: n values, the picture that is seen in x
 * @amount: a, 0..1
 * @noise: n unit normal values, z
 *
 * x at the same level with other noise: where x is x0 + sigma e, or the same in VP space,
 *
 *     e' = sqrt (1 - a^2) e + a z
 *
 * which keeps the variance of e. What was remembered of former steps is forgotten: it would lead back to the old noise. With @amount 0 nothing
 * changes, not a bit.
 */
void limn_sampler_renoise    (LimnSampler *sampler, const double *x0, double amount, const double *noise);

/**
 * limn_sampler_draws_noise:
 *
 * Whether a sampler with @params, on its way through @schedule from @step on, draws any noise; found out by going that way with one number.
 * Microseconds a step. FALSE where there is no such sampler.
 */
gboolean limn_sampler_draws_noise (LimnSamplerKind kind, const LimnSamplerParams *params, const LimnSchedule *schedule, guint step);

/**
 * limn_sampler_step:
 *
 * One step. When the callback fails its error is passed on and the sampler (and its noise)
 * is as before, so that the step can be tried again, with the same result.
 * LIMN_ERROR_INVALID when the network gives NaN or infinity.
 */
gboolean limn_sampler_step    (LimnSampler *sampler, GError **error);
gboolean limn_sampler_is_done (const LimnSampler *sampler);

guint               limn_sampler_get_step        (const LimnSampler *sampler); /* steps done = index of the next */
guint               limn_sampler_get_n_steps     (const LimnSampler *sampler);
guint64             limn_sampler_get_model_calls (const LimnSampler *sampler);
const double       *limn_sampler_get_x           (const LimnSampler *sampler); /* in the sampler's own space */
const LimnSchedule *limn_sampler_get_schedule    (const LimnSampler *sampler);
/** limn_sampler_get_denoised: x0 as the last step saw it, NULL before the first step. */
const double       *limn_sampler_get_denoised    (const LimnSampler *sampler);
/** limn_sampler_get_sigma, limn_sampler_get_timestep: of x as it is now. */
double              limn_sampler_get_sigma       (const LimnSampler *sampler);
double              limn_sampler_get_timestep    (const LimnSampler *sampler);
/** limn_sampler_get_preview_scale: makes x a VP latent that the VAE can show: 1, or 1 / sqrt (1 + sigma^2). */
double              limn_sampler_get_preview_scale (const LimnSampler *sampler);
/** limn_sampler_kind_get_preview_scale: the same of an x at @sigma that such a sampler gave, maybe long ago. */
double              limn_sampler_kind_get_preview_scale (LimnSamplerKind kind, double sigma);

/**
 * LimnSamplerArray: one named array of a saved state.
 */
typedef struct
{
  char   *name;
  gsize   n;
  double *values;
} LimnSamplerArray;

LimnSamplerArray *limn_sampler_array_new  (const char *name, gsize n, const double *values);
void              limn_sampler_array_free (LimnSamplerArray *array);

/**
 * limn_sampler_save:
 *
 * Returns: (transfer full) (element-type LimnSamplerArray): everything that changes while stepping: "x", "denoised",
 *   "history.0"…, "noise", "position"; frees its elements itself
 */
GPtrArray *limn_sampler_save (const LimnSampler *sampler);

/** limn_sampler_position_get_n_steps: of the array "position" of a saved state: the steps of the whole run; 0: it is not such an array. */
guint limn_sampler_position_get_n_steps (gsize n, const double *position);

/**
 * limn_sampler_load:
 * @state: as saved from a sampler made with the same arguments
 *
 * Going on gives the same bits as never having stopped. Fails with
 * LIMN_ERROR_FORMAT, changing nothing, when @state does not fit.
 */
gboolean limn_sampler_load (LimnSampler *sampler, GPtrArray *state, GError **error);

G_END_DECLS
