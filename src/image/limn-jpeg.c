/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A unit of interleaved blocks (an MCU: the pixels under one block of the smallest component, at most 32x32) has nothing to do with the
 * next: down to chroma, through the transform, clipped, and back up, all within it. So the projection goes unit by unit, in buffers
 * on the stack, however large the picture is. */
#include "config.h"

#include "image/limn-jpeg-private.h"

#include "base/limn-error.h"
#include "image/limn-exif.h"

#include <lcms2.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

/* Pixels that a byte can stand for: as in limn-photo.c. */
#define MAX_RATIO 512
/* Usual progressive files have 10 scans. Each goes through all coefficients, however few bytes it has. */
#define MAX_SCANS 100
/* Between gamut and intervals: on JPEGs of quality 10 to 30 a fourth turn moved nothing by half a step of 8 bits. */
#define N_TURNS 4
/* Steps of 8 bits by which a profile may move a colour and still be called sRGB: files of many origins differ by one. */
#define PROFILE_TOLERANCE 2

LimnJpeg *
limn_jpeg_ref (LimnJpeg *jpeg)
{
  g_atomic_ref_count_inc (&jpeg->n_refs);
  return jpeg;
}

void
limn_jpeg_unref (LimnJpeg *jpeg)
{
  if (jpeg == NULL || !g_atomic_ref_count_dec (&jpeg->n_refs))
    return;
  for (guint i = 0; i < jpeg->n_components; i++)
    g_free (jpeg->components[i].values);
  g_free (jpeg);
}

guint
limn_jpeg_get_width (const LimnJpeg *jpeg)
{
  return jpeg->orientation < 5 ? jpeg->width : jpeg->height;
}

guint
limn_jpeg_get_height (const LimnJpeg *jpeg)
{
  return jpeg->orientation < 5 ? jpeg->height : jpeg->width;
}

/* --- Reading --- */

typedef struct
{
  struct jpeg_error_mgr    manager; /* libjpeg has its address */
  struct jpeg_progress_mgr progress;
  jmp_buf                  back;
  char                     message[JMSG_LENGTH_MAX];
} Trouble;

static void
on_error (j_common_ptr info)
{
  Trouble *trouble = (Trouble *) info->err;

  info->err->format_message (info, trouble->message);
  longjmp (trouble->back, 1);
}

static void
on_message (j_common_ptr info,
            int          level)
{
  /* A warning is damage that a viewer paints over; of what it painted the file knows nothing. Bytes that fill up are no damage. */
  if (level < 0 && info->err->msg_code != JWRN_EXTRANEOUS_DATA)
    on_error (info);
}

static void
on_progress (j_common_ptr info)
{
  if (((j_decompress_ptr) info)->input_scan_number > MAX_SCANS)
    {
      Trouble *trouble = (Trouble *) info->err;

      g_strlcpy (trouble->message, "too many scans", sizeof trouble->message);
      longjmp (trouble->back, 1);
    }
}

/* How many pixels a sample covers along a side; 0 where that is no whole number. */
static guint
covered (int largest,
         int factor)
{
  return factor > 0 && largest % factor == 0 ? largest / factor : 0;
}

static gboolean
check_header (const struct jpeg_decompress_struct  *info,
              gsize                                 length,
              GError                              **error)
{
  guint64 n_pixels = (guint64) info->image_width * info->image_height;

  if (info->image_width > LIMN_IMAGE_MAX_SIDE || info->image_height > LIMN_IMAGE_MAX_SIDE || n_pixels > LIMN_IMAGE_MAX_PIXELS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "This JPEG says that it has %ux%u pixels; Limn reads up to %"
                   G_GUINT64_FORMAT " million.", info->image_width, info->image_height, LIMN_IMAGE_MAX_PIXELS / 1000000);
      return FALSE;
    }
  if (n_pixels / MAX_RATIO > length)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "This JPEG is damaged (it has far fewer pixels than it claims).");
      return FALSE;
    }
  if (!(info->jpeg_color_space == JCS_GRAYSCALE && info->num_components == 1) &&
      !(info->jpeg_color_space == JCS_YCbCr && info->num_components == 3))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "This JPEG holds its colours in an unusual way (%d components that are neither grey nor YCbCr); its damage cannot "
                   "be removed.", info->num_components);
      return FALSE;
    }
  for (int i = 0; i < info->num_components; i++)
    if (covered (info->max_h_samp_factor, info->comp_info[i].h_samp_factor) == 0 ||
        covered (info->max_v_samp_factor, info->comp_info[i].v_samp_factor) == 0)
      {
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                     "This JPEG holds its colours in an unusual way (sampled at no whole fraction); its damage cannot be removed.");
        return FALSE;
      }
  return TRUE;
}

/* libjpeg may jump out of this. */
static void
read_component (j_decompress_ptr     info,
                jpeg_component_info *from,
                jvirt_barray_ptr     array,
                LimnJpegComponent           *to)
{
  to->every_x = covered (info->max_h_samp_factor, from->h_samp_factor);
  to->every_y = covered (info->max_v_samp_factor, from->v_samp_factor);
  to->blocks_x = from->width_in_blocks;
  to->blocks_y = from->height_in_blocks;
  for (guint k = 0; k < 64; k++)
    to->steps[k] = from->quant_table->quantval[k];
  to->values = g_try_new (gint16, (gsize) to->blocks_x * to->blocks_y * 64);
  if (to->values == NULL)
    return;
  for (guint y = 0; y < to->blocks_y; y++)
    {
      JBLOCKARRAY rows = info->mem->access_virt_barray ((j_common_ptr) info, array, y, 1, FALSE);

      memcpy (to->values + (gsize) y * to->blocks_x * 64, rows[0], (gsize) to->blocks_x * sizeof (JBLOCK));
    }
}

/* @info: zeroed. What it holds is given back by the caller, whose frame outlives a jump. */
static gboolean
read_file (j_decompress_ptr   info,
           LimnJpeg          *jpeg,
           GBytes            *file,
           GError           **error)
{
  Trouble trouble = { 0 };
  jvirt_barray_ptr *arrays;
  gsize length;
  const guint8 *data = g_bytes_get_data (file, &length);

  info->err = jpeg_std_error (&trouble.manager);
  trouble.manager.error_exit = on_error;
  trouble.manager.emit_message = on_message;
  trouble.progress.progress_monitor = on_progress;
  if (setjmp (trouble.back) != 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "This JPEG is damaged (%s).", trouble.message);
      return FALSE;
    }
  jpeg_create_decompress (info);
  info->progress = &trouble.progress;
  jpeg_mem_src (info, data, length);
  jpeg_read_header (info, TRUE);
  if (!check_header (info, length, error))
    return FALSE;
  arrays = jpeg_read_coefficients (info);
  jpeg->width = info->image_width;
  jpeg->height = info->image_height;
  jpeg->unit_width = 8 * info->max_h_samp_factor;
  jpeg->unit_height = 8 * info->max_v_samp_factor;
  jpeg->n_components = info->num_components;
  for (guint i = 0; i < jpeg->n_components; i++)
    {
      read_component (info, &info->comp_info[i], arrays[i], &jpeg->components[i]);
      if (jpeg->components[i].values == NULL)
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY, "There is no memory for this picture.");
          return FALSE;
        }
    }
  return TRUE;
}

/* Whether the profile leaves colours where sRGB has them; one that lcms2 does not take is passed over, as limn_photo_decode() does. */
static gboolean
is_srgb (GBytes *icc)
{
  cmsContext context = cmsCreateContext (NULL, NULL);
  cmsHPROFILE from = cmsOpenProfileFromMemTHR (context, g_bytes_get_data (icc, NULL), MIN (g_bytes_get_size (icc), G_MAXINT32));
  cmsHPROFILE to = cmsCreate_sRGBProfileTHR (context);
  cmsHTRANSFORM transform = NULL;
  gboolean same = TRUE;

  if (from != NULL && to != NULL && cmsGetColorSpace (from) == cmsSigRgbData)
    transform = cmsCreateTransformTHR (context, from, TYPE_RGB_8, to, TYPE_RGB_8, INTENT_PERCEPTUAL, 0);
  /* A lattice of 5 x 5 x 5 colours: 0, 63, 126, 189, 252. */
  for (guint i = 0; transform != NULL && i < 125; i++)
    {
      const guint8 colour[3] = { i % 5 * 63, i / 5 % 5 * 63, i / 25 * 63 };
      guint8 seen[3];

      cmsDoTransform (transform, colour, seen, 1);
      for (guint c = 0; c < 3; c++)
        if (ABS (colour[c] - seen[c]) > PROFILE_TOLERANCE)
          same = FALSE;
    }
  if (transform != NULL)
    cmsDeleteTransform (transform);
  if (from != NULL)
    cmsCloseProfile (from);
  if (to != NULL)
    cmsCloseProfile (to);
  cmsDeleteContext (context);
  return same;
}

LimnJpeg *
limn_jpeg_new (GBytes  *file,
               GError **error)
{
  g_autoptr(LimnExif) exif = NULL;
  g_autoptr(LimnJpeg) jpeg = NULL;
  struct jpeg_decompress_struct info = { 0 };
  gsize length;
  const guint8 *data = g_bytes_get_data (file, &length);
  gboolean read;

  if (length < 3 || memcmp (data, "\xff\xd8\xff", 3) != 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "This is not a JPEG: there are no blocks of one in it.");
      return NULL;
    }
  exif = limn_exif_new_for_bytes (file, error);
  if (exif == NULL)
    return NULL;
  if (exif->icc != NULL && !is_srgb (exif->icc))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "This JPEG has a colour profile other than sRGB; its damage cannot be removed in other colours.");
      return NULL;
    }
  jpeg = g_new0 (LimnJpeg, 1);
  g_atomic_ref_count_init (&jpeg->n_refs);
  jpeg->orientation = CLAMP (exif->orientation, 1, 8);
  read = read_file (&info, jpeg, file, error);
  jpeg_destroy_decompress (&info);
  return read ? g_steal_pointer (&jpeg) : NULL;
}

/* --- Projection --- */

gsize
limn_jpeg_get_place (const LimnJpeg *jpeg,
                     guint           x,
                     guint           y)
{
  guint right = jpeg->width - 1 - x, below = jpeg->height - 1 - y;
  gsize row = limn_jpeg_get_width (jpeg);

  switch (jpeg->orientation)
    {
    case 2:
      return (y * row + right) * 3;
    case 3:
      return (below * row + right) * 3;
    case 4:
      return (below * row + x) * 3;
    case 5:
      return (x * row + y) * 3;
    case 6:
      return (x * row + below) * 3;
    case 7:
      return (right * row + below) * 3;
    case 8:
      return (right * row + y) * 3;
    case 1:
    default:
      return (y * row + x) * 3;
    }
}

/* JFIF 1.02: full range, the matrix of BT.601. */
static void
to_ycc (LimnJpegUnit *unit,
        guint         x,
        guint         y)
{
  float r = unit->planes[0][y][x], g = unit->planes[1][y][x], b = unit->planes[2][y][x];
  float luma = 0.299f * r + 0.587f * g + 0.114f * b;

  unit->planes[0][y][x] = luma - 128;
  unit->planes[1][y][x] = (b - luma) / 1.772f;
  unit->planes[2][y][x] = (r - luma) / 1.402f;
}

static void
to_rgb (LimnJpegUnit *unit,
        guint         x,
        guint         y)
{
  float luma = unit->planes[0][y][x] + 128, cb = unit->planes[1][y][x], cr = unit->planes[2][y][x];
  float r = luma + 1.402f * cr, b = luma + 1.772f * cb;
  float g = (luma - 0.299f * r - 0.114f * b) / 0.587f;

  unit->planes[0][y][x] = CLAMP (r, 0, 255);
  unit->planes[1][y][x] = CLAMP (g, 0, 255);
  unit->planes[2][y][x] = CLAMP (b, 0, 255);
}

/* @to = @a @from @b; written so that compilers see whole rows. */
static void
multiply (const float a[8][8],
          const float from[8][8],
          const float b[8][8],
          float       to[8][8])
{
  float half[8][8] = { { 0 } };

  memset (to, 0, 64 * sizeof (float));
  for (guint i = 0; i < 8; i++)
    for (guint k = 0; k < 8; k++)
      for (guint j = 0; j < 8; j++)
        half[i][j] += a[i][k] * from[k][j];
  for (guint i = 0; i < 8; i++)
    for (guint k = 0; k < 8; k++)
      for (guint j = 0; j < 8; j++)
        to[i][j] += half[i][k] * b[k][j];
}

/* The block of @component that begins at sample @sx, @sy of the unit. What the samples have to move by is added to every pixel
 * they cover: of all ways to move a mean by that much the shortest. */
static void
project_block (LimnJpegUnit    *unit,
               const LimnJpegComponent *component,
               guint            plane,
               guint            sx,
               guint            sy,
               const gint16    *values,
               float            share)
{
  guint every_x = component->every_x, every_y = component->every_y;
  float block[8][8], found[8][8];

  for (guint y = 0; y < 8; y++)
    for (guint x = 0; x < 8; x++)
      {
        float sum = 0;

        for (guint j = 0; j < every_y; j++)
          for (guint i = 0; i < every_x; i++)
            sum += unit->planes[plane][(sy + y) * every_y + j][(sx + x) * every_x + i];
        block[y][x] = sum / (every_x * every_y);
      }
  multiply (unit->cosines, block, unit->transposed, found);
  for (guint k = 0; k < 64; k++)
    {
      float centre = values[k] * component->steps[k], half = 0.5f * share * component->steps[k];
      float now = found[k / 8][k % 8];

      found[k / 8][k % 8] = CLAMP (now, centre - half, centre + half) - now;
    }
  multiply (unit->transposed, found, unit->cosines, block);
  for (guint y = 0; y < 8 * every_y; y++)
    for (guint x = 0; x < 8 * every_x; x++)
      unit->planes[plane][sy * every_y + y][sx * every_x + x] += block[y / every_y][x / every_x];
}

void
limn_jpeg_unit_init (LimnJpegUnit *unit)
{
  for (guint k = 0; k < 8; k++)
    for (guint x = 0; x < 8; x++)
      unit->cosines[k][x] = unit->transposed[x][k] = (k == 0 ? sqrt (0.125) : 0.5) * cos ((2 * x + 1) * k * G_PI / 16);
}

void
limn_jpeg_unit_project (LimnJpegUnit   *unit,
                        const LimnJpeg *jpeg,
                        guint           x0,
                        guint           y0,
                        float           share)
{
  for (guint y = 0; y < jpeg->unit_height; y++)
    for (guint x = 0; x < jpeg->unit_width; x++)
      to_ycc (unit, x, y);
  for (guint i = 0; i < jpeg->n_components; i++)
    {
      const LimnJpegComponent *component = &jpeg->components[i];
      guint n_x = jpeg->unit_width / component->every_x / 8, n_y = jpeg->unit_height / component->every_y / 8;

      for (guint j = 0; j < n_x * n_y; j++)
        {
          guint bx = x0 / jpeg->unit_width * n_x + j % n_x, by = y0 / jpeg->unit_height * n_y + j / n_x;

          /* A unit at the edge may have blocks that hold nothing of the picture. */
          if (bx < component->blocks_x && by < component->blocks_y)
            project_block (unit, component, i, j % n_x * 8, j / n_x * 8,
                           component->values + ((gsize) by * component->blocks_x + bx) * 64, share);
        }
    }
  /* A grey file says that there is no colour. */
  if (jpeg->n_components == 1)
    {
      memset (unit->planes[1], 0, sizeof unit->planes[1]);
      memset (unit->planes[2], 0, sizeof unit->planes[2]);
    }
  for (guint y = 0; y < jpeg->unit_height; y++)
    for (guint x = 0; x < jpeg->unit_width; x++)
      to_rgb (unit, x, y);
}

LimnImage *
limn_jpeg_project (const LimnJpeg *jpeg,
                   LimnImage      *picture,
                   double          share,
                   GError        **error)
{
  g_autoptr(LimnImage) rgb = NULL;
  guint width = limn_jpeg_get_width (jpeg), height = limn_jpeg_get_height (jpeg);
  LimnJpegUnit unit;
  guint8 *data;

  g_return_val_if_fail (share >= 0 && share <= 1, NULL);

  if (limn_image_get_width (picture) != width || limn_image_get_height (picture) != height)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "The JPEG has %ux%u pixels, the picture %ux%u.", width, height,
                   limn_image_get_width (picture), limn_image_get_height (picture));
      return NULL;
    }
  rgb = limn_image_dup_as (picture, LIMN_PIXEL_RGB8);
  data = g_try_malloc ((gsize) width * height * 3);
  if (data == NULL)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY, "There is no memory for this picture.");
      return NULL;
    }
  for (guint y = 0; y < height; y++)
    memcpy (data + (gsize) y * width * 3, limn_image_get_row (rgb, y), (gsize) width * 3);
  limn_jpeg_unit_init (&unit);
  for (guint y0 = 0; y0 < jpeg->height; y0 += jpeg->unit_height)
    for (guint x0 = 0; x0 < jpeg->width; x0 += jpeg->unit_width)
      {
        for (guint y = 0; y < jpeg->unit_height; y++)
          for (guint x = 0; x < jpeg->unit_width; x++)
            for (guint c = 0; c < 3; c++)
              unit.planes[c][y][x] = data[limn_jpeg_get_place (jpeg, MIN (x0 + x, jpeg->width - 1), MIN (y0 + y, jpeg->height - 1)) + c];
        for (guint i = 0; i < N_TURNS; i++)
          limn_jpeg_unit_project (&unit, jpeg, x0, y0, share);
        for (guint y = 0; y < MIN (jpeg->unit_height, jpeg->height - y0); y++)
          for (guint x = 0; x < MIN (jpeg->unit_width, jpeg->width - x0); x++)
            for (guint c = 0; c < 3; c++)
              data[limn_jpeg_get_place (jpeg, x0 + x, y0 + y) + c] = (guint8) (unit.planes[c][y][x] + 0.5f);
      }
  return limn_image_new_take (LIMN_PIXEL_RGB8, width, height, data, error);
}
