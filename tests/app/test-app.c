/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-app.h"

#include <adwaita.h>

/* Whether @message, which GTK writes while it measures, is about a heading of an AdwMessageDialog. */
static gboolean
measures_heading (const char *message)
{
  gpointer widget;
  GtkWidget *dialog;

  if (sscanf (message, "Trying to measure GtkLabel %p ", &widget) != 1 || !GTK_IS_LABEL (widget))
    return FALSE;
  dialog = gtk_widget_get_ancestor (widget, ADW_TYPE_MESSAGE_DIALOG);
  return dialog && g_str_equal (gtk_label_get_label (widget), adw_message_dialog_get_heading (ADW_MESSAGE_DIALOG (dialog)));
}

/* Warnings end a test. This one is libadwaita 1.7's own, of whatever heading an AdwMessageDialog has: it asks how high the large one would be
 * where only the small one has room. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE") && fields[i].length < 0 && adw_get_major_version () == 1 && adw_get_minor_version () >= 5 &&
        measures_heading (fields[i].value))
      return G_LOG_WRITER_HANDLED;
  return g_log_writer_default (level, fields, n_fields, data);
}

/* GLib's table of quarks, 2048 of them, is the first block of that size in a process. A program that has more gets another table, and GLib
 * forgets the old one on purpose; LeakSanitizer sees no caller of it that could be named among the suppressions. So it is kept here. */
const volatile void *limn_test_first_quarks;
void __sanitizer_malloc_hook (const volatile void *block, size_t size);

void
__sanitizer_malloc_hook (const volatile void *block, size_t size)
{
  if (!limn_test_first_quarks && size == 2048 * sizeof (char *))
    limn_test_first_quarks = block;
}

int
main (int argc, char *argv[])
{
  if (!gtk_init_check ())
    {
      puts ("1..0 # SKIP there is no display");
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (write_log, NULL, NULL);
  g_set_application_name ("Limn");
  limn_test_add_change ();
  limn_test_add_import ();
  limn_test_add_keyboard ();
  limn_test_add_models ();
  limn_test_add_narrow ();
  limn_test_add_pages ();
  limn_test_add_paint ();
  limn_test_add_queue ();
  limn_test_add_restart ();
  limn_test_add_trouble ();
  return g_test_run ();
}
