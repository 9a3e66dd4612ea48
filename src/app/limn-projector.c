/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-projector.h"

struct _LimnProjector
{
  GObject       parent_instance;

  LimnReel     *reel;    /* (nullable) */
  LimnImage    *picture; /* (nullable) */
  guint         step;
  guint         shown_step;
  LimnImage    *frame; /* (nullable) */
  gboolean      settled;

  GCancellable *wanted; /* (nullable): of the frame that was asked for */
  guint         wanted_step;
  LimnPreview   wanted_mode;

  GPtrArray    *watched; /* steps whose thumbnails are watched */
  guint         play_source;
};

enum
{
  PROP_0,
  PROP_REEL,
  PROP_STEP,
  PROP_SHOWN_STEP,
  PROP_FRAME,
  PROP_SETTLED,
  PROP_PLAYING,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (LimnProjector, limn_projector, G_TYPE_OBJECT)

static void update (LimnProjector *self);

/* --- Frames --- */

guint
limn_projector_get_n_steps (LimnProjector *self)
{
  return self->reel ? g_list_model_get_n_items (G_LIST_MODEL (self->reel)) : 0;
}

/* What is shown, in one go: nobody sees a new frame with an old step. */
static void
show (LimnProjector *self, guint step, LimnImage *frame, gboolean settled)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (self->frame != frame)
    {
      g_clear_pointer (&self->frame, limn_image_unref);
      if (frame)
        self->frame = limn_image_ref (frame);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRAME]);
    }
  if (self->shown_step != step)
    {
      self->shown_step = step;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHOWN_STEP]);
    }
  if (self->settled != settled)
    {
      self->settled = settled;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SETTLED]);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

static void
forget_wanted (LimnProjector *self)
{
  if (self->wanted)
    g_cancellable_cancel (self->wanted);
  g_clear_object (&self->wanted);
}

/* A frame that is still being decoded does not keep the projector. */
typedef struct
{
  GWeakRef      projector;
  GCancellable *cancellable;
} Want;

static void
on_frame (GObject *source, GAsyncResult *result, gpointer data)
{
  LimnReel *reel = LIMN_REEL (source);
  Want *want = data;
  g_autoptr(LimnProjector) self = g_weak_ref_get (&want->projector);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnImage) frame = limn_reel_get_frame_finish (reel, result, &error);

  if (self && self->wanted == want->cancellable)
    {
      guint step = self->wanted_step;
      gboolean current = reel == self->reel && step == self->shown_step && self->wanted_mode == limn_reel_get_mode (reel);

      g_clear_object (&self->wanted);
      if (frame && current)
        show (self, step, frame, TRUE);
      else if (frame)
        update (self);
      /* The thumbnail stays, and the step can be chosen again. The model that painted it may be gone: that is no news worth a message for each step
       * that is dragged over. */
      else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_debug ("no frame of step %u: %s", step, error->message);
    }
  g_weak_ref_clear (&want->projector);
  g_object_unref (want->cancellable);
  g_free (want);
}

static void
ask_for (LimnProjector *self, guint step)
{
  LimnPreview mode = limn_reel_get_mode (self->reel);
  Want *want;

  /* While it plays each decode may end: given up half-way, none ever would. */
  if (self->wanted && ((self->wanted_step == step && self->wanted_mode == mode) || self->play_source))
    return;
  forget_wanted (self);
  self->wanted = g_cancellable_new ();
  self->wanted_step = step;
  self->wanted_mode = mode;
  want = g_new0 (Want, 1);
  g_weak_ref_init (&want->projector, self);
  want->cancellable = g_object_ref (self->wanted);
  limn_reel_get_frame_async (self->reel, step, self->wanted, on_frame, want);
}

static LimnImage *
peek_thumbnail (LimnProjector *self, guint step)
{
  g_autoptr(LimnReelStep) entry = g_list_model_get_item (G_LIST_MODEL (self->reel), step - 1);

  return entry ? limn_reel_step_get_thumbnail (entry) : NULL;
}

static void
show_step (LimnProjector *self, guint step)
{
  LimnImage *frame = limn_reel_peek_frame (self->reel, step);
  gboolean settled = limn_reel_has_full_frame (self->reel, step);

  if (settled)
    {
      forget_wanted (self);
      show (self, step, frame, TRUE);
      return;
    }
  if (!frame)
    frame = peek_thumbnail (self, step);
  show (self, step, frame ? frame : self->frame, FALSE);
  ask_for (self, step);
}

/* While it paints: the newest that the job made a frame of. Nothing is decoded for it, which would only slow the job down; but for one that
 * goes on where it was interrupted, and so has nothing to show at first. */
static void
show_newest (LimnProjector *self, guint n)
{
  for (guint step = n; step >= 1; step--)
    {
      LimnImage *frame = limn_reel_peek_frame (self->reel, step);

      if (!frame)
        continue;
      forget_wanted (self);
      show (self, step, frame, TRUE);
      return;
    }
  show_step (self, n);
}

static void
update (LimnProjector *self)
{
  guint n = limn_projector_get_n_steps (self);

  if (n == 0)
    {
      forget_wanted (self);
      show (self, 0, self->reel && !limn_reel_is_live (self->reel) ? self->picture : NULL, TRUE);
    }
  else if (self->step > 0)
    show_step (self, MIN (self->step, n));
  else if (limn_reel_is_live (self->reel))
    show_newest (self, n);
  else if (self->picture)
    {
      forget_wanted (self);
      show (self, n, self->picture, TRUE);
    }
  else
    show_step (self, n);
}

/* --- The reel --- */

/* A frame that the job made after its step was appended makes itself known by the thumbnail. */
static void
on_thumbnail (LimnProjector *self)
{
  if (!self->settled || self->step == 0)
    update (self);
}

static void
on_items_changed (LimnProjector *self)
{
  guint n = limn_projector_get_n_steps (self);

  while (self->watched->len < n)
    {
      LimnReelStep *entry = g_list_model_get_item (G_LIST_MODEL (self->reel), self->watched->len);

      g_signal_connect_swapped (entry, "notify::thumbnail", G_CALLBACK (on_thumbnail), self);
      g_ptr_array_add (self->watched, entry);
    }
  update (self);
}

static void
unwatch (LimnProjector *self)
{
  for (guint i = 0; i < self->watched->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->watched, i), self);
  g_ptr_array_set_size (self->watched, 0);
  if (self->reel)
    g_signal_handlers_disconnect_by_data (self->reel, self);
}

static void
change_reel (LimnProjector *self, LimnReel *reel)
{
  limn_projector_pause (self);
  unwatch (self);
  forget_wanted (self);
  g_set_object (&self->reel, reel);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REEL]);
  if (self->step != 0)
    {
      self->step = 0;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STEP]);
    }
  /* A frame of the last reel stands in for nothing here. */
  show (self, 0, NULL, TRUE);
  if (!reel)
    return;
  g_signal_connect_swapped (reel, "items-changed", G_CALLBACK (on_items_changed), self);
  g_signal_connect_swapped (reel, "notify::live", G_CALLBACK (update), self);
  g_signal_connect_swapped (reel, "notify::mode", G_CALLBACK (update), self);
}

void
limn_projector_set_reel (LimnProjector *self, LimnReel *reel, LimnImage *picture)
{
  g_return_if_fail (LIMN_IS_PROJECTOR (self));

  if (self->reel == reel && self->picture == picture)
    return;
  g_object_freeze_notify (G_OBJECT (self));
  if (picture)
    limn_image_ref (picture);
  g_clear_pointer (&self->picture, limn_image_unref);
  self->picture = picture;
  if (self->reel != reel)
    change_reel (self, reel);
  on_items_changed (self);
  g_object_thaw_notify (G_OBJECT (self));
}

LimnReel *
limn_projector_get_reel (LimnProjector *self)
{
  return self->reel;
}

/* --- Steps --- */

static void
choose (LimnProjector *self, guint step)
{
  step = MIN (step, limn_projector_get_n_steps (self));
  if (self->step == step)
    return;
  self->step = step;
  g_object_freeze_notify (G_OBJECT (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STEP]);
  update (self);
  g_object_thaw_notify (G_OBJECT (self));
}

void
limn_projector_set_step (LimnProjector *self, guint step)
{
  g_return_if_fail (LIMN_IS_PROJECTOR (self));

  limn_projector_pause (self);
  choose (self, step);
}

guint
limn_projector_get_step (LimnProjector *self)
{
  return self->step;
}

guint
limn_projector_get_shown_step (LimnProjector *self)
{
  return self->shown_step;
}

void
limn_projector_move (LimnProjector *self, int by)
{
  guint n = limn_projector_get_n_steps (self);
  gint64 to = (gint64) self->shown_step + by;

  if (n > 0)
    limn_projector_set_step (self, to > n || (to == n && !limn_reel_is_live (self->reel)) ? 0 : (guint) MAX (to, 1));
}

LimnImage *
limn_projector_get_frame (LimnProjector *self)
{
  return self->frame;
}

gboolean
limn_projector_is_settled (LimnProjector *self)
{
  return self->settled;
}

/* --- Playing --- */

static gboolean
on_play (gpointer data)
{
  LimnProjector *self = data;
  guint n = limn_projector_get_n_steps (self);

  if (!self->settled && !peek_thumbnail (self, self->shown_step))
    return G_SOURCE_CONTINUE;
  if (self->step < n)
    {
      choose (self, self->step + 1);
      return G_SOURCE_CONTINUE;
    }
  self->play_source = 0;
  choose (self, 0);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PLAYING]);
  return G_SOURCE_REMOVE;
}

void
limn_projector_play (LimnProjector *self, guint frame_ms)
{
  guint n = limn_projector_get_n_steps (self);

  g_return_if_fail (LIMN_IS_PROJECTOR (self));

  if (self->play_source || n == 0)
    return;
  self->play_source = g_timeout_add (MAX (frame_ms, 1), on_play, self);
  if (self->step == 0 || self->step >= n)
    choose (self, 1);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PLAYING]);
}

void
limn_projector_pause (LimnProjector *self)
{
  g_return_if_fail (LIMN_IS_PROJECTOR (self));

  if (!self->play_source)
    return;
  g_clear_handle_id (&self->play_source, g_source_remove);
  /* What it stopped at is looked at. */
  update (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PLAYING]);
}

gboolean
limn_projector_is_playing (LimnProjector *self)
{
  return self->play_source != 0;
}

/* --- The object --- */

static void
limn_projector_dispose (GObject *object)
{
  LimnProjector *self = LIMN_PROJECTOR (object);

  g_clear_handle_id (&self->play_source, g_source_remove);
  unwatch (self);
  forget_wanted (self);
  g_clear_object (&self->reel);
  g_clear_pointer (&self->picture, limn_image_unref);
  g_clear_pointer (&self->frame, limn_image_unref);
  G_OBJECT_CLASS (limn_projector_parent_class)->dispose (object);
}

static void
limn_projector_finalize (GObject *object)
{
  g_ptr_array_unref (LIMN_PROJECTOR (object)->watched);
  G_OBJECT_CLASS (limn_projector_parent_class)->finalize (object);
}

static void
limn_projector_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnProjector *self = LIMN_PROJECTOR (object);

  switch (id)
    {
    case PROP_REEL:
      g_value_set_object (value, self->reel);
      break;
    case PROP_STEP:
      g_value_set_uint (value, self->step);
      break;
    case PROP_SHOWN_STEP:
      g_value_set_uint (value, self->shown_step);
      break;
    case PROP_FRAME:
      g_value_set_pointer (value, self->frame);
      break;
    case PROP_SETTLED:
      g_value_set_boolean (value, self->settled);
      break;
    case PROP_PLAYING:
      g_value_set_boolean (value, self->play_source != 0);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
limn_projector_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_STEP)
    limn_projector_set_step (LIMN_PROJECTOR (object), g_value_get_uint (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_projector_class_init (LimnProjectorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = limn_projector_dispose;
  object_class->finalize = limn_projector_finalize;
  object_class->get_property = limn_projector_get_property;
  object_class->set_property = limn_projector_set_property;
  properties[PROP_REEL] = g_param_spec_object ("reel", NULL, NULL, LIMN_TYPE_REEL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_STEP] =
    g_param_spec_uint ("step", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_SHOWN_STEP] =
    g_param_spec_uint ("shown-step", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_FRAME] = g_param_spec_pointer ("frame", NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SETTLED] = g_param_spec_boolean ("settled", NULL, NULL, TRUE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_PLAYING] = g_param_spec_boolean ("playing", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
limn_projector_init (LimnProjector *self)
{
  self->settled = TRUE;
  self->watched = g_ptr_array_new_with_free_func (g_object_unref);
}

LimnProjector *
limn_projector_new (void)
{
  return g_object_new (LIMN_TYPE_PROJECTOR, NULL);
}
