/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is kept of a sampler refers to arrays by content: most are a latent or an estimate that is there already, or are remembered for
 * several steps. Whether one is there is asked by comparing it with all of its length, the newest first: those that differ do so within the
 * first few numbers. */
#include "config.h"

#include "library/limn-trajectory-private.h"

#include <math.h>
#include <string.h>

#define MAX_NAME 64

static void
refs_free (gpointer data)
{
  if (data != NULL)
    g_array_unref (data);
}

LimnTrajectory *
limn_trajectory_new_empty (const char *request_json,
                           guint       channels,
                           guint       height,
                           guint       width)
{
  LimnTrajectory *trajectory = g_new0 (LimnTrajectory, 1);

  trajectory->request = g_strdup (request_json);
  trajectory->channels = channels;
  trajectory->height = height;
  trajectory->width = width;
  trajectory->n_cells = (gsize) channels * height * width;
  trajectory->latents = g_array_new (FALSE, FALSE, sizeof (double));
  trajectory->denoised = g_array_new (FALSE, FALSE, sizeof (double));
  trajectory->sigmas = g_array_new (FALSE, FALSE, sizeof (double));
  trajectory->timesteps = g_array_new (FALSE, FALSE, sizeof (double));
  trajectory->pools = g_ptr_array_new_with_free_func (limn_trajectory_pool_free);
  trajectory->names = g_ptr_array_new_with_free_func (g_free);
  trajectory->states = g_ptr_array_new_with_free_func (refs_free);
  trajectory->history = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  return trajectory;
}

LimnTrajectory *
limn_trajectory_new (const char   *request_json,
                     guint         channels,
                     guint         height_lt,
                     guint         width_lt,
                     const double *start,
                     double        sigma)
{
  LimnTrajectory *trajectory;

  g_return_val_if_fail (request_json != NULL && start != NULL, NULL);
  g_return_val_if_fail (channels > 0 && height_lt > 0 && width_lt > 0, NULL);

  trajectory = limn_trajectory_new_empty (request_json, channels, height_lt, width_lt);
  g_array_append_vals (trajectory->latents, start, trajectory->n_cells);
  g_array_append_val (trajectory->sigmas, sigma);
  return trajectory;
}

void
limn_trajectory_free (LimnTrajectory *trajectory)
{
  if (trajectory == NULL)
    return;
  g_free (trajectory->request);
  g_free (trajectory->origin);
  g_array_unref (trajectory->latents);
  g_array_unref (trajectory->denoised);
  g_array_unref (trajectory->sigmas);
  g_array_unref (trajectory->timesteps);
  g_ptr_array_unref (trajectory->pools);
  g_ptr_array_unref (trajectory->names);
  g_ptr_array_unref (trajectory->states);
  g_hash_table_unref (trajectory->history);
  g_free (trajectory);
}

void
limn_trajectory_append (LimnTrajectory *trajectory,
                        double          timestep,
                        const double   *denoised,
                        const double   *latent,
                        double          sigma)
{
  g_return_if_fail (denoised != NULL && latent != NULL);
  /* GArray counts in guint; 2^32 cells are 32 GiB. */
  g_return_if_fail (trajectory->n_cells < G_MAXUINT - trajectory->latents->len);

  g_array_append_val (trajectory->timesteps, timestep);
  g_array_append_vals (trajectory->denoised, denoised, trajectory->n_cells);
  g_array_append_vals (trajectory->latents, latent, trajectory->n_cells);
  g_array_append_val (trajectory->sigmas, sigma);
}

/* --- The state of the sampler at hand --- */

gboolean
limn_trajectory_name_is_valid (const char *name)
{
  gsize length = strlen (name);

  return length >= 1 && length <= MAX_NAME && strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == length;
}

void
limn_trajectory_set_history (LimnTrajectory *trajectory,
                             const char     *name,
                             gsize           n,
                             const double   *values)
{
  GArray *array;

  g_return_if_fail (limn_trajectory_name_is_valid (name));
  g_return_if_fail (n <= G_MAXUINT / sizeof (double) && (n == 0 || values != NULL));

  array = g_array_sized_new (FALSE, FALSE, sizeof (double), n);
  g_array_append_vals (array, values, n);
  g_hash_table_replace (trajectory->history, g_strdup (name), array);
  trajectory->is_ahead = TRUE;
}

void
limn_trajectory_clear_history (LimnTrajectory *trajectory)
{
  g_hash_table_remove_all (trajectory->history);
  trajectory->is_ahead = TRUE;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
limn_trajectory_list_history (const LimnTrajectory *trajectory)
{
  GPtrArray *names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, trajectory->history);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, name);
  g_ptr_array_sort (names, compare_names);
  return names;
}

const double *
limn_trajectory_get_history (const LimnTrajectory *trajectory,
                             const char           *name,
                             gsize                *n)
{
  const GArray *array = g_hash_table_lookup (trajectory->history, name);
  static const double none;

  if (array == NULL)
    return NULL;
  if (n != NULL)
    *n = array->len;
  return array->len > 0 ? (const double *) array->data : &none;
}

/* --- The states that are kept --- */

void
limn_trajectory_pool_free (gpointer data)
{
  LimnTrajectoryPool *pool = data;

  g_array_unref (pool->values);
  g_free (pool);
}

LimnTrajectoryPool *
limn_trajectory_find_pool (const LimnTrajectory *trajectory,
                           gsize                 length)
{
  for (guint i = 0; i < trajectory->pools->len; i++)
    {
      LimnTrajectoryPool *pool = g_ptr_array_index (trajectory->pools, i);

      if (pool->length == length)
        return pool;
    }
  return NULL;
}

LimnTrajectoryPool *
limn_trajectory_add_pool (LimnTrajectory *trajectory,
                          gsize           length)
{
  LimnTrajectoryPool *pool = g_new0 (LimnTrajectoryPool, 1);

  pool->length = length;
  pool->values = g_array_new (FALSE, FALSE, sizeof (double));
  g_ptr_array_add (trajectory->pools, pool);
  return pool;
}

const char *
limn_trajectory_intern (LimnTrajectory *trajectory,
                        const char     *name)
{
  for (guint i = 0; i < trajectory->names->len; i++)
    if (strcmp (g_ptr_array_index (trajectory->names, i), name) == 0)
      return g_ptr_array_index (trajectory->names, i);
  g_ptr_array_add (trajectory->names, g_strdup (name));
  return g_ptr_array_index (trajectory->names, trajectory->names->len - 1);
}

void
limn_trajectory_set_refs (LimnTrajectory *trajectory,
                          guint           step,
                          GArray         *refs)
{
  if (trajectory->states->len <= step)
    g_ptr_array_set_size (trajectory->states, step + 1);
  refs_free (g_ptr_array_index (trajectory->states, step));
  g_ptr_array_index (trajectory->states, step) = refs;
}

/* The last of the rows of @length in @values that equals @row, if there is one. */
static gboolean
find_row (const GArray *values,
          gsize         length,
          const double *row,
          guint        *found)
{
  for (gsize i = values->len / length; i-- > 0;)
    if (memcmp ((const double *) values->data + i * length, row, length * sizeof *row) == 0)
      {
        *found = i;
        return TRUE;
      }
  return FALSE;
}

static void
keep_array (LimnTrajectory    *trajectory,
            const GArray      *array,
            LimnTrajectoryRef *ref)
{
  const double *values = (const double *) array->data;
  LimnTrajectoryPool *pool;

  ref->length = array->len;
  ref->source = LIMN_TRAJECTORY_POOL;
  ref->row = 0;
  if (array->len == 0)
    return;
  if (array->len == trajectory->n_cells)
    {
      if (find_row (trajectory->latents, array->len, values, &ref->row))
        {
          ref->source = LIMN_TRAJECTORY_LATENTS;
          return;
        }
      if (find_row (trajectory->denoised, array->len, values, &ref->row))
        {
          ref->source = LIMN_TRAJECTORY_DENOISED;
          return;
        }
    }
  pool = limn_trajectory_find_pool (trajectory, array->len);
  if (pool == NULL)
    pool = limn_trajectory_add_pool (trajectory, array->len);
  if (find_row (pool->values, array->len, values, &ref->row))
    return;
  g_return_if_fail (array->len < G_MAXUINT - pool->values->len);
  ref->row = pool->values->len / array->len;
  g_array_append_vals (pool->values, values, array->len);
}

void
limn_trajectory_keep_state (LimnTrajectory *trajectory,
                            guint           step)
{
  g_autoptr(GPtrArray) names = limn_trajectory_list_history (trajectory);
  GArray *refs = NULL;

  g_return_if_fail (step <= trajectory->timesteps->len);

  if (names->len > 0)
    refs = g_array_sized_new (FALSE, TRUE, sizeof (LimnTrajectoryRef), names->len);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      LimnTrajectoryRef ref = { .name = limn_trajectory_intern (trajectory, name) };

      keep_array (trajectory, g_hash_table_lookup (trajectory->history, name), &ref);
      g_array_append_val (refs, ref);
    }
  limn_trajectory_set_refs (trajectory, step, refs);
  if (step == trajectory->timesteps->len)
    trajectory->is_ahead = FALSE;
}

static const GArray *
get_refs (const LimnTrajectory *trajectory,
          guint                 step)
{
  return step < trajectory->states->len ? g_ptr_array_index (trajectory->states, step) : NULL;
}

gboolean
limn_trajectory_has_state (const LimnTrajectory *trajectory,
                           guint                 step)
{
  return get_refs (trajectory, step) != NULL;
}

static const double *
get_row (const LimnTrajectory    *trajectory,
         const LimnTrajectoryRef *ref)
{
  static const double none;
  const GArray *values = NULL;

  if (ref->length == 0)
    return &none;
  switch (ref->source)
    {
    case LIMN_TRAJECTORY_LATENTS:
      values = trajectory->latents;
      break;
    case LIMN_TRAJECTORY_DENOISED:
      values = trajectory->denoised;
      break;
    case LIMN_TRAJECTORY_POOL:
      values = limn_trajectory_find_pool (trajectory, ref->length)->values;
      break;
    }
  return (const double *) values->data + ref->length * ref->row;
}

GPtrArray *
limn_trajectory_get_state (const LimnTrajectory *trajectory,
                           guint                 step)
{
  const GArray *refs = get_refs (trajectory, step);
  GPtrArray *state;

  if (refs == NULL)
    return NULL;
  state = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < refs->len; i++)
    {
      const LimnTrajectoryRef *ref = &g_array_index (refs, LimnTrajectoryRef, i);
      LimnTrajectoryArray *array = g_new0 (LimnTrajectoryArray, 1);

      array->name = ref->name;
      array->n = ref->length;
      array->values = get_row (trajectory, ref);
      g_ptr_array_add (state, array);
    }
  return state;
}

/* @state: (nullable) */
static void
set_history (LimnTrajectory  *trajectory,
             const GPtrArray *state)
{
  limn_trajectory_clear_history (trajectory);
  for (guint i = 0; state != NULL && i < state->len; i++)
    {
      const LimnTrajectoryArray *array = g_ptr_array_index (state, i);

      limn_trajectory_set_history (trajectory, array->name, array->n, array->values);
    }
}

void
limn_trajectory_take_up_state (LimnTrajectory *trajectory,
                               guint           step)
{
  g_autoptr(GPtrArray) state = limn_trajectory_get_state (trajectory, step);

  set_history (trajectory, state);
  trajectory->is_ahead = FALSE;
}

/* Of the step that @trajectory is at. */
static void
copy_state (LimnTrajectory       *trajectory,
            const LimnTrajectory *from,
            guint                 step)
{
  g_autoptr(GPtrArray) state = limn_trajectory_get_state (from, step);

  set_history (trajectory, state);
  limn_trajectory_keep_state (trajectory, step);
}

void
limn_trajectory_append_from (LimnTrajectory       *trajectory,
                             const LimnTrajectory *from,
                             guint                 n_steps)
{
  g_return_if_fail (n_steps <= from->timesteps->len && trajectory->n_cells == from->n_cells);

  for (guint i = trajectory->timesteps->len; i <= n_steps; i++)
    {
      if (limn_trajectory_has_state (from, i) && !limn_trajectory_has_state (trajectory, i))
        copy_state (trajectory, from, i);
      if (i < n_steps)
        limn_trajectory_append (trajectory, limn_trajectory_get_timestep (from, i), limn_trajectory_get_denoised (from, i),
                                limn_trajectory_get_latent (from, i + 1), limn_trajectory_get_sigma (from, i + 1));
    }
  limn_trajectory_clear_history (trajectory);
  trajectory->is_ahead = FALSE;
}

guint
limn_trajectory_get_n_steps (const LimnTrajectory *trajectory)
{
  return trajectory->timesteps->len;
}

guint
limn_trajectory_get_channels (const LimnTrajectory *trajectory)
{
  return trajectory->channels;
}

guint
limn_trajectory_get_height (const LimnTrajectory *trajectory)
{
  return trajectory->height;
}

guint
limn_trajectory_get_width (const LimnTrajectory *trajectory)
{
  return trajectory->width;
}

const char *
limn_trajectory_get_request (const LimnTrajectory *trajectory)
{
  return trajectory->request;
}

void
limn_trajectory_set_request (LimnTrajectory *trajectory,
                             const char     *request_json)
{
  char *copy;

  g_return_if_fail (request_json != NULL);

  copy = g_strdup (request_json);
  g_free (trajectory->request);
  trajectory->request = copy;
}

void
limn_trajectory_set_origin (LimnTrajectory *trajectory,
                            const char     *json)
{
  char *copy = g_strdup (json);

  g_free (trajectory->origin);
  trajectory->origin = copy;
}

const char *
limn_trajectory_get_origin (const LimnTrajectory *trajectory)
{
  return trajectory->origin;
}

const double *
limn_trajectory_get_latent (const LimnTrajectory *trajectory,
                            guint                 step)
{
  g_return_val_if_fail (step < trajectory->sigmas->len, NULL);

  return (const double *) trajectory->latents->data + trajectory->n_cells * step;
}

const double *
limn_trajectory_get_denoised (const LimnTrajectory *trajectory,
                              guint                 step)
{
  g_return_val_if_fail (step < trajectory->timesteps->len, NULL);

  return (const double *) trajectory->denoised->data + trajectory->n_cells * step;
}

double
limn_trajectory_get_sigma (const LimnTrajectory *trajectory,
                           guint                 step)
{
  g_return_val_if_fail (step < trajectory->sigmas->len, NAN);

  return g_array_index (trajectory->sigmas, double, step);
}

double
limn_trajectory_get_timestep (const LimnTrajectory *trajectory,
                              guint                 step)
{
  g_return_val_if_fail (step < trajectory->timesteps->len, NAN);

  return g_array_index (trajectory->timesteps, double, step);
}
