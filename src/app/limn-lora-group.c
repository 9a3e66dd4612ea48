/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-lora-group.h"

#include "app/limn-lora-row.h"
#include "app/limn-model-window.h"

#include <glib/gi18n.h>

struct _LimnLoraGroup
{
  AdwPreferencesGroup  parent_instance;

  GtkWidget           *none_row;

  LimnStudio          *studio;
  GHashTable          *rows; /* path -> LimnLoraRow (unowned) */
};

G_DEFINE_FINAL_TYPE (LimnLoraGroup, limn_lora_group, ADW_TYPE_PREFERENCES_GROUP)

static void
on_add (LimnLoraGroup *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  gtk_window_present (GTK_WINDOW (limn_model_window_new (window, self->studio, LIMN_RESOURCE_LORA)));
}

/* A file that is dropped here is looked at: it may be something else. */
static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, LimnLoraGroup *self)
{
  GSList *files = g_value_get_boxed (value);
  g_autofree char *path = files ? g_file_get_path (files->data) : NULL;

  if (!path)
    return FALSE;
  limn_studio_open_model_file (self->studio, path);
  return TRUE;
}

static void
drop_rows (LimnLoraGroup *self, GPtrArray *loras)
{
  GHashTableIter iter;
  gpointer path, row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &path, &row))
    {
      gboolean there = FALSE;

      for (guint i = 0; i < loras->len && !there; i++)
        there = g_str_equal (((LimnDraftLora *) loras->pdata[i])->path, path);
      if (there)
        continue;
      adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), row);
      g_hash_table_iter_remove (&iter);
    }
}

/* Rows stay while their files do, so that one that is being dragged is not taken away under the pointer. New ones come to the end. */
static void
show_loras (LimnLoraGroup *self)
{
  g_autoptr(GPtrArray) loras = limn_draft_list_loras (limn_studio_get_draft (self->studio));
  gboolean any = limn_model_library_count (limn_studio_get_models (self->studio), LIMN_RESOURCE_LORA) > 0;

  drop_rows (self, loras);
  for (guint i = 0; i < loras->len; i++)
    {
      const LimnDraftLora *lora = loras->pdata[i];
      GtkWidget *row = g_hash_table_lookup (self->rows, lora->path);

      if (!row)
        {
          row = limn_lora_row_new (self->studio, lora->path);
          g_hash_table_insert (self->rows, g_strdup (lora->path), row);
          adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
        }
      limn_lora_row_show (LIMN_LORA_ROW (row), lora);
    }
  gtk_widget_set_visible (self->none_row, loras->len == 0);
  gtk_widget_set_visible (GTK_WIDGET (self), any || loras->len > 0);
}

static void
limn_lora_group_dispose (GObject *object)
{
  LimnLoraGroup *self = LIMN_LORA_GROUP (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_LORA_GROUP);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_lora_group_parent_class)->dispose (object);
}

static void
limn_lora_group_finalize (GObject *object)
{
  g_hash_table_unref (LIMN_LORA_GROUP (object)->rows);
  G_OBJECT_CLASS (limn_lora_group_parent_class)->finalize (object);
}

static void
limn_lora_group_class_init (LimnLoraGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_lora_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_lora_group_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-lora-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnLoraGroup, none_row);
  gtk_widget_class_bind_template_callback (widget_class, on_add);
}

static void
limn_lora_group_init (LimnLoraGroup *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
}

void
limn_lora_group_set_studio (LimnLoraGroup *self, LimnStudio *studio)
{
  g_return_if_fail (self->studio == NULL);
  self->studio = g_object_ref (studio);
  g_signal_connect_object (limn_studio_get_draft (studio), "notify::loras", G_CALLBACK (show_loras), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (limn_studio_get_models (studio), "notify::resources", G_CALLBACK (show_loras), self, G_CONNECT_SWAPPED);
  show_loras (self);
}
