/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-inspection.h"

static void
clear (gpointer data)
{
  LimnInspection *inspection = data;

  g_free (inspection->model);
  g_free (inspection->model_name);
  g_free (inspection->family);
  g_free (inspection->device);
  g_free (inspection->driver);
}

LimnInspection *
limn_inspection_ref (LimnInspection *inspection)
{
  return g_atomic_rc_box_acquire (inspection);
}

void
limn_inspection_unref (LimnInspection *inspection)
{
  if (inspection)
    g_atomic_rc_box_release_full (inspection, clear);
}
