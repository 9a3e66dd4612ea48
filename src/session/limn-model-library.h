/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-model-scan.h"

G_BEGIN_DECLS

/**
 * LimnModelEntry:
 *
 * One line of the library. Property "file" (LimnModelFile, pointer, read-only, notified): what is known of it now.
 * Main thread.
 */
#define LIMN_TYPE_MODEL_ENTRY (limn_model_entry_get_type ())
G_DECLARE_FINAL_TYPE (LimnModelEntry, limn_model_entry, LIMN, MODEL_ENTRY, GObject)

/** limn_model_entry_get_file: (transfer none): as long as the next change of the property. */
const LimnModelFile *limn_model_entry_get_file (LimnModelEntry *entry);

/**
 * LimnModelLibrary:
 *
 * The models that an artist has, and what belongs to them: a GListModel of LimnModelEntry, in the order of limn_model_scan(). Nothing is ever
 * copied, moved or changed. Looked through on a thread; then, one after the other on another, hashed.
 *
 * Properties:
 * - "scanning" (boolean, read-only, notified): folders are being looked through
 * - "resources" (pointer to LimnResources, read-only, notified): what names stand for, as the last scan found it; never NULL
 *
 * Main thread.
 */
#define LIMN_TYPE_MODEL_LIBRARY (limn_model_library_get_type ())
G_DECLARE_FINAL_TYPE (LimnModelLibrary, limn_model_library, LIMN, MODEL_LIBRARY, GObject)

/** limn_model_library_new: @database: (nullable) (type filename): see limn_file_notes_new(); opened on a thread. Empty. */
LimnModelLibrary *limn_model_library_new (const char           *database);

/**
 * limn_model_library_set_places:
 * @folders, @paths: see limn_model_scan(); copied
 *
 * Where to look from now on; looks, if it is elsewhere than before.
 */
void              limn_model_library_set_places (LimnModelLibrary *library,
                                       const char *const    *folders,
                                       const char *const    *paths);

/** limn_model_library_rescan: looks again: files come, change and go. One that is under way begins anew. */
void              limn_model_library_rescan (LimnModelLibrary *library);

/** limn_model_library_set_busy: as long as others need the disk and the processor nothing is hashed. */
void              limn_model_library_set_busy (LimnModelLibrary *library,
                                       gboolean              busy);

gboolean          limn_model_library_is_scanning (LimnModelLibrary *library);
/** limn_model_library_is_cut: folders are so large that not all of them was looked through. */
gboolean          limn_model_library_is_cut (LimnModelLibrary *library);
/** limn_model_library_is_missing: whether the last scan did not find @folder. */
gboolean          limn_model_library_is_missing (LimnModelLibrary *library,
                                       const char           *folder);
/** limn_model_library_get_resources: (transfer none): limn_resources_ref() to keep. */
LimnResources    *limn_model_library_get_resources (LimnModelLibrary *library);

/** limn_model_library_count: how many of @kind can be used. */
guint             limn_model_library_count (LimnModelLibrary *library,
                                       LimnResourceKind      kind);

/** limn_model_library_lookup: (nullable) (transfer none): the line of the file or folder @path. */
LimnModelEntry   *limn_model_library_lookup (LimnModelLibrary *library,
                                       const char           *path);

/**
 * limn_model_library_find:
 * @hash: (nullable): digits that its SHA-256 begins with, at least 8, in any letter case
 * @name: (nullable): what a picture's settings call it
 *
 * A usable one of @kind: that of this hash, else of this name; NULL: there is none. (transfer none)
 */
LimnModelEntry   *limn_model_library_find (LimnModelLibrary *library,
                                       LimnResourceKind      kind,
                                       const char           *hash,
                                       const char           *name);

/** limn_model_library_close: cancels what runs and waits for no thread; nothing is told any more. */
void              limn_model_library_close (LimnModelLibrary *library);

G_END_DECLS
