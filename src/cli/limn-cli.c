/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

typedef struct
{
  const char *name;
  int       (*run) (int argc, char **argv);
  const char *summary;
} Command;

static const Command commands[] = {
  { "generate", limn_cli_generate, "make a picture from a prompt, or paint over one" },
  { "enlarge", limn_cli_enlarge, "make a picture two or four times as large" },
  { "detail", limn_cli_detail, "work out the details of a picture" },
  { "colorize", limn_cli_colorize, "give a grey picture colours" },
  { "restore", limn_cli_restore, "remove the damage of a JPEG" },
  { "branch", limn_cli_branch, "go on from a step of a picture with other settings" },
  { "vary", limn_cli_vary, "paint many variations of a picture from one of its steps on" },
  { "grid", limn_cli_grid, "paint a sheet of pictures over one setting or two" },
  { "interpolate", limn_cli_interpolate, "paint what lies between two pictures, or four" },
  { "queue", limn_cli_queue, "paint what generate --queue has put aside" },
  { "export", limn_cli_export, "write a picture as JPEG, WebP or PNG, with or without its settings" },
  { "frames", limn_cli_frames, "make the pictures of all steps from kept latents" },
  { "tokenize", limn_cli_tokenize, "show what of a prompt reaches the model" },
  { "info", limn_cli_info, "tell what a model or a picture holds" },
  { "vocabulary", limn_cli_vocabulary, "install CLIP's list of words, for models that are one file" },
  { "devices", limn_cli_devices, "list what can compute" },
  { "bench", limn_cli_bench, "measure the device" },
  { "verify", limn_cli_verify, "make a picture again from its own text and compare" },
};

static void
print_help (void)
{
  fputs ("Usage:\n  limn-cli COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n", stdout);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    printf ("  %-12s %s\n", commands[i].name, commands[i].summary);
  fputs ("\nlimn-cli COMMAND --help tells all about one of them. limn-cli --version prints the version.\n\n", stdout);
  fputs ("Try:  limn-cli generate \"a red house on a green hill at sunset\"\n\n", stdout);
  fputs (limn_cli_exit_text, stdout);
}

static const Command *
find_command (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, name))
      return &commands[i];
  return NULL;
}

/* Where stdin, stdout or stderr is closed, the next file that is opened gets its number: what is printed would then go into the
 * driver's cache, or into a picture. */
static void
occupy_standard_files (void)
{
  int fd;

  do
    fd = open ("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd > STDERR_FILENO)
    close (fd);
}

/* Mesa's shader cache begins with an index of 1.3 MiB that is mapped into memory: where the disk has no room for it, the first
 * look into it ends the program with SIGBUS (Mesa 22.3). Our own cache fails quietly. */
static void
spare_a_full_disk (void)
{
  const char *folder = g_get_user_cache_dir ();
  struct statvfs info;

  if (statvfs (folder, &info) == 0 && (guint64) info.f_bavail * info.f_frsize < 4 << 20)
    {
      g_setenv ("MESA_SHADER_CACHE_DISABLE", "true", FALSE);
      g_setenv ("MESA_GLSL_CACHE_DISABLE", "true", FALSE); /* its name before Mesa 21.3 */
    }
}

/* What was printed has arrived only now. @code: what the command came to. */
static int
finish (int code)
{
  gboolean failed = ferror (stdout) != 0;

  errno = 0;
  if (fflush (stdout) == 0 && !failed)
    return code;
  limn_cli_say ("limn-cli: What was printed could not all be written%s%s.", errno ? ": " : "", errno ? g_strerror (errno) : "");
  return code == LIMN_CLI_OK ? LIMN_CLI_NO_OUTPUT : code;
}

int
main (int argc, char *argv[])
{
  const Command *command;

  occupy_standard_files ();
  spare_a_full_disk ();
  setlocale (LC_ALL, "");
  g_set_prgname ("limn-cli");
  /* A file that hits the limit of its size is an error like a full disk, not the end of the program. */
  signal (SIGXFSZ, SIG_IGN);

  if (argc < 2)
    {
      limn_cli_usage (NULL, "What should be done? There is no command.");
      return LIMN_CLI_USAGE;
    }
  if (g_str_equal (argv[1], "--version"))
    {
      puts ("limn-cli " LIMN_VERSION);
      return finish (LIMN_CLI_OK);
    }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h") || (argc == 2 && g_str_equal (argv[1], "help")))
    {
      print_help ();
      return finish (LIMN_CLI_OK);
    }
  if (g_str_equal (argv[1], "help"))
    {
      /* "help generate" is "generate --help". */
      argv[1] = argv[2];
      argv[2] = (char *) "--help";
    }
  command = find_command (argv[1]);
  if (!command)
    return limn_cli_usage (NULL, "There is no command “%s”.", argv[1]);
  return finish (command->run (argc - 1, argv + 1));
}
