/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-blend-sketch.h"

#include "session/limn-session.h"

static void
paint (gpointer data, const LimnRequest *request, LimnBlendLevel level, GCancellable *cancellable, GAsyncReadyCallback callback,
       gpointer callback_data)
{
  limn_session_sketch_async (data, request, level == LIMN_BLEND_FINE ? LIMN_SKETCH_FINE : LIMN_SKETCH_COARSE, NULL, cancellable,
                             callback, callback_data);
}

static LimnImage *
finish (gpointer data, GAsyncResult *result, GError **error)
{
  return limn_session_sketch_finish (data, result, error);
}

const LimnBlendPainter limn_blend_sketch_painter = { paint, finish };
