/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-embedded.h"

#include <math.h>
#include <string.h>

#define PICTURE "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define OTHER "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static LimnRequestControl *
get_control (LimnRequest *request, guint i)
{
  return g_ptr_array_index (request->controls, i);
}

static LimnRequest *
make_request (void)
{
  LimnRequest *request = limn_request_new ();
  g_autofree char *path = g_build_filename (g_get_home_dir (), "edges.safetensors", NULL);

  limn_request_add_control (request, limn_request_control_new (path, PICTURE));
  limn_request_add_control (request, limn_request_control_new ("/c", OTHER));
  get_control (request, 0)->map = LIMN_CONTROL_MAP_EDGE;
  get_control (request, 1)->strength = 0.5;
  get_control (request, 1)->start = 0.25;
  get_control (request, 1)->end = 0.75;
  return request;
}

static void
test_json (void)
{
  static const struct { const char *from, *to, *words; int code; } bad[] = {
    { "\"preprocessor\":\"edge\"", "\"preprocessor\":\"depth\"", "preprocessor", LIMN_ERROR_INVALID },
    { "\"strength\":0.5", "\"strength\":\"0.5\"", "strength", LIMN_ERROR_FORMAT },
    { "\"strength\":0.5", "\"strenght\":0.5", "stren", LIMN_ERROR_FORMAT },
    { ",\"end\":0.75", "", "end", LIMN_ERROR_FORMAT },
    { "\"controls\":[", "\"controls\":[7,", "controls", LIMN_ERROR_FORMAT },
    { "\"controls\":[", "\"controls\":null,\"x\":[", "x", LIMN_ERROR_FORMAT },
    { "{\"version\":4", "{\"version\":3", "controls", LIMN_ERROR_FORMAT },
  };
  g_autoptr(LimnRequest) request = make_request ();
  g_autofree char *json = limn_request_to_json (request);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnRequest) again = limn_request_new_from_json (json, "test", &error);

  g_assert_no_error (error);
  g_assert_true (limn_request_equal (request, again));
  g_assert_true (g_str_has_prefix (json, "{\"version\":4,"));
  g_assert_nonnull (strstr (json, "\"controls\":[{\"model\":\"~/edges.safetensors\",\"picture\":\"" PICTURE
                                  "\",\"preprocessor\":\"edge\",\"strength\":1.0,\"start\":0.0,\"end\":1.0},"));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_auto(GStrv) pieces = g_strsplit (json, bad[i].from, 2);
      g_autofree char *text = g_strjoinv (bad[i].to, pieces);

      g_assert_cmpuint (g_strv_length (pieces), ==, 2);
      g_assert_null (limn_request_new_from_json (text, "test", &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, LIMN_ERROR, bad[i].code);
      g_assert_nonnull (strstr (error->message, bad[i].words));
      g_clear_error (&error);
    }
}

/* Order counts, and every field. */
static void
test_equal (void)
{
  for (guint i = 0; i < 8; i++)
    {
      g_autoptr(LimnRequest) a = make_request ();
      g_autoptr(LimnRequest) b = limn_request_copy (a);
      LimnRequestControl *control = get_control (b, 1);

      g_assert_true (limn_request_equal (a, b));
      switch (i)
        {
        case 0: g_free (control->model); control->model = g_strdup ("/d"); break;
        case 1: g_free (control->picture); control->picture = g_strdup (PICTURE); break;
        case 2: control->map = LIMN_CONTROL_MAP_SCRIBBLE; break;
        case 3: control->strength = 0.6; break;
        case 4: control->start = 0.3; break;
        case 5: control->end = 1; break;
        case 6: g_ptr_array_remove_index (b->controls, 1); break;
        default:
          g_ptr_array_insert (b->controls, 0, g_ptr_array_steal_index (b->controls, 1));
          break;
        }
      g_assert_false (limn_request_equal (a, b));
      g_assert_false (limn_request_equal_picture (a, b));
      g_assert_true (limn_request_check (b, NULL));
    }
}

static void
test_check (void)
{
  for (guint i = 0;; i++)
    {
      g_autoptr(LimnRequest) request = make_request ();
      LimnRequestControl *control = get_control (request, 1);
      g_autoptr(GError) error = NULL;
      const char *says = NULL;

      switch (i)
        {
        case 0: control->strength = 2.1; says = "strength"; break;
        case 1: control->strength = NAN; says = "strength"; break;
        case 2: control->strength = -0.1; says = "strength"; break;
        case 3: control->start = 0.8; says = "begin"; break;
        case 4: control->end = 1.5; says = "begin"; break;
        case 5: control->end = NAN; says = "begin"; break;
        case 6: g_clear_pointer (&control->model, g_free); says = "choose its file"; break;
        case 7: control->picture[3] = 'x'; says = "64 digits"; break;
        case 8: control->map = 9; says = "preprocessor"; break;
        case 9:
          while (request->controls->len <= LIMN_REQUEST_MAX_CONTROLS)
            limn_request_add_control (request, limn_request_control_new ("/c", PICTURE));
          says = "1 to 8";
          break;
        default: return;
        }
      g_assert_false (limn_request_check (request, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, says));
    }
}

static guint
count_active (double start, double end, guint n_steps)
{
  g_autoptr(LimnRequestControl) control = limn_request_control_new ("/c", PICTURE);
  guint n = 0;

  control->start = start;
  control->end = end;
  for (guint i = 0; i < n_steps; i++)
    n += limn_request_control_is_active (control, i, n_steps);
  return n;
}

/* What ends where another begins leaves no step to both and none to neither. */
static void
test_range (void)
{
  g_assert_cmpuint (count_active (0, 1, 20), ==, 20);
  g_assert_cmpuint (count_active (0, 0.5, 20), ==, 10);
  g_assert_cmpuint (count_active (0.25, 0.5, 20), ==, 5);
  g_assert_cmpuint (count_active (0, 0.29, 100), ==, 29);
  g_assert_cmpuint (count_active (0.29, 1, 100), ==, 71);
  g_assert_cmpuint (count_active (0.5, 0.5, 20), ==, 0);
  for (guint n = 1; n < 50; n++)
    for (guint k = 0; k <= 10; k++)
      g_assert_cmpuint (count_active (0, k / 10.0, n) + count_active (k / 10.0, 1, n), ==, n);
}

static char *
add_picture (LimnStash *stash, guint8 level)
{
  g_autofree guint8 *pixels = g_malloc (64 * 3);
  g_autoptr(LimnImage) image = NULL;

  memset (pixels, level, 64 * 3);
  image = limn_image_new_take (LIMN_PIXEL_RGB8, 8, 8, g_steal_pointer (&pixels), NULL);
  return limn_stash_add (stash, image);
}

/* What is drawn by goes into the PNG and out of it again, also that of the picture from which this one parts. */
static void
test_embedded (void)
{
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnStash) empty = limn_stash_new (NULL, NULL);
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autoptr(LimnRequest) from = limn_request_new ();
  g_autofree char *first = add_picture (stash, 10);
  g_autofree char *second = add_picture (stash, 20);
  g_autoptr(GPtrArray) texts = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnImage) image = NULL;
  g_autoptr(LimnImage) other = NULL;

  limn_request_add_control (from, limn_request_control_new ("/c", second));
  limn_request_add_control (request, limn_request_control_new ("/c", first));
  limn_request_add_control (request, limn_request_control_new ("/d", first));
  limn_request_take_branch (request, limn_request_branch_new (from, 3));
  texts = limn_embedded_new_texts (request, stash, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (texts->len, ==, 2);
  g_assert_true (limn_embedded_unpack (texts, request, empty, &error));
  g_assert_no_error (error);
  image = limn_stash_load (empty, first, &error);
  g_assert_no_error (error);
  other = limn_stash_load (empty, second, &error);
  g_assert_no_error (error);
}

void
test_control_add (void)
{
  g_test_add_func ("/control/json", test_json);
  g_test_add_func ("/control/equal", test_equal);
  g_test_add_func ("/control/check", test_check);
  g_test_add_func ("/control/range", test_range);
  g_test_add_func ("/control/embedded", test_embedded);
}
