/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"
#include "session/limn-import.h"

G_BEGIN_DECLS

struct _LimnStudio
{
  GObject       parent_instance;

  GSettings    *settings;
  LimnSession  *session;
  LimnKeeper   *keeper;
  LimnJobQueue *queue;
  LimnDraft    *draft;
  LimnStash    *stash;
  LimnEasel    *easel;
  char         *state_folder;
  gboolean      restored; /* it is known whose the state folder is, and what was in the queue */

  LimnReel     *live; /* (nullable): of the running job */
  LimnReel     *reel;
  LimnImage    *picture;
  char         *path;
  gboolean      following;
  LimnReel     *begun;          /* (nullable): that is shown without a step yet; with what was shown before it: */
  LimnReel     *before_reel;    /* (nullable) */
  LimnImage    *before_picture; /* (nullable) */
  char         *before_path;    /* (nullable) */
  GCancellable *opening; /* (nullable): of the picture that is being opened */
  gboolean      source_wanted; /* to be shown, as soon as the easel has it */
  char         *wanted_path;   /* (nullable): its file */
  LimnImage    *source_known;  /* (nullable) (unowned): the easel's picture, to compare with, of which @source_path is the file */
  char         *source_path;   /* (nullable) */

  char         *shown_id;      /* (nullable): of the steps of the picture that was opened last */

  guint         sweep_steps_source;
  GCancellable *sweeping_steps; /* (nullable) */
  gboolean      limit_holds;    /* that there is a limit on the kept steps was said before this start, or was agreed to */

  LimnModelLibrary *models;
  guint         models_source;
  guint         n_held; /* limn_studio_hold() */
  gboolean      closed;

  guint         keep_source;
  guint         inspect_source;
  GCancellable *inspecting; /* (nullable) */
  GCancellable *warming;    /* (nullable) */
  LimnRequest  *warmed;     /* (nullable): what for, while there is @warming */
  guint         reading_source;
  double        reading;
  char         *inspection_error;
  gboolean      lacks_vocabulary;
};

/** limn_studio_set_shown: each (nullable). */
void limn_studio_set_shown     (LimnStudio  *studio,
                                LimnReel    *reel,
                                LimnImage   *picture,
                                const char  *path);
void limn_studio_set_following (LimnStudio  *studio,
                                gboolean     following);
void limn_studio_stop_opening  (LimnStudio  *studio);

/* limn-studio-source.c */
void limn_studio_source_init    (LimnStudio *studio);
void limn_studio_source_dispose (LimnStudio *studio);
/** limn_studio_show_source_at_start: the picture to change, where there is one and nothing else to show. */
void limn_studio_show_source_at_start (LimnStudio *studio);
/** limn_studio_sweep_sources: on a thread, what nothing has named for a month; once what is kept is known. */
void limn_studio_sweep_sources  (LimnStudio *studio);

/** limn_studio_inspect_again: something outside of the draft has changed. */
void limn_studio_inspect_again  (LimnStudio *studio);

/* limn-studio-models.c */
/** limn_studio_find_model: which of the models here @request, of a picture that says @import, was painted with; another program's name of one that
 *  is not here stands for the model that is chosen. */
void limn_studio_find_model     (LimnStudio *studio, const LimnImport *import, LimnRequest *request);
void limn_studio_models_init    (LimnStudio *studio);
void limn_studio_models_dispose (LimnStudio *studio);

/* limn-studio-steps.c */
void limn_studio_steps_init     (LimnStudio *studio);
/** limn_studio_sweep_steps: what happens some seconds after a picture was saved: looks whether the kept steps take more than they may. */
void limn_studio_sweep_steps    (LimnStudio *studio);
void limn_studio_steps_dispose  (LimnStudio *studio);

G_END_DECLS
