/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-source.h"

#include "base/limn-error.h"
#include "cli/limn-cli-options.h"
#include "image/limn-photo.h"
#include "image/limn-png.h"
#include "image/limn-resize.h"
#include "session/limn-embedded.h"
#include "session/limn-grow-blend.h"
#include "session/limn-request-files.h"

#include <string.h>

void
limn_cli_source_clear (LimnCliSource *options)
{
  g_free (options->init);
  g_free (options->mask);
  g_free (options->mask_fit);
  g_free (options->strength);
  g_free (options->mask_mode);
  g_free (options->feather);
  g_free (options->padding);
  g_free (options->outpaint);
  g_free (options->blend);
}

const char *
limn_cli_source_find (const LimnCliSource *options)
{
  const struct
  {
    const char *name;
    gboolean    given;
  } all[] = {
    { "--mask", options->mask != NULL },
    { "--mask-fit", options->mask_fit != NULL },
    { "--strength", options->strength != NULL },
    { "--mask-mode", options->mask_mode != NULL },
    { "--feather", options->feather != NULL },
    { "--only-masked", options->only_masked },
    { "--padding", options->padding != NULL },
    { "--outpaint", options->outpaint != NULL },
    { "--blend", options->blend != NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i].given)
      return all[i].name;
  return NULL;
}

LimnImage *
limn_cli_source_load (const char *path, LimnStash *stash, char **id, GBytes **bytes, GError **error)
{
  g_autoptr(LimnImage) picture = limn_photo_load (path, error);
  char *data;
  gsize length;

  if (!picture)
    return NULL;
  /* Once more, and as small as it was a moment ago or not at all. */
  if (bytes)
    {
      if (!g_file_get_contents (path, &data, &length, error))
        return NULL;
      *bytes = g_bytes_new_take (data, length);
    }
  *id = limn_stash_add (stash, picture);
  return g_steal_pointer (&picture);
}

/* --- Masks --- */

/* White may change, black may not; what is transparent is not painted. */
static LimnImage *
to_grey (LimnImage *image, GError **error)
{
  g_autoptr(LimnImage) rgba = limn_image_dup_as (image, LIMN_PIXEL_RGBA8);
  g_autoptr(LimnImage) grey = limn_image_dup_as (image, LIMN_PIXEL_GREY8);
  guint width = limn_image_get_width (image), height = limn_image_get_height (image);
  guint8 *data = g_try_malloc ((gsize) width * height);

  if (!data)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY, "There is no memory for this mask.");
      return NULL;
    }
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      data[(gsize) y * width + x] = (limn_image_get_row (grey, y)[x] * limn_image_get_row (rgba, y)[x * 4 + 3] + 127) / 255;
  return limn_image_new_take (LIMN_PIXEL_GREY8, width, height, data, error);
}

static LimnImage *
scale_mask (LimnImage *mask, guint width, guint height, GError **error)
{
  guint factor = MIN (limn_image_get_width (mask) / width, limn_image_get_height (mask) / height);
  g_autoptr(LimnImage) smaller = limn_image_scale_down (mask, MAX (factor, 1));

  return limn_image_scale_bilinear (smaller, width, height, error);
}

/* From the upper left corner. */
static LimnImage *
pad_mask (LimnImage *mask, guint width, guint height, GError **error)
{
  guint8 *data = g_try_malloc0 ((gsize) width * height);
  gsize n = MIN (width, limn_image_get_width (mask));

  if (!data)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY, "There is no memory for this mask.");
      return NULL;
    }
  for (guint y = 0; y < MIN (height, limn_image_get_height (mask)); y++)
    memcpy (data + (gsize) y * width, limn_image_get_row (mask, y), n);
  return limn_image_new_take (LIMN_PIXEL_GREY8, width, height, data, error);
}

/* The mask in the file @path, made as large as the picture if @fit says how. */
static LimnImage *
load_mask (const char *path, const char *fit, guint width, guint height, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autoptr(LimnImage) image = limn_photo_load (path, error);
  g_autoptr(LimnImage) mask = image ? to_grey (image, error) : NULL;

  if (!mask || (limn_image_get_width (mask) == width && limn_image_get_height (mask) == height))
    return g_steal_pointer (&mask);
  if (fit && g_str_equal (fit, "scale"))
    return scale_mask (mask, width, height, error);
  if (fit && g_str_equal (fit, "pad"))
    return pad_mask (mask, width, height, error);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
               "The mask “%s” has %ux%u pixels, the picture %ux%u. With --mask-fit scale it is made to fit, with --mask-fit pad it is laid into "
               "the upper left corner.",
               shown, limn_image_get_width (mask), limn_image_get_height (mask), width, height);
  return NULL;
}

/* --- The options --- */

gboolean
limn_cli_source_size (LimnRequest *request, LimnImage *picture, guint factor, GError **error)
{
  const LimnRequestSource *source = request->source;
  guint64 width = ((guint64) limn_image_get_width (picture) + source->grow_left + source->grow_right) * factor;
  guint64 height = ((guint64) limn_image_get_height (picture) + source->grow_top + source->grow_bottom) * factor;

  if (width > LIMN_REQUEST_MAX_SIDE || height > LIMN_REQUEST_MAX_SIDE)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                   "The result would have %" G_GUINT64_FORMAT "x%" G_GUINT64_FORMAT " pixels; up to %d a side are possible.", width, height,
                   LIMN_REQUEST_MAX_SIDE);
      return FALSE;
    }
  request->width = width;
  request->height = height;
  request->open &= ~LIMN_REQUEST_OPEN_SIZE;
  return TRUE;
}

static gboolean
fill_growth (const char *text, LimnRequestSource *source, GError **error)
{
  g_auto(GStrv) parts = g_strsplit (text, ",", -1);
  guint *const sides[] = { &source->grow_left, &source->grow_top, &source->grow_right, &source->grow_bottom };
  gboolean good = g_strv_length (parts) == 4;

  for (guint i = 0; good && i < 4; i++)
    {
      guint64 value;

      good = g_ascii_string_to_unsigned (parts[i], 10, 0, LIMN_REQUEST_MAX_SIDE, &value, NULL);
      *sides[i] = good ? value : 0;
    }
  if (!good)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID,
                 "--outpaint must be the pixels to add on the left, above, on the right and below, as 128,0,128,0; not “%s”.", text);
  return good;
}

/* What is said of @source beside picture and mask. */
static gboolean
fill_numbers (const LimnCliSource *options, LimnRequestSource *source, GError **error)
{
  if ((options->strength && !limn_cli_parse_double ("--strength", options->strength, &source->strength, error)) ||
      (options->mask_mode && !limn_masked_content_from_name (options->mask_mode, &source->content, error)) ||
      !limn_cli_parse_count ("--feather", options->feather, &source->feather, error) ||
      !limn_cli_parse_count ("--padding", options->padding, &source->padding, error) ||
      (options->outpaint && !fill_growth (options->outpaint, source, error)))
    return FALSE;
  if (options->only_masked)
    source->only_masked = TRUE;
  return TRUE;
}

static gboolean
fill_mask (const LimnCliSource *options, LimnRequestSource *source, LimnImage *picture, LimnStash *stash, GError **error)
{
  guint width = limn_image_get_width (picture), height = limn_image_get_height (picture), blend = 0;
  g_autoptr(LimnImage) mask = NULL;
  g_autofree char *id = NULL;

  if (!limn_cli_parse_count ("--blend", options->blend, &blend, error))
    return FALSE;
  if (options->mask)
    {
      mask = load_mask (options->mask, options->mask_fit, width, height, error);
      if (!mask)
        return FALSE;
    }
  if (blend > 0)
    {
      g_autoptr(LimnImage) given = g_steal_pointer (&mask);

      if (!options->outpaint)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "--blend is for the edges at which --outpaint adds something.");
          return FALSE;
        }
      if (!given && source->mask)
        given = limn_stash_load (stash, source->mask, error);
      mask = given || !source->mask ? limn_grow_blend (given, source, width, height, blend, error) : NULL;
      if (!mask)
        return FALSE;
    }
  if (!mask)
    return TRUE;
  id = limn_stash_add (stash, mask);
  limn_request_source_set_mask (source, id);
  return TRUE;
}

static gboolean
check_fit (const char *mask, const char *fit, GError **error)
{
  if (!fit || (mask && (g_str_equal (fit, "scale") || g_str_equal (fit, "pad"))))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, mask ? "--mask-fit must be scale or pad, not “%s”." : "--mask-fit %s needs --mask.", fit);
  return FALSE;
}

gboolean
limn_cli_source_fill_mask (LimnRequestSource *source, const char *path, const char *fit, LimnImage *picture, LimnStash *stash, GError **error)
{
  g_autoptr(LimnImage) mask = NULL;
  g_autofree char *id = NULL;

  if (!check_fit (path, fit, error))
    return FALSE;
  mask = load_mask (path, fit, limn_image_get_width (picture), limn_image_get_height (picture), error);
  if (!mask)
    return FALSE;
  id = limn_stash_add (stash, mask);
  limn_request_source_set_mask (source, id);
  return TRUE;
}

gboolean
limn_cli_source_fill (const LimnCliSource     *options,
                      LimnRequest             *request,
                      const LimnRequestSource *start,
                      gboolean                 sized,
                      LimnStash               *stash,
                      GError                 **error)
{
  const char *found = limn_cli_source_find (options);
  g_autoptr(LimnImage) picture = NULL;
  g_autofree char *id = NULL;
  LimnRequestSource *source;

  if (!options->init && !request->source)
    {
      if (!found)
        return TRUE;
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "%s needs --init: of which picture?", found);
      return FALSE;
    }
  if (!check_fit (options->mask, options->mask_fit, error))
    return FALSE;
  if (options->init)
    {
      g_autoptr(LimnRequestSource) fresh = NULL;

      picture = limn_cli_source_load (options->init, stash, &id, NULL, error);
      if (!picture)
        return FALSE;
      /* Another picture: what was painted on the one before says nothing of it. */
      fresh = limn_request_source_new (id);
      if (request->source && g_str_equal (request->source->picture, id))
        limn_request_source_set_mask (fresh, request->source->mask);
      if (request->source)
        start = request->source;
      if (start)
        {
          fresh->strength = start->strength;
          fresh->content = start->content;
          fresh->feather = start->feather;
          fresh->only_masked = start->only_masked;
          fresh->padding = start->padding;
        }
      limn_request_set_source (request, fresh);
    }
  source = request->source;
  if (!picture)
    picture = limn_stash_load (stash, source->picture, error);
  if (!picture || !fill_numbers (options, source, error))
    return FALSE;
  if (!fill_mask (options, source, picture, stash, error))
    return FALSE;
  /* A recipe that is only changed in other things keeps its size, which may be another. */
  return sized || (!options->init && !options->outpaint) || limn_cli_source_size (request, picture, 1, error);
}

/* --- Again --- */

static gboolean
fail_missing (const char *what, const char *id, const char *option, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "%s is not in the file; %s must name it (SHA-256 %s).", what, option, id);
  return FALSE;
}

static gboolean
fail_other (const char *path, const char *what, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "“%s” is not %s.", shown, what);
  return FALSE;
}

static gboolean
is_named (const GArray *files, LimnRequestFileKind kind, const char *id)
{
  for (guint i = 0; i < files->len; i++)
    {
      const LimnRequestFile *file = &g_array_index (files, LimnRequestFile, i);

      if (file->kind == kind && g_str_equal (file->id, id))
        return TRUE;
    }
  return FALSE;
}

static gboolean
names_any (const GArray *files, LimnRequestFileKind kind)
{
  for (guint i = 0; i < files->len; i++)
    if (g_array_index (files, LimnRequestFile, i).kind == kind)
      return TRUE;
  return FALSE;
}

static gboolean
bring_picture (const GArray *files, const char *path, LimnStash *stash, GError **error)
{
  g_autoptr(LimnImage) picture = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autofree char *id = NULL;

  picture = limn_cli_source_load (path, stash, &id, &bytes, error);
  if (!picture)
    return FALSE;
  g_free (limn_stash_add_file (stash, bytes));
  return is_named (files, LIMN_REQUEST_FILE_PICTURE, id) || fail_other (path, "the picture that this was painted over", error);
}

static gboolean
bring_mask (const GArray *files, const char *path, LimnStash *stash, GError **error)
{
  g_autoptr(LimnImage) image = NULL;
  g_autoptr(LimnImage) mask = NULL;
  g_autofree char *id = NULL;

  if (!names_any (files, LIMN_REQUEST_FILE_MASK))
    return fail_other (path, "the mask that this was painted through: there was none", error);
  image = limn_photo_load (path, error);
  mask = image ? to_grey (image, error) : NULL;
  if (!mask)
    return FALSE;
  id = limn_stash_add (stash, mask);
  return is_named (files, LIMN_REQUEST_FILE_MASK, id) || fail_other (path, "the mask that this was painted through", error);
}

static gboolean
has_file (const LimnRequestFile *file, LimnStash *stash)
{
  g_autoptr(GBytes) bytes = NULL;

  if (file->kind != LIMN_REQUEST_FILE_JPEG)
    return limn_stash_has (stash, file->id);
  bytes = limn_stash_load_file (stash, file->id, NULL);
  return bytes != NULL;
}

static gboolean
is_control (const LimnRequest *request, const char *id)
{
  for (; request; request = request->branch ? request->branch->from : NULL)
    for (guint i = 0; request->controls && i < request->controls->len; i++)
      if (g_str_equal (((const LimnRequestControl *) g_ptr_array_index (request->controls, i))->picture, id))
        return TRUE;
  return FALSE;
}

gboolean
limn_cli_source_find_again (const LimnRequest *request,
                            const char        *file,
                            const char *const *inits,
                            const char *const *masks,
                            LimnStash         *stash,
                            GError           **error)
{
  g_autoptr(GArray) files = limn_request_list_files (request);
  g_autoptr(LimnPng) png = NULL;

  if (files->len == 0)
    {
      if ((!inits || !*inits) && (!masks || !*masks))
        return TRUE;
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "This picture was not painted over another: %s has no meaning.",
                   inits && *inits ? "--init" : "--mask");
      return FALSE;
    }
  if (file)
    {
      png = limn_png_load (file, LIMN_PNG_READ_TEXTS, error);
      if (!png || !limn_embedded_unpack (png->texts, request, stash, error))
        return FALSE;
    }
  for (; inits && *inits; inits++)
    if (!bring_picture (files, *inits, stash, error))
      return FALSE;
  for (; masks && *masks; masks++)
    if (!bring_mask (files, *masks, stash, error))
      return FALSE;
  for (guint i = 0; i < files->len; i++)
    {
      const LimnRequestFile *named = &g_array_index (files, LimnRequestFile, i);

      if (has_file (named, stash))
        continue;
      if (named->kind == LIMN_REQUEST_FILE_MASK)
        return fail_missing ("The mask that this was painted through", named->id, "--mask", error);
      if (named->kind == LIMN_REQUEST_FILE_JPEG)
        return fail_missing ("The JPEG whose damage this is without", named->id, "--init", error);
      if (is_control (request, named->id))
        return fail_missing ("A picture that this was drawn by", named->id, "--init", error);
      return fail_missing (request->mix ? "A picture that this was mixed of" : "The picture that this was painted over", named->id, "--init",
                           error);
    }
  return TRUE;
}
