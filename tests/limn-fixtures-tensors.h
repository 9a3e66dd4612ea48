/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-safetensors.h"

/** LimnFixturesValues: a tensor of a file as floats; @tensor lives as long as the file */
typedef struct
{
  const LimnSafetensorsTensor *tensor;
  float                       *values;
} LimnFixturesValues;

void     limn_fixtures_values_clear (LimnFixturesValues *values);

/** limn_fixtures_load: fails with LIMN_ERROR_FORMAT where there is no tensor @name of @n_dims dimensions. */
gboolean limn_fixtures_load         (LimnSafetensors *file, const char *name, guint n_dims, LimnFixturesValues *values, GError **error);

/** limn_fixtures_open_beside: (transfer full): the file @other in the folder of @path. */
LimnSafetensors *limn_fixtures_open_beside (const char *path, const char *other, GError **error);

/** limn_fixtures_relative_l2: |got - want| / |want|; infinity where anything is not finite. */
double   limn_fixtures_relative_l2  (const float *got, const float *want, gsize n);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnFixturesValues, limn_fixtures_values_clear)
