/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** limn_mirror: which of @size pixels stands for pixel @i of a picture that its mirror images continue: -1 is 0, @size is @size - 1, and so on
 * to any distance. */
static inline guint
limn_mirror (gint64 i, guint size)
{
  gint64 period = 2 * (gint64) size;

  i %= period;
  if (i < 0)
    i += period;
  return i < size ? i : period - 1 - i;
}

G_END_DECLS
