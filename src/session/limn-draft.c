/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The draft holds a LimnRequest and adds what is no part of one. The properties that are fields of the request stand in one table:
 * where the field lies, what it may be, and which open bit writing it closes. What to start from lies beside the request, where it
 * stays while pictures are painted from noise. */
#include "config.h"

#include "session/limn-draft-private.h"
#include "session/limn-request-control.h"
#include "session/limn-request-lora.h"
#include "session/limn-request-word.h"

G_DEFINE_FINAL_TYPE (LimnDraft, limn_draft, G_TYPE_OBJECT)

typedef enum
{
  FIELD_STRING,
  FIELD_UINT,
  FIELD_UINT64,
  FIELD_DOUBLE,
  FIELD_BOOLEAN,
} FieldType;

typedef struct
{
  const char      *name;
  FieldType        type;
  gsize            offset;
  guint64          min;
  guint64          max;
  LimnRequestOpen  opens;
  gboolean         of_source; /* @offset is in the source */
} Field;

#define AT(member) G_STRUCT_OFFSET (LimnRequest, member)
#define SOURCE_AT(member) G_STRUCT_OFFSET (LimnRequestSource, member)

static const Field fields[] = {
  { NULL },
  { "prompt", FIELD_STRING, AT (prompt) },
  { "negative", FIELD_STRING, AT (negative) },
  { "model", FIELD_STRING, AT (model) },
  { "device", FIELD_STRING, AT (device) },
  { "vae", FIELD_STRING, AT (vae) },
  { "family", FIELD_STRING, AT (family) },
  { "seed", FIELD_UINT64, AT (seed), 0, G_MAXUINT64 },
  { "rng", FIELD_UINT, AT (rng), 0, LIMN_NOISE_CUDA },
  { "syntax", FIELD_UINT, AT (syntax), 0, LIMN_PROMPT_PLAIN },
  { "steps", FIELD_UINT, AT (steps), LIMN_STEPS_MIN, LIMN_STEPS_MAX, LIMN_REQUEST_OPEN_STEPS },
  { "sampler", FIELD_UINT, AT (sampler), 0, LIMN_SAMPLER_N_KINDS - 1, LIMN_REQUEST_OPEN_SAMPLER },
  { "schedule", FIELD_UINT, AT (schedule), 0, LIMN_SCHEDULE_DDIM_UNIFORM },
  { "eta", FIELD_DOUBLE, AT (eta), 0, 10, LIMN_REQUEST_OPEN_ETA },
  { "cfg", FIELD_DOUBLE, AT (cfg), 0, LIMN_REQUEST_MAX_CFG, LIMN_REQUEST_OPEN_CFG },
  { "cfg-rescale", FIELD_DOUBLE, AT (cfg_rescale), 0, 1 },
  { "prediction", FIELD_UINT, AT (prediction), 0, LIMN_PREDICTION_SAMPLE, LIMN_REQUEST_OPEN_PREDICTION },
  { "width", FIELD_UINT, AT (width), 1, LIMN_REQUEST_MAX_SIDE, LIMN_REQUEST_OPEN_SIZE },
  { "height", FIELD_UINT, AT (height), 1, LIMN_REQUEST_MAX_SIDE, LIMN_REQUEST_OPEN_SIZE },
  { "count", FIELD_UINT, AT (batch_count), 1, LIMN_DRAFT_MAX_COUNT },
  { "storage", FIELD_UINT, AT (storage), 0, LIMN_STORAGE_F16 },
  { "preview", FIELD_UINT, AT (preview), 0, LIMN_PREVIEW_NONE },
  { "preview-every", FIELD_UINT, AT (preview_every), 1, LIMN_STEPS_MAX },
  { "preview-half", FIELD_BOOLEAN, AT (preview_half) },
  { "tile", FIELD_UINT, AT (tile), 0, LIMN_REQUEST_MAX_SIDE },
  { "overlap", FIELD_UINT, AT (overlap), 0, LIMN_REQUEST_MAX_SIDE },
  { "wrap-x", FIELD_BOOLEAN, AT (wrap_x) },
  { "wrap-y", FIELD_BOOLEAN, AT (wrap_y) },
  { "variation-seed", FIELD_UINT64, AT (variation_seed), 0, G_MAXUINT64 },
  { "variation-strength", FIELD_DOUBLE, AT (variation_strength), 0, 1 },
  { "seed-width", FIELD_UINT, AT (seed_width), 0, LIMN_REQUEST_MAX_SIDE },
  { "seed-height", FIELD_UINT, AT (seed_height), 0, LIMN_REQUEST_MAX_SIDE },
  { "clip-skip", FIELD_UINT, AT (clip_skip), 0, LIMN_REQUEST_MAX_CLIP_SKIP },
  { "source", FIELD_STRING, SOURCE_AT (picture), 0, 0, 0, TRUE },
  { "mask", FIELD_STRING, SOURCE_AT (mask), 0, 0, 0, TRUE },
  { "strength", FIELD_DOUBLE, SOURCE_AT (strength), 0, 1, 0, TRUE },
  { "masked-content", FIELD_UINT, SOURCE_AT (content), 0, LIMN_CONTENT_EMPTY, 0, TRUE },
  { "feather", FIELD_UINT, SOURCE_AT (feather), 0, LIMN_SOURCE_MAX_FEATHER, 0, TRUE },
  { "only-masked", FIELD_BOOLEAN, SOURCE_AT (only_masked), 0, 0, 0, TRUE },
  { "padding", FIELD_UINT, SOURCE_AT (padding), 0, LIMN_SOURCE_MAX_PADDING, 0, TRUE },
  { "grow-left", FIELD_UINT, SOURCE_AT (grow_left), 0, LIMN_REQUEST_MAX_SIDE, 0, TRUE },
  { "grow-top", FIELD_UINT, SOURCE_AT (grow_top), 0, LIMN_REQUEST_MAX_SIDE, 0, TRUE },
  { "grow-right", FIELD_UINT, SOURCE_AT (grow_right), 0, LIMN_REQUEST_MAX_SIDE, 0, TRUE },
  { "grow-bottom", FIELD_UINT, SOURCE_AT (grow_bottom), 0, LIMN_REQUEST_MAX_SIDE, 0, TRUE },
  { "restore", FIELD_UINT, SOURCE_AT (restore), 0, LIMN_RESTORE_ENLARGE, 0, TRUE },
};

enum
{
  PROP_SEED_LOCKED = G_N_ELEMENTS (fields),
  PROP_SLOWDOWN,
  PROP_GROW_BLEND,
  PROP_FROM_SOURCE,
  PROP_BRANCH,
  PROP_BRANCH_STEP,
  PROP_FRESH_NOISE,
  PROP_NOISE_AMOUNT,
  PROP_NOISE_SEED,
  PROP_LORAS,
  PROP_CONTROLS,
  PROP_OPEN,
  PROP_INSPECTION,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static gpointer
place_of (LimnDraft *self, guint id)
{
  return (fields[id].of_source ? (char *) self->source : (char *) self->request) + fields[id].offset;
}

static void
notify (LimnDraft *self, guint id)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[id]);
}

static void
set_open (LimnDraft *self, LimnRequestOpen open)
{
  if (self->request->open == open)
    return;
  self->request->open = open;
  notify (self, PROP_OPEN);
}

static void
limn_draft_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LimnDraft *self = LIMN_DRAFT (object);

  if (id == PROP_SEED_LOCKED)
    g_value_set_boolean (value, self->seed_locked);
  else if (id == PROP_SLOWDOWN)
    g_value_set_uint (value, self->slowdown);
  else if (id == PROP_GROW_BLEND)
    g_value_set_uint (value, self->grow_blend);
  else if (id == PROP_FROM_SOURCE)
    g_value_set_boolean (value, self->from_source);
  else if (id == PROP_OPEN)
    g_value_set_uint (value, self->request->open);
  else if (id == PROP_INSPECTION)
    g_value_set_pointer (value, self->inspection);
  else if (id == PROP_BRANCH)
    g_value_set_pointer (value, self->branch);
  else if (id == PROP_LORAS)
    g_value_set_pointer (value, self->request->loras);
  else if (id == PROP_CONTROLS)
    g_value_set_pointer (value, self->request->controls);
  else if (id == PROP_BRANCH_STEP)
    g_value_set_uint (value, self->branch ? self->branch->step : 0);
  else if (id == PROP_FRESH_NOISE)
    g_value_set_uint (value, self->noise);
  else if (id == PROP_NOISE_AMOUNT)
    g_value_set_double (value, self->noise_amount);
  else if (id == PROP_NOISE_SEED)
    g_value_set_uint64 (value, self->noise_seed);
  else
    switch (fields[id].type)
      {
      case FIELD_STRING:
        g_value_set_string (value, *(char **) place_of (self, id));
        break;
      case FIELD_UINT:
        g_value_set_uint (value, *(guint *) place_of (self, id));
        break;
      case FIELD_UINT64:
        g_value_set_uint64 (value, *(guint64 *) place_of (self, id));
        break;
      case FIELD_DOUBLE:
        g_value_set_double (value, *(double *) place_of (self, id));
        break;
      case FIELD_BOOLEAN:
        g_value_set_boolean (value, *(gboolean *) place_of (self, id));
        break;
      }
}

/* Whether it was another value. */
static gboolean
store_field (LimnDraft *self, guint id, const GValue *value)
{
  const Field *field = &fields[id];
  gpointer place = place_of (self, id);

  switch (field->type)
    {
    case FIELD_STRING:
      {
        const char *text = g_value_get_string (value);
        gboolean nullable = field->of_source || (field->offset != AT (prompt) && field->offset != AT (negative));

        if (!text && !nullable)
          text = "";
        /* A row in limn-request-part.c is used or NULL. */
        if (text && !*text && !field->of_source && (field->offset == AT (vae) || field->offset == AT (family)))
          text = NULL;
        if (g_strcmp0 (*(char **) place, text) == 0)
          return FALSE;
        g_free (*(char **) place);
        *(char **) place = g_strdup (text);
        return TRUE;
      }
    case FIELD_UINT:
      if (*(guint *) place == g_value_get_uint (value))
        return FALSE;
      *(guint *) place = g_value_get_uint (value);
      return TRUE;
    case FIELD_UINT64:
      if (*(guint64 *) place == g_value_get_uint64 (value))
        return FALSE;
      *(guint64 *) place = g_value_get_uint64 (value);
      return TRUE;
    case FIELD_DOUBLE:
      if (*(double *) place == g_value_get_double (value))
        return FALSE;
      *(double *) place = g_value_get_double (value);
      return TRUE;
    case FIELD_BOOLEAN:
      if (*(gboolean *) place == g_value_get_boolean (value))
        return FALSE;
      *(gboolean *) place = g_value_get_boolean (value);
      return TRUE;
    }
  g_assert_not_reached ();
}

static void show_model_choices (LimnDraft *self);

static void
set_branch_property (LimnDraft *self, guint id, const GValue *value)
{
  if (id == PROP_BRANCH_STEP)
    {
      if (!self->branch || self->branch->step == g_value_get_uint (value))
        return;
      self->branch->step = g_value_get_uint (value);
    }
  else if (id == PROP_FRESH_NOISE)
    {
      if ((guint) self->noise == g_value_get_uint (value))
        return;
      self->noise = g_value_get_uint (value);
    }
  else if (id == PROP_NOISE_AMOUNT)
    {
      if (self->noise_amount == g_value_get_double (value))
        return;
      self->noise_amount = g_value_get_double (value);
    }
  else
    {
      if (self->noise_seed == g_value_get_uint64 (value))
        return;
      self->noise_seed = g_value_get_uint64 (value);
    }
  notify (self, id);
  limn_draft_update_branch (self);
}

static void
limn_draft_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  LimnDraft *self = LIMN_DRAFT (object);

  if (id == PROP_SEED_LOCKED)
    {
      if (self->seed_locked == g_value_get_boolean (value))
        return;
      self->seed_locked = g_value_get_boolean (value);
    }
  else if (id == PROP_SLOWDOWN)
    {
      if (self->slowdown == g_value_get_uint (value))
        return;
      self->slowdown = g_value_get_uint (value);
    }
  else if (id == PROP_GROW_BLEND)
    {
      if (self->grow_blend == g_value_get_uint (value))
        return;
      self->grow_blend = g_value_get_uint (value);
    }
  else if (id == PROP_FROM_SOURCE)
    {
      if (self->from_source == g_value_get_boolean (value))
        return;
      self->from_source = g_value_get_boolean (value);
    }
  else if (id >= PROP_BRANCH_STEP && id <= PROP_NOISE_SEED)
    {
      set_branch_property (self, id, value);
      return;
    }
  else if (id == PROP_OPEN)
    {
      set_open (self, g_value_get_uint (value));
      show_model_choices (self);
      return;
    }
  else
    {
      gboolean changed = store_field (self, id, value);

      /* A field that is written with the value it shows is not decided by the artist: bindings do that when they are made. */
      if (!changed)
        return;
      set_open (self, self->request->open & ~fields[id].opens);
      /* The sampler brings its own eta. */
      if (!fields[id].of_source && fields[id].offset == AT (sampler))
        show_model_choices (self);
    }
  notify (self, id);
}

static guint
find_field (gsize offset)
{
  for (guint id = 1; id < G_N_ELEMENTS (fields); id++)
    if (!fields[id].of_source && fields[id].offset == offset)
      return id;
  g_assert_not_reached ();
}

static void
show_uint (LimnDraft *self, gsize offset, guint value)
{
  guint *place = (gpointer) ((char *) self->request + offset);

  if (*place == value)
    return;
  *place = value;
  notify (self, find_field (offset));
}

static void
show_double (LimnDraft *self, gsize offset, double value)
{
  double *place = (gpointer) ((char *) self->request + offset);

  if (*place == value)
    return;
  *place = value;
  notify (self, find_field (offset));
}

/* Fields that are open show what the model would take. */
static void
show_model_choices (LimnDraft *self)
{
  const LimnInspection *model = self->inspection;
  LimnRequestOpen open = self->request->open;

  if (model)
    {
      if (open & LIMN_REQUEST_OPEN_STEPS)
        show_uint (self, AT (steps), model->steps);
      if (open & LIMN_REQUEST_OPEN_SAMPLER)
        show_uint (self, AT (sampler), model->sampler);
      if (open & LIMN_REQUEST_OPEN_CFG)
        show_double (self, AT (cfg), model->cfg);
      if (open & LIMN_REQUEST_OPEN_PREDICTION)
        show_uint (self, AT (prediction), model->prediction);
      if (open & LIMN_REQUEST_OPEN_SIZE)
        {
          show_uint (self, AT (width), model->width);
          show_uint (self, AT (height), model->height);
        }
    }
  if (open & LIMN_REQUEST_OPEN_ETA)
    show_double (self, AT (eta), limn_sampler_get_facts (self->request->sampler)->default_eta);
}

static void
limn_draft_finalize (GObject *object)
{
  LimnDraft *self = LIMN_DRAFT (object);

  g_clear_pointer (&self->request, limn_request_free);
  g_clear_pointer (&self->resting, g_ptr_array_unref);
  g_clear_pointer (&self->controls, g_ptr_array_unref);
  g_clear_pointer (&self->resources, limn_resources_unref);
  g_clear_pointer (&self->source, limn_request_source_free);
  g_clear_pointer (&self->inspection, limn_inspection_unref);
  limn_request_branch_free (self->branch);
  limn_request_free (self->before);
  g_free (self->steps_id);
  G_OBJECT_CLASS (limn_draft_parent_class)->finalize (object);
}

static GParamSpec *
new_spec (const Field *field)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  switch (field->type)
    {
    case FIELD_STRING:
      return g_param_spec_string (field->name, NULL, NULL, NULL, flags);
    case FIELD_UINT:
      return g_param_spec_uint (field->name, NULL, NULL, field->min, field->max, field->min, flags);
    case FIELD_UINT64:
      return g_param_spec_uint64 (field->name, NULL, NULL, field->min, field->max, field->min, flags);
    case FIELD_DOUBLE:
      return g_param_spec_double (field->name, NULL, NULL, field->min, field->max, field->min, flags);
    case FIELD_BOOLEAN:
      return g_param_spec_boolean (field->name, NULL, NULL, FALSE, flags);
    }
  g_assert_not_reached ();
}

static void
limn_draft_class_init (LimnDraftClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_draft_get_property;
  object_class->set_property = limn_draft_set_property;
  object_class->finalize = limn_draft_finalize;

  for (guint id = 1; id < G_N_ELEMENTS (fields); id++)
    properties[id] = new_spec (&fields[id]);
  properties[PROP_SEED_LOCKED] = g_param_spec_boolean ("seed-locked", NULL, NULL, FALSE, flags);
  properties[PROP_SLOWDOWN] = g_param_spec_uint ("preview-slowdown", NULL, NULL, 0, LIMN_DRAFT_MAX_SLOWDOWN, 0, flags);
  properties[PROP_GROW_BLEND] = g_param_spec_uint ("grow-blend", NULL, NULL, 0, LIMN_DRAFT_MAX_GROW_BLEND, 0, flags);
  properties[PROP_FROM_SOURCE] = g_param_spec_boolean ("paint-from-source", NULL, NULL, FALSE, flags);
  properties[PROP_BRANCH] = g_param_spec_pointer ("branch", NULL, NULL, G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_BRANCH_STEP] = g_param_spec_uint ("branch-step", NULL, NULL, 0, LIMN_REQUEST_MAX_STEPS - 1, 0, flags);
  properties[PROP_FRESH_NOISE] =
    g_param_spec_uint ("fresh-noise", NULL, NULL, 0, LIMN_FRESH_NOISE_RENOISE, LIMN_FRESH_NOISE_NONE, flags);
  properties[PROP_NOISE_AMOUNT] = g_param_spec_double ("noise-amount", NULL, NULL, 0, 1, FIRST_NOISE_AMOUNT, flags);
  properties[PROP_NOISE_SEED] = g_param_spec_uint64 ("noise-seed", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_LORAS] = g_param_spec_pointer ("loras", NULL, NULL, G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_CONTROLS] =
    g_param_spec_pointer ("controls", NULL, NULL, G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_OPEN] = g_param_spec_uint ("open", NULL, NULL, 0, LIMN_REQUEST_OPEN_ALL, LIMN_REQUEST_OPEN_ALL, flags);
  properties[PROP_INSPECTION] = g_param_spec_pointer ("inspection", NULL, NULL,
                                                      G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

/* Fields that are open hold nothing in a request, but something to show here. */
static void
fill_open_fields (LimnRequest *request)
{
  request->steps = 20;
  request->sampler = LIMN_SAMPLER_EULER;
  request->cfg = 7.5;
  request->prediction = LIMN_PREDICTION_EPSILON;
  request->width = 512;
  request->height = 512;
  request->eta = limn_sampler_get_facts (request->sampler)->default_eta;
}

static void
limn_draft_init (LimnDraft *self)
{
  self->request = limn_request_new ();
  self->controls = limn_request_control_new_list ();
  self->resting = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_request_lora_free);
  self->source = limn_request_source_new (NULL);
  self->request->preview = LIMN_PREVIEW_NOISY;
  self->request->preview_every = 1;
  self->request->keep_latents = TRUE;
  fill_open_fields (self->request);
  self->noise_amount = FIRST_NOISE_AMOUNT;
  limn_draft_roll_seed (self);
}

LimnDraft *
limn_draft_new (void)
{
  return g_object_new (LIMN_TYPE_DRAFT, NULL);
}

const char *
limn_draft_get_prompt (LimnDraft *self)
{
  return self->request->prompt;
}

const char *
limn_draft_get_negative (LimnDraft *self)
{
  return self->request->negative;
}

const char *
limn_draft_get_model (LimnDraft *self)
{
  return self->request->model;
}

guint64
limn_draft_get_seed (LimnDraft *self)
{
  return self->request->seed;
}

guint
limn_draft_get_width (LimnDraft *self)
{
  return self->request->width;
}

guint
limn_draft_get_height (LimnDraft *self)
{
  return self->request->height;
}

LimnRequestOpen
limn_draft_get_open (LimnDraft *self)
{
  return self->request->open;
}

void
limn_draft_set_prompt (LimnDraft *self, const char *prompt)
{
  g_object_set (self, "prompt", prompt, NULL);
}

void
limn_draft_set_negative (LimnDraft *self, const char *negative)
{
  g_object_set (self, "negative", negative, NULL);
}

void
limn_draft_reopen (LimnDraft *self, LimnRequestOpen bits)
{
  set_open (self, self->request->open | bits);
  show_model_choices (self);
}

void
limn_draft_set_inspection (LimnDraft *self, LimnInspection *inspection)
{
  if (self->inspection == inspection)
    return;
  g_clear_pointer (&self->inspection, limn_inspection_unref);
  if (inspection)
    self->inspection = limn_inspection_ref (inspection);
  show_model_choices (self);
  notify (self, PROP_INSPECTION);
}

LimnInspection *
limn_draft_get_inspection (LimnDraft *self)
{
  return self->inspection;
}

void
limn_draft_roll_seed (LimnDraft *self)
{
  g_object_set (self, self->branch ? "noise-seed" : "seed", (guint64) g_random_int (), NULL);
}

/* What is said but has no effect is not part of what a picture is. */
static void
drop_idle_seeds (LimnRequest *request)
{
  if (request->variation_strength == 0)
    request->variation_seed = 0;
  if (request->seed_width == 0 || request->seed_height == 0)
    request->seed_width = request->seed_height = 0;
}

static LimnRequest *
dup_request (LimnDraft *self)
{
  LimnRequest *request;

  if (self->branch)
    return limn_draft_dup_branch_request (self);
  request = limn_request_copy (self->request);
  drop_idle_seeds (request);

  if (self->from_source && self->source->picture)
    {
      limn_request_set_source (request, self->source);
      request->open |= LIMN_REQUEST_OPEN_SIZE;
    }
  return request;
}

LimnRequest *
limn_draft_dup_request (LimnDraft *self)
{
  LimnRequest *request = dup_request (self);

  /* A name that stands for no file is said where it is painted. */
  limn_request_resolve_loras (request, self->resources, NULL);
  limn_request_resolve_words (request, self->resources);
  return request;
}

void
limn_draft_set_resources (LimnDraft *self, LimnResources *resources)
{
  limn_resources_ref (resources);
  g_clear_pointer (&self->resources, limn_resources_unref);
  self->resources = resources;
}

void
limn_draft_take_request (LimnDraft *self, LimnRequest *request)
{
  g_object_freeze_notify (G_OBJECT (self));
  self->from_source = request->source != NULL;
  if (request->source)
    {
      limn_request_source_free (self->source);
      self->source = g_steal_pointer (&request->source);
    }
  limn_request_free (self->request);
  self->request = request;
  limn_draft_settle_loras (self);
  limn_draft_settle_controls (self);
  notify (self, PROP_FROM_SOURCE);
  notify (self, PROP_LORAS);
  notify (self, PROP_CONTROLS);
  for (guint id = 1; id < G_N_ELEMENTS (fields); id++)
    notify (self, id);
  notify (self, PROP_OPEN);
  show_model_choices (self);
  g_object_thaw_notify (G_OBJECT (self));
}

void
limn_draft_fill_open (LimnRequest *request, const LimnRequest *shown)
{
  if (request->open & LIMN_REQUEST_OPEN_STEPS)
    request->steps = shown->steps;
  if (request->open & LIMN_REQUEST_OPEN_SAMPLER)
    request->sampler = shown->sampler;
  if (request->open & LIMN_REQUEST_OPEN_CFG)
    request->cfg = shown->cfg;
  if (request->open & LIMN_REQUEST_OPEN_PREDICTION)
    request->prediction = shown->prediction;
  if (request->open & LIMN_REQUEST_OPEN_SIZE)
    {
      request->width = shown->width;
      request->height = shown->height;
    }
  if (request->open & LIMN_REQUEST_OPEN_ETA)
    request->eta = limn_sampler_get_facts (request->sampler)->default_eta;
}

void
limn_draft_apply_request (LimnDraft *self, const LimnRequest *request)
{
  LimnRequest *mine;

  if (request->branch && request->branch->from && request->branch->from->open == 0 && request->open == 0)
    {
      limn_draft_apply_branch (self, request);
      return;
    }
  if (self->branch)
    {
      limn_draft_drop_branch (self);
      notify (self, PROP_BRANCH);
    }
  mine = limn_request_copy (request);

  limn_draft_fill_open (mine, self->request);

  /* Of a batch's picture the settings are those of the one that is seen. */
  mine->seed = limn_request_get_seed (request);
  mine->variation_seed = limn_request_get_variation_seed (request);
  limn_request_flatten_mix (mine);
  mine->batch_index = 0;
  mine->batch_count = 1;
  mine->keep_latents = TRUE;
  limn_request_set_device (mine, self->request->device);
  mine->preview = self->request->preview;
  mine->preview_every = self->request->preview_every;
  mine->preview_half = self->request->preview_half;
  limn_draft_take_request (self, mine);
}
