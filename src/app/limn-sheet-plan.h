/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-inspection.h"
#include "session/limn-sheet.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnSheetIdea:
 * @base: nothing open
 * @x_axis, @y_axis: (nullable)
 * @inspection: of the model that @base is for
 * @known: (nullable): a picture all of whose steps are kept
 * @known_steps: (nullable): their id
 *
 * What a sheet would be made of.
 */
typedef struct
{
  LimnSheetKind   kind;
  LimnRequest    *base;
  LimnInspection *inspection;
  LimnSheetAxis  *x_axis;
  LimnSheetAxis  *y_axis;
  LimnRequest    *known;
  char           *known_steps;
} LimnSheetIdea;

/** limn_sheet_idea_new: @base is taken over, as are the axes. What else there is is set by whoever knows it; @inspection must be. */
LimnSheetIdea *limn_sheet_idea_new  (LimnSheetKind   kind,
                                     LimnRequest    *base,
                                     LimnSheetAxis  *x_axis,
                                     LimnSheetAxis  *y_axis);
void           limn_sheet_idea_free (LimnSheetIdea  *idea);

/**
 * LimnSheetPlan:
 * @steps: (nullable): as LimnSheetIdea.known_steps
 * @n_run: steps that will be computed
 * @n_shared: steps that pictures have in common, which are computed once or are kept from before
 */
typedef struct
{
  LimnSheet *sheet;
  char      *steps;
  guint64    n_run;
  guint64    n_shared;
} LimnSheetPlan;

void           limn_sheet_plan_free (LimnSheetPlan  *plan);

/**
 * limn_sheet_plan_async:
 * @idea: taken over
 *
 * Makes the sheet and counts its steps, on a thread: of thousands of pictures that takes a second. Fails as limn_sheet_new() does. The
 * callback's source object is NULL.
 */
void           limn_sheet_plan_async  (LimnSheetIdea        *idea,
                                       GCancellable         *cancellable,
                                       GAsyncReadyCallback   callback,
                                       gpointer              data);
LimnSheetPlan *limn_sheet_plan_finish (GAsyncResult         *result,
                                       GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSheetIdea, limn_sheet_idea_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSheetPlan, limn_sheet_plan_free)

G_END_DECLS
