/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-keeper.h"

G_BEGIN_DECLS

/**
 * LimnStepsPlan:
 * @folder: where the kept steps lie
 * @n_files, @bytes: all kept steps there are
 * @n_starred, @starred_bytes: those of pictures with stars
 * @going: (element-type utf8): ids of those that would have to go, in this order
 * @going_bytes: what they take
 * @notes: (element-type utf8 GBytes): path -> file: what is to be remembered of them
 *
 * What a limit on the kept steps means. Where @bytes less @going_bytes is still more than the limit, nothing else may go.
 */
typedef struct
{
  char      *folder;
  guint      n_files;
  guint64    bytes;
  guint      n_starred;
  guint64    starred_bytes;
  GPtrArray *going;
  guint64    going_bytes;
  GHashTable *notes;
} LimnStepsPlan;

/**
 * limn_steps_limit_plan:
 * @limit_bytes: 0: none
 * @protected: (nullable) (element-type utf8): a set of ids that something still needs
 * @starred: (nullable) (element-type utf8): a set of ids of pictures with stars
 *
 * Looks at @folder/ID.safetensors, ID a UUID, and at nothing else: links, folders and other files are not counted and never go. What is in
 * neither set goes, the oldest first, until the rest fits. A time that was not when Limn was (a clock without a battery, or one that
 * was wrong) says nothing: such files go last.
 *
 * Waits for the disk; any thread. A folder that is not there is an empty one. Fails with G_IO_ERROR where it cannot be read: then nothing
 * is known, and nothing goes. Returns: (transfer full)
 */
LimnStepsPlan *limn_steps_limit_plan      (const char           *folder,
                                           guint64               limit_bytes,
                                           GHashTable           *protected,
                                           GHashTable           *starred,
                                           GError              **error);
void           limn_steps_plan_free       (LimnStepsPlan        *plan);

/**
 * limn_steps_plan_note_sources:
 * @sources_folder: where limn_stash_sweep_state() looks
 *
 * A picture that began with another can only be made again while that one is in the stash, where what nothing names is swept; and its name
 * stands in the kept steps. So limn_steps_limit_carry_out() will write @sources_folder/ID.json before the steps ID go, with the names of all
 * that they began with. Steps that cannot be read do not go. Waits for the disk; any thread.
 */
void           limn_steps_plan_note_sources (LimnStepsPlan      *plan,
                                           const char           *sources_folder);

/**
 * limn_steps_limit_carry_out:
 * @protected: (nullable) (element-type utf8): what is needed by now
 *
 * Lets the keeper delete what is going, and is not in @protected. Returns: how many
 */
guint          limn_steps_limit_carry_out (const LimnStepsPlan  *plan,
                                           LimnKeeper           *keeper,
                                           GHashTable           *protected);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnStepsPlan, limn_steps_plan_free)

G_END_DECLS
