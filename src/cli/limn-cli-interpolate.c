/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What lies between pictures: a strip between two, or a way over the pad between four. Each place is painted once, into a temporary folder; from there
 * the frames go to where they shall be. */
#include "config.h"

#include "cli/limn-cli-batch.h"
#include "cli/limn-cli-ends.h"
#include "cli/limn-cli-recipe.h"
#include "cli/limn-cli-sheet.h"

#include "base/limn-error.h"
#include "session/limn-recipe.h"
#include "session/limn-sequence-export.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* How far pictures are diffused before they are mixed where nobody said: half way, where both still show and what is between them is coherent. */
#define STRENGTH 0.5
#define FRAMES 9
#define FRAME_MS 100

typedef struct
{
  LimnCliOptions    shared;
  char             *way;
  char             *strength;
  char             *frames;
  char             *easing;
  gboolean          loop;
  gboolean          ping_pong;
  char             *path;
  char             *frame_ms;
  char             *size;
  char             *prompt;
  LimnCliSheetPlace sheet;
} Options;

static void
options_clear (Options *options)
{
  limn_cli_options_clear (&options->shared);
  g_free (options->way);
  g_free (options->strength);
  g_free (options->frames);
  g_free (options->easing);
  g_free (options->path);
  g_free (options->frame_ms);
  g_free (options->size);
  g_free (options->prompt);
  limn_cli_sheet_place_clear (&options->sheet);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* "noise" and "pictures" are LimnMixWay's; "latents" are pictures that are not diffused at all. */
static gboolean
parse_way (const Options *options, LimnMixWay *way, double *strength, GError **error)
{
  const char *name = options->way ? options->way : "noise";
  gboolean latents = g_str_equal (name, "latents");

  *way = LIMN_MIX_PICTURES;
  *strength = latents ? 0 : STRENGTH;
  if (!latents && !g_strv_contains ((const char *const[]){ "noise", "pictures", NULL }, name))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--way must be noise, pictures or latents, not “%s”.", name);
      return FALSE;
    }
  if (!latents && !limn_mix_way_from_name (name, way, error))
    return FALSE;
  if (options->strength && (latents || *way == LIMN_MIX_NOISE))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--strength is for --way pictures: how far they are diffused before they are mixed.");
      return FALSE;
    }
  if (options->prompt && *way == LIMN_MIX_NOISE)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--prompt is for --way pictures; with noise the ends' own prompts are mixed.");
      return FALSE;
    }
  if (options->shared.seed && *way == LIMN_MIX_NOISE)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--seed is for --way pictures; with noise each end brings its own, as in \"a red house@1\".");
      return FALSE;
    }
  if (*way == LIMN_MIX_NOISE)
    *strength = 0;
  return !options->strength || limn_cli_parse_double ("--strength", options->strength, strength, error);
}

/* "0,0 1,0 1,1" */
static gboolean
parse_path (const char *text, GArray *points, GError **error)
{
  g_auto(GStrv) words = g_strsplit_set (text, " ;", -1);

  for (guint i = 0; words[i]; i++)
    {
      LimnSequencePoint point;
      char *end;

      if (!*words[i])
        continue;
      point.u = g_ascii_strtod (words[i], &end);
      if (end > words[i] && *end == ',')
        {
          const char *second = end + 1;

          point.v = g_ascii_strtod (second, &end);
          if (end > second && *end == '\0')
            {
              g_array_append_val (points, point);
              continue;
            }
        }
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "--path must be places on the pad, each as how far along and how far down from 0 to 1, as “0,0 1,0 1,1”; not “%s”.", words[i]);
      return FALSE;
    }
  return TRUE;
}

static LimnSequence *
make_sequence (const Options *options, guint n_ends, GError **error)
{
  static const LimnSequencePoint round[] = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 } };
  g_autoptr(GArray) points = g_array_new (FALSE, FALSE, sizeof (LimnSequencePoint));
  LimnEasing easing = LIMN_EASING_LINEAR;
  guint n_frames = FRAMES;

  if (!limn_cli_parse_count ("--frames", options->frames, &n_frames, error) ||
      (options->easing && !limn_easing_from_name (options->easing, &easing, error)))
    return NULL;
  if (options->path && n_ends != 4)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--path is a way over the pad between four pictures; between two there is only one way.");
      return NULL;
    }
  if (options->path && !parse_path (options->path, points, error))
    return NULL;
  if (!options->path && n_ends == 4)
    g_array_append_vals (points, round, G_N_ELEMENTS (round));
  if (n_ends == 2)
    return limn_sequence_new (NULL, 0, n_frames, easing, options->loop, options->ping_pong, error);
  return limn_sequence_new ((const LimnSequencePoint *) points->data, points->len, n_frames, easing, options->loop, options->ping_pong, error);
}

/* --- Requests --- */

/* What the mix takes from its first end, and others say otherwise. */
static void
tell_differences (const LimnCliEnds *ends, const LimnRequest *own, char **names)
{
  for (guint i = 0; i < ends->n; i++)
    {
      const LimnRequest *end = ends->requests[i];
      g_autofree char *shown = g_filename_display_name (names[i]);

      if (!end)
        continue;
      if (end->width != own->width || end->height != own->height)
        limn_cli_say ("Note: “%s” has %ux%u pixels; what is between has %ux%u.", shown, end->width, end->height, own->width, own->height);
      if (end->steps != own->steps || end->sampler != own->sampler || end->schedule != own->schedule)
        limn_cli_say ("Note: “%s” was made with %u steps of %s; all frames have %u of %s.", shown, end->steps,
                      limn_sampler_get_facts (end->sampler)->display_name, own->steps, limn_sampler_get_facts (own->sampler)->display_name);
    }
}

/* Of as many pixels as the model was made for, in the proportions of a picture that says nothing of its own. */
static gboolean
choose_size (LimnRequest *base, const char *id, LimnSession *session, LimnStash *stash, GCancellable *cancellable, GError **error)
{
  g_autoptr(LimnImage) picture = limn_stash_load (stash, id, error);
  g_autoptr(LimnInspection) inspection = picture ? limn_cli_recipe_inspect (session, base, cancellable, error) : NULL;
  double width, height, scale;

  if (!inspection)
    return FALSE;
  width = limn_image_get_width (picture);
  height = limn_image_get_height (picture);
  scale = sqrt ((double) inspection->width * inspection->height / (width * height)) / inspection->multiple;
  /* A picture as narrow as a line is held to what can be asked for. */
  base->width = CLAMP (round (width * scale), 1, LIMN_REQUEST_MAX_SIDE / inspection->multiple) * inspection->multiple;
  base->height = CLAMP (round (height * scale), 1, LIMN_REQUEST_MAX_SIDE / inspection->multiple) * inspection->multiple;
  base->open &= ~LIMN_REQUEST_OPEN_SIZE;
  return TRUE;
}

/* All but where on the strip it is. */
static LimnRequest *
make_base (const Options *options, const LimnCliEnds *ends, LimnMixWay way, double strength, char **names, LimnSession *session,
           LimnStash *stash, GCancellable *cancellable, GError **error)
{
  g_autoptr(LimnRequest) base = NULL;
  LimnRequestMix *mix = limn_request_mix_new (way, ends->n);
  gboolean said = options->prompt || options->shared.negative;

  for (guint i = 0; i < ends->n && !base; i++)
    if (ends->requests[i])
      base = limn_request_copy (ends->requests[i]);
  if (!base)
    base = limn_request_new ();
  mix->strength = strength;
  for (guint i = 0; i < ends->n; i++)
    limn_request_mix_set_end (mix, i, way == LIMN_MIX_PICTURES && said ? NULL : ends->requests[i], ends->pictures[i]);
  /* Whatever the first end was made of: the mix is made of the ends. */
  limn_request_take_branch (base, NULL);
  limn_request_set_source (base, NULL);
  base->tile = base->overlap = 0;
  base->variation_strength = 0;
  base->variation_seed = 0;
  base->seed_width = base->seed_height = 0;
  limn_request_take_mix (base, mix);
  if (options->prompt)
    limn_request_set_prompt (base, options->prompt);
  if (way == LIMN_MIX_PICTURES && !options->shared.seed && !ends->requests[0])
    base->seed = limn_cli_any_seed ();
  if (!limn_cli_options_fill (&options->shared, base, error) ||
      (options->size && !limn_cli_parse_size ("--size", options->size, &base->width, &base->height, error)))
    return NULL;
  if (options->size)
    base->open &= ~LIMN_REQUEST_OPEN_SIZE;
  else if (base->open & LIMN_REQUEST_OPEN_SIZE && way == LIMN_MIX_PICTURES &&
           !choose_size (base, ends->pictures[0], session, stash, cancellable, error))
    return NULL;
  base->preview = LIMN_PREVIEW_NONE;
  base->preview_every = 1;
  if (base->open)
    {
      g_autoptr(LimnRequest) resolved = limn_cli_recipe_resolve (session, base, cancellable, error);

      if (!resolved)
        return NULL;
      limn_request_free (base);
      base = g_steal_pointer (&resolved);
    }
  if (!limn_request_check (base, error))
    return NULL;
  tell_differences (ends, base, names);
  return g_steal_pointer (&base);
}

/* --- Painting --- */

typedef struct
{
  const LimnRequest  *base;
  gboolean            mixes_cfg;
  const LimnSequence *sequence;
  char               *folder; /* temporary */
  LimnCliSheet       *sheet;
} Painting;

static void
painting_clear (Painting *painting)
{
  if (painting->folder)
    {
      g_autoptr(GDir) dir = g_dir_open (painting->folder, 0, NULL);
      const char *name;

      while (dir && (name = g_dir_read_name (dir)))
        {
          g_autofree char *path = g_build_filename (painting->folder, name, NULL);

          g_unlink (path);
        }
      g_rmdir (painting->folder);
    }
  g_free (painting->folder);
  limn_cli_sheet_free (painting->sheet);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Painting, painting_clear)

static LimnRequest *
dup_request (gpointer data, guint i)
{
  const Painting *painting = data;
  LimnSequencePoint point = limn_sequence_get_point (painting->sequence, i);
  LimnRequest *request = limn_request_copy (painting->base);
  LimnRequestMix *mix = request->mix;
  double weights[LIMN_MIX_MAX_ENDS];

  mix->u = point.u;
  mix->v = point.v;
  if (painting->mixes_cfg)
    {
      limn_request_mix_get_weights (mix, weights);
      request->cfg = 0;
      for (guint j = 0; j < mix->n_ends; j++)
        request->cfg += weights[j] * mix->ends[j].request->cfg;
    }
  return request;
}

static char *
dup_path (gpointer data, guint i)
{
  const Painting *painting = data;
  g_autofree char *name = g_strdup_printf ("%04u.png", i);

  return g_build_filename (painting->folder, name, NULL);
}

static void
on_painted (gpointer data, guint i, LimnImage *picture)
{
  const Painting *painting = data;
  LimnSequencePoint point = limn_sequence_get_point (painting->sequence, i);
  g_autofree char *label = painting->base->mix->n_ends == 4 ? g_strdup_printf ("%.3g, %.3g", point.u, point.v) : g_strdup_printf ("%.3g", point.u);

  limn_cli_sheet_add (painting->sheet, i, picture, label);
}

static GBytes *
read_picture (gpointer data, guint picture, GError **error)
{
  g_autofree char *path = dup_path (data, picture);
  char *bytes;
  gsize length;

  if (!g_file_get_contents (path, &bytes, &length, error))
    return NULL;
  return g_bytes_new_take (bytes, length);
}

static gboolean
open_sheet (Painting *painting, const Options *options, const LimnCliEnds *ends, LimnMixWay way, char **names, GError **error)
{
  g_autoptr(GString) title = g_string_new (NULL);
  g_autofree char *about = limn_cli_sheet_describe (painting->base, FALSE);
  g_autofree char *subtitle = NULL;

  for (guint i = 0; i < ends->n; i++)
    {
      g_autofree char *name = g_filename_display_basename (names[i]);

      g_string_append_printf (title, "%s%s", i ? " – " : "", ends->requests[i] && *ends->requests[i]->prompt ? ends->requests[i]->prompt : name);
    }
  if (way == LIMN_MIX_NOISE)
    subtitle = g_strdup_printf ("noise and words blended, %s", about);
  else if (painting->base->mix->strength > 0)
    subtitle = g_strdup_printf ("diffused by %g, blended, %s", painting->base->mix->strength, about);
  else
    subtitle = g_strdup ("latents blended");
  painting->sheet = limn_cli_sheet_new_row (&options->sheet, limn_sequence_get_n_pictures (painting->sequence), title->str, subtitle,
                                            painting->base->width, painting->base->height, error);
  return painting->sheet != NULL;
}

static int
paint (Painting *painting, const Options *options, const LimnCliEnds *ends, LimnCliProgress progress, LimnSession *session, LimnStash *stash,
       LimnSequenceFormat format, const char *target, guint frame_ms, GCancellable *cancellable)
{
  LimnCliBatchCount count;
  const LimnCliBatch batch = {
    .n = limn_sequence_get_n_pictures (painting->sequence), .progress = progress, .stash = stash,
    .embed = options->shared.embed || ends->painted, .quiet = TRUE, .dup_request = dup_request, .dup_path = dup_path, .painted = on_painted,
    .data = painting,
  };
  g_autoptr(GError) error = NULL;
  int code = limn_cli_batch_paint (&batch, session, cancellable, &count);

  if (code != LIMN_CLI_OK)
    return code;
  if (!limn_sequence_export (painting->sequence, format, target, frame_ms, read_picture, painting, NULL, NULL, cancellable, &error))
    {
      limn_cli_progress_fail (progress, error);
      return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? LIMN_CLI_CANCELLED : LIMN_CLI_NO_OUTPUT;
    }
  puts (target);
  if (painting->sheet && !limn_cli_sheet_write (painting->sheet, progress))
    return LIMN_CLI_NO_OUTPUT;
  limn_cli_batch_tell (progress, &count);
  return LIMN_CLI_OK;
}

static int
blend (const Options *options, char **names, guint n_names, const LimnSequence *sequence, LimnMixWay way, double strength,
       LimnSequenceFormat format, const char *target, guint frame_ms, LimnCliProgress progress)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LimnStash) stash = limn_stash_new (NULL, NULL);
  g_autoptr(LimnSession) session = limn_cli_session_new ();
  g_autoptr(LimnRequest) base = NULL;
  g_auto(LimnCliEnds) ends = { .n = n_names };
  g_auto(Painting) painting = { .sequence = sequence };
  g_autoptr(GError) error = NULL;

  limn_cli_cancel_on_signal (cancellable);
  limn_session_set_stash (session, stash);
  if (limn_cli_ends_load (&ends, names, way == LIMN_MIX_PICTURES, &options->shared, options->size, session, stash, cancellable, &error))
    base = make_base (options, &ends, way, strength, names, session, stash, cancellable, &error);
  if (!base)
    return limn_cli_progress_fail (progress, error);
  painting.base = base;
  painting.mixes_cfg = !options->shared.cfg && limn_request_mix_has_prompts (base->mix);
  painting.folder = g_dir_make_tmp ("limn-frames-XXXXXX", &error);
  if (!painting.folder || !open_sheet (&painting, options, &ends, way, names, &error))
    {
      limn_cli_progress_fail (progress, error);
      return LIMN_CLI_NO_OUTPUT;
    }
  return paint (&painting, options, &ends, progress, session, stash, format, target, frame_ms, cancellable);
}

int
limn_cli_interpolate (int argc, char **argv)
{
  g_auto(Options) options = { { NULL } };
  const GOptionEntry own[] = {
    { "way", 'w', 0, G_OPTION_ARG_FILENAME, &options.way,
      "noise: the noise and the words they began with; pictures: what they became, diffused and painted anew; latents: what they became, as it is "
      "(default: noise)", "NAME" },
    { "strength", 0, 0, G_OPTION_ARG_FILENAME, &options.strength,
      "With --way pictures: how far they are diffused, 0 to 1: little keeps the details of both, much invents (default: 0.5)", "NUMBER" },
    { "frames", 0, 0, G_OPTION_ARG_FILENAME, &options.frames, "Frames from one end to the other, both included (default: 9)", "N" },
    { "easing", 0, 0, G_OPTION_ARG_FILENAME, &options.easing,
      "linear, the same speed everywhere; smooth, at rest at each end (default: linear)", "NAME" },
    { "loop", 0, 0, G_OPTION_ARG_NONE, &options.loop, "Goes on from the last end to the first: shown again and again it has no jump", NULL },
    { "ping-pong", 0, 0, G_OPTION_ARG_NONE, &options.ping_pong, "And back again; nothing is painted twice for that", NULL },
    { "path", 0, 0, G_OPTION_ARG_FILENAME, &options.path,
      "Between four: the places that the way goes through, as \"0,0 1,1\": along, down (default: round the corners)", "PLACES" },
    { "frame-ms", 0, 0, G_OPTION_ARG_FILENAME, &options.frame_ms, "How long a frame is shown in an animation, 10 to 60000 (default: 100)", "N" },
    { "size", 0, 0, G_OPTION_ARG_FILENAME, &options.size, "Width and height in pixels (default: as the first end was painted, or as the model likes it)", "WxH" },
    { "prompt", 'p', 0, G_OPTION_ARG_FILENAME, &options.prompt,
      "With --way pictures: what all of them show, instead of what each says of itself", "TEXT" },
    { "sheet", 0, 0, G_OPTION_ARG_FILENAME, &options.sheet.path, "Also lays all pictures on one sheet, with their places", "FILE.png" },
    { "dark", 0, 0, G_OPTION_ARG_NONE, &options.sheet.dark, "The sheet's paper is dark", NULL },
    { NULL },
  };
  g_autofree GOptionEntry *entries = limn_cli_options_list (&options.shared, NULL, FALSE, own);
  g_autofree char *more = limn_cli_samplers_text ();
  g_autoptr(LimnSequence) sequence = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *target = NULL;
  LimnCliProgress progress;
  LimnSequenceFormat format;
  LimnMixWay way;
  double strength;
  guint frame_ms = FRAME_MS, n_rest;
  gboolean made;
  char **rest;
  int code;

  if (!limn_cli_parse ("interpolate", "A B [C D]",
                       "Paints what lies between two pictures, or on a way over the pad between four (A and B above, C and D below). Each is a PNG of "
                       "Limn, any\npicture (with --way pictures and latents), or a prompt with its seed, as \"a red house@1\". --output is a folder for "
                       "numbered PNGs, of which each\nsays how it is made again; or FILE.png, an animation; or FILE.webm, where GStreamer is installed.",
                       more, entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest != 2 && n_rest != 4)
    return limn_cli_usage ("interpolate", "Two pictures are needed, or four; a prompt with spaces needs quotes.");
  if (options.shared.queue || options.shared.dry_run)
    return limn_cli_usage ("interpolate", "--queue and --dry-run take one picture at a time; they have no meaning here.");
  if (!limn_cli_progress_from_name (options.shared.progress, &progress, &error) || !parse_way (&options, &way, &strength, &error) ||
      !limn_cli_parse_count ("--frame-ms", options.frame_ms, &frame_ms, &error))
    return limn_cli_usage ("interpolate", "%s", error->message);
  if (frame_ms < 10 || frame_ms > 60000)
    return limn_cli_usage ("interpolate", "--frame-ms must be from 10 to 60000, not %u.", frame_ms);
  sequence = make_sequence (&options, n_rest, &error);
  if (!sequence)
    return limn_cli_usage ("interpolate", "%s", error->message);
  target = options.shared.output ? g_strdup (options.shared.output) : limn_cli_folder_new ("limn-interpolation");
  format = limn_sequence_format_from_path (target);
  made = format == LIMN_SEQUENCE_NUMBERED && !g_file_test (target, G_FILE_TEST_EXISTS);
  if (!limn_sequence_check_target (format, target, &error) || !limn_cli_sheet_place_check (&options.sheet, &error))
    {
      code = limn_cli_progress_fail (progress, error);
      return error->domain == G_IO_ERROR ? LIMN_CLI_NO_OUTPUT : code;
    }

  code = blend (&options, rest, n_rest, sequence, way, strength, format, target, frame_ms, progress);
  /* Where nothing came into it; a folder with something in it is not removed. */
  if (code != LIMN_CLI_OK && made)
    g_rmdir (target);
  return code;
}
