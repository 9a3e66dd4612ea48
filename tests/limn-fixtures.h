/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

/**
 * LimnFixtures:
 *
 * The run of the checker: where it prints, and what it counted. A check prints one line per case,
 * tab-separated: name, error, bound, "ok", "not ok" or "not offered", and for the latter two a reason.
 * With @tap it speaks TAP, where a case not offered is a comment.
 */
typedef struct _LimnFixturesModels LimnFixturesModels;

typedef struct
{
  gboolean   tap;
  GPtrArray *dirs; /* the folders to check */
  GPtrArray *places; /* these and those of LIMN_FIXTURES: for what one folder has and another lacks */
  guint      n_ok;
  guint      n_bad;
  guint      n_not_offered;
  LimnFixturesModels *models; /* of limn-fixtures-model.c: NULL until needed */
} LimnFixtures;

/** limn_fixtures_report: ok if @error <= @bound; NaN is not. */
void limn_fixtures_report      (LimnFixtures *fixtures, const char *name, double error, double bound);
/** limn_fixtures_fail: not ok without a number; takes @error (which may be NULL). */
void limn_fixtures_fail        (LimnFixtures *fixtures, const char *name, GError *error, const char *why);
void limn_fixtures_not_offered (LimnFixtures *fixtures, const char *name, const char *why);

/** limn_fixtures_load_json: (transfer full): NULL after having reported the failure under @name. */
json_t *limn_fixtures_load_json (LimnFixtures *fixtures, const char *name, const char *path);

/**
 * limn_fixtures_find_weights:
 * @path: a file of a reference folder
 *
 * Returns: (transfer full) (nullable): the model of which the folder speaks, when it lies beside it as weights/; NULL for the embedded one
 */
char *limn_fixtures_find_weights (const char *path);

/** limn_fixtures_doubles: (transfer full) (element-type double): an array of numbers; NULL if it is none. */
GArray *limn_fixtures_doubles (json_t *array);

/** limn_fixtures_worst: largest |got - want|; infinity where either is NaN. */
double limn_fixtures_worst (const double *got, const double *want, gsize n);

/**
 * LimnFixturesChecker:
 * @pattern: glob over the path within the folder, as the folder's index or the list of known files has it
 * @check: prints the lines of the file @path, called @name in them
 */
typedef struct
{
  const char *pattern;
  void      (*check) (LimnFixtures *fixtures, const char *name, const char *path);
} LimnFixturesChecker;

/* limn-fixtures-rng.c */
void limn_fixtures_check_torch_cpu    (LimnFixtures *fixtures, const char *name, const char *path);
void limn_fixtures_check_torch_cuda   (LimnFixtures *fixtures, const char *name, const char *path);

/* limn-fixtures-schedules.c */
void limn_fixtures_check_schedules    (LimnFixtures *fixtures, const char *name, const char *path);
void limn_fixtures_check_alphas       (LimnFixtures *fixtures, const char *name, const char *path);

/* limn-fixtures-trajectories.c */
void limn_fixtures_check_trajectories (LimnFixtures *fixtures, const char *name, const char *path);

/* limn-fixtures-tokens.c */
void limn_fixtures_check_clip_tokens  (LimnFixtures *fixtures, const char *name, const char *path);
void limn_fixtures_check_tokens       (LimnFixtures *fixtures, const char *name, const char *path);

/* limn-fixtures-model.c */
void limn_fixtures_models_free     (LimnFixturesModels *models);
void limn_fixtures_check_text      (LimnFixtures *fixtures, const char *name, const char *path);
void limn_fixtures_check_unet      (LimnFixtures *fixtures, const char *name, const char *path);
void limn_fixtures_check_unet_taps (LimnFixtures *fixtures, const char *name, const char *path);
void limn_fixtures_check_vae       (LimnFixtures *fixtures, const char *name, const char *path);
void limn_fixtures_check_vae_taps  (LimnFixtures *fixtures, const char *name, const char *path);
void limn_fixtures_check_sample    (LimnFixtures *fixtures, const char *name, const char *path);

/* limn-fixtures-checkpoint.c */

/**
 * LimnFixturesChoice: what of a checkpoint is checked
 * @path: a checkpoint: a file, or a folder in the diffusers layout
 * @control: (nullable): a ControlNet's checkpoint for it
 * @precision: (nullable): "f32" or "f16"; NULL: both
 * @part: (nullable): "text", "vae", "unet", "runs" or "control"; NULL: all that there is
 */
typedef struct
{
  const char *path;
  const char *control;
  const char *precision;
  const char *part;
} LimnFixturesChoice;

/** limn_fixtures_check_checkpoint: FALSE where @dir has no expected values of such a model's. */
gboolean limn_fixtures_check_checkpoint (LimnFixtures *fixtures, const char *dir, const LimnFixturesChoice *choice);
