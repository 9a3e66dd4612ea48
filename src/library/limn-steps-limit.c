/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library/limn-steps-limit.h"

#include "library/limn-stash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".safetensors"

/* 2020-01-01, long before any steps were kept: clocks without a battery begin in 1970, 1980 or 2000. */
#define FIRST_SECOND G_GINT64_CONSTANT (1577836800)
/* Clocks are set right by hours: time zones, summer time. */
#define AHEAD_SECONDS (24 * 60 * 60)

typedef struct
{
  char    *id;
  guint64  bytes;
  gboolean odd; /* its time says nothing */
  gint64   seconds;
  gint64   nanoseconds;
} Kept;

static void
kept_clear (gpointer data)
{
  Kept *kept = data;

  g_free (kept->id);
}

void
limn_steps_plan_free (LimnStepsPlan *plan)
{
  if (plan == NULL)
    return;
  g_free (plan->folder);
  g_ptr_array_unref (plan->going);
  g_hash_table_unref (plan->notes);
  g_free (plan);
}

/* (transfer full) (nullable): of a file with kept steps. We write ids in small letters. */
static char *
dup_id (const char *name)
{
  g_autofree char *id = NULL;

  if (!g_str_has_suffix (name, ENDING) || strpbrk (name, "ABCDEF"))
    return NULL;
  id = g_strndup (name, strlen (name) - strlen (ENDING));
  return g_uuid_string_is_valid (id) ? g_steal_pointer (&id) : NULL;
}

static gboolean
fail (const char  *folder,
      int          code,
      GError     **error)
{
  g_autofree char *shown = g_filename_display_name (folder);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "The kept steps in “%s” cannot be listed. (%s)", shown,
               g_strerror (code));
  return FALSE;
}

static gboolean
list_kept (const char  *folder,
           GArray      *all,
           GError     **error)
{
  DIR *dir = opendir (folder);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  struct dirent *entry;
  int code;

  if (dir == NULL)
    return errno == ENOENT || fail (folder, errno, error);
  while ((errno = 0, entry = readdir (dir)) != NULL)
    {
      g_autofree char *id = dup_id (entry->d_name);
      struct stat info;
      Kept kept = { 0 };

      if (id == NULL || fstatat (dirfd (dir), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG (info.st_mode))
        continue;
      kept.id = g_steal_pointer (&id);
      kept.bytes = MAX (info.st_size, 0);
      kept.seconds = info.st_mtim.tv_sec;
      kept.nanoseconds = info.st_mtim.tv_nsec;
      kept.odd = kept.seconds < FIRST_SECOND || kept.seconds > now + AHEAD_SECONDS;
      g_array_append_val (all, kept);
    }
  code = errno;
  closedir (dir);
  return code == 0 || fail (folder, code, error);
}

static int
compare_ages (gconstpointer a,
              gconstpointer b)
{
  const Kept *x = a, *y = b;

  if (x->odd != y->odd)
    return x->odd ? 1 : -1;
  if (x->seconds != y->seconds)
    return x->seconds < y->seconds ? -1 : 1;
  if (x->nanoseconds != y->nanoseconds)
    return x->nanoseconds < y->nanoseconds ? -1 : 1;
  return strcmp (x->id, y->id);
}

static gboolean
contains (GHashTable *set,
          const char *id)
{
  return set != NULL && g_hash_table_contains (set, id);
}

LimnStepsPlan *
limn_steps_limit_plan (const char  *folder,
                       guint64      limit_bytes,
                       GHashTable  *protected,
                       GHashTable  *starred,
                       GError     **error)
{
  g_autoptr(GArray) all = g_array_new (FALSE, FALSE, sizeof (Kept));
  LimnStepsPlan *plan;

  g_return_val_if_fail (folder != NULL, NULL);

  g_array_set_clear_func (all, kept_clear);
  if (!list_kept (folder, all, error))
    return NULL;
  g_array_sort (all, compare_ages);

  plan = g_new0 (LimnStepsPlan, 1);
  plan->folder = g_strdup (folder);
  plan->going = g_ptr_array_new_with_free_func (g_free);
  plan->notes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  plan->n_files = all->len;
  for (guint i = 0; i < all->len; i++)
    {
      const Kept *kept = &g_array_index (all, Kept, i);

      plan->bytes += kept->bytes;
      if (contains (starred, kept->id))
        {
          plan->n_starred++;
          plan->starred_bytes += kept->bytes;
        }
    }
  for (guint i = 0; limit_bytes > 0 && i < all->len && plan->bytes - plan->going_bytes > limit_bytes; i++)
    {
      const Kept *kept = &g_array_index (all, Kept, i);

      if (contains (protected, kept->id) || contains (starred, kept->id))
        continue;
      plan->going_bytes += kept->bytes;
      g_ptr_array_add (plan->going, g_strdup (kept->id));
    }
  return plan;
}

static char *
dup_path (const LimnStepsPlan *plan,
          const char          *id)
{
  g_autofree char *name = g_strconcat (id, ENDING, NULL);

  return g_build_filename (plan->folder, name, NULL);
}

static char *
dup_note_path (const char *sources_folder,
               const char *id)
{
  g_autofree char *name = g_strconcat (id, ".json", NULL);

  return g_build_filename (sources_folder, name, NULL);
}

/* Names are hexadecimal digits. */
static GBytes *
make_note (GHashTable *named)
{
  GString *text = g_string_new ("{\"sources\":[");
  GHashTableIter iter;
  gpointer name;
  guint n = 0;

  g_hash_table_iter_init (&iter, named);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_string_append_printf (text, "%s\"%s\"", n++ > 0 ? "," : "", (const char *) name);
  g_string_append (text, "]}");
  return g_string_free_to_bytes (text);
}

void
limn_steps_plan_note_sources (LimnStepsPlan *plan,
                              const char    *sources_folder)
{
  g_return_if_fail (plan != NULL && sources_folder != NULL);

  for (guint i = 0; i < plan->going->len;)
    {
      const char *id = g_ptr_array_index (plan->going, i);
      g_autofree char *path = dup_path (plan, id);
      g_autoptr(GHashTable) named = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_autoptr(GError) error = NULL;

      if (!limn_stash_list_named (path, named, &error))
        {
          g_debug ("%s", error->message);
          g_ptr_array_remove_index (plan->going, i);
          continue;
        }
      if (g_hash_table_size (named) > 0)
        g_hash_table_replace (plan->notes, dup_note_path (sources_folder, id), make_note (named));
      i++;
    }
}

static void
keep_notes (const LimnStepsPlan *plan,
            LimnKeeper          *keeper)
{
  GHashTableIter iter;
  gpointer path, note;

  g_hash_table_iter_init (&iter, plan->notes);
  while (g_hash_table_iter_next (&iter, &path, &note))
    limn_keeper_replace (keeper, path, note);
}

guint
limn_steps_limit_carry_out (const LimnStepsPlan *plan,
                            LimnKeeper          *keeper,
                            GHashTable          *protected)
{
  guint n = 0;

  g_return_val_if_fail (plan != NULL && LIMN_IS_KEEPER (keeper), 0);

  /* The keeper goes in order. */
  keep_notes (plan, keeper);
  for (guint i = 0; i < plan->going->len; i++)
    {
      const char *id = g_ptr_array_index (plan->going, i);
      g_autofree char *path = dup_path (plan, id);

      if (contains (protected, id))
        continue;
      limn_keeper_remove (keeper, path);
      n++;
    }
  return n;
}
