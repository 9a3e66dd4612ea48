/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* The small decoder for previews beside the model's own parts: the last that was asked for stays. */

#include "model/limn-pipeline-private.h"

/* 1.2 million weights in F32, and as much again that Winograd keeps of them at most four times: 36 values for each 9. */
#define WEIGHT_BYTES (32 << 20)

void
limn_pipeline_clear_small (LimnPipeline *pipeline)
{
  g_clear_pointer (&pipeline->taesd, limn_taesd_free);
  g_clear_pointer (&pipeline->taesd_path, g_free);
}

static gboolean
load (LimnPipeline  *pipeline,
      const char    *path,
      GCancellable  *cancellable,
      GError       **error)
{
  if (g_strcmp0 (path, pipeline->taesd_path) == 0)
    return TRUE;
  limn_pipeline_clear_small (pipeline);
  limn_pipeline_make_room (pipeline, WEIGHT_BYTES);
  pipeline->taesd = limn_taesd_open (path, pipeline->gl, pipeline->precision, pipeline->arena, cancellable, error);
  if (!pipeline->taesd)
    return FALSE;
  pipeline->taesd_path = g_strdup (path);
  g_debug ("previews by %s", path);
  return TRUE;
}

static gboolean
make_room (LimnPipeline  *pipeline,
           guint          h,
           guint          w,
           GError       **error)
{
  guint64 arena = limn_arena_get_bytes (pipeline->arena);
  g_auto(LimnPassNeed) need = { 0 };
  guint64 kept = 0;

  if (limn_taesd_is_prepared (pipeline->taesd, h, w))
    return TRUE;
  if (!limn_taesd_plan (pipeline->taesd, h, w, &need, error))
    return FALSE;
  for (guint i = 0; i < need.kept->len; i++)
    kept += g_array_index (need.kept, LimnGraphKept, i).bytes;
  limn_pipeline_make_room (pipeline, need.edge_bytes + kept + (need.peak_bytes > arena ? need.peak_bytes - arena : 0));
  return TRUE;
}

gboolean
limn_pipeline_decode_small (LimnPipeline  *pipeline,
                            const char    *path,
                            guint          h,
                            guint          w,
                            const float   *x,
                            GCancellable  *cancellable,
                            guint8        *rgba,
                            GError       **error)
{
  return load (pipeline, path, cancellable, error) && make_room (pipeline, h, w, error)
         && limn_taesd_decode (pipeline->taesd, h, w, x, cancellable, rgba, NULL, error);
}
