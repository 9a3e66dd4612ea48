/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "formats/limn-checkpoint.h"

struct _LimnCheckpoint
{
  LimnSafetensors *file;
};

static LimnCheckpoint *
new_for_safetensors (LimnSafetensors *file)
{
  LimnCheckpoint *self;

  if (file == NULL)
    return NULL;
  self = g_new0 (LimnCheckpoint, 1);
  self->file = file;
  return self;
}

LimnCheckpoint *
limn_checkpoint_open (const char  *path,
                      GError     **error)
{
  return new_for_safetensors (limn_safetensors_open (path, error));
}

LimnCheckpoint *
limn_checkpoint_new_for_bytes (GBytes      *bytes,
                               const char  *name,
                               GError     **error)
{
  return new_for_safetensors (limn_safetensors_new_for_bytes (bytes, name, error));
}

void
limn_checkpoint_free (LimnCheckpoint *self)
{
  if (self == NULL)
    return;
  limn_safetensors_free (self->file);
  g_free (self);
}

const char *
limn_checkpoint_get_name (const LimnCheckpoint *self)
{
  return limn_safetensors_get_name (self->file);
}

guint64
limn_checkpoint_get_data_bytes (const LimnCheckpoint *self)
{
  return limn_safetensors_get_data_bytes (self->file);
}

guint
limn_checkpoint_get_n (const LimnCheckpoint *self)
{
  return limn_safetensors_get_n (self->file);
}

const LimnSafetensorsTensor *
limn_checkpoint_get_nth (const LimnCheckpoint *self,
                         guint                 i)
{
  return limn_safetensors_get_nth (self->file, i);
}

const LimnSafetensorsTensor *
limn_checkpoint_lookup (const LimnCheckpoint *self,
                        const char           *name)
{
  return limn_safetensors_lookup (self->file, name);
}

const char *
limn_checkpoint_get_metadata (const LimnCheckpoint *self,
                              const char           *key)
{
  return limn_safetensors_get_metadata (self->file, key);
}

const char **
limn_checkpoint_get_metadata_keys (const LimnCheckpoint *self)
{
  return limn_safetensors_get_metadata_keys (self->file);
}

gboolean
limn_checkpoint_read (const LimnCheckpoint         *self,
                      const LimnSafetensorsTensor  *tensor,
                      guint64                       offset,
                      gsize                         n_bytes,
                      void                         *buffer,
                      GError                      **error)
{
  return limn_safetensors_read (self->file, tensor, offset, n_bytes, buffer, error);
}

gboolean
limn_checkpoint_read_f32 (const LimnCheckpoint         *self,
                          const LimnSafetensorsTensor  *tensor,
                          guint64                       first,
                          gsize                         n,
                          float                        *values,
                          GError                      **error)
{
  return limn_safetensors_read_f32 (self->file, tensor, first, n, values, error);
}

gboolean
limn_checkpoint_read_f64 (const LimnCheckpoint         *self,
                          const LimnSafetensorsTensor  *tensor,
                          guint64                       first,
                          gsize                         n,
                          double                       *values,
                          GError                      **error)
{
  return limn_safetensors_read_f64 (self->file, tensor, first, n, values, error);
}
