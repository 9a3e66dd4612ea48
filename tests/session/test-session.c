/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"
#include "tests/limn-test-folder.h"

int
main (int argc, char *argv[])
{
  g_autofree char *home = limn_test_own_home ();
  int status;

  g_test_init (&argc, &argv, NULL);
  test_request_add ();
  test_request_lora_add ();
  test_branch_add ();
  test_chain_add ();
  test_change_add ();
  test_control_add ();
  test_sheet_add ();
  test_source_add ();
  test_generation_add ();
  test_branching_add ();
  test_branching_turns_add ();
  test_economy_add ();
  test_steering_add ();
  test_painting_add ();
  test_queue_add ();
  test_idle_add ();
  test_recipe_add ();
  test_embedded_add ();
  test_picture_name_add ();
  test_job_queue_add ();
  test_job_queue_restore_add ();
  test_job_queue_sheet_add ();
  test_import_add ();
  test_errands_add ();
  test_reel_add ();
  test_draft_add ();
  test_choices_add ();
  test_sequence_add ();
  test_start_noise_add ();
  test_mix_add ();
  test_sketch_add ();
  test_picture_mix_add ();
  test_resources_add ();
  test_model_scan_add ();
  test_model_library_add ();
  status = g_test_run ();
  limn_test_remove_folder (home);
  return status;
}
