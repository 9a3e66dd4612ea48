/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-reel-private.h"

struct _LimnReelStep
{
  GObject         parent_instance;

  guint           step;
  double          sigma;
  GBytes         *latent;
  GBytes         *denoised;
  LimnFingerprint fingerprint;
  LimnImage      *thumbnail; /* (nullable) */
};

G_DEFINE_FINAL_TYPE (LimnReelStep, limn_reel_step, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STEP,
  PROP_SIGMA,
  PROP_THUMBNAIL,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
limn_reel_step_finalize (GObject *object)
{
  LimnReelStep *self = LIMN_REEL_STEP (object);

  g_clear_pointer (&self->latent, g_bytes_unref);
  g_clear_pointer (&self->denoised, g_bytes_unref);
  g_clear_pointer (&self->thumbnail, limn_image_unref);
  G_OBJECT_CLASS (limn_reel_step_parent_class)->finalize (object);
}

static void
limn_reel_step_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnReelStep *self = LIMN_REEL_STEP (object);

  switch (id)
    {
    case PROP_STEP:
      g_value_set_uint (value, self->step);
      break;
    case PROP_SIGMA:
      g_value_set_double (value, self->sigma);
      break;
    case PROP_THUMBNAIL:
      g_value_set_pointer (value, self->thumbnail);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
limn_reel_step_class_init (LimnReelStepClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = limn_reel_step_finalize;
  object_class->get_property = limn_reel_step_get_property;
  properties[PROP_STEP] = g_param_spec_uint ("step", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SIGMA] =
    g_param_spec_double ("sigma", NULL, NULL, 0, G_MAXDOUBLE, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_THUMBNAIL] = g_param_spec_pointer ("thumbnail", NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
limn_reel_step_init (LimnReelStep *self)
{
}

LimnReelStep *
limn_reel_step_new (guint step, double sigma, GBytes *latent, GBytes *denoised, const LimnFingerprint *fingerprint)
{
  LimnReelStep *self = g_object_new (LIMN_TYPE_REEL_STEP, NULL);

  self->step = step;
  self->sigma = sigma;
  self->latent = g_bytes_ref (latent);
  self->denoised = g_bytes_ref (denoised);
  self->fingerprint = *fingerprint;
  return self;
}

guint
limn_reel_step_get_step (LimnReelStep *self)
{
  return self->step;
}

double
limn_reel_step_get_sigma (LimnReelStep *self)
{
  return self->sigma;
}

LimnImage *
limn_reel_step_get_thumbnail (LimnReelStep *self)
{
  return self->thumbnail;
}

GBytes *
limn_reel_step_get_latent (LimnReelStep *self)
{
  return self->latent;
}

GBytes *
limn_reel_step_get_denoised (LimnReelStep *self)
{
  return self->denoised;
}

const LimnFingerprint *
limn_reel_step_get_fingerprint (LimnReelStep *self)
{
  return &self->fingerprint;
}

void
limn_reel_step_set_thumbnail (LimnReelStep *self, LimnImage *thumbnail)
{
  if (self->thumbnail == thumbnail)
    return;
  g_clear_pointer (&self->thumbnail, limn_image_unref);
  if (thumbnail)
    self->thumbnail = limn_image_ref (thumbnail);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_THUMBNAIL]);
}
