/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-diffusion.h"

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  limn_test_noise_add ();
  limn_test_schedule_add ();
  limn_test_sampler_add ();
  limn_test_order_add ();
  limn_test_inpaint_add ();
  limn_test_tiles_add ();
  limn_test_slerp_add ();
  limn_test_branch_add ();
  return g_test_run ();
}
