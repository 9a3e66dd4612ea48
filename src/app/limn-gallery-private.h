/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-gallery.h"

#include "app/limn-gallery-model.h"

G_BEGIN_DECLS

struct _LimnGallery
{
  GtkWidget           parent_instance;

  LimnStudio         *studio;
  LimnGalleryModel   *model;
  GtkMultiSelection  *selection;
  GSimpleActionGroup *actions;

  gint64              menu_id;    /* of the picture whose menu is open, 0: none */
  guint               menu_source;
  GtkWidget          *focus_before; /* (nullable): what had the keyboard when the menu was opened; weak */
  gint64              shown_id;   /* the last that was put on the canvas from here */
  GPtrArray          *dragged;    /* (nullable) the paths of what is selected, when it is more than one picture */
  guint               selected;
  guint               select_next; /* position to select once the deleted are gone, GTK_INVALID_LIST_POSITION: none */
  GQueue              deleted;    /* of Deletion, the last one last */
  guint               n_deletions;
  GQueue              to_delete;  /* of paths, as soon as the folder was looked at */

  GtkWidget          *search_bar;
  GtkSearchEntry     *search;
  GtkToggleButton    *starred_only;
  GtkStack           *stack;
  GtkScrolledWindow  *scroller;
  GtkGridView        *grid;
  AdwStatusPage      *trouble_page;
  GtkRevealer        *selection_bar;
  GtkLabel           *selection_label;
  GtkPopoverMenu     *menu;
};

/** limn_gallery_actions_init: fills @self's group of actions and the keys of its grid. */
void     limn_gallery_actions_init    (LimnGallery     *self);
void     limn_gallery_actions_dispose (LimnGallery     *self);

/** limn_gallery_update_actions: which of them make sense for what they would act on. */
void     limn_gallery_update_actions  (LimnGallery     *self);

/** limn_gallery_dup_targets: (element-type gint64): what an action acts on. */
GArray  *limn_gallery_dup_targets     (LimnGallery     *self);

/** limn_gallery_show: puts the picture @id on the canvas. */
void     limn_gallery_show            (LimnGallery     *self,
                                       gint64           id);

/** limn_gallery_popup_menu: for the picture @id, at @x, @y of @widget. */
void     limn_gallery_popup_menu      (LimnGallery     *self,
                                       gint64           id,
                                       GtkWidget       *widget,
                                       double           x,
                                       double           y);

G_END_DECLS
