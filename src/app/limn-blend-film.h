/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-stash.h"
#include "session/limn-sequence-export.h"
#include "session/limn-session.h"

G_BEGIN_DECLS

/**
 * LimnBlendFilmProgress:
 * @done, @n: pictures that are painted, and that must be; when all are, frames that are written
 * @writing: whether it is these
 *
 * In the thread that limn_blend_film_async() was called in.
 */
typedef void (*LimnBlendFilmProgress) (guint     done,
                                       guint     n,
                                       gboolean  writing,
                                       gpointer  data);

/**
 * limn_blend_film_async:
 * @request: a mix, whose point is moved; copied
 * @sequence: (transfer full)
 * @path: where it goes; a number is appended where something is there already
 * @frame_ms: how long each frame is shown
 * @progress: not after @callback
 *
 * Paints the pictures of @sequence one by one, between the jobs of others, each to a temporary file with its recipe, and makes them a film. Whatever
 * happens, nothing but the film is left, and of a film that was not finished nothing. Fails as limn_sequence_export() and
 * limn_session_generate_async() do. The callback's source object is NULL.
 */
void  limn_blend_film_async  (LimnSession           *session,
                              LimnStash             *stash,
                              const LimnRequest     *request,
                              LimnSequence          *sequence,
                              LimnSequenceFormat     format,
                              const char            *path,
                              guint                  frame_ms,
                              LimnBlendFilmProgress  progress,
                              gpointer               progress_data,
                              GCancellable          *cancellable,
                              GAsyncReadyCallback    callback,
                              gpointer               data);

/** limn_blend_film_finish: Returns: (transfer full) (type filename): where the film is. */
char *limn_blend_film_finish (GAsyncResult          *result,
                              GError               **error);

G_END_DECLS
