/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-error.h"
#include "formats/limn-safetensors-writer.h"
#include "formats/limn-safetensors.h"
#include "library/limn-trajectory.h"

#include "test-library.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define C 4
#define H 3
#define W 5
#define N (C * H * W)

static const char request[] = "{\"prompt\": \"a house, été\", \"seed\": 18446744073709551615e0}";

/* Doubles with all their bits in use, so that a detour over float would show. */
static void
fill (double *values,
      guint   n,
      guint   seed)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);

  for (guint i = 0; i < n; i++)
    values[i] = g_rand_double_range (rand, -4, 4);
}

static LimnTrajectory *
make (guint n_steps)
{
  static const guint64 shape[3] = { 2, C, H * W };
  static const double logs[2] = { -INFINITY, 0.25 };
  double a[N], b[N], history[2 * N];
  LimnTrajectory *t;

  fill (a, N, 1);
  t = limn_trajectory_new (request, C, H, W, a, 14.6);
  for (guint i = 0; i < n_steps; i++)
    {
      fill (a, N, 10 + i);
      fill (b, N, 100 + i);
      limn_trajectory_append (t, 999.5 - i, a, b, 10.0 / (i + 1));
    }
  limn_trajectory_set_origin (t, "{\"device\": \"a “GPU”\"}");
  fill (history, 2 * N, 7);
  limn_trajectory_set_history (t, "old-denoised", shape, 3, history);
  limn_trajectory_set_history (t, "log_sigma", (const guint64[]) { 2 }, 1, logs);
  limn_trajectory_set_history (t, "scalar", NULL, 0, logs + 1);
  limn_trajectory_set_history (t, "nothing", (const guint64[]) { 0, 4 }, 2, NULL);
  return t;
}

static void
assert_same (const LimnTrajectory *a,
             const LimnTrajectory *b)
{
  g_autoptr(GPtrArray) names = limn_trajectory_list_history (a);
  g_autoptr(GPtrArray) others = limn_trajectory_list_history (b);
  guint n = limn_trajectory_get_n_steps (a);

  g_assert_cmpstr (limn_trajectory_get_request (a), ==, limn_trajectory_get_request (b));
  g_assert_cmpstr (limn_trajectory_get_origin (a), ==, limn_trajectory_get_origin (b));
  g_assert_cmpuint (n, ==, limn_trajectory_get_n_steps (b));
  g_assert_cmpuint (limn_trajectory_get_channels (b), ==, C);
  g_assert_cmpuint (limn_trajectory_get_height (b), ==, H);
  g_assert_cmpuint (limn_trajectory_get_width (b), ==, W);
  for (guint i = 0; i <= n; i++)
    {
      g_assert_cmpmem (limn_trajectory_get_latent (a, i), N * 8, limn_trajectory_get_latent (b, i), N * 8);
      g_assert_cmpfloat (limn_trajectory_get_sigma (a, i), ==, limn_trajectory_get_sigma (b, i));
    }
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpmem (limn_trajectory_get_denoised (a, i), N * 8, limn_trajectory_get_denoised (b, i), N * 8);
      g_assert_cmpfloat (limn_trajectory_get_timestep (a, i), ==, limn_trajectory_get_timestep (b, i));
    }
  g_assert_cmpuint (names->len, ==, others->len);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      const guint64 *shape, *other_shape;
      guint n_dims, other_n_dims;
      gsize length = 8;
      const double *data = limn_trajectory_get_history (a, name, &shape, &n_dims);
      const double *other = limn_trajectory_get_history (b, name, &other_shape, &other_n_dims);

      g_assert_nonnull (other);
      g_assert_cmpmem (shape, n_dims * 8, other_shape, other_n_dims * 8);
      for (guint k = 0; k < n_dims; k++)
        length *= shape[k];
      g_assert_cmpmem (data, length, other, length);
    }
}

static void
test_round_trip (void)
{
  for (guint n_steps = 0; n_steps <= 3; n_steps++)
    {
      g_autoptr(LimnTrajectory) t = make (n_steps);
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) bytes = NULL;
      g_autoptr(GBytes) again = NULL;
      g_autoptr(LimnTrajectory) read = NULL;

      if (n_steps == 2)
        limn_trajectory_set_origin (t, NULL);
      bytes = limn_trajectory_to_bytes (t, &error);
      g_assert_no_error (error);
      read = limn_trajectory_parse (bytes, &error);
      g_assert_no_error (error);
      assert_same (t, read);
      again = limn_trajectory_to_bytes (read, NULL);
      g_assert_true (g_bytes_equal (bytes, again));
    }
}

/* A run that was stopped, stored and loaded goes on as if nothing had been. */
static void
test_go_on (void)
{
  g_autoptr(LimnTrajectory) whole = make (5);
  g_autoptr(LimnTrajectory) part = make (2);
  g_autofree char *folder = g_dir_make_tmp ("limn-trajectory-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "t.safetensors", NULL);
  g_autoptr(LimnTrajectory) loaded = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (limn_trajectory_save (part, path, &error));
  g_assert_no_error (error);
  loaded = limn_trajectory_load (path, &error);
  g_assert_no_error (error);
  for (guint i = 2; i < 5; i++)
    limn_trajectory_append (loaded, limn_trajectory_get_timestep (whole, i), limn_trajectory_get_denoised (whole, i),
                            limn_trajectory_get_latent (whole, i + 1), limn_trajectory_get_sigma (whole, i + 1));
  assert_same (whole, loaded);
  limn_trajectory_clear_history (loaded);
  g_assert_null (limn_trajectory_get_history (loaded, "scalar", NULL, NULL));
  g_assert_true (limn_trajectory_save (loaded, path, &error));
  g_unlink (path);
  g_assert_null (limn_trajectory_load (path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_rmdir (folder);
}

/* What others read: names, dtypes and shapes as the header says. */
static void
test_layout (void)
{
  static const struct
  {
    const char *name;
    guint       n_dims;
    guint64     dims[4];
  } tensors[] = { { "latents", 4, { 3, C, H, W } }, { "denoised", 4, { 2, C, H, W } }, { "sigmas", 1, { 3 } },
                  { "timesteps", 1, { 2 } }, { "history/old-denoised", 3, { 2, C, H * W } } };
  g_autoptr(LimnTrajectory) t = make (2);
  g_autoptr(GBytes) bytes = limn_trajectory_to_bytes (t, NULL);
  g_autoptr(LimnSafetensors) file = limn_safetensors_new_for_bytes (bytes, "t", NULL);

  g_assert_cmpstr (limn_safetensors_get_metadata (file, "limn"), ==, request);
  for (gsize i = 0; i < G_N_ELEMENTS (tensors); i++)
    {
      const LimnSafetensorsTensor *tensor = limn_safetensors_lookup (file, tensors[i].name);

      g_assert_nonnull (tensor);
      g_assert_cmpint (tensor->dtype, ==, LIMN_SAFETENSORS_F64);
      g_assert_cmpmem (tensor->dims, tensor->n_dims * 8, tensors[i].dims, tensors[i].n_dims * 8);
    }
}

/* ------------------------------------------------------------------------------------------------ hostile files */

typedef struct
{
  const char           *what;
  const char           *leave_out;
  const char           *request; /* NULL: a sound one */
  const char           *format;  /* NULL: the right one */
  const char           *origin;  /* NULL: none */
  const char           *change;  /* the tensor that gets … */
  LimnSafetensorsDtype  dtype;   /* … this dtype, */
  guint                 n_dims;  /* … this shape, */
  guint64               dims[4];
  double                value;   /* … or this number at its end */
  const char           *extra;   /* one more tensor */
} Bad;

static const Bad bads[] = {
  { "no latents", .leave_out = "latents" },
  { "no denoised", .leave_out = "denoised" },
  { "no sigmas", .leave_out = "sigmas" },
  { "no timesteps", .leave_out = "timesteps" },
  { "no request", .leave_out = "limn" },
  { "no format", .leave_out = "limn-format" },
  { "another version", .format = "trajectory-2" },
  { "request is no JSON", .request = "{\"seed\": 1" },
  { "request is no object", .request = "[1]" },
  { "request twice", .request = "{\"seed\": 1, \"seed\": 2}" },
  { "origin is no JSON", .origin = "a GPU" },
  { "origin is no object", .origin = "[]" },
  { "float latents", .change = "latents", .dtype = LIMN_SAFETENSORS_F32, .n_dims = 4, .dims = { 3, C, H, W } },
  { "float history", .change = "history/x", .dtype = LIMN_SAFETENSORS_F32, .n_dims = 1, .dims = { 4 } },
  { "five latents for two steps", .change = "latents", .n_dims = 4, .dims = { 5, C, H, W } },
  { "flat latents", .change = "latents", .n_dims = 1, .dims = { 3 * N } },
  { "no latents at all", .change = "latents", .n_dims = 4, .dims = { 0, C, H, W } },
  { "no channels", .change = "latents", .n_dims = 4, .dims = { 3, 0, H, W } },
  { "denoised of another size", .change = "denoised", .n_dims = 4, .dims = { 2, C, W, H } },
  { "too many sigmas", .change = "sigmas", .n_dims = 1, .dims = { 4 } },
  { "too few timesteps", .change = "timesteps", .n_dims = 1, .dims = { 1 } },
  { "latent NaN", .change = "latents", .n_dims = 4, .dims = { 3, C, H, W }, .value = NAN },
  { "denoised infinite", .change = "denoised", .n_dims = 4, .dims = { 2, C, H, W }, .value = INFINITY },
  { "timestep NaN", .change = "timesteps", .n_dims = 1, .dims = { 2 }, .value = NAN },
  { "sigma negative", .change = "sigmas", .n_dims = 1, .dims = { 3 }, .value = -0.5 },
  { "a stranger", .extra = "weights" },
  { "history without a name", .extra = "history/" },
  { "history with a path", .extra = "history/../x" },
};

static void
add_tensor (LimnSafetensorsWriter *writer,
            const Bad             *bad,
            const char            *name,
            guint                  n_dims,
            const guint64         *dims)
{
  gboolean changed = g_strcmp0 (bad->change, name) == 0;
  LimnSafetensorsDtype dtype = changed && bad->dtype != LIMN_SAFETENSORS_OTHER ? bad->dtype : LIMN_SAFETENSORS_F64;
  g_autofree double *data = NULL;
  gsize n = 1;

  if (g_strcmp0 (bad->leave_out, name) == 0)
    return;
  if (changed)
    {
      n_dims = bad->n_dims;
      dims = bad->dims;
    }
  for (guint i = 0; i < n_dims; i++)
    n *= dims[i];
  data = g_new0 (double, n + 1);
  if (changed && n > 0)
    data[n - 1] = bad->value;
  limn_safetensors_writer_add_copy (writer, name, dtype, n_dims, dims, data);
}

static GBytes *
make_bad (const Bad *bad)
{
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();

  if (g_strcmp0 (bad->leave_out, "limn-format") != 0)
    limn_safetensors_writer_set_metadata (writer, "limn-format", bad->format != NULL ? bad->format : "trajectory-1");
  if (g_strcmp0 (bad->leave_out, "limn") != 0)
    limn_safetensors_writer_set_metadata (writer, "limn", bad->request != NULL ? bad->request : request);
  if (bad->origin != NULL)
    limn_safetensors_writer_set_metadata (writer, "limn-origin", bad->origin);
  add_tensor (writer, bad, "latents", 4, (const guint64[]) { 3, C, H, W });
  add_tensor (writer, bad, "denoised", 4, (const guint64[]) { 2, C, H, W });
  add_tensor (writer, bad, "sigmas", 1, (const guint64[]) { 3 });
  add_tensor (writer, bad, "timesteps", 1, (const guint64[]) { 2 });
  add_tensor (writer, bad, "history/x", 1, (const guint64[]) { 4 });
  if (bad->extra != NULL)
    add_tensor (writer, bad, bad->extra, 1, (const guint64[]) { 4 });
  return limn_safetensors_writer_to_bytes (writer);
}

static void
test_bad_files (void)
{
  static const Bad good = { "nothing wrong" };
  g_autoptr(GBytes) sound = make_bad (&good);
  g_autoptr(GError) none = NULL;
  g_autoptr(LimnTrajectory) read = limn_trajectory_parse (sound, &none);

  g_assert_no_error (none);
  g_assert_cmpuint (limn_trajectory_get_n_steps (read), ==, 2);

  for (gsize i = 0; i < G_N_ELEMENTS (bads); i++)
    {
      g_autoptr(GBytes) bytes = make_bad (&bads[i]);
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnTrajectory) t = limn_trajectory_parse (bytes, &error);

      if (t != NULL)
        g_error ("accepted: %s", bads[i].what);
      g_test_message ("%s: %s", bads[i].what, error->message);
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
    }
}

/* Cut anywhere: an error, never a shorter run. */
static void
test_truncated (void)
{
  g_autoptr(LimnTrajectory) t = make (1);
  g_autoptr(GBytes) bytes = limn_trajectory_to_bytes (t, NULL);

  for (gsize n = 0; n < g_bytes_get_size (bytes); n += 13)
    {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), n);
      g_autoptr(GBytes) part = g_bytes_new_static (copy != NULL ? copy : (const guint8 *) "", n);
      g_autoptr(GError) error = NULL;

      g_assert_null (limn_trajectory_parse (part, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
    }
}

void
add_trajectory_tests (void)
{
  g_test_add_func ("/trajectory/round-trip", test_round_trip);
  g_test_add_func ("/trajectory/go-on", test_go_on);
  g_test_add_func ("/trajectory/layout", test_layout);
  g_test_add_func ("/trajectory/bad-files", test_bad_files);
  g_test_add_func ("/trajectory/truncated", test_truncated);
}
