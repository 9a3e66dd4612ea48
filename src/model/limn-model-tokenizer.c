/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-model-private.h"

#include "base/limn-error.h"
#include "model/limn-clip-vocabulary.h"

/* A special token is written as a string, or as an object around it. */
static gboolean
read_special (const LimnJson  *json,
              const char      *key,
              char           **text,
              GError         **error)
{
  const char *string;

  if (limn_json_get_kind (json, key) == LIMN_JSON_OBJECT)
    {
      g_autoptr(LimnJson) token = limn_json_get_object (json, key, error);

      if (!token || !limn_json_get_string (token, "content", &string, error))
        return FALSE;
    }
  else if (!limn_json_get_string_or (json, key, NULL, &string, error))
    return FALSE;
  *text = g_strdup (string);
  return TRUE;
}

static char *
dup_place (const char *part,
           const char *file)
{
  return *part ? g_strconcat (part, "/", file, NULL) : g_strdup (file);
}

static gboolean
has_tokenizer (const LimnModelSource *source,
               const char            *part)
{
  g_autofree char *vocab = dup_place (part, "vocab.json");
  g_autofree char *merges = dup_place (part, "merges.txt");

  return limn_model_source_has (source, vocab) && limn_model_source_has (source, merges);
}

/* vocab.json and merges.txt, of any vocabulary. @part: a folder, or "" */
static LimnTokenizer *
load_pair (const LimnModelSource  *source,
           const char             *part,
           LimnTokenizerParams    *params,
           GError                **error)
{
  g_autofree char *vocab_name = dup_place (part, "vocab.json");
  g_autofree char *merges_name = dup_place (part, "merges.txt");
  g_autoptr(GBytes) vocab = NULL;
  g_autoptr(GBytes) merges = NULL;

  vocab = limn_model_source_load (source, vocab_name, LIMN_TOKENIZER_MAX_FILE_BYTES, error);
  if (!vocab)
    return NULL;
  merges = limn_model_source_load (source, merges_name, LIMN_TOKENIZER_MAX_FILE_BYTES, error);
  if (!merges)
    return NULL;
  return limn_tokenizer_new_from_files (vocab, merges, params, error);
}

/* Of a model whose words are not CLIP's, and which is one file: beside it, or where the options say. */
static LimnTokenizer *
load_beside (const LimnModel         *model,
             const LimnModelOptions  *options,
             LimnTokenizerParams     *params,
             GError                 **error)
{
  static const char * const parts[] = { "tokenizer", "" };
  g_autofree char *beside = g_path_get_dirname (limn_model_source_get_path (model->source));
  const char *folders[] = { beside, options->vocabulary };

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autoptr(LimnModelSource) source = folders[i] ? limn_model_source_new (folders[i], NULL) : NULL;

      for (gsize j = 0; source && j < G_N_ELEMENTS (parts); j++)
        if (has_tokenizer (source, parts[j]))
          return load_pair (source, parts[j], params, error);
    }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_NO_VOCABULARY,
               "The model “%s” has a list of %u words that is its own: the files vocab.json and merges.txt must lie beside it",
               model->facts.name, params->vocab_size);
  return NULL;
}

LimnTokenizer *
limn_model_load_tokenizer (const LimnModel         *model,
                           const char              *part,
                           const LimnModelOptions  *options,
                           GError                 **error)
{
  const LimnModelSource *source = model->source;
  g_autofree char *special_name = dup_place (part, "special_tokens_map.json");
  g_autofree char *vocab_name = dup_place (part, "vocab.json");
  g_autofree char *merges_name = dup_place (part, "merges.txt");
  g_autoptr(GBytes) merges = NULL;
  g_autofree char *bos = NULL;
  g_autofree char *eos = NULL;
  g_autofree char *pad = NULL;
  LimnTokenizerParams params = { .vocab_size = model->facts.texts[0].vocab_size, .name = "tokenizer" };

  if (limn_model_source_has (source, special_name))
    {
      g_autoptr(LimnJson) json = limn_model_source_load_json (source, special_name, error);

      if (!json || !read_special (json, "bos_token", &bos, error) || !read_special (json, "eos_token", &eos, error)
          || !read_special (json, "pad_token", &pad, error))
        return NULL;
    }
  params.bos = bos;
  params.eos = eos;
  params.pad = pad;
  if (params.vocab_size == LIMN_CLIP_VOCABULARY_N_TOKENS && !limn_model_source_has (source, vocab_name)
      && !limn_model_source_has (source, merges_name))
    {
      /* It was trained with CLIP's own tokenizer and relies on every program having that. */
      merges = limn_clip_vocabulary_find (limn_model_source_get_path (source), options->vocabulary, error);
      if (!merges)
        return NULL;
      params.name = "CLIP's vocabulary";
      return limn_tokenizer_new_from_merges (merges, LIMN_CLIP_VOCABULARY_N_SKIP, LIMN_CLIP_VOCABULARY_N_MERGES, &params,
                                             error);
    }
  if (limn_model_source_is_file (source))
    return load_beside (model, options, &params, error);
  return load_pair (source, part, &params, error);
}
