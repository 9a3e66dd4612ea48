/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "image/limn-png.h"
#include "session/limn-sequence-export.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static LimnSequence *
new_sequence (const LimnSequencePoint *way, guint n_way, guint n_frames, LimnEasing easing, gboolean loop, gboolean ping_pong)
{
  g_autoptr(GError) error = NULL;
  LimnSequence *sequence = limn_sequence_new (way, n_way, n_frames, easing, loop, ping_pong, &error);

  g_assert_no_error (error);
  return sequence;
}

static LimnSequencePoint
shown (const LimnSequence *sequence, guint frame)
{
  return limn_sequence_get_point (sequence, limn_sequence_get_picture (sequence, frame));
}

/* Both ends to the bit, halves in the middle, never backwards; at rest where it is smooth. */
static void
test_strip (void)
{
  for (guint n = 2; n <= LIMN_SEQUENCE_MAX_FRAMES; n += n < 40 ? 1 : 97)
    for (guint e = 0; e < 2; e++)
      {
        g_autoptr(LimnSequence) sequence = new_sequence (NULL, 0, n, e ? LIMN_EASING_SMOOTH : LIMN_EASING_LINEAR, FALSE, FALSE);
        double last = -1;

        g_assert_cmpuint (limn_sequence_get_n_frames (sequence), ==, n);
        g_assert_cmpuint (limn_sequence_get_n_pictures (sequence), ==, n);
        g_assert_false (limn_sequence_get_repeats (sequence));
        g_assert_true (shown (sequence, 0).u == 0);
        g_assert_true (shown (sequence, n - 1).u == 1);
        for (guint i = 0; i < n; i++)
          {
            g_assert_true (shown (sequence, i).v == 0);
            g_assert_cmpfloat (shown (sequence, i).u, >, last);
            last = shown (sequence, i).u;
            if (e == 0)
              g_assert_cmpfloat_with_epsilon (last, (double) i / (n - 1), 1e-15);
            if (2 * i == n - 1)
              g_assert_true (last == 0.5);
          }
        /* s² (3 - 2 s): a sixteenth of the way takes more than a ninth of the time. */
        if (e == 1 && n == 17)
          g_assert_cmpfloat (shown (sequence, 2).u, <, 1.0 / 16);
      }
}

/* There and back is painted once, and its way back is its way there. */
static void
test_back (void)
{
  for (guint n = 2; n < 60; n++)
    {
      g_autoptr(LimnSequence) there = new_sequence (NULL, 0, n, LIMN_EASING_SMOOTH, FALSE, TRUE);
      g_autoptr(LimnSequence) ring = new_sequence (NULL, 0, n, LIMN_EASING_SMOOTH, TRUE, FALSE);

      g_assert_cmpuint (limn_sequence_get_n_frames (there), ==, 2 * n - 2);
      g_assert_cmpuint (limn_sequence_get_n_pictures (there), ==, n);
      g_assert_true (limn_sequence_get_repeats (there));
      for (guint i = 1; i < n; i++)
        g_assert_cmpuint (limn_sequence_get_picture (there, i), ==, limn_sequence_get_picture (there, (2 * n - 2 - i) % (2 * n - 2)));
      /* A ring of two points: frame i and frame n - i are one, the first stands alone, and so does the middle of an even number. */
      g_assert_cmpuint (limn_sequence_get_n_frames (ring), ==, n);
      g_assert_cmpuint (limn_sequence_get_n_pictures (ring), ==, n / 2 + 1);
      for (guint i = 1; i < n; i++)
        g_assert_cmpuint (limn_sequence_get_picture (ring, i), ==, limn_sequence_get_picture (ring, n - i));
      if (n % 2 == 0)
        g_assert_true (shown (ring, n / 2).u == 1);
    }
}

/* Round the pad: every corner for the same time, the last frame as far from the first as the second is. */
static void
test_way (void)
{
  static const LimnSequencePoint square[] = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 } };
  static const LimnSequencePoint twice[] = { { 0.25, 0.5 }, { 0.75, 0.125 }, { 0.25, 0.5 } };
  g_autoptr(LimnSequence) ring = new_sequence (square, 4, 40, LIMN_EASING_LINEAR, TRUE, FALSE);
  g_autoptr(LimnSequence) back = new_sequence (twice, 3, 21, LIMN_EASING_SMOOTH, FALSE, FALSE);

  for (guint i = 0; i < 4; i++)
    g_assert_true (shown (ring, 10 * i).u == square[i].u && shown (ring, 10 * i).v == square[i].v);
  for (guint i = 0; i < 40; i++)
    {
      LimnSequencePoint a = shown (ring, i), b = shown (ring, (i + 1) % 40);

      g_assert_cmpfloat_with_epsilon (hypot (b.u - a.u, b.v - a.v), 0.1, 1e-12);
    }
  g_assert_cmpuint (limn_sequence_get_n_pictures (ring), ==, 40);
  g_assert_cmpuint (limn_sequence_get_n_pictures (back), ==, 11);
  g_assert_true (shown (back, 10).u == 0.75 && shown (back, 10).v == 0.125);
}

static void
test_refused (void)
{
  static const LimnSequencePoint good[] = { { 0, 0 }, { 1, 1 } };
  static const LimnSequencePoint bad[][2] = { { { 0, 0 }, { 1.01, 0 } }, { { -0.1, 0 }, { 1, 0 } }, { { 0, 0 }, { 0.5, NAN } } };
  const struct
  {
    const LimnSequencePoint *way;
    guint                    n_way, n_frames;
    gboolean                 both;
  } cases[] = {
    { NULL, 0, 0, FALSE }, { NULL, 0, 1, FALSE }, { NULL, 0, LIMN_SEQUENCE_MAX_FRAMES + 1, FALSE }, { NULL, 0, G_MAXUINT, FALSE },
    { good, 1, 9, FALSE }, { good, 0, 9, FALSE }, { good, 2, 9, TRUE }, { bad[0], 2, 9, FALSE }, { bad[1], 2, 9, FALSE },
    { bad[2], 2, 9, FALSE },
  };
  LimnEasing easing = LIMN_EASING_SMOOTH;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (limn_sequence_new (cases[i].way, cases[i].n_way, cases[i].n_frames, LIMN_EASING_LINEAR, cases[i].both, cases[i].both, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
    }
  g_assert_true (limn_easing_from_name ("linear", &easing, NULL) && easing == LIMN_EASING_LINEAR);
  g_assert_false (limn_easing_from_name ("Linear", &easing, NULL));
}

/* --- Files --- */

typedef struct
{
  guint  n_reads;
  guint  fails_at; /* counted from 1; 0: never */
  guint  width_from_2;
  GCancellable *cancellable;
} Shelf;

/* Picture i is a flat colour that says so. */
static GBytes *
read_picture (gpointer data, guint picture, GError **error)
{
  Shelf *shelf = data;
  guint width = picture >= 2 && shelf->width_from_2 ? shelf->width_from_2 : 30;
  guint8 *pixels = g_malloc ((gsize) width * 20 * 3);
  g_autoptr(LimnImage) image = NULL;
  g_autofree char *name = g_strdup_printf ("picture %u", picture);
  const LimnPngText text = { (char *) "limn", name };

  memset (pixels, 10 * picture + 5, (gsize) width * 20 * 3);
  image = limn_image_new_take (LIMN_PIXEL_RGB8, width, 20, pixels, error);
  shelf->n_reads++;
  if (shelf->n_reads == shelf->fails_at)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "It is damaged.");
      return NULL;
    }
  if (shelf->cancellable && shelf->n_reads == 3)
    g_cancellable_cancel (shelf->cancellable);
  return limn_png_encode (image, &text, 1, error);
}

static void
count_progress (goffset done, goffset all, gpointer data)
{
  guint *n = data;

  g_assert_cmpint (done, ==, ++*n);
  g_assert_cmpint (all, ==, 8);
}

static guint
count_files (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (dir && g_dir_read_name (dir))
    n++;
  return n;
}

static guint
level_of (const char *folder, const char *name, char **text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_ALL, &error);

  g_assert_no_error (error);
  *text = g_strdup (limn_png_lookup (png, "limn"));
  return limn_image_get_row (png->image, 0)[0];
}

static void
test_numbered (void)
{
  g_autoptr(LimnSequence) sequence = new_sequence (NULL, 0, 5, LIMN_EASING_LINEAR, FALSE, TRUE);
  g_autofree char *folder = g_dir_make_tmp ("limn-sequence-XXXXXX", NULL);
  g_autofree char *target = g_build_filename (folder, "new", "frames", NULL);
  g_autoptr(GError) error = NULL;
  Shelf shelf = { 0 };
  guint n = 0;

  g_assert_true (limn_sequence_check_target (LIMN_SEQUENCE_NUMBERED, target, &error));
  g_assert_cmpuint (count_files (target), ==, 0);
  g_assert_true (limn_sequence_export (sequence, LIMN_SEQUENCE_NUMBERED, target, 100, read_picture, &shelf, count_progress, &n, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 8);
  g_assert_cmpuint (count_files (target), ==, 8);
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *name = g_strdup_printf ("frame-%04u.png", i + 1);
      g_autofree char *text = NULL;
      g_autofree char *wanted = g_strdup_printf ("picture %u", MIN (i, 8 - i));

      g_assert_cmpuint (level_of (target, name, &text), ==, 10 * MIN (i, 8 - i) + 5);
      g_assert_cmpstr (text, ==, wanted);
    }
  /* Never into another sequence. */
  g_assert_false (limn_sequence_check_target (LIMN_SEQUENCE_NUMBERED, target, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (limn_sequence_export (sequence, LIMN_SEQUENCE_NUMBERED, target, 100, read_picture, &shelf, NULL, NULL, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_assert_cmpuint (count_files (target), ==, 8);
  limn_test_remove_folder (folder);
}

static void
test_apng (void)
{
  g_autoptr(LimnSequence) sequence = new_sequence (NULL, 0, 5, LIMN_EASING_LINEAR, FALSE, TRUE);
  g_autoptr(LimnSequence) once = new_sequence (NULL, 0, 5, LIMN_EASING_LINEAR, FALSE, FALSE);
  g_autofree char *folder = g_dir_make_tmp ("limn-sequence-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "x.png", NULL);
  g_autofree char *data = NULL;
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  Shelf shelf = { 0 };
  guint n = 0, n_frames = 0;
  gsize length;

  g_assert_true (limn_sequence_export (sequence, LIMN_SEQUENCE_APNG, path, 100, read_picture, &shelf, count_progress, &n, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_files (folder), ==, 1);
  /* What a still program shows is the first, with its text. */
  g_assert_cmpuint (level_of (folder, "x.png", &text), ==, 5);
  g_assert_cmpstr (text, ==, "picture 0");
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  for (gsize i = 0; i + 4 < length; i++)
    n_frames += memcmp (data + i, "fcTL", 4) == 0;
  g_assert_cmpuint (n_frames, ==, 8);
  {
    const guint8 *control = memmem (data, length, "acTL", 4);

    /* For ever. */
    g_assert_cmpmem (control + 4, 8, "\0\0\0\10\0\0\0\0", 8);
  }
  g_assert_true (limn_sequence_export (once, LIMN_SEQUENCE_APNG, path, 100, read_picture, &shelf, NULL, NULL, NULL, &error));
  g_free (data);
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_assert_cmpmem ((const guint8 *) memmem (data, length, "acTL", 4) + 4, 8, "\0\0\0\5\0\0\0\1", 8);
  limn_test_remove_folder (folder);
}

/* Whatever goes wrong on the way, nothing half-written stays, and what was there before stays. */
static void
test_failures (void)
{
  g_autoptr(LimnSequence) sequence = new_sequence (NULL, 0, 5, LIMN_EASING_LINEAR, FALSE, FALSE);
  g_autofree char *folder = g_dir_make_tmp ("limn-sequence-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "x.png", NULL);
  g_autofree char *nowhere = g_build_filename (path, "no", "x.png", NULL);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *data = NULL;
  Shelf shelves[] = { { .fails_at = 4 }, { .width_from_2 = 31 }, { .cancellable = cancellable } };
  g_autoptr(GError) error = NULL;

  g_assert_true (g_file_set_contents (path, "before", -1, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (shelves); i++)
    {
      g_assert_false (limn_sequence_export (sequence, LIMN_SEQUENCE_APNG, path, 100, read_picture, &shelves[i], NULL, NULL,
                                            shelves[i].cancellable, &error));
      if (i == 0)
        g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
      else if (i == 1)
        g_assert_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE);
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&error);
    }
  g_assert_true (g_file_get_contents (path, &data, NULL, NULL));
  g_assert_cmpstr (data, ==, "before");
  g_assert_cmpuint (count_files (folder), ==, 1);
  g_assert_false (limn_sequence_check_target (LIMN_SEQUENCE_APNG, nowhere, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (limn_sequence_check_target (LIMN_SEQUENCE_NUMBERED, nowhere, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (limn_sequence_export (sequence, LIMN_SEQUENCE_APNG, path, 0, read_picture, &shelves[0], NULL, NULL, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  limn_test_remove_folder (folder);
}

/* A GStreamer of our own making: what it is given, and what becomes of one that fails or is not there. */
static void
test_webm (void)
{
  static const char good[] = "#!/bin/sh\nfor a; do case \"$a\" in location=*) f=${a#location=};; esac; printf '%s\\n' \"$a\" >> \"$GST_LOG\"; done\ncat > \"$f\"\n";
  static const char bad[] = "#!/bin/sh\necho 'could not link vp9enc0' >&2\nexit 1\n";
  g_autoptr(LimnSequence) sequence = new_sequence (NULL, 0, 5, LIMN_EASING_LINEAR, FALSE, FALSE);
  g_autofree char *folder = g_dir_make_tmp ("limn sequence-XXXXXX", NULL);
  g_autofree char *bin = g_build_filename (folder, "bin", NULL);
  g_autofree char *launch = g_build_filename (bin, "gst-launch-1.0", NULL);
  g_autofree char *inspect = g_build_filename (bin, "gst-inspect-1.0", NULL);
  g_autofree char *log = g_build_filename (folder, "log", NULL);
  g_autofree char *path = g_build_filename (folder, "my \"first\" $(film) ! x.webm", NULL);
  g_autofree char *search = g_strconcat (bin, ":/usr/bin:/bin", NULL);
  g_autofree char *data = NULL;
  g_autofree char *arguments = NULL;
  g_autoptr(GError) error = NULL;
  Shelf shelf = { 0 };
  gsize length;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      limn_test_remove_folder (folder);
      return;
    }
  g_setenv ("PATH", bin, TRUE);
  g_assert_false (limn_sequence_check_target (LIMN_SEQUENCE_WEBM, path, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "gstreamer1.0-tools"));
  g_clear_error (&error);

  g_setenv ("PATH", search, TRUE);
  g_setenv ("GST_LOG", log, TRUE);
  g_mkdir (bin, 0700);
  g_assert_true (g_file_set_contents_full (inspect, "#!/bin/sh\nexit 0\n", -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  g_assert_true (g_file_set_contents_full (launch, good, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  g_assert_true (limn_sequence_check_target (LIMN_SEQUENCE_WEBM, path, &error));
  g_assert_true (limn_sequence_export (sequence, LIMN_SEQUENCE_WEBM, path, 40, read_picture, &shelf, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_assert_cmpuint (length, ==, 5 * 92 * 20);
  g_assert_cmpint (data[0], ==, 5);
  g_assert_cmpint ((guint8) data[90], ==, 0); /* a row of 30 pixels ends at a multiple of 4 */
  g_assert_cmpint (data[4 * 92 * 20], ==, 45);
  g_assert_true (g_file_get_contents (log, &arguments, NULL, NULL));
  g_assert_nonnull (strstr (arguments, "\nframerate=1000/40\n"));
  g_assert_null (strstr (arguments, "film"));
  g_assert_nonnull (strstr (arguments, "\nlag-in-frames=0\n"));

  g_assert_true (g_file_set_contents_full (launch, bad, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  g_assert_false (limn_sequence_export (sequence, LIMN_SEQUENCE_WEBM, path, 40, read_picture, &shelf, NULL, NULL, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "could not link vp9enc0"));
  g_free (data);
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_assert_cmpuint (length, ==, 5 * 92 * 20);
  limn_test_remove_folder (folder);
}

void
test_sequence_add (void)
{
  g_test_add_func ("/sequence/strip", test_strip);
  g_test_add_func ("/sequence/back", test_back);
  g_test_add_func ("/sequence/way", test_way);
  g_test_add_func ("/sequence/refused", test_refused);
  g_test_add_func ("/sequence/numbered", test_numbered);
  g_test_add_func ("/sequence/apng", test_apng);
  g_test_add_func ("/sequence/failures", test_failures);
  g_test_add_func ("/sequence/webm", test_webm);
}
