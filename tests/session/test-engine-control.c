/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Pictures that are drawn by others, with the starter model and ControlNets made of it. */

#include "test-engine.h"

#include "base/limn-error.h"
#include "session/limn-control-picture.h"
#include "session/limn-engine-model.h"
#include "session/limn-engine-model-private.h"
#include "session/limn-request-lora.h"
#include "session/limn-session.h"
#include "tests/limn-test-control.h"
#include "tests/limn-test-folder.h"

#include <math.h>
#include <string.h>

#define UNET "data/starter-model/unet/diffusion_pytorch_model.safetensors"

typedef struct
{
  LimnGlOptions  options;
  LimnStash     *stash;
  LimnSession   *session;
  char          *folder;
  char          *zero;
  char          *random;
  char          *picture; /* id: a bright disc on black, wider than high */
} Fixture;

static char *
write_net (Fixture *f, const char *name, LimnTestControl kind, guint context_width)
{
  g_autofree char *unet = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), UNET, NULL);
  char *path = g_build_filename (f->folder, name, NULL);

  limn_test_control_write (path, unet, kind, NULL, context_width);
  return path;
}

static LimnImage *
make_disc (guint width, guint height)
{
  guint8 *rgb = g_malloc ((gsize) width * height * 3);

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      memset (rgb + 3 * ((gsize) y * width + x), hypot (x + 0.5 - width / 2.0, y + 0.5 - height / 2.0) < height / 3.0 ? 220 : 20, 3);
  return limn_image_new_take (LIMN_PIXEL_RGB8, width, height, rgb, NULL);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) disc = make_disc (96, 48);

  f->options = test_engine_get_options ();
  f->stash = limn_stash_new (NULL, NULL);
  f->session = limn_session_new (limn_engine_model_open, &f->options, NULL);
  limn_session_set_stash (f->session, f->stash);
  f->folder = g_dir_make_tmp ("limn-control-XXXXXX", NULL);
  f->zero = write_net (f, "zero.safetensors", LIMN_TEST_CONTROL_ZERO, 0);
  f->random = write_net (f, "random.safetensors", LIMN_TEST_CONTROL_RANDOM, 0);
  f->picture = limn_stash_add (f->stash, disc);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_object_unref (f->session);
  limn_stash_unref (f->stash);
  limn_test_remove_folder (f->folder);
  g_free (f->folder);
  g_free (f->zero);
  g_free (f->random);
  g_free (f->picture);
}

static LimnRequest *
new_request (void)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, "a red house");
  request->seed = 11;
  request->steps = 4;
  request->sampler = LIMN_SAMPLER_EULER;
  request->cfg = 4;
  request->width = request->height = 32;
  request->preview = LIMN_PREVIEW_NONE;
  return request;
}

static LimnRequestControl *
add_control (LimnRequest *request, const char *model, const char *picture)
{
  LimnRequestControl *control = limn_request_control_new (model, picture);

  limn_request_add_control (request, control);
  return control;
}

static LimnResult *
paint (Fixture *f, const LimnRequest *request)
{
  g_autoptr(GError) error = NULL;
  LimnResult *result = limn_session_generate_sync (f->session, request, NULL, NULL, &error);

  g_assert_no_error (error);
  return result;
}

/* Steps of which the latent is the same in both, x_T apart. */
static guint
count_shared (const LimnResult *a, const LimnResult *b)
{
  guint n = 0;

  g_assert_cmpuint (a->fingerprints->len, ==, b->fingerprints->len);
  while (n + 1 < a->fingerprints->len && g_str_equal (g_array_index (a->fingerprints, LimnFingerprint, n + 1).hash,
                                                      g_array_index (b->fingerprints, LimnFingerprint, n + 1).hash))
    n++;
  return n;
}

static guint64
count_different (const LimnResult *a, const LimnResult *b)
{
  LimnImageDifference difference;

  g_assert_true (limn_image_compare (a->picture, b->picture, &difference, NULL));
  return difference.n_pixels;
}

static void
test_zero (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnResult) plain = paint (f, request);
  g_autoptr(LimnResult) zero = NULL;
  g_autoptr(LimnResult) silent = NULL;
  g_autoptr(LimnResult) never = NULL;

  add_control (request, f->zero, f->picture)->map = LIMN_CONTROL_MAP_EDGE;
  zero = paint (f, request);
  g_assert_cmpuint (count_shared (plain, zero), ==, 4);
  g_assert_cmpuint (count_different (plain, zero), ==, 0);

  limn_request_controls_clear (&request->controls);
  add_control (request, f->random, f->picture)->strength = 0;
  silent = paint (f, request);
  g_assert_cmpuint (count_shared (plain, silent), ==, 4);
  g_assert_cmpuint (count_different (plain, silent), ==, 0);

  limn_request_controls_clear (&request->controls);
  add_control (request, f->random, f->picture)->end = 0;
  never = paint (f, request);
  g_assert_cmpuint (count_different (plain, never), ==, 0);
}

/* From its first step on, until its last; with a strength; by its picture, and by what is made of that. */
static void
test_range (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnResult) plain = paint (f, request);
  g_autoptr(LimnResult) whole = NULL;
  g_autoptr(LimnResult) late = NULL;
  g_autoptr(LimnResult) early = NULL;
  g_autoptr(LimnResult) edges = NULL;
  g_autoptr(LimnResult) both = NULL;
  LimnRequestControl *control = add_control (request, f->random, f->picture);

  whole = paint (f, request);
  g_assert_cmpuint (count_shared (plain, whole), ==, 0);
  g_assert_cmpuint (count_different (plain, whole), >, 100);
  control->start = 0.5;
  late = paint (f, request);
  g_assert_cmpuint (count_shared (plain, late), ==, 2);
  control->start = 0;
  control->end = 0.75;
  early = paint (f, request);
  g_assert_cmpuint (count_shared (whole, early), ==, 3);
  control->end = 1;
  control->map = LIMN_CONTROL_MAP_EDGE;
  edges = paint (f, request);
  g_assert_cmpuint (count_shared (whole, edges), ==, 0);
  add_control (request, f->random, f->picture)->strength = 0.5;
  both = paint (f, request);
  g_assert_cmpuint (count_shared (edges, both), ==, 0);
  /* What it was drawn by is known by more than its name. */
  g_assert_nonnull (strstr (both->model_files, "\"control:random\":\""));
  g_assert_null (strstr (plain->model_files, "control:"));
}

/* A branch may have others, and shares what comes before; alone or with the steps that are kept. */
static void
test_branch (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnRequest) branch = NULL;
  g_autoptr(LimnRequest) same = NULL;
  g_autoptr(LimnResult) whole = NULL;
  g_autoptr(LimnResult) parted = NULL;
  g_autoptr(LimnResult) again = NULL;
  g_autoptr(LimnSession) other = NULL;
  g_autoptr(GError) error = NULL;

  add_control (request, f->random, f->picture)->start = 0.25;
  whole = paint (f, request);
  branch = limn_request_copy (request);
  limn_request_controls_clear (&branch->controls);
  limn_request_take_branch (branch, limn_request_branch_new (request, 2));
  parted = paint (f, branch);
  g_assert_cmpuint (count_shared (whole, parted), ==, 2);

  other = limn_session_new (limn_engine_model_open, &f->options, NULL);
  limn_session_set_stash (other, f->stash);
  again = limn_session_generate_sync (other, branch, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_shared (parted, again), ==, 4);
  same = limn_request_copy (request);
  limn_request_take_branch (same, limn_request_branch_new (request, 2));
  g_clear_pointer (&again, limn_result_free);
  again = paint (f, same);
  g_assert_cmpuint (count_shared (whole, again), ==, 4);
}

/* In windows each sees its part of the picture; over a source it lies where that lies. What says nothing changes nothing there either. */
static void
test_windows_and_source (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) start = make_disc (40, 40);
  g_autofree char *start_id = limn_stash_add (f->stash, start);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnRequest) request = new_request ();
      g_autoptr(LimnResult) plain = NULL;
      g_autoptr(LimnResult) zero = NULL;
      g_autoptr(LimnResult) drawn = NULL;
      guint n_steps = 2;

      request->steps = 2;
      if (i == 0)
        {
          request->width = 96;
          request->height = 64;
          request->tile = 64;
          request->overlap = 16;
        }
      else
        {
          request->width = request->height = 40;
          request->source = limn_request_source_new (start_id);
          request->source->strength = 1;
        }
      plain = paint (f, request);
      add_control (request, f->zero, f->picture);
      zero = paint (f, request);
      g_assert_cmpuint (count_shared (plain, zero), ==, n_steps);
      limn_request_controls_clear (&request->controls);
      add_control (request, f->random, f->picture)->map = LIMN_CONTROL_MAP_LUMINANCE;
      drawn = paint (f, request);
      g_assert_cmpuint (count_shared (plain, drawn), ==, 0);
    }
}

/* What cannot be is said before the first step. */
static void
test_refused (Fixture *f, gconstpointer data)
{
  g_autofree char *wide = write_net (f, "wide.safetensors", LIMN_TEST_CONTROL_ZERO, 768);
  g_autofree char *nowhere = g_build_filename (f->folder, "nowhere.safetensors", NULL);

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(LimnRequest) request = new_request ();
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnResult) result = NULL;

      add_control (request, i == 0 ? wide : i == 1 ? nowhere : f->zero,
                   i == 2 ? "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff" : f->picture);
      result = limn_session_generate_sync (f->session, request, NULL, NULL, &error);
      g_assert_null (result);
      g_test_message ("%s", error->message);
      if (i == 0)
        g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
      if (i == 1)
        g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    }
}

/* The disc's left edge, four times as large: one line, as wide as the network's pixels are. */
static void
assert_thin_line (const LimnControlPicture *edges)
{
  for (guint y = 0; y < 64; y++)
    {
      guint n = 0;

      for (guint x = 0; x < 64; x++)
        {
          float value = edges->hint[y * 64 + x];

          g_assert_true (value == 0 || value == 1);
          n += value == 1;
        }
      g_assert_cmpuint (n, >=, 1);
      g_assert_cmpuint (n, <=, 3);
    }
}

/* Where the picture lies: cut to the request's shape around its middle, and to what is worked on. */
static void
test_place (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) request = new_request ();
  g_autoptr(LimnRequestControl) control = limn_request_control_new (f->random, f->picture);
  g_autoptr(LimnImage) disc = make_disc (96, 48);
  g_autoptr(LimnControlPicture) whole = NULL;
  g_autoptr(LimnControlPicture) part = NULL;
  g_autoptr(LimnControlPicture) edges = NULL;
  g_autoptr(LimnImage) map = NULL;
  g_autoptr(GError) error = NULL;
  const LimnSourcePlan left = { .width = 48, .height = 48, .x = 0, .y = 16, .zoom = 4, .width_lt = 8, .height_lt = 8, .factor = 8 };
  const LimnSourcePlan plan = { .width = 48, .height = 48, .x = 16, .y = 16, .zoom = 4, .width_lt = 8, .height_lt = 8, .factor = 8 };

  request->width = request->height = 48;
  whole = limn_control_picture_new (control, request, NULL, disc, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (whole->width, ==, 48);
  g_assert_cmpuint (whole->height, ==, 48);
  for (guint y = 0; y < 48; y++)
    for (guint x = 0; x < 48; x++)
      g_assert_cmpfloat_with_epsilon (whole->hint[y * 48 + x], limn_image_get_row (disc, y)[3 * (x + 24)] / 255.0f, 1e-6);
  /* The middle 16 pixels, four times as large: all inside the disc. */
  part = limn_control_picture_new (control, request, &plan, disc, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (part->width, ==, 64);
  for (guint i = 0; i < 3 * 64 * 64; i++)
    g_assert_cmpfloat_with_epsilon (part->hint[i], 220 / 255.0f, 1e-6);
  control->map = LIMN_CONTROL_MAP_EDGE;
  edges = limn_control_picture_new (control, request, &left, disc, &error);
  g_assert_no_error (error);
  assert_thin_line (edges);
  map = limn_control_picture_dup_map (whole, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_image_get_row (map, 24)[3 * 24], ==, 220);
}

/* What the engine says of @request before anything is read, and when everything is there. */
static LimnPipelinePlan
check_forecast (Fixture *f, const LimnRequest *request, guint64 limit, guint64 *need)
{
  const LimnEngineShape shape = { 4, 4, 4, 4, 0, 0 };
  g_autoptr(GError) error = NULL;
  LimnEngine *engine = limn_engine_model_open (&f->options, request, NULL, &error);
  LimnGl *gl = limn_engine_model_get_gl (engine);
  guint64 after, given;
  LimnPipelinePlan plan, plan_after;

  g_assert_no_error (error);
  limn_gl_set_budget_bytes (gl, limit);
  g_assert_true (engine->get_need (engine, request, &shape, TRUE, need, &given, &plan, &error));
  g_assert_cmpuint (given, ==, limit);
  g_assert_cmpuint (limn_gl_get_allocated_bytes (gl), ==, 0);
  if (plan < LIMN_PLAN_NONE)
    {
      g_assert_true (engine->load (engine, request, NULL, &error));
      g_assert_no_error (error);
      g_assert_true (engine->get_need (engine, request, &shape, TRUE, &after, &given, &plan_after, &error));
      g_assert_cmpuint (after, ==, *need);
      g_assert_cmpint (plan_after, ==, plan);
      g_assert_true (engine->load_controls (engine, request, NULL, &error));
      g_assert_no_error (error);
      g_assert_true (engine->get_need (engine, request, &shape, TRUE, &after, &given, &plan_after, &error));
      g_assert_cmpuint (after, ==, *need);
      g_assert_cmpint (plan_after, ==, plan);
    }
  limn_engine_free (engine);
  return plan;
}

/* With a LoRA, with a ControlNet, with as much memory as there is and with less and less. */
static void
test_forecast (Fixture *f, gconstpointer data)
{
  g_autofree char *lora = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "tests/model/reference/lora/kohya.safetensors", NULL);
  g_autoptr(LimnRequest) plain = new_request ();
  g_autoptr(LimnRequest) with_lora = new_request ();
  g_autoptr(LimnRequest) controlled = new_request ();
  LimnPipelinePlan plan = LIMN_PLAN_WHOLE;
  guint64 need, same, more, limit = G_MAXUINT64;

  limn_request_add_lora (with_lora, lora, 1, 1);
  limn_request_add_lora (controlled, lora, 1, 1);
  add_control (controlled, f->random, f->picture);
  check_forecast (f, plain, G_MAXUINT64, &need);
  check_forecast (f, with_lora, G_MAXUINT64, &same);
  g_assert_cmpuint (same, ==, need);
  while (plan < LIMN_PLAN_NONE)
    {
      plan = check_forecast (f, controlled, limit, &more);
      if (limit == G_MAXUINT64)
        g_assert_cmpuint (more, >, need);
      limit = more - 1;
    }
}

void
test_engine_control_add (void)
{
  g_test_add ("/engine/control/zero", Fixture, NULL, set_up, test_zero, tear_down);
  g_test_add ("/engine/control/range", Fixture, NULL, set_up, test_range, tear_down);
  g_test_add ("/engine/control/branch", Fixture, NULL, set_up, test_branch, tear_down);
  g_test_add ("/engine/control/windows-and-source", Fixture, NULL, set_up, test_windows_and_source, tear_down);
  g_test_add ("/engine/control/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/engine/control/place", Fixture, NULL, set_up, test_place, tear_down);
  g_test_add ("/engine/control/forecast", Fixture, NULL, set_up, test_forecast, tear_down);
}
