/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnQueuePanel:
 *
 * The queue as a list to reorder, pause and clear, inside a popover.
 */
#define LIMN_TYPE_QUEUE_PANEL (limn_queue_panel_get_type ())
G_DECLARE_FINAL_TYPE (LimnQueuePanel, limn_queue_panel, LIMN, QUEUE_PANEL, GtkWidget)

/** limn_queue_panel_set_studio: once, before the widget is shown. */
void limn_queue_panel_set_studio (LimnQueuePanel *self, LimnStudio *studio);

G_END_DECLS
