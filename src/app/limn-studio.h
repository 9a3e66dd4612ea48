/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-easel.h"
#include "library/limn-steps-limit.h"
#include "session/limn-draft.h"
#include "session/limn-job-queue.h"
#include "session/limn-model-library.h"
#include "session/limn-reel.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LimnStudio:
 *
 * Everything behind the window, put together: the session that paints, the queue, the keeper, the draft in the fields, the settings,
 * and which picture is shown. Widgets get the studio and watch its parts; none knows another.
 *
 * Properties:
 * - "reel" (LimnReel, nullable): the denoising that is shown: of the running job, or of a picture that was opened
 * - "picture" (LimnImage, pointer, nullable): the picture that is shown where there is no reel, or as long as the reel's frames are not there
 * - "path" (string, nullable): the file of what is shown
 * - "folder" (string): where pictures are saved
 * - "following" (boolean): see limn_studio_is_following()
 * - "inspecting" (boolean), "inspection-error" (string, nullable): why the draft's model cannot be used, for the Model panel;
 *   the inspection itself is in the draft
 * - "reading" (double): how much is there of the model that is being loaded, 0 to 1; negative: none is
 *
 * Signals:
 * - "toast" (string message, string action_name or NULL, string action_label or NULL, GVariant target or NULL): something to say for a moment
 * - "picture-saved" (string path): a file is new in the folder
 *
 * Main thread.
 */
#define LIMN_TYPE_STUDIO (limn_studio_get_type ())
G_DECLARE_FINAL_TYPE (LimnStudio, limn_studio, LIMN, STUDIO, GObject)

LimnStudio   *limn_studio_new          (GSettings  *settings);

LimnSession  *limn_studio_get_session  (LimnStudio *studio);
LimnKeeper   *limn_studio_get_keeper   (LimnStudio *studio);
LimnJobQueue *limn_studio_get_queue    (LimnStudio *studio);
LimnDraft    *limn_studio_get_draft    (LimnStudio *studio);
LimnEasel    *limn_studio_get_easel    (LimnStudio *studio);
LimnStash    *limn_studio_get_stash    (LimnStudio *studio);
GSettings    *limn_studio_get_settings (LimnStudio *studio);
LimnReel     *limn_studio_get_reel     (LimnStudio *studio);
LimnImage    *limn_studio_get_picture  (LimnStudio *studio);
const char   *limn_studio_get_path     (LimnStudio *studio);
const char   *limn_studio_get_folder   (LimnStudio *studio);

/** limn_studio_choose_folder: where pictures are saved from now on. @path: (nullable): says why where it cannot be. */
void          limn_studio_choose_folder (LimnStudio *studio, const char *path);

/** limn_studio_get_models: what lies in the folders that were granted, and what was opened. */
LimnModelLibrary *limn_studio_get_models (LimnStudio *studio);

/** limn_studio_add_model_folder, limn_studio_remove_model_folder: where models are looked for. @path: (nullable): says why where it cannot be. */
void          limn_studio_add_model_folder (LimnStudio *studio, const char *path);
void          limn_studio_remove_model_folder (LimnStudio *studio, const char *path);
/** limn_studio_forget_model: it is no longer among those that were opened; its files stay where they are. */
void          limn_studio_forget_model (LimnStudio *studio, const char *path);
/** limn_studio_set_model: @path: (nullable): it paints from now on, with what was said of it before; NULL: the starter model. */
void          limn_studio_set_model (LimnStudio *studio, const char *path);
/** limn_studio_remember_prediction: @decided: what the draft says that its model predicts is so whenever it is chosen again; FALSE: its files say it. */
void          limn_studio_remember_prediction (LimnStudio *studio, gboolean decided);
/** limn_studio_choose_family: @id: (nullable): of the family that the draft's model is, now and whenever it is chosen again; NULL: its files say it. */
void          limn_studio_choose_family (LimnStudio *studio, const char *id);
/** limn_studio_choose_model: limn_studio_set_model(), and it is the newest of those that were opened. */
void          limn_studio_choose_model (LimnStudio *studio, const char *path);
/** limn_studio_use_model_file: does with it what a file of its kind is for, and says what that was where it is not seen. */
void          limn_studio_use_model_file (LimnStudio *studio, const LimnModelFile *file);
/** limn_studio_uses_model_file: whether that has been done, and was not taken back. */
gboolean      limn_studio_uses_model_file (LimnStudio *studio, const LimnModelFile *file);
/** limn_studio_open_model_file: the same with a file or folder that a thread looks into first. */
void          limn_studio_open_model_file (LimnStudio *studio, const char *path);

/**
 * limn_studio_dup_request:
 *
 * limn_draft_dup_request(), with the files that names in the prompt stand for. Fails with LIMN_ERROR_INVALID where there is none of such a name.
 */
LimnRequest  *limn_studio_dup_request (LimnStudio *studio, GError **error);

/** limn_studio_lacks_vocabulary: whether the draft's model cannot be used only since CLIP's vocabulary is nowhere. */
gboolean      limn_studio_lacks_vocabulary (LimnStudio *studio);
/** limn_studio_install_vocabulary: @path: a file that has it, is copied to where every model finds it. A failure is said by a toast. */
void          limn_studio_install_vocabulary (LimnStudio *studio, const char *path);

/** limn_studio_paint: one press of the button: a copy of the draft goes into the queue. A request that cannot be is said by a toast. */
void          limn_studio_paint        (LimnStudio *studio);

/**
 * limn_studio_branch:
 * @step: of what is shown; 0: its noise alone. Where its steps are not kept, and so cannot be seen, the one in the middle is taken
 *
 * The draft parts from the picture that is shown, after that step. What was in the fields goes into the history of prompts first.
 * Failures (a picture that does not say how it was made) are said by a toast.
 */
void          limn_studio_branch       (LimnStudio *studio, guint step);

/**
 * limn_studio_describe_steering: (nullable) (transfer full)
 *
 * What would change in the picture that is being painted, were it to go on with what the fields say; NULL: nothing is painted, or they say nothing
 * else.
 */
char         *limn_studio_describe_steering (LimnStudio *studio);

/** limn_studio_steer: does that, from its next step on, and says so by a toast. */
void          limn_studio_steer        (LimnStudio *studio);

/** limn_studio_show_picture: a picture on the canvas, with its reel if its steps were kept. Reads on a thread; failures are said by a toast. */
void          limn_studio_show_picture (LimnStudio *studio, const char *path);

/**
 * limn_studio_import:
 *
 * Shows the picture @path and brings its settings back into the draft, whichever program made it; says what could not be
 * honoured. The text that was in the fields goes into the history first.
 */
void          limn_studio_import       (LimnStudio *studio, const char *path);

/** limn_studio_show_painting: back to the reel of the running job, after something else was looked at. */
void          limn_studio_show_painting (LimnStudio *studio);
/** limn_studio_is_following: whether what is painted, if anything, is what is shown. Notified as "following". */
gboolean      limn_studio_is_following  (LimnStudio *studio);

/**
 * limn_studio_use_picture:
 * @path: (nullable): its file
 *
 * @picture is the one to change from now on, and is shown, when the easel has it.
 */
void          limn_studio_use_picture  (LimnStudio *studio, LimnImage *picture, const char *path);
/** limn_studio_use_file: the same with a picture that is read first. A failure is said by a toast, and changes nothing. */
void          limn_studio_use_file     (LimnStudio *studio, const char *path);
/** limn_studio_show_source: the easel's picture, which must be there, with its mask. */
void          limn_studio_show_source  (LimnStudio *studio);

/**
 * LimnFinish: what is done with a picture as a whole
 * @LIMN_FINISH_ENLARGE: so many times as wide and high, gone over piece by piece; once: only gone over
 * @LIMN_FINISH_COLORIZE: a grey one gets colours
 * @LIMN_FINISH_RESTORE_JPEG: a JPEG loses its blocks
 */
typedef enum
{
  LIMN_FINISH_ENLARGE,
  LIMN_FINISH_COLORIZE,
  LIMN_FINISH_RESTORE_JPEG,
} LimnFinish;

/**
 * limn_studio_finish:
 * @path: (nullable): the file that @picture was read from
 * @factor: for LIMN_FINISH_ENLARGE
 *
 * A request for that goes into the queue, with the prompt of what is shown. What cannot be is said by a toast.
 */
void          limn_studio_finish       (LimnStudio *studio, LimnFinish finish, LimnImage *picture, const char *path, guint factor);

/* Of which the setting "steps-limit-mb" is a number; g_format_size() counts like that. */
#define LIMN_STUDIO_BYTES_PER_MB 1000000

/**
 * limn_studio_plan_steps_async:
 * @limit_mb: 0: none
 *
 * What a limit on the kept steps would let go of, if it held now. On a thread; looks at every picture's star.
 */
void          limn_studio_plan_steps_async (LimnStudio         *studio,
                                            guint               limit_mb,
                                            GCancellable       *cancellable,
                                            GAsyncReadyCallback callback,
                                            gpointer            data);
/** limn_studio_plan_steps_finish: (transfer full). */
LimnStepsPlan *limn_studio_plan_steps_finish (GAsyncResult *result, GError **error);
/** limn_studio_agree_to_steps_plan: the artist wants @plan, and the limit that it is of, now. */
void          limn_studio_agree_to_steps_plan (LimnStudio *studio, const LimnStepsPlan *plan);

/** limn_studio_remember_prompt: the draft's prompt becomes the newest of the history. */
void          limn_studio_remember_prompt (LimnStudio *studio);

/** limn_studio_say: emits "toast". */
void          limn_studio_say          (LimnStudio *studio, const char *message);
void          limn_studio_say_with_action (LimnStudio *studio, const char *message, const char *action, const char *label, GVariant *target);

/** limn_studio_say_error: a toast for an error; nothing for one that was cancelled. */
void          limn_studio_say_error    (LimnStudio *studio, const GError *error);

/** limn_studio_hold: something that the artist asked for is on its way to the queue or to the keeper; limn_studio_close() waits for it.
 *  limn_studio_release: it is there, or was given up. */
void          limn_studio_hold         (LimnStudio *studio);
void          limn_studio_release      (LimnStudio *studio);

/** limn_studio_can_close: whether all that was asked for would be there the next time. */
gboolean      limn_studio_can_close    (LimnStudio *studio);

/** limn_studio_close: before the program ends: pauses the queue, keeps the draft, waits for what is being written and closes the session. */
void          limn_studio_close        (LimnStudio *studio);

G_END_DECLS
