/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the overlay shows of the latent's cells is what the engine works by: the two layers know nothing of each other, and meet here. */
#include "config.h"

#include "paint/limn-mask-view.h"
#include "paint/limn-stroke.h"
#include "session/limn-source.h"

#include <math.h>
#include <string.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const LimnEngineFacts facts = { .factor = 8, .multiple = 8, .width = 64, .height = 64 };

static void
paint (LimnMask *mask, GRand *rand)
{
  const double diameters[] = { 2, 5, 9, 30, 80 };
  LimnStroke *stroke = NULL;
  LimnBrush brush;

  limn_brush_init (&brush);
  brush.diameter = diameters[g_rand_int_range (rand, 0, G_N_ELEMENTS (diameters))];
  brush.hardness = g_rand_double (rand);
  brush.opacity = g_rand_double_range (rand, 0.3, 1);
  for (guint i = 0; i < 4; i++)
    {
      const LimnSample sample = { .x = g_rand_double_range (rand, 0, limn_mask_get_width (mask)),
                                  .y = g_rand_double_range (rand, 0, limn_mask_get_height (mask)),
                                  .pressure = 1 };

      if (stroke)
        limn_stroke_add (stroke, &sample, 1);
      else
        stroke = limn_stroke_new (mask, &brush, &sample, FALSE);
    }
  limn_stroke_end (stroke);
}

static void
test_agree (void)
{
  static const guint sizes[][2] = { { 264, 144 }, { 261, 150 }, { 257, 129 }, { 40, 41 }, { 8, 8 } };
  g_autoptr(GRand) rand = g_rand_new_with_seed (8);
  guint n_whole = 0, n_soft = 0;

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      const guint width = sizes[s][0], height = sizes[s][1];
      g_autoptr(LimnMask) mask = limn_mask_new (width, height);
      g_autoptr(LimnMaskView) view = limn_mask_view_new (mask);
      guint8 *colours = g_malloc ((gsize) width * height * 4);
      g_autoptr(LimnImage) picture = NULL;

      memset (colours, 255, (gsize) width * height * 4);
      picture = limn_image_new_take (LIMN_PIXEL_RGBA8, width, height, colours, NULL);
      for (guint round = 0; round < 8; round++)
        {
          g_autoptr(LimnRequest) request = limn_request_new ();
          g_autoptr(LimnMaskState) state = NULL;
          g_autoptr(LimnImage) image = NULL;
          g_autoptr(LimnSource) source = NULL;
          g_autoptr(GError) error = NULL;
          g_autofree guint8 *shown = NULL;
          const double *used;
          guint columns, rows;

          paint (mask, rand);
          state = limn_mask_dup_state (mask);
          image = limn_mask_state_to_image (state, &error);
          g_assert_no_error (error);
          request->source = limn_request_source_new (ID);
          request->source->strength = 1;
          request->width = width;
          request->height = height;
          request->open = 0;
          source = limn_source_new (request, &facts, picture, image, NULL, &error);
          g_assert_no_error (error);
          used = limn_source_get_strength (source);
          shown = limn_mask_view_dup_cells (view, &columns, &rows);
          g_assert_cmpuint (columns, ==, limn_source_get_width_lt (source));
          g_assert_cmpuint (rows, ==, limn_source_get_height_lt (source));
          for (guint i = 0; i < columns * rows; i++)
            {
              /* Half a step of 255, which the overlay rounds to. */
              g_assert_cmpfloat_with_epsilon (shown[i] / 255.0, used[i], 0.501 / 255);
              n_whole += shown[i] == 255;
              n_soft += shown[i] > 0 && shown[i] < 255;
            }
        }
    }
  g_assert_cmpuint (n_whole, >, 0);
  g_assert_cmpuint (n_soft, >, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cells/agree", test_agree);
  return g_test_run ();
}
