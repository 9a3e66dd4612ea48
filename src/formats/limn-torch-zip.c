/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A zip archive is found from its end: the end record says where the directory lies, the directory where each
 * entry's own head lies, and behind that head are the data. All three can lie, and programs disagree on which to
 * believe; here all must agree, and none may share a byte with another:
 *
 *     head, data [, descriptor], head, data, … | directory | [Zip64 end, its locator] | end record, comment | EOF
 *
 * The trap in sizes: PyTorch writes heads with sizes of 0 and a descriptor behind the data (bit 3), so that only the
 * directory knows them. Where a head does say a size it must be the directory's.
 */
#include "config.h"

#include "formats/limn-torch-zip.h"

#include "formats/limn-name-index.h"

#include <string.h>

#define HEAD_BYTES 30
#define DIRECTORY_ENTRY_BYTES 46
#define END_BYTES 22
#define END64_BYTES 56
#define LOCATOR_BYTES 20

/* Longest comment that the end record can announce. */
#define MAX_COMMENT_BYTES 65535

struct _LimnTorchZip
{
  const LimnByteSource *source;
  guint8 *directory;
  guint64 directory_begin;
  guint64 directory_bytes;
  guint64 n_announced;
  GStringChunk *names;
  GArray *entries;
  LimnNameIndex *by_name;
};

/* What is checked of an entry before the next: where its head begins; @begin is known when all heads have been read. */
typedef struct
{
  LimnTorchZipEntry entry;
  guint64 head;
  guint16 flags;
} Found;

#define fail(self, code, error, ...) limn_byte_source_fail ((self)->source, code, error, __VA_ARGS__)

static guint16
u16_at (const guint8 *from)
{
  return from[0] | from[1] << 8;
}

static guint32
u32_at (const guint8 *from)
{
  return u16_at (from) | (guint32) u16_at (from + 2) << 16;
}

static guint64
u64_at (const guint8 *from)
{
  return u32_at (from) | (guint64) u32_at (from + 4) << 32;
}

/* The end record, whose comment must end with the file. */
static gboolean
find_end (LimnTorchZip  *self,
          guint64       *place,
          guint8         end[END_BYTES],
          GError       **error)
{
  guint64 size = limn_byte_source_get_size (self->source);
  gsize n = MIN (size, END_BYTES + MAX_COMMENT_BYTES);
  g_autofree guint8 *tail = g_malloc (n + 1);

  if (!limn_byte_source_read (self->source, size - n, n, tail, error))
    return FALSE;
  for (gsize back = END_BYTES; back <= n; back++)
    {
      const guint8 *at = tail + n - back;

      if (memcmp (at, "PK\005\006", 4) == 0 && u16_at (at + 20) == back - END_BYTES)
        {
          memcpy (end, at, END_BYTES);
          *place = size - back;
          return TRUE;
        }
    }
  return fail (self, LIMN_ERROR_FORMAT, error, "it was cut, or is damaged: the directory at the end of a zip archive is missing");
}

static gboolean
find_directory (LimnTorchZip  *self,
                GError       **error)
{
  guint8 end[END_BYTES] = { 0 };
  guint8 locator[LOCATOR_BYTES];
  guint8 end64[END64_BYTES];
  guint64 place = 0;
  guint64 stop;
  gboolean wide = FALSE;

  if (!find_end (self, &place, end, error))
    return FALSE;
  if ((u16_at (end + 4) != 0 && u16_at (end + 4) != 0xffff) || (u16_at (end + 6) != 0 && u16_at (end + 6) != 0xffff))
    return fail (self, LIMN_ERROR_UNSUPPORTED, error, "it is one part of a zip archive that was split");
  stop = place;
  self->n_announced = u16_at (end + 10);
  self->directory_bytes = u32_at (end + 12);
  self->directory_begin = u32_at (end + 16);

  if (place >= LOCATOR_BYTES + END64_BYTES)
    {
      if (!limn_byte_source_read (self->source, place - LOCATOR_BYTES, LOCATOR_BYTES, locator, error))
        return FALSE;
      wide = memcmp (locator, "PK\006\007", 4) == 0;
    }
  if (wide)
    {
      guint64 at = u64_at (locator + 8);

      if (at > place - LOCATOR_BYTES || place - LOCATOR_BYTES - at < END64_BYTES)
        return fail (self, LIMN_ERROR_FORMAT, error, "its zip directory is not where its end says");
      if (!limn_byte_source_read (self->source, at, END64_BYTES, end64, error))
        return FALSE;
      /* Its own length leaves out the first 12 bytes. Anything more between it and the locator is an extension that PyTorch never writes. */
      if (memcmp (end64, "PK\006\006", 4) != 0 || u64_at (end64 + 4) != END64_BYTES - 12 || at + END64_BYTES != place - LOCATOR_BYTES
          || u32_at (end64 + 16) != 0 || u32_at (end64 + 20) != 0 || u64_at (end64 + 24) != u64_at (end64 + 32))
        return fail (self, LIMN_ERROR_FORMAT, error, "the Zip64 end of its zip directory is damaged");
      /* What the short record does not leave to this one must be the same in both. */
      if ((self->n_announced != 0xffff && self->n_announced != u64_at (end64 + 32))
          || (self->directory_bytes != 0xffffffff && self->directory_bytes != u64_at (end64 + 40))
          || (self->directory_begin != 0xffffffff && self->directory_begin != u64_at (end64 + 48)))
        return fail (self, LIMN_ERROR_FORMAT, error, "the two ends of its zip directory contradict each other");
      self->n_announced = u64_at (end64 + 32);
      self->directory_bytes = u64_at (end64 + 40);
      self->directory_begin = u64_at (end64 + 48);
      stop = at;
    }
  if (self->n_announced > LIMN_TORCH_ZIP_MAX_ENTRIES || self->directory_bytes > LIMN_TORCH_ZIP_MAX_DIRECTORY_BYTES)
    return fail (self, LIMN_ERROR_FORMAT, error, "its zip directory would have %" G_GUINT64_FORMAT " entries in %" G_GUINT64_FORMAT
                 " bytes; at most %d and %d are allowed", self->n_announced, self->directory_bytes, LIMN_TORCH_ZIP_MAX_ENTRIES,
                 LIMN_TORCH_ZIP_MAX_DIRECTORY_BYTES);
  if (self->directory_begin > stop || self->directory_bytes != stop - self->directory_begin)
    return fail (self, LIMN_ERROR_FORMAT, error, "its zip directory is not where its end says");
  self->directory = g_malloc (self->directory_bytes + 1);
  return limn_byte_source_read (self->source, self->directory_begin, self->directory_bytes, self->directory, error);
}

/* The values that Zip64's extra field holds, in its order, of those that say "see there". */
static gboolean
widen (LimnTorchZip  *self,
       const guint8  *extra,
       gsize          n,
       guint64       *n_bytes,
       guint64       *n_packed,
       guint64       *head,
       GError       **error)
{
  guint64 *wanted[] = { n_bytes, n_packed, head };
  const guint8 *field = NULL;
  gsize left = 0;

  while (n > 0)
    {
      gsize length = n >= 4 ? u16_at (extra + 2) : 0;

      if (n < 4 || length > n - 4)
        return fail (self, LIMN_ERROR_FORMAT, error, "an extra field in its zip directory is damaged");
      if (u16_at (extra) == 1)
        {
          if (field != NULL)
            return fail (self, LIMN_ERROR_FORMAT, error, "its zip directory gives the sizes of an entry twice");
          field = extra + 4;
          left = length;
        }
      extra += 4 + length;
      n -= 4 + length;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      if (*wanted[i] != 0xffffffff)
        continue;
      if (left < 8)
        return fail (self, LIMN_ERROR_FORMAT, error, "its zip directory leaves out the size of a large entry");
      *wanted[i] = u64_at (field);
      field += 8;
      left -= 8;
    }
  return TRUE;
}

static gboolean
parse_directory (LimnTorchZip  *self,
                 GArray        *found,
                 GError       **error)
{
  const guint8 *at = self->directory;
  gsize left = self->directory_bytes;

  while (left > 0)
    {
      Found one = { 0 };
      guint64 n_packed;
      gsize name_bytes;
      gsize extra_bytes;
      gsize all;
      guint16 method;

      if (left < DIRECTORY_ENTRY_BYTES || memcmp (at, "PK\001\002", 4) != 0)
        return fail (self, LIMN_ERROR_FORMAT, error, "entry %u of its zip directory is damaged", found->len);
      one.flags = u16_at (at + 8);
      method = u16_at (at + 10);
      n_packed = u32_at (at + 20);
      one.entry.n_bytes = u32_at (at + 24);
      name_bytes = u16_at (at + 28);
      extra_bytes = u16_at (at + 30);
      one.head = u32_at (at + 42);
      all = DIRECTORY_ENTRY_BYTES + name_bytes + extra_bytes + u16_at (at + 32);
      if (all > left || name_bytes == 0 || found->len >= LIMN_TORCH_ZIP_MAX_ENTRIES)
        return fail (self, LIMN_ERROR_FORMAT, error, "entry %u of its zip directory is damaged", found->len);
      if (memchr (at + DIRECTORY_ENTRY_BYTES, 0, name_bytes) != NULL
          || !g_utf8_validate ((const char *) at + DIRECTORY_ENTRY_BYTES, name_bytes, NULL))
        return fail (self, LIMN_ERROR_FORMAT, error, "entry %u of its zip directory has a name that is no text", found->len);
      one.entry.name = g_string_chunk_insert_len (self->names, (const char *) at + DIRECTORY_ENTRY_BYTES, name_bytes);
      if (one.flags & (1 << 0 | 1 << 6 | 1 << 13))
        return fail (self, LIMN_ERROR_UNSUPPORTED, error, "“%s” in it is encrypted", one.entry.name);
      if (method != 0)
        return fail (self, LIMN_ERROR_UNSUPPORTED, error, "it is a zip archive with compressed files in it (“%s”), which PyTorch never writes",
                     one.entry.name);
      if (u16_at (at + 34) != 0)
        return fail (self, LIMN_ERROR_UNSUPPORTED, error, "it is one part of a zip archive that was split");
      if (!widen (self, at + DIRECTORY_ENTRY_BYTES + name_bytes, extra_bytes, &one.entry.n_bytes, &n_packed, &one.head, error))
        return FALSE;
      if (n_packed != one.entry.n_bytes)
        return fail (self, LIMN_ERROR_FORMAT, error, "“%s” in it has two sizes, though it is not compressed", one.entry.name);
      g_array_append_val (found, one);
      at += all;
      left -= all;
    }
  if (found->len != self->n_announced)
    return fail (self, LIMN_ERROR_FORMAT, error, "its zip directory has %u entries, but announces %" G_GUINT64_FORMAT, found->len,
                 self->n_announced);
  return TRUE;
}

static int
compare_heads (gconstpointer a,
               gconstpointer b)
{
  const Found *x = a;
  const Found *y = b;

  return x->head < y->head ? -1 : x->head > y->head;
}

/* The entry's own head: it must tell the same as the directory, and its data must end before @limit. */
static gboolean
check_head (LimnTorchZip  *self,
            Found         *one,
            guint64        limit,
            GError       **error)
{
  const char *name = one->entry.name;
  gsize name_bytes = strlen (name);
  g_autofree guint8 *head = g_malloc (HEAD_BYTES + name_bytes);
  guint64 head_bytes;
  guint32 n_bytes;

  if (one->head > limit || limit - one->head < HEAD_BYTES + name_bytes)
    return fail (self, LIMN_ERROR_FORMAT, error, "“%s” in it lies outside of the file, or over another entry", name);
  if (!limn_byte_source_read (self->source, one->head, HEAD_BYTES + name_bytes, head, error))
    return FALSE;
  if (memcmp (head, "PK\003\004", 4) != 0 || u16_at (head + 8) != 0 || u16_at (head + 26) != name_bytes
      || memcmp (head + HEAD_BYTES, name, name_bytes) != 0 || ((u16_at (head + 6) ^ one->flags) & (1 << 0 | 1 << 3)) != 0)
    return fail (self, LIMN_ERROR_FORMAT, error, "“%s” in it is another entry than the zip directory says", name);
  /* 0xffffffff: in the head's own Zip64 field, which the directory's stands for. */
  n_bytes = u32_at (head + 22);
  if (u32_at (head + 18) != n_bytes || ((one->flags & 1 << 3) != 0 ? n_bytes != 0 && n_bytes != 0xffffffff && n_bytes != one->entry.n_bytes
                                                                   : n_bytes != 0xffffffff && n_bytes != one->entry.n_bytes))
    return fail (self, LIMN_ERROR_FORMAT, error, "“%s” in it has another size than the zip directory says", name);
  head_bytes = HEAD_BYTES + name_bytes + u16_at (head + 28);
  if (limit - one->head < head_bytes || one->entry.n_bytes > limit - one->head - head_bytes)
    return fail (self, LIMN_ERROR_FORMAT, error, "“%s” in it lies outside of the file, or over another entry", name);
  one->entry.begin = one->head + head_bytes;
  return TRUE;
}

LimnTorchZip *
limn_torch_zip_new (const LimnByteSource  *source,
                    GError               **error)
{
  g_autoptr(LimnTorchZip) self = NULL;
  g_autoptr(GArray) found = g_array_new (FALSE, FALSE, sizeof (Found));
  g_autofree const char **names = NULL;
  const char *twice;

  g_return_val_if_fail (source != NULL, NULL);

  self = g_new0 (LimnTorchZip, 1);
  self->source = source;
  self->names = g_string_chunk_new (4096);
  self->entries = g_array_new (FALSE, FALSE, sizeof (LimnTorchZipEntry));
  if (!find_directory (self, error) || !parse_directory (self, found, error))
    return NULL;

  g_array_sort (found, compare_heads);
  names = g_new (const char *, found->len + 1);
  for (guint i = 0; i < found->len; i++)
    {
      Found *one = &g_array_index (found, Found, i);
      guint64 limit = i + 1 < found->len ? g_array_index (found, Found, i + 1).head : self->directory_begin;

      if (!check_head (self, one, limit, error))
        return NULL;
      g_array_append_val (self->entries, one->entry);
      names[i] = one->entry.name;
    }
  self->by_name = limn_name_index_new (names, found->len);
  twice = limn_name_index_find_double (self->by_name);
  if (twice != NULL)
    {
      fail (self, LIMN_ERROR_FORMAT, error, "there are two entries “%s” in it", twice);
      return NULL;
    }
  g_clear_pointer (&self->directory, g_free);
  return g_steal_pointer (&self);
}

void
limn_torch_zip_free (LimnTorchZip *self)
{
  if (self == NULL)
    return;
  g_free (self->directory);
  limn_name_index_free (self->by_name);
  g_clear_pointer (&self->entries, g_array_unref);
  g_clear_pointer (&self->names, g_string_chunk_free);
  g_free (self);
}

guint
limn_torch_zip_get_n (const LimnTorchZip *self)
{
  return self->entries->len;
}

const LimnTorchZipEntry *
limn_torch_zip_get_nth (const LimnTorchZip *self,
                        guint               i)
{
  g_return_val_if_fail (i < self->entries->len, NULL);
  return &g_array_index (self->entries, LimnTorchZipEntry, i);
}

const LimnTorchZipEntry *
limn_torch_zip_lookup (const LimnTorchZip *self,
                       const char         *name)
{
  guint place;

  return limn_name_index_find (self->by_name, name, &place) ? limn_torch_zip_get_nth (self, place) : NULL;
}
