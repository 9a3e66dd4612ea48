/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-formats.h"

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_checkpoint_tests ();
  add_embedding_tests ();
  add_json_tests ();
  add_merges_tests ();
  add_prompt_program_tests ();
  add_prompt_tests ();
  add_prompt_weight_tests ();
  add_safetensors_tests ();
  add_tokenizer_tests ();
  return g_test_run ();
}
