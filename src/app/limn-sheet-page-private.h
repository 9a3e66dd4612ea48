/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-sheet-page.h"

#include "app/limn-grid-panel.h"
#include "app/limn-sheet-run.h"
#include "app/limn-sheet-view.h"
#include "app/limn-variations-panel.h"

G_BEGIN_DECLS

struct _LimnSheetPage
{
  GtkWidget            parent_instance;

  GtkWidget           *flap;
  GtkWidget           *setup;
  GtkStack            *mode_stack;
  LimnVariationsPanel *variations;
  LimnGridPanel       *grid;
  GtkLabel            *pictures;
  GtkLabel            *cost;
  GtkButton           *paint_button;
  GtkLabel            *title;
  GtkLabel            *progress;
  GtkWidget           *tools;
  GtkWidget           *stop_button;
  GtkWidget           *continue_button;
  GtkStack            *stack;
  LimnSheetView       *view;
  GtkWidget           *menu;

  LimnStudio          *studio;
  GSimpleActionGroup  *actions;

  /* What is on the sheet. */
  LimnSheet           *sheet; /* (nullable) */
  LimnSheetRun        *run;   /* (nullable) */
  char                *steps; /* (nullable): the id of kept steps that its pictures part from */
  gboolean             adding; /* one of its own comes into the queue */
  GCancellable        *searching; /* (nullable): the pictures of a sheet that is to be shown */
  LimnSheetItem       *menu_item; /* (nullable): whose menu was opened last */
  GtkWidget           *focus_before; /* (nullable): what had the keyboard when the menu was opened; weak */

  /* What would be painted. */
  guint                plan_source;
  GCancellable        *planning; /* (nullable) */
  LimnSheetPlan       *plan;     /* (nullable) */
  GCancellable        *reading;  /* (nullable): the recipe of the picture that is shown */
};

/* limn-sheet-page.c */

/** limn_sheet_page_show: also at the next start. @steps: (nullable); @paths: (nullable): [pictures] (nullable) each. */
void limn_sheet_page_show           (LimnSheetPage   *self,
                                     LimnSheet       *sheet,
                                     const char      *job_id,
                                     const char      *steps,
                                     char           **paths);
/** limn_sheet_page_update: what is said of the sheet, and what can be done with it. */
void limn_sheet_page_update         (LimnSheetPage   *self);

/* limn-sheet-page-setup.c */
void limn_sheet_page_setup_init     (LimnSheetPage   *self);
void limn_sheet_page_setup_dispose  (LimnSheetPage   *self);
/** limn_sheet_page_plan_soon: something has changed in what would be painted. */
void limn_sheet_page_plan_soon      (LimnSheetPage   *self);
/** limn_sheet_page_paint: what is planned; asks before it is very much. */
void limn_sheet_page_paint          (LimnSheetPage   *self);

/* limn-sheet-page-cells.c */
void limn_sheet_page_open           (LimnSheetPage   *self,
                                     LimnSheetItem   *item);
void limn_sheet_page_toggle_star    (LimnSheetPage   *self,
                                     LimnSheetItem   *item);
void limn_sheet_page_popup_menu     (LimnSheetPage   *self,
                                     LimnSheetItem   *item,
                                     double           x,
                                     double           y);
/** limn_sheet_page_cells_init: adds what can be done with a cell to the actions, and the keys for it to the view. */
void limn_sheet_page_cells_init     (LimnSheetPage   *self);
/** limn_sheet_page_save: asks where to. */
void limn_sheet_page_save           (LimnSheetPage   *self);

G_END_DECLS
