/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-json.h"
#include "session/limn-import.h"

G_BEGIN_DECLS

/**
 * LimnImportFound:
 * @sampler, @schedule: in the words of the program, maybe joined in one
 * @cfg, @eta, @rescale: NAN: not said
 * @variation_strength: 0: its noise came from one seed; @seed_width, @seed_height: 0: not said
 * @rng: whose noise; @has_rng FALSE: not said
 * @brackets_are_text: [ and ] have no meaning in this program's prompts
 * @start: (nullable): how another picture was painted over; see limn_import_take_start()
 * @wrap_x, @wrap_y: its edges were made to meet
 * @tile, @overlap: 0: not said
 * @known: something was found at all
 * @notes: become the import's
 *
 * What a reader found, before names are looked up and numbers held against what Limn can do. Each reader fills in what it finds
 * and notes what has no place here; limn_import_new() does the rest, the same for all.
 */
typedef struct
{
  LimnImportOrigin   origin;
  gboolean           known;
  char              *prompt;
  char              *negative;
  gboolean           brackets_are_text;
  gboolean           has_seed;
  guint64            seed;
  guint64            variation_seed;
  double             variation_strength;
  guint              seed_width;
  guint              seed_height;
  gboolean           has_rng;
  LimnNoiseKind      rng;
  double             steps;
  char              *sampler;
  char              *schedule;
  double             cfg;
  double             eta;
  double             rescale;
  double             width;
  double             height;
  gboolean           has_prediction;
  LimnPrediction     prediction;
  char              *model;
  char              *model_hash;
  char              *vae;
  double             clip_skip;
  LimnRequestSource *start;
  gboolean           wrap_x;
  gboolean           wrap_y;
  double             tile;
  double             overlap;
  GPtrArray         *loras; /* of LimnImportLora */
  GPtrArray         *notes;
} LimnImportFound;

/** limn_import_note: adds a sentence, unless it stands there already or there are too many. */
void      limn_import_note        (LimnImportFound *found,
                                   const char      *format,
                                   ...) G_GNUC_PRINTF (2, 3);

/** limn_import_dup_shown: @text as it may stand in a note: one line, a limited length. (transfer full) */
char     *limn_import_dup_shown   (const char      *text);

/** limn_import_set: replaces the string at @place, unless @text is NULL or empty. */
void      limn_import_set         (char           **place,
                                   const char      *text);

/** LimnImportLora: @strength, @text_strength: NAN: not known, or said by the prompt itself */
typedef struct
{
  char  *name;
  double strength;
  double text_strength;
} LimnImportLora;

/**
 * limn_import_add_lora:
 * @name: (nullable): maybe with a path and an ending, which go
 * @strength: NAN: not known; @text_strength: NAN: the same
 *
 * One that is there already stays; where its strength was not known it gets this one.
 */
void      limn_import_add_lora    (LimnImportFound *found,
                                   const char      *name,
                                   double           strength,
                                   double           text_strength);

/* What other programs do that Limn does not; each is noted once. */
void      limn_import_note_start  (LimnImportFound *found); /* painted over another picture */
void      limn_import_note_mask   (LimnImportFound *found);
void      limn_import_note_hires  (LimnImportFound *found);
void      limn_import_note_control (LimnImportFound *found);
void      limn_import_note_adapter (LimnImportFound *found);
void      limn_import_note_refiner (LimnImportFound *found);

/** limn_import_take_start: @strength: 0..1; what is not (NAN: not said) leaves the usual one. Returns: @found's start, made where it was not. */
LimnRequestSource *limn_import_take_start (LimnImportFound *found,
                                           double           strength);

/* --- Names (limn-import-names.c) --- */

/**
 * limn_import_apply_sampler:
 *
 * Looks up @found's sampler and schedule and puts them into @request; notes where another takes the place of one that is not
 * here. A name that is not known at all leaves the sampler open.
 */
void      limn_import_apply_sampler (LimnImportFound *found,
                                     LimnRequest     *request);

/* --- Readers. Each returns FALSE where the texts are not of its kind. --- */

gboolean  limn_import_read_parameters (LimnImportFound *found,
                                       const char      *text);
gboolean  limn_import_read_invoke     (LimnImportFound *found,
                                       const char      *json);
gboolean  limn_import_read_invoke_2   (LimnImportFound *found,
                                       const char      *json);
gboolean  limn_import_read_dream      (LimnImportFound *found,
                                       const char      *line);
gboolean  limn_import_read_fooocus    (LimnImportFound *found,
                                       const char      *json);
gboolean  limn_import_read_sdcpp      (LimnImportFound *found,
                                       const char      *json);
gboolean  limn_import_read_comfy      (LimnImportFound *found,
                                       const char      *json);

/* --- JSON as Python writes it (limn-import-json.c) --- */

/** limn_import_parse_json: an object, or NULL. NaN and Infinity, which Python writes and JSON does not know, become null. */
json_t   *limn_import_parse_json  (const char      *text);

/* Each looks at @key of @object and leaves *value as it is where that has not what is wanted. A number may be
 * written as a string. */
gboolean  limn_import_get_number  (const json_t    *object,
                                   const char      *key,
                                   double          *value);
gboolean  limn_import_get_seed    (const json_t    *object,
                                   const char      *key,
                                   guint64         *value);
gboolean  limn_import_get_text    (const json_t    *object,
                                   const char      *key,
                                   char           **value);
gboolean  limn_import_number_of   (const json_t    *json,
                                   double          *value);
gboolean  limn_import_seed_of     (const json_t    *json,
                                   guint64         *value);

G_END_DECLS
