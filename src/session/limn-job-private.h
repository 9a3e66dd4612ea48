/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-job-queue.h"
#include "session/limn-reel.h"

G_BEGIN_DECLS

/* "stopped" while nothing was. */
#define LIMN_JOB_NONE G_MAXUINT

/**
 * LimnJob:
 * @sheet: (nullable): then @request is its base
 * @json: (nullable): of the sheet or the request; NULL where it cannot be kept: then nothing of this job is
 * @rest: (nullable) (element-type guint64): of a sheet: how many steps picture i and those after it have of their own
 * @name: of its pictures, without number and ".png"
 * @parent_steps: (nullable): the id of kept steps that its pictures may part from
 * @next: the first picture of the batch that was not painted
 * @redo: (element-type guint): those before it that an earlier program painted, but maybe did not save; to be done again, in order
 * @unsaved: (element-type guint): those that are painted and wait for the disk; kept with @redo as one list
 * @stopped: which picture is to be saved as it is, or LIMN_JOB_NONE
 * @cut: it ends before all of its pictures are there
 * @painted: one of its pictures was painted by this program
 * @first_steps: how many the picture that was begun last had before anybody steered it; 0: none was begun
 * @taken_up: any of its pictures may have been begun, by an earlier program or before one that could not be saved
 *
 * What follows belongs to the picture at hand:
 * @kept: (nullable): its newest trajectory, as bytes
 * @on_disk: there may be a trajectory in its file
 * @feed: (nullable): of the last run, which knows how the picture was begun
 * @last: (nullable): the last step that was done
 * @fingerprints: (element-type LimnFingerprint): from x_T up to @last
 *
 * Belongs to its queue, which alone changes it.
 */
struct _LimnJob
{
  GObject        parent_instance;

  char          *id;
  LimnRequest   *request;
  LimnSheet     *sheet;
  GArray        *rest;
  guint          n_pictures;
  char          *json;
  double         max_slowdown;
  char          *name;
  char          *parent_steps;

  LimnJobState   state;
  guint          picture;
  guint          step;
  guint          n_steps;
  double         seconds_left;
  char          *message;

  guint          next;
  GArray        *redo;
  GArray        *unsaved;
  guint          stopped;
  gboolean       cut;
  gboolean       painted;
  guint          first_steps;
  gboolean       taken_up;

  GBytes        *kept;
  gboolean       on_disk;
  LimnReel      *reel;
  LimnFeed      *feed;
  LimnStep      *last;
  GArray        *fingerprints;
};

/** limn_job_new: @id: (nullable): NULL: a new one; @name: (nullable): NULL: from the present time and the prompt */
LimnJob *limn_job_new              (const char        *id,
                                    const LimnRequest *request,
                                    double             max_slowdown,
                                    const char        *name);

LimnJob *limn_job_new_sheet        (const char        *id,
                                    LimnSheet         *sheet,
                                    double             max_slowdown,
                                    const char        *name);

/** limn_job_count_rest: how many pictures' worth of steps picture @picture and all after it have of their own: 2.5 where half of one is shared. */
double   limn_job_count_rest       (LimnJob           *job,
                                    guint              picture);

/** limn_job_foresee_steps: how many picture @picture will begin with; 0 where that is not known. */
guint    limn_job_foresee_steps    (LimnJob           *job,
                                    guint              picture);

/* Each notifies where something changes. */
void     limn_job_set_state        (LimnJob           *job,
                                    LimnJobState       state);
void     limn_job_set_progress     (LimnJob           *job,
                                    guint              picture,
                                    guint              step,
                                    guint              n_steps);
void     limn_job_set_seconds_left (LimnJob           *job,
                                    double             seconds);
void     limn_job_set_message      (LimnJob           *job,
                                    const char        *message);

/** limn_job_get_current: the picture that is to be painted now, or LIMN_JOB_NONE: all are. */
guint    limn_job_get_current      (LimnJob           *job);
/** limn_job_drop_picture: forgets what belongs to the picture at hand. */
void     limn_job_drop_picture     (LimnJob           *job);
/** limn_job_dup_file_name: of picture @picture, with ".png". */
char    *limn_job_dup_file_name    (LimnJob           *job,
                                    guint              picture);

/** limn_job_sort_pictures: @pictures: (element-type guint). */
void     limn_job_sort_pictures    (GArray            *pictures);

G_END_DECLS
