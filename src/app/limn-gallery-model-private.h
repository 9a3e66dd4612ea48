/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-gallery-loader.h"
#include "app/limn-gallery-model.h"

G_BEGIN_DECLS

struct _LimnGalleryModel
{
  GObject            parent_instance;

  char              *folder;
  char              *words;
  gboolean           starred;

  LimnPictureIndex  *index; /* (nullable): until the first answer */
  GFileMonitor      *monitor; /* (nullable) */
  GCancellable      *cancellable; /* of everything about this folder */
  GArray            *ids;
  char              *steps_folder; /* (nullable) */
  GHashTable        *swept;    /* folders whose put away steps were listed once: what this program puts away can be undone */
  GPtrArray         *put_away; /* (nullable): of ids, by an earlier program; until the first scan */
  GHashTable        *items; /* id -> LimnGalleryItem, those that live; not referenced */
  LimnGalleryLoader *loader;
  GWeakRef          *handle; /* to itself, counted (g_atomic_rc_box): what tasks and threads have of it */

  guint              total;
  gboolean           ready;
  char              *trouble;
  gboolean           finding;
  gboolean           find_again;
  gboolean           scanning;
  gboolean           scan_again;
  guint              settle_source;
};

/** limn_gallery_model_take_handle: main thread. Takes @handle. Returns: (transfer full) (nullable). */
LimnGalleryModel *limn_gallery_model_take_handle (GWeakRef         *handle);

/** limn_gallery_model_ask: the index is asked anew for the list. */
void              limn_gallery_model_ask         (LimnGalleryModel *self);

/** limn_gallery_model_drop_index: takes the reference; its database is closed on a thread, since that may wait for the disk. */
void              limn_gallery_model_drop_index  (LimnPictureIndex *index);

/** limn_gallery_model_tell_failed: emits "failed". */
void              limn_gallery_model_tell_failed (LimnGalleryModel *self,
                                                  const char       *message);

G_END_DECLS
