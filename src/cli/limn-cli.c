/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

typedef struct
{
  const char *name;
  int       (*run) (int argc, char **argv);
  const char *summary;
} Command;

static const Command commands[] = {
  { "generate", limn_cli_generate, "make a picture from a prompt" },
  { "tokenize", limn_cli_tokenize, "show what of a prompt reaches the model" },
  { "info", limn_cli_info, "tell what a model or a picture holds" },
  { "devices", limn_cli_devices, "list what can compute" },
  { "bench", limn_cli_bench, "measure the device" },
  { "verify", limn_cli_verify, "make a picture again from its own text and compare" },
};

static void
print_help (void)
{
  fputs ("Usage:\n  limn-cli COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n", stdout);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    printf ("  %-10s %s\n", commands[i].name, commands[i].summary);
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

int
main (int argc, char *argv[])
{
  const Command *command;

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
      return LIMN_CLI_OK;
    }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h") || (argc == 2 && g_str_equal (argv[1], "help")))
    {
      print_help ();
      return LIMN_CLI_OK;
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
  return command->run (argc - 1, argv + 1);
}
