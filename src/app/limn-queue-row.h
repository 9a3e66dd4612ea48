/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-job-queue.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnQueueRow:
 *
 * One job of the queue: what it paints, how far it is, and what can be done with it. It can be dragged onto other rows, and moved by
 * Alt+Up and Alt+Down; Delete removes it. Signals: "move" (int: to which place, as limn_job_queue_move() takes it), "remove", "retry".
 */
#define LIMN_TYPE_QUEUE_ROW (limn_queue_row_get_type ())
G_DECLARE_FINAL_TYPE (LimnQueueRow, limn_queue_row, LIMN, QUEUE_ROW, GtkListBoxRow)

GtkWidget *limn_queue_row_new     (LimnJob      *job);
LimnJob   *limn_queue_row_get_job (LimnQueueRow *row);

G_END_DECLS
