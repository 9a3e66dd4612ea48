/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A config of a model: what each reader takes must be within its bounds and agree with itself, what it refuses must come
 * with an error that is text. */
#include "config.h"

#include "model/limn-family.h"
#include "model/limn-model-config.h"

#include <math.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

static gboolean
check (gboolean  ok,
       GError  **error)
{
  if (ok != (*error == NULL))
    g_abort ();
  if (*error != NULL && !g_utf8_validate ((*error)->message, -1, NULL))
    g_abort ();
  g_clear_error (error);
  return ok;
}

static void
demand (gboolean condition)
{
  if (!condition)
    g_abort ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnJson) json = limn_json_new_for_data ((const char *) data, size, "fuzz", 0, &error);
  LimnTextConfig text;
  LimnUnetConfig unet;
  LimnVaeConfig vae;
  LimnModelScheduler scheduler;

  if (!check (json != NULL, &error))
    return 0;
  if (check (limn_text_config_read (&text, json, &error), &error))
    demand (text.width % text.heads == 0 && text.n_layers <= LIMN_MODEL_MAX_LAYERS && text.vocab_size > 0);
  if (check (limn_unet_config_read (&unet, json, &error), &error))
    {
      demand (unet.n_levels >= 1 && unet.n_levels <= LIMN_MODEL_MAX_LEVELS && limn_family_find (&unet, NULL, 0) != NULL);
      for (guint i = 0; i < unet.n_levels; i++)
        demand (unet.levels[i].channels % unet.groups == 0 && unet.levels[i].n_layers <= LIMN_MODEL_MAX_LAYERS
                && (!unet.levels[i].up_attention || unet.levels[i].channels % unet.levels[i].heads == 0));
    }
  if (check (limn_vae_config_read (&vae, json, &error), &error))
    demand (vae.n_levels >= 1 && limn_vae_config_get_factor (&vae) <= 1u << (LIMN_MODEL_MAX_LEVELS - 1)
            && isfinite (vae.scaling_factor) && vae.scaling_factor > 0);
  if (check (limn_model_scheduler_read (&scheduler, json, &error), &error))
    {
      demand (scheduler.n_trained_betas == 0 || scheduler.n_trained_betas == scheduler.num_train_timesteps);
      g_free ((double *) scheduler.trained_betas);
    }
  return 0;
}
