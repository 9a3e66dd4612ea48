/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-error.h"
#include "image/limn-control-map.h"

#include "test-image.h"

#include <math.h>
#include <string.h>

#define SIDE 64

typedef double (*PaintFunc) (double x, double y);

/* Grey levels at pixel centres. */
static LimnImage *
paint (PaintFunc func)
{
  guint8 *grey = g_malloc (SIDE * SIDE);

  for (guint y = 0; y < SIDE; y++)
    for (guint x = 0; x < SIDE; x++)
      grey[y * SIDE + x] = (guint8) floor (CLAMP (func (x + 0.5, y + 0.5), 0, 255) + 0.5);
  return limn_image_new_take (LIMN_PIXEL_GREY8, SIDE, SIDE, grey, NULL);
}

static LimnImage *
make_map (LimnImage *image, LimnControlMapKind kind)
{
  g_autoptr(GError) error = NULL;
  LimnImage *map = limn_control_map_new (image, kind, &error);

  g_assert_no_error (error);
  g_assert_cmpint (limn_image_get_format (map), ==, LIMN_PIXEL_RGB8);
  g_assert_cmpuint (limn_image_get_width (map), ==, limn_image_get_width (image));
  g_assert_cmpuint (limn_image_get_height (map), ==, limn_image_get_height (image));
  return map;
}

/* Lines are white on black, nothing between. */
static gboolean
is_white (LimnImage *map, guint x, guint y)
{
  const guint8 *pixel = limn_image_get_row (map, y) + 3 * x;

  g_assert_true (pixel[0] == pixel[1] && pixel[1] == pixel[2]);
  g_assert_true (pixel[0] == 0 || pixel[0] == 255);
  return pixel[0] == 255;
}

static guint
count_white (LimnImage *map)
{
  guint n = 0;

  for (guint y = 0; y < SIDE; y++)
    for (guint x = 0; x < SIDE; x++)
      n += is_white (map, x, y);
  return n;
}

static double
step_down (double x, double y)
{
  return x < 32 ? 160 : 60;
}

static double
step_up (double x, double y)
{
  return y < 20 ? 60 : 160;
}

/* One line of one pixel beside the step, from end to end, whichever side is the brighter. */
static void
test_step (void)
{
  g_autoptr(LimnImage) down = paint (step_down);
  g_autoptr(LimnImage) up = paint (step_up);
  g_autoptr(LimnImage) down_map = make_map (down, LIMN_CONTROL_MAP_EDGE);
  g_autoptr(LimnImage) up_map = make_map (up, LIMN_CONTROL_MAP_EDGE);

  for (guint i = 0; i < SIDE; i++)
    {
      g_assert_true (is_white (down_map, 31, i) != is_white (down_map, 32, i));
      g_assert_true (is_white (up_map, i, 19) != is_white (up_map, i, 20));
    }
  g_assert_cmpuint (count_white (down_map), ==, SIDE);
  g_assert_cmpuint (count_white (up_map), ==, SIDE);
}

static double step_height;

static double
step_of_height (double x, double y)
{
  return x < 32 ? 100 : 100 + step_height;
}

/* The unit is 4 for each level: 200 is a step of 50 levels. */
static void
test_threshold (void)
{
  g_autoptr(LimnImage) below = NULL;
  g_autoptr(LimnImage) above = NULL;
  g_autoptr(LimnImage) below_map = NULL;
  g_autoptr(LimnImage) above_map = NULL;

  step_height = 49;
  below = paint (step_of_height);
  below_map = make_map (below, LIMN_CONTROL_MAP_EDGE);
  g_assert_cmpuint (count_white (below_map), ==, 0);
  step_height = 51;
  above = paint (step_of_height);
  above_map = make_map (above, LIMN_CONTROL_MAP_EDGE);
  g_assert_cmpuint (count_white (above_map), ==, SIDE);
}

/* A step that becomes weaker from top to bottom: 100 to 35 levels. */
static double
weak_and_strong (double x, double y)
{
  return x < 16 ? 200 : 100 + 65 * y / SIDE;
}

/* Hysteresis: what is weak counts where it goes on from what is strong. */
static void
test_hysteresis (void)
{
  g_autoptr(LimnImage) image = paint (weak_and_strong);
  g_autoptr(LimnImage) map = make_map (image, LIMN_CONTROL_MAP_EDGE);
  g_autoptr(LimnImage) alone = NULL;
  g_autoptr(LimnImage) alone_map = NULL;

  for (guint y = 0; y < SIDE; y++)
    g_assert_true (is_white (map, 15, y) || is_white (map, 16, y));
  step_height = 35;
  alone = paint (step_of_height);
  alone_map = make_map (alone, LIMN_CONTROL_MAP_EDGE);
  g_assert_cmpuint (count_white (alone_map), ==, 0);
}

static double
disc (double x, double y)
{
  return CLAMP (20.5 - hypot (x - 32, y - 32), 0, 1) * 160 + 40;
}

/* In all directions: each pixel of the line is at the edge, and the line goes all the way round. */
static void
test_circle (void)
{
  g_autoptr(LimnImage) image = paint (disc);
  g_autoptr(LimnImage) map = make_map (image, LIMN_CONTROL_MAP_EDGE);
  gboolean seen[72] = { FALSE };
  guint n = 0;

  for (guint y = 0; y < SIDE; y++)
    for (guint x = 0; x < SIDE; x++)
      if (is_white (map, x, y))
        {
          double dx = x + 0.5 - 32, dy = y + 0.5 - 32;

          g_assert_cmpfloat (fabs (hypot (dx, dy) - 20), <, 1);
          seen[(guint) ((atan2 (dy, dx) + G_PI) / (2 * G_PI) * 72) % 72] = TRUE;
          n++;
        }
  for (guint i = 0; i < G_N_ELEMENTS (seen); i++)
    g_assert_true (seen[i]);
  /* The circle's length is 126; a line of one pixel has 8 r / sqrt 2 = 113 of them where steps are diagonal, and never 8 r = 160. */
  g_assert_cmpuint (n, >=, 108);
  g_assert_cmpuint (n, <=, 140);
}

static double
grain (double x, double y)
{
  guint32 i = (guint32) (y * SIDE + x) * 2654435761u;

  return 128 + (int) (i >> 28) - 8;
}

static void
test_flat (void)
{
  g_autoptr(LimnImage) image = paint (grain);
  g_autoptr(LimnImage) edges = make_map (image, LIMN_CONTROL_MAP_EDGE);
  g_autoptr(LimnImage) strokes = make_map (image, LIMN_CONTROL_MAP_SCRIBBLE);

  g_assert_cmpuint (count_white (edges), ==, 0);
  g_assert_cmpuint (count_white (strokes), ==, 0);
}

/* A stroke of a pen, with a dot beside it that is no stroke. */
static double
pen (double x, double y)
{
  if (x > 50 && x < 53 && y > 50 && y < 53)
    return 0;
  return fabs (x - 20) < 2 && y > 8 && y < 56 ? 30 : 240;
}

static void
test_scribble (void)
{
  g_autoptr(LimnImage) image = paint (pen);
  g_autoptr(LimnImage) map = make_map (image, LIMN_CONTROL_MAP_SCRIBBLE);

  for (guint y = 10; y < 54; y++)
    g_assert_true (is_white (map, 19, y) && is_white (map, 20, y) && !is_white (map, 10, y) && !is_white (map, 30, y));
  for (guint y = 44; y < SIDE; y++)
    for (guint x = 44; x < SIDE; x++)
      g_assert_false (is_white (map, x, y));
}

static void
assert_pixel (LimnImage *map, guint x, guint r, guint g, guint b)
{
  const guint8 *pixel = limn_image_get_row (map, 0) + 3 * x;

  g_assert_cmpuint (pixel[0], ==, r);
  g_assert_cmpuint (pixel[1], ==, g);
  g_assert_cmpuint (pixel[2], ==, b);
}

/* Red, middle grey, nothing, half of black. */
static void
test_tones (void)
{
  static const guint8 pixels[] = { 255, 0, 0, 255, 119, 119, 119, 255, 9, 9, 9, 0, 0, 0, 0, 128 };
  g_autoptr(LimnImage) image = limn_image_new_take (LIMN_PIXEL_RGBA8, 4, 1, g_memdup2 (pixels, sizeof pixels), NULL);
  g_autoptr(LimnImage) same = make_map (image, LIMN_CONTROL_MAP_NONE);
  g_autoptr(LimnImage) negative = make_map (image, LIMN_CONTROL_MAP_INVERT);
  g_autoptr(LimnImage) tones = make_map (image, LIMN_CONTROL_MAP_LUMINANCE);

  assert_pixel (same, 0, 255, 0, 0);
  assert_pixel (same, 2, 255, 255, 255);
  assert_pixel (same, 3, 127, 127, 127);
  assert_pixel (negative, 0, 0, 255, 255);
  assert_pixel (negative, 2, 0, 0, 0);
  /* L* 53.24 and 50.03 of 100. */
  assert_pixel (tones, 0, 136, 136, 136);
  assert_pixel (tones, 1, 128, 128, 128);
  assert_pixel (tones, 2, 255, 255, 255);
}

/* Pictures narrower than any kernel. */
static void
test_small (void)
{
  for (guint kind = 0; kind < LIMN_CONTROL_MAP_N_KINDS; kind++)
    for (guint width = 1; width <= 3; width++)
      {
        g_autoptr(LimnImage) image = limn_image_new_take (LIMN_PIXEL_GREY8, width, 1, g_malloc0 (width), NULL);
        g_autoptr(LimnImage) map = make_map (image, (LimnControlMapKind) kind);

        g_assert_nonnull (map);
      }
}

static void
test_names (void)
{
  LimnControlMapKind found;
  g_autoptr(GError) error = NULL;

  for (guint kind = 0; kind < LIMN_CONTROL_MAP_N_KINDS; kind++)
    {
      g_assert_true (limn_control_map_kind_from_name (limn_control_map_kind_get_name ((LimnControlMapKind) kind), &found, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (found, ==, kind);
    }
  g_assert_false (limn_control_map_kind_from_name ("depth", &found, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
}

static void
test_guess (void)
{
  static const struct
  {
    const char        *name;
    LimnControlMapKind map;
  } cases[] = {
    { "control_v11p_sd15_Canny_fp16", LIMN_CONTROL_MAP_EDGE }, { "control_v11f1p_sd15_depth", LIMN_CONTROL_MAP_NONE },
    { "control_v11p_sd15s2_lineart_anime", LIMN_CONTROL_MAP_SCRIBBLE }, { "control_v11e_sd15_ip2p", LIMN_CONTROL_MAP_NONE },
    { "Öpose", LIMN_CONTROL_MAP_NONE }, { "", LIMN_CONTROL_MAP_NONE },
    { "sd-controlnet-hed", LIMN_CONTROL_MAP_SCRIBBLE }, { "washed", LIMN_CONTROL_MAP_NONE },
    { "control_v1p_sd15_brightness", LIMN_CONTROL_MAP_LUMINANCE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (limn_control_map_kind_guess (cases[i].name), ==, cases[i].map);
}

/* A map is known again, one in colours or on white is none. */
static void
test_made (void)
{
  static const guint8 red[] = { 255, 0, 0, 0, 0, 0, 0, 0, 0 };
  static const guint8 light[] = { 255, 255, 0 };
  g_autoptr(LimnImage) picture = paint (disc);
  g_autoptr(LimnImage) edges = make_map (picture, LIMN_CONTROL_MAP_EDGE);
  g_autoptr(LimnImage) tones = make_map (picture, LIMN_CONTROL_MAP_LUMINANCE);
  g_autoptr(LimnImage) coloured = limn_image_new_take (LIMN_PIXEL_RGB8, 3, 1, g_memdup2 (red, sizeof red), NULL);
  g_autoptr(LimnImage) drawing = limn_image_new_take (LIMN_PIXEL_GREY8, 3, 1, g_memdup2 (light, sizeof light), NULL);

  g_assert_true (limn_control_map_is_made (edges, LIMN_CONTROL_MAP_EDGE));
  g_assert_true (limn_control_map_is_made (edges, LIMN_CONTROL_MAP_SCRIBBLE));
  g_assert_true (limn_control_map_is_made (tones, LIMN_CONTROL_MAP_LUMINANCE));
  g_assert_false (limn_control_map_is_made (edges, LIMN_CONTROL_MAP_NONE));
  g_assert_false (limn_control_map_is_made (edges, LIMN_CONTROL_MAP_INVERT));
  for (guint kind = 0; kind < LIMN_CONTROL_MAP_N_KINDS; kind++)
    g_assert_false (limn_control_map_is_made (coloured, (LimnControlMapKind) kind));
  g_assert_false (limn_control_map_is_made (drawing, LIMN_CONTROL_MAP_EDGE));
  g_assert_true (limn_control_map_is_made (drawing, LIMN_CONTROL_MAP_LUMINANCE));
}

void
add_control_map_tests (void)
{
  g_test_add_func ("/control-map/edge/step", test_step);
  g_test_add_func ("/control-map/edge/threshold", test_threshold);
  g_test_add_func ("/control-map/edge/hysteresis", test_hysteresis);
  g_test_add_func ("/control-map/edge/circle", test_circle);
  g_test_add_func ("/control-map/flat", test_flat);
  g_test_add_func ("/control-map/scribble", test_scribble);
  g_test_add_func ("/control-map/tones", test_tones);
  g_test_add_func ("/control-map/small", test_small);
  g_test_add_func ("/control-map/names", test_names);
  g_test_add_func ("/control-map/guess", test_guess);
  g_test_add_func ("/control-map/made", test_made);
}
