/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-embedded.h"

#include <string.h>

static LimnImage *
make_noise (LimnPixelFormat format, guint width, guint height)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (width);
  gsize n = (gsize) width * height * format;
  guint8 *data = g_malloc (n);

  for (gsize i = 0; i < n; i++)
    data[i] = g_rand_int (random) >> 24;
  return limn_image_new_take (format, width, height, data, NULL);
}

typedef struct
{
  LimnStash   *stash;
  LimnRequest *request;
  GPtrArray   *texts;
} Fixture;

/* Noise does not pack: a side of 1500 is 6.4 MiB, and takes three texts. */
static void
set_up (Fixture *f, gconstpointer side)
{
  g_autoptr(LimnImage) picture = make_noise (LIMN_PIXEL_RGB8, GPOINTER_TO_UINT (side), 1500);
  g_autoptr(LimnImage) mask = make_noise (LIMN_PIXEL_GREY8, GPOINTER_TO_UINT (side), 1500);
  g_autoptr(GBytes) file = g_bytes_new_static ("\xff\xd8\xff\0bytes", 9);
  g_autofree char *picture_id = NULL;
  g_autofree char *mask_id = NULL;
  g_autofree char *file_id = NULL;
  g_autoptr(GError) error = NULL;

  f->stash = limn_stash_new (NULL, NULL);
  f->request = limn_request_new ();
  picture_id = limn_stash_add (f->stash, picture);
  mask_id = limn_stash_add (f->stash, mask);
  file_id = limn_stash_add_file (f->stash, file);
  f->request->source = limn_request_source_new (picture_id);
  limn_request_source_set_mask (f->request->source, mask_id);
  limn_request_source_set_file (f->request->source, file_id);
  f->request->source->restore = LIMN_RESTORE_JPEG;
  f->texts = limn_embedded_new_texts (f->request, f->stash, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer side)
{
  limn_stash_unref (f->stash);
  limn_request_free (f->request);
  g_ptr_array_unref (f->texts);
}

/* Through a PNG and back into an empty stash. */
static void
test_round_trip (Fixture *f, gconstpointer side)
{
  g_autoptr(LimnImage) small = make_noise (LIMN_PIXEL_RGB8, 8, 8);
  g_autoptr(GArray) flat = g_array_new (FALSE, FALSE, sizeof (LimnPngText));
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) file = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(LimnPng) png = NULL;

  g_assert_cmpuint (f->texts->len, ==, 3 + 1 + 1);
  for (guint i = 0; i < f->texts->len; i++)
    g_array_append_vals (flat, g_ptr_array_index (f->texts, i), 1);
  bytes = limn_png_encode (small, (const LimnPngText *) flat->data, flat->len, &error);
  g_assert_no_error (error);
  png = limn_png_decode (bytes, LIMN_PNG_READ_TEXTS, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (png->n_texts_skipped, ==, 0);
  g_assert_true (limn_embedded_unpack (png->texts, f->request, stash, &error));
  g_assert_no_error (error);
  g_assert_true (limn_stash_has (stash, f->request->source->picture));
  g_assert_true (limn_stash_has (stash, f->request->source->mask));
  file = limn_stash_load_file (stash, f->request->source->file, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (file), ==, 9);
}

static void
assert_refused (const GPtrArray *texts, const LimnRequest *request, const char *part)
{
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_false (limn_embedded_unpack (texts, request, stash, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  if (!strstr (error->message, part))
    g_error ("“%s” does not speak of “%s”", error->message, part);
}

/* Each of the three in the place of another; a piece lost; no base64; megabytes of the same. */
static void
test_hostile (Fixture *f, gconstpointer side)
{
  LimnPngText *first = g_ptr_array_index (f->texts, 0), *last = g_ptr_array_index (f->texts, f->texts->len - 1);
  g_autoptr(GPtrArray) many = g_ptr_array_new ();
  g_autoptr(GPtrArray) one = g_ptr_array_new ();
  LimnPngText junk = { (char *) LIMN_EMBEDDED_MASK_KEYWORD, (char *) "%%% no base64 %%%" };
  LimnPngText picture = { (char *) LIMN_EMBEDDED_PICTURE_KEYWORD, last->text };
  LimnPngText file = { (char *) LIMN_EMBEDDED_FILE_KEYWORD, first->text };

  g_ptr_array_add (one, &junk);
  assert_refused (one, f->request, "limn-mask");
  g_ptr_array_index (one, 0) = &picture;
  assert_refused (one, f->request, "damaged");
  g_ptr_array_index (one, 0) = &file;
  assert_refused (one, f->request, "not what the recipe names");
  g_ptr_array_index (one, 0) = first;
  assert_refused (one, f->request, "damaged");
  for (guint i = 0; i < 20; i++)
    g_ptr_array_add (many, first);
  assert_refused (many, f->request, "larger than");
}

/* Another picture, whole, under the name. */
static void
test_other (Fixture *f, gconstpointer side)
{
  g_autoptr(LimnRequest) other = limn_request_copy (f->request);

  limn_request_source_set_picture (other->source, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  assert_refused (f->texts, other, "not what the recipe names");
}

static void
test_nothing (Fixture *f, gconstpointer side)
{
  g_autoptr(GPtrArray) none = g_ptr_array_new ();
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnRequest) plain = limn_request_new ();
  g_autoptr(GPtrArray) texts = limn_embedded_new_texts (plain, stash, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_cmpuint (texts->len, ==, 0);
  g_assert_true (limn_embedded_unpack (f->texts, plain, stash, &error));
  g_assert_true (limn_embedded_unpack (none, f->request, stash, &error));
  g_assert_no_error (error);
  g_assert_false (limn_stash_has (stash, f->request->source->picture));
}

/* What a branch parts from, and what that is mixed of: each picture once, in one order; what a mixed picture was painted over is not needed. */
static void
test_several (void)
{
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnStash) found = limn_stash_new (NULL, NULL);
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autoptr(GPtrArray) texts = NULL;
  g_autoptr(GError) error = NULL;
  char *ids[4];
  static const char *const keywords[] = { "limn-source", "limn-mask", "limn-source-2", "limn-source-3" };

  for (guint i = 0; i < 4; i++)
    {
      g_autoptr(LimnImage) image = make_noise (i == 1 ? LIMN_PIXEL_GREY8 : LIMN_PIXEL_RGB8, 10 + i, 10);

      ids[i] = limn_stash_add (stash, image);
    }
  {
    g_autoptr(LimnRequest) from = limn_request_new ();
    LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_PICTURES, 4);
    g_autoptr(LimnRequest) end = limn_request_new ();

    end->source = limn_request_source_new ("0000000000000000000000000000000000000000000000000000000000000000");
    for (guint i = 0; i < 4; i++)
      limn_request_mix_set_end (mix, i, i == 1 ? end : NULL, ids[i % 2 ? 2 : 3]);
    limn_request_take_mix (from, mix);
    limn_request_take_branch (request, limn_request_branch_new (from, 1));
    request->source = limn_request_source_new (ids[0]);
    limn_request_source_set_mask (request->source, ids[1]);
  }
  texts = limn_embedded_new_texts (request, stash, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (texts->len, ==, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpstr (((LimnPngText *) g_ptr_array_index (texts, i))->keyword, ==, keywords[i]);
  g_assert_true (limn_embedded_unpack (texts, request, found, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < 4; i++)
    g_assert_true (limn_stash_has (found, ids[i]));
  /* The second and the third change places. */
  ((LimnPngText *) g_ptr_array_index (texts, 2))->keyword[12] = '3';
  ((LimnPngText *) g_ptr_array_index (texts, 3))->keyword[12] = '2';
  assert_refused (texts, request, "limn-source-2");
  for (guint i = 0; i < 4; i++)
    g_free (ids[i]);
}

/* Noise of 6,000 x 1,500 is 26 MiB. */
static void
test_too_large (void)
{
  g_autoptr(LimnImage) picture = make_noise (LIMN_PIXEL_RGB8, 6000, 1500);
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autofree char *id = limn_stash_add (stash, picture);
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autoptr(GError) error = NULL;

  request->source = limn_request_source_new (id);
  g_assert_null (limn_embedded_new_texts (request, stash, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
}

void
test_embedded_add (void)
{
#define ADD(name, side, function) g_test_add (name, Fixture, GUINT_TO_POINTER (side), set_up, function, tear_down)
  ADD ("/embedded/round-trip", 1500, test_round_trip);
  ADD ("/embedded/hostile", 1500, test_hostile);
  ADD ("/embedded/other", 10, test_other);
  ADD ("/embedded/nothing", 10, test_nothing);
  g_test_add_func ("/embedded/several", test_several);
  if (g_test_slow ())
    g_test_add_func ("/embedded/too-large", test_too_large);
#undef ADD
}
