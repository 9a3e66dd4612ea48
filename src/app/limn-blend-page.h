/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-blend-preview.h"
#include "app/limn-blend.h"
#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnBlendPage:
 *
 * Between two or four pictures: drag a point and see what lies there.
 *
 * Actions, group "blend": "paint" (the picture at the point becomes a job), "strip", "sequence" (ask how many, then paint them), "swap".
 */
#define LIMN_TYPE_BLEND_PAGE (limn_blend_page_get_type ())
G_DECLARE_FINAL_TYPE (LimnBlendPage, limn_blend_page, LIMN, BLEND_PAGE, GtkWidget)

/** limn_blend_page_set_studio: once, before the widget is shown. */
void limn_blend_page_set_studio (LimnBlendPage *page,
                                 LimnStudio *studio);

/** limn_blend_page_get_blend, limn_blend_page_get_preview: once the studio is set. */
LimnBlend        *limn_blend_page_get_blend   (LimnBlendPage *page);
LimnBlendPreview *limn_blend_page_get_preview (LimnBlendPage *page);

G_END_DECLS
