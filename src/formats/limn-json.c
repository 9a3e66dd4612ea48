/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jansson already refuses duplicate keys, trailing text, NULs and integers beyond 64 bits when asked to. What it
 * does not bound is memory: a tree takes some 50 times the bytes of "[[],[],…". So one pass over the
 * bytes first counts depth and values; it need not understand them, since whatever it lets through
 * by mistake jansson refuses (and jansson has its own depth limit, 2048).
 */
#include "config.h"

#include "formats/limn-json.h"

#include "base/limn-error.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct _LimnJson
{
  gatomicrefcount ref_count;
  json_t *root;
  char *name;
  char *where; /* way from the document's root, "" or "steps[3]." */
};

static LimnJson *
view_new (json_t     *root,
          const char *name,
          char       *where)
{
  LimnJson *self = g_new0 (LimnJson, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->root = json_incref (root);
  self->name = g_strdup (name);
  self->where = where;
  return self;
}

static gboolean G_GNUC_PRINTF (4, 5)
fail (const LimnJson  *self,
      const char      *key,
      GError         **error,
      const char      *format,
      ...)
{
  va_list args;
  g_autofree char *what = NULL;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” cannot be used: “%s%s” %s",
               self->name, self->where, key, what);
  return FALSE;
}

static const char *
describe (const json_t *value)
{
  switch (json_typeof (value))
    {
    case JSON_OBJECT:
      return "an object";
    case JSON_ARRAY:
      return "a list";
    case JSON_STRING:
      return "a string";
    case JSON_INTEGER:
      return "an integer";
    case JSON_REAL:
      return "a number with a point or exponent";
    case JSON_TRUE:
    case JSON_FALSE:
      return "true or false";
    case JSON_NULL:
    default:
      return "null";
    }
}

static gboolean
check_size (const char  *data,
            gsize        length,
            const char  *name,
            GError     **error)
{
  gboolean in_string = FALSE;
  gsize depth = 0;
  gsize n_values = 0;

  for (gsize i = 0; i < length; i++)
    {
      char c = data[i];

      if (in_string)
        {
          if (c == '\\')
            i++;
          else if (c == '"')
            in_string = FALSE;
          continue;
        }
      if (c == '"')
        in_string = TRUE;
      else if (c == ',')
        n_values++;
      else if (c == '[' || c == '{')
        {
          n_values++;
          if (++depth > LIMN_JSON_MAX_DEPTH)
            {
              g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                           "“%s” cannot be read: its JSON is nested deeper than %d levels (at byte %" G_GSIZE_FORMAT
                           ")",
                           name, LIMN_JSON_MAX_DEPTH, i);
              return FALSE;
            }
        }
      else if ((c == ']' || c == '}') && depth > 0)
        depth--;
      if (n_values > LIMN_JSON_MAX_VALUES)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” cannot be read: its JSON holds more than %d values",
                       name, LIMN_JSON_MAX_VALUES);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
too_large (const char  *name,
           guint64      length,
           gsize        max_bytes,
           GError     **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
               "“%s” cannot be read: it is too large for what it should be (%" G_GUINT64_FORMAT " bytes, at most %"
               G_GSIZE_FORMAT ")", name, length, max_bytes);
  return FALSE;
}

LimnJson *
limn_json_new_for_data (const char  *data,
                        gsize        length,
                        const char  *name,
                        gsize        max_bytes,
                        GError     **error)
{
  json_error_t details;
  json_t *root;
  LimnJson *self;

  g_return_val_if_fail (data != NULL || length == 0, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  if (max_bytes == 0)
    max_bytes = LIMN_JSON_MAX_BYTES;
  if (length > max_bytes)
    {
      too_large (name, length, max_bytes, error);
      return NULL;
    }
  if (!check_size (data, length, name, error))
    return NULL;

  root = json_loadb (length > 0 ? data : "", length, JSON_REJECT_DUPLICATES, &details);
  if (root == NULL)
    {
      /* jansson quotes the text near the error, which need not be UTF-8. */
      g_autofree char *text = g_utf8_make_valid (details.text, -1);

      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                   "“%s” cannot be read: it is not sound JSON: %s (line %d, column %d)", name, text, details.line,
                   details.column);
      return NULL;
    }
  if (!json_is_object (root))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” cannot be used: its JSON is %s, not an object",
                   name, describe (root));
      json_decref (root);
      return NULL;
    }
  self = view_new (root, name, g_strdup (""));
  json_decref (root);
  return self;
}

LimnJson *
limn_json_new_for_bytes (GBytes      *bytes,
                         const char  *name,
                         gsize        max_bytes,
                         GError     **error)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  return limn_json_new_for_data (data, length, name, max_bytes, error);
}

static void
set_errno (GError     **error,
           int          code,
           const char  *path)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "“%s” cannot be read: %s", shown,
               g_strerror (code));
}

LimnJson *
limn_json_new_from_file (const char  *path,
                         gsize        max_bytes,
                         GError     **error)
{
  g_autofree char *name = NULL;
  g_autofree char *data = NULL;
  struct stat info;
  gsize n = 0;
  int fd;

  g_return_val_if_fail (path != NULL, NULL);

  if (max_bytes == 0)
    max_bytes = LIMN_JSON_MAX_BYTES;
  name = g_filename_display_name (path);

  /* O_NONBLOCK: a named pipe in a model's folder must not hang us; regular files ignore it. */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat (fd, &info) != 0)
    {
      set_errno (error, errno, path);
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  if (!S_ISREG (info.st_mode))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” cannot be read: it is not a file", name);
      close (fd);
      return NULL;
    }
  if ((guint64) info.st_size > max_bytes)
    {
      too_large (name, info.st_size, max_bytes, error);
      close (fd);
      return NULL;
    }
  data = g_malloc (info.st_size + 1);
  while (n < (gsize) info.st_size)
    {
      gssize got = read (fd, data + n, info.st_size - n);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          set_errno (error, errno, path);
          close (fd);
          return NULL;
        }
      if (got == 0)
        break; /* it shrank: what is left will not parse, or is sound */
      n += got;
    }
  close (fd);
  return limn_json_new_for_data (data, n, name, max_bytes, error);
}

LimnJson *
limn_json_ref (LimnJson *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
limn_json_unref (LimnJson *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->ref_count))
    return;
  json_decref (self->root);
  g_free (self->name);
  g_free (self->where);
  g_free (self);
}

const char *
limn_json_get_name (const LimnJson *self)
{
  return self->name;
}

json_t *
limn_json_get_root (const LimnJson *self)
{
  return self->root;
}

LimnJsonKind
limn_json_get_kind (const LimnJson *self,
                    const char     *key)
{
  json_t *value = json_object_get (self->root, key);

  if (value == NULL)
    return LIMN_JSON_ABSENT;
  switch (json_typeof (value))
    {
    case JSON_OBJECT:
      return LIMN_JSON_OBJECT;
    case JSON_ARRAY:
      return LIMN_JSON_ARRAY;
    case JSON_STRING:
      return LIMN_JSON_STRING;
    case JSON_INTEGER:
      return LIMN_JSON_INT;
    case JSON_REAL:
      return LIMN_JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
      return LIMN_JSON_BOOL;
    case JSON_NULL:
    default:
      return LIMN_JSON_ABSENT;
    }
}

const char **
limn_json_get_keys (const LimnJson *self,
                    guint          *n_keys)
{
  const char **keys = g_new (const char *, json_object_size (self->root) + 1);
  const char *key;
  json_t *value;
  guint n = 0;

  json_object_foreach (self->root, key, value)
    keys[n++] = key;
  keys[n] = NULL;
  if (n_keys != NULL)
    *n_keys = n;
  return keys;
}

/* Missing and null are one: configs write null for "not set". */
static json_t *
find (const LimnJson  *self,
      const char      *key,
      GError         **error)
{
  json_t *value = json_object_get (self->root, key);

  if (value != NULL && !json_is_null (value))
    return value;
  fail (self, key, error, value == NULL ? "is missing" : "is null, but a value is needed");
  return NULL;
}

static gboolean
wrong_type (const LimnJson  *self,
            const char      *key,
            const char      *wanted,
            const json_t    *value,
            GError         **error)
{
  return fail (self, key, error, "has the wrong type: it must be %s, not %s", wanted, describe (value));
}

static gboolean
to_int (const LimnJson  *self,
        const char      *key,
        const json_t    *value,
        gint64           min,
        gint64           max,
        gint64          *out,
        GError         **error)
{
  gint64 n;

  if (!json_is_integer (value))
    return wrong_type (self, key, "an integer", value, error);
  n = json_integer_value (value);
  if (n < min || n > max)
    return fail (self, key, error, "is out of range: %" G_GINT64_FORMAT " is not within %" G_GINT64_FORMAT " to %"
                 G_GINT64_FORMAT, n, min, max);
  *out = n;
  return TRUE;
}

static gboolean
to_double (const LimnJson  *self,
           const char      *key,
           const json_t    *value,
           double           min,
           double           max,
           double          *out,
           GError         **error)
{
  double d;

  if (!json_is_number (value))
    return wrong_type (self, key, "a number", value, error);
  d = json_number_value (value);
  if (!isfinite (d) || d < min || d > max)
    return fail (self, key, error, "is out of range: %g is not within %g to %g", d, min, max);
  *out = d;
  return TRUE;
}

static json_t *
find_array (const LimnJson  *self,
            const char      *key,
            gsize            max_n,
            GError         **error)
{
  json_t *array = find (self, key, error);

  if (array == NULL)
    return NULL;
  if (!json_is_array (array))
    {
      wrong_type (self, key, "a list", array, error);
      return NULL;
    }
  if (json_array_size (array) > max_n)
    {
      fail (self, key, error, "is out of range: a list of %" G_GSIZE_FORMAT ", at most %" G_GSIZE_FORMAT
            " are possible", json_array_size (array), max_n);
      return NULL;
    }
  return array;
}

gboolean
limn_json_get_string (const LimnJson  *self,
                      const char      *key,
                      const char     **value,
                      GError         **error)
{
  json_t *found = find (self, key, error);

  if (found == NULL)
    return FALSE;
  if (!json_is_string (found))
    return wrong_type (self, key, "a string", found, error);
  *value = json_string_value (found);
  return TRUE;
}

gboolean
limn_json_get_int (const LimnJson  *self,
                   const char      *key,
                   gint64           min,
                   gint64           max,
                   gint64          *value,
                   GError         **error)
{
  json_t *found = find (self, key, error);

  return found != NULL && to_int (self, key, found, min, max, value, error);
}

gboolean
limn_json_get_double (const LimnJson  *self,
                      const char      *key,
                      double           min,
                      double           max,
                      double          *value,
                      GError         **error)
{
  json_t *found = find (self, key, error);

  return found != NULL && to_double (self, key, found, min, max, value, error);
}

gboolean
limn_json_get_bool (const LimnJson  *self,
                    const char      *key,
                    gboolean        *value,
                    GError         **error)
{
  json_t *found = find (self, key, error);

  if (found == NULL)
    return FALSE;
  if (!json_is_boolean (found))
    return wrong_type (self, key, "true or false", found, error);
  *value = json_is_true (found);
  return TRUE;
}

gboolean
limn_json_get_string_or (const LimnJson  *self,
                         const char      *key,
                         const char      *fallback,
                         const char     **value,
                         GError         **error)
{
  if (limn_json_get_kind (self, key) != LIMN_JSON_ABSENT)
    return limn_json_get_string (self, key, value, error);
  *value = fallback;
  return TRUE;
}

gboolean
limn_json_get_int_or (const LimnJson  *self,
                      const char      *key,
                      gint64           min,
                      gint64           max,
                      gint64           fallback,
                      gint64          *value,
                      GError         **error)
{
  if (limn_json_get_kind (self, key) != LIMN_JSON_ABSENT)
    return limn_json_get_int (self, key, min, max, value, error);
  *value = fallback;
  return TRUE;
}

gboolean
limn_json_get_double_or (const LimnJson  *self,
                         const char      *key,
                         double           min,
                         double           max,
                         double           fallback,
                         double          *value,
                         GError         **error)
{
  if (limn_json_get_kind (self, key) != LIMN_JSON_ABSENT)
    return limn_json_get_double (self, key, min, max, value, error);
  *value = fallback;
  return TRUE;
}

gboolean
limn_json_get_bool_or (const LimnJson  *self,
                       const char      *key,
                       gboolean         fallback,
                       gboolean        *value,
                       GError         **error)
{
  if (limn_json_get_kind (self, key) != LIMN_JSON_ABSENT)
    return limn_json_get_bool (self, key, value, error);
  *value = fallback;
  return TRUE;
}

GArray *
limn_json_get_ints (const LimnJson  *self,
                    const char      *key,
                    gint64           min,
                    gint64           max,
                    guint            max_n,
                    GError         **error)
{
  json_t *array = find_array (self, key, max_n, error);
  g_autoptr(GArray) values = NULL;

  if (array == NULL)
    return NULL;
  values = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (gsize i = 0; i < json_array_size (array); i++)
    {
      gint64 n;

      if (!to_int (self, key, json_array_get (array, i), min, max, &n, error))
        return NULL;
      g_array_append_val (values, n);
    }
  return g_steal_pointer (&values);
}

GArray *
limn_json_get_doubles (const LimnJson  *self,
                       const char      *key,
                       guint            max_n,
                       GError         **error)
{
  json_t *array = find_array (self, key, max_n, error);
  g_autoptr(GArray) values = NULL;

  if (array == NULL)
    return NULL;
  values = g_array_new (FALSE, FALSE, sizeof (double));
  for (gsize i = 0; i < json_array_size (array); i++)
    {
      double d;

      if (!to_double (self, key, json_array_get (array, i), -G_MAXDOUBLE, G_MAXDOUBLE, &d, error))
        return NULL;
      g_array_append_val (values, d);
    }
  return g_steal_pointer (&values);
}

char **
limn_json_get_strings (const LimnJson  *self,
                       const char      *key,
                       guint            max_n,
                       GError         **error)
{
  json_t *array = find_array (self, key, max_n, error);
  g_autoptr(GPtrArray) values = NULL;

  if (array == NULL)
    return NULL;
  values = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = 0; i < json_array_size (array); i++)
    {
      json_t *item = json_array_get (array, i);

      if (!json_is_string (item) && !json_is_null (item))
        {
          wrong_type (self, key, "a list of strings", item, error);
          return NULL;
        }
      g_ptr_array_add (values, g_strdup (json_is_string (item) ? json_string_value (item) : ""));
    }
  g_ptr_array_add (values, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&values), FALSE);
}

LimnJson *
limn_json_get_object (const LimnJson  *self,
                      const char      *key,
                      GError         **error)
{
  json_t *found = find (self, key, error);

  if (found == NULL)
    return NULL;
  if (!json_is_object (found))
    {
      wrong_type (self, key, "an object", found, error);
      return NULL;
    }
  return view_new (found, self->name, g_strdup_printf ("%s%s.", self->where, key));
}

gboolean
limn_json_get_length (const LimnJson  *self,
                      const char      *key,
                      guint           *n,
                      GError         **error)
{
  json_t *array = find_array (self, key, G_MAXUINT, error);

  if (array == NULL)
    return FALSE;
  *n = json_array_size (array);
  return TRUE;
}

LimnJson *
limn_json_get_element (const LimnJson  *self,
                       const char      *key,
                       guint            index,
                       GError         **error)
{
  json_t *array = find_array (self, key, G_MAXUINT, error);
  json_t *item;

  if (array == NULL)
    return NULL;
  item = json_array_get (array, index);
  if (item == NULL)
    {
      fail (self, key, error, "is out of range: a list of %" G_GSIZE_FORMAT " has no element %u",
            json_array_size (array), index);
      return NULL;
    }
  if (!json_is_object (item))
    {
      wrong_type (self, key, "a list of objects", item, error);
      return NULL;
    }
  return view_new (item, self->name, g_strdup_printf ("%s%s[%u].", self->where, key, index));
}
