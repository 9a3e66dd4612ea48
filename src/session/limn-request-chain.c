/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A path is a start and a list of segments, both as text: what is said in the same words computes the same bits, and no number is compared but
 * by its digits. What has no effect is taken out before the words are written, so the words are few enough to be complete: every setting of a
 * request is in the start's text, in the segments', or stands in forget() with the reason why it is in neither. */
#include "config.h"

#include "session/limn-request-chain.h"

#include "formats/limn-prompt-program.h"
#include "session/limn-request-part.h"
#include "session/limn-request-private.h"

#include <string.h>

typedef struct
{
  guint  begin;
  char  *settings;
  char  *noise; /* "" or what is put in */
} Segment;

struct _LimnRequestPath
{
  char   *start;
  GArray *segments;
};

/* --- Walking --- */

GArray *
limn_request_list_segments (const LimnRequest *request)
{
  GArray *segments = g_array_new (FALSE, FALSE, sizeof (LimnRequestSegment));
  guint limit = G_MAXUINT;

  /* From the last to the first: each holds from its own step up to where the one that descends from it begins. */
  for (;; request = request->branch->from)
    {
      LimnRequestSegment segment = { request, request->branch ? request->branch->step : 0 };

      if (request->branch && limn_request_branch_is_plain (request))
        continue;
      if (segment.begin < limit)
        {
          g_array_prepend_val (segments, segment);
          limit = segment.begin;
        }
      if (!request->branch)
        break;
    }
  return segments;
}

const LimnRequest *
limn_request_get_at (const LimnRequest *request, guint step)
{
  g_autoptr(GArray) segments = limn_request_list_segments (request);
  guint i = segments->len - 1;

  while (i > 0 && g_array_index (segments, LimnRequestSegment, i).begin >= step)
    i--;
  return g_array_index (segments, LimnRequestSegment, i).request;
}

const LimnRequest *
limn_request_get_root (const LimnRequest *request)
{
  while (request->branch)
    request = request->branch->from;
  return request;
}

guint
limn_request_get_begin (const LimnRequest *request)
{
  g_autoptr(GArray) segments = limn_request_list_segments (request);

  return g_array_index (segments, LimnRequestSegment, segments->len - 1).begin;
}

/* --- What has an effect --- */

static void forget (LimnRequest *request);

static void
take_words (LimnRequest *request, const LimnRequest *from)
{
  limn_request_set_prompt (request, from->prompt);
  limn_request_set_negative (request, from->negative);
  request->syntax = from->syntax;
  limn_request_parts_take (request, from, LIMN_REQUEST_PART_WORDS);
}

static void
take_noise (LimnRequest *request, const LimnRequest *from)
{
  request->seed = from->seed;
  request->rng = from->rng;
  request->variation_seed = from->variation_seed;
  request->variation_strength = from->variation_strength;
  request->seed_width = from->seed_width;
  request->seed_height = from->seed_height;
}

/* Whether it says several things at once. They add up from what the negative prompt says, with guidance or without. */
static gboolean
joins_prompts (const LimnRequest *request)
{
  g_autoptr(LimnPromptProgram) program = NULL;

  if (request->mix && limn_request_mix_has_prompts (request->mix))
    {
      for (guint i = 0; i < request->mix->n_ends; i++)
        if (joins_prompts (request->mix->ends[i].request))
          return TRUE;
      return FALSE;
    }
  program = limn_prompt_program_new (request->prompt, request->syntax, LIMN_PROMPT_POSITIVE, NULL);
  return program && limn_prompt_program_get_n_parts (program) > 1;
}

/* What an end of a mix gives: noise and words, or words alone. The size is the mix's own. */
static LimnRequest *
distil_end (const LimnRequest *end, const LimnRequest *mix, gboolean noise)
{
  LimnRequest *distilled = limn_request_new ();
  g_autoptr(LimnRequest) own = limn_request_copy (end);

  /* Its negative prompt counts where another end joins prompts. */
  own->cfg = joins_prompts (mix) ? 0 : mix->cfg;
  own->width = mix->width;
  own->height = mix->height;
  limn_request_take_branch (own, NULL);
  forget (own);
  distilled->open = 0;
  take_words (distilled, own);
  if (noise)
    take_noise (distilled, own);
  limn_request_take_mix (distilled, g_steal_pointer (&own->mix));
  return distilled;
}

static void
keep_ends (LimnRequestMix *mix, guint first, guint second, double u)
{
  LimnRequestMix *kept = limn_request_mix_new (mix->way, 2);

  limn_request_mix_set_end (kept, 0, mix->ends[first].request, mix->ends[first].picture);
  limn_request_mix_set_end (kept, 1, mix->ends[second].request, mix->ends[second].picture);
  for (guint i = 0; i < LIMN_MIX_MAX_ENDS; i++)
    {
      LimnMixEnd *end = &mix->ends[i];

      g_clear_pointer (&end->request, limn_request_free);
      g_clear_pointer (&end->picture, g_free);
      if (i < 2)
        {
          *end = kept->ends[i];
          kept->ends[i] = (LimnMixEnd){ NULL, NULL };
        }
    }
  limn_request_mix_free (kept);
  mix->n_ends = 2;
  mix->u = u;
  mix->v = 0;
}

/* The mix without what has no weight or is looked at nowhere; of noise and words of which one end alone is left, that end. */
static void
forget_mix (LimnRequest *request)
{
  LimnRequestMix *mix = request->mix;
  gboolean noise = mix->way == LIMN_MIX_NOISE;
  gboolean words = limn_request_mix_has_prompts (mix);

  for (guint i = 0; i < mix->n_ends; i++)
    {
      LimnRequest *distilled = words ? distil_end (mix->ends[i].request, request, noise) : NULL;

      limn_request_free (mix->ends[i].request);
      mix->ends[i].request = distilled;
      if (noise)
        g_clear_pointer (&mix->ends[i].picture, g_free);
    }
  if (noise)
    mix->strength = 0;
  if (mix->n_ends == 4 && (mix->v == 0 || mix->v == 1))
    keep_ends (mix, mix->v == 0 ? 0 : 2, mix->v == 0 ? 1 : 3, mix->u);
  if (mix->n_ends == 4 && (mix->u == 0 || mix->u == 1))
    keep_ends (mix, mix->u == 0 ? 0 : 1, mix->u == 0 ? 2 : 3, mix->v);
  if (mix->n_ends == 2 && (mix->u == 0 || mix->u == 1))
    keep_ends (mix, mix->u == 0 ? 0 : 1, mix->u == 0 ? 0 : 1, 0);
  if (words)
    {
      const LimnRequest blank = { 0 };

      take_words (request, &blank);
    }
  if (noise)
    {
      const LimnRequest blank = { 0 };

      take_noise (request, &blank);
    }
  if (noise && mix->n_ends == 2 && mix->u == 0)
    {
      g_autoptr(LimnRequest) end = limn_request_copy (mix->ends[0].request);

      take_words (request, end);
      take_noise (request, end);
      limn_request_take_mix (request, g_steal_pointer (&end->mix));
    }
}

/* Takes out what has no effect on any latent. The branch is not looked at. */
static void
forget (LimnRequest *request)
{
  const guint64 seed = limn_request_get_seed (request), variation_seed = limn_request_get_variation_seed (request);

  /* How the seed is said; where it is computed; what is shown and kept. */
  request->seed = seed;
  request->variation_seed = request->variation_strength == 0 ? 0 : variation_seed;
  request->batch_count = 1;
  request->batch_index = 0;
  limn_request_set_device (request, NULL);
  request->preview = LIMN_PREVIEW_NOISY;
  request->preview_every = 1;
  request->preview_half = request->keep_latents = FALSE;

  if (request->seed_width == request->width && request->seed_height == request->height)
    request->seed_width = request->seed_height = 0;
  if (!limn_sampler_get_facts (request->sampler)->has_eta)
    request->eta = 0;
  if (request->source && !request->source->only_masked)
    request->source->padding = 0;
  if (request->mix)
    forget_mix (request);
  /* One pass of the network a step, which is not asked about the other prompt. */
  if (request->cfg == 1 && !joins_prompts (request))
    limn_request_set_negative (request, NULL);
  if (request->cfg == 1)
    request->cfg_rescale = 0;
}

/* --- Paths --- */

static char *
write_text (const LimnRequest *request)
{
  LimnJsonText *text = limn_json_text_new ();

  limn_request_write (request, text, NULL, TRUE);
  return limn_json_text_free (text);
}

/* Noise alone: no words, in no end of a mix. */
static void
forget_words (LimnRequest *request)
{
  const LimnRequest blank = { 0 };

  take_words (request, &blank);
  for (guint i = 0; request->mix && i < request->mix->n_ends; i++)
    if (request->mix->way == LIMN_MIX_PICTURES)
      g_clear_pointer (&request->mix->ends[i].request, limn_request_free);
    else
      forget_words (request->mix->ends[i].request);
}

/* What it begins with, and all that is the same from the first step to the last. */
static char *
describe_start (const LimnRequest *root)
{
  g_autoptr(LimnRequest) start = limn_request_copy (root);

  forget (start);
  forget_words (start);
  start->steps = 1;
  start->sampler = 0;
  start->schedule = 0;
  start->eta = start->cfg = start->cfg_rescale = 0;
  limn_request_parts_clear (start, LIMN_REQUEST_PART_STEP);
  return write_text (start);
}

/* What may be another in each segment. */
static char *
describe_settings (const LimnRequest *request)
{
  const LimnRequest blank = { 0 };
  g_autoptr(LimnRequest) own = limn_request_copy (request);

  limn_request_take_branch (own, NULL);
  forget (own);
  take_noise (own, &blank);
  limn_request_set_model (own, NULL);
  own->prediction = 0;
  own->storage = 0;
  own->width = own->height = own->tile = own->overlap = 0;
  own->wrap_x = own->wrap_y = FALSE;
  limn_request_parts_clear (own, LIMN_REQUEST_PART_START);
  return write_text (own);
}

static char *
describe_noise (const LimnRequestBranch *branch)
{
  g_autofree char *amount = NULL;

  if (!branch || branch->noise == LIMN_FRESH_NOISE_NONE || (branch->noise == LIMN_FRESH_NOISE_RENOISE && branch->noise_amount == 0))
    return g_strdup ("");
  if (branch->noise == LIMN_FRESH_NOISE_STREAM)
    return g_strdup_printf ("stream %" G_GUINT64_FORMAT, branch->noise_seed);
  amount = g_malloc (G_ASCII_DTOSTR_BUF_SIZE);
  g_ascii_dtostr (amount, G_ASCII_DTOSTR_BUF_SIZE, branch->noise_amount);
  return g_strdup_printf ("renoise %" G_GUINT64_FORMAT " %s", branch->noise_seed, amount);
}

static void
clear_segment (gpointer data)
{
  Segment *segment = data;

  g_free (segment->settings);
  g_free (segment->noise);
}

LimnRequestPath *
limn_request_path_new (const LimnRequest *request)
{
  LimnRequestPath *self;
  g_autoptr(GArray) segments = NULL;

  g_return_val_if_fail (request->open == 0, NULL);

  self = g_new0 (LimnRequestPath, 1);
  segments = limn_request_list_segments (request);
  self->start = describe_start (limn_request_get_root (request));
  self->segments = g_array_new (FALSE, FALSE, sizeof (Segment));
  g_array_set_clear_func (self->segments, clear_segment);
  for (guint i = 0; i < segments->len; i++)
    {
      const LimnRequestSegment *theirs = &g_array_index (segments, LimnRequestSegment, i);
      Segment segment = { theirs->begin, describe_settings (theirs->request), describe_noise (theirs->request->branch) };

      /* What was changed has no effect: the one before goes on. */
      if (i > 0 && !*segment.noise && strcmp (segment.settings, g_array_index (self->segments, Segment, self->segments->len - 1).settings) == 0)
        clear_segment (&segment);
      else
        g_array_append_val (self->segments, segment);
    }
  return self;
}

void
limn_request_path_free (LimnRequestPath *path)
{
  if (!path)
    return;
  g_free (path->start);
  g_array_unref (path->segments);
  g_free (path);
}

/* Where segment @i ends. */
static guint
get_end (const LimnRequestPath *path, guint i)
{
  return i + 1 < path->segments->len ? g_array_index (path->segments, Segment, i + 1).begin : G_MAXUINT;
}

/* The first segment in which they are not the same; both begin it at the same step. */
static guint
find_parting (const LimnRequestPath *a, const LimnRequestPath *b, int *order)
{
  for (guint i = 0;; i++)
    {
      const Segment *left = &g_array_index (a->segments, Segment, i), *right = &g_array_index (b->segments, Segment, i);
      guint left_end = get_end (a, i), right_end = get_end (b, i);

      *order = strcmp (left->settings, right->settings);
      if (*order == 0)
        *order = strcmp (left->noise, right->noise);
      if (*order != 0)
        return left->begin;
      /* Who goes on as before comes first. */
      if (left_end != right_end)
        {
          *order = left_end > right_end ? -1 : 1;
          return MIN (left_end, right_end);
        }
      if (left_end == G_MAXUINT)
        return G_MAXUINT;
    }
}

guint
limn_request_path_count_shared (const LimnRequestPath *a, const LimnRequestPath *b)
{
  int order;

  return limn_request_path_same_start (a, b) ? find_parting (a, b, &order) : 0;
}

gboolean
limn_request_path_same_start (const LimnRequestPath *a, const LimnRequestPath *b)
{
  return strcmp (a->start, b->start) == 0;
}

int
limn_request_path_compare (const LimnRequestPath *a, const LimnRequestPath *b)
{
  int order = strcmp (a->start, b->start);

  if (order == 0)
    find_parting (a, b, &order);
  return order;
}

guint
limn_request_count_shared (const LimnRequest *a, const LimnRequest *b)
{
  g_autoptr(LimnRequestPath) left = limn_request_path_new (a);
  g_autoptr(LimnRequestPath) right = limn_request_path_new (b);

  return limn_request_path_count_shared (left, right);
}

gboolean
limn_request_same_start (const LimnRequest *a, const LimnRequest *b)
{
  g_autoptr(LimnRequestPath) left = limn_request_path_new (a);
  g_autoptr(LimnRequestPath) right = limn_request_path_new (b);

  return limn_request_path_same_start (left, right);
}

int
limn_request_compare_paths (const LimnRequest *a, const LimnRequest *b)
{
  g_autoptr(LimnRequestPath) left = limn_request_path_new (a);
  g_autoptr(LimnRequestPath) right = limn_request_path_new (b);

  return limn_request_path_compare (left, right);
}

char **
limn_request_list_hashes (const LimnRequest *request)
{
  g_autoptr(GPtrArray) hashes = g_ptr_array_new ();

  for (; request; request = request->branch ? request->branch->from : NULL)
    g_ptr_array_add (hashes, limn_request_hash (request));
  g_ptr_array_add (hashes, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&hashes), FALSE);
}
