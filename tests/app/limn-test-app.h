/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "limn-test-desktop.h"

#include "app/limn-application.h"
#include "app/limn-window-private.h"
#include "session/limn-recipe.h"

/**
 * LimnTestApp:
 * @toasts: (element-type utf8): what was said, in order
 * @saved: (element-type utf8): paths of the pictures that were saved, in order
 * @jobs: (element-type LimnJob): those that ended, in order
 *
 * The whole application in this process: a real window on a real display, the real engine behind it. It can be closed and
 * started again, and finds what the first has left, as it would the next morning.
 */
typedef struct
{
  LimnTestDesktop *desktop;
  LimnApplication *application;
  LimnWindow      *window;
  LimnStudio      *studio;
  LimnJobQueue    *queue;
  LimnDraft       *draft;
  GPtrArray       *toasts;
  GPtrArray       *saved;
  GPtrArray       *jobs;
  const char      *file; /* (nullable) (unowned): what the program is started with, from the next start on */
} LimnTestApp;

/* As fixture of a test: no file is there from before; a window is open. */
void         limn_test_app_set_up    (LimnTestApp   *app,
                                      gconstpointer  data);
void         limn_test_app_tear_down (LimnTestApp   *app,
                                      gconstpointer  data);

/** limn_test_app_start: the program begins; returns when its window has been drawn and what was kept has been read. */
void         limn_test_app_start     (LimnTestApp   *app);

/** limn_test_app_close: the artist closes the window; returns when the program has ended and nothing of it is left. */
void         limn_test_app_close     (LimnTestApp   *app);

/** limn_test_pump: one round of the main loop, waiting at most 10 ms. The test fails where it is still the same wait 90 s after
 * @start, saying @what it waited for: what it waits for takes seconds on two busy cores (the first picture of a process, whose
 * kernels have to be compiled: 4 s alone), so this bounds a test that hangs and says nothing of speed. */
void         limn_test_pump          (gint64         start,
                                      const char    *what,
                                      const char    *file,
                                      int            line,
                                      const char    *func);

/** limn_test_wait: the main loop runs until @condition is true. */
#define limn_test_wait(condition)                                                     \
  G_STMT_START                                                                        \
    {                                                                                 \
      gint64 start_ = g_get_monotonic_time ();                                        \
      while (!(condition))                                                            \
        limn_test_pump (start_, #condition, __FILE__, __LINE__, G_STRFUNC);           \
    }                                                                                 \
  G_STMT_END

/** limn_test_run_for: the main loop runs so long, whatever happens. */
void         limn_test_run_for       (double         seconds);

/**
 * limn_test_find:
 * @type: or G_TYPE_NONE: any
 * @name: (nullable): of the widget in its template, text of a button or label, or tooltip
 *
 * The first widget at or below @root, in the order in which Tab goes, which is drawn or not. Returns: (nullable)
 */
GtkWidget   *limn_test_find          (GtkWidget     *root,
                                      GType          type,
                                      const char    *name);

/** limn_test_find_message: (nullable): the message that asks for an answer. */
AdwMessageDialog *limn_test_find_message (void);

/** limn_test_get_prompt_view: where the prompt is typed. */
GtkTextView *limn_test_get_prompt_view (LimnTestApp *app);

/** limn_test_type: replaces the text of @view as typing does. */
void         limn_test_type          (GtkTextView   *view,
                                      const char    *text);

/** limn_test_click: waits until the button called @name below @root is to be seen and can be pressed, and presses it. */
void         limn_test_click         (GtkWidget     *root,
                                      const char    *name);

/** limn_test_drop: the file @path is dropped on @widget, which takes files. Returns: whether it took this one. */
gboolean     limn_test_drop          (GtkWidget     *widget,
                                      const char    *path);

/** limn_test_activate: an action of the window, which must be enabled. */
void         limn_test_activate      (LimnTestApp   *app,
                                      const char    *action);

/** limn_test_set_small: fields for a picture of @side pixels in @steps steps, with @seed, which stays. */
void         limn_test_set_small     (LimnTestApp   *app,
                                      guint          side,
                                      guint          steps,
                                      guint64        seed);

/** limn_test_paint: types @prompt, presses the button, waits for the file. Returns: (transfer full): its path. */
char        *limn_test_paint         (LimnTestApp   *app,
                                      const char    *prompt);

/** limn_test_count_files: in a folder, that end with @suffix; 0 where there is no folder. */
guint        limn_test_count_files   (const char    *folder,
                                      const char    *suffix);

/** limn_test_load: the pixels of a PNG. */
LimnImage   *limn_test_load          (const char    *path);

/** limn_test_load_recipe: what a PNG of ours says of itself, which nobody has changed. */
LimnRecipe  *limn_test_load_recipe   (const char    *path);

/** limn_test_assert_same_pixels: @a, @b: an RGB image counts as opaque RGBA. */
#define limn_test_assert_same_pixels(a, b) limn_test_compare_pixels ((a), (b), TRUE, __FILE__, __LINE__, G_STRFUNC)
#define limn_test_assert_other_pixels(a, b) limn_test_compare_pixels ((a), (b), FALSE, __FILE__, __LINE__, G_STRFUNC)
void         limn_test_compare_pixels (LimnImage    *a,
                                       LimnImage    *b,
                                       gboolean      same,
                                       const char   *file,
                                       int           line,
                                       const char   *func);

/** limn_test_draw: what @widget looks like now, drawn as the window draws it. Returns: (transfer full) (nullable): NULL: nothing. */
GdkTexture  *limn_test_draw          (GtkWidget     *widget);
