/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the main thread does while an artist paints a mask: for each report of the pen the stroke goes on, and the
 * overlay is drawn anew where it changed. It must be done well before the next frame, 16 ms later, and is measured in
 * processor time; what counts is not the median but the slowest of twenty. And what is done with a whole mask, on
 * another thread. */
#include "config.h"

#include "cli/limn-cli-bench.h"

#include "paint/limn-mask-edit.h"
#include "paint/limn-mask-view.h"
#include "paint/limn-stroke.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#define SIDE 4096
#define N_EVENTS 600

/* A pen that crosses the mask in two seconds: 60 reports a second, 40 px apart. */
#define EVENT_PX 40.0

static const LimnOverlay look = { 230, 40, 120, 0.5, FALSE };

typedef struct
{
  LimnMaskView *view;
  LimnRect      dirty;
  guint8       *rgba; /* of the whole mask */
} Screen;

static void
changed (LimnMask *mask, const LimnRect *dirty, gpointer data)
{
  Screen *screen = data;

  screen->dirty = limn_rect_union (&screen->dirty, dirty);
}

static void
draw (Screen *screen, guint level)
{
  LimnRect rect = limn_mask_view_scale_rect (screen->view, level, &screen->dirty);

  if (!limn_rect_is_empty (&rect))
    limn_mask_view_render (screen->view, level, &rect, &look, screen->rgba, (gsize) rect.width * 4);
  screen->dirty = (LimnRect){ 0 };
}

/* Of this thread alone: what its work takes, whatever else the machine does. */
static double
now_s (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  const double *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

/* Loops all over the mask, that cross each other. */
static LimnSample
pen_at (guint event)
{
  double angle = event * EVENT_PX / 1200;

  return (LimnSample){ SIDE / 2 + 1200 * cos (angle) + 500 * cos (angle * 0.31), SIDE / 2 + 1200 * sin (angle) + 500 * sin (angle * 0.17),
                       0.5 + 0.5 * sin (event * 0.05) };
}

static void
bench_stroke (LimnCliBench *bench, Screen *screen, LimnMask *mask, const LimnBrush *brush, guint level)
{
  g_autofree char *shape = g_strdup_printf ("%g px, hardness %g, flow %g, shown 1:%u", brush->diameter, brush->hardness, brush->flow,
                                            1 << level);
  g_autofree char *end_shape = g_strdup_printf ("%g px, hardness %g, flow %g, its end", brush->diameter, brush->hardness, brush->flow);
  g_autofree char *note = NULL;
  const LimnCliBenchRow end_row = { "paint stroke", end_shape, 0, 1, NULL };
  guint n_events = bench->quick ? N_EVENTS / 5 : N_EVENTS;
  double seconds[N_EVENTS], all = 0;
  LimnSample sample = pen_at (0);
  LimnStroke *stroke;
  double begin;

  if (!limn_cli_bench_wants (bench, "paint stroke", shape) || g_cancellable_is_cancelled (bench->cancellable))
    return;
  limn_cli_bench_doing (shape);
  limn_mask_fill (mask, 0);
  stroke = limn_stroke_new (mask, brush, &sample, FALSE);
  draw (screen, level);
  for (guint i = 0; i < n_events; i++)
    {
      begin = now_s ();
      sample = pen_at (i + 1);
      limn_stroke_add (stroke, &sample, 1);
      draw (screen, level);
      seconds[i] = now_s () - begin;
      all += seconds[i];
    }
  qsort (seconds, n_events, sizeof *seconds, compare_doubles);
  note = g_strdup_printf ("p95 of events of %g px; median %.2f ms, largest %.2f ms, %.0f dabs/s", EVENT_PX, seconds[n_events / 2] * 1e3,
                          seconds[n_events - 1] * 1e3, limn_stroke_get_n_dabs (stroke) / all);
  {
    const LimnCliBenchRow row = { "paint stroke", shape, 0, 1, note };

    limn_cli_bench_report (bench, &row, seconds[n_events * 95 / 100], n_events);
  }
  begin = now_s ();
  limn_stroke_end (stroke);
  draw (screen, level);
  limn_cli_bench_report (bench, &end_row, now_s () - begin, 1);
}

/* --- One thing, again and again --- */

static gboolean
render_tile (gpointer data, GCancellable *cancellable, GError **error)
{
  Screen *screen = data;
  LimnRect rect = { SIDE / 2 + 1000, SIDE / 2 - 128, 256, 256 };

  limn_mask_view_render (screen->view, 0, &rect, &look, screen->rgba, (gsize) rect.width * 4);
  return TRUE;
}

static gboolean
fill_lasso (gpointer data, GCancellable *cancellable, GError **error)
{
  LimnMask *mask = data;
  LimnPoint points[1000];

  for (gsize i = 0; i < G_N_ELEMENTS (points); i++)
    {
      double angle = 2 * G_PI * i / G_N_ELEMENTS (points), reach = 1700 + 200 * sin (angle * 37);

      points[i] = (LimnPoint){ SIDE / 2 + reach * cos (angle), SIDE / 2 + reach * sin (angle) };
    }
  limn_mask_fill_polygon (mask, points, G_N_ELEMENTS (points), 255);
  limn_mask_undo (mask);
  return TRUE;
}

static gboolean
freeze (gpointer data, GCancellable *cancellable, GError **error)
{
  LimnImage *image = limn_mask_state_to_image (data, error);

  limn_image_unref (image);
  return image != NULL;
}

static gboolean
grow (gpointer data, GCancellable *cancellable, GError **error)
{
  limn_mask_state_unref (limn_mask_state_grow (data, 16, cancellable));
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static gboolean
feather (gpointer data, GCancellable *cancellable, GError **error)
{
  limn_mask_state_unref (limn_mask_state_feather (data, 16, cancellable));
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* Something that is nowhere uniform for long. */
static void
paint_loops (LimnMask *mask, const LimnBrush *brush)
{
  LimnSample sample = pen_at (0);
  LimnStroke *stroke;

  limn_mask_fill (mask, 0);
  stroke = limn_stroke_new (mask, brush, &sample, FALSE);
  for (guint i = 1; i < N_EVENTS; i++)
    {
      sample = pen_at (i);
      limn_stroke_add (stroke, &sample, 1);
    }
  limn_stroke_end (stroke);
}

gboolean
limn_cli_bench_paint (LimnCliBench *bench, GError **error)
{
  static const struct
  {
    LimnBrush brush;
    guint     level;
    gboolean  quick;
  } strokes[] = {
    { { .diameter = 200, .hardness = 0.8, .flow = 1, .opacity = 1, .value = 255 }, 0, TRUE },
    { { .diameter = 200, .hardness = 0.8, .flow = 1, .opacity = 1, .value = 255, .pressure_size = TRUE }, 2, FALSE },
    { { .diameter = 200, .hardness = 1, .flow = 1, .opacity = 1, .value = 255 }, 0, FALSE },
    { { .diameter = 200, .hardness = 0, .flow = 0.3, .opacity = 0.8, .value = 255 }, 0, FALSE },
    { { .diameter = 20, .hardness = 0.8, .flow = 1, .opacity = 1, .value = 255 }, 0, FALSE },
    { { .diameter = 2000, .hardness = 0.8, .flow = 1, .opacity = 1, .value = 255 }, 2, FALSE },
  };
  static const struct
  {
    const char      *shape;
    LimnCliBenchRun  run;
    gboolean         quick;
  } wholes[] = {
    { "4096 x 4096, to an image", freeze, TRUE },
    { "4096 x 4096, grown by 16 px", grow, FALSE },
    { "4096 x 4096, feathered by 16 px", feather, FALSE },
  };
  const LimnCliBenchRow lasso_row = { "paint lasso", "1000 points around 3400 px, and undone", 0, 1, NULL };
  const LimnCliBenchRow overlay_row = { "paint overlay", "256 x 256 px", 0, 1, NULL };
  g_autoptr(LimnMask) mask = limn_mask_new (SIDE, SIDE);
  g_autoptr(LimnMaskView) view = limn_mask_view_new (mask);
  g_autofree guint8 *rgba = g_malloc ((gsize) SIDE * SIDE * 4);
  Screen screen = { .view = view, .rgba = rgba };
  guint watch = limn_mask_add_watch (mask, changed, &screen);
  g_autoptr(LimnMaskState) state = NULL;
  gboolean good = TRUE;

  for (gsize i = 0; i < G_N_ELEMENTS (strokes); i++)
    if (!bench->quick || strokes[i].quick)
      bench_stroke (bench, &screen, mask, &strokes[i].brush, strokes[i].level);
  limn_mask_remove_watch (mask, watch);
  if (g_cancellable_set_error_if_cancelled (bench->cancellable, error))
    return FALSE;

  paint_loops (mask, &strokes[0].brush);
  state = limn_mask_dup_state (mask);
  if (limn_cli_bench_wants (bench, overlay_row.name, overlay_row.shape))
    good = limn_cli_bench_measure (bench, &overlay_row, render_tile, &screen, error);
  if (good && limn_cli_bench_wants (bench, lasso_row.name, lasso_row.shape))
    good = limn_cli_bench_measure (bench, &lasso_row, fill_lasso, mask, error);
  for (gsize i = 0; i < G_N_ELEMENTS (wholes) && good; i++)
    {
      const LimnCliBenchRow row = { "paint mask", wholes[i].shape, 0, 1, NULL };

      if ((!bench->quick || wholes[i].quick) && limn_cli_bench_wants (bench, row.name, row.shape))
        good = limn_cli_bench_measure (bench, &row, wholes[i].run, state, error);
    }
  return good;
}
