/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-gl.h"

#include "base/limn-error.h"
#include "base/limn-half.h"

#include <math.h>
#include <string.h>

static void
test_buffer (Fixture       *f,
             gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
  g_autoptr (LimnGlBuffer) buffer = limn_gl_buffer_new (gl, 4099, "odd", &error);
  g_autoptr (LimnGlBuffer) other = limn_gl_buffer_new (gl, 64, NULL, &error);
  guint8 bytes[4099], found[4099];

  g_assert_no_error (error);
  g_assert_cmpuint (limn_gl_buffer_get_size (buffer), ==, 4099);
  g_assert_cmpuint (limn_gl_get_allocated_bytes (gl), ==, 4112 + 64);
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = i * 7 + i / 256;
  limn_gl_buffer_write (buffer, 0, bytes, sizeof bytes);
  g_assert_true (limn_gl_buffer_read (buffer, 0, found, sizeof found, &error));
  g_assert_cmpmem (found, sizeof found, bytes, sizeof bytes);

  /* Parts, at any byte. */
  limn_gl_buffer_write (buffer, 4095, "limn", 4);
  limn_gl_buffer_clear (buffer, 8, 12, 0x01020304);
  limn_gl_buffer_copy (other, 0, buffer, 4, 20);
  g_assert_true (limn_gl_buffer_read (buffer, 4095, found, 4, &error));
  g_assert_cmpmem (found, 4, "limn", 4);
  g_assert_true (limn_gl_buffer_read (other, 0, found, 20, &error));
  g_assert_cmpmem (found, 4, bytes + 4, 4);
  for (guint i = 0; i < 3; i++)
    g_assert_cmphex (((guint32 *) (found + 4))[i], ==, 0x01020304);
  g_assert_cmpmem (found + 16, 4, bytes + 20, 4);

  g_clear_pointer (&buffer, limn_gl_buffer_free);
  g_clear_pointer (&other, limn_gl_buffer_free);
  g_assert_cmpuint (limn_gl_get_allocated_bytes (gl), ==, 0);
  g_assert_true (limn_gl_check (gl, &error));
}

static void
test_budget (Fixture       *f,
             gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
  g_autoptr (LimnGlBuffer) half = NULL;
  guint64 before = limn_gl_get_budget_bytes (gl);

  g_assert_cmpuint (before, >, 1 << 20);
  limn_gl_set_budget_bytes (gl, 2 << 20);
  half = limn_gl_buffer_new (gl, 1 << 20, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (limn_gl_buffer_new (gl, (1 << 20) + 1, "latents", &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "2 MiB more are needed, 1 of 2 MiB are in use"));
  g_assert_nonnull (strstr (error->message, "latents"));
  g_assert_cmpuint (limn_gl_get_allocated_bytes (gl), ==, 1 << 20);

  /* Beyond any device. */
  g_clear_error (&error);
  limn_gl_set_budget_bytes (gl, G_MAXUINT64);
  if (limn_gl_get_device (gl)->device_class == LIMN_GL_SOFTWARE)
    {
      g_assert_null (limn_gl_buffer_new (gl, (gsize) 5 << 30, NULL, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_OUT_OF_MEMORY);
      g_test_message ("%s", error->message);
    }
  g_clear_error (&error);
  g_assert_true (limn_gl_check (gl, &error));
}

static void
test_debug_fill (Fixture       *f,
                 gconstpointer  data)
{
  const LimnGlOptions options = { .cache_dir = f->cache_dir, .debug = TRUE };
  g_autoptr (LimnGl) gl = limn_gl_new (&options, NULL);
  g_autoptr (LimnGlBuffer) buffer = limn_gl_buffer_new (gl, 64, "fresh", NULL);
  float found[16];

  g_assert_true (limn_gl_buffer_read (buffer, 0, found, sizeof found, NULL));
  for (guint i = 0; i < 16; i++)
    g_assert_true (isnan (found[i]));
}

/* Where sizes and offsets no longer fit 31 bits. */
static void
test_big_buffer (Fixture       *f,
                 gconstpointer  data)
{
  const gsize bytes = ((gsize) 3 << 30) + 4096, at = (gsize) 3 << 30;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
  g_autoptr (LimnGlBuffer) buffer = NULL;
  float found = 0;
  Step step;

  if (!g_test_slow ())
    {
      g_test_skip ("takes 3 GiB; -m slow");
      return;
    }
  buffer = limn_gl_buffer_new (gl, bytes, "big", &error);
  g_assert_no_error (error);
  g_assert_true (step_init (&step, gl, 16, &error));
  limn_gl_buffer_clear (buffer, at, 4096, 0);
  limn_gl_buffer_clear (buffer, 0, 4096, 0);
  for (guint texel = 0; texel < 2; texel++)
    {
      static const char * const defines[] = { "TEXEL", NULL };
      const LimnGlBinding bindings[] = {
        { LIMN_GL_UNIFORM, 0, step.params },
        { LIMN_GL_STORAGE, 1, buffer, at, 64 },
        { LIMN_GL_TEXEL_RGBA32F, 2, buffer, at, 256 },
        { LIMN_GL_IMAGE_RGBA32F, 3, buffer, at + 1024, 256 },
      };
      LimnGlDispatch dispatch = { .bindings = bindings, .n_bindings = texel ? 4 : 2, .groups = { 1, 1, 1 } };

      dispatch.program = limn_gl_get_program (gl, "test_step", texel ? defines : NULL, &error);
      limn_gl_dispatch (gl, &dispatch);
      limn_gl_barrier (gl);
      g_assert_true (limn_gl_buffer_read (buffer, at + (texel ? 1024 : 0), &found, sizeof found, &error));
      g_assert_cmpfloat (found, ==, 1);
    }
  g_assert_true (limn_gl_buffer_read (buffer, 0, &found, sizeof found, &error));
  g_assert_cmpfloat (found, ==, 0);
  step_clear (&step);
}

/* Every texel of @x as float32 into the words of y. */
static const LimnKernelParam texel_params[] = { { "n", LIMN_KERNEL_UINT, 0 } };
static const LimnKernelBinding texel_bindings[] = { { "x", LIMN_KERNEL_TEXEL, 1 }, { "Y", LIMN_KERNEL_STORAGE, 2 } };
static const LimnKernelInfo texel_kernel = {
  "test_texel", texel_params, 1, 16, texel_bindings, 2,
  "layout (local_size_x = 64) in;\n"
  "layout (std140, binding = 0) uniform Params { uint n; };\n"
  "#ifdef BITS\n"
  "layout (binding = 1) uniform usamplerBuffer x;\n"
  "#else\n"
  "layout (binding = 1) uniform samplerBuffer x;\n"
  "#endif\n"
  "layout (std430, binding = 2) writeonly buffer Y { vec4 y[]; };\n"
  "void main () {\n"
  "  uint i = gl_GlobalInvocationID.x;\n"
  "  if (i >= n) return;\n"
  "#ifdef BITS\n"
  "  uvec2 v = texelFetch (x, int (i)).xy;\n"
  "  y[i] = vec4 (unpackHalf2x16 (v.x), unpackHalf2x16 (v.y));\n"
  "#else\n"
  "  y[i] = texelFetch (x, int (i));\n"
  "#endif\n"
  "}\n",
};

/* Runs @kernel, whose bindings 1 and 2 are input and output. */
static void
run_convert (LimnGl             *gl,
             const char         *kernel,
             const char         *define,
             LimnGlBindingKind   kind,
             gconstpointer       x,
             gsize               x_bytes,
             gpointer            y,
             gsize               y_bytes,
             guint               n)
{
  const char * const defines[] = { define, NULL };
  const guint32 params[4] = { n };
  g_autoptr (GError) error = NULL;
  LimnGlBuffer *buffers[3] = {
    limn_gl_buffer_new (gl, sizeof params, NULL, NULL),
    limn_gl_buffer_new (gl, x_bytes, NULL, NULL),
    limn_gl_buffer_new (gl, y_bytes, NULL, NULL),
  };
  const LimnGlBinding bindings[] = {
    { LIMN_GL_UNIFORM, 0, buffers[0] }, { kind, 1, buffers[1] }, { LIMN_GL_STORAGE, 2, buffers[2] },
  };
  LimnGlDispatch dispatch = { .bindings = bindings, .n_bindings = 3 };

  dispatch.program = limn_gl_get_program (gl, kernel, defines, &error);
  g_assert_no_error (error);
  g_assert_true (limn_gl_groups_for_items (gl, n, 64, dispatch.groups));
  limn_gl_buffer_write (buffers[0], 0, params, sizeof params);
  limn_gl_buffer_write (buffers[1], 0, x, x_bytes);
  limn_gl_dispatch (gl, &dispatch);
  g_assert_true (limn_gl_buffer_read (buffers[2], 0, y, y_bytes, &error));
  for (guint i = 0; i < 3; i++)
    limn_gl_buffer_free (buffers[i]);
}

/* All 65536 halves, as texels and by unpackHalf2x16; GLSL leaves subnormals to the driver, Limn's tolerances do not. */
static void
test_half_read (Fixture       *f,
                gconstpointer  data)
{
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
  g_autofree guint16 *x = g_new (guint16, 65536);
  g_autofree float *y = g_new (float, 65536);

  limn_gl_add_kernel (gl, &texel_kernel);
  for (guint i = 0; i < 65536; i++)
    x[i] = i;
  for (guint bits = 0; bits < 2; bits++)
    {
      run_convert (gl, "test_texel", bits ? "BITS" : NULL, bits ? LIMN_GL_TEXEL_RG32UI : LIMN_GL_TEXEL_RGBA16F, x,
                   65536 * sizeof *x, y, 65536 * sizeof *y, 65536 / 4);
      for (guint i = 0; i < 65536; i++)
        {
          float want = limn_half_to_float (i);

          if (isnan (want) ? !isnan (y[i]) : memcmp (&want, &y[i], sizeof want) != 0)
            g_error ("half 0x%04x is read as %a by %s", i, y[i], bits ? "unpackHalf2x16" : "texelFetch");
        }
    }
}

/* Each half, the middle between it and the next, and the neighbours of the middle, through lib/half.glsl as this driver
 * gets it, and with the bits made by the shader. What packHalf2x16 does by itself is told, not judged. */
static void
test_half_write (Fixture       *f,
                 gconstpointer  data)
{
  static const char * const variants[] = { NULL, "HALF_EXACT=1", "HALF_EXACT=0" };
  const guint n = 4 * 0x7bff + 8;
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
  g_autofree float *x = g_new (float, n);
  g_autofree guint32 *y = g_new (guint32, n);
  const float special[8] = { 65504, 65519.996f, 65520, 65536, INFINITY, NAN, 0x1p-149f, 0x1p-126f };

  for (guint i = 0; i < 0x7bff; i++)
    {
      float low = limn_half_to_float (i), high = limn_half_to_float (i + 1), middle = (low + high) / 2;
      float values[4] = { low, nextafterf (middle, low), middle, nextafterf (middle, high) };

      memcpy (x + 4 * i, values, sizeof values);
    }
  memcpy (x + 4 * 0x7bff, special, sizeof special);
  for (gsize v = 0; v < G_N_ELEMENTS (variants); v++)
    {
      guint wrong = 0;

      run_convert (gl, "half_rounding", variants[v], LIMN_GL_STORAGE, x, n * sizeof *x, y, n * sizeof *y, n);
      for (guint i = 0; i < n; i++)
        {
          guint32 want = limn_half_from_float (x[i]) | (guint32) limn_half_from_float (-x[i]) << 16;

          if (isnan (x[i]) ? (y[i] & 0x7fff7fff) > 0x7c007c00 : y[i] == want)
            continue;
          wrong++;
          if (v < 2)
            g_error ("%a is written as 0x%08x, not 0x%08x, by %s", x[i], y[i], want, variants[v]);
        }
      if (v == 2)
        g_test_message ("packHalf2x16: %u of %u values not rounded to nearest even", wrong, n);
    }
}

void
add_buffer_tests (void)
{
  ADD ("buffer/transfers", test_buffer);
  ADD ("buffer/budget", test_budget);
  ADD ("buffer/debug-fill", test_debug_fill);
  ADD ("buffer/big", test_big_buffer);
  ADD ("half/read", test_half_read);
  ADD ("half/write", test_half_write);
}
