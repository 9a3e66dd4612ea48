/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-stash.h"
#include "session/limn-request.h"

G_BEGIN_DECLS

/** LimnCliSource: what a picture starts from, as it was given; NULL or FALSE where it was not. Raw bytes. */
typedef struct
{
  char    *init;
  char    *mask;
  char    *mask_fit;
  char    *strength;
  char    *mask_mode;
  char    *feather;
  gboolean only_masked;
  char    *padding;
  char    *outpaint;
  char    *blend;
} LimnCliSource;

void     limn_cli_source_clear   (LimnCliSource       *options);

/** limn_cli_source_find: the first that was given and has no meaning without --init, as "--mask"; NULL: none. */
const char *limn_cli_source_find (const LimnCliSource *options);

/**
 * limn_cli_source_fill:
 * @start: (nullable): how another program painted over a picture; for one that --init names, where @request has none
 * @stash: what is read goes there
 *
 * Gives @request the source that @options name, or changes the one it has; its size becomes the picture's with what it grows by, unless
 * @sized. Fails with LIMN_ERROR_INVALID, and as reading the files does.
 */
gboolean limn_cli_source_fill    (const LimnCliSource     *options,
                                  LimnRequest             *request,
                                  const LimnRequestSource *start,
                                  gboolean                 sized,
                                  LimnStash               *stash,
                                  GError                 **error);

/**
 * limn_cli_source_fill_mask:
 * @path: the mask's file
 * @fit: (nullable): "scale" or "pad" where it may have another size than @picture
 *
 * Gives @source that mask. Fails with LIMN_ERROR_INVALID, and as reading does.
 */
gboolean limn_cli_source_fill_mask (LimnRequestSource    *source,
                                    const char           *path,
                                    const char           *fit,
                                    LimnImage            *picture,
                                    LimnStash            *stash,
                                    GError              **error);

/**
 * limn_cli_source_find_again:
 * @file: (nullable): a PNG that may carry what it was made from
 * @inits, @masks: (nullable): NULL-terminated: files
 *
 * For a @request that says what it starts from or is mixed of: finds all that in @file or is given it, and puts it into @stash. Fails with LIMN_ERROR_INVALID where it
 * is neither, or where a file is not what @request names, and as reading does.
 */
gboolean limn_cli_source_find_again (const LimnRequest *request,
                                     const char        *file,
                                     const char *const *inits,
                                     const char *const *masks,
                                     LimnStash         *stash,
                                     GError           **error);

/** limn_cli_source_load: the picture in the file @path, which Exif turns and its profile colours; put into @stash. @bytes: (out) (nullable): the file's.
 *  @id: (out): in @stash. Returns: (transfer full) */
LimnImage *limn_cli_source_load (const char           *path,
                                 LimnStash            *stash,
                                 char                **id,
                                 GBytes              **bytes,
                                 GError              **error);

/** limn_cli_source_size: of what @request starts from, @stash has it; with what it grows by, and @factor times as large. */
gboolean limn_cli_source_size   (LimnRequest          *request,
                                 LimnImage            *picture,
                                 guint                 factor,
                                 GError              **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnCliSource, limn_cli_source_clear)

G_END_DECLS
