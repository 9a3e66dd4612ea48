/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library/limn-trajectory-private.h"

#include "base/limn-error.h"
#include "formats/limn-json.h"
#include "formats/limn-safetensors-writer.h"
#include "formats/limn-safetensors.h"
#include "library/limn-atomic-file.h"

#include <math.h>
#include <string.h>
#include <zlib.h>

#if G_BYTE_ORDER != G_LITTLE_ENDIAN
#error "safetensors is little-endian, and so far only such machines are served"
#endif

#define FORMAT_KEY "limn-format"
#define FORMAT_VALUE "trajectory-2"
#define REQUEST_KEY "limn"
#define ORIGIN_KEY "limn-origin"
#define CHECK_KEY "limn-crc32"
#define CHECK_PART (1u << 20) /* bytes at a time */

#define STATE_PREFIX "state/"
#define POOL_PREFIX "pool/"

/* Until there was a state of every step there was one, of the last. */
#define OLD_FORMAT_VALUE "trajectory-1"
#define OLD_PREFIX "history/"

/* Names, and lengths, of the arrays of all states: a sampler has at most ten. Each is looked for among all. */
#define MAX_KINDS 64

/* A row of a state's table. */
enum
{
  ROW_STEP,
  ROW_SOURCE,
  ROW_LENGTH,
  ROW_NUMBER,
  ROW_N,
};

/* What is written, and the checksum of it. A flipped bit is a number like any other, and would quietly become another picture. */
typedef struct
{
  LimnSafetensorsWriter *writer;
  guint32                check;
} Sink;

/* CRC-32 and no hash: every step is written while the picture is painted, and the disk's accidents are meant, nobody's intention. */
static guint32
check_text (guint32     check,
            const char *text)
{
  return crc32_z (check, (const guchar *) text, strlen (text) + 1);
}

static guint32
check_head (guint32        check,
            const char    *name,
            guint          n_dims,
            const guint64 *dims)
{
  return crc32_z (check_text (check, name), (const guchar *) dims, n_dims * sizeof *dims);
}

/* Of nothing, nothing: where it lies in the file is undetermined. */
static void
check_tensor (Sink          *sink,
              const char    *name,
              guint          n_dims,
              const guint64 *dims,
              gsize          n_bytes,
              const void    *data)
{
  if (n_bytes > 0)
    sink->check = crc32_z (check_head (sink->check, name, n_dims, dims), data, n_bytes);
}

/* Borrowed: the writer is gone before @data is. */
static void
add_borrowed (Sink                  *sink,
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
  check_tensor (sink, name, n_dims, shape, n_bytes, data);
  limn_safetensors_writer_add (sink->writer, name, LIMN_SAFETENSORS_F64, n_dims, shape, bytes);
}

/* The arrays of all states that are called @name. */
static void
add_states (Sink                 *sink,
            const LimnTrajectory *trajectory,
            const char           *name)
{
  g_autofree char *full = g_strconcat (STATE_PREFIX, name, NULL);
  g_autoptr(GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64[ROW_N]));
  guint64 shape[2] = { 0, ROW_N };

  for (guint step = 0; step < trajectory->states->len; step++)
    {
      const GArray *refs = g_ptr_array_index (trajectory->states, step);

      for (guint i = 0; refs != NULL && i < refs->len; i++)
        {
          const LimnTrajectoryRef *ref = &g_array_index (refs, LimnTrajectoryRef, i);
          const gint64 row[ROW_N] = { step, ref->source, ref->length, ref->row };

          if (ref->name == name)
            g_array_append_val (rows, row);
        }
    }
  shape[0] = rows->len;
  if (rows->len == 0)
    return;
  check_tensor (sink, full, 2, shape, rows->len * sizeof (gint64[ROW_N]), rows->data);
  limn_safetensors_writer_add_copy (sink->writer, full, LIMN_SAFETENSORS_I64, 2, shape, rows->data);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GBytes *
limn_trajectory_to_bytes (LimnTrajectory  *trajectory,
                          GError         **error)
{
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  Sink sink = { writer, check_text (0, trajectory->request) };
  char check[9];
  const guint64 n = trajectory->timesteps->len;
  guint64 shape[4] = { n + 1, trajectory->channels, trajectory->height, trajectory->width };

  if (trajectory->is_ahead)
    limn_trajectory_keep_state (trajectory, n);

  limn_safetensors_writer_set_metadata (writer, FORMAT_KEY, FORMAT_VALUE);
  limn_safetensors_writer_set_metadata (writer, REQUEST_KEY, trajectory->request);
  if (trajectory->origin)
    {
      limn_safetensors_writer_set_metadata (writer, ORIGIN_KEY, trajectory->origin);
      sink.check = check_text (sink.check, trajectory->origin);
    }
  add_borrowed (&sink, "latents", 4, shape, trajectory->latents->data);
  add_borrowed (&sink, "sigmas", 1, shape, trajectory->sigmas->data);
  shape[0] = n;
  add_borrowed (&sink, "denoised", 4, shape, trajectory->denoised->data);
  add_borrowed (&sink, "timesteps", 1, shape, trajectory->timesteps->data);

  g_ptr_array_extend (names, trajectory->names, NULL, NULL);
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    add_states (&sink, trajectory, g_ptr_array_index (names, i));
  for (guint i = 0; i < trajectory->pools->len; i++)
    {
      const LimnTrajectoryPool *pool = g_ptr_array_index (trajectory->pools, i);
      g_autofree char *full = g_strdup_printf (POOL_PREFIX "%" G_GSIZE_FORMAT, pool->length);

      add_borrowed (&sink, full, 2, (guint64[]){ pool->values->len / pool->length, pool->length }, pool->values->data);
    }
  g_snprintf (check, sizeof check, "%08x", sink.check);
  limn_safetensors_writer_set_metadata (writer, CHECK_KEY, check);
  return limn_safetensors_writer_to_bytes (writer);
}

gboolean
limn_trajectory_save (LimnTrajectory  *trajectory,
                      const char      *path,
                      GError         **error)
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
fail_at (GError                     **error,
         const LimnSafetensors       *file,
         const LimnSafetensorsTensor *tensor,
         const char                  *what)
{
  g_autofree char *cause = g_strdup_printf ("“%s” %s", tensor->name, what);

  return fail (error, file, cause);
}

/* The state of the last step, of the first version. */
static gboolean
read_history (LimnTrajectory               *trajectory,
              const LimnSafetensors        *file,
              const LimnSafetensorsTensor  *tensor,
              GError                      **error)
{
  const char *name = tensor->name + strlen (OLD_PREFIX);
  g_autofree double *data = NULL;

  if (!g_str_has_prefix (tensor->name, OLD_PREFIX) || !limn_trajectory_name_is_valid (name)
      || tensor->dtype != LIMN_SAFETENSORS_F64)
    return fail_at (error, file, tensor, "does not belong there");
  if (tensor->n_elements > G_MAXUINT / sizeof (double))
    return fail (error, file, "it is too large");
  data = g_new (double, MAX (tensor->n_elements, 1));
  if (!limn_safetensors_read_f64 (file, tensor, 0, tensor->n_elements, data, error))
    return FALSE;
  limn_trajectory_set_history (trajectory, name, tensor->n_elements, data);
  return TRUE;
}

/* What the numbers mean is the sampler's: a logarithm of sigma 0 is rightly infinite. */
static gboolean
read_pool (LimnTrajectory               *trajectory,
           const LimnSafetensors        *file,
           const LimnSafetensorsTensor  *tensor,
           GError                      **error)
{
  g_autofree char *name = NULL;
  LimnTrajectoryPool *pool;

  if (tensor->dtype != LIMN_SAFETENSORS_F64 || tensor->n_dims != 2 || tensor->n_elements == 0)
    return fail_at (error, file, tensor, "has a wrong size");
  if (tensor->n_elements > G_MAXUINT / sizeof (double))
    return fail (error, file, "it is too large");
  name = g_strdup_printf (POOL_PREFIX "%" G_GUINT64_FORMAT, tensor->dims[1]);
  if (strcmp (name, tensor->name) != 0)
    return fail_at (error, file, tensor, "has a wrong size");
  if (trajectory->pools->len >= MAX_KINDS)
    return fail (error, file, "it has too many parts");
  /* Two of a length would be two of a name, which the file's reader has refused. */
  pool = limn_trajectory_add_pool (trajectory, tensor->dims[1]);
  g_array_set_size (pool->values, tensor->n_elements);
  return limn_safetensors_read_f64 (file, tensor, 0, tensor->n_elements, (double *) pool->values->data, error);
}

static gboolean
ref_is_valid (const LimnTrajectory *trajectory,
              const gint64         *row)
{
  guint64 n = trajectory->timesteps->len, length = row[ROW_LENGTH];
  guint64 n_rows = 0;

  if (row[ROW_STEP] < 0 || (guint64) row[ROW_STEP] > n || row[ROW_LENGTH] < 0 || row[ROW_NUMBER] < 0)
    return FALSE;
  switch (row[ROW_SOURCE])
    {
    case LIMN_TRAJECTORY_LATENTS:
      n_rows = length == trajectory->n_cells ? n + 1 : 0;
      break;
    case LIMN_TRAJECTORY_DENOISED:
      n_rows = length == trajectory->n_cells ? n : 0;
      break;
    case LIMN_TRAJECTORY_POOL:
      if (length == 0)
        n_rows = 1;
      else if (limn_trajectory_find_pool (trajectory, length) != NULL)
        n_rows = limn_trajectory_find_pool (trajectory, length)->values->len / length;
      break;
    default:
      return FALSE;
    }
  return (guint64) row[ROW_NUMBER] < n_rows;
}

/* After the pools. */
static gboolean
read_states (LimnTrajectory               *trajectory,
             const LimnSafetensors        *file,
             const LimnSafetensorsTensor  *tensor,
             GError                      **error)
{
  const char *name = tensor->name + strlen (STATE_PREFIX);
  g_autofree gint64 *rows = NULL;

  if (!limn_trajectory_name_is_valid (name))
    return fail_at (error, file, tensor, "does not belong there");
  if (tensor->dtype != LIMN_SAFETENSORS_I64 || tensor->n_dims != 2 || tensor->dims[1] != ROW_N
      || tensor->dims[0] > trajectory->sigmas->len)
    return fail_at (error, file, tensor, "has a wrong size");
  if (trajectory->names->len >= MAX_KINDS)
    return fail (error, file, "it has too many parts");
  name = limn_trajectory_intern (trajectory, name);
  rows = g_new (gint64, MAX (tensor->n_elements, 1));
  if (!limn_safetensors_read_i64 (file, tensor, 0, tensor->n_elements, rows, error))
    return FALSE;
  for (guint64 i = 0; i < tensor->dims[0]; i++)
    {
      const gint64 *row = rows + i * ROW_N;
      LimnTrajectoryRef ref;
      GArray *refs;

      if (!ref_is_valid (trajectory, row) || (i > 0 && row[ROW_STEP] <= row[ROW_STEP - ROW_N]))
        return fail_at (error, file, tensor, "points to what is not there");
      ref = (LimnTrajectoryRef) { name, (LimnTrajectorySource) row[ROW_SOURCE], row[ROW_LENGTH], row[ROW_NUMBER] };
      refs = limn_trajectory_has_state (trajectory, row[ROW_STEP]) ? g_ptr_array_index (trajectory->states, row[ROW_STEP]) : NULL;
      if (refs == NULL)
        {
          refs = g_array_new (FALSE, TRUE, sizeof (LimnTrajectoryRef));
          limn_trajectory_set_refs (trajectory, row[ROW_STEP], refs);
        }
      g_array_append_val (refs, ref);
    }
  return TRUE;
}

typedef gboolean (*Reader) (LimnTrajectory               *trajectory,
                            const LimnSafetensors        *file,
                            const LimnSafetensorsTensor  *tensor,
                            GError                      **error);

/* What begins with @prefix. */
static gboolean
read_each (LimnTrajectory         *trajectory,
           const LimnSafetensors  *file,
           const char             *prefix,
           Reader                  reader,
           GError                **error)
{
  for (guint i = 0; i < limn_safetensors_get_n (file); i++)
    {
      const LimnSafetensorsTensor *tensor = limn_safetensors_get_nth (file, i);

      if (g_str_has_prefix (tensor->name, prefix) && !reader (trajectory, file, tensor, error))
        return FALSE;
    }
  return TRUE;
}

/* Nothing that nobody knows: it would be gone when the file is written again. */
static gboolean
check_names (const LimnSafetensors  *file,
             gboolean                is_old,
             gboolean                has_steps,
             GError                **error)
{
  static const char *const known[] = { "latents", "sigmas", NULL };
  static const char *const of_steps[] = { "denoised", "timesteps", NULL };

  for (guint i = 0; i < limn_safetensors_get_n (file); i++)
    {
      const LimnSafetensorsTensor *tensor = limn_safetensors_get_nth (file, i);

      /* Before the first step these two are there but empty. */
      if (g_strv_contains (known, tensor->name)
          || (g_strv_contains (of_steps, tensor->name) && (has_steps || tensor->n_elements == 0)))
        continue;
      if (is_old ? !g_str_has_prefix (tensor->name, OLD_PREFIX)
                 : !g_str_has_prefix (tensor->name, STATE_PREFIX) && !g_str_has_prefix (tensor->name, POOL_PREFIX))
        return fail_at (error, file, tensor, "does not belong there");
    }
  return TRUE;
}

/* The file gives its tensors in the order in which they were added. Files of before the checksum have none. */
static gboolean
check_sum (const LimnSafetensors  *file,
           const char             *request,
           const char             *origin,
           GError                **error)
{
  const char *wanted = limn_safetensors_get_metadata (file, CHECK_KEY);
  g_autofree guchar *part = NULL;
  guint32 check = check_text (0, request);
  char found[9];

  if (wanted == NULL)
    return TRUE;
  part = g_malloc (CHECK_PART);
  if (origin != NULL)
    check = check_text (check, origin);
  for (guint i = 0; i < limn_safetensors_get_n (file); i++)
    {
      const LimnSafetensorsTensor *tensor = limn_safetensors_get_nth (file, i);

      if (tensor->n_bytes > 0)
        check = check_head (check, tensor->name, tensor->n_dims, tensor->dims);
      for (guint64 done = 0; done < tensor->n_bytes; done += CHECK_PART)
        {
          gsize n = MIN (CHECK_PART, tensor->n_bytes - done);

          if (!limn_safetensors_read (file, tensor, done, n, part, error))
            return FALSE;
          check = crc32_z (check, part, n);
        }
    }
  g_snprintf (found, sizeof found, "%08x", check);
  return strcmp (wanted, found) == 0 || fail (error, file, "it is damaged: its checksum does not fit");
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
  const char *format = limn_safetensors_get_metadata (file, FORMAT_KEY);
  gboolean is_old = g_strcmp0 (format, OLD_FORMAT_VALUE) == 0;
  guint64 shape[4] = { 0 };
  gboolean has_steps;

  if (!is_old && g_strcmp0 (format, FORMAT_VALUE) != 0)
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

  trajectory = limn_trajectory_new_empty (request, shape[1], shape[2], shape[3]);
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

  if (!check_names (file, is_old, has_steps, error) || !check_sum (file, request, origin, error))
    return NULL;
  if (is_old ? !read_each (trajectory, file, OLD_PREFIX, read_history, error)
             : !read_each (trajectory, file, POOL_PREFIX, read_pool, error)
               || !read_each (trajectory, file, STATE_PREFIX, read_states, error))
    return NULL;
  if (is_old)
    limn_trajectory_keep_state (trajectory, trajectory->timesteps->len);
  limn_trajectory_take_up_state (trajectory, trajectory->timesteps->len);
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
