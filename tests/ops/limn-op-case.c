/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-op-case.h"

#include "base/limn-error.h"
#include "base/limn-half.h"

#include <math.h>
#include <string.h>

/* Values before and after the output, enough for a whole tile of any kernel to miss by; a multiple of every alignment
 * that GL allows (256 bytes), so that kernels also see a base of zero. */
#define GUARD 8192

/* Not-a-number in both storages, and no result of arithmetic. */
#define CANARY_F32 0x7fc5a5a5u
#define CANARY_F16 0x7e5au
#define CANARY_U32 0xa5a5a5a5u

LimnOpCase *
limn_op_case_new (const LimnOpGpu *gpu,
                  guint32          seed,
                  const char      *format,
                  ...)
{
  LimnOpCase *c = g_new0 (LimnOpCase, 1);
  va_list args;

  c->gpu = gpu;
  c->seed = seed;
  c->begin_us = g_get_monotonic_time ();
  va_start (args, format);
  c->name = g_strdup_vprintf (format, args);
  va_end (args);
  return c;
}

void
limn_op_case_free (LimnOpCase *c)
{
  if (c == NULL)
    return;
  for (guint i = 0; i < c->n_in; i++)
    {
      g_free (c->in[i].values);
      g_free (c->in[i].ids);
    }
  g_free (c->out.values);
  g_free (c->out.ids);
  g_free (c->weights);
  g_free (c->name);
  g_free (c);
}

static gsize
input_rows (const LimnOpInput *input)
{
  return (gsize) input->n * input->h * input->w;
}

static float
round_to (LimnDtype dtype,
          double    value)
{
  return dtype == LIMN_DTYPE_F16 ? limn_half_to_float (limn_half_from_float (value)) : value;
}

/* Normal numbers, two at a time (Box & Muller 1958). */
static float *
make_values (guint32    seed,
             LimnDtype  dtype,
             gsize      n,
             LimnOpData data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  float *values = g_new (float, n + 1);

  for (gsize i = 0; i < n; i += 2)
    {
      double radius = sqrt (-2.0 * log (1.0 - g_rand_double (rand))), angle = 2.0 * G_PI * g_rand_double (rand);

      values[i] = round_to (dtype, data.mean + data.std * radius * cos (angle));
      values[i + 1] = round_to (dtype, data.mean + data.std * radius * sin (angle));
    }
  return values;
}

LimnOpInput *
limn_op_case_input (LimnOpCase *c,
                    LimnDtype   dtype,
                    guint       n,
                    guint       h,
                    guint       w,
                    guint       columns,
                    LimnOpData  data)
{
  LimnOpInput *input = &c->in[c->n_in];

  g_assert_cmpuint (c->n_in, <, LIMN_OP_MAX_INPUTS);
  *input = (LimnOpInput) { .dtype = dtype, .n = n, .h = h, .w = w, .c = columns };
  input->values = make_values (c->seed * 16 + c->n_in, dtype, input_rows (input) * columns, data);
  c->n_in++;
  return input;
}

LimnOpInput *
limn_op_case_ids (LimnOpCase *c,
                  guint       n,
                  guint       h,
                  guint32     end)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (c->seed);
  LimnOpInput *input = &c->in[c->n_in++];

  g_assert_cmpuint (c->n_in, <=, LIMN_OP_MAX_INPUTS);
  *input = (LimnOpInput) { .dtype = LIMN_DTYPE_U32, .n = n, .h = h, .w = 1, .c = 1 };
  input->ids = g_new (guint32, (gsize) n * h);
  for (gsize i = 0; i < (gsize) n * h; i++)
    input->ids[i] = i == 0 ? end - 1 : i == 1 ? 0 : g_rand_int (rand) % end;
  return input;
}

void
limn_op_case_weights (LimnOpCase *c,
                      LimnDtype   dtype,
                      guint       n,
                      guint       k,
                      guint       taps)
{
  const LimnOpData data = { 0.0, 1.0 / sqrt ((double) k * taps) };

  c->weights_dtype = dtype;
  c->weights_n = n;
  c->weights_k = k;
  c->weights_taps = taps;
  c->weights = make_values (c->seed * 16 + 15, dtype, (gsize) n * k * taps, data);
}

void
limn_op_case_output (LimnOpCase *c,
                     LimnDtype   dtype,
                     guint       n,
                     guint       h,
                     guint       w,
                     guint       columns)
{
  c->out = (LimnOpInput) { .dtype = dtype, .n = n, .h = h, .w = w, .c = columns };
}

/* The matrix that an input or the output is a view of, with guards around: host bytes and their tensor. */
typedef struct
{
  LimnTensor *storage;
  LimnTensor *view;
  gsize       pitch;
  gsize       first; /* values before the first */
  gsize       n_values;
  guint8     *bytes;
} Place;

static void
place_clear (Place *place)
{
  g_free (place->view);
  limn_tensor_free (place->storage);
  g_free (place->bytes);
}

static void
set_value (Place     *place,
           LimnDtype  dtype,
           gsize      at,
           guint32    bits)
{
  if (dtype == LIMN_DTYPE_F16)
    ((guint16 *) place->bytes)[at] = bits;
  else
    ((guint32 *) place->bytes)[at] = bits;
}

static guint32
get_value (const Place *place,
           LimnDtype    dtype,
           gsize        at)
{
  return dtype == LIMN_DTYPE_F16 ? ((const guint16 *) place->bytes)[at] : ((const guint32 *) place->bytes)[at];
}

static guint32
canary_of (LimnDtype dtype)
{
  return dtype == LIMN_DTYPE_F16 ? CANARY_F16 : dtype == LIMN_DTYPE_F32 ? CANARY_F32 : CANARY_U32;
}

static guint32
float_bits (LimnDtype dtype,
            float     value)
{
  guint32 bits;

  if (dtype == LIMN_DTYPE_F16)
    return limn_half_from_float (value);
  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static float
bits_float (LimnDtype dtype,
            guint32   bits)
{
  float value;

  if (dtype == LIMN_DTYPE_F16)
    return limn_half_to_float (bits);
  memcpy (&value, &bits, sizeof value);
  return value;
}

/* Everything canaries, but for the columns of the view; padding of an input is zero as the contract says. The tensor is
 * put together by hand: tensor/ has views of columns, but none that begins some rows into its storage. */
static void
place_init (Place             *place,
            LimnGl            *gl,
            const LimnOpInput *input,
            gsize              guard,
            const float       *values,
            const char        *label)
{
  g_autoptr (GError) error = NULL;
  guint texel = input->dtype == LIMN_DTYPE_U32 ? 1 : LIMN_TEXEL;
  gsize rows = input_rows (input), padded = (input->c + texel - 1) / texel * texel;
  gsize value_bytes = limn_dtype_get_bytes (input->dtype);

  g_assert_true (input->before + input->after == 0 || input->c % texel == 0);
  place->pitch = input->before + padded + input->after;
  place->first = guard + input->before;
  place->n_values = guard + rows * place->pitch + guard;
  place->bytes = g_malloc (place->n_values * value_bytes);
  for (gsize i = 0; i < place->n_values; i++)
    set_value (place, input->dtype, i, canary_of (input->dtype));
  if (input->ids != NULL || values != NULL)
    for (gsize row = 0; row < rows; row++)
      for (gsize i = 0; i < padded; i++)
        set_value (place, input->dtype, place->first + row * place->pitch + i,
                   i >= input->c        ? 0
                   : input->ids != NULL ? input->ids[row * input->c + i]
                                        : float_bits (input->dtype, values[row * input->c + i]));

  place->storage = limn_tensor_new (gl, input->dtype, 1, 1, 1, place->n_values, label, &error);
  g_assert_no_error (error);
  limn_gl_buffer_write (place->storage->buffer, 0, place->bytes, place->n_values * value_bytes);
  place->view = g_memdup2 (place->storage, sizeof *place->storage);
  place->view->owns_buffer = FALSE;
  place->view->n = input->n;
  place->view->h = input->h;
  place->view->w = input->w;
  place->view->c = input->c;
  place->view->pitch = place->pitch;
  place->view->first = place->first;
}

static void
check_output (LimnOpCase  *c,
              const Place *place,
              guint32     *bits,
              const char  *where)
{
  LimnDtype dtype = c->out.dtype;
  gsize columns = c->out.c, begin = place->first - c->out.before;
  gsize padded = place->pitch - c->out.before - c->out.after;
  gsize end = begin + input_rows (&c->out) * place->pitch;

  for (gsize at = 0; at < place->n_values; at++)
    {
      guint32 value = get_value (place, dtype, at);
      gboolean inside = at >= begin && at < end;
      gsize row = inside ? (at - begin) / place->pitch : 0;
      /* Of the view; wraps around, and is then large, for the columns before it. */
      gsize column = inside ? (at - begin) % place->pitch - c->out.before : G_MAXSIZE;

      if (column >= padded && value != canary_of (dtype))
        g_error ("%s%s: written outside of the output: %zd values from its first (pitch %zu), 0x%08x", c->name, where,
                 (gssize) (at - place->first), place->pitch, value);
      if (column < padded && value == canary_of (dtype))
        g_error ("%s%s: row %zu, column %zu was not written", c->name, where, row, column);
      if (column < padded && column >= columns && bits_float (dtype, value) != 0.0f)
        g_error ("%s%s: padding of row %zu, column %zu is 0x%08x, not zero", c->name, where, row, column, value);
      if (column < columns)
        bits[row * columns + column] = value;
    }
}

static guint32 *
run_on (LimnOpCase    *c,
        LimnGl        *gl,
        LimnArena     *arena,
        LimnOpRecord   record,
        gconstpointer  user_data,
        const char    *where)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGraph) graph = limn_graph_new (gl, arena, c->name);
  g_autoptr (LimnWeights) weights = NULL;
  Place out = { 0 }, in[LIMN_OP_MAX_INPUTS] = { { 0 } };
  LimnTensor *tensors[LIMN_OP_MAX_INPUTS] = { NULL };
  gsize n = input_rows (&c->out) * c->out.c;
  gsize bytes;
  g_autofree guint32 *first = g_new0 (guint32, n);
  guint32 *second = g_new0 (guint32, n);
  const float *before = NULL;

  for (guint i = 0; i < c->n_in; i++)
    if (c->in[i].is_output)
      before = c->in[i].values;
  place_init (&out, gl, &c->out, GUARD, before, "output");
  for (guint i = 0; i < c->n_in; i++)
    {
      if (!c->in[i].is_output)
        place_init (&in[i], gl, &c->in[i], 0, c->in[i].values, "input");
      tensors[i] = c->in[i].is_output ? out.view : in[i].view;
    }
  if (c->weights != NULL)
    {
      weights = limn_weights_new (gl, c->weights_dtype, c->weights_n, c->weights_k, c->weights_taps, "weights", &error);
      g_assert_no_error (error);
      limn_weights_upload (weights, 0, c->weights_n, c->weights);
    }

  if (!record (graph, out.view, tensors, weights, user_data, &error) || !limn_graph_plan (graph, &error))
    g_error ("%s%s: %s", c->name, where, error->message);

  bytes = out.n_values * limn_dtype_get_bytes (c->out.dtype);
  for (guint turn = 0; turn < 2; turn++)
    {
      if (!limn_graph_run (graph, NULL, &error))
        g_error ("%s%s: %s", c->name, where, error->message);
      if (turn == 0)
        {
          g_autofree guint8 *fresh = g_memdup2 (out.bytes, bytes);

          if (!limn_gl_buffer_read (out.storage->buffer, 0, out.bytes, bytes, &error))
            g_error ("%s%s: %s", c->name, where, error->message);
          check_output (c, &out, first, where);
          limn_gl_buffer_write (out.storage->buffer, 0, fresh, bytes);
        }
    }
  if (!limn_gl_buffer_read (out.storage->buffer, 0, out.bytes, bytes, &error))
    g_error ("%s%s: %s", c->name, where, error->message);
  check_output (c, &out, second, where);
  for (gsize i = 0; i < n; i++)
    if (first[i] != second[i])
      g_error ("%s%s: row %zu, column %zu is 0x%08x in one run and 0x%08x in the next", c->name, where, i / c->out.c,
               i % c->out.c, first[i], second[i]);
  for (guint i = 0; i < c->n_in; i++)
    place_clear (&in[i]);
  place_clear (&out);
  return second;
}

/* Whether no binding of the case can be affected by a limit of 1 MiB: a quarter of that for each tensor leaves room for
 * what operators need beside them (Winograd's transformed input is 2.25 times as large). */
static gboolean
fits_any_limit (const LimnOpCase *c)
{
  gsize most = 1 << 18;

  for (guint i = 0; i < c->n_in; i++)
    if (input_rows (&c->in[i]) * (c->in[i].before + c->in[i].c + c->in[i].after) * 4 > most)
      return FALSE;
  return input_rows (&c->out) * (c->out.before + c->out.c + c->out.after) * 4 <= most &&
         (gsize) c->weights_n * c->weights_k * c->weights_taps * 4 <= most;
}

gboolean
limn_op_case_run (LimnOpCase    *c,
                  LimnOpRecord   record,
                  gconstpointer  user_data)
{
  gsize n = input_rows (&c->out) * c->out.c;
  gint64 begin_us = g_get_monotonic_time ();
  g_autofree guint32 *bits = NULL;

  if (c->gpu->limited != NULL && fits_any_limit (c))
    return FALSE;
  bits = run_on (c, c->gpu->gl, c->gpu->arena, record, user_data, "");
  c->device_us = g_get_monotonic_time () - begin_us;
  if (c->gpu->limited != NULL)
    {
      g_autofree guint32 *limited =
        run_on (c, c->gpu->limited, c->gpu->limited_arena, record, user_data, " (bindings of 1 MiB)");

      for (gsize i = 0; i < n; i++)
        if (limited[i] != bits[i])
          g_error ("%s: row %zu, column %zu is 0x%08x, but 0x%08x with bindings of 1 MiB", c->name, i / c->out.c,
                   i % c->out.c, bits[i], limited[i]);
      g_test_message ("%s: the same bits", c->name);
      return FALSE;
    }
  if (c->out.dtype == LIMN_DTYPE_U32)
    {
      c->out.ids = g_steal_pointer (&bits);
      return TRUE;
    }
  c->out.values = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    c->out.values[i] = bits_float (c->out.dtype, bits[i]);
  return TRUE;
}

void
limn_op_case_compare_at (LimnOpCase *c,
                         guint64     row,
                         guint       column,
                         double      expected)
{
  double got = c->out.values[row * c->out.c + column];
  double difference = fabs (got - expected);

  c->error_squares += difference * difference;
  c->squares += expected * expected;
  /* Also where it is not a number. */
  if (!(difference <= c->worst))
    {
      c->worst = difference;
      c->worst_got = got;
      c->worst_expected = expected;
      c->worst_row = row;
      c->worst_column = column;
    }
}

void
limn_op_case_compare (LimnOpCase  *c,
                      const float *expected)
{
  for (gsize row = 0; row < input_rows (&c->out); row++)
    for (guint i = 0; i < c->out.c; i++)
      limn_op_case_compare_at (c, row, i, expected[row * c->out.c + i]);
}

void
limn_op_case_assert_nmse (LimnOpCase *c,
                          double      bound)
{
  double nmse = c->squares > 0.0 ? c->error_squares / c->squares : c->error_squares;

  g_test_message ("%s: NMSE %.2e, worst in row %" G_GUINT64_FORMAT ", column %u: %.9g, expected %.9g; %d ms, device %d",
                  c->name, nmse, c->worst_row, c->worst_column, c->worst_got, c->worst_expected,
                  (int) ((g_get_monotonic_time () - c->begin_us) / 1000), (int) (c->device_us / 1000));
  if (!(nmse <= bound))
    g_error ("%s: NMSE %.2e is more than %.2e; worst in row %" G_GUINT64_FORMAT ", column %u: %.9g, expected %.9g",
             c->name, nmse, bound, c->worst_row, c->worst_column, c->worst_got, c->worst_expected);
}

double
limn_op_test_bound (const LimnOpTest *test,
                    double            f32)
{
  return test->dtype == LIMN_DTYPE_F16 ? LIMN_OP_NMSE_F16 : f32;
}

void
limn_op_test_assert_refused (gboolean  recorded,
                             GError  **error)
{
  g_assert_false (recorded);
  g_assert_error (*error, LIMN_ERROR, LIMN_ERROR_SHAPE);
  g_test_message ("%s", (*error)->message);
  g_clear_error (error);
}
