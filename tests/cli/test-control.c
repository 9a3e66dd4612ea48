/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-cli.h"
#include "test-folder.h"

#include "image/limn-png.h"
#include "tests/limn-test-control.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static void
write_disc (const char *name, double least, double most, guint8 inside, guint8 outside)
{
  g_autofree char *path = path_to (name);
  g_autofree guint8 *grey = g_malloc (64 * 64);
  g_autoptr(LimnImage) image = NULL;
  g_autoptr(GBytes) png = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 64 * 64; i++)
    {
      double r = hypot (i % 64 - 31.5, i / 64 - 31.5);

      grey[i] = r >= least && r < most ? inside : outside;
    }
  image = limn_image_new_take (LIMN_PIXEL_GREY8, 64, 64, g_steal_pointer (&grey), &error);
  g_assert_no_error (error);
  png = limn_png_encode (image, NULL, 0, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (png, NULL), g_bytes_get_size (png), NULL));
}

static void
write_files (void)
{
  g_autofree char *unet = g_build_filename (g_getenv ("LIMN_STARTER"), "unet", "diffusion_pytorch_model.safetensors", NULL);
  g_autofree char *zero = path_to ("zero.safetensors");
  /* Colons are no reason to take a name apart. */
  g_autofree char *random = path_to ("random:2.safetensors");

  write_disc ("disc:1.png", 0, 20, 230, 30);
  /* Its outline. */
  write_disc ("map.png", 19, 20, 255, 0);
  limn_test_control_write (zero, unet, LIMN_TEST_CONTROL_ZERO, NULL, 0);
  limn_test_control_write (random, unet, LIMN_TEST_CONTROL_RANDOM, NULL, 0);
}

#define PAINT(...) run_cli ("generate", "a house", "--seed", "3", "--steps", "2", "--size", "64x64", __VA_ARGS__, NULL)

/* One that says nothing changes nothing; another does, and its picture can be made again from its file alone. */
static void
test_generate (void)
{
  g_autofree char *plain = NULL;
  g_autofree char *zero = NULL;
  g_autofree char *drawn = NULL;
  g_autofree char *again = NULL;

  write_files ();
  {
    g_auto(Run) a = PAINT ("-o", "plain.png");
    g_auto(Run) b = PAINT ("--control", "zero.safetensors:disc:1.png", "--control-preprocessor", "edge", "-o", "zero.png");
    g_auto(Run) c = PAINT ("--control", "random:2.safetensors:disc:1.png:0.8:0:1", "--embed-source", "-o", "drawn.png");
    g_auto(Run) info = run_cli ("info", "drawn.png", NULL);
    g_auto(Run) verify = run_cli ("verify", "drawn.png", NULL);
    g_auto(Run) from = run_cli ("generate", "--from", "drawn.png", "-o", "again.png", NULL);

    assert_code (&a, 0);
    assert_code (&b, 0);
    assert_code (&c, 0);
    assert_code (&info, 0);
    assert_says (info.out, "Module: None, Model: random:2, Weight: 0.8, ");
    assert_says (info.out, "Drawn by");
    assert_code (&verify, 0);
    assert_code (&from, 0);
  }
  plain = pixels_of ("plain.png");
  zero = pixels_of ("zero.png");
  drawn = pixels_of ("drawn.png");
  again = pixels_of ("again.png");
  g_assert_cmpstr (plain, ==, zero);
  g_assert_cmpstr (plain, !=, drawn);
  g_assert_cmpstr (drawn, ==, again);
}

/* Nothing is said of what is made of the picture: the ControlNet's name does, and the user is told. */
static void
test_by_name (void)
{
  g_autofree char *random = path_to ("random:2.safetensors");
  g_autofree char *canny = path_to ("some_canny.safetensors");
  g_autofree char *guessed = NULL;
  g_autofree char *said = NULL;

  write_files ();
  g_assert_cmpint (g_rename (random, canny), ==, 0);
  {
    g_auto(Run) a = PAINT ("--control", "some_canny.safetensors:disc:1.png", "-o", "guessed.png");
    g_auto(Run) b = PAINT ("--control", "some_canny.safetensors:disc:1.png", "--control-preprocessor", "edge", "-o", "said.png");
    g_auto(Run) c = PAINT ("--control", "some_canny.safetensors:disc:1.png", "--control-preprocessor", "none", "-o", "none.png");
    g_auto(Run) d = PAINT ("--control", "some_canny.safetensors:map.png", "-o", "map-made.png");

    assert_code (&a, 0);
    assert_code (&b, 0);
    assert_code (&c, 0);
    assert_says (a.err, "for “some_canny”, “disc:1.png” goes through --control-preprocessor edge");
    g_assert_null (strstr (b.err, "Note"));
    g_assert_null (strstr (c.err, "Note"));
    assert_code (&d, 0);
    assert_says (d.err, "“map.png” looks like a map already");
  }
  guessed = pixels_of ("guessed.png");
  said = pixels_of ("said.png");
  g_assert_cmpstr (guessed, ==, said);
}

static void
test_wrong (void)
{
  write_files ();
  {
    g_auto(Run) nowhere = PAINT ("--control", "nowhere:disc:1.png");
    g_auto(Run) picture = PAINT ("--control", "zero.safetensors:nowhere.png");
    g_auto(Run) maps = PAINT ("--control", "zero.safetensors:disc:1.png", "--control-preprocessor", "edge", "--control-preprocessor", "edge");
    g_auto(Run) map = PAINT ("--control", "zero.safetensors:disc:1.png", "--control-preprocessor", "depth");
    g_auto(Run) strength = PAINT ("--control", "zero.safetensors:disc:1.png:3");
    g_auto(Run) none = PAINT ("--control", "disc:1.png:disc:1.png");

    assert_says (nowhere.err, "“nowhere”");
    assert_says (picture.err, "MODEL:PICTURE");
    assert_says (maps.err, "once for all, or");
    assert_says (map.err, "scribble");
    assert_says (strength.err, "from 0 to 2");
    g_assert_cmpint (none.code, !=, 0);
    assert_code (&picture, 2);
    assert_code (&strength, 2);
  }
}

void
test_control_add (void)
{
  test_add ("/control/generate", test_generate);
  test_add ("/control/by-name", test_by_name);
  test_add ("/control/wrong", test_wrong);
}
