/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is shown is one of three things: the reel of the running job, which is followed as long as the artist looks at nothing else; the
 * reel of a picture whose steps were kept; or a picture alone. A serial tells an answer that comes too late from the one
 * that is waited for. */
#include "config.h"

#include "app/limn-studio-private.h"

#include "app/limn-opening.h"
#include "base/limn-error.h"
#include "session/limn-engine-model.h"
#include "session/limn-recipe.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

/* What was typed is on the disk after so long at the latest. */
#define KEEP_DRAFT_MS 300
/* Pause after the last change before the model is asked what it thinks: dragging through sizes asks once. */
#define INSPECT_MS 150
/* How often it is looked how much of a model is there, while one is loaded: as often as a number can be read. */
#define READING_MS 250
#define HISTORY_LENGTH 200
/* Writing what is left when the program ends: a 4 MB trajectory on a slow stick takes about a second. */
#define FLUSH_US (10 * G_USEC_PER_SEC)

/* What the starter model draws well (data/starter-model/README.md). */
#define FIRST_PROMPT N_("a red lighthouse by the sea at sunset, watercolor")

enum
{
  PROP_0,
  PROP_REEL,
  PROP_PICTURE,
  PROP_PATH,
  PROP_FOLDER,
  PROP_FOLLOWING,
  PROP_INSPECTING,
  PROP_INSPECTION_ERROR,
  PROP_READING,
  N_PROPS,
};

enum
{
  SIGNAL_TOAST,
  SIGNAL_PICTURE_SAVED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LimnStudio, limn_studio, G_TYPE_OBJECT)

/* --- What is said --- */

void
limn_studio_say_with_action (LimnStudio *self, const char *message, const char *action, const char *label, GVariant *target)
{
  /* It may name a file. */
  g_autofree char *text = g_utf8_make_valid (message, -1);

  g_signal_emit (self, signals[SIGNAL_TOAST], 0, text, action, label, target);
}

void
limn_studio_say (LimnStudio *self, const char *message)
{
  limn_studio_say_with_action (self, message, NULL, NULL, NULL);
}

void
limn_studio_say_error (LimnStudio *self, const GError *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    limn_studio_say (self, error->message);
}

/* --- What is shown --- */

/* g_set_str() is of GLib 2.76. */
static gboolean
replace (char **place, const char *text)
{
  if (g_strcmp0 (*place, text) == 0)
    return FALSE;
  g_free (*place);
  *place = g_strdup (text);
  return TRUE;
}

void
limn_studio_set_shown (LimnStudio *self, LimnReel *reel, LimnImage *picture, const char *path)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (replace (&self->path, path))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PATH]);
  if (self->picture != picture)
    {
      g_clear_pointer (&self->picture, limn_image_unref);
      if (picture)
        self->picture = limn_image_ref (picture);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PICTURE]);
    }
  if (g_set_object (&self->reel, reel))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REEL]);
  g_object_thaw_notify (G_OBJECT (self));
}

void
limn_studio_set_following (LimnStudio *self, gboolean following)
{
  if (self->following == following)
    return;
  self->following = following;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FOLLOWING]);
}

void
limn_studio_stop_opening (LimnStudio *self)
{
  if (self->opening)
    g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
}

/* --- Opening a picture --- */

/* Sides of a picture are multiples of this as long as the model has not said otherwise. */
#define USUAL_MULTIPLE 8

/* What was typed is not lost: it is the newest of the history, from where it comes back. */
static void
bring_back (LimnStudio *self, const LimnImport *import)
{
  g_autoptr(LimnRequest) request = NULL;

  if (!import || !import->request)
    {
      limn_studio_say_with_action (self, _("No settings that Limn can read are in this picture."), "win.use-picture", _("Change It"),
                                   NULL);
      return;
    }
  limn_studio_remember_prompt (self);
  request = limn_request_copy (import->request);
  limn_studio_find_model (self, import, request);
  if (!import->has_seed)
    request->seed = limn_draft_get_seed (self->draft);
  limn_draft_apply_request (self->draft, request);
  if (import->start)
    g_object_set (self->draft, "strength", import->start->strength, "masked-content", (guint) import->start->content,
                  "feather", import->start->feather, "only-masked", import->start->only_masked,
                  "padding", import->start->padding, NULL);
  if (import->has_seed)
    g_object_set (self->draft, "seed-locked", TRUE, NULL);

  if (import->notes->len > 0)
    {
      g_autofree char *message =
        /* Translators: %u is a number of things that a picture's settings say. */
        g_strdup_printf (ngettext ("The settings are back, but for %u thing.", "The settings are back, but for %u things.",
                                   import->notes->len),
                         import->notes->len);

      limn_studio_say_with_action (self, message, "win.show-notes", _("Details"),
                                   g_variant_new_strv ((const char *const *) import->notes->pdata, import->notes->len));
    }
  else
    limn_studio_say (self, _("The settings are back."));
}

static void
on_reel_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnStudio) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnReel) reel = limn_reel_open_finish (result, &error);

  if (reel)
    {
      g_clear_object (&self->opening);
      limn_studio_set_shown (self, reel, self->picture, self->path);
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT) &&
           !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_autofree char *message =
        /* Translators: %s says why, in a sentence. */
        g_strdup_printf (_("The kept steps of this picture cannot be read. The picture itself is not concerned. (%s)"), error->message);

      limn_studio_say (self, message);
    }
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnStudio) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnOpening) opening = limn_opening_read_finish (result, &error);

  if (!opening)
    {
      limn_studio_say_error (self, error);
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          g_clear_object (&self->opening);
          limn_studio_show_source_at_start (self);
        }
      return;
    }
  if (opening->settings_wanted)
    bring_back (self, opening->import);
  limn_studio_set_following (self, FALSE);
  limn_studio_set_shown (self, NULL, opening->image, opening->path);
  replace (&self->shown_id, opening->id);
  if (opening->id)
    {
      g_autofree char *name = g_strconcat (opening->id, ".safetensors", NULL);
      g_autofree char *steps = g_build_filename (limn_job_queue_get_steps_folder (self->queue), name, NULL);

      limn_reel_open_async (self->session, steps, opening->id, self->opening, on_reel_opened, g_object_ref (self));
    }
}

/* Nothing of the studio's in the task: a thread may be the last to let it go, and the session must not end there. */
static void
open_picture (LimnStudio *self, const char *path, guint multiple, GAsyncReadyCallback callback)
{
  limn_studio_stop_opening (self);
  self->opening = g_cancellable_new ();
  limn_opening_read_async (path, multiple, self->stash, self->opening, callback, g_object_ref (self));
}

void
limn_studio_show_picture (LimnStudio *self, const char *path)
{
  open_picture (self, path, 0, on_opened);
}

void
limn_studio_import (LimnStudio *self, const char *path)
{
  LimnInspection *inspection = limn_draft_get_inspection (self->draft);

  open_picture (self, path, inspection ? inspection->multiple : USUAL_MULTIPLE, on_opened);
}

/* --- What was shown before a picture began --- */

static gboolean
has_steps (LimnReel *reel)
{
  return g_list_model_get_n_items (G_LIST_MODEL (reel)) > 0;
}

static void
forget_before (LimnStudio *self)
{
  if (self->begun)
    g_signal_handlers_disconnect_by_data (self->begun, self);
  g_clear_object (&self->begun);
  g_clear_object (&self->before_reel);
  g_clear_pointer (&self->before_picture, limn_image_unref);
  g_clear_pointer (&self->before_path, g_free);
}

static void
remember_before (LimnStudio *self, LimnReel *begun)
{
  if (self->reel == begun || has_steps (begun))
    return;
  forget_before (self);
  self->begun = g_object_ref (begun);
  g_signal_connect_swapped (begun, "items-changed", G_CALLBACK (forget_before), self);
  g_set_object (&self->before_reel, self->reel);
  if (self->picture)
    self->before_picture = limn_image_ref (self->picture);
  self->before_path = g_strdup (self->path);
}

/* Ended before there was anything: a strip without a step is nothing to look at. */
static void
show_before (LimnStudio *self)
{
  if (!self->begun || limn_reel_is_live (self->begun))
    return;
  if (self->reel == self->begun)
    limn_studio_set_shown (self, self->before_reel, self->before_picture, self->before_path);
  forget_before (self);
}

/* --- The queue --- */

void
limn_studio_show_painting (LimnStudio *self)
{
  if (!self->live)
    return;
  limn_studio_stop_opening (self);
  limn_studio_set_following (self, TRUE);
  remember_before (self, self->live);
  limn_studio_set_shown (self, self->live, NULL, NULL);
}

static void
on_picture_started (LimnJobQueue *queue, LimnJob *job, LimnReel *reel, LimnStudio *self)
{
  g_set_object (&self->live, reel);
  if (self->following || (!self->reel && !self->picture))
    limn_studio_show_painting (self);
}

static void
on_picture_saved (LimnJobQueue *queue, LimnJob *job, const char *path, LimnReel *reel, LimnStudio *self)
{
  if (reel && reel == self->reel)
    limn_studio_set_shown (self, self->reel, self->picture, path);
  if (reel && reel == self->before_reel)
    replace (&self->before_path, path);
  g_signal_emit (self, signals[SIGNAL_PICTURE_SAVED], 0, path);
}

static void
on_job_ended (LimnJobQueue *queue, LimnJob *job, LimnStudio *self)
{
  if (limn_job_get_state (job) == LIMN_JOB_FAILED && limn_job_get_message (job))
    limn_studio_say (self, limn_job_get_message (job));
  show_before (self);
}

static void
on_remark (LimnJobQueue *queue, LimnJob *job, const char *message, LimnStudio *self)
{
  limn_studio_say (self, message);
}

static void
stop_warming (LimnStudio *self)
{
  if (self->warming)
    g_cancellable_cancel (self->warming);
  g_clear_object (&self->warming);
  g_clear_pointer (&self->warmed, limn_request_free);
}

static gboolean
on_reading (gpointer data)
{
  LimnStudio *self = data;
  double reading = limn_session_get_reading (self->session);
  gboolean goes_on = reading >= 0 || self->warming || limn_job_queue_get_running (self->queue);

  if (reading != self->reading)
    {
      self->reading = reading;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_READING]);
    }
  if (!goes_on)
    self->reading_source = 0;
  return goes_on;
}

static void
watch_reading (LimnStudio *self)
{
  if (!self->reading_source)
    self->reading_source = g_timeout_add (READING_MS, on_reading, self);
}

static void
on_running_changed (LimnStudio *self)
{
  if (!limn_job_queue_get_running (self->queue))
    g_clear_object (&self->live);
  else
    watch_reading (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FOLLOWING]);
}

void
limn_studio_remember_prompt (LimnStudio *self)
{
  const char *prompt = limn_draft_get_prompt (self->draft);
  g_auto(GStrv) before = g_settings_get_strv (self->settings, "prompt-history");
  g_autoptr(GPtrArray) after = g_ptr_array_new ();

  if (!*prompt)
    return;
  g_ptr_array_add (after, (gpointer) prompt);
  for (guint i = 0; before[i] && after->len < HISTORY_LENGTH; i++)
    if (!g_str_equal (before[i], prompt))
      g_ptr_array_add (after, before[i]);
  g_ptr_array_add (after, NULL);
  g_settings_set_strv (self->settings, "prompt-history", (const char *const *) after->pdata);
}

/* --- The draft --- */

static char *
draft_path (LimnStudio *self)
{
  return g_build_filename (self->state_folder, "draft.json", NULL);
}

static void
keep_draft (LimnStudio *self)
{
  g_autofree char *path = draft_path (self);
  g_autoptr(GBytes) bytes = NULL;
  char *json = limn_draft_to_json (self->draft);

  bytes = g_bytes_new_take (json, strlen (json));
  limn_keeper_replace (self->keeper, path, bytes);
}

static gboolean
on_keep_draft (gpointer data)
{
  LimnStudio *self = data;

  self->keep_source = 0;
  keep_draft (self);
  return G_SOURCE_REMOVE;
}

/* What the session was asked, by its cancellable: an answer that was already on its way when a later question took its place is not cancelled. */
typedef struct
{
  LimnStudio   *studio;
  GCancellable *cancellable;
} Asked;

static Asked *
asked_new (LimnStudio *self, GCancellable *cancellable)
{
  Asked *asked = g_new (Asked, 1);

  asked->studio = g_object_ref (self);
  asked->cancellable = g_object_ref (cancellable);
  return asked;
}

static void
asked_free (Asked *asked)
{
  g_object_unref (asked->studio);
  g_object_unref (asked->cancellable);
  g_free (asked);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asked, asked_free)

static void
on_warm (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(Asked) asked = data;
  LimnStudio *self = asked->studio;

  limn_session_warm_up_finish (self->session, result, NULL);
  if (asked->cancellable == self->warming)
    stop_warming (self);
}

/* The model is loaded, and the kernels are built, while the artist reads the prompt. What goes wrong here will be said when it is painted. */
static void
warm_up (LimnStudio *self, const LimnRequest *request)
{
  if (self->warmed && limn_session_serves_both (self->warmed, request))
    return;
  stop_warming (self);
  self->warming = g_cancellable_new ();
  self->warmed = limn_request_copy (request);
  limn_session_warm_up_async (self->session, request, self->warming, on_warm, asked_new (self, self->warming));
  watch_reading (self);
}

static gboolean on_inspect (gpointer data);

static void
on_inspected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(Asked) asked = data;
  LimnStudio *self = asked->studio;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnInspection) inspection = limn_session_inspect_finish (self->session, result, &error);
  g_autofree char *trouble = error ? g_utf8_make_valid (error->message, -1) : NULL;

  if (asked->cancellable != self->inspecting)
    return;
  g_clear_object (&self->inspecting);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_INSPECTING]);
  if (inspection)
    limn_draft_set_inspection (self->draft, inspection);
  if (inspection && !inspection->refused && inspection->plan != LIMN_PLAN_NONE && !limn_job_queue_get_running (self->queue))
    {
      g_autoptr(LimnRequest) request = limn_draft_dup_request (self->draft);

      warm_up (self, request);
    }
  self->lacks_vocabulary = g_error_matches (error, LIMN_ERROR, LIMN_ERROR_NO_VOCABULARY);
  if (replace (&self->inspection_error, trouble))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_INSPECTION_ERROR]);
}

void
limn_studio_inspect_again (LimnStudio *self)
{
  g_clear_handle_id (&self->inspect_source, g_source_remove);
  self->inspect_source = g_timeout_add (INSPECT_MS, on_inspect, self);
}

static gboolean
on_inspect (gpointer data)
{
  LimnStudio *self = data;
  g_autoptr(LimnRequest) request = limn_draft_dup_request (self->draft);

  self->inspect_source = 0;
  if (self->inspecting)
    g_cancellable_cancel (self->inspecting);
  g_clear_object (&self->inspecting);
  self->inspecting = g_cancellable_new ();
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_INSPECTING]);
  limn_session_inspect_async (self->session, request, self->inspecting, on_inspected, asked_new (self, self->inspecting));
  return G_SOURCE_REMOVE;
}

static void
on_draft_changed (LimnDraft *draft, GParamSpec *spec, LimnStudio *self)
{
  /* Of these the need of memory, or the model itself, depends. */
  static const char *const asked[] = { "model",     "storage",  "device",     "width",       "height", "cfg",         "source",
                                       "vae", "family", "loras", "controls", "prediction", "paint-from-source", "grow-left", "grow-top", "grow-right", "grow-bottom", NULL };

  if (g_str_equal (spec->name, "inspection"))
    return;
  if (!self->keep_source)
    self->keep_source = g_timeout_add (KEEP_DRAFT_MS, on_keep_draft, self);
  if (g_strv_contains (asked, spec->name))
    limn_studio_inspect_again (self);
}

/* Read here and now: a few hundred bytes, and the window shall open with them. */
static void
restore_draft (LimnStudio *self)
{
  g_autofree char *path = draft_path (self);
  g_autofree char *json = NULL;
  g_autoptr(GError) error = NULL;

  if (!g_file_get_contents (path, &json, NULL, &error) && g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      limn_draft_set_prompt (self->draft, _(FIRST_PROMPT));
      return;
    }
  /* What is there and cannot be read must not be replaced either. */
  if (!json || !limn_draft_load_json (self->draft, json, &error))
    {
      g_autofree char *aside = g_strconcat (path, ".damaged", NULL);

      g_warning ("%s", error->message);
      if (g_rename (path, aside) != 0)
        g_warning ("%s cannot be put aside", path);
    }
}

/* --- The object --- */

static char *
dup_folder (GSettings *settings)
{
  g_autofree char *chosen = g_settings_get_string (settings, "pictures-folder");
  const char *pictures = g_get_user_special_dir (G_USER_DIRECTORY_PICTURES);

  if (*chosen)
    return g_steal_pointer (&chosen);
  if (pictures)
    return g_build_filename (pictures, "Limn", NULL);
  return g_build_filename (g_get_home_dir (), "Pictures", "Limn", NULL);
}

static void
on_folder_changed (LimnStudio *self)
{
  g_autofree char *before = g_strdup (limn_studio_get_folder (self));
  g_autofree char *folder = dup_folder (self->settings);

  if (g_str_equal (before, folder))
    return;
  limn_job_queue_set_folder (self->queue, folder);
  limn_keeper_move_to (self->keeper, before, folder);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FOLDER]);
}

static void
on_restored (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnStudio) self = data;
  g_autoptr(GError) error = NULL;

  self->restored = TRUE;
  /* That another program works here is said by the window as long as it is so. */
  if (!limn_job_queue_restore_finish (self->queue, result, &error))
    {
      if (!limn_job_queue_is_refused (self->queue))
        limn_studio_say_error (self, error);
    }
  else
    limn_studio_sweep_sources (self);
}

static void
limn_studio_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LimnStudio *self = LIMN_STUDIO (object);

  switch (id)
    {
    case PROP_REEL:
      g_value_set_object (value, self->reel);
      break;
    case PROP_PICTURE:
      g_value_set_pointer (value, self->picture);
      break;
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_FOLDER:
      g_value_set_string (value, limn_studio_get_folder (self));
      break;
    case PROP_FOLLOWING:
      g_value_set_boolean (value, limn_studio_is_following (self));
      break;
    case PROP_INSPECTING:
      g_value_set_boolean (value, self->inspecting != NULL);
      break;
    case PROP_INSPECTION_ERROR:
      g_value_set_string (value, self->inspection_error);
      break;
    case PROP_READING:
      g_value_set_double (value, self->reading);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
limn_studio_dispose (GObject *object)
{
  LimnStudio *self = LIMN_STUDIO (object);

  g_clear_handle_id (&self->keep_source, g_source_remove);
  g_clear_handle_id (&self->inspect_source, g_source_remove);
  g_clear_handle_id (&self->reading_source, g_source_remove);
  limn_studio_stop_opening (self);
  if (self->inspecting)
    g_cancellable_cancel (self->inspecting);
  g_clear_object (&self->inspecting);
  stop_warming (self);
  forget_before (self);
  g_clear_object (&self->live);
  g_clear_object (&self->reel);
  limn_studio_source_dispose (self);
  limn_studio_steps_dispose (self);
  limn_studio_models_dispose (self);
  g_clear_object (&self->queue);
  g_clear_object (&self->draft);
  g_clear_object (&self->keeper);
  g_clear_object (&self->session);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (limn_studio_parent_class)->dispose (object);
}

static void
limn_studio_finalize (GObject *object)
{
  LimnStudio *self = LIMN_STUDIO (object);

  g_clear_pointer (&self->picture, limn_image_unref);
  g_free (self->path);
  g_free (self->wanted_path);
  g_free (self->source_path);
  g_free (self->shown_id);
  g_free (self->state_folder);
  g_free (self->inspection_error);
  G_OBJECT_CLASS (limn_studio_parent_class)->finalize (object);
}

static void
limn_studio_class_init (LimnStudioClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_studio_get_property;
  object_class->dispose = limn_studio_dispose;
  object_class->finalize = limn_studio_finalize;

  properties[PROP_REEL] = g_param_spec_object ("reel", NULL, NULL, LIMN_TYPE_REEL, flags);
  properties[PROP_PICTURE] = g_param_spec_pointer ("picture", NULL, NULL, flags);
  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);
  properties[PROP_FOLDER] = g_param_spec_string ("folder", NULL, NULL, NULL, flags);
  properties[PROP_FOLLOWING] = g_param_spec_boolean ("following", NULL, NULL, TRUE, flags);
  properties[PROP_INSPECTING] = g_param_spec_boolean ("inspecting", NULL, NULL, FALSE, flags);
  properties[PROP_INSPECTION_ERROR] = g_param_spec_string ("inspection-error", NULL, NULL, NULL, flags);
  properties[PROP_READING] = g_param_spec_double ("reading", NULL, NULL, -1, 1, -1, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_TOAST] = g_signal_new ("toast", LIMN_TYPE_STUDIO, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4,
                                        G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_VARIANT);
  signals[SIGNAL_PICTURE_SAVED] = g_signal_new ("picture-saved", LIMN_TYPE_STUDIO, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
limn_studio_init (LimnStudio *self)
{
  self->following = TRUE;
  self->reading = -1;
}

LimnStudio *
limn_studio_new (GSettings *settings)
{
  LimnStudio *self = g_object_new (LIMN_TYPE_STUDIO, NULL);
  g_autofree char *folder = dup_folder (settings);

  self->settings = g_object_ref (settings);
  self->state_folder = g_build_filename (g_get_user_data_dir (), "limn", NULL);
  self->session = limn_session_new (limn_engine_model_open, NULL, NULL);
  self->keeper = limn_keeper_new ();
  /* First of all: nothing may be written before it is known whose the folder is. */
  self->queue = limn_job_queue_new (self->session, self->keeper, self->state_folder, folder);
  self->draft = limn_draft_new ();
  restore_draft (self);
  limn_studio_source_init (self);
  limn_studio_steps_init (self);
  limn_studio_models_init (self);

  g_signal_connect_object (self->queue, "picture-started", G_CALLBACK (on_picture_started), self, 0);
  g_signal_connect_object (self->queue, "picture-saved", G_CALLBACK (on_picture_saved), self, 0);
  g_signal_connect_object (self->queue, "job-ended", G_CALLBACK (on_job_ended), self, 0);
  g_signal_connect_object (self->queue, "remark", G_CALLBACK (on_remark), self, 0);
  g_signal_connect_object (self->queue, "notify::running", G_CALLBACK (on_running_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->draft, "notify", G_CALLBACK (on_draft_changed), self, 0);
  g_signal_connect_object (settings, "changed::pictures-folder", G_CALLBACK (on_folder_changed), self, G_CONNECT_SWAPPED);
  limn_job_queue_restore_async (self->queue, on_restored, g_object_ref (self));
  /* The device wakes and the kernels are built while the artist reads the prompt; but the window is drawn first. */
  self->inspect_source = g_idle_add_full (G_PRIORITY_LOW, on_inspect, self, NULL);
  return self;
}

LimnSession *
limn_studio_get_session (LimnStudio *self)
{
  return self->session;
}

LimnKeeper *
limn_studio_get_keeper (LimnStudio *self)
{
  return self->keeper;
}

LimnJobQueue *
limn_studio_get_queue (LimnStudio *self)
{
  return self->queue;
}

LimnDraft *
limn_studio_get_draft (LimnStudio *self)
{
  return self->draft;
}

LimnEasel *
limn_studio_get_easel (LimnStudio *self)
{
  return self->easel;
}

LimnStash *
limn_studio_get_stash (LimnStudio *self)
{
  return self->stash;
}

GSettings *
limn_studio_get_settings (LimnStudio *self)
{
  return self->settings;
}

LimnReel *
limn_studio_get_reel (LimnStudio *self)
{
  return self->reel;
}

LimnImage *
limn_studio_get_picture (LimnStudio *self)
{
  return self->picture;
}

const char *
limn_studio_get_path (LimnStudio *self)
{
  return self->path;
}

const char *
limn_studio_get_folder (LimnStudio *self)
{
  return limn_job_queue_get_folder (self->queue);
}

void
limn_studio_choose_folder (LimnStudio *self, const char *path)
{
  /* Settings are UTF-8, and the names of files need not be. */
  if (path && g_utf8_validate (path, -1, NULL))
    g_settings_set_string (self->settings, "pictures-folder", path);
  else
    limn_studio_say (self, _("Pictures cannot be saved there: the folder is not on this computer, or its name is not text."));
}

gboolean
limn_studio_is_following (LimnStudio *self)
{
  return !self->live || self->live == self->reel;
}

/* Nothing is written into the state folder until it is known whose it is: whoever closes in the first moments waits for that, lest the
 * draft be given up. */
static void
wait_for_restored (LimnStudio *self)
{
  gint64 end = g_get_monotonic_time () + FLUSH_US;

  while (!self->restored && g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
}

void
limn_studio_hold (LimnStudio *self)
{
  self->n_held++;
}

void
limn_studio_release (LimnStudio *self)
{
  g_return_if_fail (self->n_held > 0);

  self->n_held--;
}

/* A picture of the queue is made again from its steps. What is held is known to nobody else. */
static gboolean
is_stuck (LimnStudio *self)
{
  return self->n_held > 0 && limn_keeper_has_trouble_below (self->keeper, limn_studio_get_folder (self));
}

gboolean
limn_studio_can_close (LimnStudio *self)
{
  return limn_job_queue_can_close (self->queue) && !is_stuck (self);
}

static void
wait_for_held (LimnStudio *self)
{
  gint64 end = g_get_monotonic_time () + FLUSH_US;

  while (self->n_held > 0 && !is_stuck (self) && g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
}

void
limn_studio_close (LimnStudio *self)
{
  guint n_lost;

  self->closed = TRUE;
  limn_model_library_close (self->models);
  wait_for_restored (self);
  wait_for_held (self);
  limn_job_queue_set_paused (self->queue, TRUE);
  g_clear_handle_id (&self->keep_source, g_source_remove);
  keep_draft (self);
  limn_easel_flush (self->easel);
  n_lost = limn_keeper_close (self->keeper, FLUSH_US);
  if (n_lost > 0)
    g_warning ("not everything could be saved: %u files", n_lost);
  limn_session_close (self->session);
}
