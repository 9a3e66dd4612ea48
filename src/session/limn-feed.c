/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The sender holds the lock for a few pointer moves only, so neither side ever waits for the other. The pending source holds a
 * reference on the feed; it is made when there is none, and clears its mark before it calls, so that news which comes
 * during the call makes another. */
#include "config.h"

#include "session/limn-feed.h"

struct _LimnFeed
{
  gatomicrefcount refs;
  GMainContext   *context;
  LimnFeedFunc    func;
  gpointer        data;
  GDestroyNotify  destroy;

  GMutex          mutex; /* guards what follows */
  gboolean        closed;
  gboolean        pending;
  guint64         serial;
  LimnFeedStart  *start;
  LimnStep       *frame;
  GPtrArray      *steps;
  GPtrArray      *turns;
  guint           n_turns_taken;
  GBytes         *state;
  gboolean        no_states;
  gboolean        reuses;
  double          max_slowdown;
};

static void
turn_free (gpointer data)
{
  LimnFeedTurn *turn = data;

  limn_request_free (turn->request);
  g_free (turn);
}

LimnFeed *
limn_feed_new (LimnFeedFunc func, gpointer data, GDestroyNotify destroy)
{
  LimnFeed *feed = g_new0 (LimnFeed, 1);

  g_atomic_ref_count_init (&feed->refs);
  g_mutex_init (&feed->mutex);
  feed->context = g_main_context_ref_thread_default ();
  feed->func = func;
  feed->data = data;
  feed->destroy = destroy;
  feed->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_step_unref);
  feed->turns = g_ptr_array_new_with_free_func (turn_free);
  return feed;
}

LimnFeed *
limn_feed_ref (LimnFeed *feed)
{
  g_atomic_ref_count_inc (&feed->refs);
  return feed;
}

void
limn_feed_unref (LimnFeed *feed)
{
  if (!feed || !g_atomic_ref_count_dec (&feed->refs))
    return;
  if (feed->destroy)
    feed->destroy (feed->data);
  g_clear_pointer (&feed->start, limn_feed_start_free);
  g_clear_pointer (&feed->frame, limn_step_unref);
  g_clear_pointer (&feed->steps, g_ptr_array_unref);
  g_clear_pointer (&feed->turns, g_ptr_array_unref);
  g_clear_pointer (&feed->state, g_bytes_unref);
  g_clear_pointer (&feed->context, g_main_context_unref);
  g_mutex_clear (&feed->mutex);
  g_free (feed);
}

void
limn_feed_close (LimnFeed *feed)
{
  g_autoptr(LimnStep) frame = NULL;
  g_autoptr(GPtrArray) steps = NULL;
  g_autoptr(GBytes) state = NULL;

  g_mutex_lock (&feed->mutex);
  feed->closed = TRUE;
  frame = g_steal_pointer (&feed->frame);
  state = g_steal_pointer (&feed->state);
  steps = feed->steps;
  feed->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_step_unref);
  g_mutex_unlock (&feed->mutex);
}

static gboolean
deliver (gpointer data)
{
  LimnFeed *feed = data;
  gboolean closed;

  g_mutex_lock (&feed->mutex);
  feed->pending = FALSE;
  closed = feed->closed;
  g_mutex_unlock (&feed->mutex);
  if (!closed)
    feed->func (feed, feed->data);
  return G_SOURCE_REMOVE;
}

/* With the lock held. */
static void
notify (LimnFeed *feed)
{
  g_autoptr(GSource) source = NULL;

  if (feed->pending || feed->closed || !feed->func)
    return;
  feed->pending = TRUE;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, deliver, limn_feed_ref (feed), (GDestroyNotify) limn_feed_unref);
  g_source_attach (source, feed->context);
}

guint64
limn_feed_get_serial (LimnFeed *feed)
{
  guint64 serial;

  g_mutex_lock (&feed->mutex);
  serial = feed->serial;
  g_mutex_unlock (&feed->mutex);
  return serial;
}

LimnStep *
limn_feed_take_frame (LimnFeed *feed)
{
  LimnStep *frame;

  g_mutex_lock (&feed->mutex);
  frame = g_steal_pointer (&feed->frame);
  g_mutex_unlock (&feed->mutex);
  return frame;
}

GPtrArray *
limn_feed_take_steps (LimnFeed *feed)
{
  GPtrArray *fresh = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_step_unref);
  GPtrArray *steps;

  g_mutex_lock (&feed->mutex);
  steps = feed->steps;
  feed->steps = fresh;
  g_mutex_unlock (&feed->mutex);
  return steps;
}

GPtrArray *
limn_feed_take_turns (LimnFeed *feed)
{
  GPtrArray *turns = g_ptr_array_new ();

  g_mutex_lock (&feed->mutex);
  for (; feed->n_turns_taken < feed->turns->len; feed->n_turns_taken++)
    g_ptr_array_add (turns, g_ptr_array_index (feed->turns, feed->n_turns_taken));
  g_mutex_unlock (&feed->mutex);
  return turns;
}

const LimnRequest *
limn_feed_get_request (LimnFeed *feed)
{
  const LimnRequest *request;

  g_mutex_lock (&feed->mutex);
  request = feed->start ? feed->start->request : NULL;
  if (feed->turns->len > 0)
    request = ((const LimnFeedTurn *) g_ptr_array_index (feed->turns, feed->turns->len - 1))->request;
  g_mutex_unlock (&feed->mutex);
  return request;
}

void
limn_feed_set_max_slowdown (LimnFeed *feed, double fraction)
{
  g_mutex_lock (&feed->mutex);
  feed->max_slowdown = fraction;
  g_mutex_unlock (&feed->mutex);
}

double
limn_feed_get_max_slowdown (LimnFeed *feed)
{
  double fraction;

  g_mutex_lock (&feed->mutex);
  fraction = feed->max_slowdown;
  g_mutex_unlock (&feed->mutex);
  return fraction;
}

void
limn_feed_set_takes_states (LimnFeed *feed, gboolean takes_states)
{
  g_mutex_lock (&feed->mutex);
  feed->no_states = !takes_states;
  g_mutex_unlock (&feed->mutex);
}

gboolean
limn_feed_takes_states (LimnFeed *feed)
{
  gboolean takes_states;

  g_mutex_lock (&feed->mutex);
  takes_states = !feed->closed && !feed->no_states;
  g_mutex_unlock (&feed->mutex);
  return takes_states;
}

void
limn_feed_set_reuses (LimnFeed *feed, gboolean reuses)
{
  g_mutex_lock (&feed->mutex);
  feed->reuses = reuses;
  g_mutex_unlock (&feed->mutex);
}

gboolean
limn_feed_reuses (LimnFeed *feed)
{
  gboolean reuses;

  g_mutex_lock (&feed->mutex);
  reuses = feed->reuses;
  g_mutex_unlock (&feed->mutex);
  return reuses;
}

GBytes *
limn_feed_take_state (LimnFeed *feed)
{
  GBytes *state;

  g_mutex_lock (&feed->mutex);
  state = g_steal_pointer (&feed->state);
  g_mutex_unlock (&feed->mutex);
  return state;
}

const LimnFeedStart *
limn_feed_get_start (LimnFeed *feed)
{
  const LimnFeedStart *start;

  g_mutex_lock (&feed->mutex);
  start = feed->start;
  g_mutex_unlock (&feed->mutex);
  return start;
}

void
limn_feed_start_free (LimnFeedStart *start)
{
  if (!start)
    return;
  limn_request_free (start->request);
  g_free (start->model_name);
  g_free (start->device);
  g_free (start->driver);
  g_free (start->other_error);
  g_clear_pointer (&start->before, g_ptr_array_unref);
  g_free (start);
}

void
limn_feed_set_serial (LimnFeed *feed, guint64 serial)
{
  g_mutex_lock (&feed->mutex);
  feed->serial = serial;
  g_mutex_unlock (&feed->mutex);
}

void
limn_feed_push_start (LimnFeed *feed, LimnFeedStart *start)
{
  g_mutex_lock (&feed->mutex);
  if (!feed->start)
    feed->start = g_steal_pointer (&start);
  notify (feed);
  g_mutex_unlock (&feed->mutex);
  limn_feed_start_free (start);
}

void
limn_feed_push_turn (LimnFeed *feed, guint step, const LimnRequest *request, guint n_steps)
{
  LimnFeedTurn *turn = g_new0 (LimnFeedTurn, 1);

  turn->step = step;
  turn->request = limn_request_copy (request);
  turn->n_steps = n_steps;
  g_mutex_lock (&feed->mutex);
  g_ptr_array_add (feed->turns, turn);
  notify (feed);
  g_mutex_unlock (&feed->mutex);
}

void
limn_feed_push_step (LimnFeed *feed, LimnStep *step)
{
  g_autoptr(LimnStep) old = NULL;

  g_mutex_lock (&feed->mutex);
  if (!feed->closed)
    {
      if (step->frame)
        {
          old = feed->frame;
          feed->frame = limn_step_ref (step);
        }
      g_ptr_array_add (feed->steps, limn_step_ref (step));
      notify (feed);
    }
  g_mutex_unlock (&feed->mutex);
}

/* No news by itself: the step that follows at once is. */
void
limn_feed_push_state (LimnFeed *feed, GBytes *state)
{
  g_autoptr(GBytes) old = NULL;

  g_mutex_lock (&feed->mutex);
  if (!feed->closed)
    {
      old = feed->state;
      feed->state = g_bytes_ref (state);
    }
  g_mutex_unlock (&feed->mutex);
}
