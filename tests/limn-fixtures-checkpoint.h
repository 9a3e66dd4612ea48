/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "limn-fixtures.h"
#include "limn-fixtures-tensors.h"

#include "model/limn-conditioning.h"
#include "model/limn-model.h"
#include "model/limn-unet.h"
#include "model/limn-vae.h"

/* What the files limn-fixtures-checkpoint*.c share. */

/** LIMN_FIXTURES_MAX_PROMPTS: of text.safetensors, which has 3. */
#define LIMN_FIXTURES_MAX_PROMPTS 16

/**
 * LimnFixturesCheckpoint: a checkpoint under test in one precision
 * @label: what the lines begin with: "sdxl"
 * @bound: relative error that is allowed
 * @dir: of the expected values of its family; @text_dir: of its texts', which a model for inpainting shares with another
 * @prompts: @n_prompts of text.safetensors; @conditionings: what Limn's own encoders made of them, without sizes
 */
typedef struct
{
  LimnFixtures         *fixtures;
  LimnModel            *model;
  const LimnModelFacts *facts;
  LimnGl               *gl;
  LimnArena            *arena;
  LimnDtype             dtype;
  const char           *dtype_name;
  double                bound;
  const char           *label;
  char                 *dir;
  char                 *text_dir;
  guint                 n_prompts;
  char                **prompts;
  LimnConditioning     *conditionings[LIMN_FIXTURES_MAX_PROMPTS];
  LimnUnet             *unet;
  LimnVae              *decoder;
  LimnVae              *encoder;
} LimnFixturesCheckpoint;

/** limn_fixtures_checkpoint_report: @error of @what in @file ("unet-a"), which may be @bound times @factor. */
void limn_fixtures_checkpoint_report (LimnFixturesCheckpoint *self, const char *file, const char *what, double error, double factor);

/** limn_fixtures_checkpoint_compare: the same for a tensor's values. */
void limn_fixtures_checkpoint_compare (LimnFixturesCheckpoint *self, const char *file, const char *what, const float *got,
                                       const LimnFixturesValues *want, double factor);

/** limn_fixtures_checkpoint_open: (transfer full): NULL with G_FILE_ERROR_NOENT where there is no such file of expected values. */
LimnSafetensors *limn_fixtures_checkpoint_open (LimnFixturesCheckpoint *self, const char *file, GError **error);

/**
 * limn_fixtures_checkpoint_load_contexts:
 * @file: of a UNet's or a ControlNet's case, whose metadata say which prompts it has
 * @chunks: (out): of each context
 *
 * Returns: (transfer full): the stored states of the two samples' prompts: [2, 77 chunks, context_width]
 */
float *limn_fixtures_checkpoint_load_contexts (LimnFixturesCheckpoint *self, LimnSafetensors *file, guint *chunks, GError **error);

/** limn_fixtures_check_control: every control-X.safetensors of a ControlNet at @path, with the UNet there. */
gboolean limn_fixtures_check_control (LimnFixturesCheckpoint *self, const char *path, GError **error);

/** limn_fixtures_check_runs: every run of pipeline.safetensors, with UNet, decoder, encoder and conditionings there. */
gboolean limn_fixtures_check_runs (LimnFixturesCheckpoint *self, GError **error);
