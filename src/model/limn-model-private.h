/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-model.h"

G_BEGIN_DECLS

/* Where a part's weights are. */
typedef struct
{
  const LimnModelSource *source; /* the model's, or that of a VAE of its own; NULL: the model has no such part */
  char                  *file;   /* within it */
  LimnNames             *names;  /* (nullable) */
} LimnModelPlace;

/* A file of weights as the world sees it. */
typedef struct
{
  char                  *name;   /* as recipes call it */
  const LimnModelSource *source;
  char                  *file;   /* within it */
} LimnModelFileName;

struct _LimnModel
{
  LimnModelSource *source;
  LimnModelSource *vae_source; /* (nullable): of a VAE in the place of its own */
  LimnCheckpoint  *single;     /* (nullable): of a model that is one file */
  const char      *variant;    /* (nullable): of the options, while it is opened */
  LimnModelFacts   facts;
  LimnJson        *scheduler;  /* (nullable): its strings are in the facts */
  LimnTokenizer   *tokenizer;
  LimnModelPlace   parts[LIMN_MODEL_N_PARTS];
  GArray          *files;      /* of LimnModelFileName: what is used */
  GPtrArray       *names;      /* of their names, NULL at the end */
  GPtrArray       *own_files;  /* of char *, NULL at the end: all of the model itself, within @source */
};

/* Each fills facts and parts, but for what limn_model_finish() does. */
gboolean       limn_model_read_folder    (LimnModel               *model,
                                          const LimnModelOptions  *options,
                                          GError                 **error);
gboolean       limn_model_read_single    (LimnModel               *model,
                                          const LimnModelOptions  *options,
                                          GError                 **error);

/* The tokenizer that the folder @part ("tokenizer") of the source has, or CLIP's. */
LimnTokenizer *limn_model_load_tokenizer (const LimnModel         *model,
                                          const char              *part,
                                          const LimnModelOptions  *options,
                                          GError                 **error);

/* The files of the model itself, before another VAE takes the place of its own; then those that are used. */
gboolean       limn_model_list_own_files (LimnModel               *model,
                                          GError                 **error);
gboolean       limn_model_list_files     (LimnModel               *model,
                                          GError                 **error);

/* What a family says of its text encoders. @own_pad: whether the first one's padding is the tokenizer's. */
void           limn_model_apply_texts    (LimnModelFacts          *facts,
                                          gboolean                 own_pad);

/* @file: taken */
void           limn_model_set_part       (LimnModel               *model,
                                          LimnModelPart            part,
                                          const LimnModelSource   *source,
                                          char                    *file,
                                          LimnNames               *names);

gboolean       limn_model_fail_contradiction (GError    **error,
                                              const char *what,
                                              guint       a,
                                              const char *versus,
                                              guint       b);

G_END_DECLS
