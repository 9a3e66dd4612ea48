/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-resources.h"

#include "base/limn-error.h"

#include <string.h>

/* Letters of a name that may be otherwise for it still to be taken for a slip of the hand; a third of a short name. */
#define MAX_SLIPS 3
/* Of names: nobody means a longer one, and comparing two takes the product of their lengths. */
#define MAX_COMPARED 64

typedef struct
{
  char *name;
  char *path;
} Entry;

typedef struct
{
  GPtrArray  *entries;  /* (element-type Entry) */
  GHashTable *by_name;  /* name -> Entry */
  GHashTable *by_folded; /* name without its letter case -> Entry */
} Kind;

struct _LimnResources
{
  gatomicrefcount refs;
  Kind            kinds[LIMN_RESOURCE_N_KINDS];
};

static const char *const endings[] = { ".safetensors", ".pt", ".ckpt", ".bin" };

static void
entry_free (Entry *entry)
{
  g_free (entry->name);
  g_free (entry->path);
  g_free (entry);
}

LimnResources *
limn_resources_new (void)
{
  LimnResources *resources = g_new0 (LimnResources, 1);

  g_atomic_ref_count_init (&resources->refs);
  for (guint i = 0; i < LIMN_RESOURCE_N_KINDS; i++)
    {
      resources->kinds[i].entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
      resources->kinds[i].by_name = g_hash_table_new (g_str_hash, g_str_equal);
      resources->kinds[i].by_folded = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    }
  return resources;
}

LimnResources *
limn_resources_ref (LimnResources *resources)
{
  g_atomic_ref_count_inc (&resources->refs);
  return resources;
}

void
limn_resources_unref (LimnResources *resources)
{
  if (resources == NULL || !g_atomic_ref_count_dec (&resources->refs))
    return;
  for (guint i = 0; i < LIMN_RESOURCE_N_KINDS; i++)
    {
      g_hash_table_unref (resources->kinds[i].by_name);
      g_hash_table_unref (resources->kinds[i].by_folded);
      g_ptr_array_unref (resources->kinds[i].entries);
    }
  g_free (resources);
}

/* --- Names --- */

static char *
cut_ending (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      gsize length = strlen (endings[i]);
      gsize all = strlen (name);

      if (all > length && g_ascii_strcasecmp (name + all - length, endings[i]) == 0)
        return g_strndup (name, all - length);
    }
  return g_strdup (name);
}

/* What files in folders of the diffusers layout are called, whatever is in them: there the folder has the name. */
static gboolean
says_nothing (const char *base)
{
  static const char *const beginnings[] = { "diffusion_pytorch_model.", "pytorch_lora_weights.", "pytorch_model.", "model.", "learned_embeds." };

  for (guint i = 0; i < G_N_ELEMENTS (beginnings); i++)
    if (g_str_has_prefix (base, beginnings[i]))
      return TRUE;
  return FALSE;
}

char *
limn_resources_name_path (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *above = g_path_get_basename (folder);
  g_autofree char *valid = g_utf8_make_valid (says_nothing (base) && *above != '/' && *above != '.' ? above : base, -1);

  return cut_ending (valid);
}

/* Composed alike too: a file's name from another system may hold a letter and its accent apart. */
static char *
fold (const char *name)
{
  g_autofree char *folded = g_utf8_casefold (name, -1);

  return g_utf8_normalize (folded, -1, G_NORMALIZE_ALL);
}

void
limn_resources_add (LimnResources *resources, LimnResourceKind kind, const char *name, const char *path)
{
  Kind *list = &resources->kinds[kind];
  g_autofree char *own = name ? g_utf8_make_valid (name, -1) : limn_resources_name_path (path);
  g_autofree char *folded = fold (own);
  Entry *entry;

  if (!*own || g_hash_table_contains (list->by_name, own))
    return;
  entry = g_new0 (Entry, 1);
  entry->name = g_steal_pointer (&own);
  entry->path = g_strdup (path);
  g_ptr_array_add (list->entries, entry);
  g_hash_table_insert (list->by_name, entry->name, entry);
  if (!g_hash_table_contains (list->by_folded, folded))
    g_hash_table_insert (list->by_folded, g_steal_pointer (&folded), entry);
}

/* --- Finding --- */

/* As it is written, then without its ending, then without its folders; each first in its letter case. */
static const Entry *
look_up (const Kind *kind, const char *name)
{
  const char *slash = MAX (strrchr (name, '/'), strrchr (name, '\\'));
  g_autofree char *cut = cut_ending (name);
  g_autofree char *base = cut_ending (slash ? slash + 1 : name);
  const char *const written[] = { name, cut, base };

  for (guint i = 0; i < G_N_ELEMENTS (written); i++)
    {
      g_autofree char *folded = fold (written[i]);
      const Entry *entry = g_hash_table_lookup (kind->by_name, written[i]);

      if (!entry)
        entry = g_hash_table_lookup (kind->by_folded, folded);
      if (entry)
        return entry;
    }
  return NULL;
}

/* Levenshtein's distance of the bytes: enough to guess what was meant. */
static guint
count_slips (const char *a, const char *b)
{
  guint row[MAX_COMPARED + 1];
  gsize na = strlen (a);
  gsize nb = strlen (b);

  if (na > MAX_COMPARED || nb > MAX_COMPARED)
    return G_MAXUINT;
  for (guint j = 0; j <= nb; j++)
    row[j] = j;
  for (guint i = 1; i <= na; i++)
    {
      guint corner = row[0];

      row[0] = i;
      for (guint j = 1; j <= nb; j++)
        {
          guint above = row[j];

          row[j] = MIN (MIN (above, row[j - 1]) + 1, corner + (a[i - 1] != b[j - 1]));
          corner = above;
        }
    }
  return row[nb];
}

/* (nullable) */
static const Entry *
guess (const Kind *kind, const char *name)
{
  g_autofree char *cut = cut_ending (name);
  g_autofree char *folded = fold (cut);
  guint least = MIN (MAX_SLIPS, strlen (folded) / 3) + 1;
  const Entry *best = NULL;

  for (guint i = 0; i < kind->entries->len; i++)
    {
      const Entry *entry = kind->entries->pdata[i];
      g_autofree char *other = fold (entry->name);
      guint slips = count_slips (folded, other);

      if (slips < least)
        {
          least = slips;
          best = entry;
        }
    }
  return best;
}

const char *
limn_resources_find (const LimnResources *resources, LimnResourceKind kind, const char *name, GError **error)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  const Entry *entry = resources ? look_up (&resources->kinds[kind], valid) : NULL;
  const Entry *near;

  if (entry)
    return entry->path;
  near = resources ? guess (&resources->kinds[kind], valid) : NULL;
  if (near)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There is no file called “%s” that is %s in the model folders; the nearest is “%s”.",
                 valid, limn_resource_kind_get_words (kind), near->name);
  else
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "There is no file called “%s” that is %s in the model folders.", valid,
                 limn_resource_kind_get_words (kind));
  return NULL;
}

guint
limn_resources_get_n (const LimnResources *resources, LimnResourceKind kind)
{
  return resources ? resources->kinds[kind].entries->len : 0;
}

const char *
limn_resources_get_name (const LimnResources *resources, LimnResourceKind kind, guint i)
{
  return ((const Entry *) resources->kinds[kind].entries->pdata[i])->name;
}

const char *
limn_resources_get_path (const LimnResources *resources, LimnResourceKind kind, guint i)
{
  return ((const Entry *) resources->kinds[kind].entries->pdata[i])->path;
}

const char *
limn_resource_kind_get_words (LimnResourceKind kind)
{
  static const char *const words[] = { "a model", "a VAE", "a LoRA", "a ControlNet", "an embedding", "a preview decoder" };

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == LIMN_RESOURCE_N_KINDS);
  return words[kind];
}
