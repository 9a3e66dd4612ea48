/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-preview-decoder.h"

#include "model/limn-taesd.h"

/* As github.com/madebyollin/taesd and its pages on Hugging Face call them. */
static const char *const names[] = {
  "taesd_decoder.safetensors", "taesdxl_decoder.safetensors", "taesd_decoder.pth", "taesdxl_decoder.pth", "taesd", "taesdxl",
};

static const char *const folders[] = { ".", "vae_approx" };

static char *
find_beside (const char *model, double scaling_factor)
{
  g_autofree char *around = g_path_get_dirname (model);

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    for (guint j = 0; j < G_N_ELEMENTS (names); j++)
      {
        g_autofree char *path = i == 0 ? g_build_filename (around, names[j], NULL) : g_build_filename (around, folders[i], names[j], NULL);

        if (limn_taesd_suits (path, scaling_factor) && g_file_test (path, G_FILE_TEST_EXISTS))
          return g_steal_pointer (&path);
      }
  return NULL;
}

char *
limn_preview_decoder_find (const LimnResources *resources, const char *model, double scaling_factor)
{
  for (guint i = 0; i < limn_resources_get_n (resources, LIMN_RESOURCE_TAESD); i++)
    {
      const char *path = limn_resources_get_path (resources, LIMN_RESOURCE_TAESD, i);

      if (limn_taesd_suits (path, scaling_factor))
        return g_strdup (path);
    }
  return model && g_path_is_absolute (model) ? find_beside (model, scaling_factor) : NULL;
}
