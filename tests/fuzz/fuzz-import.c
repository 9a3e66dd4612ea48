/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Settings of pictures of all programs. The first byte chooses: 0 to 6, the rest is a text under that keyword; else a JPEG, WebP
 * or TIFF.
 */
#include "config.h"

#include "image/limn-exif.h"
#include "session/limn-import.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

static void
check (const GPtrArray *texts)
{
  g_autoptr(LimnImport) import = limn_import_new (texts, 8);

  /* Whatever a stranger writes, what comes out can be asked for. */
  if (import->request && (!limn_request_check (import->request, NULL) ||
                          (!(import->request->open & LIMN_REQUEST_OPEN_SIZE) && !import->exact && import->origin != LIMN_IMPORT_LIMN &&
                           (import->request->width % 8 != 0 || import->request->height % 8 != 0))))
    g_abort ();
  if (import->notes->len > LIMN_IMPORT_MAX_NOTES + 2)
    g_abort ();
  for (guint i = 0; i < import->notes->len; i++)
    if (!g_utf8_validate (g_ptr_array_index (import->notes, i), -1, NULL))
      g_abort ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  static const char *const keywords[] = { "parameters", "prompt", "invokeai_metadata", "sd-metadata", "Dream", "limn", "flux:seed" };

  if (size == 0)
    return 0;
  if (data[0] < G_N_ELEMENTS (keywords))
    {
      g_autofree char *raw = g_strndup ((const char *) data + 1, size - 1);
      g_autofree char *valid = g_utf8_make_valid (raw, -1);
      LimnPngText text = { (char *) keywords[data[0]], valid };
      g_autoptr(GPtrArray) texts = g_ptr_array_new ();

      g_ptr_array_add (texts, &text);
      check (texts);
    }
  else
    {
      g_autoptr(GBytes) bytes = g_bytes_new (data + 1, size - 1);
      g_autoptr(LimnExif) exif = limn_exif_new_for_bytes (bytes, NULL);

      for (guint i = 0; exif && i < exif->texts->len; i++)
        if (!g_utf8_validate (((LimnPngText *) g_ptr_array_index (exif->texts, i))->text, -1, NULL))
          g_abort ();
      if (exif)
        check (exif->texts);
    }
  return 0;
}
