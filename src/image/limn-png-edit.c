/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A PNG is a chain of chunks: length, type, data, checksum. What is changed here is which of them are there; none is
 * unpacked but the XMP packet. Files are hostile: every length is checked before it is used.
 */
#include "config.h"

#include "image/limn-png-edit.h"

#include "base/limn-error.h"
#include "image/limn-xmp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static const guint8 signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };

/* Length, type and checksum. */
#define CHUNK_OVERHEAD 12

/* More chunks than any picture has: a file of nothing but empty ones ends the reading of its texts there. */
#define MAX_CHUNKS 1000000

typedef struct
{
  const guint8 *start; /* of the whole chunk */
  gsize         size;  /* of the whole chunk */
  char          type[5];
  const guint8 *data;
  guint32       length; /* of @data */
} Chunk;

static guint32
read_be32 (const guint8 *p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
}

static void
append_be32 (GByteArray *out,
             guint32     value)
{
  const guint8 bytes[4] = { value >> 24, value >> 16, value >> 8, value };

  g_byte_array_append (out, bytes, sizeof bytes);
}

static gboolean
fail_format (GError     **error,
             const char  *cause)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "This PNG file is damaged (%s).", cause);
  return FALSE;
}

/* ------------------------------------------------------------------------------------------------ chunks in memory */

typedef struct
{
  const guint8 *data;
  gsize         length;
  gsize         at;
} Cursor;

static gboolean
cursor_open (Cursor  *cursor,
             GBytes  *bytes,
             GError **error)
{
  cursor->data = g_bytes_get_data (bytes, &cursor->length);
  cursor->at = sizeof signature;
  if (cursor->length < sizeof signature || memcmp (cursor->data, signature, sizeof signature) != 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "This is not a PNG file.");
      return FALSE;
    }
  return TRUE;
}

static gboolean
cursor_next (Cursor  *cursor,
             Chunk   *chunk,
             GError **error)
{
  gsize left = cursor->length - cursor->at;

  chunk->start = cursor->data + cursor->at;
  if (left < CHUNK_OVERHEAD)
    return fail_format (error, "it is cut off");
  chunk->length = read_be32 (chunk->start);
  if (chunk->length > left - CHUNK_OVERHEAD)
    return fail_format (error, "it is cut off");
  chunk->size = (gsize) chunk->length + CHUNK_OVERHEAD;
  memcpy (chunk->type, chunk->start + 4, 4);
  chunk->type[4] = '\0';
  for (guint i = 0; i < 4; i++)
    if (!g_ascii_isalpha (chunk->type[i]))
      return fail_format (error, "the chain of its parts is broken");
  chunk->data = chunk->start + 8;
  if (g_str_equal (chunk->type, "IHDR") != (cursor->at == sizeof signature))
    return fail_format (error, "its header is not where it should be");
  cursor->at += chunk->size;
  return TRUE;
}

static gboolean
chunk_is_sound (const Chunk *chunk)
{
  return crc32 (0, chunk->start + 4, chunk->length + 4) == read_be32 (chunk->data + chunk->length);
}

static void
append_chunk (GByteArray *out,
              const char *type,
              GByteArray *data)
{
  guint32 crc = crc32 (0, (const guint8 *) type, 4);

  append_be32 (out, data->len);
  g_byte_array_append (out, (const guint8 *) type, 4);
  g_byte_array_append (out, data->data, data->len);
  append_be32 (out, crc32 (crc, data->data, data->len));
}

/* ------------------------------------------------------------------------------------------------ the rating */

/*
 * The XMP packet in @chunk; NULL where it is something else, or so damaged that nobody reads it. It should be iTXt (keyword NUL packed
 * method language NUL keyword again NUL text), but what limn_png_decode() shows as a text of that keyword must be found here too.
 */
static char *
chunk_dup_xmp (const Chunk *chunk)
{
  gsize head = strlen (LIMN_PNG_XMP_KEYWORD) + 1;
  const guint8 *end = chunk->data + chunk->length;
  const guint8 *p = chunk->data + head;
  gboolean is_international = g_str_equal (chunk->type, "iTXt");
  gboolean is_packed = g_str_equal (chunk->type, "zTXt");
  g_autofree char *text = NULL;
  uLongf length;

  if ((!is_international && !is_packed && !g_str_equal (chunk->type, "tEXt")) || chunk->length < head + 2
      || chunk->length > LIMN_PNG_MAX_TEXT || memcmp (chunk->data, LIMN_PNG_XMP_KEYWORD, head) != 0
      || !chunk_is_sound (chunk))
    return NULL;
  if (is_international)
    is_packed = *p++ != 0;
  if ((is_packed || is_international) && *p++ != 0 && is_packed)
    return NULL;
  for (guint i = 0; is_international && i < 2; i++)
    {
      p = memchr (p, '\0', end - p);
      if (p == NULL)
        return NULL;
      p++;
    }

  length = end - p;
  if (is_packed)
    {
      uLongf unpacked = LIMN_PNG_MAX_TEXT;

      text = g_malloc (unpacked + 1);
      if (uncompress ((guint8 *) text, &unpacked, p, length) != Z_OK)
        return NULL;
      length = unpacked;
      text[length] = '\0';
    }
  else
    {
      text = g_strndup ((const char *) p, length);
    }
  /* A NUL ends it, there as here. */
  if (is_international)
    return g_utf8_make_valid (text, -1);
  if (!g_utf8_validate (text, -1, NULL))
    return g_convert (text, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
  return g_steal_pointer (&text);
}

static gboolean
append_xmp (GByteArray  *out,
            const char  *packet,
            GError     **error)
{
  g_autoptr(GByteArray) data = g_byte_array_new ();
  gsize length = strlen (packet);

  if (length > LIMN_PNG_MAX_TEXT - 64)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "Another program has left very long notes (XMP) in this "
                   "picture; nothing can be added to them.");
      return FALSE;
    }
  g_byte_array_append (data, (const guint8 *) LIMN_PNG_XMP_KEYWORD, strlen (LIMN_PNG_XMP_KEYWORD) + 1);
  g_byte_array_append (data, (const guint8 *) "\0\0\0\0", 4); /* not packed; no language */
  g_byte_array_append (data, (const guint8 *) packet, length);
  append_chunk (out, "iTXt", data);
  return TRUE;
}

int
limn_png_get_rating (const LimnPng *png)
{
  return limn_xmp_get_rating (limn_png_lookup (png, LIMN_PNG_XMP_KEYWORD));
}

GBytes *
limn_png_set_rating (GBytes  *bytes,
                     int      rating,
                     GError **error)
{
  g_autoptr(GByteArray) out = g_byte_array_new ();
  g_autofree char *packet = NULL;
  g_autofree char *changed = NULL;
  const guint8 *old = NULL; /* the chunk that goes */
  const guint8 *place = NULL;
  Cursor cursor;
  Chunk chunk;

  g_return_val_if_fail (bytes != NULL && rating >= -1 && rating <= LIMN_XMP_MAX_RATING, NULL);

  /* First look: what is there, and is it whole? A packet may stand behind the pixels. */
  if (!cursor_open (&cursor, bytes, error))
    return NULL;
  do
    {
      if (!cursor_next (&cursor, &chunk, error))
        return NULL;
      if (place == NULL && g_str_equal (chunk.type, "IDAT"))
        place = chunk.start;
      if (packet == NULL && (packet = chunk_dup_xmp (&chunk)) != NULL)
        old = chunk.start;
    }
  while (!g_str_equal (chunk.type, "IEND"));
  if (place == NULL)
    {
      fail_format (error, "it has no pixels");
      return NULL;
    }

  if (!limn_xmp_set_rating (packet, rating, &changed, error))
    return NULL;
  if (old != NULL)
    place = old;

  g_byte_array_append (out, signature, sizeof signature);
  cursor_open (&cursor, bytes, NULL);
  do
    {
      cursor_next (&cursor, &chunk, NULL);
      if (chunk.start == place && changed != NULL && !append_xmp (out, changed, error))
        return NULL;
      if (chunk.start != old)
        g_byte_array_append (out, chunk.start, chunk.size);
    }
  while (!g_str_equal (chunk.type, "IEND"));
  /* What somebody has hung behind the picture is not ours to drop. */
  g_byte_array_append (out, cursor.data + cursor.at, cursor.length - cursor.at);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

/* ------------------------------------------------------------------------------------------------ without metadata */

/* PNG specification, third edition, 11.2 and 11.3: what decides how a picture looks. */
static gboolean
is_for_the_eye (const char *type)
{
  static const char *const types[] = { "tRNS", "cHRM", "cICP", "gAMA", "iCCP", "mDCV", "cLLI", "sBIT", "sRGB", "bKGD",
                                       "pHYs", "acTL", "fcTL", "fdAT" };

  /* Capital first letter: nobody can show the picture without it. */
  if (g_ascii_isupper (type[0]))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (type, types[i]))
      return TRUE;
  return FALSE;
}

GBytes *
limn_png_strip (GBytes  *bytes,
                GError **error)
{
  g_autoptr(GByteArray) out = g_byte_array_new ();
  Cursor cursor;
  Chunk chunk;

  g_return_val_if_fail (bytes != NULL, NULL);

  if (!cursor_open (&cursor, bytes, error))
    return NULL;
  g_byte_array_append (out, signature, sizeof signature);
  do
    {
      if (!cursor_next (&cursor, &chunk, error))
        return NULL;
      if (is_for_the_eye (chunk.type))
        g_byte_array_append (out, chunk.start, chunk.size);
    }
  while (!g_str_equal (chunk.type, "IEND"));
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

/* ------------------------------------------------------------------------------------------------ texts of a file */

/* Exactly @length bytes at @offset; FALSE at the end of the file, and on a fault with errno. */
static gboolean
read_at (int     fd,
         guint8 *to,
         gsize   length,
         goffset offset)
{
  errno = 0;
  while (length > 0)
    {
      gssize n = pread (fd, to, length, offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      to += n;
      length -= n;
      offset += n;
    }
  return TRUE;
}

static gboolean
is_for_the_reader (const char *type)
{
  static const char *const types[] = { "IHDR", "PLTE", "tEXt", "zTXt", "iTXt", "IEND" };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (memcmp (type, types[i], 4) == 0)
      return TRUE;
  return FALSE;
}

/*
 * The file as limn_png_decode() wants it for LIMN_PNG_READ_TEXTS, with one empty chunk for all the pixels. NULL with the rest of
 * the work left to it where the chain breaks: it words the complaint. What is too large for it is not read either; a
 * text with a wrong checksum stands for it, so that it is counted.
 */
static GBytes *
read_skeleton (int     fd,
               goffset size)
{
  g_autoptr(GByteArray) out = g_byte_array_new ();
  g_autoptr(GByteArray) none = g_byte_array_new ();
  goffset at = sizeof signature;
  gboolean has_pixels = FALSE;
  guint8 head[8];

  if (!read_at (fd, head, sizeof signature, 0))
    return NULL;
  g_byte_array_append (out, head, sizeof head);
  for (guint i = 0; i < MAX_CHUNKS; i++)
    {
      guint32 length;
      gboolean wanted;

      if (size - at < CHUNK_OVERHEAD || !read_at (fd, head, sizeof head, at))
        return NULL;
      length = read_be32 (head);
      if (length > size - at - CHUNK_OVERHEAD)
        return NULL;
      for (guint k = 4; k < 8; k++)
        if (!g_ascii_isalpha (head[k]))
          return NULL;

      wanted = is_for_the_reader ((const char *) head + 4);
      if (wanted && length <= LIMN_PNG_MAX_TEXT && out->len <= LIMN_PNG_MAX_MEMORY)
        {
          guint start = out->len;

          g_byte_array_set_size (out, start + length + CHUNK_OVERHEAD);
          if (!read_at (fd, out->data + start, length + CHUNK_OVERHEAD, at))
            return NULL;
        }
      else if (wanted)
        {
          append_chunk (out, "tEXt", none);
          out->data[out->len - 1] ^= 1;
        }
      else if (memcmp (head + 4, "IDAT", 4) == 0)
        {
          if (!has_pixels)
            append_chunk (out, "IDAT", none);
          has_pixels = TRUE;
        }
      at += (goffset) length + CHUNK_OVERHEAD;
      if (memcmp (head + 4, "IEND", 4) == 0)
        return g_byte_array_free_to_bytes (g_steal_pointer (&out));
    }
  return NULL;
}

LimnPng *
limn_png_load_texts (const char  *path,
                     GError     **error)
{
  g_autoptr(GBytes) skeleton = NULL;
  g_autoptr(LimnPng) png = NULL;
  struct stat info;
  int fd;

  g_return_val_if_fail (path != NULL, NULL);

  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd >= 0 && fstat (fd, &info) == 0 && S_ISREG (info.st_mode))
    skeleton = read_skeleton (fd, info.st_size);
  if (fd >= 0)
    close (fd);
  if (skeleton != NULL)
    png = limn_png_decode (skeleton, LIMN_PNG_READ_TEXTS, NULL);
  /* One place words the errors. */
  return png != NULL ? g_steal_pointer (&png) : limn_png_load (path, LIMN_PNG_READ_TEXTS, error);
}
