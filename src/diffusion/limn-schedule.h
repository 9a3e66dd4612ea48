/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Words used below. The network was trained on x_t = sqrt (a) x0 + sqrt (1 - a) noise, a = alpha-bar_t
 * ("VP space"). The same in "sigma space" is x = x_t / sqrt (a) = x0 + sigma noise, sigma = sqrt ((1 - a) / a).
 */

#define LIMN_STEPS_MIN 1
#define LIMN_STEPS_MAX 999

typedef enum
{
  LIMN_BETAS_SCALED_LINEAR, /* linspace (sqrt (start), sqrt (end)) ^ 2; CompVis calls this one "linear" */
  LIMN_BETAS_LINEAR,
  LIMN_BETAS_COSINE, /* "squaredcos_cap_v2" */
  LIMN_BETAS_TRAINED, /* given one by one in trained_betas */
} LimnBetas;

/**
 * LimnBetasPrecision:
 * @LIMN_PRECISION_FLOAT32: as PyTorch computes it in float32 (diffusers, the starter model's reference):
 *   betas, 1 - betas and the stored products are floats, the running product is a double
 * @LIMN_PRECISION_FLOAT64: in double throughout (CompVis, k-diffusion)
 */
typedef enum
{
  LIMN_PRECISION_FLOAT32,
  LIMN_PRECISION_FLOAT64,
} LimnBetasPrecision;

typedef enum
{
  LIMN_PREDICTION_EPSILON,
  LIMN_PREDICTION_V, /* "v_prediction" */
  LIMN_PREDICTION_SAMPLE, /* "sample": x0 itself */
} LimnPrediction;

typedef enum
{
  LIMN_SPACING_LEADING,
  LIMN_SPACING_TRAILING,
  LIMN_SPACING_LINSPACE,
} LimnSpacing;

typedef enum
{
  LIMN_VARIANCE_FIXED_SMALL,
  LIMN_VARIANCE_FIXED_SMALL_LOG, /* the same number, computed through its logarithm */
  LIMN_VARIANCE_FIXED_LARGE,
  LIMN_VARIANCE_FIXED_LARGE_LOG,
  LIMN_VARIANCE_LEARNED, /* the network's second half is the variance */
  LIMN_VARIANCE_LEARNED_RANGE, /* the network's second half says where between small and large its logarithm lies */
} LimnVariance;

/**
 * LimnSchedulerConfig:
 *
 * What a scheduler_config.json says, with the names it uses there. Start from
 * limn_scheduler_config_init(); model/ reads the file into it.
 */
typedef struct
{
  LimnBetas          beta_schedule;
  LimnBetasPrecision precision;
  double             beta_start;
  double             beta_end;
  const double      *trained_betas; /* (nullable) (unowned): num_train_timesteps of them; copied by limn_alphas_new() */
  guint              n_trained_betas;
  guint              num_train_timesteps;
  LimnPrediction     prediction_type;
  LimnSpacing        timestep_spacing;
  guint              steps_offset;
  gboolean           set_alpha_to_one;
  gboolean           use_karras_sigmas;
  gboolean           use_exponential_sigmas;
  gboolean           rescale_betas_zero_snr;
  LimnVariance       variance_type;
  gboolean           clip_sample; /* nonsense for latents: refused */
  gboolean           thresholding; /* the same */
} LimnSchedulerConfig;

/**
 * limn_scheduler_config_init:
 *
 * Stable Diffusion 1.x: scaled linear 0.00085..0.012, 1000 steps, epsilon,
 * leading with offset 1, set_alpha_to_one false, fixed_small, nothing else.
 */
void limn_scheduler_config_init (LimnSchedulerConfig *config);

/**
 * limn_scheduler_config_check:
 *
 * LIMN_ERROR_INVALID for values out of range (also NaN) or that contradict each
 * other: karras and exponential sigmas at once, trained_betas of another length
 * than num_train_timesteps, a zero terminal SNR under epsilon prediction (at sigma = infinity
 * epsilon says nothing about the picture). LIMN_ERROR_UNSUPPORTED for clip_sample and thresholding.
 */
gboolean limn_scheduler_config_check (const LimnSchedulerConfig *config, GError **error);

/* The strings of scheduler_config.json; each fails with LIMN_ERROR_UNSUPPORTED and names what it was given. */
gboolean limn_betas_from_name      (const char *name, LimnBetas *value, GError **error);
gboolean limn_prediction_from_name (const char *name, LimnPrediction *value, GError **error);
gboolean limn_spacing_from_name    (const char *name, LimnSpacing *value, GError **error);
gboolean limn_variance_from_name   (const char *name, LimnVariance *value, GError **error);
const char *limn_prediction_get_name (LimnPrediction value);

/**
 * LimnAlphas:
 *
 * The training schedule: alpha-bar at each integer timestep, and its
 * continuation in between by linear interpolation of log sigma.
 *
 * Immutable and reference counted. Thread-safety: any.
 */
typedef struct _LimnAlphas LimnAlphas;

LimnAlphas *limn_alphas_new   (const LimnSchedulerConfig *config, GError **error);
LimnAlphas *limn_alphas_ref   (LimnAlphas *alphas);
void        limn_alphas_unref (LimnAlphas *alphas);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnAlphas, limn_alphas_unref)

const LimnSchedulerConfig *limn_alphas_get_config (const LimnAlphas *alphas);
guint         limn_alphas_get_length (const LimnAlphas *alphas);
const double *limn_alphas_get_betas  (const LimnAlphas *alphas); /* length of them */
const double *limn_alphas_get_bars   (const LimnAlphas *alphas); /* alphas_cumprod, length of them */

/**
 * limn_alphas_t_to_sigma, limn_alphas_sigma_to_t:
 *
 * log sigma is linear in t between integers; t is clamped to 0..length - 1, sigma to
 * the sigmas there. A zero terminal SNR counts as alpha-bar 2^-24 here (sigma 4096), as in diffusers.
 */
double limn_alphas_t_to_sigma (const LimnAlphas *alphas, double t);
double limn_alphas_sigma_to_t (const LimnAlphas *alphas, double sigma);

/**
 * LimnScheduleKind:
 * @LIMN_SCHEDULE_MODEL: what the model's scheduler config says; default
 * @LIMN_SCHEDULE_LEADING, @LIMN_SCHEDULE_TRAILING, @LIMN_SCHEDULE_LINSPACE: the integer timesteps
 *   of Lin et al. 2023, table 2, as diffusers rounds them; steps_offset applies to leading only
 * @LIMN_SCHEDULE_KARRAS: sigma^(1/rho) evenly spaced, rho 7, over the model's range (Karras et al. 2022, equation 5)
 * @LIMN_SCHEDULE_EXPONENTIAL: log sigma evenly spaced over the model's range
 * @LIMN_SCHEDULE_SGM_UNIFORM: n of n + 1 evenly spaced t from the last timestep to 0, fractional
 * @LIMN_SCHEDULE_DISCRETE: n evenly spaced t from the last timestep to 0, fractional; k-diffusion's get_sigmas()
 * @LIMN_SCHEDULE_DDIM_UNIFORM: CompVis' DDIM: every (T / n)-th timestep plus 1; may be more steps than asked for
 */
typedef enum
{
  LIMN_SCHEDULE_MODEL,
  LIMN_SCHEDULE_LEADING,
  LIMN_SCHEDULE_TRAILING,
  LIMN_SCHEDULE_LINSPACE,
  LIMN_SCHEDULE_KARRAS,
  LIMN_SCHEDULE_EXPONENTIAL,
  LIMN_SCHEDULE_SGM_UNIFORM,
  LIMN_SCHEDULE_DISCRETE,
  LIMN_SCHEDULE_DDIM_UNIFORM,
} LimnScheduleKind;

/** limn_schedule_kind_from_name: "model", "sgm-uniform", …; fails with LIMN_ERROR_INVALID, listing the names. */
gboolean           limn_schedule_kind_from_name        (const char *name, LimnScheduleKind *kind, GError **error);
const char        *limn_schedule_kind_get_name         (LimnScheduleKind kind);
/** limn_schedule_kind_get_display_name: as A1111 writes it ("Karras"), NULL where it has no name for it. */
const char        *limn_schedule_kind_get_display_name (LimnScheduleKind kind);
const char *const *limn_schedule_kind_list_names       (void); /* NULL-terminated, for --help */

/**
 * LimnSchedule:
 * @n_steps: number of steps
 * @timestep: n_steps + 1 times, falling; the last is where sampling ends
 * @alpha_bar: n_steps + 1; for the VP samplers
 * @sigma: n_steps + 1; sigma[n_steps] is 0 except where the reference stops short of it
 * @alpha_bar_prev: n_steps; where DDIM and PLMS step to: alpha_bar of the next node, at the
 *   end 1 or, without set_alpha_to_one, alpha-bar of timestep 0
 *
 * The nodes of one run. Read-only for users; the one exception are tests that follow
 * a reference with rules of its own.
 */
typedef struct
{
  LimnAlphas *alphas;
  guint       n_steps;
  double     *timestep;
  double     *alpha_bar;
  double     *sigma;
  double     *alpha_bar_prev;
} LimnSchedule;

/**
 * limn_schedule_new:
 * @n_steps: LIMN_STEPS_MIN..LIMN_STEPS_MAX; LIMN_ERROR_INVALID otherwise, and
 *   where the model has too few timesteps for so many steps
 */
LimnSchedule *limn_schedule_new (LimnAlphas *alphas, LimnScheduleKind kind, guint n_steps, GError **error);

/** limn_schedule_new_from_sigmas: @sigmas: n_steps + 1, falling, the last may be 0. */
LimnSchedule *limn_schedule_new_from_sigmas (LimnAlphas *alphas, guint n_steps, const double *sigmas, GError **error);

/** limn_schedule_new_from_timesteps: @timesteps: n_steps, falling, maybe fractional; ends at sigma 0, alpha-bar 1. */
LimnSchedule *limn_schedule_new_from_timesteps (LimnAlphas   *alphas,
                                                guint         n_steps,
                                                const double *timesteps,
                                                GError      **error);
LimnSchedule *limn_schedule_copy (const LimnSchedule *schedule);
/** limn_schedule_new_tail: the last @n_steps, 1..schedule->n_steps, of @schedule. */
LimnSchedule *limn_schedule_new_tail (const LimnSchedule *schedule, guint n_steps);

/**
 * limn_schedule_new_cut:
 * @before: of the same model
 * @step: node of @before at which it is left
 *
 * Goes on in another schedule from where @before has come: its node @step, then those nodes of @schedule that are lower, by LIMN_SCHEDULE_MARGIN
 * at least. Fails with LIMN_ERROR_INVALID where there are none: @before has come to its end.
 */
LimnSchedule *limn_schedule_new_cut (const LimnSchedule  *schedule,
                                     const LimnSchedule  *before,
                                     guint                step,
                                     GError             **error);
void          limn_schedule_free (LimnSchedule *schedule);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSchedule, limn_schedule_free)

/* Levels that differ by less, relatively, are one and the same: a step between them does nothing, and solvers divide by its length. Of all
 * schedules of 999 steps with the betas of Stable Diffusion the nearest two (timesteps 421 and 422) are 3.3e-3 apart: a third of that. */
#define LIMN_SCHEDULE_MARGIN 1e-3

/**
 * limn_spacing_timesteps:
 * @length: number of training timesteps
 * @timesteps: (out): n of them, falling; whole numbers, unless @fractional
 * @fractional: leave linspace unrounded, as diffusers' sigma-space schedulers do
 *
 * diffusers' three rules. One step of linspace is timestep 0, and one of leading is steps_offset: both are
 * useless for making a picture, and yet what the reference does.
 */
void limn_spacing_timesteps (LimnSpacing spacing,
                             guint       length,
                             guint       n,
                             guint       steps_offset,
                             gboolean    fractional,
                             double     *timesteps);

/* k-diffusion's spacings alone, from @high down to @low; n + 1 @sigmas, the last is 0. */
void limn_sigmas_karras          (guint n, double low, double high, double rho, double *sigmas);
void limn_sigmas_exponential     (guint n, double low, double high, double *sigmas);
void limn_sigmas_polyexponential (guint n, double low, double high, double rho, double *sigmas);
void limn_sigmas_vp              (guint n, double beta_d, double beta_min, double eps_s, double *sigmas);

G_END_DECLS
