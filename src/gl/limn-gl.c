/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/*
 * The context, and how errors come out of it. Calls that record work return nothing, since a plan of a thousand
 * dispatches is replayed without asking after each; the first thing that went wrong is kept in @pending, or in the
 * driver's own error flag, until limn_gl_check().
 */

#include "gl/limn-gl-private.h"

#include "gl/limn-kernels.h"

#include <string.h>

static const char *
error_name (GLenum code)
{
  switch (code)
    {
    case GL_INVALID_ENUM:
      return "GL_INVALID_ENUM";
    case GL_INVALID_VALUE:
      return "GL_INVALID_VALUE";
    case GL_INVALID_OPERATION:
      return "GL_INVALID_OPERATION";
    case GL_INVALID_FRAMEBUFFER_OPERATION:
      return "GL_INVALID_FRAMEBUFFER_OPERATION";
    case GL_OUT_OF_MEMORY:
      return "GL_OUT_OF_MEMORY";
    case GL_CONTEXT_LOST:
      return "GL_CONTEXT_LOST";
    default:
      return "an unknown GL error";
    }
}

static void GLAPIENTRY
on_debug_message (GLenum         source,
                  GLenum         type,
                  GLuint         id,
                  GLenum         severity,
                  GLsizei        length,
                  const GLchar  *message,
                  const void    *user_data)
{
  if (severity != GL_DEBUG_SEVERITY_NOTIFICATION)
    g_debug ("driver (type 0x%04x, id %u): %s", type, id, message);
}

LimnGl *
limn_gl_new (const LimnGlOptions  *options,
             GError              **error)
{
  static const LimnGlOptions defaults = { 0 };
  LimnGlOpened opened = { 0 };
  g_autofree char *driver = NULL;
  const LimnKernelInfo *kernels;
  guint n_kernels;
  LimnGl *gl;

  if (options == NULL)
    options = &defaults;
  if (!limn_gl_open_device (options->device, options->debug, &opened, error))
    return NULL;

  gl = g_new0 (LimnGl, 1);
  gl->owner = g_thread_self ();
  gl->display = opened.display;
  gl->context = opened.context;
  gl->device = opened.device;
  gl->debug = options->debug;
  gl->inject_after = -1;
  gl->packs_exactly = -1;
  gl->cache_dir =
    options->cache_dir != NULL ? g_strdup (options->cache_dir) : g_build_filename (g_get_user_cache_dir (), "limn", NULL);
  driver = g_strdup_printf ("%s\n%s\n%s", gl->device->vendor, gl->device->name, gl->device->driver);
  gl->driver_key = g_compute_checksum_for_string (G_CHECKSUM_SHA256, driver, -1);
  if (options->max_storage_bytes > 0)
    {
      LimnGlLimits *limits = &gl->device->limits;
      /* A multiple of every alignment, so that a slab can end where the next begins. */
      gsize bytes = MAX (options->max_storage_bytes, 65536) & ~(gsize) 4095;

      limits->max_storage_bytes = MIN (limits->max_storage_bytes, bytes);
      limits->max_texels = MIN (limits->max_texels, limits->max_storage_bytes / 16);
    }
  if (options->budget_bytes > 0)
    gl->budget_bytes = options->budget_bytes;
  else if (gl->device->memory_bytes > 0)
    gl->budget_bytes = gl->device->memory_bytes / 10 * 9;
  else
    gl->budget_bytes = G_MAXUINT64;

  gl->programs = g_hash_table_new (g_str_hash, g_str_equal);
  gl->runs = g_hash_table_new_full (limn_gl_run_hash, limn_gl_run_equal, g_free, NULL);
  gl->kernels = g_hash_table_new (g_str_hash, g_str_equal);
  kernels = limn_kernels_get_all (&n_kernels);
  for (guint i = 0; i < n_kernels; i++)
    g_hash_table_insert (gl->kernels, (gpointer) kernels[i].name, (gpointer) &kernels[i]);

  if (gl->debug)
    {
      glEnable (GL_DEBUG_OUTPUT);
      glDebugMessageCallback (on_debug_message, NULL);
    }
  /* Buffers are uploaded from anywhere. */
  glPixelStorei (GL_UNPACK_ALIGNMENT, 1);
  g_debug ("device %u: %s, %s, %s", gl->device->index, gl->device->name, gl->device->vendor, gl->device->driver);
  return gl;
}

static void
free_program (LimnGlProgram *program)
{
  if (program->id != 0)
    glDeleteProgram (program->id);
  g_free (program->name);
  g_free (program->hash);
  g_free (program);
}

void
limn_gl_free (LimnGl *gl)
{
  GHashTableIter iter;
  gpointer key, program;

  if (gl == NULL)
    return;
  limn_gl_enter (gl);
  if (gl->n_living > 0)
    g_critical ("A LimnGl is freed before %u of its buffers, fences or timers", gl->n_living);
  g_hash_table_iter_init (&iter, gl->programs);
  while (g_hash_table_iter_next (&iter, &key, &program))
    {
      free_program (program);
      g_free (key);
    }
  g_hash_table_unref (gl->programs);
  g_hash_table_unref (gl->runs);
  g_hash_table_unref (gl->kernels);
  eglMakeCurrent (gl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  eglDestroyContext (gl->display, gl->context);
  limn_gl_device_free (gl->device);
  g_clear_error (&gl->pending);
  g_free (gl->driver_key);
  g_free (gl->cache_dir);
  g_free (gl);
}

gboolean
limn_gl_enter (LimnGl *gl)
{
  g_assert (gl->owner == g_thread_self ());
  if (eglGetCurrentContext () != gl->context
      && !eglMakeCurrent (gl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, gl->context))
    limn_gl_set_lost (gl);
  return !gl->lost;
}

void
limn_gl_set_pending (LimnGl        *gl,
                     LimnErrorCode  code,
                     const char    *format,
                     ...)
{
  va_list args;

  if (gl->pending != NULL)
    return;
  va_start (args, format);
  gl->pending = g_error_new_valist (LIMN_ERROR, code, format, args);
  va_end (args);
}

void
limn_gl_set_lost (LimnGl *gl)
{
  gl->lost = TRUE;
}

gboolean
limn_gl_fail_if_lost (LimnGl  *gl,
                      GError **error)
{
  if (!gl->lost)
    return FALSE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST,
               "The graphics card was reset, and what it was computing is lost. (%s, %s)", gl->device->name,
               gl->device->driver);
  return TRUE;
}

void
limn_gl_label (LimnGl     *gl,
               GLenum      kind,
               GLuint      name,
               const char *label)
{
  if (gl->debug && label != NULL)
    glObjectLabel (kind, name, MIN (strlen (label), 200), label);
}

gboolean
limn_gl_check (LimnGl  *gl,
               GError **error)
{
  GLenum status, code;

  limn_gl_enter (gl);
  if (!gl->lost)
    {
      status = glGetGraphicsResetStatus ();
      if (status != GL_NO_ERROR)
        {
          g_debug ("graphics reset status 0x%04x", status);
          gl->lost = TRUE;
        }
    }
  /* After a loss the flag need never clear. */
  for (guint i = 0; i < 32 && !gl->lost && (code = glGetError ()) != GL_NO_ERROR; i++)
    {
      if (code == GL_CONTEXT_LOST)
        gl->lost = TRUE;
      else if (code == GL_OUT_OF_MEMORY)
        limn_gl_set_pending (gl, LIMN_ERROR_OUT_OF_MEMORY,
                             "The graphics card ran out of memory. (%s, %" G_GUINT64_FORMAT " MiB in use)",
                             error_name (code), gl->allocated_bytes >> 20);
      else
        limn_gl_set_pending (gl, LIMN_ERROR_UNSUPPORTED, "The graphics driver refused a call. (%s, %s)",
                             error_name (code), gl->device->driver);
    }
  if (limn_gl_fail_if_lost (gl, error))
    {
      g_clear_error (&gl->pending);
      return FALSE;
    }
  if (gl->pending != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&gl->pending));
      return FALSE;
    }
  return TRUE;
}

gboolean
limn_gl_is_lost (LimnGl *gl)
{
  limn_gl_enter (gl);
  if (!gl->lost && glGetGraphicsResetStatus () != GL_NO_ERROR)
    gl->lost = TRUE;
  return gl->lost;
}

const LimnGlDevice *
limn_gl_get_device (const LimnGl *gl)
{
  return gl->device;
}

const LimnGlLimits *
limn_gl_get_limits (const LimnGl *gl)
{
  return &gl->device->limits;
}

gboolean
limn_gl_has_extension (const LimnGl *gl,
                       const char   *name)
{
  return g_strv_contains (gl->device->limits.extensions, name);
}

const char *
limn_gl_get_driver_key (const LimnGl *gl)
{
  return gl->driver_key;
}

const char *
limn_gl_get_cache_dir (const LimnGl *gl)
{
  return gl->cache_dir;
}

guint64
limn_gl_get_allocated_bytes (const LimnGl *gl)
{
  return gl->allocated_bytes;
}

guint64
limn_gl_get_budget_bytes (const LimnGl *gl)
{
  return gl->budget_bytes;
}

void
limn_gl_set_budget_bytes (LimnGl  *gl,
                          guint64  bytes)
{
  gl->budget_bytes = bytes;
}

void
limn_gl_get_program_stats (const LimnGl       *gl,
                           LimnGlProgramStats *stats)
{
  *stats = gl->stats;
}

void
limn_gl_inject_reset (LimnGl *gl,
                      guint   n_dispatches)
{
  gl->inject_after = n_dispatches;
  if (n_dispatches == 0)
    gl->lost = TRUE;
}

void
limn_gl_add_kernel (LimnGl               *gl,
                    const LimnKernelInfo *info)
{
  g_hash_table_insert (gl->kernels, (gpointer) info->name, (gpointer) info);
}
