/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-model.h"

G_BEGIN_DECLS

/* Where a part's weights are. */
typedef struct
{
  char      *file;  /* within the source; NULL: the model has no such part */
  LimnNames *names; /* (nullable) */
} LimnModelPlace;

struct _LimnModel
{
  LimnModelSource *source;
  LimnModelFacts   facts;
  LimnJson        *scheduler; /* its strings are in the facts */
  LimnTokenizer   *tokenizer;
  LimnModelPlace   parts[LIMN_MODEL_N_PARTS];
  GPtrArray       *files;     /* of char *, NULL at the end */
};

G_END_DECLS
