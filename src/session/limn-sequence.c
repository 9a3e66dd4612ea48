/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Time is counted in whole numbers, and a stretch is always walked in the same direction, whichever way it is shown: only so do the same
 * places have the same bits, and are known to be the same. */
#include "config.h"

#include "session/limn-sequence.h"

#include "base/limn-error.h"

#include <math.h>
#include <string.h>

struct _LimnSequence
{
  GArray  *points; /* LimnSequencePoint */
  GArray  *frames; /* guint */
  gboolean repeats;
};

double
limn_easing_apply (LimnEasing easing, double s)
{
  return easing == LIMN_EASING_SMOOTH ? s * s * (3 - 2 * s) : s;
}

gboolean
limn_easing_from_name (const char *name, LimnEasing *easing, GError **error)
{
  if (g_str_equal (name, "linear"))
    *easing = LIMN_EASING_LINEAR;
  else if (g_str_equal (name, "smooth"))
    *easing = LIMN_EASING_SMOOTH;
  else
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "The easing must be linear or smooth, not “%s”.", name);
      return FALSE;
    }
  return TRUE;
}

static double
between (double a, double b, double s)
{
  return s <= 0 ? a : s >= 1 ? b : a + (b - a) * s;
}

/* @done of @all parts of the stretch from @a to @b. */
static LimnSequencePoint
walk (LimnSequencePoint a, LimnSequencePoint b, guint done, guint all, LimnEasing easing)
{
  double s;

  if (a.u > b.u || (a.u == b.u && a.v > b.v))
    {
      LimnSequencePoint swap = a;

      a = b;
      b = swap;
      done = all - done;
    }
  s = limn_easing_apply (easing, (double) done / all);
  return (LimnSequencePoint){ between (a.u, b.u, s), between (a.v, b.v, s) };
}

static void
add_frame (LimnSequence *sequence, LimnSequencePoint point)
{
  guint i;

  for (i = 0; i < sequence->points->len; i++)
    {
      const LimnSequencePoint *other = &g_array_index (sequence->points, LimnSequencePoint, i);

      if (other->u == point.u && other->v == point.v)
        break;
    }
  if (i == sequence->points->len)
    g_array_append_val (sequence->points, point);
  g_array_append_val (sequence->frames, i);
}

static gboolean
check (const LimnSequencePoint *way, guint n_way, guint n_frames, gboolean loop, gboolean ping_pong, GError **error)
{
  if (n_frames < 2 || n_frames > LIMN_SEQUENCE_MAX_FRAMES)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "A sequence has 2 to %d frames, not %u.", LIMN_SEQUENCE_MAX_FRAMES, n_frames);
      return FALSE;
    }
  if (n_way < 2 || n_way > LIMN_SEQUENCE_MAX_POINTS)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "A way over the pad goes through 2 to %d points, not %u.", LIMN_SEQUENCE_MAX_POINTS,
                   n_way);
      return FALSE;
    }
  for (guint i = 0; i < n_way; i++)
    if (!(way[i].u >= 0 && way[i].u <= 1 && way[i].v >= 0 && way[i].v <= 1))
      {
        g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "Point %u of the way is outside of the pad: both numbers must be from 0 to 1.", i + 1);
        return FALSE;
      }
  if (loop && ping_pong)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_INVALID, "A sequence goes back the way it came or in a ring, not both.");
      return FALSE;
    }
  return TRUE;
}

LimnSequence *
limn_sequence_new (const LimnSequencePoint *way,
                   guint                    n_way,
                   guint                    n_frames,
                   LimnEasing               easing,
                   gboolean                 loop,
                   gboolean                 ping_pong,
                   GError                 **error)
{
  static const LimnSequencePoint strip[] = { { 0, 0 }, { 1, 0 } };
  LimnSequence *sequence;
  guint n_stretches, n_parts;

  if (!way)
    {
      way = strip;
      n_way = G_N_ELEMENTS (strip);
    }
  if (!check (way, n_way, n_frames, loop, ping_pong, error))
    return NULL;
  n_stretches = loop ? n_way : n_way - 1;
  n_parts = loop ? n_frames : n_frames - 1;

  sequence = g_new0 (LimnSequence, 1);
  sequence->points = g_array_new (FALSE, FALSE, sizeof (LimnSequencePoint));
  sequence->frames = g_array_new (FALSE, FALSE, sizeof (guint));
  sequence->repeats = loop || ping_pong;
  for (guint i = 0; i < n_frames; i++)
    {
      guint stretch = MIN (i * n_stretches / n_parts, n_stretches - 1);

      add_frame (sequence, walk (way[stretch], way[(stretch + 1) % n_way], i * n_stretches - stretch * n_parts, n_parts, easing));
    }
  for (guint i = n_frames - 2; ping_pong && i > 0; i--)
    {
      guint picture = g_array_index (sequence->frames, guint, i);

      g_array_append_val (sequence->frames, picture);
    }
  return sequence;
}

void
limn_sequence_free (LimnSequence *sequence)
{
  if (!sequence)
    return;
  g_array_unref (sequence->points);
  g_array_unref (sequence->frames);
  g_free (sequence);
}

guint
limn_sequence_get_n_frames (const LimnSequence *sequence)
{
  return sequence->frames->len;
}

guint
limn_sequence_get_n_pictures (const LimnSequence *sequence)
{
  return sequence->points->len;
}

LimnSequencePoint
limn_sequence_get_point (const LimnSequence *sequence, guint picture)
{
  g_return_val_if_fail (picture < sequence->points->len, ((LimnSequencePoint){ 0, 0 }));

  return g_array_index (sequence->points, LimnSequencePoint, picture);
}

guint
limn_sequence_get_picture (const LimnSequence *sequence, guint frame)
{
  g_return_val_if_fail (frame < sequence->frames->len, 0);

  return g_array_index (sequence->frames, guint, frame);
}

gboolean
limn_sequence_get_repeats (const LimnSequence *sequence)
{
  return sequence->repeats;
}
