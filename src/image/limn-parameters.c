/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The `parameters` text of AUTOMATIC1111's program. Its reader finds pairs in the last line with
 *
 *   \s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)
 *
 * (Unicode classes) and takes the line for parameters when there are three. The scanner below finds the same pairs, in one walk: a
 * key is the run of [\w \-/] that ends at a colon, from its first \w on; a quoted value ends at the first quote
 * without a backslash and must be followed by a comma or the end, else the value is all up to the comma. (The
 * expression itself needs time quadratic in the length of a hostile line.) A test holds both against each other.
 */
#include "config.h"

#include "image/limn-parameters.h"

#include <math.h>
#include <string.h>

#define NEGATIVE "Negative prompt:"

/* What a text means that does not say it. Source: AUTOMATIC1111's reader, as of version 1.10. */
static const struct
{
  const char *key;
  const char *value;
} defaults[] = {
  { "Clip skip", "1" },
  { "RNG", "GPU" },
  { "Schedule type", "Automatic" },
  { "Mask mode", "Inpaint masked" },
  { "Masked content", "original" },
  { "Inpaint area", "Whole picture" },
  { "Masked area padding", "32" },
};

static void
parameter_free (gpointer data)
{
  LimnParameter *parameter = data;

  g_free (parameter->key);
  g_free (parameter->value);
  g_free (parameter);
}

LimnParameters *
limn_parameters_new (void)
{
  LimnParameters *parameters = g_new0 (LimnParameters, 1);

  parameters->cfg_scale = NAN;
  parameters->variation_strength = NAN;
  parameters->denoising_strength = NAN;
  parameters->eta = NAN;
  parameters->extra = g_ptr_array_new_with_free_func (parameter_free);
  return parameters;
}

void
limn_parameters_free (LimnParameters *parameters)
{
  if (parameters == NULL)
    return;
  g_free (parameters->prompt);
  g_free (parameters->negative_prompt);
  g_free (parameters->sampler);
  g_free (parameters->schedule_type);
  g_free (parameters->model_hash);
  g_free (parameters->model);
  g_free (parameters->vae);
  g_free (parameters->rng);
  g_free (parameters->version);
  g_ptr_array_unref (parameters->extra);
  g_free (parameters);
}

void
limn_parameters_add (LimnParameters *parameters,
                     const char     *key,
                     const char     *value)
{
  LimnParameter *parameter;

  for (guint i = 0; i < parameters->extra->len; i++)
    {
      parameter = g_ptr_array_index (parameters->extra, i);
      if (strcmp (parameter->key, key) == 0)
        {
          g_free (parameter->value);
          parameter->value = g_strdup (value);
          return;
        }
    }
  parameter = g_new (LimnParameter, 1);
  parameter->key = g_strdup (key);
  parameter->value = g_strdup (value);
  g_ptr_array_add (parameters->extra, parameter);
}

char *
limn_parameters_get (const LimnParameters *parameters,
                     const char           *key)
{
  if (strcmp (key, "Clip skip") == 0 && parameters->clip_skip > 0)
    return g_strdup_printf ("%u", parameters->clip_skip);
  if (strcmp (key, "RNG") == 0 && parameters->rng != NULL)
    return g_strdup (parameters->rng);
  if (strcmp (key, "Schedule type") == 0 && parameters->schedule_type != NULL)
    return g_strdup (parameters->schedule_type);

  for (guint i = 0; i < parameters->extra->len; i++)
    {
      const LimnParameter *parameter = g_ptr_array_index (parameters->extra, i);

      if (strcmp (parameter->key, key) == 0)
        return g_strdup (parameter->value);
    }
  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (strcmp (defaults[i].key, key) == 0)
      return g_strdup (defaults[i].value);
  return NULL;
}

/* ------------------------------------------------------------------------------------------------ writing */

static void
append_quoted (GString    *out,
               const char *value)
{
  g_string_append_c (out, '"');
  for (const guchar *p = (const guchar *) value; *p != '\0'; p++)
    switch (*p)
      {
      case '"':
        g_string_append (out, "\\\"");
        break;
      case '\\':
        g_string_append (out, "\\\\");
        break;
      case '\n':
        g_string_append (out, "\\n");
        break;
      case '\r':
        g_string_append (out, "\\r");
        break;
      case '\t':
        g_string_append (out, "\\t");
        break;
      default:
        if (*p < 0x20)
          g_string_append_printf (out, "\\u%04x", *p);
        else
          g_string_append_c (out, *p);
      }
  g_string_append_c (out, '"');
}

/* Python's \s and str.strip(): what Unicode calls a space, and the four ASCII separators. */
static gboolean
is_space (gunichar c)
{
  return g_unichar_isspace (c) || c == 0x0b || c == 0x85 || (c >= 0x1c && c <= 0x1f);
}

/* Python's \w. */
static gboolean
is_word (gunichar c)
{
  return c == '_' || g_unichar_isalnum (c);
}

static gboolean
needs_quotes (const char *value)
{
  const char *last = g_utf8_find_prev_char (value, value + strlen (value));

  return strpbrk (value, ",:\n\r") != NULL || value[0] == '"' || is_space (g_utf8_get_char (value))
         || (last != NULL && is_space (g_utf8_get_char (last)));
}

static void
append_pair (GString    *out,
             const char *key,
             const char *value)
{
  /* An empty value would be read as none. */
  if (value == NULL || *value == '\0')
    return;
  if (out->len > 0)
    g_string_append (out, ", ");
  g_string_append (out, key);
  g_string_append (out, ": ");
  if (needs_quotes (value))
    append_quoted (out, value);
  else
    g_string_append (out, value);
}

static void
append_uint (GString    *out,
             const char *key,
             guint64     value)
{
  char text[24];

  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, value);
  append_pair (out, key, text);
}

/* The fewest digits that give the same double again. */
static void
append_double (GString    *out,
               const char *key,
               double      value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (isnan (value))
    return;
  g_ascii_formatd (text, sizeof text, "%.15g", value);
  if (g_ascii_strtod (text, NULL) != value)
    g_ascii_formatd (text, sizeof text, "%.17g", value);
  append_pair (out, key, text);
}

static void
append_size (GString    *out,
             const char *key,
             guint       width,
             guint       height)
{
  g_autofree char *size = g_strdup_printf ("%ux%u", width, height);

  if (width > 0 && height > 0)
    append_pair (out, key, size);
}

char *
limn_parameters_to_text (const LimnParameters *p)
{
  GString *out = g_string_new (p->prompt);
  g_autoptr(GString) line = g_string_new (NULL);

  if (p->negative_prompt != NULL && *p->negative_prompt != '\0')
    g_string_append_printf (out, "\n" NEGATIVE " %s", p->negative_prompt);

  if (p->steps > 0)
    append_uint (line, "Steps", p->steps);
  append_pair (line, "Sampler", p->sampler);
  append_pair (line, "Schedule type", p->schedule_type);
  append_double (line, "CFG scale", p->cfg_scale);
  if (p->has_seed)
    append_uint (line, "Seed", p->seed);
  append_size (line, "Size", p->width, p->height);
  append_pair (line, "Model hash", p->model_hash);
  append_pair (line, "Model", p->model);
  append_pair (line, "VAE", p->vae);
  if (p->has_variation_seed)
    append_uint (line, "Variation seed", p->variation_seed);
  append_double (line, "Variation seed strength", p->variation_strength);
  append_size (line, "Seed resize from", p->seed_width, p->seed_height);
  append_double (line, "Denoising strength", p->denoising_strength);
  append_double (line, "Eta", p->eta);
  if (p->clip_skip > 1)
    append_uint (line, "Clip skip", p->clip_skip);
  if (g_strcmp0 (p->rng, "GPU") != 0)
    append_pair (line, "RNG", p->rng);
  for (guint i = 0; i < p->extra->len; i++)
    {
      const LimnParameter *parameter = g_ptr_array_index (p->extra, i);

      append_pair (line, parameter->key, parameter->value);
    }
  append_pair (line, "Version", p->version);

  if (line->len > 0)
    g_string_append_printf (out, "\n%s", line->str);
  return g_string_free (out, FALSE);
}

/* ------------------------------------------------------------------------------------------------ reading */

/* Both ends of a piece of text, with the spaces cut off. */
static void
strip (const char **start,
       const char **end)
{
  while (*start < *end && is_space (g_utf8_get_char (*start)))
    *start = g_utf8_next_char (*start);
  while (*start < *end)
    {
      const char *last = g_utf8_find_prev_char (*start, *end);

      if (!is_space (g_utf8_get_char (last)))
        break;
      *end = last;
    }
}

typedef struct
{
  const char *key;
  const char *key_end;
  const char *value;
  const char *value_end;
} Pair;

/* The end of the quoted string at @p, behind its quote, or NULL when it is none that the expression takes. */
static const char *
end_of_quoted (const char *p,
               const char *end)
{
  const char *start = ++p;

  for (; p < end && *p != '"'; p++)
    if (*p == '\\' && ++p == end)
      return NULL;
  if (p >= end || p == start)
    return NULL;
  p++;
  return p == end || *p == ',' ? p : NULL;
}

/* The next pair at or behind *@position, which moves on. */
static gboolean
next_pair (const char **position,
           const char  *end,
           Pair        *pair)
{
  const char *key = NULL; /* the first word character of the run of key characters that goes up to p */
  const char *p = *position;

  while (p < end)
    {
      gunichar c = g_utf8_get_char (p);

      if (c == ':' && key != NULL && g_utf8_next_char (key) < p)
        break;
      if (is_word (c))
        key = key != NULL ? key : p;
      else if (c != ' ' && c != '-' && c != '/')
        key = NULL;
      p = g_utf8_next_char (p);
    }
  if (p >= end)
    return FALSE;

  pair->key = key;
  pair->key_end = p++;
  while (p < end && is_space (g_utf8_get_char (p)))
    p = g_utf8_next_char (p);
  pair->value = p;

  if (pair->key_end - key == 5 && strncmp (key, "SDCPP", 5) == 0)
    {
      pair->value_end = *position = end;
      return TRUE;
    }

  pair->value_end = p < end && *p == '"' ? end_of_quoted (p, end) : NULL;
  if (pair->value_end == NULL)
    {
      pair->value_end = memchr (p, ',', end - p);
      if (pair->value_end == NULL)
        pair->value_end = end;
    }
  *position = MIN (pair->value_end + 1, end);
  return TRUE;
}

static gboolean
parse_hex4 (const char *p,
            const char *end,
            gunichar   *value)
{
  if (end - p < 4)
    return FALSE;
  *value = 0;
  for (guint i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (p[i]);

      if (digit < 0)
        return FALSE;
      *value = *value << 4 | (gunichar) digit;
    }
  return TRUE;
}

/* The string that JSON's quotes hold; NULL when it is not JSON. */
static char *
unquote (const char *p,
         const char *end)
{
  g_autoptr(GString) out = g_string_new (NULL);

  for (p++, end--; p < end; p++)
    {
      static const char names[] = "\"\\/bfnrt", chars[] = "\"\\/\b\f\n\r\t";
      const char *name;
      gunichar c, low;

      if ((guchar) *p < 0x20)
        return NULL;
      if (*p != '\\')
        {
          g_string_append_c (out, *p);
          continue;
        }
      if (++p == end)
        return NULL;
      if (*p != 'u')
        {
          name = *p != '\0' ? strchr (names, *p) : NULL;
          if (name == NULL)
            return NULL;
          g_string_append_c (out, chars[name - names]);
          continue;
        }
      if (!parse_hex4 (p + 1, end, &c))
        return NULL;
      p += 4;
      if (c >= 0xd800 && c < 0xdc00 && end - p > 6 && p[1] == '\\' && p[2] == 'u' && parse_hex4 (p + 3, end, &low)
          && low >= 0xdc00 && low < 0xe000)
        {
          c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
          p += 6;
        }
      if (c == 0 || (c >= 0xd800 && c < 0xe000))
        return NULL; /* cannot stand in a C string, or is no character */
      g_string_append_unichar (out, c);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static char *
pair_dup_value (const Pair *pair)
{
  char *value = NULL;

  if (pair->value_end - pair->value >= 2 && *pair->value == '"' && pair->value_end[-1] == '"')
    value = unquote (pair->value, pair->value_end);
  return value != NULL ? value : g_strndup (pair->value, pair->value_end - pair->value);
}

static gboolean
parse_uint (const char *text,
            guint64     max,
            guint64    *value)
{
  return g_ascii_string_to_unsigned (text, 10, 0, max, value, NULL);
}

static gboolean
parse_double (const char *text,
              double     *value)
{
  char *end;
  double number = g_ascii_strtod (text, &end);

  if (end == text || *end != '\0' || !isfinite (number))
    return FALSE;
  *value = number;
  return TRUE;
}

static gboolean
parse_size (const char *text,
            guint      *width,
            guint      *height)
{
  g_auto(GStrv) parts = g_strsplit (text, "x", 3);
  guint64 w, h;

  if (g_strv_length (parts) != 2 || !parse_uint (parts[0], G_MAXUINT, &w) || !parse_uint (parts[1], G_MAXUINT, &h)
      || w == 0 || h == 0)
    return FALSE;
  *width = w;
  *height = h;
  return TRUE;
}

/* Puts the value into the field that @key names; FALSE where there is none or the value is not of its kind. */
static gboolean
set_field (LimnParameters *p,
           const char     *key,
           const char     *value)
{
  struct
  {
    const char *key;
    char      **field;
  } strings[] = {
    { "Sampler", &p->sampler }, { "Schedule type", &p->schedule_type }, { "Model hash", &p->model_hash },
    { "Model", &p->model },     { "VAE", &p->vae },                     { "RNG", &p->rng },
    { "Version", &p->version },
  };
  struct
  {
    const char *key;
    double     *field;
  } doubles[] = {
    { "CFG scale", &p->cfg_scale },
    { "Variation seed strength", &p->variation_strength },
    { "Denoising strength", &p->denoising_strength },
    { "Eta", &p->eta },
  };
  guint64 number;

  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    if (strcmp (key, strings[i].key) == 0)
      {
        g_free (*strings[i].field);
        *strings[i].field = g_strdup (value);
        return TRUE;
      }
  for (guint i = 0; i < G_N_ELEMENTS (doubles); i++)
    if (strcmp (key, doubles[i].key) == 0)
      return parse_double (value, doubles[i].field);

  if (strcmp (key, "Size") == 0)
    return parse_size (value, &p->width, &p->height);
  if (strcmp (key, "Seed resize from") == 0)
    return parse_size (value, &p->seed_width, &p->seed_height);
  if (strcmp (key, "Seed") == 0)
    {
      p->has_seed = parse_uint (value, G_MAXUINT64, &p->seed);
      return p->has_seed;
    }
  if (strcmp (key, "Variation seed") == 0)
    {
      p->has_variation_seed = parse_uint (value, G_MAXUINT64, &p->variation_seed);
      return p->has_variation_seed;
    }
  if (strcmp (key, "Steps") == 0 && parse_uint (value, G_MAXUINT, &number) && number > 0)
    {
      p->steps = number;
      return TRUE;
    }
  if (strcmp (key, "Clip skip") == 0 && parse_uint (value, G_MAXUINT, &number) && number > 0)
    {
      p->clip_skip = number;
      return TRUE;
    }
  return FALSE;
}

static void
parse_prompts (LimnParameters *parameters,
               const char     *text,
               const char     *end)
{
  g_autoptr(GString) prompt = g_string_new (NULL);
  g_autoptr(GString) negative = g_string_new (NULL);
  GString *to = prompt;

  while (text < end)
    {
      const char *line = text;
      const char *newline = memchr (text, '\n', end - text);
      const char *line_end = newline != NULL ? newline : end;

      text = newline != NULL ? newline + 1 : end;
      strip (&line, &line_end);
      if ((gsize) (line_end - line) >= strlen (NEGATIVE) && strncmp (line, NEGATIVE, strlen (NEGATIVE)) == 0)
        {
          to = negative;
          line += strlen (NEGATIVE);
          strip (&line, &line_end);
        }
      if (to->len > 0)
        g_string_append_c (to, '\n');
      g_string_append_len (to, line, line_end - line);
    }
  parameters->prompt = g_strdup (prompt->str);
  parameters->negative_prompt = g_strdup (negative->str);
}

LimnParameters *
limn_parameters_parse (const char *text)
{
  LimnParameters *parameters = limn_parameters_new ();
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  const char *start = valid;
  const char *end = start + strlen (start);
  const char *line, *position;
  g_autoptr(GHashTable) index = NULL; /* keys of @extra, so that a line of a million pairs takes no quadratic time */
  guint n_pairs = 0;
  Pair pair;

  strip (&start, &end);
  for (line = end; line > start && line[-1] != '\n'; line--)
    ;
  for (position = line; n_pairs < 3 && next_pair (&position, end, &pair); n_pairs++)
    ;
  if (n_pairs < 3)
    {
      parse_prompts (parameters, start, end);
      return parameters;
    }

  parse_prompts (parameters, start, line > start ? line - 1 : start);
  index = g_hash_table_new (g_str_hash, g_str_equal);
  for (position = line; next_pair (&position, end, &pair);)
    {
      g_autofree char *key = g_strndup (pair.key, pair.key_end - pair.key);
      g_autofree char *value = pair_dup_value (&pair);
      LimnParameter *known;

      if (*value == '\0' || set_field (parameters, key, value))
        continue;
      known = g_hash_table_lookup (index, key);
      if (known == NULL)
        {
          known = g_new (LimnParameter, 1);
          known->key = g_steal_pointer (&key);
          known->value = g_steal_pointer (&value);
          g_ptr_array_add (parameters->extra, known);
          g_hash_table_insert (index, known->key, known);
        }
      else
        {
          g_free (known->value);
          known->value = g_steal_pointer (&value);
        }
    }
  return parameters;
}
