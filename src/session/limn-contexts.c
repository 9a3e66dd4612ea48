/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is mixed is first a list of texts with weights, in which each text is once. Only then it is encoded: so a strip between two seeds of one
 * prompt has the very context of that prompt, and not 0.3 of it plus 0.7 of it. */
#include "config.h"

#include "session/limn-contexts.h"

#include <string.h>

/* Forty prompts of one chunk of SD 1.x, prompts and negative ones of all that is on a desk; and the last one always. */
#define MAX_BYTES (10 * 1024 * 1024)

/* One text, and how much of it. */
typedef struct
{
  const char      *text;
  LimnPromptSyntax syntax;
  double           weight;
  LimnPrompt      *prompt;
} Part;

typedef struct
{
  char             *key;
  LimnConditioning *conditioning;
} Encoded;

struct _LimnContexts
{
  LimnPipeline *pipeline;
  char         *key;    /* (nullable): what is set */
  gboolean      guided;
  guint         tokens;
  float        *values;
  float        *vectors; /* (nullable) */

  GQueue        encoded; /* of Encoded, the latest first */
  gsize         bytes;
  guint         n_encoded;
};

static void
part_clear (gpointer data)
{
  limn_prompt_free (((Part *) data)->prompt);
}

static void
encoded_free (Encoded *encoded)
{
  g_free (encoded->key);
  limn_conditioning_free (encoded->conditioning);
  g_free (encoded);
}

LimnContexts *
limn_contexts_new (LimnPipeline *pipeline)
{
  LimnContexts *self = g_new0 (LimnContexts, 1);

  self->pipeline = pipeline;
  g_queue_init (&self->encoded);
  return self;
}

void
limn_contexts_free (LimnContexts *self)
{
  if (!self)
    return;
  g_queue_clear_full (&self->encoded, (GDestroyNotify) encoded_free);
  g_free (self->key);
  g_free (self->values);
  g_free (self->vectors);
  g_free (self);
}

/* --- What is to be encoded --- */

static void
add_part (GArray *parts, const char *text, LimnPromptSyntax syntax, double weight)
{
  Part part = { text, syntax, weight, NULL };

  for (guint i = 0; i < parts->len; i++)
    {
      Part *other = &g_array_index (parts, Part, i);

      if (other->syntax == syntax && g_str_equal (other->text, text))
        {
          other->weight += weight;
          return;
        }
    }
  g_array_append_val (parts, part);
}

static void
collect (const LimnRequest *request, double weight, GArray *prompts, GArray *negatives)
{
  const LimnRequestMix *mix = request->mix;
  double weights[LIMN_MIX_MAX_ENDS];

  if (!mix || !limn_request_mix_has_prompts (mix))
    {
      add_part (prompts, request->prompt, request->syntax, weight);
      if (negatives)
        add_part (negatives, request->negative, request->syntax, weight);
      return;
    }
  limn_request_mix_get_weights (mix, weights);
  for (guint i = 0; i < mix->n_ends; i++)
    if (weights[i] > 0)
      collect (mix->ends[i].request, weight * weights[i], prompts, negatives);
}

/* @n_chunks: (inout): the longest so far. */
static gboolean
parse (LimnContexts *self, GArray *parts, guint *n_chunks, GError **error)
{
  const LimnTokenizer *tokenizer = limn_model_get_tokenizer (limn_pipeline_get_model (self->pipeline));

  for (guint i = 0; i < parts->len; i++)
    {
      Part *part = &g_array_index (parts, Part, i);

      part->prompt = limn_prompt_new (tokenizer, part->text, part->syntax, error);
      if (!part->prompt)
        return FALSE;
      *n_chunks = MAX (*n_chunks, part->prompt->n_chunks);
    }
  return TRUE;
}

static gboolean
read_parts (LimnContexts *self, const LimnRequest *request, gboolean guided, GArray **prompts, GArray **negatives, guint *n_chunks,
            GError **error)
{
  g_autoptr(GArray) a = g_array_new (FALSE, FALSE, sizeof (Part));
  g_autoptr(GArray) b = guided ? g_array_new (FALSE, FALSE, sizeof (Part)) : NULL;

  g_array_set_clear_func (a, part_clear);
  if (b)
    g_array_set_clear_func (b, part_clear);
  collect (request, 1, a, b);
  *n_chunks = 1;
  if (!parse (self, a, n_chunks, error) || (b && !parse (self, b, n_chunks, error)))
    return FALSE;
  *prompts = g_steal_pointer (&a);
  *negatives = g_steal_pointer (&b);
  return TRUE;
}

gboolean
limn_contexts_count_tokens (LimnContexts *self, const LimnRequest *request, gboolean guided, guint *tokens, GError **error)
{
  g_autoptr(GArray) prompts = NULL;
  g_autoptr(GArray) negatives = NULL;
  guint n_chunks;

  if (!read_parts (self, request, guided, &prompts, &negatives, &n_chunks, error))
    return FALSE;
  *tokens = n_chunks * LIMN_PROMPT_CHUNK_LENGTH;
  return TRUE;
}

/* --- Encoding --- */

static void
forget_oldest (LimnContexts *self)
{
  while (self->bytes > MAX_BYTES && self->encoded.length > 1)
    {
      Encoded *oldest = g_queue_pop_tail (&self->encoded);

      self->bytes -= limn_conditioning_get_bytes (oldest->conditioning);
      encoded_free (oldest);
    }
}

/* @part in @n_chunks chunks, of a picture of @sizes; borrowed until the next call. */
static const LimnConditioning *
encode (LimnContexts *self, Part *part, guint n_chunks, const LimnPromptSizes *sizes, GCancellable *cancellable, GError **error)
{
  g_autofree char *key = g_strdup_printf ("%d %u %u %u %g %s", part->syntax, n_chunks, sizes->target_width, sizes->target_height,
                                          sizes->aesthetic, part->text);
  LimnConditioning *conditioning;
  Encoded *encoded;

  for (GList *link = self->encoded.head; link; link = link->next)
    if (g_str_equal (((Encoded *) link->data)->key, key))
      {
        g_queue_unlink (&self->encoded, link);
        g_queue_push_head_link (&self->encoded, link);
        return ((Encoded *) link->data)->conditioning;
      }
  limn_prompt_pad (part->prompt, limn_model_get_tokenizer (limn_pipeline_get_model (self->pipeline)), n_chunks);
  conditioning = limn_pipeline_encode_prompt (self->pipeline, part->prompt, sizes, 0, cancellable, error);
  if (!conditioning)
    return NULL;
  self->n_encoded++;
  encoded = g_new0 (Encoded, 1);
  encoded->key = g_steal_pointer (&key);
  encoded->conditioning = conditioning;
  g_queue_push_head (&self->encoded, encoded);
  self->bytes += limn_conditioning_get_bytes (conditioning);
  forget_oldest (self);
  return conditioning;
}

/* sum += weight x, or the very x where it is the only one */
static void
add_weighted (double *sum, const float *x, gsize n, double weight, gboolean only, float *out)
{
  if (only)
    memcpy (out, x, n * sizeof *out);
  else
    for (gsize j = 0; j < n; j++)
      sum[j] += weight * x[j];
}

/* @states, @vector: (out): @vector is nullable */
static gboolean
mix (LimnContexts *self, GArray *parts, guint n_chunks, const LimnPromptSizes *sizes, float *states, float *vector,
     GCancellable *cancellable, GError **error)
{
  const LimnUnetConfig *unet = &limn_pipeline_get_facts (self->pipeline)->unet;
  gsize n = (gsize) n_chunks * LIMN_PROMPT_CHUNK_LENGTH * unet->context_width, n_vector = vector ? unet->vector_width : 0;
  gboolean only = parts->len == 1;
  g_autofree double *sum = g_new0 (double, n + n_vector);

  for (guint i = 0; i < parts->len; i++)
    {
      Part *part = &g_array_index (parts, Part, i);
      const LimnConditioning *conditioning = encode (self, part, n_chunks, sizes, cancellable, error);

      if (!conditioning)
        return FALSE;
      add_weighted (sum, conditioning->states, n, part->weight, only, states);
      if (vector)
        add_weighted (sum + n, conditioning->vector, n_vector, part->weight, only, vector);
    }
  for (gsize j = 0; j < n && !only; j++)
    states[j] = (float) sum[j];
  for (gsize j = 0; j < n_vector && !only; j++)
    vector[j] = (float) sum[n + j];
  return TRUE;
}

static void
add_key (GString *key, GArray *parts)
{
  for (guint i = 0; parts && i < parts->len; i++)
    {
      const Part *part = &g_array_index (parts, Part, i);

      /* A text has no control characters that it could end with here: its length says where it ends. */
      g_string_append_printf (key, "%d %a %zu %s\n", part->syntax, parts->len > 1 ? part->weight : 1, strlen (part->text), part->text);
    }
  g_string_append_c (key, '\n');
}

static char *
make_key (GArray *prompts, GArray *negatives, const LimnRequest *request)
{
  GString *key = g_string_new (NULL);

  g_string_append_printf (key, "%ux%u\n", request->width, request->height);
  add_key (key, prompts);
  add_key (key, negatives);
  return g_string_free (key, FALSE);
}

gboolean
limn_contexts_set (LimnContexts *self, const LimnRequest *request, gboolean guided, GCancellable *cancellable, GError **error)
{
  const LimnUnetConfig *unet = &limn_pipeline_get_facts (self->pipeline)->unet;
  g_autoptr(GArray) prompts = NULL;
  g_autoptr(GArray) negatives = NULL;
  g_autofree char *key = NULL;
  g_autofree float *values = NULL;
  g_autofree float *vectors = NULL;
  LimnPromptSizes sizes;
  guint n_chunks, place = guided ? 1 : 0;
  gsize n;

  if (!read_parts (self, request, guided, &prompts, &negatives, &n_chunks, error))
    return FALSE;
  key = make_key (prompts, negatives, request);
  if (g_strcmp0 (key, self->key) == 0)
    return TRUE;
  n = (gsize) n_chunks * LIMN_PROMPT_CHUNK_LENGTH * unet->context_width;
  values = g_new (float, (place + 1) * n);
  vectors = unet->vector_width > 0 ? g_new (float, (place + 1) * unet->vector_width) : NULL;
  limn_prompt_sizes_init (&sizes, request->width, request->height, LIMN_PROMPT_AESTHETIC_NEGATIVE);
  if (guided && !mix (self, negatives, n_chunks, &sizes, values, vectors, cancellable, error))
    return FALSE;
  sizes.aesthetic = LIMN_PROMPT_AESTHETIC;
  if (!mix (self, prompts, n_chunks, &sizes, values + place * n, vectors ? vectors + place * unet->vector_width : NULL, cancellable, error))
    return FALSE;
  g_free (self->values);
  self->values = g_steal_pointer (&values);
  g_free (self->vectors);
  self->vectors = g_steal_pointer (&vectors);
  self->guided = guided;
  self->tokens = n_chunks * LIMN_PROMPT_CHUNK_LENGTH;
  g_free (self->key);
  self->key = g_steal_pointer (&key);
  return TRUE;
}

const float *
limn_contexts_get (const LimnContexts *self, gboolean guided, guint *tokens, const float **vectors)
{
  *tokens = self->tokens;
  *vectors = self->vectors;
  return self->guided == guided ? self->values : NULL;
}

guint
limn_contexts_get_n_encoded (const LimnContexts *self)
{
  return self->n_encoded;
}
