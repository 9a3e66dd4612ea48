/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Those that are on are the request's own; those that rest lie beside it. A file is in one of both, once. What stands in the prompt is looked up
 * when a request is made; what came so with a picture stays in the request, where that look-up finds it, and is no line of the panel. */
#include "config.h"

#include "session/limn-draft-loras.h"

#include "session/limn-draft-private.h"

#include <string.h>

/* Path, strengths. */
#define RESTING_TYPE "a(sdd)"

void
limn_draft_lora_free (LimnDraftLora *lora)
{
  if (!lora)
    return;
  g_free (lora->path);
  g_free (lora);
}

static void
list (GPtrArray *all, const GPtrArray *some, gboolean enabled)
{
  for (guint i = 0; some && i < some->len; i++)
    {
      const LimnRequestLora *lora = some->pdata[i];
      LimnDraftLora *line;

      if (lora->tagged)
        continue;
      line = g_new0 (LimnDraftLora, 1);
      line->path = g_strdup (lora->path);
      line->strength = lora->strength;
      line->text_strength = lora->text_strength;
      line->enabled = enabled;
      g_ptr_array_add (all, line);
    }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  const LimnDraftLora *one = *(const LimnDraftLora *const *) a, *other = *(const LimnDraftLora *const *) b;
  g_autofree char *name = g_path_get_basename (one->path);
  g_autofree char *other_name = g_path_get_basename (other->path);
  int order = strcmp (name, other_name);

  return order != 0 ? order : strcmp (one->path, other->path);
}

GPtrArray *
limn_draft_list_loras (LimnDraft *self)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_draft_lora_free);

  list (all, self->request->loras, TRUE);
  list (all, self->resting, FALSE);
  g_ptr_array_sort (all, compare_names);
  return all;
}

/* A request that has none has no array either. */
static LimnRequestLora *
find (GPtrArray *some, const char *path, guint *at)
{
  for (*at = 0; some && *at < some->len; (*at)++)
    {
      LimnRequestLora *lora = some->pdata[*at];

      if (!lora->tagged && g_str_equal (lora->path, path))
        return lora;
    }
  return NULL;
}

static gboolean
take_out (LimnDraft *self, const char *path)
{
  gboolean found = FALSE;
  guint at;

  if (find (self->resting, path, &at))
    {
      g_ptr_array_remove_index (self->resting, at);
      found = TRUE;
    }
  if (find (self->request->loras, path, &at))
    {
      g_ptr_array_remove_index (self->request->loras, at);
      if (self->request->loras->len == 0)
        g_clear_pointer (&self->request->loras, g_ptr_array_unref);
      found = TRUE;
    }
  return found;
}

static void
add_resting (LimnDraft *self, const char *path, double strength, double text_strength)
{
  LimnRequestLora *lora = g_new0 (LimnRequestLora, 1);

  lora->path = g_strdup (path);
  lora->strength = strength;
  lora->text_strength = text_strength;
  g_ptr_array_add (self->resting, lora);
}

void
limn_draft_put_lora (LimnDraft *self, const char *path, double strength, double text_strength, gboolean enabled)
{
  guint at;
  LimnRequestLora *lora = find (self->request->loras, path, &at);

  strength = CLAMP (strength, -LIMN_REQUEST_MAX_LORA_STRENGTH, LIMN_REQUEST_MAX_LORA_STRENGTH);
  text_strength = CLAMP (text_strength, -LIMN_REQUEST_MAX_LORA_STRENGTH, LIMN_REQUEST_MAX_LORA_STRENGTH);
  /* In its place: the order of those that are on is that in which they are added up. */
  if (lora && enabled)
    {
      if (lora->strength == strength && lora->text_strength == text_strength)
        return;
      lora->strength = strength;
      lora->text_strength = text_strength;
    }
  else
    {
      if (enabled && self->request->loras && self->request->loras->len >= LIMN_REQUEST_MAX_LORAS)
        return;
      take_out (self, path);
      if (enabled)
        limn_request_add_lora (self->request, path, strength, text_strength);
      else
        add_resting (self, path, strength, text_strength);
    }
  g_object_notify (G_OBJECT (self), "loras");
}

void
limn_draft_remove_lora (LimnDraft *self, const char *path)
{
  if (take_out (self, path))
    g_object_notify (G_OBJECT (self), "loras");
}

void
limn_draft_settle_loras (LimnDraft *self)
{
  /* One that is on now rests no longer. */
  for (guint i = self->resting->len; i-- > 0;)
    {
      const LimnRequestLora *lora = self->resting->pdata[i];
      guint at;

      if (find (self->request->loras, lora->path, &at))
        g_ptr_array_remove_index (self->resting, i);
    }
}

char *
limn_draft_write_resting (LimnDraft *self)
{
  GVariantBuilder all;
  g_autoptr(GVariant) value = NULL;

  g_variant_builder_init (&all, G_VARIANT_TYPE (RESTING_TYPE));
  for (guint i = 0; i < self->resting->len; i++)
    {
      const LimnRequestLora *lora = self->resting->pdata[i];

      if (g_utf8_validate (lora->path, -1, NULL))
        g_variant_builder_add (&all, "(sdd)", lora->path, lora->strength, lora->text_strength);
    }
  value = g_variant_ref_sink (g_variant_builder_end (&all));
  return g_variant_print (value, FALSE);
}

void
limn_draft_read_resting (LimnDraft *self, const char *text)
{
  g_autoptr(GVariant) value = g_variant_parse (G_VARIANT_TYPE (RESTING_TYPE), text, NULL, NULL, NULL);
  GVariantIter iter;
  const char *path;
  double strength, text_strength;

  g_ptr_array_set_size (self->resting, 0);
  if (!value)
    return;
  g_variant_iter_init (&iter, value);
  while (self->resting->len < LIMN_REQUEST_MAX_LORAS && g_variant_iter_next (&iter, "(&sdd)", &path, &strength, &text_strength))
    limn_draft_put_lora (self, path, strength, text_strength, FALSE);
}
