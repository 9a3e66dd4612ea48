/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-ends.h"

#include "cli/limn-cli-recipe.h"
#include "cli/limn-cli-source.h"

#include "base/limn-error.h"
#include "session/limn-import.h"

#include <string.h>

/* What models of all known families want of a picture's sides. */
#define MULTIPLE 8

void
limn_cli_ends_clear (LimnCliEnds *ends)
{
  for (guint i = 0; i < LIMN_MIX_MAX_ENDS; i++)
    {
      limn_request_free (ends->requests[i]);
      g_free (ends->pictures[i]);
    }
}

/* A request to begin with: everything as in @like but for what it shows, where it parts and what it starts from. */
static LimnRequest *
begin_like (const LimnRequest *like)
{
  LimnRequest *request;

  if (!like)
    return limn_request_new ();
  request = limn_request_copy (like);
  limn_request_take_branch (request, NULL);
  limn_request_take_mix (request, NULL);
  limn_request_set_source (request, NULL);
  request->tile = request->overlap = 0;
  request->variation_seed = 0;
  request->variation_strength = 0;
  request->seed_width = request->seed_height = 0;
  return request;
}

/* "a house@home@12" is the prompt "a house@home" and the seed 12. @like: (nullable): what else it is like. NULL: it is no such thing. */
static LimnRequest *
parse_prompt (const char *name, const LimnRequest *like, const LimnCliOptions *options, const char *size, GError **error)
{
  const char *at = strrchr (name, '@');
  g_autofree char *prompt = at ? g_strndup (name, at - name) : NULL;
  g_autofree char *shown = g_filename_display_name (name);
  g_autoptr(LimnRequest) request = begin_like (like);

  if (!at || !*g_strstrip (prompt) || !g_ascii_string_to_unsigned (at + 1, 10, 0, G_MAXUINT64, &request->seed, NULL))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "There is no file “%s”; and a prompt has its seed behind it, as in \"a red house@1\".", shown);
      return NULL;
    }
  if (!g_utf8_validate (prompt, -1, NULL))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "“%s” is not UTF-8.", shown);
      return NULL;
    }
  limn_request_set_prompt (request, prompt);
  if ((size && !limn_cli_parse_size ("--size", size, &request->width, &request->height, error)))
    return NULL;
  if (size)
    request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  {
    guint64 seed = request->seed;

    if (!limn_cli_options_fill (options, request, error))
      return NULL;
    request->seed = seed;
  }
  request->preview = LIMN_PREVIEW_NONE;
  return g_steal_pointer (&request);
}

/* How the picture in @path was made: (out) (nullable), nothing open. */
static gboolean
read_request (const char *path, gboolean needed, const LimnCliOptions *options, LimnSession *session, GCancellable *cancellable,
              LimnRequest **request, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autoptr(LimnImport) import = limn_import_new_for_file (path, MULTIPLE, NULL);
  g_autoptr(LimnRequest) found = NULL;

  *request = NULL;
  if (!import || !import->request || !import->has_seed)
    {
      if (needed)
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                     "“%s” does not say how it was made: --way noise needs pictures of Limn, or prompts with their seeds. --way pictures takes any.",
                     shown);
      return !needed;
    }
  for (guint i = 0; needed && i < import->notes->len; i++)
    limn_cli_say ("Note: %s: %s", shown, (const char *) g_ptr_array_index (import->notes, i));
  found = limn_request_copy (import->request);
  found->variation_seed = limn_request_get_variation_seed (found);
  found->seed = limn_request_get_seed (found);
  found->batch_index = 0;
  found->batch_count = 1;
  found->preview = LIMN_PREVIEW_NONE;
  found->preview_every = 1;
  found->preview_half = found->keep_latents = FALSE;
  limn_cli_recipe_move (found, options->model, options->device);
  *request = found->open ? limn_cli_recipe_resolve (session, found, cancellable, error) : g_steal_pointer (&found);
  return *request != NULL;
}

gboolean
limn_cli_ends_load (LimnCliEnds          *ends,
                    char                **names,
                    gboolean              pictures,
                    const LimnCliOptions *options,
                    const char           *size,
                    LimnSession          *session,
                    LimnStash            *stash,
                    GCancellable         *cancellable,
                    GError              **error)
{
  const LimnRequest *like = NULL;

  /* Files first: prompts are painted as these were. */
  for (guint i = 0; i < ends->n; i++)
    {
      g_autoptr(LimnImage) picture = NULL;

      if (!g_file_test (names[i], G_FILE_TEST_EXISTS))
        continue;
      if (pictures)
        picture = limn_cli_source_load (names[i], stash, &ends->pictures[i], NULL, error);
      if ((pictures && !picture) || !read_request (names[i], !pictures, options, session, cancellable, &ends->requests[i], error))
        return FALSE;
      if (!like)
        like = ends->requests[i];
    }
  for (guint i = 0; i < ends->n; i++)
    {
      g_autoptr(LimnRequest) request = NULL;
      g_autoptr(LimnResult) result = NULL;
      g_autoptr(LimnImage) picture = NULL;

      if (g_file_test (names[i], G_FILE_TEST_EXISTS))
        continue;
      request = parse_prompt (names[i], like, options, size, error);
      ends->requests[i] = request ? limn_cli_recipe_resolve (session, request, cancellable, error) : NULL;
      if (!ends->requests[i])
        return FALSE;
      if (!pictures)
        continue;
      result = limn_session_generate_sync (session, ends->requests[i], NULL, cancellable, error);
      if (!result)
        return FALSE;
      picture = limn_image_dup_as (result->picture, LIMN_PIXEL_RGB8);
      ends->pictures[i] = limn_stash_add (stash, picture);
      ends->painted = TRUE;
    }
  return TRUE;
}
