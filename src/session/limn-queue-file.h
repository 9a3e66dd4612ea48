/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-sheet.h"

G_BEGIN_DECLS

/* Words of the file that this version writes; version 1, which had no "parent_steps" and no "sheet", is read too. */
#define LIMN_QUEUE_FILE_VERSION 2

/**
 * LimnKeptJob:
 * @name: of its pictures, without number and ".png"
 * @request: of a sheet: its base
 * @sheet: (nullable)
 * @parent_steps: (nullable): a UUID
 * @next: the first picture of the batch that was not painted
 * @unsaved: (element-type guint): those before it of which no file was known; ascending
 * @stopped: which picture is to be saved as it is; G_MAXUINT: none
 * @failed: (nullable): why it failed
 * @begun: there is a trajectory of the picture that comes next
 * @step, @n_steps: how far that one came; @n_steps is 0 where it cannot be read
 *
 * A job as it is kept. @begun, @step and @n_steps are found out by limn_queue_file_look_around().
 */
typedef struct
{
  char        *id;
  char        *name;
  LimnRequest *request;
  LimnSheet   *sheet;
  guint        n_pictures;
  char        *parent_steps;
  double       max_slowdown;
  guint        next;
  GArray      *unsaved;
  guint        stopped;
  char        *failed;
  gboolean     begun;
  guint        step;
  guint        n_steps;
} LimnKeptJob;

void       limn_kept_job_free (LimnKeptJob *job);

/**
 * LimnQueueFile:
 * @folders: (element-type utf8): where its pictures may lie
 * @jobs: (element-type LimnKeptJob): in order
 */
typedef struct
{
  GPtrArray *folders;
  GPtrArray *jobs;
} LimnQueueFile;

void           limn_queue_file_free  (LimnQueueFile  *file);

/** limn_queue_file_parse: strict; fails with LIMN_ERROR_FORMAT. */
LimnQueueFile *limn_queue_file_parse (GBytes         *bytes,
                                      GError        **error);

/**
 * limn_queue_file_lock:
 *
 * Makes @state_folder and locks it for as long as the descriptor that is returned stays open; the kernel drops the lock of a process that
 * is killed. Returns -1 with G_IO_ERROR_BUSY where another one has it. Waits for the disk, not for the other.
 */
int            limn_queue_file_lock  (const char     *state_folder,
                                      GError        **error);

/**
 * limn_queue_file_load:
 *
 * What is kept in @state_folder; one without jobs where there is no file. A file that cannot be understood is put aside and said in the error
 * (LIMN_ERROR_FORMAT). Other errors: it is there and could not be read.
 */
LimnQueueFile *limn_queue_file_load  (const char     *state_folder,
                                      GError        **error);

/**
 * limn_queue_file_look_around:
 * @folder: where pictures go now
 *
 * Holds what the file says against what is on the disk, since a program may be killed between writing a picture and noting it: pictures that
 * have their file are no longer unsaved, jobs that have all of them are dropped. Waits for the disk.
 */
void           limn_queue_file_look_around (LimnQueueFile *file,
                                            const char    *state_folder,
                                            const char    *folder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnQueueFile, limn_queue_file_free)

G_END_DECLS
