/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The order of painting: all cells' paths, sorted, are the tree of their steps in depth-first order, and what neighbours share tells where its
 * branches part. Which branch comes first is left open by that; it is the one with the first cell, so that a sheet fills as it is read. */
#include "config.h"

#include "session/limn-sheet.h"

#include "base/limn-error.h"
#include "session/limn-request-chain.h"
#include "session/limn-request-private.h"

#include <math.h>
#include <string.h>

#define SHEET_VERSION 1

/* What all cells' requests may weigh as text, so that no text from outside keeps a processor busy for minutes: 10,000 plain ones are 10 MB, a
 * hundred at the end of a long chain of branches as much. */
#define MAX_BYTES (G_GUINT64_CONSTANT (128) << 20)

static const char *const kind_names[] = { "variations", "grid", "strip", NULL };
static const char *const keys[] = { "version", "kind", "base", "x", "y", NULL };
static const char *const axis_keys[] = { "field", "values", NULL };
static const char *const mark_keys[] = { "version", "job", "picture", "sheet", NULL };

struct _LimnSheet
{
  LimnSheetKind  kind;
  LimnRequest   *base;
  LimnSheetAxis *x; /* (nullable) */
  LimnSheetAxis *y; /* (nullable) */
  guint          n;
  guint         *cells;    /* n: of each picture, row by row */
  guint         *pictures; /* n: of each cell */
  guint         *shared;   /* n: with the picture before */
};

gboolean
limn_sheet_kind_from_name (const char *name, LimnSheetKind *kind, GError **error)
{
  guint index;

  if (!limn_request_find_name (kind_names, "kind of sheet", name, &index, error))
    return FALSE;
  *kind = (LimnSheetKind) index;
  return TRUE;
}

const char *
limn_sheet_kind_get_name (LimnSheetKind kind)
{
  return kind_names[kind];
}

static guint
count_values (const LimnSheetAxis *axis)
{
  return axis ? limn_sheet_axis_get_n_values (axis) : 1;
}

static void
clear_sheet (gpointer data)
{
  LimnSheet *sheet = data;

  limn_request_free (sheet->base);
  limn_sheet_axis_unref (sheet->x);
  limn_sheet_axis_unref (sheet->y);
  g_free (sheet->cells);
  g_free (sheet->pictures);
  g_free (sheet->shared);
}

LimnSheet *
limn_sheet_ref (LimnSheet *sheet)
{
  return g_atomic_rc_box_acquire (sheet);
}

void
limn_sheet_unref (LimnSheet *sheet)
{
  if (sheet)
    g_atomic_rc_box_release_full (sheet, clear_sheet);
}

/* --- Order --- */

typedef struct
{
  guint            cell;
  guint            shared; /* with the one before it */
  LimnRequestPath *path;
} Item;

/* A stretch of items that part where it parts from its neighbours. */
typedef struct
{
  guint begin;
  guint end;
  guint first_cell;
} Group;

static void
clear_item (gpointer data)
{
  Item *item = data;

  limn_request_path_free (item->path);
}

static int
compare_items (gconstpointer a, gconstpointer b)
{
  const Item *left = a, *right = b;
  int order = limn_request_path_compare (left->path, right->path);

  return order != 0 ? order : left->cell < right->cell ? -1 : left->cell > right->cell;
}

static int
compare_groups (gconstpointer a, gconstpointer b)
{
  const Group *left = a, *right = b;

  return left->first_cell < right->first_cell ? -1 : left->first_cell > right->first_cell;
}

/* Puts items @begin to @end, which share a beginning, into @cells, branch by branch. As deep as there are different lengths of beginnings. */
static void
walk (GArray *items, guint begin, guint end, GArray *cells)
{
  g_autoptr(GArray) groups = NULL;
  guint least = G_MAXUINT;

  if (end - begin == 1)
    {
      g_array_append_val (cells, g_array_index (items, Item, begin).cell);
      return;
    }
  for (guint i = begin + 1; i < end; i++)
    least = MIN (least, g_array_index (items, Item, i).shared);
  groups = g_array_new (FALSE, FALSE, sizeof (Group));
  for (guint i = begin; i < end; i++)
    {
      const Item *item = &g_array_index (items, Item, i);
      Group *last;

      if (i == begin || item->shared == least)
        {
          Group group = { i, i + 1, item->cell };

          g_array_append_val (groups, group);
          continue;
        }
      last = &g_array_index (groups, Group, groups->len - 1);
      last->end = i + 1;
      last->first_cell = MIN (last->first_cell, item->cell);
    }
  g_array_sort (groups, compare_groups);
  for (guint i = 0; i < groups->len; i++)
    walk (items, g_array_index (groups, Group, i).begin, g_array_index (groups, Group, i).end, cells);
}

/* What brings another setting along, the usual eta of a sampler or the guidance of a place between pictures, gives way to an axis for that
 * setting: whichever way round they lie, what stands beside a cell is what it is painted with. */
static gboolean
brings_along (const LimnSheetAxis *axis)
{
  LimnSheetField field = limn_sheet_axis_get_field (axis);

  return field == LIMN_SHEET_SAMPLER || field == LIMN_SHEET_LAMBDA || field == LIMN_SHEET_LAMBDA_V;
}

static LimnRequest *
dup_cell (const LimnSheet *sheet, guint cell)
{
  LimnRequest *request = limn_request_copy (sheet->base);
  guint n = count_values (sheet->x);
  gboolean y_first = sheet->y && brings_along (sheet->y);

  if (y_first)
    limn_sheet_axis_apply (sheet->y, cell / n, request);
  if (sheet->x)
    limn_sheet_axis_apply (sheet->x, cell % n, request);
  if (sheet->y && !y_first)
    limn_sheet_axis_apply (sheet->y, cell / n, request);
  return request;
}

static gboolean
find_order (LimnSheet *sheet, GError **error)
{
  g_autoptr(GArray) items = g_array_sized_new (FALSE, TRUE, sizeof (Item), sheet->n);
  g_autoptr(GArray) cells = g_array_sized_new (FALSE, FALSE, sizeof (guint), sheet->n);
  g_autofree const LimnRequestPath **paths = g_new (const LimnRequestPath *, sheet->n);

  g_array_set_clear_func (items, clear_item);
  for (guint i = 0; i < sheet->n; i++)
    {
      g_autoptr(LimnRequest) request = dup_cell (sheet, i);
      Item item = { i, 0, NULL };

      if (!limn_request_check (request, error))
        return FALSE;
      item.path = limn_request_path_new (request);
      g_array_append_val (items, item);
    }
  g_array_sort (items, compare_items);
  for (guint i = 0; i < sheet->n; i++)
    {
      Item *item = &g_array_index (items, Item, i);

      item->shared = i > 0 ? limn_request_path_count_shared (g_array_index (items, Item, i - 1).path, item->path) : 0;
      paths[item->cell] = item->path;
    }
  walk (items, 0, sheet->n, cells);
  for (guint i = 0; i < sheet->n; i++)
    {
      sheet->cells[i] = g_array_index (cells, guint, i);
      sheet->pictures[sheet->cells[i]] = i;
      sheet->shared[i] = i > 0 ? limn_request_path_count_shared (paths[sheet->cells[i - 1]], paths[sheet->cells[i]]) : 0;
    }
  return TRUE;
}

/* --- Making --- */

static gboolean
check_size (const LimnRequest *base, guint64 n, GError **error)
{
  g_autofree char *json = limn_request_to_json (base);

  if (n > LIMN_REQUEST_MAX_BATCH)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "%" G_GUINT64_FORMAT " pictures are too many; a sheet has at most %d.", n,
                 LIMN_REQUEST_MAX_BATCH);
  else if (n * strlen (json) > MAX_BYTES)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                 "%" G_GUINT64_FORMAT " pictures are too many where each descends from so many others. Choose fewer.", n);
  else
    return TRUE;
  return FALSE;
}

static gboolean
has_field (const LimnSheetAxis *axis, LimnSheetField field)
{
  return axis && limn_sheet_axis_get_field (axis) == field;
}

/* An axis that would paint the same picture again and again is a mistake. */
static gboolean
check_axis (const LimnSheetAxis *axis, const LimnSheetAxis *other, const LimnRequest *base, GError **error)
{
  LimnSheetField field;

  if (!axis)
    return TRUE;
  field = limn_sheet_axis_get_field (axis);
  if (!limn_sheet_field_fits (field, base) &&
      !(field == LIMN_SHEET_NOISE_SEED && base->branch && has_field (other, LIMN_SHEET_NOISE_AMOUNT)))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There is nothing in this picture that %s could change.",
                 limn_sheet_field_get_name (field));
  else if (field == LIMN_SHEET_VARIATION_SEED && base->variation_strength == 0 && !has_field (other, LIMN_SHEET_VARIATION_STRENGTH))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "A variation seed changes nothing while its strength is 0.");
  else if (other && field != LIMN_SHEET_PROMPT && has_field (other, field))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "Both axes are for %s; choose another for one of them.",
                 limn_sheet_field_get_name (field));
  else
    return TRUE;
  return FALSE;
}

LimnSheet *
limn_sheet_new (LimnSheetKind kind, const LimnRequest *base, LimnSheetAxis *x_axis, LimnSheetAxis *y_axis, GError **error)
{
  g_autoptr(LimnSheet) sheet = NULL;
  guint64 n = (guint64) count_values (x_axis) * count_values (y_axis);

  g_return_val_if_fail (base->open == 0, NULL);

  if (!check_axis (x_axis, y_axis, base, error) || !check_axis (y_axis, x_axis, base, error) || !check_size (base, n, error))
    return NULL;
  sheet = g_atomic_rc_box_new0 (LimnSheet);
  sheet->kind = kind;
  sheet->base = limn_request_copy (base);
  sheet->x = x_axis ? limn_sheet_axis_ref (x_axis) : NULL;
  sheet->y = y_axis ? limn_sheet_axis_ref (y_axis) : NULL;
  sheet->n = n;
  sheet->cells = g_new (guint, n);
  sheet->pictures = g_new (guint, n);
  sheet->shared = g_new (guint, n);
  return find_order (sheet, error) ? g_steal_pointer (&sheet) : NULL;
}

/* --- What it is --- */

LimnSheetKind
limn_sheet_get_kind (const LimnSheet *sheet)
{
  return sheet->kind;
}

const LimnRequest *
limn_sheet_get_base (const LimnSheet *sheet)
{
  return sheet->base;
}

LimnSheetAxis *
limn_sheet_get_x_axis (const LimnSheet *sheet)
{
  return sheet->x;
}

LimnSheetAxis *
limn_sheet_get_y_axis (const LimnSheet *sheet)
{
  return sheet->y;
}

/* Variations along one axis have no columns of their own. */
static gboolean
is_wrapped (const LimnSheet *sheet)
{
  return sheet->kind == LIMN_SHEET_VARIATIONS && (!sheet->x || !sheet->y);
}

guint
limn_sheet_get_n_columns (const LimnSheet *sheet)
{
  return is_wrapped (sheet) ? ceil (sqrt (sheet->n)) : count_values (sheet->x);
}

guint
limn_sheet_get_n_rows (const LimnSheet *sheet)
{
  guint n_columns = limn_sheet_get_n_columns (sheet);

  return (sheet->n + n_columns - 1) / n_columns;
}

guint
limn_sheet_get_n_pictures (const LimnSheet *sheet)
{
  return sheet->n;
}

LimnRequest *
limn_sheet_dup_request (const LimnSheet *sheet, guint picture)
{
  g_return_val_if_fail (picture < sheet->n, NULL);

  return dup_cell (sheet, sheet->cells[picture]);
}

void
limn_sheet_get_cell (const LimnSheet *sheet, guint picture, guint *column, guint *row)
{
  guint n_columns = limn_sheet_get_n_columns (sheet);

  g_return_if_fail (picture < sheet->n);

  *column = sheet->cells[picture] % n_columns;
  *row = sheet->cells[picture] / n_columns;
}

guint
limn_sheet_get_picture_at (const LimnSheet *sheet, guint column, guint row)
{
  guint n_columns = limn_sheet_get_n_columns (sheet);
  guint64 cell = (guint64) row * n_columns + column;

  return column < n_columns && cell < sheet->n ? sheet->pictures[cell] : G_MAXUINT;
}

char *
limn_sheet_dup_column_label (const LimnSheet *sheet, guint column)
{
  return sheet->x && !is_wrapped (sheet) ? g_strdup (limn_sheet_axis_get_label (sheet->x, column)) : NULL;
}

char *
limn_sheet_dup_row_label (const LimnSheet *sheet, guint row)
{
  return sheet->y && !is_wrapped (sheet) ? g_strdup (limn_sheet_axis_get_label (sheet->y, row)) : NULL;
}

guint
limn_sheet_count_shared (const LimnSheet *sheet, guint picture)
{
  g_return_val_if_fail (picture < sheet->n, 0);

  return sheet->shared[picture];
}

void
limn_sheet_count_steps (const LimnSheet    *sheet,
                        const LimnRequest  *known,
                        LimnSheetCountFunc  count,
                        gpointer            data,
                        guint64            *distinct,
                        guint64            *all)
{
  g_autoptr(LimnRequestPath) theirs = known ? limn_request_path_new (known) : NULL;

  *distinct = *all = 0;
  for (guint i = 0; i < sheet->n; i++)
    {
      g_autoptr(LimnRequest) request = limn_sheet_dup_request (sheet, i);
      guint n_steps = count (request, data);
      guint shared = sheet->shared[i];

      if (theirs)
        {
          g_autoptr(LimnRequestPath) own = limn_request_path_new (request);
          guint with = limn_request_path_count_shared (theirs, own);

          shared = MAX (shared, with);
        }
      *all += n_steps;
      *distinct += n_steps - MIN (n_steps, shared);
    }
}

static gboolean
axis_equal (const LimnSheetAxis *a, const LimnSheetAxis *b)
{
  g_autofree char *left = NULL;
  g_autofree char *right = NULL;

  if (!a || !b)
    return a == b;
  left = limn_sheet_axis_dup_text (a);
  right = limn_sheet_axis_dup_text (b);
  return limn_sheet_axis_get_field (a) == limn_sheet_axis_get_field (b) && g_str_equal (left, right);
}

gboolean
limn_sheet_equal (const LimnSheet *a, const LimnSheet *b)
{
  return a->kind == b->kind && limn_request_equal (a->base, b->base) && axis_equal (a->x, b->x) && axis_equal (a->y, b->y);
}

/* --- JSON --- */

static void
write_axis (const LimnSheetAxis *axis, LimnJsonText *text, const char *key)
{
  if (!axis)
    {
      limn_json_text_add_null (text, key);
      return;
    }
  limn_json_text_begin_object (text, key);
  limn_json_text_add_string (text, "field", limn_sheet_field_get_name (limn_sheet_axis_get_field (axis)));
  limn_json_text_begin_array (text, "values");
  for (guint i = 0; i < limn_sheet_axis_get_n_values (axis); i++)
    limn_json_text_add_string (text, NULL, limn_sheet_axis_get_value (axis, i));
  limn_json_text_end_array (text);
  limn_json_text_end_object (text);
}

static void
write_sheet (const LimnSheet *sheet, LimnJsonText *text, const char *key)
{
  limn_json_text_begin_object (text, key);
  limn_json_text_add_int (text, "version", SHEET_VERSION);
  limn_json_text_add_string (text, "kind", limn_sheet_kind_get_name (sheet->kind));
  limn_request_write (sheet->base, text, "base", FALSE);
  write_axis (sheet->x, text, "x");
  write_axis (sheet->y, text, "y");
  limn_json_text_end_object (text);
}

char *
limn_sheet_to_json (const LimnSheet *sheet)
{
  LimnJsonText *text = limn_json_text_new ();

  write_sheet (sheet, text, NULL);
  return limn_json_text_free (text);
}

static gboolean
check_version (LimnJson *json, GError **error)
{
  gint64 version;

  if (!limn_json_get_int (json, "version", 0, G_MAXINT64, &version, error))
    return FALSE;
  if (version == SHEET_VERSION)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
               "“%s” was written by another version of Limn: its version is %" G_GINT64_FORMAT ", this program knows %d.",
               limn_json_get_name (json), version, SHEET_VERSION);
  return FALSE;
}

static gboolean
read_axis (LimnJson *json, const char *key, LimnSheetAxis **axis, GError **error)
{
  g_autoptr(LimnJson) object = NULL;
  g_auto(GStrv) values = NULL;
  LimnSheetField field;
  const char *name;

  if (limn_json_get_kind (json, key) == LIMN_JSON_ABSENT)
    return TRUE;
  object = limn_json_get_object (json, key, error);
  if (!object || !limn_request_check_keys (object, axis_keys, "an axis", error) ||
      !limn_json_get_string (object, "field", &name, error) || !limn_sheet_field_from_name (name, &field, error))
    return FALSE;
  values = limn_json_get_strings (object, "values", LIMN_REQUEST_MAX_BATCH, error);
  if (!values)
    return FALSE;
  *axis = limn_sheet_axis_new_values (field, (const char *const *) values, error);
  return *axis != NULL;
}

static LimnSheet *
read_sheet (LimnJson *json, GError **error)
{
  g_autoptr(LimnJson) object = NULL;
  g_autoptr(LimnRequest) base = NULL;
  g_autoptr(LimnSheetAxis) x = NULL;
  g_autoptr(LimnSheetAxis) y = NULL;
  LimnRequestReading reading = { 0, 0 };
  LimnSheetKind kind;
  const char *name;

  if (!check_version (json, error) || !limn_request_check_keys (json, keys, "a sheet", error) ||
      !limn_json_get_string (json, "kind", &name, error) || !limn_sheet_kind_from_name (name, &kind, error))
    return NULL;
  object = limn_json_get_object (json, "base", error);
  base = object ? limn_request_read (object, &reading, error) : NULL;
  if (!base || !limn_request_check (base, error) || !read_axis (json, "x", &x, error) || !read_axis (json, "y", &y, error))
    return NULL;
  if (base->open)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: the sheet's request leaves something open.", limn_json_get_name (json));
      return NULL;
    }
  return limn_sheet_new (kind, base, x, y, error);
}

LimnSheet *
limn_sheet_new_from_json (const char *json, const char *name, GError **error)
{
  g_autoptr(LimnJson) document = limn_json_new_for_data (json, strlen (json), name, 0, error);

  return document ? read_sheet (document, error) : NULL;
}

char *
limn_sheet_mark_to_text (const char *job_id, guint picture, const LimnSheet *sheet)
{
  LimnJsonText *text = limn_json_text_new ();

  limn_json_text_begin_object (text, NULL);
  limn_json_text_add_int (text, "version", SHEET_VERSION);
  limn_json_text_add_string (text, "job", job_id);
  limn_json_text_add_int (text, "picture", picture);
  write_sheet (sheet, text, "sheet");
  limn_json_text_end_object (text);
  return limn_json_text_free (text);
}

gboolean
limn_sheet_mark_parse (const char *text, char **job_id, guint *picture, LimnSheet **sheet, GError **error)
{
  g_autoptr(LimnJson) document = limn_json_new_for_data (text, strlen (text), LIMN_SHEET_KEYWORD, 0, error);
  g_autoptr(LimnJson) object = NULL;
  g_autoptr(LimnSheet) read = NULL;
  const char *job;
  gint64 number;

  if (!document || !check_version (document, error) || !limn_request_check_keys (document, mark_keys, "a sheet's picture", error) ||
      !limn_json_get_string (document, "job", &job, error))
    return FALSE;
  if (!g_uuid_string_is_valid (job))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: “%s” is no name of a job.", LIMN_SHEET_KEYWORD, job);
      return FALSE;
    }
  object = limn_json_get_object (document, "sheet", error);
  read = object ? read_sheet (object, error) : NULL;
  if (!read || !limn_json_get_int (document, "picture", 0, read->n - 1, &number, error))
    return FALSE;
  *job_id = g_strdup (job);
  *picture = number;
  *sheet = g_steal_pointer (&read);
  return TRUE;
}
