/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library/limn-stash.h"
#include "session/limn-recipe.h"
#include "session/limn-resources.h"

G_BEGIN_DECLS

/**
 * limn_cli_recipe_load:
 * @png: (out) (optional): with its pixels
 *
 * What the PNG @path says of itself, as one request with nothing open: a picture of a batch is asked for alone. Fails with LIMN_ERROR_FORMAT where
 * there is no recipe of Limn in it or somebody has changed it, and as reading does.
 */
LimnRecipe  *limn_cli_recipe_load     (const char      *path,
                                       LimnPng        **png,
                                       GError         **error);

/** limn_cli_recipe_move: where the model of @request and of all requests in it lies here, and what computes. @model, @device: (nullable): as options have
 *  them; without @model it lies where it lay. */
void         limn_cli_recipe_move     (LimnRequest     *request,
                                       const char      *model,
                                       const char      *device);

/**
 * limn_cli_recipe_find_moved:
 * @vae: (nullable): where the VAE lies here, of all that have one beside the model's own
 *
 * Of files that @request and all requests in it name and that do not lie there any more the ones of the same name among @resources take the place.
 * Fails as limn_resources_find() does.
 */
gboolean     limn_cli_recipe_find_moved (LimnRequest         *request,
                                       const LimnResources *resources,
                                       const char          *vae,
                                       GError             **error);

/** limn_cli_recipe_inspect: opens @request's model. Runs the thread's default context. (transfer full): NULL with @error */
LimnInspection *limn_cli_recipe_inspect (LimnSession    *session,
                                       const LimnRequest *request,
                                       GCancellable      *cancellable,
                                       GError           **error);

/** limn_cli_recipe_resolve: @request with nothing open, as its model has it; likewise. Fails as painting @request would. (transfer full) */
LimnRequest *limn_cli_recipe_resolve  (LimnSession       *session,
                                       const LimnRequest *request,
                                       GCancellable      *cancellable,
                                       GError           **error);

G_END_DECLS
