/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-test-desktop.h"

#define NOTIFICATIONS "org.freedesktop.Notifications"

struct _LimnTestDesktop
{
  gboolean known;
  guint    n_notifications;
};

static const char interface[] =
  "<node><interface name='" NOTIFICATIONS "'>"
  "<method name='Notify'>"
  "<arg type='s' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>"
  "<arg type='s' direction='in'/><arg type='as' direction='in'/><arg type='a{sv}' direction='in'/><arg type='i' direction='in'/>"
  "<arg type='u' direction='out'/>"
  "</method>"
  "<method name='CloseNotification'><arg type='u' direction='in'/></method>"
  "</interface></node>";

static void
on_call (GDBusConnection       *bus,
         const char            *sender,
         const char            *path,
         const char            *interface_name,
         const char            *method,
         GVariant              *parameters,
         GDBusMethodInvocation *invocation,
         gpointer               data)
{
  LimnTestDesktop *desktop = data;
  GVariant *answer = NULL;

  if (g_str_equal (method, "Notify"))
    {
      const char *summary;

      g_variant_get_child (parameters, 3, "&s", &summary);
      g_test_message ("notification: %s", summary);
      answer = g_variant_new ("(u)", ++desktop->n_notifications);
    }
  g_dbus_method_invocation_return_value (invocation, answer);
}

static void
on_name (GDBusConnection *bus, const char *name, gpointer data)
{
  ((LimnTestDesktop *) data)->known = TRUE;
}

LimnTestDesktop *
limn_test_desktop_get (void)
{
  static const char key[] = "limn-test-desktop";
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  g_autoptr(GError) error = NULL;
  g_autoptr(GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_autoptr(GDBusNodeInfo) node = NULL;
  LimnTestDesktop *desktop;

  g_assert_no_error (error);
  desktop = g_object_get_data (G_OBJECT (bus), key);
  if (desktop)
    return desktop;
  desktop = g_new0 (LimnTestDesktop, 1);
  g_object_set_data_full (G_OBJECT (bus), key, desktop, g_free);
  node = g_dbus_node_info_new_for_xml (interface, &error);
  g_assert_no_error (error);
  g_dbus_connection_register_object (bus, "/org/freedesktop/Notifications", node->interfaces[0], &vtable, desktop, NULL, &error);
  g_assert_no_error (error);
  g_bus_own_name_on_connection (bus, NOTIFICATIONS, G_BUS_NAME_OWNER_FLAGS_NONE, on_name, NULL, desktop, NULL);
  while (!desktop->known)
    g_main_context_iteration (NULL, TRUE);
  return desktop;
}

guint
limn_test_desktop_count_notifications (LimnTestDesktop *desktop)
{
  return desktop->n_notifications;
}
