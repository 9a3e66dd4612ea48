/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "image/limn-export.h"
#include "image/limn-jpeg.h"
#include "image/limn-lab.h"
#include "image/limn-photo.h"
#include "library/limn-stash.h"
#include "session/limn-source.h"

#include <math.h>
#include <string.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const LimnEngineFacts facts = { .factor = 8, .multiple = 16, .width = 64, .height = 64 };

static LimnRequest *
new_request (void)
{
  LimnRequest *request = limn_request_new ();

  request->source = limn_request_source_new (ID);
  request->source->feather = 0;
  return request;
}

static LimnImage *
random_image (GRand *rand, LimnPixelFormat format, guint width, guint height)
{
  gsize n = (gsize) width * height * format;
  guint8 *data = g_malloc (n);

  for (gsize i = 0; i < n; i++)
    data[i] = g_rand_int_range (rand, 0, 256);
  return limn_image_new_take (format, width, height, data, NULL);
}

/* A photograph of sorts: smooth, with edges; with alpha where @holes. */
static LimnImage *
random_picture (GRand *rand, guint width, guint height, gboolean holes)
{
  guint8 *data = g_malloc ((gsize) width * height * 4);
  double phase = g_rand_double (rand) * 6, edge = g_rand_double (rand) * width;

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      {
        guint8 *p = data + ((gsize) y * width + x) * 4;

        p[0] = 128 + 100 * sin (x * 0.07 + phase);
        p[1] = 128 + 100 * cos (y * 0.05 + x * 0.01);
        p[2] = x + y * 0.3 > edge ? 200 : 40;
        p[3] = holes ? CLAMP (255 * sin (x * 0.1 + y * 0.13 + phase) + 180, 0, 255) : 255;
      }
  return limn_image_new_take (LIMN_PIXEL_RGBA8, width, height, data, NULL);
}

/* Dabs of a soft brush, hard polygons, a wash of grey, single pixels. */
static LimnImage *
random_mask (GRand *rand, guint width, guint height)
{
  guint8 *data = g_malloc0 ((gsize) width * height);
  guint n = g_rand_int_range (rand, 1, 5);

  for (guint i = 0; i < n; i++)
    {
      double cx = g_rand_double (rand) * width, cy = g_rand_double (rand) * height;
      double radius = 1 + g_rand_double (rand) * MIN (width, height) / 3;
      gboolean soft = g_rand_boolean (rand), square = g_rand_boolean (rand);
      guint peak = g_rand_int_range (rand, 1, 256);

      for (guint y = 0; y < height; y++)
        for (guint x = 0; x < width; x++)
          {
            double d = square ? fabs (x - cx) + fabs (y - cy) : hypot (x - cx, y - cy);
            guint8 value = d < radius ? (soft ? peak * (1 - d / radius) : peak) : 0;
            guint8 *place = &data[(gsize) y * width + x];

            *place = MAX (*place, value);
          }
    }
  return limn_image_new_take (LIMN_PIXEL_GREY8, width, height, data, NULL);
}

static LimnImage *
flat_mask (guint width, guint height, guint8 value)
{
  guint8 *data = g_malloc ((gsize) width * height);

  memset (data, value, (gsize) width * height);
  return limn_image_new_take (LIMN_PIXEL_GREY8, width, height, data, NULL);
}

static LimnImage *
random_work (GRand *rand, const LimnSource *source)
{
  return random_image (rand, LIMN_PIXEL_RGB8, limn_source_get_width_lt (source) * facts.factor,
                       limn_source_get_height_lt (source) * facts.factor);
}

static void
random_source (GRand *rand, LimnRequestSource *source)
{
  source->feather = g_rand_boolean (rand) ? 0 : g_rand_int_range (rand, 1, 20);
  source->content = g_rand_int_range (rand, 0, LIMN_CONTENT_EMPTY + 1);
  source->only_masked = g_rand_boolean (rand);
  source->padding = g_rand_int_range (rand, 0, 40);
  source->strength = g_rand_double (rand);
  if (g_rand_int_range (rand, 0, 3) == 0)
    {
      source->grow_left = g_rand_int_range (rand, 0, 40);
      source->grow_top = g_rand_int_range (rand, 0, 20);
      source->grow_right = g_rand_int_range (rand, 0, 40);
      source->grow_bottom = g_rand_int_range (rand, 0, 20);
    }
}

/* What nobody may change is what it was, to the last bit, alpha included, whatever was painted; and all the rest is opaque. */
static void
test_untouched (void)
{
  static const guint sizes[][2] = { { 64, 48 }, { 65, 47 }, { 1, 1 }, { 7, 130 }, { 131, 9 }, { 97, 61 }, { 80, 80 } };
  g_autoptr(GRand) rand = g_rand_new_with_seed (3);
  guint n_checked = 0;

  for (guint i = 0; i < 20; i++)
    {
      guint width = sizes[i % G_N_ELEMENTS (sizes)][0], height = sizes[i % G_N_ELEMENTS (sizes)][1];
      g_autoptr(LimnImage) picture = random_picture (rand, width, height, i % 3 == 1);

      for (guint k = 0; k < 100; k++)
        {
          g_autoptr(LimnRequest) request = new_request ();
          g_autoptr(LimnImage) mask = random_mask (rand, width, height);
          g_autoptr(LimnImage) work = NULL;
          g_autoptr(LimnImage) result = NULL;
          g_autoptr(LimnSource) source = NULL;
          g_autoptr(GError) error = NULL;

          random_source (rand, request->source);
          source = limn_source_new (request, &facts, picture, mask, NULL, &error);
          g_assert_no_error (error);
          work = random_work (rand, source);
          result = limn_source_compose (source, work, &error);
          g_assert_no_error (error);
          g_assert_cmpuint (limn_image_get_width (result), ==, width + request->source->grow_left + request->source->grow_right);
          for (guint y = 0; y < height; y++)
            for (guint x = 0; x < width; x++)
              {
                const guint8 *old = limn_image_get_row (picture, y) + x * 4;
                const guint8 *new = limn_image_get_row (result, y + request->source->grow_top) + (x + request->source->grow_left) * 4;

                if (limn_image_get_row (mask, y)[x] == 0)
                  {
                    g_assert_cmpmem (old, 4, new, 4);
                    n_checked++;
                  }
                else
                  g_assert_cmpuint (new[3], ==, 255);
              }
        }
    }
  g_assert_cmpuint (n_checked, >, 1000000);
}

/* A mask of nothing gives the source back, bytes and alpha, and so does a strength of nothing; there is nothing to do. */
static void
test_nothing (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (4);
  g_autoptr(LimnImage) nothing = flat_mask (45, 37, 0);
  g_autoptr(LimnImage) all = flat_mask (45, 37, 255);

  for (guint i = 0; i < 12; i++)
    {
      g_autoptr(LimnImage) picture = random_picture (rand, 45, 37, i % 4 >= 2);
      LimnImage *const masks[] = { nothing, all, NULL };
      g_autoptr(LimnRequest) request = new_request ();
      g_autoptr(LimnSource) source = NULL;
      g_autoptr(LimnImage) work = NULL;
      g_autoptr(LimnImage) result = NULL;
      LimnImageDifference difference;

      request->source->only_masked = i % 2;
      if (i >= 4)
        request->source->strength = 0;
      source = limn_source_new (request, &facts, picture, masks[i / 4], NULL, NULL);
      g_assert_cmpfloat (limn_source_get_max_strength (source), ==, 0);
      work = random_work (rand, source);
      result = limn_source_compose (source, work, NULL);
      g_assert_true (limn_image_compare (picture, result, &difference, NULL));
      g_assert_cmpuint (difference.n_pixels, ==, 0);
    }
}

/* No mask, and a mask of 255 everywhere: what was painted is the result, whatever the feather. */
static void
test_everything (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (5);
  g_autoptr(LimnImage) picture = random_picture (rand, 64, 48, TRUE);
  g_autoptr(LimnImage) mask = flat_mask (64, 48, 255);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnRequest) request = new_request ();
      g_autoptr(LimnSource) source = NULL;
      g_autoptr(LimnImage) work = NULL;
      g_autoptr(LimnImage) result = NULL;
      LimnImageDifference difference;

      request->source->strength = 1;
      request->source->feather = 12;
      source = limn_source_new (request, &facts, picture, i ? mask : NULL, NULL, NULL);
      for (guint c = 0; c < 8 * 6; c++)
        {
          g_assert_cmpfloat (limn_source_get_strength (source)[c], ==, 1);
          g_assert_cmpfloat (limn_source_get_mask (source)[c], ==, 1);
        }
      work = random_work (rand, source);
      result = limn_source_compose (source, work, NULL);
      g_assert_true (limn_image_compare (work, result, &difference, NULL));
      g_assert_cmpuint (difference.n_pixels, ==, 0);
    }
}

static LimnImage *
box_mask (guint width, guint height, guint x0, guint y0, guint x1, guint y1, guint8 value)
{
  guint8 *data = g_malloc0 ((gsize) width * height);

  for (guint y = y0; y < y1; y++)
    memset (data + (gsize) y * width + x0, value, x1 - x0);
  return limn_image_new_take (LIMN_PIXEL_GREY8, width, height, data, NULL);
}

/* From the edge inwards the new picture grows: none outside, little at the edge, all at the feather's depth, and never less farther in. */
static void
test_feather (void)
{
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnImage) mask = box_mask (80, 64, 20, 16, 60, 48, 255);
  g_autoptr(LimnImage) picture = NULL;
  g_autoptr(LimnImage) work = NULL;
  g_autoptr(LimnImage) result = NULL;
  g_autoptr(LimnSource) source = NULL;
  const guint8 *row;

  {
    guint8 *black = g_malloc0 (80 * 64 * 3), *white = g_malloc0 (80 * 64 * 3);

    /* The cells that the mask touches. */
    for (guint y = 16; y < 48; y++)
      memset (white + (y * 80 + 16) * 3, 255, (64 - 16) * 3);
    picture = limn_image_new_take (LIMN_PIXEL_RGB8, 80, 64, black, NULL);
    work = limn_image_new_take (LIMN_PIXEL_RGB8, 80, 64, white, NULL);
  }
  request->source->feather = 9;
  source = limn_source_new (request, &facts, picture, mask, NULL, NULL);
  result = limn_source_compose (source, work, NULL);
  row = limn_image_get_row (result, 32);
  g_assert_cmpuint (row[19 * 4], ==, 0);
  for (guint x = 20; x < 40; x++)
    g_assert_cmpuint (row[x * 4], >=, row[(x - 1) * 4]);
  g_assert_cmpuint (row[20 * 4], <, 20);
  g_assert_cmpuint (row[20 * 4], >, 0);
  g_assert_cmpuint (row[28 * 4], <, 255);
  g_assert_cmpuint (row[29 * 4], ==, 255);
  g_assert_cmpuint (row[59 * 4], ==, row[20 * 4]);
}

/* A shift of all colours, as a VAE may bring it, is seen in what nobody changes and taken back from what was painted; grain is no shift. */
static void
check_match (const int shift[3], gboolean matched)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (12);
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnImage) mask = box_mask (96, 96, 33, 30, 61, 70, 255);
  g_autoptr(LimnImage) picture = random_picture (rand, 96, 96, FALSE);
  g_autoptr(LimnImage) work = NULL;
  g_autoptr(LimnImage) result = NULL;
  g_autoptr(LimnSource) source = NULL;
  guint8 *data = g_malloc (96 * 96 * 3);

  for (guint y = 0; y < 96; y++)
    for (guint x = 0; x < 96; x++)
      for (guint c = 0; c < 3; c++)
        {
          gboolean new = limn_image_get_row (mask, y)[x] != 0;
          int value = new ? 100 + 20 * (int) c : limn_image_get_row (picture, y)[x * 4 + c];

          data[(y * 96 + x) * 3 + c] = CLAMP (value + shift[c] + (new ? 0 : g_rand_int_range (rand, -6, 7)), 0, 255);
        }
  work = limn_image_new_take (LIMN_PIXEL_RGB8, 96, 96, data, NULL);
  source = limn_source_new (request, &facts, picture, mask, NULL, NULL);
  result = limn_source_compose (source, work, NULL);
  for (guint y = 30; y < 70; y++)
    for (guint x = 33; x < 61; x++)
      for (guint c = 0; c < 3; c++)
        /* Of grain of +-6 the mean of 64 pixels keeps 0.5; measured: 1. */
        g_assert_cmpint (ABS (limn_image_get_row (result, y)[x * 4 + c] - (100 + 20 * (int) c + (matched ? 0 : shift[c]))), <=, 2);
}

/* What is more than a VAE does is no shift of colours: a meadow that came out dark under a painted night makes no green sky. */
static void
test_match (void)
{
  check_match ((const int[]){ -9, 6, 14 }, TRUE);
  check_match ((const int[]){ -40, -60, -20 }, FALSE);
}

/* What has grown and came out too dark meets the old picture without a step, grows darker from there on, and is what was painted where the old
 * picture is far away. */
static void
test_join (void)
{
  enum { SIDE = 96, GROWN = 160, STEP = 24 };
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnImage) picture = NULL;
  g_autoptr(LimnImage) work = NULL;
  g_autoptr(LimnImage) result = NULL;
  g_autoptr(LimnSource) source = NULL;
  guint8 *old = g_malloc (SIDE * SIDE * 3), *new = g_malloc (SIDE * (SIDE + GROWN) * 3);

  for (guint y = 0; y < SIDE; y++)
    for (guint x = 0; x < (SIDE + GROWN) * 3; x++)
      {
        guint8 value = 60 + y + 20 * (x % 3);

        if (x < SIDE * 3)
          old[y * SIDE * 3 + x] = value;
        new[y * (SIDE + GROWN) * 3 + x] = x < SIDE * 3 ? value : value - STEP;
      }
  picture = limn_image_new_take (LIMN_PIXEL_RGB8, SIDE, SIDE, old, NULL);
  work = limn_image_new_take (LIMN_PIXEL_RGB8, SIDE + GROWN, SIDE, new, NULL);
  request->source->grow_right = GROWN;
  source = limn_source_new (request, &facts, picture, NULL, NULL, NULL);
  result = limn_source_compose (source, work, NULL);
  for (guint y = 0; y < SIDE; y++)
    {
      const guint8 *row = limn_image_get_row (result, y), *painted = limn_image_get_row (work, y);

      for (guint c = 0; c < 3; c++)
        {
          /* The colours are those of a slope of one step a pixel, of which means are taken. Measured: 1. */
          g_assert_cmpint (ABS (row[SIDE * 4 + c] - row[(SIDE - 1) * 4 + c]), <=, 2);
          for (guint x = SIDE + 1; x < SIDE + GROWN; x++)
            g_assert_cmpint (row[x * 4 + c], <=, row[(x - 1) * 4 + c] + 1);
          g_assert_cmpint (ABS (row[(SIDE + 130) * 4 + c] - painted[(SIDE + 130) * 3 + c]), <=, 1);
        }
    }
}

/* A cell at the edge changes as far as it is covered; a thin line changes as much as it says. */
static void
test_edge_and_line (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (13);
  g_autoptr(LimnImage) picture = random_picture (rand, 96, 96, FALSE);
  g_autoptr(LimnImage) edge = box_mask (96, 96, 0, 0, 44, 96, 255);
  g_autoptr(LimnImage) line = box_mask (96, 96, 41, 0, 43, 96, 200);
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnSource) at_edge = NULL;
  g_autoptr(LimnSource) along_line = NULL;

  request->source->strength = 1;
  at_edge = limn_source_new (request, &facts, picture, edge, NULL, NULL);
  along_line = limn_source_new (request, &facts, picture, line, NULL, NULL);
  for (guint y = 0; y < 12; y++)
    for (guint x = 0; x < 12; x++)
      {
        g_assert_cmpfloat (limn_source_get_strength (at_edge)[y * 12 + x], ==, x < 5 ? 1 : x == 5 ? 0.5 : 0);
        g_assert_cmpfloat (limn_source_get_mask (at_edge)[y * 12 + x], ==, x <= 5);
        g_assert_cmpfloat (limn_source_get_strength (along_line)[y * 12 + x], ==, x == 5 ? 200 / 255.0 : 0);
      }
}

/* What is thinner than a cell counts with its largest value; what is grown changes wholly; a border of the picture that is no cell long is its mirror image. */
static void
test_strength (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (6);
  g_autoptr(LimnImage) picture = random_picture (rand, 40, 24, FALSE);
  g_autoptr(LimnImage) mask = box_mask (40, 24, 15, 9, 17, 10, 102);
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnSource) source = NULL;
  g_autoptr(LimnSource) grown = NULL;
  const double *strength;

  request->source->strength = 0.5;
  source = limn_source_new (request, &facts, picture, mask, NULL, NULL);
  g_assert_cmpuint (limn_source_get_width_lt (source), ==, 6);
  g_assert_cmpuint (limn_source_get_height_lt (source), ==, 4);
  strength = limn_source_get_strength (source);
  for (guint y = 0; y < 4; y++)
    for (guint x = 0; x < 6; x++)
      {
        gboolean under = y == 1 && (x == 1 || x == 2);

        g_assert_cmpfloat (strength[y * 6 + x], ==, under ? 0.5 * 102 / 255 : 0);
        g_assert_cmpfloat (limn_source_get_mask (source)[y * 6 + x], ==, 0);
      }
  g_assert_cmpfloat (limn_source_get_max_strength (source), ==, 0.5 * 102 / 255);

  /* Without a mask only what is new changes. */
  request->source->grow_right = 8;
  request->source->grow_top = 16;
  grown = limn_source_new (request, &facts, picture, NULL, NULL, NULL);
  strength = limn_source_get_strength (grown);
  g_assert_cmpuint (limn_source_get_width_lt (grown), ==, 6);
  g_assert_cmpuint (limn_source_get_height_lt (grown), ==, 6);
  for (guint y = 0; y < 6; y++)
    for (guint x = 0; x < 6; x++)
      g_assert_cmpfloat (strength[y * 6 + x], ==, x == 5 || y < 2 ? 1 : 0);
}

/* At the picture's own size the encoder sees its very values; where it ends, its mirror image. */
static void
test_known (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (7);
  g_autoptr(LimnImage) picture = random_image (rand, LIMN_PIXEL_RGB8, 45, 30);
  g_autoptr(LimnImage) mask = box_mask (45, 30, 10, 10, 20, 20, 200);
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnSource) source = limn_source_new (request, &facts, picture, mask, NULL, NULL);
  guint width = limn_source_get_width_lt (source) * 8, height = limn_source_get_height_lt (source) * 8;
  gsize n = width * height;
  g_autofree float *rgb = g_new (float, n * 3);

  g_assert_cmpuint (width, ==, 48);
  g_assert_cmpuint (height, ==, 32);
  limn_source_fill_rgb (source, LIMN_SOURCE_KNOWN, rgb);
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      for (guint c = 0; c < 3; c++)
        {
          guint u = x < 45 ? x : 89 - x, v = y < 30 ? y : 59 - y;

          g_assert_cmpfloat_with_epsilon (rgb[c * n + y * width + x], limn_image_get_row (picture, v)[u * 3 + c] / 127.5 - 1, 1e-6);
        }
  limn_source_fill_rgb (source, LIMN_SOURCE_MASKED, rgb);
  g_assert_cmpfloat (rgb[15 * width + 15], ==, 0);
  g_assert_cmpfloat (rgb[15 * width + 25], !=, 0);
}

/* Every work of every plan: multiples, nothing smaller, all of the box inside, of about the model's size where it is enlarged. */
static void
test_plans (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (8);
  const LimnEngineFacts large = { .factor = 8, .multiple = 64, .width = 512, .height = 512 };

  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr(LimnRequest) request = new_request ();
      guint width = g_rand_int_range (rand, 1, i % 2 ? 3000 : 300), height = g_rand_int_range (rand, 1, i % 3 ? 3000 : 300);
      LimnSourceBox box;
      LimnSourcePlan plan;
      double wide, high;

      box.x0 = g_rand_int_range (rand, 0, width);
      box.x1 = g_rand_int_range (rand, box.x0 + 1, width + 1);
      box.y0 = g_rand_int_range (rand, 0, height);
      box.y1 = g_rand_int_range (rand, box.y0 + 1, height + 1);
      request->source->only_masked = TRUE;
      request->source->padding = g_rand_int_range (rand, 0, 100);
      g_assert_true (limn_source_plan_init (&plan, request, &large, width, height, &box, NULL));

      wide = plan.width_lt * 8 / plan.zoom;
      high = plan.height_lt * 8 / plan.zoom;
      g_assert_cmpuint (plan.width_lt % 8, ==, 0);
      g_assert_cmpuint (plan.height_lt % 8, ==, 0);
      g_assert_cmpfloat (plan.zoom, >=, 1);
      g_assert_cmpuint (plan.x, <=, box.x0);
      g_assert_cmpuint (plan.y, <=, box.y0);
      g_assert_cmpfloat (plan.x + wide, >, box.x1 - 0.02);
      g_assert_cmpfloat (plan.y + high, >, box.y1 - 0.02);
      /* Into the picture, but for less than a pixel, where there is room. */
      if (wide <= width)
        g_assert_cmpfloat (plan.x + wide, <, width + 1);
      else
        g_assert_cmpuint (plan.x, ==, 0);
      if (high <= height)
        g_assert_cmpfloat (plan.y + high, <, height + 1);
      else
        g_assert_cmpuint (plan.y, ==, 0);
      /* Of 512x512; sides are rounded to 64 of at least 362 pixels, unless the picture itself is a strip. */
      if (plan.zoom > 1 && MAX (width, height) < 2 * MIN (width, height))
        {
          g_assert_cmpfloat (plan.width_lt * plan.height_lt, >, 64 * 64 * 0.8);
          g_assert_cmpfloat (plan.width_lt * plan.height_lt, <, 64 * 64 * 1.25);
        }
    }
}

/* Where the masked part is painted larger, it comes back where it was: an enlarged picture that is put back unchanged is the picture. */
static void
test_there_and_back (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (9);
  g_autoptr(LimnImage) picture = random_picture (rand, 211, 150, FALSE);
  g_autoptr(LimnImage) mask = box_mask (211, 150, 101, 52, 133, 90, 255);
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnSource) source = NULL;
  g_autoptr(LimnImage) work = NULL;
  g_autoptr(LimnImage) result = NULL;
  g_autofree float *rgb = NULL;
  LimnImageDifference difference;
  guint width, height;
  guint8 *data;

  request->source->only_masked = TRUE;
  request->source->padding = 4;
  source = limn_source_new (request, &facts, picture, mask, NULL, NULL);
  g_assert_cmpfloat (limn_source_get_plan (source)->zoom, >, 1.3);
  width = limn_source_get_width_lt (source) * 8;
  height = limn_source_get_height_lt (source) * 8;
  rgb = g_new (float, (gsize) width * height * 3);
  limn_source_fill_rgb (source, LIMN_SOURCE_KNOWN, rgb);
  data = g_malloc ((gsize) width * height * 3);
  for (gsize i = 0; i < (gsize) width * height; i++)
    for (guint c = 0; c < 3; c++)
      data[i * 3 + c] = CLAMP (rgb[(gsize) c * width * height + i] * 127.5 + 128, 0, 255);
  work = limn_image_new_take (LIMN_PIXEL_RGB8, width, height, data, NULL);
  result = limn_source_compose (source, work, NULL);
  g_assert_true (limn_image_compare (picture, result, &difference, NULL));
  /* Measured: 80.8 dB over the whole picture, of which a 26th changes. Half a pixel aside it is 59.2 dB. */
  g_assert_cmpfloat (difference.psnr_db, >, 75);
}

static void
check_refused (LimnRequest *request, LimnImage *picture, LimnImage *mask, const char *part)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSource) source = limn_source_new (request, &facts, picture, mask, NULL, &error);

  g_assert_null (source);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  if (!strstr (error->message, part))
    g_error ("“%s” does not speak of “%s”", error->message, part);
}

static void
test_refused (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (10);
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnImage) picture = random_picture (rand, 40, 20, FALSE);
  g_autoptr(LimnImage) turned = flat_mask (20, 40, 255);
  g_autoptr(LimnImage) long_one = random_image (rand, LIMN_PIXEL_RGB8, LIMN_REQUEST_MAX_SIDE + 1, 1);
  g_autoptr(LimnSource) source = NULL;
  g_autoptr(LimnImage) result = NULL;
  g_autoptr(GError) error = NULL;

  check_refused (request, picture, turned, "The mask has 20x40 pixels, but the picture has 40x20.");
  check_refused (request, long_one, NULL, "too large");
  request->source->grow_left = LIMN_REQUEST_MAX_SIDE;
  check_refused (request, picture, NULL, "16424x20");
  request->source->grow_left = 0;
  request->wrap_x = TRUE;
  check_refused (request, picture, NULL, "the width of the picture must be a multiple of 16");
  request->wrap_x = FALSE;
  request->source->restore = LIMN_RESTORE_JPEG;
  check_refused (request, picture, NULL, "JPEG");
  request->source->restore = LIMN_RESTORE_NONE;

  source = limn_source_new (request, &facts, picture, NULL, NULL, NULL);
  result = limn_source_compose (source, picture, &error);
  g_assert_null (result);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE);
}

/* Scaled to another size: twice as large, the picture is still the picture. */
static void
test_enlarge (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (11);
  g_autoptr(LimnImage) picture = random_picture (rand, 50, 33, FALSE);
  g_autoptr(LimnImage) nothing = flat_mask (50, 33, 0);
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnSource) source = NULL;
  g_autoptr(LimnImage) work = NULL;
  g_autoptr(LimnImage) result = NULL;

  request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  request->width = 100;
  request->height = 66;
  source = limn_source_new (request, &facts, picture, nothing, NULL, NULL);
  g_assert_true (limn_source_get_plan (source)->scaled);
  work = random_work (rand, source);
  result = limn_source_compose (source, work, NULL);
  g_assert_cmpuint (limn_image_get_width (result), ==, 100);
  for (guint y = 4; y < 62; y++)
    for (guint x = 4; x < 96; x++)
      {
        const guint8 *p = limn_image_get_row (result, y) + x * 4;
        const guint8 *q = limn_image_get_row (picture, y / 2) + x / 2 * 4;

        /* A quarter of a pixel away, where a pixel differs from the next by 7 at most. */
        g_assert_cmpint (ABS (p[0] - q[0]), <=, 4);
      }
}

/* Whatever was painted: the result of an enlargement is its source again when blocks of pixels are averaged. */
static void
test_agree_with_small (void)
{
  for (guint factor = 2; factor <= 4; factor += 2)
    {
      g_autoptr(GRand) rand = g_rand_new_with_seed (factor);
      g_autoptr(LimnImage) picture = random_picture (rand, 50, 33, FALSE);
      g_autoptr(LimnRequest) request = new_request ();
      g_autoptr(LimnSource) source = NULL;
      g_autoptr(LimnImage) work = NULL;
      g_autoptr(LimnImage) result = NULL;
      double sum = 0;

      request->open &= ~LIMN_REQUEST_OPEN_SIZE;
      request->width = 50 * factor;
      request->height = 33 * factor;
      request->source->restore = LIMN_RESTORE_ENLARGE;
      source = limn_source_new (request, &facts, picture, NULL, NULL, NULL);
      work = random_work (rand, source);
      result = limn_source_compose (source, work, NULL);
      for (guint y = 0; y < 33; y++)
        for (guint x = 0; x < 50 * 4; x++)
          {
            double mean = 0;

            for (guint i = 0; i < factor * factor; i++)
              mean += limn_image_get_row (result, y * factor + i / factor)[(x / 4 * factor + i % factor) * 4 + x % 4];
            mean = mean / factor / factor - limn_image_get_row (picture, y)[x];
            sum += mean * mean / (33 * 50 * 4);
          }
      /* Of 255, RMS; noise of all 8 bits was painted, of which 37 and 18 RMS would be left. Measured: 2.3 and 1.2. */
      g_test_message ("factor %u: %.2f RMS", factor, sqrt (sum));
      g_assert_cmpfloat (sqrt (sum), <, 8);
    }
}

/* Noise painted over a JPEG stays within what the JPEG allows; 2: rounding to 8 bits, in the mean and in the projection. */
static void
test_agree_with_jpeg (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (3);
  g_autoptr(LimnImage) picture = random_picture (rand, 61, 43, FALSE);
  g_autoptr(GBytes) file = limn_export_encode (picture, LIMN_EXPORT_JPEG, 20, NULL, NULL);
  g_autoptr(LimnImage) decoded = limn_photo_decode (file, NULL);
  g_autofree char *id = limn_stash_hash_file (file);
  g_autoptr(LimnJpeg) jpeg = limn_jpeg_new (file, NULL);
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSource) source = NULL;
  g_autoptr(LimnImage) work = NULL;
  g_autoptr(LimnImage) result = NULL;
  g_autoptr(LimnImage) projected = NULL;
  LimnImageDifference difference;

  request->source->restore = LIMN_RESTORE_JPEG;
  limn_request_source_set_file (request->source, id);
  request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  request->width = 61;
  request->height = 43;
  source = limn_source_new (request, &facts, decoded, NULL, file, &error);
  g_assert_no_error (error);
  work = random_work (rand, source);
  result = limn_source_compose (source, work, &error);
  g_assert_no_error (error);
  projected = limn_jpeg_project (jpeg, result, 1, NULL);
  g_assert_true (limn_image_compare (result, projected, &difference, NULL));
  g_assert_cmpuint (difference.max, <=, 2);
  /* It is not merely the JPEG. */
  g_assert_true (limn_image_compare (result, decoded, &difference, NULL));
  g_assert_cmpuint (difference.max, >, 10);
}

/* The source's L* with what was painted: within 1.0 RMS is promised; 0.1 measured, of rounding. */
static void
test_colorize (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (4);
  g_autoptr(LimnImage) colours = random_picture (rand, 50, 33, FALSE);
  g_autoptr(LimnImage) picture = limn_image_dup_as (colours, LIMN_PIXEL_GREY8);
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnSource) source = NULL;
  g_autoptr(LimnImage) work = NULL;
  g_autoptr(LimnImage) result = NULL;
  double sum = 0;

  request->source->restore = LIMN_RESTORE_COLORIZE;
  request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  request->width = 50;
  request->height = 33;
  source = limn_source_new (request, &facts, picture, NULL, NULL, NULL);
  work = random_work (rand, source);
  result = limn_source_compose (source, work, NULL);
  for (guint y = 0; y < 33; y++)
    for (guint x = 0; x < 50; x++)
      {
        guint8 grey = limn_image_get_row (picture, y)[x];
        double was[3], is[3];

        limn_lab_from_rgb8 ((const guint8[]){ grey, grey, grey }, was);
        limn_lab_from_rgb8 (limn_image_get_row (result, y) + x * 4, is);
        sum += (was[0] - is[0]) * (was[0] - is[0]) / (33 * 50);
      }
  g_assert_cmpfloat (sqrt (sum), <, 0.4);
}

void
test_source_add (void)
{
  g_test_add_func ("/source/untouched", test_untouched);
  g_test_add_func ("/source/nothing", test_nothing);
  g_test_add_func ("/source/everything", test_everything);
  g_test_add_func ("/source/feather", test_feather);
  g_test_add_func ("/source/match", test_match);
  g_test_add_func ("/source/join", test_join);
  g_test_add_func ("/source/edge-and-line", test_edge_and_line);
  g_test_add_func ("/source/strength", test_strength);
  g_test_add_func ("/source/known", test_known);
  g_test_add_func ("/source/plans", test_plans);
  g_test_add_func ("/source/there-and-back", test_there_and_back);
  g_test_add_func ("/source/enlarge", test_enlarge);
  g_test_add_func ("/source/agree-with-small", test_agree_with_small);
  g_test_add_func ("/source/agree-with-jpeg", test_agree_with_jpeg);
  g_test_add_func ("/source/colorize", test_colorize);
  g_test_add_func ("/source/refused", test_refused);
}
