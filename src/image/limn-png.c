/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PNG with its texts, by libpng.
 *
 * libpng reports errors by longjmp(). Everything that must be freed lives in one struct on the heap side of the
 * jump (Reader, Writer), which the function that calls setjmp() only points to: no local changes between setjmp()
 * and longjmp(), so nothing needs to be volatile and nothing leaks.
 *
 * libpng's own limits are not enough for files from strangers: it bounds each text but not their sum, and an oversized tEXt is not
 * bounded at all. So the chain of chunks is walked first, cheaply, and libpng is given only the pieces that are wanted;
 * and its memory is counted. The texts that were left out are counted too, so that nothing is dropped in silence.
 */
#include "config.h"

#include "image/limn-png.h"

#include "base/limn-error.h"
#include "image/limn-png-private.h"

#include <glib/gstdio.h>
#include <png.h>
#include <string.h>
#include <sys/stat.h>

/* A file that is larger is refused unread; the largest image is half of this before packing. */
#define MAX_FILE_BYTES (G_GUINT64_CONSTANT (1) << 30)

/* Deflate's best: 258 bytes from 2 bits. Source: RFC 1951, section 3.2.5; zlib's manual says 1032:1. */
#define MAX_DEFLATE_RATIO 1032

#define CHUNK(a, b, c, d) ((guint32) (a) << 24 | (guint32) (b) << 16 | (guint32) (c) << 8 | (guint32) (d))

static const guint8 signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };

static void
text_free (gpointer data)
{
  LimnPngText *text = data;

  g_free (text->keyword);
  g_free (text->text);
  g_free (text);
}

/* What both directions share: libpng's message for the GError. */
typedef struct
{
  char message[128];
} Complaint;

static void
on_error (png_structp     png,
          png_const_charp message)
{
  Complaint *complaint = png_get_error_ptr (png);

  g_strlcpy (complaint->message, message, sizeof complaint->message);
  png_longjmp (png, 1);
}

static void
on_warning (png_structp     png,
            png_const_charp message)
{
  g_debug ("libpng: %s", message);
}

/* ------------------------------------------------------------------------------------------------ writing */

typedef struct
{
  Complaint   complaint;
  png_structp png;
  png_infop   info;
  GByteArray *out;
  png_text   *texts;
  GPtrArray  *strings; /* owns what @texts points to */
} Writer;

static void
writer_clear (Writer *writer)
{
  png_destroy_write_struct (&writer->png, &writer->info);
  g_clear_pointer (&writer->out, g_byte_array_unref);
  g_clear_pointer (&writer->texts, g_free);
  g_clear_pointer (&writer->strings, g_ptr_array_unref);
}

static void
on_write (png_structp png,
          png_bytep   data,
          png_size_t  length)
{
  Writer *writer = png_get_io_ptr (png);

  g_byte_array_append (writer->out, data, length);
}

static void
on_flush (png_structp png)
{
}

/* @text in Latin-1, or NULL where it has other characters. */
static char *
to_latin1 (const char *text)
{
  g_autofree char *latin1 = g_malloc (strlen (text) + 1);
  char *to = latin1;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c > 0xff)
        return NULL;
      *to++ = (char) c;
    }
  *to = '\0';
  return g_steal_pointer (&latin1);
}

static gboolean
is_ascii (const char *text)
{
  for (; *text != '\0'; text++)
    if ((guchar) *text >= 0x80)
      return FALSE;
  return TRUE;
}

/* PNG specification, 11.3.4.2: 1 to 79 printable Latin-1 characters; no space at an end, no two together. */
static gboolean
keyword_is_valid (const char *latin1)
{
  gsize length = latin1 != NULL ? strlen (latin1) : 0;

  if (length < 1 || length > 79 || latin1[0] == ' ' || latin1[length - 1] == ' ' || strstr (latin1, "  ") != NULL)
    return FALSE;
  for (const guchar *p = (const guchar *) latin1; *p != '\0'; p++)
    if (*p < 32 || (*p > 126 && *p < 161))
      return FALSE;
  return TRUE;
}

static gboolean
writer_set_texts (Writer             *writer,
                  const LimnPngText  *texts,
                  gsize               n_texts,
                  GError            **error)
{
  static char empty[] = "";

  writer->texts = g_new0 (png_text, n_texts + 1);
  writer->strings = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < n_texts; i++)
    {
      char *keyword, *latin1;

      if (!g_utf8_validate (texts[i].keyword, -1, NULL) || !g_utf8_validate (texts[i].text, -1, NULL))
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "A text for the picture file is not valid UTF-8.");
          return FALSE;
        }
      keyword = to_latin1 (texts[i].keyword);
      g_ptr_array_add (writer->strings, keyword);
      if (!keyword_is_valid (keyword))
        {
          g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "“%s” cannot be the keyword of a text in a PNG.",
                       texts[i].keyword);
          return FALSE;
        }

      writer->texts[i].key = keyword;
      latin1 = to_latin1 (texts[i].text);
      if (latin1 != NULL)
        g_ptr_array_add (writer->strings, latin1);
      /* Latin-1 that happens to be UTF-8 as well would be taken for UTF-8 when read again: no doubt with iTXt. */
      if (latin1 != NULL && (is_ascii (latin1) || !g_utf8_validate (latin1, -1, NULL)))
        {
          writer->texts[i].compression = PNG_TEXT_COMPRESSION_NONE;
          writer->texts[i].text = latin1;
          writer->texts[i].text_length = strlen (latin1);
        }
      else
        {
          char *copy = g_strdup (texts[i].text);

          g_ptr_array_add (writer->strings, copy);
          writer->texts[i].compression = PNG_ITXT_COMPRESSION_NONE;
          writer->texts[i].text = copy;
          writer->texts[i].itxt_length = strlen (copy);
          writer->texts[i].lang = empty;
          writer->texts[i].lang_key = empty;
        }
    }
  return TRUE;
}

static int
colour_type (LimnImage *image)
{
  switch (limn_image_get_format (image))
    {
    case LIMN_PIXEL_GREY8:
      return PNG_COLOR_TYPE_GRAY;
    case LIMN_PIXEL_RGB8:
      return PNG_COLOR_TYPE_RGB;
    case LIMN_PIXEL_RGBA8:
      break;
    }
  return PNG_COLOR_TYPE_RGB_ALPHA;
}

/* The only function between setjmp() and libpng: no locals but what never changes. */
static gboolean
writer_run (Writer    *writer,
            LimnImage *image,
            gsize      n_texts)
{
  if (setjmp (png_jmpbuf (writer->png)))
    return FALSE;

  png_set_write_fn (writer->png, writer, on_write, on_flush);
  png_set_user_limits (writer->png, LIMN_IMAGE_MAX_SIDE, LIMN_IMAGE_MAX_SIDE);
  png_set_IHDR (writer->png, writer->info, limn_image_get_width (image), limn_image_get_height (image), 8,
                colour_type (image), PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                PNG_FILTER_TYPE_DEFAULT);
  if (n_texts > 0)
    png_set_text (writer->png, writer->info, writer->texts, n_texts);
  png_write_info (writer->png, writer->info);
  for (guint y = 0; y < limn_image_get_height (image); y++)
    png_write_row (writer->png, limn_image_get_row (image, y));
  png_write_end (writer->png, NULL);
  return TRUE;
}

GBytes *
limn_png_encode_as_is (LimnImage          *image,
                       const LimnPngText  *texts,
                       gsize               n_texts,
                       GError            **error)
{
  Writer writer = { 0 };
  GBytes *bytes = NULL;

  if (!writer_set_texts (&writer, texts, n_texts, error))
    {
      writer_clear (&writer);
      return NULL;
    }

  writer.out = g_byte_array_new ();
  writer.png = png_create_write_struct (PNG_LIBPNG_VER_STRING, &writer.complaint, on_error, on_warning);
  if (writer.png != NULL)
    writer.info = png_create_info_struct (writer.png);

  if (writer.info != NULL && writer_run (&writer, image, n_texts))
    bytes = g_byte_array_free_to_bytes (g_steal_pointer (&writer.out));
  else
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY, "The picture could not be packed as PNG (libpng: %s).",
                 writer.complaint.message[0] != '\0' ? writer.complaint.message : "no memory");
  writer_clear (&writer);
  return bytes;
}

GBytes *
limn_png_encode (LimnImage          *image,
                 const LimnPngText  *texts,
                 gsize               n_texts,
                 GError            **error)
{
  g_autoptr(LimnImage) pixels = NULL;

  g_return_val_if_fail (image != NULL, NULL);

  pixels = limn_image_is_opaque (image) && limn_image_get_format (image) == LIMN_PIXEL_RGBA8
             ? limn_image_dup_as (image, LIMN_PIXEL_RGB8)
             : limn_image_ref (image);
  return limn_png_encode_as_is (pixels, texts, n_texts, error);
}

/* ------------------------------------------------------------------------------------------------ reading */

typedef struct
{
  const guint8 *data;
  gsize         length;
} Piece;

typedef struct
{
  Complaint   complaint;
  png_structp png;
  png_infop   info;
  GArray     *pieces; /* of Piece: what libpng gets to see */
  guint       piece;
  gsize       offset; /* in that piece */
  gsize       memory; /* bytes that libpng holds */
  guint       width;
  guint       height;
  gboolean    grey;
  guint       n_texts; /* given to libpng */
  guint       n_texts_left_out;
  guint8     *pixels;
  png_bytep  *rows;
} Reader;

static void
reader_clear (Reader *reader)
{
  png_destroy_read_struct (&reader->png, &reader->info, NULL);
  g_clear_pointer (&reader->pieces, g_array_unref);
  g_clear_pointer (&reader->pixels, g_free);
  g_clear_pointer (&reader->rows, g_free);
}

/* The size goes in front of each block; 16 bytes keep the alignment that malloc() promises. */
#define BLOCK_HEAD 16

static png_voidp
on_malloc (png_structp      png,
           png_alloc_size_t size)
{
  Reader *reader = png_get_mem_ptr (png);
  guint8 *block;

  if (size > LIMN_PNG_MAX_MEMORY || reader->memory + size > LIMN_PNG_MAX_MEMORY)
    return NULL;
  block = g_try_malloc (size + BLOCK_HEAD);
  if (block == NULL)
    return NULL;
  reader->memory += size;
  memcpy (block, &size, sizeof size);
  return block + BLOCK_HEAD;
}

static void
on_free (png_structp png,
         png_voidp   data)
{
  Reader *reader = png_get_mem_ptr (png);
  guint8 *block = (guint8 *) data - BLOCK_HEAD;
  png_alloc_size_t size;

  memcpy (&size, block, sizeof size);
  reader->memory -= size;
  g_free (block);
}

static void
on_read (png_structp png,
         png_bytep   data,
         png_size_t  length)
{
  Reader *reader = png_get_io_ptr (png);

  while (length > 0)
    {
      const Piece *piece;
      gsize n;

      if (reader->piece >= reader->pieces->len)
        png_error (png, "the file ends too early");
      piece = &g_array_index (reader->pieces, Piece, reader->piece);
      n = MIN (length, piece->length - reader->offset);
      memcpy (data, piece->data + reader->offset, n);
      data += n;
      length -= n;
      reader->offset += n;
      if (reader->offset == piece->length)
        {
          reader->piece++;
          reader->offset = 0;
        }
    }
}

static guint32
read_be32 (const guint8 *p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
}

static gboolean
fail_format (GError     **error,
             const char  *cause)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "This PNG file is damaged (%s).", cause);
  return FALSE;
}

static gboolean
check_header (Reader        *reader,
              const guint8  *ihdr,
              GError       **error)
{
  reader->width = read_be32 (ihdr);
  reader->height = read_be32 (ihdr + 4);
  if (reader->width == 0 || reader->height == 0)
    return fail_format (error, "it claims to have no pixels");
  if (reader->width > LIMN_IMAGE_MAX_SIDE || reader->height > LIMN_IMAGE_MAX_SIDE
      || (guint64) reader->width * reader->height > LIMN_IMAGE_MAX_PIXELS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "This PNG file says that it has %ux%u pixels; Limn reads up to %" G_GUINT64_FORMAT " million.",
                   reader->width, reader->height, LIMN_IMAGE_MAX_PIXELS / 1000000);
      return FALSE;
    }
  return TRUE;
}

static void
reader_take_piece (Reader       *reader,
                   const guint8 *data,
                   gsize         length)
{
  const Piece piece = { data, length };

  g_array_append_val (reader->pieces, piece);
}

/*
 * Walks the chain of chunks, checks what can be checked without unpacking, and lists what libpng shall see: for
 * LIMN_PNG_READ_TEXTS header, palette (libpng insists), texts and the first bytes of the pixels, at which it stops.
 */
static gboolean
reader_walk (Reader        *reader,
             GBytes        *bytes,
             LimnPngRead    what,
             GError       **error)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  const guint8 *first_idat = NULL;
  guint64 n_packed = 0;
  gsize at = sizeof signature;
  gboolean ended = FALSE;

  if (length < sizeof signature || memcmp (data, signature, sizeof signature) != 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "This is not a PNG file.");
      return FALSE;
    }
  reader_take_piece (reader, data, sizeof signature);

  while (!ended)
    {
      const guint8 *chunk = data + at;
      guint32 n, type;
      gboolean wanted = what == LIMN_PNG_READ_ALL;

      if (length - at < 12)
        return fail_format (error, "it is cut off");
      n = read_be32 (chunk);
      type = read_be32 (chunk + 4);
      for (guint i = 4; i < 8; i++)
        if (!g_ascii_isalpha (chunk[i]))
          return fail_format (error, "the chain of its parts is broken");
      if (n > length - at - 12)
        return fail_format (error, "it is cut off");
      if ((type == CHUNK ('I', 'H', 'D', 'R')) != (at == sizeof signature))
        return fail_format (error, "its header is not where it should be");

      switch (type)
        {
        case CHUNK ('I', 'H', 'D', 'R'):
          if (n != 13)
            return fail_format (error, "its header has a wrong length");
          if (!check_header (reader, chunk + 8, error))
            return FALSE;
          wanted = TRUE;
          break;

        case CHUNK ('P', 'L', 'T', 'E'):
          wanted = TRUE;
          break;

        case CHUNK ('t', 'E', 'X', 't'):
        case CHUNK ('z', 'T', 'X', 't'):
        case CHUNK ('i', 'T', 'X', 't'):
          wanted = n <= LIMN_PNG_MAX_TEXT && reader->n_texts < LIMN_PNG_MAX_TEXTS;
          if (wanted)
            reader->n_texts++;
          else
            reader->n_texts_left_out++;
          break;

        case CHUNK ('I', 'D', 'A', 'T'):
          if (first_idat == NULL)
            first_idat = chunk;
          n_packed += n;
          break;

        case CHUNK ('I', 'E', 'N', 'D'):
          ended = TRUE;
          break;

        default:
          break;
        }
      if (wanted)
        reader_take_piece (reader, chunk, (gsize) n + 12);
      at += (gsize) n + 12;
    }

  if (first_idat == NULL)
    return fail_format (error, "it has no pixels");
  if (what == LIMN_PNG_READ_TEXTS)
    {
      reader_take_piece (reader, first_idat, 8);
    }
  else
    {
      const guint8 *ihdr = data + sizeof signature + 8;
      /* Samples a pixel by colour type; interlacing and filter bytes only add to this. */
      static const guint8 samples[7] = { 1, 0, 3, 1, 2, 0, 4 };
      guint64 bits = (guint64) ihdr[8] * (ihdr[9] < G_N_ELEMENTS (samples) ? samples[ihdr[9]] : 0);

      if ((guint64) reader->width * reader->height * bits / 8 > (n_packed + 1) * MAX_DEFLATE_RATIO)
        return fail_format (error, "it has far fewer pixels than it claims");
    }
  return TRUE;
}

/* Between setjmp() and libpng; see the top of the file. */
static gboolean
reader_run (Reader      *reader,
            LimnPngRead  what)
{
  if (setjmp (png_jmpbuf (reader->png)))
    return FALSE;

  png_set_read_fn (reader->png, reader, on_read);
  png_set_user_limits (reader->png, LIMN_IMAGE_MAX_SIDE, LIMN_IMAGE_MAX_SIDE);
  png_set_chunk_malloc_max (reader->png, LIMN_PNG_MAX_TEXT);
  png_read_info (reader->png, reader->info);
  reader->grey = png_get_color_type (reader->png, reader->info) == PNG_COLOR_TYPE_GRAY
                 && !png_get_valid (reader->png, reader->info, PNG_INFO_tRNS);
  if (what == LIMN_PNG_READ_TEXTS)
    return TRUE;

  png_set_expand (reader->png);
  png_set_scale_16 (reader->png);
  png_set_gray_to_rgb (reader->png);
  png_set_add_alpha (reader->png, 0xff, PNG_FILLER_AFTER);
  png_set_interlace_handling (reader->png);
  png_read_update_info (reader->png, reader->info);
  if (png_get_rowbytes (reader->png, reader->info) != (gsize) reader->width * 4)
    png_error (reader->png, "its rows have a wrong length");

  reader->pixels = g_try_malloc ((gsize) reader->width * 4 * reader->height);
  reader->rows = g_try_new (png_bytep, reader->height);
  if (reader->pixels == NULL || reader->rows == NULL)
    png_error (reader->png, "no memory");
  for (guint y = 0; y < reader->height; y++)
    reader->rows[y] = reader->pixels + (gsize) reader->width * 4 * y;
  png_read_image (reader->png, reader->rows);
  png_read_end (reader->png, reader->info);
  return TRUE;
}

static char *
latin1_to_utf8 (const char *latin1)
{
  GString *utf8 = g_string_new (NULL);

  for (const guchar *p = (const guchar *) latin1; *p != '\0'; p++)
    g_string_append_unichar (utf8, *p);
  return g_string_free (utf8, FALSE);
}

static void
take_texts (Reader  *reader,
            LimnPng *png)
{
  png_textp texts = NULL;
  int n_texts = 0;

  png_get_text (reader->png, reader->info, &texts, &n_texts);
  for (int i = 0; i < n_texts; i++)
    {
      const char *raw = texts[i].text != NULL ? texts[i].text : "";
      LimnPngText *text = g_new0 (LimnPngText, 1);

      text->keyword = latin1_to_utf8 (texts[i].key);
      if (texts[i].compression >= PNG_ITXT_COMPRESSION_NONE)
        text->text = g_utf8_make_valid (raw, -1);
      else
        text->text = g_utf8_validate (raw, -1, NULL) ? g_strdup (raw) : latin1_to_utf8 (raw);
      g_ptr_array_add (png->texts, text);
    }
  /* What libpng dropped: a wrong checksum, a packed text that is broken or unpacks to too much. */
  png->n_texts_skipped = reader->n_texts_left_out + (reader->n_texts - MIN (reader->n_texts, png->texts->len));
}

static void
take_description (Reader  *reader,
                  LimnPng *png)
{
  png_charp name;
  png_bytep data;
  png_uint_32 length;
  int compression;

  if (png_get_iCCP (reader->png, reader->info, &name, &compression, &data, &length) != 0)
    png->icc = g_bytes_new (data, length);
  if (png_get_eXIf_1 (reader->png, reader->info, &length, &data) != 0)
    png->exif = g_bytes_new (data, length);
}

LimnPng *
limn_png_decode (GBytes       *bytes,
                 LimnPngRead   what,
                 GError      **error)
{
  g_autoptr(LimnPng) png = NULL;
  Reader reader = { 0 };

  g_return_val_if_fail (bytes != NULL, NULL);

  reader.pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  if (!reader_walk (&reader, bytes, what, error))
    {
      reader_clear (&reader);
      return NULL;
    }

  reader.png = png_create_read_struct_2 (PNG_LIBPNG_VER_STRING, &reader.complaint, on_error, on_warning, &reader,
                                         on_malloc, on_free);
  if (reader.png != NULL)
    reader.info = png_create_info_struct (reader.png);
  if (reader.info == NULL || !reader_run (&reader, what))
    {
      fail_format (error, reader.complaint.message[0] != '\0' ? reader.complaint.message : "no memory");
      reader_clear (&reader);
      return NULL;
    }

  png = g_new0 (LimnPng, 1);
  png->width = reader.width;
  png->height = reader.height;
  png->grey = reader.grey;
  png->texts = g_ptr_array_new_with_free_func (text_free);
  take_texts (&reader, png);
  take_description (&reader, png);
  if (what == LIMN_PNG_READ_ALL)
    png->image = limn_image_new_take (LIMN_PIXEL_RGBA8, reader.width, reader.height,
                                      g_steal_pointer (&reader.pixels), error);
  reader_clear (&reader);
  if (what == LIMN_PNG_READ_ALL && png->image == NULL)
    return NULL;
  return g_steal_pointer (&png);
}

LimnPng *
limn_png_load (const char   *path,
               LimnPngRead   what,
               GError      **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autoptr(GBytes) bytes = NULL;
  LimnPng *png;
  GStatBuf info;
  char *data;
  gsize length;

  /* A pipe or device has no end to wait for. */
  if (g_stat (path, &info) == 0 && !S_ISREG (info.st_mode))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” is not a picture file.", shown);
      return NULL;
    }
  if (g_stat (path, &info) == 0 && (guint64) info.st_size > MAX_FILE_BYTES)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "“%s” is too large for a picture (%" G_GUINT64_FORMAT
                   " MiB).", shown, (guint64) info.st_size >> 20);
      return NULL;
    }
  if (!g_file_get_contents (path, &data, &length, error))
    return NULL;
  bytes = g_bytes_new_take (data, length);
  png = limn_png_decode (bytes, what, error);
  if (png == NULL)
    g_prefix_error (error, "“%s”: ", shown);
  return png;
}

const char *
limn_png_lookup (const LimnPng *png,
                 const char    *keyword)
{
  for (guint i = 0; i < png->texts->len; i++)
    {
      const LimnPngText *text = g_ptr_array_index (png->texts, i);

      if (strcmp (text->keyword, keyword) == 0)
        return text->text;
    }
  return NULL;
}

void
limn_png_free (LimnPng *png)
{
  if (png == NULL)
    return;
  limn_image_unref (png->image);
  g_clear_pointer (&png->icc, g_bytes_unref);
  g_clear_pointer (&png->exif, g_bytes_unref);
  g_ptr_array_unref (png->texts);
  g_free (png);
}
