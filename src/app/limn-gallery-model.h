/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-gallery-item.h"
#include "library/limn-picture-index.h"

G_BEGIN_DECLS

/**
 * LimnGalleryModel:
 *
 * A GListModel of LimnGalleryItem over the picture index of a folder: newest first, narrowed by words and stars. It holds a number for each
 * picture; items and thumbnails are made for those that are in sight. All reading and writing is done by threads; the folder is
 * watched, so that what other programs do there is seen within a second.
 *
 * Properties, read-only: "total" (uint: pictures in the folder, whatever is searched for), "ready" (boolean: the list answers what was last asked
 * for), "trouble" (string, nullable: why the folder cannot be listed).
 *
 * Signals: "failed" (string message): a star could not be written, a file not be deleted or brought back; "looked": the index has been asked
 * anew, and may know other things than before, also of pictures that are not in the list.
 *
 * Main thread.
 */
#define LIMN_TYPE_GALLERY_MODEL (limn_gallery_model_get_type ())
G_DECLARE_FINAL_TYPE (LimnGalleryModel, limn_gallery_model, LIMN, GALLERY_MODEL, GObject)

LimnGalleryModel *limn_gallery_model_new        (void);

/** limn_gallery_model_get_index: (nullable): until the folder was looked at for the first time. Only for threads to use. */
LimnPictureIndex *limn_gallery_model_get_index  (LimnGalleryModel    *model);

void              limn_gallery_model_set_folder (LimnGalleryModel    *model,
                                                 const char          *folder);

/** limn_gallery_model_set_find: @words: see LimnPictureFind. The list changes when the answer is there. */
void              limn_gallery_model_set_find   (LimnGalleryModel    *model,
                                                 const char          *words,
                                                 gboolean             starred);

/** limn_gallery_model_refresh: @path is new, changed or gone: shown at once, without waiting for the folder's watch. */
void              limn_gallery_model_refresh    (LimnGalleryModel    *model,
                                                 const char          *path);

/** limn_gallery_model_rescan: looks at the whole folder again, those below it too, which are not watched. */
void              limn_gallery_model_rescan     (LimnGalleryModel    *model);

/** limn_gallery_model_show, limn_gallery_model_hide: @item comes into sight and goes out of it, in pairs. */
void              limn_gallery_model_show       (LimnGalleryModel    *model,
                                                 LimnGalleryItem     *item);
void              limn_gallery_model_hide       (LimnGalleryModel    *model,
                                                 LimnGalleryItem     *item);

gint64            limn_gallery_model_get_id     (LimnGalleryModel    *model,
                                                 guint                position);

/** limn_gallery_model_find_id: its position, GTK_INVALID_LIST_POSITION where it is not in the list. Takes time proportional to the list. */
guint             limn_gallery_model_find_id    (LimnGalleryModel    *model,
                                                 gint64               id);

/** limn_gallery_model_set_starred: @ids: (element-type gint64). */
void              limn_gallery_model_set_starred (LimnGalleryModel   *model,
                                                  GArray             *ids,
                                                  gboolean            starred);

/** limn_gallery_model_get_paths_async: (element-type filename): the files of @ids, in that order, without those that are gone. */
void              limn_gallery_model_get_paths_async  (LimnGalleryModel    *model,
                                                       GArray              *ids,
                                                       GAsyncReadyCallback  callback,
                                                       gpointer             data);
GPtrArray        *limn_gallery_model_get_paths_finish (GAsyncResult        *result,
                                                       GError             **error);

/**
 * limn_gallery_model_set_steps_folder:
 *
 * Where the steps of pictures are kept. Those of pictures that are deleted are put away (limn-deleted-steps.h), and removed when the first look
 * at the folder by a later program has found that they have not come back.
 */
void              limn_gallery_model_set_steps_folder (LimnGalleryModel    *model,
                                                       const char          *steps_folder);

/**
 * limn_gallery_model_trash_async:
 * @used: (element-type utf8): ids of pictures whose steps stay: limn_job_queue_dup_used_ids()
 *
 * Puts the files of @ids into the wastebasket, and away the steps that no other picture here names. What failed is said by "failed".
 */
void              limn_gallery_model_trash_async      (LimnGalleryModel    *model,
                                                       GArray              *ids,
                                                       GHashTable          *used,
                                                       GAsyncReadyCallback  callback,
                                                       gpointer             data);
/** limn_gallery_model_trash_finish: (element-type LimnTrashed) (transfer full): what was deleted, to be given to limn_gallery_model_restore(). */
GPtrArray        *limn_gallery_model_trash_finish     (LimnGalleryModel    *model,
                                                       GAsyncResult        *result,
                                                       GError             **error);
/** limn_gallery_model_restore: @trashed: (element-type LimnTrashed): all of them come back, their steps too. */
void              limn_gallery_model_restore          (LimnGalleryModel    *model,
                                                       GPtrArray           *trashed);

G_END_DECLS
