/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whatever walks all pixels of a picture or a mask is done by one thread, in the order it was asked for: a mask is kept before it is
 * frozen for a request, and two presses of the button paint in the order they were made. The thread is given states of the mask, which cost
 * nothing to take and never change; so the artist paints on meanwhile. */
#include "config.h"

#include "app/limn-easel-private.h"

#include <glib/gi18n.h>

/* After the last change: a stroke that follows at once is kept with it. What a kill can cost. */
#define KEEP_MS 250
/* A brush that is wider than this part of the picture marks all of it: it is made smaller when such a picture comes. */
#define WIDEST_BRUSH (1 / 4.0)

enum
{
  PROP_0,
  PROP_PICTURE,
  PROP_BUSY,
  PROP_SHOWN,
  PROP_TOOL,
  PROP_BRUSH_SIZE,
  PROP_BRUSH_HARDNESS,
  PROP_BRUSH_FLOW,
  PROP_PRESSURE_SIZE,
  PROP_PRESSURE_FLOW,
  PROP_FILL_TOLERANCE,
  PROP_MARKS_SHOWN,
  PROP_MARKS_COLOUR,
  PROP_MARKS_OPACITY,
  PROP_MARKS_CELLS,
  PROP_COVERAGE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];
static guint signal_said;

/* To be told from any picture, and from each other. */
static const struct
{
  guint32     rgb;
  const char *name;
} colours[LIMN_EASEL_N_COLOURS] = {
  { 0xe01b4c, N_("Red") },  { 0x26c15a, N_("Green") },   { 0x2b7de9, N_("Blue") },
  { 0xf5c211, N_("Yellow") }, { 0xc642d6, N_("Violet") }, { 0xffffff, N_("White") },
};

G_DEFINE_FINAL_TYPE (LimnEasel, limn_easel, G_TYPE_OBJECT)

/* --- The thread --- */

typedef struct
{
  LimnEaselWork  work;
  gpointer       data;
  GDestroyNotify destroy;
} Errand;

static void
errand_free (Errand *errand)
{
  if (errand->destroy)
    errand->destroy (errand->data);
  g_free (errand);
}

static void
do_errand (gpointer item, gpointer data)
{
  g_autoptr(GTask) task = item;
  Errand *errand = g_task_get_task_data (task);

  if (!g_task_return_error_if_cancelled (task))
    errand->work (task, errand->data);
}

void
limn_easel_run (LimnEasel           *self,
                LimnEaselWork        work,
                gpointer             data,
                GDestroyNotify       destroy,
                GCancellable        *cancellable,
                GAsyncReadyCallback  callback,
                gpointer             callback_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, callback_data);
  Errand *errand = g_new (Errand, 1);

  *errand = (Errand){ work, data, destroy };
  g_task_set_task_data (task, errand, (GDestroyNotify) errand_free);
  g_thread_pool_push (self->pool, task, NULL);
}

/* --- What is said and shown --- */

void
limn_easel_say_error (LimnEasel *self, const GError *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signal_said, 0, error->message);
}

void
limn_easel_show_marks (LimnEasel *self)
{
  if (!self->marks_shown)
    g_object_set (self, "marks-shown", TRUE, NULL);
}

gboolean
limn_easel_can_mark (LimnEasel *self)
{
  return self->mask && (self->shown == LIMN_EASEL_SHOWS_SOURCE || self->shown == LIMN_EASEL_SHOWS_RESULT);
}

/* --- Keeping the mask --- */

typedef struct
{
  LimnStash     *stash;
  char          *id;
  LimnMaskState *state;
} Keep;

static void
keep_free (Keep *keep)
{
  limn_stash_unref (keep->stash);
  g_free (keep->id);
  limn_mask_state_unref (keep->state);
  g_free (keep);
}

/* Returns what part is marked, in millionths. */
static void
do_keep (GTask *task, gpointer data)
{
  Keep *keep = data;
  GError *error = NULL;
  g_autoptr(LimnImage) image = limn_mask_state_to_image (keep->state, &error);
  guint64 sum = 0;
  guint width, height;

  if (!image)
    {
      g_task_return_error (task, error);
      return;
    }
  width = limn_image_get_width (image);
  height = limn_image_get_height (image);
  for (guint y = 0; y < height; y++)
    {
      const guint8 *row = limn_image_get_row (image, y);
      guint64 line = 0;

      for (guint x = 0; x < width; x++)
        line += row[x];
      sum += line;
    }
  limn_stash_save_mask (keep->stash, keep->id, sum > 0 ? image : NULL);
  g_task_return_int (task, sum == 0 ? 0 : MAX (1, (gssize) (sum / 255.0 / width / height * 1e6)));
}

static void
set_coverage (LimnEasel *self, double coverage)
{
  if (self->coverage == coverage)
    return;
  self->coverage = coverage;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_COVERAGE]);
}

typedef struct
{
  LimnEasel *self;
  LimnMask  *mask;
} Kept;

static void
on_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  Kept *kept = data;
  g_autoptr(GError) error = NULL;
  gssize millionths = g_task_propagate_int (G_TASK (result), &error);

  if (error)
    limn_easel_say_error (kept->self, error);
  else if (kept->mask == kept->self->mask)
    set_coverage (kept->self, millionths / 1e6);
  g_object_unref (kept->self);
  limn_mask_unref (kept->mask);
  g_free (kept);
}

static Keep *
new_keep (LimnEasel *self)
{
  Keep *keep = g_new (Keep, 1);

  *keep = (Keep){ limn_stash_ref (self->stash), g_strdup (self->id), limn_mask_dup_state (self->mask) };
  return keep;
}

static void
keep_mask (LimnEasel *self)
{
  Kept *kept;

  g_clear_handle_id (&self->keep_source, g_source_remove);
  if (!self->mask || limn_mask_get_serial (self->mask) == self->kept_serial)
    return;
  self->kept_serial = limn_mask_get_serial (self->mask);
  kept = g_new (Kept, 1);
  *kept = (Kept){ g_object_ref (self), limn_mask_ref (self->mask) };
  limn_easel_run (self, do_keep, new_keep (self), (GDestroyNotify) keep_free, NULL, on_kept, kept);
}

static gboolean
on_keep (gpointer data)
{
  LimnEasel *self = data;

  self->keep_source = 0;
  keep_mask (self);
  return G_SOURCE_REMOVE;
}

static void
on_marked (LimnMask *mask, const LimnRect *dirty, gpointer data)
{
  LimnEasel *self = data;

  limn_easel_update_actions (self);
  if (limn_rect_is_empty (dirty))
    return;
  g_clear_handle_id (&self->keep_source, g_source_remove);
  self->keep_source = g_timeout_add (KEEP_MS, on_keep, self);
}

void
limn_easel_flush (LimnEasel *self)
{
  limn_easel_end_stroke (self);
  keep_mask (self);
  g_thread_pool_free (g_steal_pointer (&self->pool), FALSE, TRUE);
  self->pool = g_thread_pool_new (do_errand, NULL, 1, FALSE, NULL);
}

/* --- The picture --- */

/* What the thread is to bring: a picture that is there and shall be put by, or one that is known by its id. */
typedef struct
{
  LimnStash     *stash;
  LimnImage     *picture; /* (nullable) */
  char          *id;      /* (nullable) */
  char          *mask_id; /* (nullable): of a mask that shall be on it */
  gboolean       is_new;  /* out: it was there */
  LimnMaskState *mask;    /* (nullable): out: the one that was kept with it */
  LimnMaskState *other;   /* (nullable): out: that of @mask_id */
} Fetch;

static void
fetch_free (Fetch *fetch)
{
  limn_stash_unref (fetch->stash);
  g_clear_pointer (&fetch->picture, limn_image_unref);
  g_free (fetch->id);
  g_free (fetch->mask_id);
  g_clear_pointer (&fetch->mask, limn_mask_state_unref);
  g_clear_pointer (&fetch->other, limn_mask_state_unref);
  g_free (fetch);
}

/* Whatever is wrong with it: one can paint another, and the file stays where it is until then. @image: (transfer full) (nullable), or else @problem. */
static LimnMaskState *
read_mask (LimnImage *mask, GError *problem, LimnImage *picture)
{
  g_autoptr(LimnImage) image = mask;
  g_autoptr(GError) error = problem;
  LimnMaskState *state = NULL;

  if (image)
    state = limn_mask_state_new_from_image (image, limn_image_get_width (picture), limn_image_get_height (picture),
                                            LIMN_MASK_FIT_SCALE, &error);
  if (!state && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_warning ("%s", error->message);
  return state;
}

/* Opaque pixels take three bytes. */
static void
take_picture (Fetch *fetch, LimnImage *image)
{
  LimnImage *picture = limn_image_dup_as (image, limn_image_is_opaque (image) ? LIMN_PIXEL_RGB8 : LIMN_PIXEL_RGBA8);

  g_clear_pointer (&fetch->picture, limn_image_unref);
  fetch->picture = picture;
}

static void
do_fetch (GTask *task, gpointer data)
{
  Fetch *fetch = data;
  GError *error = NULL, *problem = NULL;
  LimnImage *image;
  Fetch *done;

  fetch->is_new = fetch->picture != NULL;
  if (!fetch->is_new)
    {
      g_autoptr(LimnImage) stored = limn_stash_load (fetch->stash, fetch->id, &error);

      if (!stored)
        {
          g_task_return_error (task, error);
          return;
        }
      take_picture (fetch, stored);
    }
  else
    {
      fetch->id = limn_stash_add (fetch->stash, fetch->picture);
      take_picture (fetch, fetch->picture);
    }
  done = g_new0 (Fetch, 1);
  done->stash = limn_stash_ref (fetch->stash);
  done->picture = limn_image_ref (fetch->picture);
  done->id = g_strdup (fetch->id);
  done->is_new = fetch->is_new;
  image = limn_stash_load_mask (fetch->stash, fetch->id, &problem);
  done->mask = read_mask (image, g_steal_pointer (&problem), fetch->picture);
  if (fetch->mask_id)
    {
      image = limn_stash_load (fetch->stash, fetch->mask_id, &problem);
      done->other = read_mask (image, problem, fetch->picture);
    }
  g_task_return_pointer (task, done, (GDestroyNotify) fetch_free);
}

static void
drop_picture (LimnEasel *self)
{
  limn_easel_cancel (self);
  keep_mask (self);
  if (self->mask)
    limn_mask_remove_watch (self->mask, self->watch);
  g_clear_pointer (&self->mask, limn_mask_unref);
  g_clear_pointer (&self->picture, limn_image_unref);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->frozen_id, g_free);
  self->frozen_serial = 0;
  set_coverage (self, 0);
}

static void
set_picture (LimnEasel *self, Fetch *fetch)
{
  guint width = limn_image_get_width (fetch->picture), height = limn_image_get_height (fetch->picture);
  double widest = MAX (LIMN_BRUSH_MIN_DIAMETER, MIN (width, height) * WIDEST_BRUSH);

  drop_picture (self);
  self->picture = limn_image_ref (fetch->picture);
  self->id = g_strdup (fetch->id);
  self->mask = limn_mask_new (width, height);
  if (fetch->mask)
    {
      limn_mask_set_state (self->mask, fetch->mask);
      limn_mask_forget (self->mask);
    }
  self->watch = limn_mask_add_watch (self->mask, on_marked, self);
  /* What came from the disk need not go there, but how much it is shall be said. */
  self->kept_serial = fetch->mask ? G_MAXUINT64 : limn_mask_get_serial (self->mask);
  keep_mask (self);
  if (self->brush_size > widest)
    g_object_set (self, "brush-size", widest, NULL);
  limn_easel_update_actions (self);
}

static void
stop_reading (LimnEasel *self)
{
  if (self->reading)
    g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnEasel) self = data;
  g_autoptr(GError) error = NULL;
  Fetch *fetch = g_task_propagate_pointer (G_TASK (result), &error);

  /* Another is wanted by now. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->reading);
  g_object_freeze_notify (G_OBJECT (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
  if (fetch)
    {
      if (g_strcmp0 (self->id, fetch->id) != 0)
        set_picture (self, fetch);
      g_object_set (self->draft, "source", self->id, "mask", NULL, NULL);
      /* A step like any other: what was marked before can be had back. */
      if (fetch->other)
        limn_mask_set_state (self->mask, fetch->other);
      if (fetch->is_new)
        g_object_set (self->draft, "paint-from-source", TRUE, "grow-left", 0, "grow-top", 0, "grow-right", 0, "grow-bottom", 0,
                      NULL);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PICTURE]);
      fetch_free (fetch);
    }
  else
    {
      limn_easel_say_error (self, error);
      limn_easel_remove (self);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

static void
fetch_picture (LimnEasel *self, LimnImage *picture, const char *id, const char *mask_id)
{
  Fetch *fetch = g_new0 (Fetch, 1);

  stop_reading (self);
  fetch->stash = limn_stash_ref (self->stash);
  fetch->picture = picture ? limn_image_ref (picture) : NULL;
  fetch->id = g_strdup (id);
  fetch->mask_id = g_strdup (mask_id);
  self->reading = g_cancellable_new ();
  limn_easel_run (self, do_fetch, fetch, (GDestroyNotify) fetch_free, self->reading, on_fetched, g_object_ref (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

void
limn_easel_use (LimnEasel *self, LimnImage *picture)
{
  g_return_if_fail (LIMN_IS_EASEL (self) && picture);

  if (limn_image_get_width (picture) > LIMN_MASK_MAX_SIDE || limn_image_get_height (picture) > LIMN_MASK_MAX_SIDE)
    {
      /* Translators: %u is a number of pixels. */
      g_autofree char *message = g_strdup_printf (_("This picture is too large to be painted on: a side may have %u pixels."),
                                                  LIMN_MASK_MAX_SIDE);

      g_signal_emit (self, signal_said, 0, message);
      return;
    }
  if (picture == self->picture)
    g_object_set (self->draft, "paint-from-source", TRUE, NULL);
  else
    fetch_picture (self, picture, NULL, NULL);
}

void
limn_easel_remove (LimnEasel *self)
{
  g_return_if_fail (LIMN_IS_EASEL (self));

  stop_reading (self);
  g_object_freeze_notify (G_OBJECT (self));
  drop_picture (self);
  g_object_set (self->draft, "source", NULL, "mask", NULL, "paint-from-source", FALSE, "grow-left", 0, "grow-top", 0, "grow-right", 0,
                "grow-bottom", 0, NULL);
  limn_easel_update_actions (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PICTURE]);
  g_object_thaw_notify (G_OBJECT (self));
}

/* A draft that was filled from a picture's settings, or at the start. */
static void
on_draft_source (LimnEasel *self)
{
  g_autofree char *id = NULL;
  g_autofree char *mask = NULL;

  g_object_get (self->draft, "source", &id, "mask", &mask, NULL);
  if (g_strcmp0 (id, self->id) == 0 && !mask)
    return;
  if (id)
    fetch_picture (self, NULL, id, mask);
  else
    limn_easel_remove (self);
}

/* --- The object --- */

static void
limn_easel_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LimnEasel *self = LIMN_EASEL (object);

  switch (id)
    {
    case PROP_PICTURE:
      g_value_set_pointer (value, self->picture);
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, self->reading != NULL);
      break;
    case PROP_SHOWN:
      g_value_set_uint (value, self->shown);
      break;
    case PROP_TOOL:
      g_value_set_uint (value, self->tool);
      break;
    case PROP_BRUSH_SIZE:
      g_value_set_double (value, self->brush_size);
      break;
    case PROP_BRUSH_HARDNESS:
      g_value_set_double (value, self->brush_hardness);
      break;
    case PROP_BRUSH_FLOW:
      g_value_set_double (value, self->brush_flow);
      break;
    case PROP_PRESSURE_SIZE:
      g_value_set_boolean (value, self->pressure_size);
      break;
    case PROP_PRESSURE_FLOW:
      g_value_set_boolean (value, self->pressure_flow);
      break;
    case PROP_FILL_TOLERANCE:
      g_value_set_double (value, self->fill_tolerance);
      break;
    case PROP_MARKS_SHOWN:
      g_value_set_boolean (value, self->marks_shown);
      break;
    case PROP_MARKS_COLOUR:
      g_value_set_uint (value, self->marks_colour);
      break;
    case PROP_MARKS_OPACITY:
      g_value_set_double (value, self->marks_opacity);
      break;
    case PROP_MARKS_CELLS:
      g_value_set_boolean (value, self->marks_cells);
      break;
    case PROP_COVERAGE:
      g_value_set_double (value, self->coverage);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

/* Each is only remembered here; who shows it or paints with it asks. */
static void
limn_easel_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  LimnEasel *self = LIMN_EASEL (object);

  switch (id)
    {
    case PROP_SHOWN:
      if (self->shown == g_value_get_uint (value))
        return;
      limn_easel_end_stroke (self);
      self->shown = g_value_get_uint (value);
      break;
    case PROP_TOOL:
      if (self->tool == g_value_get_uint (value))
        return;
      limn_easel_end_stroke (self);
      self->tool = g_value_get_uint (value);
      break;
    case PROP_BRUSH_SIZE:
      self->brush_size = g_value_get_double (value);
      break;
    case PROP_BRUSH_HARDNESS:
      self->brush_hardness = g_value_get_double (value);
      break;
    case PROP_BRUSH_FLOW:
      self->brush_flow = g_value_get_double (value);
      break;
    case PROP_PRESSURE_SIZE:
      self->pressure_size = g_value_get_boolean (value);
      break;
    case PROP_PRESSURE_FLOW:
      self->pressure_flow = g_value_get_boolean (value);
      break;
    case PROP_FILL_TOLERANCE:
      self->fill_tolerance = g_value_get_double (value);
      break;
    case PROP_MARKS_SHOWN:
      self->marks_shown = g_value_get_boolean (value);
      break;
    case PROP_MARKS_COLOUR:
      self->marks_colour = g_value_get_uint (value);
      break;
    case PROP_MARKS_OPACITY:
      self->marks_opacity = g_value_get_double (value);
      break;
    case PROP_MARKS_CELLS:
      self->marks_cells = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
      return;
    }
  limn_easel_update_actions (self);
  g_object_notify_by_pspec (object, spec);
}

static void
limn_easel_dispose (GObject *object)
{
  LimnEasel *self = LIMN_EASEL (object);

  stop_reading (self);
  if (self->pool)
    {
      drop_picture (self);
      g_thread_pool_free (g_steal_pointer (&self->pool), FALSE, TRUE);
    }
  g_clear_object (&self->draft);
  g_clear_object (&self->settings);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->stash, limn_stash_unref);
  g_clear_pointer (&self->outline, g_array_unref);
  G_OBJECT_CLASS (limn_easel_parent_class)->dispose (object);
}

static void
limn_easel_class_init (LimnEaselClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  GParamFlags flags = readable | G_PARAM_WRITABLE;

  object_class->get_property = limn_easel_get_property;
  object_class->set_property = limn_easel_set_property;
  object_class->dispose = limn_easel_dispose;

  properties[PROP_PICTURE] = g_param_spec_pointer ("picture", NULL, NULL, readable);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, readable);
  properties[PROP_SHOWN] = g_param_spec_uint ("shown", NULL, NULL, 0, LIMN_EASEL_SHOWS_GROWN, LIMN_EASEL_SHOWS_NOTHING, flags);
  properties[PROP_TOOL] = g_param_spec_uint ("tool", NULL, NULL, 0, LIMN_TOOL_GROW, LIMN_TOOL_HAND, flags);
  properties[PROP_BRUSH_SIZE] =
    g_param_spec_double ("brush-size", NULL, NULL, LIMN_BRUSH_MIN_DIAMETER, LIMN_BRUSH_MAX_DIAMETER, 48, flags);
  properties[PROP_BRUSH_HARDNESS] = g_param_spec_double ("brush-hardness", NULL, NULL, 0, 1, 0.7, flags);
  properties[PROP_BRUSH_FLOW] = g_param_spec_double ("brush-flow", NULL, NULL, 0.01, 1, 1, flags);
  properties[PROP_PRESSURE_SIZE] = g_param_spec_boolean ("pressure-size", NULL, NULL, TRUE, flags);
  properties[PROP_PRESSURE_FLOW] = g_param_spec_boolean ("pressure-flow", NULL, NULL, FALSE, flags);
  properties[PROP_FILL_TOLERANCE] = g_param_spec_double ("fill-tolerance", NULL, NULL, 0, 1, 0.1, flags);
  properties[PROP_MARKS_SHOWN] = g_param_spec_boolean ("marks-shown", NULL, NULL, TRUE, flags);
  properties[PROP_MARKS_COLOUR] = g_param_spec_uint ("marks-colour", NULL, NULL, 0, LIMN_EASEL_N_COLOURS - 1, 0, flags);
  properties[PROP_MARKS_OPACITY] = g_param_spec_double ("marks-opacity", NULL, NULL, 0.05, 1, 0.55, flags);
  properties[PROP_MARKS_CELLS] = g_param_spec_boolean ("marks-cells", NULL, NULL, FALSE, flags);
  properties[PROP_COVERAGE] = g_param_spec_double ("coverage", NULL, NULL, 0, 1, 0, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signal_said = g_signal_new ("said", LIMN_TYPE_EASEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
limn_easel_init (LimnEasel *self)
{
  self->pool = g_thread_pool_new (do_errand, NULL, 1, FALSE, NULL);
  self->outline = g_array_new (FALSE, FALSE, sizeof (LimnPoint));
  self->brush_size = 48;
  self->marks_shown = TRUE;
  limn_easel_install_actions (self);
}

LimnEasel *
limn_easel_new (LimnDraft *draft, LimnStash *stash, GSettings *settings)
{
  static const char *const kept[] = { "brush-size",     "brush-hardness", "brush-flow",    "pressure-size", "pressure-flow",
                                      "fill-tolerance", "marks-colour",   "marks-opacity", "marks-cells" };
  LimnEasel *self = g_object_new (LIMN_TYPE_EASEL, NULL);

  self->draft = g_object_ref (draft);
  self->stash = limn_stash_ref (stash);
  self->settings = g_object_ref (settings);
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    g_settings_bind (settings, kept[i], self, kept[i], G_SETTINGS_BIND_DEFAULT);
  g_signal_connect_object (draft, "notify::source", G_CALLBACK (on_draft_source), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::mask", G_CALLBACK (on_draft_source), self, G_CONNECT_SWAPPED);
  on_draft_source (self);
  return self;
}

LimnDraft *
limn_easel_get_draft (LimnEasel *self)
{
  return self->draft;
}

LimnImage *
limn_easel_get_picture (LimnEasel *self)
{
  return self->picture;
}

LimnMask *
limn_easel_get_mask (LimnEasel *self)
{
  return self->mask;
}

LimnBrush
limn_easel_get_brush (LimnEasel *self, gboolean erases)
{
  LimnBrush brush;

  limn_brush_init (&brush);
  brush.diameter = self->brush_size;
  brush.hardness = self->brush_hardness;
  brush.flow = self->brush_flow;
  brush.eraser = erases || self->tool == LIMN_TOOL_ERASER;
  brush.pressure_size = self->pressure_size;
  brush.pressure_flow = self->pressure_flow;
  return brush;
}

LimnOverlay
limn_easel_get_overlay (LimnEasel *self)
{
  guint32 rgb = colours[self->marks_colour].rgb;

  return (LimnOverlay){ rgb >> 16, rgb >> 8 & 0xff, rgb & 0xff, self->marks_opacity, self->marks_cells };
}

guint32
limn_easel_get_colour (guint colour, const char **name)
{
  g_return_val_if_fail (colour < LIMN_EASEL_N_COLOURS, 0);

  if (name)
    *name = _(colours[colour].name);
  return colours[colour].rgb;
}

GActionGroup *
limn_easel_get_actions (LimnEasel *self)
{
  return G_ACTION_GROUP (self->actions);
}
