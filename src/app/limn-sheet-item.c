/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-sheet-item.h"

#include "app/limn-files.h"

#include <glib/gi18n.h>

struct _LimnSheetItem
{
  GObject         parent_instance;

  guint           picture;
  char           *name;
  LimnSheetState  state;
  char           *path; /* (nullable) */
  gboolean        starred;
  LimnReel       *reel;    /* (nullable) */
  LimnReelStep   *newest;  /* (nullable): whose frame is still to come */
  LimnImage      *image;   /* (nullable) */
  guint           side;
  GdkTexture     *texture; /* (nullable): of image */
};

enum
{
  PROP_0,
  PROP_STATE,
  PROP_TEXTURE,
  PROP_PROGRESS,
  PROP_PATH,
  PROP_STARRED,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (LimnSheetItem, limn_sheet_item, G_TYPE_OBJECT)

static void
notify (LimnSheetItem *self, guint property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

/* --- What there is to see --- */

static void
set_image (LimnSheetItem *self, LimnImage *image, guint side)
{
  self->side = side;
  if (self->image == image)
    return;
  if (image)
    limn_image_ref (image);
  g_clear_pointer (&self->image, limn_image_unref);
  self->image = image;
  g_clear_object (&self->texture);
  notify (self, PROP_TEXTURE);
}

static LimnImage *
find_newest_frame (LimnReel *reel)
{
  for (guint step = g_list_model_get_n_items (G_LIST_MODEL (reel)); step >= 1; step--)
    {
      LimnImage *frame = limn_reel_peek_frame (reel, step);
      g_autoptr(LimnReelStep) entry = NULL;

      if (frame)
        return frame;
      entry = g_list_model_get_item (G_LIST_MODEL (reel), step - 1);
      if (limn_reel_step_get_thumbnail (entry))
        return limn_reel_step_get_thumbnail (entry);
    }
  return NULL;
}

static void
on_frame (LimnSheetItem *self)
{
  LimnImage *frame = find_newest_frame (self->reel);

  if (frame)
    set_image (self, frame, 0);
}

static void
watch_newest (LimnSheetItem *self, LimnReelStep *newest)
{
  if (self->newest)
    g_signal_handlers_disconnect_by_data (self->newest, self);
  g_set_object (&self->newest, newest);
  if (newest)
    g_signal_connect_swapped (newest, "notify::thumbnail", G_CALLBACK (on_frame), self);
}

/* A frame that the job made after its step was appended makes itself known by the thumbnail. */
static void
on_steps (LimnSheetItem *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->reel));
  g_autoptr(LimnReelStep) newest = n > 0 ? g_list_model_get_item (G_LIST_MODEL (self->reel), n - 1) : NULL;

  watch_newest (self, newest);
  on_frame (self);
  notify (self, PROP_PROGRESS);
}

void
limn_sheet_item_set_reel (LimnSheetItem *self, LimnReel *reel)
{
  if (self->reel == reel)
    return;
  watch_newest (self, NULL);
  if (self->reel)
    g_signal_handlers_disconnect_by_data (self->reel, self);
  g_set_object (&self->reel, reel);
  if (reel)
    {
      g_signal_connect_swapped (reel, "items-changed", G_CALLBACK (on_steps), self);
      on_steps (self);
    }
}

void
limn_sheet_item_set_image (LimnSheetItem *self, LimnImage *image, guint side)
{
  set_image (self, image, image ? side : 0);
}

guint
limn_sheet_item_get_side (LimnSheetItem *self)
{
  return self->side;
}

GdkTexture *
limn_sheet_item_get_texture (LimnSheetItem *self)
{
  if (!self->texture && self->image)
    self->texture = limn_files_new_texture (self->image);
  return self->texture;
}

/* --- What is known --- */

guint
limn_sheet_item_get_picture (LimnSheetItem *self)
{
  return self->picture;
}

const char *
limn_sheet_item_get_name (LimnSheetItem *self)
{
  return self->name;
}

LimnSheetState
limn_sheet_item_get_state (LimnSheetItem *self)
{
  return self->state;
}

const char *
limn_sheet_item_get_path (LimnSheetItem *self)
{
  return self->path;
}

gboolean
limn_sheet_item_get_starred (LimnSheetItem *self)
{
  return self->starred;
}

double
limn_sheet_item_get_progress (LimnSheetItem *self)
{
  guint n_steps = self->reel ? limn_reel_get_n_steps (self->reel) : 0;

  if (self->state != LIMN_SHEET_PAINTING || n_steps == 0)
    return 0;
  return CLAMP ((double) g_list_model_get_n_items (G_LIST_MODEL (self->reel)) / n_steps, 0, 1);
}

char *
limn_sheet_item_describe (LimnSheetItem *self)
{
  switch (self->state)
    {
    case LIMN_SHEET_WAITING:
      /* Translators: a picture of a contact sheet; %s tells it from the others: “CFG 7, seed 3”. */
      return g_strdup_printf (_("%s: waiting"), self->name);
    case LIMN_SHEET_PAINTING:
      return g_strdup_printf (_("%s: being painted"), self->name);
    case LIMN_SHEET_FAILED:
      return g_strdup_printf (_("%s: could not be painted"), self->name);
    case LIMN_SHEET_MISSING:
      return g_strdup_printf (_("%s: not there"), self->name);
    case LIMN_SHEET_DONE:
      break;
    }
  return g_strdup_printf (self->starred ? _("%s: done, starred") : _("%s: done"), self->name);
}

void
limn_sheet_item_set_state (LimnSheetItem *self, LimnSheetState state)
{
  if (self->state == state)
    return;
  g_object_freeze_notify (G_OBJECT (self));
  self->state = state;
  notify (self, PROP_STATE);
  notify (self, PROP_PROGRESS);
  if (state != LIMN_SHEET_PAINTING && state != LIMN_SHEET_DONE)
    {
      limn_sheet_item_set_reel (self, NULL);
      set_image (self, NULL, 0);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

void
limn_sheet_item_set_path (LimnSheetItem *self, const char *path)
{
  if (g_strcmp0 (self->path, path) == 0)
    return;
  g_free (self->path);
  self->path = g_strdup (path);
  notify (self, PROP_PATH);
}

void
limn_sheet_item_set_starred (LimnSheetItem *self, gboolean starred)
{
  if (self->starred == !!starred)
    return;
  self->starred = !!starred;
  notify (self, PROP_STARRED);
}

/* --- The object --- */

static void
limn_sheet_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LimnSheetItem *self = LIMN_SHEET_ITEM (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_uint (value, self->state);
      break;
    case PROP_TEXTURE:
      g_value_set_object (value, limn_sheet_item_get_texture (self));
      break;
    case PROP_PROGRESS:
      g_value_set_double (value, limn_sheet_item_get_progress (self));
      break;
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_STARRED:
      g_value_set_boolean (value, self->starred);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
limn_sheet_item_dispose (GObject *object)
{
  limn_sheet_item_set_reel (LIMN_SHEET_ITEM (object), NULL);
  G_OBJECT_CLASS (limn_sheet_item_parent_class)->dispose (object);
}

static void
limn_sheet_item_finalize (GObject *object)
{
  LimnSheetItem *self = LIMN_SHEET_ITEM (object);

  g_free (self->name);
  g_free (self->path);
  g_clear_pointer (&self->image, limn_image_unref);
  g_clear_object (&self->texture);
  G_OBJECT_CLASS (limn_sheet_item_parent_class)->finalize (object);
}

static void
limn_sheet_item_class_init (LimnSheetItemClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = limn_sheet_item_get_property;
  object_class->dispose = limn_sheet_item_dispose;
  object_class->finalize = limn_sheet_item_finalize;

  properties[PROP_STATE] = g_param_spec_uint ("state", NULL, NULL, 0, LIMN_SHEET_MISSING, 0, flags);
  properties[PROP_TEXTURE] = g_param_spec_object ("texture", NULL, NULL, GDK_TYPE_TEXTURE, flags);
  properties[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, 0, 1, 0, flags);
  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);
  properties[PROP_STARRED] = g_param_spec_boolean ("starred", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
limn_sheet_item_init (LimnSheetItem *self)
{
}

LimnSheetItem *
limn_sheet_item_new (guint picture, const char *name)
{
  LimnSheetItem *self = g_object_new (LIMN_TYPE_SHEET_ITEM, NULL);

  self->picture = picture;
  self->name = g_strdup (name);
  return self;
}
