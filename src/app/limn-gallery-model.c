/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The list is an array of ids, which a thread asks the index for whenever words, stars or the folder change. One question
 * is on its way at a time; what changes meanwhile makes for one more. The old and the new list differ in a few places as a rule (a
 * picture was made, three were deleted): only those are told to the view, so that it keeps its place and its selection.
 *
 * No task here holds the model, neither as its source nor for its callback: a thread may be the last to let go of a task, a callback may
 * never come when the program ends, and the model must end where it lives, when its owner lets it go. */
#include "config.h"

#include "app/limn-gallery-model-private.h"

#include "library/limn-deleted-steps.h"
#include "session/limn-picture-line.h"

/* Files are written in bursts: the folder is looked at again when none was touched for so long. */
#define SETTLE_MS 300
/* More places than these in which two lists differ, and the view is told of one stretch instead. */
#define MAX_RUNS 64

enum
{
  PROP_0,
  PROP_TOTAL,
  PROP_READY,
  PROP_TROUBLE,
  N_PROPS,
};

enum
{
  SIGNAL_FAILED,
  SIGNAL_LOOKED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void scan (LimnGalleryModel *self);

/* --- The list --- */

static GType
get_item_type (GListModel *list)
{
  return LIMN_TYPE_GALLERY_ITEM;
}

static guint
get_n_items (GListModel *list)
{
  return LIMN_GALLERY_MODEL (list)->ids->len;
}

static void
on_item_gone (gpointer data, GObject *where_it_was)
{
  LimnGalleryModel *self = data;
  GHashTableIter iter;
  gpointer value;

  /* A few hundred live at a time. */
  g_hash_table_iter_init (&iter, self->items);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (value == where_it_was)
      {
        g_hash_table_iter_remove (&iter);
        return;
      }
}

static gpointer
get_item (GListModel *list, guint position)
{
  LimnGalleryModel *self = LIMN_GALLERY_MODEL (list);
  LimnGalleryItem *item;
  gint64 id;

  if (position >= self->ids->len)
    return NULL;
  id = g_array_index (self->ids, gint64, position);
  item = g_hash_table_lookup (self->items, &id);
  if (item)
    return g_object_ref (item);
  item = limn_gallery_item_new (id);
  g_hash_table_insert (self->items, g_memdup2 (&id, sizeof id), item);
  g_object_weak_ref (G_OBJECT (item), on_item_gone, self);
  return item;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (LimnGalleryModel, limn_gallery_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

gint64
limn_gallery_model_get_id (LimnGalleryModel *self, guint position)
{
  g_return_val_if_fail (position < self->ids->len, 0);

  return g_array_index (self->ids, gint64, position);
}

guint
limn_gallery_model_find_id (LimnGalleryModel *self, gint64 id)
{
  for (guint i = 0; i < self->ids->len; i++)
    if (g_array_index (self->ids, gint64, i) == id)
      return i;
  return GTK_INVALID_LIST_POSITION;
}

LimnPictureIndex *
limn_gallery_model_get_index (LimnGalleryModel *self)
{
  return self->index;
}

static GHashTable *
set_of (const gint64 *ids, guint n)
{
  GHashTable *set = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; i < n; i++)
    g_hash_table_add (set, (gpointer) &ids[i]);
  return set;
}

static guint
count_runs (const gint64 *ids, guint n, GHashTable *others)
{
  guint runs = 0;
  gboolean inside = FALSE;

  for (guint i = 0; i < n; i++)
    {
      gboolean differs = !g_hash_table_contains (others, &ids[i]);

      runs += differs && !inside;
      inside = differs;
    }
  return runs;
}

/* Puts @n_new ids in the place of the @n_old from @start on, and tells of it as one change. */
static void
splice (LimnGalleryModel *self, guint start, guint n_old, const gint64 *new, guint n_new)
{
  g_array_remove_range (self->ids, start, n_old);
  if (n_new > 0)
    g_array_insert_vals (self->ids, start, new, n_new);
  if (n_old > 0 || n_new > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), start, n_old, n_new);
}

/* The same, told of as many small changes. FALSE where that is not possible; nothing was done then. */
static gboolean
splice_runs (LimnGalleryModel *self, guint start, guint n_old, const gint64 *new, guint n_new)
{
  g_autofree gint64 *old = g_memdup2 (&g_array_index (self->ids, gint64, start), n_old * sizeof *old);
  g_autoptr(GHashTable) in_old = set_of (old, n_old);
  g_autoptr(GHashTable) in_new = set_of (new, n_new);
  guint i, k;

  if (count_runs (old, n_old, in_new) + count_runs (new, n_new, in_old) > MAX_RUNS)
    return FALSE;
  /* What stays must stay in order. */
  for (i = 0, k = 0;; i++, k++)
    {
      while (i < n_old && !g_hash_table_contains (in_new, &old[i]))
        i++;
      while (k < n_new && !g_hash_table_contains (in_old, &new[k]))
        k++;
      if (i == n_old || k == n_new)
        break;
      if (old[i] != new[k])
        return FALSE;
    }
  if (i != n_old || k != n_new)
    return FALSE;

  for (i = n_old; i > 0;)
    {
      guint end = i;

      while (i > 0 && !g_hash_table_contains (in_new, &old[i - 1]))
        i--;
      if (i < end)
        splice (self, start + i, end - i, NULL, 0);
      else
        i--;
    }
  for (k = 0; k < n_new;)
    {
      guint begin = k;

      while (k < n_new && !g_hash_table_contains (in_old, &new[k]))
        k++;
      if (k > begin)
        splice (self, start + begin, 0, new + begin, k - begin);
      else
        k++;
    }
  return TRUE;
}

static void
set_ids (LimnGalleryModel *self, GArray *ids)
{
  const gint64 *old = (const gint64 *) self->ids->data, *new = (const gint64 *) ids->data;
  guint n_old = self->ids->len, n_new = ids->len, start = 0;

  while (start < n_old && start < n_new && old[start] == new[start])
    start++;
  while (n_old > start && n_new > start && old[n_old - 1] == new[n_new - 1])
    {
      n_old--;
      n_new--;
    }
  n_old -= start;
  n_new -= start;
  if (n_old == 0 || n_new == 0 || !splice_runs (self, start, n_old, new + start, n_new))
    splice (self, start, n_old, new + start, n_new);
}

/* --- What tasks have of it --- */

static void
handle_clear (gpointer handle)
{
  g_weak_ref_clear (handle);
}

static void
handle_unref (gpointer handle)
{
  g_atomic_rc_box_release_full (handle, handle_clear);
}

LimnGalleryModel *
limn_gallery_model_take_handle (GWeakRef *handle)
{
  LimnGalleryModel *self = g_weak_ref_get (handle);

  handle_unref (handle);
  return self;
}

/* --- Asking the index --- */

static void
drop_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  limn_picture_index_unref (data);
  g_task_return_boolean (task, TRUE);
}

/* To close a database means to write to the disk: not here. */
void
limn_gallery_model_drop_index (LimnPictureIndex *index)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  g_task_set_task_data (task, index, NULL);
  g_task_run_in_thread (task, drop_thread);
}

typedef struct
{
  char             *folder;
  LimnPictureFind   find;
  char             *words;
  LimnPictureIndex *index; /* (nullable) in; out */
  GFileMonitor     *monitor; /* out, with a new index */
  char             *steps_folder; /* (nullable): whose put away steps are asked for */
  GPtrArray        *put_away;     /* (nullable): out, with a new index */
  GArray           *ids;
  guint             total;
} Find;

static void
find_free (gpointer data)
{
  Find *f = data;

  g_free (f->folder);
  g_free (f->words);
  limn_picture_index_unref (f->index);
  g_clear_object (&f->monitor);
  g_free (f->steps_folder);
  g_clear_pointer (&f->put_away, g_ptr_array_unref);
  g_clear_pointer (&f->ids, g_array_unref);
  g_free (f);
}

static void
find_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Find *f = data;

  if (!f->index)
    {
      g_autoptr(GFile) file = g_file_new_for_path (f->folder);

      f->index = limn_picture_index_new (f->folder, NULL, limn_picture_line_new);
      if (f->steps_folder)
        f->put_away = limn_deleted_steps_list (f->steps_folder, limn_picture_index_get_folder (f->index));
      /* Its events go to the main loop: this thread has none of its own. */
      f->monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
    }
  f->ids = limn_picture_index_find (f->index, &f->find, 0, 0);
  f->total = limn_picture_index_count (f->index, NULL);
  g_task_return_boolean (task, TRUE);
}

static gboolean
on_settled (gpointer data)
{
  LimnGalleryModel *self = data;

  self->settle_source = 0;
  scan (self);
  return G_SOURCE_REMOVE;
}

static void
on_monitor_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, LimnGalleryModel *self)
{
  g_autofree char *name = g_file_get_basename (file);

  /* Files that are being written: limn-atomic-file.h, and others do alike. */
  if (name[0] == '.' && !other)
    return;
  g_clear_handle_id (&self->settle_source, g_source_remove);
  self->settle_source = g_timeout_add (SETTLE_MS, on_settled, self);
}

static void
set_ready (LimnGalleryModel *self, gboolean ready)
{
  if (self->ready == ready)
    return;
  self->ready = ready;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_READY]);
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnGalleryModel) self = limn_gallery_model_take_handle (data);
  Find *f = g_task_get_task_data (G_TASK (result));
  gboolean is_first;

  if (self)
    self->finding = FALSE;
  /* Of a folder that was left meanwhile. */
  if (!self || g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    {
      limn_gallery_model_drop_index (g_steal_pointer (&f->index));
      if (f->monitor)
        g_file_monitor_cancel (f->monitor);
      g_clear_object (&f->monitor);
      if (self && self->find_again)
        limn_gallery_model_ask (self);
      return;
    }

  is_first = self->index == NULL;
  if (is_first)
    {
      self->index = limn_picture_index_ref (f->index);
      self->monitor = g_steal_pointer (&f->monitor);
      self->put_away = g_steal_pointer (&f->put_away);
      if (self->monitor)
        g_signal_connect (self->monitor, "changed", G_CALLBACK (on_monitor_changed), self);
    }
  /* The total first: who looks at an empty list then knows why it is. */
  if (self->total != f->total)
    {
      self->total = f->total;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TOTAL]);
    }
  set_ids (self, f->ids);
  g_signal_emit (self, signals[SIGNAL_LOOKED], 0);
  if (is_first)
    scan (self);
  if (self->find_again)
    limn_gallery_model_ask (self);
  else
    /* An empty folder that was never looked at is not known to be empty. */
    set_ready (self, !(is_first && f->total == 0));
}

void
limn_gallery_model_tell_failed (LimnGalleryModel *self, const char *message)
{
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, message);
}

void
limn_gallery_model_ask (LimnGalleryModel *self)
{
  g_autoptr(GTask) task = NULL;
  Find *f;

  self->find_again = self->finding;
  if (self->finding || !self->folder)
    return;
  self->finding = TRUE;
  f = g_new0 (Find, 1);
  f->folder = g_strdup (self->folder);
  f->words = g_strdup (self->words);
  f->find = (LimnPictureFind) { f->words, self->starred };
  if (self->index)
    f->index = limn_picture_index_ref (self->index);
  else if (self->steps_folder && g_hash_table_add (self->swept, g_strdup (self->folder)))
    f->steps_folder = g_strdup (self->steps_folder);
  task = g_task_new (NULL, self->cancellable, on_found, g_atomic_rc_box_acquire (self->handle));
  g_task_set_task_data (task, f, find_free);
  /* The answer itself says whether it is still wanted. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_run_in_thread (task, find_thread);
}

/* --- Looking at the folder --- */

typedef struct
{
  LimnPictureIndex *index;
  GWeakRef         *model; /* a handle */
} Scan;

static void
scan_free (gpointer data)
{
  Scan *s = data;

  limn_picture_index_unref (s->index);
  handle_unref (s->model);
  g_free (s);
}

static gboolean
on_batch_idle (gpointer data)
{
  g_autoptr(LimnGalleryModel) self = g_weak_ref_get (data);

  if (self)
    limn_gallery_model_ask (self);
  return G_SOURCE_REMOVE;
}

/* On the thread that scans, at most ten times a second. */
static void
on_batch (gpointer data)
{
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, on_batch_idle, g_atomic_rc_box_acquire (data), handle_unref);
}

static void
scan_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Scan *s = data;
  LimnPictureScan counts;
  GError *error = NULL;

  if (limn_picture_index_scan (s->index, &counts, on_batch, s->model, cancellable, &error))
    g_task_return_int (task, counts.n_changed);
  else
    g_task_return_error (task, error);
}

static void
set_trouble (LimnGalleryModel *self, const char *trouble)
{
  if (g_strcmp0 (self->trouble, trouble) == 0)
    return;
  g_free (self->trouble);
  self->trouble = g_strdup (trouble);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TROUBLE]);
}

/* --- Steps of pictures that were deleted --- */

typedef struct
{
  LimnPictureIndex *index;
  char             *steps_folder;
  GPtrArray        *ids;
} Sweep;

static void
sweep_free (gpointer data)
{
  Sweep *sweep = data;

  limn_picture_index_unref (sweep->index);
  g_free (sweep->steps_folder);
  g_ptr_array_unref (sweep->ids);
  g_free (sweep);
}

static void
sweep_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Sweep *sweep = data;
  const char *folder = limn_picture_index_get_folder (sweep->index);

  /* A disk that is not there has no pictures, but they are not gone. */
  for (guint i = 0; i < sweep->ids->len && g_file_test (folder, G_FILE_TEST_IS_DIR); i++)
    {
      const char *id = g_ptr_array_index (sweep->ids, i);

      if (limn_picture_index_has_trajectory (sweep->index, id))
        limn_deleted_steps_bring_back (sweep->steps_folder, folder, id);
      else
        limn_deleted_steps_remove (sweep->steps_folder, folder, id);
    }
  g_task_return_boolean (task, TRUE);
}

/* The whole folder is known: what an earlier program has put away is wanted again, or never more. */
static void
sweep (LimnGalleryModel *self)
{
  g_autoptr(GTask) task = NULL;
  Sweep *data;

  if (!self->put_away || !self->index)
    return;
  data = g_new (Sweep, 1);
  *data = (Sweep) { limn_picture_index_ref (self->index), g_strdup (self->steps_folder), g_steal_pointer (&self->put_away) };
  task = g_task_new (NULL, NULL, NULL, NULL);
  g_task_set_task_data (task, data, sweep_free);
  g_task_run_in_thread (task, sweep_thread);
}

/* What is known of the pictures in sight is out of date. */
static void
reload_items (LimnGalleryModel *self)
{
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->items);
  while (self->index && g_hash_table_iter_next (&iter, NULL, &item))
    limn_gallery_loader_reload (self->loader, self->index, item);
}

static void
on_scanned (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnGalleryModel) self = limn_gallery_model_take_handle (data);
  g_autoptr(GError) error = NULL;
  gssize n_changed = g_task_propagate_int (G_TASK (result), &error);
  gboolean done = n_changed >= 0;

  if (!self)
    {
      Scan *s = g_task_get_task_data (G_TASK (result));

      limn_gallery_model_drop_index (g_steal_pointer (&s->index));
      return;
    }
  self->scanning = FALSE;
  if (n_changed > 0)
    reload_items (self);
  if (done)
    sweep (self);
  if (done || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      set_trouble (self, done ? NULL : error->message);
      limn_gallery_model_ask (self);
    }
  if (self->scan_again)
    scan (self);
}

static void
scan (LimnGalleryModel *self)
{
  g_autoptr(GTask) task = NULL;
  Scan *s;

  self->scan_again = self->scanning;
  if (self->scanning || !self->index)
    return;
  self->scanning = TRUE;
  s = g_new (Scan, 1);
  *s = (Scan) { limn_picture_index_ref (self->index), g_atomic_rc_box_acquire (self->handle) };
  task = g_task_new (NULL, self->cancellable, on_scanned, g_atomic_rc_box_acquire (self->handle));
  g_task_set_task_data (task, s, scan_free);
  g_task_run_in_thread (task, scan_thread);
}

void
limn_gallery_model_rescan (LimnGalleryModel *self)
{
  scan (self);
}

/* --- What is asked for --- */

static void
leave_folder (LimnGalleryModel *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->settle_source, g_source_remove);
  if (self->monitor)
    {
      g_signal_handlers_disconnect_by_data (self->monitor, self);
      g_file_monitor_cancel (self->monitor);
    }
  g_clear_object (&self->monitor);
  g_clear_pointer (&self->put_away, g_ptr_array_unref);
  g_clear_pointer (&self->index, limn_gallery_model_drop_index);
}

void
limn_gallery_model_set_steps_folder (LimnGalleryModel *self, const char *steps_folder)
{
  g_free (self->steps_folder);
  self->steps_folder = g_strdup (steps_folder);
}

void
limn_gallery_model_set_folder (LimnGalleryModel *self, const char *folder)
{
  if (g_strcmp0 (self->folder, folder) == 0)
    return;
  leave_folder (self);
  self->cancellable = g_cancellable_new ();
  g_free (self->folder);
  self->folder = g_strdup (folder);
  set_trouble (self, NULL);
  set_ready (self, FALSE);
  splice (self, 0, self->ids->len, NULL, 0);
  limn_gallery_model_ask (self);
}

void
limn_gallery_model_set_find (LimnGalleryModel *self, const char *words, gboolean starred)
{
  if (g_strcmp0 (self->words, words) == 0 && self->starred == !!starred)
    return;
  g_free (self->words);
  self->words = g_strdup (words);
  self->starred = !!starred;
  set_ready (self, FALSE);
  limn_gallery_model_ask (self);
}

void
limn_gallery_model_show (LimnGalleryModel *self, LimnGalleryItem *item)
{
  if (self->index)
    limn_gallery_loader_show (self->loader, self->index, item);
}

void
limn_gallery_model_hide (LimnGalleryModel *self, LimnGalleryItem *item)
{
  limn_gallery_loader_hide (self->loader, item);
}

/* --- The object --- */

static void
limn_gallery_model_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LimnGalleryModel *self = LIMN_GALLERY_MODEL (object);

  switch (id)
    {
    case PROP_TOTAL:
      g_value_set_uint (value, self->total);
      break;
    case PROP_READY:
      g_value_set_boolean (value, self->ready);
      break;
    case PROP_TROUBLE:
      g_value_set_string (value, self->trouble);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
limn_gallery_model_dispose (GObject *object)
{
  LimnGalleryModel *self = LIMN_GALLERY_MODEL (object);
  GHashTableIter iter;
  gpointer item;

  leave_folder (self);
  g_hash_table_iter_init (&iter, self->items);
  while (g_hash_table_iter_next (&iter, NULL, &item))
    g_object_weak_unref (item, on_item_gone, self);
  g_hash_table_remove_all (self->items);
  g_clear_pointer (&self->loader, limn_gallery_loader_free);
  G_OBJECT_CLASS (limn_gallery_model_parent_class)->dispose (object);
}

static void
limn_gallery_model_finalize (GObject *object)
{
  LimnGalleryModel *self = LIMN_GALLERY_MODEL (object);

  g_free (self->folder);
  g_free (self->words);
  g_free (self->trouble);
  g_free (self->steps_folder);
  g_hash_table_unref (self->swept);
  g_array_unref (self->ids);
  g_hash_table_unref (self->items);
  handle_unref (self->handle);
  G_OBJECT_CLASS (limn_gallery_model_parent_class)->finalize (object);
}

static void
limn_gallery_model_class_init (LimnGalleryModelClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  G_OBJECT_CLASS (klass)->get_property = limn_gallery_model_get_property;
  G_OBJECT_CLASS (klass)->dispose = limn_gallery_model_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_gallery_model_finalize;

  properties[PROP_TOTAL] = g_param_spec_uint ("total", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_READY] = g_param_spec_boolean ("ready", NULL, NULL, FALSE, flags);
  properties[PROP_TROUBLE] = g_param_spec_string ("trouble", NULL, NULL, NULL, flags);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
  signals[SIGNAL_LOOKED] = g_signal_new ("looked", LIMN_TYPE_GALLERY_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", LIMN_TYPE_GALLERY_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
limn_gallery_model_init (LimnGalleryModel *self)
{
  self->ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->items = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->swept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->loader = limn_gallery_loader_new ();
  self->handle = g_atomic_rc_box_new0 (GWeakRef);
  g_weak_ref_init (self->handle, self);
}

LimnGalleryModel *
limn_gallery_model_new (void)
{
  return g_object_new (LIMN_TYPE_GALLERY_MODEL, NULL);
}
