/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-picture-mix.h"
#include "source-kit.h"
#include "stub-engine.h"

#include <string.h>

#define N (4 * 6 * 8)

typedef struct
{
  StubLab              lab;
  LimnEngine          *engine;
  LimnStash           *stash;
  LimnLatentCache     *cache;
  LimnRequest         *request;
  LimnWork            *work;
  guint                n_loads;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_PICTURES, 4);

  stub_lab_init (&f->lab);
  f->request = limn_request_new ();
  f->engine = stub_engine_open (&f->lab, f->request, NULL, NULL);
  f->stash = limn_stash_new (NULL, NULL);
  f->cache = limn_latent_cache_new ();
  f->request->open = 0;
  f->request->width = 64;
  f->request->height = 48;
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr(LimnImage) picture = source_kit_make_picture (64, 48, i);
      g_autofree char *id = limn_stash_add (f->stash, picture);

      limn_request_mix_set_end (mix, i, NULL, id);
    }
  mix->strength = 0.5;
  limn_request_take_mix (f->request, mix);
  f->work = limn_work_new (&f->engine->facts, f->request, 8, 6);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  limn_work_free (f->work);
  limn_request_free (f->request);
  limn_latent_cache_unref (f->cache);
  limn_stash_unref (f->stash);
  limn_engine_free (f->engine);
}

static LimnImage *
load (gpointer data, const char *id, GError **error)
{
  Fixture *f = data;

  f->n_loads++;
  return limn_stash_load (f->stash, id, error);
}

static void
mix (Fixture *f, double u, double v, double *held)
{
  g_autoptr(LimnPictureMix) pictures = NULL;
  g_autoptr(GError) error = NULL;

  f->request->mix->u = u;
  f->request->mix->v = v;
  pictures = limn_picture_mix_new (f->request, &f->engine->facts, "key", f->cache, load, f, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (limn_picture_mix_get_strength (pictures), ==, 0.5);
  g_assert_true (limn_picture_mix_encode (pictures, f->work, f->engine, NULL, held, &error));
  g_assert_no_error (error);
}

/* What img2img would be given for that picture. */
static void
encode_alone (Fixture *f, const char *id, float *latent)
{
  g_autoptr(LimnRequest) alone = limn_request_copy (f->request);
  g_autoptr(LimnRequestSource) wanted = limn_request_source_new (id);
  g_autoptr(LimnSource) source = NULL;
  g_autofree float *rgb = g_new (float, 3 * 64 * 48);

  limn_request_take_mix (alone, NULL);
  limn_request_set_source (alone, wanted);
  source = source_kit_prepare (f->stash, alone, &f->engine->facts);
  limn_source_fill_rgb (source, LIMN_SOURCE_KNOWN, rgb);
  g_assert_true (limn_work_encode (f->work, f->engine, rgb, latent, NULL, NULL));
}

/* In a corner that picture's own latent to the bit, with nothing of the others even read; between them the weighted sum; each encoded once. */
static void
test_weights (Fixture *f, gconstpointer data)
{
  float latents[4][N];
  double held[N];
  guint n_encodes;

  for (guint i = 0; i < 4; i++)
    encode_alone (f, f->request->mix->ends[i].picture, latents[i]);
  n_encodes = f->lab.n_encodes;
  for (guint i = 0; i < 4; i++)
    {
      mix (f, i % 2, i / 2, held);
      for (guint j = 0; j < N; j++)
        {
          double want = latents[i][j];

          g_assert_cmpmem (&held[j], sizeof held[j], &want, sizeof want);
        }
      g_assert_cmpuint (f->n_loads, ==, i + 1);
      g_assert_cmpuint (f->lab.n_encodes - n_encodes, ==, i + 1);
    }
  mix (f, 0.25, 0.5, held);
  for (guint j = 0; j < N; j++)
    g_assert_cmpfloat_with_epsilon (
      held[j], 0.375 * latents[0][j] + 0.125 * latents[1][j] + 0.375 * latents[2][j] + 0.125 * latents[3][j], 1e-15);
  g_assert_cmpuint (f->n_loads, ==, 4);
  g_assert_cmpuint (f->lab.n_encodes - n_encodes, ==, 4);
}

/* A picture of another shape is not squeezed: its middle is taken. */
static void
test_cut (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnImage) tall = source_kit_make_picture (64, 148, 9);
  guint8 *pixels = g_malloc (4 * 64 * 48);
  g_autoptr(LimnImage) middle = NULL;
  g_autofree char *tall_id = NULL;
  g_autofree char *middle_id = NULL;
  double a[N], b[N];

  memcpy (pixels, limn_image_get_row (tall, 50), 4 * 64 * 48);
  middle = limn_image_new_take (LIMN_PIXEL_RGBA8, 64, 48, pixels, NULL);
  tall_id = limn_stash_add (f->stash, tall);
  middle_id = limn_stash_add (f->stash, middle);
  limn_request_mix_set_end (f->request->mix, 0, NULL, tall_id);
  mix (f, 0, 0, a);
  limn_request_mix_set_end (f->request->mix, 0, NULL, middle_id);
  mix (f, 0, 0, b);
  g_assert_cmpmem (a, sizeof a, b, sizeof b);
}

/* A picture that is not there, a device that is lost while one is encoded: said, and the next try does the rest. */
static void
test_fails (Fixture *f, gconstpointer data)
{
  g_autoptr(LimnPictureMix) pictures = NULL;
  g_autofree char *nowhere = g_strnfill (64, '0');
  g_autofree char *there = g_strdup (f->request->mix->ends[1].picture);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  double held[N], want[N];

  f->request->mix->u = 0.5;
  limn_request_mix_set_end (f->request->mix, 1, NULL, nowhere);
  g_assert_null (limn_picture_mix_new (f->request, &f->engine->facts, "key", f->cache, load, f, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);

  limn_request_mix_set_end (f->request->mix, 1, NULL, there);
  pictures = limn_picture_mix_new (f->request, &f->engine->facts, "key", f->cache, load, f, NULL);
  f->lab.cancellable = cancellable;
  f->lab.cancel_at = f->lab.calls + 1;
  g_assert_false (limn_picture_mix_encode (pictures, f->work, f->engine, cancellable, held, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (f->lab.n_encodes, ==, 1);
  g_assert_true (limn_picture_mix_encode (pictures, f->work, f->engine, NULL, held, NULL));
  g_assert_cmpuint (f->lab.n_encodes, ==, 2);
  mix (f, 0.5, 0, want);
  g_assert_cmpmem (held, sizeof held, want, sizeof want);
}

void
test_picture_mix_add (void)
{
  g_test_add ("/session/picture-mix/weights", Fixture, NULL, set_up, test_weights, tear_down);
  g_test_add ("/session/picture-mix/cut", Fixture, NULL, set_up, test_cut, tear_down);
  g_test_add ("/session/picture-mix/fails", Fixture, NULL, set_up, test_fails, tear_down);
}
