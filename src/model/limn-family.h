/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-model-config.h"

G_BEGIN_DECLS

/*
 * What is known of families of models, as tables. Nothing else asks which family a model is of: what is
 * computed follows from its config files alone.
 */

/**
 * LimnFamily:
 * @id: short and stable, for files: "sd1"
 * @name: for people: "Stable Diffusion 1.x"
 * @refused: (nullable): why a model of this family cannot be opened
 */
typedef struct
{
  const char *id;
  const char *name;
  guint       in_channels;   /* of the UNet; 0: any */
  guint       context_width; /* 0: any */
  const char *refused;
} LimnFamily;

/** limn_family_find: never NULL: the last row fits all. */
const LimnFamily *limn_family_find (const LimnUnetConfig *unet);

/**
 * LimnPipelineFacts: a class of model_index.json
 * @refused: (nullable): why it cannot be opened
 */
typedef struct
{
  const char *class_name;
  const char *refused;
} LimnPipelineFacts;

/** limn_family_find_pipeline: NULL where nobody knows it. */
const LimnPipelineFacts *limn_family_find_pipeline (const char *class_name);

/** LimnSchedulerFacts: what a class of scheduler in diffusers takes for keys that its config leaves out. */
typedef struct
{
  const char *class_name;
  const char *beta_schedule;
  double      beta_start;
  double      beta_end;
  const char *timestep_spacing;
  gboolean    set_alpha_to_one;
  gboolean    clip_sample;
} LimnSchedulerFacts;

/** limn_family_find_scheduler: NULL where nobody knows it. */
const LimnSchedulerFacts *limn_family_find_scheduler (const char *class_name);

G_END_DECLS
