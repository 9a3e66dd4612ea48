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
  char  *key;
  gsize  n;
  float *values;
} Encoded;

struct _LimnContexts
{
  LimnPipeline *pipeline;
  char         *key;    /* (nullable): what is set */
  gboolean      guided;
  guint         tokens;
  float        *values;

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
  g_free (encoded->values);
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

      self->bytes -= oldest->n * sizeof (float);
      encoded_free (oldest);
    }
}

/* [tokens, width] of @part in @n_chunks chunks; borrowed until the next call. */
static const float *
encode (LimnContexts *self, Part *part, guint n_chunks, GCancellable *cancellable, GError **error)
{
  g_autofree char *key = g_strdup_printf ("%d %u %s", part->syntax, n_chunks, part->text);
  Encoded *encoded;
  float *values;
  guint tokens;

  for (GList *link = self->encoded.head; link; link = link->next)
    if (g_str_equal (((Encoded *) link->data)->key, key))
      {
        g_queue_unlink (&self->encoded, link);
        g_queue_push_head_link (&self->encoded, link);
        return ((Encoded *) link->data)->values;
      }
  limn_prompt_pad (part->prompt, limn_model_get_tokenizer (limn_pipeline_get_model (self->pipeline)), n_chunks);
  values = limn_pipeline_encode_prompt (self->pipeline, part->prompt, &tokens, cancellable, error);
  if (!values)
    return NULL;
  self->n_encoded++;
  encoded = g_new0 (Encoded, 1);
  encoded->key = g_steal_pointer (&key);
  encoded->n = (gsize) tokens * limn_pipeline_get_facts (self->pipeline)->context_width;
  encoded->values = values;
  g_queue_push_head (&self->encoded, encoded);
  self->bytes += encoded->n * sizeof (float);
  forget_oldest (self);
  return values;
}

/* @sum: scratch, @n; @out: (out): @n */
static gboolean
mix (LimnContexts *self, GArray *parts, guint n_chunks, gsize n, double *sum, float *out, GCancellable *cancellable, GError **error)
{
  memset (sum, 0, n * sizeof *sum);
  for (guint i = 0; i < parts->len; i++)
    {
      Part *part = &g_array_index (parts, Part, i);
      const float *values = encode (self, part, n_chunks, cancellable, error);

      if (!values)
        return FALSE;
      if (parts->len == 1)
        memcpy (out, values, n * sizeof *out);
      else
        for (gsize j = 0; j < n; j++)
          sum[j] += part->weight * values[j];
    }
  for (gsize j = 0; j < n && parts->len > 1; j++)
    out[j] = (float) sum[j];
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
make_key (GArray *prompts, GArray *negatives)
{
  GString *key = g_string_new (NULL);

  add_key (key, prompts);
  add_key (key, negatives);
  return g_string_free (key, FALSE);
}

gboolean
limn_contexts_set (LimnContexts *self, const LimnRequest *request, gboolean guided, GCancellable *cancellable, GError **error)
{
  g_autoptr(GArray) prompts = NULL;
  g_autoptr(GArray) negatives = NULL;
  g_autofree char *key = NULL;
  g_autofree float *values = NULL;
  g_autofree double *sum = NULL;
  guint n_chunks;
  gsize n;

  if (!read_parts (self, request, guided, &prompts, &negatives, &n_chunks, error))
    return FALSE;
  key = make_key (prompts, negatives);
  if (g_strcmp0 (key, self->key) == 0)
    return TRUE;
  n = (gsize) n_chunks * LIMN_PROMPT_CHUNK_LENGTH * limn_pipeline_get_facts (self->pipeline)->context_width;
  values = g_new (float, (guided ? 2 : 1) * n);
  sum = g_new (double, n);
  if ((guided && !mix (self, negatives, n_chunks, n, sum, values, cancellable, error)) ||
      !mix (self, prompts, n_chunks, n, sum, values + (guided ? n : 0), cancellable, error))
    return FALSE;
  g_free (self->values);
  self->values = g_steal_pointer (&values);
  self->guided = guided;
  self->tokens = n_chunks * LIMN_PROMPT_CHUNK_LENGTH;
  g_free (self->key);
  self->key = g_steal_pointer (&key);
  return TRUE;
}

const float *
limn_contexts_get (const LimnContexts *self, gboolean guided, guint *tokens)
{
  *tokens = self->tokens;
  return self->guided == guided ? self->values : NULL;
}

guint
limn_contexts_get_n_encoded (const LimnContexts *self)
{
  return self->n_encoded;
}
