/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-source-plan.h"

G_BEGIN_DECLS

/**
 * LimnControlPicture: a control of a request, its picture made ready
 * @control: a copy
 * @hint: [3, height, width], 0..1, where the network works: pixels of the whole latent
 *
 * Immutable, counted by reference. Thread-safety: any.
 */
typedef struct
{
  LimnRequestControl *control;
  guint               width;
  guint               height;
  float              *hint;
} LimnControlPicture;

/**
 * limn_control_picture_new:
 * @request: nothing open: what the picture covers. One of another shape is cut to it around its middle
 * @plan: (nullable): which part of that is worked on, and how large; NULL: all of it as it is
 * @image: any format; what is transparent is white
 *
 * Scaled first, then made into a map: lines are as wide as the network's pixels are. Fails where limn_image_new() does. About 0.3 s a megapixel.
 */
LimnControlPicture *limn_control_picture_new   (const LimnRequestControl *control,
                                                const LimnRequest        *request,
                                                const LimnSourcePlan     *plan,
                                                LimnImage                *image,
                                                GError                  **error);
LimnControlPicture *limn_control_picture_ref   (LimnControlPicture       *picture);
void                limn_control_picture_unref (LimnControlPicture       *picture);

/** limn_control_picture_get_map: what the network sees, as a picture: for whoever chooses. (transfer full) */
LimnImage          *limn_control_picture_dup_map (const LimnControlPicture *picture,
                                                  GError                  **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnControlPicture, limn_control_picture_unref)

G_END_DECLS
