/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * limn_merges_read:
 * @data: a tokenizer's merges in any of the forms they are handed round in: merges.txt of transformers, bpe_simple_vocab_16e6.txt of
 *   openai/CLIP (unpacked), or tokenizer.json of huggingface/tokenizers
 * @name: what to call it in errors
 * @n: how many; what follows them in @data is left out
 *
 * Fails with LIMN_ERROR_FORMAT where there are fewer. Pure, any thread.
 *
 * Returns: (transfer full): a line that names the version, then @n lines "a b": what limn_tokenizer_new_from_merges() reads with one line skipped
 */
GBytes *limn_merges_read (const char  *data,
                          gsize        length,
                          const char  *name,
                          guint        n,
                          GError     **error);

G_END_DECLS
