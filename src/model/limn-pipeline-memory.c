/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* What limn-residency.c decides, done: parts are loaded when they are used, and what is not being used makes room when there is none. So
 * a forecast (limn_pipeline_get_shape_need()) and what happens later need not know of each other: both follow the same order. On a
 * device with room everything is loaded at once and stays.
 *
 * What a pass needs is learned from networks whose weights are only declared: they are there as soon as the model is open, and say the same whatever
 * else is on the device. */

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
  guint64      peak_bytes;
  guint64      edge_bytes;
  GArray      *kept; /* Kept; borrowed but in LimnPipeline.needs */
} PlannedPass;

/* What convolutions of a pass keep of the matrix with this record. */
typedef struct
{
  guint   record;
  guint64 bytes;
} Kept;

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
    case LIMN_RESIDENT_FULL_DECODER:
      return (gpointer *) &pipeline->full_decoder;
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

  for (guint i = 0; i < LIMN_RESIDENT_ENCODER; i++)
    bytes += pipeline->weights[i];
  return bytes;
}

/* Of what is on the device. */
static guint64
get_loaded_bytes (LimnPipeline *pipeline,
                  LimnResident  resident)
{
  const GPtrArray *records = pipeline->records[resident];
  guint64 bytes = is_loaded (pipeline, resident) ? pipeline->weights[resident] : 0;

  for (guint i = 0; i < records->len; i++)
    bytes += limn_weights_get_kept_bytes (((const LimnLoaderRecord *) g_ptr_array_index (records, i))->weights);
  return bytes;
}

/* That @pass wants, and that is not there. */
static guint64
get_missing_kept (LimnPipeline      *pipeline,
                  const PlannedPass *pass)
{
  const GPtrArray *records = pipeline->records[pass->resident];
  guint64 bytes = 0;

  for (guint i = 0; i < pass->kept->len; i++)
    {
      const Kept *kept = &g_array_index (pass->kept, Kept, i);
      const LimnLoaderRecord *record = is_loaded (pipeline, pass->resident) ? g_ptr_array_index (records, kept->record) : NULL;

      if (!record || limn_weights_get_kept_bytes (record->weights) == 0)
        bytes += kept->bytes;
    }
  return bytes;
}

static void
set_slabs (LimnPipeline *pipeline)
{
  guint64 bytes = pipeline->tight ? LIMN_SLAB_BYTES : 0;

  if (pipeline->decoder)
    limn_vae_set_slabs (pipeline->decoder, bytes);
  if (pipeline->encoder)
    limn_vae_set_slabs (pipeline->encoder, bytes);
  if (pipeline->full_decoder)
    limn_vae_set_slabs (pipeline->full_decoder, bytes);
}

/* The VAE's. */
static gboolean
has_slabs (LimnResident resident)
{
  return resident > LIMN_RESIDENT_UNET;
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

void
limn_pipeline_make_room (LimnPipeline *pipeline,
                         guint64       bytes)
{
  if (!fits (pipeline, bytes))
    limn_arena_trim (pipeline->arena);
  if (!fits (pipeline, bytes) && !pipeline->tight)
    tighten (pipeline);
  while (!fits (pipeline, bytes) && let_go (pipeline, LIMN_RESIDENT_UNET))
    ;
}

/* What cannot be there is said before hundreds of megabytes are uploaded. */
static gboolean
check_room (LimnPipeline  *pipeline,
            guint64        bytes,
            GError       **error)
{
  guint64 in_use = limn_gl_get_allocated_bytes (pipeline->gl), limit = limn_gl_get_budget_bytes (pipeline->gl);

  if (fits (pipeline, bytes))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY,
               "The model “%s” is too large for this device: it needs %" G_GUINT64_FORMAT " MiB beside %"
               G_GUINT64_FORMAT " MiB in use, of %" G_GUINT64_FORMAT " MiB", limn_model_get_facts (pipeline->model)->name, bytes >> 20,
               in_use >> 20, limit >> 20);
  return FALSE;
}

static gboolean
load (LimnPipeline  *pipeline,
      LimnResident   resident,
      GCancellable  *cancellable,
      GError       **error)
{
  if (is_loaded (pipeline, resident))
    return TRUE;
  if (!check_room (pipeline, pipeline->weights[resident], error) || !limn_pipeline_load_part (pipeline, resident, cancellable, error))
    return FALSE;
  set_slabs (pipeline);
  return TRUE;
}

static gboolean
record (LimnPipeline  *pipeline,
        PlannedPass   *pass,
        LimnPassNeed  *need,
        GError       **error)
{
  gpointer network = pipeline->declared[pass->resident];

  switch (pass->resident)
    {
    case LIMN_RESIDENT_TEXT:
    case LIMN_RESIDENT_TEXT_2:
      return limn_text_encoder_plan (network, need, error);
    case LIMN_RESIDENT_UNET:
      return limn_unet_plan (network, pass->n, pass->h, pass->w, pass->tokens, need, error);
    case LIMN_RESIDENT_DECODER:
    case LIMN_RESIDENT_ENCODER:
    case LIMN_RESIDENT_FULL_DECODER:
    default:
      return limn_vae_plan (network, pass->n, pass->h, pass->w, pass->tight ? LIMN_SLAB_BYTES : 0, need, error);
    }
}

static int
find_record (const GPtrArray *records,
             gconstpointer    weights)
{
  for (guint i = 0; i < records->len; i++)
    if (((const LimnLoaderRecord *) g_ptr_array_index (records, i))->weights == weights)
      return i;
  return -1;
}

static gboolean
plan_pass (LimnPipeline  *pipeline,
           PlannedPass   *pass,
           GError       **error)
{
  g_auto(LimnPassNeed) need = { 0 };

  for (guint i = 0; i < pipeline->needs->len; i++)
    {
      const PlannedPass *other = &g_array_index (pipeline->needs, PlannedPass, i);

      if (other->resident == pass->resident && other->n == pass->n && other->h == pass->h && other->w == pass->w
          && other->tokens == pass->tokens && other->tight == pass->tight)
        {
          *pass = *other;
          return TRUE;
        }
    }
  if (!record (pipeline, pass, &need, error))
    return FALSE;
  pass->peak_bytes = need.peak_bytes;
  pass->edge_bytes = need.edge_bytes;
  pass->kept = g_array_new (FALSE, FALSE, sizeof (Kept));
  for (guint i = 0; i < need.kept->len; i++)
    {
      const LimnGraphKept *one = &g_array_index (need.kept, LimnGraphKept, i);
      const Kept kept = { find_record (pipeline->declared_records[pass->resident], one->owner), one->bytes };

      g_array_append_val (pass->kept, kept);
    }
  if (pipeline->needs->len == MAX_PLANNED)
    g_array_remove_index (pipeline->needs, 0);
  g_array_append_val (pipeline->needs, *pass);
  return TRUE;
}

static gboolean
is_prepared (LimnPipeline      *pipeline,
             const PlannedPass *pass)
{
  gpointer network = *limn_pipeline_get_network (pipeline, pass->resident);

  if (!network)
    return FALSE;
  switch (pass->resident)
    {
    case LIMN_RESIDENT_TEXT:
    case LIMN_RESIDENT_TEXT_2:
      return limn_text_encoder_is_prepared (network);
    case LIMN_RESIDENT_UNET:
      return limn_unet_is_prepared (network, pass->n, pass->h, pass->w, pass->tokens);
    case LIMN_RESIDENT_DECODER:
    case LIMN_RESIDENT_ENCODER:
    case LIMN_RESIDENT_FULL_DECODER:
    default:
      return limn_vae_is_prepared (network, pass->n, pass->h, pass->w);
    }
}

/* Bytes that @pass will take beyond what is allocated. */
static guint64
get_more (LimnPipeline      *pipeline,
          const PlannedPass *pass)
{
  guint64 arena = limn_arena_get_bytes (pipeline->arena);
  guint64 more = pass->peak_bytes > arena ? pass->peak_bytes - arena : 0;

  if (!is_loaded (pipeline, pass->resident))
    more += pipeline->weights[pass->resident];
  return more + get_missing_kept (pipeline, pass) + (is_prepared (pipeline, pass) ? 0 : pass->edge_bytes);
}

/* In slabs from here on, where it is not so yet. */
static gboolean
plan_tight (LimnPipeline  *pipeline,
            PlannedPass   *pass,
            GError       **error)
{
  tighten (pipeline);
  pass->tight = has_slabs (pass->resident);
  return plan_pass (pipeline, pass, error);
}

static gboolean
is_too_large (const GError *error)
{
  return g_error_matches (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY);
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
  g_autoptr(GError) local = NULL;

  pass.tight = pipeline->tight && has_slabs (resident);

  if (limn_gl_get_budget_bytes (pipeline->gl) == G_MAXUINT64)
    return load (pipeline, resident, cancellable, error);
  if (!plan_pass (pipeline, &pass, &local) && (pipeline->tight || !is_too_large (local)))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if ((local || (!fits (pipeline, get_more (pipeline, &pass)) && !pipeline->tight)) && !plan_tight (pipeline, &pass, error))
    return FALSE;
  /* An arena that grew for another pass is in pieces that this one may not use. */
  if (!fits (pipeline, get_more (pipeline, &pass)))
    limn_arena_trim (pipeline->arena);
  while (!fits (pipeline, get_more (pipeline, &pass)) && let_go (pipeline, resident))
    ;
  return load (pipeline, resident, cancellable, error);
}

static void
planned_pass_clear (gpointer data)
{
  g_array_unref (((PlannedPass *) data)->kept);
}

gboolean
limn_pipeline_memory_begin (LimnPipeline  *pipeline,
                            GError       **error)
{
  pipeline->needs = g_array_new (FALSE, FALSE, sizeof (PlannedPass));
  g_array_set_clear_func (pipeline->needs, planned_pass_clear);
  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    pipeline->records[i] = limn_loader_new_records ();
  for (guint i = 0; i < LIMN_RESIDENT_FULL_DECODER; i++)
    if (!limn_pipeline_declare_part (pipeline, i, error))
      return FALSE;
  return TRUE;
}

void
limn_pipeline_memory_end (LimnPipeline *pipeline)
{
  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    {
      limn_pipeline_unload (pipeline, i);
      g_clear_pointer (&pipeline->records[i], g_ptr_array_unref);
      g_clear_pointer (&pipeline->declared_records[i], g_ptr_array_unref);
      limn_pipeline_free_network (i, g_steal_pointer (&pipeline->declared[i]));
    }
  g_clear_pointer (&pipeline->needs, g_array_unref);
}

gboolean
limn_pipeline_load (LimnPipeline  *pipeline,
                    GCancellable  *cancellable,
                    GError       **error)
{
  /* In the order in which they are used. What has no room beside those before it waits until it is needed. */
  static const LimnResident order[] = { LIMN_RESIDENT_TEXT, LIMN_RESIDENT_TEXT_2, LIMN_RESIDENT_UNET, LIMN_RESIDENT_DECODER };
  guint64 most = 0;
  gboolean any = FALSE;

  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    {
      most = MAX (most, pipeline->weights[i]);
      any = any || is_loaded (pipeline, i);
    }
  if (!any && !check_room (pipeline, most, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    if (pipeline->declared[order[i]] && fits (pipeline, pipeline->weights[order[i]]) && !load (pipeline, order[i], cancellable, error))
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
  PlannedPass passes[] = {
    { .resident = LIMN_RESIDENT_TEXT, .n = 1 },
    { .resident = LIMN_RESIDENT_TEXT_2, .n = 1 },
    { .resident = LIMN_RESIDENT_UNET, .n = shape->n, .h = shape->unet_h, .w = shape->unet_w, .tokens = shape->tokens },
    { .resident = LIMN_RESIDENT_DECODER, .n = 1, .h = shape->decoder_h, .w = shape->decoder_w, .tight = tight },
    { .resident = LIMN_RESIDENT_ENCODER, .n = 1, .h = shape->encoder_h, .w = shape->encoder_w, .tight = tight },
    { .resident = LIMN_RESIDENT_FULL_DECODER, .n = 1, .h = shape->decoder_h, .w = shape->decoder_w, .tight = tight },
  };

  for (guint i = 0; i < G_N_ELEMENTS (passes); i++)
    {
      PlannedPass *pass = &passes[i];
      LimnResident resident = pass->resident;

      if (!pipeline->declared[resident] || (resident == LIMN_RESIDENT_ENCODER && shape->encoder_h == 0))
        continue;
      if (!plan_pass (pipeline, pass, error))
        return FALSE;
      need->weights[resident] = (is_loaded (pipeline, resident) ? get_loaded_bytes (pipeline, resident) : pipeline->weights[resident])
                                + get_missing_kept (pipeline, pass);
      need->edges[resident] = is_prepared (pipeline, pass) ? 0 : pass->edge_bytes;
      (tight ? need->tight_peaks : need->peaks)[resident] =
        MAX (pass->peak_bytes, resident == LIMN_RESIDENT_UNET ? shape->beside_peak_bytes : 0);
    }
  return TRUE;
}

static void
find_other (LimnPipeline            *pipeline,
            const LimnPipelineShape *shape,
            LimnResidencyNeed       *need)
{
  guint64 in_use = limn_gl_get_allocated_bytes (pipeline->gl), known = limn_arena_get_bytes (pipeline->arena);

  need->arena = known;
  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    known += get_loaded_bytes (pipeline, i);
  /* Somebody asks while a part is being loaded. */
  if (pipeline->loading)
    known += in_use - pipeline->loading_begin;
  need->other = in_use - MIN (in_use, known) + shape->beside_bytes;
}

/* A single layer is more than the device binds at once, also in slabs: nothing else needs to be planned. After an error of another kind FALSE. */
static gboolean
say_none (LimnPipeline      *pipeline,
          guint64           *need_bytes,
          guint64           *limit_bytes,
          LimnPipelinePlan  *plan,
          GError            *cause,
          GError           **error)
{
  guint64 limit = limn_gl_get_budget_bytes (pipeline->gl), most = 0;

  if (!is_too_large (cause))
    {
      g_propagate_error (error, cause);
      return FALSE;
    }
  g_error_free (cause);
  for (guint i = 0; i < LIMN_RESIDENT_N; i++)
    most = MAX (most, pipeline->weights[i]);
  *need_bytes = limit == G_MAXUINT64 ? limit : MAX (most, limit + 1);
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
  LimnPipelinePlan best = LIMN_PLAN_NONE;
  g_autoptr(GError) local = NULL;
  GError *cause = NULL;

  if (asked.tokens == 0)
    asked.tokens = LIMN_PROMPT_CHUNK_LENGTH;
  /* Once it is tight it stays so. */
  if (!pipeline->tight && plan_shape (pipeline, &asked, FALSE, &need, &local))
    {
      find_other (pipeline, shape, &need);
      best = limn_residency_get_bytes (&need, LIMN_PLAN_WHOLE) <= limit ? LIMN_PLAN_WHOLE : LIMN_PLAN_NONE;
    }
  if (local && !is_too_large (local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (best != LIMN_PLAN_WHOLE)
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
