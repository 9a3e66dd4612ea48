/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-reel.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LimnSheetState:
 * @LIMN_SHEET_WAITING: its turn comes
 * @LIMN_SHEET_PAINTING: it is being painted
 * @LIMN_SHEET_DONE: painted; it has a file as soon as that is written
 * @LIMN_SHEET_FAILED: it could not be painted
 * @LIMN_SHEET_MISSING: not painted: the sheet was stopped before, or its file is gone
 */
typedef enum
{
  LIMN_SHEET_WAITING,
  LIMN_SHEET_PAINTING,
  LIMN_SHEET_DONE,
  LIMN_SHEET_FAILED,
  LIMN_SHEET_MISSING,
} LimnSheetState;

/**
 * LimnSheetItem:
 *
 * One cell of a contact sheet: what is known of its picture, and what there is to see of it: while it is painted the newest frame, then the
 * frame that it came to, and later what was read from its file.
 *
 * Properties, read-only, all notified: "state" (uint, LimnSheetState), "texture" (GdkTexture, nullable), "progress" (double, 0..1: of its
 * steps, while it is painted), "path" (string, nullable), "starred" (boolean).
 *
 * Main thread.
 */
#define LIMN_TYPE_SHEET_ITEM (limn_sheet_item_get_type ())
G_DECLARE_FINAL_TYPE (LimnSheetItem, limn_sheet_item, LIMN, SHEET_ITEM, GObject)

/** limn_sheet_item_new: @picture: its number in the order of painting; @name: what tells it from the others: "CFG 7, seed 3" */
LimnSheetItem  *limn_sheet_item_new          (guint           picture,
                                              const char     *name);

guint           limn_sheet_item_get_picture  (LimnSheetItem  *item);
const char     *limn_sheet_item_get_name     (LimnSheetItem  *item);
LimnSheetState  limn_sheet_item_get_state    (LimnSheetItem  *item);
const char     *limn_sheet_item_get_path     (LimnSheetItem  *item);
gboolean        limn_sheet_item_get_starred  (LimnSheetItem  *item);
double          limn_sheet_item_get_progress (LimnSheetItem  *item);
/** limn_sheet_item_get_texture: (nullable): made when it is asked for, without a copy of the pixels. */
GdkTexture     *limn_sheet_item_get_texture  (LimnSheetItem  *item);

/** limn_sheet_item_describe: (transfer full): what a screen reader says: "CFG 7, seed 3: done". */
char           *limn_sheet_item_describe     (LimnSheetItem  *item);

/** limn_sheet_item_set_state: one that is to be painted again forgets what there was to see. */
void            limn_sheet_item_set_state    (LimnSheetItem  *item,
                                              LimnSheetState  state);
void            limn_sheet_item_set_path     (LimnSheetItem  *item,
                                              const char     *path);
void            limn_sheet_item_set_starred  (LimnSheetItem  *item,
                                              gboolean        starred);

/** limn_sheet_item_set_reel: (nullable): whose frames are shown as they come; NULL: the last stays. */
void            limn_sheet_item_set_reel     (LimnSheetItem  *item,
                                              LimnReel       *reel);

/**
 * limn_sheet_item_set_image:
 * @image: (nullable): NULL gives the memory back; it is read again when it comes into sight
 * @side: pixels that it was asked to have along its longer side; a picture that has fewer is loaded as well as can be
 */
void            limn_sheet_item_set_image    (LimnSheetItem  *item,
                                              LimnImage      *image,
                                              guint           side);
/** limn_sheet_item_get_side: the @side of what is there; 0: nothing was read. */
guint           limn_sheet_item_get_side     (LimnSheetItem  *item);

G_END_DECLS
