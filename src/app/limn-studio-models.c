/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Models stay where they are: the settings hold paths, of folders that were granted and of files that were opened. In a sandbox both come from the
 * document portal, whose paths stay valid as long as the grant does, so that they are kept as they are. */
#include "config.h"

#include "app/limn-studio-private.h"

#include "session/limn-draft-controls.h"
#include "session/limn-draft-loras.h"
#include "session/limn-vocabulary.h"

#include <glib/gi18n.h>
#include <string.h>

/* Models that are remembered as opened. */
#define MAX_MODELS 50

/* --- Lists of paths in the settings --- */

/* @path comes first, or goes. */
static void
change_paths (LimnStudio *self, const char *key, const char *path, gboolean keep)
{
  g_auto(GStrv) before = g_settings_get_strv (self->settings, key);
  g_autoptr(GPtrArray) after = g_ptr_array_new ();

  /* Settings are UTF-8, and the names of files need not be: such a model can be used, but not remembered. */
  if (keep && !g_utf8_validate (path, -1, NULL))
    return;
  if (keep)
    g_ptr_array_add (after, (gpointer) path);
  for (guint i = 0; before[i] && after->len < MAX_MODELS; i++)
    if (!g_str_equal (before[i], path))
      g_ptr_array_add (after, before[i]);
  g_ptr_array_add (after, NULL);
  g_settings_set_strv (self->settings, key, (const char *const *) after->pdata);
}

void
limn_studio_add_model_folder (LimnStudio *self, const char *path)
{
  g_auto(GStrv) folders = g_settings_get_strv (self->settings, "model-folders");

  if (!path || !g_utf8_validate (path, -1, NULL))
    limn_studio_say (self, _("Models cannot be looked for there: the folder is not on this computer, or its name is not text."));
  else if (g_strv_contains ((const char *const *) folders, path))
    limn_model_library_rescan (self->models);
  else
    change_paths (self, "model-folders", path, TRUE);
}

void
limn_studio_remove_model_folder (LimnStudio *self, const char *path)
{
  change_paths (self, "model-folders", path, FALSE);
}

void
limn_studio_forget_model (LimnStudio *self, const char *path)
{
  change_paths (self, "models", path, FALSE);
}

/* --- What a model's files do not tell --- */

/* (nullable) (transfer full) */
static char *
dup_remembered (LimnStudio *self, const char *key, const char *path)
{
  g_autoptr(GVariant) all = g_settings_get_value (self->settings, key);
  char *said = NULL;

  if (path && g_utf8_validate (path, -1, NULL))
    g_variant_lookup (all, path, "s", &said);
  return said;
}

/* @said: (nullable): of the draft's model; NULL: its files say it */
static void
remember (LimnStudio *self, const char *key, const char *said)
{
  g_autoptr(GVariant) before = g_settings_get_value (self->settings, key);
  const char *current = limn_draft_get_model (self->draft);
  GVariantBuilder after;
  GVariantIter iter;
  const char *path, *text;
  guint n = 0;

  if (!current || !g_utf8_validate (current, -1, NULL))
    return;
  g_variant_builder_init (&after, G_VARIANT_TYPE ("a{ss}"));
  if (said)
    g_variant_builder_add (&after, "{ss}", current, said);
  g_variant_iter_init (&iter, before);
  while (n++ < MAX_MODELS && g_variant_iter_next (&iter, "{&s&s}", &path, &text))
    if (!g_str_equal (path, current))
      g_variant_builder_add (&after, "{ss}", path, text);
  g_settings_set_value (self->settings, key, g_variant_builder_end (&after));
}

void
limn_studio_remember_prediction (LimnStudio *self, gboolean decided)
{
  guint prediction;

  g_object_get (self->draft, "prediction", &prediction, NULL);
  remember (self, "model-predictions", decided ? limn_prediction_get_name (prediction) : NULL);
}

void
limn_studio_choose_family (LimnStudio *self, const char *id)
{
  remember (self, "model-families", id);
  g_object_set (self->draft, "family", id, NULL);
}

/* What was said of another model does not hold for this one. */
static void
bring_prediction (LimnStudio *self, const char *path)
{
  g_autofree char *name = dup_remembered (self, "model-predictions", path);
  LimnPrediction prediction;

  limn_draft_reopen (self->draft, LIMN_REQUEST_OPEN_PREDICTION);
  if (!name || !limn_prediction_from_name (name, &prediction, NULL))
    return;
  g_object_set (self->draft, "prediction", (guint) prediction, NULL);
  /* Also where it is what is shown already, of the model before. */
  g_object_set (self->draft, "open", (guint) (limn_draft_get_open (self->draft) & ~LIMN_REQUEST_OPEN_PREDICTION), NULL);
}

void
limn_studio_set_model (LimnStudio *self, const char *path)
{
  g_autofree char *family = NULL;

  if (g_strcmp0 (path, limn_draft_get_model (self->draft)) == 0)
    return;
  family = dup_remembered (self, "model-families", path);
  g_object_set (self->draft, "model", path, "family", family, NULL);
  bring_prediction (self, path);
}

void
limn_studio_choose_model (LimnStudio *self, const char *path)
{
  if (path)
    change_paths (self, "models", path, TRUE);
  limn_studio_set_model (self, path);
}

/* --- Opening --- */

/* Its picture is chosen next. */
static void
add_control (LimnStudio *self, const char *path)
{
  g_autoptr(LimnRequestControl) control = limn_request_control_new (path, "");
  g_autofree char *name = limn_resources_name_path (path);
  guint n = limn_draft_get_n_controls (self->draft);

  control->map = limn_control_map_kind_guess (name);
  if (n >= LIMN_REQUEST_MAX_CONTROLS)
    limn_studio_say (self, _("There are as many ControlNets as one picture can have."));
  else
    limn_draft_set_control (self->draft, n, control);
}

void
limn_studio_use_model_file (LimnStudio *self, const LimnModelFile *file)
{
  /* Translators: the name of a VAE, a file that turns what the model thinks into colours. */
  g_autofree char *vae = g_strdup_printf (_("“%s” makes the colours now."), file->name);
  /* Translators: the name of a LoRA. */
  g_autofree char *lora = g_strdup_printf (_("“%s” goes into the next pictures."), file->name);
  /* Translators: a word that a file teaches the model. */
  g_autofree char *word = g_strdup_printf (_("“%s” is a word that can be written in the prompt."), file->name);

  switch (file->kind)
    {
    case LIMN_RESOURCE_VAE:
      change_paths (self, "models", file->path, TRUE);
      g_object_set (self->draft, "vae", file->path, NULL);
      limn_studio_say (self, vae);
      break;
    case LIMN_RESOURCE_LORA:
      limn_draft_put_lora (self->draft, file->path, 1, 1, TRUE);
      limn_studio_say (self, lora);
      break;
    case LIMN_RESOURCE_CONTROL:
      add_control (self, file->path);
      break;
    case LIMN_RESOURCE_EMBEDDING:
      change_paths (self, "models", file->path, TRUE);
      limn_studio_say (self, word);
      break;
    case LIMN_RESOURCE_TAESD:
      change_paths (self, "models", file->path, TRUE);
      limn_studio_say (self, _("This is a small decoder for previews. Limn shows the steps with it where it suits the model; the picture itself never changes."));
      break;
    default:
      /* What is damaged or unknown too: the panel says why it cannot be used, as long as it is chosen. */
      limn_studio_choose_model (self, file->path);
    }
}

static gboolean
has_lora (LimnStudio *self, const char *path)
{
  g_autoptr(GPtrArray) loras = limn_draft_list_loras (self->draft);

  for (guint i = 0; i < loras->len; i++)
    if (g_str_equal (((LimnDraftLora *) loras->pdata[i])->path, path))
      return TRUE;
  return FALSE;
}

static gboolean
has_control (LimnStudio *self, const char *path)
{
  for (guint i = 0; i < limn_draft_get_n_controls (self->draft); i++)
    if (g_str_equal (limn_draft_get_control (self->draft, i)->model, path))
      return TRUE;
  return FALSE;
}

gboolean
limn_studio_uses_model_file (LimnStudio *self, const LimnModelFile *file)
{
  g_autofree char *vae = NULL;

  switch (file->kind)
    {
    case LIMN_RESOURCE_LORA:
      return has_lora (self, file->path);
    case LIMN_RESOURCE_CONTROL:
      return has_control (self, file->path);
    case LIMN_RESOURCE_VAE:
      g_object_get (self->draft, "vae", &vae, NULL);
      return g_strcmp0 (vae, file->path) == 0;
    default:
      return g_strcmp0 (limn_draft_get_model (self->draft), file->path) == 0;
    }
}

static void
look_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer (task, limn_model_file_look (data, NULL), (GDestroyNotify) limn_model_file_unref);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnStudio) self = data;
  g_autoptr(LimnModelFile) file = g_task_propagate_pointer (G_TASK (result), NULL);

  if (!self->closed)
    limn_studio_use_model_file (self, file);
}

void
limn_studio_open_model_file (LimnStudio *self, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  /* Who chooses the file that describes a folder means the folder. */
  char *meant = g_str_equal (name, "model_index.json") ? g_path_get_dirname (path) : g_strdup (path);
  g_autoptr(GTask) task = g_task_new (NULL, NULL, on_looked, g_object_ref (self));

  g_task_set_source_tag (task, limn_studio_open_model_file);
  g_task_set_task_data (task, meant, g_free);
  g_task_run_in_thread (task, look_in_thread);
}

/* --- Finding what a picture was painted with --- */

void
limn_studio_find_model (LimnStudio *self, const LimnImport *import, LimnRequest *request)
{
  gboolean own = import->origin == LIMN_IMPORT_LIMN;
  LimnModelEntry *entry;

  /* Of our own pictures the path is known; only where nothing lies there any more it is looked for elsewhere. */
  if (own && (!request->model || g_file_test (request->model, G_FILE_TEST_EXISTS)))
    return;
  entry = limn_model_library_find (self->models, LIMN_RESOURCE_MODEL, import->model_hash, import->model);
  if (entry)
    limn_request_set_model (request, limn_model_entry_get_file (entry)->path);
  else if (!own)
    limn_request_set_model (request, limn_draft_get_model (self->draft));
}

/* --- Names in prompts --- */

LimnRequest *
limn_studio_dup_request (LimnStudio *self, GError **error)
{
  g_autoptr(LimnRequest) request = limn_draft_dup_request (self->draft);

  if (!limn_request_resolve_loras (request, limn_model_library_get_resources (self->models), error))
    return NULL;
  return g_steal_pointer (&request);
}

/* --- The vocabulary --- */

gboolean
limn_studio_lacks_vocabulary (LimnStudio *self)
{
  return self->lacks_vocabulary;
}

static void
on_installed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnStudio) self = data;
  g_autoptr(GError) error = NULL;

  if (self->closed)
    return;
  if (limn_vocabulary_install_finish (result, &error))
    {
      limn_studio_say (self, _("Limn knows the words now, for this model and all others."));
      limn_studio_inspect_again (self);
    }
  else
    limn_studio_say_error (self, error);
}

void
limn_studio_install_vocabulary (LimnStudio *self, const char *path)
{
  limn_vocabulary_install_async (path, NULL, on_installed, g_object_ref (self));
}

/* --- The library --- */

LimnModelLibrary *
limn_studio_get_models (LimnStudio *self)
{
  return self->models;
}

static void
set_places (LimnStudio *self)
{
  g_auto(GStrv) folders = g_settings_get_strv (self->settings, "model-folders");
  g_auto(GStrv) opened = g_settings_get_strv (self->settings, "models");
  const char *current = limn_draft_get_model (self->draft);
  g_autoptr(GStrvBuilder) all = g_strv_builder_new ();
  g_auto(GStrv) paths = NULL;

  /* One that came with a picture need not be among those that were opened. */
  if (current && !g_strv_contains ((const char *const *) opened, current))
    g_strv_builder_add (all, current);
  g_strv_builder_addv (all, (const char **) opened);
  paths = g_strv_builder_end (all);
  limn_model_library_set_places (self->models, (const char *const *) folders, (const char *const *) paths);
}

static void
on_running (LimnStudio *self)
{
  limn_model_library_set_busy (self->models, limn_job_queue_get_running (self->queue) != NULL);
}

static void
on_resources (LimnStudio *self)
{
  limn_draft_set_resources (self->draft, limn_model_library_get_resources (self->models));
  limn_session_set_previews (self->session, limn_model_library_get_resources (self->models));
}

static gboolean
on_start (gpointer data)
{
  LimnStudio *self = data;

  self->models_source = 0;
  set_places (self);
  return G_SOURCE_REMOVE;
}

void
limn_studio_models_init (LimnStudio *self)
{
  self->models = limn_model_library_new (NULL);
  g_signal_connect_object (self->settings, "changed::model-folders", G_CALLBACK (set_places), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings, "changed::models", G_CALLBACK (set_places), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->draft, "notify::model", G_CALLBACK (set_places), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->models, "notify::resources", G_CALLBACK (on_resources), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->queue, "notify::running", G_CALLBACK (on_running), self, G_CONNECT_SWAPPED);
  /* The window is drawn first. */
  self->models_source = g_idle_add_full (G_PRIORITY_LOW, on_start, self, NULL);
}

void
limn_studio_models_dispose (LimnStudio *self)
{
  g_clear_handle_id (&self->models_source, g_source_remove);
  if (self->models)
    limn_model_library_close (self->models);
  g_clear_object (&self->models);
}
