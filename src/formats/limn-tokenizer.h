/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LimnTokenizer:
 *
 * CLIP's byte-level BPE. A text becomes tokens in four steps:
 *
 * 1. Unicode NFC; every run of white space becomes one space, those at the ends
 *    go; each character is lower-cased on its own (U+0130 becomes two).
 * 2. Pieces, by the first of these that matches at a position: the start or end
 *    token spelt out; 's 't 're 've 'm 'll 'd; one or more letters (category L);
 *    one number character (category N); one or more of anything else but space.
 * 3. The UTF-8 bytes of a piece become symbols, the last of them one that also
 *    says "end of word".
 * 4. The pair of neighbours with the lowest rank is merged, everywhere in the piece
 *    from left to right, until no pair has a rank.
 *
 * Sources: Hugging Face's fast CLIP tokenizer, which differs from github.com/openai/CLIP
 * simple_tokenizer.py by NFC in place of ftfy and HTML unescaping, and in the sigma (below).
 *
 * Thread-safety: any; immutable after construction.
 */
typedef struct _LimnTokenizer LimnTokenizer;

/* 16 MiB of merges is ten times CLIP's; ids must fit the token table of a text encoder. */
#define LIMN_TOKENIZER_MAX_FILE_BYTES (16 * 1024 * 1024)
#define LIMN_TOKENIZER_MAX_ID         ((1 << 24) - 1)

/* Longest text that is encoded; the work grows as n log n. */
#define LIMN_TOKENIZER_MAX_TEXT_BYTES (1024 * 1024)

/* Most combining marks on one character: GLib orders them by bubble sort. Zalgo text has about 50, and Unicode's own
 * stream-safe format (UAX 15) allows 30. */
#define LIMN_TOKENIZER_MAX_CLUSTER 512

/**
 * LimnTokenizerParams:
 * @bos, @eos: spelling of the start and end tokens; NULL: <|startoftext|>, <|endoftext|>
 * @pad: spelling of the padding token; NULL: that of @eos. SD 2.x pads with "!", id 0
 * @vocab_size: rows of the text encoder's token table; every id must be below; 0: unknown
 * @final_sigma: lower-case a capital sigma at the end of a word to U+03C2, as Python's str.lower() and so
 *   OpenAI's tokenizer do; else always to U+03C3
 * @name: what to call the tokenizer in errors; NULL: "tokenizer"
 *
 * All zero is right for SD 1.x.
 */
typedef struct
{
  const char *bos;
  const char *eos;
  const char *pad;
  guint       vocab_size;
  gboolean    final_sigma;
  const char *name;
} LimnTokenizerParams;

/**
 * LimnToken:
 * @start, @end: bytes of the source text [start, end) from which the token came. Whole
 *   characters: two tokens that share a character have the same or overlapping ranges
 */
typedef struct
{
  guint32 id;
  guint32 start;
  guint32 end;
} LimnToken;

/**
 * limn_tokenizer_new_from_files:
 * @vocab: contents of vocab.json: token -> id
 * @merges: contents of merges.txt: an optional "#version" line, then a pair a line
 * @params: (nullable)
 *
 * Fails with LIMN_ERROR_FORMAT when either cannot be read, a byte symbol or special token is missing, an id is
 * used twice or out of range, a merge stands there twice, or merges name tokens that the vocabulary lacks.
 */
LimnTokenizer *limn_tokenizer_new_from_files  (GBytes                     *vocab,
                                               GBytes                     *merges,
                                               const LimnTokenizerParams  *params,
                                               GError                    **error);

/**
 * limn_tokenizer_new_from_merges:
 * @n_skip: lines to skip at the start, whatever they hold
 * @n_merges: lines to use after those; 0: all
 *
 * For the original distribution, which has no vocab.json: the vocabulary is the 256 byte symbols
 * in the order of bytes_to_unicode (printable ones first), the same with </w>, one entry a merge,
 * start, end. Each merge must join what stands before it.
 */
LimnTokenizer *limn_tokenizer_new_from_merges (GBytes                     *merges,
                                               guint                       n_skip,
                                               guint                       n_merges,
                                               const LimnTokenizerParams  *params,
                                               GError                    **error);
void           limn_tokenizer_free            (LimnTokenizer              *self);

guint          limn_tokenizer_get_n_tokens    (const LimnTokenizer        *self);
guint          limn_tokenizer_get_bos         (const LimnTokenizer        *self);
guint          limn_tokenizer_get_eos         (const LimnTokenizer        *self);
guint          limn_tokenizer_get_pad         (const LimnTokenizer        *self);

/** limn_tokenizer_get_comma: id of the token of a comma alone; the a1111 syntax breaks chunks there. */
guint          limn_tokenizer_get_comma       (const LimnTokenizer        *self);

/** limn_tokenizer_get_token: the vocabulary's spelling ("red</w>"), or NULL for an unused id. Borrowed. */
const char    *limn_tokenizer_get_token       (const LimnTokenizer        *self,
                                               guint                       id);

/**
 * limn_tokenizer_encode:
 * @length: bytes of @text, NULs among them allowed; or -1 if it ends with a NUL
 * @tokens: (element-type LimnToken): the tokens are appended; untouched on failure
 *
 * No start, end or padding, and no limit on their number. Fails with LIMN_ERROR_INVALID
 * when @text is not UTF-8, longer than LIMN_TOKENIZER_MAX_TEXT_BYTES, or has more than LIMN_TOKENIZER_MAX_CLUSTER
 * combining marks in a row.
 */
gboolean       limn_tokenizer_encode          (const LimnTokenizer        *self,
                                               const char                 *text,
                                               gssize                      length,
                                               GArray                     *tokens,
                                               GError                    **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnTokenizer, limn_tokenizer_free)

G_END_DECLS
