/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-queue-panel.h"

#include "app/limn-queue-row.h"
#include "app/limn-words.h"

#include <glib/gi18n.h>

/* A job that was taken out, as long as it can be put back. */
typedef struct
{
  LimnJob *job; /* set aside, steps and all */
  guint    place;
} Removed;

/* Rows of a long queue, each 4 ms on software: opening it must not stop the picture. */
#define PAGE 20

struct _LimnQueuePanel
{
  GtkWidget   parent_instance;

  GtkWidget  *box;
  GtkLabel   *time;
  GtkWidget  *pause_button;
  GtkStack   *stack;
  GtkListBox *list;
  GtkWidget  *more_button;
  GtkWidget  *undo_revealer;
  GtkLabel   *undo_label;

  LimnStudio *studio;
  GtkSliceListModel *page; /* of the queue: what has a row */
  GPtrArray  *removed; /* (element-type Removed), the last one last */
};

G_DEFINE_FINAL_TYPE (LimnQueuePanel, limn_queue_panel, GTK_TYPE_WIDGET)

static LimnJobQueue *
get_queue (LimnQueuePanel *self)
{
  return limn_studio_get_queue (self->studio);
}

static void
removed_free (gpointer data)
{
  Removed *removed = data;

  g_object_unref (removed->job);
  g_free (removed);
}

/* --- Taking out and putting back --- */

static void
update_undo (LimnQueuePanel *self)
{
  guint n = self->removed->len;
  g_autofree char *text = g_strdup_printf (ngettext ("%u removed", "%u removed", n), n);

  if (n > 0)
    gtk_label_set_label (self->undo_label, text);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->undo_revealer), n > 0);
}

static void
on_remove (LimnQueueRow *row, LimnQueuePanel *self)
{
  LimnJob *job = limn_queue_row_get_job (row);
  int place = gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (row));
  Removed *removed;
  GtkListBoxRow *next;

  if (!limn_job_queue_set_aside (get_queue (self), job))
    return;
  removed = g_new0 (Removed, 1);
  removed->job = g_object_ref (job);
  removed->place = place;
  g_ptr_array_add (self->removed, removed);
  next = gtk_list_box_get_row_at_index (self->list, place);
  if (!next && place > 0)
    next = gtk_list_box_get_row_at_index (self->list, place - 1);
  if (next)
    gtk_widget_grab_focus (GTK_WIDGET (next));
  update_undo (self);
}

static void
on_undo (LimnQueuePanel *self)
{
  Removed *removed;

  if (self->removed->len == 0)
    return;
  removed = g_ptr_array_steal_index (self->removed, self->removed->len - 1);
  limn_job_queue_put_back (get_queue (self), removed->job, removed->place);
  removed_free (removed);
  update_undo (self);
}

/* From here on nothing can be put back. */
static void
on_unmap (LimnQueuePanel *self)
{
  g_autoptr(GPtrArray) removed = g_steal_pointer (&self->removed);

  if (self->page)
    gtk_slice_list_model_set_size (self->page, PAGE);
  self->removed = g_ptr_array_new_with_free_func (removed_free);
  for (guint i = 0; i < removed->len; i++)
    limn_job_queue_remove (get_queue (self), ((Removed *) g_ptr_array_index (removed, i))->job);
  update_undo (self);
}

/* --- Rows --- */

static void
on_move (LimnQueueRow *row, int place, LimnQueuePanel *self)
{
  g_autoptr(LimnJob) job = g_object_ref (limn_queue_row_get_job (row));
  GtkListBoxRow *moved;

  limn_job_queue_move (get_queue (self), job, place);
  /* The list made a new row of it, which shall have the focus that the old one had. */
  for (int i = 0; (moved = gtk_list_box_get_row_at_index (self->list, i)); i++)
    if (limn_queue_row_get_job (LIMN_QUEUE_ROW (moved)) == job)
      gtk_widget_grab_focus (GTK_WIDGET (moved));
}

static void
on_retry (LimnQueueRow *row, LimnQueuePanel *self)
{
  limn_job_queue_retry (get_queue (self), limn_queue_row_get_job (row));
}

static GtkWidget *
new_row (gpointer item, gpointer data)
{
  GtkWidget *row = limn_queue_row_new (item);

  g_signal_connect (row, "move", G_CALLBACK (on_move), data);
  g_signal_connect (row, "remove", G_CALLBACK (on_remove), data);
  g_signal_connect (row, "retry", G_CALLBACK (on_retry), data);
  return row;
}

/* --- The head --- */

static void
update_more (LimnQueuePanel *self, guint n)
{
  guint size = gtk_slice_list_model_get_size (self->page);

  if (n > size)
    {
      /* Translators: %u is how many more pictures wait in the queue than are listed. */
      g_autofree char *label = g_strdup_printf (ngettext ("%u More", "%u More", n - size), n - size);

      gtk_button_set_label (GTK_BUTTON (self->more_button), label);
    }
  gtk_widget_set_visible (self->more_button, n > size);
}

static void
on_more (LimnQueuePanel *self)
{
  gtk_slice_list_model_set_size (self->page, gtk_slice_list_model_get_size (self->page) + PAGE);
  update_more (self, g_list_model_get_n_items (G_LIST_MODEL (get_queue (self))));
}

static void
update (LimnQueuePanel *self)
{
  LimnJobQueue *queue = get_queue (self);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (queue));
  gboolean paused = limn_job_queue_is_paused (queue);
  double left = limn_job_queue_get_seconds_left (queue);
  g_autofree char *time = left >= 0 ? limn_words_seconds (left) : NULL;
  g_autofree char *text = NULL;

  if (paused && n > 0)
    text = g_strdup (_("Paused"));
  else if (time && n > 0)
    /* Translators: a time such as “12 s”. */
    text = g_strdup_printf (_("%s left"), time);
  gtk_label_set_label (self->time, text ? text : "");
  update_more (self, n);
  gtk_stack_set_visible_child_name (self->stack, n > 0 ? "list" : "empty");
  gtk_widget_set_visible (self->pause_button, n > 0);
  gtk_button_set_icon_name (GTK_BUTTON (self->pause_button), paused ? "media-playback-start-symbolic" : "media-playback-pause-symbolic");
  gtk_widget_set_tooltip_text (self->pause_button, paused ? _("Go on with the queue, from the step where it stopped")
                                                          : _("Rest after this step; nothing is lost"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->pause_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  paused ? _("Resume") : _("Pause"), -1);
}

/* --- The object --- */

static void
limn_queue_panel_dispose (GObject *object)
{
  LimnQueuePanel *self = LIMN_QUEUE_PANEL (object);

  if (self->list)
    gtk_list_box_bind_model (self->list, NULL, NULL, NULL, NULL);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_QUEUE_PANEL);
  g_clear_object (&self->page);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_queue_panel_parent_class)->dispose (object);
}

static void
limn_queue_panel_finalize (GObject *object)
{
  g_ptr_array_unref (LIMN_QUEUE_PANEL (object)->removed);
  G_OBJECT_CLASS (limn_queue_panel_parent_class)->finalize (object);
}

static void
limn_queue_panel_class_init (LimnQueuePanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_queue_panel_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_queue_panel_finalize;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-queue-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnQueuePanel, box);
  gtk_widget_class_bind_template_child (widget_class, LimnQueuePanel, time);
  gtk_widget_class_bind_template_child (widget_class, LimnQueuePanel, pause_button);
  gtk_widget_class_bind_template_child (widget_class, LimnQueuePanel, stack);
  gtk_widget_class_bind_template_child (widget_class, LimnQueuePanel, list);
  gtk_widget_class_bind_template_child (widget_class, LimnQueuePanel, more_button);
  gtk_widget_class_bind_template_child (widget_class, LimnQueuePanel, undo_revealer);
  gtk_widget_class_bind_template_child (widget_class, LimnQueuePanel, undo_label);
  gtk_widget_class_bind_template_callback (widget_class, on_more);
  gtk_widget_class_bind_template_callback (widget_class, on_undo);
  gtk_widget_class_bind_template_callback (widget_class, on_unmap);
}

static void
limn_queue_panel_init (LimnQueuePanel *self)
{
  self->removed = g_ptr_array_new_with_free_func (removed_free);
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_queue_panel_set_studio (LimnQueuePanel *self, LimnStudio *studio)
{
  LimnJobQueue *queue = limn_studio_get_queue (studio);

  g_return_if_fail (self->studio == NULL);
  self->studio = g_object_ref (studio);
  self->page = gtk_slice_list_model_new (G_LIST_MODEL (g_object_ref (queue)), 0, PAGE);
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (self->page), new_row, self, NULL);
  g_signal_connect_object (queue, "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "notify::paused", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "notify::seconds-left", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}
