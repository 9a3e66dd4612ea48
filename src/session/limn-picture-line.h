/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-picture.h"

G_BEGIN_DECLS

/** limn_picture_line_new: limn_recipe_identify() for the index of pictures: a LimnPictureIdentify. */
GArray *limn_picture_line_new (const char *recipe);

G_END_DECLS
