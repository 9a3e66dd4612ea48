/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-blend-page.h"
#include "app/limn-branches-page.h"
#include "app/limn-canvas.h"
#include "app/limn-filmstrip.h"
#include "app/limn-gallery.h"
#include "app/limn-notice.h"
#include "app/limn-paint-tools.h"
#include "app/limn-prompt-bar.h"
#include "app/limn-queue-panel.h"
#include "app/limn-settings-panel.h"
#include "app/limn-sheet-page.h"
#include "app/limn-window.h"

G_BEGIN_DECLS

struct _LimnWindow
{
  AdwApplicationWindow parent_instance;

  LimnStudio          *studio;
  LimnEasel           *easel;
  guint                inhibit_cookie;
  LimnJob             *last_run; /* (nullable) (unowned) */
  gboolean             loses_files; /* the artist has agreed to */

  GtkWidget           *box;
  AdwToastOverlay     *toasts;
  AdwToast            *toast; /* (nullable) (unowned): the last one, while it is shown or waits */
  AdwSqueezer         *title_squeezer;
  AdwWindowTitle      *title;
  GtkWidget           *status_squeezer;
  GtkMenuButton       *queue_button;
  GtkLabel            *queue_count;
  LimnQueuePanel      *queue_panel;
  LimnNotice          *trouble_notice;
  LimnNotice          *refused_notice;
  LimnNotice          *interrupted_notice;
  LimnNotice          *processor_notice;
  AdwFlap             *gallery_flap;
  LimnGallery         *gallery;
  AdwFlap             *settings_flap;
  LimnSettingsPanel   *settings_panel;
  AdwViewStack        *pages;
  LimnSheetPage       *sheet_page;
  LimnBlendPage       *blend_page;
  LimnBranchesPage    *branches_page;
  AdwViewSwitcherBar  *page_bar;
  GtkOverlay          *overlay;
  LimnCanvas          *canvas;
  GtkProgressBar      *progress;
  GtkWidget           *hint;
  LimnPaintTools      *paint_tools;
  GtkWidget           *go_on_button;
  GtkWidget           *view_tools;
  GtkWidget           *compare_button;
  GtkLabel            *zoom_label;
  GtkWidget           *live_button;
  LimnFilmstrip       *filmstrip;
  LimnPromptBar       *prompt_bar;
};

/* limn-window-source.c: what has to do with the picture to change */
void limn_window_watch_easel         (LimnWindow     *window);
/** limn_window_update_easel: tells it what is on the canvas now. */
void limn_window_update_easel        (LimnWindow     *window);
void limn_window_use_picture         (LimnWindow     *window);
void limn_window_pick_brush          (LimnWindow     *window);
/** limn_window_compare_source: the result, beside what it was made of; FALSE: what is on the canvas was not made of the picture to change. */
gboolean limn_window_compare_source  (LimnWindow     *window);
void limn_window_finish              (LimnWindow     *window,
                                      LimnFinish      finish,
                                      guint           factor);
void limn_window_load_mask           (LimnWindow     *window);
void limn_window_save_mask           (LimnWindow     *window);

/** limn_window_show_page: @page: "picture", "sheet", "blend" or "branches". Widgets inside activate "win.page" with that name. */
void limn_window_show_page           (LimnWindow     *window,
                                      const char     *page);

/** limn_window_install_actions: into the window's action map and its canvas' and filmstrip's keys. */
void limn_window_install_actions     (LimnWindow     *window);

/** limn_window_update_actions: which of them make sense now. */
void limn_window_update_actions      (LimnWindow     *window);

/** limn_window_can_use_picture: whether what is on the canvas is a whole picture that is not the one to change already. */
gboolean limn_window_can_use_picture (LimnWindow     *window);

/** limn_window_new_picture_chooser: to open a picture; it starts in the folder of what was made. */
GtkFileChooserNative *limn_window_new_picture_chooser (LimnWindow *window,
                                                       const char *title);

/** limn_window_set_accels: of every action of a window, once for the application. */
void limn_window_set_accels          (GtkApplication *application);

/** limn_window_new_shortcuts: the window that lists them, made from the same table. */
GtkWidget *limn_window_new_shortcuts (void);

G_END_DECLS
