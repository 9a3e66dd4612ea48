/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first byte chooses:
 *   even: names of tensors, one a line: what is understood of each
 *   odd:  a file of tensors, all of it: what it takes for a LoRA must hold together, and its factors can be read
 */
#include "config.h"

#include "model/limn-lora.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

/* Factors of files that would be larger are not read: the test is of their shapes. */
#define MAX_VALUES (1u << 16)

static void
demand (gboolean condition)
{
  if (!condition)
    g_abort ();
}

static void
try_name (const char *name)
{
  LimnLoraKey key, again;
  g_autofree char *flat = NULL;

  if (!limn_lora_key_parse (name, &key))
    return;
  demand (key.layer[0] != '\0' && strlen (key.layer) <= LIMN_LORA_MAX_NAME && strchr (key.layer, '.') == NULL);
  demand (key.target < LIMN_LORA_N_TARGETS && key.role <= LIMN_LORA_OTHER && (key.kind != NULL) == (key.role == LIMN_LORA_OTHER));
  flat = limn_lora_flatten (key.layer);
  demand (g_str_equal (flat, key.layer));
  /* What came out is the name of a layer: as one it goes in, and comes out as it is where no part of it means something else. */
  if (key.target == LIMN_LORA_UNET)
    {
      g_autofree char *simple = g_strconcat ("lora_unet_", key.layer, ".alpha", NULL);

      demand (limn_lora_key_parse (simple, &again) && again.target == LIMN_LORA_UNET && again.role == LIMN_LORA_ALPHA);
      demand (strlen (again.layer) <= strlen (key.layer) + strlen ("_q_proj"));
    }
}

static void
try_file (const uint8_t *data, size_t size)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr(GError) error = NULL;
  LimnCheckpoint *checkpoint = limn_checkpoint_new_for_bytes (bytes, "fuzz", &error);
  g_autoptr(LimnLora) lora = checkpoint ? limn_lora_new (checkpoint, NULL, &error) : NULL;

  if (!lora)
    {
      demand (error != NULL && g_utf8_validate (error->message, -1, NULL));
      return;
    }
  demand (error == NULL && limn_lora_get_n_layers (lora) > 0);
  for (guint i = 0; i < limn_lora_get_n_layers (lora); i++)
    {
      const LimnLoraLayer *layer = limn_lora_get_layer (lora, i);
      g_autofree float *values = NULL;
      guint64 n_down = (guint64) layer->rank * layer->k * layer->taps, n_up = (guint64) layer->rank * layer->n;

      demand (layer->rank > 0 && layer->rank <= LIMN_LORA_MAX_RANK && layer->down && layer->up);
      if (layer->n == 0 || n_down > MAX_VALUES || n_up > MAX_VALUES)
        continue;
      values = g_new (float, MAX (n_down, n_up));
      demand (limn_lora_read_down (lora, layer, values, NULL) && limn_lora_read_up (lora, layer, 0, layer->n, values, NULL));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *text = NULL;
  g_auto(GStrv) names = NULL;

  if (size == 0)
    return 0;
  if (data[0] & 1)
    {
      try_file (data + 1, size - 1);
      return 0;
    }
  text = g_strndup ((const char *) data + 1, size - 1);
  names = g_strsplit (text, "\n", -1);
  for (guint i = 0; names[i]; i++)
    try_name (names[i]);
  return 0;
}
