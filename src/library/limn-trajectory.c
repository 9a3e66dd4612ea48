/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library/limn-trajectory.h"

#include "base/limn-error.h"
#include "formats/limn-json.h"
#include "formats/limn-safetensors-writer.h"
#include "formats/limn-safetensors.h"
#include "library/limn-atomic-file.h"

#include <math.h>
#include <string.h>

#if G_BYTE_ORDER != G_LITTLE_ENDIAN
#error "safetensors is little-endian, and so far only such machines are served"
#endif

#define HISTORY_PREFIX "history/"
#define FORMAT_KEY "limn-format"
#define FORMAT_VALUE "trajectory-1"
#define REQUEST_KEY "limn"
#define ORIGIN_KEY "limn-origin"
#define MAX_NAME 64

typedef struct
{
  guint64 shape[LIMN_SAFETENSORS_MAX_DIMS];
  guint   n_dims;
  double *data;
} History;

struct _LimnTrajectory
{
  char       *request;
  char       *origin;    /* (nullable) */
  guint       channels;
  guint       height;
  guint       width;
  gsize       n_cells;   /* doubles of one latent */
  GArray     *latents;   /* of double, as are the others */
  GArray     *denoised;
  GArray     *sigmas;
  GArray     *timesteps;
  GHashTable *history;   /* name -> History */
};

static void
history_free (gpointer data)
{
  History *history = data;

  g_free (history->data);
  g_free (history);
}

static LimnTrajectory *
trajectory_new_empty (const char *request_json,
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
  trajectory->history = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, history_free);
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

  trajectory = trajectory_new_empty (request_json, channels, height_lt, width_lt);
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

static gboolean
history_name_is_valid (const char *name)
{
  gsize length = strlen (name);

  return length >= 1 && length <= MAX_NAME && strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == length;
}

void
limn_trajectory_set_history (LimnTrajectory *trajectory,
                             const char     *name,
                             const guint64  *shape,
                             guint           n_dims,
                             const double   *data)
{
  History *history;
  gsize n = 1;

  g_return_if_fail (history_name_is_valid (name));
  g_return_if_fail (n_dims <= LIMN_SAFETENSORS_MAX_DIMS);

  for (guint i = 0; i < n_dims; i++)
    g_return_if_fail (g_size_checked_mul (&n, n, shape[i]));
  g_return_if_fail (n <= G_MAXSIZE / sizeof (double) && (n == 0 || data != NULL));

  history = g_new0 (History, 1);
  history->n_dims = n_dims;
  if (n_dims > 0)
    memcpy (history->shape, shape, n_dims * sizeof *shape);
  history->data = g_new (double, MAX (n, 1));
  if (n > 0)
    memcpy (history->data, data, n * sizeof (double));
  g_hash_table_replace (trajectory->history, g_strdup (name), history);
}

void
limn_trajectory_clear_history (LimnTrajectory *trajectory)
{
  g_hash_table_remove_all (trajectory->history);
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
limn_trajectory_get_history (const LimnTrajectory  *trajectory,
                             const char            *name,
                             const guint64        **shape,
                             guint                 *n_dims)
{
  const History *history = g_hash_table_lookup (trajectory->history, name);

  if (history == NULL)
    return NULL;
  if (shape != NULL)
    *shape = history->shape;
  if (n_dims != NULL)
    *n_dims = history->n_dims;
  return history->data;
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

/* ------------------------------------------------------------------------------------------------ files */

/* Borrowed: the writer is gone before @data is. */
static void
add_borrowed (LimnSafetensorsWriter *writer,
              const char            *name,
              guint                  n_dims,
              const guint64         *shape,
              const void            *data)
{
  gsize n_bytes = sizeof (double);
  g_autoptr(GBytes) bytes = NULL;

  for (guint i = 0; i < n_dims; i++)
    n_bytes *= shape[i];
  bytes = g_bytes_new_static (n_bytes > 0 ? data : NULL, n_bytes);
  limn_safetensors_writer_add (writer, name, LIMN_SAFETENSORS_F64, n_dims, shape, bytes);
}

GBytes *
limn_trajectory_to_bytes (const LimnTrajectory  *trajectory,
                          GError               **error)
{
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(GPtrArray) names = limn_trajectory_list_history (trajectory);
  const guint64 n = trajectory->timesteps->len;
  guint64 shape[4] = { n + 1, trajectory->channels, trajectory->height, trajectory->width };

  limn_safetensors_writer_set_metadata (writer, FORMAT_KEY, FORMAT_VALUE);
  limn_safetensors_writer_set_metadata (writer, REQUEST_KEY, trajectory->request);
  if (trajectory->origin)
    limn_safetensors_writer_set_metadata (writer, ORIGIN_KEY, trajectory->origin);
  add_borrowed (writer, "latents", 4, shape, trajectory->latents->data);
  add_borrowed (writer, "sigmas", 1, shape, trajectory->sigmas->data);
  shape[0] = n;
  add_borrowed (writer, "denoised", 4, shape, trajectory->denoised->data);
  add_borrowed (writer, "timesteps", 1, shape, trajectory->timesteps->data);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      const History *history = g_hash_table_lookup (trajectory->history, name);
      g_autofree char *full = g_strconcat (HISTORY_PREFIX, name, NULL);

      add_borrowed (writer, full, history->n_dims, history->shape, history->data);
    }
  return limn_safetensors_writer_to_bytes (writer);
}

gboolean
limn_trajectory_save (const LimnTrajectory  *trajectory,
                      const char            *path,
                      GError               **error)
{
  g_autoptr(GBytes) bytes = limn_trajectory_to_bytes (trajectory, error);

  return bytes != NULL && limn_atomic_file_write (path, bytes, error);
}

static gboolean
fail (GError               **error,
      const LimnSafetensors *file,
      const char            *cause)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "“%s” does not hold the steps of a picture (%s).",
               limn_safetensors_get_name (file), cause);
  return FALSE;
}

/* The F64 tensor @name, which must have the first @n_dims of @shape; a 0 there takes any positive number and receives it. */
static const LimnSafetensorsTensor *
find (const LimnSafetensors  *file,
      const char             *name,
      guint64                *shape,
      guint                   n_dims,
      GError                **error)
{
  const LimnSafetensorsTensor *tensor = limn_safetensors_lookup (file, name);
  g_autofree char *cause = NULL;

  if (tensor == NULL)
    cause = g_strdup_printf ("“%s” is missing", name);
  else if (tensor->dtype != LIMN_SAFETENSORS_F64)
    cause = g_strdup_printf ("“%s” is %s, not F64", name, tensor->dtype_name);
  else if (tensor->n_dims != n_dims)
    cause = g_strdup_printf ("“%s” has %u dimensions, not %u", name, tensor->n_dims, n_dims);
  if (cause != NULL)
    {
      fail (error, file, cause);
      return NULL;
    }
  for (guint i = 0; i < n_dims; i++)
    {
      if (shape[i] == 0 && tensor->dims[i] > 0 && tensor->dims[i] <= G_MAXINT)
        shape[i] = tensor->dims[i];
      if (shape[i] != tensor->dims[i] || shape[i] == 0)
        {
          cause = g_strdup_printf ("“%s” has a wrong size", name);
          fail (error, file, cause);
          return NULL;
        }
    }
  return tensor;
}

static gboolean
read_all (const LimnSafetensors        *file,
          const LimnSafetensorsTensor  *tensor,
          GArray                       *values,
          GError                      **error)
{
  if (tensor->n_elements > G_MAXUINT / sizeof (double))
    return fail (error, file, "it is too large");
  g_array_set_size (values, tensor->n_elements);
  if (!limn_safetensors_read_f64 (file, tensor, 0, tensor->n_elements, (double *) values->data, error))
    return FALSE;
  for (guint64 i = 0; i < tensor->n_elements; i++)
    if (!isfinite (g_array_index (values, double, i)))
      {
        g_autofree char *cause = g_strdup_printf ("“%s” holds a number that is none", tensor->name);

        return fail (error, file, cause);
      }
  return TRUE;
}

static gboolean
read_history (LimnTrajectory               *trajectory,
              const LimnSafetensors        *file,
              const LimnSafetensorsTensor  *tensor,
              GError                      **error)
{
  const char *name = tensor->name + strlen (HISTORY_PREFIX);
  g_autofree double *data = NULL;

  if (!g_str_has_prefix (tensor->name, HISTORY_PREFIX) || !history_name_is_valid (name)
      || tensor->dtype != LIMN_SAFETENSORS_F64)
    {
      g_autofree char *cause = g_strdup_printf ("“%s” does not belong there", tensor->name);

      return fail (error, file, cause);
    }
  /* Logarithms of sigma are kept here: at sigma 0 an infinity is right. */
  data = g_new (double, MAX (tensor->n_elements, 1));
  if (!limn_safetensors_read_f64 (file, tensor, 0, tensor->n_elements, data, error))
    return FALSE;
  limn_trajectory_set_history (trajectory, name, tensor->dims, tensor->n_dims, data);
  return TRUE;
}

static LimnTrajectory *
trajectory_read (const LimnSafetensors  *file,
                 GError                **error)
{
  g_autoptr(LimnTrajectory) trajectory = NULL;
  g_autoptr(LimnJson) json = NULL;
  g_autoptr(LimnJson) origin_json = NULL;
  const char *request = limn_safetensors_get_metadata (file, REQUEST_KEY);
  const char *origin = limn_safetensors_get_metadata (file, ORIGIN_KEY);
  const LimnSafetensorsTensor *latents, *denoised = NULL, *sigmas, *timesteps = NULL;
  guint64 shape[4] = { 0 };
  gboolean has_steps;

  if (g_strcmp0 (limn_safetensors_get_metadata (file, FORMAT_KEY), FORMAT_VALUE) != 0)
    {
      fail (error, file, "it is not marked as “" FORMAT_VALUE "”");
      return NULL;
    }
  if (request == NULL)
    {
      fail (error, file, "the request is missing");
      return NULL;
    }
  json = limn_json_new_for_data (request, strlen (request), limn_safetensors_get_name (file), 0, error);
  if (json == NULL)
    return NULL;
  if (origin != NULL)
    {
      origin_json = limn_json_new_for_data (origin, strlen (origin), limn_safetensors_get_name (file), 0, error);
      if (origin_json == NULL)
        return NULL;
    }

  latents = find (file, "latents", shape, 4, error);
  if (latents == NULL)
    return NULL;
  sigmas = find (file, "sigmas", shape, 1, error);
  if (sigmas == NULL)
    return NULL;
  has_steps = --shape[0] > 0;
  if (has_steps)
    {
      denoised = find (file, "denoised", shape, 4, error);
      if (denoised == NULL)
        return NULL;
      timesteps = find (file, "timesteps", shape, 1, error);
      if (timesteps == NULL)
        return NULL;
    }

  trajectory = trajectory_new_empty (request, shape[1], shape[2], shape[3]);
  limn_trajectory_set_origin (trajectory, origin);
  if (!read_all (file, latents, trajectory->latents, error) || !read_all (file, sigmas, trajectory->sigmas, error))
    return NULL;
  if (has_steps
      && (!read_all (file, denoised, trajectory->denoised, error)
          || !read_all (file, timesteps, trajectory->timesteps, error)))
    return NULL;
  for (guint i = 0; i < trajectory->sigmas->len; i++)
    if (g_array_index (trajectory->sigmas, double, i) < 0)
      {
        fail (error, file, "a noise level is negative");
        return NULL;
      }

  for (guint i = 0; i < limn_safetensors_get_n (file); i++)
    {
      const LimnSafetensorsTensor *tensor = limn_safetensors_get_nth (file, i);

      if (tensor == latents || tensor == sigmas || tensor == denoised || tensor == timesteps)
        continue;
      /* Before the first step these two are there but empty. */
      if (!has_steps && tensor->n_elements == 0
          && (strcmp (tensor->name, "denoised") == 0 || strcmp (tensor->name, "timesteps") == 0))
        continue;
      if (!read_history (trajectory, file, tensor, error))
        return NULL;
    }
  return g_steal_pointer (&trajectory);
}

LimnTrajectory *
limn_trajectory_load (const char  *path,
                      GError     **error)
{
  g_autoptr(LimnSafetensors) file = limn_safetensors_open (path, error);

  return file != NULL ? trajectory_read (file, error) : NULL;
}

LimnTrajectory *
limn_trajectory_parse (GBytes  *bytes,
                       GError **error)
{
  g_autoptr(LimnSafetensors) file = limn_safetensors_new_for_bytes (bytes, "trajectory", error);

  return file != NULL ? trajectory_read (file, error) : NULL;
}
