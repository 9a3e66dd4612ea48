/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the networks give for windows is put together before anything else is made of it: guidance and constraints see one prediction of
 * the whole latent. A picture that fits into one window takes no way but the engine's own, and is the same to the bit. */
#include "config.h"

#include "session/limn-work.h"

#include "diffusion/limn-tiles.h"

#include <math.h>
#include <string.h>

struct _LimnWork
{
  guint      n_channels;
  guint      n_inputs;
  guint      n_predictions;
  guint      factor;
  guint      width;    /* cells */
  guint      height;
  guint      tile;     /* cells; 0: none */
  guint      overlap;
  gboolean   wrap_x;
  gboolean   wrap_y;
  LimnTiles *windows;  /* the UNet's */
};

/* Of the VAE: the margin on each side where edges go round, else windows. */
typedef struct
{
  guint      width;
  guint      height;
  guint      margin_x;
  guint      margin_y;
  LimnTiles *windows; /* (nullable) */
} VaePlan;

LimnWork *
limn_work_new (const LimnEngineFacts *facts, const LimnRequest *request, guint width_lt, guint height_lt)
{
  LimnWork *work = g_new0 (LimnWork, 1);
  LimnTilesParams params;

  work->n_channels = facts->n_channels;
  work->n_inputs = facts->n_inputs;
  work->n_predictions = facts->n_predictions;
  work->factor = facts->factor;
  work->width = width_lt;
  work->height = height_lt;
  work->tile = (request->tile + facts->multiple - 1) / facts->multiple * (facts->multiple / facts->factor);
  work->overlap = request->overlap / facts->factor;
  work->wrap_x = request->wrap_x;
  work->wrap_y = request->wrap_y;
  /* A window that holds everything is none, also where a part of the picture is worked on at a larger size. */
  if (request->tile >= MAX (request->width, request->height) || work->tile >= MAX (width_lt, height_lt))
    work->tile = 0;
  params = (LimnTilesParams){ width_lt, height_lt, work->tile, work->overlap, work->wrap_x, work->wrap_y };
  work->windows = limn_tiles_new (&params);
  return work;
}

void
limn_work_free (LimnWork *work)
{
  if (!work)
    return;
  limn_tiles_free (work->windows);
  g_free (work);
}

guint
limn_work_get_width_lt (const LimnWork *work)
{
  return work->width;
}

guint
limn_work_get_height_lt (const LimnWork *work)
{
  return work->height;
}

/* A group norm sees its window alone, so that neighbours differ a little in colour: what they share must be wide enough not to show it. */
static void
vae_plan_init (VaePlan *plan, const LimnWork *work, guint width, guint height)
{
  *plan = (VaePlan){ .width = width, .height = height };
  if (work->tile > 0 && work->tile < MAX (width, height))
    {
      const LimnTilesParams params = { width,        height,      work->tile, MAX (work->overlap, work->tile / 4),
                                       work->wrap_x, work->wrap_y };

      plan->windows = limn_tiles_new (&params);
      return;
    }
  plan->margin_x = work->wrap_x ? MIN (LIMN_WORK_ROUND, width) : 0;
  plan->margin_y = work->wrap_y ? MIN (LIMN_WORK_ROUND, height) : 0;
}

static void
vae_plan_clear (VaePlan *plan)
{
  limn_tiles_free (plan->windows);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VaePlan, vae_plan_clear)

/* What the VAE is given at once, in cells. */
static guint
vae_plan_get_width (const VaePlan *plan)
{
  return plan->windows ? limn_tiles_get_width (plan->windows) : plan->width + 2 * plan->margin_x;
}

static guint
vae_plan_get_height (const VaePlan *plan)
{
  return plan->windows ? limn_tiles_get_height (plan->windows) : plan->height + 2 * plan->margin_y;
}

void
limn_work_get_shape (const LimnWork *work, gboolean encodes, LimnEngineShape *shape)
{
  g_auto(VaePlan) plan = { 0 };

  vae_plan_init (&plan, work, work->width, work->height);
  *shape = (LimnEngineShape){
    .denoise_width_lt = limn_tiles_get_width (work->windows),
    .denoise_height_lt = limn_tiles_get_height (work->windows),
    .decode_width_lt = vae_plan_get_width (&plan),
    .decode_height_lt = vae_plan_get_height (&plan),
    .encode_width_lt = encodes ? vae_plan_get_width (&plan) : 0,
    .encode_height_lt = encodes ? vae_plan_get_height (&plan) : 0,
  };
}

static void
to_floats (gsize n, const double *values, float *floats)
{
  for (gsize i = 0; i < n; i++)
    floats[i] = (float) values[i];
}

static gboolean
is_wanted (const LimnWork *work, const gboolean *wanted, guint window)
{
  guint x, y;

  limn_tiles_get_place (work->windows, window, &x, &y);
  for (guint i = 0; wanted && i < limn_tiles_get_height (work->windows); i++)
    for (guint j = 0; j < limn_tiles_get_width (work->windows); j++)
      if (wanted[(y + i) % work->height * work->width + (x + j) % work->width])
        return TRUE;
  return !wanted;
}

/* Each control sees what its window shows of its picture. */
typedef struct
{
  LimnEngineControl *cut;
  float            **hints;
  guint              n;
} ControlWindows;

static void
control_windows_clear (ControlWindows *windows)
{
  for (guint i = 0; i < windows->n; i++)
    g_free (windows->hints[i]);
  g_free (windows->hints);
  g_free (windows->cut);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ControlWindows, control_windows_clear)

static void
control_windows_init (ControlWindows *windows, const LimnWork *work, const LimnEngineControl *controls, guint n)
{
  gsize n_pixels = (gsize) limn_tiles_get_width (work->windows) * limn_tiles_get_height (work->windows) * work->factor * work->factor;

  windows->n = n;
  windows->cut = g_memdup2 (controls, n * sizeof *controls);
  windows->hints = g_new (float *, n);
  for (guint i = 0; i < n; i++)
    windows->cut[i].hint = windows->hints[i] = g_new (float, 3 * n_pixels);
}

static void
use_controls (LimnEngine *engine, const LimnEngineControl *controls, guint n)
{
  if (engine->use_controls)
    engine->use_controls (engine, controls, n);
}

gboolean
limn_work_denoise (const LimnWork          *work,
                   LimnEngine              *engine,
                   guint                    step,
                   const gboolean          *wanted,
                   const LimnEngineControl *controls,
                   guint                    n_controls,
                   const float             *x,
                   double                   timestep,
                   float                   *cond,
                   float                   *uncond,
                   GCancellable            *cancellable,
                   GError                 **error)
{
  const LimnTiles *tiles = work->windows;
  guint width = limn_tiles_get_width (tiles), height = limn_tiles_get_height (tiles);
  gsize n = (gsize) work->n_predictions * work->width * work->height;
  gsize n_window = (gsize) width * height;
  g_auto(ControlWindows) windows = { NULL };
  g_autofree float *window = NULL;
  g_autofree float *predictions = NULL;
  g_autofree double *sums = NULL;

  use_controls (engine, controls, n_controls);
  if (limn_tiles_get_n (tiles) == 1 && is_wanted (work, wanted, 0))
    return engine->denoise (engine, width, height, step, x, timestep, cond, uncond, cancellable, error);
  window = g_new (float, n_window * work->n_inputs);
  predictions = g_new (float, n_window * work->n_predictions * 2);
  sums = g_new0 (double, 2 * n);
  control_windows_init (&windows, work, controls, n_controls);
  for (guint i = 0; i < limn_tiles_get_n (tiles); i++)
    {
      float *other = predictions + n_window * work->n_predictions;

      if (!is_wanted (work, wanted, i))
        continue;
      limn_tiles_cut (tiles, i, work->n_inputs, 1, x, window);
      for (guint k = 0; k < n_controls; k++)
        limn_tiles_cut (tiles, i, 3, work->factor, controls[k].hint, windows.hints[k]);
      use_controls (engine, windows.cut, n_controls);
      if (!engine->denoise (engine, width, height, step, window, timestep, predictions, uncond ? other : NULL, cancellable, error))
        return FALSE;
      limn_tiles_add (tiles, i, work->n_predictions, 1, predictions, sums);
      if (uncond)
        limn_tiles_add (tiles, i, work->n_predictions, 1, other, sums + n);
    }
  limn_tiles_divide (tiles, work->n_predictions, 1, sums);
  to_floats (n, sums, cond);
  if (uncond)
    {
      limn_tiles_divide (tiles, work->n_predictions, 1, sums + n);
      to_floats (n, sums + n, uncond);
    }
  return TRUE;
}

/* Copies planes [n, height, width] between a whole that goes round and one with margins. */
static void
add_margins (const VaePlan *plan, guint n_channels, guint scale, const float *whole, float *padded)
{
  gsize width = (gsize) plan->width * scale, height = (gsize) plan->height * scale;
  gsize margin_x = (gsize) plan->margin_x * scale, margin_y = (gsize) plan->margin_y * scale;

  for (guint c = 0; c < n_channels; c++)
    for (gsize y = 0; y < height + 2 * margin_y; y++)
      for (gsize x = 0; x < width + 2 * margin_x; x++)
        *padded++ = whole[(c * height + (y + height - margin_y) % height) * width + (x + width - margin_x) % width];
}

static void
remove_margins (const VaePlan *plan, guint n_channels, const float *padded, float *whole)
{
  gsize padded_width = plan->width + 2 * plan->margin_x, padded_height = plan->height + 2 * plan->margin_y;

  for (guint c = 0; c < n_channels; c++)
    for (gsize y = 0; y < plan->height; y++)
      memcpy (whole + (c * plan->height + y) * plan->width,
              padded + (c * padded_height + y + plan->margin_y) * padded_width + plan->margin_x, plan->width * sizeof *whole);
}

gboolean
limn_work_encode (const LimnWork *work, LimnEngine *engine, const float *rgb, float *x, GCancellable *cancellable, GError **error)
{
  g_auto(VaePlan) plan = { 0 };
  g_autofree float *input = NULL;
  g_autofree float *output = NULL;
  g_autofree double *sums = NULL;
  guint width, height;
  gsize n_pixels, n_cells;

  vae_plan_init (&plan, work, work->width, work->height);
  width = vae_plan_get_width (&plan);
  height = vae_plan_get_height (&plan);
  if (!plan.windows && width == work->width && height == work->height)
    return engine->encode (engine, width, height, rgb, x, cancellable, error);

  n_cells = (gsize) width * height;
  n_pixels = n_cells * work->factor * work->factor;
  input = g_new (float, 3 * n_pixels);
  output = g_new (float, work->n_channels * n_cells);
  if (!plan.windows)
    {
      add_margins (&plan, 3, work->factor, rgb, input);
      if (!engine->encode (engine, width, height, input, output, cancellable, error))
        return FALSE;
      remove_margins (&plan, work->n_channels, output, x);
      return TRUE;
    }
  sums = g_new0 (double, (gsize) work->n_channels * work->width * work->height);
  for (guint i = 0; i < limn_tiles_get_n (plan.windows); i++)
    {
      limn_tiles_cut (plan.windows, i, 3, work->factor, rgb, input);
      if (!engine->encode (engine, width, height, input, output, cancellable, error))
        return FALSE;
      limn_tiles_add (plan.windows, i, work->n_channels, 1, output, sums);
    }
  limn_tiles_divide (plan.windows, work->n_channels, 1, sums);
  to_floats ((gsize) work->n_channels * work->width * work->height, sums, x);
  return TRUE;
}

/* @width, @height: pixels of the part; @x, @y: where it begins. */
static LimnImage *
crop (LimnImage *image, gsize x, gsize y, guint width, guint height, GError **error)
{
  guint8 *rgba = g_malloc ((gsize) width * height * 4);

  for (guint i = 0; i < height; i++)
    memcpy (rgba + (gsize) i * width * 4, limn_image_get_row (image, y + i) + 4 * x, (gsize) width * 4);
  return limn_image_new_take (LIMN_PIXEL_RGBA8, width, height, rgba, error);
}

static LimnImage *
decode (LimnEngine *engine, const char *small, guint width, guint height, const float *x, GCancellable *cancellable, GError **error)
{
  return small ? engine->decode_small (engine, small, width, height, x, cancellable, error)
               : engine->decode (engine, width, height, x, cancellable, error);
}

static LimnImage *
decode_round (const LimnWork *work, LimnEngine *engine, const VaePlan *plan, const char *small, const float *x, GCancellable *cancellable,
              GError **error)
{
  guint width = vae_plan_get_width (plan), height = vae_plan_get_height (plan);
  g_autofree float *padded = g_new (float, (gsize) work->n_channels * width * height);
  g_autoptr(LimnImage) picture = NULL;

  add_margins (plan, work->n_channels, 1, x, padded);
  picture = decode (engine, small, width, height, padded, cancellable, error);
  if (!picture)
    return NULL;
  return crop (picture, (gsize) plan->margin_x * work->factor, (gsize) plan->margin_y * work->factor, plan->width * work->factor,
               plan->height * work->factor, error);
}

static void
to_planes (LimnImage *image, float *planes)
{
  guint width = limn_image_get_width (image), height = limn_image_get_height (image);

  for (guint c = 0; c < 3; c++)
    for (guint y = 0; y < height; y++)
      {
        const guint8 *row = limn_image_get_row (image, y);

        for (guint x = 0; x < width; x++)
          *planes++ = row[4 * x + c];
      }
}

/* The mean of bytes, rounded half up. */
static LimnImage *
from_planes (guint width, guint height, const double *planes, GError **error)
{
  gsize n = (gsize) width * height;
  guint8 *rgba = g_malloc (4 * n);

  for (gsize i = 0; i < n; i++)
    {
      for (guint c = 0; c < 3; c++)
        rgba[4 * i + c] = (guint8) CLAMP (floor (planes[c * n + i] + 0.5), 0, 255);
      rgba[4 * i + 3] = 255;
    }
  return limn_image_new_take (LIMN_PIXEL_RGBA8, width, height, rgba, error);
}

static LimnImage *
decode_windows (const LimnWork *work, LimnEngine *engine, const VaePlan *plan, const char *small, const float *x, GCancellable *cancellable,
                GError **error)
{
  guint width = vae_plan_get_width (plan), height = vae_plan_get_height (plan), factor = work->factor;
  g_autofree float *window = g_new (float, (gsize) work->n_channels * width * height);
  g_autofree float *planes = g_new (float, (gsize) 3 * width * height * factor * factor);
  g_autofree double *sums = g_new0 (double, (gsize) 3 * plan->width * plan->height * factor * factor);

  for (guint i = 0; i < limn_tiles_get_n (plan->windows); i++)
    {
      g_autoptr(LimnImage) part = NULL;

      limn_tiles_cut (plan->windows, i, work->n_channels, 1, x, window);
      part = decode (engine, small, width, height, window, cancellable, error);
      if (!part)
        return NULL;
      to_planes (part, planes);
      limn_tiles_add (plan->windows, i, 3, factor, planes, sums);
    }
  limn_tiles_divide (plan->windows, 3, factor, sums);
  return from_planes (plan->width * factor, plan->height * factor, sums, error);
}

LimnImage *
limn_work_decode (const LimnWork *work, LimnEngine *engine, gboolean half, const char *small, const float *x, GCancellable *cancellable,
                  GError **error)
{
  guint width = half ? (work->width + 1) / 2 : work->width, height = half ? (work->height + 1) / 2 : work->height;
  g_auto(VaePlan) plan = { 0 };

  vae_plan_init (&plan, work, width, height);
  if (plan.windows)
    return decode_windows (work, engine, &plan, small, x, cancellable, error);
  if (plan.margin_x > 0 || plan.margin_y > 0)
    return decode_round (work, engine, &plan, small, x, cancellable, error);
  return decode (engine, small, width, height, x, cancellable, error);
}
