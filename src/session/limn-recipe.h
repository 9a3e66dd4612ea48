/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-png.h"
#include "session/limn-session.h"

G_BEGIN_DECLS

/* Keywords of the two texts in a PNG of ours. */
#define LIMN_RECIPE_KEYWORD "limn"
#define LIMN_RECIPE_PARAMETERS_KEYWORD "parameters"
/* And of a third, in pictures of which the steps are kept: the id of their trajectory. */
#define LIMN_RECIPE_TRAJECTORY_KEYWORD "limn-trajectory"

/**
 * LimnRecipe:
 * @program: "limn 0.1.0": what made the picture
 * @request: nothing open
 * @shown: which step's frame this file holds; @n_steps is the picture itself
 * @model_files: (nullable): JSON as in LimnResult; NULL in a frame
 * @fingerprints: (element-type LimnFingerprint): from x_T up to @shown
 * @pixels: SHA-256 of the file's pixels, RGB, rows from the top
 * @intact: the text's own checksum fits: nobody has changed it
 *
 * What the text chunk "limn" says: everything from which the same pixels can be made again, and how to see at which step
 * another machine parts. One JSON object on one line; its last member is the SHA-256 of all that stands before it.
 */
typedef struct
{
  char        *program;
  LimnRequest *request;
  guint        n_steps;
  guint        shown;
  char        *model_name;
  char        *model_files;
  char        *device;
  char        *driver;
  GArray      *fingerprints;
  char        *pixels;
  gboolean     intact;
} LimnRecipe;

void        limn_recipe_free       (LimnRecipe        *recipe);

/** limn_recipe_new_for_result: of the finished picture. */
LimnRecipe *limn_recipe_new_for_result (const LimnResult     *result);

/** limn_recipe_new_for_step: of the frame of a step; @fingerprints: x_T and the steps up to and with @step's. */
LimnRecipe *limn_recipe_new_for_step   (const LimnFeedStart  *start,
                                        const LimnStep       *step,
                                        GArray               *fingerprints);

/**
 * limn_recipe_new_for_frame: of the frame of step @shown of @n_steps
 * @request: as it was carried out
 * @fingerprints: (element-type LimnFingerprint): x_T and the steps up to and with @shown; a reference is taken
 */
LimnRecipe *limn_recipe_new_for_frame  (const LimnRequest    *request,
                                        const char           *model_name,
                                        const char           *device,
                                        const char           *driver,
                                        guint                 n_steps,
                                        guint                 shown,
                                        GArray               *fingerprints);

/** limn_recipe_to_json: (transfer full). */
char       *limn_recipe_to_json    (const LimnRecipe  *recipe);

/** limn_recipe_new_from_json: fails with LIMN_ERROR_FORMAT, LIMN_ERROR_INVALID. A text that was changed is no failure: see @intact. */
LimnRecipe *limn_recipe_new_from_json (const char     *json,
                                       const char     *name,
                                       GError        **error);

/**
 * limn_recipe_identify:
 * @hashes: (out) (transfer full): limn_request_list_hashes() of the request that a text of ours tells
 * @steps: (out) (transfer full) (element-type guint): for each of them but the last, the step at which it parts from the next
 *
 * Who a picture is and from which others it descends. FALSE where @recipe_json is not sound, and where it tells of the frame of a step, which
 * is no picture of its own; says not why, and reads no more than it needs.
 */
gboolean    limn_recipe_identify   (const char        *recipe_json,
                                    char            ***hashes,
                                    GArray           **steps);

/** limn_recipe_get_parameters: (transfer full): the text `parameters` for the same picture: as people and programs of other origin know it.
 *  What a picture parted from and what was mixed is said in words of our own. */
char       *limn_recipe_get_parameters (const LimnRecipe *recipe);

/** limn_recipe_hash_pixels: (transfer full): as LimnRecipe.pixels has it. */
char       *limn_recipe_hash_pixels (LimnImage        *image);

/** limn_recipe_encode_png: @image with both texts. Sets @recipe's pixels. */
GBytes     *limn_recipe_encode_png (LimnRecipe        *recipe,
                                    LimnImage         *image,
                                    GError           **error);

/** limn_recipe_encode_png_with_texts: the same, @texts after its own two. */
GBytes     *limn_recipe_encode_png_with_texts (LimnRecipe        *recipe,
                                               LimnImage         *image,
                                               const LimnPngText *texts,
                                               gsize              n_texts,
                                               GError           **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRecipe, limn_recipe_free)

G_END_DECLS
