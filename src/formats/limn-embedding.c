/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "formats/limn-embedding.h"

#include "base/limn-error.h"

#include <math.h>
#include <string.h>

#define MAX_SETS 2

struct _LimnEmbedding
{
  gatomicrefcount refs;
  guint           n;
  guint           n_sets;
  guint           widths[MAX_SETS];
  float          *values[MAX_SETS]; /* [n, width] */
};

static gboolean
refuse (const LimnCheckpoint *file, const char *why, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” is not a learned word (an embedding) that Limn can use: %s",
               limn_checkpoint_get_name (file), why);
  return FALSE;
}

static gboolean
add_set (LimnEmbedding *self, const LimnCheckpoint *file, const LimnSafetensorsTensor *tensor, GError **error)
{
  guint64 n = tensor->n_dims == 2 ? tensor->dims[0] : 1, width = tensor->n_dims > 0 ? tensor->dims[tensor->n_dims - 1] : 0;
  float *values;

  if (tensor->n_dims < 1 || tensor->n_dims > 2 || n < 1 || width < 1 || width > LIMN_EMBEDDING_MAX_WIDTH)
    return refuse (file, "its numbers are not a list of vectors.", error);
  if (n > LIMN_EMBEDDING_MAX_VECTORS)
    return refuse (file, "it has more vectors than a prompt's chunk has room for, which is 75.", error);
  if (self->n_sets > 0 && (n != self->n || width == self->widths[0]))
    return refuse (file, "its two text encoders' vectors do not belong together.", error);
  self->n = n;
  self->widths[self->n_sets] = width;
  values = self->values[self->n_sets++] = g_new (float, n * width);
  if (!limn_checkpoint_read_f32 (file, tensor, 0, n * width, values, error))
    return FALSE;
  for (gsize i = 0; i < n * width; i++)
    if (!isfinite (values[i]))
      return refuse (file, "some of its numbers are not finite.", error);
  return TRUE;
}

static gboolean
read_sets (LimnEmbedding *self, const LimnCheckpoint *file, GError **error)
{
  const LimnSafetensorsTensor *l = limn_checkpoint_lookup (file, "clip_l"), *g = limn_checkpoint_lookup (file, "clip_g");
  const LimnSafetensorsTensor *only = limn_checkpoint_lookup (file, "emb_params");

  if (l || g)
    return (!l || add_set (self, file, l, error)) && (!g || add_set (self, file, g, error));
  for (guint i = 0; !only && i < limn_checkpoint_get_n (file); i++)
    if (g_str_has_prefix (limn_checkpoint_get_nth (file, i)->name, "string_to_param."))
      only = limn_checkpoint_get_nth (file, i);
  if (!only && limn_checkpoint_get_n (file) == 1)
    only = limn_checkpoint_get_nth (file, 0);
  if (!only)
    return refuse (file, "it holds other weights.", error);
  return add_set (self, file, only, error);
}

LimnEmbedding *
limn_embedding_new_for_checkpoint (const LimnCheckpoint *file, GError **error)
{
  g_autoptr(LimnEmbedding) self = g_new0 (LimnEmbedding, 1);

  g_atomic_ref_count_init (&self->refs);
  return read_sets (self, file, error) ? g_steal_pointer (&self) : NULL;
}

LimnEmbedding *
limn_embedding_open (const char *path, GError **error)
{
  g_autoptr(LimnCheckpoint) file = limn_checkpoint_open (path, error);

  return file ? limn_embedding_new_for_checkpoint (file, error) : NULL;
}

LimnEmbedding *
limn_embedding_ref (LimnEmbedding *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
limn_embedding_unref (LimnEmbedding *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->refs))
    return;
  for (guint i = 0; i < MAX_SETS; i++)
    g_free (self->values[i]);
  g_free (self);
}

guint
limn_embedding_get_n (const LimnEmbedding *self)
{
  return self->n;
}

const float *
limn_embedding_get_values (const LimnEmbedding *self, guint width)
{
  for (guint i = 0; i < self->n_sets; i++)
    if (self->widths[i] == width)
      return self->values[i];
  return NULL;
}

const guint *
limn_embedding_get_widths (const LimnEmbedding *self, guint *n)
{
  *n = self->n_sets;
  return self->widths;
}
