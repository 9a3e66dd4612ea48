/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image/limn-image.h"
#include "library/limn-keeper.h"

G_BEGIN_DECLS

/* Days that a picture or a mask stays after its last use when nothing names it any more. */
#define LIMN_STASH_KEEP_DAYS 30

/* Bytes of pixels that stay in memory of what is safely on the disk. */
#define LIMN_STASH_MEMORY (G_GUINT64_CONSTANT (256) << 20)

/**
 * LimnStash:
 *
 * The pictures that requests start from and the masks that belong to them, each under its id: limn_image_hash(). What is under an id never
 * changes, so that a request which waits in a queue finds what the artist saw when it was made. Below the folder lie
 *
 *     ID.png               pictures, and masks as they were when a request was made
 *     ID.file              files that pictures were read from, where more than their pixels is needed of them
 *     masks/ID.png         the mask that is being painted on picture ID: the one file that changes
 *
 * Thread-safety: any. Counted by reference.
 */
typedef struct _LimnStash LimnStash;

/**
 * limn_stash_new:
 * @folder: (nullable): where the files lie; NULL: only memory, which then keeps everything
 * @keeper: (nullable): who writes them; with @folder it must be there
 */
LimnStash *limn_stash_new       (const char   *folder,
                                 LimnKeeper   *keeper);
LimnStash *limn_stash_ref       (LimnStash    *stash);
void       limn_stash_unref     (LimnStash    *stash);

/**
 * limn_stash_add:
 *
 * Remembers @image and asks the keeper to write it. Walks the pixels once for the id: 0.2 s for 4096x4096; waits for nothing.
 * What the keeper is asked for afterwards is written afterwards: a queue that names the picture finds it.
 *
 * Returns: (transfer full): the id
 */
char      *limn_stash_add       (LimnStash    *stash,
                                 LimnImage    *image);

/**
 * limn_stash_load:
 *
 * The image of @id: grey where it was grey, RGB where it is opaque. Waits for the disk where it is not in memory. The pixels are held
 * against the id. Fails with G_IO_ERROR_NOT_FOUND where there is none, with LIMN_ERROR_FORMAT where the file is damaged, changed, or
 * @id is none; a sentence for the artist each. Returns: (transfer full)
 */
LimnImage *limn_stash_load      (LimnStash    *stash,
                                 const char   *id,
                                 GError      **error);

/** limn_stash_has: whether limn_stash_load() would find something; may ask the disk, reads nothing. */
gboolean   limn_stash_has       (LimnStash    *stash,
                                 const char   *id);

/**
 * limn_stash_add_file:
 *
 * The same for the bytes of a file, such as a JPEG whose blocks are wanted. Returns: (transfer full): SHA-256, in hexadecimal, of
 * "limn-file 1\n" and the bytes
 */
char      *limn_stash_add_file  (LimnStash    *stash,
                                 GBytes       *file);

/** limn_stash_load_file: what limn_stash_add_file() was given; fails as limn_stash_load() does. Returns: (transfer full) */
GBytes    *limn_stash_load_file (LimnStash    *stash,
                                 const char   *id,
                                 GError      **error);

/** limn_stash_hash_file: the id that limn_stash_add_file() would give. (transfer full) */
char      *limn_stash_hash_file (GBytes       *file);

/**
 * limn_stash_save_mask:
 * @mask: (nullable): grey; NULL forgets it
 *
 * The mask that is being painted on the picture @picture_id; replaces the one before. Waits for nothing and walks no pixels: it is packed
 * on the keeper's thread, and when that has not begun with the last one, this one takes its place.
 */
void       limn_stash_save_mask (LimnStash    *stash,
                                 const char   *picture_id,
                                 LimnImage    *mask);

/**
 * limn_stash_load_mask:
 *
 * As it was saved last. Fails as limn_stash_load() does; whether it has its picture's size is the caller's to see.
 */
LimnImage *limn_stash_load_mask (LimnStash    *stash,
                                 const char   *picture_id,
                                 GError      **error);

/**
 * limn_stash_sweep:
 * @named: (element-type utf8): a set of ids that something still names: queue, draft, kept steps
 *
 * Deletes what @named has not, no mask belongs to, and nobody has used for LIMN_STASH_KEEP_DAYS; masks that old whose picture is not
 * in @named too. Files that are not the stash's own are left alone. Waits for the disk. Returns: how many files.
 */
guint      limn_stash_sweep     (LimnStash    *stash,
                                 GHashTable   *named);

/**
 * limn_stash_list_named:
 * @path: of kept steps
 * @named: (element-type utf8): a set of strings of its own, to which ids that stand in them are added, and what else looks like one
 *
 * Fails as reading does. One that is not there names nothing.
 */
gboolean   limn_stash_list_named   (const char *path,
                                    GHashTable *named,
                                    GError    **error);

/**
 * limn_stash_sweep_state:
 * @state_folder: where queue, draft and steps are kept
 * @n_swept: (out)
 *
 * limn_stash_sweep() of what nothing in @state_folder names: no JSON or ini file there, no JSON file among the sources, also one that was put
 * aside, and no kept steps. Deletes nothing when one of these cannot be read (G_IO_ERROR, G_FILE_ERROR). Waits for the disk; any thread;
 * once at start.
 */
gboolean   limn_stash_sweep_state (LimnStash  *stash,
                                   const char *state_folder,
                                   guint      *n_swept,
                                   GError    **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnStash, limn_stash_unref)

G_END_DECLS
