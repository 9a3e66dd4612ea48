/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-paint.h"

#include "base/limn-error.h"

#include <string.h>

/* --- What the tests share --- */

double
random_in (LimnMt19937 *rng, double low, double high)
{
  return low + (high - low) * (limn_mt19937_next (rng) * 0x1p-32);
}

guint8 *
read_state (LimnMaskState *state)
{
  LimnRect all = { 0, 0, limn_mask_state_get_width (state), limn_mask_state_get_height (state) };
  guint8 *values = g_malloc ((gsize) all.width * all.height);

  limn_mask_state_read (state, &all, values, all.width);
  return values;
}

guint8 *
read_values (LimnMask *mask)
{
  g_autoptr(LimnMaskState) state = limn_mask_dup_state (mask);

  return read_state (state);
}

void
paint_stroke (LimnMask *mask, const LimnBrush *brush, const LimnSample *samples, gsize n)
{
  LimnStroke *stroke = limn_stroke_new (mask, brush, &samples[0], FALSE);

  limn_stroke_add (stroke, samples + 1, n - 1);
  limn_stroke_end (stroke);
}

void
paint_random (LimnMask *mask, LimnMt19937 *rng, double max_diameter)
{
  double width = limn_mask_get_width (mask), height = limn_mask_get_height (mask);
  LimnBrush brush = {
    .diameter = random_in (rng, 1, max_diameter),
    .hardness = limn_mt19937_next (rng) % 3 / 2.0,
    .flow = limn_mt19937_next (rng) % 2 ? 1 : random_in (rng, 0, 1),
    .opacity = limn_mt19937_next (rng) % 2 ? 1 : random_in (rng, 0, 1),
    .value = limn_mt19937_next (rng) % 2 ? 255 : limn_mt19937_next (rng) % 256,
    .eraser = limn_mt19937_next (rng) % 4 == 0,
    .pressure_size = limn_mt19937_next (rng) % 2,
    .pressure_flow = limn_mt19937_next (rng) % 2,
  };
  LimnSample samples[8];
  guint n = 1 + limn_mt19937_next (rng) % G_N_ELEMENTS (samples);

  samples[0] = (LimnSample){ random_in (rng, -30, width + 30), random_in (rng, -30, height + 30), random_in (rng, 0, 1) };
  for (guint i = 1; i < n; i++)
    samples[i] = (LimnSample){ samples[i - 1].x + random_in (rng, -40, 40), samples[i - 1].y + random_in (rng, -40, 40),
                               random_in (rng, 0, 1) };
  paint_stroke (mask, &brush, samples, n);
}

void
change_random (LimnMask *mask, LimnMt19937 *rng)
{
  double width = limn_mask_get_width (mask), height = limn_mask_get_height (mask);
  guint8 value = limn_mt19937_next (rng) % 3 * 127;

  switch (limn_mt19937_next (rng) % 8)
    {
    case 0:
      {
        LimnPoint points[7];

        for (gsize i = 0; i < G_N_ELEMENTS (points); i++)
          points[i] = (LimnPoint){ random_in (rng, -50, width + 50), random_in (rng, -50, height + 50) };
        limn_mask_fill_polygon (mask, points, G_N_ELEMENTS (points), value);
        break;
      }
    case 1:
      {
        const LimnPoint a = { random_in (rng, 0, width), random_in (rng, 0, height) };
        const LimnPoint b = { random_in (rng, 0, width), random_in (rng, 0, height) };

        limn_mask_fill_rectangle (mask, &a, &b, value);
        break;
      }
    case 2:
      limn_mask_invert (mask);
      break;
    case 3:
      if (limn_mt19937_next (rng) % 4 == 0)
        limn_mask_fill (mask, value);
      break;
    case 4:
      {
        g_autoptr(LimnMaskState) state = limn_mask_dup_state (mask);
        g_autoptr(LimnMaskState) other = NULL;

        if (limn_mt19937_next (rng) % 2)
          other = limn_mask_state_feather (state, random_in (rng, 0, 9), NULL);
        else
          other = limn_mask_state_grow (state, random_in (rng, -7, 7), NULL);
        limn_mask_set_state (mask, other);
        break;
      }
    default:
      paint_random (mask, rng, 90);
    }
}

/* --- Tests --- */

static void
test_empty_costs_nothing (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (LIMN_MASK_MAX_SIDE, LIMN_MASK_MAX_SIDE);
  g_autoptr(LimnMaskState) empty = limn_mask_dup_state (mask);
  g_autoptr(LimnMaskState) full = NULL;
  const LimnPoint corner = { 0, 0 }, opposite = { LIMN_MASK_MAX_SIDE, LIMN_MASK_MAX_SIDE };

  g_assert_cmpuint (limn_mask_state_get_bytes (empty), ==, 0);
  g_assert_true (limn_mask_state_is_uniform (empty, 0));
  limn_mask_fill_rectangle (mask, &corner, &opposite, 255);
  full = limn_mask_dup_state (mask);
  g_assert_cmpuint (limn_mask_state_get_bytes (full), ==, 0);
  g_assert_true (limn_mask_state_is_uniform (full, 255));
  limn_mask_fill_rectangle (mask, &corner, &opposite, 7);
  {
    g_autoptr(LimnMaskState) grey = limn_mask_dup_state (mask);

    /* One tile that all share. */
    g_assert_cmpuint (limn_mask_state_get_bytes (grey), <, 20000);
    g_assert_true (limn_mask_state_is_uniform (grey, 7));
  }
  g_assert_true (limn_mask_undo (mask));
  g_assert_true (limn_mask_undo (mask));
  /* 2 steps of 16384 changes. */
  g_assert_cmpuint (limn_mask_get_history_bytes (mask), <, 2 << 20);
}

/* Any changes, back and forth in any order: a step leads to the same pixels whenever and however it is come to. */
static void
test_undo_random (void)
{
  enum { N_CHANGES = 400 };
  g_autoptr(GPtrArray) states = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(LimnMask) mask = limn_mask_new (611, 397);
  const gsize size = 611 * 397;
  LimnMt19937 rng;
  guint at = 0;

  limn_mt19937_seed (&rng, 4);
  g_ptr_array_add (states, read_values (mask));
  for (guint i = 0; i < N_CHANGES; i++)
    {
      g_autofree guint8 *now = NULL;
      guint what = limn_mt19937_next (&rng) % 8;

      if (what == 0)
        for (guint n = limn_mt19937_next (&rng) % 6; n > 0 && limn_mask_undo (mask); n--)
          at--;
      else if (what == 1)
        for (guint n = limn_mt19937_next (&rng) % 6; n > 0 && limn_mask_redo (mask); n--)
          at++;
      else
        {
          change_random (mask, &rng);
          now = read_values (mask);
          /* What changes nothing is no step. */
          if (memcmp (now, states->pdata[at], size) != 0)
            {
              g_ptr_array_set_size (states, ++at);
              g_ptr_array_add (states, g_steal_pointer (&now));
            }
        }
      g_clear_pointer (&now, g_free);
      now = read_values (mask);
      g_assert_cmpmem (now, size, states->pdata[at], size);
      g_assert_cmpint (limn_mask_can_undo (mask), ==, at > 0);
      g_assert_cmpint (limn_mask_can_redo (mask), ==, at + 1 < states->len);
    }
  g_test_message ("%u steps at the end", states->len);
  g_assert_cmpuint (states->len, >, 20);
}

/* 1,000 strokes and back: the journey that an artist can make. Memory: 1,000 strokes of up to 200 px on 2048 x 2048
 * unpacked are 250 MiB; packed they are measured at 26 MiB, of which 16 are never packed. */
static void
test_undo_thousand (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (2048, 2048);
  g_autoptr(LimnMaskState) painted = NULL, end = NULL;
  LimnMt19937 rng;
  guint n = 0;

  limn_mt19937_seed (&rng, 1000);
  while (n < 1000)
    {
      guint64 serial = limn_mask_get_serial (mask);

      paint_random (mask, &rng, 200);
      n += serial != limn_mask_get_serial (mask);
    }
  painted = limn_mask_dup_state (mask);
  g_test_message ("%" G_GSIZE_FORMAT " KiB of history", limn_mask_get_history_bytes (mask) >> 10);
  g_assert_cmpuint (limn_mask_get_history_bytes (mask), <, 100 << 20);
  n = 0;
  while (limn_mask_undo (mask))
    n++;
  /* Some change nothing: an eraser where nothing is. */
  g_assert_cmpuint (n, >, 900);
  end = limn_mask_dup_state (mask);
  g_assert_true (limn_mask_state_is_uniform (end, 0));
  g_assert_cmpuint (limn_mask_state_get_bytes (end), ==, 0);
  while (limn_mask_redo (mask))
    n--;
  g_assert_cmpuint (n, ==, 0);
  g_clear_pointer (&end, limn_mask_state_unref);
  end = limn_mask_dup_state (mask);
  g_assert_true (limn_mask_state_equal (end, painted));

  /* Half of it taken back and gone on from there: past what is packed, and past what is not. */
  for (guint i = 0; i < 3; i++)
    {
      for (n = 0; n < 200; n++)
        limn_mask_undo (mask);
      for (n = 0; n < 60; n++)
        paint_random (mask, &rng, 200);
      g_assert_false (limn_mask_can_redo (mask));
    }
  while (limn_mask_tidy (mask))
    ;
  while (limn_mask_undo (mask))
    ;
  g_clear_pointer (&end, limn_mask_state_unref);
  end = limn_mask_dup_state (mask);
  g_assert_true (limn_mask_state_is_uniform (end, 0));
}

/* What was taken stays as it was, whatever is painted, undone and forgotten afterwards. */
static void
test_states_stay (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (300, 300);
  LimnMaskState *states[40];
  guint8 *values[40];
  LimnMt19937 rng;

  limn_mt19937_seed (&rng, 9);
  for (guint i = 0; i < 40; i++)
    {
      change_random (mask, &rng);
      if (i % 7 == 6)
        limn_mask_undo (mask);
      states[i] = limn_mask_dup_state (mask);
      values[i] = read_state (states[i]);
    }
  while (limn_mask_undo (mask))
    ;
  limn_mask_forget (mask);
  paint_random (mask, &rng, 90);
  for (guint i = 0; i < 40; i++)
    {
      g_autofree guint8 *now = read_state (states[i]);

      g_assert_cmpmem (now, 300 * 300, values[i], 300 * 300);
      limn_mask_state_unref (states[i]);
      g_free (values[i]);
    }
}

static gpointer
write_down (gpointer data)
{
  g_autoptr(LimnMaskState) state = data;
  g_autoptr(LimnMaskState) other = limn_mask_state_grow (state, 3, NULL);
  LimnImage *image = limn_mask_state_to_image (state, NULL);

  g_assert_nonnull (other);
  return image;
}

/* States are read and let go by another thread while the artist paints on. */
static void
test_threads (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (700, 500);
  LimnMt19937 rng;

  limn_mt19937_seed (&rng, 13);
  for (guint i = 0; i < 60; i++)
    {
      const LimnBrush brush = { .diameter = 150, .hardness = 0.5, .flow = 0.6, .opacity = 1, .value = 255 };
      LimnSample sample = { random_in (&rng, 0, 700), random_in (&rng, 0, 500), 1 };
      LimnStroke *stroke = limn_stroke_new (mask, &brush, &sample, FALSE);
      g_autofree guint8 *values = read_values (mask);
      g_autoptr(LimnImage) image = NULL;
      GThread *thread = g_thread_new ("reader", write_down, limn_mask_dup_state (mask));

      for (guint j = 0; j < 6; j++)
        {
          sample.x += random_in (&rng, -40, 40);
          sample.y += random_in (&rng, -40, 40);
          limn_stroke_add (stroke, &sample, 1);
        }
      limn_stroke_end (stroke);
      if (i % 3 == 0)
        limn_mask_undo (mask);
      image = g_thread_join (thread);
      for (guint y = 0; y < 500; y++)
        g_assert_cmpmem (limn_image_get_row (image, y), 700, values + 700 * y, 700);
    }
}

typedef struct
{
  guint8  *values; /* as the watch has drawn them */
  guint    calls;
  LimnRect last;
} Watcher;

static void
watch (LimnMask *mask, const LimnRect *dirty, gpointer data)
{
  Watcher *watcher = data;
  g_autoptr(LimnMaskState) state = limn_mask_dup_state (mask);
  guint width = limn_mask_get_width (mask);

  watcher->calls++;
  watcher->last = *dirty;
  if (!limn_rect_is_empty (dirty))
    limn_mask_state_read (state, dirty, watcher->values + dirty->y * width + dirty->x, width);
}

/* Who draws only what is told to be dirty has the mask at any time. */
static void
test_dirty (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (500, 333);
  Watcher watcher = { .values = g_malloc0 (500 * 333) };
  guint id = limn_mask_add_watch (mask, watch, &watcher);
  LimnMt19937 rng;

  limn_mt19937_seed (&rng, 77);
  for (guint i = 0; i < 200; i++)
    {
      g_autofree guint8 *now = NULL;
      guint64 serial = limn_mask_get_serial (mask);
      guint calls = watcher.calls;

      switch (limn_mt19937_next (&rng) % 5)
        {
        case 0:
          limn_mask_undo (mask);
          break;
        case 1:
          limn_mask_redo (mask);
          break;
        case 2:
          {
            const LimnSample sample = { random_in (&rng, 0, 500), random_in (&rng, 0, 333), 1 };
            const LimnBrush brush = { .diameter = 50, .hardness = 0.5, .flow = 0.7, .opacity = 1, .value = 200 };
            LimnStroke *stroke = limn_stroke_new (mask, &brush, &sample, FALSE);
            const LimnSample next = { sample.x + 30, sample.y - 20, 1 };

            limn_stroke_add (stroke, &next, 1);
            limn_stroke_cancel (stroke);
            break;
          }
        default:
          change_random (mask, &rng);
        }
      now = read_values (mask);
      g_assert_cmpmem (now, 500 * 333, watcher.values, 500 * 333);
      if (calls == watcher.calls)
        g_assert_cmpuint (serial, ==, limn_mask_get_serial (mask));
    }
  /* A small stroke dirties a small part. */
  limn_mask_fill (mask, 0);
  {
    const LimnSample sample = { 250, 200, 1 };
    const LimnBrush brush = { .diameter = 9, .hardness = 1, .flow = 1, .opacity = 1, .value = 255 };
    LimnStroke *stroke = limn_stroke_new (mask, &brush, &sample, FALSE);

    g_assert_cmpint (watcher.last.width, <=, 14);
    g_assert_cmpint (watcher.last.height, <=, 14);
    limn_stroke_end (stroke);
    /* The history has changed, no pixel. */
    g_assert_true (limn_rect_is_empty (&watcher.last));
  }
  limn_mask_remove_watch (mask, id);
  watcher.calls = 0;
  limn_mask_fill (mask, 3);
  g_assert_cmpuint (watcher.calls, ==, 0);
  g_free (watcher.values);
}

static void
test_freeze (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (200, 131);
  g_autoptr(LimnImage) first = NULL, again = NULL, other = NULL;
  g_autoptr(LimnMask) large = limn_mask_new (LIMN_MASK_MAX_SIDE, LIMN_MASK_MAX_SIDE);
  g_autoptr(GError) error = NULL;
  LimnMt19937 rng;

  limn_mt19937_seed (&rng, 2);
  paint_random (mask, &rng, 60);
  first = limn_mask_freeze (mask, NULL);
  again = limn_mask_freeze (mask, NULL);
  g_assert_true (first == again);
  g_assert_cmpint (limn_image_get_format (first), ==, LIMN_PIXEL_GREY8);
  {
    g_autofree guint8 *values = read_values (mask);

    for (guint y = 0; y < 131; y++)
      g_assert_cmpmem (limn_image_get_row (first, y), 200, values + 200 * y, 200);
  }
  limn_mask_invert (mask);
  other = limn_mask_freeze (mask, NULL);
  g_assert_true (other != first);
  g_assert_null (limn_mask_freeze (large, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
}

static LimnImage *
make_image (LimnPixelFormat format, guint width, guint height, const guint8 *pixels)
{
  return limn_image_new_take (format, width, height, g_memdup2 (pixels, (gsize) width * height * format), NULL);
}

static void
test_from_image (void)
{
  static const guint8 grey[] = { 0, 10, 20, 100, 110, 120 };
  static const guint8 colours[] = { 255, 255, 255, 255, 255, 255, 255, 0, 255, 0, 0, 255, 0, 0, 255, 128 };
  g_autoptr(LimnImage) small = make_image (LIMN_PIXEL_GREY8, 3, 2, grey);
  g_autoptr(LimnImage) coloured = make_image (LIMN_PIXEL_RGBA8, 4, 1, colours);
  g_autoptr(LimnMaskState) same = limn_mask_state_new_from_image (small, 0, 0, LIMN_MASK_FIT_SCALE, NULL);
  g_autoptr(LimnMaskState) padded = limn_mask_state_new_from_image (small, 200, 2, LIMN_MASK_FIT_PAD, NULL);
  g_autoptr(LimnMaskState) cut = limn_mask_state_new_from_image (small, 2, 1, LIMN_MASK_FIT_PAD, NULL);
  g_autoptr(LimnMaskState) scaled = limn_mask_state_new_from_image (small, 300, 200, LIMN_MASK_FIT_SCALE, NULL);
  g_autoptr(LimnMaskState) shrunk = NULL, brightness = NULL;
  g_autoptr(LimnImage) back = limn_mask_state_to_image (same, NULL);
  g_autoptr(LimnImage) large = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_cmpmem (limn_image_get_row (back, 0), 3, grey, 3);
  g_assert_cmpmem (limn_image_get_row (back, 1), 3, grey + 3, 3);
  g_assert_cmpuint (limn_mask_state_get_value (padded, 2, 1), ==, 120);
  g_assert_cmpuint (limn_mask_state_get_value (padded, 3, 1), ==, 0);
  g_assert_cmpuint (limn_mask_state_get_value (padded, 199, 0), ==, 0);
  g_assert_cmpuint (limn_mask_state_get_width (cut), ==, 2);
  g_assert_cmpuint (limn_mask_state_get_value (cut, 1, 0), ==, 10);
  g_assert_cmpuint (limn_mask_state_get_value (scaled, 0, 0), ==, 0);
  g_assert_cmpuint (limn_mask_state_get_value (scaled, 299, 199), ==, 120);
  g_assert_cmpuint (limn_mask_state_get_value (scaled, 150, 100), >, 50);
  g_assert_cmpuint (limn_mask_state_get_value (scaled, 150, 100), <, 70);

  /* Every pixel counts when it is made small; those of blocks that are cut off by the edge a little more. */
  shrunk = limn_mask_state_new_from_image (small, 1, 1, LIMN_MASK_FIT_SCALE, NULL);
  g_assert_cmpuint (limn_mask_state_get_value (shrunk, 0, 0), >=, 55);
  g_assert_cmpuint (limn_mask_state_get_value (shrunk, 0, 0), <=, 65);

  brightness = limn_mask_state_new_from_image (coloured, 0, 0, LIMN_MASK_FIT_SCALE, NULL);
  g_assert_cmpuint (limn_mask_state_get_value (brightness, 0, 0), ==, 255);
  g_assert_cmpuint (limn_mask_state_get_value (brightness, 1, 0), ==, 0);
  g_assert_cmpuint (limn_mask_state_get_value (brightness, 2, 0), ==, 76);
  g_assert_cmpuint (limn_mask_state_get_value (brightness, 3, 0), ==, 15);

  large = limn_image_new_take (LIMN_PIXEL_GREY8, LIMN_MASK_MAX_SIDE + 1, 1, g_malloc0 (LIMN_MASK_MAX_SIDE + 1), NULL);
  g_assert_null (limn_mask_state_new_from_image (large, 0, 0, LIMN_MASK_FIT_SCALE, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
}

static void
test_combine (void)
{
  g_autoptr(LimnMask) a = limn_mask_new (400, 290), b = limn_mask_new (400, 290);
  LimnMt19937 rng;

  limn_mt19937_seed (&rng, 31);
  for (guint i = 0; i < 12; i++)
    {
      g_autoptr(LimnMaskState) left = NULL, right = NULL;
      g_autofree guint8 *p = NULL, *q = NULL;

      change_random (a, &rng);
      change_random (b, &rng);
      left = limn_mask_dup_state (a);
      right = limn_mask_dup_state (b);
      p = read_state (left);
      q = read_state (right);
      for (LimnMaskUnion how = LIMN_MASK_ADD; how <= LIMN_MASK_INTERSECT; how++)
        {
          g_autoptr(LimnMaskState) both = limn_mask_state_combine (left, right, how);
          g_autofree guint8 *values = read_state (both);
          LimnRect bounds = limn_mask_state_get_bounds (both), seen = { 0 };
          gboolean ones = TRUE;

          for (int j = 0; j < 400 * 290; j++)
            {
              guint8 expected = how == LIMN_MASK_ADD        ? MAX (p[j], q[j])
                                : how == LIMN_MASK_SUBTRACT ? MIN (p[j], 255 - q[j])
                                                            : MIN (p[j], q[j]);
              LimnRect pixel = { j % 400, j / 400, 1, 1 };

              g_assert_cmpuint (values[j], ==, expected);
              if (expected > 0)
                seen = limn_rect_union (&seen, &pixel);
              ones &= expected == 255;
            }
          g_assert_cmpmem (&bounds, sizeof bounds, &seen, sizeof seen);
          g_assert_cmpint (limn_mask_state_is_uniform (both, 255), ==, ones);
          g_assert_cmpint (limn_mask_state_is_uniform (both, 0), ==, limn_rect_is_empty (&seen));
        }
    }
}

/* A change while the pen is down ends its stroke, which stays a step; the stroke's owner need not know. */
static void
test_change_during_stroke (void)
{
  g_autoptr(LimnMask) mask = limn_mask_new (300, 300);
  const LimnSample samples[] = { { 50, 50, 1 }, { 100, 60, 1 }, { 200, 200, 1 } };
  LimnBrush brush;
  LimnStroke *stroke;
  guint64 serial;

  limn_brush_init (&brush);
  stroke = limn_stroke_new (mask, &brush, &samples[0], FALSE);
  limn_stroke_add (stroke, &samples[1], 1);
  g_assert_true (limn_mask_can_undo (mask));
  limn_mask_invert (mask);
  serial = limn_mask_get_serial (mask);
  limn_stroke_add (stroke, &samples[2], 1);
  limn_stroke_cancel (stroke);
  g_assert_cmpuint (serial, ==, limn_mask_get_serial (mask));
  g_assert_true (limn_mask_undo (mask));
  g_assert_cmpuint (limn_mask_get_value (mask, 50, 50), ==, 255);
  g_assert_true (limn_mask_undo (mask));
  g_assert_cmpuint (limn_mask_get_value (mask, 50, 50), ==, 0);
  g_assert_false (limn_mask_undo (mask));

  /* Undo with the pen down takes the stroke itself. */
  stroke = limn_stroke_new (mask, &brush, &samples[0], FALSE);
  g_assert_true (limn_mask_undo (mask));
  g_assert_cmpuint (limn_mask_get_value (mask, 50, 50), ==, 0);
  limn_stroke_end (stroke);
  g_assert_true (limn_mask_can_redo (mask));
  /* So does another pen. */
  stroke = limn_stroke_new (mask, &brush, &samples[0], FALSE);
  limn_stroke_end (limn_stroke_new (mask, &brush, &samples[2], FALSE));
  limn_stroke_end (stroke);
  g_assert_true (limn_mask_undo (mask));
  g_assert_true (limn_mask_undo (mask));
  g_assert_false (limn_mask_can_undo (mask));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/paint/mask/empty", test_empty_costs_nothing);
  g_test_add_func ("/paint/mask/undo-random", test_undo_random);
  g_test_add_func ("/paint/mask/undo-thousand", test_undo_thousand);
  g_test_add_func ("/paint/mask/states-stay", test_states_stay);
  g_test_add_func ("/paint/mask/threads", test_threads);
  g_test_add_func ("/paint/mask/dirty", test_dirty);
  g_test_add_func ("/paint/mask/freeze", test_freeze);
  g_test_add_func ("/paint/mask/from-image", test_from_image);
  g_test_add_func ("/paint/mask/combine", test_combine);
  g_test_add_func ("/paint/mask/change-during-stroke", test_change_during_stroke);
  add_stroke_tests ();
  add_shape_tests ();
  add_edit_tests ();
  add_view_tests ();
  return g_test_run ();
}
