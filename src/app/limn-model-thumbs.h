/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-model-file.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

/**
 * LimnModelThumbs:
 *
 * What models draw: the newest picture that was made with a model, else the one that lies beside its file under its name ("ink.preview.png",
 * "ink.png", also .jpg, .jpeg and .webp), as other programs put it there. Read on threads, kept while this lives.
 *
 * Main thread.
 */
typedef struct _LimnModelThumbs LimnModelThumbs;

/** limn_model_thumbs_new: @folder: where pictures are saved. */
LimnModelThumbs *limn_model_thumbs_new  (const char            *folder);
void             limn_model_thumbs_free (LimnModelThumbs       *thumbs);

/** LimnModelThumbFunc: @texture: (nullable): there is none */
typedef void (*LimnModelThumbFunc) (GdkTexture *texture,
                                    gpointer    data);

/** limn_model_thumbs_load: @func is called at once where it was read before, else later, unless it is cancelled by then. */
void             limn_model_thumbs_load (LimnModelThumbs       *thumbs,
                                         const LimnModelFile   *file,
                                         GCancellable          *cancellable,
                                         LimnModelThumbFunc     func,
                                         gpointer               data);

G_END_DECLS
