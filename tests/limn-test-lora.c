/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "tests/limn-test-lora.h"

#include "formats/limn-safetensors-writer.h"

#include <glib/gstdio.h>

#define LAYER "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"

void
limn_test_put_lora (const char *path, guint rank)
{
  enum { N = 320, K = 768 };
  g_autofree guint16 *halves = g_new0 (guint16, rank * K);
  const guint64 down[2] = { rank, K }, up[2] = { N, rank };
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(GBytes) bytes = NULL;

  limn_safetensors_writer_add_copy (writer, LAYER ".lora_down.weight", LIMN_SAFETENSORS_F16, 2, down, halves);
  limn_safetensors_writer_add_copy (writer, LAYER ".lora_up.weight", LIMN_SAFETENSORS_F16, 2, up, halves);
  bytes = limn_safetensors_writer_to_bytes (writer);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
}
