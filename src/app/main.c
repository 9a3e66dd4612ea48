/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-application.h"

#include <glib/gi18n.h>
#include <locale.h>

int
main (int argc, char *argv[])
{
  /* Where the program runs out of a build folder the texts lie beside it. */
  const char *localedir = g_getenv ("LIMN_LOCALEDIR");
  g_autoptr(LimnApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, localedir ? localedir : LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_application_name ("Limn");

  application = limn_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
