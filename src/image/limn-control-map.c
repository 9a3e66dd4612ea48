/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "image/limn-control-map.h"

#include "base/limn-error.h"
#include "image/limn-lab.h"
#include "image/limn-mirror.h"

#include <math.h>
#include <string.h>

/* Of a step, the Gaussian leaves as much between the pixels before and after one beside it as the kernel weighs its middle and the pixel next to
 * that. */
#define EDGE_SIGMA 1.0
#define EDGE_SPREAD (0.39905 + 0.24204)
/* As the ControlNets of edges were shown them: lllyasviel/ControlNet, gradio_canny2image.py. */
#define EDGE_LOW 100
#define EDGE_HIGH 200

/* Winnemöller's XDoG with a hard threshold; the numbers are those of "scribble_xdog" in Mikubill/sd-webui-controlnet, annotator/util. */
#define SCRIBBLE_FINE 0.5
#define SCRIBBLE_COARSE 5.0
#define SCRIBBLE_DARKER 16
#define SCRIBBLE_SIDE 512
/* Pixels of the smallest stroke, at SCRIBBLE_SIDE: a dot of a pen, not grain. */
#define SCRIBBLE_SPECK 24

static const char *const names[] = { "none", "edge", "luminance", "scribble", "invert" };

/* Of the edges of 14 pictures of the README, saved as JPEG files of quality 50, the channels do not differ, and 0.85 to 0.99 of the pixels stay below 24.
 * Of the pictures themselves 0.37 to 1.00 of the pixels have channels that differ by more than 16. */
#define MADE_COLOUR 16
#define MADE_BLACK 24
#define MADE_BLACK_SHARE 0.75

/* One number for each pixel. */
typedef struct
{
  guint  width;
  guint  height;
  float *values;
} Plane;

const char *
limn_control_map_kind_get_name (LimnControlMapKind kind)
{
  return names[kind];
}

gboolean
limn_control_map_kind_from_name (const char *name, LimnControlMapKind *kind, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i], name))
      {
        *kind = (LimnControlMapKind) i;
        return TRUE;
      }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
               "There is no preprocessor “%s”; there are: none, edge, luminance, scribble, invert.", name);
  return FALSE;
}

LimnControlMapKind
limn_control_map_kind_guess (const char *name)
{
  static const struct
  {
    const char        *part;
    LimnControlMapKind map;
  } parts[] = {
    { "canny", LIMN_CONTROL_MAP_EDGE },       { "scribble", LIMN_CONTROL_MAP_SCRIBBLE }, { "lineart", LIMN_CONTROL_MAP_SCRIBBLE },
    { "sketch", LIMN_CONTROL_MAP_SCRIBBLE },  { "softedge", LIMN_CONTROL_MAP_SCRIBBLE }, { "_hed", LIMN_CONTROL_MAP_SCRIBBLE },
    { "-hed", LIMN_CONTROL_MAP_SCRIBBLE },    { "brightness", LIMN_CONTROL_MAP_LUMINANCE },
  };
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (strstr (lower, parts[i].part))
      return parts[i].map;
  return LIMN_CONTROL_MAP_NONE;
}

/* @image over white. */
static guint8 *
flatten (LimnImage *image)
{
  guint width = limn_image_get_width (image), height = limn_image_get_height (image);
  g_autoptr(LimnImage) rgba = limn_image_dup_as (image, LIMN_PIXEL_RGBA8);
  guint8 *rgb = g_malloc ((gsize) width * height * 3), *to = rgb;

  for (guint y = 0; y < height; y++)
    {
      const guint8 *row = limn_image_get_row (rgba, y);

      for (guint x = 0; x < width; x++, row += 4)
        for (guint c = 0; c < 3; c++)
          *to++ = (row[c] * row[3] + 255 * (255 - row[3]) + 127) / 255;
    }
  return rgb;
}

static void
plane_init_luma (Plane *plane, guint width, guint height, const guint8 *rgb)
{
  gsize n = (gsize) width * height;

  *plane = (Plane){ width, height, g_new (float, n) };
  for (gsize i = 0; i < n; i++)
    plane->values[i] = 0.299f * rgb[3 * i] + 0.587f * rgb[3 * i + 1] + 0.114f * rgb[3 * i + 2];
}

static void
plane_clear (Plane *plane)
{
  g_free (plane->values);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Plane, plane_clear)

/* @weights: of the pixels 0 to @radius away on either side; @stride: from one to the next */
static void
blur_line (const float *from, float *to, guint n, gsize stride, const float *weights, guint radius)
{
  for (guint i = 0; i < n; i++)
    {
      float sum = weights[0] * from[i * stride];

      for (guint k = 1; k <= radius; k++)
        {
          guint before = limn_mirror ((gint64) i - k, n), after = limn_mirror ((gint64) i + k, n);

          sum += weights[k] * (from[before * stride] + from[after * stride]);
        }
      to[i] = sum;
    }
}

/* A Gaussian, cut at three times its width; what lies outside is the mirror image. */
static void
plane_init_blurred (Plane *blurred, const Plane *plane, double sigma)
{
  guint width = plane->width, height = plane->height, radius = (guint) ceil (3 * sigma);
  g_autofree float *weights = g_new (float, radius + 1);
  g_autofree float *line = g_new (float, MAX (width, height));
  double sum = 0;

  for (guint k = 0; k <= radius; k++)
    sum += (k > 0 ? 2 : 1) * exp (-0.5 * k * k / (sigma * sigma));
  for (guint k = 0; k <= radius; k++)
    weights[k] = (float) (exp (-0.5 * k * k / (sigma * sigma)) / sum);
  *blurred = (Plane){ width, height, g_new (float, (gsize) width * height) };
  for (guint y = 0; y < height; y++)
    blur_line (plane->values + (gsize) y * width, blurred->values + (gsize) y * width, width, 1, weights, radius);
  for (guint x = 0; x < width; x++)
    {
      blur_line (blurred->values + x, line, height, width, weights, radius);
      for (guint y = 0; y < height; y++)
        blurred->values[(gsize) y * width + x] = line[y];
    }
}

/* --- Edges --- */

typedef struct
{
  float x;
  float y;
  float strength;
} Gradient;

static Gradient *
make_gradients (const Plane *plane)
{
  guint width = plane->width, height = plane->height;
  Gradient *gradients = g_new (Gradient, (gsize) width * height);

  for (guint y = 0; y < height; y++)
    {
      const float *above = plane->values + (gsize) (y > 0 ? y - 1 : 0) * width;
      const float *here = plane->values + (gsize) y * width;
      const float *below = plane->values + (gsize) MIN (y + 1, height - 1) * width;

      for (guint x = 0; x < width; x++)
        {
          guint left = x > 0 ? x - 1 : 0, right = MIN (x + 1, width - 1);
          Gradient *gradient = &gradients[(gsize) y * width + x];

          gradient->x = above[right] - above[left] + 2 * (here[right] - here[left]) + below[right] - below[left];
          gradient->y = below[left] - above[left] + 2 * (below[x] - above[x]) + below[right] - above[right];
          gradient->strength = sqrtf (gradient->x * gradient->x + gradient->y * gradient->y) / (float) EDGE_SPREAD;
        }
    }
  return gradients;
}

static float
strength_at (const Plane *plane, const Gradient *gradients, gint64 x, gint64 y)
{
  x = CLAMP (x, 0, (gint64) plane->width - 1);
  y = CLAMP (y, 0, (gint64) plane->height - 1);
  return gradients[y * plane->width + x].strength;
}

/* Whether it is the largest along its direction: the neighbours there lie between pixels. Of two equal ones the first in reading order counts, so
 * that lines are one pixel wide. */
static gboolean
is_largest (const Plane *plane, const Gradient *gradients, guint x, guint y)
{
  const Gradient *gradient = &gradients[(gsize) y * plane->width + x];
  float ax = fabsf (gradient->x), ay = fabsf (gradient->y);
  float part = MIN (ax, ay) / MAX (ax, ay), before, after;
  /* The step to the nearer neighbour (straight) and to the diagonal one, towards what comes later in reading order. */
  int dx = gradient->x < 0 ? -1 : 1, dy = gradient->y < 0 ? -1 : 1;
  int straight_x = ax >= ay ? dx : 0, straight_y = ax >= ay ? 0 : dy;

  after = (1 - part) * strength_at (plane, gradients, (gint64) x + straight_x, (gint64) y + straight_y) +
          part * strength_at (plane, gradients, (gint64) x + dx, (gint64) y + dy);
  before = (1 - part) * strength_at (plane, gradients, (gint64) x - straight_x, (gint64) y - straight_y) +
           part * strength_at (plane, gradients, (gint64) x - dx, (gint64) y - dy);
  if (straight_y != 0 ? straight_y < 0 : straight_x < 0)
    {
      float other = before;

      before = after;
      after = other;
    }
  return gradient->strength > before && gradient->strength >= after;
}

/* Where @marks is WEAK and something STRONG is reached through such pixels, it becomes STRONG. */
enum
{
  NOTHING,
  WEAK,
  STRONG,
};

/* Adds those of the eight neighbours of @at that are marked @from to @stack, marked @to. */
static void
spread (guint width, guint height, guint8 *marks, gsize at, guint8 from, guint8 to, GArray *stack)
{
  gint64 x = at % width, y = at / width;

  for (gint64 v = MAX (y - 1, 0); v <= MIN (y + 1, (gint64) height - 1); v++)
    for (gint64 u = MAX (x - 1, 0); u <= MIN (x + 1, (gint64) width - 1); u++)
      {
        gsize other = v * width + u;

        if (marks[other] != from)
          continue;
        marks[other] = to;
        g_array_append_val (stack, other);
      }
}

static void
follow (guint width, guint height, guint8 *marks)
{
  g_autoptr(GArray) stack = g_array_new (FALSE, FALSE, sizeof (gsize));

  for (gsize i = 0; i < (gsize) width * height; i++)
    if (marks[i] == STRONG)
      g_array_append_val (stack, i);
  while (stack->len > 0)
    {
      gsize at = g_array_index (stack, gsize, stack->len - 1);

      g_array_set_size (stack, stack->len - 1);
      spread (width, height, marks, at, WEAK, STRONG, stack);
    }
}

static void
draw_edges (const Plane *luma, guint8 *marks)
{
  g_auto(Plane) smooth = { 0 };
  g_autofree Gradient *gradients = NULL;

  plane_init_blurred (&smooth, luma, EDGE_SIGMA);
  gradients = make_gradients (&smooth);
  for (guint y = 0; y < luma->height; y++)
    for (guint x = 0; x < luma->width; x++)
      {
        gsize at = (gsize) y * luma->width + x;
        float strength = gradients[at].strength;

        marks[at] = NOTHING;
        if (strength >= EDGE_LOW && is_largest (luma, gradients, x, y))
          marks[at] = strength >= EDGE_HIGH ? STRONG : WEAK;
      }
  follow (luma->width, luma->height, marks);
}

/* --- Strokes --- */

/* Strokes of less than @least pixels go: WEAK becomes STRONG or NOTHING. */
static void
drop_specks (guint width, guint height, guint8 *marks, guint least)
{
  g_autoptr(GArray) stroke = g_array_new (FALSE, FALSE, sizeof (gsize));

  for (gsize i = 0; i < (gsize) width * height; i++)
    {
      if (marks[i] != WEAK)
        continue;
      g_array_set_size (stroke, 0);
      marks[i] = STRONG;
      g_array_append_val (stroke, i);
      for (guint done = 0; done < stroke->len; done++)
        spread (width, height, marks, g_array_index (stroke, gsize, done), WEAK, STRONG, stroke);
      for (guint k = 0; k < stroke->len && stroke->len < least; k++)
        marks[g_array_index (stroke, gsize, k)] = NOTHING;
    }
}

static void
draw_strokes (const Plane *luma, guint8 *marks)
{
  double scale = MAX (1.0, MIN (luma->width, luma->height) / (double) SCRIBBLE_SIDE);
  g_auto(Plane) fine = { 0 };
  g_auto(Plane) coarse = { 0 };

  plane_init_blurred (&fine, luma, SCRIBBLE_FINE * scale);
  plane_init_blurred (&coarse, luma, SCRIBBLE_COARSE * scale);
  for (gsize i = 0; i < (gsize) luma->width * luma->height; i++)
    marks[i] = coarse.values[i] - fine.values[i] > SCRIBBLE_DARKER ? WEAK : NOTHING;
  drop_specks (luma->width, luma->height, marks, (guint) (SCRIBBLE_SPECK * scale * scale));
}

/* --- All of them --- */

gboolean
limn_control_map_is_made (LimnImage *image, LimnControlMapKind kind)
{
  gboolean lines = kind == LIMN_CONTROL_MAP_EDGE || kind == LIMN_CONTROL_MAP_SCRIBBLE;
  gsize n = (gsize) limn_image_get_width (image) * limn_image_get_height (image), n_coloured = 0, n_black = 0;
  g_autofree guint8 *rgb = NULL;

  if (!lines && kind != LIMN_CONTROL_MAP_LUMINANCE)
    return FALSE;
  rgb = flatten (image);
  for (const guint8 *pixel = rgb; pixel < rgb + 3 * n; pixel += 3)
    {
      guint8 most = MAX (MAX (pixel[0], pixel[1]), pixel[2]);

      n_coloured += most - MIN (MIN (pixel[0], pixel[1]), pixel[2]) > MADE_COLOUR;
      n_black += most < MADE_BLACK;
    }
  /* A pixel in a thousand may be a logo's or a speck. */
  return n_coloured <= n / 1000 && (!lines || n_black > n * MADE_BLACK_SHARE);
}

static void
draw (LimnControlMapKind kind, guint width, guint height, guint8 *rgb)
{
  gsize n = (gsize) width * height;
  g_autofree guint8 *marks = g_malloc0 (n);
  g_auto(Plane) luma = { 0 };

  plane_init_luma (&luma, width, height, rgb);
  if (kind == LIMN_CONTROL_MAP_EDGE)
    draw_edges (&luma, marks);
  else
    draw_strokes (&luma, marks);
  for (gsize i = 0; i < n; i++)
    memset (rgb + 3 * i, marks[i] == STRONG ? 255 : 0, 3);
}

LimnImage *
limn_control_map_new (LimnImage *image, LimnControlMapKind kind, GError **error)
{
  guint width = limn_image_get_width (image), height = limn_image_get_height (image);
  gsize n = (gsize) width * height;
  guint8 *rgb = flatten (image);

  switch (kind)
    {
    case LIMN_CONTROL_MAP_EDGE:
    case LIMN_CONTROL_MAP_SCRIBBLE:
      draw (kind, width, height, rgb);
      break;
    case LIMN_CONTROL_MAP_LUMINANCE:
      for (gsize i = 0; i < n; i++)
        {
          double lab[3];

          limn_lab_from_rgb8 (rgb + 3 * i, lab);
          memset (rgb + 3 * i, (int) CLAMP (floor (lab[0] * 2.55 + 0.5), 0, 255), 3);
        }
      break;
    case LIMN_CONTROL_MAP_INVERT:
      for (gsize i = 0; i < 3 * n; i++)
        rgb[i] = 255 - rgb[i];
      break;
    case LIMN_CONTROL_MAP_NONE:
      break;
    default:
      g_assert_not_reached ();
    }
  return limn_image_new_take (LIMN_PIXEL_RGB8, width, height, rgb, error);
}
