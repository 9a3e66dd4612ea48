/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request.h"

G_BEGIN_DECLS

typedef enum
{
  LIMN_REQUEST_FILE_PICTURE, /* limn_stash_load() */
  LIMN_REQUEST_FILE_MASK,    /* the same */
  LIMN_REQUEST_FILE_JPEG,    /* limn_stash_load_file() */
} LimnRequestFileKind;

/** LimnRequestFile: @id: in the stash, borrowed from the request. */
typedef struct
{
  LimnRequestFileKind kind;
  const char         *id;
} LimnRequestFile;

/**
 * limn_request_list_files:
 *
 * What must be in the stash before @request can be painted: of itself, of what it parts from, the pictures to draw by, and those that it is mixed of; each once, in an
 * order that follows from @request alone. Of an end that is mixed as a picture only that picture is wanted, not what it was made of.
 *
 * Returns: (transfer full) (element-type LimnRequestFile): lives no longer than @request
 */
GArray *limn_request_list_files (const LimnRequest *request);

/**
 * limn_request_carries_files:
 *
 * Whether these belong into the picture's own file: what it was mixed of or drawn by says nothing to anybody who has not got it, while what it
 * was painted over mostly lies beside it.
 */
gboolean limn_request_carries_files (const LimnRequest *request);

/** limn_request_list_control_models: (transfer full): paths of the ControlNets of @request and of what it parts from, each once. */
char   **limn_request_list_control_models (const LimnRequest *request);

G_END_DECLS
