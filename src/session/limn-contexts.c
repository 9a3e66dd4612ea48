/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is mixed is first a list of texts with weights, in which each text is once. Only then it is encoded: so a strip between two seeds of one
 * prompt has the very context of that prompt, and not 0.3 of it plus 0.7 of it; and a step at which a schedule says the same as a plain prompt has
 * the context of that plain prompt. All is encoded before the first step: the text encoder may have gone when the second one comes. */
#include "config.h"

#include "session/limn-contexts.h"

#include "base/limn-error.h"
#include "formats/limn-prompt-program.h"
#include "session/limn-request-part.h"
#include "session/limn-request-word.h"

#include <string.h>

/* Forty prompts of one chunk of SD 1.x, prompts and negative ones of all that is on a desk; and what is set always. */
#define MAX_BYTES (10 * 1024 * 1024)

/* Of what one request says in all its steps: 800 chunks of SDXL. Nobody writes that; alternations multiply to it. */
#define MAX_SET_BYTES ((gsize) 512 * 1024 * 1024)

/* A prompt of the request, or of an end that it mixes. */
typedef struct
{
  const LimnRequest *request;
  const char        *text;
  double             weight;
  LimnPromptProgram *program;
} Voice;

/* What is said at a step: a text, and how much of it. */
typedef struct
{
  const LimnRequest *request; /* whose words it is */
  char              *text;
  double             weight;
} Say;

/* Counted references. */
typedef struct
{
  char             *key; /* (nullable): NULL: of a mixture */
  LimnConditioning *conditioning;
} Told;

/* What is told at some of the steps. */
typedef struct
{
  guint      tokens;
  Told      *negative; /* (nullable) */
  GPtrArray *parts;    /* of Told */
  GPtrArray *borrowed; /* their conditionings */
  GArray    *weights;  /* of double */
} State;

struct _LimnContexts
{
  LimnPipeline *pipeline;
  char         *key;       /* (nullable): what is set */
  gboolean      guided;
  GHashTable   *states;    /* (nullable): of State by what they say */
  GPtrArray    *steps;     /* of State, unowned: of each step */
  gsize         set_bytes;

  GHashTable   *learned;   /* LimnEmbedding by path */

  GQueue        encoded;   /* of Told, the latest first */
  gsize         bytes;
  guint         n_encoded;
};

/* What is about to be said. */
typedef struct
{
  LimnContexts    *contexts;
  GArray          *prompts;   /* of Voice */
  GArray          *negatives; /* (nullable) */
  guint            n_parts;
  guint            n_steps;
  LimnPromptSizes  sizes;
} Speech;

static void
told_clear (gpointer data)
{
  Told *told = data;

  g_free (told->key);
  limn_conditioning_free (told->conditioning);
}

static void
told_unref (gpointer told)
{
  g_rc_box_release_full (told, told_clear);
}

static void
state_free (gpointer data)
{
  State *state = data;

  g_clear_pointer (&state->negative, told_unref);
  g_ptr_array_unref (state->parts);
  g_ptr_array_unref (state->borrowed);
  g_array_unref (state->weights);
  g_free (state);
}

static void
voice_clear (gpointer data)
{
  limn_prompt_program_free (((Voice *) data)->program);
}

static void
say_clear (gpointer data)
{
  g_free (((Say *) data)->text);
}

static void
speech_clear (Speech *speech)
{
  g_clear_pointer (&speech->prompts, g_array_unref);
  g_clear_pointer (&speech->negatives, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Speech, speech_clear)

LimnContexts *
limn_contexts_new (LimnPipeline *pipeline)
{
  LimnContexts *self = g_new0 (LimnContexts, 1);

  self->pipeline = pipeline;
  self->steps = g_ptr_array_new ();
  self->learned = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) limn_embedding_unref);
  g_queue_init (&self->encoded);
  return self;
}

void
limn_contexts_free (LimnContexts *self)
{
  if (!self)
    return;
  g_queue_clear_full (&self->encoded, told_unref);
  g_ptr_array_unref (self->steps);
  g_clear_pointer (&self->states, g_hash_table_unref);
  g_hash_table_unref (self->learned);
  g_free (self->key);
  g_free (self);
}

/* --- Who speaks --- */

/* Whether the same text says the same in both. */
static gboolean
same_words (const LimnRequest *a, const LimnRequest *b)
{
  return a->syntax == b->syntax && limn_request_parts_equal_of (a, b, LIMN_REQUEST_PART_WORDS);
}

static void
add_voice (GArray *voices, const LimnRequest *request, const char *text, double weight)
{
  Voice voice = { request, text, weight, NULL };

  for (guint i = 0; i < voices->len; i++)
    {
      Voice *other = &g_array_index (voices, Voice, i);

      if (g_str_equal (other->text, text) && same_words (other->request, request))
        {
          other->weight += weight;
          return;
        }
    }
  g_array_append_val (voices, voice);
}

static void
collect (const LimnRequest *request, double weight, GArray *prompts, GArray *negatives)
{
  const LimnRequestMix *mix = request->mix;
  double weights[LIMN_MIX_MAX_ENDS];

  if (!mix || !limn_request_mix_has_prompts (mix))
    {
      add_voice (prompts, request, request->prompt, weight);
      add_voice (negatives, request, request->negative, weight);
      return;
    }
  limn_request_mix_get_weights (mix, weights);
  for (guint i = 0; i < mix->n_ends; i++)
    if (weights[i] > 0)
      collect (mix->ends[i].request, weight * weights[i], prompts, negatives);
}

static gboolean
read_voices (GArray *voices, LimnPromptSide side, guint *n_parts, GError **error)
{
  *n_parts = 1;
  for (guint i = 0; i < voices->len; i++)
    {
      Voice *voice = &g_array_index (voices, Voice, i);

      voice->program = limn_prompt_program_new (voice->text, voice->request->syntax, side, error);
      if (!voice->program)
        return FALSE;
      *n_parts = MAX (*n_parts, limn_prompt_program_get_n_parts (voice->program));
    }
  return TRUE;
}

static gboolean
speech_init (Speech *speech, LimnContexts *contexts, const LimnRequest *request, guint n_steps, gboolean guided, GError **error)
{
  guint one;

  speech->contexts = contexts;
  speech->n_steps = n_steps;
  speech->prompts = g_array_new (FALSE, FALSE, sizeof (Voice));
  speech->negatives = g_array_new (FALSE, FALSE, sizeof (Voice));
  g_array_set_clear_func (speech->prompts, voice_clear);
  g_array_set_clear_func (speech->negatives, voice_clear);
  collect (request, 1, speech->prompts, speech->negatives);
  limn_prompt_sizes_init (&speech->sizes, request->width, request->height, LIMN_PROMPT_AESTHETIC);
  if (!read_voices (speech->prompts, LIMN_PROMPT_POSITIVE, &speech->n_parts, error))
    return FALSE;
  /* Several parts add up from what the negative prompt says, whether that guides or not. */
  if (!guided && speech->n_parts == 1)
    g_clear_pointer (&speech->negatives, g_array_unref);
  return !speech->negatives || read_voices (speech->negatives, LIMN_PROMPT_NEGATIVE, &one, error);
}

/* --- What is said --- */

static void
add_say (GArray *says, const LimnRequest *request, char *text, double weight)
{
  Say say = { request, text, weight };

  for (guint i = 0; i < says->len; i++)
    {
      Say *other = &g_array_index (says, Say, i);

      if (g_str_equal (other->text, text) && same_words (other->request, request))
        {
          other->weight += weight;
          g_free (text);
          return;
        }
    }
  g_array_append_val (says, say);
}

/* @weight: (out): of the part; of one part alone nobody asks for it. */
static GArray *
list_says (const Speech *speech, const GArray *voices, guint part, guint step, double *weight)
{
  GArray *says = g_array_new (FALSE, FALSE, sizeof (Say));
  double share = 0, sum = 0, first = 0;
  gboolean alike = TRUE;
  guint n = 0;

  g_array_set_clear_func (says, say_clear);
  for (guint i = 0; i < voices->len; i++)
    {
      const Voice *voice = &g_array_index (voices, Voice, i);
      double own;

      if (part >= limn_prompt_program_get_n_parts (voice->program))
        continue;
      own = limn_prompt_program_get_weight (voice->program, part);
      if (n++ == 0)
        first = own;
      alike = alike && own == first;
      share += voice->weight;
      sum += voice->weight * own;
      add_say (says, voice->request, limn_prompt_program_dup_text (voice->program, part, step, speech->n_steps, NULL), voice->weight);
    }
  /* Who says nothing has no part in the mixture of the others; all of them add up to 1 as it is. */
  for (guint i = 0; i < says->len && n < voices->len; i++)
    g_array_index (says, Say, i).weight /= share;
  *weight = n == voices->len && alike ? first : sum;
  return says;
}

static void
add_key (GString *key, const GArray *says)
{
  for (guint i = 0; i < says->len; i++)
    {
      const Say *say = &g_array_index (says, Say, i);
      g_autofree char *words = limn_request_parts_write_key (say->request, LIMN_REQUEST_PART_WORDS);

      /* A text has no control characters that it could end with here: its length says where it ends. */
      g_string_append_printf (key, "%d %s %a %zu %s\n", say->request->syntax, words, says->len > 1 ? say->weight : 1, strlen (say->text),
                              say->text);
    }
  g_string_append_c (key, '\n');
}

/* Calls @use for each part, the negative prompt last as part G_MAXUINT. */
typedef gboolean (*UseFunc) (Speech *speech, guint part, GArray *says, double weight, gpointer data, GError **error);

static gboolean
say_all (Speech *speech, guint step, UseFunc use, gpointer data, GError **error)
{
  for (guint part = 0; part <= speech->n_parts; part++)
    {
      gboolean negative = part == speech->n_parts;
      g_autoptr(GArray) says = NULL;
      double weight;

      if (negative && !speech->negatives)
        break;
      says = list_says (speech, negative ? speech->negatives : speech->prompts, negative ? 0 : part, step, &weight);
      if (!use (speech, negative ? G_MAXUINT : part, says, weight, data, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
use_key (Speech *speech, guint part, GArray *says, double weight, gpointer data, GError **error)
{
  if (speech->n_parts > 1 && part != G_MAXUINT)
    g_string_append_printf (data, "%a\n", weight);
  add_key (data, says);
  return TRUE;
}

/* (nullable): borrowed; read once. */
static LimnEmbedding *
get_learned (LimnContexts *self, const LimnRequestWord *word, GError **error)
{
  LimnEmbedding *learned = g_hash_table_lookup (self->learned, word->path);

  if (learned)
    return learned;
  learned = limn_embedding_open (word->path, error);
  if (learned)
    g_hash_table_insert (self->learned, g_strdup (word->path), learned);
  else
    g_prefix_error (error, "The learned word “%s” cannot be read: ", word->name);
  return learned;
}

static gboolean
fits (const LimnModelFacts *facts, const LimnEmbedding *learned)
{
  for (guint i = 0; i < facts->n_texts; i++)
    if (!limn_embedding_get_values (learned, facts->texts[i].width))
      return FALSE;
  return TRUE;
}

/* Who names it so means nothing else. */
static gboolean
is_meant (const Say *say, const LimnRequestWord *word)
{
  g_autofree char *text = g_utf8_casefold (say->text, -1);
  g_autofree char *name = g_utf8_casefold (word->name, -1);
  g_autofree char *marked = g_strconcat ("embedding:", name, NULL);

  return strstr (text, marked) != NULL;
}

/* One that was learned with other models is a word as any other: "red" must not stop to be red because a file is called so. */
static LimnPrompt *
parse (LimnContexts *self, const Say *say, GError **error)
{
  const LimnModelFacts *facts = limn_pipeline_get_facts (self->pipeline);
  const GPtrArray *all = say->request->embeddings;
  g_autofree LimnPromptWord *words = g_new (LimnPromptWord, all ? all->len : 0);
  guint n = 0;

  for (guint i = 0; all && i < all->len; i++)
    {
      const LimnRequestWord *word = all->pdata[i];
      LimnEmbedding *learned = get_learned (self, word, error);
      guint n_widths;

      if (!learned)
        return NULL;
      if (fits (facts, learned))
        words[n++] = (LimnPromptWord) { word->name, learned };
      else if (is_meant (say, word))
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                       "The learned word “%s” was made for another kind of model: its vectors have %u numbers, this model's text encoder "
                       "takes %u.",
                       word->name, limn_embedding_get_widths (learned, &n_widths)[0], facts->texts[0].width);
          return NULL;
        }
    }
  return limn_prompt_new_with_words (limn_model_get_tokenizer (limn_pipeline_get_model (self->pipeline)), say->text, say->request->syntax,
                                     words, n, error);
}

/* @data: guint: the most chunks until now. */
static gboolean
use_count (Speech *speech, guint part, GArray *says, double weight, gpointer data, GError **error)
{
  guint *n_chunks = data;

  for (guint i = 0; i < says->len; i++)
    {
      g_autoptr(LimnPrompt) prompt = parse (speech->contexts, &g_array_index (says, Say, i), error);

      if (!prompt)
        return FALSE;
      *n_chunks = MAX (*n_chunks, prompt->n_chunks);
    }
  return TRUE;
}

/* Whether anybody says anything new: [n_steps + 1] by step, from 1. (transfer full) */
static gboolean *
find_changes (const Speech *speech)
{
  gboolean *changes = g_new0 (gboolean, (gsize) speech->n_steps + 1);

  for (guint side = 0; side < 2; side++)
    {
      const GArray *voices = side == 0 ? speech->prompts : speech->negatives;

      for (guint i = 0; voices && i < voices->len; i++)
        {
          g_autoptr(GArray) steps = limn_prompt_program_list_changes (g_array_index (voices, Voice, i).program, speech->n_steps);

          for (guint j = 0; j < steps->len; j++)
            changes[g_array_index (steps, guint, j)] = TRUE;
        }
    }
  return changes;
}

gboolean
limn_contexts_measure (LimnContexts *self, const LimnRequest *request, guint n_steps, gboolean guided, guint *tokens, guint *n_contexts,
                       GError **error)
{
  g_auto(Speech) speech = { 0 };
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree gboolean *changes = NULL;
  guint n_chunks = 1;

  if (!speech_init (&speech, self, request, MAX (n_steps, 1), guided, error))
    return FALSE;
  changes = find_changes (&speech);
  for (guint step = 1; step <= speech.n_steps; step++)
    {
      GString *key;

      if (!changes[step])
        continue;
      key = g_string_new (NULL);
      say_all (&speech, step, use_key, key, NULL);
      if (g_hash_table_add (seen, g_string_free (key, FALSE)) && !say_all (&speech, step, use_count, &n_chunks, error))
        return FALSE;
    }
  *tokens = n_chunks * LIMN_PROMPT_CHUNK_LENGTH;
  *n_contexts = speech.n_parts + (speech.negatives != NULL);
  return TRUE;
}

/* --- Encoding --- */

static void
forget_oldest (LimnContexts *self)
{
  while (self->bytes > MAX_BYTES && self->encoded.length > 1)
    {
      Told *oldest = g_queue_pop_tail (&self->encoded);

      self->bytes -= limn_conditioning_get_bytes (oldest->conditioning);
      told_unref (oldest);
    }
}

/* @say in @n_chunks chunks, of a picture of @sizes; @negative: it is what the negative prompt says. */
static Told *
encode (LimnContexts *self, const Say *say, gboolean negative, guint n_chunks, const LimnPromptSizes *sizes, GCancellable *cancellable,
        GError **error)
{
  g_autofree char *words = limn_request_parts_write_key (say->request, LIMN_REQUEST_PART_WORDS);
  g_autofree char *key = g_strdup_printf ("%d %s %d %u %u %u %g %s", say->request->syntax, words, negative && !*say->text, n_chunks,
                                          sizes->target_width, sizes->target_height, sizes->aesthetic, say->text);
  g_autoptr(LimnPrompt) prompt = NULL;
  LimnConditioning *conditioning;
  Told *told;

  for (GList *link = self->encoded.head; link; link = link->next)
    if (g_str_equal (((Told *) link->data)->key, key))
      {
        g_queue_unlink (&self->encoded, link);
        g_queue_push_head_link (&self->encoded, link);
        return g_rc_box_acquire (link->data);
      }
  prompt = parse (self, say, error);
  if (!prompt)
    return NULL;
  limn_prompt_pad (prompt, limn_model_get_tokenizer (limn_pipeline_get_model (self->pipeline)), n_chunks);
  conditioning = limn_pipeline_encode_prompt (self->pipeline, prompt, sizes, say->request->clip_skip, cancellable, error);
  if (!conditioning)
    return NULL;
  if (negative && !*say->text && conditioning->vector)
    limn_conditioning_forget_text (conditioning);
  self->n_encoded++;
  told = g_rc_box_new0 (Told);
  told->key = g_steal_pointer (&key);
  told->conditioning = conditioning;
  g_queue_push_head (&self->encoded, g_rc_box_acquire (told));
  self->bytes += limn_conditioning_get_bytes (conditioning);
  forget_oldest (self);
  return told;
}

static void
add_weighted (double *sum, const float *x, gsize n, double weight)
{
  for (gsize i = 0; i < n; i++)
    sum[i] += weight * x[i];
}

static Told *
mix (LimnContexts *self, const GArray *says, gboolean negative, guint n_chunks, const LimnPromptSizes *sizes, GCancellable *cancellable,
     GError **error)
{
  g_autofree double *sum = NULL;
  LimnConditioning *mixed = NULL;
  gsize n = 0;
  Told *told;

  if (says->len == 1)
    return encode (self, &g_array_index (says, Say, 0), negative, n_chunks, sizes, cancellable, error);
  for (guint i = 0; i < says->len; i++)
    {
      const Say *say = &g_array_index (says, Say, i);
      Told *one = encode (self, say, negative, n_chunks, sizes, cancellable, error);

      if (!one)
        {
          g_clear_pointer (&mixed, limn_conditioning_free);
          return NULL;
        }
      if (!mixed)
        {
          mixed = limn_conditioning_copy (one->conditioning);
          n = (gsize) mixed->tokens * mixed->width;
          sum = g_new0 (double, n + mixed->vector_width);
        }
      add_weighted (sum, one->conditioning->states, n, say->weight);
      if (mixed->vector)
        add_weighted (sum + n, one->conditioning->vector, mixed->vector_width, say->weight);
      told_unref (one);
    }
  for (gsize i = 0; i < n; i++)
    mixed->states[i] = (float) sum[i];
  for (gsize i = 0; i < mixed->vector_width; i++)
    mixed->vector[i] = (float) sum[n + i];
  told = g_rc_box_new0 (Told);
  told->conditioning = mixed;
  return told;
}

/* --- What is told at each step --- */

typedef struct
{
  State        *state;
  guint         n_chunks;
  GCancellable *cancellable;
} Telling;

static gboolean
use_mix (Speech *speech, guint part, GArray *says, double weight, gpointer data, GError **error)
{
  Telling *telling = data;
  LimnPromptSizes sizes = speech->sizes;
  Told *told;

  if (part == G_MAXUINT)
    sizes.aesthetic = LIMN_PROMPT_AESTHETIC_NEGATIVE;
  told = mix (speech->contexts, says, part == G_MAXUINT, telling->n_chunks, &sizes, telling->cancellable, error);
  if (!told)
    return FALSE;
  if (part == G_MAXUINT)
    {
      telling->state->negative = told;
      return TRUE;
    }
  g_ptr_array_add (telling->state->parts, told);
  g_ptr_array_add (telling->state->borrowed, told->conditioning);
  g_array_append_val (telling->state->weights, weight);
  return TRUE;
}

static gboolean
check_bytes (gsize bytes, GError **error)
{
  if (bytes <= MAX_SET_BYTES)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
               "This prompt says too many different things on its way: they take more than %" G_GSIZE_FORMAT
               " MiB. Let fewer words alternate, or write them shorter.",
               MAX_SET_BYTES >> 20);
  return FALSE;
}

/* Where a mixture is of what is told elsewhere too it is counted again: an upper bound. */
static State *
tell (Speech *speech, guint step, gsize *bytes, GCancellable *cancellable, GError **error)
{
  Telling telling = { g_new0 (State, 1), 1, cancellable };
  State *state = telling.state;

  state->parts = g_ptr_array_new_with_free_func (told_unref);
  state->borrowed = g_ptr_array_new ();
  state->weights = g_array_new (FALSE, FALSE, sizeof (double));
  if (say_all (speech, step, use_count, &telling.n_chunks, error) && say_all (speech, step, use_mix, &telling, error))
    {
      const LimnConditioning *one = g_ptr_array_index (state->borrowed, 0);

      state->tokens = one->tokens;
      *bytes += limn_conditioning_get_bytes (one) * (state->parts->len + (state->negative != NULL));
      if (check_bytes (*bytes, error))
        return state;
    }
  state_free (state);
  return NULL;
}

/* Everything that decides about the contexts. */
static char *
make_key (const Speech *speech, const LimnRequest *request)
{
  GString *key = g_string_new (NULL);

  g_string_append_printf (key, "%u %ux%u\n", speech->n_steps, request->width, request->height);
  for (guint side = 0; side < 2; side++)
    {
      const GArray *voices = side == 0 ? speech->prompts : speech->negatives;

      for (guint i = 0; voices && i < voices->len; i++)
        {
          const Voice *voice = &g_array_index (voices, Voice, i);
          g_autofree char *words = limn_request_parts_write_key (voice->request, LIMN_REQUEST_PART_WORDS);

          g_string_append_printf (key, "%d %s %a %zu %s\n", voice->request->syntax, words, voices->len > 1 ? voice->weight : 1,
                                  strlen (voice->text), voice->text);
        }
      g_string_append_c (key, '\n');
    }
  return g_string_free (key, FALSE);
}

gboolean
limn_contexts_set (LimnContexts *self, const LimnRequest *request, guint n_steps, gboolean guided, GCancellable *cancellable, GError **error)
{
  g_auto(Speech) speech = { 0 };
  g_autoptr(GHashTable) states = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, state_free);
  g_autoptr(GPtrArray) steps = g_ptr_array_new ();
  g_autofree gboolean *changes = NULL;
  g_autofree char *key = NULL;
  gsize bytes = 0;

  if (!speech_init (&speech, self, request, MAX (n_steps, 1), guided, error))
    return FALSE;
  key = make_key (&speech, request);
  if (g_strcmp0 (key, self->key) == 0)
    {
      self->guided = guided;
      return TRUE;
    }
  changes = find_changes (&speech);
  for (guint step = 1; step <= speech.n_steps; step++)
    {
      State *state = steps->len > 0 ? g_ptr_array_index (steps, steps->len - 1) : NULL;

      if (changes[step])
        {
          g_autoptr(GString) says = g_string_new (NULL);

          say_all (&speech, step, use_key, says, NULL);
          state = g_hash_table_lookup (states, says->str);
          if (!state)
            {
              state = tell (&speech, step, &bytes, cancellable, error);
              if (!state)
                return FALSE;
              g_hash_table_insert (states, g_strdup (says->str), state);
            }
        }
      g_ptr_array_add (steps, state);
    }
  g_ptr_array_unref (self->steps);
  self->steps = g_steal_pointer (&steps);
  g_clear_pointer (&self->states, g_hash_table_unref);
  self->states = g_steal_pointer (&states);
  self->guided = guided;
  g_free (self->key);
  self->key = g_steal_pointer (&key);
  return TRUE;
}

gboolean
limn_contexts_is_set (const LimnContexts *self, gboolean guided)
{
  return self->key && self->guided == guided;
}

void
limn_contexts_get (const LimnContexts *self, guint step, LimnContextsStep *told)
{
  const State *state;

  g_return_if_fail (self->steps->len > 0);

  state = g_ptr_array_index (self->steps, MIN (step, self->steps->len - 1));
  *told = (LimnContextsStep){
    .tokens = state->tokens,
    .negative = state->negative ? state->negative->conditioning : NULL,
    .n_parts = state->parts->len,
    .parts = (const LimnConditioning *const *) state->borrowed->pdata,
    .weights = (const double *) (gpointer) state->weights->data,
  };
}

guint
limn_contexts_get_n_encoded (const LimnContexts *self)
{
  return self->n_encoded;
}
