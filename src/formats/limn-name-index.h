/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnNameIndex:
 *
 * Which of some names is this one? By a sorted list: GLib's hash of a text is known to everybody, so that a file can hold a hundred thousand names
 * of the same hash, and a hash table of them takes minutes.
 *
 * Thread-safety: any; immutable.
 */
typedef struct _LimnNameIndex LimnNameIndex;

/** limn_name_index_new: @names: (array length=n): kept, not copied; they must live as long. Takes n log n comparisons. */
LimnNameIndex *limn_name_index_new            (const char * const   *names,
                                               guint                 n);
void           limn_name_index_free           (LimnNameIndex        *self);

/** limn_name_index_find: @place: (out): where @name stands among the names. FALSE: it is none of them. */
gboolean       limn_name_index_find           (const LimnNameIndex  *self,
                                               const char           *name,
                                               guint                *place);

/** limn_name_index_find_double: (nullable): a name that is there twice. */
const char    *limn_name_index_find_double    (const LimnNameIndex  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnNameIndex, limn_name_index_free)

G_END_DECLS
