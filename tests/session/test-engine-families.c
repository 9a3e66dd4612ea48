/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* SDXL from words to picture: two text encoders, their states side by side, the vector of pooled text and sizes. With a tiny cousin of it, whose numbers
 * tests/model holds against PyTorch's: here it counts that all of it gets to the network. */

#include "test-engine.h"

#include "session/limn-contexts.h"
#include "session/limn-engine-model.h"
#include "session/limn-preview-decoder.h"
#include "session/limn-reel.h"
#include "session/limn-session.h"
#include "tests/limn-cousins.h"
#include "tests/limn-test-folder.h"
#include "tests/limn-test-taesd.h"

#include <gio/gio.h>

typedef struct
{
  LimnGlOptions  options;
  LimnSession   *session;
  char          *folder;
} Fixture;

/* The cousins have as many tokens as the starter model, whose tokenizer they take. */
static void
copy_tokenizer (const char *folder)
{
  static const char *const files[] = { "vocab.json", "merges.txt", "special_tokens_map.json" };
  g_autofree char *to = g_build_filename (folder, "tokenizer", NULL);

  g_assert_cmpint (g_mkdir_with_parents (to, 0700), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *from = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "tests", "vocabulary", files[i], NULL);
      g_autofree char *copy = g_build_filename (to, files[i], NULL);
      g_autofree char *text = NULL;
      gsize n;

      if (g_file_get_contents (from, &text, &n, NULL))
        g_assert_true (g_file_set_contents (copy, text, n, NULL));
    }
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *tables = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "tests", "model", "cousins", "tensors.txt", NULL);

  f->folder = g_dir_make_tmp ("limn-families-XXXXXX", NULL);
  limn_cousin_write_folder (LIMN_COUSIN_SDXL, tables, f->folder);
  copy_tokenizer (f->folder);
  f->options = test_engine_get_options ();
  f->session = limn_session_new (limn_engine_model_open, &f->options, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_object_unref (f->session);
  limn_test_remove_folder (f->folder);
  g_free (f->folder);
}

static LimnRequest *
new_request (Fixture *f, const char *prompt, const char *negative)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_model (request, f->folder);
  limn_request_set_prompt (request, prompt);
  limn_request_set_negative (request, negative);
  request->seed = 11;
  request->steps = 2;
  request->sampler = LIMN_SAMPLER_EULER;
  request->cfg = 4;
  request->width = request->height = 32;
  request->preview = LIMN_PREVIEW_NONE;
  return request;
}

static LimnResult *
paint (Fixture *f, const LimnRequest *request)
{
  g_autoptr(GError) error = NULL;
  LimnResult *result = limn_session_generate_sync (f->session, request, NULL, NULL, &error);

  g_assert_no_error (error);
  return result;
}

static guint64
count_different (const LimnResult *a, const LimnResult *b)
{
  LimnImageDifference difference;

  g_assert_true (limn_image_compare (a->picture, b->picture, &difference, NULL));
  return difference.n_pixels;
}

static void
test_sdxl (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) request = new_request (f, "a red house", "snow");
  g_autoptr(LimnRequest) other = new_request (f, "a red boat", "snow");
  g_autoptr(LimnRequest) without = new_request (f, "a red house", "");
  g_autoptr(LimnRequest) skipped = new_request (f, "a red house", "snow");
  g_autoptr(LimnRequest) own = new_request (f, "a red house", "snow");
  g_autoptr(LimnRequest) both = new_request (f, "a red house AND a boat", "snow");
  g_autoptr(LimnResult) a = paint (f, request);
  g_autoptr(LimnResult) again = paint (f, request);

  g_assert_cmpuint (count_different (a, again), ==, 0);
  skipped->clip_skip = 1;
  own->clip_skip = 2;
  {
    const LimnRequest *const others[] = { other, without, skipped, both };

    for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
      {
        g_autoptr(LimnResult) b = paint (f, others[i]);

        g_assert_cmpuint (count_different (a, b), >, 0);
      }
  }
  /* The second layer from the end is SDXL's own. */
  {
    g_autoptr(LimnResult) b = paint (f, own);

    g_assert_cmpuint (count_different (a, b), ==, 0);
  }
}

static gboolean
is_zero (const float *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (values[i] != 0)
      return FALSE;
  return TRUE;
}

/* Who says nothing in the negative prompt has zeros there, the sizes apart; an empty prompt is a text. */
static void
test_empty (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *prompt;
    const char *negative;
    gboolean    zero;
  } table[] = { { "a red house", "", TRUE }, { "", "snow", FALSE }, { "", "", TRUE }, { "a red house", " ", FALSE } };
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnGl) gl = limn_gl_new (&f->options, &error);
  g_autoptr(LimnPipeline) pipeline = NULL;
  g_autoptr(LimnContexts) contexts = NULL;

  g_assert_no_error (error);
  pipeline = limn_pipeline_open (gl, f->folder, LIMN_DTYPE_F16, NULL, &error);
  g_assert_no_error (error);
  contexts = limn_contexts_new (pipeline);
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr(LimnRequest) request = new_request (f, table[i].prompt, table[i].negative);
      const LimnConditioning *negative;
      LimnContextsStep told;

      g_assert_true (limn_contexts_set (contexts, request, 2, TRUE, NULL, &error));
      g_assert_no_error (error);
      limn_contexts_get (contexts, 1, &told);
      negative = told.negative;
      g_assert_cmpint (is_zero (negative->states, (gsize) negative->tokens * negative->width), ==, table[i].zero);
      g_assert_cmpint (is_zero (negative->vector, negative->n_pooled), ==, table[i].zero);
      g_assert_false (is_zero (negative->vector + negative->n_pooled, negative->vector_width - negative->n_pooled));
      g_assert_false (is_zero (told.parts[0]->states, (gsize) told.tokens * told.parts[0]->width));
      g_assert_false (is_zero (told.parts[0]->vector, negative->n_pooled));
    }
}

/* --- Small decoders for previews --- */

static void
collect_steps (LimnFeed *feed, gpointer data)
{
  g_autoptr(GPtrArray) steps = limn_feed_take_steps (feed);

  for (guint i = 0; i < steps->len; i++)
    g_ptr_array_add (data, limn_step_ref (g_ptr_array_index (steps, i)));
}

typedef struct
{
  LimnResult *result;
  GPtrArray  *steps;
  LimnReel   *reel;
} Painted;

static void
painted_clear (Painted *painted)
{
  limn_result_free (painted->result);
  g_ptr_array_unref (painted->steps);
  g_object_unref (painted->reel);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Painted, painted_clear)

static void
watch (Fixture *f, const LimnRequest *request, Painted *painted)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnFeed) feed = NULL;

  painted->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_step_unref);
  feed = limn_feed_new (collect_steps, painted->steps, NULL);
  painted->result = limn_session_generate_sync (f->session, request, feed, NULL, &error);
  g_assert_no_error (error);
  collect_steps (feed, painted->steps);
  painted->reel = limn_reel_new_live (f->session, limn_feed_get_start (feed), "01234567-89ab-4def-8123-456789abcdef");
  for (guint i = 0; i < painted->steps->len; i++)
    limn_reel_append (painted->reel, g_ptr_array_index (painted->steps, i));
}

static gboolean
same_image (LimnImage *a, LimnImage *b)
{
  LimnImageDifference difference;

  g_assert_true (limn_image_compare (a, b, &difference, NULL));
  return difference.n_pixels == 0;
}

static void
store_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

/* What is asked for later: from the kept latent. */
static LimnImage *
get_frame (LimnReel *reel, guint step)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  LimnImage *frame;

  limn_reel_get_frame_async (reel, step, NULL, store_result, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  frame = limn_reel_get_frame_finish (reel, result, &error);
  g_assert_no_error (error);
  return frame;
}

/* Previews by a small decoder: they are, they look otherwise, and everything else stays as it is without: the latents, the picture, and every
 * frame that is looked at or exported afterwards. */
static void
test_previews (Fixture *f, gconstpointer data)
{
  g_autofree char *sd = g_build_filename (f->folder, "taesd_decoder.safetensors", NULL);
  g_autofree char *xl = g_build_filename (f->folder, "taesdxl_decoder.safetensors", NULL);
  g_autoptr(LimnResources) other = limn_resources_new ();
  g_autoptr(LimnResources) both = limn_resources_new ();
  g_autoptr(LimnRequest) request = new_request (f, "a red house", "snow");
  g_auto(Painted) plain = { NULL }, unfit = { NULL }, small = { NULL }, damaged = { NULL };

  request->steps = 3;
  request->preview = LIMN_PREVIEW_NOISY;
  limn_test_taesd_write (sd, 0, 64, NULL);
  limn_test_taesd_write (xl, 0, 64, NULL);
  limn_resources_add (other, LIMN_RESOURCE_TAESD, NULL, sd);
  limn_resources_add (both, LIMN_RESOURCE_TAESD, NULL, sd);
  limn_resources_add (both, LIMN_RESOURCE_TAESD, NULL, xl);

  watch (f, request, &plain);
  limn_session_set_previews (f->session, other);
  watch (f, request, &unfit);
  limn_session_set_previews (f->session, both);
  watch (f, request, &small);
  limn_test_taesd_write (xl, 0, 32, NULL);
  g_clear_object (&f->session);
  f->session = limn_session_new (limn_engine_model_open, &f->options, NULL);
  limn_session_set_previews (f->session, both);
  watch (f, request, &damaged);

  for (guint i = 0; i < 3; i++)
    {
      const LimnStep *a = g_ptr_array_index (plain.steps, i), *b = g_ptr_array_index (unfit.steps, i);
      const LimnStep *c = g_ptr_array_index (small.steps, i), *d = g_ptr_array_index (damaged.steps, i);

      g_assert_false (a->rough || b->rough || d->rough);
      g_assert_cmpint (c->rough, ==, i < 2);
      g_assert_true (same_image (a->frame, b->frame));
      g_assert_true (same_image (a->frame, d->frame));
      g_assert_cmpint (same_image (a->frame, c->frame), ==, i == 2);
      g_assert_true (g_bytes_equal (a->latent, c->latent));
      g_assert_true (limn_reel_has_full_frame (plain.reel, i + 1));
      g_assert_cmpint (limn_reel_has_full_frame (small.reel, i + 1), ==, i == 2);
      g_assert_true (same_image (limn_reel_peek_frame (small.reel, i + 1), c->frame));
    }
  g_assert_cmpuint (count_different (plain.result, small.result), ==, 0);
  g_assert_cmpuint (count_different (plain.result, damaged.result), ==, 0);
}

/* The reel decodes by its session, which is there. */
static void
test_previews_later (Fixture *f, gconstpointer data)
{
  g_autofree char *xl = g_build_filename (f->folder, "taesdxl_decoder.safetensors", NULL);
  g_autoptr(LimnResources) resources = limn_resources_new ();
  g_autoptr(LimnRequest) request = new_request (f, "a red house", "snow");
  g_auto(Painted) plain = { NULL }, small = { NULL };

  request->preview = LIMN_PREVIEW_NOISY;
  limn_test_taesd_write (xl, 1, 64, NULL);
  limn_resources_add (resources, LIMN_RESOURCE_TAESD, NULL, xl);
  watch (f, request, &plain);
  limn_session_set_previews (f->session, resources);
  watch (f, request, &small);
  for (guint step = 1; step <= 2; step++)
    {
      const LimnStep *exact = g_ptr_array_index (plain.steps, step - 1);
      g_autoptr(LimnImage) frame = get_frame (small.reel, step);

      g_assert_true (same_image (frame, exact->frame));
      g_assert_true (limn_reel_has_full_frame (small.reel, step));
    }
}

/* Where they are looked for. */
static void
test_previews_found (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-previews-XXXXXX", NULL);
  g_autofree char *model = g_build_filename (folder, "model.safetensors", NULL);
  g_autofree char *approx = g_build_filename (folder, "vae_approx", NULL);
  g_autofree char *sd = g_build_filename (approx, "taesd_decoder.pth", NULL);
  g_autofree char *own = g_build_filename (folder, "own", "taesd", NULL);
  g_autoptr(LimnResources) none = limn_resources_new ();
  g_autoptr(LimnResources) some = limn_resources_new ();
  g_autofree char *nothing = NULL;
  g_autofree char *beside = NULL;
  g_autofree char *for_xl = NULL;
  g_autofree char *named = NULL;

  limn_resources_add (some, LIMN_RESOURCE_TAESD, NULL, own);
  nothing = limn_preview_decoder_find (none, model, 0.18215);
  g_assert_null (nothing);
  g_assert_cmpint (g_mkdir_with_parents (approx, 0700), ==, 0);
  g_assert_true (g_file_set_contents (sd, "x", 1, NULL));
  beside = limn_preview_decoder_find (none, model, 0.18215);
  for_xl = limn_preview_decoder_find (some, model, 0.13025);
  named = limn_preview_decoder_find (some, model, 0.18215);
  g_assert_cmpstr (beside, ==, sd);
  g_assert_null (for_xl);
  g_assert_cmpstr (named, ==, own);
  g_assert_null (limn_preview_decoder_find (none, NULL, 0.18215));
  limn_test_remove_folder (folder);
}

void
test_engine_families_add (void)
{
  g_test_add ("/engine/families/sdxl", Fixture, NULL, set_up, test_sdxl, tear_down);
  g_test_add ("/engine/families/empty", Fixture, NULL, set_up, test_empty, tear_down);
  g_test_add ("/engine/families/previews/painted", Fixture, NULL, set_up, test_previews, tear_down);
  g_test_add ("/engine/families/previews/later", Fixture, NULL, set_up, test_previews_later, tear_down);
  g_test_add_func ("/engine/families/previews/found", test_previews_found);
}
