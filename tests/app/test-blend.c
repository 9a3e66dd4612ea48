/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is blended, and its sketches, without a picture being painted: the painter of the sketches is this test, which answers when it likes, in
 * whatever order. */
#include "config.h"

#include "app/limn-blend-map.h"
#include "app/limn-blend-preview.h"
#include "app/limn-blend-private.h"

#include <stdio.h>
#include <string.h>

/* A test that hangs is ended after so long; says nothing of speed. */
#define PATIENCE_S 20

/* One call of the painter, as long as it has no answer. */
typedef struct
{
  GTask         *task;
  LimnBlendLevel level;
  double         u;
} Call;

typedef struct
{
  LimnBlendPreview *preview;
  GPtrArray        *calls;  /* of Call, oldest first */
  guint             n_calls; /* ever */
  GArray           *frames; /* of double: u of each that was shown */
  GArray           *asides;
  guint             n_rested;
} Fixture;

static void
call_free (gpointer data)
{
  Call *call = data;

  g_object_unref (call->task);
  g_free (call);
}

static void
paint (gpointer data, const LimnRequest *request, LimnBlendLevel level, GCancellable *cancellable, GAsyncReadyCallback callback,
       gpointer callback_data)
{
  Fixture *fixture = data;
  Call *call = g_new0 (Call, 1);

  call->task = g_task_new (NULL, cancellable, callback, callback_data);
  /* A cancelled one may still succeed. */
  g_task_set_check_cancellable (call->task, FALSE);
  call->level = level;
  call->u = request->mix->u;
  g_ptr_array_add (fixture->calls, call);
  fixture->n_calls++;
}

static LimnImage *
finish (gpointer data, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static const LimnBlendPainter painter = { paint, finish };

/* A picture that says where it is from: u in hundredths. */
static LimnImage *
new_image (double u)
{
  guint8 *pixels = g_malloc (4 * 4 * 4);

  memset (pixels, (int) (u * 100 + 0.5), 4 * 4 * 4);
  return limn_image_new_take (LIMN_PIXEL_RGBA8, 4, 4, pixels, NULL);
}

static double
get_image_u (LimnImage *image)
{
  return limn_image_get_row (image, 0)[0] / 100.0;
}

/* What was asked for as the @index-th that has no answer yet. */
static Call *
get_call (Fixture *fixture, guint index)
{
  g_assert_cmpuint (index, <, fixture->calls->len);
  return g_ptr_array_index (fixture->calls, index);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
answer (Fixture *fixture, guint index)
{
  Call *call = get_call (fixture, index);

  g_task_return_pointer (call->task, new_image (call->u), (GDestroyNotify) limn_image_unref);
  g_ptr_array_remove_index (fixture->calls, index);
  settle ();
}

static void
refuse (Fixture *fixture, guint index, int code)
{
  Call *call = get_call (fixture, index);

  g_task_return_new_error (call->task, G_IO_ERROR, code, "There is no paint left.");
  g_ptr_array_remove_index (fixture->calls, index);
  settle ();
}

static gboolean
is_cancelled (Fixture *fixture, guint index)
{
  return g_cancellable_is_cancelled (g_task_get_cancellable (get_call (fixture, index)->task));
}

static LimnRequest *
new_request (double u)
{
  LimnRequest *request = limn_request_new ();
  LimnRequestMix *mix = limn_request_mix_new (LIMN_MIX_NOISE, 2);

  mix->u = u;
  limn_request_take_mix (request, mix);
  return request;
}

static void
want (Fixture *fixture, double u)
{
  g_autoptr(LimnRequest) request = new_request (u);

  limn_blend_preview_want (fixture->preview, request, u, 0);
}

static void
run_until (guint *counter, guint least, GPtrArray *calls, guint n_calls)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_S * G_USEC_PER_SEC;

  while (calls->len < n_calls || (counter && *counter < least))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (1000);
    }
}

static void
on_frame (LimnBlendPreview *preview, const LimnBlendFrame *frame, Fixture *fixture)
{
  g_assert_cmpfloat_with_epsilon (get_image_u (frame->image), frame->u, 0.006);
  g_array_append_val (frame->aside ? fixture->asides : fixture->frames, frame->u);
  if (!frame->aside)
    g_assert_true (limn_blend_preview_get_frame (preview) == frame->image);
}

static void
on_rested (Fixture *fixture)
{
  fixture->n_rested++;
}

static double
get_shown (Fixture *fixture)
{
  return fixture->frames->len == 0 ? -1 : g_array_index (fixture->frames, double, fixture->frames->len - 1);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->calls = g_ptr_array_new_with_free_func (call_free);
  fixture->frames = g_array_new (FALSE, FALSE, sizeof (double));
  fixture->asides = g_array_new (FALSE, FALSE, sizeof (double));
  fixture->preview = limn_blend_preview_new (&painter, fixture, NULL);
  g_signal_connect (fixture->preview, "frame", G_CALLBACK (on_frame), fixture);
  g_signal_connect_swapped (fixture->preview, "rested", G_CALLBACK (on_rested), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  LimnBlendPreview *preview = fixture->preview;

  limn_blend_preview_forget (preview);
  while (fixture->calls->len > 0)
    refuse (fixture, 0, G_IO_ERROR_CANCELLED);
  g_object_add_weak_pointer (G_OBJECT (preview), (gpointer *) &preview);
  g_object_unref (fixture->preview);
  g_assert_null (preview);
  g_ptr_array_unref (fixture->calls);
  g_array_unref (fixture->frames);
  g_array_unref (fixture->asides);
}

/* Coarse at once, the picture itself when the hand rests, and then no more. */
static void
test_rest (Fixture *fixture, gconstpointer data)
{
  want (fixture, 0.25);
  g_assert_cmpuint (fixture->calls->len, ==, 1);
  g_assert_cmpint (get_call (fixture, 0)->level, ==, LIMN_BLEND_COARSE);
  g_assert_true (limn_blend_preview_is_busy (fixture->preview));
  answer (fixture, 0);
  g_assert_cmpfloat (get_shown (fixture), ==, 0.25);
  run_until (NULL, 0, fixture->calls, 1);
  g_assert_cmpint (get_call (fixture, 0)->level, ==, LIMN_BLEND_FINE);
  answer (fixture, 0);
  g_assert_cmpint (limn_blend_preview_get_level (fixture->preview), ==, LIMN_BLEND_FINE);
  g_assert_false (limn_blend_preview_is_busy (fixture->preview));
  g_assert_cmpuint (fixture->n_rested, ==, 1);
  /* The same once more is no news. */
  want (fixture, 0.25);
  g_assert_cmpuint (fixture->n_calls, ==, 2);
}

/* While the hand goes on, sketches that were begun come to their end and are shown, each of where the hand was then. */
static void
test_moving (Fixture *fixture, gconstpointer data)
{
  want (fixture, 0.1);
  want (fixture, 0.2);
  want (fixture, 0.3);
  g_assert_cmpuint (fixture->calls->len, ==, 1);
  answer (fixture, 0);
  g_assert_cmpfloat (get_shown (fixture), ==, 0.1);
  g_assert_cmpuint (fixture->calls->len, ==, 1);
  g_assert_cmpfloat (get_call (fixture, 0)->u, ==, 0.3);
}

static void
run_for (guint ms)
{
  gint64 end = g_get_monotonic_time () + ms * G_TIME_SPAN_MILLISECOND;

  while (g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
}

/* When it holds still what is under way elsewhere is given up, and here is begun. */
static void
test_still (Fixture *fixture, gconstpointer data)
{
  guint attempt = 0;

  do
    {
      /* A machine that stood still in between has made it a slow hand: once more. */
      g_assert_cmpuint (attempt++, <, 20);
      while (fixture->calls->len > 0)
        answer (fixture, 0);
      want (fixture, 0.1);
      want (fixture, 0.6);
      run_for (100);
    }
  while (fixture->calls->len < 2);
  g_assert_true (is_cancelled (fixture, 0));
  g_assert_cmpfloat (get_call (fixture, 1)->u, ==, 0.6);
  /* Nothing else is: one is wanted at a time. */
  g_assert_false (is_cancelled (fixture, 1));
}

/* A hand so slow that it holds still after each movement sees something all the same: when there was nothing for long, what is under way comes
 * to its end. */
static void
test_slow (Fixture *fixture, gconstpointer data)
{
  guint last;

  want (fixture, 0.01);
  run_for (500);
  for (guint i = 2; i < 6; i++)
    {
      want (fixture, i / 100.0);
      run_for (60);
    }
  last = fixture->calls->len - 1;
  g_assert_false (is_cancelled (fixture, last));
  answer (fixture, last);
  g_assert_cmpuint (fixture->frames->len, ==, 1);
}

/* The newer one comes back first; the older one, whatever it was, is dropped. */
static void
test_out_of_order (Fixture *fixture, gconstpointer data)
{
  want (fixture, 0.1);
  limn_blend_preview_set_paused (fixture->preview, TRUE);
  want (fixture, 0.6);
  limn_blend_preview_set_paused (fixture->preview, FALSE);
  g_assert_cmpuint (fixture->calls->len, ==, 2);
  answer (fixture, 1);
  g_assert_cmpfloat (get_shown (fixture), ==, 0.6);
  answer (fixture, 0);
  g_assert_cmpfloat (get_shown (fixture), ==, 0.6);
  g_assert_cmpuint (fixture->frames->len, ==, 1);
}

/* Many, answered in a shuffled order: what is shown never goes back. */
static void
test_shuffled (Fixture *fixture, gconstpointer data)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (7);

  /* Each is begun anew, since what is not seen is given up. */
  for (guint i = 1; i <= 20; i++)
    {
      limn_blend_preview_set_paused (fixture->preview, TRUE);
      want (fixture, i / 100.0);
      limn_blend_preview_set_paused (fixture->preview, FALSE);
      g_assert_cmpuint (fixture->calls->len, ==, i);
    }
  while (fixture->calls->len > 0)
    {
      guint index = g_rand_int_range (rand, 0, fixture->calls->len);

      if (g_rand_boolean (rand))
        answer (fixture, index);
      else
        refuse (fixture, index, G_IO_ERROR_CANCELLED);
      if (fixture->n_calls > 20)
        break;
    }
  for (guint i = 1; i < fixture->frames->len; i++)
    g_assert_cmpfloat (g_array_index (fixture->frames, double, i), >, g_array_index (fixture->frames, double, i - 1));
}

/* A picture that takes long is in nobody's way, and a late one is not shown over a coarse one of another place. */
static void
test_fine_is_given_up (Fixture *fixture, gconstpointer data)
{
  want (fixture, 0.1);
  answer (fixture, 0);
  run_until (NULL, 0, fixture->calls, 1);
  g_assert_cmpint (get_call (fixture, 0)->level, ==, LIMN_BLEND_FINE);
  want (fixture, 0.2);
  g_assert_true (is_cancelled (fixture, 0));
  g_assert_cmpuint (fixture->calls->len, ==, 2);
  g_assert_cmpint (get_call (fixture, 1)->level, ==, LIMN_BLEND_COARSE);
  answer (fixture, 1);
  answer (fixture, 0);
  g_assert_cmpfloat (get_shown (fixture), ==, 0.2);
  g_assert_cmpint (limn_blend_preview_get_level (fixture->preview), ==, LIMN_BLEND_COARSE);
}

/* Other ends: nothing from before is shown. */
static void
test_forget (Fixture *fixture, gconstpointer data)
{
  want (fixture, 0.1);
  answer (fixture, 0);
  want (fixture, 0.2);
  limn_blend_preview_forget (fixture->preview);
  g_assert_null (limn_blend_preview_get_frame (fixture->preview));
  want (fixture, 0.7);
  answer (fixture, 0);
  g_assert_null (limn_blend_preview_get_frame (fixture->preview));
  answer (fixture, 0);
  g_assert_cmpfloat (get_shown (fixture), ==, 0.7);
}

/* A slider: what is on its way is seen, but is not of now; what nobody waited for is dropped. */
static void
on_past (LimnBlendPreview *preview, const LimnBlendFrame *frame, guint *n_past)
{
  *n_past += frame->past;
}

static void
test_renew (Fixture *fixture, gconstpointer data)
{
  g_autoptr(LimnRequest) other = new_request (0.9);
  guint n_past = 0;

  g_signal_connect (fixture->preview, "frame", G_CALLBACK (on_past), &n_past);
  want (fixture, 0.1);
  limn_blend_preview_renew (fixture->preview);
  want (fixture, 0.2);
  answer (fixture, 0);
  g_assert_cmpfloat (get_shown (fixture), ==, 0.1);
  g_assert_cmpuint (n_past, ==, 1);
  answer (fixture, 0);
  g_assert_cmpfloat (get_shown (fixture), ==, 0.2);
  g_assert_cmpuint (n_past, ==, 1);
  run_until (NULL, 0, fixture->calls, 1);
  answer (fixture, 0);
  g_assert_true (limn_blend_preview_fill (fixture->preview, other, 0.9, 0));
  limn_blend_preview_renew (fixture->preview);
  answer (fixture, 0);
  g_assert_cmpuint (fixture->asides->len, ==, 0);
}

/* What cannot be painted is said, and not tried again and again. */
static void
test_trouble (Fixture *fixture, gconstpointer data)
{
  want (fixture, 0.1);
  refuse (fixture, 0, G_IO_ERROR_FAILED);
  g_assert_cmpstr (limn_blend_preview_get_trouble (fixture->preview), ==, "There is no paint left.");
  g_assert_cmpuint (fixture->calls->len, ==, 0);
  g_assert_false (limn_blend_preview_is_busy (fixture->preview));
  want (fixture, 0.2);
  answer (fixture, 0);
  g_assert_null (limn_blend_preview_get_trouble (fixture->preview));
}

/* Other places are sketched while nobody waits, and only then; they are not shown. */
static void
test_fill (Fixture *fixture, gconstpointer data)
{
  g_autoptr(LimnRequest) other = new_request (0.9);

  want (fixture, 0.1);
  g_assert_false (limn_blend_preview_fill (fixture->preview, other, 0.9, 0));
  answer (fixture, 0);
  run_until (NULL, 0, fixture->calls, 1);
  answer (fixture, 0);
  g_assert_cmpuint (fixture->n_rested, ==, 1);
  g_assert_true (limn_blend_preview_fill (fixture->preview, other, 0.9, 0));
  g_assert_cmpfloat (get_call (fixture, 0)->u, ==, 0.9);
  answer (fixture, 0);
  g_assert_cmpfloat (get_shown (fixture), ==, 0.1);
  g_assert_cmpuint (fixture->asides->len, ==, 1);
  g_assert_cmpuint (fixture->n_rested, ==, 2);
  /* A hand that moves comes first. */
  g_assert_true (limn_blend_preview_fill (fixture->preview, other, 0.9, 0));
  want (fixture, 0.3);
  g_assert_true (is_cancelled (fixture, 0));
  g_assert_cmpfloat (get_call (fixture, 1)->u, ==, 0.3);
}

/* What nobody sees is not painted. */
static void
test_pause (Fixture *fixture, gconstpointer data)
{
  want (fixture, 0.1);
  limn_blend_preview_set_paused (fixture->preview, TRUE);
  g_assert_true (is_cancelled (fixture, 0));
  want (fixture, 0.2);
  g_assert_cmpuint (fixture->calls->len, ==, 1);
  limn_blend_preview_set_paused (fixture->preview, FALSE);
  g_assert_cmpuint (fixture->calls->len, ==, 2);
  g_assert_cmpfloat (get_call (fixture, 1)->u, ==, 0.2);
}

/* A thousand movements leave nothing behind: no more images live than are shown, and no sketch is forgotten. */
static gint n_images;

static void
on_image_gone (gpointer data)
{
  g_atomic_int_dec_and_test (&n_images);
}

static void
test_flat (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 1000; i++)
    {
      want (fixture, (i % 97) / 100.0);
      if (fixture->calls->len > 0)
        {
          Call *call = get_call (fixture, 0);
          g_autoptr(GBytes) pixels = g_bytes_new_with_free_func ("0123456789abcdef", 16, on_image_gone, NULL);

          g_atomic_int_inc (&n_images);
          g_task_return_pointer (call->task, limn_image_new (LIMN_PIXEL_RGBA8, 2, 2, 0, pixels, NULL),
                                 (GDestroyNotify) limn_image_unref);
          g_ptr_array_remove_index (fixture->calls, 0);
          g_signal_handlers_block_by_func (fixture->preview, on_frame, fixture);
          settle ();
          g_signal_handlers_unblock_by_func (fixture->preview, on_frame, fixture);
        }
      g_assert_cmpint (g_atomic_int_get (&n_images), <=, 1);
      g_assert_cmpuint (fixture->calls->len, <=, 2);
    }
  g_assert_cmpuint (fixture->n_calls, >=, 1000);
}

/* --- The map --- */

static void
test_map (void)
{
  g_autoptr(LimnBlendMap) map = limn_blend_map_new (4, 1);
  g_autoptr(LimnImage) far = new_image (0.05), near = new_image (0.12);
  double u = 0.5, v = 0;

  g_assert_true (limn_blend_map_put (map, far, 0.01, 0));
  g_assert_true (limn_blend_map_put (map, near, 0.12, 0.9));
  g_assert_false (limn_blend_map_put (map, far, 0.24, 0));
  g_assert_nonnull (limn_blend_map_get (map, 0, 0));
  /* From the middle outwards, and each once. */
  g_assert_true (limn_blend_map_find_empty (map, &u, &v));
  g_assert_cmpfloat (u, ==, 0.375);
  limn_blend_map_skip (map, u, v);
  u = 1;
  g_assert_true (limn_blend_map_find_empty (map, &u, &v));
  g_assert_cmpfloat (u, ==, 0.875);
  limn_blend_map_skip (map, 0.875, 0);
  limn_blend_map_skip (map, 0.625, 0);
  g_assert_false (limn_blend_map_find_empty (map, &u, &v));
  limn_blend_map_clear (map);
  g_assert_null (limn_blend_map_get (map, 0, 0));
  g_assert_true (limn_blend_map_find_empty (map, &u, &v));
}

/* --- The blend --- */

typedef struct
{
  LimnDraft *draft;
  LimnStash *stash;
  LimnBlend *blend;
  guint      n_changed;
} BlendFixture;

static void
on_changed (BlendFixture *fixture)
{
  fixture->n_changed++;
}

static void
set_up_blend (BlendFixture *fixture, gconstpointer data)
{
  fixture->draft = limn_draft_new ();
  fixture->stash = limn_stash_new (NULL, NULL);
  fixture->blend = limn_blend_new (fixture->draft, fixture->stash, NULL, NULL);
  g_signal_connect_swapped (fixture->blend, "changed", G_CALLBACK (on_changed), fixture);
}

static void
tear_down_blend (BlendFixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->blend);
  limn_stash_unref (fixture->stash);
  g_object_unref (fixture->draft);
}

/* A picture that was painted: nothing is open. */
static LimnRequest *
new_painted (const char *prompt, guint64 seed)
{
  LimnRequest *request = limn_request_new ();

  limn_request_set_prompt (request, prompt);
  request->open = 0;
  request->seed = seed;
  request->steps = 20;
  request->cfg = 7;
  request->sampler = LIMN_SAMPLER_DDIM;
  request->width = request->height = 64;
  return request;
}

/* Takes @request. */
static void
put (BlendFixture *fixture, guint index, LimnRequest *request, guint side)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_S * G_USEC_PER_SEC;
  guint8 *pixels = g_malloc (side * side * 3);
  g_autoptr(LimnImage) image = NULL;

  memset (pixels, 10 * index, side * side * 3);
  image = limn_image_new_take (LIMN_PIXEL_RGB8, side, side, pixels, NULL);
  limn_blend_use_picture (fixture->blend, index, image, request);
  while (limn_blend_is_reading (fixture->blend, index))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (1000);
    }
  limn_request_free (request);
}

static char *
dup_message (BlendFixture *fixture)
{
  char *message;

  g_object_get (fixture->blend, "message", &message, NULL);
  return message;
}

static void
assert_message (BlendFixture *fixture, const char *part)
{
  g_autofree char *message = dup_message (fixture);

  g_assert_nonnull (message);
  if (!strstr (message, part))
    g_error ("“%s” is not in “%s”", part, message);
}

static void
assert_ready (BlendFixture *fixture)
{
  g_autofree char *message = dup_message (fixture);

  g_assert_cmpstr (message, ==, NULL);
}

/* What is missing, or does not go together, is said, with the letter of the end. */
static void
test_messages (BlendFixture *fixture, gconstpointer data)
{
  g_autoptr(LimnRequestSource) source =
    limn_request_source_new ("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  g_autofree char *note = NULL;
  LimnRequest *request;

  assert_message (fixture, "on A");
  put (fixture, 0, new_painted ("a house", 1), 64);
  assert_message (fixture, "on B");
  put (fixture, 1, NULL, 64);
  assert_message (fixture, "How B was made");
  request = new_painted ("a boat", 2);
  request->width = 128;
  put (fixture, 1, request, 64);
  assert_message (fixture, "B has another size");
  request = new_painted ("a boat", 2);
  limn_request_set_model (request, "/models/other.safetensors");
  put (fixture, 1, request, 64);
  assert_message (fixture, "B was painted by another model");
  request = new_painted ("a boat", 2);
  limn_request_set_source (request, source);
  put (fixture, 1, request, 64);
  assert_message (fixture, "B was made from another picture");
  /* All of these can be diffused. */
  g_object_set (fixture->blend, "way", (guint) LIMN_BLEND_DIFFUSED, NULL);
  assert_ready (fixture);
  g_object_set (fixture->blend, "way", (guint) LIMN_BLEND_IMAGINED, NULL);
  request = new_painted ("a boat", 2);
  request->steps = 30;
  put (fixture, 1, request, 64);
  assert_ready (fixture);
  g_object_get (fixture->blend, "note", &note, NULL);
  g_assert_nonnull (strstr (note, "B was painted in other steps than A"));
  /* Words have no picture. */
  limn_blend_use_words (fixture->blend, 1, "a boat", 4);
  assert_ready (fixture);
  g_object_set (fixture->blend, "way", (guint) LIMN_BLEND_STRAIGHT, NULL);
  assert_message (fixture, "B is only words");
  /* With four ends there is more to do. */
  g_object_set (fixture->blend, "way", (guint) LIMN_BLEND_IMAGINED, "n-ends", 4, NULL);
  assert_message (fixture, "on C");
}

/* At an end all is that end's, to the bit; between them what can be mixed is. */
static void
test_requests (BlendFixture *fixture, gconstpointer data)
{
  g_autoptr(LimnRequest) at_a = NULL, at_b = NULL, between = NULL, moved = NULL;
  LimnRequest *second = new_painted ("a boat", 2);

  second->cfg = 3;
  put (fixture, 0, new_painted ("a house", 1), 64);
  put (fixture, 1, second, 64);
  at_a = limn_blend_dup_request (fixture->blend, 0, 0, NULL);
  at_b = limn_blend_dup_request (fixture->blend, 1, 0, NULL);
  between = limn_blend_dup_request (fixture->blend, 0.25, 0.7, NULL);
  g_assert_cmpuint (at_a->open, ==, 0);
  g_assert_cmpfloat (at_a->cfg, ==, 7);
  g_assert_cmpfloat (at_b->cfg, ==, 3);
  g_assert_cmpfloat (between->cfg, ==, 6);
  g_assert_cmpfloat (between->mix->u, ==, 0.25);
  g_assert_cmpfloat (between->mix->v, ==, 0);
  g_assert_cmpstr (between->prompt, ==, "a house → a boat");
  g_assert_cmpuint (between->mix->ends[1].request->seed, ==, 2);
  g_assert_null (between->mix->ends[0].picture);
  moved = limn_request_copy (at_b);
  limn_blend_move_request (moved, 0.25, 0);
  g_assert_true (limn_request_equal (moved, between));
  /* The pictures themselves. */
  g_clear_pointer (&between, limn_request_free);
  g_object_set (fixture->blend, "way", (guint) LIMN_BLEND_DIFFUSED, "strength", 0.75, NULL);
  between = limn_blend_dup_request (fixture->blend, 0.25, 0, NULL);
  g_assert_cmpint (between->mix->way, ==, LIMN_MIX_PICTURES);
  g_assert_cmpfloat (between->mix->strength, ==, 0.75);
  g_assert_nonnull (between->mix->ends[0].picture);
}

/* "changed" is heard where something else lies in between, and not where only the point moves, or what no end asks for. */
static void
test_changed (BlendFixture *fixture, gconstpointer data)
{
  put (fixture, 0, new_painted ("a house", 1), 64);
  put (fixture, 1, new_painted ("a boat", 2), 64);
  fixture->n_changed = 0;
  g_object_set (fixture->blend, "u", 0.1, NULL);
  limn_draft_set_prompt (fixture->draft, "something else");
  g_object_set (fixture->draft, "seed", (guint64) 77, "steps", 33, NULL);
  g_object_set (fixture->blend, "strength", 0.9, NULL);
  g_assert_cmpuint (fixture->n_changed, ==, 0);
  g_object_set (fixture->blend, "way", (guint) LIMN_BLEND_DIFFUSED, NULL);
  g_assert_cmpuint (fixture->n_changed, ==, 1);
  g_object_set (fixture->blend, "strength", 0.3, NULL);
  g_assert_cmpuint (fixture->n_changed, ==, 2);
  limn_blend_swap (fixture->blend, 0, 1);
  g_assert_cmpuint (fixture->n_changed, ==, 3);
  limn_blend_clear (fixture->blend, 0);
  g_assert_cmpuint (fixture->n_changed, ==, 4);
}

/* What was kept comes back; what is damaged changes nothing. */
static void
test_json (BlendFixture *fixture, gconstpointer data)
{
  static const char *const damaged[] = { "", "{}", "[]", "{\"version\":2}",
                                         "{\"version\":1,\"n_ends\":2,\"way\":\"sideways\",\"strength\":0.5,\"u\":0,\"v\":0,"
                                         "\"words\":\"\",\"ends\":[]}",
                                         "{\"version\":1,\"n_ends\":2,\"way\":\"imagined\",\"strength\":0.5,\"u\":0,\"v\":0,"
                                         "\"words\":\"\",\"ends\":[{\"kind\":\"picture\",\"picture\":\"../x\"},{},{},{}]}" };
  g_autoptr(LimnBlend) other = limn_blend_new (fixture->draft, fixture->stash, NULL, NULL);
  g_autofree char *json = NULL, *again = NULL;

  put (fixture, 0, new_painted ("a house", 1), 64);
  limn_blend_use_words (fixture->blend, 1, "a “boat”", 4);
  g_object_set (fixture->blend, "u", 0.125, "strength", 0.75, "way", (guint) LIMN_BLEND_DIFFUSED, "words", "so", "n-ends", 4, NULL);
  json = limn_blend_to_json (fixture->blend);
  g_assert_true (limn_blend_load_json (other, json, NULL));
  again = limn_blend_to_json (other);
  g_assert_cmpstr (again, ==, json);
  for (guint i = 0; i < G_N_ELEMENTS (damaged); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *after = NULL;

      g_assert_false (limn_blend_load_json (other, damaged[i], &error));
      g_assert_nonnull (error);
      after = limn_blend_to_json (other);
      g_assert_cmpstr (after, ==, json);
    }
}

#define add_blend(path, function) g_test_add (path, BlendFixture, NULL, set_up_blend, function, tear_down_blend)
#define add(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  if (!gtk_init_check ())
    {
      puts ("1..0 # SKIP there is no display");
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  add ("/blend/preview/rest", test_rest);
  add ("/blend/preview/moving", test_moving);
  add ("/blend/preview/still", test_still);
  add ("/blend/preview/slow", test_slow);
  add ("/blend/preview/out-of-order", test_out_of_order);
  add ("/blend/preview/shuffled", test_shuffled);
  add ("/blend/preview/fine-is-given-up", test_fine_is_given_up);
  add ("/blend/preview/forget", test_forget);
  add ("/blend/preview/renew", test_renew);
  add ("/blend/preview/trouble", test_trouble);
  add ("/blend/preview/fill", test_fill);
  add ("/blend/preview/pause", test_pause);
  add ("/blend/preview/flat", test_flat);
  g_test_add_func ("/blend/map", test_map);
  add_blend ("/blend/messages", test_messages);
  add_blend ("/blend/requests", test_requests);
  add_blend ("/blend/changed", test_changed);
  add_blend ("/blend/json", test_json);
  return g_test_run ();
}
