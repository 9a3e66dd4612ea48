/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "session/limn-devices.h"

#include "gl/limn-gl.h"
#include "session/limn-session-private.h"

void
limn_device_name_free (LimnDeviceName *self)
{
  if (!self)
    return;
  g_free (self->id);
  g_free (self->name);
  g_free (self->driver);
  g_free (self);
}

static gboolean
is_only_one (GPtrArray *devices, const LimnGlDevice *device)
{
  for (guint i = 0; i < devices->len; i++)
    {
      const LimnGlDevice *other = g_ptr_array_index (devices, i);

      if (other != device && g_str_equal (other->name, device->name))
        return FALSE;
    }
  return TRUE;
}

static void
list (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr(GPtrArray) devices = limn_gl_list_devices (&error);
  GPtrArray *names;

  if (!devices)
    {
      g_task_return_error (task, error);
      return;
    }
  names = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_device_name_free);
  for (guint i = 0; i < devices->len; i++)
    {
      const LimnGlDevice *device = g_ptr_array_index (devices, i);
      LimnDeviceName *name = g_new0 (LimnDeviceName, 1);

      name->id = is_only_one (devices, device) ? g_strdup (device->name) : g_strdup_printf ("%u", device->index);
      name->name = g_strdup (device->name);
      name->driver = g_strdup (device->driver);
      name->software = device->device_class == LIMN_GL_SOFTWARE;
      name->memory_bytes = device->memory_bytes;
      g_ptr_array_add (names, name);
    }
  g_task_return_pointer (task, names, (GDestroyNotify) g_ptr_array_unref);
}

void
limn_devices_list_async (LimnSession *session, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, limn_devices_list_async);
  limn_session_run_in_thread (session, task, list);
}

GPtrArray *
limn_devices_list_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
