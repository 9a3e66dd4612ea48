/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-queue-panel.h"

struct _LimnQueuePanel
{
  GtkWidget   parent_instance;

  LimnStudio *studio;
};

G_DEFINE_FINAL_TYPE (LimnQueuePanel, limn_queue_panel, GTK_TYPE_WIDGET)

static void
limn_queue_panel_dispose (GObject *object)
{
  LimnQueuePanel *self = LIMN_QUEUE_PANEL (object);

  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_queue_panel_parent_class)->dispose (object);
}

static void
limn_queue_panel_class_init (LimnQueuePanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_queue_panel_dispose;
}

static void
limn_queue_panel_init (LimnQueuePanel *self)
{
}

void
limn_queue_panel_set_studio (LimnQueuePanel *self, LimnStudio *studio)
{
  g_set_object (&self->studio, studio);
}
