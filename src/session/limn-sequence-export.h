/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-sequence.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnSequenceFormat:
 * @LIMN_SEQUENCE_NUMBERED: a folder of frame-0001.png, …, each the picture's own file, its recipe included
 * @LIMN_SEQUENCE_APNG: one animated PNG; the recipe in it is that of its first frame, which is what programs show that know no animations
 * @LIMN_SEQUENCE_WEBM: a video, made by GStreamer's own program where that is installed; no recipe is in it
 */
typedef enum
{
  LIMN_SEQUENCE_NUMBERED,
  LIMN_SEQUENCE_APNG,
  LIMN_SEQUENCE_WEBM,
} LimnSequenceFormat;

/** limn_sequence_format_from_path: by the ending: .png, .apng or .webm; a name without one of them is a folder of numbered PNGs. */
LimnSequenceFormat limn_sequence_format_from_path (const char *path);

/**
 * limn_sequence_check_target:
 *
 * Whether limn_sequence_export() could write there: for those who want to know before pictures are painted. A folder of numbered PNGs is made, and must
 * not hold another sequence; WebM needs GStreamer. Fails with LIMN_ERROR_INVALID, LIMN_ERROR_UNSUPPORTED, which says what to install, and with
 * G_IO_ERROR. Waits for the disk; for WebM about a tenth of a second. Any thread.
 */
gboolean           limn_sequence_check_target     (LimnSequenceFormat      format,
                                                   const char             *path,
                                                   GError                **error);

/**
 * LimnSequenceRead:
 *
 * The PNG of picture @picture as a whole, all of one size. Called on the exporting thread, for each frame again.
 * Returns: (transfer full): or NULL with @error
 */
typedef GBytes  *(*LimnSequenceRead) (gpointer   data,
                                      guint      picture,
                                      GError   **error);

/**
 * limn_sequence_export:
 * @path: a file, which is replaced, or a folder, in which nothing is
 * @frame_ms: how long each frame is shown, 10 to 60000
 * @progress: (nullable): on the same thread; frames done, frames in all
 *
 * Writes the frames in their order, with no more than one of them in memory. What failed or was cancelled leaves nothing at @path, but for the
 * numbered PNGs that were written before.
 *
 * Fails as limn_sequence_check_target() does, with LIMN_ERROR_SHAPE where pictures differ in size, and as @read does. Waits for disk and encoder: not
 * the main thread.
 */
gboolean           limn_sequence_export           (const LimnSequence     *sequence,
                                                   LimnSequenceFormat      format,
                                                   const char             *path,
                                                   guint                   frame_ms,
                                                   LimnSequenceRead        read,
                                                   gpointer                data,
                                                   GFileProgressCallback   progress,
                                                   gpointer                progress_data,
                                                   GCancellable           *cancellable,
                                                   GError                **error);

G_END_DECLS
