/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-kept-steps.h"

typedef struct
{
  LimnTrajectory *trajectory;
  LimnRequest    *request;
  gsize           n_bytes;
} Entry;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  limn_trajectory_free (entry->trajectory);
  limn_request_free (entry->request);
  g_free (entry);
}

void
limn_kept_steps_clear (LimnKeptSteps *kept)
{
  g_queue_clear_full (&kept->entries, entry_free);
  kept->n_bytes = 0;
}

/* Latents and estimates, and as much again for a sampler with a long memory. */
static gsize
measure (const LimnTrajectory *trajectory)
{
  gsize n = (gsize) limn_trajectory_get_channels (trajectory) * limn_trajectory_get_height (trajectory) *
            limn_trajectory_get_width (trajectory);

  return n * sizeof (double) * 4 * (limn_trajectory_get_n_steps (trajectory) + 1);
}

void
limn_kept_steps_add (LimnKeptSteps *kept, LimnTrajectory *trajectory)
{
  LimnRequest *request = limn_request_new_from_json (limn_trajectory_get_request (trajectory), "trajectory", NULL);
  Entry *entry;

  if (!request)
    {
      limn_trajectory_free (trajectory);
      return;
    }
  entry = g_new0 (Entry, 1);
  entry->trajectory = trajectory;
  entry->request = request;
  entry->n_bytes = measure (trajectory);
  g_queue_push_head (&kept->entries, entry);
  kept->n_bytes += entry->n_bytes;
  while (kept->entries.length > 1 && (kept->n_bytes > LIMN_KEPT_STEPS_BYTES || kept->entries.length > LIMN_KEPT_STEPS_MAX))
    {
      entry = g_queue_pop_tail (&kept->entries);
      kept->n_bytes -= entry->n_bytes;
      entry_free (entry);
    }
}

const LimnTrajectory *
limn_kept_steps_find (LimnKeptSteps *kept, const LimnGeneration *generation, guint shared, guint limit)
{
  const LimnTrajectory *best = NULL;

  for (GList *link = kept->entries.head; link; link = link->next)
    {
      const Entry *entry = link->data;
      guint n = limn_generation_count_shared (generation, entry->trajectory, entry->request, limit);

      if (n > shared)
        {
          shared = n;
          best = entry->trajectory;
        }
    }
  return best;
}
