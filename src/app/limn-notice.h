/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnNotice:
 *
 * A line above the canvas that says something which lasts, with up to two buttons for what can be done about it. (AdwBanner
 * is of libadwaita 1.3 and has one button.)
 *
 * Properties: "text" (string), "revealed" (boolean), "style" (string, nullable: a CSS class), "button-label", "action-name", "second-button-label",
 * "second-action-name" (string, nullable; a button without a label is hidden).
 */
#define LIMN_TYPE_NOTICE (limn_notice_get_type ())
G_DECLARE_FINAL_TYPE (LimnNotice, limn_notice, LIMN, NOTICE, GtkWidget)

void limn_notice_set_text     (LimnNotice *notice, const char *text);
void limn_notice_set_revealed (LimnNotice *notice, gboolean revealed);

G_END_DECLS
