/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whatever changes, update() makes the request of the point in the middle and looks whether it is another one than before: only then is
 * what was painted in between of no use any more. */
#include "config.h"

#include "app/limn-blend-private.h"

#include "app/limn-opening.h"
#include "image/limn-resize.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

/* As the draft: what was done is on the disk after so long at the latest. */
#define SAVE_MS 300
/* Half of the way into the noise: what is where stays, what it is may change. */
#define STRENGTH 0.5
/* Sides of a picture are multiples of this as long as the model has not said otherwise. */
#define USUAL_MULTIPLE 8

enum
{
  PROP_0,
  PROP_N_ENDS,
  PROP_WAY,
  PROP_STRENGTH,
  PROP_U,
  PROP_V,
  PROP_WORDS,
  PROP_EMPTY,
  PROP_READY,
  PROP_MESSAGE,
  PROP_NOTE,
  PROP_LOADING,
  N_PROPS,
};

enum
{
  SIGNAL_END_CHANGED,
  SIGNAL_CHANGED,
  SIGNAL_FAILED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LimnBlend, limn_blend, G_TYPE_OBJECT)

/* --- Keeping it --- */

void
limn_blend_save (LimnBlend *self)
{
  g_autoptr(GBytes) bytes = NULL;
  char *json;

  if (!self->save_source)
    return;
  g_clear_handle_id (&self->save_source, g_source_remove);
  json = limn_blend_to_json (self);
  bytes = g_bytes_new_take (json, strlen (json));
  limn_keeper_replace (self->keeper, self->path, bytes);
}

static gboolean
on_save (gpointer data)
{
  limn_blend_save (data);
  return G_SOURCE_REMOVE;
}

static void
save_later (LimnBlend *self)
{
  if (self->path && !self->loading && !self->save_source)
    self->save_source = g_timeout_add (SAVE_MS, on_save, self);
}

/* --- What has become of it --- */

static gboolean
replace (char **place, char *text)
{
  if (g_strcmp0 (*place, text) == 0)
    {
      g_free (text);
      return FALSE;
    }
  g_free (*place);
  *place = text;
  return TRUE;
}

static gboolean
is_empty (LimnBlend *self)
{
  for (guint i = 0; i < self->n_ends; i++)
    if (self->ends[i].kind != LIMN_BLEND_EMPTY || self->ends[i].reading)
      return FALSE;
  return TRUE;
}

static void
update (LimnBlend *self, gboolean gradually)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnRequest) middle = limn_blend_dup_request (self, 0.5, self->n_ends == 4 ? 0.5 : 0, &error);
  gboolean empty = is_empty (self), changed = FALSE;

  g_object_freeze_notify (G_OBJECT (self));
  if (middle == NULL ? self->middle != NULL : !self->middle || !limn_request_equal (middle, self->middle))
    {
      if (!middle || !self->middle)
        g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_READY]);
      g_clear_pointer (&self->middle, limn_request_free);
      self->middle = g_steal_pointer (&middle);
      changed = TRUE;
    }
  if (replace (&self->message, error ? g_strdup (error->message) : NULL))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MESSAGE]);
  if (replace (&self->note, self->middle ? limn_blend_dup_note (self) : NULL))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NOTE]);
  if (self->empty != empty)
    {
      self->empty = empty;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_EMPTY]);
    }
  g_object_thaw_notify (G_OBJECT (self));
  if (changed)
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0, gradually);
}

void
limn_blend_update (LimnBlend *self)
{
  update (self, FALSE);
}

static void
on_draft (LimnDraft *draft, GParamSpec *spec, LimnBlend *self)
{
  /* Typing in the other pages' prompt decides nothing here. */
  if (!g_str_equal (spec->name, "prompt") && !g_str_equal (spec->name, "seed"))
    limn_blend_update (self);
}

/* --- Ends --- */

void
limn_blend_end_clear (LimnBlendEnd *end)
{
  if (end->reading)
    g_cancellable_cancel (end->reading);
  g_clear_object (&end->reading);
  g_free (end->picture);
  g_clear_pointer (&end->request, limn_request_free);
  g_free (end->name);
  g_clear_pointer (&end->thumbnail, limn_image_unref);
  *end = (LimnBlendEnd){ .kind = LIMN_BLEND_EMPTY };
}

static void
say_end (LimnBlend *self, guint index)
{
  save_later (self);
  g_signal_emit (self, signals[SIGNAL_END_CHANGED], 0, index);
  limn_blend_update (self);
}

/* What a thread does with a picture. @id: what is to be read from the stash, or becomes what it is there */
typedef struct
{
  LimnBlend    *self;
  GCancellable *cancellable;
  LimnStash    *stash;
  LimnImage    *picture; /* (nullable) */
  char         *id;      /* (nullable) */
  LimnRequest  *request; /* (nullable) */
  char         *name;    /* (nullable) */
  LimnImage    *thumbnail;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  limn_stash_unref (reading->stash);
  g_clear_pointer (&reading->picture, limn_image_unref);
  g_clear_pointer (&reading->thumbnail, limn_image_unref);
  g_clear_pointer (&reading->request, limn_request_free);
  g_free (reading->id);
  g_free (reading->name);
  g_free (reading);
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Reading *reading = data;
  g_autoptr(LimnImage) small = NULL;
  GError *error = NULL;

  if (!reading->picture)
    {
      reading->picture = limn_stash_load (reading->stash, reading->id, &error);
      if (!reading->picture)
        {
          g_task_return_error (task, error);
          return;
        }
    }
  else
    reading->id = limn_stash_add (reading->stash, reading->picture);
  small = limn_image_scale_to_fit (reading->picture, LIMN_BLEND_THUMBNAIL_PX);
  reading->thumbnail = limn_image_dup_as (small, LIMN_PIXEL_RGBA8);
  g_task_return_boolean (task, TRUE);
}

/* An end may be at another place when it comes back, or be another: it is known by its cancellable. */
static guint
find_reading (LimnBlend *self, GCancellable *cancellable)
{
  for (guint i = 0; i < LIMN_BLEND_MAX_ENDS; i++)
    if (self->ends[i].reading == cancellable)
      return i;
  return LIMN_BLEND_MAX_ENDS;
}

typedef struct
{
  LimnBlend    *self;
  GCancellable *cancellable;
} Waiting;

static Waiting *
new_waiting (LimnBlend *self, GCancellable *cancellable)
{
  Waiting *waiting = g_new (Waiting, 1);

  *waiting = (Waiting){ g_object_ref (self), g_object_ref (cancellable) };
  return waiting;
}

static void
waiting_free (Waiting *waiting)
{
  g_object_unref (waiting->self);
  g_object_unref (waiting->cancellable);
  g_free (waiting);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Waiting, waiting_free)

/* What was there before stays, unless it was only its id. */
static void
fail_reading (LimnBlend *self, guint index, const GError *error)
{
  LimnBlendEnd *end = &self->ends[index];

  g_clear_object (&end->reading);
  if (end->kind == LIMN_BLEND_PICTURE && !end->thumbnail)
    limn_blend_end_clear (end);
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, error->message);
  say_end (self, index);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(Waiting) waiting = data;
  LimnBlend *self = waiting->self;
  Reading *reading = g_task_get_task_data (G_TASK (result));
  guint index = find_reading (self, waiting->cancellable);
  g_autoptr(GError) error = NULL;
  LimnBlendEnd *end;

  if (index == LIMN_BLEND_MAX_ENDS)
    return;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      fail_reading (self, index, error);
      return;
    }
  end = &self->ends[index];
  limn_blend_end_clear (end);
  end->kind = LIMN_BLEND_PICTURE;
  end->picture = g_steal_pointer (&reading->id);
  end->request = g_steal_pointer (&reading->request);
  end->name = g_steal_pointer (&reading->name);
  end->thumbnail = g_steal_pointer (&reading->thumbnail);
  end->width = limn_image_get_width (reading->picture);
  end->height = limn_image_get_height (reading->picture);
  say_end (self, index);
}

/* Takes @request and @name. */
static void
read_picture (LimnBlend *self, GCancellable *cancellable, LimnImage *picture, const char *id, LimnRequest *request, char *name)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, on_read, new_waiting (self, cancellable));
  Reading *reading = g_new0 (Reading, 1);

  reading->stash = limn_stash_ref (self->stash);
  reading->picture = picture ? limn_image_ref (picture) : NULL;
  reading->id = g_strdup (id);
  reading->request = request;
  reading->name = name;
  g_task_set_task_data (task, reading, reading_free);
  g_task_run_in_thread (task, read_thread);
}

static GCancellable *
begin_reading (LimnBlend *self, guint index)
{
  LimnBlendEnd *end = &self->ends[index];

  if (end->reading)
    g_cancellable_cancel (end->reading);
  g_clear_object (&end->reading);
  end->reading = g_cancellable_new ();
  return end->reading;
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(Waiting) waiting = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnOpening) opening = limn_opening_read_finish (result, &error);
  guint index = find_reading (waiting->self, waiting->cancellable);
  LimnRequest *request = NULL;

  if (index == LIMN_BLEND_MAX_ENDS)
    return;
  if (!opening)
    {
      fail_reading (waiting->self, index, error);
      return;
    }
  if (opening->import && opening->import->request && opening->import->has_seed)
    {
      request = limn_request_copy (opening->import->request);
      /* Other programs' names of models are no files here. */
      if (opening->import->origin != LIMN_IMPORT_LIMN)
        limn_request_set_model (request, limn_draft_get_model (waiting->self->draft));
    }
  read_picture (waiting->self, waiting->cancellable, opening->image, NULL, request, g_path_get_basename (opening->path));
}

void
limn_blend_use_file (LimnBlend *self, guint index, const char *path)
{
  LimnInspection *inspection = limn_draft_get_inspection (self->draft);
  GCancellable *cancellable;

  g_return_if_fail (LIMN_IS_BLEND (self) && index < LIMN_BLEND_MAX_ENDS);

  cancellable = begin_reading (self, index);
  limn_opening_read_async (path, inspection ? inspection->multiple : USUAL_MULTIPLE, self->stash, cancellable, on_opened,
                           new_waiting (self, cancellable));
  say_end (self, index);
}

void
limn_blend_use_picture (LimnBlend *self, guint index, LimnImage *picture, const LimnRequest *request)
{
  g_return_if_fail (LIMN_IS_BLEND (self) && index < LIMN_BLEND_MAX_ENDS);

  read_picture (self, begin_reading (self, index), picture, NULL, request ? limn_request_copy (request) : NULL, NULL);
  say_end (self, index);
}

void
limn_blend_use_words (LimnBlend *self, guint index, const char *prompt, guint64 seed)
{
  LimnBlendEnd *end;

  g_return_if_fail (LIMN_IS_BLEND (self) && index < LIMN_BLEND_MAX_ENDS);

  end = &self->ends[index];
  limn_blend_end_clear (end);
  end->kind = LIMN_BLEND_WORDS;
  end->request = limn_draft_dup_request (self->draft);
  limn_request_set_prompt (end->request, prompt);
  limn_blend_strip_request (end->request);
  end->request->seed = seed;
  say_end (self, index);
}

void
limn_blend_clear (LimnBlend *self, guint index)
{
  g_return_if_fail (LIMN_IS_BLEND (self) && index < LIMN_BLEND_MAX_ENDS);

  limn_blend_end_clear (&self->ends[index]);
  say_end (self, index);
}

void
limn_blend_swap (LimnBlend *self, guint a, guint b)
{
  LimnBlendEnd end;

  g_return_if_fail (LIMN_IS_BLEND (self) && a < LIMN_BLEND_MAX_ENDS && b < LIMN_BLEND_MAX_ENDS);

  end = self->ends[a];
  self->ends[a] = self->ends[b];
  self->ends[b] = end;
  save_later (self);
  g_signal_emit (self, signals[SIGNAL_END_CHANGED], 0, a);
  g_signal_emit (self, signals[SIGNAL_END_CHANGED], 0, b);
  limn_blend_update (self);
}

/* --- What was kept --- */

/* What is there and cannot be read must not be replaced either. */
static void
put_aside (LimnBlend *self)
{
  g_autofree char *aside = g_strconcat (self->path, ".damaged", NULL);

  if (g_rename (self->path, aside) != 0)
    g_warning ("%s cannot be put aside", self->path);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnBlend) self = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *json = NULL;
  gsize length;
  gboolean there = g_file_load_contents_finish (G_FILE (source), result, &json, &length, NULL, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->loading);
  if (there && limn_blend_load_json (self, json, &error))
    for (guint i = 0; i < LIMN_BLEND_MAX_ENDS; i++)
      if (self->ends[i].kind == LIMN_BLEND_PICTURE)
        read_picture (self, begin_reading (self, i), NULL, self->ends[i].picture,
                      self->ends[i].request ? limn_request_copy (self->ends[i].request) : NULL, g_strdup (self->ends[i].name));
  if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_warning ("%s", error->message);
      put_aside (self);
    }
  g_object_freeze_notify (G_OBJECT (self));
  for (guint i = PROP_N_ENDS; i <= PROP_WORDS; i++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[i]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
  g_object_thaw_notify (G_OBJECT (self));
  for (guint i = 0; i < LIMN_BLEND_MAX_ENDS; i++)
    g_signal_emit (self, signals[SIGNAL_END_CHANGED], 0, i);
  limn_blend_update (self);
}

/* --- The object --- */

static void
limn_blend_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LimnBlend *self = LIMN_BLEND (object);

  switch (id)
    {
    case PROP_N_ENDS:
      g_value_set_uint (value, self->n_ends);
      break;
    case PROP_WAY:
      g_value_set_uint (value, self->way);
      break;
    case PROP_STRENGTH:
      g_value_set_double (value, self->strength);
      break;
    case PROP_U:
      g_value_set_double (value, self->u);
      break;
    case PROP_V:
      g_value_set_double (value, self->v);
      break;
    case PROP_WORDS:
      g_value_set_string (value, self->words);
      break;
    case PROP_EMPTY:
      g_value_set_boolean (value, self->empty);
      break;
    case PROP_READY:
      g_value_set_boolean (value, self->middle != NULL);
      break;
    case PROP_MESSAGE:
      g_value_set_string (value, self->message);
      break;
    case PROP_NOTE:
      g_value_set_string (value, self->note);
      break;
    case PROP_LOADING:
      g_value_set_boolean (value, self->loading != NULL);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static gboolean
set_double (double *place, const GValue *value)
{
  if (*place == g_value_get_double (value))
    return FALSE;
  *place = g_value_get_double (value);
  return TRUE;
}

static gboolean
set_uint (guint *place, guint value)
{
  if (*place == value)
    return FALSE;
  *place = value;
  return TRUE;
}

static void
limn_blend_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  LimnBlend *self = LIMN_BLEND (object);
  guint way = self->way;
  gboolean changed = FALSE;

  switch (id)
    {
    case PROP_N_ENDS:
      changed = set_uint (&self->n_ends, g_value_get_uint (value) > 2 ? 4 : 2);
      break;
    case PROP_WAY:
      changed = set_uint (&way, g_value_get_uint (value));
      self->way = way;
      break;
    case PROP_STRENGTH:
      changed = set_double (&self->strength, value);
      break;
    case PROP_U:
      changed = set_double (&self->u, value);
      break;
    case PROP_V:
      changed = set_double (&self->v, value);
      break;
    case PROP_WORDS:
      changed = replace (&self->words, g_value_dup_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
  if (!changed)
    return;
  g_object_notify_by_pspec (object, spec);
  save_later (self);
  if (id != PROP_U && id != PROP_V)
    update (self, id == PROP_STRENGTH || id == PROP_WORDS);
}

static void
limn_blend_dispose (GObject *object)
{
  LimnBlend *self = LIMN_BLEND (object);

  limn_blend_save (self);
  if (self->loading)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  for (guint i = 0; i < LIMN_BLEND_MAX_ENDS; i++)
    limn_blend_end_clear (&self->ends[i]);
  g_clear_object (&self->draft);
  g_clear_object (&self->keeper);
  g_clear_pointer (&self->stash, limn_stash_unref);
  G_OBJECT_CLASS (limn_blend_parent_class)->dispose (object);
}

static void
limn_blend_finalize (GObject *object)
{
  LimnBlend *self = LIMN_BLEND (object);

  g_clear_pointer (&self->middle, limn_request_free);
  g_free (self->message);
  g_free (self->note);
  g_free (self->words);
  g_free (self->path);
  G_OBJECT_CLASS (limn_blend_parent_class)->finalize (object);
}

static void
limn_blend_class_init (LimnBlendClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags both = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  GParamFlags read = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_blend_get_property;
  object_class->set_property = limn_blend_set_property;
  object_class->dispose = limn_blend_dispose;
  object_class->finalize = limn_blend_finalize;

  properties[PROP_N_ENDS] = g_param_spec_uint ("n-ends", NULL, NULL, 2, LIMN_BLEND_MAX_ENDS, 2, both);
  properties[PROP_WAY] = g_param_spec_uint ("way", NULL, NULL, 0, LIMN_BLEND_N_WAYS - 1, 0, both);
  properties[PROP_STRENGTH] = g_param_spec_double ("strength", NULL, NULL, 0, 1, STRENGTH, both);
  properties[PROP_U] = g_param_spec_double ("u", NULL, NULL, 0, 1, 0.5, both);
  properties[PROP_V] = g_param_spec_double ("v", NULL, NULL, 0, 1, 0.5, both);
  properties[PROP_WORDS] = g_param_spec_string ("words", NULL, NULL, "", both);
  properties[PROP_EMPTY] = g_param_spec_boolean ("empty", NULL, NULL, TRUE, read);
  properties[PROP_READY] = g_param_spec_boolean ("ready", NULL, NULL, FALSE, read);
  properties[PROP_MESSAGE] = g_param_spec_string ("message", NULL, NULL, NULL, read);
  properties[PROP_NOTE] = g_param_spec_string ("note", NULL, NULL, NULL, read);
  properties[PROP_LOADING] = g_param_spec_boolean ("loading", NULL, NULL, FALSE, read);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_END_CHANGED] = g_signal_new ("end-changed", LIMN_TYPE_BLEND, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                              G_TYPE_UINT);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", LIMN_TYPE_BLEND, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", LIMN_TYPE_BLEND, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                         G_TYPE_STRING);
}

static void
limn_blend_init (LimnBlend *self)
{
  self->n_ends = 2;
  self->strength = STRENGTH;
  self->u = self->v = 0.5;
  self->words = g_strdup ("");
  self->empty = TRUE;
}

LimnBlend *
limn_blend_new (LimnDraft *draft, LimnStash *stash, LimnKeeper *keeper, const char *path)
{
  LimnBlend *self = g_object_new (LIMN_TYPE_BLEND, NULL);

  self->draft = g_object_ref (draft);
  self->stash = limn_stash_ref (stash);
  g_signal_connect_object (draft, "notify", G_CALLBACK (on_draft), self, 0);
  if (path)
    {
      g_autoptr(GFile) file = g_file_new_for_path (path);

      self->keeper = g_object_ref (keeper);
      self->path = g_strdup (path);
      self->loading = g_cancellable_new ();
      g_file_load_contents_async (file, self->loading, on_loaded, g_object_ref (self));
    }
  limn_blend_update (self);
  return self;
}

/* --- What it is --- */

LimnBlendKind
limn_blend_get_kind (LimnBlend *self, guint index)
{
  g_return_val_if_fail (LIMN_IS_BLEND (self) && index < LIMN_BLEND_MAX_ENDS, LIMN_BLEND_EMPTY);

  return self->ends[index].kind;
}

gboolean
limn_blend_is_reading (LimnBlend *self, guint index)
{
  g_return_val_if_fail (LIMN_IS_BLEND (self) && index < LIMN_BLEND_MAX_ENDS, FALSE);

  return self->ends[index].reading != NULL;
}

LimnImage *
limn_blend_get_thumbnail (LimnBlend *self, guint index)
{
  g_return_val_if_fail (LIMN_IS_BLEND (self) && index < LIMN_BLEND_MAX_ENDS, NULL);

  return self->ends[index].thumbnail;
}

const LimnRequest *
limn_blend_get_request (LimnBlend *self, guint index)
{
  g_return_val_if_fail (LIMN_IS_BLEND (self) && index < LIMN_BLEND_MAX_ENDS, NULL);

  return self->ends[index].request;
}

const char *
limn_blend_get_name (LimnBlend *self, guint index)
{
  g_return_val_if_fail (LIMN_IS_BLEND (self) && index < LIMN_BLEND_MAX_ENDS, NULL);

  return self->ends[index].name;
}

const char *
limn_blend_get_letter (guint index)
{
  static const char *const letters[LIMN_BLEND_MAX_ENDS] = { "A", "B", "C", "D" };

  g_return_val_if_fail (index < LIMN_BLEND_MAX_ENDS, "");

  return letters[index];
}
