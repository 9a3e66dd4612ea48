/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Exif is a TIFF without pixels: a header, a directory of entries (tag, type, count, value or offset), and one more directory that
 * an entry of the first points to. Only these two are looked at, each once.
 *
 * A program writes UserComment as it likes: the standard wants eight bytes that name the encoding, and for UTF-16 the byte order of the
 * block; piexif, which AUTOMATIC1111 has, writes UTF-16 high byte first in any block, others low byte first, Fooocus plain text with no
 * name in front. So the order is found from the text: what people write has more zeros in high bytes than in low ones.
 */
#include "config.h"

#include "image/limn-exif.h"

#include "base/limn-error.h"

#include <string.h>

enum
{
  TAG_MAKE = 0x010f,
  TAG_MODEL = 0x0110,
  TAG_ORIENTATION = 0x0112,
  TAG_EXIF = 0x8769,
  TAG_ICC = 0x8773, /* of TIFF */
  TAG_MAKER_NOTE = 0x927c,
  TAG_USER_COMMENT = 0x9286,
};

static const char exif_name[6] = "Exif\0";
static const char icc_name[12] = "ICC_PROFILE";

/* Parts of a profile in a JPEG; their number is one byte. */
#define MAX_ICC_PARTS 255

typedef struct
{
  const guint8 *data;
  gsize         length;
  gboolean      big;
} Block;

static void
text_free (gpointer data)
{
  LimnPngText *text = data;

  g_free (text->keyword);
  g_free (text->text);
  g_free (text);
}

void
limn_exif_free (LimnExif *exif)
{
  if (exif == NULL)
    return;
  g_ptr_array_unref (exif->texts);
  g_clear_pointer (&exif->icc, g_bytes_unref);
  g_free (exif);
}

/* Takes @text; the first of a keyword counts. */
static void
take_text (LimnExif   *exif,
           const char *keyword,
           char       *text)
{
  LimnPngText *entry;

  for (guint i = 0; i < exif->texts->len; i++)
    if (g_str_equal (((LimnPngText *) g_ptr_array_index (exif->texts, i))->keyword, keyword))
      {
        g_free (text);
        return;
      }
  if (text == NULL || *text == '\0')
    {
      g_free (text);
      return;
    }
  entry = g_new (LimnPngText, 1);
  entry->keyword = g_strdup (keyword);
  entry->text = text;
  g_ptr_array_add (exif->texts, entry);
}

/* Up to the first NUL; what is no UTF-8 is Latin-1. */
static char *
dup_text (const guint8 *data,
          gsize         length)
{
  g_autofree char *text = g_strndup ((const char *) data, MIN (length, LIMN_PNG_MAX_TEXT));
  GString *utf8;

  if (g_utf8_validate (text, -1, NULL))
    return g_steal_pointer (&text);
  utf8 = g_string_new (NULL);
  for (const guchar *c = (const guchar *) text; *c != '\0'; c++)
    g_string_append_unichar (utf8, *c);
  return g_string_free (utf8, FALSE);
}

static char *
dup_utf16 (const guint8 *data,
           gsize         length,
           gboolean      big)
{
  GString *text = g_string_new (NULL);
  gsize zeros[2] = { 0, 0 };

  length = MIN (length, LIMN_PNG_MAX_TEXT) & ~(gsize) 1;
  for (gsize i = 0; i < length; i++)
    zeros[i & 1] += data[i] == 0;
  if (zeros[0] != zeros[1])
    big = zeros[0] > zeros[1];
  for (gsize i = 0; i < length; i += 2)
    {
      gunichar c = big ? data[i] << 8 | data[i + 1] : data[i + 1] << 8 | data[i];

      if (c == 0)
        break;
      if (c >= 0xd800 && c < 0xdc00 && i + 4 <= length)
        {
          gunichar low = big ? data[i + 2] << 8 | data[i + 3] : data[i + 3] << 8 | data[i + 2];

          if (low >= 0xdc00 && low < 0xe000)
            {
              c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
              i += 2;
            }
        }
      if (c == 0xfeff)
        continue;
      g_string_append_unichar (text, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    }
  return g_string_free (text, FALSE);
}

static char *
dup_user_comment (const Block  *block,
                  const guint8 *data,
                  gsize         length)
{
  static const guint8 none[8] = { 0 };

  if (length >= 8 && memcmp (data, "UNICODE", 8) == 0)
    return dup_utf16 (data + 8, length - 8, block->big);
  if (length >= 8 && (memcmp (data, "ASCII\0\0", 8) == 0 || memcmp (data, none, 8) == 0))
    return dup_text (data + 8, length - 8);
  return dup_text (data, length);
}

static guint
get_16 (const Block *block,
        gsize        at)
{
  const guint8 *p = block->data + at;

  return block->big ? p[0] << 8 | p[1] : p[1] << 8 | p[0];
}

static guint32
get_32 (const Block *block,
        gsize        at)
{
  return block->big ? (guint32) get_16 (block, at) << 16 | get_16 (block, at + 2)
                    : (guint32) get_16 (block, at + 2) << 16 | get_16 (block, at);
}

/* ComfyUI: "prompt:{…}" and "workflow:{…}" in whichever of the two it finds free. */
static void
take_comfy (LimnExif     *exif,
            const guint8 *data,
            gsize         length)
{
  static const char *const keywords[] = { "prompt", "workflow" };
  g_autofree char *text = dup_text (data, length);

  for (guint i = 0; i < G_N_ELEMENTS (keywords); i++)
    {
      gsize n = strlen (keywords[i]);

      if (g_ascii_strncasecmp (text, keywords[i], n) == 0 && text[n] == ':')
        take_text (exif, keywords[i], g_strdup (text + n + 1));
    }
}

/* (out) @next: where the directory of Exif's own tags begins; 0: nowhere */
static void
read_directory (LimnExif    *exif,
                const Block *block,
                gsize        at,
                gsize       *next)
{
  static const guint8 sizes[] = { 0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8 };
  guint n;

  if (at + 2 > block->length)
    return;
  n = get_16 (block, at);
  at += 2;
  for (guint i = 0; i < n && at + 12 <= block->length; i++, at += 12)
    {
      guint tag = get_16 (block, at), type = get_16 (block, at + 2);
      guint64 length = (guint64) get_32 (block, at + 4) * (type < G_N_ELEMENTS (sizes) ? sizes[type] : 0);
      gsize place = length <= 4 ? at + 8 : get_32 (block, at + 8);

      if (length == 0 || length > block->length || place > block->length - length)
        continue;
      switch (tag)
        {
        case TAG_ORIENTATION:
          if (type == 3 && get_16 (block, place) >= 1 && get_16 (block, place) <= 8)
            exif->orientation = get_16 (block, place);
          break;
        case TAG_EXIF:
          if (type == 4)
            *next = get_32 (block, place);
          break;
        case TAG_USER_COMMENT:
          take_text (exif, "parameters", dup_user_comment (block, block->data + place, length));
          break;
        case TAG_MAKER_NOTE:
          /* Cameras write kilobytes of their own here. */
          if (length <= 16)
            take_text (exif, "fooocus_scheme", dup_text (block->data + place, length));
          break;
        case TAG_MAKE:
        case TAG_MODEL:
          take_comfy (exif, block->data + place, length);
          break;
        case TAG_ICC:
          if (exif->icc == NULL)
            exif->icc = g_bytes_new (block->data + place, length);
          break;
        default:
          break;
        }
    }
}

static gboolean
read_block (LimnExif     *exif,
            const guint8 *data,
            gsize         length)
{
  Block block = { data, length, FALSE };
  gsize next = 0;

  if (length < 8)
    return FALSE;
  if (memcmp (data, "MM\0*", 4) == 0)
    block.big = TRUE;
  else if (memcmp (data, "II*\0", 4) != 0)
    return FALSE;
  read_directory (exif, &block, get_32 (&block, 4), &next);
  if (next > 0)
    {
      gsize further = 0;

      read_directory (exif, &block, next, &further);
    }
  return TRUE;
}

static gboolean
fail (GError     **error,
      const char  *cause)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "This picture is damaged (%s).", cause);
  return FALSE;
}

/* --- JPEG --- */

typedef struct
{
  const guint8 *data[MAX_ICC_PARTS + 1]; /* by number, from 1 */
  gsize         length[MAX_ICC_PARTS + 1];
  guint         n;
} IccParts;

static void
take_icc (LimnExif       *exif,
          const IccParts *parts)
{
  GByteArray *icc;

  if (parts->n == 0)
    return;
  for (guint i = 1; i <= parts->n; i++)
    if (parts->data[i] == NULL)
      return;
  icc = g_byte_array_new ();
  for (guint i = 1; i <= parts->n; i++)
    g_byte_array_append (icc, parts->data[i], parts->length[i]);
  exif->icc = g_byte_array_free_to_bytes (icc);
}

static gboolean
read_jpeg (LimnExif     *exif,
           const guint8 *data,
           gsize         length,
           GError      **error)
{
  IccParts parts = { 0 };
  gsize at = 2;

  for (;;)
    {
      guint marker;
      gsize n;

      if (at >= length || data[at] != 0xff)
        return fail (error, "the chain of its parts is broken");
      while (at < length && data[at] == 0xff)
        at++;
      if (length - at < 3)
        return fail (error, "it is cut off");
      marker = data[at++];
      /* Restart markers and the like have no length. */
      if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8))
        continue;
      if (marker == 0xda || marker == 0xd9)
        break;
      n = data[at] << 8 | data[at + 1];
      if (n < 2 || n > length - at)
        return fail (error, "it is cut off");
      at += 2;
      n -= 2;
      if (marker == 0xe1 && n > sizeof exif_name && memcmp (data + at, exif_name, sizeof exif_name) == 0)
        read_block (exif, data + at + sizeof exif_name, n - sizeof exif_name);
      else if (marker == 0xe2 && n > sizeof icc_name + 2 && memcmp (data + at, icc_name, sizeof icc_name) == 0)
        {
          guint number = data[at + sizeof icc_name];

          parts.n = data[at + sizeof icc_name + 1];
          parts.data[number] = data + at + sizeof icc_name + 2;
          parts.length[number] = n - sizeof icc_name - 2;
        }
      else if (marker == 0xfe && n > 11 && memcmp (data + at, "parameters", 11) == 0)
        take_text (exif, "parameters", dup_text (data + at + 11, n - 11));
      at += n;
    }
  take_icc (exif, &parts);
  return TRUE;
}

/* --- WebP --- */

typedef struct
{
  gboolean inside;
  GString *text;
} Xmp;

static void
on_xmp_start (GMarkupParseContext *context,
              const char          *name,
              const char         **names,
              const char         **values,
              gpointer             data,
              GError             **error)
{
  Xmp *xmp = data;

  xmp->inside = strcmp (name, "sdcpp:parameters") == 0;
}

static void
on_xmp_end (GMarkupParseContext *context,
            const char          *name,
            gpointer             data,
            GError             **error)
{
  Xmp *xmp = data;

  xmp->inside = FALSE;
}

static void
on_xmp_text (GMarkupParseContext *context,
             const char          *text,
             gsize                length,
             gpointer             data,
             GError             **error)
{
  Xmp *xmp = data;

  if (xmp->inside)
    g_string_append_len (xmp->text, text, length);
}

static void
read_xmp (LimnExif     *exif,
          const guint8 *data,
          gsize         length)
{
  static const GMarkupParser parser = { .start_element = on_xmp_start, .end_element = on_xmp_end, .text = on_xmp_text };
  Xmp xmp = { FALSE, g_string_new (NULL) };
  GMarkupParseContext *context = g_markup_parse_context_new (&parser, 0, &xmp, NULL);

  /* What was found before an error counts. */
  if (length <= LIMN_PNG_MAX_TEXT && g_markup_parse_context_parse (context, (const char *) data, length, NULL))
    g_markup_parse_context_end_parse (context, NULL);
  g_markup_parse_context_free (context);
  take_text (exif, "parameters", g_strdup (xmp.text->str));
  g_string_free (xmp.text, TRUE);
}

static guint32
get_le32 (const guint8 *p)
{
  return (guint32) p[3] << 24 | (guint32) p[2] << 16 | (guint32) p[1] << 8 | p[0];
}

static gboolean
read_webp (LimnExif     *exif,
           const guint8 *data,
           gsize         length,
           GError      **error)
{
  gsize at = 12;

  if (get_le32 (data + 4) > length - 8)
    return fail (error, "it is cut off");
  while (length - at >= 8)
    {
      gsize n = get_le32 (data + at + 4);
      const guint8 *content = data + at + 8;

      if (n > length - at - 8)
        return fail (error, "it is cut off");
      if (memcmp (data + at, "EXIF", 4) == 0)
        {
          /* Some write the name that a JPEG's segment has. */
          if (n > sizeof exif_name && memcmp (content, exif_name, sizeof exif_name) == 0)
            read_block (exif, content + sizeof exif_name, n - sizeof exif_name);
          else
            read_block (exif, content, n);
        }
      else if (memcmp (data + at, "XMP ", 4) == 0)
        read_xmp (exif, content, n);
      else if (memcmp (data + at, "ICCP", 4) == 0 && exif->icc == NULL && n > 0)
        exif->icc = g_bytes_new (content, n);
      at += MIN (8 + n + (n & 1), length - at);
    }
  return TRUE;
}

LimnExif *
limn_exif_new_for_bytes (GBytes  *file,
                         GError **error)
{
  g_autoptr(LimnExif) exif = g_new0 (LimnExif, 1);
  gsize length;
  const guint8 *data = g_bytes_get_data (file, &length);
  gboolean read;

  exif->texts = g_ptr_array_new_with_free_func (text_free);
  exif->orientation = 1;
  if (length >= 4 && data[0] == 0xff && data[1] == 0xd8 && data[2] == 0xff)
    read = read_jpeg (exif, data, length, error);
  else if (length >= 12 && memcmp (data, "RIFF", 4) == 0 && memcmp (data + 8, "WEBP", 4) == 0)
    read = read_webp (exif, data, length, error);
  else if (length >= 8 && read_block (exif, data, length))
    read = TRUE;
  else
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "This is no picture that Limn can read: it takes PNG, JPEG, WebP and TIFF.");
      read = FALSE;
    }
  return read ? g_steal_pointer (&exif) : NULL;
}

/* --- Writing --- */

static void
put_16 (GByteArray *out,
        guint       value)
{
  const guint8 bytes[2] = { value >> 8, value };

  g_byte_array_append (out, bytes, 2);
}

static void
put_32 (GByteArray *out,
        guint32     value)
{
  put_16 (out, value >> 16);
  put_16 (out, value & 0xffff);
}

static void
put_entry (GByteArray *out,
           guint       tag,
           guint       type,
           guint32     count,
           guint32     value)
{
  put_16 (out, tag);
  put_16 (out, type);
  put_32 (out, count);
  put_32 (out, value);
}

GBytes *
limn_exif_make_block (const char *parameters)
{
  GByteArray *out = g_byte_array_new ();
  g_autoptr(GByteArray) text = g_byte_array_new ();

  g_byte_array_append (text, (const guint8 *) "UNICODE", 8);
  for (const char *c = parameters; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar u = g_utf8_get_char (c);

      if (u >= 0x10000)
        {
          put_16 (text, 0xd800 + ((u - 0x10000) >> 10));
          put_16 (text, 0xdc00 + ((u - 0x10000) & 0x3ff));
        }
      else
        put_16 (text, u);
    }

  g_byte_array_append (out, (const guint8 *) "MM\0*", 4);
  put_32 (out, 8);
  /* The first directory at 8: 2 + 12 + 4 bytes; the second at 26, as long; the text at 44. */
  put_16 (out, 1);
  put_entry (out, TAG_EXIF, 4, 1, 26);
  put_32 (out, 0);
  put_16 (out, 1);
  put_entry (out, TAG_USER_COMMENT, 7, text->len, 44);
  put_32 (out, 0);
  g_byte_array_append (out, text->data, text->len);
  return g_byte_array_free_to_bytes (out);
}

GBytes *
limn_exif_insert_into_jpeg (GBytes  *jpeg,
                            GBytes  *block,
                            GError **error)
{
  GByteArray *out;
  gsize length, n;
  const guint8 *data = g_bytes_get_data (jpeg, &length);
  const guint8 *content = g_bytes_get_data (block, &n);
  gsize at = 2;

  if (length < 4 || data[0] != 0xff || data[1] != 0xd8)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "This is no JPEG file.");
      return NULL;
    }
  if (n > LIMN_EXIF_MAX_IN_JPEG)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED,
                   "The settings of this picture are too long for a JPEG; export it as WebP or PNG, or without them.");
      return NULL;
    }
  /* Behind JFIF's own segment, which wants to be the first. */
  if (length >= 6 && data[2] == 0xff && data[3] == 0xe0 && (gsize) (data[4] << 8 | data[5]) + 4 <= length)
    at = 4 + (data[4] << 8 | data[5]);

  out = g_byte_array_sized_new (length + n + 10);
  g_byte_array_append (out, data, at);
  put_16 (out, 0xffe1);
  put_16 (out, n + sizeof exif_name + 2);
  g_byte_array_append (out, (const guint8 *) exif_name, sizeof exif_name);
  g_byte_array_append (out, content, n);
  g_byte_array_append (out, data + at, length - at);
  return g_byte_array_free_to_bytes (out);
}
