/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/*
 * Buffers are immutable storage without mapping: the driver then keeps them on the device, and transfers go through
 * its own staging. An allocation may fail late or not at all (overcommitting drivers), so that our own budget is asked
 * first and large buffers are touched at their end.
 */

#include "gl/limn-gl-private.h"

#include <string.h>

/* Above this a buffer's last words are written and read once. Smaller ones come from pools the driver has already. */
#define TOUCH_BYTES ((gsize) 256 << 20)

typedef struct
{
  gsize  offset;
  gsize  size;
  GLenum format;
  GLuint name;
} LimnGlTexture;

static guint
texture_hash (gconstpointer data)
{
  const LimnGlTexture *texture = data;
  guint64 mix = texture->offset * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)
                ^ texture->size * G_GUINT64_CONSTANT (0xc2b2ae3d27d4eb4f) ^ texture->format;

  return mix ^ (mix >> 32);
}

static gboolean
texture_equal (gconstpointer a,
               gconstpointer b)
{
  const LimnGlTexture *left = a, *right = b;

  return left->offset == right->offset && left->size == right->size && left->format == right->format;
}

static gboolean
touch_end (LimnGlBuffer *buffer)
{
  const guint32 written = 0x4c696d6e;
  guint32 found = 0;

  glNamedBufferSubData (buffer->name, buffer->gl_size - sizeof written, sizeof written, &written);
  glGetNamedBufferSubData (buffer->name, buffer->gl_size - sizeof found, sizeof found, &found);
  return found == written && glGetError () == GL_NO_ERROR;
}

/*
 * llvmpipe compiles a kernel anew, in seconds, for each new set of static properties of the bound textures, and two of
 * these are accidents of a buffer's size (Mesa 22.3, lp_sampler_static_texture_state(): whether the whole buffer's size
 * is a power of two, and whether bits 8 to 15 of the view's size are all zero, since the last level of a mipmap shares
 * their place). So on software no buffer's size is a power of two, and no view's size has these bits zero: a kernel of
 * three textures has one version instead of up to 64.
 */
#define SETTLE_BYTES 256

static gsize
settled_storage_size (const LimnGlBuffer *buffer)
{
  gsize size = buffer->gl_size;

  if (buffer->gl->device->device_class != LIMN_GL_SOFTWARE)
    return size;
  size += SETTLE_BYTES;
  return (size & (size - 1)) == 0 ? size + 16 : size;
}

/* The view may reach SETTLE_BYTES past its end: nobody reads there, and the storage has them. */
static gsize
settled_view_size (const LimnGlBuffer *buffer,
                   gsize               size)
{
  gsize settled = (size & 0xff00) == 0 ? size + SETTLE_BYTES : size;
  gboolean software = buffer->gl->device->device_class == LIMN_GL_SOFTWARE;

  return software && settled <= buffer->gl->device->limits.max_texels * 16 ? settled : size;
}

gsize
limn_gl_buffer_count_bytes (gsize bytes)
{
  return (bytes + 15) & ~(gsize) 15;
}

LimnGlBuffer *
limn_gl_buffer_new (LimnGl      *gl,
                    gsize        bytes,
                    const char  *label,
                    GError     **error)
{
  g_autoptr (LimnGlBuffer) buffer = NULL;
  guint64 limit = gl->device->limits.max_buffer_bytes;
  gboolean made;

  g_return_val_if_fail (bytes > 0, NULL);
  if (!limn_gl_enter (gl))
    {
      limn_gl_fail_if_lost (gl, error);
      return NULL;
    }
  if (bytes > limit - 16)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY,
                   "This needs %" G_GSIZE_FORMAT " MiB of graphics memory in one piece, and %s gives at most %"
                   G_GUINT64_FORMAT " MiB. (%s)",
                   (bytes >> 20) + 1, gl->device->name, limit >> 20, label != NULL ? label : "buffer");
      return NULL;
    }

  buffer = g_new0 (LimnGlBuffer, 1);
  buffer->gl = gl;
  buffer->size = bytes;
  buffer->gl_size = limn_gl_buffer_count_bytes (bytes);
  buffer->label = g_strdup (label);
  gl->n_living++;
  gl->allocated_bytes += buffer->gl_size;

  made = gl->allocated_bytes <= gl->budget_bytes;
  if (made)
    {
      /* What went wrong before is not this buffer's fault. */
      for (guint i = 0; i < 32 && glGetError () != GL_NO_ERROR; i++)
        limn_gl_set_pending (gl, LIMN_ERROR_UNSUPPORTED, "The graphics driver refused a call. (%s)",
                             gl->device->driver);
      glCreateBuffers (1, &buffer->name);
      glNamedBufferStorage (buffer->name, settled_storage_size (buffer), NULL, GL_DYNAMIC_STORAGE_BIT);
      made = glGetError () == GL_NO_ERROR && (buffer->gl_size < TOUCH_BYTES || touch_end (buffer));
    }
  if (!made && glGetGraphicsResetStatus () != GL_NO_ERROR)
    {
      limn_gl_set_lost (gl);
      limn_gl_fail_if_lost (gl, error);
      return NULL;
    }
  if (!made)
    {
      guint64 used = gl->allocated_bytes - buffer->gl_size;
      guint64 budget = gl->budget_bytes != G_MAXUINT64 ? gl->budget_bytes : gl->device->memory_bytes;

      g_set_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY,
                   "The graphics memory does not suffice: %" G_GSIZE_FORMAT " MiB more are needed, %" G_GUINT64_FORMAT
                   " of %" G_GUINT64_FORMAT " MiB are in use. A smaller picture needs less. (%s, %s)",
                   (buffer->gl_size + ((1 << 20) - 1)) >> 20, used >> 20, budget >> 20, gl->device->name,
                   label != NULL ? label : "buffer");
      return NULL;
    }
  limn_gl_label (gl, GL_BUFFER, buffer->name, label);
  /* NaN as float32 and as two halves. */
  if (gl->debug)
    limn_gl_buffer_clear (buffer, 0, G_MAXSIZE, 0xffffffff);
  return g_steal_pointer (&buffer);
}

static void
free_textures (LimnGlBuffer *buffer)
{
  LimnGl *gl = buffer->gl;
  GHashTableIter iter;
  gpointer key;

  if (buffer->textures == NULL)
    return;
  g_hash_table_iter_init (&iter, buffer->textures);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    glDeleteTextures (1, &((LimnGlTexture *) key)->name);
  g_clear_pointer (&buffer->textures, g_hash_table_unref);
  /* GL unbinds what is deleted, and gives the names to others. */
  memset (gl->bound_texture, 0, sizeof gl->bound_texture);
  memset (gl->bound_image, 0, sizeof gl->bound_image);
}

void
limn_gl_buffer_free (LimnGlBuffer *buffer)
{
  LimnGl *gl;

  if (buffer == NULL)
    return;
  gl = buffer->gl;
  limn_gl_enter (gl);
  free_textures (buffer);
  if (buffer->name != 0)
    {
      for (guint i = 0; i < LIMN_GL_N_BINDINGS; i++)
        {
          if (gl->bound_storage[i].buffer == buffer->name)
            gl->bound_storage[i].buffer = 0;
          if (gl->bound_uniform[i].buffer == buffer->name)
            gl->bound_uniform[i].buffer = 0;
        }
      glDeleteBuffers (1, &buffer->name);
    }
  gl->allocated_bytes -= buffer->gl_size;
  gl->n_living--;
  g_free (buffer->label);
  g_free (buffer);
}

gsize
limn_gl_buffer_get_size (const LimnGlBuffer *buffer)
{
  return buffer->size;
}

LimnGl *
limn_gl_buffer_get_gl (const LimnGlBuffer *buffer)
{
  return buffer->gl;
}

void
limn_gl_buffer_write (LimnGlBuffer  *buffer,
                      gsize          offset,
                      gconstpointer  data,
                      gsize          n)
{
  g_return_if_fail (offset <= buffer->size && n <= buffer->size - offset);
  if (n > 0 && limn_gl_enter (buffer->gl))
    glNamedBufferSubData (buffer->name, offset, n, data);
}

gboolean
limn_gl_buffer_read (LimnGlBuffer  *buffer,
                     gsize          offset,
                     gpointer       data,
                     gsize          n,
                     GError       **error)
{
  g_return_val_if_fail (offset <= buffer->size && n <= buffer->size - offset, FALSE);
  if (!limn_gl_check (buffer->gl, error))
    return FALSE;
  if (n == 0)
    return TRUE;
  limn_gl_barrier (buffer->gl);
  glGetNamedBufferSubData (buffer->name, offset, n, data);
  return limn_gl_check (buffer->gl, error);
}

void
limn_gl_buffer_clear (LimnGlBuffer *buffer,
                      gsize         offset,
                      gsize         n,
                      guint32       value)
{
  g_return_if_fail (offset <= buffer->size && (n == G_MAXSIZE || n <= buffer->size - offset));
  g_return_if_fail (offset % 4 == 0 && (n == G_MAXSIZE || n % 4 == 0));
  if (n == G_MAXSIZE)
    n = buffer->gl_size - offset;
  if (n > 0 && limn_gl_enter (buffer->gl))
    glClearNamedBufferSubData (buffer->name, GL_R32UI, offset, n, GL_RED_INTEGER, GL_UNSIGNED_INT, &value);
}

void
limn_gl_buffer_copy (LimnGlBuffer *to,
                     gsize         to_offset,
                     LimnGlBuffer *from,
                     gsize         from_offset,
                     gsize         n)
{
  g_return_if_fail (to->gl == from->gl);
  g_return_if_fail (to_offset <= to->size && n <= to->size - to_offset);
  g_return_if_fail (from_offset <= from->size && n <= from->size - from_offset);
  g_return_if_fail (to != from || to_offset + n <= from_offset || from_offset + n <= to_offset);
  if (n > 0 && limn_gl_enter (to->gl))
    glCopyNamedBufferSubData (from->name, to->name, from_offset, to_offset, n);
}

void
limn_gl_buffer_trim_textures (LimnGlBuffer *buffer)
{
  if (buffer->textures != NULL && g_hash_table_size (buffer->textures) >= LIMN_GL_MAX_TEXTURES)
    free_textures (buffer);
}

GLuint
limn_gl_buffer_get_texture (LimnGlBuffer *buffer,
                            gsize         offset,
                            gsize         size,
                            GLenum        format)
{
  const LimnGlTexture key = { .offset = offset, .size = size, .format = format };
  LimnGlTexture *texture;

  if (buffer->textures == NULL)
    buffer->textures = g_hash_table_new_full (texture_hash, texture_equal, g_free, NULL);
  texture = g_hash_table_lookup (buffer->textures, &key);
  if (texture == NULL)
    {
      texture = g_memdup2 (&key, sizeof key);
      glCreateTextures (GL_TEXTURE_BUFFER, 1, &texture->name);
      glTextureBufferRange (texture->name, format, buffer->name, offset, settled_view_size (buffer, size));
      limn_gl_label (buffer->gl, GL_TEXTURE, texture->name, buffer->label);
      g_hash_table_add (buffer->textures, texture);
    }
  return texture->name;
}
