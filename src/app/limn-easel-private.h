/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-easel.h"

G_BEGIN_DECLS

struct _LimnEasel
{
  GObject             parent_instance;

  LimnDraft          *draft;
  LimnStash          *stash;
  GSettings          *settings;
  GThreadPool        *pool; /* of one thread: what it is given is done in order */
  GSimpleActionGroup *actions;

  LimnImage          *picture; /* (nullable) */
  char               *id;      /* its */
  LimnMask           *mask;
  guint               watch;
  GCancellable       *reading; /* (nullable): of the picture that is to be the next */

  guint               keep_source;
  guint64             kept_serial;
  char               *frozen_id; /* (nullable): of the mask when it was last frozen */
  guint64             frozen_serial;
  double              coverage;

  guint               shown;
  LimnTool            tool;
  double              brush_size;
  double              brush_hardness;
  double              brush_flow;
  gboolean            pressure_size;
  gboolean            pressure_flow;
  double              fill_tolerance;
  gboolean            marks_shown;
  guint               marks_colour;
  double              marks_opacity;
  gboolean            marks_cells;

  /* limn-easel-strokes.c */
  gboolean            pressed;
  gboolean            erases;
  LimnStroke         *stroke;  /* (nullable) */
  GArray             *outline; /* LimnPoint */
};

/** LimnEaselWork: on the easel's thread; calls g_task_return_*(). */
typedef void (*LimnEaselWork) (GTask    *task,
                               gpointer  data);

/**
 * limn_easel_run: @work with @data, which the task owns, after all that was asked before. The task holds nothing of the easel's: a thread may be the
 * last to let it go.
 */
void limn_easel_run             (LimnEasel           *easel,
                                 LimnEaselWork        work,
                                 gpointer             data,
                                 GDestroyNotify       destroy,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             callback_data);

/** limn_easel_say_error: emits "said"; nothing for what was cancelled. */
void limn_easel_say_error       (LimnEasel           *easel,
                                 const GError        *error);

/** limn_easel_show_marks: the artist does something with the mask, and wants to see it. */
void limn_easel_show_marks      (LimnEasel           *easel);

/** limn_easel_end_stroke: keeps what was drawn. */
void limn_easel_end_stroke      (LimnEasel           *easel);

/* limn-easel-actions.c */
void limn_easel_install_actions (LimnEasel           *easel);
void limn_easel_update_actions  (LimnEasel           *easel);

G_END_DECLS
