/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-json.h"
#include "session/limn-json-text.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Pixels over which old may pass into new, and pixels that may be looked at around a mask. Past these the
 * artist means another setting. */
#define LIMN_SOURCE_MAX_FEATHER 1024
#define LIMN_SOURCE_MAX_PADDING 4096

/* What a source has where nobody said otherwise: 0.75 keeps what is where and changes what it is. */
#define LIMN_SOURCE_STRENGTH 0.75
#define LIMN_SOURCE_FEATHER 8
#define LIMN_SOURCE_PADDING 32

/**
 * LimnMaskedContent:
 * @LIMN_CONTENT_ORIGINAL: the picture as it is
 * @LIMN_CONTENT_BLURRED: the colours of the surroundings, smoothly continued
 * @LIMN_CONTENT_NOISE: the picture, but changed from pure noise
 * @LIMN_CONTENT_EMPTY: a latent of zeros under the noise: a flat grey
 *
 * What the masked part is before the first step.
 */
typedef enum
{
  LIMN_CONTENT_ORIGINAL,
  LIMN_CONTENT_BLURRED,
  LIMN_CONTENT_NOISE,
  LIMN_CONTENT_EMPTY,
} LimnMaskedContent;

/**
 * LimnRestore:
 * @LIMN_RESTORE_NONE: what was painted is the picture
 * @LIMN_RESTORE_COLORIZE: the source's lightness with the painted colours
 * @LIMN_RESTORE_JPEG: what was painted, as far as it agrees with the source's own JPEG blocks
 * @LIMN_RESTORE_ENLARGE: what was painted, as far as it becomes the source again when it is reduced; where the result is a whole number of
 *   times as large, else as LIMN_RESTORE_NONE
 */
typedef enum
{
  LIMN_RESTORE_NONE,
  LIMN_RESTORE_COLORIZE,
  LIMN_RESTORE_JPEG,
  LIMN_RESTORE_ENLARGE,
} LimnRestore;

/**
 * LimnRequestSource:
 * @picture: id in the stash: limn_image_hash()
 * @mask: (nullable): id in the stash of a grey image of the picture's size: how much each pixel may change; NULL: all of it
 * @file: (nullable): with LIMN_RESTORE_JPEG and only there: id in the stash of the JPEG's own bytes, limn_stash_add_file(): pixels do
 *   not say what its blocks were
 * @strength: denoising strength, 0..1; where the mask is grey its own strength is this times the mask
 * @content: of the masked part
 * @feather: pixels inside the mask's edge over which old passes into new
 * @only_masked: works on the mask's box and @padding pixels around it, enlarged to what the model was made for
 * @padding: 0..LIMN_SOURCE_MAX_PADDING; without @only_masked nothing looks at it
 * @grow_left, @grow_top, @grow_right, @grow_bottom: pixels to add around the picture
 * @restore: what becomes of the painted picture
 *
 * The picture that a request starts from. Thread-safety: owner thread.
 */
typedef struct
{
  char             *picture;
  char             *mask;
  char             *file;
  double            strength;
  LimnMaskedContent content;
  guint             feather;
  gboolean          only_masked;
  guint             padding;
  guint             grow_left;
  guint             grow_top;
  guint             grow_right;
  guint             grow_bottom;
  LimnRestore       restore;
} LimnRequestSource;

/** limn_request_source_new: no mask, nothing grown, the values above; @picture is copied. */
LimnRequestSource *limn_request_source_new      (const char              *picture);
LimnRequestSource *limn_request_source_copy     (const LimnRequestSource *source);
void               limn_request_source_free     (LimnRequestSource       *source);

/* Each replaces an id. */
void               limn_request_source_set_picture (LimnRequestSource    *source,
                                                    const char           *picture);
void               limn_request_source_set_mask    (LimnRequestSource    *source,
                                                    const char           *mask);
void               limn_request_source_set_file    (LimnRequestSource    *source,
                                                    const char           *file);

/** limn_request_source_equal: every field; each may be NULL. */
gboolean           limn_request_source_equal    (const LimnRequestSource *a,
                                                 const LimnRequestSource *b);

/** limn_request_source_check: as limn_request_check(), of which it is a part. */
gboolean           limn_request_source_check    (const LimnRequestSource *source,
                                                 GError                 **error);

/** limn_request_source_write: @source: (nullable): an object, or null. */
void               limn_request_source_write    (const LimnRequestSource *source,
                                                 LimnJsonText            *text,
                                                 const char              *key);

/**
 * limn_request_source_read:
 *
 * Of what limn_request_source_write() wrote: every field must be there, no other may. Fails with LIMN_ERROR_FORMAT and
 * LIMN_ERROR_INVALID. Ranges are limn_request_source_check()'s. Returns: (transfer full)
 */
LimnRequestSource *limn_request_source_read     (LimnJson                *json,
                                                 GError                 **error);

/** limn_request_source_id_is_valid: 64 digits of lower-case hexadecimal. */
gboolean           limn_request_source_id_is_valid (const char           *id);

/** limn_masked_content_from_name: "original", "blurred", "noise" or "empty". LIMN_ERROR_INVALID. */
gboolean           limn_masked_content_from_name (const char             *name,
                                                  LimnMaskedContent      *content,
                                                  GError                **error);
const char        *limn_masked_content_get_name  (LimnMaskedContent       content);

/** limn_restore_from_name: "none", "colorize", "jpeg" or "enlarge". LIMN_ERROR_INVALID. */
gboolean           limn_restore_from_name        (const char             *name,
                                                  LimnRestore            *restore,
                                                  GError                **error);
const char        *limn_restore_get_name         (LimnRestore             restore);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRequestSource, limn_request_source_free)

G_END_DECLS
