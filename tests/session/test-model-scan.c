/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies in an artist's folders. */
#include "config.h"

#include "test-session.h"

#include "formats/limn-safetensors-writer.h"
#include "session/limn-model-scan.h"
#include "tests/limn-test-folder.h"
#include "tests/limn-test-lora.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  char          *root;
  LimnFileNotes *notes;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *database = NULL;

  fixture->root = g_dir_make_tmp ("limn-scan-XXXXXX", NULL);
  database = g_build_filename (fixture->root, ".notes.sqlite", NULL);
  fixture->notes = limn_file_notes_new (database);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  limn_file_notes_unref (fixture->notes);
  limn_test_remove_folder (fixture->root);
  g_free (fixture->root);
}

static char *
put (Fixture *fixture, const char *place, const char *contents, gssize length)
{
  char *path = g_build_filename (fixture->root, place, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, contents, length, NULL));
  return path;
}

static char *
put_tensor (Fixture *fixture, const char *place, const char *name)
{
  static const guint16 halves[8] = { 0 };
  const guint64 dims[2] = { 4, 2 };
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(GBytes) bytes = NULL;

  limn_safetensors_writer_add_copy (writer, name, LIMN_SAFETENSORS_F16, 2, dims, halves);
  bytes = limn_safetensors_writer_to_bytes (writer);
  return put (fixture, place, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static char *
put_lora (Fixture *fixture, const char *place)
{
  char *path = g_build_filename (fixture->root, place, NULL);

  limn_test_put_lora (path, 4);
  return path;
}

/* The starter model is one in the diffusers layout. */
static char *
put_model (Fixture *fixture, const char *place)
{
  char *path = g_build_filename (fixture->root, place, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *starter = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), "data", "starter-model", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_cmpint (symlink (starter, path), ==, 0);
  return path;
}

static LimnModelScan *
scan (Fixture *fixture, const char *path)
{
  const char *const folders[] = { fixture->root, NULL };
  const char *const paths[] = { path, NULL };
  g_autoptr(GError) error = NULL;
  LimnModelScan *found = limn_model_scan (folders, paths, fixture->notes, NULL, &error);

  g_assert_no_error (error);
  return found;
}

static void
assert_file (LimnModelScan *found, guint i, LimnResourceKind kind, const char *path, const char *name, const char *below)
{
  const LimnModelFile *file;

  g_assert_cmpuint (i, <, found->files->len);
  file = found->files->pdata[i];
  g_assert_cmpstr (file->path, ==, path);
  g_assert_cmpstr (file->name, ==, name);
  g_assert_cmpstr (file->below, ==, below);
  g_assert_cmpint (file->kind, ==, kind);
}

static void
test_folders (Fixture *fixture, gconstpointer data)
{
  g_autofree char *model = put_model (fixture, "a/starter");
  g_autofree char *lora = put_lora (fixture, "b/styles/Ink.safetensors");
  g_autofree char *damaged = put (fixture, "c/half.safetensors", "\0\0\0\0\0\0\0\1{", 9);
  g_autofree char *up = g_build_filename (fixture->root, "c", "up", NULL);
  g_autofree char *gone = g_build_filename (fixture->root, "gone.ckpt", NULL);
  g_autoptr(LimnModelScan) found = NULL;
  g_autoptr(LimnResources) resources = NULL;
  const LimnModelFile *file;

  g_free (put_tensor (fixture, "b/language.safetensors", "model.layers.0.self_attn.q_proj.weight"));
  g_free (put (fixture, "c/readme.txt", "no model", -1));
  g_free (put_lora (fixture, ".trash/gone.safetensors"));
  /* Around in a circle. */
  g_assert_cmpint (symlink (fixture->root, up), ==, 0);
  found = scan (fixture, gone);
  g_assert_cmpuint (found->files->len, ==, 4);
  g_assert_false (found->is_cut);
  assert_file (found, 0, LIMN_RESOURCE_N_KINDS, gone, "gone", NULL);
  file = found->files->pdata[0];
  g_assert_true (file->missing);
  assert_file (found, 1, LIMN_RESOURCE_MODEL, model, "starter", "a");
  file = found->files->pdata[1];
  g_assert_cmpuint (file->bytes, >, 1000000);
  g_assert_nonnull (file->family);
  g_assert_cmpstr (file->dtype, ==, "float16");
  g_assert_null (file->problem);
  assert_file (found, 2, LIMN_RESOURCE_LORA, lora, "Ink", "b/styles");
  file = found->files->pdata[2];
  g_assert_cmpstr (file->dtype, ==, "float16");
  g_assert_cmpstr (file->family, ==, "Stable Diffusion 1.x");
  g_assert_cmpuint (file->bytes, ==, 2 * 4 * (768 + 320));
  assert_file (found, 3, LIMN_RESOURCE_N_KINDS, damaged, "half", "c");
  file = found->files->pdata[3];
  g_assert_nonnull (file->problem);

  resources = limn_model_scan_make_resources (found->files);
  g_assert_cmpstr (limn_resources_find (resources, LIMN_RESOURCE_LORA, "ink", NULL), ==, lora);
  g_assert_cmpstr (limn_resources_find (resources, LIMN_RESOURCE_MODEL, "starter", NULL), ==, model);
  g_assert_null (limn_resources_find (resources, LIMN_RESOURCE_MODEL, "half", NULL));
}

/* What was found before is believed as long as the file is the same, and no longer. */
static void
test_changed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = put_lora (fixture, "Ink.safetensors");
  g_autoptr(LimnModelFile) first = limn_model_file_look (path, fixture->notes);
  g_autoptr(LimnModelFile) hashed = NULL;
  g_autoptr(LimnModelFile) again = NULL;
  g_autoptr(LimnModelFile) changed = NULL;
  g_autoptr(LimnModelFile) deleted = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *bytes = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *hash = NULL;
  gsize length;
  gint busy = 0;

  g_assert_null (first->hash);
  hash = limn_model_file_hash (first, fixture->notes, &busy, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  expected = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) bytes, length);
  g_assert_cmpstr (hash, ==, expected);
  hashed = limn_model_file_with_hash (first, hash);
  g_assert_false (limn_model_file_equal (first, hashed));
  again = limn_model_file_look (path, fixture->notes);
  g_assert_true (limn_model_file_equal (again, hashed));

  g_assert_true (g_file_set_contents (path, "not long enough", -1, NULL));
  g_assert_null (limn_model_file_hash (again, fixture->notes, NULL, NULL, &error));
  g_assert_nonnull (error);
  changed = limn_model_file_look (path, fixture->notes);
  g_assert_null (changed->hash);
  g_assert_nonnull (changed->problem);

  g_unlink (path);
  deleted = limn_model_file_look (path, fixture->notes);
  g_assert_true (deleted->missing);
  g_assert_null (deleted->problem);
}

static gpointer
cancel_soon (gpointer data)
{
  g_usleep (30 * G_TIME_SPAN_MILLISECOND);
  g_cancellable_cancel (data);
  return NULL;
}

static void
test_busy (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = put_lora (fixture, "Ink.safetensors");
  g_autoptr(LimnModelFile) file = limn_model_file_look (path, NULL);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  GThread *thread = g_thread_new ("cancel", cancel_soon, cancellable);
  gint busy = 1;

  /* Others work: it waits, and can be told to stop while it does. */
  g_assert_null (limn_model_file_hash (file, NULL, &busy, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  g_clear_error (&error);
  g_assert_null (limn_model_scan (NULL, NULL, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* A folder that somebody took away, and one that is a model itself. */
static void
test_roots (Fixture *fixture, gconstpointer data)
{
  g_autofree char *model = put_model (fixture, "starter");
  g_autofree char *away = g_build_filename (fixture->root, "usb", NULL);
  const char *const folders[] = { model, away, model, NULL };
  g_autoptr(LimnModelScan) found = limn_model_scan (folders, NULL, NULL, NULL, NULL);

  g_assert_cmpuint (found->files->len, ==, 1);
  assert_file (found, 0, LIMN_RESOURCE_MODEL, model, "starter", NULL);
  g_assert_cmpuint (found->missing->len, ==, 1);
  g_assert_cmpstr (found->missing->pdata[0], ==, away);
}

static void
test_deep (Fixture *fixture, gconstpointer data)
{
  g_autofree char *reached = put_lora (fixture, "1/2/3/4/5/6/7/near.safetensors");
  g_autoptr(LimnModelScan) found = NULL;

  g_free (put_lora (fixture, "1/2/3/4/5/6/7/8/far.safetensors"));
  found = scan (fixture, NULL);
  g_assert_cmpuint (found->files->len, ==, 1);
  assert_file (found, 0, LIMN_RESOURCE_LORA, reached, "near", "1/2/3/4/5/6/7");
  g_assert_true (found->is_cut);
}

static void
test_names (void)
{
  g_assert_true (limn_model_scan_is_worth_looking ("/models/Ink.SafeTensors"));
  g_assert_true (limn_model_scan_is_worth_looking ("/models/v1-5.ckpt"));
  g_assert_false (limn_model_scan_is_worth_looking ("/pictures/ink.png"));
  g_assert_false (limn_model_scan_is_worth_looking (".ckpt"));
}

/* What comes with Limn is in every scan, behind what the artist has, and there once. */
static void
test_companions (Fixture *fixture, gconstpointer data)
{
  g_autofree char *own = put_lora (fixture, "own/Zebra.safetensors");
  g_autofree char *coming = put_lora (fixture, "coming/Glass.safetensors");
  g_autofree char *model = put_model (fixture, "coming/Masks");
  g_autofree char *folder = g_path_get_dirname (coming);
  g_autofree char *mine = g_path_get_dirname (own);
  g_autofree char *before = g_strdup (g_getenv ("LIMN_COMPANIONS"));
  const char *const folders[2][2] = { { mine, NULL }, { fixture->root, NULL } };

  g_setenv ("LIMN_COMPANIONS", folder, TRUE);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnModelScan) found = limn_model_scan (folders[i], NULL, fixture->notes, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (found->files->len, ==, 3);
      g_assert_cmpuint (found->missing->len, ==, 0);
      assert_file (found, i == 0 ? 0 : 2, LIMN_RESOURCE_LORA, own, "Zebra", i == 0 ? NULL : "own");
      assert_file (found, i == 0 ? 1 : 0, LIMN_RESOURCE_LORA, coming, "Glass", i == 0 ? NULL : "coming");
      assert_file (found, i == 0 ? 2 : 1, LIMN_RESOURCE_MODEL, model, "Masks", i == 0 ? NULL : "coming");
    }
  g_setenv ("LIMN_COMPANIONS", before ? before : "", TRUE);
}

void
test_model_scan_add (void)
{
  g_test_add_func ("/model-scan/names", test_names);
  g_test_add ("/model-scan/folders", Fixture, NULL, set_up, test_folders, tear_down);
  g_test_add ("/model-scan/changed", Fixture, NULL, set_up, test_changed, tear_down);
  g_test_add ("/model-scan/busy", Fixture, NULL, set_up, test_busy, tear_down);
  g_test_add ("/model-scan/roots", Fixture, NULL, set_up, test_roots, tear_down);
  g_test_add ("/model-scan/companions", Fixture, NULL, set_up, test_companions, tear_down);
  g_test_add ("/model-scan/deep", Fixture, NULL, set_up, test_deep, tear_down);
}
