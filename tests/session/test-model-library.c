/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of models, while files come, change and go. */
#include "config.h"

#include "test-session.h"

#include "session/limn-model-library.h"
#include "tests/limn-test-folder.h"
#include "tests/limn-test-lora.h"

#include <glib/gstdio.h>

typedef struct
{
  char             *root;
  LimnModelLibrary *library;
  guint             n_changes; /* items-changed */
  guint             removed;
  guint             added;
} Fixture;

static void
on_items_changed (LimnModelLibrary *library, guint position, guint removed, guint added, Fixture *fixture)
{
  fixture->n_changes++;
  fixture->removed += removed;
  fixture->added += added;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *database = NULL;

  fixture->root = g_dir_make_tmp ("limn-library-XXXXXX", NULL);
  database = g_build_filename (fixture->root, ".notes.sqlite", NULL);
  fixture->library = limn_model_library_new (database);
  g_signal_connect (fixture->library, "items-changed", G_CALLBACK (on_items_changed), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  limn_model_library_close (fixture->library);
  g_object_unref (fixture->library);
  limn_test_remove_folder (fixture->root);
  g_free (fixture->root);
}

static char *
put_lora (Fixture *fixture, const char *name, guint rank)
{
  char *path = g_build_filename (fixture->root, name, NULL);

  limn_test_put_lora (path, rank);
  return path;
}

static void
wait_for_scan (Fixture *fixture)
{
  while (limn_model_library_is_scanning (fixture->library))
    g_main_context_iteration (NULL, TRUE);
}

static void
look (Fixture *fixture)
{
  const char *const folders[] = { fixture->root, NULL };
  const char *const paths[] = { NULL };

  limn_model_library_set_places (fixture->library, folders, paths);
  wait_for_scan (fixture);
}

static const LimnModelFile *
wait_for_hash (Fixture *fixture, const char *path)
{
  LimnModelEntry *entry = limn_model_library_lookup (fixture->library, path);

  g_assert_nonnull (entry);
  while (!limn_model_entry_get_file (entry)->hash)
    g_main_context_iteration (NULL, TRUE);
  return limn_model_entry_get_file (entry);
}

static void
count_notes (guint *n)
{
  (*n)++;
}

static void
test_life (Fixture *fixture, gconstpointer data)
{
  g_autofree char *b = put_lora (fixture, "b.safetensors", 20);
  g_autofree char *c = put_lora (fixture, "c.safetensors", 30);
  g_autofree char *old_hash = NULL;
  g_autofree char *short_hash = NULL;
  g_autoptr(LimnModelEntry) entry = NULL;
  guint n_notes = 0;

  g_free (put_lora (fixture, "a.safetensors", 10));
  look (fixture);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->library)), ==, 3);
  g_assert_cmpuint (limn_model_library_count (fixture->library, LIMN_RESOURCE_LORA), ==, 3);
  g_assert_cmpuint (limn_model_library_count (fixture->library, LIMN_RESOURCE_MODEL), ==, 0);
  old_hash = g_strdup (wait_for_hash (fixture, b)->hash);
  short_hash = g_ascii_strup (old_hash, LIMN_MODEL_FILE_SHORT_HASH);
  entry = g_object_ref (limn_model_library_lookup (fixture->library, b));
  g_assert_true (limn_model_library_find (fixture->library, LIMN_RESOURCE_LORA, short_hash, NULL) == entry);
  g_assert_true (limn_model_library_find (fixture->library, LIMN_RESOURCE_LORA, "0000000000", "B.safetensors") == entry);
  g_assert_null (limn_model_library_find (fixture->library, LIMN_RESOURCE_VAE, short_hash, "b"));
  g_assert_null (limn_model_library_find (fixture->library, LIMN_RESOURCE_LORA, "", NULL));

  /* Nothing has changed: nobody is told that anything has. */
  fixture->n_changes = fixture->removed = fixture->added = 0;
  limn_model_library_rescan (fixture->library);
  wait_for_scan (fixture);
  g_assert_cmpuint (fixture->n_changes, ==, 0);
  g_assert_cmpstr (limn_model_entry_get_file (entry)->hash, ==, old_hash);

  /* One has changed and one has gone: the others stay what they are. */
  g_signal_connect_swapped (entry, "notify::file", G_CALLBACK (count_notes), &n_notes);
  g_free (put_lora (fixture, "b.safetensors", 40));
  g_unlink (c);
  limn_model_library_rescan (fixture->library);
  wait_for_scan (fixture);
  g_assert_cmpuint (fixture->n_changes, ==, 1);
  g_assert_cmpuint (fixture->removed, ==, 1);
  g_assert_cmpuint (fixture->added, ==, 0);
  g_assert_cmpuint (n_notes, ==, 1);
  g_assert_true (limn_model_library_lookup (fixture->library, b) == entry);
  g_assert_cmpuint (limn_model_entry_get_file (entry)->bytes, ==, 2 * 40 * (768 + 320));
  g_assert_cmpstr (wait_for_hash (fixture, b)->hash, !=, old_hash);
  g_assert_null (limn_model_library_lookup (fixture->library, c));
  g_assert_null (limn_resources_find (limn_model_library_get_resources (fixture->library), LIMN_RESOURCE_LORA, "c", NULL));
}

/* While others work nothing is hashed, and who leaves meanwhile leaves at once. */
static void
test_busy (Fixture *fixture, gconstpointer data)
{
  g_autofree char *a = put_lora (fixture, "a.safetensors", 10);
  gint64 end = g_get_monotonic_time () + 100 * G_TIME_SPAN_MILLISECOND;

  limn_model_library_set_busy (fixture->library, TRUE);
  look (fixture);
  while (g_get_monotonic_time () < end)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (5 * G_TIME_SPAN_MILLISECOND);
    }
  g_assert_null (limn_model_entry_get_file (limn_model_library_lookup (fixture->library, a))->hash);
  limn_model_library_set_busy (fixture->library, FALSE);
  g_assert_nonnull (wait_for_hash (fixture, a)->hash);
}

/* The last places count, however the scans before them end. */
static void
test_places (Fixture *fixture, gconstpointer data)
{
  g_autofree char *a = put_lora (fixture, "a.safetensors", 10);
  g_autofree char *away = g_build_filename (fixture->root, "away", NULL);
  const char *const folders[] = { fixture->root, away, NULL };
  const char *const none[] = { NULL };
  const char *const paths[] = { a, NULL };

  limn_model_library_set_places (fixture->library, folders, none);
  limn_model_library_set_places (fixture->library, none, paths);
  limn_model_library_set_places (fixture->library, folders, paths);
  wait_for_scan (fixture);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->library)), ==, 1);
  g_assert_true (limn_model_library_is_missing (fixture->library, away));
  g_assert_false (limn_model_library_is_missing (fixture->library, fixture->root));
  limn_model_library_set_places (fixture->library, none, none);
  wait_for_scan (fixture);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->library)), ==, 0);
  g_assert_false (limn_model_library_is_missing (fixture->library, away));
}

/* Who names no folder has what comes with Limn. */
static void
test_companions (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = put_lora (fixture, "Glass.safetensors", 10);
  g_autofree char *before = g_strdup (g_getenv ("LIMN_COMPANIONS"));
  const char *const none[] = { NULL };

  g_setenv ("LIMN_COMPANIONS", fixture->root, TRUE);
  limn_model_library_set_places (fixture->library, none, none);
  wait_for_scan (fixture);
  g_assert_nonnull (limn_model_library_lookup (fixture->library, path));
  /* Nothing else was said: it is not looked for again. */
  limn_model_library_set_places (fixture->library, none, none);
  g_assert_false (limn_model_library_is_scanning (fixture->library));
  g_setenv ("LIMN_COMPANIONS", before ? before : "", TRUE);
}

void
test_model_library_add (void)
{
  g_test_add ("/model-library/life", Fixture, NULL, set_up, test_life, tear_down);
  g_test_add ("/model-library/busy", Fixture, NULL, set_up, test_busy, tear_down);
  g_test_add ("/model-library/companions", Fixture, NULL, set_up, test_companions, tear_down);
  g_test_add ("/model-library/places", Fixture, NULL, set_up, test_places, tear_down);
}
