/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "formats/limn-prompt-style.h"

#include <string.h>

char *
limn_prompt_style_apply (const char *style, const char *prompt)
{
  g_autofree char *words = g_strstrip (g_strdup (style));
  g_autofree char *own = g_strstrip (g_strdup (prompt));

  if (strstr (words, LIMN_PROMPT_STYLE_HERE))
    {
      g_autoptr(GString) text = g_string_new (words);

      g_string_replace (text, LIMN_PROMPT_STYLE_HERE, own, 0);
      return g_string_free (g_steal_pointer (&text), FALSE);
    }
  if (!*words || !*own)
    return g_strconcat (own, words, NULL);
  return g_strconcat (own, ", ", words, NULL);
}
