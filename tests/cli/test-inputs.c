/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-cli.h"
#include "test-folder.h"

#include "cli/limn-cli.h"
#include "diffusion/limn-sampler.h"
#include "image/limn-png.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

/* What cannot be, with the status and what the message must name. "@" stands for the folder of the test. */
static const struct
{
  const char *argv[8];
  int         code;
  const char *part;
} bad[] = {
  { { NULL }, 2, "no command" },
  { { "paint" }, 2, "paint" },
  { { "--frobnicate" }, 2, "--frobnicate" },
  { { "generate" }, 2, "no prompt" },
  { { "generate", "a", "b" }, 2, "more than one prompt" },
  { { "generate", "--frobnicate", "a" }, 2, "--frobnicate" },
  { { "generate", "\xff\xfe" }, 2, "UTF-8" },
  { { "generate", "a", "--negative", "\xff" }, 2, "UTF-8" },
  { { "generate", "a", "--steps", "0" }, 2, "from 1 to 999, not 0" },
  { { "generate", "a", "--steps", "1000" }, 2, "from 1 to 999, not 1000" },
  { { "generate", "a", "--steps", "-1" }, 2, "--steps" },
  { { "generate", "a", "--steps", "two" }, 2, "two" },
  { { "generate", "a", "--steps", "" }, 2, "--steps" },
  { { "generate", "a", "--steps", "99999999999999999999" }, 2, "--steps" },
  { { "generate", "a", "--steps" }, 2, "--steps" },
  { { "generate", "a", "--cfg", "nan" }, 2, "nan" },
  { { "generate", "a", "--cfg", "inf" }, 2, "inf" },
  { { "generate", "a", "--cfg", "-1" }, 2, "cfg" },
  { { "generate", "a", "--cfg", "7,5" }, 2, "7,5" },
  { { "generate", "a", "--cfg", "1e4" }, 2, "1000" },
  { { "generate", "a", "--cfg-rescale", "1.5" }, 2, "rescale" },
  { { "generate", "a", "--cfg-rescale", "nan" }, 2, "rescale" },
  { { "generate", "a", "--eta", "nan" }, 2, "Eta" },
  { { "generate", "a", "--eta", "11" }, 2, "Eta" },
  { { "generate", "a", "--sampler", "best" }, 2, "dpmpp-2m-sde" },
  { { "generate", "a", "--schedule", "best" }, 2, "karras" },
  { { "generate", "a", "--seed", "1.5" }, 2, "--seed" },
  { { "generate", "a", "--seed", "-2" }, 2, "--seed" },
  { { "generate", "a", "--seed", "18446744073709551616" }, 2, "--seed" },
  { { "generate", "a", "--size", "512" }, 2, "512" },
  { { "generate", "a", "--size", "0x512" }, 2, "0x512" },
  { { "generate", "a", "--size", "512x512x1" }, 2, "512x512x1" },
  { { "generate", "a", "--size", "512x99999" }, 2, "16384" },
  { { "generate", "a", "--size", "100x64" }, 2, "The nearest size is 96x64" },
  { { "generate", "a", "--batch", "0" }, 2, "batch" },
  { { "generate", "a", "--rng", "gpu" }, 2, "gpu" },
  { { "generate", "a", "--precision", "f8" }, 2, "f16" },
  { { "generate", "a", "--preview", "all" }, 2, "predicted" },
  { { "generate", "a", "--preview-every", "0" }, 2, "preview" },
  { { "generate", "a", "--prompt-syntax", "b2222" }, 2, "b2222" },
  { { "generate", "a", "--clip-skip", "13" }, 2, "Clip skip" },
  { { "generate", "a", "--prediction", "noise" }, 2, "epsilon" },
  { { "generate", "a", "--progress", "dots" }, 2, "json" },
  { { "generate", "a", "--model", "@/no-such-model" }, 3, "no-such-model" },
  { { "generate", "a", "--models", "@/no-such-folder", "--model", "name" }, 2, "no-such-folder" },
  { { "generate", "a", "--models", "@", "--model", "name" }, 2, "“name”" },
  { { "generate", "a", "--model", "@" }, 3, "model_index.json" },
  { { "generate", "a", "--model", "@/pickle.safetensors" }, 3, "pickle.safetensors" },
  { { "generate", "a", "--device", "Voodoo2" }, 4, "Voodoo2" },
  { { "generate", "a", "--device", "Voodoo2", "--frames", "@/frames" }, 4, "Voodoo2" },
  { { "generate", "a", "--size", "16384x16384" }, 5, "MiB" },
  { { "generate", "a", "--dry-run", "--queue", "q" }, 2, "--dry-run" },
  { { "generate", "a", "--dry-run", "--size", "100x64" }, 2, "100" },
  { { "generate", "a", "--output", "@/no/such/a.png" }, 6, "no folder" },
  { { "generate", "a", "--output", "@" }, 6, "folder" },
  { { "generate", "a", "--output", "@/" }, 6, "folder" },
  { { "generate", "a", "--output", "@/pickle.safetensors/a.png" }, 6, "a.png" },
  { { "generate", "a", "--frames", "@/pickle.safetensors" }, 6, "pickle.safetensors" },
  { { "generate", "a", "--frames", "@/pickle.safetensors/x" }, 6, "pickle.safetensors" },
  { { "generate", "a", "--latents", "@/no/such/l.safetensors" }, 6, "l.safetensors" },
  { { "generate", "a", "--latents", "@/x", "--output", "@/x" }, 6, "same file" },
  { { "generate", "a", "--latents", "@/x", "--output", "@/./x" }, 6, "same file" },
  { { "generate", "a", "--latents", "@/empty", "--output", "empty" }, 6, "same file" },
  { { "generate", "a", "--output", "@/pipe", "--model", "@/no-such-model" }, 6, "pipe" },
  { { "generate", "a", "--output", "@/nowhere", "--model", "@/no-such-model" }, 6, "follow link" },
  { { "generate", "a", "--latents", "/dev/null", "--model", "@/no-such-model" }, 6, "device" },
  { { "generate", "a", "--output", "/proc/limn.png" }, 6, "/proc/limn.png" },
  { { "tokenize" }, 2, "no prompt" },
  { { "tokenize", "a", "b" }, 2, "more than one" },
  { { "tokenize", "\xff" }, 2, "UTF-8" },
  { { "tokenize", "a", "--prompt-syntax", "x" }, 2, "x" },
  { { "tokenize", "a", "--model", "@" }, 3, "model_index.json" },
  { { "info" }, 2, "file" },
  { { "info", "a", "b" }, 2, "file" },
  { { "info", "@/no-such-file" }, 3, "no-such-file" },
  { { "info", "@" }, 3, "model_index.json" },
  { { "info", "@/pickle.safetensors" }, 3, "pickle" },
  { { "info", "@/cut.png" }, 3, "cut.png" },
  { { "info", "@/empty" }, 3, "empty" },
  { { "info", "@/pipe" }, 3, "pipe" },
  { { "verify", "@/pipe" }, 3, "pipe" },
  { { "devices", "a" }, 2, "a" },
  { { "devices", "--all" }, 2, "--all" },
  { { "bench", "a" }, 2, "a" },
  { { "bench", "--device", "Voodoo2" }, 4, "Voodoo2" },
  { { "verify" }, 2, "PNG" },
  { { "verify", "a", "b" }, 2, "PNG" },
  { { "verify", "@/no-such.png" }, 3, "no-such.png" },
  { { "verify", "@/pickle.safetensors" }, 3, "pickle.safetensors" },
  { { "verify", "@/cut.png" }, 3, "cut.png" },
  { { "verify", "@/plain.png" }, 3, "no recipe" },
  { { "verify", "@/odd.png" }, 3, "odd.png" },
};

static void
write_png (const char *name, const LimnPngText *texts, gsize n_texts, gsize cut)
{
  g_autofree char *path = path_to (name);
  g_autoptr(LimnImage) image = limn_image_new_take (LIMN_PIXEL_RGB8, 4, 4, g_malloc0 (48), NULL);
  g_autoptr(GBytes) bytes = limn_png_encode (image, texts, n_texts, NULL);

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes) - cut, NULL));
}

/* The shell gives what run_cli() cannot. */
static int
run_shell (const char *script)
{
  const char *const argv[] = { "sh", "-c", script, g_getenv ("LIMN_CLI"), NULL };
  g_autoptr(GError) error = NULL;
  int status;

  g_spawn_sync (test_folder, (char **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

static void
test_bad (void)
{
  const LimnPngText odd = { (char *) "limn", (char *) "{\"version\":1}" };
  g_autofree char *pickle = path_to ("pickle.safetensors");
  g_autofree char *empty = path_to ("empty");
  g_autofree char *before = NULL;

  /* The first bytes of a pickle that torch.save() wrote before it wrote zip files. */
  g_file_set_contents (pickle, "\x80\x02\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.", -1, NULL);
  g_file_set_contents (empty, "", 0, NULL);
  g_assert_cmpint (run_shell ("mkfifo pipe; ln -s no-such-file nowhere"), ==, 0);
  write_png ("plain.png", NULL, 0, 0);
  write_png ("odd.png", &odd, 1, 0);
  write_png ("cut.png", NULL, 0, 20);
  before = list_folder ();

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
      g_autofree char *line = NULL;
      g_autofree char *after = NULL;
      g_auto(Run) run = { 0 };

      for (guint j = 0; bad[i].argv[j]; j++)
        {
          if (bad[i].argv[j][0] == '@')
            g_ptr_array_add (argv, g_strconcat (test_folder, bad[i].argv[j] + 1, NULL));
          else
            g_ptr_array_add (argv, g_strdup (bad[i].argv[j]));
        }
      g_ptr_array_add (argv, NULL);
      line = g_strjoinv (" ", (char **) argv->pdata);
      run = run_cli_argv ((const char *const *) argv->pdata);
      if (run.code != bad[i].code)
        g_error ("limn-cli %s: ended with %d, not %d: %s", line, run.code, bad[i].code, run.err);
      if (!strstr (run.err, bad[i].part))
        g_error ("limn-cli %s: says “%s”, nothing of “%s”", line, run.err, bad[i].part);
      /* Nothing but the message, and nothing left behind. */
      g_assert_cmpstr (run.out, ==, "");
      after = list_folder ();
      g_assert_cmpstr (after, ==, before);
    }
}

/* A full disk under stdout is not "done"; and what is printed into a closed stdout reaches no file that was opened after it. */
static void
test_standard_files (void)
{
  static const char *const commands[] = { "--version", "--help", "tokenize a", "info starter" };
  g_auto(Run) run = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *full = g_strconcat ("\"$0\" ", commands[i], " > /dev/full", NULL);
      g_autofree char *closed = g_strconcat ("\"$0\" ", commands[i], " <&- >&- 2>&-", NULL);

      g_assert_cmpint (run_shell (full), ==, 6);
      g_assert_cmpint (run_shell (closed), ==, 0);
    }
  g_assert_cmpint (run_shell ("\"$0\" generate a --size 32x32 --steps 1 --output a.png --progress json <&- >&- 2>&-"), ==, 0);
  run = run_cli ("verify", "a.png", NULL);
  assert_code (&run, 0);
}

/* Every option of every command stands in its --help, with the exit codes; the same by "help COMMAND". */
static void
test_help (void)
{
  static const struct
  {
    const char *command;
    const char *words[40];
  } cases[] = {
    { "generate",
      { "PROMPT", "--negative", "--seed", "--steps", "--sampler", "--schedule", "--eta", "--cfg", "--cfg-rescale",
        "--prompt-syntax", "--clip-skip", "--prediction", "--size", "--model", "--models", "--batch", "--rng", "--precision", "--device", "--frames",
        "--preview", "--preview-every", "--preview-half", "--latents", "--output", "--progress", "1 to 999", "WxH" } },
    { "generate",
      { "--init", "--strength", "--mask", "--mask-fit", "--mask-mode", "--feather", "--only-masked", "--padding", "--outpaint", "--blend",
        "--tile", "--overlap", "--seamless", "--embed-source", "--queue", "--checkpoint", "--resume", "L,T,R,B", "--variation-seed",
        "--variation-strength", "--seed-size" } },
    { "enlarge", { "FILE", "PROMPT", "--factor", "--strength", "--free", "--tile", "--embed-source", "--output" } },
    { "detail", { "FILE", "--strength", "--tile" } },
    { "colorize", { "FILE", "--strength" } },
    { "restore", { "FILE.jpg", "--strength", "--free" } },
    { "branch", { "PICTURE.png [PROMPT]", "--at-step", "--renoise", "--fresh-noise", "--noise-seed", "--steps-file", "--mask", "--latents" } },
    { "vary", { "PICTURE.png [PROMPT]", "--at-step", "--count", "--amount", "--fresh-noise", "--sheet", "--output" } },
    { "grid", { "[PROMPT]", "--x", "--y", "--from", "--at-step", "--sheet", "prompt-part", "lambda", "\"1-10 (+3)\"" } },
    { "interpolate", { "A B [C D]", "--way", "--strength", "--frames", "--easing", "--loop", "--ping-pong", "--path", "--sheet", "@1" } },
    { "tokenize", { "PROMPT", "--model", "--prompt-syntax", "--json" } },
    { "info", { "FILE", "--tensors", "--hash", "--models" } },
    { "devices", { "--json" } },
    { "bench", { "--device", "--filter", "--quick", "--json" } },
    { "export", { "PICTURE OUTPUT", "--quality", "--no-metadata" } },
    { "verify", { "FILE.png", "--model", "--device", "--init", "--mask", "--progress" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(Run) run = run_cli (cases[i].command, "--help", NULL);
      g_auto(Run) again = run_cli ("help", cases[i].command, NULL);

      assert_code (&run, 0);
      for (guint j = 0; cases[i].words[j]; j++)
        assert_says (run.out, cases[i].words[j]);
      assert_says (run.out, limn_cli_exit_text);
      g_assert_cmpstr (run.out, ==, again.out);
    }
  {
    g_auto(Run) run = run_cli ("generate", "--help", NULL);
    g_auto(Run) top = run_cli ("--help", NULL);
    g_auto(Run) version = run_cli ("--version", NULL);
    const char *const *schedules = limn_schedule_kind_list_names ();

    for (guint i = 0; i < LIMN_SAMPLER_N_KINDS; i++)
      assert_says (run.out, limn_sampler_get_facts (i)->name);
    for (guint i = 0; schedules[i]; i++)
      assert_says (run.out, schedules[i]);
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
      assert_says (top.out, cases[i].command);
    assert_says (top.out, limn_cli_exit_text);
    g_assert_cmpstr (version.out, ==, "limn-cli " LIMN_VERSION "\n");
  }
}

/* A driver that offers too little counts as none. */
static void
test_no_device (void)
{
  static const char *const generate[] = { "generate", "a", NULL };
  static const char *const devices[] = { "devices", NULL };
  g_auto(Run) run = run_cli_full (generate, "MESA_GL_VERSION_OVERRIDE", "3.3", 0);
  g_auto(Run) list = { 0 };
  g_autofree char *names = NULL;

  if (run.code == 0)
    {
      g_test_skip ("the driver is not Mesa's");
      return;
    }
  assert_code (&run, 4);
  assert_says (run.err, "4.5");
  list = run_cli_full (devices, "MESA_GL_VERSION_OVERRIDE", "3.3", 0);
  assert_code (&list, 4);
  names = list_folder ();
  g_assert_cmpstr (names, ==, "");
}

static void
test_tokenize (void)
{
  g_auto(Run) run = run_cli ("tokenize", "a (red:1.5) house", NULL);
  g_auto(Run) json = run_cli ("tokenize", "--json", "a (red:1.5) house", NULL);
  g_auto(Run) cut = { 0 };
  g_auto(Run) chunks = { 0 };
  GString *words = g_string_new (NULL);

  assert_code (&run, 0);
  assert_says (run.out, "house</w>");
  assert_says (run.out, "weight 1.5");
  assert_says (run.out, "3 tokens in 1 chunk\n");
  assert_code (&json, 0);
  assert_says (json.out, "\"n_tokens\":3");
  assert_says (json.out, "\"piece\":\"red</w>\",\"start\":3,\"end\":6,\"weight\":1.5");

  for (guint i = 0; i < 80; i++)
    g_string_append (words, "house ");
  cut = run_cli ("tokenize", "--prompt-syntax", "plain", words->str, NULL);
  assert_says (cut.out, "Cut off, the model does not see it: 5 tokens");
  assert_says (cut.out, "80 tokens in 1 chunk, 5 of them cut off");
  chunks = run_cli ("tokenize", words->str, NULL);
  assert_says (chunks.out, "Chunk 2: 5 of 75 tokens");
  assert_says (chunks.out, "80 tokens in 2 chunks\n");
  g_string_free (words, TRUE);
}

/* Pictures of other programs: their settings, and who they are. */
static void
test_info (void)
{
  static const LimnPngText a1111 = { (char *) "parameters",
                                     (char *) "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: "
                                              "512x768, Model hash: 45dee52b, Model: x" };
  static const LimnPngText evil = { (char *) "Comment", (char *) "a\x1b]0;title\a\xc2\x9b" "31mb" };
  static const LimnPngText comfy = { (char *) "workflow", (char *) "{\"nodes\":[]}" };
  g_auto(Run) run = { 0 };
  g_auto(Run) other = { 0 };
  g_auto(Run) none = { 0 };
  g_auto(Run) safe = { 0 };
  g_auto(Run) model = run_cli ("info", "starter", NULL);

  write_png ("a.png", &a1111, 1, 0);
  write_png ("b.png", &comfy, 1, 0);
  write_png ("c.png", NULL, 0, 0);
  write_png ("d.png", &evil, 1, 0);
  safe = run_cli ("info", "d.png", NULL);
  assert_code (&safe, 0);
  assert_says (safe.out, "a\\x1b]0;title\\x07\\x9b31mb");
  run = run_cli ("info", "a.png", NULL);
  assert_code (&run, 0);
  assert_says (run.out, "AUTOMATIC1111");
  assert_says (run.out, "Euler a");
  assert_says (run.out, "512x768");
  other = run_cli ("info", "b.png", NULL);
  assert_says (other.out, "ComfyUI");
  none = run_cli ("info", "c.png", NULL);
  assert_code (&none, 0);
  assert_says (none.out, "nobody");

  assert_code (&model, 0);
  assert_says (model.out, "starter");
  assert_says (model.out, "128x128");
}

/* The settings of a picture, by whichever program, as the ones to begin with. */
static void
test_from (void)
{
  static const LimnPngText a1111 = { (char *) "parameters",
                                     (char *) "a cat\nNegative prompt: dog\nSteps: 2, Sampler: DPM++ 2M, Schedule type: Karras, CFG "
                                              "scale: 3, Seed: 5, Size: 33x32, Model hash: 45dee52b, Model: x, Version: v1.10.1" };
  static const LimnPngText over = { (char *) "parameters",
                                    (char *) "a cat\nSteps: 2, Sampler: Euler, CFG scale: 3, Seed: 5, Size: 32x32, Denoising strength: 0.5, "
                                             "Mask blur: 3, Version: v1.10.1" };
  static const LimnPngText note = { (char *) "Comment", (char *) "x" };
  g_auto(Run) run = { 0 };
  g_auto(Run) info = { 0 };
  g_auto(Run) painted = { 0 };
  g_auto(Run) again = { 0 };
  g_auto(Run) other = { 0 };
  g_auto(Run) none = { 0 };
  g_auto(Run) missing = { 0 };
  g_autoptr(LimnPng) png = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *one = path_to ("one.png");
  g_autofree char *two = path_to ("two.png");
  g_autofree char *three = path_to ("three.png");
  g_autofree char *four = path_to ("four.png");
  gsize n_first, n_second;

  write_png ("a.png", &a1111, 1, 0);
  write_png ("b.png", &note, 1, 0);
  info = run_cli ("info", "a.png", NULL);
  assert_says (info.out, "“x” (hash 45dee52b)");

  run = run_cli ("generate", "--from", "a.png", "-o", "one.png", NULL);
  assert_code (&run, 0);
  assert_says (run.err, "“x” (hash 45dee52b)");
  assert_says (run.err, "33 × 32; 32 × 32");
  png = limn_png_load (one, LIMN_PNG_READ_TEXTS, NULL);
  assert_says (limn_png_lookup (png, "parameters"), "a cat\nNegative prompt: dog\nSteps: 2, Sampler: DPM++ 2M, Schedule type: Karras, "
                                                    "CFG scale: 3, Seed: 5, Size: 32x32");
  limn_png_free (png);

  /* Its own recipe gives the same file; an option and a prompt go before. */
  again = run_cli ("generate", "--from", "one.png", "-o", "two.png", NULL);
  assert_code (&again, 0);
  g_assert_cmpstr (again.err, ==, "");
  g_assert_true (g_file_get_contents (one, &first, &n_first, NULL));
  g_assert_true (g_file_get_contents (two, &second, &n_second, NULL));
  g_assert_cmpmem (first, n_first, second, n_second);
  other = run_cli ("generate", "--from", "one.png", "--seed", "6", "--steps", "1", "a dog", "-o", "three.png", NULL);
  assert_code (&other, 0);
  png = limn_png_load (three, LIMN_PNG_READ_TEXTS, NULL);
  assert_says (limn_png_lookup (png, "parameters"), "a dog\nNegative prompt: dog\nSteps: 1, Sampler: DPM++ 2M, Schedule type: Karras, "
                                                    "CFG scale: 3, Seed: 6, Size: 32x32");

  /* How another program painted over a picture, over this one; but for what an option says. */
  write_png ("c.png", &over, 1, 0);
  painted = run_cli ("generate", "--from", "c.png", "--init", "one.png", "--padding", "7", "-o", "four.png", NULL);
  assert_code (&painted, 0);
  limn_png_free (png);
  png = limn_png_load (four, LIMN_PNG_READ_TEXTS, NULL);
  assert_says (limn_png_lookup (png, "parameters"), "Denoising strength: 0.5,");
  assert_says (limn_png_lookup (png, "limn"), "\"padding\":7,");

  none = run_cli ("generate", "--from", "b.png", NULL);
  assert_code (&none, 3);
  missing = run_cli ("generate", "--from", "none.png", NULL);
  assert_code (&missing, 3);
}

/* To JPEG and WebP and back: the settings go along, or nothing does. */
static void
test_export (void)
{
  static const LimnPngText texts[] = { { (char *) "parameters", (char *) "a cat\nSteps: 2, Sampler: Euler, Seed: 5, Size: 32x32" } };
  static const char *const names[] = { "b.jpg", "b.webp", "b.png" };

  write_png ("a.png", texts, 1, 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_auto(Run) with = run_cli ("export", "a.png", names[i], "--quality", "80", NULL);
      g_auto(Run) info = run_cli ("info", names[i], NULL);
      g_auto(Run) without = run_cli ("export", "--no-metadata", "a.png", names[i], NULL);
      g_auto(Run) none = run_cli ("info", names[i], NULL);

      assert_code (&with, 0);
      assert_says (with.out, names[i]);
      assert_says (info.out, "a cat");
      assert_code (&without, 0);
      assert_says (none.out, "nobody");
      g_assert_null (strstr (none.out, "a cat"));
    }
  {
    g_auto(Run) ending = run_cli ("export", "a.png", "b.gif", NULL);
    g_auto(Run) quality = run_cli ("export", "a.png", "b.jpg", "--quality", "101", NULL);
    g_auto(Run) nothing = run_cli ("export", "a.png", "b.jpg", "--quality", "0", NULL);
    g_auto(Run) one = run_cli ("export", "a.png", NULL);
    g_auto(Run) missing = run_cli ("export", "none.png", "b.jpg", NULL);
    g_auto(Run) folder = run_cli ("export", "a.png", "none/b.jpg", NULL);

    assert_code (&ending, 2);
    assert_code (&quality, 2);
    assert_code (&nothing, 2);
    assert_code (&one, 2);
    assert_code (&missing, 3);
    assert_code (&folder, 6);
  }
}

/* What is wrong with a model's file is not an option that somebody has set. */
static void
test_scheduler (void)
{
  g_auto(Run) run = { 0 };

  g_assert_cmpint (run_shell ("mkdir -p m/scheduler && cd m && "
                              "ln -s \"$LIMN_STARTER\"/model_index.json \"$LIMN_STARTER\"/tokenizer \"$LIMN_STARTER\"/text_encoder "
                              "\"$LIMN_STARTER\"/unet \"$LIMN_STARTER\"/vae . && "
                              "sed 's/\"beta_end\": [0-9.e-]*/\"beta_end\": 1/' \"$LIMN_STARTER\"/scheduler/scheduler_config.json "
                              "> scheduler/scheduler_config.json"),
                   ==, 0);
  run = run_cli ("generate", "a", "--model", "m", "--size", "32x32", "--steps", "1", NULL);
  assert_code (&run, 3);
  assert_says (run.err, "beta_end");
}

static void
test_devices (void)
{
  g_auto(Run) run = run_cli ("devices", NULL);
  g_auto(Run) json = run_cli ("devices", "--json", NULL);

  assert_code (&run, 0);
  assert_says (run.out, "driver");
  assert_code (&json, 0);
  assert_says (json.out, "{\"devices\":[{\"index\":0,\"name\":");
}

void
test_inputs_add (void)
{
  test_add ("/cli/bad", test_bad);
  test_add ("/cli/standard-files", test_standard_files);
  test_add ("/cli/help", test_help);
  test_add ("/cli/no-device", test_no_device);
  test_add ("/cli/tokenize", test_tokenize);
  test_add ("/cli/info", test_info);
  test_add ("/cli/from", test_from);
  test_add ("/cli/export", test_export);
  test_add ("/cli/scheduler", test_scheduler);
  test_add ("/cli/devices", test_devices);
}
