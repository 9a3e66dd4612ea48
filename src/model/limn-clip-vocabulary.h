/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Rows of CLIP's token table: 256 byte symbols, the same at the end of a word, a merge each, start and end. */
#define LIMN_CLIP_VOCABULARY_N_TOKENS 49408
#define LIMN_CLIP_VOCABULARY_N_MERGES (LIMN_CLIP_VOCABULARY_N_TOKENS - 2 * 256 - 2)

/* The first line of the file names its version; behind the merges that CLIP uses it goes on with ones that it does not. */
#define LIMN_CLIP_VOCABULARY_N_SKIP 1

/* Below a folder of data. */
#define LIMN_CLIP_VOCABULARY_FILE "limn/clip-vocabulary.txt.gz"

/**
 * limn_clip_vocabulary_load:
 *
 * The merges of CLIP's tokenizer, for a model that brings no tokenizer: the file bpe_simple_vocab_16e6.txt.gz as
 * openai/CLIP distributes it, unpacked. It is no part of Limn. Looked for as LIMN_CLIP_VOCABULARY_FILE in the artist's
 * folder of data (XDG_DATA_HOME), then in those of the system (XDG_DATA_DIRS), where the build option clip_vocab puts it.
 *
 * Any thread. Takes about 20 ms. Fails with G_FILE_ERROR_NOENT where it lies in none of them, LIMN_ERROR_FORMAT when it
 * unpacks to more than LIMN_TOKENIZER_MAX_FILE_BYTES, and with the errors of reading and unpacking.
 *
 * Returns: (transfer full): for limn_tokenizer_new_from_merges(), with the numbers above
 */
GBytes *limn_clip_vocabulary_load (GError **error);

/**
 * limn_clip_vocabulary_find:
 * @model: (nullable) (type filename): a model's file or folder: it may lie beside it
 * @hint: (nullable) (type filename): a file, or a folder in which or in whose "tokenizer" it may lie
 *
 * The same, wherever it is. Fails with LIMN_ERROR_NO_VOCABULARY where it is nowhere.
 */
GBytes *limn_clip_vocabulary_find (const char  *model,
                                   const char  *hint,
                                   GError     **error);

G_END_DECLS
