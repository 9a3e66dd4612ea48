/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-request-control.h"

#include "base/limn-error.h"
#include "session/limn-request-private.h"

#include <math.h>
#include <string.h>

static const char *const keys[] = { "model", "picture", "preprocessor", "strength", "start", "end", NULL };

LimnRequestControl *
limn_request_control_new (const char *model, const char *picture)
{
  LimnRequestControl *control = g_new0 (LimnRequestControl, 1);

  control->model = g_strdup (model);
  control->picture = g_strdup (picture);
  control->strength = 1;
  control->end = 1;
  return control;
}

LimnRequestControl *
limn_request_control_copy (const LimnRequestControl *control)
{
  LimnRequestControl *copy = g_memdup2 (control, sizeof *control);

  copy->model = g_strdup (control->model);
  copy->picture = g_strdup (control->picture);
  return copy;
}

void
limn_request_control_free (LimnRequestControl *control)
{
  if (!control)
    return;
  g_free (control->model);
  g_free (control->picture);
  g_free (control);
}

/* NaN, which only an unchecked request holds, is equal to itself here. */
static gboolean
is_same (double a, double b)
{
  return memcmp (&a, &b, sizeof a) == 0;
}

gboolean
limn_request_control_equal (const LimnRequestControl *a, const LimnRequestControl *b)
{
  return g_strcmp0 (a->model, b->model) == 0 && g_strcmp0 (a->picture, b->picture) == 0 && a->map == b->map &&
         is_same (a->strength, b->strength) && is_same (a->start, b->start) && is_same (a->end, b->end);
}

gboolean
limn_request_control_is_active (const LimnRequestControl *control, guint step, guint n_steps)
{
  /* Middles of steps: 0.29 of 100 steps is 28.999999999999996. */
  double at = (step + 0.5) / n_steps;

  return control->start <= at && at < control->end;
}

GPtrArray *
limn_request_control_new_list (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) limn_request_control_free);
}

/* --- The field of a request --- */

static GPtrArray *
get_list (gconstpointer field)
{
  return *(GPtrArray *const *) field;
}

void
limn_request_controls_own (gpointer field)
{
  GPtrArray *from = get_list (field), *to = limn_request_control_new_list ();

  for (guint i = 0; i < from->len; i++)
    g_ptr_array_add (to, limn_request_control_copy (g_ptr_array_index (from, i)));
  *(GPtrArray **) field = to;
}

void
limn_request_controls_clear (gpointer field)
{
  g_clear_pointer ((GPtrArray **) field, g_ptr_array_unref);
}

gboolean
limn_request_controls_equal (gconstpointer a, gconstpointer b)
{
  GPtrArray *first = get_list (a), *second = get_list (b);

  if (!first || !second || first->len != second->len)
    return first == second;
  for (guint i = 0; i < first->len; i++)
    if (!limn_request_control_equal (g_ptr_array_index (first, i), g_ptr_array_index (second, i)))
      return FALSE;
  return TRUE;
}

static gboolean
fail (GError **error, const char *message)
{
  g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_INVALID, message);
  return FALSE;
}

static gboolean
check (const LimnRequestControl *control, GError **error)
{
  if (!control->model || !*control->model)
    return fail (error, "A picture to draw by needs a ControlNet: choose its file.");
  if (!limn_request_check_path ("The ControlNet", control->model, error))
    return FALSE;
  if (!limn_request_source_id_is_valid (control->picture))
    return fail (error, "The picture to draw by must be named by the SHA-256 of its pixels, 64 digits of hexadecimal.");
  if ((guint) control->map >= LIMN_CONTROL_MAP_N_KINDS)
    return fail (error, "There is no such preprocessor for a picture to draw by.");
  /* NaN fails all comparisons. */
  if (!(control->strength >= 0 && control->strength <= LIMN_CONTROL_MAX_STRENGTH))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The strength of a ControlNet must be a number from 0 to %g, not %g.",
                   LIMN_CONTROL_MAX_STRENGTH, control->strength);
      return FALSE;
    }
  if (!(control->start >= 0 && control->start <= control->end && control->end <= 1))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "A ControlNet must begin and end between 0 and 1 (of the steps), and not begin after its end: %g to %g.", control->start,
                   control->end);
      return FALSE;
    }
  return TRUE;
}

gboolean
limn_request_controls_check (gconstpointer field, GError **error)
{
  GPtrArray *list = get_list (field);

  if (list->len == 0 || list->len > LIMN_REQUEST_MAX_CONTROLS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There may be 1 to %d ControlNets, not %u.", LIMN_REQUEST_MAX_CONTROLS, list->len);
      return FALSE;
    }
  for (guint i = 0; i < list->len; i++)
    if (!check (g_ptr_array_index (list, i), error))
      return FALSE;
  return TRUE;
}

/* --- JSON --- */

void
limn_request_controls_write (gconstpointer field, LimnJsonText *text, const char *key)
{
  GPtrArray *list = get_list (field);

  limn_json_text_begin_array (text, key);
  for (guint i = 0; i < list->len; i++)
    {
      const LimnRequestControl *control = g_ptr_array_index (list, i);
      g_autofree char *model = limn_request_fold_home (control->model);

      limn_json_text_begin_object (text, NULL);
      limn_json_text_add_string (text, "model", model);
      limn_json_text_add_string (text, "picture", control->picture);
      limn_json_text_add_string (text, "preprocessor", limn_control_map_kind_get_name (control->map));
      limn_json_text_add_double (text, "strength", control->strength);
      limn_json_text_add_double (text, "start", control->start);
      limn_json_text_add_double (text, "end", control->end);
      limn_json_text_end_object (text);
    }
  limn_json_text_end_array (text);
}

char *
limn_request_controls_to_text (GPtrArray *controls)
{
  LimnJsonText *text = limn_json_text_new ();

  limn_json_text_begin_object (text, NULL);
  limn_request_controls_write (&controls, text, "controls");
  limn_json_text_end_object (text);
  return limn_json_text_free (text);
}

static LimnRequestControl *
read_one (LimnJson *json, const char *key, guint index, GError **error)
{
  g_autoptr(LimnJson) object = limn_json_get_element (json, key, index, error);
  g_autoptr(LimnRequestControl) control = limn_request_control_new (NULL, NULL);
  const char *model, *picture, *map;

  if (!object || !limn_request_check_keys (object, keys, "a ControlNet", error) || !limn_json_get_string (object, "model", &model, error) ||
      !limn_json_get_string (object, "picture", &picture, error) || !limn_json_get_string (object, "preprocessor", &map, error) ||
      !limn_control_map_kind_from_name (map, &control->map, error) ||
      !limn_json_get_double (object, "strength", -G_MAXDOUBLE, G_MAXDOUBLE, &control->strength, error) ||
      !limn_json_get_double (object, "start", -G_MAXDOUBLE, G_MAXDOUBLE, &control->start, error) ||
      !limn_json_get_double (object, "end", -G_MAXDOUBLE, G_MAXDOUBLE, &control->end, error))
    return NULL;
  control->model = limn_request_unfold_home (model);
  control->picture = g_strdup (picture);
  return g_steal_pointer (&control);
}

gboolean
limn_request_controls_read (LimnJson *json, const char *key, gpointer field, GError **error)
{
  g_autoptr(GPtrArray) list = limn_request_control_new_list ();
  guint n;

  if (!limn_json_get_length (json, key, &n, error))
    return FALSE;
  if (n > LIMN_REQUEST_MAX_CONTROLS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: %u ControlNets; there are at most %d.", limn_json_get_name (json), n,
                   LIMN_REQUEST_MAX_CONTROLS);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    {
      LimnRequestControl *control = read_one (json, key, i, error);

      if (!control)
        return FALSE;
      g_ptr_array_add (list, control);
    }
  *(GPtrArray **) field = g_steal_pointer (&list);
  return TRUE;
}
