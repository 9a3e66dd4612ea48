/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/limn-cli.h"

#include "model/limn-clip-vocabulary.h"
#include "session/limn-vocabulary.h"

#include <stdio.h>

int
limn_cli_vocabulary (int argc, char **argv)
{
  GOptionEntry entries[] = { { NULL } };
  g_autoptr(GError) error = NULL;
  guint n_rest;
  char **rest;

  if (!limn_cli_parse ("vocabulary", "FILE",
                       "Installs CLIP's list of words, which models that are one file do not bring: from merges.txt or vocab.json, both of which "
                       "lie\ntogether, tokenizer.json, or bpe_simple_vocab_16e6.txt.gz; or from a folder that has one of these.",
                       NULL, entries, argc, argv, &n_rest, &rest))
    return LIMN_CLI_USAGE;
  if (n_rest != 1)
    return limn_cli_usage ("vocabulary", "One file is needed.");
  if (!limn_vocabulary_install (rest[0], &error))
    return limn_cli_fail (error);
  puts ("CLIP's vocabulary is installed.");
  return LIMN_CLI_OK;
}
