/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-engine-control.h"

/* (element-type utf8): paths that @request names; borrowed */
static void
add_paths (GPtrArray *paths, const LimnRequest *request)
{
  for (guint i = 0; request->controls && i < request->controls->len; i++)
    g_ptr_array_add (paths, ((const LimnRequestControl *) g_ptr_array_index (request->controls, i))->model);
}

gboolean
limn_engine_control_load (LimnPipeline *pipeline, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  g_autoptr(GPtrArray) paths = g_ptr_array_new ();

  add_paths (paths, request);
  return limn_pipeline_load_controls (pipeline, (const char *const *) paths->pdata, paths->len, cancellable, error);
}

void
limn_engine_control_use (LimnPipeline *pipeline, const LimnEngineControl *controls, guint n)
{
  LimnControlUse uses[LIMN_REQUEST_MAX_CONTROLS];

  g_return_if_fail (n <= G_N_ELEMENTS (uses));

  for (guint i = 0; i < n; i++)
    uses[i] = (LimnControlUse){ controls[i].model, controls[i].hint, controls[i].strength };
  limn_pipeline_use_controls (pipeline, uses, n);
}

gboolean
limn_engine_control_add_need (LimnPipeline       *pipeline,
                              const LimnRequest  *request,
                              LimnPipelineShape  *shape,
                              GError            **error)
{
  g_autoptr(GPtrArray) paths = g_ptr_array_new ();

  for (const LimnRequest *from = request; from; from = from->branch ? from->branch->from : NULL)
    add_paths (paths, from);
  return limn_pipeline_add_controls_need (pipeline, (const char *const *) paths->pdata, paths->len, shape, error);
}
