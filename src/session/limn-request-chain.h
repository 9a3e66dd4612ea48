/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request.h"

G_BEGIN_DECLS

/* Pictures that share their beginning: which steps are the same follows from their requests alone. */

/**
 * LimnRequestSegment:
 * @request: in force; its branch, where it has one, says which noise is put in
 * @begin: it holds for the steps @begin + 1 and on, until the next segment's begin
 */
typedef struct
{
  const LimnRequest *request;
  guint              begin;
} LimnRequestSegment;

/**
 * limn_request_list_segments:
 *
 * What is in force at each step, first to last; the first begins at 0, and each one after the one before. A branch that is plain is not
 * there, nor what would have begun at or after the step at which a descendant parts. What the picture begins with is
 * limn_request_get_root()'s, who need not be there: a branch may part at step 0.
 *
 * Returns: (transfer full) (element-type LimnRequestSegment): borrows from @request
 */
GArray            *limn_request_list_segments (const LimnRequest *request);

/** limn_request_get_at: what is in force in step @step, counted from 1; of 0: what is in force in the first. Borrowed from @request. */
const LimnRequest *limn_request_get_at    (const LimnRequest *request,
                                           guint              step);

/** limn_request_get_root: the one without a branch from which all of it descends; maybe @request. */
const LimnRequest *limn_request_get_root  (const LimnRequest *request);

/** limn_request_get_begin: the first step that is its own alone, less one: where it parts from what it descends from; 0 without a branch. */
guint              limn_request_get_begin (const LimnRequest *request);

/**
 * LimnRequestPath:
 *
 * A request as the way that its latent takes: without all that has no effect on it (a negative prompt where there is no guidance, an eta that
 * the sampler does not obey, previews, a branch that changes nothing, an end of a mix that has no weight…). Immutable.
 */
typedef struct _LimnRequestPath LimnRequestPath;

/** limn_request_path_new: @request: nothing open. */
LimnRequestPath   *limn_request_path_new     (const LimnRequest     *request);
void               limn_request_path_free    (LimnRequestPath       *path);

/**
 * limn_request_path_count_shared:
 *
 * How many first steps are the same by construction; 0 where nothing is, or nothing but the start; G_MAXUINT: all of them, it is the same
 * picture. Whether the pictures have so many steps is not known here.
 */
guint              limn_request_path_count_shared (const LimnRequestPath *a,
                                                   const LimnRequestPath *b);

/** limn_request_path_same_start: whether both begin with the same latent. */
gboolean           limn_request_path_same_start   (const LimnRequestPath *a,
                                                   const LimnRequestPath *b);

/**
 * limn_request_path_compare:
 *
 * A total order in which paths stand as in a walk through the tree of their steps: of all that come before it, none shares more steps with
 * a path than the one just before it.
 */
int                limn_request_path_compare      (const LimnRequestPath *a,
                                                   const LimnRequestPath *b);

/* The same of requests, for a few of them. */
guint              limn_request_count_shared (const LimnRequest *a,
                                              const LimnRequest *b);
gboolean           limn_request_same_start   (const LimnRequest *a,
                                              const LimnRequest *b);
int                limn_request_compare_paths (const LimnRequest *a,
                                               const LimnRequest *b);

/** limn_request_list_hashes: limn_request_hash() of @request, of what it parts from, of what that parts from…; (transfer full) */
char             **limn_request_list_hashes  (const LimnRequest *request);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRequestPath, limn_request_path_free)

G_END_DECLS
