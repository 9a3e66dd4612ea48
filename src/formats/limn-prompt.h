/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-embedding.h"
#include "formats/limn-tokenizer.h"

G_BEGIN_DECLS

/* Positions of CLIP's text encoder: start, 75 tokens, end. */
#define LIMN_PROMPT_CHUNK_TOKENS 75
#define LIMN_PROMPT_CHUNK_LENGTH 77

/* Bounds the work on brackets, which grows with the square; about 200 chunks of English. */
#define LIMN_PROMPT_MAX_BYTES (64 * 1024)

/**
 * LimnPromptSyntax:
 * @LIMN_PROMPT_A1111: the default: weights, BREAK, as many chunks as needed
 * @LIMN_PROMPT_PLAIN: every character is literal; one chunk, cut after 75 tokens
 *
 * The a1111 syntax is that of AUTOMATIC1111's web UI 1.x (`modules/prompt_parser.py`
 * parse_prompt_attention, `modules/sd_hijack_clip.py` tokenize_line):
 *
 * - (a) multiplies the weight of what it encloses by 1.1, [a] divides it by 1.1, (a:1.2)
 *   multiplies it by 1.2; they nest. The weight of [a:1.2] is not one: the colon is text.
 * - \( \) \[ \] \\ are literal; any other backslash vanishes.
 * - A bracket never closed acts up to the end; one never opened is text, and so is ":1.2)" then.
 * - The word BREAK (in capitals, on its own) fills up the chunk and goes. Inside brackets
 *   AUTOMATIC1111 multiplies its mark as if it were a weight and then reads it as the word "break" with a negative
 *   weight; so do we, since the picture would be another.
 * - Text of one weight is tokenized together, text of another weight apart from it.
 * - A 76th token opens a new chunk; if the chunk's last comma is at most 20 tokens
 *   back, what follows that comma moves to the new chunk too.
 * - Where AUTOMATIC1111 fails, on a weight such as (a:1.2.3), the weight is text.
 * - [a:b:0.5], [a|b], AND and <lora:a> have no meaning of their own here: limn-prompt-program.h says what a prompt says at a step, this is how that
 *   is read.
 * - Where the tokens of a learned word's name stand (LimnPromptWord), its vectors take their place, the longest name first; they are never
 *   parted by the end of a chunk. With `embedding:` before it, as in ComfyUI, that goes too.
 */
typedef enum
{
  LIMN_PROMPT_A1111,
  LIMN_PROMPT_PLAIN,
} LimnPromptSyntax;

/**
 * LimnPromptWord:
 * @name: UTF-8, not empty; it is found in any letter case
 *
 * A word that was learned.
 */
typedef struct
{
  const char    *name;
  LimnEmbedding *embedding;
} LimnPromptWord;

/**
 * LimnPromptChunk:
 * @n_tokens: tokens of the prompt in it, 0..75
 * @ids: start, n_tokens tokens, end, padding
 * @weights: of each position; 1 for start, end and padding
 * @words: of each position: 0: the token; else the vector of LimnPrompt.embeddings[words - 1] is there, and the id says nothing
 * @rows: which of its vectors
 *
 * What the text encoder sees in one pass. Each output row is multiplied by its weight and the
 * whole then by (mean before / mean after); chunks are joined along the token axis.
 */
typedef struct
{
  guint   n_tokens;
  guint32 ids[LIMN_PROMPT_CHUNK_LENGTH];
  float   weights[LIMN_PROMPT_CHUNK_LENGTH];
  guint16 words[LIMN_PROMPT_CHUNK_LENGTH];
  guint8  rows[LIMN_PROMPT_CHUNK_LENGTH];
} LimnPromptChunk;

/**
 * LimnPromptToken:
 * @start, @end: bytes of the prompt [start, end) it came from, whole characters
 * @chunk: index of its chunk, -1 if it was cut
 * @position: place in the chunk's ids (1..75), 0 if it was cut
 * @word, @row: as in the chunk; all vectors of a word come from the same bytes
 *
 * For showing a prompt: where a chunk ends, what is stressed, what is cut.
 */
typedef struct
{
  guint32 id;
  guint32 start;
  guint32 end;
  float   weight;
  gint    chunk;
  guint   position;
  guint16 word;
  guint8  row;
} LimnPromptToken;

/**
 * LimnPrompt:
 * @n_chunks: at least 1
 * @n_tokens: all tokens of the prompt, in order; cut ones included
 * @n_cut: how many of them do not reach the encoder; always 0 with a1111
 * @weighted: whether any weight is not 1
 * @embeddings: (nullable) (element-type LimnEmbedding): of the words that it was given
 *
 * Thread-safety: any, while nobody pads it. Fields are read-only.
 */
typedef struct
{
  LimnPromptSyntax  syntax;
  guint             n_chunks;
  LimnPromptChunk  *chunks;
  guint             n_tokens;
  LimnPromptToken  *tokens;
  guint             n_cut;
  gboolean          weighted;
  GPtrArray        *embeddings;
} LimnPrompt;

/**
 * limn_prompt_new:
 *
 * Fails with LIMN_ERROR_INVALID when @text is not UTF-8, longer than LIMN_PROMPT_MAX_BYTES,
 * or a weight is beyond what a float holds.
 */
LimnPrompt *limn_prompt_new              (const LimnTokenizer  *tokenizer,
                                          const char           *text,
                                          LimnPromptSyntax      syntax,
                                          GError              **error);

/* Words that a prompt may have; their number is at most what guint16 holds. */
#define LIMN_PROMPT_MAX_WORDS 1024

/**
 * limn_prompt_new_with_words:
 * @words: [n_words]; at most LIMN_PROMPT_MAX_WORDS; of two of one name the first counts. With LIMN_PROMPT_PLAIN they are not looked at
 */
LimnPrompt *limn_prompt_new_with_words   (const LimnTokenizer  *tokenizer,
                                          const char           *text,
                                          LimnPromptSyntax      syntax,
                                          const LimnPromptWord *words,
                                          guint                 n_words,
                                          GError              **error);
void        limn_prompt_free             (LimnPrompt           *self);

/** limn_prompt_pad: appends empty chunks (start, end, padding) until there are @n_chunks. */
void        limn_prompt_pad              (LimnPrompt           *self,
                                          const LimnTokenizer  *tokenizer,
                                          guint                 n_chunks);

/** limn_prompt_pad_pair: pads the shorter of prompt and negative prompt to the length of the other. */
void        limn_prompt_pad_pair         (LimnPrompt           *a,
                                          LimnPrompt           *b,
                                          const LimnTokenizer  *tokenizer);

/** limn_prompt_syntax_from_name: "a1111" or "plain"; fails with LIMN_ERROR_INVALID. */
gboolean    limn_prompt_syntax_from_name (const char           *name,
                                          LimnPromptSyntax     *syntax,
                                          GError              **error);
const char *limn_prompt_syntax_get_name  (LimnPromptSyntax      syntax);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPrompt, limn_prompt_free)

G_END_DECLS
