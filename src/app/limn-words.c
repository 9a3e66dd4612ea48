/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-words.h"

#include <glib/gi18n.h>
#include <math.h>

char *
limn_words_seconds (double seconds)
{
  guint whole = (guint) CLAMP (seconds + 0.5, 1, G_MAXINT);

  if (whole < 60)
    /* Translators: a time in seconds. */
    return g_strdup_printf (_("%u s"), whole);
  if (whole < 3600)
    /* Translators: a time in minutes. */
    return g_strdup_printf (_("%u min"), (whole + 30) / 60);
  /* Translators: a time in hours and minutes. */
  return g_strdup_printf (_("%u h %02u min"), whole / 3600, whole % 3600 / 60);
}

char *
limn_words_memory (guint64 bytes)
{
  double mib = bytes / 1048576.0;

  if (mib < 1000)
    /* Translators: an amount of memory in units of 1024 times 1024 bytes. */
    return g_strdup_printf (_("%.0f MiB"), MAX (mib, 1));
  /* A whole number where that is what it is: a card of 8 GiB has no 8.0. */
  if (mib < 10 * 1024 && fabs (mib / 1024 - round (mib / 1024)) >= 0.05)
    /* Translators: an amount of memory in units of 1024 times 1024 times 1024 bytes. */
    return g_strdup_printf (_("%.1f GiB"), mib / 1024);
  /* Translators: an amount of memory in units of 1024 times 1024 times 1024 bytes. */
  return g_strdup_printf (_("%.0f GiB"), mib / 1024);
}

char *
limn_words_need (guint64 need, guint64 limit)
{
  g_autofree char *some = limn_words_memory (need);
  g_autofree char *all = limn_words_memory (limit);

  /* Translators: amounts of memory: what a picture needs of what there is: “Memory: 1.9 GiB of 8 GiB”. Short: stands beside the button “Paint”. */
  return g_strdup_printf (_("Memory: %s of %s"), some, all);
}

char *
limn_words_factor (guint n)
{
  /* Translators: how many pictures one press of the button makes, shown on a small button. */
  return g_strdup_printf (_("×%u"), n);
}

char *
limn_words_percent (guint percent)
{
  /* Translators: a share in percent. */
  return g_strdup_printf (_("%u %%"), percent);
}
