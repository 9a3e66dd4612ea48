/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli-forecast.h"

#include "cli/limn-cli-recipe.h"
#include "cli/limn-cli.h"

#include <stdio.h>

#define MIB 1048576.0

/* What it costs that it fits. */
static const char *
describe_plan (LimnPipelinePlan plan)
{
  static const char *const texts[] = {
    [LIMN_PLAN_WHOLE] = "it fits as it is",
    [LIMN_PLAN_SLABS] = "it fits, large layers of the VAE in slabs of lines",
    [LIMN_PLAN_TEXT_AWAY] = "it fits, the parts of the model making room for each other: a new prompt takes a moment longer",
    [LIMN_PLAN_ALONE] = "it fits piece by piece: each preview takes seconds more",
    [LIMN_PLAN_NONE] = "it does not fit",
  };

  return texts[plan];
}

static void
print_picture (const LimnInspection *inspection, const LimnRequest *resolved)
{
  g_autofree char *name = limn_cli_dup_printable (inspection->model_name);
  char cfg[G_ASCII_DTOSTR_BUF_SIZE];

  printf ("Model    %s, %s; %.0f MiB of weights in %s\n", name, inspection->family, inspection->model_bytes / MIB,
          limn_storage_get_name (resolved->storage));
  printf ("Device   %s\n", inspection->device);
  printf ("Picture  %ux%u, %u steps of %s, guidance %s\n", resolved->width, resolved->height, resolved->steps,
          limn_sampler_get_facts (resolved->sampler)->name, g_ascii_formatd (cfg, sizeof cfg, "%g", resolved->cfg));
}

static void
print_need (const LimnInspection *inspection)
{
  printf ("Memory   needs %s%.0f MiB", inspection->plan == LIMN_PLAN_NONE ? "at least " : "", inspection->need_bytes / MIB);
  if (inspection->limit_bytes != G_MAXUINT64)
    printf (" of %.0f MiB", inspection->limit_bytes / MIB);
  printf (": %s\n", describe_plan (inspection->plan));
}

int
limn_cli_forecast (const LimnRequest *request, LimnStash *stash, LimnCliProgress progress)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LimnSession) session = NULL;
  g_autoptr(LimnInspection) inspection = NULL;
  g_autoptr(LimnRequest) resolved = NULL;
  g_autoptr(GError) error = NULL;

  limn_cli_cancel_on_signal (cancellable);
  session = limn_cli_session_new ();
  if (stash)
    limn_session_set_stash (session, stash);
  inspection = limn_cli_recipe_inspect (session, request, cancellable, &error);
  if (inspection)
    resolved = limn_inspection_resolve (inspection, request, &error);
  if (!resolved)
    return limn_cli_progress_fail (progress, error);
  print_picture (inspection, resolved);
  if (inspection->refused)
    {
      limn_cli_say ("limn-cli: %s", inspection->refused);
      return LIMN_CLI_USAGE;
    }
  print_need (inspection);
  return inspection->plan == LIMN_PLAN_NONE ? LIMN_CLI_OUT_OF_MEMORY : LIMN_CLI_OK;
}
