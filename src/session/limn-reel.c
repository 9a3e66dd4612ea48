/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Everything here is the main thread but two things: reading a file, and scaling thumbnails. Frames come from three places: the job,
 * which made them anyway; the session, when somebody asks for one that is not there; and the session when it has nothing else to
 * do, one after the other, for the sake of thumbnails. All of them end in take_frame(). */
#include "config.h"

#include "session/limn-reel-private.h"

#include "base/limn-error.h"
#include "formats/limn-json.h"
#include "image/limn-resize.h"
#include "session/limn-frame-cache.h"
#include "session/limn-frame.h"
#include "session/limn-generation.h"
#include "session/limn-request-chain.h"

#include <string.h>

struct _LimnReel
{
  GObject         parent_instance;

  LimnSession    *session;
  char           *id;
  LimnRequest    *request;
  GPtrArray      *requests; /* those that it was before; they may be in somebody's hands */
  char           *model_name;
  char           *device;
  char           *driver;
  LimnFingerprint first;
  guint           width_lt;
  guint           height_lt;
  guint           n_steps;
  gboolean        live;
  LimnPreview     mode;
  double          denoise_seconds;
  double          preview_seconds;

  GPtrArray      *steps;   /* of LimnReelStep */
  LimnFrameCache *frames;  /* under frame_key() */

  GHashTable     *scaling; /* steps of which a thumbnail is made from a frame */
  GCancellable   *filling; /* (nullable): of the decode for a thumbnail */
  gboolean        given_up; /* thumbnails could not be made */
};

static void limn_reel_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LimnReel, limn_reel, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, limn_reel_list_model_init))

enum
{
  PROP_0,
  PROP_MODE,
  PROP_N_STEPS,
  PROP_LIVE,
  PROP_PREVIEW_SHARE,
  PROP_REQUEST,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void fill_thumbnails (LimnReel *self);

static guint
frame_key (guint step, gboolean denoised, gboolean half)
{
  return step * 4 + (denoised ? 2 : 0) + (half ? 1 : 0);
}

/* NULL past the end. */
static LimnReelStep *
get_step (LimnReel *self, guint step)
{
  return step >= 1 && step <= self->steps->len ? g_ptr_array_index (self->steps, step - 1) : NULL;
}

/* --- The object --- */

static GType
get_item_type (GListModel *model)
{
  return LIMN_TYPE_REEL_STEP;
}

static guint
get_n_items (GListModel *model)
{
  return LIMN_REEL (model)->steps->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  LimnReelStep *step = get_step (LIMN_REEL (model), position + 1);

  return step ? g_object_ref (step) : NULL;
}

static void
limn_reel_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
limn_reel_dispose (GObject *object)
{
  LimnReel *self = LIMN_REEL (object);

  if (self->filling)
    g_cancellable_cancel (self->filling);
  g_clear_object (&self->filling);
  G_OBJECT_CLASS (limn_reel_parent_class)->dispose (object);
}

static void
limn_reel_finalize (GObject *object)
{
  LimnReel *self = LIMN_REEL (object);

  g_clear_object (&self->session);
  g_free (self->id);
  limn_request_free (self->request);
  g_ptr_array_unref (self->requests);
  g_free (self->model_name);
  g_free (self->device);
  g_free (self->driver);
  g_ptr_array_unref (self->steps);
  g_hash_table_unref (self->scaling);
  limn_frame_cache_free (self->frames);
  G_OBJECT_CLASS (limn_reel_parent_class)->finalize (object);
}

static void
limn_reel_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnReel *self = LIMN_REEL (object);

  switch (id)
    {
    case PROP_MODE:
      g_value_set_uint (value, self->mode);
      break;
    case PROP_N_STEPS:
      g_value_set_uint (value, self->n_steps);
      break;
    case PROP_LIVE:
      g_value_set_boolean (value, self->live);
      break;
    case PROP_PREVIEW_SHARE:
      g_value_set_double (value, limn_reel_get_preview_share (self));
      break;
    case PROP_REQUEST:
      g_value_set_pointer (value, self->request);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
limn_reel_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_MODE:
      limn_reel_set_mode (LIMN_REEL (object), g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
limn_reel_class_init (LimnReelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = limn_reel_dispose;
  object_class->finalize = limn_reel_finalize;
  object_class->get_property = limn_reel_get_property;
  object_class->set_property = limn_reel_set_property;
  properties[PROP_MODE] = g_param_spec_uint ("mode", NULL, NULL, LIMN_PREVIEW_NOISY, LIMN_PREVIEW_PREDICTED, LIMN_PREVIEW_NOISY,
                                             G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_N_STEPS] =
    g_param_spec_uint ("n-steps", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_LIVE] = g_param_spec_boolean ("live", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_PREVIEW_SHARE] =
    g_param_spec_double ("preview-share", NULL, NULL, -1, 1, -1, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_REQUEST] = g_param_spec_pointer ("request", NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
limn_reel_init (LimnReel *self)
{
  self->requests = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_request_free);
  self->steps = g_ptr_array_new_with_free_func (g_object_unref);
  self->frames = limn_frame_cache_new (LIMN_REEL_CACHE_BYTES);
  self->scaling = g_hash_table_new (NULL, NULL);
}

static LimnReel *
reel_new (LimnSession *session, const char *id, const LimnRequest *request)
{
  LimnReel *self = g_object_new (LIMN_TYPE_REEL, NULL);

  self->session = g_object_ref (session);
  self->id = g_strdup (id);
  self->request = limn_request_copy (request);
  self->mode = request->preview == LIMN_PREVIEW_PREDICTED ? LIMN_PREVIEW_PREDICTED : LIMN_PREVIEW_NOISY;
  return self;
}

void
limn_reel_set_cache_bytes (LimnReel *self, gsize max_bytes)
{
  limn_frame_cache_free (self->frames);
  self->frames = limn_frame_cache_new (max_bytes);
}

gsize
limn_reel_get_cached_bytes (LimnReel *self)
{
  return limn_frame_cache_get_bytes (self->frames);
}

/* --- Frames and thumbnails --- */

static LimnImage *
peek_frame (LimnReel *self, guint step, LimnPreview mode)
{
  gboolean denoised = limn_frame_shows_denoised (mode, step, self->n_steps);
  LimnImage *frame = limn_frame_cache_get (self->frames, frame_key (step, denoised, FALSE));

  if (!frame && self->live)
    frame = limn_frame_cache_get (self->frames, frame_key (step, denoised, TRUE));
  return frame;
}

/* What nobody waits for must not keep the reel alive, and with it the session. */
typedef struct
{
  GWeakRef   reel;
  guint      step;
  gboolean   denoised;
  LimnImage *frame;
} Scaling;

static void
scaling_free (gpointer data)
{
  Scaling *scaling = data;

  g_weak_ref_clear (&scaling->reel);
  limn_image_unref (scaling->frame);
  g_free (scaling);
}

static void
scale_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Scaling *scaling = data;

  g_task_return_pointer (task, limn_image_scale_to_fit (scaling->frame, LIMN_REEL_THUMBNAIL_PX), (GDestroyNotify) limn_image_unref);
}

/* The mode may be another one by now. */
static void
on_scaled (GObject *source, GAsyncResult *result, gpointer data)
{
  Scaling *scaling = g_task_get_task_data (G_TASK (result));
  g_autoptr(LimnReel) self = g_weak_ref_get (&scaling->reel);
  g_autoptr(LimnImage) thumbnail = g_task_propagate_pointer (G_TASK (result), NULL);

  if (!self)
    return;
  g_hash_table_remove (self->scaling, GUINT_TO_POINTER (scaling->step));
  if (scaling->denoised == limn_frame_shows_denoised (self->mode, scaling->step, self->n_steps))
    limn_reel_step_set_thumbnail (get_step (self, scaling->step), thumbnail);
  fill_thumbnails (self);
}

static void
scale_frame (LimnReel *self, guint step, gboolean denoised, LimnImage *frame)
{
  g_autoptr(GTask) task = NULL;
  Scaling *scaling;

  if (!g_hash_table_add (self->scaling, GUINT_TO_POINTER (step)))
    return;
  scaling = g_new0 (Scaling, 1);
  g_weak_ref_init (&scaling->reel, self);
  scaling->step = step;
  scaling->denoised = denoised;
  scaling->frame = limn_image_ref (frame);
  task = g_task_new (NULL, NULL, on_scaled, NULL);
  g_task_set_task_data (task, scaling, scaling_free);
  g_task_run_in_thread (task, scale_thread);
}

/* Every frame comes through here. */
static void
take_frame (LimnReel *self, guint step, gboolean denoised, gboolean half, LimnImage *frame)
{
  LimnReelStep *entry = get_step (self, step);

  limn_frame_cache_put (self->frames, frame_key (step, denoised, half), frame);
  if (!limn_reel_step_get_thumbnail (entry) && denoised == limn_frame_shows_denoised (self->mode, step, self->n_steps))
    scale_frame (self, step, denoised, frame);
}

/* Which latent of a step is decoded, and how. */
static GBytes *
get_shown (LimnReel *self, guint step, gboolean denoised, double *scale)
{
  LimnReelStep *entry = get_step (self, step);

  *scale = limn_frame_get_scale (limn_request_get_at (self->request, step)->sampler, limn_reel_step_get_sigma (entry), denoised);
  return denoised ? limn_reel_step_get_denoised (entry) : limn_reel_step_get_latent (entry);
}

typedef struct
{
  GWeakRef      reel;
  guint         step;
  gboolean      denoised;
  GCancellable *cancellable;
} Filling;

static void
on_filled (GObject *source, GAsyncResult *result, gpointer data)
{
  Filling *filling = data;
  g_autoptr(LimnReel) self = g_weak_ref_get (&filling->reel);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnImage) frame = limn_session_decode_finish (NULL, result, &error);

  if (self && self->filling == filling->cancellable)
    {
      g_clear_object (&self->filling);
      if (frame)
        take_frame (self, filling->step, filling->denoised, FALSE, frame);
      else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          g_debug ("no thumbnails: %s", error->message);
          self->given_up = TRUE;
        }
      fill_thumbnails (self);
    }
  g_weak_ref_clear (&filling->reel);
  g_object_unref (filling->cancellable);
  g_free (filling);
}

static void
fill_one (LimnReel *self, guint step, gboolean denoised)
{
  Filling *filling = g_new0 (Filling, 1);
  g_autoptr(LimnRequest) request = limn_frame_dup_request (self->request, step);
  double scale;
  GBytes *latent = get_shown (self, step, denoised, &scale);

  self->filling = g_cancellable_new ();
  g_weak_ref_init (&filling->reel, self);
  filling->step = step;
  filling->denoised = denoised;
  filling->cancellable = g_object_ref (self->filling);
  limn_session_decode_when_idle_async (self->session, request, latent, self->width_lt, self->height_lt, scale, self->filling, on_filled,
                                       filling);
}

/* What has a frame is scaled; for the first that has none one is decoded when there is time. */
static void
fill_thumbnails (LimnReel *self)
{
  for (guint i = 1; i <= self->steps->len; i++)
    {
      gboolean denoised = limn_frame_shows_denoised (self->mode, i, self->n_steps);
      LimnImage *frame;

      if (limn_reel_step_get_thumbnail (get_step (self, i)) || g_hash_table_contains (self->scaling, GUINT_TO_POINTER (i)))
        continue;
      frame = peek_frame (self, i, self->mode);
      if (frame)
        scale_frame (self, i, denoised, frame);
      else if (!self->filling && !self->given_up)
        fill_one (self, i, denoised);
    }
}

/* --- Live --- */

static void
append_step (LimnReel *self, guint step, double sigma, GBytes *latent, GBytes *denoised, const LimnFingerprint *fingerprint)
{
  g_return_if_fail (step == self->steps->len + 1);

  g_ptr_array_add (self->steps, limn_reel_step_new (step, sigma, latent, denoised, fingerprint));
}

LimnReel *
limn_reel_new_live (LimnSession *session, const LimnFeedStart *start, const char *id)
{
  LimnReel *self = reel_new (session, id, start->request);

  self->model_name = g_strdup (start->model_name);
  self->device = g_strdup (start->device);
  self->driver = g_strdup (start->driver);
  self->first = start->first;
  self->width_lt = start->width_lt;
  self->height_lt = start->height_lt;
  self->n_steps = start->n_steps;
  self->live = TRUE;
  for (guint i = 0; start->before && i < start->before->len; i++)
    {
      const LimnStep *step = g_ptr_array_index (start->before, i);

      append_step (self, step->step, step->sigma, step->latent, step->denoised, &step->fingerprint);
    }
  fill_thumbnails (self);
  return self;
}

void
limn_reel_append (LimnReel *self, LimnStep *step)
{
  guint position = self->steps->len;
  gboolean is_new = step->step > position;

  g_return_if_fail (LIMN_IS_REEL (self) && step->step <= position + 1);

  if (is_new)
    {
      append_step (self, step->step, step->sigma, step->latent, step->denoised, &step->fingerprint);
      self->denoise_seconds += step->denoise_seconds;
      /* The last frame is the picture, which is wanted in any case. */
      if (step->step < self->n_steps)
        self->preview_seconds += step->decode_seconds;
    }
  if (step->frame)
    take_frame (self, step->step, limn_frame_shows_denoised (self->request->preview, step->step, self->n_steps),
                step->half || step->rough, step->frame);
  if (is_new)
    {
      g_list_model_items_changed (G_LIST_MODEL (self), position, 0, 1);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PREVIEW_SHARE]);
    }
  fill_thumbnails (self);
}

double
limn_reel_get_preview_share (LimnReel *self)
{
  double seconds = self->denoise_seconds + self->preview_seconds;

  return seconds > 0 ? self->preview_seconds / seconds : -1;
}

void
limn_reel_turn (LimnReel *self, const LimnRequest *request, guint n_steps)
{
  g_return_if_fail (LIMN_IS_REEL (self) && n_steps > 0);

  g_ptr_array_add (self->requests, self->request);
  self->request = limn_request_copy (request);
  if (self->n_steps != n_steps)
    {
      self->n_steps = n_steps;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_STEPS]);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REQUEST]);
}

void
limn_reel_end (LimnReel *self)
{
  g_return_if_fail (LIMN_IS_REEL (self));

  if (!self->live)
    return;
  self->live = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LIVE]);
}

/* --- From a file --- */

typedef struct
{
  LimnTrajectory *trajectory;
  LimnRequest    *request;
  LimnFingerprint first;
  GPtrArray      *steps; /* of LimnReelStep */
  char           *model_name;
  char           *device;
  char           *driver;
} Loaded;

static void
loaded_free (Loaded *loaded)
{
  if (!loaded)
    return;
  g_clear_pointer (&loaded->trajectory, limn_trajectory_free);
  limn_request_free (loaded->request);
  g_clear_pointer (&loaded->steps, g_ptr_array_unref);
  g_free (loaded->model_name);
  g_free (loaded->device);
  g_free (loaded->driver);
  g_free (loaded);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Loaded, loaded_free)

static char *
read_origin (LimnJson *origin, const char *key)
{
  const char *value;

  return g_strdup (origin && limn_json_get_string (origin, key, &value, NULL) ? value : "");
}

/* Whether the latents are such as the request would have given. How many pixels a cell has is the model's to say: as many one way as the
 * other. What a source is worked on at depends on its mask, and is found out when a frame is decoded. */
static gboolean
check_size (const Loaded *loaded, const char *path, GError **error)
{
  guint width = limn_trajectory_get_width (loaded->trajectory), height = limn_trajectory_get_height (loaded->trajectory);

  if (loaded->request->open == 0 &&
      (loaded->request->source || (loaded->request->width % width == 0 && loaded->request->height % height == 0 &&
                                   loaded->request->width / width == loaded->request->height / height)))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” does not hold the steps of the picture that it names.", path);
  return FALSE;
}

static Loaded *
load (const char *path, GError **error)
{
  g_autoptr(Loaded) loaded = g_new0 (Loaded, 1);
  g_autoptr(LimnJson) origin = NULL;
  const char *origin_json;
  gsize n_bytes, n;

  loaded->trajectory = limn_trajectory_load (path, error);
  if (!loaded->trajectory)
    return NULL;
  loaded->request = limn_request_new_from_json (limn_trajectory_get_request (loaded->trajectory), path, error);
  if (!loaded->request || !check_size (loaded, path, error))
    return NULL;
  origin_json = limn_trajectory_get_origin (loaded->trajectory);
  if (origin_json)
    origin = limn_json_new_for_data (origin_json, strlen (origin_json), path, 0, NULL);
  loaded->model_name = read_origin (origin, LIMN_ORIGIN_MODEL);
  loaded->device = read_origin (origin, LIMN_ORIGIN_DEVICE);
  loaded->driver = read_origin (origin, LIMN_ORIGIN_DRIVER);

  n = (gsize) limn_trajectory_get_channels (loaded->trajectory) * limn_trajectory_get_height (loaded->trajectory) *
      limn_trajectory_get_width (loaded->trajectory);
  n_bytes = n * sizeof (double);
  limn_fingerprint_take (&loaded->first, n, limn_trajectory_get_latent (loaded->trajectory, 0));
  loaded->steps = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 1; i <= limn_trajectory_get_n_steps (loaded->trajectory); i++)
    {
      const double *x = limn_trajectory_get_latent (loaded->trajectory, i);
      g_autoptr(GBytes) latent = g_bytes_new (x, n_bytes);
      g_autoptr(GBytes) denoised = g_bytes_new (limn_trajectory_get_denoised (loaded->trajectory, i - 1), n_bytes);
      LimnFingerprint fingerprint;

      limn_fingerprint_take (&fingerprint, n, x);
      g_ptr_array_add (loaded->steps, limn_reel_step_new (i, limn_trajectory_get_sigma (loaded->trajectory, i), latent, denoised,
                                                          &fingerprint));
    }
  return g_steal_pointer (&loaded);
}

/* What the caller gets. The thread has a task of its own, with nothing in it but the path: it may be the last to let that go, and
 * the session must not end there. */
typedef struct
{
  LimnSession *session;
  char        *id;
} Opening;

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  g_object_unref (opening->session);
  g_free (opening->id);
  g_free (opening);
}

static void
load_thread (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  GError *error = NULL;
  Loaded *loaded = load (path, &error);

  if (loaded)
    g_task_return_pointer (task, loaded, (GDestroyNotify) loaded_free);
  else
    g_task_return_error (task, error);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  Loaded *loaded = g_task_propagate_pointer (G_TASK (result), &error);

  if (loaded)
    g_task_return_pointer (task, loaded, (GDestroyNotify) loaded_free);
  else
    g_task_return_error (task, error);
}

void
limn_reel_open_async (LimnSession        *session,
                      const char         *path,
                      const char         *id,
                      GCancellable       *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer            data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Opening *opening = g_new0 (Opening, 1);
  g_autoptr(GTask) loading = NULL;

  g_task_set_source_tag (task, limn_reel_open_async);
  opening->session = g_object_ref (session);
  opening->id = g_strdup (id);
  g_task_set_task_data (task, opening, opening_free);
  loading = g_task_new (NULL, cancellable, on_loaded, task);
  g_task_set_task_data (loading, g_strdup (path), g_free);
  g_task_run_in_thread (loading, load_thread);
}

LimnReel *
limn_reel_open_finish (GAsyncResult *result, GError **error)
{
  const Opening *opening;
  g_autoptr(Loaded) loaded = NULL;
  LimnReel *self;

  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, limn_reel_open_async), NULL);

  loaded = g_task_propagate_pointer (G_TASK (result), error);
  if (!loaded)
    return NULL;
  opening = g_task_get_task_data (G_TASK (result));
  self = reel_new (opening->session, opening->id, loaded->request);
  self->model_name = g_steal_pointer (&loaded->model_name);
  self->device = g_steal_pointer (&loaded->device);
  self->driver = g_steal_pointer (&loaded->driver);
  self->first = loaded->first;
  self->width_lt = limn_trajectory_get_width (loaded->trajectory);
  self->height_lt = limn_trajectory_get_height (loaded->trajectory);
  self->n_steps = MAX (limn_generation_read_n_steps (loaded->trajectory), MAX (loaded->steps->len, 1));
  g_ptr_array_unref (self->steps);
  self->steps = g_steal_pointer (&loaded->steps);
  fill_thumbnails (self);
  return self;
}

/* --- What others ask --- */

const char *
limn_reel_get_id (LimnReel *self)
{
  return self->id;
}

const LimnRequest *
limn_reel_get_request (LimnReel *self)
{
  return self->request;
}

guint
limn_reel_get_n_steps (LimnReel *self)
{
  return self->n_steps;
}

gboolean
limn_reel_is_live (LimnReel *self)
{
  return self->live;
}

LimnPreview
limn_reel_get_mode (LimnReel *self)
{
  return self->mode;
}

/* The last step of all looks the same either way. */
void
limn_reel_set_mode (LimnReel *self, LimnPreview mode)
{
  g_return_if_fail (LIMN_IS_REEL (self) && (mode == LIMN_PREVIEW_NOISY || mode == LIMN_PREVIEW_PREDICTED));

  if (self->mode == mode)
    return;
  self->mode = mode;
  if (self->filling)
    g_cancellable_cancel (self->filling);
  g_clear_object (&self->filling);
  for (guint i = 1; i <= self->steps->len && i < self->n_steps; i++)
    limn_reel_step_set_thumbnail (get_step (self, i), NULL);
  fill_thumbnails (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MODE]);
}

LimnImage *
limn_reel_peek_frame (LimnReel *self, guint step)
{
  g_return_val_if_fail (LIMN_IS_REEL (self), NULL);

  return peek_frame (self, step, self->mode);
}

gboolean
limn_reel_has_full_frame (LimnReel *self, guint step)
{
  g_return_val_if_fail (LIMN_IS_REEL (self), FALSE);

  return limn_frame_cache_get (self->frames, frame_key (step, limn_frame_shows_denoised (self->mode, step, self->n_steps), FALSE)) != NULL;
}

typedef struct
{
  guint    step;
  gboolean denoised;
} Wanted;

static void
on_decoded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(GTask) task = data;
  LimnReel *self = g_task_get_source_object (task);
  const Wanted *wanted = g_task_get_task_data (task);
  GError *error = NULL;
  LimnImage *frame = limn_session_decode_finish (NULL, result, &error);

  if (!frame)
    {
      g_task_return_error (task, error);
      return;
    }
  take_frame (self, wanted->step, wanted->denoised, FALSE, frame);
  g_task_return_pointer (task, frame, (GDestroyNotify) limn_image_unref);
}

void
limn_reel_get_frame_in_mode_async (LimnReel           *self,
                                   guint               step,
                                   LimnPreview         mode,
                                   GCancellable       *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer            data)
{
  g_autoptr(GTask) task = NULL;
  g_autoptr(LimnRequest) request = NULL;
  Wanted *wanted;
  LimnImage *frame;
  GBytes *latent;
  double scale;

  g_return_if_fail (LIMN_IS_REEL (self) && get_step (self, step));

  task = g_task_new (self, NULL, callback, data);
  g_task_set_source_tag (task, limn_reel_get_frame_async);
  wanted = g_new0 (Wanted, 1);
  wanted->step = step;
  wanted->denoised = limn_frame_shows_denoised (mode, step, self->n_steps);
  g_task_set_task_data (task, wanted, g_free);
  frame = limn_frame_cache_get (self->frames, frame_key (step, wanted->denoised, FALSE));
  if (frame)
    {
      g_task_return_pointer (task, limn_image_ref (frame), (GDestroyNotify) limn_image_unref);
      return;
    }
  latent = get_shown (self, step, wanted->denoised, &scale);
  request = limn_frame_dup_request (self->request, step);
  limn_session_decode_async (self->session, request, latent, self->width_lt, self->height_lt, scale, cancellable, on_decoded,
                             g_steal_pointer (&task));
}

void
limn_reel_get_frame_async (LimnReel *self, guint step, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  limn_reel_get_frame_in_mode_async (self, step, self->mode, cancellable, callback, data);
}

LimnImage *
limn_reel_get_frame_finish (LimnReel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, limn_reel_get_frame_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* The request says in which mode the frame was looked at, so that the same frame can be made again. */
LimnRecipe *
limn_reel_dup_recipe_in_mode (LimnReel *self, guint step, LimnPreview mode)
{
  g_autoptr(LimnRequest) request = limn_request_copy (self->request);
  g_autoptr(GArray) fingerprints = g_array_sized_new (FALSE, FALSE, sizeof (LimnFingerprint), step + 1);

  g_return_val_if_fail (get_step (self, step), NULL);

  request->preview = mode;
  if (step < self->n_steps)
    {
      request->preview_every = 1;
      request->preview_half = FALSE;
    }
  g_array_append_val (fingerprints, self->first);
  for (guint i = 1; i <= step; i++)
    g_array_append_vals (fingerprints, limn_reel_step_get_fingerprint (get_step (self, i)), 1);
  return limn_recipe_new_for_frame (request, self->model_name, self->device, self->driver, self->n_steps, step, fingerprints);
}

LimnRecipe *
limn_reel_dup_recipe (LimnReel *self, guint step)
{
  return limn_reel_dup_recipe_in_mode (self, step, self->mode);
}
