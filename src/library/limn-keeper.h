/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnKeeper:
 *
 * One thread that writes what must not be lost, so that neither the main loop nor the painter ever waits for a disk. Tasks are
 * done in the order they came. What cannot be written (disk full, folder read-only) stays in memory and is tried again, with
 * growing pauses and on limn_keeper_retry(); nothing that comes later overtakes it for the same path.
 *
 * Properties, notified in the context that was the thread's default when the keeper was made:
 * - "trouble" (string, nullable): why the oldest task waits, a sentence for the artist; NULL: all is well
 * - "n-waiting" (uint): tasks that are not done
 *
 * Dropping the last reference does not wait: what is left is tried once more and given up; a done function is called all the same, if the
 * context still runs. But what waits may itself hold, by what its done function is told, whoever holds the keeper, and it
 * waits for ever: use limn_keeper_close() before the program ends.
 * Thread-safety: any; properties and callbacks: the context it was made in.
 */
#define LIMN_TYPE_KEEPER (limn_keeper_get_type ())
G_DECLARE_FINAL_TYPE (LimnKeeper, limn_keeper, LIMN, KEEPER, GObject)

/** LimnKeeperMake: the bytes to write; runs on the keeper's thread, for what takes long to encode. A failure here is final. */
typedef GBytes *(*LimnKeeperMake) (gpointer   data,
                                   GError   **error);

/** LimnKeeperDone: @path: what was written, or NULL with @error: that it could not even be made, or was given up. In the keeper's context. */
typedef void (*LimnKeeperDone) (const char   *path,
                                const GError *error,
                                gpointer      data);

LimnKeeper *limn_keeper_new       (void);

/**
 * LimnKeeperAccess:
 * @LIMN_KEEPER_OPEN: what is to be written there is written
 * @LIMN_KEEPER_HELD: it waits, and is given up where the keeper ends meanwhile
 * @LIMN_KEEPER_CLOSED: it belongs to somebody else: it is given up at once
 */
typedef enum
{
  LIMN_KEEPER_OPEN,
  LIMN_KEEPER_HELD,
  LIMN_KEEPER_CLOSED,
} LimnKeeperAccess;

/** limn_keeper_set_access: of all below @folder; of one folder at a time. */
void        limn_keeper_set_access (LimnKeeper       *keeper,
                                    const char       *folder,
                                    LimnKeeperAccess  access);

/**
 * limn_keeper_replace:
 *
 * limn_atomic_file_write(). Where the last task for @path replaces it too and has not begun, @bytes takes its place: newest wins.
 * Folders on the way to @path are made.
 */
void        limn_keeper_replace   (LimnKeeper     *keeper,
                                   const char     *path,
                                   GBytes         *bytes);

/**
 * limn_keeper_replace_later:
 * @make: gives the bytes
 * @destroy: (nullable): of @make_data, on any thread
 *
 * limn_keeper_replace() of what takes long to encode. Where the last task for @path replaces it too and has not begun, this one takes its
 * place, and the other is never made.
 */
void        limn_keeper_replace_later (LimnKeeper     *keeper,
                                       const char     *path,
                                       LimnKeeperMake  make,
                                       gpointer        make_data,
                                       GDestroyNotify  destroy);

/**
 * limn_keeper_add:
 * @path: the wanted name; a number is appended where it is taken (limn_atomic_file_write_new())
 * @make: gives the bytes
 * @destroy: (nullable): of @make_data, on any thread
 * @done: (nullable)
 */
void        limn_keeper_add       (LimnKeeper     *keeper,
                                   const char     *path,
                                   LimnKeeperMake  make,
                                   gpointer        make_data,
                                   GDestroyNotify  destroy,
                                   LimnKeeperDone  done,
                                   gpointer        done_data);

/** limn_keeper_remove: deletes a file of our own, after what was asked before; one that is not there is no failure. */
void        limn_keeper_remove    (LimnKeeper     *keeper,
                                   const char     *path);

/** limn_keeper_move_to: what was to be added to the folder @from and is not written is added to @to: the artist chose another one. */
void        limn_keeper_move_to   (LimnKeeper     *keeper,
                                   const char     *from,
                                   const char     *to);

/** limn_keeper_retry: now, whatever pause there is. */
void        limn_keeper_retry     (LimnKeeper     *keeper);

/**
 * limn_keeper_flush: waits until all is written, at most @timeout_us; not longer than until what is left has been tried once more in
 * vain. Calls nothing. Returns whether all is written.
 */
gboolean    limn_keeper_flush     (LimnKeeper     *keeper,
                                   gint64          timeout_us);

/**
 * limn_keeper_close: the end. What is left is tried once more and given up; waits for that, at most @timeout_us. What comes later is given
 * up at once. Calls nothing; done functions are called as ever. Returns how many files were not written in time.
 */
guint       limn_keeper_close     (LimnKeeper     *keeper,
                                   gint64          timeout_us);

char       *limn_keeper_dup_trouble   (LimnKeeper *keeper);
/** limn_keeper_has_trouble_below: whether something in @folder, or deeper, waits because it could not be written. */
gboolean    limn_keeper_has_trouble_below (LimnKeeper *keeper,
                                           const char *folder);
guint       limn_keeper_get_n_waiting (LimnKeeper *keeper);

G_END_DECLS
