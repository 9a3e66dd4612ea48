/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  test_request_add ();
  test_generation_add ();
  test_queue_add ();
  test_idle_add ();
  test_recipe_add ();
  test_picture_name_add ();
  test_job_queue_add ();
  test_import_add ();
  test_errands_add ();
  test_reel_add ();
  test_draft_add ();
  test_choices_add ();
  return g_test_run ();
}
