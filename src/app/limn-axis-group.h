/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-sheet.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnAxisGroup:
 *
 * One direction of a grid: a setting, and the values that it has there, as people write them ("1, 5, 7.5", "1-10 (+3)"). What is wrong with
 * them is said below while they are typed.
 *
 * Signals: "changed": another setting or other values.
 * Main thread.
 */
#define LIMN_TYPE_AXIS_GROUP (limn_axis_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnAxisGroup, limn_axis_group, LIMN, AXIS_GROUP, AdwPreferencesGroup)

/** limn_axis_group_get_field: FALSE: nothing changes in this direction. */
gboolean       limn_axis_group_get_field (LimnAxisGroup      *group,
                                          LimnSheetField     *field);
/** limn_axis_group_set_field: with its values as they were last written here, or such as are often wanted. */
void           limn_axis_group_set_field (LimnAxisGroup      *group,
                                          LimnSheetField      field);
void           limn_axis_group_set_none  (LimnAxisGroup      *group);

const char    *limn_axis_group_get_text  (LimnAxisGroup      *group);
void           limn_axis_group_set_text  (LimnAxisGroup      *group,
                                          const char         *text);

/**
 * limn_axis_group_dup_axis:
 * @axis: (out) (nullable): NULL: nothing changes in this direction
 *
 * Says below the values what is wrong with them, or how many there are, and returns FALSE in the first case.
 */
gboolean       limn_axis_group_dup_axis  (LimnAxisGroup      *group,
                                          const LimnRequest  *base,
                                          LimnSheetAxis     **axis);

/** limn_axis_group_swap: the two exchange what they hold. */
void           limn_axis_group_swap      (LimnAxisGroup      *a,
                                          LimnAxisGroup      *b);

G_END_DECLS
