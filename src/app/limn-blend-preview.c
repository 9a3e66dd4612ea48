/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is wanted has a serial, and what is shown has that of what it was painted for. A sketch is shown where its serial is newer than the
 * shown one, or the same at a better level; all else that comes back is dropped. A mark says of what it is: after
 * limn_blend_preview_forget() nothing from before is ever shown. */
#include "config.h"

#include "app/limn-blend-preview.h"

/* A pointer that moves is heard of every 8 to 17 ms (125 and 60 Hz); a little longer without a word: it holds still for now. Each ms here is
 * one that the coarse sketch of a place comes later when another was under way. */
#define STILL_MS 24
/* A hand that goes so slowly that it holds still after each pixel would never see anything: what is under way is not given up where nothing was
 * shown for so long: three coarse sketches of the starter model on two slow cores of llvmpipe. Less makes who stops wait for one that is under way. */
#define STARVED_MS 1000
/* A hand that goes slowly on purpose moves by a pixel every 100 ms or less; half as long again, and it rests. The studio asks the model at the
 * same pause. */
#define REST_MS 150

typedef struct
{
  LimnBlendPreview *self;
  GCancellable     *cancellable;
  guint64           serial;
  guint             mark;
  double            u;
  double            v;
  LimnBlendLevel    level;
  gboolean          aside;
} Sketch;

struct _LimnBlendPreview
{
  GObject          parent_instance;

  LimnBlendPainter painter;
  gpointer         data;
  GDestroyNotify   destroy;

  LimnRequest     *wanted; /* (nullable) */
  double           u;
  double           v;
  guint64          serial;   /* of what is wanted */
  guint            n_levels; /* that were painted of it */
  gboolean         failed;   /* what is wanted cannot be painted */
  gboolean         paused;
  guint            mark;   /* of what lies between the ends now */
  guint            oldest; /* mark that may be shown */

  Sketch          *current; /* (nullable): the one that is not given up */
  guint            still_source;
  guint            rest_source;

  LimnImage       *frame; /* (nullable) */
  LimnBlendLevel   level;
  guint64          shown; /* serial of @frame, 0: none */
  gint64           fed;   /* when something was shown, or the hand began to move */
  char            *trouble;
  gboolean         busy;
};

enum
{
  PROP_0,
  PROP_FRAME,
  PROP_LEVEL,
  PROP_BUSY,
  PROP_TROUBLE,
  N_PROPS,
};

enum
{
  SIGNAL_FRAME,
  SIGNAL_RESTED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LimnBlendPreview, limn_blend_preview, G_TYPE_OBJECT)

static void go_on (LimnBlendPreview *self);

static gboolean
is_done (LimnBlendPreview *self)
{
  return !self->wanted || self->failed || self->n_levels == LIMN_BLEND_N_LEVELS;
}

static void
update_busy (LimnBlendPreview *self)
{
  gboolean busy = !is_done (self) && !self->paused;

  if (self->busy == busy)
    return;
  self->busy = busy;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

static void
set_trouble (LimnBlendPreview *self, const char *trouble)
{
  if (g_strcmp0 (self->trouble, trouble) == 0)
    return;
  g_free (self->trouble);
  self->trouble = g_strdup (trouble);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TROUBLE]);
}

static void
set_frame (LimnBlendPreview *self, LimnImage *image, LimnBlendLevel level, guint64 serial)
{
  g_clear_pointer (&self->frame, limn_image_unref);
  self->frame = image ? limn_image_ref (image) : NULL;
  self->shown = serial;
  self->level = level;
  g_object_freeze_notify (G_OBJECT (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LEVEL]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRAME]);
  g_object_thaw_notify (G_OBJECT (self));
}

/* --- One sketch --- */

static void
sketch_free (Sketch *sketch)
{
  g_object_unref (sketch->self);
  g_object_unref (sketch->cancellable);
  g_free (sketch);
}

static void
give_up (LimnBlendPreview *self)
{
  if (self->current)
    g_cancellable_cancel (self->current->cancellable);
  self->current = NULL;
}

static gboolean
is_better (LimnBlendPreview *self, const Sketch *sketch)
{
  return sketch->serial > self->shown || (sketch->serial == self->shown && sketch->level > self->level);
}

static void
deliver (LimnBlendPreview *self, const Sketch *sketch, LimnImage *image)
{
  gboolean past = sketch->mark != self->mark;
  const LimnBlendFrame frame = { image, sketch->u, sketch->v, sketch->level, sketch->aside, past };

  if (sketch->mark < self->oldest || (sketch->aside && past))
    return;
  if (!sketch->aside)
    {
      if (!is_better (self, sketch))
        return;
      set_trouble (self, NULL);
      self->fed = g_get_monotonic_time ();
      set_frame (self, image, sketch->level, sketch->serial);
    }
  g_signal_emit (self, signals[SIGNAL_FRAME], 0, &frame);
}

static void
on_painted (GObject *source, GAsyncResult *result, gpointer data)
{
  Sketch *sketch = data;
  LimnBlendPreview *self = sketch->self;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnImage) image = self->painter.finish (self->data, result, &error);
  gboolean was_current = self->current == sketch;

  if (was_current)
    self->current = NULL;
  if (image)
    deliver (self, sketch, image);
  else if (was_current && !sketch->aside && sketch->serial == self->serial &&
           !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      /* The rest of this place would come to the same end. */
      self->failed = TRUE;
      set_trouble (self, error->message);
    }
  if (was_current)
    {
      if (image && !sketch->aside && sketch->serial == self->serial && sketch->mark == self->mark)
        self->n_levels = MAX (self->n_levels, sketch->level + 1);
      go_on (self);
    }
  sketch_free (sketch);
}

static void
begin (LimnBlendPreview *self, const LimnRequest *request, LimnBlendLevel level, double u, double v, gboolean aside)
{
  Sketch *sketch = g_new0 (Sketch, 1);

  g_assert (!self->current);
  sketch->self = g_object_ref (self);
  sketch->cancellable = g_cancellable_new ();
  sketch->serial = self->serial;
  sketch->mark = self->mark;
  sketch->u = u;
  sketch->v = v;
  sketch->level = level;
  sketch->aside = aside;
  self->current = sketch;
  self->painter.paint (self->data, request, level, sketch->cancellable, on_painted, sketch);
}

/* --- What comes next --- */

static void
go_on (LimnBlendPreview *self)
{
  if (!self->current && !self->paused && !is_done (self) && (self->n_levels == LIMN_BLEND_COARSE || !self->rest_source))
    begin (self, self->wanted, self->n_levels, self->u, self->v, FALSE);
  update_busy (self);
  if (!self->current && !self->paused && is_done (self) && self->wanted && !self->failed && !self->rest_source)
    g_signal_emit (self, signals[SIGNAL_RESTED], 0);
}

static gboolean
on_still (gpointer data)
{
  LimnBlendPreview *self = data;

  self->still_source = 0;
  if (self->current && self->current->serial != self->serial &&
      g_get_monotonic_time () - self->fed < STARVED_MS * G_TIME_SPAN_MILLISECOND)
    {
      give_up (self);
      go_on (self);
    }
  return G_SOURCE_REMOVE;
}

static gboolean
on_rest (gpointer data)
{
  LimnBlendPreview *self = data;

  self->rest_source = 0;
  go_on (self);
  return G_SOURCE_REMOVE;
}

void
limn_blend_preview_want (LimnBlendPreview *self, const LimnRequest *request, double u, double v)
{
  g_return_if_fail (LIMN_IS_BLEND_PREVIEW (self) && request);

  if (self->wanted && limn_request_equal (self->wanted, request))
    return;
  if (is_done (self))
    self->fed = g_get_monotonic_time ();
  g_clear_pointer (&self->wanted, limn_request_free);
  self->wanted = limn_request_copy (request);
  self->u = u;
  self->v = v;
  self->serial++;
  self->n_levels = 0;
  self->failed = FALSE;
  /* A coarse one of a moment ago is worth to be seen while the hand moves; anything else is in the way. */
  if (self->current && (self->current->aside || self->current->level > LIMN_BLEND_COARSE))
    give_up (self);
  g_clear_handle_id (&self->still_source, g_source_remove);
  if (self->current)
    self->still_source = g_timeout_add (STILL_MS, on_still, self);
  g_clear_handle_id (&self->rest_source, g_source_remove);
  self->rest_source = g_timeout_add (REST_MS, on_rest, self);
  go_on (self);
}

void
limn_blend_preview_forget (LimnBlendPreview *self)
{
  g_return_if_fail (LIMN_IS_BLEND_PREVIEW (self));

  give_up (self);
  g_clear_handle_id (&self->still_source, g_source_remove);
  g_clear_handle_id (&self->rest_source, g_source_remove);
  g_clear_pointer (&self->wanted, limn_request_free);
  self->oldest = ++self->mark;
  self->failed = FALSE;
  self->n_levels = 0;
  set_trouble (self, NULL);
  if (self->frame)
    set_frame (self, NULL, LIMN_BLEND_COARSE, 0);
  update_busy (self);
}

void
limn_blend_preview_renew (LimnBlendPreview *self)
{
  g_return_if_fail (LIMN_IS_BLEND_PREVIEW (self));

  self->mark++;
}

void
limn_blend_preview_set_paused (LimnBlendPreview *self, gboolean paused)
{
  g_return_if_fail (LIMN_IS_BLEND_PREVIEW (self));

  if (self->paused == paused)
    return;
  self->paused = paused;
  if (paused)
    give_up (self);
  go_on (self);
}

gboolean
limn_blend_preview_fill (LimnBlendPreview *self, const LimnRequest *request, double u, double v)
{
  g_return_val_if_fail (LIMN_IS_BLEND_PREVIEW (self) && request, FALSE);

  if (self->current || self->paused || !is_done (self) || self->rest_source)
    return FALSE;
  begin (self, request, LIMN_BLEND_COARSE, u, v, TRUE);
  return TRUE;
}

/* --- The object --- */

static void
limn_blend_preview_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LimnBlendPreview *self = LIMN_BLEND_PREVIEW (object);

  switch (id)
    {
    case PROP_FRAME:
      g_value_set_pointer (value, self->frame);
      break;
    case PROP_LEVEL:
      g_value_set_uint (value, self->level);
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, self->busy);
      break;
    case PROP_TROUBLE:
      g_value_set_string (value, self->trouble);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

/* Never while a sketch is under way: each holds it. */
static void
limn_blend_preview_finalize (GObject *object)
{
  LimnBlendPreview *self = LIMN_BLEND_PREVIEW (object);

  g_clear_handle_id (&self->still_source, g_source_remove);
  g_clear_handle_id (&self->rest_source, g_source_remove);
  g_clear_pointer (&self->wanted, limn_request_free);
  g_clear_pointer (&self->frame, limn_image_unref);
  g_free (self->trouble);
  if (self->destroy)
    self->destroy (self->data);
  G_OBJECT_CLASS (limn_blend_preview_parent_class)->finalize (object);
}

static void
limn_blend_preview_class_init (LimnBlendPreviewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_blend_preview_get_property;
  object_class->finalize = limn_blend_preview_finalize;

  properties[PROP_FRAME] = g_param_spec_pointer ("frame", NULL, NULL, flags);
  properties[PROP_LEVEL] = g_param_spec_uint ("level", NULL, NULL, 0, LIMN_BLEND_N_LEVELS - 1, 0, flags);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  properties[PROP_TROUBLE] = g_param_spec_string ("trouble", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_FRAME] = g_signal_new ("frame", LIMN_TYPE_BLEND_PREVIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                        G_TYPE_POINTER);
  signals[SIGNAL_RESTED] = g_signal_new ("rested", LIMN_TYPE_BLEND_PREVIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
limn_blend_preview_init (LimnBlendPreview *self)
{
}

LimnBlendPreview *
limn_blend_preview_new (const LimnBlendPainter *painter, gpointer data, GDestroyNotify destroy)
{
  LimnBlendPreview *self = g_object_new (LIMN_TYPE_BLEND_PREVIEW, NULL);

  self->painter = *painter;
  self->data = data;
  self->destroy = destroy;
  return self;
}

LimnImage *
limn_blend_preview_get_frame (LimnBlendPreview *self)
{
  return self->frame;
}

LimnBlendLevel
limn_blend_preview_get_level (LimnBlendPreview *self)
{
  return self->level;
}

gboolean
limn_blend_preview_is_busy (LimnBlendPreview *self)
{
  return self->busy;
}

const char *
limn_blend_preview_get_trouble (LimnBlendPreview *self)
{
  return self->trouble;
}
