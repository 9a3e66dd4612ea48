/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-pipeline-private.h"

#include <string.h>

/* From a prompt to what the UNet is told: each chunk passes through each text encoder alone, their states stand side by side. The emphasis
 * is each encoder's own, as AUTOMATIC1111 has it. */

/* The mean in double: a float's sum over 77 x 768 values would decide digits that are seen. */
static double
mean_of (const float *values,
         gsize        n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += values[i];
  return sum / n;
}

static void
emphasize (float       *states,
           const float *weights,
           guint        positions,
           guint        width)
{
  double before = mean_of (states, (gsize) positions * width), after;

  for (guint t = 0; t < positions; t++)
    for (guint c = 0; c < width; c++)
      states[(gsize) t * width + c] *= weights[t];
  after = mean_of (states, (gsize) positions * width);
  if (after == 0)
    return;
  for (gsize i = 0; i < (gsize) positions * width; i++)
    states[i] *= (float) (before / after);
}

/* The tokens that this encoder was trained with: what follows the first end is its own padding. */
static void
pad_ids (const LimnTextConfig  *config,
         const LimnPromptChunk *chunk,
         guint32               *ids)
{
  guint32 end = chunk->ids[chunk->n_tokens + 1];
  guint i = 0;

  memcpy (ids, chunk->ids, sizeof chunk->ids);
  if (config->pad_id == LIMN_TEXT_PAD_AS_IS)
    return;
  while (ids[i] != end)
    i++;
  for (i++; i < LIMN_PROMPT_CHUNK_LENGTH; i++)
    ids[i] = config->pad_id;
}

/* How many layers @clip_skip leaves out, of those that the file has. */
static guint
get_skip (const LimnTextConfig *config,
          guint                 clip_skip)
{
  if (clip_skip == 0)
    return config->skip;
  return MAX (clip_skip - 1, config->missing) - config->missing;
}

/* Learned words: the vectors of this encoder, where @chunk has any. @positions, @values: (out): room for all of them */
static guint
take_words (const LimnPrompt      *prompt,
            const LimnPromptChunk *chunk,
            guint                  width,
            guint                 *positions,
            float                 *values)
{
  guint n = 0;

  for (guint t = 0; t < LIMN_PROMPT_CHUNK_LENGTH; t++)
    {
      const float *rows = NULL;

      if (chunk->words[t] > 0)
        rows = limn_embedding_get_values (g_ptr_array_index (prompt->embeddings, chunk->words[t] - 1), width);
      if (rows == NULL)
        continue;
      memcpy (values + (gsize) n * width, rows + (gsize) chunk->rows[t] * width, width * sizeof *values);
      positions[n++] = t;
    }
  return n;
}

LimnConditioning *
limn_pipeline_text_begin (const LimnModelFacts   *facts,
                          guint                   n_chunks,
                          const LimnPromptSizes  *sizes)
{
  const LimnUnetConfig *unet = &facts->unet;
  guint n_pooled = unet->vector_width > 0 ? facts->texts[facts->n_texts - 1].projection : 0;
  LimnConditioning *self = limn_conditioning_new (LIMN_PROMPT_CHUNK_LENGTH * n_chunks, unet->context_width, unet->vector_width, n_pooled);
  LimnPromptSizes own;

  if (unet->vector_width == 0)
    return self;
  if (!sizes)
    limn_prompt_sizes_init (&own, facts->default_width, facts->default_height, LIMN_PROMPT_AESTHETIC);
  limn_prompt_sizes_embed (sizes ? sizes : &own, (unet->vector_width - n_pooled) / unet->vector_step, unet->vector_step,
                           self->vector + n_pooled);
  return self;
}

gboolean
limn_pipeline_text_add (LimnConditioning      *self,
                        const LimnModelFacts  *facts,
                        guint                  which,
                        LimnTextEncoder       *encoder,
                        const LimnPrompt      *prompt,
                        guint                  clip_skip,
                        GCancellable          *cancellable,
                        GError               **error)
{
  const LimnTextConfig *config = &facts->texts[which];
  guint width = config->width, positions = config->positions, column = 0;
  float *pooled = which + 1 == facts->n_texts && self->n_pooled > 0 ? self->vector : NULL;
  g_autofree float *states = g_new (float, (gsize) positions * width);
  g_autofree float *values = prompt->embeddings ? g_new (float, (gsize) LIMN_PROMPT_CHUNK_LENGTH * width) : NULL;
  guint places[LIMN_PROMPT_CHUNK_LENGTH];

  for (guint i = 0; i < which; i++)
    column += facts->texts[i].width;
  for (guint i = 0; i < prompt->n_chunks; i++)
    {
      const LimnPromptChunk *chunk = &prompt->chunks[i];
      guint32 ids[LIMN_PROMPT_CHUNK_LENGTH];
      LimnTextInput words = { 0, places, values };
      gboolean weighted = FALSE;

      pad_ids (config, chunk, ids);
      if (values)
        words.n = take_words (prompt, chunk, width, places, values);
      if (!limn_text_encoder_run (encoder, ids, words.n > 0 ? &words : NULL, get_skip (config, clip_skip), NULL, cancellable, states,
                                  i == 0 ? pooled : NULL, error))
        return FALSE;
      for (guint t = 0; t < positions; t++)
        weighted = weighted || chunk->weights[t] != 1;
      if (weighted)
        emphasize (states, chunk->weights, positions, width);
      for (guint t = 0; t < positions; t++)
        memcpy (self->states + ((gsize) i * positions + t) * self->width + column, states + (gsize) t * width, width * sizeof *states);
    }
  return TRUE;
}

LimnConditioning *
limn_pipeline_encode_prompt (LimnPipeline           *pipeline,
                             const LimnPrompt       *prompt,
                             const LimnPromptSizes  *sizes,
                             guint                   clip_skip,
                             GCancellable           *cancellable,
                             GError                **error)
{
  const LimnModelFacts *facts = limn_model_get_facts (pipeline->model);
  g_autoptr(LimnConditioning) result = limn_pipeline_text_begin (facts, prompt->n_chunks, sizes);

  for (guint i = 0; i < facts->n_texts; i++)
    if (!limn_pipeline_need (pipeline, LIMN_RESIDENT_TEXT + i, 1, 0, 0, 0, cancellable, error)
        || !limn_pipeline_text_add (result, facts, i, pipeline->texts[i], prompt, clip_skip, cancellable, error))
      return NULL;
  return g_steal_pointer (&result);
}

gboolean
limn_pipeline_warm_up_texts (LimnPipeline  *pipeline,
                             GCancellable  *cancellable,
                             GError       **error)
{
  const LimnModelFacts *facts = limn_model_get_facts (pipeline->model);

  for (guint i = 0; i < facts->n_texts; i++)
    {
      const LimnTextConfig *config = &facts->texts[i];
      g_autofree guint32 *ids = g_new0 (guint32, config->positions);
      g_autofree float *states = g_new (float, (gsize) config->positions * config->width);
      g_autofree float *pooled = config->projection > 0 ? g_new (float, config->projection) : NULL;

      if (!limn_pipeline_need (pipeline, LIMN_RESIDENT_TEXT + i, 1, 0, 0, 0, cancellable, error)
          || !limn_text_encoder_run (pipeline->texts[i], ids, NULL, config->skip, NULL, cancellable, states, pooled, error))
        return FALSE;
    }
  return TRUE;
}
