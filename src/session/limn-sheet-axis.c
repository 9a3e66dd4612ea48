/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A value is kept as its text alone: what stands in a PNG, in an entry and under a picture is the same, and it is read anew where it is
 * applied. */
#include "config.h"

#include "session/limn-sheet-axis.h"

#include "base/limn-error.h"
#include "session/limn-request-chain.h"
#include "session/limn-request-lora.h"
#include "session/limn-request-private.h"

#include <math.h>
#include <string.h>

typedef enum
{
  KIND_SEED,   /* whole, 64 bits */
  KIND_COUNT,  /* whole, 32 bits */
  KIND_NUMBER,
  KIND_SAMPLER,
  KIND_SCHEDULE,
  KIND_TEXT,
} Kind;

static const Kind kinds[LIMN_SHEET_N_FIELDS] = {
  [LIMN_SHEET_SEED] = KIND_SEED,
  [LIMN_SHEET_STEPS] = KIND_COUNT,
  [LIMN_SHEET_CFG] = KIND_NUMBER,
  [LIMN_SHEET_SAMPLER] = KIND_SAMPLER,
  [LIMN_SHEET_SCHEDULE] = KIND_SCHEDULE,
  [LIMN_SHEET_ETA] = KIND_NUMBER,
  [LIMN_SHEET_PROMPT] = KIND_TEXT,
  [LIMN_SHEET_STRENGTH] = KIND_NUMBER,
  [LIMN_SHEET_LAMBDA] = KIND_NUMBER,
  [LIMN_SHEET_LAMBDA_V] = KIND_NUMBER,
  [LIMN_SHEET_VARIATION_SEED] = KIND_SEED,
  [LIMN_SHEET_VARIATION_STRENGTH] = KIND_NUMBER,
  [LIMN_SHEET_NOISE_SEED] = KIND_SEED,
  [LIMN_SHEET_NOISE_AMOUNT] = KIND_NUMBER,
  [LIMN_SHEET_BRANCH_STEP] = KIND_COUNT,
};

static const char *const field_names[] = { "seed", "steps", "cfg", "sampler", "schedule", "eta", "prompt-part", "strength", "lambda",
                                           "lambda-v", "variation-seed", "variation-strength", "noise-seed", "noise-amount",
                                           "branch-step", NULL };

G_STATIC_ASSERT (G_N_ELEMENTS (field_names) == LIMN_SHEET_N_FIELDS + 1);

struct _LimnSheetAxis
{
  LimnSheetField field;
  GPtrArray     *values;
  GPtrArray     *labels; /* of numbers; NULL: the values themselves, or names */
};

gboolean
limn_sheet_field_from_name (const char *name, LimnSheetField *field, GError **error)
{
  guint index;

  if (!limn_request_find_name (field_names, "setting for an axis", name, &index, error))
    return FALSE;
  *field = (LimnSheetField) index;
  return TRUE;
}

const char *
limn_sheet_field_get_name (LimnSheetField field)
{
  return field_names[field];
}

/* --- Values --- */

static gboolean
read_name (const char *const *names, guint n, const char *(*get_label) (guint), const char *text, guint *index)
{
  for (guint i = 0; i < n; i++)
    {
      const char *label = get_label (i);

      if (g_ascii_strcasecmp (names[i], text) == 0 || (label && g_ascii_strcasecmp (label, text) == 0))
        {
          *index = i;
          return TRUE;
        }
    }
  return FALSE;
}

static const char *
get_sampler_label (guint index)
{
  return limn_sampler_get_facts ((LimnSamplerKind) index)->display_name;
}

static const char *
get_schedule_label (guint index)
{
  return limn_schedule_kind_get_display_name ((LimnScheduleKind) index);
}

/* Both tell the names that there are where @text is none. */
static gboolean
read_sampler (const char *text, LimnSamplerKind *kind, GError **error)
{
  const char *names[LIMN_SAMPLER_N_KINDS];
  guint index;

  for (guint i = 0; i < LIMN_SAMPLER_N_KINDS; i++)
    names[i] = limn_sampler_get_facts ((LimnSamplerKind) i)->name;
  if (!read_name (names, LIMN_SAMPLER_N_KINDS, get_sampler_label, text, &index))
    return limn_sampler_kind_from_name (text, kind, error);
  *kind = (LimnSamplerKind) index;
  return TRUE;
}

static gboolean
read_schedule (const char *text, LimnScheduleKind *kind, GError **error)
{
  const char *const *names = limn_schedule_kind_list_names ();
  guint index;

  if (!read_name (names, g_strv_length ((char **) names), get_schedule_label, text, &index))
    return limn_schedule_kind_from_name (text, kind, error);
  *kind = (LimnScheduleKind) index;
  return TRUE;
}

static gboolean
fail (LimnSheetField field, const char *value, GError **error)
{
  Kind kind = kinds[field];

  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "“%s” is no value for %s: %s.", value, field_names[field],
               kind == KIND_TEXT ? "it must not be empty"
               : kind == KIND_NUMBER
                 ? "it must be a number such as 7.5, a range such as 1-9, 1-9 (+2) or 0-1 [5]"
                 : "it must be a whole number such as 20, or a range such as 10-30 (+5) or 10-30 [3]");
  return FALSE;
}

static gboolean
read_number (const char *text, double *number)
{
  char *end;

  if (!g_ascii_isdigit (text[0]) && text[0] != '.')
    return FALSE;
  *number = g_ascii_strtod (text, &end);
  return *end == '\0' && isfinite (*number);
}

static gboolean
read_whole (const char *text, guint64 max, guint64 *number)
{
  return g_ascii_string_to_unsigned (text, 10, 0, max, number, NULL);
}

/* As few digits as give the same number again. */
static char *
write_number (double number)
{
  char *text = g_malloc (G_ASCII_DTOSTR_BUF_SIZE);

  g_ascii_formatd (text, G_ASCII_DTOSTR_BUF_SIZE, "%.12g", number);
  if (g_ascii_strtod (text, NULL) != number)
    g_ascii_formatd (text, G_ASCII_DTOSTR_BUF_SIZE, "%.17g", number);
  return text;
}

/* @text in the one way that it is kept in. (transfer full) */
static char *
settle_value (LimnSheetField field, const char *text, GError **error)
{
  LimnSamplerKind sampler;
  LimnScheduleKind schedule;
  double number;
  guint64 whole;

  switch (kinds[field])
    {
    case KIND_SEED:
    case KIND_COUNT:
      if (read_whole (text, kinds[field] == KIND_SEED ? G_MAXUINT64 : G_MAXUINT32, &whole))
        return g_strdup_printf ("%" G_GUINT64_FORMAT, whole);
      break;
    case KIND_NUMBER:
      if (read_number (text, &number))
        return write_number (number);
      break;
    case KIND_SAMPLER:
      return read_sampler (text, &sampler, error) ? g_strdup (limn_sampler_get_facts (sampler)->name) : NULL;
    case KIND_SCHEDULE:
      return read_schedule (text, &schedule, error) ? g_strdup (limn_schedule_kind_get_name (schedule)) : NULL;
    case KIND_TEXT:
      if (g_utf8_validate (text, -1, NULL))
        return g_strdup (text);
      break;
    default:
      g_assert_not_reached ();
    }
  fail (field, text, error);
  return NULL;
}

/* --- Reading what a person types --- */

static gboolean
too_many (LimnSheetField field, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "These are too many values for %s; a sheet has at most %d pictures.",
               field_names[field], LIMN_REQUEST_MAX_BATCH);
  return FALSE;
}

/* A range: @low to @high, by @step or in @count places, or by 1. */
static gboolean
add_whole_range (GPtrArray *values, LimnSheetField field, const char *item, char **parts, GError **error)
{
  guint64 max = kinds[field] == KIND_SEED ? G_MAXUINT64 : G_MAXUINT32;
  const char *by = parts[3], *places = parts[4];
  guint64 low, high, step = 1, n;

  if (!read_whole (parts[1], max, &low) || !read_whole (parts[2], max, &high) ||
      (*by && (!read_whole (by + (by[0] == '+' || by[0] == '-'), max, &step) || step == 0)) ||
      (by[0] == '-' && high > low) || (by[0] == '+' && high < low))
    return fail (field, item, error);
  if (*places)
    {
      if (!read_whole (places, G_MAXUINT32, &n) || n == 0)
        return fail (field, item, error);
    }
  else
    n = (high > low ? high - low : low - high) / step + 1; /* 0 where it is 2^64 */
  if (n == 0 || n > LIMN_REQUEST_MAX_BATCH || values->len + n > LIMN_REQUEST_MAX_BATCH)
    return too_many (field, error);
  for (guint64 i = 0; i < n; i++)
    {
      guint64 way = high > low ? high - low : low - high;
      /* Evenly, rounded towards the first. */
      guint64 offset = !*places ? i * step : n == 1 ? 0 : way / (n - 1) * i + way % (n - 1) * i / (n - 1);

      g_ptr_array_add (values, g_strdup_printf ("%" G_GUINT64_FORMAT, high > low ? low + offset : low - offset));
    }
  return TRUE;
}

static gboolean
add_number_range (GPtrArray *values, LimnSheetField field, const char *item, char **parts, GError **error)
{
  const char *by = parts[3], *places = parts[4];
  double low, high, step = 1, n;
  guint64 count;

  if (!read_number (parts[1], &low) || !read_number (parts[2], &high) ||
      (*by && (!read_number (by + (by[0] == '+' || by[0] == '-'), &step) || !(step > 0))) || (by[0] == '-' && high > low) ||
      (by[0] == '+' && high < low))
    return fail (field, item, error);
  if (*places)
    {
      if (!read_whole (places, G_MAXUINT32, &count) || count == 0)
        return fail (field, item, error);
      n = count;
    }
  else
    {
      if (!*by && high != low && fabs (high - low) < 1)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                       "Of the range “%s” for %s say how far apart its values are or how many there are: %s-%s (+0.1) or %s-%s [5].", item,
                       field_names[field], parts[1], parts[2], parts[1], parts[2]);
          return FALSE;
        }
      /* A step that was typed in decimals misses the end by some 1e-16 of it; a millionth of a step is none that anybody meant. */
      n = floor (fabs (high - low) / step + 1e-6) + 1;
    }
  if (!(n <= LIMN_REQUEST_MAX_BATCH) || values->len + n > LIMN_REQUEST_MAX_BATCH)
    return too_many (field, error);
  for (guint i = 0; i < n; i++)
    {
      double value = *places ? (n > 1 ? low + (high - low) * i / (n - 1) : low) : low + (high > low ? step : -step) * i;
      char digits[G_ASCII_DTOSTR_BUF_SIZE];

      if (*places && i > 0 && i == n - 1)
        value = high;
      /* 0.1 three times is 0.3, not 0.30000000000000004. */
      g_ascii_formatd (digits, sizeof digits, "%.12g", value);
      g_ptr_array_add (values, write_number (fabs (g_ascii_strtod (digits, NULL))));
    }
  return TRUE;
}

#define WHOLE "([0-9]+)"
#define NUMBER "([0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)"
#define RANGE(number, by) "^" number "\\s*-\\s*" number "\\s*(?:\\(\\s*(" by ")\\s*\\)|\\[\\s*([0-9]+)\\s*\\])?$"

static gboolean
add_item (GPtrArray *values, LimnSheetField field, const char *item, GError **error)
{
  gboolean number = kinds[field] == KIND_NUMBER;
  char *value;

  if (kinds[field] <= KIND_NUMBER)
    {
      g_autoptr(GMatchInfo) match = NULL;
      g_autoptr(GRegex) range = g_regex_new (number ? RANGE (NUMBER, "[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)")
                                                     : RANGE (WHOLE, "[+-]?[0-9]+"), 0, 0, NULL);

      if (g_regex_match (range, item, 0, &match))
        {
          g_auto(GStrv) parts = g_new0 (char *, 6);

          for (int i = 0; i < 5; i++)
            {
              char *part = g_match_info_fetch (match, i);

              parts[i] = part ? part : g_strdup ("");
            }
          return number ? add_number_range (values, field, item, parts, error) : add_whole_range (values, field, item, parts, error);
        }
    }
  value = settle_value (field, item, error);
  if (!value)
    return FALSE;
  if (values->len >= LIMN_REQUEST_MAX_BATCH)
    {
      g_free (value);
      return too_many (field, error);
    }
  g_ptr_array_add (values, value);
  return TRUE;
}

/* One item up to the next comma, without the blanks around it; "…" holds commas, and "" in it is one quote. @text: moved past the comma; NULL
 * at the end. */
static char *
next_item (const char **text, gboolean quotes, gboolean *quoted)
{
  g_autoptr(GString) item = g_string_new (NULL);
  const char *c = *text;

  while (g_ascii_isspace (*c))
    c++;
  *quoted = quotes && *c == '"';
  if (*quoted)
    {
      for (c++; *c && (*c != '"' || c[1] == '"'); c++)
        {
          c += *c == '"';
          g_string_append_c (item, *c);
        }
      c += *c == '"';
      /* What stands behind the quotes belongs to it. */
      for (; *c && *c != ','; c++)
        if (!g_ascii_isspace (*c))
          g_string_append_c (item, *c);
    }
  else
    {
      for (; *c && *c != ','; c++)
        g_string_append_c (item, *c);
      g_strchomp (item->str);
    }
  *text = *c ? c + 1 : NULL;
  return g_strdup (item->str);
}

/* With as few digits as tell them apart, three at least: 0.166666666667 of seven places is 0.167. */
static GPtrArray *
label_numbers (GPtrArray *values)
{
  for (guint digits = 3;; digits++)
    {
      g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
      g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
      char format[8];
      gboolean clear = TRUE;

      g_snprintf (format, sizeof format, "%%.%ug", digits);
      for (guint i = 0; i < values->len; i++)
        {
          const char *value = g_ptr_array_index (values, i);
          double number = g_ascii_strtod (value, NULL);
          char *label = g_malloc (G_ASCII_DTOSTR_BUF_SIZE);
          const char *same;

          /* Three digits of what is large would be an exponent. */
          g_ascii_formatd (label, G_ASCII_DTOSTR_BUF_SIZE, number >= 99 ? "%.12g" : format, number);
          g_ptr_array_add (labels, label);
          same = g_hash_table_lookup (seen, label);
          clear = clear && (!same || strcmp (same, value) == 0);
          g_hash_table_insert (seen, label, (gpointer) value);
        }
      if (clear || digits >= 12)
        return g_steal_pointer (&labels);
    }
}

static LimnSheetAxis *
axis_new (LimnSheetField field, GPtrArray *values)
{
  LimnSheetAxis *axis = g_atomic_rc_box_new0 (LimnSheetAxis);

  axis->field = field;
  axis->values = g_ptr_array_ref (values);
  if (kinds[field] == KIND_NUMBER)
    axis->labels = label_numbers (values);
  return axis;
}

static void
clear_axis (gpointer data)
{
  LimnSheetAxis *axis = data;

  g_ptr_array_unref (axis->values);
  g_clear_pointer (&axis->labels, g_ptr_array_unref);
}

/* --- What a base has --- */

gboolean
limn_sheet_field_fits (LimnSheetField field, const LimnRequest *base)
{
  const LimnRequest *root = limn_request_get_root (base);
  const LimnRequestMix *mix = root->mix;

  switch (field)
    {
    case LIMN_SHEET_SEED:
    case LIMN_SHEET_VARIATION_SEED:
    case LIMN_SHEET_VARIATION_STRENGTH:
      return !mix || mix->way != LIMN_MIX_NOISE;
    case LIMN_SHEET_STRENGTH:
      return root->source || (mix && mix->way == LIMN_MIX_PICTURES);
    case LIMN_SHEET_LAMBDA:
      return mix != NULL;
    case LIMN_SHEET_LAMBDA_V:
      return mix && mix->n_ends == 4;
    case LIMN_SHEET_NOISE_SEED:
      return base->branch && base->branch->noise != LIMN_FRESH_NOISE_NONE;
    case LIMN_SHEET_NOISE_AMOUNT:
      return base->branch && base->branch->noise != LIMN_FRESH_NOISE_STREAM;
    case LIMN_SHEET_BRANCH_STEP:
      return base->branch != NULL;
    default:
      return TRUE;
    }
}

static gboolean
check_fits (LimnSheetField field, const LimnRequest *base, GError **error)
{
  const char *needs;

  if (limn_sheet_field_fits (field, base))
    return TRUE;
  switch (field)
    {
    case LIMN_SHEET_STRENGTH:
      needs = "a picture to start from, or pictures that are blended";
      break;
    case LIMN_SHEET_LAMBDA:
      needs = "something to blend";
      break;
    case LIMN_SHEET_LAMBDA_V:
      needs = "four to blend";
      break;
    case LIMN_SHEET_NOISE_SEED:
      needs = "a branch with fresh noise";
      break;
    case LIMN_SHEET_NOISE_AMOUNT:
      needs = "a branch in which noise is replaced";
      break;
    case LIMN_SHEET_BRANCH_STEP:
      needs = "a branch";
      break;
    default:
      needs = "a seed of the picture's own: where noises are blended, each end has its seed";
      break;
    }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "An axis for %s needs %s.", field_names[field], needs);
  return FALSE;
}

static gboolean
says (const LimnRequest *request, const char *part)
{
  gboolean said = strstr (request->prompt, part) != NULL || strstr (request->negative, part) != NULL;

  for (guint i = 0; request->mix && i < request->mix->n_ends; i++)
    said |= request->mix->ends[i].request && says (request->mix->ends[i].request, part);
  return said;
}

static gboolean
check_values (const LimnSheetAxis *axis, const LimnRequest *base, GError **error)
{
  if (axis->field == LIMN_SHEET_PROMPT && (!*limn_sheet_axis_get_value (axis, 0) || !says (base, limn_sheet_axis_get_value (axis, 0))))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "“%s” stands neither in the prompt nor in the negative prompt. The first value is the part that the others replace.",
                   limn_sheet_axis_get_value (axis, 0));
      return FALSE;
    }
  for (guint i = 0; i < axis->values->len; i++)
    {
      g_autoptr(LimnRequest) request = limn_request_copy (base);

      limn_sheet_axis_apply (axis, i, request);
      if (!limn_request_check (request, error))
        return FALSE;
    }
  return TRUE;
}

/* --- Public --- */

LimnSheetAxis *
limn_sheet_axis_new_parse (LimnSheetField field, const char *text, const LimnRequest *base, GError **error)
{
  g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(LimnSheetAxis) axis = NULL;
  const char *rest = text;

  g_return_val_if_fail (field < LIMN_SHEET_N_FIELDS && base->open == 0, NULL);

  if (!check_fits (field, base, error))
    return NULL;
  while (rest)
    {
      gboolean quoted;
      g_autofree char *item = next_item (&rest, kinds[field] == KIND_TEXT, &quoted);

      /* Nothing between two commas is no value; nothing as a part of a prompt is said by "". */
      if (!*item && !quoted)
        continue;
      if (!add_item (values, field, item, error))
        return NULL;
    }
  if (values->len == 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There is no value for %s yet.", field_names[field]);
      return NULL;
    }
  axis = axis_new (field, values);
  return check_values (axis, base, error) ? g_steal_pointer (&axis) : NULL;
}

LimnSheetAxis *
limn_sheet_axis_new_values (LimnSheetField field, const char *const *values, GError **error)
{
  g_autoptr(GPtrArray) settled = g_ptr_array_new_with_free_func (g_free);

  g_return_val_if_fail (field < LIMN_SHEET_N_FIELDS, NULL);

  for (guint i = 0; values[i]; i++)
    {
      char *value = settle_value (field, values[i], error);

      if (!value)
        return NULL;
      g_ptr_array_add (settled, value);
      if (settled->len > LIMN_REQUEST_MAX_BATCH)
        {
          too_many (field, error);
          return NULL;
        }
    }
  if (settled->len == 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There is no value for %s.", field_names[field]);
      return NULL;
    }
  return axis_new (field, settled);
}

LimnSheetAxis *
limn_sheet_axis_new_seeds (LimnSheetField field, guint64 first, guint n)
{
  g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func (g_free);

  g_return_val_if_fail (field < LIMN_SHEET_N_FIELDS && kinds[field] == KIND_SEED && n > 0, NULL);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (values, g_strdup_printf ("%" G_GUINT64_FORMAT, first + i));
  return axis_new (field, values);
}

LimnSheetAxis *
limn_sheet_axis_ref (LimnSheetAxis *axis)
{
  return g_atomic_rc_box_acquire (axis);
}

void
limn_sheet_axis_unref (LimnSheetAxis *axis)
{
  if (axis)
    g_atomic_rc_box_release_full (axis, clear_axis);
}

LimnSheetField
limn_sheet_axis_get_field (const LimnSheetAxis *axis)
{
  return axis->field;
}

guint
limn_sheet_axis_get_n_values (const LimnSheetAxis *axis)
{
  return axis->values->len;
}

const char *
limn_sheet_axis_get_value (const LimnSheetAxis *axis, guint index)
{
  return g_ptr_array_index (axis->values, index);
}

const char *
limn_sheet_axis_get_label (const LimnSheetAxis *axis, guint index)
{
  const char *value = limn_sheet_axis_get_value (axis, index);
  const char *label = NULL;
  LimnSamplerKind sampler;
  LimnScheduleKind schedule;

  if (axis->labels)
    label = g_ptr_array_index (axis->labels, index);
  else if (kinds[axis->field] == KIND_SAMPLER && limn_sampler_kind_from_name (value, &sampler, NULL))
    label = get_sampler_label (sampler);
  else if (kinds[axis->field] == KIND_SCHEDULE && limn_schedule_kind_from_name (value, &schedule, NULL))
    label = get_schedule_label (schedule);
  return label ? label : value;
}

char *
limn_sheet_axis_dup_text (const LimnSheetAxis *axis)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < axis->values->len; i++)
    {
      const char *value = limn_sheet_axis_get_value (axis, i);

      if (i > 0)
        g_string_append (text, ", ");
      if (kinds[axis->field] == KIND_TEXT && (!*value || strpbrk (value, ",\"") || g_ascii_isspace (value[0]) ||
                                              g_ascii_isspace (value[strlen (value) - 1])))
        {
          g_autoptr(GString) quoted = g_string_new (value);

          g_string_replace (quoted, "\"", "\"\"", 0);
          g_string_append_printf (text, "\"%s\"", quoted->str);
        }
      else
        g_string_append (text, value);
    }
  return g_string_free (text, FALSE);
}

/* --- Applying --- */

static void
replace_part (char **place, const char *part, const char *by)
{
  g_autoptr(GString) text = g_string_new (*place);

  g_string_replace (text, part, by, 0);
  g_free (*place);
  *place = g_strdup (text->str);
}

static void
say_instead (LimnRequest *request, const char *part, const char *by)
{
  replace_part (&request->prompt, part, by);
  replace_part (&request->negative, part, by);
  limn_request_retag_loras (request);
  for (guint i = 0; request->mix && i < request->mix->n_ends; i++)
    if (request->mix->ends[i].request)
      say_instead (request->mix->ends[i].request, part, by);
}

static void
set_place (LimnRequest *request, LimnSheetField field, double value)
{
  LimnRequestMix *mix = request->mix;
  gboolean between = limn_request_mix_get_cfg (mix, request->cfg) == request->cfg;

  if (field == LIMN_SHEET_LAMBDA)
    mix->u = value;
  else
    mix->v = value;
  if (between)
    request->cfg = limn_request_mix_get_cfg (mix, request->cfg);
}

/* What a branch has of the one from which it parts is set in that one too. */
static void
set_start (LimnRequest *request, LimnSheetField field, guint64 whole, double number)
{
  gboolean has_source = limn_request_get_root (request)->source != NULL;

  for (; request; request = request->branch ? request->branch->from : NULL)
    switch (field)
      {
      case LIMN_SHEET_SEED:
        request->seed = whole;
        request->batch_index = 0;
        request->batch_count = 1;
        break;
      case LIMN_SHEET_VARIATION_SEED:
        request->variation_seed = whole;
        break;
      case LIMN_SHEET_VARIATION_STRENGTH:
        request->variation_strength = number;
        break;
      case LIMN_SHEET_STRENGTH:
        if (has_source)
          request->source->strength = number;
        if (request->mix)
          request->mix->strength = number;
        break;
      default:
        if (request->mix)
          set_place (request, field, number);
        break;
      }
}

/* A batch counts a seed up by its place in it: said without one, a picture has the same. */
static void
leave_batch (LimnRequest *request)
{
  for (; request; request = request->branch ? request->branch->from : NULL)
    {
      guint64 seed = limn_request_get_seed (request), variation_seed = limn_request_get_variation_seed (request);

      request->seed = seed;
      request->variation_seed = variation_seed;
      request->batch_index = 0;
      request->batch_count = 1;
    }
}

static void
set_sampler (LimnRequest *request, LimnSamplerKind kind)
{
  if (request->eta == limn_sampler_get_facts (request->sampler)->default_eta)
    request->eta = limn_sampler_get_facts (kind)->default_eta;
  request->sampler = kind;
}

void
limn_sheet_axis_apply (const LimnSheetAxis *axis, guint index, LimnRequest *request)
{
  const char *value = limn_sheet_axis_get_value (axis, index);
  double number = 0;
  guint64 whole = 0;
  LimnSamplerKind sampler = 0;
  LimnScheduleKind schedule = 0;

  if (kinds[axis->field] == KIND_NUMBER)
    read_number (value, &number);
  else if (kinds[axis->field] <= KIND_COUNT)
    read_whole (value, G_MAXUINT64, &whole);
  leave_batch (request);
  switch (axis->field)
    {
    case LIMN_SHEET_STEPS:
      request->steps = whole;
      break;
    case LIMN_SHEET_CFG:
      request->cfg = number;
      break;
    case LIMN_SHEET_SAMPLER:
      if (limn_sampler_kind_from_name (value, &sampler, NULL))
        set_sampler (request, sampler);
      break;
    case LIMN_SHEET_SCHEDULE:
      if (limn_schedule_kind_from_name (value, &schedule, NULL))
        request->schedule = schedule;
      break;
    case LIMN_SHEET_ETA:
      request->eta = number;
      break;
    case LIMN_SHEET_PROMPT:
      if (*limn_sheet_axis_get_value (axis, 0))
        say_instead (request, limn_sheet_axis_get_value (axis, 0), value);
      break;
    case LIMN_SHEET_NOISE_SEED:
      if (request->branch)
        request->branch->noise_seed = whole;
      break;
    case LIMN_SHEET_NOISE_AMOUNT:
      if (request->branch)
        {
          request->branch->noise = LIMN_FRESH_NOISE_RENOISE;
          request->branch->noise_amount = number;
        }
      break;
    case LIMN_SHEET_BRANCH_STEP:
      if (request->branch)
        request->branch->step = whole;
      break;
    default:
      set_start (request, axis->field, whole, number);
      break;
    }
}
