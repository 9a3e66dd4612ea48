/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-trash.h"

G_BEGIN_DECLS

/** limn_trash_file_by: limn_trash_file(); with @look FALSE as in a sandbox, from where the wastebasket is not to be seen; for tests. */
LimnTrashed *limn_trash_file_by (const char    *path,
                                 gboolean       look,
                                 GCancellable  *cancellable,
                                 GError       **error);

G_END_DECLS
