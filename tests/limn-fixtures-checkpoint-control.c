/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A ControlNet of full size beside the UNet that it was copied from: what it says itself, and what the UNet makes of it. */
#include "config.h"

#include "limn-fixtures-checkpoint.h"

#include "formats/limn-prompt.h"
#include "model/limn-control-file.h"

#include <string.h>

typedef struct
{
  LimnFixturesCheckpoint *checkpoint;
  LimnSafetensors        *file;
  const char             *label; /* "control-a" */
  LimnControlNet         *net;
  LimnFixturesValues      x;
  LimnFixturesValues      t;
  LimnFixturesValues      hint;
  float                  *contexts;
} Case;

static void
case_clear (Case *self)
{
  limn_fixtures_values_clear (&self->x);
  limn_fixtures_values_clear (&self->t);
  limn_fixtures_values_clear (&self->hint);
  g_free (self->contexts);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Case, case_clear)

static LimnUnetInput
get_input (const Case *self, guint sample)
{
  const guint64 *dims = self->x.tensor->dims;
  gsize one = (gsize) LIMN_PROMPT_CHUNK_LENGTH * self->checkpoint->facts->unet.context_width;

  return (LimnUnetInput) {
    .n = 1,
    .h = dims[2],
    .w = dims[3],
    .tokens = LIMN_PROMPT_CHUNK_LENGTH,
    .x = self->x.values + sample * self->x.tensor->n_elements / dims[0],
    .t = self->t.values + sample,
    .context = self->contexts + sample * one,
  };
}

/* Each sample has a hint of its own, so each goes alone. */
static LimnResiduals *
run_control (const Case *self, guint sample, float strength, GError **error)
{
  const LimnFixturesCheckpoint *checkpoint = self->checkpoint;
  const guint64 *dims = self->x.tensor->dims;
  const float *hint = self->hint.values + sample * self->hint.tensor->n_elements / dims[0];
  LimnUnetInput input = get_input (self, sample);
  LimnResiduals *residuals = limn_residuals_new (checkpoint->gl, checkpoint->dtype, &checkpoint->facts->unet, 1, dims[2], dims[3], error);

  if (residuals && limn_control_net_run (self->net, &input, dims[1], hint, strength, residuals, NULL, error))
    return residuals;
  if (residuals)
    limn_residuals_unref (residuals);
  return NULL;
}

/* control_00 … control_12 are those of sample 0, of strength 1. */
static gboolean
check_residuals (const Case *self, GError **error)
{
  LimnResiduals *residuals = run_control (self, 0, 1, error);
  gboolean good = residuals != NULL;
  double worst = 0;

  for (guint i = 0; good && i < residuals->tensors->len; i++)
    {
      g_autofree char *name = g_strdup_printf ("control_%02u", i);
      g_auto (LimnFixturesValues) want = { 0 };
      g_autofree float *got = NULL;

      good = limn_fixtures_load (self->file, name, 4, &want, error);
      if (!good)
        break;
      got = g_new (float, want.tensor->n_elements);
      good = limn_tensor_download_nchw (residuals->tensors->pdata[i], got, error);
      worst = MAX (worst, limn_fixtures_relative_l2 (got, want.values, want.tensor->n_elements));
    }
  if (good)
    limn_fixtures_checkpoint_report (self->checkpoint, self->label, "worst of control_*", worst, 1);
  if (residuals)
    limn_residuals_unref (residuals);
  return good;
}

/* @scale: 0: without the ControlNet */
static gboolean
check_out (const Case *self, const char *what, float scale, GError **error)
{
  g_auto (LimnFixturesValues) want = { 0 };
  g_autofree float *got = NULL;
  gboolean good = limn_fixtures_load (self->file, what, 4, &want, error);
  guint n = self->x.tensor->dims[0];

  got = good ? g_new (float, want.tensor->n_elements) : NULL;
  for (guint i = 0; i < n && good; i++)
    {
      LimnUnetInput input = get_input (self, i);
      LimnResiduals *residuals = scale > 0 ? run_control (self, i, scale, error) : NULL;

      input.residuals = residuals;
      good = (scale == 0 || residuals)
             && limn_unet_run (self->checkpoint->unet, &input, NULL, NULL, got + i * want.tensor->n_elements / n, error);
      if (residuals)
        limn_residuals_unref (residuals);
    }
  if (good)
    limn_fixtures_checkpoint_compare (self->checkpoint, self->label, what, got, &want, 1);
  return good;
}

static gboolean
check_case (LimnFixturesCheckpoint *checkpoint, LimnControlNet *net, const char *path, const char *label, GError **error)
{
  g_autoptr (LimnSafetensors) file = limn_safetensors_open (path, error);
  g_auto (Case) self = { .checkpoint = checkpoint, .file = file, .label = label, .net = net };
  const char *scale = file ? limn_safetensors_get_metadata (file, "scale") : NULL;
  guint chunks;

  if (!file || !limn_fixtures_load (file, "x", 4, &self.x, error) || !limn_fixtures_load (file, "timesteps", 1, &self.t, error)
      || !limn_fixtures_load (file, "hint", 4, &self.hint, error))
    return FALSE;
  self.contexts = limn_fixtures_checkpoint_load_contexts (checkpoint, file, &chunks, error);
  return self.contexts && (!limn_safetensors_lookup (file, "control_00") || check_residuals (&self, error))
         && check_out (&self, "out_without_control", 0, error) && check_out (&self, "out", scale ? g_ascii_strtod (scale, NULL) : 1, error);
}

gboolean
limn_fixtures_check_control (LimnFixturesCheckpoint *self, const char *path, GError **error)
{
  g_autofree char *folder = g_strconcat (self->dir, "-controlnet", NULL);
  g_autoptr (LimnControlFile) file = limn_control_file_open (path, &self->facts->unet, error);
  g_autoptr (LimnControlNet) net = NULL;
  guint64 bytes;

  net = file ? limn_control_file_load (file, self->gl, self->dtype, self->arena, NULL, &bytes, error) : NULL;
  for (char letter = 'a'; net && letter <= 'z'; letter++)
    {
      g_autofree char *label = g_strdup_printf ("control-%c", letter);
      g_autofree char *base = g_strconcat (label, ".safetensors", NULL);
      g_autofree char *values = g_build_filename (folder, base, NULL);

      if (g_file_test (values, G_FILE_TEST_EXISTS) && !check_case (self, net, values, label, error))
        return FALSE;
    }
  return net != NULL;
}
