/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Source: AUTOMATIC1111's extensions-builtin/Lora/extra_networks_lora.py: order of the strengths, what a name may not hold in the list of hashes. */
#include "config.h"

#include "session/limn-lora-text.h"

#include "formats/limn-json.h"
#include "session/limn-lora-hashes.h"
#include "session/limn-request-lora.h"

#include <string.h>

#define HASH_DIGITS 12

static void
append_number (GString *text, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_c (text, ':');
  g_string_append (text, g_ascii_formatd (buffer, sizeof buffer, "%.15g", value));
}

char *
limn_lora_text_dup_prompt (const LimnRequest *request)
{
  GString *text = g_string_new (request->prompt);

  for (guint i = 0; request->loras && i < request->loras->len; i++)
    {
      const LimnRequestLora *lora = request->loras->pdata[i];
      g_autofree char *name = lora->tagged ? NULL : limn_resources_name_path (lora->path);

      /* What would end the tag cannot be said in it. */
      if (!name || strpbrk (name, ":<>\n"))
        continue;
      g_string_append_printf (text, "%s<lora:%s", text->len > 0 ? " " : "", name);
      if (lora->text_strength != lora->strength)
        append_number (text, lora->text_strength);
      append_number (text, lora->strength);
      g_string_append_c (text, '>');
    }
  return g_string_free (text, FALSE);
}

char *
limn_lora_text_dup_hashes (const char *model_files)
{
  g_autoptr(LimnJson) files = model_files ? limn_json_new_for_data (model_files, strlen (model_files), "files", 0, NULL) : NULL;
  g_autofree const char **keys = files ? limn_json_get_keys (files, NULL) : NULL;
  GString *text = g_string_new (NULL);

  for (guint i = 0; keys && keys[i]; i++)
    {
      const char *hash;
      g_auto(GStrv) pieces = NULL;
      g_autofree char *name = NULL;

      if (!g_str_has_prefix (keys[i], LIMN_LORA_HASHES_PREFIX) || !limn_json_get_string (files, keys[i], &hash, NULL))
        continue;
      pieces = g_strsplit_set (keys[i] + strlen (LIMN_LORA_HASHES_PREFIX), ":,", -1);
      name = g_strjoinv ("", pieces);
      g_string_append_printf (text, "%s%s: %.*s", text->len > 0 ? ", " : "", name, HASH_DIGITS, hash);
    }
  return g_string_free (text, text->len == 0);
}
