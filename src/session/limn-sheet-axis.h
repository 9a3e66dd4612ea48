/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request.h"

G_BEGIN_DECLS

/**
 * LimnSheetField:
 * @LIMN_SHEET_SEED: of the whole chain of a branch
 * @LIMN_SHEET_SAMPLER: an eta that was the usual one of its sampler becomes that of the other
 * @LIMN_SHEET_PROMPT: a part of the prompt and of the negative one: the axis' first value is looked for, each value replaces it; in what is
 *   mixed too
 * @LIMN_SHEET_STRENGTH: of the source, or of the pictures that are mixed
 * @LIMN_SHEET_LAMBDA, @LIMN_SHEET_LAMBDA_V: the place in a mix, along and down. A cfg that lay between those of the ends goes with it
 * @LIMN_SHEET_NOISE_SEED, @LIMN_SHEET_NOISE_AMOUNT, @LIMN_SHEET_BRANCH_STEP: of the branch; an amount makes fresh noise where there was none
 *
 * What differs along an axis. Of a branch the fields steps, cfg, sampler, schedule, eta and prompt are its own: what is before its step is the
 * same in every cell.
 */
typedef enum
{
  LIMN_SHEET_SEED,
  LIMN_SHEET_STEPS,
  LIMN_SHEET_CFG,
  LIMN_SHEET_SAMPLER,
  LIMN_SHEET_SCHEDULE,
  LIMN_SHEET_ETA,
  LIMN_SHEET_PROMPT,
  LIMN_SHEET_STRENGTH,
  LIMN_SHEET_LAMBDA,
  LIMN_SHEET_LAMBDA_V,
  LIMN_SHEET_VARIATION_SEED,
  LIMN_SHEET_VARIATION_STRENGTH,
  LIMN_SHEET_NOISE_SEED,
  LIMN_SHEET_NOISE_AMOUNT,
  LIMN_SHEET_BRANCH_STEP,
  LIMN_SHEET_N_FIELDS,
} LimnSheetField;

/** limn_sheet_field_from_name: "seed", "cfg", "prompt-part", "lambda-v"…, as the command line has them. LIMN_ERROR_INVALID, listing them. */
gboolean       limn_sheet_field_from_name   (const char          *name,
                                             LimnSheetField      *field,
                                             GError             **error);
const char    *limn_sheet_field_get_name    (LimnSheetField       field);

/** limn_sheet_field_fits: whether @base has what @field changes: a mix for lambda, a branch for its step… */
gboolean       limn_sheet_field_fits        (LimnSheetField       field,
                                             const LimnRequest   *base);

/**
 * LimnSheetAxis:
 *
 * A field and the values that it takes, at least one. Immutable, counted by reference. Thread-safety: any.
 */
typedef struct _LimnSheetAxis LimnSheetAxis;

/**
 * limn_sheet_axis_new_parse:
 * @base: nothing open: what it will be applied to
 *
 * Of what a person types, as known from X/Y plots elsewhere. Numbers: "1, 5, 7.5"; "1-10": each whole number, backwards too; "1-10 (+3)": 1, 4,
 * 7, 10; "0-1 [5]": five, evenly. Names: "euler, DPM++ 2M". Parts of a prompt: "noon, sunset, \"night, rain\"".
 * Fails with LIMN_ERROR_INVALID, saying what is wrong with which value: more than LIMN_REQUEST_MAX_BATCH of them, no number, what
 * limn_request_check() says of it, a first part that stands in no prompt, a base that has no such thing.
 */
LimnSheetAxis *limn_sheet_axis_new_parse    (LimnSheetField       field,
                                             const char          *text,
                                             const LimnRequest   *base,
                                             GError             **error);

/** limn_sheet_axis_new_values: @values: NULL-terminated, each as limn_sheet_axis_get_value() says it; taken as they stand. */
LimnSheetAxis *limn_sheet_axis_new_values   (LimnSheetField       field,
                                             const char *const   *values,
                                             GError             **error);

/** limn_sheet_axis_new_seeds: @n of them, from @first (modulo 2^64). @field: one of the seeds. */
LimnSheetAxis *limn_sheet_axis_new_seeds    (LimnSheetField       field,
                                             guint64              first,
                                             guint                n);
LimnSheetAxis *limn_sheet_axis_ref          (LimnSheetAxis       *axis);
void           limn_sheet_axis_unref        (LimnSheetAxis       *axis);

LimnSheetField limn_sheet_axis_get_field    (const LimnSheetAxis *axis);
guint          limn_sheet_axis_get_n_values (const LimnSheetAxis *axis);

/** limn_sheet_axis_get_value: "7.5", "euler-a", "sunset": the same in every language. Borrowed. */
const char    *limn_sheet_axis_get_value    (const LimnSheetAxis *axis,
                                             guint                index);

/** limn_sheet_axis_get_label: the value as people know it: "Euler a". Borrowed. */
const char    *limn_sheet_axis_get_label    (const LimnSheetAxis *axis,
                                             guint                index);

/** limn_sheet_axis_dup_text: all values, so that limn_sheet_axis_new_parse() takes them. */
char          *limn_sheet_axis_dup_text     (const LimnSheetAxis *axis);

/** limn_sheet_axis_apply: makes value @index hold in @request, a copy of the base. */
void           limn_sheet_axis_apply        (const LimnSheetAxis *axis,
                                             guint                index,
                                             LimnRequest         *request);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSheetAxis, limn_sheet_axis_unref)

G_END_DECLS
