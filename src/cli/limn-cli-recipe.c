/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-recipe.h"

#include "base/limn-error.h"

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
