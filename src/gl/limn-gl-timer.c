/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gl/limn-gl-private.h"

struct _LimnGlTimer
{
  LimnGl   *gl;
  gboolean  by_clock;
  GLuint    queries[2];
  gint64    clock_us[2];
};

LimnGlTimer *
limn_gl_timer_new (LimnGl *gl)
{
  LimnGlTimer *timer = g_new0 (LimnGlTimer, 1);
  GLint bits = 0;

  timer->gl = gl;
  gl->n_living++;
  timer->by_clock = gl->device->device_class == LIMN_GL_SOFTWARE;
  if (limn_gl_enter (gl) && !timer->by_clock)
    {
      glGetQueryiv (GL_TIMESTAMP, GL_QUERY_COUNTER_BITS, &bits);
      timer->by_clock = bits == 0;
      if (bits > 0)
        glCreateQueries (GL_TIMESTAMP, 2, timer->queries);
    }
  return timer;
}

void
limn_gl_timer_free (LimnGlTimer *timer)
{
  if (timer == NULL)
    return;
  limn_gl_enter (timer->gl);
  if (timer->queries[0] != 0)
    glDeleteQueries (2, timer->queries);
  timer->gl->n_living--;
  g_free (timer);
}

static void
mark (LimnGlTimer *timer,
      guint        which)
{
  if (!limn_gl_enter (timer->gl))
    return;
  if (timer->by_clock)
    {
      glFinish ();
      timer->clock_us[which] = g_get_monotonic_time ();
    }
  else if (timer->queries[which] != 0)
    glQueryCounter (timer->queries[which], GL_TIMESTAMP);
}

void
limn_gl_timer_begin (LimnGlTimer *timer)
{
  mark (timer, 0);
}

void
limn_gl_timer_end (LimnGlTimer *timer)
{
  mark (timer, 1);
}

gboolean
limn_gl_timer_is_ready (LimnGlTimer *timer)
{
  GLuint ready = GL_TRUE;

  if (limn_gl_enter (timer->gl) && timer->queries[1] != 0)
    glGetQueryObjectuiv (timer->queries[1], GL_QUERY_RESULT_AVAILABLE, &ready);
  return ready != GL_FALSE;
}

guint64
limn_gl_timer_get_ns (LimnGlTimer *timer)
{
  GLuint64 from = 0, to = 0;

  if (!limn_gl_enter (timer->gl))
    return 0;
  if (timer->by_clock)
    return (guint64) (timer->clock_us[1] - timer->clock_us[0]) * 1000;
  if (timer->queries[0] == 0)
    return 0;
  glGetQueryObjectui64v (timer->queries[0], GL_QUERY_RESULT, &from);
  glGetQueryObjectui64v (timer->queries[1], GL_QUERY_RESULT, &to);
  return to > from ? to - from : 0;
}
