/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-sheet-words.h"

#include <glib/gi18n.h>

static const char *const names[LIMN_SHEET_N_FIELDS] = {
  [LIMN_SHEET_SEED] = N_("Seed"),
  [LIMN_SHEET_STEPS] = N_("Steps"),
  [LIMN_SHEET_CFG] = N_("Guidance (CFG)"),
  [LIMN_SHEET_SAMPLER] = N_("Sampler"),
  [LIMN_SHEET_SCHEDULE] = N_("Schedule"),
  [LIMN_SHEET_ETA] = N_("Eta"),
  [LIMN_SHEET_PROMPT] = N_("Part of the prompt"),
  [LIMN_SHEET_STRENGTH] = N_("Strength"),
  [LIMN_SHEET_LAMBDA] = N_("Blend"),
  [LIMN_SHEET_LAMBDA_V] = N_("Blend, down"),
  [LIMN_SHEET_VARIATION_SEED] = N_("Variation seed"),
  [LIMN_SHEET_VARIATION_STRENGTH] = N_("Variation strength"),
  [LIMN_SHEET_NOISE_SEED] = N_("Noise of the branch"),
  [LIMN_SHEET_NOISE_AMOUNT] = N_("Amount of noise"),
  [LIMN_SHEET_BRANCH_STEP] = N_("Step of the branch"),
};

const char *
limn_sheet_words_name (LimnSheetField field)
{
  g_return_val_if_fail (field < LIMN_SHEET_N_FIELDS, "");

  return _(names[field]);
}

char *
limn_sheet_words_label (const LimnSheetAxis *axis, guint index)
{
  const char *value = limn_sheet_axis_get_label (axis, index);

  switch (limn_sheet_axis_get_field (axis))
    {
    case LIMN_SHEET_SEED:
      /* Translators: stands above a column or beside a row of pictures; %s is a number. */
      return g_strdup_printf (_("Seed %s"), value);
    case LIMN_SHEET_STEPS:
      /* Translators: stands above a column or beside a row of pictures; %s is a number. */
      return g_strdup_printf (_("%s steps"), value);
    case LIMN_SHEET_CFG:
      /* Translators: stands above a column or beside a row of pictures; %s is a number. */
      return g_strdup_printf (_("CFG %s"), value);
    case LIMN_SHEET_ETA:
      /* Translators: stands above a column or beside a row of pictures; %s is a number. */
      return g_strdup_printf (_("Eta %s"), value);
    case LIMN_SHEET_STRENGTH:
      /* Translators: stands above a column or beside a row of pictures; %s is a number. */
      return g_strdup_printf (_("Strength %s"), value);
    case LIMN_SHEET_LAMBDA:
    case LIMN_SHEET_LAMBDA_V:
      /* Translators: stands above a column or beside a row of pictures; %s is a number from 0 to 1. */
      return g_strdup_printf (_("Blend %s"), value);
    case LIMN_SHEET_VARIATION_SEED:
      /* Translators: stands above a column or beside a row of pictures; %s is a number. */
      return g_strdup_printf (_("Variation seed %s"), value);
    case LIMN_SHEET_VARIATION_STRENGTH:
      /* Translators: stands above a column or beside a row of pictures; %s is a number from 0 to 1. */
      return g_strdup_printf (_("Variation %s"), value);
    case LIMN_SHEET_NOISE_SEED:
      /* Translators: stands above a column or beside a row of pictures; %s is a number, the seed of other noise. */
      return g_strdup_printf (_("Noise %s"), value);
    case LIMN_SHEET_NOISE_AMOUNT:
      /* Translators: stands above a column or beside a row of pictures; %s is a number from 0 to 1. */
      return g_strdup_printf (_("Amount %s"), value);
    case LIMN_SHEET_BRANCH_STEP:
      /* Translators: stands above a column or beside a row of pictures; %s is the number of a step. */
      return g_strdup_printf (_("From step %s"), value);
    default:
      return g_strdup (value);
    }
}

static char *
dup_steps (LimnSheet *sheet)
{
  LimnSheetAxis *rows = limn_sheet_get_y_axis (sheet);
  const LimnRequest *base = limn_sheet_get_base (sheet);

  if (rows && limn_sheet_axis_get_field (rows) == LIMN_SHEET_BRANCH_STEP)
    return g_strdup (_("Variations from several steps"));
  if (base->branch)
    return g_strdup_printf (_("Variations from step %u"), base->branch->step);
  return g_strdup (_("Variations"));
}

char *
limn_sheet_words_title (LimnSheet *sheet)
{
  LimnSheetAxis *columns = limn_sheet_get_x_axis (sheet), *rows = limn_sheet_get_y_axis (sheet);

  if (limn_sheet_get_kind (sheet) == LIMN_SHEET_VARIATIONS)
    return dup_steps (sheet);
  if (columns && rows)
    /* Translators: what a grid of pictures is about: the setting that changes across, then the one that changes down. */
    return g_strdup_printf (_("%s × %s"), limn_sheet_words_name (limn_sheet_axis_get_field (columns)),
                            limn_sheet_words_name (limn_sheet_axis_get_field (rows)));
  if (columns || rows)
    return g_strdup (limn_sheet_words_name (limn_sheet_axis_get_field (columns ? columns : rows)));
  return g_strdup (_("Sheet"));
}
