/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The list is always that of the last whole scan. An entry stays the same object as long as its path does, so that what is chosen or scrolled to
 * stays where it is. */
#include "config.h"

#include "session/limn-model-library.h"

#include <string.h>

struct _LimnModelEntry
{
  GObject        parent_instance;

  LimnModelFile *file;
};

/* What the threads have too, which may outlive the library. g_atomic_rc_box */
typedef struct
{
  GMutex         lock;
  char          *database;
  LimnFileNotes *notes; /* (nullable): under @lock; opened by the first who needs them, which waits for the disk */
  gint           busy;
} Shared;

struct _LimnModelLibrary
{
  GObject        parent_instance;

  Shared        *shared;
  char         **folders;   /* (nullable), as paths: until somebody says where to look, be it nowhere: there is what comes with Limn */
  char         **paths;
  GPtrArray     *entries;   /* (element-type LimnModelEntry) */
  GHashTable    *by_path;   /* path -> LimnModelEntry */
  GPtrArray     *missing;   /* (element-type utf8) */
  LimnResources *resources;
  gboolean       is_cut;
  GCancellable  *scanning;  /* (nullable) */
  GCancellable  *hashing;   /* (nullable) */
  GHashTable    *failed;    /* paths whose hash could not be had; until the next scan */
  gboolean       closed;
};

static void
shared_clear (gpointer data)
{
  Shared *shared = data;

  limn_file_notes_unref (shared->notes);
  g_free (shared->database);
  g_mutex_clear (&shared->lock);
}

static void
shared_unref (Shared *shared)
{
  g_atomic_rc_box_release_full (shared, shared_clear);
}

static LimnFileNotes *
get_notes (Shared *shared)
{
  G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&shared->lock);

  if (!shared->notes)
    shared->notes = limn_file_notes_new (shared->database);
  return shared->notes;
}

/* --- Entries --- */

enum
{
  ENTRY_PROP_0,
  ENTRY_PROP_FILE,
  N_ENTRY_PROPS,
};

static GParamSpec *entry_properties[N_ENTRY_PROPS];

G_DEFINE_FINAL_TYPE (LimnModelEntry, limn_model_entry, G_TYPE_OBJECT)

static void
limn_model_entry_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  if (id == ENTRY_PROP_FILE)
    g_value_set_pointer (value, LIMN_MODEL_ENTRY (object)->file);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
limn_model_entry_finalize (GObject *object)
{
  limn_model_file_unref (LIMN_MODEL_ENTRY (object)->file);
  G_OBJECT_CLASS (limn_model_entry_parent_class)->finalize (object);
}

static void
limn_model_entry_class_init (LimnModelEntryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = limn_model_entry_get_property;
  object_class->finalize = limn_model_entry_finalize;
  entry_properties[ENTRY_PROP_FILE] =
    g_param_spec_pointer ("file", NULL, NULL, G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_ENTRY_PROPS, entry_properties);
}

static void
limn_model_entry_init (LimnModelEntry *entry)
{
}

const LimnModelFile *
limn_model_entry_get_file (LimnModelEntry *entry)
{
  return entry->file;
}

static void
take_file (LimnModelEntry *entry, LimnModelFile *file)
{
  g_autoptr(LimnModelFile) before = entry->file;

  entry->file = file;
  if (before && !limn_model_file_equal (before, file))
    g_object_notify_by_pspec (G_OBJECT (entry), entry_properties[ENTRY_PROP_FILE]);
}

/* --- The list --- */

enum
{
  PROP_0,
  PROP_SCANNING,
  PROP_RESOURCES,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static GType
get_item_type (GListModel *list)
{
  return LIMN_TYPE_MODEL_ENTRY;
}

static guint
get_n_items (GListModel *list)
{
  return LIMN_MODEL_LIBRARY (list)->entries->len;
}

static gpointer
get_item (GListModel *list, guint position)
{
  LimnModelLibrary *self = LIMN_MODEL_LIBRARY (list);

  return position < self->entries->len ? g_object_ref (self->entries->pdata[position]) : NULL;
}

static void
list_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (LimnModelLibrary, limn_model_library, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_iface_init))

static void
replace_entries (LimnModelLibrary *self, GPtrArray *files)
{
  g_autoptr(GPtrArray) before = self->entries;
  guint head = 0, tail = 0;

  self->entries = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < files->len; i++)
    {
      LimnModelFile *file = files->pdata[i];
      LimnModelEntry *entry = g_hash_table_lookup (self->by_path, file->path);

      entry = entry ? g_object_ref (entry) : g_object_new (LIMN_TYPE_MODEL_ENTRY, NULL);
      take_file (entry, limn_model_file_ref (file));
      g_ptr_array_add (self->entries, entry);
    }
  g_hash_table_remove_all (self->by_path);
  for (guint i = 0; i < self->entries->len; i++)
    g_hash_table_insert (self->by_path, g_strdup (((LimnModelEntry *) self->entries->pdata[i])->file->path), self->entries->pdata[i]);
  while (head < MIN (before->len, self->entries->len) && before->pdata[head] == self->entries->pdata[head])
    head++;
  while (tail < MIN (before->len, self->entries->len) - head &&
         before->pdata[before->len - 1 - tail] == self->entries->pdata[self->entries->len - 1 - tail])
    tail++;
  if (before->len - head - tail > 0 || self->entries->len - head - tail > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), head, before->len - head - tail, self->entries->len - head - tail);
}

/* --- Hashing --- */

typedef struct
{
  LimnModelFile *file;
  Shared        *shared;
} Hashing;

static void
hashing_free (Hashing *hashing)
{
  limn_model_file_unref (hashing->file);
  shared_unref (hashing->shared);
  g_free (hashing);
}

static void
hash_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Hashing *hashing = data;
  GError *error = NULL;
  char *hash = limn_model_file_hash (hashing->file, get_notes (hashing->shared), &hashing->shared->busy, cancellable, &error);

  if (hash)
    g_task_return_pointer (task, hash, g_free);
  else
    g_task_return_error (task, error);
}

static void hash_next (LimnModelLibrary *self);

static void
on_hashed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnModelLibrary) self = data;
  const Hashing *hashing = g_task_get_task_data (G_TASK (result));
  g_autoptr(GError) error = NULL;
  g_autofree char *hash = g_task_propagate_pointer (G_TASK (result), &error);
  LimnModelEntry *entry;

  if (self->closed || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->hashing);
  entry = g_hash_table_lookup (self->by_path, hashing->file->path);
  if (error)
    {
      g_debug ("%s: %s", hashing->file->path, error->message);
      g_hash_table_add (self->failed, g_strdup (hashing->file->path));
    }
  else if (entry && limn_model_file_equal (entry->file, hashing->file))
    take_file (entry, limn_model_file_with_hash (entry->file, hash));
  hash_next (self);
}

static gboolean
wants_hash (LimnModelLibrary *self, const LimnModelFile *file)
{
  return file->kind < LIMN_RESOURCE_N_KINDS && file->weights && !file->hash && !g_hash_table_contains (self->failed, file->path);
}

/* The smallest first: so most have theirs soon. */
static void
hash_next (LimnModelLibrary *self)
{
  LimnModelFile *next = NULL;
  g_autoptr(GTask) task = NULL;
  Hashing *hashing;

  if (self->hashing || self->closed)
    return;
  for (guint i = 0; i < self->entries->len; i++)
    {
      LimnModelFile *file = ((LimnModelEntry *) self->entries->pdata[i])->file;

      if (wants_hash (self, file) && (!next || file->bytes < next->bytes))
        next = file;
    }
  if (!next)
    return;
  hashing = g_new0 (Hashing, 1);
  hashing->file = limn_model_file_ref (next);
  hashing->shared = g_atomic_rc_box_acquire (self->shared);
  self->hashing = g_cancellable_new ();
  task = g_task_new (NULL, self->hashing, on_hashed, g_object_ref (self));
  g_task_set_source_tag (task, hash_next);
  g_task_set_task_data (task, hashing, (GDestroyNotify) hashing_free);
  g_task_run_in_thread (task, hash_in_thread);
}

/* --- Scanning --- */

typedef struct
{
  char  **folders;
  char  **paths;
  Shared *shared;
} Scanning;

static void
scanning_free (Scanning *scanning)
{
  g_strfreev (scanning->folders);
  g_strfreev (scanning->paths);
  shared_unref (scanning->shared);
  g_free (scanning);
}

static void
scan_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Scanning *scanning = data;
  GError *error = NULL;
  LimnModelScan *scan = limn_model_scan ((const char *const *) scanning->folders, (const char *const *) scanning->paths,
                                         get_notes (scanning->shared), cancellable, &error);

  if (scan)
    g_task_return_pointer (task, scan, (GDestroyNotify) limn_model_scan_free);
  else
    g_task_return_error (task, error);
}

static void
on_scanned (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnModelLibrary) self = data;
  g_autoptr(LimnModelScan) scan = g_task_propagate_pointer (G_TASK (result), NULL);

  /* It fails for one reason only: another has begun. */
  if (!scan || self->closed)
    return;
  g_clear_object (&self->scanning);
  g_ptr_array_unref (self->missing);
  self->missing = g_ptr_array_ref (scan->missing);
  self->is_cut = scan->is_cut;
  limn_resources_unref (self->resources);
  self->resources = limn_model_scan_make_resources (scan->files);
  g_hash_table_remove_all (self->failed);
  replace_entries (self, scan->files);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RESOURCES]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SCANNING]);
  hash_next (self);
}

static void
cancel (GCancellable **cancellable)
{
  if (*cancellable)
    g_cancellable_cancel (*cancellable);
  g_clear_object (cancellable);
}

void
limn_model_library_rescan (LimnModelLibrary *self)
{
  Scanning *scanning;
  g_autoptr(GTask) task = NULL;

  if (self->closed)
    return;
  scanning = g_new0 (Scanning, 1);
  scanning->folders = g_strdupv (self->folders);
  scanning->paths = g_strdupv (self->paths);
  scanning->shared = g_atomic_rc_box_acquire (self->shared);
  cancel (&self->scanning);
  self->scanning = g_cancellable_new ();
  task = g_task_new (NULL, self->scanning, on_scanned, g_object_ref (self));
  g_task_set_source_tag (task, limn_model_library_rescan);
  g_task_set_task_data (task, scanning, (GDestroyNotify) scanning_free);
  g_task_run_in_thread (task, scan_in_thread);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SCANNING]);
}

void
limn_model_library_set_places (LimnModelLibrary *self, const char *const *folders, const char *const *paths)
{
  if (self->folders && g_strv_equal ((const char *const *) self->folders, folders) && g_strv_equal ((const char *const *) self->paths, paths))
    return;
  g_strfreev (self->folders);
  g_strfreev (self->paths);
  self->folders = g_strdupv ((char **) folders);
  self->paths = g_strdupv ((char **) paths);
  limn_model_library_rescan (self);
}

void
limn_model_library_set_busy (LimnModelLibrary *self, gboolean busy)
{
  g_atomic_int_set (&self->shared->busy, busy);
}

/* --- Asking --- */

gboolean
limn_model_library_is_scanning (LimnModelLibrary *self)
{
  return self->scanning != NULL;
}

gboolean
limn_model_library_is_cut (LimnModelLibrary *self)
{
  return self->is_cut;
}

gboolean
limn_model_library_is_missing (LimnModelLibrary *self, const char *folder)
{
  return g_ptr_array_find_with_equal_func (self->missing, folder, g_str_equal, NULL);
}

LimnResources *
limn_model_library_get_resources (LimnModelLibrary *self)
{
  return self->resources;
}

static gboolean
is_usable (const LimnModelFile *file, LimnResourceKind kind)
{
  return file->kind == kind && !file->problem && !file->missing;
}

guint
limn_model_library_count (LimnModelLibrary *self, LimnResourceKind kind)
{
  guint n = 0;

  for (guint i = 0; i < self->entries->len; i++)
    n += is_usable (((LimnModelEntry *) self->entries->pdata[i])->file, kind);
  return n;
}

LimnModelEntry *
limn_model_library_lookup (LimnModelLibrary *self, const char *path)
{
  return g_hash_table_lookup (self->by_path, path);
}

/* A file's hash of less digits is of an older way to make one, which says little. */
#define MIN_HASH 8

LimnModelEntry *
limn_model_library_find (LimnModelLibrary *self, LimnResourceKind kind, const char *hash, const char *name)
{
  gsize length = hash ? strlen (hash) : 0;
  const char *path;

  for (guint i = 0; length >= MIN_HASH && i < self->entries->len; i++)
    {
      LimnModelEntry *entry = self->entries->pdata[i];

      if (is_usable (entry->file, kind) && entry->file->hash && g_ascii_strncasecmp (entry->file->hash, hash, length) == 0)
        return entry;
    }
  path = name && *name ? limn_resources_find (self->resources, kind, name, NULL) : NULL;
  return path ? limn_model_library_lookup (self, path) : NULL;
}

/* --- The object --- */

void
limn_model_library_close (LimnModelLibrary *self)
{
  self->closed = TRUE;
  cancel (&self->scanning);
  cancel (&self->hashing);
}

static void
limn_model_library_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LimnModelLibrary *self = LIMN_MODEL_LIBRARY (object);

  if (id == PROP_SCANNING)
    g_value_set_boolean (value, self->scanning != NULL);
  else if (id == PROP_RESOURCES)
    g_value_set_pointer (value, self->resources);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
limn_model_library_finalize (GObject *object)
{
  LimnModelLibrary *self = LIMN_MODEL_LIBRARY (object);

  limn_model_library_close (self);
  g_hash_table_unref (self->by_path);
  g_hash_table_unref (self->failed);
  g_ptr_array_unref (self->entries);
  g_ptr_array_unref (self->missing);
  limn_resources_unref (self->resources);
  shared_unref (self->shared);
  g_strfreev (self->folders);
  g_strfreev (self->paths);
  G_OBJECT_CLASS (limn_model_library_parent_class)->finalize (object);
}

static void
limn_model_library_class_init (LimnModelLibraryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_model_library_get_property;
  object_class->finalize = limn_model_library_finalize;
  properties[PROP_SCANNING] = g_param_spec_boolean ("scanning", NULL, NULL, FALSE, flags);
  properties[PROP_RESOURCES] = g_param_spec_pointer ("resources", NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
limn_model_library_init (LimnModelLibrary *self)
{
  self->entries = g_ptr_array_new_with_free_func (g_object_unref);
  self->by_path = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->missing = g_ptr_array_new_with_free_func (g_free);
  self->failed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->resources = limn_resources_new ();
  self->shared = g_atomic_rc_box_new0 (Shared);
  g_mutex_init (&self->shared->lock);
}

LimnModelLibrary *
limn_model_library_new (const char *database)
{
  LimnModelLibrary *self = g_object_new (LIMN_TYPE_MODEL_LIBRARY, NULL);

  self->shared->database = g_strdup (database);
  return self;
}
