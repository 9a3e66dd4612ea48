/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-blend-page.h"

#include "app/limn-blend-figure.h"
#include "app/limn-blend-layout.h"
#include "app/limn-blend-pad.h"
#include "app/limn-blend-slot.h"
#include "app/limn-blend-view.h"

G_BEGIN_DECLS

struct _LimnBlendPage
{
  GtkWidget           parent_instance;

  GtkWidget          *scroller;
  GtkWidget          *stage;
  LimnBlendLayout    *layout;
  LimnBlendView      *view;
  GtkWidget          *hint;
  GtkWidget          *state_box;
  GtkSpinner         *spinner;
  GtkLabel           *state_label;
  LimnBlendPad       *pad;
  LimnBlendSlot      *slot_a;
  LimnBlendSlot      *slot_b;
  LimnBlendSlot      *slot_c;
  LimnBlendSlot      *slot_d;
  GtkWidget          *blocked;
  GtkLabel           *message;
  GtkWidget          *paint_ends_button;
  GtkLabel           *note;
  GtkFlowBox         *ways;
  GtkToggleButton    *way_imagined;
  GtkToggleButton    *way_diffused;
  GtkToggleButton    *way_straight;
  LimnBlendFigure    *figure_diffused;
  GtkRevealer        *strength_revealer;
  GtkWidget          *strength_scale;
  GtkAdjustment      *strength_adjustment;
  GtkRevealer        *words_revealer;
  GtkWidget          *words_entry;
  GtkToggleButton    *two_button;
  GtkToggleButton    *four_button;

  LimnStudio         *studio;
  LimnBlend          *blend;
  LimnBlendPreview   *preview;
  GSimpleActionGroup *actions;
  guint               tried_ends;  /* bits: whose words cannot be sketched */
  gboolean            filling;     /* something that nobody waits for is being sketched: */
  guint               filling_end; /* an end, LIMN_BLEND_MAX_ENDS: a place of the map */
  double              filling_u;
  double              filling_v;
  LimnJob            *end_jobs[LIMN_BLEND_MAX_ENDS]; /* (nullable): that paint the words of ends */
};

/* limn-blend-page-paint.c: what becomes jobs */
/** limn_blend_page_install_paint: into the group of actions. */
void limn_blend_page_install_paint (LimnBlendPage *page);
/** limn_blend_page_watch_paint: once the studio is set. */
void limn_blend_page_watch_paint   (LimnBlendPage *page);
/** limn_blend_page_paint_end: the words of end @index. */
void limn_blend_page_paint_end     (LimnBlendPage *page,
                                    guint          index);

G_END_DECLS
