/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "starter/limn-starter-model.h"

#include <gio/gio.h>
#include <stdio.h>

static GBytes *
lookup (const char *name)
{
  g_autofree char *path = g_strconcat (LIMN_STARTER_MODEL_PATH "/", name, NULL);
  g_autoptr(GError) error = NULL;
  GBytes *bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);

  g_assert_no_error (error);
  return bytes;
}

/* Every file of data/starter-model that belongs to the model, and only those, byte for byte. */
static void
compare_folder (const char *name, guint *n_files)
{
  g_autofree char *path = g_strconcat (LIMN_STARTER_MODEL_PATH "/", name, NULL);
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) children = g_resources_enumerate_children (path, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);

  g_assert_no_error (error);
  for (guint i = 0; children[i]; i++)
    {
      g_autofree char *child = g_strconcat (name, children[i], NULL);

      if (g_str_has_suffix (child, "/"))
        compare_folder (child, n_files);
      else
        {
          g_autofree char *file = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "data/starter-model", child, NULL);
          g_autofree char *contents = NULL;
          g_autoptr(GBytes) embedded = lookup (child);
          gsize length;

          g_file_get_contents (file, &contents, &length, &error);
          g_assert_no_error (error);
          g_assert_cmpmem (g_bytes_get_data (embedded, NULL), g_bytes_get_size (embedded), contents, length);
          *n_files += 1;
        }
    }
}

static void
test_contents (void)
{
  guint n_files = 0;

  compare_folder ("", &n_files);
  /* model_index.json, scheduler's, three networks with a config each, four of the tokenizer. */
  g_assert_cmpuint (n_files, ==, 12);
}

/* The weights are neither unpacked nor copied: the same address each time, inside the program's own file. */
static void
test_not_copied (void)
{
  g_autoptr(GBytes) first = lookup ("unet/diffusion_pytorch_model.safetensors");
  g_autoptr(GBytes) second = lookup ("unet/diffusion_pytorch_model.safetensors");
  const guint8 *data = g_bytes_get_data (first, NULL);
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *maps = NULL;
  g_auto(GStrv) lines = NULL;
  gboolean found = FALSE;

  g_assert_true (data == g_bytes_get_data (second, NULL));
  g_assert_cmpuint (GPOINTER_TO_SIZE (data) % 8, ==, 0);

  if (!g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL))
    {
      g_test_skip ("no /proc");
      return;
    }
  lines = g_strsplit (maps, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    {
      guint64 begin = 0, end = 0;

      if (sscanf (lines[i], "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x", &begin, &end) == 2
          && GPOINTER_TO_SIZE (data) >= begin && GPOINTER_TO_SIZE (data) < end)
        found = g_str_has_suffix (lines[i], program);
    }
  g_assert_true (found);
}

static void
test_twice (void)
{
  limn_starter_model_register ();
  test_not_copied ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  limn_starter_model_register ();
  g_test_add_func ("/starter/contents", test_contents);
  g_test_add_func ("/starter/not-copied", test_not_copied);
  g_test_add_func ("/starter/registered-twice", test_twice);
  return g_test_run ();
}
