/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-branch-layout.h"
#include "library/limn-picture-index.h"
#include "session/limn-request.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnBranchMember: one picture of a family, in words
 * @id: in the index
 * @part: its place; parents by place in the family
 * @title: what was changed, or its prompt
 * @detail: where it parts
 */
typedef struct
{
  gint64         id;
  LimnBranchPart part;
  char          *title;
  char          *detail;
} LimnBranchMember;

/**
 * LimnBranchFamily:
 * @members: (element-type LimnBranchMember): each behind its parent; empty: the picture has none, or is not known
 * @shown: the id of the picture that was asked about; 0: it is not in the index (yet)
 */
typedef struct
{
  GPtrArray *members;
  gint64     shown;
} LimnBranchFamily;

void              limn_branch_family_free        (LimnBranchFamily    *family);

/**
 * limn_branch_family_load_async:
 * @path: (nullable): the file of the picture
 * @request: (nullable): how it is made: then it is found by what it comes from even before it is saved
 *
 * The tree that a picture belongs to, read on a thread.
 */
void              limn_branch_family_load_async  (LimnPictureIndex    *index,
                                                  const char          *path,
                                                  const LimnRequest   *request,
                                                  GCancellable        *cancellable,
                                                  GAsyncReadyCallback  callback,
                                                  gpointer             data);
LimnBranchFamily *limn_branch_family_load_finish (GAsyncResult        *result,
                                                  GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnBranchFamily, limn_branch_family_free)

G_END_DECLS
