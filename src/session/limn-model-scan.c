/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Links are followed, since people keep their models on one disk and link them from several programs; so a folder is known by its inode, and none is
 * entered twice. */
#include "config.h"

#include "session/limn-model-scan.h"

#include <string.h>
#include <sys/stat.h>

typedef struct
{
  LimnModelScan *scan;
  LimnFileNotes *notes;
  GHashTable    *seen; /* "device:inode" of folders and files */
  guint          n_names;
  GCancellable  *cancellable;
} Walk;

/* What a name tells is only whether it is worth while to look into the file. */
static const char *const endings[] = { ".safetensors", ".ckpt", ".pt", ".pth", ".bin" };

static gboolean
has_ending (const char *name, const char *ending)
{
  gsize length = strlen (ending);
  gsize all = strlen (name);

  return all > length && g_ascii_strcasecmp (name + all - length, ending) == 0;
}

gboolean
limn_model_scan_is_worth_looking (const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (has_ending (path, endings[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_new (Walk *walk, const struct stat *info)
{
  return g_hash_table_add (walk->seen, g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64) info->st_dev,
                                                        (guint64) info->st_ino));
}

/* @below: the folder that was granted and what lies between; NULL: nothing */
static void
look (Walk *walk, const char *path, const char *below, gboolean wanted)
{
  g_autoptr(LimnModelFile) file = NULL;

  if (walk->scan->files->len >= LIMN_MODEL_SCAN_MAX_FILES)
    {
      walk->scan->is_cut = TRUE;
      return;
    }
  file = limn_model_file_look (path, walk->notes);
  if (!wanted && (file->missing || (file->kind == LIMN_RESOURCE_N_KINDS && !file->problem)))
    return;
  if (below && *below)
    file->below = g_utf8_make_valid (below, -1);
  g_ptr_array_add (walk->scan->files, g_steal_pointer (&file));
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* (nullable): sorted, so that a second scan finds everything in the same order. */
static GPtrArray *
list_names (Walk *walk, const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *names;
  const char *name;

  if (!dir)
    return NULL;
  names = g_ptr_array_new_with_free_func (g_free);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      if (walk->n_names++ >= LIMN_MODEL_SCAN_MAX_NAMES)
        {
          walk->scan->is_cut = TRUE;
          break;
        }
      if (*name != '.')
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, compare_names);
  return names;
}

static gboolean
is_model_folder (const char *folder)
{
  g_autofree char *index = g_build_filename (folder, "model_index.json", NULL);

  return g_file_test (index, G_FILE_TEST_IS_REGULAR);
}

static void
walk_folder (Walk *walk, const char *folder, const char *below, guint depth)
{
  g_autoptr(GPtrArray) names = NULL;

  if (depth > LIMN_MODEL_SCAN_MAX_DEPTH)
    {
      walk->scan->is_cut = TRUE;
      return;
    }
  names = list_names (walk, folder);
  for (guint i = 0; names && i < names->len && !g_cancellable_is_cancelled (walk->cancellable); i++)
    {
      const char *name = names->pdata[i];
      g_autofree char *path = g_build_filename (folder, name, NULL);
      struct stat info;

      if (stat (path, &info) != 0)
        continue;
      if (S_ISDIR (info.st_mode) && is_new (walk, &info))
        {
          g_autofree char *deeper = *below ? g_strconcat (below, "/", name, NULL) : g_strdup (name);

          if (is_model_folder (path))
            look (walk, path, below, FALSE);
          else
            walk_folder (walk, path, deeper, depth + 1);
        }
      else if (S_ISREG (info.st_mode) && limn_model_scan_is_worth_looking (name) && is_new (walk, &info))
        look (walk, path, below, FALSE);
    }
}

static void
walk_paths (Walk *walk, const char *const *paths)
{
  for (guint i = 0; paths && paths[i] && !g_cancellable_is_cancelled (walk->cancellable); i++)
    {
      struct stat info;

      /* What is not there is listed too: somebody opened it, and looks for it. */
      if (stat (paths[i], &info) != 0 || is_new (walk, &info))
        look (walk, paths[i], NULL, TRUE);
    }
}

static void
walk_folders (Walk *walk, const char *const *folders)
{
  for (guint i = 0; folders && folders[i]; i++)
    {
      struct stat info;

      if (stat (folders[i], &info) != 0 || !S_ISDIR (info.st_mode))
        g_ptr_array_add (walk->scan->missing, g_strdup (folders[i]));
      else if (!is_new (walk, &info))
        continue;
      /* Who grants the folder of one model means that model. */
      else if (is_model_folder (folders[i]))
        look (walk, folders[i], NULL, TRUE);
      else
        walk_folder (walk, folders[i], "", 1);
    }
}

/* (nullable) (transfer full) */
static char *
find_below (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "limn", "companions", NULL);

  return g_file_test (path, G_FILE_TEST_IS_DIR) ? g_steal_pointer (&path) : NULL;
}

char *
limn_model_scan_find_companions (void)
{
  const char *named = g_getenv ("LIMN_COMPANIONS");
  char *found;

  if (named)
    return g_file_test (named, G_FILE_TEST_IS_DIR) ? g_canonicalize_filename (named, NULL) : NULL;
  found = find_below (g_get_user_data_dir ());
  for (const char *const *folder = g_get_system_data_dirs (); *folder && !found; folder++)
    found = find_below (*folder);
  return found;
}

LimnModelScan *
limn_model_scan (const char *const *folders, const char *const *paths, LimnFileNotes *notes, GCancellable *cancellable, GError **error)
{
  g_autoptr(LimnModelScan) scan = g_new0 (LimnModelScan, 1);
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *companions = limn_model_scan_find_companions ();
  Walk walk = { scan, notes, seen, 0, cancellable };

  scan->files = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_model_file_unref);
  scan->missing = g_ptr_array_new_with_free_func (g_free);
  walk_paths (&walk, paths);
  walk_folders (&walk, folders);
  if (companions)
    walk_folder (&walk, companions, "", 1);
  return g_cancellable_set_error_if_cancelled (cancellable, error) ? NULL : g_steal_pointer (&scan);
}

void
limn_model_scan_free (LimnModelScan *scan)
{
  if (!scan)
    return;
  g_ptr_array_unref (scan->files);
  g_ptr_array_unref (scan->missing);
  g_free (scan);
}

LimnResources *
limn_model_scan_make_resources (GPtrArray *files)
{
  LimnResources *resources = limn_resources_new ();

  for (guint i = 0; i < files->len; i++)
    {
      const LimnModelFile *file = files->pdata[i];

      if (file->kind < LIMN_RESOURCE_N_KINDS && !file->missing && !file->problem)
        limn_resources_add (resources, file->kind, file->name, file->path);
    }
  return resources;
}
