/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-token-counter.h"

#include "formats/limn-prompt-program.h"
#include "model/limn-model.h"

struct _LimnTokenCounter
{
  gatomicrefcount  refs;

  /* Held while a model is read, so that two counts do not read it twice. */
  GMutex           mutex;
  char            *path;
  LimnModel       *model;
};

typedef struct
{
  LimnTokenCounter *counter;
  char             *model;
  char             *text;
  LimnPromptSyntax  syntax;
} Count;

static void
count_free (gpointer data)
{
  Count *count = data;

  limn_token_counter_unref (count->counter);
  g_free (count->model);
  g_free (count->text);
  g_free (count);
}

LimnTokenCounter *
limn_token_counter_new (void)
{
  LimnTokenCounter *self = g_new0 (LimnTokenCounter, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->mutex);
  return self;
}

LimnTokenCounter *
limn_token_counter_ref (LimnTokenCounter *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
limn_token_counter_unref (LimnTokenCounter *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->model, limn_model_free);
  g_free (self->path);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

/* A model that cannot be read is tried again the next time: the artist may have mended it. */
static const LimnTokenizer *
get_tokenizer (LimnTokenCounter *self, const char *path, GError **error)
{
  if (!self->model || g_strcmp0 (self->path, path) != 0)
    {
      LimnModel *model = limn_model_open (path, error);

      if (!model)
        return NULL;
      g_clear_pointer (&self->model, limn_model_free);
      self->model = model;
      g_free (self->path);
      self->path = g_strdup (path);
    }
  return limn_model_get_tokenizer (self->model);
}

static void
run (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Count *count = data;
  LimnTokenCounter *self = count->counter;
  const LimnTokenizer *tokenizer;
  LimnPrompt *prompt = NULL;
  GError *error = NULL;

  g_mutex_lock (&self->mutex);
  if (!g_cancellable_set_error_if_cancelled (cancellable, &error))
    {
      tokenizer = get_tokenizer (self, count->model, &error);
      if (tokenizer)
        prompt = limn_prompt_new_longest (tokenizer, count->text, count->syntax, LIMN_PROMPT_POSITIVE, &error);
    }
  g_mutex_unlock (&self->mutex);

  if (prompt)
    g_task_return_pointer (task, prompt, (GDestroyNotify) limn_prompt_free);
  else
    g_task_return_error (task, error);
}

void
limn_token_counter_count_async (LimnTokenCounter    *self,
                                const char          *model,
                                const char          *text,
                                LimnPromptSyntax     syntax,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  Count *count = g_new0 (Count, 1);

  count->counter = limn_token_counter_ref (self);
  count->model = g_strdup (model);
  count->text = g_strdup (text);
  count->syntax = syntax;
  g_task_set_source_tag (task, limn_token_counter_count_async);
  g_task_set_task_data (task, count, count_free);
  g_task_run_in_thread (task, run);
}

LimnPrompt *
limn_token_counter_count_finish (LimnTokenCounter *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
