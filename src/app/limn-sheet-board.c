/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-sheet-board.h"

#include "app/limn-sheet-words.h"

#include <glib/gi18n.h>

struct _LimnSheetBoard
{
  GObject    parent_instance;

  guint      n_columns;
  double     aspect;
  GStrv      column_labels; /* (nullable) */
  GStrv      row_labels;    /* (nullable) */
  GPtrArray *items;         /* of LimnSheetItem, by place */
  GPtrArray *pictures;      /* of the same, by number */
  guint      n_done;
};

enum
{
  PROP_0,
  PROP_N_DONE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

/* --- A list --- */

static GType
get_item_type (GListModel *list)
{
  return LIMN_TYPE_SHEET_ITEM;
}

static guint
get_n_items (GListModel *list)
{
  return LIMN_SHEET_BOARD (list)->items->len;
}

static gpointer
get_item (GListModel *list, guint position)
{
  LimnSheetBoard *self = LIMN_SHEET_BOARD (list);

  return position < self->items->len ? g_object_ref (g_ptr_array_index (self->items, position)) : NULL;
}

static void
list_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (LimnSheetBoard, limn_sheet_board, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_init))

/* --- What is done --- */

static void
on_state (LimnSheetBoard *self)
{
  guint n = 0;

  for (guint i = 0; i < self->items->len; i++)
    n += limn_sheet_item_get_state (g_ptr_array_index (self->items, i)) == LIMN_SHEET_DONE;
  if (self->n_done == n)
    return;
  self->n_done = n;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_DONE]);
}

/* --- The object --- */

static void
limn_sheet_board_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  if (id == PROP_N_DONE)
    g_value_set_uint (value, LIMN_SHEET_BOARD (object)->n_done);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
limn_sheet_board_finalize (GObject *object)
{
  LimnSheetBoard *self = LIMN_SHEET_BOARD (object);

  for (guint i = 0; i < self->items->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->items, i), self);
  g_ptr_array_unref (self->pictures);
  g_ptr_array_unref (self->items);
  g_strfreev (self->column_labels);
  g_strfreev (self->row_labels);
  G_OBJECT_CLASS (limn_sheet_board_parent_class)->finalize (object);
}

static void
limn_sheet_board_class_init (LimnSheetBoardClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = limn_sheet_board_get_property;
  G_OBJECT_CLASS (klass)->finalize = limn_sheet_board_finalize;
  properties[PROP_N_DONE] =
    g_param_spec_uint ("n-done", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
}

static void
limn_sheet_board_init (LimnSheetBoard *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->pictures = g_ptr_array_new ();
}

static GStrv
dup_labels (const char *const *labels, guint n)
{
  GStrv copy;

  if (!labels)
    return NULL;
  copy = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    copy[i] = g_strdup (labels[i]);
  return copy;
}

static char *
dup_name (LimnSheetBoard *self, guint position)
{
  const char *column = limn_sheet_board_get_column_label (self, position % self->n_columns);
  const char *row = limn_sheet_board_get_row_label (self, position / self->n_columns);

  if (column && row)
    /* Translators: what tells a picture of a contact sheet from the others: the label of its column, then that of its row: “CFG 7, Seed 3”. */
    return g_strdup_printf (_("%s, %s"), column, row);
  return g_strdup (column ? column : row ? row : "");
}

LimnSheetBoard *
limn_sheet_board_new (const LimnSheetLayout *layout)
{
  LimnSheetBoard *self = g_object_new (LIMN_TYPE_SHEET_BOARD, NULL);
  g_autofree guint *numbers = g_new0 (guint, layout->n_pictures); /* by place */
  guint n_rows;

  g_return_val_if_fail (layout->n_columns > 0, self);
  self->n_columns = layout->n_columns;
  self->aspect = layout->width > 0 && layout->height > 0 ? (double) layout->width / layout->height : 1;
  n_rows = (layout->n_pictures + self->n_columns - 1) / self->n_columns;
  self->column_labels = dup_labels (layout->column_labels, self->n_columns);
  self->row_labels = dup_labels (layout->row_labels, n_rows);
  for (guint i = 0; i < layout->n_pictures; i++)
    numbers[layout->positions ? layout->positions[i] : i] = i;
  g_ptr_array_set_size (self->pictures, layout->n_pictures);
  for (guint position = 0; position < layout->n_pictures; position++)
    {
      g_autofree char *name = layout->names ? g_strdup (layout->names[position]) : dup_name (self, position);
      LimnSheetItem *item = limn_sheet_item_new (numbers[position], name);

      g_signal_connect_swapped (item, "notify::state", G_CALLBACK (on_state), self);
      g_ptr_array_add (self->items, item);
      g_ptr_array_index (self->pictures, numbers[position]) = item;
    }
  return self;
}

/* (transfer full) (nullable) */
static GStrv
new_labels (LimnSheetAxis *axis, guint n)
{
  GStrv labels;

  if (!axis || limn_sheet_axis_get_n_values (axis) != n)
    return NULL;
  labels = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    labels[i] = limn_sheet_words_label (axis, i);
  return labels;
}

static GStrv
new_variation_names (guint n, guint n_columns, GStrv rows)
{
  GStrv names = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    if (rows)
      /* Translators: one of many variations: %s is “From step 8”. */
      names[i] = g_strdup_printf (_("%s, variation %u"), rows[i / n_columns], i % n_columns + 1);
    else
      names[i] = g_strdup_printf (_("Variation %u"), i + 1);
  return names;
}

LimnSheetBoard *
limn_sheet_board_new_for_sheet (LimnSheet *sheet)
{
  const LimnRequest *base = limn_sheet_get_base (sheet);
  guint n = limn_sheet_get_n_pictures (sheet), n_columns = limn_sheet_get_n_columns (sheet);
  gboolean variations = limn_sheet_get_kind (sheet) == LIMN_SHEET_VARIATIONS;
  LimnSheetAxis *x_axis = limn_sheet_get_x_axis (sheet), *y_axis = limn_sheet_get_y_axis (sheet);
  g_autofree guint *positions = g_new0 (guint, n);
  g_auto(GStrv) columns = variations ? NULL : new_labels (x_axis, n_columns);
  g_auto(GStrv) rows = new_labels (y_axis, limn_sheet_get_n_rows (sheet));
  g_auto(GStrv) names = variations ? new_variation_names (n, n_columns, rows) : NULL;
  LimnSheetLayout layout = {
    .n_columns = n_columns,
    .n_pictures = n,
    .positions = positions,
    .column_labels = (const char *const *) columns,
    .row_labels = (const char *const *) rows,
    .names = (const char *const *) names,
    .width = base->width,
    .height = base->height,
  };

  for (guint i = 0; i < n; i++)
    {
      guint column, row;

      limn_sheet_get_cell (sheet, i, &column, &row);
      positions[i] = row * n_columns + column;
    }
  return limn_sheet_board_new (&layout);
}

guint
limn_sheet_board_get_n_columns (LimnSheetBoard *self)
{
  return self->n_columns;
}

guint
limn_sheet_board_get_n_rows (LimnSheetBoard *self)
{
  return (self->items->len + self->n_columns - 1) / self->n_columns;
}

guint
limn_sheet_board_get_n_pictures (LimnSheetBoard *self)
{
  return self->items->len;
}

guint
limn_sheet_board_get_n_done (LimnSheetBoard *self)
{
  return self->n_done;
}

double
limn_sheet_board_get_aspect (LimnSheetBoard *self)
{
  return self->aspect;
}

const char *
limn_sheet_board_get_column_label (LimnSheetBoard *self, guint column)
{
  return self->column_labels ? self->column_labels[column] : NULL;
}

const char *
limn_sheet_board_get_row_label (LimnSheetBoard *self, guint row)
{
  return self->row_labels ? self->row_labels[row] : NULL;
}

LimnSheetItem *
limn_sheet_board_get (LimnSheetBoard *self, guint position)
{
  g_return_val_if_fail (position < self->items->len, NULL);

  return g_ptr_array_index (self->items, position);
}

LimnSheetItem *
limn_sheet_board_get_picture (LimnSheetBoard *self, guint picture)
{
  return picture < self->pictures->len ? g_ptr_array_index (self->pictures, picture) : NULL;
}
