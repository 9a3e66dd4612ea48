/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gl/limn-gl-private.h"

struct _LimnGlFence
{
  LimnGl *gl;
  GLsync  sync;
};

LimnGlFence *
limn_gl_fence_new (LimnGl *gl)
{
  LimnGlFence *fence = g_new0 (LimnGlFence, 1);

  fence->gl = gl;
  gl->n_living++;
  if (limn_gl_enter (gl))
    {
      fence->sync = glFenceSync (GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
      glFlush ();
    }
  return fence;
}

void
limn_gl_fence_free (LimnGlFence *fence)
{
  if (fence == NULL)
    return;
  limn_gl_enter (fence->gl);
  if (fence->sync != NULL)
    glDeleteSync (fence->sync);
  fence->gl->n_living--;
  g_free (fence);
}

gboolean
limn_gl_fence_poll (LimnGlFence *fence)
{
  return limn_gl_fence_wait (fence, 0);
}

gboolean
limn_gl_fence_wait (LimnGlFence *fence,
                    gint64       timeout_us)
{
  gint64 end = timeout_us < 0 ? G_MAXINT64 : g_get_monotonic_time () + timeout_us;

  while (limn_gl_enter (fence->gl) && fence->sync != NULL)
    {
      gint64 left = timeout_us < 0 ? G_USEC_PER_SEC : CLAMP (end - g_get_monotonic_time (), 0, G_USEC_PER_SEC);
      GLenum status = glClientWaitSync (fence->sync, 0, (GLuint64) left * 1000);

      if (status == GL_ALREADY_SIGNALED || status == GL_CONDITION_SATISFIED)
        return TRUE;
      /* A driver that hangs is waited for a second at a time, so that a reset is noticed. */
      if (status == GL_WAIT_FAILED || limn_gl_is_lost (fence->gl))
        return TRUE;
      if (timeout_us >= 0 && g_get_monotonic_time () >= end)
        return FALSE;
    }
  return TRUE;
}
