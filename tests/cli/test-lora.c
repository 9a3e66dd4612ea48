/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-cli.h"
#include "test-folder.h"

#include <glib/gstdio.h>
#include <string.h>

static void
copy_lora (const char *from, const char *to)
{
  g_autofree char *source = g_build_filename (g_getenv ("LIMN_STARTER"), "..", "..", "tests", "model", "reference", "lora", from, NULL);
  g_autofree char *target = path_to (to);
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  gsize length;

  g_file_get_contents (source, &text, &length, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (target, text, length, NULL));
}

#define PAINT(prompt, ...) run_cli ("generate", prompt, "--seed", "3", "--steps", "2", "--size", "32x32", __VA_ARGS__, NULL)

static void
test_generate (void)
{
  g_autofree char *plain = NULL;
  g_autofree char *file = NULL;
  g_autofree char *tag = NULL;
  g_autofree char *again = NULL;
  g_autofree char *without = NULL;

  /* Colons are no reason to take a name apart. */
  copy_lora ("kohya.safetensors", "ink:2.safetensors");
  copy_lora ("kohya.safetensors", "ink.safetensors");
  {
    g_auto(Run) a = PAINT ("a house", "-o", "plain.png");
    g_auto(Run) b = PAINT ("a house", "--lora", "ink:2.safetensors:0.8:0.5", "-o", "file.png");
    g_auto(Run) c = PAINT ("a house<lora:ink:0.5:0.8>", "--models", ".", "-o", "tag.png");
    g_auto(Run) info = run_cli ("info", "file.png", NULL);
    g_auto(Run) verify = run_cli ("verify", "tag.png", NULL);
    g_auto(Run) from = run_cli ("generate", "--from", "file.png", "-o", "again.png", NULL);
    g_auto(Run) none = run_cli ("generate", "--from", "file.png", "--lora", "none", "-o", "without.png", NULL);

    assert_code (&a, 0);
    assert_code (&b, 0);
    assert_code (&c, 0);
    assert_code (&info, 0);
    assert_says (info.out, "d714076155e9");
    assert_code (&verify, 0);
    assert_code (&from, 0);
    assert_code (&none, 0);
  }
  plain = pixels_of ("plain.png");
  file = pixels_of ("file.png");
  tag = pixels_of ("tag.png");
  again = pixels_of ("again.png");
  without = pixels_of ("without.png");
  g_assert_cmpstr (file, !=, plain);
  g_assert_cmpstr (tag, ==, file);
  g_assert_cmpstr (again, ==, file);
  g_assert_cmpstr (without, ==, plain);
}

/* What comes with Limn has its name without any folder being given. */
static void
test_companion (void)
{
  g_autofree char *folder = path_to ("coming");
  g_autofree char *moved = path_to ("other");
  g_autofree char *named = NULL;
  g_autofree char *other = NULL;

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  copy_lora ("kohya.safetensors", "coming/glass.safetensors");
  g_setenv ("LIMN_COMPANIONS", folder, TRUE);
  {
    g_auto(Run) tag = PAINT ("a house <lora:glass:0.5>", "-o", "tag.png");
    g_auto(Run) name = PAINT ("a house", "--lora", "glass:0.5", "-o", "name.png");
    g_auto(Run) file = PAINT ("a house", "--lora", "coming/glass.safetensors:0.5", "-o", "file.png");
    g_auto(Run) nobody = PAINT ("a house", "--model", "nobody");
    g_auto(Run) info = run_cli ("info", "glass", NULL);

    assert_code (&tag, 0);
    assert_code (&name, 0);
    assert_code (&file, 0);
    g_assert_cmpint (nobody.code, !=, 0);
    assert_says (nobody.err, "nobody");
    assert_code (&info, 0);
    assert_says (info.out, "LoRA");
  }
  /* They lie elsewhere in the next installation: a picture's own settings find them by their names. */
  g_assert_cmpint (g_rename (folder, moved), ==, 0);
  g_setenv ("LIMN_COMPANIONS", "other", TRUE);
  {
    g_auto(Run) again = run_cli ("generate", "--from", "name.png", "-o", "again.png", NULL);
    g_auto(Run) slip = PAINT ("a house", "--model", "glas");

    assert_code (&again, 0);
    g_assert_cmpint (slip.code, !=, 0);
    assert_says (slip.err, "“glas”");
  }
  g_setenv ("LIMN_COMPANIONS", "", TRUE);
  named = pixels_of ("again.png");
  other = pixels_of ("name.png");
  g_assert_cmpstr (named, ==, other);
  g_clear_pointer (&named, g_free);
  g_clear_pointer (&other, g_free);
  named = pixels_of ("name.png");
  other = pixels_of ("file.png");
  g_assert_cmpstr (named, ==, other);
  g_clear_pointer (&other, g_free);
  other = pixels_of ("tag.png");
  g_assert_cmpstr (named, ==, other);
}

/* A picture can be verified where its files have been moved to, but not with other ones of their names. */
static void
test_moved (void)
{
  g_autofree char *folder = path_to ("elsewhere");
  g_autofree char *from = path_to ("brush.safetensors");
  g_autofree char *to = path_to ("elsewhere/brush.safetensors");

  copy_lora ("kohya.safetensors", "brush.safetensors");
  {
    g_auto(Run) paint = PAINT ("a house", "--lora", "brush.safetensors:0.8", "-o", "brushed.png");

    assert_code (&paint, 0);
  }
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_cmpint (g_rename (from, to), ==, 0);
  {
    g_auto(Run) lost = run_cli ("verify", "brushed.png", NULL);
    g_auto(Run) nowhere = run_cli ("verify", "brushed.png", "--models", "elsewhere", "--lora", "no.safetensors", NULL);
    g_auto(Run) unknown = run_cli ("verify", "brushed.png", "--lora", "elsewhere/other.safetensors", NULL);
    g_auto(Run) in_folder = run_cli ("verify", "brushed.png", "--models", "elsewhere", NULL);
    g_auto(Run) by_path = run_cli ("verify", "brushed.png", "--lora", "elsewhere/brush.safetensors", NULL);

    g_assert_cmpint (lost.code, !=, 0);
    /* What is not needed may be wherever it likes. */
    assert_code (&nowhere, 0);
    g_assert_cmpint (unknown.code, !=, 0);
    assert_says (unknown.err, "brush");
    assert_code (&in_folder, 0);
    assert_code (&by_path, 0);
  }
  g_assert_cmpint (g_remove (to), ==, 0);
  copy_lora ("peft.safetensors", "elsewhere/brush.safetensors");
  {
    g_auto(Run) other = run_cli ("verify", "brushed.png", "--models", "elsewhere", NULL);

    assert_code (&other, 7);
  }
}

static void
test_refused (void)
{
  copy_lora ("kohya.safetensors", "ink.safetensors");
  {
    g_auto(Run) nowhere = PAINT ("a house", "--lora", "nowhere.safetensors");
    g_auto(Run) tag = PAINT ("a house <lora:ing:1>", "--models", ".");
    g_auto(Run) strong = PAINT ("a house", "--lora", "ink.safetensors:1000");

    assert_code (&nowhere, 2);
    assert_says (nowhere.err, "nowhere");
    assert_code (&tag, 2);
    assert_says (tag.err, "ing");
    assert_code (&strong, 2);
    assert_says (strong.err, "from -100 to 100");
  }
}

void
test_lora_add (void)
{
  test_add ("/lora/generate", test_generate);
  test_add ("/lora/companion", test_companion);
  test_add ("/lora/refused", test_refused);
  test_add ("/lora/moved", test_moved);
}
