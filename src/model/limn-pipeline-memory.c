/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* What limn-residency.c decides, done: parts are loaded when they are used, and what is not being used makes room when there is none. So
 * a forecast (limn_pipeline_get_shape_need()) and what happens later need not know of each other: both follow the same order. On a
 * device with room everything is loaded at once and stays. */

#include "model/limn-pipeline-private.h"

#include "base/limn-error.h"
#include "model/limn-slabs.h"

#include <string.h>

/* What was planned of one pass. Recording it again takes as long each time, and a person who looks for a size asks for a dozen. */
typedef struct
{
  LimnResident resident;
  guint        n;
  guint        h;
  guint        w;
  guint        tokens;
  gboolean     tight;
  LimnPassNeed need;
} PlannedPass;

/* Of 30 sizes: a UNet's, a decoder's, an encoder's, with slabs and without. */
#define MAX_PLANNED 180

gpointer *
limn_pipeline_get_network (LimnPipeline *pipeline,
                           LimnResident  resident)
{
  switch (resident)
    {
    case LIMN_RESIDENT_TEXT:
    case LIMN_RESIDENT_TEXT_2:
      return (gpointer *) &pipeline->texts[resident - LIMN_RESIDENT_TEXT];
    case LIMN_RESIDENT_UNET:
      return (gpointer *) &pipeline->unet;
    case LIMN_RESIDENT_DECODER:
      return (gpointer *) &pipeline->decoder;
    case LIMN_RESIDENT_ENCODER:
    default:
      return (gpointer *) &pipeline->encoder;
    }
}

static gboolean
is_loaded (LimnPipeline *pipeline,
           LimnResident  resident)
{
  return *limn_pipeline_get_network (pipeline, resident) != NULL;
}

guint64
limn_pipeline_get_weight_bytes (const LimnPipeline *pipeline)
{
  guint64 bytes = 0;

  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    if (is_loaded ((LimnPipeline *) pipeline, i))
      bytes += pipeline->weights[i];
  return bytes;
}

/* With what convolutions keep, or will. */
static guint64
get_part_bytes (const LimnPipeline *pipeline,
                LimnResident        resident)
{
  return pipeline->weights[resident] + pipeline->kept[resident];
}

void
limn_pipeline_unload (LimnPipeline *pipeline,
                      LimnResident  resident)
{
  switch (resident)
    {
    case LIMN_RESIDENT_TEXT:
    case LIMN_RESIDENT_TEXT_2:
      limn_pipeline_forget_records (pipeline, LIMN_LORA_TEXT + (resident - LIMN_RESIDENT_TEXT));
      g_clear_pointer (&pipeline->texts[resident - LIMN_RESIDENT_TEXT], limn_text_encoder_free);
      break;
    case LIMN_RESIDENT_UNET:
      limn_pipeline_forget_records (pipeline, LIMN_LORA_UNET);
      g_clear_pointer (&pipeline->unet, limn_unet_free);
      break;
    case LIMN_RESIDENT_DECODER:
      g_clear_pointer (&pipeline->decoder, limn_vae_free);
      break;
    case LIMN_RESIDENT_ENCODER:
    default:
      g_clear_pointer (&pipeline->encoder, limn_vae_free);
    }
}

static void
set_slabs (LimnPipeline *pipeline)
{
  guint64 bytes = pipeline->tight ? LIMN_SLAB_BYTES : 0;

  if (pipeline->decoder)
    limn_vae_set_slabs (pipeline->decoder, bytes);
  if (pipeline->encoder)
    limn_vae_set_slabs (pipeline->encoder, bytes);
}

/* From WHOLE to SLABS, and never back: who needed it once will again. */
static void
tighten (LimnPipeline *pipeline)
{
  g_debug ("the VAE goes in slabs from here on");
  pipeline->tight = TRUE;
  set_slabs (pipeline);
}

static gboolean
fits (const LimnPipeline *pipeline,
      guint64             more)
{
  guint64 limit = limn_gl_get_budget_bytes (pipeline->gl), in_use = limn_gl_get_allocated_bytes (pipeline->gl);

  return limit == G_MAXUINT64 || (in_use <= limit && more <= limit - in_use);
}

/* Lets go of one thing that @resident does not need. Returns FALSE when there is nothing left. */
static gboolean
let_go (LimnPipeline *pipeline,
        LimnResident  resident)
{
  guint loaded = 0;
  int next;

  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    if (is_loaded (pipeline, i))
      loaded |= 1u << i;
  next = limn_residency_next_to_go (loaded, 1u << resident);
  if (next < 0)
    return FALSE;
  g_debug ("part %d of the model makes room for part %d", next, resident);
  limn_pipeline_unload (pipeline, next);
  return TRUE;
}

static void
clear_way (LimnPipeline *pipeline,
           LimnResident  resident,
           guint64       bytes)
{
  if (!fits (pipeline, bytes))
    limn_arena_trim (pipeline->arena);
  if (!fits (pipeline, bytes) && !pipeline->tight)
    tighten (pipeline);
  while (!fits (pipeline, bytes) && let_go (pipeline, resident))
    ;
}

void
limn_pipeline_make_room (LimnPipeline *pipeline,
                         guint64       bytes)
{
  clear_way (pipeline, LIMN_RESIDENT_UNET, bytes);
}

static gboolean
load (LimnPipeline  *pipeline,
      LimnResident   resident,
      GCancellable  *cancellable,
      GError       **error)
{
  if (is_loaded (pipeline, resident))
    return TRUE;
  clear_way (pipeline, resident, get_part_bytes (pipeline, resident));
  if (!limn_pipeline_load_part (pipeline, resident, pipeline->gl, cancellable, error))
    return FALSE;
  pipeline->grown[resident] = 0;
  pipeline->bare[resident] = pipeline->kept[resident] > 0;
  set_slabs (pipeline);
  return TRUE;
}

static gboolean
record (LimnPipeline  *pipeline,
        PlannedPass   *pass,
        GError       **error)
{
  switch (pass->resident)
    {
    case LIMN_RESIDENT_TEXT:
    case LIMN_RESIDENT_TEXT_2:
      return limn_text_encoder_prepare (pipeline->texts[pass->resident - LIMN_RESIDENT_TEXT], &pass->need, error);
    case LIMN_RESIDENT_UNET:
      return limn_unet_plan (pipeline->unet, pass->n, pass->h, pass->w, pass->tokens, &pass->need, error);
    case LIMN_RESIDENT_DECODER:
    case LIMN_RESIDENT_ENCODER:
    default:
      return limn_vae_plan (*limn_pipeline_get_network (pipeline, pass->resident), pass->n, pass->h, pass->w, pass->tight ? LIMN_SLAB_BYTES : 0,
                            &pass->need, error);
    }
}

/* Loads the part if it is not there. */
static gboolean
plan_pass (LimnPipeline  *pipeline,
           PlannedPass   *pass,
           GCancellable  *cancellable,
           GError       **error)
{
  g_autoptr(GError) local = NULL;
  guint64 before, after;

  for (guint i = 0; i < pipeline->needs->len; i++)
    {
      const PlannedPass *other = &g_array_index (pipeline->needs, PlannedPass, i);

      if (other->resident == pass->resident && other->n == pass->n && other->h == pass->h && other->w == pass->w
          && other->tokens == pass->tokens && other->tight == pass->tight)
        {
          pass->need = other->need;
          return TRUE;
        }
    }
  if (!load (pipeline, pass->resident, cancellable, error))
    return FALSE;
  before = limn_gl_get_allocated_bytes (pipeline->gl);
  /* Convolutions may keep something. */
  while (!record (pipeline, pass, &local))
    {
      if (!g_error_matches (local, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY) || !let_go (pipeline, pass->resident))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      g_clear_error (&local);
      before = MIN (before, limn_gl_get_allocated_bytes (pipeline->gl));
    }
  after = limn_gl_get_allocated_bytes (pipeline->gl);
  pipeline->grown[pass->resident] += after - MIN (before, after);
  pipeline->kept[pass->resident] = MAX (pipeline->kept[pass->resident], pipeline->grown[pass->resident]);
  if (pipeline->needs->len == MAX_PLANNED)
    g_array_remove_index (pipeline->needs, 0);
  g_array_append_val (pipeline->needs, *pass);
  return TRUE;
}

static gboolean
is_prepared (LimnPipeline      *pipeline,
             const PlannedPass *pass)
{
  switch (pass->resident)
    {
    case LIMN_RESIDENT_TEXT:
    case LIMN_RESIDENT_TEXT_2:
      return TRUE;
    case LIMN_RESIDENT_UNET:
      return pipeline->unet && limn_unet_is_prepared (pipeline->unet, pass->n, pass->h, pass->w, pass->tokens);
    case LIMN_RESIDENT_DECODER:
      return pipeline->decoder && limn_vae_is_prepared (pipeline->decoder, pass->n, pass->h, pass->w);
    case LIMN_RESIDENT_ENCODER:
    default:
      return pipeline->encoder && limn_vae_is_prepared (pipeline->encoder, pass->n, pass->h, pass->w);
    }
}

/* Bytes that @pass will take beyond what is allocated. */
static guint64
get_more (LimnPipeline      *pipeline,
          const PlannedPass *pass)
{
  guint64 arena = limn_arena_get_bytes (pipeline->arena);
  guint64 more = pass->need.peak_bytes > arena ? pass->need.peak_bytes - arena : 0;

  if (is_prepared (pipeline, pass))
    return more;
  return more + pass->need.edge_bytes + (pipeline->bare[pass->resident] ? pipeline->kept[pass->resident] : 0);
}

gboolean
limn_pipeline_need (LimnPipeline  *pipeline,
                    LimnResident   resident,
                    guint          n,
                    guint          h,
                    guint          w,
                    guint          tokens,
                    GCancellable  *cancellable,
                    GError       **error)
{
  PlannedPass pass = { .resident = resident, .n = n, .h = h, .w = w, .tokens = tokens };

  pass.tight = pipeline->tight && resident > LIMN_RESIDENT_TEXT_2;

  if (!load (pipeline, resident, cancellable, error))
    return FALSE;
  if (limn_gl_get_budget_bytes (pipeline->gl) == G_MAXUINT64)
    return TRUE;
  if (!plan_pass (pipeline, &pass, cancellable, error))
    return FALSE;
  if (!fits (pipeline, get_more (pipeline, &pass)) && !pipeline->tight)
    {
      tighten (pipeline);
      pass.tight = resident > LIMN_RESIDENT_TEXT_2;
      if (!plan_pass (pipeline, &pass, cancellable, error))
        return FALSE;
    }
  if (is_prepared (pipeline, &pass))
    pipeline->bare[resident] = FALSE;
  /* An arena that grew for another pass is in pieces that this one may not use. */
  if (!fits (pipeline, get_more (pipeline, &pass)))
    limn_arena_trim (pipeline->arena);
  while (!fits (pipeline, get_more (pipeline, &pass)) && let_go (pipeline, resident))
    ;
  return TRUE;
}

/* Unless there is room for the largest part alone, say so before hundreds of megabytes are uploaded. */
static gboolean
check_room (LimnPipeline  *pipeline,
            GError       **error)
{
  guint64 in_use = limn_gl_get_allocated_bytes (pipeline->gl), limit = limn_gl_get_budget_bytes (pipeline->gl), most = 0;

  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    most = MAX (most, pipeline->weights[i]);
  if (fits (pipeline, most))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY,
               "The model “%s” is too large for this device: it needs %" G_GUINT64_FORMAT " MiB beside %"
               G_GUINT64_FORMAT " MiB in use, of %" G_GUINT64_FORMAT " MiB", limn_model_get_facts (pipeline->model)->name, most >> 20,
               in_use >> 20, limit >> 20);
  return FALSE;
}

gboolean
limn_pipeline_memory_begin (LimnPipeline  *pipeline,
                            GCancellable  *cancellable,
                            GError       **error)
{
  /* In the order in which they are used. What has no room beside those before it waits until it is needed. */
  static const LimnResident order[] = { LIMN_RESIDENT_TEXT, LIMN_RESIDENT_TEXT_2, LIMN_RESIDENT_UNET, LIMN_RESIDENT_DECODER };

  pipeline->needs = g_array_new (FALSE, FALSE, sizeof (PlannedPass));
  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    {
      if (i == LIMN_RESIDENT_TEXT_2 && !limn_model_has_part (pipeline->model, LIMN_MODEL_TEXT_ENCODER_2))
        continue;
      if (!limn_pipeline_load_part (pipeline, i, NULL, cancellable, error))
        return FALSE;
      limn_pipeline_unload (pipeline, i);
    }
  if (!check_room (pipeline, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    if (pipeline->weights[order[i]] > 0 && fits (pipeline, pipeline->weights[order[i]])
        && !load (pipeline, order[i], cancellable, error))
      return FALSE;
  return TRUE;
}

/* The passes on the way to one picture, as one plans them: @tight or not. */
static gboolean
plan_shape (LimnPipeline             *pipeline,
            const LimnPipelineShape  *shape,
            gboolean                  tight,
            LimnResidencyNeed        *need,
            GError                  **error)
{
  /* Text encoders first, while they are there; they have no large layers. */
  PlannedPass passes[] = {
    { LIMN_RESIDENT_TEXT, 1, 0, 0, 0, FALSE, { 0 } },
    { LIMN_RESIDENT_TEXT_2, 1, 0, 0, 0, FALSE, { 0 } },
    { LIMN_RESIDENT_UNET, shape->n, shape->unet_h, shape->unet_w, shape->tokens, tight, { 0 } },
    { LIMN_RESIDENT_DECODER, 1, shape->decoder_h, shape->decoder_w, 0, tight, { 0 } },
    { LIMN_RESIDENT_ENCODER, 1, shape->encoder_h, shape->encoder_w, 0, tight, { 0 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (passes); i++)
    {
      PlannedPass *pass = &passes[i];
      LimnResident resident = pass->resident;

      if (pipeline->weights[resident] == 0 || (resident == LIMN_RESIDENT_ENCODER && shape->encoder_h == 0))
        continue;
      if (!plan_pass (pipeline, pass, NULL, error))
        return FALSE;
      need->weights[resident] = get_part_bytes (pipeline, resident);
      need->edges[resident] = is_prepared (pipeline, pass) ? 0 : pass->need.edge_bytes;
      (tight ? need->tight_peaks : need->peaks)[resident] = pass->need.peak_bytes;
    }
  return TRUE;
}

/* After planning, which may have loaded something. */
static void
find_other (LimnPipeline            *pipeline,
            const LimnPipelineShape *shape,
            LimnResidencyNeed       *need)
{
  guint64 in_use = limn_gl_get_allocated_bytes (pipeline->gl), known = limn_arena_get_bytes (pipeline->arena);

  need->arena = known;
  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    if (is_loaded (pipeline, i))
      known += get_part_bytes (pipeline, i);
  /* What a part keeps is known before it is there, when it was loaded once before. */
  need->other = (in_use > known ? in_use - known : 0) + shape->beside_bytes;
}

/* Where there is not even room for what convolutions keep, nothing else needs to be planned: after an error of another kind FALSE. */
static gboolean
say_none (LimnPipeline      *pipeline,
          guint64           *need_bytes,
          guint64           *limit_bytes,
          LimnPipelinePlan  *plan,
          GError            *cause,
          GError           **error)
{
  guint64 limit = limn_gl_get_budget_bytes (pipeline->gl), most = 0;

  if (!g_error_matches (cause, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY))
    {
      g_propagate_error (error, cause);
      return FALSE;
    }
  g_error_free (cause);
  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    most = MAX (most, get_part_bytes (pipeline, i));
  *need_bytes = MAX (most, limit + 1);
  *limit_bytes = limit;
  if (plan)
    *plan = LIMN_PLAN_NONE;
  return TRUE;
}

gboolean
limn_pipeline_get_shape_need (LimnPipeline             *pipeline,
                              const LimnPipelineShape  *shape,
                              guint64                  *need_bytes,
                              guint64                  *limit_bytes,
                              LimnPipelinePlan         *plan,
                              GError                  **error)
{
  guint64 limit = limn_gl_get_budget_bytes (pipeline->gl);
  LimnPipelineShape asked = *shape;
  LimnResidencyNeed need = { { 0 } };
  LimnPipelinePlan best;
  GError *cause = NULL;

  if (asked.tokens == 0)
    asked.tokens = LIMN_PROMPT_CHUNK_LENGTH;
  if (!pipeline->tight && !plan_shape (pipeline, &asked, FALSE, &need, &cause))
    return say_none (pipeline, need_bytes, limit_bytes, plan, cause, error);
  find_other (pipeline, shape, &need);
  /* Once it is tight it stays so. */
  if (!pipeline->tight && limn_residency_get_bytes (&need, LIMN_PLAN_WHOLE) <= limit)
    best = LIMN_PLAN_WHOLE;
  else
    {
      if (!plan_shape (pipeline, &asked, TRUE, &need, &cause))
        return say_none (pipeline, need_bytes, limit_bytes, plan, cause, error);
      find_other (pipeline, shape, &need);
      best = limn_residency_choose (&need, LIMN_PLAN_SLABS, limit);
    }
  for (LimnPipelinePlan i = pipeline->tight || best > LIMN_PLAN_WHOLE ? LIMN_PLAN_SLABS : LIMN_PLAN_WHOLE; i <= best; i++)
    g_debug ("%s: %" G_GUINT64_FORMAT " MiB", limn_pipeline_plan_get_name (i), limn_residency_get_bytes (&need, i) >> 20);
  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    g_debug ("part %u: weights %" G_GUINT64_FORMAT " MiB, passes %" G_GUINT64_FORMAT " MiB, in slabs %" G_GUINT64_FORMAT " MiB, edges %"
             G_GUINT64_FORMAT " KiB", i, need.weights[i] >> 20, need.peaks[i] >> 20, need.tight_peaks[i] >> 20, need.edges[i] >> 10);
  *need_bytes = limn_residency_get_bytes (&need, best);
  *limit_bytes = limit;
  if (plan)
    *plan = best;
  return TRUE;
}

gboolean
limn_pipeline_get_need (LimnPipeline      *pipeline,
                        guint              width,
                        guint              height,
                        guint              n,
                        guint              tokens,
                        guint64           *need_bytes,
                        guint64           *limit_bytes,
                        LimnPipelinePlan  *plan,
                        GError           **error)
{
  guint factor = limn_model_get_facts (pipeline->model)->factor;
  const LimnPipelineShape shape = {
    .n = n,
    .tokens = tokens,
    .unet_h = height / factor,
    .unet_w = width / factor,
    .decoder_h = height / factor,
    .decoder_w = width / factor,
  };

  return limn_model_check_size (pipeline->model, width, height, error)
         && limn_pipeline_get_shape_need (pipeline, &shape, need_bytes, limit_bytes, plan, error);
}

gboolean
limn_pipeline_prepare (LimnPipeline  *pipeline,
                       guint          width,
                       guint          height,
                       guint          n,
                       guint          tokens,
                       GError       **error)
{
  guint factor = limn_model_get_facts (pipeline->model)->factor, h = height / factor, w = width / factor;
  LimnPipelinePlan plan;
  guint64 need, limit;

  if (!limn_pipeline_get_need (pipeline, width, height, n, tokens, &need, &limit, &plan, error))
    return FALSE;
  if (plan == LIMN_PLAN_NONE)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY,
                   "A picture of %u×%u is too large for this device: it needs %" G_GUINT64_FORMAT " MiB of %"
                   G_GUINT64_FORMAT " MiB", width, height, (need + (1 << 20) - 1) >> 20, limit >> 20);
      return FALSE;
    }
  if (tokens == 0)
    tokens = LIMN_PROMPT_CHUNK_LENGTH;
  if (!limn_pipeline_need (pipeline, LIMN_RESIDENT_UNET, n, h, w, tokens, NULL, error)
      || !limn_unet_prepare (pipeline->unet, n, h, w, tokens, error))
    return FALSE;
  /* What would make the UNet go again is not prepared. */
  return plan == LIMN_PLAN_ALONE
         || (limn_pipeline_need (pipeline, LIMN_RESIDENT_DECODER, 1, h, w, 0, NULL, error) && limn_vae_prepare (pipeline->decoder, 1, h, w, error));
}

gboolean
limn_pipeline_warm_up (LimnPipeline  *pipeline,
                       guint          width,
                       guint          height,
                       guint          n,
                       guint          tokens,
                       GCancellable  *cancellable,
                       GError       **error)
{
  guint factor = limn_model_get_facts (pipeline->model)->factor, h = height / factor, w = width / factor;

  if (tokens == 0)
    tokens = LIMN_PROMPT_CHUNK_LENGTH;
  return limn_pipeline_prepare (pipeline, width, height, n, tokens, error) &&
         limn_pipeline_warm_up_texts (pipeline, cancellable, error) &&
         limn_pipeline_need (pipeline, LIMN_RESIDENT_UNET, n, h, w, tokens, cancellable, error) &&
         limn_unet_warm_up (pipeline->unet, n, h, w, tokens, cancellable, error) &&
         limn_pipeline_need (pipeline, LIMN_RESIDENT_DECODER, 1, h, w, 0, cancellable, error) &&
         limn_vae_warm_up (pipeline->decoder, 1, h, w, cancellable, error);
}
