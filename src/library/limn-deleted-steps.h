/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The kept steps of pictures that were put into the wastebasket: @steps_folder/ID.safetensors is moved to
 * @steps_folder/deleted/FOLDER/ID.safetensors, FOLDER a hash of the folder where the picture was. There it is removed when a later start has
 * seen that the picture has not come back, or brought back. Each is one rename, so that a program that is killed has done it or not.
 * All of this waits for the disk; any thread. @id: a UUID, anything else is refused.
 */

/** limn_deleted_steps_put_away: FALSE where there are none, or they cannot be moved: they stay. */
gboolean   limn_deleted_steps_put_away   (const char *steps_folder,
                                          const char *picture_folder,
                                          const char *id);
/** limn_deleted_steps_bring_back: FALSE where none were put away. */
gboolean   limn_deleted_steps_bring_back (const char *steps_folder,
                                          const char *picture_folder,
                                          const char *id);
/** limn_deleted_steps_list: (element-type utf8) (transfer full): ids of those that were put away. */
GPtrArray *limn_deleted_steps_list       (const char *steps_folder,
                                          const char *picture_folder);
/** limn_deleted_steps_remove: for good, one that was put away. */
void       limn_deleted_steps_remove     (const char *steps_folder,
                                          const char *picture_folder,
                                          const char *id);

G_END_DECLS
