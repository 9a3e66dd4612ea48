/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-control-group.h"

#include "app/limn-control-row.h"
#include "app/limn-model-window.h"

struct _LimnControlGroup
{
  AdwPreferencesGroup  parent_instance;

  GtkWidget           *none_row;

  LimnStudio          *studio;
  GPtrArray           *rows;   /* (element-type LimnControlRow) (unowned) */
  GPtrArray           *models; /* (element-type utf8): of each row, by which it is told whether it is the same */
};

G_DEFINE_FINAL_TYPE (LimnControlGroup, limn_control_group, ADW_TYPE_PREFERENCES_GROUP)

static void
on_add (LimnControlGroup *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  gtk_window_present (GTK_WINDOW (limn_model_window_new (window, self->studio, LIMN_RESOURCE_CONTROL)));
}

/* The first of the rows that is not of the control in its place any more, and all after it, are made anew. */
static void
drop_rows (LimnControlGroup *self)
{
  LimnDraft *draft = limn_studio_get_draft (self->studio);
  guint n = limn_draft_get_n_controls (draft), same = 0;

  while (same < MIN (n, self->rows->len) && g_str_equal (self->models->pdata[same], limn_draft_get_control (draft, same)->model))
    same++;
  /* One less: which of them it was is not known. */
  if (n < self->rows->len)
    same = 0;
  for (guint i = same; i < self->rows->len; i++)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, same);
  g_ptr_array_set_size (self->models, same);
}

static void
show_controls (LimnControlGroup *self)
{
  LimnDraft *draft = limn_studio_get_draft (self->studio);
  guint n = limn_draft_get_n_controls (draft);
  gboolean any = limn_model_library_count (limn_studio_get_models (self->studio), LIMN_RESOURCE_CONTROL) > 0;

  drop_rows (self);
  for (guint i = 0; i < n; i++)
    {
      if (i < self->rows->len)
        {
          limn_control_row_show (self->rows->pdata[i]);
          continue;
        }
      g_ptr_array_add (self->rows, limn_control_row_new (self->studio, i));
      g_ptr_array_add (self->models, g_strdup (limn_draft_get_control (draft, i)->model));
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), self->rows->pdata[i]);
    }
  gtk_widget_set_visible (self->none_row, n == 0);
  gtk_widget_set_visible (GTK_WIDGET (self), any || n > 0);
}

static void
limn_control_group_dispose (GObject *object)
{
  LimnControlGroup *self = LIMN_CONTROL_GROUP (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_CONTROL_GROUP);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_control_group_parent_class)->dispose (object);
}

static void
limn_control_group_finalize (GObject *object)
{
  LimnControlGroup *self = LIMN_CONTROL_GROUP (object);

  g_ptr_array_unref (self->rows);
  g_ptr_array_unref (self->models);
  G_OBJECT_CLASS (limn_control_group_parent_class)->finalize (object);
}

static void
limn_control_group_class_init (LimnControlGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_control_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_control_group_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-control-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnControlGroup, none_row);
  gtk_widget_class_bind_template_callback (widget_class, on_add);
}

static void
limn_control_group_init (LimnControlGroup *self)
{
  self->rows = g_ptr_array_new ();
  self->models = g_ptr_array_new_with_free_func (g_free);
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_control_group_set_studio (LimnControlGroup *self, LimnStudio *studio)
{
  g_return_if_fail (self->studio == NULL);
  self->studio = g_object_ref (studio);
  g_signal_connect_object (limn_studio_get_draft (studio), "notify::controls", G_CALLBACK (show_controls), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (limn_studio_get_models (studio), "notify::resources", G_CALLBACK (show_controls), self, G_CONNECT_SWAPPED);
  show_controls (self);
}
