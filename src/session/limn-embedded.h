/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-png.h"
#include "library/limn-stash.h"
#include "session/limn-request-files.h"

G_BEGIN_DECLS

/* Keywords of texts in a PNG of ours: what the picture was painted over or mixed of, each file in base64, and a long one in several texts of
 * the same keyword, one after the other. A second picture has the keyword "limn-source-2", and so on. */
#define LIMN_EMBEDDED_PICTURE_KEYWORD "limn-source"
#define LIMN_EMBEDDED_MASK_KEYWORD "limn-mask"
#define LIMN_EMBEDDED_FILE_KEYWORD "limn-file"

/* Bytes of all these files together. */
#define LIMN_EMBEDDED_MAX_BYTES (G_GUINT64_CONSTANT (24) << 20)

/**
 * limn_embedded_new_texts:
 * @request: whatever it needs: limn_request_list_files()
 * @stash: has what @request names
 *
 * Texts from which another machine finds the same files again: pictures and masks as PNG, a JPEG as it is. Fails with LIMN_ERROR_UNSUPPORTED
 * past LIMN_EMBEDDED_MAX_BYTES, and as loading from @stash fails. Any thread; packs pictures.
 *
 * Returns: (transfer container) (element-type LimnPngText): empty where nothing is needed
 */
GPtrArray *limn_embedded_new_texts (const LimnRequest  *request,
                                    LimnStash          *stash,
                                    GError            **error);

/** limn_embedded_dup_keyword: of the @number-th file of @kind in limn_request_list_files(), counted from 1. (transfer full) */
char      *limn_embedded_dup_keyword (LimnRequestFileKind kind,
                                      guint               number);

/**
 * limn_embedded_unpack:
 * @texts: (element-type LimnPngText): of a PNG, from a stranger
 *
 * Adds to @stash what @texts hold of what @request names; nothing else gets in. What is not there is no failure. Fails with LIMN_ERROR_FORMAT
 * where something is damaged, too large, or not what @request names. Any thread.
 */
gboolean   limn_embedded_unpack    (const GPtrArray    *texts,
                                    const LimnRequest  *request,
                                    LimnStash          *stash,
                                    GError            **error);

G_END_DECLS
