/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-app.h"


int
main (int argc, char *argv[])
{
  if (!gtk_init_check ())
    {
      puts ("1..0 # SKIP there is no display");
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  g_set_application_name ("Limn");
  limn_test_add_change ();
  limn_test_add_import ();
  limn_test_add_keyboard ();
  limn_test_add_narrow ();
  limn_test_add_paint ();
  limn_test_add_queue ();
  limn_test_add_restart ();
  limn_test_add_trouble ();
  return g_test_run ();
}
