/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "formats/limn-name-index.h"

#include <string.h>

typedef struct
{
  const char *name;
  guint place;
} Named;

struct _LimnNameIndex
{
  GArray *sorted;
};

static int
compare (gconstpointer a,
         gconstpointer b)
{
  return strcmp (((const Named *) a)->name, ((const Named *) b)->name);
}

LimnNameIndex *
limn_name_index_new (const char * const *names,
                     guint               n)
{
  LimnNameIndex *self = g_new0 (LimnNameIndex, 1);

  self->sorted = g_array_sized_new (FALSE, FALSE, sizeof (Named), n);
  for (guint i = 0; i < n; i++)
    {
      Named named = { names[i], i };

      g_array_append_val (self->sorted, named);
    }
  g_array_sort (self->sorted, compare);
  return self;
}

void
limn_name_index_free (LimnNameIndex *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->sorted);
  g_free (self);
}

gboolean
limn_name_index_find (const LimnNameIndex *self,
                      const char          *name,
                      guint               *place)
{
  Named wanted = { name, 0 };
  guint at;

  if (!g_array_binary_search (self->sorted, &wanted, compare, &at))
    return FALSE;
  *place = g_array_index (self->sorted, Named, at).place;
  return TRUE;
}

const char *
limn_name_index_find_double (const LimnNameIndex *self)
{
  for (guint i = 1; i < self->sorted->len; i++)
    {
      if (compare (&g_array_index (self->sorted, Named, i - 1), &g_array_index (self->sorted, Named, i)) == 0)
        return g_array_index (self->sorted, Named, i).name;
    }
  return NULL;
}
