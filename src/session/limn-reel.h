/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-keeper.h"
#include "session/limn-recipe.h"

G_BEGIN_DECLS

/**
 * LimnReelStep:
 *
 * One step of a reel. Properties, all read-only: "step" (uint, from 1), "sigma" (double), "thumbnail" (pointer to a LimnImage, nullable: not
 * made yet), the last one notified. A small object; lives as long as its reel's entry.
 */
#define LIMN_TYPE_REEL_STEP (limn_reel_step_get_type ())
G_DECLARE_FINAL_TYPE (LimnReelStep, limn_reel_step, LIMN, REEL_STEP, GObject)

guint      limn_reel_step_get_step      (LimnReelStep *step);
double     limn_reel_step_get_sigma     (LimnReelStep *step);
/** limn_reel_step_get_thumbnail: (nullable): borrowed; at most LIMN_REEL_THUMBNAIL_PX a side. Notified as "thumbnail". */
LimnImage *limn_reel_step_get_thumbnail (LimnReelStep *step);

#define LIMN_REEL_THUMBNAIL_PX 160

/**
 * LimnReel:
 *
 * The denoising of one picture as something to look at: a GListModel of LimnReelStep, one for each step done, none dropped. A live
 * reel grows while its job paints; a reel of a kept trajectory has all its steps at once. The latents of each step (x_t and the
 * predicted x_0, float64) are kept; frames are those that the job decoded, or are decoded anew from the latents by the
 * session, which gives the same bits. Frames are kept up to LIMN_REEL_CACHE_BYTES, thumbnails all.
 *
 * Thumbnails that no decode has given yet are made one after the other while nobody asks for a frame and no picture is painted; while one is
 * painted only what limn_reel_get_frame_async() asks for.
 *
 * Properties: "mode" (uint, LimnPreview: noisy or predicted): which of the two latents is shown; when it changes the thumbnails are made
 * anew; "n-steps" (uint): steps planned; "request" (pointer): limn_reel_get_request(), notified where the picture is steered;
 * "live" (boolean): more will come;
 * "preview-share" (double): see limn_reel_get_preview_share().
 * Thread-safety: main thread (that made it).
 */
#define LIMN_TYPE_REEL (limn_reel_get_type ())
G_DECLARE_FINAL_TYPE (LimnReel, limn_reel, LIMN, REEL, GObject)

/* 256 frames of 512x512; a reel of 150 steps at 1024 px decodes some of them again. */
#define LIMN_REEL_CACHE_BYTES ((gsize) 256 << 20)

/** limn_reel_new_live: of a job that has started, with the steps that it did before, where it is continued. @id: of its trajectory. */
LimnReel          *limn_reel_new_live           (LimnSession         *session,
                                                 const LimnFeedStart *start,
                                                 const char          *id);
/** limn_reel_append: the next step, as it came from the feed; of one that is there already only the frame is taken. */
void               limn_reel_append             (LimnReel            *reel,
                                                 LimnStep            *step);
/** limn_reel_turn: the picture was steered: @request, with all its branches, is what is painted from here on, in @n_steps steps. */
void               limn_reel_turn               (LimnReel            *reel,
                                                 const LimnRequest   *request,
                                                 guint                n_steps);
/** limn_reel_end: no more will come. */
void               limn_reel_end                (LimnReel            *reel);

/** limn_reel_open_async: a kept trajectory; read and parsed on a thread. Fails as limn_trajectory_load() does. */
void               limn_reel_open_async         (LimnSession         *session,
                                                 const char          *path,
                                                 const char          *id,
                                                 GCancellable        *cancellable,
                                                 GAsyncReadyCallback  callback,
                                                 gpointer             data);
LimnReel          *limn_reel_open_finish        (GAsyncResult        *result,
                                                 GError             **error);

const char        *limn_reel_get_id             (LimnReel            *reel);
/** limn_reel_get_request: borrowed, lives as long as @reel. */
const LimnRequest *limn_reel_get_request        (LimnReel            *reel);
guint              limn_reel_get_n_steps        (LimnReel            *reel);
gboolean           limn_reel_is_live            (LimnReel            *reel);
/**
 * limn_reel_get_preview_share: 0..1: which part of the time of the steps that were appended went into their previews, the picture itself
 * not counted; negative where that is not known, as of a kept trajectory.
 */
double             limn_reel_get_preview_share  (LimnReel            *reel);
LimnPreview        limn_reel_get_mode           (LimnReel            *reel);
void               limn_reel_set_mode           (LimnReel            *reel,
                                                 LimnPreview          mode);

/**
 * limn_reel_peek_frame: (nullable) (transfer none)
 *
 * In the present mode, if it is there; at once. At full size; while the reel is live also what the job itself made, which may be
 * of half the size.
 */
LimnImage         *limn_reel_peek_frame         (LimnReel            *reel,
                                                 guint                step);
/** limn_reel_has_full_frame: whether what limn_reel_peek_frame() gives is as fine as the picture, and no preview of half the size. */
gboolean           limn_reel_has_full_frame     (LimnReel            *reel,
                                                 guint                step);
/** limn_reel_get_frame_async: full size, in the present mode. A later call's decode goes first: who drags wants the newest. */
void               limn_reel_get_frame_async    (LimnReel            *reel,
                                                 guint                step,
                                                 GCancellable        *cancellable,
                                                 GAsyncReadyCallback  callback,
                                                 gpointer             data);
LimnImage         *limn_reel_get_frame_finish   (LimnReel            *reel,
                                                 GAsyncResult        *result,
                                                 GError             **error);

/** limn_reel_dup_recipe: (transfer full): of step @step as a picture of its own. */
LimnRecipe        *limn_reel_dup_recipe         (LimnReel            *reel,
                                                 guint                step);

/**
 * limn_reel_keep_async: "Keep this step": decodes where needed and saves it through @keeper as a picture of its own in @folder, never overwriting.
 * limn_reel_keep_finish: Returns: (transfer full): its path
 */
void               limn_reel_keep_async         (LimnReel            *reel,
                                                 guint                step,
                                                 LimnKeeper          *keeper,
                                                 const char          *folder,
                                                 GAsyncReadyCallback  callback,
                                                 gpointer             data);
char              *limn_reel_keep_finish        (LimnReel            *reel,
                                                 GAsyncResult        *result,
                                                 GError             **error);

/** LimnReelExport: an animated PNG file, or a folder of step-001.png, … */
typedef enum
{
  LIMN_REEL_EXPORT_APNG,
  LIMN_REEL_EXPORT_NUMBERED,
} LimnReelExport;

/**
 * limn_reel_export_async:
 * @frame_ms: of each step in the animation; the last stays eight times as long
 * @progress: (nullable): in the caller's context: how many of the steps are done
 *
 * Decodes what is needed, encodes and writes on a thread of its own, one step at a time. A file appears when it is complete: the
 * animation in place of one of that name, pictures never in place of others. Programs that know no animations show its last step, the recipe
 * of which is in it.
 */
void               limn_reel_export_async       (LimnReel            *reel,
                                                 LimnReelExport       kind,
                                                 const char          *path,
                                                 guint                frame_ms,
                                                 GFileProgressCallback progress,
                                                 gpointer             progress_data,
                                                 GCancellable        *cancellable,
                                                 GAsyncReadyCallback  callback,
                                                 gpointer             data);
gboolean           limn_reel_export_finish      (LimnReel            *reel,
                                                 GAsyncResult        *result,
                                                 GError             **error);

G_END_DECLS
