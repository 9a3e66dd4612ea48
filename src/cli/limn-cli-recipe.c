/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-recipe.h"

#include "base/limn-error.h"
#include "session/limn-request-control.h"
#include "session/limn-request-lora.h"
#include "session/limn-request-word.h"

LimnRecipe *
limn_cli_recipe_load (const char *path, LimnPng **png, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autoptr(LimnPng) file = limn_png_load (path, png ? LIMN_PNG_READ_ALL : LIMN_PNG_READ_TEXTS, error);
  const char *text = file ? limn_png_lookup (file, LIMN_RECIPE_KEYWORD) : NULL;
  g_autoptr(LimnRecipe) recipe = NULL;
  LimnRequest *request;

  if (!file)
    return NULL;
  if (!text)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT,
                   "“%s” holds no recipe of Limn (a text “%s”): only what Limn has painted can be painted again step by step.", shown,
                   LIMN_RECIPE_KEYWORD);
      return NULL;
    }
  recipe = limn_recipe_new_from_json (text, path, error);
  if (!recipe)
    return NULL;
  if (!recipe->intact)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "The recipe in “%s” was changed after the picture was made; its checksum does not fit.",
                   shown);
      return NULL;
    }
  request = recipe->request;
  request->variation_seed = limn_request_get_variation_seed (request);
  request->seed = limn_request_get_seed (request);
  request->batch_index = 0;
  request->batch_count = 1;
  request->preview = LIMN_PREVIEW_NONE;
  request->preview_every = 1;
  request->preview_half = FALSE;
  request->keep_latents = FALSE;
  if (png)
    *png = g_steal_pointer (&file);
  return g_steal_pointer (&recipe);
}

void
limn_cli_recipe_move (LimnRequest *request, const char *model, const char *device)
{
  g_autofree char *path = model && !g_str_equal (model, "starter") ? g_canonicalize_filename (model, NULL) : NULL;

  if (model)
    limn_request_set_model (request, path);
  limn_request_set_device (request, device);
  if (request->branch)
    limn_cli_recipe_move (request->branch->from, model, device);
  for (guint i = 0; request->mix && i < request->mix->n_ends; i++)
    if (request->mix->ends[i].request)
      limn_cli_recipe_move (request->mix->ends[i].request, model, device);
}

/* @path: (inout) (nullable) */
static gboolean
find_moved (char **path, LimnResourceKind kind, const LimnResources *resources, GError **error)
{
  g_autofree char *name = NULL;
  const char *found;

  if (!*path || g_file_test (*path, G_FILE_TEST_EXISTS))
    return TRUE;
  name = limn_resources_name_path (*path);
  found = limn_resources_find (resources, kind, name, error);
  if (!found)
    return FALSE;
  g_free (*path);
  *path = g_strdup (found);
  return TRUE;
}

static gboolean
find_own (LimnRequest *request, const LimnResources *resources, const char *vae, GError **error)
{
  g_autofree char *model = g_strdup (request->model);
  g_autofree char *other = g_strdup (request->vae && vae ? vae : request->vae);

  if (!find_moved (&model, LIMN_RESOURCE_MODEL, resources, error) || !find_moved (&other, LIMN_RESOURCE_VAE, resources, error))
    return FALSE;
  limn_request_set_model (request, model);
  limn_request_set_vae (request, other);
  for (guint i = 0; request->loras && i < request->loras->len; i++)
    if (!find_moved (&((LimnRequestLora *) g_ptr_array_index (request->loras, i))->path, LIMN_RESOURCE_LORA, resources, error))
      return FALSE;
  for (guint i = 0; request->controls && i < request->controls->len; i++)
    if (!find_moved (&((LimnRequestControl *) g_ptr_array_index (request->controls, i))->model, LIMN_RESOURCE_CONTROL, resources, error))
      return FALSE;
  for (guint i = 0; request->embeddings && i < request->embeddings->len; i++)
    if (!find_moved (&((LimnRequestWord *) g_ptr_array_index (request->embeddings, i))->path, LIMN_RESOURCE_EMBEDDING, resources, error))
      return FALSE;
  return TRUE;
}

gboolean
limn_cli_recipe_find_moved (LimnRequest *request, const LimnResources *resources, const char *vae, GError **error)
{
  if (!find_own (request, resources, vae, error) ||
      (request->branch && !limn_cli_recipe_find_moved (request->branch->from, resources, vae, error)))
    return FALSE;
  for (guint i = 0; request->mix && i < request->mix->n_ends; i++)
    if (request->mix->ends[i].request && !limn_cli_recipe_find_moved (request->mix->ends[i].request, resources, vae, error))
      return FALSE;
  return TRUE;
}

typedef struct
{
  LimnInspection *inspection;
  GError         *error;
  gboolean        done;
} Asking;

static void
on_inspected (GObject *source, GAsyncResult *result, gpointer data)
{
  Asking *asking = data;

  asking->inspection = limn_session_inspect_finish (NULL, result, &asking->error);
  asking->done = TRUE;
}

LimnInspection *
limn_cli_recipe_inspect (LimnSession *session, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  Asking asking = { NULL };

  limn_session_inspect_async (session, request, cancellable, on_inspected, &asking);
  while (!asking.done)
    g_main_context_iteration (NULL, TRUE);
  if (!asking.inspection)
    g_propagate_error (error, asking.error);
  return asking.inspection;
}

LimnRequest *
limn_cli_recipe_resolve (LimnSession *session, const LimnRequest *request, GCancellable *cancellable, GError **error)
{
  g_autoptr(LimnInspection) inspection = limn_cli_recipe_inspect (session, request, cancellable, error);
  LimnEngineFacts facts = { NULL };
  g_autoptr(LimnRequest) resolved = NULL;

  if (!inspection)
    return NULL;
  facts.model_name = inspection->model_name;
  facts.multiple = inspection->multiple;
  facts.width = inspection->width;
  facts.height = inspection->height;
  facts.steps = inspection->steps;
  facts.cfg = inspection->cfg;
  facts.sampler = inspection->sampler;
  facts.scheduler.prediction_type = inspection->prediction;
  resolved = limn_engine_resolve (&facts, request, error);
  if (resolved && inspection->refused)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "%s", inspection->refused);
      return NULL;
    }
  return g_steal_pointer (&resolved);
}
