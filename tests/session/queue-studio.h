/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-keeper-private.h"
#include "session/limn-job-queue-private.h"
#include "stub-engine.h"

G_BEGIN_DECLS

/* A queue around a stub that paints, for its tests: in a folder of its own, with all that it tells. "Killed" is here: everything is dropped
 * without being told; what a real kill does to files is tested by the suite `crash`. */

/* Of the stub's own choice. */
#define STUDIO_N_STEPS 6

typedef struct
{
  char         *folder;
  char         *state;
  char         *pictures;
  StubLab       lab;
  LimnStash    *stash;
  LimnImage    *source;    /* (nullable): what the running job begins with */
  LimnSession  *session;
  LimnKeeper   *keeper;
  LimnJobQueue *queue;
  GString      *told;
  guint         n_saved;
  guint         n_ended;
  guint         n_remarks;
  GError       *error;    /* of the restore */
  gboolean      restored;
  guint         stop_after; /* steps of the running picture, then the queue is paused */
} Studio;

/** studio_on_restored: of limn_job_queue_restore_async(), with the Studio. */
void studio_on_restored (GObject *source, GAsyncResult *result, gpointer data);
void studio_open_unrestored (Studio *studio);
void studio_wait_restored (Studio *studio);
void studio_open (Studio *studio);
/* What the keeper has is written first: what is asked here is whether the kept state is enough, not how much of it there is. Pictures that
 * cannot be written are lost. */
void studio_kill (Studio *studio);
void studio_set_up (Studio *studio, gconstpointer data);
void studio_tear_down (Studio *studio, gconstpointer data);
LimnRequest *studio_request_new (const char *prompt, guint64 seed, guint count);
LimnJob *studio_add (Studio *studio, const char *prompt, guint64 seed, guint count);
void studio_wait_ended (Studio *studio, guint n);
void studio_allow (Studio *studio, guint n_steps);
void studio_wait_step (LimnJob *job, guint picture, guint step);
void studio_wait_idle (Studio *studio);
/* SHA-256 of the pixels that @request makes when nothing happens to it. */
char *studio_expect_pixels (const LimnRequest *request, guint picture);
GPtrArray *studio_list_pictures (Studio *studio);
/* There is exactly one file with the id of this picture; its recipe and its pixels are as they should be. @shown: 0: finished. */
void studio_assert_picture (Studio *studio, LimnJob *job, guint picture, guint shown);
guint studio_count_pictures (Studio *studio);
char *studio_read_queue_file (Studio *studio);
void studio_write_queue_file (Studio *studio, const char *text);
guint studio_count_jobs (Studio *studio);
LimnJob *studio_get_job (Studio *studio, guint i);
char *studio_steps_path (Studio *studio, LimnJob *job, guint picture);

G_END_DECLS
