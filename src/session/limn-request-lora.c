/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-request-lora.h"

#include "base/limn-error.h"
#include "formats/limn-json.h"
#include "formats/limn-prompt-program.h"
#include "session/limn-json-text.h"
#include "session/limn-request-private.h"

#include <string.h>

void
limn_request_lora_free (LimnRequestLora *lora)
{
  if (!lora)
    return;
  g_free (lora->path);
  g_free (lora);
}

static LimnRequestLora *
lora_new (const char *path, double strength, double text_strength, gboolean tagged)
{
  LimnRequestLora *lora = g_new (LimnRequestLora, 1);

  *lora = (LimnRequestLora) { g_strdup (path), strength, text_strength, tagged };
  return lora;
}

static GPtrArray *
list_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) limn_request_lora_free);
}

static GPtrArray *
list_copy (const GPtrArray *loras)
{
  GPtrArray *copy = list_new ();

  for (guint i = 0; loras && i < loras->len; i++)
    {
      const LimnRequestLora *lora = loras->pdata[i];

      g_ptr_array_add (copy, lora_new (lora->path, lora->strength, lora->text_strength, lora->tagged));
    }
  return copy;
}

/* --- Of a request --- */

void
limn_request_add_lora (LimnRequest *request, const char *path, double strength, double text_strength)
{
  if (!request->loras)
    request->loras = list_new ();
  g_ptr_array_add (request->loras, lora_new (path, strength, text_strength, FALSE));
}

void
limn_request_clear_loras (LimnRequest *request, gboolean tagged)
{
  for (guint i = request->loras ? request->loras->len : 0; i > 0; i--)
    if (((LimnRequestLora *) g_ptr_array_index (request->loras, i - 1))->tagged == !!tagged)
      g_ptr_array_remove_index (request->loras, i - 1);
  /* Without any the field is unused, and the request as it was before there were LoRAs. */
  if (request->loras && request->loras->len == 0)
    g_clear_pointer (&request->loras, g_ptr_array_unref);
}

/* Of those that a prompt had before. Returns: (transfer none) (nullable) */
static const char *
find_tagged (const LimnRequest *request, const char *name)
{
  g_autofree char *plain = limn_resources_name_path (name);

  for (guint i = 0; request->loras && i < request->loras->len; i++)
    {
      const LimnRequestLora *lora = request->loras->pdata[i];
      g_autofree char *other = lora->tagged ? limn_resources_name_path (lora->path) : NULL;

      if (other && g_ascii_strcasecmp (other, plain) == 0)
        return lora->path;
    }
  return NULL;
}

/* The tagged ones, new, in the place of the old. @tagged: emptied. */
static void
put_tagged (LimnRequest *request, GPtrArray *tagged)
{
  limn_request_clear_loras (request, TRUE);
  if (tagged->len > 0 && !request->loras)
    request->loras = list_new ();
  while (tagged->len > 0)
    g_ptr_array_add (request->loras, g_ptr_array_steal_index (tagged, 0));
}

gboolean
limn_request_resolve_loras (LimnRequest *request, const LimnResources *resources, GError **error)
{
  g_autoptr(LimnPromptProgram) program = limn_prompt_program_new (request->prompt, request->syntax, LIMN_PROMPT_POSITIVE, error);
  g_autoptr(GPtrArray) tagged = list_new ();

  if (!program)
    return FALSE;
  for (guint i = 0; i < limn_prompt_program_get_n_loras (program); i++)
    {
      const LimnPromptLora *tag = limn_prompt_program_get_lora (program, i);
      g_autoptr(GError) local = NULL;
      const char *path = limn_resources_find (resources, LIMN_RESOURCE_LORA, tag->name, &local);

      if (!path)
        path = find_tagged (request, tag->name);
      if (!path)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      g_ptr_array_add (tagged, lora_new (path, tag->unet_strength, tag->text_strength, TRUE));
    }
  put_tagged (request, tagged);
  return TRUE;
}

/* (transfer full) */
static char *
guess_path (const LimnRequest *request, const char *name)
{
  const char *path = find_tagged (request, name);
  const LimnRequestLora *other = request->loras ? g_ptr_array_index (request->loras, request->loras->len - 1) : NULL;
  g_autofree char *folder = other ? g_path_get_dirname (other->path) : g_strdup (".");
  g_autofree char *file = g_strconcat (name, ".safetensors", NULL);

  return path ? g_strdup (path) : g_build_filename (folder, file, NULL);
}

void
limn_request_retag_loras (LimnRequest *request)
{
  g_autoptr(LimnPromptProgram) program = limn_prompt_program_new (request->prompt, request->syntax, LIMN_PROMPT_POSITIVE, NULL);
  g_autoptr(GPtrArray) tagged = list_new ();

  for (guint i = 0; program && i < limn_prompt_program_get_n_loras (program); i++)
    {
      const LimnPromptLora *tag = limn_prompt_program_get_lora (program, i);
      g_autofree char *path = guess_path (request, tag->name);

      g_ptr_array_add (tagged, lora_new (path, tag->unet_strength, tag->text_strength, TRUE));
    }
  if (program)
    put_tagged (request, tagged);
}

/* --- Of a mix --- */

/* All of one end, or of ends that have the same. */
typedef struct
{
  const GPtrArray *loras; /* (nullable) */
  double           weight;
} Share;

static void
add_share (GArray *shares, const GPtrArray *loras, double weight)
{
  const Share share = { loras, weight };

  for (guint i = 0; i < shares->len; i++)
    {
      Share *other = &g_array_index (shares, Share, i);

      if (limn_request_loras_equal (&other->loras, &loras))
        {
          other->weight += weight;
          return;
        }
    }
  g_array_append_val (shares, share);
}

static void
collect (const LimnRequest *request, double weight, GArray *shares)
{
  const LimnRequestMix *mix = request->mix;
  double weights[LIMN_MIX_MAX_ENDS];

  if (!mix || !limn_request_mix_has_prompts (mix))
    {
      add_share (shares, request->loras, weight);
      return;
    }
  limn_request_mix_get_weights (mix, weights);
  for (guint i = 0; i < mix->n_ends; i++)
    if (weights[i] > 0)
      collect (mix->ends[i].request, weight * weights[i], shares);
}

static void
add_weighted (GPtrArray *sum, const LimnRequestLora *lora, double weight)
{
  for (guint i = 0; i < sum->len; i++)
    {
      LimnRequestLora *other = g_ptr_array_index (sum, i);

      if (g_str_equal (other->path, lora->path))
        {
          other->strength += weight * lora->strength;
          other->text_strength += weight * lora->text_strength;
          return;
        }
    }
  g_ptr_array_add (sum, lora_new (lora->path, weight * lora->strength, weight * lora->text_strength, lora->tagged));
}

GPtrArray *
limn_request_list_loras (const LimnRequest *request)
{
  g_autoptr(GArray) shares = g_array_new (FALSE, FALSE, sizeof (Share));
  GPtrArray *sum;

  collect (request, 1, shares);
  if (shares->len == 1)
    return list_copy (g_array_index (shares, Share, 0).loras);
  sum = list_new ();
  for (guint i = 0; i < shares->len; i++)
    {
      const Share *share = &g_array_index (shares, Share, i);

      for (guint j = 0; share->loras && j < share->loras->len; j++)
        add_weighted (sum, g_ptr_array_index (share->loras, j), share->weight);
    }
  return sum;
}

/* --- The part of a request --- */

void
limn_request_loras_own (gpointer field)
{
  GPtrArray **loras = field;

  *loras = list_copy (*loras);
}

void
limn_request_loras_clear (gpointer field)
{
  g_clear_pointer ((GPtrArray **) field, g_ptr_array_unref);
}

gboolean
limn_request_loras_equal (gconstpointer a, gconstpointer b)
{
  const GPtrArray *first = *(GPtrArray *const *) a, *second = *(GPtrArray *const *) b;

  if ((first ? first->len : 0) != (second ? second->len : 0))
    return FALSE;
  for (guint i = 0; first && i < first->len; i++)
    {
      const LimnRequestLora *x = first->pdata[i], *y = second->pdata[i];

      /* Whether a LoRA stands in the prompt changes no pixel, but says what a program may take out of the list. */
      if (!g_str_equal (x->path, y->path) || x->strength != y->strength || x->text_strength != y->text_strength || x->tagged != y->tagged)
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_strength (const char *what, const LimnRequestLora *lora, double strength, GError **error)
{
  g_autofree char *name = NULL;

  if (strength >= -LIMN_REQUEST_MAX_LORA_STRENGTH && strength <= LIMN_REQUEST_MAX_LORA_STRENGTH)
    return TRUE;
  name = g_filename_display_basename (lora->path);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The %s of the LoRA “%s” must be a number from %g to %g, not %g.", what, name,
               -LIMN_REQUEST_MAX_LORA_STRENGTH, LIMN_REQUEST_MAX_LORA_STRENGTH, strength);
  return FALSE;
}

gboolean
limn_request_loras_check (gconstpointer field, GError **error)
{
  const GPtrArray *loras = *(GPtrArray *const *) field;

  if (loras->len > LIMN_REQUEST_MAX_LORAS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "A picture can have %d LoRAs at most, not %u.", LIMN_REQUEST_MAX_LORAS, loras->len);
      return FALSE;
    }
  for (guint i = 0; i < loras->len; i++)
    {
      const LimnRequestLora *lora = loras->pdata[i];

      if (!lora->path || !*lora->path)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "A LoRA has no file.");
          return FALSE;
        }
      if (!limn_request_check_path ("The LoRA", lora->path, error) ||
          !check_strength ("strength", lora, lora->strength, error) ||
          !check_strength ("strength for the text encoder", lora, lora->text_strength, error))
        return FALSE;
    }
  return TRUE;
}

void
limn_request_loras_write (gconstpointer field, LimnJsonText *text, const char *key)
{
  const GPtrArray *loras = *(GPtrArray *const *) field;

  limn_json_text_begin_array (text, key);
  for (guint i = 0; i < loras->len; i++)
    {
      const LimnRequestLora *lora = loras->pdata[i];
      g_autofree char *path = limn_request_fold_home (lora->path);

      limn_json_text_begin_object (text, NULL);
      limn_json_text_add_string (text, "path", path);
      limn_json_text_add_double (text, "strength", lora->strength);
      limn_json_text_add_double (text, "text_strength", lora->text_strength);
      limn_json_text_add_bool (text, "tagged", lora->tagged);
      limn_json_text_end_object (text);
    }
  limn_json_text_end_array (text);
}

static LimnRequestLora *
read_lora (LimnJson *json, const char *key, guint i, GError **error)
{
  static const char *const keys[] = { "path", "strength", "text_strength", "tagged", NULL };
  const double most = LIMN_REQUEST_MAX_LORA_STRENGTH;
  g_autoptr(LimnJson) object = limn_json_get_element (json, key, i, error);
  g_autofree char *real = NULL;
  const char *path;
  double strength, text_strength;
  gboolean tagged;

  if (!object || !limn_request_check_keys (object, keys, "a LoRA", error) || !limn_json_get_string (object, "path", &path, error) ||
      !limn_json_get_double (object, "strength", -most, most, &strength, error) ||
      !limn_json_get_double (object, "text_strength", -most, most, &text_strength, error) ||
      !limn_json_get_bool (object, "tagged", &tagged, error))
    return NULL;
  real = limn_request_unfold_home (path);
  return lora_new (real, strength, text_strength, tagged);
}

gboolean
limn_request_loras_read (LimnJson *json, const char *key, gpointer field, GError **error)
{
  g_autoptr(GPtrArray) loras = list_new ();
  guint n;

  if (!limn_json_get_length (json, key, &n, error))
    return FALSE;
  if (n == 0 || n > LIMN_REQUEST_MAX_LORAS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s”: “%s” holds %u, it must hold 1 to %d.", limn_json_get_name (json), key, n,
                   LIMN_REQUEST_MAX_LORAS);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    {
      LimnRequestLora *lora = read_lora (json, key, i, error);

      if (!lora)
        return FALSE;
      g_ptr_array_add (loras, lora);
    }
  *(GPtrArray **) field = g_steal_pointer (&loras);
  return TRUE;
}
