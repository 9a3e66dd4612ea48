/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-model-chooser.h"

#include <glib/gi18n.h>

/* (nullable) (transfer full) */
static char *
dup_answer (GtkNativeDialog *dialog)
{
  g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

  return file ? g_file_get_path (file) : NULL;
}

static void
on_opened (GtkNativeDialog *dialog, int response, LimnStudio *studio)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autofree char *path = dup_answer (dialog);

      if (path)
        limn_studio_open_model_file (studio, path);
      else
        limn_studio_say (studio, _("Only models on this computer can be opened."));
    }
  g_object_unref (dialog);
}

static void
on_added (GtkNativeDialog *dialog, int response, LimnStudio *studio)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autofree char *path = dup_answer (dialog);

      limn_studio_add_model_folder (studio, path);
    }
  g_object_unref (dialog);
}

static void
on_vocabulary (GtkNativeDialog *dialog, int response, LimnStudio *studio)
{
  g_autofree char *path = response == GTK_RESPONSE_ACCEPT ? dup_answer (dialog) : NULL;

  if (path)
    limn_studio_install_vocabulary (studio, path);
  g_object_unref (dialog);
}

static void
add_filters (GtkFileChooser *chooser)
{
  g_autoptr(GtkFileFilter) models = gtk_file_filter_new ();
  g_autoptr(GtkFileFilter) all = gtk_file_filter_new ();

  gtk_file_filter_set_name (models, _("Models"));
  gtk_file_filter_add_suffix (models, "safetensors");
  gtk_file_filter_add_suffix (models, "ckpt");
  gtk_file_filter_add_suffix (models, "pt");
  gtk_file_filter_add_suffix (models, "pth");
  gtk_file_filter_add_suffix (models, "bin");
  gtk_file_filter_add_pattern (models, "model_index.json");
  gtk_file_filter_set_name (all, _("All Files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (chooser, models);
  gtk_file_chooser_add_filter (chooser, all);
}

static void
show (GtkWindow *parent, LimnStudio *studio, GtkFileChooserAction action, const char *title, const char *accept, GCallback answered)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (title, parent, action, accept, NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  if (action == GTK_FILE_CHOOSER_ACTION_OPEN)
    add_filters (GTK_FILE_CHOOSER (chooser));
  g_signal_connect_object (chooser, "response", answered, studio, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

void
limn_model_chooser_open_file (GtkWindow *parent, LimnStudio *studio)
{
  show (parent, studio, GTK_FILE_CHOOSER_ACTION_OPEN, _("Open a Model File"), NULL, G_CALLBACK (on_opened));
}

void
limn_model_chooser_open_folder (GtkWindow *parent, LimnStudio *studio)
{
  show (parent, studio, GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("Open a Model Folder"), NULL, G_CALLBACK (on_opened));
}

void
limn_model_chooser_add_folder (GtkWindow *parent, LimnStudio *studio)
{
  show (parent, studio, GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("A Folder of Models"), _("_Look There"), G_CALLBACK (on_added));
}

void
limn_model_chooser_open_vocabulary (GtkWindow *parent, LimnStudio *studio)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (_("The Words That Models Know"), parent, GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  g_autoptr(GtkFileFilter) files = gtk_file_filter_new ();

  gtk_file_filter_set_name (files, _("vocab.json, merges.txt, tokenizer.json, bpe_simple_vocab_16e6.txt.gz"));
  gtk_file_filter_add_suffix (files, "json");
  gtk_file_filter_add_suffix (files, "txt");
  gtk_file_filter_add_suffix (files, "gz");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), files);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_vocabulary), studio, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}
