/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-queue-row.h"

#include "app/limn-words.h"

#include <glib/gi18n.h>

struct _LimnQueueRow
{
  GtkListBoxRow   parent_instance;

  GtkWidget      *handle;
  GtkLabel       *prompt;
  GtkLabel       *details;
  GtkProgressBar *progress;
  GtkLabel       *message;
  GtkWidget      *move_box;
  GtkWidget      *stop_button;
  GtkWidget      *retry_button;
  GtkWidget      *remove_button;

  LimnJob        *job;
};

enum
{
  SIGNAL_MOVE,
  SIGNAL_REMOVE,
  SIGNAL_RETRY,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LimnQueueRow, limn_queue_row, GTK_TYPE_LIST_BOX_ROW)

static gboolean
is_waiting (LimnQueueRow *self)
{
  return limn_job_get_state (self->job) == LIMN_JOB_WAITING;
}

static gboolean
can_remove (LimnQueueRow *self)
{
  LimnJobState state = limn_job_get_state (self->job);

  return state == LIMN_JOB_WAITING || state == LIMN_JOB_FAILED;
}

/* --- What it says --- */

/* How far it is; (nullable). */
static char *
describe_progress (LimnJob *job)
{
  guint n_steps = limn_job_get_n_steps (job);

  switch (limn_job_get_state (job))
    {
    case LIMN_JOB_PAINTING:
    case LIMN_JOB_PAUSED:
      if (n_steps == 0)
        return g_strdup (limn_job_get_state (job) == LIMN_JOB_PAUSED ? _("paused") : _("getting ready"));
      /* Translators: how many steps of the picture are done. */
      return g_strdup_printf (_("step %u of %u"), limn_job_get_step (job), n_steps);
    case LIMN_JOB_SAVING:
      return g_strdup (_("saving"));
    default:
      return NULL;
    }
}

static char *
describe_count (LimnJob *job)
{
  guint count = limn_job_get_n_pictures (job);

  if (count > 1 && (limn_job_get_state (job) == LIMN_JOB_PAINTING || limn_job_get_state (job) == LIMN_JOB_PAUSED))
    /* Translators: which picture of a batch is painted, then how many there are. */
    return g_strdup_printf (_("picture %u of %u"), MIN (limn_job_get_picture (job) + 1, count), count);
  return g_strdup_printf (ngettext ("%u picture", "%u pictures", count), count);
}

static char *
describe_time (LimnJob *job)
{
  double left = limn_job_get_seconds_left (job);
  g_autofree char *time = left >= 0 ? limn_words_seconds (left) : NULL;

  if (!time || limn_job_get_state (job) == LIMN_JOB_FAILED || limn_job_get_state (job) == LIMN_JOB_SAVING)
    return NULL;
  if (limn_job_get_state (job) == LIMN_JOB_WAITING)
    /* Translators: a time such as “12 s”: how long painting would take. */
    return g_strdup_printf (_("about %s"), time);
  /* Translators: a time such as “12 s”. */
  return g_strdup_printf (_("%s left"), time);
}

static void
update (LimnQueueRow *self)
{
  LimnJob *job = self->job;
  LimnJobState state = limn_job_get_state (job);
  gboolean begun = state == LIMN_JOB_PAINTING || state == LIMN_JOB_PAUSED;
  g_autofree char *count = describe_count (job);
  g_autofree char *progress = describe_progress (job);
  g_autofree char *time = describe_time (job);
  g_autoptr(GStrvBuilder) parts = g_strv_builder_new ();
  g_auto(GStrv) list = NULL;
  g_autofree char *details = NULL;

  g_strv_builder_add (parts, count);
  if (progress)
    g_strv_builder_add (parts, progress);
  if (time)
    g_strv_builder_add (parts, time);
  list = g_strv_builder_end (parts);
  /* Facts beside each other, not a sentence. */
  details = g_strjoinv (" · ", list);
  gtk_label_set_label (self->details, details);

  gtk_widget_set_visible (GTK_WIDGET (self->progress), begun && limn_job_get_n_steps (job) > 0);
  if (limn_job_get_n_steps (job) > 0)
    gtk_progress_bar_set_fraction (self->progress,
                                   MIN ((limn_job_get_picture (job) + (double) limn_job_get_step (job) / limn_job_get_n_steps (job)) /
                                          limn_job_get_n_pictures (job), 1));
  gtk_widget_set_visible (GTK_WIDGET (self->message), state == LIMN_JOB_FAILED && limn_job_get_message (job));
  gtk_label_set_label (self->message, limn_job_get_message (job) ? limn_job_get_message (job) : "");
  gtk_widget_set_visible (self->handle, is_waiting (self));
  gtk_widget_set_visible (self->move_box, is_waiting (self));
  gtk_widget_set_visible (self->stop_button, begun);
  gtk_widget_set_visible (self->retry_button, state == LIMN_JOB_FAILED);
  gtk_widget_set_visible (self->remove_button, can_remove (self));
}

static void
show_prompt (LimnQueueRow *self)
{
  const char *prompt = limn_job_get_request (self->job)->prompt;
  g_autofree char *line = g_strdelimit (g_strdup (prompt), "\r\n\t", ' ');

  if (!*line)
    gtk_widget_add_css_class (GTK_WIDGET (self->prompt), "dim-label");
  gtk_label_set_label (self->prompt, *line ? line : _("Without a prompt"));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->prompt), *prompt ? prompt : NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, gtk_label_get_label (self->prompt), -1);
}

/* --- What can be done --- */

static void
move_to (LimnQueueRow *self, int place)
{
  if (is_waiting (self) && place >= 0)
    g_signal_emit (self, signals[SIGNAL_MOVE], 0, place);
}

static void
on_up (LimnQueueRow *self)
{
  move_to (self, gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (self)) - 1);
}

static void
on_down (LimnQueueRow *self)
{
  move_to (self, gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (self)) + 1);
}

static void
on_remove (LimnQueueRow *self)
{
  if (can_remove (self))
    g_signal_emit (self, signals[SIGNAL_REMOVE], 0);
}

static void
on_retry (LimnQueueRow *self)
{
  g_signal_emit (self, signals[SIGNAL_RETRY], 0);
}

static void
on_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  LimnQueueRow *self = LIMN_QUEUE_ROW (widget);

  if (g_str_equal (name, "row.up"))
    on_up (self);
  else if (g_str_equal (name, "row.down"))
    on_down (self);
  else
    on_remove (self);
}

/* --- Dragging --- */

static GdkContentProvider *
on_drag_prepare (LimnQueueRow *self, double x, double y, GtkDragSource *source)
{
  if (!is_waiting (self))
    return NULL;
  return gdk_content_provider_new_typed (LIMN_TYPE_QUEUE_ROW, self);
}

static void
on_drag_begin (LimnQueueRow *self, GdkDrag *drag, GtkDragSource *source)
{
  g_autoptr(GdkPaintable) picture = gtk_widget_paintable_new (GTK_WIDGET (self));

  gtk_drag_source_set_icon (source, picture, 0, 0);
}

/* Onto the upper half of this row: before it; onto the lower: behind it. */
static gboolean
on_drop (LimnQueueRow *self, const GValue *value, double x, double y)
{
  LimnQueueRow *other = g_value_get_object (value);
  int from, to;

  if (!other || other == self || gtk_widget_get_parent (GTK_WIDGET (other)) != gtk_widget_get_parent (GTK_WIDGET (self)))
    return FALSE;
  from = gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (other));
  to = gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (self)) + (y > gtk_widget_get_height (GTK_WIDGET (self)) / 2.0);
  move_to (other, from < to ? to - 1 : to);
  return TRUE;
}

/* --- The object --- */

static void
limn_queue_row_dispose (GObject *object)
{
  LimnQueueRow *self = LIMN_QUEUE_ROW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_QUEUE_ROW);
  g_clear_object (&self->job);
  G_OBJECT_CLASS (limn_queue_row_parent_class)->dispose (object);
}

static void
limn_queue_row_class_init (LimnQueueRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_queue_row_dispose;

  signals[SIGNAL_MOVE] =
    g_signal_new ("move", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  signals[SIGNAL_REMOVE] =
    g_signal_new ("remove", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_RETRY] =
    g_signal_new ("retry", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_install_action (widget_class, "row.up", NULL, on_action);
  gtk_widget_class_install_action (widget_class, "row.down", NULL, on_action);
  gtk_widget_class_install_action (widget_class, "row.remove", NULL, on_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Up, GDK_ALT_MASK, "row.up", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_KP_Up, GDK_ALT_MASK, "row.up", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Down, GDK_ALT_MASK, "row.down", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_KP_Down, GDK_ALT_MASK, "row.down", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "row.remove", NULL);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-queue-row.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, handle);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, prompt);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, details);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, progress);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, message);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, move_box);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, stop_button);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, retry_button);
  gtk_widget_class_bind_template_child (widget_class, LimnQueueRow, remove_button);
  gtk_widget_class_bind_template_callback (widget_class, on_up);
  gtk_widget_class_bind_template_callback (widget_class, on_down);
  gtk_widget_class_bind_template_callback (widget_class, on_remove);
  gtk_widget_class_bind_template_callback (widget_class, on_retry);
}

static void
limn_queue_row_init (LimnQueueRow *self)
{
  GtkDragSource *source = gtk_drag_source_new ();
  GtkDropTarget *target = gtk_drop_target_new (LIMN_TYPE_QUEUE_ROW, GDK_ACTION_MOVE);

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  g_signal_connect_swapped (source, "prepare", G_CALLBACK (on_drag_prepare), self);
  g_signal_connect_swapped (source, "drag-begin", G_CALLBACK (on_drag_begin), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (source));
  g_signal_connect_swapped (target, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

GtkWidget *
limn_queue_row_new (LimnJob *job)
{
  LimnQueueRow *self = g_object_new (LIMN_TYPE_QUEUE_ROW, NULL);

  self->job = g_object_ref (job);
  g_signal_connect_object (job, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  show_prompt (self);
  update (self);
  return GTK_WIDGET (self);
}

LimnJob *
limn_queue_row_get_job (LimnQueueRow *self)
{
  return self->job;
}
