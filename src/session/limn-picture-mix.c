/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-picture-mix.h"

#include <string.h>

/* One picture that has weight; either its latent is there or what it is encoded from. */
typedef struct
{
  double      weight;
  char       *key;
  GBytes     *latent; /* (nullable) */
  LimnSource *source; /* (nullable) */
} Part;

struct _LimnPictureMix
{
  LimnLatentCache *cache;
  double           strength;
  guint            n_parts;
  Part             parts[LIMN_MIX_MAX_ENDS];
};

static void
mix_clear (gpointer data)
{
  LimnPictureMix *self = data;

  for (guint i = 0; i < self->n_parts; i++)
    {
      g_free (self->parts[i].key);
      g_clear_pointer (&self->parts[i].latent, g_bytes_unref);
      g_clear_pointer (&self->parts[i].source, limn_source_unref);
    }
  g_clear_pointer (&self->cache, limn_latent_cache_unref);
}

LimnPictureMix *
limn_picture_mix_ref (LimnPictureMix *self)
{
  return g_rc_box_acquire (self);
}

void
limn_picture_mix_unref (LimnPictureMix *self)
{
  if (self)
    g_rc_box_release_full (self, mix_clear);
}

double
limn_picture_mix_get_strength (const LimnPictureMix *self)
{
  return self->strength;
}

/* The largest part of @picture in the shape of @width by @height, around its middle. */
static LimnImage *
cut (LimnImage *picture, guint width, guint height)
{
  LimnPixelFormat format = limn_image_get_format (picture);
  guint old_width = limn_image_get_width (picture), old_height = limn_image_get_height (picture);
  guint w = MIN (old_width, ((guint64) old_height * width + height / 2) / height);
  guint h = MIN (old_height, ((guint64) old_width * height + width / 2) / width);
  LimnImage *part;
  guint8 *data;

  w = MAX (w, 1);
  h = MAX (h, 1);
  if (w == old_width && h == old_height)
    return limn_image_ref (picture);
  data = g_malloc ((gsize) w * h * format);
  for (guint y = 0; y < h; y++)
    memcpy (data + (gsize) y * w * format, limn_image_get_row (picture, (old_height - h) / 2 + y) + (gsize) (old_width - w) / 2 * format,
            (gsize) w * format);
  part = limn_image_new_take (format, w, h, data, NULL);
  g_assert (part); /* smaller than one that is there */
  return part;
}

/* As a request that begins with it and changes all of it: what img2img encodes. */
static LimnSource *
make_source (const LimnRequest *request, const LimnEngineFacts *facts, const char *id, LimnPictureLoad load, gpointer data, GError **error)
{
  g_autoptr(LimnRequest) alone = limn_request_copy (request);
  g_autoptr(LimnRequestSource) source = limn_request_source_new (id);
  g_autoptr(LimnImage) picture = load (data, id, error);
  g_autoptr(LimnImage) part = NULL;

  if (!picture)
    return NULL;
  part = cut (picture, request->width, request->height);
  source->strength = 1;
  limn_request_take_mix (alone, NULL);
  limn_request_set_source (alone, source);
  return limn_source_new (alone, facts, part, NULL, NULL, error);
}

LimnPictureMix *
limn_picture_mix_new (const LimnRequest      *request,
                      const LimnEngineFacts  *facts,
                      const char             *engine_key,
                      LimnLatentCache        *cache,
                      LimnPictureLoad         load,
                      gpointer                data,
                      GError                **error)
{
  const LimnRequestMix *mix = request->mix;
  g_autoptr(LimnPictureMix) self = NULL;
  double weights[LIMN_MIX_MAX_ENDS];

  g_return_val_if_fail (mix && mix->way == LIMN_MIX_PICTURES && request->open == 0 && !request->branch, NULL);

  self = g_rc_box_new0 (LimnPictureMix);
  self->cache = limn_latent_cache_ref (cache);
  self->strength = mix->strength;
  limn_request_mix_get_weights (mix, weights);
  for (guint i = 0; i < mix->n_ends; i++)
    {
      Part *part = &self->parts[self->n_parts];

      if (weights[i] <= 0)
        continue;
      self->n_parts++;
      part->weight = weights[i];
      /* All that decides what the encoder is given, and how. */
      part->key = g_strdup_printf ("%s\n%s %u %u %u %u %d %d", engine_key, mix->ends[i].picture, request->width, request->height,
                                   request->tile, request->overlap, request->wrap_x, request->wrap_y);
      part->latent = limn_latent_cache_get (cache, part->key);
      if (!part->latent && !(part->source = make_source (request, facts, mix->ends[i].picture, load, data, error)))
        return NULL;
    }
  return g_steal_pointer (&self);
}

static gboolean
encode_part (LimnPictureMix *self, Part *part, const LimnWork *work, LimnEngine *engine, gsize n, GCancellable *cancellable, GError **error)
{
  guint factor = engine->facts.factor;
  g_autofree float *rgb = g_new (float, 3 * (n / engine->facts.n_channels) * factor * factor);
  g_autofree float *latent = g_new (float, n);

  limn_source_fill_rgb (part->source, LIMN_SOURCE_KNOWN, rgb);
  if (!limn_work_encode (work, engine, rgb, latent, cancellable, error))
    return FALSE;
  part->latent = g_bytes_new_take (g_steal_pointer (&latent), n * sizeof (float));
  limn_latent_cache_add (self->cache, part->key, part->latent);
  return TRUE;
}

gboolean
limn_picture_mix_encode (LimnPictureMix *self,
                         const LimnWork *work,
                         LimnEngine     *engine,
                         GCancellable   *cancellable,
                         double         *held,
                         GError        **error)
{
  gsize n = (gsize) engine->facts.n_channels * limn_work_get_width_lt (work) * limn_work_get_height_lt (work);

  for (guint i = 0; i < self->n_parts; i++)
    if (!self->parts[i].latent && !encode_part (self, &self->parts[i], work, engine, n, cancellable, error))
      return FALSE;
  /* The first is not added to 0, which would make 0 of -0. */
  for (guint i = 0; i < self->n_parts; i++)
    {
      const float *latent = g_bytes_get_data (self->parts[i].latent, NULL);

      g_assert (g_bytes_get_size (self->parts[i].latent) == n * sizeof *latent);
      for (gsize j = 0; j < n; j++)
        held[j] = (i > 0 ? held[j] : -0.0) + self->parts[i].weight * latent[j];
    }
  return TRUE;
}
