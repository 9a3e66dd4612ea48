/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-canvas.h"
#include "app/limn-filmstrip.h"
#include "app/limn-gallery.h"
#include "app/limn-notice.h"
#include "app/limn-prompt-bar.h"
#include "app/limn-queue-panel.h"
#include "app/limn-settings-panel.h"
#include "app/limn-window.h"

G_BEGIN_DECLS

struct _LimnWindow
{
  AdwApplicationWindow parent_instance;

  LimnStudio          *studio;
  LimnImage           *shown;
  guint                inhibit_cookie;
  gboolean             loses_files; /* the artist has agreed to */

  AdwToastOverlay     *toasts;
  AdwToast            *toast; /* (nullable) (unowned): the last one, while it is shown or waits */
  AdwWindowTitle      *title;
  GtkMenuButton       *queue_button;
  GtkLabel            *queue_count;
  LimnQueuePanel      *queue_panel;
  LimnNotice          *trouble_notice;
  LimnNotice          *interrupted_notice;
  LimnNotice          *processor_notice;
  AdwFlap             *gallery_flap;
  LimnGallery         *gallery;
  AdwFlap             *settings_flap;
  LimnSettingsPanel   *settings_panel;
  GtkOverlay          *overlay;
  LimnCanvas          *canvas;
  GtkProgressBar      *progress;
  GtkWidget           *hint;
  GtkWidget           *view_tools;
  GtkLabel            *zoom_label;
  GtkWidget           *live_button;
  LimnFilmstrip       *filmstrip;
  LimnPromptBar       *prompt_bar;
};

/** limn_window_install_actions: into the window's action map and its canvas' and filmstrip's keys. */
void limn_window_install_actions     (LimnWindow     *window);

/** limn_window_update_actions: which of them make sense now. */
void limn_window_update_actions      (LimnWindow     *window);

/** limn_window_set_accels: of every action of a window, once for the application. */
void limn_window_set_accels          (GtkApplication *application);

/** limn_window_new_shortcuts: the window that lists them, made from the same table. */
GtkWidget *limn_window_new_shortcuts (void);

G_END_DECLS
