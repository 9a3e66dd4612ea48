/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* SDXL from words to picture: two text encoders, their states side by side, the vector of pooled text and sizes. With a tiny cousin of it, whose numbers
 * tests/model holds against PyTorch's: here it counts that all of it gets to the network. */

#include "test-engine.h"

#include "session/limn-contexts.h"
#include "session/limn-engine-model.h"
#include "session/limn-session.h"
#include "tests/limn-cousins.h"
#include "tests/limn-test-folder.h"

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
      g_autofree char *from = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "data", "starter-model", "tokenizer", files[i], NULL);
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

void
test_engine_families_add (void)
{
  g_test_add ("/engine/families/sdxl", Fixture, NULL, set_up, test_sdxl, tear_down);
  g_test_add ("/engine/families/empty", Fixture, NULL, set_up, test_empty, tear_down);
}
