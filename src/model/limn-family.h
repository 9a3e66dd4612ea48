/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-model-config.h"

G_BEGIN_DECLS

/*
 * What is known of families of models, as tables. Nothing else asks which family a model is of: what is
 * computed follows from its config files, or its shapes, and from a row here.
 */

/** LIMN_FAMILY_MAX_TEXTS: SDXL has two text encoders. */
#define LIMN_FAMILY_MAX_TEXTS 2

/**
 * LimnFamilyText: one of a family's text encoders
 * @activation: by which OpenCLIP's (GELU) and OpenAI's (quick GELU) are told apart
 * @skip: layers at the end of the original encoder that the UNet does not see
 * @final_norm: whether the last norm is applied to what it sees
 * @pooled: whether the UNet is told the pooled output
 * @pad_id: see LimnTextConfig
 */
typedef struct
{
  LimnActivation activation;
  guint          skip;
  gboolean       final_norm;
  gboolean       pooled;
  guint32        pad_id;
} LimnFamilyText;

/**
 * LimnFamily:
 * @id: short and stable, for files: "sd1"
 * @name: for people: "Stable Diffusion 1.x"
 * @refused: (nullable): why a model of this family cannot be opened: what follows "This model is "
 * @unproven: nobody computed its pictures with another program to compare Limn's with
 * @like: (nullable): id of the family whose tensors it has too: only a config, the file's notes or a person tell which it is
 * @context_width, @vector_width, @in_channels: of the UNet in published models
 * @n_texts: 0: any; what their configs say is all that is known
 * @n_sizes: numbers that the UNet is told beside the pooled output: 6: size before cropping, corner of the crop, size; 5: the first four and an
 *   aesthetic score
 * @side_px: of the pictures it was trained for, 0: not known; @epsilon_side_px: of those models of it that predict noise, 0: the same
 * @steps, @cfg: to begin with; 0: as is usual for its scheduler
 * @scaling_factor, @force_upcast: of its VAE, where no config says so
 * @scheduler: where no config says so
 */
typedef struct
{
  const char         *id;
  const char         *name;
  const char         *refused;
  gboolean            unproven;
  const char         *like;
  guint               in_channels;
  guint               context_width;
  guint               vector_width;
  guint               n_texts;
  LimnFamilyText      texts[LIMN_FAMILY_MAX_TEXTS];
  guint               n_sizes;
  guint               side_px;
  guint               epsilon_side_px;
  guint               steps;
  double              cfg;
  double              scaling_factor;
  gboolean            force_upcast;
  LimnModelScheduler  scheduler;
} LimnFamily;

/**
 * limn_family_find:
 * @texts: (nullable): @n_texts of them
 *
 * By the sizes of published models; or, where @texts are given, by how it is built: a network with other sizes may be a smaller
 * relative. Never NULL: the last row fits all.
 */
const LimnFamily *limn_family_find (const LimnUnetConfig *unet,
                                    const LimnTextConfig *texts,
                                    guint                 n_texts);

/** limn_family_get_n, _get_nth: all of them. */
guint             limn_family_get_n       (void);
const LimnFamily *limn_family_get_nth     (guint i);

/** limn_family_find_id: (nullable): NULL where there is none of that id. */
const LimnFamily *limn_family_find_id     (const char *id);

/** limn_family_find_context: (nullable): the first whose UNet takes contexts of this width. */
const LimnFamily *limn_family_find_context (guint context_width);

/** limn_family_names_fit: whether a LoRA or a ControlNet that was made for models of the family called @made_for goes with those of the one called
 *  @name: their UNets take contexts of the same width, as those of an inpainting or a distilled model do. TRUE where either is not known. */
gboolean          limn_family_names_fit    (const char       *made_for,
                                            const char       *name);

/** limn_family_is_like: whether the same tensors could be of either family. */
gboolean          limn_family_is_like     (const LimnFamily *a,
                                           const LimnFamily *b);

/** limn_family_find_by_scheduler: @family, or the one of the same tensors that is sampled as @scheduler says
 *  (v models that end in pure noise are sampled like distilled ones, and are none). */
const LimnFamily *limn_family_find_by_scheduler (const LimnFamily         *family,
                                                 const LimnModelScheduler *scheduler);

/** limn_family_find_by_note: @family, or the one of the same tensors that @note ("modelspec.architecture") names. @note: (nullable) */
const LimnFamily *limn_family_find_by_note (const LimnFamily *family,
                                            const char       *note);

/**
 * LimnPipelineFacts: a class of model_index.json
 * @refused: (nullable): why it cannot be opened: what follows “This folder holds ”
 * @has_sizes: whether its UNet is told sizes and a pooled prompt beside the context
 */
typedef struct
{
  const char *class_name;
  const char *refused;
  gboolean    has_sizes;
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
