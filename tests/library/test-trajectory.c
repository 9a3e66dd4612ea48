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

/* As a sampler that remembers the last estimate does: its arrays after @step. */
static void
set_state (LimnTrajectory *t,
           guint           step)
{
  const double logs[3] = { -INFINITY, -0.0, step };

  limn_trajectory_clear_history (t);
  limn_trajectory_set_history (t, "x", N, limn_trajectory_get_latent (t, step));
  if (step > 0)
    limn_trajectory_set_history (t, "old-denoised", N, limn_trajectory_get_denoised (t, step - 1));
  limn_trajectory_set_history (t, "log_sigma", 2, logs);
  limn_trajectory_set_history (t, "position", 3, logs);
  limn_trajectory_set_history (t, "scalar", 1, logs + 2);
  limn_trajectory_set_history (t, "nothing", 0, NULL);
}

static LimnTrajectory *
make (guint n_steps)
{
  double a[N], b[N];
  LimnTrajectory *t;

  fill (a, N, 1);
  t = limn_trajectory_new (request, C, H, W, a, 14.6);
  set_state (t, 0);
  limn_trajectory_keep_state (t, 0);
  for (guint i = 0; i < n_steps; i++)
    {
      fill (a, N, 10 + i);
      fill (b, N, 100 + i);
      limn_trajectory_append (t, 999.5 - i, a, b, 10.0 / (i + 1));
      set_state (t, i + 1);
      limn_trajectory_keep_state (t, i + 1);
    }
  limn_trajectory_set_origin (t, "{\"device\": \"a “GPU”\"}");
  return t;
}

static void
assert_same_state (const GPtrArray *a,
                   const GPtrArray *b)
{
  g_assert_nonnull (a);
  g_assert_nonnull (b);
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    {
      const LimnTrajectoryArray *one = g_ptr_array_index (a, i);
      const LimnTrajectoryArray *other = g_ptr_array_index (b, i);

      g_assert_cmpstr (one->name, ==, other->name);
      g_assert_cmpmem (one->values, one->n * 8, other->values, other->n * 8);
    }
}

static void
assert_same (const LimnTrajectory *a,
             const LimnTrajectory *b)
{
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
  for (guint i = 0; i <= n; i++)
    {
      g_autoptr(GPtrArray) state = limn_trajectory_get_state (a, i);
      g_autoptr(GPtrArray) other = limn_trajectory_get_state (b, i);

      assert_same_state (state, other);
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
  g_assert_cmpfloat (*limn_trajectory_get_history (loaded, "scalar", NULL), ==, 2);
  for (guint i = 2; i < 5; i++)
    {
      limn_trajectory_append (loaded, limn_trajectory_get_timestep (whole, i), limn_trajectory_get_denoised (whole, i),
                              limn_trajectory_get_latent (whole, i + 1), limn_trajectory_get_sigma (whole, i + 1));
      set_state (loaded, i + 1);
      limn_trajectory_keep_state (loaded, i + 1);
    }
  assert_same (whole, loaded);
  limn_trajectory_clear_history (loaded);
  g_assert_null (limn_trajectory_get_history (loaded, "scalar", NULL));
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
    LimnSafetensorsDtype dtype;
  } tensors[] = { { "latents", 4, { 3, C, H, W }, LIMN_SAFETENSORS_F64 }, { "denoised", 4, { 2, C, H, W }, LIMN_SAFETENSORS_F64 },
                  { "sigmas", 1, { 3 }, LIMN_SAFETENSORS_F64 }, { "timesteps", 1, { 2 }, LIMN_SAFETENSORS_F64 },
                  { "state/old-denoised", 2, { 2, 4 }, LIMN_SAFETENSORS_I64 }, { "state/x", 2, { 3, 4 }, LIMN_SAFETENSORS_I64 },
                  { "state/nothing", 2, { 3, 4 }, LIMN_SAFETENSORS_I64 }, { "pool/1", 2, { 3, 1 }, LIMN_SAFETENSORS_F64 },
                  { "pool/2", 2, { 1, 2 }, LIMN_SAFETENSORS_F64 }, { "pool/3", 2, { 3, 3 }, LIMN_SAFETENSORS_F64 } };
  static const gint64 xs[3][4] = { { 0, 0, N, 0 }, { 1, 0, N, 1 }, { 2, 0, N, 2 } };
  static const gint64 estimates[2][4] = { { 1, 1, N, 0 }, { 2, 1, N, 1 } };
  gint64 rows[3][4];
  g_autoptr(LimnTrajectory) t = make (2);
  g_autoptr(GBytes) bytes = limn_trajectory_to_bytes (t, NULL);
  g_autoptr(LimnSafetensors) file = limn_safetensors_new_for_bytes (bytes, "t", NULL);

  g_assert_cmpstr (limn_safetensors_get_metadata (file, "limn"), ==, request);
  for (gsize i = 0; i < G_N_ELEMENTS (tensors); i++)
    {
      const LimnSafetensorsTensor *tensor = limn_safetensors_lookup (file, tensors[i].name);

      g_assert_nonnull (tensor);
      g_assert_cmpint (tensor->dtype, ==, tensors[i].dtype);
      g_assert_cmpmem (tensor->dims, tensor->n_dims * 8, tensors[i].dims, tensors[i].n_dims * 8);
    }
  /* What is a latent or an estimate takes no space of its own. */
  g_assert_cmpuint (limn_safetensors_get_n (file), ==, 4 + 6 + 3);
  g_assert_true (limn_safetensors_read_i64 (file, limn_safetensors_lookup (file, "state/x"), 0, 12, &rows[0][0], NULL));
  g_assert_cmpmem (rows, sizeof xs, xs, sizeof xs);
  g_assert_true (limn_safetensors_read_i64 (file, limn_safetensors_lookup (file, "state/old-denoised"), 0, 8, &rows[0][0], NULL));
  g_assert_cmpmem (rows, sizeof estimates, estimates, sizeof estimates);
}

/* Arrays are shared by their bits, also those that no latent is; what is not the same to the bit is not. */
static void
test_sharing (void)
{
  double a[N], b[N];
  g_autoptr(LimnTrajectory) t = make (0);
  g_autoptr(GBytes) before = NULL, with_one = NULL, with_more = NULL, bytes = NULL;
  g_autoptr(LimnTrajectory) read = NULL;
  g_autoptr(GPtrArray) state = NULL;
  gsize step_bytes = 2 * N * 8 + 16; /* latent, estimate, sigma, timestep */
  gsize tolerance = 64 * 8;          /* rows of the states, the header's text */

  fill (a, N, 1);
  for (guint i = 1; i <= 3; i++)
    {
      fill (b, N, i);
      limn_trajectory_append (t, i, b, b, i);
    }
  before = limn_trajectory_to_bytes (t, NULL);
  fill (a, N, 50);
  limn_trajectory_clear_history (t);
  limn_trajectory_set_history (t, "derivative-0", N, a);
  limn_trajectory_keep_state (t, 1);
  with_one = limn_trajectory_to_bytes (t, NULL);
  g_assert_cmpuint (g_bytes_get_size (with_one), >=, g_bytes_get_size (before) + N * 8);
  g_assert_cmpuint (g_bytes_get_size (with_one), <, g_bytes_get_size (before) + N * 8 + tolerance);

  limn_trajectory_set_history (t, "derivative-1", N, a);
  limn_trajectory_keep_state (t, 2);
  limn_trajectory_keep_state (t, 3);
  with_more = limn_trajectory_to_bytes (t, NULL);
  g_assert_cmpuint (g_bytes_get_size (with_more), <, g_bytes_get_size (with_one) + tolerance);
  g_assert_cmpuint (g_bytes_get_size (with_more), <, g_bytes_get_size (before) + step_bytes);

  a[0] = 0.0;
  limn_trajectory_set_history (t, "derivative-0", N, a);
  a[0] = -0.0;
  limn_trajectory_set_history (t, "derivative-1", N, a);
  limn_trajectory_keep_state (t, 3);
  bytes = limn_trajectory_to_bytes (t, NULL);
  read = limn_trajectory_parse (bytes, NULL);
  state = limn_trajectory_get_state (read, 3);
  g_assert_false (signbit (((LimnTrajectoryArray *) state->pdata[0])->values[0]));
  g_assert_true (signbit (((LimnTrajectoryArray *) state->pdata[1])->values[0]));
}

/* A step whose state was not kept has none; that of the last one is what is at hand when it is written. */
static void
test_missing_states (void)
{
  g_autoptr(LimnTrajectory) t = make (1);
  g_autoptr(LimnTrajectory) read = NULL;
  g_autoptr(GBytes) bytes = NULL;
  double a[N];

  for (guint i = 2; i <= 3; i++)
    {
      fill (a, N, i);
      limn_trajectory_append (t, i, a, a, i);
    }
  set_state (t, 3);
  bytes = limn_trajectory_to_bytes (t, NULL);
  read = limn_trajectory_parse (bytes, NULL);
  g_assert_true (limn_trajectory_has_state (read, 0));
  g_assert_true (limn_trajectory_has_state (read, 1));
  g_assert_false (limn_trajectory_has_state (read, 2));
  g_assert_null (limn_trajectory_get_state (read, 2));
  g_assert_true (limn_trajectory_has_state (read, 3));
  g_assert_false (limn_trajectory_has_state (read, 4));
  g_assert_cmpfloat (*limn_trajectory_get_history (read, "scalar", NULL), ==, 3);
}

/* What two pictures share goes from the one into the other, states and all. */
static void
test_append_from (void)
{
  g_autoptr(LimnTrajectory) whole = make (5);
  g_autoptr(LimnTrajectory) start = NULL;

  for (guint n = 0; n <= 5; n++)
    {
      g_autoptr(LimnTrajectory) expected = make (n);
      g_autoptr(LimnTrajectory) t = limn_trajectory_new (request, C, H, W, limn_trajectory_get_latent (whole, 0), 14.6);

      limn_trajectory_set_origin (t, limn_trajectory_get_origin (whole));
      limn_trajectory_append_from (t, whole, n / 2);
      limn_trajectory_append_from (t, whole, n);
      assert_same (expected, t);
    }
  start = make (2);
  limn_trajectory_set_request (start, "{\"prompt\": \"steered\"}");
  g_assert_cmpstr (limn_trajectory_get_request (start), ==, "{\"prompt\": \"steered\"}");
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
  gint64                row[4];  /* unless all are 0: in the place of the state of step 2 */
  gboolean              is_old;  /* of the first version */
} Bad;

static const Bad bads[] = {
  { "no latents", .leave_out = "latents" },
  { "no denoised", .leave_out = "denoised" },
  { "no sigmas", .leave_out = "sigmas" },
  { "no timesteps", .leave_out = "timesteps" },
  { "no request", .leave_out = "limn" },
  { "no format", .leave_out = "limn-format" },
  { "another version", .format = "trajectory-3" },
  { "a newer part in the first version", .format = "trajectory-1" },
  { "request is no JSON", .request = "{\"seed\": 1" },
  { "request is no object", .request = "[1]" },
  { "request twice", .request = "{\"seed\": 1, \"seed\": 2}" },
  { "origin is no JSON", .origin = "a GPU" },
  { "origin is no object", .origin = "[]" },
  { "float latents", .change = "latents", .dtype = LIMN_SAFETENSORS_F32, .n_dims = 4, .dims = { 3, C, H, W } },
  { "float history", .is_old = TRUE, .change = "history/x", .dtype = LIMN_SAFETENSORS_F32, .n_dims = 1, .dims = { 4 } },
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
  { "history without a name", .is_old = TRUE, .extra = "history/" },
  { "history with a path", .is_old = TRUE, .extra = "history/../x" },
  { "history in the second version", .extra = "history/y" },
  { "state without a name", .extra = "state/" },
  { "state with a path", .extra = "state/../x" },
  { "float state", .change = "state/x", .dtype = LIMN_SAFETENSORS_F64, .n_dims = 2, .dims = { 3, 4 } },
  { "state of five columns", .change = "state/x", .dtype = LIMN_SAFETENSORS_I64, .n_dims = 2, .dims = { 2, 5 } },
  { "flat state", .change = "state/x", .dtype = LIMN_SAFETENSORS_I64, .n_dims = 1, .dims = { 8 } },
  { "two states of a step", .change = "state/x", .dtype = LIMN_SAFETENSORS_I64, .n_dims = 2, .dims = { 2, 4 } },
  { "more states than steps", .change = "state/x", .dtype = LIMN_SAFETENSORS_I64, .n_dims = 2, .dims = { 4, 4 } },
  { "no pool", .leave_out = "pool/4" },
  { "pool of another size", .change = "pool/4", .n_dims = 2, .dims = { 1, 5 } },
  { "flat pool", .change = "pool/4", .n_dims = 1, .dims = { 4 } },
  { "empty pool", .change = "pool/4", .n_dims = 2, .dims = { 0, 4 } },
  { "float pool", .change = "pool/4", .dtype = LIMN_SAFETENSORS_F32, .n_dims = 2, .dims = { 1, 4 } },
  { "pool of nothing", .extra = "pool/0" },
  { "pool with a path", .extra = "pool/../4" },
  { "pool written otherwise", .extra = "pool/04" },
  { "state of a step that is none", .row = { 3, 2, 4, 0 } },
  { "state of a step before the first", .row = { -1, 2, 4, 0 } },
  { "state of an earlier step", .row = { 1, 2, 4, 0 } },
  { "state from nowhere", .row = { 2, 3, 4, 0 } },
  { "state from before everything", .row = { 2, -1, 4, 0 } },
  { "state of another length", .row = { 2, 2, 5, 0 } },
  { "state of less than nothing", .row = { 2, 2, -4, 0 } },
  { "state beyond its pool", .row = { 2, 2, 4, 1 } },
  { "state before its pool", .row = { 2, 2, 4, -1 } },
  { "state of nothing, beyond", .row = { 2, 2, 0, 1 } },
  { "latent of another length", .row = { 2, 0, 4, 0 } },
  { "latent beyond", .row = { 2, 0, N, 3 } },
  { "estimate beyond", .row = { 2, 1, N, 2 } },
  { "a row of 2^62", .row = { 2, 2, 4, G_GINT64_CONSTANT (1) << 62 } },
  { "a length of 2^61", .row = { 2, 0, G_GINT64_CONSTANT (1) << 61, 0 } },
};

static void
fill_rows (const Bad *bad,
           void      *rows)
{
  static const gint64 sound[3][4] = { { 0, 0, N, 0 }, { 1, 1, N, 0 }, { 2, 2, 4, 0 } };
  static const gint64 none[4] = { 0 };

  memcpy (rows, sound, sizeof sound);
  if (memcmp (bad->row, none, sizeof none) != 0)
    memcpy ((guint8 *) rows + 2 * sizeof none, bad->row, sizeof none);
}

static void
add_tensor (LimnSafetensorsWriter *writer,
            const Bad             *bad,
            const char            *name,
            guint                  n_dims,
            const guint64         *dims)
{
  gboolean changed = g_strcmp0 (bad->change, name) == 0;
  LimnSafetensorsDtype dtype = g_str_equal (name, "state/x") ? LIMN_SAFETENSORS_I64 : LIMN_SAFETENSORS_F64;
  g_autofree double *data = NULL;
  gsize n = 1;

  if (g_strcmp0 (bad->leave_out, name) == 0)
    return;
  if (changed)
    {
      if (bad->dtype != LIMN_SAFETENSORS_OTHER)
        dtype = bad->dtype;
      n_dims = bad->n_dims;
      dims = bad->dims;
    }
  for (guint i = 0; i < n_dims; i++)
    n *= dims[i];
  data = g_new0 (double, n + 1);
  if (changed && n > 0)
    data[n - 1] = bad->value;
  if (!changed && g_str_equal (name, "state/x"))
    fill_rows (bad, data);
  limn_safetensors_writer_add_copy (writer, name, dtype, n_dims, dims, data);
}

static GBytes *
make_bad (const Bad *bad)
{
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();

  if (g_strcmp0 (bad->leave_out, "limn-format") != 0)
    limn_safetensors_writer_set_metadata (writer, "limn-format", bad->format != NULL ? bad->format : bad->is_old ? "trajectory-1" : "trajectory-2");
  if (g_strcmp0 (bad->leave_out, "limn") != 0)
    limn_safetensors_writer_set_metadata (writer, "limn", bad->request != NULL ? bad->request : request);
  if (bad->origin != NULL)
    limn_safetensors_writer_set_metadata (writer, "limn-origin", bad->origin);
  add_tensor (writer, bad, "latents", 4, (const guint64[]) { 3, C, H, W });
  add_tensor (writer, bad, "denoised", 4, (const guint64[]) { 2, C, H, W });
  add_tensor (writer, bad, "sigmas", 1, (const guint64[]) { 3 });
  add_tensor (writer, bad, "timesteps", 1, (const guint64[]) { 2 });
  if (bad->is_old)
    add_tensor (writer, bad, "history/x", 1, (const guint64[]) { 4 });
  else
    {
      add_tensor (writer, bad, "state/x", 2, (const guint64[]) { 3, 4 });
      add_tensor (writer, bad, "pool/4", 2, (const guint64[]) { 1, 4 });
    }
  if (bad->extra != NULL)
    add_tensor (writer, bad, bad->extra, 1, (const guint64[]) { 4 });
  return limn_safetensors_writer_to_bytes (writer);
}

static void
test_bad_files (void)
{
  static const Bad goods[] = { { "nothing wrong" }, { "nothing wrong in the first version", .is_old = TRUE } };

  for (gsize i = 0; i < G_N_ELEMENTS (goods); i++)
    {
      g_autoptr(GBytes) sound = make_bad (&goods[i]);
      g_autoptr(GError) none = NULL;
      g_autoptr(LimnTrajectory) read = limn_trajectory_parse (sound, &none);
      g_autoptr(GBytes) again = NULL;
      gsize n;

      g_assert_no_error (none);
      g_assert_cmpuint (limn_trajectory_get_n_steps (read), ==, 2);
      g_assert_cmpint (limn_trajectory_has_state (read, 1), ==, !goods[i].is_old);
      g_assert_true (limn_trajectory_has_state (read, 2));
      g_assert_nonnull (limn_trajectory_get_history (read, "x", &n));
      g_assert_cmpuint (n, ==, 4);
      /* What is written is of the second version. */
      again = limn_trajectory_to_bytes (read, NULL);
      g_clear_pointer (&read, limn_trajectory_free);
      read = limn_trajectory_parse (again, &none);
      g_assert_no_error (none);
      g_assert_true (limn_trajectory_has_state (read, 2));
    }

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

/* A flipped bit is a number like any other: wherever it is, an error, never another picture. */
static void
test_flipped (void)
{
  g_autoptr(LimnTrajectory) t = make (2);
  g_autoptr(GBytes) bytes = limn_trajectory_to_bytes (t, NULL);
  gsize size = g_bytes_get_size (bytes);

  for (gsize i = 0; i < size; i++)
    {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), size);
      g_autoptr(GBytes) other = g_bytes_new_static (copy, size);
      g_autoptr(LimnTrajectory) read = NULL;
      g_autoptr(GError) error = NULL;

      copy[i] ^= 1 << (i % 8);
      read = limn_trajectory_parse (other, &error);
      /* In the header are blanks and the checksum's own name; what was kept is the same then. */
      if (read)
        assert_same (t, read);
      else
        g_assert_true (error->domain == LIMN_ERROR);
    }
}

void
add_trajectory_tests (void)
{
  g_test_add_func ("/trajectory/round-trip", test_round_trip);
  g_test_add_func ("/trajectory/go-on", test_go_on);
  g_test_add_func ("/trajectory/layout", test_layout);
  g_test_add_func ("/trajectory/sharing", test_sharing);
  g_test_add_func ("/trajectory/missing-states", test_missing_states);
  g_test_add_func ("/trajectory/append-from", test_append_from);
  g_test_add_func ("/trajectory/bad-files", test_bad_files);
  g_test_add_func ("/trajectory/truncated", test_truncated);
  g_test_add_func ("/trajectory/flipped", test_flipped);
}
