/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnNoticeBox:
 *
 * A text and its buttons: side by side, or one above the other where the text would be a narrow column.
 */
#define LIMN_TYPE_NOTICE_BOX (limn_notice_box_get_type ())
G_DECLARE_FINAL_TYPE (LimnNoticeBox, limn_notice_box, LIMN, NOTICE_BOX, GtkWidget)

GtkWidget *limn_notice_box_new (GtkWidget *text,
                                GtkWidget *buttons);

G_END_DECLS
