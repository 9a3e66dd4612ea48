/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-request-files.h"

#include "session/limn-request-chain.h"

static void
add (GArray *files, LimnRequestFileKind kind, const char *id)
{
  const LimnRequestFile file = { kind, id };

  if (!id)
    return;
  for (guint i = 0; i < files->len; i++)
    {
      const LimnRequestFile *other = &g_array_index (files, LimnRequestFile, i);

      if (other->kind == kind && g_str_equal (other->id, id))
        return;
    }
  g_array_append_val (files, file);
}

static void
add_all (GArray *files, const LimnRequest *request)
{
  if (request->source)
    {
      add (files, LIMN_REQUEST_FILE_PICTURE, request->source->picture);
      add (files, LIMN_REQUEST_FILE_MASK, request->source->mask);
      add (files, LIMN_REQUEST_FILE_JPEG, request->source->file);
    }
  for (guint i = 0; request->controls && i < request->controls->len; i++)
    add (files, LIMN_REQUEST_FILE_PICTURE, ((const LimnRequestControl *) g_ptr_array_index (request->controls, i))->picture);
  if (request->mix && request->mix->way == LIMN_MIX_PICTURES)
    for (guint i = 0; i < request->mix->n_ends; i++)
      add (files, LIMN_REQUEST_FILE_PICTURE, request->mix->ends[i].picture);
  if (request->branch)
    add_all (files, request->branch->from);
}

GArray *
limn_request_list_files (const LimnRequest *request)
{
  GArray *files = g_array_new (FALSE, FALSE, sizeof (LimnRequestFile));

  add_all (files, request);
  return files;
}

gboolean
limn_request_carries_files (const LimnRequest *request)
{
  if (limn_request_get_root (request)->mix)
    return TRUE;
  for (; request; request = request->branch ? request->branch->from : NULL)
    if (request->controls)
      return TRUE;
  return FALSE;
}

char **
limn_request_list_control_models (const LimnRequest *request)
{
  GPtrArray *paths = g_ptr_array_new ();

  for (; request; request = request->branch ? request->branch->from : NULL)
    for (guint i = 0; request->controls && i < request->controls->len; i++)
      {
        const LimnRequestControl *control = g_ptr_array_index (request->controls, i);

        if (!g_ptr_array_find_with_equal_func (paths, control->model, g_str_equal, NULL))
          g_ptr_array_add (paths, g_strdup (control->model));
      }
  g_ptr_array_add (paths, NULL);
  return (char **) g_ptr_array_free (paths, FALSE);
}
