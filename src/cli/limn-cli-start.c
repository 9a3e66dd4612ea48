/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-start.h"

#include "base/limn-error.h"
#include "session/limn-import.h"

#include <string.h>

void
limn_cli_start_clear (LimnCliStart *start)
{
  limn_cli_source_clear (&start->source);
  limn_cli_control_clear (&start->control);
  g_free (start->from);
  g_free (start->size);
  g_free (start->seamless);
}

GOptionEntry *
limn_cli_start_list (LimnCliStart *start, const GOptionEntry *own)
{
  const GOptionEntry entries[] = {
    { "from", 0, 0, G_OPTION_ARG_FILENAME, &start->from,
      "Settings of a PNG, JPEG or WebP, by whichever program it was made; a prompt and further options replace its own", "FILE" },
    { "size", 0, 0, G_OPTION_ARG_FILENAME, &start->size,
      "Width and height in pixels (default: the model's; with --init the picture's, which is scaled to any other)", "WxH" },
    { "init", 'i', 0, G_OPTION_ARG_FILENAME, &start->source.init,
      "Starts from this PNG, JPEG, WebP or TIFF instead of from nothing; turned and coloured as its Exif and profile say", "FILE" },
    { "strength", 0, 0, G_OPTION_ARG_FILENAME, &start->source.strength,
      "How far from it the picture may go, 0 to 1: 0 is that picture, 1 begins from pure noise (default: 0.75)", "NUMBER" },
    { "mask", 0, 0, G_OPTION_ARG_FILENAME, &start->source.mask,
      "Where it may change: white fully, grey less, black not at all, to the last bit (default: everywhere)", "FILE" },
    { "mask-fit", 0, 0, G_OPTION_ARG_FILENAME, &start->source.mask_fit,
      "What becomes of a mask of another size than the picture: scale, or pad (in the upper left corner; default: an error)", "NAME" },
    { "mask-mode", 0, 0, G_OPTION_ARG_FILENAME, &start->source.mask_mode,
      "What is under the mask at first: original; blurred, the colours around it; noise; empty, flat grey (default: original)", "NAME" },
    { "feather", 0, 0, G_OPTION_ARG_FILENAME, &start->source.feather,
      "Pixels inside the mask's edge over which old passes into new (default: 8)", "N" },
    { "only-masked", 0, 0, G_OPTION_ARG_NONE, &start->source.only_masked,
      "Works on the masked part alone, enlarged to the size that the model likes: small things get all its detail", NULL },
    { "padding", 0, 0, G_OPTION_ARG_FILENAME, &start->source.padding,
      "Pixels around it that the model sees then (default: 32)", "N" },
    { "outpaint", 0, 0, G_OPTION_ARG_FILENAME, &start->source.outpaint,
      "Adds so many pixels on the left, above, on the right and below, and paints them", "L,T,R,B" },
    { "blend", 0, 0, G_OPTION_ARG_FILENAME, &start->source.blend,
      "Lets so many old pixels beside what --outpaint adds change too, less and less, so that old and new pass into each other (default: 0)",
      "N" },
    { "control", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &start->control.controls,
      "A ControlNet, a file or the name of one that comes with Limn or lies in a folder of --models, and the picture that it draws by; strength 0 "
      "to 2 (default: 1), and "
      "between which parts of the steps, 0 to 1; may be given several times", "MODEL:PICTURE[:STRENGTH[:START[:END]]]" },
    { "control-preprocessor", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &start->control.preprocessors,
      "What is made of that picture first: none, edge, luminance, scribble, invert; once for all, or once for each (default: what the "
      "ControlNet's name asks for, as canny or scribble do, unless the picture is such a map already; else none)", "NAME" },
    { "seamless", 0, 0, G_OPTION_ARG_FILENAME, &start->seamless,
      "Edges that fit together: x left and right, y upper and lower, xy both", "NAME" },
  };
  g_autoptr(GArray) all = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  g_array_append_vals (all, entries, G_N_ELEMENTS (entries));
  for (; own && own->long_name; own++)
    g_array_append_vals (all, own, 1);
  return (GOptionEntry *) g_array_free (g_steal_pointer (&all), FALSE);
}

/* What models of all known families want of a picture's sides. */
#define MULTIPLE 8

LimnRequest *
limn_cli_start_begin (const LimnCliStart *options, LimnRequestSource **start, GError **error)
{
  g_autoptr(LimnImport) import = NULL;
  LimnRequest *request;

  if (!options->from)
    {
      request = limn_request_new ();
      request->seed = limn_cli_any_seed ();
      return request;
    }
  import = limn_import_new_for_file (options->from, MULTIPLE, error);
  if (!import)
    return NULL;
  if (!import->request)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” holds no settings that Limn can read.%s%s", options->from,
                   import->notes->len > 0 ? " " : "",
                   import->notes->len > 0 ? (const char *) g_ptr_array_index (import->notes, 0) : "");
      return NULL;
    }
  for (guint i = 0; i < import->notes->len; i++)
    limn_cli_say ("Note: %s", (const char *) g_ptr_array_index (import->notes, i));

  request = limn_request_copy (import->request);
  *start = import->start ? limn_request_source_copy (import->start) : NULL;
  /* One picture of a batch is asked for as if it had been asked for alone; where and how it is shown is today's choice. */
  request->variation_seed = limn_request_get_variation_seed (request);
  request->seed = import->has_seed ? limn_request_get_seed (request) : limn_cli_any_seed ();
  request->batch_count = 1;
  request->batch_index = 0;
  request->preview = LIMN_PREVIEW_NOISY;
  request->preview_every = 1;
  return request;
}

/* Of a picture that came about in more than one go, only so much as what is asked for leaves: another seed is no branch of that one, and other words are
 * no mixture of its ends'. */
static void
leave_out (LimnRequest *request, const LimnCliStart *options, const LimnCliOptions *shared, const char *prompt)
{
  gboolean settled = !limn_cli_options_check_onward (shared, NULL) || options->size || options->seamless || options->source.init;
  gboolean words = prompt || shared->negative;

  if (request->branch && settled)
    {
      limn_cli_say ("Note: that picture parts from another one at step %u; this one does not.", request->branch->step);
      limn_request_take_branch (request, NULL);
    }
  if (request->mix && request->mix->way == LIMN_MIX_NOISE && (words || shared->seed || options->source.init))
    {
      limn_cli_say ("Note: that picture is blended of others; this one is not.");
      limn_request_take_mix (request, NULL);
    }
  for (guint i = 0; request->mix && request->mix->way == LIMN_MIX_PICTURES && words && i < request->mix->n_ends; i++)
    {
      g_autofree char *picture = g_strdup (request->mix->ends[i].picture);

      limn_request_mix_set_end (request->mix, i, NULL, picture);
    }
}

gboolean
limn_cli_start_fill (const LimnCliStart *options, const LimnCliOptions *shared, const char *prompt, LimnRequest *request, GError **error)
{
  leave_out (request, options, shared, prompt);
  if (prompt)
    limn_request_set_prompt (request, prompt);
  if (!limn_cli_options_fill (shared, request, error) ||
      (options->size && !limn_cli_parse_size ("--size", options->size, &request->width, &request->height, error)))
    return FALSE;
  if (options->size)
    request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  if (options->seamless)
    {
      request->wrap_x = strchr (options->seamless, 'x') != NULL;
      request->wrap_y = strchr (options->seamless, 'y') != NULL;
      if (!g_strv_contains ((const char *const[]){ "x", "y", "xy", NULL }, options->seamless))
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--seamless must be x, y or xy, not “%s”.", options->seamless);
          return FALSE;
        }
    }
  return limn_request_check (request, error);
}

gboolean
limn_cli_start_fill_source (const LimnCliStart       *options,
                            const LimnCliOptions     *shared,
                            const LimnRequestSource  *start,
                            LimnRequest              *request,
                            LimnStash                *stash,
                            GError                  **error)
{
  if (!limn_cli_control_fill (&options->control, shared, request, stash, error))
    return FALSE;
  if ((request->source || request->branch || request->mix || request->controls) && !options->source.init)
    {
      g_autoptr(LimnRequest) wanted = limn_request_copy (request);

      /* Another mask is given: that of the recipe is not missed. */
      if (options->source.mask && wanted->source)
        limn_request_source_set_mask (wanted->source, NULL);
      if (!limn_cli_source_find_again (wanted, options->from, NULL, NULL, stash, error))
        return FALSE;
    }
  return limn_cli_source_fill (&options->source, request, start, options->size != NULL, stash, error) &&
         limn_request_check (request, error);
}
