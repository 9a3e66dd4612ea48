/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kept steps of a picture. What is accepted points to what is there, and survives being written and read again. */
#include "config.h"

#include "library/limn-trajectory.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

static void
demand (gboolean condition)
{
  if (!condition)
    g_abort ();
}

/* Every number of every state is read, so that one beyond its array would be seen. */
static void
compare_states (const LimnTrajectory *a,
                const LimnTrajectory *b,
                guint                 step)
{
  g_autoptr(GPtrArray) state = limn_trajectory_get_state (a, step);
  g_autoptr(GPtrArray) other = limn_trajectory_get_state (b, step);

  demand ((state == NULL) == (other == NULL) && (state == NULL) == !limn_trajectory_has_state (a, step));
  for (guint i = 0; state != NULL && i < state->len; i++)
    {
      const LimnTrajectoryArray *one = g_ptr_array_index (state, i);
      const LimnTrajectoryArray *two = NULL;

      for (guint k = 0; k < other->len && two == NULL; k++)
        if (strcmp (((LimnTrajectoryArray *) g_ptr_array_index (other, k))->name, one->name) == 0)
          two = g_ptr_array_index (other, k);
      demand (two != NULL && two->n == one->n);
      demand (one->n == 0 || memcmp (one->values, two->values, one->n * sizeof (double)) == 0);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size);
  g_autoptr(GBytes) written = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnTrajectory) trajectory = limn_trajectory_parse (bytes, &error);
  g_autoptr(LimnTrajectory) again = NULL;
  gsize n;

  demand ((trajectory == NULL) == (error != NULL));
  if (trajectory == NULL)
    {
      demand (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  written = limn_trajectory_to_bytes (trajectory, NULL);
  again = limn_trajectory_parse (written, NULL);
  demand (again != NULL && limn_trajectory_get_n_steps (again) == limn_trajectory_get_n_steps (trajectory));
  n = (gsize) limn_trajectory_get_channels (trajectory) * limn_trajectory_get_height (trajectory)
      * limn_trajectory_get_width (trajectory) * sizeof (double);
  for (guint i = 0; i <= limn_trajectory_get_n_steps (trajectory); i++)
    {
      demand (memcmp (limn_trajectory_get_latent (trajectory, i), limn_trajectory_get_latent (again, i), n) == 0);
      compare_states (trajectory, again, i);
    }
  return 0;
}
