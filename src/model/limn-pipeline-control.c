/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-pipeline-private.h"

#include "model/limn-control-file.h"

/* A ControlNet on the device. */
typedef struct
{
  LimnControlFile *file;
  LimnControlNet  *net;
} Loaded;

/* What speaks. */
typedef struct
{
  const Loaded *loaded;
  const float  *hint;
  float         strength;
} Use;

/* Of two samples, and of one: three prompts that are joined are a call of each. */
#define N_RESIDUALS 2

struct _LimnPipelineControls
{
  GPtrArray     *loaded;    /* Loaded */
  GArray        *uses;      /* Use */
  LimnResiduals *residuals[N_RESIDUALS]; /* (nullable): of the shapes that were computed last, the latest first */
};

static void
loaded_free (gpointer data)
{
  Loaded *loaded = data;

  g_clear_pointer (&loaded->net, limn_control_net_free);
  g_clear_pointer (&loaded->file, limn_control_file_free);
  g_free (loaded);
}

static LimnPipelineControls *
get_controls (LimnPipeline *pipeline)
{
  if (!pipeline->controls)
    {
      pipeline->controls = g_new0 (LimnPipelineControls, 1);
      pipeline->controls->loaded = g_ptr_array_new_with_free_func (loaded_free);
      pipeline->controls->uses = g_array_new (FALSE, FALSE, sizeof (Use));
    }
  return pipeline->controls;
}

void
limn_pipeline_clear_controls (LimnPipeline *pipeline)
{
  LimnPipelineControls *controls = g_steal_pointer (&pipeline->controls);

  if (!controls)
    return;
  g_array_unref (controls->uses);
  g_ptr_array_unref (controls->loaded);
  for (guint i = 0; i < N_RESIDUALS; i++)
    g_clear_pointer (&controls->residuals[i], limn_residuals_unref);
  g_free (controls);
}

/* (nullable) */
static Loaded *
find_loaded (LimnPipeline *pipeline,
             const char   *path)
{
  for (guint i = 0; pipeline->controls && i < pipeline->controls->loaded->len; i++)
    {
      Loaded *loaded = g_ptr_array_index (pipeline->controls->loaded, i);

      if (g_str_equal (loaded->file->path, path))
        return loaded;
    }
  return NULL;
}

static gboolean
load (LimnPipeline  *pipeline,
      const char    *path,
      GCancellable  *cancellable,
      GError       **error)
{
  Loaded *loaded = g_new0 (Loaded, 1);
  guint64 bytes = 0;

  loaded->file = limn_control_file_open (path, &limn_pipeline_get_facts (pipeline)->unet, error);
  if (loaded->file)
    limn_pipeline_make_room (pipeline, limn_control_file_get_bytes (loaded->file, pipeline->precision));
  if (loaded->file)
    loaded->net = limn_control_file_load (loaded->file, pipeline->gl, pipeline->precision, pipeline->arena, cancellable, &bytes, error);
  if (!loaded->net)
    {
      loaded_free (loaded);
      return FALSE;
    }
  g_debug ("%s: %" G_GUINT64_FORMAT " MiB of weights", loaded->file->name, bytes >> 20);
  g_ptr_array_add (get_controls (pipeline)->loaded, loaded);
  return TRUE;
}

/* Who looks at sketches without a ControlNet while a picture is painted with one would read it anew after each. */
static gboolean
has_room (const LimnPipeline *pipeline)
{
  return limn_gl_get_allocated_bytes (pipeline->gl) <= limn_gl_get_budget_bytes (pipeline->gl) / 2;
}

static gboolean
is_among (const char         *path,
          const char * const *paths,
          guint               n)
{
  for (guint i = 0; i < n; i++)
    if (g_str_equal (paths[i], path))
      return TRUE;
  return FALSE;
}

gboolean
limn_pipeline_load_controls (LimnPipeline        *pipeline,
                             const char * const  *paths,
                             guint                n,
                             GCancellable        *cancellable,
                             GError             **error)
{
  LimnPipelineControls *controls = pipeline->controls;
  gboolean roomy = has_room (pipeline);

  limn_pipeline_use_controls (pipeline, NULL, 0);
  /* First those that go: what comes may need their place. */
  for (guint i = controls && !roomy ? controls->loaded->len : 0; i > 0; i--)
    {
      const Loaded *loaded = g_ptr_array_index (controls->loaded, i - 1);

      if (!is_among (loaded->file->path, paths, n))
        g_ptr_array_remove_index (controls->loaded, i - 1);
    }
  for (guint i = 0; i < n; i++)
    if (!find_loaded (pipeline, paths[i]) && !load (pipeline, paths[i], cancellable, error))
      return FALSE;
  if (n == 0 && !roomy)
    limn_pipeline_clear_controls (pipeline);
  return TRUE;
}

void
limn_pipeline_use_controls (LimnPipeline         *pipeline,
                            const LimnControlUse *uses,
                            guint                 n)
{
  if (pipeline->controls)
    g_array_set_size (pipeline->controls->uses, 0);
  for (guint i = 0; i < n; i++)
    {
      const Use use = { find_loaded (pipeline, uses[i].path), uses[i].hint, uses[i].strength };

      g_return_if_fail (use.loaded);
      if (use.strength != 0)
        g_array_append_val (pipeline->controls->uses, use);
    }
}

/* What a pass of @net, loaded or declared, takes that it does not have yet; also what it plans. */
static gboolean
plan (LimnControlNet           *net,
      const LimnPipelineShape  *shape,
      guint64                  *bytes,
      guint64                  *peak_bytes,
      GError                  **error)
{
  g_auto(LimnPassNeed) need = { 0 };

  if (!limn_control_net_plan (net, shape->n, shape->unet_h, shape->unet_w, shape->tokens ? shape->tokens : LIMN_PROMPT_CHUNK_LENGTH, &need, error))
    return FALSE;
  *bytes += need.edge_bytes;
  for (guint i = 0; i < need.kept->len; i++)
    {
      const LimnGraphKept *kept = &g_array_index (need.kept, LimnGraphKept, i);

      if (limn_weights_get_kept_bytes (kept->owner) == 0)
        *bytes += kept->bytes;
    }
  *peak_bytes = MAX (*peak_bytes, need.peak_bytes);
  return TRUE;
}

/* (nullable) */
static LimnResiduals *
find_residuals (const LimnPipeline *pipeline,
                guint               n,
                guint               h,
                guint               w)
{
  for (guint i = 0; pipeline->controls && i < N_RESIDUALS; i++)
    {
      LimnResiduals *residuals = pipeline->controls->residuals[i];

      if (residuals && residuals->n == n && residuals->h == h && residuals->w == w)
        return residuals;
    }
  return NULL;
}

/* For what was never computed in this shape. */
static gboolean
make_room_for_passes (LimnPipeline         *pipeline,
                      const LimnUnetInput  *input,
                      GError              **error)
{
  const LimnPipelineShape shape = { .n = input->n, .tokens = input->tokens, .unet_h = input->h, .unet_w = input->w };
  guint64 bytes = limn_residuals_get_bytes (pipeline->precision, &limn_pipeline_get_facts (pipeline)->unet, input->n, input->h, input->w);
  guint64 arena = limn_arena_get_bytes (pipeline->arena), peak = 0;

  if (find_residuals (pipeline, input->n, input->h, input->w) || limn_gl_get_budget_bytes (pipeline->gl) == G_MAXUINT64)
    return TRUE;
  for (guint i = 0; i < pipeline->controls->uses->len; i++)
    if (!plan (g_array_index (pipeline->controls->uses, Use, i).loaded->net, &shape, &bytes, &peak, error))
      return FALSE;
  limn_pipeline_make_room (pipeline, bytes + (peak > arena ? peak - arena : 0));
  return TRUE;
}

/* Residuals stay, so that passes that are recorded for them do. (transfer none) */
static LimnResiduals *
get_residuals (LimnPipeline         *pipeline,
               const LimnUnetInput  *input,
               GError              **error)
{
  LimnResiduals **all = pipeline->controls->residuals;
  LimnResiduals *found = NULL;
  guint i;

  for (i = 0; i < N_RESIDUALS && !found; i++)
    if (all[i] && all[i]->n == input->n && all[i]->h == input->h && all[i]->w == input->w)
      found = g_steal_pointer (&all[i]);
  if (!found)
    {
      g_clear_pointer (&all[N_RESIDUALS - 1], limn_residuals_unref);
      found = limn_residuals_new (pipeline->gl, pipeline->precision, &limn_pipeline_get_facts (pipeline)->unet, input->n, input->h, input->w,
                                  error);
    }
  if (!found)
    return NULL;
  /* Those before its place move up. */
  for (i = N_RESIDUALS - 1; i > 0; i--)
    if (!all[i])
      all[i] = g_steal_pointer (&all[i - 1]);
  all[0] = found;
  return found;
}

gboolean
limn_pipeline_run_controls (LimnPipeline   *pipeline,
                            LimnUnetInput  *input,
                            GCancellable   *cancellable,
                            GError        **error)
{
  LimnPipelineControls *controls = pipeline->controls;
  guint n_channels = limn_pipeline_get_facts (pipeline)->unet.in_channels;
  LimnResiduals *residuals;

  if (!controls || controls->uses->len == 0)
    return TRUE;
  if (!make_room_for_passes (pipeline, input, error))
    return FALSE;
  residuals = get_residuals (pipeline, input, error);
  if (!residuals)
    return FALSE;
  residuals->empty = TRUE;
  for (guint i = 0; i < controls->uses->len; i++)
    {
      const Use *use = &g_array_index (controls->uses, Use, i);

      if (!limn_control_net_run (use->loaded->net, input, n_channels, use->hint, use->strength, residuals, cancellable, error))
        return FALSE;
    }
  input->residuals = residuals;
  return TRUE;
}

gboolean
limn_pipeline_add_controls_need (LimnPipeline        *pipeline,
                                 const char * const  *paths,
                                 guint                n,
                                 LimnPipelineShape   *shape,
                                 GError             **error)
{
  const LimnUnetConfig *unet = &limn_pipeline_get_facts (pipeline)->unet;
  /* With residuals of this shape all that is loaded was computed in it. */
  gboolean known = find_residuals (pipeline, shape->n, shape->unet_h, shape->unet_w) != NULL;
  guint64 sum = n > 0 && !known ? limn_residuals_get_bytes (pipeline->precision, unet, shape->n, shape->unet_h, shape->unet_w) : 0;
  guint64 peak = 0;

  for (guint i = 0; i < n; i++)
    {
      const Loaded *loaded = find_loaded (pipeline, paths[i]);
      g_autoptr(LimnControlFile) file = NULL;
      g_autoptr(LimnControlNet) declared = NULL;
      guint64 bytes, there = 0;

      if (is_among (paths[i], paths, i))
        continue;
      if (!loaded)
        {
          file = limn_control_file_open (paths[i], unet, error);
          declared = file ? limn_control_file_load (file, NULL, pipeline->precision, pipeline->arena, NULL, &bytes, error) : NULL;
          if (!declared)
            return FALSE;
          sum += bytes;
        }
      if (!plan (loaded ? loaded->net : declared, shape, loaded && known ? &there : &sum, &peak, error))
        return FALSE;
    }
  shape->beside_bytes += sum;
  shape->beside_peak_bytes = MAX (shape->beside_peak_bytes, peak);
  return TRUE;
}
