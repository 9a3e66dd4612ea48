/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* What mixed prompts are to the network, with the starter model's own text encoder. */

#include "test-engine.h"

#include "base/limn-error.h"
#include "gl/limn-gl.h"
#include "session/limn-contexts.h"
#include "session/limn-request-word.h"

#include <glib/gstdio.h>
#include <string.h>

/* More than a chunk: 75 tokens. */
#define LONG                                                                                                                      \
  "a red house, a green hill, a blue lake, a white boat, a yellow moon, a black cat, a brown dog, a grey stone, a pink flower, "  \
  "a red house, a green hill, a blue lake, a white boat, a yellow moon, a black cat, a brown dog, a grey stone, a pink flower, "  \
  "a red house, a green hill, a blue lake, a white boat, a yellow moon, a black cat, a brown dog, a grey stone, a pink flower"

typedef struct
{
  LimnGl       *gl;
  LimnPipeline *pipeline;
  LimnContexts *contexts;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  LimnGlOptions options = test_engine_get_options ();
  g_autoptr(GError) error = NULL;

  f->gl = limn_gl_new (&options, &error);
  g_assert_no_error (error);
  f->pipeline = limn_pipeline_open (f->gl, NULL, LIMN_DTYPE_F32, NULL, &error);
  g_assert_no_error (error);
  f->contexts = limn_contexts_new (f->pipeline);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  limn_contexts_free (f->contexts);
  limn_pipeline_free (f->pipeline);
  limn_gl_free (f->gl);
}

static LimnRequest *
new_end (const char *prompt, const char *negative)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, prompt);
  limn_request_set_negative (request, negative);
  return request;
}

static LimnRequest *
new_pad (double u, double v)
{
  static const char *const prompts[][2] = { { "a red house", "snow" }, { LONG, "" }, { "a boat", "snow" }, { "a cat", "(rain:1.3)" } };
  LimnRequest *request = new_end ("nobody reads this", "nor this");
  LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_NOISE, 4);

  for (guint i = 0; i < 4; i++)
    {
      g_autoptr(LimnRequest) end = new_end (prompts[i][0], prompts[i][1]);

      limn_request_mix_set_end (mix, i, end, NULL);
    }
  mix->u = u;
  mix->v = v;
  limn_request_take_mix (request, mix);
  return request;
}

/* Of a picture that is the same from the first step to the last: negative, prompt. (transfer full) */
static float *
dup_contexts (Fixture *f, const LimnRequest *request, gboolean guided, gsize *n)
{
  g_autoptr(GError) error = NULL;
  LimnContextsStep told, last;
  guint counted, n_contexts;
  gsize n_one;
  float *values;

  g_assert_true (limn_contexts_set (f->contexts, request, 10, guided, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (limn_contexts_is_set (f->contexts, !guided));
  g_assert_true (limn_contexts_is_set (f->contexts, guided));
  limn_contexts_get (f->contexts, 0, &told);
  limn_contexts_get (f->contexts, 9, &last);
  g_assert_true (told.parts == last.parts);
  g_assert_true (limn_contexts_measure (f->contexts, request, 10, guided, &counted, &n_contexts, &error));
  g_assert_cmpuint (told.tokens, ==, counted);
  g_assert_cmpuint (n_contexts, ==, guided ? 2 : 1);
  g_assert_cmpuint (told.n_parts, ==, 1);
  g_assert_cmpint (told.negative != NULL, ==, guided);
  n_one = (gsize) told.tokens * told.parts[0]->width;
  *n = n_contexts * n_one;
  values = g_new (float, *n);
  if (guided)
    memcpy (values, told.negative->states, n_one * sizeof *values);
  memcpy (values + (guided ? n_one : 0), told.parts[0]->states, n_one * sizeof *values);
  return values;
}

/* In a corner it is that end to the bit, in its own length, however long the others are; so it is where all ends say the same. */
static void
test_corners (Fixture *f, gconstpointer data)
{
  for (guint guided = 0; guided < 2; guided++)
    for (guint corner = 0; corner < 4; corner++)
      {
        g_autoptr(LimnRequest) pad = new_pad (corner % 2, corner / 2);
        gsize n, n_alone;
        g_autofree float *mixed = dup_contexts (f, pad, guided, &n);
        g_autofree float *alone = dup_contexts (f, pad->mix->ends[corner].request, guided, &n_alone);

        g_assert_cmpmem (mixed, n * sizeof *mixed, alone, n_alone * sizeof *alone);
      }
}

static void
test_same (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) pad = new_pad (0.3, 0.7);
  g_autoptr(LimnRequest) one = new_end ("a red house", "snow");
  g_autofree float *mixed = NULL;
  g_autofree float *alone = NULL;
  gsize n, n_alone;

  for (guint i = 0; i < 4; i++)
    limn_request_mix_set_end (pad->mix, i, one, NULL);
  mixed = dup_contexts (f, pad, TRUE, &n);
  alone = dup_contexts (f, one, TRUE, &n_alone);
  g_assert_cmpmem (mixed, n * sizeof *mixed, alone, n_alone * sizeof *alone);
}

/* Between ends it is straight, the shorter ones with an empty chunk behind them, as a negative prompt beside a long prompt has; and a
 * mix of mixes is what it says. One rounding to float. */
static void
test_between (Fixture *f, gconstpointer data)
{
  static const double weights[] = { 0.75 * 0.5, 0.25 * 0.5, 0.75 * 0.5, 0.25 * 0.5 };
  g_autoptr(LimnRequest) pad = new_pad (0.25, 0.5);
  g_autoptr(LimnRequest) outer = new_end ("", "");
  LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_NOISE, 2);
  g_autofree float *mixed = NULL;
  g_autofree float *nested = NULL;
  g_autofree double *want = NULL;
  gsize n, n_nested;

  mixed = dup_contexts (f, pad, TRUE, &n);
  want = g_new0 (double, n);
  for (guint i = 0; i < 4; i++)
    {
      /* The other half of the pair makes it as long as the longest. */
      g_autoptr(LimnRequest) prompt = new_end (pad->mix->ends[i].request->prompt, LONG);
      g_autoptr(LimnRequest) negative = new_end (LONG, pad->mix->ends[i].request->negative);
      gsize n_end;
      g_autofree float *a = dup_contexts (f, prompt, TRUE, &n_end);
      g_autofree float *b = dup_contexts (f, negative, TRUE, &n_end);

      g_assert_cmpuint (n_end, ==, n);
      for (gsize j = 0; j < n / 2; j++)
        {
          want[j] += weights[i] * b[j];
          want[n / 2 + j] += weights[i] * a[n / 2 + j];
        }
    }
  for (gsize j = 0; j < n; j++)
    g_assert_cmpfloat_with_epsilon (mixed[j], want[j], 1e-6);

  for (guint i = 0; i < 2; i++)
    limn_request_mix_set_end (mix, i, pad, NULL);
  mix->u = 0.5;
  limn_request_take_mix (outer, mix);
  nested = dup_contexts (f, outer, TRUE, &n_nested);
  g_assert_cmpmem (nested, n_nested * sizeof *nested, mixed, n * sizeof *mixed);
}

/* A hand on a pad: each text is encoded once; and what was pushed out by others is encoded again to the same bits. */
static void
test_memory (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) pad = new_pad (0.3, 0.3);
  g_autoptr(GString) endless = g_string_new (NULL);
  g_autofree float *before = NULL;
  g_autofree float *after = NULL;
  g_autoptr(LimnRequest) huge = NULL;
  gsize n, n_after;
  guint n_encoded;

  before = dup_contexts (f, pad, TRUE, &n);
  /* Four prompts, three negative ones. */
  g_assert_cmpuint (limn_contexts_get_n_encoded (f->contexts), ==, 7);
  for (guint i = 0; i < 20; i++)
    {
      pad->mix->u = (i + 1) / 22.0;
      g_free (dup_contexts (f, pad, TRUE, &n_after));
    }
  g_assert_cmpuint (limn_contexts_get_n_encoded (f->contexts), ==, 7);
  n_encoded = limn_contexts_get_n_encoded (f->contexts);

  for (guint i = 0; i < 500; i++)
    g_string_append_printf (endless, "word%u, ", i);
  huge = new_end (endless->str, "");
  for (guint i = 0; i < 8; i++)
    {
      limn_request_set_negative (huge, i % 2 ? "a" : "b");
      g_string_append (endless, "x, ");
      limn_request_set_prompt (huge, endless->str);
      g_free (dup_contexts (f, huge, TRUE, &n_after));
    }
  pad->mix->u = 0.3;
  after = dup_contexts (f, pad, TRUE, &n_after);
  /* Eight long ones, two beside them, and the seven anew. */
  g_assert_cmpuint (limn_contexts_get_n_encoded (f->contexts), >=, n_encoded + 8 + 2 + 7);
  g_assert_cmpmem (before, n * sizeof *before, after, n_after * sizeof *after);
}

/* --- What changes on the way --- */

/* At each of @n_steps steps: the very states of the plain prompts @says; "~" between. */
static void
check_steps (Fixture *f, const LimnRequest *request, guint n_steps, const char *says, const char *negatives)
{
  g_auto(GStrv) prompts = g_strsplit (says, "~", -1);
  g_auto(GStrv) others = g_strsplit (negatives, "~", -1);
  g_autoptr(LimnContexts) plain = limn_contexts_new (f->pipeline);
  g_autoptr(GError) error = NULL;

  for (guint step = 0; step < n_steps; step++)
    {
      g_autoptr(LimnRequest) alone = new_end (prompts[step], others[step]);
      LimnContextsStep told, want;

      g_assert_true (limn_contexts_set (f->contexts, request, n_steps, TRUE, NULL, &error));
      g_assert_true (limn_contexts_set (plain, alone, 1, TRUE, NULL, &error));
      g_assert_no_error (error);
      limn_contexts_get (f->contexts, step, &told);
      limn_contexts_get (plain, 0, &want);
      g_assert_cmpuint (told.n_parts, ==, 1);
      g_assert_cmpuint (told.tokens, ==, want.tokens);
      g_assert_cmpmem (told.parts[0]->states, (gsize) told.tokens * told.parts[0]->width * sizeof (float), want.parts[0]->states,
                       (gsize) want.tokens * want.parts[0]->width * sizeof (float));
      g_assert_cmpmem (told.negative->states, (gsize) told.tokens * told.parts[0]->width * sizeof (float), want.negative->states,
                       (gsize) want.tokens * want.parts[0]->width * sizeof (float));
    }
}

static void
test_schedules (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) schedule = new_end ("a [red:blue:0.5] house", "[snow::1]");
  g_autoptr(LimnRequest) turns = new_end ("[a cat|a dog]", "");
  g_autoptr(LimnRequest) lengthy = new_end ("[a boat:" LONG ":2]", "snow");
  g_autoptr(LimnRequest) first = new_end ("[a:b:0]", "");
  guint n_encoded;

  check_steps (f, schedule, 4, "a red house~a red house~a blue house~a blue house", "snow~~~");
  n_encoded = limn_contexts_get_n_encoded (f->contexts);
  g_assert_cmpuint (n_encoded, ==, 4);
  check_steps (f, turns, 3, "a cat~a dog~a cat", "~~");
  /* Two prompts; the empty one is remembered. */
  g_assert_cmpuint (limn_contexts_get_n_encoded (f->contexts), ==, n_encoded + 2);
  /* Each step has the length that its own prompts have. */
  check_steps (f, lengthy, 3, "a boat~a boat~" LONG, "snow~snow~snow");
  check_steps (f, first, 2, "b~b", "~");
}

/* Ends that say the same at a step are one there. */
static void
test_mixed_schedules (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) request = new_end ("", "");
  g_autoptr(LimnRequest) a = new_end ("[a boat:a cat:1]", "snow");
  g_autoptr(LimnRequest) b = new_end ("[a dog|a cat]", "snow");
  LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_NOISE, 2);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnRequest) cat = new_end ("a cat", "snow");
  g_autofree float *alone = NULL;
  LimnContextsStep first, second;
  gsize n;

  limn_request_mix_set_end (mix, 0, a, NULL);
  limn_request_mix_set_end (mix, 1, b, NULL);
  mix->u = 0.25;
  limn_request_take_mix (request, mix);
  alone = dup_contexts (f, cat, FALSE, &n);
  g_assert_true (limn_contexts_set (f->contexts, request, 2, FALSE, NULL, &error));
  limn_contexts_get (f->contexts, 0, &first);
  limn_contexts_get (f->contexts, 1, &second);
  g_assert_cmpmem (second.parts[0]->states, n * sizeof (float), alone, n * sizeof (float));
  g_assert_true (memcmp (first.parts[0]->states, alone, n * sizeof (float)) != 0);
}

static void
test_and (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) request = new_end ("a cat AND [a dog:a boat:1]:0.5", "snow");
  g_autoptr(LimnRequest) mixed = new_end ("", "");
  g_autoptr(LimnRequest) cat = new_end ("a cat", "snow");
  LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_NOISE, 2);
  g_autoptr(GError) error = NULL;
  g_autofree float *alone = NULL;
  LimnContextsStep told;
  guint tokens, n_contexts;
  gsize n;

  alone = dup_contexts (f, cat, FALSE, &n);
  /* Several parts add up from the negative prompt also where it does not guide. */
  g_assert_true (limn_contexts_set (f->contexts, request, 2, FALSE, NULL, &error));
  limn_contexts_get (f->contexts, 1, &told);
  g_assert_nonnull (told.negative);
  g_assert_cmpuint (told.n_parts, ==, 2);
  g_assert_cmpfloat (told.weights[0], ==, 1);
  g_assert_cmpfloat (told.weights[1], ==, 0.5);
  g_assert_cmpmem (told.parts[0]->states, n * sizeof (float), alone, n * sizeof (float));
  g_assert_true (limn_contexts_measure (f->contexts, request, 2, FALSE, &tokens, &n_contexts, &error));
  g_assert_cmpuint (n_contexts, ==, 3);

  /* An end without a second part has no say in it, but takes its share. */
  limn_request_mix_set_end (mix, 0, request, NULL);
  limn_request_mix_set_end (mix, 1, cat, NULL);
  mix->u = 0.25;
  limn_request_take_mix (mixed, mix);
  g_assert_true (limn_contexts_set (f->contexts, mixed, 2, TRUE, NULL, &error));
  limn_contexts_get (f->contexts, 0, &told);
  g_assert_cmpuint (told.n_parts, ==, 2);
  g_assert_cmpmem (told.parts[0]->states, n * sizeof (float), alone, n * sizeof (float));
  g_assert_cmpfloat (told.weights[0], ==, 1);
  g_assert_cmpfloat_with_epsilon (told.weights[1], 0.375, 1e-15);
}

/* Clip skip is another context; the model's own is that of its last layer. */
static void
test_clip_skip (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnRequest) request = new_end ("a cat", "");
  g_autofree float *own = NULL;
  g_autofree float *last = NULL;
  g_autofree float *before = NULL;
  gsize n;

  own = dup_contexts (f, request, FALSE, &n);
  request->clip_skip = 1;
  last = dup_contexts (f, request, FALSE, &n);
  request->clip_skip = 2;
  before = dup_contexts (f, request, FALSE, &n);
  g_assert_cmpmem (own, n * sizeof *own, last, n * sizeof *last);
  g_assert_true (memcmp (own, before, n * sizeof *own) != 0);
}

/* A learned word whose one vector is a token's own is that token; one for another model is a plain word, unless it is named as what it is. */
static void
test_words (Fixture *f, gconstpointer data)
{
  guint width = limn_pipeline_get_facts (f->pipeline)->texts[0].width;
  g_autofree char *folder = g_dir_make_tmp ("limn-words-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "frob.safetensors", NULL);
  g_autofree char *other = g_build_filename (folder, "grub.safetensors", NULL);
  g_autoptr(LimnRequest) plain = new_end ("a frob cat", "");
  g_autoptr(LimnRequest) learned = new_end ("a frob cat", "");
  g_autoptr(LimnRequest) foreign = new_end ("a frob cat", "");
  g_autoptr(LimnRequest) meant = new_end ("a embedding:frob cat", "");
  g_autoptr(LimnRequest) gone = new_end ("a gone cat", "");
  g_autofree float *before = NULL, *after = NULL, *ignored = NULL, *again = NULL;
  GError *error = NULL;
  gsize n;

  for (guint i = 0; i < 2; i++)
    {
      guint numbers = i == 0 ? width : width + 4;
      g_autofree char *header = g_strdup_printf ("{\"emb_params\":{\"dtype\":\"F32\",\"shape\":[3,%u],\"data_offsets\":[0,%u]}}", numbers,
                                                 12 * numbers);
      g_autofree char *padded = g_strdup_printf ("%-96s", header);
      g_autofree float *values = g_new (float, 3 * numbers);
      g_autoptr(GByteArray) bytes = g_byte_array_new ();
      const guint64 length = GUINT64_TO_LE (96);

      g_assert_cmpuint (strlen (header), <=, 96);
      for (guint j = 0; j < 3 * numbers; j++)
        values[j] = 0.01f * (j % 7) - 0.03f;
      g_byte_array_append (bytes, (const guint8 *) &length, 8);
      g_byte_array_append (bytes, (const guint8 *) padded, 96);
      g_byte_array_append (bytes, (const guint8 *) values, 12 * numbers);
      g_assert_true (g_file_set_contents (i == 0 ? path : other, (const char *) bytes->data, bytes->len, NULL));
    }
  limn_request_add_word (learned, "frob", path);
  limn_request_add_word (foreign, "frob", other);
  limn_request_add_word (meant, "frob", other);
  limn_request_add_word (gone, "gone", "/nowhere/gone.safetensors");
  before = dup_contexts (f, plain, FALSE, &n);
  after = dup_contexts (f, learned, FALSE, &n);
  ignored = dup_contexts (f, foreign, FALSE, &n);
  again = dup_contexts (f, learned, FALSE, &n);
  g_assert_true (memcmp (before, after, n * sizeof *before) != 0);
  g_assert_cmpmem (before, n * sizeof *before, ignored, n * sizeof *ignored);
  g_assert_cmpmem (after, n * sizeof *after, again, n * sizeof *again);
  g_assert_false (limn_contexts_set (f->contexts, meant, 4, FALSE, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "another kind of model"));
  g_clear_error (&error);
  g_assert_false (limn_contexts_set (f->contexts, gone, 4, FALSE, NULL, &error));
  g_assert_nonnull (strstr (error->message, "“gone”"));
  g_clear_error (&error);
  g_unlink (path);
  g_unlink (other);
  g_rmdir (folder);
}

void
test_engine_contexts_add (void)
{
  g_test_add ("/engine/contexts/schedules", Fixture, NULL, set_up, test_schedules, tear_down);
  g_test_add ("/engine/contexts/mixed-schedules", Fixture, NULL, set_up, test_mixed_schedules, tear_down);
  g_test_add ("/engine/contexts/and", Fixture, NULL, set_up, test_and, tear_down);
  g_test_add ("/engine/contexts/clip-skip", Fixture, NULL, set_up, test_clip_skip, tear_down);
  g_test_add ("/engine/contexts/words", Fixture, NULL, set_up, test_words, tear_down);

  g_test_add ("/engine/contexts/corners", Fixture, NULL, set_up, test_corners, tear_down);
  g_test_add ("/engine/contexts/same", Fixture, NULL, set_up, test_same, tear_down);
  g_test_add ("/engine/contexts/between", Fixture, NULL, set_up, test_between, tear_down);
  g_test_add ("/engine/contexts/memory", Fixture, NULL, set_up, test_memory, tear_down);
}
