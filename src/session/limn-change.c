/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Prompts are compared word by word: a longest common subsequence, of what is left when the same words at both ends are put aside. Two places
 * with one word between them are one: "a dark house" that became "the old house" says more than "a", "dark". */
#include "config.h"

#include "session/limn-change.h"

#include "session/limn-request-chain.h"
#include "session/limn-request-lora.h"

#include <math.h>
#include <string.h>

/* Words that are compared one by one, of each prompt: a table of as many squared, and more than a network reads. Longer ones are one change. */
#define MAX_WORDS 512

/* Shown on an edge between two pictures: what is longer says no more. In characters. */
#define MAX_TEXT 200

typedef struct
{
  const char *begin;
  gsize       length;
} Word;

void
limn_change_free (LimnChange *change)
{
  if (!change)
    return;
  g_free (change->old_text);
  g_free (change->new_text);
  g_free (change);
}

static void
add (GPtrArray *changes, LimnChangeField field, const char *old_text, const char *new_text)
{
  LimnChange *change = g_new0 (LimnChange, 1);

  change->field = field;
  change->old_text = g_strdup (old_text);
  change->new_text = g_strdup (new_text);
  g_ptr_array_add (changes, change);
}

/* --- Words --- */

static gboolean
is_mark (const char *c)
{
  /* The point of a weight is a part of the number. */
  if (*c == '.' && g_ascii_isdigit (c[1]))
    return FALSE;
  return *c && strchr (",.;:!?()[]{}<>|\"", *c) != NULL;
}

static GArray *
split (const char *text)
{
  GArray *words = g_array_new (FALSE, FALSE, sizeof (Word));
  const char *c = text;

  while (*c)
    {
      Word word = { c, 0 };

      if (g_unichar_isspace (g_utf8_get_char (c)))
        {
          c = g_utf8_next_char (c);
          continue;
        }
      do
        c = g_utf8_next_char (c);
      while (!is_mark (word.begin) && *c && !g_unichar_isspace (g_utf8_get_char (c)) && !is_mark (c));
      word.length = c - word.begin;
      g_array_append_val (words, word);
    }
  return words;
}

static gboolean
same (const GArray *a, guint i, const GArray *b, guint j)
{
  const Word *left = &g_array_index (a, Word, i), *right = &g_array_index (b, Word, j);

  return left->length == right->length && memcmp (left->begin, right->begin, left->length) == 0;
}

/* The text from word @from up to @to, as it stands there, without marks at its ends that say nothing alone. */
static char *
cut (const GArray *words, guint from, guint to)
{
  const Word *first, *last;
  g_autofree char *text = NULL;

  while (from < to && g_array_index (words, Word, from).length == 1 && is_mark (g_array_index (words, Word, from).begin))
    from++;
  while (from < to && g_array_index (words, Word, to - 1).length == 1 && is_mark (g_array_index (words, Word, to - 1).begin))
    to--;
  if (from >= to)
    return g_strdup ("");
  first = &g_array_index (words, Word, from);
  last = &g_array_index (words, Word, to - 1);
  text = g_strndup (first->begin, last->begin + last->length - first->begin);
  if (g_utf8_strlen (text, -1) > MAX_TEXT)
    {
      g_autofree char *head = g_utf8_substring (text, 0, MAX_TEXT - 1);

      return g_strconcat (head, "…", NULL);
    }
  return g_steal_pointer (&text);
}

static void
add_words (GPtrArray *changes, LimnChangeField field, const GArray *old_words, guint a, guint a_end, const GArray *new_words, guint b,
           guint b_end)
{
  g_autofree char *old_text = cut (old_words, a, a_end);
  g_autofree char *new_text = cut (new_words, b, b_end);

  if (!g_str_equal (old_text, new_text))
    add (changes, field, old_text, new_text);
}

/* Length of the longest common subsequence of what follows each pair. */
static guint16 *
measure (const GArray *a, guint a_begin, guint a_end, const GArray *b, guint b_begin, guint b_end)
{
  guint wide = b_end - b_begin + 1;
  guint16 *table = g_new0 (guint16, (gsize) (a_end - a_begin + 1) * wide);

  for (guint i = a_end - a_begin; i-- > 0;)
    for (guint j = b_end - b_begin; j-- > 0;)
      table[i * wide + j] = same (a, a_begin + i, b, b_begin + j) ? table[(i + 1) * wide + j + 1] + 1
                                                                  : MAX (table[(i + 1) * wide + j], table[i * wide + j + 1]);
  return table;
}

static void
compare_words (GPtrArray *changes, LimnChangeField field, const char *old_text, const char *new_text)
{
  g_autoptr(GArray) a = split (old_text);
  g_autoptr(GArray) b = split (new_text);
  guint begin = 0, a_end = a->len, b_end = b->len, wide, i, j;
  guint n_before = changes->len;
  g_autofree guint16 *table = NULL;

  if (strcmp (old_text, new_text) == 0)
    return;
  while (begin < a_end && begin < b_end && same (a, begin, b, begin))
    begin++;
  while (a_end > begin && b_end > begin && same (a, a_end - 1, b, b_end - 1))
    {
      a_end--;
      b_end--;
    }
  if (a_end - begin > MAX_WORDS || b_end - begin > MAX_WORDS)
    {
      add_words (changes, field, a, begin, a_end, b, begin, b_end);
      return;
    }
  table = measure (a, begin, a_end, b, begin, b_end);
  wide = b_end - begin + 1;
  i = j = begin;
  while (i < a_end || j < b_end)
    {
      guint from_a = i, from_b = j, n_same;

      for (;;)
        {
          /* What is in one alone, up to the next word that both have. */
          while ((i < a_end || j < b_end) && !(i < a_end && j < b_end && same (a, i, b, j)))
            if (j >= b_end || (i < a_end && table[(i + 1 - begin) * wide + j - begin] >= table[(i - begin) * wide + j + 1 - begin]))
              i++;
            else
              j++;
          for (n_same = 0; i + n_same < a_end && j + n_same < b_end && same (a, i + n_same, b, j + n_same);)
            n_same++;
          if (n_same != 1)
            break;
          /* Something differs behind it too: what is the same at the end has been put aside. */
          i++;
          j++;
        }
      add_words (changes, field, a, from_a, i, b, from_b, j);
      i += n_same;
      j += n_same;
    }
  /* Marks and blanks alone. */
  if (changes->len == n_before)
    add (changes, field, old_text, new_text);
}

/* --- Numbers and names --- */

static char *
write_number (double number)
{
  char *text = g_malloc (G_ASCII_DTOSTR_BUF_SIZE);

  return g_ascii_formatd (text, G_ASCII_DTOSTR_BUF_SIZE, "%.6g", number);
}

static void
compare_numbers (GPtrArray *changes, LimnChangeField field, double old_number, double new_number)
{
  g_autofree char *old_text = write_number (old_number);
  g_autofree char *new_text = write_number (new_number);

  if (old_number != new_number)
    add (changes, field, old_text, new_text);
}

static void
compare_whole (GPtrArray *changes, LimnChangeField field, guint64 old_number, guint64 new_number)
{
  g_autofree char *old_text = g_strdup_printf ("%" G_GUINT64_FORMAT, old_number);
  g_autofree char *new_text = g_strdup_printf ("%" G_GUINT64_FORMAT, new_number);

  if (old_number != new_number)
    add (changes, field, old_text, new_text);
}

static const char *
get_schedule_name (LimnScheduleKind kind)
{
  const char *name = limn_schedule_kind_get_display_name (kind);

  return name ? name : limn_schedule_kind_get_name (kind);
}

static void
compare_size (GPtrArray *changes, const LimnRequest *other, const LimnRequest *request)
{
  g_autofree char *old_text = g_strdup_printf ("%u×%u", other->width, other->height);
  g_autofree char *new_text = g_strdup_printf ("%u×%u", request->width, request->height);

  if (!g_str_equal (old_text, new_text))
    add (changes, LIMN_CHANGE_SIZE, old_text, new_text);
}

static void
compare_models (GPtrArray *changes, const LimnRequest *other, const LimnRequest *request)
{
  g_autofree char *old_text = other->model ? g_path_get_basename (other->model) : g_strdup ("");
  g_autofree char *new_text = request->model ? g_path_get_basename (request->model) : g_strdup ("");

  if (g_strcmp0 (other->model, request->model) != 0)
    add (changes, LIMN_CHANGE_MODEL, old_text, new_text);
}

static void
compare_variations (GPtrArray *changes, const LimnRequest *other, const LimnRequest *request)
{
  if (other->variation_strength == 0 && request->variation_strength == 0)
    return;
  if (limn_request_get_variation_seed (other) != limn_request_get_variation_seed (request))
    compare_whole (changes, LIMN_CHANGE_VARIATION, limn_request_get_variation_seed (other), limn_request_get_variation_seed (request));
  else
    compare_numbers (changes, LIMN_CHANGE_VARIATION, other->variation_strength, request->variation_strength);
}

static void
compare_sources (GPtrArray *changes, const LimnRequestSource *other, const LimnRequestSource *source)
{
  if (!other && !source)
    return;
  if (!other || !source)
    {
      add (changes, source && source->mask ? LIMN_CHANGE_MASK : LIMN_CHANGE_SOURCE, "", "");
      return;
    }
  if (g_strcmp0 (other->picture, source->picture) != 0)
    add (changes, LIMN_CHANGE_SOURCE, "", "");
  compare_numbers (changes, LIMN_CHANGE_STRENGTH, other->strength, source->strength);
  if (g_strcmp0 (other->mask, source->mask) != 0)
    add (changes, LIMN_CHANGE_MASK, "", "");
  else
    compare_whole (changes, LIMN_CHANGE_FEATHER, other->feather, source->feather);
}

/* "ink 0.8", "ink 0.8, text 0.5"; "" where there is none of @path. (transfer full) */
static char *
describe_lora (const LimnRequest *request, const char *path)
{
  for (guint i = 0; request->loras && i < request->loras->len; i++)
    {
      const LimnRequestLora *lora = request->loras->pdata[i];
      g_autofree char *name = NULL, *strength = NULL, *text_strength = NULL;

      if (lora->tagged || !g_str_equal (lora->path, path))
        continue;
      name = limn_resources_name_path (path);
      strength = write_number (lora->strength);
      text_strength = write_number (lora->text_strength);
      return lora->text_strength == lora->strength ? g_strdup_printf ("%s %s", name, strength)
                                                   : g_strdup_printf ("%s %s, text %s", name, strength, text_strength);
    }
  return g_strdup ("");
}

static void
compare_loras (GPtrArray *changes, const LimnRequest *other, const LimnRequest *request)
{
  const LimnRequest *const both[] = { other, request };

  for (gsize i = 0; i < G_N_ELEMENTS (both); i++)
    for (guint j = 0; both[i]->loras && j < both[i]->loras->len; j++)
      {
        const LimnRequestLora *lora = both[i]->loras->pdata[j];
        g_autofree char *old_text = describe_lora (other, lora->path);
        g_autofree char *new_text = describe_lora (request, lora->path);

        /* What is in both was seen among the first's. */
        if (!lora->tagged && !g_str_equal (old_text, new_text) && (i == 0 || !*old_text))
          add (changes, LIMN_CHANGE_LORAS, old_text, new_text);
      }
}

static void
compare_requests (GPtrArray *changes, const LimnRequest *other, const LimnRequest *request)
{
  const LimnSamplerFacts *sampler = limn_sampler_get_facts (request->sampler);
  const LimnSamplerFacts *their_sampler = limn_sampler_get_facts (other->sampler);

  if ((other->mix != NULL) != (request->mix != NULL))
    add (changes, LIMN_CHANGE_WORDS, other->mix ? "" : other->prompt, request->mix ? "" : request->prompt);
  else
    {
      compare_words (changes, LIMN_CHANGE_PROMPT, other->prompt, request->prompt);
      /* Nobody hears it at a guidance of 1. */
      if (other->cfg != 1 || request->cfg != 1)
        compare_words (changes, LIMN_CHANGE_NEGATIVE, other->negative, request->negative);
      if (other->syntax != request->syntax)
        add (changes, LIMN_CHANGE_SYNTAX, "", "");
      compare_whole (changes, LIMN_CHANGE_CLIP_SKIP, other->clip_skip, request->clip_skip);
      compare_loras (changes, other, request);
    }
  compare_numbers (changes, LIMN_CHANGE_CFG, other->cfg, request->cfg);
  if (other->cfg != 1 || request->cfg != 1)
    compare_numbers (changes, LIMN_CHANGE_CFG_RESCALE, other->cfg_rescale, request->cfg_rescale);
  if (other->sampler != request->sampler)
    add (changes, LIMN_CHANGE_SAMPLER, their_sampler->display_name, sampler->display_name);
  if (other->schedule != request->schedule)
    add (changes, LIMN_CHANGE_SCHEDULE, get_schedule_name (other->schedule), get_schedule_name (request->schedule));
  compare_whole (changes, LIMN_CHANGE_STEPS, other->steps, request->steps);
  /* Each sampler has its usual eta, which goes without saying. */
  if (sampler->has_eta && !(other->sampler != request->sampler && request->eta == sampler->default_eta))
    compare_numbers (changes, LIMN_CHANGE_ETA, their_sampler->has_eta ? other->eta : 0, request->eta);
  compare_sources (changes, other->source, request->source);
  if (!limn_request_controls_equal (&other->controls, &request->controls))
    add (changes, LIMN_CHANGE_CONTROLS, "", "");
}

GPtrArray *
limn_change_list_between (const LimnRequest *other, const LimnRequest *request)
{
  GPtrArray *changes = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_change_free);

  compare_requests (changes, other, request);
  compare_whole (changes, LIMN_CHANGE_SEED, limn_request_get_seed (other), limn_request_get_seed (request));
  compare_variations (changes, other, request);
  compare_size (changes, other, request);
  compare_models (changes, other, request);
  return changes;
}

GPtrArray *
limn_change_list (const LimnRequest *request)
{
  GPtrArray *changes = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_change_free);
  const LimnRequestBranch *branch = request->branch;
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_return_val_if_fail (branch != NULL, changes);

  if (limn_request_branch_is_plain (request))
    return changes;
  compare_requests (changes, limn_request_get_at (branch->from, MAX (branch->step, 1)), request);
  g_ascii_formatd (number, sizeof number, "%.3g", branch->noise_amount);
  if (branch->noise == LIMN_FRESH_NOISE_RENOISE && branch->noise_amount > 0)
    add (changes, LIMN_CHANGE_RENOISE, "", number);
  g_snprintf (number, sizeof number, "%" G_GUINT64_FORMAT, branch->noise_seed);
  if (branch->noise == LIMN_FRESH_NOISE_STREAM)
    add (changes, LIMN_CHANGE_NOISE, "", number);
  return changes;
}

/* --- In English --- */

static const char *
get_english_name (LimnChangeField field)
{
  switch (field)
    {
    case LIMN_CHANGE_NEGATIVE:
      return "negative: ";
    case LIMN_CHANGE_CFG:
      return "cfg ";
    case LIMN_CHANGE_CFG_RESCALE:
      return "cfg rescale ";
    case LIMN_CHANGE_STEPS:
      return "steps ";
    case LIMN_CHANGE_ETA:
      return "eta ";
    case LIMN_CHANGE_FEATHER:
      return "feather ";
    case LIMN_CHANGE_CLIP_SKIP:
      return "clip skip ";
    case LIMN_CHANGE_LORAS:
      return "LoRA ";
    case LIMN_CHANGE_SEED:
      return "seed ";
    case LIMN_CHANGE_VARIATION:
      return "variation ";
    case LIMN_CHANGE_STRENGTH:
      return "strength ";
    case LIMN_CHANGE_MODEL:
      return "model ";
    default:
      return "";
    }
}

char *
limn_change_to_english (const LimnChange *change)
{
  const char *name = get_english_name (change->field);

  switch (change->field)
    {
    case LIMN_CHANGE_SYNTAX:
      return g_strdup ("prompt syntax");
    case LIMN_CHANGE_MASK:
      return g_strdup ("mask");
    case LIMN_CHANGE_CONTROLS:
      return g_strdup ("pictures to draw by");
    case LIMN_CHANGE_SOURCE:
      return g_strdup ("picture to start from");
    case LIMN_CHANGE_RENOISE:
      return g_strdup_printf ("fresh noise %s", change->new_text);
    case LIMN_CHANGE_NOISE:
      return g_strdup_printf ("fresh noise, seed %s", change->new_text);
    case LIMN_CHANGE_WORDS:
      return *change->new_text ? g_strdup_printf ("its own prompt: %s", change->new_text) : g_strdup ("mixed prompts");
    default:
      break;
    }
  if (!*change->old_text)
    return g_strdup_printf ("%s+ %s", name, change->new_text);
  if (!*change->new_text)
    return g_strdup_printf ("%s− %s", name, change->old_text);
  return g_strdup_printf ("%s%s → %s", name, change->old_text, change->new_text);
}

char *
limn_changes_to_english (GPtrArray *changes)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < changes->len; i++)
    {
      g_autofree char *one = limn_change_to_english (g_ptr_array_index (changes, i));

      g_string_append_printf (text, "%s%s", i ? ", " : "", one);
    }
  return g_strdup (changes->len ? text->str : "the same");
}
