/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-control.h"

#include "base/limn-error.h"
#include "cli/limn-cli-source.h"

#include <string.h>

/* MODEL:PICTURE[:STRENGTH[:START[:END]]], taken apart */
typedef struct
{
  char  *model;
  char  *picture;
  double numbers[3];
} Given;

void
limn_cli_control_clear (LimnCliControl *options)
{
  g_strfreev (options->controls);
  g_strfreev (options->preprocessors);
}

static void
given_clear (Given *given)
{
  g_free (given->model);
  g_free (given->picture);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Given, given_clear)

/* Takes ":0.8" off the end of @text, if there is such a number. */
static gboolean
cut_number (char *text, double *number)
{
  char *colon = strrchr (text, ':'), *end;

  if (!colon || !colon[1])
    return FALSE;
  *number = g_ascii_strtod (colon + 1, &end);
  if (*end || !(g_ascii_isdigit (colon[1]) || colon[1] == '.'))
    return FALSE;
  *colon = '\0';
  return TRUE;
}

/* The path of what is called @name: a file or folder that is there, else one in the folders of --models. */
static char *
dup_model (const char *name, LimnResources *resources, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (name, NULL);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  return g_strdup (limn_resources_find (resources, LIMN_RESOURCE_CONTROL, name, error));
}

/* Names may have colons: the picture is the first that is there behind one. */
static gboolean
split_names (char *text, Given *given)
{
  for (char *colon = strchr (text, ':'); colon; colon = strchr (colon + 1, ':'))
    if (colon > text && g_file_test (colon + 1, G_FILE_TEST_IS_REGULAR))
      {
        given->model = g_strndup (text, colon - text);
        given->picture = g_strdup (colon + 1);
        return TRUE;
      }
  return FALSE;
}

static gboolean
parse (const char *text, Given *given, GError **error)
{
  g_autofree char *names = g_strdup (text);
  g_autofree char *shown = g_filename_display_name (text);
  double found[3];
  guint n = 0;

  while (n < G_N_ELEMENTS (found) && cut_number (names, &found[n]))
    n++;
  given->numbers[0] = 1;
  given->numbers[1] = 0;
  given->numbers[2] = 1;
  for (guint i = 0; i < n; i++)
    given->numbers[i] = found[n - 1 - i];
  if (split_names (names, given))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
               "--control is a ControlNet and a picture that is there, MODEL:PICTURE, and maybe strength, start and end, :0.8:0:0.5; not “%s”.",
               shown);
  return FALSE;
}

/* What the ControlNet's name asks for; either way it is said, since a name is only a name. */
static LimnControlMapKind
suggest_map (const char *model, const char *picture, LimnImage *image)
{
  g_autofree char *name = limn_resources_name_path (model);
  g_autofree char *shown = g_filename_display_basename (picture);
  LimnControlMapKind map = limn_control_map_kind_guess (name);
  const char *map_name = limn_control_map_kind_get_name (map);

  if (map == LIMN_CONTROL_MAP_NONE)
    return map;
  if (limn_control_map_is_made (image, map))
    {
      limn_cli_say ("Note: “%s” looks like a map already and is taken as it is; --control-preprocessor %s makes one of it.", shown, map_name);
      return LIMN_CONTROL_MAP_NONE;
    }
  limn_cli_say ("Note: for “%s”, “%s” goes through --control-preprocessor %s; with none it is taken as it is.", name, shown, map_name);
  return map;
}

/* The preprocessor of the control that is @i-th: its own, the one of all, or what its name asks for. */
static gboolean
find_map (const LimnCliControl *options, guint i, const char *model, const char *picture, LimnImage *image, LimnControlMapKind *map, GError **error)
{
  guint n = options->preprocessors ? g_strv_length (options->preprocessors) : 0;

  if (n == 0)
    {
      *map = suggest_map (model, picture, image);
      return TRUE;
    }
  return limn_control_map_kind_from_name (options->preprocessors[n == 1 ? 0 : i], map, error);
}

static gboolean
check_preprocessors (const LimnCliControl *options, GError **error)
{
  guint n = options->controls ? g_strv_length (options->controls) : 0;
  guint n_maps = options->preprocessors ? g_strv_length (options->preprocessors) : 0;

  if (n_maps <= 1 ? n > 0 || n_maps == 0 : n == n_maps)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
               "--control-preprocessor is given once for all, or once for each --control; there are %u of it for %u.", n_maps, n);
  return FALSE;
}

static LimnRequestControl *
make (const LimnCliControl *options, guint i, LimnResources *resources, LimnStash *stash, GError **error)
{
  g_auto(Given) given = { NULL };
  g_autofree char *model = NULL;
  g_autofree char *id = NULL;
  g_autoptr(LimnImage) image = NULL;
  g_autoptr(LimnRequestControl) control = NULL;

  if (!parse (options->controls[i], &given, error))
    return NULL;
  model = dup_model (given.model, resources, error);
  image = model ? limn_cli_source_load (given.picture, stash, &id, NULL, error) : NULL;
  if (!image)
    return NULL;
  control = limn_request_control_new (model, id);
  control->strength = given.numbers[0];
  control->start = given.numbers[1];
  control->end = given.numbers[2];
  if (!find_map (options, i, model, given.picture, image, &control->map, error))
    return NULL;
  return g_steal_pointer (&control);
}

gboolean
limn_cli_control_fill (const LimnCliControl *options, const LimnCliOptions *shared, LimnRequest *request, LimnStash *stash, GError **error)
{
  g_autoptr(LimnResources) resources = NULL;

  if (!check_preprocessors (options, error))
    return FALSE;
  if (!options->controls)
    return TRUE;
  resources = limn_cli_options_dup_resources (shared, error);
  if (!resources)
    return FALSE;
  limn_request_controls_clear (&request->controls);
  for (guint i = 0; options->controls[i]; i++)
    {
      LimnRequestControl *control = make (options, i, resources, stash, error);

      if (!control)
        return FALSE;
      limn_request_add_control (request, control);
    }
  return limn_request_check (request, error);
}

GPtrArray *
limn_cli_control_list_pictures (const LimnCliControl *options, GError **error)
{
  g_autoptr(GPtrArray) pictures = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; options->controls && options->controls[i]; i++)
    {
      g_auto(Given) given = { NULL };

      if (!parse (options->controls[i], &given, error))
        return NULL;
      g_ptr_array_add (pictures, g_steal_pointer (&given.picture));
    }
  return g_steal_pointer (&pictures);
}
