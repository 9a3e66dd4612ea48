/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/limn-error.h"

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

void add_checkpoint_tests  (void);
void add_embedding_tests   (void);
void add_json_tests        (void);
void add_merges_tests      (void);
void add_prompt_program_tests (void);
void add_prompt_tests      (void);
void add_prompt_weight_tests (void);
void add_safetensors_tests (void);
void add_tokenizer_tests   (void);

/* The message is for an artist: it must name the thing at fault, and be text. */
static inline void
assert_failed (GError       **error,
               LimnErrorCode  code,
               const char    *part)
{
  g_assert_error (*error, LIMN_ERROR, (int) code);
  g_assert_true (g_utf8_validate ((*error)->message, -1, NULL));
  if (strstr ((*error)->message, part) == NULL)
    g_error ("“%s” does not say “%s”", (*error)->message, part);
  g_clear_error (error);
}

/* A file of the source tree. */
static inline GBytes *
read_source (const char *path)
{
  g_autofree char *full = g_build_filename (g_getenv ("LIMN_SOURCE_DIR"), path, NULL);
  g_autoptr(GError) error = NULL;
  char *data;
  gsize length;

  g_file_get_contents (full, &data, &length, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (data, length);
}

G_END_DECLS
