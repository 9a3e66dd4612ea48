/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

/* One widget of the window's edge in a window of its own, behind it the real studio with folders of its own. The queue is paused. */
typedef struct
{
  LimnStudio   *studio;
  LimnDraft    *draft;
  LimnJobQueue *queue;
  GtkWidget    *window;
  GtkWidget    *widget;
} Panel;

/* A new panel of @type with @set_studio; @width: of its window. */
void       panel_init  (Panel *panel,
                        GType  type,
                        void (*set_studio) (GtkWidget *widget, LimnStudio *studio),
                        int    width);
void       panel_clear (Panel *panel);

/* What a template calls @name, in @widget of exactly @type. */
#define part(widget, TYPE, name) gtk_widget_get_template_child (GTK_WIDGET (widget), TYPE, name)

/* Runs the main loop until @condition holds; 90 s are beyond what any of it needs, also where other programs have the cores. */
#define wait_until(condition) \
  G_STMT_START \
  { \
    gint64 end = g_get_monotonic_time () + 90 * G_USEC_PER_SEC; \
\
    while (!(condition)) \
      { \
        g_assert_cmpint (g_get_monotonic_time (), <, end); \
        run_for_a_moment (); \
      } \
  } \
  G_STMT_END

void       run_for_a_moment (void);
/* Until what hangs on timeouts of a tenth of a second has happened. */
void       settle           (void);
void       click            (gpointer button);
guint      get_uint         (gpointer object, const char *property);
double     get_double       (gpointer object, const char *property);
gboolean   get_boolean      (gpointer object, const char *property);
/* In the panel's window, in pixels. */
graphene_rect_t get_place   (Panel *panel, gpointer widget);
/* Whatever can have the focus in @widget, popovers and folded rows included, has a name for screen readers. */
void       assert_named     (gpointer widget);

void       test_prompt_bar_add     (void);
void       test_settings_panel_add (void);
void       test_models_add         (void);
void       test_queue_panel_add    (void);
