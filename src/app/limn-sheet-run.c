/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-sheet-run.h"

struct _LimnSheetRun
{
  GObject         parent_instance;

  LimnJobQueue   *queue;
  LimnSheetBoard *board;
  char           *job_id;
  LimnJob        *job;      /* (nullable) */
  GHashTable     *pictures; /* of those that began here: id of a picture -> its number */
  GHashTable     *monitors; /* folder -> GFileMonitor */
};

enum
{
  PROP_0,
  PROP_JOB,
  N_PROPS,
};

enum
{
  SIGNAL_SAVED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

#define PAINTED_KEY "limn-sheet-run"

G_DEFINE_FINAL_TYPE (LimnSheetRun, limn_sheet_run, G_TYPE_OBJECT)

/* --- The board --- */

/* Each that is in one state comes into another. */
static void
change_all (LimnSheetRun *self, LimnSheetState from, LimnSheetState to)
{
  for (guint i = 0; i < limn_sheet_board_get_n_pictures (self->board); i++)
    {
      LimnSheetItem *item = limn_sheet_board_get (self->board, i);

      if (limn_sheet_item_get_state (item) == from)
        limn_sheet_item_set_state (item, to);
    }
}

/* The one before has come to its end; its file follows. */
static void
finish_painting (LimnSheetRun *self, LimnSheetItem *but)
{
  for (guint i = 0; i < limn_sheet_board_get_n_pictures (self->board); i++)
    {
      LimnSheetItem *item = limn_sheet_board_get (self->board, i);

      if (item != but && limn_sheet_item_get_state (item) == LIMN_SHEET_PAINTING)
        {
          limn_sheet_item_set_reel (item, NULL);
          limn_sheet_item_set_state (item, LIMN_SHEET_DONE);
        }
    }
}

/* Files go into the wastebasket and come back from it. */
static void
on_file (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, LimnSheetRun *self)
{
  gboolean gone = event == G_FILE_MONITOR_EVENT_DELETED, here = event == G_FILE_MONITOR_EVENT_CREATED;
  const char *path = g_file_peek_path (file);

  for (guint i = 0; (gone || here) && path && i < limn_sheet_board_get_n_pictures (self->board); i++)
    {
      LimnSheetItem *item = limn_sheet_board_get (self->board, i);
      LimnSheetState state = limn_sheet_item_get_state (item);

      if (g_strcmp0 (limn_sheet_item_get_path (item), path) != 0)
        continue;
      if (gone && state == LIMN_SHEET_DONE)
        limn_sheet_item_set_state (item, LIMN_SHEET_MISSING);
      else if (here && state == LIMN_SHEET_MISSING)
        limn_sheet_item_set_state (item, LIMN_SHEET_DONE);
    }
}

static void
watch_folder_of (LimnSheetRun *self, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr(GFile) file = NULL;
  GFileMonitor *monitor;

  if (g_hash_table_contains (self->monitors, folder))
    return;
  file = g_file_new_for_path (folder);
  monitor = g_file_monitor_directory (file, G_FILE_MONITOR_NONE, NULL, NULL);
  if (!monitor)
    return;
  g_signal_connect_object (monitor, "changed", G_CALLBACK (on_file), self, 0);
  g_hash_table_insert (self->monitors, g_steal_pointer (&folder), monitor);
}

void
limn_sheet_run_set_path (LimnSheetRun *self, guint picture, const char *path)
{
  LimnSheetItem *item = limn_sheet_board_get_picture (self->board, picture);

  if (!item)
    return;
  watch_folder_of (self, path);
  limn_sheet_item_set_path (item, path);
  limn_sheet_item_set_reel (item, NULL);
  limn_sheet_item_set_state (item, LIMN_SHEET_DONE);
}

/* --- The queue --- */

static gboolean
is_ours (LimnSheetRun *self, LimnJob *job)
{
  return g_str_equal (limn_job_get_id (job), self->job_id);
}

static void
set_job (LimnSheetRun *self, LimnJob *job)
{
  if (!g_set_object (&self->job, job))
    return;
  if (job)
    {
      change_all (self, LIMN_SHEET_MISSING, LIMN_SHEET_WAITING);
      change_all (self, LIMN_SHEET_FAILED, LIMN_SHEET_WAITING);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_JOB]);
}

static void
find_job (LimnSheetRun *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->queue));

  if (self->job)
    return;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LimnJob) job = g_list_model_get_item (G_LIST_MODEL (self->queue), i);

      if (is_ours (self, job) && limn_job_get_state (job) != LIMN_JOB_FAILED)
        {
          set_job (self, job);
          break;
        }
    }
}

void
limn_sheet_run_begin (LimnSheetRun *self, LimnJob *job, LimnReel *reel)
{
  guint picture = limn_job_get_picture (job);
  LimnSheetItem *item;

  if (!is_ours (self, job))
    return;
  set_job (self, job);
  item = limn_sheet_board_get_picture (self->board, picture);
  if (!item)
    return;
  g_hash_table_insert (self->pictures, g_strdup (limn_reel_get_id (reel)), GUINT_TO_POINTER (picture));
  g_object_set_data (G_OBJECT (reel), PAINTED_KEY, GINT_TO_POINTER (TRUE));
  finish_painting (self, item);
  limn_sheet_item_set_state (item, LIMN_SHEET_PAINTING);
  limn_sheet_item_set_reel (item, reel);
}

static void
on_picture_started (LimnJobQueue *queue, LimnJob *job, LimnReel *reel, LimnSheetRun *self)
{
  limn_sheet_run_begin (self, job, reel);
}

static void
on_picture_saved (LimnJobQueue *queue, LimnJob *job, const char *path, LimnReel *reel, LimnSheetRun *self)
{
  gpointer picture;

  if (!is_ours (self, job) || !reel || !g_hash_table_lookup_extended (self->pictures, limn_reel_get_id (reel), NULL, &picture))
    return;
  limn_sheet_run_set_path (self, GPOINTER_TO_UINT (picture), path);
  g_signal_emit (self, signals[SIGNAL_SAVED], 0, GPOINTER_TO_UINT (picture), path);
}

/* One that was stopped half-way is not what its label says: it is missing, as are those that never began. */
static void
on_job_ended (LimnJobQueue *queue, LimnJob *job, LimnSheetRun *self)
{
  if (!is_ours (self, job))
    return;
  switch (limn_job_get_state (job))
    {
    case LIMN_JOB_FAILED:
      change_all (self, LIMN_SHEET_PAINTING, LIMN_SHEET_FAILED);
      break;
    case LIMN_JOB_STOPPED:
      change_all (self, LIMN_SHEET_PAINTING, LIMN_SHEET_MISSING);
      break;
    default:
      finish_painting (self, NULL);
    }
  change_all (self, LIMN_SHEET_WAITING, LIMN_SHEET_MISSING);
  set_job (self, NULL);
}

/* It may also be taken out of the list, while it waits. */
static void
on_items_changed (LimnSheetRun *self)
{
  LimnJob *job = self->job;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->queue));
  gboolean there = FALSE;

  for (guint i = 0; i < n && job && !there; i++)
    {
      g_autoptr(LimnJob) other = g_list_model_get_item (G_LIST_MODEL (self->queue), i);

      there = other == job;
    }
  if (job && !there)
    {
      change_all (self, LIMN_SHEET_WAITING, LIMN_SHEET_MISSING);
      set_job (self, NULL);
    }
  find_job (self);
}

/* --- The object --- */

static void
limn_sheet_run_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  if (id == PROP_JOB)
    g_value_set_object (value, LIMN_SHEET_RUN (object)->job);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
limn_sheet_run_finalize (GObject *object)
{
  LimnSheetRun *self = LIMN_SHEET_RUN (object);

  g_clear_object (&self->job);
  g_clear_object (&self->board);
  g_clear_object (&self->queue);
  g_hash_table_unref (self->pictures);
  g_hash_table_unref (self->monitors);
  g_free (self->job_id);
  G_OBJECT_CLASS (limn_sheet_run_parent_class)->finalize (object);
}

static void
limn_sheet_run_class_init (LimnSheetRunClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = limn_sheet_run_get_property;
  G_OBJECT_CLASS (klass)->finalize = limn_sheet_run_finalize;
  properties[PROP_JOB] =
    g_param_spec_object ("job", NULL, NULL, LIMN_TYPE_JOB, G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
  signals[SIGNAL_SAVED] = g_signal_new ("saved", LIMN_TYPE_SHEET_RUN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT,
                                        G_TYPE_STRING);
}

static void
limn_sheet_run_init (LimnSheetRun *self)
{
  self->pictures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->monitors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

LimnSheetRun *
limn_sheet_run_new (LimnJobQueue *queue, LimnSheetBoard *board, const char *job_id)
{
  LimnSheetRun *self = g_object_new (LIMN_TYPE_SHEET_RUN, NULL);

  self->queue = g_object_ref (queue);
  self->board = g_object_ref (board);
  self->job_id = g_strdup (job_id);
  change_all (self, LIMN_SHEET_WAITING, LIMN_SHEET_MISSING);
  g_signal_connect_object (queue, "picture-started", G_CALLBACK (on_picture_started), self, 0);
  g_signal_connect_object (queue, "picture-saved", G_CALLBACK (on_picture_saved), self, 0);
  g_signal_connect_object (queue, "job-ended", G_CALLBACK (on_job_ended), self, 0);
  g_signal_connect_object (queue, "items-changed", G_CALLBACK (on_items_changed), self, G_CONNECT_SWAPPED);
  find_job (self);
  return self;
}

LimnJob *
limn_sheet_run_get_job (LimnSheetRun *self)
{
  return self->job;
}

LimnSheetBoard *
limn_sheet_run_get_board (LimnSheetRun *self)
{
  return self->board;
}

const char *
limn_sheet_run_get_job_id (LimnSheetRun *self)
{
  return self->job_id;
}

gboolean
limn_sheet_run_has_painted (LimnReel *reel)
{
  return g_object_get_data (G_OBJECT (reel), PAINTED_KEY) != NULL;
}
