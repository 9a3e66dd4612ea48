/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-picture-line.h"

#include "session/limn-recipe.h"

GArray *
limn_picture_line_new (const char *recipe)
{
  g_auto(GStrv) hashes = NULL;
  g_autoptr(GArray) steps = NULL;
  GArray *line;

  if (!limn_recipe_identify (recipe, &hashes, &steps))
    return NULL;
  line = g_array_new (FALSE, FALSE, sizeof (LimnPictureAncestor));
  for (guint i = 0; hashes[i]; i++)
    {
      LimnPictureAncestor ancestor = { .step = i > 0 ? g_array_index (steps, guint, i - 1) : 0 };

      g_strlcpy (ancestor.hash, hashes[i], sizeof ancestor.hash);
      g_array_append_val (line, ancestor);
    }
  return line;
}
