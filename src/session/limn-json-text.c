/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-json-text.h"

#include <math.h>
#include <string.h>

struct _LimnJsonText
{
  GString *text;
  gboolean comma; /* something stands before in this object or array */
};

LimnJsonText *
limn_json_text_new (void)
{
  LimnJsonText *self = g_new0 (LimnJsonText, 1);

  self->text = g_string_new (NULL);
  return self;
}

char *
limn_json_text_free (LimnJsonText *self)
{
  char *text = g_string_free (self->text, FALSE);

  g_free (self);
  return text;
}

const char *
limn_json_text_peek (LimnJsonText *self)
{
  return self->text->str;
}

static void
put_string (GString *text, const char *value)
{
  g_string_append_c (text, '"');
  for (const char *c = value; *c; c++)
    switch (*c)
      {
      case '"':
      case '\\':
        g_string_append_c (text, '\\');
        g_string_append_c (text, *c);
        break;
      case '\n':
        g_string_append (text, "\\n");
        break;
      case '\t':
        g_string_append (text, "\\t");
        break;
      default:
        if ((guchar) *c < 0x20 || *c == 0x7f)
          g_string_append_printf (text, "\\u%04x", (guchar) *c);
        else
          g_string_append_c (text, *c);
      }
  g_string_append_c (text, '"');
}

static void
put_key (LimnJsonText *self, const char *key)
{
  if (self->comma)
    g_string_append_c (self->text, ',');
  self->comma = TRUE;
  if (key)
    {
      put_string (self->text, key);
      g_string_append_c (self->text, ':');
    }
}

static void
begin (LimnJsonText *self, const char *key, char bracket)
{
  put_key (self, key);
  g_string_append_c (self->text, bracket);
  self->comma = FALSE;
}

static void
end (LimnJsonText *self, char bracket)
{
  g_string_append_c (self->text, bracket);
  self->comma = TRUE;
}

void
limn_json_text_begin_object (LimnJsonText *self, const char *key)
{
  begin (self, key, '{');
}

void
limn_json_text_end_object (LimnJsonText *self)
{
  end (self, '}');
}

void
limn_json_text_begin_array (LimnJsonText *self, const char *key)
{
  begin (self, key, '[');
}

void
limn_json_text_end_array (LimnJsonText *self)
{
  end (self, ']');
}

void
limn_json_text_add_string (LimnJsonText *self, const char *key, const char *value)
{
  if (!value)
    {
      limn_json_text_add_null (self, key);
      return;
    }
  put_key (self, key);
  put_string (self->text, value);
}

void
limn_json_text_add_int (LimnJsonText *self, const char *key, gint64 value)
{
  put_key (self, key);
  g_string_append_printf (self->text, "%" G_GINT64_FORMAT, value);
}

void
limn_json_text_add_bool (LimnJsonText *self, const char *key, gboolean value)
{
  limn_json_text_add_raw (self, key, value ? "true" : "false");
}

void
limn_json_text_add_null (LimnJsonText *self, const char *key)
{
  limn_json_text_add_raw (self, key, "null");
}

void
limn_json_text_add_double (LimnJsonText *self, const char *key, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    {
      limn_json_text_add_null (self, key);
      return;
    }
  /* 15 digits always survive the way from text to double and back, 17 always the other way round. */
  for (guint digits = 15; digits <= 17; digits++)
    {
      char format[8];

      g_snprintf (format, sizeof format, "%%.%ug", digits);
      g_ascii_formatd (buffer, sizeof buffer, format, value);
      if (g_ascii_strtod (buffer, NULL) == value)
        break;
    }
  /* With a point or exponent, so that a reader that tells integers from reals takes it for what it is. */
  if (!strpbrk (buffer, ".e"))
    g_strlcat (buffer, ".0", sizeof buffer);
  limn_json_text_add_raw (self, key, buffer);
}

void
limn_json_text_add_raw (LimnJsonText *self, const char *key, const char *json)
{
  put_key (self, key);
  g_string_append (self->text, json);
}
