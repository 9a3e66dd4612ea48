/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** LimnParameter: one more pair of the parameter line, as "Lora hashes"; UTF-8, @value without its quotes. */
typedef struct
{
  char *key;
  char *value;
} LimnParameter;

/**
 * LimnParameters:
 * @prompt, @negative_prompt: may span lines; never NULL after parsing
 * @steps: 0 when absent
 * @sampler, @schedule_type: names as people know them ("Euler a", "Karras"); NULL when absent. What a program has
 *   joined ("DPM++ 2M Karras", stable-diffusion.cpp's "euler_a discrete") is left joined.
 * @cfg_scale, @variation_strength, @denoising_strength, @eta: NAN when absent
 * @has_seed, @seed, @has_variation_seed, @variation_seed: the whole of 64 bits
 * @width, @height: 0 when absent
 * @seed_width, @seed_height: "Seed resize from"; 0 when absent
 * @model_hash, @model, @vae, @version: NULL when absent
 * @clip_skip: 0 when absent, which means 1; limn_parameters_get() knows
 * @rng: "CPU", "NV" or "GPU"; NULL when absent, which means "GPU"
 * @extra: (element-type LimnParameter) every other pair, in order; also a known key whose value is not what it should be
 *
 * The text chunk `parameters` that AUTOMATIC1111's program writes, and many others after it.
 */
typedef struct
{
  char      *prompt;
  char      *negative_prompt;
  guint      steps;
  char      *sampler;
  char      *schedule_type;
  double     cfg_scale;
  gboolean   has_seed;
  guint64    seed;
  guint      width;
  guint      height;
  char      *model_hash;
  char      *model;
  char      *vae;
  gboolean   has_variation_seed;
  guint64    variation_seed;
  double     variation_strength;
  guint      seed_width;
  guint      seed_height;
  double     denoising_strength;
  double     eta;
  guint      clip_skip;
  char      *rng;
  GPtrArray *extra;
  char      *version;
} LimnParameters;

/** limn_parameters_new: everything absent. */
LimnParameters *limn_parameters_new       (void);

void            limn_parameters_free      (LimnParameters       *parameters);

/** limn_parameters_add: appends to @extra, or replaces the value of @key there. */
void            limn_parameters_add       (LimnParameters       *parameters,
                                           const char           *key,
                                           const char           *value);

/**
 * limn_parameters_get:
 *
 * What @key holds in @extra, else the default that a text without it means: Clip skip 1, RNG GPU, Schedule type
 * Automatic, Mask mode, Masked content, Inpaint area, Masked area padding; else NULL. For these keys the struct's own
 * fields are looked at too. Returns: (transfer full)
 */
char           *limn_parameters_get       (const LimnParameters *parameters,
                                           const char           *key);

/**
 * limn_parameters_to_text:
 *
 * The text as AUTOMATIC1111 writes it: prompt, "Negative prompt: …", and one line of pairs in its order of keys; values
 * that hold a comma, colon or newline in JSON's quotes (so are, which that program forgets, those that begin
 * with a quote or have blanks at an end, lest they come back changed). Absent fields, RNG GPU and clip skip 1 are left out.
 *
 * The convention is not exact: blanks around lines of the prompt get lost, and a prompt with a line
 * "Negative prompt:" is read as one. Nothing may depend on it for making a picture again.
 */
char           *limn_parameters_to_text   (const LimnParameters *parameters);

/**
 * limn_parameters_parse:
 * @text: UTF-8, any; takes time proportional to its length
 *
 * Never fails: where there is no parameter line, all of @text is the prompt. One addition to the convention: the
 * value of "SDCPP" (stable-diffusion.cpp's JSON) is all the rest of the line, so that no pair is found inside it.
 */
LimnParameters *limn_parameters_parse     (const char           *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnParameters, limn_parameters_free)

G_END_DECLS
