/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-gl.h"

#include "base/limn-error.h"
#include "gl/limn-gl-probe.h"

#include <string.h>

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

int
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

/* Looking for devices in the middle of another's work, of another API. */
static void
test_list_beside (Fixture       *f,
                  gconstpointer  data)
{
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
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
test_probe (Fixture       *f,
            gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGl) gl = fixture_open_gl (f);
  LimnGlProbe probe = { 0 };

  g_assert_true (limn_gl_probe (gl, &probe, &error));
  g_assert_no_error (error);
  g_test_message ("FMA %.1f GFLOP/s, copy %.1f GB/s", probe.fma_gflops, probe.copy_gbps);
  /* Any processor that runs llvmpipe at all does more, even when busy otherwise. */
  g_assert_cmpfloat (probe.fma_gflops, >, 0.5);
  g_assert_cmpfloat (probe.copy_gbps, >, 0.1);
}

void
add_device_tests (void)
{
  g_autoptr (GPtrArray) devices = limn_gl_list_devices (NULL);

  g_test_add_func ("/gl/devices/list", test_list_devices);
  ADD ("devices/list-beside", test_list_beside);
  ADD ("devices/wrong", test_wrong_device);
  /* No driver at all; one that is too old (Mesa only; elsewhere the setting does nothing). */
  g_test_add_data_func ("/gl/devices/none", "__EGL_VENDOR_LIBRARY_FILENAMES=/nonexistent", test_no_driver);
  if (devices->len == 1 && strstr (((LimnGlDevice *) devices->pdata[0])->driver, "Mesa") != NULL)
    g_test_add_data_func ("/gl/devices/old", "MESA_GL_VERSION_OVERRIDE=3.3", test_no_driver);
  ADD ("devices/by-name", test_device_by_name);
  ADD ("probe", test_probe);
}
