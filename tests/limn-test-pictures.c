/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "tests/limn-test-pictures.h"

#include "image/limn-parameters.h"
#include "image/limn-png-edit.h"
#include "library/limn-picture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const sizes[] = { "small", "large", "tiny", "tall", "broad", "old", "new" };
static const char *const colours[] = { "red", "green", "blue", "golden", "café-coloured", "white", "black", "violet", "grey",
                                       "weiß", "日本の赤い" };
static const char *const things[] = { "house", "tree", "boat", "cat", "lighthouse", "mountain", "bridge", "apple", "jug",
                                      "horse", "mill", "tower", "garden" };
static const char *const places[] = { "on a hill", "by the sea", "in the snow", "under a bridge", "at a lake" };
static const char *const lights[] = { "at sunset", "at dawn", "in fog" };

char *
limn_test_pictures_dup_prompt (guint i)
{
  return g_strdup_printf ("a %s %s %s %s %s, number %u", sizes[i % G_N_ELEMENTS (sizes)], colours[i % G_N_ELEMENTS (colours)],
                          things[i % G_N_ELEMENTS (things)], places[i % G_N_ELEMENTS (places)],
                          lights[i % G_N_ELEMENTS (lights)], i);
}

static char *
make_in (const char *folder,
         guint       i,
         guint       n)
{
  enum { WIDTH = 24, HEIGHT = 16 };
  g_autoptr(LimnParameters) parameters = limn_parameters_new ();
  g_autofree char *text = NULL;
  g_autofree char *uuid = g_strdup_printf ("%08x-0000-4000-8000-000000000000", i);
  g_autofree char *name = g_strdup_printf ("picture-%05u.png", i);
  g_autofree char *hidden = g_strdup_printf ("%s/.%s", folder, name);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  guint8 *pixels = g_malloc (WIDTH * HEIGHT * 3);
  g_autoptr(LimnImage) image = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) error = NULL;
  const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = LIMN_TEST_PICTURES_NEWEST - ((gint64) n - 1 - i) } };
  LimnPngText texts[2];

  for (guint k = 0; k < WIDTH * HEIGHT; k++)
    {
      pixels[k * 3] = i * 37 + k / WIDTH * 4;
      pixels[k * 3 + 1] = i * 91 + k % WIDTH * 3;
      pixels[k * 3 + 2] = i * 13;
    }
  image = limn_image_new_take (LIMN_PIXEL_RGB8, WIDTH, HEIGHT, pixels, NULL);

  parameters->prompt = limn_test_pictures_dup_prompt (i);
  parameters->negative_prompt = g_strdup ("blurry");
  parameters->steps = 20;
  parameters->sampler = g_strdup ("Euler a");
  parameters->cfg_scale = 7;
  parameters->has_seed = TRUE;
  parameters->seed = G_MAXUINT64 - i;
  parameters->width = WIDTH;
  parameters->height = HEIGHT;
  parameters->model = g_strdup ("starter");
  text = limn_parameters_to_text (parameters);
  texts[0] = (LimnPngText) { (char *) "parameters", text };
  texts[1] = (LimnPngText) { (char *) LIMN_PICTURE_TRAJECTORY_KEYWORD, uuid };
  bytes = limn_png_encode (image, texts, i % 5 == 0 ? 2 : 1, &error);
  g_assert_no_error (error);
  if (i % 20 == 0)
    {
      GBytes *starred = limn_png_set_rating (bytes, 5, &error);

      g_assert_no_error (error);
      g_bytes_unref (bytes);
      bytes = starred;
    }
  /* A folder may be looked at meanwhile: a picture is there with its time, or not at all, and so in its place among the others. */
  g_assert_true (g_file_set_contents_full (hidden, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                                           G_FILE_SET_CONTENTS_NONE, 0666, &error));
  g_assert_cmpint (utimensat (AT_FDCWD, hidden, times, 0), ==, 0);
  g_assert_cmpint (g_rename (hidden, path), ==, 0);
  return g_steal_pointer (&path);
}

char *
limn_test_pictures_make_one (const char *folder,
                             guint       i,
                             guint       n)
{
  return make_in (folder, i, n);
}

void
limn_test_pictures_make (const char *folder,
                         guint       n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *below = g_strdup_printf ("%s/album %u", folder, i / 1000);
      gboolean is_below = i % 10 == 7;

      if (is_below)
        g_mkdir (below, 0777);
      g_free (make_in (is_below ? below : folder, i, n));
    }
}
