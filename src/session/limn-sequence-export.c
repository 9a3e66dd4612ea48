/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A video is made by another program: frames go to it through a pipe, and what it has written into a temporary file goes to its place from there.
 * It is given its arguments as they are, with no shell, and works in the folder of that file, so that no name of ours is in them. */
#include "config.h"

#include "session/limn-sequence-export.h"

#include "base/limn-error.h"
#include "image/limn-apng.h"
#include "library/limn-atomic-file.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define LAUNCH "gst-launch-1.0"
#define INSPECT "gst-inspect-1.0"

LimnSequenceFormat
limn_sequence_format_from_path (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  if (g_str_has_suffix (lower, ".png") || g_str_has_suffix (lower, ".apng"))
    return LIMN_SEQUENCE_APNG;
  return g_str_has_suffix (lower, ".webm") ? LIMN_SEQUENCE_WEBM : LIMN_SEQUENCE_NUMBERED;
}

/* --- Before --- */

/* Whether this GStreamer has @element. */
static gboolean
has_element (const char *element)
{
  const char *const argv[] = { INSPECT, "--exists", element, NULL };
  g_autoptr(GSubprocess) process =
    g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);

  return process && g_subprocess_wait_check (process, NULL, NULL);
}

static gboolean
check_gstreamer (GError **error)
{
  static const char *const elements[] = { "rawvideoparse", "videoconvert", "vp9enc", "webmmux" };
  g_autofree char *launch = g_find_program_in_path (LAUNCH);
  g_autofree char *inspect = g_find_program_in_path (INSPECT);
  const char *missing = !launch ? LAUNCH : !inspect ? INSPECT : NULL;

  for (guint i = 0; !missing && i < G_N_ELEMENTS (elements); i++)
    if (!has_element (elements[i]))
      missing = elements[i];
  if (missing)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                 "WebM is written by GStreamer, of which %s is not installed here (Debian: gstreamer1.0-tools, gstreamer1.0-plugins-base, "
                 "gstreamer1.0-plugins-good). An animated PNG needs nothing.", missing);
  return !missing;
}

gboolean
limn_sequence_check_target (LimnSequenceFormat format, const char *path, GError **error)
{
  switch (format)
    {
    case LIMN_SEQUENCE_NUMBERED:
      return limn_atomic_file_check_folder (path, "frame-", error);
    case LIMN_SEQUENCE_WEBM:
      return limn_atomic_file_check (path, error) && check_gstreamer (error);
    case LIMN_SEQUENCE_APNG:
    default:
      return limn_atomic_file_check (path, error);
    }
}

/* --- Each frame --- */

typedef struct
{
  const LimnSequence    *sequence;
  const char            *path;
  guint                  frame_ms;
  LimnSequenceRead       read;
  gpointer               data;
  GFileProgressCallback  progress;
  gpointer               progress_data;
  GCancellable          *cancellable;
} Exporting;

static GBytes *
read_frame (const Exporting *exporting, guint frame, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (exporting->cancellable, error))
    return NULL;
  return exporting->read (exporting->data, limn_sequence_get_picture (exporting->sequence, frame), error);
}

static LimnPng *
decode_frame (const Exporting *exporting, guint frame, GError **error)
{
  g_autoptr(GBytes) bytes = read_frame (exporting, frame, error);

  return bytes ? limn_png_decode (bytes, LIMN_PNG_READ_ALL, error) : NULL;
}

static void
tell (const Exporting *exporting, guint done)
{
  if (exporting->progress)
    exporting->progress (done, limn_sequence_get_n_frames (exporting->sequence), exporting->progress_data);
}

static gboolean
write_numbered (const Exporting *exporting, GError **error)
{
  for (guint i = 0; i < limn_sequence_get_n_frames (exporting->sequence); i++)
    {
      g_autofree char *name = g_strdup_printf ("frame-%04u.png", i + 1);
      g_autofree char *path = g_build_filename (exporting->path, name, NULL);
      g_autoptr(GBytes) bytes = read_frame (exporting, i, error);
      g_autofree char *written = bytes ? limn_atomic_file_write_new (path, bytes, error) : NULL;

      if (!written)
        return FALSE;
      if (!g_str_equal (written, path))
        {
          g_unlink (written);
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "Another program is writing “%s” too.", name);
          return FALSE;
        }
      tell (exporting, i + 1);
    }
  return TRUE;
}

static gboolean
write_apng (const Exporting *exporting, GError **error)
{
  guint n = limn_sequence_get_n_frames (exporting->sequence);
  g_autoptr(LimnAtomicStream) stream = limn_atomic_stream_new (exporting->path, error);
  g_autoptr(LimnApng) apng = NULL;

  if (!stream)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LimnPng) png = decode_frame (exporting, i, error);

      if (!png)
        return FALSE;
      if (i == 0)
        {
          g_autoptr(GArray) texts = g_array_new (FALSE, FALSE, sizeof (LimnPngText));

          for (guint j = 0; j < png->texts->len; j++)
            g_array_append_vals (texts, g_ptr_array_index (png->texts, j), 1);
          apng = limn_apng_new (G_OUTPUT_STREAM (stream), LIMN_PIXEL_RGB8, png->width, png->height, n,
                                limn_sequence_get_repeats (exporting->sequence) ? 0 : 1, NULL, (const LimnPngText *) texts->data, texts->len,
                                error);
          if (!apng)
            return FALSE;
        }
      if (!limn_apng_add (apng, png->image, exporting->frame_ms, error))
        return FALSE;
      tell (exporting, i + 1);
    }
  return limn_apng_finish (apng, error) && limn_atomic_stream_commit (stream, error);
}

/* --- Video --- */

/* Two temporary files: what GStreamer makes, and what it complains of. */
typedef struct
{
  char        *video;
  char        *complaints;
  GSubprocess *process;
} Video;

static void
video_clear (Video *video)
{
  if (video->process)
    g_subprocess_force_exit (video->process);
  g_clear_object (&video->process);
  if (video->video)
    g_unlink (video->video);
  if (video->complaints)
    g_unlink (video->complaints);
  g_free (video->video);
  g_free (video->complaints);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Video, video_clear)

static char *
make_temporary (GError **error)
{
  char *path = NULL;
  int fd = g_file_open_tmp ("limn-video-XXXXXX", &path, error);

  if (fd >= 0)
    close (fd);
  return path;
}

static gboolean
start_video (Video *video, guint width, guint height, guint frame_ms, GError **error)
{
  g_autoptr(GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autofree char *w = g_strdup_printf ("width=%u", width);
  g_autofree char *h = g_strdup_printf ("height=%u", height);
  g_autofree char *rate = g_strdup_printf ("framerate=1000/%u", frame_ms);
  g_autofree char *folder = NULL;
  g_autofree char *name = NULL;
  g_autofree char *location = NULL;

  video->video = make_temporary (error);
  video->complaints = video->video ? make_temporary (error) : NULL;
  if (!video->complaints)
    return FALSE;
  folder = g_path_get_dirname (video->video);
  name = g_path_get_basename (video->video);
  location = g_strconcat ("location=", name, NULL);
  g_subprocess_launcher_set_cwd (launcher, folder);
  g_subprocess_launcher_set_stderr_file_path (launcher, video->complaints);
  /* Constant quality at a level where an eye finds nothing; a picture in 4:4:4 is not played everywhere. An encoder that looks ahead
   * (lag-in-frames) loses the frames that it has not yet given when the pipe ends: 20 of 22 with GStreamer 1.22. */
  {
    const char *const argv[] = { LAUNCH, "-q", "-e", "fdsrc", "fd=0", "!", "rawvideoparse", "format=rgb", w, h, rate, "!",
                                 "videoconvert", "!", "video/x-raw,format=I420", "!", "vp9enc", "end-usage=cq", "cq-level=12",
                                 "lag-in-frames=0", "deadline=1000000", "cpu-used=2", "!", "webmmux", "!", "filesink", location,
                                 NULL };

    video->process = g_subprocess_launcher_spawnv (launcher, argv, error);
  }
  return video->process != NULL;
}

static gboolean
send_frame (GOutputStream *pipe, LimnImage *picture, GCancellable *cancellable, GError **error)
{
  g_autoptr(LimnImage) rgb = limn_image_dup_as (picture, LIMN_PIXEL_RGB8);
  g_autofree guint8 *row = NULL;
  guint width = limn_image_get_width (rgb);
  /* rawvideoparse takes rows that begin at multiples of 4. */
  gsize stride = (3 * (gsize) width + 3) / 4 * 4;

  row = g_malloc0 (stride);
  for (guint y = 0; y < limn_image_get_height (rgb); y++)
    {
      memcpy (row, limn_image_get_row (rgb, y), 3 * (gsize) width);
      if (!g_output_stream_write_all (pipe, row, stride, NULL, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

/* (out) @error: what GStreamer said, if it said something, in the place of what was there. */
static gboolean
fail_video (const Video *video, GError **error)
{
  g_autofree char *text = NULL;

  if (error && g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return FALSE;
  g_clear_error (error);
  if (!g_file_get_contents (video->complaints, &text, NULL, NULL) || !*g_strstrip (text))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "GStreamer made no video, and did not say why.");
  else
    {
      g_autofree char *valid = g_utf8_make_valid (text, MIN (strlen (text), 600));

      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "GStreamer made no video: %s", valid);
    }
  return FALSE;
}

static gboolean
feed_video (const Exporting *exporting, Video *video, GError **error)
{
  guint width = 0, height = 0;
  GOutputStream *pipe = NULL;

  for (guint i = 0; i < limn_sequence_get_n_frames (exporting->sequence); i++)
    {
      g_autoptr(LimnPng) png = decode_frame (exporting, i, error);

      if (!png)
        return FALSE;
      if (i == 0)
        {
          width = png->width;
          height = png->height;
          if (!start_video (video, width, height, exporting->frame_ms, error))
            return FALSE;
          pipe = g_subprocess_get_stdin_pipe (video->process);
        }
      if (png->width != width || png->height != height)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "Frame %u has %ux%u pixels, the first %ux%u.", i + 1, png->width, png->height, width,
                       height);
          return FALSE;
        }
      if (!send_frame (pipe, png->image, exporting->cancellable, error))
        return fail_video (video, error);
      tell (exporting, i + 1);
    }
  if (!g_output_stream_close (pipe, exporting->cancellable, error) ||
      !g_subprocess_wait_check (video->process, exporting->cancellable, error))
    return fail_video (video, error);
  return TRUE;
}

static gboolean
write_webm (const Exporting *exporting, GError **error)
{
  g_auto(Video) video = { NULL };
  g_autoptr(GFile) file = NULL;
  g_autoptr(GFileInputStream) made = NULL;
  g_autoptr(LimnAtomicStream) stream = NULL;
  const struct timespec now = { 0, 0 };
  gboolean good;
  sigset_t pipe_signal, before;
  gssize n_bytes;

  if (!check_gstreamer (error))
    return FALSE;
  /* A program that ends while it is written to would take this one along. */
  sigemptyset (&pipe_signal);
  sigaddset (&pipe_signal, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &pipe_signal, &before);
  good = feed_video (exporting, &video, error);
  while (sigtimedwait (&pipe_signal, NULL, &now) == SIGPIPE)
    ;
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (!good)
    return FALSE;

  file = g_file_new_for_path (video.video);
  made = g_file_read (file, exporting->cancellable, error);
  stream = made ? limn_atomic_stream_new (exporting->path, error) : NULL;
  if (!stream)
    return FALSE;
  n_bytes = g_output_stream_splice (G_OUTPUT_STREAM (stream), G_INPUT_STREAM (made), G_OUTPUT_STREAM_SPLICE_NONE, exporting->cancellable,
                                    error);
  if (n_bytes == 0)
    return fail_video (&video, error);
  return n_bytes > 0 && limn_atomic_stream_commit (stream, error);
}

gboolean
limn_sequence_export (const LimnSequence    *sequence,
                      LimnSequenceFormat     format,
                      const char            *path,
                      guint                  frame_ms,
                      LimnSequenceRead       read,
                      gpointer               data,
                      GFileProgressCallback  progress,
                      gpointer               progress_data,
                      GCancellable          *cancellable,
                      GError               **error)
{
  const Exporting exporting = { sequence, path, frame_ms, read, data, progress, progress_data, cancellable };

  if (frame_ms < 10 || frame_ms > 60000)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "A frame can be shown for 10 to 60000 ms, not %u.", frame_ms);
      return FALSE;
    }
  switch (format)
    {
    case LIMN_SEQUENCE_NUMBERED:
      return limn_atomic_file_check_folder (path, "frame-", error) && write_numbered (&exporting, error);
    case LIMN_SEQUENCE_WEBM:
      return write_webm (&exporting, error);
    case LIMN_SEQUENCE_APNG:
    default:
      return write_apng (&exporting, error);
    }
}
