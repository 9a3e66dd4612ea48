/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-error.h"
#include "base/limn-half.h"
#include "gl/limn-gl-dispatch.h"
#include "gl/limn-gl-private.h"
#include "gl/limn-gl-probe.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A cache directory of its own for each test. */
typedef struct
{
  char *cache_dir;
} Fixture;

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        remove_tree (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

static void
set_up (Fixture       *f,
        gconstpointer  data)
{
  f->cache_dir = g_dir_make_tmp ("limn-gl-XXXXXX", NULL);
  g_assert_nonnull (f->cache_dir);
}

static void
tear_down (Fixture       *f,
           gconstpointer  data)
{
  g_chmod (f->cache_dir, 0700);
  remove_tree (f->cache_dir);
  g_free (f->cache_dir);
}

static LimnGl *
open_gl (Fixture *f)
{
  const LimnGlOptions options = { .cache_dir = f->cache_dir };
  g_autoptr (GError) error = NULL;
  LimnGl *gl = limn_gl_new (&options, &error);

  g_assert_no_error (error);
  g_assert_nonnull (gl);
  return gl;
}

static void
test_list_devices (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = limn_gl_list_devices (&error);
  gboolean software = FALSE;

  g_assert_no_error (error);
  for (guint i = 0; i < devices->len; i++)
    {
      const LimnGlDevice *device = g_ptr_array_index (devices, i);
      const LimnGlLimits *limits = &device->limits;

      g_test_message ("%u: %s | %s | %s | %s | %" G_GUINT64_FORMAT " MiB, storage %" G_GSIZE_FORMAT " MiB, texels %"
                      G_GSIZE_FORMAT ", shared %u", device->index, device->name, device->vendor, device->driver,
                      limn_gl_class_get_name (device->device_class), device->memory_bytes >> 20,
                      limits->max_storage_bytes >> 20, limits->max_texels, limits->max_shared_bytes);
      g_assert_cmpuint (device->index, ==, i);
      /* Hardware never after software. */
      g_assert_true (!software || device->device_class == LIMN_GL_SOFTWARE);
      software = device->device_class == LIMN_GL_SOFTWARE;
      g_assert_true (!software || device->memory_bytes > 0);
      /* What GL 4.5 guarantees, table 23.60 and following. */
      g_assert_cmpuint (limits->max_storage_bytes, >=, 1 << 27);
      g_assert_cmpuint (limits->max_uniform_bytes, >=, 16384);
      g_assert_cmpuint (limits->max_texels, >=, 65536);
      g_assert_cmpuint (limits->max_shared_bytes, >=, 32768);
      g_assert_cmpuint (limits->max_groups[0], >=, 65535);
      g_assert_cmpuint (limits->max_group_size[0], >=, 1024);
      g_assert_cmpuint (limits->max_invocations, >=, 1024);
      g_assert_cmpuint (limits->max_storage_bindings, >=, 8);
      g_assert_cmpuint (limits->max_image_bindings, >=, 8);
      g_assert_true (g_strv_contains (limits->extensions, "GL_ARB_compute_shader"));
    }
}

/* In a process of its own, since the EGL library reads its environment once. */
static void
test_no_driver (gconstpointer data)
{
  const char *setting = data;
  g_auto (GStrv) words = g_strsplit (setting, "=", 2);
  g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), words[0], words[1], TRUE);
  const char *argv[] = { "/proc/self/exe", "--no-driver", NULL };
  g_autofree char *program = g_file_read_link (argv[0], NULL);
  g_autofree char *out = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  argv[0] = program;
  g_assert_true (g_spawn_sync (NULL, (char **) argv, environment, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL,
                               &status, &error));
  g_assert_no_error (error);
  g_test_message ("%s: %s", setting, out);
  g_assert_true (g_spawn_check_wait_status (status, &error));
  g_assert_nonnull (strstr (out, "No graphics driver with OpenGL 4.5 was found."));
}

static int
run_without_driver (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) other = NULL;
  LimnGl *gl = limn_gl_new (NULL, &error);

  if (gl != NULL || limn_gl_list_devices (&other) != NULL)
    return 1;
  g_print ("%s", error->message);
  return g_error_matches (error, LIMN_ERROR, LIMN_ERROR_NO_GPU) && g_error_matches (other, LIMN_ERROR, LIMN_ERROR_NO_GPU)
           ? 0 : 2;
}

/* The owner is who made it. */
static gpointer
check_elsewhere (gpointer gl)
{
  limn_gl_check (gl, NULL);
  return NULL;
}

static void
test_wrong_thread (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (LimnGl) gl = limn_gl_new (NULL, NULL);

      g_thread_join (g_thread_new ("elsewhere", check_elsewhere, gl));
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*gl->owner == g_thread_self*");
}

/* Looking for devices in the middle of another's work, of another API. */
static void
test_list_beside (Fixture       *f,
                  gconstpointer  data)
{
  g_autoptr (LimnGl) gl = open_gl (f);
  g_autoptr (GPtrArray) devices = NULL;
  EGLContext context = eglGetCurrentContext ();

  g_assert_true (context != EGL_NO_CONTEXT);
  devices = limn_gl_list_devices (NULL);
  g_assert_true (eglGetCurrentContext () == context);
  g_assert_true (limn_gl_check (gl, NULL));
  eglBindAPI (EGL_OPENGL_ES_API);
  g_clear_pointer (&devices, g_ptr_array_unref);
  devices = limn_gl_list_devices (NULL);
  g_assert_cmphex (eglQueryAPI (), ==, EGL_OPENGL_ES_API);
  eglBindAPI (EGL_OPENGL_API);
}

static void
test_wrong_device (Fixture       *f,
                   gconstpointer  data)
{
  const char *names[] = { "no such card", "99", "" };
  g_autoptr (GPtrArray) devices = limn_gl_list_devices (NULL);
  const LimnGlDevice *first = g_ptr_array_index (devices, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const LimnGlOptions options = { .device = names[i], .cache_dir = f->cache_dir };
      g_autoptr (GError) error = NULL;

      g_assert_null (limn_gl_new (&options, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_NO_GPU);
      /* Says what there is instead. */
      g_assert_nonnull (strstr (error->message, first->name));
      g_test_message ("%s", error->message);
    }
}

static void
test_device_by_name (Fixture       *f,
                     gconstpointer  data)
{
  g_autoptr (GPtrArray) devices = limn_gl_list_devices (NULL);

  for (guint i = 0; i < devices->len; i++)
    {
      const LimnGlDevice *device = g_ptr_array_index (devices, i);
      g_autofree char *number = g_strdup_printf ("%u", i);
      g_autofree char *name = g_ascii_strup (device->name, -1);
      const LimnGlOptions by_number = { .device = number, .cache_dir = f->cache_dir };
      const LimnGlOptions by_name = { .device = name, .cache_dir = f->cache_dir };
      g_autoptr (LimnGl) a = limn_gl_new (&by_number, NULL);
      g_autoptr (LimnGl) b = limn_gl_new (&by_name, NULL);

      g_assert_cmpstr (limn_gl_get_device (a)->name, ==, device->name);
      g_assert_cmpuint (limn_gl_get_device (a)->index, ==, i);
      g_assert_cmpstr (limn_gl_get_device (b)->name, ==, device->name);
      g_assert_cmpstr (limn_gl_get_driver_key (a), ==, limn_gl_get_driver_key (b));
    }
}

static void
test_buffer (Fixture       *f,
             gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = open_gl (f);
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
  g_autoptr (LimnGl) gl = open_gl (f);
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

/* y = x + 1 over n words, by storage blocks. */
static const LimnKernelParam step_params[] = { { "n", LIMN_KERNEL_UINT, 0 }, { "by", LIMN_KERNEL_FLOAT, 4 } };
static const LimnKernelBinding step_bindings[] = {
  { "Y", LIMN_KERNEL_STORAGE, 1 },
  { "x", LIMN_KERNEL_TEXEL, 2 },
  { "z", LIMN_KERNEL_IMAGE, 3 },
};
#define STEP_SOURCE                                                                                                    \
  "layout (local_size_x = 64) in;\n"                                                                                   \
  "layout (std140, binding = 0) uniform Params { uint n; float by; };\n"                                               \
  "layout (std430, binding = 1) buffer Y { float y[]; };\n"                                                            \
  "#ifdef TEXEL\n"                                                                                                     \
  "layout (binding = 2) uniform samplerBuffer x;\n"                                                                    \
  "layout (binding = 3, rgba32f) writeonly uniform imageBuffer z;\n"                                                   \
  "#endif\n"                                                                                                           \
  "void main () {\n"                                                                                                   \
  "  uint i = gl_GlobalInvocationID.x;\n"                                                                              \
  "  if (i >= n) return;\n"                                                                                            \
  "#ifdef TEXEL\n"                                                                                                     \
  "  vec4 v = texelFetch (x, int (i));\n"                                                                              \
  "  imageStore (z, int (i), v * by);\n"                                                                               \
  "  y[i] = v.x + v.w;\n"                                                                                              \
  "#else\n"                                                                                                            \
  "  y[i] += by;\n"                                                                                                    \
  "#endif\n"                                                                                                           \
  "}\n"
static const LimnKernelInfo step_kernel = {
  "test_step", step_params, 2, 16, step_bindings, 3, STEP_SOURCE,
};

typedef struct
{
  LimnGl       *gl;
  LimnGlBuffer *params;
  LimnGlBuffer *y;
  guint         n;
} Step;

static gboolean
step_init (Step    *step,
           LimnGl  *gl,
           guint    n,
           GError **error)
{
  const struct { guint32 n; float by; guint32 padding[2]; } params = { .n = n, .by = 1 };

  limn_gl_add_kernel (gl, &step_kernel);
  *step = (Step) { .gl = gl, .n = n };
  step->params = limn_gl_buffer_new (gl, sizeof params, "params", error);
  step->y = step->params != NULL ? limn_gl_buffer_new (gl, n * sizeof (float), "y", error) : NULL;
  if (step->y == NULL)
    return FALSE;
  limn_gl_buffer_write (step->params, 0, &params, sizeof params);
  limn_gl_buffer_clear (step->y, 0, G_MAXSIZE, 0);
  return TRUE;
}

static void
step_clear (Step *step)
{
  limn_gl_buffer_free (step->params);
  limn_gl_buffer_free (step->y);
}

static gboolean
step_run (Step    *step,
          GError **error)
{
  const LimnGlBinding bindings[] = { { LIMN_GL_UNIFORM, 0, step->params }, { LIMN_GL_STORAGE, 1, step->y } };
  LimnGlDispatch dispatch = { .bindings = bindings, .n_bindings = 2, .label = "step" };

  dispatch.program = limn_gl_get_program (step->gl, "test_step", NULL, error);
  if (dispatch.program == NULL || !limn_gl_groups_for_items (step->gl, step->n, 64, dispatch.groups))
    return FALSE;
  limn_gl_dispatch (step->gl, &dispatch);
  limn_gl_barrier (step->gl);
  return TRUE;
}

static void
test_dispatch (Fixture       *f,
               gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  const LimnGlOptions options = { .cache_dir = f->cache_dir, .debug = GPOINTER_TO_INT (data) };
  g_autoptr (LimnGl) gl = limn_gl_new (&options, &error);
  float found[1000];
  Step step;

  g_assert_no_error (error);
  g_assert_true (step_init (&step, gl, G_N_ELEMENTS (found), &error));
  for (guint i = 0; i < 5; i++)
    g_assert_true (step_run (&step, &error));
  g_assert_true (limn_gl_buffer_read (step.y, 0, found, sizeof found, &error));
  for (guint i = 0; i < G_N_ELEMENTS (found); i++)
    g_assert_cmpfloat (found[i], ==, 5);
  step_clear (&step);

  g_assert_true (step_init (&step, gl, G_N_ELEMENTS (found), &error));
  g_assert_true (step_run (&step, &error));
  g_assert_true (limn_gl_buffer_read (step.y, 0, found, sizeof found, &error));
  for (guint i = 0; i < G_N_ELEMENTS (found); i++)
    g_assert_cmpfloat (found[i], ==, 1);
  step_clear (&step);
  g_assert_true (limn_gl_check (gl, &error));
}

/* Ranges as textures and images, float32 and float16; @scale tells the rounds apart. */
static void
check_texels (LimnGl *gl,
              float   scale)
{
  static const char * const defines[] = { "TEXEL", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGlBuffer) x = limn_gl_buffer_new (gl, 4096, "x", &error);
  g_autoptr (LimnGlBuffer) z = limn_gl_buffer_new (gl, 4096, "z", &error);
  float values[64], found[64], sums[16];
  guint16 halves[64];
  Step step;

  for (guint i = 0; i < 64; i++)
    {
      values[i] = scale * i;
      halves[i] = limn_half_from_float (-scale * i);
    }
  limn_gl_buffer_write (x, 0, halves, sizeof halves);
  limn_gl_buffer_write (x, 256, values, sizeof values);
  g_assert_true (step_init (&step, gl, 16, &error));
  for (guint half = 0; half < 2; half++)
    {
      const LimnGlBinding bindings[] = {
        { LIMN_GL_UNIFORM, 0, step.params },
        { LIMN_GL_STORAGE, 1, step.y },
        { half ? LIMN_GL_TEXEL_RGBA16F : LIMN_GL_TEXEL_RGBA32F, 2, x, half ? 0 : 256, half ? 128 : 256 },
        { LIMN_GL_IMAGE_RGBA32F, 3, z, 512, 256 },
      };
      const float sign = half ? -scale : scale;
      LimnGlDispatch dispatch = { .bindings = bindings, .n_bindings = 4, .groups = { 1, 1, 1 } };

      dispatch.program = limn_gl_get_program (gl, "test_step", defines, &error);
      g_assert_no_error (error);
      limn_gl_buffer_clear (z, 0, G_MAXSIZE, 0xffffffff);
      limn_gl_dispatch (gl, &dispatch);
      g_assert_true (limn_gl_buffer_read (z, 512, found, sizeof found, &error));
      g_assert_true (limn_gl_buffer_read (step.y, 0, sums, sizeof sums, &error));
      for (guint i = 0; i < 64; i++)
        g_assert_cmpfloat (found[i], ==, sign * i);
      for (guint i = 0; i < 16; i++)
        g_assert_cmpfloat (sums[i], ==, sign * (8 * i + 3));
      /* Nothing beside the range. */
      g_assert_true (limn_gl_buffer_read (z, 768, found, 16, &error));
      g_assert_true (isnan (found[0]) && isnan (found[3]));
    }
  step_clear (&step);
}

static void
test_texels (Fixture       *f,
             gconstpointer  data)
{
  g_autoptr (LimnGl) gl = open_gl (f);

  /* The offsets here; 256 is the most that GL 4.5 allows. */
  g_assert_cmpuint (limn_gl_get_limits (gl)->texel_alignment, <=, 256);
  for (guint round = 1; round <= 2; round++)
    {
      check_texels (gl, round);
      /* GL may give the names of what was freed to others, though Mesa does not: nothing of it is remembered as bound. */
      for (guint i = 0; i < LIMN_GL_N_BINDINGS; i++)
        {
          g_assert_cmpuint (gl->bound_storage[i].buffer, ==, 0);
          g_assert_cmpuint (gl->bound_uniform[i].buffer, ==, 0);
          g_assert_cmpuint (gl->bound_texture[i], ==, 0);
          g_assert_cmpuint (gl->bound_image[i].texture, ==, 0);
        }
    }
}

/* More ranges of one buffer than textures are kept for: none may go that the dispatch itself needs. */
static void
test_many_ranges (Fixture       *f,
                  gconstpointer  data)
{
  static const char * const defines[] = { "TEXEL", NULL };
  const guint n = LIMN_GL_MAX_TEXTURES / 2 + 100;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = open_gl (f);
  guint alignment = limn_gl_get_limits (gl)->texel_alignment;
  g_autoptr (LimnGlBuffer) buffer = limn_gl_buffer_new (gl, (gsize) alignment * 2 * n, NULL, &error);
  LimnGlProgram *program;
  Step step;

  g_assert_true (step_init (&step, gl, 1, &error));
  program = limn_gl_get_program (gl, "test_step", defines, &error);
  for (guint i = 0; i < n; i++)
    {
      const LimnGlBinding bindings[] = {
        { LIMN_GL_UNIFORM, 0, step.params },
        { LIMN_GL_STORAGE, 1, step.y },
        { LIMN_GL_TEXEL_RGBA32F, 2, buffer, (gsize) i * 2 * alignment, 16 },
        { LIMN_GL_IMAGE_RGBA32F, 3, buffer, (gsize) (i * 2 + 1) * alignment, 16 },
      };
      const LimnGlDispatch dispatch = { program, bindings, 4, { 1, 1, 1 } };
      const float values[4] = { i, 0, 0, 1 };
      float sum = 0, copy[4] = { 0 };

      limn_gl_buffer_write (buffer, bindings[2].offset, values, sizeof values);
      limn_gl_dispatch (gl, &dispatch);
      g_assert_true (limn_gl_buffer_read (step.y, 0, &sum, sizeof sum, &error));
      g_assert_true (limn_gl_buffer_read (buffer, bindings[3].offset, copy, sizeof copy, &error));
      g_assert_cmpfloat (sum, ==, i + 1);
      g_assert_cmpmem (copy, sizeof copy, values, sizeof values);
    }
  g_assert_cmpuint (g_hash_table_size (buffer->textures), <=, LIMN_GL_MAX_TEXTURES);
  step_clear (&step);
}

static void
test_missing_binding (Fixture       *f,
                      gconstpointer  data)
{
  static const char * const defines[] = { "TEXEL", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = open_gl (f);
  LimnGlProgram *program;
  Step step;

  g_assert_true (step_init (&step, gl, 1, &error));
  program = limn_gl_get_program (gl, "test_step", defines, &error);
  for (guint missing = 0; missing < 4; missing++)
    {
      const LimnGlBinding all[] = {
        { LIMN_GL_UNIFORM, 0, step.params },
        { LIMN_GL_STORAGE, 1, step.y },
        { LIMN_GL_TEXEL_R32F, 2, step.y },
        { LIMN_GL_IMAGE_R32F, 3, step.y },
      };
      LimnGlBinding bindings[3];
      const LimnGlDispatch dispatch = { program, bindings, 3, { 1, 1, 1 } };

      for (guint i = 0; i < 3; i++)
        bindings[i] = all[i + (i >= missing)];
      g_test_expect_message ("limn-gl", G_LOG_LEVEL_CRITICAL, "test_step TEXEL*without all of its bindings");
      limn_gl_dispatch (gl, &dispatch);
      g_test_assert_expected_messages ();
    }
  step_clear (&step);
}

/* Where sizes and offsets no longer fit 31 bits. */
static void
test_big_buffer (Fixture       *f,
                 gconstpointer  data)
{
  const gsize bytes = ((gsize) 3 << 30) + 4096, at = (gsize) 3 << 30;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = open_gl (f);
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

static void
test_groups (Fixture       *f,
             gconstpointer  data)
{
  g_autoptr (LimnGl) gl = open_gl (f);
  guint max = limn_gl_get_limits (gl)->max_groups[0];
  guint groups[3];

  g_assert_true (limn_gl_groups_for_items (gl, 0, 64, groups));
  g_assert_cmpuint (groups[0], ==, 0);
  g_assert_true (limn_gl_groups_for_items (gl, 65, 64, groups));
  g_assert_cmpuint (groups[0] * groups[1], ==, 2);
  g_assert_true (limn_gl_groups_for_items (gl, max, 1, groups));
  g_assert_cmpuint (groups[1], ==, 1);
  if (max < 100000)
    {
      g_assert_true (limn_gl_groups_for_items (gl, (guint64) max * 2 + 1, 1, groups));
      g_assert_cmpuint (groups[0], <=, max);
      g_assert_cmpuint (groups[1], ==, 3);
      g_assert_cmpuint (groups[0] * groups[1] - (2 * max + 1), <, 3);
    }
  g_assert_false (limn_gl_groups_for_items (gl, G_MAXUINT64, 1, groups));
}

static void
test_forced_limit (Fixture       *f,
                   gconstpointer  data)
{
  const LimnGlOptions options = { .max_storage_bytes = 1 << 20, .cache_dir = f->cache_dir };
  g_autoptr (LimnGl) gl = limn_gl_new (&options, NULL);
  const LimnGlLimits *limits = limn_gl_get_limits (gl);
  g_autoptr (LimnGlBuffer) buffer = limn_gl_buffer_new (gl, 3 << 20, NULL, NULL);

  g_assert_cmpuint (limits->max_storage_bytes, ==, 1 << 20);
  g_assert_cmpuint (limits->max_texels, ==, 65536);
  g_assert_cmpuint (limn_gl_limits_max_binding_bytes (limits, LIMN_GL_STORAGE), ==, 1 << 20);
  g_assert_cmpuint (limn_gl_limits_max_binding_bytes (limits, LIMN_GL_TEXEL_RGBA32F), ==, 1 << 20);
  g_assert_cmpuint (limn_gl_limits_max_binding_bytes (limits, LIMN_GL_IMAGE_RGBA16F), ==, 1 << 19);
  /* A buffer may be larger than a binding. */
  g_assert_nonnull (buffer);
  if (g_test_undefined ())
    {
      const LimnGlBinding bindings[] = {
        { LIMN_GL_UNIFORM, 0, buffer, 0, 16 },
        { LIMN_GL_STORAGE, 1, buffer, 256, (1 << 20) + 16 },
      };
      LimnGlDispatch dispatch = { .bindings = bindings, .n_bindings = 2, .groups = { 1, 1, 1 } };

      limn_gl_add_kernel (gl, &step_kernel);
      dispatch.program = limn_gl_get_program (gl, "test_step", NULL, NULL);
      g_test_expect_message ("limn-gl", G_LOG_LEVEL_CRITICAL, "*max_binding_bytes*");
      limn_gl_dispatch (gl, &dispatch);
      g_test_assert_expected_messages ();
    }
}

static void
test_compile_error (Fixture       *f,
                    gconstpointer  data)
{
  static const char * const defines[] = { "ZULU=3", "ALPHA", NULL };
  static const LimnKernelInfo broken = {
    .name = "test_broken", .source = "layout (local_size_x = ALPHA) in;\nvoid main () { not_a_function (ZULU); }\n",
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = open_gl (f);

  limn_gl_add_kernel (gl, &broken);
  g_assert_null (limn_gl_get_program (gl, "test_broken", defines, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "test_broken ALPHA ZULU=3"));
  g_assert_nonnull (strstr (error->message, "   2  #define ALPHA 1\n"));
  g_assert_nonnull (strstr (error->message, "   5  void main () { not_a_function (ZULU); }\n"));
  /* The driver's log names what it does not know. */
  g_assert_cmpint (g_strstr_len (error->message, -1, "#version") - strstr (error->message, "not_a_function"), >, 0);
  g_assert_true (limn_gl_check (gl, NULL));
}

static void
test_bad_defines (Fixture       *f,
                  gconstpointer  data)
{
  static const char * const bad[][3] = {
    { "WG=64", "WG=128" }, { "WG", "WG=1" }, { "2WG=1" }, { "WG=1\n#error" }, { "" }, { "W G=1" },
  };
  g_autoptr (LimnGl) gl = open_gl (f);

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (limn_gl_get_program (gl, "probe_copy", bad[i], &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
    }
  {
    g_autoptr (GError) error = NULL;

    g_assert_null (limn_gl_get_program (gl, "no_such_kernel", NULL, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  }
}

/* What build-kernels.py read is held against what the driver sees: each kind of difference is found. */
static void
test_mismatch (Fixture       *f,
               gconstpointer  data)
{
  static const LimnKernelParam wrong_offset[] = { { "n", LIMN_KERNEL_UINT, 0 }, { "by", LIMN_KERNEL_FLOAT, 8 } };
  static const LimnKernelParam wrong_type[] = { { "n", LIMN_KERNEL_INT, 0 }, { "by", LIMN_KERNEL_FLOAT, 4 } };
  static const LimnKernelParam missing[] = { { "n", LIMN_KERNEL_UINT, 0 } };
  static const LimnKernelBinding wrong_binding[] = {
    { "Y", LIMN_KERNEL_STORAGE, 2 }, { "x", LIMN_KERNEL_TEXEL, 2 }, { "z", LIMN_KERNEL_IMAGE, 3 },
  };
  static const LimnKernelBinding wrong_texel[] = {
    { "Y", LIMN_KERNEL_STORAGE, 1 }, { "x", LIMN_KERNEL_TEXEL, 1 }, { "z", LIMN_KERNEL_IMAGE, 3 },
  };
  static const LimnKernelBinding wrong_kind[] = {
    { "Y", LIMN_KERNEL_STORAGE, 1 }, { "x", LIMN_KERNEL_TEXEL, 2 }, { "z", LIMN_KERNEL_TEXEL, 3 },
  };
  static const LimnKernelInfo infos[] = {
    { "wrong_offset", wrong_offset, 2, 16, step_bindings, 3, STEP_SOURCE },
    { "wrong_type", wrong_type, 2, 16, step_bindings, 3, STEP_SOURCE },
    { "missing", missing, 1, 16, step_bindings, 3, STEP_SOURCE },
    { "too_small", step_params, 2, 4, step_bindings, 3, STEP_SOURCE },
    { "wrong_binding", step_params, 2, 16, wrong_binding, 3, STEP_SOURCE },
    { "wrong_texel", step_params, 2, 16, wrong_texel, 3, STEP_SOURCE },
    { "wrong_kind", step_params, 2, 16, wrong_kind, 3, STEP_SOURCE },
  };
  static const char * const defines[] = { "TEXEL", NULL };
  g_autoptr (LimnGl) gl = open_gl (f);

  /* The right one first, so that each wrong one finds its binary on disk and must be found wrong all the same. */
  limn_gl_add_kernel (gl, &step_kernel);
  g_assert_nonnull (limn_gl_get_program (gl, "test_step", defines, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (infos); i++)
    {
      g_autoptr (GError) error = NULL;

      limn_gl_add_kernel (gl, &infos[i]);
      g_assert_null (limn_gl_get_program (gl, infos[i].name, defines, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, infos[i].name));
      g_test_message ("%s", error->message);
    }
}

/* This layer's own kernels are as build-kernels.py says; the others need defines that their ops know. */
static void
test_own_kernels (Fixture       *f,
                  gconstpointer  data)
{
  static const char * const own[] = { "half_rounding", "probe_copy", "probe_fma" };
  g_autoptr (LimnGl) gl = open_gl (f);

  for (gsize i = 0; i < G_N_ELEMENTS (own); i++)
    {
      g_autoptr (GError) error = NULL;

      limn_gl_get_program (gl, own[i], NULL, &error);
      g_assert_no_error (error);
    }
}

/* Only entry of the program folder; NULL when there is none. */
static char *
find_entry (Fixture *f)
{
  g_autofree char *folder = g_build_filename (f->cache_dir, "programs", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name = dir != NULL ? g_dir_read_name (dir) : NULL;
  char *path = name != NULL ? g_build_filename (folder, name, NULL) : NULL;

  g_assert_true (dir == NULL || g_dir_read_name (dir) == NULL);
  return path;
}

static void
run_step_once (Fixture            *f,
               LimnGlProgramStats *stats)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = open_gl (f);
  float found = 0;
  Step step;

  g_assert_true (step_init (&step, gl, 1, &error));
  g_assert_true (step_run (&step, &error));
  g_assert_true (step_run (&step, &error));
  g_assert_true (limn_gl_buffer_read (step.y, 0, &found, sizeof found, &error));
  g_assert_cmpfloat (found, ==, 2);
  step_clear (&step);
  limn_gl_get_program_stats (gl, stats);
  g_assert_cmpuint (stats->n_memory, ==, 1);
}

static void
test_cache (Fixture       *f,
            gconstpointer  data)
{
  LimnGlProgramStats stats;
  g_autofree char *path = NULL;
  g_autofree char *good = NULL;
  gsize n;

  run_step_once (f, &stats);
  g_assert_cmpuint (stats.n_compiled, ==, 1);
  path = find_entry (f);
  if (path == NULL)
    {
      g_test_skip ("this driver gives no program binaries");
      return;
    }
  g_assert_true (g_file_get_contents (path, &good, &n, NULL));

  run_step_once (f, &stats);
  g_assert_cmpuint (stats.n_disk, ==, 1);
  g_assert_cmpuint (stats.n_compiled, ==, 0);

  /* Cut anywhere; a bit turned anywhere; something else altogether: compiled again, and mended. */
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *bad = g_memdup2 (good, n);
      g_autofree char *mended = NULL;
      gsize length = n, mended_n;

      if (i < 5)
        length = (const gsize[]) { 0, 7, 47, 48, n - 1 }[i];
      else if (i < 10)
        bad[(const gsize[]) { 0, 9, 41, 45, n - 1 }[i - 5]] ^= 0x10;
      else
        memset (bad, i == 10 ? 0 : 0xff, n);
      g_assert_true (g_file_set_contents (path, bad, length, NULL));
      run_step_once (f, &stats);
      g_assert_cmpuint (stats.n_rejected, ==, 1);
      g_assert_cmpuint (stats.n_compiled, ==, 1);
      g_assert_true (g_file_get_contents (path, &mended, &mended_n, NULL));
      g_assert_cmpuint (mended_n, ==, n);
    }
  run_step_once (f, &stats);
  g_assert_cmpuint (stats.n_disk, ==, 1);

  /* A folder where the file should be. */
  g_unlink (path);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  run_step_once (f, &stats);
  g_assert_cmpuint (stats.n_compiled, ==, 1);
}

/* A whole entry, rightly summed, whose content the driver refuses. */
static void
test_cache_refused (Fixture       *f,
                    gconstpointer  data)
{
  LimnGlProgramStats stats;
  g_autofree char *path = NULL;
  g_autofree char *entry = NULL;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize n, n_digest = 32;

  run_step_once (f, &stats);
  path = find_entry (f);
  if (path == NULL)
    {
      g_test_skip ("this driver gives no program binaries");
      return;
    }
  g_assert_true (g_file_get_contents (path, &entry, &n, NULL));
  entry[40] ^= 0x55; /* the format */
  g_checksum_update (checksum, (guchar *) entry + 40, n - 40);
  g_checksum_get_digest (checksum, (guint8 *) entry + 8, &n_digest);
  g_assert_true (g_file_set_contents (path, entry, n, NULL));
  run_step_once (f, &stats);
  g_assert_cmpuint (stats.n_rejected, ==, 1);
  g_assert_cmpuint (stats.n_compiled, ==, 1);
}

/* A cache that cannot be: below a file; for who is not root, in a folder without write permission. */
static void
test_cache_unwritable (Fixture       *f,
                       gconstpointer  data)
{
  g_autofree char *file = g_build_filename (f->cache_dir, "file", NULL);
  g_autofree char *below = g_build_filename (file, "cache", NULL);
  Fixture in_file = { .cache_dir = below };
  LimnGlProgramStats stats;

  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  run_step_once (&in_file, &stats);
  g_assert_cmpuint (stats.n_compiled, ==, 1);
  g_unlink (file);

  g_assert_cmpint (g_chmod (f->cache_dir, 0500), ==, 0);
  run_step_once (f, &stats);
  g_assert_cmpuint (stats.n_compiled, ==, 1);
}

static void
test_cache_key (Fixture       *f,
                gconstpointer  data)
{
  static const char * const one[] = { "WG=64", "TEXEL", NULL };
  static const char * const two[] = { "TEXEL", "WG=64", NULL };
  static const char * const three[] = { "TEXEL", "WG=128", NULL };
  g_autoptr (LimnGl) gl = open_gl (f);
  LimnGlProgram *program;
  guint size[3];

  limn_gl_add_kernel (gl, &step_kernel);
  program = limn_gl_get_program (gl, "test_step", one, NULL);
  g_assert_nonnull (program);
  g_assert_true (program == limn_gl_get_program (gl, "test_step", two, NULL));
  g_assert_true (program != limn_gl_get_program (gl, "test_step", three, NULL));
  g_assert_cmpstr (limn_gl_program_get_name (program), ==, "test_step TEXEL WG=64");
  g_assert_cmpuint (strlen (limn_gl_program_get_hash (program)), ==, 64);
  limn_gl_program_get_group_size (program, size);
  g_assert_cmpuint (size[0], ==, 64);
  g_assert_cmpuint (size[1] * size[2], ==, 1);
}

static void
test_fence (Fixture       *f,
            gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = open_gl (f);
  g_autoptr (LimnGlFence) early = limn_gl_fence_new (gl);
  g_autoptr (LimnGlFence) late = NULL;
  Step step;

  g_assert_true (step_init (&step, gl, 1 << 16, &error));
  g_assert_true (step_run (&step, &error));
  late = limn_gl_fence_new (gl);
  g_assert_true (limn_gl_fence_wait (late, -1));
  g_assert_true (limn_gl_fence_poll (late));
  /* In order. */
  g_assert_true (limn_gl_fence_poll (early));
  g_assert_true (limn_gl_fence_wait (early, 0));
  g_assert_true (limn_gl_fence_wait (early, 1000));
  g_assert_true (limn_gl_check (gl, &error));
  step_clear (&step);
}

static void
test_timer (Fixture       *f,
            gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = open_gl (f);
  g_autoptr (LimnGlTimer) outer = limn_gl_timer_new (gl);
  g_autoptr (LimnGlTimer) inner = limn_gl_timer_new (gl);
  guint64 outer_ns, inner_ns;
  gint64 start;
  Step step;

  g_assert_true (step_init (&step, gl, 1 << 20, &error));
  g_assert_true (step_run (&step, &error));
  limn_gl_finish (gl);
  start = g_get_monotonic_time ();
  limn_gl_timer_begin (outer);
  g_assert_true (step_run (&step, &error));
  limn_gl_timer_begin (inner);
  g_assert_true (step_run (&step, &error));
  limn_gl_timer_end (inner);
  limn_gl_timer_end (outer);
  inner_ns = limn_gl_timer_get_ns (inner);
  outer_ns = limn_gl_timer_get_ns (outer);
  g_assert_true (limn_gl_timer_is_ready (outer));
  g_test_message ("two runs %" G_GUINT64_FORMAT " us, one %" G_GUINT64_FORMAT " us", outer_ns / 1000, inner_ns / 1000);
  g_assert_cmpuint (inner_ns, >, 0);
  g_assert_cmpuint (outer_ns, >=, inner_ns);
  /* 1 ms: the device's clock and the processor's are two. */
  g_assert_cmpint (outer_ns / 1000, <=, g_get_monotonic_time () - start + 1000);
  step_clear (&step);
}

/* After a loss every call returns, nothing hangs, nothing is believed; a new context computes on. */
static void
test_reset (Fixture       *f,
            gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = open_gl (f);
  g_autoptr (LimnGlFence) before = limn_gl_fence_new (gl);
  g_autoptr (LimnGlFence) fence = NULL;
  g_autoptr (LimnGlTimer) timer = limn_gl_timer_new (gl);
  LimnGlProgramStats stats;
  float found = -7;
  Step step;

  g_assert_true (step_init (&step, gl, 1, &error));
  limn_gl_inject_reset (gl, 2);
  limn_gl_timer_begin (timer);
  for (guint i = 0; i < 2; i++)
    g_assert_true (step_run (&step, &error));
  g_assert_true (limn_gl_check (gl, &error));
  g_assert_false (limn_gl_is_lost (gl));
  /* The third. The program is in memory still, but is not to be had from a lost context. */
  g_assert_true (step_run (&step, &error));
  g_assert_true (limn_gl_is_lost (gl));
  g_assert_false (step_run (&step, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  g_clear_error (&error);

  fence = limn_gl_fence_new (gl);
  g_assert_true (limn_gl_fence_wait (fence, -1));
  g_assert_true (limn_gl_fence_poll (before));
  limn_gl_timer_end (timer);
  g_assert_cmpuint (limn_gl_timer_get_ns (timer), ==, 0);
  limn_gl_flush (gl);
  limn_gl_finish (gl);
  limn_gl_buffer_write (step.y, 0, &found, sizeof found);
  g_assert_false (limn_gl_buffer_read (step.y, 0, &found, sizeof found, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  g_assert_cmpfloat (found, ==, -7);
  g_clear_error (&error);
  g_assert_null (limn_gl_buffer_new (gl, 16, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  g_clear_error (&error);
  for (guint i = 0; i < 2; i++)
    {
      /* It stays lost. */
      g_assert_false (limn_gl_check (gl, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
      g_clear_error (&error);
    }
  step_clear (&step);

  run_step_once (f, &stats);
}

static void
test_gl_error (Fixture       *f,
               gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = open_gl (f);

  glBindBuffer (GL_TEXTURE_2D, 0);
  g_assert_false (limn_gl_check (gl, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "GL_INVALID_ENUM"));
  g_clear_error (&error);
  g_assert_true (limn_gl_check (gl, &error));
}

static gpointer
run_in_thread (gpointer data)
{
  LimnGlProgramStats stats;

  for (guint i = 0; i < 3; i++)
    run_step_once (data, &stats);
  return NULL;
}

/* Contexts on several threads, with one cache folder between them; and two on one thread, in turns. */
static void
test_threads (Fixture       *f,
              gconstpointer  data)
{
  GThread *threads[3];
  g_autoptr (LimnGl) left = open_gl (f);
  g_autoptr (LimnGl) right = open_gl (f);
  LimnGl *both[2] = { left, right };
  Step steps[2];
  float found;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("gl", run_in_thread, f);
  for (guint i = 0; i < 2; i++)
    g_assert_true (step_init (&steps[i], both[i], 1, NULL));
  for (guint i = 0; i < 6; i++)
    g_assert_true (step_run (&steps[i % 3 == 0], NULL));
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (limn_gl_buffer_read (steps[i].y, 0, &found, sizeof found, NULL));
      g_assert_cmpfloat (found, ==, i == 1 ? 2 : 4);
      step_clear (&steps[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
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
  g_autoptr (LimnGl) gl = open_gl (f);
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
  g_autoptr (LimnGl) gl = open_gl (f);
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

static void
test_probe (Fixture       *f,
            gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = open_gl (f);
  LimnGlProbe probe = { 0 };

  g_assert_true (limn_gl_probe (gl, &probe, &error));
  g_assert_no_error (error);
  g_test_message ("FMA %.1f GFLOP/s, copy %.1f GB/s", probe.fma_gflops, probe.copy_gbps);
  /* Any processor that runs llvmpipe at all does more, even when busy otherwise. */
  g_assert_cmpfloat (probe.fma_gflops, >, 0.5);
  g_assert_cmpfloat (probe.copy_gbps, >, 0.1);
}

#define ADD(path, function) g_test_add ("/gl/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = NULL;

  if (argc == 2 && strcmp (argv[1], "--no-driver") == 0)
    return run_without_driver ();
  g_test_init (&argc, &argv, NULL);
  devices = limn_gl_list_devices (&error);
  if (devices == NULL)
    {
      g_print ("1..0 # SKIP %s\n", error->message);
      return 0;
    }
  g_test_add_func ("/gl/devices/list", test_list_devices);
  ADD ("devices/list-beside", test_list_beside);
  ADD ("devices/wrong", test_wrong_device);
  /* No driver at all; one that is too old (Mesa only; elsewhere the setting does nothing). */
  g_test_add_data_func ("/gl/devices/none", "__EGL_VENDOR_LIBRARY_FILENAMES=/nonexistent", test_no_driver);
  if (devices->len == 1 && strstr (((LimnGlDevice *) devices->pdata[0])->driver, "Mesa") != NULL)
    g_test_add_data_func ("/gl/devices/old", "MESA_GL_VERSION_OVERRIDE=3.3", test_no_driver);
  g_test_add_func ("/gl/thread", test_wrong_thread);
  ADD ("devices/by-name", test_device_by_name);
  ADD ("buffer/transfers", test_buffer);
  ADD ("buffer/budget", test_budget);
  ADD ("buffer/debug-fill", test_debug_fill);
  ADD ("dispatch/plain", test_dispatch);
  g_test_add ("/gl/dispatch/debug", Fixture, GINT_TO_POINTER (TRUE), set_up, test_dispatch, tear_down);
  ADD ("dispatch/texels", test_texels);
  ADD ("buffer/big", test_big_buffer);
  ADD ("dispatch/many-ranges", test_many_ranges);
  ADD ("dispatch/missing-binding", test_missing_binding);
  ADD ("dispatch/groups", test_groups);
  ADD ("dispatch/forced-limit", test_forced_limit);
  ADD ("program/compile-error", test_compile_error);
  ADD ("program/bad-defines", test_bad_defines);
  ADD ("program/mismatch", test_mismatch);
  ADD ("program/own-kernels", test_own_kernels);
  ADD ("cache/hit-miss-damaged", test_cache);
  ADD ("cache/refused", test_cache_refused);
  ADD ("cache/unwritable", test_cache_unwritable);
  ADD ("cache/key", test_cache_key);
  ADD ("fence", test_fence);
  ADD ("timer", test_timer);
  ADD ("lost", test_reset);
  ADD ("error", test_gl_error);
  ADD ("threads", test_threads);
  ADD ("half/read", test_half_read);
  ADD ("half/write", test_half_write);
  ADD ("probe", test_probe);
  return g_test_run ();
}
