/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-change-words.h"

#include <glib/gi18n.h>

/* More would be no name any more. */
#define MOST_CHANGES 4

/* A change of a number or a name, with what it is of; NULL: it speaks for itself. Each is a whole text, with its own places for the words. */
static const char *
get_format (LimnChangeField field)
{
  switch (field)
    {
    case LIMN_CHANGE_NEGATIVE:
      /* Translators: names of branches: what changed, before and after. Here: words of the negative prompt. */
      return _("not “%s” but “%s”");
    case LIMN_CHANGE_CFG:
      return _("guidance %s → %s");
    case LIMN_CHANGE_CFG_RESCALE:
      return _("guidance rescale %s → %s");
    case LIMN_CHANGE_STEPS:
      return _("steps %s → %s");
    case LIMN_CHANGE_ETA:
      return _("eta %s → %s");
    case LIMN_CHANGE_FEATHER:
      return _("soft edge %s → %s");
    case LIMN_CHANGE_CLIP_SKIP:
      return _("clip skip %s → %s");
    case LIMN_CHANGE_SEED:
      return _("seed %s → %s");
    case LIMN_CHANGE_VARIATION:
      return _("variation %s → %s");
    case LIMN_CHANGE_STRENGTH:
      return _("strength %s → %s");
    case LIMN_CHANGE_MODEL:
      return _("model %s → %s");
    default:
      /* Translators: the name of a branch: words of the prompt, a sampler or the like, before and after: “noon → sunset”. */
      return _("%s → %s");
    }
}

static char *
describe_share (const char *share)
{
  /* Translators: the name of a branch: so much of the noise was drawn anew, in percent. */
  return g_strdup_printf (_("%.0f %% fresh noise"), g_ascii_strtod (share, NULL) * 100);
}

static char *
describe_pair (const LimnChange *change)
{
  gboolean negative = change->field == LIMN_CHANGE_NEGATIVE;

  /* Translators: the name of a branch: words that came to the (negative) prompt, or went. */
  if (!*change->old_text)
    return g_strdup_printf (negative ? _("without “%s”") : _("+ %s"), change->new_text);
  if (!*change->new_text)
    return g_strdup_printf (negative ? _("no longer without “%s”") : _("− %s"), change->old_text);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return g_strdup_printf (get_format (change->field), change->old_text, change->new_text);
#pragma GCC diagnostic pop
}

char *
limn_change_words (const LimnChange *change)
{
  switch (change->field)
    {
    case LIMN_CHANGE_SYNTAX:
      return g_strdup (_("another way to weigh words"));
    case LIMN_CHANGE_WORDS:
      return g_strdup (_("words of its own"));
    case LIMN_CHANGE_MASK:
      return g_strdup (_("another mask"));
    case LIMN_CHANGE_CONTROLS:
      /* Translators: the name of a branch in which ControlNets draw by other pictures, or otherwise. */
      return g_strdup (_("drawn by other pictures"));
    case LIMN_CHANGE_SOURCE:
      return g_strdup (_("another picture to change"));
    case LIMN_CHANGE_NOISE:
      return g_strdup (_("other noise on the way"));
    case LIMN_CHANGE_RENOISE:
      return describe_share (change->new_text);
    default:
      return describe_pair (change);
    }
}

char *
limn_change_words_request (const LimnRequest *request)
{
  g_autoptr(GPtrArray) changes = limn_change_list (request);
  g_autofree char *text = NULL;

  for (guint i = 0; i < MIN (changes->len, MOST_CHANGES); i++)
    {
      g_autofree char *one = limn_change_words (g_ptr_array_index (changes, i));
      g_autofree char *before = g_steal_pointer (&text);

      /* Translators: a list of what a branch changed, so far, and what comes next in it. */
      text = before ? g_strdup_printf (_("%s, %s"), before, one) : g_strdup (one);
    }
  return text ? g_steal_pointer (&text) : g_strdup (_("The same again"));
}
