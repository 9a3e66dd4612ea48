/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnConditioning: what a UNet is told of the picture that it is to make
 * @tokens: 77 for each chunk of the prompt
 * @width: of a token's states: the UNet's context_width
 * @states: [tokens, width]
 * @vector_width: 0 where the model has no vector
 * @n_pooled: how many of the vector's first values are the text's; the others are sizes
 * @vector: (nullable): [vector_width]: SDXL: the pooled text, and for each size the sinusoids of a timestep of that value
 *
 * Plain values. Thread-safety: any, one thread at a time.
 */
typedef struct
{
  guint  tokens;
  guint  width;
  float *states;
  guint  vector_width;
  guint  n_pooled;
  float *vector;
} LimnConditioning;

/** limn_conditioning_new: all of it 0. */
LimnConditioning *limn_conditioning_new  (guint                   tokens,
                                          guint                   width,
                                          guint                   vector_width,
                                          guint                   n_pooled);
LimnConditioning *limn_conditioning_copy (const LimnConditioning *conditioning);
void              limn_conditioning_free (LimnConditioning       *conditioning);

/**
 * limn_conditioning_forget_text:
 *
 * States and pooled text become 0, the sizes stay: what generative-models (force_uc_zero_embeddings), diffusers
 * (force_zeros_for_empty_prompt) and AUTOMATIC1111 (modules/sd_models_xl.py) take for SDXL's unconditional side when there is no negative prompt.
 * ComfyUI encodes the empty text like any other.
 */
void              limn_conditioning_forget_text (LimnConditioning       *conditioning);

/** limn_conditioning_get_bytes: in memory. */
gsize             limn_conditioning_get_bytes   (const LimnConditioning *conditioning);

/**
 * LimnPromptSizes: what SDXL is told of a picture's size, in pixels
 * @original_width, @original_height: of the picture in the training set from which one like it would come
 * @crop_x, @crop_y: what was cut off of that on the left and above
 * @target_width, @target_height: of the picture that is made
 * @aesthetic: 0 to 10, how people like it: the refiner's, which has that in the place of the target
 *
 * Source: Podell et al. 2023, sections 2.2 and 2.5.
 */
typedef struct
{
  guint  original_width;
  guint  original_height;
  guint  crop_x;
  guint  crop_y;
  guint  target_width;
  guint  target_height;
  double aesthetic;
} LimnPromptSizes;

/** LIMN_PROMPT_AESTHETIC, LIMN_PROMPT_AESTHETIC_NEGATIVE: what diffusers gives the refiner for the prompt and for the negative prompt. */
#define LIMN_PROMPT_AESTHETIC          6.0
#define LIMN_PROMPT_AESTHETIC_NEGATIVE 2.5

/** limn_prompt_sizes_init: of a whole picture of this size, liked as @aesthetic says. */
void              limn_prompt_sizes_init  (LimnPromptSizes        *sizes,
                                           guint                   width,
                                           guint                   height,
                                           double                  aesthetic);

/** LIMN_PROMPT_N_SIZES, LIMN_PROMPT_N_REFINER_SIZES: numbers that a vector holds behind the pooled text. */
#define LIMN_PROMPT_N_SIZES         6
#define LIMN_PROMPT_N_REFINER_SIZES 5

/**
 * limn_prompt_sizes_embed:
 * @n: LIMN_PROMPT_N_SIZES: original height and width, top and left of the crop, target height and width; or
 *   LIMN_PROMPT_N_REFINER_SIZES: the aesthetic score in the place of the last two
 * @step: values for each number, even
 * @values: (out): [n, step]
 *
 * With half = step / 2 and f_i = exp (-ln (10000) i / half): (cos (v f), sin (v f)) of each number v.
 * Source: generative-models, ConcatTimestepEmbedderND; diffusers, _get_add_time_ids().
 */
void              limn_prompt_sizes_embed (const LimnPromptSizes  *sizes,
                                           guint                   n,
                                           guint                   step,
                                           float                  *values);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnConditioning, limn_conditioning_free)

G_END_DECLS
