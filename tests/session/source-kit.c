/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "source-kit.h"

#include <math.h>

LimnImage *
source_kit_make_picture (guint width, guint height, guint32 seed)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  guint8 *pixels = g_malloc (4 * width * height);

  for (guint i = 0; i < width * height; i++)
    {
      for (guint c = 0; c < 3; c++)
        pixels[4 * i + c] = (i % width + i / width * (c + 1)) * 200 / (width + 3 * height) + g_rand_int_range (rand, 0, 30);
      pixels[4 * i + 3] = 255;
    }
  return limn_image_new_take (LIMN_PIXEL_RGBA8, width, height, pixels, NULL);
}

LimnImage *
source_kit_make_mask (guint width, guint height)
{
  guint8 *pixels = g_malloc (width * height);

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      {
        double r = hypot ((x + 0.5) / width - 0.5, (y + 0.5) / height - 0.5);

        pixels[y * width + x] = (guint8) (CLAMP ((0.4 - r) / 0.15, 0, 1) * 255);
      }
  return limn_image_new_take (LIMN_PIXEL_GREY8, width, height, pixels, NULL);
}

LimnImage *
source_kit_make_grey (guint width, guint height, guint8 value)
{
  guint8 *pixels = g_malloc (width * height);

  for (guint i = 0; i < width * height; i++)
    pixels[i] = value;
  return limn_image_new_take (LIMN_PIXEL_GREY8, width, height, pixels, NULL);
}

LimnRequestSource *
source_kit_give (LimnStash *stash, LimnRequest *request, LimnImage *picture, LimnImage *mask)
{
  g_autofree char *id = limn_stash_add (stash, picture);
  g_autofree char *mask_id = mask ? limn_stash_add (stash, mask) : NULL;
  g_autoptr(LimnRequestSource) source = limn_request_source_new (id);

  limn_request_source_set_mask (source, mask_id);
  limn_request_set_source (request, source);
  request->width = limn_image_get_width (picture);
  request->height = limn_image_get_height (picture);
  return request->source;
}

void
source_kit_decorate (LimnStash *stash, LimnRequest *request, GRand *rand)
{
  g_autoptr(LimnImage) picture = NULL;
  g_autoptr(LimnImage) mask = NULL;
  gboolean tiled = g_rand_int_range (rand, 0, 3) == 0;
  LimnRequestSource *source;

  request->wrap_x = g_rand_int_range (rand, 0, 4) == 0;
  request->wrap_y = g_rand_int_range (rand, 0, 6) == 0;
  if (tiled)
    {
      request->tile = LIMN_REQUEST_MIN_TILE;
      request->overlap = g_rand_int_range (rand, 0, 40);
      request->width += 48;
    }
  if (g_rand_int_range (rand, 0, 3) == 0)
    return;

  if (!request->wrap_x)
    request->width -= g_rand_int_range (rand, 0, 9);
  if (!request->wrap_y)
    request->height -= g_rand_int_range (rand, 0, 9);
  picture = source_kit_make_picture (request->width, request->height, g_rand_int_range (rand, 0, 5));
  if (g_rand_int_range (rand, 0, 4) > 0)
    mask = source_kit_make_mask (request->width, request->height);
  source = source_kit_give (stash, request, picture, mask);
  source->strength = g_rand_int_range (rand, 0, 4) == 0 ? g_rand_int_range (rand, 0, 2) : g_rand_double (rand);
  source->content = g_rand_int_range (rand, 0, LIMN_CONTENT_EMPTY + 1);
  source->feather = g_rand_int_range (rand, 0, 12);
  source->only_masked = !request->wrap_x && !request->wrap_y && g_rand_int_range (rand, 0, 3) == 0;
  source->padding = g_rand_int_range (rand, 0, 20);
  if (!request->wrap_x && !request->wrap_y && g_rand_boolean (rand))
    {
      source->grow_right = g_rand_int_range (rand, 0, 20);
      source->grow_top = g_rand_int_range (rand, 0, 20);
      request->width += source->grow_right;
      request->height += source->grow_top;
    }
}

LimnSource *
source_kit_prepare (LimnStash *stash, const LimnRequest *request, const LimnEngineFacts *facts)
{
  g_autoptr(LimnImage) picture = NULL;
  g_autoptr(LimnImage) mask = NULL;
  g_autoptr(GError) error = NULL;
  LimnSource *source;

  if (!request->source)
    return NULL;
  picture = limn_stash_load (stash, request->source->picture, &error);
  g_assert_no_error (error);
  if (request->source->mask)
    mask = limn_stash_load (stash, request->source->mask, &error);
  g_assert_no_error (error);
  source = limn_source_new (request, facts, picture, mask, NULL, &error);
  g_assert_no_error (error);
  return source;
}
