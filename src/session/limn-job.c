/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-job-private.h"

#include "session/limn-picture-name.h"

typedef enum
{
  PROP_STATE = 1,
  PROP_PICTURE,
  PROP_STEP,
  PROP_N_STEPS,
  PROP_SECONDS_LEFT,
  PROP_MESSAGE,
  N_PROPS,
} Property;

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (LimnJob, limn_job, G_TYPE_OBJECT)

static void
limn_job_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnJob *self = LIMN_JOB (object);

  switch ((Property) id)
    {
    case PROP_STATE:
      g_value_set_uint (value, self->state);
      break;
    case PROP_PICTURE:
      g_value_set_uint (value, self->picture);
      break;
    case PROP_STEP:
      g_value_set_uint (value, self->step);
      break;
    case PROP_N_STEPS:
      g_value_set_uint (value, self->n_steps);
      break;
    case PROP_SECONDS_LEFT:
      g_value_set_double (value, self->seconds_left);
      break;
    case PROP_MESSAGE:
      g_value_set_string (value, self->message);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
limn_job_finalize (GObject *object)
{
  LimnJob *self = LIMN_JOB (object);

  limn_job_drop_picture (self);
  g_array_unref (self->fingerprints);
  g_array_unref (self->redo);
  g_array_unref (self->unsaved);
  limn_request_free (self->request);
  g_clear_pointer (&self->sheet, limn_sheet_unref);
  g_clear_pointer (&self->rest, g_array_unref);
  g_free (self->id);
  g_free (self->json);
  g_free (self->name);
  g_free (self->parent_steps);
  g_free (self->message);
  G_OBJECT_CLASS (limn_job_parent_class)->finalize (object);
}

static void
limn_job_class_init (LimnJobClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_job_get_property;
  object_class->finalize = limn_job_finalize;

  props[PROP_STATE] = g_param_spec_uint ("state", NULL, NULL, 0, LIMN_JOB_STOPPED, 0, flags);
  props[PROP_PICTURE] = g_param_spec_uint ("picture", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_STEP] = g_param_spec_uint ("step", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_N_STEPS] = g_param_spec_uint ("n-steps", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_SECONDS_LEFT] = g_param_spec_double ("seconds-left", NULL, NULL, -1, G_MAXDOUBLE, -1, flags);
  props[PROP_MESSAGE] = g_param_spec_string ("message", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
limn_job_init (LimnJob *self)
{
  self->seconds_left = -1;
  self->stopped = LIMN_JOB_NONE;
  self->redo = g_array_new (FALSE, FALSE, sizeof (guint));
  self->unsaved = g_array_new (FALSE, FALSE, sizeof (guint));
  self->fingerprints = g_array_new (FALSE, FALSE, sizeof (LimnFingerprint));
}

/* What cannot be read back as it was must not be in the file: it would cost all the other jobs in it. */
static char *
readable_json (const LimnRequest *request)
{
  g_autofree char *json = NULL;
  g_autoptr(LimnRequest) back = NULL;

  if ((request->model && !g_utf8_validate (request->model, -1, NULL)) ||
      (request->device && !g_utf8_validate (request->device, -1, NULL)) || !limn_request_check (request, NULL))
    return NULL;
  json = limn_request_to_json (request);
  back = limn_request_new_from_json (json, "request", NULL);
  return back && limn_request_equal (back, request) ? g_steal_pointer (&json) : NULL;
}

static char *
readable_sheet_json (LimnSheet *sheet)
{
  const LimnRequest *base = limn_sheet_get_base (sheet);
  g_autofree char *json = NULL;
  g_autoptr(LimnSheet) back = NULL;

  if ((base->model && !g_utf8_validate (base->model, -1, NULL)) || (base->device && !g_utf8_validate (base->device, -1, NULL)))
    return NULL;
  json = limn_sheet_to_json (sheet);
  back = limn_sheet_new_from_json (json, "sheet", NULL);
  return back && limn_sheet_equal (back, sheet) ? g_steal_pointer (&json) : NULL;
}

/* Steps of the base stand for those of each picture. */
static GArray *
count_rest (LimnSheet *sheet)
{
  guint n = limn_sheet_get_n_pictures (sheet), n_steps = limn_sheet_get_base (sheet)->steps;
  GArray *rest = g_array_sized_new (FALSE, FALSE, sizeof (guint64), n + 1);
  guint64 sum = 0;

  g_array_set_size (rest, n + 1);
  g_array_index (rest, guint64, n) = 0;
  for (guint i = n; i-- > 0;)
    {
      sum += n_steps - MIN (limn_sheet_count_shared (sheet, i), n_steps);
      g_array_index (rest, guint64, i) = sum;
    }
  return rest;
}

LimnJob *
limn_job_new_sheet (const char *id, LimnSheet *sheet, double max_slowdown, const char *name)
{
  LimnJob *self = limn_job_new (id, limn_sheet_get_base (sheet), max_slowdown, name);

  self->sheet = limn_sheet_ref (sheet);
  self->request->batch_count = 1;
  self->n_pictures = limn_sheet_get_n_pictures (sheet);
  self->rest = count_rest (sheet);
  g_free (self->json);
  self->json = readable_sheet_json (sheet);
  return self;
}

double
limn_job_count_rest (LimnJob *self, guint picture)
{
  if (!self->rest)
    return self->n_pictures - MIN (picture, self->n_pictures);
  return (double) g_array_index (self->rest, guint64, MIN (picture, self->n_pictures)) / self->request->steps;
}

LimnJob *
limn_job_new (const char *id, const LimnRequest *request, double max_slowdown, const char *name)
{
  LimnJob *self = g_object_new (LIMN_TYPE_JOB, NULL);

  self->id = id ? g_strdup (id) : g_uuid_string_random ();
  self->request = limn_request_copy (request);
  self->request->keep_latents = TRUE;
  self->request->batch_index = 0;
  self->n_pictures = self->request->batch_count;
  self->json = readable_json (self->request);
  self->max_slowdown = max_slowdown > 0 && max_slowdown <= G_MAXDOUBLE ? max_slowdown : 0;
  if (name)
    self->name = g_strdup (name);
  else
    {
      g_autoptr(GDateTime) now = g_date_time_new_now_local ();

      self->name = limn_picture_name_new (now, request->prompt);
    }
  self->n_steps = request->open & LIMN_REQUEST_OPEN_STEPS ? 0 : request->steps;
  return self;
}

void
limn_job_set_state (LimnJob *self, LimnJobState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

static void
set_uint (LimnJob *self, guint *place, guint value, Property id)
{
  if (*place == value)
    return;
  *place = value;
  g_object_notify_by_pspec (G_OBJECT (self), props[id]);
}

void
limn_job_set_progress (LimnJob *self, guint picture, guint step, guint n_steps)
{
  g_object_freeze_notify (G_OBJECT (self));
  set_uint (self, &self->picture, picture, PROP_PICTURE);
  set_uint (self, &self->step, step, PROP_STEP);
  set_uint (self, &self->n_steps, n_steps, PROP_N_STEPS);
  g_object_thaw_notify (G_OBJECT (self));
}

void
limn_job_set_seconds_left (LimnJob *self, double seconds)
{
  if (self->seconds_left == seconds)
    return;
  self->seconds_left = seconds;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SECONDS_LEFT]);
}

void
limn_job_set_message (LimnJob *self, const char *message)
{
  /* It may name a file, and it is kept in a file that is UTF-8. */
  g_autofree char *text = message ? g_utf8_make_valid (message, -1) : NULL;

  if (g_strcmp0 (self->message, text) == 0)
    return;
  g_free (self->message);
  self->message = g_steal_pointer (&text);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MESSAGE]);
}

static int
compare_uints (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return (x > y) - (x < y);
}

void
limn_job_sort_pictures (GArray *pictures)
{
  g_array_sort (pictures, compare_uints);
}

guint
limn_job_get_current (LimnJob *self)
{
  if (self->redo->len > 0)
    return g_array_index (self->redo, guint, 0);
  return self->next < self->n_pictures ? self->next : LIMN_JOB_NONE;
}

void
limn_job_drop_picture (LimnJob *self)
{
  g_clear_pointer (&self->kept, g_bytes_unref);
  g_clear_object (&self->reel);
  g_clear_pointer (&self->feed, limn_feed_unref);
  g_clear_pointer (&self->last, limn_step_unref);
  g_array_set_size (self->fingerprints, 0);
  self->on_disk = FALSE;
}

char *
limn_job_dup_file_name (LimnJob *self, guint picture)
{
  guint n_digits = 1;

  if (self->n_pictures == 1)
    return g_strconcat (self->name, ".png", NULL);
  for (guint n = self->n_pictures; n >= 10; n /= 10)
    n_digits++;
  return g_strdup_printf ("%s %0*u.png", self->name, (int) n_digits, picture + 1);
}

/* As a UUID of version 5, but from the job's id as text. */
char *
limn_job_make_picture_id (const char *id, guint picture)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  g_autofree char *name = g_strdup_printf ("%s/%u", id, picture);
  guint8 digest[20];
  gsize length = sizeof digest;
  GString *text = g_string_new (NULL);

  g_checksum_update (checksum, (const guchar *) name, -1);
  g_checksum_get_digest (checksum, digest, &length);
  digest[6] = (digest[6] & 0x0f) | 0x50;
  digest[8] = (digest[8] & 0x3f) | 0x80;
  for (guint i = 0; i < 16; i++)
    g_string_append_printf (text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", digest[i]);
  return g_string_free (text, FALSE);
}

const char *
limn_job_get_id (LimnJob *self)
{
  g_return_val_if_fail (LIMN_IS_JOB (self), NULL);
  return self->id;
}

char *
limn_job_dup_picture_id (LimnJob *self, guint picture)
{
  g_return_val_if_fail (LIMN_IS_JOB (self), NULL);
  return limn_job_make_picture_id (self->id, picture);
}

const LimnRequest *
limn_job_get_request (LimnJob *self)
{
  g_return_val_if_fail (LIMN_IS_JOB (self), NULL);
  return self->request;
}

LimnSheet *
limn_job_get_sheet (LimnJob *self)
{
  g_return_val_if_fail (LIMN_IS_JOB (self), NULL);
  return self->sheet;
}

guint
limn_job_get_n_pictures (LimnJob *self)
{
  g_return_val_if_fail (LIMN_IS_JOB (self), 0);
  return self->n_pictures;
}

LimnRequest *
limn_job_dup_picture_request (LimnJob *self, guint picture)
{
  LimnRequest *request;

  g_return_val_if_fail (LIMN_IS_JOB (self) && picture < self->n_pictures, NULL);

  if (self->sheet)
    {
      request = limn_sheet_dup_request (self->sheet, picture);
      request->keep_latents = TRUE;
    }
  else
    {
      request = limn_request_copy (self->request);
      request->batch_index = picture;
    }
  return request;
}

guint
limn_job_foresee_steps (LimnJob *self, guint picture)
{
  /* Of a batch all have the same. */
  guint n_steps = self->first_steps > 0 ? self->first_steps : self->n_steps;

  if (self->sheet)
    {
      g_autoptr(LimnRequest) request = limn_sheet_dup_request (self->sheet, picture);

      if (!(request->open & LIMN_REQUEST_OPEN_STEPS))
        n_steps = request->steps;
    }
  return n_steps;
}

LimnJobState
limn_job_get_state (LimnJob *self)
{
  g_return_val_if_fail (LIMN_IS_JOB (self), LIMN_JOB_FAILED);
  return self->state;
}

guint
limn_job_get_picture (LimnJob *self)
{
  g_return_val_if_fail (LIMN_IS_JOB (self), 0);
  return self->picture;
}

guint
limn_job_get_step (LimnJob *self)
{
  g_return_val_if_fail (LIMN_IS_JOB (self), 0);
  return self->step;
}

guint
limn_job_get_n_steps (LimnJob *self)
{
  g_return_val_if_fail (LIMN_IS_JOB (self), 0);
  return self->n_steps;
}

double
limn_job_get_seconds_left (LimnJob *self)
{
  g_return_val_if_fail (LIMN_IS_JOB (self), -1);
  return self->seconds_left;
}

const char *
limn_job_get_message (LimnJob *self)
{
  g_return_val_if_fail (LIMN_IS_JOB (self), NULL);
  return self->message;
}
