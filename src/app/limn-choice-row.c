/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-choice-row.h"

struct _LimnChoiceRow
{
  AdwComboRow     parent_instance;

  GObject        *object;
  char           *property;
  LimnChoiceFill  fill;
  gpointer        data;

  GArray         *values; /* guint: of each item */
  GtkStringList  *names;
  gboolean        changing; /* by us, not by the artist */
};

enum
{
  SIGNAL_CHOSEN,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LimnChoiceRow, limn_choice_row, ADW_TYPE_COMBO_ROW)

static guint
get_value (LimnChoiceRow *self)
{
  guint value;

  g_object_get (self->object, self->property, &value, NULL);
  return value;
}

static gboolean
find (LimnChoiceRow *self, guint value, guint *at)
{
  for (*at = 0; *at < self->values->len; (*at)++)
    if (g_array_index (self->values, guint, *at) == value)
      return TRUE;
  return FALSE;
}

static void
show_value (LimnChoiceRow *self)
{
  guint at;

  if (!find (self, get_value (self), &at))
    {
      limn_choice_row_refill (self);
      return;
    }
  self->changing = TRUE;
  adw_combo_row_set_selected (ADW_COMBO_ROW (self), at);
  self->changing = FALSE;
}

static void
on_selected (LimnChoiceRow *self)
{
  guint at = adw_combo_row_get_selected (ADW_COMBO_ROW (self));

  if (self->changing || at >= self->values->len)
    return;
  g_object_set (self->object, self->property, g_array_index (self->values, guint, at), NULL);
  g_signal_emit (self, signals[SIGNAL_CHOSEN], 0);
}

static void
limn_choice_row_dispose (GObject *object)
{
  g_clear_object (&LIMN_CHOICE_ROW (object)->object);
  G_OBJECT_CLASS (limn_choice_row_parent_class)->dispose (object);
}

static void
limn_choice_row_finalize (GObject *object)
{
  LimnChoiceRow *self = LIMN_CHOICE_ROW (object);

  g_free (self->property);
  g_array_unref (self->values);
  g_object_unref (self->names);
  G_OBJECT_CLASS (limn_choice_row_parent_class)->finalize (object);
}

static void
limn_choice_row_class_init (LimnChoiceRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_choice_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_choice_row_finalize;

  signals[SIGNAL_CHOSEN] = g_signal_new ("chosen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
on_setup_value (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_list_item_set_child (item, gtk_label_new (NULL));
}

static void
on_bind_value (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_label_set_label (GTK_LABEL (gtk_list_item_get_child (item)), gtk_string_object_get_string (gtk_list_item_get_item (item)));
}

/* What is chosen is never cut off: libadwaita's own label would give way to a subtitle that could be wrapped. */
static void
keep_value_whole (AdwComboRow *self)
{
  g_autoptr(GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup_value), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind_value), NULL);
  adw_combo_row_set_list_factory (self, adw_combo_row_get_factory (self));
  adw_combo_row_set_factory (self, factory);
}

static void
limn_choice_row_init (LimnChoiceRow *self)
{
  self->values = g_array_new (FALSE, FALSE, sizeof (guint));
  self->names = gtk_string_list_new (NULL);
  adw_combo_row_set_model (ADW_COMBO_ROW (self), G_LIST_MODEL (self->names));
  keep_value_whole (ADW_COMBO_ROW (self));
  g_signal_connect (self, "notify::selected", G_CALLBACK (on_selected), NULL);
}

void
limn_choice_row_bind (LimnChoiceRow *self, gpointer object, const char *property, LimnChoiceFill fill, gpointer data)
{
  g_autofree char *signal = g_strconcat ("notify::", property, NULL);

  g_return_if_fail (self->object == NULL);
  self->object = g_object_ref (object);
  self->property = g_strdup (property);
  self->fill = fill;
  self->data = data;
  g_signal_connect_object (object, signal, G_CALLBACK (show_value), self, G_CONNECT_SWAPPED);
  limn_choice_row_refill (self);
}

void
limn_choice_row_refill (LimnChoiceRow *self)
{
  guint at, value = get_value (self);

  self->changing = TRUE;
  g_array_set_size (self->values, 0);
  gtk_string_list_splice (self->names, 0, g_list_model_get_n_items (G_LIST_MODEL (self->names)), NULL);
  self->fill (self, value, self->data);
  if (find (self, value, &at))
    adw_combo_row_set_selected (ADW_COMBO_ROW (self), at);
  else
    g_warn_if_reached ();
  self->changing = FALSE;
}

void
limn_choice_row_add (LimnChoiceRow *self, guint value, const char *name)
{
  g_array_append_val (self->values, value);
  gtk_string_list_append (self->names, name);
}

guint
limn_choice_row_get_n_choices (LimnChoiceRow *self)
{
  return self->values->len;
}
