/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-request.h"

G_BEGIN_DECLS

/**
 * limn_request_find_name:
 * @names: NULL-terminated
 * @what: what they are names of, for the error
 * @index: (out): where @name stands
 *
 * Fails with LIMN_ERROR_INVALID, listing the names.
 */
gboolean limn_request_find_name (const char *const *names,
                                 const char        *what,
                                 const char        *name,
                                 guint             *index,
                                 GError           **error);

/** limn_request_prediction_get_name: what limn_request_prediction_from_name() reads. */
const char        *limn_request_prediction_get_name (LimnPrediction prediction);

/** limn_request_fold_home: "~" stands for the home folder, lest a file that is given away tell whose it was. (nullable) (transfer full) */
char              *limn_request_fold_home    (const char              *path);
char              *limn_request_unfold_home  (const char              *path);

/** LimnRequestReading: how far a reader is: what a text may nest is bounded before it is followed. Zeroed at the start. */
typedef struct
{
  guint depth;
  guint n_requests;
} LimnRequestReading;

/** limn_request_read: an object and all in it. No limn_request_check(). Returns: (transfer full) */
LimnRequest       *limn_request_read         (LimnJson                *json,
                                              LimnRequestReading      *reading,
                                              GError                 **error);
/** limn_request_write: @picture_only: what limn_request_hash() is of. */
void               limn_request_write        (const LimnRequest       *request,
                                              LimnJsonText            *text,
                                              const char              *key,
                                              gboolean                 picture_only);

/* The parts of both; @branch, @mix: (nullable): null. Reading: FALSE with @error set; null leaves NULL. */
void               limn_request_branch_write (const LimnRequestBranch *branch,
                                              LimnJsonText            *text,
                                              gboolean                 picture_only);
gboolean           limn_request_branch_read  (LimnJson                *json,
                                              LimnRequestReading      *reading,
                                              LimnRequestBranch      **branch,
                                              GError                 **error);
void               limn_request_mix_write    (const LimnRequestMix    *mix,
                                              LimnJsonText            *text,
                                              gboolean                 picture_only);
gboolean           limn_request_mix_read     (LimnJson                *json,
                                              LimnRequestReading      *reading,
                                              LimnRequestMix         **mix,
                                              GError                 **error);

/** limn_request_branch_check, limn_request_mix_check: @request: with a branch, with a mix: parts of limn_request_check(). */
gboolean           limn_request_branch_check (const LimnRequest       *request,
                                              GError                 **error);
gboolean           limn_request_mix_check    (const LimnRequest       *request,
                                              GError                 **error);

/** limn_request_read_seed: a string of decimal digits. */
gboolean           limn_request_read_seed    (LimnJson                *json,
                                              const char              *key,
                                              guint64                 *seed,
                                              GError                 **error);
void               limn_request_write_seed   (LimnJsonText            *text,
                                              const char              *key,
                                              guint64                  seed);

/** limn_request_check_path: that @path (nullable, type filename) can be said in JSON; @what: "The model", for the error. */
gboolean           limn_request_check_path   (const char              *what,
                                              const char              *path,
                                              GError                 **error);

/** limn_request_check_keys: that @json has each of @keys and no other; @what: "a source", for the error. */
gboolean           limn_request_check_keys   (LimnJson                *json,
                                              const char *const       *keys,
                                              const char              *what,
                                              GError                 **error);

G_END_DECLS
