/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/*
 * A dispatch is a handful of GL calls, each of which costs the driver a check or two of the whole state. A plan binds
 * mostly what is bound already, so what stands is remembered in the LimnGl.
 */

#include "gl/limn-gl-private.h"

#include <string.h>

static const struct
{
  GLenum format;
  guint  bytes;
} texels[] = {
  [LIMN_GL_TEXEL_RGBA32F] = { GL_RGBA32F, 16 },   [LIMN_GL_TEXEL_RGBA16F] = { GL_RGBA16F, 8 },
  [LIMN_GL_TEXEL_RG32F] = { GL_RG32F, 8 },        [LIMN_GL_TEXEL_RG16F] = { GL_RG16F, 4 },
  [LIMN_GL_TEXEL_R32F] = { GL_R32F, 4 },          [LIMN_GL_TEXEL_R16F] = { GL_R16F, 2 },
  [LIMN_GL_TEXEL_RGBA32UI] = { GL_RGBA32UI, 16 }, [LIMN_GL_TEXEL_RG32UI] = { GL_RG32UI, 8 },
  [LIMN_GL_TEXEL_R32UI] = { GL_R32UI, 4 },        [LIMN_GL_IMAGE_RGBA32F] = { GL_RGBA32F, 16 },
  [LIMN_GL_IMAGE_RGBA16F] = { GL_RGBA16F, 8 },    [LIMN_GL_IMAGE_RG32F] = { GL_RG32F, 8 },
  [LIMN_GL_IMAGE_RG16F] = { GL_RG16F, 4 },        [LIMN_GL_IMAGE_R32F] = { GL_R32F, 4 },
  [LIMN_GL_IMAGE_R16F] = { GL_R16F, 2 },          [LIMN_GL_IMAGE_RGBA32UI] = { GL_RGBA32UI, 16 },
  [LIMN_GL_IMAGE_RG32UI] = { GL_RG32UI, 8 },      [LIMN_GL_IMAGE_R32UI] = { GL_R32UI, 4 },
};

guint
limn_gl_binding_kind_texel_bytes (LimnGlBindingKind kind)
{
  return texels[kind].bytes;
}

guint
limn_gl_limits_alignment (const LimnGlLimits *limits,
                          LimnGlBindingKind   kind)
{
  if (kind == LIMN_GL_STORAGE)
    return limits->storage_alignment;
  if (kind == LIMN_GL_UNIFORM)
    return limits->uniform_alignment;
  return limits->texel_alignment;
}

gsize
limn_gl_limits_max_binding_bytes (const LimnGlLimits *limits,
                                  LimnGlBindingKind   kind)
{
  guint alignment = limn_gl_limits_alignment (limits, kind);
  gsize bytes;

  if (kind == LIMN_GL_STORAGE)
    bytes = limits->max_storage_bytes;
  else if (kind == LIMN_GL_UNIFORM)
    bytes = limits->max_uniform_bytes;
  else
    bytes = limits->max_texels * texels[kind].bytes;
  return bytes / alignment * alignment;
}

static void
bind_range (LimnGlRange         *bound,
            GLenum               target,
            const LimnGlBinding *binding,
            gsize                size)
{
  if (bound->buffer == binding->buffer->name && bound->offset == binding->offset && bound->size == size)
    return;
  glBindBufferRange (target, binding->binding, binding->buffer->name, binding->offset, size);
  *bound = (LimnGlRange) { .buffer = binding->buffer->name, .offset = binding->offset, .size = size };
}

/* Whether all that the program reads or writes is among the bindings. */
static gboolean
is_complete (const LimnGlDispatch *dispatch)
{
  const LimnGlProgram *program = dispatch->program;
  guint storage = 0, texel = 0, image = 0, uniform = 0;

  for (guint i = 0; i < dispatch->n_bindings; i++)
    {
      const LimnGlBinding *binding = &dispatch->bindings[i];
      guint bit = binding->binding < LIMN_GL_N_BINDINGS ? 1u << binding->binding : 0;

      if (binding->kind == LIMN_GL_STORAGE)
        storage |= bit;
      else if (binding->kind == LIMN_GL_UNIFORM)
        uniform |= bit;
      else if (binding->kind < LIMN_GL_IMAGE_RGBA32F)
        texel |= bit;
      else
        image |= bit;
    }
  return (program->needs_storage & ~storage) == 0 && (program->needs_texel & ~texel) == 0
         && (program->needs_image & ~image) == 0 && (program->needs_uniform & ~uniform) == 0;
}

static void
bind (LimnGl              *gl,
      const LimnGlBinding *binding,
      const LimnGlProgram *program)
{
  LimnGlBuffer *buffer = binding->buffer;
  gsize size = binding->size;
  guint at = binding->binding;

  g_return_if_fail (at < LIMN_GL_N_BINDINGS);
  g_return_if_fail (buffer != NULL && buffer->gl == gl);
  g_return_if_fail (binding->offset < buffer->gl_size && size <= buffer->gl_size - binding->offset);
  g_return_if_fail (binding->offset % limn_gl_limits_alignment (&gl->device->limits, binding->kind) == 0);
  if (size == 0)
    size = buffer->gl_size - binding->offset;
  /* GL lets a block that is larger than its range read anything. */
  g_return_if_fail (binding->kind != LIMN_GL_UNIFORM || size >= program->kernel->params_bytes);
  g_return_if_fail (size <= limn_gl_limits_max_binding_bytes (&gl->device->limits, binding->kind));

  if (binding->kind == LIMN_GL_STORAGE)
    bind_range (&gl->bound_storage[at], GL_SHADER_STORAGE_BUFFER, binding, size);
  else if (binding->kind == LIMN_GL_UNIFORM)
    bind_range (&gl->bound_uniform[at], GL_UNIFORM_BUFFER, binding, size);
  else
    {
      GLenum format = texels[binding->kind].format;
      GLuint texture;

      g_return_if_fail (size % texels[binding->kind].bytes == 0);
      texture = limn_gl_buffer_get_texture (buffer, binding->offset, size, format);
      if (binding->kind < LIMN_GL_IMAGE_RGBA32F)
        {
          if (gl->bound_texture[at] != texture)
            glBindTextureUnit (at, texture);
          gl->bound_texture[at] = texture;
        }
      else
        {
          if (gl->bound_image[at].texture != texture || gl->bound_image[at].format != format)
            glBindImageTexture (at, texture, 0, GL_FALSE, 0, GL_READ_WRITE, format);
          gl->bound_image[at] = (LimnGlUnit) { .texture = texture, .format = format };
        }
    }
}

guint
limn_gl_run_hash (gconstpointer run)
{
  const guint8 *bytes = run;
  guint hash = 5381; /* Bernstein */

  for (gsize i = 0; i < sizeof (LimnGlRun); i++)
    hash = hash * 33 + bytes[i];
  return hash;
}

gboolean
limn_gl_run_equal (gconstpointer a,
                   gconstpointer b)
{
  return memcmp (a, b, sizeof (LimnGlRun)) == 0;
}

/* What llvmpipe compiles a kernel for: the format of each texture, whether the buffer under it has a power of two of bytes, and, since Mesa
 * 22.3 takes a buffer's size for a texture's levels, whether the second byte of the range's size is 0. */
static void
describe_run (LimnGlRun            *run,
              const LimnGlDispatch *dispatch)
{
  *run = (LimnGlRun) { .program = dispatch->program->id };
  for (guint i = 0; i < dispatch->n_bindings; i++)
    {
      const LimnGlBinding *binding = &dispatch->bindings[i];
      gsize whole = binding->buffer->gl_size, size = binding->size > 0 ? binding->size : whole - binding->offset;

      if (binding->kind == LIMN_GL_STORAGE || binding->kind == LIMN_GL_UNIFORM || binding->binding >= LIMN_GL_N_BINDINGS)
        continue;
      run->bound[binding->binding] = binding->kind | ((whole & (whole - 1)) == 0 ? 0x40 : 0) | ((size & 0xff00) == 0 ? 0x80 : 0);
    }
}

gboolean
limn_gl_is_first_run (LimnGl               *gl,
                      const LimnGlDispatch *dispatch)
{
  LimnGlRun run;

  describe_run (&run, dispatch);
  return !g_hash_table_contains (gl->runs, &run);
}

void
limn_gl_dispatch (LimnGl               *gl,
                  const LimnGlDispatch *dispatch)
{
  const LimnGlProgram *program = dispatch->program;
  const guint *groups = dispatch->groups;
  gboolean labelled = gl->debug && dispatch->label != NULL;
  LimnGlRun run;

  g_return_if_fail (program->gl == gl);
  for (guint i = 0; i < 3; i++)
    g_return_if_fail (groups[i] <= gl->device->limits.max_groups[i]);
  if (groups[0] == 0 || groups[1] == 0 || groups[2] == 0)
    return;
  if (!is_complete (dispatch))
    {
      g_critical ("%s is dispatched without all of its bindings", program->name);
      return;
    }
  if (gl->inject_after >= 0 && gl->inject_after-- == 0)
    limn_gl_set_lost (gl);
  if (!limn_gl_enter (gl))
    return;
  describe_run (&run, dispatch);
  if (!g_hash_table_contains (gl->runs, &run))
    {
      g_hash_table_add (gl->runs, g_memdup2 (&run, sizeof run));
      gl->stats.n_first_runs++;
    }

  if (gl->bound_program != program->id)
    glUseProgram (program->id);
  gl->bound_program = program->id;
  for (guint i = 0; i < dispatch->n_bindings; i++)
    limn_gl_buffer_trim_textures (dispatch->bindings[i].buffer);
  for (guint i = 0; i < dispatch->n_bindings; i++)
    bind (gl, &dispatch->bindings[i], program);
  if (labelled)
    glPushDebugGroup (GL_DEBUG_SOURCE_APPLICATION, 0, -1, dispatch->label);
  glDispatchCompute (groups[0], groups[1], groups[2]);
  if (labelled)
    glPopDebugGroup ();
}

void
limn_gl_barrier (LimnGl *gl)
{
  if (limn_gl_enter (gl))
    glMemoryBarrier (GL_SHADER_STORAGE_BARRIER_BIT | GL_UNIFORM_BARRIER_BIT | GL_TEXTURE_FETCH_BARRIER_BIT
                     | GL_SHADER_IMAGE_ACCESS_BARRIER_BIT | GL_BUFFER_UPDATE_BARRIER_BIT);
}

void
limn_gl_flush (LimnGl *gl)
{
  if (limn_gl_enter (gl))
    glFlush ();
}

void
limn_gl_finish (LimnGl *gl)
{
  if (limn_gl_enter (gl))
    glFinish ();
}

gboolean
limn_gl_groups_for_items (const LimnGl *gl,
                          guint64       items,
                          guint         per_group,
                          guint         groups[3])
{
  const guint *max = gl->device->limits.max_groups;
  guint64 n, rows;

  g_return_val_if_fail (per_group > 0, FALSE);
  n = items / per_group + (items % per_group != 0);
  rows = n / max[0] + (n % max[0] != 0);
  if (rows > max[1] || n > G_MAXUINT32)
    return FALSE;
  groups[0] = MIN (n, max[0]);
  groups[1] = rows;
  groups[2] = 1;
  /* Even rows: at most rows - 1 groups too many instead of a whole row. */
  if (rows > 1)
    groups[0] = n / rows + (n % rows != 0);
  return TRUE;
}
