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

/*
 * The merges of CLIP's tokenizer, for models that bring no tokenizer: all single files do not. It is no part of Limn. What is found or chosen is
 * believed to be CLIP's only where its merges are, to the last one; what the build, or a person, put into a folder of data is used as it is.
 *
 * Any thread. Results are for limn_tokenizer_new_from_merges(), with the numbers above.
 */

/**
 * limn_clip_vocabulary_load:
 *
 * The installed one: LIMN_CLIP_VOCABULARY_FILE in the artist's folder of data (XDG_DATA_HOME), then in those of the system (XDG_DATA_DIRS), where
 * the build option clip_vocab puts it. Takes about 20 ms. Fails with LIMN_ERROR_NO_VOCABULARY where it lies in none of them,
 * LIMN_ERROR_FORMAT when it unpacks to more than LIMN_TOKENIZER_MAX_FILE_BYTES, and with the errors of reading and unpacking.
 *
 * Returns: (transfer full)
 */
GBytes *limn_clip_vocabulary_load (GError     **error);

/** limn_clip_vocabulary_is_installed: whether limn_clip_vocabulary_load() finds one. */
gboolean limn_clip_vocabulary_is_installed (void);

/**
 * limn_clip_vocabulary_find:
 * @model: (nullable) (type filename): a model's file or folder: it may lie beside it
 * @hint: (nullable) (type filename): a file, or a folder in which or in whose "tokenizer" it may lie
 *
 * The installed one; else the one beside @model, in a folder beside it, or at @hint; else, outside of a sandbox, that of other programs on this
 * computer or in Hugging Face's cache. Looks at well-known places only, at a few thousand names at most. Fails with LIMN_ERROR_NO_VOCABULARY
 * where it is nowhere.
 *
 * Returns: (transfer full)
 */
GBytes *limn_clip_vocabulary_find (const char  *model,
                                   const char  *hint,
                                   GError     **error);

/**
 * limn_clip_vocabulary_read:
 * @path: (type filename): merges.txt, vocab.json with a merges.txt beside it, tokenizer.json, or bpe_simple_vocab_16e6.txt, packed or not;
 *   or a folder that has one of these
 *
 * Fails with LIMN_ERROR_FORMAT for what is not CLIP's vocabulary, and as reading does.
 *
 * Returns: (transfer full)
 */
GBytes *limn_clip_vocabulary_read (const char  *path,
                                   GError     **error);

G_END_DECLS
